/* gst-plugins-p2p
 *
 * This library is free software; you can redistribute it and/or
 * modify it under the terms of the GNU Lesser General Public
 * License as published by the Free Software Foundation; either
 * version 2.1 of the License, or (at your option) any later version.
 */
/* p2pcapacity.h: what the uplink carries, when nobody told us or told us more, as
 * p2pcapacity.c finds it out.
 *
 * Plain struct in the swarm, all zero at first; that file alone writes it, but for
 * what is counted in p2pbucket.c and p2ppush.c.
 */
#ifndef P2P_CAPACITY_H
#define P2P_CAPACITY_H

#include "p2pswarm.h"

typedef struct
{
  /* this round of 500 ms */
  P2pTime round_at;
  uint64_t acked, acks;         /* bytes on the wire: acknowledged; our SACKs */
  bool limited;                 /* something waited for the cap */

  /* rounds with a queue, */
  unsigned bad;                 /* long ones twice, */
  uint64_t bad_bytes;           /* acknowledged in them, */
  P2pTime bad_us;               /* which took so long; */
  uint32_t in_flight;           /* when the first of them ended */
  P2pTime hold_until;           /* none is judged before */
  unsigned silent;              /* rounds of nothing while something was in flight */
  P2pTime out_until;            /* an outage is over, its round trips are not */

  uint32_t fresh_bps;           /* before it was full: what may be promised */
  uint32_t ceiling;             /* when it was full last, 0 = never */
  unsigned grown;               /* rounds since then, beyond that */

  /* a cap that was told */
  bool doubted;                 /* it is more than the line carries: the cap is an
                                 * estimate, */
  uint32_t first;               /* at first this, */
  bool grew;                    /* and since it was full last it grew; */
  P2pTime grow_at;              /* not before that, */
  unsigned doubts;              /* later each time that it grew in vain, */
  P2pTime trusted_at;           /* unless it was right for long since then */
} P2pCapacity;

#endif /* P2P_CAPACITY_H */
