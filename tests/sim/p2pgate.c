/* gst-plugins-p2p
 *
 * This library is free software; you can redistribute it and/or
 * modify it under the terms of the GNU Lesser General Public
 * License as published by the Free Software Foundation; either
 * version 2.1 of the License, or (at your option) any later version.
 */
/* p2pgate.c: what would be beyond a member's upload cap waits, as in the transport
 * (ext/transport/p2pscgate.h): messages as wholes, acknowledgements before them, one for
 * all that is to be acknowledged on a link.
 */
#include "p2pworldpriv.h"
#include "../../gst/p2p/core/base/p2psoon.h"
#include "p2pheap.h"

#include <stdlib.h>
#include <string.h>

/* As there: nobody asks before a check is sent, and DATA leaves room for an
 * acknowledgement. All of it is less than what the core leaves to control. */
#define CHECKS_TOGETHER 2
#define CHECKS_PART 32
#define DATA_ROOM 121
#define DATA_PART 512
#define RESERVED_PART 2

typedef struct Kept Kept;
struct Kept
{
  Kept *next;
  P2pGateItem item;
};

struct P2pGate
{
  P2pLedger ledger;
  uint32_t limit;               /* bytes in any 2 s */
  uint32_t reserved;            /* by set-ups */
  Kept *first[2], *last[2];     /* acknowledgements, messages */
  P2pTime event;                /* scheduled */
};

void
p2p_gate_init (P2pNode * n)
{
  int64_t *owner = p2p_heap_owner;

  if (n->spec.max_upload_bps == 0)
    return;
  p2p_heap_owner = NULL;
  n->gate = calloc (1, sizeof *n->gate);
  p2p_heap_owner = owner;
  if (n->gate == NULL)
    abort ();
  n->gate->limit = n->spec.max_upload_bps / 4;
  n->gate->event = P2P_TIME_NEVER;
}

void
p2p_gate_warm (const P2pNode * n, P2pTime now)
{
#ifdef __GNUC__
  const P2pGate *g = n->gate;

  P2P_SOON (&g->ledger.sum);
  P2P_SOON (&g->event);
  P2P_SOON (&g->ledger.spent[(now >> P2P_LEDGER_SHIFT)
          % P2P_LEDGER_SLOTS]);
#endif
}

void
p2p_gate_free (P2pNode * n)
{
  for (unsigned q = 0; n->gate && q < 2; q++) {
    Kept *k;

    while ((k = n->gate->first[q])) {
      n->gate->first[q] = k->next;
      if (k->item.frame)
        p2p_payload_unref (k->item.frame);
      free (k);
    }
  }
  free (n->gate);
  n->gate = NULL;
}

/* The largest sum over any 2 s, in steps of 10 ms. */
void
p2p_node_count_wire (P2pWorld * w, P2pNode * n, uint32_t bytes, P2pTime when)
{
  int64_t bin = when / P2P_MSEC (10);

  if (n->gate)
    p2p_ledger_note (&n->gate->ledger, bytes, w->sim.now);
  if (!n->bins)
    return;
  if (bin - n->bin >= P2P_WORLD_BINS) {
    memset (n->bins, 0, P2P_WORLD_BINS * sizeof *n->bins);
    n->bin_sum = 0;
    n->bin = bin;
  }
  while (n->bin < bin) {
    n->bin++;
    n->bin_sum -= n->bins[n->bin % P2P_WORLD_BINS];
    n->bins[n->bin % P2P_WORLD_BINS] = 0;
  }
  n->bins[bin % P2P_WORLD_BINS] += bytes;
  n->bin_sum += bytes;
  if (n->bin_sum > n->bin_max) {
    n->bin_max = n->bin_sum;
    n->bin_max_at = when;
  }
}

/* Of a set-up that begins, or has ended. */
void
p2p_gate_reserve (P2pNode * n, int32_t bytes)
{
  if (n->gate)
    n->gate->reserved += (uint32_t) bytes;
}

/* Bytes that have to be forgotten before it may go. */
static uint32_t
missing (P2pWorld * w, P2pNode * n, uint32_t wire, bool message)
{
  P2pGate *g = n->gate;
  uint32_t checks = (n->n_links < CHECKS_TOGETHER ? n->n_links :
      CHECKS_TOGETHER) * P2P_NET_STUN_BYTES;
  uint32_t most = g->limit / CHECKS_PART;
  uint64_t need = p2p_ledger_sum (&g->ledger, w->sim.now) + wire
      + (checks < most ? checks : most);

  need += g->reserved < g->limit / RESERVED_PART ? g->reserved :
      g->limit / RESERVED_PART;
  if (message)
    need += DATA_ROOM + g->limit / DATA_PART;
  return need > g->limit ? (uint32_t) (need - g->limit) : 0;
}

static uint32_t
wire_of (const P2pGateItem * item)
{
  return item->frame ? p2p_net_wire (item->frame->len) : item->wire;
}

bool
p2p_gate_may (P2pWorld * w, P2pNode * n, uint32_t wire)
{
  return !n->gate || missing (w, n, wire, false) == 0;
}

static void
arm (P2pWorld * w, P2pNode * n)
{
  P2pGate *g = n->gate;
  const Kept *k = g->first[0] ? g->first[0] : g->first[1];
  uint32_t bytes;
  P2pTime at;

  if (!k)
    return;
  bytes = missing (w, n, wire_of (&k->item), k == g->first[1]);
  at = bytes ? p2p_ledger_when (&g->ledger, bytes) : w->sim.now;
  if (at <= w->sim.now)
    at = w->sim.now + 1;
  if (at >= g->event)
    return;
  g->event = at;
  p2p_sim_at (&w->sim, at, EV_GATE, n->index, 0, 0, NULL);
}

bool
p2p_gate_holds (P2pWorld * w, P2pNode * n, const P2pGateItem * item)
{
  P2pGate *g = n->gate;
  unsigned q = item->frame != NULL;
  int64_t *owner = p2p_heap_owner;
  Kept *k;

  if (!g || (!g->first[q] && missing (w, n, wire_of (item), q) == 0))
    return false;
  p2p_heap_owner = NULL;
  k = malloc (sizeof *k);
  p2p_heap_owner = owner;
  if (k == NULL)
    abort ();
  k->next = NULL;
  k->item = *item;
  /* one tells of all */
  for (Kept * o = g->first[0]; o && q == 0; o = o->next) {
    if (o->item.link == item->link && o->item.side == item->side)
      k->item.wire = 0;
  }
  *(g->last[q] ? &g->last[q]->next : &g->first[q]) = k;
  g->last[q] = k;
  arm (w, n);
  return true;
}

static void
run (P2pWorld * w, P2pNode * n, unsigned q)
{
  P2pGate *g = n->gate;
  int64_t *owner = p2p_heap_owner;
  Kept *k;

  while ((k = g->first[q]) && missing (w, n, wire_of (&k->item), q) == 0) {
    P2pGateItem item = k->item;

    g->first[q] = k->next;
    if (!g->first[q])
      g->last[q] = NULL;
    p2p_heap_owner = NULL;
    free (k);
    p2p_heap_owner = owner;
    p2p_link_depart (w, &item);
  }
}

void
p2p_gate_run (P2pWorld * w, P2pNode * n, P2pTime when)
{
  if (!n->gate || n->gate->event != when)
    return;
  n->gate->event = P2P_TIME_NEVER;
  run (w, n, 0);
  if (!n->gate->first[0])
    run (w, n, 1);
  arm (w, n);
}
