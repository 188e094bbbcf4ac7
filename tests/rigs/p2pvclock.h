/* gst-plugins-p2p
 *
 * This library is free software; you can redistribute it and/or
 * modify it under the terms of the GNU Lesser General Public
 * License as published by the Free Software Foundation; either
 * version 2.1 of the License, or (at your option) any later version.
 */
/* p2pvclock.h: the clock and the randomness that usrsctp sees in the rigs. */
#ifndef P2P_VCLOCK_H
#define P2P_VCLOCK_H

#include <stdint.h>

/* From the first call on gettimeofday() answers this many microseconds after
 * a fixed date. */
void p2p_vclock_set (int64_t now_us);
/* From then on getrandom() is a generator with this seed. */
void p2p_vclock_seed (uint64_t seed);

/* splitmix64: the next number of a generator. */
uint64_t p2p_vclock_random (uint64_t * state);

#endif
