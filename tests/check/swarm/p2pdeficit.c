/* gst-plugins-p2p
 *
 * This library is free software; you can redistribute it and/or
 * modify it under the terms of the GNU Lesser General Public
 * License as published by the Free Software Foundation; either
 * version 2.1 of the License, or (at your option) any later version.
 */
/* p2pdeficit.c: tests of what a broadcaster is told when nobody has upload. */
#include <gst/check/gstcheck.h>

#include "swarmtest.h"

#define PERIOD P2P_MSEC (125)
#define CHUNK 2120              /* 136 kbit/s */
#define LISTENERS 4

/* A source and listeners of a role, all linked. */
static Bench *
swarm_of (uint32_t cap_bps, P2pRole role)
{
  Bench *b = bench_new (P2P_MSEC (10));
  P2pSwarmConfig c;

  bench_config (&c, P2P_ROLE_SOURCE, 0);
  c.max_upload_bps = cap_bps;
  bench_add (b, &c);
  for (unsigned i = 1; i <= LISTENERS; i++) {
    bench_config (&c, role, i);
    bench_add (b, &c);
  }
  bench_header (b, 0);
  for (unsigned i = 1; i <= LISTENERS; i++)
    bench_join (b, i);
  return b;
}

GST_START_TEST (test_a_swarm_without_upload_is_told_to_the_broadcaster)
{
  Bench *b = swarm_of (400000, P2P_ROLE_LEAF);
  Book *k = bench_book (b, 0);
  P2pSwarmStats stats;

  bench_publish (b, P2P_SEC (10), PERIOD, CHUNK);
  fail_unless_equals_int (k->deficits, 0);      /* it may be a moment's */
  bench_publish (b, P2P_SEC (15), PERIOD, CHUNK);
  fail_unless_equals_int (k->deficits, 1);
  /* 400 kbit/s carry it twice to three times, four want it */
  fail_unless (k->deficit_bps >= 100000 && k->deficit_bps <= 300000,
      "%" G_GINT64_FORMAT " bit/s", k->deficit_bps);
  fail_unless (k->demand_bps >= 4 * 130000 && k->demand_bps <= 4 * 150000,
      "%" G_GINT64_FORMAT " bit/s", k->demand_bps);
  p2p_swarm_get_stats (bench_swarm (b, 0), bench_now (b), &stats);
  fail_unless (stats.missing_bps >= 100000 && stats.missing_bps <= 300000);
  fail_unless (stats.demand_bps == k->demand_bps);
  /* it lasts: said again, but not all the time */
  bench_publish (b, P2P_SEC (35), PERIOD, CHUNK);
  fail_unless_equals_int (k->deficits, 2);
  bench_free (b);
}

GST_END_TEST;

GST_START_TEST (test_relays_at_the_same_source_are_no_deficit)
{
  Bench *b = swarm_of (400000, P2P_ROLE_RELAY);

  bench_publish (b, P2P_SEC (40), PERIOD, CHUNK);
  fail_unless_equals_int (bench_book (b, 0)->deficits, 0);
  fail_unless (bench_book (b, LISTENERS)->n_delivered > 300);
  bench_free (b);
}

GST_END_TEST;

GST_START_TEST (test_the_end_of_a_deficit_is_told_once)
{
  Bench *b = swarm_of (400000, P2P_ROLE_LEAF);
  Book *k = bench_book (b, 0);
  P2pSwarmStats stats;

  bench_publish (b, P2P_SEC (25), PERIOD, CHUNK);
  fail_unless_equals_int (k->deficits, 1);
  p2p_swarm_set_max_upload (bench_swarm (b, 0), 0, bench_now (b));
  bench_publish (b, P2P_SEC (60), PERIOD, CHUNK);
  fail_unless_equals_int (k->deficits, 2);
  fail_unless (k->deficit_bps == 0);
  p2p_swarm_get_stats (bench_swarm (b, 0), bench_now (b), &stats);
  fail_unless (stats.missing_bps == 0);
  bench_free (b);
}

GST_END_TEST;

static Suite *
deficit_suite (void)
{
  Suite *s = suite_create ("swarm-deficit");
  TCase *tc = tcase_create ("general");

  suite_add_tcase (s, tc);
  tcase_add_test (tc, test_a_swarm_without_upload_is_told_to_the_broadcaster);
  tcase_add_test (tc, test_relays_at_the_same_source_are_no_deficit);
  tcase_add_test (tc, test_the_end_of_a_deficit_is_told_once);
  return s;
}

GST_CHECK_MAIN (deficit);
