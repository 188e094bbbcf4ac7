/* gst-plugins-p2p
 *
 * This library is free software; you can redistribute it and/or
 * modify it under the terms of the GNU Lesser General Public
 * License as published by the Free Software Foundation; either
 * version 2.1 of the License, or (at your option) any later version.
 */
/* Links whose other end, path or signalling is not as it should be, and a hub
 * one of whose listeners reads slowly. */
#include <string.h>

#include "linkpair.h"
#include "../../../ext/transport/gstp2pcertificate.h"
#include "../../../ext/transport/gstp2pice.h"
#include "../../../ext/transport/gstp2pnicelink-private.h"
#include "../../../ext/transport/gstp2psctp.h"
#include "../../../ext/transport/gstp2psdp.h"

#define KIB 1024

/* ---- roles ---- */

/* A link as the transport makes it, but for its role. offer NULL: it offers. */
static GstP2PLink *
link_with_role (LinkPair * pair, gboolean controlling, const gchar * offer)
{
  g_autoptr (GstP2PCertificate) certificate =
      gst_p2p_certificate_new (NULL, NULL);
  g_autoptr (GstP2PSdp) sdp =
      offer ? gst_p2p_sdp_parse (offer, FALSE, NULL) : NULL;
  GstP2PIce *ice = gst_p2p_ice_new (pair->context, &pair->config, controlling,
      NULL);

  fail_unless (ice != NULL && (sdp != NULL || offer == NULL));
  return gst_p2p_nice_link_new (pair->context ? pair->context :
      g_main_context_default (), certificate, ice, NULL, NULL, sdp);
}

static GstP2PLink *
answer_controlling (LinkEnd * end, const gchar * offer)
{
  return link_with_role (end->pair, TRUE, offer);
}

static GstP2PLink *
offer_controlled (LinkEnd * end, const gchar * offer)
{
  return link_with_role (end->pair, FALSE, NULL);
}

/* RFC 8445 7.3.1.1: one of the two changes. */
GST_START_TEST (test_a_conflict_of_roles_is_resolved)
{
  LinkPair pair;
  guint i;

  for (i = 0; i < 2; i++) {
    link_pair_init (&pair, NULL);
    if (i == 0) {
      pair.b.make_link = answer_controlling;
    } else {
      pair.a.make_link = offer_controlled;
    }
    link_pair_start (&pair);
    link_pair_wait (&pair, link_end_is (&pair.a, GST_P2P_LINK_STATE_CONNECTED)
        && link_end_is (&pair.b, GST_P2P_LINK_STATE_CONNECTED));
    link_end_send (&pair.a, P2P_STREAM_DATA, 5000, 1);
    link_pair_wait (&pair, pair.b.n_messages == 1);
    link_pair_clear (&pair);
  }
}

GST_END_TEST;

/* ---- descriptions and candidates ---- */

/* Whatever the lines look like: those the cap lets through, no more. */
GST_START_TEST (test_a_flood_of_candidates_does_not_hinder_the_link)
{
  static const gchar *lines[] = {
    "candidate:1 1 UDP 2015363327 127.0.0.1 %u typ host",
    "candidate:%u 1 UDP 4294967295 240.0.0.1 9 typ host",
    "candidate:1 1 UDP 1 ff02::1 %u typ srflx raddr :: rport 0",
    "candidate:1 1 UDP 99999999999999999999 127.0.0.1 %u typ host",
    "candidate:1 1 UDP 1 255.255.255.255 %u typ relay",
    "candidate:1 1 UDP 1 x%u.local typ host",
    "candidate:%u", "%u", "a=candidate:",
    "candidate:1 1 UDP 1 127.0.0.1 0 typ host"
  };
  LinkPair pair;
  guint i, fds;

  link_pair_init (&pair, NULL);
  pair.hold_answer = TRUE;
  link_pair_start (&pair);
  link_pair_wait (&pair, pair.b.sdp != NULL);
  fds = count_fds ();
  for (i = 0; i < 20000; i++) {
    /* lines[] are constants of this file */
    g_autofree gchar *line =
        g_strdup_printf ("candidate:1 1 UDP 1 127.0.0.1 %u typ host", i);
    g_autofree gchar *other =
        g_strdup_printf (lines[i % G_N_ELEMENTS (lines)], i % 70000);

    gst_p2p_link_add_candidate (pair.b.link, i % 2 ? line : other, NULL);
  }
  fail_unless (count_fds () <= fds);
  fail_unless (link_pair_pass_answer (&pair, NULL));
  link_pair_wait (&pair, link_end_is (&pair.a, GST_P2P_LINK_STATE_CONNECTED)
      && link_end_is (&pair.b, GST_P2P_LINK_STATE_CONNECTED));
  link_pair_clear (&pair);
}

