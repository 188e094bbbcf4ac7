/* gst-plugins-p2p
 *
 * This library is free software; you can redistribute it and/or
 * modify it under the terms of the GNU Lesser General Public
 * License as published by the Free Software Foundation; either
 * version 2.1 of the License, or (at your option) any later version.
 */
/* swarmtest.h: a handful of swarms on a bench, for tests of single behaviours.
 *
 * Frames take 'delay' on a link, are acknowledged when they arrive, and can be
 * held back in one direction. Signatures are a keyed sum: whatever was altered
 * fails. What the host is told is written down in books, one a node.
 */
#ifndef SWARM_TEST_H
#define SWARM_TEST_H

#include "../../../gst/p2p/core/swarm/p2pswarm.h"

#define BENCH_MAX 13
#define BENCH_BOOK 4096

typedef struct
{
  uint32_t delivered[BENCH_BOOK];
  unsigned n_delivered, discont;
  unsigned skipped, headers, joined, peers, left, back, ends, epochs, starving;
  unsigned recovered, deficits;
  int64_t deficit_bps, demand_bps;      /* the last one told */
  unsigned dropped, dropped_bad, wants, wanted, connects, signals, thrifty;
  unsigned sent[256];           /* messages by type */
  unsigned status_ids;          /* of paths, in all STATUS */
  uint32_t last_push;           /* newest chunk sent, by anybody's wish */
  uint64_t data_bytes;          /* DATA, with packets */
  P2pTime first_delivery;
} Book;

typedef struct Bench Bench;

Bench *bench_new (P2pTime delay);
void bench_free (Bench * b);
/* Node 0 is the source; config may change what bench_config() gave. */
void bench_config (P2pSwarmConfig * c, P2pRole role, unsigned node);
unsigned bench_add (Bench * b, const P2pSwarmConfig * c);
/* As bench_config() makes them: node 0; so many listeners that relay. */
void bench_add_source (Bench * b);
void bench_add_listeners (Bench * b, unsigned n);
void bench_remove (Bench * b, unsigned node);   /* silent death */
P2pResult bench_link (Bench * b, unsigned from, unsigned to);
/* Links it with all that were added before it. */
void bench_join (Bench * b, unsigned node);
void bench_unlink (Bench * b, unsigned from, unsigned to);
P2pLinkId bench_link_id (unsigned a, unsigned b);
/* What `node` says of its neighbour `other`; all 0 when it has no link to it. */
P2pNeighbourStats bench_neighbour (Bench * b, unsigned node, unsigned other);
/* The sub-streams that `node` takes from `by`. */
unsigned bench_fed_by (Bench * b, unsigned node, unsigned by);
/* Frames from a to b are lost from now on. */
void bench_block (Bench * b, unsigned from, unsigned to, bool block);
/* Each frame takes up to so much longer; they stay in order. */
void bench_jitter (Bench * b, unsigned from, unsigned to, P2pTime jitter);
/* link_stats come so often (50 ms), and with what is acknowledged. */
void bench_tell_every (Bench * b, P2pTime period);
/* What the node sends passes an uplink of so many bit/s, first in, first out. */
void bench_line (Bench * b, unsigned node, uint32_t bps);
P2pTime bench_queue (const Bench * b, unsigned node);
/* What 'from' sends to 'to' is acknowledged so much later. */
void bench_slow_acks (Bench * b, unsigned from, unsigned to, P2pTime late);
/* What comes to the node, frames and acknowledgements, comes so much later. */
void bench_downlink (Bench * b, unsigned node, P2pTime late);
/* The node's clock is so much fast. Before the node is added. */
void bench_skew (Bench * b, unsigned node, int ppm);
P2pTime bench_local (const Bench * b, unsigned node);
/* Actions DELIVER and SKIP as they come. */
typedef void BenchDeliver (Bench * b, unsigned node, const P2pAction * a,
    void *data);
void bench_on_deliver (Bench * b, BenchDeliver * func, void *data);
/* A path that loses everything for a while, under a transport that repeats:
 * frames arrive together, in order, when it ends. */
void bench_hold (Bench * b, unsigned from, unsigned to, bool hold);
/* DATA of these chunks never arrives there, whatever else does. */
void bench_lose (Bench * b, unsigned from, unsigned to, uint32_t first,
    uint32_t last);
/* Nor do any but each period-th. */
void bench_lose_but (Bench * b, unsigned from, unsigned to, uint32_t period);
void bench_stop (Bench * b, unsigned node, bool stop);
/* Every chunk that passes from a to b has a bit flipped. */
void bench_forge (Bench * b, unsigned from, unsigned to);
/* Answers to VERIFY come after so long. */
void bench_verify_delay (Bench * b, P2pTime delay);

void bench_header (Bench * b, uint8_t flags);
/* Of a stream that is not 128 kbit/s in chunks of 125 ms. */
void bench_header_of (Bench * b, uint8_t flags, P2pTime period, uint32_t bitrate);
/* One chunk of 'bytes'; flags of the envelope. */
void bench_chunk (Bench * b, uint32_t bytes, uint16_t flags);
/* The same of another publisher. */
void bench_chunk_of (Bench * b, unsigned node, uint32_t bytes, uint16_t flags);
/* Publishes a join chunk every 'period' until 'span' is over. */
void bench_publish (Bench * b, P2pTime span, P2pTime period, uint32_t bytes);
void bench_run (Bench * b, P2pTime span);
P2pTime bench_now (const Bench * b);
P2pSwarm *bench_swarm (Bench * b, unsigned node);
Book *bench_book (Bench * b, unsigned node);
uint32_t bench_published (const Bench * b);
/* The listeners, 1 to nodes - 1 but one, were given everything in order, up to now. */
bool bench_is_whole (Bench * b, unsigned nodes, unsigned except);
/* Raw bytes as if they came over the link. */
void bench_inject (Bench * b, unsigned from, unsigned to, const uint8_t * data,
    uint32_t len);

#endif /* SWARM_TEST_H */
