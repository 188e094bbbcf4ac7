/* gst-plugins-p2p
 *
 * This library is free software; you can redistribute it and/or
 * modify it under the terms of the GNU Lesser General Public
 * License as published by the Free Software Foundation; either
 * version 2.1 of the License, or (at your option) any later version.
 */
/* p2phints.c: ten thousand cores do not fit in any cache. What the events of the
 * next slot will read is asked for before the first of them runs. */
#include "p2pworldpriv.h"
#include "../../gst/p2p/core/base/p2psoon.h"

#ifdef __GNUC__
#define LINE 64
#define NODE_LINES 5            /* before what is measured of single chunks */
#define NODE_TIMES 2            /* those that say whether it has anything to do */
#define FRAME_LINES 3           /* the payload's head, and the messages */
#define MAX_TOLD 16             /* links in flight, mostly fewer */
#define MAX_LINKS 32
#define SENDS_ROUND 5           /* after the last step of the core */
#define MAX_SENDS 8

static void
fetch (const void *block, unsigned lines)
{
  for (unsigned i = 0; i < lines; i++)
    P2P_SOON ((const char *) block + i * LINE);
}

static void
fetch_flying (const P2pNode * n)
{
  fetch (n->flying, (n->n_flying * (unsigned) sizeof *n->flying + LINE - 1)
      / LINE);
}

/* The links in flight whose figures are told: with whatever happens those of
 * which all is acknowledged. */
static unsigned
told (const P2pNode * n, const P2pSimEvent * e, const P2pFlying ** out)
{
  unsigned count = 0;

  if (e->type == EV_IDLE_STATS || (e->type != EV_UPKEEP
          && n->acks_at > e->when))
    return 0;
  for (uint32_t i = 0; i < n->n_flying && count < MAX_TOLD; i++) {
    if (e->type == EV_UPKEEP || n->flying[i].empty_at <= e->when)
      out[count++] = &n->flying[i];
  }
  return count;
}

static void
fetch_links (const P2pWorld * w, const P2pNode * n, const P2pSimEvent * e)
{
  const P2pFlying *f[MAX_TOLD];
  unsigned count = told (n, e, f);

  for (unsigned i = 0; i < count; i++) {
    const P2pLink *l = &w->links[p2p_link_slot (f[i]->link)];

    P2P_SOON (l);
    fetch (&l->end[f[i]->side], sizeof l->end[0] / LINE);
  }
  /* the last ones take their places in the list */
  for (unsigned i = 0; i < count && e->type != EV_UPKEEP; i++) {
    const P2pFlying *last = &n->flying[n->n_flying - 1 - i];

    P2P_SOON (&w->links[p2p_link_slot (last->link)].end[last->side]);
  }
}

/* Once a second all others. */
static void
fetch_all_links (const P2pWorld * w, const P2pNode * n)
{
  for (uint32_t i = 0; i < n->n_links; i++) {
    const P2pLink *l = &w->links[p2p_link_slot (n->links[i])];

    P2P_SOON (l);
    for (unsigned side = 0; side < 2; side++) {
      P2P_SOON (&l->end[side]);
      P2P_SOON (&l->end[side].told_sent);
    }
  }
}

/* What a cap counts in. */
static void
fetch_counts (const P2pWorld * w, const P2pNode * n)
{
  if (n->bins)
    P2P_SOON (&n->bins[n->bin % P2P_WORLD_BINS]);
  if (n->gate)
    p2p_gate_warm (n, w->sim.now);
}

/* Another event stands for it, or there is nothing to do yet. */
static bool
is_idle (const P2pNode * n, const P2pSimEvent * e)
{
  if (e->type == EV_TIMER)
    return n->timer_at != e->when || (n->deadline > e->when && !n->leaving);
  if (e->type == EV_ACKS)
    return n->acks_event != e->when || n->acks_at > e->when;
  return e->type == EV_UPKEEP && n->upkeep_at != e->when;
}

/* A node in steps 0 and 1, what it points to in 1 and 2. */
static void
fetch_node (const P2pWorld * w, const P2pNode * n, const P2pSimEvent * e,
    unsigned step)
{
  if (step == 0) {
    fetch (n, NODE_TIMES);
  } else if (step == 1) {
    fetch ((const char *) n + NODE_TIMES * LINE, NODE_LINES - NODE_TIMES);
    fetch_flying (n);
    if (e->type == EV_VERIFIED)
      P2P_SOON (&n->m.ring[e->c % P2P_MEASURE_RING]);
    if (e->type == EV_IDLE_STATS)
      fetch (n->links, (n->n_links * (unsigned) sizeof *n->links + LINE - 1)
          / LINE);
  } else if (step == 2) {
    fetch_links (w, n, e);
    if (e->type == EV_IDLE_STATS)
      fetch_all_links (w, n);
    fetch_counts (w, n);
  }
}

