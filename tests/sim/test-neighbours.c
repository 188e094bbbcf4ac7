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

#ifdef __SANITIZE_ADDRESS__
#define SEEDS 2
#define JUDGED FALSE
#else
#define SEEDS 10
#define JUDGED TRUE
#endif

#define fail_unless_mean(condition, figure) \
  fail_unless (!JUDGED || (condition), "%u on average", (unsigned) (figure))

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

static Suite *
neighbours_suite (void)
{
  Suite *s = suite_create ("sim-neighbours");
  TCase *tc = tcase_create ("siege");

  suite_add_tcase (s, tc);
  tcase_add_test (tc, test_one_network_never_surrounds_a_member);
  tcase_add_test (tc, test_the_tracker_introduces_others_than_one_network);
  return s;
}

GST_CHECK_MAIN (neighbours);
