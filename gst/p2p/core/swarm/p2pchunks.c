/* gst-plugins-p2p
 *
 * This library is free software; you can redistribute it and/or
 * modify it under the terms of the GNU Lesser General Public
 * License as published by the Free Software Foundation; either
 * version 2.1 of the License, or (at your option) any later version.
 */
/* p2pchunks.c: a chunk on its way from "received" to "held".
 *
 * RECEIVED: its VERIFY is out, or another copy's is and this one waits.
 * HELD: signature good; only then it is relayed, delivered, shown in the map.
 */
#include "p2pcatchup.h"

#include <stdlib.h>
#include <string.h>

P2pPending *
p2p_pending_add (P2pSwarm * self, P2pPendingKind kind)
{
  P2pPending *c;

  if (self->n_pending == self->cap_pending) {
    uint32_t cap = self->cap_pending ? self->cap_pending * 2 : 8;

    c = realloc (self->pending, cap * sizeof *c);
    if (!c)
      return NULL;
    self->pending = c;
    self->cap_pending = cap;
  }
  c = &self->pending[self->n_pending++];
  memset (c, 0, sizeof *c);
  c->kind = kind;
  return c;
}

void
p2p_pending_release (P2pPending * c)
{
  p2p_payload_unref (c->bytes.payload);
  p2p_header_object_free (c->header);
  c->bytes.payload = NULL;
  c->header = NULL;
}

static void
remove_at (P2pSwarm * self, uint32_t i)
{
  memmove (self->pending + i, self->pending + i + 1,
      (self->n_pending - i - 1) * sizeof *self->pending);
  self->n_pending--;
}

void
p2p_pending_clear (P2pSwarm * self)
{
  for (uint32_t i = 0; i < self->n_pending; i++)
    p2p_pending_release (&self->pending[i]);
  self->n_pending = self->n_signing = 0;
  for (uint32_t i = 0; i < self->n_peers; i++)
    self->peers[i]->unverified = 0;
}

static P2pPending *
find_chunk (P2pSwarm * self, uint32_t chunk, bool waiting)
{
  for (uint32_t i = 0; i < self->n_pending; i++) {
    P2pPending *c = &self->pending[i];

    if (c->kind == P2P_PENDING_CHUNK && c->chunk == chunk
        && (c->token == 0) == waiting)
      return c;
  }
  return NULL;
}

static void
ask_verify (P2pSwarm * self, P2pPending * c)
{
  uint8_t prefix[P2P_SIGN_PREFIX_LEN];
  P2pRange spec = { c->chunk, c->chunk };

  p2p_sign_prefix (prefix, P2P_TAG_CHUNK, &self->config.swarm_id, self->epoch,
      spec, c->ntp);
  c->token = p2p_action_crypto (self, P2P_ACTION_VERIFY, c->link, prefix,
      c->bytes, c->signature);
}

static void
set_state (P2pSwarm * self, uint32_t chunk, P2pEntryState state)
{
  P2pEntry *e = p2p_window_get (&self->window, chunk);

  if (e && e->state != P2P_ENTRY_HELD)
    e->state = (uint8_t) state;
}

/* When the first copy fails, the next one gets its turn. */
static void
try_next_copy (P2pSwarm * self, uint32_t chunk)
{
  P2pPending *c;

  if (find_chunk (self, chunk, false))
    return;
  c = find_chunk (self, chunk, true);
  if (c) {
    ask_verify (self, c);
  } else {
    set_state (self, chunk, P2P_ENTRY_MISSING);
    self->pull_at = self->now;
  }
}

static void
drop_copies (P2pSwarm * self, uint32_t chunk)
{
  for (uint32_t i = 0; i < self->n_pending;) {
    P2pPending *c = &self->pending[i];

    if (c->kind != P2P_PENDING_CHUNK || c->chunk != chunk) {
      i++;
      continue;
    }
    P2pPeer *p = p2p_peer_find (self, c->link);

    self->stats.chunks_duplicate++;
    self->stats.bytes_duplicate += c->bytes.len;
    if (p && p->unverified > 0)
      p->unverified--;
    p2p_pending_release (c);
    remove_at (self, i);
  }
}

void
p2p_pending_forget_link (P2pSwarm * self, P2pLinkId link)
{
  for (uint32_t i = 0; i < self->n_pending;) {
    P2pPending c = self->pending[i];

    if (c.link != link || link == 0) {
      i++;
      continue;
    }
    p2p_pending_release (&self->pending[i]);
    remove_at (self, i);
    if (c.kind == P2P_PENDING_CHUNK)
      try_next_copy (self, c.chunk);
  }
}

static void
count_received (P2pSwarm * self, P2pPeer * p, uint32_t len, bool pushed)
{
  p->bytes_received += len;
  if (pushed) {
    self->stats.chunks_pushed_from_peers++;
    self->stats.bytes_pushed_from_peers += len;
  } else {
    self->stats.chunks_requested_from_peers++;
    self->stats.bytes_requested_from_peers += len;
  }
}

