/* gst-plugins-p2p
 *
 * This library is free software; you can redistribute it and/or
 * modify it under the terms of the GNU Lesser General Public
 * License as published by the Free Software Foundation; either
 * version 2.1 of the License, or (at your option) any later version.
 */
/* p2prepair.c: the holder's side of repair: REQUEST, CANCEL, HAVE.
 *
 * A REQUEST for a chunk not held yet stands until the chunk comes, is
 * cancelled, or leaves the window.
 */
#include "p2pswarmpriv.h"

#define MAX_REQUEST_RANGE 64    /* chunks of one REQUEST that are looked at */

void
p2p_repair_request (P2pSwarm * self, P2pPeer * p, P2pRange range)
{
  uint32_t n = range.last - range.first + 1;

  if (!p2p_peer_usable (self, p) || self->leaving)
    return;
  if (self->leaf) {
    self->stats.requests_refused++;
    return;
  }
  if (n > MAX_REQUEST_RANGE || n == 0)
    n = MAX_REQUEST_RANGE;
  for (uint32_t i = 0; i < n; i++) {
    uint32_t c = range.first + i;

    if (self->window.ring && c < self->window.base)
      self->stats.requests_refused++;
    else if (p2p_window_held (&self->window, c))
      p2p_queue_add (self, &p->pull, c);
    else
      p2p_queue_add (self, &p->standing, c);
  }
  p2p_push_list (self, p);
  p2p_push_taker (self, p);
  self->pump_dirty = true;
}

void
p2p_repair_cancel (P2pSwarm * self, P2pPeer * p, P2pRange range)
{
  uint32_t n = range.last - range.first + 1;

  if (n > MAX_REQUEST_RANGE || n == 0)
    n = MAX_REQUEST_RANGE;
  for (uint32_t i = 0; i < n; i++) {
    p2p_queue_remove (&p->pull, range.first + i);
    p2p_queue_remove (&p->standing, range.first + i);
  }
}

void
p2p_repair_announce (P2pSwarm * self, const P2pEntry * e)
{
  unsigned s = p2p_sub_of (self, e->chunk);
  P2pRange r = { e->chunk, e->chunk };
  P2pWriter w;

  for (uint32_t i = 0; i < self->n_peers; i++) {
    P2pPeer *p = self->peers[i];

    if (p->link == e->u.held.from || p->role == P2P_ROLE_SOURCE
        || (p->child_mask >> s & 1) || p->suspect
        || !p2p_peer_usable (self, p) || p2p_peer_has (self, p, e->chunk)
        || !p2p_frame_begin (self, p, 64, &w))
      continue;
    p2p_wire_put_range (&w, P2P_MSG_HAVE, r);
    p2p_frame_commit (self, p, &w, P2P_STREAM_CONTROL, NO_BODY);
  }
}

/* It has them: also cancels a push that waits (RFC 7574 section 3.7 says so
 * of a REQUEST). */
void
p2p_repair_have (P2pSwarm * self, P2pPeer * p, P2pRange range)
{
  uint32_t n = range.last - range.first + 1;

  p2p_repair_cancel (self, p, range);
  if (n > MAX_REQUEST_RANGE || n == 0)
    n = MAX_REQUEST_RANGE;
  for (uint32_t i = 0; i < n; i++) {
    p2p_queue_remove (&p->push, range.first + i);
    p2p_peer_note_older (self, p, range.first + i);
    p2p_peer_note_chunk (self, p, range.first + i);
    p2p_pull_offered (self, range.first + i);
  }
}
