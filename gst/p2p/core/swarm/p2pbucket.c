/* gst-plugins-p2p
 *
 * This library is free software; you can redistribute it and/or
 * modify it under the terms of the GNU Lesser General Public
 * License as published by the Free Software Foundation; either
 * version 2.1 of the License, or (at your option) any later version.
 */
/* p2pbucket.c: the upload cap.
 *
 * A token bucket of one message depth fills at the cap (deeper ones only move
 * the queue into the access link, where nothing can be cancelled); beside it the last two
 * seconds are summed in 8 ms steps, so that the cap holds over any 2 s even
 * after control traffic nobody gates. A DATA message is charged when it is
 * handed down, by its estimated packets; the transport's byte counter corrects
 * the estimate. Only DATA waits.
 */
#include "../base/p2psoon.h"
#include "p2pswarmpriv.h"

#include <string.h>

#define SLOT_PERCENT 92
#define SOURCE_SPARE_SLOTS 1    /* of three streams, for answers */
#define OTHER_PER_MILLE 20      /* of the stream: everything but DATA */
#define OTHER_PER_PEER 4
#define SACK_COST 121           /* an acknowledgement on the wire */
#define SPENT_SLOTS 245         /* of 8.192 ms, and the running one: >= 2 s */
#define SPENT_SHIFT 13
#define SPARE_STEP_US P2P_MSEC (10)     /* what is to spare is counted so often */
#define SPARE_LATEST_US P2P_MSEC (40)   /* and looked at when something waits */
#define POLL_US P2P_MSEC (5)
#define RESERVE_PEERS 10        /* so many fit in RESERVE */
#define RESERVE_PEER 160        /* bytes for each further one */
#define RESERVE 300             /* bytes in 2 s, for control nobody gates */
#define RESERVE_RELAY 1000      /* who receives acknowledges: twice the deviation of
                                 * 60 acknowledgements in 2 s */
#define RESERVE_NEW 500         /* and for a link in its first 2 s: what its opening
                                 * frames are answered and acknowledged with */
#define RESERVE_LINK 1000       /* the opening frames themselves, too */
#define LINK_ROOM_US P2P_MSEC (500)     /* after it was asked for last */
#define LINK_ROOM_SHARE 2       /* of the cap, at most */
#define BURST_CHUNK_US P2P_MSEC (125)
#define RESERVE_SHARE 100       /* and this part of the cap: opening flights */

uint32_t
p2p_wire_cost (uint32_t len)
{
  uint32_t packets = (len + P2P_PACKET_PAYLOAD - 1) / P2P_PACKET_PAYLOAD;

  return len + (packets ? packets : 1) * P2P_PACKET_HEADERS;
}

uint32_t
p2p_stream_bps (const P2pSwarm * self)
{
  const P2pStreamHeader *h = p2p_header_current (self);

  if (self->interval_us > 0 && self->chunk_bytes > 0)
    return (uint32_t) (self->chunk_bytes / 16 * 8 * 1000000
        / self->interval_us);
  if (h && h->bitrate)
    return h->bitrate;
  return h && (h->flags & P2P_HEADER_VIDEO) ? 2000000 : 128000;
}

static void
spent_turn (P2pSwarm * self)
{
  int64_t slot = self->now >> SPENT_SHIFT;

  if (slot - self->spent_slot > SPENT_SLOTS) {
    memset (self->spent, 0, sizeof self->spent);
    self->spent_sum = 0;
    self->spent_slot = slot;
    return;
  }
  while (self->spent_slot < slot) {
    uint32_t *s;

    self->spent_slot++;
    s = &self->spent[self->spent_slot % (SPENT_SLOTS + 1)];
    self->spent_sum -= *s;
    *s = 0;
  }
}

/* Where the next step will be. */
void
p2p_bucket_soon (const P2pSwarm * self)
{
  P2P_SOON (&self->spent[(self->spent_slot + 1) % (SPENT_SLOTS + 1)]);
}

static int64_t
depth (const P2pSwarm * self)
{
  uint32_t chunk = (uint32_t) (self->chunk_bytes / 16);

  return p2p_wire_cost ((chunk ? chunk : 4096) + 102);
}

