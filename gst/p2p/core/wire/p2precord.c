/* gst-plugins-p2p
 *
 * This library is free software; you can redistribute it and/or
 * modify it under the terms of the GNU Lesser General Public
 * License as published by the Free Software Foundation; either
 * version 2.1 of the License, or (at your option) any later version.
 */
/* p2precord.c: media records, bytes <-> P2pRecord.
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
#include "p2precord.h"

#include <string.h>

#define KIND_MASK 0x07
#define PTS_SHIFT 3
#define PTS_MASK 0x03
#define HAS_DURATION 0x20
#define HAS_MORE 0x40
#define IS_RUN 0x80             /* alone in its byte */

enum                            /* PTS field */
{
  PTS_PREDICTED = 0,
  PTS_DELTA = 1,                /* svarint against the predicted start */
  PTS_NONE = 2
};

enum                            /* the byte after MORE, fields in this order */
{
  MORE_FLAGS = 1 << 0,          /* 8 bits */
  MORE_DTS = 1 << 1,            /* svarint against PTS (none: predicted start) */
  MORE_NO_DTS = 1 << 2,
  MORE_OFFSET = 1 << 3,         /* varint, value plus 1, 0 = none */
  MORE_OFFSET_END = 1 << 4,     /* the same */
  MORE_SKIP = 1 << 7            /* length and bytes of a later profile */
};

#define MAX_RUN 255

#define NO_TIME P2P_RECORD_TIME_NONE
#define NO_OFFSET P2P_RECORD_OFFSET_NONE

static bool
time_is_sane (int64_t t)
{
  return t >= -P2P_MAX_RECORD_TIME && t <= P2P_MAX_RECORD_TIME;
}

static bool
duration_is_sane (int64_t d)
{
  return d >= 0 && d <= P2P_MAX_RECORD_TIME;
}

/* Modulo 2^64: the sum of a sane time and anything a peer sends is defined,
 * and then has to be sane. */
static int64_t
add_time (int64_t a, int64_t b)
{
  return (int64_t) ((uint64_t) a + (uint64_t) b);
}

static int64_t
next_start (const P2pRecordContext * c)
{
  /* an end past the range cannot be the start of anything */
  return time_is_sane (c->next_pts_ns) ? c->next_pts_ns : 0;
}

void
p2p_record_context_init (P2pRecordContext * c, int64_t base_pts_ns)
{
  memset (c, 0, sizeof (*c));
  c->next_pts_ns = time_is_sane (base_pts_ns) ? base_pts_ns : 0;
  c->duration_ns = NO_TIME;
  c->dts_delta_ns = NO_TIME;
  c->offset = NO_OFFSET;
  c->offset_end = NO_OFFSET;
}

/* offset_end of a buffer of this length, if nothing is said about it */
static uint64_t
predict_offset_end (const P2pRecordContext * c, uint64_t offset, uint32_t len)
{
  if (c->offset_end_is_byte && offset != NO_OFFSET)
    return offset + len;
  return c->offset_end;
}

