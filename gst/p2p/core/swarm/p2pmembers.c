/* gst-plugins-p2p
 *
 * This library is free software; you can redistribute it and/or
 * modify it under the terms of the GNU Lesser General Public
 * License as published by the Free Software Foundation; either
 * version 2.1 of the License, or (at your option) any later version.
 */
/* p2pmembers.c: whom we know: introductions, peer exchange, carried signalling.
 *
 * Fewer neighbours than wanted: first a member that a neighbour told us of
 * (CONNECT, the offer goes through that neighbour), else the rendezvous
 * (WANT_LINKS: two at once, eight when it is said to be video; the rest after the
 * first link, when all of them are refused or after 300 ms, then again after 2, 5,
 * 15 ... s; every 1.5 s while nothing arrives).
 */
#include "p2pswarmpriv.h"

#include <stdlib.h>
#include <string.h>

#define FIRST_WANT 2
#define FIRST_WANT_VIDEO 8      /* each sends a part of what a newcomer catches up with */
#define REST_AFTER_US P2P_MSEC (300)
#define STARVED_US P2P_MSEC (1500)
#define TRY_AGAIN_US P2P_SEC (20)       /* the same candidate */
#define LOSSES_EVERY_US P2P_SEC (2)
#define CANDIDATE_AGE_US P2P_SEC (90)
#define SIGNAL_TTL 3
#define MAX_SDP_PART 8192
#define COUNT_AGE_US P2P_SEC (10)
#define NEWCOMERS_US P2P_SEC (30)       /* they find a source themselves, and cost it enough */
#define CALM_US P2P_SEC (6)     /* a link is set up at a source's leisure */
#define HUNGRY_US P2P_SEC (5)   /* churn repairs itself before */
#define USELESS_US P2P_SEC (4)  /* a link has had its chance */
#define ROOM_EVERY_US P2P_SEC (2)       /* doubles twice */
#define MORE_LINKS 2            /* than wanted, before one is replaced */
#define PEERS_COST 300          /* bytes, four members and the packet */

void
p2p_signal_object_free (P2pSignalObject * s)
{
  if (s)
    free (s->data);
  free (s);
}

static P2pCandidate *
find_candidate (P2pSwarm * self, const P2pPeerId * id)
{
  for (uint32_t i = 0; i < self->n_candidates; i++) {
    if (p2p_peer_id_equal (&self->candidate[i].record.peer, id))
      return &self->candidate[i];
  }
  return NULL;
}

/* Of one neighbour a quarter at most: it can't have us forget whom others named. */
static P2pCandidate *
new_candidate (P2pSwarm * self, P2pLinkId via)
{
  P2pCandidate *oldest = NULL, *oldest_via = NULL;
  unsigned n = 0;

  for (uint32_t i = 0; i < self->n_candidates; i++) {
    P2pCandidate *c = &self->candidate[i];

    if (!oldest || c->seen < oldest->seen)
      oldest = c;
    if (c->via != via)
      continue;
    n++;
    if (!oldest_via || c->seen < oldest_via->seen)
      oldest_via = c;
  }
  if (n >= MAX_CANDIDATES / 4)
    return oldest_via;
  return self->n_candidates < MAX_CANDIDATES ?
      &self->candidate[self->n_candidates++] : oldest;
}

void
p2p_members_receive (P2pSwarm * self, P2pPeer * p, const P2pPeerList * m)
{
  for (unsigned i = 0; i < m->n && i < P2P_MAX_PEER_RECORDS; i++) {
    const P2pPeerRecord *r = &m->peers[i];
    P2pCandidate *c;

    if (p2p_peer_id_equal (&r->peer, &self->config.peer_id)
        || p2p_peer_by_id (self, &r->peer))
      continue;
    c = find_candidate (self, &r->peer);
    if (!c) {
      c = new_candidate (self, p->link);
      c->tried = P2P_TIME_NONE;
    }
    c->record = *r;
    c->via = p->link;
    c->seen = self->now;
  }
}

bool
p2p_candidate_usable (const P2pSwarm * self, const P2pCandidate * c)
{
  const P2pPeer *via = p2p_peer_find (self, c->via);

  return via && via->up && !via->dropped && !via->suspect
      && self->now - c->seen <= CANDIDATE_AGE_US
      && (c->tried == P2P_TIME_NONE || self->now - c->tried >= TRY_AGAIN_US)
      && !p2p_peer_by_id (self, &c->record.peer);
}

void
p2p_candidate_connect (P2pSwarm * self, P2pCandidate * c)
{
  P2pAction *a = p2p_action_add (self, P2P_ACTION_CONNECT, c->via);

  c->tried = self->now;
  if (a) {
    a->u.connect.peer = c->record.peer;
    a->u.connect.session = ++self->signal_counter;
  }
}

