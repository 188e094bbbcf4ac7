/* gst-plugins-p2p
 *
 * This library is free software; you can redistribute it and/or
 * modify it under the terms of the GNU Lesser General Public
 * License as published by the Free Software Foundation; either
 * version 2.1 of the License, or (at your option) any later version.
 */
/* p2psim.c: the event heap and the virtual clock.
 *
 * A heap with four children a node: half as deep as a binary one, and the
 * four lie side by side in memory. Events are 48 bytes and held by value.
 */
#include "p2psim.h"

#include <stdlib.h>
#include <string.h>

uint64_t
p2p_sim_mix (uint64_t hash, uint64_t value)
{
  hash ^= value;
  hash *= UINT64_C (0x9e3779b97f4a7c15);
  return hash ^ hash >> 29;
}

void
p2p_sim_note (P2pSim * self, uint64_t value)
{
  self->hash = p2p_sim_mix (self->hash, value);
}

void
p2p_sim_init (P2pSim * self, uint64_t seed)
{
  memset (self, 0, sizeof *self);
  p2p_random_init (&self->random, seed);
  self->hash = p2p_sim_mix (UINT64_C (0xcbf29ce484222325), seed);
}

void
p2p_sim_clear (P2pSim * self)
{
  free (self->heap);
  self->heap = NULL;
  self->n = self->allocated = 0;
}

static bool
is_before (const P2pSimEvent * a, const P2pSimEvent * b)
{
  return a->when != b->when ? a->when < b->when : a->order < b->order;
}

static void
sift_up (P2pSim * self, uint32_t i, const P2pSimEvent * e)
{
  while (i > 0 && is_before (e, &self->heap[(i - 1) / 4])) {
    self->heap[i] = self->heap[(i - 1) / 4];
    i = (i - 1) / 4;
  }
  self->heap[i] = *e;
}

static void
sift_down (P2pSim * self, const P2pSimEvent * e)
{
  uint32_t i = 0;

  for (;;) {
    uint32_t child = 4 * i + 1, best = child;

    if (child >= self->n)
      break;
    for (uint32_t j = child + 1; j < child + 4 && j < self->n; j++) {
      if (is_before (&self->heap[j], &self->heap[best]))
        best = j;
    }
    if (!is_before (&self->heap[best], e))
      break;
    self->heap[i] = self->heap[best];
    i = best;
  }
  self->heap[i] = *e;
}

void
p2p_sim_at (P2pSim * self, P2pTime when, uint32_t type, uint32_t a, uint32_t b,
    uint32_t c, void *data)
{
  P2pSimEvent e = { when, self->orders++, type, a, b, c, data };

  if (e.when < self->now)
    e.when = self->now;
  if (self->n == self->allocated) {
    self->allocated = self->allocated ? self->allocated * 2 : 1024;
    self->heap = realloc (self->heap, self->allocated * sizeof *self->heap);
    if (self->heap == NULL)
      abort ();
  }
  sift_up (self, self->n++, &e);
}

bool
p2p_sim_drain (P2pSim * self, P2pSimEvent * out)
{
  if (self->n == 0)
    return false;
  *out = self->heap[0];
  self->n--;
  if (self->n > 0) {
    P2pSimEvent last = self->heap[self->n];

    sift_down (self, &last);
  }
  return true;
}

bool
p2p_sim_next (P2pSim * self, P2pTime until, P2pSimEvent * out)
{
  if (self->n == 0 || self->heap[0].when > until) {
    if (until > self->now)
      self->now = until;
    return false;
  }
  p2p_sim_drain (self, out);
  self->now = out->when;
  self->n_events++;
  return true;
}
