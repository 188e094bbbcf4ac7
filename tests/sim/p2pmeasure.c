/* gst-plugins-p2p
 *
 * This library is free software; you can redistribute it and/or
 * modify it under the terms of the GNU Lesser General Public
 * License as published by the Free Software Foundation; either
 * version 2.1 of the License, or (at your option) any later version.
 */
/* p2pmeasure.c: counting (see p2pmeasure.h). */
#include "p2pmeasure.h"
#include "p2psim.h"

#include <stdlib.h>
#include <string.h>

const P2pTime p2p_measure_delay[P2P_MEASURE_DELAYS] = {
  P2P_MSEC (1500), P2P_MSEC (2000), P2P_MSEC (3000), P2P_MSEC (5000)
};

#define AT_3_S 2

void
p2p_measure_init (P2pMeasure * self, P2pTime chunk_us)
{
  memset (self, 0, sizeof *self);
  self->chunk_us = chunk_us;
  self->lag = p2p_sim_zeroed (P2P_MEASURE_LAGS, sizeof *self->lag);
  self->queue = p2p_sim_zeroed (P2P_MEASURE_QUEUES, sizeof *self->queue);
  self->second_expected =
      p2p_sim_zeroed (P2P_MEASURE_SECONDS, sizeof (uint32_t));
  self->second_missed = p2p_sim_zeroed (P2P_MEASURE_SECONDS, sizeof (uint32_t));
  for (int i = 0; i < P2P_MAX_SUBSTREAMS; i++)
    self->rootless_from[i] = P2P_TIME_NEVER;
}

void
p2p_measure_clear (P2pMeasure * self)
{
  free (self->published);
  free (self->lag);
  free (self->queue);
  free (self->second_expected);
  free (self->second_missed);
  free (self->join_ms);
  free (self->newcomer_ms);
}

void
p2p_measure_restart (P2pMeasure * self, P2pTime now)
{
  P2pMeasure old = *self;

  p2p_measure_init (self, old.chunk_us);
  self->from = now;
  self->published = old.published;
  self->n_published = old.n_published;
  self->cap_published = old.cap_published;
  self->join_ms = old.join_ms;
  self->n_joins = old.n_joins;
  self->cap_joins = old.cap_joins;
  old.published = NULL;
  old.join_ms = NULL;
  p2p_measure_clear (&old);
}

void
p2p_measure_node_init (P2pMeasureNode * n, P2pTime now)
{
  memset (n, 0, sizeof *n);
  n->since = n->joined = now;
  n->linked = n->contiguous = P2P_TIME_NEVER;
}

uint32_t
p2p_measure_published (P2pMeasure * self, P2pTime now)
{
  if (self->n_published == self->cap_published) {
    self->cap_published = self->cap_published ? self->cap_published * 2 : 1024;
    self->published = realloc (self->published,
        self->cap_published * sizeof *self->published);
    if (self->published == NULL)
      abort ();
  }
  self->published[self->n_published] = now;
  return self->n_published++;
}

static bool
holds (const P2pMeasureNode * n, uint32_t serial)
{
  return n->ring[serial % P2P_MEASURE_RING].serial == serial + 1;
}

static void
note_join (uint32_t ** ms, uint32_t * n, uint32_t * cap, uint32_t took)
{
  if (*n == *cap) {
    *cap = *cap ? *cap * 2 : 256;
    *ms = realloc (*ms, *cap * sizeof **ms);
    if (*ms == NULL)
      abort ();
  }
  (*ms)[(*n)++] = took;
}

static void
look_for_contiguous (P2pMeasure * self, P2pMeasureNode * n, uint32_t serial,
    P2pTime now)
{
  uint32_t need = (uint32_t) ((P2P_SEC (1) + self->chunk_us - 1)
      / self->chunk_us);
  uint32_t run = 1, i, took;

  for (i = serial; i > 0 && run < need && holds (n, i - 1); i--)
    run++;
  for (i = serial + 1; run < need && holds (n, i); i++)
    run++;
  if (run < need)
    return;
  n->contiguous = now;
  took = (uint32_t) ((now - n->linked) / 1000);
  note_join (&self->join_ms, &self->n_joins, &self->cap_joins, took);
  if (self->from > 0 && n->joined >= self->from)
    note_join (&self->newcomer_ms, &self->n_newcomers, &self->cap_newcomers,
        took);
}

void
p2p_measure_verified (P2pMeasure * self, P2pMeasureNode * n, uint32_t serial,
    P2pTime now)
{
  P2pTime published = self->published[serial], lag = now - published;
  uint32_t ms = (uint32_t) (lag / 1000);

  if (holds (n, serial))
    return;
  n->ring[serial % P2P_MEASURE_RING].serial = serial + 1;
  n->ring[serial % P2P_MEASURE_RING].lag_ms = ms;
  n->verified++;
  self->verified++;
  if (serial + 1 > n->newest)
    n->newest = serial + 1;
  if (n->contiguous == P2P_TIME_NEVER)
    look_for_contiguous (self, n, serial, now);
  if (published < self->from || published < n->since + P2P_MEASURE_SETTLE)
    return;
  self->lag[ms < P2P_MEASURE_LAGS ? ms : P2P_MEASURE_LAGS - 1]++;
  self->n_lags++;
  if (lag > self->lag_max)
    self->lag_max = lag;
  if (lag > n->worst_lag)
    n->worst_lag = lag;
}

