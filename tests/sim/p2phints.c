/* gst-plugins-p2p
 *
 * This library is free software; you can redistribute it and/or
 * modify it under the terms of the GNU Lesser General Public
 * License as published by the Free Software Foundation; either
 * version 2.1 of the License, or (at your option) any later version.
 */
/* p2phints.c: ten thousand cores do not fit in any cache. What the events of the
 * next slot will read is asked for before the first of them runs, in rounds over all
 * of them, so that what a round reads was asked for in the one before.
 */
#include "p2pworldpriv.h"
#include "../../gst/p2p/core/base/p2psoon.h"

#include <stdlib.h>

#ifdef __GNUC__
#define NODE_LINES 5            /* before what is measured of single chunks */
#define NODE_TIMES 2            /* those that say whether it has anything to do */
#define FRAME_LINES 3           /* the payload's head, and the messages */
#define BLOCK_AFTER 4           /* events */
#define MAX_SENDS 8

/* Of one event. */
struct P2pHint
{
  const P2pSimEvent *e;
  const P2pNode *node;          /* whose turn it is, NULL: there is nothing to do */
  const P2pNode *sender;        /* of a frame, or NULL */
  const P2pLink *link;
  P2pWarm what;
  unsigned does;                /* its core, as that said */
  unsigned n_links;             /* that its core will hear of */
  P2pLinkId links[P2P_HINT_LINKS];
};

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

/* The rest of the node, and the first lines of its core. */
static void
hint_node (P2pHint * h)
{
  const P2pNode *n = h->node;

  p2p_soon_lines ((const char *) n + NODE_TIMES * P2P_LINE,
      NODE_LINES - NODE_TIMES);
  p2p_soon_bytes (n->flying, n->n_flying * sizeof *n->flying);
  if (h->what == P2P_WARM_VERIFIED)
    P2P_SOON (&n->m.ring[h->e->c % P2P_MEASURE_RING]);
  if (h->e->type == EV_IDLE_STATS)
    p2p_soon_bytes (n->links, n->n_links * sizeof *n->links);
  p2p_swarm_warm (n->swarm, h->what, 0, 0, NULL, 0);
}

/* Links in flight whose figures are told: with whatever happens those of which all
 * is acknowledged. */
static void
hint_told (const P2pWorld * w, P2pHint * h)
{
  const P2pNode *n = h->node;
  bool upkeep = h->e->type == EV_UPKEEP;
  unsigned count = 0;

  if (!upkeep && n->acks_at > h->e->when)
    return;
  for (uint32_t i = n->n_flying; i > 0 && h->n_links < P2P_HINT_LINKS; i--) {
    const P2pFlying *f = &n->flying[i - 1];
    const P2pLink *l;

    if (!upkeep && f->empty_at > h->e->when)
      continue;
    l = &w->links[p2p_link_slot (f->link)];
    P2P_SOON (l);
    p2p_soon_lines (&l->end[f->side], sizeof l->end[0] / P2P_LINE);
    h->links[h->n_links++] = f->link;
    count++;
  }
  /* the last ones take their places in the list */
  for (unsigned i = 0; i < count && !upkeep; i++) {
    const P2pFlying *last = &n->flying[n->n_flying - 1 - i];

    P2P_SOON (&w->links[p2p_link_slot (last->link)].end[last->side]);
  }
}

/* Once a second all of them. */
static void
hint_all_links (const P2pWorld * w, P2pHint * h)
{
  const P2pNode *n = h->node;

  for (uint32_t i = 0; i < n->n_links && h->n_links < P2P_HINT_LINKS; i++) {
    const P2pLink *l = &w->links[p2p_link_slot (n->links[i])];

    P2P_SOON (l);
    for (unsigned side = 0; side < 2; side++) {
      P2P_SOON (&l->end[side]);
      P2P_SOON (&l->end[side].told_sent);
    }
    h->links[h->n_links++] = n->links[i];
  }
}

static void
hint_links (const P2pWorld * w, P2pHint * h)
{
  const P2pNode *n = h->node;

  if (h->e->type == EV_FRAME)
    h->links[h->n_links++] = h->e->a;
  if (h->e->type == EV_IDLE_STATS)
    hint_all_links (w, h);
  else
    hint_told (w, h);
  if (n->bins)                  /* what a cap counts in */
    P2P_SOON (&n->bins[n->bin % P2P_WORLD_BINS]);
  if (n->gate)
    p2p_gate_warm (n, w->sim.now);
  h->does = p2p_swarm_warm (n->swarm, h->what, 1, 0, NULL, 0);
}

