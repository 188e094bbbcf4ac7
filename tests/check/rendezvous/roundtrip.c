/* gst-plugins-p2p
 *
 * This library is free software; you can redistribute it and/or
 * modify it under the terms of the GNU Lesser General Public
 * License as published by the Free Software Foundation; either
 * version 2.1 of the License, or (at your option) any later version.
 */
/* roundtrip.c: client and server of ours over real loopback sockets. */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include <string.h>

#include "rendezvoustest.h"
#include "../../../ext/rendezvous/gstp2psignal.h"

#define HASH "abcdefghijklmnopqrst"
#define PEER_A "-GP0100-aaaaaaaaaaaa"
#define PEER_B "-GP0100-bbbbbbbbbbbb"
#define OFFER_1 "offer-number-one-111"
#define AT_ONCE 60

GST_START_TEST (test_an_offer_an_answer_and_candidates_pass)
{
  GstP2PTrackerServer *server = test_server_new (TRUE);
  guint16 port = gst_p2p_tracker_server_get_port (server);
  Client *source = test_client_new (port);
  Client *listener = test_client_new (port);
  Heard *heard;

  test_announce (source, HASH, PEER_A, TRUE, NULL, NULL);
  heard = test_wait_for (source, "announced");
  fail_unless_equals_string (heard->info_hash, HASH);
  fail_unless_equals_int (heard->complete, 1);
  fail_unless_equals_int (heard->incomplete, 0);
  fail_unless_equals_int (heard->interval_s, 48);

  test_announce (listener, HASH, PEER_B, FALSE, OFFER_1, SDP_OF ("r"));
  heard = test_wait_for (source, "offer");
  fail_unless_equals_string (heard->info_hash, HASH);
  fail_unless_equals_string (heard->peer_id, PEER_B);
  fail_unless_equals_string (heard->offer_id, OFFER_1);
  fail_unless_equals_string (heard->text, SDP_OF ("r"));
  heard = test_wait_for (listener, "announced");
  fail_unless_equals_int (heard->complete, 1);
  fail_unless_equals_int (heard->incomplete, 1);

  gst_p2p_rendezvous_answer (source->rendezvous, HASH, PEER_A, PEER_B,
      OFFER_1, SDP_OF ("s"));
  heard = test_wait_for (listener, "answer");
  fail_unless_equals_string (heard->peer_id, PEER_A);
  fail_unless_equals_string (heard->offer_id, OFFER_1);
  fail_unless_equals_string (heard->text, SDP_OF ("s"));

  gst_p2p_rendezvous_candidate (source->rendezvous, HASH, PEER_A, PEER_B,
      OFFER_1, "candidate:1 1 UDP 1 127.0.0.1 9 typ host");
  heard = test_wait_for (listener, "candidate");
  fail_unless_equals_string (heard->text,
      "candidate:1 1 UDP 1 127.0.0.1 9 typ host");
  gst_p2p_rendezvous_candidate (listener->rendezvous, HASH, PEER_B, PEER_A,
      OFFER_1, NULL);
  heard = test_wait_for (source, "candidate");
  fail_unless (heard->text == NULL);
  fail_unless_equals_string (heard->peer_id, PEER_B);

  test_client_free (source);
  test_client_free (listener);
  test_server_free (server);
}

GST_END_TEST;

GST_START_TEST (test_the_rate_that_members_tell_is_told_to_newcomers)
{
  GstP2PTrackerServer *server = test_server_new (TRUE);
  guint16 port = gst_p2p_tracker_server_get_port (server);
  Client *source = test_client_new (port);
  Client *listener = test_client_new (port);

  test_announce (source, HASH, PEER_A, TRUE, OFFER_1,
      "v=0\r\na=x-p2p:v=1;role=s;rate=2000\r\n");
  fail_unless_equals_int (test_wait_for (source, "announced")->rate_kbps, 0);
  test_announce (listener, HASH, PEER_B, FALSE, NULL, NULL);
  fail_unless_equals_int (test_wait_for (listener, "announced")->rate_kbps,
      2000);
  test_client_free (source);
  test_client_free (listener);
  test_server_free (server);
}

