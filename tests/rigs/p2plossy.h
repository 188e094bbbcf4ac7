/* gst-plugins-p2p
 *
 * This library is free software; you can redistribute it and/or
 * modify it under the terms of the GNU Lesser General Public
 * License as published by the Free Software Foundation; either
 * version 2.1 of the License, or (at your option) any later version.
 */
/* p2plossy.h: a live stream over one to three hops of lossy SCTP links.
 *
 * Levels of nodes: level 0 are sources (all hold every chunk when it closes),
 * each node of level n has associations with every node of level n - 1; chunk
 * c is pushed to it by one of its 'parents' parents in turn and passed on when
 * it is whole. What is overdue is requested from another node of the level
 * above; a request for a chunk not held yet stands. docs/decisions tells what
 * was learned.
 */
#ifndef P2P_LOSSY_H
#define P2P_LOSSY_H

#include "p2pvnet.h"

#define P2P_LOSSY_MAX_HOPS 3
#define P2P_LOSSY_MAX_PARENTS 4

/* Which quantiles are kept, in 1/1000. */
enum
{
  P2P_LOSSY_MIN, P2P_LOSSY_Q250, P2P_LOSSY_Q500, P2P_LOSSY_Q750,
  P2P_LOSSY_Q850, P2P_LOSSY_Q900, P2P_LOSSY_Q950, P2P_LOSSY_Q975,
  P2P_LOSSY_Q990, P2P_LOSSY_Q995, P2P_LOSSY_Q998, P2P_LOSSY_Q999,
  P2P_LOSSY_MAX, P2P_LOSSY_QUANTILES
};
extern const uint16_t p2p_lossy_permille[P2P_LOSSY_QUANTILES];

typedef struct
{
  uint64_t seed;
  P2pVnetTuning tuning;
  uint32_t message;             /* bytes of one chunk's message, headers too */
  uint32_t media_bps;           /* of media, without our headers */
  uint32_t seconds;
  uint32_t rtt_us;
  uint32_t loss_ppm;
  uint64_t rate_bps;            /* of each path, 0 = no limit */
  uint32_t queue_us;            /* before it, 0 = endless */
  unsigned parents;             /* 1 to 4 share the stream */
  unsigned hops;                /* 1 to 3 */
  bool request;                 /* overdue chunks from another parent */
  uint32_t overdue_floor_us;    /* predicted time + max (floor */
  uint32_t overdue_rtts;        /* + this many round trips, */
  uint32_t overdue_jitters;     /* this many jitters) */
  unsigned parity;              /* one parity chunk after so many, 0 = none */
} P2pLossyConfig;

/* Lag over path and serialisation in microseconds: time from the chunk's
 * closing to its arrival as a whole, less what an empty line takes. */
typedef struct
{
  uint64_t chunks;              /* expected, all nodes of the level */
  uint64_t missing;             /* never arrived */
  uint64_t requested, duplicates, rebuilt;      /* rebuilt = by parity */
  int64_t quantile[P2P_LOSSY_QUANTILES];
  int64_t first_half_p50, second_half_p50;      /* falling behind? */
  double wire_ratio;            /* bytes on the wire to the level, all
                                 * directions, over media bytes of the level */
} P2pLossyHop;

typedef struct
{
  P2pLossyHop hop[P2P_LOSSY_MAX_HOPS];
} P2pLossyResult;

/* The figures of the decision: 1.7 Mbit/s, 40 ms RTT, requests on. */
void p2p_lossy_config_init (P2pLossyConfig * config);
void p2p_lossy_run (const P2pLossyConfig * config, P2pLossyResult * result);

/* One association that always has messages to send: what it carries, in bit/s
 * of messages, without the first 5 s. Uses message, rtt, loss, rate, queue,
 * tuning, seconds and seed. */
typedef struct
{
  uint64_t bps;
  uint32_t lost_ppm;            /* of the packets on the line */
} P2pLossyBulk;
void p2p_lossy_bulk (const P2pLossyConfig * config, P2pLossyBulk * result);

/* Bytes that each chunk's message carries beside media: channel 4, signature
 * 81, DATA 17, envelope 20. */
#define P2P_LOSSY_OVERHEAD 122

#endif
