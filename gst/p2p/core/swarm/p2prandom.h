/* gst-plugins-p2p
 *
 * This library is free software; you can redistribute it and/or
 * modify it under the terms of the GNU Lesser General Public
 * License as published by the Free Software Foundation; either
 * version 2.1 of the License, or (at your option) any later version.
 */
/* p2prandom.h: the generator of one swarm. Owner: the swarm. Seeded by the
 * host, so that the same inputs give the same actions. Not for keys. */
#ifndef P2P_RANDOM_H
#define P2P_RANDOM_H

#include "../base/p2ptypes.h"

typedef struct
{
  uint64_t state;
} P2pRandom;

void p2p_random_init (P2pRandom * r, uint64_t seed);
uint32_t p2p_random_next (P2pRandom * r);
/* 0 <= result < n; n = 0 gives 0 */
uint32_t p2p_random_below (P2pRandom * r, uint32_t n);

#endif /* P2P_RANDOM_H */
