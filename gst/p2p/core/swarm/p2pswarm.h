/* gst-plugins-p2p
 *
 * This library is free software; you can redistribute it and/or
 * modify it under the terms of the GNU Lesser General Public
 * License as published by the Free Software Foundation; either
 * version 2.1 of the License, or (at your option) any later version.
 */
/* p2pswarm.h: one member of one live swarm, as a pure state machine.
 *
 * The host (session thread of the plugin, simulator, fuzzer, browser) feeds
 * inputs, each with the time, and then drains actions until there are none and
 * asks for the next deadline. The machine calls nothing, holds no lock, reads
 * no clock and owns its generator of random numbers, seeded by the host.
 * Answers to actions may come late, in any order, or after the link is gone;
 * unknown tokens are ignored. Thread: the one that owns the swarm.
 */
#ifndef P2P_SWARM_H
#define P2P_SWARM_H

#include "../base/p2ppayload.h"
#include "../base/p2ptypes.h"
#include "../wire/p2pwire.h"

typedef struct P2pSwarm P2pSwarm;
typedef uint32_t P2pLinkId;     /* chosen by the host, never 0, not used again */
typedef uint32_t P2pToken;      /* never 0 */

typedef struct
{
  P2pRole role;                 /* SOURCE, RELAY (relays), LEAF (does not upload), SUPER */
  P2pSwarmId swarm_id;
  P2pPeerId peer_id;            /* own */
  uint64_t seed;
  uint8_t k;                    /* source only: 4 or 8 sub-streams, 0 = by bitrate */
  uint32_t window_us;           /* 0 = 10 s */
  uint32_t latency_us;          /* playout: chunks are wanted until publisher time + this.
                                 * 0 = 2 s. A pure relay has the default, too */
  uint32_t max_upload_bps;      /* 0 = no cap; every UDP datagram counts */
  uint32_t upload_guess_bps;    /* without a cap: what the line carried last time, 0 =
                                 * not known */
  uint16_t max_peers;           /* 0 = by role and media (docs/protocol/swarm.md) */
  uint64_t epoch;               /* source only: NTP time of its start */
  P2pNtp source_clock;          /* source only: its clock at 'now' of p2p_swarm_new */
  uint8_t proof[P2P_SIGNATURE_LEN];     /* source only: signature over
                                         * p2p_sign_prefix (P2P_TAG_PEER, swarm_id,
                                         * epoch, {0, 0}, 0) and the 32 bytes of
                                         * its peer id */
} P2pSwarmConfig;

P2pSwarm *p2p_swarm_new (const P2pSwarmConfig * config, P2pTime now);
void p2p_swarm_free (P2pSwarm * self);

/* ---- configuration that may change while it runs ---- */
void p2p_swarm_set_max_upload (P2pSwarm * self, uint32_t bps, P2pTime now);
void p2p_swarm_set_latency (P2pSwarm * self, uint32_t latency_us, P2pTime now);

/* ---- links ---- */
typedef enum { P2P_PATH_UNKNOWN, P2P_PATH_HOST, P2P_PATH_SRFLX, P2P_PATH_RELAY }
    P2pPathType;

typedef struct
{
  P2pPeerId peer_id;            /* proved by DTLS */
  bool offerer;                 /* we made the offer */
  P2pPathType path;
  uint32_t rtt_us;              /* 0 = not known */
  uint32_t prefix;              /* of the remote address, p2p_prefix_of(); 0 = none */
  uint32_t local_channel;       /* channel id the peer has to use towards us on this link */
} P2pLinkInfo;

/* A link costs its datagrams (ICE, DTLS, SCTP) before it is up, and those wait for
 * no cap once they go. The host asks before it answers an offer; it tells when a
 * set-up begins, what that may cost and of which prefix the other says to be, what
 * its counter shows on the way, and that it failed: then, or at link_up, the rest
 * of the reserve is free again. */
bool p2p_swarm_may_set_up_link (P2pSwarm * self, uint32_t bytes, P2pTime now);
void p2p_swarm_set_up_link (P2pSwarm * self, P2pLinkId link, uint32_t bytes,
    uint32_t prefix, P2pTime now);
/* Is there a place for one more neighbour of that address prefix (0: always)? The
 * host asks before it answers an offer or uses an answer. */
bool p2p_swarm_prefix_has_room (const P2pSwarm * self, uint32_t prefix);
void p2p_swarm_set_up_sent (P2pSwarm * self, P2pLinkId link,
    uint64_t wire_sent, P2pTime now);
void p2p_swarm_set_up_failed (P2pSwarm * self, P2pLinkId link, P2pTime now);

/* Says HANDSHAKE at once. */
P2pResult p2p_swarm_link_up (P2pSwarm * self, P2pLinkId link,
    const P2pLinkInfo * info, P2pTime now);
