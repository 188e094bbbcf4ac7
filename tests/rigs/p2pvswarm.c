/* gst-plugins-p2p
 *
 * This library is free software; you can redistribute it and/or
 * modify it under the terms of the GNU Lesser General Public
 * License as published by the Free Software Foundation; either
 * version 2.1 of the License, or (at your option) any later version.
 */
/* p2pvswarm.c: see p2pvswarm.h. */
#include "p2pvswarm.h"
#include "p2pvmedia.h"
#include "../../gst/p2p/core/swarm/p2pswarm.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAX_PORTS (P2P_VSWARM_MAX_NODES - 1)
#define CLASSES 4
#define SETTLE_LINKS_US 3000000 /* associations come up, loss free */
#define DRAIN_US 5000000        /* nothing younger at the end is judged */
#define START_LOCAL 1000000000  /* monotonic clocks don't begin at 0 */
#define EPOCH_NTP (UINT64_C (3976214400) << 32) /* any date */
/* of the link, gstp2pnicelinkdata.c */
#define HIGH_MARK (1024 * 1024)
#define MIN_HANDED (32 * 1024)
/* of the session */
#define REPORT_BUSY_US 50000
#define REPORT_IDLE_TURNS 20
#define BINS 200                /* of 10 ms: any 2 s of the cap */

typedef struct Node Node;
typedef struct Run Run;

typedef struct Message Message;
struct Message
{
  Message *next;
  size_t len;
  uint8_t stream;
  uint8_t data[];
};

typedef struct
{
  Node *node;
  unsigned other;               /* node */
  P2pLinkId link;
  P2pVnetEnd *end;
  Message *first[CLASSES], *last[CLASSES];
  size_t queued;                /* bytes */
  bool had_unacked;
} Port;

struct Node
{
  Run *run;
  unsigned index;
  P2pSwarm *swarm;
  P2pPeerId id;
  Port ports[MAX_PORTS];
  unsigned n_ports;
  int64_t timer_at, stalled;
  unsigned report_turn;
  int64_t *arrival;             /* by chunk, 0 = not yet */
  uint8_t *hops;                /* by chunk; bit 7: pushed */
  P2pSwarmStats before;         /* when judging began */
};

struct Run
{
  const P2pVswarmConfig *config;
  P2pVnet *net;
  P2pVmedia media;
  Node nodes[P2P_VSWARM_MAX_NODES];
  unsigned n_nodes;
  int64_t begin, judge_from, end;
  int64_t *closed;              /* by chunk */
  uint32_t *size;
  uint32_t n_chunks, max_chunks;
  uint64_t bins[BINS], bin_sum, bin_max, bin_seen;
  int64_t bin;
};

static P2pTime
local_now (const Run * run)
{
  return START_LOCAL + p2p_vnet_now (run->net);
}

static bool
tracing (const Run * run)
{
  int64_t ms = p2p_vnet_now (run->net) / 1000;

  return ms >= run->config->trace_from_ms && ms < run->config->trace_to_ms;
}

/* ---- the link ---- */

static unsigned
class_of (uint8_t stream)
{
  switch (stream) {
    case P2P_STREAM_CONTROL:
      return 0;
    case P2P_STREAM_REALTIME:
      return 1;
    case P2P_STREAM_BULK:
      return 3;
    default:
      return 2;
  }
}

static uint32_t
unacked (const Port * port)
{
  return (uint32_t) port->queued + p2p_vnet_end_get_unacked (port->end);
}

static bool
may_hand_down (Port * port)
{
  uint32_t n = p2p_vnet_end_get_unacked (port->end);

  if (p2p_vnet_end_waits (port->end))
    return false;
  return n < MIN_HANDED || n < 2 * p2p_vnet_end_get_cwnd (port->end);
}

static void
pump (Port * port)
{
  for (unsigned c = 0; c < CLASSES; c++) {
    Message *m;

    while ((m = port->first[c]) != NULL) {
      if (!may_hand_down (port)
          || !p2p_vnet_end_send (port->end, m->stream, m->data, m->len))
        return;
      port->queued -= m->len;
      port->first[c] = m->next;
      if (m->next == NULL)
        port->last[c] = NULL;
      free (m);
    }
  }
}

