/* gst-plugins-p2p
 *
 * This library is free software; you can redistribute it and/or
 * modify it under the terms of the GNU Lesser General Public
 * License as published by the Free Software Foundation; either
 * version 2.1 of the License, or (at your option) any later version.
 */
/* p2pstatus.c: what neighbours tell each other about themselves: the opening
 * flight, STATUS (map, state and ping in one), PONG.
 *
 * The period follows the bitrate, so that all STATUS together stay at about
 * 1.5 % of an audio stream and 1 % of a video stream; a PONG waits for a frame
 * that goes anyway, except the first of a link, which sets the clock.
 */
#include "p2pcatchup.h"
#include "p2ppatience.h"

#include <string.h>

#define STATUS_SOON_AUDIO_US P2P_MSEC (1500)    /* where each costs more */
#define LAG_UNKNOWN 0xffff

P2pRole
p2p_own_role (const P2pSwarm * self)
{
  return self->leaf ? P2P_ROLE_LEAF : self->super ? P2P_ROLE_SUPER :
      self->config.role;
}

P2pRole
p2p_swarm_get_role (const P2pSwarm * self)
{
  return p2p_own_role (self);
}

/* Upload in eighths of the stream rate. Uncapped: by custom. */
uint8_t
p2p_own_capacity (const P2pSwarm * self)
{
  uint64_t r = p2p_stream_bps (self), eighths;
  bool hard;

  if (self->leaf)
    return 0;
  if (self->cap_bps == 0)
    return self->k == 0 ? RELAY_SLOTS_X * 8 :
        (uint8_t) (p2p_slots_total (self, &hard) * 8 / self->k);
  eighths = r ? (uint64_t) self->cap_bps * 8 / r : 255;
  return eighths > 255 ? 255 : (uint8_t) eighths;
}

P2pTime
p2p_status_period (const P2pSwarm * self)
{
  uint64_t bps = p2p_stream_bps (self);
  uint64_t percent10 = bps < AUDIO_BPS ? 12 : 9;
  P2pTime t = (P2pTime) ((uint64_t) self->n_peers * STATUS_COST * 8 * 1000000
      * 1000 / (bps * percent10 + 1));

  if (t < STATUS_MIN_US)
    t = STATUS_MIN_US;
  if (bps < AUDIO_BPS && t < P2P_SEC (2))
    t = P2P_SEC (2);
  return t > STATUS_MAX_US ? STATUS_MAX_US : t;
}

static uint8_t
free_slots (const P2pSwarm * self)
{
  bool hard;
  unsigned total = p2p_slots_total (self, &hard);
  unsigned used = p2p_slots_used (self, -1);

  return used >= total ? 0 : total - used > 255 ? 255 : (uint8_t) (total -
      used);
}

unsigned
p2p_swarm_get_free_slots (const P2pSwarm * self)
{
  return free_slots (self);
}

unsigned
p2p_swarm_get_free_links (const P2pSwarm * self)
{
  return p2p_peer_places (self);
}

uint32_t
p2p_swarm_get_rate (const P2pSwarm * self)
{
  return p2p_header_current (self) ? p2p_stream_bps (self) : 0;
}

/* Newest chunk of sub-stream s that is <= top. */
static uint32_t
newest_of (uint32_t top, uint32_t k, uint32_t s, bool *none)
{
  uint32_t back = p2p_mod_k (p2p_mod_k (top, k) + k - s, k);

  *none = back > top;
  return *none ? 0 : top - back;
}

/* Steps back from the sub-stream's newest to the first that is held. */
static uint8_t
head_of (const P2pSwarm * self, uint32_t top, uint32_t s, uint32_t * held)
{
  const P2pWindow *w = &self->window;
  bool none;
  uint32_t c = newest_of (top, self->k, s, &none);

  for (uint8_t steps = 0; !none && c >= w->base && steps < 254; steps++) {
    if (p2p_window_held (w, c)) {
      *held = c;
      return steps;
    }
    if (c < self->k)
      break;
    c -= self->k;
  }
  return 255;
}

/* The newest 16 holes; the map begins above the 17th, so that nothing that it
 * claims is missing. */
