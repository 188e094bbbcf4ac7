/* gst-plugins-p2p
 *
 * This library is free software; you can redistribute it and/or
 * modify it under the terms of the GNU Lesser General Public
 * License as published by the Free Software Foundation; either
 * version 2.1 of the License, or (at your option) any later version.
 */
/* p2ppull.c: tests of repair: overdue chunks, dead and stopped neighbours. */
#include <gst/check/gstcheck.h>

#include "swarmtest.h"
#include "../../../gst/p2p/core/swarm/p2pswarmpriv.h"
#include "../../../gst/p2p/core/wire/p2pwire.h"

#define PERIOD P2P_MSEC (125)
#define CHUNK 2120

/* A source and four listeners, everybody linked to everybody. */
static Bench *
mesh (void)
{
  Bench *b = bench_new (P2P_MSEC (10));

  bench_add_source (b);
  bench_add_listeners (b, 4);
  bench_header (b, 0);
  for (unsigned i = 1; i < 5; i++)
    bench_join (b, i);
  bench_publish (b, P2P_SEC (6), PERIOD, CHUNK);
  return b;
}

GST_START_TEST (test_in_peace_nothing_is_requested)
{
  Bench *b = mesh ();
  unsigned before[5];

  for (unsigned i = 0; i < 5; i++)
    before[i] = bench_book (b, i)->sent[P2P_MSG_REQUEST];
  bench_publish (b, P2P_SEC (10), PERIOD, CHUNK);
  for (unsigned i = 0; i < 5; i++)
    fail_unless_equals_int (bench_book (b, i)->sent[P2P_MSG_REQUEST],
        before[i]);
  fail_unless (bench_is_whole (b, 5, 0));
  bench_free (b);
}

GST_END_TEST;

GST_START_TEST (test_nobody_misses_a_chunk_when_one_dies_silently)
{
  for (unsigned victim = 1; victim < 5; victim++) {
    Bench *b = mesh ();

    for (unsigned i = 0; i < 5; i++) {
      bench_block (b, i, victim, true);
      bench_block (b, victim, i, true);
    }
    bench_publish (b, P2P_SEC (4), PERIOD, CHUNK);
    fail_unless (bench_is_whole (b, 5, victim));
    bench_free (b);
  }
}

GST_END_TEST;

/* Push and answer are both lost: a transport that gives up late messages does
 * that. Returns how often was asked within the 3 s that it is waited for. */
static unsigned
ask_one (P2pTime lost_for)
{
  Bench *b = bench_new (P2P_MSEC (10));
  Book *k;
  P2pSwarmConfig c;
  unsigned asked;

  bench_add_source (b);
  bench_config (&c, P2P_ROLE_RELAY, 1);
  c.latency_us = P2P_SEC (3);
  bench_add (b, &c);
  k = bench_book (b, 1);
  bench_header (b, 0);
  bench_link (b, 1, 0);
  bench_publish (b, P2P_SEC (5), PERIOD, CHUNK);
  asked = k->sent[P2P_MSG_REQUEST];
  bench_lose (b, 0, 1, 40, 40);
  bench_publish (b, lost_for, PERIOD, CHUNK);
  bench_lose (b, 0, 1, 1, 0);   /* nothing any more */
  bench_publish (b, P2P_SEC (4) - lost_for, PERIOD, CHUNK);
  fail_unless_equals_int (k->skipped, lost_for > P2P_SEC (3));
  fail_unless (k->delivered[k->n_delivered - 1] + 2 >= bench_published (b));
  asked = k->sent[P2P_MSG_REQUEST] - asked;
  bench_free (b);
  return asked;
}

GST_START_TEST (test_who_alone_has_it_is_asked_again_where_the_answer_is_lost)
{
  fail_unless_equals_int (ask_one (P2P_SEC (1)), 2);
  /* never faster than each second */
  fail_unless (ask_one (P2P_SEC (4)) <= 4);
}

GST_END_TEST;

