/* gst-plugins-p2p
 *
 * This library is free software; you can redistribute it and/or
 * modify it under the terms of the GNU Lesser General Public
 * License as published by the Free Software Foundation; either
 * version 2.1 of the License, or (at your option) any later version.
 */
/* test-memory.c: what a member's core keeps, in bytes that the allocator gives
 * (p2pheap.h): everything but media, which is the host's. Looked at 20 times a
 * second, after every call in between by the simulator. */
#include <gst/check/gstcheck.h>

#include "p2pscenario.h"
#include "p2pworldpriv.h"

#define NEIGHBOURS 30
#define BOUND (64 * 1024)

typedef struct
{
  int64_t highest;
  unsigned looks;               /* at members with so many neighbours */
} Memory;

/* A source and 30 listeners that are all linked to each other, at 16 chunks/s;
 * a 1 % loss has them ask for what is late. */
static P2pWorld *
all_linked (P2pScenario * s, unsigned seed)
{
  P2pWorld *w;

  p2p_scenario_init (s, 2000000);
  s->world.seed = 100 + seed;
  s->world.loss_ppm = 10000;
  s->peers = NEIGHBOURS;
  s->max_peers = s->source_max_peers = NEIGHBOURS + 2;
  w = p2p_scenario_start (s);
  p2p_scenario_add_all (s, w);
  for (unsigned i = 0; i <= s->peers; i++)
    for (unsigned j = 0; j < i; j++)
      p2p_link_start (w, p2p_world_node (w, i), p2p_world_node (w, j),
          P2P_MSEC (600 + 10 * i), false);
  return w;
}

static void
look (P2pWorld * w, Memory * m)
{
  P2pNeighbourStats s[1];

  for (uint32_t i = 1; i < w->n_nodes; i++) {
    P2pNode *n = p2p_world_node (w, i);

    if (n->state != P2P_NODE_LIVE
        || p2p_swarm_get_neighbours (n->swarm, s, 1) < NEIGHBOURS)
      continue;
    m->looks++;
    if (n->memory_max > m->highest)
      m->highest = n->memory_max;
  }
}

static void
run (P2pWorld * w, P2pTime until, Memory * m)
{
  while (w->sim.now < until) {
    p2p_world_run (w, w->sim.now + P2P_MSEC (50));
    look (w, m);
  }
}

GST_START_TEST (test_thirty_neighbours_take_less_than_64_kib)
{
  Memory m = { 0 };
  P2pScenario s;
  P2pWorld *w = all_linked (&s, __i__);

  run (w, P2P_SEC (30), &m);
  /* all for most of the time */
  fail_unless (m.looks > NEIGHBOURS * 400, "%u", m.looks);
  g_print ("30 neighbours: %d bytes at most\n", (int) m.highest);
  fail_unless (m.highest < BOUND, "%d", (int) m.highest);
  p2p_world_free (w);
}

GST_END_TEST;

/* What waits for those that stand still, and what is asked in their stead, is
 * state, too. */
GST_START_TEST (test_nor_more_when_some_of_them_stop)
{
  Memory m = { 0 };
  P2pScenario s;
  P2pWorld *w = all_linked (&s, __i__);

  run (w, P2P_SEC (15), &m);
  for (unsigned i = 1; i <= 8; i++)
    p2p_world_stop (w, i);
  run (w, P2P_SEC (20), &m);
  for (unsigned i = 1; i <= 8; i++)
    p2p_world_resume (w, i);
  run (w, P2P_SEC (30), &m);
  g_print ("30 neighbours, 8 stop: %d bytes at most\n", (int) m.highest);
  fail_unless (m.looks > NEIGHBOURS * 300, "%u", m.looks);
  fail_unless (m.highest < BOUND, "%d", (int) m.highest);
  p2p_world_free (w);
}

GST_END_TEST;

static Suite *
memory_suite (void)
{
  Suite *s = suite_create ("sim-memory");
  TCase *tc = tcase_create ("general");

  suite_add_tcase (s, tc);
  tcase_add_loop_test (tc, test_thirty_neighbours_take_less_than_64_kib, 0, 3);
  tcase_add_loop_test (tc, test_nor_more_when_some_of_them_stop, 0, 3);
  return s;
}

GST_CHECK_MAIN (memory);
