/* gst-plugins-p2p
 *
 * This library is free software; you can redistribute it and/or
 * modify it under the terms of the GNU Lesser General Public
 * License as published by the Free Software Foundation; either
 * version 2.1 of the License, or (at your option) any later version.
 */
/* p2pwire.c: frames, the fixed messages of RFC 7574, dispatch to the others.
 *
 *   frame:  | channel id 32 | message | message | ... | DATA, if any |
 *   RFC:    | code 8 | body of a length that the code tells          |
 *   ours:   | code 8 | length 16 | body |            codes 0x80-0xBF
 *
 * Owner: nobody, there is no state here. Thread: any.
 * Bytes are a peer's: checked with plain ifs, refused as P2P_PROTOCOL.
 */
#include "p2pwire.h"

#include <string.h>

#include "p2pwireprivate.h"

#define FIRST_EXTENSION 0x80
#define LAST_EXTENSION 0xbf
#define MAX_CHUNK (P2P_CHUNK_ENVELOPE_LEN + P2P_MAX_CHUNK_MEDIA)

size_t
p2p_wire_begin (P2pWriter * w, P2pMsgType type)
{
  p2p_put_u8 (w, (uint8_t) type);
  p2p_put_u16 (w, 0);
  return w->len;
}

void
p2p_wire_end (P2pWriter * w, size_t mark)
{
  size_t len = w->len - mark;

  if (w->overflow)
    return;
  if (len > UINT16_MAX) {
    p2p_wire_refuse (w);
    return;
  }
  w->data[mark - 2] = (uint8_t) (len >> 8);
  w->data[mark - 1] = (uint8_t) len;
}

void
p2p_wire_refuse (P2pWriter * w)
{
  w->overflow = true;
}

P2pResult
p2p_wire_get_channel (const uint8_t * data, size_t len, uint32_t * channel)
{
  P2pReader r;

  p2p_reader_init (&r, data, len);
  return p2p_read_u32 (&r, channel) ? P2P_OK : P2P_PROTOCOL;
}

bool
p2p_get_range (P2pReader * r, P2pRange * range)
{
  return p2p_read_u32 (r, &range->first) && p2p_read_u32 (r, &range->last)
      && range->first <= range->last;
}

static void
put_range (P2pWriter * w, P2pRange range)
{
  p2p_put_u32 (w, range.first);
  p2p_put_u32 (w, range.last);
}

/* The chunk runs to the end of the frame. The stored bytes may end before the
 * frame does (simulator), so its length comes from total_len. */
static bool
get_data (P2pReader * r, size_t total_len, P2pData * m)
{
  size_t len;

  if (!p2p_get_range (r, &m->chunk) || m->chunk.first != m->chunk.last
      || !p2p_read_u64 (r, &m->time_us) || total_len < r->pos)
    return false;
  len = total_len - r->pos;
  if (len < P2P_CHUNK_ENVELOPE_LEN || len > MAX_CHUNK)
    return false;
  m->offset = (uint32_t) r->pos;
  m->len = (uint32_t) len;
  r->pos = r->len;
  return true;
}

/* Sign All (RFC 7574 section 6.1.2.1): one chunk, one signature. */
static bool
get_signed_integrity (P2pReader * r, P2pSignedIntegrity * m)
{
  const uint8_t *signature;

  if (!p2p_get_range (r, &m->chunk) || m->chunk.first != m->chunk.last
      || !p2p_read_u64 (r, &m->ntp)
      || !p2p_read_bytes (r, P2P_SIGNATURE_LEN, &signature))
    return false;
  memcpy (m->signature, signature, P2P_SIGNATURE_LEN);
  return true;
}

static bool
get_base (P2pReader * r, size_t total_len, P2pMessage * m)
{
  switch (m->type) {
    case P2P_MSG_HANDSHAKE:
      return p2p_get_handshake (r, &m->u.handshake);
    case P2P_MSG_DATA:
      return get_data (r, total_len, &m->u.data);
    case P2P_MSG_SIGNED_INTEGRITY:
      return get_signed_integrity (r, &m->u.signed_integrity);
    case P2P_MSG_HAVE:
    case P2P_MSG_REQUEST:
    case P2P_MSG_CANCEL:
      return p2p_get_range (r, &m->u.range);
    case P2P_MSG_CHOKE:
    case P2P_MSG_UNCHOKE:
      m->u.queue_10ms = 0;
      return true;
    default:
      /* No length, so it cannot be skipped. */
      return false;
  }
}

/* *known false: a code of a later profile, already skipped. What follows the
 * fields that this profile knows is a later profile's, too: ignored. */
