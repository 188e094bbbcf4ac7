/* gst-plugins-p2p
 *
 * This library is free software; you can redistribute it and/or
 * modify it under the terms of the GNU Lesser General Public
 * License as published by the Free Software Foundation; either
 * version 2.1 of the License, or (at your option) any later version.
 */
/* Media records against bytes written by hand from docs/protocol/wire.md. */
#include <gst/check/gstcheck.h>
#include <string.h>

#include "../../../gst/p2p/core/base/p2prandom.h"
#include "../../../gst/p2p/core/wire/p2precord.h"

#define NONE P2P_RECORD_TIME_NONE
#define NO_OFFSET P2P_RECORD_OFFSET_NONE
#define CAP 15872               /* P2P_MAX_CHUNK_MEDIA */

static guint8 out[CAP];
static guint8 data[CAP];
static P2pWriter w;
static P2pRecordContext writing, reading;
static P2pReader r;
static P2pRecord got;

static void
begin (gint64 base_pts)
{
  guint i;

  for (i = 0; i < sizeof (data); i++)
    data[i] = (guint8) (i * 31 + (i >> 8));
  p2p_writer_init (&w, out, sizeof (out));
  p2p_record_context_init (&writing, base_pts);
}

static P2pRecord
make_buffer (guint32 len, gint64 pts, gint64 duration)
{
  return (P2pRecord) {
  .kind = P2P_RECORD_BUFFER,.pts_ns = pts,.dts_ns = NONE,.duration_ns =
        duration,.offset = NO_OFFSET,.offset_end = NO_OFFSET,.data =
        data,.len = len};
}

/* Returns what the record costs beside its data. */
static gint
put (P2pRecord record)
{
  gsize before = w.len;

  fail_unless_equals_int (p2p_record_put (&w, &writing, &record), P2P_OK);
  return (gint) (w.len - before - record.len);
}

static void
expect_bytes (const guint8 * bytes, gsize len)
{
  fail_unless_equals_int (w.len, len);
  fail_unless (memcmp (out, bytes, len) == 0);
}

static void
begin_reading (gint64 base_pts)
{
  p2p_reader_init (&r, out, w.len);
  p2p_record_context_init (&reading, base_pts);
}

static void
expect (P2pRecord record)
{
  fail_unless_equals_int (p2p_record_next (&r, &reading, &got), P2P_OK);
  fail_unless_equals_int (got.kind, record.kind);
  fail_unless_equals_int_hex (got.flags, record.flags);
  fail_unless_equals_int64 (got.pts_ns, record.pts_ns);
  fail_unless_equals_int64 (got.dts_ns, record.dts_ns);
  fail_unless_equals_int64 (got.duration_ns, record.duration_ns);
  fail_unless_equals_uint64 (got.offset, record.offset);
  fail_unless_equals_uint64 (got.offset_end, record.offset_end);
  fail_unless_equals_int (got.part_offset, record.part_offset);
  fail_unless_equals_int (got.total, record.total);
  fail_unless_equals_int (got.len, record.len);
  fail_unless (record.len == 0 || memcmp (got.data, record.data,
          record.len) == 0);
}

static void
expect_end (void)
{
  fail_unless_equals_int (p2p_record_next (&r, &reading, &got), P2P_NOT_FOUND);
}

/* ---- buffers ---- */

GST_START_TEST (test_usual_buffer_costs_3_bytes)
{
  const gint64 step = 26122449;
  gint i;

  begin (5000);
  /* the first tells its duration: 1 + 4 + 2 */
  fail_unless_equals_int (put (make_buffer (417, 5000, step)), 7);
  for (i = 1; i < 30; i++)
    fail_unless_equals_int (put (make_buffer (417 + (i & 1), 5000 + i * step,
                step)), 3);
  begin_reading (5000);
  for (i = 0; i < 30; i++)
    expect (make_buffer (417 + (i > 0 ? i & 1 : 0), 5000 + i * step, step));
  expect_end ();
}

GST_END_TEST;

