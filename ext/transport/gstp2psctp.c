/* gst-plugins-p2p
 *
 * This library is free software; you can redistribute it and/or
 * modify it under the terms of the GNU Lesser General Public
 * License as published by the Free Software Foundation; either
 * version 2.1 of the License, or (at your option) any later version.
 */
/* gstp2psctp.c: see gstp2psctp.h.
 *
 * usrsctp knows an association by an opaque id that is looked up in a table,
 * never by a pointer: a late packet or timer of a freed one finds nothing.
 * Inside a usrsctp call only flags are set (upcall) and packets pass (output);
 * messages are taken when the call has returned, so that whoever gets them may
 * call back in.
 *
 * Locks: owner.lock guards the table and the tickers' list; no call-out under
 * it. tick_lock makes the measured time exact when two contexts tick.
 */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include <errno.h>
#include <gst/gst.h>
#include <string.h>
#include <usrsctp.h>

#include "gstp2psctp.h"
#include "p2pcrc32c.h"
#include "p2pscwatch.h"
#include "../../gst/p2p/session/gstp2perror.h"

GST_DEBUG_CATEGORY_STATIC (gst_p2p_sctp_debug);
#define GST_CAT_DEFAULT gst_p2p_sctp_debug

/* design.md 7: stock settings add 80 ms a hop to a 15.6 KB chunk at 20 ms one
 * way without any loss. */
#define RTO_INITIAL_MS 300
#define RTO_MIN_MS 100
#define RTO_MAX_MS 5000
#define SACK_DELAY_MS 10        /* docs/decisions/0002: 20 adds 9 ms at no loss */
#define SACK_FREQUENCY 2
#define INITIAL_CWND 10         /* packets, RFC 6928 */
#define MAX_BURST 0             /* no limit: the window is the limit */
/* Ten times 10 ms of CPU a second is 0.36 % of a core; idle links do with
 * less. Data and SACK timers of usrsctp fire at a tick. */
#define TICK_BUSY_US 10000
#define TICK_IDLE_US 50000
#define SOCKET_BUFFER (256 * 1024)
#define SCTP_COMMON_HEADER 12

typedef struct
{
  gint refs;                    /* one an association, under owner.lock */
  GMainContext *context;
  GThread *thread;              /* where its associations live */
  GSource *source;
  GQueue associations;          /* only on thread */
  GQueue pending;               /* flagged by an upcall; only on thread */
  guint inside;                 /* calls that will drain pending themselves */
  guint8 *scratch;              /* receive buffer, taken while in use */
  gsize scratch_size;
} Ticker;

struct _GstP2PSctp
{
  gint refs;
  guintptr id;
  Ticker *ticker;
  struct socket *socket;        /* NULL: closed */
  const GstP2PSctpCallbacks *callbacks;
  gpointer user_data;
  gsize max_message;
  guint data_mtu;
  gboolean dead;                /* freed; no callback any more */
  gboolean connected, closed;
  gboolean paused;
  gboolean pending;             /* in ticker->pending */
  gboolean room_wanted;         /* a send() found no room */
  P2pScWatch watch;
  guint64 handed;               /* message bytes usrsctp took */
  guint64 acked_seen;
  GByteArray *parts;            /* of a message that comes in pieces */
  GList link;                   /* in ticker->associations */
};

static struct
{
  GMutex lock;
  GHashTable *table;            /* id -> GstP2PSctp, borrowed */
  guintptr next_id;
  GList *tickers;
  GMutex tick_lock;
  gint64 last_tick;
  guint64 n_ticks;
} owner;

static void dispatch_association (GstP2PSctp * self);
static void ticker_unref (Ticker * ticker);

/* ---- references ---- */

static GstP2PSctp *
sctp_ref (GstP2PSctp * self)
{
  self->refs++;
  return self;
}

static void
sctp_unref (GstP2PSctp * self)
{
  if (--self->refs > 0) {
    return;
  }
  p2p_scwatch_clear (&self->watch);
  g_clear_pointer (&self->parts, g_byte_array_unref);
  ticker_unref (self->ticker);
  g_free (self);
}

/* The association if it belongs to this thread; else *context (a reference) of
 * where it lives, or nothing. */
static GstP2PSctp *
find_here (guintptr id, GMainContext ** context)
{
  GstP2PSctp *self, *here = NULL;

  *context = NULL;
  g_mutex_lock (&owner.lock);
  self = g_hash_table_lookup (owner.table, (gpointer) id);
  if (self && self->ticker->thread == g_thread_self ()) {
    here = self;
  } else if (self) {
    *context = g_main_context_ref (self->ticker->context);
  }
  g_mutex_unlock (&owner.lock);
  return here;
}

