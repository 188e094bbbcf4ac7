/* gst-plugins-p2p
 *
 * This library is free software; you can redistribute it and/or
 * modify it under the terms of the GNU Lesser General Public
 * License as published by the Free Software Foundation; either
 * version 2.1 of the License, or (at your option) any later version.
 */
/* p2ptable.c: see p2ptable.h. */
#include <stdlib.h>
#include <string.h>

#include "p2ptable.h"

#define MIN_BUCKETS 8

uint32_t
p2p_table_hash (uint64_t seed, const void *key, size_t len)
{
  const uint8_t *bytes = key;
  /* FNV-1a with 64 bits, started at a secret place, then mixed (the last steps
   * of splitmix64). */
  uint64_t h = seed ^ UINT64_C (0xcbf29ce484222325);

  for (size_t i = 0; i < len; i++) {
    h ^= bytes[i];
    h *= UINT64_C (0x100000001b3);
  }
  h = (h ^ (h >> 30)) * UINT64_C (0xbf58476d1ce4e5b9);
  h = (h ^ (h >> 27)) * UINT64_C (0x94d049bb133111eb);
  return (uint32_t) (h ^ (h >> 31));
}

P2pTableNode *
p2p_table_first (const P2pTable * table, uint32_t hash)
{
  if (table->n_buckets == 0)
    return NULL;
  return table->buckets[hash & (table->n_buckets - 1)];
}

static bool
resize (P2pTable * table, uint32_t n_buckets)
{
  P2pTableNode **buckets = calloc (n_buckets, sizeof (*buckets));

  if (buckets == NULL)
    return false;
  for (uint32_t i = 0; i < table->n_buckets; i++) {
    P2pTableNode *node = table->buckets[i];

    while (node != NULL) {
      P2pTableNode *next = node->next;
      P2pTableNode **place = &buckets[node->hash & (n_buckets - 1)];

      node->next = *place;
      *place = node;
      node = next;
    }
  }
  free (table->buckets);
  table->buckets = buckets;
  table->n_buckets = n_buckets;
  return true;
}

bool
p2p_table_insert (P2pTable * table, P2pTableNode * node, uint32_t hash)
{
  P2pTableNode **place;

  if (table->n_nodes >= table->n_buckets) {
    uint32_t wanted = table->n_buckets ? table->n_buckets * 2 : MIN_BUCKETS;

    if (!resize (table, wanted) && table->n_buckets == 0)
      return false;
  }
  place = &table->buckets[hash & (table->n_buckets - 1)];
  node->hash = hash;
  node->next = *place;
  *place = node;
  table->n_nodes++;
  return true;
}

void
p2p_table_remove (P2pTable * table, P2pTableNode * node)
{
  P2pTableNode **place = &table->buckets[node->hash & (table->n_buckets - 1)];

  while (*place != NULL && *place != node)
    place = &(*place)->next;
  if (*place == NULL)
    return;
  *place = node->next;
  node->next = NULL;
  table->n_nodes--;
}

void
p2p_table_clear (P2pTable * table)
{
  free (table->buckets);
  memset (table, 0, sizeof (*table));
}
