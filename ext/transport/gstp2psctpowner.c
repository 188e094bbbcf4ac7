/* gst-plugins-p2p
 *
 * This library is free software; you can redistribute it and/or
 * modify it under the terms of the GNU Lesser General Public
 * License as published by the Free Software Foundation; either
 * version 2.1 of the License, or (at your option) any later version.
 */
/* gstp2psctpowner.c: the process-global side of usrsctp: its one start, its
 * callbacks, the table of associations, and the ticks that drive its timers.
 *
 * usrsctp knows an association by an opaque id that is looked up in a table,
 * never by a pointer: a late packet or timer of a freed one finds nothing.
 * What usrsctp says on another thread than the association's is posted there.
 *
 * Locks: owner.lock guards the table and the tickers' list; no call-out under
 * it. tick_lock makes the measured time exact when two contexts tick.
 */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include <errno.h>

#include "gstp2psctp-private.h"
#include "p2pcrc32c.h"
#include "../../gst/p2p/session/gstp2pthread.h"

GST_DEBUG_CATEGORY (gst_p2p_sctp_debug);
#define GST_CAT_DEFAULT gst_p2p_sctp_debug

/* Stock settings add 80 ms a hop to a 15.6 KB chunk at 20 ms one
 * way without any loss. */
#define RTO_INITIAL_MS 300
/* What gets lost is sent again sooner, see p2pscrepair.h; a time-out that comes
 * before that closes the window for nothing. */
#define RTO_MIN_MS 300
#define RTO_MAX_MS 5000
#define SACK_DELAY_MS 10        /* docs/decisions/0002: 20 adds 9 ms at no loss */
#define SACK_FREQUENCY 2
#define INITIAL_CWND 10         /* packets, RFC 6928 */
#define MAX_BURST 0             /* no limit: the window is the limit */
/* Timers of usrsctp fire at a tick. Those that matter are known: a SACK that
 * waits, the retransmission of what is in flight, which never comes before the
 * smallest RTO. From then on, and while connecting, a tick every 10 ms; links
 * at rest have heartbeats of seconds. (10 ms always: 0.36 % of a core.) */
#define TICK_BUSY_US 10000
#define TICK_IDLE_US 250000
/* usrsctp counts whole milliseconds. */
#define TICK_SLACK_US 1000
/* So few that all of them are looked at when one came to rest. */
#define FEW_ASSOCIATIONS 16
#define SOCKET_BUFFER (256 * 1024)

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

/* ---- references ---- */

GstP2PSctp *
gst_p2p_sctp_ref (GstP2PSctp * self)
{
  self->refs++;
  return self;
}

