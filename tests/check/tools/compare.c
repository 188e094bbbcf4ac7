/* gst-plugins-p2p
 *
 * This library is free software; you can redistribute it and/or
 * modify it under the terms of the GNU Lesser General Public
 * License as published by the Free Software Foundation; either
 * version 2.1 of the License, or (at your option) any later version.
 */
/* The demo's verdict must find what is wrong with a recording.
 */
#include <gst/check/gstcheck.h>
#include <string.h>

#include "../../../tools/p2p-demo/compare.h"

#define FRAMES 60
/* 128 kbit/s, 44.1 kHz, no padding: 144000 * 128 / 44100 */
#define FRAME_LEN 417

static guint8 broadcast[FRAMES * FRAME_LEN];

static void
fill_frame (guint8 * frame, guint number)
{
  memset (frame, number, FRAME_LEN);
  memcpy (frame, "\xff\xfb\x90\x00", 4);
}

static void
setup (void)
{
  guint i;

  for (i = 0; i < FRAMES; i++)
    fill_frame (broadcast + i * FRAME_LEN, i + 1);
}

static void
add_frames (GByteArray * bytes, guint first, guint n)
{
  g_byte_array_append (bytes, broadcast + first * FRAME_LEN, n * FRAME_LEN);
}

static DemoMp3Result
compare (GByteArray * got)
{
  DemoMp3Result result;

  demo_compare_mp3 (broadcast, sizeof (broadcast), got->data, got->len,
      &result);
  g_byte_array_unref (got);
  return result;
}

GST_START_TEST (test_a_run_to_the_end_is_contiguous)
{
  GByteArray *got = g_byte_array_new ();
  DemoMp3Result r;

  add_frames (got, 7, FRAMES - 7);
  r = compare (got);
  fail_unless (demo_mp3_is_contiguous (&r));
  fail_unless_equals_uint64 (r.first, 7);
  fail_unless_equals_uint64 (r.frames, FRAMES - 7);
  fail_unless_equals_uint64 (r.tail, 0);
}

GST_END_TEST;

GST_START_TEST (test_a_cut_last_frame_is_no_fault)
{
  GByteArray *got = g_byte_array_new ();
  DemoMp3Result r;

  add_frames (got, 3, 20);
  g_byte_array_append (got, broadcast + 23 * FRAME_LEN, 100);
  r = compare (got);
  fail_unless (demo_mp3_is_contiguous (&r));
  fail_unless_equals_uint64 (r.tail, FRAMES - 23);
}

GST_END_TEST;

GST_START_TEST (test_one_lost_frame_is_found)
{
  GByteArray *got = g_byte_array_new ();
  DemoMp3Result r;

  add_frames (got, 3, 20);
  add_frames (got, 24, 20);
  r = compare (got);
  fail_if (demo_mp3_is_contiguous (&r));
  fail_unless_equals_uint64 (r.lost, 1);
  fail_unless_equals_uint64 (r.repeated, 0);
}

GST_END_TEST;

GST_START_TEST (test_repeated_frames_are_found)
{
  GByteArray *got = g_byte_array_new ();
  DemoMp3Result r;

  add_frames (got, 3, 20);
  add_frames (got, 18, 20);
  r = compare (got);
  fail_if (demo_mp3_is_contiguous (&r));
  fail_unless_equals_uint64 (r.lost, 0);
  fail_unless_equals_uint64 (r.repeated, 5);
}

GST_END_TEST;

GST_START_TEST (test_an_altered_frame_is_found)
{
  GByteArray *got = g_byte_array_new ();
  DemoMp3Result r;

  add_frames (got, 3, 20);
  got->data[10 * FRAME_LEN + 200] ^= 1;
  r = compare (got);
  fail_if (demo_mp3_is_contiguous (&r));
  fail_unless_equals_uint64 (r.foreign, 1);
}

GST_END_TEST;

