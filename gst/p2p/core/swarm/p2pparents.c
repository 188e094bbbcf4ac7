/* gst-plugins-p2p
 *
 * This library is free software; you can redistribute it and/or
 * modify it under the terms of the GNU Lesser General Public
 * License as published by the Free Software Foundation; either
 * version 2.1 of the License, or (at your option) any later version.
 */
/* p2pparents.c: who feeds us: one parent a sub-stream, chosen by lag.
 *
 * score = its lag + RTT / 2 + its queue + what a chunk takes to leave it (+ a
 * penalty when it says it is full: less for a strong peer that looks for a
 * better place, for it may take a weaker one's slot);
 * the smallest wins, ties by link. No parent carries over half of the
 * sub-streams when three are there to choose from. A move asks the new parent
 * first and leaves the old one when that says yes.
 */
#include "p2pcatchup.h"
#include "p2ppatience.h"
#include "p2pleave.h"

#include <string.h>

#define FULL_PENALTY_US P2P_MSEC (300)
#define STRONG 16               /* eighths: who may take another's slot */
#define FULL_STRONG_US P2P_MSEC (100)
#define AVOID_US P2P_SEC (5)
#define ORPHAN_WAIT_US P2P_MSEC (500)
#define ANNOUNCE_US P2P_SEC (1)
#define MOVE_BEFORE_US P2P_MSEC (150)   /* of the next chunk */
#define CROSS_US P2P_MSEC (40)  /* beyond the two round trips of a move */
#define LEAVE_HURRY_US P2P_MSEC (250)   /* before a leaver stops */
#define LEAVE_LATE_US P2P_MSEC (100)
#define DEEP_US P2P_SEC (5)     /* a parent that stands too deep is kept so long */
#define LIVES_US P2P_MSEC (150) /* of silence, after a death */
#define SCORE_NONE INT64_MAX

static bool
eligible (const P2pSwarm * self, const P2pPeer * p, unsigned s)
{
  const P2pSubstream *sub = &self->sub[s];

  if (!p2p_peer_usable (self, p) || p->suspect || !p->has_map
      || p->k != self->k || p->role == P2P_ROLE_LEAF)
    return false;
  if (p->child_mask >> s & 1)   /* it gets s from us */
    return false;
  if (p2p_asked_after_death (self, s) && p2p_asked_in_vain (self, p))
    return false;
  if ((p->refused_mask >> s & 1) && self->now < p->refused_until)
    return false;
  if (sub->avoid == p->short_id && self->now < sub->avoid_until)
    return false;
  if (sub->parent == p->link && !p2p_parents_fresh (self, s))
    return false;               /* alive, but it hangs on nothing itself */
  return p->role == P2P_ROLE_SOURCE || p->lag_4ms[s] != 0xffff;
}

static int64_t
score (const P2pSwarm * self, const P2pPeer * p, unsigned s)
{
  int64_t v = p2p_peer_rtt (p) / 2 + p->queue_10ms * 10000;

  /* a chunk needs its duration x 8 / capacity to leave the parent */
  if (p->capacity > 0)
    v += (self->interval_us > 0 ? self->interval_us : P2P_MSEC (125)) * 8
        / p->capacity;

  if (p->role != P2P_ROLE_SOURCE && p->lag_4ms[s] != 0xffff)
    v += p->lag_4ms[s] * 4000;
  /* whose parent was fed by the source has everybody else below it: the way
   * back is the source */
  if (p->free_slots == 0 && self->sub[s].parent != p->link
      && !(p->role == P2P_ROLE_SOURCE && !self->sub[s].parent
          && self->sub[s].path_len == 2))
    v += self->sub[s].parent && p2p_own_capacity (self) >= STRONG ?
        FULL_STRONG_US : FULL_PENALTY_US;
  if (p2p_asked_after_death (self, s))  /* maybe it was not the only one */
    v += p2p_asked_silence (self, p);
  return v;
}

