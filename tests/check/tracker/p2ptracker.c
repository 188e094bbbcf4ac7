/* gst-plugins-p2p
 *
 * This library is free software; you can redistribute it and/or
 * modify it under the terms of the GNU Lesser General Public
 * License as published by the Free Software Foundation; either
 * version 2.1 of the License, or (at your option) any later version.
 */
/* p2ptracker.c: the rendezvous logic in virtual time. */
#include <gst/check/gstcheck.h>
#include <string.h>

#include "../../../gst/p2p/core/tracker/p2ptracker.h"

#define SEED 42
#define MANY 200

/* Time of the test; every request takes a millisecond. */
static P2pTime now;
static P2pTracker *tracker;
static P2pTrackerLimits limits;

static void
setup (void)
{
  now = P2P_SEC (1000);
  p2p_tracker_limits_init (&limits);
  tracker = p2p_tracker_new (&limits, SEED);
}

static void
teardown (void)
{
  p2p_tracker_free (tracker);
}

static P2pTrackerId
id (const char *prefix, int n)
{
  P2pTrackerId out;
  char text[64];

  g_snprintf (text, sizeof (text), "%s%020d", prefix, n);
  memcpy (out.b, text, 4);
  memcpy (out.b + 4, text + strlen (text) - 16, 16);
  return out;
}

static P2pTrackerConn *
connect_peer (int n)
{
  return p2p_tracker_connect (tracker, GINT_TO_POINTER (n), 0, now);
}

static int
number_of (P2pTrackerConn * conn)
{
  return GPOINTER_TO_INT (p2p_tracker_conn_host (conn));
}

static P2pTrackerAnnounce
announce_of (int swarm, int peer)
{
  P2pTrackerAnnounce announce = { 0, };

  announce.info_hash = id ("hash", swarm);
  announce.peer_id = id ("peer", peer);
  announce.event = P2P_TRACKER_STARTED;
  p2p_intro_init (&announce.intro);
  return announce;
}

/* Joins swarm 1 with so many offers, numbered from peer * 100. */
static P2pTrackerReply
join (P2pTrackerConn * conn, int peer, const char *line, int n_offers)
{
  P2pTrackerAnnounce announce = announce_of (1, peer);
  P2pTrackerId offers[32];
  P2pTrackerReply reply;

  for (int i = 0; i < n_offers; i++)
    offers[i] = id ("offr", peer * 100 + i);
  announce.n_offers = n_offers;
  announce.offer_ids = offers;
  if (line != NULL)
    fail_unless (p2p_intro_parse (line, strlen (line), &announce.intro));
  now += P2P_MSEC (1);
  fail_unless_equals_int (p2p_tracker_announce (tracker, conn, &announce, now,
          &reply), P2P_OK);
  return reply;
}

static P2pResult
answer (P2pTrackerConn * conn, int peer, int to, int offer,
    P2pTrackerConn ** receiver)
{
  P2pTrackerId hash = id ("hash", 1), from = id ("peer", peer);
  P2pTrackerId to_id = id ("peer", to), offer_id = id ("offr", offer);
  P2pIntro intro;

  p2p_intro_init (&intro);
  return p2p_tracker_answer (tracker, conn, &hash, &from, &to_id, &offer_id,
      &intro, now, receiver);
}

static P2pResult
candidate (P2pTrackerConn * conn, int peer, int to, int offer,
    P2pTrackerConn ** receiver)
{
  P2pTrackerId hash = id ("hash", 1), from = id ("peer", peer);
  P2pTrackerId to_id = id ("peer", to), offer_id = id ("offr", offer);

  return p2p_tracker_candidate (tracker, conn, &hash, &from,
      to ? &to_id : NULL, &offer_id, now, receiver);
}

GST_START_TEST (test_an_offer_goes_to_the_other_member_and_never_back)
{
  P2pTrackerConn *a = connect_peer (1), *b = connect_peer (2);
  P2pTrackerReply reply = join (a, 1, NULL, 5);

  fail_unless_equals_int (reply.n, 0);
  fail_unless_equals_int (reply.incomplete, 1);
  reply = join (b, 2, NULL, 5);
  fail_unless_equals_int (reply.n, 1);
  fail_unless_equals_int (reply.intro[0].offer, 0);
  fail_unless (reply.intro[0].to == a);
  fail_unless_equals_int (reply.incomplete, 2);
  fail_unless_equals_int (reply.complete, 0);
}

