/* gst-plugins-p2p
 *
 * This library is free software; you can redistribute it and/or
 * modify it under the terms of the GNU Lesser General Public
 * License as published by the Free Software Foundation; either
 * version 2.1 of the License, or (at your option) any later version.
 */
/* p2prendezvous.c: introductions by the tracker of core/tracker, the same
 * objects as in p2psink and p2p-tracker, fed with what a session says to it
 * (gstp2psignalling.c): offers made in advance, several to an announce, a
 * description that is as old as the last offer, answer or change of room.
 */
#include "p2pworldpriv.h"

#include <stdlib.h>
#include <string.h>

/* of the session, gstp2psignalling.c */
#define MAX_OFFERS 5
#define FIRST_OFFERS 2
#define ANNOUNCE_EARLY P2P_SEC (2)
#define ANNOUNCE_EVERY P2P_SEC (48)     /* as the server tells */
#define OFFER_FRESH P2P_SEC (3)
#define DESCRIBE_MIN P2P_MSEC (250)

static P2pTracker *
tracker (P2pWorld * w)
{
  P2pTrackerLimits limits;

  if (w->tracker)
    return w->tracker;
  p2p_tracker_limits_init (&limits);
  limits.max_connections = limits.max_members = limits.max_members_per_swarm =
      UINT32_MAX;
  w->tracker = p2p_tracker_new (&limits, w->config.seed);
  if (w->tracker == NULL)
    abort ();
  return w->tracker;
}

static P2pTrackerId
swarm_hash (const P2pWorld * w)
{
  P2pTrackerId id = { {0} };

  memcpy (id.b, w->swarm_id.b, sizeof id.b);
  return id;
}

static P2pTrackerId
member_id (const P2pNode * n)
{
  P2pTrackerId id = { {0} };

  memcpy (id.b, &n->index, sizeof n->index);
  return id;
}

static P2pTrackerId
offer_id (const P2pNode * n, uint32_t serial)
{
  P2pTrackerId id = member_id (n);

  memcpy (id.b + 4, &serial, sizeof serial);
  return id;
}

static P2pIntro
describe (const P2pNode * n)
{
  uint32_t rate = p2p_swarm_get_rate (n->swarm) / 1000;
  P2pIntro intro;

  p2p_intro_init (&intro);
  intro.version = 1;
  if (rate > 0)
    intro.rate_kbps = (uint16_t) (rate < P2P_INTRO_UNKNOWN ? rate :
        P2P_INTRO_UNKNOWN - 1);
  intro.role = n->spec.role == P2P_ROLE_SOURCE ? P2P_INTRO_ROLE_SOURCE :
      n->spec.role == P2P_ROLE_LEAF ? P2P_INTRO_ROLE_LEAF :
      p2p_swarm_get_role (n->swarm) == P2P_ROLE_SUPER ?
      P2P_INTRO_ROLE_SUPER : P2P_INTRO_ROLE_RELAY;
  intro.free_slots = p2p_swarm_get_free_links (n->swarm) > 0 ?
      (uint16_t) p2p_swarm_get_free_slots (n->swarm) : 0;
  return intro;
}

static bool
is_reachable (const P2pWorld * w, const P2pNode * n)
{
  return n->state == P2P_NODE_LIVE && !n->cut && !w->rendezvous_dead
      && n->caller.conn != NULL;
}

/* ---- offers that wait for an answer ---- */

static unsigned
outstanding (P2pWorld * w, P2pNode * n)
{
  P2pCaller *c = &n->caller;
  unsigned kept = 0;

  for (unsigned i = 0; i < c->n_offers; i++) {
    if (!c->offer[i].said || w->sim.now - c->offer[i].at <= OFFER_FRESH)
      c->offer[kept++] = c->offer[i];
  }
  return c->n_offers = kept;
}

void
p2p_rendezvous_answered (P2pNode * n, uint32_t serial)
{
  P2pCaller *c = &n->caller;

  for (unsigned i = 0; i < c->n_offers; i++) {
    if (c->offer[i].serial == serial) {
      c->offer[i] = c->offer[--c->n_offers];
      return;
    }
  }
}

static void
schedule (P2pWorld * w, P2pNode * n, P2pTime delay)
{
  P2pCaller *c = &n->caller;

  c->announce_at = w->sim.now + delay + w->config.rendezvous;
  p2p_sim_at (&w->sim, c->announce_at, EV_ANNOUNCE, n->index, 0, 0, NULL);
}

static void
make_offers (P2pWorld * w, P2pNode * n, unsigned count)
{
  P2pCaller *c = &n->caller;
  unsigned out = outstanding (w, n);

  for (; count > 0 && out < P2P_CALLER_OFFERS; count--, out++) {
    c->offer[out].serial = ++c->n_made;
    c->offer[out].at = w->sim.now;
    c->offer[out].said = false;
    c->offer[out].intro = describe (n);
  }
  c->n_offers = out;
  schedule (w, n, 0);
}

void
p2p_rendezvous_want (P2pWorld * w, P2pNode * n, unsigned count)
{
  P2pCaller *c = &n->caller;
  unsigned out = outstanding (w, n);

  if (n->spec.role == P2P_ROLE_SOURCE && c->members_known <= 1)
    return;
  if (count > out)
    make_offers (w, n, count - out < MAX_OFFERS ? count - out : MAX_OFFERS);
  else if (c->announce_at == P2P_TIME_NEVER)
    schedule (w, n, ANNOUNCE_EARLY);
}

