/* gst-plugins-p2p
 *
 * This library is free software; you can redistribute it and/or
 * modify it under the terms of the GNU Lesser General Public
 * License as published by the Free Software Foundation; either
 * version 2.1 of the License, or (at your option) any later version.
 */
/* p2pburst.c: what is there when a newcomer comes, and how it gets it (at video rates
 * p2pcatchup.c does).
 *
 * The first neighbour that it subscribes to sends the media of a latency at once.
 * How fast that comes, and whom it asks when it does not.
 */
#include "p2pcatchup.h"

#define MEAGRE_LEAST 11         /* eighths: a source that uploads 1.4 streams */
#define MEAGRE 48               /* twice what roots get; a burst takes what is left */
#define TRICKLE_US P2P_MSEC (60)        /* + 2 RTT: more comes at once, or seconds later */
#define LOOK_AGAIN_US P2P_MSEC (20)     /* for somebody else to ask */

/* The chunk from which on p, which is about to be subscribed to, is to send what
 * it has; NO_CHUNK: only what follows. */
uint32_t
p2p_burst_begin (P2pSwarm * self, const P2pPeer * p)
{
  if (self->positioned || self->burst_progress != P2P_TIME_NONE || !p->has_map)
    return NO_CHUNK;
  p2p_playout_set_target (self);
  /* behind its pushes it would trickle in: all are asked, each for a part */
  if (p2p_parents_eager (self))
    return NO_CHUNK;
  self->burst_progress = self->burst_asked = self->now;
  self->burst_to = p->newest;
  self->burst_from = p->link;
  self->burst_passed = self->burst_n = 0;
  self->pull_at = p2p_min_time (self->pull_at, p2p_burst_run (self));
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

/* It sends a burst from what it has to spare, chunk by chunk for seconds. With less
 * than that nobody has anything to spare: meshes repair themselves worse when relays
 * give the bursts (docs/bounds.md, "Strikes"). */
static bool
is_meagre (const P2pSwarm * self, const P2pPeer * giver)
{
  return giver && giver->role == P2P_ROLE_SOURCE
      && giver->capacity >= MEAGRE_LEAST && giver->capacity < MEAGRE
      && !p2p_parents_eager (self);
}

/* The nearest relay with upload for four streams that has places for so many
 * sub-streams. */
static P2pPeer *
strong_relay (const P2pSwarm * self, uint32_t places)
{
  P2pPeer *best = NULL;

  for (uint32_t i = 0; i < self->n_peers; i++) {
    P2pPeer *p = self->peers[i];

    if (p->role == P2P_ROLE_RELAY && p->has_map && !p->suspect
        && p->capacity >= RELAY_SLOTS_X * 8 && self->k > 0
        && p->free_slots >= places && p2p_peer_usable (self, p)
        && (!best || p2p_peer_rtt (p) < p2p_peer_rtt (best)))
      best = p;
  }
  return best;
}

/* One of its four streams is idle. */
static P2pPeer *
idle_relay (const P2pSwarm * self)
{
  return strong_relay (self, self->k);
}

/* Who has somebody else with more to give does not wait for it. */
bool
p2p_burst_trickles (const P2pSwarm * self)
{
  return is_meagre (self, p2p_peer_find (self, self->burst_from))
      && idle_relay (self);
}

static P2pTime
trickle_due (const P2pSwarm * self)
{
  const P2pPeer *giver = p2p_peer_find (self, self->burst_from);

  return self->burst_asked + TRICKLE_US +
      (giver ? 2 * p2p_peer_rtt (giver) : 0);
}

P2pTime
p2p_burst_due (const P2pSwarm * self)
{
  P2pTime due = self->burst_progress + BURST_STALL_US;

  if (p2p_burst_trickles (self))
    return p2p_min_time (due, trickle_due (self));
  /* each chunk that drips out of it is progress, for seconds; strong relays seem
   * full of those who left without a word */
  if (is_meagre (self, p2p_peer_find (self, self->burst_from))
      && strong_relay (self, 0))
    return p2p_min_time (due, self->burst_asked + BURST_STALL_US);
  return due;
}

/* Nothing at all has come: another one is asked for all of it, and sends what it has
 * not got yet when it comes. */
static void
ask_instead (P2pSwarm * self, P2pPeer * p)
{
  P2pRange all = { self->join_target, self->burst_to };
  P2pWriter w;

  if (all.first > all.last || !p2p_frame_begin (self, p, 64, &w))
    return;
  p2p_wire_put_range (&w, P2P_MSG_REQUEST, all);
  p2p_frame_commit (self, p, &w, P2P_STREAM_CONTROL, NO_BODY);
  self->burst_progress = self->burst_asked = self->now;
  self->burst_from = p->link;
}

P2pTime
p2p_burst_run (P2pSwarm * self)
{
  P2pPeer *relay;

  if (self->begun || self->burst_progress == P2P_TIME_NONE
      || !is_meagre (self, p2p_peer_find (self, self->burst_from)))
    return FOREVER;
  if (self->now < trickle_due (self))
    return trickle_due (self);
  relay = idle_relay (self);
  if (relay && self->window.end == self->window.base)
    ask_instead (self, relay);
  return self->now + LOOK_AGAIN_US;
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