GST_START_TEST (test_usual_buffer_with_dts_and_byte_offsets_costs_3_bytes)
{
  /* what mpegaudioparse makes: DTS = PTS, OFFSET = place in the file */
  P2pRecord b = make_buffer (417, 0, 26122449);
  gint i;

  b.dts_ns = 0;
  b.offset = 4096;
  b.offset_end = 4096 + 417;
  begin (0);
  put (b);
  for (i = 1; i < 10; i++) {
    b.pts_ns += b.duration_ns;
    b.dts_ns = b.pts_ns;
    b.offset += b.len;
    b.len = 417 + (i & 1);
    b.offset_end = b.offset + b.len;
    fail_unless_equals_int (put (b), 3);
  }
  begin_reading (0);
  for (i = 0; i < 10; i++)
    fail_unless_equals_int (p2p_record_next (&r, &reading, &got), P2P_OK);
  fail_unless_equals_int64 (got.dts_ns, 9 * G_GINT64_CONSTANT (26122449));
  fail_unless_equals_uint64 (got.offset, b.offset);
  fail_unless_equals_uint64 (got.offset_end, b.offset_end);
  expect_end ();
}

GST_END_TEST;

GST_START_TEST (test_a_nanosecond_of_rounding_costs_one_byte)
{
  begin (0);
  put (make_buffer (300, 0, 26122449));
  fail_unless_equals_int (put (make_buffer (301, 26122448, 26122449)), 4);
  fail_unless_equals_int (put (make_buffer (300, 52244897, 26122448)), 4);
  fail_unless_equals_int (put (make_buffer (301, 78367346, 26122449)), 5);
  begin_reading (0);
  expect (make_buffer (300, 0, 26122449));
  expect (make_buffer (301, 26122448, 26122449));
  expect (make_buffer (300, 52244897, 26122448));
  expect (make_buffer (301, 78367346, 26122449));
  expect_end ();
}

GST_END_TEST;

GST_START_TEST (test_fields_stand_in_the_order_of_the_drawing)
{
  static const guint8 bytes[] = {
    0x68,                       /* BUFFER, PTS delta, duration, MORE */
    0x14,                       /* PTS + 10 */
    0x0c,                       /* duration: 5 against none, which is -1 */
    0x1b,                       /* FLAGS DTS OFFSET OFFSET_END */
    0x41, 0x03, 0x65, 0xc8, 0x01,       /* flags, DTS - 2, 100 + 1, 199 + 1 */
    0x02, 0, 31
  };
  P2pRecord b = make_buffer (2, 110, 5);

  b.flags = P2P_BUFFER_DISCONT | P2P_BUFFER_DELTA_UNIT;
  b.dts_ns = 108;
  b.offset = 100;
  b.offset_end = 199;
  begin (100);
  put (b);
  expect_bytes (bytes, sizeof (bytes));
  begin_reading (100);
  expect (b);
  expect_end ();
}

GST_END_TEST;

GST_START_TEST (test_whatever_was_there_can_be_taken_away_again)
{
  P2pRecord full = make_buffer (5, 1000, 10), bare = make_buffer (6, NONE,
      NONE);
  P2pRecord again = make_buffer (7, 990, 0);

  full.dts_ns = -4;
  full.flags = 0xff;
  full.offset = 0;
  full.offset_end = UINT64_MAX - 1;
  begin (1000);
  put (full);
  put (bare);
  put (bare);
  put (again);
  put (full);
  begin_reading (1000);
  expect (full);
  expect (bare);
  expect (bare);
  expect (again);
  expect (full);
  expect_end ();
}

GST_END_TEST;

GST_START_TEST (test_running_times_are_signed)
{
  P2pRecord b = make_buffer (5, -1000, 400);

  b.dts_ns = -5000;
  begin (-1000);
  put (b);
  fail_unless_equals_int (out[0] & 0x18, 0);    /* PTS as predicted */
  begin_reading (-1000);
  expect (b);
  expect_end ();
}

GST_END_TEST;