void p2p_swarm_link_down (P2pSwarm * self, P2pLinkId link, P2pTime now);

/* What the transport knows; the host tells it every 50 ms while data is in
 * flight, else once a second, and right after the count of unacknowledged
 * bytes falls to 0 (that is what lets the next DATA go). */
typedef struct
{
  uint32_t unacked;             /* bytes handed down and not acknowledged yet */
  uint32_t srtt_us;
  uint64_t wire_sent, wire_received;    /* all UDP datagrams so far, with IP and UDP headers */
  P2pTime last_received;        /* newest datagram of any kind, P2P_TIME_NONE = never */
} P2pLinkStats;
void p2p_swarm_link_stats (P2pSwarm * self, P2pLinkId link,
    const P2pLinkStats * stats, P2pTime now);
/* Something waits until bytes are acknowledged or the cap gives room: only then
 * is it urgent to tell that all of a link's bytes are acknowledged. */
bool p2p_swarm_waits_for_links (const P2pSwarm * self);

/* A frame of this swarm's channel on this link. Borrowed: the core takes
 * references of what it keeps. */
void p2p_swarm_frame (P2pSwarm * self, P2pLinkId link, P2pSlice frame,
    P2pTime now);

/* ---- publishing (source only) ---- */
/* A new stream header generation (h->epoch, generation, k, first_chunk are
 * filled in by the core). Asks for a signature. */
P2pResult p2p_swarm_publish_header (P2pSwarm * self, P2pStreamHeader * h,
    P2pTime now);
/* One chunk: envelope and records in one payload (the core fills in the
 * envelope's generation and join distance through the writable first 20 bytes
 * at data before it asks for the signature).
 * P2P_LIMIT when more than 64 wait for signatures. */
P2pResult p2p_swarm_publish_chunk (P2pSwarm * self, P2pPayload * chunk,
    uint8_t * envelope, P2pTime now);
/* How many peers hold the newest chunk, for the END hand-over at EOS. */
unsigned p2p_swarm_count_holders (const P2pSwarm * self, uint32_t chunk);

/* ---- answers to actions ---- */
void p2p_swarm_verified (P2pSwarm * self, P2pToken token, bool good,
    P2pTime now);
void p2p_swarm_signed (P2pSwarm * self, P2pToken token,
    const uint8_t signature[P2P_SIGNATURE_LEN], P2pTime now);
/* The session's end of overlay signalling: an offer, answer, candidate or
 * refusal for peer 'to', carried by the neighbour 'via' (0 = the core picks
 * one that knows the peer). */
P2pResult p2p_swarm_send_signal (P2pSwarm * self, const P2pPeerId * to,
    P2pLinkId via, uint8_t kind, uint32_t session, const uint8_t * sdp,
    uint32_t len, P2pTime now);
/* Tells how an action CONNECT or WANT_LINKS went; peer NULL: an offer made for
 * WANT_LINKS came back refused. */
void p2p_swarm_connect_failed (P2pSwarm * self, const P2pPeerId * peer,
    P2pTime now);
/* What the rendezvous last said about the number of members. */
void p2p_swarm_set_member_count (P2pSwarm * self, uint32_t members);
/* The stream's rate as strangers say: how many links are wanted at once before
 * the stream header tells. The highest counts, and costs six links once. */
void p2p_swarm_set_rate_hint (P2pSwarm * self, uint32_t bps, P2pTime now);

/* ---- leaving ---- */
/* Queues LEAVE on every link (SEND actions). A member goes on feeding its children
 * until they have found others, a second at most; has_left: the host should free it
 * now. It may do so at any time. */
void p2p_swarm_leave (P2pSwarm * self, P2pTime now);
bool p2p_swarm_has_left (const P2pSwarm * self);

/* ---- time ---- */
void p2p_swarm_tick (P2pSwarm * self, P2pTime now);
P2pTime p2p_swarm_next_deadline (const P2pSwarm * self);
/* For hosts of more swarms than a cache holds: asks it, in steps 0 to 3, for what
 * the next input will read. Between two steps go those of others. does: what the
 * step before returned, 0 at first. links: the neighbours that it is about (step 2). */
typedef enum
{
  P2P_WARM_CONTROL,             /* a frame without a chunk */
  P2P_WARM_DATA,
  P2P_WARM_FIGURES,             /* of links */
  P2P_WARM_TICK,
  P2P_WARM_VERIFIED             /* a chunk */
} P2pWarm;
unsigned p2p_swarm_warm (const P2pSwarm * self, P2pWarm what, unsigned step,
    unsigned does, const P2pLinkId * links, unsigned n_links);
/* After step 3: the links on which something may be sent then. */
unsigned p2p_swarm_warm_links (const P2pSwarm * self, P2pWarm what,
    unsigned does, P2pLinkId * out, unsigned max);

