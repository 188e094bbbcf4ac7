/* gst-plugins-p2p
 *
 * This library is free software; you can redistribute it and/or
 * modify it under the terms of the GNU Lesser General Public
 * License as published by the Free Software Foundation; either
 * version 2.1 of the License, or (at your option) any later version.
 */
/* p2ppart.c: HEADER and SIGNAL, objects larger than a message, sent in parts.
 *
 *   HEADER: | epoch 64 | NTP 64 | signature 512 | generation 16 |
 *           | offset 32 | total 32 | bytes to the end of the body |
 *   SIGNAL: | to 256 | from 256 | kind 8 | TTL 8 | session 32 | id 32 |
 *           | offset 32 | total 32 | bytes to the end of the body |
 *
 * Owner: nobody, there is no state here. Thread: any.
 */
#include <string.h>

#include "p2pwireprivate.h"

/* The sums are done in 64 bits: offset and total are a peer's. */
static bool
part_is_sane (const P2pPart * part, uint32_t max_total)
{
  return part->len > 0 && part->len <= P2P_MAX_PART
      && part->total <= max_total
      && (uint64_t) part->offset + part->len <= part->total;
}

static bool
get_part (P2pReader * r, uint32_t max_total, P2pPart * part)
{
  size_t len;

  if (!p2p_read_u32 (r, &part->offset) || !p2p_read_u32 (r, &part->total))
    return false;
  len = p2p_reader_left (r);
  if (len > P2P_MAX_PART || !p2p_read_bytes (r, len, &part->data))
    return false;
  part->len = (uint16_t) len;
  return part_is_sane (part, max_total);
}

static void
put_part (P2pWriter * w, uint32_t max_total, const P2pPart * part)
{
  if (!part_is_sane (part, max_total)) {
    p2p_wire_refuse (w);
    return;
  }
  p2p_put_u32 (w, part->offset);
  p2p_put_u32 (w, part->total);
  p2p_put_bytes (w, part->data, part->len);
}

bool
p2p_get_header (P2pReader * r, P2pHeaderPart * m)
{
  const uint8_t *signature;
  uint16_t generation;

  if (!p2p_read_u64 (r, &m->epoch) || !p2p_read_u64 (r, &m->ntp)
      || !p2p_read_bytes (r, P2P_SIGNATURE_LEN, &signature)
      || !p2p_read_u16 (r, &generation))
    return false;
  memcpy (m->signature, signature, P2P_SIGNATURE_LEN);
  m->part.id = generation;
  return get_part (r, P2P_MAX_HEADER, &m->part);
}

void
p2p_wire_put_header (P2pWriter * w, const P2pHeaderPart * m)
{
  size_t mark = p2p_wire_begin (w, P2P_MSG_HEADER);

  if (m->part.id > UINT16_MAX)
    p2p_wire_refuse (w);
  p2p_put_u64 (w, m->epoch);
  p2p_put_u64 (w, m->ntp);
  p2p_put_bytes (w, m->signature, P2P_SIGNATURE_LEN);
  p2p_put_u16 (w, (uint16_t) m->part.id);
  put_part (w, P2P_MAX_HEADER, &m->part);
  p2p_wire_end (w, mark);
}

static bool
get_peer_id (P2pReader * r, P2pPeerId * id)
{
  const uint8_t *bytes;

  if (!p2p_read_bytes (r, P2P_PEER_ID_LEN, &bytes))
    return false;
  memcpy (id->b, bytes, P2P_PEER_ID_LEN);
  return true;
}

bool
p2p_get_signal (P2pReader * r, P2pSignalPart * m)
{
  return get_peer_id (r, &m->to) && get_peer_id (r, &m->from)
      && p2p_read_u8 (r, &m->kind) && p2p_read_u8 (r, &m->ttl)
      && p2p_read_u32 (r, &m->session) && p2p_read_u32 (r, &m->part.id)
      && get_part (r, P2P_MAX_SDP, &m->part);
}

void
p2p_wire_put_signal (P2pWriter * w, const P2pSignalPart * m)
{
  size_t mark = p2p_wire_begin (w, P2P_MSG_SIGNAL);

  p2p_put_bytes (w, m->to.b, P2P_PEER_ID_LEN);
  p2p_put_bytes (w, m->from.b, P2P_PEER_ID_LEN);
  p2p_put_u8 (w, m->kind);
  p2p_put_u8 (w, m->ttl);
  p2p_put_u32 (w, m->session);
  p2p_put_u32 (w, m->part.id);
  put_part (w, P2P_MAX_SDP, &m->part);
  p2p_wire_end (w, mark);
}
