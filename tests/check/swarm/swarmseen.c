/* gst-plugins-p2p
 *
 * This library is free software; you can redistribute it and/or
 * modify it under the terms of the GNU Lesser General Public
 * License as published by the Free Software Foundation; either
 * version 2.1 of the License, or (at your option) any later version.
 */
/* swarmseen.c: what the nodes of a bench say, and were given. */
#include "swarmtest.h"

P2pNeighbourStats
bench_neighbour (Bench * b, unsigned node, unsigned other)
{
  P2pNeighbourStats s[BENCH_MAX], none = { 0 };
  unsigned n = p2p_swarm_get_neighbours (bench_swarm (b, node), s, BENCH_MAX);

  for (unsigned i = 0; i < n && i < BENCH_MAX; i++) {
    if (s[i].link == bench_link_id (node, other))
      return s[i];
  }
  return none;
}

unsigned
bench_fed_by (Bench * b, unsigned node, unsigned by)
{
  return bench_neighbour (b, node, by).parent_mask;
}

bool
bench_is_whole (Bench * b, unsigned nodes, unsigned except)
{
  for (unsigned i = 1; i < nodes; i++) {
    const Book *k = bench_book (b, i);

    if (i == except)
      continue;
    if (k->skipped > 0 || k->n_delivered == 0
        || k->delivered[k->n_delivered - 1] + 2 < bench_published (b))
      return false;
    for (unsigned j = 1; j < k->n_delivered; j++) {
      if (k->delivered[j] != k->delivered[j - 1] + 1)
        return false;
    }
  }
  return true;
}
