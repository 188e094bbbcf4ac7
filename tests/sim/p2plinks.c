/* gst-plugins-p2p
 *
 * This library is free software; you can redistribute it and/or
 * modify it under the terms of the GNU Lesser General Public
 * License as published by the Free Software Foundation; either
 * version 2.1 of the License, or (at your option) any later version.
 */
/* p2plinks.c: links between nodes and the frames on them. */
#include "p2pworldpriv.h"

#include <stdlib.h>
#include <string.h>

#define SLOT_BITS P2P_LINK_SLOT_BITS
#define SLOT_MASK ((1u << SLOT_BITS) - 1)
#define CELL_DELAY P2P_MSEC (1)
#define STUCK_AFTER P2P_MSEC (250)

static void *
grown (void *block, uint32_t n, uint32_t * cap, size_t size)
{
  if (n < *cap)
    return block;
  *cap = *cap ? *cap * 2 : 16;
  block = realloc (block, *cap * size);
  if (block == NULL)
    abort ();
  return block;
}

/* ---- links ---- */

P2pLink *
p2p_link_get (P2pWorld * w, uint32_t id)
{
  uint32_t slot = p2p_link_slot (id);

  return slot < w->n_links && w->links[slot].id == id ? &w->links[slot] : NULL;
}

static void
grow_links (P2pWorld * w)
{
  uint32_t cap = w->cap_links ? w->cap_links * 2 : 16;
  P2pLink *links = p2p_sim_aligned (cap, sizeof *links);

  if (w->links)
    memcpy (links, w->links, w->n_links * sizeof *links);
  free (w->links);
  w->links = links;
  w->cap_links = cap;
}

static P2pLink *
take_slot (P2pWorld * w)
{
  P2pLink *l;
  uint32_t slot, age = 0;

  /* an id sleeps long before its slot is used again */
  if (w->n_free > 1024) {
    uint32_t old = w->free_links[w->first_free++ % w->cap_free];

    w->n_free--;
    slot = p2p_link_slot (old);
    age = (old >> SLOT_BITS) + 1;
  } else {
    if (w->n_links == w->cap_links)
      grow_links (w);
    slot = w->n_links++;
    if (slot + 1 > SLOT_MASK)
      abort ();
  }
  l = &w->links[slot];
  memset (l, 0, sizeof *l);
  l->id = (slot + 1) | age << SLOT_BITS;
  return l;
}

static void
release_slot (P2pWorld * w, P2pLink * l)
{
  if (w->n_free == w->cap_free) {
    uint32_t cap = w->cap_free ? w->cap_free * 2 : 4096;
    uint32_t *v = malloc (cap * sizeof *v);

    if (v == NULL)
      abort ();
    for (uint32_t i = 0; i < w->n_free; i++)
      v[i] = w->free_links[(w->first_free + i) % w->cap_free];
    free (w->free_links);
    w->free_links = v;
    w->cap_free = cap;
    w->first_free = 0;
  }
  w->free_links[(w->first_free + w->n_free++) % w->cap_free] = l->id;
  l->id = 0;
}

static unsigned
side_of (const P2pLink * l, const P2pNode * n)
{
  return l->node[0] == n->index ? 0 : 1;
}

P2pLink *
p2p_link_between (P2pWorld * w, const P2pNode * a, const P2pNode * b)
{
  if (a->n_links > b->n_links) {
    const P2pNode *c = a;

    a = b;
    b = c;
  }
  for (uint32_t i = 0; i < a->n_links; i++) {
    P2pLink *l = p2p_link_get (w, a->links[i]);

    if (l && l->node[!side_of (l, a)] == b->index)
      return l;
  }
  return NULL;
}

static void
attach (P2pNode * n, uint32_t id)
{
  n->links = grown (n->links, n->n_links, &n->cap_links, sizeof *n->links);
  n->links[n->n_links++] = id;
}

