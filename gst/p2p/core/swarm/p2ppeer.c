/* gst-plugins-p2p
 *
 * This library is free software; you can redistribute it and/or
 * modify it under the terms of the GNU Lesser General Public
 * License as published by the Free Software Foundation; either
 * version 2.1 of the License, or (at your option) any later version.
 */
/* p2ppeer.c: the list of neighbours and what each is known to hold. */
#include "p2pswarmpriv.h"

#define NEIGHBOUR_BPS 8000

#include <stdlib.h>
#include <string.h>

#define LEAF_NEIGHBOURS 8
#define SOURCE_LINK_BPS 64000   /* of media, for each link that is always taken */
#define SOURCE_LINKS 48         /* design 8 */
#define IDLE_LEAF_US P2P_SEC (4)
#define SUPER_NEIGHBOURS 36     /* 30 children (swarm reference, 7.10), and parents */

/* Place of the link in the sorted array, or where it would go. Counted, not searched:
 * compilers compare several at a time, and processors have nothing to guess. */
static uint32_t
place (const P2pSwarm * self, P2pLinkId link)
{
  const P2pLinkId *links = self->links;
  uint32_t n = self->n_peers, i = 0;

  for (uint32_t j = 0; j < n; j++)
    i += links[j] < link;
  return i;
}

P2pPeer *
p2p_peer_find (const P2pSwarm * self, P2pLinkId link)
{
  uint32_t i;

  if (link == 0)
    return NULL;
  i = place (self, link);
  return i < self->n_peers && self->links[i] == link ? self->peers[i] : NULL;
}

P2pClockSpan *
p2p_peer_clock (P2pSwarm * self, const P2pPeer * p)
{
  return &self->clocks[place (self, p->link)];
}

void
p2p_peer_tell_at (P2pSwarm * self, P2pPeer * p, P2pTime due)
{
  p->status_due = due;
  self->status_dues[place (self, p->link)] = p->up && !p->dropped ? due :
      FOREVER;
}

P2pPeer *
p2p_peer_by_id (const P2pSwarm * self, const P2pPeerId * id)
{
  for (uint32_t i = 0; i < self->n_peers; i++) {
    if (p2p_peer_id_equal (&self->peers[i]->info.peer_id, id))
      return self->peers[i];
  }
  return NULL;
}

/* A source that has not two streams to give: every frame that it has to
 * acknowledge is missing in the one copy that everybody waits for. */
bool
p2p_peer_is_tight (const P2pPeer * p)
{
  return p->role == P2P_ROLE_SOURCE && p->capacity < TIGHT_EIGHTHS;
}

void
p2p_peer_described (P2pSwarm * self, P2pPeer * p)
{
  bool tight = p2p_peer_is_tight (p);

  if (tight != p->tight)
    self->n_tight += tight ? 1 : UINT32_MAX;
  if (tight != p->tight)
    self->told_fed = 0;         /* a tight one is told less */
  p->tight = tight;
}

P2pPeer *
p2p_peer_by_short (const P2pSwarm * self, uint32_t short_id)
{
  for (uint32_t i = 0; i < self->n_peers; i++) {
    if (self->peers[i]->short_id == short_id)
      return self->peers[i];
  }
  return NULL;
}

/* A link costs some 6 KB to set up and 2 to 4 % of an audio stream to keep: a
 * source with a tight cap takes a few more than it can feed. */
static unsigned
links_of_source (const P2pSwarm * self)
{
  bool hard;
  unsigned slots = p2p_slots_total (self, &hard);

  if (!hard || self->k == 0 || slots > 2u * self->k)
    return SOURCE_LINKS;
  /* newcomers wait until what the last ones cost is paid off; relays take them
   * meanwhile */
  if (p2p_push_backlogged (self)
      && self->n_peers >= p2p_stream_bps (self) / SOURCE_LINK_BPS)
    return self->n_peers;
  return slots + 2;
}

unsigned
p2p_max_neighbours (const P2pSwarm * self)
{
  unsigned max = self->config.max_peers ? self->config.max_peers : self->source ? links_of_source (self) : 24;  /* design 8 */
  uint32_t fit = self->cap_bps / NEIGHBOUR_BPS;

  if (max > P2P_MAX_NEIGHBOURS)
    max = P2P_MAX_NEIGHBOURS;
  if (self->super && self->config.max_peers == 0)
    max = SUPER_NEIGHBOURS;
  /* every neighbour costs an opening flight, STATUS and SACKs, whatever it
   * takes from us: no more than fit under the cap */
  if (self->cap_bps == 0 || self->source)
    return max;
  if (fit < MIN_NEIGHBOURS)
    fit = MIN_NEIGHBOURS;
  return fit < max ? fit : max;
}

