/* gst-plugins-p2p
 *
 * This library is free software; you can redistribute it and/or
 * modify it under the terms of the GNU Lesser General Public
 * License as published by the Free Software Foundation; either
 * version 2.1 of the License, or (at your option) any later version.
 */
/* p2pscrepair.h: sends a lost SCTP packet again before SCTP would, and without
 * the window paying for it.
 *
 * SCTP takes a packet for lost after three packets behind it were acknowledged
 * or after a time-out, and halves its window or closes it. A live stream of a
 * few packets at a time mostly has no three packets behind a lost one, and on a
 * line that loses at random (radio, not a full queue) a smaller window heals
 * nothing. So the first acknowledgement of a later packet, or none at all for a
 * round trip and a bit, makes us send the packet again, and SCTP is told that
 * it has arrived: from then on it is ours until it really has.
 *
 * Fair where losses mean a full queue: not more than a tenth of the packets is
 * repaired, a 25th when there may be a short queue, and none while the best of
 * the newest round trips is well above the best ever: a queue delays all, a busy
 * machine some; nor on a line that loses much for long (p2pscloss.h). Then SCTP
 * sees every loss and does what it always did. The other side is any SCTP.
 * Figures: docs/decisions/0013.
 *
 * Sees every packet of one association in clear, both ways, in the order they
 * pass. Thread: the association's. Memory: nothing while nothing is in flight.
 */
#ifndef P2P_SCREPAIR_H
#define P2P_SCREPAIR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "p2pscloss.h"

/* Packets in flight that can be repaired. With more (bulk) all is SCTP's until it
 * is half of that again. 1.7 Mbit/s have 40 under way at 200 ms, and a repair
 * takes as long again. */
#define P2P_SCREPAIR_PACKETS 96
#define P2P_SCREPAIR_MAX_PACKET 2048    /* larger ones are SCTP's */

/* Packet: SCTP header (checksum to be filled in) and DATA chunks. False: not now,
 * the upload cap does not allow it. */
typedef bool (*P2pScResend) (uint8_t * packet, size_t len, void *user_data);

typedef struct
{
  uint32_t tsn;                 /* first of n in a row */
  uint16_t n, len;
  uint8_t times;                /* sent again by us */
  bool acked;                   /* arrived, or said to have by a gap block */
  bool timed;                   /* its round trip was measured */
  bool lost;                    /* its newest sending was found lost */
  uint32_t number;              /* of the newest sending, see 'sent' */
  int64_t at;                   /* of the newest sending */
  uint8_t *packet;
} P2pScSent;

#define P2P_SCREPAIR_RECENT 8   /* round trips; one SACK gives one */

typedef struct
{
  P2pScResend resend;
  void *user_data;
  P2pScSent ring[P2P_SCREPAIR_PACKETS]; /* by TSN */
  unsigned first, n;
  uint32_t sent;                /* packets with DATA, ours too */
  uint32_t acked;               /* newest sending known to have arrived */
  bool any_acked, any_told;
  bool spilled;                 /* more in flight than the ring holds */
  bool any_sent;
  uint32_t newest;              /* TSN sent */
  uint32_t told;                /* up to here SCTP believes that all arrived */
  uint32_t cum;                 /* newest cumulative TSN that came */
  int64_t last_sent;
  bool held;                    /* something was not sent for the cap */
  int64_t held_until;           /* then it is tried again */
  unsigned probes;              /* since something was acknowledged */
  int32_t budget;               /* hundredths of packets we may send again */
  P2pScLoss loss;
  int64_t srtt_us, rttvar_us;   /* 0 = not known */
  int64_t recent[P2P_SCREPAIR_RECENT];  /* newest round trips */
  unsigned n_recent;
  int64_t min_rtt_us, next_min_us, min_since;
  uint64_t repaired;            /* packets sent again, ever */
} P2pScRepair;

void p2p_screpair_init (P2pScRepair * r, P2pScResend resend, void *user_data);
void p2p_screpair_clear (P2pScRepair * r);
/* Before it goes. now in microseconds, any origin. */
void p2p_screpair_output (P2pScRepair * r, const uint8_t * packet, size_t len,
    int64_t now);
/* Before SCTP gets it. Any bytes are survived. Returns the bytes that SCTP is to
 * get instead, which may be fewer: packet itself or block, which has room for
 * P2P_SCREPAIR_MAX_PACKET bytes. */
const uint8_t *p2p_screpair_input (P2pScRepair * r, const uint8_t * packet,
    size_t *len, uint8_t * block, int64_t now);
/* How long an acknowledgement is waited for, INT64_MAX = not known yet. */
int64_t p2p_screpair_patience (const P2pScRepair * r);
/* When to call p2p_screpair_tick(), INT64_MAX = nothing to wait for. */
int64_t p2p_screpair_due (P2pScRepair * r);
void p2p_screpair_tick (P2pScRepair * r, int64_t now);

#endif
