/* gst-plugins-p2p
 *
 * This library is free software; you can redistribute it and/or
 * modify it under the terms of the GNU Lesser General Public
 * License as published by the Free Software Foundation; either
 * version 2.1 of the License, or (at your option) any later version.
 */
/* p2psourceclock.h: the publisher's clock, as told by many who know it more or
 * less well, and how much faster or slower than ours it runs.
 *
 * What is estimated is the offset, source time - local time. A neighbour's
 * answer says "between lo and hi": half its round trip and its own doubt either
 * way. Spans of one neighbour are intersected, so that one quick way there and
 * one quick way back, minutes apart, make a narrow one; what most neighbours
 * agree on is intersected with what was known before. Between answers a span
 * runs on at the estimated skew and widens by what that may be wrong. So a jam
 * of minutes widens the span and does not move its middle, and a neighbour that
 * lies is outvoted.
 *
 * Plain struct, no clock is read. Times are microseconds.
 */
#ifndef P2P_SOURCE_CLOCK_H
#define P2P_SOURCE_CLOCK_H

#include "../base/p2ptypes.h"

/* A line through 16 points, 32 s apart: 1 ms of error at its ends is 2 ppm. */
#define P2P_CLOCK_POINTS 16
#define P2P_CLOCK_VOTERS 32     /* the narrowest spans are heard */

typedef struct
{
  bool known;
  int64_t lo, hi;               /* offset at 'at' */
  P2pTime at;
} P2pClockSpan;

typedef struct
{
  P2pTime at;
  int64_t middle, half;
} P2pClockPoint;

typedef struct
{
  bool own;                     /* nothing is estimated */
  P2pClockSpan span;
  int32_t skew_ppb;             /* the publisher's clock is so much faster */
  int32_t doubt_ppm;            /* or so much more or less */
  P2pClockPoint point[P2P_CLOCK_POINTS];        /* oldest first */
  unsigned n_points;
  P2pClockPoint best;           /* of this turn */
  P2pTime turn_at;
  int64_t floor[2];             /* signed times are never ahead: offset at 'at' */
  P2pTime floor_at[2];          /* of this turn and the one before, NONE */
} P2pSourceClock;

void p2p_source_clock_reset (P2pSourceClock * self);
/* The publisher's own. */
void p2p_source_clock_set (P2pSourceClock * self, int64_t offset, P2pTime now);
int64_t p2p_source_clock_offset (const P2pSourceClock * self, P2pTime t);
/* The truth is not farther away. */
uint32_t p2p_source_clock_error (const P2pSourceClock * self, P2pTime t);

/* A neighbour's answer, into the neighbour's span. */
void p2p_source_clock_answer (const P2pSourceClock * self,
    P2pClockSpan * span, int64_t offset, int64_t error, P2pTime now);
/* Voters: begin, add each, end. trusted: the publisher itself. */
typedef struct
{
  P2pClockSpan span[P2P_CLOCK_VOTERS];
  unsigned weight[P2P_CLOCK_VOTERS], n;
  int64_t floor;                /* no span lies below, INT64_MIN: nothing is known */
} P2pClockVote;
void p2p_source_clock_begin_vote (const P2pSourceClock * self,
    P2pClockVote * vote, P2pTime now);
void p2p_source_clock_vote (const P2pSourceClock * self, P2pClockVote * vote,
    const P2pClockSpan * span, bool trusted, P2pTime now);
void p2p_source_clock_count (P2pSourceClock * self, const P2pClockVote * vote,
    P2pTime now);
/* A signed time arrived at t. TRUE: it lay ahead of the clock, which moved. */
bool p2p_source_clock_heard (P2pSourceClock * self, int64_t offset, P2pTime t);

#endif /* P2P_SOURCE_CLOCK_H */