static void
fill_exact (const P2pSwarm * self, P2pStatus * m)
{
  const P2pWindow *w = &self->window;
  uint32_t hole[P2P_MAX_SUBSTREAMS];
  bool has[P2P_MAX_SUBSTREAMS];

  for (uint32_t s = 0; s < self->k; s++) {
    uint32_t c = 0;

    m->head[s] = head_of (self, m->newest, s, &c);
    has[s] = m->head[s] != 255 && c >= w->base + self->k
        && p2p_window_prev_hole (w, c - self->k, self->k, &hole[s]);
  }
  for (;;) {
    int best = -1;
    uint32_t c;

    for (uint32_t s = 0; s < self->k; s++) {
      if (has[s] && (best < 0 || hole[s] > hole[best]))
        best = (int) s;
    }
    if (best < 0)
      return;
    c = hole[best];
    if (m->n_holes == 16) {
      m->base = c + 1;
      return;
    }
    m->holes[m->n_holes++] = (uint16_t) (m->newest - c);
    has[best] = c >= w->base + self->k
        && p2p_window_prev_hole (w, c - self->k, self->k, &hole[best]);
  }
}

/* Counts back from the sub-stream's newest to the first that is held with all
 * before it held or listed as a hole: up to 16 holes below are listed. */
static void
fill_map (const P2pSwarm * self, P2pStatus * m)
{
  const P2pWindow *w = &self->window;
  uint32_t top = w->end - 1;

  m->base = w->base;
  m->newest = top;
  if (p2p_parents_eager (self)) {
    fill_exact (self, m);
    return;
  }
  for (uint32_t s = 0; s < self->k; s++) {
    uint32_t c = 0;

    m->head[s] = head_of (self, top, s, &c);
    while (m->head[s] != 255 && m->n_holes < 16 && c >= w->base + self->k
        && p2p_window_prev_hole (w, c - self->k, self->k, &c))
      m->holes[m->n_holes++] = (uint16_t) (top - c);
  }
}

bool
p2p_status_has_media (const P2pSwarm * self)
{
  uint32_t chunk;

  return p2p_window_next_held (&self->window, self->window.base, &chunk);
}

static void
fill_status (P2pSwarm * self, P2pStatus * m)
{
  memset (m, 0, sizeof *m);
  m->base = 1;
  m->newest = 0;
  m->k = self->k;
  memset (m->head, 255, sizeof m->head);
  memset (m->lag_4ms, 255, sizeof m->lag_4ms);
  m->role = (uint8_t) p2p_own_role (self);
  m->capacity = p2p_own_capacity (self);
  m->free_slots = free_slots (self);
  m->queue_10ms = (uint8_t) (self->push_wait_us < 2550000 ?
      self->push_wait_us / 10000 : 255);
  if (self->k == 0)
    return;
  if (self->window.end > self->window.base)
    fill_map (self, m);
  for (uint32_t s = 0; s < self->k; s++) {
    const P2pSubstream *sub = &self->sub[s];

    if (self->source)
      m->lag_4ms[s] = 0;
    else if (sub->has_lag && p2p_parents_fed (self, s))
      m->lag_4ms[s] = (uint16_t) (sub->lag_us / 4000 < 0xfffe ?
          sub->lag_us / 4000 : 0xfffe);
  }
  /* nobody chooses by the path, and in a radio each id is 3 % of what STATUS costs */
  for (uint32_t s = 0; p2p_parents_eager (self) && s < self->k
      && m->path_len == 0; s++) {
    if (self->sub[s].parent && self->sub[s].path_len) {
      m->path_len = self->sub[s].path_len;
      memcpy (m->path, self->sub[s].path,
          self->sub[s].path_len * sizeof *m->path);
    }
  }
}

/* m: what all neighbours are told alike. */
static void
put_status (P2pSwarm * self, P2pPeer * p, P2pStatus * m, P2pWriter * w)
{
  P2pTime period = p2p_status_period (self);

  m->ping_id = ++self->ping_counter;
  p->ping_id = m->ping_id;
  p->ping_sent = self->now;
  p->status_sent = self->now;
  /* a source needs no maps and has no upload to waste */
  if (self->source || p->role == P2P_ROLE_SOURCE)
    period *= 2;
  p2p_peer_tell_at (self, p, self->now + period);
  p->told_fed = 0;
  for (unsigned s = 0; s < self->k; s++)
    p->told_fed |= (uint16_t) ((m->lag_4ms[s] != LAG_UNKNOWN) << s);
  self->told_fed &= p->told_fed;
  p->told_empty = !p2p_status_has_media (self);
  self->told_empty |= p->told_empty;
  p2p_wire_put_status (w, m);
}

