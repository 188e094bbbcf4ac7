/* gst-plugins-p2p
 *
 * This library is free software; you can redistribute it and/or
 * modify it under the terms of the GNU Lesser General Public
 * License as published by the Free Software Foundation; either
 * version 2.1 of the License, or (at your option) any later version.
 */
/* p2pstandin.c: tests of a tight source's roots: spread, and replaced when silent. */
#include <gst/check/gstcheck.h>

#include "swarmtest.h"

#define PERIOD P2P_MSEC (125)
#define CHUNK 2000              /* 128 kbit/s, 146 with headers */
#define TIGHT 180000
#define LISTENERS 5
#define K 4

/* A source that may upload so much, and listeners, all linked. */
static Bench *
swarm_of (uint32_t bps)
{
  Bench *b = bench_new (P2P_MSEC (10));
  P2pSwarmConfig c;

  bench_config (&c, P2P_ROLE_SOURCE, 0);
  c.max_upload_bps = bps;
  c.k = K;
  bench_add (b, &c);
  bench_add_listeners (b, LISTENERS);
  bench_header (b, 0);
  for (unsigned i = 1; i <= LISTENERS; i++) {
    bench_join (b, i);
    bench_publish (b, P2P_SEC (1), PERIOD, CHUNK);
  }
  return b;
}

/* It has one copy to give. */
static Bench *
tight_swarm (void)
{
  return swarm_of (TIGHT);
}

/* Sub-streams that the source gives to a listener. */
static unsigned
roots (Bench * b, unsigned node)
{
  return bench_neighbour (b, 0, node).child_mask;
}

static unsigned
bits (uint16_t m)
{
  unsigned n = 0;

  for (; m; m &= (uint16_t) (m - 1))
    n++;
  return n;
}

static unsigned
any_root (Bench * b)
{
  unsigned node = 1;

  while (node < LISTENERS && roots (b, node) == 0)
    node++;
  return node;
}

GST_START_TEST (test_nobody_stays_the_root_of_two_sub_streams)
{
  Bench *b = tight_swarm ();
  uint16_t all = 0;

  bench_publish (b, P2P_SEC (40), PERIOD, CHUNK);
  for (unsigned i = 1; i <= LISTENERS; i++) {
    fail_unless (bits (roots (b, i)) <= 1, "listener %u: %x", i, roots (b, i));
    all |= roots (b, i);
    fail_unless_equals_int (bench_book (b, i)->skipped, 0);
  }
  fail_unless_equals_int (all, (1 << K) - 1);
  bench_free (b);
}

GST_END_TEST;

/* The chunk that it got last, and the next ones, go to another root before those
 * below could have said anything. */
GST_START_TEST (test_a_silent_root_is_replaced_at_once)
{
  Bench *b = tight_swarm ();
  uint16_t fell, given = 0;
  unsigned victim;

  bench_publish (b, P2P_SEC (40), PERIOD, CHUNK);
  victim = any_root (b);
  fell = roots (b, victim);
  fail_unless (fell != 0);
  bench_remove (b, victim);
  /* its next chunk is sent within K periods; then 100 ms without an answer */
  bench_publish (b, K * PERIOD + P2P_MSEC (200), PERIOD, CHUNK);
  for (unsigned i = 1; i <= LISTENERS; i++)
    given |= i == victim ? 0 : roots (b, i);
  fail_unless_equals_int (given & fell, fell);
  bench_publish (b, P2P_SEC (5), PERIOD, CHUNK);
  for (unsigned i = 1; i <= LISTENERS; i++) {
    Book *k = bench_book (b, i);

    if (i == victim)
      continue;
    fail_unless_equals_int (k->skipped, 0);
    fail_unless (k->delivered[k->n_delivered - 1] + 3 >= bench_published (b));
  }
  bench_free (b);
}

GST_END_TEST;

