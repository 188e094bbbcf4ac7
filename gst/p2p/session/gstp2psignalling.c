/* gst-plugins-p2p
 *
 * This library is free software; you can redistribute it and/or
 * modify it under the terms of the GNU Lesser General Public
 * License as published by the Free Software Foundation; either
 * version 2.1 of the License, or (at your option) any later version.
 */
/* gstp2psignalling.c: how a swarm of this process meets the others.
 *
 * Offers go out through the rendezvous (announce) or through a neighbour
 * (gstp2poverlay.c). An offer from, or an answer of, a peer we have a link to already
 * makes no second link: the swarm is added to the one that is there. Session
 * thread only.
 */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include <string.h>

#include "gstp2psession-private.h"

GST_DEBUG_CATEGORY_EXTERN (gst_p2p_session_debug);
#define GST_CAT_DEFAULT gst_p2p_session_debug

#define MAX_OFFERS 5            /* per announce (docs/protocol/signalling.md) */
#define MAX_OUT 12              /* unanswered offers of one swarm */
/* Joining: the first announce has two offers */
#define FIRST_OFFERS 2
/* Several descriptions that become ready together go into one announce. */
#define ANNOUNCE_GATHER_MS 5
#define ANNOUNCE_MIN_S 15
#define ANNOUNCE_DEFAULT_S 120
/* "announce at 0, 2, 5 s until there are neighbours" (docs/protocol/swarm.md) */
#define ANNOUNCE_EARLY_MS 2000
/* A broadcaster asks how many listen when its neighbours change. */
#define RECOUNT_MS 2000
/* An offer that nobody answered so long will not be answered any more. */
#define OFFER_FRESH_US (3 * G_USEC_PER_SEC)
#define MAX_WAITING_OFFERS 16
#define WAITING_OFFER_US (4 * G_USEC_PER_SEC)
#define ACCEPT_EVERY_MS 50

static gchar *
new_offer_id (void)
{
  guint8 random[15];
  gchar *id, *c;

  gst_p2p_random (random, sizeof (random));
  id = g_base64_encode (random, sizeof (random));       /* 20 characters */
  for (c = id; *c; c++)
    if (!g_ascii_isalnum (*c))
      *c = 'x';
  return id;
}

/* Offers that may still be answered. */
static guint
count_out (GstP2PHost * self)
{
  GPtrArray *peers = self->session->peers;
  gint64 oldest = g_get_monotonic_time () - OFFER_FRESH_US;
  guint i, n = 0;

  for (i = 0; i < peers->len; i++) {
    GstP2PPeer *peer = g_ptr_array_index (peers, i);

    if (peer->host == self && !peer->connected && peer->offerer
        && !peer->answered && (peer->broker == NULL || peer->since > oldest))
      n++;
  }
  return n;
}

static guint
count_links (GstP2PHost * self)
{
  GPtrArray *peers = self->session->peers;
  guint i, n = 0;

  for (i = 0; i < peers->len; i++)
    n += gst_p2p_peer_has_host (g_ptr_array_index (peers, i), self);
  return n;
}

/* ---- announcing ---- */

static void
announce_on (GstP2PHost * self, GstP2PBroker * broker,
    GstP2PAnnounceEvent event)
{
  GPtrArray *peers = self->session->peers;
  GstP2POffer offers[MAX_OFFERS];
  guint i, n = 0;

  for (i = 0; i < peers->len && n < MAX_OFFERS; i++) {
    GstP2PPeer *peer = g_ptr_array_index (peers, i);

    if (peer->host != self || peer->broker || peer->overlay
        || peer->description == NULL)
      continue;
    /* the rendezvous believes the first one, and that may have been made
     * before we had the stream and with it room */
    if (n == 0)
      self->said_room = peer->says_room;
    peer->broker = broker;
    peer->since = g_get_monotonic_time ();
    offers[n].offer_id = peer->offer_id;
    offers[n].sdp = peer->description;
    n++;
  }
  GST_DEBUG ("announce %d to %s with %u offers", event, broker->url, n);
  gst_p2p_rendezvous_announce (broker->rendezvous, self->info_hash,
      self->session->tracker_id, event, self->publish, offers, n);
  self->announced_once = TRUE;
}

