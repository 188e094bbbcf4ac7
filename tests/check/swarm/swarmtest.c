/* gst-plugins-p2p
 *
 * This library is free software; you can redistribute it and/or
 * modify it under the terms of the GNU Lesser General Public
 * License as published by the Free Software Foundation; either
 * version 2.1 of the License, or (at your option) any later version.
 */
/* swarmtest.c: see swarmtest.h. */
#include "swarmtest.h"
#include "../../../gst/p2p/core/base/p2prandom.h"

#include <stdlib.h>
#include <string.h>

#define EPOCH (UINT64_C (3900000000) << 32)
#define START P2P_SEC (100)

typedef enum
{ FRAME, ACK, CHECKED } Kind;

typedef struct
{
  P2pTime time, sent;
  uint64_t order;
  Kind kind;
  unsigned from, to;
  P2pPayload *payload;          /* FRAME */
  uint32_t len;                 /* ACK: bytes; CHECKED: token */
  bool good;
} Event;

struct Bench
{
  P2pTime now, delay, verify_delay;
  unsigned n;
  P2pSwarm *swarm[BENCH_MAX];
  bool linked[BENCH_MAX][BENCH_MAX], blocked[BENCH_MAX][BENCH_MAX],
      forged[BENCH_MAX][BENCH_MAX], held[BENCH_MAX][BENCH_MAX],
      stopped[BENCH_MAX];
  uint32_t lose_first[BENCH_MAX][BENCH_MAX], lose_end[BENCH_MAX][BENCH_MAX],
      lose_but[BENCH_MAX][BENCH_MAX];
  uint32_t unacked[BENCH_MAX][BENCH_MAX];
  uint64_t wire[BENCH_MAX][BENCH_MAX];
  P2pTime heard[BENCH_MAX][BENCH_MAX], told;
  P2pTime jitter[BENCH_MAX][BENCH_MAX], last[BENCH_MAX][BENCH_MAX];
  P2pTime tell_every;
  int64_t skew_ppm[BENCH_MAX];
  uint32_t line_bps[BENCH_MAX]; /* 0: no limit */
  P2pTime line_free[BENCH_MAX], late[BENCH_MAX],
      ack_late[BENCH_MAX][BENCH_MAX], srtt[BENCH_MAX][BENCH_MAX];
  P2pRandom random;
  BenchDeliver *on_deliver;
  void *data;
  Book book[BENCH_MAX];
  P2pPeerId id[BENCH_MAX];
  Event *events;
  unsigned n_events, cap_events;
  uint64_t order;
  uint32_t published;
};

static void
add_event (Bench * b, Event e)
{
  if (b->n_events == b->cap_events) {
    b->cap_events = b->cap_events ? b->cap_events * 2 : 64;
    b->events = realloc (b->events, b->cap_events * sizeof e);
    if (!b->events)
      abort ();
  }
  e.order = b->order++;
  b->events[b->n_events++] = e;
}

Bench *
bench_new (P2pTime delay)
{
  Bench *b = calloc (1, sizeof *b);

  if (!b)
    abort ();
  b->now = b->told = START;
  b->delay = delay;
  b->tell_every = P2P_MSEC (50);
  p2p_random_init (&b->random, 1);
  return b;
}

/* What the node's clock says. */
static P2pTime
local (const Bench * b, unsigned node)
{
  return b->now + (b->now - START) * b->skew_ppm[node] / 1000000;
}

/* When it will say that, not before. */
static P2pTime global (const Bench * b, unsigned node, P2pTime t)
{
  if (b->skew_ppm[node] == 0 || t > P2P_TIME_NEVER / 2000000)
    return t;
  return START + (t - START) * 1000000 / (1000000 + b->skew_ppm[node]) + 2;
}

void
bench_free (Bench * b)
{
  for (unsigned i = 0; i < b->n; i++)
    p2p_swarm_free (b->swarm[i]);
  for (unsigned i = 0; i < b->n_events; i++)
    p2p_payload_unref (b->events[i].payload);
  free (b->events);
  free (b);
}

