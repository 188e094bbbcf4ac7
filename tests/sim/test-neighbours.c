/* gst-plugins-p2p
 *
 * This library is free software; you can redistribute it and/or
 * modify it under the terms of the GNU Lesser General Public
 * License as published by the Free Software Foundation; either
 * version 2.1 of the License, or (at your option) any later version.
 */
/* test-neighbours.c: whom members have as neighbours, and what it gives them.
 * Means over seeds, with room beside what was seen; each prints its figures. */
#include <gst/check/gstcheck.h>

#include "p2pscenario.h"
#include "simmeans.h"

/* ---- one network against a swarm ---- */

#define HONEST 30
#define ATTACKERS 200
#define VICTIMS 5
#define THEIR_PREFIX 0x0ddba11
#define SIEGES 2                /* a cap is no mean; 10 s of a processor each */

typedef struct
{
  unsigned most, most_source;   /* of them beside a victim, beside the source */
  uint64_t due, missed;         /* at 3 s, of the victims */
} Siege;

static unsigned
count_attackers (P2pWorld * w, uint32_t index)
{
  P2pNode *n = p2p_world_node (w, index);
  unsigned count = 0;

  for (uint32_t i = 0; i < n->n_links; i++) {
    const P2pLink *l = &w->links[(n->links[i] & 0xfffff) - 1];

    count += !l->connecting
        && w->nodes[l->node[l->node[0] == index]]->spec.staller;
  }
  return count;
}

/* 200 members that say to have everything and room for all, and send nothing,
 * come before those that are looked at. */
static void
besiege (unsigned seed, gboolean tracker, uint32_t prefix, Siege * out)
{
  P2pScenario s;
  P2pWorldSpec spec;
  P2pWorld *w;
  uint32_t first;

  p2p_scenario_init (&s, 2000000);
  s.world.seed = 100 + seed;
  s.world.real_tracker = tracker;
  s.world.introduce_best = 1;
  s.peers = HONEST;
  w = p2p_scenario_start (&s);
  for (unsigned i = 0; i < HONEST; i++) {
    p2p_world_run (w, P2P_MSEC (50) * i + 1);
    p2p_scenario_draw (&s, w, &spec);
    p2p_world_add (w, &spec);
  }
  for (unsigned i = 0; i < ATTACKERS; i++) {
    p2p_world_run (w, P2P_SEC (3) + P2P_MSEC (20) * i);
    p2p_scenario_draw (&s, w, &spec);
    spec.staller = spec.false_map = true;
    spec.prefix = prefix;
    p2p_world_add (w, &spec);
  }
  p2p_world_run (w, P2P_SEC (10));
  first = w->n_nodes;
  for (unsigned i = 0; i < VICTIMS; i++) {
    p2p_scenario_draw (&s, w, &spec);
    p2p_world_add (w, &spec);
  }
  p2p_world_run (w, P2P_SEC (22));
  out->most_source = MAX (out->most_source, count_attackers (w, 0));
  for (unsigned i = first; i < w->n_nodes; i++) {
    P2pNode *n = p2p_world_node (w, i);

    out->most = MAX (out->most, count_attackers (w, i));
    out->due += n->m.expected3;
    out->missed += n->m.missed3;
  }
  p2p_world_free (w);
}

static unsigned
per_mille (const Siege * s)
{
  return s->due ? s->missed * 1000 / s->due : 1000;
}

static void
check_siege (gboolean tracker)
{
  Siege loose = { 0 }, held = { 0 };

  for (unsigned i = 0; i < SIEGES; i++) {
    besiege (i, tracker, THEIR_PREFIX, &held);
    besiege (i, tracker, 0, &loose);    /* each from a network of its own */
  }
  g_print ("%s: at most %u attackers beside a member, %u beside the source, "
      "%u per mille missed; each from its own network: %u, %u, %u\n",
      tracker ? "tracker" : "random introductions", held.most,
      held.most_source, per_mille (&held), loose.most, loose.most_source,
      per_mille (&loose));
  fail_unless (held.due > 0);
  /* a quarter of 24, and of a source's 48 */
  fail_unless (held.most <= 6, "%u attackers", held.most);
  fail_unless (held.most_source <= 12, "%u attackers", held.most_source);
  fail_unless (loose.most > 12, "%u attackers", loose.most);
  fail_unless_mean (per_mille (&held) * 10 < per_mille (&loose) * 8,
      per_mille (&held));
}

GST_START_TEST (test_one_network_never_surrounds_a_member)
{
  check_siege (FALSE);
}

GST_END_TEST;

GST_START_TEST (test_the_tracker_introduces_others_than_one_network)
{
  check_siege (TRUE);
}

GST_END_TEST;

/* ---- near, strong, and others ---- */

#define MEMBERS 60
#define MIXES (JUDGED ? MEAN_SEEDS : 1) /* 4 s of a processor each */
#define EARLY P2P_SEC (15)
#define LATE P2P_SEC (140)      /* super-peers are 120 s old, and are then found */

