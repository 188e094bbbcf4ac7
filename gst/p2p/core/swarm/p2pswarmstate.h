/* gst-plugins-p2p
 *
 * This library is free software; you can redistribute it and/or
 * modify it under the terms of the GNU Lesser General Public
 * License as published by the Free Software Foundation; either
 * version 2.1 of the License, or (at your option) any later version.
 */
/* p2pswarmstate.h: the state of one swarm member, and the numbers it lives by. Shared by
 * the files of this folder (p2pswarmpriv.h) and by nothing else.
 *
 * Memory with 30 neighbours (tests/sim/test-memory.c): 63.5 KB < 64 KiB; each 0.77 KB.
 */
#ifndef P2P_SWARM_STATE_H
#define P2P_SWARM_STATE_H

#include "../base/p2pid.h"
#include "../base/p2plines.h"
#include "../base/p2prandom.h"
#include "p2pcapacity.h"
#include "p2pqueue.h"
#include "p2pswarm.h"
#include "p2psourceclock.h"
#include "p2pwindow.h"

/* ---- numbers; "design" = the decision pages this protocol was made from,
 * docs/protocol/swarm.md lists them all ---- */
#define DEFAULT_WINDOW_US P2P_SEC (10)
#define WINDOW_EXTRA_US P2P_SEC (2)     /* kept longer than advertised */
#define DEFAULT_LATENCY_US P2P_SEC (2)
#define MIN_UPLOAD_BPS 32000
#define CLOCK_JUMP_US P2P_SEC (2)       /* later than any deadline by this: we
                                         * were stopped */
#define OVERDUE_MIN_US P2P_MSEC (60)
#define OVERDUE_JITTERS 4
#define OVERDUE_MAX_US P2P_MSEC (250)   /* one late burst must not blind us */
#define GAP_WAIT_US P2P_MSEC (20)       /* a later chunk of the sub-stream came */
#define WOKE_LATE_US P2P_MSEC (20)      /* a deadline missed by this: the process
                                         * waited for a processor */
#define SUSPECT_US P2P_MSEC (300)
#define LOST_US P2P_MSEC (1500) /* a link that loses 5 % at 180 ms is never silent so long */
#define PROBE_US P2P_MSEC (60)
#define ASK_SURE_US P2P_MSEC (200)      /* + 2 RTT: the asked one has it */
#define ASK_HOPE_US P2P_MSEC (60)       /* + 2 RTT: it may get it */
#define SUBSCRIBE_WAIT_US P2P_MSEC (300)
#define REFUSED_US P2P_SEC (3)          /* doubles up to 48 s */
#define REFUSED_ONLY_US P2P_MSEC (300)  /* when nobody else is there to ask */
#define MOVE_GAIN_US P2P_MSEC (100)
#define MOVE_HOLD_US P2P_SEC (5)
#define SPREAD_US P2P_SEC (2)           /* between two moves of a tight source's roots */
#define EVICT_OVERLAP_US P2P_MSEC (500)
#define ORPHAN_US P2P_MSEC (2500)      /* shorter spells repair themselves; letting go of
                                         * children then spreads them */
#define STALE_US P2P_MSEC (350)         /* + one interval of the sub-stream */
#define PUSH_QUEUE_US P2P_MSEC (600)
#define PULL_QUEUE_US P2P_SEC (2)       /* who asked has asked elsewhere by then */
#define SLOW_TICK_US P2P_MSEC (250)
#define STATUS_MIN_US P2P_SEC (1)
#define STATUS_MAX_US P2P_SEC (6)
#define STATUS_COST 190                 /* bytes with PONG and packet, K = 8 */
#define STATUS_SOON_US P2P_MSEC (500)   /* at least this between two of them */
#define SILENT_PUBLISHER_US P2P_SEC (5)
#define SKIP_MARGIN_US P2P_MSEC (20)
#define BURST_STALL_US P2P_MSEC (300)
#define JOIN_FALLBACK_US P2P_MSEC (500)
/* What the start-up burst still brings, or is being verified, is not late: it
 * is as old as the latency when it is asked for. */
