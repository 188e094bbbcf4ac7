/* gst-plugins-p2p
 *
 * This library is free software; you can redistribute it and/or
 * modify it under the terms of the GNU Lesser General Public
 * License as published by the Free Software Foundation; either
 * version 2.1 of the License, or (at your option) any later version.
 */
/* Links through a relay: coturn on loopback, UDP, TCP and TLS. Passed over where
 * there is no turnserver, TLS also where there is no openssl.
 */
#include <gio/gio.h>
#include <string.h>

#include "linkpair.h"
#include "turnserver.h"

static void
check_relay_at (gchar * url, gboolean relay_only)
{
  gchar *urls[] = { url, NULL };
  LinkPair pair;
  GstP2PLinkStats stats;
  guint i, fds;

  if (!turn_server_runs ()) {
    GST_INFO ("turnserver is not installed");
    return;
  }
  fds = count_fds ();
  link_pair_init (&pair, NULL);
  pair.config.turn_servers = urls;
  pair.config.relay_only = relay_only;
  link_pair_start (&pair);
  link_pair_wait (&pair, link_end_is (&pair.a, GST_P2P_LINK_STATE_CONNECTED)
      && link_end_is (&pair.b, GST_P2P_LINK_STATE_CONNECTED));
  gst_p2p_link_get_stats (pair.a.link, &stats);
  fail_unless_equals_int (stats.path, relay_only ? 3 : 1);
  for (i = 0; i < 20; i++) {
    link_end_send (&pair.a, P2P_STREAM_DATA, 16384, i);
    link_end_send (&pair.b, P2P_STREAM_DATA, 16384, i);
  }
  link_pair_wait (&pair, pair.a.n_messages == 20 && pair.b.n_messages == 20);
  gst_p2p_link_close (pair.a.link);
  link_pair_wait (&pair, pair.a.finished && pair.b.finished);
  link_pair_clear (&pair);
  link_pair_init (&pair, NULL);
  /* the relays are given back */
  link_pair_wait (&pair, count_fds () <= fds);
  link_pair_clear (&pair);
}

static void
check_relay (const gchar * format, gboolean relay_only)
{
  g_autofree gchar *url = g_strdup_printf (format, turn_port);

  check_relay_at (url, relay_only);
}

GST_START_TEST (test_only_relayed_over_udp)
{
  check_relay ("turn://me:secret@127.0.0.1:%u", TRUE);
}

GST_END_TEST;

GST_START_TEST (test_only_relayed_over_tcp)
{
  check_relay ("turn://me:secret@127.0.0.1:%u?transport=tcp", TRUE);
}

GST_END_TEST;

GST_START_TEST (test_only_relayed_over_tls)
{
  g_autofree gchar *url = NULL;

  if (!turn_server_trust (TRUE)) {
    return;
  }
  url = g_strdup_printf ("turns://me:secret@127.0.0.1:%u", turn_tls_port);
  check_relay_at (url, TRUE);
  turn_server_trust (FALSE);
}

GST_END_TEST;

static void
check_no_relay_at (const gchar * host)
{
  g_autofree gchar *url = g_strdup_printf ("turns://me:secret@%s:%u", host,
      turn_tls_port);
  gchar *urls[] = { url, NULL };
  LinkPair pair;

  link_pair_init (&pair, NULL);
  pair.config.turn_servers = urls;
  pair.config.relay_only = TRUE;
  link_pair_start (&pair);
  link_pair_wait (&pair, pair.a.finished && pair.b.finished);
  fail_unless (link_end_is (&pair.a, GST_P2P_LINK_STATE_FAILED));
  link_pair_clear (&pair);
}

GST_START_TEST (test_a_relay_of_whom_nobody_vouches_is_not_used)
{
  if (turn_server_trust (FALSE)) {
    check_no_relay_at ("127.0.0.1");
  }
}

GST_END_TEST;

GST_START_TEST (test_a_relay_with_the_certificate_of_another_is_not_used)
{
  if (turn_server_trust (TRUE)) {
    check_no_relay_at ("localhost");
    turn_server_trust (FALSE);
  }
}

