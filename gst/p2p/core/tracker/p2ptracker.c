/* gst-plugins-p2p
 *
 * This library is free software; you can redistribute it and/or
 * modify it under the terms of the GNU Lesser General Public
 * License as published by the Free Software Foundation; either
 * version 2.1 of the License, or (at your option) any later version.
 */
/* p2ptracker.c: members, swarms and offers of a rendezvous; see p2ptracker.h.
 *
 * Everything that ends by time sits in a ring ordered by time (connections by
 * their last message, members by their last announce, offers by birth), so a
 * deadline costs nothing to find. Swarms exist as long as they have members.
 */
#include <stdlib.h>
#include <string.h>

#include "p2ptrackerprivate.h"

#define THOUSANDTHS 1000        /* of a message, in the token bucket */
#define FIRST_MEMBERS 4         /* places of a new swarm */
#define RATE_SAMPLE 24          /* members that are asked for the stream's rate */

void
p2p_tracker_limits_init (P2pTrackerLimits * limits)
{
  limits->max_connections = 12000;
  limits->max_members = 20000;
  limits->max_members_per_swarm = 10000;
  limits->max_swarms_per_connection = 64;
  limits->max_pending_offers = 20;
  limits->messages_per_second = 50;
  limits->message_burst = 200;
  limits->expiry = P2P_SEC (120);
  limits->offer_timeout = P2P_SEC (50);
  limits->idle_timeout = P2P_SEC (180);
}

P2pTracker *
p2p_tracker_new (const P2pTrackerLimits * limits, uint64_t seed)
{
  P2pTracker *self = calloc (1, sizeof (*self));

  if (self == NULL)
    return NULL;
  self->limits = *limits;
  self->seed = seed;
  p2p_random_init (&self->random, seed);
  p2p_ring_init (&self->conns_by_age);
  p2p_ring_init (&self->members_by_age);
  p2p_ring_init (&self->offers_by_age);
  return self;
}

void
p2p_tracker_free (P2pTracker * self)
{
  if (self == NULL)
    return;
  while (!p2p_ring_is_empty (&self->conns_by_age))
    p2p_tracker_disconnect (self, P2P_RING_ENTRY (self->conns_by_age.next,
            P2pTrackerConn, by_age));
  p2p_table_clear (&self->swarms);
  p2p_table_clear (&self->members);
  free (self);
}

void
p2p_tracker_set_limits (P2pTracker * self, const P2pTrackerLimits * limits)
{
  self->limits = *limits;
}

static bool
id_equal (const P2pTrackerId * a, const P2pTrackerId * b)
{
  return memcmp (a->b, b->b, P2P_TRACKER_ID_LEN) == 0;
}

/* ---- swarms ---- */

static P2pTrackerSwarm *
find_swarm (const P2pTracker * self, const P2pTrackerId * info_hash)
{
  uint32_t hash = p2p_table_hash (self->seed, info_hash, sizeof (*info_hash));
  P2pTableNode *node = p2p_table_first (&self->swarms, hash);

  for (; node != NULL; node = node->next) {
    P2pTrackerSwarm *swarm = (P2pTrackerSwarm *) (void *) node;

    if (node->hash == hash && id_equal (&swarm->info_hash, info_hash))
      return swarm;
  }
  return NULL;
}

static P2pTrackerSwarm *
add_swarm (P2pTracker * self, const P2pTrackerId * info_hash)
{
  P2pTrackerSwarm *swarm = calloc (1, sizeof (*swarm));

  if (swarm == NULL)
    return NULL;
  swarm->info_hash = *info_hash;
  if (!p2p_table_insert (&self->swarms, &swarm->node,
          p2p_table_hash (self->seed, info_hash, sizeof (*info_hash)))) {
    free (swarm);
    return NULL;
  }
  self->counters.swarms++;
  return swarm;
}

static void
remove_swarm (P2pTracker * self, P2pTrackerSwarm * swarm)
{
  p2p_table_remove (&self->swarms, &swarm->node);
  self->counters.swarms--;
  free (swarm->members);
  free (swarm);
}

