/* gst-plugins-p2p
 *
 * This library is free software; you can redistribute it and/or
 * modify it under the terms of the GNU Lesser General Public
 * License as published by the Free Software Foundation; either
 * version 2.1 of the License, or (at your option) any later version.
 */
/* p2pplayout.c: tests of joining, order and skipping. */
#include <gst/check/gstcheck.h>

#include "swarmtest.h"

#define PERIOD P2P_MSEC (125)
#define CHUNK 2120

static Bench *
pair (uint8_t header_flags, uint32_t latency_us)
{
  Bench *b = bench_new (P2P_MSEC (10));
  P2pSwarmConfig c;

  bench_add_source (b);
  bench_config (&c, P2P_ROLE_RELAY, 1);
  c.latency_us = latency_us;
  bench_add (b, &c);
  bench_header (b, header_flags);
  return b;
}

static void
fail_unless_contiguous (const Book * k)
{
  for (unsigned i = 1; i < k->n_delivered; i++)
    fail_unless_equals_int (k->delivered[i], k->delivered[i - 1] + 1);
}

GST_START_TEST (test_a_newcomer_starts_the_latency_behind_the_edge_at_once)
{
  Bench *b = pair (0, P2P_SEC (1));
  Book *k = bench_book (b, 1);
  P2pTime linked;

  bench_publish (b, P2P_SEC (5), PERIOD, CHUNK);
  linked = bench_now (b);
  bench_link (b, 1, 0);
  bench_publish (b, P2P_SEC (2), PERIOD, CHUNK);
  fail_unless_equals_int (k->joined, 1);
  /* handshake, subscription, burst: two round trips of 20 ms */
  fail_unless (k->first_delivery - linked <= P2P_MSEC (100));
  /* 40 chunks were out: 1 s is 8 of them */
  fail_unless (k->delivered[0] >= 29 && k->delivered[0] <= 32,
      "first is %u", k->delivered[0]);
  fail_unless_contiguous (k);
  fail_unless_equals_int (k->delivered[k->n_delivered - 1],
      bench_published (b) - 1);
  bench_free (b);
}

GST_END_TEST;

GST_START_TEST (test_a_newcomer_starts_at_a_join_point)
{
  Bench *b = pair (P2P_HEADER_VIDEO | P2P_HEADER_RESUME_AT_JOIN,
      P2P_SEC (1));
  Book *k = bench_book (b, 1);

  for (int i = 0; i < 40; i++) {
    bench_chunk (b, CHUNK, i % 15 == 0 ? P2P_CHUNK_JOIN : 0);
    bench_run (b, PERIOD);
  }
  bench_link (b, 1, 0);
  bench_run (b, P2P_SEC (1));
  fail_unless (k->n_delivered > 0);
  fail_unless_equals_int (k->delivered[0], 30);
  fail_unless_contiguous (k);
  bench_free (b);
}

GST_END_TEST;

GST_START_TEST (test_a_listener_that_was_there_first_hears_from_the_first_chunk)
{
  Bench *b = pair (0, P2P_SEC (1));
  Book *k = bench_book (b, 1);

  bench_link (b, 1, 0);
  bench_run (b, P2P_SEC (1));
  bench_publish (b, P2P_SEC (2), PERIOD, CHUNK);
  bench_run (b, P2P_SEC (1));
  fail_unless_equals_int (k->delivered[0], 0);
  fail_unless_equals_int (k->n_delivered, 16);
  fail_unless_contiguous (k);
  bench_free (b);
}

GST_END_TEST;

/* The link is cut for a while: what was published meanwhile can come from
 * nobody in time. */
static Bench *
outage (uint8_t header_flags)
{
  Bench *b = pair (header_flags, P2P_MSEC (600));

  bench_link (b, 1, 0);
  bench_publish (b, P2P_SEC (3), PERIOD, CHUNK);
  bench_block (b, 0, 1, true);
  bench_publish (b, P2P_MSEC (1500), PERIOD, CHUNK);
  bench_block (b, 0, 1, false);
  bench_publish (b, P2P_SEC (4), PERIOD, CHUNK);
  return b;
}

GST_START_TEST (test_what_is_later_than_the_latency_is_skipped)
{
  Bench *b = outage (0);
  Book *k = bench_book (b, 1);

  fail_unless (k->skipped > 0 && k->skipped <= 12, "%u", k->skipped);
  fail_unless_equals_int (k->discont, 2);       /* the first, and the one after */
  for (unsigned i = 1; i < k->n_delivered; i++)
    fail_unless (k->delivered[i] > k->delivered[i - 1]);
  fail_unless (k->delivered[k->n_delivered - 1] + 2 >= bench_published (b));
  bench_free (b);
}

