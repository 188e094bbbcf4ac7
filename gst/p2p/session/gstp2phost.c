/* gst-plugins-p2p
 *
 * This library is free software; you can redistribute it and/or
 * modify it under the terms of the GNU Lesser General Public
 * License as published by the Free Software Foundation; either
 * version 2.1 of the License, or (at your option) any later version.
 */
/* gstp2phost.c: gives the pure swarm what it has none of: a clock, links,
 * signatures and somebody who listens.
 *
 * Every input to the swarm is followed by gst_p2p_host_drain(), which carries
 * out its actions. Session thread only.
 */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../core/tracker/p2pintro.h"
#include "gstp2psession-private.h"

GST_DEBUG_CATEGORY_EXTERN (gst_p2p_session_debug);
#define GST_CAT_DEFAULT gst_p2p_session_debug

#define DESCRIBE_MIN_US (G_USEC_PER_SEC / 4)

/* ---- those that go on without members for a second ---- */

/* more than the swarm takes to leave */
#define EXIT_WAIT_US (1200 * 1000)

G_LOCK_DEFINE_STATIC (the_retired);
static GCond the_retired_changed;
static guint the_retired = 0;   /* under the lock, as is */
static pid_t the_process = 0;

/* At the end of the process; nobody else waits for them. A child that was forked
 * has none of our threads. */
static void
wait_for_retired (void)
{
  gint64 end = g_get_monotonic_time () + EXIT_WAIT_US;

  G_LOCK (the_retired);
  while (the_retired > 0 && getpid () == the_process
      && g_cond_wait_until (&the_retired_changed,
          &G_LOCK_NAME (the_retired), end));
  G_UNLOCK (the_retired);
}

static void
count_retired (gint change)
{
  static gsize registered = 0;

  if (g_once_init_enter (&registered)) {
    atexit (wait_for_retired);
    g_once_init_leave (&registered, 1);
  }
  G_LOCK (the_retired);
  the_process = getpid ();
  the_retired += change;
  g_cond_broadcast (&the_retired_changed);
  G_UNLOCK (the_retired);
}

static void
end_retired (GstP2PHost * self)
{
  GstP2PSession *session = g_steal_pointer (&self->retired);

  gst_p2p_host_free (self);
  g_object_unref (session);
  count_retired (-1);
}

static gboolean
on_end (gpointer data)
{
  end_retired (data);
  return G_SOURCE_REMOVE;
}

static void
arm_timer (GstP2PHost * self)
{
  P2pTime next = MIN (p2p_swarm_next_deadline (self->swarm),
      self->ahead_due);

  if (self->timer)
    gst_p2p_ready_source_set (self->timer, next == P2P_TIME_NEVER ? -1 : next);
}

/* What led here may still need the host. */
static void
end_soon (GstP2PHost * self)
{
  self->end = g_idle_source_new ();
  g_source_set_priority (self->end, G_PRIORITY_DEFAULT);
  g_source_set_callback (self->end, on_end, self, NULL);
  g_source_attach (self->end,
      gst_p2p_thread_get_context (self->session->thread));
}

void
gst_p2p_host_drain (GstP2PHost * self)
{
  P2pAction action;

  /* an action may lead back here; the outer loop goes on with what it adds */
  if (self->draining)
    return;
  self->draining = TRUE;
  while (p2p_swarm_next_action (self->swarm, &action))
    gst_p2p_host_act (self, &action);
  gst_p2p_host_run_ahead (self);
  /* who starves looks for others */
  while (p2p_swarm_next_action (self->swarm, &action))
    gst_p2p_host_act (self, &action);
  self->draining = FALSE;
  if (self->retired && self->end == NULL && p2p_swarm_has_left (self->swarm))
    end_soon (self);
  arm_timer (self);
  gst_p2p_host_update_description (self);
}

void
gst_p2p_host_frame (GstP2PHost * self, GstP2PPeer * peer, GBytes * frame)
{
  P2pPayload *payload = gst_p2p_payload_new (g_bytes_ref (frame));
  P2pSlice slice = { payload, 0, payload->len };

  p2p_swarm_frame (self->swarm, peer->id, slice, g_get_monotonic_time ());
  p2p_payload_unref (payload);
  gst_p2p_host_drain (self);
}

/* ---- life ---- */

