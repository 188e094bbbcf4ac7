/* gst-plugins-p2p
 *
 * This library is free software; you can redistribute it and/or
 * modify it under the terms of the GNU Lesser General Public
 * License as published by the Free Software Foundation; either
 * version 2.1 of the License, or (at your option) any later version.
 */
/* p2plossy.c: see p2plossy.h. */
#include "p2plossy.h"

#include <stdlib.h>
#include <string.h>

#define MAX_MESSAGE 17408
#define SETTLE_US 3000000       /* set-up before the stream, loss free */
#define WARM_UP_US 2000000      /* then stream without being counted */
#define DRAIN_US 5000000        /* after the last chunk */
#define STREAM_CONTROL 0
#define STREAM_DATA 1

enum
{ TYPE_CHUNK = 1, TYPE_REPAIR, TYPE_REQUEST, TYPE_PARITY };

const uint16_t p2p_lossy_permille[P2P_LOSSY_QUANTILES] = {
  0, 250, 500, 750, 850, 900, 950, 975, 990, 995, 998, 999, 1000
};

typedef struct Node Node;
typedef struct Run Run;

typedef struct
{
  int64_t offset_us, jitter_us; /* of arrival against closing time */
  bool known;
} Prediction;

struct Node
{
  Run *run;
  unsigned level, index;
  P2pVnetEnd *up[P2P_LOSSY_MAX_PARENTS];        /* to level - 1 */
  P2pVnetEnd *down[P2P_LOSSY_MAX_PARENTS];      /* to level + 1 */
  Prediction prediction[P2P_LOSSY_MAX_PARENTS];
  int64_t *arrival;             /* by chunk, 0 = not yet */
  uint8_t *wanted;              /* by chunk: children with a standing request */
  uint8_t *asked;               /* by chunk: how often we requested it */
  uint8_t *group_have;          /* by parity group: members here */
  uint8_t *group_parity;        /* by parity group: parity chunk here */
  P2pLossyHop count;
};

struct Run
{
  const P2pLossyConfig *config;
  P2pVnet *net;
  unsigned width;               /* nodes per level */
  Node nodes[P2P_LOSSY_MAX_HOPS + 1][P2P_LOSSY_MAX_PARENTS];
  uint32_t n_chunks, first_counted;
  uint32_t interval_us;
  int64_t start;
  uint8_t message[MAX_MESSAGE];
};

/* ---- messages: type 8, chunk 32, filler ---- */

static size_t
put_message (Run * run, unsigned type, uint32_t chunk)
{
  run->message[0] = (uint8_t) type;
  memcpy (run->message + 1, &chunk, sizeof chunk);
  return type == TYPE_REQUEST ? 20 : run->config->message;
}

static void
send_message (Run * run, P2pVnetEnd * end, unsigned type, uint32_t chunk)
{
  size_t len = put_message (run, type, chunk);

  p2p_vnet_end_send (end, type == TYPE_REQUEST ? STREAM_CONTROL : STREAM_DATA,
      run->message, len);
}

static int64_t
closing_time (const Run * run, uint32_t chunk)
{
  return run->start + (int64_t) chunk *run->interval_us;
}

/* Which node of the level above pushes this chunk to that node. */
static unsigned
parent_of (const Run * run, unsigned index, uint32_t chunk)
{
  return (index + chunk % run->config->parents) % run->width;
}

/* ---- holding a chunk ---- */

static bool
holds (const Node * node, uint32_t chunk)
{
  return node->level == 0 || node->arrival[chunk] != 0;
}

static void
pass_on (Node * node, uint32_t chunk)
{
  Run *run = node->run;

  if (node->level == run->config->hops)
    return;
  for (unsigned i = 0; i < run->width; i++) {
    if (parent_of (run, i, chunk) == node->index)
      send_message (run, node->down[i], TYPE_CHUNK, chunk);
    else if (node->wanted[chunk] & (1u << i))
      send_message (run, node->down[i], TYPE_REPAIR, chunk);
  }
}

static void try_parity (Node * node, uint32_t group);

static void
take_chunk (Node * node, uint32_t chunk)
{
  Run *run = node->run;
  unsigned parity = run->config->parity;

  if (node->arrival[chunk]) {
    node->count.duplicates++;
    return;
  }
  node->arrival[chunk] = p2p_vnet_now (run->net);
  pass_on (node, chunk);
  if (parity) {
    node->group_have[chunk / parity]++;
    try_parity (node, chunk / parity);
  }
}

/* All but one of a group and its parity: the last one is known. */
static void
try_parity (Node * node, uint32_t group)
{
  unsigned n = node->run->config->parity;

  if (!node->group_parity[group] || node->group_have[group] != n - 1)
    return;
  for (uint32_t c = group * n; c < (group + 1) * n; c++) {
    if (!node->arrival[c]) {
      node->count.rebuilt++;
      take_chunk (node, c);
      return;
    }
  }
}

