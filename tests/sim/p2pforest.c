/* gst-plugins-p2p
 *
 * This library is free software; you can redistribute it and/or
 * modify it under the terms of the GNU Lesser General Public
 * License as published by the Free Software Foundation; either
 * version 2.1 of the License, or (at your option) any later version.
 */
/* p2pforest.c: the push forest as it is: who feeds whom, how deep, and how
 * much hangs on one first hop. */
#include "p2pworldpriv.h"

#include <stdlib.h>
#include <string.h>

#define MAX_NEIGHBOURS 128
#define MAX_WALK 64
#define FALLEN (NOBODY - 1)     /* as a parent: one that is gone */

/* parent[node * 16 + sub-stream] */
static uint32_t *
read_parents (P2pWorld * w, P2pForest * out)
{
  P2pNeighbourStats s[MAX_NEIGHBOURS];
  uint32_t *parent = malloc (w->n_nodes * 16 * sizeof *parent);
  uint64_t neighbours = 0;

  if (parent == NULL)
    abort ();
  memset (parent, 255, w->n_nodes * 16 * sizeof *parent);
  for (uint32_t i = 0; i < w->n_live; i++) {
    P2pNode *n = w->nodes[w->live[i]];
    unsigned count;

    if (n->state != P2P_NODE_LIVE)
      continue;
    count = p2p_swarm_get_neighbours (n->swarm, s, MAX_NEIGHBOURS);
    neighbours += count;
    for (unsigned j = 0; j < count && j < MAX_NEIGHBOURS; j++) {
      P2pNode *m = p2p_node_by_id (w, &s[j].peer_id);

      out->backed += (unsigned) __builtin_popcount (s[j].backup_mask);
      for (unsigned k = 0; m && k < 16; k++) {
        if (s[j].parent_mask >> k & 1)
          parent[n->index * 16 + k] = m->state == P2P_NODE_LIVE ? m->index :
              FALLEN;
      }
    }
  }
  if (w->n_live)
    out->neighbours_x100 = (uint32_t) (neighbours * 100 / w->n_live);
  return parent;
}

/* They are fed one after the other: who has many waits for their turns. */
static void
count_brothers (P2pWorld * w, const uint32_t * parent, P2pForest * out)
{
  uint32_t *children = calloc (w->n_nodes * 16, sizeof *children);
  uint64_t sum = 0, n = 0;

  if (children == NULL)
    abort ();
  for (uint32_t i = 0; i < w->n_nodes * 16; i++) {
    if (parent[i] < FALLEN)
      children[parent[i] * 16 + i % 16]++;
  }
  for (uint32_t i = 0; i < w->n_nodes * 16; i++) {
    sum += (uint64_t) children[i] * children[i];
    n += children[i];
  }
  out->brothers_x100 = n ? (uint32_t) (sum * 100 / n) : 0;
  free (children);
}

void
p2p_world_forest (P2pWorld * w, P2pForest * out)
{
  uint32_t *parent, *behind = calloc (w->n_nodes, sizeof *behind);
  uint64_t sum = 0;
  P2pSwarmStats stats;
  uint32_t largest = 0;

  memset (out, 0, sizeof *out);
  if (behind == NULL)
    abort ();
  parent = read_parents (w, out);
  stats.k = 0;
  if (w->nodes[0]->state == P2P_NODE_LIVE)
    p2p_swarm_get_stats (w->nodes[0]->swarm, p2p_node_now (w, w->nodes[0]),
        &stats);
  for (uint32_t i = 0; i < w->n_live; i++) {
    for (unsigned k = 0; k < stats.k; k++) {
      uint32_t at = w->live[i], depth = 0;

      while (depth < MAX_WALK && parent[at * 16 + k] < FALLEN
          && parent[at * 16 + k] != 0) {
        at = parent[at * 16 + k];
        depth++;
      }
      if (depth == MAX_WALK || parent[at * 16 + k] >= FALLEN) {
        out->orphans++;
        out->loops += depth == MAX_WALK;
        out->searching += depth == 0 && parent[at * 16 + k] == NOBODY;
        out->cut += depth == 0 && parent[at * 16 + k] == FALLEN;
        continue;
      }
      behind[at]++;
      out->paths++;
      out->at_depth[depth < P2P_FOREST_DEPTHS ? depth :
          P2P_FOREST_DEPTHS - 1]++;
      sum += depth + 1;
      if (depth + 1 > out->depth_max)
        out->depth_max = depth + 1;
    }
  }
  for (uint32_t i = 0; i < w->n_nodes; i++) {
    out->first_hops += behind[i] > 0;
    if (behind[i] > largest)
      largest = behind[i];
  }
  count_brothers (w, parent, out);
  if (out->paths) {
    out->depth_x100 = (uint32_t) (sum * 100 / out->paths);
    out->first_hop_x1000 = (uint32_t) ((uint64_t) largest * 1000 / out->paths);
  }
  free (parent);
  free (behind);
}