uint16_t
p2p_parents_mask (const P2pSwarm * self, const P2pPeer * p)
{
  uint16_t mask = 0;

  for (unsigned s = 0; s < self->k; s++) {
    if (self->sub[s].parent == p->link)
      mask |= (uint16_t) (1u << s);
  }
  return mask;
}

static unsigned
carries (const P2pSwarm * self, const P2pPeer * p, unsigned except)
{
  unsigned n = 0;

  for (unsigned s = 0; s < self->k; s++) {
    const P2pSubstream *sub = &self->sub[s];

    if (s != except && (sub->pending ? sub->pending : sub->parent) == p->link)
      n++;
  }
  return n;
}

bool
p2p_parents_has (const P2pSwarm * self, const P2pPeer * p)
{
  for (unsigned s = 0; s < self->k; s++) {
    if (self->sub[s].parent == p->link || self->sub[s].pending == p->link)
      return true;
  }
  return false;
}

/* Who is to feed s: asked now, or, with backups (those of the sub-streams before s), if
 * its parent fell. */
static bool
may_feed (const P2pSwarm * self, const P2pPeer * p, unsigned s,
    const P2pLinkId * backup)
{
  return eligible (self, p, s) && !(backup && self->sub[s].parent == p->link);
}

/* What it would carry of ours if the parent of s fell and those before s had found
 * theirs. */
static unsigned
would_carry (const P2pSwarm * self, const P2pPeer * p, unsigned s,
    const P2pLinkId * backup)
{
  unsigned n = 0;

  for (unsigned t = 0; t < self->k; t++) {
    if (self->sub[t].parent != self->sub[s].parent)
      n += self->sub[t].parent == p->link;
    else
      n += t < s && backup[t] == p->link;
  }
  return n;
}

static unsigned
count_those_who_may (const P2pSwarm * self, unsigned s,
    const P2pLinkId * backup)
{
  unsigned n = 0;

  for (uint32_t i = 0; i < self->n_peers; i++)
    n += may_feed (self, self->peers[i], s, backup);
  return n;
}

static P2pPeer *
best_parent (const P2pSwarm * self, unsigned s, const P2pLinkId * backup,
    int64_t * best_score)
{
  P2pPeer *best = NULL, *best_over = NULL;
  int64_t over_score = SCORE_NONE;
  unsigned half = self->k > 1 ? self->k / 2 : 1;
  bool spread = count_those_who_may (self, s, backup) >= 3;

  *best_score = SCORE_NONE;
  for (uint32_t i = 0; i < self->n_peers; i++) {
    P2pPeer *p = self->peers[i];
    int64_t v;

    if (!may_feed (self, p, s, backup) || (backup && p->free_slots == 0))
      continue;
    v = score (self, p, s);
    if (spread && (backup ? would_carry (self, p, s, backup) :
            carries (self, p, s)) >= half) {
      if (v < over_score) {
        over_score = v;
        best_over = p;
      }
    } else if (v < *best_score) {
      *best_score = v;
      best = p;
    }
  }
  if (best)
    return best;
  *best_score = over_score;
  return best_over;
}

void
p2p_parents_backups (const P2pSwarm * self, P2pLinkId * backup)
{
  for (unsigned s = 0; s < self->k; s++) {
    int64_t v;
    const P2pPeer *p = self->source || !self->sub[s].parent ? NULL :
        best_parent (self, s, backup, &v);

    backup[s] = p ? p->link : 0;
  }
}

bool
p2p_parents_eager (const P2pSwarm * self)
{
  return p2p_stream_bps (self) >= AUDIO_BPS;
}

/* The next chunk may be on its way from the old parent when the new one sends it:
 * a round trip and a half and what it waits for. */
static bool
comes_soon (const P2pSwarm * self, const P2pSubstream * sub)
{
  int64_t period = self->k * self->interval_us;
  int64_t before = p2p_min_time (MOVE_BEFORE_US, period / 2);

  return p2p_parents_eager (self)
      && self->now - sub->newest_arrival > period - before;
}

