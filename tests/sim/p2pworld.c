/* gst-plugins-p2p
 *
 * This library is free software; you can redistribute it and/or
 * modify it under the terms of the GNU Lesser General Public
 * License as published by the Free Software Foundation; either
 * version 2.1 of the License, or (at your option) any later version.
 */
/* p2pworld.c: nodes, the event loop, and trouble. */
#include "p2pworldpriv.h"
#include "p2pheap.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#define ROOTS_EVERY P2P_MSEC (20)
#define IDLE_STATS P2P_SEC (1)
#define DUE_AHEAD 12            /* members */
/* 2026-01-01 in NTP seconds: any date does */
#define EPOCH_NTP (UINT64_C (3976214400) << 32)

P2pTime
p2p_node_now (const P2pWorld * w, const P2pNode * n)
{
  return w->sim.now + n->clock;
}

void
p2p_node_enter (P2pNode * n)
{
  p2p_heap_owner = &n->memory;
}

static void
arm_timer (P2pWorld * w, P2pNode * n)
{
  P2pTime next = n->deadline;

  if (next == P2P_TIME_NEVER)
    return;
  if (next < w->sim.now)
    next = w->sim.now;
  if (next >= n->timer_at)
    return;
  n->timer_at = next;
  p2p_sim_at (&w->sim, next, EV_TIMER, n->index, 0, 0, NULL);
}

void
p2p_node_left (P2pWorld * w, P2pNode * n)
{
  p2p_heap_owner = NULL;
  p2p_host_drain (w, n);
  if (!n->swarm)
    return;
  n->deadline = p2p_swarm_next_deadline (n->swarm);
  if (n->deadline != P2P_TIME_NEVER)
    n->deadline -= n->clock;
  arm_timer (w, n);
  if (n->leaving && p2p_swarm_has_left (n->swarm))
    p2p_sim_at (&w->sim, w->sim.now, EV_LEFT, n->index, 0, 0, NULL);
  n->gated = p2p_swarm_waits_for_links (n->swarm);
  p2p_links_await (w, n);
  if (w->config.real_tracker && n->caller.conn)
    p2p_rendezvous_room (w, n);
}

/* The first four bytes are the short id; the last four name the node. */
static void
make_id (const P2pWorld * w, P2pNode * n)
{
  uint64_t h = w->config.seed;

  for (unsigned i = 0; i < P2P_PEER_ID_LEN / 8; i++) {
    h = p2p_sim_mix (h, n->index + 1 + i);
    memcpy (n->id.b + 8 * i, &h, 8);
  }
  memcpy (n->id.b + P2P_PEER_ID_LEN - 4, &n->index, 4);
}

P2pNode *
p2p_node_by_id (P2pWorld * w, const P2pPeerId * id)
{
  uint32_t index;

  memcpy (&index, id->b + P2P_PEER_ID_LEN - 4, 4);
  if (index >= w->n_nodes
      || memcmp (w->nodes[index]->id.b, id->b, P2P_PEER_ID_LEN) != 0)
    return NULL;
  return w->nodes[index];
}

P2pNode *
p2p_world_node (P2pWorld * w, uint32_t index)
{
  return w->nodes[index];
}

void
p2p_trace (P2pWorld * w, const P2pNode * n, const char *format, ...)
{
  va_list args;

  if (!w->trace)
    return;
  fprintf (w->trace, "%lld.%03lld node %u: ", (long long) w->sim.now / 1000,
      (long long) w->sim.now % 1000, n->index);
  va_start (args, format);
  vfprintf (w->trace, format, args);
  va_end (args);
  fputc ('\n', w->trace);
}

void
p2p_world_config_init (P2pWorldConfig * c, uint64_t rate_bps)
{
  bool audio = rate_bps < 512000;

  memset (c, 0, sizeof *c);
  c->seed = 1;
  c->rate_bps = rate_bps;
  c->chunk_us = audio ? P2P_MSEC (125) : 62500;
  c->gop_us = audio ? 0 : P2P_SEC (2);
  c->geometry.map = P2P_NET_PLANE;
  c->geometry.min = P2P_MSEC (5);
  c->geometry.max = P2P_MSEC (90);
  c->latency = P2P_SEC (3);
  c->setup_min = P2P_MSEC (600);
  c->setup_max = P2P_MSEC (800);
  c->rendezvous = P2P_MSEC (40);
  c->introduce_best = 1;
  c->verify_min = 300;          /* Ed25519 of 16 KiB on a small machine */
  c->verify_max = 500;
  c->sign = 200;
  c->dead_after = P2P_SEC (10);
  c->down_bps = 50000000;
  c->stats_busy = P2P_MSEC (50);
  c->stats_idle = IDLE_STATS;
}