void
p2p_rendezvous_kick (P2pWorld * w, P2pNode * n)
{
  unsigned out = outstanding (w, n);

  if (out < FIRST_OFFERS)
    make_offers (w, n, FIRST_OFFERS - out);
  else
    schedule (w, n, 0);
}

/* ---- what goes to the tracker ---- */

void
p2p_rendezvous_join (P2pWorld * w, P2pNode * n)
{
  P2pCaller *c = &n->caller;

  memset (c, 0, sizeof *c);
  c->conn = p2p_tracker_connect (tracker (w), n, n->spec.prefix, w->sim.now);
  if (c->conn == NULL)
    abort ();
  c->said_room = true;
  c->announce_at = P2P_TIME_NEVER;
  if (n->spec.role == P2P_ROLE_SOURCE)
    schedule (w, n, 0);
  else
    make_offers (w, n, FIRST_OFFERS);
}

void
p2p_rendezvous_gone (P2pWorld * w, P2pNode * n)
{
  if (n->caller.conn)
    p2p_tracker_disconnect (w->tracker, n->caller.conn);
  n->caller.conn = NULL;
}

static void
say (P2pWorld * w, P2pNode * n, P2pTrackerAnnounce * a, P2pTrackerReply * reply)
{
  a->info_hash = swarm_hash (w);
  a->peer_id = member_id (n);
  a->complete = n->spec.role == P2P_ROLE_SOURCE;
  a->event = P2P_TRACKER_UPDATE;
  if (p2p_tracker_announce (w->tracker, n->caller.conn, a, w->sim.now,
          reply) != P2P_OK)
    abort ();
  n->caller.members_known = reply->complete + reply->incomplete;
  p2p_trace (w, n, "announces %u offers, room for %u: %u introductions",
      a->n_offers, a->intro.version ? a->intro.free_slots : 0, reply->n);
  p2p_node_enter (n);
  p2p_swarm_set_member_count (n->swarm, n->caller.members_known);
  p2p_swarm_set_rate_hint (n->swarm, reply->rate_kbps * 1000,
      p2p_node_now (w, n));
  p2p_node_left (w, n);
}

/* Room was found or lost: said at once, but not too often. */
void
p2p_rendezvous_room (P2pWorld * w, P2pNode * n)
{
  P2pCaller *c = &n->caller;
  P2pTrackerAnnounce a = { 0 };
  P2pTrackerReply reply;

  if (w->sim.now - c->described_at < DESCRIBE_MIN || !is_reachable (w, n))
    return;
  c->described_at = w->sim.now;
  a.intro = describe (n);
  if ((a.intro.free_slots > 0) == c->said_room)
    return;
  c->said_room = a.intro.free_slots > 0;
  say (w, n, &a, &reply);
}

void
p2p_rendezvous_announce (P2pWorld * w, P2pNode * n, P2pTime when)
{
  P2pTrackerId ids[MAX_OFFERS];
  uint32_t serials[MAX_OFFERS];
  P2pTrackerAnnounce a = { 0 };
  P2pTrackerReply reply;
  P2pCaller *c = &n->caller;

  if (c->announce_at != when || n->state == P2P_NODE_GONE)
    return;
  c->announce_at = P2P_TIME_NEVER;
  if (!is_reachable (w, n)) {
    schedule (w, n, ANNOUNCE_EARLY);
    return;
  }
  p2p_intro_init (&a.intro);
  for (unsigned i = 0; i < c->n_offers && a.n_offers < MAX_OFFERS; i++) {
    if (c->offer[i].said)
      continue;
    if (a.n_offers == 0)
      a.intro = c->offer[i].intro;
    c->offer[i].said = true;
    c->offer[i].at = w->sim.now;
    serials[a.n_offers] = c->offer[i].serial;
    ids[a.n_offers++] = offer_id (n, c->offer[i].serial);
  }
  a.offer_ids = ids;
  say (w, n, &a, &reply);
  for (uint32_t i = 0; i < reply.n; i++)
    p2p_host_introduced (w, n, p2p_tracker_conn_host (reply.intro[i].to),
        serials[reply.intro[i].offer]);
  if (c->announce_at == P2P_TIME_NEVER)
    schedule (w, n, n->n_links == 0 && n->index > 0 ? ANNOUNCE_EARLY :
        ANNOUNCE_EVERY);
}

/* m answers, and says at once how much room it has. */
void
p2p_rendezvous_answer (P2pWorld * w, P2pNode * m, P2pNode * n, uint32_t serial)
{
  P2pTrackerId hash = swarm_hash (w), from = member_id (m), to = member_id (n);
  P2pTrackerId id = offer_id (n, serial);
  P2pIntro intro;
  P2pTrackerConn *conn;

  p2p_rendezvous_answered (n, serial);
  if (!is_reachable (w, m))
    return;
  intro = describe (m);
  p2p_trace (w, m, "answers, room for %u", intro.free_slots);
  p2p_tracker_answer (w->tracker, m->caller.conn, &hash, &from, &to, &id,
      &intro, w->sim.now, &conn);
}
