/* gst-plugins-p2p
 *
 * This library is free software; you can redistribute it and/or
 * modify it under the terms of the GNU Lesser General Public
 * License as published by the Free Software Foundation; either
 * version 2.1 of the License, or (at your option) any later version.
 */
/* p2ppacer.h: when a listener plays what, as arithmetic.
 *
 *   source time, the          timestamps of the       running time, when a
 *   publisher's clock   ──►   listener's stream  ──►  sink plays it
 *              + offset              segment: base + (timestamp - origin) / rate
 *
 * The offset follows the measured clocks by at most 500 ppm, which nobody hears
 * or sees. What is farther off than drift can explain (the latency was changed,
 * the listener stood still, the first guess of the clock was bad) is caught up
 * by playing a little faster or slower: the segment's rate changes and the
 * timestamps stay as they are, so that whoever stretches audio downstream keeps
 * its pitch. More than twice the latency old (or half a second early) is not
 * caught up: play on from elsewhere.
 *
 * Plain struct, no clock is read. All times are nanoseconds.
 */
#ifndef P2P_PACER_H
#define P2P_PACER_H

#include "p2ptypes.h"

/* Pitch changes below 1 per mille are not heard; crystals are within 100 ppm. */
#define P2P_PACER_SLEW_PPM 500
/* Farther off than this is caught up, until it is closer than that. What two
 * clocks know of each other over long paths moves by 10 to 20 ms. */
#define P2P_PACER_CATCH_UP_NS INT64_C (40000000)
#define P2P_PACER_CAUGHT_NS INT64_C (2000000)
/* Jumps: never for less than this. */
#define P2P_PACER_STEP_NS INT64_C (500000000)
/* One eighth faster is not "a little" any more. */
#define P2P_PACER_MAX_PERMILLE 125
#define P2P_PACER_NONE INT64_MIN

typedef enum
{
  P2P_PACER_STAY,
  P2P_PACER_SEGMENT,            /* the rate changed: a new segment begins */
  P2P_PACER_JUMP                /* too far off: anchor again */
} P2pPacerAdvice;

typedef struct
{
  bool anchored;
  int64_t offset;
  int32_t permille;             /* rate of the segment x 1000 */
  int64_t origin, base;         /* timestamp origin has running time base */
  int64_t line;                 /* smoothed: due - source time */
  int64_t latency;              /* in the line, NONE = not known */
  int64_t off;                  /* as measured last, not smoothed: so much late */
  int64_t last;                 /* newest source time observed, NONE */
} P2pPacer;

void p2p_pacer_reset (P2pPacer * self);
/* Media of source time 'start' gets timestamp 'origin', running time 'base'. */
void p2p_pacer_anchor (P2pPacer * self, int64_t start, int64_t origin,
    int64_t base);
/* Media of source time t follows, and is due at running time t + line.
 * catch_up: most change of the rate in per mille, 0 = slew only; negative:
 * only watch. */
P2pPacerAdvice p2p_pacer_observe (P2pPacer * self, int64_t t, int64_t line,
    int64_t latency, int catch_up);
/* How much later than due media of source time t is played, as of the last
 * observation. */
int64_t p2p_pacer_late (const P2pPacer * self, int64_t t);
/* Running time of a source time. */
int64_t p2p_pacer_running (const P2pPacer * self, int64_t t);
/* A timestamp, never negative; P2P_PACER_NONE for NONE and what no publisher's
 * clock can say. */
int64_t p2p_pacer_map (const P2pPacer * self, int64_t t);
/* The segment now in force, 'room' before its first timestamp (what is decoded
 * out of order must not fall before it). */
void p2p_pacer_segment (const P2pPacer * self, int64_t room, int64_t * start,
    int64_t * base);

#endif /* P2P_PACER_H */
