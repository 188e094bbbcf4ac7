/* gst-plugins-p2p
 *
 * This library is free software; you can redistribute it and/or
 * modify it under the terms of the GNU Lesser General Public
 * License as published by the Free Software Foundation; either
 * version 2.1 of the License, or (at your option) any later version.
 */
/* p2pintroduce.c: chooses whom a newcomer's offers go to.
 *
 * Owner: the tracker. A swarm may have thousands of members, so a random sample
 * of 24 is scored, not all of them. Six of ten offers go to the best of the
 * sample, the others to random ones: "best first" alone makes a few peers the
 * first hop of everybody. What was just introduced counts as taken for some
 * seconds, so a crowd spreads over all that have room.
 */
#include "p2ptrackerprivate.h"

#define SAMPLE 24               /* scored for one announce */
#define BEST_OF_TEN 6           /* offers for the best, of ten; the rest random */
#define UNKNOWN_SLOTS 4         /* of a peer that did not tell */
#define MAX_SLOTS 16            /* more free slots make no better parent */
#define MAX_LAG_MS 5000
#define PREFIX_SHARE 4          /* a quarter of the offers, one at least, goes to one
                                 * address prefix while there are others */
#define RECENT_HALF_LIFE P2P_SEC (2)

/* Points: a free slot 100, a second of lag -100. */
#define SCORE_SLOT 100
#define SCORE_CAPACITY 5        /* an eighth of the stream rate, up to 32 */
#define SCORE_SUPER 150
#define SCORE_RELAY 50
#define SCORE_SOURCE -100       /* its slots are the scarcest */
#define SCORE_LEAF -1000
#define SCORE_NEAR 120          /* same /24 or /48 */
#define SCORE_FULL -2000        /* said that it has no room */
#define SCORE_KNOWN -3000       /* an offer between the two is still alive */

typedef struct
{
  P2pTrackerMember *member;
  int32_t score;
} Choice;

static uint32_t
recent_introductions (const P2pTrackerMember * member, P2pTime now)
{
  P2pTime age = now - member->recent_at;
  P2pTime halvings = age > 0 ? age / RECENT_HALF_LIFE : 0;

  return halvings >= 16 ? 0 : (uint32_t) member->recent >> halvings;
}

void
p2p_tracker_introduced (P2pTrackerMember * to, P2pTime now)
{
  uint32_t recent = recent_introductions (to, now);

  to->recent = (uint16_t) (recent < UINT16_MAX ? recent + 1 : recent);
  to->recent_at = now;
}

/* Is an offer between the two alive? At most 255 offers are looked at. */
static bool
know_each_other (const P2pTrackerMember * a, const P2pTrackerMember * b)
{
  const P2pRing *link;

  for (link = a->offers_out.next; link != &a->offers_out; link = link->next)
    if (P2P_RING_ENTRY (link, P2pTrackerOffer, of_from)->to == b)
      return true;
  for (link = a->offers_in.next; link != &a->offers_in; link = link->next)
    if (P2P_RING_ENTRY (link, P2pTrackerOffer, of_to)->from == b)
      return true;
  return false;
}

bool
p2p_tracker_may_introduce (const P2pTracker * self,
    const P2pTrackerMember * from, const P2pTrackerMember * to)
{
  if (to == from || to->conn == from->conn)
    return false;
  return to->n_open_in < self->limits.max_pending_offers && to->n_in < 255;
}

static int32_t
score_of (const P2pTrackerMember * from, const P2pTrackerMember * to,
    P2pTime now)
{
  const P2pIntro *intro = &to->intro;
  uint32_t slots = intro->free_slots != P2P_INTRO_UNKNOWN ?
      intro->free_slots : UNKNOWN_SLOTS;
  int32_t score;

  if (slots > MAX_SLOTS)
    slots = MAX_SLOTS;
  score = SCORE_SLOT * ((int32_t) slots
      - (int32_t) recent_introductions (to, now));
  if (intro->role == P2P_INTRO_ROLE_SUPER)
    score += SCORE_SUPER;
  else if (intro->role == P2P_INTRO_ROLE_RELAY)
    score += SCORE_RELAY;
  else if (intro->role == P2P_INTRO_ROLE_SOURCE)
    score += SCORE_SOURCE;
  else if (intro->role == P2P_INTRO_ROLE_LEAF)
    score += SCORE_LEAF;
  if (intro->capacity != P2P_INTRO_UNKNOWN)
    score += SCORE_CAPACITY * (intro->capacity < 32 ? intro->capacity : 32);
  if (intro->lag_ms != P2P_INTRO_UNKNOWN)
    score -= (intro->lag_ms < MAX_LAG_MS ? intro->lag_ms : MAX_LAG_MS) / 10;
  if (from->conn->prefix != 0 && from->conn->prefix == to->conn->prefix)
    score += SCORE_NEAR;
  if (intro->free_slots == 0)
    score += SCORE_FULL;
  if (know_each_other (from, to))
    score += SCORE_KNOWN;
  return score;
}

