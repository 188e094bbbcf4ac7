/* gst-plugins-p2p
 *
 * This library is free software; you can redistribute it and/or
 * modify it under the terms of the GNU Lesser General Public
 * License as published by the Free Software Foundation; either
 * version 2.1 of the License, or (at your option) any later version.
 */
/* p2ptable.h: an intrusive hash table, private to core/tracker.
 *
 * Nodes are the first member of what they index; the table allocates its
 * buckets only. Keys come from peers: hashes are seeded, and chains stay short
 * because the buckets grow with the nodes. Never walked for a choice.
 */
#ifndef P2P_TABLE_H
#define P2P_TABLE_H

#include "../base/p2ptypes.h"

typedef struct P2pTableNode P2pTableNode;
struct P2pTableNode
{
  P2pTableNode *next;
  uint32_t hash;
};

typedef struct
{
  P2pTableNode **buckets;
  uint32_t n_buckets;           /* power of two, 0 before the first insert */
  uint32_t n_nodes;
} P2pTable;

uint32_t p2p_table_hash (uint64_t seed, const void *key, size_t len);
/* The first node of the chain that may hold hash; go on with node->next and
 * compare hash and key. */
P2pTableNode *p2p_table_first (const P2pTable * table, uint32_t hash);
/* False when memory runs out. */
bool p2p_table_insert (P2pTable * table, P2pTableNode * node, uint32_t hash);
void p2p_table_remove (P2pTable * table, P2pTableNode * node);
void p2p_table_clear (P2pTable * table);        /* the buckets only */

#endif /* P2P_TABLE_H */