void
p2p_unsubscribe (P2pSwarm * self, P2pPeer * p, uint16_t mask)
{
  P2pUnsubscribe m = { mask, 0 };
  P2pWriter w;

  if (!p->up || !p2p_frame_begin (self, p, 64, &w))
    return;
  p2p_wire_put_unsubscribe (&w, &m);
  p2p_frame_commit (self, p, &w, P2P_STREAM_CONTROL, NO_BODY);
}

static void
subscribe (P2pSwarm * self, P2pPeer * p, uint16_t mask)
{
  for (unsigned s = 0; s < self->k; s++) {
    if (mask >> s & 1) {
      self->sub[s].pending = p->link;
      self->sub[s].pending_since = self->now;
    }
  }
  p2p_subscribe_send (self, p, mask, p2p_burst_begin (self, p));
  p2p_asked_note (self, p, mask);
}

/* The parent leaves, and has a chunk for us first; unless it has gone already. */
static bool
may_wait (const P2pSwarm * self, unsigned s)
{
  const P2pSubstream *sub = &self->sub[s];
  P2pTime period = self->k * self->interval_us;

  return p2p_subscribe_leaver (self, s) && comes_soon (self, sub)
      && sub->evicted_at - self->now > LEAVE_HURRY_US
      && self->now - sub->newest_arrival <= period + LEAVE_LATE_US;
}

/* Every sub-stream without a parent asks its best candidate, one SUBSCRIBE a
 * candidate. */
void
p2p_parents_choose (P2pSwarm * self)
{
  uint16_t todo = 0;

  self->parents_dirty = false;
  if (self->source || self->k == 0 || self->leaving
      || !p2p_bucket_has_room_to_subscribe (self, SUBSCRIBE_COST))
    return;                     /* the next tick is soon */
  for (unsigned s = 0; s < self->k; s++) {
    const P2pSubstream *sub = &self->sub[s];

    if (!sub->pending && (p2p_patience_ends (self, s)
            || (sub->evicted_at != FOREVER && !may_wait (self, s))))
      todo |= (uint16_t) (1u << s);
  }
  while (todo) {
    P2pPeer *p = NULL;
    uint16_t mask = 0;

    for (unsigned s = 0; s < self->k; s++) {
      int64_t v;
      P2pPeer *b;

      if (!(todo >> s & 1))
        continue;
      b = best_parent (self, s, NULL, &v);
      if (!b || b->link == self->sub[s].parent) {
        todo &= (uint16_t) ~ (1u << s);
      } else if (!p || b == p) {
        p = b;
        mask |= (uint16_t) (1u << s);
        todo &= (uint16_t) ~ (1u << s);
        self->sub[s].pending = p->link; /* counts for the spread */
      }
    }
    if (p)
      subscribe (self, p, mask);
  }
}

/* Who may give s, and is likely to live. */
static bool
is_another_there (const P2pSwarm * self, unsigned s)
{
  for (uint32_t i = 0; i < self->n_peers; i++) {
    const P2pPeer *p = self->peers[i];

    if (eligible (self, p, s) && (!p2p_asked_after_death (self, s)
            || p2p_asked_silence (self, p) <= LIVES_US))
      return true;
  }
  return false;
}

static void
note_refusal (P2pSwarm * self, P2pPeer * p, uint16_t mask)
{
  unsigned doublings = p->refusals < 4 ? p->refusals : 4;
  P2pTime wait = REFUSED_ONLY_US << doublings;
  bool orphan = false;

  if (p->refusals < 255)
    p->refusals++;
  p->refused_mask |= mask;
  for (unsigned s = 0; s < self->k; s++) {
    if (!(mask >> s & 1))
      continue;
    orphan |= self->sub[s].parent == 0 || self->sub[s].avoid;
    if (self->sub[s].avoid) {   /* ask again without accusing anybody */
      self->sub[s].avoid = 0;
      self->pull_at = self->now;
    }
    p->refused_until = FOREVER;
    if (is_another_there (self, s))
      wait = (REFUSED_US << doublings)
          + P2P_MSEC (p2p_random_range (&self->random, 1000));
  }
  /* a sub-stream whose root fell has no other way back, and the source may not
   * have noticed yet */
  if (orphan && p->role == P2P_ROLE_SOURCE && wait > ORPHAN_WAIT_US)
    wait = ORPHAN_WAIT_US;
  p->refused_until = self->now + wait;
}