GST_END_TEST;

/* What is for one peer in one turn of the server is sent together, and more than
 * 16 KB of it in pieces. */
GST_START_TEST (test_many_messages_said_at_once_come_whole_and_in_order)
{
  GstP2PTrackerServer *server = test_server_new (TRUE);
  guint16 port = gst_p2p_tracker_server_get_port (server);
  Client *source = test_client_new (port);
  Client *listener = test_client_new (port);
  g_autofree gchar *filler = g_strnfill (440, 'x');
  guint i;

  test_announce (source, HASH, PEER_A, TRUE, NULL, NULL);
  test_wait_for (source, "announced");
  test_announce (listener, HASH, PEER_B, FALSE, OFFER_1, SDP_OF ("r"));
  test_wait_for (source, "offer");
  test_client_clear (listener);
  gst_p2p_rendezvous_answer (source->rendezvous, HASH, PEER_A, PEER_B,
      OFFER_1, SDP_OF ("s"));
  for (i = 0; i < AT_ONCE; i++) {
    g_autofree gchar *text = g_strdup_printf ("%u %s", i, filler);

    gst_p2p_rendezvous_candidate (source->rendezvous, HASH, PEER_A, PEER_B,
        OFFER_1, text);
  }
  test_wait_for (listener, "answer");
  for (i = 0; i < AT_ONCE; i++) {
    g_autofree gchar *text = g_strdup_printf ("%u %s", i, filler);
    Heard *heard = test_wait_for (listener, "candidate");

    fail_unless (strcmp (heard->text, text) == 0, "%u: %s", i, heard->text);
    g_free (heard->text);       /* the next is the next of that name */
    heard->text = NULL;
    g_strlcpy (heard->kind, "seen", sizeof (heard->kind));
  }
  test_client_free (source);
  test_client_free (listener);
  test_server_free (server);
}

GST_END_TEST;

/* The writer looks at eight bytes at once: every character at every place of
 * them, and the borders of texts. */
GST_START_TEST (test_every_character_is_written_and_read_at_every_place)
{
  guint c, at, len;

  for (len = 1; len < 20; len++) {
    for (at = 0; at < len; at++) {
      for (c = 1; c < 0x80; c++) {
        g_autoptr (GString) json = g_string_new ("{");
        g_autofree gchar *text = g_strnfill (len, 'a');
        g_autoptr (GstP2PJson) object = NULL;
        const gchar *reason = NULL;

        text[at] = (gchar) c;
        gst_p2p_signal_member_string (json, "x", text);
        g_string_append_c (json, '}');
        object = gst_p2p_signal_parse (json->str, json->len, 1000, &reason);
        fail_unless (object != NULL, "%u at %u of %u: %s", c, at, len, reason);
        fail_unless (g_strcmp0 (gst_p2p_signal_get_string (object, "x", len),
                text) == 0, "%u at %u of %u came as another", c, at, len);
      }
    }
  }
}

GST_END_TEST;

/* The reader looks at eight bytes at once, too. */
GST_START_TEST (test_what_is_no_utf8_is_refused_at_every_place)
{
  static const gchar *const bad[] = { "\x80", "\xc3", "\xed\xa0\x80", "\xff" };
  guint i, at;

  for (i = 0; i < G_N_ELEMENTS (bad); i++) {
    for (at = 0; at < 20; at++) {
      g_autofree gchar *filler = g_strnfill (at, 'a');
      g_autofree gchar *wrong =
          g_strdup_printf ("{\"%s%s\":1}", filler, bad[i]);
      g_autofree gchar *right = g_strdup_printf ("{\"%s\xc3\xa4\":1}", filler);
      g_autoptr (GstP2PJson) none = NULL, some = NULL;
      const gchar *reason = NULL;

      none = gst_p2p_signal_parse (wrong, strlen (wrong), 1000, &reason);
      fail_unless (none == NULL, "%u at %u was taken", i, at);
      some = gst_p2p_signal_parse (right, strlen (right), 1000, &reason);
      fail_unless (some != NULL, "an umlaut at %u: %s", at, reason);
    }
  }
}