static bool
swarm_reserve (P2pTrackerSwarm * swarm)
{
  uint32_t wanted = swarm->capacity ? swarm->capacity * 2 : FIRST_MEMBERS;
  P2pTrackerMember **members;

  if (swarm->n_members < swarm->capacity)
    return true;
  members = realloc (swarm->members, wanted * sizeof (*members));
  if (members == NULL)
    return false;
  swarm->members = members;
  swarm->capacity = wanted;
  return true;
}

/* ---- offers ---- */

static void
remove_offer (P2pTracker * self, P2pTrackerOffer * offer)
{
  p2p_ring_remove (&offer->by_age);
  p2p_ring_remove (&offer->of_from);
  p2p_ring_remove (&offer->of_to);
  offer->from->n_out--;
  offer->to->n_in--;
  if (!offer->answered)
    offer->to->n_open_in--;
  self->counters.offers--;
  free (offer);
}

/* The oldest offer of a member makes room: nobody may fill the memory by
 * offering. */
static void
make_room_for_offer (P2pTracker * self, P2pTrackerMember * from)
{
  uint32_t max = self->limits.max_pending_offers;

  if (max > 255)
    max = 255;
  while (from->n_out >= max && !p2p_ring_is_empty (&from->offers_out))
    remove_offer (self, P2P_RING_ENTRY (from->offers_out.next,
            P2pTrackerOffer, of_from));
}

static bool
add_offer (P2pTracker * self, P2pTrackerMember * from, P2pTrackerMember * to,
    const P2pTrackerId * id, P2pTime now)
{
  P2pTrackerOffer *offer = malloc (sizeof (*offer));

  if (offer == NULL)
    return false;
  make_room_for_offer (self, from);
  offer->from = from;
  offer->to = to;
  offer->id = *id;
  offer->made = now;
  offer->candidates = 0;
  offer->answered = false;
  p2p_ring_append (&self->offers_by_age, &offer->by_age);
  p2p_ring_append (&from->offers_out, &offer->of_from);
  p2p_ring_append (&to->offers_in, &offer->of_to);
  from->n_out++;
  to->n_in++;
  to->n_open_in++;
  self->counters.offers++;
  return true;
}

/* ---- members ---- */

static uint32_t
member_hash (const P2pTracker * self, const P2pTrackerSwarm * swarm,
    const P2pTrackerId * peer_id)
{
  return p2p_table_hash (self->seed ^ swarm->node.hash, peer_id,
      sizeof (*peer_id));
}

static P2pTrackerMember *
find_member (const P2pTracker * self, const P2pTrackerSwarm * swarm,
    const P2pTrackerId * peer_id)
{
  uint32_t hash = member_hash (self, swarm, peer_id);
  P2pTableNode *node = p2p_table_first (&self->members, hash);

  for (; node != NULL; node = node->next) {
    P2pTrackerMember *member = (P2pTrackerMember *) (void *) node;

    if (node->hash == hash && member->swarm == swarm
        && id_equal (&member->peer_id, peer_id))
      return member;
  }
  return NULL;
}

static void
remove_member (P2pTracker * self, P2pTrackerMember * member)
{
  P2pTrackerSwarm *swarm = member->swarm;
  P2pTrackerMember *last = swarm->members[swarm->n_members - 1];

  while (!p2p_ring_is_empty (&member->offers_in))
    remove_offer (self, P2P_RING_ENTRY (member->offers_in.next,
            P2pTrackerOffer, of_to));
  while (!p2p_ring_is_empty (&member->offers_out))
    remove_offer (self, P2P_RING_ENTRY (member->offers_out.next,
            P2pTrackerOffer, of_from));
  p2p_ring_remove (&member->of_conn);
  p2p_ring_remove (&member->by_age);
  member->conn->n_members--;
  swarm->members[member->index] = last;
  last->index = member->index;
  swarm->n_members--;
  if (member->complete)
    swarm->n_complete--;
  p2p_table_remove (&self->members, &member->node);
  self->counters.members--;
  free (member);
  if (swarm->n_members == 0)
    remove_swarm (self, swarm);
}

