/* gst-plugins-p2p
 *
 * This library is free software; you can redistribute it and/or
 * modify it under the terms of the GNU Lesser General Public
 * License as published by the Free Software Foundation; either
 * version 2.1 of the License, or (at your option) any later version.
 */
/* gstp2preader.c: tests of what a listener makes of chunks, whole or not. */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include <string.h>

#include "cutting.h"
#include "../../../gst/p2p/gstp2pmedia.h"

#define MS ((gint64) GST_MSECOND)
#define DELTA GST_BUFFER_FLAG_DELTA_UNIT
#define MUTATIONS 3000

static void
push (GstP2PReader * reader, const GstP2PItem * item)
{
  GError *error = NULL;

  fail_unless (gst_p2p_reader_push (reader, item, &error), "%s",
      error ? error->message : "");
}

/* Items [from, to) of the recording. */
static void
push_items (GstP2PReader * reader, Cut * cut, guint from, guint to)
{
  guint i;

  for (i = from; i < MIN (to, cut->items->len); i++)
    push (reader, g_ptr_array_index (cut->items, i));
}

/* The next of a type; what comes before is dropped. NULL: there is none. */
static GstP2POut *
next (GstP2PReader * reader, GstP2POutType type)
{
  GstP2POut *out;

  while ((out = gst_p2p_reader_pop (reader)) != NULL && out->type != type)
    gst_p2p_out_free (out);
  return out;
}

static GByteArray *
take_bytes (GstP2PReader * reader, guint * n)
{
  GByteArray *bytes = g_byte_array_new ();
  GstP2POut *out;

  *n = 0;
  while ((out = next (reader, GST_P2P_OUT_BUFFER)) != NULL) {
    GstMapInfo map;

    gst_buffer_map (GST_BUFFER (out->object), &map, GST_MAP_READ);
    g_byte_array_append (bytes, map.data, map.size);
    gst_buffer_unmap (GST_BUFFER (out->object), &map);
    gst_p2p_out_free (out);
    ++*n;
  }
  return bytes;
}

/* Twenty frames of video, each third large; key frames every ten. */
static Cut *
film (const gchar * caps)
{
  Cut *cut = cut_new (caps);
  guint i;

  for (i = 0; i < 20; i++)
    cut_push (cut, i % 3 == 0 ? 20000 : 400, i * 33 * MS, 33 * MS,
        i % 10 == 0 ? 0 : DELTA);
  gst_p2p_cutter_flush (cut->cutter);
  return cut;
}

GST_START_TEST (test_what_was_cut_comes_out_whole)
{
  Cut *cut = film (CUT_H264);
  GstP2PReader *reader = gst_p2p_reader_new ();
  GstP2POut *out;
  GByteArray *bytes;
  guint n;

  push_items (reader, cut, 0, G_MAXUINT);
  out = gst_p2p_reader_pop (reader);
  fail_unless_equals_int (out->type, GST_P2P_OUT_CAPS);
  gst_p2p_out_free (out);
  bytes = take_bytes (reader, &n);
  fail_unless_equals_int (n, 20);
  fail_unless_equals_int (bytes->len, cut->bytes->len);
  fail_unless (memcmp (bytes->data, cut->bytes->data, bytes->len) == 0);
  fail_unless_equals_uint64 (gst_p2p_reader_get_dropped (reader), 0);
  g_byte_array_unref (bytes);
  gst_p2p_reader_free (reader);
  cut_free (cut);
}

GST_END_TEST;

/* Whatever single chunk is missing: never a part of a buffer, DISCONT on what
 * follows, everything else as it was. */
