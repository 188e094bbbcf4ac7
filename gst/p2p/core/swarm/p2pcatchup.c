/* gst-plugins-p2p
 *
 * This library is free software; you can redistribute it and/or
 * modify it under the terms of the GNU Lesser General Public
 * License as published by the Free Software Foundation; either
 * version 2.1 of the License, or (at your option) any later version.
 */
/* p2pcatchup.c: at video rates, what is there before a newcomer's parents push.
 *
 * From the first map on it is asked of all neighbours, each for a part: for no more
 * than it sends in ANSWERS_US by the upload that it says is free, later by the pace
 * of its answers. The newest first: pushes go on where it ends, so that it is a run
 * of media from the first second on. After CATCH_UP_US what is still missing is
 * p2ppull.c's.
 */
#include "p2pcatchup.h"

#define CATCH_UP_US P2P_SEC (3)
#define ANSWERS_US P2P_MSEC (120)
#define AGAIN_US P2P_MSEC (60)  /* and a round trip, and half of the answer time */
#define LOOK_US P2P_MSEC (30)   /* nobody has room: until one has */
#define MAX_SPAN 512            /* chunks that are looked at */
#define MIN_BACK 256            /* kept before the newest one */
#define PACED 2                 /* so many answers tell more than a promise */
#define RANK_SOURCE_US P2P_SEC (3)      /* if nobody else has it */

static bool
may_answer (const P2pSwarm * self, const P2pPeer * p)
{
  return p2p_peer_usable (self, p) && p->has_map && !p->suspect && !p->choked
      && p->role != P2P_ROLE_LEAF && !p2p_peer_is_tight (p);
}

static void
begin (P2pSwarm * self)
{
  p2p_playout_set_target (self);
  if (self->join_target == NO_CHUNK)
    return;
  self->catchup_since = self->now;
  self->catchup_to = 0;
  for (uint32_t i = 0; i < self->n_peers; i++) {
    P2pPeer *p = self->peers[i];

    p->asked_since = P2P_TIME_NONE;
    p->answered = 0;
    if (p2p_peer_usable (self, p) && p->has_map && p->newest > self->catchup_to)
      self->catchup_to = p->newest;
  }
}

/* What the parents push is not its business. */
bool
p2p_catchup_covers (const P2pSwarm * self, uint32_t chunk)
{
  const P2pSubstream *sub = &self->sub[p2p_sub_of (self, chunk)];

  if (self->catchup_since == P2P_TIME_NONE || self->caught_up)
    return false;
  return sub->parent ? chunk < sub->first : chunk <= self->catchup_to;
}

void
p2p_catchup_map_came (P2pSwarm * self)
{
  if (!self->caught_up && p2p_parents_eager (self))
    self->pull_at = self->now;
}

void
p2p_catchup_reset (P2pSwarm * self)
{
  self->catchup_since = P2P_TIME_NONE;
  self->caught_up = false;
}

/* A map told of chunks that are nowhere near this one, which is signed. */
void
p2p_catchup_misled (P2pSwarm * self)
{
  self->caught_up = true;
  p2p_window_clear (&self->window);
  for (uint32_t i = 0; i < self->n_peers; i++)
    self->peers[i]->requested = 0;
}

/* Until it has sent one more: as it says, or as it did so far. */
static int64_t
answer_time (const P2pSwarm * self, const P2pPeer * p)
{
  int64_t took;

  if (p->answered < PACED || p->asked_since == P2P_TIME_NONE)
    return p2p_pull_answer_time (self, p);
  took = self->now - p->asked_since - p2p_peer_rtt (p);
  return took > 0 ? took * (p->requested + 1) / p->answered : 0;
}

static bool
asked (const P2pEntry * e, P2pLinkId link)
{
  for (int i = 0; i < P2P_ENTRY_ASKED; i++) {
    if (e->u.asked.link[i] == link)
      return true;
  }
  return false;
}