static bool
was_asked (const P2pSwarm * self, const P2pPeer * p, uint32_t chunk)
{
  const P2pEntry *e = p2p_window_get (&self->window, chunk);

  for (int i = 0; e && e->state != P2P_ENTRY_HELD && i < P2P_ENTRY_ASKED; i++) {
    if (e->u.asked.link[i] == p->link)
      return true;
  }
  return false;
}

void
p2p_chunk_receive (P2pSwarm * self, P2pPeer * p, P2pSlice frame,
    const P2pData * data, const P2pSignedIntegrity * sig, uint32_t sig_at)
{
  P2pSlice bytes = p2p_slice_sub (frame, data->offset, data->len);
  uint32_t chunk = data->chunk.first, stored;
  const uint8_t *d;
  P2pPending *c;
  bool waiting, pushed;

  if (!p2p_peer_linked (self, p) || self->source)
    return;                     /* another run's: dropped, never banned */
  if (chunk > LAST_CHUNK || chunk != data->chunk.last
      || sig->chunk.first != chunk
      || sig->chunk.last != chunk || bytes.len < P2P_CHUNK_ENVELOPE_LEN
      || bytes.len > P2P_CHUNK_ENVELOPE_LEN + P2P_MAX_CHUNK_MEDIA) {
    self->stats.frames_malformed++;
    p2p_peer_drop (self, p, true, 3);
    return;
  }
  d = p2p_slice_data (bytes, &stored);
  if (!d || stored < P2P_CHUNK_ENVELOPE_LEN || sig->ntp < self->epoch)
    return;
  pushed = !was_asked (self, p, chunk);
  count_received (self, p, bytes.len, pushed);
  p2p_peer_note_chunk (self, p, chunk);
  if (p2p_burst_covers (self, chunk))
    self->burst_progress = self->now;
  if (self->window.n_held > 0 && chunk < self->window.base) {
    self->stats.chunks_late++;
    return;
  }
  if (p2p_window_held (&self->window, chunk)) {
    self->stats.chunks_duplicate++;
    self->stats.bytes_duplicate += bytes.len;
    return;
  }
  if (p->unverified >= MAX_UNVERIFIED)
    return;
  waiting = find_chunk (self, chunk, false) != NULL;
  c = p2p_pending_add (self, P2P_PENDING_CHUNK);
  if (!c)
    return;
  c->link = p->link;
  c->chunk = chunk;
  c->pushed = pushed;
  c->ntp = sig->ntp;
  c->arrival = self->now;
  c->bytes = bytes;
  c->signature = d - data->offset + sig_at;     /* in the same payload */
  p2p_payload_ref (bytes.payload);
  p->unverified++;
  if (waiting)
    return;
  set_state (self, chunk, P2P_ENTRY_PENDING);
  ask_verify (self, c);
}

static uint32_t
window_chunks (const P2pSwarm * self)
{
  const P2pStreamHeader *h = p2p_header_current (self);
  int64_t step = self->interval_us;
  int64_t span = (self->config.window_us ? self->config.window_us :
      DEFAULT_WINDOW_US) + WINDOW_EXTRA_US;
  uint32_t n;

  if (step <= 0)
    step = h && h->chunk_duration_us ? h->chunk_duration_us : 125000;
  n = (uint32_t) (span / step);
  if (n < 20u * self->k)        /* 20 chunks a sub-stream at least */
    n = 20u * self->k;
  return n < P2P_WINDOW_MAX - 256 ? n : P2P_WINDOW_MAX - 256;
}

/* The newest chunk moved: rate, edge, and what falls out at the other end. */
static void
new_edge (P2pSwarm * self, const P2pEntry * e, uint32_t old_end)
{
  int64_t dt = p2p_ntp_to_us (e->ntp) - p2p_ntp_to_us (self->newest_ntp);
  uint32_t keep;

  if (self->newest_ntp && e->chunk >= old_end && dt >= 0 && dt < P2P_SEC (10)) {
    dt /= e->chunk + 1 - old_end;
    self->interval_us = self->interval_us == 0 ? dt :
        (self->interval_us * 31 + dt) / 32;
  }
  self->newest_ntp = e->ntp;
  self->edge_moved = self->now;
  keep = window_chunks (self);
  if (self->window.end > keep)
    p2p_window_advance (&self->window, self->window.end - keep);
  p2p_window_fit (&self->window);
  if (self->publisher_left) {
    self->publisher_left = false;
    p2p_action_event (self, P2P_EVENT_PUBLISHER_BACK, 0, NULL, 0);
  }
}

