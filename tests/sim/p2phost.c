/* gst-plugins-p2p
 *
 * This library is free software; you can redistribute it and/or
 * modify it under the terms of the GNU Lesser General Public
 * License as published by the Free Software Foundation; either
 * version 2.1 of the License, or (at your option) any later version.
 */
/* p2phost.c: what a core asks of its host: frames, signatures, introductions,
 * offers through the overlay; and what it tells. */
#include "p2pworldpriv.h"
#include "p2pheap.h"

#include <stdlib.h>
#include <string.h>

#define TRACE_ALL 16            /* living members */
#define FAKE_SDP 700            /* bytes of an offer or answer */
#define SIGNAL_OFFER 0
#define SIGNAL_ANSWER 1
#define SIGNAL_REFUSAL 3
#define OFFER_WAIT P2P_SEC (4)  /* for room under the answerer's cap */
#define OFFER_AGAIN P2P_MSEC (50)
#define ANSWER_WAIT P2P_SEC (5)

static uint64_t
be (const uint8_t * b, unsigned n)
{
  uint64_t v = 0;

  while (n--)
    v = v << 8 | *b++;
  return v;
}

/* Eight bytes at a time, in one byte order everywhere. */
static uint64_t
mix_bytes (uint64_t h, const uint8_t * bytes, uint32_t len)
{
  for (uint32_t i = 0; i < len; i += 8)
    h = p2p_sim_mix (h, be (bytes + i, len - i < 8 ? len - i : 8));
  return p2p_sim_mix (h, len);
}

/* A keyed hash of the prefix and of what is stored of the body. */
void
p2p_host_signature (const P2pWorld * w, const uint8_t * prefix, P2pSlice body,
    uint8_t out[P2P_SIGNATURE_LEN])
{
  uint64_t h = w->config.seed ^ UINT64_C (0x5851f42d4c957f2d);
  uint32_t stored;
  const uint8_t *bytes = p2p_slice_data (body, &stored);

  h = mix_bytes (h, prefix, P2P_SIGN_PREFIX_LEN);
  h = mix_bytes (h, bytes, stored);
  h = p2p_sim_mix (h, body.len);
  for (unsigned i = 0; i < P2P_SIGNATURE_LEN / 8; i++) {
    h = p2p_sim_mix (h, i);
    memcpy (out + 8 * i, &h, 8);
  }
}

uint32_t
p2p_world_serial (const P2pWorld * w, uint64_t epoch, uint32_t chunk)
{
  for (unsigned i = w->n_epochs; i > 0; i--) {
    if (w->epochs[i - 1] == epoch)
      return w->epoch_base[i - 1] + chunk;
  }
  return NOBODY;
}

/* Prefix: tag 8, swarm 33, epoch 8, first 4, last 4, NTP 8. */
static uint32_t
serial_of_prefix (const P2pWorld * w, const uint8_t * prefix)
{
  if (memcmp (prefix, P2P_TAG_CHUNK, 8) != 0)
    return NOBODY;
  return p2p_world_serial (w, be (prefix + 41, 8),
      (uint32_t) be (prefix + 49, 4));
}

static void
do_verify (P2pWorld * w, P2pNode * n, const P2pAction * a)
{
  uint8_t right[P2P_SIGNATURE_LEN];
  uint32_t serial = serial_of_prefix (w, a->u.crypto.prefix);
  uintptr_t verdict = serial != NOBODY ? VERDICT_CHUNK : 0;
  P2pTime took = p2p_random_between (&w->sim.random, w->config.verify_min,
      w->config.verify_max);

  p2p_host_signature (w, a->u.crypto.prefix, a->u.crypto.body, right);
  if (memcmp (right, a->u.crypto.signature, sizeof right) == 0)
    verdict |= VERDICT_GOOD;
  else
    w->measure.bad_verified++;
  p2p_sim_at (&w->sim, w->sim.now + took, EV_VERIFIED, n->index, a->token,
      serial, (void *) verdict);
}

static void
do_sign (P2pWorld * w, P2pNode * n, const P2pAction * a)
{
  uint8_t *signature = malloc (P2P_SIGNATURE_LEN);

  if (signature == NULL)
    abort ();
  p2p_host_signature (w, a->u.crypto.prefix, a->u.crypto.body, signature);
  p2p_sim_at (&w->sim, w->sim.now + w->config.sign, EV_SIGNED, n->index,
      a->token, 0, signature);
}

/* ---- sending, and lying ---- */

