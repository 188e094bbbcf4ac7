/* gst-plugins-p2p
 *
 * This library is free software; you can redistribute it and/or
 * modify it under the terms of the GNU Lesser General Public
 * License as published by the Free Software Foundation; either
 * version 2.1 of the License, or (at your option) any later version.
 */
/* p2pswarm.c: the public functions: life, links, time. Each one that takes
 * 'now' is begin, one thing, settle. */
#include "p2pleave.h"
#include "p2proots.h"

#include <stdlib.h>
#include <string.h>

static void
init_times (P2pSwarm * self, P2pTime now)
{
  self->created = self->now = self->tokens_at = self->spare_at = now;
  self->expected = FOREVER;
  self->edge_moved = self->control_marked = self->deficit_since = now;
  self->deficit_said = P2P_TIME_NONE;
  self->histogram_turn = now + P2P_SEC (30);
  self->want_at = now;
  self->slow_at = self->improve_at = now;
  self->overload_since = P2P_TIME_NONE;
  self->pull_at = self->skip_at = self->send_at = self->status_at = FOREVER;
  self->doubt_at = self->ask_at = FOREVER;
  self->fell_until = self->unrest_until = P2P_TIME_NONE;
  self->settles_at = self->left_until = P2P_TIME_NONE;
  self->replaced_at = now - P2P_SEC (60);
  self->woke_late = now - WOKE_LATE_US;
}

P2pSwarm *
p2p_swarm_new (const P2pSwarmConfig * config, P2pTime now)
{
  P2pSwarm *self = p2p_lines_new (sizeof *self);

  if (!self)
    return NULL;
  self->config = *config;
  if (self->config.latency_us == 0)
    self->config.latency_us = DEFAULT_LATENCY_US;
  p2p_counters_reset_target (self);
  if (self->config.max_upload_bps
      && self->config.max_upload_bps < MIN_UPLOAD_BPS)
    self->config.max_upload_bps = MIN_UPLOAD_BPS;
  self->source = config->role == P2P_ROLE_SOURCE;
  self->leaf = config->role == P2P_ROLE_LEAF;
  self->short_id = p2p_peer_id_short (&config->peer_id);
  p2p_random_init (&self->random, config->seed);
  init_times (self, now);
  p2p_capacity_init (self);
  self->join_point = NO_CHUNK;
  p2p_swarm_reset_stream (self);
  if (self->source) {
    self->epoch = config->epoch;
    self->has_clock = true;
    self->clock_us = p2p_ntp_to_us (config->source_clock) - now;
    p2p_source_clock_set (&self->clock, self->clock_us, now);
  }
  return self;
}

void
p2p_swarm_free (P2pSwarm * self)
{
  if (!self)
    return;
  p2p_pending_clear (self);
  free (self->pending);
  for (uint32_t i = 0; i < self->n_peers; i++)
    p2p_peer_free (self->peers[i]);
  free (self->peers);
  free (self->links);
  free (self->clocks);
  free (self->status_dues);
  free (self->waiting);
  free (self->takers);
  for (int i = 0; i < MAX_HEADERS; i++)
    p2p_header_object_free (self->headers[i]);
  p2p_window_clear (&self->window);
  p2p_actions_clear (self);
  p2p_lines_free (self);
}

/* Everything of the old run goes; links stay. */
void
p2p_swarm_reset_stream (P2pSwarm * self)
{
  p2p_window_clear (&self->window);
  p2p_pending_clear (self);
  for (int i = 0; i < MAX_HEADERS; i++) {
    p2p_header_object_free (self->headers[i]);
    self->headers[i] = NULL;
  }
  memset (self->sub, 0, sizeof self->sub);
  self->told_fed = 0;
  for (int s = 0; s < P2P_MAX_SUBSTREAMS; s++) {
    self->sub[s].newest = NO_CHUNK;
    self->sub[s].offered = NO_CHUNK;
    self->sub[s].moved_at = self->now - MOVE_HOLD_US;
    self->sub[s].evicted_at = FOREVER;
    self->sub[s].orphan_since = self->now;
  }
  for (uint32_t i = 0; i < self->n_peers; i++) {
    P2pPeer *p = self->peers[i];

    p->child_mask = p->evict_mask = p->asked_mask = 0;
    p->requested = 0;
    p->header_sent = 0;
    p2p_push_forget (p);
  }
  self->newest_ntp = 0;
  self->interval_us = self->chunk_bytes = 0;
  p2p_clock_forget (self);
  p2p_playout_reset (self);
}

/* We were stopped and the world went on: what waited is old, parents and
 * children have moved. */
