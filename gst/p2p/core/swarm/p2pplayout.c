/* gst-plugins-p2p
 *
 * This library is free software; you can redistribute it and/or
 * modify it under the terms of the GNU Lesser General Public
 * License as published by the Free Software Foundation; either
 * version 2.1 of the License, or (at your option) any later version.
 */
/* p2pplayout.c: where a newcomer starts, chunks in order, what is skipped.
 *
 * Chunks leave as soon as they are next; the host's clock decides when they
 * sound. A missing one is given up when the publisher's time has passed its
 * own by the latency in force; behind a demuxer that pads holes (P2P_HEADER_CONTAINER)
 * only when it left the window.
 */
#include "p2pcatchup.h"

#define HEADER_PATIENCE_US P2P_MSEC (300)

int64_t
p2p_playout_step (const P2pSwarm * self)
{
  const P2pStreamHeader *h = p2p_header_current (self);

  if (self->interval_us > 0)
    return self->interval_us;
  return h && h->chunk_duration_us ? h->chunk_duration_us : 125000;
}

/* The chunk that is 'latency' old at the newest edge a neighbour told. */
void
p2p_playout_set_target (P2pSwarm * self)
{
  uint32_t edge = 0, base = 0, back;
  bool known = false;

  for (uint32_t i = 0; i < self->n_peers; i++) {
    const P2pPeer *p = self->peers[i];

    if (!p2p_peer_usable (self, p) || !p->has_map)
      continue;
    if (!known || p->newest > edge) {
      edge = p->newest;
      base = p->base;
    }
    known = true;
  }
  if (!known)
    return;
  /* a newcomer's map begins where it began */
  for (uint32_t i = 0; p2p_parents_eager (self) && i < self->n_peers; i++) {
    const P2pPeer *p = self->peers[i];

    if (p2p_peer_usable (self, p) && p->has_map && p->base < base)
      base = p->base;
  }
  back = (uint32_t) (self->config.latency_us / p2p_playout_step (self)) + 1;
  self->join_target = edge > back ? edge - back : 0;
  if (self->join_target < base)
    self->join_target = base;
}

uint32_t
p2p_playout_first (const P2pSwarm * self)
{
  uint32_t first = self->positioned ? self->position :
      self->join_target != NO_CHUNK ? self->join_target : self->window.end;

  return first < self->window.base ? self->window.base : first;
}

void
p2p_playout_reset (P2pSwarm * self)
{
  /* who starves goes on starving until the new run's first chunk */
  self->positioned = self->ended = false;
  self->header_asked = P2P_TIME_NONE;
  self->position = 0;
  self->join_target = NO_CHUNK;
  self->first_verified = P2P_TIME_NONE;
  self->burst_progress = P2P_TIME_NONE;
  p2p_catchup_reset (self);
  self->delivered_generation = -1;
  self->delivered_at = self->now;
  self->discont = true;
  self->skip_at = FOREVER;
  self->playout_dirty = true;
}

static void
start_at (P2pSwarm * self, uint32_t chunk)
{
  self->begun = false;
  self->positioned = true;
  self->position = chunk;
  self->discont = true;
  self->delivered_at = self->now;
  self->started_at = self->now;
}

/* Until the chunk sounds; negative: that is over. */
static bool
time_left (const P2pSwarm * self, uint32_t c, P2pTime * left)
{
  int64_t us, now_us;

  if (!p2p_predict_us (self, c, &us)
      || !p2p_clock_get (self, self->now, &now_us))
    return false;
  *left = us + self->config.latency_us - now_us;
  return true;
}

static void
emit_header (P2pSwarm * self, const P2pHeaderObject * h)
{
  P2pAction *a = p2p_action_add (self, P2P_ACTION_HEADER, 0);

  if (!a)
    return;
  a->u.header.bytes = (P2pSlice) {
  h->payload, 0, h->payload->len};
  a->u.header.epoch = h->epoch;
  a->u.header.generation = h->generation;
  p2p_action_set_body (self, a, a->u.header.bytes);
  self->delivered_generation = h->generation;
}

static void
emit_chunk (P2pSwarm * self, P2pEntry * e)
{
  P2pAction *a = p2p_action_add (self, P2P_ACTION_DELIVER, e->u.held.from);

  if (!a)
    return;
  a->u.deliver.chunk = e->chunk;
  a->u.deliver.epoch = self->epoch;
  a->u.deliver.generation = e->generation;
  a->u.deliver.ntp = e->ntp;
  a->u.deliver.discont = self->discont;
  a->u.deliver.bytes = e->bytes;
  a->u.deliver.from = e->u.held.from;
  a->u.deliver.pushed = e->u.held.pushed;
  a->u.deliver.hops = e->hops;
  a->u.deliver.arrival = e->u.held.arrival;
  p2p_action_set_body (self, a, e->bytes);
}

