/* gst-plugins-p2p
 *
 * This library is free software; you can redistribute it and/or
 * modify it under the terms of the GNU Lesser General Public
 * License as published by the Free Software Foundation; either
 * version 2.1 of the License, or (at your option) any later version.
 */
/* p2pwindow.c: tests of the ring of chunks. */
#include <gst/check/gstcheck.h>

#include "../../../gst/p2p/core/swarm/p2pwindow.h"

static void
hold (P2pWindow * w, uint32_t chunk)
{
  uint8_t bytes[4] = { 1, 2, 3, 4 };
  P2pPayload *p = p2p_payload_new_copy (bytes, sizeof bytes);
  P2pSlice s = { p, 0, sizeof bytes };
  P2pEntry *e = p2p_window_reserve (w, chunk, 100);

  fail_unless (e != NULL);
  p2p_window_fill (w, e, s, bytes, false);
  p2p_payload_unref (p);
}

GST_START_TEST (test_the_first_chunk_leaves_room_behind_it)
{
  P2pWindow w = { 0 };

  hold (&w, 1000);
  fail_unless_equals_int (w.base, 900);
  fail_unless_equals_int (w.end, 1001);
  fail_unless (p2p_window_get (&w, 899) == NULL);
  fail_unless (p2p_window_get (&w, 900) != NULL);
  fail_unless (p2p_window_reserve (&w, 899, 100) == NULL);
  p2p_window_clear (&w);
}

GST_END_TEST;

GST_START_TEST (test_it_grows_and_keeps_what_it_holds)
{
  P2pWindow w = { 0 };

  for (uint32_t c = 0; c < 3000; c += 7)
    hold (&w, c);
  for (uint32_t c = 0; c < 3000; c++)
    fail_unless ((p2p_window_held (&w, c) != NULL) == (c % 7 == 0));
  fail_unless (w.capacity >= 3000 && w.capacity <= P2P_WINDOW_MAX);
  p2p_window_clear (&w);
}

GST_END_TEST;

GST_START_TEST (test_what_a_jump_made_it_grow_by_goes_again)
{
  P2pWindow w = { 0 };
  P2pEntry *e;

  for (uint32_t c = 1000; c < 1200; c++)
    hold (&w, c);
  hold (&w, 1500);              /* 600 chunks from the base of 900 on */
  fail_unless_equals_int (w.capacity, 1024);
  p2p_window_fit (&w);
  fail_unless_equals_int (w.capacity, 1024);
  p2p_window_advance (&w, 1100);
  /* one far ahead was asked for: it would have no place */
  e = p2p_window_reserve (&w, 1700, 0);
  e->u.asked.at = 1;
  p2p_window_fit (&w);
  fail_unless_equals_int (w.capacity, 1024);
  e->u.asked.at = P2P_TIME_NONE;
  p2p_window_fit (&w);
  fail_unless_equals_int (w.capacity, 512);
  p2p_window_fit (&w);          /* 401 fit in 512, not in 256 */
  fail_unless_equals_int (w.capacity, 512);
  fail_unless_equals_int (w.n_held, 101);
  for (uint32_t c = 1000; c < 1612; c++)
    fail_unless ((p2p_window_held (&w, c) != NULL)
        == ((c >= 1100 && c < 1200) || c == 1500));
  p2p_window_clear (&w);
  p2p_window_fit (&w);
}

GST_END_TEST;

GST_START_TEST (test_it_never_grows_beyond_its_cap)
{
  P2pWindow w = { 0 };

  hold (&w, 0);
  fail_unless (p2p_window_reserve (&w, P2P_WINDOW_MAX - 1, 0) != NULL);
  fail_unless (p2p_window_reserve (&w, P2P_WINDOW_MAX, 0) == NULL);
  fail_unless (p2p_window_reserve (&w, UINT32_MAX, 0) == NULL);
  p2p_window_clear (&w);
}

GST_END_TEST;

