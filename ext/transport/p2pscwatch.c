/* gst-plugins-p2p
 *
 * This library is free software; you can redistribute it and/or
 * modify it under the terms of the GNU Lesser General Public
 * License as published by the Free Software Foundation; either
 * version 2.1 of the License, or (at your option) any later version.
 */
/* p2pscwatch.c: see p2pscwatch.h. */
#include "p2pscwatch.h"
#include "p2pscpacket.h"

#include <stdlib.h>
#include <string.h>

void
p2p_scwatch_init (P2pScWatch * w)
{
  memset (w, 0, sizeof (*w));
}

void
p2p_scwatch_clear (P2pScWatch * w)
{
  free (w->len);
  w->len = NULL;
}

static uint16_t *
slot (P2pScWatch * w, uint32_t tsn)
{
  return &w->len[tsn % P2P_SCWATCH_TSNS];
}

/* A TSN that is used for the first time. */
static void
add_tsn (P2pScWatch * w, uint16_t len)
{
  uint32_t tsn = w->next_tsn++;

  if (tsn - w->cum_acked > P2P_SCWATCH_TSNS) {
    w->cum_acked++;             /* its bytes are still in the slot */
    *slot (w, tsn) += len;
  } else {
    *slot (w, tsn) = len;
  }
  w->sent += len;
}

static bool
start (P2pScWatch * w, uint32_t tsn)
{
  if (!w->started) {
    w->len = calloc (P2P_SCWATCH_TSNS, sizeof (*w->len));
    w->started = w->len != NULL;
    w->next_tsn = tsn;
    w->cum_acked = tsn - 1;
  }
  return w->started;
}

/* Not a jump that no sender of ours makes. */
static bool
follows (const P2pScWatch * w, uint32_t tsn)
{
  return !p2p_sc_after (tsn, w->next_tsn + P2P_SCWATCH_TSNS);
}

/* A message that was given up in its middle leaves TSNs that are never sent:
 * FORWARD TSN passes them. */
static void
skip_to (P2pScWatch * w, uint32_t tsn)
{
  while (p2p_sc_after (tsn, w->next_tsn)) {
    add_tsn (w, 0);
  }
}

static void
on_data_sent (P2pScWatch * w, uint32_t tsn, uint16_t len, int64_t now)
{
  if (!start (w, tsn) || !follows (w, tsn)) {
    return;
  }
  if (p2p_sc_after (w->next_tsn, tsn)) {
    w->retransmitted++;
    if (w->timing && tsn == w->timed_tsn) {
      w->timing = false;
    }
    return;
  }
  skip_to (w, tsn);
  if (w->sent == w->acked) {
    w->waiting_since = now;
  }
  add_tsn (w, len);
  if (!w->timing) {
    w->timing = true;
    w->timed_tsn = tsn;
    w->timed_at = now;
  }
}

static void
on_sack (P2pScWatch * w, uint32_t cum, int64_t now)
{
  if (!w->started || !p2p_sc_after (cum, w->cum_acked) || !follows (w, cum)) {
    return;
  }
  skip_to (w, cum + 1);
  w->waiting_since = now;
  while (w->cum_acked != cum) {
    w->cum_acked++;
    w->acked += *slot (w, w->cum_acked);
    *slot (w, w->cum_acked) = 0;
  }
  if (w->timing && !p2p_sc_after (w->timed_tsn, cum)) {
    w->timing = false;
    w->rtt_us = now > w->timed_at ? now - w->timed_at : 1;
  }
}

void
p2p_scwatch_output (P2pScWatch * w, const uint8_t * packet, size_t len,
    int64_t now)
{
  size_t pos = P2P_SC_COMMON_HEADER;
  const uint8_t *chunk;
  size_t n;

  while (p2p_sc_next_chunk (packet, len, &pos, &chunk, &n)) {
    if (chunk[0] == P2P_SC_DATA && n > P2P_SC_DATA_HEADER) {
      on_data_sent (w, p2p_sc_get32 (chunk + 4),
          (uint16_t) (n - P2P_SC_DATA_HEADER), now);
    } else if (chunk[0] == P2P_SC_SACK) {
      w->sack_due = false;
    }
  }
}

void
p2p_scwatch_input (P2pScWatch * w, const uint8_t * packet, size_t len,
    int64_t now)
{
  size_t pos = P2P_SC_COMMON_HEADER;
  const uint8_t *chunk;
  size_t n;

  while (p2p_sc_next_chunk (packet, len, &pos, &chunk, &n)) {
    if (chunk[0] == P2P_SC_SACK && n >= P2P_SC_SACK_MIN) {
      on_sack (w, p2p_sc_get32 (chunk + 4), now);
    } else if (chunk[0] == P2P_SC_DATA || chunk[0] == P2P_SC_FORWARD_TSN) {
      w->sack_since = w->sack_due ? w->sack_since : now;
      w->sack_due = true;
    }
  }
}
