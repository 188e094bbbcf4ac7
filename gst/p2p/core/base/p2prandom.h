/* gst-plugins-p2p
 *
 * This library is free software; you can redistribute it and/or
 * modify it under the terms of the GNU Lesser General Public
 * License as published by the Free Software Foundation; either
 * version 2.1 of the License, or (at your option) any later version.
 */
/* p2prandom.h: a seeded generator of random numbers (xoshiro256** by Blackman
 * and Vigna, state filled by SplitMix64). Equal seeds give equal runs on every
 * platform. Not for secrets. Embedded in its owner, no allocation.
 */
#ifndef P2P_RANDOM_H
#define P2P_RANDOM_H

#include "p2ptypes.h"

typedef struct { uint64_t s[4]; } P2pRandom;

void p2p_random_init (P2pRandom * self, uint64_t seed);
uint64_t p2p_random_u64 (P2pRandom * self);
uint32_t p2p_random_u32 (P2pRandom * self);
/* Uniform in [0, n), without modulo bias; 0 when n is 0. */
uint32_t p2p_random_range (P2pRandom * self, uint32_t n);
/* Uniform in [low, high]; low when high < low. */
int64_t p2p_random_between (P2pRandom * self, int64_t low, int64_t high);
/* Fisher-Yates over n elements of 'size' bytes each. */
void p2p_random_shuffle (P2pRandom * self, void *array, size_t n, size_t size);

#endif /* P2P_RANDOM_H */
