/* gst-plugins-p2p
 *
 * This library is free software; you can redistribute it and/or
 * modify it under the terms of the GNU Lesser General Public
 * License as published by the Free Software Foundation; either
 * version 2.1 of the License, or (at your option) any later version.
 */
/* Links under stress and at their ends, on loopback. */
#include <string.h>

#include "linkpair.h"
#include "../../../ext/transport/gstp2pnicelink-private.h"
#include "../../../ext/transport/gstp2psctp.h"

#define KIB 1024

/* ---- set-up ---- */

static gchar *
flip_fingerprint (const gchar * sdp)
{
  gchar *copy = g_strdup (sdp);
  gchar *at = strstr (copy, "sha-256 ") + 8;

  *at = *at == 'A' ? 'B' : 'A';
  return copy;
}

static gchar *
drop_fingerprint (const gchar * sdp)
{
  gchar *copy = g_strdup (sdp);
  gchar *at = strstr (copy, "a=fingerprint");
  gchar *end = strchr (at, '\n') + 1;

  memmove (at, end, strlen (end) + 1);
  return copy;
}

GST_START_TEST (test_offerer_refuses_an_answerer_who_is_another)
{
  LinkPair pair;

  link_pair_init (&pair, NULL);
  pair.edit_answer = flip_fingerprint;
  link_pair_start (&pair);
  link_pair_wait (&pair, link_end_is (&pair.a, GST_P2P_LINK_STATE_FAILED));
  fail_unless (strstr (pair.a.error->message, "certificate") != NULL);
  fail_unless_equals_int (pair.a.n_messages + pair.b.n_messages, 0);
  link_pair_wait (&pair, pair.b.finished);
  link_pair_clear (&pair);
}

GST_END_TEST;

GST_START_TEST (test_answerer_refuses_an_offerer_who_is_another)
{
  LinkPair pair;

  link_pair_init (&pair, NULL);
  pair.edit_offer = flip_fingerprint;
  link_pair_start (&pair);
  link_pair_wait (&pair, link_end_is (&pair.b, GST_P2P_LINK_STATE_FAILED));
  fail_unless (strstr (pair.b.error->message, "certificate") != NULL);
  fail_unless_equals_int (pair.a.n_messages + pair.b.n_messages, 0);
  link_pair_wait (&pair, pair.a.finished);
  link_pair_clear (&pair);
}

GST_END_TEST;

GST_START_TEST (test_no_fingerprint_no_link)
{
  LinkPair pair;

  link_pair_init (&pair, NULL);
  pair.edit_offer = drop_fingerprint;
  link_pair_start (&pair);
  link_pair_wait (&pair, pair.b.error != NULL);
  fail_unless (pair.b.link == NULL);
  fail_unless (strstr (pair.b.error->message, "fingerprint") != NULL);
  link_pair_clear (&pair);
}

GST_END_TEST;

GST_START_TEST (test_a_hello_before_the_answer_is_kept)
{
  LinkPair pair;

  link_pair_init (&pair, NULL);
  pair.hold_answer = TRUE;
  link_pair_start (&pair);
  link_pair_wait (&pair, pair.b.sdp != NULL);
  /* The offerer answers checks before it knows the answer, so b is through
   * and says hello; several times. */
  link_pair_run_ms (&pair, 700);
  fail_unless (link_end_is (&pair.a, GST_P2P_LINK_STATE_CONNECTING));
  fail_unless (link_pair_pass_answer (&pair, NULL));
  link_pair_wait (&pair, link_end_is (&pair.a, GST_P2P_LINK_STATE_CONNECTED)
      && link_end_is (&pair.b, GST_P2P_LINK_STATE_CONNECTED));
  link_pair_clear (&pair);
}

GST_END_TEST;

