/* gst-plugins-p2p
 *
 * This library is free software; you can redistribute it and/or
 * modify it under the terms of the GNU Lesser General Public
 * License as published by the Free Software Foundation; either
 * version 2.1 of the License, or (at your option) any later version.
 */
/* The signed objects: chunk envelope and stream header. */
#include <gst/check/gstcheck.h>
#include <string.h>

#include "../../../gst/p2p/core/wire/p2pwire.h"

GST_START_TEST (test_envelope_is_these_20_bytes)
{
  static const guint8 bytes[] = { 0, 0x11, 0x12, 0x34, 5, 6, 0xff, 0xff,
    0, 1, 0xe8, 0x48, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xfe, 0x0c
  };
  P2pChunkEnvelope e = {.flags = P2P_CHUNK_JOIN | P2P_CHUNK_END,
    .generation = 0x1234,.stream = 5,.records = 6,.join_distance = 0xffff,
    .duration_us = 125000,.base_pts_ns = (uint64_t) - 500
  };
  P2pChunkEnvelope back;
  guint8 out[P2P_CHUNK_ENVELOPE_LEN];

  p2p_chunk_envelope_put (out, &e);
  fail_unless_equals_int (sizeof (bytes), P2P_CHUNK_ENVELOPE_LEN);
  fail_unless (memcmp (out, bytes, sizeof (bytes)) == 0);
  fail_unless_equals_int (p2p_chunk_envelope_get (bytes, 20, &back), P2P_OK);
  fail_unless_equals_int (back.flags, e.flags);
  fail_unless_equals_int (back.generation, e.generation);
  fail_unless_equals_int (back.stream, e.stream);
  fail_unless_equals_int (back.records, e.records);
  fail_unless_equals_int (back.join_distance, e.join_distance);
  fail_unless_equals_int (back.duration_us, e.duration_us);
  fail_unless (back.base_pts_ns == e.base_pts_ns);
}

GST_END_TEST;

GST_START_TEST (test_envelope_cut_short_is_refused)
{
  guint8 bytes[P2P_CHUNK_ENVELOPE_LEN] = { 0 };
  P2pChunkEnvelope e = {.records = 77 };
  gsize len;

  for (len = 0; len < sizeof (bytes); len++)
    fail_unless_equals_int (p2p_chunk_envelope_get (bytes, len, &e),
        P2P_PROTOCOL);
  fail_unless_equals_int (e.records, 77);
}

GST_END_TEST;

/* version 1, flags 0x14, key generation 0, K 8; then as commented */
static const guint8 header[] = { 1, 0x14, 0, 8,
  0xff, 0xfe, 0, 0,             /* generation, reserved */
  0, 0, 0, 0, 0, 0, 0, 9,       /* epoch */
  0, 1, 0xe8, 0x48,             /* chunk duration */
  0, 1, 0xf4, 0,                /* bit rate */
  0, 0, 0x27, 0x10,             /* window */
  0, 0, 0, 7,                   /* first chunk */
  1, 0, 0, 3, 'a', '/', 'b',    /* caps */
  2, 0, 0, 2, 0xaa, 0xbb,       /* two stream header buffers */
  2, 0, 0, 0,
  3, 0, 0, 1, 't',              /* tags */
  4, 0, 0, 2, '[', ']'          /* ICE servers */
};

GST_START_TEST (test_stream_header_is_these_bytes)
{
  guint8 out[sizeof (header)];
  P2pStreamHeader h;
  P2pWriter w;

  fail_unless_equals_int (p2p_stream_header_get (header, sizeof (header), &h),
      P2P_OK);
  fail_unless_equals_int (h.flags, P2P_HEADER_RESUME_AT_JOIN
      | P2P_HEADER_VIDEO);
  fail_unless_equals_int (h.k, 8);
  fail_unless_equals_int (h.generation, 0xfffe);
  fail_unless (h.epoch == 9);
  fail_unless_equals_int (h.chunk_duration_us, 125000);
  fail_unless_equals_int (h.bitrate, 128000);
  fail_unless_equals_int (h.window_ms, 10000);
  fail_unless_equals_int (h.first_chunk, 7);
  fail_unless (h.caps_len == 3 && memcmp (h.caps, "a/b", 3) == 0);
  fail_unless_equals_int (h.n_buffers, 2);
  fail_unless (h.buffer_len[0] == 2 && h.buffer[0][1] == 0xbb);
  fail_unless_equals_int (h.buffer_len[1], 0);
  fail_unless (h.tags_len == 1 && h.ice_len == 2);
  p2p_writer_init (&w, out, sizeof (out));
  p2p_stream_header_put (&w, &h);
  fail_unless (p2p_writer_ok (&w));
  fail_unless_equals_int (w.len, sizeof (header));
  fail_unless (memcmp (out, header, sizeof (header)) == 0);
  fail_unless (p2p_stream_header_capacity (&h) >= sizeof (header));
}