/* ---- from usrsctp ---- */

typedef struct
{
  guintptr id;
  GBytes *packet;               /* NULL: an upcall */
} Posted;

static void
posted_free (gpointer data)
{
  Posted *p = data;

  g_clear_pointer (&p->packet, g_bytes_unref);
  g_free (p);
}

static void
output_here (GstP2PSctp * self, guint8 * packet, gsize len)
{
  if (self->dead && self->callbacks == NULL) {
    return;
  }
  p2p_crc32c_stamp (packet, len);
  p2p_scwatch_output (&self->watch, packet, len, g_get_monotonic_time ());
  self->callbacks->output (packet, len, self->user_data);
}

static void
flag_here (GstP2PSctp * self)
{
  if (!self->pending && !self->dead) {
    self->pending = TRUE;
    g_queue_push_tail (&self->ticker->pending, sctp_ref (self));
  }
}

static gboolean
handle_posted (gpointer data)
{
  Posted *p = data;
  GMainContext *elsewhere;
  GstP2PSctp *self = find_here (p->id, &elsewhere);

  if (self && p->packet) {
    gsize len;
    gconstpointer bytes = g_bytes_get_data (p->packet, &len);

    output_here (self, (guint8 *) bytes, len);
  } else if (self) {
    dispatch_association (self);
  }
  g_clear_pointer (&elsewhere, g_main_context_unref);
  return G_SOURCE_REMOVE;
}

/* Takes context and packet. */
static void
post (GMainContext * context, guintptr id, GBytes * packet)
{
  Posted *p = g_new0 (Posted, 1);
  GSource *source = g_idle_source_new ();

  p->id = id;
  p->packet = packet;
  g_source_set_priority (source, G_PRIORITY_DEFAULT);
  g_source_set_callback (source, handle_posted, p, posted_free);
  g_source_attach (source, context);
  g_source_unref (source);
  g_main_context_unref (context);
}

static int
on_output (void *address, void *buffer, size_t len, uint8_t tos, uint8_t set_df)
{
  guintptr id = (guintptr) address;
  GMainContext *elsewhere;
  GstP2PSctp *self;

  if (len < SCTP_COMMON_HEADER) {
    return EINVAL;
  }
  self = find_here (id, &elsewhere);
  if (self) {
    output_here (self, buffer, len);
  } else if (elsewhere) {
    post (elsewhere, id, g_bytes_new (buffer, len));
  }
  return 0;
}

static void
on_upcall (struct socket *socket, void *data, int flags)
{
  guintptr id = (guintptr) data;
  GMainContext *elsewhere;
  GstP2PSctp *self = find_here (id, &elsewhere);

  if (self) {
    flag_here (self);
    if (self->ticker->inside == 0) {
      g_source_set_ready_time (self->ticker->source, 0);
    }
  } else if (elsewhere) {
    post (elsewhere, id, NULL);
  }
}

/* ---- the process-global part ---- */

static void
tune (void)
{
  usrsctp_enable_crc32c_offload ();
  usrsctp_sysctl_set_sctp_ecn_enable (0);
  usrsctp_sysctl_set_sctp_asconf_enable (0);
  usrsctp_sysctl_set_sctp_auth_enable (0);
  usrsctp_sysctl_set_sctp_nrsack_enable (0);
  usrsctp_sysctl_set_sctp_pktdrop_enable (0);
  usrsctp_sysctl_set_sctp_pr_enable (1);
  usrsctp_sysctl_set_sctp_reconfig_enable (1);
  usrsctp_sysctl_set_sctp_initial_cwnd (INITIAL_CWND);
  usrsctp_sysctl_set_sctp_max_burst_default (MAX_BURST);
  usrsctp_sysctl_set_sctp_rto_initial_default (RTO_INITIAL_MS);
  usrsctp_sysctl_set_sctp_rto_min_default (RTO_MIN_MS);
  usrsctp_sysctl_set_sctp_rto_max_default (RTO_MAX_MS);
  usrsctp_sysctl_set_sctp_init_rto_max_default (RTO_MAX_MS);
  usrsctp_sysctl_set_sctp_delayed_sack_time_default (SACK_DELAY_MS);
  usrsctp_sysctl_set_sctp_sack_freq_default (SACK_FREQUENCY);
  usrsctp_sysctl_set_sctp_nr_outgoing_streams_default (GST_P2P_SCTP_STREAMS);
  usrsctp_sysctl_set_sctp_nr_incoming_streams_default (GST_P2P_SCTP_STREAMS);
  usrsctp_sysctl_set_sctp_sendspace (SOCKET_BUFFER);
  usrsctp_sysctl_set_sctp_recvspace (SOCKET_BUFFER);
}

