/* gst-plugins-p2p
 *
 * This library is free software; you can redistribute it and/or
 * modify it under the terms of the GNU Lesser General Public
 * License as published by the Free Software Foundation; either
 * version 2.1 of the License, or (at your option) any later version.
 */
/* p2pscenario.c: members, their troubles, and the report. */
#include "p2pscenario.h"
#include "p2pworldpriv.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define STEP P2P_MSEC (100)
#define AT_3_S 2
#define DECK 20                 /* members dealt at a time */
#define STILL_WAITING P2P_SEC (5)
#define LEAVES_SEED 7919        /* another order than that of the uploads */
#define NATS_SEED 104729        /* and than both */

void
p2p_scenario_init (P2pScenario * s, uint64_t rate_bps)
{
  memset (s, 0, sizeof *s);
  p2p_world_config_init (&s->world, rate_bps);
  s->peers = 100;
  s->join_over = P2P_SEC (5);
  s->warm_up = P2P_SEC (15);
  s->length = P2P_SEC (30);
  s->source_x100 = 400;
  s->rho_x100 = 170;
  s->caps_told = true;
}

void
p2p_scenario_radio (P2pScenario * s, uint64_t seed, uint32_t peers)
{
  p2p_scenario_init (s, 128000);
  s->world.seed = seed;
  s->peers = peers;
  s->source_x100 = 0;
  s->source_up_bps = 10000000;
  s->rho_x100 = 0;
  s->up_bps = 10000000;
  s->caps_told = false;
}

void
p2p_scenario_mesh (P2pScenario * s, uint64_t seed, uint32_t peers,
    P2pTime delay, unsigned source_x100)
{
  p2p_scenario_radio (s, seed, peers);
  s->source_x100 = source_x100;
  s->world.k = 4;
  s->world.geometry.map = P2P_NET_FIXED;
  s->world.geometry.min = delay;
  s->world.latency = P2P_SEC (1);
  s->world.verify_min = 200;
  s->world.verify_max = P2P_MSEC (20);
}

static void
shuffle (uint16_t deck[DECK], uint64_t seed)
{
  P2pRandom random;

  p2p_random_init (&random, seed);
  for (unsigned i = DECK - 1; i > 0; i--) {
    unsigned j = p2p_random_range (&random, i + 1);
    uint16_t card = deck[i];

    deck[i] = deck[j];
    deck[j] = card;
  }
}

static const uint16_t deck_x100[DECK] = {
  25, 25, 25, 25, 75, 75, 75, 75, 75, 75, 200, 200, 200, 200, 200, 200, 200,
  500, 500, 500
};

static uint16_t
draw_card (const P2pScenario * s, uint32_t n)
{
  uint16_t deck[DECK];

  memcpy (deck, deck_x100, sizeof deck);
  shuffle (deck, p2p_sim_mix (s->world.seed, n / DECK));
  return deck[n % DECK];
}

/* Leaves are dealt likewise, and the others' uploads among those: drawn one by
 * one, half of 100 members were 43 to 62, and what the others upload 0.9 to 1.9
 * times the demand in place of 1.4. *rank: which of the others it is. */
static bool
draw_leaf (const P2pScenario * s, uint32_t n, uint32_t * rank)
{
  unsigned leaves = s->leaf_percent * DECK / 100;
  uint16_t deck[DECK];

  for (uint16_t i = 0; i < DECK; i++)
    deck[i] = i;
  shuffle (deck, p2p_sim_mix (s->world.seed + LEAVES_SEED, n / DECK));
  *rank = n / DECK * (DECK - leaves);
  for (uint32_t i = 0; i < n % DECK; i++)
    *rank += deck[i] >= leaves;
  return deck[n % DECK] < leaves;
}

/* 20 % upload 0.25, 30 % 0.75, 35 % 2 and 15 % 5 times the media's rate,
 * scaled so that the mean is rho (mean of the bare mix: 1.725). Dealt from
 * decks of 20, so that a hundred members have that mean, too: drawn one by one
 * it would be 1.4 to 2.0. Few relays make no whole decks, and 0.8 to 1.7 times the demand
 * in place of 1.4: beside leaves what the first members have is what counts. */