/* room: only one with free slots. */
static bool
connect_candidate (P2pSwarm * self, bool room)
{
  P2pCandidate *best = NULL;

  for (uint32_t i = 0; i < self->n_candidates; i++) {
    P2pCandidate *c = &self->candidate[i];

    if (!p2p_candidate_usable (self, c) || (room && c->record.free_slots == 0))
      continue;
    if (!best || c->record.free_slots > best->record.free_slots)
      best = c;
  }
  if (best)
    p2p_candidate_connect (self, best);
  return best != NULL;
}

static void
want (P2pSwarm * self, unsigned count)
{
  P2pAction *a = p2p_action_add (self, P2P_ACTION_WANT_LINKS, 0);

  if (a)
    a->u.want.count = (uint16_t) count;
}

static bool
is_starved (const P2pSwarm * self)
{
  return !self->source && !self->ended
      && (self->n_peers == 0 || self->window.end == self->window.base
      || self->now - self->edge_moved > STARVED_US);
}

static P2pTime
next_want (P2pSwarm * self, bool enough)
{
  static const uint8_t after_s[] = { 2, 5, 10, 15, 30 };
  unsigned i = self->wants < sizeof after_s ? self->wants : sizeof after_s - 1;

  if (is_starved (self))
    return STARVED_US;
  /* a root for each sub-stream: one that falls must not take all with it */
  if (enough || (self->source && p2p_live_neighbours (self, true) < self->k))
    return P2P_SEC (5);
  return P2P_SEC (after_s[i]);
}

/* There is nobody else, as the rendezvous said. It told a source before anybody had
 * come. */
static bool
knows_all (const P2pSwarm * self, unsigned live)
{
  return self->members && live + 1 >= self->members && (!self->source
      || self->now - self->members_at < COUNT_AGE_US
      || self->now - self->created < NEWCOMERS_US);
}

/* Few members have little to spare for a crowd, and all of it is asked of the same. */
static unsigned
first_want (const P2pSwarm * self)
{
  return self->rate_hint >= AUDIO_BPS && (self->members == 0
      || self->members >= 2 * FIRST_WANT_VIDEO) ? FIRST_WANT_VIDEO : FIRST_WANT;
}

/* Asks for what is missing; want_at is the next time. */
static void
look_for_links (P2pSwarm * self)
{
  /* others will ask for us: with two thirds of our own seeking each has 4/3 of
   * the target, and room for newcomers */
  unsigned target = (p2p_target_neighbours (self) * 2 + 2) / 3;
  unsigned max = p2p_max_neighbours (self), missing;
  unsigned n = p2p_live_neighbours (self, self->source);
  bool enough = n >= target
      || knows_all (self, p2p_live_neighbours (self, true));

  if (is_starved (self) && n >= target && n < max)
    target = n + 1;             /* the ones we have bring nothing */
  missing = n < target ? target - n : 0;
  if (missing > p2p_peer_places (self))
    missing = p2p_peer_places (self);
  if (missing == 0 || (enough && !is_starved (self))
      || (n > 0 && self->now - self->replaced_at < CALM_US)) {
    self->want_at = self->now + P2P_SEC (5);
    return;
  }
  if (self->wants == 0) {
    want (self, missing < first_want (self) ? missing : first_want (self));
    self->want_at = self->now + REST_AFTER_US;
  } else {
    unsigned count = missing;

    if (self->wants > 1 && count > 1
        && p2p_bucket_has_room_for_link (self, CONNECT_COST)
        && connect_candidate (self, false))
      count--;
    want (self, count < 8 ? count : 8);
    self->want_at = self->now + next_want (self, enough);
  }
  self->wants++;
}

/* A sub-stream has had nobody for long enough: whom we know has no place. */
static bool
is_hungry (const P2pSwarm * self)
{
  for (unsigned s = 0; s < self->k; s++) {
    const P2pSubstream *sub = &self->sub[s];

    if ((!sub->parent && self->now - sub->orphan_since >= HUNGRY_US)
        || (sub->parent && !p2p_parents_fresh (self, s)
            && self->now - sub->moved_at >= HUNGRY_US))
      return true;
  }
  return false;
}

/* Who neither feeds us nor is fed, and has no place to offer. */
static P2pPeer *
most_useless (const P2pSwarm * self)
{
  P2pPeer *worst = NULL;

  for (uint32_t i = 0; i < self->n_peers; i++) {
    P2pPeer *p = self->peers[i];

    if (!p->up || p->dropped || p->child_mask || p->role == P2P_ROLE_SOURCE
        || (p->free_slots > 0 && !p->suspect)
        || self->now - p->since < USELESS_US || p2p_parents_has (self, p))
      continue;
    if (!worst || p->capacity < worst->capacity)
      worst = p;
  }
  return worst;
}

