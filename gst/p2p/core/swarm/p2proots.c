/* gst-plugins-p2p
 *
 * This library is free software; you can redistribute it and/or
 * modify it under the terms of the GNU Lesser General Public
 * License as published by the Free Software Foundation; either
 * version 2.1 of the License, or (at your option) any later version.
 */
/* p2proots.c: a source with upload to spare whose roots fall, many at once.
 *
 * What the roots of a sub-stream got last, and did not pass on, is nowhere but at
 * the source when all of them fell: it goes again to one that lives, or to the next
 * that comes, before anything newer. When a quarter falls within a second, or
 * two that are no newcomers say LEAVE, for ten seconds none that stays loses a place
 * for having one more than its share; when a third falls, places go to those that can
 * pass on what they get, and new links wait for no media; when half does, the others
 * are probed, so that their places are free when those below ask for them. (A tight
 * source has p2pstandin.c.)
 */
#include "p2proots.h"

#define PASSED_ON_US P2P_MSEC (200)     /* after it was acknowledged, at the latest */
#define SILENT_US P2P_MSEC (100)
#define ACK_US P2P_MSEC (40)    /* held back, and told to us */
#define TOGETHER_US P2P_SEC (1) /* deaths of one cause are noticed within that */
#define UNREST_US P2P_SEC (10)
#define SOME 4                  /* one in so many */
#define MANY 3                  /* more than leave by themselves where a tenth does
                                 * each second */
#define OLD_US P2P_SEC (5)      /* newcomers of a crowd come and go */
#define MOST 2
#define COPIES 2                /* the least that is pushed of what was lost */
#define STRONG_ENOUGH 4         /* neighbours: the weak need not be roots */
#define TRIES 3

static bool
applies (const P2pSwarm * self)
{
  return self->source && self->k > 0 && p2p_parents_eager (self)
      && !p2p_push_tight (self);
}

bool
p2p_roots_in_unrest (const P2pSwarm * self)
{
  return self->now < self->unrest_until && applies (self);
}

bool
p2p_roots_settle (const P2pSwarm * self)
{
  return self->now < self->settles_at && applies (self);
}

static bool
lives (const P2pSwarm * self, const P2pPeer * p)
{
  return p2p_peer_usable (self, p) && !p->stuck && !p->suspect && !p->leaving;
}

/* A child that lives got it, or will. *heir: the strongest that did not. */
static bool
is_elsewhere (const P2pSwarm * self, const P2pEntry * e, unsigned s,
    P2pPeer ** heir)
{
  *heir = NULL;
  for (uint32_t i = 0; i < self->n_peers; i++) {
    P2pPeer *p = self->peers[i];

    if (!(p->child_mask >> s & 1) || !lives (self, p))
      continue;
    if (p->child_next[s] <= e->chunk)
      return true;
    if (!*heir || p->capacity > (*heir)->capacity)
      *heir = p;
  }
  return false;
}

/* The oldest that it may have kept to itself: what it acknowledged long before it
 * fell silent it has passed on. */
static P2pTime
kept_since (const P2pPeer * p)
{
  P2pTime t = p->last_heard;

  if (p->unacked_since != P2P_TIME_NONE && p->unacked_since < t)
    t = p->unacked_since;
  return t - p2p_peer_rtt (p) - PASSED_ON_US;
}

static void
send_again (P2pSwarm * self, const P2pPeer * fallen)
{
  P2pTime since = kept_since (fallen);

  for (uint32_t c = self->window.base; c < self->window.end; c++) {
    P2pEntry *e = p2p_window_held (&self->window, c);
    unsigned s = p2p_sub_of (self, c);
    P2pPeer *heir;

    if (!e || !(fallen->child_mask >> s & 1) || e->u.held.arrival < since
        || is_elsewhere (self, e, s, &heir))
      continue;
    e->u.held.copies = 0;
    e->u.held.lost = true;
    if (!heir)
      continue;
    p2p_queue_add (self, &heir->push, c);
    p2p_push_list (self, heir);
    self->pump_dirty = true;
  }
}

/* One in so many of the children, and two at least, fell together. */
static bool
share_fell (const P2pSwarm * self, unsigned one_in)
{
  unsigned n = 0;

  if (self->now > self->fell_until)
    return false;
  for (uint32_t i = 0; i < self->n_peers; i++)
    n += self->peers[i]->child_mask != 0;
  return self->n_fell > 1 && self->n_fell * one_in >= n;
}

/* It may have fallen with the others, and have nothing to acknowledge. */
void
p2p_roots_doubt (P2pSwarm * self, P2pPeer * p)
{
  if (!p->child_mask || !applies (self) || !lives (self, p)
      || !share_fell (self, MOST)
      || self->now - p->last_heard < SILENT_US
      || self->now - p->status_sent < SILENT_US)
    return;
  p->accused = true;
  if (p->unacked_since == P2P_TIME_NONE)
    p2p_status_send (self, p);
}

bool
p2p_roots_is_silent (const P2pSwarm * self, const P2pPeer * p)
{
  P2pTime wait = 2 * p2p_peer_rtt (p) + ACK_US;

  return p->accused && share_fell (self, MOST)
      && p->unacked_since != P2P_TIME_NONE && applies (self)
      && self->now - p->unacked_since >= (wait > SILENT_US ? wait : SILENT_US);
}

/* false: it did already, in the same second. One whose line stands still again and
 * again is one, and has no more sent than by falling once. */
static bool
count_fall (P2pSwarm * self, P2pPeer * fallen)
{
  if (self->now > self->fell_until) {
    self->fell_until = self->now + TOGETHER_US;
    self->n_fell = 0;
    for (uint32_t i = 0; i < self->n_peers; i++)
      self->peers[i]->fell = false;
  }
  if (fallen->fell)
    return false;
  fallen->fell = true;
  self->n_fell++;
  return true;
}

/* Of two that have long been neighbours and leave within a second the second: where so
 * many leave others will. */
void
p2p_roots_left (P2pSwarm * self, const P2pPeer * leaver)
{
  if (!leaver->child_mask || !applies (self)
      || self->now - leaver->since < OLD_US)
    return;
  if (self->now < self->left_until)
    self->settles_at = self->now + UNREST_US;
  self->left_until = self->now + TOGETHER_US;
}

void
p2p_roots_fell (P2pSwarm * self, P2pPeer * fallen)
{
  if (!fallen->child_mask || !applies (self) || !count_fall (self, fallen))
    return;
  if (share_fell (self, SOME))
    self->settles_at = self->now + UNREST_US;
  if (share_fell (self, MANY))
    self->unrest_until = self->now + UNREST_US;
  for (uint32_t i = 0; i < self->n_peers; i++)
    p2p_roots_doubt (self, self->peers[i]);
  send_again (self, fallen);
}

bool
p2p_roots_lack (const P2pSwarm * self, const P2pEntry * e)
{
  return self->source && e->u.held.copies < COPIES && (e->u.held.lost
      || (p2p_roots_in_unrest (self)
          && e->u.held.arrival >= self->unrest_until - UNREST_US));
}

bool
p2p_roots_refuse (const P2pSwarm * self, const P2pPeer * p, unsigned s,
    unsigned strong, bool feeds_two)
{
  return p2p_roots_in_unrest (self) && strong >= STRONG_ENOUGH
      && (p2p_slots_used (self, (int) s) > 0 || (!feeds_two
          && p->applications < TRIES));
}
