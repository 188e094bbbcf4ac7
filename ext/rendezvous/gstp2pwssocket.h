/* gst-plugins-p2p
 *
 * This library is free software; you can redistribute it and/or
 * modify it under the terms of the GNU Lesser General Public
 * License as published by the Free Software Foundation; either
 * version 2.1 of the License, or (at your option) any later version.
 */
/* gstp2pwssocket.h: the server's end of many WebSockets, after the handshake.
 *
 * A hub watches all its sockets with one epoll descriptor, so the main loop
 * pays for the sockets that have something, not for all (libsoup's own
 * connections are one or two GSources each: at 1,000 of them every turn of the
 * loop costs 100 us), and a socket that is quiet has no buffers (libsoup keeps
 * its largest one for ever). Thread: the one of the hub's GMainContext.
 */
#ifndef GST_P2P_WS_SOCKET_H
#define GST_P2P_WS_SOCKET_H

#include <gio/gio.h>
#include "gstp2pwscodec.h"

G_BEGIN_DECLS

typedef struct _GstP2PWsHub GstP2PWsHub;
typedef struct _GstP2PWsSocket GstP2PWsSocket;

typedef struct
{
  /* A whole text or binary message. The socket may be closed or freed by it. */
  void (*message) (GstP2PWsSocket * socket, const gchar * data, gsize len, gpointer user_data);
  /* A ping or a fragment: costs the same, may be one too many. */
  void (*counted) (GstP2PWsSocket * socket, gpointer user_data);
  /* It is over: free it. Never called from inside another function of this file
   * but from the hub. */
  void (*closed) (GstP2PWsSocket * socket, gpointer user_data);
} GstP2PWsSocketCallbacks;

GstP2PWsHub *gst_p2p_ws_hub_new (GMainContext * context, const GstP2PWsSocketCallbacks * callbacks, GError ** error);
/* All its sockets are freed before. */
void gst_p2p_ws_hub_free (GstP2PWsHub * hub);
void gst_p2p_ws_hub_set_max_message (GstP2PWsHub * hub, gsize bytes);

/* stream: a GSocketConnection or TLS over one, whose pollable streams are used;
 * first: bytes that the handshake's reader has taken already. */
GstP2PWsSocket *gst_p2p_ws_socket_new (GstP2PWsHub * hub, GIOStream * stream, GSocket * socket, const guint8 * first, gsize len, gpointer user_data);
/* fd: a TCP socket that does not block, whose handshake is done and was read to
 * its end; it is the new one's. */
GstP2PWsSocket *gst_p2p_ws_socket_new_plain (GstP2PWsHub * hub, gint fd, gpointer user_data);
void gst_p2p_ws_socket_free (GstP2PWsSocket * socket);
/* FALSE: nothing was sent, because it closes or does not read: at most
 * GST_P2P_WS_MAX_UNSENT bytes wait for one socket. */
#define GST_P2P_WS_MAX_UNSENT (256 * 1024)
gboolean gst_p2p_ws_socket_send (GstP2PWsSocket * socket, const gchar * text, gsize len);
gboolean gst_p2p_ws_socket_ping (GstP2PWsSocket * socket);
/* Bytes that wait for the peer to read. */
gsize gst_p2p_ws_socket_get_unsent (GstP2PWsSocket * socket);
/* Sends a close frame; nothing is sent or taken afterwards. closed() comes when
 * the peer has hung up; hang_up() ends it at once. */
void gst_p2p_ws_socket_close (GstP2PWsSocket * socket, guint16 code, const gchar * reason);
void gst_p2p_ws_socket_hang_up (GstP2PWsSocket * socket);
gboolean gst_p2p_ws_socket_is_open (GstP2PWsSocket * socket);
/* Time of the last byte from it (monotonic). */
gint64 gst_p2p_ws_socket_get_heard (GstP2PWsSocket * socket);

G_END_DECLS
#endif