static void
take_parity (Node * node, uint32_t group)
{
  Run *run = node->run;

  if (node->group_parity[group])
    return;
  node->group_parity[group] = 1;
  if (node->level < run->config->hops) {
    for (unsigned i = 0; i < run->width; i++)
      if (parent_of (run, i, group) == node->index)
        send_message (run, node->down[i], TYPE_PARITY, group);
  }
  try_parity (node, group);
}

/* ---- prediction and requests ---- */

/* Smoothed as RFC 6298 does with round trips: gains 1/8 and 1/4. */
static void
learn (Prediction * p, int64_t offset)
{
  int64_t deviation;

  if (!p->known) {
    p->offset_us = offset;
    p->known = true;
    return;
  }
  deviation = offset - p->offset_us;
  p->offset_us += deviation / 8;
  p->jitter_us += ((deviation < 0 ? -deviation : deviation) - p->jitter_us) / 4;
}

static int64_t
patience (const Run * run, const Prediction * p)
{
  int64_t jitter = run->config->overdue_jitters * p->jitter_us;
  int64_t floor_us = run->config->overdue_floor_us
      + run->config->overdue_rtts * run->config->rtt_us;

  return jitter > floor_us ? jitter : floor_us;
}

static void
on_overdue (void *user_data, uint64_t chunk)
{
  Node *node = user_data;
  Run *run = node->run;
  unsigned parent = parent_of (run, node->index, (uint32_t) chunk), other;

  if (holds (node, (uint32_t) chunk))
    return;
  other = (parent + 1 + node->asked[chunk] % (run->width - 1)) % run->width;
  if (node->asked[chunk]++ == 0)
    node->count.requested++;
  send_message (run, node->up[other], TYPE_REQUEST, (uint32_t) chunk);
  /* the answer may be late, too: two round trips and the same patience */
  if (node->asked[chunk] < 4)
    p2p_vnet_at (run->net, p2p_vnet_now (run->net) + 2 * run->config->rtt_us
        + run->config->overdue_floor_us, on_overdue, node, chunk);
}

static void
expect_chunk (Node * node, uint32_t chunk)
{
  Run *run = node->run;
  Prediction *p = &node->prediction[parent_of (run, node->index, chunk)];

  if (!p->known)
    return;
  p2p_vnet_at (run->net, closing_time (run, chunk) + p->offset_us
      + patience (run, p), on_overdue, node, chunk);
}

/* ---- events ---- */

static void
on_message_from_above (P2pVnetEnd * end, unsigned stream, const uint8_t * data,
    size_t len, void *user_data)
{
  Node *node = user_data;
  Run *run = node->run;
  uint32_t chunk;

  memcpy (&chunk, data + 1, sizeof chunk);
  if (data[0] == TYPE_CHUNK)
    learn (&node->prediction[parent_of (run, node->index, chunk)],
        p2p_vnet_now (run->net) - closing_time (run, chunk));
  if (data[0] == TYPE_PARITY)
    take_parity (node, chunk);
  else
    take_chunk (node, chunk);
}

static void
on_message_from_below (P2pVnetEnd * end, unsigned stream, const uint8_t * data,
    size_t len, void *user_data)
{
  Node *node = user_data;
  uint32_t chunk;
  unsigned i;

  memcpy (&chunk, data + 1, sizeof chunk);
  for (i = 0; node->down[i] != end; i++);
  if (holds (node, chunk))
    send_message (node->run, end, TYPE_REPAIR, chunk);
  else
    node->wanted[chunk] |= (uint8_t) (1u << i);
}

static void
on_chunk_closed (void *user_data, uint64_t chunk)
{
  Run *run = user_data;
  unsigned parity = run->config->parity;

  for (unsigned i = 0; i < run->width; i++) {
    pass_on (&run->nodes[0][i], (uint32_t) chunk);
    if (parity && (chunk + 1) % parity == 0)
      take_parity (&run->nodes[0][i], (uint32_t) (chunk / parity));
  }
  for (unsigned level = 1; run->config->request && level <= run->config->hops;
      level++)
    for (unsigned i = 0; i < run->width; i++)
      expect_chunk (&run->nodes[level][i], (uint32_t) chunk);
  if (chunk + 1 < run->n_chunks)
    p2p_vnet_at (run->net, closing_time (run, (uint32_t) chunk + 1),
        on_chunk_closed, run, chunk + 1);
}

/* ---- set-up ---- */