/* Offers are spread over the rendezvous servers in turn. */
static void
announce (GstP2PHost * self)
{
  guint i, n = self->brokers->len, first;

  self->recounting = FALSE;
  if (n == 0)
    return;
  first = self->announces++;
  for (i = 0; i < n; i++) {
    GstP2PBroker *broker = g_ptr_array_index (self->brokers, (first + i) % n);

    if (broker->connected)
      announce_on (self, broker, GST_P2P_ANNOUNCE_UPDATE);
  }
}

static gboolean
on_announce_timer (gpointer data)
{
  GstP2PHost *self = data;

  gst_p2p_clear_source (&self->announce_timer);
  announce (self);
  return G_SOURCE_REMOVE;
}

static void
schedule_announce (GstP2PHost * self, guint ms)
{
  gst_p2p_clear_source (&self->announce_timer);
  self->announce_timer = gst_p2p_session_add_timeout (self->session, ms,
      on_announce_timer, self);
}

void
gst_p2p_host_recount (GstP2PHost * self)
{
  if (!self->publish || self->recounting || self->brokers->len == 0)
    return;
  self->recounting = TRUE;
  schedule_announce (self, RECOUNT_MS);
}

static void
make_offers (GstP2PHost * self, guint count)
{
  guint out = count_out (self);

  while (count > 0 && out < MAX_OUT
      && gst_p2p_session_count_pending (self->session) <
      GST_P2P_MAX_PENDING && gst_p2p_peer_offer (self)) {
    count--;
    out++;
  }
}

void
gst_p2p_host_want_links (GstP2PHost * self, guint count)
{
  guint ready = count_out (self);

  /* nobody there to be introduced to: the others' offers will come */
  if (self->publish && self->members_known <= 1)
    return;
  if (count > ready)
    make_offers (self, MIN (count - ready, MAX_OFFERS));
  /* offers that went out already may have met nobody: remind the rendezvous */
  else if (self->announced_once && !self->announce_timer)
    schedule_announce (self, ANNOUNCE_EARLY_MS);
}

void
gst_p2p_host_description_ready (GstP2PHost * self, GstP2PPeer * peer,
    const gchar * sdp)
{
  if (peer->overlay) {
    gst_p2p_host_overlay_describe (self, peer, sdp);
  } else if (peer->offerer) {
    g_free (peer->description);
    peer->description = g_strdup (sdp);
    if (peer->offer_id == NULL)
      peer->offer_id = new_offer_id ();
    if (self->brokers->len > 0)
      schedule_announce (self, ANNOUNCE_GATHER_MS);
  } else if (peer->broker) {
    self->said_room = peer->says_room;
    gst_p2p_rendezvous_answer (peer->broker->rendezvous, self->info_hash,
        self->session->tracker_id, peer->remote_tracker_id, peer->offer_id,
        sdp);
  }
}

void
gst_p2p_host_candidate_ready (GstP2PHost * self, GstP2PPeer * peer,
    const gchar * candidate)
{
  if (peer->overlay) {
    gst_p2p_host_overlay_candidate (self, peer, candidate);
  } else if (peer->remote_tracker_id && peer->broker) {
    gst_p2p_rendezvous_candidate (peer->broker->rendezvous, self->info_hash,
        self->session->tracker_id, peer->remote_tracker_id, peer->offer_id,
        candidate);
  } else if (candidate && peer->candidates.length < 32) {
    g_queue_push_tail (&peer->candidates, g_strdup (candidate));
  }
}

static void
send_waiting_candidates (GstP2PHost * self, GstP2PPeer * peer)
{
  gchar *candidate;

  while ((candidate = g_queue_pop_head (&peer->candidates))) {
    gst_p2p_host_candidate_ready (self, peer, candidate);
    g_free (candidate);
  }
}

/* To an older member it is a candidate that can't be used. */
static void
say_withdrawn (GstP2PHost * self, GstP2PBroker * broker, const gchar * to,
    const gchar * offer_id)
{
  if (broker->connected)
    gst_p2p_rendezvous_candidate (broker->rendezvous, self->info_hash,
        self->session->tracker_id, to, offer_id, GST_P2P_WITHDRAWN);
}

