/* gst-plugins-p2p
 *
 * This library is free software; you can redistribute it and/or
 * modify it under the terms of the GNU Lesser General Public
 * License as published by the Free Software Foundation; either
 * version 2.1 of the License, or (at your option) any later version.
 */
/* test-swarms.c: swarms of CI size, bounds over several seeds. What a bound
 * is missed by: p2p-sim with the scenario's options and --trace=FILE. */
#include <gst/check/gstcheck.h>

#include "p2pscenario.h"

#define SEEDS 3
#define LAG_SEEDS 5

static void
radio (P2pScenario * s, unsigned seed, uint32_t peers)
{
  p2p_scenario_init (s, 128000);
  s->world.seed = 100 + seed;
  s->peers = peers;
  s->source_x100 = 0;
  s->source_up_bps = 10000000;
  s->rho_x100 = 0;
  s->up_bps = 10000000;
  s->caps_told = false;
  s->length = P2P_SEC (20);
}

/* ---- a chain: source and listeners that may have two neighbours ---- */

#define CHAIN 5
#define CHAIN_LINK P2P_MSEC (20)

typedef struct
{
  P2pTime worst[CHAIN + 1];
  P2pTime from;
} ChainLag;

static void
note_lag (P2pWorld * w, P2pNode * n, uint32_t serial, P2pTime lag, void *data)
{
  ChainLag *c = data;

  if (w->measure.published[serial] >= c->from && lag > c->worst[n->index])
    c->worst[n->index] = lag;
}

GST_START_TEST (test_a_chain_adds_the_links_delay_and_little_more)
{
  ChainLag lag = { {0}, P2P_SEC (12) };
  P2pScenario s;
  P2pWorldSpec spec;
  P2pWorld *w;

  radio (&s, __i__, CHAIN);
  s.world.geometry.map = P2P_NET_FIXED;
  s.world.geometry.min = CHAIN_LINK;
  s.source_max_peers = 1;
  s.max_peers = 2;
  w = p2p_scenario_start (&s);
  for (unsigned i = 0; i < CHAIN; i++) {
    p2p_world_run (w, P2P_SEC (2) * i + 1);
    p2p_scenario_draw (&s, w, &spec);
    p2p_world_add (w, &spec);
  }
  w->on_chunk = note_lag;
  w->data = &lag;
  p2p_world_run (w, P2P_SEC (22));
  /* 5 ms a hop: serialising at 10 Mbit/s (2 ms) and the signature */
  for (unsigned i = 1; i <= CHAIN; i++) {
    fail_unless (lag.worst[i] > 0, "nothing at listener %u", i);
    fail_unless (lag.worst[i] <= CHAIN * (CHAIN_LINK + P2P_MSEC (5)),
        "listener %u: %d us", i, (int) lag.worst[i]);
  }
  fail_unless_equals_int (w->measure.lost, 0);
  p2p_world_free (w);
}

GST_END_TEST;

GST_START_TEST (test_a_few_listeners_are_as_good_as_a_star)
{
  static const uint32_t sizes[] = { 1, 2, 3, 5 };

  for (unsigned i = 0; i < G_N_ELEMENTS (sizes); i++) {
    P2pScenario s;
    P2pReport r;

    radio (&s, __i__, sizes[i]);
    p2p_scenario_run (&s, &r, NULL);
    fail_unless (r.missed_ppm[0] == 0, "N = %u: %u ppm", sizes[i],
        r.missed_ppm[0]);
    fail_unless (r.lag_ms[3] <= 250, "N = %u: %u ms", sizes[i], r.lag_ms[3]);
    fail_unless_equals_int (r.lost, 0);
    fail_unless_equals_int (r.repeated + r.unordered, 0);
  }
}

GST_END_TEST;

/* ---- churn and death ---- */

GST_START_TEST (test_silent_leavers_leave_few_gaps)
{
  P2pScenario s;
  P2pReport r;

  radio (&s, __i__, 60);
  s.source_x100 = 400;
  s.churn_x100 = 200;
  p2p_scenario_run (&s, &r, NULL);
  fail_unless (r.missed_ppm[2] <= 5000, "%u ppm", r.missed_ppm[2]);
  fail_unless_equals_int (r.forged, 0);
  fail_unless_equals_int (r.repeated + r.unordered, 0);
}

GST_END_TEST;

GST_START_TEST (test_polite_leavers_leave_none)
{
  P2pScenario s;
  P2pReport r;

  radio (&s, __i__, 60);
  s.source_x100 = 400;
  s.churn_x100 = 200;
  s.polite = true;
  p2p_scenario_run (&s, &r, NULL);
  fail_unless (r.missed_ppm[2] <= 1000, "%u ppm", r.missed_ppm[2]);
}

GST_END_TEST;