static gboolean
on_deadline (gpointer data)
{
  GstP2PHost *self = data;

  gst_p2p_ready_source_set (self->timer, -1);
  p2p_swarm_tick (self->swarm, g_get_monotonic_time ());
  gst_p2p_host_drain (self);
  return G_SOURCE_CONTINUE;
}

P2pIntroRole
gst_p2p_host_get_role (GstP2PHost * self)
{
  if (self->publish)
    return P2P_INTRO_ROLE_SOURCE;
  if (!self->relay)
    return P2P_INTRO_ROLE_LEAF;
  return p2p_swarm_get_role (self->swarm) == P2P_ROLE_SUPER ?
      P2P_INTRO_ROLE_SUPER : P2P_INTRO_ROLE_RELAY;
}

static void
make_proof (GstP2PHost * self, P2pSwarmConfig * config)
{
  P2pRange none = { 0, 0 };
  guint8 prefix[P2P_SIGN_PREFIX_LEN];

  p2p_sign_prefix (prefix, P2P_TAG_PEER, &self->swarm_id, self->epoch, none, 0);
  gst_p2p_key_sign (self->key, prefix, sizeof (prefix), config->peer_id.b,
      P2P_PEER_ID_LEN, config->proof);
}

static P2pSwarm *
make_swarm (GstP2PHost * self, const GstP2PMemberConfig * from)
{
  P2pSwarmConfig config = { 0, };

  config.role = self->publish ? P2P_ROLE_SOURCE :
      from->relay ? P2P_ROLE_RELAY : P2P_ROLE_LEAF;
  config.swarm_id = self->swarm_id;
  config.peer_id = self->session->peer_id;
  gst_p2p_random ((guint8 *) & config.seed, sizeof (config.seed));
  config.k = from->k;
  config.window_us = (GST_P2P_HOST_WINDOW_MS * 1000);
  config.latency_us = from->latency_ms * 1000;
  config.max_upload_bps = MIN (from->max_upload_bps, G_MAXUINT32);
  config.upload_guess_bps = from->upload_guess_bps;
  config.max_peers = from->max_peers;
  if (self->publish) {
    config.epoch = config.source_clock = self->epoch = gst_p2p_ntp_now ();
    make_proof (self, &config);
  }
  return p2p_swarm_new (&config, g_get_monotonic_time ());
}

/* Who is back needs no goodbye: there is one host of a swarm on a link. */
static void
end_retired_of (GstP2PSession * session, const P2pSwarmId * id)
{
  guint i;

  for (i = session->hosts->len; i > 0; i--) {
    GstP2PHost *host = g_ptr_array_index (session->hosts, i - 1);

    if (host->retired && memcmp (&host->swarm_id, id, sizeof (*id)) == 0)
      end_retired (host);
  }
}

GstP2PHost *
gst_p2p_host_new (GstP2PSession * session, const P2pSwarmId * id,
    GstP2PMember * first)
{
  GstP2PHost *self = g_new0 (GstP2PHost, 1);

  end_retired_of (session, id);
  self->session = session;
  self->swarm_id = *id;
  self->publish = first->config.publish;
  self->relay = first->config.relay;
  self->latency_ms = first->config.latency_ms;
  self->max_upload_bps = first->config.max_upload_bps;
  self->ahead_due = P2P_TIME_NEVER;
  self->said_room = TRUE;
  self->key = first->key;
  gst_p2p_info_hash (id->b, P2P_SWARM_ID_LEN, NULL, self->info_hash);
  gst_p2p_ice_config_copy (&self->ice, &first->config.ice);
  self->members = g_ptr_array_new ();
  self->brokers = g_ptr_array_new ();
  g_queue_init (&self->history);
  g_queue_init (&self->offers);
  self->swarm = make_swarm (self, &first->config);
  self->timer = gst_p2p_ready_source_new ();
  g_source_set_callback (self->timer, on_deadline, self, NULL);
  g_source_attach (self->timer, gst_p2p_thread_get_context (session->thread));
  g_ptr_array_add (session->hosts, self);
  gst_p2p_session_update_cap (session);
  return self;
}

static void
close_peers (GstP2PHost * self)
{
  GPtrArray *peers = self->session->peers;
  guint i;

  for (i = peers->len; i > 0; i = MIN (i - 1, peers->len)) {
    GstP2PPeer *peer = g_ptr_array_index (peers, i - 1);

    gst_p2p_peer_detach (peer, self);
    if (peer->set_up_for == self)
      peer->set_up_for = NULL;
    if (peer->host == self) {
      gst_p2p_host_withdraw (self, peer);
      peer->host = NULL;
      gst_p2p_peer_close (peer);
    } else if (peer->connected && peer->channels->len == 0) {
      gst_p2p_peer_close (peer);
    }
  }
}