void
bench_config (P2pSwarmConfig * c, P2pRole role, unsigned node)
{
  memset (c, 0, sizeof *c);
  c->role = role;
  c->swarm_id.b[0] = P2P_SWARM_ALG_ED25519;
  memset (c->peer_id.b, (int) node + 1, sizeof c->peer_id.b);
  c->seed = node + 1;
  c->latency_us = P2P_SEC (1);
  if (role == P2P_ROLE_SOURCE)
    c->epoch = c->source_clock = EPOCH;
}

unsigned
bench_add (Bench * b, const P2pSwarmConfig * c)
{
  b->id[b->n] = c->peer_id;
  b->swarm[b->n] = p2p_swarm_new (c, local (b, b->n));
  if (!b->swarm[b->n])
    abort ();
  return b->n++;
}

void
bench_add_source (Bench * b)
{
  P2pSwarmConfig c;

  bench_config (&c, P2P_ROLE_SOURCE, 0);
  bench_add (b, &c);
}

void
bench_add_listeners (Bench * b, unsigned n)
{
  P2pSwarmConfig c;

  while (n-- > 0) {
    bench_config (&c, P2P_ROLE_RELAY, b->n);
    bench_add (b, &c);
  }
}

/* ---- actions ---- */

static void
sign (const uint8_t * prefix, P2pSlice body, uint8_t out[64])
{
  uint32_t stored, sum = 7;
  const uint8_t *d = p2p_slice_data (body, &stored);

  for (int i = 0; i < P2P_SIGN_PREFIX_LEN; i++)
    sum = sum * 31 + prefix[i];
  for (uint32_t i = 0; i < stored; i++)
    sum = sum * 31 + d[i];
  for (int i = 0; i < 64; i++)
    out[i] = (uint8_t) (sum >> (i % 4 * 8));
}

static uint32_t
wire_bytes (uint32_t len)
{
  return len + (len + P2P_PACKET_PAYLOAD - 1) / P2P_PACKET_PAYLOAD
      * P2P_PACKET_HEADERS;
}

/* Returns the chunk if it is DATA, else UINT32_MAX. */
static uint32_t
note_messages (Book * book, const uint8_t * head, uint32_t head_len,
    uint32_t len)
{
  P2pReader r;
  P2pMessage m;
  uint32_t channel, chunk = UINT32_MAX;

  p2p_reader_init (&r, head, head_len);
  p2p_read_u32 (&r, &channel);
  while (p2p_wire_next (&r, len, &m) == P2P_OK) {
    book->sent[m.type & 255]++;
    if (m.type == P2P_MSG_STATUS)
      book->status_ids += m.u.status.path_len;
    if (m.type == P2P_MSG_DATA) {
      book->last_push = chunk = m.u.data.chunk.first;
      book->data_bytes += wire_bytes (len);
    }
  }
  return chunk;
}

/* It counts as acknowledged: the link itself is fine. */
static void
lose (Bench * b, Event * e, uint32_t len)
{
  p2p_payload_unref (e->payload);
  e->payload = NULL;
  e->kind = ACK;
  e->time += b->delay;
  e->len = len;
  add_event (b, *e);
}

static bool
is_lost (const Bench * b, unsigned from, unsigned to, uint32_t chunk)
{
  uint32_t period = b->lose_but[from][to];

  return chunk != UINT32_MAX && ((chunk >= b->lose_first[from][to]
          && chunk < b->lose_end[from][to]) || (period && chunk % period));
}

/* When the last bit is out of the node's access link. */
static P2pTime
through_line (Bench * b, unsigned node, uint32_t bytes)
{
  P2pTime *free = &b->line_free[node];

  if (b->line_bps[node] == 0)
    return b->now;
  if (*free < b->now)
    *free = b->now;
  *free += (P2pTime) bytes *8000000 / b->line_bps[node];
  return *free;
}