GST_END_TEST;

/* Offers that lead nowhere cost nothing for long. */
GST_START_TEST (test_offers_of_nobody_leave_nothing_behind)
{
  guint round, i, fds = 0, associations = gst_p2p_sctp_count ();

  for (round = 0; round < 2; round++) {
    LinkPair pair;
    GstP2PLink *links[40];

    link_pair_init (&pair, NULL);
    pair.manual = TRUE;
    link_pair_start (&pair);
    link_pair_wait (&pair, pair.a.sdp != NULL);
    for (i = 0; i < G_N_ELEMENTS (links); i++) {
      links[i] = gst_p2p_transport_accept_offer (pair.b.transport,
          &pair.config, NULL, pair.a.sdp, NULL);
      fail_unless (links[i] != NULL);
      if (i % 2) {
        link_pair_iterate (&pair);
        gst_p2p_link_close (links[i]);
      }
    }
    for (i = 0; i < G_N_ELEMENTS (links); i++) {
      g_object_unref (links[i]);
    }
    link_pair_clear (&pair);
    while (g_main_context_iteration (NULL, FALSE)) {
    }
    if (round == 0) {
      fds = count_fds ();       /* what GLib and libnice keep */
    }
  }
  fail_unless (count_fds () <= fds);
  fail_unless_equals_int (gst_p2p_sctp_count (), associations);
}

GST_END_TEST;

/* ---- ends ---- */

/* Its process was killed: the next link is a new one, whatever the old one
 * still believes. */
GST_START_TEST (test_a_peer_that_comes_back_is_met_again)
{
  LinkPair pair, again;

  link_pair_connect (&pair);
  /* nothing leaves b any more, not even a goodbye */
  g_clear_pointer (&GST_P2P_NICE_LINK (pair.b.link)->ice, gst_p2p_ice_free);
  link_pair_connect (&again);
  fail_unless_equals_int (link_end_send (&pair.a, P2P_STREAM_DATA, 3000, 0),
      GST_P2P_SEND_OK);
  fail_unless_equals_int (link_end_send (&again.a, P2P_STREAM_DATA, 3000, 0),
      GST_P2P_SEND_OK);
  link_pair_wait (&again, again.b.n_messages == 1);
  fail_unless_equals_int (pair.b.n_messages, 0);
  gst_p2p_link_close (pair.a.link);
  link_pair_wait (&pair, pair.a.finished);
  fail_if (again.a.finished || again.b.finished);
  link_pair_clear (&pair);
  link_pair_clear (&again);
}

GST_END_TEST;

/* Of both ends, at any time of the set-up: after n turns of the context. */
GST_START_TEST (test_a_link_may_be_closed_at_any_moment_of_its_set_up)
{
  guint turns, fds = 0;
  gboolean through = FALSE;

  for (turns = 0; !through; turns++) {
    LinkPair pair;
    LinkEnd *end;

    link_pair_init (&pair, NULL);
    link_pair_start (&pair);
    end = turns % 2 ? &pair.a : &pair.b;
    for (guint i = 0; i < turns; i++) {
      g_main_context_iteration (NULL, i % 4 == 3);
    }
    link_pair_wait (&pair, end->link != NULL);
    through = link_end_is (&pair.a, GST_P2P_LINK_STATE_CONNECTED)
        && link_end_is (&pair.b, GST_P2P_LINK_STATE_CONNECTED);
    gst_p2p_link_close (end->link);
    link_pair_wait (&pair, end->finished);
    fail_unless (link_end_is (end, GST_P2P_LINK_STATE_CLOSED));
    link_pair_clear (&pair);
    fail_unless (turns < 5000);
    if (turns == 0) {
      fds = count_fds ();
    }
    fail_unless (count_fds () <= fds + 1);
  }
}

GST_END_TEST;

/* ---- back-pressure ---- */

#ifdef __SANITIZE_ADDRESS__
#define LISTENERS 8
#else
#define LISTENERS 20
#endif
#define MESSAGE (8 * KIB)
#define ROUNDS 400              /* 3.2 MB for each: more than a link may hold */

/* One of them takes nothing, and later a message now and then. The others get
 * all, in time that does not depend on it; what it has not taken is bounded. */