static P2pTrackerMember *
new_member (P2pTrackerSwarm * swarm, const P2pTrackerId * peer_id)
{
  P2pTrackerMember *member = calloc (1, sizeof (*member));

  if (member == NULL)
    return NULL;
  member->swarm = swarm;
  member->peer_id = *peer_id;
  p2p_intro_init (&member->intro);
  p2p_ring_init (&member->of_conn);
  p2p_ring_init (&member->by_age);
  p2p_ring_init (&member->offers_in);
  p2p_ring_init (&member->offers_out);
  return member;
}

static P2pTrackerMember *
add_member (P2pTracker * self, P2pTrackerConn * conn,
    P2pTrackerSwarm * swarm, const P2pTrackerId * peer_id)
{
  P2pTrackerMember *member;

  if (self->counters.members >= self->limits.max_members
      || swarm->n_members >= self->limits.max_members_per_swarm
      || conn->n_members >= self->limits.max_swarms_per_connection)
    return NULL;
  if (!swarm_reserve (swarm))
    return NULL;
  member = new_member (swarm, peer_id);
  if (member == NULL)
    return NULL;
  if (!p2p_table_insert (&self->members, &member->node,
          member_hash (self, swarm, peer_id))) {
    free (member);
    return NULL;
  }
  member->index = swarm->n_members;
  swarm->members[swarm->n_members++] = member;
  self->counters.members++;
  return member;
}

/* The connection that announced a peer id last has it: a peer that comes back
 * must not wait until its dead socket is noticed. */
static bool
take_member (P2pTracker * self, P2pTrackerMember * member,
    P2pTrackerConn * conn)
{
  if (member->conn == conn)
    return true;
  if (member->conn != NULL) {
    if (conn->n_members >= self->limits.max_swarms_per_connection)
      return false;
    p2p_ring_remove (&member->of_conn);
    member->conn->n_members--;
  }
  p2p_ring_append (&conn->members, &member->of_conn);
  conn->n_members++;
  member->conn = conn;
  return true;
}

static P2pTrackerMember *
find_own_member (const P2pTracker * self, const P2pTrackerConn * conn,
    const P2pTrackerId * info_hash, const P2pTrackerId * peer_id)
{
  P2pTrackerSwarm *swarm = find_swarm (self, info_hash);
  P2pTrackerMember *member;

  if (swarm == NULL)
    return NULL;
  member = find_member (self, swarm, peer_id);
  return member != NULL && member->conn == conn ? member : NULL;
}

static P2pTrackerMember *
join (P2pTracker * self, P2pTrackerConn * conn,
    const P2pTrackerAnnounce * announce)
{
  P2pTrackerSwarm *swarm = find_swarm (self, &announce->info_hash);
  P2pTrackerMember *member = NULL;

  if (swarm == NULL)
    swarm = add_swarm (self, &announce->info_hash);
  if (swarm == NULL)
    return NULL;
  member = find_member (self, swarm, &announce->peer_id);
  if (member == NULL)
    member = add_member (self, conn, swarm, &announce->peer_id);
  if (member != NULL && take_member (self, member, conn))
    return member;
  if (swarm->n_members == 0)
    remove_swarm (self, swarm);
  return NULL;
}

/* ---- connections ---- */

P2pTrackerConn *
p2p_tracker_connect (P2pTracker * self, void *host, uint32_t prefix,
    P2pTime now)
{
  P2pTrackerConn *conn;

  if (self->counters.connections >= self->limits.max_connections)
    return NULL;
  conn = calloc (1, sizeof (*conn));
  if (conn == NULL)
    return NULL;
  conn->host = host;
  conn->prefix = prefix;
  conn->last_message = now;
  conn->tokens_at = now;
  conn->tokens = self->limits.message_burst * THOUSANDTHS;
  p2p_ring_init (&conn->members);
  p2p_ring_append (&self->conns_by_age, &conn->by_age);
  self->counters.connections++;
  return conn;
}

