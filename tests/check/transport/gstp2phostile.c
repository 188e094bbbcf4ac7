/* gst-plugins-p2p
 *
 * This library is free software; you can redistribute it and/or
 * modify it under the terms of the GNU Lesser General Public
 * License as published by the Free Software Foundation; either
 * version 2.1 of the License, or (at your option) any later version.
 */
/* A real link and a peer made of its layers that does what a link never would. */
#include <string.h>

#include "linkpair.h"
#include "../../../ext/transport/gstp2pdtls.h"
#include "../../../ext/transport/gstp2pice.h"
#include "../../../ext/transport/gstp2psctp.h"
#include "../../../ext/transport/gstp2psdp.h"
#include "../../../gst/p2p/core/wire/p2pdcep.h"

#define KIB 1024

typedef struct
{
  GstP2PCertificate *certificate;
  GstP2PIce *ice;
  GstP2PDtls *dtls;
  GstP2PSctp *sctp;
  P2pPeerId victim_id;
  guint16 port;
  gboolean ice_up, connected, gathered;
  GPtrArray *candidates;
  guint n_messages;
  guint32 last_ppid;
} Hostile;

static void
hostile_output (const guint8 * packet, gsize len, gpointer user_data)
{
  gst_p2p_dtls_send (((Hostile *) user_data)->dtls, packet, len);
}

static void
hostile_connected (gpointer user_data)
{
  ((Hostile *) user_data)->connected = TRUE;
}

static void
hostile_message (guint16 stream, guint32 ppid, const guint8 * data, gsize len,
    gpointer user_data)
{
  Hostile *h = user_data;

  h->n_messages++;
  h->last_ppid = ppid;
}

static void
hostile_reset (guint16 stream, gpointer user_data)
{
}

static void
hostile_nothing (gpointer user_data)
{
}

static void
hostile_closed (const GError * error, gpointer user_data)
{
}

static const GstP2PSctpCallbacks hostile_sctp = {
  hostile_output, hostile_connected, hostile_message, hostile_reset,
  hostile_nothing, hostile_closed, NULL
};

static void
hostile_send (const guint8 * datagram, gsize len, gpointer user_data)
{
  gst_p2p_ice_send (((Hostile *) user_data)->ice, datagram, len);
}

static void
hostile_secure (gpointer user_data)
{
  Hostile *h = user_data;

  h->sctp = gst_p2p_sctp_new (NULL, 1163, 1024 * KIB, &hostile_sctp, h, NULL);
  gst_p2p_sctp_connect (h->sctp, 5000, NULL);
}

static void
hostile_data (const guint8 * data, gsize len, gpointer user_data)
{
  Hostile *h = user_data;

  if (h->sctp) {
    gst_p2p_sctp_input (h->sctp, data, len);
  }
}

static const GstP2PDtlsCallbacks hostile_dtls = {
  hostile_send, hostile_secure, hostile_data, hostile_closed
};

static void
hostile_candidate (const gchar * candidate, gpointer user_data)
{
  Hostile *h = user_data;

  if (candidate) {
    g_ptr_array_add (h->candidates, g_strdup (candidate));
  } else {
    h->gathered = TRUE;
  }
}

static void
hostile_up (gpointer user_data)
{
  Hostile *h = user_data;

  if (h->dtls == NULL) {
    h->dtls = gst_p2p_dtls_new (h->certificate, FALSE, &h->victim_id,
        &hostile_dtls, h, NULL);
    gst_p2p_dtls_start (h->dtls);
  }
}

static void
hostile_datagram (const guint8 * data, gsize len, gpointer user_data)
{
  Hostile *h = user_data;

  if (h->dtls) {
    gst_p2p_dtls_input (h->dtls, data, len);
  }
}

static const GstP2PIceCallbacks hostile_ice = {
  hostile_candidate, hostile_up, hostile_nothing, hostile_datagram
};