static void
send_on (Port * port, const P2pAction * a)
{
  uint32_t stored = 0;
  const uint8_t *body = p2p_slice_data (a->u.send.body, &stored);
  size_t len = a->u.send.head_len + (size_t) stored;
  unsigned c = class_of (a->u.send.stream);
  Message *m;

  if (unacked (port) + len > HIGH_MARK)
    return;
  m = malloc (sizeof *m + len);
  m->next = NULL;
  m->len = len;
  m->stream = a->u.send.stream;
  memcpy (m->data, a->u.send.head, a->u.send.head_len);
  if (stored)
    memcpy (m->data + a->u.send.head_len, body, stored);
  if (port->last[c])
    port->last[c]->next = m;
  else
    port->first[c] = m;
  port->last[c] = m;
  port->queued += len;
  port->had_unacked = true;
  pump (port);
}

/* ---- the host ---- */

static void drain (Node * node);

static void
report (Port * port)
{
  const P2pVnetCount *count = p2p_vnet_end_get_count (port->end);
  P2pLinkStats s = { 0 };
  Node *node = port->node;

  s.unacked = unacked (port);
  s.srtt_us = p2p_vnet_end_get_rtt (port->end);
  s.wire_sent = count->bytes;
  s.wire_received = count->received;
  s.last_received = count->last_received < 0 ? P2P_TIME_NONE :
      START_LOCAL + count->last_received;
  p2p_swarm_link_stats (node->swarm, port->link, &s, local_now (node->run));
  drain (node);
}

static void
on_acked (void *user_data, uint64_t value)
{
  Port *port = user_data;

  (void) value;
  pump (port);
  if (unacked (port) == 0 && port->had_unacked) {
    port->had_unacked = false;
    report (port);
  }
}

/* A busy machine: the process waits for a processor. */
static void
on_stall (void *user_data, uint64_t value)
{
  Node *node = user_data;
  const P2pVswarmConfig *c = node->run->config;
  P2pVnet *net = node->run->net;
  int64_t now = p2p_vnet_now (net);

  (void) value;
  node->stalled = now + p2p_vnet_random (net, c->stall_us);
  for (unsigned i = 0; i < node->n_ports; i++)
    p2p_vnet_end_stall (node->ports[i].end, node->stalled);
  p2p_vnet_at (net, node->stalled + p2p_vnet_random (net,
          2 * c->stall_every_us), on_stall, node, 0);
}

static void
on_report (void *user_data, uint64_t value)
{
  Node *node = user_data;
  bool busy = node->report_turn++ % REPORT_IDLE_TURNS == 0;

  (void) value;
  if (node->stalled > p2p_vnet_now (node->run->net)) {
    p2p_vnet_at (node->run->net, node->stalled, on_report, node, 0);
    return;
  }
  for (unsigned i = 0; i < node->n_ports; i++)
    busy = busy || unacked (&node->ports[i]) > 0;
  for (unsigned i = 0; busy && i < node->n_ports; i++)
    report (&node->ports[i]);
  p2p_vnet_at (node->run->net, p2p_vnet_now (node->run->net) + REPORT_BUSY_US,
      on_report, node, 0);
}

static void
on_timer (void *user_data, uint64_t value)
{
  Node *node = user_data;

  if ((int64_t) value != node->timer_at)
    return;
  if (node->stalled > p2p_vnet_now (node->run->net)) {
    node->timer_at = node->stalled;
    p2p_vnet_at (node->run->net, node->stalled, on_timer, node,
        (uint64_t) node->stalled);
    return;
  }
  node->timer_at = INT64_MAX;
  p2p_swarm_tick (node->swarm, local_now (node->run));
  drain (node);
}

static void
arm_timer (Node * node)
{
  P2pTime next = p2p_swarm_next_deadline (node->swarm);
  int64_t now = p2p_vnet_now (node->run->net);

  if (next == P2P_TIME_NEVER)
    return;
  next -= START_LOCAL;
  if (next < now)
    next = now;
  if (next >= node->timer_at)
    return;
  node->timer_at = next;
  p2p_vnet_at (node->run->net, next, on_timer, node, (uint64_t) next);
}

