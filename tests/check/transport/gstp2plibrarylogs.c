/* gst-plugins-p2p
 *
 * This library is free software; you can redistribute it and/or
 * modify it under the terms of the GNU Lesser General Public
 * License as published by the Free Software Foundation; either
 * version 2.1 of the License, or (at your option) any later version.
 */
/* gstp2plibrarylogs.c: tests of what libnice and GnuTLS say in GStreamer's log. */
#include <gst/check/gstcheck.h>
#include <string.h>

#include "linkpair.h"

static gint from_nice, from_gnutls;

static void
count_lines (GstDebugCategory * category, GstDebugLevel level,
    const gchar * file, const gchar * function, gint line, GObject * object,
    GstDebugMessage * message, gpointer user_data)
{
  const gchar *name = gst_debug_category_get_name (category);

  if (strcmp (name, "p2plibnice") == 0) {
    fail_unless (level >= GST_LEVEL_LOG);
    g_atomic_int_inc (&from_nice);
  } else if (strcmp (name, "p2pgnutls") == 0) {
    fail_unless (level >= GST_LEVEL_LOG);
    fail_if (strchr (gst_debug_message_get (message), '\n'));
    g_atomic_int_inc (&from_gnutls);
  }
}

GST_START_TEST (test_libraries_talk_when_they_are_asked)
{
  LinkPair pair;

  gst_debug_remove_log_function (gst_debug_log_default);
  gst_debug_add_log_function (count_lines, NULL, NULL);
  gst_debug_set_threshold_from_string ("p2plibnice:6,p2pgnutls:6", FALSE);
  link_pair_connect (&pair);
  fail_unless (g_atomic_int_get (&from_nice) > 0);
  fail_unless (g_atomic_int_get (&from_gnutls) > 0);
  link_pair_clear (&pair);
}

GST_END_TEST;

static Suite *
logs_suite (void)
{
  Suite *s = suite_create ("gstp2plibrarylogs");
  TCase *tc = tcase_create ("general");

  suite_add_tcase (s, tc);
  tcase_add_test (tc, test_libraries_talk_when_they_are_asked);
  return s;
}

GST_CHECK_MAIN (logs);