GST_START_TEST (test_extreme_times_survive_and_more_is_invalid)
{
  const gint64 most = P2P_MAX_RECORD_TIME;
  P2pRecord b = make_buffer (1, most, most);

  b.dts_ns = -most;
  begin (-most);
  put (b);
  put (make_buffer (2, -most, 0));
  begin_reading (-most);
  expect (b);
  expect (make_buffer (2, -most, 0));
  expect_end ();

  b.dts_ns = -most - 1;
  fail_unless_equals_int (p2p_record_put (&w, &writing, &b), P2P_INVALID);
  b = make_buffer (1, most + 1, 0);
  fail_unless_equals_int (p2p_record_put (&w, &writing, &b), P2P_INVALID);
  b = make_buffer (1, 0, -1);
  fail_unless_equals_int (p2p_record_put (&w, &writing, &b), P2P_INVALID);
  b = make_buffer (1, 0, most + 1);
  fail_unless_equals_int (p2p_record_put (&w, &writing, &b), P2P_INVALID);
}

GST_END_TEST;

/* ---- runs ---- */

GST_START_TEST (test_188_byte_packets_without_pts_are_a_run)
{
  static const guint8 head[] = { 0x10, 0xbc, 0x01 };
  gint i, cost = 0;

  begin (0);
  for (i = 0; i < 84; i++)
    cost += put (make_buffer (188, NONE, NONE));
  /* first 1 + 2, run 2, for 84 packets */
  fail_unless_equals_int (cost, 5);
  fail_unless (memcmp (out, head, 3) == 0);
  fail_unless (out[3 + 188] == 0x80 && out[4 + 188] == 83);
  begin_reading (0);
  for (i = 0; i < 84; i++)
    expect (make_buffer (188, NONE, NONE));
  expect_end ();
}

GST_END_TEST;

GST_START_TEST (test_run_goes_on_with_the_time_and_offsets)
{
  P2pRecord b = make_buffer (100, 0, 10);
  gint i;

  b.dts_ns = -7;
  b.flags = P2P_BUFFER_DELTA_UNIT;
  b.offset = 0;
  b.offset_end = 100;
  begin (0);
  put (b);
  for (i = 1; i < 5; i++) {
    b.pts_ns += 10;
    b.dts_ns += 10;
    b.offset += 100;
    b.offset_end += 100;
    fail_unless_equals_int (put (b), i == 1 ? 2 : 0);
  }
  begin_reading (0);
  for (i = 0; i < 5; i++)
    fail_unless_equals_int (p2p_record_next (&r, &reading, &got), P2P_OK);
  fail_unless_equals_int64 (got.pts_ns, 40);
  fail_unless_equals_int64 (got.dts_ns, 33);
  fail_unless_equals_int_hex (got.flags, P2P_BUFFER_DELTA_UNIT);
  fail_unless_equals_uint64 (got.offset, 400);
  fail_unless_equals_uint64 (got.offset_end, 500);
  expect_end ();
}

GST_END_TEST;

GST_START_TEST (test_run_ends_after_255_and_at_any_difference)
{
  gint i, cost = 0;

  begin (0);
  for (i = 0; i < 600; i++)
    cost += put (make_buffer (10, NONE, NONE));
  /* first 2; 255 + 255 + 89 */
  fail_unless_equals_int (cost, 2 + 3 * 2);
  put (make_buffer (11, NONE, NONE));
  put (make_buffer (11, 5, NONE));
  put (make_buffer (11, 5, NONE));
  begin_reading (0);
  for (i = 0; i < 600; i++)
    expect (make_buffer (10, NONE, NONE));
  expect (make_buffer (11, NONE, NONE));
  expect (make_buffer (11, 5, NONE));
  expect (make_buffer (11, 5, NONE));
  expect_end ();
}

GST_END_TEST;

GST_START_TEST (test_empty_buffers_are_no_run)
{
  gint i;

  begin (0);
  for (i = 0; i < 4; i++)
    fail_unless_equals_int (put (make_buffer (0, NONE, NONE)), 2);
  begin_reading (0);
  for (i = 0; i < 4; i++)
    expect (make_buffer (0, NONE, NONE));
  expect_end ();
}

GST_END_TEST;

