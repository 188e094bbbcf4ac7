/* gst-plugins-p2p
 *
 * This library is free software; you can redistribute it and/or
 * modify it under the terms of the GNU Lesser General Public
 * License as published by the Free Software Foundation; either
 * version 2.1 of the License, or (at your option) any later version.
 */
/* p2pcapacity.c: tests of what a member makes of an uplink that nobody told it
 * of. The bench's uplink is a queue without end. */
#include <gst/check/gstcheck.h>

#include "swarmtest.h"

#define PERIOD P2P_MSEC (125)
#define CHUNK 2120              /* 136 kbit/s */
#define LISTENERS 5
/* bit/s: less than the 11 sub-streams that a source gives */
#define LINE 350000

/* A source without a cap, and listeners that upload nothing. */
static Bench *
star (uint32_t line_bps, uint32_t guess_bps)
{
  Bench *b = bench_new (P2P_MSEC (20));
  P2pSwarmConfig c;

  bench_config (&c, P2P_ROLE_SOURCE, 0);
  c.upload_guess_bps = guess_bps;
  bench_add (b, &c);
  bench_line (b, 0, line_bps);
  for (unsigned i = 1; i <= LISTENERS; i++) {
    bench_config (&c, P2P_ROLE_LEAF, i);
    bench_add (b, &c);
  }
  bench_header (b, 0);
  for (unsigned i = 1; i <= LISTENERS; i++)
    bench_link (b, i, 0);
  return b;
}

static P2pSwarmStats
stats_of (Bench * b, unsigned node)
{
  P2pSwarmStats s;

  p2p_swarm_get_stats (bench_swarm (b, node), bench_now (b), &s);
  return s;
}

GST_START_TEST (test_a_line_that_is_full_is_measured)
{
  Bench *b = star (LINE, 0);
  P2pSwarmStats s;
  uint64_t before;

  bench_publish (b, P2P_SEC (20), PERIOD, CHUNK);
  s = stats_of (b, 0);
  fail_unless (s.upload_measured_bps >= LINE * 3 / 4
      && s.upload_measured_bps <= LINE * 6 / 5, "%u bit/s",
      s.upload_measured_bps);
  fail_unless_equals_int (s.upload_bps, s.upload_measured_bps);
  /* it is not left unused */
  before = bench_book (b, 0)->data_bytes;
  bench_publish (b, P2P_SEC (20), PERIOD, CHUNK);
  before = bench_book (b, 0)->data_bytes - before;
  fail_unless (before >= 20 * LINE / 8 * 6 / 10, "%d bytes", (int) before);
  bench_free (b);
}

GST_END_TEST;

GST_START_TEST (test_a_measured_line_has_no_long_queue)
{
  Bench *b = star (LINE, 0);
  P2pTime worst = 0;

  bench_publish (b, P2P_SEC (20), PERIOD, CHUNK);
  for (unsigned i = 0; i < 300; i++) {
    P2pTime queue;

    bench_publish (b, P2P_MSEC (125), PERIOD, CHUNK);
    queue = bench_queue (b, 0);
    worst = MAX (worst, queue);
  }
  fail_unless (worst <= P2P_SEC (1), "%d us", (int) worst);
  bench_free (b);
}

GST_END_TEST;

GST_START_TEST (test_a_line_that_carries_all_is_not_judged)
{
  Bench *b = star (10000000, 0);

  bench_publish (b, P2P_SEC (30), PERIOD, CHUNK);
  fail_unless_equals_int (stats_of (b, 0).upload_measured_bps, 0);
  for (unsigned i = 1; i <= LISTENERS; i++)
    fail_unless_equals_int (bench_book (b, i)->skipped, 0);
  bench_free (b);
}

GST_END_TEST;

GST_START_TEST (test_one_neighbours_slow_acknowledgements_are_not_our_queue)
{
  Bench *b = star (10000000, 0);

  bench_publish (b, P2P_SEC (10), PERIOD, CHUNK);
  for (unsigned i = 1; i < LISTENERS; i++)
    bench_slow_acks (b, 0, i, P2P_MSEC (700));
  bench_publish (b, P2P_SEC (30), PERIOD, CHUNK);
  fail_unless_equals_int (stats_of (b, 0).upload_measured_bps, 0);
  bench_free (b);
}

GST_END_TEST;

