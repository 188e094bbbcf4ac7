/* gst-plugins-p2p
 *
 * This library is free software; you can redistribute it and/or
 * modify it under the terms of the GNU Lesser General Public
 * License as published by the Free Software Foundation; either
 * version 2.1 of the License, or (at your option) any later version.
 */
/* p2ppacer.c: what is played when, in virtual time. */
#include <gst/check/gstcheck.h>

#include "../../../gst/p2p/core/base/p2ppacer.h"
#include "../../../gst/p2p/core/base/p2prandom.h"

#define MS INT64_C (1000000)
#define S (1000 * MS)
#define ORIGIN (3600 * S)
#define CHUNK (125 * MS)
#define LATENCY (300 * MS)
#define MINUTES_30 (1800 * S)

/* A listener whose clock is ppm fast: source time t is t + t x ppm there, and
 * the estimate of the publisher's clock is off by a few ms. */
static void
run (int ppm, int catch_up)
{
  P2pPacer p;
  P2pRandom random;
  int64_t worst = 0, last = 0;

  p2p_random_init (&random, 2);
  p2p_pacer_reset (&p);
  p2p_pacer_anchor (&p, -LATENCY, ORIGIN, 0);
  for (int64_t t = 0; t < MINUTES_30; t += CHUNK) {
    int64_t drift = t / 1000000 * ppm, off, pts;

    off = p2p_random_between (&random, -3 * MS, 3 * MS);
    fail_unless_equals_int (p2p_pacer_observe (&p, t, drift + LATENCY - off,
            LATENCY, catch_up), P2P_PACER_STAY);
    pts = p2p_pacer_map (&p, t);
    if (t > 0 && catch_up >= 0)
      fail_unless (ABS (pts - last - CHUNK)
          <= CHUNK / 1000000 * P2P_PACER_SLEW_PPM);
    last = pts;
    worst = MAX (worst, ABS (p2p_pacer_running (&p, t) - t - drift - LATENCY));
  }
  if (catch_up >= 0)
    fail_unless (worst <= 5 * MS, "off by %d us", (int) (worst / 1000));
  else
    fail_unless_equals_int64 (p.offset, ORIGIN + LATENCY);
}

GST_START_TEST (test_drift_is_followed_and_nothing_else_happens)
{
  run (200, 20);
  run (-200, 20);
  run (0, 20);
  run (200, 0);
}

GST_END_TEST;

GST_START_TEST (test_who_only_watches_changes_nothing)
{
  run (100, -1);
}

GST_END_TEST;

/* Plays on with 'late' to make up; gives the time until that is done. */
static int64_t
catch_up (P2pPacer * p, int64_t late, int64_t latency, int most)
{
  int64_t t = 0, last_end = 0, done = -1;
  unsigned segments = 0;

  p2p_pacer_reset (p);
  p2p_pacer_anchor (p, -latency, ORIGIN, 0);
  for (; t < 400 * S; t += CHUNK) {
    /* from here on it should have been played earlier by 'late' */
    int64_t line = latency - late, end;
    int32_t permille = p->permille;

    switch (p2p_pacer_observe (p, t, line, latency, most)) {
      case P2P_PACER_JUMP:
        return -2;
      case P2P_PACER_SEGMENT:
        segments++;
        break;
      case P2P_PACER_STAY:
        break;
    }
    end = p2p_pacer_running (p, t);
    /* nothing is left out, nothing said twice: the rate is all that changes */
    if (t > 0)
      fail_unless (ABS (end - last_end - CHUNK * 1000 / permille)
          <= CHUNK / 1000000 * P2P_PACER_SLEW_PPM + 1);
    last_end = end;
    if (segments == 2 && done < 0)
      done = t;
  }
  fail_unless (segments == 0 || segments == 2, "%u", segments);
  fail_unless_equals_int (p->permille, 1000);
  fail_unless (ABS (p2p_pacer_late (p, t)) <= 3 * MS);
  return done;
}

GST_START_TEST (test_what_is_late_is_caught_up_two_per_cent_faster)
{
  P2pPacer p;
  int64_t took = catch_up (&p, 400 * MS, 2 * S, 20);

  /* 400 ms at 2 %, and what the smoothing takes */
  fail_unless (took >= 19 * S && took <= 26 * S, "%d ms", (int) (took / MS));
  took = catch_up (&p, -400 * MS, 2 * S, 20);
  fail_unless (took >= 19 * S && took <= 26 * S, "%d ms", (int) (took / MS));
}

GST_END_TEST;

/* Somebody asks for less in mid-stream: no smoothing delays it, and the rate is
 * all that changes. */