/* ---- actions ---- */
typedef enum
{
  P2P_ACTION_SEND,              /* send head + body on (link, stream); the host frees nothing */
  P2P_ACTION_SIGN,
  P2P_ACTION_VERIFY,
  P2P_ACTION_HEADER,            /* verified stream header for the elements */
  P2P_ACTION_DELIVER,           /* verified chunk, in order */
  P2P_ACTION_SKIP,              /* chunks [first, last] are given up */
  P2P_ACTION_WANT_LINKS,        /* introduce me to 'count' more members (rendezvous) */
  P2P_ACTION_CONNECT,           /* make an offer for this peer, send it by
                                 * p2p_swarm_send_signal (via) */
  P2P_ACTION_SIGNAL,            /* an offer, answer, candidate came through the overlay */
  P2P_ACTION_DROP_LINK,         /* close this swarm's channel, answer with
                                 * p2p_swarm_link_down(); bad: ban the peer for 10 min */
  P2P_ACTION_EVENT,
  P2P_ACTION_THRIFT             /* on this link nothing is to be sent again while nothing
                                 * comes, where the transport permits: upload is
                                 * scarce, and the dead hear nothing */
} P2pActionType;

typedef enum
{
  P2P_EVENT_PEER_ADDED,         /* handshake done; link, peer */
  P2P_EVENT_PEER_REMOVED,
  P2P_EVENT_JOINED,             /* first chunk is about to be delivered */
  P2P_EVENT_STARVING,           /* nothing deliverable for the target delay */
  P2P_EVENT_RECOVERED,
  P2P_EVENT_EPOCH,              /* a higher epoch was verified: new run of the publisher.
                                 * Source: value 1 = another publisher of this key is newer */
  P2P_EVENT_PUBLISHER_LEFT,     /* LEAVE of the source was seen, or it fell silent */
  P2P_EVENT_PUBLISHER_BACK,
  P2P_EVENT_END,                /* the signed last chunk was delivered */
  P2P_EVENT_CAPACITY_DEFICIT    /* source: members lack upload; value = missing bit/s,
                                 * 0 = no more */
} P2pEventType;

typedef struct
{
  P2pActionType type;
  P2pLinkId link;               /* SEND, DROP_LINK, CONNECT (via), SIGNAL (via), EVENT */
  P2pToken token;               /* SIGN, VERIFY */
  union
  {
    struct
    {
      uint8_t stream;           /* P2P_STREAM_* */
      uint16_t head_len;
      const uint8_t *head;      /* valid until the next call into the swarm */
      P2pSlice body;            /* may be empty; borrowed: ref what you keep */
    } send;
    struct
    {
      const uint8_t *prefix;    /* P2P_SIGN_PREFIX_LEN bytes, valid as head */
      P2pSlice body;            /* what follows the prefix */
      const uint8_t *signature; /* VERIFY only, 64 bytes */
    } crypto;
    struct
    {
      P2pSlice bytes;           /* p2p_stream_header_get() reads it */
      uint64_t epoch;
      uint16_t generation;
    } header;
    struct
    {
      uint32_t chunk;
      uint64_t epoch;
      uint16_t generation;
      P2pNtp ntp;               /* publisher's clock when it closed the chunk */
      bool discont;             /* something before it is missing, or this is the first */
      P2pSlice bytes;           /* envelope and records; borrowed */
      P2pLinkId from;           /* 0 = own */
      bool pushed;              /* else it was requested */
      uint16_t hops;
      P2pTime arrival;          /* of its last byte, on the clock of 'now' */
    } deliver;
    struct { uint32_t first, last; uint64_t epoch; } skip;
    struct { uint16_t count; } want;
    struct { P2pPeerId peer; uint32_t session; } connect;
    struct
    {
      P2pPeerId from;
      uint8_t kind;             /* as P2pSignalPart */
      uint32_t session;
      const uint8_t *sdp;       /* valid as head; not terminated */
      uint32_t len;
    } signal;
    struct { bool bad; uint8_t reason; } drop;
    struct
    {
      P2pEventType event;
      P2pPeerId peer;
      int64_t value;
      int64_t demand;           /* CAPACITY_DEFICIT: what all members need, bit/s */
    } event;
  } u;
} P2pAction;

/* False when there is none. The action's borrowed pointers and slices are
 * valid until the next call of any function of this swarm. */
bool p2p_swarm_next_action (P2pSwarm * self, P2pAction * out);

/* ---- listeners of one process who wait less than the latency ---- */
/* Who plays with this latency starves when nothing was delivered for so long. */
P2pTime p2p_swarm_starves_after (const P2pSwarm * self, uint32_t latency_us);

typedef struct
{
  uint32_t chunk;
  uint64_t epoch;
  uint16_t generation;
  P2pNtp ntp;
  P2pSlice bytes;               /* borrowed, as an action's */
} P2pAhead;

