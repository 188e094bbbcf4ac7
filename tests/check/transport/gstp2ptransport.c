/* gst-plugins-p2p
 *
 * This library is free software; you can redistribute it and/or
 * modify it under the terms of the GNU Lesser General Public
 * License as published by the Free Software Foundation; either
 * version 2.1 of the License, or (at your option) any later version.
 */
/* The base class of links: states, callbacks, and the peek into an SDP. */
#include <gst/check/gstcheck.h>
#include <string.h>

#include "../../../gst/p2p/session/gstp2ptransport.h"

typedef struct
{
  GstP2PLink parent;
} FakeLink;
typedef struct
{
  GstP2PLinkClass parent_class;
} FakeLinkClass;
GType fake_link_get_type (void);
G_DEFINE_TYPE (FakeLink, fake_link, GST_P2P_TYPE_LINK)
     static GstP2PSendResult
         fake_link_send (GstP2PLink * link, guint16 stream, const guint8 * head,
    gsize head_len, GBytes * body, gsize offset, gsize len)
{
  return GST_P2P_SEND_OK;
}

static void
fake_link_class_init (FakeLinkClass * klass)
{
  GST_P2P_LINK_CLASS (klass)->send = fake_link_send;
}

static void
fake_link_init (FakeLink * self)
{
}

static guint n_states;
static GstP2PLinkState last_state;
static gboolean last_had_error;

static void
on_state (GstP2PLink * link, GstP2PLinkState state, const GError * error,
    gpointer user_data)
{
  n_states++;
  last_state = state;
  last_had_error = error != NULL;
}

static const GstP2PLinkCallbacks callbacks = {.state_changed = on_state };

/* G_DEBUG=fatal-criticals is for the others. */
static void
allow_criticals (void)
{
  g_log_set_always_fatal (G_LOG_FATAL_MASK);
}

static GstP2PLink *
new_link (void)
{
  GstP2PLink *link = g_object_new (fake_link_get_type (), NULL);

  n_states = 0;
  gst_p2p_link_set_callbacks (link, &callbacks, NULL);
  return link;
}

GST_START_TEST (test_every_step_of_a_link_is_told_once)
{
  GstP2PLink *link = new_link ();
  GstP2PLinkState s;

  for (s = GST_P2P_LINK_STATE_GATHERING; s <= GST_P2P_LINK_STATE_CLOSED; s++) {
    gst_p2p_link_set_state (link, s, NULL);
    gst_p2p_link_set_state (link, s, NULL);
    fail_unless_equals_int (n_states, s);
    fail_unless_equals_int (last_state, s);
    fail_unless_equals_int (gst_p2p_link_get_state (link), s);
  }
  g_object_unref (link);
}

GST_END_TEST;

GST_START_TEST (test_only_a_failure_carries_an_error)
{
  GError error = { 1, 1, (gchar *) "cause" };
  GstP2PLink *link = new_link ();

  gst_p2p_link_set_state (link, GST_P2P_LINK_STATE_CONNECTING, &error);
  fail_if (last_had_error);
  gst_p2p_link_set_state (link, GST_P2P_LINK_STATE_FAILED, &error);
  fail_unless (last_had_error);
  g_object_unref (link);
}

GST_END_TEST;

GST_START_TEST (test_a_final_state_stays)
{
  GstP2PLink *link = new_link ();

  allow_criticals ();
  gst_p2p_link_set_state (link, GST_P2P_LINK_STATE_CLOSED, NULL);
  ASSERT_CRITICAL (gst_p2p_link_set_state (link,
          GST_P2P_LINK_STATE_CONNECTED, NULL));
  fail_unless_equals_int (gst_p2p_link_get_state (link),
      GST_P2P_LINK_STATE_CLOSED);
  gst_p2p_link_set_callbacks (link, &callbacks, NULL);
  fail_unless_equals_int (n_states, 1);
  g_object_unref (link);
}

GST_END_TEST;