static void
say_joined (P2pSwarm * self)
{
  if (self->joined)
    return;
  self->joined = true;
  self->stats.join_us = (uint32_t) (self->now - self->created);
  if (!self->source)
    p2p_action_event (self, P2P_EVENT_JOINED, 0, NULL, 0);
}

static void
deliver (P2pSwarm * self, P2pEntry * e)
{
  say_joined (self);
  if (!self->begun)
    self->first_played = e->chunk;
  self->begun = true;
  if (self->delivered_generation != e->generation)
    emit_header (self, p2p_header_find (self, e->generation));
  emit_chunk (self, e);
  self->discont = false;
  self->header_asked = P2P_TIME_NONE;
  self->position = e->chunk + 1;
  self->stats.chunks_delivered++;
  self->delivered_at = self->now;
  if (self->starving) {
    self->starving = false;
    p2p_action_event (self, P2P_EVENT_RECOVERED, 0, NULL, 0);
  }
  if ((e->flags & P2P_CHUNK_END) && !self->ended) {
    self->ended = true;
    p2p_action_event (self, P2P_EVENT_END, 0, NULL, 0);
  }
}

static void
skip_to (P2pSwarm * self, uint32_t next)
{
  P2pAction *a = p2p_action_add (self, P2P_ACTION_SKIP, 0);

  if (a) {
    a->u.skip.first = self->position;
    a->u.skip.last = next - 1;
    a->u.skip.epoch = self->epoch;
  }
  self->stats.chunks_lost += next - self->position;
  for (uint32_t c = self->position; c < next; c++) {
    p2p_pull_give_up (self, c);
    p2p_counters_given_up (self);
  }
  self->position = next;
  self->discont = true;
}

/* Next held chunk at which the stream may go on. */
static bool
resume_point (const P2pSwarm * self, uint8_t flags, uint32_t from,
    uint32_t * out)
{
  while (p2p_window_next_held (&self->window, from, out)) {
    P2pEntry *e = p2p_window_held (&self->window, *out);

    if (p2p_header_find (self, e->generation)
        && (!(flags & P2P_HEADER_RESUME_AT_JOIN) || e->join_distance == 0))
      return true;
    from = *out + 1;
  }
  return false;
}

/* When the missing chunk c, behind which 'next' is held, is given up by who
 * waits so long for it; NEVER = as long as it is in the window. */
static P2pTime
patience (const P2pSwarm * self, uint32_t c, uint32_t next, P2pTime wait_us)
{
  const P2pStreamHeader *h = p2p_header_current (self);
  int64_t us, now_us;

  if (c < self->window.base)
    return self->now;
  if (h && (h->flags & P2P_HEADER_CONTAINER))
    return FOREVER;
  if (!p2p_predict_us (self, c, &us))
    return FOREVER;
  if (!p2p_clock_get (self, self->now, &now_us)) {
    P2pEntry *e = p2p_window_held (&self->window, next);

    return e->u.held.arrival + wait_us - SKIP_MARGIN_US;
  }
  return self->now + (us + wait_us - SKIP_MARGIN_US - now_us);
}

static bool
try_skip (P2pSwarm * self)
{
  const P2pStreamHeader *h = p2p_header_current (self);
  uint32_t next;
  P2pTime until;

  if (!h || !resume_point (self, h->flags, self->position, &next)
      || next == self->position)
    return false;
  until = patience (self, self->position, next, self->target_us);
  if (until < self->started_at + START_PATIENCE_US)
    until = self->started_at + START_PATIENCE_US;
  if (until > self->now) {
    self->skip_at = until;
    return false;
  }
  skip_to (self, next);
  return true;
}

bool
p2p_swarm_look_ahead (const P2pSwarm * self, uint32_t from,
    uint32_t patience_us, P2pTime now, P2pAhead * out, P2pTime * until)
{
  const P2pStreamHeader *h = p2p_header_current (self);
  P2pEntry *e;
  uint32_t next;

  *until = FOREVER;
  if (!h || !self->begun || self->ended || from < self->position
      || !resume_point (self, h->flags, from, &next))
    return false;
  e = p2p_window_held (&self->window, next);
  if (e->generation != self->delivered_generation)
    return false;
  if (next != from) {
    *until = patience (self, from, next, patience_us);
    if (*until > now)
      return false;
  }
  *out = (P2pAhead) {
  next, self->epoch, e->generation, e->ntp, e->bytes};
  return true;
}