void
gst_p2p_sctp_unref (GstP2PSctp * self)
{
  if (--self->refs > 0) {
    return;
  }
  p2p_scwatch_clear (&self->watch);
  p2p_screpair_clear (&self->repair);
  g_clear_pointer (&self->parts, g_byte_array_unref);
  gst_p2p_sctp_ticker_unref (self->ticker);
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

/* It would be sent again to one of whom nothing comes, out of a scarce cap. */
static gboolean
is_withheld (GstP2PSctp * self, gsize len)
{
  return self->hushed && len > GST_P2P_SCTP_HUSHED;
}

void
gst_p2p_sctp_go (guint8 * packet, gsize len, gpointer data)
{
  GstP2PSctp *self = data;
  gint64 now = g_get_monotonic_time ();

  if (self->dead && self->callbacks == NULL) {
    return;
  }
  p2p_crc32c_stamp (packet, len);
  p2p_scwatch_output (&self->watch, packet, len, now);
  p2p_screpair_output (&self->repair, packet, len, now);
  if (!is_withheld (self, len))
    self->callbacks->output (packet, len, self->user_data);
}

/* The ABORT of one that is freed does not wait. */
static void
output_here (GstP2PSctp * self, guint8 * packet, gsize len)
{
  if (self->gate_end && !self->dead && !is_withheld (self, len)) {
    p2p_scgate_output (self->gate_end, packet, len, g_get_monotonic_time ());
  } else {
    gst_p2p_sctp_go (packet, len, self);
  }
}

/* A packet that got lost, once more, past usrsctp. */
bool
gst_p2p_sctp_resend (guint8 * packet, gsize len, gpointer data)
{
  GstP2PSctp *self = data;
  gint64 now = g_get_monotonic_time ();

  if (self->dead || self->closed) {
    return true;
  }
  if (is_withheld (self, len)
      || (self->gate_end && !p2p_scgate_may (self->gate_end, len, now))) {
    return false;
  }
  p2p_crc32c_stamp (packet, len);
  p2p_scwatch_output (&self->watch, packet, len, now);
  self->callbacks->output (packet, len, self->user_data);
  return true;
}

void
gst_p2p_sctp_flag (GstP2PSctp * self)
{
  if (!self->pending && !self->dead) {
    self->pending = TRUE;
    g_queue_push_tail (&self->ticker->pending, gst_p2p_sctp_ref (self));
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
    gst_p2p_sctp_dispatch (self);
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

void
gst_p2p_sctp_on_upcall (struct socket *socket, void *data, int flags)
{
  guintptr id = (guintptr) data;
  GMainContext *elsewhere;
  GstP2PSctp *self = find_here (id, &elsewhere);

  if (self) {
    gst_p2p_sctp_flag (self);
    if (self->ticker->inside == 0) {
      gst_p2p_ready_source_set (self->ticker->source, 0);
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

void
gst_p2p_sctp_init_once (void)
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
 * by since anybody did this. Before each call of usrsctp that starts a timer,
 * too: it counts from the time of the last tick. Whoever is at it already, here
 * further up or on another thread, does it for us. */
void
gst_p2p_sctp_catch_up (void)
{
  gint64 elapsed_ms;

  if (!g_mutex_trylock (&owner.tick_lock)) {
    return;
  }
  elapsed_ms = (g_get_monotonic_time () - owner.last_tick) / 1000;
  if (elapsed_ms > 0) {
    owner.last_tick += elapsed_ms * 1000;
    usrsctp_handle_timers ((uint32_t) MIN (elapsed_ms, G_MAXINT32));
  }
  g_mutex_unlock (&owner.tick_lock);
}

void
gst_p2p_sctp_drain (GstP2PSctpTicker * ticker)
{
  GstP2PSctp *self;

  while ((self = g_queue_pop_head (&ticker->pending))) {
    self->pending = FALSE;
    gst_p2p_sctp_dispatch (self);
    gst_p2p_sctp_unref (self);
  }
}

/* When a thrifty association has to ask whether anybody is there, INT64_MAX = no
 * reason to. */
static gint64
silence_due (GstP2PSctp * self)
{
  gint64 sent = self->repair.last_sent;
  gint64 wait = p2p_screpair_patience (&self->repair);

  if (!self->thrifty || self->handed == self->watch.acked
      || self->heard >= sent || wait == G_MAXINT64) {
    return G_MAXINT64;
  }
  return sent + wait;
}

/* When the next timer of an association may be due. */
static gint64
next_due (GstP2PSctp * self, gint64 now)
{
  const P2pScWatch *w = &self->watch;
  gint64 due = now + TICK_IDLE_US, at;

  if (!self->connected) {
    return now + TICK_BUSY_US;
  }
  if (w->sack_due) {
    at = w->sack_since + SACK_DELAY_MS * 1000 + TICK_SLACK_US;
    due = MIN (due, at > now ? at : now + TICK_BUSY_US);
  }
  if (self->handed != w->acked) {
    at = w->waiting_since + RTO_MIN_MS * 1000 + TICK_SLACK_US;
    due = MIN (due, at > now ? at : now + TICK_BUSY_US);
  }
  if (self->handed != w->acked && !self->hushed) {
    at = MIN (p2p_screpair_due (&self->repair), silence_due (self));
    due = MIN (due, MAX (at, now));
  }
  return due;
}

static void
arm (GstP2PSctpTicker * ticker)
{
  gint64 now = g_get_monotonic_time (), due = -1;
  GList *l;

  for (l = ticker->associations.head; l; l = l->next) {
    gint64 at = next_due (l->data, now);

    due = due < 0 ? at : MIN (due, at);
  }
  gst_p2p_ready_source_set (ticker->source, due);
}

/* An association sent or received: the tick it needs may be sooner, or there is
 * none to wait for any more. */
void
gst_p2p_sctp_rearm (GstP2PSctp * self)
{
  GstP2PSctpTicker *ticker = self->ticker;
  gint64 due = gst_p2p_ready_source_get (ticker->source), at;

  if (due == 0) {
    return;                     /* it has something to receive */
  }
  if (ticker->associations.length <= FEW_ASSOCIATIONS) {
    arm (ticker);
    return;
  }
  at = next_due (self, g_get_monotonic_time ());
  if (due < 0 || due > at) {
    gst_p2p_ready_source_set (ticker->source, at);
  }
}

/* Before usrsctp's timers run: after a stall they would repeat what is not to be. */
static void
hush_all (GstP2PSctpTicker * ticker)
{
  gint64 now = g_get_monotonic_time ();
  GList *l;

  for (l = ticker->associations.head; l; l = l->next) {
    GstP2PSctp *self = l->data;

    if (!self->hushed && self->socket && now >= silence_due (self)) {
      gst_p2p_sctp_hush (self);
    }
  }
}

static void
repair_all (GstP2PSctpTicker * ticker)
{
  gint64 now = g_get_monotonic_time ();
  GList *l;

  for (l = ticker->associations.head; l; l = l->next) {
    GstP2PSctp *self = l->data;

    if (!self->hushed) {
      p2p_screpair_tick (&self->repair, now);
    }
  }
}

static gboolean
on_tick (gpointer data)
{
  GstP2PSctpTicker *ticker = data;

  g_mutex_lock (&owner.lock);
  ticker->refs++;
  owner.n_ticks++;
  g_mutex_unlock (&owner.lock);
  ticker->inside++;
  gst_p2p_ready_source_set (ticker->source, -1);
  hush_all (ticker);
  gst_p2p_sctp_catch_up ();
  repair_all (ticker);
  gst_p2p_sctp_drain (ticker);
  ticker->inside--;
  arm (ticker);
  gst_p2p_sctp_ticker_unref (ticker);
  return G_SOURCE_CONTINUE;
}

static GstP2PSctpTicker *
ticker_new (GMainContext * context)
{
  GstP2PSctpTicker *ticker = g_new0 (GstP2PSctpTicker, 1);

  ticker->refs = 1;
  ticker->context = g_main_context_ref (context);
  ticker->thread = g_thread_self ();
  g_queue_init (&ticker->associations);
  g_queue_init (&ticker->pending);
  ticker->source = gst_p2p_ready_source_new ();
  g_source_set_name (ticker->source, "p2p-sctp-tick");
  g_source_set_callback (ticker->source, on_tick, ticker, NULL);
  g_source_attach (ticker->source, context);
  return ticker;
}

GstP2PSctpTicker *
gst_p2p_sctp_ticker_get (GMainContext * context)
{
  GstP2PSctpTicker *ticker = NULL;
  GList *l;

  g_mutex_lock (&owner.lock);
  for (l = owner.tickers; l; l = l->next) {
    GstP2PSctpTicker *t = l->data;

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

void
gst_p2p_sctp_ticker_unref (GstP2PSctpTicker * ticker)
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

void
gst_p2p_sctp_register (GstP2PSctp * self)
{
  g_mutex_lock (&owner.lock);
  self->id = ++owner.next_id;
  g_hash_table_insert (owner.table, (gpointer) self->id, self);
  g_mutex_unlock (&owner.lock);
  usrsctp_register_address ((void *) self->id);
  self->link.data = self;
  g_queue_push_tail_link (&self->ticker->associations, &self->link);
}

void
gst_p2p_sctp_deregister (GstP2PSctp * self)
{
  usrsctp_deregister_address ((void *) self->id);
  g_mutex_lock (&owner.lock);
  g_hash_table_remove (owner.table, (gpointer) self->id);
  g_mutex_unlock (&owner.lock);
  if (self->link.data) {
    g_queue_unlink (&self->ticker->associations, &self->link);
  }
  if (self->pending && g_queue_remove (&self->ticker->pending, self)) {
    self->pending = FALSE;
    gst_p2p_sctp_unref (self);
  }
}

guint
gst_p2p_sctp_count (void)
{
  guint n;

  gst_p2p_sctp_init_once ();
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
