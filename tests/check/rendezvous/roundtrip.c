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

#define HASH "abcdefghijklmnopqrst"
#define PEER_A "-GP0100-aaaaaaaaaaaa"
#define PEER_B "-GP0100-bbbbbbbbbbbb"
#define OFFER_1 "offer-number-one-111"

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

static Suite *
roundtrip_suite (void)
{
  Suite *s = suite_create ("rendezvous-roundtrip");
  TCase *tc = tcase_create ("general");

  suite_add_tcase (s, tc);
  tcase_add_test (tc, test_an_offer_an_answer_and_candidates_pass);
  tcase_add_test (tc, test_a_name_leads_to_its_swarm);
  return s;
}

GST_CHECK_MAIN (roundtrip);