P2pWorld *
p2p_world_new (const P2pWorldConfig * c)
{
  P2pWorld *w = calloc (1, sizeof *w);

  if (w == NULL)
    abort ();
  w->config = *c;
  p2p_sim_init (&w->sim, c->seed);
  p2p_hints_start (w);
  p2p_measure_init (&w->measure, c->chunk_us);
  w->swarm_id.b[0] = P2P_SWARM_ALG_ED25519;
  memcpy (w->swarm_id.b + 1, &c->seed, sizeof c->seed);
  p2p_sim_at (&w->sim, ROOTS_EVERY, EV_ROOTS, 0, 0, 0, NULL);
  return w;
}

/* ---- members ---- */

static void
start_core (P2pWorld * w, P2pNode * n)
{
  P2pSwarmConfig config = { 0 };
  P2pTime now = p2p_node_now (w, n);

  config.role = n->spec.role;
  config.swarm_id = w->swarm_id;
  config.peer_id = n->id;
  config.seed = p2p_random_u64 (&w->sim.random);
  config.latency_us = (uint32_t) w->config.latency;
  config.max_upload_bps = n->spec.max_upload_bps;
  config.upload_guess_bps = n->spec.upload_guess_bps;
  config.max_peers = n->spec.max_peers;
  config.k = w->config.k;
  if (n->spec.role == P2P_ROLE_SOURCE) {
    uint8_t prefix[P2P_SIGN_PREFIX_LEN];
    P2pRange none = { 0, 0 };
    P2pPayload *id = p2p_payload_new_copy (n->id.b, P2P_PEER_ID_LEN);
    P2pSlice body = { id, 0, P2P_PEER_ID_LEN };

    if (w->n_epochs == 64 || id == NULL)
      abort ();
    w->epoch = EPOCH_NTP + ((uint64_t) w->sim.now << 32) / 1000000;
    w->epochs[w->n_epochs] = w->epoch;
    w->epoch_base[w->n_epochs++] = w->measure.n_published;
    config.epoch = w->epoch;
    config.source_clock = w->epoch;
    p2p_sign_prefix (prefix, P2P_TAG_PEER, &w->swarm_id, w->epoch, none, 0);
    p2p_host_signature (w, prefix, body, config.proof);
    p2p_payload_unref (id);
  }
  p2p_heap_owner = &n->memory;
  n->swarm = p2p_swarm_new (&config, now);
  p2p_heap_owner = NULL;
  if (n->swarm == NULL)
    abort ();
  n->timer_at = P2P_TIME_NEVER;
  n->acks_at = n->acks_event = n->upkeep_at = P2P_TIME_NEVER;
  n->state = P2P_NODE_LIVE;
  p2p_node_enter (n);
  if (w->config.real_tracker)
    p2p_rendezvous_join (w, n);
  else
    p2p_swarm_set_member_count (n->swarm, w->n_live + 1);
  p2p_node_left (w, n);
}

static void
add_live (P2pWorld * w, P2pNode * n)
{
  if (w->n_live == w->cap_live) {
    w->cap_live = w->cap_live ? w->cap_live * 2 : 64;
    w->live = realloc (w->live, w->cap_live * sizeof *w->live);
    if (w->live == NULL)
      abort ();
  }
  n->live_at = w->n_live;
  w->live[w->n_live++] = n->index;
}

static void
remove_live (P2pWorld * w, P2pNode * n)
{
  if (n->index == 0)
    return;
  w->live[n->live_at] = w->live[--w->n_live];
  w->nodes[w->live[n->live_at]]->live_at = n->live_at;
}

/* A cell's line carries up what its members could on lines of their own, so that
 * the swarm's capacity is the same; downlink and queue are shared. */
static void
join_cell (P2pWorld * w, P2pNode * n)
{
  uint32_t size = w->config.cell_size;

  n->cell = n->index;
  if (size > 1 && n->index > 0)
    n->cell = 1 + (n->index - 1) / size * size;
  n->line = &w->nodes[n->cell]->access;
  n->line->down_bps = w->config.down_bps;
  if (n->cell == n->index) {
    n->line->up_bps = n->spec.up_bps;
    return;
  }
  n->place = w->nodes[n->cell]->place;
  n->line->up_bps = n->line->up_bps && n->spec.up_bps ?
      n->line->up_bps + n->spec.up_bps : 0;
}

