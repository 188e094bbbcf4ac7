/* gst-plugins-p2p
 *
 * This library is free software; you can redistribute it and/or
 * modify it under the terms of the GNU Lesser General Public
 * License as published by the Free Software Foundation; either
 * version 2.1 of the License, or (at your option) any later version.
 */
/* gstp2pnicelinkdata.c: the messages of a link: its queue, SCTP, channels.
 *
 * Down: send -> queue by class -> SCTP -> DTLS -> ICE -> socket, all in the
 * caller's stack when the window permits.
 */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include <string.h>

#include "gstp2pnicelink-private.h"
#include "../../gst/p2p/core/wire/p2pdcep.h"
#include "../../gst/p2p/session/gstp2perror.h"

#define GST_CAT_DEFAULT gst_p2p_nice_link_debug

/* Beyond this send() says FULL. */
#define HIGH_MARK (1024 * 1024)
/* Handed down to SCTP at once: two round trips' worth, so that control passes
 * bulk, and never less than this. */
#define MIN_HANDED (32 * 1024)
/* With a second of watching this is within 10 s of the last packet. */
#define SILENT_US (8 * G_USEC_PER_SEC)
#define WATCH_S 1
#define LATE_WATCH_US (3 * G_USEC_PER_SEC)

/* ---- sending ---- */

guint32
gst_p2p_nice_link_get_unacked (GstP2PNiceLink * self)
{
  guint64 n = self->queue.bytes;

  if (self->sctp) {
    n += gst_p2p_sctp_get_unacked (self->sctp);
  }
  return (guint32) MIN (n, G_MAXUINT32);
}

static guint
send_flags (guint16 stream)
{
  switch (stream) {
    case P2P_STREAM_DATA:
    case P2P_STREAM_BULK:
      return GST_P2P_SCTP_SEND_UNORDERED;
    case P2P_STREAM_REALTIME:
      return GST_P2P_SCTP_SEND_UNORDERED | GST_P2P_SCTP_SEND_LIFETIME;
    default:
      return 0;
  }
}

/* SCTP has no empty message: one zero byte and a PPID of its own (RFC 8831). */
static gboolean
hand_down (GstP2PNiceLink * self, guint16 stream, const guint8 * data,
    gsize len)
{
  static const guint8 zero[1] = { 0 };

  if (len == 0) {
    return gst_p2p_sctp_send (self->sctp, stream, P2P_PPID_BINARY_EMPTY, zero,
        1, send_flags (stream));
  }
  return gst_p2p_sctp_send (self->sctp, stream, P2P_PPID_BINARY, data, len,
      send_flags (stream));
}

static gboolean
may_hand_down (GstP2PNiceLink * self)
{
  guint32 unacked = gst_p2p_sctp_get_unacked (self->sctp);
  GstP2PSctpStatus status;

  /* the cap holds up what it has got: more would only be older when it goes */
  if (self->gate_end.n_kept > 0) {
    return FALSE;
  }
  if (unacked < MIN_HANDED) {
    return TRUE;
  }
  gst_p2p_sctp_get_status (self->sctp, &status);
  return unacked < 2 * status.cwnd;
}

/* SCTP gives up what it sent too late; what waits here is ours to give up. */
static gboolean
is_stale (const GstP2PQueued * m)
{
  return m->stream == P2P_STREAM_REALTIME && g_get_monotonic_time () - m->at
      > GST_P2P_SCTP_LIFETIME_MS * G_TIME_SPAN_MILLISECOND;
}

void
gst_p2p_nice_link_pump (GstP2PNiceLink * self, gboolean all)
{
  guint8 block[P2P_MAX_MESSAGE];
  GstP2PQueued *m;

  while (self->sctp && (m = gst_p2p_link_queue_peek (&self->queue)) != NULL) {
    if (!all && !may_hand_down (self)) {
      return;
    }
    if (is_stale (m)) {
      gst_p2p_link_queue_drop (&self->queue);
      continue;
    }
    gst_p2p_queued_copy (m, block);
    if (!hand_down (self, m->stream, block, m->head_len + m->len)) {
      return;
    }
    gst_p2p_link_queue_drop (&self->queue);
  }
}

