/* gst-plugins-p2p
 *
 * This library is free software; you can redistribute it and/or
 * modify it under the terms of the GNU Lesser General Public
 * License as published by the Free Software Foundation; either
 * version 2.1 of the License, or (at your option) any later version.
 */
/* gstp2pcutter.c: tests of where a stream is cut. */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include <string.h>

#include "cutting.h"

#define MS ((gint64) GST_MSECOND)
#define SECOND ((gint64) GST_SECOND)
#define DELTA GST_BUFFER_FLAG_DELTA_UNIT

static void
push_frames (Cut * cut, guint n, gint64 from)
{
  guint i;

  for (i = 0; i < n; i++)
    cut_push (cut, 417, from + i * CUT_FRAME, CUT_FRAME, 0);
}

GST_START_TEST (test_a_chunk_is_sent_when_it_is_full_not_with_the_next_buffer)
{
  Cut *cut = cut_new (CUT_MP3);
  P2pChunkEnvelope e;

  /* 125 ms less half a frame: five frames of 26 ms */
  push_frames (cut, 4, 0);
  fail_unless_equals_int (cut->n_chunks, 0);
  push_frames (cut, 1, 4 * CUT_FRAME);
  fail_unless_equals_int (cut->n_chunks, 1);
  fail_unless_equals_int (cut_count (cut, 0, P2P_RECORD_BUFFER), 5);
  push_frames (cut, 5, 5 * CUT_FRAME);
  fail_unless_equals_int (cut->n_chunks, 2);
  cut_envelope (cut, 1, &e);
  fail_unless_equals_uint64 (e.base_pts_ns, 5 * CUT_FRAME);
  fail_unless_equals_int (e.duration_us, 5 * CUT_FRAME / 1000);
  cut_free (cut);
}

GST_END_TEST;

GST_START_TEST (test_a_timer_closes_what_no_buffer_completes)
{
  Cut *cut = cut_new (CUT_MP3);
  gint64 deadline;

  fail_unless (gst_p2p_cutter_get_deadline (cut->cutter) ==
      GST_CLOCK_STIME_NONE);
  push_frames (cut, 1, SECOND);
  deadline = gst_p2p_cutter_get_deadline (cut->cutter);
  fail_unless_equals_int64 (deadline, SECOND + 125 * MS);
  gst_p2p_cutter_tick (cut->cutter, deadline - 1);
  fail_unless_equals_int (cut->n_chunks, 0);
  gst_p2p_cutter_tick (cut->cutter, deadline);
  fail_unless_equals_int (cut->n_chunks, 1);
  fail_unless (gst_p2p_cutter_get_deadline (cut->cutter) ==
      GST_CLOCK_STIME_NONE);
  cut_free (cut);
}

GST_END_TEST;

/* Frames that come when an encoder's block is full: the oldest that the newest
 * media of what was sent gets, most of a chunk's frames in 'most'. */
static gint64
oldest_newest (gint64 block, gint64 late_by, guint * most)
{
  Cut *cut = cut_new (CUT_MP3);
  gint64 sent = -1, newest = -1, oldest = 0, now, at;
  guint i, chunks = 0;

  for (i = 0; i < 400; i++) {
    now = ((i + 1) * CUT_FRAME + block - 1) / block * block;
    if (i % 7 == 3)
      now += late_by;
    at = gst_p2p_cutter_get_deadline (cut->cutter);
    if (at != GST_CLOCK_STIME_NONE && at < now) {
      gst_p2p_cutter_tick (cut->cutter, at);
      if (sent >= 0)
        oldest = MAX (oldest, at - sent);
      sent = newest;
      chunks = cut->n_chunks;
    }
    cut_push_late (cut, 417, i * CUT_FRAME, CUT_FRAME, now);
    newest = now;
    if (cut->n_chunks == chunks)
      continue;
    if (sent >= 0)
      oldest = MAX (oldest, now - sent);
    sent = newest;
    chunks = cut->n_chunks;
  }
  *most = 0;
  for (i = 0; i < cut->n_chunks; i++)
    *most = MAX (*most, cut_count (cut, i, P2P_RECORD_BUFFER));
  cut_free (cut);
  return oldest;
}

