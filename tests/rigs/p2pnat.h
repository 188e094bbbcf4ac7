/* gst-plugins-p2p
 *
 * This library is free software; you can redistribute it and/or
 * modify it under the terms of the GNU Lesser General Public
 * License as published by the Free Software Foundation; either
 * version 2.1 of the License, or (at your option) any later version.
 */
/* p2pnat.h: a network address translator for one host, in the kinds that RFC
 * 4787 tells apart (the names are those of RFC 3489):
 *
 *   kind                mapping                     lets in
 *   full cone           of the inner port           everybody
 *   restricted          of the inner port           addresses sent to
 *   port-restricted     of the inner port           addresses and ports sent to
 *   symmetric           of inner port and remote    the remote
 *
 * UDP and TCP over IPv4, without fragments. No time-outs: a rig does not live
 * that long. Packets are changed in place, checksums with them (RFC 1624).
 */
#ifndef P2P_NAT_H
#define P2P_NAT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef enum
{
  P2P_NAT_NONE, P2P_NAT_FULL, P2P_NAT_RESTRICTED, P2P_NAT_PORT_RESTRICTED,
  P2P_NAT_SYMMETRIC
} P2pNatKind;

/* Then the oldest mapping goes; a link has a socket per address. */
#define P2P_NAT_MAPPINGS 256
#define P2P_NAT_REMOTES 32      /* of one mapping */

typedef struct
{
  uint32_t address;
  uint16_t port;
} P2pNatEnd;

typedef struct
{
  uint8_t protocol;             /* 0 = unused */
  uint16_t inner, outer;
  P2pNatEnd remotes[P2P_NAT_REMOTES];   /* sent to, newest overwrite oldest */
  unsigned n_remotes;
} P2pNatMapping;

typedef struct
{
  P2pNatKind kind;
  uint32_t inner, outer;        /* addresses, host order */
  P2pNatMapping mappings[P2P_NAT_MAPPINGS];
  unsigned n_made;              /* ever */
} P2pNat;

/* "none", "full", "restricted", "port-restricted", "symmetric" */
bool p2p_nat_kind_from_name (const char *name, P2pNatKind * kind);
void p2p_nat_init (P2pNat * nat, P2pNatKind kind, uint32_t inner, uint32_t outer);
/* From the host to the world, and back. False: it does not pass. */
bool p2p_nat_out (P2pNat * nat, uint8_t * packet, size_t len);
bool p2p_nat_in (P2pNat * nat, uint8_t * packet, size_t len);

#endif