GstP2PSendResult
gst_p2p_nice_link_send (GstP2PLink * link, guint16 stream, const guint8 * head,
    gsize head_len, GBytes * body, gsize offset, gsize len)
{
  GstP2PNiceLink *self = GST_P2P_NICE_LINK (link);
  guint8 block[P2P_MAX_MESSAGE];
  guint32 unacked;

  g_return_val_if_fail (stream < GST_P2P_SCTP_STREAMS, GST_P2P_SEND_CLOSED);

  if (gst_p2p_nice_link_is_over (self) || self->sctp == NULL) {
    return GST_P2P_SEND_CLOSED;
  }
  unacked = gst_p2p_nice_link_get_unacked (self);
  if (unacked + head_len + len > HIGH_MARK) {
    self->full_mark = unacked;
    return GST_P2P_SEND_FULL;
  }
  self->messages_sent++;
  self->had_unacked = TRUE;
  if (self->queue.n == 0 && may_hand_down (self)) {
    if (head_len > 0) {
      memcpy (block, head, head_len);
    }
    if (len > 0) {
      const guint8 *bytes = g_bytes_get_data (body, NULL);

      memcpy (block + head_len, bytes + offset, len);
    }
    if (hand_down (self, stream, block, head_len + len)) {
      return GST_P2P_SEND_OK;
    }
  }
  gst_p2p_link_queue_push (&self->queue, stream, head, head_len, body, offset,
      len);
  gst_p2p_nice_link_pump (self, FALSE);
  return GST_P2P_SEND_OK;
}

static void
report_writable (GstP2PNiceLink * self)
{
  guint32 unacked = gst_p2p_nice_link_get_unacked (self);
  gboolean tell = FALSE;

  if (self->full_mark > 0 && unacked < self->full_mark / 2) {
    self->full_mark = 0;
    tell = TRUE;
  }
  if (unacked == 0 && self->had_unacked) {
    self->had_unacked = FALSE;
    tell = TRUE;
  }
  if (tell && !gst_p2p_nice_link_is_over (self)) {
    gst_p2p_link_emit_writable (GST_P2P_LINK (self));
  }
}

/* ---- SCTP ---- */

static void
on_sctp_output (const guint8 * packet, gsize len, gpointer user_data)
{
  GstP2PNiceLink *self = user_data;

  if (self->dtls) {
    gst_p2p_dtls_send (self->dtls, packet, len);
  }
}

static void
on_drained (gpointer user_data)
{
  GstP2PNiceLink *self = user_data;

  g_object_ref (self);
  gst_p2p_nice_link_pump (self, self->closing);
  g_object_unref (self);
}

void
gst_p2p_nice_link_count_checks (GstP2PNiceLink * self)
{
  GstP2PLinkStats stats;

  if (self->ice == NULL) {
    return;
  }
  gst_p2p_ice_get_stats (self->ice, &stats);
  if (stats.wire_sent > self->counted) {
    p2p_scgate_count (gst_p2p_gate_get (self->gate), &self->gate_end,
        (guint32) (stats.wire_sent - self->counted), g_get_monotonic_time ());
    self->counted = stats.wire_sent;
  }
}

/* Consent of our own (RFC 7675 asks for fresh, authenticated answers): each
 * side's SCTP heartbeat comes within 3 to 4 s on an idle link and is answered,
 * so that silence this long takes the loss of four packets or more. */
static gboolean
on_watch (gpointer data)
{
  GstP2PNiceLink *self = data;
  gint64 now = g_get_monotonic_time ();
  GstP2PLinkStats stats;

  /* we were stopped ourselves: what came meanwhile is not read yet */
  if (now - self->watched_at > LATE_WATCH_US)
    self->silent_since = now;
  self->watched_at = now;
  if (gst_p2p_nice_link_is_over (self) || self->ice == NULL)
    return G_SOURCE_CONTINUE;
  gst_p2p_nice_link_count_checks (self);
  gst_p2p_ice_get_stats (self->ice, &stats);
  self->silent_since = MAX (self->silent_since, stats.last_received);
  if (now - self->silent_since > SILENT_US)
    gst_p2p_nice_link_fail (self, "the peer has gone silent");
  else if (self->sctp)
    gst_p2p_sctp_ask_again (self->sctp);
  return G_SOURCE_CONTINUE;
}

static void
start_watch (GstP2PNiceLink * self)
{
  if (self->watch_source)
    return;
  self->watched_at = self->silent_since = g_get_monotonic_time ();
  /* whole seconds: the links of a process wake it up together */
  self->watch_source = g_timeout_source_new_seconds (WATCH_S);
  g_source_set_callback (self->watch_source, on_watch, self, NULL);
  g_source_attach (self->watch_source, self->context);
}