/* Who answered would wait for us, and hold a place, until its set-up times out. */
void
gst_p2p_host_withdraw (GstP2PHost * self, GstP2PPeer * peer)
{
  if (!peer->offerer || peer->connected)
    return;
  if (peer->overlay)
    gst_p2p_host_overlay_withdraw (self, peer);
  else if (peer->answered && peer->broker && peer->remote_tracker_id)
    say_withdrawn (self, peer->broker, peer->remote_tracker_id, peer->offer_id);
}

void
gst_p2p_host_peer_failed (GstP2PHost * self, GstP2PPeer * peer)
{
  if (peer->have_peer_id) {
    p2p_swarm_connect_failed (self->swarm, &peer->peer_id,
        g_get_monotonic_time ());
    gst_p2p_host_drain (self);
  }
}

/* ---- what comes from others ---- */

/* What our offer through the overlay came to is not known, and another link to that
 * peer can be had: both ends have an answer to this one, or the other end asks for it
 * and ours is lost, by all signs. */
static gboolean
is_superseded (GstP2PPeer * offer, gboolean by_answer)
{
  return !offer->connected && offer->offerer && !offer->answered
      && (by_answer || g_get_monotonic_time () - offer->since > OFFER_FRESH_US);
}

/* TRUE: go on with a new link to this peer. */
gboolean
gst_p2p_host_is_new_peer (GstP2PHost * self, const gchar * sdp,
    gboolean we_offer)
{
  GstP2PSession *session = self->session;
  GstP2PPeer *other;
  P2pPeerId id;

  if (!gst_p2p_sdp_peek (sdp, &id, NULL))
    return FALSE;
  if (memcmp (&id, &session->peer_id, sizeof (id)) == 0
      || gst_p2p_session_is_banned (session, &id))
    return FALSE;
  other = gst_p2p_session_find_peer (session, &id, NULL);
  if (other == NULL)
    return TRUE;
  if (other->connected) {
    gst_p2p_peer_attach (other, self);
    return FALSE;
  }
  if (is_superseded (other, we_offer)) {
    gst_p2p_peer_close (other);
    return TRUE;
  }
  /* both at once: the one whose offerer has the lower id goes on */
  return other->offerer != we_offer
      && gst_p2p_session_prefers (session, &id, we_offer);
}

GstP2PPeer *
gst_p2p_host_accept (GstP2PHost * self, const gchar * sdp)
{
  g_autoptr (GError) error = NULL;
  GstP2PPeer *peer;

  if (gst_p2p_session_count_pending (self->session) >= GST_P2P_MAX_PENDING)
    return NULL;
  peer = gst_p2p_peer_accept (self, sdp, &error);
  if (peer == NULL)
    GST_DEBUG ("offer refused: %s", error ? error->message : "?");
  else
    gst_p2p_peer_begin_set_up (peer, sdp);
  return peer;
}

/* ---- offers of others: they wait while the cap has no room ---- */

typedef struct
{
  GstP2PBroker *broker;
  gchar *from, *offer_id, *sdp;
  gint64 since;
  gboolean is_answer;           /* to an offer of ours */
} WaitingOffer;

static void take_offer (GstP2PHost * self, const WaitingOffer * offer);
static void take_answer (GstP2PHost * self, const WaitingOffer * offer);

static void
waiting_offer_free (gpointer data)
{
  WaitingOffer *offer = data;

  g_free (offer->from);
  g_free (offer->offer_id);
  g_free (offer->sdp);
  g_free (offer);
}

gboolean
gst_p2p_host_may_accept (GstP2PHost * self, const gchar * sdp)
{
  return gst_p2p_host_prefix_has_room (self, sdp)
      && p2p_swarm_may_set_up_link (self->swarm, GST_P2P_LINK_SETUP_BYTES,
      g_get_monotonic_time ());
}

/* There is no place that waiting would give room for. */
static gboolean
is_full (GstP2PHost * self, const gchar * sdp)
{
  return p2p_swarm_get_free_links (self->swarm) == 0
      || !gst_p2p_host_prefix_has_room (self, sdp);
}

/* An answer that describes no link, only that we are full: who offered looks
 * elsewhere at once, and the rendezvous reads it, too. */