GST_END_TEST;

GST_START_TEST (test_a_name_leads_to_its_swarm)
{
  GstP2PTrackerServer *server = test_server_new (TRUE);
  guint16 port = gst_p2p_tracker_server_get_port (server);
  Client *source = test_client_new (port);
  Client *listener = test_client_new (port);
  GstP2PKey *key = gst_p2p_key_generate (NULL);
  GstP2PChannel channel = {.name = (gchar *) "live",
    .title = (gchar *) "A \"title\" <of> ünïcode",
    .ice_servers = (gchar *) "[{\"urls\":\"stun:192.0.2.1\"}]"
  };
  gchar info_hash[21];
  Heard *heard;

  gst_p2p_key_get_swarm_id (key, &channel.swarm_id);
  gst_p2p_rendezvous_publish_channel (source->rendezvous, &channel, test_sign,
      key);
  heard = test_wait_for (source, "published");
  fail_unless (heard->code == -1, "%s", heard->text);
  fail_unless_equals_string (heard->peer_id, "live");

  gst_p2p_rendezvous_resolve (listener->rendezvous, "");
  heard = test_wait_for (listener, "resolved");
  fail_unless (heard->code == -1, "%s", heard->text);
  fail_unless_equals_string (heard->offer_id, "live");
  fail_unless_equals_string (heard->text, channel.title);
  fail_unless_equals_string (heard->info_hash, channel.ice_servers);
  fail_unless (memcmp (&heard->swarm_id, &channel.swarm_id,
          sizeof (channel.swarm_id)) == 0);

  gst_p2p_info_hash (channel.swarm_id.b, P2P_SWARM_ID_LEN, NULL, info_hash);
  test_announce (listener, info_hash, PEER_B, FALSE, NULL, NULL);
  heard = test_wait_for (listener, "announced");
  fail_unless_equals_string (heard->text, channel.ice_servers);

  test_client_free (source);
  test_client_free (listener);
  test_server_free (server);
  gst_p2p_key_free (key);
}

GST_END_TEST;

static Heard *
publish (Client * client, const gchar * name, GstP2PKey * key)
{
  GstP2PChannel channel = {.name = (gchar *) name,.title = (gchar *) name };
  Heard *heard;

  gst_p2p_key_get_swarm_id (key, &channel.swarm_id);
  test_client_clear (client);
  gst_p2p_rendezvous_publish_channel (client->rendezvous, &channel, test_sign,
      key);
  heard = test_wait_for (client, "published");
  fail_unless_equals_string (heard->peer_id, name);
  return heard;
}

static Heard *
resolve (Client * client, const gchar * name)
{
  test_client_clear (client);
  gst_p2p_rendezvous_resolve (client->rendezvous, name);
  return test_wait_for (client, "resolved");
}

GST_START_TEST (test_an_unknown_name_is_answered_with_those_on_the_air)
{
  GstP2PTrackerServer *server = test_server_new (TRUE);
  guint16 port = gst_p2p_tracker_server_get_port (server);
  Client *source = test_client_new (port);
  Client *listener = test_client_new (port);
  GstP2PKey *key = gst_p2p_key_generate (NULL);
  Heard *heard = resolve (listener, "nowhere");

  fail_unless_equals_int (heard->code, GST_P2P_ERROR_CHANNEL_UNKNOWN);
  fail_unless (strstr (heard->text, "nothing is on the air") != NULL, "%s",
      heard->text);
  publish (source, "jazz", key);
  publish (source, "news", key);
  heard = resolve (listener, "nowhere");
  fail_unless_equals_int (heard->code, GST_P2P_ERROR_CHANNEL_UNKNOWN);
  fail_unless (strstr (heard->text, "jazz, news") != NULL, "%s", heard->text);
  heard = resolve (listener, "");
  fail_unless_equals_int (heard->code, GST_P2P_ERROR_CHANNEL_UNKNOWN);
  heard = resolve (listener, "news");
  fail_unless_equals_string (heard->text, "news");

  test_client_free (source);
  test_client_free (listener);
  test_server_free (server);
  gst_p2p_key_free (key);
}

