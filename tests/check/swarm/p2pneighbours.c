/* gst-plugins-p2p
 *
 * This library is free software; you can redistribute it and/or
 * modify it under the terms of the GNU Lesser General Public
 * License as published by the Free Software Foundation; either
 * version 2.1 of the License, or (at your option) any later version.
 */
/* p2pneighbours.c: tests of which neighbours a member has. */
#include <gst/check/gstcheck.h>

#include "swarmtest.h"

#define HOME 0x1111
#define AWAY 0x2222

static Bench *
lonely (unsigned max_peers)
{
  Bench *b = bench_new (P2P_MSEC (10));
  P2pSwarmConfig c;

  bench_add_source (b);
  bench_config (&c, P2P_ROLE_RELAY, 1);
  c.max_peers = max_peers;
  bench_add (b, &c);
  return b;
}

static P2pResult
knock (Bench * b, P2pLinkId link, uint32_t prefix)
{
  P2pLinkInfo info = { 0 };

  info.peer_id.b[0] = 77;
  info.peer_id.b[1] = link >> 8;
  info.peer_id.b[2] = link & 255;
  info.rtt_us = 20000;
  info.prefix = prefix;
  info.local_channel = link;
  return p2p_swarm_link_up (bench_swarm (b, 1), link, &info, bench_now (b));
}

static P2pSwarmStats
stats (Bench * b)
{
  P2pSwarmStats s;

  p2p_swarm_get_stats (bench_swarm (b, 1), bench_now (b), &s);
  return s;
}

GST_START_TEST (test_one_network_gets_a_quarter_of_the_places)
{
  Bench *b = lonely (0);
  unsigned admitted = 0;

  for (P2pLinkId i = 1; i <= 200; i++)
    admitted += knock (b, 1000 + i, HOME) == P2P_OK;
  fail_unless_equals_int (admitted, 6); /* of 24 */
  fail_unless_equals_int (stats (b).links_refused_prefix, 194);
  fail_unless_equals_int (stats (b).prefix_share, 100);
  fail_if (p2p_swarm_prefix_has_room (bench_swarm (b, 1), HOME));
  /* others still find theirs */
  fail_unless (p2p_swarm_prefix_has_room (bench_swarm (b, 1), AWAY));
  for (P2pLinkId i = 1; i <= 18; i++)
    fail_unless_equals_int (knock (b, 2000 + i, AWAY + i), P2P_OK);
  fail_unless_equals_int (stats (b).prefix_share, 25);
  bench_free (b);
}

GST_END_TEST;

GST_START_TEST (test_neighbours_of_the_own_site_are_not_counted)
{
  Bench *b = lonely (0);

  for (P2pLinkId i = 1; i <= 24; i++)
    fail_unless_equals_int (knock (b, 1000 + i, 0), P2P_OK);
  fail_unless_equals_int (stats (b).prefix_share, 0);
  fail_unless (p2p_swarm_prefix_has_room (bench_swarm (b, 1), 0));
  bench_free (b);
}

GST_END_TEST;

GST_START_TEST (test_two_behind_one_carrier_fit_even_where_places_are_few)
{
  Bench *b = lonely (3);

  fail_unless_equals_int (knock (b, 1001, HOME), P2P_OK);
  fail_unless_equals_int (knock (b, 1002, HOME), P2P_OK);
  fail_unless_equals_int (knock (b, 1003, HOME), P2P_LIMIT);
  fail_unless_equals_int (knock (b, 1004, AWAY), P2P_OK);
  bench_free (b);
}

GST_END_TEST;