GST_START_TEST (test_what_was_remembered_is_where_it_begins)
{
  Bench *b = star (LINE, LINE);
  P2pSwarmStats s = stats_of (b, 0);

  fail_unless_equals_int (s.upload_bps, LINE);
  for (unsigned i = 0; i < 80; i++) {
    bench_publish (b, P2P_MSEC (125), PERIOD, CHUNK);
    fail_unless (bench_queue (b, 0) <= P2P_SEC (1), "%d us after %u chunks",
        (int) bench_queue (b, 0), i);
  }
  bench_free (b);
}

GST_END_TEST;

GST_START_TEST (test_a_line_that_carries_more_than_remembered_is_used)
{
  Bench *b = star (2000000, 300000);
  P2pSwarmStats s;
  unsigned fed = 0;

  bench_publish (b, P2P_SEC (60), PERIOD, CHUNK);
  s = stats_of (b, 0);
  /* three streams but a slot are what a source gives, and no more than is used is
   * believed */
  fail_unless (s.upload_bps >= 450000 && s.upload_bps <= 1500000, "%u bit/s",
      s.upload_bps);
  for (unsigned i = 1; i <= LISTENERS; i++) {
    P2pNeighbourStats n[2];

    p2p_swarm_get_neighbours (bench_swarm (b, i), n, 2);
    fed += (unsigned) __builtin_popcount (n[0].parent_mask);
  }
  fail_unless_equals_int (fed, 11);
  bench_free (b);
}

GST_END_TEST;

GST_START_TEST (test_a_cap_that_was_told_is_the_cap)
{
  Bench *b = star (2000000, 0);

  p2p_swarm_set_max_upload (bench_swarm (b, 0), 1000000, bench_now (b));
  bench_publish (b, P2P_SEC (20), PERIOD, CHUNK);
  fail_unless_equals_int (stats_of (b, 0).upload_bps, 1000000);
  fail_unless_equals_int (stats_of (b, 0).upload_measured_bps, 0);
  bench_free (b);
}

GST_END_TEST;

/* ---- a cap beyond the line ---- */

#define TOLD 1500000
#define USED 500000             /* by 11 sub-streams, nearly */

static Bench *
told_star (uint32_t line_bps)
{
  Bench *b = star (line_bps, 0);

  p2p_swarm_set_max_upload (bench_swarm (b, 0), TOLD, bench_now (b));
  return b;
}

GST_START_TEST (test_a_told_cap_beyond_the_line_is_lowered_to_it)
{
  Bench *b = told_star (LINE);
  P2pTime worst = 0;
  P2pSwarmStats s;

  bench_publish (b, P2P_SEC (15), PERIOD, CHUNK);
  s = stats_of (b, 0);
  fail_unless (s.upload_measured_bps >= LINE * 2 / 3
      && s.upload_measured_bps <= LINE * 6 / 5, "%u bit/s",
      s.upload_measured_bps);
  fail_unless_equals_int (s.upload_bps, s.upload_measured_bps);
  for (unsigned i = 0; i < 100; i++) {
    bench_publish (b, P2P_MSEC (125), PERIOD, CHUNK);
    worst = MAX (worst, bench_queue (b, 0));
  }
  fail_unless (worst <= P2P_SEC (1), "%d us", (int) worst);
  bench_free (b);
}

GST_END_TEST;

GST_START_TEST (test_a_told_cap_comes_back_with_the_line)
{
  Bench *b = star (250000, 0);

  p2p_swarm_set_max_upload (bench_swarm (b, 0), USED, bench_now (b));
  bench_publish (b, P2P_SEC (15), PERIOD, CHUNK);
  fail_unless (stats_of (b, 0).upload_measured_bps > 0);
  bench_line (b, 0, 10000000);
  bench_publish (b, P2P_SEC (40), PERIOD, CHUNK);
  fail_unless_equals_int (stats_of (b, 0).upload_measured_bps, 0);
  fail_unless_equals_int (stats_of (b, 0).upload_bps, USED);
  bench_free (b);
}

GST_END_TEST;

GST_START_TEST
    (test_a_source_whose_acknowledgements_all_come_late_keeps_its_cap) {
  Bench *b = told_star (10000000);

  bench_publish (b, P2P_SEC (10), PERIOD, CHUNK);
  bench_downlink (b, 0, P2P_MSEC (900));
  for (unsigned i = 0; i < 60; i++) {
    bench_publish (b, P2P_MSEC (500), PERIOD, CHUNK);
    fail_unless_equals_int (stats_of (b, 0).upload_measured_bps, 0);
  }
  bench_free (b);
}