static void
on_sctp_connected (gpointer user_data)
{
  GstP2PNiceLink *self = user_data;

  if (!gst_p2p_nice_link_is_over (self)) {
    if (self->connect_source) {
      g_source_destroy (self->connect_source);
      g_clear_pointer (&self->connect_source, g_source_unref);
    }
    start_watch (self);
    p2p_scgate_set_up_done (&self->gate_end);
    gst_p2p_link_set_state (GST_P2P_LINK (self), GST_P2P_LINK_STATE_CONNECTED,
        NULL);
  }
}

static void
answer_dcep (GstP2PNiceLink * self, guint16 stream, const guint8 * data,
    gsize len)
{
  guint8 ack[1];
  P2pWriter w;
  P2pDcep m;

  if (p2p_dcep_get (data, len, &m) != P2P_OK) {
    gst_p2p_nice_link_fail (self, "the peer sent a wrong data channel message");
    return;
  }
  if (m.type == P2P_DCEP_OPEN) {
    GST_DEBUG_OBJECT (self, "peer opens channel %u", stream);
    p2p_writer_init (&w, ack, sizeof (ack));
    p2p_dcep_put_ack (&w);
    gst_p2p_sctp_send (self->sctp, stream, P2P_PPID_DCEP, ack, w.len, 0);
  }
}

static void
deliver (GstP2PNiceLink * self, guint16 stream, const guint8 * data, gsize len)
{
  GBytes *message = g_bytes_new (data, len);

  self->messages_received++;
  gst_p2p_link_emit_message (GST_P2P_LINK (self), stream, message);
  g_bytes_unref (message);
}

static void
on_sctp_message (guint16 stream, guint32 ppid, const guint8 * data, gsize len,
    gpointer user_data)
{
  GstP2PNiceLink *self = user_data;

  if (gst_p2p_nice_link_is_over (self)) {
    return;
  }
  g_object_ref (self);
  switch (ppid) {
    case P2P_PPID_DCEP:
      answer_dcep (self, stream, data, len);
      break;
    case P2P_PPID_STRING:
    case P2P_PPID_BINARY:
      deliver (self, stream, data, len);
      break;
    case P2P_PPID_STRING_EMPTY:
    case P2P_PPID_BINARY_EMPTY:
      deliver (self, stream, NULL, 0);
      break;
    default:
      GST_DEBUG_OBJECT (self, "dropped a message of PPID %u", ppid);
      break;
  }
  g_object_unref (self);
}

/* A browser closed a channel: reset our side, once, or the two echo. */
static void
on_sctp_stream_reset (guint16 stream, gpointer user_data)
{
  GstP2PNiceLink *self = user_data;

  if (stream < GST_P2P_SCTP_STREAMS && !gst_p2p_nice_link_is_over (self)
      && !(self->reset_streams & G_GUINT64_CONSTANT (1) << stream)) {
    self->reset_streams |= G_GUINT64_CONSTANT (1) << stream;
    gst_p2p_sctp_reset_stream (self->sctp, stream);
  }
}

static void
on_sctp_acked (gpointer user_data)
{
  GstP2PNiceLink *self = user_data;

  g_object_ref (self);
  gst_p2p_nice_link_pump (self, self->closing);
  report_writable (self);
  if (self->closing && self->finish_source
      && gst_p2p_nice_link_get_unacked (self) == 0) {
    gst_p2p_nice_link_end (self, NULL);
  }
  g_object_unref (self);
}

static void
on_sctp_closed (const GError * error, gpointer user_data)
{
  gst_p2p_nice_link_end (user_data, error);
}

static void
on_sctp_batch (gboolean begin, gpointer user_data)
{
  GstP2PNiceLink *self = user_data;

  if (self->ice) {
    gst_p2p_ice_batch (self->ice, begin);
  }
}

static const GstP2PSctpCallbacks sctp_callbacks = {
  on_sctp_output, on_sctp_connected, on_sctp_message, on_sctp_stream_reset,
  on_sctp_acked, on_sctp_closed, on_sctp_batch
};

gboolean
gst_p2p_nice_link_start_sctp (GstP2PNiceLink * self, guint data_mtu,
    GError ** error)
{
  self->sctp = gst_p2p_sctp_new (self->context, data_mtu, P2P_MAX_MESSAGE,
      &sctp_callbacks, self, error);
  if (self->sctp) {
    self->gate_end.drained = on_drained;
    self->gate_end.drained_data = self;
    gst_p2p_sctp_set_gate (self->sctp, &self->gate_end);
  }
  if (self->sctp == NULL
      || !gst_p2p_sctp_connect (self->sctp, self->remote_port, error)) {
    return FALSE;
  }
  gst_p2p_sctp_pause (self->sctp, self->paused);
  return TRUE;
}
