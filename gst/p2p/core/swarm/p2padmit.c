/* gst-plugins-p2p
 *
 * This library is free software; you can redistribute it and/or
 * modify it under the terms of the GNU Lesser General Public
 * License as published by the Free Software Foundation; either
 * version 2.1 of the License, or (at your option) any later version.
 */
/* p2padmit.c: whom we feed: slots, the source's rules, pre-emption.
 *
 * A slot is one sub-stream to one child. A source splits its slots over the
 * sub-streams, at least one each, and gives one peer at most
 * max (1, ceil (slots / direct peers)), so that no single death takes more
 * than its share of roots. A full parent replaces its weakest child by an
 * applicant of 5/3 its capacity, one of a sub-stream that comes to it over
 * three hops more (radio), and one of another sub-stream when it is a root of this
 * one and feeds nobody with it.
 */
#include "p2proots.h"

#include <string.h>

#define STRONGER(a, b) ((a) * 3u >= (b) * 5u && (a) > (b))
#define CHILD_SETTLED_US P2P_SEC (1)    /* a child is left alone so long */
#define OVERLOAD_US P2P_SEC (1)
#define SLOT_LIMIT_US P2P_SEC (30)
#define AUDIO_CATCH_UP_US P2P_MSEC (1500)
#define MAX_CATCH_UP_US P2P_MSEC (2800)
#define STATUS_MARGIN (16 * STATUS_COST)        /* a refusal explains itself when that
                                                 * much is left of the cap's 2 s */
#define REDIRECT_COST 250       /* bytes, four members */
#define DISMISSED_US P2P_SEC (5)
#define UNSPREAD_US P2P_SEC (30)
#define ACCUSED_MIN_US P2P_MSEC (100)
#define DETOUR_HOPS 3
#define ROOTS 2                 /* that feed others: one may die with what it has */

static unsigned
bits (uint16_t m)
{
  unsigned n = 0;

  for (; m; m &= (uint16_t) (m - 1))
    n++;
  return n;
}

static uint16_t
live_mask (const P2pPeer * p)
{
  return p->child_mask & (uint16_t) ~ p->evict_mask;
}

/* As the root of n sub-streams it could not feed two others with each of them. */
static bool
keeps_it (const P2pSwarm * self, const P2pPeer * p, unsigned n)
{
  return n * 2 * 8 > (unsigned) p->capacity * self->k;
}

/* Where every chunk goes out once, what such a one has may stay with it, and after the
 * death of many whole subtrees wait for it. */
static bool
too_weak (const P2pSwarm * self, const P2pPeer * p, unsigned n)
{
  return self->source && (p2p_own_capacity (self) < TIGHT_EIGHTHS
      || p2p_roots_in_unrest (self)) && keeps_it (self, p, n);
}

/* Nearly all of s would hang on one root, or on none: what goes only to who keeps it
 * and to one that dies is nowhere else till the source is asked for it. */
static bool
lacks_roots (const P2pSwarm * self, unsigned s)
{
  unsigned n = 0;

  if (!self->source || p2p_own_capacity (self) < TIGHT_EIGHTHS)
    return false;
  for (uint32_t i = 0; i < self->n_peers; i++) {
    const P2pPeer *c = self->peers[i];

    n += (live_mask (c) >> s & 1) && !c->stuck && !c->suspect && !c->leaving
        && !keeps_it (self, c, 1);
  }
  return n < ROOTS;
}

static unsigned
direct_peers (const P2pSwarm * self)
{
  unsigned n = 0;

  for (uint32_t i = 0; i < self->n_peers; i++) {
    const P2pPeer *p = self->peers[i];

    if (p2p_peer_usable (self, p) && !p->suspect && !p->stuck
        && p->role != P2P_ROLE_LEAF && !too_weak (self, p, 1))
      n++;
  }
  return n ? n : 1;
}

