/* gst-plugins-p2p
 *
 * This library is free software; you can redistribute it and/or
 * modify it under the terms of the GNU Lesser General Public
 * License as published by the Free Software Foundation; either
 * version 2.1 of the License, or (at your option) any later version.
 */
/* p2pheader.c: tests of stream headers, generations and epochs. */
#include <gst/check/gstcheck.h>

#include "swarmtest.h"

#define PERIOD P2P_MSEC (125)
#define CHUNK 2120

static Bench *
pair (void)
{
  Bench *b = bench_new (P2P_MSEC (10));
  P2pSwarmConfig c;

  bench_add_source (b);
  bench_config (&c, P2P_ROLE_RELAY, 1);
  bench_add (b, &c);
  return b;
}

GST_START_TEST (test_chunks_of_a_new_generation_come_after_its_header)
{
  Bench *b = pair ();
  Book *k = bench_book (b, 1);

  bench_header (b, 0);
  bench_link (b, 1, 0);
  bench_publish (b, P2P_SEC (1), PERIOD, CHUNK);
  fail_unless_equals_int (k->headers, 1);
  bench_header (b, 0);
  bench_publish (b, P2P_SEC (1), PERIOD, CHUNK);
  fail_unless_equals_int (k->headers, 2);
  fail_unless_equals_int (k->skipped, 0);
  fail_unless_equals_int (k->delivered[k->n_delivered - 1],
      bench_published (b) - 1);
  bench_free (b);
}

GST_END_TEST;

GST_START_TEST (test_who_came_before_the_header_gets_it)
{
  Bench *b = pair ();

  bench_link (b, 1, 0);
  bench_run (b, P2P_SEC (1));
  bench_header (b, 0);
  bench_publish (b, P2P_SEC (2), PERIOD, CHUNK);
  fail_unless_equals_int (bench_book (b, 1)->headers, 1);
  fail_unless (bench_book (b, 1)->n_delivered >= 12);
  bench_free (b);
}

GST_END_TEST;

GST_START_TEST (test_a_newcomer_gets_every_generation_its_window_spans)
{
  Bench *b = pair ();
  Book *k = bench_book (b, 1);

  for (int i = 0; i < 3; i++) {
    bench_header (b, 0);
    bench_publish (b, P2P_MSEC (375), PERIOD, CHUNK);
  }
  bench_link (b, 1, 0);
  bench_publish (b, P2P_SEC (1), PERIOD, CHUNK);
  /* 1 s of latency is all of them but the first chunk */
  fail_unless (k->delivered[0] <= 2, "first is %u", k->delivered[0]);
  fail_unless_equals_int (k->headers, 3);
  fail_unless_equals_int (k->skipped, 0);
  fail_unless_equals_int (k->delivered[k->n_delivered - 1],
      bench_published (b) - 1);
  bench_free (b);
}

GST_END_TEST;

/* Another publisher with the same key: node 2, a later epoch. */
static void
add_second_publisher (Bench * b)
{
  P2pSwarmConfig c;

  bench_config (&c, P2P_ROLE_SOURCE, 2);
  c.epoch += UINT64_C (60) << 32;
  c.source_clock = c.epoch;
  bench_add (b, &c);
}

static void
publish_header_of (Bench * b, unsigned node)
{
  P2pStreamHeader h = { 0 };

  h.chunk_duration_us = 125000;
  h.bitrate = 128000;
  p2p_swarm_publish_header (bench_swarm (b, node), &h, bench_now (b));
  bench_run (b, 1);
}

GST_START_TEST (test_the_highest_epoch_wins)
{
  Bench *b = pair ();
  P2pSwarmStats st;

  bench_header (b, 0);
  bench_link (b, 1, 0);
  bench_publish (b, P2P_SEC (1), PERIOD, CHUNK);
  add_second_publisher (b);
  publish_header_of (b, 2);
  bench_link (b, 1, 2);
  bench_publish (b, P2P_SEC (1), PERIOD, CHUNK);
  fail_unless_equals_int (bench_book (b, 1)->epochs, 1);
  p2p_swarm_get_stats (bench_swarm (b, 1), bench_now (b), &st);
  fail_unless_equals_int (st.epoch >> 32, 3900000060u);
  /* the old run goes on in vain, and nobody is banned for it */
  fail_unless_equals_int (bench_book (b, 1)->dropped, 0);
  bench_free (b);
}

GST_END_TEST;

GST_START_TEST (test_who_starved_recovers_with_the_next_run)
{
  Bench *b = pair ();
  Book *k = bench_book (b, 1);

  bench_header (b, 0);
  bench_link (b, 1, 0);
  bench_publish (b, P2P_SEC (1), PERIOD, CHUNK);
  bench_remove (b, 0);
  bench_unlink (b, 1, 0);
  bench_run (b, P2P_SEC (2));
  fail_unless_equals_int (k->starving, 1);
  fail_unless_equals_int (k->recovered, 0);
  add_second_publisher (b);
  publish_header_of (b, 2);
  bench_link (b, 1, 2);
  bench_run (b, P2P_MSEC (100));
  fail_unless_equals_int (k->epochs, 1);
  fail_unless_equals_int (k->recovered, 0);
  bench_chunk_of (b, 2, CHUNK, P2P_CHUNK_JOIN);
  bench_run (b, P2P_SEC (1));
  fail_unless_equals_int (k->recovered, 1);
  bench_free (b);
}

GST_END_TEST;

GST_START_TEST (test_the_older_publisher_is_told)
{
  Bench *b = pair ();

  bench_header (b, 0);
  add_second_publisher (b);
  publish_header_of (b, 2);
  bench_link (b, 0, 2);
  bench_run (b, P2P_SEC (1));
  fail_unless_equals_int (bench_book (b, 0)->epochs, 1);
  fail_unless_equals_int (bench_book (b, 2)->epochs, 0);
  bench_free (b);
}

GST_END_TEST;

static Suite *
header_suite (void)
{
  Suite *s = suite_create ("swarm-header");
  TCase *tc = tcase_create ("general");

  suite_add_tcase (s, tc);
  tcase_add_test (tc, test_chunks_of_a_new_generation_come_after_its_header);
  tcase_add_test (tc, test_who_came_before_the_header_gets_it);
  tcase_add_test (tc, test_a_newcomer_gets_every_generation_its_window_spans);
  tcase_add_test (tc, test_who_starved_recovers_with_the_next_run);
  tcase_add_test (tc, test_the_highest_epoch_wins);
  tcase_add_test (tc, test_the_older_publisher_is_told);
  return s;
}

GST_CHECK_MAIN (header);
