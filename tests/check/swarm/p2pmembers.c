/* gst-plugins-p2p
 *
 * This library is free software; you can redistribute it and/or
 * modify it under the terms of the GNU Lesser General Public
 * License as published by the Free Software Foundation; either
 * version 2.1 of the License, or (at your option) any later version.
 */
/* p2pmembers.c: tests of whom a member looks for, and of carried signalling. */
#include <gst/check/gstcheck.h>

#include "swarmtest.h"

static Bench *
members (unsigned n)
{
  Bench *b = bench_new (P2P_MSEC (10));

  bench_add_source (b);
  bench_add_listeners (b, n - 1);
  bench_header (b, 0);
  return b;
}

GST_START_TEST (test_two_links_are_wanted_at_once_the_rest_a_moment_later)
{
  Bench *b = members (2);
  Book *k = bench_book (b, 1);

  bench_run (b, P2P_MSEC (299));
  fail_unless_equals_int (k->wants, 1);
  fail_unless_equals_int (k->wanted, 2);
  bench_run (b, P2P_MSEC (2));
  fail_unless_equals_int (k->wants, 2);
  fail_unless (k->wanted > 2);
  bench_free (b);
}

GST_END_TEST;

static void
hint (Bench * b, uint32_t bps)
{
  p2p_swarm_set_rate_hint (bench_swarm (b, 1), bps, bench_local (b, 1));
  bench_run (b, P2P_MSEC (50));
}

GST_START_TEST (test_eight_links_are_wanted_at_once_of_a_video)
{
  Bench *b = members (2);
  Book *k = bench_book (b, 1);

  bench_run (b, P2P_MSEC (10));
  hint (b, 128000);
  p2p_swarm_set_member_count (bench_swarm (b, 1), 16);
  fail_unless_equals_int (k->wants, 1);
  hint (b, 512000);
  fail_unless_equals_int (k->wants, 2);
  fail_unless_equals_int (k->wanted, 2 + 8);
  /* a lie costs these, once */
  hint (b, 64000);
  hint (b, UINT32_MAX);
  fail_unless_equals_int (k->wanted, 2 + 8);
  bench_free (b);
}

GST_END_TEST;

GST_START_TEST (test_two_are_wanted_of_a_video_that_few_watch)
{
  Bench *b = members (2);

  p2p_swarm_set_member_count (bench_swarm (b, 1), 15);
  bench_run (b, P2P_MSEC (10));
  hint (b, 2000000);
  fail_unless_equals_int (bench_book (b, 1)->wanted, 2);
  bench_free (b);
}

GST_END_TEST;

static void
refuse (Bench * b)
{
  p2p_swarm_connect_failed (bench_swarm (b, 1), NULL, bench_local (b, 1));
  bench_run (b, P2P_MSEC (50));
}

GST_START_TEST (test_the_rest_is_wanted_at_once_when_both_first_are_refused)
{
  Bench *b = members (2);
  Book *k = bench_book (b, 1);

  bench_run (b, P2P_MSEC (10));
  refuse (b);
  fail_unless_equals_int (k->wants, 1);
  refuse (b);
  fail_unless_equals_int (k->wants, 2);
  /* who refuses again and again has nobody asked more often */
  for (int i = 0; i < 4; i++)
    refuse (b);
  fail_unless_equals_int (k->wants, 2);
  bench_free (b);
}

GST_END_TEST;

GST_START_TEST (test_the_first_link_brings_the_second_announce_forward)
{
  Bench *b = members (2);
  Book *k = bench_book (b, 1);

  bench_run (b, P2P_MSEC (50));
  fail_unless_equals_int (k->wants, 1);
  bench_link (b, 1, 0);
  bench_run (b, P2P_MSEC (30));
  fail_unless_equals_int (k->wants, 2);
  bench_free (b);
}

GST_END_TEST;

GST_START_TEST (test_a_lonely_member_keeps_asking)
{
  Bench *b = members (2);

  bench_run (b, P2P_SEC (15));
  fail_unless (bench_book (b, 1)->wants >= 8);
  fail_unless (bench_book (b, 1)->wants <= 14);
  bench_free (b);
}

GST_END_TEST;

GST_START_TEST (test_an_offer_travels_through_a_common_neighbour)
{
  static const uint8_t sdp[] = "v=0 and so on";
  Bench *b = members (3);
  P2pPeerId to;
  P2pSwarmConfig c;

  bench_link (b, 1, 0);
  bench_link (b, 2, 0);
  bench_run (b, P2P_MSEC (200));
  bench_config (&c, P2P_ROLE_RELAY, 2);
  to = c.peer_id;
  fail_unless_equals_int (p2p_swarm_send_signal (bench_swarm (b, 1), &to,
          bench_link_id (1, 0), 0, 7, sdp, sizeof sdp, bench_now (b)), P2P_OK);
  bench_run (b, P2P_MSEC (100));
  fail_unless_equals_int (bench_book (b, 2)->signals, 1);
  fail_unless_equals_int (bench_book (b, 0)->signals, 0);
  bench_free (b);
}