static void
init_node (Run * run, unsigned level, unsigned index)
{
  Node *node = &run->nodes[level][index];
  size_t groups = run->n_chunks + 1;

  node->run = run;
  node->level = level;
  node->index = index;
  node->arrival = calloc (run->n_chunks, sizeof *node->arrival);
  node->wanted = calloc (run->n_chunks, 1);
  node->asked = calloc (run->n_chunks, 1);
  node->group_have = calloc (groups, 1);
  node->group_parity = calloc (groups, 1);
}

static void
clear_node (Node * node)
{
  free (node->arrival);
  free (node->wanted);
  free (node->asked);
  free (node->group_have);
  free (node->group_parity);
}

static void
connect_nodes (Run * run, Node * above, Node * below)
{
  const P2pLossyConfig *c = run->config;
  P2pVnetPath path = { c->rtt_us / 2, c->loss_ppm, c->rate_bps, c->queue_us };
  P2pVnetEnd *a, *b;

  p2p_vnet_connect (run->net, path, path, &a, &b);
  above->down[below->index] = a;
  below->up[above->index] = b;
  p2p_vnet_end_set_receiver (a, on_message_from_below, above);
  p2p_vnet_end_set_receiver (b, on_message_from_above, below);
}

static void
connect_levels (Run * run)
{
  for (unsigned level = 1; level <= run->config->hops; level++)
    for (unsigned i = 0; i < run->width; i++)
      for (unsigned j = 0; j < run->width; j++)
        connect_nodes (run, &run->nodes[level - 1][i], &run->nodes[level][j]);
}

/* ---- results ---- */

/* What one hop takes on an empty line: delay, and every packet of the message
 * through the rate. */
static int64_t
empty_line_us (const P2pLossyConfig * c)
{
  /* fragments carry a 16 B DATA header each behind one 12 B SCTP header */
  uint32_t packets = (c->message + P2P_VNET_ONE_PACKET - 1)
      / P2P_VNET_ONE_PACKET;
  uint64_t bytes = c->message + (uint64_t) packets * (28
      + P2P_VNET_DTLS_OVERHEAD + P2P_VNET_IP_OVERHEAD);

  return c->rtt_us / 2
      + (c->rate_bps ? (int64_t) (bytes * 8000000 / c->rate_bps) : 0);
}

static int
compare (const void *a, const void *b)
{
  int64_t x = *(const int64_t *) a, y = *(const int64_t *) b;

  return x < y ? -1 : x > y;
}

static int64_t
quantile (const int64_t * sorted, size_t n, double q)
{
  return n ? sorted[(size_t) (q * (double) (n - 1) + 0.5)] : 0;
}

static size_t
collect (Run * run, unsigned level, uint32_t from, uint32_t to, int64_t * out,
    uint64_t * missing)
{
  int64_t base = level * empty_line_us (run->config);
  size_t n = 0;

  for (unsigned i = 0; i < run->width; i++)
    for (uint32_t c = from; c < to; c++) {
      int64_t arrival = run->nodes[level][i].arrival[c];

      if (arrival)
        out[n++] = arrival - closing_time (run, c) - base;
      else if (missing)
        (*missing)++;
    }
  qsort (out, n, sizeof *out, compare);
  return n;
}

static void
count_nodes (Run * run, unsigned level, P2pLossyHop * hop)
{
  uint64_t bytes = 0, media;

  for (unsigned i = 0; i < run->width; i++) {
    Node *node = &run->nodes[level][i];

    hop->requested += node->count.requested;
    hop->duplicates += node->count.duplicates;
    hop->rebuilt += node->count.rebuilt;
    for (unsigned j = 0; j < run->width; j++)
      bytes += p2p_vnet_end_get_count (node->up[j])->bytes
          + p2p_vnet_end_get_count (run->nodes[level - 1][j].down[i])->bytes;
  }
  media = (uint64_t) run->n_chunks * run->width
      * (run->config->message - P2P_LOSSY_OVERHEAD);
  hop->wire_ratio = (double) bytes / (double) media;
}

static void
measure_level (Run * run, unsigned level, P2pLossyHop * hop)
{
  uint32_t from = run->first_counted, to = run->n_chunks;
  uint32_t half = from + (to - from) / 2;
  int64_t *s = calloc ((size_t) (to - from) * run->width + 1, sizeof *s);
  size_t n;

  n = collect (run, level, from, half, s, NULL);
  hop->first_half_p50 = quantile (s, n, 0.5);
  n = collect (run, level, half, to, s, NULL);
  hop->second_half_p50 = quantile (s, n, 0.5);
  n = collect (run, level, from, to, s, &hop->missing);
  hop->chunks = (uint64_t) (to - from) * run->width;
  for (int i = 0; i < P2P_LOSSY_QUANTILES; i++)
    hop->quantile[i] = quantile (s, n, p2p_lossy_permille[i] / 1000.0);
  count_nodes (run, level, hop);
  free (s);
}

