/* gst-plugins-p2p
 *
 * This library is free software; you can redistribute it and/or
 * modify it under the terms of the GNU Lesser General Public
 * License as published by the Free Software Foundation; either
 * version 2.1 of the License, or (at your option) any later version.
 */
/* gstp2ppeer.c: the pool of links.
 *
 * A GstP2PPeer is made with an offer or an accepted offer and ends with its
 * link. Once connected it carries any number of swarms by channel ids. Of two
 * links to one peer the one whose offerer has the lower peer id stays. Session
 * thread only; a peer is freed from the context, never inside a callback.
 */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include <string.h>

#include "gstp2psession-private.h"

GST_DEBUG_CATEGORY_EXTERN (gst_p2p_session_debug);
#define GST_CAT_DEFAULT gst_p2p_session_debug

/* Both ends may see their double at different times; a link that is older than
 * this is not given up for a newer one. */
#define SETTLED_US (3 * G_USEC_PER_SEC)

static void gst_p2p_peer_up (GstP2PPeer * self);

/* ---- looking up ---- */

GstP2PPeer *
gst_p2p_session_find_peer (GstP2PSession * session, const P2pPeerId * id,
    GstP2PPeer * except)
{
  guint i;

  for (i = 0; i < session->peers->len; i++) {
    GstP2PPeer *peer = g_ptr_array_index (session->peers, i);

    if (peer != except && peer->have_peer_id
        && memcmp (&peer->peer_id, id, sizeof (*id)) == 0)
      return peer;
  }
  return NULL;
}

GstP2PPeer *
gst_p2p_session_find_link (GstP2PSession * session, P2pLinkId id)
{
  guint i;

  for (i = 0; i < session->peers->len; i++) {
    GstP2PPeer *peer = g_ptr_array_index (session->peers, i);

    if (peer->id == id)
      return peer;
  }
  return NULL;
}

guint
gst_p2p_session_count_pending (GstP2PSession * session)
{
  guint i, n = 0;

  for (i = 0; i < session->peers->len; i++)
    n += !((GstP2PPeer *) g_ptr_array_index (session->peers, i))->connected;
  return n;
}

gboolean
gst_p2p_session_prefers (GstP2PSession * session, const P2pPeerId * peer,
    gboolean we_offer)
{
  gboolean we_are_lower = memcmp (&session->peer_id, peer, sizeof (*peer)) < 0;

  return we_offer == we_are_lower;
}

/* ---- channels ---- */

gboolean
gst_p2p_peer_has_host (GstP2PPeer * self, GstP2PHost * host)
{
  guint i;

  for (i = 0; i < self->channels->len; i++) {
    if (g_array_index (self->channels, GstP2PChannelSlot, i).host == host)
      return TRUE;
  }
  return FALSE;
}

static GstP2PHost *
find_channel (GstP2PPeer * self, guint32 id)
{
  guint i;

  for (i = 0; i < self->channels->len; i++) {
    GstP2PChannelSlot *slot =
        &g_array_index (self->channels, GstP2PChannelSlot, i);

    if (slot->id == id)
      return slot->host;
  }
  return NULL;
}

gboolean
gst_p2p_peer_attach (GstP2PPeer * self, GstP2PHost * host)
{
  GstP2PChannelSlot slot = { ++self->next_channel, host };
  GstP2PLinkStats stats = { 0, };
  P2pLinkInfo info = { 0, };

  if (gst_p2p_peer_has_host (self, host))
    return TRUE;
  if (self->channels->len >= GST_P2P_MAX_CHANNELS)
    return FALSE;

  gst_p2p_link_get_stats (self->link, &stats);
  info.peer_id = self->peer_id;
  info.offerer = self->offerer;
  info.path = stats.path;
  info.rtt_us = stats.srtt_us;
  info.prefix = stats.prefix;
  info.local_channel = slot.id;
  g_array_append_val (self->channels, slot);
  if (p2p_swarm_link_up (host->swarm, self->id, &info,
          g_get_monotonic_time ()) != P2P_OK) {
    gst_p2p_peer_detach (self, host);
    return FALSE;
  }
  /* what the set-up cost counts for the cap at once */
  gst_p2p_peer_report (self);
  return TRUE;
}

