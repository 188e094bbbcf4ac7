/* gst-plugins-p2p
 *
 * This library is free software; you can redistribute it and/or
 * modify it under the terms of the GNU Lesser General Public
 * License as published by the Free Software Foundation; either
 * version 2.1 of the License, or (at your option) any later version.
 */
/* p2pid.c: peer and swarm ids: compare, hash, shorten, print.
 *
 * Owner: nobody, there is no state here. Thread: any.
 */
#include "p2pid.h"

#include <string.h>

int
p2p_peer_id_compare (const P2pPeerId * a, const P2pPeerId * b)
{
  return memcmp (a->b, b->b, P2P_PEER_ID_LEN);
}

bool
p2p_peer_id_equal (const P2pPeerId * a, const P2pPeerId * b)
{
  return p2p_peer_id_compare (a, b) == 0;
}

uint32_t
p2p_peer_id_hash (const P2pPeerId * id)
{
  /* FNV-1a, 32 bits */
  uint32_t hash = UINT32_C (2166136261);
  size_t i;

  for (i = 0; i < P2P_PEER_ID_LEN; i++)
    hash = (hash ^ id->b[i]) * UINT32_C (16777619);
  return hash;
}

uint32_t
p2p_peer_id_short (const P2pPeerId * id)
{
  uint32_t v = (uint32_t) id->b[0] << 24 | (uint32_t) id->b[1] << 16
      | (uint32_t) id->b[2] << 8 | id->b[3];

  return v == 0 ? 1 : v;
}

bool
p2p_swarm_id_equal (const P2pSwarmId * a, const P2pSwarmId * b)
{
  return memcmp (a->b, b->b, P2P_SWARM_ID_LEN) == 0;
}

void
p2p_hex (const uint8_t * bytes, size_t n, char *out)
{
  static const char digits[] = "0123456789abcdef";
  size_t i;

  for (i = 0; i < n; i++) {
    out[2 * i] = digits[bytes[i] >> 4];
    out[2 * i + 1] = digits[bytes[i] & 15];
  }
  out[2 * n] = '\0';
}

void
p2p_peer_id_to_hex (const P2pPeerId * id, char out[P2P_PEER_ID_HEX_LEN])
{
  p2p_hex (id->b, P2P_PEER_ID_LEN, out);
}
