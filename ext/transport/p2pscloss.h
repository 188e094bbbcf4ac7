/* gst-plugins-p2p
 *
 * This library is free software; you can redistribute it and/or
 * modify it under the terms of the GNU Lesser General Public
 * License as published by the Free Software Foundation; either
 * version 2.1 of the License, or (at your option) any later version.
 */
/* p2pscloss.h: whether the lasting losses of a line are its own, or come from
 * our filling it and must be left to SCTP's congestion control.
 *
 * A few percent are radio. More than that over a thousand packets is either bad
 * radio, or a line that is too narrow and has too short a queue to show it in
 * the round trip. The two look alike, so it is tried: for some hundred packets
 * SCTP alone has the line, and sends as little as its window allows. If as much
 * is lost as before, it was not us, and repairing goes on. If much less is,
 * SCTP keeps the line for a time, twice as long each time it ends like that.
 */
#ifndef P2P_SCLOSS_H
#define P2P_SCLOSS_H

#include <stdbool.h>
#include <stdint.h>

/* Packets that are judged together. 5 % at random are 51 +- 7 of them and
 * come to a trial once in 60 windows: it takes seconds at a long round trip. */
#define P2P_SCLOSS_WINDOW 1024
#define P2P_SCLOSS_LIMIT 66     /* of them: 6.4 % */
/* Of so many packets in a row at most so many losses count: a line that stands
 * still for half a second does not lose lastingly. */
#define P2P_SCLOSS_STRETCH 64
#define P2P_SCLOSS_STRETCH_MAX 16
/* A trial: the queue empties, then packets are counted. */
#define P2P_SCLOSS_DRAIN 64
#define P2P_SCLOSS_TRIAL 256
/* No other trial for so long after one that found us innocent. */
#define P2P_SCLOSS_INNOCENT_US 300000000
/* Left to SCTP for so long at first and at most. */
#define P2P_SCLOSS_LEAVE_US 10000000
#define P2P_SCLOSS_LEAVE_MAX_US 320000000

typedef enum
{ P2P_SCLOSS_REPAIR, P2P_SCLOSS_DRAINING, P2P_SCLOSS_TRYING, P2P_SCLOSS_LEFT }
P2pScLossState;

typedef struct
{
  P2pScLossState state;
  uint32_t sent, lost;          /* of the running window or trial */
  uint32_t lost_here;           /* of the running stretch */
  uint32_t before;              /* lost of the window that led to the trial */
  int64_t until;                /* LEFT: until then; REPAIR: no trial until then */
  int64_t leave_us;             /* so long the next time; 0 = at first */
  uint32_t n_trials, n_left;    /* ever */
} P2pScLoss;

/* A packet was sent for the first time, or again; one was found lost. */
void p2p_scloss_sent (P2pScLoss * l, int64_t now);
void p2p_scloss_lost (P2pScLoss * l);
/* Losses are SCTP's now. */
bool p2p_scloss_is_left (const P2pScLoss * l);

#endif /* P2P_SCLOSS_H */
