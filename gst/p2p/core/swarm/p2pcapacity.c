/* gst-plugins-p2p
 *
 * This library is free software; you can redistribute it and/or
 * modify it under the terms of the GNU Lesser General Public
 * License as published by the Free Software Foundation; either
 * version 2.1 of the License, or (at your option) any later version.
 */
/* p2pcapacity.c: what our uplink carries when nobody told us, or told us more.
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
 *
 * A cap that was told is the most that there is. Below it:
 *
 *   told ──a long queue in our uplink (p2pdelay.c), and clearly less goes──► known,
 *     ▲                                                      as above, but late to
 *     └──────────────────────────────grown to it────────────── grow
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

/* A cap that was told: what makes it doubtful, */
#define CLEARLY_LESS 70         /* percent of it */
#define NEARLY_ALL 90           /* percent of it: what waits may wait for it */
#define DOUBT_QUEUE_US P2P_MSEC (200)   /* and three chunks */
#define DOUBT_SIGNS 5           /* rounds; one of a long queue counts twice */
#define DOUBT_SAMPLE_US P2P_SEC (2)
#define PILED_US P2P_MSEC (1200)        /* at a source: longer than a path back is late */
#define PILED_PART 16           /* below an estimate: of the sample */
/* and what follows. */
#define STEP_DOWN 75            /* percent of an estimate are left, before PART */
#define SMALL_STEP 105          /* or so much, when it may not be our queue */
#define TOLD_DRAIN_US P2P_SEC (4)
#define TOLD_HOLD_US P2P_SEC (1)        /* delays of before are old then */
#define GROW_AGAIN_US P2P_SEC (10)      /* doubles */
#define MAX_DOUBTS 4
#define TRUST_US P2P_SEC (300)  /* trusted for so long: what was is forgotten */

static bool
is_unknown (const P2pSwarm * self)
{
  return self->config.max_upload_bps == 0 && self->config.role != P2P_ROLE_LEAF;
}

bool
p2p_capacity_measures (const P2pSwarm * self)
{
  return is_unknown (self) || self->capacity.doubted;
}

static void
forget_sample (P2pCapacity * c)
{
  c->bad = 0;
  c->bad_bytes = 0;
  c->bad_us = 0;
}

static void
add_sample (P2pSwarm * self, uint32_t bps, P2pTime dt, unsigned weight)
{
  P2pCapacity *c = &self->capacity;

  if (c->bad == 0)
    c->in_flight = self->in_flight;
  c->bad += weight;
  c->bad_bytes += (uint64_t) bps *(uint64_t) dt / 8000000;
  c->bad_us += dt;
}

static uint32_t
sampled_bps (const P2pCapacity * c)
{
  return (uint32_t) (c->bad_bytes * 8000000 / (uint64_t) c->bad_us);
}

