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
/* Of a neighbour. */
#define PEER_FED offsetof (P2pPeer, base)       /* queues, and all before */
#define PEER_USED offsetof (P2pPeer, info)      /* by what comes from it */
#define AHEAD 6                 /* chunks before the edge */
#define NEXT 2                  /* likewise, of what only comes in; behind it */

static void
lines (const void *from, const void *end)
{
  const char *first = (const char *) ((uintptr_t) from / LINE * LINE);

  for (const char *p = first; p < (const char *) end; p += LINE)
    P2P_SOON (p);
}

static void
block (const void *from, size_t bytes)
{
  if (from)
    lines (from, (const char *) from + bytes);
}

/* Will it look at what is overdue? */
static bool
pulls (const P2pSwarm * self, P2pWarm what)
{
  return what == P2P_WARM_VERIFIED || (what == P2P_WARM_TICK
      && p2p_min_time (self->slow_at, self->pull_at) <= self->expected);
}

/* Will it tell somebody its STATUS? */
static bool
tells (const P2pSwarm * self, P2pWarm what)
{
  return what == P2P_WARM_TICK && self->status_at <= self->expected;
}

static bool
is_child (const P2pPeer * p, unsigned s)
{
  return p->child_mask >> s & 1;
}

/* At every sub-stream? */
static bool
is_of_streams (const P2pSwarm * self, P2pWarm what)
{
  return what == P2P_WARM_CONTROL || pulls (self, what)
      || tells (self, what);
}

/* Will what has waited for the cap go? */
static bool
sends (const P2pSwarm * self, P2pWarm what)
{
  return what == P2P_WARM_TICK && self->send_at <= self->expected;
}

/* At what waits for others? */
static bool
pumps (const P2pSwarm * self, P2pWarm what)
{
  return what == P2P_WARM_VERIFIED || what == P2P_WARM_FIGURES
      || self->pump_dirty || (what == P2P_WARM_TICK
      && p2p_min_time (self->slow_at, self->send_at) <= self->expected);
}

static void
fields (const P2pSwarm * self, P2pWarm what, const P2pLinkId * links,
    unsigned n)
{
  (void) links;
  (void) n;
  lines (self, what == P2P_WARM_FIGURES ? (const void *) &self->pending :
      (const void *) &self->config);
  P2P_SOON (&self->config.latency_us);
  block (&self->stats, 2 * LINE);
  lines (&self->capacity, &self->sub[0]);
  if (what == P2P_WARM_CONTROL || what == P2P_WARM_VERIFIED)
    lines (&self->clock_us, &self->spent[0]);
  if (what == P2P_WARM_CONTROL || what == P2P_WARM_VERIFIED
      || tells (self, what))
    lines (&self->clock, &self->clock.point[0]);
  if (what == P2P_WARM_VERIFIED) {
    lines (&self->clock.floor, &self->clock_us);
    lines (&self->histogram_turn, &self->random);
  }
}

/* So many lines of each. */
static void
streams (const P2pSwarm * self, unsigned n)
{
  for (unsigned s = 0; s < self->k; s++)
    block (&self->sub[s], n * LINE);
}

/* Its number, and what its chunks are like. */
static void
header (const P2pHeaderObject * h)
{
  if (h) {
    P2P_SOON (&h->generation);
    lines (&h->parsed.k, &h->parsed.caps);
  }
}

