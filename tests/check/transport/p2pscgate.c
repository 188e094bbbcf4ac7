/* gst-plugins-p2p
 *
 * This library is free software; you can redistribute it and/or
 * modify it under the terms of the GNU Lesser General Public
 * License as published by the Free Software Foundation; either
 * version 2.1 of the License, or (at your option) any later version.
 */
/* The upload cap below SCTP, in virtual time. */
#include <gst/check/gstcheck.h>
#include <string.h>

#include "../../../ext/transport/p2pscgate.h"
#include "../../../gst/p2p/core/base/p2prandom.h"

#define CAP_BPS 400000
#define LIMIT (CAP_BPS / 4)     /* bytes in 2 s */
#define OVERHEAD 65
#define ENDS 3
#define MAX_SENT 20000

typedef struct
{
  P2pScGateEnd end;
  guint index;
} Link;

static P2pScGate gate;
static Link links[ENDS];
static gint64 now;
static struct
{
  gint64 at;
  guint32 bytes;                /* on the wire */
  guint8 link, type;
  guint16 number;
} sent[MAX_SENT];
static guint n_sent, n_woken;

static void
note_sent (guint bytes, guint link, guint type, guint number)
{
  fail_unless (n_sent < MAX_SENT);
  sent[n_sent].at = now;
  sent[n_sent].bytes = bytes;
  sent[n_sent].link = link;
  sent[n_sent].type = type;
  sent[n_sent++].number = number;
}

static void
on_go (guint8 * packet, gsize len, gpointer data)
{
  Link *link = data;

  note_sent (len + OVERHEAD, link->index, packet[12],
      packet[16] << 8 | packet[17]);
  p2p_scgate_count (&gate, &link->end, len + OVERHEAD, now);
}

static void
on_wake (gpointer data)
{
  n_woken++;
}

static void
begin (guint64 cap)
{
  memset (links, 0, sizeof (links));
  n_sent = n_woken = 0;
  now = 5000000;
  p2p_scgate_init (&gate);
  gate.wake = on_wake;
  p2p_scgate_set_cap (&gate, cap, now);
  for (guint i = 0; i < ENDS; i++) {
    links[i].index = i;
    links[i].end.go = on_go;
    links[i].end.user_data = &links[i];
    p2p_scgate_add (&gate, &links[i].end, OVERHEAD, 0);
  }
}

static void
end (void)
{
  for (guint i = 0; i < ENDS; i++)
    p2p_scgate_remove (&links[i].end);
  p2p_scgate_clear (&gate);
  fail_unless_equals_int (gate.n_kept, 0);
  fail_unless_equals_int (gate.reserved, 0);
}

/* One chunk of that type. */
static void
output (guint link, guint type, guint number, gsize len)
{
  guint8 packet[1200] = { 0 };

  packet[12] = type;
  packet[14] = (len - 12) >> 8;
  packet[15] = (len - 12) & 0xff;
  packet[16] = number >> 8;
  packet[17] = number & 0xff;
  p2p_scgate_output (&links[link].end, packet, len, now);
}

static void
run_until (gint64 then)
{
  gint64 due;

  while ((due = p2p_scgate_due (&gate, now)) <= then) {
    now = MAX (now, due);
    p2p_scgate_run (&gate, now);
  }
  now = then;
}

/* The most in any 2 s: windows that end with a packet. */
static guint32
worst (void)
{
  guint64 sum = 0, most = 0;
  guint first = 0;

  for (guint i = 0; i < n_sent; i++) {
    sum += sent[i].bytes;
    while (sent[first].at <= sent[i].at - 2000000)
      sum -= sent[first++].bytes;
    most = MAX (most, sum);
  }
  return most;
}

