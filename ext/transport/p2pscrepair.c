/* gst-plugins-p2p
 *
 * This library is free software; you can redistribute it and/or
 * modify it under the terms of the GNU Lesser General Public
 * License as published by the Free Software Foundation; either
 * version 2.1 of the License, or (at your option) any later version.
 */
/* p2pscrepair.c: see p2pscrepair.h.
 *
 * As QUIC does (RFC 9002): every sending has a number; a packet is lost when a
 * sending with a higher number has arrived, or, at the tail, when nothing comes
 * back for a while.
 */
#include "p2pscrepair.h"
#include "p2pscpacket.h"

#include <stdlib.h>
#include <string.h>

#define MAX_TIMES 16            /* then only when nothing else is heard */
#define MAX_PROBES 2            /* in a row of what SCTP will repair, too */
#define HELD_US 10000           /* what the cap does not allow is tried so often */
#define MIN_PROBE_US 40000      /* a busy peer is no bad line */
#define MAX_BACK_OFF_US 2000000 /* between two probes of a silent line */
#define SHARE 10                /* percent of the packets may be repaired */
#define SHARE_DOUBT 4           /* when there may be a short queue */
#define BUDGET_MAX 2400         /* hundredths: 24 packets at once, a key frame's */
/* A receiver may delay its acknowledgement by its timer and our tick. */
#define ACK_DELAY_US 15000
/* The best of the newest round trips so much above the minimum: a queue. */
#define QUEUE_FLOOR_US 25000
#define DOUBT_US 10000          /* from here it may be one */
/* The minimum is of the last 5 to 10 minutes: a queue that we fill ourselves all
 * the time must not pass for the path. */
#define MIN_RTT_US 300000000

void
p2p_screpair_init (P2pScRepair * r, P2pScResend resend, void *user_data)
{
  memset (r, 0, sizeof (*r));
  r->resend = resend;
  r->user_data = user_data;
  r->budget = BUDGET_MAX / 2;
}

static P2pScSent *
nth (P2pScRepair * r, unsigned i)
{
  return &r->ring[(r->first + i) % P2P_SCREPAIR_PACKETS];
}

static void
drop_first (P2pScRepair * r)
{
  P2pScSent *s = nth (r, 0);

  free (s->packet);
  s->packet = NULL;
  r->first = (r->first + 1) % P2P_SCREPAIR_PACKETS;
  r->n--;
}

void
p2p_screpair_clear (P2pScRepair * r)
{
  while (r->n > 0)
    drop_first (r);
}

/* ---- what goes out ---- */

static P2pScSent *
find (P2pScRepair * r, uint32_t tsn)
{
  for (unsigned i = 0; i < r->n; i++) {
    P2pScSent *s = nth (r, i);

    if (!p2p_sc_after (s->tsn, tsn) && p2p_sc_after (s->tsn + s->n, tsn))
      return s;
  }
  return NULL;
}

/* Header and DATA chunks only: what else was in the packet is of its time. */
static bool
keep (P2pScSent * s, const uint8_t * packet, size_t len)
{
  size_t pos = P2P_SC_COMMON_HEADER, n, at = P2P_SC_COMMON_HEADER;
  const uint8_t *chunk;

  s->packet = malloc (len);
  if (!s->packet)
    return false;
  memcpy (s->packet, packet, P2P_SC_COMMON_HEADER);
  while (p2p_sc_next_chunk (packet, len, &pos, &chunk, &n)) {
    size_t padded = (n + 3) & ~(size_t) 3;

    if (chunk[0] != P2P_SC_DATA || padded > len - at
        || padded > len - (size_t) (chunk - packet))
      continue;
    memcpy (s->packet + at, chunk, padded);
    at += padded;
  }
  s->len = (uint16_t) at;
  return true;
}

/* How much longer than the empty line takes. */
static int64_t
queue_us (const P2pScRepair * r)
{
  unsigned n = r->n_recent < P2P_SCREPAIR_RECENT ? r->n_recent :
      P2P_SCREPAIR_RECENT;
  int64_t best = INT64_MAX;

  for (unsigned i = 0; i < n; i++) {
    if (r->recent[i] < best)
      best = r->recent[i];
  }
  return n > 0 ? best - r->min_rtt_us : 0;
}

