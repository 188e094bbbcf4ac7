/* gst-plugins-p2p
 *
 * This library is free software; you can redistribute it and/or
 * modify it under the terms of the GNU Lesser General Public
 * License as published by the Free Software Foundation; either
 * version 2.1 of the License, or (at your option) any later version.
 */
/* p2psim.c: the events and the virtual clock.
 *
 * A wheel of slots of 1 ms holds the next two seconds: few enough that those that
 * events are put into stay in the cache. The slot whose turn it is is dealt out
 * to fine ones of 32 us, and each of those to a list for each microsecond, so that
 * nothing is sorted and nothing is compared. What is later waits in a heap with
 * four children a node, and is taken from there.
 */
#include "p2psim.h"
#include "../../gst/p2p/core/base/p2psoon.h"

#include <stdlib.h>
#include <string.h>

#define SLOTS (P2P_SIM_COARSE + P2P_SIM_FINE)

uint64_t
p2p_sim_mix (uint64_t hash, uint64_t value)
{
  hash ^= value;
  hash *= UINT64_C (0x9e3779b97f4a7c15);
  return hash ^ hash >> 29;
}

void
p2p_sim_note (P2pSim * self, uint64_t value)
{
  self->hash = p2p_sim_mix (self->hash, value);
}

void *
p2p_sim_zeroed (size_t n, size_t size)
{
  void *v = calloc (n, size);

  if (v == NULL)
    abort ();
  return v;
}

void *
p2p_sim_aligned (size_t n, size_t size)
{
  size_t bytes = (n * size + P2P_SIM_LINE - 1) / P2P_SIM_LINE * P2P_SIM_LINE;
  void *v = aligned_alloc (P2P_SIM_LINE, bytes);

  if (v == NULL)
    abort ();
  return memset (v, 0, bytes);
}

void
p2p_sim_init (P2pSim * self, uint64_t seed)
{
  memset (self, 0, sizeof *self);
  p2p_random_init (&self->random, seed);
  self->hash = p2p_sim_mix (UINT64_C (0xcbf29ce484222325), seed);
  self->slot = p2p_sim_zeroed (SLOTS, sizeof *self->slot);
  self->used = p2p_sim_zeroed ((SLOTS + 63) / 64, sizeof *self->used);
}

void
p2p_sim_clear (P2pSim * self)
{
  free (self->heap);
  free (self->pool);
  free (self->due);
  free (self->slot);
  free (self->used);
  memset (self, 0, sizeof *self);
}

static bool
is_before (const P2pSimEvent * a, const P2pSimEvent * b)
{
  return a->when != b->when ? a->when < b->when : a->order < b->order;
}

static void
sift_up (P2pSim * self, uint32_t i, const P2pSimEvent * e)
{
  while (i > 0 && is_before (e, &self->heap[(i - 1) / 4])) {
    self->heap[i] = self->heap[(i - 1) / 4];
    i = (i - 1) / 4;
  }
  self->heap[i] = *e;
}

static void
sift_down (P2pSim * self, const P2pSimEvent * e)
{
  uint32_t i = 0;

  for (;;) {
    uint32_t child = 4 * i + 1, best = child;

    if (child >= self->n)
      break;
    for (uint32_t j = child + 1; j < child + 4 && j < self->n; j++) {
      if (is_before (&self->heap[j], &self->heap[best]))
        best = j;
    }
    if (!is_before (&self->heap[best], e))
      break;
    self->heap[i] = self->heap[best];
    i = best;
  }
  self->heap[i] = *e;
}

static void
push_late (P2pSim * self, const P2pSimEvent * e)
{
  if (self->n == self->allocated) {
    self->allocated = self->allocated ? self->allocated * 2 : 1024;
    self->heap = realloc (self->heap, self->allocated * sizeof *self->heap);
    if (self->heap == NULL)
      abort ();
  }
  sift_up (self, self->n++, e);
}

static void
pop_late (P2pSim * self, P2pSimEvent * out)
{
  *out = self->heap[0];
  self->n--;
  if (self->n > 0) {
    P2pSimEvent last = self->heap[self->n];

    sift_down (self, &last);
  }
}