static void
trace_send (const Node * node, const Port * port, const P2pAction * a)
{
  P2pReader r;
  P2pMessage m;

  printf ("%.1f %u>%u", (double) p2p_vnet_now (node->run->net) / 1e3,
      node->index, port->other);
  p2p_reader_init (&r, a->u.send.head, a->u.send.head_len);
  r.pos = 4;
  while (p2p_wire_next (&r, a->u.send.head_len + a->u.send.body.len,
          &m) == P2P_OK) {
    if (m.type == P2P_MSG_DATA)
      printf (" data %u", m.u.data.chunk.first);
    else if (m.type == P2P_MSG_REQUEST)
      printf (" request %u", m.u.range.first);
    else if (m.type == P2P_MSG_CANCEL)
      printf (" cancel %u", m.u.range.first);
    else if (m.type == P2P_MSG_HAVE)
      printf (" have %u", m.u.range.first);
    else if (m.type != P2P_MSG_SIGNED_INTEGRITY)
      printf (" type %u", m.type);
  }
  printf (" (unacked %u cwnd %u)\n", unacked (port),
      p2p_vnet_end_get_cwnd (port->end));
}

static void
do_send (Node * node, const P2pAction * a)
{
  for (unsigned i = 0; i < node->n_ports; i++) {
    if (node->ports[i].link != a->link)
      continue;
    if (tracing (node->run))
      trace_send (node, &node->ports[i], a);
    send_on (&node->ports[i], a);
  }
}

static void
do_deliver (Node * node, const P2pAction * a)
{
  Run *run = node->run;
  uint32_t chunk = a->u.deliver.chunk;

  if (node->index == 0 || chunk >= run->n_chunks)
    return;
  node->arrival[chunk] = a->u.deliver.arrival - START_LOCAL;
  node->hops[chunk] = (uint8_t) (a->u.deliver.hops
      | (a->u.deliver.pushed ? 0x80 : 0));
}

static void
drain (Node * node)
{
  static const uint8_t signature[P2P_SIGNATURE_LEN];
  P2pTime now = local_now (node->run);
  P2pAction a;

  while (p2p_swarm_next_action (node->swarm, &a)) {
    P2pToken token = a.token;

    switch (a.type) {
      case P2P_ACTION_SEND:
        do_send (node, &a);
        break;
      case P2P_ACTION_SIGN:
        p2p_swarm_signed (node->swarm, token, signature, now);
        break;
      case P2P_ACTION_VERIFY:
        p2p_swarm_verified (node->swarm, token, true, now);
        break;
      case P2P_ACTION_DELIVER:
        do_deliver (node, &a);
        break;
      default:
        break;
    }
  }
  arm_timer (node);
}

static void
on_message (P2pVnetEnd * end, unsigned stream, const uint8_t * data,
    size_t len, void *user_data)
{
  Port *port = user_data;
  Node *node = port->node;
  P2pPayload *payload = p2p_payload_new_copy (data, (uint32_t) len);
  P2pSlice slice = { payload, 0, (uint32_t) len };

  (void) end;
  (void) stream;
  p2p_swarm_frame (node->swarm, port->link, slice, local_now (node->run));
  p2p_payload_unref (payload);
  drain (node);
}

/* ---- the publisher ---- */

static void
publish_header (Node * node)
{
  static const char caps[] = "video/x-flv";
  P2pStreamHeader h = { 0 };

  h.flags = P2P_HEADER_VIDEO | P2P_HEADER_CONTAINER;
  h.chunk_duration_us = 62000;
  h.bitrate = node->run->config->media_bps;
  h.window_ms = 10000;
  h.k = 1;
  h.caps = (const uint8_t *) caps;
  h.caps_len = sizeof caps - 1;
  p2p_swarm_publish_header (node->swarm, &h, local_now (node->run));
  drain (node);
}