/* Set-ups that never end hold places, too. */
GST_START_TEST (test_links_under_way_count_as_what_they_say_they_are)
{
  Bench *b = lonely (0);
  P2pSwarm *swarm = bench_swarm (b, 1);

  for (P2pLinkId i = 1; i <= 6; i++) {
    fail_unless (p2p_swarm_prefix_has_room (swarm, HOME));
    p2p_swarm_set_up_link (swarm, 1000 + i, 2500, HOME, bench_now (b));
  }
  fail_if (p2p_swarm_prefix_has_room (swarm, HOME));
  /* the sixth is among the six */
  fail_unless_equals_int (knock (b, 1006, HOME), P2P_OK);
  /* one that said it was elsewhere is not */
  p2p_swarm_set_up_link (swarm, 1007, 2500, AWAY, bench_now (b));
  fail_unless_equals_int (knock (b, 1007, HOME), P2P_LIMIT);
  p2p_swarm_set_up_failed (swarm, 1001, bench_now (b));
  fail_unless (p2p_swarm_prefix_has_room (swarm, HOME));
  bench_free (b);
}

GST_END_TEST;

GST_START_TEST (test_a_place_is_free_again_when_its_link_is_gone)
{
  Bench *b = lonely (0);

  for (P2pLinkId i = 1; i <= 6; i++)
    fail_unless_equals_int (knock (b, 1000 + i, HOME), P2P_OK);
  fail_unless_equals_int (knock (b, 1007, HOME), P2P_LIMIT);
  p2p_swarm_link_down (bench_swarm (b, 1), 1003, bench_now (b));
  fail_unless_equals_int (knock (b, 1008, HOME), P2P_OK);
  bench_free (b);
}

GST_END_TEST;

/* Its transport acknowledges what comes. */
static void
run_with_mutes (Bench * b, unsigned n, unsigned seconds)
{
  P2pLinkStats alive = { 0 };

  while (seconds-- > 0) {
    bench_run (b, P2P_SEC (1));
    alive.last_received = bench_now (b);
    for (P2pLinkId i = 1; i <= n; i++)
      p2p_swarm_link_stats (bench_swarm (b, 1), 1000 + i, &alive,
          bench_now (b));
  }
}

GST_START_TEST (test_who_never_says_a_word_holds_no_place_for_long)
{
  Bench *b = lonely (0);
  P2pSwarm *swarm = bench_swarm (b, 1);

  for (P2pLinkId i = 1; i <= 24; i++)
    fail_unless_equals_int (knock (b, 1000 + i, 0), P2P_OK);
  run_with_mutes (b, 24, 14);
  fail_unless_equals_int (bench_book (b, 1)->dropped, 0);
  fail_unless_equals_int (p2p_swarm_get_free_links (swarm), 0);
  run_with_mutes (b, 24, 3);
  fail_unless_equals_int (bench_book (b, 1)->dropped, 24);
  fail_unless_equals_int (p2p_swarm_get_free_links (swarm), 24);
  bench_free (b);
}

GST_END_TEST;

/* ---- super-peers ---- */

#define RATE 128000             /* of bench_header() */

static Bench *
grown (unsigned x10, unsigned failed)
{
  Bench *b = bench_new (P2P_MSEC (10));
  P2pSwarmConfig c;

  bench_add_source (b);
  bench_config (&c, P2P_ROLE_RELAY, 1);
  c.max_upload_bps = RATE / 10 * x10;
  bench_add (b, &c);
  bench_header (b, 0);
  bench_link (b, 1, 0);
  for (unsigned i = 0; i < failed; i++)
    p2p_swarm_set_up_failed (bench_swarm (b, 1), 500 + i, bench_now (b));
  bench_publish (b, P2P_SEC (118), P2P_MSEC (125), 2000);
  return b;
}

GST_START_TEST (test_who_is_strong_and_old_is_a_super_peer_with_more_places)
{
  Bench *b = grown (40, 0);
  unsigned before = p2p_swarm_get_free_links (bench_swarm (b, 1));

  fail_unless_equals_int (stats (b).role, P2P_ROLE_RELAY);
  bench_publish (b, P2P_SEC (4), P2P_MSEC (125), 2000);
  fail_unless_equals_int (stats (b).role, P2P_ROLE_SUPER);
  fail_unless_equals_int (p2p_swarm_get_free_links (bench_swarm (b, 1)),
      before + 12);
  /* less than two thirds of what made it one */
  p2p_swarm_set_max_upload (bench_swarm (b, 1), RATE / 10 * 18, bench_now (b));
  bench_publish (b, P2P_SEC (1), P2P_MSEC (125), 2000);
  fail_unless_equals_int (stats (b).role, P2P_ROLE_RELAY);
  bench_free (b);
}

