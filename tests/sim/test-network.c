/* gst-plugins-p2p
 *
 * This library is free software; you can redistribute it and/or
 * modify it under the terms of the GNU Lesser General Public
 * License as published by the Free Software Foundation; either
 * version 2.1 of the License, or (at your option) any later version.
 */
/* test-network.c: the simulator's own parts: the events, queues,
 * acknowledgements, delays, and what is counted. */
#include <gst/check/gstcheck.h>

#include "p2pmeasure.h"
#include "p2pnet.h"
#include "p2psim.h"

GST_START_TEST (test_events_come_in_order_of_time_then_of_insertion)
{
  P2pSim sim;
  P2pSimEvent e;
  P2pTime last = 0;
  uint32_t last_b = 0;

  p2p_sim_init (&sim, 7);
  for (uint32_t i = 0; i < 5000; i++)
    p2p_sim_at (&sim, p2p_random_range (&sim.random, 300), 1, 0, i, 0, NULL);
  for (uint32_t i = 0; i < 5000; i++) {
    fail_unless (p2p_sim_next (&sim, 1000, &e));
    fail_unless (e.when > last || (e.when == last && e.b >= last_b));
    fail_unless (sim.now == e.when);
    last = e.when;
    last_b = e.b;
  }
  fail_if (p2p_sim_next (&sim, 1000, &e));
  fail_unless (sim.now == 1000);
  p2p_sim_clear (&sim);
}

GST_END_TEST;

/* Near and far ones, more of them while they come out, and waits in between:
 * against a list that is searched. */
static void
check_order (uint64_t seed)
{
  static const uint32_t spans[] = { 1, 40, 5000, 2100000, 9000000 };
  struct
  {
    P2pTime when;
    bool out;
  } all[600];
  uint32_t n = 0, left = 0;
  P2pTime until = 0;
  P2pSim sim;
  P2pSimEvent e;

  p2p_sim_init (&sim, seed);
  while (n < 600 || left > 0) {
    bool more;

    for (int i = 0; i < 3 && n < 600; i++, n++, left++) {
      all[n].when = sim.now + p2p_random_range (&sim.random,
          spans[p2p_random_range (&sim.random, 5)]);
      all[n].out = false;
      p2p_sim_at (&sim, all[n].when, 0, n, 0, 0, NULL);
    }
    until = sim.now + p2p_random_range (&sim.random, 30000);
    more = p2p_sim_next (&sim, until, &e);
    for (uint32_t i = 0; i < n; i++) {
      if (all[i].out)
        continue;
      if (more ? all[i].when < e.when || (all[i].when == e.when && i < e.a) :
          all[i].when <= until)
        fail ("%u was passed over", i);
    }
    if (more) {
      fail_unless (sim.now == e.when && e.when == all[e.a].when
          && !all[e.a].out);
      all[e.a].out = true;
      left--;
    } else {
      fail_unless (sim.now == until);
    }
  }
  p2p_sim_clear (&sim);
}

GST_START_TEST (test_events_come_in_order_whatever_lies_between_them)
{
  for (uint64_t seed = 1; seed <= 20; seed++)
    check_order (seed);
}

GST_END_TEST;

GST_START_TEST (test_an_uplink_sends_one_after_the_other)
{
  P2pNetAccess a = { 1000000, 0, 0, 0 };

  /* 1250 B at 1 Mbit/s take 10 ms */
  fail_unless (p2p_net_upload (&a, 0, 1250) == P2P_MSEC (10));
  fail_unless (p2p_net_upload (&a, 0, 1250) == P2P_MSEC (20));
  fail_unless (p2p_net_upload (&a, P2P_MSEC (50), 1250) == P2P_MSEC (60));
}

GST_END_TEST;