/* Answers pair->a's offer. */
static void
hostile_join (Hostile * h, LinkPair * pair)
{
  g_autoptr (GstP2PSdp) offer = NULL;
  g_autoptr (GstP2PSdp) answer = gst_p2p_sdp_new ();
  g_autofree gchar *text = NULL;
  guint i;

  memset (h, 0, sizeof (*h));
  h->candidates = g_ptr_array_new_with_free_func (g_free);
  h->certificate = gst_p2p_certificate_new (NULL, NULL);
  link_pair_init (pair, NULL);
  pair->manual = TRUE;
  link_pair_start (pair);
  h->ice = gst_p2p_ice_new (NULL, &pair->config, FALSE, NULL);
  gst_p2p_ice_set_callbacks (h->ice, &hostile_ice, h);
  link_pair_wait (pair, pair->a.sdp != NULL && h->gathered);
  offer = gst_p2p_sdp_parse (pair->a.sdp, FALSE, NULL);
  h->victim_id = offer->peer_id;
  answer->mid = g_strdup (offer->mid);
  answer->ufrag = g_strdup (gst_p2p_ice_get_ufrag (h->ice));
  answer->pwd = g_strdup (gst_p2p_ice_get_pwd (h->ice));
  answer->peer_id = *gst_p2p_certificate_get_id (h->certificate);
  answer->setup = GST_P2P_SETUP_ACTIVE;
  answer->sctp_port = 5000;
  answer->max_message_size = 262144;
  for (i = 0; i < h->candidates->len; i++) {
    g_ptr_array_add (answer->candidates,
        g_strdup (g_ptr_array_index (h->candidates, i)));
  }
  text = gst_p2p_sdp_to_string (answer);
  fail_unless (gst_p2p_link_set_answer (pair->a.link, text, NULL));
  gst_p2p_ice_set_remote (h->ice, offer->ufrag, offer->pwd);
  for (i = 0; i < offer->candidates->len; i++) {
    gst_p2p_ice_add_candidate (h->ice,
        g_ptr_array_index (offer->candidates, i));
  }
  link_pair_wait (pair, h->connected
      && link_end_is (&pair->a, GST_P2P_LINK_STATE_CONNECTED));
}

static void
hostile_leave (Hostile * h, LinkPair * pair)
{
  g_clear_pointer (&h->sctp, gst_p2p_sctp_free);
  g_clear_pointer (&h->dtls, gst_p2p_dtls_free);
  g_clear_pointer (&h->ice, gst_p2p_ice_free);
  g_clear_pointer (&h->certificate, gst_p2p_certificate_unref);
  g_clear_pointer (&h->candidates, g_ptr_array_unref);
  link_pair_clear (pair);
}

static guint8 nasty[256 * KIB];

GST_START_TEST (test_an_opened_channel_is_acknowledged)
{
  static const guint8 open[] = { 3, 0x80, 1, 0, 0, 0, 0, 0, 0, 4, 0, 0, 'c',
    'h', 'a', 't'
  };
  LinkPair pair;
  Hostile h;

  hostile_join (&h, &pair);
  fail_unless (gst_p2p_sctp_send (h.sctp, 8, 50, open, sizeof (open), 0));
  link_pair_wait (&pair, h.n_messages == 1);
  fail_unless_equals_int (h.last_ppid, 50);
  fail_unless (gst_p2p_sctp_send (h.sctp, 8, 51, nasty, 5, 0));
  link_pair_wait (&pair, pair.a.n_messages == 1);
  fail_unless_equals_int (g_array_index (pair.a.streams, guint16, 0), 8);
  hostile_leave (&h, &pair);
}

GST_END_TEST;

GST_START_TEST (test_a_channel_message_with_wrong_lengths_ends_the_link)
{
  static const guint8 open[] = { 3, 0, 1, 0, 0, 0, 0, 0, 0xff, 0xff, 0, 0 };
  LinkPair pair;
  Hostile h;

  hostile_join (&h, &pair);
  fail_unless (gst_p2p_sctp_send (h.sctp, 0, 50, open, sizeof (open), 0));
  link_pair_wait (&pair, pair.a.finished);
  fail_unless (link_end_is (&pair.a, GST_P2P_LINK_STATE_FAILED));
  hostile_leave (&h, &pair);
}

GST_END_TEST;

