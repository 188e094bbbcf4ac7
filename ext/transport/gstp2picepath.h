/* gst-plugins-p2p
 *
 * This library is free software; you can redistribute it and/or
 * modify it under the terms of the GNU Lesser General Public
 * License as published by the Free Software Foundation; either
 * version 2.1 of the License, or (at your option) any later version.
 */
/* gstp2picepath.h: the socket of the selected pair, used without libnice.
 *
 * What ICE found is one UDP socket and one address; through libnice each packet
 * costs a turn of a context of its own and half a dozen system calls. Here DTLS
 * is sent and received directly, several packets a call where the kernel can
 * (UDP_SEGMENT); everything else that comes is left for libnice. One thread.
 */
#ifndef GST_P2P_ICE_PATH_H
#define GST_P2P_ICE_PATH_H

#include <gio/gio.h>
#include <nice/agent.h>
#include <sys/socket.h>

G_BEGIN_DECLS

/* Packets in one call, and their bytes: below the kernel's 64 and 64 KiB. */
#define GST_P2P_ICE_PATH_SEGMENTS 40
#define GST_P2P_ICE_PATH_BATCH (48 * 1024)

/* Packets that wait for the end of a batch; shared by the paths of a thread. */
typedef struct
{
  gsize len, segment;
  guint n;
  guint8 bytes[GST_P2P_ICE_PATH_BATCH];
} GstP2PIceBatch;

typedef struct
{
  GSocket *socket;              /* NULL: through libnice */
  struct sockaddr_storage remote;
  socklen_t remote_len;
  gboolean one_by_one;          /* the kernel or the device can't */
  GstP2PIceBatch *batch;        /* between begin and end */
} GstP2PIcePath;

typedef enum
{
  GST_P2P_ICE_PATH_NOTHING,
  GST_P2P_ICE_PATH_DATAGRAM,
  GST_P2P_ICE_PATH_OTHER        /* for libnice */
} GstP2PIcePathInput;

void gst_p2p_ice_path_set (GstP2PIcePath * self, GSocket * socket, const struct sockaddr *remote, socklen_t remote_len);
void gst_p2p_ice_path_clear (GstP2PIcePath * self);
/* -1: there is none, or libnice closed the socket. */
int gst_p2p_ice_path_get_fd (const GstP2PIcePath * self);
/* FALSE: it did not leave. */
gboolean gst_p2p_ice_path_send (GstP2PIcePath * self, const guint8 * data, gsize len);
/* What is sent between the two leaves at the second. */
void gst_p2p_ice_path_begin (GstP2PIcePath * self, GstP2PIceBatch * batch);
void gst_p2p_ice_path_end (GstP2PIcePath * self);
/* The next datagram, cut at size; len: its whole length. */
GstP2PIcePathInput gst_p2p_ice_path_receive (GstP2PIcePath * self, guint8 * out, gsize size, gsize * len);

void gst_p2p_ice_path_print (const NiceAddress * address, gchar out[64]);
/* p2p_prefix_of() the remote address; 0 also for a neighbour on our own link (the same
 * /64), and, when we are relayed ourselves, for who is at the same TURN server: that is
 * where all are whose policy is to be relayed. */
guint32 gst_p2p_ice_path_prefix (const NiceCandidate * local, const NiceAddress * remote);

/* 127.0.0.1, or ::1 where that is alone: one is enough for those who are on this
 * machine, and each is a socket a link. */
const gchar *gst_p2p_ice_path_loopback (void);

G_END_DECLS
#endif
