/* gst-plugins-p2p
 *
 * This library is free software; you can redistribute it and/or
 * modify it under the terms of the GNU Lesser General Public
 * License as published by the Free Software Foundation; either
 * version 2.1 of the License, or (at your option) any later version.
 */
/* test-swarms.c: swarms of CI size. What a bound is missed by: p2p-sim with the
 * scenario's options and --trace=FILE.
 */
#include <gst/check/gstcheck.h>

#include "p2pseeds.h"

#define SEEDS 3

static void
radio (P2pScenario * s, unsigned seed, uint32_t peers)
{
  p2p_scenario_radio (s, 100 + seed, peers);
  s->length = P2P_SEC (20);
}

static void
fail_unless_misses (const char *what, P2pSeedsSetUp set_up, unsigned most_ppm)
{
  P2pSeeds m;

  p2p_seeds_run (what, set_up, &m);
  fail_unless_most (m, missed_ppm, most_ppm);
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
  P2pWorld *w;

  radio (&s, __i__, CHAIN);
  s.world.geometry.map = P2P_NET_FIXED;
  s.world.geometry.min = CHAIN_LINK;
  s.source_max_peers = 1;
  s.max_peers = 2;
  w = p2p_scenario_start (&s);
  for (unsigned i = 0; i < CHAIN; i++) {
    p2p_world_run (w, P2P_SEC (2) * i + 1);
    p2p_scenario_add (&s, w);
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

static uint32_t few;

static void
set_up_few (P2pScenario * s, unsigned seed)
{
  radio (s, seed, few);
}

GST_START_TEST (test_a_few_listeners_are_as_good_as_a_star)
{
  static const uint32_t sizes[] = { 1, 2, 3, 5 };
  P2pSeeds m;

  for (unsigned i = 0; i < G_N_ELEMENTS (sizes); i++) {
    few = sizes[i];
    p2p_seeds_run ("a few", set_up_few, &m);
    fail_unless_most (m, missed_ppm, 0);
    fail_unless_most (m, lag_p99_ms, 250);
  }
}

GST_END_TEST;

/* ---- churn and death ---- */

static void
set_up_churn (P2pScenario * s, unsigned seed)
{
  radio (s, seed, 60);
  s->source_x100 = 400;
  s->churn_x100 = 200;
}

GST_START_TEST (test_silent_leavers_leave_few_gaps)
{
  P2pSeeds m;

  p2p_seeds_run ("silent leavers", set_up_churn, &m);
  fail_unless_most (m, missed_ppm, 300);
  fail_unless_most (m, lag_p99_ms, 700);
}

GST_END_TEST;

static void
set_up_polite (P2pScenario * s, unsigned seed)
{
  set_up_churn (s, seed);
  s->polite = true;
}

GST_START_TEST (test_polite_leavers_leave_none)
{
  fail_unless_misses ("polite leavers", set_up_polite, 100);
}

GST_END_TEST;

static void
set_up_third (P2pScenario * s, unsigned seed)
{
  radio (s, seed, 60);
  s->source_x100 = 400;
  s->kill_percent = 30;
  s->kill_at = P2P_SEC (5);
}

/* Orphans are of about 168 sub-streams, at one instant: who looks for a parent then
 * counts with all below; 35 in one seed of ten, none in the others, have been seen. */
GST_START_TEST (test_a_third_dies_at_once)
{
  P2pSeeds m;

  p2p_seeds_run ("a third dies", set_up_third, &m);
  fail_unless_least (m, worst_second_x100, 9970);
  fail_unless_most (m, orphans_x100, 600);
}

GST_END_TEST;

static void
set_up_half (P2pScenario * s, unsigned seed)
{
  set_up_third (s, seed);
  s->kill_percent = 50;
}

GST_START_TEST (test_half_dies_at_once)
{
  P2pSeeds m;

  p2p_seeds_run ("half dies", set_up_half, &m);
  fail_unless_least (m, worst_second_x100, 9950);
  fail_unless_most (m, orphans_x100, 600);
}

GST_END_TEST;

/* ---- 2 Mbit/s, members of mixed upload, source capped at four times ---- */

static void
set_up_mixed (P2pScenario * s, unsigned seed)
{
  p2p_scenario_init (s, 2000000);
  s->world.seed = 100 + seed;
  s->length = P2P_SEC (20);
}

/* 580 to 870 ms have been seen of single seeds' 99 %. */
GST_START_TEST (test_a_hundred_members_are_hardly_behind)
{
  P2pSeeds m;

  p2p_seeds_run ("mixed", set_up_mixed, &m);
  fail_unless_most (m, missed_ppm, 10);
  fail_unless_most (m, lag_p50_ms, 430);
  fail_unless_most (m, lag_p99_ms, 800);
  /* per mille of all paths behind one first hop */
  fail_unless_most (m, first_hop_x1000, 200);
  fail_unless_most (m, unbacked_x100, 100);     /* of 800 */
  fail_unless_most (m, source_x1000, 3000);
}

GST_END_TEST;

static void
set_up_mixed_churn (P2pScenario * s, unsigned seed)
{
  set_up_mixed (s, seed);
  s->churn_x100 = 500;
}

GST_START_TEST (test_heavy_churn_costs_less_than_one_percent)
{
  P2pSeeds m;

  p2p_seeds_run ("mixed, heavy churn", set_up_mixed_churn, &m);
  /* seen: 70 ppm; goal 99.7 % */
  fail_unless_most (m, missed_ppm, 3000);
  /* seen: 4.7 %; 5.9 where living parents are not waited for (goal 4) */
  fail_unless_most (m, duplicates_ppm, 50000);
}

GST_END_TEST;

static void
set_up_newcomers (P2pScenario * s, unsigned seed)
{
  set_up_mixed (s, seed);
  s->churn_x100 = 100;
}

/* From the first link on. Seen: 708 ms; 892 while two links were wanted at once, whatever
 * the rendezvous says of the rate; goal 700. */
GST_START_TEST (test_newcomers_have_a_second_of_media_soon)
{
  P2pSeeds m;

  p2p_seeds_run ("mixed, newcomers", set_up_newcomers, &m);
  fail_unless (m.mean.newcomer_p50_ms > 0);
  fail_unless_most (m, newcomer_p50_ms, 760);
  fail_unless_most (m, waiting_x100, 50);
  fail_unless_most (m, missed_ppm, 100);
}

GST_END_TEST;

static void
set_up_mixed_half (P2pScenario * s, unsigned seed)
{
  set_up_mixed (s, seed);
  s->kill_percent = 50;
  s->kill_at = P2P_SEC (5);
}

GST_START_TEST (test_half_of_a_mixed_swarm_dies_at_once)
{
  P2pSeeds m;

  p2p_seeds_run ("mixed, half dies", set_up_mixed_half, &m);
  /* seen: 99.8 %, 99.0 in the worst seed (goal 97); 2.0 s, 3.0 in the worst (goal 2;
   * 2.8 and 7.7 when roots lose what is beyond their share) */
  fail_unless_least (m, worst_second_x100, 9700);
  fail_unless_most (m, restored_ms, 2600);
  /* The end is one instant. From 4 s after the death on 1 % of the 400 paths are gone
   * at any time, for it was a root that moved: 3.9 of 20 seeds, 20 in one; so it was
   * before. */
  fail_unless_most (m, orphans_x100, 1200);
}

GST_END_TEST;

/* ---- who has how much to give: half of the usual size ---- */

static void
set_up_given (P2pScenario * s, unsigned seed)
{
  set_up_mixed (s, seed);
  s->peers = 50;
  s->length = P2P_SEC (10);
}

static void
set_up_half_leaves (P2pScenario * s, unsigned seed)
{
  set_up_given (s, seed);
  s->leaf_percent = 50;
  s->rho_x100 = 140;
}

/* Seen: 0; goal 0.01 %. */
GST_START_TEST (test_half_upload_nothing)
{
  fail_unless_misses ("half upload nothing", set_up_half_leaves, 100);
}

GST_END_TEST;

static void
set_up_most_leaves (P2pScenario * s, unsigned seed)
{
  set_up_half_leaves (s, seed);
  s->leaf_percent = 70;
}

/* Seen: 0; goal 0.1 %. */
GST_START_TEST (test_seventy_percent_upload_nothing)
{
  fail_unless_misses ("70 % upload nothing", set_up_most_leaves, 1000);
}

GST_END_TEST;

static const struct
{
  unsigned rho_x100;
  uint32_t missed_ppm, lag_p50_ms, lag_p99_ms;
} given[] = {
  /* seen: 15 % 551 3613, 3.4 % 464 2666, 0 351 845, 0 246 619 */
  {105, 220000, 800, 4600}, {120, 60000, 650, 3400},
  {140, 300, 430, 1200}, {200, 50, 330, 850}
};

static unsigned rho_x100;

static void
set_up_rho (P2pScenario * s, unsigned seed)
{
  set_up_given (s, seed);
  s->rho_x100 = rho_x100;
}

GST_START_TEST (test_upload_of_a_little_to_twice_the_demand)
{
  P2pSeeds m;

  rho_x100 = given[__i__].rho_x100;
  p2p_seeds_run ("upload over demand", set_up_rho, &m);
  fail_unless_most (m, missed_ppm, given[__i__].missed_ppm);
  fail_unless_most (m, lag_p50_ms, given[__i__].lag_p50_ms);
  fail_unless_most (m, lag_p99_ms, given[__i__].lag_p99_ms);
}

GST_END_TEST;

static void
set_up_ten_percent (P2pScenario * s, unsigned seed)
{
  set_up_given (s, seed);
  s->churn_x100 = 1000;
}

/* Seen: 0.06 %; goal 1.5 at 3 s. */
GST_START_TEST (test_ten_percent_a_second_leave_silently)
{
  fail_unless_misses ("10 % a second", set_up_ten_percent, 4000);
}

GST_END_TEST;

static void
set_up_ten_polite (P2pScenario * s, unsigned seed)
{
  set_up_ten_percent (s, seed);
  s->polite = true;
}

/* Seen: 0.03 %, 0.21 when they closed their links at once; goal 0.1. */
GST_START_TEST (test_ten_percent_a_second_say_goodbye)
{
  fail_unless_misses ("10 % a second, polite", set_up_ten_polite, 1000);
}

GST_END_TEST;

/* 30 at a radio, uplinks of 256 kbit/s, and twice as many come within 5 s. */
static void
set_up_small_uplinks (P2pScenario * s, unsigned seed)
{
  radio (s, seed, 30);
  s->source_x100 = 400;
  s->up_bps = 256000;
  s->caps_told = true;
  s->burst_peers = 60;
  s->burst_over = P2P_SEC (5);
}

/* Seen: 2.5 % while they come. */
GST_START_TEST (test_many_come_to_a_radio_of_small_uplinks)
{
  fail_unless_misses ("small uplinks", set_up_small_uplinks, 60000);
}

GST_END_TEST;

/* ---- caps, sleepers, liars ---- */

static void
set_up_caps (P2pScenario * s, unsigned seed)
{
  radio (s, seed, 20);
  s->source_x100 = 250;
  s->source_up_bps = 100000000;
  s->up_bps = 256000;
  s->caps_told = true;
}

GST_START_TEST (test_the_upload_cap_holds_over_any_two_seconds)
{
  P2pSeeds m;

  p2p_seeds_run ("caps", set_up_caps, &m);
  /* the worst member's worst two seconds */
  fail_unless_most (m, cap_x1000, 1000);
}

GST_END_TEST;

/* Down to a quarter of the stream: 32 kbit/s for acknowledgements, links and
 * what is said at all. */
static void
set_up_small_caps (P2pScenario * s, unsigned seed)
{
  p2p_scenario_init (s, 128000);
  s->world.seed = 100 + seed;
  s->peers = 40;
  s->churn_x100 = 100;
  s->length = P2P_SEC (20);
}

GST_START_TEST (test_members_of_small_caps_keep_them)
{
  P2pSeeds m;

  p2p_seeds_run ("small caps", set_up_small_caps, &m);
  /* twice the cap before what can wait waited, 1.01 before all did */
  fail_unless_most (m, cap_x1000, 1000);
}

GST_END_TEST;

static void
set_up_small_radio (P2pScenario * s, unsigned seed)
{
  p2p_scenario_init (s, 128000);
  s->world.seed = 1 + seed;
  s->peers = 3;
  s->source_x100 = 250;
  s->rho_x100 = 0;
  s->up_bps = 10000000;
  s->churn_x100 = 2000;
  s->length = P2P_SEC (60);
}

/* A burst from what the source has to spare takes two seconds; the others have it.
 * Seen: 401 ms, for others die silently; 963 when it was waited for. */
GST_START_TEST (test_newcomers_do_not_wait_for_a_source_that_has_little)
{
  P2pSeeds m;

  p2p_seeds_run ("small radio", set_up_small_radio, &m);
  fail_unless_most (m, newcomer_p95_ms, 550);
}

GST_END_TEST;

GST_START_TEST (test_a_listener_that_sleeps_harms_nobody)
{
  P2pScenario s;
  P2pReport r;
  P2pWorld *w;
  int64_t before;

  radio (&s, __i__, 10);
  w = p2p_scenario_start (&s);
  p2p_scenario_add_all (&s, w);
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

static void
set_up_liars (P2pScenario * s, unsigned seed)
{
  radio (s, seed, 40);
  s->source_x100 = 400;
  s->liar_percent = 10;
}

GST_START_TEST (test_liars_are_dropped_and_nothing_forged_is_delivered)
{
  P2pSeeds m;

  p2p_seeds_run ("liars", set_up_liars, &m);
  fail_unless (m.bad_drops > 0);
  fail_unless_most (m, liar_kept_ms, 1000);
  fail_unless_most (m, missed_ppm, 300);
}

GST_END_TEST;

static void
set_up_false_maps (P2pScenario * s, unsigned seed)
{
  radio (s, seed, 40);
  s->source_x100 = 400;
  s->false_map_percent = 5;
  s->staller_percent = 5;
}

GST_START_TEST (test_promises_and_false_maps_harm_few)
{
  fail_unless_misses ("false maps", set_up_false_maps, 500);
}

GST_END_TEST;

/* ---- the network ---- */

static void
set_up_cells (P2pScenario * s, unsigned seed)
{
  radio (s, seed, 60);
  s->source_x100 = 400;
  s->world.cell_size = 4;
}

/* Seen: 217 ms, and 252 when each has a line of its own. */
GST_START_TEST (test_four_behind_each_line_are_no_worse_than_one)
{
  P2pSeeds m;

  p2p_seeds_run ("four behind each line", set_up_cells, &m);
  fail_unless_most (m, missed_ppm, 100);
  fail_unless_most (m, lag_p99_ms, 400);
}

GST_END_TEST;

static void
set_up_partition (P2pScenario * s, unsigned seed)
{
  radio (s, seed, 60);
  s->source_x100 = 400;
  s->partition_at = P2P_SEC (5);
  s->partition_for = P2P_SEC (4);
}

/* Those that were cut off count again 2.1 s after they are back. Seen: 0 ppm,
 * 457 ms. */
GST_START_TEST (test_half_is_cut_off_and_comes_back)
{
  P2pSeeds m;

  p2p_seeds_run ("half cut off", set_up_partition, &m);
  fail_unless_most (m, missed_ppm, 500);
  fail_unless_most (m, lag_p99_ms, 900);
  fail_unless_most (m, orphans_x100, 200);
}

GST_END_TEST;

static void
set_up_rendezvous_death (P2pScenario * s, unsigned seed)
{
  radio (s, seed, 60);
  s->source_x100 = 400;
  s->rendezvous_down_at = P2P_SEC (5);
  s->kill_percent = 20;
  s->kill_at = P2P_SEC (8);
}

/* Neighbours and what they know of others are enough. */
GST_START_TEST (test_members_die_after_the_rendezvous_did)
{
  P2pSeeds m;

  p2p_seeds_run ("no rendezvous", set_up_rendezvous_death, &m);
  fail_unless_most (m, missed_ppm, 300);
  fail_unless_least (m, worst_second_x100, 9970);
  fail_unless_most (m, orphans_x100, 200);
}

GST_END_TEST;

static void
set_up_slow (P2pScenario * s, unsigned seed)
{
  radio (s, seed, 60);
  s->source_x100 = 400;
  s->up_bps = 2000000;
  s->slow_percent = 10;
}

/* Seen: 0 ppm, 378 ms. */
GST_START_TEST (test_those_who_upload_less_than_they_say_harm_nobody)
{
  P2pSeeds m;

  p2p_seeds_run ("slow ones", set_up_slow, &m);
  fail_unless_most (m, missed_ppm, 500);
  fail_unless_most (m, lag_p99_ms, 900);
}

GST_END_TEST;

/* ---- the publisher ---- */

GST_START_TEST (test_a_publisher_that_comes_back_is_heard_again)
{
  P2pScenario s;
  P2pWorld *w;
  uint32_t before;

  radio (&s, __i__, 12);
  w = p2p_scenario_start (&s);
  p2p_scenario_add_all (&s, w);
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
  P2pWorld *w;

  radio (&s, __i__, 12);
  w = p2p_scenario_start (&s);
  p2p_scenario_add_all (&s, w);
  p2p_world_run (w, P2P_SEC (10));
  p2p_world_end_stream (w);
  p2p_world_run (w, P2P_SEC (13));
  for (unsigned i = 1; i <= s.peers; i++)
    fail_unless_equals_int (p2p_world_node (w, i)->ended, 1);
  p2p_world_free (w);
}

GST_END_TEST;

static void
set_up_crowd (P2pScenario * s, unsigned seed)
{
  radio (s, seed, 20);
  s->source_x100 = 400;
  s->burst_peers = 80;
  s->burst_over = P2P_SEC (2);
}

GST_START_TEST (test_many_join_at_once)
{
  P2pSeeds m;

  p2p_seeds_run ("crowd", set_up_crowd, &m);
  fail_unless_most (m, orphans_x100, 100);
  fail_unless_most (m, join_p95_ms, 1000);
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
  tcase_add_test (tc, test_a_few_listeners_are_as_good_as_a_star);
  tcase_add_test (tc, test_silent_leavers_leave_few_gaps);
  tcase_add_test (tc, test_polite_leavers_leave_none);
  tcase_add_test (tc, test_a_third_dies_at_once);
  tcase_add_test (tc, test_half_dies_at_once);
  tcase_add_test (tc, test_a_hundred_members_are_hardly_behind);
  tcase_add_test (tc, test_heavy_churn_costs_less_than_one_percent);
  tcase_add_test (tc, test_newcomers_have_a_second_of_media_soon);
  tcase_add_test (tc, test_half_of_a_mixed_swarm_dies_at_once);
  tcase_add_test (tc, test_half_upload_nothing);
  tcase_add_test (tc, test_seventy_percent_upload_nothing);
  tcase_add_loop_test (tc, test_upload_of_a_little_to_twice_the_demand, 0,
      G_N_ELEMENTS (given));
  tcase_add_test (tc, test_ten_percent_a_second_leave_silently);
  tcase_add_test (tc, test_ten_percent_a_second_say_goodbye);
  tcase_add_test (tc, test_many_come_to_a_radio_of_small_uplinks);
  tcase_add_test (tc, test_the_upload_cap_holds_over_any_two_seconds);
  tcase_add_test (tc, test_members_of_small_caps_keep_them);
  tcase_add_test (tc, test_newcomers_do_not_wait_for_a_source_that_has_little);
  SEEDED (test_a_listener_that_sleeps_harms_nobody);
  tcase_add_test (tc, test_liars_are_dropped_and_nothing_forged_is_delivered);
  tcase_add_test (tc, test_promises_and_false_maps_harm_few);
  tcase_add_test (tc, test_four_behind_each_line_are_no_worse_than_one);
  tcase_add_test (tc, test_half_is_cut_off_and_comes_back);
  tcase_add_test (tc, test_members_die_after_the_rendezvous_did);
  tcase_add_test (tc, test_those_who_upload_less_than_they_say_harm_nobody);
  SEEDED (test_a_publisher_that_comes_back_is_heard_again);
  SEEDED (test_the_end_reaches_everybody);
  tcase_add_test (tc, test_many_join_at_once);
  return s;
}

GST_CHECK_MAIN (swarms);