GST_START_TEST (test_a_huge_message_ends_the_link_and_none_of_it_arrives)
{
  static const gsize sizes[] = { P2P_MAX_MESSAGE + 1, 200 * KIB };
  guint i;

  for (i = 0; i < G_N_ELEMENTS (sizes); i++) {
    LinkPair pair;
    Hostile h;

    hostile_join (&h, &pair);
    fail_unless (gst_p2p_sctp_send (h.sctp, 1, 53, nasty, sizes[i], 0));
    link_pair_wait (&pair, pair.a.finished);
    fail_unless (link_end_is (&pair.a, GST_P2P_LINK_STATE_FAILED));
    fail_unless_equals_int (pair.a.n_messages, 0);
    hostile_leave (&h, &pair);
  }
}

GST_END_TEST;

/* A page may send strings: PPID 51, and 56 where there is nothing to say. */
GST_START_TEST (test_a_text_arrives_as_its_bytes)
{
  static const gchar text[] = "Gr\303\274\303\237e, \344\270\226\347\225\214";
  const gsize len = strlen (text);
  LinkPair pair;
  Hostile h;

  hostile_join (&h, &pair);
  gst_p2p_sctp_send (h.sctp, 0, P2P_PPID_STRING, (const guint8 *) text, len, 0);
  gst_p2p_sctp_send (h.sctp, 0, P2P_PPID_STRING_EMPTY, nasty, 1, 0);
  gst_p2p_sctp_send (h.sctp, 0, P2P_PPID_BINARY_EMPTY, nasty, 1, 0);
  link_pair_wait (&pair, pair.a.n_messages == 3);
  fail_unless_equals_int (pair.a.bytes, len);
  fail_unless_equals_int (g_bytes_get_size (pair.a.messages->pdata[0]), len);
  fail_unless (memcmp (g_bytes_get_data (pair.a.messages->pdata[0], NULL), text,
          len) == 0);
  hostile_leave (&h, &pair);
}

GST_END_TEST;

GST_START_TEST (test_unknown_kinds_of_message_are_passed_over)
{
  LinkPair pair;
  Hostile h;
  guint ppid;

  hostile_join (&h, &pair);
  for (ppid = 0; ppid < 100; ppid++) {
    if (ppid != 50 && ppid != 51 && ppid != 53 && ppid != 56 && ppid != 57) {
      gst_p2p_sctp_send (h.sctp, ppid % 64, ppid, nasty, 20, 0);
    }
  }
  gst_p2p_sctp_send (h.sctp, 0, 56, nasty, 1, 0);
  link_pair_wait (&pair, pair.a.n_messages == 1);
  fail_unless_equals_int (pair.a.bytes, 0);
  hostile_leave (&h, &pair);
}

GST_END_TEST;

GST_START_TEST (test_garbage_on_the_path_is_passed_over)
{
  LinkPair pair;
  Hostile h;
  guint32 seed = 5;
  guint i, j;

  hostile_join (&h, &pair);
  for (i = 1; i < 1200; i += 3) {
    for (j = 0; j < i; j++) {
      seed = seed * 1664525 + 1013904223;
      nasty[j] = (guint8) (seed >> 24);
    }
    nasty[0] = (guint8) (i % 2 ? nasty[0] : 20 + i % 5);
    gst_p2p_ice_send (h.ice, nasty, i);
    if (i % 100 < 3) {
      link_pair_run_ms (&pair, 2);
    }
    gst_p2p_dtls_send (h.dtls, nasty, MIN (i, 1163));
  }
  memset (nasty, 0, sizeof (nasty));
  fail_unless (gst_p2p_sctp_send (h.sctp, 0, 53, nasty, 100, 0));
  link_pair_wait (&pair, pair.a.n_messages == 1);
  fail_if (pair.a.finished);
  hostile_leave (&h, &pair);
}

GST_END_TEST;

static Suite *
gstp2phostile_suite (void)
{
  Suite *s = suite_create ("gstp2phostile");
  TCase *tc = tcase_create ("general");

  suite_add_tcase (s, tc);
  tcase_add_test (tc, test_an_opened_channel_is_acknowledged);
  tcase_add_test (tc, test_a_channel_message_with_wrong_lengths_ends_the_link);
  tcase_add_test (tc, test_a_huge_message_ends_the_link_and_none_of_it_arrives);
  tcase_add_test (tc, test_a_text_arrives_as_its_bytes);
  tcase_add_test (tc, test_unknown_kinds_of_message_are_passed_over);
  tcase_add_test (tc, test_garbage_on_the_path_is_passed_over);
  return s;
}

GST_CHECK_MAIN (gstp2phostile);
