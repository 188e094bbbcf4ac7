/* gst-plugins-p2p
 *
 * This library is free software; you can redistribute it and/or
 * modify it under the terms of the GNU Lesser General Public
 * License as published by the Free Software Foundation; either
 * version 2.1 of the License, or (at your option) any later version.
 */
/* reconnect.c: the client when its server restarts, hangs or talks nonsense. */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include <libsoup/soup.h>
#include <string.h>

#include "rendezvoustest.h"

#define HASH "abcdefghijklmnopqrst"
#define PEER_A "-GP0100-aaaaaaaaaaaa"
#define PEER_B "-GP0100-bbbbbbbbbbbb"

static GstP2PTrackerServer *
server_at (guint16 port)
{
  GstP2PTrackerServer *server = gst_p2p_tracker_server_new (NULL);
  GError *error = NULL;

  gst_p2p_tracker_server_set_open (server, TRUE);
  fail_unless (gst_p2p_tracker_server_listen (server, "127.0.0.1", port, NULL,
          &error), "%s", error ? error->message : "");
  return server;
}

GST_START_TEST (test_a_restarted_server_gets_everything_again)
{
  GstP2PTrackerServer *server = test_server_new (TRUE);
  guint16 port = gst_p2p_tracker_server_get_port (server);
  Client *source = test_client_new (port), *listener = NULL;
  GstP2PKey *key = gst_p2p_key_generate (NULL);
  GstP2PChannel channel = {.name = (gchar *) "live" };
  Heard *heard;

  gst_p2p_key_get_swarm_id (key, &channel.swarm_id);
  test_announce (source, HASH, PEER_A, TRUE, NULL, NULL);
  gst_p2p_rendezvous_publish_channel (source->rendezvous, &channel, test_sign,
      key);
  test_wait_for (source, "published");
  test_wait_for (source, "announced");

  test_server_free (server);
  heard = test_wait_for (source, "lost");
  fail_unless_equals_int (heard->code, GST_P2P_ERROR_RENDEZVOUS);
  fail_unless (strstr (heard->text, "stops") != NULL, "%s", heard->text);
  fail_if (gst_p2p_rendezvous_is_connected (source->rendezvous));
  test_client_clear (source);
  server = server_at (port);
  test_wait_for (source, "connected");
  test_wait_for (source, "published");
  fail_unless_equals_int (test_wait_for (source, "announced")->complete, 1);
  listener = test_client_new (port);
  gst_p2p_rendezvous_resolve (listener->rendezvous, "live");
  heard = test_wait_for (listener, "resolved");
  fail_unless (heard->code == -1, "%s", heard->text);

  test_client_free (source);
  test_client_free (listener);
  test_server_free (server);
  gst_p2p_key_free (key);
}

GST_END_TEST;

GST_START_TEST (test_pauses_between_attempts_double_up_to_the_longest)
{
  GstP2PTrackerServer *server = test_server_new (TRUE);
  guint16 port = gst_p2p_tracker_server_get_port (server);
  g_autofree gchar *url = g_strdup_printf ("ws://127.0.0.1:%u/", port);
  Client *client = test_client_new_for_url (url);
  gint64 start;
  guint i;

  test_server_free (server);    /* nobody listens there now */
  g_object_set (client->client, "retry-min", 8, "retry-max", 64, NULL);
  start = g_get_monotonic_time ();
  gst_p2p_rendezvous_open (client->rendezvous);
  while (client->heard->len < 10)
    g_main_context_iteration (NULL, TRUE);
  /* 8 16 32 64 64 64 64 64 64 ms between ten attempts, with 20 % of jitter; a
   * slow machine makes it longer, never shorter. */
  fail_unless (g_get_monotonic_time () - start >= 440 * 1000 * 8 / 10,
      "%" G_GINT64_FORMAT " us", g_get_monotonic_time () - start);
  for (i = 0; i < client->heard->len; i++) {
    Heard *heard = g_ptr_array_index (client->heard, i);

    fail_unless_equals_string (heard->kind, "lost");
    fail_unless (strstr (heard->text, "can't reach the rendezvous") != NULL);
  }
  test_client_free (client);
}