GST_START_TEST (test_sending_needs_a_connected_link_and_a_message_that_fits)
{
  GstP2PLink *link = new_link ();
  guint8 *big = g_malloc0 (P2P_MAX_MESSAGE + 1);
  GBytes *body = g_bytes_new_take (big, P2P_MAX_MESSAGE + 1);

  allow_criticals ();
  fail_unless_equals_int (gst_p2p_link_send (link, 0, big, 1, NULL, 0, 0),
      GST_P2P_SEND_CLOSED);
  gst_p2p_link_set_state (link, GST_P2P_LINK_STATE_CONNECTING, NULL);
  gst_p2p_link_set_state (link, GST_P2P_LINK_STATE_CONNECTED, NULL);
  fail_unless_equals_int (gst_p2p_link_send (link, 0, big, 1, body, 0,
          P2P_MAX_MESSAGE - 1), GST_P2P_SEND_OK);
  ASSERT_CRITICAL (gst_p2p_link_send (link, 0, big, 1, body, 0,
          P2P_MAX_MESSAGE));
  ASSERT_CRITICAL (gst_p2p_link_send (link, 0, NULL, 0, body,
          P2P_MAX_MESSAGE, 2));
  ASSERT_CRITICAL (gst_p2p_link_send (link, 0, NULL, 0, NULL, 0, 2));
  g_bytes_unref (body);
  g_object_unref (link);
}

GST_END_TEST;

#define FP "00:11:22:33:44:55:66:77:88:99:AA:bb:CC:DD:EE:FF:" \
    "00:11:22:33:44:55:66:77:88:99:AA:bb:CC:DD:EE:FF"
#define FP2 "01:11:22:33:44:55:66:77:88:99:AA:bb:CC:DD:EE:FF:" \
    "00:11:22:33:44:55:66:77:88:99:AA:bb:CC:DD:EE:FF"
#define HEAD "v=0\r\no=- 1 2 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\n"
#define MEDIA "m=application 9 UDP/DTLS/SCTP webrtc-datachannel\r\n" \
    "c=IN IP4 0.0.0.0\r\n"

GST_START_TEST (test_peek_finds_who_and_what_at_either_level)
{
  P2pPeerId id;
  gchar *attribute = NULL;

  fail_unless (gst_p2p_sdp_peek (HEAD "a=x-p2p:abc def\r\n" MEDIA
          "a=fingerprint:sha-256 " FP "\r\n", &id, &attribute));
  fail_unless_equals_int (id.b[0], 0);
  fail_unless_equals_int (id.b[11], 0xbb);
  fail_unless_equals_int (id.b[31], 0xff);
  fail_unless_equals_string (attribute, "abc def");
  g_free (attribute);
  fail_unless (gst_p2p_sdp_peek (HEAD "a=fingerprint:SHA-256 " FP "\r\n"
          "a=fingerprint:sha-1 00\r\n" MEDIA "a=fingerprint:sha-256 " FP
          "\r\n", &id, &attribute));
  fail_unless (attribute == NULL);
  fail_unless (gst_p2p_sdp_peek (HEAD "a=fingerprint:sha-256 " FP "\r\n",
          NULL, NULL));
}

GST_END_TEST;

GST_START_TEST (test_peek_refuses_what_names_nobody)
{
  static const gchar *const bad[] = {
    "", "\n", "v=0", HEAD MEDIA,
    HEAD "a=fingerprint:sha-1 " FP "\r\n",
    HEAD "a=fingerprint:sha-256\r\n",
    HEAD "a=fingerprint:sha-256 " FP ":00\r\n",
    HEAD "a=fingerprint:sha-256 00:1\r\n",
    HEAD "a=fingerprint:sha-256 g0:11\r\n",
    HEAD "a=fingerprint:sha-256 " FP "\r\na=fingerprint:sha-256 " FP2 "\r\n"
  };
  g_autofree gchar *huge = NULL;
  P2pPeerId id;
  guint i;

  for (i = 0; i < G_N_ELEMENTS (bad); i++) {
    fail_if (gst_p2p_sdp_peek (bad[i], &id, NULL), "%u", i);
  }
  fail_if (gst_p2p_sdp_peek (NULL, &id, NULL));
  huge = g_strdup_printf ("%s%0*d\r\n", HEAD "a=fingerprint:sha-256 " FP
      "\r\na=x:", P2P_MAX_SDP, 0);
  fail_if (gst_p2p_sdp_peek (huge, &id, NULL));
}

GST_END_TEST;

static Suite *
gstp2ptransport_suite (void)
{
  Suite *s = suite_create ("gstp2ptransport");
  TCase *tc = tcase_create ("general");

  suite_add_tcase (s, tc);
  tcase_add_test (tc, test_every_step_of_a_link_is_told_once);
  tcase_add_test (tc, test_only_a_failure_carries_an_error);
  tcase_add_test (tc, test_a_final_state_stays);
  tcase_add_test (tc,
      test_sending_needs_a_connected_link_and_a_message_that_fits);
  tcase_add_test (tc, test_peek_finds_who_and_what_at_either_level);
  tcase_add_test (tc, test_peek_refuses_what_names_nobody);
  return s;
}

GST_CHECK_MAIN (gstp2ptransport);