GST_START_TEST (test_the_newest_media_sent_is_never_older_than_a_chunk)
{
  const gint64 limit = 5 * CUT_FRAME + 9 * MS;
  guint most;
  gint64 oldest;

  /* a file that is played, blocks of 1024 samples, a machine that is late, a
   * sound card of 40 ms */
  oldest = oldest_newest (MS, 0, &most);
  fail_unless (oldest <= 5 * CUT_FRAME + 2 * MS);
  fail_unless_equals_int (most, 5);
  oldest = oldest_newest (1024 * SECOND / 44100, 0, &most);
  fail_unless (oldest <= limit, "%" G_GINT64_FORMAT, oldest);
  fail_unless_equals_int (most, 5);
  oldest = oldest_newest (MS, 24 * MS, &most);
  fail_unless (oldest <= limit, "%" G_GINT64_FORMAT, oldest);
  oldest = oldest_newest (40 * MS, 0, &most);
  fail_unless (oldest <= limit, "%" G_GINT64_FORMAT, oldest);
}

GST_END_TEST;

GST_START_TEST (test_what_follows_a_pause_does_not_wait_for_a_full_chunk)
{
  Cut *cut = cut_new (CUT_MP3);
  gint64 deadline;

  push_frames (cut, 5, 0);
  fail_unless_equals_int (cut->n_chunks, 1);
  push_frames (cut, 1, SECOND);
  deadline = gst_p2p_cutter_get_deadline (cut->cutter);
  fail_unless (deadline > SECOND);
  fail_unless (deadline <= SECOND + 10 * MS);
  cut_free (cut);
}

GST_END_TEST;

GST_START_TEST (test_the_duration_asked_for_is_kept)
{
  Cut *cut = cut_new (CUT_MP3);

  gst_p2p_cutter_set_duration (cut->cutter, 62 * MS);
  push_frames (cut, 1, 0);
  fail_unless_equals_int (cut->n_chunks, 0);
  push_frames (cut, 1, CUT_FRAME);
  fail_unless_equals_int (cut->n_chunks, 1);
  cut_free (cut);
}

GST_END_TEST;

GST_START_TEST (test_a_key_frame_opens_a_chunk_where_one_may_join)
{
  Cut *cut = cut_new (CUT_H264);
  P2pChunkEnvelope e;

  cut_push (cut, 900, 0, 20 * MS, 0);
  cut_push (cut, 300, 20 * MS, 20 * MS, DELTA);
  fail_unless_equals_int (cut->n_chunks, 0);
  cut_push (cut, 900, 40 * MS, 20 * MS, 0);
  fail_unless_equals_int (cut->n_chunks, 1);
  gst_p2p_cutter_flush (cut->cutter);
  cut_envelope (cut, 0, &e);
  fail_unless (e.flags & P2P_CHUNK_JOIN);
  fail_unless (e.flags & P2P_CHUNK_HEADER_FOLLOWS);
  cut_envelope (cut, 1, &e);
  fail_unless (e.flags & P2P_CHUNK_JOIN);
  fail_if (e.flags & P2P_CHUNK_HEADER_FOLLOWS);
  fail_unless (cut->flags & P2P_HEADER_VIDEO);
  cut_push (cut, 300, 60 * MS, 20 * MS, DELTA);
  gst_p2p_cutter_flush (cut->cutter);
  cut_envelope (cut, 2, &e);
  fail_if (e.flags & P2P_CHUNK_JOIN);
  cut_free (cut);
}

GST_END_TEST;