/* What one peer may take. */
static unsigned
peer_limit (const P2pSwarm * self, unsigned total)
{
  unsigned n = direct_peers (self);

  if (!self->source)
    return P2P_MAX_SUBSTREAMS;
  return total <= n ? 1 : (total + n - 1) / n;
}

/* Source: slots / K for each sub-stream, the remainder to whom comes first. */
static bool
substream_has_room (const P2pSwarm * self, unsigned s, unsigned total)
{
  unsigned base = total / self->k, extra = total % self->k;
  unsigned used = p2p_slots_used (self, (int) s), taken = 0;

  if (used < base)
    return true;
  if (used > base || extra == 0)
    return false;
  for (unsigned i = 0; i < self->k; i++)
    taken += p2p_slots_used (self, (int) i) > base;
  return taken < extra;
}

static bool
has_room (P2pSwarm * self, const P2pPeer * p, unsigned s)
{
  bool hard;
  unsigned total = p2p_slots_total (self, &hard);

  if (total == 0)
    return false;
  /* Without a cap the limits are custom: who comes back found nobody else. */
  if (!hard && p->applications >= 1)
    return true;
  if (too_weak (self, p, bits (live_mask (p)) + 1) && p2p_roots_refuse (self,
          p, s, direct_peers (self), !too_weak (self, p, 1)))
    return false;
  /* No root at all is worse than one peer with too many: a whole subtree may
   * hang on this one. */
  if (self->source && p2p_slots_used (self, (int) s) == 0)
    return true;
  if (lacks_roots (self, s) && !keeps_it (self, p, 1)
      && bits (live_mask (p)) <= peer_limit (self, total))
    return true;                /* one more than its share */
  if (bits (live_mask (p)) >= peer_limit (self, total))
    return false;
  if (self->source)
    return substream_has_room (self, s, total);
  return p2p_slots_used (self, -1) < total;
}

/* Whose place on s the applicant may take: who holds more than its share, else
 * the weakest, if much weaker. What one got beyond its share because roots fell it
 * keeps: whole subtrees hang on it, and would look for another way. */
static P2pPeer *
find_victim (P2pSwarm * self, const P2pPeer * p, unsigned s)
{
  bool hard;
  unsigned total = p2p_slots_total (self, &hard);
  unsigned limit = peer_limit (self, total), most = 0;
  unsigned kept = limit + p2p_roots_settle (self);
  P2pPeer *victim = NULL;
  bool rests = self->now < self->spread_at || p2p_push_backlogged (self);

  if (bits (live_mask (p)) >= limit
      || (rests && too_weak (self, p, bits (live_mask (p)) + 1)))
    return NULL;
  for (uint32_t i = 0; i < self->n_peers; i++) {
    P2pPeer *c = self->peers[i];
    unsigned n = bits (live_mask (c));

    if (c == p || !(live_mask (c) >> s & 1)
        || (rests && !too_weak (self, c, n)))
      continue;
    if (n > kept && n > bits (live_mask (p)) + 1) {
      if (n > most) {
        most = n;
        victim = c;
      }
    } else if (most == 0 && STRONGER (p->capacity, c->capacity)
        && self->now - c->child_since >= CHILD_SETTLED_US
        && (!victim || c->capacity < victim->capacity)) {
      victim = c;
    }
  }
  return victim;
}

/* What we hear over a long way is deeper below us than it need be, and others
 * give it sooner. Who gives its places to what reaches it early has many children
 * there and few elsewhere: with one or two for each sub-stream of a radio a tree of
 * 1,000 is 15 hops deep, and no path may be longer. */
static P2pPeer *
find_detour (P2pSwarm * self, const P2pPeer * p, unsigned s, unsigned *at)
{
  P2pPeer *victim = NULL;

  if (self->source || p2p_parents_eager (self) || self->n_tight > 0)
    return NULL;
  for (uint32_t i = 0; i < self->n_peers; i++) {
    P2pPeer *c = self->peers[i];

    if (c == p || self->now - c->child_since < CHILD_SETTLED_US
        || c->capacity > p->capacity)
      continue;
    for (unsigned t = 0; t < self->k; t++) {
      if (!(live_mask (c) >> t & 1)
          || self->sub[t].path_len < self->sub[s].path_len + DETOUR_HOPS)
        continue;
      if (victim && c->capacity >= victim->capacity)
        continue;
      victim = c;
      *at = t;
    }
  }
  return victim;
}