GST_END_TEST;

GST_START_TEST (test_a_name_belongs_to_its_key_also_while_it_is_away)
{
  GstP2PTrackerServer *server = test_server_new (TRUE);
  guint16 port = gst_p2p_tracker_server_get_port (server);
  Client *source = test_client_new (port);
  Client *other = test_client_new (port);
  GstP2PKey *key = gst_p2p_key_generate (NULL);
  GstP2PKey *wrong = gst_p2p_key_generate (NULL);
  Heard *heard = publish (source, "live", key);

  fail_unless (heard->code == -1, "%s", heard->text);
  heard = publish (other, "live", wrong);
  fail_unless_equals_int (heard->code, GST_P2P_ERROR_NAME_TAKEN);
  fail_unless (strstr (heard->text, "key-location") != NULL);
  test_client_free (source);
  test_run (20);
  heard = publish (other, "live", wrong);
  fail_unless_equals_int (heard->code, GST_P2P_ERROR_NAME_TAKEN);
  /* The right key comes back over any connection. */
  source = test_client_new (port);
  heard = publish (source, "live", key);
  fail_unless (heard->code == -1, "%s", heard->text);

  test_client_free (source);
  test_client_free (other);
  test_server_free (server);
  gst_p2p_key_free (key);
  gst_p2p_key_free (wrong);
}

GST_END_TEST;

GST_START_TEST (test_a_closed_server_serves_its_own_channels_only)
{
  GstP2PTrackerServer *server = test_server_new (FALSE);
  Client *client = test_client_new (gst_p2p_tracker_server_get_port (server));
  GstP2PKey *key = gst_p2p_key_generate (NULL);
  gchar info_hash[21];
  P2pSwarmId id;
  Heard *heard = publish (client, "live", key);

  fail_unless_equals_int (heard->code, GST_P2P_ERROR_RENDEZVOUS);
  test_announce (client, HASH, PEER_A, FALSE, NULL, NULL);
  heard = test_wait_for (client, "failure");
  fail_unless_equals_string (heard->info_hash, HASH);

  gst_p2p_key_get_swarm_id (key, &id);
  gst_p2p_tracker_server_allow_swarm (server, &id, TRUE);
  heard = publish (client, "live", key);
  fail_unless (heard->code == -1, "%s", heard->text);
  gst_p2p_info_hash (id.b, sizeof (id.b), NULL, info_hash);
  test_announce (client, info_hash, PEER_A, TRUE, NULL, NULL);
  test_wait_for (client, "announced");

  /* Taken back, the name is free for the next key of the process. */
  gst_p2p_tracker_server_allow_swarm (server, &id, FALSE);
  heard = resolve (client, "live");
  fail_unless_equals_int (heard->code, GST_P2P_ERROR_CHANNEL_UNKNOWN);

  test_client_free (client);
  test_server_free (server);
  gst_p2p_key_free (key);
}

GST_END_TEST;

static void
sign_wrongly (const guint8 * bytes, gsize len, guint8 * signature, gpointer key)
{
  test_sign (bytes, len, signature, key);
  signature[5] ^= 1;
}

GST_START_TEST (test_a_record_with_a_wrong_signature_is_refused)
{
  GstP2PTrackerServer *server = test_server_new (TRUE);
  Client *client = test_client_new (gst_p2p_tracker_server_get_port (server));
  GstP2PKey *key = gst_p2p_key_generate (NULL);
  GstP2PChannel channel = {.name = (gchar *) "live" };
  Heard *heard;

  gst_p2p_key_get_swarm_id (key, &channel.swarm_id);
  gst_p2p_rendezvous_publish_channel (client->rendezvous, &channel,
      sign_wrongly, key);
  heard = test_wait_for (client, "published");
  fail_unless_equals_int (heard->code, GST_P2P_ERROR_RENDEZVOUS);
  fail_unless (strstr (heard->text, "signature") != NULL);
  heard = resolve (client, "live");
  fail_unless_equals_int (heard->code, GST_P2P_ERROR_CHANNEL_UNKNOWN);

  test_client_free (client);
  test_server_free (server);
  gst_p2p_key_free (key);
}