/* Other neighbours, one at a time, until one has a place for what is missing:
 * where upload is scarce those who have some are few. */
static void
look_for_room (P2pSwarm * self)
{
  unsigned links = p2p_target_neighbours (self);
  P2pPeer *useless;

  if (self->source || self->now < self->room_at || self->ended
      || self->window.end == self->window.base)
    return;
  self->hungry = is_hungry (self);
  if (!self->hungry) {
    self->room_tries = 0;
    return;
  }
  if (p2p_parents_eager (self)
      && !p2p_bucket_has_room_for_link (self, CONNECT_COST))
    return;
  if (self->n_peers + self->n_set_ups >= links + MORE_LINKS
      || p2p_peer_places (self) == 0) {
    useless = most_useless (self);
    if (useless)
      p2p_peer_drop (self, useless, false, 0);
    else if (p2p_peer_places (self) == 0)
      return;
  }
  if (!p2p_bucket_has_room_for_link (self, CONNECT_COST)
      || !connect_candidate (self, true))
    want (self, 1);
  self->room_at = self->now + (ROOM_EVERY_US << self->room_tries)
      + P2P_MSEC (p2p_random_range (&self->random, 1000));
  if (self->room_tries < 2)
    self->room_tries++;
}

static void
send_peers (P2pSwarm * self, P2pPeer * p)
{
  P2pPeerList list;
  P2pWriter w;

  memset (&list, 0, sizeof list);
  p2p_fill_candidates (self, &list, p);
  if (list.n == 0 || !p2p_frame_begin (self, p, 1024, &w))
    return;
  p2p_wire_put_peer_list (&w, P2P_MSG_PEERS, &list);
  p2p_frame_commit (self, p, &w, P2P_STREAM_CONTROL, NO_BODY);
}

/* One neighbour a round, so that the cost per second stays the same. */
static void
exchange (P2pSwarm * self)
{
  P2pTime period = p2p_stream_bps (self) < AUDIO_BPS ? PEERS_AUDIO_US :
      PEERS_VIDEO_US, next = FOREVER;

  if (self->now < self->exchange_at)
    return;
  for (uint32_t i = 0; i < self->n_peers; i++) {
    P2pPeer *p = self->peers[i];

    next = p2p_min_time (next, p->peers_due);
    if (!p->up || p->dropped || p->peers_due > self->now)
      continue;
    if (p2p_push_backlogged (self)
        || !p2p_bucket_has_room (self, PEERS_COST))
      return;
    send_peers (self, p);
    p->peers_due = self->now + period * (P2pTime) self->n_peers
        + P2P_MSEC (p2p_random_range (&self->random, 2000));
    return;
  }
  self->exchange_at = next;     /* of nobody before */
}

/* Many fell at once: their links are there for ten seconds more, but others
 * are needed now. */
bool
p2p_members_bereft (const P2pSwarm * self)
{
  unsigned target = (p2p_target_neighbours (self) * 2 + 2) / 3;
  unsigned live = p2p_live_neighbours (self, true);

  return live < self->n_peers && live * 4 < target * 3;
}

static void
notice_losses (P2pSwarm * self)
{
  if (self->want_at <= self->now + P2P_SEC (1)
      || self->now - self->losses_at < LOSSES_EVERY_US
      || !p2p_members_bereft (self))
    return;
  self->losses_at = self->now;
  self->wants = 2;
  self->want_at = self->now;
}

/* A link has become stuck. */
void
p2p_members_lost (P2pSwarm * self)
{
  if (!self->leaving)
    notice_losses (self);
}

void
p2p_members_tick (P2pSwarm * self)
{
  if (self->leaving)
    return;
  notice_losses (self);
  if (self->now >= self->want_at)
    look_for_links (self);
  if (self->leaf)
    look_for_room (self);
  p2p_neighbours_tick (self);
  exchange (self);
}

void
p2p_swarm_set_member_count (P2pSwarm * self, uint32_t members)
{
  self->members = members;
  self->members_at = self->now;
}

void
p2p_swarm_set_rate_hint (P2pSwarm * self, uint32_t bps, P2pTime now)
{
  unsigned before = first_want (self);

  if (bps <= self->rate_hint || self->source)
    return;
  self->rate_hint = bps;
  if (first_want (self) <= before || self->wants != 1 || self->n_peers > 0
      || self->leaving)
    return;
  p2p_swarm_begin (self, now);
  want (self, first_want (self));
  p2p_swarm_settle (self);
}

/* Of the first offers none is left to wait for. */
static bool
is_last_of_first (P2pSwarm * self)
{
  return self->wants == 1 && self->n_peers == 0
      && ++self->first_refused == first_want (self);
}