static uint64_t
draw_upload (const P2pScenario * s, uint32_t rank)
{
  uint64_t card = draw_card (s, rank), sum = 0;
  uint32_t first, end;

  if (s->rho_x100 == 0)
    return s->up_bps;
  if (s->leaf_percent == 0)
    return s->world.rate_bps * card * s->rho_x100 / 17250;
  draw_leaf (s, 1, &first);
  draw_leaf (s, s->peers + 1, &end);
  for (uint32_t i = first; i < end; i++)
    sum += draw_card (s, i);
  return s->world.rate_bps * card * s->peers * s->rho_x100 / 100 /
      (sum ? sum : 1);
}

/* All behind one line are behind one translator. */
static P2pNetNat
draw_nat (const P2pScenario * s, uint32_t n)
{
  uint32_t size = s->world.cell_size > 1 ? s->world.cell_size : 1;
  unsigned x = p2p_sim_mix (s->world.seed + NATS_SEED, n / size) % 100;
  unsigned nat = P2P_NET_SYMMETRIC;

  while (nat > P2P_NET_OPEN && x >= s->nat_percent[nat])
    x -= s->nat_percent[nat--];
  return (P2pNetNat) nat;
}

void
p2p_scenario_draw (const P2pScenario * s, P2pWorld * w, P2pWorldSpec * out)
{
  P2pRandom *random = &w->sim.random;
  uint32_t rank;
  bool leaf = draw_leaf (s, w->n_nodes, &rank);

  p2p_random_range (random, 100);       /* was drawn for it: keeps other runs */
  memset (out, 0, sizeof *out);
  out->max_peers = s->max_peers;
  out->watch_cap = s->peers <= 1000;
  if (leaf) {
    out->role = P2P_ROLE_LEAF;
    out->up_bps = s->world.rate_bps / 4;
  } else {
    out->up_bps = draw_upload (s, rank);
  }
  if (s->caps_told && out->up_bps)
    out->max_upload_bps = out->up_bps < 32000 ? 32000 : (uint32_t) out->up_bps;
  else if (s->caps_remembered)
    out->upload_guess_bps = (uint32_t) out->up_bps;
  if (s->cap_bps)
    out->max_upload_bps = s->cap_bps;
  if (p2p_random_range (random, 100) < s->slow_percent && out->up_bps)
    out->up_bps /= 10;          /* and does not know */
  out->nat = draw_nat (s, w->n_nodes - 1);      /* the source is none of them */
  out->liar = p2p_random_range (random, 100) < s->liar_percent;
  out->false_map = p2p_random_range (random, 100) < s->false_map_percent;
  out->staller = p2p_random_range (random, 100) < s->staller_percent;
}

uint32_t
p2p_scenario_add (const P2pScenario * s, P2pWorld * w)
{
  P2pWorldSpec spec;

  p2p_scenario_draw (s, w, &spec);
  return p2p_world_add (w, &spec);
}

void
p2p_scenario_add_all (const P2pScenario * s, P2pWorld * w)
{
  for (uint32_t i = 0; i < s->peers; i++)
    p2p_scenario_add (s, w);
}

static void
add_source (const P2pScenario * s, P2pWorld * w)
{
  P2pWorldSpec spec = { 0 };

  spec.max_upload_bps = (uint32_t) (s->world.rate_bps * s->source_x100 / 100);
  spec.up_bps = s->source_up_bps ? s->source_up_bps : s->source_x100 ?
      10 * (uint64_t) spec.max_upload_bps : 100000000;
  spec.max_peers = s->source_max_peers;
  spec.watch_cap = true;
  p2p_world_add (w, &spec);
}

P2pWorld *
p2p_scenario_start (const P2pScenario * s)
{
  P2pWorld *w = p2p_world_new (&s->world);

  w->stalls = s->stalls;
  w->n_stalls = s->n_stalls;
  add_source (s, w);
  return w;
}

/* ---- trouble ---- */

void
p2p_scenario_strike (P2pWorld * w, uint32_t victim, P2pStrikeMode mode)
{
  if (mode == P2P_STRIKE_KILL)
    p2p_world_kill (w, victim);
  else if (mode == P2P_STRIKE_STOP)
    p2p_world_stop (w, victim);
  else
    p2p_world_cut (w, victim);
}