void
p2p_bucket_refill (P2pSwarm * self)
{
  int64_t dt = self->now - self->tokens_at;

  if (self->cap_bps == 0)
    return;
  if (dt > P2P_SEC (10))
    dt = P2P_SEC (10);
  self->tokens += dt * self->cap_bps / 8000000;
  /* keep what the division cut off */
  self->tokens_at = self->now - dt * self->cap_bps % 8000000 / self->cap_bps;
  if (self->tokens > depth (self)) {
    self->tokens = depth (self);
    self->tokens_at = self->now;
  }
  spent_turn (self);
}

/* What one sub-stream to one child costs on the wire, bit/s; never 0, whatever
 * the header says. */
uint64_t
p2p_slot_bps (const P2pSwarm * self)
{
  uint64_t bps = (uint64_t) p2p_stream_bps (self) * 117 / 100 / self->k;

  if (self->interval_us > 0 && self->chunk_bytes > 0)
    bps = (uint64_t) p2p_wire_cost ((uint32_t) (self->chunk_bytes / 16)
        + 102) * 8000000 / ((uint64_t) self->interval_us * self->k);
  return bps > 0 ? bps : 1;     /* 117 %: what design 6 takes */
}

/* Everything but DATA: measured, and at least what the neighbours will cost
 * once they talk. */
static uint64_t
other_bps (const P2pSwarm * self)
{
  uint64_t expected = (uint64_t) p2p_stream_bps (self)
      * (OTHER_PER_MILLE + OTHER_PER_PEER * self->n_peers) / 1000;

  return self->control_bps > expected ? self->control_bps : expected;
}

/* What is not urgent takes what the children will not need: sent from tokens
 * that are idle now it would be missing in their next two seconds. */
static int64_t
spare_bps (const P2pSwarm * self)
{
  uint64_t need = other_bps (self) + p2p_slot_bps (self)
      * p2p_slots_used (self, -1);
  uint64_t cap = (uint64_t) self->cap_bps * 97 / 100;

  return cap > need ? (int64_t) (cap - need) : 0;
}

static void
spare_refill (P2pSwarm * self)
{
  P2pTime dt = self->now - self->spare_at;

  if (dt > P2P_SEC (2))
    dt = P2P_SEC (2);
  self->spare_at = self->now;
  self->spare += dt * spare_bps (self) / 8000000;
  if (self->spare > depth (self))
    self->spare = depth (self);
}

bool
p2p_bucket_spare (P2pSwarm * self)
{
  if (self->cap_bps == 0 || self->k == 0)
    return true;
  if (self->now - self->spare_at >= SPARE_STEP_US)
    spare_refill (self);
  return self->spare >= 0;
}

void
p2p_bucket_spend_spare (P2pSwarm * self, uint32_t cost)
{
  self->spare -= cost;
}

/* What DATA leaves of the cap in 2 s: the rest comes ungated, and some of it
 * is heard of a second later. */
static uint32_t
reserve (const P2pSwarm * self)
{
  uint32_t all = self->cap_bps / 4;
  uint32_t rest = (self->source ? RESERVE : RESERVE_RELAY)
      + all / RESERVE_SHARE;

  if (self->n_peers > RESERVE_PEERS)
    rest += (self->n_peers - RESERVE_PEERS) * RESERVE_PEER;
  rest += self->n_new * RESERVE_NEW;
  return rest < all / 4 && !self->leaf ? rest : all / 4;
}

/* A link waits for room: what can wait for it does. Else the uplinks that are
 * used to the full would get none in place of those they lose. */
static uint32_t
link_room (const P2pSwarm * self)
{
  uint32_t most = self->cap_bps / 4 / LINK_ROOM_SHARE;

  if (self->now >= self->link_room_until)
    return 0;
  return self->link_room < most ? self->link_room : most;
}

static uint32_t
two_seconds (const P2pSwarm * self)
{
  return self->cap_bps / 4 - reserve (self) - link_room (self);
}

/* Control that can wait asks here. It goes when DATA waits already, but leaves
 * half of the reserve (where there is no DATA, all of it) to what is sent without
 * being asked for: acknowledgements and consent checks. */
