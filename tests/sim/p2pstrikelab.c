/* gst-plugins-p2p
 *
 * This library is free software; you can redistribute it and/or
 * modify it under the terms of the GNU Lesser General Public
 * License as published by the Free Software Foundation; either
 * version 2.1 of the License, or (at your option) any later version.
 */
/* p2pstrikelab.c: strike upon strike (see p2pstrikelab.h). */
#include "p2pstrikelab.h"

#include "../../gst/p2p/core/base/p2pid.h"

#include <string.h>

#define MAX_NEIGHBOURS 64
#define FIRST_JOIN P2P_MSEC (1500)
#define JOINED P2P_SEC (25)     /* nine handshakes fill a small cap for a while */
#define SETTLE P2P_SEC (12)
#define WATCH P2P_SEC (5)

typedef struct
{
  P2pStrike *strike;            /* under way, or NULL */
  P2pTime last[P2P_STRIKE_PLACES + P2P_STRIKES + 1];    /* delivery, by node */
} Watch;

static void
on_deliver (P2pWorld * w, P2pNode * n, uint32_t serial, P2pTime lag, void *data)
{
  Watch *watch = data;
  P2pStrike *s = watch->strike;
  uint32_t gap = (uint32_t) ((w->sim.now - watch->last[n->index]) / 1000);

  if (s && n->index != s->victim && watch->last[n->index]) {
    if (gap > s->fresh_ms)
      s->fresh_ms = gap;
    if (lag / 1000 > s->age_ms)
      s->age_ms = (uint32_t) (lag / 1000);
    if (gap > P2P_STRIKE_FRESH_MS && w->trace)
      fprintf (w->trace, "%lld.%03lld node %u: nothing for %u ms before chunk "
          "%u\n", (long long) w->sim.now / 1000, (long long) w->sim.now % 1000,
          n->index, gap, serial);
  }
  watch->last[n->index] = w->sim.now;
}

static unsigned
count_roots (P2pWorld * w, uint32_t victim)
{
  P2pNeighbourStats s[MAX_NEIGHBOURS];
  P2pNode *source = p2p_world_node (w, 0);
  unsigned count = p2p_swarm_get_neighbours (source->swarm, s,
      MAX_NEIGHBOURS), roots = 0;

  for (unsigned i = 0; i < count && i < MAX_NEIGHBOURS; i++) {
    if (!p2p_peer_id_equal (&s[i].peer_id, &p2p_world_node (w, victim)->id))
      continue;
    for (uint16_t m = s[i].child_mask; m; m &= (uint16_t) (m - 1))
      roots++;
  }
  return roots;
}

static void
hit (P2pWorld * w, const P2pStrike * s)
{
  if (w->trace)
    fprintf (w->trace, "%lld.%03lld node %u: struck, root of %u\n",
        (long long) w->sim.now / 1000, (long long) w->sim.now % 1000,
        s->victim, s->roots);
  p2p_scenario_strike (w, s->victim, s->mode);
}

static void
strike (P2pWorld * w, Watch * watch, P2pStrike * s, uint32_t victim,
    unsigned mode)
{
  uint64_t lost = w->measure.lost, repeated = w->measure.repeated
      + w->measure.unordered;
  const P2pMeasureNode *v = &p2p_world_node (w, victim)->m;
  uint64_t own;

  s->victim = victim;
  s->mode = mode;
  s->at = w->sim.now;
  s->roots = count_roots (w, victim);
  own = v->lost;
  watch->strike = s;
  hit (w, s);
  p2p_world_run (w, s->at + WATCH);
  /* who never hears anything again delivers nothing that could show it */
  for (uint32_t i = 0; i < w->n_live; i++) {
    uint32_t n = w->live[i];

    if (n != victim && watch->last[n]
        && (w->sim.now - watch->last[n]) / 1000 > s->fresh_ms)
      s->fresh_ms = (uint32_t) ((w->sim.now - watch->last[n]) / 1000);
  }
  watch->strike = NULL;
  s->lost = w->measure.lost - lost - (v->lost - own);
  s->repeated = w->measure.repeated + w->measure.unordered - repeated;
  s->pass = s->lost == 0 && s->repeated == 0
      && s->fresh_ms <= P2P_STRIKE_FRESH_MS;
  p2p_scenario_relieve (w, victim, mode);
  if (mode != P2P_STRIKE_KILL)
    p2p_world_kill (w, victim);
}

static void
shuffle (P2pWorld * w, unsigned *order)
{
  for (unsigned i = 0; i < P2P_STRIKE_PLACES; i++)
    order[i] = i;
  for (unsigned i = P2P_STRIKE_PLACES - 1; i > 0; i--) {
    unsigned j = (unsigned) p2p_random_range (&w->sim.random, i + 1);
    unsigned t = order[i];

    order[i] = order[j];
    order[j] = t;
  }
}

void
p2p_strike_lab (uint64_t seed, unsigned source_x100, P2pStrikeResult * out,
    FILE * trace)
{
  unsigned order[P2P_STRIKE_PLACES], at[P2P_STRIKE_PLACES];
  Watch watch = { 0 };
  P2pScenario s;
  P2pWorld *w;

  memset (out, 0, sizeof *out);
  p2p_scenario_mesh (&s, seed, P2P_STRIKE_PLACES, P2P_MSEC (10), source_x100);
  s.length = P2P_STRIKES * (SETTLE + WATCH);
  w = p2p_scenario_start (&s);
  w->trace = trace;
  w->on_deliver = on_deliver;
  w->data = &watch;
  for (unsigned i = 0; i < P2P_STRIKE_PLACES; i++) {
    p2p_world_run (w, FIRST_JOIN + P2P_MSEC (60) * i);
    at[i] = p2p_scenario_add (&s, w);
  }
  shuffle (w, order);
  p2p_world_run (w, JOINED);
  p2p_measure_restart (&w->measure, w->sim.now);
  for (unsigned i = 0; i < P2P_STRIKES; i++) {
    unsigned place = order[i / P2P_STRIKE_MODES];

    p2p_world_run (w, w->sim.now + SETTLE
        + (P2pTime) p2p_random_range (&w->sim.random, 500000));
    strike (w, &watch, &out->strike[i], at[place], i % P2P_STRIKE_MODES);
    out->failed += !out->strike[i].pass;
    at[place] = p2p_scenario_add (&s, w);
  }
  p2p_scenario_report (&s, w, &out->report);
  p2p_world_free (w);
}
