/* gst-plugins-p2p
 *
 * This library is free software; you can redistribute it and/or
 * modify it under the terms of the GNU Lesser General Public
 * License as published by the Free Software Foundation; either
 * version 2.1 of the License, or (at your option) any later version.
 */
/* gstp2pcrypto.h: what a session needs of cryptography; ext/crypto implements
 * it with GnuTLS. Functions are pure and may be called on any thread.
 */
#ifndef GST_P2P_CRYPTO_H
#define GST_P2P_CRYPTO_H

#include <gio/gio.h>
#include "../core/base/p2ptypes.h"

G_BEGIN_DECLS

typedef struct _GstP2PKey GstP2PKey;    /* an Ed25519 private key */

/* A new key. */
GstP2PKey *gst_p2p_key_generate (GError ** error);
/* From a PEM file (PKCS #8); when the file is missing it is made with mode
 * 0600. Errors name the file and what to do. */
GstP2PKey *gst_p2p_key_load_or_create (const gchar * path, GError ** error);
/* A key never changes, so a second owner shares it. transfer full */
GstP2PKey *gst_p2p_key_ref (const GstP2PKey * key);
/* Gives up one ownership. */
void gst_p2p_key_free (GstP2PKey * key);
/* transfer full; NULL when memory runs out */
GstP2PKey *gst_p2p_key_copy (const GstP2PKey * key);
void gst_p2p_key_get_swarm_id (const GstP2PKey * key, P2pSwarmId * out);
/* Ed25519 (RFC 8032) over prefix followed by body. */
gboolean gst_p2p_key_sign (const GstP2PKey * key, const guint8 * prefix, gsize prefix_len, const guint8 * body, gsize body_len, guint8 signature[P2P_SIGNATURE_LEN]);
/* FALSE for anything but a good signature by the key in swarm_id. */
gboolean gst_p2p_verify (const P2pSwarmId * swarm_id, const guint8 * prefix, gsize prefix_len, const guint8 * body, gsize body_len, const guint8 signature[P2P_SIGNATURE_LEN]);
/* Cryptographically strong random bytes. */
void gst_p2p_random (guint8 * out, gsize len);
/* swarm id <-> 44 characters of base64url. */
void gst_p2p_swarm_id_to_string (const P2pSwarmId * id, gchar out[45]);
gboolean gst_p2p_swarm_id_from_string (const gchar * text, P2pSwarmId * out);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (GstP2PKey, gst_p2p_key_free)
G_END_DECLS
#endif