static void
on_send (Bench * b, unsigned from, const P2pAction * a)
{
  unsigned to = (a->link - 1) / BENCH_MAX == from ?
      (a->link - 1) % BENCH_MAX : (a->link - 1) / BENCH_MAX;
  uint32_t stored, head = a->u.send.head_len, len, chunk;
  const uint8_t *body = p2p_slice_data (a->u.send.body, &stored);
  uint8_t *copy = malloc (head + stored + 1);
  Event e = { 0 };

  if (!copy)
    abort ();
  memcpy (copy, a->u.send.head, head);
  if (stored)
    memcpy (copy + head, body, stored);
  len = head + stored;
  chunk = note_messages (&b->book[from], copy, head, len);
  if (to >= BENCH_MAX) {        /* a link that a test made up */
    free (copy);
    return;
  }
  if (b->forged[from][to] && a->u.send.stream == P2P_STREAM_DATA)
    copy[len - 1] ^= 1;
  b->unacked[from][to] += len;
  b->wire[from][to] += wire_bytes (len);
  e.sent = b->now;
  e.time = through_line (b, from, wire_bytes (len)) + b->delay + b->late[to];
  if (b->jitter[from][to])
    e.time += (P2pTime) p2p_random_range (&b->random,
        (uint32_t) b->jitter[from][to]);
  if (e.time < b->last[from][to])       /* they queue */
    e.time = b->last[from][to];
  b->last[from][to] = e.time;
  if (b->held[from][to])
    e.time = P2P_TIME_NEVER;
  e.from = from;
  e.to = to;
  e.payload = p2p_payload_new_copy (copy, len);
  free (copy);
  if (b->blocked[from][to] || !b->linked[from][to])
    p2p_payload_unref (e.payload);
  else if (is_lost (b, from, to, chunk))
    lose (b, &e, len);
  else
    add_event (b, e);
}

static void
on_crypto (Bench * b, unsigned i, const P2pAction * a)
{
  uint8_t sig[64];
  bool good;

  sign (a->u.crypto.prefix, a->u.crypto.body, sig);
  if (a->type == P2P_ACTION_SIGN) {
    p2p_swarm_signed (b->swarm[i], a->token, sig, local (b, i));
    return;
  }
  good = memcmp (sig, a->u.crypto.signature, 64) == 0
      || memcmp (a->u.crypto.prefix, P2P_TAG_PEER, 8) == 0;
  if (b->verify_delay == 0)
    p2p_swarm_verified (b->swarm[i], a->token, good, local (b, i));
  else
    add_event (b, (Event) {
        .time = b->now + b->verify_delay,.kind = CHECKED,.to = i,.len =
        a->token,.good = good}
  );
}

static void
on_event (Book * k, const P2pAction * a)
{
  k->joined += a->u.event.event == P2P_EVENT_JOINED;
  k->peers += a->u.event.event == P2P_EVENT_PEER_ADDED;
  k->left += a->u.event.event == P2P_EVENT_PUBLISHER_LEFT;
  k->back += a->u.event.event == P2P_EVENT_PUBLISHER_BACK;
  k->ends += a->u.event.event == P2P_EVENT_END;
  k->epochs += a->u.event.event == P2P_EVENT_EPOCH;
  k->starving += a->u.event.event == P2P_EVENT_STARVING;
  k->recovered += a->u.event.event == P2P_EVENT_RECOVERED;
  if (a->u.event.event == P2P_EVENT_CAPACITY_DEFICIT) {
    k->deficits++;
    k->deficit_bps = a->u.event.value;
    k->demand_bps = a->u.event.demand;
  }
}

