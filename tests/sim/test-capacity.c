/* gst-plugins-p2p
 *
 * This library is free software; you can redistribute it and/or
 * modify it under the terms of the GNU Lesser General Public
 * License as published by the Free Software Foundation; either
 * version 2.1 of the License, or (at your option) any later version.
 */
/* test-capacity.c: swarms whose members have uplinks that nobody told them of.
 * Means of ten seeds, with room beside what was seen. To see more:
 * p2p-sim --peers=60 --caps-unknown --seed=100 --seeds=10 --trace=FILE, which
 * ends with what each member thinks of its line. */
#include <gst/check/gstcheck.h>

#include "p2pscenario.h"

#ifdef __SANITIZE_ADDRESS__
#define SEEDS 1
#define JUDGED FALSE
#else
#define SEEDS 10
#define JUDGED TRUE
#endif

typedef struct
{
  uint32_t missed_ppm, queue_p95_ms, measured, measured_x100;
} Means;

static void
run (const char *what, unsigned rho_x100, gboolean remembered, Means * m)
{
  memset (m, 0, sizeof (*m));
  for (unsigned i = 0; i < SEEDS; i++) {
    P2pScenario s;
    P2pReport r;

    p2p_scenario_init (&s, 2000000);
    s.world.seed = 100 + i;
    s.peers = 60;
    s.length = P2P_SEC (10);
    s.rho_x100 = rho_x100;
    s.caps_told = false;
    s.caps_remembered = remembered;
    p2p_scenario_run (&s, &r, NULL);
    fail_unless_equals_int (r.repeated + r.unordered, 0);
    m->missed_ppm += r.missed_ppm[2] / SEEDS;
    m->queue_p95_ms += r.queue_p95_ms / SEEDS;
    m->measured += r.measured;
    m->measured_x100 += r.measured_x100 / SEEDS;
  }
  m->measured /= SEEDS;
  g_print ("%s: missed %u ppm, uplink queue %u ms, %u measured, at %u %%\n",
      what, m->missed_ppm, m->queue_p95_ms, m->measured, m->measured_x100);
}

#define fail_unless_mean(condition, figure) \
  fail_unless (!JUDGED || (condition), "%u on average", (unsigned) (figure))

/* 640,000 ppm were missed before members measured their lines. */
GST_START_TEST (test_members_find_out_what_their_uplinks_carry)
{
  Means m;

  run ("unknown", 170, FALSE, &m);
  fail_unless_mean (m.missed_ppm <= 30000, m.missed_ppm);
  fail_unless_mean (m.queue_p95_ms <= 600, m.queue_p95_ms);
  fail_unless_mean (m.measured >= 40, m.measured);
  fail_unless_mean (m.measured_x100 >= 80 && m.measured_x100 <= 120,
      m.measured_x100);
}

GST_END_TEST;

GST_START_TEST (test_what_they_remember_serves_them_at_once)
{
  Means m;

  run ("remembered", 170, TRUE, &m);
  fail_unless_mean (m.missed_ppm <= 2000, m.missed_ppm);
  fail_unless_mean (m.queue_p95_ms <= 400, m.queue_p95_ms);
}

GST_END_TEST;

static Suite *
capacity_suite (void)
{
  Suite *s = suite_create ("sim-capacity");
  TCase *tc = tcase_create ("general");

  suite_add_tcase (s, tc);
  tcase_add_test (tc, test_members_find_out_what_their_uplinks_carry);
  tcase_add_test (tc, test_what_they_remember_serves_them_at_once);
  return s;
}

GST_CHECK_MAIN (capacity);