#define START_PATIENCE_US P2P_MSEC (500)
/* Filling up at the start says nothing about how late chunks will come. */
#define SETTLED_US P2P_SEC (5)
#define BEGIN_SLACK_US P2P_MSEC (300)   /* the hole behind the first run is due in */
#define BEGIN_PACE_US P2P_MSEC (60)     /* before the burst's pace is known */
#define BEGIN_MOVE_US P2P_MSEC (400)    /* before a later beginning is taken */
#define BEGIN_ANYWAY_US P2P_SEC (4)     /* well before anybody gives up */
#define PEERS_VIDEO_US P2P_SEC (15)
#define PEERS_AUDIO_US P2P_SEC (30)
#define AUDIO_BPS 512000                /* below: audio periods, K = 4 */
#define SOURCE_SLOTS_X 3                /* a source gives so many streams at most */
#define TIGHT_EIGHTHS 20                /* a source with less has nothing to spare */
#define RELAY_SLOTS_X 4                 /* uncapped relay */
#define UNCAPPED_WINDOW (128 * 1024)    /* bytes in flight, link without cap */

#define MIN_NEIGHBOURS 4        /* design: neighbours, minimum */
#define MAX_SIGNING 64
#define MAX_SET_UPS 32                  /* links under way */
#define MAX_UNVERIFIED 32               /* per link */
#define MAX_HEADERS 4                   /* generations kept */
#define MAX_CANDIDATES 32               /* members known by exchange */
#define CONNECT_COST 4000               /* bytes, an offer by a neighbour and the set-up */
#define MAX_ACTIONS 65536               /* undrained; more are dropped */

#define FOREVER P2P_TIME_NEVER
#define NO_CHUNK UINT32_MAX
#define LAST_CHUNK INT32_MAX    /* docs/protocol/wire.md: sums do not wrap */
static const P2pSlice NO_BODY = { NULL, 0, 0 };

/* A stream header in one malloc block: being received, checked, or in use. */
typedef struct
{
  uint64_t epoch;
  P2pNtp ntp;
  uint16_t generation;
  uint32_t have;                /* bytes received so far, in order */
  uint8_t signature[P2P_SIGNATURE_LEN];
  P2pPayload *payload;          /* len = total */
  P2pStreamHeader parsed;       /* pointers into payload */
} P2pHeaderObject;

typedef struct
{
  P2pPeerId from;
  uint32_t session, id, have, total;
  uint8_t kind;
  uint8_t *data;                /* total bytes, <= P2P_MAX_SDP */
} P2pSignalObject;

/* What loops over all neighbours read comes first, within two cache lines: in
 * big simulated swarms, and beside a decoder, the rest is not in the cache. */
typedef struct
{
  _Alignas (P2P_LINE) P2pLinkId link;
  uint32_t short_id;
  uint64_t epoch;               /* their HELLO's */
  bool up, leaving, suspect, stuck, choked, hello_due, proven, first_ping_done, dropped;
  uint8_t role, capacity, free_slots, queue_10ms, k;
  bool accused;                 /* as fallen, and nothing was heard of it since */
  bool fell;                    /* in the second before fell_until */
  bool told_empty;              /* our last STATUS said that we hold nothing */
  bool tight;                   /* counted in n_tight */
  bool thrifty;                 /* the host was told so */
  bool waits, takes;            /* is in the lists: waiting, takers */
  bool has_map;                 /* their STATUS, below */
  uint8_t refusals;             /* of SUBSCRIBE, in a row */
  uint16_t told_fed;            /* our last gave a lag for these sub-streams */
  uint16_t waits_mask;          /* it asked for these while they brought us
                                 * nothing: it hears at once when they do */
  uint16_t child_mask, evict_mask;      /* we feed it */
  uint16_t dismissed_mask;      /* it was its root till dismissed_at, unless it
                                 * comes back */
  uint8_t applications;         /* refused for a soft limit so often */
  uint8_t unverified, requested;
  uint8_t answered;             /* of what it was asked for since asked_since */
  uint32_t burst_next, burst_end;
  uint32_t channel;             /* theirs, 0 = not known yet */
  P2pTime burst_since;
  P2pTime rtt_us;
  P2pTime last_heard, status_due;
  P2pTime unacked_since;        /* it has not fallen since; NONE = nothing out */
  uint32_t unacked, wire_pending;
  uint32_t unacked_chunk;       /* what was sent first of that, at a tight source */
  uint32_t sent_chunk;          /* and last */
  P2pChunkQueue push, pull;
  P2pChunkQueue standing;       /* its REQUESTs for what is not here yet */

  /* their STATUS */
  P2pTime map_time;
  uint32_t base, newest;
  uint8_t n_holes, head[P2P_MAX_SUBSTREAMS];
  uint16_t holes[16], lag_4ms[P2P_MAX_SUBSTREAMS];

  uint16_t left_mask;           /* when suspect; it does not know */
  uint32_t lag_us;
  uint64_t bytes_sent, bytes_received;

  /* ping */
  uint32_t ping_id, pong_id;
  P2pTime ping_sent, ping_received;     /* NONE: no ping out / no pong due */
  P2pTime status_sent;

  /* what the transport said */
  uint64_t wire_sent, wire_received;
  uint32_t srtt_us, base_us, next_base_us;      /* base: the shortest, 0 = none yet */
  uint32_t timed_left;          /* p2pdelay.c: bytes till a message that is timed is
                                 * there, 0: none is */
  P2pTime base_since, acked_at;

  uint32_t took_us;             /* the last that was timed */
  uint32_t way, way_base, next_way_base;        /* of its chunks to us, less its clock */
  P2pTime timed_at, took_at;    /* took_at 0: none was */
  P2pTime stamped_at, way_since;

  P2pTime probed_at, asked_at;

  /* Up to here reads whatever comes from it or goes to it, below is what is rare. */
  P2pLinkInfo info;
  uint32_t proof_token;
  P2pTime since;

  /* we feed it */
  P2pTime evict_at, child_since, dismissed_at;
  P2pTime leaving_since;        /* if leaving */
  uint32_t child_next[P2P_MAX_SUBSTREAMS];

  /* it feeds us */
  uint16_t refused_mask;
  uint16_t asked_mask;          /* SUBSCRIBE, not answered; at video rates */
  uint32_t header_sent;         /* generation + 1, 0 = none in our epoch */
  P2pTime subscribed_at;
  P2pTime refused_until;
  P2pTime asked_since;          /* when a newcomer asked it first; NONE */
  P2pTime peers_due;

  /* headers: of which generation one was sent on request, and when */
  uint16_t answer_generation[MAX_HEADERS];
  P2pTime answer_at[MAX_HEADERS];       /* 0 = never */
  P2pHeaderObject *assembly;
  P2pSignalObject *signal;
} P2pPeer;