GST_START_TEST (test_a_second_answer_and_a_wrong_one_are_refused)
{
  LinkPair pair;
  g_autoptr (GError) error = NULL;

  link_pair_init (&pair, NULL);
  pair.hold_answer = TRUE;
  link_pair_start (&pair);
  link_pair_wait (&pair, pair.b.sdp != NULL);
  fail_if (gst_p2p_link_set_answer (pair.a.link, "v=0\r\n", &error));
  fail_unless (error != NULL);
  g_clear_error (&error);
  fail_if (gst_p2p_link_set_answer (pair.b.link, pair.a.sdp, &error));
  g_clear_error (&error);
  fail_unless (link_pair_pass_answer (&pair, NULL));
  fail_if (link_pair_pass_answer (&pair, &error));
  link_pair_wait (&pair, link_end_is (&pair.a, GST_P2P_LINK_STATE_CONNECTED));
  link_pair_clear (&pair);
}

GST_END_TEST;

static gchar *
answer_passively (const gchar * sdp)
{
  gchar *at = strstr (sdp, "a=setup:actpass");

  return g_strdup_printf ("%.*sa=setup:active%s", (gint) (at - sdp), sdp,
      at + strlen ("a=setup:actpass"));
}

GST_START_TEST (test_the_offerer_may_be_the_client)
{
  LinkPair pair;

  link_pair_init (&pair, NULL);
  pair.edit_offer = answer_passively;
  link_pair_start (&pair);
  link_pair_wait (&pair, link_end_is (&pair.a, GST_P2P_LINK_STATE_CONNECTED)
      && link_end_is (&pair.b, GST_P2P_LINK_STATE_CONNECTED));
  fail_unless (strstr (pair.b.sdp, "a=setup:passive") != NULL);
  link_pair_clear (&pair);
}

GST_END_TEST;

/* ---- back-pressure ---- */

GST_START_TEST (test_a_paused_reader_bounds_the_sender_and_loses_nothing)
{
  LinkPair pair;
  GstP2PLinkStats stats;
  guint sent = 0, i, writable;

  link_pair_connect (&pair);
  pair.b.keep = FALSE;
  gst_p2p_link_pause_reading (pair.b.link, TRUE);
  for (i = 0; i < 100; i++) {
    while (link_end_send (&pair.a, P2P_STREAM_DATA, 16 * KIB, i)
        == GST_P2P_SEND_OK) {
      fail_unless (++sent < 400);
    }
    link_pair_run_ms (&pair, 5);
  }
  gst_p2p_link_get_stats (pair.a.link, &stats);
  fail_unless (stats.unacked <= KIB * KIB);
  fail_unless (stats.unacked > KIB * KIB - 17 * KIB);
  fail_unless_equals_int (pair.b.n_messages, 0);
  writable = pair.a.n_writable;
  gst_p2p_link_pause_reading (pair.b.link, FALSE);
  link_pair_wait (&pair, pair.b.n_messages == sent);
  link_pair_wait (&pair, pair.a.n_writable >= writable + 2);
  link_pair_run_ms (&pair, 100);
  /* Once below half of the mark, once at nothing. */
  fail_unless_equals_int (pair.a.n_writable, writable + 2);
  fail_unless_equals_int (pair.b.bytes, (guint64) sent * 16 * KIB);
  link_pair_clear (&pair);
}

GST_END_TEST;

GST_START_TEST (test_writable_comes_once_when_all_is_acknowledged)
{
  LinkPair pair;
  guint i;

  link_pair_connect (&pair);
  for (i = 1; i <= 5; i++) {
    fail_unless_equals_int (link_end_send (&pair.a, P2P_STREAM_DATA, 5000, 0),
        GST_P2P_SEND_OK);
    fail_unless_equals_int (pair.a.n_writable, i - 1);
    link_pair_wait (&pair, pair.a.n_writable == i);
    link_pair_run_ms (&pair, 30);
    fail_unless_equals_int (pair.a.n_writable, i);
  }
  link_pair_clear (&pair);
}

GST_END_TEST;

static guint control_at;

static void
note_control (LinkEnd * end, guint16 stream, GBytes * message)
{
  if (stream == P2P_STREAM_CONTROL) {
    control_at = end->n_messages;
  }
}

