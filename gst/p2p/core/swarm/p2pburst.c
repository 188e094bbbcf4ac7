/* gst-plugins-p2p
 *
 * This library is free software; you can redistribute it and/or
 * modify it under the terms of the GNU Lesser General Public
 * License as published by the Free Software Foundation; either
 * version 2.1 of the License, or (at your option) any later version.
 */
/* p2pburst.c: what is there when a newcomer comes, and how it gets it.
 *
 * The first neighbour that it subscribes to sends the media of a latency at once.
 * How fast that comes, and whom it asks when it does not.
 */
#include "p2pswarmpriv.h"

#define TRICKLES 16             /* eighths: two streams */
#define TRICKLES_NOT 28         /* half a stream more than roots get */
#define TRICKLE_US P2P_MSEC (150)       /* more comes at once, or seconds later */

/* Who has four streams to give sends what a newcomer lacks back to back. From
 * anybody else it would trickle in behind all pushes: then the newcomer asks
 * everybody it has a link to, each for a part. */
static bool
gives_burst (const P2pSwarm * self, const P2pPeer * p)
{
  return !p2p_parents_eager (self) || (p->capacity >= RELAY_SLOTS_X * 8
      && p->free_slots > 0);
}

/* The chunk from which on p, which is about to be subscribed to, is to send what
 * it has; NO_CHUNK: only what follows. */
uint32_t
p2p_burst_begin (P2pSwarm * self, const P2pPeer * p)
{
  if (self->positioned || self->burst_progress != P2P_TIME_NONE || !p->has_map)
    return NO_CHUNK;
  p2p_playout_set_target (self);
  if (!gives_burst (self, p))
    return NO_CHUNK;
  self->burst_progress = self->burst_asked = self->now;
  self->burst_to = p->newest;
  self->burst_from = p->link;
  self->burst_passed = self->burst_n = 0;
  return self->join_target;
}

bool
p2p_burst_covers (const P2pSwarm * self, uint32_t chunk)
{
  return self->burst_progress != P2P_TIME_NONE && chunk <= self->burst_to;
}

void
p2p_burst_note (P2pSwarm * self, const P2pPending * c)
{
  if (self->positioned && self->begun)
    return;
  if (c->link != self->burst_from || !c->pushed
      || !p2p_burst_covers (self, c->chunk))
    return;
  if (self->burst_n++ == 0)
    self->burst_began = self->now;
  self->burst_last = self->now;
  if (c->chunk > self->burst_passed)
    self->burst_passed = c->chunk;
}

/* A relay with upload for four streams, one of them idle. */
static bool
knows_idle_relay (const P2pSwarm * self)
{
  for (uint32_t i = 0; i < self->n_peers; i++) {
    const P2pPeer *p = self->peers[i];

    if (p->role == P2P_ROLE_RELAY && p->has_map && !p->suspect
        && p->capacity >= RELAY_SLOTS_X * 8 && self->k > 0
        && p->free_slots >= self->k && p2p_peer_usable (self, p))
      return true;
  }
  return false;
}

/* A source of two or three streams sends a burst from what it has to spare, chunk by
 * chunk for seconds: who has somebody else with more to give does not wait. */
bool
p2p_burst_trickles (const P2pSwarm * self)
{
  const P2pPeer *giver = p2p_peer_find (self, self->burst_from);

  return giver && giver->role == P2P_ROLE_SOURCE
      && giver->capacity >= TRICKLES && giver->capacity < TRICKLES_NOT
      && !p2p_parents_eager (self)
      && knows_idle_relay (self);
}

P2pTime
p2p_burst_due (const P2pSwarm * self)
{
  P2pTime due = self->burst_progress + BURST_STALL_US;

  return p2p_burst_trickles (self) ?
      p2p_min_time (due, self->burst_asked + TRICKLE_US) : due;
}

/* The n-th missing chunk of the burst comes before it is due, at half the pace
 * of what has come, which is at least as much. Of a giver with little upload
 * nothing is known: what its cap had saved up comes at once, the rest when
 * nobody else has a wish. */
bool
p2p_burst_comes_in_time (const P2pSwarm * self, uint32_t n, P2pTime left)
{
  const P2pPeer *giver = p2p_peer_find (self, self->burst_from);
  P2pTime took = self->now - self->burst_began;

  return giver && giver->capacity >= RELAY_SLOTS_X * 8
      && n <= self->burst_n && took >= BEGIN_PACE_US
      && self->now - self->burst_last <= BEGIN_PACE_US
      && 2 * took * n / self->burst_n <= left - p2p_playout_slack (self);
}