static void
refuse (GstP2PHost * self, const WaitingOffer * offer)
{
  gchar attribute[GST_P2P_ATTRIBUTE_LEN];
  g_autofree gchar *sdp = NULL;

  self->said_room = gst_p2p_host_describe (self, attribute);
  sdp = g_strdup_printf ("v=0\r\na=x-p2p:%s\r\n", attribute);
  GST_DEBUG ("no room for the link that %s offers", offer->from);
  gst_p2p_rendezvous_answer (offer->broker->rendezvous, self->info_hash,
      self->session->tracker_id, offer->from, offer->offer_id, sdp);
}

static void
take_waiting (GstP2PHost * self, const WaitingOffer * offer)
{
  if (offer->is_answer)
    take_answer (self, offer);
  else
    take_offer (self, offer);
}

static gboolean
on_accept_timer (gpointer data)
{
  GstP2PHost *self = data;
  guint n = self->offers.length;

  gst_p2p_clear_source (&self->accept_timer);
  /* what still has to wait queues up again, in the same order */
  while (n-- > 0) {
    WaitingOffer *offer = g_queue_pop_head (&self->offers);

    take_waiting (self, offer);
    waiting_offer_free (offer);
  }
  return G_SOURCE_REMOVE;
}

/* FALSE: it has waited long enough, or too many do. */
static gboolean
postpone (GstP2PHost * self, const WaitingOffer * offer)
{
  WaitingOffer *copy;

  if (self->offers.length >= MAX_WAITING_OFFERS
      || g_get_monotonic_time () - offer->since > WAITING_OFFER_US)
    return FALSE;
  copy = g_new (WaitingOffer, 1);
  *copy = *offer;
  copy->from = g_strdup (offer->from);
  copy->offer_id = g_strdup (offer->offer_id);
  copy->sdp = g_strdup (offer->sdp);
  g_queue_push_tail (&self->offers, copy);
  if (self->accept_timer == NULL)
    self->accept_timer = gst_p2p_session_add_timeout (self->session,
        ACCEPT_EVERY_MS, on_accept_timer, self);
  return TRUE;
}

static void
take_offer (GstP2PHost * self, const WaitingOffer * offer)
{
  GstP2PPeer *peer;

  if (!gst_p2p_host_is_new_peer (self, offer->sdp, FALSE))
    return;
  if (!gst_p2p_host_may_accept (self, offer->sdp)) {
    if (is_full (self, offer->sdp) || !postpone (self, offer))
      refuse (self, offer);
    return;
  }
  peer = gst_p2p_host_accept (self, offer->sdp);
  if (peer == NULL)
    return;
  peer->broker = offer->broker;
  peer->remote_tracker_id = g_strdup (offer->from);
  peer->offer_id = g_strdup (offer->offer_id);
}

void
gst_p2p_host_on_offer (GstP2PHost * self, GstP2PBroker * broker,
    const gchar * from, const gchar * offer_id, const gchar * sdp)
{
  WaitingOffer offer = { broker, (gchar *) from, (gchar *) offer_id,
    (gchar *) sdp, g_get_monotonic_time (), FALSE
  };

  take_offer (self, &offer);
}

static GstP2PPeer *
find_offer (GstP2PHost * self, const gchar * offer_id)
{
  GPtrArray *peers = self->session->peers;
  guint i;

  for (i = 0; i < peers->len; i++) {
    GstP2PPeer *peer = g_ptr_array_index (peers, i);

    if (peer->host == self && g_strcmp0 (peer->offer_id, offer_id) == 0)
      return peer;
  }
  return NULL;
}

/* The answer can't be used: is it a refusal? Then others are asked soon. */
static void
drop_answered (GstP2PHost * self, GstP2PPeer * peer,
    const WaitingOffer * answer)
{
  P2pPeerId id;

  gst_p2p_peer_close (peer);
  if (gst_p2p_sdp_peek (answer->sdp, &id, NULL)) {
    say_withdrawn (self, answer->broker, answer->from, answer->offer_id);
    return;
  }
  p2p_swarm_connect_failed (self->swarm, NULL, g_get_monotonic_time ());
  gst_p2p_host_drain (self);
}

