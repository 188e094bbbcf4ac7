/* gst-plugins-p2p
 *
 * This library is free software; you can redistribute it and/or
 * modify it under the terms of the GNU Lesser General Public
 * License as published by the Free Software Foundation; either
 * version 2.1 of the License, or (at your option) any later version.
 */
/* p2ppush.c: sending chunks to those who subscribed or asked.
 *
 * A verified chunk is queued for every child and pumped in the same call.
 * Only DATA waits: for the cap, and for the link to have at most
 * max (1 message, 2 RTT x rate) unacknowledged, so that what waits waits here,
 * where it can still be cancelled.
 */
#include "p2pswarmpriv.h"

#include <string.h>

#define GRAVE_US P2P_MSEC (100) /* as SUSPECT_US, at a source */
#define BACKLOG_US P2P_MSEC (100)
#define BURST_US P2P_SEC (1)    /* then it has asked elsewhere */
#define STANDING_US P2P_MSEC (700)      /* likewise */
#define DATA_HEAD 102           /* channel, SIGNED_INTEGRITY, DATA */

typedef enum
{ KIND_PUSH, KIND_PULL, KIND_BURST, KIND_NONE } Kind;

void
p2p_push_forget (P2pPeer * p)
{
  p2p_queue_clear (&p->push);
  p2p_queue_clear (&p->pull);
  p2p_queue_clear (&p->standing);
  p->burst_next = p->burst_end = 0;
}

void
p2p_push_list (P2pSwarm * self, P2pPeer * p)
{
  if (!p->waits)
    self->waiting[self->n_waiting++] = p;
  p->waits = true;
}

void
p2p_push_taker (P2pSwarm * self, P2pPeer * p)
{
  if (!p->takes)
    self->takers[self->n_takers++] = p;
  p->takes = true;
}

static void
remove_from (P2pPeer ** list, uint32_t * n, const P2pPeer * p)
{
  uint32_t i = 0;

  while (i < *n && list[i] != p)
    i++;
  if (i < *n)
    list[i] = list[--*n];
}

void
p2p_push_unlist (P2pSwarm * self, P2pPeer * p)
{
  remove_from (self->waiting, &self->n_waiting, p);
  remove_from (self->takers, &self->n_takers, p);
  p->waits = p->takes = false;
}

void
p2p_push_rest (P2pSwarm * self)
{
  for (uint32_t i = 0; i < self->n_peers; i++) {
    P2pPeer *p = self->peers[i];

    p2p_queue_rest (&p->push);
    p2p_queue_rest (&p->pull);
    p2p_queue_rest (&p->standing);
  }
}

/* It asked for the chunk before we had it, and waits for us still. */
static bool
stands (const P2pSwarm * self, P2pPeer * p, uint32_t chunk)
{
  P2pTime patience = p2p_parents_eager (self) ? STANDING_US : FOREVER;

  return p2p_queue_take (&p->standing, chunk, self->now, patience);
}

void
p2p_push_chunk (P2pSwarm * self, P2pEntry * e)
{
  unsigned s = p2p_sub_of (self, e->chunk);
  uint32_t n = 0;

  if (self->leaf)
    return;
  for (uint32_t i = 0; i < self->n_takers; i++) {
    P2pPeer *p = self->takers[i];
    bool asked;

    p->takes = p->child_mask || p->standing.n > 0;
    if (!p->takes)
      continue;
    self->takers[n++] = p;

    if (!p2p_peer_linked (self, p) || p->link == e->u.held.from)
      continue;
    asked = stands (self, p, e->chunk);
    if ((p->child_mask >> s & 1) && e->chunk >= p->child_next[s]) {
      /* who is being replaced gets what is left */
      if (!p2p_peer_has (self, p, e->chunk))
        p2p_queue_add (self, p->evict_mask >> s & 1 ? &p->pull : &p->push,
            e->chunk);
    } else if (asked) {
      p2p_queue_add (self, &p->pull, e->chunk);
    } else {
      continue;
    }
    p2p_push_list (self, p);
  }
  self->n_takers = n;
  self->pump_dirty = true;
}