void
gst_p2p_host_free (GstP2PHost * self)
{
  p2p_swarm_leave (self->swarm, g_get_monotonic_time ());
  gst_p2p_host_drain (self);
  g_ptr_array_remove (self->session->hosts, self);
  close_peers (self);
  gst_p2p_session_update_cap (self->session);
  gst_p2p_host_stop_signalling (self);
  gst_p2p_clear_source (&self->timer);
  gst_p2p_clear_source (&self->end);
  p2p_swarm_free (self->swarm);
  g_queue_clear_full (&self->history, (GDestroyNotify) gst_p2p_item_free);
  g_ptr_array_unref (self->members);
  g_ptr_array_unref (self->brokers);
  gst_p2p_ice_config_clear (&self->ice);
  g_free (self);
}

/* Without the rendezvous nobody passes on what a link says before it is up, and it
 * comes too late for a goodbye. */
static void
let_go_of_rendezvous (GstP2PHost * self)
{
  GPtrArray *peers = self->session->peers;
  guint i;

  for (i = peers->len; i > 0; i = MIN (i - 1, peers->len)) {
    GstP2PPeer *peer = g_ptr_array_index (peers, i - 1);

    if (peer->host != self)
      continue;
    gst_p2p_host_withdraw (self, peer);
    peer->broker = NULL;
    if (!peer->connected) {
      peer->host = NULL;
      gst_p2p_peer_close (peer);
    }
  }
  gst_p2p_host_stop_signalling (self);
}

/* The last listener has gone. Those that hang on us do not hear it: the swarm goes
 * on without it, a second at most, and holds the session, so that nobody waits but a
 * process that ends. The rendezvous hears of it now. */
static void
retire (GstP2PHost * self)
{
  p2p_swarm_leave (self->swarm, g_get_monotonic_time ());
  gst_p2p_host_drain (self);
  if (p2p_swarm_has_left (self->swarm)
      || gst_p2p_session_find_host (self->session, &self->swarm_id) != self) {
    gst_p2p_host_free (self);
    return;
  }
  GST_DEBUG ("%s goes when its children have found others", self->info_hash);
  let_go_of_rendezvous (self);
  self->retired = g_object_ref (self->session);
  count_retired (1);
}

GstP2PHost *
gst_p2p_session_find_host (GstP2PSession * session, const P2pSwarmId * id)
{
  guint i;

  for (i = 0; i < session->hosts->len; i++) {
    GstP2PHost *host = g_ptr_array_index (session->hosts, i);

    if (host->retired == NULL
        && memcmp (&host->swarm_id, id, sizeof (*id)) == 0)
      return host;
  }
  return NULL;
}

GstP2PHost *
gst_p2p_session_find_host_by_hash (GstP2PSession * session,
    const gchar * info_hash)
{
  guint i;

  for (i = 0; i < session->hosts->len; i++) {
    GstP2PHost *host = g_ptr_array_index (session->hosts, i);

    if (host->retired == NULL && g_strcmp0 (host->info_hash, info_hash) == 0)
      return host;
  }
  return NULL;
}

void
gst_p2p_host_add_member (GstP2PHost * self, GstP2PMember * member)
{
  gboolean first = self->members->len == 0;

  g_ptr_array_add (self->members, member);
  member->host = self;
  memset (&member->patience, 0, sizeof (member->patience));
  member->given_at = 0;
  if (member->config.publish)
    self->publisher = member;
  gst_p2p_member_set_swarm_id (member, &self->swarm_id);
  if (first) {
    gst_p2p_host_start_signalling (self, member);
    gst_p2p_host_drain (self);
  } else if (!member->config.publish) {
    gst_p2p_host_update_latency (self);
    gst_p2p_host_replay (self, member);
    gst_p2p_host_drain (self);
  }
}

void
gst_p2p_host_remove_member (GstP2PHost * self, GstP2PMember * member)
{
  g_ptr_array_remove (self->members, member);
  member->host = NULL;
  if (self->publisher == member) {
    self->publisher = NULL;
    /* its listeners in this process are told as those on the network are; a
     * source without its publisher has nothing more to give */
    gst_p2p_host_push (self, gst_p2p_item_new (GST_P2P_ITEM_END, self->epoch));
    while (self->members->len > 0) {
      GstP2PMember *listener = g_ptr_array_index (self->members, 0);

      g_ptr_array_remove_index (self->members, 0);
      listener->host = NULL;
    }
  }
  if (self->members->len == 0) {
    retire (self);
    return;
  }
  gst_p2p_host_update_latency (self);
  gst_p2p_host_drain (self);
}