static void
use_answer (GstP2PHost * self, GstP2PPeer * peer, const gchar * sdp)
{
  g_autoptr (GError) error = NULL;

  peer->answered = TRUE;
  peer->since = g_get_monotonic_time ();
  gst_p2p_peer_begin_set_up (peer, sdp);
  if (!gst_p2p_link_set_answer (peer->link, sdp, &error)) {
    GST_DEBUG ("answer refused: %s", error ? error->message : "?");
    gst_p2p_peer_close (peer);
    return;
  }
  peer->have_peer_id = gst_p2p_link_get_peer_id (peer->link, &peer->peer_id);
}

static void
take_answer (GstP2PHost * self, const WaitingOffer * offer)
{
  GstP2PPeer *peer = find_offer (self, offer->offer_id);
  P2pPeerId id;

  if (peer == NULL && gst_p2p_sdp_peek (offer->sdp, &id, NULL))
    say_withdrawn (self, offer->broker, offer->from, offer->offer_id);
  if (peer == NULL || !peer->offerer || peer->answered)
    return;
  if (!gst_p2p_host_is_new_peer (self, offer->sdp, TRUE)) {
    drop_answered (self, peer, offer);
    return;
  }
  if (!gst_p2p_host_may_accept (self, offer->sdp)) {
    if (is_full (self, offer->sdp) || !postpone (self, offer)) {
      say_withdrawn (self, offer->broker, offer->from, offer->offer_id);
      gst_p2p_peer_close (peer);
    }
    return;
  }
  g_free (peer->remote_tracker_id);
  peer->remote_tracker_id = g_strdup (offer->from);
  use_answer (self, peer, offer->sdp);
  if (!peer->dead)
    send_waiting_candidates (self, peer);
}

/* Strangers say so: it is worth a few links more at once. */
static void
hint_rate (GstP2PHost * self, guint kbps)
{
  p2p_swarm_set_rate_hint (self->swarm, MIN (kbps, P2P_INTRO_UNKNOWN) * 1000,
      g_get_monotonic_time ());
}

/* Other servers don't say it. */
static void
hint_rate_of (GstP2PHost * self, const gchar * sdp)
{
  P2pIntro intro;

  if (!p2p_intro_from_sdp (sdp, strlen (sdp), &intro)
      || intro.rate_kbps == P2P_INTRO_UNKNOWN)
    return;
  hint_rate (self, intro.rate_kbps);
  gst_p2p_host_drain (self);
}

void
gst_p2p_host_on_answer (GstP2PHost * self, GstP2PBroker * broker,
    const gchar * from, const gchar * offer_id, const gchar * sdp)
{
  WaitingOffer offer = { broker, (gchar *) from, (gchar *) offer_id,
    (gchar *) sdp, g_get_monotonic_time (), TRUE
  };

  if (find_offer (self, offer_id))
    hint_rate_of (self, sdp);
  take_answer (self, &offer);
}

void
gst_p2p_host_on_candidate (GstP2PHost * self, const gchar * from,
    const gchar * offer_id, const gchar * candidate)
{
  GstP2PPeer *peer = find_offer (self, offer_id);

  if (peer == NULL || candidate == NULL
      || g_strcmp0 (peer->remote_tracker_id, from) != 0)
    return;
  if (!g_str_equal (candidate, GST_P2P_WITHDRAWN)) {
    gst_p2p_link_add_candidate (peer->link, candidate, NULL);
  } else if (!peer->offerer && !peer->connected) {
    GST_DEBUG ("%s needs link %u no more", from, peer->id);
    peer->have_peer_id = FALSE; /* it says nothing about reaching that peer */
    gst_p2p_peer_close (peer);
  }
}

void
gst_p2p_host_on_announced (GstP2PHost * self, const GstP2PAnnounceReply * reply)
{
  guint members = reply->complete + reply->incomplete;
  guint interval = reply->interval_s ? reply->interval_s : ANNOUNCE_DEFAULT_S;
  gboolean changed = members != self->members_known;

  self->members_known = members;
  /* the broadcaster sets its servers once; the next links of members use them */
  if (reply->ice_servers && self->session->backend->ice_from_json)
    self->session->backend->ice_from_json (reply->ice_servers, &self->ice);
  p2p_swarm_set_member_count (self->swarm, members);
  hint_rate (self, reply->rate_kbps);
  if (changed && self->publish)
    gst_p2p_host_emit (self, GST_P2P_MEMBER_LISTENERS,
        gst_structure_new ("p2p-listeners", "listeners", G_TYPE_UINT,
            members > 0 ? members - 1 : 0, NULL), NULL);
  gst_p2p_host_drain (self);
  if (self->announce_timer == NULL)
    schedule_announce (self, count_links (self) == 0 && !self->publish ?
        ANNOUNCE_EARLY_MS : MAX (interval, ANNOUNCE_MIN_S) * 1000);
}