static void
publish_chunk (Run * run, uint32_t len, bool join)
{
  static uint8_t zero[P2P_CHUNK_ENVELOPE_LEN + P2P_MAX_CHUNK_MEDIA];
  Node *node = &run->nodes[0];
  P2pChunkEnvelope e = { 0 };
  P2pPayload *payload;

  if (run->n_chunks == run->max_chunks)
    return;
  e.flags = join ? P2P_CHUNK_JOIN : 0;
  e.records = 1;
  e.join_distance = 0xffff;
  e.duration_us = 20000;
  payload = p2p_payload_new_copy (zero, P2P_CHUNK_ENVELOPE_LEN + len);
  p2p_chunk_envelope_put ((uint8_t *) payload->data, &e);
  run->closed[run->n_chunks] = p2p_vnet_now (run->net);
  run->size[run->n_chunks++] = len;
  p2p_swarm_publish_chunk (node->swarm, payload, (uint8_t *) payload->data,
      local_now (run));
  p2p_payload_unref (payload);
  drain (node);
}

static void
on_media (void *user_data, uint64_t value)
{
  Run *run = user_data;
  int64_t now = p2p_vnet_now (run->net);
  uint32_t len;
  bool join;

  (void) value;
  if (run->nodes[0].stalled > now) {
    p2p_vnet_at (run->net, run->nodes[0].stalled, on_media, run, 0);
    return;
  }
  while (p2p_vmedia_take (&run->media, now, &len, &join))
    publish_chunk (run, len, join);
  if (now < run->end)
    p2p_vnet_at (run->net, p2p_vmedia_next (&run->media), on_media, run, 0);
}

/* The largest sum over 2 s of what the publisher sends. */
static void
on_bin (void *user_data, uint64_t value)
{
  Run *run = user_data;
  Node *node = &run->nodes[0];
  uint64_t sum = 0, *bin = &run->bins[run->bin++ % BINS];

  (void) value;
  for (unsigned i = 0; i < node->n_ports; i++)
    sum += p2p_vnet_end_get_count (node->ports[i].end)->bytes;
  run->bin_sum += sum - run->bin_seen - *bin;
  *bin = sum - run->bin_seen;
  run->bin_seen = sum;
  if (run->bin_sum > run->bin_max && p2p_vnet_now (run->net) > run->begin)
    run->bin_max = run->bin_sum;
  p2p_vnet_at (run->net, p2p_vnet_now (run->net) + 10000, on_bin, run, 0);
}

/* ---- set-up ---- */

static void
init_node (Run * run, unsigned index)
{
  const P2pVswarmConfig *c = run->config;
  Node *node = &run->nodes[index];
  P2pSwarmConfig config = { 0 };

  node->run = run;
  node->index = index;
  node->timer_at = INT64_MAX;
  for (unsigned i = 0; i < P2P_PEER_ID_LEN; i++)
    node->id.b[i] = (uint8_t) p2p_vnet_random (run->net, 256);
  config.role = index == 0 ? P2P_ROLE_SOURCE : P2P_ROLE_RELAY;
  config.swarm_id.b[0] = P2P_SWARM_ALG_ED25519;
  config.peer_id = node->id;
  config.seed = ((uint64_t) p2p_vnet_random (run->net, UINT32_MAX) << 32)
      | p2p_vnet_random (run->net, UINT32_MAX);
  config.window_us = 10000000;
  config.latency_us = 1000000;
  config.k = c->k;
  if (index == 0) {
    config.epoch = config.source_clock = EPOCH_NTP;
    config.max_upload_bps = (uint32_t) ((uint64_t) c->media_bps
        * c->cap_streams_x10 / 10);
  }
  node->swarm = p2p_swarm_new (&config, local_now (run));
  node->arrival = calloc (run->max_chunks, sizeof *node->arrival);
  node->hops = calloc (run->max_chunks, 1);
}

static Port *
add_port (Node * node, unsigned other, P2pVnetEnd * end)
{
  Port *port = &node->ports[node->n_ports++];

  port->node = node;
  port->other = other;
  port->link = node->n_ports;
  port->end = end;
  p2p_vnet_end_set_receiver (end, on_message, port);
  p2p_vnet_end_set_acked (end, on_acked, port);
  return port;
}

static void
connect_all (Run * run)
{
  P2pVnetPath path = { run->config->rtt_us / 2, run->config->loss_ppm, 0, 0 };
  P2pScGate *gate = !run->config->gate ? NULL :
      p2p_vnet_add_gate (run->net, (uint64_t) run->config->media_bps
      * run->config->cap_streams_x10 / 10);

  for (unsigned i = 0; i < run->n_nodes; i++)
    for (unsigned j = i + 1; j < run->n_nodes; j++) {
      P2pVnetEnd *a, *b;

      p2p_vnet_connect (run->net, path, path, &a, &b);
      add_port (&run->nodes[i], j, a);
      add_port (&run->nodes[j], i, b);
      if (i == 0 && gate)
        p2p_vnet_end_set_gate (a, gate);
    }
}

