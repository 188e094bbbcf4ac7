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

#include <string.h>

#include "gstp2psession-private.h"

GST_DEBUG_CATEGORY_EXTERN (gst_p2p_session_debug);
#define GST_CAT_DEFAULT gst_p2p_session_debug

#define HOST_WINDOW_US (10 * G_USEC_PER_SEC)    /* design: window */
#define STATS_FRESH_US (100 * 1000)
#define STATS_ASKED_US (5 * G_USEC_PER_SEC)

/* ---- payloads around GBytes ---- */

static void
payload_destroy (P2pPayload * payload)
{
  g_bytes_unref (payload->host);
  g_free (payload);
}

/* transfer full of bytes */
static P2pPayload *
payload_new (GBytes * bytes)
{
  P2pPayload *payload = g_new0 (P2pPayload, 1);
  gsize len;

  payload->data = g_bytes_get_data (bytes, &len);
  payload->refs = 1;
  payload->len = payload->stored = len;
  payload->destroy = payload_destroy;
  payload->host = bytes;
  return payload;
}

/* The slice's bytes for somebody on another thread. */
static GBytes *
slice_to_bytes (P2pSlice slice)
{
  guint32 stored;
  const guint8 *data;

  if (slice.payload && slice.payload->destroy == payload_destroy)
    return g_bytes_new_from_bytes (slice.payload->host, slice.offset,
        slice.len);
  data = p2p_slice_data (slice, &stored);
  return g_bytes_new (data, stored);
}

/* ---- listeners ---- */

void
gst_p2p_host_emit (GstP2PHost * self, GstP2PMemberEvent event,
    GstStructure * structure, const GError * error)
{
  g_autoptr (GPtrArray) members =
      g_ptr_array_new_with_free_func (g_object_unref);
  guint i;

  for (i = 0; i < self->members->len; i++)
    g_ptr_array_add (members,
        g_object_ref (g_ptr_array_index (self->members, i)));
  for (i = 0; i < members->len; i++)
    gst_p2p_member_emit (g_ptr_array_index (members, i), event, structure,
        error);
  if (structure)
    gst_structure_free (structure);
}

static void
trim_history (GstP2PHost * self)
{
  GstP2PItem *newest = g_queue_peek_tail (&self->history);
  GList *l = self->history.head, *next;

  if (newest == NULL || newest->type != GST_P2P_ITEM_CHUNK)
    return;
  for (; l && l != self->history.tail; l = next) {
    GstP2PItem *item = l->data;

    next = l->next;
    if (item->type != GST_P2P_ITEM_CHUNK)
      continue;
    if (gst_p2p_ntp_diff_us (item->ntp, newest->ntp) <= HOST_WINDOW_US)
      break;
    gst_p2p_item_free (item);
    g_queue_delete_link (&self->history, l);
  }
}

static void
forget_headers (GstP2PHost * self)
{
  GList *l, *next;

  for (l = self->history.head; l; l = next) {
    GstP2PItem *item = l->data;

    next = l->next;
    if (item->type == GST_P2P_ITEM_HEADER
        && (l->next == NULL
            || ((GstP2PItem *) l->next->data)->type == GST_P2P_ITEM_HEADER)) {
      gst_p2p_item_free (item);
      g_queue_delete_link (&self->history, l);
    }
  }
}

static void
copy_clock (GstP2PHost * self, GstP2PMember * member, gint64 now)
{
  P2pNtp ntp;
  guint32 error;

  if (!p2p_swarm_get_source_time (self->swarm, now, &ntp, &error))
    return;
  member->clock_local = now;
  member->clock_ntp = ntp;
  member->clock_error_us = error;
}

/* What the streaming thread maps timestamps with is as fresh as the chunk. */
static void
update_clock (GstP2PHost * self, GstP2PMember * member)
{
  g_mutex_lock (&member->lock);
  copy_clock (self, member, g_get_monotonic_time ());
  g_mutex_unlock (&member->lock);
}

