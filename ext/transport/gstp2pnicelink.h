/* gst-plugins-p2p
 *
 * This library is free software; you can redistribute it and/or
 * modify it under the terms of the GNU Lesser General Public
 * License as published by the Free Software Foundation; either
 * version 2.1 of the License, or (at your option) any later version.
 */
/* gstp2pnicelink.h: a link over ICE, DTLS and SCTP. Made by GstP2PNiceTransport
 * only; used through gstp2ptransport.h.
 */
#ifndef GST_P2P_NICE_LINK_H
#define GST_P2P_NICE_LINK_H

#include "gstp2pcertificate.h"
#include "gstp2pgate.h"
#include "gstp2pice.h"
#include "gstp2psdp.h"

G_BEGIN_DECLS

#define GST_P2P_TYPE_NICE_LINK (gst_p2p_nice_link_get_type ())
G_DECLARE_FINAL_TYPE (GstP2PNiceLink, gst_p2p_nice_link, GST_P2P, NICE_LINK, GstP2PLink)

/* ice: transfer full. gate: the upload cap, NULL = none. offer: the remote description when answering, else NULL.
 * attribute may be NULL. */
GstP2PLink *gst_p2p_nice_link_new (GMainContext * context, GstP2PCertificate * certificate, GstP2PIce * ice, GstP2PGate * gate, const gchar * attribute, const GstP2PSdp * offer);

G_END_DECLS
#endif
