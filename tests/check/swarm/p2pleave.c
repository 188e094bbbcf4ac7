/* gst-plugins-p2p
 *
 * This library is free software; you can redistribute it and/or
 * modify it under the terms of the GNU Lesser General Public
 * License as published by the Free Software Foundation; either
 * version 2.1 of the License, or (at your option) any later version.
 */
/* p2pleave.c: tests of who goes with a word, and of those who hang on it. */
#include <gst/check/gstcheck.h>

#include "swarmtest.h"

#define PERIOD P2P_MSEC (63)
#define CHUNK 7900              /* 1 Mbit/s */
#define K 8
#define ALL ((1u << K) - 1)
#define SOURCE 0
#define LEAVER 1
#define OTHER 2
#define CHILD 3
#define BROTHER 4

/* Two relays at the source, and two listeners that know only the first of them, and
 * each other. */
static Bench *
swarm_of_five (void)
{
  Bench *b = bench_new (P2P_MSEC (20));
  P2pSwarmConfig c;

  bench_config (&c, P2P_ROLE_SOURCE, SOURCE);
  c.k = K;
  bench_add (b, &c);
  bench_add_listeners (b, 4);
  bench_header (b, 0);
  bench_link (b, LEAVER, SOURCE);
  bench_link (b, OTHER, SOURCE);
  bench_publish (b, P2P_SEC (1), PERIOD, CHUNK);
  bench_link (b, CHILD, LEAVER);
  bench_link (b, BROTHER, LEAVER);
  bench_publish (b, P2P_SEC (2), PERIOD, CHUNK);
  return b;
}

static void
leave (Bench * b, unsigned node)
{
  p2p_swarm_leave (bench_swarm (b, node), bench_local (b, node));
  bench_run (b, P2P_MSEC (1));
}

GST_START_TEST (test_a_leaver_feeds_its_children_until_they_have_another_parent)
{
  Bench *b = swarm_of_five ();
  unsigned before;

  fail_unless_equals_int (bench_fed_by (b, CHILD, LEAVER), ALL);
  before = bench_book (b, CHILD)->n_delivered;
  leave (b, LEAVER);
  bench_publish (b, P2P_MSEC (200), PERIOD, CHUNK);
  fail_unless (!p2p_swarm_has_left (bench_swarm (b, LEAVER)));
  fail_unless (bench_book (b, CHILD)->n_delivered >= before + 2);
  bench_link (b, CHILD, OTHER);
  bench_link (b, BROTHER, OTHER);
  bench_publish (b, P2P_MSEC (750), PERIOD, CHUNK);
  fail_unless (p2p_swarm_has_left (bench_swarm (b, LEAVER)));
  bench_publish (b, P2P_SEC (2), PERIOD, CHUNK);
  fail_unless_equals_int (bench_fed_by (b, CHILD, OTHER), ALL);
  fail_unless_equals_int (bench_fed_by (b, BROTHER, OTHER), ALL);
  fail_unless_equals_int (bench_book (b, CHILD)->skipped, 0);
  fail_unless_equals_int (bench_book (b, BROTHER)->skipped, 0);
  bench_free (b);
}

GST_END_TEST;

GST_START_TEST (test_who_leaves_with_nobody_below_has_left_at_once)
{
  Bench *b = swarm_of_five ();

  leave (b, CHILD);
  fail_unless (p2p_swarm_has_left (bench_swarm (b, CHILD)));
  leave (b, SOURCE);
  fail_unless (p2p_swarm_has_left (bench_swarm (b, SOURCE)));
  bench_free (b);
}

GST_END_TEST;

GST_START_TEST (test_a_leaver_goes_after_a_second_whoever_hangs_on_it)
{
  Bench *b = swarm_of_five ();

  leave (b, LEAVER);
  bench_publish (b, P2P_MSEC (900), PERIOD, CHUNK);
  fail_unless (!p2p_swarm_has_left (bench_swarm (b, LEAVER)));
  bench_publish (b, P2P_MSEC (200), PERIOD, CHUNK);
  fail_unless (p2p_swarm_has_left (bench_swarm (b, LEAVER)));
  bench_free (b);
}

GST_END_TEST;