static P2pNode *
new_node (P2pWorld * w, const P2pWorldSpec * spec)
{
  P2pNode *n = p2p_sim_aligned (1, sizeof *n);

  if (w->n_nodes == w->cap_nodes) {
    w->cap_nodes = w->cap_nodes ? w->cap_nodes * 2 : 64;
    w->nodes = realloc (w->nodes, w->cap_nodes * sizeof *w->nodes);
  }
  if (w->nodes == NULL)
    abort ();
  n->index = w->n_nodes;
  w->nodes[w->n_nodes++] = n;
  n->spec = *spec;
  if (n->index == 0)
    n->spec.role = P2P_ROLE_SOURCE;
  else if (n->spec.role == 0)
    n->spec.role = P2P_ROLE_RELAY;
  n->odd = spec->liar || spec->false_map || spec->staller;
  n->place = p2p_net_place (&w->config.geometry, &w->sim.random);
  join_cell (w, n);
  /* nobody's clock is another's */
  n->clock = (P2pTime) p2p_random_range (&w->sim.random, 1u << 31)
      * 1000 + n->index;
  if (spec->watch_cap) {
    n->bins = calloc (P2P_WORLD_BINS, sizeof *n->bins);
    if (n->bins == NULL)
      abort ();
  }
  p2p_gate_init (n);
  make_id (w, n);
  p2p_measure_node_init (&n->m, w->sim.now);
  return n;
}

uint32_t
p2p_world_add (P2pWorld * w, const P2pWorldSpec * spec)
{
  P2pNode *n = new_node (w, spec);

  if (n->index > 0)
    add_live (w, n);
  start_core (w, n);
  if (w->config.stats_idle)
    p2p_sim_at (&w->sim, w->sim.now + 1
        + p2p_random_range (&w->sim.random, (uint32_t) w->config.stats_idle),
        EV_IDLE_STATS, n->index, 0, 0, NULL);
  if (n->index == 0)
    p2p_publisher_start (w);
  return n->index;
}

uint32_t
p2p_world_pick (P2pWorld * w)
{
  if (w->n_live == 0)
    return NOBODY;
  return w->live[p2p_random_range (&w->sim.random, w->n_live)];
}

static void
free_backlog (P2pNode * n)
{
  for (uint32_t i = 0; i < n->n_backlog; i++) {
    if (n->backlog[i].type == EV_FRAME)
      p2p_payload_unref (n->backlog[i].data);
  }
  free (n->backlog);
  n->backlog = NULL;
  n->n_backlog = n->cap_backlog = 0;
}

static void
free_core (P2pWorld * w, P2pNode * n)
{
  p2p_rendezvous_gone (w, n);
  p2p_heap_owner = &n->memory;
  p2p_swarm_free (n->swarm);
  p2p_heap_owner = NULL;
  n->swarm = NULL;
  n->state = P2P_NODE_GONE;
}

/* ---- trouble ---- */

void
p2p_world_kill (P2pWorld * w, uint32_t index)
{
  P2pNode *n = w->nodes[index];

  if (n->state == P2P_NODE_GONE)
    return;
  p2p_trace (w, n, "killed");
  remove_live (w, n);
  free_core (w, n);
  free_backlog (n);
  while (n->n_links > 0) {
    P2pLink *l = p2p_link_get (w, n->links[n->n_links - 1]);

    p2p_link_peer_silent (w, l, l->node[0] == index ? 0 : 1);
    p2p_link_detach (w, l, n);
  }
}

void
p2p_world_leave (P2pWorld * w, uint32_t index)
{
  P2pNode *n = w->nodes[index];

  if (n->state != P2P_NODE_LIVE || n->leaving)
    return;
  p2p_trace (w, n, "leaves");
  remove_live (w, n);
  n->leaving = true;
  p2p_rendezvous_gone (w, n);
  p2p_node_enter (n);
  p2p_swarm_leave (n->swarm, p2p_node_now (w, n));
  p2p_node_left (w, n);
}

static void
on_left (P2pWorld * w, P2pNode * n)
{
  uint32_t index = n->index;

  if (n->state != P2P_NODE_LIVE)
    return;
  free_core (w, n);
  while (n->n_links > 0) {
    P2pLink *l = p2p_link_get (w, n->links[n->n_links - 1]);

    p2p_link_close (w, l, l->node[0] == index ? 0 : 1);
  }
}

