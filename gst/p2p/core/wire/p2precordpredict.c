/* gst-plugins-p2p
 *
 * This library is free software; you can redistribute it and/or
 * modify it under the terms of the GNU Lesser General Public
 * License as published by the Free Software Foundation; either
 * version 2.1 of the License, or (at your option) any later version.
 */
/* p2precordpredict.c: what the writer and the reader of records both know: the
 * next record as it is if nothing is said (docs/protocol/wire.md,
 * "Prediction").
 *
 * Owner: the context belongs to the caller, one a chunk. Thread: any.
 */
#include "p2precordprivate.h"

#include <string.h>

bool
p2p_record_time_is_sane (int64_t t)
{
  return t >= -P2P_MAX_RECORD_TIME && t <= P2P_MAX_RECORD_TIME;
}

bool
p2p_record_duration_is_sane (int64_t d)
{
  return d >= 0 && d <= P2P_MAX_RECORD_TIME;
}

int64_t
p2p_record_add_time (int64_t a, int64_t b)
{
  return (int64_t) ((uint64_t) a + (uint64_t) b);
}

int64_t
p2p_record_start (const P2pRecordContext * c)
{
  /* an end past the range cannot be the start of anything */
  return p2p_record_time_is_sane (c->next_pts_ns) ? c->next_pts_ns : 0;
}

void
p2p_record_context_init (P2pRecordContext * c, int64_t base_pts_ns)
{
  memset (c, 0, sizeof (*c));
  c->next_pts_ns = p2p_record_time_is_sane (base_pts_ns) ? base_pts_ns : 0;
  c->duration_ns = NO_TIME;
  c->dts_delta_ns = NO_TIME;
  c->offset = NO_OFFSET;
  c->offset_end = NO_OFFSET;
}

uint64_t
p2p_record_predict_offset_end (const P2pRecordContext * c, uint64_t offset,
    uint32_t len)
{
  if (c->offset_end_is_byte && offset != NO_OFFSET)
    return offset + len;
  return c->offset_end;
}

void
p2p_record_predict (const P2pRecordContext * c, uint32_t len, P2pRecord * r)
{
  memset (r, 0, sizeof (*r));
  r->kind = P2P_RECORD_BUFFER;
  r->flags = c->flags;
  r->pts_ns = c->no_pts ? NO_TIME : p2p_record_start (c);
  r->duration_ns = c->duration_ns;
  r->dts_ns = c->dts_delta_ns == NO_TIME ? NO_TIME
      : p2p_record_add_time (p2p_record_start (c), c->dts_delta_ns);
  r->offset = c->offset;
  r->offset_end = p2p_record_predict_offset_end (c, c->offset, len);
  r->len = len;
}

static void
advance (P2pRecordContext * c, int64_t pts, int64_t duration)
{
  c->no_pts = pts == NO_TIME;
  if (pts == NO_TIME)
    return;
  c->next_pts_ns = duration == NO_TIME ? pts : pts + duration;
}

/* The record is a buffer (or the first part of one) of 'len' bytes. */
static void
learn (P2pRecordContext * c, const P2pRecord * r, uint32_t len)
{
  int64_t base = r->pts_ns == NO_TIME ? p2p_record_start (c) : r->pts_ns;

  c->dts_delta_ns = r->dts_ns == NO_TIME ? NO_TIME : r->dts_ns - base;
  c->duration_ns = r->duration_ns;
  c->flags = r->flags;
  c->offset = r->offset == NO_OFFSET ? NO_OFFSET : r->offset + len;
  c->offset_end = r->offset_end;
  c->offset_end_is_byte = r->offset != NO_OFFSET && r->offset_end != NO_OFFSET
      && r->offset_end - r->offset == len;
  c->len = len;
  c->can_repeat = r->kind == P2P_RECORD_BUFFER && len > 0;
  advance (c, r->pts_ns, r->duration_ns);
}

bool
p2p_record_part_is_sane (const P2pRecord * r)
{
  return r->len > 0 && r->total <= P2P_MAX_BUFFER && r->part_offset <= r->total
      && r->len <= r->total - r->part_offset;
}

bool
p2p_record_times_are_sane (const P2pRecord * r)
{
  return (r->pts_ns == NO_TIME || p2p_record_time_is_sane (r->pts_ns))
      && (r->dts_ns == NO_TIME || p2p_record_time_is_sane (r->dts_ns))
      && (r->duration_ns == NO_TIME
      || p2p_record_duration_is_sane (r->duration_ns));
}

void
p2p_record_after (P2pRecordContext * c, const P2pRecord * r)
{
  c->can_repeat = false;
  if (r->kind == P2P_RECORD_BUFFER)
    learn (c, r, r->len);
  else if (r->kind == P2P_RECORD_PART && r->part_offset == 0)
    learn (c, r, r->total);
  else if (r->kind == P2P_RECORD_GAP)
    advance (c, r->pts_ns, r->duration_ns);
}