static void
link_up (Node * node, Port * port)
{
  P2pLinkInfo info = { 0 };

  info.peer_id = node->run->nodes[port->other].id;
  info.offerer = node->index < port->other;
  info.path = P2P_PATH_HOST;
  info.rtt_us = node->run->config->rtt_us;
  info.local_channel = node->index * 100 + port->link;
  p2p_swarm_link_up (node->swarm, port->link, &info, local_now (node->run));
  drain (node);
}

/* Listeners come one after the other, as started processes do. */
static void
on_join (void *user_data, uint64_t index)
{
  Run *run = user_data;
  Node *node = &run->nodes[index];

  for (unsigned i = 0; i < node->n_ports; i++) {
    Port *port = &node->ports[i];
    Node *other = &run->nodes[port->other];

    if (other->index > node->index)
      continue;
    link_up (node, port);
    for (unsigned j = 0; j < other->n_ports; j++)
      if (other->ports[j].other == node->index)
        link_up (other, &other->ports[j]);
  }
}

/* ---- results ---- */

static int
compare (const void *a, const void *b)
{
  int64_t x = *(const int64_t *) a, y = *(const int64_t *) b;

  return x < y ? -1 : x > y;
}

static int64_t
quantile (const int64_t * sorted, size_t n, unsigned permille)
{
  return n ? sorted[(n - 1) * permille / 1000] : 0;
}

/* Lags of one hop count of chunks [from, to), sorted. */
static size_t
collect (Run * run, unsigned hops, uint32_t from, uint32_t to, int64_t * out,
    uint64_t * pushed)
{
  size_t n = 0;

  for (unsigned i = 1; i < run->n_nodes; i++)
    for (uint32_t c = from; c < to; c++) {
      const Node *node = &run->nodes[i];

      if (!node->arrival[c] || (node->hops[c] & 0x7f) != hops)
        continue;
      if (pushed)
        *pushed += node->hops[c] >> 7;
      out[n++] = node->arrival[c] - run->closed[c]
      - (int64_t) hops *run->config->rtt_us / 2;
    }
  qsort (out, n, sizeof *out, compare);
  return n;
}

static void
measure_hop (Run * run, unsigned hops, uint32_t from, uint32_t to,
    P2pVswarmHop * out)
{
  int64_t *s = calloc ((size_t) (to - from) * run->n_nodes + 1, sizeof *s);
  uint32_t half = from + (to - from) / 2;
  size_t n;

  n = collect (run, hops, from, half, s, NULL);
  out->first_half_p50 = quantile (s, n, 500);
  n = collect (run, hops, half, to, s, NULL);
  out->second_half_p50 = quantile (s, n, 500);
  n = collect (run, hops, from, to, s, &out->pushed);
  out->chunks = n;
  out->p50 = quantile (s, n, 500);
  out->p95 = quantile (s, n, 950);
  out->p99 = quantile (s, n, 990);
  out->max = n ? s[n - 1] : 0;
  free (s);
}

static void
count_node (Run * run, Node * node, uint32_t from, uint32_t to,
    P2pVswarmResult * out)
{
  const P2pSwarmStats *b = &node->before;
  P2pSwarmStats s;

  for (unsigned i = 0; i < node->n_ports; i++)
    out->wire_bytes += p2p_vnet_end_get_count (node->ports[i].end)->bytes;
  if (node->index == 0)
    return;
  p2p_swarm_get_stats (node->swarm, local_now (run), &s);
  out->duplicates += s.chunks_duplicate - b->chunks_duplicate;
  out->late += s.chunks_late - b->chunks_late;
  out->requests += s.requests_sent - b->requests_sent;
  out->overdue += s.overdue - b->overdue;
  out->received += s.chunks_pushed_from_peers - b->chunks_pushed_from_peers
      + s.chunks_requested_from_peers - b->chunks_requested_from_peers;
  for (uint32_t c = from; c < to; c++) {
    out->expected++;
    out->missing += node->arrival[c] == 0;
    out->media_bytes += run->size[c];
  }
  for (uint32_t c = 0; c < run->n_chunks; c++)
    out->all_media_bytes += run->size[c];
}

