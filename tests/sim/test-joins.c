/* gst-plugins-p2p
 *
 * This library is free software; you can redistribute it and/or
 * modify it under the terms of the GNU Lesser General Public
 * License as published by the Free Software Foundation; either
 * version 2.1 of the License, or (at your option) any later version.
 */
/* test-joins.c: a crowd comes to a source that has little to give, on one
 * machine (the demo's case): does everybody begin with a beginning? */
#include <gst/check/gstcheck.h>

#include "p2pworld.h"
#include "simmeans.h"

#define CROWD 8
#define STAGGER P2P_MSEC (100)  /* between two listeners */
#define AIR P2P_SEC (3)         /* before the first */
#define PLAY P2P_SEC (12)       /* after the last */
#define SEEDS (JUDGED ? 20 : 3)

typedef struct
{
  const char *name;
  uint64_t rate_bps;
  P2pTime chunk_us, gop_us;
  uint8_t flags;
} Format;

/* As the demo's streams are cut. */
static const Format formats[] = {
  {"MP3", 128000, P2P_MSEC (130), 0, 0},
  {"Ogg", 135000, P2P_MSEC (120), 0, P2P_HEADER_CONTAINER},
  {"TS", 570000, P2P_MSEC (42), P2P_SEC (2), 0},
  {"FLV", 520000, P2P_MSEC (42), P2P_SEC (2), P2P_HEADER_CONTAINER},
  {"WebM", 520000, P2P_MSEC (42), P2P_SEC (2),
      P2P_HEADER_CONTAINER | P2P_HEADER_RESUME_AT_JOIN},
};

typedef struct
{
  unsigned fragments;           /* listeners that lost something */
  unsigned stuck;               /* behind a demuxer: who waits for good */
  uint64_t lost;
  P2pTime joined;               /* sum over listeners, from the start */
  unsigned joined_max_ms;
} Outcome;

/* What else the machine does. */
typedef struct
{
  const char *name;
  P2pTime setup_min, setup_max; /* of a link */
  P2pTime verify_min, verify_max;
  P2pTime stall;                /* a process stands still for up to that ... */
  P2pTime stall_every;          /* ... so often on average; 0: never */
} Machine;

static const Machine machines[] = {
  {"idle", P2P_MSEC (60), P2P_MSEC (250), 300, 500, 0, 0},
  {"busy", P2P_MSEC (100), P2P_MSEC (900), 500, 8000, P2P_MSEC (120),
      P2P_MSEC (400)},
  {"stolen", P2P_MSEC (100), P2P_MSEC (1500), 500, 20000, P2P_MSEC (400),
      P2P_SEC (2)},
};

#define STEP P2P_MSEC (10)

/* Until 'end', processes fall asleep and wake. */
static void
run_stalling (P2pWorld * w, const Machine * m, P2pRandom * random,
    P2pTime * asleep, P2pTime end)
{
  while (w->sim.now < end) {
    for (uint32_t i = 1; i < w->n_nodes && m->stall_every; i++) {
      if (asleep[i] && w->sim.now >= asleep[i]) {
        p2p_world_resume (w, i);
        asleep[i] = 0;
      } else if (!asleep[i] && p2p_random_range (random,
              (uint32_t) (m->stall_every / STEP)) == 0) {
        p2p_world_stop (w, i);
        asleep[i] = w->sim.now + p2p_random_range (random, (uint32_t) m->stall);
      }
    }
    p2p_world_run (w, w->sim.now + STEP);
  }
  for (uint32_t i = 1; i < w->n_nodes; i++)
    p2p_world_resume (w, i);
  p2p_world_run (w, end + P2P_SEC (1));
}