void
p2p_measure_due (P2pMeasure * self, P2pMeasureNode * n, unsigned delay,
    uint32_t serial)
{
  P2pTime published = self->published[serial];
  uint32_t i = serial % P2P_MEASURE_RING, second;
  bool there;

  if (published < self->from || published < n->since + P2P_MEASURE_SETTLE)
    return;
  there = n->ring[i].serial == serial + 1
      && n->ring[i].lag_ms <= p2p_measure_delay[delay] / 1000;
  self->expected[delay]++;
  self->missed[delay] += !there;
  if (delay != AT_3_S)
    return;
  n->expected3++;
  n->missed3 += !there;
  second = (uint32_t) (published / P2P_SEC (1));
  if (second < P2P_MEASURE_SECONDS) {
    self->second_expected[second]++;
    self->second_missed[second] += !there;
  }
}

void
p2p_measure_delivered (P2pMeasure * self, P2pMeasureNode * n, uint32_t serial,
    bool pushed, uint32_t len)
{
  n->delivered++;
  self->delivered++;
  self->delivered_pushed += pushed;
  self->delivered_bytes += len;
  if (serial + 1 == n->delivered_last) {
    n->repeated++;
    self->repeated++;
  } else if (serial + 1 < n->delivered_last) {
    n->unordered++;
    self->unordered++;
  }
  if (serial + 1 > n->delivered_last) {
    if (n->delivered_last && serial > n->delivered_last) {
      n->lost += serial - n->delivered_last;
      self->lost += serial - n->delivered_last;
    }
    n->delivered_last = serial + 1;
  }
}

void
p2p_measure_roots (P2pMeasure * self, uint16_t mask, unsigned k, P2pTime now)
{
  for (unsigned s = 0; s < k; s++) {
    P2pTime *from = &self->rootless_from[s];

    if (mask >> s & 1) {
      self->rootless[s] = false;
      *from = P2P_TIME_NEVER;
      continue;
    }
    self->rootless[s] = true;
    if (*from == P2P_TIME_NEVER)
      continue;
    if (now - *from > self->rootless_max)
      self->rootless_max = now - *from;
  }
}

void
p2p_measure_root_needed (P2pMeasure * self, unsigned s, P2pTime now)
{
  if (self->rootless[s] && self->rootless_from[s] == P2P_TIME_NEVER)
    self->rootless_from[s] = now;
}

static uint32_t
quantile (const uint32_t * histogram, uint32_t len, uint64_t n,
    unsigned per_mille)
{
  uint64_t want = (n * per_mille + 999) / 1000, sum = 0;

  if (n == 0)
    return 0;
  for (uint32_t i = 0; i < len; i++) {
    sum += histogram[i];
    if (sum >= want)
      return i;
  }
  return len;
}

uint32_t
p2p_measure_lag (const P2pMeasure * self, unsigned per_mille)
{
  return quantile (self->lag, P2P_MEASURE_LAGS, self->n_lags, per_mille);
}

void
p2p_measure_queued (P2pMeasure * self, P2pTime wait)
{
  uint32_t ms = wait > 0 ? (uint32_t) (wait / 1000) : 0;

  self->queue[ms < P2P_MEASURE_QUEUES ? ms : P2P_MEASURE_QUEUES - 1]++;
  self->n_queues++;
}

uint32_t
p2p_measure_queue (const P2pMeasure * self, unsigned per_mille)
{
  return quantile (self->queue, P2P_MEASURE_QUEUES, self->n_queues, per_mille);
}

uint32_t
p2p_measure_missed (const P2pMeasure * self, unsigned delay)
{
  if (self->expected[delay] == 0)
    return 1000000;             /* nothing was measured: that is no success */
  return (uint32_t) ((self->missed[delay] * 1000000
          + self->expected[delay] - 1) / self->expected[delay]);
}

uint32_t
p2p_measure_worst_second (const P2pMeasure * self, uint32_t least)
{
  uint32_t worst = 10000;
  bool any = false;

  for (uint32_t i = 0; i < P2P_MEASURE_SECONDS; i++) {
    uint32_t e = self->second_expected[i], share;

    if (e == 0 || e < least)
      continue;
    any = true;
    share = (uint32_t) ((uint64_t) (e - self->second_missed[i]) * 10000 / e);
    if (share < worst)
      worst = share;
  }
  return any ? worst : 0;
}

static int
compare (const void *a, const void *b)
{
  uint32_t x = *(const uint32_t *) a, y = *(const uint32_t *) b;

  return (x > y) - (x < y);
}

static uint32_t
quantile_of (uint32_t * ms, uint32_t n, unsigned per_mille)
{
  if (n == 0)
    return 0;
  qsort (ms, n, sizeof *ms, compare);
  return ms[(uint64_t) (n - 1) * per_mille / 1000];
}

uint32_t
p2p_measure_join (P2pMeasure * self, unsigned per_mille)
{
  return quantile_of (self->join_ms, self->n_joins, per_mille);
}

uint32_t
p2p_measure_newcomer (P2pMeasure * self, unsigned per_mille)
{
  return quantile_of (self->newcomer_ms, self->n_newcomers, per_mille);
}