void
p2p_world_stop (P2pWorld * w, uint32_t index)
{
  P2pNode *n = w->nodes[index];

  if (n->state != P2P_NODE_LIVE)
    return;
  p2p_trace (w, n, "stopped");
  n->state = P2P_NODE_STOPPED;
  for (uint32_t i = 0; i < n->n_links; i++) {
    P2pLink *l = p2p_link_get (w, n->links[i]);

    p2p_link_peer_silent (w, l, l->node[0] == index ? 0 : 1);
  }
}

static void on_verified (P2pWorld * w, P2pNode * n, const P2pSimEvent * e);

static void
replay_backlog (P2pWorld * w, P2pNode * n)
{
  P2pSimEvent *backlog = n->backlog;
  uint32_t count = n->n_backlog;

  n->backlog = NULL;
  n->n_backlog = n->cap_backlog = 0;
  for (uint32_t i = 0; i < count; i++) {
    if (backlog[i].type == EV_FRAME)
      p2p_link_frame (w, &backlog[i]);
    else if (backlog[i].type == EV_VERIFIED)
      on_verified (w, n, &backlog[i]);
    else
      p2p_link_down (w, backlog[i].a, backlog[i].b);
  }
  free (backlog);
}

void
p2p_world_resume (P2pWorld * w, uint32_t index)
{
  P2pNode *n = w->nodes[index];

  if (n->state != P2P_NODE_STOPPED)
    return;
  p2p_trace (w, n, "resumed");
  n->state = P2P_NODE_LIVE;
  n->m.since = w->sim.now;
  replay_backlog (w, n);
  p2p_node_enter (n);
  p2p_swarm_tick (n->swarm, p2p_node_now (w, n));
  p2p_node_left (w, n);
}

void
p2p_world_cut (P2pWorld * w, uint32_t index)
{
  P2pNode *n = w->nodes[index];

  w->n_cut += !n->cut;
  n->cut = true;
  p2p_trace (w, n, "cut off");
  for (uint32_t i = 0; i < n->n_links; i++) {
    P2pLink *l = p2p_link_get (w, n->links[i]);

    p2p_link_peer_silent (w, l, 0);
    p2p_link_peer_silent (w, l, 1);
  }
}

/* What was lost is sent again by the transports' timers. */
void
p2p_world_heal (P2pWorld * w, uint32_t index)
{
  P2pNode *n = w->nodes[index];
  P2pSimEvent *held = w->held;
  uint32_t n_held = w->n_held;

  w->n_cut -= n->cut;
  n->cut = false;
  n->m.since = w->sim.now;
  p2p_trace (w, n, "healed");
  w->held = NULL;
  w->n_held = w->cap_held = 0;
  for (uint32_t i = 0; i < n_held; i++) {
    p2p_sim_at (&w->sim, w->sim.now + P2P_MSEC (100)
        + p2p_random_range (&w->sim.random, 900000), EV_FRAME, held[i].a,
        held[i].b, held[i].c, held[i].data);
  }
  free (held);
}

void
p2p_world_source_down (P2pWorld * w, bool polite)
{
  w->publishing = false;
  if (polite)
    p2p_world_leave (w, 0);
  else
    p2p_world_kill (w, 0);
}

/* A new process: nothing but the key (and so the swarm) is the same. */
void
p2p_world_source_up (P2pWorld * w)
{
  P2pNode *n = w->nodes[0];

  if (n->state != P2P_NODE_GONE)
    return;
  n->line->up_free = w->sim.now;
  start_core (w, n);
  p2p_publisher_start (w);
}

void
p2p_world_end_stream (P2pWorld * w)
{
  p2p_publisher_chunk (w, w->n_epochs, true);
}

/* ---- the loop ---- */

static void
on_timer (P2pWorld * w, P2pNode * n, P2pTime when)
{
  if (n->timer_at != when)
    return;                     /* an earlier one was set since */
  n->timer_at = P2P_TIME_NEVER;
  if (n->state != P2P_NODE_LIVE)
    return;
  if (n->deadline > w->sim.now && !n->leaving) {
    arm_timer (w, n);
    return;
  }
  p2p_links_acked (w, n);
  p2p_node_enter (n);
  p2p_swarm_tick (n->swarm, p2p_node_now (w, n));
  p2p_node_left (w, n);
}