/* The end has bytes out: its core will be told of them. */
static void
start_upkeep (P2pWorld * w, P2pNode * n)
{
  if (n->upkeep_at != P2P_TIME_NEVER)
    return;
  n->upkeep_at = w->sim.now + w->config.stats_busy;
  p2p_sim_at (&w->sim, n->upkeep_at, EV_UPKEEP, n->index, 0, 0, NULL);
}

static void
take_off (P2pWorld * w, P2pNode * n, P2pLink * l, unsigned side)
{
  P2pNetEnd *end = &l->end[side];

  if (end->flying == 0) {
    n->flying = grown (n->flying, n->n_flying, &n->cap_flying,
        sizeof *n->flying);
    n->flying[n->n_flying] = (P2pFlying) {
    l->id, side, P2P_TIME_NEVER};
    end->flying = ++n->n_flying;
    end->told_at = w->sim.now;
    end->told_unacked = end->unacked;
  } else {
    n->flying[end->flying - 1].empty_at = P2P_TIME_NEVER;
  }
  start_upkeep (w, n);
}

static void
land (P2pWorld * w, P2pNode * n, P2pNetEnd * end)
{
  uint32_t i = end->flying - 1;

  if (end->flying == 0)
    return;
  end->flying = 0;
  n->n_flying--;
  if (i == n->n_flying)
    return;
  n->flying[i] = n->flying[n->n_flying];
  w->links[p2p_link_slot (n->flying[i].link)].end[n->flying[i].side].flying =
      i + 1;
}

/* All that was sent there is now known to be acknowledged some time. */
static void
note_empty (P2pWorld * w, P2pNode * n, P2pNetEnd * end)
{
  P2pTime at = p2p_net_end_empty_at (end);

  if (at == P2P_TIME_NEVER || end->flying == 0)
    return;
  n->flying[end->flying - 1].empty_at = at;
  if (at < n->acks_at)
    n->acks_at = at;
  p2p_links_await (w, n);
}

/* The order of the rest stays: no decision depends on it, runs do. */
void
p2p_link_detach (P2pWorld * w, P2pLink * l, P2pNode * n)
{
  for (uint32_t i = 0; i < n->n_links; i++) {
    if (n->links[i] == l->id) {
      memmove (n->links + i, n->links + i + 1,
          (n->n_links - i - 1) * sizeof *n->links);
      n->n_links--;
      break;
    }
  }
  land (w, n, &l->end[side_of (l, n)]);
  l->up[side_of (l, n)] = false;
  l->closing = true;
  for (unsigned side = 0; side < 2; side++) {
    const P2pNode *m = w->nodes[l->node[side]];

    for (uint32_t i = 0; i < m->n_links; i++) {
      if (m->links[i] == l->id)
        return;
    }
  }
  release_slot (w, l);
}

/* ICE, DTLS and SCTP: what each end sends before the link is up. The core hears
 * of it as from a host: reserved at the start, counted at the end. */
static void
begin_set_up (P2pWorld * w, P2pLink * l)
{
  for (unsigned side = 0; side < 2; side++) {
    P2pNode *n = w->nodes[l->node[side]];

    if (n->state != P2P_NODE_LIVE)
      continue;
    l->reserved[side] = true;
    p2p_gate_reserve (n, P2P_NET_SETUP_RESERVE);
    p2p_node_enter (n);
    p2p_swarm_set_up_link (n->swarm, l->id, P2P_NET_SETUP_RESERVE,
        w->nodes[l->node[!side]]->spec.prefix, p2p_node_now (w, n));
    p2p_node_left (w, n);
  }
}

static void
count_set_up (P2pWorld * w, uint32_t id, uint32_t bytes, bool failed)
{
  for (unsigned side = 0; side < 2; side++) {
    P2pLink *l = p2p_link_get (w, id);
    P2pNode *n = l ? w->nodes[l->node[side]] : NULL;

    if (l && l->reserved[side]) {
      l->reserved[side] = false;
      p2p_gate_reserve (n, -P2P_NET_SETUP_RESERVE);
    }
    if (!l || n->state != P2P_NODE_LIVE)
      continue;
    p2p_net_upload (n->line, w->sim.now, bytes);
    p2p_node_count_wire (w, n, bytes, w->sim.now);
    p2p_node_enter (n);
    p2p_swarm_set_up_sent (n->swarm, id, bytes, p2p_node_now (w, n));
    if (failed)
      p2p_swarm_set_up_failed (n->swarm, id, p2p_node_now (w, n));
    p2p_node_left (w, n);
  }
}

