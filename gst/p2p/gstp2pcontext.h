/* gst-plugins-p2p
 *
 * This library is free software; you can redistribute it and/or
 * modify it under the terms of the GNU Lesser General Public
 * License as published by the Free Software Foundation; either
 * version 2.1 of the License, or (at your option) any later version.
 */
/* gstp2pcontext.h: which session an element uses.
 *
 * The application's (GstContext "gst.p2p.session"), else the one that all
 * elements of the process with the same certificate share: one identity, one
 * thread, one port.
 */
#ifndef GST_P2P_CONTEXT_H
#define GST_P2P_CONTEXT_H

#include <gst/gst.h>
#include "session/gstp2psession.h"

G_BEGIN_DECLS

/* Structure fields "session": GstP2PSession; "certificate-location": string, in what
 * elements tell (have-context), which is not persistent. */
#define GST_P2P_CONTEXT "gst.p2p.session"

/* Asks bins and application (need-context), tells them what was found without them
 * (have-context); may be called in start() only, without
 * a lock. transfer full; NULL and error. */
GstP2PSession *gst_p2p_context_get_session (GstElement * element, const gchar * certificate_path, GError ** error);
/* transfer full */
GstContext *gst_p2p_context_new (GstP2PSession * session);

G_END_DECLS
#endif
