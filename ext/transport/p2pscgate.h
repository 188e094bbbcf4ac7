/* gst-plugins-p2p
 *
 * This library is free software; you can redistribute it and/or
 * modify it under the terms of the GNU Lesser General Public
 * License as published by the Free Software Foundation; either
 * version 2.1 of the License, or (at your option) any later version.
 */
/* p2pscgate.h: the upload cap below SCTP: a packet beyond it waits.
 *
 * The core hands down no more than the cap allows, but what SCTP makes of that is
 * not in its hands: what was lost is sent again, a congested association sends
 * seconds later what it was given, acknowledgements come in bunches. So the packets of
 * all associations under one cap pass here, where every datagram of the last two
 * seconds is known. Mostly they pass at once; what would be beyond the cap is
 * kept until it is not. What can't be kept, because others send it (STUN, DTLS), is
 * counted, and some room is always left for it: of a link that is being set up what
 * its set-up will take, of others their checks.
 *
 * What carries no DATA goes before what does, and takes the last of the room: an
 * acknowledgement that waits makes the other end send again. A newer acknowledgement
 * takes the place of one that still waits.
 *
 * Plain C; time in microseconds, any origin. One thread.
 */
#ifndef P2P_SCGATE_H
#define P2P_SCGATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../../gst/p2p/core/base/p2pledger.h"

/* Packets that wait, of all associations: two seconds of 5 Mbit/s. Beyond that
 * they are lost, as in any queue. */
#define P2P_SCGATE_PACKETS 1024

typedef struct P2pScGateEnd P2pScGateEnd;
typedef struct P2pScKept P2pScKept;

typedef struct
{
  P2pScKept *first, *last;
} P2pScKeptQueue;

typedef struct
{
  uint32_t limit;               /* bytes in any 2 s, 0 = no cap */
  P2pLedger ledger;
  uint32_t reserved;            /* by links that are being set up */
  unsigned n_ends, n_kept;
  P2pScKeptQueue urgent, data;
  uint64_t delayed, dropped;    /* packets, ever */
  /* A packet waits: p2p_scgate_run() has to be called in time. May be NULL. */
  void (*wake) (void *user_data);
  void *user_data;
} P2pScGate;

/* One link. */
struct P2pScGateEnd
{
  P2pScGate *gate;
  /* The packet leaves now; the checksum is still to be made. Whoever sends the
   * datagram counts it with p2p_scgate_count(). */
  void (*go) (uint8_t * packet, size_t len, void *user_data);
  /* Nothing of it waits any more. Inside p2p_scgate_run(); may be NULL. */
  void (*drained) (void *drained_data);
  void *user_data, *drained_data;
  uint32_t overhead;            /* bytes of headers below SCTP */
  uint32_t reserved;
  unsigned n_kept;              /* packets with DATA */
  bool hurried;                 /* it is closed soon: DATA does not stand in line */
};

void p2p_scgate_init (P2pScGate * self);
/* Ends are cleared before. */
void p2p_scgate_clear (P2pScGate * self);
/* bit/s, 0 = none: then all that waits leaves. */
void p2p_scgate_set_cap (P2pScGate * self, uint64_t bps, int64_t now);
/* reserve: bytes for its set-up. */
void p2p_scgate_add (P2pScGate * self, P2pScGateEnd * end, uint32_t overhead, uint32_t reserve);
/* It is up: what is left of its reserve is free. */
void p2p_scgate_set_up_done (P2pScGateEnd * end);
/* What waits of it is lost. Once added; again does nothing. */
void p2p_scgate_remove (P2pScGateEnd * end);

/* Of SCTP: leaves now, or waits. */
void p2p_scgate_output (P2pScGateEnd * end, uint8_t * packet, size_t len, int64_t now);
/* May so many bytes of SCTP leave now, past those that wait? */
bool p2p_scgate_may (P2pScGateEnd * end, size_t len, int64_t now);
/* A datagram left, all its headers counted. end may be NULL. */
void p2p_scgate_count (P2pScGate * self, P2pScGateEnd * end, uint32_t bytes, int64_t now);
/* INT64_MAX = nothing waits. */
int64_t p2p_scgate_due (P2pScGate * self, int64_t now);
void p2p_scgate_run (P2pScGate * self, int64_t now);

#endif
