/* gst-plugins-p2p
 *
 * This library is free software; you can redistribute it and/or
 * modify it under the terms of the GNU Lesser General Public
 * License as published by the Free Software Foundation; either
 * version 2.1 of the License, or (at your option) any later version.
 */
/* p2pheader.c: signed stream headers: parts, checking, generations, epochs.
 *
 * A header comes in parts, in order, on the ordered channel; one at a time per
 * link. It counts only after its signature was checked. The highest epoch
 * wins and makes everything else of an older run void.
 */
#include "p2pcatchup.h"

#include <stdlib.h>
#include <string.h>

#define PART_OVERHEAD 128       /* what surrounds a part in a frame */
#define HEADER_AGAIN_US P2P_SEC (5)

static void
destroy_block (P2pPayload * payload)
{
  free (payload);
}

/* A payload whose bytes follow it in the same block. */
static P2pPayload *
new_block (uint32_t len)
{
  P2pPayload *p = malloc (sizeof *p + len);

  if (!p)
    return NULL;
  memset (p, 0, sizeof *p);
  p->refs = 1;
  p->len = p->stored = len;
  p->data = (uint8_t *) (p + 1);
  p->destroy = destroy_block;
  return p;
}

void
p2p_header_object_free (P2pHeaderObject * h)
{
  if (!h)
    return;
  p2p_payload_unref (h->payload);
  free (h);
}

const P2pStreamHeader *
p2p_header_current (const P2pSwarm * self)
{
  return self->headers[0] ? &self->headers[0]->parsed : NULL;
}

P2pHeaderObject *
p2p_header_find (const P2pSwarm * self, uint16_t generation)
{
  for (int i = 0; i < MAX_HEADERS && self->headers[i]; i++) {
    if (self->headers[i]->generation == generation)
      return self->headers[i];
  }
  return NULL;
}

static P2pHeaderObject *
new_assembly (const P2pHeaderPart * m)
{
  P2pHeaderObject *h = calloc (1, sizeof *h);

  if (!h)
    return NULL;
  h->payload = new_block (m->part.total);
  if (!h->payload) {
    free (h);
    return NULL;
  }
  h->epoch = m->epoch;
  h->ntp = m->ntp;
  h->generation = (uint16_t) m->part.id;
  memcpy (h->signature, m->signature, sizeof h->signature);
  return h;
}

static void
check_header (P2pSwarm * self, P2pPeer * p, P2pHeaderObject * h)
{
  uint8_t prefix[P2P_SIGN_PREFIX_LEN];
  P2pRange spec = { h->generation, h->generation };
  P2pSlice body = { h->payload, 0, h->payload->len };
  P2pPending *c = p2p_pending_add (self, P2P_PENDING_HEADER);

  if (!c) {
    p2p_header_object_free (h);
    return;
  }
  p2p_sign_prefix (prefix, P2P_TAG_HEADER, &self->config.swarm_id, h->epoch,
      spec, h->ntp);
  c->link = p->link;
  c->header = h;
  c->token = p2p_action_crypto (self, P2P_ACTION_VERIFY, p->link, prefix, body,
      h->signature);
}

static bool
is_wanted (const P2pSwarm * self, const P2pHeaderPart * m)
{
  if (m->part.total == 0 || m->part.total > P2P_MAX_HEADER)
    return false;
  if (m->epoch < self->epoch || m->epoch == 0)
    return false;
  if (m->epoch == self->epoch
      && (self->source || p2p_header_find (self, (uint16_t) m->part.id)))
    return false;
  for (uint32_t i = 0; i < self->n_pending; i++) {
    const P2pHeaderObject *h = self->pending[i].header;

    if (h && h->epoch == m->epoch && h->generation == m->part.id)
      return false;
  }
  return true;
}

void
p2p_header_part (P2pSwarm * self, P2pPeer * p, const P2pHeaderPart * m)
{
  P2pHeaderObject *h = p->assembly;

  if (h && (h->epoch != m->epoch || h->generation != m->part.id
          || h->payload->len != m->part.total || h->have != m->part.offset)) {
    p2p_header_object_free (h);
    h = p->assembly = NULL;
  }
  if (!h) {
    if (m->part.offset != 0 || !is_wanted (self, m))
      return;
    h = p->assembly = new_assembly (m);
    if (!h)
      return;
  }
  if (m->part.len == 0 || m->part.len > h->payload->len - h->have)
    return;
  memcpy ((uint8_t *) h->payload->data + h->have, m->part.data, m->part.len);
  h->have += m->part.len;
  if (h->have < h->payload->len)
    return;
  p->assembly = NULL;
  if (is_wanted (self, m))
    check_header (self, p, h);
  else
    p2p_header_object_free (h);
}

void
p2p_header_verified (P2pSwarm * self, P2pHeaderObject * h, P2pPeer * p)
{
  if (h->epoch < self->epoch || (h->epoch == self->epoch
          && p2p_header_find (self, h->generation))) {
    p2p_header_object_free (h);
    return;
  }
  if (p2p_stream_header_get (h->payload->data, h->payload->len,
          &h->parsed) != P2P_OK || h->parsed.epoch != h->epoch
      || h->parsed.k == 0 || h->parsed.k > P2P_MAX_SUBSTREAMS) {
    p2p_header_object_free (h);
    return;
  }
  if (self->source) {           /* another publisher of our key, and newer */
    p2p_action_event (self, P2P_EVENT_EPOCH, p ? p->link : 0, NULL, 1);
    p2p_header_object_free (h);
    return;
  }
  p2p_header_adopt (self, h);
}