/* How long chunks of this sub-stream take to us, and how regularly. */
static void
note_arrival (P2pSwarm * self, const P2pEntry * e)
{
  P2pSubstream *sub = &self->sub[p2p_sub_of (self, e->chunk)];
  int64_t us = p2p_ntp_to_us (e->ntp), sample =
      e->u.held.arrival - us, dev, now_us;
  P2pPeer *p = p2p_peer_find (self, e->u.held.from);

  p2p_clock_heard (self, e->ntp, e->u.held.arrival);
  if (p2p_clock_get (self, e->u.held.arrival, &now_us)) {
    int64_t lag = now_us - us;

    if (e->chunk > self->burst_to)      /* the burst is old */
      p2p_counters_arrival (self, e->chunk, lag < 0 ? 0 : (uint32_t) lag);
    if (e->u.held.pushed && sub->parent == e->u.held.from) {
      sub->lag_us = sub->has_lag ?
          (uint32_t) (((int64_t) sub->lag_us * 3 + lag) / 4) : (uint32_t) lag;
      sub->has_lag = true;
    }
    if (p)
      p->lag_us = (uint32_t) lag;
  }
  if (!e->u.held.pushed || sub->parent != e->u.held.from
      || e->chunk < sub->first)
    return;
  sub->newest = e->chunk;
  sub->newest_arrival = e->u.held.arrival;
  self->parents_dirty |= p && p->leaving;
  if (sub->has_lag)
    p2p_status_fed (self, p2p_sub_of (self, e->chunk));
  if (!sub->has_offset) {
    sub->has_offset = true;
    sub->offset_us = sample;
    sub->jitter_us = P2P_MSEC (5);
    return;
  }
  dev = sample - sub->offset_us;
  sub->offset_us += dev / 8;
  dev = dev < 0 ? -dev : dev;
  /* one bad moment must not blind us for long; a bad time doubles quickly */
  if (dev > 2 * sub->jitter_us + P2P_MSEC (10))
    dev = 2 * sub->jitter_us + P2P_MSEC (10);
  sub->jitter_us += (dev - sub->jitter_us) / 8;
}

static void
read_envelope (P2pSwarm * self, P2pEntry * e)
{
  P2pChunkEnvelope env;
  uint32_t stored;
  const uint8_t *d = p2p_slice_data (e->bytes, &stored);

  if (!d || p2p_chunk_envelope_get (d, stored, &env) != P2P_OK) {
    memset (&env, 0, sizeof env);
    env.join_distance = 0xffff;
  }
  e->flags = env.flags;
  e->generation = env.generation;
  e->join_distance = env.flags & P2P_CHUNK_JOIN ? 0 : env.join_distance;
  if (!p2p_header_find (self, e->generation) && e->u.held.from) {
    P2pPeer *p = p2p_peer_find (self, e->u.held.from);

    if (p)
      p2p_header_request (self, p, e->generation);
  }
}

/* A good chunk: keep it, tell everybody who wants it. On return the entry owns
 * the signature when own_signature says so. */
void
p2p_chunk_accept (P2pSwarm * self, const P2pPending * c,
    const uint8_t * signature, bool own_signature)
{
  uint32_t old_end = self->window.end, keep = window_chunks (self);
  P2pEntryAsked asked;
  P2pEntry *e;

  if (self->window.ring && c->chunk >= self->window.base
      && c->chunk - self->window.base >= P2P_WINDOW_MAX)
    p2p_window_clear (&self->window);   /* we were away for long */
  else if (self->window.ring && self->window.n_held == 0
      && c->chunk < self->window.base)
    p2p_catchup_misled (self);
  p2p_burst_note (self, c);
  e = p2p_window_reserve (&self->window, c->chunk, keep);
  if (!e || e->state == P2P_ENTRY_HELD) {
    if (!e)
      self->stats.chunks_late++;
    if (own_signature)
      free ((void *) signature);
    return;
  }
  asked = e->u.asked;
  p2p_window_fill (&self->window, e, c->bytes, signature, own_signature);
  e->ntp = c->ntp;
  e->u.held.arrival = self->now;
  e->u.held.from = c->link;
  e->u.held.pushed = c->pushed;
  e->hops = self->sub[p2p_sub_of (self, c->chunk)].path_len;
  read_envelope (self, e);
  self->chunk_bytes = self->chunk_bytes == 0 ? (int64_t) c->bytes.len * 16 :
      self->chunk_bytes + ((int64_t) c->bytes.len * 16 - self->chunk_bytes)
      / 32;
  if (self->first_verified == P2P_TIME_NONE)
    self->first_verified = self->now;
  if (c->link)
    note_arrival (self, e);
  p2p_pull_got (self, e, &asked);
  p2p_push_chunk (self, e);
  if (self->now < self->sub[p2p_sub_of (self, e->chunk)].announce_until)
    p2p_repair_announce (self, e);
  if (self->window.end != old_end)
    new_edge (self, e, old_end);
  self->playout_dirty = true;
  self->pull_at = self->now;
}

void
p2p_chunk_verified (P2pSwarm * self, P2pPending * done, bool good)
{
  P2pPending c = *done;
  P2pPeer *p = p2p_peer_find (self, c.link);

  remove_at (self, (uint32_t) (done - self->pending));
  if (p && p->unverified > 0)
    p->unverified--;
  if (good) {
    P2pEntry *e = p2p_window_get (&self->window, c.chunk);

    if (e && e->state == P2P_ENTRY_PENDING)
      e->state = P2P_ENTRY_MISSING;
    p2p_chunk_accept (self, &c, c.signature, false);
    drop_copies (self, c.chunk);
  } else {
    self->stats.chunks_bad_signature++;
    if (p)
      p2p_peer_drop (self, p, true, 4);
    try_next_copy (self, c.chunk);
  }
  p2p_pending_release (&c);
}