GST_START_TEST (test_a_large_buffer_goes_in_parts_of_full_chunks)
{
  Cut *cut = cut_new (CUT_H264);
  gsize len, total = 0;
  P2pChunkEnvelope e;
  guint i, parts = 0;

  cut_push (cut, 100000, 0, 33 * MS, 0);
  gst_p2p_cutter_flush (cut->cutter);
  for (i = 0; i < cut->n_chunks; i++) {
    cut_envelope (cut, i, &e);
    fail_unless_equals_int (!!(e.flags & P2P_CHUNK_CONTINUES), i > 0);
    fail_unless_equals_int (!!(e.flags & P2P_CHUNK_JOIN), i == 0);
    parts += cut_count (cut, i, P2P_RECORD_PART);
    g_bytes_get_data (cut_chunk (cut, i)->bytes, &len);
    total += len;
  }
  fail_unless_equals_int (parts, cut->n_chunks);
  fail_unless (total >= 100000 && total < 103000, "%" G_GSIZE_FORMAT, total);
  cut_free (cut);
}

GST_END_TEST;

GST_START_TEST (test_only_other_caps_are_a_new_generation)
{
  Cut *cut = cut_new (CUT_MP3);

  fail_unless_equals_int (cut->n_headers, 0);
  push_frames (cut, 1, 0);
  fail_unless_equals_int (cut->n_headers, 1);
  cut_caps (cut, CUT_MP3);
  push_frames (cut, 1, CUT_FRAME);
  fail_unless_equals_int (cut->n_headers, 1);
  cut_caps (cut, "audio/mpeg,mpegversion=1,layer=3,rate=48000,channels=2");
  /* what is open belongs to the old caps, the header to the new media */
  fail_unless_equals_int (cut->n_headers, 1);
  push_frames (cut, 1, 2 * CUT_FRAME);
  fail_unless_equals_int (cut->n_headers, 2);
  fail_unless_equals_int (cut->n_chunks, 1);
  fail_unless_equals_int (cut_chunk (cut, 0)->generation, 1);
  gst_p2p_cutter_flush (cut->cutter);
  fail_unless_equals_int (cut_chunk (cut, 1)->generation, 2);
  cut_free (cut);
}

GST_END_TEST;

GST_START_TEST (test_a_discontinuity_opens_a_chunk_and_is_told)
{
  Cut *cut = cut_new (CUT_MP3);
  P2pChunkEnvelope e;

  push_frames (cut, 2, 0);
  cut_push (cut, 417, SECOND, CUT_FRAME, GST_BUFFER_FLAG_DISCONT);
  fail_unless_equals_int (cut->n_chunks, 1);
  gst_p2p_cutter_flush (cut->cutter);
  cut_envelope (cut, 1, &e);
  fail_unless (e.flags & P2P_CHUNK_DISCONT);
  cut_free (cut);
}

GST_END_TEST;

GST_START_TEST (test_a_chunk_the_session_refused_is_counted_and_marked)
{
  Cut *cut = cut_new (CUT_MP3);
  GstP2PCutterStats stats;
  P2pChunkEnvelope e;

  push_frames (cut, 5, 0);
  cut->refuse = TRUE;
  push_frames (cut, 5, 5 * CUT_FRAME);
  cut->refuse = FALSE;
  push_frames (cut, 5, 10 * CUT_FRAME);
  gst_p2p_cutter_get_stats (cut->cutter, &stats);
  fail_unless_equals_uint64 (stats.refused, 1);
  fail_unless_equals_uint64 (stats.chunks, 2);
  cut_envelope (cut, 1, &e);
  fail_unless (e.flags & P2P_CHUNK_DISCONT);
  cut_free (cut);
}

GST_END_TEST;

GST_START_TEST (test_a_buffer_above_the_limit_is_left_out_alone)
{
  Cut *cut = cut_new (CUT_H264);
  GstP2PCutterStats stats;
  P2pChunkEnvelope e;

  cut_push (cut, 300, 0, 20 * MS, 0);
  cut_push (cut, P2P_MAX_BUFFER + 1, 20 * MS, 20 * MS, DELTA);
  cut_push (cut, 300, 40 * MS, 20 * MS, DELTA);
  gst_p2p_cutter_flush (cut->cutter);
  gst_p2p_cutter_get_stats (cut->cutter, &stats);
  fail_unless_equals_uint64 (stats.oversized, 1);
  fail_unless_equals_int (cut->n_chunks, 2);
  cut_envelope (cut, 1, &e);
  fail_unless (e.flags & P2P_CHUNK_DISCONT);
  cut_free (cut);
}