void
p2p_status_put (P2pSwarm * self, P2pPeer * p, P2pWriter * w)
{
  P2pStatus m;

  fill_status (self, &m);
  put_status (self, p, &m, w);
}

static void
send_status (P2pSwarm * self, P2pPeer * p, P2pStatus * m)
{
  P2pWriter w;

  if (!p->up || !p2p_frame_begin (self, p, 512, &w))
    return;
  put_status (self, p, m, &w);
  /* its acknowledgement shows as well as a probe's that the other one lives */
  if (!p2p_parents_eager (self)
      && (p->probed_at == P2P_TIME_NONE || p->probed_at < p->last_heard))
    p->probed_at = self->now;
  p2p_frame_commit (self, p, &w, P2P_STREAM_CONTROL, NO_BODY);
}

void
p2p_status_send (P2pSwarm * self, P2pPeer * p)
{
  P2pStatus m;

  fill_status (self, &m);
  send_status (self, p, &m);
}

/* HANDSHAKE, HELLO, STATUS and the newest header when it fits: everything a
 * newcomer needs to subscribe. Said when a link comes up, and again when our
 * epoch changes. */
void
p2p_hello_flight (P2pSwarm * self, P2pPeer * p)
{
  bool header = self->headers[0] && p2p_header_fits (self)
      && p->epoch != self->epoch;
  P2pHandshake hs;
  P2pHello hello;
  P2pWriter w;

  if (!p2p_frame_begin (self, p, 1024 + (header ?
              self->headers[0]->payload->len : 0), &w))
    return;
  p2p_handshake_init_live (&hs, p->info.local_channel,
      &self->config.swarm_id, 0xffffffff);
  p2p_wire_put_handshake (&w, &hs);
  memset (&hello, 0, sizeof hello);
  hello.version = P2P_PROFILE_VERSION;
  hello.min_version = P2P_PROFILE_VERSION_MIN;
  hello.role = (uint8_t) p2p_own_role (self);
  hello.capacity = p2p_own_capacity (self);
  hello.epoch = self->epoch;
  hello.proof = self->source ? self->config.proof : NULL;
  p2p_wire_put_hello (&w, &hello);
  p2p_status_put (self, p, &w);
  if (header && p2p_header_put_whole (self, &w))
    p->header_sent = self->headers[0]->generation + 1u;
  p2p_frame_commit (self, p, &w, P2P_STREAM_CONTROL, NO_BODY);
}

void
p2p_status_receive (P2pSwarm * self, P2pPeer * p, const P2pStatus * m)
{
  p->has_map = m->newest >= m->base && m->k > 0;
  p->map_time = self->now;
  p->base = m->base;
  p->newest = m->newest;
  p->k = m->k;
  memcpy (p->head, m->head, sizeof p->head);
  p->n_holes = m->n_holes < 16 ? m->n_holes : 16;
  memcpy (p->holes, m->holes, sizeof p->holes);
  for (unsigned s = 0; s < P2P_MAX_SUBSTREAMS; s++) {
    if (p->lag_4ms[s] == LAG_UNKNOWN && m->lag_4ms[s] != LAG_UNKNOWN)
      p->refused_mask &= (uint16_t) ~ (1u << s);        /* it is fed again */
  }
  memcpy (p->lag_4ms, m->lag_4ms, sizeof p->lag_4ms);
  p->capacity = m->capacity;
  if (p->free_slots == 0 && m->free_slots > 0)
    p->refused_mask = p->refusals = 0;
  p->free_slots = m->free_slots;
  p->queue_10ms = m->queue_10ms;
  if (m->role >= P2P_ROLE_LEAF && m->role <= P2P_ROLE_SOURCE)
    p->role = m->role;
  p2p_peer_described (self, p);
  p->pong_id = m->ping_id;
  p->ping_received = self->now;
  self->parents_dirty = true;
  p2p_catchup_map_came (self);
  if (p->up && !p->first_ping_done && self->has_clock) {
    P2pWriter w;

    p->first_ping_done = true;
    if (p2p_frame_begin (self, p, 64, &w))      /* commit adds the PONG */
      p2p_frame_commit (self, p, &w, P2P_STREAM_CONTROL, NO_BODY);
  }
}