/* What is read for each missing chunk comes first, in a line of the cache. */
typedef struct
{
  _Alignas (P2P_LINE) P2pLinkId parent; /* 0 = none */
  P2pLinkId pending;            /* likewise */
  uint32_t first;               /* the parent pushes from here */
  uint32_t newest;              /* newest chunk that came by push, NO_CHUNK */
  uint32_t offered;             /* missing here, another said HAVE; NO_CHUNK */
  bool has_offset, has_lag;
  uint8_t path_len;
  int64_t offset_us;            /* arrival - NTP, smoothed */
  int64_t jitter_us;
  P2pTime newest_arrival;
  P2pTime evicted_at;           /* the parent stops then; NEVER */
  uint32_t lag_us;
  uint32_t avoid;               /* short id of the parent that failed, 0 */

  P2pTime pending_since, moved_at, orphan_since;
  uint32_t asked_first;         /* who is asked would push from here */
  uint32_t path[P2P_MAX_PATH];  /* source .. parent */
  P2pTime announce_until;       /* made a root: nobody knows that we have it */
  uint32_t fell;                /* as avoid; the source hears of it till avoid_until */
  P2pTime avoid_until;
} P2pSubstream;

typedef enum { P2P_PENDING_CHUNK, P2P_PENDING_HEADER, P2P_PENDING_PROOF,
  P2P_PENDING_SIGN_CHUNK, P2P_PENDING_SIGN_HEADER } P2pPendingKind;

/* Something that waits for the host's crypto. token 0: a second copy that
 * waits for the first. */
typedef struct
{
  P2pToken token;
  P2pPendingKind kind;
  P2pLinkId link;
  uint32_t chunk;
  bool pushed;
  P2pNtp ntp;
  P2pTime arrival;
  P2pSlice bytes;               /* CHUNK: owned reference */
  const uint8_t *signature;     /* CHUNK: in the payload */
  P2pHeaderObject *header;      /* HEADER: owned */
} P2pPending;

typedef struct
{
  P2pAction a;
  uint32_t head, signature;     /* offsets in the arena, NO_CHUNK = none */
  P2pPayload *ref;
} P2pQueued;

typedef struct
{
  P2pPeerRecord record;
  P2pLinkId via;
  P2pTime seen, tried;
} P2pCandidate;

/* A link under way. */
typedef struct
{
  P2pLinkId link;
  uint32_t reserved;            /* bytes it may still send */
  P2pTime since;
  uint64_t sent;
  uint32_t prefix;              /* as its description says, 0 = not known */
  bool admitted;                /* there was a place for it when it began */
} P2pSetUp;