GST_START_TEST (test_control_passes_a_full_queue_of_bulk)
{
  LinkPair pair;
  guint i, n = 0;

  link_pair_connect (&pair);
  pair.b.keep = FALSE;
  pair.b.on_message = note_control;
  for (i = 0; i < 100; i++) {
    n += link_end_send (&pair.a, P2P_STREAM_BULK, 10000, i)
        == GST_P2P_SEND_OK;
  }
  fail_unless (n == 100);
  fail_unless_equals_int (link_end_send (&pair.a, P2P_STREAM_CONTROL, 100, 0),
      GST_P2P_SEND_OK);
  link_pair_wait (&pair, pair.b.n_messages == 101);
  fail_unless (control_at > 0 && control_at < 50, "control came as number %u",
      control_at);
  link_pair_clear (&pair);
}

GST_END_TEST;

/* ---- ends ---- */

GST_START_TEST (test_last_words_arrive_before_the_close)
{
  LinkPair pair;
  guint i;

  for (i = 0; i < 2; i++) {
    LinkEnd *end;

    link_pair_connect (&pair);
    end = i ? &pair.b : &pair.a;
    fail_unless_equals_int (link_end_send (end, P2P_STREAM_CONTROL, 50, 1),
        GST_P2P_SEND_OK);
    gst_p2p_link_close (end->link);
    gst_p2p_link_close (end->link);
    fail_unless_equals_int (link_end_send (end, P2P_STREAM_CONTROL, 50, 1),
        GST_P2P_SEND_CLOSED);
    link_pair_wait (&pair, pair.a.finished && pair.b.finished);
    fail_unless_equals_int (end->other->n_messages, 1);
    fail_unless (link_end_is (&pair.a, GST_P2P_LINK_STATE_CLOSED));
    fail_unless (link_end_is (&pair.b, GST_P2P_LINK_STATE_CLOSED));
    fail_unless (pair.a.error == NULL && pair.b.error == NULL);
    link_pair_clear (&pair);
  }
}

GST_END_TEST;

GST_START_TEST (test_both_may_close_at_once)
{
  LinkPair pair;

  link_pair_connect (&pair);
  gst_p2p_link_close (pair.a.link);
  gst_p2p_link_close (pair.b.link);
  link_pair_wait (&pair, pair.a.finished && pair.b.finished);
  fail_unless (link_end_is (&pair.a, GST_P2P_LINK_STATE_CLOSED));
  fail_unless (link_end_is (&pair.b, GST_P2P_LINK_STATE_CLOSED));
  link_pair_clear (&pair);
}

GST_END_TEST;

static gint close_at;

static void
close_at_state (LinkEnd * end, GstP2PLinkState state)
{
  if ((gint) state == close_at) {
    gst_p2p_link_close (end->link);
  }
}

static void
drop_at_state (LinkEnd * end, GstP2PLinkState state)
{
  if ((gint) state == close_at) {
    g_clear_object (&end->link);
  }
}

GST_START_TEST (test_a_link_may_be_closed_or_dropped_in_any_state_callback)
{
  guint fds, how;

  for (how = 0; how < 4; how++) {
    for (close_at = GST_P2P_LINK_STATE_GATHERING;
        close_at <= GST_P2P_LINK_STATE_CONNECTED; close_at++) {
      LinkPair pair;
      LinkEnd *end;

      fds = count_fds ();
      link_pair_init (&pair, NULL);
      end = how % 2 ? &pair.b : &pair.a;
      end->on_state = how < 2 ? close_at_state : drop_at_state;
      link_pair_start (&pair);
      if (how < 2) {
        link_pair_wait (&pair, end->finished);
      } else {
        link_pair_run_ms (&pair, 60);
      }
      link_pair_clear (&pair);
      if (how + close_at > 1) {
        fail_unless (count_fds () <= fds + 1);
      }
    }
  }
}

GST_END_TEST;

