/* gst-plugins-p2p
 *
 * This library is free software; you can redistribute it and/or
 * modify it under the terms of the GNU Lesser General Public
 * License as published by the Free Software Foundation; either
 * version 2.1 of the License, or (at your option) any later version.
 */
/* p2pstandin.c: a tight source's root that falls silent is replaced by the source.
 *
 * A chunk that a source sends once is nowhere else. When its root dies, those below
 * see it a hop later, look for each other first, and what they miss meanwhile has to
 * be sent again from what a tight source has to spare: a chunk a second. The source
 * knows first, from what its root does not acknowledge. It then makes another
 * neighbour the root of those sub-streams, unasked: the chunks that were not
 * acknowledged, and SUB_OK. Those below find the new root as they would find any
 * parent.
 */
#include "p2pswarmpriv.h"

#define DOUBT_US P2P_MSEC (100)
#define ACCUSED_US P2P_MSEC (60)        /* somebody else has waited, too */
#define SETTLE_US P2P_SEC (3)   /* before anybody's roots are moved */
#define UNREST_US P2P_SEC (10)  /* after a root fell: it may come back */
#define ACKED_US P2P_MSEC (400)
#define CONTROL_LEN 600         /* what else may be unacknowledged */
#define UNHEARD 16              /* chunks looked back for what was lost */
#define RELAYS 8                /* eighths: uploads the stream once */

/* An acknowledgement takes a round trip and what the receiver holds it back. */
static P2pTime
patience (const P2pPeer * p)
{
  P2pTime t = 2 * p2p_peer_rtt (p) + P2P_MSEC (40);
  P2pTime least = p->accused ? ACCUSED_US : DOUBT_US;

  return t > least ? t : least;
}

static bool
applies (const P2pSwarm * self)
{
  if (self->capacity.doubted && self->now < self->capacity.hold_until)
    return false;               /* they are late in our own line */
  return self->source && self->k > 0 && self->config.max_upload_bps != 0
      && p2p_own_capacity (self) < TIGHT_EIGHTHS;
}

static P2pTime
doubt_time (const P2pPeer * p)
{
  P2pTime since = p->unacked_since;

  if (since == P2P_TIME_NONE)
    return FOREVER;
  if (p->last_heard > since)
    since = p->last_heard;
  return since + patience (p);
}

static unsigned
count (uint16_t mask)
{
  unsigned n = 0;

  for (; mask; mask &= (uint16_t) (mask - 1))
    n++;
  return n;
}

/* Sub-streams it feeds to others, as far as it says so: whom nobody asks for
 * anything has few links, and would be a root that nobody hangs on. */
static unsigned
feeds (const P2pSwarm * self, const P2pPeer * p)
{
  unsigned all = p->capacity * self->k / 8u;

  return all > p->free_slots ? all - p->free_slots : 0;
}

/* Who is root of least, then who feeds most, then who was heard last. */
static bool
better (const P2pSwarm * self, const P2pPeer * a, const P2pPeer * b)
{
  unsigned na = count (a->child_mask), nb = count (b->child_mask);
  unsigned fa = feeds (self, a), fb = feeds (self, b);

  if (na != nb)
    return na < nb;
  return fa != fb ? fa > fb : a->last_heard > b->last_heard;
}

static P2pPeer *
choose (const P2pSwarm * self, unsigned s)
{
  P2pPeer *best = NULL;

  for (uint32_t i = 0; i < self->n_peers; i++) {
    P2pPeer *p = self->peers[i];

    if (!p2p_peer_usable (self, p) || p->suspect || p->stuck || !p->has_map
        || p->role == P2P_ROLE_LEAF || p->capacity < RELAYS
        || (p->child_mask >> s & 1))
      continue;
    if (!best || better (self, p, best))
      best = p;
  }
  return best;
}

/* It has acknowledged something that was sent long after this. */
static bool
long_acked (const P2pSwarm * self, const P2pPeer * p, const P2pEntry * e)
{
  return e->u.held.arrival + self->push_wait_us + ACKED_US < p->unacked_since;
}

/* The oldest chunk of s that nobody got, or whose only copy went to the one that
 * fell and may have died with it. */
static uint32_t
first_unheard (P2pSwarm * self, const P2pPeer * fallen, unsigned s)
{
  uint32_t first = self->window.end, c = first > UNHEARD ? first - UNHEARD : 0;

  if (c < self->window.base)
    c = self->window.base;
  for (; c < self->window.end; c++) {
    P2pEntry *e = p2p_window_held (&self->window, c);

    if (!e || p2p_sub_of (self, c) != s)
      continue;
    if (c >= fallen->unacked_chunk && e->u.held.copies == 1
        && e->first_to == fallen->link && !long_acked (self, fallen, e))
      e->u.held.copies = 0;
    if (c < first && e->u.held.copies == 0)
      first = c;
  }
  return first;
}

