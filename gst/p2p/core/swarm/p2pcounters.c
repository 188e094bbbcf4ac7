/* gst-plugins-p2p
 *
 * This library is free software; you can redistribute it and/or
 * modify it under the terms of the GNU Lesser General Public
 * License as published by the Free Software Foundation; either
 * version 2.1 of the License, or (at your option) any later version.
 */
/* p2pcounters.c: every number the outside can see. */
#include "../base/p2psoon.h"
#include "p2pswarmpriv.h"

#include <string.h>

#define LATE_SPELL_US P2P_SEC (5)       /* later than this is another one */
#define GIVEN_UP_US P2P_MSEC (250)      /* later than the target, it is thought */
#define TARGET_MARGIN_US P2P_MSEC (60)
#define TARGET_SLEW_PPM 500     /* half a per mille of pitch is not heard */
#define MAX_TARGET_US P2P_SEC (8)       /* the window less 2 s to fetch things */
#define TURN_US P2P_SEC (30)    /* two histograms make 30 to 60 s */
#define FINE_US 16000
#define FINE_LEN 64
#define COARSE_US 128000

static unsigned
bucket_of (uint32_t lag_us)
{
  uint32_t b;

  if (lag_us < FINE_US * FINE_LEN)
    return lag_us / FINE_US;
  b = FINE_LEN + (lag_us - FINE_US * FINE_LEN) / COARSE_US;
  return b < HISTOGRAM_LEN ? b : HISTOGRAM_LEN - 1;
}

static uint32_t
upper_edge (unsigned b)
{
  if (b < FINE_LEN)
    return (b + 1) * FINE_US;
  return FINE_US * FINE_LEN + (b - FINE_LEN + 1) * COARSE_US;
}

static void
count_lateness (P2pSwarm * self, uint32_t lag_us)
{
  self->histogram[0][bucket_of (lag_us)]++;
  if (lag_us > self->config.latency_us && (self->late_spells == 0
          || self->now - self->late_at >= LATE_SPELL_US)) {
    self->late_spells++;
    self->late_at = self->now;
  }
}

void
p2p_counters_soon (const P2pSwarm * self, uint32_t lag_us)
{
  P2P_SOON (&self->histogram[0][bucket_of (lag_us)]);
}

/* Nobody knows how late it would have been. */
void
p2p_counters_given_up (P2pSwarm * self)
{
  self->given_up[0]++;
  count_lateness (self, (uint32_t) (self->target_us + GIVEN_UP_US));
}

/* What is older than what was played first is fetched for somebody else: how
 * late it is says nothing about what is heard here. */
void
p2p_counters_arrival (P2pSwarm * self, uint32_t chunk, uint32_t lag_us)
{
  if (!self->begun || chunk < self->first_played)
    return;
  /* what a crowd waits for at its start is late once */
  if (self->now - self->started_at >= SETTLED_US)
    count_lateness (self, lag_us);
  self->stats.lag_us = self->stats.lag_us == 0 ? lag_us :
      (uint32_t) ((int64_t) self->stats.lag_us
      + ((int64_t) lag_us - self->stats.lag_us) / 16);
}

/* Later than this came so many of a thousand; 0: nothing came. */
static uint32_t
later_than (const P2pSwarm * self, unsigned per_mille)
{
  uint64_t total = 0, left;

  for (unsigned b = 0; b < HISTOGRAM_LEN; b++)
    total += self->histogram[0][b] + self->histogram[1][b];
  if (total == 0)
    return 0;
  left = total * per_mille / 1000;
  for (unsigned b = HISTOGRAM_LEN; b-- > 0;) {
    uint64_t n = self->histogram[0][b] + self->histogram[1][b];

    if (n > left)
      return upper_edge (b);
    left -= n;
  }
  return upper_edge (0);
}

void
p2p_counters_reset_target (P2pSwarm * self)
{
  self->target_us = self->config.latency_us;
  self->late_spells = 0;
}

/* Where a quarter never comes, uplinks are missing and not time. */
static bool
lacks_capacity (const P2pSwarm * self)
{
  uint32_t total = 0;

  for (unsigned b = 0; b < HISTOGRAM_LEN; b++)
    total += self->histogram[0][b] + self->histogram[1][b];
  return (self->given_up[0] + self->given_up[1]) * 4 > total;
}

/* Later by what keeps coming late, as far as that makes sense to somebody who
 * asked for this latency; back so slowly that nobody hears it. One bad spell
 * (a neighbour died, the machine was busy) is over when it is known. */
static void
update_target (P2pSwarm * self)
{
  P2pTime latency = self->config.latency_us, late, most;
  P2pTime slow = SLOW_TICK_US / 1000000 * TARGET_SLEW_PPM
      + SLOW_TICK_US % 1000000 * TARGET_SLEW_PPM / 1000000;

  if (self->late_spells > 0 && self->now - self->late_at > 2 * TURN_US)
    self->late_spells = 0;
  if (self->late_spells < 2 && self->target_us == latency)
    return;
  late = self->late_spells < 2 || lacks_capacity (self) ? 0 :
      later_than (self, 5);
  late = late > latency ? late + TARGET_MARGIN_US : latency;
  most = 2 * latency > latency + P2P_SEC (1) ? 2 * latency :
      latency + P2P_SEC (1);
  if (most > MAX_TARGET_US)
    most = MAX_TARGET_US > latency ? MAX_TARGET_US : latency;
  if (late > most)
    late = most;
  if (late > self->target_us)
    self->target_us = late;
  else
    self->target_us = late > self->target_us - slow ? late :
        self->target_us - slow;
}

