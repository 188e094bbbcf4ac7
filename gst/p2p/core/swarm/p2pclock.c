/* gst-plugins-p2p
 *
 * This library is free software; you can redistribute it and/or
 * modify it under the terms of the GNU Lesser General Public
 * License as published by the Free Software Foundation; either
 * version 2.1 of the License, or (at your option) any later version.
 */
/* p2pclock.c: the publisher's clock as this member knows it (p2psourceclock.h),
 * and when a chunk should have been closed there.
 *
 * The offset comes by PONG, with half a round trip of error a hop; a chunk's
 * signed time is a lower bound for "now" over there. Times are microseconds
 * since 1900, signed 64 bit.
 */
#include "p2pswarmpriv.h"

int64_t
p2p_ntp_to_us (P2pNtp ntp)
{
  return (int64_t) (ntp >> 32) * 1000000
      + (int64_t) (((ntp & 0xffffffff) * 1000000) >> 32);
}

P2pNtp
p2p_us_to_ntp (int64_t us)
{
  uint64_t s = (uint64_t) us / 1000000, f = (uint64_t) us % 1000000;

  /* rounded up, so that there and back gives the same microsecond */
  return s << 32 | (((f << 32) + 999999) / 1000000);
}

bool
p2p_clock_get (const P2pSwarm * self, P2pTime t, int64_t * us)
{
  if (!self->has_clock)
    return false;
  *us = t + self->clock_us;
  return true;
}

void
p2p_clock_forget (P2pSwarm * self)
{
  if (self->source)
    return;
  self->has_clock = false;
  p2p_source_clock_reset (&self->clock);
  for (uint32_t i = 0; i < self->n_peers; i++)
    self->clocks[i].known = false;
}

/* What is heard goes by what all neighbours agree on. */
static void
vote (P2pSwarm * self, P2pPeer * p, int64_t offset, P2pTime error)
{
  P2pClockVote votes;

  p2p_source_clock_answer (&self->clock, p2p_peer_clock (self, p), offset,
      error, self->now);
  p2p_source_clock_begin_vote (&self->clock, &votes, self->now);
  for (uint32_t i = 0; i < self->n_peers; i++)
    p2p_source_clock_vote (&self->clock, &votes, &self->clocks[i],
        self->n_proven > 0 && p2p_peer_is_source (self, self->peers[i]),
        self->now);
  p2p_source_clock_count (&self->clock, &votes, self->now);
}

void
p2p_clock_sample (P2pSwarm * self, P2pPeer * p, P2pNtp source, P2pTime rtt,
    uint32_t error_us)
{
  int64_t offset = p2p_ntp_to_us (source) + rtt / 2 - self->now;
  uint32_t error = error_us + (uint32_t) (rtt / 2);
  /* an old sample ages by 100 ppm, what two quartzes drift apart */
  uint32_t aged = self->clock_error_us
      + (uint32_t) ((self->now - self->clock_set) / 10000);

  if (self->source || rtt < 0 || rtt > P2P_SEC (5))
    return;
  self->playout_dirty = true;
  vote (self, p, offset, (P2pTime) error_us + (rtt + 1) / 2);
  if (!self->has_clock) {
    self->has_clock = true;
    self->clock_us = offset;
    self->parents_dirty = self->status_dirty = true;
  } else if (error <= aged) {
    self->clock_us = offset;
  } else if (error <= 2 * aged) {
    self->clock_us += (offset - self->clock_us) / 8;
    return;
  } else {
    return;
  }
  self->clock_error_us = error;
  self->clock_set = self->now;
}

void
p2p_clock_heard (P2pSwarm * self, P2pNtp ntp, P2pTime arrival)
{
  int64_t us = p2p_ntp_to_us (ntp);

  if (self->source)
    return;
  p2p_source_clock_heard (&self->clock, us - arrival, arrival);
  if (self->has_clock && us > arrival + self->clock_us) {
    self->clock_us = us - arrival;
    self->playout_dirty = true;
  }
}

bool
p2p_swarm_get_source_time (const P2pSwarm * self, P2pTime now, P2pNtp * ntp,
    uint32_t * error_us)
{
  if (!self->clock.span.known)
    return false;
  *ntp = p2p_us_to_ntp (now + p2p_source_clock_offset (&self->clock, now));
  if (error_us)
    *error_us = p2p_source_clock_error (&self->clock, now);
  return true;
}

static int64_t
nominal_us (const P2pSwarm * self)
{
  const P2pStreamHeader *h = p2p_header_current (self);

  return h && h->chunk_duration_us ? h->chunk_duration_us : 125000;
}

static int64_t
interval_us (const P2pSwarm * self)
{
  return self->interval_us > 0 ? self->interval_us : nominal_us (self);
}

/* Is the chunk, which is not held, between the two known ones? Else finds them. */
static bool
find_line (const P2pSwarm * self, P2pPredictor * l, uint32_t chunk)
{
  const P2pWindow *w = &self->window;

  if (l->next && chunk < l->next && (!l->has_prev || chunk > l->prev))
    return true;
  l->has_prev = p2p_window_prev_held (w, chunk, &l->prev);
  if (l->has_prev)
    l->t0 = p2p_ntp_to_us (p2p_window_held (w, l->prev)->ntp);
  if (!p2p_window_next_held (w, chunk, &l->next)) {
    l->next = 0;
    return false;
  }
  l->t1 = p2p_ntp_to_us (p2p_window_held (w, l->next)->ntp);
  return true;
}

/* Between two held chunks: a straight line. Beyond the newest: the first one
 * may take its whole nominal duration (a timer closes it), the next come at
 * the mean interval. */
bool
p2p_predict_next (const P2pSwarm * self, P2pPredictor * l, uint32_t chunk,
    int64_t * us)
{
  const P2pWindow *w = &self->window;
  const P2pEntry *e;

  if (chunk >= w->end && w->end > w->base) {
    if (!l->has_edge) {
      int64_t nominal = nominal_us (self);

      l->has_edge = true;
      l->step = interval_us (self);
      l->edge_us = p2p_ntp_to_us (self->newest_ntp)
          + (nominal > l->step ? nominal : l->step);
    }
    *us = l->edge_us + (int64_t) (chunk - w->end) * l->step;
    return true;
  }
  e = p2p_window_held (w, chunk);
  if (e) {
    *us = p2p_ntp_to_us (e->ntp);
    return true;
  }
  if (!find_line (self, l, chunk))
    return false;
  if (!l->has_prev)
    *us = l->t1 - (int64_t) (l->next - chunk) * interval_us (self);
  else
    *us = l->t0 + (l->t1 - l->t0) * (int64_t) (chunk - l->prev)
        / (int64_t) (l->next - l->prev);
  return true;
}

bool
p2p_predict_us (const P2pSwarm * self, uint32_t chunk, int64_t * us)
{
  P2pPredictor line = { 0 };

  return p2p_predict_next (self, &line, chunk, us);
}

uint32_t
p2p_predict_edge (const P2pSwarm * self)
{
  int64_t now_us, step = interval_us (self), newest;
  uint32_t edge = self->window.end, ahead;

  if (edge == self->window.base)
    return edge;
  if (!p2p_clock_get (self, self->now, &now_us))
    return edge - 1;
  newest = p2p_ntp_to_us (self->newest_ntp);
  if (now_us <= newest)
    return edge - 1;
  ahead = (uint32_t) ((now_us - newest) / step);
  return edge - 1 + (ahead < 2u * self->k ? ahead : 2u * self->k);
}