static void
on_verified (P2pWorld * w, P2pNode * n, const P2pSimEvent * e)
{
  uintptr_t verdict = (uintptr_t) e->data;

  if (n->state == P2P_NODE_STOPPED)
    p2p_node_keep (n, e);       /* its check goes on when it does */
  if (n->state != P2P_NODE_LIVE)
    return;
  if ((verdict & VERDICT_GOOD) && (verdict & VERDICT_CHUNK) && n->index > 0) {
    p2p_measure_verified (&w->measure, &n->m, e->c, w->sim.now);
    if (w->on_chunk)
      w->on_chunk (w, n, e->c, w->sim.now - w->measure.published[e->c],
          w->data);
  }
  p2p_links_acked (w, n);
  p2p_node_enter (n);
  p2p_swarm_verified (n->swarm, e->b, verdict & VERDICT_GOOD,
      p2p_node_now (w, n));
  p2p_node_left (w, n);
}

static void
on_signed (P2pWorld * w, P2pNode * n, const P2pSimEvent * e)
{
  if (n->state == P2P_NODE_LIVE) {
    p2p_node_enter (n);
    p2p_swarm_signed (n->swarm, e->b, e->data, p2p_node_now (w, n));
    p2p_node_left (w, n);
  }
  free (e->data);
}

static void
on_idle_stats (P2pWorld * w, P2pNode * n)
{
  if (n->state == P2P_NODE_GONE)
    return;
  p2p_links_idle (w, n);
  p2p_sim_at (&w->sim, w->sim.now + w->config.stats_idle, EV_IDLE_STATS,
      n->index, 0, 0, NULL);
}

static void
on_acks (P2pWorld * w, P2pNode * n, P2pTime when)
{
  if (n->acks_event != when)
    return;
  n->acks_event = P2P_TIME_NEVER;
  if (n->state == P2P_NODE_LIVE)
    p2p_links_acked (w, n);
}

static void
on_upkeep (P2pWorld * w, P2pNode * n, P2pTime when)
{
  if (n->upkeep_at != when)
    return;
  n->upkeep_at = P2P_TIME_NEVER;
  if (n->state != P2P_NODE_GONE)
    p2p_links_upkeep (w, n);
}

static void
on_due (P2pWorld * w, uint32_t serial, unsigned delay)
{
  for (uint32_t i = 0; i < w->n_live; i++) {
    P2pNode *n = w->nodes[w->live[i]];

    if (i + DUE_AHEAD < w->n_live)
      p2p_hint_due (w->nodes[w->live[i + DUE_AHEAD]], serial);
    if (n->state == P2P_NODE_LIVE && !n->cut && !(n->odd && n->spec.liar))
      p2p_measure_due (&w->measure, &n->m, delay, serial);
  }
}

/* A sub-stream has a root when a living member takes it from the source. */
static void
on_roots (P2pWorld * w)
{
  P2pNeighbourStats s[64];
  P2pNode *source = w->n_nodes ? w->nodes[0] : NULL;
  P2pSwarmStats stats;
  uint16_t mask = 0;
  unsigned n;

  p2p_sim_at (&w->sim, w->sim.now + ROOTS_EVERY, EV_ROOTS, 0, 0, 0, NULL);
  if (!source || source->state != P2P_NODE_LIVE || w->n_live == 0)
    return;
  n = p2p_swarm_get_neighbours (source->swarm, s, 64);
  p2p_swarm_get_stats (source->swarm, p2p_node_now (w, source), &stats);
  for (unsigned i = 0; i < n && i < 64; i++) {
    P2pNode *m = p2p_node_by_id (w, &s[i].peer_id);

    if (m && m->state == P2P_NODE_LIVE && !m->cut)
      mask |= s[i].child_mask;
  }
  w->k = stats.k;
  p2p_measure_roots (&w->measure, mask, stats.k, w->sim.now);
}

/* The transport of one end has heard nothing for dead_after. */
static void
on_dead (P2pWorld * w, const P2pSimEvent * e)
{
  P2pLink *l = p2p_link_get (w, e->a);
  P2pNode *other;

  if (!l)
    return;
  other = w->nodes[l->node[!e->b]];
  if (other->state == P2P_NODE_LIVE && !other->cut
      && !w->nodes[l->node[e->b]]->cut && l->up[!e->b])
    return;                     /* it came back in time */
  p2p_link_down (w, e->a, e->b);
  l = p2p_link_get (w, e->a);
  /* the silent end will find its association closed */
  if (l && other->state != P2P_NODE_GONE)
    p2p_link_down (w, e->a, !e->b);
}