static uint32_t
take_block (P2pSim * self)
{
  uint32_t i = self->free;

  if (i) {
    self->free = self->pool[i].older;
  } else {
    if (self->n_pool + 1 >= self->cap_pool) {
      self->cap_pool = self->cap_pool ? self->cap_pool * 2 : 1024;
      self->pool = realloc (self->pool, self->cap_pool * sizeof *self->pool);
      if (self->pool == NULL)
        abort ();
    }
    i = ++self->n_pool;
  }
  return i;
}

/* To the events of the slot that is being worked off. */
static void
append (P2pSim * self, const P2pSimEvent * e)
{
  uint32_t step = (uint32_t) e->when & (P2P_SIM_STEPS - 1), i;

  if (self->n_due + 1 >= self->cap_due) {
    self->cap_due = self->cap_due ? self->cap_due * 2 : 256;
    self->due = realloc (self->due, self->cap_due * sizeof *self->due);
    if (self->due == NULL)
      abort ();
  }
  i = ++self->n_due;
  self->due[i] = *e;
  self->due[i].next = 0;
  if (self->steps >> step & 1)
    self->due[self->last[step]].next = i;
  else
    self->first[step] = i;
  self->last[step] = i;
  self->steps |= 1u << step;
}

static uint32_t
coarse_slot (int64_t coarse)
{
  return (uint32_t) coarse & (P2P_SIM_COARSE - 1);
}

static uint32_t
fine_slot (int64_t slot)
{
  return P2P_SIM_COARSE + ((uint32_t) slot & (P2P_SIM_FINE - 1));
}

static void
put (P2pSim * self, uint32_t at, const P2pSimEvent * e)
{
  P2pSimSlot *slot = &self->slot[at];

  if (slot->block == 0 || slot->n == P2P_SIM_BLOCK) {
    uint32_t older = slot->block;

    slot->block = take_block (self);
    slot->n = 0;
    self->pool[slot->block].older = older;
    self->used[at >> 6] |= UINT64_C (1) << (at & 63);
  }
  self->pool[slot->block].e[slot->n++] = *e;
}

void
p2p_sim_at (P2pSim * self, P2pTime when, uint32_t type, uint32_t a, uint32_t b,
    uint32_t c, void *data)
{
  P2pSimEvent e = { when, self->orders++, type, a, b, c, data, 0 };
  int64_t slot, coarse;

  if (e.when < self->now)
    e.when = self->now;
  slot = e.when >> P2P_SIM_SLOT_BITS;
  coarse = slot >> P2P_SIM_FINE_BITS;
  if (slot == self->at)
    append (self, &e);
  else if (coarse == self->coarse)
    put (self, fine_slot (slot), &e);
  else if (coarse > self->coarse && coarse - self->coarse < P2P_SIM_COARSE)
    put (self, coarse_slot (coarse), &e);
  else
    push_late (self, &e);
}

static unsigned
lowest (uint64_t bits)
{
#ifdef __GNUC__
  return (unsigned) __builtin_ctzll (bits);
#else
  unsigned n = 0;

  while (!(bits >> n & 1))
    n++;
  return n;
#endif
}

/* The next coarse slot that is not empty, INT64_MAX: there is none. */
static int64_t
next_coarse (const P2pSim * self)
{
  int64_t coarse = self->coarse + 1, end = self->coarse + P2P_SIM_COARSE;

  while (coarse < end) {
    uint32_t at = coarse_slot (coarse);
    uint64_t bits = self->used[at >> 6] >> (at & 63);

    if (bits)
      return coarse + lowest (bits);
    coarse += 64 - (at & 63);
  }
  return INT64_MAX;
}

/* Likewise, of the fine ones, which are those of one coarse slot. */
static int64_t
next_fine (const P2pSim * self)
{
  uint32_t bits = (uint32_t) self->used[P2P_SIM_COARSE >> 6];

  return bits ? (self->coarse << P2P_SIM_FINE_BITS) + lowest (bits) : INT64_MAX;
}

/* Blocks of the next coarse slot are asked for one after the other: each says
 * where the next is. */
static void
ask_for_block (P2pSim * self)
{
  uint32_t i = self->ahead;

  if (i)
    p2p_soon_bytes (&self->pool[i], sizeof *self->pool);
}

void
p2p_sim_block_soon (P2pSim * self)
{
  if (!self->ahead)
    return;
  self->ahead = self->pool[self->ahead].older;
  ask_for_block (self);
}