static void
act (Bench * b, unsigned i, const P2pAction * a)
{
  Book *k = &b->book[i];

  switch (a->type) {
    case P2P_ACTION_SEND:
      on_send (b, i, a);
      break;
    case P2P_ACTION_SIGN:
    case P2P_ACTION_VERIFY:
      on_crypto (b, i, a);
      break;
    case P2P_ACTION_HEADER:
      k->headers++;
      break;
    case P2P_ACTION_DELIVER:
      if (k->n_delivered == 0)
        k->first_delivery = b->now;
      if (k->n_delivered < BENCH_BOOK)
        k->delivered[k->n_delivered++] = a->u.deliver.chunk;
      k->discont += a->u.deliver.discont;
      if (b->on_deliver)
        b->on_deliver (b, i, a, b->data);
      break;
    case P2P_ACTION_SKIP:
      k->skipped += a->u.skip.last - a->u.skip.first + 1;
      if (b->on_deliver)
        b->on_deliver (b, i, a, b->data);
      break;
    case P2P_ACTION_WANT_LINKS:
      k->wants++;
      k->wanted += a->u.want.count;
      break;
    case P2P_ACTION_CONNECT:
      k->connects++;
      break;
    case P2P_ACTION_SIGNAL:
      k->signals++;
      break;
    case P2P_ACTION_DROP_LINK:
      k->dropped++;
      k->dropped_bad += a->u.drop.bad;
      break;
    case P2P_ACTION_EVENT:
      on_event (k, a);
      break;
    case P2P_ACTION_THRIFT:
      k->thrifty++;
      break;
  }
}

static void
drain (Bench * b, unsigned i)
{
  P2pAction a;

  while (b->swarm[i] && p2p_swarm_next_action (b->swarm[i], &a))
    act (b, i, &a);
}

static void
drain_all (Bench * b)
{
  for (unsigned i = 0; i < b->n; i++)
    drain (b, i);
}

/* ---- links ---- */

P2pLinkId
bench_link_id (unsigned a, unsigned b)
{
  return (a < b ? a * BENCH_MAX + b : b * BENCH_MAX + a) + 1;
}

static void
tell (Bench * b, unsigned from, unsigned to)
{
  P2pLinkStats s = { b->unacked[from][to], (uint32_t) (b->srtt[from][to] ?
        b->srtt[from][to] : 2 * b->delay),
    b->wire[from][to], b->wire[to][from], b->heard[from][to]
  };

  s.last_received += local (b, from) - b->now;

  if (b->swarm[from] && b->linked[from][to] && !b->stopped[from])
    p2p_swarm_link_stats (b->swarm[from], bench_link_id (from, to), &s,
        local (b, from));
}

P2pResult
bench_link (Bench * b, unsigned from, unsigned to)
{
  P2pLinkInfo info = { 0 };
  P2pResult r;

  b->linked[from][to] = b->linked[to][from] = true;
  b->heard[from][to] = b->heard[to][from] = b->now;
  info.peer_id = b->id[to];
  info.local_channel = 100 + to;
  info.offerer = true;
  r = p2p_swarm_link_up (b->swarm[from], bench_link_id (from, to), &info,
      local (b, from));
  if (r == P2P_OK) {
    info.peer_id = b->id[from];
    info.local_channel = 100 + from;
    info.offerer = false;
    r = p2p_swarm_link_up (b->swarm[to], bench_link_id (from, to), &info,
        local (b, to));
  }
  drain_all (b);
  return r;
}

void
bench_join (Bench * b, unsigned node)
{
  for (unsigned i = 0; i < node; i++)
    bench_link (b, node, i);
}

void
bench_unlink (Bench * b, unsigned from, unsigned to)
{
  b->linked[from][to] = b->linked[to][from] = false;
  if (b->swarm[from])
    p2p_swarm_link_down (b->swarm[from], bench_link_id (from, to),
        local (b, from));
  if (b->swarm[to])
    p2p_swarm_link_down (b->swarm[to], bench_link_id (from, to), local (b, to));
  drain_all (b);
}

void
bench_remove (Bench * b, unsigned node)
{
  p2p_swarm_free (b->swarm[node]);
  b->swarm[node] = NULL;
}

void
bench_block (Bench * b, unsigned from, unsigned to, bool block)
{
  b->blocked[from][to] = block;
}

void
bench_hold (Bench * b, unsigned from, unsigned to, bool hold)
{
  b->held[from][to] = hold;
  for (unsigned i = 0; !hold && i < b->n_events; i++) {
    Event *e = &b->events[i];

    if (e->kind == FRAME && e->from == from && e->to == to
        && e->time == P2P_TIME_NEVER)
      b->last[from][to] = e->time = b->now + b->delay;
  }
}