static void
predict (const P2pRecordContext * c, uint32_t len, P2pRecord * r)
{
  memset (r, 0, sizeof (*r));
  r->kind = P2P_RECORD_BUFFER;
  r->flags = c->flags;
  r->pts_ns = c->no_pts ? NO_TIME : next_start (c);
  r->duration_ns = c->duration_ns;
  r->dts_ns = c->dts_delta_ns == NO_TIME ? NO_TIME
      : add_time (next_start (c), c->dts_delta_ns);
  r->offset = c->offset;
  r->offset_end = predict_offset_end (c, c->offset, len);
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
  int64_t base = r->pts_ns == NO_TIME ? next_start (c) : r->pts_ns;

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

/* ---- writing ---- */

static bool
is_as_predicted (const P2pRecordContext * c, const P2pRecord * r)
{
  P2pRecord p;

  predict (c, c->len, &p);
  return c->can_repeat && r->kind == P2P_RECORD_BUFFER && r->len == c->len
      && r->flags == p.flags && r->pts_ns == p.pts_ns
      && r->dts_ns == p.dts_ns && r->duration_ns == p.duration_ns
      && r->offset == p.offset && r->offset_end == p.offset_end;
}

/* One more of the same: count it in the open run, or open one. */
static void
put_repeat (P2pWriter * w, P2pRecordContext * c, const P2pRecord * r)
{
  size_t run_at = c->run_at;

  if (run_at == 0 || c->end != w->len || w->data[run_at] == MAX_RUN) {
    p2p_put_u8 (w, IS_RUN);
    run_at = w->len;
    p2p_put_u8 (w, 0);
  }
  p2p_put_bytes (w, r->data, r->len);
  if (w->overflow)
    return;
  w->data[run_at]++;
  c->run_at = run_at;
}

static uint8_t
choose_more (const P2pRecordContext * c, const P2pRecord * r, uint32_t len)
{
  int64_t base = r->pts_ns == NO_TIME ? next_start (c) : r->pts_ns;
  uint8_t more = 0;

  if (r->flags != c->flags)
    more |= MORE_FLAGS;
  if (r->dts_ns == NO_TIME && c->dts_delta_ns != NO_TIME)
    more |= MORE_NO_DTS;
  if (r->dts_ns != NO_TIME && (c->dts_delta_ns == NO_TIME
          || r->dts_ns - base != c->dts_delta_ns))
    more |= MORE_DTS;
  if (r->offset != c->offset)
    more |= MORE_OFFSET;
  if (r->offset_end != predict_offset_end (c, r->offset, len))
    more |= MORE_OFFSET_END;
  return more;
}

static void
put_more (P2pWriter * w, const P2pRecordContext * c, const P2pRecord * r,
    uint8_t more)
{
  int64_t base = r->pts_ns == NO_TIME ? next_start (c) : r->pts_ns;

  p2p_put_u8 (w, more);
  if (more & MORE_FLAGS)
    p2p_put_u8 (w, r->flags);
  if (more & MORE_DTS)
    p2p_put_svarint (w, r->dts_ns - base);
  if (more & MORE_OFFSET)
    p2p_put_varint (w, r->offset + 1);
  if (more & MORE_OFFSET_END)
    p2p_put_varint (w, r->offset_end + 1);
}

/* 0 = none, else the difference to the last, which is -1 when it had none:
 * never 0, because "the same" is not written at all. */
static int64_t
duration_delta (const P2pRecordContext * c, int64_t duration)
{
  if (duration == NO_TIME)
    return 0;
  return duration - (c->duration_ns == NO_TIME ? -1 : c->duration_ns);
}

static void
put_meta (P2pWriter * w, const P2pRecordContext * c, const P2pRecord * r,
    uint32_t len)
{
  uint8_t pts = PTS_PREDICTED, more = choose_more (c, r, len), first;
  bool has_duration = r->duration_ns != c->duration_ns;

  if (r->pts_ns == NO_TIME && !c->no_pts)
    pts = PTS_NONE;
  else if (r->pts_ns != NO_TIME && (c->no_pts || r->pts_ns != next_start (c)))
    pts = PTS_DELTA;
  first = (uint8_t) r->kind | (uint8_t) (pts << PTS_SHIFT);
  if (has_duration)
    first |= HAS_DURATION;
  if (more)
    first |= HAS_MORE;
  p2p_put_u8 (w, first);
  if (pts == PTS_DELTA)
    p2p_put_svarint (w, r->pts_ns - next_start (c));
  if (has_duration)
    p2p_put_svarint (w, duration_delta (c, r->duration_ns));
  if (more)
    put_more (w, c, r, more);
}

static void
put_buffer (P2pWriter * w, P2pRecordContext * c, const P2pRecord * r)
{
  put_meta (w, c, r, r->len);
  p2p_put_varint (w, r->len);
  p2p_put_bytes (w, r->data, r->len);
}

static void
put_part (P2pWriter * w, P2pRecordContext * c, const P2pRecord * r)
{
  if (r->part_offset == 0)
    put_meta (w, c, r, r->total);
  else
    p2p_put_u8 (w, P2P_RECORD_PART);
  p2p_put_varint (w, r->part_offset);
  p2p_put_varint (w, r->total);
  p2p_put_varint (w, r->len);
  p2p_put_bytes (w, r->data, r->len);
}

static void
put_gap (P2pWriter * w, const P2pRecordContext * c, const P2pRecord * r)
{
  uint8_t body[20];             /* two varints */
  P2pWriter b;

  p2p_writer_init (&b, body, sizeof (body));
  p2p_put_svarint (&b, r->pts_ns - next_start (c));
  p2p_put_varint (&b, r->duration_ns == NO_TIME ? 0
      : (uint64_t) r->duration_ns + 1);
  p2p_put_u8 (w, P2P_RECORD_GAP);
  p2p_put_varint (w, b.len);
  p2p_put_bytes (w, body, b.len);
}

static void
put_block (P2pWriter * w, const P2pRecord * r)
{
  uint32_t len = r->kind == P2P_RECORD_EOS ? 0 : r->len;

  p2p_put_u8 (w, (uint8_t) r->kind);
  p2p_put_varint (w, len);
  p2p_put_bytes (w, r->data, len);
}

static bool
part_is_sane (const P2pRecord * r)
{
  return r->len > 0 && r->total <= P2P_MAX_BUFFER && r->part_offset <= r->total
      && r->len <= r->total - r->part_offset;
}

static bool
times_are_sane (const P2pRecord * r)
{
  return (r->pts_ns == NO_TIME || time_is_sane (r->pts_ns))
      && (r->dts_ns == NO_TIME || time_is_sane (r->dts_ns))
      && (r->duration_ns == NO_TIME || duration_is_sane (r->duration_ns));
}

static bool
record_is_sane (const P2pRecord * r)
{
  switch (r->kind) {
    case P2P_RECORD_BUFFER:
      return r->len <= P2P_MAX_BUFFER && times_are_sane (r);
    case P2P_RECORD_PART:
      return part_is_sane (r) && times_are_sane (r);
    case P2P_RECORD_GAP:
      return r->pts_ns != NO_TIME && time_is_sane (r->pts_ns)
          && (r->duration_ns == NO_TIME || duration_is_sane (r->duration_ns));
    default:
      return r->kind <= P2P_RECORD_EOS;
  }
}

static void
put_record (P2pWriter * w, P2pRecordContext * c, const P2pRecord * r)
{
  switch (r->kind) {
    case P2P_RECORD_BUFFER:
      put_buffer (w, c, r);
      break;
    case P2P_RECORD_PART:
      put_part (w, c, r);
      break;
    case P2P_RECORD_GAP:
      put_gap (w, c, r);
      break;
    default:
      put_block (w, r);
      break;
  }
}

/* What both sides know after a record. */
static void
after_record (P2pRecordContext * c, const P2pRecord * r)
{
  c->can_repeat = false;
  if (r->kind == P2P_RECORD_BUFFER)
    learn (c, r, r->len);
  else if (r->kind == P2P_RECORD_PART && r->part_offset == 0)
    learn (c, r, r->total);
  else if (r->kind == P2P_RECORD_GAP)
    advance (c, r->pts_ns, r->duration_ns);
}

P2pResult
p2p_record_put (P2pWriter * w, P2pRecordContext * c, const P2pRecord * r)
{
  size_t start = w->len;

  if (w->overflow)
    return P2P_LIMIT;
  if (!record_is_sane (r))
    return P2P_INVALID;
  if (is_as_predicted (c, r)) {
    put_repeat (w, c, r);
  } else {
    put_record (w, c, r);
    if (!w->overflow)
      c->run_at = 0;
  }
  if (w->overflow) {
    w->len = start;
    w->overflow = false;
    return P2P_LIMIT;
  }
  c->end = w->len;
  after_record (c, r);
  return P2P_OK;
}

/* ---- reading ---- */

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
      rec->pts_ns = c->no_pts ? NO_TIME : next_start (c);
      return true;
    case PTS_DELTA:
      if (!p2p_read_svarint (r, &delta))
        return false;
      rec->pts_ns = add_time (next_start (c), delta);
      return time_is_sane (rec->pts_ns);
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
      add_time (c->duration_ns == NO_TIME ? -1 : c->duration_ns, delta);
  return duration_is_sane (rec->duration_ns);
}

