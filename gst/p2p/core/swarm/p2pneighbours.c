/* gst-plugins-p2p
 *
 * This library is free software; you can redistribute it and/or
 * modify it under the terms of the GNU Lesser General Public
 * License as published by the Free Software Foundation; either
 * version 2.1 of the License, or (at your option) any later version.
 */
/* p2pneighbours.c: which neighbours a member has.
 *
 * Of one address prefix no more than a quarter: who has one address of a /24 may
 * have them all, and a member whose neighbours are all one's sees what that one
 * likes.
 */
#include "p2pswarmpriv.h"

#define PREFIX_SHARE 4          /* a quarter of the places (the "25 %" of the swarm
                                 * reference, 7.2), */
#define PREFIX_LEAST 2          /* but two: many live behind one carrier's NAT */

unsigned
p2p_prefix_limit (const P2pSwarm * self)
{
  unsigned limit = p2p_max_neighbours (self) / PREFIX_SHARE;

  return limit > PREFIX_LEAST ? limit : PREFIX_LEAST;
}

/* Links of that prefix, and those under way. Lost ones do not hold a place. */
static unsigned
count_prefix (const P2pSwarm * self, uint32_t prefix, P2pLinkId except)
{
  unsigned n = 0;

  for (uint32_t i = 0; i < self->n_peers; i++) {
    const P2pPeer *p = self->peers[i];

    n += p->info.prefix == prefix && !p->dropped && !p2p_peer_is_lost (self, p);
  }
  for (uint32_t i = 0; i < self->n_set_ups; i++)
    n += self->set_up[i].prefix == prefix && self->set_up[i].link != except;
  return n;
}

bool
p2p_swarm_prefix_has_room (const P2pSwarm * self, uint32_t prefix)
{
  return prefix == 0 || count_prefix (self, prefix, 0)
      < p2p_prefix_limit (self);
}

/* A link is up: its prefix is known now, not only what was said of it. The one it
 * takes the place of, when that is lost, goes: it could come back. */
bool
p2p_prefix_admit (P2pSwarm * self, P2pLinkId link, uint32_t prefix)
{
  unsigned limit = p2p_prefix_limit (self), taken = 0;
  P2pPeer *lost = NULL;

  if (prefix == 0)
    return true;
  if (count_prefix (self, prefix, link) >= limit) {
    self->stats.links_refused_prefix++;
    return false;
  }
  for (uint32_t i = 0; i < self->n_peers; i++) {
    P2pPeer *p = self->peers[i];

    if (p->info.prefix != prefix || p->dropped)
      continue;
    taken++;
    if (p2p_peer_is_lost (self, p)
        && (!lost || p->last_heard < lost->last_heard))
      lost = p;
  }
  if (lost && taken >= limit)
    p2p_peer_drop (self, lost, false, 0);
  return true;
}

/* Percent of the neighbours that have the commonest prefix. */
uint32_t
p2p_prefix_share (const P2pSwarm * self)
{
  unsigned most = 0;

  for (uint32_t i = 0; i < self->n_peers; i++) {
    unsigned n = 0;

    for (uint32_t j = i; self->peers[i]->info.prefix && j < self->n_peers; j++)
      n += self->peers[j]->info.prefix == self->peers[i]->info.prefix;
    if (n > most)
      most = n;
  }
  return self->n_peers ? most * 100 / self->n_peers : 0;
}
