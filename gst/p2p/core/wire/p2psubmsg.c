/* gst-plugins-p2p
 *
 * This library is free software; you can redistribute it and/or
 * modify it under the terms of the GNU Lesser General Public
 * License as published by the Free Software Foundation; either
 * version 2.1 of the License, or (at your option) any later version.
 */
/* p2psubmsg.c: the messages of sub-streams and neighbours: SUBSCRIBE, SUB_OK,
 * UNSUBSCRIBE, REDIRECT, LEAVE, PEERS, STATUS, PONG. docs/protocol/wire.md has
 * the drawings; the order of the calls below is the order on the wire.
 *
 * Owner: nobody, there is no state here. Thread: any.
 */
#include <string.h>

#include "p2pwireprivate.h"

#define MAX_HOLES (sizeof (((P2pStatus *) 0)->holes) / sizeof (uint16_t))

static unsigned
count_bits (uint16_t mask)
{
  unsigned n = 0;

  for (; mask != 0; mask &= (uint16_t) (mask - 1))
    n++;
  return n;
}

/* Sub-stream numbers lie below k. */
static bool
mask_fits (uint16_t mask, uint8_t k)
{
  return k <= P2P_MAX_SUBSTREAMS && (uint32_t) mask >> k == 0;
}

static bool
get_u32s (P2pReader * r, unsigned n, uint32_t * v)
{
  unsigned i;

  for (i = 0; i < n; i++) {
    if (!p2p_read_u32 (r, &v[i]))
      return false;
  }
  return true;
}

static void
put_u32s (P2pWriter * w, unsigned n, const uint32_t * v)
{
  unsigned i;

  for (i = 0; i < n; i++)
    p2p_put_u32 (w, v[i]);
}

static bool
get_u16s (P2pReader * r, unsigned n, uint16_t * v)
{
  unsigned i;

  for (i = 0; i < n; i++) {
    if (!p2p_read_u16 (r, &v[i]))
      return false;
  }
  return true;
}

static void
put_u16s (P2pWriter * w, unsigned n, const uint16_t * v)
{
  unsigned i;

  for (i = 0; i < n; i++)
    p2p_put_u16 (w, v[i]);
}

bool
p2p_get_subscribe (P2pReader * r, P2pSubscribe * m)
{
  memset (m, 0, sizeof (*m));
  return p2p_read_u16 (r, &m->mask) && p2p_read_u32 (r, &m->first)
      && p2p_read_u32 (r, &m->burst_first) && p2p_read_u16 (r, &m->credit)
      && p2p_read_u8 (r, &m->capacity) && p2p_read_u8 (r, &m->refuse_len)
      && m->refuse_len <= P2P_MAX_PATH
      && get_u32s (r, m->refuse_len, m->refuse);
}

void
p2p_wire_put_subscribe (P2pWriter * w, const P2pSubscribe * m)
{
  size_t mark = p2p_wire_begin (w, P2P_MSG_SUBSCRIBE);

  if (m->refuse_len > P2P_MAX_PATH) {
    p2p_wire_refuse (w);
    return;
  }
  p2p_put_u16 (w, m->mask);
  p2p_put_u32 (w, m->first);
  p2p_put_u32 (w, m->burst_first);
  p2p_put_u16 (w, m->credit);
  p2p_put_u8 (w, m->capacity);
  p2p_put_u8 (w, m->refuse_len);
  put_u32s (w, m->refuse_len, m->refuse);
  p2p_wire_end (w, mark);
}

bool
p2p_get_sub_ok (P2pReader * r, P2pSubOk * m)
{
  memset (m, 0, sizeof (*m));
  return p2p_read_u16 (r, &m->mask) && p2p_read_u16 (r, &m->refused)
      && p2p_read_u8 (r, &m->k) && p2p_read_u8 (r, &m->path_len)
      && mask_fits (m->mask | m->refused, m->k)
      && m->path_len <= P2P_MAX_PATH
      && get_u32s (r, count_bits (m->mask), m->next)
      && get_u32s (r, m->path_len, m->path);
}

void
p2p_wire_put_sub_ok (P2pWriter * w, const P2pSubOk * m)
{
  size_t mark = p2p_wire_begin (w, P2P_MSG_SUB_OK);

  if (!mask_fits (m->mask | m->refused, m->k) || m->path_len > P2P_MAX_PATH) {
    p2p_wire_refuse (w);
    return;
  }
  p2p_put_u16 (w, m->mask);
  p2p_put_u16 (w, m->refused);
  p2p_put_u8 (w, m->k);
  p2p_put_u8 (w, m->path_len);
  put_u32s (w, count_bits (m->mask), m->next);
  put_u32s (w, m->path_len, m->path);
  p2p_wire_end (w, mark);
}

bool
p2p_get_unsubscribe (P2pReader * r, P2pUnsubscribe * m)
{
  return p2p_read_u16 (r, &m->mask) && p2p_read_u8 (r, &m->reason);
}

void
p2p_wire_put_unsubscribe (P2pWriter * w, const P2pUnsubscribe * m)
{
  size_t mark = p2p_wire_begin (w, P2P_MSG_UNSUBSCRIBE);

  p2p_put_u16 (w, m->mask);
  p2p_put_u8 (w, m->reason);
  p2p_wire_end (w, mark);
}