GST_START_TEST (test_other_records_end_a_run)
{
  P2pRecord gap = {.kind = P2P_RECORD_GAP,.pts_ns = 7,.dts_ns = NONE,
    .duration_ns = NONE,.offset = NO_OFFSET,.offset_end = NO_OFFSET
  };

  begin (0);
  put (make_buffer (9, NONE, NONE));
  put (make_buffer (9, NONE, NONE));
  put (gap);
  put (make_buffer (9, 7, NONE));
  begin_reading (0);
  expect (make_buffer (9, NONE, NONE));
  expect (make_buffer (9, NONE, NONE));
  expect (gap);
  expect (make_buffer (9, 7, NONE));
  expect_end ();
}

GST_END_TEST;

/* ---- the other kinds ---- */

GST_START_TEST (test_parts_of_a_buffer_over_several_chunks)
{
  P2pRecord part = make_buffer (10, 100, 50);
  static const guint8 first[] = { 0x61, 0x66, 1, 1, 0, 0xc0, 0xb8, 2, 10 };
  static const guint8 later[] = { 0x01, 10, 0xc0, 0xb8, 2, 10 };

  part.kind = P2P_RECORD_PART;
  part.flags = P2P_BUFFER_DISCONT;
  part.total = 40000;
  begin (100);
  put (part);
  fail_unless (memcmp (out, first, sizeof (first)) == 0);
  begin_reading (100);
  expect (part);
  expect_end ();

  begin (100);
  part.part_offset = 10;
  put (part);
  fail_unless (memcmp (out, later, sizeof (later)) == 0);
  begin_reading (100);
  /* times, flags and offsets came with the first part */
  part.pts_ns = part.dts_ns = part.duration_ns = NONE;
  part.flags = 0;
  expect (part);
  expect_end ();
}

GST_END_TEST;

GST_START_TEST (test_buffer_after_the_last_part_starts_at_the_envelopes_time)
{
  P2pRecord part = make_buffer (10, NONE, NONE);

  part.kind = P2P_RECORD_PART;
  part.part_offset = 90;
  part.total = 100;
  begin (500);
  put (part);
  fail_unless_equals_int (put (make_buffer (4, 500, NONE)), 2);
  begin_reading (500);
  expect (part);
  expect (make_buffer (4, 500, NONE));
  expect_end ();
}

GST_END_TEST;

GST_START_TEST (test_part_that_does_not_lie_in_its_buffer_is_invalid)
{
  P2pRecord part = make_buffer (10, 0, 0);

  part.kind = P2P_RECORD_PART;
  part.total = 9;
  begin (0);
  fail_unless_equals_int (p2p_record_put (&w, &writing, &part), P2P_INVALID);
  part.total = P2P_MAX_BUFFER + 1;
  fail_unless_equals_int (p2p_record_put (&w, &writing, &part), P2P_INVALID);
  part.total = P2P_MAX_BUFFER;
  part.part_offset = P2P_MAX_BUFFER - 9;
  fail_unless_equals_int (p2p_record_put (&w, &writing, &part), P2P_INVALID);
  part.part_offset--;
  fail_unless_equals_int (p2p_record_put (&w, &writing, &part), P2P_OK);
  part.len = 0;
  fail_unless_equals_int (p2p_record_put (&w, &writing, &part), P2P_INVALID);
  fail_unless_equals_int (w.len, 1 + 4 + 4 + 1 + 10);
}

GST_END_TEST;

GST_START_TEST (test_tags_events_gaps_and_eos)
{
  static const guint8 bytes[] = { 0x03, 2, 0, 31, 0x02, 1, 0, 0x04, 2, 0x28, 6,
    0x05, 0
  };
  P2pRecord tags = {.kind = P2P_RECORD_TAGS,.pts_ns = NONE,.dts_ns = NONE,
    .duration_ns = NONE,.offset = NO_OFFSET,.offset_end = NO_OFFSET,
    .data = data,.len = 2
  };
  P2pRecord event = tags, gap = tags, eos = tags;

  event.kind = P2P_RECORD_EVENT;
  event.len = 1;
  gap.kind = P2P_RECORD_GAP;
  gap.len = 0;
  gap.data = NULL;
  gap.pts_ns = 20;
  gap.duration_ns = 5;
  eos.kind = P2P_RECORD_EOS;
  eos.len = 0;
  begin (0);
  put (tags);
  put (event);
  put (gap);
  put (eos);
  expect_bytes (bytes, sizeof (bytes));
  begin_reading (0);
  expect (tags);
  expect (event);
  expect (gap);
  expect (eos);
  expect_end ();
}