/* Takes a slot's blocks off, oldest first. n_newest: in the last of them. */
static uint32_t
take_blocks (P2pSim * self, uint32_t at, uint32_t * n_newest)
{
  uint32_t list = 0, older;

  for (uint32_t i = self->slot[at].block; i; i = older) {
    older = self->pool[i].older;
    self->pool[i].older = list;
    list = i;
  }
  *n_newest = self->slot[at].n;
  self->slot[at].block = 0;
  self->used[at >> 6] &= ~(UINT64_C (1) << (at & 63));
  return list;
}

static uint32_t
free_block (P2pSim * self, uint32_t i)
{
  uint32_t next = self->pool[i].older;

  self->pool[i].older = self->free;
  self->free = i;
  return next;
}

/* Deals a coarse slot out to the fine ones, which are empty. */
static void
deal (P2pSim * self, int64_t coarse)
{
  uint32_t n_newest, i = take_blocks (self, coarse_slot (coarse), &n_newest);
  int64_t next;

  self->coarse = coarse;
  while (i) {
    uint32_t n = self->pool[i].older ? P2P_SIM_BLOCK : n_newest;

    for (uint32_t j = 0; j < n; j++) {
      P2pSimEvent e = self->pool[i].e[j];

      put (self, fine_slot (e.when >> P2P_SIM_SLOT_BITS), &e);
    }
    i = free_block (self, i);
  }
  next = next_coarse (self);
  self->ahead = next == INT64_MAX ? 0 : self->slot[coarse_slot (next)].block;
  ask_for_block (self);
}

/* Works a fine slot off. */
static void
work_off (P2pSim * self, int64_t slot)
{
  uint32_t n_newest, i = take_blocks (self, fine_slot (slot), &n_newest);

  self->n_due = 0;
  while (i) {
    uint32_t n = self->pool[i].older ? P2P_SIM_BLOCK : n_newest;

    for (uint32_t j = 0; j < n; j++)
      append (self, &self->pool[i].e[j]);
    i = free_block (self, i);
  }
  if (self->hint && self->n_due > 0)
    self->hint (self->owner, self->due + 1, self->n_due);
  self->at = slot;
}

/* The next fine slot with events; INT64_MAX: there is none, or not before 'until'. */
static int64_t
next_slot (P2pSim * self, P2pTime until)
{
  int64_t slot = next_fine (self), coarse;

  if (slot != INT64_MAX)
    return slot;
  coarse = next_coarse (self);
  if (coarse == INT64_MAX
      || coarse << (P2P_SIM_FINE_BITS + P2P_SIM_SLOT_BITS) > until)
    return INT64_MAX;
  deal (self, coarse);
  return next_fine (self);
}

static bool
take_late (P2pSim * self, P2pTime until, P2pSimEvent * out)
{
  if (self->heap[0].when > until)
    return false;
  pop_late (self, out);
  if (self->steps == 0) {       /* no slot before that */
    self->at = out->when >> P2P_SIM_SLOT_BITS;
    if (self->at >> P2P_SIM_FINE_BITS > self->coarse)
      self->coarse = self->at >> P2P_SIM_FINE_BITS;
    self->n_due = 0;
  }
  return true;
}

static bool
take (P2pSim * self, P2pTime until, P2pSimEvent * out)
{
  uint32_t i, step;

  if (self->steps == 0) {
    int64_t slot = next_slot (self, until);

    if (self->n > 0 && (slot == INT64_MAX
            || self->heap[0].when >> P2P_SIM_SLOT_BITS < slot))
      return take_late (self, until, out);
    if (slot == INT64_MAX || slot << P2P_SIM_SLOT_BITS > until)
      return false;
    work_off (self, slot);
  }
  step = lowest (self->steps);
  i = self->first[step];
  if (self->n > 0 && is_before (&self->heap[0], &self->due[i]))
    return take_late (self, until, out);
  if (self->due[i].when > until)
    return false;
  *out = self->due[i];
  self->first[step] = out->next;
  if (out->next == 0)
    self->steps &= ~(1u << step);
  return true;
}

bool
p2p_sim_drain (P2pSim * self, P2pSimEvent * out)
{
  return take (self, INT64_MAX, out);
}

bool
p2p_sim_next (P2pSim * self, P2pTime until, P2pSimEvent * out)
{
  if (!take (self, until, out)) {
    if (until > self->now)
      self->now = until;
    return false;
  }
  self->now = out->when;
  self->n_events++;
  return true;
}
