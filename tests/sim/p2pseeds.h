/* gst-plugins-p2p
 *
 * This library is free software; you can redistribute it and/or
 * modify it under the terms of the GNU Lesser General Public
 * License as published by the Free Software Foundation; either
 * version 2.1 of the License, or (at your option) any later version.
 */
/* p2pseeds.h: tests run a scenario with ten seeds and judge what comes of it.
 *
 * One seed is a matter of who met whom, and any change of the core deals the
 * cards anew. What must never be is judged in every seed; of figures mean and
 * median have to be within the bound, the one seed in ten that is second to
 * the worst (p90) within three, the worst (p99) within six times of it. All are
 * printed, and what is missed says which plot shows it.
 */
#ifndef P2P_SEEDS_H
#define P2P_SEEDS_H

#include "p2pscenario.h"
#include "simmeans.h"

typedef struct
{
  uint32_t missed_ppm;          /* at 3 s */
  uint32_t lag_p50_ms, lag_p99_ms;
  uint32_t worst_second_x100;
  uint32_t worst_member_ppm;    /* missed at 3 s */
  uint32_t orphans_x100;        /* sub-streams that look for a parent at the end */
  uint32_t unbacked_x100;       /* sub-streams whose member knows nobody with room */
  uint32_t restored_ms;         /* 99 % of the push paths, after a death of many */
  uint32_t first_hop_x1000;
  uint32_t join_p95_ms;
  uint32_t newcomer_p50_ms, newcomer_p95_ms, waiting_x100;
  uint32_t duplicates_ppm;
  uint32_t cap_x1000;
  uint32_t source_x1000;        /* chunk bytes of the source over the media's */
  uint32_t liar_kept_ms;
} P2pSeedFigures;

typedef struct
{
  P2pSeedFigures mean, median, p90, p99;        /* p90, p99: as far from the best */
  uint64_t bad_drops;           /* in all */
} P2pSeeds;

typedef void (*P2pSeedsSetUp) (P2pScenario * s, unsigned seed);

/* Nothing forged, repeated or out of order in any of them, or the test fails. */
void p2p_seeds_run (const char *what, P2pSeedsSetUp set_up, P2pSeeds * out);
/* The same of 'times' as many seeds, where ten scatter by more than is judged. */
void p2p_seeds_run_times (const char *what, P2pSeedsSetUp set_up,
    unsigned times, P2pSeeds * out);

void p2p_seeds_judge (const P2pSeeds * m, unsigned offset, bool at_most,
    uint32_t bound, uint32_t best, const char *figure);

#define fail_unless_most(m, figure, bound) \
  p2p_seeds_judge (&(m), offsetof (P2pSeedFigures, figure), true, (bound), 0, \
      #figure)
/* Of something that is 10,000 at best. */
#define fail_unless_least(m, figure, bound) \
  p2p_seeds_judge (&(m), offsetof (P2pSeedFigures, figure), false, (bound), \
      10000, #figure)

#endif /* P2P_SEEDS_H */