static void
arrays (const P2pSwarm * self, P2pWarm what, const P2pLinkId * links,
    unsigned n)
{
  const P2pWindow *w = &self->window;
  uint32_t ahead = what == P2P_WARM_VERIFIED ? AHEAD : NEXT;

  (void) links;
  (void) n;
  block (self->links, self->n_peers * sizeof *self->links);
  block (self->waiting, self->n_waiting * sizeof *self->waiting);
  if (what == P2P_WARM_CONTROL)
    block (self->clocks, self->n_peers * sizeof *self->clocks);
  if (tells (self, what))
    block (self->status_dues, self->n_peers * sizeof *self->status_dues);
  if (what >= P2P_WARM_TICK || n > 0)
    block (self->peers, self->n_peers * sizeof *self->peers);
  if (is_of_streams (self, what))
    streams (self, what == P2P_WARM_CONTROL ? 2 : 1);
  if (what == P2P_WARM_DATA || what == P2P_WARM_VERIFIED)
    block (self->pending, (self->n_pending + 1) * sizeof *self->pending);
  if (what == P2P_WARM_VERIFIED || tells (self, what))
    block (self->takers, self->n_takers * sizeof *self->takers);
  if (what != P2P_WARM_FIGURES) {
    block (self->arena, 3 * LINE);
    block (self->queue, 2 * sizeof *self->queue);
  }
  p2p_bucket_soon (self);
  if (what >= P2P_WARM_TICK || what == P2P_WARM_CONTROL)
    header (self->headers[0]);
  if (w->ring) {
    P2P_SOON (w->held);
    P2P_SOON (&w->ring[self->position & (w->capacity - 1)]);
    if (what == P2P_WARM_VERIFIED)      /* leaves it */
      P2P_SOON (&w->ring[w->base & (w->capacity - 1)]);
    if (sends (self, what))
      P2P_SOON (&w->ring[self->next_chunk & (w->capacity - 1)]);
    for (uint32_t c = w->end - ahead; c != w->end + NEXT
        && what != P2P_WARM_FIGURES; c++)
      P2P_SOON (&w->ring[c & (w->capacity - 1)]);
  }
}

static void
comes_from (const P2pPeer * p, P2pWarm what)
{
  if (p && what == P2P_WARM_FIGURES) {
    block (p, PEER_FED);
    lines (&p->wire_sent, &p->stamped_at);
  } else {
    block (p, PEER_USED);
  }
}

/* What will be sent lies behind the head of a frame that came. */
static void
goes (const P2pSwarm * self)
{
  const P2pEntry *e = p2p_window_held (&self->window, self->next_chunk);

  block (p2p_peer_find (self, self->next_to), PEER_USED);
  if (!e)
    return;
  block (e->u.held.signature, P2P_SIGNATURE_LEN);
  block (e->bytes.payload, LINE);
}

/* The oldest chunk, which leaves the window. */
static void
leaves (const P2pSwarm * self)
{
  const P2pEntry *e = p2p_window_held (&self->window, self->window.base);

  if (e)
    P2P_SOON (e->bytes.payload);
}

/* Those who may want the chunk, and then more of those who are fed with its
 * sub-stream. */
static void
takers (const P2pSwarm * self)
{
  for (uint32_t i = 0; i < self->n_takers; i++)
    block (self->takers[i], PEER_FED);
}

static void
children (const P2pSwarm * self)
{
  unsigned s = self->n_pending ? p2p_sub_of (self, self->pending[0].chunk) : 0;

  for (uint32_t i = 0; i < self->n_takers; i++) {
    const P2pPeer *p = self->takers[i];

    if (is_child (p, s)) {
      block ((const char *) p + PEER_FED, PEER_USED - PEER_FED);
      P2P_SOON (&p->child_next[s]);
    }
  }
}

/* Will it look for what is played next? */
static bool
plays (const P2pSwarm * self, P2pWarm what)
{
  return what == P2P_WARM_VERIFIED || (what == P2P_WARM_TICK
      && self->skip_at <= self->expected);
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

    block (c->bytes.payload, 4 * LINE);
    if (self->window.ring)
      P2P_SOON (&self->window.ring[c->chunk & (self->window.capacity - 1)]);
    block (p2p_peer_find (self, c->link), PEER_USED);
    p2p_counters_soon (self, self->sub[p2p_sub_of (self, c->chunk)].lag_us);
  }
}

