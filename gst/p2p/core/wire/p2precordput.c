/* gst-plugins-p2p
 *
 * This library is free software; you can redistribute it and/or
 * modify it under the terms of the GNU Lesser General Public
 * License as published by the Free Software Foundation; either
 * version 2.1 of the License, or (at your option) any later version.
 */
/* p2precordput.c: media records, P2pRecord -> bytes (drawing in p2precord.c).
 *
 * Owner: the context belongs to the caller, one a chunk. Thread: any.
 */
#include "p2precordprivate.h"

static bool
is_as_predicted (const P2pRecordContext * c, const P2pRecord * r)
{
  P2pRecord p;

  p2p_record_predict (c, c->len, &p);
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
  int64_t base = r->pts_ns == NO_TIME ? p2p_record_start (c) : r->pts_ns;
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
  if (r->offset_end != p2p_record_predict_offset_end (c, r->offset, len))
    more |= MORE_OFFSET_END;
  return more;
}

static void
put_more (P2pWriter * w, const P2pRecordContext * c, const P2pRecord * r,
    uint8_t more)
{
  int64_t base = r->pts_ns == NO_TIME ? p2p_record_start (c) : r->pts_ns;

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
  else if (r->pts_ns != NO_TIME && (c->no_pts
          || r->pts_ns != p2p_record_start (c)))
    pts = PTS_DELTA;
  first = (uint8_t) r->kind | (uint8_t) (pts << PTS_SHIFT);
  if (has_duration)
    first |= HAS_DURATION;
  if (more)
    first |= HAS_MORE;
  p2p_put_u8 (w, first);
  if (pts == PTS_DELTA)
    p2p_put_svarint (w, r->pts_ns - p2p_record_start (c));
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
  p2p_put_svarint (&b, r->pts_ns - p2p_record_start (c));
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
record_is_sane (const P2pRecord * r)
{
  switch (r->kind) {
    case P2P_RECORD_BUFFER:
      return r->len <= P2P_MAX_BUFFER && p2p_record_times_are_sane (r);
    case P2P_RECORD_PART:
      return p2p_record_part_is_sane (r) && p2p_record_times_are_sane (r);
    case P2P_RECORD_GAP:
      return r->pts_ns != NO_TIME && p2p_record_time_is_sane (r->pts_ns)
          && (r->duration_ns == NO_TIME
          || p2p_record_duration_is_sane (r->duration_ns));
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
  p2p_record_after (c, r);
  return P2P_OK;
}
