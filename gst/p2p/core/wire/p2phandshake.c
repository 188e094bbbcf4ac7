/* gst-plugins-p2p
 *
 * This library is free software; you can redistribute it and/or
 * modify it under the terms of the GNU Lesser General Public
 * License as published by the Free Software Foundation; either
 * version 2.1 of the License, or (at your option) any later version.
 */
/* p2phandshake.c: HANDSHAKE with the options of RFC 7574 section 7, and HELLO.
 *
 *   HANDSHAKE: | 0 | source channel 32 | option 8, value | ... | 255 |
 *   HELLO:     | 0x80 | length 16 | version 8 | minimum 8 | TLV | TLV | ... |
 *   TLV:       | type 8 | length 16 | value |
 *
 * RFC options have no length: an unknown one cannot be skipped and is refused,
 * which is why everything of ours is in HELLO.
 * Owner: nobody, there is no state here. Thread: any.
 */
#include "p2pwire.h"

#include <string.h>

#include "p2pwireprivate.h"

#define MAX_TOKEN 1024          /* bytes of P2pHello.token */

typedef enum
{
  OPTION_VERSION = 0,
  OPTION_MIN_VERSION = 1,
  OPTION_SWARM_ID = 2,
  OPTION_INTEGRITY = 3,
  OPTION_MERKLE_HASH = 4,
  OPTION_SIGNATURE = 5,
  OPTION_ADDRESSING = 6,
  OPTION_DISCARD_WINDOW = 7,
  OPTION_SUPPORTED = 8,
  OPTION_CHUNK_SIZE = 9,
  OPTION_END = 255
} Option;

enum
{
  INTEGRITY_SIGN_ALL = 2,
  ADDRESSING_BINS_32 = 0,
  ADDRESSING_CHUNKS_32 = 2,
  ADDRESSING_CHUNKS_64 = 4,     /* the highest that exists */
};
#define CHUNK_SIZE_VARIABLE UINT32_MAX

typedef enum
{
  TLV_FEATURES = 1,
  TLV_ROLE = 2,
  TLV_CAPACITY = 3,
  TLV_EPOCH = 4,
  TLV_TOKEN = 5,
  TLV_PROOF = 6,
  TLV_LAST = TLV_PROOF
} HelloTlv;

static bool
get_swarm_id (P2pReader * r, P2pHandshake * m)
{
  const uint8_t *id;
  uint16_t len;

  if (!p2p_read_u16 (r, &len) || len > sizeof (m->swarm_id)
      || !p2p_read_bytes (r, len, &id))
    return false;
  memcpy (m->swarm_id, id, len);
  m->swarm_id_len = (uint8_t) len;
  m->has_swarm_id = true;
  return true;
}

/* As wide as the addressing (RFC 7574 section 7.9). 64-bit windows are cut:
 * this profile refuses 64-bit addressing above the codec anyway. */
static bool
get_discard_window (P2pReader * r, P2pHandshake * m)
{
  uint64_t wide;

  if (m->addressing == ADDRESSING_BINS_32
      || m->addressing == ADDRESSING_CHUNKS_32)
    return p2p_read_u32 (r, &m->discard_window);
  if (!p2p_read_u64 (r, &wide))
    return false;
  m->discard_window = wide > UINT32_MAX ? UINT32_MAX : (uint32_t) wide;
  return true;
}

static bool
get_supported (P2pReader * r, P2pHandshake * m)
{
  const uint8_t *bits;
  uint8_t len;

  if (!p2p_read_u8 (r, &len) || len > sizeof (m->supported)
      || !p2p_read_bytes (r, len, &bits))
    return false;
  memcpy (m->supported, bits, len);
  return true;
}

static bool
get_option (P2pReader * r, uint8_t option, P2pHandshake * m)
{
  uint8_t ignored;

  switch (option) {
    case OPTION_VERSION:
      if (!p2p_read_u8 (r, &m->version))
        return false;
      m->min_version = m->version;      /* unless told */
      return true;
    case OPTION_MIN_VERSION:
      return p2p_read_u8 (r, &m->min_version);
    case OPTION_SWARM_ID:
      return get_swarm_id (r, m);
    case OPTION_INTEGRITY:
      return p2p_read_u8 (r, &m->integrity_method);
    case OPTION_MERKLE_HASH:
      return p2p_read_u8 (r, &ignored);
    case OPTION_SIGNATURE:
      return p2p_read_u8 (r, &m->signature_algorithm);
    case OPTION_ADDRESSING:
      return p2p_read_u8 (r, &m->addressing)
          && m->addressing <= ADDRESSING_CHUNKS_64;
    case OPTION_DISCARD_WINDOW:
      return get_discard_window (r, m);
    case OPTION_SUPPORTED:
      return get_supported (r, m);
    case OPTION_CHUNK_SIZE:
      return p2p_read_u32 (r, &m->chunk_size);
    default:
      return false;
  }
}