void
p2p_scenario_relieve (P2pWorld * w, uint32_t victim, P2pStrikeMode mode)
{
  if (mode == P2P_STRIKE_STOP)
    p2p_world_resume (w, victim);
  else if (mode == P2P_STRIKE_CUT)
    p2p_world_heal (w, victim);
}

static void
churn (const P2pScenario * s, P2pWorld * w, uint32_t * carry)
{
  /* members x % x 100 x 0.1 s, in units of 1e-5 of a member */
  *carry += s->peers * s->churn_x100;
  for (; *carry >= 100000; *carry -= 100000) {
    uint32_t i = p2p_world_pick (w);

    if (i == UINT32_MAX)
      return;
    if (s->polite)
      p2p_world_leave (w, i);
    else
      p2p_world_kill (w, i);
    p2p_scenario_add (s, w);
  }
}

static void
kill_share (const P2pScenario * s, P2pWorld * w)
{
  uint32_t n = w->n_live * s->kill_percent / 100;

  while (n-- > 0)
    p2p_world_kill (w, p2p_world_pick (w));
}

static void
kill_first_hops (P2pWorld * w)
{
  P2pNeighbourStats s[128];
  P2pNode *source = w->nodes[0];
  unsigned n;

  if (source->state != P2P_NODE_LIVE)
    return;
  n = p2p_swarm_get_neighbours (source->swarm, s, 128);
  for (unsigned i = 0; i < n && i < 128; i++) {
    uint32_t index;

    memcpy (&index, s[i].peer_id.b + P2P_PEER_ID_LEN - 4, 4);
    if (s[i].child_mask && w->nodes[index]->state != P2P_NODE_GONE)
      p2p_world_kill (w, index);
  }
}

static void
kill_strongest (const P2pScenario * s, P2pWorld * w)
{
  P2pNode *best = NULL;

  for (uint32_t i = 0; i < w->n_live; i++) {
    P2pNode *n = w->nodes[w->live[i]];

    if (!best || n->m.frames > best->m.frames * 2
        || n->spec.up_bps > best->spec.up_bps)
      best = n;
  }
  if (!best)
    return;
  p2p_world_kill (w, best->index);
  p2p_scenario_add (s, w);
}

/* One half of the members loses the other half and the source. */
static void
partition (P2pWorld * w, bool on)
{
  for (uint32_t i = 0; i < w->n_live; i++) {
    P2pNode *n = w->nodes[w->live[i]];

    if (n->place.x >= 32768)
      continue;
    if (on)
      p2p_world_cut (w, n->index);
    else
      p2p_world_heal (w, n->index);
  }
}

static bool
falls_in (P2pTime at, P2pTime t)
{
  return at > 0 && at > t - STEP && at <= t;
}

static void
trouble (const P2pScenario * s, P2pWorld * w, P2pTime t, uint32_t * carry)
{
  if (s->churn_x100)
    churn (s, w, carry);
  if (falls_in (s->kill_at, t)) {
    if (s->kill_first_hops)
      kill_first_hops (w);
    else
      kill_share (s, w);
  }
  if (s->kill_strongest_every && t % s->kill_strongest_every == 0)
    kill_strongest (s, w);
  if (s->burst_peers && t <= s->burst_over) {
    uint32_t a = (uint32_t) (s->burst_peers * (t - STEP) / s->burst_over);
    uint32_t b = (uint32_t) (s->burst_peers * t / s->burst_over);

    for (; a < b; a++)
      p2p_scenario_add (s, w);
  }
  if (falls_in (s->source_down_at, t))
    p2p_world_source_down (w, s->polite);
  if (falls_in (s->source_up_at, t))
    p2p_world_source_up (w);
  if (falls_in (s->rendezvous_down_at, t))
    w->rendezvous_dead = true;
  if (falls_in (s->partition_at, t))
    partition (w, true);
  if (falls_in (s->partition_at ? s->partition_at + s->partition_for : 0, t))
    partition (w, false);
}

