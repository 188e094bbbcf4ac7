/* gst-plugins-p2p
 *
 * This library is free software; you can redistribute it and/or
 * modify it under the terms of the GNU Lesser General Public
 * License as published by the Free Software Foundation; either
 * version 2.1 of the License, or (at your option) any later version.
 */
/* p2pscgate.c: see p2pscgate.h. */
#include "p2pscgate.h"
#include "p2pscpacket.h"

#include <stdlib.h>
#include <string.h>

/* Answers to checks of a path (RFC 7675): nobody asks before they are sent, every
 * 5 s a link; those of so many links may come together. All that is left free here
 * is less than what the core leaves, so that mostly nothing waits. */
#define CHECK_BYTES 108
#define CHECKS_TOGETHER 2
#define CHECKS_PART 16          /* but no more than this part of the cap */
/* What DATA leaves free for what goes before it: an acknowledgement, and a part
 * of the cap. */
#define DATA_ROOM 121
#define DATA_PART 512
#define RESERVED_PART 2         /* links under way never take more */

struct P2pScKept
{
  P2pScKept *next;
  P2pScGateEnd *end;
  size_t len;
  bool is_sack;                 /* and nothing else */
  uint8_t packet[];
};

void
p2p_scgate_init (P2pScGate * self)
{
  memset (self, 0, sizeof (*self));
}

static void
drop_queue (P2pScGate * self, P2pScKeptQueue * q, const P2pScGateEnd * end)
{
  P2pScKept **at = &q->first, *k;

  q->last = NULL;
  while ((k = *at)) {
    if (end == NULL || k->end == end) {
      *at = k->next;
      self->n_kept--;
      k->end->n_kept -= q == &self->data;
      free (k);
    } else {
      q->last = k;
      at = &k->next;
    }
  }
}

void
p2p_scgate_clear (P2pScGate * self)
{
  drop_queue (self, &self->urgent, NULL);
  drop_queue (self, &self->data, NULL);
}

void
p2p_scgate_add (P2pScGate * self, P2pScGateEnd * end, uint32_t overhead,
    uint32_t reserve)
{
  end->gate = self;
  end->overhead = overhead;
  end->reserved = reserve;
  self->reserved += reserve;
  self->n_ends++;
}

static void
release (P2pScGateEnd * end, uint32_t bytes)
{
  if (bytes > end->reserved)
    bytes = end->reserved;
  end->reserved -= bytes;
  end->gate->reserved -= bytes;
}

void
p2p_scgate_set_up_done (P2pScGateEnd * end)
{
  if (end->gate)
    release (end, end->reserved);
}

void
p2p_scgate_remove (P2pScGateEnd * end)
{
  if (!end->gate)
    return;
  release (end, end->reserved);
  drop_queue (end->gate, &end->gate->urgent, end);
  drop_queue (end->gate, &end->gate->data, end);
  end->gate->n_ends--;
  end->gate = NULL;
}

/* ---- is there room ---- */

static uint32_t
room_for_checks (const P2pScGate * self)
{
  uint32_t n = self->n_ends < CHECKS_TOGETHER ? self->n_ends : CHECKS_TOGETHER;
  uint32_t most = self->limit / CHECKS_PART;

  return n * CHECK_BYTES < most ? n * CHECK_BYTES : most;
}

/* Bytes that have to be forgotten before this may go, 0 = it may go now. */
static uint32_t
missing (P2pScGate * self, const P2pScGateEnd * end, size_t len, bool is_data,
    int64_t now)
{
  uint32_t others = self->reserved - end->reserved;
  uint32_t most = self->limit / RESERVED_PART;
  uint64_t need = p2p_ledger_sum (&self->ledger, now);

  need += (others < most ? others : most) + len + end->overhead
      + room_for_checks (self);
  if (is_data)
    need += DATA_ROOM + self->limit / DATA_PART;
  if (self->limit == 0 || need <= self->limit)
    return 0;
  return (uint32_t) (need - self->limit);
}

bool
p2p_scgate_may (P2pScGateEnd * end, size_t len, int64_t now)
{
  return !end->gate || missing (end->gate, end, len, false, now) == 0;
}

void
p2p_scgate_count (P2pScGate * self, P2pScGateEnd * end, uint32_t bytes,
    int64_t now)
{
  p2p_ledger_note (&self->ledger, bytes, now);
  if (end && end->gate)
    release (end, bytes);
}

