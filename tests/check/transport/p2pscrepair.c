/* gst-plugins-p2p
 *
 * This library is free software; you can redistribute it and/or
 * modify it under the terms of the GNU Lesser General Public
 * License as published by the Free Software Foundation; either
 * version 2.1 of the License, or (at your option) any later version.
 */
/* Packets by hand, time by hand; tests/rigs has it with real SCTP. */
#include <gst/check/gstcheck.h>
#include <string.h>

#include "../../../ext/transport/p2pscrepair.h"

#define MS 1000
#define RTT (40 * MS)
#define FIRST 0xfffffff0u       /* TSNs wrap in the middle of every test */

static P2pScRepair repair;
static guint32 again[4096];     /* TSNs, as sent again */
static guint n_again;
static gint64 now;

static void
put32 (guint8 * p, guint32 v)
{
  p[0] = v >> 24;
  p[1] = v >> 16;
  p[2] = v >> 8;
  p[3] = v;
}

static guint32
get32 (const guint8 * p)
{
  return (guint32) p[0] << 24 | p[1] << 16 | p[2] << 8 | p[3];
}

static gboolean cap_allows = TRUE;

static bool
on_resend (guint8 * packet, gsize len, gpointer user_data)
{
  fail_unless (user_data == &repair);
  fail_unless_equals_int (len, 12 + 20);
  fail_unless_equals_int (packet[12], 0);
  fail_unless_equals_int (packet[28], 0xab);
  if (!cap_allows)
    return false;
  again[n_again++ % G_N_ELEMENTS (again)] = get32 (packet + 16);
  return true;
}

static void
begin (void)
{
  p2p_screpair_init (&repair, on_resend, &repair);
  n_again = 0;
  cap_allows = TRUE;
  now = 1000000;
}

/* One DATA chunk of 4 bytes. */
static void
send (guint i)
{
  guint8 packet[32] = { 0 };

  packet[15] = 20;
  put32 (packet + 16, FIRST + i);
  packet[28] = 0xab;
  p2p_screpair_output (&repair, packet, sizeof (packet), now);
}

/* So many are out, and could be acknowledged. */
static void
begin_with (guint n)
{
  begin ();
  for (guint i = 0; i < n; i++)
    send (i);
  now += RTT;
}

/* Acknowledges all before 'cum' and [from, to] (0: none). Returns what SCTP is
 * told: the first that is missing; *gaps = the blocks it sees. */
static guint
ack (guint cum, guint from, guint to, guint * gaps)
{
  guint8 packet[32] = { 0 }, block[P2P_SCREPAIR_MAX_PACKET];
  gsize len = from ? 32 : 28;
  const guint8 *seen;

  packet[12] = 3;
  packet[15] = len - 12;
  put32 (packet + 16, FIRST + cum - 1);
  if (from) {
    packet[25] = 1;
    packet[29] = from - cum + 1;
    packet[31] = to - cum + 1;
  }
  seen = p2p_screpair_input (&repair, packet, &len, block, now);
  fail_unless_equals_int (seen[12], 3);
  fail_unless_equals_int (len, 12 + seen[15]);
  fail_unless_equals_int (seen[15], 16 + 4 * seen[25]);
  if (gaps)
    *gaps = seen[25];
  return get32 (seen + 16) + 1 - FIRST;
}

GST_START_TEST (test_a_gap_is_repaired_at_once_and_hidden)
{
  guint gaps;

  begin_with (4);
  /* 1 is lost: 0 and 2 are there */
  fail_unless_equals_int (ack (1, 2, 2, &gaps), 3);
  fail_unless_equals_int (gaps, 0);
  fail_unless_equals_int (n_again, 1);
  fail_unless_equals_int (again[0], FIRST + 1);
  fail_unless_equals_int (ack (1, 2, 3, &gaps), 4);
  fail_unless_equals_int (n_again, 1);
  now += RTT;
  fail_unless_equals_int (ack (4, 0, 0, NULL), 4);
  fail_unless_equals_int (repair.n, 0);
  fail_unless (p2p_screpair_due (&repair) == G_MAXINT64);
}

