/* gst-plugins-p2p
 *
 * This library is free software; you can redistribute it and/or
 * modify it under the terms of the GNU Lesser General Public
 * License as published by the Free Software Foundation; either
 * version 2.1 of the License, or (at your option) any later version.
 */
/* gstp2pqueue.c: tests of the hand-over between threads, and of NTP times. */
#include <gst/check/gstcheck.h>

#include "../../../gst/p2p/session/gstp2pqueue.h"

static GstP2PItem *
make_chunk (guint32 number, gint64 ms)
{
  GstP2PItem *item = gst_p2p_item_new (GST_P2P_ITEM_CHUNK, 1);

  item->chunk = item->last = number;
  item->ntp = gst_p2p_ntp_add_us ((P2pNtp) 1000 << 32, ms * 1000);
  item->bytes = g_bytes_new_static ("x", 1);
  return item;
}

GST_START_TEST (test_items_come_out_in_the_order_they_went_in)
{
  GstP2PQueue *queue = gst_p2p_queue_new (10000);
  guint i;

  for (i = 0; i < 5; i++)
    gst_p2p_queue_push (queue, make_chunk (i, i * 100));
  for (i = 0; i < 5; i++) {
    GstP2PItem *item = gst_p2p_queue_pop (queue, -1);

    fail_unless_equals_int (item->chunk, i);
    gst_p2p_item_free (item);
  }
  gst_p2p_queue_free (queue);
}

GST_END_TEST;

GST_START_TEST (test_a_reader_that_stops_finds_the_window_and_one_skip)
{
  GstP2PQueue *queue = gst_p2p_queue_new (1000);
  GstP2PItem *item;
  guint i;

  gst_p2p_queue_push (queue, gst_p2p_item_new (GST_P2P_ITEM_HEADER, 1));
  for (i = 0; i < 100; i++)
    gst_p2p_queue_push (queue, make_chunk (i, i * 100));

  item = gst_p2p_queue_pop (queue, -1);
  fail_unless_equals_int (item->type, GST_P2P_ITEM_HEADER);
  gst_p2p_item_free (item);
  item = gst_p2p_queue_pop (queue, -1);
  fail_unless_equals_int (item->type, GST_P2P_ITEM_SKIP);
  fail_unless_equals_int (item->chunk, 0);
  fail_unless_equals_int (item->last, 88);
  gst_p2p_item_free (item);
  for (i = 89; i < 100; i++) {
    item = gst_p2p_queue_pop (queue, -1);
    fail_unless_equals_int (item->type, GST_P2P_ITEM_CHUNK);
    fail_unless_equals_int (item->chunk, i);
    gst_p2p_item_free (item);
  }
  gst_p2p_queue_free (queue);
}

GST_END_TEST;

GST_START_TEST (test_a_clock_that_stands_still_does_not_fill_the_memory)
{
  GstP2PQueue *queue = gst_p2p_queue_new (1000);
  GstP2PItem *item;
  guint i, chunks = 0;

  for (i = 0; i < 3 * GST_P2P_QUEUE_MAX_ITEMS; i++)
    gst_p2p_queue_push (queue, make_chunk (i, 0));
  while ((item = gst_p2p_queue_pop (queue, g_get_monotonic_time ()))) {
    chunks += item->type == GST_P2P_ITEM_CHUNK;
    gst_p2p_item_free (item);
  }
  fail_unless (chunks <= GST_P2P_QUEUE_MAX_ITEMS);
  fail_unless (chunks > GST_P2P_QUEUE_MAX_ITEMS / 2);
  gst_p2p_queue_free (queue);
}

GST_END_TEST;

static gpointer
flush_soon (gpointer queue)
{
  gst_p2p_queue_set_flushing (queue, TRUE);
  return NULL;
}