unsigned
p2p_target_neighbours (const P2pSwarm * self)
{
  unsigned max = p2p_max_neighbours (self);
  unsigned target = p2p_stream_bps (self) < AUDIO_BPS ? 8 : 12; /* design 6 */
  unsigned spares = p2p_stream_bps (self) < AUDIO_BPS ? 1 : 2;
  bool hard;

  if (self->super)
    target += target / 2;
  /* of those that relay there are few places for each where most are leaves */
  if (self->leaf && target > LEAF_NEIGHBOURS)
    target = LEAF_NEIGHBOURS;

  /* A source with three streams to give has one for each slot, so that many
   * roots share its gifts and who falls is replaced from links that are there
   * (where a link costs next to nothing of a stream: as many again, for all
   * roots may fall at once); one with less is found, it does not search. */
  if (self->source && self->cap_bps != 0
      && p2p_own_capacity (self) < SOURCE_SLOTS_X * 8)
    target = 4;
  else if (self->source)
    target = 2 + p2p_slots_total (self, &hard) * spares;
  return target < max ? target : max;
}

/* Those that seem to live: what fell keeps its link for ten seconds. */
unsigned
p2p_live_neighbours (const P2pSwarm * self, bool leaves)
{
  unsigned n = 0;

  for (uint32_t i = 0; i < self->n_peers; i++) {
    const P2pPeer *p = self->peers[i];

    n += !p->suspect && !p->stuck && !p->dropped && !p->leaving
        && (leaves || p->role != P2P_ROLE_LEAF);
  }
  return n;
}

/* Leaves find places at all relays, and a relay that has nobody else is fed by
 * nobody: a third of the places is for those that relay. */
bool
p2p_peer_leaves_full (const P2pSwarm * self)
{
  unsigned max = p2p_max_neighbours (self), leaves = 0;

  for (uint32_t i = 0; i < self->n_peers; i++) {
    const P2pPeer *p = self->peers[i];

    leaves += p->role == P2P_ROLE_LEAF && !p->dropped
        && !p2p_peer_yields_place (self, p);
  }
  return !self->source && leaves > max - max / 3;
}

static void
init_peer (P2pSwarm * self, P2pPeer * p, P2pLinkId link,
    const P2pLinkInfo * info)
{
  p->link = link;
  p->info = *info;
  p->short_id = p2p_peer_id_short (&info->peer_id);
  p->since = p->last_heard = self->now;
  p->rtt_us = info->rtt_us;
  p->ping_sent = p->ping_received = P2P_TIME_NONE;
  p->unacked_since = p->probed_at = P2P_TIME_NONE;
  p->asked_at = p->subscribed_at = P2P_TIME_NONE;
  p->status_sent = p->asked_since = P2P_TIME_NONE;
  p->status_due = self->now + p2p_status_period (self);
  p->peers_due = self->now + P2P_SEC (3)
      + P2P_MSEC (p2p_random_range (&self->random, 3000));
  p->burst_next = p->burst_end = 0;
  memset (p->head, 255, sizeof p->head);
  memset (p->lag_4ms, 255, sizeof p->lag_4ms);
}

/* A leaf feeds nobody, and this one had its chance to take what we have to give:
 * another one may need that. */
static bool
is_idle_leaf (const P2pSwarm * self, const P2pPeer * p)
{
  bool hard;

  return p->role == P2P_ROLE_LEAF && p->child_mask == 0 && !self->source
      && self->now - p->since >= IDLE_LEAF_US
      && p2p_slots_used (self, -1) < p2p_slots_total (self, &hard);
}

/* It goes, or neither of us gains by the other. Or something was sent, and nothing
 * has come since: gone without a word, or stopped. Its link is kept, for a leaver
 * feeds its children still and a stopped one comes back, until somebody else wants the
 * place. */
bool
p2p_peer_yields_place (const P2pSwarm * self, const P2pPeer * p)
{
  return p->leaving || is_idle_leaf (self, p)
      || p2p_peer_is_silent (self, p, LOST_US);
}

bool
p2p_peer_is_silent (const P2pSwarm * self, const P2pPeer * p, P2pTime us)
{
  return p->unacked_since != P2P_TIME_NONE
      && self->now - p->unacked_since >= us && self->now - p->last_heard >= us;
}

