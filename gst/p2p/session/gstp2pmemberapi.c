/* gst-plugins-p2p
 *
 * This library is free software; you can redistribute it and/or
 * modify it under the terms of the GNU Lesser General Public
 * License as published by the Free Software Foundation; either
 * version 2.1 of the License, or (at your option) any later version.
 */
/* gstp2pmemberapi.c: what elements ask of a member, from any thread.
 *
 * Values go to the session thread as posted calls; figures come back as
 * snapshots under the member's lock. Nothing here waits for the network.
 */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "gstp2psession-private.h"

GST_DEBUG_CATEGORY_EXTERN (gst_p2p_session_debug);
#define GST_CAT_DEFAULT gst_p2p_session_debug

/* chunks on their way to the session thread: 4 s of video */
#define MAX_WAITING 64
#define STATS_FRESH_US (100 * 1000)

/* ---- listener, any thread ---- */

GstP2PItem *
gst_p2p_member_pop (GstP2PMember * self, gint64 end_time)
{
  g_return_val_if_fail (self->queue != NULL, NULL);
  return gst_p2p_queue_pop (self->queue, end_time);
}

void
gst_p2p_member_set_flushing (GstP2PMember * self, gboolean flushing)
{
  if (self->queue)
    gst_p2p_queue_set_flushing (self->queue, flushing);
}

static void
end_call (gpointer data)
{
  GstP2PMember *self = data;

  if (self->host)
    gst_p2p_host_hand_over (self->host, self);
  gst_p2p_queue_close (self->queue);
}

void
gst_p2p_member_set_ending (GstP2PMember * self, gboolean ending)
{
  g_return_if_fail (self->queue != NULL);
  gst_p2p_queue_set_ending (self->queue, ending);
  if (ending)
    gst_p2p_thread_post (self->session->thread, end_call, g_object_ref (self),
        g_object_unref);
}

gboolean
gst_p2p_member_has_ended (GstP2PMember * self)
{
  return gst_p2p_queue_has_ended (self->queue);
}

gboolean
gst_p2p_member_get_source_time (GstP2PMember * self, P2pNtp * ntp,
    guint32 * error_us)
{
  gint64 now = g_get_monotonic_time ();
  gboolean known;

  g_mutex_lock (&self->lock);
  known = self->clock_local != 0;
  if (known) {
    *ntp = gst_p2p_ntp_add_us (self->clock_ntp, now - self->clock_local);
    if (error_us)
      *error_us = self->clock_error_us;
  }
  g_mutex_unlock (&self->lock);
  return known;
}

typedef struct
{
  GstP2PMember *member;
  guint64 value;
} ValueCall;

static void
value_call_free (gpointer data)
{
  ValueCall *call = data;

  g_object_unref (call->member);
  g_free (call);
}

static void
post_value (GstP2PMember * self, GstP2PThreadFunc func, guint64 value)
{
  ValueCall *call = g_new0 (ValueCall, 1);

  call->member = g_object_ref (self);
  call->value = value;
  gst_p2p_thread_post (self->session->thread, func, call, value_call_free);
}

static void
set_latency_call (gpointer data)
{
  ValueCall *call = data;
  GstP2PHost *host = call->member->host;

  call->member->config.latency_ms = call->value;
  call->member->patience.target_us = 0;
  if (host == NULL)
    return;
  gst_p2p_host_update_latency (host);
  gst_p2p_host_drain (host);
}

void
gst_p2p_member_set_latency (GstP2PMember * self, guint latency_ms)
{
  post_value (self, set_latency_call, latency_ms);
}

static void
set_max_upload_call (gpointer data)
{
  ValueCall *call = data;

  call->member->config.max_upload_bps = call->value;
  if (call->member->host == NULL)
    return;
  p2p_swarm_set_max_upload (call->member->host->swarm,
      MIN (call->value, G_MAXUINT32), g_get_monotonic_time ());
  call->member->host->max_upload_bps = call->value;
  gst_p2p_session_update_cap (call->member->session);
  gst_p2p_host_drain (call->member->host);
}

void
gst_p2p_member_set_max_upload (GstP2PMember * self, guint64 bps)
{
  post_value (self, set_max_upload_call, bps);
}

/* ---- source, any thread ---- */

typedef struct
{
  GstP2PMember *member;
  guint8 *data;                 /* chunk, or stream header object */
  gsize len;
} PublishCall;

static void
publish_call_free (gpointer data)
{
  PublishCall *call = data;

  g_object_unref (call->member);
  g_free (call->data);
  g_free (call);
}

static void
post_publish (GstP2PMember * self, GstP2PThreadFunc func, guint8 * data,
    gsize len)
{
  PublishCall *call = g_new0 (PublishCall, 1);

  call->member = g_object_ref (self);
  call->data = data;
  call->len = len;
  gst_p2p_thread_post (self->session->thread, func, call, publish_call_free);
}