static void
note_new (P2pScRepair * r, const uint8_t * packet, size_t len, uint32_t tsn,
    uint16_t n, int64_t now)
{
  P2pScSent *s;

  r->budget += queue_us (r) > DOUBT_US ? SHARE_DOUBT : SHARE;
  if (r->budget > BUDGET_MAX)
    r->budget = BUDGET_MAX;
  if (r->n == P2P_SCREPAIR_PACKETS)
    r->spilled = true;
  if (r->spilled || len > P2P_SCREPAIR_MAX_PACKET)
    return;
  s = nth (r, r->n);
  memset (s, 0, sizeof (*s));
  if (!keep (s, packet, len))
    return;
  s->tsn = tsn;
  s->n = n;
  s->number = r->sent;
  s->at = now;
  r->n++;
  p2p_scloss_sent (&r->loss, now);
}

/* Is sent for the first time. */
static bool
is_new (P2pScRepair * r, uint32_t tsn)
{
  if (r->any_sent && !p2p_sc_after (tsn, r->newest))
    return false;
  r->any_sent = true;
  r->newest = tsn;
  return true;
}

void
p2p_screpair_output (P2pScRepair * r, const uint8_t * packet, size_t len,
    int64_t now)
{
  size_t pos = P2P_SC_COMMON_HEADER, size;
  const uint8_t *chunk;
  uint32_t first = 0, tsn;
  uint16_t n = 0;
  bool again = false;

  while (p2p_sc_next_chunk (packet, len, &pos, &chunk, &size)) {
    if (chunk[0] != P2P_SC_DATA || size <= P2P_SC_DATA_HEADER)
      continue;
    tsn = p2p_sc_get32 (chunk + 4);
    if (n == 0) {
      r->sent++;
      r->last_sent = now;
      first = tsn;
    }
    again |= !is_new (r, tsn) || tsn != first + n;
    n++;
    if (again) {
      P2pScSent *s = find (r, tsn);

      if (s) {
        if (s->number != r->sent)
          p2p_scloss_sent (&r->loss, now);
        s->number = r->sent;
        s->at = now;
        s->lost = false;
        s->timed = true;        /* which of the two arrives is not known */
      }
    }
  }
  if (n > 0 && !again)
    note_new (r, packet, len, first, n, now);
}

/* ---- what comes in ---- */

typedef struct
{
  uint32_t cum;
  const uint8_t *blocks;
  unsigned n_blocks;
} Sack;

static bool
get_sack (const uint8_t * chunk, size_t len, Sack * sack)
{
  if (chunk[0] != P2P_SC_SACK || len < P2P_SC_SACK_MIN)
    return false;
  sack->cum = p2p_sc_get32 (chunk + 4);
  sack->n_blocks = p2p_sc_get16 (chunk + 12);
  sack->blocks = chunk + P2P_SC_SACK_MIN;
  return sack->n_blocks * 4u <= len - P2P_SC_SACK_MIN;
}

static bool
covers (const Sack * sack, uint32_t tsn)
{
  if (!p2p_sc_after (tsn, sack->cum))
    return true;
  for (unsigned i = 0; i < sack->n_blocks; i++) {
    uint32_t from = sack->cum + p2p_sc_get16 (sack->blocks + 4 * i);
    uint32_t to = sack->cum + p2p_sc_get16 (sack->blocks + 4 * i + 2);

    if (!p2p_sc_after (from, tsn) && !p2p_sc_after (tsn, to))
      return true;
  }
  return false;
}

static void
measure (P2pScRepair * r, int64_t rtt, int64_t now)
{
  int64_t dev;

  if (rtt <= 0)
    rtt = 1;
  r->recent[r->n_recent++ % P2P_SCREPAIR_RECENT] = rtt;
  if (r->srtt_us == 0) {
    r->srtt_us = rtt;
    r->rttvar_us = rtt / 4;
    r->min_rtt_us = r->next_min_us = rtt;
    r->min_since = now;
    return;
  }
  dev = rtt > r->srtt_us ? rtt - r->srtt_us : r->srtt_us - rtt;
  r->rttvar_us += (dev - r->rttvar_us) / 4;
  r->srtt_us += (rtt - r->srtt_us) / 8;
  if (now - r->min_since > MIN_RTT_US) {
    r->min_rtt_us = r->next_min_us;
    r->next_min_us = rtt;
    r->min_since = now;
  }
  if (rtt < r->min_rtt_us)
    r->min_rtt_us = rtt;
  if (rtt < r->next_min_us)
    r->next_min_us = rtt;
}

static bool
has_queue (const P2pScRepair * r)
{
  int64_t room = r->min_rtt_us / 2;

  return queue_us (r) > (room < QUEUE_FLOOR_US ? QUEUE_FLOOR_US : room);
}

/* SCTP takes it for arrived: nobody else will send it. */
static bool
is_ours (const P2pScRepair * r, const P2pScSent * s)
{
  return r->any_told && !p2p_sc_after (s->tsn + s->n - 1, r->told);
}