unsigned
p2p_peer_places (const P2pSwarm * self)
{
  unsigned max = p2p_max_neighbours (self), taken = 0;

  for (uint32_t i = 0; i < self->n_peers; i++)
    taken += !self->peers[i]->dropped
        && !p2p_peer_yields_place (self, self->peers[i]);
  return taken < max ? max - taken : 0;
}

/* All links are taken, some by neighbours that yield theirs: the one that is silent
 * for longest goes. */
static void
make_place (P2pSwarm * self)
{
  P2pPeer *worst = NULL;
  unsigned taken = 0;

  for (uint32_t i = 0; i < self->n_peers; i++) {
    P2pPeer *p = self->peers[i];

    taken += !p->dropped;
    if (!p->dropped && p2p_peer_yields_place (self, p)
        && (!worst || p->last_heard < worst->last_heard))
      worst = p;
  }
  if (worst && taken >= p2p_max_neighbours (self))
    p2p_peer_drop (self, worst, false, 0);
}

static bool
grow (P2pSwarm * self)
{
  uint32_t cap = self->cap_peers ? self->cap_peers * 2 : 8;
  P2pPeer **peers = realloc (self->peers, cap * sizeof *peers);
  P2pClockSpan *clocks;
  P2pLinkId *links;
  P2pTime *dues;

  if (!peers)
    return false;
  self->peers = peers;
  clocks = realloc (self->clocks, cap * sizeof *clocks);
  if (!clocks)
    return false;
  self->clocks = clocks;
  dues = realloc (self->status_dues, cap * sizeof *dues);
  if (!dues)
    return false;
  self->status_dues = dues;
  links = realloc (self->links, cap * sizeof *links);
  if (!links)
    return false;
  self->links = links;
  peers = realloc (self->waiting, cap * sizeof *peers);
  if (!peers)
    return false;
  self->waiting = peers;
  peers = realloc (self->takers, cap * sizeof *peers);
  if (!peers)
    return false;
  self->takers = peers;
  self->cap_peers = cap;
  return true;
}

P2pResult
p2p_peer_add (P2pSwarm * self, P2pLinkId link, const P2pLinkInfo * info)
{
  uint32_t i = place (self, link);
  P2pPeer *p;

  if (link == 0 || (i < self->n_peers && self->links[i] == link))
    return P2P_INVALID;
  /* one that was let begin has a place, even if there are fewer now */
  if (p2p_peer_places (self) == 0 && (!p2p_set_up_admitted (self, link)
          || self->n_peers >= P2P_MAX_NEIGHBOURS))
    return P2P_LIMIT;
  if (!p2p_prefix_admit (self, link, info->prefix))
    return P2P_LIMIT;
  make_place (self);
  if (self->n_peers == self->cap_peers && !grow (self))
    return P2P_LIMIT;
  p = p2p_lines_new (sizeof *p);
  if (!p)
    return P2P_LIMIT;
  init_peer (self, p, link, info);
  p->wire_sent = p2p_set_up_done (self, link);
  memmove (self->peers + i + 1, self->peers + i,
      (self->n_peers - i) * sizeof *self->peers);
  memmove (self->links + i + 1, self->links + i,
      (self->n_peers - i) * sizeof *self->links);
  memmove (self->clocks + i + 1, self->clocks + i,
      (self->n_peers - i) * sizeof *self->clocks);
  memset (&self->clocks[i], 0, sizeof *self->clocks);
  memmove (self->status_dues + i + 1, self->status_dues + i,
      (self->n_peers - i) * sizeof *self->status_dues);
  self->status_dues[i] = FOREVER;
  self->peers[i] = p;
  self->links[i] = link;
  self->linked_at = self->now;
  self->exchange_at = p2p_min_time (self->exchange_at, p->peers_due);
  self->n_peers++;
  self->n_new++;
  self->links_made++;
  /* the rendezvous counted when we asked last, and many have come since */
  if (self->members && self->members <= self->n_peers
      && p2p_parents_eager (self))
    self->members = self->n_peers + 1;
  return P2P_OK;
}

void
p2p_peer_free (P2pPeer * p)
{
  p2p_push_forget (p);
  p2p_header_object_free (p->assembly);
  p2p_signal_object_free (p->signal);
  p2p_lines_free (p);
}

