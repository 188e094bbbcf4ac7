/* gst-plugins-p2p
 *
 * This library is free software; you can redistribute it and/or
 * modify it under the terms of the GNU Lesser General Public
 * License as published by the Free Software Foundation; either
 * version 2.1 of the License, or (at your option) any later version.
 */
/* p2pstrikelab.h: one radio swarm, one member after the other struck down: what
 * tests/rigs/must-hold.py mesh does with real processes, in virtual time.
 *
 * A source and 9 listeners, 4 sub-streams, 125 ms chunks of 128 kbit/s, 10 ms
 * links, latency 1 s. Each place is struck three times: its member killed,
 * stopped, cut off; then a new one takes it. The first to go at a place is as old
 * as the swarm and may be the root of several sub-streams, which is what the
 * repair experiment (p2prepairlab.h), 14 s after the first joined, rarely meets.
 */
#ifndef P2P_STRIKE_LAB_H
#define P2P_STRIKE_LAB_H

#include "p2pscenario.h"

#define P2P_STRIKE_PLACES 9
#define P2P_STRIKES (P2P_STRIKE_MODES * P2P_STRIKE_PLACES)
#define P2P_STRIKE_FRESH_MS 600

typedef struct
{
  uint32_t victim;              /* node */
  unsigned mode;                /* of p2p_repair_modes */
  unsigned roots;               /* sub-streams that it had from the source */
  uint32_t fresh_ms;            /* longest without a chunk at the elements of anybody else */
  uint32_t age_ms;              /* oldest chunk at its arrival there */
  uint64_t lost, repeated;      /* by all others, in the 5 s after it */
  P2pTime at;
  bool pass;
} P2pStrike;

typedef struct
{
  P2pStrike strike[P2P_STRIKES];
  P2pReport report;             /* from before the first to after the last */
  unsigned failed;
} P2pStrikeResult;

void p2p_strike_lab (uint64_t seed, unsigned source_x100,
    P2pStrikeResult * out, FILE * trace);

#endif /* P2P_STRIKE_LAB_H */
