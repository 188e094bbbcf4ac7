/* gst-plugins-p2p
 *
 * This library is free software; you can redistribute it and/or
 * modify it under the terms of the GNU Lesser General Public
 * License as published by the Free Software Foundation; either
 * version 2.1 of the License, or (at your option) any later version.
 */
/* p2pdrift.c: eight hours of a broadcast in virtual time. Clocks that run apart,
 * paths with jitter, losses, other latencies: how old is what is played?
 *
 * A player stands behind each listener, as p2psrc has one: the pacer makes
 * timestamps, a sink with the listener's own clock plays them.
 */
#include <malloc.h>
#include <gst/check/gstcheck.h>

#include "swarmtest.h"
#include "../../../gst/p2p/core/base/p2ppacer.h"

#define PERIOD P2P_MSEC (125)
#define CHUNK 2120
#define NODES 4                 /* the publisher and three listeners */
#define MINUTE P2P_SEC (60)
#define HOUR (60 * MINUTE)
#define ORIGIN (3600 * INT64_C (1000000000))
#define SETTLE P2P_SEC (15)
#define BOUND_NS 20000000

typedef struct
{
  P2pPacer pacer;
  P2pTime latency, settled_at;
  uint32_t next;                /* chunk; of the run */
  bool first;
  P2pTime was_skipped;
  uint64_t delivered, skipped, jumps, segments, bad_order, bad_discont;
  int64_t worst, last_pts;      /* ns */
  int64_t worst_step_ppm;
} Player;

typedef struct
{
  Player player[NODES];
  int catch_up;
} Air;

static int64_t
ntp_ns (P2pNtp later, P2pNtp earlier)
{
  uint64_t d = later - earlier;

  return (int64_t) ((d >> 32) * 1000000000
      + (((d & 0xffffffff) * 1000000000) >> 32));
}

static P2pTime
latency_of (Bench * b, unsigned node, const Player * p)
{
  P2pSwarmStats s;

  p2p_swarm_get_stats (bench_swarm (b, node), bench_local (b, node), &s);
  return s.target_us > p->latency ? s.target_us : p->latency;
}

/* What a sink with this node's clock plays at running time r was recorded so
 * long before. */
static int64_t
true_age (Bench * b, unsigned node, int64_t running, int64_t t, uint64_t epoch)
{
  P2pNtp now_ntp;
  int64_t ahead = running - bench_local (b, node) * 1000, source;

  p2p_swarm_get_source_time (bench_swarm (b, 0), bench_local (b, 0), &now_ntp,
      NULL);
  source = ntp_ns (now_ntp, epoch);
  /* in the far future of 2 s both clocks' skew is 0.4 ms: taken as it is */
  return source + ahead - t;
}

static void
note_order (Player * p, const P2pAction * a)
{
  if (a->type == P2P_ACTION_SKIP) {
    p->bad_order += !p->first && a->u.skip.first != p->next;
    p->skipped += a->u.skip.last - a->u.skip.first + 1;
    p->next = a->u.skip.last + 1;
    p->was_skipped = 1;
    return;
  }
  p->bad_order += !p->first && a->u.deliver.chunk != p->next;
  p->bad_discont += a->u.deliver.discont != (p->first || p->was_skipped);
  p->next = a->u.deliver.chunk + 1;
  p->first = false;
  p->was_skipped = 0;
  p->delivered++;
}

static void
play (Bench * b, unsigned node, const P2pAction * a, void *data)
{
  Air *air = data;
  Player *p = &air->player[node];
  P2pTime now = bench_local (b, node);
  int64_t t, edge, line, latency, late;
  P2pNtp ntp;

  if (node == 0)
    return;
  note_order (p, a);
  if (a->type == P2P_ACTION_SKIP
      || !p2p_swarm_get_source_time (bench_swarm (b, node), now, &ntp, NULL))
    return;
  latency = latency_of (b, node, p) * 1000;
  t = ntp_ns (a->u.deliver.ntp, a->u.deliver.epoch);
  edge = ntp_ns (ntp, a->u.deliver.epoch);
  line = now * 1000 + latency - edge;
  if (!p->pacer.anchored) {
    p2p_pacer_anchor (&p->pacer, edge - latency, ORIGIN, now * 1000);
    p->settled_at = now + SETTLE;
  } else {
    switch (p2p_pacer_observe (&p->pacer, t, line, latency, air->catch_up)) {
      case P2P_PACER_JUMP:
        p->jumps++;
        p2p_pacer_anchor (&p->pacer, edge - latency, ORIGIN, now * 1000);
        p->settled_at = now + SETTLE;
        break;
      case P2P_PACER_SEGMENT:
        p->segments++;
        break;
      case P2P_PACER_STAY:
        break;
    }
  }
  if (now < p->settled_at)
    return;
  late = true_age (b, node, p2p_pacer_running (&p->pacer, t), t,
      a->u.deliver.epoch) - latency;
  if (late < 0)
    late = -late;
  if (late > p->worst)
    p->worst = late;
}