void
p2p_tracker_disconnect (P2pTracker * self, P2pTrackerConn * conn)
{
  while (!p2p_ring_is_empty (&conn->members))
    remove_member (self, P2P_RING_ENTRY (conn->members.next,
            P2pTrackerMember, of_conn));
  p2p_ring_remove (&conn->by_age);
  self->counters.connections--;
  free (conn);
}

void *
p2p_tracker_conn_host (const P2pTrackerConn * conn)
{
  return conn->host;
}

uint32_t
p2p_tracker_conn_swarms (const P2pTrackerConn * conn)
{
  return conn->n_members;
}

static void
refill (const P2pTracker * self, P2pTrackerConn * conn, P2pTime now)
{
  uint64_t full = (uint64_t) self->limits.message_burst * THOUSANDTHS;
  P2pTime passed = now - conn->tokens_at;
  uint64_t tokens;

  if (passed <= 0)
    return;
  if (passed > P2P_SEC (60))
    passed = P2P_SEC (60);
  tokens = (uint64_t) passed *self->limits.messages_per_second / 1000;
  if (tokens == 0)
    return;
  conn->tokens_at = now;
  tokens += conn->tokens;
  conn->tokens = (uint32_t) (tokens < full ? tokens : full);
}

P2pResult
p2p_tracker_count_message (P2pTracker * self, P2pTrackerConn * conn,
    P2pTime now)
{
  conn->last_message = now;
  p2p_ring_remove (&conn->by_age);
  p2p_ring_append (&self->conns_by_age, &conn->by_age);
  refill (self, conn, now);
  if (conn->tokens < THOUSANDTHS) {
    self->counters.refused++;
    return P2P_LIMIT;
  }
  conn->tokens -= THOUSANDTHS;
  return P2P_OK;
}

/* ---- requests ---- */

static void
count_swarm (const P2pTrackerSwarm * swarm, P2pTrackerReply * reply)
{
  reply->complete = swarm->n_complete;
  reply->incomplete = swarm->n_members - swarm->n_complete;
}

static int
compare_rates (const void *a, const void *b)
{
  uint16_t x = *(const uint16_t *) a, y = *(const uint16_t *) b;

  return (x > y) - (x < y);
}

/* The median of what some of them say, the one who asks not counted: no minority
 * decides. */
static uint32_t
rate_of_swarm (const P2pTrackerSwarm * swarm, const P2pTrackerMember * asks)
{
  uint32_t some = swarm->n_members < RATE_SAMPLE ? swarm->n_members :
      RATE_SAMPLE, n = 0;
  uint16_t rates[RATE_SAMPLE];

  for (uint32_t i = 0; i < some; i++) {
    const P2pTrackerMember *m =
        swarm->members[(uint64_t) i * swarm->n_members / some];

    if (m != asks && m->intro.rate_kbps != P2P_INTRO_UNKNOWN)
      rates[n++] = m->intro.rate_kbps;
  }
  if (n == 0)
    return 0;
  qsort (rates, n, sizeof (*rates), compare_rates);
  return rates[(n - 1) / 2];
}

static P2pResult
leave (P2pTracker * self, P2pTrackerConn * conn,
    const P2pTrackerAnnounce * announce, P2pTrackerReply * reply)
{
  P2pTrackerMember *member = find_own_member (self, conn,
      &announce->info_hash, &announce->peer_id);
  P2pTrackerSwarm *swarm;

  if (member != NULL)
    remove_member (self, member);
  swarm = find_swarm (self, &announce->info_hash);
  if (swarm != NULL)
    count_swarm (swarm, reply);
  return P2P_OK;
}

static void
refresh (P2pTracker * self, P2pTrackerMember * member,
    const P2pTrackerAnnounce * announce, P2pTime now)
{
  P2pTrackerSwarm *swarm = member->swarm;

  member->last_announce = now;
  p2p_ring_remove (&member->by_age);
  p2p_ring_append (&self->members_by_age, &member->by_age);
  if (member->complete != announce->complete) {
    swarm->n_complete += announce->complete ? 1 : -1;
    member->complete = announce->complete;
  }
  if (announce->event == P2P_TRACKER_COMPLETED)
    swarm->downloaded++;
  if (announce->intro.version != 0)
    member->intro = announce->intro;
}

