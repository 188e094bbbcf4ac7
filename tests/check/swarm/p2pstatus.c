/* gst-plugins-p2p
 *
 * This library is free software; you can redistribute it and/or
 * modify it under the terms of the GNU Lesser General Public
 * License as published by the Free Software Foundation; either
 * version 2.1 of the License, or (at your option) any later version.
 */
/* p2pstatus.c: tests of what neighbours are told of paths. */
#include <gst/check/gstcheck.h>

#include "swarmtest.h"

#define N 6                     /* with the source, each linked to the one before */
#define PERIOD_RADIO P2P_MSEC (125)
#define CHUNK_RADIO 2000
#define PERIOD_VIDEO P2P_MSEC (63)
#define CHUNK_VIDEO 7900

static Bench *
chain (P2pTime period, unsigned chunk)
{
  Bench *b = bench_new (P2P_MSEC (10));
  P2pSwarmStats stats;

  bench_add_source (b);
  bench_add_listeners (b, N - 1);
  bench_header (b, 0);
  for (unsigned i = 1; i < N; i++)
    bench_link (b, i, i - 1);
  bench_publish (b, P2P_SEC (15), period, chunk);
  p2p_swarm_get_stats (bench_swarm (b, N - 1), bench_local (b, N - 1), &stats);
  fail_unless_equals_int (stats.depth, N - 1);
  return b;
}

/* Nobody chooses by it, and each id is 3 % of such a message. */
GST_START_TEST (test_the_status_of_a_radio_names_no_path)
{
  Bench *b = chain (PERIOD_RADIO, CHUNK_RADIO);

  for (unsigned i = 0; i < N; i++) {
    fail_unless (bench_book (b, i)->sent[P2P_MSG_STATUS] > 1);
    fail_unless_equals_int (bench_book (b, i)->status_ids, 0);
  }
  bench_free (b);
}

GST_END_TEST;

GST_START_TEST (test_the_status_of_video_names_a_path)
{
  Bench *b = chain (PERIOD_VIDEO, CHUNK_VIDEO);

  for (unsigned i = 1; i < N; i++)
    fail_unless (bench_book (b, i)->status_ids > 0);
  bench_free (b);
}

GST_END_TEST;

static Suite *
status_suite (void)
{
  Suite *s = suite_create ("swarm-status");
  TCase *tc = tcase_create ("general");

  suite_add_tcase (s, tc);
  tcase_add_test (tc, test_the_status_of_a_radio_names_no_path);
  tcase_add_test (tc, test_the_status_of_video_names_a_path);
  return s;
}

GST_CHECK_MAIN (status);
