/* gst-plugins-p2p
 *
 * This library is free software; you can redistribute it and/or
 * modify it under the terms of the GNU Lesser General Public
 * License as published by the Free Software Foundation; either
 * version 2.1 of the License, or (at your option) any later version.
 */
/* p2pwindow.c: see p2pwindow.h. Thread: the swarm's. */
#include "p2pwindow.h"

#include <stdlib.h>
#include <string.h>

/* Numbers of the lowest and the highest bit set; bits is not 0. */
#ifdef __GNUC__
#define p2p_lowest_bit(bits) ((uint32_t) __builtin_ctzll (bits))
#define p2p_highest_bit(bits) (63 - (uint32_t) __builtin_clzll (bits))
#else
static uint32_t
p2p_lowest_bit (uint64_t bits)
{
  uint32_t n = 0;

  while (!(bits >> n & 1))
    n++;
  return n;
}

static uint32_t
p2p_highest_bit (uint64_t bits)
{
  uint32_t n = 63;

  while (!(bits >> n & 1))
    n--;
  return n;
}
#endif

static P2pEntry *
slot (const P2pWindow * w, uint32_t chunk)
{
  return &w->ring[chunk & (w->capacity - 1)];
}

/* The word of 64 entries that holds the chunk's bit. */
static uint64_t *
word_of (const P2pWindow * w, uint32_t chunk)
{
  return &w->held[(chunk & (w->capacity - 1)) >> 6];
}

static void
clear_entry (P2pWindow * w, P2pEntry * e)
{
  if (e->state == P2P_ENTRY_HELD) {
    if (e->u.held.own_signature)
      free ((void *) e->u.held.signature);
    p2p_payload_unref (e->bytes.payload);
    *word_of (w, e->chunk) &= ~(UINT64_C (1) << (e->chunk & 63));
    w->n_held--;
  }
  memset (e, 0, sizeof *e);
  e->u.asked.at = P2P_TIME_NONE;
}

void
p2p_window_clear (P2pWindow * w)
{
  for (uint32_t i = 0; i < w->capacity; i++)
    clear_entry (w, &w->ring[i]);
  free (w->ring);
  free (w->held);
  memset (w, 0, sizeof *w);
}

/* To more, or to less if nothing is known of what has no place there. */
static bool
resize (P2pWindow * w, uint32_t capacity)
{
  uint32_t n = capacity < w->capacity ? capacity : w->capacity;
  P2pEntry *ring = calloc (capacity, sizeof *ring);
  uint64_t *held = calloc (capacity / 64, sizeof *held);

  if (!ring || !held) {
    free (ring);
    free (held);
    return false;
  }
  for (uint32_t i = 0; i < capacity; i++)
    ring[i].u.asked.at = P2P_TIME_NONE;
  for (uint32_t i = 0; i < n; i++) {
    uint32_t at = (w->base + i) & (capacity - 1);

    ring[at] = *slot (w, w->base + i);
    if (ring[at].state == P2P_ENTRY_HELD)
      held[at >> 6] |= UINT64_C (1) << (at & 63);
  }
  free (w->ring);
  free (w->held);
  w->ring = ring;
  w->held = held;
  w->capacity = capacity;
  return true;
}

P2pEntry *
p2p_window_reserve (P2pWindow * w, uint32_t chunk, uint32_t back)
{
  P2pEntry *e;

  if (!w->ring) {
    if (!resize (w, P2P_WINDOW_MIN))
      return NULL;
    w->base = chunk > back ? chunk - back : 0;
    w->end = w->base;
  }
  if (chunk < w->base)
    return NULL;
  while (chunk - w->base >= w->capacity) {
    if (w->capacity >= P2P_WINDOW_MAX || !resize (w, w->capacity * 2))
      return NULL;
  }
  e = slot (w, chunk);
  e->chunk = chunk;
  return e;
}