static void
introduce (P2pTracker * self, P2pTrackerMember * from,
    const P2pTrackerAnnounce * announce, P2pTime now, P2pTrackerReply * reply)
{
  P2pTrackerMember *to[P2P_TRACKER_MAX_OFFERS];
  uint32_t n;

  if (announce->targeted) {
    to[0] = find_member (self, from->swarm, &announce->to_peer_id);
    n = announce->n_offers > 0 && to[0] != NULL
        && p2p_tracker_may_introduce (self, from, to[0]);
  } else {
    n = p2p_tracker_choose (self, from, announce->n_offers, now, to);
  }
  for (uint32_t i = 0; i < n; i++) {
    if (!add_offer (self, from, to[i], &announce->offer_ids[i], now))
      break;
    p2p_tracker_introduced (to[i], now);
    reply->intro[reply->n].offer = i;
    reply->intro[reply->n].to = to[i]->conn;
    reply->n++;
    self->counters.introductions++;
  }
}

P2pResult
p2p_tracker_announce (P2pTracker * self, P2pTrackerConn * conn,
    const P2pTrackerAnnounce * announce, P2pTime now, P2pTrackerReply * reply)
{
  P2pTrackerMember *member;

  reply->n = 0;
  reply->complete = reply->incomplete = reply->rate_kbps = 0;
  self->counters.announces++;
  p2p_tracker_tick (self, now);
  if (announce->event == P2P_TRACKER_STOPPED)
    return leave (self, conn, announce, reply);
  member = join (self, conn, announce);
  if (member == NULL) {
    self->counters.refused++;
    return P2P_LIMIT;
  }
  refresh (self, member, announce, now);
  introduce (self, member, announce, now, reply);
  count_swarm (member->swarm, reply);
  reply->rate_kbps = rate_of_swarm (member->swarm, member);
  return P2P_OK;
}

static P2pTrackerOffer *
find_offer_in (P2pTrackerMember * member, const P2pTrackerId * from,
    const P2pTrackerId * id)
{
  P2pRing *link = member->offers_in.next;

  for (; link != &member->offers_in; link = link->next) {
    P2pTrackerOffer *offer = P2P_RING_ENTRY (link, P2pTrackerOffer, of_to);

    if (id_equal (&offer->id, id)
        && (from == NULL || id_equal (&offer->from->peer_id, from)))
      return offer;
  }
  return NULL;
}

static P2pTrackerOffer *
find_offer_out (P2pTrackerMember * member, const P2pTrackerId * to,
    const P2pTrackerId * id)
{
  P2pRing *link = member->offers_out.next;

  for (; link != &member->offers_out; link = link->next) {
    P2pTrackerOffer *offer = P2P_RING_ENTRY (link, P2pTrackerOffer, of_from);

    if (id_equal (&offer->id, id)
        && (to == NULL || id_equal (&offer->to->peer_id, to)))
      return offer;
  }
  return NULL;
}

P2pResult
p2p_tracker_answer (P2pTracker * self, P2pTrackerConn * conn,
    const P2pTrackerId * info_hash, const P2pTrackerId * peer_id,
    const P2pTrackerId * to_peer_id, const P2pTrackerId * offer_id,
    const P2pIntro * intro, P2pTime now, P2pTrackerConn ** to)
{
  P2pTrackerMember *member;
  P2pTrackerOffer *offer;

  p2p_tracker_tick (self, now);
  member = find_own_member (self, conn, info_hash, peer_id);
  if (member == NULL)
    return P2P_NOT_FOUND;
  offer = find_offer_in (member, to_peer_id, offer_id);
  if (offer == NULL || offer->answered)
    return P2P_NOT_FOUND;
  offer->answered = true;
  member->n_open_in--;
  if (intro->version != 0)
    member->intro = *intro;
  self->counters.answers++;
  *to = offer->from->conn;
  return P2P_OK;
}

