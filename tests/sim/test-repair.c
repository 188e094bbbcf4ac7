/* gst-plugins-p2p
 *
 * This library is free software; you can redistribute it and/or
 * modify it under the terms of the GNU Lesser General Public
 * License as published by the Free Software Foundation; either
 * version 2.1 of the License, or (at your option) any later version.
 */
/* test-repair.c: a sized-down run of the repair experiment (p2prepairlab.h);
 * all seeds: p2p-sim --repair --seeds=1000. */
#include <gst/check/gstcheck.h>

#include "p2prepairlab.h"
#include "p2pstrikelab.h"
#include "simmeans.h"

/* A run of 12 s with one death is short, and any change of the core deals the
 * cards anew: of a hundred seeds one or two pass a bound of time, each time
 * others. What must never be is judged in every seed, the rest of many. 27 seeds
 * for a cap of the source, 9 for a way to fall, 4 caps. */
#define VICTIMS 9
#define CAP_SEEDS 27
#define ROUND_SEEDS 108
#define ROUNDS (JUDGED ? 4 : 1)

typedef struct
{
  unsigned runs, lossy, beyond;
  uint64_t age_ms, control_ppm, cap_x1000;
} Sums;

/* Killed and stopped; cut cables do not hold yet (docs/bounds.md, "Strikes"). */
static void
run_cap (unsigned cap, Sums * sums)
{
  for (unsigned i = 0; i < ROUNDS * 2 * VICTIMS; i++) {
    unsigned seed = i / (2 * VICTIMS) * ROUND_SEEDS + cap * CAP_SEEDS
        + i % (2 * VICTIMS);
    P2pRepairResult r;

    p2p_repair_lab (seed, &r, NULL);
    fail_unless (r.repeated == 0, "seed %u", seed);
    fail_unless (r.back, "seed %u", seed);
    sums->runs++;
    sums->lossy += r.lost > 0 || r.never > 0;
    sums->beyond += r.age_ms > P2P_REPAIR_AGE_MS
        || r.report.rootless_ms > P2P_REPAIR_ROOTLESS_MS;
    sums->age_ms += r.age_ms;
    sums->control_ppm += r.report.control_ppm;
    sums->cap_x1000 += r.report.cap_worst_x1000;
  }
}

static void
judge (const char *what, const Sums * sums, unsigned age_ms)
{
  g_print ("%s: %u runs, %u with losses, %u beyond the bounds; age %u ms, "
      "control %u ppm, cap %u per mille\n", what, sums->runs, sums->lossy,
      sums->beyond, (unsigned) (sums->age_ms / sums->runs),
      (unsigned) (sums->control_ppm / sums->runs),
      (unsigned) (sums->cap_x1000 / sums->runs));
  if (!JUDGED)
    return;
  fail_unless (sums->lossy * 40 <= sums->runs, "%u lost", sums->lossy);
  fail_unless (sums->beyond * 15 <= sums->runs, "%u beyond the bounds",
      sums->beyond);
  fail_unless (sums->age_ms <= (uint64_t) age_ms * sums->runs);
  fail_unless (sums->control_ppm <=
      (uint64_t) P2P_REPAIR_CONTROL_PPM * sums->runs);
  fail_unless (sums->cap_x1000 <= 1000 * (uint64_t) sums->runs);
}

/* A source of 2.0 and of 2.5 times the media; seen: none lost, 1 % beyond. */
GST_START_TEST (test_whoever_falls_nobody_hears_it)
{
  Sums sums = { 0 };

  run_cap (2, &sums);
  run_cap (3, &sums);
  judge ("2.0 and 2.5 times", &sums, 450);
}

GST_END_TEST;

/* At 1.5 times. Requests for what the source was about to send anyway cost it a
 * third of its uplink once. */
GST_START_TEST (test_a_source_of_one_and_a_half_streams_carries_a_mesh)
{
  Sums sums = { 0 };

  run_cap (1, &sums);
  judge ("1.5 times", &sums, 500);
}

GST_END_TEST;

/* Ten meshes at a source of 1.3 times, 27 strikes each; seen: none of the strikes
 * with a loss or without a fresh chunk for 0.6 s (of 500 meshes 0.02 and 0.13 %), a mean
 * of 262 ms without one.
 * 17, 19 and 440 while what went to the dead again came out of the source's cap. */
GST_START_TEST (test_strikes_at_the_roots_of_a_tight_source_are_not_heard)
{
  unsigned runs = JUDGED ? 10 : 1, lossy = 0, late = 0;
  uint64_t fresh_ms = 0, control_ppm = 0, cap_x1000 = 0;

  for (unsigned i = 0; i < runs; i++) {
    P2pStrikeResult r;

    p2p_strike_lab (100 + i, 130, &r, NULL);
    for (unsigned j = 0; j < P2P_STRIKES; j++) {
      fail_unless (r.strike[j].repeated == 0, "seed %u", 100 + i);
      lossy += r.strike[j].lost > 0;
      late += r.strike[j].fresh_ms > P2P_STRIKE_FRESH_MS;
      fresh_ms += r.strike[j].fresh_ms;
    }
    control_ppm += r.report.control_ppm;
    cap_x1000 += r.report.cap_worst_x1000;
  }
  g_print
      ("%u strikes, %u with losses, %u late, %u ms, control %u ppm, cap %u\n",
      runs * P2P_STRIKES, lossy, late,
      (unsigned) (fresh_ms / (runs * P2P_STRIKES)),
      (unsigned) (control_ppm / runs), (unsigned) (cap_x1000 / runs));
  if (JUDGED) {
    fail_unless (lossy * 100 <= runs * P2P_STRIKES);
    fail_unless (late * 100 <= runs * P2P_STRIKES);
    fail_unless (fresh_ms <= 290 * (uint64_t) runs * P2P_STRIKES);
    fail_unless (control_ppm <= P2P_REPAIR_CONTROL_PPM * (uint64_t) runs);
    fail_unless (cap_x1000 <= 1000 * (uint64_t) runs);
  }
}

GST_END_TEST;

GST_START_TEST (test_equal_seeds_give_equal_hashes)
{
  P2pRepairResult a, b, c;

  p2p_repair_lab (5, &a, NULL);
  p2p_repair_lab (5, &b, NULL);
  p2p_repair_lab (6, &c, NULL);
  fail_unless (a.report.hash == b.report.hash);
  fail_unless (a.report.events == b.report.events);
  fail_unless (a.report.hash != c.report.hash);
}

GST_END_TEST;

static Suite *
repair_suite (void)
{
  Suite *s = suite_create ("sim-repair");
  TCase *tc = tcase_create ("general");

  suite_add_tcase (s, tc);
  tcase_add_test (tc, test_equal_seeds_give_equal_hashes);
  tcase_add_test (tc, test_whoever_falls_nobody_hears_it);
  tcase_add_test (tc, test_a_source_of_one_and_a_half_streams_carries_a_mesh);
  tcase_add_test (tc,
      test_strikes_at_the_roots_of_a_tight_source_are_not_heard);
  return s;
}

GST_CHECK_MAIN (repair);