static bool
is_root (const P2pSwarm * self, unsigned s)
{
  const P2pPeer *p = p2p_peer_find (self, self->sub[s].parent);

  return p && p->role == P2P_ROLE_SOURCE && p2p_parents_eager (self);
}

/* What a tight source sends us of s nobody else has. */
static bool
is_only_root (const P2pSwarm * self, unsigned s)
{
  return is_root (self, s) && p2p_peer_is_tight (p2p_peer_find (self,
          self->sub[s].parent));
}

/* Where we are a root of s and feed nobody with it, because others took all our places
 * first, what the source gave us is lost to the swarm; the only root, when the source
 * is tight or the others died. One of the sub-stream that has most children here makes
 * room. */
static P2pPeer *
find_surplus (P2pSwarm * self, const P2pPeer * p, unsigned s, unsigned *at)
{
  P2pPeer *victim = NULL;
  unsigned most = 0;

  if (!is_root (self, s) || p2p_slots_used (self, (int) s) > 0)
    return NULL;
  for (unsigned t = 0; t < self->k; t++) {
    unsigned n = p2p_slots_used (self, (int) t);

    if (n <= most || (n == 1 && is_root (self, t)))
      continue;
    for (uint32_t i = 0; i < self->n_peers; i++) {
      P2pPeer *c = self->peers[i];

      if (c == p || !(live_mask (c) >> t & 1) || (n == most && victim
              && c->capacity >= victim->capacity))
        continue;
      victim = c;
      most = n;
      *at = t;
    }
  }
  return victim;
}

static void
put_redirect (P2pSwarm * self, P2pWriter * w, P2pPeer * p, uint16_t mask,
    const P2pPeer * first)
{
  P2pPeerList list;

  memset (&list, 0, sizeof list);
  list.mask = mask;
  if (first) {
    list.peers[0].peer = first->info.peer_id;
    list.peers[0].capacity = first->capacity;
    list.peers[0].role = first->role;
    list.n = 1;
  }
  p2p_fill_candidates (self, &list, p);
  p2p_wire_put_peer_list (w, P2P_MSG_REDIRECT, &list);
}

static void
evict (P2pSwarm * self, P2pPeer * victim, unsigned s, const P2pPeer * for_whom)
{
  P2pWriter w;

  victim->evict_mask |= (uint16_t) (1u << s);
  victim->evict_at = self->now + EVICT_OVERLAP_US;
  if (!p2p_frame_begin (self, victim, 1024, &w))
    return;
  put_redirect (self, &w, victim, (uint16_t) (1u << s), for_whom);
  p2p_frame_commit (self, victim, &w, P2P_STREAM_CONTROL, NO_BODY);
}

/* The parent that failed it, when it names one. */
static uint32_t
last_refused (const P2pSubscribe * m, uint32_t own)
{
  unsigned n = m->refuse_len < P2P_MAX_PATH ? m->refuse_len : P2P_MAX_PATH;

  return n > 1 ? m->refuse[n - 1] : own;
}

/* Our path on s, as a child would have it, is short enough, and contains none of these
 * ids. */
static bool
path_ok (P2pSwarm * self, unsigned s, const P2pPeer * p, const P2pSubscribe * m)
{
  const P2pSubstream *sub = &self->sub[s];

  if (self->source)
    return true;
  if (!sub->parent || sub->path_len == 0)
    return false;
  for (unsigned i = 0; i < sub->path_len; i++) {
    if (sub->path[i] == p->short_id) {  /* it is above us, and asks us */
      p2p_parents_doubt (self, s, last_refused (m, p->short_id));
      return false;
    }
    for (unsigned j = 0; j < m->refuse_len && j < P2P_MAX_PATH; j++) {
      if (sub->path[i] == m->refuse[j]) {
        p2p_parents_doubt (self, s, m->refuse[j]);
        return false;
      }
    }
  }
  /* last, so that an accusation is heard */
  return sub->path_len < P2P_MAX_PATH - 1 && p2p_parents_fed (self, s);
}