GST_START_TEST (test_no_two_seconds_get_more_than_the_cap)
{
  P2pRandom random;
  guint given = 0;

  begin (CAP_BPS);
  p2p_random_init (&random, __i__ + 1);
  /* twice the cap for 20 s, in bunches; acknowledgements and checks beside it */
  for (guint t = 0; t < 200; t++) {
    guint n = p2p_random_range (&random, 16);

    for (guint i = 0; i < n; i++)
      output (p2p_random_range (&random, ENDS), 0, given++, 1150);
    output (p2p_random_range (&random, ENDS), 3, t, 28);
    if (t % 25 == 0) {
      note_sent (108, 0, 255, 0);
      p2p_scgate_count (&gate, &links[0].end, 108, now);
    }
    run_until (now + 100000);
  }
  run_until (now + 60000000);
  fail_unless_equals_int (gate.n_kept, 0);
  fail_unless (worst () <= LIMIT, "%u of %u", worst (), LIMIT);
  /* and what it allows is used */
  fail_unless (worst () >= LIMIT * 95 / 100, "%u of %u", worst (), LIMIT);
  fail_unless_equals_uint64 (gate.dropped, 0);
  end ();
}

GST_END_TEST;

GST_START_TEST (test_data_keep_their_order_and_arrive_all)
{
  guint next = 0;

  begin (CAP_BPS);
  for (guint i = 0; i < 500; i++)
    output (i % ENDS, 0, i, 1150);
  fail_unless_equals_int (n_woken, 1);
  run_until (now + 60000000);
  for (guint i = 0; i < n_sent; i++)
    fail_unless_equals_int (sent[i].number, next++);
  fail_unless_equals_int (next, 500);
  end ();
}

GST_END_TEST;

GST_START_TEST (test_an_acknowledgement_passes_data_and_replaces_an_older_one)
{
  begin (CAP_BPS);
  for (guint i = 0; i < 200; i++)
    output (0, 0, i, 1150);
  n_sent = 0;
  /* there is room left for what carries no DATA */
  output (1, 3, 1, 28);
  fail_unless_equals_int (n_sent, 1);
  while (n_sent > 0) {
    n_sent = 0;
    output (1, 3, 2, 28);
  }
  output (2, 3, 3, 28);
  output (1, 3, 4, 28);
  output (2, 3, 5, 28);
  run_until (now + 3000000);
  fail_unless (n_sent > 3);
  fail_unless_equals_int (sent[0].type, 3);
  fail_unless_equals_int (sent[0].link, 1);
  fail_unless_equals_int (sent[0].number, 4);
  fail_unless_equals_int (sent[1].link, 2);
  fail_unless_equals_int (sent[1].number, 5);
  fail_unless_equals_int (sent[2].type, 0);
  end ();
}

GST_END_TEST;

GST_START_TEST (test_what_a_set_up_will_take_stays_free_until_it_has)
{
  static const guint32 reserve = LIMIT / 4;
  guint32 filled = 0;

  begin (CAP_BPS);
  p2p_scgate_remove (&links[2].end);
  p2p_scgate_add (&gate, &links[2].end, OVERHEAD, reserve);
  for (guint i = 0; i < 200; i++)
    output (0, 0, i, 1150);
  for (guint i = 0; i < n_sent; i++)
    filled += sent[i].bytes;
  fail_unless (filled <= LIMIT - reserve);
  /* its own packets and datagrams go, whoever waits */
  p2p_scgate_count (&gate, &links[2].end, reserve / 2, now);
  fail_unless_equals_int (links[2].end.reserved, reserve / 2);
  output (2, 1, 7, 100);
  fail_unless_equals_int (sent[n_sent - 1].link, 2);
  p2p_scgate_set_up_done (&links[2].end);
  fail_unless_equals_int (gate.reserved, 0);
  end ();
}

GST_END_TEST;

GST_START_TEST (test_a_repair_asks_and_goes_before_what_waits)
{
  begin (CAP_BPS);
  for (guint i = 0; i < 200; i++)
    output (0, 0, i, 1150);
  fail_unless (links[0].end.n_kept > 0);
  /* what DATA left free takes one at most, and a small one in any case */
  fail_unless (p2p_scgate_may (&links[1].end, 40, now));
  if (p2p_scgate_may (&links[1].end, 1150, now))
    p2p_scgate_count (&gate, &links[1].end, 1150 + OVERHEAD, now);
  fail_if (p2p_scgate_may (&links[1].end, 1150, now));
  run_until (now + 2100000);
  /* all the room that there is was used again */
  fail_unless (gate.n_kept > 0);
  end ();
}

GST_END_TEST;

static guint n_drained;

static void
on_drained (gpointer data)
{
  n_drained++;
}