/* What members think of their lines, and how far from the source they are. */
static void
print_capacities (P2pWorld * w)
{
  P2pSwarmStats s;

  for (uint32_t i = 0; i < w->n_live; i++) {
    P2pNode *n = w->nodes[w->live[i]];

    if (n->state != P2P_NODE_LIVE)
      continue;
    p2p_swarm_get_stats (n->swarm, p2p_node_now (w, n), &s);
    fprintf (w->trace, "member %u: line %" PRIu64 ", measured %u, thought %u "
        "bit/s, depth %u, %u links, %u children, %u slots free, queue %lld ms, "
        "missed %u of %u\n", n->index, n->spec.up_bps, s.upload_measured_bps,
        s.upload_bps, s.depth, s.neighbours, s.children,
        p2p_swarm_get_free_slots (n->swarm),
        (long long) (n->line->up_free >
            w->sim.now ? n->line->up_free - w->sim.now : 0) / 1000,
        (unsigned) n->m.missed3, (unsigned) n->m.expected3);
  }
}

static void
print_seconds (P2pWorld * w)
{
  P2pMeasure *m = &w->measure;

  for (unsigned i = 0; i < P2P_MEASURE_SECONDS; i++) {
    if (m->second_expected[i])
      fprintf (w->trace, "second %u: %u due, %u missed at 3 s\n", i,
          m->second_expected[i], m->second_missed[i]);
  }
}

/* For plots: continuity by second published, and the quantiles of the lag. */
static void
write_series (const P2pScenario * s, P2pWorld * w)
{
  const char *name = s->name ? s->name : "run";
  P2pMeasure *m = &w->measure;

  for (unsigned i = 0; i < P2P_MEASURE_SECONDS; i++) {
    if (m->second_expected[i])
      fprintf (s->series, "{\"scenario\":\"%s\",\"seed\":%" PRIu64
          ",\"second\":%u,\"due\":%u,\"missed\":%u}\n", name,
          s->world.seed, i, m->second_expected[i], m->second_missed[i]);
  }
  for (unsigned q = 5; q <= 1000; q += 5)
    fprintf (s->series, "{\"scenario\":\"%s\",\"seed\":%" PRIu64
        ",\"quantile\":%u,\"lag_ms\":%u}\n", name, s->world.seed, q,
        p2p_measure_lag (m, q));
  for (unsigned d = 1; d <= P2P_FOREST_DEPTHS; d++) {
    P2pForest forest;

    p2p_world_forest (w, &forest);
    fprintf (s->series, "{\"scenario\":\"%s\",\"seed\":%" PRIu64
        ",\"depth\":%u,\"paths\":%u}\n", name, s->world.seed, d,
        forest.at_depth[d - 1]);
  }
}

/* How many control messages of each code went since the warm-up. */
static void
print_messages (P2pWorld * w)
{
  for (unsigned i = 0; i < 256; i++) {
    if (w->measure.messages[i])
      fprintf (w->trace, "messages of code %#x: %" PRIu64 ", by the source %"
          PRIu64 "\n", i, w->measure.messages[i],
          w->measure.source_messages[i]);
  }
}

/* Where the time goes after a death: what every (member, sub-stream) hangs on,
 * and what went over the wires in the last step. */
static void
write_timeline (const P2pScenario * s, P2pWorld * w, P2pTime t,
    P2pMeasure * last)
{
  const P2pMeasure *m = &w->measure;
  P2pForest f;

  p2p_world_forest (w, &f);
  fprintf (s->timeline, "{\"ms\":%lld,\"members\":%u,\"paths\":%u,"
      "\"cut\":%u,\"searching\":%u,\"below\":%u,\"loops\":%u,"
      "\"depth\":%.2f,\"first_hops\":%u,\"share\":%.1f,"
      "\"source_bytes\":%" PRIu64 ",\"new\":%" PRIu64 ",\"duplicates\":%"
      PRId64 ",\"pushed\":%" PRIu64 "}\n", (long long) t / 1000, w->n_live,
      f.paths, f.cut, f.searching, f.orphans - f.cut - f.searching - f.loops,
      f.loops, f.depth_x100 / 100.0, f.first_hops, f.first_hop_x1000 / 10.0,
      m->source_payload - last->source_payload, m->verified - last->verified,
      (int64_t) (m->frames - last->frames - (m->verified - last->verified)),
      m->delivered_pushed - last->delivered_pushed);
  *last = *m;
}