static P2pWorld *
crowd (const Format * f, const Machine * m, unsigned seed)
{
  P2pWorldConfig c;
  P2pWorldSpec spec = { 0 };
  P2pWorld *w;
  P2pTime asleep[CROWD + 1] = { 0 };
  P2pRandom random;

  p2p_world_config_init (&c, f->rate_bps);
  c.seed = 1 + seed;
  c.chunk_us = f->chunk_us;
  c.gop_us = f->gop_us;
  c.header_flags = f->flags;
  c.geometry.map = P2P_NET_FIXED;
  c.geometry.min = 200;
  c.latency = P2P_SEC (2);
  c.setup_min = m->setup_min;
  c.setup_max = m->setup_max;
  c.verify_min = m->verify_min;
  c.verify_max = m->verify_max;
  c.rendezvous = P2P_MSEC (10);
  w = p2p_world_new (&c);
  p2p_random_init (&random, seed + 77);
  spec.max_upload_bps = (uint32_t) (f->rate_bps * 5 / 2);
  spec.up_bps = 1000000000;
  p2p_world_add (w, &spec);
  spec.max_upload_bps = 0;
  p2p_world_run (w, AIR);
  for (unsigned i = 0; i < CROWD; i++) {
    p2p_world_add (w, &spec);
    p2p_world_run (w, AIR + (i + 1) * STAGGER);
  }
  run_stalling (w, m, &random, asleep, AIR + CROWD * STAGGER + PLAY);
  return w;
}

static void
judge (P2pWorld * w, Outcome * o)
{
  for (unsigned i = 1; i <= CROWD; i++) {
    const P2pMeasureNode *m = &p2p_world_node (w, i)->m;
    uint32_t behind = w->measure.n_published - m->delivered_last;

    P2pSwarmStats stats;
    P2pTime joined;

    p2p_swarm_get_stats (p2p_world_node (w, i)->swarm, w->sim.now, &stats);
    joined = stats.join_us ? stats.join_us : P2P_SEC (99);
    o->joined += joined;
    if (joined / 1000 > o->joined_max_ms)
      o->joined_max_ms = (unsigned) (joined / 1000);
    o->fragments += m->lost > 0;
    o->lost += m->lost;
    o->stuck += behind * w->config.chunk_us > P2P_SEC (3);
  }
}

/* Sums over machines and seeds, for single ones are chaotic: 0 in containers and
 * TS, 4 MP3 listeners of 480 were seen (a chunk each, on machines that stand still).
 * When beginnings were taken on trust they were 7 (FLV, WebM) and 4 (TS). */
GST_START_TEST (test_a_crowd_at_a_tight_source_begins_whole)
{
  const Format *f = &formats[__i__];
  Outcome all = { 0 };

  for (unsigned i = 0; i < G_N_ELEMENTS (machines); i++) {
    Outcome o = { 0 };

    for (unsigned seed = 0; seed < SEEDS; seed++) {
      P2pWorld *w = crowd (f, &machines[i], seed);

      judge (w, &o);
      p2p_world_free (w);
    }
    GST_INFO ("%s, %s: %u fragments, %u lost, joined in %u ms, at most %u",
        f->name, machines[i].name, o.fragments, (unsigned) o.lost,
        (unsigned) (o.joined / 1000 / SEEDS / CROWD), o.joined_max_ms);
    all.fragments += o.fragments;
    all.stuck += o.stuck;
    all.joined_max_ms = MAX (all.joined_max_ms, o.joined_max_ms);
  }
  fail_unless (!JUDGED
      || all.fragments <= (f->gop_us ? 3 : 6), "%s: %u", f->name,
      all.fragments);
  fail_unless_equals_int (all.stuck, 0);
  fail_unless (all.joined_max_ms <= 5000, "%s: %u ms", f->name,
      all.joined_max_ms);
}

GST_END_TEST;

#define SEATED 3                /* who listens already */
#define NEWCOMERS 12            /* one after the other, for a while each */
#define VISIT P2P_MSEC (1800)   /* and the next one comes */

static unsigned
visit (P2pWorld * w)
{
  P2pWorldSpec spec = {.up_bps = 1000000000 };
  uint32_t i = p2p_world_add (w, &spec);
  P2pSwarmStats stats;

  p2p_world_run (w, w->sim.now + VISIT);
  p2p_swarm_get_stats (p2p_world_node (w, i)->swarm, w->sim.now, &stats);
  p2p_world_leave (w, i);
  return stats.join_us ? stats.join_us / 1000 : 99000;
}

