/* gst-plugins-p2p
 *
 * This library is free software; you can redistribute it and/or
 * modify it under the terms of the GNU Lesser General Public
 * License as published by the Free Software Foundation; either
 * version 2.1 of the License, or (at your option) any later version.
 */
/* p2psourceclock.c: see p2psourceclock.h. */
#include "p2psourceclock.h"

#include <string.h>

#define TURN_US P2P_SEC (32)
/* Two quartzes of +-100 ppm and room; with the skew known, what temperature
 * does to them and what the line may be wrong. */
#define UNKNOWN_SKEW_PPM 250
#define KNOWN_SKEW_PPM 50
#define MAX_SKEW_PPB 500000
#define MIN_POINTS 5            /* two minutes */
/* Nobody knows it better: a span gets narrower by errors of its ends, too. */
#define MIN_HALF_US 500
/* Farther than this is another clock (suspended, restarted), not drift. */
#define JUMP_US P2P_MSEC (50)
#define LONGEST_GAP_US P2P_SEC (600)    /* no line over what nobody saw */
#define TRUSTED_WEIGHT (P2P_CLOCK_VOTERS + 1)

void
p2p_source_clock_reset (P2pSourceClock * self)
{
  memset (self, 0, sizeof *self);
  self->floor_at[0] = self->floor_at[1] = P2P_TIME_NONE;
  self->turn_at = P2P_TIME_NONE;
  self->doubt_ppm = UNKNOWN_SKEW_PPM;
}

void
p2p_source_clock_set (P2pSourceClock * self, int64_t offset, P2pTime now)
{
  p2p_source_clock_reset (self);
  self->own = true;
  self->span = (P2pClockSpan) {
  true, offset, offset, now};
}

static int64_t
run_on (const P2pSourceClock * self, int64_t offset, P2pTime span)
{
  return offset + span * self->skew_ppb / 1000000000;
}

static int64_t
doubt (const P2pSourceClock * self, P2pTime span)
{
  return span > 0 && !self->own ? span * self->doubt_ppm / 1000000 : 0;
}

static P2pClockSpan
aged (const P2pSourceClock * self, const P2pClockSpan * span, P2pTime now)
{
  P2pTime age = now - span->at;
  int64_t wider = doubt (self, age);

  return (P2pClockSpan) {
  span->known, run_on (self, span->lo, age) - wider,
        run_on (self, span->hi, age) + wider, now};
}

static bool
overlap (const P2pClockSpan * a, const P2pClockSpan * b)
{
  return a->lo <= b->hi && b->lo <= a->hi;
}

static void
intersect (P2pClockSpan * a, const P2pClockSpan * b)
{
  if (b->lo > a->lo)
    a->lo = b->lo;
  if (b->hi < a->hi)
    a->hi = b->hi;
}

static void
widen (P2pClockSpan * s, int64_t half)
{
  int64_t lack = 2 * half - (s->hi - s->lo);

  if (lack > 0) {
    s->lo -= lack / 2;
    s->hi += lack - lack / 2;
  }
}

static int64_t
middle (const P2pClockSpan * s)
{
  return s->lo + (s->hi - s->lo) / 2;
}

int64_t
p2p_source_clock_offset (const P2pSourceClock * self, P2pTime t)
{
  return run_on (self, middle (&self->span), t - self->span.at);
}

uint32_t
p2p_source_clock_error (const P2pSourceClock * self, P2pTime t)
{
  int64_t half = (self->span.hi - self->span.lo + 1) / 2
      + doubt (self, t - self->span.at);

  return half > UINT32_MAX ? UINT32_MAX : (uint32_t) half;
}

void
p2p_source_clock_answer (const P2pSourceClock * self, P2pClockSpan * span,
    int64_t offset, int64_t error, P2pTime now)
{
  P2pClockSpan said = { true, offset - error, offset + error, now };
  P2pClockSpan had = aged (self, span, now);

  if (had.known && overlap (&had, &said))
    intersect (&said, &had);
  *span = said;
}

/* The skew stays what it was, only its line begins anew. */
static void
forget_points (P2pSourceClock * self)
{
  self->n_points = 0;
  self->turn_at = P2P_TIME_NONE;
  self->doubt_ppm = UNKNOWN_SKEW_PPM;
}

/* ---- what signed times say ---- */

/* INT64_MIN: nothing. */
static int64_t
floor_at (const P2pSourceClock * self, P2pTime now)
{
  int64_t best = INT64_MIN;

  for (int i = 0; i < 2; i++) {
    P2pTime age;
    int64_t f;

    if (self->floor_at[i] == P2P_TIME_NONE)
      continue;
    age = now - self->floor_at[i];
    f = run_on (self, self->floor[i], age) - doubt (self, age);
    if (f > best)
      best = f;
  }
  return best;
}

bool
p2p_source_clock_heard (P2pSourceClock * self, int64_t offset, P2pTime t)
{
  int64_t now_us;

  if (self->floor_at[0] == P2P_TIME_NONE
      || offset > run_on (self, self->floor[0], t - self->floor_at[0])) {
    self->floor[0] = offset;
    self->floor_at[0] = t;
  }
  now_us = p2p_source_clock_offset (self, t);
  if (!self->span.known || offset <= now_us)
    return false;
  self->span.lo += offset - now_us;
  self->span.hi += offset - now_us;
  if (offset - now_us > JUMP_US)
    forget_points (self);
  return true;
}

/* ---- the vote ---- */