GST_END_TEST;

GST_START_TEST (test_an_url_that_is_none_is_said_once)
{
  static const gchar *const urls[] = { "http://127.0.0.1/", "ws://", "nothing",
    ""
  };
  guint i;

  for (i = 0; i < G_N_ELEMENTS (urls); i++) {
    Client *client = test_client_new_for_url (urls[i]);

    gst_p2p_rendezvous_open (client->rendezvous);
    fail_unless_equals_int (client->heard->len, 0);
    fail_unless_equals_int (test_wait_for (client, "lost")->code,
        GST_P2P_ERROR_URI);
    test_run (60);
    fail_unless_equals_int (client->heard->len, 1);
    test_client_free (client);
  }
}

GST_END_TEST;

GST_START_TEST (test_the_query_of_the_url_is_told_nobody)
{
  Client *client = test_client_new_for_url ("ws://127.0.0.1:1/x?t=secret");

  gst_p2p_rendezvous_open (client->rendezvous);
  fail_unless (strstr (test_wait_for (client, "lost")->text, "secret") == NULL);
  test_client_free (client);
}

GST_END_TEST;

/* ---- servers that are none ---- */

static gboolean
on_silent (GSocketService * service, GSocketConnection * connection,
    GObject * source, gpointer keep)
{
  g_ptr_array_add (keep, g_object_ref (connection));
  return TRUE;
}

GST_START_TEST (test_a_server_that_never_answers_is_given_up)
{
  GSocketService *service = g_socket_service_new ();
  GPtrArray *keep = g_ptr_array_new_with_free_func (g_object_unref);
  guint16 port = g_socket_listener_add_any_inet_port (G_SOCKET_LISTENER
      (service), NULL, NULL);
  g_autofree gchar *url = g_strdup_printf ("ws://127.0.0.1:%u/", port);
  Client *client = test_client_new_for_url (url);
  Heard *heard;

  g_signal_connect (service, "incoming", G_CALLBACK (on_silent), keep);
  g_object_set (client->client, "connect-timeout", 30, NULL);
  gst_p2p_rendezvous_open (client->rendezvous);
  heard = test_wait_for (client, "lost");
  fail_unless_equals_int (heard->code, GST_P2P_ERROR_RENDEZVOUS);
  test_client_free (client);
  g_socket_service_stop (service);
  g_socket_listener_close (G_SOCKET_LISTENER (service));
  g_object_unref (service);
  g_ptr_array_unref (keep);
  test_run (10);
}

GST_END_TEST;

GST_START_TEST (test_a_request_that_found_no_server_says_why)
{
  Client *client = test_client_new_for_url ("ws://127.0.0.1:1/");
  Heard *heard;

  g_object_set (client->client, "request-timeout", 50, NULL);
  gst_p2p_rendezvous_open (client->rendezvous);
  gst_p2p_rendezvous_resolve (client->rendezvous, "live");
  test_wait_for (client, "lost");
  heard = test_wait_for (client, "resolved");
  fail_unless_equals_int (heard->code, GST_P2P_ERROR_RENDEZVOUS);
  fail_unless (strstr (heard->text, "refused") != NULL, "%s", heard->text);
  test_client_free (client);
}

GST_END_TEST;

/* A WebSocket server that says the given texts to everybody. */
static void
on_parrot (SoupServer * server, SoupServerMessage * msg, const char *path,
    SoupWebsocketConnection * ws, gpointer texts)
{
  const gchar *const *text;

  for (text = texts; *text != NULL; text++)
    soup_websocket_connection_send_text (ws, *text);
  g_object_set_data_full (G_OBJECT (server), path, g_object_ref (ws),
      g_object_unref);
}