GST_END_TEST;

/* Chunk 40 is lost; the listener waits 8 s for it, another of its process 300 ms. */
GST_START_TEST (test_who_waits_less_is_given_what_follows_at_its_own_time)
{
  Bench *b = pair (0, P2P_SEC (8));
  Book *k = bench_book (b, 1);
  P2pTime lost_at = 0, until;
  uint32_t next = 40;
  P2pAhead ahead;

  bench_link (b, 1, 0);
  bench_publish (b, P2P_SEC (5), PERIOD, CHUNK);
  fail_unless_equals_int (bench_published (b), 40);
  bench_lose (b, 0, 1, 40, 40);
  for (unsigned i = 0; i < 24 * 25; i++) {
    if (i % 25 == 0)
      bench_chunk (b, CHUNK, P2P_CHUNK_JOIN);
    if (i == 0)
      lost_at = bench_now (b);
    bench_run (b, PERIOD / 25);
    while (p2p_swarm_look_ahead (bench_swarm (b, 1), next, P2P_MSEC (300),
            bench_local (b, 1), &ahead, &until)) {
      fail_unless_equals_int (ahead.chunk, next == 40 ? 41 : next);
      next = ahead.chunk + 1;
    }
    /* it waits so long for the lost one, and for no other one */
    fail_unless (next > 40 || bench_now (b) - lost_at <= P2P_MSEC (310));
    fail_unless (next == 40 || bench_now (b) - lost_at >= P2P_MSEC (240));
    fail_unless (next == 40 || next + 1 >= bench_published (b));
  }
  fail_unless_equals_int (next, 64);
  bench_run (b, P2P_SEC (2));   /* 5 s since */
  fail_unless_equals_int (k->delivered[k->n_delivered - 1], 39);
  bench_lose (b, 0, 1, 1, 0);   /* nothing any more */
  bench_publish (b, P2P_SEC (2), PERIOD, CHUNK);
  fail_unless_equals_int (k->skipped, 0);
  fail_unless_contiguous (k);
  fail_unless (k->delivered[k->n_delivered - 1] >= 64);
  bench_free (b);
}

GST_END_TEST;

GST_START_TEST (test_less_latency_than_a_chunk_is_no_starvation)
{
  Bench *b = pair (0, P2P_MSEC (50));
  Book *k = bench_book (b, 1);

  bench_link (b, 1, 0);
  bench_publish (b, P2P_SEC (4), PERIOD, CHUNK);
  fail_unless_equals_int (k->starving, 0);
  bench_block (b, 0, 1, true);
  bench_run (b, P2P_SEC (1));
  fail_unless_equals_int (k->starving, 1);
  bench_block (b, 0, 1, false);
  bench_publish (b, P2P_SEC (1), PERIOD, CHUNK);
  fail_unless_equals_int (k->recovered, 1);
  fail_unless_equals_int (k->starving, 1);
  bench_free (b);
}

GST_END_TEST;

GST_START_TEST (test_behind_a_padding_demuxer_nothing_in_the_window_is_skipped)
{
  Bench *b = outage (P2P_HEADER_CONTAINER);
  Book *k = bench_book (b, 1);

  fail_unless_equals_int (k->skipped, 0);
  fail_unless_contiguous (k);
  fail_unless (k->delivered[k->n_delivered - 1] + 2 >= bench_published (b));
  bench_free (b);
}

GST_END_TEST;

GST_START_TEST (test_the_end_is_told_after_the_last_chunk)
{
  Bench *b = pair (0, P2P_SEC (1));
  Book *k = bench_book (b, 1);

  bench_link (b, 1, 0);
  bench_publish (b, P2P_SEC (1), PERIOD, CHUNK);
  bench_chunk (b, CHUNK, P2P_CHUNK_JOIN | P2P_CHUNK_END);
  bench_run (b, P2P_SEC (1));
  fail_unless_equals_int (k->ends, 1);
  fail_unless_equals_int (k->delivered[k->n_delivered - 1],
      bench_published (b) - 1);
  fail_unless_equals_int (p2p_swarm_count_holders (bench_swarm (b, 0),
          bench_published (b) - 1), 1);
  bench_free (b);
}

GST_END_TEST;

/* ---- where a newcomer begins when not everything is there ---- */

#define GOP 8                   /* chunks from join point to join point */
#define HOLE_FIRST 34
#define HOLE_LAST 37