static void
mass_death (unsigned seed, unsigned percent, uint32_t worst_second)
{
  P2pScenario s;
  P2pReport r;

  radio (&s, seed, 60);
  s.source_x100 = 400;
  s.kill_percent = percent;
  s.kill_at = P2P_SEC (5);
  p2p_scenario_run (&s, &r, NULL);
  fail_unless (r.worst_second_x100 >= worst_second, "%u of 10,000",
      r.worst_second_x100);
  /* sub-streams that look for a parent at the end, of about 168 */
  fail_unless (r.forest.orphans <= 12, "%u orphans", r.forest.orphans);
}

GST_START_TEST (test_a_third_dies_at_once)
{
  mass_death (__i__, 30, 9990);
}

GST_END_TEST;

GST_START_TEST (test_half_dies_at_once)
{
  mass_death (__i__, 50, 9700);
}

GST_END_TEST;

/* ---- 2 Mbit/s, members of mixed upload, source capped at four times ---- */

/* One seed's 99 % is a matter of who met whom (580 to 870 ms have been seen):
 * the bound is one of the mean, the worst seed has room. */
GST_START_TEST (test_a_hundred_members_are_hardly_behind)
{
  uint32_t late = 0;

  for (unsigned i = 0; i < LAG_SEEDS; i++) {
    P2pScenario s;
    P2pReport r;

    p2p_scenario_init (&s, 2000000);
    s.world.seed = 100 + i;
    s.length = P2P_SEC (20);
    p2p_scenario_run (&s, &r, NULL);
    fail_unless (r.missed_ppm[2] == 0, "seed %u: %u ppm", i, r.missed_ppm[2]);
    fail_unless (r.lag_ms[0] <= 400, "seed %u, half: %u ms", i, r.lag_ms[0]);
    fail_unless (r.lag_ms[3] <= 900, "seed %u, 99 %%: %u ms", i, r.lag_ms[3]);
    fail_unless (r.forest.first_hop_x1000 <= 250, "seed %u: %u per mille of "
        "all paths behind one first hop", i, r.forest.first_hop_x1000);
    late += r.lag_ms[3];
  }
  fail_unless (late <= LAG_SEEDS * 700, "99 %%: %u ms on average",
      late / LAG_SEEDS);
}

GST_END_TEST;

GST_START_TEST (test_heavy_churn_costs_less_than_one_percent)
{
  P2pScenario s;
  P2pReport r;

  p2p_scenario_init (&s, 2000000);
  s.world.seed = 100 + __i__;
  s.length = P2P_SEC (20);
  s.churn_x100 = 500;
  p2p_scenario_run (&s, &r, NULL);
  fail_unless (r.missed_ppm[2] <= 10000, "%u ppm", r.missed_ppm[2]);
  fail_unless_equals_int (r.forged, 0);
}

GST_END_TEST;

GST_START_TEST (test_half_of_a_mixed_swarm_dies_at_once)
{
  P2pScenario s;
  P2pReport r;

  p2p_scenario_init (&s, 2000000);
  s.world.seed = 100 + __i__;
  s.kill_percent = 50;
  s.kill_at = P2P_SEC (5);
  s.length = P2P_SEC (20);
  p2p_scenario_run (&s, &r, NULL);
  /* seen: 88.9 to 98 %; the goal is 97 */
  fail_unless (r.worst_second_x100 >= 8500, "%u of 10,000",
      r.worst_second_x100);
  fail_unless (r.forest.orphans <= 8, "%u orphans", r.forest.orphans);
}

GST_END_TEST;

/* ---- caps, sleepers, liars ---- */

GST_START_TEST (test_the_upload_cap_holds_over_any_two_seconds)
{
  P2pScenario s;
  P2pReport r;

  radio (&s, __i__, 20);
  s.source_x100 = 250;
  s.source_up_bps = 100000000;
  s.up_bps = 256000;
  s.caps_told = true;
  p2p_scenario_run (&s, &r, NULL);
  /* 1 %: opening flights and SACKs in the same two seconds, which nothing
   * holds back; the goal is none */
  fail_unless (r.cap_worst_x1000 <= 1010, "%u per mille of the cap",
      r.cap_worst_x1000);
  fail_unless (r.delivered > 0);
}

GST_END_TEST;

GST_START_TEST (test_a_listener_that_sleeps_harms_nobody)
{
  P2pScenario s;
  P2pReport r;
  P2pWorldSpec spec;
  P2pWorld *w;
  int64_t before;

  radio (&s, __i__, 10);
  w = p2p_scenario_start (&s);
  for (unsigned i = 0; i < s.peers; i++) {
    p2p_scenario_draw (&s, w, &spec);
    p2p_world_add (w, &spec);
  }
  p2p_world_run (w, P2P_SEC (10));
  p2p_measure_restart (&w->measure, w->sim.now);
  before = p2p_world_node (w, 0)->memory;
  p2p_world_stop (w, 3);
  p2p_world_run (w, P2P_SEC (25));
  fail_unless (p2p_world_node (w, 0)->memory <= before * 5 / 4);
  p2p_world_resume (w, 3);
  p2p_world_run (w, P2P_SEC (40));
  p2p_scenario_report (&s, w, &r);
  fail_unless (r.missed_ppm[2] == 0, "%u ppm", r.missed_ppm[2]);
  /* it is back */
  fail_unless (p2p_world_node (w, 3)->m.newest + 16 > w->measure.n_published);
  p2p_world_free (w);
}