GST_START_TEST (test_a_loss_costs_whole_buffers_and_is_marked)
{
  Cut *cut = film (CUT_H264);
  guint lost, i;

  for (lost = 1; lost + 1 < cut->n_chunks; lost++) {
    GstP2PReader *reader = gst_p2p_reader_new ();
    GstP2POut *out;
    gint64 last = -1;
    guint n = 0, disconts = 0, expected = 1;    /* the beginning is one */

    for (i = 0; i < cut->items->len; i++) {
      const GstP2PItem *item = g_ptr_array_index (cut->items, i);

      if (item->type != GST_P2P_ITEM_CHUNK || item->chunk != lost)
        push (reader, item);
    }
    while ((out = next (reader, GST_P2P_OUT_BUFFER)) != NULL) {
      guint frame = out->pts / (33 * MS);

      fail_unless_equals_int (gst_buffer_get_size (GST_BUFFER (out->object)),
          frame % 3 == 0 ? 20000 : 400);
      fail_unless (out->pts > last);
      expected += last >= 0 && out->pts > last + 33 * MS;
      last = out->pts;
      disconts += GST_BUFFER_FLAG_IS_SET (out->object, GST_BUFFER_FLAG_DISCONT);
      n++;
      gst_p2p_out_free (out);
    }
    fail_unless (n < 20 && n >= 15, "%u left without chunk %u", n, lost);
    fail_unless (disconts >= expected, "chunk %u: %u", lost, disconts);
    gst_p2p_reader_free (reader);
  }
  cut_free (cut);
}

GST_END_TEST;

/* Frames of audio, of which a listener gets all but some chunks: what
 * it plays, silence included, is as long as what was sent, and silence is
 * exactly where something is missing. */
GST_START_TEST (test_a_gap_says_what_is_missing)
{
  Cut *cut = cut_new (CUT_MP3);
  guint lost, i;

  for (i = 0; i < 48; i++)
    cut_push (cut, 417, i * 26 * MS, 26 * MS, 0);
  gst_p2p_cutter_flush (cut->cutter);
  fail_unless (cut->n_chunks >= 5);
  for (lost = 1; lost + 2 < cut->n_chunks; lost++) {
    GstP2PReader *reader = gst_p2p_reader_new ();
    gint64 end = 0, gaps = 0;
    GstP2POut *out;

    for (i = 0; i < cut->items->len; i++) {
      const GstP2PItem *item = g_ptr_array_index (cut->items, i);

      if (item->type != GST_P2P_ITEM_CHUNK || (item->chunk != lost
              && item->chunk != lost + 1))
        push (reader, item);
    }
    while ((out = gst_p2p_reader_pop (reader)) != NULL) {
      if (out->type == GST_P2P_OUT_GAP) {
        fail_unless_equals_int64 (out->pts, end);
        fail_unless_equals_int64 (gaps, 0);
        gaps = out->duration;
        end += gaps;
      } else if (out->type == GST_P2P_OUT_BUFFER) {
        fail_unless_equals_int64 (out->pts, end);
        end += 26 * MS;
      }
      gst_p2p_out_free (out);
    }
    fail_unless (gaps > 0 && gaps % (26 * MS) == 0);
    fail_unless_equals_int64 (end, 48 * 26 * MS);
    gst_p2p_reader_free (reader);
  }
  cut_free (cut);
}

GST_END_TEST;

GST_START_TEST (test_a_newcomer_waits_for_a_join_point)
{
  Cut *cut = film (CUT_H264);
  GstP2PReader *reader = gst_p2p_reader_new ();
  GstP2POut *out;

  push (reader, g_ptr_array_index (cut->items, 0));
  push_items (reader, cut, 3, G_MAXUINT);
  out = next (reader, GST_P2P_OUT_BUFFER);
  fail_unless_equals_int64 (out->pts, 10 * 33 * MS);
  fail_unless (GST_BUFFER_FLAG_IS_SET (out->object, GST_BUFFER_FLAG_DISCONT));
  fail_if (GST_BUFFER_FLAG_IS_SET (out->object, DELTA));
  gst_p2p_out_free (out);
  gst_p2p_reader_free (reader);
  cut_free (cut);
}

GST_END_TEST;