static void
publish_video (Bench * b, unsigned n)
{
  for (unsigned i = 0; i < n; i++) {
    bench_chunk (b, CHUNK, bench_published (b) % GOP == 0 ? P2P_CHUNK_JOIN : 0);
    bench_run (b, PERIOD);
  }
}

/* Listener 2 joins at relay 1, which has heard the stream from the source but
 * for the hole: nobody can give those chunks. */
static Bench *
join_behind_a_hole (uint8_t header_flags)
{
  Bench *b = pair (header_flags, P2P_SEC (1));
  P2pSwarmConfig c;

  bench_config (&c, P2P_ROLE_RELAY, 2);
  c.latency_us = P2P_SEC (2);
  bench_add (b, &c);
  bench_lose (b, 0, 1, HOLE_FIRST, HOLE_LAST);
  bench_link (b, 1, 0);
  publish_video (b, 45);
  bench_link (b, 2, 1);
  publish_video (b, 40);
  return b;
}

static void
fail_unless_whole_behind_the_hole (Bench * b)
{
  Book *k = bench_book (b, 2);

  fail_unless_equals_int (k->joined, 1);
  fail_unless_equals_int (k->delivered[0], 40);
  fail_unless_equals_int (k->discont, 1);
  fail_unless_contiguous (k);
  fail_unless (k->delivered[k->n_delivered - 1] + 2 >= bench_published (b));
  fail_unless_equals_int (k->skipped, 0);
  bench_free (b);
}

GST_START_TEST (test_a_newcomer_begins_behind_what_nobody_has)
{
  fail_unless_whole_behind_the_hole (join_behind_a_hole (P2P_HEADER_VIDEO));
}

GST_END_TEST;

GST_START_TEST (test_a_container_begins_behind_what_nobody_has)
{
  fail_unless_whole_behind_the_hole (join_behind_a_hole (P2P_HEADER_VIDEO
          | P2P_HEADER_CONTAINER));
  fail_unless_whole_behind_the_hole (join_behind_a_hole (P2P_HEADER_VIDEO
          | P2P_HEADER_CONTAINER | P2P_HEADER_RESUME_AT_JOIN));
}

GST_END_TEST;

GST_START_TEST (test_what_the_burst_left_out_and_another_has_is_waited_for)
{
  Bench *b = pair (P2P_HEADER_VIDEO | P2P_HEADER_CONTAINER, P2P_SEC (1));
  Book *k = bench_book (b, 2);
  P2pSwarmConfig c;

  bench_config (&c, P2P_ROLE_RELAY, 2);
  c.latency_us = P2P_SEC (2);
  bench_add (b, &c);
  bench_lose (b, 0, 1, HOLE_FIRST, HOLE_LAST);
  bench_link (b, 1, 0);
  publish_video (b, 45);
  bench_link (b, 2, 1);
  bench_run (b, P2P_MSEC (100));
  fail_unless_equals_int (k->joined, 0);        /* it would be a fragment */
  bench_link (b, 2, 0);
  publish_video (b, 40);
  /* 45 were out, 2 s are 16: the join point at or before 28 */
  fail_unless_equals_int (k->delivered[0], 24);
  fail_unless_contiguous (k);
  fail_unless_equals_int (k->skipped, 0);
  bench_free (b);
}

GST_END_TEST;

/* What a capped source has saved up comes at once, the rest slowly: seven
 * chunks within milliseconds are no promise of the next. */
GST_START_TEST (test_a_burst_that_slows_down_is_not_trusted)
{
  Bench *b = bench_new (P2P_MSEC (1));
  Book *k;
  P2pSwarmConfig c;

  bench_config (&c, P2P_ROLE_SOURCE, 0);
  c.max_upload_bps = CHUNK * 8 * 8 * 13 / 10;   /* 1.3 streams */
  bench_add (b, &c);
  bench_config (&c, P2P_ROLE_RELAY, 1);
  c.latency_us = P2P_SEC (2);
  bench_add (b, &c);
  k = bench_book (b, 1);
  bench_header (b, 0);
  bench_publish (b, P2P_SEC (5), PERIOD, CHUNK);
  bench_link (b, 1, 0);
  bench_publish (b, P2P_SEC (15), PERIOD, CHUNK);
  fail_unless_equals_int (k->joined, 1);
  fail_unless_contiguous (k);
  fail_unless_equals_int (k->skipped, 0);
  fail_unless (k->delivered[k->n_delivered - 1] + 4 >= bench_published (b));
  bench_free (b);
}