GST_END_TEST;

GST_START_TEST (test_gap_moves_the_predicted_start)
{
  P2pRecord gap = {.kind = P2P_RECORD_GAP,.pts_ns = 10,.duration_ns = 5 };

  begin (0);
  put (make_buffer (3, 0, 10));
  put (gap);
  fail_unless_equals_int (put (make_buffer (4, 15, 10)), 2);
  gap.pts_ns = NONE;
  fail_unless_equals_int (p2p_record_put (&w, &writing, &gap), P2P_INVALID);
}

GST_END_TEST;

GST_START_TEST (test_unknown_kinds_and_fields_are_skipped)
{
  static const guint8 bytes[] = {
    0x06, 2, 1, 2,              /* kind 6 */
    0x7f, 0,                    /* kind 7, reserved bits set, empty */
    0x40, 0xe0, 3, 9, 9, 9, 1, 0xaa,    /* MORE: reserved bits, 3 bytes */
    0x3d, 1, 0                  /* EOS with reserved bits and a body */
  };

  memcpy (out, bytes, sizeof (bytes));
  p2p_reader_init (&r, out, sizeof (bytes));
  p2p_record_context_init (&reading, 0);
  fail_unless_equals_int (p2p_record_next (&r, &reading, &got), P2P_OK);
  fail_unless_equals_int (got.kind, P2P_RECORD_BUFFER);
  fail_unless (got.len == 1 && got.data[0] == 0xaa);
  fail_unless_equals_int64 (got.pts_ns, 0);
  fail_unless_equals_int (p2p_record_next (&r, &reading, &got), P2P_OK);
  fail_unless_equals_int (got.kind, P2P_RECORD_EOS);
  expect_end ();
}

GST_END_TEST;

/* ---- limits and damage ---- */

GST_START_TEST (test_record_that_does_not_fit_leaves_no_trace)
{
  P2pRecord tags = {.kind = P2P_RECORD_TAGS,.data = data,.len = 200 };
  P2pRecordContext before;
  P2pRecord b = make_buffer (100, 0, 10), big = make_buffer (150, 10, 10);
  gsize len;

  begin (0);
  w.cap = 230;
  put (b);
  b.pts_ns = 10;
  put (b);                      /* opens a run */
  b.pts_ns = 20;
  before = writing;
  len = w.len;
  fail_unless_equals_int (p2p_record_put (&w, &writing, &b), P2P_LIMIT);
  fail_unless_equals_int (p2p_record_put (&w, &writing, &big), P2P_LIMIT);
  fail_unless_equals_int (p2p_record_put (&w, &writing, &tags), P2P_LIMIT);
  fail_unless (p2p_writer_ok (&w) && w.len == len);
  fail_unless (memcmp (&before, &writing, sizeof (before)) == 0);
  w.cap = 400;
  put (b);
  begin_reading (0);
  b.pts_ns = 0;
  expect (b);
  b.pts_ns = 10;
  expect (b);
  b.pts_ns = 20;
  expect (b);
  expect_end ();
}

GST_END_TEST;

GST_START_TEST (test_overhead_is_bounded)
{
  P2pRecord b = make_buffer (1, P2P_MAX_RECORD_TIME, P2P_MAX_RECORD_TIME);

  b.kind = P2P_RECORD_PART;
  b.total = P2P_MAX_BUFFER;
  b.dts_ns = -P2P_MAX_RECORD_TIME;
  b.offset = UINT64_MAX - 1;
  b.offset_end = UINT64_MAX - 2;
  b.flags = 0xff;
  begin (-P2P_MAX_RECORD_TIME);
  fail_unless (put (b) <= P2P_RECORD_OVERHEAD);
}