/* Lateness histogram: 64 steps of 16 ms, then 64 of 128 ms. */
#define HISTOGRAM_LEN 128

/* What every input reads comes first, line by line of the cache, then what some
 * do; what is rare, and what is long, last. */
struct P2pSwarm
{
  /* deadlines */
  P2pTime now, expected;        /* expected: deadline told last */
  P2pTime slow_at, want_at, pull_at, skip_at, send_at, status_at;

  P2pTime doubt_at;             /* a tight source's root is silent for too long then */
  P2pTime ask_at;               /* who was asked should have said something */
  P2pTime delivered_at;
  bool source, leaving;
  bool leaf;                    /* uploads no media: it will not, or its cap can't */
  bool super;                   /* old, strong and reachable */
  bool parents_dirty, status_dirty, pump_dirty;
  bool playout_dirty;           /* what p2p_playout_run() looks at has changed */
  bool gated;                   /* a link's gate held something back */
  bool told_empty;              /* so for one of the peers */
  bool hello_waiting;
  bool positioned, joined, starving, ended, publisher_left, discont;
  bool begun;                   /* something was delivered since started_at */
  bool has_clock;
  uint8_t k;
  uint16_t told_fed;            /* sub-streams that everybody knows to come in */
  uint32_t n_peers, n_waiting, n_takers;
  uint32_t position;            /* next to deliver */

  P2pPeer **peers;              /* sorted by link */
  P2pLinkId *links;             /* theirs, side by side: what a search reads */
  P2pPeer **waiting;            /* chunks may wait for these, in no order */
  P2pPeer **takers;             /* a new chunk may be for these: children, and who
                                 * asked for what is not here; in no order */
  uint64_t epoch;
  uint32_t cap_bps;             /* as configured, or as measured; 0 = none */
  uint32_t in_flight;           /* unacknowledged on all links */
  uint32_t spent_sum;
  uint32_t set_up_bytes;        /* still reserved for links under way */
  uint32_t queue_first, queue_len;      /* of actions */

  P2pQueued *queue;
  uint8_t *arena;
  P2pPayload *last_ref;
  uint32_t arena_len, arena_cap, frame_start, queue_cap;
  int64_t tokens;               /* bytes */
  P2pTime tokens_at;
  int64_t spent_slot;

  P2pWindow window;
  int64_t interval_us;          /* between chunks, smoothed */
  int64_t chunk_bytes;          /* of a chunk, smoothed, 1/16 bytes */
  P2pNtp newest_ntp;            /* of window.end - 1 */
  P2pTime edge_moved;

  P2pHeaderObject *headers[MAX_HEADERS];        /* newest first */
  int64_t spare;                /* bytes for what is not urgent */
  P2pTime spare_at;
  P2pTime push_age;             /* of the oldest queued push */
  P2pLinkId next_to;            /* what goes at send_at, as things stand */
  uint32_t next_chunk;

  P2pPending *pending;
  uint32_t n_pending, cap_pending, n_signing;
  P2pToken last_token;
  uint32_t ping_counter, join_target;   /* join_target: NO_CHUNK: not known */
  uint32_t burst_to;
  P2pLinkId burst_from;
  P2pTime burst_progress;       /* NONE = no burst under way */
  P2pTime started_at;           /* when the position was chosen */
  int64_t push_wait_us;         /* of a pushed chunk here, smoothed */

  P2pTime target_us;            /* played this long after the publisher */
  P2pTime header_asked;         /* for the chunk at the position */
  P2pTime first_verified;
  P2pTime catchup_since;        /* when the first map came; NONE: not yet */
  uint32_t catchup_to;          /* newest chunk that a map told then */
  bool caught_up;               /* it is over */
  bool out_of_memory;
  bool header_follows;
  int32_t delivered_generation; /* -1 = none */
  uint32_t first_played;        /* if begun */
  uint32_t n_set_ups, n_new;    /* n_new: links up for less than 2 s */
  uint32_t n_tight, n_proven;   /* p2p_peer_is_tight(), proven: so many */

  uint32_t link_room;           /* bytes a link waits for, till link_room_until */
  uint32_t control_bps;         /* smoothed */
  P2pTime link_room_until, slot_limit_until;
  unsigned slot_limit, n_fell;  /* after an overload, until slot_limit_until */
  uint64_t data_wire;           /* estimate charged for DATA */
  P2pTime woke_late;            /* when a deadline was missed last */
  P2pTime improve_at;
  P2pClockSpan *clocks;         /* the publisher's, as each told; like links */

