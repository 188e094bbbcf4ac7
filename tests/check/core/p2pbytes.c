/* gst-plugins-p2p
 *
 * This library is free software; you can redistribute it and/or
 * modify it under the terms of the GNU Lesser General Public
 * License as published by the Free Software Foundation; either
 * version 2.1 of the License, or (at your option) any later version.
 */
/* The bounded reader and writer. */
#include <gst/check/gstcheck.h>
#include <string.h>

#include "../../../gst/p2p/core/base/p2pbytes.h"

GST_START_TEST (test_numbers_are_big_endian)
{
  static const guint8 bytes[] = {
    0x12, 0x12, 0x34, 0x12, 0x34, 0x56, 0x78,
    0x12, 0x34, 0x56, 0x78, 0x9a, 0xbc, 0xde, 0xf0
  };
  guint8 again[sizeof (bytes)];
  P2pReader r;
  P2pWriter w;
  uint8_t a;
  uint16_t b;
  uint32_t c;
  uint64_t d;

  p2p_reader_init (&r, bytes, sizeof (bytes));
  fail_unless (p2p_read_u8 (&r, &a) && p2p_read_u16 (&r, &b));
  fail_unless (p2p_read_u32 (&r, &c) && p2p_read_u64 (&r, &d));
  fail_unless_equals_int_hex (a, 0x12);
  fail_unless_equals_int_hex (b, 0x1234);
  fail_unless_equals_int_hex (c, 0x12345678);
  fail_unless_equals_uint64_hex (d, G_GUINT64_CONSTANT (0x123456789abcdef0));
  fail_unless_equals_int (p2p_reader_left (&r), 0);

  p2p_writer_init (&w, again, sizeof (again));
  p2p_put_u8 (&w, a);
  p2p_put_u16 (&w, b);
  p2p_put_u32 (&w, c);
  p2p_put_u64 (&w, d);
  fail_unless (p2p_writer_ok (&w));
  fail_unless_equals_int (w.len, sizeof (bytes));
  fail_unless (memcmp (bytes, again, sizeof (bytes)) == 0);
}

GST_END_TEST;

GST_START_TEST (test_read_that_does_not_fit_moves_and_changes_nothing)
{
  static const guint8 bytes[7] = { 0 };
  const uint8_t *block = NULL;
  uint8_t a = 1;
  uint16_t b = 2;
  uint32_t c = 3;
  uint64_t d = 4;
  P2pReader r;

  p2p_reader_init (&r, bytes, 7);
  fail_if (p2p_read_u64 (&r, &d));
  fail_if (p2p_read_bytes (&r, 8, &block));
  fail_if (p2p_read_bytes (&r, SIZE_MAX, &block));
  fail_unless_equals_int (r.pos, 0);
  r.len = 3;
  fail_if (p2p_read_u32 (&r, &c));
  r.len = 1;
  fail_if (p2p_read_u16 (&r, &b));
  r.len = 0;
  fail_if (p2p_read_u8 (&r, &a));
  fail_unless (p2p_read_bytes (&r, 0, &block));
  fail_unless_equals_int (r.pos, 0);
  fail_unless (a == 1 && b == 2 && c == 3 && d == 4);
}

GST_END_TEST;

static void
check_varint (guint64 v, const guint8 * bytes, gsize len)
{
  guint8 out[16];
  uint64_t back;
  P2pReader r;
  P2pWriter w;
  gsize cut;

  p2p_writer_init (&w, out, sizeof (out));
  p2p_put_varint (&w, v);
  fail_unless_equals_int (w.len, len);
  fail_unless (memcmp (out, bytes, len) == 0);
  p2p_reader_init (&r, bytes, len);
  fail_unless (p2p_read_varint (&r, &back));
  fail_unless_equals_uint64 (back, v);
  fail_unless_equals_int (r.pos, len);
  for (cut = 0; cut < len; cut++) {
    p2p_reader_init (&r, bytes, cut);
    fail_if (p2p_read_varint (&r, &back));
    fail_unless_equals_int (r.pos, 0);
  }
}