/* Ascending order, each once, closed by 255; the version comes first, and only
 * a close (source channel 0) may do without. The defaults are the RFC's for
 * live: 32-bit chunk ranges (7.8). */
bool
p2p_get_handshake (P2pReader * r, P2pHandshake * m)
{
  uint8_t option;
  int last = -1;

  memset (m, 0, sizeof (*m));
  m->addressing = ADDRESSING_CHUNKS_32;
  if (!p2p_read_u32 (r, &m->source_channel))
    return false;
  for (;;) {
    if (!p2p_read_u8 (r, &option))
      return false;
    if (option == OPTION_END)
      break;
    if (option <= last || (last < 0 && option != OPTION_VERSION)
        || !get_option (r, option, m))
      return false;
    last = option;
  }
  return last >= 0 || m->source_channel == 0;
}

static void
put_supported (P2pWriter * w, const uint8_t bits[32])
{
  uint8_t len = 32;

  /* trailing zero bytes are cut (RFC 7574 section 7.10) */
  while (len > 0 && bits[len - 1] == 0)
    len--;
  p2p_put_u8 (w, OPTION_SUPPORTED);
  p2p_put_u8 (w, len);
  p2p_put_bytes (w, bits, len);
}

static void
put_option_u8 (P2pWriter * w, Option option, uint8_t v)
{
  p2p_put_u8 (w, option);
  p2p_put_u8 (w, v);
}

void
p2p_wire_put_handshake (P2pWriter * w, const P2pHandshake * m)
{
  if (m->source_channel == 0) {
    p2p_wire_put_close (w);
    return;
  }
  if (m->addressing != ADDRESSING_CHUNKS_32
      || m->swarm_id_len > sizeof (m->swarm_id)) {
    p2p_wire_refuse (w);
    return;
  }
  p2p_put_u8 (w, P2P_MSG_HANDSHAKE);
  p2p_put_u32 (w, m->source_channel);
  put_option_u8 (w, OPTION_VERSION, m->version);
  put_option_u8 (w, OPTION_MIN_VERSION, m->min_version);
  if (m->has_swarm_id) {
    p2p_put_u8 (w, OPTION_SWARM_ID);
    p2p_put_u16 (w, m->swarm_id_len);
    p2p_put_bytes (w, m->swarm_id, m->swarm_id_len);
  }
  put_option_u8 (w, OPTION_INTEGRITY, m->integrity_method);
  put_option_u8 (w, OPTION_SIGNATURE, m->signature_algorithm);
  put_option_u8 (w, OPTION_ADDRESSING, m->addressing);
  p2p_put_u8 (w, OPTION_DISCARD_WINDOW);
  p2p_put_u32 (w, m->discard_window);
  put_supported (w, m->supported);
  p2p_put_u8 (w, OPTION_CHUNK_SIZE);
  p2p_put_u32 (w, m->chunk_size);
  p2p_put_u8 (w, OPTION_END);
}

void
p2p_wire_put_close (P2pWriter * w)
{
  p2p_put_u8 (w, P2P_MSG_HANDSHAKE);
  p2p_put_u32 (w, 0);
  p2p_put_u8 (w, OPTION_END);
}

bool
p2p_handshake_supports (const P2pHandshake * m, P2pMsgType type)
{
  unsigned code = (unsigned) type;

  if (code > 255)
    return false;
  return m->supported[code / 8] & 0x80 >> code % 8;
}