P2pResult
p2p_tracker_candidate (P2pTracker * self, P2pTrackerConn * conn,
    const P2pTrackerId * info_hash, const P2pTrackerId * peer_id,
    const P2pTrackerId * to_peer_id, const P2pTrackerId * offer_id,
    P2pTime now, P2pTrackerConn ** to)
{
  P2pTrackerMember *member;
  P2pTrackerOffer *offer;

  p2p_tracker_tick (self, now);
  member = find_own_member (self, conn, info_hash, peer_id);
  if (member == NULL)
    return P2P_NOT_FOUND;
  offer = find_offer_in (member, to_peer_id, offer_id);
  if (offer != NULL) {
    *to = offer->from->conn;
  } else {
    offer = find_offer_out (member, to_peer_id, offer_id);
    if (offer == NULL)
      return P2P_NOT_FOUND;
    *to = offer->to->conn;
  }
  if (offer->candidates >= P2P_TRACKER_MAX_CANDIDATES)
    return P2P_LIMIT;
  offer->candidates++;
  self->counters.candidates++;
  return P2P_OK;
}

P2pResult
p2p_tracker_scrape (const P2pTracker * self, const P2pTrackerId * info_hash,
    uint32_t * complete, uint32_t * incomplete, uint64_t * downloaded)
{
  const P2pTrackerSwarm *swarm = find_swarm (self, info_hash);

  *complete = swarm != NULL ? swarm->n_complete : 0;
  *incomplete = swarm != NULL ? swarm->n_members - swarm->n_complete : 0;
  *downloaded = swarm != NULL ? swarm->downloaded : 0;
  return swarm != NULL ? P2P_OK : P2P_NOT_FOUND;
}

/* ---- time ---- */

static P2pTrackerMember *
oldest_member (const P2pTracker * self)
{
  if (p2p_ring_is_empty (&self->members_by_age))
    return NULL;
  return P2P_RING_ENTRY (self->members_by_age.next, P2pTrackerMember, by_age);
}

static P2pTrackerOffer *
oldest_offer (const P2pTracker * self)
{
  if (p2p_ring_is_empty (&self->offers_by_age))
    return NULL;
  return P2P_RING_ENTRY (self->offers_by_age.next, P2pTrackerOffer, by_age);
}

static P2pTrackerConn *
oldest_conn (const P2pTracker * self)
{
  if (p2p_ring_is_empty (&self->conns_by_age))
    return NULL;
  return P2P_RING_ENTRY (self->conns_by_age.next, P2pTrackerConn, by_age);
}

void
p2p_tracker_tick (P2pTracker * self, P2pTime now)
{
  P2pTrackerMember *member;
  P2pTrackerOffer *offer;

  while ((offer = oldest_offer (self)) != NULL
      && now - offer->made >= self->limits.offer_timeout)
    remove_offer (self, offer);
  while ((member = oldest_member (self)) != NULL
      && now - member->last_announce >= self->limits.expiry) {
    remove_member (self, member);
    self->counters.expired++;
  }
}

P2pTrackerConn *
p2p_tracker_idle (P2pTracker * self, P2pTime now)
{
  P2pTrackerConn *conn = oldest_conn (self);

  if (conn == NULL || now - conn->last_message < self->limits.idle_timeout)
    return NULL;
  return conn;
}

P2pTime
p2p_tracker_next_deadline (const P2pTracker * self)
{
  const P2pTrackerMember *member = oldest_member (self);
  const P2pTrackerOffer *offer = oldest_offer (self);
  const P2pTrackerConn *conn = oldest_conn (self);
  P2pTime next = P2P_TIME_NEVER;

  if (member != NULL)
    next = member->last_announce + self->limits.expiry;
  if (offer != NULL && offer->made + self->limits.offer_timeout < next)
    next = offer->made + self->limits.offer_timeout;
  if (conn != NULL && conn->last_message + self->limits.idle_timeout < next)
    next = conn->last_message + self->limits.idle_timeout;
  return next;
}

void
p2p_tracker_get_counters (const P2pTracker * self,
    P2pTrackerCounters * counters)
{
  *counters = self->counters;
}
