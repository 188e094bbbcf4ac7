/* gst-plugins-p2p
 *
 * This library is free software; you can redistribute it and/or
 * modify it under the terms of the GNU Lesser General Public
 * License as published by the Free Software Foundation; either
 * version 2.1 of the License, or (at your option) any later version.
 */
/* p2pparents.c: tests of parents that stand as deep as paths are told. */
#include <gst/check/gstcheck.h>

#include "swarmtest.h"

#define PERIOD P2P_MSEC (125)
#define CHUNK 2000              /* 128 kbit/s */
#define K 4
#define ALL ((1 << K) - 1)
#define FIRST_ID 0xcafe0000

/* source - 1 - 2, and no other link. */
static Bench *
chain (void)
{
  Bench *b = bench_new (P2P_MSEC (20));
  P2pSwarmConfig c;

  bench_config (&c, P2P_ROLE_SOURCE, 0);
  c.k = K;
  bench_add (b, &c);
  bench_add_listeners (b, 3);
  bench_header (b, 0);
  bench_link (b, 1, 0);
  bench_publish (b, P2P_SEC (1), PERIOD, CHUNK);
  bench_link (b, 2, 1);
  bench_publish (b, P2P_SEC (5), PERIOD, CHUNK);
  fail_unless_equals_int (bench_fed_by (b, 2, 1), ALL);
  return b;
}

/* The source says that so many stand above. */
static void
tell_path (Bench * b, unsigned len)
{
  P2pSubOk m = {.mask = ALL,.k = K,.path_len = (uint8_t) len };
  uint8_t frame[256];
  P2pWriter w;

  for (unsigned i = 0; i < len; i++)
    m.path[i] = FIRST_ID + i;
  p2p_writer_init (&w, frame, sizeof frame);
  p2p_put_u32 (&w, 100);
  p2p_wire_put_sub_ok (&w, &m);
  bench_inject (b, 0, 1, frame, w.len);
}

GST_START_TEST (test_who_stands_too_deep_is_fed_until_another_one_says_yes)
{
  Bench *b = chain ();

  tell_path (b, P2P_MAX_PATH);
  bench_publish (b, P2P_SEC (2), PERIOD, CHUNK);
  fail_unless_equals_int (bench_fed_by (b, 1, 0), ALL);
  fail_unless_equals_int (bench_fed_by (b, 2, 1), ALL);
  bench_link (b, 2, 0);
  bench_publish (b, P2P_SEC (1), PERIOD, CHUNK);
  fail_unless_equals_int (bench_fed_by (b, 2, 0), ALL);
  fail_unless (bench_is_whole (b, 3, 0));
  bench_free (b);
}

GST_END_TEST;

GST_START_TEST (test_a_parent_that_stays_too_deep_is_left_after_a_while)
{
  Bench *b = chain ();

  tell_path (b, P2P_MAX_PATH);
  bench_publish (b, P2P_SEC (6), PERIOD, CHUNK);
  tell_path (b, P2P_MAX_PATH);
  bench_book (b, 1)->sent[P2P_MSG_UNSUBSCRIBE] = 0;
  bench_publish (b, P2P_SEC (6), PERIOD, CHUNK);
  fail_unless (bench_book (b, 1)->sent[P2P_MSG_UNSUBSCRIBE] > 0);
  bench_free (b);
}

GST_END_TEST;

GST_START_TEST (test_at_the_end_of_the_longest_path_nobody_gets_a_place)
{
  Bench *b = chain ();

  tell_path (b, P2P_MAX_PATH - 1);
  bench_link (b, 3, 1);
  bench_publish (b, P2P_SEC (1), PERIOD, CHUNK);
  fail_unless_equals_int (bench_neighbour (b, 1, 3).child_mask, 0);
  fail_unless_equals_int (bench_book (b, 3)->sent[P2P_MSG_UNSUBSCRIBE], 0);
  tell_path (b, P2P_MAX_PATH - 2);
  bench_publish (b, P2P_SEC (5), PERIOD, CHUNK);
  fail_unless_equals_int (bench_fed_by (b, 3, 1), ALL);
  bench_free (b);
}

GST_END_TEST;

static Suite *
parents_suite (void)
{
  Suite *s = suite_create ("swarm-parents");
  TCase *tc = tcase_create ("general");

  suite_add_tcase (s, tc);
  tcase_add_test (tc,
      test_who_stands_too_deep_is_fed_until_another_one_says_yes);
  tcase_add_test (tc, test_a_parent_that_stays_too_deep_is_left_after_a_while);
  tcase_add_test (tc, test_at_the_end_of_the_longest_path_nobody_gets_a_place);
  return s;
}

GST_CHECK_MAIN (parents);