static uint32_t
ppm (uint64_t part, uint64_t whole)
{
  return whole ? (uint32_t) (part * 1000000 / whole) : 0;
}

/* When parts of the share of paths that there was just before the death lead to
 * the source again; to the end if they never do. */
static const uint32_t part_percent[P2P_RESTORED_PARTS] = { 90, 99, 100 };

typedef struct
{
  uint32_t before_ppm;
  bool done[P2P_RESTORED_PARTS];
  uint32_t ms[P2P_RESTORED_PARTS];
} Recovery;

static void
look_for_recovery (const P2pScenario * s, P2pWorld * w, P2pTime t, Recovery * r)
{
  P2pForest f;
  uint32_t share;

  if (s->kill_at == 0 || t < s->kill_at || r->done[P2P_RESTORED_PARTS - 1])
    return;
  p2p_world_forest (w, &f);
  share = ppm (f.paths, f.paths + f.orphans);
  if (falls_in (s->kill_at, t)) {
    r->before_ppm = share;
    return;
  }
  for (unsigned i = 0; i < P2P_RESTORED_PARTS; i++) {
    if (r->done[i])
      continue;
    r->ms[i] = (uint32_t) ((t - s->kill_at) / 1000);
    r->done[i] = (uint64_t) share *100 >=
        (uint64_t) r->before_ppm * part_percent[i];
  }
}

static bool
feeds (P2pWorld * w, const P2pLink * l, unsigned side)
{
  P2pNode *taker = w->nodes[l->node[!side]];
  P2pNeighbourStats s[128];
  unsigned n = 0;

  if (taker->state == P2P_NODE_LIVE && !taker->spec.liar)
    n = p2p_swarm_get_neighbours (taker->swarm, s, 128);
  for (unsigned i = 0; i < n && i < 128; i++) {
    if (s[i].parent_mask
        && p2p_node_by_id (w, &s[i].peer_id) == w->nodes[l->node[side]])
      return true;
  }
  return false;
}

/* Who has a liar for a neighbour and needs nothing of it finds nothing out, and
 * loses nothing. */
static void
look_for_liars (P2pWorld * w, P2pTime * kept)
{
  for (uint32_t i = 0; i < w->n_links; i++) {
    P2pLink *l = &w->links[i];

    for (unsigned side = 0; l->id && !l->closing && side < 2; side++) {
      if (l->end[side].lied_at == 0)
        continue;
      if (!feeds (w, l, side))
        l->end[side].lied_at = 0;       /* until it lies again */
      else if (w->sim.now - l->end[side].lied_at > *kept)
        *kept = w->sim.now - l->end[side].lied_at;
    }
  }
}

/* What members missed while the swarm came together is not judged, and nobody looked
 * how long liars fed them then. */
static void
restart_measures (P2pWorld * w)
{
  p2p_measure_restart (&w->measure, w->sim.now);
  for (uint32_t i = 0; i < w->n_links; i++)
    w->links[i].end[0].lied_at = w->links[i].end[1].lied_at = 0;
  for (uint32_t i = 0; i < w->n_nodes; i++)
    w->nodes[i]->m.expected3 = w->nodes[i]->m.missed3 = 0;
}

