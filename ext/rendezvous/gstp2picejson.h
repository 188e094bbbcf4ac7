/* gst-plugins-p2p
 *
 * This library is free software; you can redistribute it and/or
 * modify it under the terms of the GNU Lesser General Public
 * License as published by the Free Software Foundation; either
 * version 2.1 of the License, or (at your option) any later version.
 */
/* gstp2picejson.h: ICE servers as the W3C's RTCIceServer dictionaries, which the
 * rendezvous hands to members (and browsers take as they are).
 */
#ifndef GST_P2P_ICE_JSON_H
#define GST_P2P_ICE_JSON_H

#include "../../gst/p2p/session/gstp2ptransport.h"

G_BEGIN_DECLS

/* At most so many servers are taken from others. */
#define GST_P2P_MAX_ICE_SERVERS 8

/* NULL when no server is set. transfer full */
gchar *gst_p2p_ice_to_json (const GstP2PIceConfig * ice);
/* Fills what is not set; anything that is not understood is passed over. */
void gst_p2p_ice_from_json (const gchar * json, GstP2PIceConfig * ice);

G_END_DECLS
#endif