void
p2p_capacity_init (P2pSwarm * self)
{
  P2pCapacity *c = &self->capacity;

  c->round_at = self->now;
  c->fresh_bps = FRESH_BPS;
  self->cap_bps = self->config.max_upload_bps;
  c->doubted = false;
  c->grew = false;
  c->doubts = 0;
  c->grow_at = c->trusted_at = 0;
  forget_sample (c);
  if (!is_unknown (self) || self->config.upload_guess_bps == 0)
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

/* The line is full. What lies in its queue is paid for before anything else
 * goes. */
static void
full (P2pSwarm * self, uint32_t bps, P2pTime queue)
{
  P2pCapacity *c = &self->capacity;

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

static P2pTime
at_most (P2pTime t, P2pTime most)
{
  return t < most ? t : most;
}

/* Nothing that comes to a source tells how much of a delay was on the way back. What
 * only comes late piles up no longer than that; what does not fit goes on. */
static bool
piles_up (const P2pSwarm * self)
{
  const P2pCapacity *c = &self->capacity;
  uint64_t more = self->in_flight > c->in_flight ?
      self->in_flight - c->in_flight : 0;
  P2pTime late = c->doubted ? c->bad_us / PILED_PART : PILED_US;

  return !self->source
      || more * (uint64_t) c->bad_us >= (c->bad_bytes + more) * (uint64_t) late;
}

/* Of an estimate that was too high: it may be a path back that is late. */
static uint32_t
bounded_step (const P2pSwarm * self, uint32_t bps)
{
  const P2pCapacity *c = &self->capacity;
  bool sure = piles_up (self);
  uint32_t least = part_of (self->cap_bps, sure ? STEP_DOWN : SMALL_STEP);

  if (!sure && least < c->first / 2)
    least = c->first / 2;
  return bps < least ? least : bps;
}

/* The line is full, and what was told is more. All that is under way has to leave
 * before delays tell anything new; what grew in vain grows later the next time. */
static void
full_below_told (P2pSwarm * self, uint32_t bps, P2pTime queue)
{
  P2pCapacity *c = &self->capacity;
  P2pTime out = (P2pTime) (self->in_flight * 8000000ull / part_of (bps, 100));

  if (c->doubted) {
    bps = bounded_step (self, bps);
  } else {
    c->first = bps;
    if (self->now - c->trusted_at >= TRUST_US)
      c->doubts = 0;
  }
  if (bps > self->config.max_upload_bps)
    bps = self->config.max_upload_bps;
  c->doubted = true;
  full (self, bps, at_most (out > queue ? out : queue, TOLD_DRAIN_US));
  c->hold_until += TOLD_HOLD_US;
  c->doubts += c->grew && c->doubts < MAX_DOUBTS;
  c->grew = false;
  c->grow_at = c->hold_until + (GROW_AGAIN_US << c->doubts);
  p2p_bucket_note_leaf (self);
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

/* Nearer to what was told; without a place to give away nothing would show that
 * there is more. */
static void
grow_back (P2pSwarm * self, uint32_t bps)
{
  P2pCapacity *c = &self->capacity;
  uint32_t before;
  bool hard;

  if (self->now < c->grow_at)
    return;
  before = self->cap_bps;
  if (p2p_slots_total (self, &hard) == 0)
    self->cap_bps = part_of (self->cap_bps, 100 + FAST_GROWTH);
  else
    grow (self, bps);
  c->grew |= self->cap_bps > before;
  if (self->cap_bps < self->config.max_upload_bps)
    return;
  self->cap_bps = self->config.max_upload_bps;
  c->doubted = false;
  c->trusted_at = self->now;
}

/* Room under the cap is what is lacking. */
static bool
waits_for_cap (const P2pSwarm * self)
{
  return self->spent_sum + self->set_up_bytes
      >= part_of (self->config.max_upload_bps, NEARLY_ALL) / 4;
}

/* What was told is doubted late: a queue that all links have shown for long while
 * clearly less went. */
static void
doubt (P2pSwarm * self, uint32_t bps, P2pTime dt, P2pTime queue)
{
  P2pCapacity *c = &self->capacity;
  uint32_t told = self->config.max_upload_bps;
  P2pTime limit = DOUBT_QUEUE_US + chunk_time (self, told) * 3;

  if (waits_for_cap (self)) {
    P2pTime least = common_queue (self, false);

    if (least < queue)
      queue = least;
  }
  if (queue <= limit || bps >= part_of (told, CLEARLY_LESS)) {
    forget_sample (c);
    return;
  }
  add_sample (self, bps, dt, queue > 3 * limit ? 2 : 1);
  if (c->bad < DOUBT_SIGNS || c->bad_us < DOUBT_SAMPLE_US || !piles_up (self))
    return;
  full_below_told (self, sampled_bps (c), queue);
}

/* A full line is measured for as long as it takes to be exact. */
static void
judge (P2pSwarm * self, uint32_t bps, P2pTime dt, P2pTime queue)
{
  P2pCapacity *c = &self->capacity;
  P2pTime limit = QUEUE_US + chunk_time (self, bps) * 3 / 2;

  if (c->doubted)
    limit = DOUBT_QUEUE_US + (p2p_slots_used (self, -1) == 0 ? 0 :
        chunk_time (self, self->cap_bps) * 3 / 2);
  if (queue > limit) {
    add_sample (self, bps, dt, queue > 3 * limit ? 2 : 1);
    if (c->bad >= 2 && self->now >= c->hold_until
        && (c->bad_bytes * 16 >= (uint64_t) self->chunk_bytes * SAMPLE
            || c->bad_us >= SAMPLE_US)) {
      if (c->doubted)
        full_below_told (self, sampled_bps (c), queue);
      else
        full (self, sampled_bps (c), at_most (queue, MAX_DRAIN_US));
    }
  } else {
    forget_sample (c);
    if (queue <= limit / 2 && c->doubted)
      grow_back (self, bps);
    else if (queue <= limit / 2)
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

static P2pTime
queue_now (const P2pSwarm * self)
{
  P2pTime queue;

  if (!is_unknown (self))
    return p2p_delay_uplink (self);
  queue = common_queue (self, true);
  return queue < 0 ? common_queue (self, false) : queue;
}

void
p2p_capacity_tick (P2pSwarm * self)
{
  P2pCapacity *c = &self->capacity;
  P2pTime dt = self->now - c->round_at, queue;
  uint64_t bps;

  if (dt < ROUND_US || self->config.role == P2P_ROLE_LEAF)
    return;
  bps = dt > P2P_SEC (10) ? 0 : (c->acked + c->acks) * 8000000 / (uint64_t) dt;
  if (bps > MAX_CAPACITY_BPS)
    bps = MAX_CAPACITY_BPS;
  queue = queue_now (self);
  if (was_out (self, bps, dt) || queue < 0 || bps == 0
      || (c->doubted && self->now < c->hold_until))
    forget_sample (c);
  else if (p2p_capacity_measures (self))
    judge (self, (uint32_t) bps, dt, queue);
  else
    doubt (self, (uint32_t) bps, dt, queue);
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