GST_END_TEST;

/* Of a source with three streams of upload the burst takes seconds; relays answer
 * meanwhile. Seen: 1; 7 where all of it is sent. */
GST_START_TEST (test_a_burst_leaves_out_what_came_from_others)
{
  Bench *b = bench_new (P2P_MSEC (10));
  P2pSwarmStats stats;
  P2pSwarmConfig c;

  bench_config (&c, P2P_ROLE_SOURCE, 0);
  c.max_upload_bps = CHUNK * 8 * 8 * 3;
  bench_add (b, &c);
  bench_header (b, 0);
  bench_add_listeners (b, 3);
  for (unsigned i = 1; i < 3; i++)
    bench_join (b, i);
  bench_publish (b, P2P_SEC (10), PERIOD, CHUNK);
  bench_link (b, 3, 0);
  bench_publish (b, P2P_MSEC (100), PERIOD, CHUNK);
  bench_link (b, 3, 1);
  bench_link (b, 3, 2);
  bench_publish (b, P2P_SEC (10), PERIOD, CHUNK);
  p2p_swarm_get_stats (bench_swarm (b, 3), bench_local (b, 3), &stats);
  fail_unless_equals_int (bench_book (b, 3)->joined, 1);
  fail_unless (stats.chunks_duplicate <= 2);
  bench_free (b);
}

GST_END_TEST;

/* A newcomer is linked to a source with three streams of upload, then to
 * a relay that four others have all places of. */
GST_START_TEST
    (test_a_burst_that_drips_is_not_waited_for_where_a_relay_is_strong) {
  Bench *b = bench_new (P2P_MSEC (1));
  Book *k = bench_book (b, 6);
  P2pSwarmConfig c;
  P2pTime linked;

  bench_config (&c, P2P_ROLE_SOURCE, 0);
  c.max_upload_bps = CHUNK * 8 * 8 * 3;
  bench_add (b, &c);
  for (unsigned i = 1; i <= 6; i++) {
    bench_config (&c, P2P_ROLE_RELAY, i);
    c.latency_us = P2P_SEC (2);
    bench_add (b, &c);
  }
  bench_header (b, 0);
  for (unsigned i = 1; i <= 5; i++)
    bench_link (b, i, i == 1 ? 0 : 1);
  bench_publish (b, P2P_SEC (8), PERIOD, CHUNK);
  fail_unless_equals_int (p2p_swarm_get_free_slots (bench_swarm (b, 1)), 0);
  linked = bench_now (b);
  bench_link (b, 6, 0);
  bench_run (b, P2P_MSEC (50));
  bench_link (b, 6, 1);
  bench_publish (b, P2P_SEC (4), PERIOD, CHUNK);
  fail_unless_equals_int (k->joined, 1);
  fail_unless (k->first_delivery - linked <= P2P_MSEC (400));
  fail_unless_contiguous (k);
  fail_unless_equals_int (k->skipped, 0);
  bench_free (b);
}

GST_END_TEST;

/* Only join points ever come: the newest one's followers have the most time. */
GST_START_TEST (test_in_a_bad_swarm_a_newcomer_begins_with_the_newest)
{
  Bench *b = pair (P2P_HEADER_VIDEO, P2P_SEC (2));
  Book *k = bench_book (b, 1);
  P2pTime linked;

  publish_video (b, 40);
  linked = bench_now (b);
  bench_link (b, 1, 0);
  bench_lose_but (b, 0, 1, GOP);
  publish_video (b, 48);
  fail_unless_equals_int (k->joined, 1);
  fail_unless (k->first_delivery - linked < P2P_MSEC (4500));
  fail_unless (k->delivered[0] >= 48, "%u", k->delivered[0]);
  bench_free (b);
}

GST_END_TEST;

