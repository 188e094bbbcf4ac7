/* gst-plugins-p2p
 *
 * This library is free software; you can redistribute it and/or
 * modify it under the terms of the GNU Lesser General Public
 * License as published by the Free Software Foundation; either
 * version 2.1 of the License, or (at your option) any later version.
 */
/* gstp2pservercheck.h: whether a STUN or TURN server does what it is for.
 *
 * libnice goes on without a server that fails and tells nobody. Any thread; blocks
 * until there is an answer.
 */
#ifndef GST_P2P_SERVER_CHECK_H
#define GST_P2P_SERVER_CHECK_H

#include <gio/gio.h>

G_BEGIN_DECLS

/* text: stun://host:port, or a turn-server of GstP2PIceConfig; it is logged in to, and
 * what it lends is given back. FALSE: it is of no use; error (GST_RESOURCE_ERROR, or
 * G_IO_ERROR_CANCELLED) says why and what to do, without user and password. */
gboolean gst_p2p_server_check (const gchar * text, GCancellable * cancellable, GError ** error);
/* The same server without user and password. transfer full */
gchar *gst_p2p_server_describe (const gchar * text);

G_END_DECLS
#endif
