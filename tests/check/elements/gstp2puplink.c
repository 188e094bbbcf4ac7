/* gst-plugins-p2p
 *
 * This library is free software; you can redistribute it and/or
 * modify it under the terms of the GNU Lesser General Public
 * License as published by the Free Software Foundation; either
 * version 2.1 of the License, or (at your option) any later version.
 */
/* gstp2puplink.c: tests of what is remembered of a line. */
#include <gst/check/gstcheck.h>

#include <glib/gstdio.h>

#include "../../../gst/p2p/gstp2puplink.h"

#define NOW 1795000000
#define HOME "wlan0 192.168.1.1"

static gchar *folder, *file;

static void
set_up (void)
{
  GError *error = NULL;

  folder = g_dir_make_tmp ("p2p-uplink-XXXXXX", &error);
  fail_unless (folder != NULL);
  file = g_build_filename (folder, "cache", "uplinks.ini", NULL);
}

static void
tear_down (void)
{
  gchar *inner = g_path_get_dirname (file);

  g_unlink (file);
  g_rmdir (inner);
  g_rmdir (folder);
  g_free (inner);
  g_clear_pointer (&file, g_free);
  g_clear_pointer (&folder, g_free);
}

GST_START_TEST (test_what_was_measured_is_there_the_next_time)
{
  fail_unless_equals_int (gst_p2p_uplink_recall (file, HOME, NOW), 0);
  fail_unless (gst_p2p_uplink_remember (file, HOME, 2950000, NOW));
  fail_unless_equals_int (gst_p2p_uplink_recall (file, HOME, NOW + 60),
      2950000);
  fail_unless (gst_p2p_uplink_remember (file, HOME, 1000000, NOW + 60));
  fail_unless_equals_int (gst_p2p_uplink_recall (file, HOME, NOW + 61),
      1000000);
}

GST_END_TEST;

GST_START_TEST (test_another_network_is_another_line)
{
  fail_unless (gst_p2p_uplink_remember (file, HOME, 2950000, NOW));
  fail_unless_equals_int (gst_p2p_uplink_recall (file, "eth0 10.0.0.1", NOW),
      0);
}

GST_END_TEST;

GST_START_TEST (test_a_day_later_and_before_its_time_it_counts_for_nothing)
{
  fail_unless (gst_p2p_uplink_remember (file, HOME, 2950000, NOW));
  fail_unless_equals_int (gst_p2p_uplink_recall (file, HOME,
          NOW + GST_P2P_UPLINK_AGE + 1), 0);
  fail_unless_equals_int (gst_p2p_uplink_recall (file, HOME, NOW - 1), 0);
}

GST_END_TEST;

GST_START_TEST (test_the_file_does_not_grow)
{
  gchar *text;
  gsize len;

  for (unsigned i = 0; i < 200; i++) {
    gchar *network = g_strdup_printf ("eth0 10.0.%u.1", i);

    fail_unless (gst_p2p_uplink_remember (file, network, 100000 + i, NOW + i));
    fail_unless_equals_int (gst_p2p_uplink_recall (file, network, NOW + i),
        100000 + i);
    g_free (network);
  }
  fail_unless (g_file_get_contents (file, &text, &len, NULL));
  fail_unless (len <= GST_P2P_UPLINK_MAX * 64, "%d bytes", (int) len);
  g_free (text);
}

GST_END_TEST;

GST_START_TEST (test_nonsense_in_the_file_is_nothing_and_is_replaced)
{
  static const gchar *const texts[] = {
    "", "\xff\xfe", "[" HOME "]\nupload=x\ntime=1795000000\n",
    "[" HOME "]\nupload=-5\ntime=1795000000\n",
    "[" HOME "]\nupload=31999\ntime=1795000000\n",
    "[" HOME "]\nupload=99999999999\ntime=1795000000\n",
    "[" HOME "]\nupload=500000\n", "[" HOME "\nupload=500000\n"
  };

  fail_unless (gst_p2p_uplink_remember (file, HOME, 2950000, NOW));
  for (unsigned i = 0; i < G_N_ELEMENTS (texts); i++) {
    fail_unless (g_file_set_contents (file, texts[i], -1, NULL));
    fail_unless_equals_int (gst_p2p_uplink_recall (file, HOME, NOW), 0);
    fail_unless (gst_p2p_uplink_remember (file, HOME, 400000, NOW));
    fail_unless_equals_int (gst_p2p_uplink_recall (file, HOME, NOW), 400000);
  }
}

GST_END_TEST;

GST_START_TEST (test_a_network_is_known_by_its_default_route)
{
  static const gchar head[] = "Iface\tDestination\tGateway \tFlags\tRefCnt\t"
      "Use\tMetric\tMask\t\tMTU\tWindow\tIRTT\n";
  const gchar *gateway = G_BYTE_ORDER == G_LITTLE_ENDIAN ? "0101A8C0" :
      "C0A80101";
  gchar *text = g_strdup_printf ("%seth1\t0000A8C0\t00000000\t0001\t0\t0\t0\t"
      "00FFFFFF\t0\t0\t0\nwlan0\t00000000\t%s\t0003\t0\t0\t600\t00000000\t0\t"
      "0\t0\n", head, gateway);
  gchar *network = gst_p2p_uplink_parse_network (text);

  fail_unless_equals_string (network, HOME);
  g_free (network);
  g_free (text);
  fail_unless (gst_p2p_uplink_parse_network (head) == NULL);
  fail_unless (gst_p2p_uplink_parse_network ("") == NULL);
  fail_unless (gst_p2p_uplink_parse_network ("a\tb\tc\n\t\t\t\t\t\t\t\t") ==
      NULL);
}

GST_END_TEST;

static Suite *
uplink_suite (void)
{
  Suite *s = suite_create ("uplink");
  TCase *tc = tcase_create ("general");

  suite_add_tcase (s, tc);
  tcase_add_checked_fixture (tc, set_up, tear_down);
  tcase_add_test (tc, test_what_was_measured_is_there_the_next_time);
  tcase_add_test (tc, test_another_network_is_another_line);
  tcase_add_test (tc,
      test_a_day_later_and_before_its_time_it_counts_for_nothing);
  tcase_add_test (tc, test_the_file_does_not_grow);
  tcase_add_test (tc, test_nonsense_in_the_file_is_nothing_and_is_replaced);
  tcase_add_test (tc, test_a_network_is_known_by_its_default_route);
  return s;
}

GST_CHECK_MAIN (uplink);