void
p2p_scenario_run (const P2pScenario * s, P2pReport * out, FILE * trace)
{
  P2pWorld *w = p2p_scenario_start (s);
  P2pMeasure last = { 0 };
  Recovery recovery = { 0 };
  P2pTime liar_kept = 0;
  uint32_t carry = 0;
  clock_t warm;

  w->trace = trace;
  for (uint32_t i = 0; i < s->peers; i++) {
    p2p_world_run (w, (P2pTime) ((uint64_t) s->join_over * (i + 1)
            / (s->peers + 1)));
    p2p_scenario_add (s, w);
  }
  p2p_world_run (w, s->warm_up);
  restart_measures (w);
  warm = clock ();
  for (P2pTime t = STEP; t <= s->length; t += STEP) {
    p2p_world_run (w, s->warm_up + t);
    look_for_recovery (s, w, t, &recovery);
    if (s->liar_percent)
      look_for_liars (w, &liar_kept);
    trouble (s, w, t, &carry);
    if (s->timeline)
      write_timeline (s, w, t, &last);
  }
  p2p_scenario_report (s, w, out);
  out->processor_s = (double) (clock () - warm) / CLOCKS_PER_SEC;
  memcpy (out->restored_ms, recovery.ms, sizeof out->restored_ms);
  out->liar_kept_ms = (uint32_t) (liar_kept / 1000);
  if (trace)
    print_capacities (w);
  if (s->series)
    write_series (s, w);
  if (trace) {
    print_messages (w);
    print_seconds (w);
  }
  p2p_world_free (w);
}

/* ---- the report ---- */

static int
by_size (const void *a, const void *b)
{
  uint32_t x = *(const uint32_t *) a, y = *(const uint32_t *) b;

  return x < y ? -1 : x > y;
}

static void
report_uplinks (P2pWorld * w, P2pReport * out)
{
  uint32_t *part = calloc (w->n_live + 1, sizeof *part);
  P2pSwarmStats s;

  if (part == NULL)
    abort ();
  for (uint32_t i = 0; i < w->n_live; i++) {
    P2pNode *n = w->nodes[w->live[i]];

    if (n->state != P2P_NODE_LIVE || (n->spec.max_upload_bps
            && n->spec.up_bps >= n->spec.max_upload_bps)
        || n->spec.role == P2P_ROLE_LEAF || n->spec.up_bps == 0)
      continue;
    out->unknown++;
    p2p_swarm_get_stats (n->swarm, p2p_node_now (w, n), &s);
    if (s.upload_measured_bps)
      part[out->measured++] = (uint32_t) ((uint64_t) s.upload_measured_bps
          * 100 / n->spec.up_bps);
  }
  qsort (part, out->measured, sizeof *part, by_size);
  out->measured_x100 = out->measured ? part[out->measured / 2] : 0;
  free (part);
}

static void
report_source (P2pWorld * w, P2pReport * out)
{
  const P2pNode *n = w->nodes[0];
  P2pSwarmStats s;

  out->deficits = n->deficits;
  out->deficit_bps = n->deficit_bps;
  out->demand_bps = n->demand_bps;
  if (n->state != P2P_NODE_LIVE)
    return;
  p2p_swarm_get_stats (n->swarm, p2p_node_now (w, n), &s);
  out->root_share = s.first_hop_share;
}

static void
report_members (P2pWorld * w, P2pReport * out)
{
  uint64_t sum = 0;
  uint32_t n_live = 0;

  for (uint32_t i = 0; i < w->n_nodes; i++) {
    P2pNode *n = w->nodes[i];

    if (n->bins && n->spec.max_upload_bps) {
      uint32_t x = (uint32_t) (n->bin_max * 1000
          / (n->spec.max_upload_bps / 4));

      if (x > out->cap_worst_x1000)
        out->cap_worst_x1000 = x;
      if (x > 1000)
        p2p_trace (w, n, "sent %u per mille of its cap, %u bit/s, in 2 s "
            "before %lld ms", x, n->spec.max_upload_bps,
            (long long) n->bin_max_at / 1000);
    }
    if (i == 0 || n->state == P2P_NODE_GONE)
      continue;
    n_live++;
    sum += (uint64_t) n->memory;
    if (n->memory_max > out->memory_max) {
      out->memory_max = (uint32_t) n->memory_max;
      out->memory_neighbours = n->memory_neighbours;
    }
    out->waiting += n->m.contiguous == P2P_TIME_NEVER
        && n->m.joined >= w->measure.from && n->m.linked != P2P_TIME_NEVER
        && w->sim.now - n->m.linked >= STILL_WAITING;
    if (n->m.expected3 >= 16) {
      uint32_t missed = ppm (n->m.missed3, n->m.expected3);

      if (missed > out->worst_member_ppm)
        out->worst_member_ppm = missed;
    }
  }
  out->members = n_live;
  out->memory_mean = n_live ? (uint32_t) (sum / n_live) : 0;
}

