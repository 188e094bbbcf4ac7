/* gst-plugins-p2p
 *
 * This library is free software; you can redistribute it and/or
 * modify it under the terms of the GNU Lesser General Public
 * License as published by the Free Software Foundation; either
 * version 2.1 of the License, or (at your option) any later version.
 */
/* gstp2pnicetransport.h: the transport over ICE (libnice), DTLS 1.2 (GnuTLS)
 * and SCTP data channels (usrsctp in no-threads mode), on one GMainContext.
 */
#ifndef GST_P2P_NICE_TRANSPORT_H
#define GST_P2P_NICE_TRANSPORT_H

#include "../../gst/p2p/session/gstp2ptransport.h"

G_BEGIN_DECLS
#define GST_P2P_TYPE_NICE_TRANSPORT (gst_p2p_nice_transport_get_type ())
G_DECLARE_FINAL_TYPE (GstP2PNiceTransport, gst_p2p_nice_transport, GST_P2P, NICE_TRANSPORT, GObject)
/* certificate_path: PEM with certificate and key (ECDSA P-256), made when
 * missing; NULL = one for this run. Only one thread per process may use
 * transports (usrsctp is process-global): the context of the first one. */
GstP2PNiceTransport *gst_p2p_nice_transport_new (GMainContext * context, const gchar * certificate_path, GError ** error);
G_END_DECLS
#endif
