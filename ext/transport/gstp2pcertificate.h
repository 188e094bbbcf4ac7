/* gst-plugins-p2p
 *
 * This library is free software; you can redistribute it and/or
 * modify it under the terms of the GNU Lesser General Public
 * License as published by the Free Software Foundation; either
 * version 2.1 of the License, or (at your option) any later version.
 */
/* gstp2pcertificate.h: the DTLS identity of a transport (ECDSA P-256,
 * self-signed) and what GnuTLS needs to use it. Immutable; any thread.
 */
#ifndef GST_P2P_CERTIFICATE_H
#define GST_P2P_CERTIFICATE_H

#include <gio/gio.h>
#include <gnutls/gnutls.h>
#include "../../gst/p2p/core/base/p2ptypes.h"

G_BEGIN_DECLS

typedef struct _GstP2PCertificate GstP2PCertificate;

/* path: PEM with certificate and key, made with mode 0600 when missing; NULL =
 * a new one for this run. transfer full */
GstP2PCertificate *gst_p2p_certificate_new (const gchar * path, GError ** error);
GstP2PCertificate *gst_p2p_certificate_ref (GstP2PCertificate * self);
void gst_p2p_certificate_unref (GstP2PCertificate * self);
/* SHA-256 of the DER certificate. transfer none */
const P2pPeerId *gst_p2p_certificate_get_id (GstP2PCertificate * self);
gnutls_certificate_credentials_t gst_p2p_certificate_get_credentials (GstP2PCertificate * self);
/* For tests: valid between these times (seconds since 1970). */
GstP2PCertificate *gst_p2p_certificate_new_for_time (gint64 from, gint64 to, GError ** error);
/* "AB:CD:..." ; transfer full */
gchar *gst_p2p_peer_id_to_fingerprint (const P2pPeerId * id);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (GstP2PCertificate, gst_p2p_certificate_unref)
G_END_DECLS
#endif