GST_START_TEST (test_a_root_that_was_only_late_gets_its_part_from_the_new_one)
{
  Bench *b = tight_swarm ();
  unsigned victim, sum = 0;
  Book *k;

  bench_publish (b, P2P_SEC (40), PERIOD, CHUNK);
  victim = any_root (b);
  k = bench_book (b, victim);
  bench_hold (b, 0, victim, true);
  bench_publish (b, K * PERIOD + P2P_MSEC (200), PERIOD, CHUNK);
  bench_hold (b, 0, victim, false);
  bench_publish (b, P2P_SEC (10), PERIOD, CHUNK);
  /* the source sends each chunk once, again */
  for (unsigned i = 1; i <= LISTENERS; i++)
    sum += bits (roots (b, i));
  fail_unless_equals_int (sum, K);
  fail_unless_equals_int (k->skipped, 0);
  fail_unless (k->delivered[k->n_delivered - 1] + 3 >= bench_published (b));
  bench_free (b);
}

GST_END_TEST;

/* What the transport sends again to the dead is missing to the living, where every
 * byte is spoken for. */
GST_START_TEST (test_a_tight_source_has_nothing_repeated_into_silence)
{
  Bench *b = tight_swarm ();
  unsigned links = bench_book (b, 0)->thrifty;

  fail_unless (links >= 1 && links <= LISTENERS, "%u", links);
  bench_publish (b, P2P_SEC (40), PERIOD, CHUNK);
  links = bench_book (b, 0)->thrifty;
  fail_unless (links >= K && links <= LISTENERS, "%u", links);
  for (unsigned i = 1; i <= LISTENERS; i++)
    fail_unless_equals_int (bench_book (b, i)->thrifty, 0);
  bench_free (b);

  b = swarm_of (4 * TIGHT);
  bench_publish (b, P2P_SEC (10), PERIOD, CHUNK);
  fail_unless_equals_int (bench_book (b, 0)->thrifty, 0);
  bench_free (b);
}

GST_END_TEST;

/* SUB_OK that nobody asked for: from this chunk on. */
static void
appoint (Bench * b, unsigned node, unsigned s, uint32_t next)
{
  P2pSubOk m = {.mask = (uint16_t) (1u << s),.k = K,.next = {next},.path_len =
      1,
  .path = {0xcafe}
  };
  uint8_t frame[64];
  P2pWriter w;

  p2p_writer_init (&w, frame, sizeof frame);
  p2p_put_u32 (&w, 100);
  p2p_wire_put_sub_ok (&w, &m);
  bench_inject (b, 0, node, frame, w.len);
}

/* Looking at each chunk up to the one it names would take minutes in all. */
GST_START_TEST (test_a_root_is_made_from_any_chunk_on_at_once)
{
  Bench *b = tight_swarm ();
  unsigned heard;

  for (unsigned node = 1; node <= LISTENERS; node++) {
    for (unsigned s = 0; s < K; s++)
      appoint (b, node, s, UINT32_MAX - 1 - s);
  }
  heard = bench_book (b, 1)->n_delivered;
  bench_publish (b, P2P_SEC (20), PERIOD, CHUNK);
  fail_unless (bench_book (b, 1)->n_delivered > heard + 40);
  bench_free (b);
}

GST_END_TEST;

static Suite *
stand_in_suite (void)
{
  Suite *s = suite_create ("swarm-stand-in");
  TCase *tc = tcase_create ("general");

  suite_add_tcase (s, tc);
  tcase_add_test (tc, test_nobody_stays_the_root_of_two_sub_streams);
  tcase_add_test (tc, test_a_silent_root_is_replaced_at_once);
  tcase_add_test (tc, test_a_tight_source_has_nothing_repeated_into_silence);
  tcase_add_test (tc, test_a_root_is_made_from_any_chunk_on_at_once);
  tcase_add_test (tc,
      test_a_root_that_was_only_late_gets_its_part_from_the_new_one);
  return s;
}

GST_CHECK_MAIN (stand_in);