/* Every STATUS of the frame says that all is there, up to the edge. */
static uint32_t
falsify_maps (const uint8_t * head, uint32_t len, uint8_t * out, size_t cap)
{
  P2pReader r;
  P2pWriter w;
  P2pMessage m;
  size_t at = 4;

  p2p_reader_init (&r, head, len);
  p2p_writer_init (&w, out, cap);
  r.pos = 4;
  p2p_put_bytes (&w, head, 4);
  while (p2p_wire_next (&r, len, &m) == P2P_OK) {
    if (m.type == P2P_MSG_STATUS) {
      P2pStatus *s = &m.u.status;

      memset (s->head, 0, sizeof s->head);
      s->n_holes = 0;
      s->newest += s->k * 2u;
      s->free_slots = 16;
      s->capacity = 64;
      memset (s->lag_4ms, 0, sizeof s->lag_4ms);
      p2p_wire_put_status (&w, s);
    } else {
      p2p_put_bytes (&w, head + at, r.pos - at);
    }
    at = r.pos;
  }
  return p2p_writer_ok (&w) ? (uint32_t) w.len : 0;
}

static void
count_control (P2pWorld * w, const P2pNode * n, const uint8_t * head,
    uint32_t len)
{
  P2pReader r;
  P2pMessage m;

  w->measure.control_bytes += len;
  w->measure.control_packets += p2p_net_packets (len);
  if (!w->trace)
    return;
  p2p_reader_init (&r, head, len);
  r.pos = 4;
  while (p2p_wire_next (&r, len, &m) == P2P_OK) {
    w->measure.messages[m.type & 255]++;
    w->measure.source_messages[m.type & 255] += n->index == 0;
  }
}

/* What the source, the scarcest uplink, sends and has to acknowledge; in small
 * swarms what everybody does. */
static void
trace_frame (const P2pWorld * w, const P2pNode * n, const P2pLink * l,
    const P2pAction * a)
{
  const uint8_t *head = a->u.send.head;
  P2pReader r;
  P2pMessage m;

  if (w->n_live > TRACE_ALL && l->node[0] != 0 && l->node[1] != 0)
    return;
  fprintf (w->trace, "%lld.%03lld node %u: sends node %u %u B:",
      (long long) w->sim.now / 1000, (long long) w->sim.now % 1000, n->index,
      l->node[l->node[0] == n->index],
      p2p_net_wire (a->u.send.head_len + a->u.send.body.len));
  p2p_reader_init (&r, head, a->u.send.head_len);
  r.pos = 4;
  while (p2p_wire_next (&r, a->u.send.head_len, &m) == P2P_OK) {
    if (m.type == P2P_MSG_SIGNED_INTEGRITY)
      fprintf (w->trace, " chunk %u", m.u.signed_integrity.chunk.first);
    else if (m.type == P2P_MSG_REQUEST || m.type == P2P_MSG_CANCEL
        || m.type == P2P_MSG_HAVE)
      fprintf (w->trace, " %02x-%u", m.type, m.u.range.first);
    else if (m.type == P2P_MSG_SUBSCRIBE)
      fprintf (w->trace, " subscribe-%x-%u", m.u.subscribe.mask,
          m.u.subscribe.first);
    else if (m.type == P2P_MSG_SUB_OK)
      fprintf (w->trace, " ok-%x-no-%x-path-%u", m.u.sub_ok.mask,
          m.u.sub_ok.refused, m.u.sub_ok.path_len);
    else
      fprintf (w->trace, " %02x", m.type);
  }
  fprintf (w->trace, "\n");
}

static void
count_sent (P2pWorld * w, P2pNode * n, const P2pAction * a)
{
  uint32_t len = a->u.send.head_len + a->u.send.body.len;

  if (a->u.send.body.len == 0) {
    count_control (w, n, a->u.send.head, len);
  } else {
    w->measure.data_bytes += a->u.send.body.len;
    w->measure.data_head_bytes += a->u.send.head_len;
    w->measure.data_packets += p2p_net_packets (len);
  }
  if (n->index == 0) {
    w->measure.source_payload += a->u.send.body.len;
    w->measure.source_wire += p2p_net_wire (len);
  }
}

