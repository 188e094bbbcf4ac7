/* gst-plugins-p2p
 *
 * This library is free software; you can redistribute it and/or
 * modify it under the terms of the GNU Lesser General Public
 * License as published by the Free Software Foundation; either
 * version 2.1 of the License, or (at your option) any later version.
 */
/* p2proots.c: tests of a source with upload to spare whose roots fall. */
#include <gst/check/gstcheck.h>

#include "swarmtest.h"

#define PERIOD 62500
#define CHUNK 15625             /* 2 Mbit/s */
#define K 4
#define LISTENERS 6

/* A source that may upload so much, and listeners, all linked. */
static Bench *
swarm_of (uint32_t bps)
{
  Bench *b = bench_new (P2P_MSEC (10));
  P2pSwarmConfig c;

  bench_config (&c, P2P_ROLE_SOURCE, 0);
  c.max_upload_bps = bps;
  c.k = K;
  bench_add (b, &c);
  for (unsigned i = 1; i <= LISTENERS; i++) {
    bench_config (&c, P2P_ROLE_RELAY, i);
    c.max_upload_bps = 8000000;
    bench_add (b, &c);
  }
  bench_header (b, 0);
  for (unsigned i = 1; i <= LISTENERS; i++) {
    bench_join (b, i);
    bench_publish (b, P2P_SEC (2), PERIOD, CHUNK);
  }
  return b;
}

static bool
may_link (Bench * b)
{
  return p2p_swarm_may_set_up_link (bench_swarm (b, 0), 2500,
      bench_local (b, 0));
}

/* What waits there waits for them: the weak alone can't pass it on. */
GST_START_TEST (test_a_source_whose_roots_fell_takes_new_links_while_media_wait)
{
  Bench *b = swarm_of (8000000);
  unsigned roots = 0;

  bench_publish (b, P2P_SEC (10), PERIOD, CHUNK);
  for (unsigned i = 0; i < 2 * K; i++)
    bench_chunk (b, CHUNK, 0);
  bench_run (b, P2P_MSEC (150));
  fail_if (may_link (b));
  bench_run (b, P2P_SEC (2));
  for (unsigned i = 2; i <= 5; i++) {
    roots += bench_neighbour (b, 0, i).child_mask != 0;
    bench_remove (b, i);
  }
  fail_unless (roots >= 2);
  bench_publish (b, P2P_SEC (2), PERIOD, CHUNK);
  for (unsigned i = 0; i < 2 * K; i++)
    bench_chunk (b, CHUNK, 0);
  bench_run (b, P2P_MSEC (150));
  fail_unless (may_link (b));
  bench_free (b);
}

GST_END_TEST;

/* Some that fell seconds apart, and one whose line stands still twice in a second, have
 * nothing in common: the source goes on as it is used to. */
GST_START_TEST (test_a_child_that_falls_again_and_again_is_one)
{
  Bench *b = swarm_of (8000000);

  bench_publish (b, P2P_SEC (10), PERIOD, CHUNK);
  for (unsigned i = 2; i <= 5; i++) {
    bench_remove (b, i);
    bench_publish (b, P2P_SEC (2), PERIOD, CHUNK);
  }
  fail_unless (bench_neighbour (b, 0, 6).child_mask != 0);
  for (unsigned i = 0; i < 2; i++) {
    bench_stop (b, 6, true);
    bench_publish (b, P2P_MSEC (460), PERIOD, CHUNK);
    bench_stop (b, 6, false);
    bench_publish (b, P2P_MSEC (60), PERIOD, CHUNK);
  }
  for (unsigned i = 0; i < 2 * K; i++)
    bench_chunk (b, CHUNK, 0);
  bench_run (b, P2P_MSEC (150));
  fail_if (may_link (b));
  bench_free (b);
}

GST_END_TEST;

static Suite *
roots_suite (void)
{
  Suite *s = suite_create ("swarm-roots");
  TCase *tc = tcase_create ("general");

  suite_add_tcase (s, tc);
  tcase_add_test (tc,
      test_a_source_whose_roots_fell_takes_new_links_while_media_wait);
  tcase_add_test (tc, test_a_child_that_falls_again_and_again_is_one);
  return s;
}

GST_CHECK_MAIN (roots);