void
p2p_swarm_connect_failed (P2pSwarm * self, const P2pPeerId * peer, P2pTime now)
{
  P2pCandidate *c;

  p2p_swarm_begin (self, now);
  c = peer ? find_candidate (self, peer) : NULL;
  if (c)
    c->tried = now + P2P_SEC (40);      /* a minute until the next try */
  self->want_at = p2p_min_time (self->want_at,
      peer || is_last_of_first (self) ? now : now + REST_AFTER_US);
  p2p_swarm_settle (self);
}

/* ---- signalling through neighbours ---- */

static void
forward (P2pSwarm * self, P2pPeer * to, const P2pSignalPart * m)
{
  P2pWriter w;

  if (!to->up || !p2p_frame_begin (self, to, m->part.len + 160u, &w))
    return;
  p2p_wire_put_signal (&w, m);
  p2p_frame_commit (self, to, &w, P2P_STREAM_CONTROL, NO_BODY);
}

static void
emit_signal (P2pSwarm * self, P2pPeer * p, P2pSignalObject * s)
{
  P2pAction *a = p2p_action_add (self, P2P_ACTION_SIGNAL, p->link);

  if (!a)
    return;
  a->u.signal.from = s->from;
  a->u.signal.kind = s->kind;
  a->u.signal.session = s->session;
  a->u.signal.len = s->total;
  p2p_action_set_bytes (self, a, s->data, s->total);
}

static P2pSignalObject *
new_signal (const P2pSignalPart * m)
{
  P2pSignalObject *s = calloc (1, sizeof *s);

  if (!s)
    return NULL;
  s->data = malloc (m->part.total ? m->part.total : 1);
  if (!s->data) {
    free (s);
    return NULL;
  }
  s->from = m->from;
  s->kind = m->kind;
  s->session = m->session;
  s->id = m->part.id;
  s->total = m->part.total;
  return s;
}

static void
assemble (P2pSwarm * self, P2pPeer * p, const P2pSignalPart * m)
{
  P2pSignalObject *s = p->signal;

  if (m->part.total > P2P_MAX_SDP)
    return;
  if (s && (s->id != m->part.id || s->session != m->session
          || s->kind != m->kind || s->total != m->part.total
          || s->have != m->part.offset
          || !p2p_peer_id_equal (&s->from, &m->from))) {
    p2p_signal_object_free (s);
    s = p->signal = NULL;
  }
  if (!s) {
    if (m->part.offset != 0 || !(s = p->signal = new_signal (m)))
      return;
  }
  if (m->part.len > s->total - s->have)
    return;
  if (m->part.len > 0)
    memcpy (s->data + s->have, m->part.data, m->part.len);
  s->have += m->part.len;
  if (s->have < s->total)
    return;
  p->signal = NULL;
  emit_signal (self, p, s);
  p2p_signal_object_free (s);
}

void
p2p_members_signal (P2pSwarm * self, P2pPeer * p, const P2pSignalPart * m)
{
  P2pSignalPart copy = *m;
  P2pPeer *to;

  if (p2p_peer_id_equal (&m->to, &self->config.peer_id)) {
    assemble (self, p, m);
    return;
  }
  to = p2p_peer_by_id (self, &m->to);
  if (!to || to == p || m->ttl <= 1
      || !p2p_bucket_has_room (self, p2p_wire_cost (m->part.len + 160u)))
    return;
  copy.ttl--;
  forward (self, to, &copy);
}

P2pResult
p2p_swarm_send_signal (P2pSwarm * self, const P2pPeerId * to, P2pLinkId via,
    uint8_t kind, uint32_t session, const uint8_t * sdp, uint32_t len,
    P2pTime now)
{
  P2pPeer *p = p2p_peer_find (self, via);
  P2pSignalPart m;
  uint32_t offset = 0;

  if (len > P2P_MAX_SDP)
    return P2P_INVALID;
  p2p_swarm_begin (self, now);
  if (!p && via == 0) {
    P2pCandidate *c = find_candidate (self, to);

    p = p2p_peer_by_id (self, to);
    if (!p && c)
      p = p2p_peer_find (self, c->via);
  }
  if (!p || !p->up)
    return P2P_NOT_FOUND;
  memset (&m, 0, sizeof m);
  m.to = *to;
  m.from = self->config.peer_id;
  m.kind = kind;
  m.ttl = SIGNAL_TTL;
  m.session = session;
  m.part.id = ++self->signal_counter;
  m.part.total = len;
  do {
    m.part.offset = offset;
    m.part.data = sdp + offset;
    m.part.len = (uint16_t) (len - offset < MAX_SDP_PART ? len - offset :
        MAX_SDP_PART);
    forward (self, p, &m);
    offset += m.part.len;
  } while (offset < len);
  p2p_swarm_settle (self);
  return P2P_OK;
}