/* Hands an item to all listeners of this process; transfer full. */
static void
push_item (GstP2PHost * self, GstP2PItem * item)
{
  guint i;

  for (i = 0; i < self->members->len; i++) {
    GstP2PMember *member = g_ptr_array_index (self->members, i);

    if (member == self->publisher)
      continue;
    update_clock (self, member);
    gst_p2p_member_push (member, gst_p2p_item_copy (item));
  }
  if (item->type == GST_P2P_ITEM_HEADER)
    forget_headers (self);
  if (item->type == GST_P2P_ITEM_EPOCH)
    g_queue_clear_full (&self->history, (GDestroyNotify) gst_p2p_item_free);
  if (item->type == GST_P2P_ITEM_HEADER || item->type == GST_P2P_ITEM_CHUNK) {
    g_queue_push_tail (&self->history, item);
    trim_history (self);
  } else {
    gst_p2p_item_free (item);
  }
}

static gboolean
is_join_point (const GstP2PItem * item)
{
  P2pChunkEnvelope envelope;
  gsize len;
  const guint8 *data = g_bytes_get_data (item->bytes, &len);

  return p2p_chunk_envelope_get (data, len, &envelope) == P2P_OK
      && (envelope.flags & P2P_CHUNK_JOIN);
}

/* A listener that comes to a swarm this process has already: it starts at the
 * join point at or before (edge - latency), as one who comes over the network. */
static void
replay_history (GstP2PHost * self, GstP2PMember * member)
{
  GList *l, *start = NULL;
  P2pNtp edge;
  gboolean first = TRUE;

  if (self->history.tail == NULL)
    return;
  edge = ((GstP2PItem *) self->history.tail->data)->ntp;
  for (l = self->history.head; l; l = l->next) {
    GstP2PItem *item = l->data;

    if (item->type != GST_P2P_ITEM_CHUNK || !is_join_point (item))
      continue;
    if (start && gst_p2p_ntp_diff_us (item->ntp, edge) <
        (gint64) member->config.latency_ms * 1000)
      break;
    start = l;
  }
  for (l = self->history.head; l && l != start; l = l->next) {
    GstP2PItem *item = l->data;

    if (item->type == GST_P2P_ITEM_HEADER)
      gst_p2p_member_push (member, gst_p2p_item_copy (item));
  }
  for (l = start; l; l = l->next) {
    GstP2PItem *copy = gst_p2p_item_copy (l->data);

    copy->discont = copy->discont || first;
    first = FALSE;
    gst_p2p_member_push (member, copy);
  }
  if (start)
    gst_p2p_member_emit (member, GST_P2P_MEMBER_JOINED, NULL, NULL);
}

/* ---- actions ---- */

static void
do_send (GstP2PHost * self, const P2pAction * action)
{
  GstP2PPeer *peer = gst_p2p_session_find_link (self->session, action->link);
  P2pSlice body = action->u.send.body;
  GstP2PSendResult result;
  GBytes *bytes = NULL;
  gsize offset = body.offset;

  if (peer == NULL || peer->dead)
    return;
  if (body.len > 0 && body.payload->destroy == payload_destroy) {
    bytes = g_bytes_ref (body.payload->host);
  } else if (body.len > 0) {
    bytes = slice_to_bytes (body);
    offset = 0;
  }
  result = gst_p2p_link_send (peer->link, action->u.send.stream,
      action->u.send.head, action->u.send.head_len, bytes, offset, body.len);
  if (result != GST_P2P_SEND_OK)
    GST_DEBUG ("link %u takes no message of %u bytes: %d", peer->id,
        action->u.send.head_len + body.len, result);
  peer->unacked += action->u.send.head_len + body.len;
  gst_p2p_session_wake_upkeep (self->session);
  g_clear_pointer (&bytes, g_bytes_unref);
}

