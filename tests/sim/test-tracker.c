/* gst-plugins-p2p
 *
 * This library is free software; you can redistribute it and/or
 * modify it under the terms of the GNU Lesser General Public
 * License as published by the Free Software Foundation; either
 * version 2.1 of the License, or (at your option) any later version.
 */
/* test-tracker.c: a swarm introduced by the tracker's own code, as the processes
 * of tests/rigs/real-and-sim.py are, and on a machine that stands still. */
#include <gst/check/gstcheck.h>

#include "p2pscenario.h"

#define SEEDS 10

typedef struct
{
  uint64_t missed_ppm, lost, lag_p95_ms, lag_max_ms, brothers_x100;
} Sum;

static P2pScenario
radio (bool real_tracker, uint64_t seed)
{
  P2pScenario s;

  p2p_scenario_init (&s, 128000);
  s.world.seed = seed;
  s.world.real_tracker = real_tracker;
  s.world.geometry.map = P2P_NET_FIXED;
  s.world.geometry.min = s.world.geometry.max = P2P_MSEC (20);
  s.world.setup_min = P2P_MSEC (220);
  s.world.setup_max = P2P_MSEC (240);
  s.peers = 30;
  s.rho_x100 = 0;
  s.up_bps = s.source_up_bps = 100000000;
  s.cap_bps = 512000;
  s.warm_up = P2P_SEC (10);
  s.length = P2P_SEC (15);
  return s;
}

static void
add (Sum * sum, const P2pReport * r)
{
  sum->missed_ppm += r->missed_ppm[2];
  sum->lost += r->lost;
  sum->lag_p95_ms += r->lag_ms[2];
  sum->lag_max_ms += r->lag_max_ms;
  sum->brothers_x100 += r->forest.brothers_x100;
}

static Sum
run (bool real_tracker, const P2pStall * stall)
{
  Sum sum = { 0 };

  for (uint64_t seed = 1; seed <= SEEDS; seed++) {
    P2pScenario s = radio (real_tracker, seed);
    P2pReport r;

    s.stalls = stall;
    s.n_stalls = stall != NULL;
    p2p_scenario_run (&s, &r, NULL);
    add (&sum, &r);
  }
  GST_INFO ("tracker %d: p95 %u ms, longest %u, %u.%02u children a sub-stream",
      real_tracker, (unsigned) (sum.lag_p95_ms / SEEDS),
      (unsigned) (sum.lag_max_ms / SEEDS),
      (unsigned) (sum.brothers_x100 / SEEDS / 100),
      (unsigned) (sum.brothers_x100 / SEEDS % 100));
  return sum;
}

/* The newest have room, the first a short way to the source: who is introduced
 * to the one kind only stands in a long queue or hangs deep. */
GST_START_TEST (test_the_tracker_introduces_no_worse_than_chance)
{
  Sum ideal = run (false, NULL), tracker = run (true, NULL);

  fail_unless_equals_uint64 (tracker.missed_ppm, 0);
  fail_unless_equals_uint64 (tracker.lost, 0);
  fail_unless (tracker.lag_p95_ms * 4 <= ideal.lag_p95_ms * 5);
  fail_unless (tracker.brothers_x100 * 4 <= ideal.brothers_x100 * 5);
}

GST_END_TEST;

GST_START_TEST (test_a_machine_that_stands_still_loses_nothing)
{
  const P2pStall stall = { P2P_SEC (14), P2P_SEC (14) + P2P_MSEC (600) };
  Sum sum = run (true, &stall);

  fail_unless_equals_uint64 (sum.missed_ppm, 0);
  fail_unless_equals_uint64 (sum.lost, 0);
  fail_unless (sum.lag_max_ms >= 400 * SEEDS);  /* it did stand still */
}

GST_END_TEST;

GST_START_TEST (test_equal_seeds_are_introduced_alike)
{
  P2pScenario s = radio (true, 7);
  P2pReport a, b;

  p2p_scenario_run (&s, &a, NULL);
  p2p_scenario_run (&s, &b, NULL);
  fail_unless_equals_uint64 (a.hash, b.hash);
  fail_unless (a.setups > 0);
}

GST_END_TEST;

static Suite *
tracker_suite (void)
{
  Suite *s = suite_create ("sim-tracker");
  TCase *tc = tcase_create ("general");

  suite_add_tcase (s, tc);
  tcase_add_test (tc, test_the_tracker_introduces_no_worse_than_chance);
  tcase_add_test (tc, test_a_machine_that_stands_still_loses_nothing);
  tcase_add_test (tc, test_equal_seeds_are_introduced_alike);
  return s;
}

GST_CHECK_MAIN (tracker);