/* Ids an applicant refuses are parents that failed it. Believed only when we
 * ourselves have waited for that child's acknowledgement for too long. */
static void
hear_accusation (P2pSwarm * self, const P2pSubscribe * m)
{
  for (unsigned j = 0; j < m->refuse_len && j < P2P_MAX_PATH; j++) {
    P2pPeer *x = p2p_peer_by_short (self, m->refuse[j]);
    P2pTime wait;

    if (!x)
      continue;
    p2p_stand_in_accused (self, x, m->first);
    p2p_roots_doubt (self, x);
    if (x->unacked_since == P2P_TIME_NONE)
      continue;
    wait = 2 * p2p_peer_rtt (x) + P2P_MSEC (40);
    if (wait < ACCUSED_MIN_US)
      wait = ACCUSED_MIN_US;
    if (self->now - x->unacked_since >= wait
        && self->now - x->last_heard >= wait && !x->stuck) {
      x->stuck = true;
      p2p_roots_fell (self, x);
    }
  }
}

static void
put_sub_ok (P2pSwarm * self, P2pWriter * w, P2pPeer * p, uint16_t mask,
    uint16_t refused, unsigned path_of)
{
  const P2pSubstream *sub = &self->sub[path_of];
  P2pSubOk m;
  unsigned n = 0;

  memset (&m, 0, sizeof m);
  m.mask = mask;
  m.refused = refused;
  m.k = self->k;
  for (unsigned s = 0; s < self->k; s++) {
    if (mask >> s & 1)
      m.next[n++] = p->child_next[s];
  }
  if (mask) {
    if (!self->source) {
      /* the last ones, when there are more */
      m.path_len = sub->path_len < P2P_MAX_PATH ? sub->path_len :
          P2P_MAX_PATH - 1;
      memcpy (m.path, sub->path + sub->path_len - m.path_len,
          m.path_len * sizeof *m.path);
    }
    m.path[m.path_len++] = self->short_id;
  }
  p2p_wire_put_sub_ok (w, &m);
}

static bool
same_path (const P2pSubstream * a, const P2pSubstream * b)
{
  return a->path_len == b->path_len
      && memcmp (a->path, b->path, a->path_len * sizeof *a->path) == 0;
}

/* One SUB_OK for every different path and who else may help with what was
 * refused, all in one frame. */
static void
send_sub_ok (P2pSwarm * self, P2pPeer * p, uint16_t mask, uint16_t refused)
{
  uint16_t redirect = refused;
  P2pWriter w;

  if (!p2p_frame_begin (self, p, 1536 + 160 * (bits (mask) + 1), &w))
    return;
  if (mask == 0)
    put_sub_ok (self, &w, p, 0, refused, 0);
  while (mask) {
    uint16_t group = 0;
    unsigned first = 0;

    while (!(mask >> first & 1))
      first++;
    for (unsigned s = first; s < self->k; s++) {
      if ((mask >> s & 1) && (self->source
              || same_path (&self->sub[s], &self->sub[first])))
        group |= (uint16_t) (1u << s);
    }
    put_sub_ok (self, &w, p, group, refused, first);
    refused = 0;
    mask &= (uint16_t) ~ group;
  }
  if (redirect && p2p_bucket_has_room (self, REDIRECT_COST)) {
    put_redirect (self, &w, p, redirect, NULL);
    if (p2p_bucket_has_room (self, STATUS_MARGIN))
      p2p_status_put (self, p, &w);     /* why, and what else it has */
  }
  p2p_frame_commit (self, p, &w, P2P_STREAM_CONTROL, NO_BODY);
}