/* ---- publishing ---- */

gboolean
gst_p2p_host_publish_header (GstP2PHost * self, P2pStreamHeader * header)
{
  gint64 now = g_get_monotonic_time ();
  GstP2PItem *item;
  P2pWriter writer;
  gsize capacity;
  guint8 *data;

  if (p2p_swarm_publish_header (self->swarm, header, now) != P2P_OK)
    return FALSE;
  capacity = p2p_stream_header_capacity (header);
  data = g_malloc (capacity);
  p2p_writer_init (&writer, data, capacity);
  p2p_stream_header_put (&writer, header);
  item = gst_p2p_item_new (GST_P2P_ITEM_HEADER, header->epoch);
  item->generation = header->generation;
  item->bytes = g_bytes_new_take (data, writer.len);
  gst_p2p_host_push (self, item);
  gst_p2p_host_drain (self);
  return TRUE;
}

gboolean
gst_p2p_host_publish_chunk (GstP2PHost * self, guint8 * data, gsize len)
{
  gint64 now = g_get_monotonic_time ();
  GBytes *bytes = g_bytes_new_take (data, len);
  P2pPayload *payload = gst_p2p_payload_new (g_bytes_ref (bytes));
  P2pResult result = p2p_swarm_publish_chunk (self->swarm, payload, data, now);
  P2pChunkEnvelope envelope;

  if (result == P2P_OK
      && p2p_chunk_envelope_get (data, len, &envelope) == P2P_OK) {
    GstP2PItem *item = gst_p2p_item_new (GST_P2P_ITEM_CHUNK, self->epoch);
    guint32 error;

    item->generation = envelope.generation;
    item->chunk = item->last = self->next_chunk++;
    /* tests/rigs reads this line: change both */
    GST_LOG ("chunk %u of %" G_GUINT64_FORMAT " published %" G_GINT64_FORMAT
        " lasts %u size %" G_GSIZE_FORMAT, item->chunk, self->epoch, now,
        envelope.duration_us, len);
    p2p_swarm_get_source_time (self->swarm, now, &item->ntp, &error);
    item->bytes = g_bytes_ref (bytes);
    gst_p2p_host_push (self, item);
  }
  p2p_payload_unref (payload);
  g_bytes_unref (bytes);
  gst_p2p_host_drain (self);
  return result == P2P_OK;
}

/* ---- what the rendezvous tells others of it ---- */

gboolean
gst_p2p_host_describe (GstP2PHost * self, gchar * out)
{
  guint links = p2p_swarm_get_free_links (self->swarm);
  guint32 rate = p2p_swarm_get_rate (self->swarm);
  P2pIntro intro;

  p2p_intro_init (&intro);
  intro.version = 1;
  intro.role = gst_p2p_host_get_role (self);
  if (rate > 0)
    intro.rate_kbps = CLAMP (rate / 1000, 1, P2P_INTRO_UNKNOWN - 1);
  intro.free_slots = links > 0 ? p2p_swarm_get_free_slots (self->swarm) : 0;
  if (p2p_intro_format (&intro, NULL, out, GST_P2P_ATTRIBUTE_LEN) == 0)
    *out = '\0';
  return intro.free_slots > 0;
}

void
gst_p2p_host_update_description (GstP2PHost * self)
{
  gboolean room = p2p_swarm_get_free_links (self->swarm) > 0
      && p2p_swarm_get_free_slots (self->swarm) > 0;
  gint64 now = g_get_monotonic_time ();
  gchar attribute[GST_P2P_ATTRIBUTE_LEN];
  guint i;

  if (room == self->said_room || now - self->described_at < DESCRIBE_MIN_US)
    return;
  self->described_at = now;
  self->said_room = gst_p2p_host_describe (self, attribute);
  for (i = 0; i < self->brokers->len; i++) {
    GstP2PBroker *broker = g_ptr_array_index (self->brokers, i);

    if (broker->connected)
      gst_p2p_rendezvous_describe (broker->rendezvous, self->info_hash,
          self->session->tracker_id, attribute);
  }
}