GST_END_TEST;

GST_START_TEST (test_stream_header_is_whole_or_refused)
{
  /* where a TLV ends, the rest is a shorter header */
  static const gsize good[] = { 32, 39, 45, 49, 54 };
  P2pStreamHeader h;
  gsize len, i;

  for (len = 0; len < sizeof (header); len++) {
    P2pResult expected = P2P_PROTOCOL;

    for (i = 0; i < G_N_ELEMENTS (good); i++) {
      if (len == good[i])
        expected = P2P_OK;
    }
    fail_unless (p2p_stream_header_get (header, len, &h) == expected, "%u",
        (guint) len);
  }
}

GST_END_TEST;

GST_START_TEST (test_stream_header_of_another_version_or_k_is_refused)
{
  static const struct
  {
    gsize at;
    guint8 v;
    P2pResult result;
  } cases[] = {
    {0, 0, P2P_PROTOCOL}, {0, 2, P2P_PROTOCOL}, {3, 0, P2P_PROTOCOL},
    {3, 17, P2P_PROTOCOL}, {3, 1, P2P_OK}, {3, 16, P2P_OK},
    {1, 0xff, P2P_OK}, {6, 0xff, P2P_OK}        /* reserved bits */
  };
  P2pStreamHeader h;
  guint i;

  for (i = 0; i < G_N_ELEMENTS (cases); i++) {
    guint8 bytes[sizeof (header)];

    memcpy (bytes, header, sizeof (header));
    bytes[cases[i].at] = cases[i].v;
    fail_unless (p2p_stream_header_get (bytes, sizeof (bytes), &h)
        == cases[i].result, "case %u", i);
  }
}

GST_END_TEST;

GST_START_TEST (test_stream_header_has_at_most_64_buffers)
{
  guint8 bytes[32 + 4 * (P2P_MAX_HEADER_BUFFERS + 1)] = { 0 };
  P2pStreamHeader h;
  guint i;

  memcpy (bytes, header, 32);
  for (i = 0; i <= P2P_MAX_HEADER_BUFFERS; i++)
    bytes[32 + 4 * i] = 2;
  fail_unless_equals_int (p2p_stream_header_get (bytes, sizeof (bytes) - 4,
          &h), P2P_OK);
  fail_unless_equals_int (h.n_buffers, P2P_MAX_HEADER_BUFFERS);
  fail_unless_equals_int (p2p_stream_header_get (bytes, sizeof (bytes), &h),
      P2P_PROTOCOL);
}

GST_END_TEST;

GST_START_TEST (test_stream_header_has_at_most_256_kib)
{
  guint8 *bytes = g_malloc0 (P2P_MAX_HEADER + 1), *out;
  P2pStreamHeader h;
  P2pWriter w;

  memcpy (bytes, header, 32);
  bytes[32] = 200;              /* unknown TLV to the end */
  bytes[33] = (P2P_MAX_HEADER - 36) >> 16;
  bytes[34] = (P2P_MAX_HEADER - 36) >> 8 & 0xff;
  bytes[35] = (P2P_MAX_HEADER - 36) & 0xff;
  fail_unless_equals_int (p2p_stream_header_get (bytes, P2P_MAX_HEADER, &h),
      P2P_OK);
  bytes[35]++;
  fail_unless_equals_int (p2p_stream_header_get (bytes, P2P_MAX_HEADER + 1,
          &h), P2P_PROTOCOL);

  out = g_malloc (P2P_MAX_HEADER + 1000);
  h.caps = bytes;
  h.caps_len = P2P_MAX_HEADER - 36;
  p2p_writer_init (&w, out, P2P_MAX_HEADER + 1000);
  p2p_stream_header_put (&w, &h);
  fail_unless (p2p_writer_ok (&w) && w.len == P2P_MAX_HEADER);
  h.caps_len++;
  p2p_writer_init (&w, out, P2P_MAX_HEADER + 1000);
  p2p_stream_header_put (&w, &h);
  fail_if (p2p_writer_ok (&w));
  g_free (bytes);
  g_free (out);
}

GST_END_TEST;

static Suite *
p2pobject_suite (void)
{
  Suite *s = suite_create ("p2pobject");
  TCase *tc = tcase_create ("general");

  suite_add_tcase (s, tc);
  tcase_add_test (tc, test_envelope_is_these_20_bytes);
  tcase_add_test (tc, test_envelope_cut_short_is_refused);
  tcase_add_test (tc, test_stream_header_is_these_bytes);
  tcase_add_test (tc, test_stream_header_is_whole_or_refused);
  tcase_add_test (tc, test_stream_header_of_another_version_or_k_is_refused);
  tcase_add_test (tc, test_stream_header_has_at_most_64_buffers);
  tcase_add_test (tc, test_stream_header_has_at_most_256_kib);
  return s;
}

GST_CHECK_MAIN (p2pobject);