bool
p2p_bucket_has_room (const P2pSwarm * self, uint32_t cost)
{
  uint32_t spent = self->spent_sum + self->set_up_bytes;
  uint32_t rest;

  if (self->cap_bps == 0 || spent == 0)
    return true;
  rest = reserve (self);
  return spent + cost + (self->leaf ? rest : rest / 2) + link_room (self)
      <= self->cap_bps / 4;
}

/* Who has no parent asks for one before it asks for chunks: it would ask again
 * and again. */
bool
p2p_bucket_has_room_to_subscribe (const P2pSwarm * self, uint32_t cost)
{
  uint32_t spent = self->spent_sum + self->set_up_bytes;

  if (p2p_parents_eager (self))
    return p2p_bucket_has_room (self, cost);
  return self->cap_bps == 0 || spent == 0
      || spent + cost + reserve (self) / 2 <= self->cap_bps / 4;
}

/* Fewer neighbours than are sought. */
static bool
lacks_links (const P2pSwarm * self)
{
  return self->hungry || self->n_peers + self->n_set_ups
      < (p2p_target_neighbours (self) * 2 + 2) / 3;
}

/* A link also costs opening frames, what they are answered with, and, who has
 * nothing yet, the acknowledgements of a start-up burst. Only a first link takes
 * all that there is. */
static uint32_t
link_needs (const P2pSwarm * self, uint32_t bytes)
{
  uint32_t all = self->cap_bps / 4;
  uint64_t more = (uint64_t) bytes + self->n_new * RESERVE_NEW
      + (self->n_set_ups + 1) * RESERVE_LINK, burst = 0;

  if (self->source)
    return (uint32_t) more;
  if (!self->positioned)
    burst = (uint64_t) self->config.latency_us / BURST_CHUNK_US * SACK_COST;
  more += burst < all / 4 ? burst : all / 4;
  /* At video rates a quarter is never free at who feeds others, and a link is
   * a small part of it. Nor is it at a leaf that hears a radio: acknowledgements take
   * half of its cap, and where its neighbours have no place it needs others. */
  if (self->n_peers > 0 && !p2p_parents_eager (self) && !lacks_links (self))
    more += all / 4;
  return more < all ? (uint32_t) more : all + 1;
}

bool
p2p_bucket_has_room_for_link (const P2pSwarm * self, uint32_t bytes)
{
  uint32_t spent = self->spent_sum + self->set_up_bytes;

  return self->cap_bps == 0 || spent == 0
      || spent + link_needs (self, bytes) <= self->cap_bps / 4;
}

void
p2p_bucket_want_room_for_link (P2pSwarm * self, uint32_t bytes)
{
  if (self->source || p2p_parents_eager (self) || !lacks_links (self))
    return;
  self->link_room = link_needs (self, bytes);
  self->link_room_until = self->now + LINK_ROOM_US;
}

bool
p2p_bucket_allows (P2pSwarm * self, uint32_t cost)
{
  int64_t need = cost < depth (self) ? cost : depth (self);
  uint32_t spent = self->spent_sum + self->set_up_bytes;

  if (self->cap_bps == 0)
    return true;
  if (spent + cost > two_seconds (self) && spent > 0)
    return false;
  return self->tokens >= need;
}

/* When the last two seconds will have lost so many bytes: the slots fall out
 * one by one. What is charged for links under way does not. */
static P2pTime
when_forgotten (const P2pSwarm * self, uint32_t bytes)
{
  int64_t slot = self->spent_slot - SPENT_SLOTS;
  uint32_t sum = 0;

  for (; slot < self->spent_slot; slot++) {
    sum += self->spent[(uint64_t) slot % (SPENT_SLOTS + 1)];
    if (sum >= bytes)
      break;
  }
  return (slot + SPENT_SLOTS + 1) << SPENT_SHIFT;
}

/* When there is something to spare again; what it grows by changes, too. */
static P2pTime
when_spare (const P2pSwarm * self)
{
  int64_t rate = spare_bps (self);
  P2pTime wait = SPARE_LATEST_US;

  if (self->spare >= 0)
    return self->now + POLL_US;
  if (rate > 0 && -self->spare * 8000000 / rate < wait)
    wait = -self->spare * 8000000 / rate + 1;
  return self->spare_at + (wait > SPARE_STEP_US ? wait : SPARE_STEP_US);
}

