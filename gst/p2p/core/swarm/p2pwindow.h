/* gst-plugins-p2p
 *
 * This library is free software; you can redistribute it and/or
 * modify it under the terms of the GNU Lesser General Public
 * License as published by the Free Software Foundation; either
 * version 2.1 of the License, or (at your option) any later version.
 */
/* p2pwindow.h: the live window, a ring of chunks by number.
 *
 * Owner: one swarm. Knows what is held, what is asked for and from whom; knows
 * nothing of peers or time. A held entry keeps one reference of the payload
 * its bytes (and, when received, its signature) lie in.
 */
#ifndef P2P_WINDOW_H
#define P2P_WINDOW_H

#include "../base/p2ppayload.h"

typedef enum
{
  P2P_ENTRY_MISSING = 0,
  P2P_ENTRY_PENDING,            /* received, signature not checked yet */
  P2P_ENTRY_HELD
} P2pEntryState;

#define P2P_ENTRY_ASKED 3       /* holders asked at the same time */

/* While it is not HELD: who was asked. */
typedef struct
{
  P2pTime at;                   /* newest REQUEST, P2P_TIME_NONE = never */
  uint32_t link[P2P_ENTRY_ASKED];       /* 0 = free */
  uint8_t tries;                /* REQUESTs sent */
} P2pEntryAsked;

/* Once it is: where it came from and who got it. */
typedef struct
{
  P2pTime arrival;              /* when it was verified */
  const uint8_t *signature;     /* 64 bytes */
  uint32_t from;                /* link, 0 = own */
  uint8_t copies, answers;      /* sent by push, to who asked */
  bool pushed:1;
  bool own_signature:1;         /* signature is malloced (the source's) */
  bool lost:1;                  /* all who got it by push fell (p2proots.c) */
} P2pEntryHeld;

/* A cache line where pointers have 64 bits. */
typedef struct
{
  P2pSlice bytes;               /* HELD: envelope and records */
  P2pNtp ntp;
  union
  {
    P2pEntryAsked asked;        /* MISSING, PENDING */
    P2pEntryHeld held;          /* HELD */
  } u;
  uint32_t chunk;
  uint32_t first_to;            /* link that got the first copy */
  uint16_t flags, generation, join_distance;
  uint8_t hops;
  uint8_t state;                /* P2pEntryState */
} P2pEntry;

typedef struct
{
  P2pEntry *ring;               /* NULL until the first chunk */
  uint64_t *held;               /* a bit for each entry, set while it is HELD */
  uint32_t capacity;            /* power of two */
  uint32_t base;                /* oldest chunk kept */
  uint32_t end;                 /* newest held + 1; base == end: nothing */
  uint32_t n_held;
} P2pWindow;

/* 8192 chunks: 10 s at 800 chunks/s, four times what 100 Mbit/s needs at
 * 15.5 KiB a chunk; 0.5 MB. */
#define P2P_WINDOW_MAX 8192
#define P2P_WINDOW_MIN 128

void p2p_window_clear (P2pWindow * w);

/* Entry of a chunk in [base, base + capacity); NULL outside. */
static inline P2pEntry *
p2p_window_get (const P2pWindow * w, uint32_t chunk)
{
  if (chunk < w->base || chunk - w->base >= w->capacity)
    return NULL;
  return &w->ring[chunk & (w->capacity - 1)];
}

/* Is it HELD? Reads the bits, not the entry. */
static inline bool
p2p_window_holds (const P2pWindow * w, uint32_t chunk)
{
  uint32_t at = chunk & (w->capacity - 1);

  return chunk >= w->base && chunk - w->base < w->capacity
      && (w->held[at >> 6] >> (at & 63) & 1);
}

/* As get, but NULL unless HELD. */
static inline P2pEntry *
p2p_window_held (const P2pWindow * w, uint32_t chunk)
{
  return p2p_window_holds (w, chunk) ? &w->ring[chunk & (w->capacity - 1)] :
      NULL;
}

/* Makes room for the chunk: first use anchors the ring 'back' chunks before
 * it, later use grows it. NULL: too old, too far ahead, or no memory. */
P2pEntry *p2p_window_reserve (P2pWindow * w, uint32_t chunk, uint32_t back);
/* Marks HELD; takes the reference and, if own_signature, the signature. Who was
 * asked for it is forgotten. */
void p2p_window_fill (P2pWindow * w, P2pEntry * e, P2pSlice bytes,
    const uint8_t * signature, bool own_signature);
/* Forgets what is older than base. */
void p2p_window_advance (P2pWindow * w, uint32_t base);
/* A jump of the stream made it grow: halves it when everything known fits in
 * there and leaves an eighth free. Pointers to entries end here. */
void p2p_window_fit (P2pWindow * w);
/* Next held chunk >= from; false when there is none. */
bool p2p_window_next_held (const P2pWindow * w, uint32_t from, uint32_t * out);
bool p2p_window_prev_held (const P2pWindow * w, uint32_t from, uint32_t * out);
/* First chunk >= from that is not held. */
uint32_t p2p_window_next_hole (const P2pWindow * w, uint32_t from);
/* Newest chunk of from, from - step, from - 2 step .. that is in the window and
 * not held. */
bool p2p_window_prev_hole (const P2pWindow * w, uint32_t from, uint32_t step,
    uint32_t * out);

#endif /* P2P_WINDOW_H */