GST_END_TEST;

GST_START_TEST (test_a_newcomer_is_told_the_rate_that_most_members_tell)
{
  fail_unless_equals_int (join (connect_peer (1), 1, "v=1;role=r",
          0).rate_kbps, 0);
  /* what it says itself is nothing new to it */
  fail_unless_equals_int (join (connect_peer (2), 2, "v=1;rate=2000",
          0).rate_kbps, 0);
  fail_unless_equals_int (join (connect_peer (3), 3, "v=1;rate=2000",
          0).rate_kbps, 2000);
  fail_unless_equals_int (join (connect_peer (4), 4, "v=1;rate=64",
          0).rate_kbps, 2000);
  fail_unless_equals_int (join (connect_peer (5), 5, "v=1;rate=2001",
          0).rate_kbps, 2000);
  for (int i = 6; i < 40; i++)
    fail_unless_equals_int (join (connect_peer (i), i, i % 3 == 0 ?
            "v=1;rate=65534" : "v=1;rate=2000", 0).rate_kbps, 2000);
}

GST_END_TEST;

GST_START_TEST (test_one_announce_reaches_each_member_once)
{
  P2pTrackerConn *last;
  P2pTrackerReply reply;
  int seen[MANY] = { 0, };

  for (int i = 1; i <= 10; i++)
    join (connect_peer (i), i, NULL, 0);
  last = connect_peer (11);
  reply = join (last, 11, NULL, 20);
  fail_unless_equals_int (reply.n, 10);
  for (int i = 0; i < (int) reply.n; i++)
    fail_unless_equals_int (seen[number_of (reply.intro[i].to)]++, 0);
}

GST_END_TEST;

GST_START_TEST (test_an_offer_is_answered_once_and_by_its_receiver_only)
{
  P2pTrackerConn *a = connect_peer (1), *b = connect_peer (2);
  P2pTrackerConn *c = connect_peer (3), *to = NULL;

  join (a, 1, NULL, 0);
  join (b, 2, NULL, 1);
  join (c, 3, NULL, 0);
  fail_unless_equals_int (answer (c, 3, 2, 200, &to), P2P_NOT_FOUND);
  fail_unless_equals_int (answer (c, 1, 2, 200, &to), P2P_NOT_FOUND);
  fail_unless_equals_int (answer (a, 1, 3, 200, &to), P2P_NOT_FOUND);
  fail_unless_equals_int (answer (a, 1, 2, 201, &to), P2P_NOT_FOUND);
  fail_unless (to == NULL);
  fail_unless_equals_int (answer (a, 1, 2, 200, &to), P2P_OK);
  fail_unless (to == b);
  fail_unless_equals_int (answer (a, 1, 2, 200, &to), P2P_NOT_FOUND);
}

GST_END_TEST;

GST_START_TEST (test_candidates_pass_between_the_ends_of_an_offer)
{
  P2pTrackerConn *a = connect_peer (1), *b = connect_peer (2);
  P2pTrackerConn *c = connect_peer (3), *to = NULL;
  int n = 0;

  join (a, 1, NULL, 0);
  join (b, 2, NULL, 1);
  join (c, 3, NULL, 0);
  fail_unless_equals_int (candidate (c, 3, 2, 200, &to), P2P_NOT_FOUND);
  fail_unless_equals_int (candidate (b, 2, 0, 200, &to), P2P_OK);
  fail_unless (to == a);
  fail_unless_equals_int (candidate (a, 1, 2, 200, &to), P2P_OK);
  fail_unless (to == b);
  fail_unless_equals_int (answer (a, 1, 2, 200, &to), P2P_OK);
  while (candidate (b, 2, 1, 200, &to) == P2P_OK)
    fail_unless (n++ < P2P_TRACKER_MAX_CANDIDATES);
  fail_unless_equals_int (candidate (b, 2, 1, 200, &to), P2P_LIMIT);
  fail_unless_equals_int (n, P2P_TRACKER_MAX_CANDIDATES - 2);
}

GST_END_TEST;