static bool
both_leaves (const P2pTrackerMember * a, const P2pTrackerMember * b)
{
  return a->intro.role == P2P_INTRO_ROLE_LEAF
      && b->intro.role == P2P_INTRO_ROLE_LEAF;
}

static void
consider (P2pTracker * self, P2pTrackerMember * from, P2pTrackerMember * to,
    P2pTime now, Choice * choices, uint32_t * n)
{
  for (uint32_t i = 0; i < *n; i++)
    if (choices[i].member == to)
      return;
  if (!p2p_tracker_may_introduce (self, from, to) || both_leaves (from, to))
    return;
  choices[*n].member = to;
  choices[*n].score = score_of (from, to, now);
  (*n)++;
}

/* All members of a small swarm, starting anywhere; else a random sample. */
static uint32_t
sample (P2pTracker * self, P2pTrackerMember * from, P2pTime now,
    Choice choices[SAMPLE])
{
  const P2pTrackerSwarm *swarm = from->swarm;
  uint32_t n = 0, size = swarm->n_members;
  uint32_t start = p2p_random_range (&self->random, size);

  if (size <= SAMPLE) {
    for (uint32_t i = 0; i < size; i++)
      consider (self, from, swarm->members[(start + i) % size], now, choices,
          &n);
    return n;
  }
  for (uint32_t tries = 0; tries < 2 * SAMPLE && n < SAMPLE; tries++)
    consider (self, from, swarm->members[p2p_random_range (&self->random,
                size)], now, choices, &n);
  return n;
}

static uint32_t
best_index (const Choice * choices, uint32_t n)
{
  uint32_t best = 0;

  for (uint32_t i = 1; i < n; i++)
    if (choices[i].score > choices[best].score)
      best = i;
  return best;
}

/* A random one of those that are no worse than "just taken"; else the best. */
static uint32_t
random_index (P2pTracker * self, const Choice * choices, uint32_t n)
{
  uint32_t start = p2p_random_range (&self->random, n);

  for (uint32_t i = 0; i < n; i++)
    if (choices[(start + i) % n].score > SCORE_LEAF)
      return (start + i) % n;
  return best_index (choices, n);
}

/* Of this one's prefix enough are among those picked: they may be all one's. */
static bool
is_crowded (const P2pTrackerMember * member, P2pTrackerMember * const *picked,
    uint32_t n, uint32_t wanted)
{
  uint32_t same = 0;

  if (member->conn->prefix == 0)
    return false;
  for (uint32_t i = 0; i < n; i++)
    same += picked[i]->conn->prefix == member->conn->prefix;
  return same >= (wanted + PREFIX_SHARE - 1) / PREFIX_SHARE;
}

uint32_t
p2p_tracker_choose (P2pTracker * self, P2pTrackerMember * from,
    uint32_t wanted, P2pTime now, P2pTrackerMember ** out)
{
  P2pTrackerMember *spare[SAMPLE];
  Choice choices[SAMPLE];
  uint32_t n, best, picked = 0, n_spare = 0;

  if (wanted > P2P_TRACKER_MAX_OFFERS)
    wanted = P2P_TRACKER_MAX_OFFERS;
  if (wanted == 0)
    return 0;
  n = sample (self, from, now, choices);
  best = (wanted * BEST_OF_TEN + 9) / 10;
  while (picked < wanted && n > 0) {
    uint32_t i = picked + n_spare < best ? best_index (choices, n)
        : random_index (self, choices, n);

    if (is_crowded (choices[i].member, out, picked, wanted))
      spare[n_spare++] = choices[i].member;
    else
      out[picked++] = choices[i].member;
    choices[i] = choices[--n];
  }
  for (uint32_t i = 0; i < n_spare && picked < wanted; i++)
    out[picked++] = spare[i];
  return picked;
}
