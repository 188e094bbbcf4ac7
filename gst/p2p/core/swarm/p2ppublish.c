/* gst-plugins-p2p
 *
 * This library is free software; you can redistribute it and/or
 * modify it under the terms of the GNU Lesser General Public
 * License as published by the Free Software Foundation; either
 * version 2.1 of the License, or (at your option) any later version.
 */
/* p2ppublish.c: the source's input: stream headers and chunks, numbered,
 * stamped with the source clock, and signed by the host before anybody sees
 * them. */
#include "p2pswarmpriv.h"

#include <stdlib.h>
#include <string.h>

static void
destroy_block (P2pPayload * payload)
{
  free ((void *) payload->data);
  free (payload);
}

static P2pNtp
source_ntp (const P2pSwarm * self)
{
  return p2p_us_to_ntp (self->now + self->clock_us);
}

/* A header object with the serialised bytes of h. */
static P2pHeaderObject *
serialise (const P2pStreamHeader * h)
{
  size_t cap = p2p_stream_header_capacity (h);
  P2pHeaderObject *o;
  P2pWriter w;
  uint8_t *data;

  if (cap == 0 || cap > P2P_MAX_HEADER)
    return NULL;
  o = calloc (1, sizeof *o);
  data = malloc (cap);
  if (o)
    o->payload = calloc (1, sizeof *o->payload);
  if (!o || !data || !o->payload) {
    if (o)
      free (o->payload);
    free (o);
    free (data);
    return NULL;
  }
  p2p_writer_init (&w, data, cap);
  p2p_stream_header_put (&w, h);
  o->payload->refs = 1;
  o->payload->data = data;
  o->payload->len = o->payload->stored = (uint32_t) w.len;
  o->payload->destroy = destroy_block;
  o->epoch = h->epoch;
  o->generation = h->generation;
  if (!p2p_writer_ok (&w)
      || p2p_stream_header_get (data, w.len, &o->parsed) != P2P_OK) {
    p2p_header_object_free (o);
    return NULL;
  }
  return o;
}

static uint8_t
choose_k (const P2pSwarm * self, const P2pStreamHeader * h)
{
  uint32_t bps = h->bitrate;

  if (self->config.k > 0 && self->config.k <= P2P_MAX_SUBSTREAMS)
    return self->config.k;
  if (bps == 0)
    bps = h->flags & P2P_HEADER_VIDEO ? 2000000 : 128000;
  return bps < AUDIO_BPS ? 4 : 8;       /* design 6 */
}

P2pResult
p2p_swarm_publish_header (P2pSwarm * self, P2pStreamHeader * h, P2pTime now)
{
  uint8_t prefix[P2P_SIGN_PREFIX_LEN];
  P2pHeaderObject *o;
  P2pPending *c;
  P2pSlice body;
  P2pRange spec;

  if (!self->source || self->n_signing >= MAX_SIGNING)
    return self->source ? P2P_LIMIT : P2P_INVALID;
  p2p_swarm_begin (self, now);
  if (self->k == 0)
    self->k = choose_k (self, h);
  h->epoch = self->epoch;
  h->generation = self->next_generation;
  h->k = self->k;
  h->first_chunk = self->next_publish;
  if (h->window_ms == 0)
    h->window_ms = (uint32_t) ((self->config.window_us ?
            self->config.window_us : DEFAULT_WINDOW_US) / 1000);
  o = serialise (h);
  c = o ? p2p_pending_add (self, P2P_PENDING_SIGN_HEADER) : NULL;
  if (!c) {
    p2p_header_object_free (o);
    return o ? P2P_LIMIT : P2P_INVALID;
  }
  o->ntp = source_ntp (self);
  c->header = o;
  c->ntp = o->ntp;
  spec.first = spec.last = h->generation;
  p2p_sign_prefix (prefix, P2P_TAG_HEADER, &self->config.swarm_id, self->epoch,
      spec, o->ntp);
  body = (P2pSlice) {
  o->payload, 0, o->payload->len};
  c->token = p2p_action_crypto (self, P2P_ACTION_SIGN, 0, prefix, body, NULL);
  if (c->token == 0) {
    p2p_pending_release (c);
    self->n_pending--;
    return P2P_LIMIT;
  }
  self->n_signing++;
  self->next_generation++;
  self->header_follows = true;
  p2p_swarm_settle (self);
  return P2P_OK;
}

