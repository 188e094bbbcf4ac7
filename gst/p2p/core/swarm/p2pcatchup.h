/* gst-plugins-p2p
 *
 * This library is free software; you can redistribute it and/or
 * modify it under the terms of the GNU Lesser General Public
 * License as published by the Free Software Foundation; either
 * version 2.1 of the License, or (at your option) any later version.
 */
/* p2pcatchup.h: what a newcomer asks for before its parents push, and how things are
 * asked for. For the files of this folder; owner: the host's thread. */
#ifndef P2P_CATCHUP_H
#define P2P_CATCHUP_H

#include "p2pswarmpriv.h"

/* REQUESTs of one run. */
#define MAX_ASKS 64
typedef struct
{
  P2pLinkId link[MAX_ASKS];
  uint32_t chunk[MAX_ASKS];
  unsigned n;
} P2pAsks;

/* ---- p2pburst.c ---- */
uint32_t p2p_burst_begin (P2pSwarm * self, const P2pPeer * p);
/* It is on the way, or should be. */
bool p2p_burst_covers (const P2pSwarm * self, uint32_t chunk);
/* A verified chunk; before the window knows it. */
void p2p_burst_note (P2pSwarm * self, const P2pPending * c);
bool p2p_burst_trickles (const P2pSwarm * self);
/* When what is missing of it is asked for elsewhere. */
P2pTime p2p_burst_due (const P2pSwarm * self);
/* Looks for somebody who gives it faster; when to look again. */
P2pTime p2p_burst_run (P2pSwarm * self);
bool p2p_burst_comes_in_time (const P2pSwarm * self, uint32_t n,
    P2pTime left);

/* ---- p2psubscribe.c ---- */
#define SUBSCRIBE_COST 160      /* bytes, with its packet */
/* Asks p for these sub-streams; burst: NO_CHUNK, or what p2p_burst_begin() said. */
void p2p_subscribe_send (P2pSwarm * self, P2pPeer * p, uint16_t mask,
    uint32_t burst);
/* To a parent that has just said yes: what came meanwhile need not be sent. */
void p2p_subscribe_say_what_came (P2pSwarm * self, P2pPeer * p, unsigned s,
    uint32_t from);
/* The parent of s when it has said LEAVE, or NULL. */
const P2pPeer *p2p_subscribe_leaver (const P2pSwarm * self, unsigned s);

/* ---- p2ppull.c ---- */
/* Until p has sent one chunk more and those that it was asked for. */
int64_t p2p_pull_answer_time (const P2pSwarm * self, const P2pPeer * p);
/* Less than MAX_ASKS are in there, and the entry is not held. */
void p2p_pull_ask (P2pSwarm * self, P2pAsks * asks, P2pEntry * e,
    uint32_t chunk, P2pPeer * p);
void p2p_pull_send (P2pSwarm * self, P2pAsks * asks);

/* ---- p2pcatchup.c ---- */
/* Asks for what is due; when to look again. */
P2pTime p2p_catchup_run (P2pSwarm * self);
/* It is asked for there. */
bool p2p_catchup_covers (const P2pSwarm * self, uint32_t chunk);
void p2p_catchup_map_came (P2pSwarm * self);
void p2p_catchup_reset (P2pSwarm * self);
/* The first chunk that is held lies before all that was asked for. */
void p2p_catchup_misled (P2pSwarm * self);

#endif /* P2P_CATCHUP_H */