/* Links on which its core will send: of each end what every message reads. */
static void
hint_sends (const P2pWorld * w, const P2pHint * h)
{
  P2pLinkId links[MAX_SENDS];
  unsigned count = p2p_swarm_warm_links (h->node->swarm, h->what, h->does,
      links, MAX_SENDS);

  for (unsigned i = 0; i < count; i++) {
    const P2pLink *l = &w->links[p2p_link_slot (links[i])];

    P2P_SOON (l);
    P2P_SOON (&l->end[0]);
    P2P_SOON (&l->end[1]);
  }
}

static void
hint_core (P2pHint * h, unsigned step)
{
  p2p_swarm_warm (h->node->swarm, h->what, step, h->does, h->links, h->n_links);
}

/* ---- rounds: frames are a round behind, as their link says whose they are ---- */

static void
round_0 (const P2pWorld * w, P2pHint * h, const P2pSimEvent * e)
{
  h->e = e;
  h->node = h->sender = NULL;
  h->n_links = 0;
  h->what = warm_of (e);
  if (e->type == EV_FRAME) {
    const P2pLink *l = &w->links[p2p_link_slot (e->a)];
    unsigned side = e->b & FRAME_SIDE;

    h->link = l;
    P2P_SOON (l);
    P2P_SOON (&l->end[side]);
    p2p_soon_lines (&l->end[!side], 2);
    p2p_soon_lines (e->data, FRAME_LINES);
  } else if (e->type <= EV_VERIFIED) {
    h->node = w->nodes[e->a];
    p2p_soon_lines (h->node, NODE_TIMES);
  }
}

static void
round_1 (const P2pWorld * w, P2pHint * h)
{
  if (h->e->type == EV_FRAME) {
    unsigned side = h->e->b & FRAME_SIDE;

    h->node = w->nodes[h->link->node[side]];
    h->sender = w->nodes[h->link->node[!side]];
    p2p_soon_lines (h->node, NODE_TIMES);
    p2p_soon_lines (h->sender, NODE_TIMES);
  } else if (h->node) {
    if (is_idle (h->node, h->e))
      h->node = NULL;
    else
      hint_node (h);
  }
}

/* Who sent a frame keeps account of what is acknowledged. */
static void
hint_sender (const P2pHint * h)
{
  uint32_t at = h->link->end[!(h->e->b & FRAME_SIDE)].flying;

  if (at)
    P2P_SOON (&h->sender->flying[at - 1]);
}

static void
rounds (const P2pWorld * w, P2pHint * hints, uint32_t n)
{
  for (P2pHint * h = hints; h < hints + n; h++)
    round_1 (w, h);
  for (P2pHint * h = hints; h < hints + n; h++) {
    if (h->sender) {
      hint_sender (h);
      hint_node (h);
    } else if (h->node) {
      hint_links (w, h);
    }
  }
  for (P2pHint * h = hints; h < hints + n; h++) {
    if (h->sender)
      hint_links (w, h);
    else if (h->node)
      hint_core (h, 2);
  }
  for (P2pHint * h = hints; h < hints + n; h++) {
    if (h->node)
      hint_core (h, h->sender ? 2 : 3);
  }
  for (P2pHint * h = hints; h < hints + n; h++) {
    if (h->sender)
      hint_core (h, 3);
    else if (h->node)
      hint_sends (w, h);
  }
}

/* These events come next. */
static void
hint (void *owner, const P2pSimEvent * e, uint32_t n)
{
  P2pWorld *w = owner;

  if (n > w->cap_hints) {
    free (w->hints);
    w->cap_hints = 2 * n;
    w->hints = p2p_sim_zeroed (w->cap_hints, sizeof *w->hints);
  }
  for (uint32_t i = 0; i < n; i++) {
    round_0 (w, &w->hints[i], &e[i]);
    if (i % BLOCK_AFTER == 0)
      p2p_sim_block_soon (&w->sim);
  }
  rounds (w, w->hints, n);
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