void
p2p_admit_path_changed (P2pSwarm * self, uint16_t mask)
{
  for (uint32_t i = 0; i < self->n_peers; i++) {
    P2pPeer *p = self->peers[i];

    if (p->child_mask & mask)
      send_sub_ok (self, p, p->child_mask & mask, 0);
  }
}

/* From the newest join point at or before what it wants to our edge. */
static void
start_burst (P2pSwarm * self, P2pPeer * p, uint32_t from)
{
  uint32_t start;
  P2pEntry *e;

  if (from < self->window.base)
    from = self->window.base;
  if (!p2p_window_next_held (&self->window, from, &start))
    return;
  e = p2p_window_held (&self->window, start);
  if (e->join_distance != 0xffff && e->join_distance <= start
      && p2p_window_held (&self->window, start - e->join_distance))
    start -= e->join_distance;
  p->burst_next = start;
  p->burst_end = self->window.end;
  p->burst_since = self->now;
  p2p_push_list (self, p);
  self->pump_dirty = true;
}

/* next: first chunk of s, at or after 'first', not in the burst; those held for
 * longer than 'young' are queued like answers to requests. */
static void
add_child (P2pSwarm * self, P2pPeer * p, unsigned s, uint32_t first,
    P2pTime young)
{
  uint32_t c = first > p->burst_end ? first : p->burst_end;
  uint32_t back = self->interval_us > 0 ?
      (uint32_t) ((p2p_parents_eager (self) ? MAX_CATCH_UP_US :
          AUDIO_CATCH_UP_US) / self->interval_us) : 8;

  if (self->window.end > back && c < self->window.end - back)
    c = self->window.end - back;        /* said long ago, or from afar */
  if (c < self->window.base)
    c = self->window.base;
  c += (s + self->k - c % self->k) % self->k;
  if (p->child_mask == 0)
    p->child_since = self->now;
  p->child_mask |= (uint16_t) (1u << s);
  p->evict_mask &= (uint16_t) ~ (1u << s);
  p->child_next[s] = c;
  p2p_push_taker (self, p);
  for (; c < self->window.end; c += self->k) {
    const P2pEntry *e = p2p_window_held (&self->window, c);

    if (e && !p2p_peer_has (self, p, c))
      p2p_queue_add (self, self->now - e->u.held.arrival < young
          || p2p_roots_lack (self, e) ? &p->push : &p->pull, c);
  }
  p2p_push_list (self, p);
  self->pump_dirty = true;
}

/* It was a root and has found nobody to take s from: the one that got its place
 * has no link to it, perhaps to nobody that matters. */
static bool
reinstate (P2pSwarm * self, P2pPeer * p, unsigned s)
{
  if (!(p->dismissed_mask >> s & 1)
      || self->now - p->dismissed_at > DISMISSED_US
      || too_weak (self, p, bits (live_mask (p)) + 1))
    return false;
  p->dismissed_mask &= (uint16_t) ~ (1u << s);
  self->spread_at = self->now + UNSPREAD_US;
  for (uint32_t i = 0; i < self->n_peers; i++) {
    P2pPeer *c = self->peers[i];

    if (c != p && (live_mask (c) >> s & 1))
      evict (self, c, s, p);
  }
  return true;
}

static bool
admit_one (P2pSwarm * self, P2pPeer * p, unsigned s)
{
  P2pPeer *victim;
  unsigned at = s;

  if (live_mask (p) >> s & 1)
    return true;
  if (self->leaving)
    return false;
  if (self->source && reinstate (self, p, s))
    return true;
  if (has_room (self, p, s))
    return true;
  victim = find_victim (self, p, s);
  if (!victim)
    victim = find_detour (self, p, s, &at);
  if (!victim)
    victim = find_surplus (self, p, s, &at);
  if (!victim)                  /* too much for the cap is better than nobody */
    return !self->leaf && is_only_root (self, s)
        && p2p_slots_used (self, (int) s) == 0;
  evict (self, victim, at, at == s ? p : NULL);
  return true;
}