static void
replace (P2pSwarm * self, P2pPeer * fallen)
{
  uint16_t mask = fallen->child_mask & (uint16_t) ~ fallen->evict_mask;

  fallen->stuck = true;
  self->replaced_at = self->now;
  for (unsigned s = 0; s < self->k; s++) {
    P2pPeer *p;

    if (!(mask >> s & 1) || p2p_slots_used (self, (int) s) > 0)
      continue;
    p = choose (self, s);
    if (p)
      p2p_admit_appoint (self, p, s, first_unheard (self, fallen, s));
  }
}

void
p2p_stand_in_run (P2pSwarm * self)
{
  P2pTime next = FOREVER;

  self->doubt_at = FOREVER;
  if (!applies (self))
    return;
  /* we were late ourselves: what came meanwhile is still to be read */
  if (self->now - self->woke_late < WOKE_LATE_US) {
    self->doubt_at = self->woke_late + WOKE_LATE_US;
    return;
  }
  for (uint32_t i = 0; i < self->n_peers; i++) {
    P2pPeer *p = self->peers[i];
    P2pTime at = doubt_time (p);

    if (!p->child_mask || p->stuck || !p2p_peer_usable (self, p))
      continue;
    if (at <= self->now)
      replace (self, p);
    else
      next = p2p_min_time (next, at);
  }
  self->doubt_at = next;
}

void
p2p_stand_in_sent (P2pSwarm * self, P2pPeer * p, uint32_t chunk)
{
  if (!applies (self))
    return;
  if (!p->thrifty)
    p2p_action_add (self, P2P_ACTION_THRIFT, p->link);
  p->thrifty = true;
  if (!p->child_mask)
    return;
  if (chunk < p->unacked_chunk)
    p->unacked_chunk = chunk;
  p->sent_chunk = chunk;
  self->doubt_at = p2p_min_time (self->doubt_at, self->now + patience (p));
}

/* It acknowledged something: what is left is the end of what was sent. */
void
p2p_stand_in_acked (P2pSwarm * self, P2pPeer * p, uint32_t left)
{
  uint32_t chunk = (uint32_t) (self->chunk_bytes / 16);

  if (p->unacked_chunk != NO_CHUNK && p->sent_chunk > p->unacked_chunk
      && left <= chunk + CONTROL_LEN)
    p->unacked_chunk = p->sent_chunk;
}

/* One that hangs on it misses chunk 'first' and hears nothing. It has acknowledged
 * all it got, and may have died since, with what it did not pass on. */
void
p2p_stand_in_accused (P2pSwarm * self, P2pPeer * p, uint32_t first)
{
  if (!applies (self) || !p->child_mask || p->stuck)
    return;
  if (p->unacked_since != P2P_TIME_NONE && first < p->unacked_chunk)
    p->unacked_chunk = first;   /* in doubt already */
  if (p->unacked_since != P2P_TIME_NONE
      || self->now - p->last_heard < DOUBT_US
      || self->now - p->status_sent < DOUBT_US || !p2p_peer_usable (self, p))
    return;
  p->accused = true;
  p2p_status_send (self, p);
  p->unacked_chunk = first;
  self->doubt_at = p2p_min_time (self->doubt_at, self->now + patience (p));
}

/* An accused root is to answer within 0.1 s. A chunk that went now would take the
 * place under the cap of the one that has to go again when it does not. */
bool
p2p_stand_in_asks (const P2pSwarm * self)
{
  for (uint32_t i = 0; i < self->n_peers && applies (self); i++) {
    const P2pPeer *p = self->peers[i];

    if (p->accused && !p->stuck && p->unacked_since != P2P_TIME_NONE
        && doubt_time (p) > self->now)
      return true;
  }
  return false;
}

/* It lives: it is one of those below now, and hears from whom to take it. */
void
p2p_stand_in_back (P2pSwarm * self, P2pPeer * p)
{
  for (unsigned s = 0; s < self->k && applies (self); s++) {
    if ((p->child_mask & ~p->evict_mask) >> s & 1)
      p2p_admit_dismiss (self, p, s);
  }
}

/* No root of two sub-streams while another could have one of them: a death should
 * cost no more than it must, and a tight source pays for it. */
void
p2p_stand_in_spread (P2pSwarm * self)
{
  P2pPeer *most = NULL, *p;
  unsigned s = 0;

  if (!applies (self) || self->push_age > 0 || self->now < self->spread_at
      || self->now - self->replaced_at < UNREST_US)
    return;
  for (uint32_t i = 0; i < self->n_peers; i++) {
    P2pPeer *c = self->peers[i];

    if (c->stuck || c->suspect || !p2p_peer_usable (self, c))
      continue;
    if (c->child_mask && self->now - c->child_since < SETTLE_US)
      return;
    if (!most || count (c->child_mask) > count (most->child_mask))
      most = c;
  }
  if (!most || count (most->child_mask) < 2 || most->evict_mask)
    return;
  while (!(most->child_mask >> s & 1))
    s++;
  p = choose (self, s);
  if (!p || count (p->child_mask) + 2 > count (most->child_mask)
      || self->now - p->since < SETTLE_US || feeds (self, p) == 0)
    return;
  p2p_admit_appoint (self, p, s, self->window.end);
  p2p_admit_dismiss (self, most, s);
}