GST_START_TEST (test_matroska_goes_on_at_a_join_point_only)
{
  Cut *cut = film ("video/webm");
  GstP2PReader *reader = gst_p2p_reader_new ();
  GstP2POut *out;
  gint64 last = -1;
  gboolean jumped = FALSE;
  guint i;

  for (i = 0; i < cut->items->len; i++) {
    const GstP2PItem *item = g_ptr_array_index (cut->items, i);

    if (item->type != GST_P2P_ITEM_CHUNK || item->chunk != 7)
      push (reader, item);
  }
  while ((out = next (reader, GST_P2P_OUT_BUFFER)) != NULL) {
    if (last >= 0 && out->pts > last + 33 * MS) {
      fail_unless_equals_int64 (out->pts, 10 * 33 * MS);
      jumped = TRUE;
    }
    last = out->pts;
    gst_p2p_out_free (out);
  }
  fail_unless (jumped);
  gst_p2p_reader_free (reader);
  cut_free (cut);
}

GST_END_TEST;

/* A newcomer in mid-stream gets the stream header first, one from the beginning
 * as it came. */
GST_START_TEST (test_stream_headers_are_added_for_newcomers_only)
{
  Cut *cut = cut_new ("video/x-flv,streamheader=(buffer)<48454144>");
  GstBuffer *head = gst_buffer_new_memdup ("HEAD", 4);
  GstP2PReader *reader;
  GByteArray *bytes;
  guint i, n;

  GST_BUFFER_FLAG_SET (head, GST_BUFFER_FLAG_HEADER);
  cut_push_buffer (cut, head, 0, 0);
  for (i = 0; i < 4; i++)
    cut_push (cut, 3000, i * 100 * MS, 100 * MS, 0);
  gst_p2p_cutter_flush (cut->cutter);

  reader = gst_p2p_reader_new ();
  push_items (reader, cut, 0, G_MAXUINT);
  bytes = take_bytes (reader, &n);
  fail_unless_equals_int (bytes->len, cut->bytes->len);
  fail_unless (memcmp (bytes->data, cut->bytes->data, bytes->len) == 0);
  g_byte_array_unref (bytes);
  gst_p2p_reader_free (reader);

  reader = gst_p2p_reader_new ();
  push (reader, g_ptr_array_index (cut->items, 0));
  push_items (reader, cut, 3, G_MAXUINT);
  bytes = take_bytes (reader, &n);
  fail_unless (bytes->len > 4 && bytes->len < cut->bytes->len);
  fail_unless (memcmp (bytes->data, "HEAD", 4) == 0);
  fail_unless (memcmp (bytes->data + 4, cut->bytes->data + cut->bytes->len
          - (bytes->len - 4), bytes->len - 4) == 0);
  g_byte_array_unref (bytes);
  gst_p2p_reader_free (reader);
  cut_free (cut);
}

GST_END_TEST;

GST_START_TEST (test_every_generation_is_read_with_its_own_caps)
{
  Cut *cut = cut_new (CUT_MP3);
  GstP2PReader *reader = gst_p2p_reader_new ();
  GstP2POut *out;
  gint rate, expected = 44100;
  guint caps = 0, i;

  cut_push (cut, 417, 0, CUT_FRAME, 0);
  cut_caps (cut, "audio/mpeg,mpegversion=1,layer=3,rate=48000,channels=2");
  cut_push (cut, 417, CUT_FRAME, CUT_FRAME, 0);
  gst_p2p_cutter_flush (cut->cutter);
  /* both headers first: the second must not win before its chunk */
  for (i = 0; i < cut->items->len; i++)
    if (((GstP2PItem *) g_ptr_array_index (cut->items, i))->type ==
        GST_P2P_ITEM_HEADER)
      push (reader, g_ptr_array_index (cut->items, i));
  push (reader, cut_chunk (cut, 0));
  push (reader, cut_chunk (cut, 1));
  while ((out = gst_p2p_reader_pop (reader)) != NULL) {
    if (out->type == GST_P2P_OUT_CAPS) {
      gst_structure_get_int (gst_caps_get_structure (GST_CAPS (out->object),
              0), "rate", &rate);
      fail_unless_equals_int (rate, expected);
      expected = 48000;
      caps++;
    } else {
      fail_unless_equals_int (out->type, GST_P2P_OUT_BUFFER);
      fail_unless_equals_int64 (out->pts, (gint64) (caps - 1) * CUT_FRAME);
    }
    gst_p2p_out_free (out);
  }
  fail_unless_equals_int (caps, 2);
  gst_p2p_reader_free (reader);
  cut_free (cut);
}