static bool
get_extension (P2pReader * r, P2pMessage * m, bool *known)
{
  P2pReader body;
  const uint8_t *bytes;
  uint16_t len;

  if (!p2p_read_u16 (r, &len) || !p2p_read_bytes (r, len, &bytes))
    return false;
  p2p_reader_init (&body, bytes, len);
  *known = true;
  switch (m->type) {
    case P2P_MSG_HELLO:
      return p2p_get_hello (&body, &m->u.hello);
    case P2P_MSG_HEADER:
      return p2p_get_header (&body, &m->u.header);
    case P2P_MSG_SUBSCRIBE:
      return p2p_get_subscribe (&body, &m->u.subscribe);
    case P2P_MSG_SUB_OK:
      return p2p_get_sub_ok (&body, &m->u.sub_ok);
    case P2P_MSG_UNSUBSCRIBE:
      return p2p_get_unsubscribe (&body, &m->u.unsubscribe);
    case P2P_MSG_REDIRECT:
    case P2P_MSG_LEAVE:
    case P2P_MSG_PEERS:
      return p2p_get_peer_list (&body, &m->u.peer_list);
    case P2P_MSG_STATUS:
      return p2p_get_status (&body, &m->u.status);
    case P2P_MSG_PONG:
      return p2p_get_pong (&body, &m->u.pong);
    case P2P_MSG_SIGNAL:
      return p2p_get_signal (&body, &m->u.signal);
    case P2P_MSG_HEADER_REQUEST:
      return p2p_read_u16 (&body, &m->u.generation);
    default:
      *known = false;
      return true;
  }
}

P2pResult
p2p_wire_next (P2pReader * r, size_t total_len, P2pMessage * out)
{
  P2pMessage m;
  uint8_t code;
  bool known;

  do {
    if (!p2p_read_u8 (r, &code))
      return P2P_NOT_FOUND;
    m.type = (P2pMsgType) code;
    known = true;
    if (code >= FIRST_EXTENSION && code <= LAST_EXTENSION) {
      if (!get_extension (r, &m, &known))
        return P2P_PROTOCOL;
    } else if (!get_base (r, total_len, &m)) {
      return P2P_PROTOCOL;
    }
  } while (!known);
  *out = m;
  return P2P_OK;
}

void
p2p_wire_put_channel (P2pWriter * w, uint32_t channel)
{
  p2p_put_u32 (w, channel);
}

void
p2p_wire_put_data (P2pWriter * w, uint32_t chunk, uint64_t time_us)
{
  p2p_put_u8 (w, P2P_MSG_DATA);
  put_range (w, (P2pRange) {
      chunk, chunk});
  p2p_put_u64 (w, time_us);
}

void
p2p_wire_put_signed_integrity (P2pWriter * w, const P2pSignedIntegrity * m)
{
  if (m->chunk.first != m->chunk.last) {
    p2p_wire_refuse (w);
    return;
  }
  p2p_put_u8 (w, P2P_MSG_SIGNED_INTEGRITY);
  put_range (w, m->chunk);
  p2p_put_u64 (w, m->ntp);
  p2p_put_bytes (w, m->signature, P2P_SIGNATURE_LEN);
}

void
p2p_wire_put_range (P2pWriter * w, P2pMsgType type, P2pRange range)
{
  if (range.first > range.last || (type != P2P_MSG_HAVE
          && type != P2P_MSG_REQUEST && type != P2P_MSG_CANCEL)) {
    p2p_wire_refuse (w);
    return;
  }
  p2p_put_u8 (w, (uint8_t) type);
  put_range (w, range);
}

void
p2p_wire_put_simple (P2pWriter * w, P2pMsgType type)
{
  if (type != P2P_MSG_CHOKE && type != P2P_MSG_UNCHOKE) {
    p2p_wire_refuse (w);
    return;
  }
  p2p_put_u8 (w, (uint8_t) type);
}

void
p2p_wire_put_header_request (P2pWriter * w, uint16_t generation)
{
  size_t mark = p2p_wire_begin (w, P2P_MSG_HEADER_REQUEST);

  p2p_put_u16 (w, generation);
  p2p_wire_end (w, mark);
}

void
p2p_sign_prefix (uint8_t out[P2P_SIGN_PREFIX_LEN], const char *tag,
    const P2pSwarmId * swarm, uint64_t epoch, P2pRange spec, uint64_t ntp)
{
  P2pWriter w;

  p2p_writer_init (&w, out, P2P_SIGN_PREFIX_LEN);
  p2p_put_bytes (&w, tag, 8);
  p2p_put_bytes (&w, swarm->b, P2P_SWARM_ID_LEN);
  p2p_put_u64 (&w, epoch);
  put_range (&w, spec);
  p2p_put_u64 (&w, ntp);
}
