/* gst-plugins-p2p
 *
 * This library is free software; you can redistribute it and/or
 * modify it under the terms of the GNU Lesser General Public
 * License as published by the Free Software Foundation; either
 * version 2.1 of the License, or (at your option) any later version.
 */
/* gstp2ptiming.c: offsets follow drifting clocks slowly, in virtual time. */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include <gst/check/gstcheck.h>

#include "../../../gst/p2p/gstp2ptiming.h"

#define FRAME G_GINT64_CONSTANT (26122449)      /* ns: 1152 samples of 44.1 kHz */
#define MINUTES_30 ((gint64) 1800 * GST_SECOND)

/* Timestamps of a pipeline whose clock is ppm fast, arriving after an encoder's
 * delay and some jitter. */
static void
run_timeline (gint ppm)
{
  GstP2PTimeline t;
  GRand *rand = g_rand_new_with_seed (1);
  gint64 rt, last_out = 0, first = 0, worst = 0;
  guint jumps = 0, leaps = 0;

  gst_p2p_timeline_reset (&t);
  for (rt = 0; rt < MINUTES_30; rt += FRAME) {
    /* when the pipeline's clock says rt, the publisher's says less or more */
    gint64 now = rt - rt / 1000000 * ppm + 60 * GST_MSECOND
        + g_rand_int_range (rand, 0, 20) * (gint64) GST_MSECOND;
    gint64 out;

    jumps += gst_p2p_timeline_observe (&t, rt, now);
    out = rt + t.offset;
    /* the first seconds are for what the first buffer was late */
    if (rt > (gint64) GST_P2P_TIMELINE_BEGIN) {
      gint64 step = out - last_out;

      leaps += ABS (step - FRAME) > FRAME * GST_P2P_MAX_SLEW_PPM / 1000000 + 1;
    } else if (rt == 0) {
      first = out;
    } else {
      fail_unless (out > last_out);
    }
    if (rt > 60 * (gint64) GST_SECOND)
      worst = MAX (worst, ABS (out - now));
    last_out = out;
  }
  fail_unless_equals_int (jumps, 0);
  fail_unless_equals_int (leaps, 0);
  fail_unless (first > 0);
  /* half of the jitter on either side, and what drifts in 5 s */
  fail_unless (worst <= 13 * (gint64) GST_MSECOND, "%" G_GINT64_FORMAT, worst);
  g_rand_free (rand);
}

GST_START_TEST (test_publisher_clock_200_ppm_off_is_followed)
{
  run_timeline (200);
  run_timeline (-200);
  run_timeline (0);
}

GST_END_TEST;

/* From 'begin' on: how far from when a buffer came its source time is, in the
 * mean. 'delays' repeat from the index 'again' on, in ms. */
static gint64
mean_age (const guint * delays, guint n, guint again, gint64 begin,
    gint64 * spread)
{
  gint64 sum = 0, count = 0, rt, least = G_MAXINT64, most = G_MININT64;
  GstP2PTimeline t;
  guint i = 0;

  gst_p2p_timeline_reset (&t);
  for (rt = 0; rt < 60 * (gint64) GST_SECOND; rt += FRAME) {
    gint64 now = rt + delays[i] * (gint64) GST_MSECOND;

    fail_if (gst_p2p_timeline_observe (&t, rt, now));
    i = i + 1 < n ? i + 1 : again;
    if (rt < begin)
      continue;
    sum += rt + t.offset - now;
    count++;
    least = MIN (least, t.offset);
    most = MAX (most, t.offset);
  }
  *spread = most - least;
  return sum / count;
}

GST_START_TEST (test_a_bursty_encoder_is_as_old_as_a_smooth_one)
{
  /* lamemp3enc behind audiotestsrc is-live=true, as seen: the first ones are
   * late as no other, then blocks of 23 ms and frames of 26 make a saw */
  const guint lame[] = { 94, 68, 49, 49, 49, 62, 65, 68, 71, 74, 77, 80, 82 };
  const guint smooth[] = { 40 };
  gint64 spread, age;

  age = mean_age (lame, G_N_ELEMENTS (lame), 5, 3 * (gint64) GST_SECOND,
      &spread);
  fail_unless (ABS (age) <= 2 * (gint64) GST_MSECOND, "%" G_GINT64_FORMAT, age);
  fail_unless (spread <= 3 * (gint64) GST_MSECOND);
  age = mean_age (smooth, G_N_ELEMENTS (smooth), 0, 0, &spread);
  fail_unless_equals_int64 (age, 0);
  fail_unless_equals_int64 (spread, 0);
}

