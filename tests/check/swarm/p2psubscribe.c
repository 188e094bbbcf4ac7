/* gst-plugins-p2p
 *
 * This library is free software; you can redistribute it and/or
 * modify it under the terms of the GNU Lesser General Public
 * License as published by the Free Software Foundation; either
 * version 2.1 of the License, or (at your option) any later version.
 */
/* p2psubscribe.c: tests of second copies of video when parents fall. */
#include <gst/check/gstcheck.h>

#include "swarmtest.h"

#define PERIOD P2P_MSEC (63)
#define CHUNK 7900              /* 1 Mbit/s */
#define K 8
#define N 6                     /* with the source */

/* Everybody linked to everybody but the last one, who has no link to the source. */
static Bench *
mesh (void)
{
  static const char caps[] = "video/x-flv";
  P2pStreamHeader h = {.chunk_duration_us = PERIOD,.bitrate = CHUNK * 8 * 16,
    .caps = (const uint8_t *) caps,.caps_len = sizeof caps - 1
  };
  Bench *b = bench_new (P2P_MSEC (10));
  P2pSwarmConfig c;

  bench_config (&c, P2P_ROLE_SOURCE, 0);
  c.k = K;
  bench_add (b, &c);
  bench_add_listeners (b, N - 1);
  p2p_swarm_publish_header (bench_swarm (b, 0), &h, bench_local (b, 0));
  for (unsigned i = 1; i < N; i++)
    for (unsigned j = i == N - 1; j < i; j++)
      bench_link (b, i, j);
  bench_publish (b, P2P_SEC (8), PERIOD, CHUNK);
  return b;
}

static uint64_t
second_copies (Bench * b, unsigned except)
{
  P2pSwarmStats stats;
  uint64_t n = 0;

  for (unsigned i = 1; i < N; i++) {
    if (i == except)
      continue;
    p2p_swarm_get_stats (bench_swarm (b, i), bench_local (b, i), &stats);
    n += stats.chunks_duplicate;
  }
  return n;
}

/* One falls silent, at each eighth of a period of the sub-streams. Seen: 70; 80 where
 * all that is missing is asked of a new parent, asked for elsewhere or not. */
GST_START_TEST (test_what_a_new_parent_sends_is_hardly_asked_for_elsewhere)
{
  uint64_t copies = 0;

  for (unsigned i = 0; i < 4 * K; i++) {
    unsigned victim = 1 + i % (N - 2);
    Bench *b = mesh ();
    uint64_t before;

    bench_publish (b, i * PERIOD, PERIOD, CHUNK);
    before = second_copies (b, victim);
    for (unsigned j = 0; j < N; j++) {
      bench_block (b, j, victim, true);
      bench_block (b, victim, j, true);
    }
    bench_publish (b, P2P_SEC (4), PERIOD, CHUNK);
    fail_unless (bench_is_whole (b, N, victim));
    copies += second_copies (b, victim) - before;
    bench_free (b);
  }
  fail_unless (copies <= 74, "%u second copies in %u deaths",
      (unsigned) copies, 4 * K);
}

GST_END_TEST;

static Suite *
subscribe_suite (void)
{
  Suite *s = suite_create ("swarm-subscribe");
  TCase *tc = tcase_create ("general");

  suite_add_tcase (s, tc);
  tcase_add_test (tc,
      test_what_a_new_parent_sends_is_hardly_asked_for_elsewhere);
  return s;
}

GST_CHECK_MAIN (subscribe);
