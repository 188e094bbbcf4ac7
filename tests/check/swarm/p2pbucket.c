/* gst-plugins-p2p
 *
 * This library is free software; you can redistribute it and/or
 * modify it under the terms of the GNU Lesser General Public
 * License as published by the Free Software Foundation; either
 * version 2.1 of the License, or (at your option) any later version.
 */
/* p2pbucket.c: tests of the upload cap and of who is fed. */
#include <gst/check/gstcheck.h>

#include "swarmtest.h"

#define PERIOD P2P_MSEC (125)
#define CHUNK 2000

static Bench *
star (uint32_t cap, unsigned listeners)
{
  Bench *b = bench_new (P2P_MSEC (10));
  P2pSwarmConfig c;

  bench_config (&c, P2P_ROLE_SOURCE, 0);
  c.max_upload_bps = cap;
  bench_add (b, &c);
  bench_add_listeners (b, listeners);
  bench_header (b, 0);
  for (unsigned i = 1; i <= listeners; i++)
    bench_link (b, i, 0);
  return b;
}

GST_START_TEST (test_a_capped_source_sends_no_more_than_its_cap)
{
  Bench *b = star (160000, 4);
  uint64_t before, bytes, all = 0;

  bench_publish (b, P2P_SEC (4), PERIOD, CHUNK);
  for (int i = 0; i < 10; i++) {
    before = bench_book (b, 0)->data_bytes;
    bench_publish (b, P2P_SEC (2), PERIOD, CHUNK);
    bytes = bench_book (b, 0)->data_bytes - before;
    fail_unless (bytes <= 160000 / 4, "%d bytes in 2 s", (int) bytes);
    all += bytes;
  }
  /* the rest goes to who asks in vain: four can't live off one stream */
  fail_unless (all >= 10 * 96000 / 4, "%d bytes in 20 s", (int) all);
  bench_free (b);
}

GST_END_TEST;

GST_START_TEST (test_an_only_neighbour_feeds_everything)
{
  Bench *b = star (0, 1);
  P2pNeighbourStats n[2];

  bench_publish (b, P2P_SEC (2), PERIOD, CHUNK);
  fail_unless_equals_int (p2p_swarm_get_neighbours (bench_swarm (b, 1), n, 2),
      1);
  fail_unless_equals_int (n[0].parent_mask, 0xf);
  fail_unless_equals_int (bench_book (b, 1)->skipped, 0);
  bench_free (b);
}

GST_END_TEST;

GST_START_TEST
    (test_without_a_cap_who_has_no_other_way_is_fed_beyond_three_streams) {
  Bench *b = star (0, 5);
  P2pNeighbourStats n[2];

  bench_publish (b, P2P_SEC (6), PERIOD, CHUNK);
  for (unsigned i = 1; i <= 5; i++) {
    p2p_swarm_get_neighbours (bench_swarm (b, i), n, 2);
    fail_unless_equals_int (n[0].parent_mask, 0xf);
  }
  bench_free (b);
}

GST_END_TEST;

GST_START_TEST (test_under_a_cap_no_one_peer_is_the_root_of_all)
{
  Bench *b = star (160000, 4);
  P2pNeighbourStats n[8];
  P2pSwarmStats stats;
  uint16_t all = 0;

  for (unsigned i = 1; i <= 4; i++)
    for (unsigned j = 1; j < i; j++)
      bench_link (b, i, j);
  bench_publish (b, P2P_SEC (12), PERIOD, CHUNK);
  fail_unless_equals_int (p2p_swarm_get_neighbours (bench_swarm (b, 0), n, 8),
      4);
  for (unsigned i = 0; i < 4; i++) {
    all |= n[i].child_mask;
    fail_unless (__builtin_popcount (n[i].child_mask) <= 2,
        "peer %u has %x", i, n[i].child_mask);
  }
  fail_unless_equals_int (all, 0xf);
  p2p_swarm_get_stats (bench_swarm (b, 0), bench_now (b), &stats);
  fail_unless (stats.first_hop_share >= 25 && stats.first_hop_share <= 50,
      "%u %% to one peer", stats.first_hop_share);
  bench_free (b);
}

GST_END_TEST;

