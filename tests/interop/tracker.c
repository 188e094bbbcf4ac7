/* gst-plugins-p2p
 *
 * This library is free software; you can redistribute it and/or
 * modify it under the terms of the GNU Lesser General Public
 * License as published by the Free Software Foundation; either
 * version 2.1 of the License, or (at your option) any later version.
 */
/* tracker.c: our rendezvous client through a foreign server at TRACKER_URL.
 * tracker.js starts the server and then this.
 */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include <string.h>

#include "../check/rendezvous/rendezvoustest.h"

#define HASH "abcdefghijklmnopqrst"
#define PEER_A "-GP0100-aaaaaaaaaaaa"
#define PEER_B "-GP0100-bbbbbbbbbbbb"
#define OFFER_1 "offer-number-one-111"

GST_START_TEST (test_an_offer_and_an_answer_pass_a_foreign_server)
{
  const gchar *url = g_getenv ("TRACKER_URL");
  Client *source, *listener;
  Heard *heard;

  fail_unless (url != NULL, "TRACKER_URL is not set");
  source = test_client_new_for_url (url);
  listener = test_client_new_for_url (url);
  g_object_set (source->client, "connect-timeout", 5000, NULL);
  g_object_set (listener->client, "connect-timeout", 5000, NULL);
  gst_p2p_rendezvous_open (source->rendezvous);
  gst_p2p_rendezvous_open (listener->rendezvous);

  test_announce (source, HASH, PEER_A, TRUE, NULL, NULL);
  heard = test_wait_for (source, "announced");
  fail_unless_equals_string (heard->info_hash, HASH);
  fail_unless_equals_int (heard->complete, 1);
  test_announce (listener, HASH, PEER_B, FALSE, OFFER_1, SDP_OF ("r"));
  heard = test_wait_for (source, "offer");
  fail_unless_equals_string (heard->peer_id, PEER_B);
  fail_unless_equals_string (heard->offer_id, OFFER_1);
  fail_unless_equals_string (heard->text, SDP_OF ("r"));
  heard = test_wait_for (listener, "announced");
  fail_unless_equals_int (heard->complete + heard->incomplete, 2);
  gst_p2p_rendezvous_answer (source->rendezvous, HASH, PEER_A, PEER_B,
      OFFER_1, SDP_OF ("s"));
  heard = test_wait_for (listener, "answer");
  fail_unless_equals_string (heard->peer_id, PEER_A);
  fail_unless_equals_string (heard->text, SDP_OF ("s"));

  /* It knows no candidates: nothing is said, nothing breaks. */
  gst_p2p_rendezvous_candidate (source->rendezvous, HASH, PEER_A, PEER_B,
      OFFER_1, "candidate:1 1 UDP 1 127.0.0.1 9 typ host");
  /* Nor names. */
  gst_p2p_rendezvous_resolve (listener->rendezvous, "live");
  heard = test_wait_for (listener, "resolved");
  fail_unless_equals_int (heard->code, GST_P2P_ERROR_NO_NAMES);
  fail_unless (strstr (heard->text, "keeps no channel names") != NULL, "%s",
      heard->text);
  fail_unless (gst_p2p_rendezvous_is_connected (listener->rendezvous));
  fail_unless (gst_p2p_rendezvous_is_connected (source->rendezvous));

  test_client_free (listener);
  test_client_free (source);
  test_run (200);               /* "stopped" has to arrive before we end */
}

GST_END_TEST;

static Suite *
tracker_suite (void)
{
  Suite *s = suite_create ("interop-tracker");
  TCase *tc = tcase_create ("general");

  suite_add_tcase (s, tc);
  tcase_add_test (tc, test_an_offer_and_an_answer_pass_a_foreign_server);
  return s;
}

GST_CHECK_MAIN (tracker);