/* What somebody who has everything before 'from' and waits 'patience_us' for what
 * is missing gets next. False: nothing yet; *until: ask again then (NEVER = after
 * the next input). Chunks that were delivered are not given again, nor is one
 * whose header was not. */
bool p2p_swarm_look_ahead (const P2pSwarm * self, uint32_t from,
    uint32_t patience_us, P2pTime now, P2pAhead * out, P2pTime * until);

/* ---- what the outside can see ---- */
/* The publisher's clock at 'now' as this member knows it; false = not known. */
bool p2p_swarm_get_source_time (const P2pSwarm * self, P2pTime now,
    P2pNtp * ntp, uint32_t * error_us);

typedef struct
{
  /* totals since the start: names of docs/elements, "application/x-p2p-stats" */
  uint64_t bytes_pushed_to_peers, chunks_pushed_to_peers;
  uint64_t bytes_requested_by_peers, chunks_requested_by_peers;
  uint64_t bytes_pushed_from_peers, chunks_pushed_from_peers;
  uint64_t bytes_requested_from_peers, chunks_requested_from_peers;
  uint64_t bytes_control_sent, bytes_control_received;  /* messages, without DATA */
  uint64_t packets_control_sent;
  uint64_t bytes_wire_sent, bytes_wire_received;        /* UDP datagrams with headers */
  uint64_t chunks_delivered, chunks_lost, chunks_late, chunks_duplicate;
  uint64_t bytes_duplicate;
  uint64_t chunks_bad_signature, frames_malformed;
  uint64_t requests_sent, requests_refused;
  uint64_t overdue;                     /* chunks asked elsewhere because they were late */
  uint32_t members;                     /* as the rendezvous said, 0 = not known */
  uint32_t neighbours, parents, children;
  uint32_t lag_us;                      /* newest chunk: age at arrival, smoothed */
  uint32_t lag_p50_us, lag_p99_us;      /* of the chunks of the last 60 s, in steps of
                                         * 16 ms, beyond 1 s of 128 ms */
  uint32_t lateness_p995_us;            /* the same, 99.5 % */
  uint32_t target_us;                   /* to be played so long after the publisher, 0 = by the latency */
  uint32_t buffered_us;                 /* held beyond the delivery position */
  uint32_t upload_bps;                  /* estimated capacity */
  uint32_t upload_measured_bps;         /* without a cap: the line was full at this; 0 = never */
  uint32_t first_hop_share;             /* percent of sub-streams with the same first hop;
                                         * source: of what it pushes, to the same peer */
  uint32_t prefix_share;                /* percent of neighbours in one /24 or /48 */
  uint64_t links_refused_prefix;        /* there were enough of theirs */
  uint64_t neighbours_swapped;          /* let go for a better mix */
  P2pRole role;                         /* as it is told to others */
  uint32_t depth;                       /* longest path of a sub-stream */
  uint32_t fed;                         /* sub-streams with a path to the source; its own: all */
  uint32_t backed;                      /* of these, with a backup; its own: all */
  int64_t missing_bps, demand_bps;      /* source: upload that all members lack, as
                                         * far as it can see, and what they need */
  uint32_t join_us;                     /* p2p_swarm_new to JOINED, 0 = not yet */
  uint64_t epoch;
  uint32_t edge, position;              /* newest chunk known, next to deliver */
  uint8_t k;
} P2pSwarmStats;
void p2p_swarm_get_stats (const P2pSwarm * self, P2pTime now,
    P2pSwarmStats * out);

typedef struct
{
  P2pLinkId link;
  P2pPeerId peer_id;
  uint8_t role, capacity;
  P2pPathType path;
  uint32_t rtt_us, queue_us;
  uint16_t parent_mask, child_mask;
  uint16_t backup_mask;                 /* would be asked first if their parent fell */
  uint64_t bytes_sent, bytes_received;  /* chunks */
  uint32_t lag_us;
  bool suspect;
} P2pNeighbourStats;
/* How many more links it takes, and sub-streams it could still feed to others:
 * what a rendezvous needs to know for good introductions. */
unsigned p2p_swarm_get_free_links (const P2pSwarm * self);
unsigned p2p_swarm_get_free_slots (const P2pSwarm * self);
/* Bit/s by the stream header, 0 before there is one. */
uint32_t p2p_swarm_get_rate (const P2pSwarm * self);
/* As it tells its neighbours: a strong relay becomes SUPER, a weak one LEAF. */
P2pRole p2p_swarm_get_role (const P2pSwarm * self);
/* Fills up to n, returns how many there are. */
unsigned p2p_swarm_get_neighbours (const P2pSwarm * self,
    P2pNeighbourStats * out, unsigned n);

#endif /* P2P_SWARM_H */
