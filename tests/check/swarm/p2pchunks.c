/* gst-plugins-p2p
 *
 * This library is free software; you can redistribute it and/or
 * modify it under the terms of the GNU Lesser General Public
 * License as published by the Free Software Foundation; either
 * version 2.1 of the License, or (at your option) any later version.
 */
/* p2pchunks.c: tests of what is checked before it counts. */
#include <gst/check/gstcheck.h>

#include <string.h>

#include "swarmtest.h"

#define PERIOD P2P_MSEC (125)
#define CHUNK 2120

/* source - relay - listener */
static Bench *
chain (void)
{
  Bench *b = bench_new (P2P_MSEC (10));

  bench_add_source (b);
  bench_add_listeners (b, 2);
  bench_header (b, 0);
  bench_link (b, 1, 0);
  bench_run (b, P2P_MSEC (500));
  bench_link (b, 2, 1);
  bench_publish (b, P2P_SEC (2), PERIOD, CHUNK);
  return b;
}

GST_START_TEST (test_a_forged_chunk_is_neither_delivered_nor_relayed)
{
  Bench *b = chain ();
  unsigned before = bench_book (b, 1)->n_delivered;

  fail_unless (before > 10);
  fail_unless (bench_book (b, 2)->n_delivered > 10);
  bench_run (b, PERIOD);
  before = bench_book (b, 1)->n_delivered;
  bench_forge (b, 0, 1);
  bench_publish (b, P2P_SEC (1), PERIOD, CHUNK);
  fail_unless_equals_int (bench_book (b, 1)->dropped_bad, 1);
  fail_unless_equals_int (bench_book (b, 1)->n_delivered, before);
  fail_unless_equals_int (bench_book (b, 2)->n_delivered, before);
  fail_unless_equals_int (bench_book (b, 2)->dropped, 0);
  bench_free (b);
}

GST_END_TEST;

GST_START_TEST (test_nothing_passes_before_it_is_verified)
{
  Bench *b = chain ();
  unsigned at_1, at_2;

  bench_run (b, PERIOD);
  bench_verify_delay (b, P2P_MSEC (300));
  at_1 = bench_book (b, 1)->n_delivered;
  at_2 = bench_book (b, 2)->n_delivered;
  bench_chunk (b, CHUNK, P2P_CHUNK_JOIN);
  bench_run (b, P2P_MSEC (290));
  fail_unless_equals_int (bench_book (b, 1)->n_delivered, at_1);
  bench_run (b, P2P_MSEC (30));
  fail_unless_equals_int (bench_book (b, 1)->n_delivered, at_1 + 1);
  fail_unless_equals_int (bench_book (b, 2)->n_delivered, at_2);
  bench_run (b, P2P_MSEC (310));
  fail_unless_equals_int (bench_book (b, 2)->n_delivered, at_2 + 1);
  bench_free (b);
}

GST_END_TEST;

GST_START_TEST (test_a_relay_hop_costs_the_link_only)
{
  Bench *b = chain ();
  unsigned at_2;

  bench_run (b, PERIOD);
  at_2 = bench_book (b, 2)->n_delivered;
  bench_chunk (b, CHUNK, P2P_CHUNK_JOIN);
  bench_run (b, P2P_MSEC (20) - 1);
  fail_unless_equals_int (bench_book (b, 2)->n_delivered, at_2);
  bench_run (b, 1);
  fail_unless_equals_int (bench_book (b, 2)->n_delivered, at_2 + 1);
  bench_free (b);
}

GST_END_TEST;

GST_START_TEST (test_late_and_unknown_answers_are_ignored)
{
  Bench *b = chain ();
  uint8_t sig[64] = { 0 };

  p2p_swarm_verified (bench_swarm (b, 1), 12345, true, bench_now (b));
  p2p_swarm_verified (bench_swarm (b, 1), 0, false, bench_now (b));
  p2p_swarm_signed (bench_swarm (b, 0), 9999, sig, bench_now (b));
  bench_verify_delay (b, P2P_MSEC (100));
  bench_chunk (b, CHUNK, P2P_CHUNK_JOIN);
  bench_run (b, P2P_MSEC (50));
  bench_unlink (b, 1, 0);
  bench_run (b, P2P_SEC (1));
  fail_unless_equals_int (bench_book (b, 1)->dropped_bad, 0);
  bench_free (b);
}

GST_END_TEST;

GST_START_TEST (test_broken_bytes_drop_their_sender)
{
  static const uint8_t junk[] = { 0, 0, 0, 1, 0x0d, 1, 2, 3 };
  Bench *b = chain ();

  bench_inject (b, 0, 1, junk, sizeof junk);
  fail_unless_equals_int (bench_book (b, 1)->dropped_bad, 1);
  bench_inject (b, 1, 2, junk, 3);
  fail_unless_equals_int (bench_book (b, 2)->dropped_bad, 1);
  bench_free (b);
}

GST_END_TEST;

/* One beyond the last that there may be: sums of numbers would wrap, and who goes
 * from one to the next of a sub-stream would never come to an end. */
GST_START_TEST (test_a_chunk_number_that_cannot_be_drops_its_sender)
{
  for (uint32_t i = 0; i < 2; i++) {
    Bench *b = chain ();
    P2pSignedIntegrity m = {.chunk = {(uint32_t) INT32_MAX + i,
        (uint32_t) INT32_MAX + i},.ntp = UINT64_MAX
    };
    uint8_t frame[512] = { 0 };
    P2pWriter w;

    bench_verify_delay (b, P2P_SEC (1));
    p2p_writer_init (&w, frame, sizeof frame);
    p2p_put_u32 (&w, 100);
    p2p_wire_put_signed_integrity (&w, &m);
    p2p_wire_put_data (&w, m.chunk.first, 0);
    bench_inject (b, 0, 1, frame, w.len + 64);
    fail_unless_equals_int (bench_book (b, 1)->dropped_bad, i);
    bench_free (b);
  }
}

GST_END_TEST;

static Suite *
chunks_suite (void)
{
  Suite *s = suite_create ("swarm-chunks");
  TCase *tc = tcase_create ("general");

  suite_add_tcase (s, tc);
  tcase_add_test (tc, test_a_forged_chunk_is_neither_delivered_nor_relayed);
  tcase_add_test (tc, test_nothing_passes_before_it_is_verified);
  tcase_add_test (tc, test_a_relay_hop_costs_the_link_only);
  tcase_add_test (tc, test_late_and_unknown_answers_are_ignored);
  tcase_add_test (tc, test_broken_bytes_drop_their_sender);
  tcase_add_test (tc, test_a_chunk_number_that_cannot_be_drops_its_sender);
  return s;
}

GST_CHECK_MAIN (chunks);