/* HAVE of a chunk from the one to the other. */
static void
tell_have (Bench * b, unsigned from, unsigned to, uint32_t chunk)
{
  uint8_t frame[64];
  P2pRange r = { chunk, chunk };
  P2pWriter w;

  p2p_writer_init (&w, frame, sizeof frame);
  p2p_put_u32 (&w, 100 + from);
  p2p_wire_put_range (&w, P2P_MSG_HAVE, r);
  bench_inject (b, from, to, frame, w.len);
}

/* Three listeners feed a fourth one with a chunk every 250 ms, and one of them,
 * which is not always in time, falls silent. How often does the fourth ask within
 * 70 ms for what that one owes, when another one tells that it is there, or does
 * not. */
static unsigned
asks_soon (bool told)
{
  Bench *b = bench_new (P2P_MSEC (10));
  unsigned before;

  bench_add_source (b);
  bench_add_listeners (b, 4);
  bench_header (b, 0);
  for (unsigned i = 1; i < 4; i++)
    bench_link (b, i, 0);
  bench_publish (b, P2P_SEC (1), 2 * PERIOD, CHUNK);
  for (unsigned i = 1; i < 4; i++)
    bench_link (b, 4, i);
  bench_jitter (b, 1, 4, P2P_MSEC (80));
  bench_publish (b, P2P_SEC (10), 2 * PERIOD, CHUNK);
  while (!(bench_fed_by (b, 4, 1) >> (bench_published (b) - 1) % 4 & 1))
    bench_publish (b, 2 * PERIOD, 2 * PERIOD, CHUNK);
  bench_block (b, 1, 4, true);
  bench_block (b, 4, 1, true);
  before = bench_book (b, 4)->sent[P2P_MSG_REQUEST];
  for (int i = 0; i < 64; i++) {
    if (i % 50 == 0)
      bench_chunk (b, CHUNK, P2P_CHUNK_JOIN);
    bench_run (b, P2P_MSEC (5));
    if (told && i % 50 == 5)
      tell_have (b, 3, 4, bench_published (b) - 1);
  }
  before = bench_book (b, 4)->sent[P2P_MSG_REQUEST] - before;
  bench_free (b);
  return before;
}

GST_START_TEST (test_who_hears_of_what_a_silent_parent_owes_asks_at_once)
{
  fail_unless_equals_int (asks_soon (false), 0);
  fail_unless_equals_int (asks_soon (true), 1);
}

GST_END_TEST;

GST_START_TEST (test_a_stopped_listener_plays_again_and_harms_nobody)
{
  Bench *b = mesh ();
  unsigned before;

  bench_stop (b, 2, true);
  bench_publish (b, P2P_SEC (5), PERIOD, CHUNK);
  before = bench_book (b, 2)->n_delivered;
  bench_stop (b, 2, false);
  bench_publish (b, P2P_SEC (5), PERIOD, CHUNK);
  fail_unless (bench_is_whole (b, 5, 2));
  fail_unless (bench_book (b, 2)->n_delivered > before + 30);
  fail_unless (bench_book (b, 2)->delivered[bench_book (b,
              2)->n_delivered - 1] + 2 >= bench_published (b));
  bench_free (b);
}

GST_END_TEST;

GST_START_TEST (test_a_leaver_says_so_and_is_replaced_at_once)
{
  Bench *b = mesh ();

  p2p_swarm_leave (bench_swarm (b, 1), bench_now (b));
  bench_run (b, P2P_MSEC (1));
  for (unsigned i = 0; i < 5; i++)
    if (i != 1)
      bench_unlink (b, i, 1);
  fail_unless_equals_int (bench_book (b, 1)->sent[P2P_MSG_LEAVE], 4);
  bench_publish (b, P2P_SEC (3), PERIOD, CHUNK);
  fail_unless (bench_is_whole (b, 5, 1));
  bench_free (b);
}

GST_END_TEST;

GST_START_TEST (test_a_silent_publisher_is_noticed_and_welcomed_back)
{
  Bench *b = mesh ();

  bench_run (b, P2P_SEC (7));
  fail_unless_equals_int (bench_book (b, 3)->left, 1);
  fail_unless_equals_int (bench_book (b, 3)->starving, 1);
  bench_publish (b, P2P_SEC (1), PERIOD, CHUNK);
  fail_unless_equals_int (bench_book (b, 3)->back, 1);
  fail_unless (bench_is_whole (b, 5, 0));
  bench_free (b);
}