GST_END_TEST;

GST_START_TEST (test_listeners_are_counted_and_titles_change)
{
  GstP2PTrackerServer *server = test_server_new (TRUE);
  guint16 port = gst_p2p_tracker_server_get_port (server);
  Client *source = test_client_new (port);
  Client *listener = test_client_new (port);
  GstP2PKey *key = gst_p2p_key_generate (NULL);
  GstP2PChannel channel = {.name = (gchar *) "live",.title = (gchar *) "New" };
  gchar info_hash[21];
  Heard *heard;

  publish (source, "live", key);
  gst_p2p_key_get_swarm_id (key, &channel.swarm_id);
  gst_p2p_info_hash (channel.swarm_id.b, P2P_SWARM_ID_LEN, NULL, info_hash);
  test_announce (source, info_hash, PEER_A, TRUE, NULL, NULL);
  test_wait_for (source, "announced");
  test_announce (listener, info_hash, PEER_B, FALSE, NULL, NULL);
  test_wait_for (listener, "announced");
  heard = resolve (listener, "live");
  fail_unless_equals_int (heard->listeners, 1);
  fail_unless_equals_string (heard->text, "live");

  test_client_clear (source);
  gst_p2p_rendezvous_publish_channel (source->rendezvous, &channel, test_sign,
      key);
  test_wait_for (source, "published");
  gst_p2p_rendezvous_announce (listener->rendezvous, info_hash, PEER_B,
      GST_P2P_ANNOUNCE_STOPPED, FALSE, NULL, 0);
  heard = resolve (listener, "live");
  fail_unless_equals_int (heard->listeners, 0);
  fail_unless_equals_string (heard->text, "New");

  test_client_free (source);
  test_client_free (listener);
  test_server_free (server);
  gst_p2p_key_free (key);
}

GST_END_TEST;

GST_START_TEST (test_what_is_said_before_the_connection_is_sent_then)
{
  GstP2PTrackerServer *server = test_server_new (TRUE);
  g_autofree gchar *url = g_strdup_printf ("ws://127.0.0.1:%u/?t=secret",
      gst_p2p_tracker_server_get_port (server));
  Client *source = test_client_new_for_url (url);
  Client *listener = test_client_new_for_url (url);

  test_announce (source, HASH, PEER_A, TRUE, NULL, NULL);
  gst_p2p_rendezvous_open (source->rendezvous);
  fail_if (gst_p2p_rendezvous_is_connected (source->rendezvous));
  test_wait_for (source, "announced");
  fail_unless (gst_p2p_rendezvous_is_connected (source->rendezvous));
  gst_p2p_rendezvous_open (listener->rendezvous);
  test_announce (listener, HASH, PEER_B, FALSE, OFFER_1, SDP_OF ("r"));
  gst_p2p_rendezvous_resolve (listener->rendezvous, "x");
  test_wait_for (source, "offer");
  test_wait_for (listener, "resolved");

  test_client_free (source);
  test_client_free (listener);
  test_server_free (server);
}

GST_END_TEST;

GST_START_TEST (test_who_hangs_up_is_gone_at_once)
{
  GstP2PTrackerServer *server = test_server_new (TRUE);
  guint16 port = gst_p2p_tracker_server_get_port (server);
  Client *a = test_client_new (port), *b = test_client_new (port);
  g_autofree gchar *status = NULL;

  test_announce (a, HASH, PEER_A, TRUE, NULL, NULL);
  test_wait_for (a, "announced");
  test_client_free (a);
  test_run (20);
  test_announce (b, HASH, PEER_B, FALSE, OFFER_1, SDP_OF ("r"));
  fail_unless_equals_int (test_wait_for (b, "announced")->complete, 0);
  status = gst_p2p_tracker_server_get_status (server);
  fail_unless (strstr (status, "\"connections\":1,\"members\":1,") != NULL,
      "%s", status);

  test_client_free (b);
  test_server_free (server);
}

GST_END_TEST;