GST_START_TEST (test_a_message_that_finds_the_downlink_idle_does_not_wait)
{
  P2pNetAccess a = { 0, 1000000, 0, 0 };

  fail_unless (p2p_net_download (&a, P2P_MSEC (100), 1250) == P2P_MSEC (100));
  fail_unless (p2p_net_download (&a, P2P_MSEC (100), 1250) == P2P_MSEC (110));
}

GST_END_TEST;

GST_START_TEST (test_packets_cost_what_the_real_stack_costs)
{
  fail_unless_equals_int (p2p_net_wire (0), 93);
  fail_unless_equals_int (p2p_net_wire (1132), 1132 + 93);
  fail_unless_equals_int (p2p_net_wire (1133), 1133 + 2 * 93);
  fail_unless_equals_int (p2p_net_wire (15747), 15747 + 14 * 93);
}

GST_END_TEST;

GST_START_TEST (test_acknowledgements_are_cumulative)
{
  P2pNetEnd end;

  p2p_net_end_init (&end, P2P_MSEC (40));
  end.unacked = 3000;
  p2p_net_end_acked (&end, 100, 1000, 40000);
  fail_unless (p2p_net_end_empty_at (&end) == P2P_TIME_NEVER);
  p2p_net_end_acked (&end, 200, 1000, 40000);
  /* a faster one brings those before it */
  p2p_net_end_acked (&end, 150, 1000, 40000);
  fail_unless (p2p_net_end_empty_at (&end) == 150);
  p2p_net_end_settle (&end, 120);
  fail_unless_equals_int (end.unacked, 2000);
  fail_unless (end.last_received == 100);
  p2p_net_end_settle (&end, 150);
  fail_unless_equals_int (end.unacked, 0);
}

GST_END_TEST;

GST_START_TEST (test_many_acknowledgements_lose_no_byte)
{
  P2pNetEnd end;

  p2p_net_end_init (&end, P2P_MSEC (40));
  for (unsigned i = 0; i < 50; i++) {
    end.unacked += 100 + i;
    p2p_net_end_acked (&end, 1000 + i * 10, 100 + i, 40000);
  }
  p2p_net_end_settle (&end, 1000 + 49 * 10);
  fail_unless_equals_int (end.unacked, 0);
  fail_unless_equals_int (end.acked_soon, 0);
}

GST_END_TEST;

GST_START_TEST (test_delays_lie_between_the_bounds_and_are_symmetric)
{
  P2pNetGeometry g = { P2P_NET_PLANE, P2P_MSEC (5), P2P_MSEC (90) };
  P2pRandom random;

  p2p_random_init (&random, 3);
  for (unsigned i = 0; i < 2000; i++) {
    P2pNetPlace a, b;
    P2pTime d;

    g.map = i % 2 ? P2P_NET_PLANE : P2P_NET_CITIES;
    a = p2p_net_place (&g, &random);
    b = p2p_net_place (&g, &random);
    d = p2p_net_delay (&g, a, b);
    fail_unless (d >= g.min && d <= g.max);
    fail_unless (d == p2p_net_delay (&g, b, a));
  }
}

GST_END_TEST;

GST_START_TEST (test_only_symmetric_translators_keep_pairs_apart)
{
  static const bool reaches[P2P_NET_NATS][P2P_NET_NATS] = {
    {true, true, true, true}, {true, true, true, true},
    {true, true, true, false}, {true, true, false, false}
  };

  for (unsigned a = 0; a < P2P_NET_NATS; a++) {
    for (unsigned b = 0; b < P2P_NET_NATS; b++)
      fail_unless (p2p_net_reaches (a, b) == reaches[a][b], "%u, %u", a, b);
  }
}

GST_END_TEST;