void
p2p_admit_subscribe (P2pSwarm * self, P2pPeer * p, const P2pSubscribe * m)
{
  uint16_t mask = m->mask & (uint16_t) ((1u << self->k) - 1);
  uint16_t accepted = 0, refused = 0;

  if (!p2p_peer_usable (self, p) || self->k == 0)
    return;
  p->capacity = m->capacity;
  p2p_peer_described (self, p);
  hear_accusation (self, m);
  if (m->burst_first != NO_CHUNK && !self->leaf)
    start_burst (self, p, m->burst_first);
  for (unsigned s = 0; s < self->k; s++) {
    if (!(mask >> s & 1))
      continue;
    if (path_ok (self, s, p, m) && admit_one (self, p, s)) {
      accepted |= (uint16_t) (1u << s);
      add_child (self, p, s, m->first, PUSH_QUEUE_US);
    } else {
      refused |= (uint16_t) (1u << s);
      if (p2p_parents_eager (self) && !p2p_parents_fed (self, s))
        p2p_status_owed (self, p, s);
    }
  }
  send_sub_ok (self, p, accepted, refused);
  if (refused && p->applications < 255)
    p->applications++;
}

void
p2p_admit_appoint (P2pSwarm * self, P2pPeer * p, unsigned s, uint32_t first)
{
  /* nobody else has them */
  add_child (self, p, s, first, FOREVER);
  if (self->spread_at < self->now + SPREAD_US)
    self->spread_at = self->now + SPREAD_US;
  send_sub_ok (self, p, (uint16_t) (1u << s), 0);
}

void
p2p_admit_dismiss (P2pSwarm * self, P2pPeer * p, unsigned s)
{
  for (uint32_t i = 0; i < self->n_peers; i++) {
    P2pPeer *c = self->peers[i];

    if (c == p || !(live_mask (c) >> s & 1) || c->stuck || c->suspect)
      continue;
    if (self->now - p->dismissed_at > DISMISSED_US)
      p->dismissed_mask = 0;
    p->dismissed_mask |= (uint16_t) (1u << s);
    p->dismissed_at = self->now;
    evict (self, p, s, c);
    return;
  }
}

static void
forget_queued (P2pSwarm * self, P2pChunkQueue * q, uint16_t mask)
{
  for (unsigned i = 0; i < q->n;) {
    uint32_t c = p2p_queue_chunk (q, i);

    if (mask >> p2p_sub_of (self, c) & 1)
      p2p_queue_remove (q, c);
    else
      i++;
  }
}

static P2pPeer *
other_child (const P2pSwarm * self, const P2pPeer * p, unsigned s)
{
  for (uint32_t i = 0; i < self->n_peers; i++) {
    P2pPeer *c = self->peers[i];

    if (c != p && (live_mask (c) >> s & 1) && !c->stuck && !c->suspect
        && p2p_peer_usable (self, c))
      return c;
  }
  return NULL;
}

/* What the source has sent to nobody so far, and p waited for: else it would be
 * nowhere. */
static void
hand_over (P2pSwarm * self, P2pPeer * p, uint16_t mask)
{
  for (unsigned i = 0; i < p->push.n; i++) {
    uint32_t chunk = p2p_queue_chunk (&p->push, i);
    unsigned s = p2p_sub_of (self, chunk);
    const P2pEntry *e = p2p_window_held (&self->window, chunk);
    P2pPeer *c;

    if (!e || e->u.held.copies > 0 || !(mask >> s & 1))
      continue;
    c = other_child (self, p, s);
    if (!c || p2p_peer_has (self, c, chunk))
      continue;
    p2p_queue_add (self, &c->push, chunk);
    p2p_push_list (self, c);
    self->pump_dirty = true;
  }
}