void
bench_jitter (Bench * b, unsigned from, unsigned to, P2pTime jitter)
{
  b->jitter[from][to] = jitter;
}

void
bench_tell_every (Bench * b, P2pTime period)
{
  b->tell_every = period;
}

void
bench_line (Bench * b, unsigned node, uint32_t bps)
{
  b->line_bps[node] = bps;
}

P2pTime
bench_queue (const Bench * b, unsigned node)
{
  return b->line_free[node] > b->now ? b->line_free[node] - b->now : 0;
}

void
bench_slow_acks (Bench * b, unsigned from, unsigned to, P2pTime late)
{
  b->ack_late[from][to] = late;
}

void
bench_downlink (Bench * b, unsigned node, P2pTime late)
{
  b->late[node] = late;
}

void
bench_skew (Bench * b, unsigned node, int ppm)
{
  b->skew_ppm[node] = ppm;
}

P2pTime
bench_local (const Bench * b, unsigned node)
{
  return local (b, node);
}

void
bench_on_deliver (Bench * b, BenchDeliver * func, void *data)
{
  b->on_deliver = func;
  b->data = data;
}

void
bench_lose (Bench * b, unsigned from, unsigned to, uint32_t first,
    uint32_t last)
{
  b->lose_first[from][to] = first;
  b->lose_end[from][to] = last + 1;
}

void
bench_lose_but (Bench * b, unsigned from, unsigned to, uint32_t period)
{
  b->lose_but[from][to] = period;
}

void
bench_stop (Bench * b, unsigned node, bool stop)
{
  b->stopped[node] = stop;
}

void
bench_forge (Bench * b, unsigned from, unsigned to)
{
  b->forged[from][to] = true;
}

void
bench_verify_delay (Bench * b, P2pTime delay)
{
  b->verify_delay = delay;
}

/* ---- time ---- */

static void
arrive (Bench * b, Event * e)
{
  P2pSlice frame = { e->payload, 0, e->payload->len };

  if (b->swarm[e->to] && b->linked[e->from][e->to]
      && !b->blocked[e->from][e->to]) {
    b->heard[e->to][e->from] = b->now;
    p2p_swarm_frame (b->swarm[e->to], bench_link_id (e->from, e->to), frame,
        local (b, e->to));
    drain (b, e->to);
    add_event (b, (Event) {
          .time = b->now + b->delay + b->late[e->from]
        + b->ack_late[e->from][e->to],.sent = e->sent,.kind = ACK,.from =
          e->from,.to = e->to,.len = frame.len}
    );
  }
  p2p_payload_unref (e->payload);
}

/* RFC 6298 */
static void
note_round_trip (P2pTime * srtt, P2pTime rtt)
{
  *srtt = *srtt == 0 ? rtt : *srtt + (rtt - *srtt) / 8;
}

static void
handle (Bench * b, Event * e)
{
  if (e->kind == FRAME) {
    arrive (b, e);
  } else if (e->kind == ACK) {
    if (b->blocked[e->to][e->from] || !b->swarm[e->to])
      return;
    b->unacked[e->from][e->to] -= e->len;
    note_round_trip (&b->srtt[e->from][e->to], b->now - e->sent);
    b->heard[e->from][e->to] = b->now;
    tell (b, e->from, e->to);
    drain (b, e->from);
  } else if (b->swarm[e->to]) {
    p2p_swarm_verified (b->swarm[e->to], e->len, e->good, local (b, e->to));
    drain (b, e->to);
  }
}

static bool
stands_still (const Bench * b, const Event * e)
{
  return b->stopped[e->kind == ACK ? e->from : e->to];
}

/* The next event that may happen until then. */
static Event *
next_event (Bench * b, P2pTime until)
{
  Event *best = NULL;

  for (unsigned i = 0; i < b->n_events; i++) {
    Event *e = &b->events[i];

    if (e->time <= until && !stands_still (b, e) && (!best
            || e->time < best->time || (e->time == best->time
                && e->order < best->order)))
      best = e;
  }
  return best;
}