/* It is asked, or was before another one is and may say yes first. */
static bool
may_answer (const P2pSwarm * self, const P2pPeer * p, unsigned s)
{
  return self->sub[s].pending == p->link || ((p->asked_mask >> s & 1)
      && !p2p_parents_fresh (self, s));
}

static bool
in_path (const P2pSubOk * m, uint32_t id)
{
  for (unsigned i = 0; i < m->path_len; i++) {
    if (m->path[i] == id)
      return true;
  }
  return false;
}

static void
set_parent (P2pSwarm * self, unsigned s, P2pPeer * p, uint32_t next)
{
  P2pSubstream *sub = &self->sub[s];
  P2pPeer *old = p2p_peer_find (self, sub->parent);

  if (old && old != p)
    p2p_unsubscribe (self, old, (uint16_t) (1u << s));
  if (sub->parent != p->link) {
    sub->has_offset = false;
    sub->newest = NO_CHUNK;
    sub->moved_at = self->now;
    sub->first = next;
  }
  sub->parent = p->link;
  sub->pending = 0;
  sub->evicted_at = FOREVER;
  sub->avoid = 0;
  if (sub->has_lag && p2p_parents_fed (self, s))
    p2p_status_fed (self, s);
}

/* True when the path is another one than before. */
static bool
set_path (P2pSubstream * sub, const P2pSubOk * m)
{
  uint8_t n = m->path_len < P2P_MAX_PATH ? m->path_len : P2P_MAX_PATH;

  if (sub->path_len == n
      && memcmp (sub->path, m->path, n * sizeof *m->path) == 0)
    return false;
  sub->path_len = n;
  memcpy (sub->path, m->path, n * sizeof *m->path);
  return true;
}

/* The source makes us a root, unasked: the one we had it from fell (p2pstandin.c). */
static bool
appointed (const P2pSwarm * self, const P2pPeer * p, const P2pSubstream * sub)
{
  return p2p_peer_is_source (self, p) && p2p_peer_is_tight (p)
      && !self->leaf;
}

/* Whose path is as long as paths are told lives and feeds us: not let go before another
 * one says yes, or all that hangs below us would look for one at the same time. Only
 * in radios, whose trees are so deep: video's are after the death of many, and are worse
 * for it (docs/bounds.md). */
static void
note_deep (P2pSwarm * self, P2pSubstream * sub, P2pPeer * p, uint16_t bit)
{
  if (sub->evicted_at != FOREVER)
    return;
  sub->evicted_at = self->now + DEEP_US;
  p->refused_mask |= bit;
  p->refused_until = self->now + REFUSED_US;
}

