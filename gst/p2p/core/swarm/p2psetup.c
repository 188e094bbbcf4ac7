/* gst-plugins-p2p
 *
 * This library is free software; you can redistribute it and/or
 * modify it under the terms of the GNU Lesser General Public
 * License as published by the Free Software Foundation; either
 * version 2.1 of the License, or (at your option) any later version.
 */
/* p2psetup.c: links under way.
 *
 * ICE, DTLS and SCTP of one link cost a capped member as much as a chunk, and
 * they wait for nobody once they have begun: so they begin when there is a place
 * for the link and room for their bytes, and those bytes are reserved until the
 * link is up or has failed.
 */
#include "p2proots.h"

#include <string.h>

#define MAX_PUSH_AGE_US P2P_MSEC (50)
#define MIN_LINKS 2             /* whoever has less takes one, late or not */
#define FORGET_US P2P_SEC (15)  /* the host gives a link up before that */

static P2pSetUp *
find (P2pSwarm * self, P2pLinkId link)
{
  for (uint32_t i = 0; i < self->n_set_ups; i++) {
    if (self->set_up[i].link == link)
      return &self->set_up[i];
  }
  return NULL;
}

bool
p2p_swarm_may_set_up_link (P2pSwarm * self, uint32_t bytes, P2pTime now)
{
  if (now > self->now)
    self->now = now;
  if (self->leaving || self->n_set_ups >= MAX_SET_UPS
      || p2p_peer_places (self) <= self->n_set_ups)
    return false;
  p2p_bucket_refill (self);
  if (self->cap_bps == 0 || !p2p_bucket_has_room_for_link (self, bytes)) {
    p2p_bucket_want_room_for_link (self, bytes);
    return self->cap_bps == 0;
  }
  /* relays are many, a source is one: what it has left paces newcomers, and
   * while its media are behind none is worth making them later */
  if (!self->source || self->n_peers < MIN_LINKS)
    return true;
  if (p2p_roots_in_unrest (self) && p2p_members_bereft (self))
    return true;                /* what waits waits for them */
  return self->push_age <= MAX_PUSH_AGE_US && p2p_bucket_spare (self);
}

void
p2p_swarm_set_up_link (P2pSwarm * self, P2pLinkId link, uint32_t bytes,
    uint32_t prefix, P2pTime now)
{
  P2pSetUp *s;

  p2p_swarm_begin (self, now);
  if (self->n_set_ups < MAX_SET_UPS && !find (self, link)) {
    s = &self->set_up[self->n_set_ups++];
    memset (s, 0, sizeof *s);
    s->link = link;
    s->since = self->now;
    s->prefix = prefix;
    s->admitted = p2p_peer_places (self) >= self->n_set_ups;
    if (self->cap_bps) {
      s->reserved = bytes;
      self->set_up_bytes += bytes;
      self->tokens -= bytes;
      p2p_bucket_spend_spare (self, bytes);
    }
  }
  p2p_swarm_settle (self);
}

/* What was sent moves from the reserve into the last 2 s. */
static void
note_sent (P2pSwarm * self, P2pSetUp * s, uint64_t wire_sent)
{
  uint64_t new = wire_sent > s->sent ? wire_sent - s->sent : 0;
  uint32_t covered = new < s->reserved ? (uint32_t) new : s->reserved;

  s->sent += new;
  self->stats.bytes_wire_sent += new;
  s->reserved -= covered;
  self->set_up_bytes -= covered;
  if (self->cap_bps && covered)
    p2p_bucket_note_spent (self, covered);
  new -= covered;
  if (new > 0)                  /* more than was thought */
    p2p_bucket_charge (self, new > 1000000 ? 1000000 : (uint32_t) new);
}

void
p2p_swarm_set_up_sent (P2pSwarm * self, P2pLinkId link, uint64_t wire_sent,
    P2pTime now)
{
  P2pSetUp *s;

  p2p_swarm_begin (self, now);
  s = find (self, link);
  if (s)
    note_sent (self, s, wire_sent);
  p2p_swarm_settle (self);
}

bool
p2p_set_up_admitted (P2pSwarm * self, P2pLinkId link)
{
  const P2pSetUp *s = find (self, link);

  return s && s->admitted;
}

uint64_t
p2p_set_up_done (P2pSwarm * self, P2pLinkId link)
{
  P2pSetUp *s = find (self, link);
  uint64_t sent;

  if (!s)
    return 0;
  sent = s->sent;
  self->set_up_bytes -= s->reserved;
  self->tokens += s->reserved;
  self->spare += s->reserved;
  *s = self->set_up[--self->n_set_ups];
  return sent;
}

void
p2p_swarm_set_up_failed (P2pSwarm * self, P2pLinkId link, P2pTime now)
{
  p2p_swarm_begin (self, now);
  self->links_failed++;
  p2p_set_up_done (self, link);
  p2p_swarm_settle (self);
}

void
p2p_set_up_tick (P2pSwarm * self)
{
  for (uint32_t i = self->n_set_ups; i > 0; i--) {
    if (self->now - self->set_up[i - 1].since >= FORGET_US)
      p2p_set_up_done (self, self->set_up[i - 1].link);
  }
}