GST_START_TEST (test_one_slow_reader_among_20_harms_nobody)
{
  LinkPair *pairs = g_new0 (LinkPair, LISTENERS);
  GstP2PLinkStats stats;
  guint i, round, refused = 0, got;
  guint64 resident;

  for (i = 0; i < LISTENERS; i++) {
    link_pair_connect (&pairs[i]);
    pairs[i].b.keep = FALSE;
  }
  gst_p2p_link_pause_reading (pairs[0].b.link, TRUE);
  resident = resident_kib ();
  for (round = 0; round < ROUNDS; round++) {
    for (i = 0; i < LISTENERS; i++) {
      GstP2PSendResult r = link_end_send (&pairs[i].a, P2P_STREAM_DATA,
          MESSAGE, round);

      fail_unless (r == GST_P2P_SEND_OK || (i == 0
              && r == GST_P2P_SEND_FULL), "%u: %d", i, r);
      refused += r != GST_P2P_SEND_OK;
    }
    /* A source sends at its rate, not as fast as it can: the next one when the
     * others have this one. */
    for (i = 1; i < LISTENERS; i++) {
      link_pair_wait (&pairs[i], pairs[i].b.n_messages == round + 1);
    }
    gst_p2p_link_get_stats (pairs[0].a.link, &stats);
    fail_unless (stats.unacked <= KIB * KIB);
  }
  fail_unless_equals_int (pairs[0].b.n_messages, 0);
  fail_unless (refused > 0 && refused < ROUNDS);
#if !defined (__SANITIZE_ADDRESS__) && !defined (__SANITIZE_THREAD__)
  /* 1 MiB at the sender, 256 KiB each in SCTP's buffers, and the allocator */
  fail_unless (resident_kib () < resident + 8 * KIB);
#endif
  /* It reads a little, stops, reads on: nothing that was taken is lost. */
  gst_p2p_link_pause_reading (pairs[0].b.link, FALSE);
  link_pair_wait (&pairs[0], pairs[0].b.n_messages > 0);
  gst_p2p_link_pause_reading (pairs[0].b.link, TRUE);
  link_pair_run_ms (&pairs[0], 20);
  got = pairs[0].b.n_messages;
  link_pair_run_ms (&pairs[0], 50);
  fail_unless_equals_int (pairs[0].b.n_messages, got);
  gst_p2p_link_pause_reading (pairs[0].b.link, FALSE);
  link_pair_wait (&pairs[0], pairs[0].b.n_messages == ROUNDS - refused);
  for (i = 0; i < LISTENERS; i++) {
    link_pair_clear (&pairs[i]);
  }
  g_free (pairs);
}

GST_END_TEST;

/* A window of nothing for longer than several time-outs: it opens again. */
GST_START_TEST (test_a_window_closed_for_seconds_opens_again)
{
  LinkPair pair;
  guint sent = 0;

  link_pair_connect (&pair);
  pair.b.keep = FALSE;
  gst_p2p_link_pause_reading (pair.b.link, TRUE);
  while (link_end_send (&pair.a, P2P_STREAM_DATA, 16 * KIB, 0)
      == GST_P2P_SEND_OK) {
    sent++;
  }
  link_pair_run_ms (&pair, 4000);
  fail_if (pair.a.finished || pair.b.finished);
  fail_unless_equals_int (pair.b.n_messages, 0);
  gst_p2p_link_pause_reading (pair.b.link, FALSE);
  link_pair_wait (&pair, pair.b.n_messages == sent);
  link_pair_clear (&pair);
}

GST_END_TEST;

static Suite *
gstp2plinkfaults_suite (void)
{
  Suite *s = suite_create ("gstp2plinkfaults");
  TCase *tc = tcase_create ("general");

  suite_add_tcase (s, tc);
  tcase_add_test (tc, test_a_conflict_of_roles_is_resolved);
  tcase_add_test (tc, test_a_flood_of_candidates_does_not_hinder_the_link);
  tcase_add_test (tc, test_offers_of_nobody_leave_nothing_behind);
  tcase_add_test (tc, test_a_peer_that_comes_back_is_met_again);
  tcase_add_test (tc, test_a_link_may_be_closed_at_any_moment_of_its_set_up);
  tcase_add_test (tc, test_one_slow_reader_among_20_harms_nobody);
  tcase_add_test (tc, test_a_window_closed_for_seconds_opens_again);
  return s;
}

GST_CHECK_MAIN (gstp2plinkfaults);
