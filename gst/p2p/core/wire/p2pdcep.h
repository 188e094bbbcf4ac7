/* gst-plugins-p2p
 *
 * This library is free software; you can redistribute it and/or
 * modify it under the terms of the GNU Lesser General Public
 * License as published by the Free Software Foundation; either
 * version 2.1 of the License, or (at your option) any later version.
 */
/* p2pdcep.h: Data Channel Establishment Protocol messages (RFC 8832).
 *
 * Our channels are negotiated, so that nothing is sent to open one; a browser
 * that opens its own gets the ACK it waits for.
 */
#ifndef P2P_DCEP_H
#define P2P_DCEP_H

#include "../base/p2pbytes.h"

#define P2P_DCEP_ACK 0x02
#define P2P_DCEP_OPEN 0x03
/* Payload protocol identifiers (RFC 8831 section 8). */
#define P2P_PPID_DCEP 50
#define P2P_PPID_STRING 51
#define P2P_PPID_BINARY 53
#define P2P_PPID_STRING_EMPTY 56
#define P2P_PPID_BINARY_EMPTY 57

typedef struct
{
  uint8_t type;                 /* P2P_DCEP_ACK or P2P_DCEP_OPEN */
  uint8_t channel_type;         /* bit 7: unordered; 0 reliable, 1 retransmits, 2 lifetime */
  uint16_t priority;
  uint32_t reliability;
  const uint8_t *label;         /* UTF-8, not terminated, points into the message */
  uint16_t label_len;
  const uint8_t *protocol;
  uint16_t protocol_len;
} P2pDcep;

/* P2P_PROTOCOL for anything but an ACK or an OPEN whose lengths add up. */
P2pResult p2p_dcep_get (const uint8_t * data, size_t len, P2pDcep * out);
void p2p_dcep_put_ack (P2pWriter * w);
void p2p_dcep_put_open (P2pWriter * w, const P2pDcep * m);

#endif /* P2P_DCEP_H */
