/* gst-plugins-p2p
 *
 * This library is free software; you can redistribute it and/or
 * modify it under the terms of the GNU Lesser General Public
 * License as published by the Free Software Foundation; either
 * version 2.1 of the License, or (at your option) any later version.
 */
/* p2pactions.c: the queue of actions and the bytes they point to.
 *
 * Heads, prefixes and signatures lie in one growing arena, actions keep
 * offsets, pointers are made when an action is taken. The arena starts again
 * when the queue is empty. Bodies are references.
 */
#include "p2pswarmpriv.h"

#include <stdlib.h>
#include <string.h>

#define ARENA_KEPT 4096         /* of what the queue needed at most */
#define QUEUE_KEPT 32           /* actions, likewise */


static bool
arena_reserve (P2pSwarm * self, uint32_t n)
{
  uint32_t cap = self->arena_cap ? self->arena_cap : 1024;
  uint8_t *p;

  if (self->arena_cap - self->arena_len >= n)
    return true;
  while (cap - self->arena_len < n)
    cap *= 2;
  p = realloc (self->arena, cap);
  if (!p) {
    self->out_of_memory = true;
    return false;
  }
  self->arena = p;
  self->arena_cap = cap;
  return true;
}

static uint32_t
arena_copy (P2pSwarm * self, const void *data, uint32_t len)
{
  uint32_t at = self->arena_len;

  if (!arena_reserve (self, len))
    return NO_CHUNK;
  if (len > 0)
    memcpy (self->arena + at, data, len);
  self->arena_len += len;
  return at;
}

static P2pQueued *
queued_of (P2pAction * a)
{
  return (P2pQueued *) a;       /* a is its first member */
}

static bool
queue_grow (P2pSwarm * self)
{
  uint32_t cap = self->queue_cap ? self->queue_cap * 2 : 16;
  P2pQueued *q;

  if (self->queue_len >= MAX_ACTIONS)
    return false;
  if (self->queue_first > 0) {
    memmove (self->queue, self->queue + self->queue_first,
        self->queue_len * sizeof *self->queue);
    self->queue_first = 0;
    if (self->queue_len < self->queue_cap)
      return true;
  }
  q = realloc (self->queue, cap * sizeof *q);
  if (!q)
    return false;
  self->queue = q;
  self->queue_cap = cap;
  return true;
}

P2pAction *
p2p_action_add (P2pSwarm * self, P2pActionType type, P2pLinkId link)
{
  P2pQueued *q;

  if (self->queue_first + self->queue_len >= self->queue_cap
      && !queue_grow (self)) {
    self->out_of_memory = true;
    return NULL;
  }
  q = &self->queue[self->queue_first + self->queue_len++];
  memset (q, 0, sizeof *q);
  q->a.type = type;
  q->a.link = link;
  q->head = q->signature = NO_CHUNK;
  return &q->a;
}

void
p2p_action_set_body (P2pSwarm * self, P2pAction * a, P2pSlice body)
{
  queued_of (a)->ref = body.payload;
  if (body.payload)
    p2p_payload_ref (body.payload);
}

void
p2p_action_set_bytes (P2pSwarm * self, P2pAction * a, const uint8_t * data,
    uint32_t len)
{
  queued_of (a)->head = arena_copy (self, data, len);
}

void
p2p_action_event (P2pSwarm * self, P2pEventType event, P2pLinkId link,
    const P2pPeerId * peer, int64_t value)
{
  P2pAction *a = p2p_action_add (self, P2P_ACTION_EVENT, link);

  if (!a)
    return;
  a->u.event.event = event;
  a->u.event.value = value;
  if (peer)
    a->u.event.peer = *peer;
}

P2pToken
p2p_action_crypto (P2pSwarm * self, P2pActionType type, P2pLinkId link,
    const uint8_t prefix[P2P_SIGN_PREFIX_LEN], P2pSlice body,
    const uint8_t * signature)
{
  uint32_t head = arena_copy (self, prefix, P2P_SIGN_PREFIX_LEN);
  uint32_t sig = NO_CHUNK;
  P2pAction *a;

  if (signature)
    sig = arena_copy (self, signature, P2P_SIGNATURE_LEN);
  if (head == NO_CHUNK || (signature && sig == NO_CHUNK))
    return 0;
  a = p2p_action_add (self, type, link);
  if (!a)
    return 0;
  queued_of (a)->head = head;
  queued_of (a)->signature = sig;
  a->u.crypto.body = body;
  p2p_action_set_body (self, a, body);
  if (++self->last_token == 0)
    self->last_token = 1;
  a->token = self->last_token;
  return a->token;
}