static void
after_jump (P2pSwarm * self)
{
  for (uint32_t i = 0; i < self->n_peers; i++)
    self->clocks[i].known = false;
  for (uint32_t i = 0; i < self->n_peers; i++) {
    P2pPeer *p = self->peers[i];

    p2p_push_forget (p);
    p->last_heard = self->now;
    p->ping_sent = p->ping_received = P2P_TIME_NONE;
    p->probed_at = P2P_TIME_NONE;
    for (unsigned s = 0; s < self->k; s++) {
      if (self->sub[s].parent == p->link || self->sub[s].pending == p->link)
        p2p_unsubscribe (self, p, (uint16_t) (1u << s));
    }
    p2p_parents_lose (self, p, 0xffff, false);
    p2p_pull_forget_link (self, p);
  }
  self->status_dirty = true;
}

void
p2p_swarm_begin (P2pSwarm * self, P2pTime now)
{
  P2pTime expected = self->expected;

  if (now > self->now)
    self->now = now;
  if (expected != FOREVER && self->now > expected
      && self->now - expected > WOKE_LATE_US)
    self->woke_late = self->now;
  if (expected != FOREVER && self->now > expected
      && self->now - expected > CLOCK_JUMP_US && !self->source)
    after_jump (self);
}

static void
slow_tick (P2pSwarm * self)
{
  self->slow_at = self->now + SLOW_TICK_US;
  p2p_control_tick (self);
  p2p_capacity_tick (self);
  p2p_set_up_tick (self);
  p2p_counters_tick (self);
  p2p_admit_tick (self);
  p2p_leave_tick (self);
  p2p_stand_in_spread (self);
  p2p_deficit_tick (self);
  p2p_parents_tick (self);
  p2p_push_rest (self);
  if (self->now >= self->improve_at) {
    self->improve_at = self->now + P2P_SEC (1);
    p2p_parents_improve (self);
  }
  if (!self->source && self->joined && !self->ended && !self->publisher_left
      && self->now - self->edge_moved > SILENT_PUBLISHER_US) {
    self->publisher_left = true;
    p2p_action_event (self, P2P_EVENT_PUBLISHER_LEFT, 0, NULL, 0);
  }
  self->pump_dirty = self->playout_dirty = true;
}

static void
run_timers (P2pSwarm * self)
{
  if (self->leaving) {
    p2p_leave_run (self);
    return;
  }
  if (self->now >= self->slow_at)
    slow_tick (self);
  if (self->now >= self->want_at || self->slow_at == self->now + SLOW_TICK_US)
    p2p_members_tick (self);
  if (self->now >= self->ask_at)
    p2p_asked_run (self);
  if (self->parents_dirty)
    p2p_parents_choose (self);
  if (self->now >= self->pull_at)
    p2p_pull_run (self);
  p2p_playout_run (self);
  if (self->now >= self->status_at || self->status_dirty
      || (self->told_empty && p2p_status_has_media (self)))
    p2p_status_tick (self);
  if (self->parents_dirty)
    p2p_parents_choose (self);
  if (self->now >= self->doubt_at)
    p2p_stand_in_run (self);
  if (self->pump_dirty || self->now >= self->send_at)
    p2p_push_pump (self);
}

void
p2p_swarm_settle (P2pSwarm * self)
{
  run_timers (self);
  self->expected = p2p_swarm_next_deadline (self);
}

void
p2p_swarm_tick (P2pSwarm * self, P2pTime now)
{
  p2p_swarm_begin (self, now);
  p2p_swarm_settle (self);
}

P2pTime
p2p_swarm_next_deadline (const P2pSwarm * self)
{
  P2pTime t = p2p_min_time (self->slow_at, self->want_at);

  if (self->leaving)
    return p2p_leave_deadline (self);
  t = p2p_min_time (t, self->pull_at);
  t = p2p_min_time (t, self->skip_at);
  t = p2p_min_time (t, self->send_at);
  t = p2p_min_time (t, self->doubt_at);
  t = p2p_min_time (t, self->ask_at);
  return p2p_min_time (t, self->status_at);
}

void
p2p_swarm_set_max_upload (P2pSwarm * self, uint32_t bps, P2pTime now)
{
  p2p_swarm_begin (self, now);
  self->config.max_upload_bps = bps && bps < MIN_UPLOAD_BPS ? MIN_UPLOAD_BPS :
      bps;
  p2p_capacity_init (self);
  self->tokens = 0;
  self->tokens_at = self->now;
  self->status_dirty = self->pump_dirty = true;
  p2p_swarm_settle (self);
}

void
p2p_swarm_set_latency (P2pSwarm * self, uint32_t latency_us, P2pTime now)
{
  p2p_swarm_begin (self, now);
  self->config.latency_us = latency_us ? latency_us : DEFAULT_LATENCY_US;
  p2p_counters_reset_target (self);
  self->playout_dirty = true;
  p2p_swarm_settle (self);
}

