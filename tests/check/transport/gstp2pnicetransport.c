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

#define CAP_BPS 800000
#define CAP_BYTES (CAP_BPS / 4) /* in 2 s */

typedef struct
{
  gint64 at;
  guint64 sent;
} Sample;

/* What was sent between two looks that are less than 2 s apart. */
static void
check_samples (GArray * samples)
{
  guint i, first = 0;

  for (i = 0; i < samples->len; i++) {
    const Sample *new = &g_array_index (samples, Sample, i);

    while (new->at - g_array_index (samples, Sample, first).at
        >= 2 * G_USEC_PER_SEC) {
      first++;
    }
    fail_unless (new->sent - g_array_index (samples, Sample, first).sent
        <= CAP_BYTES, "%" G_GUINT64_FORMAT " bytes",
        new->sent - g_array_index (samples, Sample, first).sent);
  }
}

GST_START_TEST (test_links_never_send_more_than_the_cap)
{
  GArray *samples = g_array_new (FALSE, FALSE, sizeof (Sample));
  LinkPair pair;
  guint i, n = 0;
  gint64 end;

  link_pair_init (&pair, NULL);
  gst_p2p_transport_set_max_upload (pair.a.transport, CAP_BPS);
  link_pair_start (&pair);
  link_pair_wait (&pair, link_end_is (&pair.a, GST_P2P_LINK_STATE_CONNECTED)
      && link_end_is (&pair.b, GST_P2P_LINK_STATE_CONNECTED));
  /* twice what it may send in 2 s, at once */
  for (i = 0; i < 2 * CAP_BYTES / 15000; i++) {
    fail_unless_equals_int (link_end_send (&pair.a, P2P_STREAM_DATA, 15000, i),
        GST_P2P_SEND_OK);
    n++;
  }
  end = g_get_monotonic_time () + pair.max_seconds * G_USEC_PER_SEC;
  while (pair.b.n_messages < n) {
    GstP2PLinkStats stats;
    Sample s;

    fail_unless (g_get_monotonic_time () < end, "%u of %u came",
        pair.b.n_messages, n);
    gst_p2p_link_get_stats (pair.a.link, &stats);
    s.at = g_get_monotonic_time ();
    s.sent = stats.wire_sent;
    g_array_append_val (samples, s);
    link_pair_iterate (&pair);
  }
  check_samples (samples);
  /* the other end has no cap; without one all goes at once */
  gst_p2p_transport_set_max_upload (pair.a.transport, 0);
  for (i = 0; i < 20; i++) {
    link_end_send (&pair.a, P2P_STREAM_DATA, 15000, i);
  }
  link_pair_wait (&pair, pair.b.n_messages == n + 20);
  g_array_unref (samples);
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
  tcase_add_test (tc, test_links_never_send_more_than_the_cap);
  return s;
}

GST_CHECK_MAIN (gstp2pnicetransport);
