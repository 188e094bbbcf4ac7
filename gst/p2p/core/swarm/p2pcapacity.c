/* gst-plugins-p2p
 *
 * This library is free software; you can redistribute it and/or
 * modify it under the terms of the GNU Lesser General Public
 * License as published by the Free Software Foundation; either
 * version 2.1 of the License, or (at your option) any later version.
 */
/* p2pcapacity.c: what our uplink carries when nobody told us.
 *
 * An uplink that is asked for more than it carries shows it twice: the round
 * trips of all links grow beyond the shortest each has had, because they share
 * its queue, and what is acknowledged a second is its rate. The first is the
 * sign (LEDBAT, RFC 6817), the second the measure (the delivery rate of BBR,
 * draft-ietf-ccwg-bbr). Nothing is sent to find out: media that somebody wants
 * are the probe.
 *
 *   fresh ──all slots carried, no queue──► twice the slots, up to the custom
 *     │
 *   queue ──► known: the cap is what was acknowledged, less a part; what lies in
 *     ▲              the queue is paid for first; children beyond it go
 *     │                │
 *     └────────────────┴──used up and no queue for a while──► more
 *
 * The sign is the least of the links: a neighbour's own full uplink delays its
 * acknowledgements, and only its.
 */
#include "p2pswarmpriv.h"

#define ROUND_US P2P_MSEC (500)
#define QUEUE_US P2P_MSEC (100) /* RFC 6817: LEDBAT's target */
#define BASE_US P2P_SEC (300)   /* two of them: LEDBAT's history of 10 minutes */
#define SETTLED_LINK_US P2P_SEC (5)     /* its shortest round trip is one */
#define FRESH_BPS 1000000       /* what a line carries that nobody knows */
#define PART 90                 /* percent of what was acknowledged */
#define FAST_GROWTH 25          /* percent a round, below where it was full last */
#define GROWTH 1                /* and beyond, more with each round */
#define NEAR 85                 /* percent of that */
#define CARRIED 95              /* percent of what the slots in use cost, or */
#define USED 85                 /* of the cap, is acknowledged before it grows */
#define SAMPLE 4                /* chunks; */
#define SAMPLE_US P2P_SEC (2)   /* or so long */
#define MAX_DRAIN_US P2P_SEC (2)
#define OUTAGE_ROUNDS 2         /* nothing acknowledged; the least line has three
                                 * packets a second */
#define OUTAGE_US P2P_SEC (3)   /* round trips tell of an outage for so long */
#define MAX_CAPACITY_BPS 4000000000u

bool
p2p_capacity_runs (const P2pSwarm * self)
{
  return self->config.max_upload_bps == 0 && self->config.role != P2P_ROLE_LEAF;
}

void
p2p_capacity_init (P2pSwarm * self)
{
  P2pCapacity *c = &self->capacity;

  c->round_at = self->now;
  c->fresh_bps = FRESH_BPS;
  self->cap_bps = self->config.max_upload_bps;
  if (!p2p_capacity_runs (self) || self->config.upload_guess_bps == 0)
    return;
  c->ceiling = self->cap_bps = self->config.upload_guess_bps < MIN_UPLOAD_BPS ?
      MIN_UPLOAD_BPS : self->config.upload_guess_bps;
}

/* The shortest round trip of the last five to ten minutes. */
void
p2p_capacity_round_trip (P2pSwarm * self, P2pPeer * p, uint32_t srtt_us)
{
  if (srtt_us == 0)
    return;
  p->srtt_us = srtt_us;
  if (p->base_us == 0 || self->now - p->base_since >= BASE_US) {
    p->base_us = p->base_us == 0 || p->next_base_us == 0 ? srtt_us :
        p->next_base_us;
    p->next_base_us = srtt_us;
    p->base_since = self->now;
  }
  if (srtt_us < p->next_base_us || p->next_base_us == 0)
    p->next_base_us = srtt_us;
  if (srtt_us < p->base_us)
    p->base_us = srtt_us;
}

void
p2p_capacity_acked (P2pSwarm * self, P2pPeer * p, uint32_t len)
{
  self->capacity.acked += p2p_wire_cost (len);
  if (len * 32ll >= self->chunk_bytes)  /* no STATUS: its round trips are old */
    p->acked_at = self->now;
}

/* What all links have in common; -1: none has shown anything in this round. */
static P2pTime
common_queue (const P2pSwarm * self, bool settled)
{
  P2pTime least = -1;

  for (uint32_t i = 0; i < self->n_peers; i++) {
    const P2pPeer *p = self->peers[i];
    P2pTime q = (P2pTime) p->srtt_us - p->base_us;

    if (p->acked_at < self->capacity.round_at
        || p->base_us == 0 || (settled
            && self->now - p->since < SETTLED_LINK_US))
      continue;
    if (least < 0 || q < least)
      least = q;
  }
  return least;
}

static P2pTime
chunk_time (const P2pSwarm * self, uint32_t bps)
{
  uint64_t bits = 8 * (uint64_t) p2p_wire_cost ((uint32_t) (self->chunk_bytes
          / 16) + 102);

  return bps ? (P2pTime) (bits * 1000000 / bps) : 0;
}