GST_END_TEST;

GST_START_TEST (test_media_that_nobody_could_join_are_refused_with_advice)
{
  Cut *cut = cut_new (CUT_MP3);
  GstCaps *caps = gst_caps_from_string ("video/quicktime,variant=iso");
  GError *error = NULL;

  fail_if (gst_p2p_cutter_set_caps (cut->cutter, caps, &error));
  fail_unless (strstr (error->message, "use flvmux, mpegtsmux or webmmux"));
  g_error_free (error);
  gst_caps_unref (caps);
  cut_free (cut);
}

GST_END_TEST;

static GstBuffer *
header_buffer (const gchar * bytes)
{
  GstBuffer *buffer = gst_buffer_new_memdup (bytes, strlen (bytes));

  GST_BUFFER_FLAG_SET (buffer, GST_BUFFER_FLAG_HEADER);
  return buffer;
}

/* Only bytes of caps.streamheader are a stream header. */
GST_START_TEST (test_stream_headers_are_known_by_their_bytes)
{
  /* "HEAD" */
  Cut *cut = cut_new ("video/x-flv,streamheader=(buffer)<48454144>");

  cut_push_buffer (cut, header_buffer ("HEAD"), 0, 0);
  fail_unless_equals_int (cut->n_headers, 0);   /* waits for the first media */
  cut_push (cut, 100, 0, 20 * MS, 0);
  fail_unless_equals_int (cut->n_headers, 1);
  fail_unless_equals_int (cut->n_buffers, 1);
  fail_unless (cut->flags & P2P_HEADER_INBAND);
  fail_unless (cut->flags & P2P_HEADER_CONTAINER);
  gst_p2p_cutter_flush (cut->cutter);
  fail_unless_equals_int (cut_count (cut, 0, P2P_RECORD_BUFFER), 2);
  /* any other HEADER buffer is media */
  cut_push_buffer (cut, header_buffer ("other"), 40 * MS, 20 * MS);
  gst_p2p_cutter_flush (cut->cutter);
  fail_unless_equals_int (cut->n_headers, 1);
  fail_unless_equals_int (cut_count (cut, 1, P2P_RECORD_BUFFER), 1);
  cut_free (cut);
}

GST_END_TEST;

GST_START_TEST (test_a_stream_header_that_was_only_announced_is_not_inband)
{
  Cut *cut = cut_new ("video/x-flv,streamheader=(buffer)<48454144>");

  cut_push (cut, 100, 0, 20 * MS, 0);
  fail_unless_equals_int (cut->n_headers, 1);
  fail_if (cut->flags & P2P_HEADER_INBAND);
  cut_free (cut);
}

GST_END_TEST;

GST_START_TEST (test_the_end_is_signed_only_when_something_was_published)
{
  Cut *cut = cut_new (CUT_MP3);
  P2pChunkEnvelope e;

  fail_if (gst_p2p_cutter_end (cut->cutter, 0));
  fail_unless_equals_int (cut->n_chunks, 0);
  push_frames (cut, 2, 0);
  fail_unless (gst_p2p_cutter_end (cut->cutter, SECOND));
  cut_envelope (cut, cut->n_chunks - 1, &e);
  fail_unless (e.flags & P2P_CHUNK_END);
  fail_unless_equals_int (cut_count (cut, cut->n_chunks - 1, P2P_RECORD_EOS),
      1);
  cut_free (cut);
}

GST_END_TEST;