static void
close_in_message (LinkEnd * end, guint16 stream, GBytes * message)
{
  gst_p2p_link_close (end->link);
}

static void
drop_in_message (LinkEnd * end, guint16 stream, GBytes * message)
{
  g_clear_object (&end->link);
}

GST_START_TEST (test_a_link_may_be_closed_or_dropped_in_a_message)
{
  guint how;

  for (how = 0; how < 2; how++) {
    LinkPair pair;

    link_pair_connect (&pair);
    pair.b.on_message = how ? drop_in_message : close_in_message;
    link_end_send (&pair.a, P2P_STREAM_CONTROL, 10, 0);
    link_end_send (&pair.a, P2P_STREAM_CONTROL, 10, 0);
    link_end_send (&pair.a, P2P_STREAM_DATA, 10000, 0);
    link_pair_wait (&pair, pair.a.finished);
    fail_unless_equals_int (pair.b.n_messages, 1);
    fail_unless (pair.a.error == NULL);
    link_pair_clear (&pair);
  }
}

GST_END_TEST;

GST_START_TEST (test_a_silent_peer_is_noticed_within_12_seconds)
{
  LinkPair pair;
  GstP2PNiceLink *b;
  GstP2PIce *ice;
  gint64 start;

  link_pair_connect (&pair);
  /* b lives, but nothing leaves it: SIGSTOP would stop both */
  b = GST_P2P_NICE_LINK (pair.b.link);
  ice = b->ice;
  b->ice = NULL;
  start = g_get_monotonic_time () - pair.stood_still;
  link_pair_wait (&pair, pair.a.finished);
  fail_unless (link_end_is (&pair.a, GST_P2P_LINK_STATE_FAILED));
  fail_unless (g_get_monotonic_time () - start - pair.stood_still
      < 12 * G_USEC_PER_SEC);
  b->ice = ice;
  link_pair_clear (&pair);
}

GST_END_TEST;

/* Heartbeats are all that an idle link says. */
GST_START_TEST (test_an_idle_link_lives)
{
  LinkPair pair;
  gint64 end;

  link_pair_connect (&pair);
  end = g_get_monotonic_time () + 15 * G_USEC_PER_SEC;
  link_pair_wait (&pair, g_get_monotonic_time () > end || pair.a.finished
      || pair.b.finished);
  fail_unless (link_end_is (&pair.a, GST_P2P_LINK_STATE_CONNECTED));
  fail_unless (link_end_is (&pair.b, GST_P2P_LINK_STATE_CONNECTED));
  link_pair_clear (&pair);
}

GST_END_TEST;

/* ---- many ---- */

/* All at once, and each has 15 s: with instrumented code on a busy machine that
 * is enough for a few. */
#ifdef __SANITIZE_ADDRESS__
#define MANY 10
#else
#define MANY 50
#endif

GST_START_TEST (test_100_links_leave_no_file_nor_association_behind)
{
  LinkPair *pairs = g_new0 (LinkPair, MANY);
  guint fds, associations, i, round;

  /* Once before, for what GLib and libnice keep for ever. */
  link_pair_connect (&pairs[0]);
  link_pair_clear (&pairs[0]);
  fds = count_fds ();
  associations = gst_p2p_sctp_count ();
  for (round = 0; round < 2; round++) {
    for (i = 0; i < MANY; i++) {
      link_pair_init (&pairs[i], NULL);
      link_pair_start (&pairs[i]);
    }
    for (i = 0; i < MANY; i++) {
      link_pair_wait (&pairs[i],
          link_end_is (&pairs[i].a, GST_P2P_LINK_STATE_CONNECTED)
          && link_end_is (&pairs[i].b, GST_P2P_LINK_STATE_CONNECTED));
      link_end_send (&pairs[i].a, P2P_STREAM_DATA, 2000, i);
    }
    for (i = 0; i < MANY; i++) {
      link_pair_wait (&pairs[i], pairs[i].b.n_messages == 1);
      gst_p2p_link_close (pairs[i].a.link);
    }
    for (i = 0; i < MANY; i++) {
      link_pair_wait (&pairs[i], pairs[i].a.finished && pairs[i].b.finished);
      link_pair_clear (&pairs[i]);
    }
    fail_unless_equals_int (count_fds (), fds);
    fail_unless_equals_int (gst_p2p_sctp_count (), associations);
  }
  g_free (pairs);
}

