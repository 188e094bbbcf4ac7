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
#include "p2pswarmpriv.h"

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

  for (int i = 0; e && i < P2P_ENTRY_ASKED; i++) {
    if (e->asked[i] == p->link)
      return true;
  }
  return false;
}

void
p2p_chunk_receive (P2pSwarm * self, P2pPeer * p, P2pSlice frame,
    const P2pData * data, const P2pSignedIntegrity * sig)
{
  P2pSlice bytes = p2p_slice_sub (frame, data->offset, data->len);
  uint32_t chunk = data->chunk.first, stored;
  const uint8_t *d;
  P2pPending *c;
  bool waiting, pushed;

  if (!p2p_peer_usable (self, p) || self->source)
    return;                     /* another run's: dropped, never banned */
  if (chunk != data->chunk.last || sig->chunk.first != chunk
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
  if (self->burst_progress != P2P_TIME_NONE && chunk <= self->burst_to)
    self->burst_progress = self->now;
  if (self->window.ring && chunk < self->window.base) {
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
  p2p_payload_ref (bytes.payload);
  p->unverified++;
  /* the signature message lies in the same frame, right before DATA: find it
   * there, so that it lives as long as the payload */
  c->signature = d - (data->offset - frame.offset) * 0;
  c->signature = NULL;
  {
    uint32_t n;
    const uint8_t *f = p2p_slice_data (frame, &n);

    for (uint32_t at = data->offset >= 200 ? data->offset - 200 : 0;
        at + P2P_SIGNATURE_LEN <= data->offset && at + P2P_SIGNATURE_LEN <= n;
        at++) {
      if (memcmp (f + at, sig->signature, P2P_SIGNATURE_LEN) == 0) {
        c->signature = f + at;
        break;
      }
    }
  }
  if (waiting)
    return;
  set_state (self, chunk, P2P_ENTRY_PENDING);
  ask_verify (self, c);
}