static void
do_sign (GstP2PHost * self, const P2pAction * action)
{
  guint8 signature[P2P_SIGNATURE_LEN];
  guint32 stored;
  const guint8 *data = p2p_slice_data (action->u.crypto.body, &stored);
  P2pToken token = action->token;

  if (self->key && gst_p2p_key_sign (self->key, action->u.crypto.prefix,
          P2P_SIGN_PREFIX_LEN, data, stored, signature))
    p2p_swarm_signed (self->swarm, token, signature, g_get_monotonic_time ());
}

static void
do_verify (GstP2PHost * self, const P2pAction * action)
{
  guint32 stored;
  const guint8 *data = p2p_slice_data (action->u.crypto.body, &stored);
  P2pToken token = action->token;
  gboolean good = gst_p2p_verify (&self->swarm_id, action->u.crypto.prefix,
      P2P_SIGN_PREFIX_LEN, data, stored, action->u.crypto.signature);

  p2p_swarm_verified (self->swarm, token, good, g_get_monotonic_time ());
}

static void
do_header (GstP2PHost * self, const P2pAction * action)
{
  GstP2PItem *item;

  if (self->publish)            /* own listeners have it already */
    return;
  item = gst_p2p_item_new (GST_P2P_ITEM_HEADER, action->u.header.epoch);
  item->generation = action->u.header.generation;
  item->bytes = slice_to_bytes (action->u.header.bytes);
  push_item (self, item);
}

static void
do_deliver (GstP2PHost * self, const P2pAction * action)
{
  GstP2PItem *item;

  if (self->publish)
    return;
  item = gst_p2p_item_new (GST_P2P_ITEM_CHUNK, action->u.deliver.epoch);
  item->generation = action->u.deliver.generation;
  item->chunk = item->last = action->u.deliver.chunk;
  item->ntp = action->u.deliver.ntp;
  item->discont = action->u.deliver.discont;
  item->bytes = slice_to_bytes (action->u.deliver.bytes);
  push_item (self, item);
}

static void
do_skip (GstP2PHost * self, const P2pAction * action)
{
  GstP2PItem *item = gst_p2p_item_new (GST_P2P_ITEM_SKIP, action->u.skip.epoch);

  item->chunk = action->u.skip.first;
  item->last = action->u.skip.last;
  push_item (self, item);
}

static void
do_drop_link (GstP2PHost * self, const P2pAction * action)
{
  GstP2PPeer *peer = gst_p2p_session_find_link (self->session, action->link);

  if (peer == NULL)
    return;
  GST_DEBUG ("swarm drops link %u, reason %u%s", action->link,
      action->u.drop.reason, action->u.drop.bad ? ", banned" : "");
  gst_p2p_peer_detach (peer, self);
  if (action->u.drop.bad) {
    if (peer->have_peer_id)
      gst_p2p_session_ban (self->session, &peer->peer_id);
    gst_p2p_peer_close (peer);
  } else if (peer->channels->len == 0) {
    gst_p2p_peer_close (peer);
  }
}

static gchar *
peer_id_to_string (const P2pPeerId * id)
{
  GString *text = g_string_sized_new (2 * P2P_PEER_ID_LEN + 1);
  guint i;

  for (i = 0; i < P2P_PEER_ID_LEN; i++)
    g_string_append_printf (text, "%02x", id->b[i]);
  return g_string_free (text, FALSE);
}

static GstStructure *
peer_structure (GstP2PHost * self, const P2pAction * action, const gchar * name)
{
  static const gchar *paths[] = { "unknown", "host", "srflx", "relay" };
  g_autofree gchar *id = peer_id_to_string (&action->u.event.peer);
  GstP2PPeer *peer = gst_p2p_session_find_link (self->session, action->link);
  GstP2PLinkStats stats = { 0, };

  if (peer)
    gst_p2p_link_get_stats (peer->link, &stats);
  return gst_structure_new (name, "peer-id", G_TYPE_STRING, id,
      "path", G_TYPE_STRING, paths[CLAMP (stats.path, 0, 3)],
      "remote-address", G_TYPE_STRING, stats.remote_address,
      "rtt", G_TYPE_UINT64, (guint64) stats.srtt_us * 1000, NULL);
}

