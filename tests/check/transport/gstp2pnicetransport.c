/* gst-plugins-p2p
 *
 * This library is free software; you can redistribute it and/or
 * modify it under the terms of the GNU Lesser General Public
 * License as published by the Free Software Foundation; either
 * version 2.1 of the License, or (at your option) any later version.
 */
/* Real links on loopback: set-up, messages, order, empty and largest. */
#include <fcntl.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "linkpair.h"

GST_START_TEST (test_two_links_connect_and_know_each_other)
{
  LinkPair pair;
  P2pPeerId id, expected;
  GstP2PLinkStats stats;

  link_pair_connect (&pair);
  fail_unless (gst_p2p_link_is_offerer (pair.a.link));
  fail_if (gst_p2p_link_is_offerer (pair.b.link));
  fail_unless (gst_p2p_link_get_peer_id (pair.a.link, &id));
  gst_p2p_transport_get_peer_id (pair.b.transport, &expected);
  fail_unless (memcmp (&id, &expected, sizeof (id)) == 0);
  fail_unless_equals_string (gst_p2p_link_get_remote_attribute (pair.a.link),
      "b-attribute");
  fail_unless_equals_string (gst_p2p_link_get_remote_attribute (pair.b.link),
      "a-attribute");
  gst_p2p_link_get_stats (pair.a.link, &stats);
  fail_unless (stats.wire_sent > 0 && stats.wire_received > 0);
  fail_unless (stats.remote_address[0] != '\0');
  fail_unless (stats.path == 1 || stats.path == 2);
  link_pair_clear (&pair);
}

GST_END_TEST;

/* GLib would end the process. */
GST_START_TEST (test_a_link_for_which_there_are_no_files_is_refused)
{
  struct rlimit before, low;
  GstP2PLink *link;
  LinkPair pair;
  int fd;

  link_pair_connect (&pair);
  fail_unless (getrlimit (RLIMIT_NOFILE, &before) == 0);
  fd = open ("/dev/null", O_RDONLY | O_CLOEXEC);
  fail_unless (fd >= 0);
  close (fd);
  low = before;
  low.rlim_cur = (rlim_t) fd + 8;
  fail_unless (setrlimit (RLIMIT_NOFILE, &low) == 0);
  link = gst_p2p_transport_create_offer (pair.a.transport, &pair.config, NULL);
  fail_unless (setrlimit (RLIMIT_NOFILE, &before) == 0);
  fail_unless (link == NULL);
  link = gst_p2p_transport_create_offer (pair.a.transport, &pair.config, NULL);
  fail_unless (link != NULL);
  gst_p2p_link_close (link);
  g_object_unref (link);
  link_pair_clear (&pair);
}

GST_END_TEST;

/* Until one of each is there. What is real-time is given up when it is late; on
 * a machine that stands still it is sent again. */
static void
exchange (LinkPair * pair, guint stream, gsize size, guint seed)
{
  guint n = pair->a.n_messages, m = pair->b.n_messages, sent = 0;
  gint64 again;

  while (pair->a.n_messages == n || pair->b.n_messages == m) {
    fail_unless (sent == 0 || stream == P2P_STREAM_REALTIME);
    fail_unless (++sent < 20);
    if (pair->b.n_messages == m)
      fail_unless_equals_int (link_end_send (&pair->a, stream, size, seed),
          GST_P2P_SEND_OK);
    if (pair->a.n_messages == n)
      fail_unless_equals_int (link_end_send (&pair->b, stream, size, seed + 9),
          GST_P2P_SEND_OK);
    again = g_get_monotonic_time () + 3 * G_USEC_PER_SEC;
    link_pair_wait (pair, (pair->a.n_messages > n && pair->b.n_messages > m)
        || (stream == P2P_STREAM_REALTIME && g_get_monotonic_time () > again));
  }
}

static GBytes *
last_message (LinkEnd * end)
{
  return g_ptr_array_index (end->messages, end->messages->len - 1);
}

GST_START_TEST (test_every_size_arrives_whole_on_every_stream_both_ways)
{
  static const gsize sizes[] = { 0, 1, 11, 12, 1130, 1135, 1136, 1163, 1164,
    16384, 17407, P2P_MAX_MESSAGE
  };
  LinkPair pair;
  guint i, stream;

  link_pair_connect (&pair);
  for (stream = 0; stream < 4; stream++) {
    for (i = 0; i < G_N_ELEMENTS (sizes); i++) {
      exchange (&pair, stream, sizes[i], i);
      fail_unless (link_check_message (last_message (&pair.b), sizes[i], i));
      fail_unless (link_check_message (last_message (&pair.a), sizes[i],
              i + 9));
      fail_unless_equals_int (g_array_index (pair.b.streams, guint16,
              pair.b.streams->len - 1), stream);
    }
  }
  link_pair_clear (&pair);
}

GST_END_TEST;

GST_START_TEST (test_control_messages_keep_their_order)
{
  LinkPair pair;
  guint i;

  link_pair_connect (&pair);
  for (i = 0; i < 200; i++) {
    fail_unless_equals_int (link_end_send (&pair.a, P2P_STREAM_CONTROL,
            1 + i * 7 % 3000, i), GST_P2P_SEND_OK);
  }
  link_pair_wait (&pair, pair.b.n_messages == 200);
  for (i = 0; i < 200; i++) {
    fail_unless (link_check_message (g_ptr_array_index (pair.b.messages, i),
            1 + i * 7 % 3000, i));
  }
  link_pair_clear (&pair);
}

GST_END_TEST;

GST_START_TEST (test_everything_sent_unordered_arrives_once)
{
  LinkPair pair;
  guint8 seen[300] = { 0 };
  guint i;

  link_pair_connect (&pair);
  for (i = 0; i < 300; i++) {
    fail_unless_equals_int (link_end_send (&pair.a, P2P_STREAM_DATA, 500 + i,
            i), GST_P2P_SEND_OK);
  }
  link_pair_wait (&pair, pair.b.n_messages == 300);
  for (i = 0; i < 300; i++) {
    GBytes *message = g_ptr_array_index (pair.b.messages, i);
    gsize len = g_bytes_get_size (message);

    fail_unless (len >= 500 && len < 800 && !seen[len - 500]);
    fail_unless (link_check_message (message, len, len - 500));
    seen[len - 500] = 1;
  }
  link_pair_clear (&pair);
}

GST_END_TEST;

static Suite *
gstp2pnicetransport_suite (void)
{
  Suite *s = suite_create ("gstp2pnicetransport");
  TCase *tc = tcase_create ("general");

  suite_add_tcase (s, tc);
  tcase_add_test (tc, test_two_links_connect_and_know_each_other);
  tcase_add_test (tc, test_a_link_for_which_there_are_no_files_is_refused);
  tcase_add_test (tc, test_every_size_arrives_whole_on_every_stream_both_ways);
  tcase_add_test (tc, test_control_messages_keep_their_order);
  tcase_add_test (tc, test_everything_sent_unordered_arrives_once);
  return s;
}

GST_CHECK_MAIN (gstp2pnicetransport);
