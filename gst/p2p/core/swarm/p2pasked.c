/* gst-plugins-p2p
 *
 * This library is free software; you can redistribute it and/or
 * modify it under the terms of the GNU Lesser General Public
 * License as published by the Free Software Foundation; either
 * version 2.1 of the License, or (at your option) any later version.
 */
/* p2pasked.c: who was sent SUBSCRIBE and says nothing.
 *
 * After the death of many most neighbours that an orphan could ask may be dead, and
 * each that is costs it the whole wait for an answer. At video rates it asks those
 * first that were heard lately, and another one as soon as an answer should have come
 * from who has not said anything since. That is no proof that this one fell: it is
 * not suspect for it, and who says yes first is the parent.
 */
#include "p2pswarmpriv.h"

#define UNHEARD_US P2P_MSEC (100)       /* at least, before another one is asked */
#define LATELY_US P2P_MSEC (50) /* figures of links are as old as that */
#define SILENCE_MAX_US P2P_MSEC (400)   /* what asking the dead costs */

/* Not whenever somebody is slow to answer: that is no sign of a death, and two that
 * give what one is enough for are missing elsewhere. */
bool
p2p_asked_after_death (const P2pSwarm * self, unsigned s)
{
  const P2pSubstream *sub = &self->sub[s];

  return sub->fell != 0 && self->now < sub->avoid_until;
}

static P2pTime
patience (const P2pPeer * p)
{
  P2pTime t = 2 * p2p_peer_rtt (p);

  return t > UNHEARD_US ? t : UNHEARD_US;
}

static bool
is_unheard (const P2pPeer * p)
{
  return p->asked_mask && p->last_heard < p->subscribed_at;
}

void
p2p_asked_note (P2pSwarm * self, P2pPeer * p, uint16_t mask)
{
  if (!p2p_parents_eager (self))
    return;
  p->asked_mask |= mask;
  p->subscribed_at = self->now;
  self->ask_at = p2p_min_time (self->ask_at, self->now + patience (p));
}

bool
p2p_asked_in_vain (const P2pSwarm * self, const P2pPeer * p)
{
  return is_unheard (p) && self->now - p->subscribed_at >= patience (p);
}

P2pTime
p2p_asked_silence (const P2pSwarm * self, const P2pPeer * p)
{
  P2pTime silent = self->now - p->last_heard - LATELY_US;

  if (!p2p_parents_eager (self) || silent < 0)
    return 0;
  return silent < SILENCE_MAX_US ? silent : SILENCE_MAX_US;
}

/* It was sent SUBSCRIBE and has not been heard for so long: what else we say there
 * only piles up. */
static P2pTime
doubt (P2pSwarm * self, P2pPeer * p)
{
  P2pTime due = p->subscribed_at + SUBSCRIBE_WAIT_US + 2 * p2p_peer_rtt (p);

  if (p->suspect || !is_unheard (p))
    return FOREVER;
  if (due > self->now)
    return due;
  p->suspect = true;
  return FOREVER;
}

void
p2p_asked_run (P2pSwarm * self)
{
  P2pTime next = FOREVER;

  for (unsigned s = 0; s < self->k; s++) {
    P2pSubstream *sub = &self->sub[s];
    P2pPeer *p = p2p_peer_find (self, sub->pending);

    if (!p || !is_unheard (p) || !p2p_asked_after_death (self, s))
      continue;
    if (p2p_asked_in_vain (self, p)) {
      sub->pending = 0;
      self->parents_dirty = true;
    } else {
      next = p2p_min_time (next, p->subscribed_at + patience (p));
    }
  }
  for (uint32_t i = 0; i < self->n_peers; i++)
    next = p2p_min_time (next, doubt (self, self->peers[i]));
  self->ask_at = next;
}