void
p2p_counters_tick (P2pSwarm * self)
{
  update_target (self);
  if (self->now < self->histogram_turn)
    return;
  self->histogram_turn = self->now + TURN_US;
  memcpy (self->histogram[1], self->histogram[0], sizeof self->histogram[0]);
  memset (self->histogram[0], 0, sizeof self->histogram[0]);
  self->given_up[1] = self->given_up[0];
  self->given_up[0] = 0;
}

static void
fill_paths (const P2pSwarm * self, P2pSwarmStats * out)
{
  P2pLinkId backup[P2P_MAX_SUBSTREAMS];
  unsigned best = 0, with = 0;

  out->fed = out->backed = 0;
  p2p_parents_backups (self, backup);
  for (unsigned s = 0; s < self->k; s++) {
    const P2pSubstream *a = &self->sub[s];
    unsigned same = 0;

    if (!a->parent || a->path_len == 0)
      continue;
    out->fed = ++with;
    out->backed += backup[s] != 0;
    if (a->path_len > out->depth)
      out->depth = a->path_len;
    for (unsigned t = 0; t < self->k; t++) {
      const P2pSubstream *b = &self->sub[t];

      if (b->parent && b->path_len && (a->path_len > 1 ? a->path[1] : 0)
          == (b->path_len > 1 ? b->path[1] : 0))
        same++;
    }
    if (same > best)
      best = same;
  }
  out->first_hop_share = with ? best * 100 / with : 0;
}

/* Of all that a source pushes the part that one peer gets: with it falls so much. */
static uint32_t
largest_root (const P2pSwarm * self)
{
  unsigned most = 0, all = 0;

  for (uint32_t i = 0; i < self->n_peers; i++) {
    unsigned n = 0;

    for (unsigned s = 0; s < self->k; s++)
      n += self->peers[i]->child_mask >> s & 1;
    all += n;
    if (n > most)
      most = n;
  }
  return all ? most * 100 / all : 0;
}

void
p2p_swarm_get_stats (const P2pSwarm * self, P2pTime now, P2pSwarmStats * out)
{
  *out = self->stats;
  out->members = self->members;
  out->neighbours = out->parents = out->children = 0;
  for (uint32_t i = 0; i < self->n_peers; i++) {
    const P2pPeer *p = self->peers[i];

    out->neighbours += p->up;
    out->parents += p2p_parents_mask (self, p) != 0;
    out->children += p->child_mask != 0;
  }
  out->depth = 0;
  fill_paths (self, out);
  if (self->source) {
    out->first_hop_share = largest_root (self);
    out->fed = out->backed = self->k;
  }
  out->missing_bps = self->deficit_n ? self->deficit_sum / self->deficit_n : 0;
  out->demand_bps = self->demand_bps;
  out->role = p2p_own_role (self);
  out->prefix_share = p2p_prefix_share (self);
  out->lag_p50_us = later_than (self, 500);
  out->lag_p99_us = later_than (self, 10);
  out->lateness_p995_us = later_than (self, 5);
  out->target_us = self->target_us > self->config.latency_us ?
      (uint32_t) self->target_us : 0;
  out->upload_measured_bps = p2p_capacity_measures (self) ? self->cap_bps : 0;
  out->upload_bps = self->cap_bps ? self->cap_bps :
      p2p_own_capacity (self) * (p2p_stream_bps (self) / 8);
  out->epoch = self->epoch;
  out->k = self->k;
  out->edge = self->window.end ? self->window.end - 1 : 0;
  out->position = self->position;
  out->buffered_us = 0;
  if (self->positioned && self->window.end > self->position) {
    for (uint32_t c = self->position; c < self->window.end; c++) {
      if (p2p_window_held (&self->window, c))
        out->buffered_us += (uint32_t) self->interval_us;
    }
  }
}

static uint16_t
backup_mask (const P2pSwarm * self, const P2pLinkId * backup, P2pLinkId link)
{
  uint16_t mask = 0;

  for (unsigned s = 0; s < self->k; s++)
    mask |= (uint16_t) ((backup[s] == link) << s);
  return mask;
}

unsigned
p2p_swarm_get_neighbours (const P2pSwarm * self, P2pNeighbourStats * out,
    unsigned n)
{
  P2pLinkId backup[P2P_MAX_SUBSTREAMS];

  p2p_parents_backups (self, backup);
  for (uint32_t i = 0; i < self->n_peers && i < n; i++) {
    const P2pPeer *p = self->peers[i];
    P2pNeighbourStats *o = &out[i];

    memset (o, 0, sizeof *o);
    o->link = p->link;
    o->peer_id = p->info.peer_id;
    o->role = p->role;
    o->capacity = p->capacity;
    o->path = p->info.path;
    o->rtt_us = (uint32_t) p->rtt_us;
    o->queue_us = p->queue_10ms * 10000u;
    o->parent_mask = p2p_parents_mask (self, p);
    o->child_mask = p->child_mask;
    o->backup_mask = backup_mask (self, backup, p->link);
    o->bytes_sent = p->bytes_sent;
    o->bytes_received = p->bytes_received;
    o->lag_us = p->lag_us;
    o->suspect = p->suspect || p->stuck;
  }
  return self->n_peers;
}
