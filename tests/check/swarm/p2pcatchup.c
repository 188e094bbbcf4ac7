/* gst-plugins-p2p
 *
 * This library is free software; you can redistribute it and/or
 * modify it under the terms of the GNU Lesser General Public
 * License as published by the Free Software Foundation; either
 * version 2.1 of the License, or (at your option) any later version.
 */
/* p2pcatchup.c: tests of a newcomer to a video, and of maps that lie to it. */
#include <gst/check/gstcheck.h>

#include "swarmtest.h"

#define PERIOD P2P_MSEC (63)
#define CHUNK 7900              /* 1 Mbit/s */
#define K 8
#define LIAR 2
#define NEWCOMER 3
#define TWIN 4
#define AIR P2P_SEC (8)         /* before the newcomer: some 127 chunks */

static void
go_on_air (Bench * b, unsigned node)
{
  static const char caps[] = "video/x-flv";
  P2pStreamHeader h = {.chunk_duration_us = PERIOD,.bitrate = CHUNK * 8 * 16,
    .caps = (const uint8_t *) caps,.caps_len = sizeof caps - 1
  };

  p2p_swarm_publish_header (bench_swarm (b, node), &h, bench_local (b, node));
}

/* A source, a relay, one that is to come, and one that is fed by somebody with the
 * same key who is 'ahead' chunks further: its map is of what nobody else has. */
static Bench *
on_air (unsigned ahead)
{
  Bench *b = bench_new (P2P_MSEC (10));
  P2pSwarmConfig c;

  bench_config (&c, P2P_ROLE_SOURCE, 0);
  c.k = K;
  bench_add (b, &c);
  bench_add_listeners (b, 3);
  bench_config (&c, P2P_ROLE_SOURCE, TWIN);
  c.k = K;
  bench_add (b, &c);
  go_on_air (b, 0);
  go_on_air (b, TWIN);
  bench_link (b, 1, 0);
  bench_link (b, LIAR, TWIN);
  for (unsigned i = 0; i < ahead; i++) {
    bench_chunk_of (b, TWIN, CHUNK, P2P_CHUNK_JOIN);
    bench_run (b, PERIOD / 4);
  }
  bench_publish (b, AIR, PERIOD, CHUNK);
  return b;
}

/* From the first link to the first chunk, and all after it came. */
static P2pTime
join (Bench * b)
{
  P2pTime linked = bench_now (b);
  Book *k = bench_book (b, NEWCOMER);

  bench_link (b, NEWCOMER, 1);
  bench_publish (b, P2P_MSEC (100), PERIOD, CHUNK);
  bench_link (b, NEWCOMER, 0);
  bench_publish (b, P2P_SEC (6), PERIOD, CHUNK);
  fail_unless_equals_int (k->joined, 1);
  fail_unless_equals_int (k->skipped, 0);
  for (unsigned i = 1; i < k->n_delivered; i++)
    fail_unless_equals_int (k->delivered[i], k->delivered[i - 1] + 1);
  fail_unless (k->delivered[k->n_delivered - 1] + 2 >= bench_published (b));
  return k->first_delivery - linked;
}

GST_START_TEST (test_a_newcomer_is_sent_what_there_is_by_all_together)
{
  Bench *b = on_air (0);

  fail_unless (join (b) <= P2P_MSEC (200));
  bench_free (b);
}

GST_END_TEST;

GST_START_TEST (test_what_the_first_frame_tells_of_is_asked_for_at_once)
{
  Bench *b = on_air (0);
  P2pSwarmStats stats;

  bench_link (b, NEWCOMER, 1);
  bench_run (b, P2P_MSEC (18));
  p2p_swarm_get_stats (bench_swarm (b, NEWCOMER), bench_local (b, NEWCOMER),
      &stats);
  fail_unless (stats.requests_sent > 0);
  bench_free (b);
}

GST_END_TEST;

/* Seen: 583 ms, when the first chunk is pushed; silent for good where the window is not
 * emptied then. */
GST_START_TEST (test_a_map_of_what_nobody_has_does_not_keep_a_newcomer_silent)
{
  static const unsigned ahead[] = { 200, 600, 3000 };

  for (unsigned i = 0; i < G_N_ELEMENTS (ahead); i++) {
    Bench *b = on_air (ahead[i]);
    P2pTime took;

    bench_link (b, NEWCOMER, LIAR);
    bench_run (b, P2P_MSEC (25));
    bench_block (b, LIAR, NEWCOMER, true);
    took = join (b);
    fail_unless (took <= P2P_MSEC (800), "%u: %d ms", ahead[i],
        (int) (took / 1000));
    bench_free (b);
  }
}

GST_END_TEST;

static Suite *
catchup_suite (void)
{
  Suite *s = suite_create ("swarm-catchup");
  TCase *tc = tcase_create ("general");

  suite_add_tcase (s, tc);
  tcase_add_test (tc, test_a_newcomer_is_sent_what_there_is_by_all_together);
  tcase_add_test (tc, test_what_the_first_frame_tells_of_is_asked_for_at_once);
  tcase_add_test (tc,
      test_a_map_of_what_nobody_has_does_not_keep_a_newcomer_silent);
  return s;
}

GST_CHECK_MAIN (catchup);
