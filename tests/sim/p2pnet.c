/* gst-plugins-p2p
 *
 * This library is free software; you can redistribute it and/or
 * modify it under the terms of the GNU Lesser General Public
 * License as published by the Free Software Foundation; either
 * version 2.1 of the License, or (at your option) any later version.
 */
/* p2pnet.c: delays, queues and acknowledgements of the simulated network. */
#include "p2pnet.h"
#include "../rigs/p2plink.h"

#include <string.h>

#define SIDE 65536u

/* Centres of audience: x, y and weight. Not a map of the world, only the
 * shape that matters: a few dense places far from each other. */
static const struct
{
  uint32_t x, y, weight;
} CITIES[] = {
  {30000, 12000, 20}, {33000, 15000, 16}, {28000, 16000, 10},
  {36000, 11000, 8}, {31000, 19000, 6}, {8000, 17000, 12},
  {13000, 15000, 10}, {4000, 20000, 6}, {17000, 38000, 4},
  {46000, 24000, 4}, {56000, 18000, 3}, {60000, 45000, 1}
};

static uint32_t
root (uint64_t v)
{
  uint64_t r = 0, bit = UINT64_C (1) << 34;

  for (; bit; bit >>= 2) {
    if (v >= r + bit) {
      v -= r + bit;
      r = (r >> 1) + bit;
    } else {
      r >>= 1;
    }
  }
  return (uint32_t) r;
}

static P2pNetPlace
place_in_city (P2pRandom * random)
{
  P2pNetPlace p;
  uint32_t n = 0, i = 0;

  for (size_t j = 0; j < sizeof CITIES / sizeof *CITIES; j++)
    n += CITIES[j].weight;
  n = p2p_random_range (random, n);
  while (n >= CITIES[i].weight)
    n -= CITIES[i++].weight;
  p.x = CITIES[i].x + p2p_random_range (random, 2500);
  p.y = CITIES[i].y + p2p_random_range (random, 2500);
  return p;
}

P2pNetPlace
p2p_net_place (const P2pNetGeometry * g, P2pRandom * random)
{
  P2pNetPlace p;

  if (g->map == P2P_NET_CITIES)
    return place_in_city (random);
  p.x = p2p_random_range (random, SIDE);
  p.y = p2p_random_range (random, SIDE);
  return p;
}

P2pTime
p2p_net_delay (const P2pNetGeometry * g, P2pNetPlace a, P2pNetPlace b)
{
  int64_t dx = (int64_t) a.x - b.x, dy = (int64_t) a.y - b.y;
  int64_t d;

  if (g->map == P2P_NET_FIXED)
    return g->min;
  d = root ((uint64_t) (dx * dx + dy * dy));
  return g->min + (g->max - g->min) * d / 92682;        /* the diagonal */
}

P2pTime
p2p_net_loss_delay (uint32_t bps, uint32_t message, P2pTime rtt,
    uint32_t loss_ppm, P2pRandom * random)
{
  return p2p_link_added_us (bps, message, (uint32_t) rtt, loss_ppm,
      p2p_random_range (random, 1000000));
}

uint32_t
p2p_net_loss_capacity (P2pTime rtt, uint32_t loss_ppm)
{
  return p2p_link_capacity ((uint32_t) rtt, loss_ppm);
}

uint32_t
p2p_net_packets (uint32_t len)
{
  return len ? (len + P2P_NET_PACKET - 1) / P2P_NET_PACKET : 1;
}

uint32_t
p2p_net_wire (uint32_t len)
{
  return len + p2p_net_packets (len) * P2P_NET_OVERHEAD;
}

static P2pTime
serialise (uint64_t bps, uint32_t wire)
{
  return bps ? (P2pTime) ((uint64_t) wire * 8000000 / bps) : 0;
}

P2pTime
p2p_net_upload (P2pNetAccess * self, P2pTime now, uint32_t wire)
{
  if (self->up_free < now)
    self->up_free = now;
  self->up_free += serialise (self->up_bps, wire);
  return self->up_free;
}

/* 'now' is when the last packet comes in: a message that finds the link idle
 * has been passing through all the time and waits for nothing. */
P2pTime
p2p_net_download (P2pNetAccess * self, P2pTime now, uint32_t wire)
{
  P2pTime done = self->down_free + serialise (self->down_bps, wire);

  self->down_free = done > now ? done : now;
  return self->down_free;
}

void
p2p_net_end_init (P2pNetEnd * self, P2pTime rtt)
{
  memset (self, 0, sizeof *self);
  self->srtt_us = (uint32_t) rtt;
  self->last_received = P2P_TIME_NONE;
  self->told_at = P2P_TIME_NONE;
}

void
p2p_net_end_acked (P2pNetEnd * self, P2pTime when, uint32_t bytes, P2pTime rtt)
{
  uint32_t i = self->n_acks;

  self->srtt_us = (uint32_t) ((self->srtt_us * (int64_t) 7 + rtt) / 8);
  self->acked_soon += bytes;
  /* acknowledgements are cumulative: a later, faster one brings the others */
  while (i > 0 && self->acks[i - 1].when > when)
    self->acks[--i].when = when;
  if (self->n_acks == P2P_NET_ACKS) {
    self->acks[P2P_NET_ACKS - 1].when = when;
    self->acks[P2P_NET_ACKS - 1].bytes += bytes;
    return;
  }
  self->acks[self->n_acks].when = when;
  self->acks[self->n_acks++].bytes = bytes;
}

void
p2p_net_end_settle (P2pNetEnd * self, P2pTime now)
{
  uint32_t i = 0;

  while (i < self->n_acks && self->acks[i].when <= now) {
    self->unacked -= self->acks[i].bytes;
    self->acked_soon -= self->acks[i].bytes;
    self->last_received = self->acks[i].when;
    i++;
  }
  if (i > 0) {
    self->n_acks -= i;
    memmove (self->acks, self->acks + i, self->n_acks * sizeof *self->acks);
  }
}

P2pTime
p2p_net_end_empty_at (const P2pNetEnd * self)
{
  if (self->n_acks == 0 || self->acked_soon < self->unacked)
    return P2P_TIME_NEVER;
  return self->acks[self->n_acks - 1].when;
}

/* Whoever filters by port must know the port: a symmetric one has another for
 * everybody. */
bool
p2p_net_reaches (P2pNetNat a, P2pNetNat b)
{
  if (a == P2P_NET_SYMMETRIC)
    return b < P2P_NET_PORT;
  return b != P2P_NET_SYMMETRIC || a < P2P_NET_PORT;
}

#define RATE_WINDOW P2P_SEC (1)

P2pTime
p2p_net_end_lossy (P2pNetEnd * self, P2pTime now, uint32_t len, P2pTime rtt,
    uint32_t loss_ppm, P2pRandom * random, P2pTime * late)
{
  if (now - self->rate_from >= RATE_WINDOW) {
    self->rate_bps = (uint32_t) ((uint64_t) self->rate_bytes * 8000000
        / (uint64_t) (now - self->rate_from));
    self->rate_from = now;
    self->rate_bytes = 0;
  }
  self->rate_bytes += len;
  *late = p2p_net_loss_delay (self->rate_bps, len, rtt, loss_ppm, random);
  if (self->free_at < now)
    self->free_at = now;
  self->free_at += serialise (p2p_net_loss_capacity (rtt, loss_ppm), len);
  return self->free_at;
}