GST_START_TEST (test_varints_are_leb128)
{
  static const guint8 zero[] = { 0 }, top[] = { 0x7f }, next[] = { 0x80, 1 };
  static const guint8 known[] = { 0xe5, 0x8e, 0x26 };   /* DWARF's example */
  static const guint8 all[] = { 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
    0xff, 1
  };

  check_varint (0, zero, 1);
  check_varint (127, top, 1);
  check_varint (128, next, 2);
  check_varint (624485, known, 3);
  check_varint (G_MAXUINT64, all, 10);
}

GST_END_TEST;

GST_START_TEST (test_overlong_and_oversize_varints_are_refused)
{
  static const struct
  {
    guint8 bytes[12];
    gsize len;
  } bad[] = {
    {{0x80, 0x00}, 2}, {{0xff, 0x80, 0x00}, 3},
    {{0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 2}, 10},
    {{0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x81, 0}, 11},
    {{0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 1}, 11}
  };
  uint64_t v = 5;
  P2pReader r;
  guint i;

  for (i = 0; i < G_N_ELEMENTS (bad); i++) {
    p2p_reader_init (&r, bad[i].bytes, bad[i].len);
    fail_if (p2p_read_varint (&r, &v), "number %u", i);
    fail_unless_equals_int (r.pos, 0);
    fail_unless_equals_uint64 (v, 5);
  }
}

GST_END_TEST;

GST_START_TEST (test_signed_varints_are_zigzag)
{
  static const struct
  {
    gint64 v;
    guint8 first;
    gsize len;
  } cases[] = {
    {0, 0, 1}, {-1, 1, 1}, {1, 2, 1}, {-2, 3, 1}, {63, 0x7e, 1},
    {-64, 0x7f, 1}, {64, 0x80, 2}, {G_MAXINT64, 0xfe, 10},
    {G_MININT64, 0xff, 10}
  };
  guint i;

  for (i = 0; i < G_N_ELEMENTS (cases); i++) {
    guint8 out[16];
    int64_t back;
    P2pReader r;
    P2pWriter w;

    p2p_writer_init (&w, out, sizeof (out));
    p2p_put_svarint (&w, cases[i].v);
    fail_unless_equals_int (w.len, cases[i].len);
    fail_unless_equals_int_hex (out[0], cases[i].first);
    p2p_reader_init (&r, out, w.len);
    fail_unless (p2p_read_svarint (&r, &back));
    fail_unless_equals_int64 (back, cases[i].v);
  }
}

GST_END_TEST;

GST_START_TEST (test_overflow_of_the_writer_is_sticky)
{
  guint8 out[4] = { 0, 0, 0, 0xee };
  P2pWriter w;

  p2p_writer_init (&w, out, 3);
  p2p_put_u16 (&w, 0x1122);
  fail_unless (p2p_writer_ok (&w));
  p2p_put_u16 (&w, 0x3344);
  fail_if (p2p_writer_ok (&w));
  p2p_put_u8 (&w, 0x55);        /* would fit, but the frame is broken */
  p2p_put_bytes (&w, "x", 1);
  fail_unless_equals_int (w.len, 2);
  fail_unless_equals_int (out[2], 0);
  fail_unless_equals_int_hex (out[3], 0xee);
}

GST_END_TEST;

GST_START_TEST (test_nothing_may_be_put_from_null)
{
  guint8 out[1];
  P2pWriter w;

  p2p_writer_init (&w, out, 0);
  p2p_put_bytes (&w, NULL, 0);
  fail_unless (p2p_writer_ok (&w));
}

GST_END_TEST;

static Suite *
p2pbytes_suite (void)
{
  Suite *s = suite_create ("p2pbytes");
  TCase *tc = tcase_create ("general");

  suite_add_tcase (s, tc);
  tcase_add_test (tc, test_numbers_are_big_endian);
  tcase_add_test (tc, test_read_that_does_not_fit_moves_and_changes_nothing);
  tcase_add_test (tc, test_varints_are_leb128);
  tcase_add_test (tc, test_overlong_and_oversize_varints_are_refused);
  tcase_add_test (tc, test_signed_varints_are_zigzag);
  tcase_add_test (tc, test_overflow_of_the_writer_is_sticky);
  tcase_add_test (tc, test_nothing_may_be_put_from_null);
  return s;
}

GST_CHECK_MAIN (p2pbytes);