static Bench *
build (Air * air, int source_ppm, int listener_ppm, P2pTime jitter)
{
  Bench *b = bench_new (P2P_MSEC (20));

  memset (air, 0, sizeof *air);
  air->catch_up = 20;
  bench_tell_every (b, P2P_SEC (1));
  for (unsigned i = 0; i < NODES; i++) {
    P2pSwarmConfig c;

    bench_config (&c, i ? P2P_ROLE_RELAY : P2P_ROLE_SOURCE, i);
    bench_skew (b, i, i == 0 ? source_ppm : i == 2 ? 0 : listener_ppm);
    bench_add (b, &c);
    air->player[i].latency = P2P_SEC (1);
    air->player[i].first = true;
    p2p_pacer_reset (&air->player[i].pacer);
    for (unsigned j = 0; j < NODES; j++)
      bench_jitter (b, i, j, jitter / (1 + (i + 2 * j) % 3));
  }
  bench_on_deliver (b, play, air);
  bench_header (b, 0);
  bench_link (b, 1, 0);
  bench_link (b, 2, 0);
  bench_link (b, 2, 1);
  bench_link (b, 3, 1);
  bench_link (b, 3, 2);
  return b;
}

/* Everything that may go wrong in one hour. */
static void
air_hour (Bench * b, Air * air, unsigned hour)
{
  static const P2pTime latencies[] = { P2P_SEC (1), P2P_MSEC (1300),
    P2P_MSEC (700), P2P_MSEC (1000)
  };

  for (unsigned m = 0; m < 60; m++) {
    unsigned from = m % 3, to = 1 + (m + hour) % 3;

    if (from == to)
      to = to % 3 + 1;
    bench_publish (b, MINUTE - P2P_SEC (2), PERIOD, CHUNK);
    if (m % 10 == 5)            /* a burst of losses on one path */
      bench_hold (b, from, to, true);
    if (m == 35) {              /* and one that nobody can repair in time */
      bench_hold (b, 0, 1, true);
      bench_hold (b, 0, 2, true);
    }
    bench_publish (b, P2P_SEC (2), PERIOD, CHUNK);
    for (unsigned i = 0; i < NODES * NODES; i++)
      bench_hold (b, i / NODES, i % NODES, false);
    if (m == 50) {
      Player *p = &air->player[1 + hour % 3];

      p->latency = latencies[hour % 4];
      p->settled_at = bench_local (b, 1 + hour % 3) + P2P_SEC (60);
      p2p_swarm_set_latency (bench_swarm (b, 1 + hour % 3),
          (uint32_t) p->latency, bench_local (b, 1 + hour % 3));
    }
  }
}

static void
check (const Air * air, uint32_t published)
{
  for (unsigned i = 1; i < NODES; i++) {
    const Player *p = &air->player[i];

    GST_INFO ("listener %u: worst %" G_GINT64_FORMAT " us, %" G_GUINT64_FORMAT
        " delivered, %" G_GUINT64_FORMAT " skipped, %" G_GUINT64_FORMAT
        " jumps, %" G_GUINT64_FORMAT " segments of %u", i, p->worst / 1000,
        p->delivered, p->skipped, p->jumps, p->segments, published);
    fail_unless_equals_uint64 (p->bad_order, 0);
    fail_unless_equals_uint64 (p->bad_discont, 0);
    fail_unless_equals_uint64 (p->delivered + p->skipped, published);
    fail_unless (p->worst <= BOUND_NS, "listener %u: %" G_GINT64_FORMAT " us",
        i, p->worst / 1000);
  }
}

static void
run_hours (int source_ppm, int listener_ppm, unsigned hours)
{
  Air air;
  Bench *b = build (&air, source_ppm, listener_ppm, P2P_MSEC (30));
  size_t before = 0;

  for (unsigned h = 0; h < hours; h++) {
    air_hour (b, &air, h);
    if (h == 0)
      before = mallinfo2 ().uordblks;
  }
  bench_run (b, P2P_SEC (3));
  /* windows and queues move by a few chunks */
  fail_unless (mallinfo2 ().uordblks <= before + 256 * 1024);
  check (&air, bench_published (b));
  bench_free (b);
}

GST_START_TEST (test_eight_hours_with_clocks_200_ppm_apart_do_not_drift)
{
  run_hours (100, -100, 8);
}

GST_END_TEST;

GST_START_TEST (test_two_hours_the_other_way_round_do_not_drift)
{
  run_hours (-100, 100, 2);
}

GST_END_TEST;

static Suite *
drift_suite (void)
{
  Suite *s = suite_create ("swarm-drift");
  TCase *tc = tcase_create ("general");

  suite_add_tcase (s, tc);
  tcase_set_timeout (tc, 300);
  tcase_add_test (tc, test_eight_hours_with_clocks_200_ppm_apart_do_not_drift);
  tcase_add_test (tc, test_two_hours_the_other_way_round_do_not_drift);
  return s;
}

GST_CHECK_MAIN (drift);
