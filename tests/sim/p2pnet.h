/* gst-plugins-p2p
 *
 * This library is free software; you can redistribute it and/or
 * modify it under the terms of the GNU Lesser General Public
 * License as published by the Free Software Foundation; either
 * version 2.1 of the License, or (at your option) any later version.
 */
/* p2pnet.h: the network of the simulator: places, access links, and reliable
 * message transport between two nodes, as a model of SCTP over DTLS over UDP.
 *
 * A message is cut into packets of 1132 B, each with 93 B of IP, UDP, DTLS and
 * SCTP around it. It waits in the sender's uplink queue (first in, first
 * out), travels the one-way delay of the pair, passes the receiver's downlink
 * and is there when its last packet is. One acknowledgement (93 B, through the
 * receiver's uplink) goes back for every two packets, a single one after
 * 10 ms. Nothing is lost; a loss rate adds the delay that the real stack had
 * on such a path, and bounds what one link carries.
 *
 * Nothing here calls anybody: functions return times, the world schedules.
 */
#ifndef P2P_NET_H
#define P2P_NET_H

#include "p2psim.h"

#define P2P_NET_PACKET P2P_PACKET_PAYLOAD
#define P2P_NET_OVERHEAD P2P_PACKET_HEADERS
#define P2P_NET_SACK_DELAY P2P_MSEC (10)
/* Consent checks (RFC 7675): request and answer, each way, every 5 s. */
#define P2P_NET_STUN_BYTES (92 + 28 + 80 + 28)
/* ICE, DTLS and SCTP of a link, each end: 1557 to 1569 bytes in 3 + 6 + 2 datagrams
 * at 10 ms each way (tests/rigs/packets.py); of one that fails the checks of
 * ICE; and what hosts reserve for one (session). */
#define P2P_NET_SETUP_BYTES 1570
#define P2P_NET_SETUP_FAILED 800
#define P2P_NET_SETUP_RESERVE 2500
#define P2P_NET_STUN_PERIOD P2P_SEC (5)

/* ---- places ---- */
typedef enum { P2P_NET_FIXED, P2P_NET_PLANE, P2P_NET_CITIES } P2pNetMap;

typedef struct { uint32_t x, y; } P2pNetPlace;  /* 0 .. 65535 */

typedef struct
{
  P2pNetMap map;
  P2pTime min, max;             /* one way; FIXED: min */
} P2pNetGeometry;

P2pNetPlace p2p_net_place (const P2pNetGeometry * g, P2pRandom * random);
/* One way, both ways the same. */
P2pTime p2p_net_delay (const P2pNetGeometry * g, P2pNetPlace a, P2pNetPlace b);

/* ---- address translators in front of members ---- */
typedef enum
{
  P2P_NET_OPEN,                 /* none */
  P2P_NET_CONE,                 /* one mapping for all, filters by address at most */
  P2P_NET_PORT,                 /* one mapping for all, filters by port */
  P2P_NET_SYMMETRIC             /* another mapping for everybody, filters by port */
} P2pNetNat;
#define P2P_NET_NATS 4

/* Is there a path without a relay? As tests/rigs/check-paths.py finds for real
 * links and translators. */
bool p2p_net_reaches (P2pNetNat a, P2pNetNat b);

/* ---- one association on a lossy path ---- */
/* What it adds to a message of so many bytes while it carries bps, drawn from
 * the tables that the real SCTP stack filled (tests/rigs/p2plink.h). */
P2pTime p2p_net_loss_delay (uint32_t bps, uint32_t message, P2pTime rtt,
    uint32_t loss_ppm, P2pRandom * random);
/* The most it carries, bit/s. */
uint32_t p2p_net_loss_capacity (P2pTime rtt, uint32_t loss_ppm);

/* ---- access link of a node ---- */
typedef struct
{
  uint64_t up_bps, down_bps;    /* 0 = no limit */
  P2pTime up_free, down_free;   /* when the queue is empty */
} P2pNetAccess;

uint32_t p2p_net_packets (uint32_t len);
uint32_t p2p_net_wire (uint32_t len);
/* When the last bit of 'wire' bytes has left, queued behind what waits. */
P2pTime p2p_net_upload (P2pNetAccess * self, P2pTime now, uint32_t wire);
P2pTime p2p_net_download (P2pNetAccess * self, P2pTime now, uint32_t wire);

/* ---- what one end of a link has sent and not got acknowledged ---- */
#define P2P_NET_ACKS 8
typedef struct
{
  _Alignas (64) uint32_t unacked;       /* what most events read: a cache line */
  uint32_t flying;              /* place in the node's list + 1, 0: all is told */
  uint32_t n_acks;
  uint32_t acked_soon;          /* sum of acks[].bytes */
  uint64_t wire_sent, wire_received;
  P2pTime last_received;
  uint32_t srtt_us;
  uint32_t told_unacked;        /* what the core was told last, and when */
  P2pTime told_at;
  P2pTime control_arrival;      /* the ordered channel's last */

  struct { P2pTime when; uint32_t bytes; } acks[P2P_NET_ACKS];

  uint64_t told_sent, told_received;
  /* lossy paths only */
  P2pTime free_at, rate_from;
  uint32_t rate_bytes, rate_bps;
  P2pTime silent;               /* since the first frame that the peer missed */
  P2pTime lied_at;              /* since when it lies, 0: not since it was last
                                 * looked at and fed nobody with it */
} P2pNetEnd;

void p2p_net_end_init (P2pNetEnd * self, P2pTime rtt);
/* An acknowledgement that will be here at 'when'. */
void p2p_net_end_acked (P2pNetEnd * self, P2pTime when, uint32_t bytes,
    P2pTime rtt);
/* Takes in what has come until now. */
void p2p_net_end_settle (P2pNetEnd * self, P2pTime now);
/* A message handed down on a lossy path: when it is let go, and what it will
 * be late by (out). */
P2pTime p2p_net_end_lossy (P2pNetEnd * self, P2pTime now, uint32_t len,
    P2pTime rtt, uint32_t loss_ppm, P2pRandom * random, P2pTime * late);
/* When all of it is acknowledged, NEVER while that is not known. */
P2pTime p2p_net_end_empty_at (const P2pNetEnd * self);

#endif /* P2P_NET_H */
