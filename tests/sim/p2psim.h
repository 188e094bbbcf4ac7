/* gst-plugins-p2p
 *
 * This library is free software; you can redistribute it and/or
 * modify it under the terms of the GNU Lesser General Public
 * License as published by the Free Software Foundation; either
 * version 2.1 of the License, or (at your option) any later version.
 */
/* p2psim.h: virtual time. A wheel of events, one seeded generator, one running
 * hash of everything that happened.
 *
 * Events of one instant come out in the order in which they were put in, so
 * that equal seeds give equal runs (and equal hashes) on every machine.
 * Integers only. Thread: one simulation, one thread.
 */
#ifndef P2P_SIM_H
#define P2P_SIM_H

#include "../../gst/p2p/core/base/p2prandom.h"
#include "../../gst/p2p/core/base/p2ptypes.h"

typedef struct
{
  P2pTime when;
  uint64_t order;
  uint32_t type, a, b, c;       /* the owner's business */
  void *data;                   /* the receiver's, once popped */
  uint32_t next;                /* of its microsecond, 0: none */
} P2pSimEvent;

/* Events of one slot, oldest first, side by side. */
#define P2P_SIM_BLOCK 20
typedef struct
{
  uint32_t older;               /* another block of the slot, 0: none */
  P2pSimEvent e[P2P_SIM_BLOCK];
} P2pSimBlock;

/* What it says of its newest block is here, so that to put an event there reads
 * nothing else: all other blocks are full. */
typedef struct
{
  uint32_t block, n;            /* block: 0 = the slot is empty */
} P2pSimSlot;

#define P2P_SIM_SLOT_BITS 5     /* a fine slot is 32 us */
#define P2P_SIM_STEPS (1u << P2P_SIM_SLOT_BITS)
#define P2P_SIM_FINE_BITS 5     /* so many of them make a coarse one */
#define P2P_SIM_FINE (1u << P2P_SIM_FINE_BITS)
#define P2P_SIM_COARSE 2048u    /* 2.1 s, later ones wait in a heap */

typedef struct
{
  P2pTime now;
  P2pRandom random;
  uint64_t hash, n_events;
  uint64_t orders;
  /* blocks by number, 0: none */
  P2pSimBlock *pool;
  uint32_t n_pool, cap_pool, free;
  P2pSimSlot *slot;             /* coarse ones, then fine ones */
  uint64_t *used;               /* which slots are not empty */
  int64_t coarse;               /* the one whose events are in fine slots */
  uint32_t ahead;               /* the block of the next one asked for last */
  int64_t at;                   /* the fine slot that is being worked off */
  P2pSimEvent *due;             /* its events, from 1 on */
  uint32_t n_due, cap_due;
  /* those, microsecond by microsecond, oldest first */
  uint32_t first[P2P_SIM_STEPS], last[P2P_SIM_STEPS], steps;
  P2pSimEvent *heap;
  uint32_t n, allocated;
  /* Told of the n events of a slot, before the first is taken out. NULL: nobody. */
  void (*hint) (void *owner, const P2pSimEvent * e, uint32_t n);
  void *owner;
} P2pSim;

/* calloc() that does not fail: without memory there is no simulation. */
void *p2p_sim_zeroed (size_t n, size_t size);
/* The same, from the beginning of a cache line on; to be freed likewise. */
#define P2P_SIM_LINE 64u
void *p2p_sim_aligned (size_t n, size_t size);

void p2p_sim_init (P2pSim * self, uint64_t seed);
/* Events that hold data must have been drained. */
void p2p_sim_clear (P2pSim * self);

/* Never before now. */
void p2p_sim_at (P2pSim * self, P2pTime when, uint32_t type, uint32_t a,
    uint32_t b, uint32_t c, void *data);
/* Moves the clock to the next event not later than 'until' and takes it out;
 * false: there is none, the clock stands at 'until'. */
bool p2p_sim_next (P2pSim * self, P2pTime until, P2pSimEvent * out);
/* Takes events out without time passing, to free what they hold. */
bool p2p_sim_drain (P2pSim * self, P2pSimEvent * out);

/* Asks the memory for some of the events that come later. */
void p2p_sim_block_soon (P2pSim * self);

/* Adds a fact to the hash. */
void p2p_sim_note (P2pSim * self, uint64_t value);
/* A well mixed 64-bit hash step (for keyed hashes of the model, too). */
uint64_t p2p_sim_mix (uint64_t hash, uint64_t value);

#endif /* P2P_SIM_H */
