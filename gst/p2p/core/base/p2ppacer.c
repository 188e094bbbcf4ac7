/* gst-plugins-p2p
 *
 * This library is free software; you can redistribute it and/or
 * modify it under the terms of the GNU Lesser General Public
 * License as published by the Free Software Foundation; either
 * version 2.1 of the License, or (at your option) any later version.
 */
/* p2ppacer.c: see p2ppacer.h. */
#include "p2ppacer.h"

#include <string.h>

/* One measurement moves the smoothed line by 1/16 of the difference: at 8
 * chunks/s the estimate of the publisher's clock is averaged over 2 s. */
#define SMOOTHING 16
#define LIMIT (INT64_MAX / 4)

static bool
is_sane (int64_t t)
{
  return t >= -LIMIT && t <= LIMIT;
}

void
p2p_pacer_reset (P2pPacer * self)
{
  memset (self, 0, sizeof *self);
  self->permille = 1000;
  self->last = self->latency = P2P_PACER_NONE;
}

void
p2p_pacer_anchor (P2pPacer * self, int64_t start, int64_t origin, int64_t base)
{
  p2p_pacer_reset (self);
  self->anchored = true;
  self->offset = is_sane (start) ? origin - start : 0;
  self->origin = origin;
  self->base = base;
  self->line = base - (origin - self->offset);
}

int64_t
p2p_pacer_running (const P2pPacer * self, int64_t t)
{
  int64_t span = t + self->offset - self->origin;

  /* in two steps: an hour in ns x 1000 is 2^52, but t is what a peer signed */
  return self->base + span / self->permille * 1000
      + span % self->permille * 1000 / self->permille;
}

int64_t
p2p_pacer_late (const P2pPacer * self, int64_t t)
{
  return p2p_pacer_running (self, t) - (t + self->line);
}

int64_t
p2p_pacer_map (const P2pPacer * self, int64_t t)
{
  int64_t pts;

  if (t == P2P_PACER_NONE || !is_sane (t) || !is_sane (self->offset))
    return P2P_PACER_NONE;
  pts = t + self->offset;
  return pts > 0 ? pts : 0;
}

void
p2p_pacer_segment (const P2pPacer * self, int64_t room, int64_t * start,
    int64_t * base)
{
  int64_t before = room * 1000 / self->permille;

  if (before > self->base)
    before = self->base;
  room = before * self->permille / 1000;
  if (room > self->origin) {
    room = self->origin;
    before = room * 1000 / self->permille;
  }
  *start = self->origin - room;
  *base = self->base - before;
}

static P2pPacerAdvice
set_rate (P2pPacer * self, int64_t t, int32_t permille)
{
  int64_t base = p2p_pacer_running (self, t);

  self->origin = t + self->offset;
  self->base = base;
  self->permille = permille;
  return P2P_PACER_SEGMENT;
}

static void
slew (P2pPacer * self, int64_t late, int64_t elapsed)
{
  int64_t most = elapsed / 1000000 * P2P_PACER_SLEW_PPM
      + elapsed % 1000000 * P2P_PACER_SLEW_PPM / 1000000;

  if (late > most)
    late = most;
  self->offset -= late < -most ? -most : late;
}

static P2pPacerAdvice
steer (P2pPacer * self, int64_t t, int64_t late, int64_t elapsed, int catch_up)
{
  int change = catch_up > P2P_PACER_MAX_PERMILLE ? P2P_PACER_MAX_PERMILLE :
      catch_up;

  if (self->permille == 1000) {
    if (change > 0 && (late > P2P_PACER_CATCH_UP_NS
            || late < -P2P_PACER_CATCH_UP_NS))
      return set_rate (self, t, 1000 + (late > 0 ? change : -change));
    slew (self, late, elapsed);
  } else if (change <= 0 || (self->permille > 1000 ?
          late < P2P_PACER_CAUGHT_NS : late > -P2P_PACER_CAUGHT_NS)) {
    return set_rate (self, t, 1000);
  }
  return P2P_PACER_STAY;
}

P2pPacerAdvice
p2p_pacer_observe (P2pPacer * self, int64_t t, int64_t line, int64_t latency,
    int catch_up)
{
  int64_t elapsed = 0, late, most = P2P_PACER_STEP_NS;

  if (!is_sane (t) || !is_sane (line) || !is_sane (latency))
    return P2P_PACER_JUMP;
  /* what somebody asked for is no noise */
  if (self->latency != P2P_PACER_NONE)
    self->line += latency - self->latency;
  self->latency = latency;
  if (catch_up > 0 && latency > most)
    most = latency;
  if (self->last != P2P_PACER_NONE && t > self->last)
    elapsed = t - self->last;
  if (self->last == P2P_PACER_NONE || t > self->last)
    self->last = t;
  self->off = late = p2p_pacer_running (self, t) - (t + line);
  if (late > most || late < -P2P_PACER_STEP_NS) {
    self->line = line;
    return P2P_PACER_JUMP;
  }
  self->line += (line - self->line) / SMOOTHING;
  if (catch_up < 0)
    return P2P_PACER_STAY;
  return steer (self, t, p2p_pacer_late (self, t), elapsed, catch_up);
}