static void
do_send (P2pWorld * w, P2pNode * n, const P2pAction * a)
{
  P2pLink *l = p2p_link_get (w, a->link);
  const uint8_t *head = a->u.send.head;
  uint32_t len = a->u.send.head_len;
  P2pSlice body = a->u.send.body;
  uint8_t lie[4096];
  unsigned side;

  if (!l || l->connecting)
    return;
  side = l->node[0] == n->index ? 0 : 1;
  if (!l->up[side])
    return;
  if (n->odd && body.len > 0 && n->spec.staller)
    return;
  if (n->odd && body.len == 0 && n->spec.false_map && len < sizeof lie / 2) {
    uint32_t longer = falsify_maps (head, len, lie, sizeof lie);

    if (longer) {
      head = lie;
      len = longer;
    }
  }
  count_sent (w, n, a);
  if (w->trace)
    trace_frame (w, n, l, a);
  if (n->odd && body.len > 0 && n->spec.liar) {
    P2pPayload *copy = p2p_frame_new (w, NULL, 0, body);

    if (l->end[side].lied_at == 0)
      l->end[side].lied_at = w->sim.now;
    ((uint8_t *) copy->data)[P2P_CHUNK_ENVELOPE_LEN] ^= 1;
    body.payload = copy;
    body.offset = 0;
    p2p_link_send (w, l, side, a->u.send.stream, head, len, body);
    p2p_payload_unref (copy);
    return;
  }
  p2p_link_send (w, l, side, a->u.send.stream, head, len, body);
}

/* ---- introductions ---- */

bool
p2p_host_banned (const P2pNode * n, uint32_t other)
{
  for (uint32_t i = 0; i < n->n_banned && i < 16; i++) {
    if (n->banned[i] == other)
      return true;
  }
  return false;
}

/* ICE, DTLS and SCTP: about five round trips. */
static P2pTime
link_time (P2pWorld * w, const P2pNode * n, const P2pNode * m)
{
  return P2P_MSEC (50) + 10 * p2p_net_delay (&w->config.geometry, n->place,
      m->place);
}

/* What is before that. */
static P2pTime
introduction_time (P2pWorld * w, const P2pNode * n, const P2pNode * m)
{
  P2pTime all = p2p_random_between (&w->sim.random, w->config.setup_min,
      w->config.setup_max), link = link_time (w, n, m);

  return all > link ? all - link : 0;
}

static bool
has_place (const P2pNode * n)
{
  return n->state != P2P_NODE_LIVE || p2p_swarm_get_free_links (n->swarm) > 0;
}

/* For one of the address of m. */
static bool
has_place_for (const P2pNode * n, const P2pNode * m)
{
  return n->state != P2P_NODE_LIVE || (has_place (n)
      && p2p_swarm_prefix_has_room (n->swarm, m->spec.prefix));
}

static bool
may_set_up (P2pWorld * w, P2pNode * n, const P2pNode * m)
{
  return n->state != P2P_NODE_LIVE || (p2p_swarm_prefix_has_room (n->swarm,
          m->spec.prefix) && p2p_swarm_may_set_up_link (n->swarm,
          P2P_NET_SETUP_RESERVE, p2p_node_now (w, n)));
}

/* A member to introduce: of some drawn at random the one that uploads most,
 * as the tracker knows from their metadata, and those that are full last. The
 * source is one of them. */
static P2pNode *
candidate (P2pWorld * w, P2pNode * n)
{
  P2pNode *best = NULL;
  unsigned found = 0;

  for (unsigned i = 0; i < 8 * w->config.introduce_best
      && found < w->config.introduce_best; i++) {
    uint32_t at = p2p_random_range (&w->sim.random, w->n_live + 1);
    P2pNode *m = w->nodes[at == w->n_live ? 0 : w->live[at]];

    if (m == n || m->state == P2P_NODE_GONE || m->cut
        || p2p_link_between (w, n, m) || p2p_host_banned (n, m->index))
      continue;
    found++;
    if (!best || has_place (m) > has_place (best)
        || (has_place (m) == has_place (best)
            && m->spec.up_bps > best->spec.up_bps))
      best = m;
  }
  return best;
}

void
p2p_host_introduce (P2pWorld * w, P2pNode * n)
{
  P2pNode *m;

  if (n->state != P2P_NODE_LIVE || n->cut || w->rendezvous_dead)
    return;
  m = candidate (w, n);
  if (!m)
    return;
  /* by what those who have the stream say of it */
  if (w->n_live > 1) {
    p2p_node_enter (n);
    p2p_swarm_set_rate_hint (n->swarm, (uint32_t) w->config.rate_bps,
        p2p_node_now (w, n));
    p2p_node_left (w, n);
  }
  p2p_host_introduced (w, n, m, 0);
}

void
p2p_host_introduced (P2pWorld * w, P2pNode * n, P2pNode * m, uint32_t serial)
{
  p2p_sim_at (&w->sim, w->sim.now + introduction_time (w, n, m), EV_OFFER,
      n->index, m->index, 0, (void *) (uintptr_t) serial);
}