GST_END_TEST;

GST_START_TEST (test_silence_of_the_publisher_sets_off_no_flood)
{
  Bench *b = mesh ();
  unsigned before = bench_book (b, 3)->sent[P2P_MSG_REQUEST], after;

  bench_run (b, P2P_SEC (20));
  after = bench_book (b, 3)->sent[P2P_MSG_REQUEST];
  fail_unless (after - before <= 120, "%u requests", after - before);
  bench_free (b);
}

GST_END_TEST;

/* Of a listener that others feed with what is a second old, a chunk of a sub-stream
 * that nobody feeds it with, published so long ago: is it overdue? */
static bool
unfed_is_overdue (P2pTime period, uint32_t bitrate, P2pTime ago)
{
  static const char caps[] = "video/x-flv";
  P2pStreamHeader h = {.chunk_duration_us = period,.bitrate = bitrate,
    .caps = (const uint8_t *) caps,.caps_len = sizeof caps - 1
  };
  uint32_t len = (uint32_t) (bitrate / 8 * period / P2P_SEC (1));
  Bench *b = bench_new (P2P_MSEC (10));
  P2pSwarmConfig c;
  P2pSwarm *l;
  uint32_t chunk;
  unsigned s;
  bool overdue;

  bench_config (&c, P2P_ROLE_SOURCE, 0);
  c.k = 8;
  bench_add (b, &c);
  bench_add_listeners (b, 1);
  p2p_swarm_publish_header (bench_swarm (b, 0), &h, bench_local (b, 0));
  bench_join (b, 1);
  bench_publish (b, P2P_SEC (6), period, len);
  l = bench_swarm (b, 1);
  chunk = bench_published (b);
  s = p2p_sub_of (l, chunk);
  for (unsigned i = 0; i < 8; i++) {
    fail_unless (l->sub[i].has_offset);
    l->sub[i].has_offset = i != s;
    l->sub[i].offset_us += P2P_SEC (1);
  }
  l->sub[s].parent = 0;
  bench_chunk (b, len, P2P_CHUNK_JOIN);
  bench_run (b, ago);
  l->sub[s].parent = 0;
  overdue = p2p_pull_is_overdue (l, chunk);
  bench_free (b);
  return overdue;
}

/* 30 % of a second. In a radio there is no upload for those who ask too soon. */
GST_START_TEST (test_what_nobody_feeds_is_asked_for_before_all_is_late)
{
  fail_if (unfed_is_overdue (P2P_MSEC (63), 1000000, P2P_MSEC (250)));
  fail_unless (unfed_is_overdue (P2P_MSEC (63), 1000000, P2P_MSEC (350)));
  fail_if (unfed_is_overdue (P2P_MSEC (125), 128000, P2P_MSEC (900)));
  fail_unless (unfed_is_overdue (P2P_MSEC (125), 128000, P2P_MSEC (1500)));
}

GST_END_TEST;

static Suite *
pull_suite (void)
{
  Suite *s = suite_create ("swarm-pull");
  TCase *tc = tcase_create ("general");

  suite_add_tcase (s, tc);
  tcase_add_test (tc, test_in_peace_nothing_is_requested);
  tcase_add_test (tc, test_nobody_misses_a_chunk_when_one_dies_silently);
  tcase_add_test (tc,
      test_who_alone_has_it_is_asked_again_where_the_answer_is_lost);
  tcase_add_test (tc, test_who_hears_of_what_a_silent_parent_owes_asks_at_once);
  tcase_add_test (tc, test_what_nobody_feeds_is_asked_for_before_all_is_late);
  tcase_add_test (tc, test_a_stopped_listener_plays_again_and_harms_nobody);
  tcase_add_test (tc, test_a_leaver_says_so_and_is_replaced_at_once);
  tcase_add_test (tc, test_a_silent_publisher_is_noticed_and_welcomed_back);
  tcase_add_test (tc, test_silence_of_the_publisher_sets_off_no_flood);
  return s;
}

GST_CHECK_MAIN (pull);