GST_END_TEST;

/* GStreamer reads them by recursion: so many end the process. */
#define NESTED 60000

static GString *
nested (const gchar * begin, guint n)
{
  GString *text = g_string_new (begin);
  guint i;

  for (i = 0; i < n; i++)
    g_string_append_c (text, '{');
  g_string_append_c (text, '1');
  for (i = 0; i < n; i++)
    g_string_append_c (text, '}');
  return text;
}

static gboolean
reads_caps (const GString * text)
{
  P2pStreamHeader header = {.caps = (const guint8 *) text->str,
    .caps_len = text->len
  };
  GError *error = NULL;
  GstCaps *caps = gst_p2p_media_caps_from_header (&header, &error);
  gboolean read = caps != NULL;

  fail_unless (read == (error == NULL));
  gst_clear_caps (&caps);
  g_clear_error (&error);
  return read;
}

GST_START_TEST (test_lists_within_lists_are_no_words_for_media)
{
  GString *few = g_string_new ("audio/x-y,a=<1,<2,3>>");
  GString *many = nested ("audio/x-y,a=", NESTED);
  GString *said = nested ("said,a=", 1500);
  GString *tags = nested ("taglist,title=", 3000);

  fail_unless (reads_caps (few));
  fail_if (reads_caps (many));
  fail_unless (gst_p2p_media_event_from_bytes ((const guint8 *) said->str,
          said->len) == NULL);
  fail_unless (gst_p2p_media_tags_from_bytes ((const guint8 *) tags->str,
          tags->len) == NULL);
  /* no tags at all, of which GStreamer would complain */
  fail_unless (gst_p2p_media_tags_from_bytes ((const guint8 *) few->str,
          few->len) == NULL);
  g_string_free (few, TRUE);
  g_string_free (many, TRUE);
  g_string_free (said, TRUE);
  g_string_free (tags, TRUE);
}

GST_END_TEST;

GST_START_TEST (test_what_came_before_another_run_still_goes_out)
{
  Cut *cut = film (CUT_H264);
  GstP2PReader *reader = gst_p2p_reader_new ();
  GstP2PItem restart = {.type = GST_P2P_ITEM_EPOCH };
  GstP2PItem end = {.type = GST_P2P_ITEM_END };
  GstP2POut *out;
  guint before = 0, after = 0;
  gboolean restarted = FALSE, ended = FALSE;

  push_items (reader, cut, 0, G_MAXUINT);
  push (reader, &restart);
  push_items (reader, cut, 0, G_MAXUINT);
  push (reader, &end);
  while ((out = gst_p2p_reader_pop (reader)) != NULL) {
    restarted |= out->type == GST_P2P_OUT_RESTART;
    ended |= out->type == GST_P2P_OUT_END;
    if (out->type == GST_P2P_OUT_BUFFER)
      restarted ? after++ : before++;
    gst_p2p_out_free (out);
  }
  fail_unless (restarted && ended);
  fail_unless_equals_int (before, 20);
  fail_unless_equals_int (after, 20);
  gst_p2p_reader_free (reader);
  cut_free (cut);
}

GST_END_TEST;

GST_START_TEST (test_skipping_goes_on_at_the_join_point_before_the_place)
{
  Cut *cut = film (CUT_H264);
  GstP2PReader *reader = gst_p2p_reader_new ();
  GstP2POut *out;
  GByteArray *bytes;
  guint n;

  push_items (reader, cut, 0, 3);
  bytes = take_bytes (reader, &n);
  g_byte_array_unref (bytes);
  gst_p2p_reader_skip_to (reader, 15 * 33 * MS);
  push_items (reader, cut, 3, G_MAXUINT);
  out = next (reader, GST_P2P_OUT_BUFFER);
  fail_unless_equals_int64 (out->pts, 10 * 33 * MS);
  fail_unless (GST_BUFFER_FLAG_IS_SET (out->object, GST_BUFFER_FLAG_DISCONT));
  gst_p2p_out_free (out);
  gst_p2p_reader_free (reader);
  cut_free (cut);
}