void
p2p_parents_ok (P2pSwarm * self, P2pPeer * p, const P2pSubOk * m)
{
  uint16_t changed = 0, unwanted = 0, refused = 0;
  bool deep = m->path_len >= P2P_MAX_PATH;
  bool loop = in_path (m, self->short_id) || (deep && p2p_parents_eager (self));
  unsigned n = 0;

  if (!p2p_peer_usable (self, p) || m->k != self->k)
    return;
  for (unsigned s = 0; s < self->k; s++) {
    P2pSubstream *sub = &self->sub[s];
    uint16_t bit = (uint16_t) (1u << s);
    uint32_t next = m->mask & bit ? m->next[n++] : 0;
    bool answers = may_answer (self, p, s);

    if ((m->mask | m->refused) & bit)
      p->asked_mask &= (uint16_t) ~ bit;
    if ((m->refused & bit) && answers) {
      if (sub->pending == p->link)
        sub->pending = 0;
      refused |= bit;
    }
    if (!(m->mask & bit))
      continue;
    if (!answers && sub->parent != p->link && !appointed (self, p, sub)) {
      unwanted |= bit;
    } else if (loop || (deep && sub->parent && sub->parent != p->link)) {
      unwanted |= bit;
      if (sub->pending == p->link)
        sub->pending = 0;
      if (sub->parent == p->link)
        p2p_parents_lose (self, p, bit, false);
      refused |= bit;
    } else {
      bool unasked = !answers && sub->parent != p->link;

      if (unasked)
        sub->announce_until = self->now + ANNOUNCE_US;
      if (answers)
        p2p_subscribe_say_what_came (self, p, s, next);
      if (answers || sub->parent != p->link)
        set_parent (self, s, p, next);
      if (unasked)
        p2p_pull_appointed (self, s);
      p->refusals = 0;
      if (deep)
        note_deep (self, sub, p, bit);
      else
        sub->evicted_at = FOREVER;
      if (set_path (sub, m))
        changed |= bit;
    }
  }
  if (refused)
    note_refusal (self, p, refused);
  if (unwanted)
    p2p_unsubscribe (self, p, unwanted);
  if (changed)
    p2p_admit_path_changed (self, changed);
  self->parents_dirty = true;
  self->pull_at = self->now;
}

/* The parent needs its slot for somebody else, or could not give one: who it
 * names is worth another try. */
void
p2p_parents_redirect (P2pSwarm * self, P2pPeer * p, const P2pPeerList * m)
{
  p2p_members_receive (self, p, m);
  for (unsigned i = 0; i < m->n; i++) {
    P2pPeer *c = p2p_peer_by_id (self, &m->peers[i].peer);

    if (c && c != p && c->refusals < 3)
      c->refused_mask &= (uint16_t) ~ m->mask;
  }
  for (unsigned s = 0; s < self->k; s++) {
    P2pSubstream *sub = &self->sub[s];

    if ((m->mask >> s & 1) && sub->parent == p->link
        && (sub->evicted_at == FOREVER || sub->path_len >= P2P_MAX_PATH)) {
      sub->evicted_at = self->now + EVICT_OVERLAP_US;
      p->refused_mask |= (uint16_t) (1u << s);
      p->refused_until = self->now + REFUSED_US;
    }
  }
  self->parents_dirty = true;
}

/* One that we left as dead lives: it would push to us what we have from others,
 * and others would lack the slots. */
void
p2p_parents_heard (P2pSwarm * self, P2pPeer * p)
{
  uint16_t mask = p->left_mask;

  p->left_mask = 0;
  for (unsigned s = 0; s < self->k; s++) {
    if (self->sub[s].avoid == p->short_id)
      self->sub[s].avoid = 0;   /* as good as any other */
    if (self->sub[s].parent == p->link || self->sub[s].pending == p->link)
      mask &= (uint16_t) ~ (1u << s);
  }
  if (mask && p2p_peer_usable (self, p))
    p2p_unsubscribe (self, p, mask);
  self->parents_dirty = true;
}

/* Who refused, or was not asked any more, may have a place now. */
static void
forgive (P2pSwarm * self, unsigned s)
{
  for (uint32_t i = 0; i < self->n_peers; i++) {
    self->peers[i]->refused_mask &= (uint16_t) ~ (1u << s);
    self->peers[i]->refusals = 0;
  }
}

void
p2p_parents_notice (P2pSwarm * self, P2pPeer * p, P2pTime until)
{
  p->asked_mask = 0;
  for (unsigned s = 0; s < P2P_MAX_SUBSTREAMS; s++) {
    P2pSubstream *sub = &self->sub[s];

    if (sub->pending == p->link)
      sub->pending = 0;
    if (sub->parent != p->link)
      continue;
    sub->evicted_at = p2p_min_time (sub->evicted_at, until);
    forgive (self, s);
  }
  self->parents_dirty = true;
}

