/* gst-plugins-p2p
 *
 * This library is free software; you can redistribute it and/or
 * modify it under the terms of the GNU Lesser General Public
 * License as published by the Free Software Foundation; either
 * version 2.1 of the License, or (at your option) any later version.
 */
/* p2pworld.h: swarm members of the real core on the simulated network.
 *
 * The world is the host of every core: it carries frames, answers signature
 * actions (a keyed hash in place of Ed25519: what was altered fails), plays an
 * ideal rendezvous (random living members after a delay), sets up links, and
 * makes things go wrong. One source, node 0; nodes are never reused.
 */
#ifndef P2P_WORLD_H
#define P2P_WORLD_H

#include "../../gst/p2p/core/swarm/p2pswarm.h"
#include "../../gst/p2p/core/tracker/p2ptracker.h"
#include "p2pmeasure.h"
#include "p2pnet.h"
#include "p2psim.h"

#define P2P_WORLD_TAG 32        /* bytes of a chunk that are really there */

typedef struct
{
  uint64_t seed;
  P2pNetGeometry geometry;
  uint64_t rate_bps;            /* of the media */
  P2pTime chunk_us;
  uint8_t k;                    /* 0: the core's choice */
  P2pTime gop_us;               /* between join points, 0: every chunk */
  uint8_t header_flags;         /* P2P_HEADER_*, VIDEO comes with gop_us */
  P2pTime latency;              /* playout of every listener */
  P2pTime setup_min, setup_max; /* of a link, introduction included */
  P2pTime rendezvous;           /* WANT_LINKS to the start of a set-up */
  bool real_tracker;            /* introduces, not the ideal rendezvous */
  unsigned introduce_best;      /* best by capacity of so many candidates */
  unsigned nat_fail_percent;    /* of pairs find no path */
  P2pTime verify_min, verify_max, sign;
  P2pTime dead_after;           /* the transport gives a silent link up */
  uint64_t down_bps;
  P2pTime stats_busy;           /* link_stats while data is in flight */
  P2pTime stats_idle;           /* and otherwise (0: never) */
  uint32_t loss_ppm;            /* of every path */
  bool repeats;                 /* what goes to the dead goes again, and again */
  unsigned cell_size;           /* so many listeners live behind one line, as
                                 * they come; 0, 1: everybody has an own one */
} P2pWorldConfig;

void p2p_world_config_init (P2pWorldConfig * c, uint64_t rate_bps);

/* The machine that all processes are on stands still: what would happen then
 * happens at its end. */
typedef struct { P2pTime at, until; } P2pStall;

typedef struct
{
  P2pRole role;                 /* 0: RELAY */
  uint64_t up_bps;              /* access link */
  uint32_t max_upload_bps;      /* told to the core, 0 = no cap */
  uint32_t upload_guess_bps;    /* what it remembers of the line, 0 = nothing */
  uint16_t max_peers;
  uint32_t prefix;              /* of its address; 0 = one that nobody else has */
  P2pNetNat nat;                /* it is behind */
  bool liar;                    /* flips a bit of what it relays */
  bool false_map;               /* claims to hold everything */
  bool staller;                 /* promises and sends no chunk */
  bool watch_cap;               /* keep account of every 2 s */
} P2pWorldSpec;

/* An end of a link with bytes that were not acknowledged when its core was told
 * last. */
typedef struct
{
  uint32_t link, side;
  P2pTime empty_at;             /* all is acknowledged then; NEVER: not known */
} P2pFlying;

/* What a session keeps for a rendezvous (p2prendezvous.c). */
#define P2P_CALLER_OFFERS 12
typedef struct
{
  P2pTrackerConn *conn;         /* NULL: none */
  struct
  {
    uint32_t serial;
    bool said;
    P2pTime at;
    P2pIntro intro;             /* as it was when the offer was made */
  } offer[P2P_CALLER_OFFERS];
  unsigned n_offers;            /* without an answer */
  uint32_t n_made, members_known;
  bool said_room;
  P2pTime described_at, announce_at;
} P2pCaller;

typedef struct P2pGate P2pGate;
typedef enum { P2P_NODE_LIVE, P2P_NODE_STOPPED, P2P_NODE_GONE } P2pNodeState;

#define P2P_WORLD_BINS 200      /* of 10 ms: the 2 s of an upload cap */

/* What every event reads or writes comes first: three cache lines. */
typedef struct
{
  uint32_t index;
  P2pNodeState state;
  bool cut;
  bool leaving;                 /* said so, and goes when its core has left */
  bool gated;                   /* its core waits for acknowledgements */
  bool odd;                     /* a liar, false_map or staller */
  P2pSwarm *swarm;
  P2pTime clock;                /* its clock minus ours */
  P2pTime timer_at;             /* earliest EV_TIMER that is scheduled */
  P2pTime deadline;             /* of its core, on our clock */
  P2pTime acks_at;              /* earliest empty_at of those in flight */
  P2pNetAccess *line;           /* where its bytes pass: its own or the cell's */

  P2pTime acks_event, upkeep_at;        /* scheduled, NEVER: not */
  P2pFlying *flying;
  uint32_t n_flying, cap_flying;
  int64_t memory, memory_max;   /* of its core, media excepted */
  P2pGate *gate;                /* NULL: no cap */
  uint32_t *bins;

  P2pNetAccess access;          /* of the first of a cell, for all of it */
  int64_t bin;
  uint64_t bin_sum;             /* bytes in 2 s */
  uint32_t *links;              /* ids */
  uint32_t n_links, cap_links;

  uint64_t bin_max;             /* the most it was */
  P2pTime bin_max_at;
  P2pMeasureNode m;
  uint32_t live_at;             /* place in the list of the living */
  P2pWorldSpec spec;
  P2pPeerId id;
  P2pNetPlace place;
  uint32_t cell;                /* its first member; itself without cells */
  P2pSimEvent *backlog;         /* came while stopped */
  uint32_t n_backlog, cap_backlog;
  uint32_t banned[16];          /* nodes, newest 16 */
  uint32_t n_banned;
  uint64_t epoch;
  unsigned deficits;            /* source: told so often that upload is missing, */
  int64_t deficit_bps, demand_bps;      /* the last time; 0: no more */
  unsigned members_seen, starved, epochs_seen, headers_seen, left_seen,
      back_seen, ended;
  uint32_t max_signal_ttl;
  unsigned memory_neighbours;   /* it had when it was the most */
  P2pCaller caller;
} P2pNode;