/* Generation and join distance are known here only. */
static void
finish_envelope (P2pSwarm * self, uint8_t * envelope, uint32_t chunk)
{
  P2pChunkEnvelope e;
  uint32_t distance;

  if (p2p_chunk_envelope_get (envelope, P2P_CHUNK_ENVELOPE_LEN, &e) != P2P_OK)
    return;
  e.generation = (uint16_t) (self->next_generation - 1);
  if (self->header_follows)
    e.flags |= P2P_CHUNK_HEADER_FOLLOWS;
  self->header_follows = false;
  if (e.flags & P2P_CHUNK_JOIN)
    self->join_point = chunk;
  distance = self->join_point == NO_CHUNK ? 0xffff : chunk - self->join_point;
  e.join_distance = distance < 0xffff ? (uint16_t) distance : 0xffff;
  p2p_chunk_envelope_put (envelope, &e);
}

P2pResult
p2p_swarm_publish_chunk (P2pSwarm * self, P2pPayload * chunk,
    uint8_t * envelope, P2pTime now)
{
  uint8_t prefix[P2P_SIGN_PREFIX_LEN];
  uint32_t number = self->next_publish;
  P2pRange spec = { number, number };
  P2pPending *c;

  if (!self->source || self->next_generation == 0 || !chunk || !envelope
      || chunk->len < P2P_CHUNK_ENVELOPE_LEN
      || chunk->len > P2P_CHUNK_ENVELOPE_LEN + P2P_MAX_CHUNK_MEDIA)
    return P2P_INVALID;
  if (self->n_signing >= MAX_SIGNING)
    return P2P_LIMIT;
  p2p_swarm_begin (self, now);
  c = p2p_pending_add (self, P2P_PENDING_SIGN_CHUNK);
  if (!c)
    return P2P_LIMIT;
  finish_envelope (self, envelope, number);
  c->chunk = number;
  c->ntp = source_ntp (self);
  c->arrival = now;
  c->bytes = (P2pSlice) {
  chunk, 0, chunk->len};
  p2p_payload_ref (chunk);
  p2p_sign_prefix (prefix, P2P_TAG_CHUNK, &self->config.swarm_id, self->epoch,
      spec, c->ntp);
  c->token = p2p_action_crypto (self, P2P_ACTION_SIGN, 0, prefix, c->bytes,
      NULL);
  if (c->token == 0) {
    p2p_pending_release (c);
    self->n_pending--;
    return P2P_LIMIT;
  }
  self->next_publish++;
  self->n_signing++;
  p2p_swarm_settle (self);
  return P2P_OK;
}

static void
chunk_signed (P2pSwarm * self, const P2pPending * c, const uint8_t * signature)
{
  uint8_t *copy = malloc (P2P_SIGNATURE_LEN);

  if (!copy) {
    self->out_of_memory = true;
    return;
  }
  memcpy (copy, signature, P2P_SIGNATURE_LEN);
  p2p_chunk_accept (self, c, copy, true);
}

void
p2p_swarm_signed (P2pSwarm * self, P2pToken token,
    const uint8_t signature[P2P_SIGNATURE_LEN], P2pTime now)
{
  p2p_swarm_begin (self, now);
  for (uint32_t i = 0; i < self->n_pending; i++) {
    P2pPending c = self->pending[i];

    if (c.token != token || token == 0)
      continue;
    if (c.kind != P2P_PENDING_SIGN_CHUNK && c.kind != P2P_PENDING_SIGN_HEADER)
      break;
    self->n_signing--;
    self->n_pending--;
    memmove (self->pending + i, self->pending + i + 1,
        (self->n_pending - i) * sizeof *self->pending);
    if (c.kind == P2P_PENDING_SIGN_HEADER) {
      memcpy (c.header->signature, signature, P2P_SIGNATURE_LEN);
      p2p_header_adopt (self, c.header);
      c.header = NULL;
    } else {
      chunk_signed (self, &c, signature);
    }
    p2p_pending_release (&c);
    break;
  }
  p2p_swarm_settle (self);
}

unsigned
p2p_swarm_count_holders (const P2pSwarm * self, uint32_t chunk)
{
  unsigned n = 0;

  for (uint32_t i = 0; i < self->n_peers; i++) {
    const P2pPeer *p = self->peers[i];

    /* sent and acknowledged counts, too */
    if (p2p_peer_has (self, p, chunk) && p->unacked == 0)
      n++;
  }
  return n;
}