GST_START_TEST (test_the_port_that_is_taken_is_named)
{
  GstP2PTrackerServer *server = test_server_new (TRUE);
  GstP2PTrackerServer *second = gst_p2p_tracker_server_new (NULL);
  guint16 port = gst_p2p_tracker_server_get_port (server);
  g_autofree gchar *text = g_strdup_printf ("port %u is taken", port);
  g_autoptr (GError) error = NULL;

  fail_if (gst_p2p_tracker_server_listen (second, "127.0.0.1", port, NULL,
          &error));
  fail_unless (g_error_matches (error, GST_P2P_ERROR,
          GST_P2P_ERROR_PORT_IN_USE));
  fail_unless_equals_string (error->message, text);
  g_clear_error (&error);
  fail_if (gst_p2p_tracker_server_listen (second, "no address", 0, NULL,
          &error));
  fail_unless (error->domain == GST_P2P_ERROR);
  g_object_unref (second);
  test_server_free (server);
}

GST_END_TEST;

/* A starved listener does not sit out the long pauses that doubling makes. */
GST_START_TEST (test_opening_again_ends_a_long_wait)
{
  GstP2PTrackerServer *server = test_server_new (TRUE);
  guint16 port = gst_p2p_tracker_server_get_port (server);
  Client *client = test_client_new (port);
  GError *error = NULL;

  test_wait_for (client, "connected");
  fail_unless (gst_p2p_rendezvous_is_connected (client->rendezvous));
  g_object_set (client->client, "retry-max", 600000, "retry-min", 600000, NULL);
  test_client_clear (client);
  test_server_free (server);
  test_wait_for (client, "lost");
  fail_if (gst_p2p_rendezvous_is_connected (client->rendezvous));

  server = gst_p2p_tracker_server_new (NULL);
  gst_p2p_tracker_server_set_open (server, TRUE);
  fail_unless (gst_p2p_tracker_server_listen (server, "127.0.0.1", port, NULL,
          &error), "%s", error ? error->message : "");
  /* too soon after the last attempt: nothing */
  gst_p2p_rendezvous_open (client->rendezvous);
  test_run (50);
  fail_if (gst_p2p_rendezvous_is_connected (client->rendezvous));
  g_object_set (client->client, "retry-min", 1, NULL);
  test_client_clear (client);
  gst_p2p_rendezvous_open (client->rendezvous);
  test_wait_for (client, "connected");
  fail_unless (gst_p2p_rendezvous_is_connected (client->rendezvous));

  test_client_free (client);
  test_server_free (server);
}

GST_END_TEST;

static Suite *
roundtrip_suite (void)
{
  Suite *s = suite_create ("rendezvous-roundtrip");
  TCase *tc = tcase_create ("general");

  suite_add_tcase (s, tc);
  tcase_add_test (tc, test_an_offer_an_answer_and_candidates_pass);
  tcase_add_test (tc, test_the_rate_that_members_tell_is_told_to_newcomers);
  tcase_add_test (tc, test_many_messages_said_at_once_come_whole_and_in_order);
  tcase_add_test (tc, test_every_character_is_written_and_read_at_every_place);
  tcase_add_test (tc, test_what_is_no_utf8_is_refused_at_every_place);
  tcase_add_test (tc, test_a_name_leads_to_its_swarm);
  tcase_add_test (tc, test_an_unknown_name_is_answered_with_those_on_the_air);
  tcase_add_test (tc, test_a_name_belongs_to_its_key_also_while_it_is_away);
  tcase_add_test (tc, test_a_closed_server_serves_its_own_channels_only);
  tcase_add_test (tc, test_a_record_with_a_wrong_signature_is_refused);
  tcase_add_test (tc, test_listeners_are_counted_and_titles_change);
  tcase_add_test (tc, test_what_is_said_before_the_connection_is_sent_then);
  tcase_add_test (tc, test_who_hangs_up_is_gone_at_once);
  tcase_add_test (tc, test_the_port_that_is_taken_is_named);
  tcase_add_test (tc, test_opening_again_ends_a_long_wait);
  return s;
}

GST_CHECK_MAIN (roundtrip);