GST_END_TEST;

static void
fail_unless_it_stays_relay (Bench * b)
{
  bench_publish (b, P2P_SEC (4), P2P_MSEC (125), 2000);
  fail_unless_equals_int (stats (b).role, P2P_ROLE_RELAY);
  bench_free (b);
}

GST_START_TEST (test_age_alone_makes_no_super_peer)
{
  fail_unless_it_stays_relay (grown (20, 0));
}

GST_END_TEST;

GST_START_TEST (test_who_is_hard_to_reach_is_no_super_peer)
{
  fail_unless_it_stays_relay (grown (40, 5));
}

GST_END_TEST;

/* Two leaves that hang on the source have both places of a relay, which they cannot
 * feed. */
GST_START_TEST (test_a_leaf_that_takes_nothing_yields_its_place)
{
  Bench *b = lonely (2);
  P2pSwarm *relay = bench_swarm (b, 1);
  P2pSwarmConfig c;

  for (unsigned i = 2; i <= 4; i++) {
    bench_config (&c, P2P_ROLE_LEAF, i);
    bench_add (b, &c);
  }
  bench_header (b, 0);
  for (unsigned i = 2; i <= 3; i++)
    bench_link (b, i, 0);
  bench_publish (b, P2P_SEC (2), P2P_MSEC (125), 2000);
  for (unsigned i = 2; i <= 3; i++)
    bench_link (b, i, 1);
  bench_publish (b, P2P_SEC (3), P2P_MSEC (125), 2000);
  fail_unless_equals_int (p2p_swarm_get_free_links (relay), 0);
  bench_publish (b, P2P_SEC (2), P2P_MSEC (125), 2000);
  fail_unless_equals_int (p2p_swarm_get_free_links (relay), 2);

  bench_link (b, 1, 0);
  bench_link (b, 4, 1);
  bench_publish (b, P2P_SEC (4), P2P_MSEC (125), 2000);
  fail_unless (bench_fed_by (b, 1, 0) != 0);
  fail_unless (bench_fed_by (b, 4, 1) != 0);
  fail_unless_equals_int (bench_book (b, 1)->dropped, 2);
  bench_free (b);
}

GST_END_TEST;

static Suite *
neighbours_suite (void)
{
  Suite *s = suite_create ("swarm-neighbours");
  TCase *tc = tcase_create ("prefixes");

  suite_add_tcase (s, tc);
  tcase_add_test (tc, test_one_network_gets_a_quarter_of_the_places);
  tcase_add_test (tc, test_neighbours_of_the_own_site_are_not_counted);
  tcase_add_test (tc,
      test_two_behind_one_carrier_fit_even_where_places_are_few);
  tcase_add_test (tc, test_links_under_way_count_as_what_they_say_they_are);
  tcase_add_test (tc, test_a_place_is_free_again_when_its_link_is_gone);
  tcase_add_test (tc, test_who_never_says_a_word_holds_no_place_for_long);
  tc = tcase_create ("super");
  suite_add_tcase (s, tc);
  tcase_add_test (tc,
      test_who_is_strong_and_old_is_a_super_peer_with_more_places);
  tcase_add_test (tc, test_age_alone_makes_no_super_peer);
  tcase_add_test (tc, test_who_is_hard_to_reach_is_no_super_peer);
  tcase_add_test (tc, test_a_leaf_that_takes_nothing_yields_its_place);
  return s;
}

GST_CHECK_MAIN (neighbours);