GST_END_TEST;

GST_START_TEST (test_liars_are_dropped_and_nothing_forged_is_delivered)
{
  P2pScenario s;
  P2pReport r;

  radio (&s, __i__, 40);
  s.source_x100 = 400;
  s.liar_percent = 10;
  p2p_scenario_run (&s, &r, NULL);
  fail_unless_equals_int (r.forged, 0);
  fail_unless (r.bad_drops > 0);
  fail_unless (r.missed_ppm[2] <= 1000, "%u ppm", r.missed_ppm[2]);
}

GST_END_TEST;

GST_START_TEST (test_promises_and_false_maps_harm_few)
{
  P2pScenario s;
  P2pReport r;

  radio (&s, __i__, 40);
  s.source_x100 = 400;
  s.false_map_percent = 5;
  s.staller_percent = 5;
  p2p_scenario_run (&s, &r, NULL);
  fail_unless_equals_int (r.forged, 0);
  fail_unless (r.missed_ppm[2] <= 20000, "%u ppm", r.missed_ppm[2]);
}

GST_END_TEST;

/* ---- the publisher ---- */

GST_START_TEST (test_a_publisher_that_comes_back_is_heard_again)
{
  P2pScenario s;
  P2pWorldSpec spec;
  P2pWorld *w;
  uint32_t before;

  radio (&s, __i__, 12);
  w = p2p_scenario_start (&s);
  for (unsigned i = 0; i < s.peers; i++) {
    p2p_scenario_draw (&s, w, &spec);
    p2p_world_add (w, &spec);
  }
  p2p_world_run (w, P2P_SEC (8));
  p2p_world_source_down (w, __i__ % 2);
  p2p_world_run (w, P2P_SEC (18));
  before = w->measure.n_published;
  p2p_world_source_up (w);
  p2p_world_run (w, P2P_SEC (18) + P2P_SEC (3));
  for (unsigned i = 1; i <= s.peers; i++) {
    P2pNode *n = p2p_world_node (w, i);

    fail_unless (n->m.newest > before, "listener %u: %u of %u", i,
        n->m.newest, before);
    fail_unless (n->epoch == w->epoch);
  }
  p2p_world_free (w);
}

GST_END_TEST;

GST_START_TEST (test_the_end_reaches_everybody)
{
  P2pScenario s;
  P2pWorldSpec spec;
  P2pWorld *w;

  radio (&s, __i__, 12);
  w = p2p_scenario_start (&s);
  for (unsigned i = 0; i < s.peers; i++) {
    p2p_scenario_draw (&s, w, &spec);
    p2p_world_add (w, &spec);
  }
  p2p_world_run (w, P2P_SEC (10));
  p2p_world_end_stream (w);
  p2p_world_run (w, P2P_SEC (13));
  for (unsigned i = 1; i <= s.peers; i++)
    fail_unless_equals_int (p2p_world_node (w, i)->ended, 1);
  p2p_world_free (w);
}

GST_END_TEST;

GST_START_TEST (test_many_join_at_once)
{
  P2pScenario s;
  P2pReport r;

  radio (&s, __i__, 20);
  s.source_x100 = 400;
  s.burst_peers = 80;
  s.burst_over = P2P_SEC (2);
  p2p_scenario_run (&s, &r, NULL);
  fail_unless_equals_int (r.members, 100);
  fail_unless (r.forest.orphans == 0);
  fail_unless (r.join_p95_ms <= 3000, "%u ms", r.join_p95_ms);
}

GST_END_TEST;

static Suite *
swarms_suite (void)
{
  Suite *s = suite_create ("sim-swarms");
  TCase *tc = tcase_create ("general");

  suite_add_tcase (s, tc);
#define SEEDED(test) tcase_add_loop_test (tc, test, 0, SEEDS)
  SEEDED (test_a_chain_adds_the_links_delay_and_little_more);
  SEEDED (test_a_few_listeners_are_as_good_as_a_star);
  SEEDED (test_silent_leavers_leave_few_gaps);
  SEEDED (test_polite_leavers_leave_none);
  SEEDED (test_a_third_dies_at_once);
  SEEDED (test_half_dies_at_once);
  tcase_add_test (tc, test_a_hundred_members_are_hardly_behind);
  SEEDED (test_heavy_churn_costs_less_than_one_percent);
  SEEDED (test_half_of_a_mixed_swarm_dies_at_once);
  SEEDED (test_the_upload_cap_holds_over_any_two_seconds);
  SEEDED (test_a_listener_that_sleeps_harms_nobody);
  SEEDED (test_liars_are_dropped_and_nothing_forged_is_delivered);
  SEEDED (test_promises_and_false_maps_harm_few);
  SEEDED (test_a_publisher_that_comes_back_is_heard_again);
  SEEDED (test_the_end_reaches_everybody);
  SEEDED (test_many_join_at_once);
  return s;
}

GST_CHECK_MAIN (swarms);