P2pResult
p2p_swarm_link_up (P2pSwarm * self, P2pLinkId link, const P2pLinkInfo * info,
    P2pTime now)
{
  P2pResult result;

  p2p_swarm_begin (self, now);
  result = p2p_peer_add (self, link, info);
  if (result == P2P_OK) {
    p2p_peer_find (self, link)->hello_due = true;
    self->hello_waiting = self->pump_dirty = true;
    /* a second announce goes out with the first link */
    if (self->wants == 1)
      self->want_at = p2p_min_time (self->want_at, self->now);
  }
  p2p_swarm_settle (self);
  return result;
}

void
p2p_swarm_link_down (P2pSwarm * self, P2pLinkId link, P2pTime now)
{
  P2pPeer *p;

  p2p_swarm_begin (self, now);
  p = p2p_peer_find (self, link);
  if (p) {
    p2p_peer_remove (self, p);
    self->want_at = p2p_min_time (self->want_at, now + P2P_MSEC (50));
    if (self->wants > 2)
      self->wants = 2;
  }
  p2p_swarm_settle (self);
}

void
p2p_swarm_link_stats (P2pSwarm * self, P2pLinkId link,
    const P2pLinkStats * stats, P2pTime now)
{
  P2pPeer *p;
  P2pTime since;
  bool was_stuck;

  p2p_swarm_begin (self, now);
  p = p2p_peer_find (self, link);
  if (p) {
    p2p_capacity_round_trip (self, p, stats->srtt_us);
    since = p->unacked_since;
    p2p_bucket_stats (self, p, stats);
    if (stats->srtt_us && p->rtt_us == 0)
      p->rtt_us = stats->srtt_us;
    if (stats->last_received != P2P_TIME_NONE
        && stats->last_received > p->last_heard) {
      p->last_heard = stats->last_received;
      p->suspect = false;
    }
    was_stuck = p->stuck;
    p->stuck = p->unacked_since != P2P_TIME_NONE
        && ((was_stuck && p->unacked_since == since)
        || self->now - p->unacked_since >= SUSPECT_US
        || p2p_roots_is_silent (self, p));
    if (was_stuck && !p->stuck)
      p2p_stand_in_back (self, p);
    if (p->stuck && !was_stuck)
      p2p_roots_fell (self, p);
    if (p->stuck && !was_stuck && p2p_parents_eager (self))
      p2p_members_lost (self);
    if (p->push.n || p->pull.n || p->burst_next < p->burst_end)
      self->pump_dirty = true;
  }
  p2p_swarm_settle (self);
}

void
p2p_swarm_frame (P2pSwarm * self, P2pLinkId link, P2pSlice frame, P2pTime now)
{
  P2pPeer *p;

  p2p_swarm_begin (self, now);
  p = p2p_peer_find (self, link);
  if (p && !p->dropped && !p2p_swarm_has_left (self))
    p2p_intake_frame (self, p, frame);
  p2p_swarm_settle (self);
}

static void
proof_verified (P2pSwarm * self, P2pToken token, bool good)
{
  for (uint32_t i = 0; i < self->n_peers; i++) {
    P2pPeer *p = self->peers[i];

    if (p->proof_token != token)
      continue;
    p->proof_token = 0;
    self->n_proven += good && !p->proven;
    p->proven = good;
    if (!good)                  /* a false publisher */
      p2p_peer_drop (self, p, true, 5);
    return;
  }
}

static void
header_verified (P2pSwarm * self, uint32_t i, bool good)
{
  P2pPending c = self->pending[i];
  P2pPeer *p = p2p_peer_find (self, c.link);

  self->n_pending--;
  memmove (self->pending + i, self->pending + i + 1,
      (self->n_pending - i) * sizeof *self->pending);
  if (good) {
    p2p_header_verified (self, c.header, p);
    return;
  }
  p2p_header_object_free (c.header);
  if (p)
    p2p_peer_drop (self, p, true, 4);
}

void
p2p_swarm_verified (P2pSwarm * self, P2pToken token, bool good, P2pTime now)
{
  uint32_t i = 0;

  p2p_swarm_begin (self, now);
  while (i < self->n_pending && self->pending[i].token != token)
    i++;
  if (token == 0) {
    /* never ours */
  } else if (i == self->n_pending) {
    proof_verified (self, token, good);
  } else if (self->pending[i].kind == P2P_PENDING_CHUNK) {
    p2p_chunk_verified (self, &self->pending[i], good);
  } else if (self->pending[i].kind == P2P_PENDING_HEADER) {
    header_verified (self, i, good);
  }
  p2p_swarm_settle (self);
}
