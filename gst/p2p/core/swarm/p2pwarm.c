/* gst-plugins-p2p
 *
 * This library is free software; you can redistribute it and/or
 * modify it under the terms of the GNU Lesser General Public
 * License as published by the Free Software Foundation; either
 * version 2.1 of the License, or (at your option) any later version.
 */
/* p2pwarm.c: what the next input will read of a swarm, asked for ahead.
 *
 * For hosts of more swarms than any cache holds. Nothing is changed, and
 * nothing is read that the step before did not ask for.
 */
#include "../base/p2psoon.h"
#include "p2pswarmpriv.h"

#include <stddef.h>

#ifdef __GNUC__
#define LINE P2P_LINE
#define AHEAD 6                 /* chunks before the edge */
#define NEXT 2                  /* likewise, of what only comes in; behind it */

/* Members of something that begins with a line, [from, end). */
#define MEMBERS(p, type, from, end) p2p_soon_lines ((const char *) (p) \
    + offsetof (type, from) / LINE * LINE, (unsigned) \
    ((offsetof (type, end) + LINE - 1) / LINE - offsetof (type, from) / LINE))

/* What the input will do. */
enum
{
  PULLS = 1 << 0,               /* look at what is overdue */
  TELLS = 1 << 1,               /* somebody its STATUS */
  SENDS = 1 << 2,               /* what has waited for the cap */
  PUMPS = 1 << 3,               /* look at what waits for others */
  PLAYS = 1 << 4,               /* look for what is played next */
  SLOW = 1 << 5                 /* look at everybody */
};

static unsigned
does (const P2pSwarm * self, P2pWarm what)
{
  P2pTime now = self->expected;
  unsigned d = 0;

  if (what == P2P_WARM_VERIFIED)
    return PULLS | PUMPS | PLAYS;
  if (what == P2P_WARM_FIGURES || self->pump_dirty)
    d |= PUMPS;
  if (what != P2P_WARM_TICK)
    return d;
  if (self->slow_at <= now)
    d |= SLOW | PULLS | PUMPS;
  if (self->pull_at <= now)
    d |= PULLS;
  if (self->status_at <= now)
    d |= TELLS;
  if (self->send_at <= now)
    d |= SENDS | PUMPS;
  if (self->skip_at <= now)
    d |= PLAYS;
  return d;
}

static bool
is_child (const P2pPeer * p, unsigned s)
{
  return p->child_mask >> s & 1;
}

static void
fields (const P2pSwarm * self, P2pWarm what)
{
  if (what == P2P_WARM_FIGURES)
    MEMBERS (self, P2pSwarm, now, pending);
  else
    MEMBERS (self, P2pSwarm, now, config);
  P2P_SOON (&self->config.latency_us);
  p2p_soon_lines (&self->stats, 2);
  MEMBERS (self, P2pSwarm, capacity, sub);
  if (what == P2P_WARM_CONTROL || what == P2P_WARM_VERIFIED) {
    MEMBERS (self, P2pSwarm, clock, clock.point);
    MEMBERS (self, P2pSwarm, clock_us, spent);
  }
  if (what == P2P_WARM_VERIFIED) {
    MEMBERS (self, P2pSwarm, clock.floor, clock_us);
    MEMBERS (self, P2pSwarm, histogram_turn, random);
  }
}

/* Its number, and what its chunks are like. */
static void
header (const P2pHeaderObject * h)
{
  if (h) {
    P2P_SOON (&h->generation);
    p2p_soon_bytes (&h->parsed.k, offsetof (P2pHeaderObject, parsed.caps)
        - offsetof (P2pHeaderObject, parsed.k));
  }
}

static void
window (const P2pSwarm * self, P2pWarm what, unsigned d)
{
  const P2pWindow *w = &self->window;
  uint32_t last = w->capacity - 1;

  if (!w->ring)
    return;
  P2P_SOON (w->held);
  P2P_SOON (&w->ring[self->position & last]);
  if (what == P2P_WARM_VERIFIED)        /* leaves it */
    P2P_SOON (&w->ring[w->base & last]);
  if (d & SENDS)
    P2P_SOON (&w->ring[self->next_chunk & last]);
  if (what == P2P_WARM_FIGURES)
    return;
  for (uint32_t c = w->end - (what == P2P_WARM_VERIFIED ? AHEAD : NEXT);
      c != w->end + NEXT; c++)
    P2P_SOON (&w->ring[c & last]);
}