void
p2p_source_clock_begin_vote (const P2pSourceClock * self, P2pClockVote * vote,
    P2pTime now)
{
  vote->n = 0;
  vote->floor = floor_at (self, now);
}

void
p2p_source_clock_vote (const P2pSourceClock * self, P2pClockVote * vote,
    const P2pClockSpan * span, bool trusted, P2pTime now)
{
  P2pClockSpan s;
  unsigned i = vote->n, j;

  if (!span->known)
    return;
  s = aged (self, span, now);
  if (s.hi < vote->floor)
    return;
  if (s.lo < vote->floor)
    s.lo = vote->floor;
  if (vote->n < P2P_CLOCK_VOTERS) {
    vote->n++;
  } else {
    for (i = 0, j = 1; j < vote->n; j++) {
      if (vote->span[j].hi - vote->span[j].lo >
          vote->span[i].hi - vote->span[i].lo)
        i = j;
    }
    if (!trusted && s.hi - s.lo >= vote->span[i].hi - vote->span[i].lo)
      return;
  }
  vote->span[i] = s;
  vote->weight[i] = trusted ? TRUSTED_WEIGHT : 1;
}

/* Mostly all overlap: then it is what all have in common. */
static bool
all_agree (const P2pClockVote * vote, P2pClockSpan * out)
{
  if (vote->n == 0)
    return false;
  *out = vote->span[0];
  for (unsigned i = 1; i < vote->n; i++)
    intersect (out, &vote->span[i]);
  return out->lo <= out->hi;
}

/* The span in which most agree; of two the narrower one. */
static bool
agreed (const P2pClockVote * vote, P2pClockSpan * out)
{
  unsigned best = 0;

  if (all_agree (vote, out))
    return true;
  for (unsigned i = 0; i < vote->n; i++) {
    P2pClockSpan s = vote->span[i];
    unsigned weight = 0;

    for (unsigned j = 0; j < vote->n; j++) {
      const P2pClockSpan *v = &vote->span[j];

      if (v->lo > vote->span[i].lo || v->hi < vote->span[i].lo)
        continue;
      weight += vote->weight[j];
      if (v->hi < s.hi)
        s.hi = v->hi;
    }
    if (weight > best || (weight == best && s.hi - s.lo < out->hi - out->lo)) {
      best = weight;
      *out = s;
    }
  }
  return best > 0;
}

/* ---- the skew ---- */

/* Slope of the line of least squares, ppb; points as good as the best alone. */
static void
fit (P2pSourceClock * self)
{
  const P2pClockPoint *p = self->point;
  int64_t limit = p[0].half, n = 0, sx = 0, sy = 0, sxx = 0, sxy = 0, down;

  for (unsigned i = 1; i < self->n_points; i++)
    limit = p[i].half < limit ? p[i].half : limit;
  limit = 2 * limit + P2P_MSEC (1);
  for (unsigned i = 0; i < self->n_points; i++) {
    int64_t x = (p[i].at - p[0].at) / 1000, y = p[i].middle - p[0].middle;

    if (p[i].half > limit)
      continue;
    n++;
    sx += x;
    sy += y;
    sxx += x * x;
    sxy += x * y;
  }
  down = n * sxx - sx * sx;     /* ms^2, below 2^45 */
  if (n < MIN_POINTS || down <= 0)
    return;                     /* who hears nothing new has no good points */
  /* us / ms = 10^6 ppb; in two steps, because it is 2^44 x 10^6 */
  sxy = (n * sxy - sx * sy) / (down / 1000) * 1000;
  if (sxy > MAX_SKEW_PPB)
    sxy = MAX_SKEW_PPB;
  self->skew_ppb = (int32_t) (sxy < -MAX_SKEW_PPB ? -MAX_SKEW_PPB : sxy);
  self->doubt_ppm = KNOWN_SKEW_PPM;
}

static void
turn (P2pSourceClock * self, P2pTime now)
{
  if (self->n_points == P2P_CLOCK_POINTS) {
    self->n_points--;
    memmove (self->point, self->point + 1,
        self->n_points * sizeof *self->point);
  }
  self->point[self->n_points++] = self->best;
  self->turn_at = now;
  self->floor[1] = self->floor[0];
  self->floor_at[1] = self->floor_at[0];
  self->floor_at[0] = P2P_TIME_NONE;
  if (self->n_points >= MIN_POINTS)
    fit (self);
}

static void
note_point (P2pSourceClock * self, P2pTime now)
{
  P2pClockPoint p = { now, middle (&self->span),
    (self->span.hi - self->span.lo) / 2
  };

  if (self->turn_at == P2P_TIME_NONE) {
    self->turn_at = now;
    self->best = p;
  } else if (now - self->turn_at >= LONGEST_GAP_US) {
    forget_points (self);
  } else if (now - self->turn_at >= TURN_US) {
    turn (self, now);
    self->best = p;
  } else if (p.half <= self->best.half) {
    self->best = p;
  }
}

void
p2p_source_clock_count (P2pSourceClock * self, const P2pClockVote * vote,
    P2pTime now)
{
  P2pClockSpan had = aged (self, &self->span, now), said = { 0 };
  int64_t was = middle (&had);

  if (!agreed (vote, &said))
    return;
  if (had.known && overlap (&had, &said))
    intersect (&said, &had);
  widen (&said, MIN_HALF_US);
  self->span = said;
  if (had.known && (middle (&said) - was > JUMP_US
          || was - middle (&said) > JUMP_US))
    forget_points (self);
  note_point (self, now);
}