bool
p2p_link_start (P2pWorld * w, P2pNode * offerer, P2pNode * answerer,
    P2pTime took, bool tell_failure)
{
  P2pLink *l;
  bool fails;

  if (offerer == answerer || offerer->state == P2P_NODE_GONE
      || p2p_link_between (w, offerer, answerer)
      || p2p_host_banned (offerer, answerer->index)
      || p2p_host_banned (answerer, offerer->index))
    return false;
  l = take_slot (w);
  l->node[0] = offerer->index;
  l->node[1] = answerer->index;
  l->connecting = true;
  l->local = offerer->cell == answerer->cell;
  l->delay = l->local ? CELL_DELAY : p2p_net_delay (&w->config.geometry,
      offerer->place, answerer->place);
  attach (offerer, l->id);
  attach (answerer, l->id);
  w->n_setups++;
  fails = answerer->state != P2P_NODE_LIVE || answerer->cut || offerer->cut
      || p2p_random_range (&w->sim.random, 100) < w->config.nat_fail_percent
      || (!l->local
      && !p2p_net_reaches (offerer->spec.nat, answerer->spec.nat));
  if (fails)
    p2p_sim_at (&w->sim, w->sim.now + P2P_SEC (5), EV_LINK_FAIL, l->id, 0,
        tell_failure, NULL);
  else
    p2p_sim_at (&w->sim, w->sim.now + took, EV_LINK_UP, l->id, 0,
        tell_failure, NULL);
  begin_set_up (w, l);
  return true;
}

static P2pResult
tell_up (P2pWorld * w, P2pLink * l, unsigned side)
{
  P2pNode *n = w->nodes[l->node[side]], *other = w->nodes[l->node[!side]];
  P2pLinkInfo info = { 0 };
  uint32_t id = l->id;
  P2pResult result;

  info.peer_id = other->id;
  info.offerer = side == 0;
  info.path = P2P_PATH_SRFLX;
  info.rtt_us = (uint32_t) (2 * l->delay);
  info.prefix = other->spec.prefix;
  info.local_channel = id * 2 + side + 1;
  p2p_net_end_init (&l->end[side], 2 * l->delay);
  l->end[side].wire_sent = P2P_NET_SETUP_BYTES;
  l->up[side] = true;
  if (n->m.linked == P2P_TIME_NEVER)
    n->m.linked = w->sim.now;
  p2p_node_enter (n);
  result = p2p_swarm_link_up (n->swarm, id, &info, p2p_node_now (w, n));
  if (result != P2P_OK) {
    l = p2p_link_get (w, id);
    if (l)
      l->up[side] = false;
  }
  p2p_node_left (w, n);
  return result;
}

void
p2p_link_is_up (P2pWorld * w, uint32_t id)
{
  P2pLink *l = p2p_link_get (w, id);

  if (!l || !l->connecting)
    return;
  for (unsigned side = 0; side < 2; side++) {
    P2pNode *n = w->nodes[l->node[side]];

    if (n->state != P2P_NODE_LIVE || n->cut) {
      p2p_link_failed (w, id, true);
      return;
    }
  }
  l->connecting = false;
  l->since = w->sim.now;
  count_set_up (w, id, P2P_NET_SETUP_BYTES, false);
  l = p2p_link_get (w, id);
  for (unsigned side = 0; side < 2; side++) {
    P2pResult result = tell_up (w, l, side);

    l = p2p_link_get (w, id);
    if (!l || l->closing)
      return;
    if (result != P2P_OK) {
      p2p_link_close (w, l, side);
      return;
    }
  }
}