void
p2p_window_fill (P2pWindow * w, P2pEntry * e, P2pSlice bytes,
    const uint8_t * signature, bool own_signature)
{
  e->bytes = bytes;
  p2p_payload_ref (bytes.payload);
  memset (&e->u, 0, sizeof e->u);
  e->u.held.signature = signature;
  e->u.held.own_signature = own_signature;
  e->state = P2P_ENTRY_HELD;
  *word_of (w, e->chunk) |= UINT64_C (1) << (e->chunk & 63);
  w->n_held++;
  if (e->chunk >= w->end)
    w->end = e->chunk + 1;
}

void
p2p_window_advance (P2pWindow * w, uint32_t base)
{
  uint32_t n;

  if (base <= w->base)
    return;
  n = base - w->base;
  if (n > w->capacity)
    n = w->capacity;
  for (uint32_t i = 0; i < n; i++)
    clear_entry (w, slot (w, w->base + i));
  w->base = base;
  if (w->end < base)
    w->end = base;
}

void
p2p_window_fit (P2pWindow * w)
{
  uint32_t half = w->capacity / 2;

  if (half < P2P_WINDOW_MIN || w->end - w->base > half - half / 8)
    return;
  for (uint32_t i = half; i < w->capacity; i++) {
    const P2pEntry *e = slot (w, w->base + i);

    if (e->state != P2P_ENTRY_MISSING || e->u.asked.at != P2P_TIME_NONE)
      return;
  }
  resize (w, half);
}

/* Scans go by words: bit n of a word is chunk (first of the word) + n, for
 * capacities are multiples of 64. */
bool
p2p_window_next_held (const P2pWindow * w, uint32_t from, uint32_t * out)
{
  if (from < w->base)
    from = w->base;
  while (from < w->end) {
    uint64_t bits = *word_of (w, from) >> (from & 63);
    uint32_t left = 64 - (from & 63);

    if (bits) {
      from += p2p_lowest_bit (bits);
      if (from >= w->end)
        return false;
      *out = from;
      return true;
    }
    if (left >= w->end - from)
      return false;
    from += left;
  }
  return false;
}

bool
p2p_window_prev_held (const P2pWindow * w, uint32_t from, uint32_t * out)
{
  if (from >= w->end)
    from = w->end - 1;
  if (w->end == w->base || from < w->base)
    return false;
  for (;;) {
    uint32_t below = from & 63;
    uint64_t bits = *word_of (w, from) << (63 - below);

    if (bits) {
      uint32_t back = 63 - p2p_highest_bit (bits);

      *out = from - back;
      return back <= from - w->base;
    }
    if (below >= from - w->base)
      return false;
    from -= below + 1;
  }
}

uint32_t
p2p_window_next_hole (const P2pWindow * w, uint32_t from)
{
  if (from < w->base || from >= w->end)
    return from;
  while (from < w->end) {
    uint64_t bits = ~*word_of (w, from) >> (from & 63);

    if (bits) {
      from += p2p_lowest_bit (bits);
      break;
    }
    from += 64 - (from & 63);
  }
  return from < w->end ? from : w->end;
}

static bool
prev_hole_by_steps (const P2pWindow * w, uint32_t from, uint32_t step,
    uint32_t * out)
{
  for (;;) {
    if (!p2p_window_held (w, from)) {
      *out = from;
      return true;
    }
    if (from - w->base < step)
      return false;
    from -= step;
  }
}

bool
p2p_window_prev_hole (const P2pWindow * w, uint32_t from, uint32_t step,
    uint32_t * out)
{
  uint64_t comb;

  if (!w->ring || step == 0 || from < w->base || from - w->base >= w->capacity)
    return false;
  if (64 % step != 0 || step == 64)
    return prev_hole_by_steps (w, from, step, out);
  comb = UINT64_MAX / ((UINT64_C (1) << step) - 1) << (from & (step - 1));
  for (;;) {
    uint32_t below = from & 63;
    uint64_t bits = (~*word_of (w, from) & comb) << (63 - below);

    if (bits) {
      uint32_t back = 63 - p2p_highest_bit (bits);

      *out = from - back;
      return back <= from - w->base;
    }
    if (below >= from - w->base)
      return false;
    from -= below + 1;
  }
}