/* Starved or alone: ask again now instead of when it is due. */
void
gst_p2p_host_kick_signalling (GstP2PHost * self)
{
  guint i;

  for (i = 0; i < self->brokers->len; i++) {
    GstP2PBroker *broker = g_ptr_array_index (self->brokers, i);

    if (!broker->connected)
      gst_p2p_rendezvous_open (broker->rendezvous);
  }
  make_offers (self, FIRST_OFFERS - MIN (FIRST_OFFERS, count_out (self)));
  if (self->announce_timer == NULL || !self->publish)
    schedule_announce (self, ANNOUNCE_GATHER_MS);
}

/* A rendezvous that restarted knows nothing of the offers that went through
 * it, and nobody will answer them: they are free to go out again. */
static void
reclaim_offers (GstP2PHost * self, GstP2PBroker * broker)
{
  GPtrArray *peers = self->session->peers;
  guint i;

  for (i = 0; i < peers->len; i++) {
    GstP2PPeer *peer = g_ptr_array_index (peers, i);

    if (peer->host == self && peer->broker == broker && peer->offerer
        && !peer->answered)
      peer->broker = NULL;
  }
}

static void
tell_members (GstP2PHost * self, GstP2PBroker * broker, const GError * error)
{
  gst_p2p_host_emit (self, GST_P2P_MEMBER_RENDEZVOUS,
      gst_structure_new ("p2p-rendezvous", "uri", G_TYPE_STRING, broker->url,
          "connected", G_TYPE_BOOLEAN, broker->connected,
          "reason", G_TYPE_STRING, error ? error->message : NULL, NULL), NULL);
}

/* It may serve us later, or another may: the members are told, and go on. */
void
gst_p2p_host_on_refused (GstP2PHost * self, GstP2PBroker * broker,
    const GError * error)
{
  tell_members (self, broker, error);
}

void
gst_p2p_host_on_broker_state (GstP2PHost * self, GstP2PBroker * broker,
    const GError * error)
{
  tell_members (self, broker, error);
  if (!broker->connected) {
    reclaim_offers (self, broker);
    return;
  }
  announce_on (self, broker, GST_P2P_ANNOUNCE_STARTED);
}

/* ---- start and stop ---- */

void
gst_p2p_host_start_signalling (GstP2PHost * self, GstP2PMember * first)
{
  guint i;

  for (i = 0; i < first->brokers->len; i++) {
    GstP2PBroker *broker = g_ptr_array_index (first->brokers, i);

    broker->users++;
    g_ptr_array_add (self->brokers, broker);
  }
  /* gathering and connecting to the rendezvous go side by side */
  if (!self->publish)
    make_offers (self, FIRST_OFFERS);
  for (i = 0; i < self->brokers->len; i++) {
    GstP2PBroker *broker = g_ptr_array_index (self->brokers, i);

    if (broker->connected)
      announce_on (self, broker, GST_P2P_ANNOUNCE_STARTED);
  }
}

void
gst_p2p_host_stop_signalling (GstP2PHost * self)
{
  guint i;

  gst_p2p_clear_source (&self->announce_timer);
  gst_p2p_clear_source (&self->accept_timer);
  g_queue_clear_full (&self->offers, waiting_offer_free);
  for (i = 0; i < self->brokers->len; i++) {
    GstP2PBroker *broker = g_ptr_array_index (self->brokers, i);

    if (broker->connected && self->announced_once)
      gst_p2p_rendezvous_announce (broker->rendezvous, self->info_hash,
          self->session->tracker_id, GST_P2P_ANNOUNCE_STOPPED, self->publish,
          NULL, 0);
    gst_p2p_broker_release (broker);
  }
  g_ptr_array_set_size (self->brokers, 0);
}
