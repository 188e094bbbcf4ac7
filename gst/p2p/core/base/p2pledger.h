/* gst-plugins-p2p
 *
 * This library is free software; you can redistribute it and/or
 * modify it under the terms of the GNU Lesser General Public
 * License as published by the Free Software Foundation; either
 * version 2.1 of the License, or (at your option) any later version.
 */
/* p2pledger.h: bytes that went within the last two seconds.
 *
 * A ring of slots of 8.192 ms. The slots that are summed cover two seconds and up
 * to 16 ms more, so what the sum allows holds over any two seconds.
 *
 * Plain struct, all zero is an empty one; no clock is read, and time that goes
 * back is taken for the newest there was.
 */
#ifndef P2P_LEDGER_H
#define P2P_LEDGER_H

#include "p2ptypes.h"

#define P2P_LEDGER_SHIFT 13     /* microseconds to slots */
#define P2P_LEDGER_SLOTS 246    /* 245 of them and the running one: >= 2 s */

typedef struct
{
  uint32_t spent[P2P_LEDGER_SLOTS];
  uint32_t sum;
  int64_t slot;                 /* the running one */
} P2pLedger;

void p2p_ledger_note (P2pLedger * self, uint32_t bytes, P2pTime now);
/* Over the last two seconds. */
uint32_t p2p_ledger_sum (P2pLedger * self, P2pTime now);
/* When so many of them will be forgotten; all of them: when there are fewer. */
P2pTime p2p_ledger_when (const P2pLedger * self, uint32_t bytes);

#endif