GST_END_TEST;

/* A relay of the test's own on loopback. Returns its URL. */
static gchar *
serve (GSocketService * service)
{
  g_autoptr (GSocketAddress) any =
      g_inet_socket_address_new_from_string ("127.0.0.1", 0);
  g_autoptr (GSocketAddress) bound = NULL;

  fail_unless (g_socket_listener_add_address (G_SOCKET_LISTENER (service), any,
          G_SOCKET_TYPE_STREAM, G_SOCKET_PROTOCOL_TCP, NULL, &bound, NULL));
  g_socket_service_start (service);
  return g_strdup_printf ("turns://me:secret@127.0.0.1:%u",
      g_inet_socket_address_get_port (G_INET_SOCKET_ADDRESS (bound)));
}

static void
end_service (GSocketService * service)
{
  g_socket_service_stop (service);
  g_socket_listener_close (G_SOCKET_LISTENER (service));
}

/* Longer than libnice waits by itself. */
#define SLOW_MS 2500

static gboolean
pass_on (gpointer data)
{
  g_autoptr (GIOStream) inner = data;
  g_autoptr (GSocketClient) client = g_socket_client_new ();
  g_autoptr (GSocketConnection) outer =
      g_socket_client_connect_to_host (client, "127.0.0.1", turn_tls_port, NULL,
      NULL);

  fail_unless (outer != NULL);
  g_io_stream_splice_async (inner, G_IO_STREAM (outer),
      G_IO_STREAM_SPLICE_CLOSE_STREAM1 | G_IO_STREAM_SPLICE_CLOSE_STREAM2,
      G_PRIORITY_DEFAULT, NULL, NULL, NULL);
  return G_SOURCE_REMOVE;
}

static gboolean
on_slow_visitor (GSocketService * service, GSocketConnection * connection,
    GObject * source, gpointer user_data)
{
  g_timeout_add (SLOW_MS, pass_on, g_object_ref (connection));
  return TRUE;
}

GST_START_TEST (test_a_relay_far_away_is_waited_for)
{
  g_autoptr (GSocketService) service = NULL;
  g_autofree gchar *url = NULL;

  if (!turn_server_trust (TRUE)) {
    return;
  }
  service = g_socket_service_new ();
  g_signal_connect (service, "incoming", G_CALLBACK (on_slow_visitor), NULL);
  url = serve (service);
  check_relay_at (url, TRUE);
  end_service (service);
  turn_server_trust (FALSE);
}

GST_END_TEST;

typedef struct
{
  gint came, gone;              /* atomic */
} Visitors;

/* In a thread of its own. */
static gboolean
on_visitor (GThreadedSocketService * service, GSocketConnection * connection,
    GObject * source, gpointer user_data)
{
  GInputStream *input = g_io_stream_get_input_stream (G_IO_STREAM (connection));
  Visitors *visitors = user_data;
  gchar block[512];

  g_atomic_int_inc (&visitors->came);
  while (g_input_stream_read (input, block, sizeof (block), NULL, NULL) > 0);
  g_atomic_int_inc (&visitors->gone);
  return TRUE;
}

/* Each handshake holds a thread of GIO's pool, which the process needs. */
GST_START_TEST (test_a_relay_that_does_not_shake_hands_is_given_up)
{
  g_autoptr (GSocketService) service = g_threaded_socket_service_new (64);
  g_autofree gchar *url = NULL;
  gchar *urls[] = { NULL, NULL };
  /* GIO's threads outlive the call that they are started for */
  static Visitors visitors;
  LinkPair pair;

  g_signal_connect (service, "run", G_CALLBACK (on_visitor), &visitors);
  urls[0] = url = serve (service);
  link_pair_init (&pair, NULL);
  pair.config.turn_servers = urls;
  link_pair_start (&pair);
  link_pair_wait (&pair, link_end_is (&pair.a, GST_P2P_LINK_STATE_CONNECTED)
      && link_end_is (&pair.b, GST_P2P_LINK_STATE_CONNECTED)
      && g_atomic_int_get (&visitors.came) > 0);
  link_pair_wait (&pair, g_atomic_int_get (&visitors.gone)
      == g_atomic_int_get (&visitors.came));
  fail_unless (link_end_is (&pair.a, GST_P2P_LINK_STATE_CONNECTED));
  fail_unless (link_end_is (&pair.b, GST_P2P_LINK_STATE_CONNECTED));
  end_service (service);
  link_pair_clear (&pair);
}

