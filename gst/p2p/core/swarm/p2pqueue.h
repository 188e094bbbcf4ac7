/* gst-plugins-p2p
 *
 * This library is free software; you can redistribute it and/or
 * modify it under the terms of the GNU Lesser General Public
 * License as published by the Free Software Foundation; either
 * version 2.1 of the License, or (at your option) any later version.
 */
/* p2pqueue.h: chunks that wait for one neighbour, or that it waits for.
 *
 * Plain struct, all zero at first; what has a P2pSwarm takes the time from it, and
 * tells it when memory ran out.
 */
#ifndef P2P_QUEUE_H
#define P2P_QUEUE_H

#include "p2pswarm.h"

#define QUEUE_LEN 32            /* chunks in one */

typedef struct
{
  uint32_t chunk;
  uint16_t since;               /* when it was queued, 16 ms steps */
} P2pWaiting;

typedef struct
{
  P2pWaiting *ring;             /* NULL until something waits */
  uint8_t first, n, cap;        /* cap: a power of two, <= QUEUE_LEN */
} P2pChunkQueue;

/* append: even if it is in the queue. When it is full the oldest goes; when
 * memory runs out the chunk does. */
void p2p_queue_append (P2pSwarm * self, P2pChunkQueue * q, uint32_t chunk);
void p2p_queue_add (P2pSwarm * self, P2pChunkQueue * q, uint32_t chunk);
bool p2p_queue_remove (P2pChunkQueue * q, uint32_t chunk);
/* Removes it; true when it was there for no longer than that. */
bool p2p_queue_take (P2pChunkQueue * q, uint32_t chunk, P2pTime now,
    P2pTime patience);
bool p2p_queue_holds (const P2pChunkQueue * q, uint32_t chunk);
void p2p_queue_clear (P2pChunkQueue * q);
/* Gives an empty one's memory back. */
void p2p_queue_rest (P2pChunkQueue * q);

/* Time in 16 ms steps, 16 bits. */
static inline uint16_t
p2p_queue_time (P2pTime t)
{
  return (uint16_t) (t >> 14);
}

/* i < n */
static inline uint32_t
p2p_queue_chunk (const P2pChunkQueue * q, unsigned i)
{
  return q->ring[(q->first + i) & (q->cap - 1)].chunk;
}

/* Of the first, n > 0: for longer than that? */
static inline bool
p2p_queue_waited (const P2pChunkQueue * q, P2pTime now, P2pTime patience)
{
  return (uint16_t) (p2p_queue_time (now) - q->ring[q->first].since)
      > patience >> 14;
}

static inline void
p2p_queue_drop_first (P2pChunkQueue * q)
{
  q->first = (uint8_t) ((q->first + 1) & (q->cap - 1));
  q->n--;
}

#endif /* P2P_QUEUE_H */