GST_START_TEST (test_bytes_between_frames_are_found)
{
  GByteArray *got = g_byte_array_new ();
  DemoMp3Result r;

  add_frames (got, 3, 10);
  g_byte_array_append (got, (const guint8 *) "abc", 3);
  add_frames (got, 13, 10);
  r = compare (got);
  fail_if (demo_mp3_is_contiguous (&r));
  fail_unless_equals_uint64 (r.junk, 3);
}

GST_END_TEST;

GST_START_TEST (test_an_empty_recording_is_not_contiguous)
{
  DemoMp3Result r = compare (g_byte_array_new ());

  fail_if (demo_mp3_is_contiguous (&r));
}

GST_END_TEST;

GST_START_TEST (test_silence_does_not_confuse_the_place)
{
  GByteArray *got = g_byte_array_new ();
  DemoMp3Result r;
  guint i;

  for (i = 10; i < 40; i++)     /* all alike */
    fill_frame (broadcast + i * FRAME_LEN, 0);
  add_frames (got, 20, 30);
  r = compare (got);
  fail_unless (demo_mp3_is_contiguous (&r));
  fail_unless_equals_uint64 (r.first, 20);
}

GST_END_TEST;

GST_START_TEST (test_a_container_is_header_and_one_piece)
{
  static const guint8 header[] = "HEAD";
  GByteArray *got = g_byte_array_new ();
  DemoBytesResult r;

  g_byte_array_append (got, header, 4);
  g_byte_array_append (got, broadcast + 5000, 3000);
  demo_compare_bytes (broadcast, sizeof (broadcast), header, 4, got->data,
      got->len, &r);
  fail_unless (r.contiguous);
  fail_unless_equals_uint64 (r.first, 5000);
  fail_unless_equals_uint64 (r.media, 3000);
  fail_unless_equals_uint64 (r.tail, sizeof (broadcast) - 8000);

  got->data[2000] ^= 1;
  demo_compare_bytes (broadcast, sizeof (broadcast), header, 4, got->data,
      got->len, &r);
  fail_if (r.contiguous);
  fail_unless_equals_uint64 (r.matched, 1996);
  g_byte_array_unref (got);
}

GST_END_TEST;

GST_START_TEST (test_frame_lengths_follow_the_standard)
{
  fail_unless_equals_uint64 (demo_mp3_frame_length ((const guint8 *)
          "\xff\xfb\x92\x00", 4), 418);
  fail_unless_equals_uint64 (demo_mp3_frame_length ((const guint8 *)
          "\xff\xf3\x40\x00", 4), 72000 * 32 / 22050);
  fail_unless_equals_uint64 (demo_mp3_frame_length ((const guint8 *)
          "\xff\xfb\x90", 3), 0);
  fail_unless_equals_uint64 (demo_mp3_frame_length ((const guint8 *)
          "\xff\xff\x90\x00", 4), 0);
}

GST_END_TEST;

static Suite *
compare_suite (void)
{
  Suite *s = suite_create ("compare");
  TCase *tc = tcase_create ("general");

  tcase_add_checked_fixture (tc, setup, NULL);
  tcase_add_test (tc, test_a_run_to_the_end_is_contiguous);
  tcase_add_test (tc, test_a_cut_last_frame_is_no_fault);
  tcase_add_test (tc, test_one_lost_frame_is_found);
  tcase_add_test (tc, test_repeated_frames_are_found);
  tcase_add_test (tc, test_an_altered_frame_is_found);
  tcase_add_test (tc, test_bytes_between_frames_are_found);
  tcase_add_test (tc, test_an_empty_recording_is_not_contiguous);
  tcase_add_test (tc, test_silence_does_not_confuse_the_place);
  tcase_add_test (tc, test_a_container_is_header_and_one_piece);
  tcase_add_test (tc, test_frame_lengths_follow_the_standard);
  suite_add_tcase (s, tc);
  return s;
}

GST_CHECK_MAIN (compare);