GST_START_TEST (test_an_offer_is_over_after_its_time)
{
  P2pTrackerConn *a = connect_peer (1), *b = connect_peer (2), *to;
  P2pTrackerCounters counters;

  join (a, 1, NULL, 0);
  join (b, 2, NULL, 1);
  now += limits.offer_timeout - 1;
  fail_unless_equals_int (candidate (a, 1, 2, 200, &to), P2P_OK);
  now += 1;
  fail_unless_equals_int (answer (a, 1, 2, 200, &to), P2P_NOT_FOUND);
  p2p_tracker_get_counters (tracker, &counters);
  fail_unless_equals_int (counters.offers, 0);
}

GST_END_TEST;

GST_START_TEST (test_who_leaves_or_hangs_up_is_introduced_to_nobody)
{
  P2pTrackerConn *a = connect_peer (1), *b = connect_peer (2);
  P2pTrackerAnnounce stop = announce_of (1, 1);
  P2pTrackerConn *to;
  P2pTrackerReply reply;
  P2pTrackerCounters counters;

  join (a, 1, NULL, 0);
  join (b, 2, NULL, 1);
  stop.event = P2P_TRACKER_STOPPED;
  fail_unless_equals_int (p2p_tracker_announce (tracker, a, &stop, now,
          &reply), P2P_OK);
  fail_unless_equals_int (reply.incomplete, 1);
  fail_unless_equals_int (answer (a, 1, 2, 200, &to), P2P_NOT_FOUND);
  fail_unless_equals_int (join (b, 2, NULL, 1).n, 0);
  join (a, 1, NULL, 0);
  p2p_tracker_disconnect (tracker, a);
  fail_unless_equals_int (join (b, 2, NULL, 1).n, 0);
  p2p_tracker_disconnect (tracker, b);
  p2p_tracker_get_counters (tracker, &counters);
  fail_unless_equals_int (counters.swarms, 0);
  fail_unless_equals_int (counters.members, 0);
  fail_unless_equals_int (counters.offers, 0);
  fail_unless_equals_int (counters.connections, 0);
}

GST_END_TEST;

GST_START_TEST (test_a_member_that_does_not_announce_expires)
{
  P2pTrackerConn *a = connect_peer (1), *b = connect_peer (2);

  join (a, 1, NULL, 0);
  now += limits.expiry / 2;
  join (b, 2, NULL, 0);
  fail_unless (p2p_tracker_next_deadline (tracker) ==
      P2P_SEC (1000) + P2P_MSEC (1) + limits.expiry);
  now += limits.expiry / 2;
  p2p_tracker_tick (tracker, now);
  fail_unless_equals_int (join (b, 2, NULL, 5).n, 0);
  fail_unless_equals_int (join (b, 2, NULL, 5).incomplete, 1);
  fail_unless_equals_int (p2p_tracker_conn_swarms (a), 0);
}

GST_END_TEST;

GST_START_TEST (test_an_idle_connection_is_named)
{
  P2pTrackerConn *a = connect_peer (1), *b = connect_peer (2);

  now += limits.idle_timeout - 1;
  fail_unless (p2p_tracker_idle (tracker, now) == NULL);
  fail_unless_equals_int (p2p_tracker_count_message (tracker, a, now), P2P_OK);
  now += 1;
  fail_unless (p2p_tracker_idle (tracker, now) == b);
  p2p_tracker_disconnect (tracker, b);
  fail_unless (p2p_tracker_idle (tracker, now) == NULL);
  fail_unless (p2p_tracker_next_deadline (tracker) ==
      now - 1 + limits.idle_timeout);
}

GST_END_TEST;

GST_START_TEST (test_a_flood_is_stopped_and_forgiven)
{
  P2pTrackerConn *a = connect_peer (1), *b = connect_peer (2);
  uint32_t n = 0;

  while (p2p_tracker_count_message (tracker, a, now) == P2P_OK)
    fail_unless (n++ < 100000);
  fail_unless_equals_int (n, limits.message_burst);
  fail_unless_equals_int (p2p_tracker_count_message (tracker, b, now), P2P_OK);
  now += P2P_SEC (1);
  for (n = 0; p2p_tracker_count_message (tracker, a, now) == P2P_OK; n++);
  fail_unless_equals_int (n, limits.messages_per_second);
}

GST_END_TEST;