/* Bytes that may be unacknowledged on the link. */
static uint32_t
link_window (const P2pSwarm * self, const P2pPeer * p)
{
  P2pTime rtt = p2p_peer_rtt (p);

  if (self->cap_bps == 0)
    return UNCAPPED_WINDOW;
  if (p2p_capacity_measures (self) && p->base_us && p->base_us < p->rtt_us)
    rtt = p->base_us;           /* the rest of it is our own queue */
  return (uint32_t) ((uint64_t) self->cap_bps / 8 * 2 * (uint64_t) rtt
      / 1000000);
}

static bool
gate_open (const P2pSwarm * self, const P2pPeer * p, uint32_t len)
{
  /* It neither acknowledges nor says anything: what lies there is sent again by
   * the transport, more would go into a grave. */
  if ((p->stuck || p->suspect) && self->now - p->last_heard >=
      (self->source ? GRAVE_US : SUSPECT_US))
    return false;
  /* a STATUS under way does not count as a message */
  if (p->unacked <= 600)
    return true;
  return p->unacked + len <= link_window (self, p)
      && (self->cap_bps != 0 || self->in_flight + len
      <= p2p_capacity_fresh_window (self));
}

/* First chunk of the queue that is still worth sending. */
static P2pEntry *
queue_head (P2pSwarm * self, P2pChunkQueue * q, P2pTime patience)
{
  while (q->n > 0) {
    P2pEntry *e = p2p_window_held (&self->window, p2p_queue_chunk (q, 0));

    if (e && !p2p_queue_waited (q, self->now, patience))
      return e;
    p2p_queue_drop_first (q);
  }
  return NULL;
}

bool
p2p_push_tight (const P2pSwarm * self)
{
  return self->source && self->cap_bps != 0
      && p2p_own_capacity (self) < TIGHT_EIGHTHS;
}

/* At a tight source a first copy does not wait behind a second one: those wait
 * for all first copies. */
static P2pEntry *
push_head (P2pSwarm * self, P2pPeer * p)
{
  P2pEntry *head = queue_head (self, &p->push, PUSH_QUEUE_US);

  if (!head || head->u.held.copies == 0 || !p2p_push_tight (self))
    return head;
  for (unsigned i = 1; i < p->push.n; i++) {
    P2pEntry *e = p2p_window_held (&self->window,
        p2p_queue_chunk (&p->push, i));

    if (e && e->u.held.copies == 0)
      return e;
  }
  return head;
}

/* Of the audio that it sends what goes twice is missing elsewhere. */
bool
p2p_push_near_tight (const P2pSwarm * self)
{
  return p2p_push_tight (self)
      || (self->n_tight > 0 && !p2p_parents_eager (self));
}

static P2pEntry *
burst_head (P2pSwarm * self, P2pPeer * p)
{
  if (self->now - p->burst_since > BURST_US && (p2p_parents_eager (self)
          || p2p_push_tight (self)))
    p->burst_next = p->burst_end;
  while (p->burst_next < p->burst_end) {
    P2pEntry *e = p2p_window_held (&self->window, p->burst_next);

    if (e && !p2p_peer_has (self, p, p->burst_next)
        && !(p->has_map && p->burst_next < p->base))
      return e;
    if (!e && p->burst_next >= self->window.base && p->standing.n < QUEUE_LEN)
      p2p_queue_append (self, &p->standing, p->burst_next);
    p2p_push_taker (self, p);
    p->burst_next++;
  }
  return NULL;
}

/* The child that got the first copy does not acknowledge it, or there is no
 * living child to get one: nobody has it. */
static bool
first_copy_lost (const P2pSwarm * self, const P2pEntry * e)
{
  const P2pPeer *p;
  P2pTime wait;

  if (e->u.held.copies == 0)
    return p2p_slots_used (self, p2p_sub_of (self, e->chunk)) == 0;
  if (e->u.held.copies > 1)     /* somebody else had one, too */
    return false;
  p = p2p_peer_find (self, e->first_to);
  if (!p || p->stuck || p->suspect)
    return true;
  wait = 2 * p2p_peer_rtt (p) + P2P_MSEC (40);
  return p->unacked_since != P2P_TIME_NONE
      && self->now - p->unacked_since > wait;
}

