/* gst-plugins-p2p
 *
 * This library is free software; you can redistribute it and/or
 * modify it under the terms of the GNU Lesser General Public
 * License as published by the Free Software Foundation; either
 * version 2.1 of the License, or (at your option) any later version.
 */
/* p2pleave.h: who goes with a word (p2pleave.c), inside the swarm only. */
#ifndef P2P_LEAVE_H
#define P2P_LEAVE_H

#include "p2pswarmpriv.h"

/* Another one said LEAVE. */
void p2p_leave_receive (P2pSwarm * self, P2pPeer * p, const P2pPeerList * m);
/* Lets go of those that said so long ago. */
void p2p_leave_tick (P2pSwarm * self);

/* We did: what is done in each turn since, and when the next one is due. */
void p2p_leave_run (P2pSwarm * self);
P2pTime p2p_leave_deadline (const P2pSwarm * self);

/* p2pparents.c: who leaves feeds us until then. */
void p2p_parents_notice (P2pSwarm * self, P2pPeer * p, P2pTime until);

#endif /* P2P_LEAVE_H */
