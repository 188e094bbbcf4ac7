/* gst-plugins-p2p
 *
 * This library is free software; you can redistribute it and/or
 * modify it under the terms of the GNU Lesser General Public
 * License as published by the Free Software Foundation; either
 * version 2.1 of the License, or (at your option) any later version.
 */
/* SCTP without a network: two associations of one process whose packets are
 * carried, dropped or changed by hand. usrsctp's timers run in real time.
 */
#include <gst/check/gstcheck.h>
#include <string.h>
#include <usrsctp.h>

#include "../../../ext/transport/gstp2psctp.h"
#include "../../../ext/transport/p2pcrc32c.h"
#include "../../../ext/transport/p2pscwatch.h"

#define MTU 1163
#define MAX_MESSAGE 17408

typedef struct
{
  GstP2PSctp *sctp;
  GQueue out;                   /* GBytes */
  guint n_out, n_large;         /* n_large: with a part of a big message */
  gboolean connected, closed;
  GError *error;
  guint n_messages, n_acked, n_resets;
  guint64 bytes;
  GByteArray *last;
  guint16 last_stream;
  guint32 last_ppid;
  gboolean free_in_message;
  gboolean got_ten;             /* a message of 10 bytes */
} End;

static End a, b;
static gboolean (*lose) (End * from, guint n);
static void (*change) (guint8 * packet, gsize len);

static void
on_output (const guint8 * packet, gsize len, gpointer user_data)
{
  End *end = user_data;
  guint8 *copy = g_memdup2 (packet, len);

  fail_unless (len <= MTU);
  end->n_large += len > 500;
  if (lose && lose (end, end->n_out)) {
    g_free (copy);
  } else {
    if (change) {
      change (copy, len);
    }
    g_queue_push_tail (&end->out, g_bytes_new_take (copy, len));
  }
  end->n_out++;
}

static void
on_connected (gpointer user_data)
{
  ((End *) user_data)->connected = TRUE;
}

static void
on_message (guint16 stream, guint32 ppid, const guint8 * data, gsize len,
    gpointer user_data)
{
  End *end = user_data;

  end->n_messages++;
  end->bytes += len;
  end->got_ten |= len == 10;
  end->last_stream = stream;
  end->last_ppid = ppid;
  g_byte_array_set_size (end->last, 0);
  g_byte_array_append (end->last, data, len);
  if (end->free_in_message) {
    g_clear_pointer (&end->sctp, gst_p2p_sctp_free);
  }
}

static void
on_reset (guint16 stream, gpointer user_data)
{
  ((End *) user_data)->n_resets++;
}

static void
on_acked (gpointer user_data)
{
  ((End *) user_data)->n_acked++;
}

static void
on_closed (const GError * error, gpointer user_data)
{
  End *end = user_data;

  fail_if (end->closed);
  end->closed = TRUE;
  end->error = error ? g_error_copy (error) : NULL;
}

static const GstP2PSctpCallbacks callbacks = {
  on_output, on_connected, on_message, on_reset, on_acked, on_closed, NULL
};

static void
end_init (End * end, gsize max_message)
{
  memset (end, 0, sizeof (*end));
  end->last = g_byte_array_new ();
  g_queue_init (&end->out);
  end->sctp = gst_p2p_sctp_new (NULL, MTU, max_message, &callbacks, end, NULL);
  fail_unless (end->sctp != NULL);
}

static void
end_clear (End * end)
{
  g_clear_pointer (&end->sctp, gst_p2p_sctp_free);
  g_queue_clear_full (&end->out, (GDestroyNotify) g_bytes_unref);
  g_clear_pointer (&end->last, g_byte_array_unref);
  g_clear_error (&end->error);
}

static void
teardown (void)
{
  lose = NULL;
  change = NULL;
  end_clear (&a);
  end_clear (&b);
}