/* The first sound must not be a race. */
P2pTime
p2p_playout_slack (const P2pSwarm * self)
{
  P2pTime slack = self->config.latency_us / 4;

  return slack < BEGIN_SLACK_US ? slack : BEGIN_SLACK_US;
}

/* May chunk c, which is not held, be counted on? n_burst: those before it that
 * come with the burst. */
static bool
is_expected (const P2pSwarm * self, uint32_t c, uint32_t * n_burst, bool strict)
{
  const P2pEntry *e = p2p_window_get (&self->window, c);
  P2pTime left;

  if (!time_left (self, c, &left))
    return false;
  if (e && e->state == P2P_ENTRY_PENDING)
    return left >= p2p_playout_slack (self);
  /* a burst comes in order: what it passed by, its giver lacks */
  if (p2p_burst_covers (self, c))
    return c > self->burst_passed
        && p2p_burst_comes_in_time (self, ++*n_burst, left);
  return left >= (p2p_pull_is_overdue (self,
          c) ? (P2pTime) self->config.latency_us /
      2 : p2p_playout_slack (self));
}

/* The first chunk behind c, up to the edge, that is neither held nor may be
 * counted on (strict: not what is overdue), NO_CHUNK: c is a beginning. c itself
 * is held. */
static uint32_t
first_unsound (const P2pSwarm * self, uint32_t c, bool strict)
{
  uint32_t n_burst = 0, edge = p2p_predict_edge (self);

  while ((c = p2p_window_next_hole (&self->window, c)) <= edge) {
    if (!is_expected (self, c, &n_burst, strict))
      return c;
    c++;
  }
  return NO_CHUNK;
}

static bool
is_join_point (const P2pSwarm * self, uint32_t c)
{
  const P2pEntry *e = p2p_window_held (&self->window, c);

  return e && e->join_distance == 0 && p2p_header_find (self, e->generation);
}

/* The first join point from 'from' on that is a beginning and sounds within 'wait'.
 * One that sounds at once may not count on what is late already; at video rates,
 * where holes fill up later, none does (docs/bounds.md). */
static uint32_t
sound_join_point (const P2pSwarm * self, uint32_t from, P2pTime wait)
{
  P2pTime left;
  uint32_t unsound;

  if (wait == 0 && p2p_parents_eager (self))
    return NO_CHUNK;
  for (; p2p_window_next_held (&self->window, from, &from); from++) {
    if (!is_join_point (self, from))
      continue;
    if (!time_left (self, from, &left) || left > wait)
      return NO_CHUNK;
    unsound = first_unsound (self, from, wait == 0);
    if (unsound == NO_CHUNK)
      return from;
    from = unsound;
  }
  return NO_CHUNK;
}

/* The newest join point at or before the target, as soon as one chunk at or
 * after the target names it; a later one that is a beginning when its time has come;
 * after half a second the oldest join point held, or simply the oldest chunk. */
static void
find_start (P2pSwarm * self)
{
  const P2pWindow *w = &self->window;
  uint32_t c, any = NO_CHUNK;

  if (self->source) {
    start_at (self, w->end > w->base ? w->end - 1 : 0);
    return;
  }
  if (self->join_target == NO_CHUNK || w->end == w->base)
    return;
  for (c = w->base; p2p_window_next_held (w, c, &c); c++) {
    P2pEntry *e = p2p_window_held (w, c);

    if (any == NO_CHUNK && e->join_distance == 0)
      any = c;
    if (e->join_distance != 0xffff && e->join_distance <= c
        && c >= self->join_target
        && c - e->join_distance <= self->join_target) {
      start_at (self, c - e->join_distance);
      return;
    }
  }
  c = sound_join_point (self, w->base, 0);
  if (c != NO_CHUNK) {
    start_at (self, c);
    return;
  }
  if (self->now - self->first_verified < JOIN_FALLBACK_US) {
    self->skip_at = self->first_verified + JOIN_FALLBACK_US;
    return;
  }
  if (any == NO_CHUNK && !p2p_window_next_held (w, w->base, &any))
    return;
  start_at (self, any);
}

/* A later join point that is a beginning. It costs silence until its time has
 * come, so it is taken when as long was waited in vain; at once, if it has. */
