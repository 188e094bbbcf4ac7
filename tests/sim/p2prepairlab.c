/* gst-plugins-p2p
 *
 * This library is free software; you can redistribute it and/or
 * modify it under the terms of the GNU Lesser General Public
 * License as published by the Free Software Foundation; either
 * version 2.1 of the License, or (at your option) any later version.
 */
/* p2prepairlab.c: the repair experiment (see p2prepairlab.h). */
#include "p2prepairlab.h"

#include <string.h>

#define LISTENERS 9
#define SETTLED P2P_SEC (14)
#define AWAY P2P_SEC (4)
#define WATCHED P2P_SEC (12)

const char *const p2p_repair_modes[P2P_STRIKE_MODES] =
    { "killed", "stopped", "cut" };

static const unsigned CAPS[4] = { 130, 150, 200, 250 };

typedef struct
{
  uint32_t victim, age_ms;
  P2pTime from;
} Watch;

static void
on_chunk (P2pWorld * w, P2pNode * n, uint32_t serial, P2pTime lag, void *data)
{
  Watch *watch = data;

  if (n->index == watch->victim || w->measure.published[serial] < watch->from)
    return;
  if (lag > P2P_MSEC (P2P_REPAIR_AGE_MS) && w->trace)
    fprintf (w->trace, "%lld.%03lld node %u: chunk %u is %lld ms old\n",
        (long long) w->sim.now / 1000, (long long) w->sim.now % 1000,
        n->index, serial, (long long) lag / 1000);
  if (lag / 1000 > watch->age_ms)
    watch->age_ms = (uint32_t) (lag / 1000);
}

static uint32_t
never_came (P2pWorld * w, uint32_t victim)
{
  uint32_t missing = 0;

  for (uint32_t i = 0; i < w->n_live; i++) {
    P2pNode *n = w->nodes[w->live[i]];

    if (n->index == victim)
      continue;
    for (uint32_t c = 0; c < w->measure.n_published; c++) {
      if (w->measure.published[c] < w->measure.from
          || w->measure.published[c] > w->sim.now - P2P_SEC (1))
        continue;
      missing += n->m.ring[c % P2P_MEASURE_RING].serial != c + 1;
    }
  }
  return missing;
}

void
p2p_repair_lab (uint64_t seed, P2pRepairResult * out, FILE * trace)
{
  Watch watch = { 0 };
  P2pScenario s;
  P2pWorld *w;
  uint64_t before;
  uint32_t victim;

  memset (out, 0, sizeof *out);
  out->victim = (unsigned) (seed % LISTENERS) + 1;
  out->mode = (unsigned) (seed / LISTENERS % P2P_STRIKE_MODES);
  out->source_x100 = CAPS[seed / (P2P_STRIKE_MODES * LISTENERS) % 4];
  p2p_scenario_mesh (&s, seed, LISTENERS, P2P_MSEC (20), out->source_x100);
  s.length = WATCHED;
  w = p2p_scenario_start (&s);
  w->trace = trace;
  for (unsigned i = 0; i < LISTENERS; i++) {
    p2p_world_run (w, P2P_MSEC (300) * i);
    p2p_scenario_add (&s, w);
  }
  p2p_world_run (w, SETTLED);
  p2p_measure_restart (&w->measure, w->sim.now);
  victim = out->victim;
  watch.victim = victim;
  watch.from = w->sim.now - P2P_MSEC (500);
  w->on_chunk = on_chunk;
  w->data = &watch;
  p2p_world_run (w, SETTLED + P2P_SEC (1)
      + (P2pTime) p2p_random_range (&w->sim.random, 500000));
  before = w->nodes[victim]->m.lost;
  p2p_scenario_strike (w, victim, out->mode);
  p2p_world_run (w, w->sim.now + AWAY);
  p2p_scenario_relieve (w, victim, out->mode);
  p2p_world_run (w, SETTLED + WATCHED);
  p2p_scenario_report (&s, w, &out->report);
  out->age_ms = watch.age_ms;
  out->lost = w->measure.lost - (w->nodes[victim]->m.lost - before);
  out->repeated = w->measure.repeated + w->measure.unordered;
  out->never = never_came (w, victim);
  out->back = out->mode == P2P_STRIKE_KILL || w->nodes[victim]->m.newest + 16
      > w->measure.n_published;
  out->pass = out->age_ms <= P2P_REPAIR_AGE_MS && out->lost == 0
      && out->repeated == 0 && out->never == 0 && out->back
      && out->report.rootless_ms <= P2P_REPAIR_ROOTLESS_MS
      && out->report.control_ppm <= P2P_REPAIR_CONTROL_PPM;
  p2p_world_free (w);
}
