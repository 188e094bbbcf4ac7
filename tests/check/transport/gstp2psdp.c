/* gst-plugins-p2p
 *
 * This library is free software; you can redistribute it and/or
 * modify it under the terms of the GNU Lesser General Public
 * License as published by the Free Software Foundation; either
 * version 2.1 of the License, or (at your option) any later version.
 */
/* Session descriptions: those of others, our own, and what is refused. */
#include <gst/check/gstcheck.h>
#include <string.h>

#include "../../../ext/transport/gstp2psdp.h"

static gchar *
load (const gchar * name)
{
  g_autofree gchar *path = g_build_filename (SDP_DIR, name, NULL);
  gchar *text = NULL;

  fail_unless (g_file_get_contents (path, &text, NULL, NULL), "%s", path);
  return text;
}

/* Text with the first from replaced; to NULL removes the line. */
static gchar *
edit (const gchar * text, const gchar * from, const gchar * to)
{
  const gchar *at = strstr (text, from);
  const gchar *end;

  fail_unless (at != NULL, "no %s", from);
  end = to ? at + strlen (from) : strstr (at, "\r\n") + 2;
  return g_strdup_printf ("%.*s%s%s", (gint) (at - text), text, to ? to : "",
      end);
}

static GstP2PSdp *
parse (const gchar * text, gboolean is_answer)
{
  g_autoptr (GError) error = NULL;
  GstP2PSdp *sdp = gst_p2p_sdp_parse (text, is_answer, &error);

  fail_unless (sdp != NULL, "%s", error ? error->message : "");
  fail_unless_equals_int (sdp->peer_id.b[0], 0x0a);
  fail_unless_equals_int (sdp->peer_id.b[31], 0xff);
  fail_unless_equals_string (sdp->mid, "0");
  fail_unless_equals_int (sdp->sctp_port, 5000);
  return sdp;
}

GST_START_TEST (test_offer_of_chromium)
{
  g_autofree gchar *text = load ("chromium-offer.sdp");
  g_autoptr (GstP2PSdp) sdp = parse (text, FALSE);

  fail_unless_equals_string (sdp->ufrag, "4fX/");
  fail_unless_equals_string (sdp->pwd, "gk0hJmWc+hq7e9tG7Qx1yNvF");
  fail_unless_equals_int (sdp->setup, GST_P2P_SETUP_ACTPASS);
  fail_unless_equals_int (sdp->max_message_size, 262144);
  fail_unless (sdp->attribute == NULL);
  fail_if (sdp->complete);
  /* The .local name is left out. */
  fail_unless_equals_int (sdp->candidates->len, 1);
  fail_unless (strstr (g_ptr_array_index (sdp->candidates, 0),
          "198.51.100.7 51234 typ srflx"));
}

GST_END_TEST;

GST_START_TEST (test_offer_of_firefox_with_its_fingerprint_above)
{
  g_autofree gchar *text = load ("firefox-offer.sdp");
  g_autoptr (GstP2PSdp) sdp = parse (text, FALSE);

  fail_unless_equals_string (sdp->ufrag, "2b8c9f1d");
  fail_unless_equals_int (sdp->max_message_size, 1073741823);
  /* No TCP. */
  fail_unless_equals_int (sdp->candidates->len, 1);
}

GST_END_TEST;

GST_START_TEST (test_answer_of_werift)
{
  g_autofree gchar *text = load ("werift-answer.sdp");
  g_autoptr (GstP2PSdp) sdp = parse (text, TRUE);

  fail_unless_equals_int (sdp->setup, GST_P2P_SETUP_ACTIVE);
  fail_unless (sdp->complete);
  fail_unless_equals_int (sdp->candidates->len, 1);
}

GST_END_TEST;

GST_START_TEST (test_ours_is_read_and_written_the_same)
{
  g_autofree gchar *text = load ("ours-offer.sdp");
  g_autoptr (GstP2PSdp) sdp = parse (text, FALSE);
  g_autofree gchar *written = gst_p2p_sdp_to_string (sdp);

  fail_unless_equals_string (sdp->attribute, "1 AAECAwQFBgcICQoLDA0ODw");
  /* All but the random number of the o= line. */
  fail_unless_equals_string (strstr (written, "s=-"), strstr (text, "s=-"));
  fail_unless (strlen (written) < 1024);
}

GST_END_TEST;

GST_START_TEST (test_setup_decides_who_is_client)
{
  g_autofree gchar *text = load ("ours-offer.sdp");
  static const struct
  {
    const gchar *value;
    gboolean offer, answer;
    GstP2PSetup setup;
  } cases[] = {
    {"actpass", TRUE, FALSE, GST_P2P_SETUP_ACTPASS},
    {"active", TRUE, TRUE, GST_P2P_SETUP_ACTIVE},
    {"passive", TRUE, TRUE, GST_P2P_SETUP_PASSIVE},
    {"holdconn", FALSE, FALSE, 0}, {"", FALSE, FALSE, 0}
  };
  guint i, answer;

  for (i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autofree gchar *t = edit (text, "actpass", cases[i].value);

    for (answer = 0; answer < 2; answer++) {
      GstP2PSdp *sdp = gst_p2p_sdp_parse (t, answer, NULL);

      fail_unless_equals_int (sdp != NULL,
          answer ? cases[i].answer : cases[i].offer);
      if (sdp) {
        fail_unless_equals_int (sdp->setup, cases[i].setup);
        gst_p2p_sdp_free (sdp);
      }
    }
  }
}

GST_END_TEST;