void
gst_p2p_peer_detach (GstP2PPeer * self, GstP2PHost * host)
{
  guint i;

  for (i = 0; i < self->channels->len; i++) {
    if (g_array_index (self->channels, GstP2PChannelSlot, i).host == host) {
      g_array_remove_index (self->channels, i);
      break;
    }
  }
}

void
gst_p2p_peer_report (GstP2PPeer * self)
{
  gint64 now = g_get_monotonic_time ();
  GstP2PLinkStats stats = { 0, };
  P2pLinkStats out = { 0, };
  guint i;

  if (self->dead || self->channels->len == 0)
    return;
  gst_p2p_link_get_stats (self->link, &stats);
  self->unacked = stats.unacked;
  out.unacked = stats.unacked;
  out.srtt_us = stats.srtt_us;
  out.wire_sent = stats.wire_sent;
  out.wire_received = stats.wire_received;
  out.last_received = stats.last_received > 0 ? stats.last_received :
      P2P_TIME_NONE;
  for (i = 0; i < self->channels->len; i++) {
    GstP2PHost *host =
        g_array_index (self->channels, GstP2PChannelSlot, i).host;

    p2p_swarm_link_stats (host->swarm, self->id, &out, now);
    gst_p2p_host_drain (host);
  }
}

/* ---- what the set-up sends ---- */

static guint64
get_wire_sent (GstP2PPeer * self)
{
  GstP2PLinkStats stats = { 0, };

  gst_p2p_link_get_stats (self->link, &stats);
  return stats.wire_sent;
}

void
gst_p2p_peer_begin_set_up (GstP2PPeer * self, const gchar * sdp)
{
  if (self->set_up_for || self->host == NULL)
    return;
  self->set_up_for = self->host;
  p2p_swarm_set_up_link (self->host->swarm, self->id,
      GST_P2P_LINK_SETUP_BYTES, gst_p2p_sdp_peek_prefix (sdp),
      g_get_monotonic_time ());
}

void
gst_p2p_peer_report_set_up (GstP2PPeer * self)
{
  if (self->set_up_for)
    p2p_swarm_set_up_sent (self->set_up_for->swarm, self->id,
        get_wire_sent (self), g_get_monotonic_time ());
}

static void
end_set_up (GstP2PPeer * self)
{
  GstP2PHost *host = self->set_up_for;

  gst_p2p_peer_report_set_up (self);
  self->set_up_for = NULL;
  if (host) {
    p2p_swarm_set_up_failed (host->swarm, self->id, g_get_monotonic_time ());
    gst_p2p_host_drain (host);
  }
}

/* ---- frames ---- */

/* The host whose swarm a HANDSHAKE on channel 0 names. */
static GstP2PHost *
find_handshake_host (GstP2PSession * session, const guint8 * data, gsize len)
{
  P2pReader reader;
  P2pMessage message;
  P2pSwarmId id;

  p2p_reader_init (&reader, data + 4, len - 4);
  if (p2p_wire_next (&reader, len - 4, &message) != P2P_OK
      || message.type != P2P_MSG_HANDSHAKE
      || !message.u.handshake.has_swarm_id
      || message.u.handshake.swarm_id_len != P2P_SWARM_ID_LEN)
    return NULL;
  memcpy (id.b, message.u.handshake.swarm_id, P2P_SWARM_ID_LEN);
  return gst_p2p_session_find_host (session, &id);
}

static void
on_message (GstP2PLink * link, guint16 stream, GBytes * message,
    gpointer user_data)
{
  GstP2PPeer *self = user_data;
  gsize len;
  const guint8 *data = g_bytes_get_data (message, &len);
  GstP2PHost *host;
  guint32 channel;

  if (self->dead || p2p_wire_get_channel (data, len, &channel) != P2P_OK)
    return;
  if (channel != 0) {
    host = find_channel (self, channel);
  } else {
    host = find_handshake_host (self->session, data, len);
    if (host && !gst_p2p_peer_attach (self, host))
      host = NULL;
  }
  if (host && !self->dead)
    gst_p2p_host_frame (host, self, message);
}

