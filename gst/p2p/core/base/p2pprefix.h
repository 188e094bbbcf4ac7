/* gst-plugins-p2p
 *
 * This library is free software; you can redistribute it and/or
 * modify it under the terms of the GNU Lesser General Public
 * License as published by the Free Software Foundation; either
 * version 2.1 of the License, or (at your option) any later version.
 */
/* p2pprefix.h: the network that an address belongs to, as far as its owner
 * can't choose it: who has one address of a /24 (IPv4) or /48 (IPv6) may well have
 * all of them. No state. */
#ifndef P2P_PREFIX_H
#define P2P_PREFIX_H

#include "p2ptypes.h"

/* A hash of the /24 or /48; len is 4 or 16, in network order. 0 = none: loopback,
 * link-local, private (RFC 1918, 4193) and carriers' (RFC 6598) addresses, which are
 * reached from the same site only, and anything that is no address. IPv4
 * within IPv6 (mapped, NAT64, 6to4) counts as what it is. */
uint32_t p2p_prefix_of (const uint8_t * address, size_t len);

#endif /* P2P_PREFIX_H */