void
p2p_parents_lose (P2pSwarm * self, P2pPeer * p, uint16_t mask, bool failed)
{
  for (unsigned s = 0; s < P2P_MAX_SUBSTREAMS; s++) {
    P2pSubstream *sub = &self->sub[s];

    if (!(mask >> s & 1))
      continue;
    p->asked_mask &= (uint16_t) ~ (1u << s);
    if (sub->pending == p->link)
      sub->pending = 0;
    if (sub->parent != p->link)
      continue;
    if (p->suspect)             /* it can't be told now */
      p->left_mask |= (uint16_t) (1u << s);
    sub->parent = 0;
    sub->evicted_at = FOREVER;
    sub->orphan_since = self->now;
    forgive (self, s);
    if (failed) {
      sub->avoid = sub->fell = p->short_id;
      sub->avoid_until = self->now + AVOID_US;
    }
  }
  self->parents_dirty = true;
  self->pull_at = self->now;
}

/* A parent that is alive but pushes nothing, while the stream goes on: what it
 * promised is not worth a slot. Two chunks of the sub-stream and a second. */
static bool
stalls (const P2pSwarm * self, const P2pSubstream * sub)
{
  P2pTime since = sub->moved_at;
  P2pTime patience = P2P_SEC (1) + 2 * self->k * self->interval_us;

  if (sub->newest != NO_CHUNK && sub->newest_arrival > since)
    since = sub->newest_arrival;
  return self->interval_us > 0 && self->now - since > patience
      && self->edge_moved > since + patience - P2P_SEC (1);
}

/* Answers that did not come, parents that have thrown us out. */
void
p2p_parents_tick (P2pSwarm * self)
{
  for (unsigned s = 0; s < self->k; s++) {
    P2pSubstream *sub = &self->sub[s];
    P2pPeer *p = p2p_peer_find (self, sub->pending);

    if (sub->pending && (!p || self->now - sub->pending_since
            >= SUBSCRIBE_WAIT_US + 2 * p2p_peer_rtt (p))) {
      sub->pending = 0;
      if (p) {
        /* nothing at all came: what else we say there only piles up */
        if (p->last_heard < sub->pending_since)
          p->suspect = true;
        note_refusal (self, p, (uint16_t) (1u << s));
      }
    }
    if (!sub->parent && sub->path_len > 0
        && self->now - sub->orphan_since >= ORPHAN_US) {
      sub->path_len = 0;        /* said once */
      p2p_admit_release (self, s);
    }
    p = p2p_peer_find (self, sub->parent);
    if (p && stalls (self, sub)) {
      p2p_unsubscribe (self, p, (uint16_t) (1u << s));
      p2p_parents_lose (self, p, (uint16_t) (1u << s), false);
      note_refusal (self, p, (uint16_t) (1u << s));
    }
    if (sub->evicted_at != FOREVER && self->now >= sub->evicted_at) {
      P2pPeer *old = p2p_peer_find (self, sub->parent);

      sub->evicted_at = FOREVER;
      if (old && sub->path_len >= P2P_MAX_PATH)
        p2p_unsubscribe (self, old, (uint16_t) (1u << s));
      if (old)
        p2p_parents_lose (self, old, (uint16_t) (1u << s), false);
    }
  }
  p2p_parents_choose (self);
}

/* Something is late on s: a chunk more than its interval ago. */
static bool
is_late (const P2pSwarm * self, const P2pSubstream * sub)
{
  P2pTime since = sub->newest_arrival ? sub->newest_arrival : sub->moved_at;

  return self->now - since > self->k * self->interval_us + OVERDUE_MIN_US;
}

/* A neighbour says that one on our path fell. It may have no link to the source:
 * who has one goes there, and all who hang below follow. */
