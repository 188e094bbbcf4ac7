/* gst-plugins-p2p
 *
 * This library is free software; you can redistribute it and/or
 * modify it under the terms of the GNU Lesser General Public
 * License as published by the Free Software Foundation; either
 * version 2.1 of the License, or (at your option) any later version.
 */
/* p2pid.h: peer and swarm ids: compare, hash, shorten, print. No state. */
#ifndef P2P_ID_H
#define P2P_ID_H

#include "p2ptypes.h"

/* Order of the bytes as unsigned numbers: <0, 0, >0. */
int p2p_peer_id_compare (const P2pPeerId * a, const P2pPeerId * b);
bool p2p_peer_id_equal (const P2pPeerId * a, const P2pPeerId * b);
/* For hash tables. Ids are digests, but a peer can choose among many. */
uint32_t p2p_peer_id_hash (const P2pPeerId * id);
/* The 32-bit id of paths and refusal lists: the first four bytes, big-endian;
 * 1 where they are all zero, for 0 means "none". */
uint32_t p2p_peer_id_short (const P2pPeerId * id);

bool p2p_swarm_id_equal (const P2pSwarmId * a, const P2pSwarmId * b);

/* Lower-case hex of n bytes with a terminating zero: out has 2 n + 1 bytes. */
void p2p_hex (const uint8_t * bytes, size_t n, char *out);
#define P2P_PEER_ID_HEX_LEN (2 * P2P_PEER_ID_LEN + 1)
void p2p_peer_id_to_hex (const P2pPeerId * id, char out[P2P_PEER_ID_HEX_LEN]);

#endif /* P2P_ID_H */