GST_END_TEST;

GST_START_TEST (test_a_direct_path_is_preferred)
{
  check_relay ("turn://me:secret@127.0.0.1:%u", FALSE);
}

GST_END_TEST;

GST_START_TEST (test_a_wrong_password_does_not_hinder_a_direct_path)
{
  check_relay ("turn://me:wrong@127.0.0.1:%u", FALSE);
}

GST_END_TEST;

GST_START_TEST (test_a_dead_stun_server_does_not_hold_the_offer_back)
{
  g_autofree gchar *stun = g_strdup_printf ("stun://127.0.0.1:%u",
      turn_free_port ());
  LinkPair pair;

  link_pair_init (&pair, NULL);
  pair.config.stun_server = stun;
  link_pair_start (&pair);
  /* libnice gives the server up, and ends gathering, after 2 s */
  link_pair_wait (&pair, pair.a.sdp != NULL);
  fail_if (pair.a.end_of_candidates);
  link_pair_wait (&pair, link_end_is (&pair.a, GST_P2P_LINK_STATE_CONNECTED)
      && link_end_is (&pair.b, GST_P2P_LINK_STATE_CONNECTED));
  fail_if (strstr (pair.a.sdp, "end-of-candidates"));
  link_pair_clear (&pair);
}

GST_END_TEST;

GST_START_TEST (test_a_warm_agent_answers_with_all_it_has)
{
  g_autofree gchar *stun = g_strdup_printf ("stun://127.0.0.1:%u", turn_port);
  LinkPair pair;

  if (!turn_server_runs ()) {
    return;
  }
  link_pair_init (&pair, NULL);
  pair.config.stun_server = stun;
  gst_p2p_transport_warm_up (pair.b.transport, &pair.config);
  /* Not every local address reaches the server; libnice asks for 2 s. */
  link_pair_run_ms (&pair, 2500);
  link_pair_start (&pair);
  link_pair_wait (&pair, link_end_is (&pair.a, GST_P2P_LINK_STATE_CONNECTED)
      && link_end_is (&pair.b, GST_P2P_LINK_STATE_CONNECTED));
  fail_unless (strstr (pair.b.sdp, "end-of-candidates") != NULL);
  link_pair_clear (&pair);
}

GST_END_TEST;

static Suite *
gstp2prelay_suite (void)
{
  Suite *s = suite_create ("gstp2prelay");
  TCase *tc = tcase_create ("general");

  suite_add_tcase (s, tc);
  tcase_add_checked_fixture (tc, turn_server_start, turn_server_stop);
  tcase_add_test (tc, test_only_relayed_over_udp);
  tcase_add_test (tc, test_only_relayed_over_tcp);
  tcase_add_test (tc, test_only_relayed_over_tls);
  tcase_add_test (tc, test_a_relay_of_whom_nobody_vouches_is_not_used);
  tcase_add_test (tc, test_a_relay_with_the_certificate_of_another_is_not_used);
  tcase_add_test (tc, test_a_relay_far_away_is_waited_for);
  tcase_add_test (tc, test_a_relay_that_does_not_shake_hands_is_given_up);
  tcase_add_test (tc, test_a_direct_path_is_preferred);
  tcase_add_test (tc, test_a_wrong_password_does_not_hinder_a_direct_path);
  tcase_add_test (tc, test_a_dead_stun_server_does_not_hold_the_offer_back);
  tcase_add_test (tc, test_a_warm_agent_answers_with_all_it_has);
  return s;
}

GST_CHECK_MAIN (gstp2prelay);
