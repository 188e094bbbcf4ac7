/* gst-plugins-p2p
 *
 * This library is free software; you can redistribute it and/or
 * modify it under the terms of the GNU Lesser General Public
 * License as published by the Free Software Foundation; either
 * version 2.1 of the License, or (at your option) any later version.
 */
/* p2pneighbours.c: which neighbours a member has.
 *
 * Of one address prefix no more than a quarter: who has one address of a /24 may
 * have them all, and a member whose neighbours are all one's sees what that one
 * likes.
 *
 * Of the others some are near, some strong, some neither: now and then one that is
 * of no use is let go, and one is sought that may be nearer (neighbours of near
 * ones), stronger (as PEERS tells), or anybody. A source keeps the strong, for
 * what hangs below the weak is deep.
 */
#include "p2pswarmpriv.h"

#include <string.h>

#define PREFIX_SHARE 4          /* a quarter of the places (the "25 %" of the swarm
                                 * reference, 7.2), */
#define PREFIX_LEAST 2          /* but two: many live behind one carrier's NAT */

#define SUPER_AGE_US P2P_SEC (120)      /* swarm reference, 7.10 */
#define SUPER_EIGHTHS 24        /* three streams */
#define SUPER_REACHED_PERCENT 80        /* of the links that were begun */
#define MIX_VIDEO_US P2P_SEC (15)       /* swarm reference, 7.2 */
#define MIX_AUDIO_US P2P_SEC (60)       /* a set-up is 0.2 s of a radio's stream */
#define MIX_YOUNG_US P2P_SEC (30)       /* a neighbour has had its chance */
#define MUTE_US P2P_SEC (15)    /* more than the 12 s after which a silent link ends */
enum
{ MIX_STRONG, MIX_NEAR, MIX_ANY, MIX_TURNS };

unsigned
p2p_prefix_limit (const P2pSwarm * self)
{
  unsigned limit = p2p_max_neighbours (self) / PREFIX_SHARE;

  return limit > PREFIX_LEAST ? limit : PREFIX_LEAST;
}

/* Links of that prefix, and those under way. Who is lost or leaves holds no place. */
static unsigned
count_prefix (const P2pSwarm * self, uint32_t prefix, P2pLinkId except)
{
  unsigned n = 0;

  for (uint32_t i = 0; i < self->n_peers; i++) {
    const P2pPeer *p = self->peers[i];

    n += p->info.prefix == prefix && !p->dropped
        && !p2p_peer_yields_place (self, p);
  }
  for (uint32_t i = 0; i < self->n_set_ups; i++)
    n += self->set_up[i].prefix == prefix && self->set_up[i].link != except;
  return n;
}

bool
p2p_swarm_prefix_has_room (const P2pSwarm * self, uint32_t prefix)
{
  return prefix == 0 || count_prefix (self, prefix, 0)
      < p2p_prefix_limit (self);
}

/* A link is up: its prefix is known now, not only what was said of it. The one it
 * takes the place of, when that is lost, goes: it could come back. */
bool
p2p_prefix_admit (P2pSwarm * self, P2pLinkId link, uint32_t prefix)
{
  unsigned limit = p2p_prefix_limit (self), taken = 0;
  P2pPeer *lost = NULL;

  if (prefix == 0)
    return true;
  if (count_prefix (self, prefix, link) >= limit) {
    self->stats.links_refused_prefix++;
    return false;
  }
  for (uint32_t i = 0; i < self->n_peers; i++) {
    P2pPeer *p = self->peers[i];

    if (p->info.prefix != prefix || p->dropped)
      continue;
    taken++;
    if (p2p_peer_yields_place (self, p)
        && (!lost || p->last_heard < lost->last_heard))
      lost = p;
  }
  if (lost && taken >= limit)
    p2p_peer_drop (self, lost, false, 0);
  return true;
}

/* Percent of the neighbours that have the commonest prefix. */
uint32_t
p2p_prefix_share (const P2pSwarm * self)
{
  unsigned most = 0;

  for (uint32_t i = 0; i < self->n_peers; i++) {
    unsigned n = 0;

    for (uint32_t j = i; self->peers[i]->info.prefix && j < self->n_peers; j++)
      n += self->peers[j]->info.prefix == self->peers[i]->info.prefix;
    if (n > most)
      most = n;
  }
  return self->n_peers ? most * 100 / self->n_peers : 0;
}

/* ---- super-peers ---- */

/* Old, strong, and found by those who look for it: the numbers of the swarm
 * reference, 7.10. Once it is one it stays so until it has less than two thirds. */