static void
check_leaf (P2pRole role, uint32_t cap)
{
  Bench *b = bench_new (P2P_MSEC (10));
  P2pSwarmConfig c;

  bench_add_source (b);
  bench_config (&c, role, 1);
  c.max_upload_bps = cap;
  bench_add (b, &c);
  bench_config (&c, P2P_ROLE_RELAY, 2);
  bench_add (b, &c);
  bench_header (b, 0);
  bench_link (b, 1, 0);
  bench_link (b, 2, 1);
  bench_publish (b, P2P_SEC (4), PERIOD, CHUNK);
  fail_unless (bench_book (b, 1)->n_delivered > 20);
  fail_unless_equals_int (bench_book (b, 1)->sent[P2P_MSG_DATA], 0);
  fail_unless_equals_int (bench_book (b, 2)->n_delivered, 0);
  bench_free (b);
}

GST_START_TEST (test_a_leaf_sends_no_chunk)
{
  check_leaf (P2P_ROLE_LEAF, 0);
}

GST_END_TEST;

GST_START_TEST (test_whose_cap_carries_no_child_is_a_leaf)
{
  check_leaf (P2P_ROLE_RELAY, 32000);
}

GST_END_TEST;

GST_START_TEST (test_a_full_member_takes_no_more_links)
{
  Bench *b = bench_new (P2P_MSEC (10));
  P2pSwarmConfig c;

  bench_config (&c, P2P_ROLE_SOURCE, 0);
  c.max_peers = 1;
  bench_add (b, &c);
  bench_add_listeners (b, 2);
  fail_unless_equals_int (bench_link (b, 0, 1), P2P_OK);
  fail_unless_equals_int (bench_link (b, 0, 2), P2P_LIMIT);
  bench_free (b);
}

GST_END_TEST;

static uint64_t
data_of (Bench * b, P2pTime length)
{
  uint64_t before = bench_book (b, 0)->data_bytes;

  bench_publish (b, length, PERIOD, CHUNK);
  return bench_book (b, 0)->data_bytes - before;
}

/* The cap is 40000 bytes in 2 s. */
GST_START_TEST (test_links_under_way_count_for_the_cap_before_they_are_up)
{
  Bench *b = star (160000, 2);
  uint64_t sent;

  bench_publish (b, P2P_SEC (6), PERIOD, CHUNK);
  for (unsigned i = 0; i < 3; i++)
    p2p_swarm_set_up_link (bench_swarm (b, 0), 1000 + i, 10000, 0,
        bench_now (b));
  bench_publish (b, P2P_SEC (2), PERIOD, CHUNK);
  sent = data_of (b, P2P_SEC (2));      /* longer than 2 s, too */
  fail_unless (sent <= 10000, "%d bytes", (int) sent);
  /* each has sent a tenth of that, and failed */
  for (unsigned i = 0; i < 3; i++) {
    p2p_swarm_set_up_sent (bench_swarm (b, 0), 1000 + i, 1000, bench_now (b));
    p2p_swarm_set_up_failed (bench_swarm (b, 0), 1000 + i, bench_now (b));
  }
  sent = data_of (b, P2P_SEC (2));
  fail_unless (sent >= 24000, "%d bytes", (int) sent);
  bench_free (b);
}

GST_END_TEST;

GST_START_TEST (test_a_set_up_that_failed_leaves_nothing_reserved)
{
  Bench *b = star (160000, 2);
  uint64_t sent;

  bench_publish (b, P2P_SEC (6), PERIOD, CHUNK);
  for (unsigned i = 0; i < 40; i++) {
    p2p_swarm_set_up_link (bench_swarm (b, 0), 1000 + i, 10000, 0,
        bench_now (b));
    p2p_swarm_set_up_failed (bench_swarm (b, 0), 1000 + i, bench_now (b));
  }
  sent = data_of (b, P2P_SEC (2));
  fail_unless (sent >= 24000, "%d bytes", (int) sent);
  bench_free (b);
}

GST_END_TEST;

GST_START_TEST (test_no_set_up_begins_while_the_cap_has_no_room_for_it)
{
  Bench *b = star (200000, 2);
  P2pSwarm *source = bench_swarm (b, 0);
  unsigned begun = 0;

  bench_link (b, 1, 2);
  bench_publish (b, P2P_SEC (6), PERIOD, CHUNK);
  /* who asks all the time gets what the children leave: less than half */
  for (unsigned i = 0; i < 200; i++) {
    if (p2p_swarm_may_set_up_link (source, 2500, bench_now (b))) {
      p2p_swarm_set_up_link (source, 1000 + i, 2500, 0, bench_now (b));
      p2p_swarm_set_up_sent (source, 1000 + i, 2500, bench_now (b));
      p2p_swarm_set_up_failed (source, 1000 + i, bench_now (b));
      begun++;
    }
    bench_publish (b, P2P_MSEC (50), PERIOD, CHUNK);
  }
  fail_unless (begun >= 1 && begun * 2500 <= 10 * 25000 / 2, "%u set-ups",
      begun);
  bench_free (b);
}