static void
arrays (const P2pSwarm * self, P2pWarm what, unsigned d)
{
  uint32_t n = self->n_peers;

  p2p_soon_bytes (self->links, n * sizeof *self->links);
  p2p_soon_bytes (self->peers, n * sizeof *self->peers);
  p2p_soon_bytes (self->waiting, self->n_waiting * sizeof *self->waiting);
  if (what == P2P_WARM_CONTROL) {
    p2p_soon_bytes (self->clocks, n * sizeof *self->clocks);
    for (unsigned s = 0; s < self->k; s++)
      p2p_soon_lines (&self->sub[s], 2);
  } else if (d & (PULLS | TELLS)) {
    for (unsigned s = 0; s < self->k; s++)
      P2P_SOON (&self->sub[s]);
  }
  if (d & TELLS) {
    MEMBERS (self, P2pSwarm, clock, clock.point);
    p2p_soon_bytes (self->status_dues, n * sizeof *self->status_dues);
  }
  if (what == P2P_WARM_DATA || what == P2P_WARM_VERIFIED)
    p2p_soon_bytes (self->pending, (self->n_pending + 1)
        * sizeof *self->pending);
  if (what == P2P_WARM_VERIFIED || d & TELLS)
    p2p_soon_bytes (self->takers, self->n_takers * sizeof *self->takers);
  if (what != P2P_WARM_FIGURES) {
    p2p_soon_lines (self->arena, 3);
    p2p_soon_lines (self->queue, 4);
  }
  p2p_bucket_soon (self);
  if (what == P2P_WARM_CONTROL || what >= P2P_WARM_TICK)
    header (self->headers[0]);
  window (self, what, d);
}

/* What will be sent lies behind the head of a frame that came. */
static void
goes (const P2pSwarm * self)
{
  const P2pEntry *e = p2p_window_held (&self->window, self->next_chunk);
  const P2pPeer *p = p2p_peer_find (self, self->next_to);

  if (p)
    MEMBERS (p, P2pPeer, link, info);
  if (!e)
    return;
  p2p_soon_bytes (e->u.held.signature, P2P_SIGNATURE_LEN);
  p2p_soon_bytes (e->bytes.payload, LINE);
}

/* The oldest chunk, which leaves the window. */
static void
leaves (const P2pSwarm * self)
{
  const P2pEntry *e = p2p_window_held (&self->window, self->window.base);

  if (e)
    P2P_SOON (e->bytes.payload);
}

/* Those who may want the chunk are fed with its sub-stream, or asked for it. */
static void
children (const P2pSwarm * self)
{
  unsigned s = self->n_pending ? p2p_sub_of (self, self->pending[0].chunk) : 0;

  for (uint32_t i = 0; i < self->n_takers; i++) {
    const P2pPeer *p = self->takers[i];

    if (p->standing.n)
      p2p_soon_bytes (p->standing.ring, p->standing.cap
          * sizeof *p->standing.ring);
    if (is_child (p, s)) {
      MEMBERS (p, P2pPeer, base, info);
      P2P_SOON (&p->child_next[s]);
    }
  }
}

/* That chunk, NULL: none is there. */
static const P2pEntry *
next_played (const P2pSwarm * self)
{
  const P2pWindow *w = &self->window;
  uint32_t chunk;

  return w->ring && p2p_window_next_held (w, self->position, &chunk) ?
      &w->ring[chunk & (w->capacity - 1)] : NULL;
}

/* What waits to be checked, and who sent it. */
static void
checks (const P2pSwarm * self)
{
  for (uint32_t i = 0; i < self->n_pending; i++) {
    const P2pPending *c = &self->pending[i];
    const P2pPeer *p = p2p_peer_find (self, c->link);

    if (c->bytes.payload)
      p2p_soon_lines (c->bytes.payload, 4);
    if (self->window.ring)
      P2P_SOON (&self->window.ring[c->chunk & (self->window.capacity - 1)]);
    if (p)
      MEMBERS (p, P2pPeer, link, info);
    p2p_counters_soon (self, self->sub[p2p_sub_of (self, c->chunk)].lag_us);
  }
}

static void
parents (const P2pSwarm * self)
{
  for (unsigned s = 0; s < self->k; s++) {
    const P2pPeer *p = p2p_peer_find (self, self->sub[s].parent);

    if (p)
      P2P_SOON (&p->rtt_us);
  }
}