GST_END_TEST;

GST_START_TEST (test_a_signal_without_a_way_is_refused)
{
  static const uint8_t sdp[] = "v=0";
  Bench *b = members (2);
  P2pPeerId to = { {9} };

  fail_unless_equals_int (p2p_swarm_send_signal (bench_swarm (b, 1), &to, 0, 0,
          7, sdp, sizeof sdp, bench_now (b)), P2P_NOT_FOUND);
  bench_free (b);
}

GST_END_TEST;

GST_START_TEST (test_handshakes_tell_of_each_other)
{
  Bench *b = members (2);

  bench_link (b, 1, 0);
  bench_run (b, P2P_MSEC (50));
  fail_unless_equals_int (bench_book (b, 0)->peers, 1);
  fail_unless_equals_int (bench_book (b, 1)->peers, 1);
  bench_free (b);
}

GST_END_TEST;

static Bench *
full_source (void)
{
  Bench *b = bench_new (P2P_MSEC (10));
  P2pSwarmConfig c;

  bench_config (&c, P2P_ROLE_SOURCE, 0);
  c.max_peers = 2;
  bench_add (b, &c);
  bench_add_listeners (b, 3);
  bench_header (b, 0);
  bench_link (b, 1, 0);
  bench_link (b, 2, 0);
  bench_publish (b, P2P_SEC (3), P2P_MSEC (125), 500);
  return b;
}

GST_START_TEST (test_a_full_member_has_no_place_while_its_neighbours_live)
{
  Bench *b = full_source ();

  fail_unless_equals_int (p2p_swarm_get_free_links (bench_swarm (b, 0)), 0);
  fail_unless_equals_int (bench_link (b, 3, 0), P2P_LIMIT);
  fail_unless_equals_int (bench_book (b, 0)->dropped, 0);
  bench_free (b);
}

GST_END_TEST;

GST_START_TEST (test_the_place_of_a_lost_neighbour_is_a_newcomers)
{
  Bench *b = full_source ();

  bench_remove (b, 1);
  bench_publish (b, P2P_SEC (1), P2P_MSEC (125), 500);
  fail_unless_equals_int (p2p_swarm_get_free_links (bench_swarm (b, 0)), 0);
  bench_publish (b, P2P_SEC (1), P2P_MSEC (125), 500);
  fail_unless_equals_int (p2p_swarm_get_free_links (bench_swarm (b, 0)), 1);
  /* nobody wants it yet: a stopped one may come back */
  fail_unless_equals_int (bench_book (b, 0)->dropped, 0);
  fail_unless_equals_int (bench_link (b, 3, 0), P2P_OK);
  fail_unless_equals_int (bench_book (b, 0)->dropped, 1);
  fail_unless_equals_int (bench_book (b, 0)->dropped_bad, 0);
  fail_unless_equals_int (p2p_swarm_get_free_links (bench_swarm (b, 0)), 0);
  bench_publish (b, P2P_SEC (2), P2P_MSEC (125), 500);
  fail_unless (bench_book (b, 3)->n_delivered > 10);
  bench_free (b);
}

GST_END_TEST;

static Suite *
members_suite (void)
{
  Suite *s = suite_create ("swarm-members");
  TCase *tc = tcase_create ("general");

  suite_add_tcase (s, tc);
  tcase_add_test (tc,
      test_two_links_are_wanted_at_once_the_rest_a_moment_later);
  tcase_add_test (tc, test_eight_links_are_wanted_at_once_of_a_video);
  tcase_add_test (tc, test_two_are_wanted_of_a_video_that_few_watch);
  tcase_add_test (tc,
      test_the_rest_is_wanted_at_once_when_both_first_are_refused);
  tcase_add_test (tc, test_the_first_link_brings_the_second_announce_forward);
  tcase_add_test (tc, test_a_lonely_member_keeps_asking);
  tcase_add_test (tc, test_an_offer_travels_through_a_common_neighbour);
  tcase_add_test (tc, test_a_signal_without_a_way_is_refused);
  tcase_add_test (tc, test_handshakes_tell_of_each_other);
  tcase_add_test (tc,
      test_a_full_member_has_no_place_while_its_neighbours_live);
  tcase_add_test (tc, test_the_place_of_a_lost_neighbour_is_a_newcomers);
  return s;
}

GST_CHECK_MAIN (members);
