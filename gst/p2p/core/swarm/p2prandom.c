/* gst-plugins-p2p
 *
 * This library is free software; you can redistribute it and/or
 * modify it under the terms of the GNU Lesser General Public
 * License as published by the Free Software Foundation; either
 * version 2.1 of the License, or (at your option) any later version.
 */
/* p2prandom.c: splitmix64 (a 64-bit counter through a mixing function): one
 * word of state, passes the usual statistical batteries, and any seed is good. */
#include "p2prandom.h"

void
p2p_random_init (P2pRandom * r, uint64_t seed)
{
  r->state = seed;
}

uint32_t
p2p_random_next (P2pRandom * r)
{
  uint64_t z = (r->state += UINT64_C (0x9e3779b97f4a7c15));

  z = (z ^ (z >> 30)) * UINT64_C (0xbf58476d1ce4e5b9);
  z = (z ^ (z >> 27)) * UINT64_C (0x94d049bb133111eb);
  return (uint32_t) ((z ^ (z >> 31)) >> 32);
}

uint32_t
p2p_random_below (P2pRandom * r, uint32_t n)
{
  return n == 0 ? 0 :
      (uint32_t) (((uint64_t) p2p_random_next (r) * n) >> 32);
}
