/* gst-plugins-p2p
 *
 * This library is free software; you can redistribute it and/or
 * modify it under the terms of the GNU Lesser General Public
 * License as published by the Free Software Foundation; either
 * version 2.1 of the License, or (at your option) any later version.
 */
/* p2ptrackerprivate.h: the structures of a tracker, for its own files. */
#ifndef P2P_TRACKER_PRIVATE_H
#define P2P_TRACKER_PRIVATE_H

#include "../base/p2prandom.h"
#include "p2ptable.h"
#include "p2ptracker.h"

/* A ring: the head is a link, too. */
typedef struct P2pRing P2pRing;
struct P2pRing { P2pRing *prev, *next; };

#define P2P_RING_ENTRY(link, type, member) \
  ((type *) (void *) ((char *) (link) - offsetof (type, member)))

static inline void
p2p_ring_init (P2pRing * ring)
{
  ring->prev = ring->next = ring;
}

static inline bool
p2p_ring_is_empty (const P2pRing * ring)
{
  return ring->next == ring;
}

static inline void
p2p_ring_remove (P2pRing * link)
{
  link->prev->next = link->next;
  link->next->prev = link->prev;
  p2p_ring_init (link);
}

static inline void
p2p_ring_append (P2pRing * head, P2pRing * link)
{
  link->prev = head->prev;
  link->next = head;
  head->prev->next = link;
  head->prev = link;
}

typedef struct P2pTrackerSwarm P2pTrackerSwarm;
typedef struct P2pTrackerMember P2pTrackerMember;
typedef struct P2pTrackerOffer P2pTrackerOffer;

struct P2pTrackerConn
{
  P2pRing by_age;               /* last message first */
  P2pRing members;
  void *host;
  uint32_t prefix;
  uint32_t n_members;
  P2pTime last_message;
  P2pTime tokens_at;            /* when the bucket was counted last */
  uint32_t tokens;              /* messages that may come at once, in thousandths */
};

struct P2pTrackerMember
{
  P2pTableNode node;            /* by (swarm, peer id) */
  P2pTrackerSwarm *swarm;
  P2pTrackerConn *conn;
  P2pRing of_conn;
  P2pRing by_age;
  P2pRing offers_in, offers_out;        /* oldest first */
  P2pTime last_announce;
  P2pTime recent_at;
  uint32_t index;               /* in swarm->members */
  P2pTrackerId peer_id;
  P2pIntro intro;
  uint16_t recent;              /* introductions to it, halved every 2 s */
  uint8_t n_in, n_open_in, n_out;       /* open = not answered */
  bool complete;
};

struct P2pTrackerSwarm
{
  P2pTableNode node;            /* by info_hash */
  P2pTrackerId info_hash;
  P2pTrackerMember **members;
  uint32_t n_members, capacity, n_complete;
  uint64_t downloaded;
};

struct P2pTrackerOffer
{
  P2pRing by_age;
  P2pRing of_from, of_to;
  P2pTrackerMember *from, *to;
  P2pTime made;
  P2pTrackerId id;
  uint8_t candidates;
  bool answered;
};

struct P2pTracker
{
  P2pTrackerLimits limits;
  P2pTable swarms, members;
  P2pRing conns_by_age, members_by_age, offers_by_age;
  uint64_t seed;
  P2pRandom random;
  P2pTrackerCounters counters;
};

/* p2pintroduce.c: whom to give an announce's offers to, best first, at most
 * wanted and never more than P2P_TRACKER_MAX_OFFERS. Returns how many. */
uint32_t p2p_tracker_choose (P2pTracker * self, P2pTrackerMember * from, uint32_t wanted, P2pTime now, P2pTrackerMember ** out);
bool p2p_tracker_may_introduce (const P2pTracker * self, const P2pTrackerMember * from, const P2pTrackerMember * to);
/* Counts an introduction to a member. */
void p2p_tracker_introduced (P2pTrackerMember * to, P2pTime now);

#endif /* P2P_TRACKER_PRIVATE_H */