void
p2p_super_tick (P2pSwarm * self)
{
  uint32_t tried = self->links_made + self->links_failed;
  unsigned least = self->super ? SUPER_EIGHTHS * 2 / 3 : SUPER_EIGHTHS;

  self->super = !self->source && !self->leaf
      && p2p_own_capacity (self) >= least
      && self->now - self->created >= SUPER_AGE_US
      && self->links_made * 100 >= tried * SUPER_REACHED_PERCENT;
}

/* ---- whom we name ---- */

typedef struct
{
  const P2pPeer *p;
  uint32_t rank;
} Named;

/* PEERS, from 512 kbit/s on: more room and super-peers first, and chance makes that
 * not all are sent to the same one. REDIRECT names children of ours, the oldest
 * first: in any other order evicted children spread over those that are full in a
 * moment (lag p99 of 100 members 662 ms with room first, 719 by chance, 617 so). */
static uint32_t
rank_named (P2pSwarm * self, const P2pPeer * p)
{
  uint32_t room = p->free_slots < 15 ? p->free_slots : 15;

  if (room && p->role == P2P_ROLE_SUPER)
    room += 8;

  return room * 16 + p2p_random_range (&self->random, room ? 64 : 16);
}

static void
put_record (const P2pSwarm * self, P2pPeerRecord * r, const P2pPeer * c)
{
  memset (r, 0, sizeof *r);
  r->peer = c->info.peer_id;
  r->capacity = c->capacity;
  r->free_slots = c->free_slots;
  r->role = c->role;
  r->lag_4ms = c->lag_4ms[0];
  r->age_s = (uint16_t) ((self->now - c->since) / P2P_SEC (1));
}

void
p2p_fill_candidates (P2pSwarm * self, P2pPeerList * list,
    const P2pPeer * except)
{
  unsigned most = self->cap_bps ? 4 : 8, n = 0; /* 39 bytes each */
  Named named[8];

  most -= list->n;

  for (uint32_t i = 0; i < self->n_peers; i++) {
    const P2pPeer *c = self->peers[i];
    Named one = { c, 0 };
    unsigned at;

    if (c == except || !p2p_peer_usable (self, c) || c->suspect || c->stuck
        || c->role == P2P_ROLE_LEAF || c->capacity == 0)
      continue;
    if (list->mask && !(c->child_mask & ~c->evict_mask & list->mask))
      continue;
    one.rank = list->mask || !p2p_parents_eager (self) ? 0 :
        rank_named (self, c);
    for (at = n; at > 0 && named[at - 1].rank < one.rank; at--) {
      if (at < most)
        named[at] = named[at - 1];
    }
    if (at < most)
      named[at] = one;
    n += n < most;
  }
  for (unsigned i = 0; i < n; i++)
    put_record (self, &list->peers[list->n++], named[i].p);
}

/* ---- the mix ---- */

/* Of all neighbours so many are nearer, or have more to give. */
static void
rank (const P2pSwarm * self, const P2pPeer * p, unsigned *nearer,
    unsigned *stronger)
{
  *nearer = *stronger = 0;
  for (uint32_t i = 0; i < self->n_peers; i++) {
    const P2pPeer *q = self->peers[i];

    if (!q->up || q->dropped || q == p)
      continue;
    *nearer += p2p_peer_rtt (q) < p2p_peer_rtt (p);
    *stronger += q->capacity > p->capacity
        || (q->capacity == p->capacity && q->free_slots > p->free_slots);
  }
}

static bool
is_used (const P2pSwarm * self, const P2pPeer * p)
{
  return !p->up || p->dropped || p->child_mask || p->role == P2P_ROLE_SOURCE
      || self->now - p->since < MIX_YOUNG_US || p2p_parents_has (self, p);
}

/* Neither near nor strong, and more of that kind are there than chance should
 * have: the one that is both furthest and weakest. */
static P2pPeer *
dispensable (const P2pSwarm * self, unsigned target)
{
  unsigned most = 0, others = 0;
  P2pPeer *worst = NULL;

  for (uint32_t i = 0; i < self->n_peers; i++) {
    P2pPeer *p = self->peers[i];
    unsigned nearer, stronger;

    if (!p->up || p->dropped)
      continue;
    rank (self, p, &nearer, &stronger);
    if (nearer < target * 2 / 5 || stronger < target * 2 / 5)
      continue;
    others++;
    if (!is_used (self, p) && (!worst || nearer + stronger > most)) {
      worst = p;
      most = nearer + stronger;
    }
  }
  return others > target / 5 ? worst : NULL;
}