/* When that much may go, as things stand: nobody need ask before. */
P2pTime
p2p_bucket_when (const P2pSwarm * self, uint32_t cost, bool urgent)
{
  int64_t need = cost < depth (self) ? cost : depth (self);
  uint32_t spent = self->spent_sum + self->set_up_bytes;
  P2pTime t = self->now;

  if (self->cap_bps == 0)
    return FOREVER;
  need -= self->tokens;
  if (need > 0)
    t += need * 8000000 / self->cap_bps + 1;
  if (spent > 0 && spent + cost > two_seconds (self)) {
    P2pTime u = when_forgotten (self, spent + cost - two_seconds (self));

    t = u > t ? u : t;
  }
  if (t == self->now && !urgent)
    t = when_spare (self);
  return t < self->now + P2P_MSEC (1) ? self->now + P2P_MSEC (1) : t;
}

void
p2p_bucket_note_spent (P2pSwarm * self, uint32_t bytes)
{
  spent_turn (self);
  self->spent[self->spent_slot % (SPENT_SLOTS + 1)] += bytes;
  self->spent_sum += bytes;
}

void
p2p_bucket_charge (P2pSwarm * self, uint32_t cost)
{
  if (self->cap_bps == 0)
    return;
  p2p_bucket_refill (self);
  self->tokens -= cost;
  p2p_bucket_note_spent (self, cost);
}

void
p2p_bucket_sent (P2pSwarm * self, P2pPeer * p, uint32_t len)
{
  uint32_t cost = p2p_wire_cost (len);

  if (p->unacked == 0) {
    p->unacked_since = self->now;
    p->unacked_chunk = NO_CHUNK;
  }
  p->unacked += len;
  self->in_flight += len;
  p2p_delay_sent (self, p);
  p->wire_pending += cost;
  p2p_bucket_charge (self, cost);
}

/* What came is acknowledged by about one packet for two. */
void
p2p_bucket_received (P2pSwarm * self, P2pPeer * p, uint32_t len)
{
  uint32_t packets = (len + P2P_PACKET_PAYLOAD - 1) / P2P_PACKET_PAYLOAD;
  uint32_t cost = (packets + 1) / 2 * SACK_COST;

  self->capacity.acks += cost;
  if (self->cap_bps == 0)
    return;
  p->wire_pending += cost;
  p2p_bucket_charge (self, cost);
}

/* wire_pending: charged, not seen by the counter yet. What the counter shows
 * beyond it is charged now; when all is acknowledged the rest was an error. */
void
p2p_bucket_stats (P2pSwarm * self, P2pPeer * p, const P2pLinkStats * s)
{
  uint64_t delta = s->wire_sent - p->wire_sent;

  if (s->wire_sent < p->wire_sent)
    delta = 0;
  self->stats.bytes_wire_sent += delta;
  if (s->wire_received > p->wire_received)
    self->stats.bytes_wire_received += s->wire_received - p->wire_received;
  p->wire_sent = s->wire_sent;
  p->wire_received = s->wire_received;
  if (delta <= p->wire_pending) {
    p->wire_pending -= (uint32_t) delta;
  } else {
    uint64_t more = delta - p->wire_pending;

    p2p_bucket_charge (self, more > 10000000 ? 10000000 : (uint32_t) more);
    p->wire_pending = 0;
  }
  if (s->unacked == 0 && p->wire_pending > 0) {
    uint32_t *spent = &self->spent[self->spent_slot % (SPENT_SLOTS + 1)];
    uint32_t back = p->wire_pending < *spent ? p->wire_pending : *spent;

    if (self->cap_bps) {
      self->tokens += p->wire_pending;
      *spent -= back;
      self->spent_sum -= back;
      self->pump_dirty |= self->send_at != FOREVER;
    }
    p->wire_pending = 0;
  }
  p2p_delay_acked (self, p, s->unacked);
  if (s->unacked < p->unacked)
    p2p_capacity_acked (self, p, p->unacked - s->unacked);
  if (s->unacked < p->unacked || s->unacked == 0) {
    self->pump_dirty |= p->accused;
    p->accused = false;
  }
  if (s->unacked < p->unacked)
    p2p_stand_in_acked (self, p, s->unacked);
  if (s->unacked < p->unacked || s->unacked == 0)
    p->unacked_since = s->unacked == 0 ? P2P_TIME_NONE : self->now;
  self->in_flight += s->unacked - p->unacked;
  p->unacked = s->unacked;
}