/* Whoever had to go may stay after all when the one it went for went away. */
static void
pardon (P2pSwarm * self, uint16_t mask)
{
  for (unsigned s = 0; s < self->k; s++) {
    if (!(mask >> s & 1) || p2p_slots_used (self, (int) s) > 0)
      continue;
    for (uint32_t i = 0; i < self->n_peers; i++) {
      P2pPeer *c = self->peers[i];

      if (!(c->child_mask & c->evict_mask & 1u << s) || c->stuck || c->leaving)
        continue;
      c->evict_mask &= (uint16_t) ~ (1u << s);
      send_sub_ok (self, c, (uint16_t) (1u << s), 0);
      break;
    }
  }
}

void
p2p_admit_unsubscribe (P2pSwarm * self, P2pPeer * p, uint16_t mask)
{
  uint16_t evicted = p->evict_mask;

  p->child_mask &= (uint16_t) ~ mask;
  p->evict_mask &= p->child_mask;
  if (p2p_push_tight (self))
    hand_over (self, p, mask);
  forget_queued (self, &p->push, mask);
  forget_queued (self, &p->pull, mask & evicted);
  if (self->source)
    pardon (self, mask);
}

/* We have found no parent for s: what hangs below us should look for itself,
 * for some of it may know a way (its link to the source) that we don't. */
void
p2p_admit_release (P2pSwarm * self, unsigned s)
{
  for (uint32_t i = 0; i < self->n_peers; i++) {
    P2pPeer *c = self->peers[i];

    if ((live_mask (c) >> s & 1) && p2p_peer_usable (self, c))
      evict (self, c, s, NULL);
  }
}

/* The child that hurts least: weakest on the sub-stream with most children. */
static void
shed_one (P2pSwarm * self)
{
  unsigned most = 0, at = 0;
  P2pPeer *victim = NULL;

  for (unsigned s = 0; s < self->k; s++) {
    unsigned used = p2p_slots_used (self, (int) s);

    if (used == 1 && (self->source || is_only_root (self, s)))
      continue;                 /* one a sub-stream stays */
    if (used > most) {
      most = used;
      at = s;
    }
  }
  for (uint32_t i = 0; i < self->n_peers; i++) {
    P2pPeer *c = self->peers[i];

    if ((live_mask (c) >> at & 1) && !c->stuck
        && (!victim || c->capacity < victim->capacity))
      victim = c;
  }
  if (victim)
    evict (self, victim, at, NULL);
}

void
p2p_admit_shed (P2pSwarm * self)
{
  bool hard;
  unsigned used = p2p_slots_used (self, -1), total, last;

  do {
    last = used;
    total = p2p_slots_total (self, &hard);
    if (hard && used > total)
      shed_one (self);
    used = p2p_slots_used (self, -1);
  } while (used < last);
}

/* More children than the cap carries: one slot less, and not again for half a
 * minute. A queue alone is no sign: after a death it is full of what the new
 * children missed, and letting one of them go then makes it longer. */
static void
check_overload (P2pSwarm * self)
{
  bool hard;
  unsigned total = p2p_slots_total (self, &hard);
  unsigned used = p2p_slots_used (self, -1);

  if (self->slot_limit && self->now >= self->slot_limit_until)
    self->slot_limit = 0;
  if (!hard || used <= total) {
    self->overload_since = P2P_TIME_NONE;
    return;
  }
  if (self->overload_since == P2P_TIME_NONE)
    self->overload_since = self->now;
  if (self->now - self->overload_since < OVERLOAD_US)
    return;
  self->overload_since = P2P_TIME_NONE;
  self->slot_limit = used > 1 ? used - 1 : 1;
  self->slot_limit_until = self->now + SLOT_LIMIT_US;
  shed_one (self);
}

void
p2p_admit_tick (P2pSwarm * self)
{
  for (uint32_t i = 0; i < self->n_peers; i++) {
    P2pPeer *p = self->peers[i];

    if (p->evict_mask && self->now >= p->evict_at)
      p2p_admit_unsubscribe (self, p, p->evict_mask);
    if (p->stuck && p->child_mask && self->now - p->unacked_since < P2P_SEC (2))
      p2p_status_soon (self, p);        /* is it back? */
  }
  check_overload (self);
}
