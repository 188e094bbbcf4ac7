/* gst-plugins-p2p
 *
 * This library is free software; you can redistribute it and/or
 * modify it under the terms of the GNU Lesser General Public
 * License as published by the Free Software Foundation; either
 * version 2.1 of the License, or (at your option) any later version.
 */
/* p2pdeficit.c: whether the members' upload carries the stream, as the source
 * sees it.
 *
 * STATUS tells for each sub-stream how far behind a neighbour is, or that nobody
 * sends it any. Somebody always lacks one for a moment; when some are missing all
 * the time for ten seconds there is no upload left to carry them, and the
 * broadcaster can do what nobody else can: lower the bitrate, or raise its own
 * upload.
 */
#include "p2pswarmpriv.h"

#define SETTLE_US P2P_SEC (5)   /* a newcomer has found its parents by then */
#define LASTS_US P2P_SEC (10)   /* two STATUS of an audio stream */
#define AGAIN_US P2P_SEC (30)

static unsigned
count_missing (const P2pSwarm * self, unsigned *neighbours)
{
  unsigned missing = 0;

  *neighbours = 0;
  for (uint32_t i = 0; i < self->n_peers; i++) {
    const P2pPeer *p = self->peers[i];

    /* one that holds nothing yet needs it most */
    if (!p2p_peer_usable (self, p) || p->suspect || p->stuck
        || p->map_time == 0 || self->now - p->since < SETTLE_US)
      continue;
    ++*neighbours;
    for (unsigned s = 0; s < self->k; s++)
      missing += p->lag_4ms[s] == 0xffff;
  }
  return missing;
}

/* The neighbours are a sample of the members. */
static int64_t
missing_bps (const P2pSwarm * self, int64_t * demand)
{
  unsigned neighbours, missing = count_missing (self, &neighbours);
  int64_t bps = (int64_t) missing * p2p_stream_bps (self) / self->k;

  *demand = (int64_t) neighbours *p2p_stream_bps (self);
  if (self->members > neighbours + 1 && neighbours > 0) {
    bps = bps * (self->members - 1) / neighbours;
    *demand = *demand * (self->members - 1) / neighbours;
  }
  return bps;
}

static void
say (P2pSwarm * self, int64_t bps)
{
  P2pAction *a = p2p_action_add (self, P2P_ACTION_EVENT, 0);

  if (a) {
    a->u.event.event = P2P_EVENT_CAPACITY_DEFICIT;
    a->u.event.value = bps;
    a->u.event.demand = self->demand_bps;
  }
  self->deficit_said = bps > 0 ? self->now : P2P_TIME_NONE;
}

void
p2p_deficit_tick (P2pSwarm * self)
{
  int64_t bps;

  if (!self->source || self->k == 0
      || self->now - self->edge_moved > SILENT_PUBLISHER_US)
    return;
  bps = missing_bps (self, &self->demand_bps);
  if ((bps > 0) != (self->deficit_sum > 0)) {
    self->deficit_since = self->now;
    self->deficit_sum = self->deficit_n = 0;
  }
  self->deficit_sum += bps;
  self->deficit_n++;
  if (self->now - self->deficit_since < LASTS_US)
    return;
  if (bps == 0 && self->deficit_said != P2P_TIME_NONE)
    say (self, 0);
  else if (bps > 0 && (self->deficit_said == P2P_TIME_NONE
          || self->now - self->deficit_said >= AGAIN_US))
    say (self, self->deficit_sum / self->deficit_n);
}