/* What the answerer does with an offer: refuses it when it is full, lets it wait
 * while its cap has no room; the one who offers lets the answer wait. */
void
p2p_host_offer (P2pWorld * w, P2pNode * n, P2pNode * m, P2pTime since,
    uint32_t serial)
{
  if (n->state != P2P_NODE_LIVE)
    return;
  /* no answer: the offer counts until it is old */
  if (serial && (m->state != P2P_NODE_LIVE || p2p_link_between (w, n, m)))
    return;
  if (!has_place_for (m, n) || !p2p_swarm_prefix_has_room (n->swarm,
          m->spec.prefix) || w->sim.now - since >= OFFER_WAIT) {
    if (serial)
      p2p_rendezvous_answer (w, m, n, serial);
    p2p_node_enter (n);
    p2p_swarm_connect_failed (n->swarm, NULL, p2p_node_now (w, n));
    p2p_node_left (w, n);
  } else if (!may_set_up (w, m, n) || !may_set_up (w, n, m)) {
    p2p_sim_at (&w->sim, w->sim.now + OFFER_AGAIN, EV_OFFER, n->index,
        m->index, (uint32_t) (w->sim.now - since + OFFER_AGAIN),
        (void *) (uintptr_t) serial);
  } else {
    if (serial)
      p2p_rendezvous_answer (w, m, n, serial);
    p2p_link_start (w, n, m, link_time (w, n, m), false);
  }
}

static void
do_want (P2pWorld * w, P2pNode * n, unsigned count)
{
  if (w->config.real_tracker) {
    p2p_rendezvous_want (w, n, count);
    return;
  }
  p2p_node_enter (n);
  p2p_swarm_set_member_count (n->swarm, w->n_live + 1);
  p2p_node_left (w, n);
  for (unsigned i = 0; i < count && i < 16; i++)
    p2p_sim_at (&w->sim, w->sim.now + w->config.rendezvous, EV_INTRODUCE,
        n->index, 0, 0, NULL);
}

/* ---- offers through the overlay ---- */

static void
signal_to (P2pWorld * w, P2pNode * n, const P2pPeerId * to, P2pLinkId via,
    uint8_t kind, uint32_t session)
{
  uint8_t sdp[FAKE_SDP];
  P2pResult result;

  for (unsigned i = 0; i < FAKE_SDP; i++)
    sdp[i] = (uint8_t) ("v=0\r\na=x\r\n"[i % 10]);
  p2p_node_enter (n);
  result = p2p_swarm_send_signal (n->swarm, to, via, kind, session, sdp,
      FAKE_SDP, p2p_node_now (w, n));
  p2p_node_left (w, n);
  p2p_trace (w, n, "signal kind %u session %u: %d", kind, session, result);
}

static void
do_connect (P2pWorld * w, P2pNode * n, const P2pAction * a)
{
  P2pPeerId to = a->u.connect.peer;
  P2pNode *m = p2p_node_by_id (w, &to);

  if (!m)
    return;
  signal_to (w, n, &to, a->link, SIGNAL_OFFER, a->u.connect.session);
  p2p_sim_at (&w->sim, w->sim.now + ANSWER_WAIT, EV_ANSWER_LATE, n->index,
      m->index, 0, NULL);
}

static void
do_signal (P2pWorld * w, P2pNode * n, const P2pAction * a)
{
  P2pPeerId from = a->u.signal.from;
  uint32_t session = a->u.signal.session;
  P2pNode *m = p2p_node_by_id (w, &from);
  uint8_t kind = a->u.signal.kind;

  w->n_signals++;
  if (!m || a->u.signal.len != FAKE_SDP)
    return;
  if (kind == SIGNAL_OFFER) {
    signal_to (w, n, &from, a->link, may_set_up (w, n, m) ? SIGNAL_ANSWER :
        SIGNAL_REFUSAL, session);
  } else if (kind == SIGNAL_REFUSAL || (kind == SIGNAL_ANSWER
          && !may_set_up (w, n, m))) {
    p2p_node_enter (n);
    p2p_swarm_connect_failed (n->swarm, &from, p2p_node_now (w, n));
    p2p_node_left (w, n);
  } else if (kind == SIGNAL_ANSWER) {
    p2p_link_start (w, n, m, link_time (w, n, m), true);
  }
}

/* ---- what it tells ---- */