/* A source's: who takes nothing and could pass on the least. */
static P2pPeer *
weakest_idle (const P2pSwarm * self)
{
  P2pPeer *worst = NULL;

  for (uint32_t i = 0; i < self->n_peers; i++) {
    P2pPeer *p = self->peers[i];

    if (!is_used (self, p) && (!worst || p->capacity < worst->capacity))
      worst = p;
  }
  return worst;
}

/* A candidate's merit for the turn, 0 = none. */
static uint32_t
merit (P2pSwarm * self, const P2pCandidate * c, unsigned turn)
{
  const P2pPeer *via = p2p_peer_find (self, c->via);

  if (c->record.role == P2P_ROLE_SOURCE || c->record.role == P2P_ROLE_LEAF
      || !via)
    return 0;
  switch (turn) {
    case MIX_STRONG:
      return c->record.free_slots == 0 ? 0 : c->record.capacity
          + (c->record.role == P2P_ROLE_SUPER ? 256u : 0);
    case MIX_NEAR:
      return (uint32_t) (P2P_SEC (10) / (p2p_peer_rtt (via) + 1000)) + 1;
    default:
      return 1 + p2p_random_range (&self->random, 1000);
  }
}

static P2pCandidate *
best_candidate (P2pSwarm * self, unsigned turn)
{
  P2pCandidate *best = NULL;
  uint32_t most = 0;

  for (uint32_t i = 0; i < self->n_candidates; i++) {
    P2pCandidate *c = &self->candidate[i];
    uint32_t m = p2p_candidate_usable (self, c) ? merit (self, c, turn) : 0;

    if (m > most) {
      most = m;
      best = c;
    }
  }
  return best;
}

/* The source: somebody much stronger in place of the weakest that takes nothing. Not
 * below 512 kbit/s, where a link set up and a root that moves cost more than a hop. */
static void
mix_source (P2pSwarm * self)
{
  P2pCandidate *c = best_candidate (self, MIX_STRONG);
  P2pPeer *worst = weakest_idle (self);

  if (!c || !worst || c->record.capacity * 3u < worst->capacity * 5u)
    return;
  if (p2p_peer_places (self) <= self->n_set_ups + 1)
    p2p_peer_drop (self, worst, false, 0);
  else
    p2p_candidate_connect (self, c);
}

static bool
is_well_fed (const P2pSwarm * self)
{
  for (unsigned s = 0; s < self->k; s++) {
    if (!self->sub[s].parent || self->sub[s].pending
        || !p2p_parents_fresh (self, s))
      return false;
  }
  return self->joined;
}

static void
mix_listener (P2pSwarm * self)
{
  unsigned target = p2p_target_neighbours (self), keep = target + target / 4;
  P2pCandidate *c;
  P2pPeer *worst;

  if (!is_well_fed (self))
    return;
  if (self->n_peers > keep) {
    worst = dispensable (self, target);
    if (!worst)
      return;
    self->stats.neighbours_swapped++;
    p2p_peer_drop (self, worst, false, 0);
  }
  if (p2p_peer_places (self) <= self->n_set_ups)
    return;
  c = best_candidate (self, self->mix_turn);
  self->mix_turn = (self->mix_turn + 1) % MIX_TURNS;
  if (c)
    p2p_candidate_connect (self, c);
}

/* A link that lives and says nothing would hold a place for ever, and be in the way
 * of a better one to the same peer. */
static void
drop_mute (P2pSwarm * self)
{
  for (uint32_t i = 0; i < self->n_peers; i++) {
    P2pPeer *p = self->peers[i];

    if (!p->up && !p->dropped && self->now - p->since >= MUTE_US)
      p2p_peer_drop (self, p, false, 0);
  }
}

void
p2p_neighbours_tick (P2pSwarm * self)
{
  P2pTime period = p2p_parents_eager (self) ? MIX_VIDEO_US : MIX_AUDIO_US;

  drop_mute (self);
  p2p_super_tick (self);
  if (self->now < self->mix_at || self->k == 0)
    return;
  if (self->source)
    period /= 2;
  if (self->mix_at > 0 && !self->leaf && !self->ended && self->n_set_ups == 0
      && !p2p_push_backlogged (self)
      && p2p_bucket_has_room_for_link (self, CONNECT_COST)) {
    if (self->source && p2p_parents_eager (self))
      mix_source (self);
    else if (!self->source)
      mix_listener (self);
  }
  self->mix_at = self->now + period / 2
      + (P2pTime) p2p_random_range (&self->random, (uint32_t) period);
}
