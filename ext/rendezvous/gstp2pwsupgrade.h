/* gst-plugins-p2p
 *
 * This library is free software; you can redistribute it and/or
 * modify it under the terms of the GNU Lesser General Public
 * License as published by the Free Software Foundation; either
 * version 2.1 of the License, or (at your option) any later version.
 */
/* gstp2pwsupgrade.h: the opening handshake of a WebSocket that came in one piece.
 *
 * libsoup does every handshake that is in any way unusual; the ordinary one costs
 * it a quarter of what a join costs the rendezvous (objects, sources and signals
 * for one request), so that one is answered without them. libsoup's parser reads
 * the headers in both cases. Pure: bytes in, bytes out.
 */
#ifndef GST_P2P_WS_UPGRADE_H
#define GST_P2P_WS_UPGRADE_H

#include <glib.h>

G_BEGIN_DECLS

/* Longer requests are left to libsoup: a browser's has 400 to 900 bytes. */
#define GST_P2P_WS_MAX_UPGRADE 4096
#define GST_P2P_WS_MAX_UPGRADE_RESPONSE 160

/* Length of the request that data begins with, and its response as text; 0 if it
 * is for libsoup: not whole, not an upgrade to a WebSocket, or wrong. */
gsize gst_p2p_ws_upgrade (const gchar * data, gsize len, gchar response[GST_P2P_WS_MAX_UPGRADE_RESPONSE]);

G_END_DECLS
#endif