unsigned
p2p_slots_used (const P2pSwarm * self, int substream)
{
  uint16_t mask = substream < 0 ? 0xffff : (uint16_t) (1u << substream);
  unsigned used = 0;

  for (uint32_t i = 0; i < self->n_takers; i++) {
    const P2pPeer *p = self->takers[i];
    uint16_t m = p->suspect
        || p->stuck ? 0 : p->child_mask & ~p->evict_mask & mask;

    for (; m; m &= m - 1)
      used++;
  }
  return used;
}

unsigned
p2p_slots_of_source (const P2pSwarm * self)
{
  return self->k > 1 ? self->k * SOURCE_SLOTS_X - SOURCE_SPARE_SLOTS :
      SOURCE_SLOTS_X;
}

/* slots = floor ((92 % of the cap - the rest) / what one costs): an uplink used
 * to its last bit has a queue without end, and chunks come in bunches. A source
 * has one a sub-stream at least, and gives no more than three streams away: the
 * rest of its cap is for repair. */
unsigned
p2p_slots_total (const P2pSwarm * self, bool *hard)
{
  uint64_t cap = (uint64_t) self->cap_bps * SLOT_PERCENT / 100, slots;
  uint64_t other;

  *hard = cap != 0;
  if (self->leaf || self->k == 0)
    return 0;
  if (cap == 0)
    return p2p_capacity_fresh_slots (self, p2p_slot_bps (self), hard);
  other = other_bps (self);
  slots = cap > other ? (cap - other) / p2p_slot_bps (self) : 0;
  if (self->slot_limit && slots > self->slot_limit)
    slots = self->slot_limit;
  if (self->source && slots > p2p_slots_of_source (self))
    slots = p2p_slots_of_source (self);
  if (self->source && slots < self->k)
    slots = self->k;
  return slots > 10000 ? 10000 : (unsigned) slots;
}

/* A cap that would not carry one sub-stream to one child beside what its
 * neighbours cost: who knows asks it for nothing. */
static bool
carries_nothing (const P2pSwarm * self)
{
  uint64_t cap = (uint64_t) (self->capacity.doubted ? self->cap_bps :
      self->config.max_upload_bps) * SLOT_PERCENT / 100;

  if (self->leaf)               /* it would change with every long chunk */
    cap = cap * 5 / 6;
  return self->config.max_upload_bps != 0 && !self->source && self->k > 0
      && cap < p2p_slot_bps (self) + (uint64_t) p2p_stream_bps (self)
      * (OTHER_PER_MILLE + OTHER_PER_PEER * MIN_NEIGHBOURS) / 1000;
}

void
p2p_bucket_note_leaf (P2pSwarm * self)
{
  bool was = self->leaf;

  self->leaf = self->config.role == P2P_ROLE_LEAF || carries_nothing (self);
  if (self->leaf == was)
    return;
  self->status_dirty = true;
  for (unsigned s = 0; s < self->k && self->leaf; s++)
    p2p_admit_release (self, s);
}

/* Once a second: what everything but DATA costs us, over about 8 s. */
void
p2p_control_tick (P2pSwarm * self)
{
  uint64_t wire = self->stats.bytes_wire_sent;
  uint64_t bytes = wire > self->data_wire ? wire - self->data_wire : 0;
  P2pTime dt = self->now - self->control_marked;
  uint64_t delta = bytes > self->control_mark ? bytes - self->control_mark : 0;

  p2p_bucket_note_leaf (self);
  self->n_new = 0;
  for (uint32_t i = 0; i < self->n_peers
      && self->now - self->linked_at < P2P_SEC (2); i++)
    self->n_new += self->now - self->peers[i]->since < P2P_SEC (2);
  if (dt < P2P_SEC (1))
    return;
  self->control_bps = (uint32_t) ((self->control_bps * 7
          + delta * 8000000 / (uint64_t) dt) / 8);
  if (bytes > self->control_mark)
    self->control_mark = bytes;
  self->control_marked = self->now;
}
