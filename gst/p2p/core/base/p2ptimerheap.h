/* gst-plugins-p2p
 *
 * This library is free software; you can redistribute it and/or
 * modify it under the terms of the GNU Lesser General Public
 * License as published by the Free Software Foundation; either
 * version 2.1 of the License, or (at your option) any later version.
 */
/* p2ptimerheap.h: deadlines, soonest first.
 *
 * An intrusive binary heap: the P2pTimer lives in the object it times, the heap
 * keeps pointers to it. Equal deadlines fire in the order in which they were
 * set, so that a run can be repeated. One heap and its timers belong to one
 * thread. A timer must be removed before its memory goes.
 */
#ifndef P2P_TIMER_HEAP_H
#define P2P_TIMER_HEAP_H

#include "p2ptypes.h"

typedef struct
{
  P2pTime when;
  uint64_t order;               /* tie-break: number of the set () call */
  uint32_t place;               /* place in the heap plus 1, 0 = not in it */
} P2pTimer;

/* all zero = empty */
typedef struct
{
  P2pTimer **timers;
  uint32_t n, allocated;
  uint64_t sets;
} P2pTimerHeap;

void p2p_timer_heap_init (P2pTimerHeap * self);
void p2p_timer_heap_clear (P2pTimerHeap * self);  /* timers stay the caller's */
/* Inserts or moves; P2P_TIME_NEVER removes. P2P_LIMIT when memory runs out (the
 * timer then is not in the heap). */
P2pResult p2p_timer_heap_set (P2pTimerHeap * self, P2pTimer * timer,
    P2pTime when);
void p2p_timer_heap_remove (P2pTimerHeap * self, P2pTimer * timer);
bool p2p_timer_is_set (const P2pTimer * timer);
/* P2P_TIME_NEVER when empty */
P2pTime p2p_timer_heap_next (const P2pTimerHeap * self);
/* Takes out and returns the first timer with when <= now, or NULL. */
P2pTimer *p2p_timer_heap_pop (P2pTimerHeap * self, P2pTime now);

#endif /* P2P_TIMER_HEAP_H */