static void
do_deliver (P2pWorld * w, P2pNode * n, const P2pAction * a)
{
  uint32_t serial = p2p_world_serial (w, a->u.deliver.epoch,
      a->u.deliver.chunk);
  uint32_t stored;
  const uint8_t *bytes = p2p_slice_data (a->u.deliver.bytes, &stored);
  uint32_t mark;

  if (n->index == 0)
    return;
  if (serial == NOBODY || stored < P2P_WORLD_TAG) {
    w->measure.forged_delivered++;
    return;
  }
  memcpy (&mark, bytes + P2P_CHUNK_ENVELOPE_LEN, 4);
  if (mark != serial)
    w->measure.forged_delivered++;
  p2p_sim_note (&w->sim, (uint64_t) w->sim.now ^ (uint64_t) n->index << 40);
  p2p_sim_note (&w->sim, serial);
  p2p_measure_delivered (&w->measure, &n->m, serial, a->u.deliver.pushed,
      a->u.deliver.bytes.len);
  w->measure.delivered_hops += a->u.deliver.hops;
  if (w->on_deliver)
    w->on_deliver (w, n, serial, w->sim.now - w->measure.published[serial],
        w->data);
}

static void
do_event (P2pWorld * w, P2pNode * n, const P2pAction * a)
{
  switch (a->u.event.event) {
    case P2P_EVENT_STARVING:
      n->starved++;
      if (w->config.real_tracker)
        p2p_rendezvous_kick (w, n);
      break;
    case P2P_EVENT_EPOCH:
      n->epochs_seen++;
      break;
    case P2P_EVENT_PUBLISHER_LEFT:
      n->left_seen++;
      break;
    case P2P_EVENT_PUBLISHER_BACK:
      n->back_seen++;
      break;
    case P2P_EVENT_END:
      n->ended++;
      break;
    case P2P_EVENT_CAPACITY_DEFICIT:
      n->deficits++;
      n->deficit_bps = a->u.event.value;
      n->demand_bps = a->u.event.demand;
      break;
    default:
      break;
  }
  p2p_trace (w, n, "event %d link %u value %lld", a->u.event.event, a->link,
      (long long) a->u.event.value);
}

static void
do_drop (P2pWorld * w, P2pNode * n, const P2pAction * a)
{
  P2pLink *l = p2p_link_get (w, a->link);
  unsigned side;

  if (!l)
    return;
  side = l->node[0] == n->index ? 0 : 1;
  w->n_drops++;
  p2p_sim_note (&w->sim, (uint64_t) a->u.drop.reason << 32 | a->link);
  p2p_trace (w, n, "drops node %u: reason %u%s", l->node[!side],
      a->u.drop.reason, a->u.drop.bad ? ", bad" : "");
  if (a->u.drop.bad) {
    w->n_bad_drops++;
    n->banned[n->n_banned++ % 16] = l->node[!side];
  }
  p2p_link_close (w, l, side);
}

static void
act (P2pWorld * w, P2pNode * n, const P2pAction * a)
{
  switch (a->type) {
    case P2P_ACTION_SEND:
      do_send (w, n, a);
      break;
    case P2P_ACTION_SIGN:
      do_sign (w, n, a);
      break;
    case P2P_ACTION_VERIFY:
      do_verify (w, n, a);
      break;
    case P2P_ACTION_HEADER:
      n->headers_seen++;
      n->epoch = a->u.header.epoch;
      break;
    case P2P_ACTION_DELIVER:
      do_deliver (w, n, a);
      break;
    case P2P_ACTION_SKIP:
      p2p_trace (w, n, "skips %u..%u", a->u.skip.first, a->u.skip.last);
      break;
    case P2P_ACTION_WANT_LINKS:
      do_want (w, n, a->u.want.count);
      break;
    case P2P_ACTION_CONNECT:
      do_connect (w, n, a);
      break;
    case P2P_ACTION_SIGNAL:
      do_signal (w, n, a);
      break;
    case P2P_ACTION_DROP_LINK:
      do_drop (w, n, a);
      break;
    case P2P_ACTION_EVENT:
      do_event (w, n, a);
      break;
    case P2P_ACTION_THRIFT:
      p2p_link_thrift (w, a->link, n);
      break;
  }
}

void
p2p_host_drain (P2pWorld * w, P2pNode * n)
{
  P2pAction a;

  for (;;) {
    bool more;

    p2p_heap_owner = &n->memory;
    more = p2p_swarm_next_action (n->swarm, &a);
    p2p_heap_owner = NULL;
    if (!more)
      break;
    act (w, n, &a);
  }
  if (n->memory > n->memory_max) {
    P2pNeighbourStats s[1];

    n->memory_max = n->memory;
    n->memory_neighbours = p2p_swarm_get_neighbours (n->swarm, s, 1);
  }
}