static gboolean
carry_one (End * from, End * to)
{
  GBytes *bytes = g_queue_pop_head (&from->out);
  gsize len;
  gconstpointer data;

  if (bytes == NULL) {
    return FALSE;
  }
  data = g_bytes_get_data (bytes, &len);
  if (to->sctp) {
    gst_p2p_sctp_input (to->sctp, data, len);
  }
  g_bytes_unref (bytes);
  return TRUE;
}

static gboolean
wake (gpointer data)
{
  return G_SOURCE_CONTINUE;
}

static void
carry (void)
{
  while (carry_one (&a, &b) || carry_one (&b, &a)) {
  }
}

#define run_until(condition) \
  G_STMT_START { \
    gint64 end_ = g_get_monotonic_time () + 60 * G_USEC_PER_SEC; \
    guint id_ = g_timeout_add (5, wake, NULL); \
    for (carry (); !(condition); carry ()) { \
      fail_unless (g_get_monotonic_time () < end_, "timeout: %s", #condition); \
      g_main_context_iteration (NULL, TRUE); \
    } \
    g_source_remove (id_); \
  } G_STMT_END

static void
run_ms (guint ms)
{
  gint64 end = g_get_monotonic_time () + ms * 1000;

  run_until (g_get_monotonic_time () >= end);
}

static void
connect_both (void)
{
  end_init (&a, MAX_MESSAGE);
  end_init (&b, MAX_MESSAGE);
  fail_unless (gst_p2p_sctp_connect (a.sctp, 5000, NULL));
  fail_unless (gst_p2p_sctp_connect (b.sctp, 5000, NULL));
  run_until (a.connected && b.connected);
}

static guint8 block[300 * 1024];

GST_START_TEST (test_checksum_is_that_of_rfc_9260)
{
  guint8 packet[1200];
  gsize len, i;

  fail_unless_equals_int (p2p_crc32c ("123456789", 9), 0xe3069283);
  fail_unless_equals_int (p2p_crc32c_portable ("123456789", 9), 0xe3069283);
  for (i = 0; i < sizeof (packet); i++) {
    packet[i] = (guint8) (i * 7 + (i >> 3));
  }
  for (len = 12; len < sizeof (packet); len += 13) {
    guint32 theirs;

    fail_unless_equals_int (p2p_crc32c (packet + 1, len - 1),
        p2p_crc32c_portable (packet + 1, len - 1));
    p2p_crc32c_stamp (packet, len);
    memcpy (&theirs, packet + 8, 4);
    memset (packet + 8, 0, 4);
    fail_unless_equals_int (theirs, usrsctp_crc32c (packet, len));
  }
}

GST_END_TEST;

GST_START_TEST (test_a_message_is_sent_inside_the_call)
{
  connect_both ();
  run_until (gst_p2p_sctp_get_unacked (a.sctp) == 0);
  fail_unless (g_queue_is_empty (&a.out));
  fail_unless (gst_p2p_sctp_send (a.sctp, 3, 53, block, 5000, 0));
  fail_unless_equals_int (a.out.length, 5);
  fail_unless_equals_int (gst_p2p_sctp_get_unacked (a.sctp), 5000);
  carry ();
  /* It is handed up while its last packet is taken. */
  fail_unless_equals_int (b.n_messages, 1);
  fail_unless_equals_int (b.last_stream, 3);
  fail_unless_equals_int (b.last_ppid, 53);
  run_until (gst_p2p_sctp_get_unacked (a.sctp) == 0);
  fail_unless (a.n_acked > 0);
}

GST_END_TEST;

static gboolean
lose_every_ninth (End * from, guint n)
{
  return n % 9 == 8;
}

/* One packet: 12 bytes of header, 16 of the chunk's, and usrsctp gives a chunk a
 * multiple of 4 bytes. The swarm's cap and the simulator count with it. */
GST_START_TEST (test_a_packet_holds_1132_bytes_of_a_message)
{
  static const guint sizes[] = { 1132, 1133, 2264, 2265, 4528 };
  static const guint packets[] = { 1, 2, 2, 3, 4 };
  guint i;

  connect_both ();
  run_until (gst_p2p_sctp_get_unacked (a.sctp) == 0);
  for (i = 0; i < G_N_ELEMENTS (sizes); i++) {
    guint n = a.n_out;

    fail_unless (gst_p2p_sctp_send (a.sctp, 0, 53, block, sizes[i], 0));
    fail_unless_equals_int (a.n_out - n, packets[i]);
    run_until (b.n_messages == i + 1 && gst_p2p_sctp_get_unacked (a.sctp) == 0);
  }
}

GST_END_TEST;

GST_START_TEST (test_loss_is_made_good_and_the_count_comes_back_to_0)
{
  guint i;

  connect_both ();
  lose = lose_every_ninth;
  for (i = 0; i < 60; i++) {
    fail_unless (gst_p2p_sctp_send (a.sctp, 1, 53, block, 2000 + i,
            GST_P2P_SCTP_SEND_UNORDERED));
    carry ();
  }
  run_until (b.n_messages == 60);
  run_until (gst_p2p_sctp_get_unacked (a.sctp) == 0);
  fail_unless_equals_int (b.bytes, 60 * 2000 + 59 * 60 / 2);
}

GST_END_TEST;

static gboolean
lose_all_of_a (End * from, guint n)
{
  return from == &a;
}

GST_START_TEST (test_late_real_time_messages_are_given_up)
{
  GstP2PSctpStatus status;
  guint i;

  connect_both ();
  lose = lose_all_of_a;
  for (i = 0; i < 20; i++) {
    fail_unless (gst_p2p_sctp_send (a.sctp, 2, 53, block, 3000,
            GST_P2P_SCTP_SEND_UNORDERED | GST_P2P_SCTP_SEND_LIFETIME));
  }
  gst_p2p_sctp_get_status (a.sctp, &status);
  fail_unless_equals_int (status.unacked, 60000);
  run_ms (GST_P2P_SCTP_LIFETIME_MS + 100);
  lose = NULL;
  fail_unless (gst_p2p_sctp_send (a.sctp, 0, 53, block, 10, 0));
  /* What was in flight is given up; what waited in the buffer still comes. */
  run_until (b.got_ten && gst_p2p_sctp_get_unacked (a.sctp) == 0);
  fail_unless (b.n_messages < 20, "%u", b.n_messages);
}

GST_END_TEST;

GST_START_TEST (test_a_paused_reader_holds_the_sender_and_loses_nothing)
{
  guint sent = 0, i;

  connect_both ();
  gst_p2p_sctp_pause (b.sctp, TRUE);
  for (i = 0; i < 100; i++) {
    while (sent < 2000 && gst_p2p_sctp_send (a.sctp, 0, 53, block, 10000, 0)) {
      sent++;
    }
    run_ms (5);
  }
  /* Send and receive buffers of 256 KiB each, and one message. */
  fail_unless (sent * 10000 <= 2 * 256 * 1024 + 10000, "%u", sent);
  fail_unless_equals_int (b.n_messages, 0);
  gst_p2p_sctp_pause (b.sctp, FALSE);
  fail_unless_equals_int (b.n_messages, 0);     /* not inside the call */
  run_until (b.n_messages == sent);
  fail_unless_equals_int (b.bytes, sent * 10000);
}

GST_END_TEST;

GST_START_TEST (test_a_message_beyond_the_agreed_size_ends_it)
{
  static const gsize sizes[] = { MAX_MESSAGE + 1, 100000, 250000 };
  guint i;

  for (i = 0; i < G_N_ELEMENTS (sizes); i++) {
    connect_both ();
    fail_unless (gst_p2p_sctp_send (a.sctp, 1, 53, block, sizes[i], 0));
    run_until (b.closed);
    fail_unless (b.error != NULL);
    fail_unless_equals_int (b.n_messages, 0);
    teardown ();
  }
}

GST_END_TEST;

/* INIT and INIT ACK: number of streams out and in, as large as they get. */
static void
ask_for_all_streams (guint8 * packet, gsize len)
{
  if (len >= 32 && (packet[12] == 1 || packet[12] == 2)) {
    memset (packet + 24, 0xff, 4);
  }
}

GST_START_TEST (test_65535_streams_are_cut_to_ours)
{
  change = ask_for_all_streams;
  connect_both ();
  change = NULL;
  fail_unless (gst_p2p_sctp_send (a.sctp, GST_P2P_SCTP_STREAMS - 1, 53, block,
          1, 0));
  fail_if (gst_p2p_sctp_send (a.sctp, GST_P2P_SCTP_STREAMS, 53, block, 1, 0));
  run_until (b.n_messages == 1);
}

GST_END_TEST;

GST_START_TEST (test_garbage_is_survived_at_any_time)
{
  guint8 packet[1200];
  guint32 seed = 7;
  guint i, j, round;

  end_init (&a, MAX_MESSAGE);
  end_init (&b, MAX_MESSAGE);
  for (round = 0; round < 2; round++) {
    for (i = 0; i < 3000; i++) {
      gsize len = i % sizeof (packet);

      for (j = 0; j < len; j++) {
        seed = seed * 1664525 + 1013904223;
        packet[j] = (guint8) (seed >> 24);
      }
      if (i % 2 && len > 16) {
        /* Right ports, a known chunk type, a length that fits. */
        memcpy (packet, "\x13\x88\x13\x88", 4);
        packet[12] &= 0xc3;
        packet[14] = (guint8) ((len - 12) >> 8);
        packet[15] = (guint8) (len - 12);
      }
      gst_p2p_sctp_input (b.sctp, packet, len);
    }
    if (round == 0) {
      g_queue_clear_full (&b.out, (GDestroyNotify) g_bytes_unref);
      gst_p2p_sctp_connect (a.sctp, 5000, NULL);
      gst_p2p_sctp_connect (b.sctp, 5000, NULL);
      run_until (a.connected && b.connected);
    }
  }
  fail_if (b.closed);
  fail_unless (gst_p2p_sctp_send (a.sctp, 0, 53, block, 100, 0));
  run_until (b.n_messages == 1);
}

GST_END_TEST;

GST_START_TEST (test_free_is_an_abort_and_may_happen_in_a_message)
{
  guint before = gst_p2p_sctp_count ();

  connect_both ();
  b.free_in_message = TRUE;
  gst_p2p_sctp_send (a.sctp, 0, 53, block, 10, 0);
  gst_p2p_sctp_send (a.sctp, 0, 53, block, 10, 0);
  run_until (b.sctp == NULL);
  run_until (a.closed);
  fail_unless (a.error == NULL);
  fail_unless_equals_int (b.n_messages, 1);
  teardown ();
  fail_unless_equals_int (gst_p2p_sctp_count (), before);
}

GST_END_TEST;

GST_START_TEST (test_a_stream_reset_is_told)
{
  connect_both ();
  gst_p2p_sctp_send (a.sctp, 5, 53, block, 10, 0);
  run_until (b.n_messages == 1);
  gst_p2p_sctp_reset_stream (a.sctp, 5);
  run_until (b.n_resets == 1);
  fail_if (a.closed || b.closed);
}

GST_END_TEST;

GST_START_TEST (test_an_idle_association_ticks_slowly)
{
  guint64 ticks;
  gint64 start, seconds;

  connect_both ();
  run_until (gst_p2p_sctp_get_unacked (a.sctp) == 0
      && gst_p2p_sctp_get_unacked (b.sctp) == 0);
  run_ms (100);
  ticks = gst_p2p_sctp_ticks ();
  start = g_get_monotonic_time ();
  run_ms (1000);
  /* and it does tick */
  run_until (gst_p2p_sctp_ticks () >= ticks + 2);
  ticks = gst_p2p_sctp_ticks () - ticks;
  seconds = (g_get_monotonic_time () - start) / G_USEC_PER_SEC;
  fail_unless (ticks <= 6 * (guint64) seconds, "%" G_GUINT64_FORMAT " in %"
      G_GINT64_FORMAT " s", ticks, seconds);
}

GST_END_TEST;

GST_START_TEST (test_the_watcher_survives_any_bytes)
{
  guint8 packet[64];
  P2pScWatch w;
  guint32 seed = 3;
  guint i, j;

  p2p_scwatch_init (&w);
  for (i = 0; i < 200000; i++) {
    gsize len = i % (sizeof (packet) + 1);

    for (j = 0; j < len; j++) {
      seed = seed * 1664525 + 1013904223;
      packet[j] = (guint8) (seed >> 24);
    }
    if (len > 15) {
      packet[12] = i % 5;
      packet[14] = 0;
    }
    p2p_scwatch_output (&w, packet, len, i);
    p2p_scwatch_input (&w, packet, len, i);
    if (w.acked > w.sent)
      fail ("at packet %u", i);
  }
  p2p_scwatch_clear (&w);
}

GST_END_TEST;

/* ---- two contexts in one process ---- */

typedef struct
{
  GMainContext *context;
  GMainLoop *loop;
  End x, y;
  guint done;
} Island;

static gboolean
island_carry (gpointer data)
{
  Island *i = data;

  while (carry_one (&i->x, &i->y) || carry_one (&i->y, &i->x)) {
  }
  if (i->x.connected && i->y.connected && i->done < 200) {
    i->done++;
    gst_p2p_sctp_send (i->x.sctp, 0, 53, block, 5000, 0);
  }
  if (i->y.n_messages == 200) {
    g_main_loop_quit (i->loop);
    return G_SOURCE_REMOVE;
  }
  return G_SOURCE_CONTINUE;
}

static gpointer
island_run (gpointer data)
{
  Island *i = data;
  GSource *source = g_timeout_source_new (1);

  g_main_context_push_thread_default (i->context);
  i->x.sctp = gst_p2p_sctp_new (i->context, MTU, MAX_MESSAGE, &callbacks,
      &i->x, NULL);
  i->y.sctp = gst_p2p_sctp_new (i->context, MTU, MAX_MESSAGE, &callbacks,
      &i->y, NULL);
  gst_p2p_sctp_connect (i->x.sctp, 5000, NULL);
  gst_p2p_sctp_connect (i->y.sctp, 5000, NULL);
  g_source_set_callback (source, island_carry, i, NULL);
  g_source_attach (source, i->context);
  g_main_loop_run (i->loop);
  g_source_destroy (source);
  g_source_unref (source);
  end_clear (&i->x);
  end_clear (&i->y);
  g_main_context_pop_thread_default (i->context);
  return NULL;
}

GST_START_TEST (test_two_threads_have_associations_of_their_own)
{
  Island islands[2];
  GThread *threads[2];
  guint i, before = gst_p2p_sctp_count ();

  memset (islands, 0, sizeof (islands));
  for (i = 0; i < 2; i++) {
    islands[i].context = g_main_context_new ();
    islands[i].loop = g_main_loop_new (islands[i].context, FALSE);
    islands[i].x.last = g_byte_array_new ();
    islands[i].y.last = g_byte_array_new ();
    threads[i] = g_thread_new ("island", island_run, &islands[i]);
  }
  for (i = 0; i < 2; i++) {
    g_thread_join (threads[i]);
    fail_unless_equals_int (islands[i].y.n_messages, 200);
    g_main_loop_unref (islands[i].loop);
    g_main_context_unref (islands[i].context);
  }
  fail_unless_equals_int (gst_p2p_sctp_count (), before);
}

GST_END_TEST;

/* What is in flight needs a tick when its retransmission may be due, and a SACK
 * when it was held back long enough: not every 10 ms. */
GST_START_TEST (test_a_message_in_flight_costs_no_ticks_before_its_time)
{
  guint64 ticks;
  gint64 start, seconds;
  guint i;

  connect_both ();
  run_ms (300);
  ticks = gst_p2p_sctp_ticks ();
  start = g_get_monotonic_time ();
  for (i = 0; i < 10; i++) {
    gst_p2p_sctp_send (a.sctp, 1, 53, block, 2000, 0);
    run_ms (100);
  }
  run_until (b.n_messages == 10 && gst_p2p_sctp_get_unacked (a.sctp) == 0);
  ticks = gst_p2p_sctp_ticks () - ticks;
  seconds = (g_get_monotonic_time () - start) / G_USEC_PER_SEC;
  fail_unless (ticks <= 30 * (guint64) seconds, "%" G_GUINT64_FORMAT " in %"
      G_GINT64_FORMAT " s", ticks, seconds);
}

GST_END_TEST;

static gboolean
lose_all (End * from, guint n)
{
  return TRUE;
}

/* What goes again to one that is dead costs the living: a heartbeat does to find out
 * whether it is. */
GST_START_TEST (test_a_thrifty_one_repeats_nothing_into_silence)
{
  guint large, out, i;

  connect_both ();
  for (i = 1; i <= 3; i++) {
    gst_p2p_sctp_send (a.sctp, 1, 53, block, 2000, 0);
    run_until (b.n_messages == i && gst_p2p_sctp_get_unacked (a.sctp) == 0);
  }
  lose = lose_all;
  gst_p2p_sctp_send (a.sctp, 1, 53, block, 2000, 0);
  large = a.n_large;
  run_until (a.n_large > large);        /* as anybody does */
  lose = NULL;
  run_until (b.n_messages == 4 && gst_p2p_sctp_get_unacked (a.sctp) == 0);

  gst_p2p_sctp_set_thrifty (a.sctp);
  gst_p2p_sctp_send (a.sctp, 1, 53, block, 2000, 0);
  run_until (b.n_messages == 5 && gst_p2p_sctp_get_unacked (a.sctp) == 0);
  lose = lose_all;
  gst_p2p_sctp_send (a.sctp, 1, 53, block, 2000, 0);
  large = a.n_large;
  out = a.n_out;
  run_ms (1200);                /* two time-outs of SCTP and four probes */
  fail_unless_equals_int (a.n_large, large);
  fail_unless (a.n_out > out);
  lose = NULL;
  gst_p2p_sctp_ask_again (a.sctp);
  run_until (b.n_messages == 6 && gst_p2p_sctp_get_unacked (a.sctp) == 0);
}

GST_END_TEST;

static Suite *
gstp2psctp_suite (void)
{
  Suite *s = suite_create ("gstp2psctp");
  TCase *tc = tcase_create ("general");

  suite_add_tcase (s, tc);
  tcase_add_checked_fixture (tc, NULL, teardown);
  tcase_add_test (tc, test_checksum_is_that_of_rfc_9260);
  tcase_add_test (tc, test_a_message_is_sent_inside_the_call);
  tcase_add_test (tc, test_a_packet_holds_1132_bytes_of_a_message);
  tcase_add_test (tc, test_loss_is_made_good_and_the_count_comes_back_to_0);
  tcase_add_test (tc, test_late_real_time_messages_are_given_up);
  tcase_add_test (tc, test_a_paused_reader_holds_the_sender_and_loses_nothing);
  tcase_add_test (tc, test_a_message_beyond_the_agreed_size_ends_it);
  tcase_add_test (tc, test_65535_streams_are_cut_to_ours);
  tcase_add_test (tc, test_garbage_is_survived_at_any_time);
  tcase_add_test (tc, test_free_is_an_abort_and_may_happen_in_a_message);
  tcase_add_test (tc, test_a_stream_reset_is_told);
  tcase_add_test (tc, test_an_idle_association_ticks_slowly);
  tcase_add_test (tc, test_a_message_in_flight_costs_no_ticks_before_its_time);
  tcase_add_test (tc, test_a_thrifty_one_repeats_nothing_into_silence);
  tcase_add_test (tc, test_the_watcher_survives_any_bytes);
  tcase_add_test (tc, test_two_threads_have_associations_of_their_own);
  return s;
}

GST_CHECK_MAIN (gstp2psctp);
