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
#define NODE_LINES 6
#define CORE_LINES 24           /* what every input reads of it lies in front */

static void
fetch (const void *block, unsigned lines)
{
  for (unsigned i = 0; i < lines; i++)
    __builtin_prefetch ((const char *) block + i * LINE);
}

/* Whose turn it is soon: first the link, then its end, then the core. */
static void
hint (void *owner, const P2pSimEvent * e, unsigned round)
{
  P2pWorld *w = owner;
  const P2pLink *l = NULL;
  const P2pNode *n = NULL;

  if (e->type == EV_FRAME) {
    l = &w->links[p2p_link_slot (e->a)];
    if (round == 0) {
      fetch (l, (sizeof *l + LINE - 1) / LINE);
      fetch (e->data, 4);
      return;
    }
    n = w->nodes[l->node[e->b & FRAME_SIDE]];
  } else if (e->type <= EV_VERIFIED) {
    n = w->nodes[e->a];
  }
  if (n && round == (l ? 1 : 0))
    fetch (n, NODE_LINES);
  else if (n && round == (l ? 2 : 1))
    fetch (n->swarm, CORE_LINES);
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
