/* gst-plugins-p2p
 *
 * This library is free software; you can redistribute it and/or
 * modify it under the terms of the GNU Lesser General Public
 * License as published by the Free Software Foundation; either
 * version 2.1 of the License, or (at your option) any later version.
 */
/* stalls.c: what a stall of the machine excuses, and what it does not. */
#include <gst/check/gstcheck.h>

#include "../../../tools/p2p-demo/stalls.h"

#define MS 1000

GST_START_TEST (test_stalls_of_several_processors_count_once)
{
  DemoStalls *s = demo_stalls_new ();
  DemoStallsSummary sum;

  demo_stalls_add (s, 1000 * MS, 1300 * MS);
  demo_stalls_add (s, 1100 * MS, 1200 * MS);    /* another processor */
  demo_stalls_add (s, 1250 * MS, 1400 * MS);
  demo_stalls_add (s, 2000 * MS, 2050 * MS);
  demo_stalls_add (s, 900 * MS, 950 * MS);      /* told later */
  fail_unless_equals_int64 (demo_stalls_between (s, 0, 5000 * MS), 500 * MS);
  fail_unless_equals_int64 (demo_stalls_between (s, 1350 * MS, 2010 * MS),
      60 * MS);
  fail_unless_equals_int64 (demo_stalls_between (s, 1400 * MS, 2000 * MS), 0);
  demo_stalls_add (s, 940 * MS, 1010 * MS);     /* joins two */
  fail_unless_equals_int64 (demo_stalls_between (s, 0, 5000 * MS), 550 * MS);
  demo_stalls_summary (s, &sum);
  fail_unless_equals_int (sum.n, 6);
  fail_unless_equals_int64 (sum.longest, 300 * MS);
  fail_unless_equals_int64 (sum.sum, 550 * MS);
  demo_stalls_free (s);
}

GST_END_TEST;

GST_START_TEST (test_only_what_a_stall_explains_is_excused)
{
  DemoStalls *s = demo_stalls_new ();

  demo_stalls_add (s, 1000 * MS, 1300 * MS);
  /* due while it stood, and served when it went on */
  fail_unless (demo_stalls_excuse (s, 1010 * MS, 1310 * MS, 200 * MS));
  fail_unless (demo_stalls_excuse (s, 990 * MS, 1450 * MS, 200 * MS));
  /* 300 of 550 ms */
  fail_if (demo_stalls_excuse (s, 990 * MS, 1540 * MS, 200 * MS));
  /* before it, and long after */
  fail_if (demo_stalls_excuse (s, 700 * MS, 990 * MS, 200 * MS));
  fail_if (demo_stalls_excuse (s, 1300 * MS, 1600 * MS, 200 * MS));
  demo_stalls_free (s);
}

GST_END_TEST;

GST_START_TEST (test_watching_ends_at_once)
{
  DemoStalls *s = demo_stalls_new ();
  DemoStallsSummary sum;

  demo_stalls_start (s);
  demo_stalls_summary (s, &sum);
  demo_stalls_free (s);
}

GST_END_TEST;

static Suite *
stalls_suite (void)
{
  Suite *s = suite_create ("stalls");
  TCase *tc = tcase_create ("general");

  suite_add_tcase (s, tc);
  tcase_add_test (tc, test_stalls_of_several_processors_count_once);
  tcase_add_test (tc, test_only_what_a_stall_explains_is_excused);
  tcase_add_test (tc, test_watching_ends_at_once);
  return s;
}

GST_CHECK_MAIN (stalls);
