/* gst-plugins-p2p
 *
 * This library is free software; you can redistribute it and/or
 * modify it under the terms of the GNU Lesser General Public
 * License as published by the Free Software Foundation; either
 * version 2.1 of the License, or (at your option) any later version.
 */
/* p2pscwatch.h: reads what an SCTP packet says about data and acknowledgements.
 *
 * usrsctp tells how many chunks wait, not how many bytes, and not when a SACK is
 * due. Both are on the wire: DATA chunks and the cumulative TSN of SACKs. The
 * watcher sees every packet of one association in clear, both ways.
 */
#ifndef P2P_SCWATCH_H
#define P2P_SCWATCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* TSNs in flight that are remembered: the send buffer of 256 KiB in chunks of
 * 256 bytes. Beyond it lengths are summed up into the oldest that is kept. */
#define P2P_SCWATCH_TSNS 1024

typedef struct
{
  bool started;                 /* a DATA chunk was sent */
  uint32_t next_tsn;            /* first that was not sent yet */
  uint32_t cum_acked;           /* all up to here are acknowledged */
  uint64_t sent;                /* message bytes in DATA, each TSN once */
  uint64_t acked;               /* of these, acknowledged */
  uint64_t retransmitted;       /* DATA chunks sent again */
  bool sack_due;                /* DATA came and no SACK went since */
  int64_t sack_since;
  /* since when the oldest TSN in flight waits: where usrsctp starts the
   * retransmission timer (RFC 9260 6.3.2) */
  int64_t waiting_since;
  /* round trip of one TSN at a time that was sent once (Karn) */
  bool timing;
  uint32_t timed_tsn;
  int64_t timed_at;
  int64_t rtt_us;               /* newest sample, 0 = none */
  uint16_t *len;                /* ring of P2P_SCWATCH_TSNS, made with the first DATA */
} P2pScWatch;

void p2p_scwatch_init (P2pScWatch * w);
void p2p_scwatch_clear (P2pScWatch * w);
/* now in microseconds, any origin. Any bytes are survived. */
void p2p_scwatch_output (P2pScWatch * w, const uint8_t * packet, size_t len, int64_t now);
void p2p_scwatch_input (P2pScWatch * w, const uint8_t * packet, size_t len, int64_t now);

#endif /* P2P_SCWATCH_H */