void
p2p_lossy_config_init (P2pLossyConfig * config)
{
  memset (config, 0, sizeof *config);
  config->seed = 1;
  config->tuning = p2p_vnet_tuned;
  config->message = 4 * P2P_VNET_ONE_PACKET;
  config->media_bps = 1700000;
  config->seconds = 60;
  config->rtt_us = 40000;
  config->parents = 2;
  config->hops = 2;
  config->request = true;
  config->overdue_floor_us = 60000;
  config->overdue_rtts = 2;
  config->overdue_jitters = 4;
}

static void
init_run (Run * run, const P2pLossyConfig * config)
{
  unsigned backup = config->parents < 2 ? 1 : 0;

  run->config = config;
  run->net = p2p_vnet_new (config->seed, &config->tuning);
  run->width = config->parents + backup;
  run->interval_us = (uint32_t) ((uint64_t) (config->message
          - P2P_LOSSY_OVERHEAD) * 8000000 / config->media_bps);
  run->start = SETTLE_US;
  run->first_counted = WARM_UP_US / run->interval_us;
  run->n_chunks = run->first_counted
      + (uint32_t) ((uint64_t) config->seconds * 1000000 / run->interval_us);
  if (config->parity)
    run->n_chunks -= run->n_chunks % config->parity;
  for (unsigned level = 0; level <= config->hops; level++)
    for (unsigned i = 0; i < run->width; i++)
      init_node (run, level, i);
  connect_levels (run);
}

void
p2p_lossy_run (const P2pLossyConfig * config, P2pLossyResult * result)
{
  Run *run = calloc (1, sizeof *run);

  memset (result, 0, sizeof *result);
  init_run (run, config);
  p2p_vnet_set_loss_start (run->net, run->start);
  p2p_vnet_at (run->net, run->start, on_chunk_closed, run, 0);
  p2p_vnet_run (run->net, closing_time (run, run->n_chunks) + DRAIN_US);
  for (unsigned level = 1; level <= config->hops; level++)
    measure_level (run, level, &result->hop[level - 1]);
  p2p_vnet_free (run->net);
  for (unsigned level = 0; level <= config->hops; level++)
    for (unsigned i = 0; i < run->width; i++)
      clear_node (&run->nodes[level][i]);
  free (run);
}

/* ---- bulk ---- */

#define BULK_WARM_UP_US 5000000
#define BULK_STEP_US 1000       /* how often the send buffer is filled */

static void
count_bytes (P2pVnetEnd * end, unsigned stream, const uint8_t * data,
    size_t len, void *user_data)
{
  *(uint64_t *) user_data += len;
}

static void
fill (P2pVnetEnd * end, const P2pLossyConfig * c)
{
  static const uint8_t message[MAX_MESSAGE];

  while (p2p_vnet_end_send (end, STREAM_DATA, message, c->message));
}

void
p2p_lossy_bulk (const P2pLossyConfig * c, P2pLossyBulk * result)
{
  P2pVnet *net = p2p_vnet_new (c->seed, &c->tuning);
  P2pVnetPath path = { c->rtt_us / 2, c->loss_ppm, c->rate_bps, c->queue_us };
  int64_t end = SETTLE_US + BULK_WARM_UP_US + (int64_t) c->seconds * 1000000;
  P2pVnetCount before = { 0 }, after;
  P2pVnetEnd *a, *b;
  uint64_t bytes = 0, warm_up = 0;

  p2p_vnet_set_loss_start (net, SETTLE_US);
  p2p_vnet_connect (net, path, path, &a, &b);
  p2p_vnet_end_set_receiver (b, count_bytes, &bytes);
  /* a handshake comes before media: both ends know the empty line */
  for (int64_t t = SETTLE_US / 2; t < SETTLE_US; t += SETTLE_US / 8) {
    p2p_vnet_run (net, t);
    p2p_vnet_end_send (a, STREAM_CONTROL, (const uint8_t *) "handshake", 9);
  }
  for (int64_t t = SETTLE_US; t < end; t += BULK_STEP_US) {
    p2p_vnet_run (net, t);
    fill (a, c);
    if (t <= SETTLE_US + BULK_WARM_UP_US) {
      warm_up = bytes;
      before = *p2p_vnet_end_get_count (a);
    }
  }
  after = *p2p_vnet_end_get_count (a);
  p2p_vnet_free (net);
  result->bps = c->seconds ? (bytes - warm_up) * 8 / c->seconds : 0;
  result->lost_ppm = after.packets == before.packets ? 0 :
      (uint32_t) ((after.lost - before.lost) * 1000000
      / (after.packets - before.packets));
}