/* What is ours may be sent on credit: nobody else will. Beyond that the probes
 * go on, which wait longer each time. */
static bool
may_repair (const P2pScRepair * r, const P2pScSent * s)
{
  if (is_ours (r, s))
    return r->budget > -BUDGET_MAX;
  return r->budget >= 100 && !r->spilled && !has_queue (r)
      && !p2p_scloss_is_left (&r->loss);
}

static bool
send_again (P2pScRepair * r, P2pScSent * s, int64_t now)
{
  if (!r->resend (s->packet, s->len, r->user_data)) {
    r->held = true;
    r->held_until = now + HELD_US;
    return false;
  }
  if (r->budget > -BUDGET_MAX)
    r->budget -= 100;
  if (s->times < MAX_TIMES)
    s->times++;
  s->number = ++r->sent;
  s->at = r->last_sent = now;
  s->lost = false;
  s->timed = true;
  p2p_scloss_sent (&r->loss, now);
  r->repaired++;
  return true;
}

/* Marks what arrived; the newest that was sent once gives a round trip. What a
 * gap block has named may be withdrawn again (RFC 9260 section 6.2.1). */
static void
mark (P2pScRepair * r, const Sack * sack, int64_t now)
{
  int64_t sent = -1;

  for (unsigned i = 0; i < r->n; i++) {
    P2pScSent *s = nth (r, i);
    bool acked = covers (sack, s->tsn + s->n - 1);

    if (acked && !s->acked) {
      r->probes = 0;
      if (!s->timed) {
        s->timed = true;
        sent = s->at;
        if (!r->any_acked || p2p_sc_after (s->number, r->acked))
          r->acked = s->number;
        r->any_acked = true;
      }
    }
    s->acked = acked;
  }
  if (sent >= 0)
    measure (r, now - sent, now);
}

static void
repair (P2pScRepair * r, int64_t now)
{
  for (unsigned i = 0; i < r->n; i++) {
    P2pScSent *s = nth (r, i);

    if (s->acked || !r->any_acked || !p2p_sc_after (r->acked, s->number))
      continue;
    if (!s->lost)
      p2p_scloss_lost (&r->loss);
    s->lost = true;
    if (s->times < MAX_TIMES && may_repair (r, s) && !send_again (r, s, now))
      return;
  }
}

/* SCTP may be told of all that arrived and of what we have sent again, up to
 * the first that is neither. */
static void
advance_kept (P2pScRepair * r)
{
  for (unsigned i = 0; i < r->n; i++) {
    P2pScSent *s = nth (r, i);

    if (p2p_sc_after (s->tsn, r->told + 1) || !(s->acked || s->times > 0))
      return;
    if (p2p_sc_after (s->tsn + s->n - 1, r->told))
      r->told = s->tsn + s->n - 1;
  }
}

static void
advance (P2pScRepair * r, const Sack * sack)
{
  if (!r->any_told || p2p_sc_after (sack->cum, r->told))
    r->told = sack->cum;
  r->any_told = true;
  if (!r->spilled)
    advance_kept (r);
  /* a gap block must not touch what is acknowledged */
  for (unsigned i = 0; i < sack->n_blocks && r->told != sack->cum; i++) {
    uint32_t to = sack->cum + p2p_sc_get16 (sack->blocks + 4 * i + 2);

    if (covers (sack, r->told + 1) && p2p_sc_after (to, r->told)
        && !p2p_sc_after (sack->cum + p2p_sc_get16 (sack->blocks + 4 * i),
            r->told + 1))
      r->told = to;
  }
}

static void
take_sack (P2pScRepair * r, const Sack * sack, int64_t now)
{
  /* a wild or an old one says nothing */
  if (p2p_sc_after (sack->cum, r->newest)
      || (r->any_told && p2p_sc_after (r->cum, sack->cum)))
    return;
  r->cum = sack->cum;
  mark (r, sack, now);
  while (r->n > 0
      && !p2p_sc_after (nth (r, 0)->tsn + nth (r, 0)->n - 1, sack->cum))
    drop_first (r);
  if (r->newest - sack->cum < P2P_SCREPAIR_PACKETS / 2)
    r->spilled = false;
  repair (r, now);
  advance (r, sack);
}

static void
put16 (uint8_t * p, uint16_t v)
{
  p[0] = (uint8_t) (v >> 8);
  p[1] = (uint8_t) v;
}