GST_END_TEST;

GST_START_TEST (test_a_header_that_cannot_be_read_is_an_error)
{
  Cut *cut = film (CUT_H264);
  GstP2PReader *reader = gst_p2p_reader_new ();
  GstP2PItem header = *(GstP2PItem *) g_ptr_array_index (cut->items, 0);
  GError *error = NULL;

  header.bytes = g_bytes_new_static ("nonsense", 8);
  push (reader, &header);
  fail_if (gst_p2p_reader_push (reader, cut_chunk (cut, 0), &error));
  fail_unless (g_error_matches (error, GST_P2P_ERROR, GST_P2P_ERROR_MEDIA));
  g_error_free (error);
  g_bytes_unref (header.bytes);
  gst_p2p_reader_free (reader);
  cut_free (cut);
}

GST_END_TEST;

/* A publisher signs what he likes. */
GST_START_TEST (test_any_bytes_in_a_chunk_are_survived)
{
  Cut *cut = film (CUT_H264);
  GRand *rand = g_rand_new_with_seed (20261122);
  guint i, k;

  for (i = 0; i < MUTATIONS; i++) {
    GstP2PReader *reader = gst_p2p_reader_new ();
    GstP2PItem item = *cut_chunk (cut, g_rand_int_range (rand, 0,
            cut->n_chunks));
    gsize len;
    const guint8 *data = g_bytes_get_data (item.bytes, &len);
    guint8 *copy = g_memdup2 (data, len);
    GstP2POut *out;

    for (k = 0; k < 4; k++)
      copy[g_rand_int_range (rand, 0, MIN (len, 80))] = g_rand_int (rand);
    item.bytes = g_bytes_new_take (copy, g_rand_boolean (rand) ? len :
        (gsize) g_rand_int_range (rand, 0, len));
    push (reader, g_ptr_array_index (cut->items, 0));
    push (reader, cut_chunk (cut, 0));
    item.chunk = 1;
    gst_p2p_reader_push (reader, &item, NULL);
    while ((out = gst_p2p_reader_pop (reader)) != NULL) {
      if (out->type == GST_P2P_OUT_BUFFER)
        fail_unless (gst_buffer_get_size (GST_BUFFER (out->object)) <=
            P2P_MAX_BUFFER);
      gst_p2p_out_free (out);
    }
    g_bytes_unref (item.bytes);
    gst_p2p_reader_free (reader);
  }
  g_rand_free (rand);
  cut_free (cut);
}

GST_END_TEST;

static Suite *
reader_suite (void)
{
  Suite *s = suite_create ("reader");
  TCase *tc = tcase_create ("general");

  suite_add_tcase (s, tc);
  tcase_add_test (tc, test_what_was_cut_comes_out_whole);
  tcase_add_test (tc, test_a_loss_costs_whole_buffers_and_is_marked);
  tcase_add_test (tc, test_a_gap_says_what_is_missing);
  tcase_add_test (tc, test_a_newcomer_waits_for_a_join_point);
  tcase_add_test (tc, test_matroska_goes_on_at_a_join_point_only);
  tcase_add_test (tc, test_stream_headers_are_added_for_newcomers_only);
  tcase_add_test (tc, test_every_generation_is_read_with_its_own_caps);
  tcase_add_test (tc, test_lists_within_lists_are_no_words_for_media);
  tcase_add_test (tc, test_what_came_before_another_run_still_goes_out);
  tcase_add_test (tc, test_skipping_goes_on_at_the_join_point_before_the_place);
  tcase_add_test (tc, test_a_header_that_cannot_be_read_is_an_error);
  tcase_add_test (tc, test_any_bytes_in_a_chunk_are_survived);
  return s;
}

GST_CHECK_MAIN (reader);