static bool
get_dts (P2pReader * r, const P2pRecordContext * c, uint8_t more,
    P2pRecord * rec)
{
  int64_t base = rec->pts_ns == NO_TIME ? next_start (c) : rec->pts_ns;
  int64_t delta = c->dts_delta_ns;

  rec->dts_ns = NO_TIME;
  if (more & MORE_DTS) {
    if (!p2p_read_svarint (r, &delta))
      return false;
  } else if (more & MORE_NO_DTS || delta == NO_TIME) {
    return true;
  }
  /* may be out of range; whoever uses it checks */
  rec->dts_ns = add_time (base, delta);
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

  if (!get_meta (r, c, first, rec, &more) || !times_are_sane (rec)
      || !get_data (r, rec))
    return false;
  if (!(more & MORE_OFFSET_END))
    rec->offset_end = predict_offset_end (c, rec->offset, rec->len);
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
      || !part_is_sane (rec))
    return false;
  if (rec->part_offset == 0) {
    if (!(more & MORE_OFFSET_END))
      rec->offset_end = predict_offset_end (c, rec->offset, rec->total);
    return times_are_sane (rec);
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
  rec->pts_ns = add_time (next_start (c), delta);
  rec->duration_ns = duration == 0 ? NO_TIME : (int64_t) (duration - 1);
  return time_is_sane (rec->pts_ns);
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
  predict (c, c->len, rec);
  c->repeat--;
  return p2p_read_bytes (r, c->len, &rec->data) && times_are_sane (rec);
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
    after_record (c, &rec);
  } while (rec.kind > P2P_RECORD_EOS);
  *record = rec;
  return P2P_OK;
}