GST_END_TEST;

GST_START_TEST (test_every_truncation_is_an_end_or_refused)
{
  P2pRecord b = make_buffer (9, 70, 7), part = b;
  gsize cut, len, ends = 0;

  b.dts_ns = 3;
  b.flags = 9;
  b.offset = 1000;
  part.kind = P2P_RECORD_PART;
  part.total = 300;
  begin (0);
  put (b);
  put (make_buffer (9, NONE, NONE));
  put (make_buffer (9, NONE, NONE));
  put (make_buffer (9, NONE, NONE));
  put (part);
  len = w.len;
  for (cut = 0; cut < len; cut++) {
    guint8 *copy = g_memdup2 (out, cut);
    P2pResult result;

    p2p_reader_init (&r, copy, cut);
    p2p_record_context_init (&reading, 0);
    while ((result = p2p_record_next (&r, &reading, &got)) == P2P_OK);
    fail_unless (result == P2P_NOT_FOUND || result == P2P_PROTOCOL);
    ends += result == P2P_NOT_FOUND;
    g_free (copy);
  }
  /* nothing; the first; the second; the run. A run is whole or refused. */
  fail_unless_equals_int (ends, 4);
}

GST_END_TEST;

GST_START_TEST (test_insane_base_counts_as_0_on_both_sides)
{
  begin (INT64_MAX);
  fail_unless_equals_int (put (make_buffer (4, 0, NONE)), 2);
  begin_reading (INT64_MAX);
  expect (make_buffer (4, 0, NONE));
  expect_end ();
}

GST_END_TEST;

GST_START_TEST (test_sums_of_a_peer_can_not_overflow)
{
  /* PTS + 2^61, duration + 2^61: the next predicted start is out of range */
  static const guint8 bytes[] = {
    0x28, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x40,
    0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x40, 1, 0xaa,
    0x20, 0, 1, 0xbb
  };

  p2p_reader_init (&r, bytes, sizeof (bytes));
  p2p_record_context_init (&reading, 0);
  fail_unless_equals_int (p2p_record_next (&r, &reading, &got), P2P_OK);
  fail_unless_equals_int64 (got.pts_ns, P2P_MAX_RECORD_TIME);
  fail_unless_equals_int64 (got.duration_ns, P2P_MAX_RECORD_TIME - 1);
  fail_unless_equals_int (p2p_record_next (&r, &reading, &got), P2P_OK);
  fail_unless_equals_int64 (got.pts_ns, 0);
}

GST_END_TEST;

/* ---- anything at all ---- */

static gint64
random_time (P2pRandom * random, gboolean negative)
{
  switch (p2p_random_range (random, 4)) {
    case 0:
      return NONE;
    case 1:
      return p2p_random_between (random,
          negative ? -P2P_MAX_RECORD_TIME : 0, P2P_MAX_RECORD_TIME);
    default:
      return p2p_random_between (random, negative ? -3 : 0, 3);
  }
}

static guint64
random_offset (P2pRandom * random)
{
  switch (p2p_random_range (random, 4)) {
    case 0:
      return NO_OFFSET;
    case 1:
      return p2p_random_u64 (random);
    default:
      return p2p_random_range (random, 10);
  }
}