GST_START_TEST (test_a_smaller_latency_is_reached_by_playing_faster)
{
  int64_t latency = 1500 * MS, last = 0, faster = 0, gained = 0;
  P2pPacer p;

  p2p_pacer_reset (&p);
  p2p_pacer_anchor (&p, -latency, ORIGIN, 0);
  for (int64_t t = 0; t < 20 * S; t += CHUNK) {
    int64_t end;
    int32_t permille = p.permille;

    if (t == 5 * S)
      latency = 1300 * MS;
    fail_unless_equals_int (p2p_pacer_observe (&p, t, latency, latency, 100),
        t == 5 * S || p.permille != permille ?
        P2P_PACER_SEGMENT : P2P_PACER_STAY);
    fail_unless_equals_int (p.permille,
        t >= 5 * S && p2p_pacer_late (&p, t) >= P2P_PACER_CAUGHT_NS ?
        1100 : 1000);
    end = p2p_pacer_running (&p, t);
    if (t > 0) {
      /* what is caught up too much, by less than a chunk's tenth, is slewed */
      fail_unless (ABS (p2p_pacer_map (&p, t) - ORIGIN - t - 1500 * MS)
          <= CHUNK / 10);
      fail_unless (ABS (end - last - CHUNK * 1000 / permille)
          <= CHUNK / 1000000 * P2P_PACER_SLEW_PPM + 1);
      gained += CHUNK - (end - last);
    }
    faster += p.permille > 1000 ? CHUNK : 0;
    last = end;
  }
  /* 200 ms at 10 %, to a chunk */
  fail_unless (ABS (gained - 200 * MS) <= CHUNK / 10);
  fail_unless (ABS (faster - 2200 * MS) <= CHUNK);
}

GST_END_TEST;

GST_START_TEST (test_small_differences_are_slewed)
{
  P2pPacer p;

  fail_unless_equals_int64 (catch_up (&p, 30 * MS, 2 * S, 20), -1);
}

GST_END_TEST;

GST_START_TEST (test_twice_the_latency_is_a_jump)
{
  P2pPacer p;

  fail_unless (catch_up (&p, 1900 * MS, 2 * S, 20) > 0);
  fail_unless_equals_int64 (catch_up (&p, 2100 * MS, 2 * S, 20), -2);
  fail_unless_equals_int64 (catch_up (&p, -600 * MS, 2 * S, 20), -2);
  /* half a second is the least */
  fail_unless (catch_up (&p, 400 * MS, 200 * MS, 20) > 0);
  /* who may not change the rate would need an hour for that */
  fail_unless_equals_int64 (catch_up (&p, 600 * MS, 2 * S, 0), -2);
}

GST_END_TEST;

GST_START_TEST (test_a_segment_of_another_rate_joins_the_one_before)
{
  P2pPacer p;
  int64_t start, base, t = 100 * S, pts, before;

  p2p_pacer_reset (&p);
  p2p_pacer_anchor (&p, -2 * S, ORIGIN, 5 * S);
  before = p2p_pacer_running (&p, t);
  fail_unless_equals_int (p2p_pacer_observe (&p, t, 6 * S, 2 * S, 20),
      P2P_PACER_SEGMENT);
  fail_unless_equals_int (p.permille, 1020);
  fail_unless_equals_int64 (p2p_pacer_running (&p, t), before);
  p2p_pacer_segment (&p, S, &start, &base);
  pts = p2p_pacer_map (&p, t);
  fail_unless (pts - start <= S && pts - start > S - 2000);
  /* what GStreamer makes of it */
  fail_unless (ABS (base + (pts - start) * 1000 / 1020 - before) <= 2);
  /* no room before the running time began */
  p2p_pacer_anchor (&p, 0, ORIGIN, 0);
  p2p_pacer_segment (&p, S, &start, &base);
  fail_unless_equals_int64 (start, ORIGIN);
  fail_unless_equals_int64 (base, 0);
}

GST_END_TEST;

GST_START_TEST (test_any_64_bits_map_to_a_timestamp_or_none)
{
  static const int64_t wild[] = { INT64_MIN, INT64_MIN + 1, -1, 0, 1,
    INT64_MAX, INT64_MAX / 2, -INT64_MAX / 2, INT64_MAX / 4, -INT64_MAX / 4
  };
  P2pPacer p;

  for (unsigned i = 0; i < G_N_ELEMENTS (wild); i++) {
    p2p_pacer_reset (&p);
    p2p_pacer_anchor (&p, wild[i], ORIGIN, S);
    for (unsigned j = 0; j < G_N_ELEMENTS (wild); j++) {
      int64_t pts = p2p_pacer_map (&p, wild[j]);

      fail_unless (pts == P2P_PACER_NONE || pts >= 0);
      for (unsigned k = 0; k < G_N_ELEMENTS (wild); k++)
        p2p_pacer_observe (&p, wild[j], wild[k], 2 * S, 20);
    }
  }
  fail_unless_equals_int64 (p2p_pacer_map (&p, P2P_PACER_NONE), P2P_PACER_NONE);
}

GST_END_TEST;

static Suite *
pacer_suite (void)
{
  Suite *s = suite_create ("core-pacer");
  TCase *tc = tcase_create ("general");

  suite_add_tcase (s, tc);
  tcase_add_test (tc, test_drift_is_followed_and_nothing_else_happens);
  tcase_add_test (tc, test_who_only_watches_changes_nothing);
  tcase_add_test (tc, test_what_is_late_is_caught_up_two_per_cent_faster);
  tcase_add_test (tc, test_a_smaller_latency_is_reached_by_playing_faster);
  tcase_add_test (tc, test_small_differences_are_slewed);
  tcase_add_test (tc, test_twice_the_latency_is_a_jump);
  tcase_add_test (tc, test_a_segment_of_another_rate_joins_the_one_before);
  tcase_add_test (tc, test_any_64_bits_map_to_a_timestamp_or_none);
  return s;
}

GST_CHECK_MAIN (pacer);