static void
on_epoch (GstP2PHost * self, gint64 value)
{
  if (self->publish) {
    gst_p2p_host_emit (self, GST_P2P_MEMBER_SUPERSEDED, NULL, NULL);
    return;
  }
  push_item (self, gst_p2p_item_new (GST_P2P_ITEM_EPOCH, self->epoch));
}

static void
start_recovery (GstP2PHost * self)
{
  guint i;

  for (i = 0; i < self->members->len; i++)
    gst_p2p_member_start_recovery (g_ptr_array_index (self->members, i));
}

static void
set_publisher_left (GstP2PHost * self, gboolean left)
{
  if (self->publisher_left == left)
    return;
  self->publisher_left = left;
  self->publisher_left_at = g_get_monotonic_time ();
  if (left)
    start_recovery (self);
  gst_p2p_host_emit (self, left ? GST_P2P_MEMBER_PUBLISHER_LEFT :
      GST_P2P_MEMBER_PUBLISHER_BACK, NULL, NULL);
}

static void
set_starving (GstP2PHost * self, gboolean starving)
{
  if (self->starving == starving)
    return;
  self->starving = starving;
  self->starving_since = g_get_monotonic_time ();
  if (starving)
    start_recovery (self);
  gst_p2p_host_emit (self, starving ? GST_P2P_MEMBER_STARVING :
      GST_P2P_MEMBER_RECOVERED, NULL, NULL);
}

static void
do_event (GstP2PHost * self, const P2pAction * action)
{
  switch (action->u.event.event) {
    case P2P_EVENT_PEER_ADDED:
      gst_p2p_host_emit (self, GST_P2P_MEMBER_PEER_ADDED,
          peer_structure (self, action, "p2p-peer-added"), NULL);
      break;
    case P2P_EVENT_PEER_REMOVED:
      gst_p2p_host_emit (self, GST_P2P_MEMBER_PEER_REMOVED,
          peer_structure (self, action, "p2p-peer-removed"), NULL);
      break;
    case P2P_EVENT_JOINED:
      self->joined = TRUE;
      gst_p2p_host_emit (self, GST_P2P_MEMBER_JOINED, NULL, NULL);
      break;
    case P2P_EVENT_STARVING:
      set_starving (self, TRUE);
      break;
    case P2P_EVENT_RECOVERED:
      set_starving (self, FALSE);
      set_publisher_left (self, FALSE);
      break;
    case P2P_EVENT_EPOCH:
      on_epoch (self, action->u.event.value);
      break;
    case P2P_EVENT_PUBLISHER_LEFT:
      set_publisher_left (self, TRUE);
      break;
    case P2P_EVENT_PUBLISHER_BACK:
      set_publisher_left (self, FALSE);
      break;
    case P2P_EVENT_END:
      push_item (self, gst_p2p_item_new (GST_P2P_ITEM_END, self->epoch));
      break;
    case P2P_EVENT_JOIN_WANTED:
      gst_p2p_host_emit (self, GST_P2P_MEMBER_KEY_UNIT, NULL, NULL);
      break;
    case P2P_EVENT_CAPACITY_DEFICIT:
      gst_p2p_host_emit (self, GST_P2P_MEMBER_CAPACITY_DEFICIT,
          gst_structure_new ("p2p-capacity-deficit", "missing-bps",
              G_TYPE_INT64, action->u.event.value, NULL), NULL);
      break;
  }
}

static void
do_signal (GstP2PHost * self, const P2pAction * action)
{
  g_autofree gchar *sdp = g_strndup ((const gchar *) action->u.signal.sdp,
      action->u.signal.len);
  P2pPeerId from = action->u.signal.from;

  gst_p2p_host_overlay_signal (self, action->link, &from,
      action->u.signal.kind, action->u.signal.session, sdp);
}