void
p2p_link_failed (P2pWorld * w, uint32_t id, bool tell)
{
  P2pLink *l = p2p_link_get (w, id);
  P2pNode *a, *b;

  if (!l)
    return;
  a = w->nodes[l->node[0]];
  b = w->nodes[l->node[1]];
  w->n_setup_failures++;
  count_set_up (w, id, P2P_NET_SETUP_FAILED, true);
  l = p2p_link_get (w, id);
  p2p_link_detach (w, l, b);
  l = p2p_link_get (w, id);
  if (l)
    p2p_link_detach (w, l, a);
  if (tell && a->state == P2P_NODE_LIVE) {
    p2p_node_enter (a);
    p2p_swarm_connect_failed (a->swarm, &b->id, p2p_node_now (w, a));
    p2p_node_left (w, a);
  }
}

/* Tells a core that its link is gone, and takes the end off. */
void
p2p_node_keep (P2pNode * n, const P2pSimEvent * e)
{
  n->backlog = grown (n->backlog, n->n_backlog, &n->cap_backlog, sizeof *e);
  n->backlog[n->n_backlog++] = *e;
}

void
p2p_link_down (P2pWorld * w, uint32_t id, unsigned side)
{
  P2pLink *l = p2p_link_get (w, id);
  P2pNode *n;
  bool was_up;

  if (!l)
    return;
  n = w->nodes[l->node[side]];
  if (n->state == P2P_NODE_STOPPED) {
    P2pSimEvent e = { w->sim.now, 0, EV_LINK_DOWN, id, side, 0, NULL, 0 };

    p2p_node_keep (n, &e);
    return;
  }
  was_up = l->up[side];
  p2p_link_detach (w, l, n);
  if (was_up && n->state == P2P_NODE_LIVE) {
    p2p_node_enter (n);
    p2p_swarm_link_down (n->swarm, id, p2p_node_now (w, n));
    p2p_node_left (w, n);
  }
}

void
p2p_link_close (P2pWorld * w, P2pLink * l, unsigned side)
{
  P2pTime last = w->sim.now + l->delay;
  uint32_t id = l->id;

  if (l->end[side].control_arrival > last)
    last = l->end[side].control_arrival;
  l->closing = true;
  p2p_sim_at (&w->sim, last + P2P_MSEC (1), EV_LINK_DOWN, id, !side, 0, NULL);
  p2p_link_down (w, id, side);
}

void
p2p_link_peer_silent (P2pWorld * w, P2pLink * l, unsigned side)
{
  p2p_sim_at (&w->sim, w->sim.now + w->config.dead_after, EV_DEAD, l->id,
      !side, 0, NULL);
}

/* ---- frames in flight ---- */

static bool
is_cut (const P2pWorld * w, const P2pLink * l)
{
  return w->n_cut > 0
      && (w->nodes[l->node[0]]->cut || w->nodes[l->node[1]]->cut);
}

/* Through the line, or straight to somebody behind the same one. */
static P2pTime
leave (P2pNode * n, const P2pLink * l, P2pTime at, uint32_t wire)
{
  return l->local ? at : p2p_net_upload (n->line, at, wire);
}

static void
depart_message (P2pWorld * w, P2pLink * l, const P2pGateItem * item)
{
  P2pNode *n = w->nodes[l->node[item->side]];
  P2pNetEnd *end = &l->end[item->side];
  uint32_t len = item->frame->len, wire = p2p_net_wire (len);
  P2pTime at = w->sim.now, late = 0;

  end->wire_sent += wire;
  p2p_node_count_wire (w, n, wire, w->sim.now);
  if (w->config.loss_ppm)
    at = p2p_net_end_lossy (end, at, len, 2 * l->delay, w->config.loss_ppm,
        &w->sim.random, &late);
  if (n->index != 0 && !l->local)
    p2p_measure_queued (&w->measure, n->line->up_free - at);
  at = leave (n, l, at, wire) + l->delay + late;
  if (item->stream == P2P_STREAM_CONTROL) {
    if (at < end->control_arrival)
      at = end->control_arrival;
    end->control_arrival = at;
  }
  p2p_sim_note (&w->sim, (uint64_t) w->sim.now);
  p2p_sim_note (&w->sim, (uint64_t) len << 32 | l->id);
  p2p_sim_at (&w->sim, at, EV_FRAME, l->id, (item->side ? 0 : FRAME_SIDE)
      | (uint32_t) item->stream << FRAME_LEN_SHIFT, (uint32_t) w->sim.now,
      item->frame);
}

