/* gst-plugins-p2p
 *
 * This library is free software; you can redistribute it and/or
 * modify it under the terms of the GNU Lesser General Public
 * License as published by the Free Software Foundation; either
 * version 2.1 of the License, or (at your option) any later version.
 */
/* gstp2psctp.c: one association; see gstp2psctp.h.
 *
 * Inside a usrsctp call only flags are set (upcall) and packets pass (output);
 * messages are taken when the call has returned, so that whoever gets them may
 * call back in.
 */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include <errno.h>
#include <string.h>

#include "gstp2psctp-private.h"
#include "../../gst/p2p/session/gstp2perror.h"
#include "../../gst/p2p/session/gstp2pthread.h"

#define GST_CAT_DEFAULT gst_p2p_sctp_debug

/* ---- an association ---- */

static gboolean
set_option (GstP2PSctp * self, int level, int option, const void *value,
    gsize len, const gchar * name, GError ** error)
{
  if (usrsctp_setsockopt (self->socket, level, option, value,
          (socklen_t) len) < 0) {
    g_set_error (error, GST_P2P_ERROR, GST_P2P_ERROR_FAILED,
        "usrsctp refused %s: %s", name, g_strerror (errno));
    return FALSE;
  }
  return TRUE;
}

/* Of an idle link; tells the link that its peer lives, see on_watch(). */
#define HEARTBEAT_MS 3000

