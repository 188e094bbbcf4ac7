/* gst-plugins-p2p
 *
 * This library is free software; you can redistribute it and/or
 * modify it under the terms of the GNU Lesser General Public
 * License as published by the Free Software Foundation; either
 * version 2.1 of the License, or (at your option) any later version.
 */
/* p2pledger.c: see p2pledger.h. */
#include "p2pledger.h"

#include <string.h>

static void
turn (P2pLedger * self, P2pTime now)
{
  int64_t slot = now >> P2P_LEDGER_SHIFT;

  if (slot - self->slot >= P2P_LEDGER_SLOTS) {
    memset (self->spent, 0, sizeof self->spent);
    self->sum = 0;
    self->slot = slot;
  }
  while (self->slot < slot) {
    uint32_t *s = &self->spent[++self->slot % P2P_LEDGER_SLOTS];

    self->sum -= *s;
    *s = 0;
  }
}

void
p2p_ledger_note (P2pLedger * self, uint32_t bytes, P2pTime now)
{
  turn (self, now);
  self->spent[self->slot % P2P_LEDGER_SLOTS] += bytes;
  self->sum += bytes;
}

uint32_t
p2p_ledger_sum (P2pLedger * self, P2pTime now)
{
  turn (self, now);
  return self->sum;
}

P2pTime
p2p_ledger_when (const P2pLedger * self, uint32_t bytes)
{
  int64_t slot = self->slot - (P2P_LEDGER_SLOTS - 1);
  uint32_t sum = 0;

  for (; slot < self->slot; slot++) {
    if (slot >= 0)
      sum += self->spent[slot % P2P_LEDGER_SLOTS];
    if (sum >= bytes)
      break;
  }
  return (slot + P2P_LEDGER_SLOTS) * ((P2pTime) 1 << P2P_LEDGER_SHIFT);
}
