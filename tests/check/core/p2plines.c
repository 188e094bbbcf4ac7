/* gst-plugins-p2p
 *
 * This library is free software; you can redistribute it and/or
 * modify it under the terms of the GNU Lesser General Public
 * License as published by the Free Software Foundation; either
 * version 2.1 of the License, or (at your option) any later version.
 */
/* Memory that begins with a line of the cache. */
#include <gst/check/gstcheck.h>
#include <string.h>

#include "../../../gst/p2p/core/base/p2plines.h"

GST_START_TEST (test_a_block_begins_with_a_line_and_is_all_its_own)
{
  gchar *block[64];

  for (guint i = 0; i < G_N_ELEMENTS (block); i++) {
    gsize size = 1 + i * 13;

    block[i] = p2p_lines_new (size);
    fail_unless (block[i] != NULL);
    fail_unless_equals_int ((gsize) block[i] % P2P_LINE, 0);
    for (gsize j = 0; j < size; j++)
      fail_unless_equals_int (block[i][j], 0);
    memset (block[i], 0xff, size);
  }
  for (guint i = 0; i < G_N_ELEMENTS (block); i++)
    p2p_lines_free (block[i]);
  p2p_lines_free (NULL);
}

GST_END_TEST;

static Suite *
p2plines_suite (void)
{
  Suite *s = suite_create ("p2plines");
  TCase *tc = tcase_create ("general");

  suite_add_tcase (s, tc);
  tcase_add_test (tc, test_a_block_begins_with_a_line_and_is_all_its_own);
  return s;
}

GST_CHECK_MAIN (p2plines);
