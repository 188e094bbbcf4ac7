/* gst-plugins-p2p
 *
 * This library is free software; you can redistribute it and/or
 * modify it under the terms of the GNU Lesser General Public
 * License as published by the Free Software Foundation; either
 * version 2.1 of the License, or (at your option) any later version.
 */
/* p2psourceclock.c: who is believed what about the publisher's clock. */
#include <gst/check/gstcheck.h>

#include "../../../gst/p2p/core/base/p2prandom.h"
#include "../../../gst/p2p/core/swarm/p2psourceclock.h"

#define OFFSET P2P_SEC (1000000)
#define PPM 200
#define EVERY P2P_SEC (2)

static int64_t
truth (P2pTime now)
{
  return OFFSET + now * PPM / 1000000;
}

/* One answer over a path that took so long there and back. */
static void
answer (P2pSourceClock * c, P2pClockSpan * s, P2pTime there, P2pTime back,
    P2pTime now)
{
  p2p_source_clock_answer (c, s, truth (now) + (there - back) / 2,
      (there + back + 1) / 2, now);
}

static void
count_one (P2pSourceClock * c, const P2pClockSpan * s, P2pTime now)
{
  P2pClockVote vote;

  p2p_source_clock_begin_vote (c, &vote, now);
  p2p_source_clock_vote (c, &vote, s, false, now);
  p2p_source_clock_count (c, &vote, now);
}

static int64_t
off (const P2pSourceClock * c, P2pTime now)
{
  int64_t d = p2p_source_clock_offset (c, now) - truth (now);

  return d < 0 ? -d : d;
}

/* Half an hour over a path of 10 ms and up to 40 ms of queues. */
static P2pTime
listen_30_minutes (P2pSourceClock * c, P2pClockSpan * s)
{
  P2pRandom random;
  P2pTime now = 0;

  p2p_random_init (&random, 3);
  for (; now < P2P_SEC (1800); now += EVERY) {
    P2pTime there = P2P_MSEC (10) + p2p_random_range (&random, 40000);
    P2pTime back = P2P_MSEC (10) + p2p_random_range (&random, 40000);

    answer (c, s, there, back, now);
    count_one (c, s, now);
    fail_unless (off (c, now) <= p2p_source_clock_error (c, now));
    if (now >= P2P_SEC (60))
      fail_unless (off (c, now) <= P2P_MSEC (8), "%d us after %d s",
          (int) off (c, now), (int) (now / P2P_SEC (1)));
  }
  return now;
}

GST_START_TEST (test_the_skew_is_found_through_jitter)
{
  P2pSourceClock c;
  P2pClockSpan s = { 0 };

  p2p_source_clock_reset (&c);
  listen_30_minutes (&c, &s);
  fail_unless (ABS (c.skew_ppb - PPM * 1000) <= 15000, "%d ppb", c.skew_ppb);
}

GST_END_TEST;

GST_START_TEST (test_a_jam_of_five_minutes_does_not_move_the_clock)
{
  P2pSourceClock c;
  P2pClockSpan s = { 0 };
  P2pTime now, end;

  p2p_source_clock_reset (&c);
  now = listen_30_minutes (&c, &s);
  /* the way there is full of bulk, the way back is not: half of 300 ms of
   * error if it was believed */
  for (end = now + P2P_SEC (300); now < end; now += EVERY) {
    answer (&c, &s, P2P_MSEC (310), P2P_MSEC (10), now);
    count_one (&c, &s, now);
    fail_unless (off (&c, now) <= P2P_MSEC (15), "%d us", (int) off (&c, now));
  }
}

GST_END_TEST;

GST_START_TEST (test_who_knows_nobody_runs_on_with_the_skew)
{
  P2pSourceClock c;
  P2pClockSpan s = { 0 };
  P2pTime now;

  p2p_source_clock_reset (&c);
  now = listen_30_minutes (&c, &s);
  fail_unless (off (&c, now + P2P_SEC (600)) <= P2P_MSEC (15));
  fail_unless (p2p_source_clock_error (&c, now + P2P_SEC (600)) >=
      P2P_MSEC (30));
}

GST_END_TEST;

static void
vote_all (P2pSourceClock * c, const P2pClockSpan * s, unsigned n,
    unsigned trusted, P2pTime now)
{
  P2pClockVote vote;

  p2p_source_clock_begin_vote (c, &vote, now);
  for (unsigned i = 0; i < n; i++)
    p2p_source_clock_vote (c, &vote, &s[i], i == trusted, now);
  p2p_source_clock_count (c, &vote, now);
}

GST_START_TEST (test_a_neighbour_that_lies_is_outvoted)
{
  P2pSourceClock c;
  P2pClockSpan s[3] = { {0}, {0}, {0} };
  P2pTime now = P2P_SEC (1);

  p2p_source_clock_reset (&c);
  answer (&c, &s[0], P2P_MSEC (20), P2P_MSEC (20), now);
  answer (&c, &s[1], P2P_MSEC (40), P2P_MSEC (10), now);
  /* five seconds ahead, and quite sure of it */
  p2p_source_clock_answer (&c, &s[2], truth (now) + P2P_SEC (5), 0, now);
  vote_all (&c, s, 3, 3, now);
  fail_unless (off (&c, now) <= P2P_MSEC (15));
}