static bool
move_on (P2pSwarm * self)
{
  P2pTime waited = self->now - self->started_at;
  uint32_t c = sound_join_point (self, self->position,
      waited < BEGIN_MOVE_US ? 0 : waited);

  if (c == NO_CHUNK)
    return false;
  self->position = c;
  return true;
}

/* What follows the newest join point has the most time to come. */
static void
move_to_newest (P2pSwarm * self)
{
  uint32_t c = self->position;

  for (; p2p_window_next_held (&self->window, c, &c); c++) {
    if (is_join_point (self, c))
      self->position = c;
  }
}

/* All that is to come comes too late for the latency, and nothing is missing of what
 * has come: waiting makes it no earlier, and the latency in force will rise. */
static bool
is_late_stream (const P2pSwarm * self, uint32_t unsound)
{
  return unsound >= self->window.end && !p2p_burst_covers (self, unsound)
      && p2p_parents_fed (self, p2p_sub_of (self, unsound));
}

/* Beginning with a chunk whose follower can't come in time would be a start
 * and a hole at once. The burst fills up behind the first chunk, mostly within
 * milliseconds; where uplinks are scarce (a crowd joins at a capped source) a
 * later join point that is sound is the better start.
 * Behind a demuxer, too: nothing is skipped there, so it would begin with a
 * fragment and wait for the rest until that leaves the window. */
static bool
may_begin (P2pSwarm * self)
{
  P2pTime waited = self->now - self->started_at;
  uint32_t unsound;

  if (self->begun || self->source || !p2p_header_current (self))
    return true;
  if (p2p_window_held (&self->window, self->position)) {
    unsound = first_unsound (self, self->position, false);
    if (unsound == NO_CHUNK
        || (waited >= BEGIN_MOVE_US && is_late_stream (self, unsound)))
      return true;
  }
  if (waited >= BEGIN_ANYWAY_US) {
    move_to_newest (self);
    return true;
  }
  if (move_on (self))
    return true;
  self->skip_at = self->now + BEGIN_MOVE_US / 4;
  return false;
}

/* With less than two chunks of latency it would be told of every one that is
 * still being filled. */
P2pTime
p2p_swarm_starves_after (const P2pSwarm * self, uint32_t latency_us)
{
  P2pTime chunks = 2 * (P2pTime) p2p_playout_step (self);

  return chunks > latency_us ? chunks : latency_us;
}

static void
check_starving (P2pSwarm * self)
{
  P2pTime limit = self->delivered_at
      + p2p_swarm_starves_after (self, self->config.latency_us);

  if (!self->joined || self->starving || self->ended || self->source)
    return;
  if (self->now < limit)
    return;
  self->starving = true;
  p2p_action_event (self, P2P_EVENT_STARVING, 0, NULL, 0);
}

/* The chunk is here, the header of its generation is not: its sender was asked
 * when it came; whoever answers is good. */
static void
ask_for_header (P2pSwarm * self, const P2pEntry * e)
{
  if (self->header_asked != P2P_TIME_NONE
      && self->now - self->header_asked < HEADER_PATIENCE_US) {
    self->skip_at = p2p_min_time (self->skip_at,
        self->header_asked + HEADER_PATIENCE_US);
    return;
  }
  for (uint32_t i = 0; self->header_asked != P2P_TIME_NONE
      && i < self->n_peers; i++)
    p2p_header_request (self, self->peers[i], e->generation);
  self->header_asked = self->now;
  self->skip_at = p2p_min_time (self->skip_at, self->now + HEADER_PATIENCE_US);
}

/* Once it plays, only a chunk, a header, the clock, a deadline or (four times a
 * second) the target changes what happens next, and this is asked after every
 * input. Before, time alone does. */
static bool
nothing_new (const P2pSwarm * self)
{
  return self->begun && self->positioned && !self->playout_dirty
      && self->now < self->skip_at;
}

void
p2p_playout_run (P2pSwarm * self)
{
  if (nothing_new (self)) {
    if (!self->ended)
      check_starving (self);
    return;
  }
  self->playout_dirty = false;
  self->skip_at = FOREVER;
  if (self->k == 0 || !self->window.ring)
    return;
  if (!self->positioned)
    find_start (self);
  if (!self->positioned || self->ended)
    return;
  while (may_begin (self)) {
    P2pEntry *e = p2p_window_held (&self->window, self->position);

    if (e && p2p_header_find (self, e->generation)) {
      deliver (self, e);
      continue;
    }
    if (!try_skip (self)) {
      if (e)
        ask_for_header (self, e);
      break;
    }
  }
  check_starving (self);
}