/* One connection only: a second attempt would meet a server that ends. */
static Client *
parrot_client_new (guint16 port)
{
  Client *client = test_client_new (port);

  g_object_set (client->client, "retry-min", 60000, "retry-max", 60000, NULL);
  return client;
}

static void
parrot_free (SoupServer * server)
{
  GSocketListener *listener = g_object_get_data (G_OBJECT (server), "service");

  test_run (10);
  g_socket_service_stop (G_SOCKET_SERVICE (listener));
  g_socket_listener_close (listener);
  soup_server_disconnect (server);
  g_object_unref (server);
  test_run (10);
}

static gboolean
on_parrot_caller (GSocketService * service, GSocketConnection * connection,
    GObject * source, gpointer server)
{
  g_autoptr (GSocketAddress) local =
      g_socket_connection_get_local_address (connection, NULL);
  g_autoptr (GSocketAddress) remote =
      g_socket_connection_get_remote_address (connection, NULL);

  soup_server_accept_iostream (server, G_IO_STREAM (connection), local,
      remote, NULL);
  return TRUE;
}

/* libsoup 3.2's own listener leaks the socket of a connection that upgraded. */
static SoupServer *
parrot_new (const gchar * const *texts, guint16 * port)
{
  SoupServer *server = soup_server_new (NULL, NULL);
  GSocketService *service = g_socket_service_new ();

  soup_server_add_websocket_handler (server, NULL, NULL, NULL, on_parrot,
      (gpointer) texts, NULL);
  *port = g_socket_listener_add_any_inet_port (G_SOCKET_LISTENER (service),
      NULL, NULL);
  fail_unless (*port != 0);
  g_signal_connect (service, "incoming", G_CALLBACK (on_parrot_caller), server);
  g_object_set_data_full (G_OBJECT (server), "service", service,
      g_object_unref);
  return server;
}

GST_START_TEST (test_a_server_that_talks_nonsense_is_left)
{
  static const gchar *const texts[] = { "hello", "[]", "{}", "{\"action\":1}",
    "{\"action\":\"announce\"}", "{\"action\":\"announce\",\"info_hash\":\""
        HASH "\",\"offer\":7,\"peer_id\":\"" PEER_A "\",\"offer_id\":\"x\"}",
    "{\"action\":\"candidate\"}", NULL
  };
  guint16 port;
  SoupServer *server = parrot_new (texts, &port);
  Client *client = parrot_client_new (port);
  Heard *heard = test_wait_for (client, "lost");

  fail_unless_equals_int (heard->code, GST_P2P_ERROR_RENDEZVOUS);
  fail_unless (strstr (heard->text, "does not speak") != NULL, "%s",
      heard->text);
  test_client_free (client);
  parrot_free (server);
}

GST_END_TEST;

GST_START_TEST (test_wrong_types_and_giant_numbers_do_no_harm)
{
  static const gchar *const texts[] = {
    "{\"action\":\"announce\",\"info_hash\":\"" HASH "\",\"interval\":1e300,"
        "\"complete\":-5,\"incomplete\":\"many\",\"ice_servers\":{}}",
    "{\"action\":\"somethingnew\",\"x\":[[[[[1]]]]]}",
    "{\"failure reason\":\"no\"}",
    "{\"action\":\"resolve\",\"name\":\"never asked\"}",
    "{\"action\":\"publish\",\"name\":\"never published\"}", NULL
  };
  guint16 port;
  SoupServer *server = parrot_new (texts, &port);
  Client *client = parrot_client_new (port);
  Heard *heard = test_wait_for (client, "announced");

  fail_unless_equals_int (heard->interval_s, 1800);
  fail_unless_equals_int (heard->complete, 0);
  fail_unless_equals_int (heard->incomplete, 0);
  fail_unless (heard->text == NULL);
  fail_unless_equals_string (test_wait_for (client, "failure")->text, "no");
  fail_unless (gst_p2p_rendezvous_is_connected (client->rendezvous));
  test_client_free (client);
  parrot_free (server);
}