static void
neighbours (const P2pSwarm * self, P2pWarm what, const P2pLinkId * links,
    unsigned n)
{
  for (unsigned i = 0; i < n; i++)
    comes_from (p2p_peer_find (self, links[i]), what);
  for (uint32_t i = 0; i < self->n_waiting && pumps (self, what); i++)
    block (self->waiting[i], PEER_FED);
  if (what == P2P_WARM_VERIFIED) {
    takers (self);
    checks (self);
    leaves (self);
  }
  if (sends (self, what))
    goes (self);
  if (plays (self, what))
    P2P_SOON (next_played (self));
  for (uint32_t i = 0; i < self->n_takers && tells (self, what); i++)
    P2P_SOON (self->takers[i]); /* slots that are free */
  for (unsigned s = 0; s < self->k && pulls (self, what); s++) {
    const P2pPeer *p = p2p_peer_find (self, self->sub[s].parent);

    if (p)
      P2P_SOON (&p->rtt_us);
  }
  for (uint32_t i = 0; i < self->n_peers && (tells (self, what)
          || (what == P2P_WARM_TICK && self->slow_at <= self->expected)); i++) {
    if (self->slow_at <= self->expected)
      block (self->peers[i], PEER_USED);
    else if (self->status_dues[i] <= self->expected)
      block (self->peers[i], PEER_USED);
  }
}

static void
queues (const P2pSwarm * self, P2pWarm what, const P2pLinkId * links,
    unsigned n)
{
  (void) links;
  (void) n;
  for (uint32_t i = 0; i < self->n_waiting && pumps (self, what); i++) {
    const P2pPeer *p = self->waiting[i];

    if (p->push.n)
      P2P_SOON (&p->push.ring[p->push.first]);
    if (p->pull.n)
      P2P_SOON (&p->pull.ring[p->pull.first]);
  }
  for (uint32_t i = 0; i < self->n_takers && what == P2P_WARM_VERIFIED; i++) {
    const P2pPeer *p = self->takers[i];

    if (p->standing.n)
      block (p->standing.ring, p->standing.cap * sizeof *p->standing.ring);
  }
  if (what == P2P_WARM_VERIFIED)
    children (self);
  if (plays (self, what) && next_played (self))
    P2P_SOON (next_played (self)->bytes.payload);
}

unsigned
p2p_swarm_warm_links (const P2pSwarm * self, P2pWarm what, P2pLinkId * out,
    unsigned max)
{
  unsigned n = 0;

  if (!self)
    return 0;
  if (sends (self, what) && n < max)
    out[n++] = self->next_to;
  for (uint32_t i = 0; i < self->n_peers && n < max && tells (self, what); i++) {
    if (self->status_dues[i] <= self->expected)
      out[n++] = self->links[i];
  }
  for (uint32_t i = 0; i < self->n_takers && n < max
      && what == P2P_WARM_VERIFIED && self->send_at == FOREVER
      && self->n_pending > 0; i++) {
    if (is_child (self->takers[i], p2p_sub_of (self, self->pending[0].chunk)))
      out[n++] = self->takers[i]->link;
  }
  return n;
}

void
p2p_swarm_warm (const P2pSwarm * self, P2pWarm what, unsigned step,
    const P2pLinkId * links, unsigned n_links)
{
  static void (*const STEPS[]) (const P2pSwarm *, P2pWarm, const P2pLinkId *,
      unsigned) = { fields, arrays, neighbours, queues };

  if (self && step < sizeof STEPS / sizeof *STEPS)
    STEPS[step] (self, what, links, n_links);
}
#else
unsigned
p2p_swarm_warm_links (const P2pSwarm * self, P2pWarm what, P2pLinkId * out,
    unsigned max)
{
  (void) self;
  (void) what;
  (void) out;
  (void) max;
  return 0;
}

void
p2p_swarm_warm (const P2pSwarm * self, P2pWarm what, unsigned step,
    const P2pLinkId * links, unsigned n_links)
{
  (void) self;
  (void) what;
  (void) step;
  (void) links;
  (void) n_links;
}
#endif