static void
on_writable (GstP2PLink * link, gpointer user_data)
{
  GstP2PPeer *self = user_data;

  gst_p2p_peer_report (self);
  if (!self->dead)
    gst_p2p_session_rest_upkeep (self->session);
}

/* ---- signalling of this link ---- */

static void
on_local_description (GstP2PLink * link, const gchar * sdp, gpointer user_data)
{
  GstP2PPeer *self = user_data;

  if (!self->dead && self->host)
    gst_p2p_host_description_ready (self->host, self, sdp);
}

static void
on_local_candidate (GstP2PLink * link, const gchar * candidate,
    gpointer user_data)
{
  GstP2PPeer *self = user_data;

  if (!self->dead && self->host)
    gst_p2p_host_candidate_ready (self->host, self, candidate);
}

static void
on_state_changed (GstP2PLink * link, GstP2PLinkState state,
    const GError * error, gpointer user_data)
{
  GstP2PPeer *self = user_data;

  if (self->dead)
    return;
  if (state == GST_P2P_LINK_STATE_CONNECTED) {
    gst_p2p_peer_up (self);
  } else if (state == GST_P2P_LINK_STATE_FAILED
      || state == GST_P2P_LINK_STATE_CLOSED) {
    GST_DEBUG ("link %u is %s: %s", self->id,
        gst_p2p_link_state_to_string (state),
        error ? error->message : "closed");
    gst_p2p_peer_close (self);
  }
}

static const GstP2PLinkCallbacks link_callbacks = {
  .local_description = on_local_description,
  .local_candidate = on_local_candidate,
  .state_changed = on_state_changed,
  .message = on_message,
  .writable = on_writable,
};

/* Of two links to one peer both ends must keep the same one: the one whose
 * offerer has the lower id, unless the other is settled. Returns the link that
 * loses, or NULL when both stay for now (the better one is not up yet). */
static GstP2PPeer *
find_loser (GstP2PPeer * self, GstP2PPeer * other)
{
  gboolean better = gst_p2p_session_prefers (self->session, &self->peer_id,
      self->offerer);

  if (other->connected && g_get_monotonic_time () - other->since > SETTLED_US)
    return self;
  if (other->offerer == self->offerer)
    return other->connected ? self : other;
  if (better)
    return other;
  return other->connected ? self : NULL;
}

/* The swarms of a link that goes move to the one that stays. */
static void
move_hosts (GstP2PPeer * from, GstP2PPeer * to)
{
  g_autoptr (GPtrArray) hosts = g_ptr_array_new ();
  guint i;

  if (from->host)
    g_ptr_array_add (hosts, from->host);
  for (i = 0; i < from->channels->len; i++)
    g_ptr_array_add (hosts,
        g_array_index (from->channels, GstP2PChannelSlot, i).host);
  if (from->host && from->overlay)
    gst_p2p_host_withdraw (from->host, from);
  from->host = NULL;
  gst_p2p_peer_close (from);
  for (i = 0; i < hosts->len && !to->dead; i++)
    gst_p2p_peer_attach (to, g_ptr_array_index (hosts, i));
}

static void
gst_p2p_peer_up (GstP2PPeer * self)
{
  GstP2PPeer *other, *loser = NULL;

  self->have_peer_id = gst_p2p_link_get_peer_id (self->link, &self->peer_id);
  if (!self->have_peer_id
      || gst_p2p_session_is_banned (self->session, &self->peer_id)) {
    gst_p2p_peer_close (self);
    return;
  }
  other = gst_p2p_session_find_peer (self->session, &self->peer_id, self);
  if (other)
    loser = find_loser (self, other);
  if (loser == self) {
    move_hosts (self, other);
    return;
  }
  self->connected = TRUE;
  self->since = g_get_monotonic_time ();
  GST_DEBUG ("link %u is up, set up with %" G_GUINT64_FORMAT " bytes",
      self->id, get_wire_sent (self));
  gst_p2p_peer_report_set_up (self);
  if (self->host)
    gst_p2p_peer_attach (self, self->host);
  self->host = NULL;
  end_set_up (self);
  if (loser && !self->dead)
    move_hosts (loser, self);
  /* no room: the other side should look elsewhere now, not in five seconds */
  if (!self->dead && self->channels->len == 0)
    gst_p2p_peer_close (self);
}