bool
p2p_pong_put (P2pSwarm * self, P2pPeer * p, P2pWriter * w)
{
  P2pPong m = { 0 };
  P2pTime hold;
  int64_t us;

  if (p->ping_received == P2P_TIME_NONE)
    return false;
  hold = self->now - p->ping_received;
  p->ping_received = P2P_TIME_NONE;
  if (hold < 0 || hold > P2P_SEC (60))
    return false;
  m.ping_id = p->pong_id;
  m.hold_us = (uint32_t) hold;
  if (self->clock.span.known) {
    /* rounded up: who hears it from somebody who heard it here must not know
     * better than we do, or a few of us would run free together */
    uint32_t error = p2p_source_clock_error (&self->clock, self->now);

    error = error / 4000 + (error % 4000 != 0);
    us = self->now + p2p_source_clock_offset (&self->clock, self->now);
    m.source_ntp = p2p_us_to_ntp (us);
    m.error_4ms = error < 0xffff ? (uint16_t) error : 0xffff;
  }
  p2p_wire_put_pong (w, &m);
  return true;
}

void
p2p_pong_receive (P2pSwarm * self, P2pPeer * p, const P2pPong * m)
{
  P2pTime rtt;

  if (p->ping_sent == P2P_TIME_NONE || m->ping_id != p->ping_id)
    return;
  rtt = self->now - p->ping_sent - m->hold_us;
  p->ping_sent = P2P_TIME_NONE;
  if (rtt < 0 || rtt > P2P_SEC (30))
    return;
  p->rtt_us = p->rtt_us ? (p->rtt_us * 3 + rtt) / 4 : rtt + 1;
  if (m->source_ntp)
    p2p_clock_sample (self, p, m->source_ntp, rtt, m->error_4ms * 4000u);
}

void
p2p_status_soon (P2pSwarm * self, P2pPeer * p)
{
  P2pTime soon = p->status_sent == P2P_TIME_NONE ? self->now :
      p->status_sent + (self->k == 0 || p2p_parents_eager (self) ?
      STATUS_SOON_US : STATUS_SOON_AUDIO_US);

  if (p->status_due <= soon)
    return;
  p2p_peer_tell_at (self, p, soon > self->now ? soon : self->now);
  self->status_at = p2p_min_time (self->status_at, p->status_due);
}

void
p2p_status_owed (P2pSwarm * self, P2pPeer * p, unsigned s)
{
  p->waits_mask |= (uint16_t) (1u << s);
  self->told_fed &= (uint16_t) ~ (1u << s);
}

void
p2p_status_fed (P2pSwarm * self, unsigned s)
{
  bool told = true;

  if (self->told_fed >> s & 1)
    return;
  for (uint32_t i = 0; i < self->n_peers; i++) {
    P2pPeer *p = self->peers[i];

    if (!p->up || p->dropped || p2p_peer_is_tight (p))
      continue;
    if (p->waits_mask >> s & 1) {       /* half a second a hop would add up */
      p->waits_mask &= (uint16_t) ~ (1u << s);
      p2p_peer_tell_at (self, p, self->now);
      self->status_at = self->now;
      told = false;
    } else if (!(p->told_fed >> s & 1)) {
      if (!p2p_patience_tells_later (self, s))
        p2p_status_soon (self, p);
      told = false;
    }
  }
  if (told)
    self->told_fed |= (uint16_t) (1u << s);
}

/* Sends what is due; self->status_at is when the next one is. */
void
p2p_status_tick (P2pSwarm * self)
{
  P2pTime next = FOREVER;
  bool news = self->told_empty && p2p_status_has_media (self), left = false;
  bool all = news || self->status_dirty, filled = false;
  P2pStatus m;

  for (uint32_t i = 0; i < self->n_peers; i++) {
    P2pPeer *p = self->peers[i];

    if (!all && self->status_dues[i] > self->now) {
      next = p2p_min_time (next, self->status_dues[i]);
      continue;
    }
    if (!p->up || p->dropped) {
      left |= p->told_empty && !p->dropped;
      continue;
    }
    /* Who linked before the first chunk waits for nothing else. */
    if (news && p->told_empty)
      p2p_peer_tell_at (self, p, self->now);
    if (self->status_dirty && !p2p_peer_is_tight (p))
      p2p_status_soon (self, p);
    if (p->status_due <= self->now) {
      if (!filled)
        fill_status (self, &m);
      filled = true;
      if (p2p_bucket_has_room (self, STATUS_COST))
        send_status (self, p, &m);
      else
        p2p_peer_tell_at (self, p, self->now + P2P_MSEC (50));
    }
    next = p2p_min_time (next, p->status_due);
  }
  if (news)
    self->told_empty = left;
  self->status_dirty = false;
  self->status_at = next;
}
