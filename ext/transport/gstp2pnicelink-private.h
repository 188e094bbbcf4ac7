/* gst-plugins-p2p
 *
 * This library is free software; you can redistribute it and/or
 * modify it under the terms of the GNU Lesser General Public
 * License as published by the Free Software Foundation; either
 * version 2.1 of the License, or (at your option) any later version.
 */
/* gstp2pnicelink-private.h: shared by gstp2pnicelink.c (set-up and end) and
 * gstp2pnicelinkdata.c (messages). Nobody else includes it.
 */
#ifndef GST_P2P_NICE_LINK_PRIVATE_H
#define GST_P2P_NICE_LINK_PRIVATE_H

#include <gst/gst.h>

#include "gstp2pdtls.h"
#include "gstp2plinkqueue.h"
#include "gstp2pnicelink.h"
#include "gstp2psctp.h"

G_BEGIN_DECLS

struct _GstP2PNiceLink
{
  GstP2PLink parent;
  GMainContext *context;
  GstP2PCertificate *certificate;
  GstP2PIce *ice;
  GstP2PDtls *dtls;
  GstP2PSctp *sctp;
  /* descriptions */
  gchar *attribute, *mid;
  gboolean offerer;
  gboolean described;           /* local description is out */
  gboolean remote_known;
  gboolean is_client;           /* of DTLS */
  guint16 remote_port;
  P2pPeerId peer_id;
  GPtrArray *candidates;        /* local, until described */
  /* progress */
  gboolean ice_up;
  GQueue early;                 /* GBytes, at most MAX_EARLY */
  gboolean closing;             /* close() was called */
  gboolean finished;
  GError *error;
  GSource *start_source, *describe_source, *connect_source, *dtls_source;
  GSource *finish_source, *watch_source;
  gint64 watched_at, silent_since;      /* monotonic us */
  /* the upload cap */
  GstP2PGate *gate;
  P2pScGateEnd gate_end;
  guint64 counted;              /* bytes the gate knows of */
  /* sending */
  GstP2PLinkQueue queue;
  guint32 full_mark;            /* unacked when send() said FULL, 0 = it did not */
  gboolean had_unacked;
  guint64 messages_sent, messages_received;
  guint64 reset_streams;        /* bit per stream: our side was reset */
  gboolean paused;
  GstP2PLinkStats last_stats;
};

GST_DEBUG_CATEGORY_EXTERN (gst_p2p_nice_link_debug);

/* ---- set-up and end ---- */
/* The link ends soon, from the context. error NULL: closed by the peer. */
void gst_p2p_nice_link_end (GstP2PNiceLink * self, const GError * error);
void gst_p2p_nice_link_fail (GstP2PNiceLink * self, const gchar * message);
/* No callback any more but that of the final state. */
gboolean gst_p2p_nice_link_is_over (GstP2PNiceLink * self);

/* ---- messages ---- */
gboolean gst_p2p_nice_link_start_sctp (GstP2PNiceLink * self, guint data_mtu, GError ** error);
GstP2PSendResult gst_p2p_nice_link_send (GstP2PLink * link, guint16 stream, const guint8 * head, gsize head_len, GBytes * body, gsize offset, gsize len);
/* Hands down what waits: what is due now, or all that SCTP takes. */
/* Tells the gate of datagrams that libnice sent by itself. */
void gst_p2p_nice_link_count_checks (GstP2PNiceLink * self);
void gst_p2p_nice_link_pump (GstP2PNiceLink * self, gboolean all);
guint32 gst_p2p_nice_link_get_unacked (GstP2PNiceLink * self);

G_END_DECLS
#endif
