/* gst-plugins-p2p
 *
 * This library is free software; you can redistribute it and/or
 * modify it under the terms of the GNU Lesser General Public
 * License as published by the Free Software Foundation; either
 * version 2.1 of the License, or (at your option) any later version.
 */
/* p2pdelay.c: how long what we send waits in our own uplink, when we were told what
 * that carries and it may not.
 *
 * Of each link one message at a time is timed, a STATUS as well as a chunk: a line
 * that is full of acknowledgements carries no chunk that could be. What is longer
 * than the shortest round trip, and common to all links, waits in our line, in either
 * direction; what comes in is stamped with when it was sent, and tells how much of
 * that is the other one.
 */
#include "p2pswarmpriv.h"

#define FRESH_US P2P_SEC (2)    /* a timed message tells of now for so long */
#define LONG_US P2P_SEC (1)     /* what is under way tells more than nothing then */
#define HEARD_US P2P_SEC (1)
#define MIN_LINKS 2             /* tell more than of a neighbour's line, */
#define LINKS_PART 4            /* so do that part of all */
#define STAMP_US P2P_SEC (300)  /* clocks drift by 30 ms in that */
#define MAX_DELAY_US P2P_SEC (30)

void
p2p_delay_sent (P2pSwarm * self, P2pPeer * p)
{
  if (p->timed_left != 0)
    return;
  p->timed_at = self->now;
  p->timed_left = p->unacked;
}

/* Before p->unacked falls to that. What another swarm sends on the link is not told
 * apart: then it seems to be there sooner than it is. */
void
p2p_delay_acked (P2pSwarm * self, P2pPeer * p, uint32_t unacked)
{
  uint32_t fell = unacked < p->unacked ? p->unacked - unacked : 0;
  P2pTime took = self->now - p->timed_at;

  if (p->timed_left == 0)
    return;
  p->timed_left -= fell < p->timed_left ? fell : p->timed_left;
  if (unacked == 0)
    p->timed_left = 0;
  if (p->timed_left != 0)
    return;
  p->took_us = took < MAX_DELAY_US ? (uint32_t) took : MAX_DELAY_US;
  p->took_at = self->now;
}

/* A chunk came; the stamp is of a clock that is not ours, and anybody's word. */
void
p2p_delay_stamped (P2pSwarm * self, P2pPeer * p, uint64_t stamp)
{
  uint32_t way = (uint32_t) ((uint64_t) self->now - stamp);

  if (p->stamped_at == 0 || self->now - p->way_since >= STAMP_US) {
    p->way_base = p->stamped_at == 0 ? way : p->next_way_base;
    p->next_way_base = way;
    p->way_since = self->now;
  }
  if ((int32_t) (way - p->next_way_base) < 0)
    p->next_way_base = way;
  if ((int32_t) (way - p->way_base) < 0)
    p->way_base = way;
  p->way = way;
  p->stamped_at = self->now;
}

/* What all that comes in has in common. */
static P2pTime
downlink (const P2pSwarm * self)
{
  P2pTime least = -1;

  for (uint32_t i = 0; i < self->n_peers; i++) {
    const P2pPeer *p = self->peers[i];
    P2pTime late = (int32_t) (p->way - p->way_base);

    if (p->stamped_at == 0 || self->now - p->stamped_at >= HEARD_US)
      continue;
    if (least < 0 || late < least)
      least = late;
  }
  return least < 0 ? 0 : least;
}

/* -1: it tells nothing. */
static P2pTime
late_by (const P2pSwarm * self, const P2pPeer * p)
{
  P2pTime took = -1;

  if (!p->up || p->base_us == 0)
    return -1;
  if (p->took_at != 0 && self->now - p->took_at < FRESH_US)
    took = p->took_us;
  /* it lives, and has not got it */
  if (p->timed_left != 0 && p->last_heard >= p->timed_at + p->base_us
      && self->now - p->timed_at > (took < 0 ? LONG_US : took))
    took = self->now - p->timed_at;
  if (took < 0)
    return -1;
  return took > p->base_us ? took - p->base_us : 0;
}

P2pTime
p2p_delay_uplink (const P2pSwarm * self)
{
  P2pTime least = -1, down;
  unsigned links = 0;

  for (uint32_t i = 0; i < self->n_peers; i++) {
    P2pTime late = late_by (self, self->peers[i]);

    if (late < 0)
      continue;
    links++;
    if (least < 0 || late < least)
      least = late;
  }
  if (links < MIN_LINKS || links * LINKS_PART < self->n_peers)
    return -1;
  down = downlink (self);
  return least > down ? least - down : 0;
}