GST_END_TEST;

/* ---- with GStreamer's own SCTP ---- */

GST_START_TEST (test_it_lives_beside_the_sctp_elements)
{
  GstPlugin *plugin = gst_plugin_load_file (GST_PLUGINS_DIR "/libgstsctp.so",
      NULL);
  GstElement *enc = gst_element_factory_make ("sctpenc", NULL);
  GstElement *dec = gst_element_factory_make ("sctpdec", NULL);
  LinkPair pair;
  guint i;

  gst_clear_object (&plugin);
  if (enc == NULL || dec == NULL) {
    GST_INFO ("sctp elements are not installed");
    gst_clear_object (&enc);
    gst_clear_object (&dec);
    return;
  }
  gst_object_ref_sink (enc);
  gst_object_ref_sink (dec);
  g_object_set (enc, "sctp-association-id", 7, "remote-sctp-port", 5000, NULL);
  g_object_set (dec, "sctp-association-id", 7, "local-sctp-port", 5000, NULL);
  link_pair_connect (&pair);
  gst_element_set_state (dec, GST_STATE_PLAYING);
  gst_element_set_state (enc, GST_STATE_PLAYING);
  for (i = 0; i < 50; i++) {
    fail_unless_equals_int (link_end_send (&pair.a, P2P_STREAM_DATA, 10000, i),
        GST_P2P_SEND_OK);
  }
  link_pair_wait (&pair, pair.b.n_messages == 50);
  gst_element_set_state (enc, GST_STATE_NULL);
  gst_element_set_state (dec, GST_STATE_NULL);
  link_end_send (&pair.b, P2P_STREAM_DATA, 10000, 0);
  link_pair_wait (&pair, pair.a.n_messages == 1);
  gst_object_unref (enc);
  gst_object_unref (dec);
  link_pair_clear (&pair);
}

GST_END_TEST;

static Suite *
gstp2pnicelink_suite (void)
{
  Suite *s = suite_create ("gstp2pnicelink");
  TCase *tc = tcase_create ("general");

  suite_add_tcase (s, tc);
  tcase_add_test (tc, test_offerer_refuses_an_answerer_who_is_another);
  tcase_add_test (tc, test_answerer_refuses_an_offerer_who_is_another);
  tcase_add_test (tc, test_no_fingerprint_no_link);
  tcase_add_test (tc, test_a_hello_before_the_answer_is_kept);
  tcase_add_test (tc, test_a_second_answer_and_a_wrong_one_are_refused);
  tcase_add_test (tc, test_the_offerer_may_be_the_client);
  tcase_add_test (tc, test_a_paused_reader_bounds_the_sender_and_loses_nothing);
  tcase_add_test (tc, test_writable_comes_once_when_all_is_acknowledged);
  tcase_add_test (tc, test_control_passes_a_full_queue_of_bulk);
  tcase_add_test (tc, test_last_words_arrive_before_the_close);
  tcase_add_test (tc, test_both_may_close_at_once);
  tcase_add_test (tc,
      test_a_link_may_be_closed_or_dropped_in_any_state_callback);
  tcase_add_test (tc, test_a_link_may_be_closed_or_dropped_in_a_message);
  tcase_add_test (tc, test_a_silent_peer_is_noticed_within_12_seconds);
  tcase_add_test (tc, test_an_idle_link_lives);
  tcase_add_test (tc, test_100_links_leave_no_file_nor_association_behind);
  tcase_add_test (tc, test_it_lives_beside_the_sctp_elements);
  return s;
}

GST_CHECK_MAIN (gstp2pnicelink);