GST_END_TEST;

GST_START_TEST (test_the_publisher_itself_is_believed_against_all)
{
  P2pSourceClock c;
  P2pClockSpan s[P2P_CLOCK_VOTERS + 8] = { {0} };
  unsigned n = P2P_CLOCK_VOTERS + 8;
  P2pTime now = P2P_SEC (1);

  p2p_source_clock_reset (&c);
  for (unsigned i = 0; i < n - 1; i++)
    p2p_source_clock_answer (&c, &s[i], truth (now) + P2P_SEC (5), 10, now);
  answer (&c, &s[n - 1], P2P_MSEC (50), P2P_MSEC (50), now);
  vote_all (&c, s, n, n - 1, now);
  fail_unless (off (&c, now) <= P2P_MSEC (1));
}

GST_END_TEST;

GST_START_TEST
    (test_a_signed_time_ahead_moves_the_clock_and_old_answers_do_not_count) {
  P2pSourceClock c;
  P2pClockSpan s = { 0 };
  P2pTime now = P2P_SEC (1);

  p2p_source_clock_reset (&c);
  answer (&c, &s, P2P_MSEC (20), P2P_MSEC (20), now);
  count_one (&c, &s, now);
  /* this machine slept for a minute and its clock did not notice */
  fail_unless (p2p_source_clock_heard (&c, truth (now) + P2P_SEC (60), now));
  fail_unless_equals_int64 (p2p_source_clock_offset (&c, now),
      truth (now) + P2P_SEC (60));
  count_one (&c, &s, now);
  fail_unless_equals_int64 (p2p_source_clock_offset (&c, now),
      truth (now) + P2P_SEC (60));
  /* what is behind says nothing */
  fail_if (p2p_source_clock_heard (&c, truth (now), now));
}

GST_END_TEST;

GST_START_TEST (test_two_who_only_have_each_other_know_less_and_less)
{
  P2pSourceClock a, b;
  P2pClockSpan from_b = { 0 }, from_a = { 0 };
  P2pTime now = 0;

  p2p_source_clock_reset (&a);
  p2p_source_clock_reset (&b);
  answer (&a, &from_b, P2P_MSEC (1), P2P_MSEC (1), now);
  count_one (&a, &from_b, now);
  from_b.known = false;
  for (; now < P2P_SEC (300); now += EVERY) {
    p2p_source_clock_answer (&b, &from_a, p2p_source_clock_offset (&a, now),
        p2p_source_clock_error (&a, now) + 1, now);
    count_one (&b, &from_a, now);
    p2p_source_clock_answer (&a, &from_b, p2p_source_clock_offset (&b, now),
        p2p_source_clock_error (&b, now) + 1, now);
    count_one (&a, &from_b, now);
  }
  fail_unless (p2p_source_clock_error (&a, now) >= off (&a, now));
  fail_unless (p2p_source_clock_error (&a, now) >= P2P_MSEC (15));
}

GST_END_TEST;

GST_START_TEST (test_any_answer_is_survived)
{
  static const int64_t wild[] = { 0, 1, -1, INT64_C (1) << 52,
    -(INT64_C (1) << 52), P2P_SEC (1), INT64_C (4294967295) * 1000000
  };
  P2pSourceClock c;
  P2pClockSpan s = { 0 };
  P2pTime now = 0;

  p2p_source_clock_reset (&c);
  for (unsigned i = 0; i < 2000; i++, now += P2P_SEC (40)) {
    p2p_source_clock_answer (&c, &s, wild[i * 5 % 7], wild[i % 2] +
        (i % 3) * INT64_C (4294967295), now);
    count_one (&c, &s, now);
    p2p_source_clock_heard (&c, wild[i * 3 % 7], now);
    fail_unless (ABS (c.skew_ppb) <= 500000);
  }
}

GST_END_TEST;

static Suite *
source_clock_suite (void)
{
  Suite *s = suite_create ("swarm-source-clock");
  TCase *tc = tcase_create ("general");

  suite_add_tcase (s, tc);
  tcase_add_test (tc, test_the_skew_is_found_through_jitter);
  tcase_add_test (tc, test_a_jam_of_five_minutes_does_not_move_the_clock);
  tcase_add_test (tc, test_who_knows_nobody_runs_on_with_the_skew);
  tcase_add_test (tc, test_a_neighbour_that_lies_is_outvoted);
  tcase_add_test (tc, test_the_publisher_itself_is_believed_against_all);
  tcase_add_test (tc,
      test_a_signed_time_ahead_moves_the_clock_and_old_answers_do_not_count);
  tcase_add_test (tc, test_two_who_only_have_each_other_know_less_and_less);
  tcase_add_test (tc, test_any_answer_is_survived);
  return s;
}

GST_CHECK_MAIN (source_clock);