static void
publish_header_call (gpointer data)
{
  PublishCall *call = data;
  P2pStreamHeader header;

  if (call->member->host
      && p2p_stream_header_get (call->data, call->len, &header) == P2P_OK
      && !gst_p2p_host_publish_header (call->member->host, &header))
    GST_WARNING ("the swarm takes no stream header of %" G_GSIZE_FORMAT
        " bytes", call->len);
}

gboolean
gst_p2p_member_publish_header (GstP2PMember * self,
    const P2pStreamHeader * header)
{
  gsize capacity = p2p_stream_header_capacity (header);
  guint8 *data = g_malloc (capacity);
  P2pStreamHeader copy = *header;
  P2pWriter writer;

  copy.k = 1;                   /* a header without it is not encoded; the swarm
                                 * puts its own there */
  p2p_writer_init (&writer, data, capacity);
  p2p_stream_header_put (&writer, &copy);
  if (!p2p_writer_ok (&writer) || writer.len > P2P_MAX_HEADER) {
    g_free (data);
    return FALSE;
  }
  post_publish (self, publish_header_call, data, writer.len);
  return TRUE;
}

static void
publish_chunk_call (gpointer data)
{
  PublishCall *call = data;
  GstP2PMember *self = call->member;
  gboolean taken = FALSE;

  if (self->host && self->host->publisher == self)
    taken = gst_p2p_host_publish_chunk (self->host,
        g_steal_pointer (&call->data), call->len);
  g_mutex_lock (&self->lock);
  self->waiting--;
  if (taken)
    self->newest = (gint64) self->host->next_chunk - 1;
  g_mutex_unlock (&self->lock);
}

gboolean
gst_p2p_member_publish_chunk (GstP2PMember * self, guint8 * data, gsize len)
{
  gboolean full;

  g_mutex_lock (&self->lock);
  full = self->waiting >= MAX_WAITING || self->left;
  if (!full)
    self->waiting++;
  g_mutex_unlock (&self->lock);
  if (full) {
    g_free (data);
    return FALSE;
  }
  post_publish (self, publish_chunk_call, data, len);
  return TRUE;
}

static void
refresh_call (gpointer data)
{
  GstP2PMember *self = data;

  if (self->host)
    gst_p2p_host_update_stats (self->host);
}

static void
refresh (GstP2PMember * self)
{
  gint64 now = g_get_monotonic_time ();
  gboolean stale;

  g_mutex_lock (&self->lock);
  stale = now - self->stats_at > STATS_FRESH_US
      && now - self->stats_wanted > STATS_FRESH_US / 2;
  if (stale)
    self->stats_wanted = now;
  g_mutex_unlock (&self->lock);
  if (stale)
    gst_p2p_thread_post (self->session->thread, refresh_call,
        g_object_ref (self), g_object_unref);
}

gint64
gst_p2p_member_get_handed_over (GstP2PMember * self, gint64 * newest)
{
  gint64 handed;

  refresh (self);
  g_mutex_lock (&self->lock);
  handed = self->handed_over;
  if (newest)
    *newest = self->newest + self->waiting;
  g_mutex_unlock (&self->lock);
  return handed;
}

guint16
gst_p2p_member_get_port (GstP2PMember * self)
{
  return self->port;
}

typedef struct
{
  GstP2PMember *member;
  gchar *field[5];
} DirectoryCall;

static void
directory_call_free (gpointer data)
{
  DirectoryCall *call = data;
  guint i;

  for (i = 0; i < G_N_ELEMENTS (call->field); i++)
    g_free (call->field[i]);
  g_object_unref (call->member);
  g_free (call);
}

static void
set_directory_call (gpointer data)
{
  DirectoryCall *call = data;

  gst_p2p_member_update_directory (call->member,
      (const gchar * const *) call->field);
}

void
gst_p2p_member_set_directory (GstP2PMember * self, const gchar * title,
    const gchar * description, const gchar * genre, const gchar * homepage,
    const gchar * caps)
{
  DirectoryCall *call = g_new0 (DirectoryCall, 1);

  call->member = g_object_ref (self);
  call->field[0] = g_strdup (title);
  call->field[1] = g_strdup (description);
  call->field[2] = g_strdup (genre);
  call->field[3] = g_strdup (homepage);
  call->field[4] = g_strdup (caps);
  gst_p2p_thread_post (self->session->thread, set_directory_call, call,
      directory_call_free);
}

/* ---- both, any thread ---- */

gboolean
gst_p2p_member_get_swarm_id (GstP2PMember * self, P2pSwarmId * out)
{
  gboolean known;

  g_mutex_lock (&self->lock);
  known = self->have_swarm_id;
  if (known)
    *out = self->swarm_id;
  g_mutex_unlock (&self->lock);
  return known;
}

void
gst_p2p_member_get_peer_id (GstP2PMember * self, P2pPeerId * out)
{
  gst_p2p_session_get_peer_id (self->session, out);
}