GST_END_TEST;

/* Those it knows have one place each, and it needs one more: its uplink is half full
 * of acknowledgements. */
GST_START_TEST (test_a_leaf_that_finds_no_place_has_room_for_another_link)
{
  static const uint32_t cap[] = { 0, 70000, 70000, 70000, 31500 };
  Bench *b = bench_new (P2P_MSEC (10));
  P2pSwarm *leaf;
  unsigned may = 0;

  for (unsigned i = 0; i < 5; i++) {
    P2pSwarmConfig c;

    bench_config (&c, i ? P2P_ROLE_RELAY : P2P_ROLE_SOURCE, i);
    c.max_upload_bps = cap[i];
    bench_add (b, &c);
  }
  bench_header (b, 0);
  for (unsigned i = 1; i < 4; i++) {
    bench_link (b, i, 0);
    bench_link (b, 4, i);
  }
  leaf = bench_swarm (b, 4);
  bench_publish (b, P2P_SEC (12), PERIOD, CHUNK);
  fail_unless_equals_int (p2p_swarm_get_role (leaf), P2P_ROLE_LEAF);
  for (unsigned i = 0; i < 200; i++) {
    may += p2p_swarm_may_set_up_link (leaf, 4000, bench_now (b));
    bench_publish (b, P2P_MSEC (50), PERIOD, CHUNK);
  }
  fail_unless (may > 50, "%u of 200", may);
  bench_free (b);
}

GST_END_TEST;

GST_START_TEST (test_places_of_links_under_way_are_taken)
{
  Bench *b = bench_new (P2P_MSEC (10));
  P2pSwarmConfig c;

  bench_config (&c, P2P_ROLE_SOURCE, 0);
  c.max_peers = 2;
  bench_add (b, &c);
  for (unsigned i = 0; i < 2; i++) {
    fail_unless (p2p_swarm_may_set_up_link (bench_swarm (b, 0), 2500,
            bench_now (b)));
    p2p_swarm_set_up_link (bench_swarm (b, 0), 1000 + i, 2500, 0,
        bench_now (b));
  }
  fail_if (p2p_swarm_may_set_up_link (bench_swarm (b, 0), 2500, bench_now (b)));
  p2p_swarm_set_up_failed (bench_swarm (b, 0), 1000, bench_now (b));
  fail_unless (p2p_swarm_may_set_up_link (bench_swarm (b, 0), 2500,
          bench_now (b)));
  bench_free (b);
}

GST_END_TEST;

static Suite *
bucket_suite (void)
{
  Suite *s = suite_create ("swarm-bucket");
  TCase *tc = tcase_create ("general");

  suite_add_tcase (s, tc);
  tcase_add_test (tc, test_a_capped_source_sends_no_more_than_its_cap);
  tcase_add_test (tc, test_an_only_neighbour_feeds_everything);
  tcase_add_test (tc,
      test_without_a_cap_who_has_no_other_way_is_fed_beyond_three_streams);
  tcase_add_test (tc, test_under_a_cap_no_one_peer_is_the_root_of_all);
  tcase_add_test (tc,
      test_links_under_way_count_for_the_cap_before_they_are_up);
  tcase_add_test (tc, test_a_set_up_that_failed_leaves_nothing_reserved);
  tcase_add_test (tc, test_no_set_up_begins_while_the_cap_has_no_room_for_it);
  tcase_add_test (tc,
      test_a_leaf_that_finds_no_place_has_room_for_another_link);
  tcase_add_test (tc, test_places_of_links_under_way_are_taken);
  tcase_add_test (tc, test_a_leaf_sends_no_chunk);
  tcase_add_test (tc, test_whose_cap_carries_no_child_is_a_leaf);
  tcase_add_test (tc, test_a_full_member_takes_no_more_links);
  return s;
}

GST_CHECK_MAIN (bucket);