static void
act (GstP2PHost * self, const P2pAction * action)
{
  switch (action->type) {
    case P2P_ACTION_SEND:
      do_send (self, action);
      break;
    case P2P_ACTION_SIGN:
      do_sign (self, action);
      break;
    case P2P_ACTION_VERIFY:
      do_verify (self, action);
      break;
    case P2P_ACTION_HEADER:
      do_header (self, action);
      break;
    case P2P_ACTION_DELIVER:
      do_deliver (self, action);
      break;
    case P2P_ACTION_SKIP:
      do_skip (self, action);
      break;
    case P2P_ACTION_WANT_LINKS:
      gst_p2p_host_want_links (self, action->u.want.count);
      break;
    case P2P_ACTION_CONNECT:{
      P2pPeerId peer = action->u.connect.peer;

      gst_p2p_host_overlay_connect (self, action->link, &peer,
          action->u.connect.session);
      break;
    }
    case P2P_ACTION_SIGNAL:
      do_signal (self, action);
      break;
    case P2P_ACTION_DROP_LINK:
      do_drop_link (self, action);
      break;
    case P2P_ACTION_EVENT:
      do_event (self, action);
      break;
  }
}

static void
arm_timer (GstP2PHost * self)
{
  P2pTime next = p2p_swarm_next_deadline (self->swarm);

  if (self->timer)
    g_source_set_ready_time (self->timer, next == P2P_TIME_NEVER ? -1 : next);
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
    act (self, &action);
  self->draining = FALSE;
  arm_timer (self);
}

void
gst_p2p_host_frame (GstP2PHost * self, GstP2PPeer * peer, GBytes * frame)
{
  P2pPayload *payload = payload_new (g_bytes_ref (frame));
  P2pSlice slice = { payload, 0, payload->len };

  p2p_swarm_frame (self->swarm, peer->id, slice, g_get_monotonic_time ());
  p2p_payload_unref (payload);
  gst_p2p_host_drain (self);
}

/* ---- figures for other threads ---- */

static void
copy_neighbours (GstP2PHost * self, GstP2PMember * member)
{
  guint n = p2p_swarm_get_neighbours (self->swarm, NULL, 0);

  g_array_set_size (member->neighbours, n);
  n = MIN (n, p2p_swarm_get_neighbours (self->swarm,
          (P2pNeighbourStats *) member->neighbours->data, n));
  g_array_set_size (member->neighbours, n);
}

static void
update_member (GstP2PHost * self, GstP2PMember * member, gint64 now)
{
  P2pSwarmStats stats;

  p2p_swarm_get_stats (self->swarm, now, &stats);
  self->epoch = stats.epoch;
  g_mutex_lock (&member->lock);
  member->stats = stats;
  member->stats_at = now;
  copy_clock (self, member, now);
  copy_neighbours (self, member);
  if (self->publish && member->newest >= 0
      && (stats.neighbours == 0
          || p2p_swarm_count_holders (self->swarm, member->newest) > 0))
    member->handed_over = member->newest;
  g_mutex_unlock (&member->lock);
}

void
gst_p2p_host_update_stats (GstP2PHost * self)
{
  gint64 now = g_get_monotonic_time ();
  guint i;

  for (i = 0; i < self->members->len; i++)
    update_member (self, g_ptr_array_index (self->members, i), now);
}

/* ---- life ---- */

static gboolean
on_deadline (gpointer data)
{
  GstP2PHost *self = data;

  g_source_set_ready_time (self->timer, -1);
  p2p_swarm_tick (self->swarm, g_get_monotonic_time ());
  gst_p2p_host_drain (self);
  return G_SOURCE_CONTINUE;
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
  config.window_us = HOST_WINDOW_US;
  config.latency_us = from->latency_ms * 1000;
  config.max_upload_bps = MIN (from->max_upload_bps, G_MAXUINT32);
  config.max_peers = from->max_peers;
  if (self->publish) {
    config.epoch = config.source_clock = self->epoch = gst_p2p_ntp_now ();
    make_proof (self, &config);
  }
  return p2p_swarm_new (&config, g_get_monotonic_time ());
}