GST_END_TEST;

GST_START_TEST (test_what_the_cap_does_not_allow_is_sent_when_it_does)
{
  gint64 due;

  begin_with (4);
  cap_allows = FALSE;
  /* SCTP is not told that 1 has arrived: it may have to send it itself */
  fail_unless_equals_int (ack (1, 2, 2, NULL), 1);
  fail_unless_equals_int (n_again, 0);
  due = p2p_screpair_due (&repair);
  fail_unless (due > now && due < now + RTT);
  now = due;
  p2p_screpair_tick (&repair, now);
  fail_unless_equals_int (n_again, 0);
  cap_allows = TRUE;
  now = p2p_screpair_due (&repair);
  p2p_screpair_tick (&repair, now);
  fail_unless_equals_int (n_again, 1);
  fail_unless_equals_int (again[0], FIRST + 1);
  fail_unless_equals_int (ack (1, 2, 3, NULL), 4);
  now += RTT;
  ack (4, 0, 0, NULL);
  fail_unless (p2p_screpair_due (&repair) == G_MAXINT64);
}

GST_END_TEST;

GST_START_TEST (test_nothing_is_repaired_without_loss)
{
  begin ();
  for (guint i = 0; i < 1000; i++) {
    send (i);
    now += RTT;
    fail_unless_equals_int (ack (i + 1, 0, 0, NULL), i + 1);
    p2p_screpair_tick (&repair, now);
  }
  fail_unless_equals_int (n_again, 0);
}

GST_END_TEST;

GST_START_TEST (test_a_lost_tail_is_probed_after_a_round_trip_and_a_bit)
{
  begin_with (1);
  ack (1, 0, 0, NULL);
  send (1);
  send (2);
  now += RTT + 10 * MS;
  p2p_screpair_tick (&repair, now);
  fail_unless_equals_int (n_again, 0);
  fail_unless (p2p_screpair_due (&repair) - now < 40 * MS);
  now = p2p_screpair_due (&repair);
  p2p_screpair_tick (&repair, now);
  fail_unless_equals_int (n_again, 1);
  fail_unless_equals_int (again[0], FIRST + 2);
  /* twice as long, and then it is SCTP's time-out */
  fail_unless (p2p_screpair_due (&repair) - now > 2 * RTT);
  now = p2p_screpair_due (&repair);
  p2p_screpair_tick (&repair, now);
  fail_unless_equals_int (n_again, 2);
  fail_unless (p2p_screpair_due (&repair) == G_MAXINT64);
  p2p_screpair_clear (&repair);
}

GST_END_TEST;

/* Each second packet lost: far more than a tenth. */
GST_START_TEST (test_a_bad_line_is_left_to_sctp)
{
  guint sent = 0, lost = 0;
  guint gaps = 0;

  begin ();
  while (sent < 400) {
    guint first = sent;

    send (sent++);
    send (sent++);
    now += RTT;
    if (ack (first, first + 1, first + 1, &gaps) <= first)
      fail_unless_equals_int (gaps, 1);
    now += RTT;
    lost++;
    ack (sent, 0, 0, NULL);
  }
  fail_unless (n_again >= lost / 10);
  fail_unless (n_again <= sent / 10 + 24, "%u of %u", n_again, sent);
}

GST_END_TEST;

GST_START_TEST (test_a_full_queue_is_left_to_sctp)
{
  guint i, gaps;

  begin_with (1);
  ack (1, 0, 0, NULL);
  for (i = 1; i < 60; i++) {
    send (i);
    now += 3 * RTT;
    ack (i + 1, 0, 0, NULL);
  }
  send (i);
  send (i + 1);
  now += 3 * RTT;
  fail_unless_equals_int (ack (i, i + 1, i + 1, &gaps), i);
  fail_unless_equals_int (gaps, 1);
  fail_unless_equals_int (n_again, 0);
  p2p_screpair_clear (&repair);
}