GST_START_TEST (test_free_relays_come_before_full_ones_leaves_and_the_source)
{
  P2pTrackerReply reply;

  join (connect_peer (1), 1, "v=1;role=s;cap=24;free=3;lat=0", 0);
  join (connect_peer (2), 2, "v=1;role=r;cap=16;free=0;lat=300", 0);
  join (connect_peer (3), 3, "v=1;role=r;cap=16;free=6;lat=300", 0);
  join (connect_peer (4), 4, "v=1;role=l;cap=0;free=0;lat=300", 0);
  join (connect_peer (5), 5, "v=1;role=r;cap=16;free=6;lat=2900", 0);
  reply = join (connect_peer (6), 6, "v=1;role=r", 2);
  fail_unless_equals_int (reply.n, 2);
  fail_unless_equals_int (number_of (reply.intro[0].to), 3);
  fail_unless_equals_int (number_of (reply.intro[1].to), 5);
}

GST_END_TEST;

GST_START_TEST (test_two_leaves_are_not_introduced)
{
  join (connect_peer (1), 1, "v=1;role=l", 0);
  fail_unless_equals_int (join (connect_peer (2), 2, "v=1;role=l", 5).n, 0);
  fail_unless_equals_int (join (connect_peer (3), 3, "v=1;role=r", 5).n, 2);
}

GST_END_TEST;

GST_START_TEST (test_a_crowd_is_spread_over_those_with_room)
{
  int got[MANY] = { 0, }, most = 0;

  for (int i = 1; i <= 20; i++)
    join (connect_peer (i), i, "v=1;role=r;cap=16;free=4;lat=300", 0);
  for (int i = 21; i <= 60; i++) {
    P2pTrackerReply reply = join (connect_peer (i), i, "v=1;role=r;free=0", 2);

    fail_unless_equals_int (reply.n, 2);
    for (int k = 0; k < 2; k++)
      got[number_of (reply.intro[k].to)]++;
  }
  for (int i = 1; i <= 20; i++)
    most = MAX (most, got[i]);
  /* 80 introductions on 20 peers with room for 4 each */
  fail_unless (most <= 5, "one peer got %d", most);
}

GST_END_TEST;

/* Who has one address of a network may have all of them, and can say of each that
 * it has room. */
GST_START_TEST (test_one_network_gets_a_quarter_of_a_newcomers_offers)
{
  P2pTrackerReply reply;
  int theirs = 0;

  for (int i = 1; i <= 10; i++)
    join (p2p_tracker_connect (tracker, GINT_TO_POINTER (i), 77, now), i,
        "v=1;role=p;cap=64;free=16;lat=0", 0);
  for (int i = 11; i <= 14; i++)
    join (p2p_tracker_connect (tracker, GINT_TO_POINTER (i), 100 + i, now), i,
        "v=1;role=r;cap=8;free=1;lat=900", 0);
  reply = join (connect_peer (20), 20, "v=1;role=r", 4);
  fail_unless_equals_int (reply.n, 4);
  for (int i = 0; i < 4; i++)
    theirs += number_of (reply.intro[i].to) <= 10;
  fail_unless_equals_int (theirs, 1);
}

GST_END_TEST;

GST_START_TEST (test_a_swarm_of_one_network_is_introduced_all_the_same)
{
  for (int i = 1; i <= 5; i++)
    join (p2p_tracker_connect (tracker, GINT_TO_POINTER (i), 77, now), i,
        "v=1;role=r;free=4", 0);
  fail_unless_equals_int (join (p2p_tracker_connect (tracker,
              GINT_TO_POINTER (6), 77, now), 6, "v=1;role=r", 4).n, 4);
}

GST_END_TEST;

GST_START_TEST (test_a_second_announce_reaches_other_members)
{
  P2pTrackerConn *late;
  P2pTrackerReply first, second;

  for (int i = 1; i <= 4; i++)
    join (connect_peer (i), i, "v=1;role=r;free=4", 0);
  late = connect_peer (5);
  first = join (late, 5, NULL, 2);
  second = join (late, 5, NULL, 2);
  for (int i = 0; i < 2; i++)
    for (int k = 0; k < 2; k++)
      fail_unless (first.intro[i].to != second.intro[k].to);
}

GST_END_TEST;

GST_START_TEST (test_an_offer_can_be_meant_for_one_member)
{
  P2pTrackerAnnounce announce = announce_of (1, 9);
  P2pTrackerId offers[2] = { id ("offr", 900), id ("offr", 901) };
  P2pTrackerConn *conn;
  P2pTrackerReply reply;

  for (int i = 1; i <= 8; i++)
    join (connect_peer (i), i, NULL, 0);
  conn = connect_peer (9);
  announce.targeted = true;
  announce.to_peer_id = id ("peer", 7);
  announce.n_offers = 2;
  announce.offer_ids = offers;
  p2p_tracker_announce (tracker, conn, &announce, now, &reply);
  fail_unless_equals_int (reply.n, 1);
  fail_unless_equals_int (number_of (reply.intro[0].to), 7);
  announce.to_peer_id = id ("peer", 77);
  p2p_tracker_announce (tracker, conn, &announce, now, &reply);
  fail_unless_equals_int (reply.n, 0);
}

