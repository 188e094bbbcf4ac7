/* gst-plugins-p2p
 *
 * This library is free software; you can redistribute it and/or
 * modify it under the terms of the GNU Lesser General Public
 * License as published by the Free Software Foundation; either
 * version 2.1 of the License, or (at your option) any later version.
 */
/* p2ptracker.h: the logic of a rendezvous: who is in which swarm, who is
 * introduced to whom, which offer may still be answered.
 *
 * The host (ext/rendezvous, tests in virtual time) owns the sockets, feeds each
 * request with the time and sends what comes back. No callbacks, no clock, no
 * text: messages are docs/protocol/signalling.md's and the host's business.
 * Thread: the one that owns the tracker. Ids are 20 bytes as on the wire.
 *
 * Memory: a connection is 96 bytes, a membership about 180, an offer that waits
 * 112; each of them is counted and capped by P2pTrackerLimits.
 */
#ifndef P2P_TRACKER_H
#define P2P_TRACKER_H

#include "../base/p2ptypes.h"
#include "p2pintro.h"

#define P2P_TRACKER_ID_LEN 20
#define P2P_TRACKER_MAX_OFFERS 20       /* used of one announce, the rest is ignored */
#define P2P_TRACKER_MAX_CANDIDATES 64   /* forwarded for one offer, both ways */

typedef struct P2pTracker P2pTracker;
typedef struct P2pTrackerConn P2pTrackerConn;   /* one socket */

typedef struct { uint8_t b[P2P_TRACKER_ID_LEN]; } P2pTrackerId;

typedef struct
{
  uint32_t max_connections;
  uint32_t max_members;         /* memberships in all swarms */
  uint32_t max_members_per_swarm;
  uint32_t max_swarms_per_connection;
  uint32_t max_pending_offers;  /* unanswered, to and from one member */
  uint32_t messages_per_second; /* of one connection, long-time mean */
  uint32_t message_burst;       /* and at once */
  P2pTime expiry;               /* a member that does not announce is dropped */
  P2pTime offer_timeout;        /* an offer may be answered and trickled for so long */
  P2pTime idle_timeout;         /* a connection that says nothing is closed */
} P2pTrackerLimits;
void p2p_tracker_limits_init (P2pTrackerLimits * limits);

typedef enum { P2P_TRACKER_UPDATE, P2P_TRACKER_STARTED, P2P_TRACKER_COMPLETED,
  P2P_TRACKER_STOPPED } P2pTrackerEvent;

typedef struct
{
  P2pTrackerId info_hash, peer_id;
  P2pTrackerEvent event;
  bool complete;                /* has it all: a source ("left": 0) */
  bool targeted;                /* to_peer_id is meant: the first offer goes there only */
  P2pTrackerId to_peer_id;
  P2pIntro intro;               /* version 0 = nothing new is known */
  uint32_t n_offers;
  const P2pTrackerId *offer_ids;
} P2pTrackerAnnounce;

typedef struct
{
  uint32_t complete, incomplete;
  uint32_t rate_kbps;           /* of the stream, as its members say; 0: not known */
  uint32_t n;                   /* introductions */
  struct { uint32_t offer; P2pTrackerConn *to; } intro[P2P_TRACKER_MAX_OFFERS];
} P2pTrackerReply;

typedef struct
{
  uint32_t connections, members, swarms, offers;        /* now */
  uint64_t announces, introductions, answers, candidates, refused, expired;     /* ever */
} P2pTrackerCounters;

/* NULL when memory runs out. seed: secret and random, fixed in tests. */
P2pTracker *p2p_tracker_new (const P2pTrackerLimits * limits, uint64_t seed);
void p2p_tracker_free (P2pTracker * self);
/* Holds for what comes next; nothing that is there is dropped. */
void p2p_tracker_set_limits (P2pTracker * self, const P2pTrackerLimits * limits);

/* prefix: equal for addresses of one /24 or /48, 0 = not known. NULL: full. */
P2pTrackerConn *p2p_tracker_connect (P2pTracker * self, void *host, uint32_t prefix, P2pTime now);
/* Ends all its memberships; the connection is gone. */
void p2p_tracker_disconnect (P2pTracker * self, P2pTrackerConn * conn);
void *p2p_tracker_conn_host (const P2pTrackerConn * conn);
uint32_t p2p_tracker_conn_swarms (const P2pTrackerConn * conn);

/* To be called for every message before it is looked at. P2P_LIMIT: too many. */
P2pResult p2p_tracker_count_message (P2pTracker * self, P2pTrackerConn * conn, P2pTime now);

/* A peer id belongs to the connection that announced it last. P2P_LIMIT: a cap
 * was reached, nothing changed. STOPPED ends the membership. */
P2pResult p2p_tracker_announce (P2pTracker * self, P2pTrackerConn * conn, const P2pTrackerAnnounce * announce, P2pTime now, P2pTrackerReply * reply);
/* An answer goes to the peer whose offer it was, once, while that waits.
 * P2P_NOT_FOUND: no such offer waits. intro as in announce. */
P2pResult p2p_tracker_answer (P2pTracker * self, P2pTrackerConn * conn, const P2pTrackerId * info_hash, const P2pTrackerId * peer_id, const P2pTrackerId * to_peer_id, const P2pTrackerId * offer_id, const P2pIntro * intro, P2pTime now, P2pTrackerConn ** to);
/* A trickled candidate between the two ends of an offer, answered or not.
 * to_peer_id NULL: whoever got (or made) the offer. */
P2pResult p2p_tracker_candidate (P2pTracker * self, P2pTrackerConn * conn, const P2pTrackerId * info_hash, const P2pTrackerId * peer_id, const P2pTrackerId * to_peer_id, const P2pTrackerId * offer_id, P2pTime now, P2pTrackerConn ** to);
/* P2P_NOT_FOUND and zeros when nobody is there. */
P2pResult p2p_tracker_scrape (const P2pTracker * self, const P2pTrackerId * info_hash, uint32_t * complete, uint32_t * incomplete, uint64_t * downloaded);

/* Drops members and offers that are over. */
void p2p_tracker_tick (P2pTracker * self, P2pTime now);
/* A connection that has been idle for too long, or NULL; the host closes it. */
P2pTrackerConn *p2p_tracker_idle (P2pTracker * self, P2pTime now);
/* When one of the two has something to do; P2P_TIME_NEVER. */
P2pTime p2p_tracker_next_deadline (const P2pTracker * self);
void p2p_tracker_get_counters (const P2pTracker * self, P2pTrackerCounters * counters);

#endif /* P2P_TRACKER_H */