static void
on_answer_late (P2pWorld * w, P2pNode * n, P2pNode * m)
{
  if (n->state != P2P_NODE_LIVE || p2p_link_between (w, n, m))
    return;
  w->n_late_answers++;
  p2p_node_enter (n);
  p2p_swarm_connect_failed (n->swarm, &m->id, p2p_node_now (w, n));
  p2p_node_left (w, n);
}

static void
dispatch (P2pWorld * w, const P2pSimEvent * e)
{
  switch (e->type) {
    case EV_FRAME:
      p2p_link_frame (w, e);
      break;
    case EV_ACKS:
      on_acks (w, w->nodes[e->a], e->when);
      break;
    case EV_GATE:
      p2p_gate_run (w, w->nodes[e->a], e->when);
      break;
    case EV_UPKEEP:
      on_upkeep (w, w->nodes[e->a], e->when);
      break;
    case EV_TIMER:
      on_timer (w, w->nodes[e->a], e->when);
      break;
    case EV_IDLE_STATS:
      on_idle_stats (w, w->nodes[e->a]);
      break;
    case EV_VERIFIED:
      on_verified (w, w->nodes[e->a], e);
      break;
    case EV_SIGNED:
      on_signed (w, w->nodes[e->a], e);
      break;
    case EV_INTRODUCE:
      p2p_host_introduce (w, w->nodes[e->a]);
      break;
    case EV_ANNOUNCE:
      p2p_rendezvous_announce (w, w->nodes[e->a], e->when);
      break;
    case EV_OFFER:
      p2p_host_offer (w, w->nodes[e->a], w->nodes[e->b], w->sim.now - e->c,
          (uint32_t) (uintptr_t) e->data);
      break;
    case EV_LINK_UP:
      p2p_link_is_up (w, e->a);
      break;
    case EV_LINK_FAIL:
      p2p_link_failed (w, e->a, e->c);
      break;
    case EV_LINK_DOWN:
      p2p_link_down (w, e->a, e->b);
      break;
    case EV_AGAIN:
      p2p_link_again (w, e);
      break;
    case EV_DEAD:
      on_dead (w, e);
      break;
    case EV_PUBLISH:
      p2p_publisher_chunk (w, e->c, false);
      break;
    case EV_DUE:
      on_due (w, e->a, e->b);
      break;
    case EV_ROOTS:
      on_roots (w);
      break;
    case EV_LEFT:
      on_left (w, w->nodes[e->a]);
      break;
    case EV_ANSWER_LATE:
      on_answer_late (w, w->nodes[e->a], w->nodes[e->b]);
      break;
    default:
      break;
  }
}

void
p2p_world_run (P2pWorld * w, P2pTime until)
{
  P2pSimEvent e;

  while (p2p_sim_next (&w->sim, until, &e)) {
    p2p_world_stand_still (w);
    dispatch (w, &e);
  }
}

uint64_t
p2p_world_wire_sent (P2pWorld * w, uint32_t index)
{
  P2pNode *n = w->nodes[index];
  uint64_t sum = 0;

  for (uint32_t i = 0; i < n->n_links; i++) {
    P2pLink *l = p2p_link_get (w, n->links[i]);

    sum += l->end[l->node[0] == index ? 0 : 1].wire_sent;
  }
  return sum;
}

void
p2p_world_free (P2pWorld * w)
{
  P2pSimEvent e;

  if (w == NULL)
    return;
  for (uint32_t i = 0; i < w->n_nodes; i++) {
    P2pNode *n = w->nodes[i];

    if (n->swarm)
      free_core (w, n);
    free_backlog (n);
    p2p_gate_free (n);
  }
  for (uint32_t i = 0; i < w->n_held; i++)
    p2p_payload_unref (w->held[i].data);
  while (p2p_sim_drain (&w->sim, &e)) {
    if (e.type == EV_FRAME)
      p2p_payload_unref (e.data);
    else if (e.type == EV_SIGNED)
      free (e.data);
  }
  p2p_sim_clear (&w->sim);
  p2p_measure_clear (&w->measure);
  p2p_frames_free (w);
  for (uint32_t i = 0; i < w->n_nodes; i++) {
    free (w->nodes[i]->links);
    free (w->nodes[i]->flying);
    free (w->nodes[i]->bins);
    free (w->nodes[i]);
  }
  free (w->nodes);
  free (w->live);
  free (w->links);
  free (w->free_links);
  free (w->held);
  free (w->hints);
  p2p_tracker_free (w->tracker);
  free (w);
}
