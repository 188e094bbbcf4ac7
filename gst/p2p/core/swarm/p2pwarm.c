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
#include "p2pswarmpriv.h"

#include <stddef.h>

#ifdef __GNUC__
#define LINE 64
#define PEER_HOT 3              /* lines of a neighbour that loops read */
#define PEER_USED offsetof (P2pPeer, info)      /* by what comes from it */
#define AHEAD 8                 /* chunks around the position and the edge */

static void
lines (const void *from, const void *end)
{
  const char *first = (const char *) ((uintptr_t) from / LINE * LINE);

  for (const char *p = first; p < (const char *) end; p += LINE)
    __builtin_prefetch (p);
}

static void
block (const void *from, size_t bytes)
{
  if (from)
    lines (from, (const char *) from + bytes);
}

static void
fields (const P2pSwarm * self, const P2pLinkId * links, unsigned n)
{
  (void) n;
  lines (&self->config, &self->clock);
  lines (&self->has_clock, &self->sub[0]);
  if (!links)
    lines (&self->sub[0], &self->sub[8]);
  lines (&self->pending, &self->set_up[0]);
  lines (&self->n_set_ups, &self->spent[0]);
  lines (&self->spent_slot, &self->candidate[0]);
  lines (&self->slow_at, &self->histogram[0][0]);
  if (!links)
    lines (&self->target_us, self + 1);
}

static void
arrays (const P2pSwarm * self, const P2pLinkId * links, unsigned n)
{
  const P2pWindow *w = &self->window;
  uint32_t ahead = links ? 2 : AHEAD;   /* what comes is of the edge, mostly */

  (void) n;
  block (self->peers, self->n_peers * sizeof *self->peers);
  block (self->links, self->n_peers * sizeof *self->links);
  block (self->waiting, self->n_waiting * sizeof *self->waiting);
  block (self->takers, self->n_takers * sizeof *self->takers);
  block (self->pending, (self->n_pending + 1) * sizeof *self->pending);
  block (self->arena, 4 * LINE);
  block (self->queue, 3 * sizeof *self->queue);
  __builtin_prefetch (&self->spent[self->spent_slot & 255]);
  __builtin_prefetch (self->headers[0]);
  if (w->ring) {
    block (w->held, w->capacity / 8);
    for (uint32_t c = w->end - ahead; c != w->end + ahead; c++)
      __builtin_prefetch (&w->ring[c & (w->capacity - 1)]);
  }
}

static void
neighbours (const P2pSwarm * self, const P2pLinkId * links, unsigned n)
{
  for (unsigned i = 0; i < n; i++)
    block (p2p_peer_find (self, links[i]), PEER_USED);
  for (uint32_t i = 0; i < self->n_waiting; i++)
    block (self->waiting[i], PEER_HOT * LINE);
  if (links)
    return;
  if (p2p_min_time (self->status_at, self->slow_at) <= self->expected) {
    for (uint32_t i = 0; i < self->n_peers; i++)
      block (self->peers[i], PEER_HOT * LINE);
  } else {
    for (uint32_t i = 0; i < self->n_takers; i++)
      block (self->takers[i], PEER_HOT * LINE);
  }
}

static void
queues (const P2pSwarm * self, const P2pLinkId * links, unsigned n)
{
  (void) n;
  for (uint32_t i = 0; i < self->n_waiting; i++) {
    const P2pPeer *p = self->waiting[i];

    if (p->push.n)
      __builtin_prefetch (&p->push.ring[p->push.first]);
    if (p->pull.n)
      __builtin_prefetch (&p->pull.ring[p->pull.first]);
  }
  for (uint32_t i = 0; i < self->n_takers && !links; i++) {
    const P2pPeer *p = self->takers[i];

    if (p->standing.n)
      block (p->standing.ring, p->standing.cap * sizeof *p->standing.ring);
  }
}

void
p2p_swarm_warm (const P2pSwarm * self, unsigned step, const P2pLinkId * links,
    unsigned n_links)
{
  static void (*const STEPS[]) (const P2pSwarm *, const P2pLinkId *, unsigned) = {
    fields, arrays, neighbours, queues
  };

  if (self && step < sizeof STEPS / sizeof *STEPS)
    STEPS[step] (self, links, n_links);
}
#else
void
p2p_swarm_warm (const P2pSwarm * self, unsigned step, const P2pLinkId * links,
    unsigned n_links)
{
  (void) self;
  (void) step;
  (void) links;
  (void) n_links;
}
#endif
