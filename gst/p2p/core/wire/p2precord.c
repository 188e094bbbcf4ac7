/* gst-plugins-p2p
 *
 * This library is free software; you can redistribute it and/or
 * modify it under the terms of the GNU Lesser General Public
 * License as published by the Free Software Foundation; either
 * version 2.1 of the License, or (at your option) any later version.
 */
/* p2precord.c: media records, bytes -> P2pRecord.
 *
 *   BUFFER, PART:  | RUN 1 | MORE 1 | DUR 1 | PTS 2 | kind 3 |
 *                  | pts if PTS = 1 | duration if DUR | fields of MORE |
 *                  | part offset, total if PART | length | data |
 *   run:           | 0x80 | count 8 | data of count buffers |
 *   others:        | reserved 5 | kind 3 | length | body |
 *
 * Numbers are varints. What is left out is as predicted: starts where the last
 * ended, same duration, same distance of DTS to PTS, same flags, byte offsets
 * that go on. A run says "count more buffers as predicted, same length as the
 * last". docs/protocol/wire.md is normative.
 * Owner: the context belongs to the caller, one a chunk. Thread: any.
 */
#include "p2precordprivate.h"

#include <string.h>

static bool
get_data (P2pReader * r, P2pRecord * rec)
{
  uint64_t len;

  if (!p2p_read_varint (r, &len) || len > P2P_MAX_BUFFER
      || !p2p_read_bytes (r, (size_t) len, &rec->data))
    return false;
  rec->len = (uint32_t) len;
  return true;
}

static bool
get_u32_varint (P2pReader * r, uint32_t * v)
{
  uint64_t wide;

  if (!p2p_read_varint (r, &wide) || wide > UINT32_MAX)
    return false;
  *v = (uint32_t) wide;
  return true;
}

static bool
get_pts (P2pReader * r, const P2pRecordContext * c, unsigned field,
    P2pRecord * rec)
{
  int64_t delta;

  switch (field) {
    case PTS_PREDICTED:
      rec->pts_ns = c->no_pts ? NO_TIME : p2p_record_start (c);
      return true;
    case PTS_DELTA:
      if (!p2p_read_svarint (r, &delta))
        return false;
      rec->pts_ns = p2p_record_add_time (p2p_record_start (c), delta);
      return p2p_record_time_is_sane (rec->pts_ns);
    case PTS_NONE:
      rec->pts_ns = NO_TIME;
      return true;
    default:
      return false;
  }
}

static bool
get_duration (P2pReader * r, const P2pRecordContext * c, P2pRecord * rec)
{
  int64_t delta;

  if (!p2p_read_svarint (r, &delta))
    return false;
  if (delta == 0) {
    rec->duration_ns = NO_TIME;
    return true;
  }
  rec->duration_ns =
      p2p_record_add_time (c->duration_ns == NO_TIME ? -1 : c->duration_ns,
      delta);
  return p2p_record_duration_is_sane (rec->duration_ns);
}

static bool
get_dts (P2pReader * r, const P2pRecordContext * c, uint8_t more,
    P2pRecord * rec)
{
  int64_t base = rec->pts_ns == NO_TIME ? p2p_record_start (c) : rec->pts_ns;
  int64_t delta = c->dts_delta_ns;

  rec->dts_ns = NO_TIME;
  if (more & MORE_DTS) {
    if (!p2p_read_svarint (r, &delta))
      return false;
  } else if (more & MORE_NO_DTS || delta == NO_TIME) {
    return true;
  }
  /* may be out of range; whoever uses it checks */
  rec->dts_ns = p2p_record_add_time (base, delta);
  return true;
}

static bool
get_offset (P2pReader * r, bool present, uint64_t * offset)
{
  uint64_t plus_one;

  if (!present)
    return true;
  if (!p2p_read_varint (r, &plus_one))
    return false;
  *offset = plus_one - 1;       /* 0 wraps to NONE */
  return true;
}

/* Fields of the MORE byte; 0 = everything as predicted. */
static bool
get_more (P2pReader * r, const P2pRecordContext * c, uint8_t more,
    P2pRecord * rec)
{
  const uint8_t *skipped;
  uint32_t len;

  rec->flags = c->flags;
  rec->offset = c->offset;
  if (more & MORE_FLAGS && !p2p_read_u8 (r, &rec->flags))
    return false;
  if (!get_dts (r, c, more, rec)
      || !get_offset (r, more & MORE_OFFSET, &rec->offset)
      || !get_offset (r, more & MORE_OFFSET_END, &rec->offset_end))
    return false;
  return !(more & MORE_SKIP) || (get_u32_varint (r, &len)
      && p2p_read_bytes (r, len, &skipped));
}