GST_START_TEST (test_flushing_wakes_a_reader_and_keeps_what_is_there)
{
  GstP2PQueue *queue = gst_p2p_queue_new (1000);
  GThread *thread = g_thread_new ("flush", flush_soon, queue);
  GstP2PItem *item;

  fail_unless (gst_p2p_queue_pop (queue, -1) == NULL);
  g_thread_join (thread);
  gst_p2p_queue_push (queue, make_chunk (7, 0));
  fail_unless (gst_p2p_queue_pop (queue, -1) == NULL);
  gst_p2p_queue_set_flushing (queue, FALSE);
  item = gst_p2p_queue_pop (queue, -1);
  fail_unless_equals_int (item->chunk, 7);
  gst_p2p_item_free (item);
  gst_p2p_queue_free (queue);
}

GST_END_TEST;

static gpointer
close_soon (gpointer queue)
{
  gst_p2p_queue_close (queue);
  return NULL;
}

GST_START_TEST (test_an_end_waits_for_what_is_there_and_for_nothing_else)
{
  GstP2PQueue *queue = gst_p2p_queue_new (1000);
  GstP2PItem *item;
  GThread *thread;

  gst_p2p_queue_set_ending (queue, TRUE);
  gst_p2p_queue_push (queue, make_chunk (1, 0));        /* it is not yet closed */
  gst_p2p_queue_close (queue);
  gst_p2p_queue_push (queue, make_chunk (2, 0));
  fail_if (gst_p2p_queue_has_ended (queue));
  item = gst_p2p_queue_pop (queue, -1);
  fail_unless_equals_int (item->chunk, 1);
  gst_p2p_item_free (item);
  fail_unless (gst_p2p_queue_has_ended (queue));
  fail_unless (gst_p2p_queue_pop (queue, -1) == NULL);
  /* flushing is no end */
  gst_p2p_queue_set_flushing (queue, TRUE);
  fail_if (gst_p2p_queue_has_ended (queue));
  gst_p2p_queue_set_flushing (queue, FALSE);
  /* taken back, then wanted while somebody waits */
  gst_p2p_queue_set_ending (queue, FALSE);
  gst_p2p_queue_close (queue);
  fail_if (gst_p2p_queue_has_ended (queue));
  gst_p2p_queue_push (queue, make_chunk (3, 0));
  gst_p2p_item_free (gst_p2p_queue_pop (queue, -1));
  gst_p2p_queue_set_ending (queue, TRUE);
  thread = g_thread_new ("close", close_soon, queue);
  fail_unless (gst_p2p_queue_pop (queue, -1) == NULL);
  g_thread_join (thread);
  fail_unless (gst_p2p_queue_has_ended (queue));
  gst_p2p_queue_free (queue);
}

GST_END_TEST;

GST_START_TEST (test_ntp_times_add_and_subtract_to_the_microsecond)
{
  static const gint64 steps[] = { 0, 1, -1, 999999, 1000000, -1000001,
    86400000000, -86400000000, 123456789
  };
  P2pNtp base = ((P2pNtp) 3900000000u << 32) + 0x80000001u;
  guint i;

  for (i = 0; i < G_N_ELEMENTS (steps); i++) {
    gint64 diff = gst_p2p_ntp_diff_us (base,
        gst_p2p_ntp_add_us (base, steps[i]));

    fail_unless (ABS (diff - steps[i]) <= 1, "%" G_GINT64_FORMAT " is %"
        G_GINT64_FORMAT, steps[i], diff);
  }
}

GST_END_TEST;

static Suite *
queue_suite (void)
{
  Suite *suite = suite_create ("gstp2pqueue");
  TCase *tc = tcase_create ("general");

  suite_add_tcase (suite, tc);
  tcase_add_test (tc, test_items_come_out_in_the_order_they_went_in);
  tcase_add_test (tc, test_a_reader_that_stops_finds_the_window_and_one_skip);
  tcase_add_test (tc, test_a_clock_that_stands_still_does_not_fill_the_memory);
  tcase_add_test (tc, test_flushing_wakes_a_reader_and_keeps_what_is_there);
  tcase_add_test (tc, test_an_end_waits_for_what_is_there_and_for_nothing_else);
  tcase_add_test (tc, test_ntp_times_add_and_subtract_to_the_microsecond);
  return suite;
}

GST_CHECK_MAIN (queue);
