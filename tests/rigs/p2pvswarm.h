/* gst-plugins-p2p
 *
 * This library is free software; you can redistribute it and/or
 * modify it under the terms of the GNU Lesser General Public
 * License as published by the Free Software Foundation; either
 * version 2.1 of the License, or (at your option) any later version.
 */
/* p2pvswarm.h: a publisher and listeners of the real core over real SCTP in
 * virtual time.
 *
 * p2plossy.h knows what SCTP does to chunks but nothing of parents, requests
 * and caps; the simulator knows those but no congestion window. Here both are
 * real: the same core and the same usrsctp as in the plugin, between them the
 * link's queue by class with the same limits. Links are a full mesh that is up
 * when the run begins; signatures are taken as good.
 */
#ifndef P2P_VSWARM_H
#define P2P_VSWARM_H

#include "p2pvnet.h"

#define P2P_VSWARM_MAX_NODES 12 /* publisher and listeners */
#define P2P_VSWARM_MAX_HOPS 6

typedef struct
{
  uint64_t seed;
  P2pVnetTuning tuning;
  unsigned listeners;
  uint32_t seconds;             /* that are judged */
  uint32_t settle_s;            /* before them */
  uint32_t rtt_us, loss_ppm;    /* of every path */
  uint32_t media_bps;
  uint32_t fps;                 /* of video; 0 = equal chunks at equal distances */
  uint32_t packets;             /* of one chunk's message */
  uint32_t cap_streams_x10;     /* the publisher's upload, 0 = none */
  uint8_t gate;                 /* hold it below SCTP, too, p2pscgate.h */
  uint8_t k;                    /* 0 = the core's choice */
  uint32_t stall_us, stall_every_us;    /* each process does not run for up to
                                         * that long, so often on average */
  uint32_t trace_from_ms, trace_to_ms;  /* virtual time; one line an event */
} P2pVswarmConfig;

/* Over path and serialisation, from the chunk's closing to its verification,
 * by the hop count of the sub-stream it belongs to. */
typedef struct
{
  uint64_t chunks, pushed;
  int64_t p50, p95, p99, max;   /* us */
  int64_t first_half_p50, second_half_p50;
} P2pVswarmHop;

typedef struct
{
  P2pVswarmHop hop[P2P_VSWARM_MAX_HOPS];        /* [0] is hop 1 */
  uint64_t expected, missing;
  uint64_t received, duplicates, requests, overdue, late;
  uint64_t media_bytes;         /* of the judged time, all listeners */
  uint64_t wire_bytes;          /* of all nodes, all directions, from the start */
  uint64_t all_media_bytes;     /* from the start */
  uint32_t peak_2s_bps;         /* of the publisher, every datagram */
} P2pVswarmResult;

/* Must hold: 1.7 Mbit/s FLV, 4 listeners, 40 ms RTT, cap of 4 streams. */
void p2p_vswarm_config_init (P2pVswarmConfig * config);
void p2p_vswarm_run (const P2pVswarmConfig * config, P2pVswarmResult * result);

#endif