static void
depart_ack (P2pWorld * w, P2pLink * l, const P2pGateItem * item)
{
  P2pNode *n = w->nodes[l->node[item->side]];
  P2pNetEnd *end = &l->end[!item->side];
  uint32_t wire = item->wire;
  P2pTime at = leave (n, l, w->sim.now, wire) + l->delay;

  if (p2p_net_packets (item->len) % 2)
    at += P2P_NET_SACK_DELAY;
  l->end[item->side].wire_sent += wire;
  end->wire_received += wire;
  w->measure.sack_bytes += wire;
  p2p_node_count_wire (w, n, wire, w->sim.now);
  p2p_net_end_acked (end, at, item->len,
      (P2pTime) (uint32_t) ((uint32_t) at - item->sent));
  note_empty (w, w->nodes[l->node[!item->side]], end);
}

/* What waited for a link that is gone is lost. */
void
p2p_link_depart (P2pWorld * w, const P2pGateItem * item)
{
  P2pLink *l = p2p_link_get (w, item->link);

  if (l && item->frame)
    depart_message (w, l, item);
  else if (l)
    depart_ack (w, l, item);
  else if (item->frame)
    p2p_payload_unref (item->frame);
}

void
p2p_link_send (P2pWorld * w, P2pLink * l, unsigned side, uint8_t stream,
    const uint8_t * head, uint32_t head_len, P2pSlice body)
{
  P2pNode *n = w->nodes[l->node[side]];
  P2pGateItem item = {.link = l->id,.side = (uint8_t) side,.stream = stream,
    .frame = p2p_frame_new (w, head, head_len, body)
  };

  l->end[side].unacked += head_len + body.len;
  if (!p2p_gate_holds (w, n, &item))
    depart_message (w, l, &item);
  take_off (w, n, l, side);
}

/* The receiver's acknowledgement: 93 B for every two packets. */
static void
acknowledge (P2pWorld * w, P2pLink * l, unsigned receiver, uint32_t len,
    uint32_t sent)
{
  uint32_t packets = p2p_net_packets (len);
  P2pGateItem item = {.link = l->id,.side = (uint8_t) receiver,
    .wire = (packets + 1) / 2 * P2P_NET_OVERHEAD,.len = len,.sent = sent
  };

  if (!p2p_gate_holds (w, w->nodes[l->node[receiver]], &item))
    depart_ack (w, l, &item);
}

/* When a packet of 1132 B goes again to one that is silent, ms after the first
 * time: the repair below SCTP and SCTP's own time-outs, as seen by tests/rigs with
 * 20 ms of round trip. A thrifty end asks instead, by heartbeats. */
static const uint16_t AGAIN_MS[] = { 44, 131, 378, 654, 926, 1154, 2133, 2155,
  4537
};

static const uint16_t ASKED_MS[] = { 44, 544, 1544, 2544, 3544, 4544, 5544 };

#define COUNT(a) (sizeof (a) / sizeof *(a))
#define HEARTBEAT 121           /* bytes */

/* False: often enough. */
static bool
plan_again (P2pWorld * w, const P2pLink * l, unsigned side, uint32_t n)
{
  bool thrifty = l->thrifty[side];
  P2pTime at = l->end[side].silent + 2 * l->delay - P2P_MSEC (20);

  if (n >= (thrifty ? COUNT (ASKED_MS) : COUNT (AGAIN_MS)))
    return false;
  at += P2P_MSEC (thrifty ? ASKED_MS[n] : AGAIN_MS[n]);
  p2p_sim_at (&w->sim, at > w->sim.now ? at : w->sim.now, EV_AGAIN, l->id,
      side, n, NULL);
  return true;
}

