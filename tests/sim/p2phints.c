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

#ifdef __GNUC__
#define LINE 64
#define NODE_LINES 10           /* before what is measured of it */
#define NODE_TIMES 4            /* those that say whether it has anything to do */
#define MAX_TOLD 16             /* links in flight, mostly fewer */

static void
fetch (const void *block, unsigned lines)
{
  for (unsigned i = 0; i < lines; i++)
    __builtin_prefetch ((const char *) block + i * LINE);
}

static void
fetch_flying (const P2pNode * n)
{
  fetch (n->flying, (n->n_flying * (unsigned) sizeof *n->flying + LINE - 1)
      / LINE);
}

static void
fetch_links (const P2pWorld * w, const P2pNode * n)
{
  for (uint32_t i = 0; i < n->n_flying; i++) {
    const P2pLink *l = &w->links[p2p_link_slot (n->flying[i].link)];

    __builtin_prefetch (l);
    fetch (&l->end[n->flying[i].side], 5);
  }
}

/* What a cap counts in. */
static void
fetch_counts (const P2pWorld * w, const P2pNode * n)
{
  if (n->bins)
    __builtin_prefetch (&n->bins[n->bin % P2P_WORLD_BINS]);
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
fetch_node (const P2pWorld * w, const P2pNode * n, unsigned step)
{
  if (step == 0) {
    fetch (n, NODE_TIMES);
  } else if (step == 1) {
    fetch ((const char *) n + NODE_TIMES * LINE, NODE_LINES - NODE_TIMES);
    fetch_flying (n);
  } else if (step == 2) {
    fetch_links (w, n);
    fetch_counts (w, n);
  }
}

/* Its core from step 1 on. */
static void
fetch_core (const P2pNode * n, unsigned step, const P2pLinkId * links,
    unsigned n_links)
{
  if (step > 0)
    p2p_swarm_warm (n->swarm, step - 1, links, n_links);
}

/* Figures of links are about those that fly. */
static void
hint_figures (const P2pWorld * w, const P2pNode * n, unsigned step)
{
  P2pLinkId links[MAX_TOLD];
  unsigned count = 0;

  fetch_node (w, n, step);
  for (; step == 3 && count < n->n_flying && count < MAX_TOLD; count++)
    links[count] = n->flying[count].link;
  fetch_core (n, step, links, count);
}

/* Who sent it keeps account of what is acknowledged. */
static void
fetch_sender (const P2pWorld * w, const P2pLink * l, unsigned side,
    unsigned step)
{
  const P2pNode *n = w->nodes[l->node[side]];

  if (step == 0) {
    __builtin_prefetch (&n->state);
    fetch (&n->flying, 2);
  } else if (step == 1 && l->end[side].flying) {
    __builtin_prefetch (&n->flying[l->end[side].flying - 1]);
  }
}

/* First the link, then its ends, then the core, which has to do with who sent it
 * until a chunk is verified. */
static void
hint_frame (const P2pWorld * w, const P2pSimEvent * e, unsigned round)
{
  const P2pLink *l = &w->links[p2p_link_slot (e->a)];
  unsigned side = e->b & FRAME_SIDE;

  if (round == 0) {
    fetch (l, (sizeof *l + LINE - 1) / LINE);
    fetch (e->data, 4);
    return;
  }
  fetch_node (w, w->nodes[l->node[side]], round - 1);
  fetch_core (w->nodes[l->node[side]], round - 1, &e->a, 1);
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
  if (e->type == EV_ACKS || e->type == EV_UPKEEP) {
    hint_figures (w, n, round);
    return;
  }
  fetch_node (w, n, round);
  fetch_core (n, round, NULL, 0);
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