GST_END_TEST;

/* Node 1 feeds three that are linked to nobody else. */
static Bench *
relay (uint32_t line_bps)
{
  Bench *b = bench_new (P2P_MSEC (20));
  P2pSwarmConfig c;

  bench_add_source (b);
  bench_config (&c, P2P_ROLE_RELAY, 1);
  c.max_upload_bps = TOLD;
  bench_add (b, &c);
  bench_line (b, 1, line_bps);
  for (unsigned i = 2; i < 5; i++) {
    bench_config (&c, P2P_ROLE_LEAF, i);
    bench_add (b, &c);
  }
  bench_header (b, 0);
  bench_link (b, 1, 0);
  for (unsigned i = 2; i < 5; i++)
    bench_link (b, i, 1);
  return b;
}

GST_START_TEST (test_a_relay_whose_line_carries_less_than_it_says_finds_out)
{
  Bench *b = relay (200000);
  P2pTime worst = 0;

  bench_publish (b, P2P_SEC (12), PERIOD, CHUNK);
  for (unsigned i = 0; i < 200; i++) {
    bench_publish (b, PERIOD, PERIOD, CHUNK);
    worst = MAX (worst, bench_queue (b, 1));
    fail_unless (stats_of (b, 1).upload_measured_bps >= 100000
        && stats_of (b, 1).upload_measured_bps <= 350000, "%u bit/s",
        stats_of (b, 1).upload_measured_bps);
  }
  fail_unless (worst <= P2P_MSEC (500), "%d us", (int) worst);
  bench_free (b);
}

GST_END_TEST;

/* Its media come late, too. */
GST_START_TEST (test_a_full_downlink_is_not_taken_for_the_uplink)
{
  Bench *b = relay (10000000);

  bench_publish (b, P2P_SEC (10), PERIOD, CHUNK);
  bench_downlink (b, 1, P2P_MSEC (1500));
  for (unsigned i = 0; i < 60; i++) {
    bench_publish (b, P2P_MSEC (500), PERIOD, CHUNK);
    fail_unless_equals_int (stats_of (b, 1).upload_measured_bps, 0);
  }
  bench_free (b);
}

GST_END_TEST;

GST_START_TEST (test_children_on_slow_lines_are_not_our_queue)
{
  Bench *b = relay (10000000);

  bench_publish (b, P2P_SEC (10), PERIOD, CHUNK);
  for (unsigned i = 2; i < 4; i++)
    bench_slow_acks (b, 1, i, P2P_SEC (2));
  for (unsigned i = 0; i < 60; i++) {
    bench_publish (b, P2P_MSEC (500), PERIOD, CHUNK);
    fail_unless_equals_int (stats_of (b, 1).upload_measured_bps, 0);
  }
  bench_free (b);
}

GST_END_TEST;

static Suite *
capacity_suite (void)
{
  Suite *s = suite_create ("swarm-capacity");
  TCase *tc = tcase_create ("general");

  suite_add_tcase (s, tc);
  tcase_add_test (tc, test_a_line_that_is_full_is_measured);
  tcase_add_test (tc, test_a_measured_line_has_no_long_queue);
  tcase_add_test (tc, test_a_line_that_carries_all_is_not_judged);
  tcase_add_test (tc,
      test_one_neighbours_slow_acknowledgements_are_not_our_queue);
  tcase_add_test (tc, test_what_was_remembered_is_where_it_begins);
  tcase_add_test (tc, test_a_line_that_carries_more_than_remembered_is_used);
  tcase_add_test (tc, test_a_cap_that_was_told_is_the_cap);
  tcase_add_test (tc, test_a_told_cap_beyond_the_line_is_lowered_to_it);
  tcase_add_test (tc, test_a_told_cap_comes_back_with_the_line);
  tcase_add_test (tc,
      test_a_source_whose_acknowledgements_all_come_late_keeps_its_cap);
  tcase_add_test (tc,
      test_a_relay_whose_line_carries_less_than_it_says_finds_out);
  tcase_add_test (tc, test_a_full_downlink_is_not_taken_for_the_uplink);
  tcase_add_test (tc, test_children_on_slow_lines_are_not_our_queue);
  return s;
}

GST_CHECK_MAIN (capacity);
