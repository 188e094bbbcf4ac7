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

static P2pEntry *
slot (const P2pWindow * w, uint32_t chunk)
{
  return &w->ring[chunk & (w->capacity - 1)];
}

void
p2p_entry_clear (P2pEntry * e)
{
  if (e->state == P2P_ENTRY_HELD) {
    if (e->own_signature)
      free ((void *) e->signature);
    p2p_payload_unref (e->bytes.payload);
  }
  memset (e, 0, sizeof *e);
  e->asked_at = P2P_TIME_NONE;
}

void
p2p_window_clear (P2pWindow * w)
{
  for (uint32_t i = 0; i < w->capacity; i++)
    p2p_entry_clear (&w->ring[i]);
  free (w->ring);
  memset (w, 0, sizeof *w);
}

P2pEntry *
p2p_window_get (const P2pWindow * w, uint32_t chunk)
{
  if (chunk < w->base || chunk - w->base >= w->capacity)
    return NULL;
  return slot (w, chunk);
}

P2pEntry *
p2p_window_held (const P2pWindow * w, uint32_t chunk)
{
  P2pEntry *e = p2p_window_get (w, chunk);

  return e && e->state == P2P_ENTRY_HELD ? e : NULL;
}

static bool
resize (P2pWindow * w, uint32_t capacity)
{
  P2pEntry *ring = calloc (capacity, sizeof *ring);

  if (!ring)
    return false;
  for (uint32_t i = 0; i < capacity; i++)
    ring[i].asked_at = P2P_TIME_NONE;
  for (uint32_t i = 0; i < w->capacity; i++)
    ring[(w->base + i) & (capacity - 1)] = *slot (w, w->base + i);
  free (w->ring);
  w->ring = ring;
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
  e->signature = signature;
  e->own_signature = own_signature;
  e->state = P2P_ENTRY_HELD;
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
    p2p_entry_clear (slot (w, w->base + i));
  w->base = base;
  if (w->end < base)
    w->end = base;
}

bool
p2p_window_next_held (const P2pWindow * w, uint32_t from, uint32_t * out)
{
  if (from < w->base)
    from = w->base;
  for (; from < w->end; from++) {
    if (p2p_window_held (w, from)) {
      *out = from;
      return true;
    }
  }
  return false;
}

bool
p2p_window_prev_held (const P2pWindow * w, uint32_t from, uint32_t * out)
{
  if (w->end == w->base)
    return false;
  if (from >= w->end)
    from = w->end - 1;
  for (; from >= w->base; from--) {
    if (p2p_window_held (w, from)) {
      *out = from;
      return true;
    }
    if (from == 0)
      break;
  }
  return false;
}