#define SET(level, option, value) \
  set_option (self, level, option, &(value), sizeof (value), #option, error)

static gboolean
subscribe_events (GstP2PSctp * self, GError ** error)
{
  static const guint16 types[] = {
    SCTP_ASSOC_CHANGE, SCTP_STREAM_RESET_EVENT, SCTP_SENDER_DRY_EVENT,
    SCTP_SEND_FAILED_EVENT, SCTP_PARTIAL_DELIVERY_EVENT
  };
  struct sctp_event event = { 0 };
  guint i;

  event.se_assoc_id = SCTP_ALL_ASSOC;
  event.se_on = 1;
  for (i = 0; i < G_N_ELEMENTS (types); i++) {
    event.se_type = types[i];
    if (!SET (IPPROTO_SCTP, SCTP_EVENT, event)) {
      return FALSE;
    }
  }
  return TRUE;
}

static gboolean
set_options (GstP2PSctp * self, GError ** error)
{
  struct linger linger = { 1, 0 };      /* close = ABORT */
  struct sctp_initmsg init = { GST_P2P_SCTP_STREAMS, GST_P2P_SCTP_STREAMS, 0,
    0
  };
  struct sctp_assoc_value reset = { SCTP_ALL_ASSOC,
    SCTP_ENABLE_RESET_STREAM_REQ
  };
  int on = 1;

  return SET (SOL_SOCKET, SO_LINGER, linger)
      && SET (IPPROTO_SCTP, SCTP_NODELAY, on)
      && SET (IPPROTO_SCTP, SCTP_RECVRCVINFO, on)
      && SET (IPPROTO_SCTP, SCTP_INITMSG, init)
      && SET (IPPROTO_SCTP, SCTP_ENABLE_STREAM_RESET, reset)
      && subscribe_events (self, error);
}

static struct sockaddr_conn
make_address (GstP2PSctp * self, guint16 port)
{
  struct sockaddr_conn address;

  memset (&address, 0, sizeof (address));
  address.sconn_family = AF_CONN;
  address.sconn_port = g_htons (port);
  address.sconn_addr = (void *) self->id;
  return address;
}

static gboolean
open_socket (GstP2PSctp * self, GError ** error)
{
  struct sockaddr_conn local = make_address (self, GST_P2P_SCTP_PORT);

  self->socket = usrsctp_socket (AF_CONN, SOCK_STREAM, IPPROTO_SCTP, NULL,
      NULL, 0, NULL);
  if (self->socket == NULL) {
    g_set_error (error, GST_P2P_ERROR, GST_P2P_ERROR_FAILED,
        "usrsctp gives no socket: %s", g_strerror (errno));
    return FALSE;
  }
  if (usrsctp_set_non_blocking (self->socket, 1) < 0
      || usrsctp_set_upcall (self->socket, gst_p2p_sctp_on_upcall,
          (void *) self->id) < 0 || !set_options (self, error)) {
    return FALSE;
  }
  if (usrsctp_bind (self->socket, (struct sockaddr *) &local,
          sizeof (local)) < 0) {
    g_set_error (error, GST_P2P_ERROR, GST_P2P_ERROR_FAILED,
        "usrsctp does not bind: %s", g_strerror (errno));
    return FALSE;
  }
  return TRUE;
}

GstP2PSctp *
gst_p2p_sctp_new (GMainContext * context, guint data_mtu, gsize max_message,
    const GstP2PSctpCallbacks * callbacks, gpointer user_data, GError ** error)
{
  GstP2PSctp *self;

  gst_p2p_sctp_init_once ();
  if (context == NULL) {
    context = g_main_context_default ();
  }
  self = g_new0 (GstP2PSctp, 1);
  self->refs = 1;
  self->callbacks = callbacks;
  self->user_data = user_data;
  self->max_message = max_message;
  self->data_mtu = data_mtu;
  self->ticker = gst_p2p_sctp_ticker_get (context);
  p2p_scwatch_init (&self->watch);
  p2p_screpair_init (&self->repair, gst_p2p_sctp_resend, self);
  gst_p2p_sctp_register (self);
  if (!open_socket (self, error)) {
    gst_p2p_sctp_free (self);
    return NULL;
  }
  return self;
}

/* The path MTU of AF_CONN leaves out the common header of 12 bytes; set before
 * connect() it is forgotten. */
static gboolean
set_path_mtu (GstP2PSctp * self, guint16 remote_port, GError ** error)
{
  struct sockaddr_conn remote = make_address (self, remote_port);
  struct sctp_paddrparams params;

  memset (&params, 0, sizeof (params));
  memcpy (&params.spp_address, &remote, sizeof (remote));
  params.spp_flags = SPP_PMTUD_DISABLE | SPP_HB_ENABLE;
  params.spp_hbinterval = HEARTBEAT_MS;
  params.spp_pathmtu = self->data_mtu - SCTP_COMMON_HEADER;
  return SET (IPPROTO_SCTP, SCTP_PEER_ADDR_PARAMS, params);
}

gboolean
gst_p2p_sctp_connect (GstP2PSctp * self, guint16 remote_port, GError ** error)
{
  struct sockaddr_conn remote = make_address (self, remote_port);

  self->remote_port = remote_port;
  gst_p2p_sctp_catch_up ();
  if (usrsctp_connect (self->socket, (struct sockaddr *) &remote,
          sizeof (remote)) < 0 && errno != EINPROGRESS) {
    g_set_error (error, GST_P2P_ERROR, GST_P2P_ERROR_FAILED,
        "usrsctp does not connect: %s", g_strerror (errno));
    return FALSE;
  }
  gst_p2p_sctp_rearm (self);
  return set_path_mtu (self, remote_port, error);
}

static void
close_socket (GstP2PSctp * self)
{
  struct socket *socket = self->socket;

  if (socket) {
    self->socket = NULL;
    usrsctp_set_upcall (socket, NULL, NULL);
    usrsctp_close (socket);
  }
}

static void
end (GstP2PSctp * self, const GError * error)
{
  if (self->closed || self->dead) {
    return;
  }
  self->closed = TRUE;
  GST_DEBUG ("association %" G_GUINT64_FORMAT " ended: %s",
      (guint64) self->id, error ? error->message : "by the peer");
  self->callbacks->closed (error, self->user_data);
}

static void
fail (GstP2PSctp * self, const gchar * message)
{
  g_autoptr (GError) error = g_error_new_literal (GST_P2P_ERROR,
      GST_P2P_ERROR_FAILED, message);

  end (self, error);
}

static gint
socket_error (GstP2PSctp * self)
{
  int value = 0;
  socklen_t len = sizeof (value);

  if (usrsctp_getsockopt (self->socket, SOL_SOCKET, SO_ERROR, &value, &len) < 0) {
    return 0;
  }
  return value;
}

/* An ABORT of the peer is how a link ends; silence and refusal are failures. */
static void
on_lost (GstP2PSctp * self, gint cause)
{
  if (!self->connected) {
    fail (self, "the SCTP association could not be set up");
  } else if (cause == 0 || cause == ECONNRESET) {
    end (self, NULL);
  } else {
    fail (self, g_strerror (cause));
  }
}

static void
on_association_change (GstP2PSctp * self, const struct sctp_assoc_change *c)
{
  switch (c->sac_state) {
    case SCTP_COMM_UP:
      if (!self->connected) {
        self->connected = TRUE;
        self->callbacks->connected (self->user_data);
      }
      break;
    case SCTP_COMM_LOST:
      on_lost (self, socket_error (self));
      break;
    case SCTP_CANT_STR_ASSOC:
      fail (self, "the SCTP association could not be set up");
      break;
    case SCTP_SHUTDOWN_COMP:
      end (self, NULL);
      break;
    case SCTP_RESTART:
      /* Our own never restart; a browser makes a new connection. */
      fail (self, "the peer restarted the SCTP association");
      break;
    default:
      break;
  }
}

static void
on_stream_reset (GstP2PSctp * self, const struct sctp_stream_reset_event *e,
    gsize len)
{
  gsize n = (len - sizeof (*e)) / sizeof (guint16);
  gsize i;

  if (!(e->strreset_flags & SCTP_STREAM_RESET_INCOMING_SSN)) {
    return;
  }
  for (i = 0; i < n && !self->dead; i++) {
    self->callbacks->stream_reset (e->strreset_stream_list[i], self->user_data);
  }
}

static void
on_send_failed (GstP2PSctp * self, const struct sctp_send_failed_event *e,
    gsize len)
{
  guint64 lost = len - sizeof (*e);
  guint64 waiting = self->handed - self->watch.sent;

  if (e->ssfe_flags & SCTP_DATA_UNSENT) {
    self->handed -= MIN (lost, waiting);
  }
}

static void
on_notification (GstP2PSctp * self, const guint8 * data, gsize len)
{
  const union sctp_notification *n = (const union sctp_notification *) data;

  if (len < sizeof (n->sn_header) || n->sn_header.sn_length > len) {
    return;
  }
  switch (n->sn_header.sn_type) {
    case SCTP_ASSOC_CHANGE:
      if (len >= sizeof (n->sn_assoc_change)) {
        on_association_change (self, &n->sn_assoc_change);
      }
      break;
    case SCTP_STREAM_RESET_EVENT:
      if (len >= sizeof (n->sn_strreset_event)) {
        on_stream_reset (self, &n->sn_strreset_event, len);
      }
      break;
    case SCTP_SEND_FAILED_EVENT:
      if (len >= sizeof (n->sn_send_failed_event)) {
        on_send_failed (self, &n->sn_send_failed_event, len);
      }
      break;
    case SCTP_SENDER_DRY_EVENT:
      /* Nothing waits in usrsctp. If something was sent since it said so, the
       * watcher knows. */
      if (self->watch.sent == self->watch.acked) {
        self->handed = self->watch.acked;
      }
      break;
    case SCTP_PARTIAL_DELIVERY_EVENT:
      g_clear_pointer (&self->parts, g_byte_array_unref);
      break;
    default:
      break;
  }
}

static void
on_data (GstP2PSctp * self, const guint8 * data, gsize len, gboolean last,
    const struct sctp_rcvinfo *info)
{
  gsize have = self->parts ? self->parts->len : 0;

  if (have + len > self->max_message) {
    fail (self, "the peer sent a message beyond the agreed size");
    return;
  }
  if (have == 0 && last) {
    self->callbacks->message (info->rcv_sid, g_ntohl (info->rcv_ppid), data,
        len, self->user_data);
    return;
  }
  if (self->parts == NULL) {
    self->parts = g_byte_array_new ();
  }
  g_byte_array_append (self->parts, data, (guint) len);
  if (last) {
    GByteArray *whole = g_steal_pointer (&self->parts);

    self->callbacks->message (info->rcv_sid, g_ntohl (info->rcv_ppid),
        whole->data, whole->len, self->user_data);
    g_byte_array_unref (whole);
  }
}

/* Takes one message or notification. FALSE: nothing more now. */
static gboolean
receive_one (GstP2PSctp * self, guint8 * buffer, gsize size)
{
  struct sctp_rcvinfo info;
  socklen_t info_len = sizeof (info);
  unsigned int info_type = 0;
  int flags = 0;
  ssize_t n;

  memset (&info, 0, sizeof (info));
  n = usrsctp_recvv (self->socket, buffer, size, NULL, NULL, &info, &info_len,
      &info_type, &flags);
  if (n < 0) {
    if (errno != EAGAIN && errno != EWOULDBLOCK && errno != ENOTCONN) {
      on_lost (self, errno);
    }
    return FALSE;
  }
  if (n == 0) {
    if (self->connected) {
      end (self, NULL);
    }
    return FALSE;
  }
  if (flags & MSG_NOTIFICATION) {
    on_notification (self, buffer, (gsize) n);
  } else if (info_type == SCTP_RECVV_RCVINFO) {
    on_data (self, buffer, (gsize) n, (flags & MSG_EOR) != 0, &info);
  }
  return TRUE;
}

static void
receive_all (GstP2PSctp * self)
{
  GstP2PSctpTicker *ticker = self->ticker;
  /* One byte more than allowed, so that an oversize message shows. */
  gsize size = self->max_message + 1;
  guint8 *buffer = g_steal_pointer (&ticker->scratch);

  if (ticker->scratch_size < size) {
    g_free (buffer);
    buffer = NULL;
    ticker->scratch_size = size;
  }
  if (buffer == NULL) {
    buffer = g_malloc (ticker->scratch_size);
  }

  while (!self->dead && !self->closed && self->socket && !self->paused
      && receive_one (self, buffer, size)) {
  }
  if (ticker->scratch == NULL) {
    ticker->scratch = buffer;
  } else {
    g_free (buffer);
  }
}

static void
report_acked (GstP2PSctp * self)
{
  if (self->dead || self->closed || self->acked_seen == self->watch.acked) {
    return;
  }
  self->acked_seen = self->watch.acked;
  self->callbacks->acked (self->user_data);
}

void
gst_p2p_sctp_dispatch (GstP2PSctp * self)
{
  gst_p2p_sctp_ref (self);
  if (!self->dead && self->socket) {
    receive_all (self);
  }
  report_acked (self);
  gst_p2p_sctp_unref (self);
}

static void
batch (GstP2PSctp * self, gboolean begin)
{
  int error = errno;

  if (self->callbacks && self->callbacks->batch) {
    self->callbacks->batch (begin, self->user_data);
  }
  errno = error;
}

void
gst_p2p_sctp_input (GstP2PSctp * self, const guint8 * packet, gsize len)
{
  GstP2PSctpTicker *ticker = self->ticker;
  gint64 now = g_get_monotonic_time ();
  guint8 block[P2P_SCREPAIR_MAX_PACKET];

  if (self->socket == NULL || self->dead) {
    return;
  }
  gst_p2p_sctp_ref (self);
  ticker->inside++;
  gst_p2p_sctp_catch_up ();
  self->hushed = FALSE;
  self->heard = now;
  p2p_scwatch_input (&self->watch, packet, len, now);
  packet = p2p_screpair_input (&self->repair, packet, &len, block, now);
  batch (self, TRUE);
  usrsctp_conninput ((void *) self->id, packet, len, 0);
  batch (self, FALSE);
  report_acked (self);
  gst_p2p_sctp_drain (ticker);
  ticker->inside--;
  if (!self->dead) {
    gst_p2p_sctp_rearm (self);
  }
  gst_p2p_sctp_unref (self);
}

gboolean
gst_p2p_sctp_send (GstP2PSctp * self, guint16 stream, guint32 ppid,
    const guint8 * data, gsize len, guint flags)
{
  struct sctp_sendv_spa spa;
  ssize_t n;

  if (self->socket == NULL || self->dead || self->closed) {
    return FALSE;
  }
  memset (&spa, 0, sizeof (spa));
  spa.sendv_flags = SCTP_SEND_SNDINFO_VALID;
  spa.sendv_sndinfo.snd_sid = stream;
  spa.sendv_sndinfo.snd_ppid = g_htonl (ppid);
  if (flags & GST_P2P_SCTP_SEND_UNORDERED) {
    spa.sendv_sndinfo.snd_flags |= SCTP_UNORDERED;
  }
  if (flags & GST_P2P_SCTP_SEND_LIFETIME) {
    spa.sendv_flags |= SCTP_SEND_PRINFO_VALID;
    spa.sendv_prinfo.pr_policy = SCTP_PR_SCTP_TTL;
    spa.sendv_prinfo.pr_value = GST_P2P_SCTP_LIFETIME_MS;
  }
  gst_p2p_sctp_catch_up ();
  /* Counted before, since the packets leave inside the call. */
  self->handed += len;
  batch (self, TRUE);
  n = usrsctp_sendv (self->socket, data, len, NULL, 0, &spa, sizeof (spa),
      SCTP_SENDV_SPA, 0);
  batch (self, FALSE);
  if (n < 0) {
    self->handed -= len;
    if (errno != EAGAIN && errno != EWOULDBLOCK) {
      GST_DEBUG ("association %" G_GUINT64_FORMAT " takes no data: %s",
          (guint64) self->id, g_strerror (errno));
    }
    return FALSE;
  }
  gst_p2p_sctp_rearm (self);
  return TRUE;
}

void
gst_p2p_sctp_reset_stream (GstP2PSctp * self, guint16 stream)
{
  guint8 block[sizeof (struct sctp_reset_streams) + sizeof (guint16)];
  struct sctp_reset_streams *reset = (struct sctp_reset_streams *) block;

  if (self->socket == NULL || self->dead) {
    return;
  }
  memset (block, 0, sizeof (block));
  reset->srs_flags = SCTP_STREAM_RESET_OUTGOING;
  reset->srs_number_streams = 1;
  reset->srs_stream_list[0] = stream;
  gst_p2p_sctp_catch_up ();
  if (usrsctp_setsockopt (self->socket, IPPROTO_SCTP, SCTP_RESET_STREAMS,
          reset, sizeof (block)) < 0) {
    GST_DEBUG ("stream %u is not reset: %s", stream, g_strerror (errno));
  }
}

void
gst_p2p_sctp_pause (GstP2PSctp * self, gboolean pause)
{
  self->paused = pause;
  if (!pause && self->socket && !self->dead) {
    gst_p2p_sctp_flag (self);
    gst_p2p_ready_source_set (self->ticker->source, 0);
  }
}

void
gst_p2p_sctp_set_gate (GstP2PSctp * self, P2pScGateEnd * end)
{
  self->gate_end = end;
  if (end) {
    end->go = gst_p2p_sctp_go;
    end->user_data = self;
  }
}

void
gst_p2p_sctp_set_thrifty (GstP2PSctp * self)
{
  self->thrifty = TRUE;
}

void
gst_p2p_sctp_hush (GstP2PSctp * self)
{
  struct sockaddr_conn remote = make_address (self, self->remote_port);
  struct sctp_paddrparams params;

  self->hushed = TRUE;
  memset (&params, 0, sizeof (params));
  memcpy (&params.spp_address, &remote, sizeof (remote));
  params.spp_flags = SPP_HB_DEMAND;
  if (usrsctp_setsockopt (self->socket, IPPROTO_SCTP, SCTP_PEER_ADDR_PARAMS,
          &params, sizeof (params)) < 0) {
    GST_DEBUG ("association %" G_GUINT64_FORMAT " sends no heartbeat: %s",
        (guint64) self->id, g_strerror (errno));
  }
}

void
gst_p2p_sctp_ask_again (GstP2PSctp * self)
{
  if (!self->hushed || self->socket == NULL || self->dead || self->closed) {
    return;
  }
  gst_p2p_sctp_catch_up ();
  gst_p2p_sctp_hush (self);
  gst_p2p_sctp_rearm (self);
}

guint32
gst_p2p_sctp_get_unacked (GstP2PSctp * self)
{
  guint64 n = self->handed > self->watch.acked ?
      self->handed - self->watch.acked : 0;

  return (guint32) MIN (n, G_MAXUINT32);
}

void
gst_p2p_sctp_get_status (GstP2PSctp * self, GstP2PSctpStatus * status)
{
  struct sctp_status s;
  socklen_t len = sizeof (s);

  memset (status, 0, sizeof (*status));
  status->unacked = gst_p2p_sctp_get_unacked (self);
  memset (&s, 0, sizeof (s));
  if (self->socket && usrsctp_getsockopt (self->socket, IPPROTO_SCTP,
          SCTP_STATUS, &s, &len) == 0) {
    status->cwnd = s.sstat_primary.spinfo_cwnd;
    status->srtt_us = s.sstat_primary.spinfo_srtt * 1000;
  }
  /* usrsctp counts whole milliseconds; below one the watcher knows better. */
  if (status->srtt_us == 0 && self->watch.rtt_us > 0) {
    status->srtt_us = (guint32) MIN (self->watch.rtt_us, 1000);
  }
}

/* The ABORT leaves in here, while the id still finds the association. */
void
gst_p2p_sctp_free (GstP2PSctp * self)
{
  if (self->dead) {
    return;
  }
  self->dead = TRUE;
  GST_DEBUG ("association %" G_GUINT64_FORMAT " sent %" G_GUINT64_FORMAT
      " DATA chunks again; %" G_GUINT64_FORMAT " packets before SCTP would",
      (guint64) self->id, self->watch.retransmitted, self->repair.repaired);
  close_socket (self);
  gst_p2p_sctp_deregister (self);
  self->callbacks = NULL;
  gst_p2p_sctp_unref (self);
}