/* Both are fed, and would say yes. */
GST_START_TEST (test_children_of_a_leaver_do_not_hang_on_each_other)
{
  Bench *b = swarm_of_five ();

  bench_link (b, BROTHER, CHILD);
  bench_publish (b, P2P_SEC (2), PERIOD, CHUNK);
  leave (b, LEAVER);
  for (unsigned i = 0; i < 8; i++) {
    bench_publish (b, P2P_MSEC (100), PERIOD, CHUNK);
    fail_unless_equals_int (bench_fed_by (b, CHILD, BROTHER)
        & bench_fed_by (b, BROTHER, CHILD), 0);
  }
  bench_free (b);
}

GST_END_TEST;

GST_START_TEST (test_who_says_goodbye_and_stays_is_let_go)
{
  Bench *b = swarm_of_five ();

  leave (b, LEAVER);
  bench_publish (b, P2P_MSEC (1500), PERIOD, CHUNK);
  fail_unless_equals_int (bench_book (b, CHILD)->dropped, 0);
  bench_publish (b, P2P_SEC (1), PERIOD, CHUNK);
  fail_unless_equals_int (bench_book (b, CHILD)->dropped, 1);
  fail_unless_equals_int (bench_book (b, CHILD)->dropped_bad, 0);
  bench_free (b);
}

GST_END_TEST;

GST_START_TEST (test_who_says_goodbye_and_is_gone_is_let_go_when_it_is_silent)
{
  Bench *b = swarm_of_five ();

  leave (b, LEAVER);
  bench_run (b, P2P_MSEC (30));
  bench_remove (b, LEAVER);
  bench_publish (b, P2P_MSEC (900), PERIOD, CHUNK);
  fail_unless_equals_int (bench_book (b, SOURCE)->dropped, 1);
  bench_free (b);
}

GST_END_TEST;

/* Two places, both taken. */
GST_START_TEST (test_the_place_of_a_leaver_is_free_at_once)
{
  Bench *b = bench_new (P2P_MSEC (20));
  P2pSwarmConfig c;

  bench_config (&c, P2P_ROLE_SOURCE, SOURCE);
  c.max_peers = 2;
  bench_add (b, &c);
  bench_add_listeners (b, 3);
  bench_header (b, 0);
  bench_link (b, 1, SOURCE);
  bench_link (b, 2, SOURCE);
  bench_publish (b, P2P_SEC (1), PERIOD, CHUNK);
  fail_unless_equals_int (p2p_swarm_get_free_links (bench_swarm (b, SOURCE)),
      0);
  leave (b, 1);
  bench_run (b, P2P_MSEC (100));
  fail_unless_equals_int (p2p_swarm_get_free_links (bench_swarm (b, SOURCE)),
      1);
  bench_link (b, 3, SOURCE);
  bench_publish (b, P2P_SEC (1), PERIOD, CHUNK);
  fail_unless_equals_int (bench_fed_by (b, 3, SOURCE) != 0, TRUE);
  fail_unless_equals_int (bench_fed_by (b, 2, SOURCE) != 0, TRUE);
  fail_unless_equals_int (p2p_swarm_get_free_links (bench_swarm (b, SOURCE)),
      0);
  bench_free (b);
}

GST_END_TEST;

GST_START_TEST (test_a_leaver_takes_nobody_new)
{
  Bench *b = swarm_of_five ();

  leave (b, LEAVER);
  bench_link (b, OTHER, LEAVER);
  bench_unlink (b, OTHER, SOURCE);
  bench_publish (b, P2P_MSEC (700), PERIOD, CHUNK);
  fail_unless_equals_int (bench_fed_by (b, OTHER, LEAVER), 0);
  bench_free (b);
}

GST_END_TEST;

static Suite *
leave_suite (void)
{
  Suite *s = suite_create ("swarm-leave");
  TCase *tc = tcase_create ("general");

  suite_add_tcase (s, tc);
  tcase_add_test (tc,
      test_a_leaver_feeds_its_children_until_they_have_another_parent);
  tcase_add_test (tc, test_who_leaves_with_nobody_below_has_left_at_once);
  tcase_add_test (tc, test_a_leaver_goes_after_a_second_whoever_hangs_on_it);
  tcase_add_test (tc, test_children_of_a_leaver_do_not_hang_on_each_other);
  tcase_add_test (tc, test_who_says_goodbye_and_stays_is_let_go);
  tcase_add_test (tc,
      test_who_says_goodbye_and_is_gone_is_let_go_when_it_is_silent);
  tcase_add_test (tc, test_the_place_of_a_leaver_is_free_at_once);
  tcase_add_test (tc, test_a_leaver_takes_nobody_new);
  return s;
}

GST_CHECK_MAIN (leave);