void
p2p_scenario_report (const P2pScenario * s, P2pWorld * w, P2pReport * out)
{
  static const unsigned quantile[4] = { 500, 900, 950, 990 };
  P2pMeasure *m = &w->measure;
  uint64_t media, payload = s->world.rate_bps * s->world.chunk_us / 8000000;

  memset (out, 0, sizeof *out);
  out->seed = s->world.seed;
  out->hash = w->sim.hash;
  out->events = w->sim.n_events;
  out->virtual_us = w->sim.now;
  out->joined_in_all = w->n_nodes - 1;
  for (unsigned i = 0; i < 4; i++)
    out->lag_ms[i] = p2p_measure_lag (m, quantile[i]);
  out->lag_max_ms = (uint32_t) (m->lag_max / 1000);
  for (unsigned i = 0; i < P2P_MEASURE_DELAYS; i++)
    out->missed_ppm[i] = p2p_measure_missed (m, i);
  out->worst_second_x100 = p2p_measure_worst_second (m, s->peers / 4 + 1);
  report_members (w, out);
  report_uplinks (w, out);
  report_source (w, out);
  if (m->frames > m->verified)
    out->duplicates_ppm = ppm (m->frames - m->verified, m->frames);
  out->hops_x100 = m->delivered ?
      (uint32_t) (m->delivered_hops * 100 / m->delivered) : 0;
  out->pulled_ppm = ppm (m->delivered - m->delivered_pushed, m->delivered);
  out->control_ppm = ppm (m->control_bytes
      + m->control_packets * P2P_NET_OVERHEAD, m->data_bytes);
  out->sack_ppm = ppm (m->sack_bytes, m->data_bytes);
  out->head_ppm = ppm (m->data_head_bytes
      + m->data_packets * P2P_NET_OVERHEAD, m->data_bytes);
  media = (uint64_t) (s->length / s->world.chunk_us) * payload;
  out->source_x1000 = media ? (uint32_t) (m->source_payload * 1000 / media) : 0;
  out->source_wire_x1000 =
      media ? (uint32_t) (m->source_wire * 1000 / media) : 0;
  out->join_p50_ms = p2p_measure_join (m, 500);
  out->join_p95_ms = p2p_measure_join (m, 950);
  out->join_max_ms = p2p_measure_join (m, 1000);
  out->newcomers = m->n_newcomers;
  out->newcomer_p50_ms = p2p_measure_newcomer (m, 500);
  out->newcomer_p95_ms = p2p_measure_newcomer (m, 950);
  out->queue_p50_ms = p2p_measure_queue (m, 500);
  out->queue_p95_ms = p2p_measure_queue (m, 950);
  out->queue_p99_ms = p2p_measure_queue (m, 990);
  out->rootless_ms = (uint32_t) (m->rootless_max / 1000);
  out->lost = m->lost;
  out->repeated = m->repeated;
  out->unordered = m->unordered;
  out->forged = m->forged_delivered;
  out->delivered = m->delivered;
  p2p_world_forest (w, &out->forest);
  out->bad_drops = w->n_bad_drops;
  out->drops = w->n_drops;
  out->setups = w->n_setups;
  out->setup_failures = w->n_setup_failures;
  out->signals = w->n_signals;
}