typedef struct
{
  unsigned links, rtt_ms, pushes, push_rtt_ms;  /* sums of the round trips */
  unsigned roots, root_x8;      /* who is fed by the source, its upload */
  unsigned supers, super_links, weak_supers;
  unsigned others, other_links, unfed;
  uint64_t swapped;
} Mix;

static void
look_at (P2pWorld * w, uint32_t index, Mix * m)
{
  P2pNode *n = p2p_world_node (w, index);
  P2pNeighbourStats list[64];
  P2pSwarmStats s;
  unsigned count = p2p_swarm_get_neighbours (n->swarm, list, 64);
  uint16_t fed = 0;

  p2p_swarm_get_stats (n->swarm, w->sim.now + n->clock, &s);
  m->swapped += s.neighbours_swapped;
  for (unsigned i = 0; i < count; i++) {
    m->links++;
    m->rtt_ms += list[i].rtt_us / 1000;
    fed |= list[i].parent_mask;
    if (list[i].parent_mask) {
      m->pushes++;
      m->push_rtt_ms += list[i].rtt_us / 1000;
    }
    if (index == 0 && list[i].child_mask) {
      m->roots++;
      m->root_x8 += list[i].capacity;
    }
  }
  if (index == 0)
    return;
  m->unfed += fed != (1u << s.k) - 1;
  if (s.role == P2P_ROLE_SUPER) {
    m->supers++;
    m->super_links += count;
    m->weak_supers += n->spec.max_upload_bps < 4000000; /* two thirds of three
                                                         * streams */
  } else {
    m->others++;
    m->other_links += count;
  }
}

static void
grow_old (unsigned seed, Mix * early, Mix * late)
{
  P2pScenario s;
  P2pWorldSpec spec;
  P2pWorld *w;

  p2p_scenario_init (&s, 2000000);
  s.world.seed = 100 + seed;
  s.peers = MEMBERS;
  w = p2p_scenario_start (&s);
  for (unsigned i = 0; i < MEMBERS; i++) {
    p2p_world_run (w, P2P_MSEC (50) * i + 1);
    p2p_scenario_draw (&s, w, &spec);
    p2p_world_add (w, &spec);
  }
  p2p_world_run (w, EARLY);
  for (uint32_t i = 0; i < w->n_nodes; i++)
    look_at (w, i, early);
  p2p_world_run (w, LATE);
  for (uint32_t i = 0; i < w->n_nodes; i++)
    look_at (w, i, late);
  p2p_world_free (w);
}

static unsigned
mean (unsigned sum, unsigned n)
{
  return n ? (sum + n / 2) / n : 0;
}

/* Ten seeds: links had 112, then 81 ms, pushes 102, 84, roots 16, 20 eighths, super-peers 25
 * links and others 16. Without swaps links keep what they began with. */
GST_START_TEST (test_neighbours_get_nearer_and_roots_stronger)
{
  Mix early = { 0 }, late = { 0 };

  for (unsigned i = 0; i < MIXES; i++)
    grow_old (i, &early, &late);
  g_print
      ("round trip of links %u, then %u ms, of pushes %u, %u ms; roots have "
      "%u, %u eighths of upload; %u swaps a member\n", mean (early.rtt_ms,
          early.links), mean (late.rtt_ms, late.links), mean (early.push_rtt_ms,
          early.pushes), mean (late.push_rtt_ms, late.pushes),
      mean (early.root_x8, early.roots), mean (late.root_x8, late.roots),
      (unsigned) (late.swapped / MIXES / MEMBERS));
  g_print ("%u super-peers with %u links, %u others with %u; %u unfed\n",
      late.supers, mean (late.super_links, late.supers), late.others,
      mean (late.other_links, late.others), late.unfed);
  fail_unless_equals_int (late.unfed, 0);
  fail_unless_mean (late.rtt_ms * 100ull / late.links * early.links
      < early.rtt_ms * 90ull, mean (late.rtt_ms, late.links));
  fail_unless_mean (late.push_rtt_ms * 100ull / late.pushes * early.pushes
      < early.push_rtt_ms * 95ull, mean (late.push_rtt_ms, late.pushes));
  fail_unless_mean (late.root_x8 * 100ull / late.roots * early.roots
      > early.root_x8 * 108ull, mean (late.root_x8, late.roots));
  fail_unless_mean (late.supers > 0, late.supers);
  fail_unless_equals_int (late.weak_supers, 0);
  fail_unless_mean (late.super_links * 100ull / late.supers * late.others
      > late.other_links * 120ull, mean (late.super_links, late.supers));
}

GST_END_TEST;

static Suite *
neighbours_suite (void)
{
  Suite *s = suite_create ("sim-neighbours");
  TCase *tc = tcase_create ("siege");

  suite_add_tcase (s, tc);
  tcase_add_test (tc, test_one_network_never_surrounds_a_member);
  tcase_add_test (tc, test_the_tracker_introduces_others_than_one_network);
  tc = tcase_create ("mix");
  suite_add_tcase (s, tc);
  tcase_add_test (tc, test_neighbours_get_nearer_and_roots_stronger);
  return s;
}

GST_CHECK_MAIN (neighbours);
