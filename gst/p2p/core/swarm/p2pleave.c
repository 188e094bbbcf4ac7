/* gst-plugins-p2p
 *
 * This library is free software; you can redistribute it and/or
 * modify it under the terms of the GNU Lesser General Public
 * License as published by the Free Software Foundation; either
 * version 2.1 of the License, or (at your option) any later version.
 */
/* p2pleave.c: who goes with a word, and what follows.
 *
 * A leaver says LEAVE and goes on feeding the children that it has until they have
 * found another parent, or for a second. They look for one while it does. It takes
 * nobody new, asks for nothing, and its own places are free for others at once.
 */
#include "p2pleave.h"
#include "p2proots.h"

#include <string.h>

#define GRACE_US P2P_SEC (1)
#define GONE_US P2P_SEC (2)
#define SILENT_US P2P_MSEC (500)

/* ---- we go ---- */

static void
say (P2pSwarm * self, P2pPeer * p)
{
  P2pPeerList list;
  P2pWriter w;

  if (!p2p_frame_begin (self, p, 1024, &w))
    return;
  memset (&list, 0, sizeof list);
  p2p_fill_candidates (self, &list, p);
  list.mask = p->child_mask;
  p2p_wire_put_peer_list (&w, P2P_MSG_LEAVE, &list);
  p2p_frame_commit (self, p, &w, P2P_STREAM_CONTROL, NO_BODY);
}

void
p2p_swarm_leave (P2pSwarm * self, P2pTime now)
{
  p2p_swarm_begin (self, now);
  for (uint32_t i = 0; i < self->n_peers && !self->leaving; i++) {
    P2pPeer *p = self->peers[i];

    if (!p->up || p->dropped)
      continue;
    say (self, p);
    p2p_queue_clear (&p->pull);
    p2p_queue_clear (&p->standing);
    p->burst_next = p->burst_end = 0;
  }
  if (!self->leaving)
    self->leave_until = self->now + (self->source ? 0 : GRACE_US);
  self->leaving = true;
  p2p_swarm_settle (self);
}

static bool
has_children (const P2pSwarm * self)
{
  for (uint32_t i = 0; i < self->n_peers; i++) {
    const P2pPeer *p = self->peers[i];

    if (p->child_mask && p2p_peer_linked (self, p) && !p->stuck && !p->suspect)
      return true;
  }
  return false;
}

bool
p2p_swarm_has_left (const P2pSwarm * self)
{
  return self->leaving && (self->now >= self->leave_until
      || !has_children (self));
}

P2pTime
p2p_leave_deadline (const P2pSwarm * self)
{
  return p2p_swarm_has_left (self) ? FOREVER :
      p2p_min_time (self->leave_until, self->send_at);
}

/* What no child takes any more is of no use here. */
static void
give_back (P2pSwarm * self)
{
  uint16_t wanted = 0;

  for (uint32_t i = 0; i < self->n_peers; i++)
    wanted |= self->peers[i]->child_mask;
  for (unsigned s = 0; s < self->k; s++) {
    P2pPeer *p = p2p_peer_find (self, self->sub[s].parent);

    if (!p || (wanted >> s & 1))
      continue;
    p2p_unsubscribe (self, p, (uint16_t) (1u << s));
    self->sub[s].parent = 0;
  }
}

void
p2p_leave_run (P2pSwarm * self)
{
  give_back (self);
  if (!p2p_swarm_has_left (self)
      && (self->pump_dirty || self->now >= self->send_at))
    p2p_push_pump (self);
}

/* ---- another one goes ---- */

/* Who said so long ago that it goes, or is silent since, and holds a link still, has
 * gone without closing it, or never meant to. */
void
p2p_leave_tick (P2pSwarm * self)
{
  for (uint32_t i = 0; i < self->n_peers; i++) {
    P2pPeer *p = self->peers[i];

    if (p->leaving && (self->now - p->leaving_since >= GONE_US
            || p2p_peer_is_silent (self, p, SILENT_US)))
      p2p_peer_drop (self, p, false, 0);
  }
}

void
p2p_leave_receive (P2pSwarm * self, P2pPeer * p, const P2pPeerList * m)
{
  bool publisher = p2p_peer_is_source (self, p);

  p2p_members_receive (self, p, m);
  if (!p->leaving) {
    p->leaving = true;
    p->leaving_since = self->now;
    p2p_roots_left (self, p);
    p2p_queue_clear (&p->pull);
    p2p_queue_clear (&p->standing);
    p->burst_next = p->burst_end = 0;
    if (publisher)
      p2p_parents_lose (self, p, 0xffff, false);
    else
      p2p_parents_notice (self, p, self->now + GRACE_US);
    p2p_pull_forget_link (self, p);
  }
  if (publisher && !self->publisher_left && !self->ended) {
    self->publisher_left = true;
    p2p_action_event (self, P2P_EVENT_PUBLISHER_LEFT, p->link,
        &p->info.peer_id, 0);
  }
  self->parents_dirty = true;
}