GST_START_TEST (test_how_old_chunks_are_is_told_by_quantiles)
{
  Bench *b = pair (0, P2P_SEC (2));
  P2pSwarmStats s, source;

  bench_link (b, 1, 0);
  bench_publish (b, P2P_SEC (25), PERIOD, CHUNK);
  p2p_swarm_get_stats (bench_swarm (b, 1), bench_now (b), &s);
  fail_unless_equals_int (s.fed, s.k);
  p2p_swarm_get_stats (bench_swarm (b, 0), bench_now (b), &source);
  fail_unless_equals_int (source.fed, s.k);
  fail_unless (s.lag_p50_us > 0 && s.lag_p50_us <= P2P_MSEC (32), "%u us",
      s.lag_p50_us);
  fail_unless (s.lag_p99_us <= P2P_MSEC (32), "%u us", s.lag_p99_us);
  bench_block (b, 0, 1, true);
  bench_publish (b, P2P_SEC (1), PERIOD, CHUNK);
  bench_block (b, 0, 1, false);
  bench_publish (b, P2P_SEC (5), PERIOD, CHUNK);
  p2p_swarm_get_stats (bench_swarm (b, 1), bench_now (b), &s);
  fail_unless (s.lag_p50_us <= P2P_MSEC (32), "%u us", s.lag_p50_us);
  fail_unless (s.lag_p99_us > P2P_MSEC (300), "%u us", s.lag_p99_us);
  fail_unless (s.lateness_p995_us >= s.lag_p99_us);
  bench_free (b);
}

GST_END_TEST;

static uint32_t
target_ms (Bench * b)
{
  P2pSwarmStats stats;

  p2p_swarm_get_stats (bench_swarm (b, 1), bench_now (b), &stats);
  return stats.target_us / 1000;
}

static void
cut (Bench * b, P2pTime span)
{
  bench_block (b, 0, 1, true);
  bench_publish (b, span, PERIOD, CHUNK);
  bench_block (b, 0, 1, false);
  bench_publish (b, P2P_SEC (6), PERIOD, CHUNK);
}

GST_START_TEST (test_one_bad_spell_does_not_make_it_play_later)
{
  Bench *b = outage (0);

  fail_unless_equals_int (target_ms (b), 0);
  bench_free (b);
}

GST_END_TEST;

GST_START_TEST (test_what_keeps_coming_late_is_waited_for_within_bounds)
{
  Bench *b = outage (0);
  uint32_t raised;
  Book *k = bench_book (b, 1);
  unsigned skipped;

  bench_publish (b, P2P_SEC (4), PERIOD, CHUNK);
  for (int i = 0; i < 3; i++)
    cut (b, P2P_MSEC (900));
  raised = target_ms (b);
  fail_unless (raised > 700 && raised <= 1600, "%u", raised);
  /* and then it is in time */
  skipped = k->skipped;
  cut (b, P2P_MSEC (900));
  fail_unless_equals_int (k->skipped, skipped);
  /* back when it has been good for long, and slowly */
  bench_publish (b, P2P_SEC (130), PERIOD, CHUNK);
  fail_unless (target_ms (b) < raised);
  fail_unless (target_ms (b) > raised - 70);
  bench_free (b);
}

GST_END_TEST;

static Suite *
playout_suite (void)
{
  Suite *s = suite_create ("swarm-playout");
  TCase *tc = tcase_create ("general");

  suite_add_tcase (s, tc);
  tcase_add_test (tc,
      test_a_newcomer_starts_the_latency_behind_the_edge_at_once);
  tcase_add_test (tc, test_a_newcomer_starts_at_a_join_point);
  tcase_add_test (tc,
      test_a_listener_that_was_there_first_hears_from_the_first_chunk);
  tcase_add_test (tc,
      test_who_waits_less_is_given_what_follows_at_its_own_time);
  tcase_add_test (tc, test_less_latency_than_a_chunk_is_no_starvation);
  tcase_add_test (tc, test_what_is_later_than_the_latency_is_skipped);
  tcase_add_test (tc,
      test_behind_a_padding_demuxer_nothing_in_the_window_is_skipped);
  tcase_add_test (tc, test_a_newcomer_begins_behind_what_nobody_has);
  tcase_add_test (tc, test_a_container_begins_behind_what_nobody_has);
  tcase_add_test (tc,
      test_what_the_burst_left_out_and_another_has_is_waited_for);
  tcase_add_test (tc, test_a_burst_that_slows_down_is_not_trusted);
  tcase_add_test (tc, test_a_burst_leaves_out_what_came_from_others);
  tcase_add_test (tc,
      test_a_burst_that_drips_is_not_waited_for_where_a_relay_is_strong);
  tcase_add_test (tc, test_in_a_bad_swarm_a_newcomer_begins_with_the_newest);
  tcase_add_test (tc, test_the_end_is_told_after_the_last_chunk);
  tcase_add_test (tc, test_how_old_chunks_are_is_told_by_quantiles);
  tcase_add_test (tc, test_one_bad_spell_does_not_make_it_play_later);
  tcase_add_test (tc, test_what_keeps_coming_late_is_waited_for_within_bounds);
  return s;
}

GST_CHECK_MAIN (playout);
