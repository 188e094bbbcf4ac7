/* gst-plugins-p2p
 *
 * This library is free software; you can redistribute it and/or
 * modify it under the terms of the GNU Lesser General Public
 * License as published by the Free Software Foundation; either
 * version 2.1 of the License, or (at your option) any later version.
 */
/* p2prepairlab.h: the repair experiment: a small radio swarm, a source with
 * little to give, and one member after the other struck down.
 *
 * 9 listeners, 4 sub-streams, 125 ms chunks, 128 kbit/s, 20 ms links, answers
 * of signature checks 0.2 to 20 ms late and out of order. The seed names the
 * victim, how it falls (killed, stopped and resumed, cut off and healed) and
 * the cap of the source (1.3 to 2.5 times the media).
 */
#ifndef P2P_REPAIR_LAB_H
#define P2P_REPAIR_LAB_H

#include "p2pscenario.h"

#define P2P_REPAIR_AGE_MS 750           /* no chunk older when it is there */
#define P2P_REPAIR_ROOTLESS_MS 600      /* no sub-stream longer without root */
#define P2P_REPAIR_CONTROL_PPM 40000

typedef struct
{
  P2pReport report;
  unsigned victim, mode, source_x100;
  uint32_t age_ms;              /* oldest chunk at its arrival, all others */
  uint64_t lost, repeated;      /* at a latency of 1 s, by all others */
  uint32_t never;               /* chunks that did not come in 5 s */
  bool back;                    /* the victim plays again (stop, cut) */
  bool pass;
} P2pRepairResult;

extern const char *const p2p_repair_modes[P2P_STRIKE_MODES];

void p2p_repair_lab (uint64_t seed, P2pRepairResult * out, FILE * trace);

#endif /* P2P_REPAIR_LAB_H */
