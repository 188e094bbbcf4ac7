/* gst-plugins-p2p
 *
 * This library is free software; you can redistribute it and/or
 * modify it under the terms of the GNU Lesser General Public
 * License as published by the Free Software Foundation; either
 * version 2.1 of the License, or (at your option) any later version.
 */
/* p2pqueue.c: chunks that wait for one neighbour, a ring of at most QUEUE_LEN.
 *
 * Most neighbours wait for nothing most of the time: the ring has memory from
 * the first chunk on, grows with what waits, and gives it back at the next slow
 * tick that finds it empty, so that nothing is allocated chunk by chunk.
 * Thread: the swarm's.
 */
#include "p2pswarmpriv.h"

#include <stdlib.h>

#define QUEUE_START 4           /* power of two; a chunk waits, rarely two */

static P2pWaiting *
nth (const P2pChunkQueue * q, unsigned i)
{
  return &q->ring[(q->first + i) & (q->cap - 1)];
}

static bool
grow (P2pSwarm * self, P2pChunkQueue * q)
{
  unsigned cap = q->cap ? q->cap * 2u : QUEUE_START;
  P2pWaiting *ring = malloc (cap * sizeof *ring);

  if (!ring) {
    self->out_of_memory = true;
    return false;
  }
  for (unsigned i = 0; i < q->n; i++)
    ring[i] = *nth (q, i);
  free (q->ring);
  q->ring = ring;
  q->first = 0;
  q->cap = (uint8_t) cap;
  return true;
}

bool
p2p_queue_holds (const P2pChunkQueue * q, uint32_t chunk)
{
  for (unsigned i = 0; i < q->n; i++) {
    if (nth (q, i)->chunk == chunk)
      return true;
  }
  return false;
}

void
p2p_queue_append (P2pSwarm * self, P2pChunkQueue * q, uint32_t chunk)
{
  P2pWaiting *w;

  if (q->n == QUEUE_LEN)        /* drop the oldest: its holder asks again */
    p2p_queue_drop_first (q);
  if (q->n == q->cap && !grow (self, q))
    return;                     /* likewise */
  w = nth (q, q->n++);
  w->chunk = chunk;
  w->since = p2p_queue_time (self->now);
}

void
p2p_queue_add (P2pSwarm * self, P2pChunkQueue * q, uint32_t chunk)
{
  if (!p2p_queue_holds (q, chunk))
    p2p_queue_append (self, q, chunk);
}

static unsigned
find (const P2pChunkQueue * q, uint32_t chunk)
{
  unsigned i = 0;

  while (i < q->n && nth (q, i)->chunk != chunk)
    i++;
  return i;
}

static void
remove_at (P2pChunkQueue * q, unsigned i)
{
  for (; i + 1u < q->n; i++)
    *nth (q, i) = *nth (q, i + 1);
  q->n--;
}

bool
p2p_queue_remove (P2pChunkQueue * q, uint32_t chunk)
{
  unsigned i = find (q, chunk);

  if (i == q->n)
    return false;
  remove_at (q, i);
  return true;
}

bool
p2p_queue_take (P2pChunkQueue * q, uint32_t chunk, P2pTime now,
    P2pTime patience)
{
  unsigned i = find (q, chunk);
  uint16_t waited;

  if (i == q->n)
    return false;
  waited = (uint16_t) (p2p_queue_time (now) - nth (q, i)->since);
  remove_at (q, i);
  return waited <= patience >> 14;
}

void
p2p_queue_clear (P2pChunkQueue * q)
{
  free (q->ring);
  q->ring = NULL;
  q->first = q->n = q->cap = 0;
}

void
p2p_queue_rest (P2pChunkQueue * q)
{
  if (q->n == 0 && q->ring)
    p2p_queue_clear (q);
}