void
p2p_handshake_init_live (P2pHandshake * m, uint32_t source_channel,
    const P2pSwarmId * swarm, uint32_t discard_window)
{
  static const uint8_t codes[] = {
    P2P_MSG_HANDSHAKE, P2P_MSG_DATA, P2P_MSG_HAVE, P2P_MSG_SIGNED_INTEGRITY,
    P2P_MSG_REQUEST, P2P_MSG_CANCEL, P2P_MSG_CHOKE, P2P_MSG_UNCHOKE,
    P2P_MSG_HELLO, P2P_MSG_HEADER, P2P_MSG_SUBSCRIBE, P2P_MSG_SUB_OK,
    P2P_MSG_UNSUBSCRIBE, P2P_MSG_REDIRECT, P2P_MSG_STATUS, P2P_MSG_PONG,
    P2P_MSG_LEAVE, P2P_MSG_SIGNAL, P2P_MSG_PEERS, P2P_MSG_HEADER_REQUEST
  };
  size_t i;

  memset (m, 0, sizeof (*m));
  m->source_channel = source_channel;
  m->version = P2P_WIRE_VERSION;
  m->min_version = P2P_WIRE_VERSION;
  m->has_swarm_id = true;
  m->swarm_id_len = P2P_SWARM_ID_LEN;
  memcpy (m->swarm_id, swarm->b, P2P_SWARM_ID_LEN);
  m->integrity_method = INTEGRITY_SIGN_ALL;
  m->signature_algorithm = P2P_SWARM_ALG_ED25519;
  m->addressing = ADDRESSING_CHUNKS_32;
  m->discard_window = discard_window;
  m->chunk_size = CHUNK_SIZE_VARIABLE;
  for (i = 0; i < sizeof (codes); i++)
    m->supported[codes[i] / 8] |= 0x80 >> codes[i] % 8;
}

/* One TLV with the length that its type demands. */
static bool
get_tlv (uint8_t type, const uint8_t * value, uint16_t len, P2pHello * m)
{
  P2pReader r;

  p2p_reader_init (&r, value, len);
  switch (type) {
    case TLV_FEATURES:
      return len == 4 && p2p_read_u32 (&r, &m->features);
    case TLV_ROLE:
      return len == 1 && p2p_read_u8 (&r, &m->role);
    case TLV_CAPACITY:
      return len == 1 && p2p_read_u8 (&r, &m->capacity);
    case TLV_EPOCH:
      return len == 8 && p2p_read_u64 (&r, &m->epoch);
    case TLV_TOKEN:
      m->token = len > 0 ? value : NULL;
      m->token_len = len;
      return len <= MAX_TOKEN;
    case TLV_PROOF:
      m->proof = value;
      return len == P2P_SIGNATURE_LEN;
    default:
      return true;
  }
}

bool
p2p_get_hello (P2pReader * r, P2pHello * m)
{
  uint32_t seen = 0;

  memset (m, 0, sizeof (*m));
  if (!p2p_read_u8 (r, &m->version) || !p2p_read_u8 (r, &m->min_version))
    return false;
  while (p2p_reader_left (r) > 0) {
    const uint8_t *value;
    uint16_t len;
    uint8_t type;

    if (!p2p_read_u8 (r, &type) || !p2p_read_u16 (r, &len)
        || !p2p_read_bytes (r, len, &value) || !get_tlv (type, value, len, m))
      return false;
    if (type <= TLV_LAST) {
      if (seen & 1u << type)
        return false;
      seen |= 1u << type;
    }
  }
  return true;
}

static void
put_tlv (P2pWriter * w, HelloTlv type, uint16_t len)
{
  p2p_put_u8 (w, (uint8_t) type);
  p2p_put_u16 (w, len);
}

void
p2p_wire_put_hello (P2pWriter * w, const P2pHello * m)
{
  size_t mark = p2p_wire_begin (w, P2P_MSG_HELLO);

  if (m->token_len > MAX_TOKEN)
    p2p_wire_refuse (w);
  p2p_put_u8 (w, m->version);
  p2p_put_u8 (w, m->min_version);
  put_tlv (w, TLV_FEATURES, 4);
  p2p_put_u32 (w, m->features);
  put_tlv (w, TLV_ROLE, 1);
  p2p_put_u8 (w, m->role);
  put_tlv (w, TLV_CAPACITY, 1);
  p2p_put_u8 (w, m->capacity);
  put_tlv (w, TLV_EPOCH, 8);
  p2p_put_u64 (w, m->epoch);
  if (m->token != NULL && m->token_len > 0) {
    put_tlv (w, TLV_TOKEN, m->token_len);
    p2p_put_bytes (w, m->token, m->token_len);
  }
  if (m->proof != NULL) {
    put_tlv (w, TLV_PROOF, P2P_SIGNATURE_LEN);
    p2p_put_bytes (w, m->proof, P2P_SIGNATURE_LEN);
  }
  p2p_wire_end (w, mark);
}