static void
init_once (void)
{
  static gsize once = 0;

  if (g_once_init_enter (&once)) {
    GST_DEBUG_CATEGORY_INIT (gst_p2p_sctp_debug, "p2psctp", 0,
        "SCTP associations");
    owner.table = g_hash_table_new (NULL, NULL);
    owner.last_tick = g_get_monotonic_time ();
    usrsctp_init_nothreads (0, on_output, NULL);
    tune ();
    g_once_init_leave (&once, 1);
  }
}

/* Timers of every association of the process, by the time that really went
 * by since anybody did this. */
static void
run_timers (void)
{
  gint64 now, elapsed_ms;

  g_mutex_lock (&owner.tick_lock);
  now = g_get_monotonic_time ();
  elapsed_ms = (now - owner.last_tick) / 1000;
  owner.n_ticks++;
  if (elapsed_ms > 0) {
    owner.last_tick += elapsed_ms * 1000;
    usrsctp_handle_timers ((uint32_t) MIN (elapsed_ms, G_MAXINT32));
  }
  g_mutex_unlock (&owner.tick_lock);
}

static void
drain_pending (Ticker * ticker)
{
  GstP2PSctp *self;

  while ((self = g_queue_pop_head (&ticker->pending))) {
    self->pending = FALSE;
    dispatch_association (self);
    sctp_unref (self);
  }
}

static gboolean
is_busy (GstP2PSctp * self)
{
  return !self->connected || self->watch.sack_due
      || self->handed != self->watch.acked;
}

static void
arm (Ticker * ticker)
{
  gint64 delay = TICK_IDLE_US;
  GList *l;

  for (l = ticker->associations.head; l; l = l->next) {
    if (is_busy (l->data)) {
      delay = TICK_BUSY_US;
      break;
    }
  }
  g_source_set_ready_time (ticker->source, ticker->associations.head ?
      g_source_get_time (ticker->source) + delay : -1);
}

/* Brings the tick forward when an idle association gets something to do. */
static void
hurry (Ticker * ticker)
{
  gint64 due = g_source_get_ready_time (ticker->source);
  gint64 wanted = g_get_monotonic_time () + TICK_BUSY_US;

  if (due < 0 || due > wanted) {
    g_source_set_ready_time (ticker->source, wanted);
  }
}

static gboolean
on_tick (gpointer data)
{
  Ticker *ticker = data;

  g_mutex_lock (&owner.lock);
  ticker->refs++;
  g_mutex_unlock (&owner.lock);
  ticker->inside++;
  run_timers ();
  drain_pending (ticker);
  ticker->inside--;
  arm (ticker);
  ticker_unref (ticker);
  return G_SOURCE_CONTINUE;
}

static gboolean
ticker_source_dispatch (GSource * source, GSourceFunc callback, gpointer data)
{
  return callback (data);
}

static GSourceFuncs ticker_funcs = {
  .dispatch = ticker_source_dispatch
};

static Ticker *
ticker_new (GMainContext * context)
{
  Ticker *ticker = g_new0 (Ticker, 1);

  ticker->refs = 1;
  ticker->context = g_main_context_ref (context);
  ticker->thread = g_thread_self ();
  g_queue_init (&ticker->associations);
  g_queue_init (&ticker->pending);
  ticker->source = g_source_new (&ticker_funcs, sizeof (GSource));
  g_source_set_name (ticker->source, "p2p-sctp-tick");
  g_source_set_callback (ticker->source, on_tick, ticker, NULL);
  g_source_attach (ticker->source, context);
  return ticker;
}

static Ticker *
ticker_get (GMainContext * context)
{
  Ticker *ticker = NULL;
  GList *l;

  g_mutex_lock (&owner.lock);
  for (l = owner.tickers; l; l = l->next) {
    Ticker *t = l->data;

    if (t->context == context && t->thread == g_thread_self ()) {
      ticker = t;
      ticker->refs++;
    }
  }
  if (ticker == NULL) {
    ticker = ticker_new (context);
    owner.tickers = g_list_prepend (owner.tickers, ticker);
  }
  g_mutex_unlock (&owner.lock);
  return ticker;
}