static void
copy_ice (GstP2PIceConfig * to, const GstP2PIceConfig * from)
{
  to->stun_server = g_strdup (from->stun_server);
  to->turn_servers = g_strdupv (from->turn_servers);
  to->relay_only = from->relay_only;
  to->use_loopback = from->use_loopback;
}

GstP2PHost *
gst_p2p_host_new (GstP2PSession * session, const P2pSwarmId * id,
    GstP2PMember * first)
{
  GstP2PHost *self = g_new0 (GstP2PHost, 1);

  self->session = session;
  self->swarm_id = *id;
  self->publish = first->config.publish;
  self->key = first->key;
  gst_p2p_info_hash (id->b, P2P_SWARM_ID_LEN, NULL, self->info_hash);
  copy_ice (&self->ice, &first->config.ice);
  self->members = g_ptr_array_new ();
  self->brokers = g_ptr_array_new ();
  g_queue_init (&self->history);
  self->swarm = make_swarm (self, &first->config);
  self->timer = gst_p2p_ready_source_new ();
  g_source_set_callback (self->timer, on_deadline, self, NULL);
  g_source_attach (self->timer, gst_p2p_thread_get_context (session->thread));
  g_ptr_array_add (session->hosts, self);
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
    if (peer->host == self) {
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
  gst_p2p_host_stop_signalling (self);
  gst_p2p_clear_source (&self->timer);
  p2p_swarm_free (self->swarm);
  g_queue_clear_full (&self->history, (GDestroyNotify) gst_p2p_item_free);
  g_ptr_array_unref (self->members);
  g_ptr_array_unref (self->brokers);
  g_free (self->ice.stun_server);
  g_strfreev (self->ice.turn_servers);
  g_free (self);
}

GstP2PHost *
gst_p2p_session_find_host (GstP2PSession * session, const P2pSwarmId * id)
{
  guint i;

  for (i = 0; i < session->hosts->len; i++) {
    GstP2PHost *host = g_ptr_array_index (session->hosts, i);

    if (memcmp (&host->swarm_id, id, sizeof (*id)) == 0)
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

    if (g_strcmp0 (host->info_hash, info_hash) == 0)
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
  if (member->config.publish)
    self->publisher = member;
  gst_p2p_member_set_swarm_id (member, &self->swarm_id);
  if (first) {
    gst_p2p_host_start_signalling (self, member);
    gst_p2p_host_drain (self);
  } else if (!member->config.publish) {
    replay_history (self, member);
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
    push_item (self, gst_p2p_item_new (GST_P2P_ITEM_END, self->epoch));
    while (self->members->len > 0) {
      GstP2PMember *listener = g_ptr_array_index (self->members, 0);

      g_ptr_array_remove_index (self->members, 0);
      listener->host = NULL;
    }
  }
  if (self->members->len == 0)
    gst_p2p_host_free (self);
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
  push_item (self, item);
  gst_p2p_host_drain (self);
  return TRUE;
}

gboolean
gst_p2p_host_publish_chunk (GstP2PHost * self, guint8 * data, gsize len)
{
  gint64 now = g_get_monotonic_time ();
  GBytes *bytes = g_bytes_new_take (data, len);
  P2pPayload *payload = payload_new (g_bytes_ref (bytes));
  P2pResult result = p2p_swarm_publish_chunk (self->swarm, payload, data, now);
  P2pChunkEnvelope envelope;

  if (result == P2P_OK
      && p2p_chunk_envelope_get (data, len, &envelope) == P2P_OK) {
    GstP2PItem *item = gst_p2p_item_new (GST_P2P_ITEM_CHUNK, self->epoch);
    guint32 error;

    item->generation = envelope.generation;
    item->chunk = item->last = self->next_chunk++;
    p2p_swarm_get_source_time (self->swarm, now, &item->ntp, &error);
    item->bytes = g_bytes_ref (bytes);
    push_item (self, item);
  }
  p2p_payload_unref (payload);
  g_bytes_unref (bytes);
  gst_p2p_host_drain (self);
  return result == P2P_OK;
}