/* The SACK as SCTP is to see it: acknowledges up to 'told', and gaps beyond. */
static size_t
put_sack (uint8_t * out, const uint8_t * chunk, const Sack * sack,
    uint32_t told)
{
  uint32_t shift = told - sack->cum;
  unsigned n = 0;

  memcpy (out, chunk, P2P_SC_SACK_MIN);
  out[4] = (uint8_t) (told >> 24);
  out[5] = (uint8_t) (told >> 16);
  out[6] = (uint8_t) (told >> 8);
  out[7] = (uint8_t) told;
  for (unsigned i = 0; i < sack->n_blocks; i++) {
    uint32_t from = p2p_sc_get16 (sack->blocks + 4 * i);
    uint32_t to = p2p_sc_get16 (sack->blocks + 4 * i + 2);

    /* one that touches 'told' can't be: it would have been told */
    if (from < shift + 2 || to < from)
      continue;
    put16 (out + P2P_SC_SACK_MIN + 4 * n, (uint16_t) (from - shift));
    put16 (out + P2P_SC_SACK_MIN + 4 * n + 2, (uint16_t) (to - shift));
    n++;
  }
  put16 (out + 2, (uint16_t) (P2P_SC_SACK_MIN + 4 * n));
  put16 (out + 12, (uint16_t) n);
  put16 (out + 14, 0);          /* duplicates: ours */
  return P2P_SC_SACK_MIN + 4 * n;
}

static size_t
rewrite (P2pScRepair * r, const uint8_t * packet, size_t len, uint8_t * block)
{
  size_t pos = P2P_SC_COMMON_HEADER, n, at = P2P_SC_COMMON_HEADER;
  const uint8_t *chunk;
  Sack sack;

  memcpy (block, packet, P2P_SC_COMMON_HEADER);
  while (p2p_sc_next_chunk (packet, len, &pos, &chunk, &n)) {
    size_t left = len - (size_t) (chunk - packet);
    size_t padded = (n + 3) & ~(size_t) 3;

    if (padded > left)
      padded = left;
    if (get_sack (chunk, n, &sack) && p2p_sc_after (r->told, sack.cum)) {
      at += put_sack (block + at, chunk, &sack, r->told);
    } else {
      memcpy (block + at, chunk, padded);
      at += padded;
    }
  }
  return at;
}

const uint8_t *
p2p_screpair_input (P2pScRepair * r, const uint8_t * packet, size_t *len,
    uint8_t * block, int64_t now)
{
  size_t pos = P2P_SC_COMMON_HEADER, n;
  const uint8_t *chunk;
  bool differs = false;
  Sack sack;

  if ((r->n == 0 && !r->spilled) || *len > P2P_SCREPAIR_MAX_PACKET)
    return packet;
  while (p2p_sc_next_chunk (packet, *len, &pos, &chunk, &n)) {
    if ((r->n == 0 && !r->spilled) || !get_sack (chunk, n, &sack))
      continue;
    take_sack (r, &sack, now);
    differs = differs || (r->any_told && p2p_sc_after (r->told, sack.cum));
  }
  if (!differs)
    return packet;
  *len = rewrite (r, packet, *len, block);
  return block;
}

/* The newest that is still on its way. */
static P2pScSent *
last_unacked (P2pScRepair * r)
{
  for (unsigned i = r->n; i > 0; i--) {
    P2pScSent *s = nth (r, i - 1);

    if (!s->acked)
      return s;
  }
  return NULL;
}

int64_t
p2p_screpair_patience (const P2pScRepair * r)
{
  int64_t wait = r->srtt_us + 2 * r->rttvar_us + ACK_DELAY_US;

  if (r->srtt_us == 0)
    return INT64_MAX;
  return wait > MIN_PROBE_US ? wait : MIN_PROBE_US;
}

/* Nothing came back for a round trip and a bit: the newest is sent again, whose
 * acknowledgement tells what else is missing. Twice as long each time. */
int64_t
p2p_screpair_due (P2pScRepair * r)
{
  P2pScSent *s = r->srtt_us > 0 ? last_unacked (r) : NULL;
  int64_t wait;

  if (r->held)
    return r->held_until;
  if (!s || (!is_ours (r, s) && (r->probes >= MAX_PROBES
              || !may_repair (r, s))))
    return INT64_MAX;
  wait = p2p_screpair_patience (r);
  wait <<= r->probes < 8 ? r->probes : 8;
  return r->last_sent + (wait < MAX_BACK_OFF_US ? wait : MAX_BACK_OFF_US);
}

void
p2p_screpair_tick (P2pScRepair * r, int64_t now)
{
  P2pScSent *s;

  if (r->held && now < r->held_until)
    return;
  if (r->held) {
    r->held = false;
    repair (r, now);
  }
  s = last_unacked (r);
  if (!s || now < p2p_screpair_due (r))
    return;
  if (send_again (r, s, now) && r->probes < 255)
    r->probes++;
}