static P2pRecord
random_record (P2pRandom * random, const P2pRecord * last)
{
  P2pRecord b = make_buffer (p2p_random_range (random, 4),
      random_time (random, TRUE), random_time (random, FALSE));

  if (p2p_random_range (random, 3) == 0 && last->kind != P2P_RECORD_PART)
    return *last;
  b.kind = (P2pRecordKind) p2p_random_range (random, 6);
  if (b.kind == P2P_RECORD_BUFFER || b.kind == P2P_RECORD_PART) {
    b.dts_ns = random_time (random, TRUE);
    b.offset = random_offset (random);
    b.offset_end = random_offset (random);
    b.flags = p2p_random_range (random, 3) ? 0 : (guint8) p2p_random_u32
        (random);
  } else if (b.kind == P2P_RECORD_GAP) {
    b.len = 0;
    b.pts_ns = b.pts_ns == NONE ? 0 : b.pts_ns;
  } else {
    b.pts_ns = b.duration_ns = NONE;
    b.len = b.kind == P2P_RECORD_EOS ? 0 : b.len;
  }
  if (b.kind == P2P_RECORD_PART) {
    b.len++;
    b.total = b.len + p2p_random_range (random, 100);
    if (p2p_random_range (random, 2) && b.total > b.len) {
      b.part_offset = b.total - b.len;
      b.pts_ns = b.dts_ns = b.duration_ns = NONE;
      b.offset = b.offset_end = NO_OFFSET;
      b.flags = 0;
    }
  }
  return b;
}

GST_START_TEST (test_any_sequence_of_records_survives)
{
  P2pRandom random;
  P2pRecord records[60];
  guint round, i;

  p2p_random_init (&random, 5);
  for (round = 0; round < 300; round++) {
    gint64 base = random_time (&random, TRUE);

    begin (base);
    for (i = 0; i < G_N_ELEMENTS (records); i++) {
      P2pRecord none = make_buffer (1, 0, 0);

      records[i] = random_record (&random, i ? &records[i - 1] : &none);
      put (records[i]);
    }
    begin_reading (base);
    for (i = 0; i < G_N_ELEMENTS (records); i++)
      expect (records[i]);
    expect_end ();
  }
}

GST_END_TEST;

static void
add_buffers (TCase * tc)
{
  tcase_add_test (tc, test_usual_buffer_costs_3_bytes);
  tcase_add_test (tc,
      test_usual_buffer_with_dts_and_byte_offsets_costs_3_bytes);
  tcase_add_test (tc, test_a_nanosecond_of_rounding_costs_one_byte);
  tcase_add_test (tc, test_fields_stand_in_the_order_of_the_drawing);
  tcase_add_test (tc, test_whatever_was_there_can_be_taken_away_again);
  tcase_add_test (tc, test_running_times_are_signed);
  tcase_add_test (tc, test_extreme_times_survive_and_more_is_invalid);
  tcase_add_test (tc, test_188_byte_packets_without_pts_are_a_run);
  tcase_add_test (tc, test_run_goes_on_with_the_time_and_offsets);
  tcase_add_test (tc, test_run_ends_after_255_and_at_any_difference);
  tcase_add_test (tc, test_empty_buffers_are_no_run);
  tcase_add_test (tc, test_other_records_end_a_run);
}

static void
add_others (TCase * tc)
{
  tcase_add_test (tc, test_parts_of_a_buffer_over_several_chunks);
  tcase_add_test (tc,
      test_buffer_after_the_last_part_starts_at_the_envelopes_time);
  tcase_add_test (tc, test_part_that_does_not_lie_in_its_buffer_is_invalid);
  tcase_add_test (tc, test_tags_events_gaps_and_eos);
  tcase_add_test (tc, test_gap_moves_the_predicted_start);
  tcase_add_test (tc, test_unknown_kinds_and_fields_are_skipped);
}

static Suite *
p2precord_suite (void)
{
  Suite *s = suite_create ("p2precord");
  TCase *buffers = tcase_create ("buffers"), *others = tcase_create ("others");
  TCase *limits = tcase_create ("limits");

  suite_add_tcase (s, buffers);
  suite_add_tcase (s, others);
  suite_add_tcase (s, limits);
  add_buffers (buffers);
  add_others (others);
  tcase_add_test (limits, test_record_that_does_not_fit_leaves_no_trace);
  tcase_add_test (limits, test_overhead_is_bounded);
  tcase_add_test (limits, test_every_truncation_is_an_end_or_refused);
  tcase_add_test (limits, test_insane_base_counts_as_0_on_both_sides);
  tcase_add_test (limits, test_sums_of_a_peer_can_not_overflow);
  tcase_add_test (limits, test_any_sequence_of_records_survives);
  return s;
}

GST_CHECK_MAIN (p2precord);