/* ---- packets ---- */

static bool
carries_data (const uint8_t * packet, size_t len)
{
  size_t pos = P2P_SC_COMMON_HEADER, n;
  const uint8_t *chunk;

  while (p2p_sc_next_chunk (packet, len, &pos, &chunk, &n)) {
    if (chunk[0] == P2P_SC_DATA || chunk[0] == P2P_SC_I_DATA)
      return true;
  }
  return false;
}

static bool
is_sack (const uint8_t * packet, size_t len)
{
  size_t pos = P2P_SC_COMMON_HEADER, n;
  const uint8_t *chunk;

  return p2p_sc_next_chunk (packet, len, &pos, &chunk, &n)
      && chunk[0] == P2P_SC_SACK && n + P2P_SC_COMMON_HEADER == len;
}

static P2pScKept *
find_sack (const P2pScKeptQueue * q, const P2pScGateEnd * end,
    P2pScKept ** before)
{
  P2pScKept *k;

  *before = NULL;
  for (k = q->first; k; k = k->next) {
    if (k->is_sack && k->end == end)
      return k;
    *before = k;
  }
  return NULL;
}

static void
keep (P2pScGate * self, P2pScKeptQueue * q, P2pScGateEnd * end,
    const uint8_t * packet, size_t len)
{
  bool sack = q == &self->urgent && is_sack (packet, len);
  P2pScKept *before, *old = sack ? find_sack (q, end, &before) : NULL;
  P2pScKept *k;

  if (self->n_kept >= P2P_SCGATE_PACKETS || !(k = malloc (sizeof (*k) + len))) {
    self->dropped++;
    return;
  }
  k->next = NULL;
  k->end = end;
  k->len = len;
  k->is_sack = sack;
  memcpy (k->packet, packet, len);
  if (old) {                    /* in its place */
    k->next = old->next;
    *(before ? &before->next : &q->first) = k;
    if (q->last == old)
      q->last = k;
    free (old);
    return;
  }
  *(q->last ? &q->last->next : &q->first) = k;
  q->last = k;
  self->delayed++;
  end->n_kept += q == &self->data;
  if (self->n_kept++ == 0 && self->wake)
    self->wake (self->user_data);
}

void
p2p_scgate_output (P2pScGateEnd * end, uint8_t * packet, size_t len,
    int64_t now)
{
  P2pScGate *self = end->gate;
  P2pScKeptQueue *q;

  if (!self || self->limit == 0) {
    end->go (packet, len, end->user_data);
    return;
  }
  q = carries_data (packet, len) && !end->hurried ? &self->data : &self->urgent;
  if (!q->first && missing (self, end, len, q == &self->data, now) == 0)
    end->go (packet, len, end->user_data);
  else
    keep (self, q, end, packet, len);
}

static void
run_queue (P2pScGate * self, P2pScKeptQueue * q, int64_t now)
{
  P2pScGateEnd *end;
  P2pScKept *k;

  while ((k = q->first) && missing (self, k->end, k->len, q == &self->data,
          now) == 0) {
    q->first = k->next;
    if (!q->first)
      q->last = NULL;
    self->n_kept--;
    k->end->go (k->packet, k->len, k->end->user_data);
    end = k->end;
    free (k);
    if (q == &self->data && --end->n_kept == 0 && end->drained)
      end->drained (end->drained_data);
  }
}

void
p2p_scgate_run (P2pScGate * self, int64_t now)
{
  run_queue (self, &self->urgent, now);
  if (!self->urgent.first)
    run_queue (self, &self->data, now);
}

void
p2p_scgate_set_cap (P2pScGate * self, uint64_t bps, int64_t now)
{
  self->limit = bps / 4 < UINT32_MAX ? (uint32_t) (bps / 4) : UINT32_MAX;
  p2p_scgate_run (self, now);
}

int64_t
p2p_scgate_due (P2pScGate * self, int64_t now)
{
  const P2pScKept *k = self->urgent.first ? self->urgent.first :
      self->data.first;
  uint32_t bytes;
  int64_t when;

  if (!k)
    return INT64_MAX;
  bytes = missing (self, k->end, k->len, k == self->data.first, now);
  if (bytes == 0)
    return now;
  when = p2p_ledger_when (&self->ledger, bytes);
  return when > now ? when : now + 1;
}