void
p2p_parents_doubt (P2pSwarm * self, unsigned s, uint32_t fallen)
{
  P2pSubstream *sub = &self->sub[s];

  if (self->source || !sub->parent || sub->pending || !is_late (self, sub))
    return;
  for (uint32_t i = 0; i < self->n_peers; i++) {
    P2pPeer *p = self->peers[i];

    if (p->role != P2P_ROLE_SOURCE || p->link == sub->parent
        || !eligible (self, p, s))
      continue;
    sub->avoid = sub->fell = fallen;
    sub->avoid_until = self->now + AVOID_US;
    subscribe (self, p, (uint16_t) (1u << s));
    return;
  }
}

static bool
knows_tight_source (const P2pSwarm * self)
{
  return self->n_tight > 0;
}

/* Did this sub-stream bring something lately? Its parent may live and hang on
 * one that fell: then what we could promise is nothing. A new parent that said
 * yes was fresh itself. */
bool
p2p_parents_fresh (const P2pSwarm * self, unsigned s)
{
  const P2pSubstream *sub = &self->sub[s];
  P2pTime since = sub->moved_at;

  if (self->source)
    return true;
  if (!sub->parent)
    return false;
  if (sub->newest != NO_CHUNK && sub->newest_arrival > since)
    since = sub->newest_arrival;
  /* Near a tight source nobody but it has what is missing, and it is asked by
   * p2p_parents_doubt: trying all others first would cost half a second. */
  return self->now - since <= self->k * self->interval_us + STALE_US
      || knows_tight_source (self);
}

/* What we tell others: not that a new parent said yes, but that it brought
 * something. Else those who asked each other would promise in a circle. */
bool
p2p_parents_fed (const P2pSwarm * self, unsigned s)
{
  const P2pSubstream *sub = &self->sub[s];

  if (self->source || !p2p_parents_eager (self) || knows_tight_source (self))
    return p2p_parents_fresh (self, s);
  return sub->parent && self->now - sub->newest_arrival
      <= self->k * self->interval_us + STALE_US;
}

/* The old parent would send the next chunk before it hears that it need not: the new
 * one is asked, says yes, and then it is told. */
static bool
crosses (const P2pSwarm * self, const P2pSubstream * sub, const P2pPeer * old,
    const P2pPeer * next)
{
  P2pTime period = self->k * self->interval_us;
  P2pTime before = p2p_peer_rtt (old) + p2p_peer_rtt (next) + CROSS_US;

  return p2p_parents_eager (self) && self->now - sub->newest_arrival
      > period - p2p_min_time (before, period * 3 / 4);
}

/* Once a second: each settled sub-stream tries with probability 0.3 (0.4 where a
 * part of them has to wait) to gain at least 100 ms, or to leave a parent that
 * carries over half. */
void
p2p_parents_improve (P2pSwarm * self)
{
  unsigned half = self->k > 1 ? self->k / 2 : 1;

  for (unsigned s = 0; s < self->k && !self->source; s++) {
    P2pSubstream *sub = &self->sub[s];
    P2pPeer *cur = p2p_peer_find (self, sub->parent), *best;
    int64_t v, own;

    if (!cur || sub->pending || self->now - sub->moved_at < MOVE_HOLD_US
        || p2p_random_range (&self->random, 10)
        >= (p2p_parents_eager (self) ? 4 : 3) || comes_soon (self, sub))
      continue;
    best = best_parent (self, s, NULL, &v);
    if (!best || best == cur || crosses (self, sub, cur, best)
        || (best->free_slots == 0 && p2p_own_capacity (self) < STRONG))
      continue;
    own = score (self, cur, s);
    if (v + MOVE_GAIN_US <= own || (carries (self, cur, 99) > half
            && carries (self, best, s) < half && v < own + P2P_MSEC (300)))
      subscribe (self, best, (uint16_t) (1u << s));
  }
}