GST_START_TEST (test_a_lossy_path_delays_and_bounds_what_a_link_carries)
{
  P2pNetEnd end;
  P2pRandom random;
  P2pTime late, let_go = 0, sum = 0;
  uint64_t carried;

  p2p_random_init (&random, 1);
  fail_unless (p2p_net_loss_capacity (P2P_MSEC (40), 30000)
      < p2p_net_loss_capacity (P2P_MSEC (40), 10000));
  p2p_net_end_init (&end, P2P_MSEC (40));
  for (unsigned i = 0; i < 2000; i++) {
    let_go = p2p_net_end_lossy (&end, i * P2P_MSEC (125), 2264, P2P_MSEC (40),
        30000, &random, &late);
    fail_unless (late >= 0);
    sum += late;
  }
  /* most are not late, some by round trips; 145 kbit/s are no burden */
  fail_unless (sum > 0 && sum / 2000 < P2P_MSEC (60));
  fail_unless (let_go - 1999 * P2P_MSEC (125) < P2P_MSEC (40));
  /* all at once: as long as the line carries it, and no shorter */
  for (unsigned i = 0; i < 2000; i++)
    let_go = p2p_net_end_lossy (&end, P2P_SEC (300), 15600, P2P_MSEC (40),
        30000, &random, &late);
  carried = UINT64_C (2000) * 15600 * 8 * 1000000
      / p2p_net_loss_capacity (P2P_MSEC (40), 30000);
  fail_unless (carried > P2P_SEC (10));
  fail_unless (let_go > P2P_SEC (300) + (P2pTime) carried * 9 / 10);
}

GST_END_TEST;

GST_START_TEST (test_continuity_counts_what_is_late_and_what_never_comes)
{
  P2pMeasureNode *n = g_new0 (P2pMeasureNode, 1);
  P2pMeasure m;

  p2p_measure_init (&m, 62500);
  p2p_measure_node_init (n, 0);
  n->linked = 0;
  for (unsigned i = 0; i < 4; i++)
    p2p_measure_published (&m, P2P_SEC (3));
  p2p_measure_verified (&m, n, 0, P2P_SEC (3) + P2P_MSEC (100));
  p2p_measure_verified (&m, n, 1, P2P_SEC (3) + P2P_MSEC (1800));
  p2p_measure_verified (&m, n, 2, P2P_SEC (3) + P2P_MSEC (100));
  for (unsigned d = 0; d < P2P_MEASURE_DELAYS; d++) {
    for (unsigned i = 0; i < 4; i++)
      p2p_measure_due (&m, n, d, i);
  }
  fail_unless_equals_int (p2p_measure_missed (&m, 0), 500000);
  fail_unless_equals_int (p2p_measure_missed (&m, 1), 250000);
  fail_unless_equals_int (p2p_measure_lag (&m, 500), 100);
  fail_unless_equals_int (p2p_measure_lag (&m, 1000), 1800);
  fail_unless_equals_int (p2p_measure_worst_second (&m, 1), 7500);
  p2p_measure_clear (&m);
  g_free (n);
}

GST_END_TEST;

static Suite *
network_suite (void)
{
  Suite *s = suite_create ("sim-network");
  TCase *tc = tcase_create ("general");

  suite_add_tcase (s, tc);
  tcase_add_test (tc, test_events_come_in_order_of_time_then_of_insertion);
  tcase_add_test (tc, test_events_come_in_order_whatever_lies_between_them);
  tcase_add_test (tc, test_an_uplink_sends_one_after_the_other);
  tcase_add_test (tc,
      test_a_message_that_finds_the_downlink_idle_does_not_wait);
  tcase_add_test (tc, test_packets_cost_what_the_real_stack_costs);
  tcase_add_test (tc, test_acknowledgements_are_cumulative);
  tcase_add_test (tc, test_many_acknowledgements_lose_no_byte);
  tcase_add_test (tc, test_delays_lie_between_the_bounds_and_are_symmetric);
  tcase_add_test (tc, test_only_symmetric_translators_keep_pairs_apart);
  tcase_add_test (tc, test_a_lossy_path_delays_and_bounds_what_a_link_carries);
  tcase_add_test (tc, test_continuity_counts_what_is_late_and_what_never_comes);
  return s;
}

GST_CHECK_MAIN (network);