static P2pTime
next_tick (Bench * b, unsigned *who)
{
  P2pTime best = P2P_TIME_NEVER;

  for (unsigned i = 0; i < b->n; i++) {
    P2pTime t = b->swarm[i] && !b->stopped[i] ?
        global (b, i, p2p_swarm_next_deadline (b->swarm[i])) : P2P_TIME_NEVER;

    if (t < best) {
      best = t;
      *who = i;
    }
  }
  return best;
}

static void
tell_all (Bench * b)
{
  b->told = b->now;
  for (unsigned i = 0; i < b->n; i++)
    for (unsigned j = 0; j < b->n; j++)
      if (b->linked[i][j])
        tell (b, i, j);
  drain_all (b);
}

void
bench_run (Bench * b, P2pTime span)
{
  P2pTime end = b->now + span;

  for (;;) {
    unsigned who = 0;
    P2pTime tick = next_tick (b, &who), stats = b->told + b->tell_every;
    Event *e = next_event (b, end);

    if (stats < tick && stats <= end && (!e || stats < e->time)) {
      b->now = stats > b->now ? stats : b->now;
      tell_all (b);
    } else if (e && e->time <= tick) {
      Event copy = *e;

      *e = b->events[--b->n_events];
      b->now = copy.time > b->now ? copy.time : b->now;
      handle (b, &copy);
    } else if (tick <= end) {
      b->now = tick > b->now ? tick : b->now;
      p2p_swarm_tick (b->swarm[who], local (b, who));
      drain (b, who);
    } else {
      break;
    }
  }
  b->now = end;
}

/* ---- publishing ---- */

void
bench_header_of (Bench * b, uint8_t flags, P2pTime period, uint32_t bitrate)
{
  static const char caps[] = "audio/mpeg";
  P2pStreamHeader h;

  memset (&h, 0, sizeof h);
  h.flags = flags;
  h.chunk_duration_us = (uint32_t) period;
  h.bitrate = bitrate;
  h.caps = (const uint8_t *) caps;
  h.caps_len = sizeof caps - 1;
  p2p_swarm_publish_header (b->swarm[0], &h, local (b, 0));
  drain (b, 0);
}

void
bench_header (Bench * b, uint8_t flags)
{
  bench_header_of (b, flags, P2P_MSEC (125), 128000);
}

void
bench_chunk (Bench * b, uint32_t bytes, uint16_t flags)
{
  bench_chunk_of (b, 0, bytes, flags);
}

void
bench_chunk_of (Bench * b, unsigned node, uint32_t bytes, uint16_t flags)
{
  uint8_t *d = calloc (1, bytes);
  P2pChunkEnvelope e = { 0 };
  P2pPayload *p;

  if (!d)
    abort ();
  e.flags = flags;
  e.duration_us = 125000;
  p2p_chunk_envelope_put (d, &e);
  p = p2p_payload_new_copy (d, bytes);
  free (d);
  if (p2p_swarm_publish_chunk (b->swarm[node], p, (uint8_t *) p->data,
          local (b, node)) == P2P_OK && node == 0)
    b->published++;
  p2p_payload_unref (p);
  drain (b, node);
}

void
bench_publish (Bench * b, P2pTime span, P2pTime period, uint32_t bytes)
{
  for (P2pTime t = 0; t < span; t += period) {
    bench_chunk (b, bytes, P2P_CHUNK_JOIN);
    bench_run (b, period);
  }
}

P2pTime
bench_now (const Bench * b)
{
  return b->now;
}

P2pSwarm *
bench_swarm (Bench * b, unsigned node)
{
  return b->swarm[node];
}

Book *
bench_book (Bench * b, unsigned node)
{
  return &b->book[node];
}

uint32_t
bench_published (const Bench * b)
{
  return b->published;
}

void
bench_inject (Bench * b, unsigned from, unsigned to, const uint8_t * data,
    uint32_t len)
{
  P2pSlice frame = { p2p_payload_new_copy (data, len), 0, len };

  p2p_swarm_frame (b->swarm[to], bench_link_id (from, to), frame,
      local (b, to));
  p2p_payload_unref (frame.payload);
  drain (b, to);
}