GST_END_TEST;

GST_START_TEST (test_a_foreign_server_keeps_no_names_and_says_so)
{
  static const gchar *const texts[] = {
    "{\"failure reason\":\"invalid action in WS request: resolve\"}", NULL
  };
  guint16 port;
  SoupServer *server = parrot_new (texts, &port);
  Client *client = parrot_client_new (port);
  Heard *heard;

  gst_p2p_rendezvous_resolve (client->rendezvous, "live");
  heard = test_wait_for (client, "resolved");
  fail_unless_equals_int (heard->code, GST_P2P_ERROR_NO_NAMES);
  fail_unless (strstr (heard->text, "keeps no channel names") != NULL);
  /* One that says nothing at all: after request-timeout. */
  test_client_clear (client);
  g_object_set (client->client, "request-timeout", 50, NULL);
  gst_p2p_rendezvous_resolve (client->rendezvous, "live");
  heard = test_wait_for (client, "resolved");
  fail_unless (strstr (heard->text, "does not answer") != NULL, "%s",
      heard->text);
  test_client_free (client);
  parrot_free (server);
}

GST_END_TEST;

GST_START_TEST (test_who_stood_still_does_not_blame_the_server)
{
  GstP2PTrackerServer *server = test_server_new (TRUE);
  g_autofree gchar *url = g_strdup_printf ("ws://127.0.0.1:%u/",
      gst_p2p_tracker_server_get_port (server));
  Client *client = test_client_new_for_url (url);

  g_object_set (client->client, "request-timeout", 400, NULL);
  gst_p2p_rendezvous_open (client->rendezvous);
  test_wait_for (client, "connected");
  gst_p2p_rendezvous_resolve (client->rendezvous, "nobody");
  /* Neither side runs for longer than that: nothing was read or written. */
  g_usleep (600 * 1000);
  /* The server's answer, not the client's "does not answer" */
  fail_unless_equals_int (test_wait_for (client, "resolved")->code,
      GST_P2P_ERROR_CHANNEL_UNKNOWN);
  test_client_free (client);
  test_server_free (server);
}

GST_END_TEST;

GST_START_TEST (test_closing_at_any_time_is_clean)
{
  GstP2PTrackerServer *server = test_server_new (TRUE);
  guint16 port = gst_p2p_tracker_server_get_port (server);
  guint i;

  for (i = 0; i < 12; i++) {
    Client *client = test_client_new (port);
    guint turns = i;

    test_announce (client, HASH, PEER_A, FALSE, NULL, NULL);
    while (turns-- > 0)
      g_main_context_iteration (NULL, FALSE);
    test_client_free (client);
  }
  test_run (20);
  test_server_free (server);
}

GST_END_TEST;

static Suite *
reconnect_suite (void)
{
  Suite *s = suite_create ("rendezvous-reconnect");
  TCase *tc = tcase_create ("general");

  suite_add_tcase (s, tc);
  tcase_add_test (tc, test_a_restarted_server_gets_everything_again);
  tcase_add_test (tc, test_pauses_between_attempts_double_up_to_the_longest);
  tcase_add_test (tc, test_an_url_that_is_none_is_said_once);
  tcase_add_test (tc, test_the_query_of_the_url_is_told_nobody);
  tcase_add_test (tc, test_a_server_that_never_answers_is_given_up);
  tcase_add_test (tc, test_a_request_that_found_no_server_says_why);
  tcase_add_test (tc, test_a_server_that_talks_nonsense_is_left);
  tcase_add_test (tc, test_wrong_types_and_giant_numbers_do_no_harm);
  tcase_add_test (tc, test_a_foreign_server_keeps_no_names_and_says_so);
  tcase_add_test (tc, test_who_stood_still_does_not_blame_the_server);
  tcase_add_test (tc, test_closing_at_any_time_is_clean);
  return s;
}

GST_CHECK_MAIN (reconnect);