/* A first copy is what everybody waits for, and so is an answer when the
 * source's first copy went to one that fell. At a tight source, which sends few
 * second copies, the first who asks for a chunk goes before them; one with more
 * to give feeds its roots first, for whole subtrees hang on each, and so does a
 * relay: requests that pass pushes make all below late, and ask in turn. */
static unsigned
urgency (const P2pSwarm * self, Kind kind, const P2pEntry * e)
{
  if (kind == KIND_PUSH)
    return e->u.held.copies == 0 ? 0 : 2;
  if (kind != KIND_PULL)
    return 5;
  if (e->u.held.answers > 0)
    return 4;
  if (!self->source)
    return 3;
  if (p2p_own_capacity (self) < TIGHT_EIGHTHS)
    return first_copy_lost (self, e) ? 0 : 1;
  return first_copy_lost (self, e) ? 1 : 3;
}

static Kind
next_of (P2pSwarm * self, P2pPeer * p, P2pEntry ** e)
{
  P2pEntry *asked = queue_head (self, &p->pull, PULL_QUEUE_US);

  *e = push_head (self, p);
  if (asked && (!*e || urgency (self, KIND_PULL, asked)
          < urgency (self, KIND_PUSH, *e)
          || (urgency (self, KIND_PULL, asked) == 0
              && asked->chunk < (*e)->chunk))) {
    *e = asked;
    return KIND_PULL;
  }
  if (*e)
    return KIND_PUSH;
  if ((*e = burst_head (self, p)))
    return KIND_BURST;
  return KIND_NONE;
}

/* Does a go before b? */
static bool
before (const P2pSwarm * self, Kind ka, const P2pEntry * ea, const P2pPeer * a,
    Kind kb, const P2pEntry * eb, const P2pPeer * b)
{
  unsigned ua = urgency (self, ka, ea), ub = urgency (self, kb, eb);

  if (ua != ub)
    return ua < ub;
  if (ua <= 2 && ea->chunk != eb->chunk)
    return ea->chunk < eb->chunk;
  /* who repairs a hole goes before a newcomer who wants all there is */
  if (ua >= 3 && a->pull.n != b->pull.n && p2p_parents_eager (self))
    return a->pull.n < b->pull.n;
  if (a->capacity != b->capacity)
    return a->capacity > b->capacity;
  return a->link < b->link;
}

static void
account (P2pSwarm * self, P2pPeer * p, Kind kind, uint32_t len)
{
  p->bytes_sent += len;
  if (kind == KIND_PULL) {
    self->stats.chunks_requested_by_peers++;
    self->stats.bytes_requested_by_peers += len;
  } else {
    self->stats.chunks_pushed_to_peers++;
    self->stats.bytes_pushed_to_peers += len;
  }
}

static void
take (P2pPeer * p, Kind kind, uint32_t chunk)
{
  if (kind == KIND_PUSH)
    p2p_queue_remove (&p->push, chunk);
  else if (kind == KIND_PULL)
    p2p_queue_drop_first (&p->pull);
  else
    p->burst_next++;
}

static void
send_chunk (P2pSwarm * self, P2pPeer * p, Kind kind, P2pEntry * e)
{
  P2pSignedIntegrity si;
  P2pWriter w;

  take (p, kind, e->chunk);
  if (kind == KIND_PULL && e->u.held.answers < 255)
    e->u.held.answers++;
  else if (kind == KIND_PUSH && e->u.held.copies < 255
      && e->u.held.copies++ == 0)
    e->first_to = p->link;
  p2p_queue_remove (&p->pull, e->chunk);
  if (kind == KIND_PUSH)
    self->push_wait_us +=
        (self->now - e->u.held.arrival - self->push_wait_us) / 16;
  if (!p2p_frame_begin (self, p, 160, &w))
    return;
  si.chunk.first = si.chunk.last = e->chunk;
  si.ntp = e->ntp;
  memcpy (si.signature, e->u.held.signature, sizeof si.signature);
  p2p_wire_put_signed_integrity (&w, &si);
  p2p_wire_put_data (&w, e->chunk, (uint64_t) self->now);
  p2p_frame_commit (self, p, &w, P2P_STREAM_DATA, e->bytes);
  p2p_stand_in_sent (self, p, e->chunk);
  p2p_peer_note_chunk (self, p, e->chunk);
  account (self, p, kind, e->bytes.len);
}