static bool
get_peer_record (P2pReader * r, P2pPeerRecord * p)
{
  const uint8_t *id;

  if (!p2p_read_bytes (r, P2P_PEER_ID_LEN, &id))
    return false;
  memcpy (p->peer.b, id, P2P_PEER_ID_LEN);
  return p2p_read_u8 (r, &p->capacity) && p2p_read_u8 (r, &p->free_slots)
      && p2p_read_u8 (r, &p->role) && p2p_read_u16 (r, &p->lag_4ms)
      && p2p_read_u16 (r, &p->age_s);
}

bool
p2p_get_peer_list (P2pReader * r, P2pPeerList * m)
{
  unsigned i;

  memset (m, 0, sizeof (*m));
  if (!p2p_read_u16 (r, &m->mask) || !p2p_read_u8 (r, &m->reason)
      || !p2p_read_u8 (r, &m->n) || m->n > P2P_MAX_PEER_RECORDS)
    return false;
  for (i = 0; i < m->n; i++) {
    if (!get_peer_record (r, &m->peers[i]))
      return false;
  }
  return true;
}

static void
put_peer_record (P2pWriter * w, const P2pPeerRecord * p)
{
  p2p_put_bytes (w, p->peer.b, P2P_PEER_ID_LEN);
  p2p_put_u8 (w, p->capacity);
  p2p_put_u8 (w, p->free_slots);
  p2p_put_u8 (w, p->role);
  p2p_put_u16 (w, p->lag_4ms);
  p2p_put_u16 (w, p->age_s);
}

void
p2p_wire_put_peer_list (P2pWriter * w, P2pMsgType type, const P2pPeerList * m)
{
  size_t mark = p2p_wire_begin (w, type);
  unsigned i;

  if (m->n > P2P_MAX_PEER_RECORDS || (type != P2P_MSG_REDIRECT
          && type != P2P_MSG_LEAVE && type != P2P_MSG_PEERS)) {
    p2p_wire_refuse (w);
    return;
  }
  p2p_put_u16 (w, m->mask);
  p2p_put_u8 (w, m->reason);
  p2p_put_u8 (w, m->n);
  for (i = 0; i < m->n; i++)
    put_peer_record (w, &m->peers[i]);
  p2p_wire_end (w, mark);
}

static bool
status_is_sane (const P2pStatus * m)
{
  return m->k <= P2P_MAX_SUBSTREAMS && m->n_holes <= MAX_HOLES
      && m->path_len <= P2P_MAX_PATH;
}

bool
p2p_get_status (P2pReader * r, P2pStatus * m)
{
  const uint8_t *head;

  memset (m, 0, sizeof (*m));
  if (!p2p_read_u32 (r, &m->ping_id) || !p2p_read_u32 (r, &m->base)
      || !p2p_read_u32 (r, &m->newest) || !p2p_read_u8 (r, &m->k)
      || !p2p_read_u8 (r, &m->n_holes) || !p2p_read_u8 (r, &m->path_len)
      || !p2p_read_u8 (r, &m->capacity) || !p2p_read_u8 (r, &m->free_slots)
      || !p2p_read_u8 (r, &m->queue_10ms) || !p2p_read_u8 (r, &m->role)
      || !status_is_sane (m) || !p2p_read_bytes (r, m->k, &head))
    return false;
  memcpy (m->head, head, m->k);
  return get_u16s (r, m->k, m->lag_4ms)
      && get_u16s (r, m->n_holes, m->holes)
      && get_u32s (r, m->path_len, m->path);
}

void
p2p_wire_put_status (P2pWriter * w, const P2pStatus * m)
{
  size_t mark = p2p_wire_begin (w, P2P_MSG_STATUS);

  if (!status_is_sane (m)) {
    p2p_wire_refuse (w);
    return;
  }
  p2p_put_u32 (w, m->ping_id);
  p2p_put_u32 (w, m->base);
  p2p_put_u32 (w, m->newest);
  p2p_put_u8 (w, m->k);
  p2p_put_u8 (w, m->n_holes);
  p2p_put_u8 (w, m->path_len);
  p2p_put_u8 (w, m->capacity);
  p2p_put_u8 (w, m->free_slots);
  p2p_put_u8 (w, m->queue_10ms);
  p2p_put_u8 (w, m->role);
  p2p_put_bytes (w, m->head, m->k);
  put_u16s (w, m->k, m->lag_4ms);
  put_u16s (w, m->n_holes, m->holes);
  put_u32s (w, m->path_len, m->path);
  p2p_wire_end (w, mark);
}

bool
p2p_get_pong (P2pReader * r, P2pPong * m)
{
  return p2p_read_u32 (r, &m->ping_id) && p2p_read_u64 (r, &m->source_ntp)
      && p2p_read_u32 (r, &m->hold_us) && p2p_read_u16 (r, &m->error_4ms);
}

void
p2p_wire_put_pong (P2pWriter * w, const P2pPong * m)
{
  size_t mark = p2p_wire_begin (w, P2P_MSG_PONG);

  p2p_put_u32 (w, m->ping_id);
  p2p_put_u64 (w, m->source_ntp);
  p2p_put_u32 (w, m->hold_us);
  p2p_put_u16 (w, m->error_4ms);
  p2p_wire_end (w, mark);
}