/* Who holds it and sends it first, if anybody has room. */
static P2pPeer *
choose (const P2pSwarm * self, const P2pEntry * e, uint32_t chunk)
{
  P2pPeer *best = NULL;
  int64_t best_rank = INT64_MAX;

  for (uint32_t i = 0; i < self->n_peers; i++) {
    P2pPeer *p = self->peers[i];
    int64_t v;

    if (!may_answer (self, p) || !p2p_peer_has (self, p, chunk)
        || asked (e, p->link))
      continue;
    v = answer_time (self, p);
    if (v > ANSWERS_US && p->requested > 0)
      continue;
    v += p2p_peer_rtt (p) + (p->role == P2P_ROLE_SOURCE ? RANK_SOURCE_US : 0);
    if (v < best_rank) {
      best_rank = v;
      best = p;
    }
  }
  return best;
}

/* When another one is asked. */
static P2pTime
again_at (const P2pSwarm * self, const P2pEntry * e)
{
  P2pTime wait = 0;

  for (int i = 0; i < P2P_ENTRY_ASKED; i++) {
    const P2pPeer *p = p2p_peer_find (self, e->u.asked.link[i]);
    P2pTime w = p && !p->suspect ? p2p_peer_rtt (p)
        + answer_time (self, p) / 2 : 0;

    if (w > wait)
      wait = w;
  }
  return e->u.asked.at + wait + AGAIN_US;
}

static P2pTime
look_at (P2pSwarm * self, uint32_t chunk, uint32_t back, P2pAsks * asks)
{
  P2pEntry *e = p2p_catchup_covers (self, chunk) ?
      p2p_window_reserve (&self->window, chunk, back) : NULL;
  P2pPeer *p;
  P2pTime at;

  if (!e || e->state != P2P_ENTRY_MISSING)
    return FOREVER;
  at = e->u.asked.tries > 0 ? again_at (self, e) : self->now;
  if (at > self->now)
    return at;
  p = choose (self, e, chunk);
  if (!p)
    return self->now + LOOK_US;
  if (p->asked_since == P2P_TIME_NONE)
    p->asked_since = self->now;
  p2p_pull_ask (self, asks, e, chunk, p);
  return again_at (self, e);
}

/* Older than the latency by the time that has passed: nobody will see it. */
static uint32_t
oldest (const P2pSwarm * self)
{
  uint32_t c = self->join_target + (uint32_t) ((self->now
          - self->catchup_since) / p2p_playout_step (self));

  return self->positioned && self->position > c ? self->position : c;
}

static uint32_t
newest (const P2pSwarm * self)
{
  uint32_t to = self->catchup_to, most = self->window.end + 2u * self->k;

  for (unsigned s = 0; s < self->k; s++) {
    if (self->sub[s].parent && self->sub[s].first > to)
      to = self->sub[s].first;
  }
  return self->window.n_held > 0 && to > most ? most : to;
}

P2pTime
p2p_catchup_run (P2pSwarm * self)
{
  uint32_t from, to, span;
  P2pTime next = FOREVER;
  P2pAsks asks;

  if (self->caught_up || !p2p_parents_eager (self))
    return FOREVER;
  if (self->catchup_since == P2P_TIME_NONE)
    begin (self);
  if (self->catchup_since == P2P_TIME_NONE)
    return FOREVER;
  if (self->now - self->catchup_since > CATCH_UP_US) {
    self->caught_up = true;
    return self->now;
  }
  from = oldest (self);
  to = newest (self);
  if (to < from)
    return FOREVER;
  span = to - from < MAX_SPAN ? to - from : MAX_SPAN;
  asks.n = 0;
  for (uint32_t i = 0; i <= span && asks.n < MAX_ASKS; i++)
    next = p2p_min_time (next, look_at (self, to - i, span < MIN_BACK ?
            MIN_BACK : span, &asks));
  p2p_pull_send (self, &asks);
  return next;
}