/* A frame sent at 'sent' finds nobody. */
static void
missed (P2pWorld * w, P2pLink * l, unsigned receiver, uint32_t sent)
{
  unsigned side = !receiver;

  if (!w->config.repeats || !l->up[side] || l->again[side])
    return;
  l->end[side].silent = w->sim.now - (P2pTime) ((uint32_t) w->sim.now - sent);
  l->again[side] = plan_again (w, l, side, 0);
}

void
p2p_link_again (P2pWorld * w, const P2pSimEvent * e)
{
  P2pLink *l = p2p_link_get (w, e->a);
  P2pNode *n = l ? w->nodes[l->node[e->b]] : NULL;
  P2pNetEnd *end = l ? &l->end[e->b] : NULL;
  uint32_t wire = HEARTBEAT;

  if (!l || !l->up[e->b] || !l->again[e->b])
    return;
  if (n->state != P2P_NODE_LIVE || (end->last_received != P2P_TIME_NONE
          && end->last_received > end->silent)) {
    l->again[e->b] = false;
    return;
  }
  if (!l->thrifty[e->b])
    wire = P2P_NET_OVERHEAD + (end->unacked < P2P_NET_PACKET ? end->unacked :
        P2P_NET_PACKET);
  if (!p2p_gate_may (w, n, wire)) {     /* this turn is left out */
    l->again[e->b] = plan_again (w, l, e->b, e->c + 1);
    return;
  }
  end->wire_sent += wire;
  leave (n, l, w->sim.now, wire);
  p2p_node_count_wire (w, n, wire, w->sim.now);
  l->again[e->b] = plan_again (w, l, e->b, e->c + 1);
}

void
p2p_link_thrift (P2pWorld * w, uint32_t id, const P2pNode * n)
{
  P2pLink *l = p2p_link_get (w, id);

  if (l)
    l->thrifty[side_of (l, n)] = true;
}

void
p2p_link_frame (P2pWorld * w, const P2pSimEvent * e)
{
  P2pPayload *frame = e->data;
  P2pLink *l = p2p_link_get (w, e->a);
  unsigned side = e->b & FRAME_SIDE;
  P2pNode *n = l ? w->nodes[l->node[side]] : NULL;
  uint32_t wire = p2p_net_wire (frame->len);
  P2pSlice slice = { frame, 0, frame->len };

  if (l && (n->state != P2P_NODE_LIVE || is_cut (w, l)))
    missed (w, l, side, e->c);
  if (!l || !l->up[side] || n->state == P2P_NODE_GONE) {
    p2p_payload_unref (frame);
    return;
  }
  if (is_cut (w, l) && !(e->b & FRAME_PASSED)) {
    w->held = grown (w->held, w->n_held, &w->cap_held, sizeof *w->held);
    w->held[w->n_held++] = *e;
    return;
  }
  if (n->state == P2P_NODE_STOPPED) {
    p2p_node_keep (n, e);
    return;
  }
  if (!(e->b & FRAME_PASSED)) {
    P2pTime done = l->local ? w->sim.now :
        p2p_net_download (n->line, w->sim.now, wire);

    if (done > w->sim.now) {
      p2p_sim_at (&w->sim, done, EV_FRAME, e->a, e->b | FRAME_PASSED, e->c,
          frame);
      return;
    }
  }
  p2p_links_acked (w, n);
  l = p2p_link_get (w, e->a);
  if (!l || !l->up[side]) {
    p2p_payload_unref (frame);
    return;
  }
  l->end[side].wire_received += wire;
  l->end[side].last_received = w->sim.now;
  if (e->b >> FRAME_LEN_SHIFT == P2P_STREAM_DATA) {
    n->m.frames++;
    w->measure.frames++;
  }
  acknowledge (w, l, side, frame->len, e->c);
  p2p_node_enter (n);
  p2p_swarm_frame (n->swarm, e->a, slice, p2p_node_now (w, n));
  p2p_node_left (w, n);
  p2p_payload_unref (frame);
}

/* ---- what the cores are told of their links ---- */