static void
everybody (const P2pSwarm * self)
{
  for (uint32_t i = 0; i < self->n_peers; i++)
    MEMBERS (self->peers[i], P2pPeer, link, info);
}

static void
told (const P2pSwarm * self)
{
  for (uint32_t i = 0; i < self->n_takers; i++)
    P2P_SOON (self->takers[i]); /* slots that are free */
  for (uint32_t i = 0; i < self->n_peers; i++) {
    if (self->status_dues[i] <= self->expected)
      MEMBERS (self->peers[i], P2pPeer, link, info);
  }
}

static void
neighbours (const P2pSwarm * self, P2pWarm what, unsigned d,
    const P2pLinkId * links, unsigned n)
{
  for (unsigned i = 0; i < n; i++) {
    const P2pPeer *p = p2p_peer_find (self, links[i]);

    if (p && what == P2P_WARM_FIGURES) {
      MEMBERS (p, P2pPeer, link, base);
      MEMBERS (p, P2pPeer, wire_sent, stamped_at);
    } else if (p) {
      MEMBERS (p, P2pPeer, link, info);
    }
  }
  if (d & SLOW) {
    everybody (self);
  } else if (d & TELLS) {
    told (self);
  }
  for (uint32_t i = 0; i < self->n_waiting && d & PUMPS; i++)
    MEMBERS (self->waiting[i], P2pPeer, link, base);
  if (what == P2P_WARM_VERIFIED) {
    for (uint32_t i = 0; i < self->n_takers; i++)
      MEMBERS (self->takers[i], P2pPeer, link, base);
    checks (self);
    leaves (self);
  }
  if (d & SENDS)
    goes (self);
  if (d & PLAYS)
    P2P_SOON (next_played (self));
  if (d & PULLS)
    parents (self);
}

static void
queues (const P2pSwarm * self, P2pWarm what, unsigned d)
{
  for (uint32_t i = 0; i < self->n_waiting && d & PUMPS; i++) {
    const P2pPeer *p = self->waiting[i];

    if (p->push.n)
      P2P_SOON (&p->push.ring[p->push.first]);
    if (p->pull.n)
      P2P_SOON (&p->pull.ring[p->pull.first]);
  }
  if (what == P2P_WARM_VERIFIED)
    children (self);
  if (d & PLAYS) {
    const P2pEntry *e = next_played (self);

    if (e)
      P2P_SOON (e->bytes.payload);
  }
}

unsigned
p2p_swarm_warm_links (const P2pSwarm * self, P2pWarm what, unsigned d,
    P2pLinkId * out, unsigned max)
{
  unsigned n = 0;

  if (!self)
    return 0;
  if (d & SENDS && n < max)
    out[n++] = self->next_to;
  for (uint32_t i = 0; d & TELLS && i < self->n_peers && n < max; i++) {
    if (self->status_dues[i] <= self->expected)
      out[n++] = self->links[i];
  }
  if (what != P2P_WARM_VERIFIED || self->send_at != FOREVER
      || self->n_pending == 0)
    return n;
  for (uint32_t i = 0; i < self->n_takers && n < max; i++) {
    if (is_child (self->takers[i], p2p_sub_of (self, self->pending[0].chunk)))
      out[n++] = self->takers[i]->link;
  }
  return n;
}

unsigned
p2p_swarm_warm (const P2pSwarm * self, P2pWarm what, unsigned step, unsigned d,
    const P2pLinkId * links, unsigned n_links)
{
  if (!self)
    return 0;
  if (step == 0) {
    fields (self, what);
  } else if (step == 1) {
    d = does (self, what);
    arrays (self, what, d);
  } else if (step == 2) {
    neighbours (self, what, d, links, n_links);
  } else if (step == 3) {
    queues (self, what, d);
  }
  return d;
}
#else
unsigned
p2p_swarm_warm_links (const P2pSwarm * self, P2pWarm what, unsigned d,
    P2pLinkId * out, unsigned max)
{
  (void) self;
  (void) what;
  (void) d;
  (void) out;
  (void) max;
  return 0;
}

unsigned
p2p_swarm_warm (const P2pSwarm * self, P2pWarm what, unsigned step, unsigned d,
    const P2pLinkId * links, unsigned n_links)
{
  (void) self;
  (void) what;
  (void) step;
  (void) links;
  (void) n_links;
  return d;
}
#endif
