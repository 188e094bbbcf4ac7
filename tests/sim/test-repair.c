/* gst-plugins-p2p
 *
 * This library is free software; you can redistribute it and/or
 * modify it under the terms of the GNU Lesser General Public
 * License as published by the Free Software Foundation; either
 * version 2.1 of the License, or (at your option) any later version.
 */
/* test-repair.c: a sized-down run of the repair experiment (p2prepairlab.h);
 * all seeds: p2p-sim --repair --seeds=1000. */
#include <gst/check/gstcheck.h>

#include "p2prepairlab.h"

GST_START_TEST (test_equal_seeds_give_equal_hashes)
{
  P2pRepairResult a, b, c;

  p2p_repair_lab (5, &a, NULL);
  p2p_repair_lab (5, &b, NULL);
  p2p_repair_lab (6, &c, NULL);
  fail_unless (a.report.hash == b.report.hash);
  fail_unless (a.report.events == b.report.events);
  fail_unless (a.report.hash != c.report.hash);
}

GST_END_TEST;

static Suite *
repair_suite (void)
{
  Suite *s = suite_create ("sim-repair");
  TCase *tc = tcase_create ("general");

  suite_add_tcase (s, tc);
  tcase_add_test (tc, test_equal_seeds_give_equal_hashes);
  return s;
}

GST_CHECK_MAIN (repair);