static void
ticker_unref (Ticker * ticker)
{
  gboolean last;

  g_mutex_lock (&owner.lock);
  last = --ticker->refs == 0;
  if (last) {
    owner.tickers = g_list_remove (owner.tickers, ticker);
  }
  g_mutex_unlock (&owner.lock);
  if (last) {
    g_source_destroy (ticker->source);
    g_source_unref (ticker->source);
    g_main_context_unref (ticker->context);
    g_free (ticker->scratch);
    g_free (ticker);
  }
}

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

static void
register_association (GstP2PSctp * self)
{
  g_mutex_lock (&owner.lock);
  self->id = ++owner.next_id;
  g_hash_table_insert (owner.table, (gpointer) self->id, self);
  g_mutex_unlock (&owner.lock);
  usrsctp_register_address ((void *) self->id);
  self->link.data = self;
  g_queue_push_tail_link (&self->ticker->associations, &self->link);
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
      || usrsctp_set_upcall (self->socket, on_upcall, (void *) self->id) < 0
      || !set_options (self, error)) {
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

  init_once ();
  if (context == NULL) {
    context = g_main_context_default ();
  }
  self = g_new0 (GstP2PSctp, 1);
  self->refs = 1;
  self->callbacks = callbacks;
  self->user_data = user_data;
  self->max_message = max_message;
  self->data_mtu = data_mtu;
  self->ticker = ticker_get (context);
  p2p_scwatch_init (&self->watch);
  register_association (self);
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
  params.spp_flags = SPP_PMTUD_DISABLE;
  params.spp_pathmtu = self->data_mtu - SCTP_COMMON_HEADER;
  return SET (IPPROTO_SCTP, SCTP_PEER_ADDR_PARAMS, params);
}

gboolean
gst_p2p_sctp_connect (GstP2PSctp * self, guint16 remote_port, GError ** error)
{
  struct sockaddr_conn remote = make_address (self, remote_port);

  if (usrsctp_connect (self->socket, (struct sockaddr *) &remote,
          sizeof (remote)) < 0 && errno != EINPROGRESS) {
    g_set_error (error, GST_P2P_ERROR, GST_P2P_ERROR_FAILED,
        "usrsctp does not connect: %s", g_strerror (errno));
    return FALSE;
  }
  hurry (self->ticker);
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
  Ticker *ticker = self->ticker;
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

static void
dispatch_association (GstP2PSctp * self)
{
  sctp_ref (self);
  if (!self->dead && self->socket) {
    receive_all (self);
  }
  report_acked (self);
  sctp_unref (self);
}

void
gst_p2p_sctp_input (GstP2PSctp * self, const guint8 * packet, gsize len)
{
  Ticker *ticker = self->ticker;

  if (self->socket == NULL || self->dead) {
    return;
  }
  sctp_ref (self);
  p2p_scwatch_input (&self->watch, packet, len, g_get_monotonic_time ());
  ticker->inside++;
  usrsctp_conninput ((void *) self->id, packet, len, 0);
  report_acked (self);
  drain_pending (ticker);
  ticker->inside--;
  if (!self->dead && is_busy (self)) {
    hurry (ticker);
  }
  sctp_unref (self);
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
  /* Counted before, since the packets leave inside the call. */
  self->handed += len;
  n = usrsctp_sendv (self->socket, data, len, NULL, 0, &spa, sizeof (spa),
      SCTP_SENDV_SPA, 0);
  if (n < 0) {
    self->handed -= len;
    if (errno != EAGAIN && errno != EWOULDBLOCK) {
      GST_DEBUG ("association %" G_GUINT64_FORMAT " takes no data: %s",
          (guint64) self->id, g_strerror (errno));
    }
    return FALSE;
  }
  hurry (self->ticker);
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
    flag_here (self);
    g_source_set_ready_time (self->ticker->source, 0);
  }
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
  close_socket (self);
  usrsctp_deregister_address ((void *) self->id);
  g_mutex_lock (&owner.lock);
  g_hash_table_remove (owner.table, (gpointer) self->id);
  g_mutex_unlock (&owner.lock);
  self->callbacks = NULL;
  if (self->link.data) {
    g_queue_unlink (&self->ticker->associations, &self->link);
  }
  if (self->pending && g_queue_remove (&self->ticker->pending, self)) {
    self->pending = FALSE;
    sctp_unref (self);
  }
  sctp_unref (self);
}

guint
gst_p2p_sctp_count (void)
{
  guint n;

  init_once ();
  g_mutex_lock (&owner.lock);
  n = g_hash_table_size (owner.table);
  g_mutex_unlock (&owner.lock);
  return n;
}

guint64
gst_p2p_sctp_ticks (void)
{
  return owner.n_ticks;
}
