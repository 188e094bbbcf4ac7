/* gst-plugins-p2p
 *
 * This library is free software; you can redistribute it and/or
 * modify it under the terms of the GNU Lesser General Public
 * License as published by the Free Software Foundation; either
 * version 2.1 of the License, or (at your option) any later version.
 */
/* p2prandom.c: xoshiro256** seeded by SplitMix64 (both in the public domain;
 * written here from the published recurrences).
 *
 * Owner: embedded in whoever draws. Thread: the owner's.
 */
#include "p2prandom.h"

static uint64_t
splitmix (uint64_t * state)
{
  uint64_t z = *state += UINT64_C (0x9e3779b97f4a7c15);

  z = (z ^ (z >> 30)) * UINT64_C (0xbf58476d1ce4e5b9);
  z = (z ^ (z >> 27)) * UINT64_C (0x94d049bb133111eb);
  return z ^ (z >> 31);
}

static uint64_t
rotate (uint64_t v, unsigned bits)
{
  return v << bits | v >> (64 - bits);
}

void
p2p_random_init (P2pRandom * self, uint64_t seed)
{
  unsigned i;

  for (i = 0; i < 4; i++)
    self->s[i] = splitmix (&seed);
}

uint64_t
p2p_random_u64 (P2pRandom * self)
{
  uint64_t *s = self->s;
  uint64_t result = rotate (s[1] * 5, 7) * 9;
  uint64_t t = s[1] << 17;

  s[2] ^= s[0];
  s[3] ^= s[1];
  s[1] ^= s[2];
  s[0] ^= s[3];
  s[2] ^= t;
  s[3] = rotate (s[3], 45);
  return result;
}

uint32_t
p2p_random_u32 (P2pRandom * self)
{
  /* the upper half: the lower bits of the scrambler are the weaker ones */
  return (uint32_t) (p2p_random_u64 (self) >> 32);
}

/* Uniform in [0, n), n > 0. Draws again while in the incomplete last cycle of
 * n: 2^64 mod n values, so less than one extra draw on average. */
static uint64_t
below (P2pRandom * self, uint64_t n)
{
  uint64_t reject = (UINT64_MAX - n + 1) % n, v;

  do {
    v = p2p_random_u64 (self);
  } while (v < reject);
  return v % n;
}

uint32_t
p2p_random_range (P2pRandom * self, uint32_t n)
{
  return n == 0 ? 0 : (uint32_t) below (self, n);
}

int64_t
p2p_random_between (P2pRandom * self, int64_t low, int64_t high)
{
  uint64_t span = (uint64_t) high - (uint64_t) low;

  if (high <= low)
    return low;
  if (span == UINT64_MAX)
    return (int64_t) p2p_random_u64 (self);
  return (int64_t) ((uint64_t) low + below (self, span + 1));
}

static void
swap_bytes (uint8_t * a, uint8_t * b, size_t n)
{
  size_t i;

  for (i = 0; i < n; i++) {
    uint8_t t = a[i];

    a[i] = b[i];
    b[i] = t;
  }
}

void
p2p_random_shuffle (P2pRandom * self, void *array, size_t n, size_t size)
{
  uint8_t *bytes = array;
  size_t i, j;

  for (i = n; i > 1; i--) {
    j = (size_t) below (self, i);
    if (j != i - 1)
      swap_bytes (bytes + (i - 1) * size, bytes + j * size, size);
  }
}