static bool
is_new (const P2pNetEnd * end)
{
  return end->unacked != end->told_unacked || end->wire_sent != end->told_sent
      || end->wire_received != end->told_received;
}

static void
tell (P2pWorld * w, P2pNode * n, P2pLink * l, unsigned side)
{
  P2pNetEnd *end = &l->end[side];
  P2pLinkStats s = { 0 };
  uint64_t stun = (uint64_t) ((w->sim.now - l->since) / P2P_NET_STUN_PERIOD)
      * P2P_NET_STUN_BYTES;

  if (stun > l->stun[side]) {
    p2p_node_count_wire (w, n, (uint32_t) (stun - l->stun[side]), w->sim.now);
    l->stun[side] = (uint32_t) stun;
  }
  s.unacked = end->unacked;
  s.srtt_us = end->srtt_us;
  s.wire_sent = end->wire_sent + stun;
  s.wire_received = end->wire_received + stun;
  s.last_received = end->last_received == P2P_TIME_NONE ? P2P_TIME_NONE :
      end->last_received + n->clock;
  if (is_new (end))
    end->told_at = w->sim.now;
  end->told_unacked = end->unacked;
  end->told_sent = end->wire_sent;
  end->told_received = end->wire_received;
  p2p_node_enter (n);
  p2p_swarm_link_stats (n->swarm, l->id, &s, p2p_node_now (w, n));
  p2p_node_left (w, n);
}

/* Settles one end; true: the core should hear of it. What it was told already
 * is said again only when something waits for it, or when the core may have to
 * conclude from it that the link is stuck (after 300 ms). */
static bool
has_news (P2pWorld * w, P2pNode * n, P2pNetEnd * end)
{
  p2p_net_end_settle (end, w->sim.now);
  if (end->unacked == 0) {
    land (w, n, end);
    return true;
  }
  return n->gated || is_new (end) || w->sim.now - end->told_at >= STUCK_AFTER;
}

/* The list changes while cores are told: by copy. */
static void
tell_flying (P2pWorld * w, P2pNode * n, bool all)
{
  P2pFlying list[64];
  uint32_t count = 0;

  n->acks_at = P2P_TIME_NEVER;
  for (uint32_t i = 0; i < n->n_flying; i++) {
    const P2pFlying *f = &n->flying[i];

    if (count < 64 && (all || f->empty_at <= w->sim.now))
      list[count++] = *f;
    else if (f->empty_at < n->acks_at)
      n->acks_at = f->empty_at;
  }
  for (uint32_t i = 0; i < count; i++) {
    P2pLink *l = p2p_link_get (w, list[i].link);

    if (!l || !l->up[list[i].side] || n->state != P2P_NODE_LIVE)
      continue;
    if (has_news (w, n, &l->end[list[i].side]))
      tell (w, n, l, list[i].side);
    else if (list[i].empty_at < n->acks_at)
      n->acks_at = list[i].empty_at;
  }
}

void
p2p_links_acked (P2pWorld * w, P2pNode * n)
{
  while (n->acks_at <= w->sim.now)
    tell_flying (w, n, false);
}

void
p2p_links_await (P2pWorld * w, P2pNode * n)
{
  if (!n->gated || n->acks_at >= n->acks_event)
    return;
  n->acks_event = n->acks_at > w->sim.now ? n->acks_at : w->sim.now;
  p2p_sim_at (&w->sim, n->acks_event, EV_ACKS, n->index, 0, 0, NULL);
}

void
p2p_links_upkeep (P2pWorld * w, P2pNode * n)
{
  if (n->state == P2P_NODE_LIVE)
    tell_flying (w, n, true);
  if (n->n_flying > 0)
    start_upkeep (w, n);
}

void
p2p_links_idle (P2pWorld * w, P2pNode * n)
{
  for (uint32_t i = 0; i < n->n_links; i++) {
    P2pLink *l = p2p_link_get (w, n->links[i]);
    unsigned side = side_of (l, n);

    if (l->end[side].flying == 0 && l->up[side] && n->state == P2P_NODE_LIVE)
      tell (w, n, l, side);
  }
}