GST_END_TEST;

GST_START_TEST (test_what_sctp_was_told_is_sent_until_it_arrives)
{
  gint64 before;

  begin_with (2);
  fail_unless_equals_int (ack (0, 1, 1, NULL), 2);
  repair.budget = -1000;
  for (guint i = 1; i < 40; i++) {
    fail_unless_equals_int (n_again, i);
    before = now;
    now = p2p_screpair_due (&repair);
    fail_unless (now > before && now - before <= 2000 * MS);
    p2p_screpair_tick (&repair, now);
  }
  ack (2, 0, 0, NULL);
  fail_unless_equals_int (repair.n, 0);
}

GST_END_TEST;

GST_START_TEST (test_a_gap_that_is_not_repaired_is_shown_from_the_new_place)
{
  guint gaps;

  begin_with (3);
  repair.budget = 100;
  fail_unless_equals_int (ack (0, 1, 1, NULL), 2);
  fail_unless_equals_int (n_again, 1);
  for (guint i = 3; i < 6; i++)
    send (i);
  repair.budget = 0;
  /* 0 is ours already, 2 and 3 can't be paid */
  fail_unless_equals_int (ack (0, 4, 5, &gaps), 2);
  fail_unless_equals_int (gaps, 1);
  p2p_screpair_clear (&repair);
}

GST_END_TEST;

/* RFC 9260: what a gap block named may be thrown away by the receiver. */
GST_START_TEST (test_a_withdrawn_packet_is_sent_again)
{
  begin_with (3);
  ack (0, 1, 2, NULL);
  fail_unless_equals_int (n_again, 1);
  now += RTT;
  ack (1, 2, 2, NULL);
  fail_unless_equals_int (n_again, 2);
  fail_unless_equals_int (again[1], FIRST + 1);
  p2p_screpair_clear (&repair);
}

GST_END_TEST;

GST_START_TEST (test_more_than_it_keeps_is_sctps)
{
  guint gaps, all = 2 * P2P_SCREPAIR_PACKETS;

  begin ();
  for (guint i = 0; i < all; i++)
    send (i);
  fail_unless_equals_int (repair.n, P2P_SCREPAIR_PACKETS);
  now += RTT;
  fail_unless_equals_int (ack (all - 2, all - 1, all - 1, &gaps), all - 2);
  fail_unless_equals_int (gaps, 1);
  fail_unless_equals_int (n_again, 0);
  fail_unless_equals_int (repair.n, 0);
  /* and is not touched before there is less of it */
  ack (all, 0, 0, NULL);
  send (all);
  send (all + 1);
  now += RTT;
  fail_unless_equals_int (ack (all, all + 1, all + 1, NULL), all + 2);
  fail_unless_equals_int (n_again, 1);
  p2p_screpair_clear (&repair);
}

GST_END_TEST;

GST_START_TEST (test_a_gap_block_never_touches_what_is_acknowledged)
{
  guint gaps, i;

  begin_with (3);
  fail_unless_equals_int (ack (0, 1, 2, NULL), 3);
  /* what comes next is beyond the ring */
  for (i = 3; i < 3 + P2P_SCREPAIR_PACKETS; i++)
    send (i);
  send (i);
  fail_unless (repair.spilled);
  fail_unless_equals_int (ack (0, 1, 3, &gaps), 4);
  fail_unless_equals_int (gaps, 0);
  p2p_screpair_clear (&repair);
}

GST_END_TEST;

static bool
any_resend (guint8 * packet, gsize len, gpointer user_data)
{
  n_again++;
  return true;
}