GST_END_TEST;

GST_START_TEST (test_a_peer_that_comes_back_takes_its_id_along)
{
  P2pTrackerConn *dead = connect_peer (1), *again = connect_peer (2);
  P2pTrackerConn *other = connect_peer (3);
  P2pTrackerReply reply;

  join (dead, 1, NULL, 0);
  join (again, 1, NULL, 0);
  reply = join (other, 3, NULL, 5);
  fail_unless_equals_int (reply.n, 1);
  fail_unless (reply.intro[0].to == again);
  p2p_tracker_disconnect (tracker, dead);
  fail_unless_equals_int (join (other, 3, NULL, 0).incomplete, 2);
}

GST_END_TEST;

GST_START_TEST (test_unanswered_offers_are_capped_both_ways)
{
  P2pTrackerConn *target = connect_peer (1), *to;
  P2pTrackerCounters counters;
  int forwarded = 0;

  join (target, 1, "v=1;role=r;free=16", 0);
  for (int i = 2; i < 2 + 30; i++) {
    P2pTrackerConn *conn = connect_peer (i);

    forwarded += join (conn, i, "v=1;role=l", 1).n;
  }
  fail_unless_equals_int (forwarded, limits.max_pending_offers);
  /* An answer makes room for the next. */
  fail_unless_equals_int (answer (target, 1, 2, 200, &to), P2P_OK);
  fail_unless_equals_int (join (connect_peer (40), 40, "v=1;role=l", 1).n, 1);

  /* And one member that offers for ever keeps as many waiting at most. */
  for (int i = 0; i < 100; i++)
    join (target, 1, NULL, 20);
  p2p_tracker_get_counters (tracker, &counters);
  fail_unless (counters.offers <= 2 * limits.max_pending_offers + 1);
}

GST_END_TEST;

GST_START_TEST (test_full_is_an_answer_and_changes_nothing)
{
  P2pTrackerAnnounce announce;
  P2pTrackerConn *conn;
  P2pTrackerReply reply;
  P2pTrackerCounters counters;

  limits.max_connections = 3;
  limits.max_members_per_swarm = 2;
  limits.max_members = 3;
  limits.max_swarms_per_connection = 2;
  p2p_tracker_set_limits (tracker, &limits);
  join (connect_peer (1), 1, NULL, 0);
  join (connect_peer (2), 2, NULL, 0);
  conn = connect_peer (3);
  fail_unless (connect_peer (4) == NULL);
  announce = announce_of (1, 3);
  fail_unless_equals_int (p2p_tracker_announce (tracker, conn, &announce, now,
          &reply), P2P_LIMIT);
  announce = announce_of (2, 3);
  fail_unless_equals_int (p2p_tracker_announce (tracker, conn, &announce, now,
          &reply), P2P_OK);
  announce = announce_of (3, 3);
  fail_unless_equals_int (p2p_tracker_announce (tracker, conn, &announce, now,
          &reply), P2P_LIMIT);
  p2p_tracker_get_counters (tracker, &counters);
  fail_unless_equals_int (counters.swarms, 2);
  fail_unless_equals_int (counters.members, 3);
  fail_unless_equals_int (counters.refused, 2);
}

GST_END_TEST;

GST_START_TEST (test_scrape_counts_sources_listeners_and_completions)
{
  P2pTrackerAnnounce announce = announce_of (1, 1);
  P2pTrackerConn *conn = connect_peer (1);
  P2pTrackerReply reply;
  uint32_t complete, incomplete;
  uint64_t downloaded;

  announce.complete = true;
  p2p_tracker_announce (tracker, conn, &announce, now, &reply);
  join (connect_peer (2), 2, NULL, 0);
  announce = announce_of (1, 3);
  announce.event = P2P_TRACKER_COMPLETED;
  p2p_tracker_announce (tracker, connect_peer (3), &announce, now, &reply);
  fail_unless_equals_int (p2p_tracker_scrape (tracker, &announce.info_hash,
          &complete, &incomplete, &downloaded), P2P_OK);
  fail_unless_equals_int (complete, 1);
  fail_unless_equals_int (incomplete, 2);
  fail_unless_equals_int ((int) downloaded, 1);
  announce = announce_of (7, 1);
  fail_unless_equals_int (p2p_tracker_scrape (tracker, &announce.info_hash,
          &complete, &incomplete, &downloaded), P2P_NOT_FOUND);
  fail_unless_equals_int (complete + incomplete, 0);
}