void
p2p_report_json (const P2pReport * r, const char *name, FILE * out)
{
  fprintf (out, "{\"scenario\":\"%s\",\"seed\":%" PRIu64 ",\"hash\":\"%016"
      PRIx64 "\",\"events\":%" PRIu64 ",\"virtual_s\":%.1f,\"members\":%u,"
      "\"joined\":%u,", name, r->seed, r->hash, r->events,
      (double) r->virtual_us / 1e6, r->members, r->joined_in_all);
  fprintf (out, "\"lag_ms\":{\"p50\":%u,\"p90\":%u,\"p95\":%u,\"p99\":%u,"
      "\"max\":%u},", r->lag_ms[0], r->lag_ms[1], r->lag_ms[2], r->lag_ms[3],
      r->lag_max_ms);
  fprintf (out, "\"continuity\":{\"1.5\":%.4f,\"2\":%.4f,\"3\":%.4f,"
      "\"5\":%.4f},", 100 - r->missed_ppm[0] / 1e4,
      100 - r->missed_ppm[1] / 1e4, 100 - r->missed_ppm[AT_3_S] / 1e4,
      100 - r->missed_ppm[3] / 1e4);
  fprintf (out, "\"worst_second\":%.2f,\"worst_member\":%.3f,",
      r->worst_second_x100 / 100.0, 100 - r->worst_member_ppm / 1e4);
  fprintf (out, "\"duplicates\":%.2f,\"pulled\":%.2f,\"control\":%.2f,"
      "\"sack\":%.2f,\"data_overhead\":%.2f,\"hops\":%.2f,",
      r->duplicates_ppm / 1e4, r->pulled_ppm / 1e4, r->control_ppm / 1e4,
      r->sack_ppm / 1e4, r->head_ppm / 1e4, r->hops_x100 / 100.0);
  fprintf (out,
      "\"source_x\":%.2f,\"source_wire_x\":%.2f,"
      "\"join_ms\":{\"p50\":%u,\"p95\":%u,\"max\":%u},\"newcomers\":{\"n\":%u,"
      "\"p50\":%u,\"p95\":%u,\"waiting\":%u},\"rootless_ms\":%u,"
      "\"restored_ms\":{\"90\":%u,\"99\":%u,\"100\":%u},\"liar_kept_ms\":%u,",
      r->source_x1000 / 1e3, r->source_wire_x1000 / 1e3, r->join_p50_ms,
      r->join_p95_ms, r->join_max_ms, r->newcomers, r->newcomer_p50_ms,
      r->newcomer_p95_ms, r->waiting, r->rootless_ms, r->restored_ms[0],
      r->restored_ms[1], r->restored_ms[2], r->liar_kept_ms);
  fprintf (out, "\"uplink_queue_ms\":{\"p50\":%u,\"p95\":%u,\"p99\":%u},",
      r->queue_p50_ms, r->queue_p95_ms, r->queue_p99_ms);
  fprintf (out, "\"root_share\":%u,\"deficit\":{\"told\":%u,\"missing\":%"
      PRId64 ",\"demand\":%" PRId64 "},", r->root_share, r->deficits,
      r->deficit_bps, r->demand_bps);
  fprintf (out, "\"uplinks\":{\"unknown\":%u,\"measured\":%u,"
      "\"median\":%.2f},", r->unknown, r->measured, r->measured_x100 / 100.0);
  fprintf (out,
      "\"delivered\":%" PRIu64 ",\"lost\":%" PRIu64 ",\"repeated\":%" PRIu64
      ",\"unordered\":%" PRIu64 ",\"forged\":%" PRIu64 ",", r->delivered,
      r->lost, r->repeated, r->unordered, r->forged);
  fprintf (out,
      "\"forest\":{\"paths\":%u,\"orphans\":%u,\"backed\":%u,\"depth\":%.2f,"
      "\"brothers\":%.2f,\"depth_max\":%u,\"first_hops\":%u,\"first_hop_share\":%.1f,"
      "\"neighbours\":%.1f},", r->forest.paths, r->forest.orphans,
      r->forest.backed, r->forest.depth_x100 / 100.0,
      r->forest.brothers_x100 / 100.0, r->forest.depth_max,
      r->forest.first_hops, r->forest.first_hop_x1000 / 10.0,
      r->forest.neighbours_x100 / 100.0);
  fprintf (out,
      "\"memory\":{\"mean\":%u,\"max\":%u,\"max_neighbours\":%u}," "\"drops\":%"
      PRIu64 ",\"bad_drops\":%" PRIu64 ",\"setups\":%" PRIu64
      ",\"setup_failures\":%" PRIu64 ",\"signals\":%" PRIu64
      ",\"cap_worst\":%.3f}\n", r->memory_mean, r->memory_max,
      r->memory_neighbours, r->drops, r->bad_drops, r->setups,
      r->setup_failures, r->signals, r->cap_worst_x1000 / 1e3);
  fflush (out);
}