static bool
get_meta (P2pReader * r, const P2pRecordContext * c, uint8_t first,
    P2pRecord * rec, uint8_t * more)
{
  *more = 0;
  rec->duration_ns = c->duration_ns;
  return get_pts (r, c, first >> PTS_SHIFT & PTS_MASK, rec)
      && (!(first & HAS_DURATION) || get_duration (r, c, rec))
      && (!(first & HAS_MORE) || p2p_read_u8 (r, more))
      && get_more (r, c, *more, rec);
}

static bool
get_buffer (P2pReader * r, const P2pRecordContext * c, uint8_t first,
    P2pRecord * rec)
{
  uint8_t more;

  if (!get_meta (r, c, first, rec, &more) || !p2p_record_times_are_sane (rec)
      || !get_data (r, rec))
    return false;
  if (!(more & MORE_OFFSET_END))
    rec->offset_end = p2p_record_predict_offset_end (c, rec->offset, rec->len);
  return true;
}

/* Whether a part is the first is said after the meta fields, which only the
 * first may have: a later part's first byte is its kind alone. */
static bool
get_part (P2pReader * r, const P2pRecordContext * c, uint8_t first,
    P2pRecord * rec)
{
  uint8_t more;

  if (!get_meta (r, c, first, rec, &more)
      || !get_u32_varint (r, &rec->part_offset)
      || !get_u32_varint (r, &rec->total) || !get_data (r, rec)
      || !p2p_record_part_is_sane (rec))
    return false;
  if (rec->part_offset == 0) {
    if (!(more & MORE_OFFSET_END))
      rec->offset_end =
          p2p_record_predict_offset_end (c, rec->offset, rec->total);
    return p2p_record_times_are_sane (rec);
  }
  if (first != P2P_RECORD_PART)
    return false;
  rec->flags = 0;
  rec->pts_ns = rec->dts_ns = rec->duration_ns = NO_TIME;
  rec->offset = rec->offset_end = NO_OFFSET;
  return true;
}

static bool
get_gap (P2pReader * r, const P2pRecordContext * c, P2pRecord * rec)
{
  P2pReader body;
  uint64_t duration;
  int64_t delta;

  if (!get_data (r, rec))
    return false;
  p2p_reader_init (&body, rec->data, rec->len);
  rec->data = NULL;
  rec->len = 0;
  if (!p2p_read_svarint (&body, &delta) || !p2p_read_varint (&body, &duration)
      || duration > (uint64_t) P2P_MAX_RECORD_TIME + 1)
    return false;
  rec->pts_ns = p2p_record_add_time (p2p_record_start (c), delta);
  rec->duration_ns = duration == 0 ? NO_TIME : (int64_t) (duration - 1);
  return p2p_record_time_is_sane (rec->pts_ns);
}

static bool
get_run (P2pReader * r, P2pRecordContext * c, uint8_t first)
{
  uint8_t count;

  if (first != IS_RUN || !c->can_repeat || !p2p_read_u8 (r, &count)
      || count == 0)
    return false;
  c->repeat = count;
  return true;
}

/* One more of a run. */
static bool
get_repeat (P2pReader * r, P2pRecordContext * c, P2pRecord * rec)
{
  p2p_record_predict (c, c->len, rec);
  c->repeat--;
  return p2p_read_bytes (r, c->len, &rec->data)
      && p2p_record_times_are_sane (rec);
}

static bool
get_record (P2pReader * r, P2pRecordContext * c, uint8_t first, P2pRecord * rec)
{
  memset (rec, 0, sizeof (*rec));
  rec->pts_ns = rec->dts_ns = rec->duration_ns = NO_TIME;
  rec->offset = rec->offset_end = NO_OFFSET;
  rec->kind = (P2pRecordKind) (first & KIND_MASK);
  switch (rec->kind) {
    case P2P_RECORD_BUFFER:
      return get_buffer (r, c, first, rec);
    case P2P_RECORD_PART:
      return get_part (r, c, first, rec);
    case P2P_RECORD_GAP:
      return get_gap (r, c, rec);
    default:
      return get_data (r, rec);
  }
}

P2pResult
p2p_record_next (P2pReader * r, P2pRecordContext * c, P2pRecord * record)
{
  P2pRecord rec;
  uint8_t first;

  do {
    if (c->repeat == 0) {
      if (!p2p_read_u8 (r, &first))
        return P2P_NOT_FOUND;
      if (first & IS_RUN) {
        if (!get_run (r, c, first))
          return P2P_PROTOCOL;
      } else if (!get_record (r, c, first, &rec)) {
        return P2P_PROTOCOL;
      }
    }
    if (c->repeat > 0 && !get_repeat (r, c, &rec))
      return P2P_PROTOCOL;
    p2p_record_after (c, &rec);
  } while (rec.kind > P2P_RECORD_EOS);
  *record = rec;
  return P2P_OK;
}
