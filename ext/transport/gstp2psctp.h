/* gst-plugins-p2p
 *
 * This library is free software; you can redistribute it and/or
 * modify it under the terms of the GNU Lesser General Public
 * License as published by the Free Software Foundation; either
 * version 2.1 of the License, or (at your option) any later version.
 */
/* gstp2psctp.h: SCTP associations over a datagram path (usrsctp).
 *
 * usrsctp is process-global: this file owns it, starts it once in its
 * no-threads mode and never finishes it. Associations belong to the thread of
 * their GMainContext; a timer or packet that usrsctp handles on another thread
 * is posted to the right one, so that several contexts can live in a process.
 *
 * Data flow: bytes go in with _input() and _send(); packets come out of the
 * output callback inside those calls. All other callbacks come from _input()
 * and from the tick, never from inside _send() or another verb.
 */
#ifndef GST_P2P_SCTP_H
#define GST_P2P_SCTP_H

#include <gio/gio.h>

#include "p2pscgate.h"

G_BEGIN_DECLS

typedef struct _GstP2PSctp GstP2PSctp;

typedef struct
{
  /* A packet for the peer, checksum in place. */
  void (*output) (const guint8 * packet, gsize len, gpointer user_data);
  void (*connected) (gpointer user_data);
  /* A whole message. */
  void (*message) (guint16 stream, guint32 ppid, const guint8 * data, gsize len, gpointer user_data);
  /* The peer reset its side of a stream. */
  void (*stream_reset) (guint16 stream, gpointer user_data);
  /* Unacknowledged bytes became fewer, or there is room again. */
  void (*acked) (gpointer user_data);
  /* Final. error NULL: the peer closed. */
  void (*closed) (const GError * error, gpointer user_data);
  /* Packets between begin and end may leave together. May be NULL. */
  void (*batch) (gboolean begin, gpointer user_data);
} GstP2PSctpCallbacks;

typedef enum
{
  GST_P2P_SCTP_SEND_UNORDERED = 1 << 0,
  GST_P2P_SCTP_SEND_LIFETIME = 1 << 1   /* give up after GST_P2P_SCTP_LIFETIME_MS */
} GstP2PSctpSendFlags;

/* A real-time message that is half a second late is worth nothing. */
#define GST_P2P_SCTP_LIFETIME_MS 500
/* Streams each way; each costs memory, a browser opens a handful. */
#define GST_P2P_SCTP_STREAMS 64
#define GST_P2P_SCTP_PORT 5000

typedef struct
{
  guint32 unacked;              /* bytes taken by send() and not acknowledged */
  guint32 srtt_us, cwnd;
} GstP2PSctpStatus;

/* data_mtu: bytes a packet may have. max_message: larger ones from the peer end
 * the association. context NULL = default. */
GstP2PSctp *gst_p2p_sctp_new (GMainContext * context, guint data_mtu, gsize max_message, const GstP2PSctpCallbacks * callbacks, gpointer user_data, GError ** error);
gboolean gst_p2p_sctp_connect (GstP2PSctp * self, guint16 remote_port, GError ** error);
void gst_p2p_sctp_input (GstP2PSctp * self, const guint8 * packet, gsize len);
/* One message of 1 byte or more. FALSE: no room, nothing was taken. */
gboolean gst_p2p_sctp_send (GstP2PSctp * self, guint16 stream, guint32 ppid, const guint8 * data, gsize len, guint flags);
void gst_p2p_sctp_reset_stream (GstP2PSctp * self, guint16 stream);
/* Stops taking messages: the receive window closes. */
void gst_p2p_sctp_pause (GstP2PSctp * self, gboolean pause);
/* Its packets wait there while the upload cap does not allow them. The end is the
 * caller's and stays until gst_p2p_sctp_free() or NULL. */
void gst_p2p_sctp_set_gate (GstP2PSctp * self, P2pScGateEnd * end);
/* From now on nothing is sent again into silence: when a tail is due to be probed
 * and nothing has come since it was sent, a heartbeat asks instead, and nothing
 * but small packets goes out before something comes. */
void gst_p2p_sctp_set_thrifty (GstP2PSctp * self);
/* Asks once more, when that is so. */
void gst_p2p_sctp_ask_again (GstP2PSctp * self);
guint32 gst_p2p_sctp_get_unacked (GstP2PSctp * self);
void gst_p2p_sctp_get_status (GstP2PSctp * self, GstP2PSctpStatus * status);
/* Sends ABORT. No callback but output comes from it, and none after it. May be
 * called inside a callback. */
void gst_p2p_sctp_free (GstP2PSctp * self);

/* For tests: how many associations live in the process, and how often the tick
 * ran. */
guint gst_p2p_sctp_count (void);
guint64 gst_p2p_sctp_ticks (void);

G_END_DECLS
#endif