GST_END_TEST;

GST_START_TEST (test_a_machine_that_stood_still_does_not_move_the_line)
{
  GstP2PTimeline t;
  gint64 rt, stall = 0, worst = 0;

  gst_p2p_timeline_reset (&t);
  for (rt = 0; rt < 120 * (gint64) GST_SECOND; rt += FRAME) {
    /* every 12 s for 400 ms; what waited comes at once behind it */
    if (rt % (12 * (gint64) GST_SECOND) < FRAME && rt > 0)
      stall = 400 * (gint64) GST_MSECOND;
    fail_if (gst_p2p_timeline_observe (&t, rt, rt + stall));
    stall = MAX (stall - FRAME, 0);
    worst = MAX (worst, ABS (t.offset));
  }
  fail_unless (worst <= (gint64) GST_MSECOND / 10, "%" G_GINT64_FORMAT, worst);
}

GST_END_TEST;

/* From the beginning on a third of the time is taken from it. What is longer
 * than it was by more than the slew looks like a hole to a listener. */
GST_START_TEST (test_no_interval_is_longer_because_the_machine_stood_still)
{
  GRand *rand = g_rand_new_with_seed (3);
  gint64 rt, now = 0, before = 0, begun = 0, step, most;
  GstP2PTimeline t;

  gst_p2p_timeline_reset (&t);
  for (rt = 0; rt < 60 * (gint64) GST_SECOND; rt += FRAME) {
    now = MAX (now, rt + (rt == 0 ? 50 : 0) * (gint64) GST_MSECOND);
    if (g_rand_int_range (rand, 0, 12) == 0)
      now += g_rand_int_range (rand, 0, 200) * (gint64) GST_MSECOND;
    fail_if (gst_p2p_timeline_observe (&t, rt, now));
    begun = rt == 0 ? now : begun;
    most = FRAME * (now - begun < (gint64) GST_P2P_TIMELINE_BEGIN ?
        GST_P2P_TIMELINE_BEGIN_PPM : GST_P2P_MAX_SLEW_PPM) / 1000000 + 1;
    step = rt + t.offset - before;
    fail_unless (rt == 0 || ABS (step - FRAME) <= most, "%" G_GINT64_FORMAT
        " of %" G_GINT64_FORMAT, step - FRAME, most);
    before = rt + t.offset;
  }
  g_rand_free (rand);
}

GST_END_TEST;

GST_START_TEST (test_a_jump_of_timestamps_is_told)
{
  GstP2PTimeline t;

  gst_p2p_timeline_reset (&t);
  fail_if (gst_p2p_timeline_observe (&t, 0, GST_SECOND));
  fail_if (gst_p2p_timeline_observe (&t, GST_SECOND, 2 * GST_SECOND));
  fail_unless (gst_p2p_timeline_observe (&t, 60 * GST_SECOND, 3 * GST_SECOND));
  fail_unless_equals_int64 (t.offset, -57 * (gint64) GST_SECOND);
}

GST_END_TEST;

GST_START_TEST (test_ntp_differences_are_exact_to_a_nanosecond)
{
  fail_unless_equals_int64 (gst_p2p_ntp_diff (G_GUINT64_CONSTANT (3) << 32,
          G_GUINT64_CONSTANT (1) << 32), 2 * GST_SECOND);
  fail_unless_equals_int64 (gst_p2p_ntp_diff (G_GUINT64_CONSTANT (1) << 32,
          G_GUINT64_CONSTANT (3) << 32), -2 * (gint64) GST_SECOND);
  fail_unless_equals_int64 (gst_p2p_ntp_diff (G_GUINT64_CONSTANT (1) << 31, 0),
      GST_SECOND / 2);
}

GST_END_TEST;

static Suite *
timing_suite (void)
{
  Suite *s = suite_create ("gstp2ptiming");
  TCase *tc = tcase_create ("general");

  suite_add_tcase (s, tc);
  tcase_add_test (tc, test_publisher_clock_200_ppm_off_is_followed);
  tcase_add_test (tc, test_a_bursty_encoder_is_as_old_as_a_smooth_one);
  tcase_add_test (tc, test_a_machine_that_stood_still_does_not_move_the_line);
  tcase_add_test (tc,
      test_no_interval_is_longer_because_the_machine_stood_still);
  tcase_add_test (tc, test_a_jump_of_timestamps_is_told);
  tcase_add_test (tc, test_ntp_differences_are_exact_to_a_nanosecond);
  return s;
}

GST_CHECK_MAIN (timing);