GST_START_TEST (test_what_lacks_or_breaks_a_line_is_refused)
{
  static const struct
  {
    const gchar *from, *to;
  } cases[] = {
    {"a=fingerprint", NULL}, {"a=ice-ufrag", NULL}, {"a=ice-pwd", NULL},
    {"a=setup", NULL}, {"a=sctp-port", NULL}, {"m=application", NULL},
    {"sha-256", "sha-512"}, {"0A:1B", "0A-1B"}, {"EE:FF", "EE"},
    {"ufrag:Zk3f", "ufrag:Zk3"}, {"ufrag:Zk3f", "ufrag:Zk f3"},
    {"pwd:0OQXbYkQ7F3pM3wCaKqZ1a", "pwd:short"},
    {"sctp-port:5000", "sctp-port:0"}, {"sctp-port:5000", "sctp-port:70000"},
    {"sctp-port:5000", "sctp-port:5000x"},
    {"max-message-size:17408", "max-message-size:17407"},
    {"max-message-size:17408", "max-message-size:-1"},
    {"mid:0", "mid:"}, {"mid:0", "mid:a b"},
    {"m=application 9", "m=application 0"},
    {"m=application", "m=audio"},
    {"UDP/DTLS/SCTP", "RTP/SAVPF"},
    {"webrtc-datachannel", "webrtc-datachannel other"},
    {"m=application", "m=audio 9 UDP/TLS/RTP/SAVPF 0\r\nm=application"}
  };
  g_autofree gchar *text = load ("ours-offer.sdp");
  guint i;

  for (i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autofree gchar *t = edit (text, cases[i].from, cases[i].to);
    g_autoptr (GError) error = NULL;

    fail_unless (gst_p2p_sdp_parse (t, FALSE, &error) == NULL, "%s -> %s",
        cases[i].from, cases[i].to);
    fail_unless (error != NULL);
  }
}

GST_END_TEST;

GST_START_TEST (test_more_than_16_KiB_is_refused)
{
  g_autofree gchar *text = load ("ours-offer.sdp");
  GString *big = g_string_new (text);

  while (big->len <= P2P_MAX_SDP) {
    g_string_append (big, "a=x:1\r\n");
  }
  fail_unless (gst_p2p_sdp_parse (big->str, FALSE, NULL) == NULL);
  g_string_truncate (big, P2P_MAX_SDP - 7);
  fail_unless (strrchr (big->str, '\n') != NULL);
  g_string_truncate (big, strrchr (big->str, '\n') - big->str + 1);
  gst_p2p_sdp_free (parse (big->str, FALSE));
  g_string_free (big, TRUE);
}

GST_END_TEST;

GST_START_TEST (test_candidates_beyond_32_are_dropped)
{
  g_autofree gchar *text = load ("ours-offer.sdp");
  GString *many = g_string_new (text);
  GstP2PSdp *sdp;
  guint i;

  for (i = 0; i < 100; i++) {
    g_string_append_printf (many,
        "a=candidate:%u 1 udp 1 192.0.2.%u 4000 typ host\r\n", i, i);
  }
  sdp = parse (many->str, FALSE);
  fail_unless_equals_int (sdp->candidates->len, GST_P2P_SDP_MAX_CANDIDATES);
  gst_p2p_sdp_free (sdp);
  g_string_free (many, TRUE);
}

GST_END_TEST;

GST_START_TEST (test_which_candidates_are_of_use)
{
  static const struct
  {
    const gchar *text;
    gboolean usable;
  } cases[] = {
    {"candidate:1 1 udp 5 192.0.2.1 4000 typ host", TRUE},
    {"candidate:1 1 UDP 5 2001:db8::1 4000 typ srflx raddr :: rport 0", TRUE},
    {"candidate:1 1 udp 5 fe80::1 4000 typ host", FALSE},
    {"candidate:1 1 udp 5 FE80::1 4000 typ host", FALSE},
    {"candidate:1 1 udp 5 some-name.local 4000 typ host", FALSE},
    {"candidate:1 1 tcp 5 192.0.2.1 9 typ host tcptype active", FALSE},
    {"candidate:1 2 udp 5 192.0.2.1 4000 typ host", FALSE},
    {"candidate:1 1 udp 5 192.0.2.1 4000", FALSE},
    {"candidate:", FALSE}, {"", FALSE}, {"a=candidate:1 1 udp 5 1 1 typ host",
        FALSE}
  };
  gchar huge[1024];
  guint i;

  for (i = 0; i < G_N_ELEMENTS (cases); i++) {
    fail_unless_equals_int (gst_p2p_sdp_candidate_is_usable (cases[i].text),
        cases[i].usable);
  }
  memset (huge, 'x', sizeof (huge));
  memcpy (huge, cases[0].text, strlen (cases[0].text));
  huge[sizeof (huge) - 1] = '\0';
  fail_if (gst_p2p_sdp_candidate_is_usable (huge));
}

GST_END_TEST;

static Suite *
gstp2psdp_suite (void)
{
  Suite *s = suite_create ("gstp2psdp");
  TCase *tc = tcase_create ("general");

  suite_add_tcase (s, tc);
  tcase_add_test (tc, test_offer_of_chromium);
  tcase_add_test (tc, test_offer_of_firefox_with_its_fingerprint_above);
  tcase_add_test (tc, test_answer_of_werift);
  tcase_add_test (tc, test_ours_is_read_and_written_the_same);
  tcase_add_test (tc, test_setup_decides_who_is_client);
  tcase_add_test (tc, test_what_lacks_or_breaks_a_line_is_refused);
  tcase_add_test (tc, test_more_than_16_KiB_is_refused);
  tcase_add_test (tc, test_candidates_beyond_32_are_dropped);
  tcase_add_test (tc, test_which_candidates_are_of_use);
  return s;
}

GST_CHECK_MAIN (gstp2psdp);