static P2pWarm
warm_of (const P2pSimEvent * e)
{
  if (e->type == EV_FRAME)
    return e->b >> FRAME_LEN_SHIFT == P2P_STREAM_DATA ? P2P_WARM_DATA :
        P2P_WARM_CONTROL;
  if (e->type == EV_TIMER)
    return P2P_WARM_TICK;
  return e->type == EV_VERIFIED ? P2P_WARM_VERIFIED : P2P_WARM_FIGURES;
}

/* Links on which its core will send: of each end what every message reads. */
static void
fetch_sends (const P2pWorld * w, const P2pNode * n, const P2pSimEvent * e)
{
  P2pLinkId links[MAX_SENDS];
  unsigned count = p2p_swarm_warm_links (n->swarm, warm_of (e), links,
      MAX_SENDS);

  for (unsigned i = 0; i < count; i++) {
    const P2pLink *l = &w->links[p2p_link_slot (links[i])];

    P2P_SOON (l);
    P2P_SOON (&l->end[0]);
    P2P_SOON (&l->end[1]);
  }
}

/* Its core from step 1 on. */
static void
fetch_core (const P2pNode * n, const P2pSimEvent * e, unsigned step)
{
  const P2pFlying *f[MAX_TOLD];
  P2pLinkId links[MAX_LINKS + MAX_TOLD];
  unsigned count = 0, i;

  if (step == 0)
    return;
  if (step >= 2 && e->type == EV_FRAME)
    links[count++] = e->a;
  for (i = 0; step == 3 && e->type == EV_IDLE_STATS && i < n->n_links
      && count < MAX_LINKS; i++)
    links[count++] = n->links[i];
  if (step == 3) {
    for (i = told (n, e, f); i > 0; i--)
      links[count++] = f[i - 1]->link;
  }
  p2p_swarm_warm (n->swarm, warm_of (e), step - 1, links, count);
}

/* Who sent it keeps account of what is acknowledged. */
static void
fetch_sender (const P2pWorld * w, const P2pLink * l, unsigned side,
    unsigned step)
{
  const P2pNode *n = w->nodes[l->node[side]];

  if (step == 0)
    fetch (n, NODE_TIMES);
  else if (step == 1 && l->end[side].flying)
    P2P_SOON (&n->flying[l->end[side].flying - 1]);
}

/* First the link, then its ends, then the core, which has to do with who sent it
 * until a chunk is verified. */
static void
hint_frame (const P2pWorld * w, const P2pSimEvent * e, unsigned round)
{
  const P2pLink *l = &w->links[p2p_link_slot (e->a)];
  unsigned side = e->b & FRAME_SIDE;

  if (round == 0) {
    P2P_SOON (l);
    P2P_SOON (&l->end[side]);
    fetch (&l->end[!side], 2);
    fetch (e->data, FRAME_LINES);
    return;
  }
  fetch_node (w, w->nodes[l->node[side]], e, round - 1);
  fetch_core (w->nodes[l->node[side]], e, round - 1);
  fetch_sender (w, l, !side, round - 1);
}

/* Whose turn it is soon. */
static void
hint (void *owner, const P2pSimEvent * e, unsigned round)
{
  const P2pWorld *w = owner;
  const P2pNode *n;

  if (e->type == EV_FRAME) {
    hint_frame (w, e, round);
    return;
  }
  if (e->type > EV_VERIFIED)
    return;
  n = w->nodes[e->a];
  if (round > 0 && is_idle (n, e))
    return;
  fetch_node (w, n, e, round);
  fetch_core (n, e, round);
  if (round == SENDS_ROUND)
    fetch_sends (w, n, e);
}
#endif

void
p2p_hints_start (P2pWorld * w)
{
#ifdef __GNUC__
  w->sim.hint = hint;
  w->sim.owner = w;
#endif
}

void
p2p_hint_due (const P2pNode * n, uint32_t serial)
{
#ifdef __GNUC__
  P2P_SOON (n);
  P2P_SOON (&n->m.since);
  P2P_SOON (&n->m.expected3);
  P2P_SOON (&n->m.ring[serial % P2P_MEASURE_RING]);
#endif
}