static uint32_t
part_of (uint64_t bps, unsigned percent)
{
  bps = bps * percent / 100;
  if (bps > MAX_CAPACITY_BPS)
    bps = MAX_CAPACITY_BPS;
  return bps < MIN_UPLOAD_BPS ? MIN_UPLOAD_BPS : (uint32_t) bps;
}

static void
forget_sample (P2pCapacity * c)
{
  c->bad = 0;
  c->bad_bytes = 0;
  c->bad_us = 0;
}

/* The line is full. What lies in its queue is paid for before anything else
 * goes. */
static void
full (P2pSwarm * self, uint32_t bps, P2pTime queue)
{
  P2pCapacity *c = &self->capacity;

  if (queue > MAX_DRAIN_US)
    queue = MAX_DRAIN_US;
  if (self->cap_bps == 0) {     /* the bucket begins now */
    self->tokens_at = self->spare_at = self->now;
    self->tokens = self->spare = 0;
  }
  c->ceiling = part_of (bps, 100);
  self->cap_bps = part_of (bps, PART);
  self->tokens -= (int64_t) bps *queue / 8000000;
  c->hold_until = self->now + queue + 2 * ROUND_US;
  c->grown = 0;
  forget_sample (c);
  p2p_admit_shed (self);
  self->status_dirty = true;
}

/* All that we may give is given, and the line has no queue. */
static void
grow (P2pSwarm * self, uint32_t bps)
{
  P2pCapacity *c = &self->capacity;
  unsigned percent = FAST_GROWTH, used = p2p_slots_used (self, -1);
  bool hard, all = used >= p2p_slots_total (self, &hard);

  if (self->cap_bps == 0) {
    if (all && c->fresh_bps < MAX_CAPACITY_BPS / 2)
      c->fresh_bps *= 2;
    return;
  }
  if (self->cap_bps > bps / 2 * 3)
    return;                     /* nobody has shown that it carries so much */
  if (!(all && bps >= p2p_slot_bps (self) * used * CARRIED / 100)
      && !(c->limited && bps >= part_of (self->cap_bps, USED)))
    return;
  if (self->cap_bps >= part_of (c->ceiling, NEAR))
    percent = ++c->grown * GROWTH;
  self->cap_bps = part_of (self->cap_bps, 100 + (percent < FAST_GROWTH ?
          percent : FAST_GROWTH));
}

/* A full line is measured for as long as it takes to be exact. */
static void
judge (P2pSwarm * self, uint32_t bps, P2pTime dt, P2pTime queue)
{
  P2pCapacity *c = &self->capacity;
  P2pTime limit = QUEUE_US + chunk_time (self, bps) * 3 / 2;

  if (queue > limit) {
    c->bad += queue > 3 * limit ? 2 : 1;
    c->bad_bytes += (uint64_t) bps *(uint64_t) dt / 8000000;
    c->bad_us += dt;
    if (c->bad >= 2 && self->now >= c->hold_until
        && (c->bad_bytes * 16 >= (uint64_t) self->chunk_bytes * SAMPLE
            || c->bad_us >= SAMPLE_US))
      full (self, (uint32_t) (c->bad_bytes * 8000000 / (uint64_t) c->bad_us),
          queue);
  } else {
    forget_sample (c);
    if (queue <= limit / 2)
      grow (self, bps);
  }
}

/* A cable that is out and a process that stood still look like a line of
 * almost nothing: late acknowledgements, and few. They tell nothing of it. */
static bool
was_out (P2pSwarm * self, uint64_t bps, P2pTime dt)
{
  P2pCapacity *c = &self->capacity;

  c->silent = bps == 0 && self->in_flight > 0 ? c->silent + 1 : 0;
  if (c->silent >= OUTAGE_ROUNDS || dt > OUTAGE_ROUNDS * ROUND_US)
    c->out_until = self->now + OUTAGE_US;
  return self->now < c->out_until;
}

void
p2p_capacity_tick (P2pSwarm * self)
{
  P2pCapacity *c = &self->capacity;
  P2pTime dt = self->now - c->round_at, queue;
  uint64_t bps;

  if (dt < ROUND_US || !p2p_capacity_runs (self))
    return;
  bps = dt > P2P_SEC (10) ? 0 : (c->acked + c->acks) * 8000000 / (uint64_t) dt;
  queue = common_queue (self, true);
  if (queue < 0)
    queue = common_queue (self, false);
  if (was_out (self, bps, dt) || queue < 0 || bps == 0)
    forget_sample (c);
  else
    judge (self, bps > MAX_CAPACITY_BPS ? MAX_CAPACITY_BPS : (uint32_t) bps,
        dt, queue);
  c->round_at = self->now;
  c->acked = c->acks = 0;
  c->limited = false;
}

/* Bytes in flight on all links together, beyond a message each. */
uint32_t
p2p_capacity_fresh_window (const P2pSwarm * self)
{
  return self->capacity.fresh_bps / 16; /* half a second */
}

/* Slots of who does not know its line: what nobody has carried yet is not
 * promised. */
unsigned
p2p_capacity_fresh_slots (const P2pSwarm * self, uint64_t slot_bps, bool *hard)
{
  uint64_t slots = self->capacity.fresh_bps / slot_bps;
  unsigned custom = self->source ? p2p_slots_of_source (self) :
      self->k * RELAY_SLOTS_X;

  if (self->source || slots >= custom)
    return custom;
  *hard = true;
  return slots < self->k / 2u ? self->k / 2u : (unsigned) slots;
}