GST_START_TEST (test_any_bytes_are_survived)
{
  guint8 packet[96], block[P2P_SCREPAIR_MAX_PACKET];
  guint32 seed = 5;

  p2p_screpair_init (&repair, any_resend, NULL);
  for (guint i = 0; i < 300000; i++) {
    gsize len = i % (sizeof (packet) + 1), n = len;

    for (guint j = 0; j < len; j++) {
      seed = seed * 1664525 + 1013904223;
      packet[j] = (guint8) (seed >> 24);
    }
    if (len > 28) {
      packet[12] = i % 2 ? 3 : 0;
      packet[14] = 0;
      packet[15] %= 64;
      memset (packet + 16, 0, 3);       /* TSNs near each other */
      packet[24] = 0;
      packet[25] %= 8;
    }
    now += packet[0] * 100;
    if (i % 2 == 0)
      p2p_screpair_output (&repair, packet, len, now);
    else
      p2p_screpair_input (&repair, packet, &n, block, now);
    if (n > len || repair.n > P2P_SCREPAIR_PACKETS)
      fail ("%u: %u bytes, %u packets", i, (guint) n, (guint) repair.n);
    p2p_screpair_tick (&repair, now);
  }
  fail_unless (n_again > 0);
  p2p_screpair_clear (&repair);
}

GST_END_TEST;

/* Windows of two packets of which the first may get lost; what is sent again
 * arrives as 'again_arrives' says. Returns how many of n packets were lost. */
static guint
lossy_line (guint from, guint n, guint percent, guint again_percent)
{
  static guint32 seed = 7;
  guint i, lost = 0;

  for (i = from; i + 1 < from + n; i += 2) {
    gboolean gone;

    seed = seed * 1664525 + 1013904223;
    gone = (seed >> 8) % 100 < 2 * percent;
    send (i);
    send (i + 1);
    now += RTT;
    if (gone) {
      guint before = n_again, turn;

      lost++;
      ack (i, i + 1, i + 1, NULL);
      for (turn = 0; turn < 40; turn++) {
        seed = seed * 1664525 + 1013904223;
        now += RTT;
        if ((seed >> 8) % 100 >= again_percent)
          break;
        p2p_screpair_tick (&repair, now);
        ack (i, i + 1, i + 1, NULL);
      }
      fail_unless (n_again - before <= 16 + 40);
    }
    ack (i + 2, 0, 0, NULL);
  }
  return lost;
}

/* Radio, with a trial now and then. */
GST_START_TEST (test_five_percent_at_random_are_repaired_for_ever)
{
  guint lost;

  begin ();
  lost = lossy_line (0, 100000, 5, 0);
  fail_unless (lost > 4500 && lost < 5500, "%u", lost);
  fail_unless (n_again >= lost * 8 / 10, "%u of %u", n_again, lost);
}

GST_END_TEST;

/* Loses a tenth of what we send, one in a hundred of what SCTP alone does: it is
 * SCTP's but for a try now and then, each after twice the time. */
static guint
narrow_line (guint from, guint n)
{
  guint lost = 0;

  for (guint i = from; i < from + n; i += 2)
    lost += lossy_line (i, 2, p2p_scloss_is_left (&repair.loss) ? 1 : 10, 0);
  return lost;
}

GST_START_TEST (test_a_line_that_we_fill_ourselves_is_left_to_sctp)
{
  guint lost, first, n_left;

  begin ();
  lost = narrow_line (0, P2P_SCLOSS_WINDOW);
  first = n_again;
  fail_unless (first >= lost * 8 / 10, "%u of %u", first, lost);
  fail_unless (p2p_scloss_is_left (&repair.loss));
  /* 33 minutes */
  narrow_line (P2P_SCLOSS_WINDOW, 100000);
  n_left = repair.loss.n_left;
  fail_unless (n_left >= 3 && n_left <= 10, "%u", n_left);
  fail_unless (n_again < (n_left + 1) * 200, "%u", n_again);
  /* it got well: it is repaired again, at the latest after the longest time */
  lossy_line (101024, 20000, 2, 0);
  first = n_again;
  lost = lossy_line (121024, 20000, 2, 0);
  fail_unless (n_again - first == lost, "%u of %u", n_again - first, lost);
  fail_unless_equals_int (repair.loss.n_left, n_left);
}

