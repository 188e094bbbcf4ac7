/* gst-plugins-p2p
 *
 * This library is free software; you can redistribute it and/or
 * modify it under the terms of the GNU Lesser General Public
 * License as published by the Free Software Foundation; either
 * version 2.1 of the License, or (at your option) any later version.
 */
/* p2pscpacket.h: the chunks of an SCTP packet (RFC 9260 section 3), for those who
 * look at packets in passing. What a peer sent may have any lengths. No state.
 */
#ifndef P2P_SCPACKET_H
#define P2P_SCPACKET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define P2P_SC_COMMON_HEADER 12
#define P2P_SC_CHUNK_HEADER 4
#define P2P_SC_DATA_HEADER 16
#define P2P_SC_SACK_MIN 16
#define P2P_SC_DATA 0
#define P2P_SC_SACK 3
#define P2P_SC_I_DATA 64
#define P2P_SC_FORWARD_TSN 0xc0

static inline uint32_t
p2p_sc_get32 (const uint8_t * p)
{
  return (uint32_t) p[0] << 24 | (uint32_t) p[1] << 16 | (uint32_t) p[2] << 8
      | p[3];
}

static inline uint16_t
p2p_sc_get16 (const uint8_t * p)
{
  return (uint16_t) (p[0] << 8 | p[1]);
}

/* Serial number arithmetic (RFC 1982): a comes after b. */
static inline bool
p2p_sc_after (uint32_t a, uint32_t b)
{
  return (int32_t) (a - b) > 0;
}

/* The chunk at *pos, which begins at P2P_SC_COMMON_HEADER and moves on; false at
 * the end, or when lengths are wrong. *n is 4 at least. */
static inline bool
p2p_sc_next_chunk (const uint8_t * packet, size_t len, size_t *pos,
    const uint8_t ** chunk, size_t *n)
{
  if (*pos > len || len - *pos < P2P_SC_CHUNK_HEADER)
    return false;
  *n = p2p_sc_get16 (packet + *pos + 2);
  if (*n < P2P_SC_CHUNK_HEADER || *n > len - *pos)
    return false;
  *chunk = packet + *pos;
  *pos += (*n + 3) & ~(size_t) 3;
  return true;
}

#endif /* P2P_SCPACKET_H */
