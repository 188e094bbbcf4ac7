/* gst-plugins-p2p
 *
 * This library is free software; you can redistribute it and/or
 * modify it under the terms of the GNU Lesser General Public
 * License as published by the Free Software Foundation; either
 * version 2.1 of the License, or (at your option) any later version.
 */
/* p2ptimerheap.c: intrusive binary min-heap of deadlines.
 *
 * Owner: embedded in whoever has timers. Thread: the owner's.
 */
#include "p2ptimerheap.h"

#include <stdlib.h>

/* First allocation; a swarm has a handful of timers a neighbour. */
#define FIRST_ALLOCATION 16

void
p2p_timer_heap_init (P2pTimerHeap * self)
{
  self->timers = NULL;
  self->n = 0;
  self->allocated = 0;
  self->sets = 0;
}

void
p2p_timer_heap_clear (P2pTimerHeap * self)
{
  uint32_t i;

  for (i = 0; i < self->n; i++)
    self->timers[i]->place = 0;
  free (self->timers);
  p2p_timer_heap_init (self);
}

static bool
is_before (const P2pTimer * a, const P2pTimer * b)
{
  if (a->when != b->when)
    return a->when < b->when;
  return a->order < b->order;
}

static void
put_at (P2pTimerHeap * self, uint32_t i, P2pTimer * timer)
{
  self->timers[i] = timer;
  timer->place = i + 1;
}

static void
sift_up (P2pTimerHeap * self, uint32_t i, P2pTimer * timer)
{
  while (i > 0) {
    uint32_t parent = (i - 1) / 2;

    if (!is_before (timer, self->timers[parent]))
      break;
    put_at (self, i, self->timers[parent]);
    i = parent;
  }
  put_at (self, i, timer);
}

static void
sift_down (P2pTimerHeap * self, uint32_t i, P2pTimer * timer)
{
  for (;;) {
    uint32_t child = 2 * i + 1;

    if (child >= self->n)
      break;
    if (child + 1 < self->n
        && is_before (self->timers[child + 1], self->timers[child]))
      child++;
    if (!is_before (self->timers[child], timer))
      break;
    put_at (self, i, self->timers[child]);
    i = child;
  }
  put_at (self, i, timer);
}

static bool
grow (P2pTimerHeap * self)
{
  uint32_t more = self->allocated ? self->allocated * 2 : FIRST_ALLOCATION;
  size_t size = (size_t) more * sizeof (P2pTimer *);
  P2pTimer **timers;

  if (more < self->allocated || size / sizeof (P2pTimer *) != more)
    return false;
  timers = realloc (self->timers, size);
  if (timers == NULL)
    return false;
  self->timers = timers;
  self->allocated = more;
  return true;
}

P2pResult
p2p_timer_heap_set (P2pTimerHeap * self, P2pTimer * timer, P2pTime when)
{
  p2p_timer_heap_remove (self, timer);
  if (when == P2P_TIME_NEVER)
    return P2P_OK;
  if (self->n == self->allocated && !grow (self))
    return P2P_LIMIT;
  timer->when = when;
  timer->order = self->sets++;
  self->n++;
  sift_up (self, self->n - 1, timer);
  return P2P_OK;
}

void
p2p_timer_heap_remove (P2pTimerHeap * self, P2pTimer * timer)
{
  uint32_t i = timer->place - 1;
  P2pTimer *last;

  if (timer->place == 0)
    return;
  timer->place = 0;
  last = self->timers[--self->n];
  if (last == timer)
    return;
  /* The last one takes the hole; it may belong above or below it. */
  if (i > 0 && is_before (last, self->timers[(i - 1) / 2]))
    sift_up (self, i, last);
  else
    sift_down (self, i, last);
}

bool
p2p_timer_is_set (const P2pTimer * timer)
{
  return timer->place != 0;
}

P2pTime
p2p_timer_heap_next (const P2pTimerHeap * self)
{
  return self->n > 0 ? self->timers[0]->when : P2P_TIME_NEVER;
}

P2pTimer *
p2p_timer_heap_pop (P2pTimerHeap * self, P2pTime now)
{
  P2pTimer *first;

  if (self->n == 0 || self->timers[0]->when > now)
    return NULL;
  first = self->timers[0];
  p2p_timer_heap_remove (self, first);
  return first;
}
