/* gst-plugins-p2p
 *
 * This library is free software; you can redistribute it and/or
 * modify it under the terms of the GNU Lesser General Public
 * License as published by the Free Software Foundation; either
 * version 2.1 of the License, or (at your option) any later version.
 */
/* p2ppatience.c: who has little upload waits for those above it.
 *
 * Whoever loses its parent leaves all below it without food, a whole subtree in a
 * deep forest. What it finds, in a second or two, feeds them all again. If all of
 * them look for other parents, ask for every chunk and tell it to all neighbours, small
 * uplinks have no room for media any more, more sub-streams are late, and so on. So
 * at audio rates who uploads less than three streams, and spends more on control than
 * a calm swarm does, leaves it to who lost its parent: who has one that lives waits. Not
 * beside the source, nor where a tight source is known: nobody else has what is missing.
 */
#include "p2pcatchup.h"
#include "p2ppatience.h"

#define SMALL 22                /* eighths: surely less than three streams */
#define STORM_PERCENT 17        /* of the stream, for everything but media */
#define FAR_HOPS 2              /* ids of the path: the parent is not the source */
#define STALE_MORE_US P2P_SEC (1)
#define REQUEST_LATER_US P2P_MSEC (400)
#define FAR_SURE_US P2P_MSEC (700)      /* an answer behind what is pushed takes so long */
#define FAR_HOPE_US P2P_MSEC (400)
#define NEW_US P2P_SEC (10)     /* what a newcomer has to give nobody knows yet */

static bool
is_patient (const P2pSwarm * self, unsigned s)
{
  return !self->source && !p2p_parents_eager (self) && self->n_tight == 0
      && self->cap_bps != 0 && p2p_own_capacity (self) < SMALL
      && self->sub[s].path_len >= FAR_HOPS
      && (uint64_t) self->control_bps * 100 > (uint64_t) p2p_stream_bps (self)
      * STORM_PERCENT;
}

bool
p2p_patience_ends (const P2pSwarm * self, unsigned s)
{
  const P2pSubstream *sub = &self->sub[s];
  P2pTime since = sub->moved_at;

  if (p2p_parents_fresh (self, s))
    return false;
  if (!sub->parent || !is_patient (self, s))
    return true;
  if (sub->newest != NO_CHUNK && sub->newest_arrival > since)
    since = sub->newest_arrival;
  return self->now - since > self->k * self->interval_us + STALE_US
      + STALE_MORE_US;
}

P2pTime
p2p_patience_with_chunk (const P2pSwarm * self, uint32_t chunk)
{
  unsigned s = p2p_sub_of (self, chunk);
  const P2pSubstream *sub = &self->sub[s];
  const P2pPeer *p = p2p_peer_find (self, sub->parent);

  if (!p || p->suspect || !is_patient (self, s))
    return 0;
  /* it left this one out, or never had to push it */
  if (chunk < sub->first || (sub->newest != NO_CHUNK && sub->newest > chunk)
      || p2p_burst_covers (self, chunk))
    return 0;
  return REQUEST_LATER_US;
}

P2pTime
p2p_patience_with_answer (const P2pSwarm * self, uint32_t chunk, bool sure)
{
  if (is_patient (self, p2p_sub_of (self, chunk)))
    return sure ? FAR_SURE_US : FAR_HOPE_US;
  return sure ? ASK_SURE_US : ASK_HOPE_US;
}

bool
p2p_patience_tells_later (const P2pSwarm * self, unsigned s)
{
  return self->now - self->created > NEW_US && is_patient (self, s);
}