GST_END_TEST;

GST_START_TEST (test_thousands_come_and_go_and_leave_nothing)
{
  P2pTrackerConn *conns[MANY];
  P2pTrackerCounters counters;

  for (int round = 0; round < 20; round++) {
    for (int i = 0; i < MANY; i++) {
      conns[i] = connect_peer (i + 1);
      join (conns[i], i + 1, "v=1;role=r;free=4", 5);
    }
    for (int i = 0; i < MANY; i++)
      p2p_tracker_disconnect (tracker, conns[(i * 7 + round) % MANY]);
  }
  p2p_tracker_get_counters (tracker, &counters);
  fail_unless_equals_int (counters.members, 0);
  fail_unless_equals_int (counters.offers, 0);
  fail_unless_equals_int ((int) counters.announces, 20 * MANY);
}

GST_END_TEST;

GST_START_TEST (test_equal_seeds_choose_equally)
{
  int chosen[2][20];

  for (int run = 0; run < 2; run++) {
    P2pTrackerReply reply;

    teardown ();
    setup ();
    for (int i = 1; i <= 100; i++)
      join (connect_peer (i), i, NULL, 0);
    reply = join (connect_peer (101), 101, NULL, 20);
    fail_unless_equals_int (reply.n, 20);
    for (int i = 0; i < 20; i++)
      chosen[run][i] = number_of (reply.intro[i].to);
  }
  fail_unless (memcmp (chosen[0], chosen[1], sizeof (chosen[0])) == 0);
}

GST_END_TEST;

static Suite *
p2ptracker_suite (void)
{
  Suite *s = suite_create ("p2ptracker");
  TCase *tc = tcase_create ("general");

  suite_add_tcase (s, tc);
  tcase_add_checked_fixture (tc, setup, teardown);
  tcase_add_test (tc, test_an_offer_goes_to_the_other_member_and_never_back);
  tcase_add_test (tc, test_a_newcomer_is_told_the_rate_that_most_members_tell);
  tcase_add_test (tc, test_one_announce_reaches_each_member_once);
  tcase_add_test (tc, test_an_offer_is_answered_once_and_by_its_receiver_only);
  tcase_add_test (tc, test_candidates_pass_between_the_ends_of_an_offer);
  tcase_add_test (tc, test_an_offer_is_over_after_its_time);
  tcase_add_test (tc, test_who_leaves_or_hangs_up_is_introduced_to_nobody);
  tcase_add_test (tc, test_a_member_that_does_not_announce_expires);
  tcase_add_test (tc, test_an_idle_connection_is_named);
  tcase_add_test (tc, test_a_flood_is_stopped_and_forgiven);
  tcase_add_test (tc,
      test_free_relays_come_before_full_ones_leaves_and_the_source);
  tcase_add_test (tc, test_two_leaves_are_not_introduced);
  tcase_add_test (tc, test_a_crowd_is_spread_over_those_with_room);
  tcase_add_test (tc, test_one_network_gets_a_quarter_of_a_newcomers_offers);
  tcase_add_test (tc, test_a_swarm_of_one_network_is_introduced_all_the_same);
  tcase_add_test (tc, test_a_second_announce_reaches_other_members);
  tcase_add_test (tc, test_an_offer_can_be_meant_for_one_member);
  tcase_add_test (tc, test_a_peer_that_comes_back_takes_its_id_along);
  tcase_add_test (tc, test_unanswered_offers_are_capped_both_ways);
  tcase_add_test (tc, test_full_is_an_answer_and_changes_nothing);
  tcase_add_test (tc, test_scrape_counts_sources_listeners_and_completions);
  tcase_add_test (tc, test_thousands_come_and_go_and_leave_nothing);
  tcase_add_test (tc, test_equal_seeds_choose_equally);
  return s;
}

GST_CHECK_MAIN (p2ptracker);