  P2pTime *status_dues;         /* status_due of those that are told, NEVER: of
                                 * others; like links */

  P2pSwarmConfig config;
  P2pSwarmStats stats;
  P2pCapacity capacity;
  P2pSubstream sub[P2P_MAX_SUBSTREAMS];

  /* The publisher's clock, twice: what is played, and told on, goes by the
   * estimate of p2psourceclock.h; lags of neighbours, by which parents are
   * chosen, by the best single answer: source time in us since 1900 = local +
   * clock_us (docs/decisions/0014). */
  P2pSourceClock clock;
  int64_t clock_us;
  uint32_t clock_error_us;
  P2pTime clock_set;

  uint32_t spent[256];          /* wire bytes per 8 ms, 2 s; ring of 246 */
  uint32_t histogram[2][HISTOGRAM_LEN];
  uint32_t given_up[2];         /* of these, never came */
  P2pTime histogram_turn;
  P2pTime late_at;              /* when the newest bad spell began, NONE */
  uint32_t late_spells;

  P2pRandom random;
  P2pTime created, leave_until;
  uint32_t short_id, cap_peers;
  uint32_t next_publish;
  uint32_t join_point;          /* newest published, NO_CHUNK */
  uint16_t next_generation;

  /* upload */
  P2pSetUp set_up[MAX_SET_UPS]; /* links under way */
  P2pTime linked_at;            /* the newest link */
  uint64_t control_mark;
  P2pTime control_marked;
  P2pTime overload_since, fell_until, unrest_until;
  P2pTime settles_at;           /* roots fell or left less than 10 s before */
  P2pTime left_until;           /* a second after the last that said LEAVE */

  /* what was there before a newcomer came */
  P2pTime burst_asked;
  uint32_t burst_passed, burst_n;       /* the newest that came of it, how many */
  P2pTime burst_began, burst_last;      /* the first of them, the last, if any */

  /* source: sub-streams that nobody has room for */
  P2pTime deficit_since;        /* since when there is one, or none */
  P2pTime deficit_said;         /* NONE = nothing was said of it */
  int64_t deficit_sum;          /* bit/s, of deficit_n looks since then; 0 = none */
  uint32_t deficit_n;
  int64_t demand_bps;           /* all members' at the last look */

  /* members */
  uint32_t members;
  P2pTime members_at;           /* when that was said */
  P2pTime losses_at, room_at, exchange_at;
  unsigned room_tries;
  P2pTime mix_at;               /* when a neighbour may be swapped */
  unsigned mix_turn;            /* for a near one, a strong one, anybody */
  uint32_t links_made, links_failed;    /* of those begun */
  bool hungry;                  /* for a place, and those we know have none */
  uint32_t wants;
  uint32_t rate_hint;           /* bit/s, as strangers say before the header does */
  uint8_t first_refused;        /* of the first offers, before any link */
  P2pCandidate candidate[MAX_CANDIDATES];
  uint32_t n_candidates, signal_counter;
  P2pTime spread_at;            /* roots may be moved again */
  P2pTime replaced_at;          /* a root fell silent */
};

/* May media flow? Handshake done, same epoch. */
static inline bool
p2p_peer_linked (const P2pSwarm * self, const P2pPeer * p)
{
  return p->up && !p->dropped && self->epoch != 0 && p->epoch == self->epoch;
}

/* ... and may anything be begun? */
static inline bool
p2p_peer_usable (const P2pSwarm * self, const P2pPeer * p)
{
  return p2p_peer_linked (self, p) && !p->leaving;
}

static inline P2pTime
p2p_peer_rtt (const P2pPeer * p)
{
  return p->rtt_us > 0 ? p->rtt_us : P2P_MSEC (50);     /* not known: a guess */
}

/* v % k: k is mostly a power of two, and this is asked some hundred times for each
 * chunk. */
static inline uint32_t
p2p_mod_k (uint32_t v, uint32_t k)
{
  return k & (k - 1) ? v % k : v & (k - 1);
}

static inline uint8_t
p2p_sub_of (const P2pSwarm * self, uint32_t chunk)
{
  return self->k ? (uint8_t) p2p_mod_k (chunk, self->k) : 0;
}

static inline P2pTime
p2p_min_time (P2pTime a, P2pTime b)
{
  return a < b ? a : b;
}

#endif /* P2P_SWARM_STATE_H */