bool
p2p_frame_begin (P2pSwarm * self, P2pPeer * p, uint32_t reserve, P2pWriter * w)
{
  if (p->dropped || !arena_reserve (self, reserve))
    return false;
  self->frame_start = self->arena_len;
  p2p_writer_init (w, self->arena + self->arena_len, reserve);
  p2p_wire_put_channel (w, p->channel);
  return true;
}

void
p2p_frame_commit (P2pSwarm * self, P2pPeer * p, P2pWriter * w,
    uint8_t stream, P2pSlice body)
{
  P2pAction *a;
  uint32_t len;

  if (stream == P2P_STREAM_CONTROL && p->channel != 0 && w->cap - w->len >= 32)
    p2p_pong_put (self, p, w);
  if (!p2p_writer_ok (w))
    return;                     /* our reserve was wrong: say nothing */
  a = p2p_action_add (self, P2P_ACTION_SEND, p->link);
  if (!a)
    return;
  len = (uint32_t) w->len + body.len;
  queued_of (a)->head = self->frame_start;
  self->arena_len = self->frame_start + (uint32_t) w->len;
  a->u.send.stream = stream;
  a->u.send.head_len = (uint16_t) w->len;
  a->u.send.body = body;
  p2p_action_set_body (self, a, body);
  if (stream == P2P_STREAM_CONTROL) {
    self->stats.bytes_control_sent += w->len;
    self->stats.packets_control_sent +=
        (len + P2P_PACKET_PAYLOAD - 1) / P2P_PACKET_PAYLOAD;
  } else if (stream == P2P_STREAM_DATA) {
    self->data_wire += p2p_wire_cost (len);
  }
  p2p_bucket_sent (self, p, len);
}

static void
release_last (P2pSwarm * self)
{
  p2p_payload_unref (self->last_ref);
  self->last_ref = NULL;
}

static void
resolve (P2pSwarm * self, P2pQueued * q)
{
  const uint8_t *head = q->head == NO_CHUNK ? NULL : self->arena + q->head;

  switch (q->a.type) {
    case P2P_ACTION_SEND:
      q->a.u.send.head = head;
      break;
    case P2P_ACTION_SIGN:
    case P2P_ACTION_VERIFY:
      q->a.u.crypto.prefix = head;
      q->a.u.crypto.signature =
          q->signature == NO_CHUNK ? NULL : self->arena + q->signature;
      break;
    case P2P_ACTION_SIGNAL:
      q->a.u.signal.sdp = head;
      break;
    default:
      break;
  }
}

/* Nothing waits: a burst's memory is given back. */
static void
rest (P2pSwarm * self)
{
  self->queue_first = 0;
  self->arena_len = 0;
  if (self->arena_cap > ARENA_KEPT) {
    free (self->arena);
    self->arena = NULL;
    self->arena_cap = 0;
  }
  if (self->queue_cap > QUEUE_KEPT) {
    free (self->queue);
    self->queue = NULL;
    self->queue_cap = 0;
  }
}

bool
p2p_swarm_next_action (P2pSwarm * self, P2pAction * out)
{
  P2pQueued *q;

  release_last (self);
  if (self->queue_len == 0) {
    rest (self);
    return false;
  }
  q = &self->queue[self->queue_first++];
  self->queue_len--;
  resolve (self, q);
  self->last_ref = q->ref;
  *out = q->a;
  return true;
}

void
p2p_actions_clear (P2pSwarm * self)
{
  release_last (self);
  for (uint32_t i = 0; i < self->queue_len; i++)
    p2p_payload_unref (self->queue[self->queue_first + i].ref);
  free (self->queue);
  free (self->arena);
  self->queue = NULL;
  self->arena = NULL;
  self->queue_len = self->queue_cap = self->arena_len = self->arena_cap = 0;
}
