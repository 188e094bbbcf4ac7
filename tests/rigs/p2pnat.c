/* gst-plugins-p2p
 *
 * This library is free software; you can redistribute it and/or
 * modify it under the terms of the GNU Lesser General Public
 * License as published by the Free Software Foundation; either
 * version 2.1 of the License, or (at your option) any later version.
 */
/* p2pnat.c: see p2pnat.h. */
#include "p2pnat.h"

#include <string.h>

#define UDP 17
#define TCP 6
#define IP_MIN 20
/* Outer ports: apart from each other, so that no host guesses the next. */
#define FIRST_PORT 20000
#define PORT_STEP 37
#define PORTS 40000

/* Where the fields of a packet are. */
typedef struct
{
  uint8_t *ip, *transport;
  uint8_t protocol;
  uint8_t *checksum;            /* of UDP or TCP; NULL = none was made */
} View;

static uint16_t
get16 (const uint8_t * p)
{
  return (uint16_t) (p[0] << 8 | p[1]);
}

static uint32_t
get32 (const uint8_t * p)
{
  return (uint32_t) get16 (p) << 16 | get16 (p + 2);
}

static bool
look (uint8_t * packet, size_t len, View * v)
{
  size_t header = len >= IP_MIN ? (size_t) (packet[0] & 15) * 4 : 0;

  if (header < IP_MIN || packet[0] >> 4 != 4 || (get16 (packet + 6) & 0x3fff))
    return false;
  v->ip = packet;
  v->transport = packet + header;
  v->protocol = packet[9];
  if (v->protocol == UDP && len >= header + 8)
    v->checksum = get16 (v->transport + 6) ? v->transport + 6 : NULL;
  else if (v->protocol == TCP && len >= header + 20)
    v->checksum = v->transport + 16;
  else
    return false;
  return true;
}

/* RFC 1624: HC' = ~(~HC + ~m + m') */
static void
adjust (uint8_t * checksum, uint16_t before, uint16_t after)
{
  uint32_t sum = (uint16_t) ~ get16 (checksum) + (uint32_t) (uint16_t) ~ before
      + after;

  sum = (sum & 0xffff) + (sum >> 16);
  sum = (sum & 0xffff) + (sum >> 16);
  sum = ~sum & 0xffff;
  checksum[0] = (uint8_t) (sum >> 8);
  checksum[1] = (uint8_t) sum;
}

static void
put16 (View * v, uint8_t * at, uint16_t value, bool is_address)
{
  uint16_t before = get16 (at);

  if (v->checksum)
    adjust (v->checksum, before, value);
  if (is_address)
    adjust (v->ip + 10, before, value);
  at[0] = (uint8_t) (value >> 8);
  at[1] = (uint8_t) value;
}

static void
rewrite (View * v, size_t address_at, uint32_t address, size_t port_at,
    uint16_t port)
{
  put16 (v, v->ip + address_at, (uint16_t) (address >> 16), true);
  put16 (v, v->ip + address_at + 2, (uint16_t) address, true);
  put16 (v, v->transport + port_at, port, false);
  /* 0 would mean that there is none */
  if (v->checksum && v->protocol == UDP && get16 (v->checksum) == 0)
    v->checksum[0] = v->checksum[1] = 0xff;
}

static bool
has_remote (const P2pNatMapping * m, P2pNatEnd remote, bool with_port)
{
  unsigned n = m->n_remotes < P2P_NAT_REMOTES ? m->n_remotes : P2P_NAT_REMOTES;

  for (unsigned i = 0; i < n; i++) {
    if (m->remotes[i].address == remote.address
        && (!with_port || m->remotes[i].port == remote.port))
      return true;
  }
  return false;
}

static P2pNatMapping *
find_or_make (P2pNat * nat, uint8_t protocol, uint16_t inner, P2pNatEnd remote)
{
  P2pNatMapping *m;

  for (unsigned i = 0; i < P2P_NAT_MAPPINGS; i++) {
    m = &nat->mappings[i];
    if (m->protocol == protocol && m->inner == inner
        && (nat->kind != P2P_NAT_SYMMETRIC || has_remote (m, remote, true)))
      return m;
  }
  m = &nat->mappings[nat->n_made % P2P_NAT_MAPPINGS];
  memset (m, 0, sizeof *m);
  m->protocol = protocol;
  m->inner = inner;
  m->outer = (uint16_t) (FIRST_PORT + nat->n_made * PORT_STEP % PORTS);
  nat->n_made++;
  return m;
}

bool
p2p_nat_out (P2pNat * nat, uint8_t * packet, size_t len)
{
  P2pNatMapping *m;
  P2pNatEnd remote;
  View v;

  if (nat->kind == P2P_NAT_NONE)
    return true;
  if (!look (packet, len, &v) || get32 (packet + 12) != nat->inner)
    return false;
  remote.address = get32 (packet + 16);
  remote.port = get16 (v.transport + 2);
  m = find_or_make (nat, v.protocol, get16 (v.transport), remote);
  if (!has_remote (m, remote, true))
    m->remotes[m->n_remotes++ % P2P_NAT_REMOTES] = remote;
  rewrite (&v, 12, nat->outer, 0, m->outer);
  return true;
}

bool
p2p_nat_in (P2pNat * nat, uint8_t * packet, size_t len)
{
  P2pNatEnd remote;
  View v;

  if (nat->kind == P2P_NAT_NONE)
    return true;
  if (!look (packet, len, &v))
    return false;
  remote.address = get32 (packet + 12);
  remote.port = get16 (v.transport);
  for (unsigned i = 0; i < P2P_NAT_MAPPINGS; i++) {
    P2pNatMapping *m = &nat->mappings[i];

    if (m->protocol != v.protocol || m->outer != get16 (v.transport + 2))
      continue;
    if (nat->kind != P2P_NAT_FULL
        && !has_remote (m, remote, nat->kind != P2P_NAT_RESTRICTED))
      return false;
    rewrite (&v, 16, nat->inner, 2, m->inner);
    return true;
  }
  return false;
}

void
p2p_nat_init (P2pNat * nat, P2pNatKind kind, uint32_t inner, uint32_t outer)
{
  /* servers remember the ports of another time */
  unsigned n_made = nat->n_made;

  memset (nat, 0, sizeof *nat);
  nat->n_made = n_made;
  nat->kind = kind;
  nat->inner = inner;
  nat->outer = outer;
}

bool
p2p_nat_kind_from_name (const char *name, P2pNatKind * kind)
{
  static const char *const names[] = {
    "none", "full", "restricted", "port-restricted", "symmetric"
  };

  for (unsigned i = 0; i < sizeof names / sizeof *names; i++) {
    if (!strcmp (name, names[i])) {
      *kind = (P2pNatKind) i;
      return true;
    }
  }
  return false;
}