GST_START_TEST (test_what_is_advanced_over_is_forgotten)
{
  P2pWindow w = { 0 };
  uint32_t c;

  for (c = 0; c < 50; c++)
    hold (&w, c);
  p2p_window_advance (&w, 20);
  fail_unless (p2p_window_held (&w, 19) == NULL);
  fail_unless (p2p_window_held (&w, 20) != NULL);
  fail_unless (p2p_window_next_held (&w, 0, &c));
  fail_unless_equals_int (c, 20);
  p2p_window_advance (&w, 1000000);
  fail_unless (!p2p_window_next_held (&w, 0, &c));
  fail_unless_equals_int (w.end, 1000000);
  p2p_window_clear (&w);
}

GST_END_TEST;

GST_START_TEST (test_neighbours_of_a_hole_are_found)
{
  P2pWindow w = { 0 };
  uint32_t c;

  hold (&w, 10);
  hold (&w, 20);
  fail_unless (p2p_window_prev_held (&w, 15, &c) && c == 10);
  fail_unless (p2p_window_next_held (&w, 15, &c) && c == 20);
  fail_unless (p2p_window_prev_held (&w, 100, &c) && c == 20);
  fail_unless (!p2p_window_prev_held (&w, 9, &c));
  fail_unless (!p2p_window_next_held (&w, 21, &c));
  p2p_window_clear (&w);
}

GST_END_TEST;

/* The scans go by words of a bit field: against one entry at a time, on rings
 * whose base lies anywhere in a word, with every step that K can be. */
GST_START_TEST (test_scans_find_what_single_looks_find)
{
  uint32_t seed = 1;

  for (uint32_t round = 0; round < 60; round++) {
    P2pWindow w = { 0 };
    uint32_t base = 1000 + round * 37, step = 1 + round % 16, c, found;

    for (uint32_t i = 0; i < 300; i++) {
      seed = seed * 1664525 + 1013904223;
      if (seed >> 24 < 40 + round * 4)
        hold (&w, base + i);
    }
    if (!w.ring)
      continue;
    p2p_window_advance (&w, base + round);
    for (uint32_t from = w.base; from < w.end + 5; from++) {
      for (c = from; c < w.end && !p2p_window_held (&w, c); c++);
      fail_unless (p2p_window_next_held (&w, from, &found) == (c < w.end));
      fail_unless (c >= w.end || found == c);
      for (c = from; p2p_window_held (&w, c); c++)
        fail_unless (p2p_window_get (&w, c)->state == P2P_ENTRY_HELD);
      fail_unless (p2p_window_next_hole (&w, from) == c);
      for (c = from; c >= w.base && !p2p_window_held (&w, c); c--);
      fail_unless (p2p_window_prev_held (&w, from, &found) == (c >= w.base));
      fail_unless (c < w.base || found == c);
      for (c = from; c >= w.base && p2p_window_held (&w, c); c -= step);
      fail_unless (p2p_window_prev_hole (&w, from, step, &found)
          == (c >= w.base));
      fail_unless (c < w.base || found == c);
    }
    p2p_window_clear (&w);
  }
}

GST_END_TEST;

static Suite *
window_suite (void)
{
  Suite *s = suite_create ("swarm-window");
  TCase *tc = tcase_create ("general");

  suite_add_tcase (s, tc);
  tcase_add_test (tc, test_the_first_chunk_leaves_room_behind_it);
  tcase_add_test (tc, test_it_grows_and_keeps_what_it_holds);
  tcase_add_test (tc, test_what_a_jump_made_it_grow_by_goes_again);
  tcase_add_test (tc, test_it_never_grows_beyond_its_cap);
  tcase_add_test (tc, test_what_is_advanced_over_is_forgotten);
  tcase_add_test (tc, test_neighbours_of_a_hole_are_found);
  tcase_add_test (tc, test_scans_find_what_single_looks_find);
  return s;
}

GST_CHECK_MAIN (window);