GST_END_TEST;

/* Bad radio: SCTP alone loses as much. That is tried once in five minutes. */
GST_START_TEST (test_a_line_that_loses_by_itself_is_repaired)
{
  guint lost;

  begin ();
  lost = lossy_line (0, 100000, 8, 0);
  fail_unless (n_again >= lost * 9 / 10, "%u of %u", n_again, lost);
  fail_unless_equals_int (repair.loss.n_left, 0);
  /* 2000 s */
  fail_unless (repair.loss.n_trials >= 3 && repair.loss.n_trials <= 9, "%u",
      repair.loss.n_trials);
}

GST_END_TEST;

/* A machine that stood still, a tunnel: 60 packets in a row. */
GST_START_TEST (test_a_stretch_without_anything_is_no_bad_line)
{
  guint i;

  begin ();
  lossy_line (0, 200, 0, 0);
  for (i = 0; i < 3; i++) {
    guint at = 200 + i * 3000, j;

    for (j = 0; j < 60; j++)
      send (at + j);
    send (at + 60);
    now += RTT;
    ack (at, at + 60, at + 60, NULL);
    now += RTT;
    ack (at + 61, 0, 0, NULL);
    lossy_line (at + 61, 3000 - 61, 0, 0);
  }
  fail_unless_equals_int (repair.loss.n_trials, 0);
}

GST_END_TEST;

/* Whatever is lost, of the first sendings and of the repairs: what we send in
 * addition is a tenth, the burst, the credit, and a probe now and then. */
GST_START_TEST (test_repairs_are_bounded_whatever_gets_lost)
{
  static const guint percents[] = { 5, 10, 20, 40 };
  guint i;

  for (i = 0; i < G_N_ELEMENTS (percents); i++) {
    guint sent = 20000, turn;

    begin ();
    for (turn = 0; turn < sent / 2; turn++)
      lossy_line (2 * turn, 2, percents[i], 60);
    fail_unless (repair.repaired <= sent / 10 + 48 + sent / 20,
        "%" G_GUINT64_FORMAT " at %u %%", repair.repaired, percents[i]);
    p2p_screpair_clear (&repair);
  }
}

GST_END_TEST;

static Suite *
screpair_suite (void)
{
  Suite *s = suite_create ("screpair");
  TCase *tc = tcase_create ("screpair");

  suite_add_tcase (s, tc);
  tcase_add_test (tc, test_a_gap_is_repaired_at_once_and_hidden);
  tcase_add_test (tc, test_what_the_cap_does_not_allow_is_sent_when_it_does);
  tcase_add_test (tc, test_nothing_is_repaired_without_loss);
  tcase_add_test (tc, test_a_lost_tail_is_probed_after_a_round_trip_and_a_bit);
  tcase_add_test (tc, test_a_bad_line_is_left_to_sctp);
  tcase_add_test (tc, test_a_full_queue_is_left_to_sctp);
  tcase_add_test (tc, test_what_sctp_was_told_is_sent_until_it_arrives);
  tcase_add_test (tc,
      test_a_gap_that_is_not_repaired_is_shown_from_the_new_place);
  tcase_add_test (tc, test_a_withdrawn_packet_is_sent_again);
  tcase_add_test (tc, test_more_than_it_keeps_is_sctps);
  tcase_add_test (tc, test_a_gap_block_never_touches_what_is_acknowledged);
  tcase_add_test (tc, test_five_percent_at_random_are_repaired_for_ever);
  tcase_add_test (tc, test_a_line_that_we_fill_ourselves_is_left_to_sctp);
  tcase_add_test (tc, test_a_line_that_loses_by_itself_is_repaired);
  tcase_add_test (tc, test_a_stretch_without_anything_is_no_bad_line);
  tcase_add_test (tc, test_repairs_are_bounded_whatever_gets_lost);
  tcase_add_test (tc, test_any_bytes_are_survived);
  return s;
}

GST_CHECK_MAIN (screpair);