void
p2p_peer_remove (P2pSwarm * self, P2pPeer * p)
{
  uint32_t i = place (self, p->link);

  p2p_parents_lose (self, p, 0xffff, !p->leaving);
  p2p_pull_forget_link (self, p);
  p2p_pending_forget_link (self, p->link);
  if (p->up)
    p2p_action_event (self, P2P_EVENT_PEER_REMOVED, p->link,
        &p->info.peer_id, 0);
  memmove (self->peers + i, self->peers + i + 1,
      (self->n_peers - i - 1) * sizeof *self->peers);
  memmove (self->links + i, self->links + i + 1,
      (self->n_peers - i - 1) * sizeof *self->links);
  memmove (self->clocks + i, self->clocks + i + 1,
      (self->n_peers - i - 1) * sizeof *self->clocks);
  memmove (self->status_dues + i, self->status_dues + i + 1,
      (self->n_peers - i - 1) * sizeof *self->status_dues);
  self->n_peers--;
  self->n_proven -= p->proven;
  self->in_flight -= p->unacked;
  self->n_tight -= p->tight;
  p2p_push_unlist (self, p);
  p2p_peer_free (p);
}

bool
p2p_peer_is_source (const P2pSwarm * self, const P2pPeer * p)
{
  return p->proven && p->epoch == self->epoch;
}

void
p2p_peer_drop (P2pSwarm * self, P2pPeer * p, bool bad, uint8_t reason)
{
  P2pAction *a;

  if (p->dropped)
    return;
  p->dropped = true;            /* the host answers with link_down */
  p2p_peer_tell_at (self, p, p->status_due);
  a = p2p_action_add (self, P2P_ACTION_DROP_LINK, p->link);
  if (a) {
    a->u.drop.bad = bad;
    a->u.drop.reason = reason;
  }
  p->child_mask = 0;
  p2p_push_forget (p);
  p2p_parents_lose (self, p, 0xffff, true);
  p2p_pull_forget_link (self, p);
  p2p_pending_forget_link (self, p->link);
}

/* Of sub-stream s, up to the newest that its map tells. */
static uint32_t
newest_of (const P2pPeer * p, uint32_t k, uint32_t s)
{
  return p->newest - p2p_mod_k (p2p_mod_k (p->newest, k) + k - s, k);
}

bool
p2p_peer_has (const P2pSwarm * self, const P2pPeer * p, uint32_t chunk)
{
  uint32_t s = p2p_sub_of (self, chunk), back, newest;

  if (!p->has_map || chunk < p->base || chunk > p->newest || p->k != self->k
      || self->k == 0)
    return false;
  for (unsigned i = 0; i < p->n_holes; i++) {
    if (p->newest - chunk == p->holes[i])
      return false;
  }
  if (p->head[s] == 255)
    return false;
  newest = newest_of (p, self->k, s);
  back = (uint32_t) p->head[s] * self->k;
  return newest >= back && chunk <= newest - back;
}

/* An older one that it announces: a hole less, or one more of its sub-stream. */
void
p2p_peer_note_older (const P2pSwarm * self, P2pPeer * p, uint32_t chunk)
{
  uint32_t s, newest;

  if (!p->has_map || p->k != self->k || self->k == 0 || chunk < p->base
      || chunk > p->newest)
    return;
  s = p2p_sub_of (self, chunk);
  newest = newest_of (p, self->k, s);
  for (unsigned i = 0; i < p->n_holes; i++) {
    if (p->newest - chunk == p->holes[i]) {
      p->holes[i] = p->holes[--p->n_holes];
      return;
    }
  }
  if (p->head[s] > 0 && p->head[s] < 255 && chunk <= newest
      && (newest - chunk) / self->k == p->head[s] - 1u)
    p->head[s]--;
}

/* A chunk that it sent or announced: moves the map of a peer whose newest it
 * passes by one step; anything else waits for the next STATUS. */
void
p2p_peer_note_chunk (const P2pSwarm * self, P2pPeer * p, uint32_t chunk)
{
  if (!p->has_map || p->k != self->k || chunk <= p->newest || self->k == 0)
    return;
  if (chunk - p->newest > self->k)
    return;
  /* a step back for each sub-stream that has one more chunk up to there */
  for (uint32_t c = p->newest + 1; c < chunk; c++) {
    uint32_t s = p2p_sub_of (self, c);

    if (p->head[s] < 254)
      p->head[s]++;
  }
  for (unsigned i = 0; i < p->n_holes; i++)
    p->holes[i] = (uint16_t) (p->holes[i] + (chunk - p->newest));
  p->newest = chunk;
}
