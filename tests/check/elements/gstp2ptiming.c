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

#define FRAME (26122449)        /* ns: 1152 samples of 44.1 kHz */
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
    if (rt > 0) {
      gint64 step = out - last_out;

      /* 500 ppm of the time that passed, which jitters by 20 ms, too */
      leaps += ABS (step - FRAME) > (FRAME + 20 * (gint64) GST_MSECOND)
          * GST_P2P_MAX_SLEW_PPM / 1000000 + 1;
    } else {
      first = out;
    }
    if (rt > 60 * (gint64) GST_SECOND)
      worst = MAX (worst, ABS (out - now));
    last_out = out;
  }
  fail_unless_equals_int (jumps, 0);
  fail_unless_equals_int (leaps, 0);
  fail_unless (first > 0);
  /* the newest media is at most jitter behind its arrival */
  fail_unless (worst <= 25 * (gint64) GST_MSECOND, "%" G_GINT64_FORMAT, worst);
  g_rand_free (rand);
}

GST_START_TEST (test_publisher_clock_200_ppm_off_is_followed)
{
  run_timeline (200);
  run_timeline (-200);
  run_timeline (0);
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
  tcase_add_test (tc, test_a_jump_of_timestamps_is_told);
  tcase_add_test (tc, test_ntp_differences_are_exact_to_a_nanosecond);
  return s;
}

GST_CHECK_MAIN (timing);
