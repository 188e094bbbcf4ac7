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

static void
fetch (const void *block, unsigned lines)
{
  for (unsigned i = 0; i < lines; i++)
    __builtin_prefetch ((const char *) block + i * LINE);
}

static void
fetch_links (const P2pWorld * w, const P2pNode * n)
{
  for (uint32_t i = 0; i < n->n_flying; i++) {
    const P2pLink *l = &w->links[p2p_link_slot (n->flying[i].link)];

    __builtin_prefetch (l);
    fetch (&l->end[n->flying[i].side], 4);
  }
}

/* A node in step 0, what it points to in 1, its core from then on. */
static void
fetch_node (const P2pWorld * w, const P2pNode * n, unsigned step)
{
  if (step == 0) {
    fetch (n, NODE_LINES);
    return;
  }
  if (step == 1)
    fetch (n->flying, (n->n_flying * (unsigned) sizeof *n->flying + LINE - 1)
        / LINE);
  else if (step == 2)
    fetch_links (w, n);
  p2p_swarm_warm (n->swarm, step - 1);
}

/* Whose turn it is soon: first the link, then its end, then the core. */
static void
hint (void *owner, const P2pSimEvent * e, unsigned round)
{
  P2pWorld *w = owner;
  const P2pLink *l;

  if (e->type != EV_FRAME) {
    if (e->type <= EV_VERIFIED && round < 5)
      fetch_node (w, w->nodes[e->a], round);
    return;
  }
  l = &w->links[p2p_link_slot (e->a)];
  if (round == 0) {
    fetch (l, (sizeof *l + LINE - 1) / LINE);
    fetch (e->data, 4);
  } else if (round == 1 || e->b & FRAME_PASSED) {
    fetch_node (w, w->nodes[l->node[e->b & FRAME_SIDE]], round - 1);
  }
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