/* ---- life ---- */

static GstP2PPeer *
gst_p2p_peer_new (GstP2PHost * host, GstP2PLink * link, gboolean offerer)
{
  GstP2PPeer *self = g_new0 (GstP2PPeer, 1);

  self->session = host->session;
  self->host = host;
  self->link = link;
  self->offerer = offerer;
  self->id = host->session->next_link++;
  self->since = g_get_monotonic_time ();
  self->channels = g_array_new (FALSE, FALSE, sizeof (GstP2PChannelSlot));
  g_queue_init (&self->candidates);
  g_ptr_array_add (host->session->peers, self);
  gst_p2p_link_set_callbacks (link, &link_callbacks, self);
  return self;
}

GstP2PPeer *
gst_p2p_peer_offer (GstP2PHost * host)
{
  gchar attribute[GST_P2P_ATTRIBUTE_LEN];
  GstP2PLink *link;
  GstP2PPeer *self;
  gboolean room;

  room = gst_p2p_host_describe (host, attribute);
  link = gst_p2p_transport_create_offer (host->session->transport,
      &host->ice, attribute);
  if (link == NULL)
    return NULL;
  self = gst_p2p_peer_new (host, link, TRUE);
  self->says_room = room;
  return self;
}

GstP2PPeer *
gst_p2p_peer_accept (GstP2PHost * host, const gchar * sdp, GError ** error)
{
  gchar attribute[GST_P2P_ATTRIBUTE_LEN];
  GstP2PLink *link;
  GstP2PPeer *self;
  gboolean room;

  room = gst_p2p_host_describe (host, attribute);
  link = gst_p2p_transport_accept_offer (host->session->transport,
      &host->ice, attribute, sdp, error);
  if (link == NULL)
    return NULL;
  self = gst_p2p_peer_new (host, link, FALSE);
  self->says_room = room;
  self->have_peer_id = gst_p2p_link_get_peer_id (link, &self->peer_id);
  return self;
}

static gboolean
gst_p2p_peer_free (gpointer data)
{
  GstP2PPeer *self = data;

  gst_p2p_link_set_callbacks (self->link, NULL, NULL);
  g_object_unref (self->link);
  g_queue_clear_full (&self->candidates, g_free);
  g_array_unref (self->channels);
  g_free (self->description);
  g_free (self->offer_id);
  g_free (self->remote_tracker_id);
  g_free (self);
  return G_SOURCE_REMOVE;
}

static void
tell_hosts_down (GstP2PPeer * self)
{
  gint64 now = g_get_monotonic_time ();

  while (self->channels->len > 0) {
    GstP2PHost *host =
        g_array_index (self->channels, GstP2PChannelSlot, 0).host;

    g_array_remove_index (self->channels, 0);
    p2p_swarm_link_down (host->swarm, self->id, now);
    gst_p2p_host_drain (host);
  }
}

static void
release_thread (gpointer thread, GObject * link)
{
  gst_p2p_thread_release (thread);
}

/* The link still has its last words to say, and the session may be the last one:
 * the thread stays until the link is gone. */
void
gst_p2p_peer_close (GstP2PPeer * self)
{
  GSource *source;

  if (self->dead)
    return;
  self->dead = TRUE;
  g_ptr_array_remove (self->session->peers, self);
  gst_p2p_link_set_callbacks (self->link, NULL, NULL);
  if (self->host)
    gst_p2p_host_withdraw (self->host, self);
  end_set_up (self);
  tell_hosts_down (self);
  g_object_weak_ref (G_OBJECT (self->link), release_thread,
      gst_p2p_thread_acquire (GST_P2P_THREAD_SESSION));
  gst_p2p_link_close (self->link);
  if (self->connected)
    gst_p2p_session_lose_via (self->session, self->id);
  else if (self->host)
    gst_p2p_host_peer_failed (self->host, self);

  source = g_idle_source_new ();
  g_source_set_priority (source, G_PRIORITY_DEFAULT);
  g_source_set_callback (source, gst_p2p_peer_free, self, NULL);
  g_source_attach (source, gst_p2p_thread_get_context (self->session->thread));
  g_source_unref (source);
}