#define HELLO_COST 600          /* HANDSHAKE .. HEADER of an audio stream */

/* The opening flight of a new link waits for room under the cap. */
static void
send_hellos (P2pSwarm * self)
{
  self->hello_waiting = false;
  for (uint32_t i = 0; i < self->n_peers; i++) {
    P2pPeer *p = self->peers[i];

    if (!p->hello_due)
      continue;
    if (!p2p_bucket_has_room (self, HELLO_COST)) {
      self->hello_waiting = true;
      self->send_at = self->now + P2P_MSEC (10);
      return;
    }
    p->hello_due = false;
    p2p_hello_flight (self, p);
  }
}

/* First copies wait for the cap of a source that has little: nothing goes that
 * others can give. With more to give newcomers are served first. */
bool
p2p_push_backlogged (const P2pSwarm * self)
{
  return self->source && self->push_age > BACKLOG_US
      && p2p_own_capacity (self) < TIGHT_EIGHTHS;
}

static void
note_backlog (P2pSwarm * self)
{
  P2pTime age = 0;

  for (uint32_t i = 0; i < self->n_waiting; i++) {
    const P2pPeer *p = self->waiting[i];
    const P2pEntry *e = p->push.n == 0 || p->stuck ? NULL :
        p2p_window_held (&self->window, p2p_queue_chunk (&p->push, 0));

    if (e && self->now - e->u.held.arrival > age)
      age = self->now - e->u.held.arrival;
  }
  self->push_age = age;
}

bool
p2p_swarm_waits_for_links (const P2pSwarm * self)
{
  return self->gated || self->send_at != FOREVER;
}

static bool
has_waiting (const P2pPeer * p)
{
  return p->push.n || p->pull.n || p->burst_next < p->burst_end;
}

/* Those for whom nothing waits any more leave the list. */
static void
tidy_waiting (P2pSwarm * self)
{
  uint32_t n = 0;

  for (uint32_t i = 0; i < self->n_waiting; i++) {
    P2pPeer *p = self->waiting[i];

    p->waits = has_waiting (p);
    if (p->waits)
      self->waiting[n++] = p;
  }
  self->n_waiting = n;
}

void
p2p_push_pump (P2pSwarm * self)
{
  self->pump_dirty = self->gated = false;
  self->send_at = FOREVER;
  p2p_bucket_refill (self);
  if (self->hello_waiting)
    send_hellos (self);
  tidy_waiting (self);
  for (;;) {
    P2pPeer *best = NULL;
    P2pEntry *entry = NULL;
    Kind kind = KIND_NONE;
    uint32_t cost;
    bool urgent;

    for (uint32_t i = 0; i < self->n_waiting; i++) {
      P2pPeer *p = self->waiting[i];
      P2pEntry *e;
      Kind k;

      if (!p2p_peer_linked (self, p))
        continue;
      k = next_of (self, p, &e);
      if (k == KIND_NONE)
        continue;
      if (!gate_open (self, p, e->bytes.len + DATA_HEAD)) {
        self->gated = true;
        continue;
      }
      if (!best || before (self, k, e, p, kind, entry, best)) {
        best = p;
        entry = e;
        kind = k;
      }
    }
    if (!best) {
      self->push_age = 0;
      return;
    }
    cost = p2p_wire_cost (entry->bytes.len + DATA_HEAD);
    urgent = urgency (self, kind, entry) <= 3;
    if (kind == KIND_PUSH && p2p_stand_in_asks (self)) {
      self->send_at = p2p_min_time (self->send_at, self->doubt_at);
      note_backlog (self);
      return;
    }
    if (!p2p_bucket_allows (self, cost)
        || (!urgent && (!p2p_bucket_spare (self)
                || p2p_push_backlogged (self)))) {
      self->capacity.limited = true;
      self->send_at = p2p_min_time (self->send_at, p2p_bucket_when (self,
              cost, urgent));
      self->next_to = best->link;
      self->next_chunk = entry->chunk;
      note_backlog (self);
      return;
    }
    if (!urgent)
      p2p_bucket_spend_spare (self, cost);
    send_chunk (self, best, kind, entry);
  }
}