GST_START_TEST (test_tags_go_out_when_they_change_and_again_for_newcomers)
{
  Cut *cut = cut_new (CUT_MP3);
  GstTagList *tags = gst_tag_list_new (GST_TAG_TITLE, "One", NULL);
  guint i, sent = 0;

  push_frames (cut, 1, 0);
  gst_p2p_cutter_push_tags (cut->cutter, tags, CUT_FRAME);
  gst_p2p_cutter_push_tags (cut->cutter, tags, 2 * CUT_FRAME);
  /* a parser measures it anew all the time */
  gst_tag_list_add (tags, GST_TAG_MERGE_REPLACE, GST_TAG_BITRATE, 128001, NULL);
  gst_p2p_cutter_push_tags (cut->cutter, tags, 3 * CUT_FRAME);
  push_frames (cut, 200, 4 * CUT_FRAME);        /* 5.2 s */
  gst_p2p_cutter_flush (cut->cutter);
  for (i = 0; i < cut->n_chunks; i++)
    sent += cut_count (cut, i, P2P_RECORD_TAGS);
  fail_unless_equals_int (sent, 3);     /* at once, after 2 s, after 4 s */
  gst_tag_list_unref (tags);
  cut_free (cut);
}

GST_END_TEST;

GST_START_TEST (test_a_key_frame_is_wanted_after_two_seconds_without)
{
  Cut *cut = cut_new (CUT_H264);
  gint64 t, wanted = 0;

  for (t = 0; t < 5 * SECOND; t += 40 * MS) {
    cut_push (cut, 300, t, 40 * MS, t == 0 ? 0 : DELTA);
    if (gst_p2p_cutter_wants_key_unit (cut->cutter, t)) {
      wanted++;
      fail_unless (t == wanted * 2 * SECOND, "at %" GST_STIME_FORMAT,
          GST_STIME_ARGS (t));
    }
  }
  fail_unless_equals_int64 (wanted, 2);
  cut_push (cut, 300, t, 40 * MS, 0);
  fail_if (gst_p2p_cutter_wants_key_unit (cut->cutter, t + SECOND));
  cut_free (cut);
}

GST_END_TEST;

GST_START_TEST (test_sound_never_wants_a_key_frame)
{
  Cut *cut = cut_new (CUT_MP3);
  guint i;

  for (i = 0; i < 200; i++) {
    cut_push (cut, 417, i * CUT_FRAME, CUT_FRAME, DELTA);
    fail_if (gst_p2p_cutter_wants_key_unit (cut->cutter, i * CUT_FRAME));
  }
  cut_free (cut);
}

GST_END_TEST;

static Suite *
cutter_suite (void)
{
  Suite *s = suite_create ("cutter");
  TCase *tc = tcase_create ("general");

  suite_add_tcase (s, tc);
  tcase_add_test (tc,
      test_a_chunk_is_sent_when_it_is_full_not_with_the_next_buffer);
  tcase_add_test (tc, test_a_timer_closes_what_no_buffer_completes);
  tcase_add_test (tc, test_the_newest_media_sent_is_never_older_than_a_chunk);
  tcase_add_test (tc, test_what_follows_a_pause_does_not_wait_for_a_full_chunk);
  tcase_add_test (tc, test_the_duration_asked_for_is_kept);
  tcase_add_test (tc, test_a_key_frame_opens_a_chunk_where_one_may_join);
  tcase_add_test (tc, test_a_large_buffer_goes_in_parts_of_full_chunks);
  tcase_add_test (tc, test_only_other_caps_are_a_new_generation);
  tcase_add_test (tc, test_a_discontinuity_opens_a_chunk_and_is_told);
  tcase_add_test (tc, test_a_chunk_the_session_refused_is_counted_and_marked);
  tcase_add_test (tc, test_a_buffer_above_the_limit_is_left_out_alone);
  tcase_add_test (tc,
      test_media_that_nobody_could_join_are_refused_with_advice);
  tcase_add_test (tc, test_stream_headers_are_known_by_their_bytes);
  tcase_add_test (tc,
      test_a_stream_header_that_was_only_announced_is_not_inband);
  tcase_add_test (tc, test_the_end_is_signed_only_when_something_was_published);
  tcase_add_test (tc,
      test_tags_go_out_when_they_change_and_again_for_newcomers);
  tcase_add_test (tc, test_a_key_frame_is_wanted_after_two_seconds_without);
  tcase_add_test (tc, test_sound_never_wants_a_key_frame);
  return s;
}

GST_CHECK_MAIN (cutter);