/* A cache line, and four for each end. */
typedef struct
{
  uint32_t id;                  /* 0: free */
  uint32_t node[2];             /* 0 is the offerer */
  bool up[2];                   /* its core knows the link */
  bool connecting, closing, local;      /* local: within a cell */
  bool again[2];                /* the peer is away: that end sends things twice */
  bool thrifty[2];              /* small ones only, by its core's wish */
  bool reserved[2];             /* for the set-up, under a cap */
  P2pTime delay, since;
  uint32_t stun[2];             /* consent checks counted so far */
  P2pNetEnd end[2];
} P2pLink;

typedef struct P2pHint P2pHint;
typedef struct P2pWorld P2pWorld;
struct P2pWorld
{
  P2pWorldConfig config;
  P2pSim sim;
  P2pMeasure measure;
  P2pNode **nodes;
  uint32_t n_nodes, cap_nodes;
  uint32_t n_cut;
  uint32_t *live;               /* without the source; stopped ones count */
  uint32_t n_live, cap_live;
  P2pLink *links;
  uint32_t n_links, cap_links;
  uint32_t *free_links;         /* a queue, so that ids are old when reused */
  uint32_t first_free, n_free, cap_free;
  P2pSimEvent *held;            /* on the wire when it was cut */
  uint32_t n_held, cap_held;
  P2pSwarmId swarm_id;
  P2pTracker *tracker;
  const P2pStall *stalls;       /* in order; not ours */
  unsigned n_stalls, stall;     /* the next one */
  bool rendezvous_dead, publishing;
  uint64_t epoch;
  uint32_t epoch_base[64];      /* first serial of each run of the source */
  uint64_t epochs[64];
  unsigned n_epochs;
  uint32_t chunk_number;
  uint8_t k;                    /* as the source's core chose it */
  void *free_frames;
  P2pHint *hints;               /* of the slot that comes next */
  uint32_t cap_hints;
  uint64_t n_setups, n_setup_failures, n_bad_drops, n_drops, n_signals,
      n_late_answers;
  FILE *trace;                  /* one line an action of note, or NULL */
  /* Called for every verified chunk, and for every delivery to the elements,
   * when set. */
  void (*on_chunk) (P2pWorld * w, P2pNode * n, uint32_t serial, P2pTime lag,
      void *data);
  void (*on_deliver) (P2pWorld * w, P2pNode * n, uint32_t serial, P2pTime lag,
      void *data);
  void *data;
};

P2pWorld *p2p_world_new (const P2pWorldConfig * c);
void p2p_world_free (P2pWorld * w);
/* The first is the source. Returns its index. */
uint32_t p2p_world_add (P2pWorld * w, const P2pWorldSpec * spec);
void p2p_world_run (P2pWorld * w, P2pTime until);
P2pNode *p2p_world_node (P2pWorld * w, uint32_t index);
/* A random living listener, UINT32_MAX: none. */
uint32_t p2p_world_pick (P2pWorld * w);

/* ---- trouble ---- */
void p2p_world_kill (P2pWorld * w, uint32_t index);     /* SIGKILL */
void p2p_world_leave (P2pWorld * w, uint32_t index);    /* says LEAVE */
void p2p_world_stop (P2pWorld * w, uint32_t index);     /* SIGSTOP */
void p2p_world_resume (P2pWorld * w, uint32_t index);
void p2p_world_cut (P2pWorld * w, uint32_t index);      /* cable out */
void p2p_world_heal (P2pWorld * w, uint32_t index);
/* The publisher dies (or leaves); later a new run with the same key. */
void p2p_world_source_down (P2pWorld * w, bool polite);
void p2p_world_source_up (P2pWorld * w);
void p2p_world_end_stream (P2pWorld * w);

/* Bytes of all UDP datagrams that node sent. */
uint64_t p2p_world_wire_sent (P2pWorld * w, uint32_t index);
/* The push forest now: mean and longest path, and the largest share (per mille)
 * of all (member, sub-stream) paths behind one first hop. */
#define P2P_FOREST_DEPTHS 16
typedef struct
{
  uint32_t at_depth[P2P_FOREST_DEPTHS]; /* paths of 1, 2 .. hops; 16: or more */
  uint32_t brothers_x100;       /* children of a path's parent on its
                                 * sub-stream, itself included, mean */
  uint32_t backed;              /* sub-streams whose member knows whom to ask next */
  uint32_t paths, orphans, depth_x100, depth_max, first_hop_x1000,
      first_hops, neighbours_x100;
  uint32_t searching, cut, loops;       /* of the orphans: no parent; a dead
                                         * one; a ring without the source */
} P2pForest;
void p2p_world_forest (P2pWorld * w, P2pForest * out);

#endif /* P2P_WORLD_H */