typedef struct
{
  unsigned n, slow;             /* slow: more than a second */
  unsigned slowest_ms;
} Visits;

static void
visit_radio (unsigned source_x100, P2pTime latency, unsigned seed, Visits * v)
{
  P2pWorldSpec spec = {.up_bps = 1000000000 };
  P2pWorldConfig c;
  P2pWorld *w;

  p2p_world_config_init (&c, formats[0].rate_bps);
  c.seed = 1 + seed;
  c.chunk_us = formats[0].chunk_us;
  c.geometry.map = P2P_NET_FIXED;
  c.geometry.min = 200;
  c.latency = latency;
  c.setup_min = P2P_MSEC (30);
  c.setup_max = P2P_MSEC (60);
  c.rendezvous = P2P_MSEC (10);
  w = p2p_world_new (&c);
  spec.max_upload_bps = (uint32_t) (c.rate_bps * source_x100 / 100);
  p2p_world_add (w, &spec);
  spec.max_upload_bps = 0;
  for (unsigned i = 0; i < SEATED; i++)
    p2p_world_add (w, &spec);
  p2p_world_run (w, P2P_SEC (8));
  for (unsigned i = 0; i < NEWCOMERS; i++) {
    unsigned ms = visit (w);

    v->n++;
    v->slow += ms > 1000;
    v->slowest_ms = MAX (v->slowest_ms, ms);
  }
  p2p_world_free (w);
}

/* Whoever is linked first. Seen: 415 ms at most of 2,880; 1.1 s while the burst of a
 * source with little to spare was waited for. */
GST_START_TEST (test_nobody_who_tunes_in_waits_for_half_a_second)
{
  static const unsigned sources[] = { 170, 200, 250, 300, 400, 800 };
  static const P2pTime latencies[] = { P2P_MSEC (300), P2P_SEC (2) };

  for (unsigned i = 0; i < G_N_ELEMENTS (sources); i++) {
    for (unsigned j = 0; j < G_N_ELEMENTS (latencies); j++) {
      Visits v = { 0 };

      for (unsigned seed = 0; seed < SEEDS; seed++)
        visit_radio (sources[i], latencies[j], seed, &v);
      GST_INFO ("source %u, latency %u ms: slowest %u ms", sources[i],
          (unsigned) (latencies[j] / 1000), v.slowest_ms);
      fail_unless (v.slowest_ms <= 500, "source %u, latency %u ms: %u ms",
          sources[i], (unsigned) (latencies[j] / 1000), v.slowest_ms);
    }
  }
}

GST_END_TEST;

/* What comes is whole and later than the latency: waiting makes it no earlier.
 * Seen: 1 of 240 in more than a second; 12 while it was waited for 4 s. */
GST_START_TEST (test_a_stream_that_is_late_for_everybody_begins)
{
  Visits v = { 0 };

  for (unsigned seed = 0; seed < SEEDS; seed++)
    visit_radio (130, P2P_MSEC (300), seed, &v);
  GST_INFO ("%u of %u took more than a second", v.slow, v.n);
  fail_unless (!JUDGED || v.slow * 80 <= v.n, "%u of %u", v.slow, v.n);
}

GST_END_TEST;

static Suite *
joins_suite (void)
{
  Suite *s = suite_create ("sim-joins");
  TCase *tc = tcase_create ("general");

  suite_add_tcase (s, tc);
  tcase_add_loop_test (tc, test_a_crowd_at_a_tight_source_begins_whole, 0,
      G_N_ELEMENTS (formats));
  tcase_add_test (tc, test_nobody_who_tunes_in_waits_for_half_a_second);
  tcase_add_test (tc, test_a_stream_that_is_late_for_everybody_begins);
  return s;
}

GST_CHECK_MAIN (joins);
