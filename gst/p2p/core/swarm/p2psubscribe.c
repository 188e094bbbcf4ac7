/* gst-plugins-p2p
 *
 * This library is free software; you can redistribute it and/or
 * modify it under the terms of the GNU Lesser General Public
 * License as published by the Free Software Foundation; either
 * version 2.1 of the License, or (at your option) any later version.
 */
/* p2psubscribe.c: what a new parent is asked for.
 *
 * From which chunk on it is to push: what the old parent brings, or one that was sent a
 * REQUEST, would come twice.
 */
#include "p2pcatchup.h"

#include <string.h>

#define ANSWERED_US P2P_MSEC (400)      /* after that the answer is late, too */

/* The next ones of sub-streams that come in. */
static uint32_t
first_next (const P2pSwarm * self, uint16_t mask)
{
  uint32_t first = self->window.end;

  for (unsigned s = 0; s < self->k; s++) {
    const P2pSubstream *sub = &self->sub[s];

    if ((mask >> s & 1) && sub->newest != NO_CHUNK
        && sub->newest + self->k < first)
      first = sub->newest + self->k;
  }
  return first;
}

/* One that holds it was asked for it a moment ago. */
static bool
is_answered (const P2pSwarm * self, const P2pEntry * e, uint32_t chunk)
{
  if (!e || e->u.asked.tries == 0 || !p2p_parents_eager (self)
      || self->now - e->u.asked.at >= ANSWERED_US)
    return false;
  for (int i = 0; i < P2P_ENTRY_ASKED; i++) {
    const P2pPeer *p = p2p_peer_find (self, e->u.asked.link[i]);

    if (p && !p->suspect && p2p_peer_has (self, p, chunk))
      return true;
  }
  return false;
}

/* The oldest chunk still missing of those of these sub-streams that have no
 * parent: a new one sends it at once if it holds it. No further back than
 * 2.5 s: what the death of many at once takes. On a move the old parent has it
 * under way. */
static uint32_t
first_missing (P2pSwarm * self, uint16_t mask)
{
  uint16_t all = mask;
  uint32_t c = p2p_playout_first (self), end = self->window.end;
  uint32_t back = self->interval_us > 0 ?
      (uint32_t) ((p2p_parents_eager (self) ? P2P_MSEC (2500) :
          P2P_SEC (1)) / self->interval_us) : 8;

  for (unsigned s = 0; s < self->k; s++) {
    if (!self->sub[s].avoid && p2p_parents_fresh (self, s))
      mask &= (uint16_t) ~ (1u << s);
  }
  if (!self->positioned || mask == 0)
    return self->positioned && p2p_parents_eager (self) ?
        first_next (self, all) : end;
  if (end > back && c < end - back)
    c = end - back;
  for (; c < end; c++) {
    const P2pEntry *e = p2p_window_get (&self->window, c);

    if ((mask >> p2p_sub_of (self, c) & 1)
        && (!e || e->state == P2P_ENTRY_MISSING) && !is_answered (self, e, c))
      return c;
  }
  return end;
}

const P2pPeer *
p2p_subscribe_leaver (const P2pSwarm * self, unsigned s)
{
  const P2pPeer *p = p2p_peer_find (self, self->sub[s].parent);

  return p && p->leaving ? p : NULL;
}

static bool
is_refused (const P2pSubscribe * m, uint32_t id)
{
  for (unsigned i = 0; i < m->refuse_len; i++) {
    if (m->refuse[i] == id)
      return true;
  }
  return false;
}

void
p2p_subscribe_send (P2pSwarm * self, P2pPeer * p, uint16_t mask, uint32_t burst)
{
  P2pSubscribe m;
  P2pWriter w;

  memset (&m, 0, sizeof m);
  m.mask = mask;
  m.first = first_missing (self, mask);
  if (self->window.end == self->window.base)
    m.first = p->has_map ? p->newest + 1 : 0;
  m.burst_first = burst;
  m.capacity = p2p_own_capacity (self);
  m.refuse[m.refuse_len++] = self->short_id;
  for (unsigned s = 0; s < self->k; s++) {
    const P2pSubstream *sub = &self->sub[s];
    /* others refuse whose path holds it; the source needs to know */
    uint32_t id = p->role == P2P_ROLE_SOURCE ? sub->fell : sub->avoid;
    const P2pPeer *leaver = p2p_subscribe_leaver (self, s);

    if (mask >> s & 1)
      self->sub[s].asked_first = m.first;
    if (id && self->now >= sub->avoid_until)
      id = 0;
    /* its children would ask each other, and go round in circles without it */
    if (leaver && p->role != P2P_ROLE_SOURCE)
      id = is_refused (&m, leaver->short_id) ? 0 : leaver->short_id;
    if ((mask >> s & 1) && id && m.refuse_len < P2P_MAX_PATH)
      m.refuse[m.refuse_len++] = id;
  }
  if (!p2p_frame_begin (self, p, 1024, &w))
    return;
  /* so that it does not send what came while our last one was old */
  if (p2p_parents_eager (self) && self->positioned && burst == NO_CHUNK
      && p->role != P2P_ROLE_SOURCE
      && p2p_bucket_has_room (self, SUBSCRIBE_COST + STATUS_COST))
    p2p_status_put (self, p, &w);
  p2p_wire_put_subscribe (&w, &m);
  p2p_frame_commit (self, p, &w, P2P_STREAM_CONTROL, NO_BODY);
}

/* What came from the old parent while the new one was asked, and waits there to
 * be sent. */
void
p2p_subscribe_say_what_came (P2pSwarm * self, P2pPeer * p, unsigned s,
    uint32_t from)
{
  uint32_t c = from > self->window.base ? from : self->window.base;

  if (!p2p_parents_eager (self) || p2p_peer_is_tight (p))
    return;
  for (; c < self->window.end; c++) {
    const P2pEntry *e = p2p_window_held (&self->window, c);
    P2pRange r = { c, c };
    P2pWriter w;

    if (!e || p2p_sub_of (self, c) != s
        || e->u.held.arrival < self->sub[s].pending_since
        || !p2p_bucket_has_room (self, SUBSCRIBE_COST)
        || !p2p_frame_begin (self, p, 64, &w))
      continue;
    p2p_wire_put_range (&w, P2P_MSG_HAVE, r);
    p2p_frame_commit (self, p, &w, P2P_STREAM_CONTROL, NO_BODY);
  }
}
