/* gst-plugins-p2p
 *
 * This library is free software; you can redistribute it and/or
 * modify it under the terms of the GNU Lesser General Public
 * License as published by the Free Software Foundation; either
 * version 2.1 of the License, or (at your option) any later version.
 */
/* gstp2pdtls.h: DTLS 1.2 over a datagram path (GnuTLS), without a socket.
 *
 * Datagrams go in with _input(); they leave through the send callback. Who owns
 * it asks for _get_timeout() after each call and calls _on_timeout() then. One
 * thread. It may be freed inside its own callbacks.
 */
#ifndef GST_P2P_DTLS_H
#define GST_P2P_DTLS_H

#include "gstp2pcertificate.h"

G_BEGIN_DECLS

typedef struct _GstP2PDtls GstP2PDtls;

typedef struct
{
  void (*send) (const guint8 * datagram, gsize len, gpointer user_data);
  /* The peer is who its fingerprint says. */
  void (*connected) (gpointer user_data);
  void (*data) (const guint8 * data, gsize len, gpointer user_data);
  /* Final. error NULL: close_notify of the peer. */
  void (*closed) (const GError * error, gpointer user_data);
} GstP2PDtlsCallbacks;

/* Bytes of a UDP payload. 1200 pass everywhere (RFC 8831 5, RFC 9000 14). */
#define GST_P2P_DTLS_MTU 1200
/* Of a record: 13 B header, 8 B nonce, 16 B tag (AES-128-GCM; ChaCha20 has 8 less). */
#define GST_P2P_DTLS_OVERHEAD 37

/* expected: SHA-256 of the peer's certificate; nobody else gets through. */
GstP2PDtls *gst_p2p_dtls_new (GstP2PCertificate * certificate, gboolean is_server, const P2pPeerId * expected, const GstP2PDtlsCallbacks * callbacks, gpointer user_data, GError ** error);
/* The client says hello; the server waits. */
void gst_p2p_dtls_start (GstP2PDtls * self);
void gst_p2p_dtls_input (GstP2PDtls * self, const guint8 * datagram, gsize len);
/* FALSE before it is connected, and for more than _get_data_mtu() bytes. */
gboolean gst_p2p_dtls_send (GstP2PDtls * self, const guint8 * data, gsize len);
guint gst_p2p_dtls_get_data_mtu (GstP2PDtls * self);
/* Milliseconds until _on_timeout() is due, -1 = nothing waits. */
gint gst_p2p_dtls_get_timeout (GstP2PDtls * self);
void gst_p2p_dtls_on_timeout (GstP2PDtls * self);
/* Sends close_notify if connected. No callback but send comes from it. */
void gst_p2p_dtls_free (GstP2PDtls * self);

G_END_DECLS
#endif