GST_START_TEST (test_a_link_hears_when_nothing_of_it_waits_any_more)
{
  begin (CAP_BPS);
  n_drained = 0;
  links[1].end.drained = on_drained;
  for (guint i = 0; i < 100; i++)
    output (0, 0, i, 1150);
  output (1, 0, 100, 1150);
  output (1, 0, 101, 1150);
  fail_unless_equals_int (links[1].end.n_kept, 2);
  run_until (now + 10000000);
  fail_unless_equals_int (n_drained, 1);
  fail_unless_equals_int (links[1].end.n_kept, 0);
  end ();
}

GST_END_TEST;

GST_START_TEST (test_what_waits_of_a_link_that_ends_is_lost_and_nothing_else)
{
  begin (CAP_BPS);
  for (guint i = 0; i < 300; i++)
    output (i % 2, 0, i, 1150);
  p2p_scgate_remove (&links[0].end);
  n_sent = 0;
  run_until (now + 10000000);
  fail_unless (n_sent > 0);
  for (guint i = 0; i < n_sent; i++)
    fail_unless_equals_int (sent[i].link, 1);
  fail_unless_equals_int (sent[n_sent - 1].number, 299);
  end ();
}

GST_END_TEST;

GST_START_TEST (test_without_a_cap_nothing_waits_and_what_waited_goes)
{
  begin (0);
  for (guint i = 0; i < 1000; i++)
    output (0, 0, i, 1150);
  fail_unless_equals_int (n_sent, 1000);
  fail_unless_equals_int (n_woken, 0);
  p2p_scgate_set_cap (&gate, CAP_BPS, now);
  output (0, 0, 0, 1150);
  fail_unless_equals_int (n_sent, 1000);
  p2p_scgate_set_cap (&gate, 0, now);
  fail_unless_equals_int (n_sent, 1001);
  end ();
}

GST_END_TEST;

GST_START_TEST (test_more_than_it_may_keep_is_lost)
{
  begin (32000);
  for (guint i = 0; i < 3 * P2P_SCGATE_PACKETS; i++)
    output (i % ENDS, 0, i, 1150);
  fail_unless_equals_int (gate.n_kept, P2P_SCGATE_PACKETS);
  fail_unless (gate.dropped > P2P_SCGATE_PACKETS);
  end ();
}

GST_END_TEST;

/* usrsctp makes what comes here, and no length in it is trusted all the same. */
GST_START_TEST (test_any_bytes_are_survived)
{
  guint8 packet[96];
  P2pRandom random;

  begin (64000);
  p2p_random_init (&random, 9);
  for (guint i = 0; i < 20000; i++) {
    for (guint j = 0; j < sizeof (packet); j++)
      packet[j] = p2p_random_range (&random, 8) ? p2p_random_range (&random, 4)
          : p2p_random_range (&random, 256);
    p2p_scgate_output (&links[i % ENDS].end, packet,
        20 + p2p_random_range (&random, sizeof (packet) - 20), now);
    run_until (now + 5000);
  }
  fail_unless (worst () <= 16000, "%u", worst ());
  end ();
}

GST_END_TEST;

static Suite *
scgate_suite (void)
{
  Suite *s = suite_create ("scgate");
  TCase *tc = tcase_create ("scgate");

  suite_add_tcase (s, tc);
  tcase_add_loop_test (tc, test_no_two_seconds_get_more_than_the_cap, 0, 10);
  tcase_add_test (tc, test_data_keep_their_order_and_arrive_all);
  tcase_add_test (tc,
      test_an_acknowledgement_passes_data_and_replaces_an_older_one);
  tcase_add_test (tc, test_what_a_set_up_will_take_stays_free_until_it_has);
  tcase_add_test (tc, test_a_repair_asks_and_goes_before_what_waits);
  tcase_add_test (tc, test_a_link_hears_when_nothing_of_it_waits_any_more);
  tcase_add_test (tc,
      test_what_waits_of_a_link_that_ends_is_lost_and_nothing_else);
  tcase_add_test (tc, test_without_a_cap_nothing_waits_and_what_waited_goes);
  tcase_add_test (tc, test_more_than_it_may_keep_is_lost);
  tcase_add_test (tc, test_any_bytes_are_survived);
  return s;
}

GST_CHECK_MAIN (scgate);