gint64
gst_p2p_member_get_stats (GstP2PMember * self, P2pSwarmStats * stats)
{
  gint64 taken_at;

  refresh (self);
  g_mutex_lock (&self->lock);
  *stats = self->stats;
  taken_at = self->stats_at;
  g_mutex_unlock (&self->lock);
  return taken_at;
}

P2pNeighbourStats *
gst_p2p_member_get_neighbours (GstP2PMember * self, guint * n)
{
  P2pNeighbourStats *copy;

  refresh (self);
  g_mutex_lock (&self->lock);
  *n = self->neighbours->len;
  copy = g_memdup2 (self->neighbours->data,
      self->neighbours->len * sizeof (P2pNeighbourStats));
  g_mutex_unlock (&self->lock);
  return copy;
}

/* ---- timers ---- */

/* A time limit is counted in steps of at most so long, see on_timer(). */
#define LIMIT_STEP_US G_USEC_PER_SEC
#define LIMIT_STEPS 8

typedef struct
{
  GstP2PMember *member;
  guint id;
  void (*func) (GstP2PMember *, gpointer);
  gpointer user_data;
  GSource *source;              /* not owned: it owns this */
  gint64 left_us, step_us;
} TimerCall;

static void
timer_call_free (gpointer data)
{
  TimerCall *call = data;

  g_object_unref (call->member);
  g_free (call);
}

/* FALSE when it is over. However long it took, a step is one step. When the
 * last took twice as long this machine stood still, and what came meanwhile has
 * not been looked at: one more. */
static gboolean
take_step (TimerCall * call)
{
  gint64 now = g_get_monotonic_time ();
  gint64 late = now - gst_p2p_ready_source_get (call->source);

  call->left_us -= call->step_us;
  if (call->left_us + call->step_us <= 0
      || (call->left_us <= 0 && late <= call->step_us))
    return FALSE;
  gst_p2p_ready_source_set (call->source, now + call->step_us);
  return TRUE;
}

static gboolean
on_timer (gpointer data)
{
  TimerCall *call = data;
  GstP2PMember *self = call->member;
  gboolean valid;

  if (call->step_us > 0 && take_step (call))
    return G_SOURCE_CONTINUE;
  g_mutex_lock (&self->lock);
  valid = g_hash_table_remove (self->timers, GUINT_TO_POINTER (call->id));
  g_mutex_unlock (&self->lock);
  if (valid)
    call->func (self, call->user_data);
  return G_SOURCE_REMOVE;
}

static guint
add_timer (GstP2PMember * self, gint64 delay_us, gint64 step_us,
    void (*func) (GstP2PMember *, gpointer), gpointer user_data)
{
  TimerCall *call = g_new0 (TimerCall, 1);
  GSource *source = gst_p2p_ready_source_new ();
  guint id;

  call->member = g_object_ref (self);
  call->func = func;
  call->user_data = user_data;
  call->source = source;
  call->left_us = delay_us;
  call->step_us = step_us;
  g_source_set_callback (source, on_timer, call, timer_call_free);
  gst_p2p_ready_source_set (source, g_get_monotonic_time ()
      + (step_us > 0 ? step_us : delay_us));

  g_mutex_lock (&self->lock);
  id = call->id = ++self->next_timer;
  if (self->left) {
    g_mutex_unlock (&self->lock);
    g_source_unref (source);
    return id;
  }
  g_hash_table_insert (self->timers, GUINT_TO_POINTER (id),
      g_source_ref (source));
  g_source_attach (source, gst_p2p_thread_get_context (self->session->thread));
  g_mutex_unlock (&self->lock);
  g_source_unref (source);
  return id;
}

guint
gst_p2p_member_add_timer (GstP2PMember * self, gint64 delay_us,
    void (*func) (GstP2PMember *, gpointer), gpointer user_data)
{
  return add_timer (self, delay_us, 0, func, user_data);
}

guint
gst_p2p_member_add_limit (GstP2PMember * self, gint64 delay_us,
    void (*func) (GstP2PMember *, gpointer), gpointer user_data)
{
  return add_timer (self, delay_us, CLAMP (delay_us / LIMIT_STEPS, 1,
          LIMIT_STEP_US), func, user_data);
}

static void
nothing (gpointer data)
{
}

void
gst_p2p_member_cancel_timer (GstP2PMember * self, guint id)
{
  GSource *source;

  g_mutex_lock (&self->lock);
  source = g_hash_table_lookup (self->timers, GUINT_TO_POINTER (id));
  if (source)
    g_source_destroy (source);
  g_hash_table_remove (self->timers, GUINT_TO_POINTER (id));
  g_mutex_unlock (&self->lock);
  /* one that runs has ended when the thread takes the next call */
  gst_p2p_thread_call (self->session->thread, nothing, NULL);
}