/* Newest first; modulo 2^16. */
static void
insert_header (P2pSwarm * self, P2pHeaderObject * h)
{
  int i = 0;

  while (i < MAX_HEADERS && self->headers[i]
      && (int16_t) (self->headers[i]->generation - h->generation) > 0)
    i++;
  if (i == MAX_HEADERS) {
    p2p_header_object_free (h);
    return;
  }
  p2p_header_object_free (self->headers[MAX_HEADERS - 1]);
  memmove (self->headers + i + 1, self->headers + i,
      (size_t) (MAX_HEADERS - 1 - i) * sizeof *self->headers);
  self->headers[i] = h;
}

static void
enter_epoch (P2pSwarm * self, const P2pHeaderObject * h)
{
  bool again = self->epoch != 0;

  p2p_swarm_reset_stream (self);
  self->epoch = h->epoch;
  self->k = h->parsed.k;
  if (again)
    p2p_action_event (self, P2P_EVENT_EPOCH, 0, NULL, 0);
}

void
p2p_header_adopt (P2pSwarm * self, P2pHeaderObject * h)
{
  bool fresh = h->epoch != self->epoch;
  uint32_t generation = h->generation;

  if (!fresh && h->parsed.k != self->k) {       /* K is fixed in an epoch */
    p2p_header_object_free (h);
    return;
  }
  if (fresh)
    enter_epoch (self, h);
  insert_header (self, h);
  p2p_bucket_note_leaf (self);  /* by the rate that it tells, before we say hello */
  self->playout_dirty = true;
  p2p_catchup_map_came (self);  /* maybe with it: now its chunks can be asked for */
  for (uint32_t i = 0; i < self->n_peers; i++) {
    P2pPeer *p = self->peers[i];

    if (fresh)
      p2p_hello_flight (self, p);
    if (p->up && self->headers[0] && p->header_sent != generation + 1
        && (p->child_mask || (self->source && p->epoch != self->epoch)))
      p2p_header_send (self, p, self->headers[0]);
  }
  self->parents_dirty = true;
}

bool
p2p_header_fits (const P2pSwarm * self)
{
  return self->headers[0]
      && self->headers[0]->payload->len <= P2P_MAX_PART - 1024;
}

static void
fill_part (const P2pHeaderObject * h, uint32_t offset, P2pHeaderPart * m)
{
  uint32_t left = h->payload->len - offset;

  m->epoch = h->epoch;
  m->ntp = h->ntp;
  memcpy (m->signature, h->signature, sizeof m->signature);
  m->part.id = h->generation;
  m->part.offset = offset;
  m->part.total = h->payload->len;
  m->part.data = h->payload->data + offset;
  m->part.len = (uint16_t) (left < P2P_MAX_PART ? left : P2P_MAX_PART);
}

bool
p2p_header_put_whole (P2pSwarm * self, P2pWriter * w)
{
  P2pHeaderPart m;

  if (!p2p_header_fits (self))
    return false;
  fill_part (self->headers[0], 0, &m);
  p2p_wire_put_header (w, &m);
  return true;
}

void
p2p_header_send (P2pSwarm * self, P2pPeer * p, const P2pHeaderObject * h)
{
  uint32_t offset = 0;
  P2pHeaderPart m;
  P2pWriter w;

  if (!p->up || h->payload->len == 0)
    return;
  while (offset < h->payload->len) {
    fill_part (h, offset, &m);
    if (!p2p_frame_begin (self, p, m.part.len + PART_OVERHEAD, &w))
      return;
    p2p_wire_put_header (&w, &m);
    p2p_frame_commit (self, p, &w, P2P_STREAM_CONTROL, NO_BODY);
    offset += m.part.len;
  }
  p->header_sent = h->generation + 1u;
}

void
p2p_header_request (P2pSwarm * self, P2pPeer * p, uint16_t generation)
{
  P2pWriter w;

  if (!p2p_peer_usable (self, p) || !p2p_frame_begin (self, p, 64, &w))
    return;
  p2p_wire_put_header_request (&w, generation);
  p2p_frame_commit (self, p, &w, P2P_STREAM_CONTROL, NO_BODY);
}

/* An answer may be 256 KiB: each generation once in a while. A newcomer needs
 * all those its window spans, at once. */
bool
p2p_header_may_answer (P2pSwarm * self, P2pPeer * p, uint16_t generation)
{
  unsigned oldest = 0;

  for (unsigned i = 0; i < MAX_HEADERS; i++) {
    if (p->answer_at[i] && p->answer_generation[i] == generation) {
      if (self->now - p->answer_at[i] < HEADER_AGAIN_US)
        return false;
      oldest = i;
      break;
    }
    if (p->answer_at[i] < p->answer_at[oldest])
      oldest = i;
  }
  p->answer_generation[oldest] = generation;
  p->answer_at[oldest] = self->now;
  return true;
}
