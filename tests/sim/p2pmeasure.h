/* gst-plugins-p2p
 *
 * This library is free software; you can redistribute it and/or
 * modify it under the terms of the GNU Lesser General Public
 * License as published by the Free Software Foundation; either
 * version 2.1 of the License, or (at your option) any later version.
 */
/* p2pmeasure.h: what the simulator counts. Knows nodes by what the world tells
 * it, never looks into the core.
 *
 * A chunk has a serial: its number over all runs of the publisher. Lag is
 * verification minus publication. Continuity at a delay D: of the chunks due at
 * a live member (published at least 2.1 s after it joined or was resumed), the
 * share verified when D had passed.
 */
#ifndef P2P_MEASURE_H
#define P2P_MEASURE_H

#include "../../gst/p2p/core/base/p2ptypes.h"

#include <stdio.h>

#define P2P_MEASURE_RING 256            /* chunks remembered per node */
#define P2P_MEASURE_DELAYS 4            /* 1.5, 2, 3, 5 s */
#define P2P_MEASURE_LAGS 16384          /* histogram, 1 ms steps, rest in the last */
#define P2P_MEASURE_QUEUES 4096         /* the same, of the access links */
#define P2P_MEASURE_SECONDS 40000
#define P2P_MEASURE_SETTLE P2P_MSEC (2100)
extern const P2pTime p2p_measure_delay[P2P_MEASURE_DELAYS];

typedef struct
{
  P2pTime since;                /* joined or resumed */
  P2pTime contiguous;           /* 1 s of it; NEVER: not yet */
  uint64_t frames, verified;    /* DATA frames that came; chunks accepted */
  uint64_t delivered;
  uint32_t newest;              /* serial + 1, highest verified */
  uint32_t delivered_last;      /* serial + 1 */
  P2pTime worst_lag;            /* of settled chunks */
  uint64_t lost, repeated, unordered;
  uint64_t expected3, missed3;  /* at 3 s */
  P2pTime joined, linked;       /* linked: NEVER, not yet */
  struct { uint32_t serial, lag_ms; } ring[P2P_MEASURE_RING];   /* serial + 1 */
} P2pMeasureNode;

typedef struct
{
  P2pTime chunk_us;
  P2pTime from;                 /* chunks published before do not count */
  P2pTime *published;           /* by serial */
  uint32_t n_published, cap_published;

  uint32_t *lag;                /* histogram */
  uint64_t n_lags;
  P2pTime lag_max;
  uint32_t *queue;              /* histogram: what a message waits in the uplink */
  uint64_t n_queues;
  uint64_t expected[P2P_MEASURE_DELAYS], missed[P2P_MEASURE_DELAYS];
  uint32_t *second_expected, *second_missed;    /* at 3 s, by second published */
  uint64_t frames, verified, forged_delivered;
  uint64_t delivered, delivered_pushed, lost, repeated, unordered;
  uint64_t delivered_bytes, delivered_hops;     /* the sum of their hops */
  uint64_t control_bytes, control_packets, data_bytes, data_head_bytes,
      data_packets;
  uint64_t messages[256], source_messages[256]; /* control, by code; only when
                                 * there is a trace */
  uint64_t sack_bytes;
  uint64_t source_payload, source_wire;
  uint32_t *join_ms;            /* linked -> contiguous */
  uint32_t n_joins, cap_joins;
  uint32_t *newcomer_ms;        /* the same, of who came after the warm-up */
  uint32_t n_newcomers, cap_newcomers;
  uint64_t bad_verified;        /* verifications answered "forged" */
  bool rootless[P2P_MAX_SUBSTREAMS];
  P2pTime rootless_from[P2P_MAX_SUBSTREAMS];
  P2pTime rootless_max;         /* longest single gap */
} P2pMeasure;

void p2p_measure_init (P2pMeasure * self, P2pTime chunk_us);
void p2p_measure_clear (P2pMeasure * self);
void p2p_measure_node_init (P2pMeasureNode * n, P2pTime now);

/* Returns the new chunk's serial. */
uint32_t p2p_measure_published (P2pMeasure * self, P2pTime now);
void p2p_measure_verified (P2pMeasure * self, P2pMeasureNode * n,
    uint32_t serial, P2pTime now);
/* Chunk 'serial' is due at a live node. */
void p2p_measure_due (P2pMeasure * self, P2pMeasureNode * n, unsigned delay,
    uint32_t serial);
void p2p_measure_delivered (P2pMeasure * self, P2pMeasureNode * n,
    uint32_t serial, bool pushed, uint32_t len);
/* Every sub-stream whose bit is set has a living root now. A gap is counted
 * from the first chunk published in it: before that chunk nobody can notice,
 * or hear, that a root is gone. */
void p2p_measure_roots (P2pMeasure * self, uint16_t mask, unsigned k,
    P2pTime now);
void p2p_measure_root_needed (P2pMeasure * self, unsigned s, P2pTime now);
/* Forgets what was counted so far, keeps what nodes hold (end of warm-up). */
void p2p_measure_restart (P2pMeasure * self, P2pTime now);

/* Per mille of the lags lies at or below the result (ms). */
uint32_t p2p_measure_lag (const P2pMeasure * self, unsigned per_mille);
/* A listener's message waits so long for those before it in the access link. */
void p2p_measure_queued (P2pMeasure * self, P2pTime wait);
uint32_t p2p_measure_queue (const P2pMeasure * self, unsigned per_mille);
/* Missed per million. */
uint32_t p2p_measure_missed (const P2pMeasure * self, unsigned delay);
/* Worst second at 3 s delay: in time, per 10,000. Seconds with fewer than
 * 'least' chunks due do not count. */
uint32_t p2p_measure_worst_second (const P2pMeasure * self, uint32_t least);
uint32_t p2p_measure_join (P2pMeasure * self, unsigned per_mille);
/* Of those that came after the warm-up. */
uint32_t p2p_measure_newcomer (P2pMeasure * self, unsigned per_mille);

#endif /* P2P_MEASURE_H */