static void
measure (Run * run, P2pVswarmResult * out)
{
  uint32_t from = 0, to;

  while (from < run->n_chunks && run->closed[from] < run->judge_from)
    from++;
  to = from;
  while (to < run->n_chunks && run->closed[to] < run->end)
    to++;
  for (unsigned h = 1; h <= P2P_VSWARM_MAX_HOPS; h++)
    measure_hop (run, h, from, to, &out->hop[h - 1]);
  for (unsigned i = 0; i < run->n_nodes; i++)
    count_node (run, &run->nodes[i], from, to, out);
  out->peak_2s_bps = (uint32_t) (run->bin_max * 4);
}

void
p2p_vswarm_config_init (P2pVswarmConfig * c)
{
  memset (c, 0, sizeof *c);
  c->seed = 1;
  c->tuning = p2p_vnet_tuned;
  c->listeners = 4;
  c->seconds = 60;
  c->settle_s = 15;
  c->rtt_us = 40000;
  c->media_bps = 1700000;
  c->fps = 30;
  c->packets = 4;
  c->cap_streams_x10 = 40;
  c->gate = 1;
}

static void
clear_node (Node * node)
{
  p2p_swarm_free (node->swarm);
  for (unsigned i = 0; i < node->n_ports; i++)
    for (unsigned c = 0; c < CLASSES; c++) {
      Message *m;

      while ((m = node->ports[i].first[c]) != NULL) {
        node->ports[i].first[c] = m->next;
        free (m);
      }
    }
  free (node->arrival);
  free (node->hops);
}

static void
start (Run * run)
{
  const P2pVswarmConfig *c = run->config;
  int64_t first = SETTLE_LINKS_US + 2000000;

  run->begin = SETTLE_LINKS_US;
  run->judge_from = first + 1000000 + (int64_t) c->settle_s * 1000000;
  run->end = run->judge_from + (int64_t) c->seconds * 1000000;
  run->max_chunks = (uint32_t) ((run->end + DRAIN_US) / 1000000
      * (c->media_bps / 8) / 1000 + 1000);
  run->closed = calloc (run->max_chunks, sizeof *run->closed);
  run->size = calloc (run->max_chunks, sizeof *run->size);
  for (unsigned i = 0; i < run->n_nodes; i++)
    init_node (run, i);
  connect_all (run);
  p2p_vnet_set_loss_start (run->net, run->begin);
  p2p_vnet_run (run->net, run->begin);
  publish_header (&run->nodes[0]);
  p2p_vmedia_init (&run->media, run->net, c, run->begin);
  p2p_vnet_at (run->net, run->begin, on_media, run, 0);
  p2p_vnet_at (run->net, 10000, on_bin, run, 0);
  for (unsigned i = 0; i < run->n_nodes; i++) {
    p2p_vnet_at (run->net, run->begin, on_report, &run->nodes[i], 0);
    if (c->stall_us)
      p2p_vnet_at (run->net, run->begin, on_stall, &run->nodes[i], 0);
    if (i > 0)
      p2p_vnet_at (run->net, first + i * 50000, on_join, run, i);
  }
}

void
p2p_vswarm_run (const P2pVswarmConfig * config, P2pVswarmResult * result)
{
  Run *run = calloc (1, sizeof *run);

  memset (result, 0, sizeof *result);
  run->config = config;
  run->n_nodes = config->listeners + 1;
  run->net = p2p_vnet_new (config->seed, &config->tuning);
  start (run);
  p2p_vnet_run (run->net, run->judge_from);
  for (unsigned i = 0; i < run->n_nodes; i++)
    p2p_swarm_get_stats (run->nodes[i].swarm, local_now (run),
        &run->nodes[i].before);
  p2p_vnet_run (run->net, run->end + DRAIN_US);
  measure (run, result);
  p2p_vnet_free (run->net);
  for (unsigned i = 0; i < run->n_nodes; i++)
    clear_node (&run->nodes[i]);
  free (run->closed);
  free (run->size);
  free (run);
}
