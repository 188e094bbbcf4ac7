/* gst-plugins-p2p
 *
 * This library is free software; you can redistribute it and/or
 * modify it under the terms of the GNU Lesser General Public
 * License as published by the Free Software Foundation; either
 * version 2.1 of the License, or (at your option) any later version.
 */
/* Frames and messages against bytes written by hand from docs/protocol/wire.md.
 */
#include <gst/check/gstcheck.h>
#include <string.h>

#include "../../../gst/p2p/core/wire/p2pwire.h"

static guint8 out[P2P_MAX_MESSAGE];
static P2pWriter w;
static P2pMessage m;

static void
begin (void)
{
  p2p_writer_init (&w, out, sizeof (out));
  memset (&m, 0xa5, sizeof (m));
}

/* What was written has to be these bytes (hex, blanks allowed), and they have
 * to be read as exactly one message, left in m. */
static void
expect_bytes (const gchar * hex)
{
  guint8 bytes[2048];
  P2pReader r;
  gsize n = 0;

  for (; *hex; hex++) {
    if (*hex == ' ')
      continue;
    bytes[n++] = (guint8) (g_ascii_xdigit_value (hex[0]) << 4
        | g_ascii_xdigit_value (hex[1]));
    hex++;
  }
  fail_unless (p2p_writer_ok (&w));
  fail_unless_equals_int (w.len, n);
  fail_unless (memcmp (out, bytes, n) == 0);
  p2p_reader_init (&r, bytes, n);
  fail_unless_equals_int (p2p_wire_next (&r, n, &m), P2P_OK);
  fail_unless_equals_int (p2p_wire_next (&r, n, &m), P2P_NOT_FOUND);
}

GST_START_TEST (test_channel_id_opens_a_frame)
{
  static const guint8 frame[] = { 1, 2, 3, 4 };
  uint32_t channel = 9;

  fail_unless_equals_int (p2p_wire_get_channel (frame, 4, &channel), P2P_OK);
  fail_unless_equals_int_hex (channel, 0x01020304);
  channel = 9;
  fail_unless_equals_int (p2p_wire_get_channel (frame, 3, &channel),
      P2P_PROTOCOL);
  fail_unless_equals_int (channel, 9);
  begin ();
  p2p_wire_put_channel (&w, 0x01020304);
  fail_unless (w.len == 4 && memcmp (out, frame, 4) == 0);
}

GST_END_TEST;

GST_START_TEST (test_range_messages)
{
  static const struct
  {
    P2pMsgType type;
    const gchar *hex;
  } cases[] = {
    {P2P_MSG_HAVE, "03 00000001 fffffffe"},
    {P2P_MSG_REQUEST, "08 00000001 fffffffe"},
    {P2P_MSG_CANCEL, "09 00000001 fffffffe"}
  };
  guint i;

  for (i = 0; i < G_N_ELEMENTS (cases); i++) {
    begin ();
    p2p_wire_put_range (&w, cases[i].type, (P2pRange) {
        1, 0xfffffffe}
    );
    expect_bytes (cases[i].hex);
    fail_unless_equals_int (m.type, cases[i].type);
    fail_unless_equals_int (m.u.range.first, 1);
    fail_unless (m.u.range.last == 0xfffffffe);
  }
}

GST_END_TEST;

GST_START_TEST (test_choke_and_unchoke_are_their_code)
{
  begin ();
  p2p_wire_put_simple (&w, P2P_MSG_CHOKE);
  expect_bytes ("0a");
  fail_unless_equals_int (m.type, P2P_MSG_CHOKE);
  fail_unless_equals_int (m.u.queue_10ms, 0);
  begin ();
  p2p_wire_put_simple (&w, P2P_MSG_UNCHOKE);
  expect_bytes ("0b");
  fail_unless_equals_int (m.type, P2P_MSG_UNCHOKE);
}

GST_END_TEST;

GST_START_TEST (test_signed_integrity)
{
  P2pSignedIntegrity si = {.chunk = {7, 7},
  .ntp = G_GUINT64_CONSTANT (0x0102030405060708)
  };

  memset (si.signature, 0x5c, sizeof (si.signature));
  begin ();
  p2p_wire_put_signed_integrity (&w, &si);
  expect_bytes ("07 00000007 00000007 0102030405060708"
      "5c5c5c5c5c5c5c5c5c5c5c5c5c5c5c5c5c5c5c5c5c5c5c5c5c5c5c5c5c5c5c5c"
      "5c5c5c5c5c5c5c5c5c5c5c5c5c5c5c5c5c5c5c5c5c5c5c5c5c5c5c5c5c5c5c5c");
  fail_unless_equals_int (m.type, P2P_MSG_SIGNED_INTEGRITY);
  fail_unless (memcmp (&m.u.signed_integrity, &si, sizeof (si)) == 0);
}

GST_END_TEST;

GST_START_TEST (test_subscribe)
{
  P2pSubscribe s = {.mask = 0x8001,.first = 0x100,.burst_first = 0xffffffff,
    .credit = 0x20,.capacity = 12,.refuse_len = 2,.refuse = {0xa1, 0xb2}
  };

  begin ();
  p2p_wire_put_subscribe (&w, &s);
  expect_bytes ("82 0016 8001 00000100 ffffffff 0020 0c 02 000000a1 000000b2");
  fail_unless_equals_int (m.type, P2P_MSG_SUBSCRIBE);
  fail_unless (memcmp (&m.u.subscribe, &s, sizeof (s)) == 0);
}

GST_END_TEST;

GST_START_TEST (test_sub_ok_has_one_next_chunk_for_each_accepted_sub_stream)
{
  P2pSubOk s = {.mask = 0x0009,.refused = 0x0004,.k = 4,
    .next = {0x10, 0x13},.path_len = 1,.path = {0xcafe}
  };

  begin ();
  p2p_wire_put_sub_ok (&w, &s);
  expect_bytes ("83 0012 0009 0004 04 01 00000010 00000013 0000cafe");
  fail_unless_equals_int (m.type, P2P_MSG_SUB_OK);
  fail_unless (memcmp (&m.u.sub_ok, &s, sizeof (s)) == 0);
}

GST_END_TEST;

GST_START_TEST (test_unsubscribe)
{
  P2pUnsubscribe u = {.mask = 0x0102,.reason = 3 };

  begin ();
  p2p_wire_put_unsubscribe (&w, &u);
  expect_bytes ("84 0003 0102 03");
  fail_unless_equals_int (m.type, P2P_MSG_UNSUBSCRIBE);
  fail_unless_equals_int_hex (m.u.unsubscribe.mask, 0x0102);
  fail_unless_equals_int (m.u.unsubscribe.reason, 3);
}

GST_END_TEST;

GST_START_TEST (test_peer_lists)
{
  static const struct
  {
    P2pMsgType type;
    const gchar *code;
  } cases[] = {
    {P2P_MSG_REDIRECT, "85"}, {P2P_MSG_LEAVE, "88"}, {P2P_MSG_PEERS, "8a"}
  };
  P2pPeerList list = {.mask = 3,.reason = 2,.n = 1 };
  guint i;

  memset (list.peers[0].peer.b, 0xab, P2P_PEER_ID_LEN);
  list.peers[0].capacity = 16;
  list.peers[0].free_slots = 4;
  list.peers[0].role = P2P_ROLE_RELAY;
  list.peers[0].lag_4ms = 0x0102;
  list.peers[0].age_s = 0x0304;
  for (i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autofree gchar *hex = g_strconcat (cases[i].code, " 002b 0003 02 01"
        "abababababababababababababababababababababababababababababababab"
        "10 04 02 0102 0304", NULL);

    begin ();
    p2p_wire_put_peer_list (&w, cases[i].type, &list);
    expect_bytes (hex);
    fail_unless_equals_int (m.type, cases[i].type);
    fail_unless_equals_int (m.u.peer_list.n, 1);
    fail_unless_equals_int (m.u.peer_list.mask, 3);
    fail_unless_equals_int (m.u.peer_list.reason, 2);
    fail_unless (memcmp (&m.u.peer_list.peers[0], &list.peers[0],
            sizeof (P2pPeerRecord)) == 0);
  }
}

GST_END_TEST;

GST_START_TEST (test_status)
{
  P2pStatus s = {.ping_id = 1,.base = 2,.newest = 9,.k = 2,.head = {0, 255},
  .n_holes = 1,.holes = {0x0300},.capacity = 4,.free_slots = 5,
  .queue_10ms = 6,.role = 7,.lag_4ms = {0x1011, 0xffff},.path_len = 1,
  .path = {0xdead}
  };

  begin ();
  p2p_wire_put_status (&w, &s);
  expect_bytes ("86 001f 00000001 00000002 00000009 02 01 01 04 05 06 07"
      "00 ff 1011 ffff 0300 0000dead");
  fail_unless_equals_int (m.type, P2P_MSG_STATUS);
  fail_unless (memcmp (&m.u.status, &s, sizeof (s)) == 0);
}

GST_END_TEST;

GST_START_TEST (test_pong)
{
  P2pPong p = {.ping_id = 1,.source_ntp = 2,.hold_us = 3,.error_4ms = 4 };

  begin ();
  p2p_wire_put_pong (&w, &p);
  expect_bytes ("87 0012 00000001 0000000000000002 00000003 0004");
  fail_unless_equals_int (m.type, P2P_MSG_PONG);
  fail_unless (m.u.pong.ping_id == 1 && m.u.pong.source_ntp == 2);
  fail_unless (m.u.pong.hold_us == 3 && m.u.pong.error_4ms == 4);
}

GST_END_TEST;

GST_START_TEST (test_header_request)
{
  begin ();
  p2p_wire_put_header_request (&w, 0xfedc);
  expect_bytes ("8b 0002 fedc");
  fail_unless_equals_int (m.type, P2P_MSG_HEADER_REQUEST);
  fail_unless_equals_int_hex (m.u.generation, 0xfedc);
}

GST_END_TEST;

GST_START_TEST (test_header_part_points_into_the_frame)
{
  P2pHeaderPart h = {.epoch = 1,.ntp = 2,.part = {0x0304, 5, 8,
      (const uint8_t *) "abc", 3}
  };
  P2pReader r;

  memset (h.signature, 0x5c, sizeof (h.signature));
  begin ();
  p2p_wire_put_header (&w, &h);
  expect_bytes ("81 005d 0000000000000001 0000000000000002"
      "5c5c5c5c5c5c5c5c5c5c5c5c5c5c5c5c5c5c5c5c5c5c5c5c5c5c5c5c5c5c5c5c"
      "5c5c5c5c5c5c5c5c5c5c5c5c5c5c5c5c5c5c5c5c5c5c5c5c5c5c5c5c5c5c5c5c"
      "0304 00000005 00000008 616263");
  p2p_reader_init (&r, out, w.len);
  fail_unless_equals_int (p2p_wire_next (&r, w.len, &m), P2P_OK);
  fail_unless (m.u.header.epoch == 1 && m.u.header.ntp == 2);
  fail_unless (memcmp (m.u.header.signature, h.signature, 64) == 0);
  fail_unless_equals_int (m.u.header.part.id, 0x0304);
  fail_unless_equals_int (m.u.header.part.offset, 5);
  fail_unless_equals_int (m.u.header.part.total, 8);
  fail_unless_equals_int (m.u.header.part.len, 3);
  fail_unless (m.u.header.part.data == out + w.len - 3);
}

GST_END_TEST;

GST_START_TEST (test_signal_part)
{
  P2pSignalPart s = {.kind = 1,.ttl = 4,.session = 0x22,
    .part = {0x33, 0, 2, (const uint8_t *) "hi", 2}
  };
  P2pReader r;

  memset (s.to.b, 0xaa, 32);
  memset (s.from.b, 0xbb, 32);
  begin ();
  p2p_wire_put_signal (&w, &s);
  expect_bytes ("89 0054"
      "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
      "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"
      "01 04 00000022 00000033 00000000 00000002 6869");
  p2p_reader_init (&r, out, w.len);
  fail_unless_equals_int (p2p_wire_next (&r, w.len, &m), P2P_OK);
  fail_unless (p2p_wire_next (&r, w.len, &m) == P2P_NOT_FOUND);
  fail_unless (memcmp (&m.u.signal.to, &s.to, 32) == 0);
  fail_unless (memcmp (&m.u.signal.from, &s.from, 32) == 0);
  fail_unless (m.u.signal.kind == 1 && m.u.signal.ttl == 4);
  fail_unless (m.u.signal.session == 0x22 && m.u.signal.part.id == 0x33);
  fail_unless (memcmp (m.u.signal.part.data, "hi", 2) == 0);
}

GST_END_TEST;

/* ---- DATA ---- */

static gsize
put_data_frame (guint32 chunk, gsize len)
{
  begin ();
  p2p_wire_put_channel (&w, 1);
  p2p_wire_put_data (&w, chunk, G_GUINT64_CONSTANT (0x1112131415161718));
  return w.len + len;
}

GST_START_TEST (test_data_runs_to_the_end_of_the_frame)
{
  static const guint8 head[] = { 0, 0, 0, 1, 1, 0, 0, 0, 5, 0, 0, 0, 5,
    0x11, 0x12, 0x13, 0x14, 0x15, 0x16, 0x17, 0x18
  };
  gsize total = put_data_frame (5, 30);
  P2pReader r;

  fail_unless_equals_int (w.len, sizeof (head));
  fail_unless (memcmp (out, head, sizeof (head)) == 0);
  p2p_reader_init (&r, out, total);
  r.pos = 4;
  fail_unless_equals_int (p2p_wire_next (&r, total, &m), P2P_OK);
  fail_unless_equals_int (m.type, P2P_MSG_DATA);
  fail_unless_equals_int (m.u.data.chunk.first, 5);
  fail_unless_equals_int (m.u.data.chunk.last, 5);
  fail_unless (m.u.data.time_us == G_GUINT64_CONSTANT (0x1112131415161718));
  fail_unless_equals_int (m.u.data.offset, 21);
  fail_unless_equals_int (m.u.data.len, 30);
  fail_unless_equals_int (p2p_wire_next (&r, total, &m), P2P_NOT_FOUND);
}

GST_END_TEST;

GST_START_TEST (test_nothing_is_read_after_data)
{
  gsize total = put_data_frame (5, 30);
  P2pReader r;

  /* what looks like a CHOKE is the chunk's own byte */
  memset (out + w.len, P2P_MSG_CHOKE, 30);
  p2p_reader_init (&r, out, total);
  r.pos = 4;
  fail_unless_equals_int (p2p_wire_next (&r, total, &m), P2P_OK);
  fail_unless_equals_int (p2p_wire_next (&r, total, &m), P2P_NOT_FOUND);
}

GST_END_TEST;

GST_START_TEST (test_data_may_stand_for_more_than_is_stored)
{
  gsize total = put_data_frame (5, 15000);
  P2pReader r;

  p2p_reader_init (&r, out, w.len + 20);
  r.pos = 4;
  fail_unless_equals_int (p2p_wire_next (&r, total, &m), P2P_OK);
  fail_unless_equals_int (m.u.data.len, 15000);
  fail_unless_equals_int (p2p_wire_next (&r, total, &m), P2P_NOT_FOUND);
}

GST_END_TEST;

GST_START_TEST (test_data_is_at_least_an_envelope_and_at_most_a_chunk)
{
  static const struct
  {
    gsize len;
    P2pResult result;
  } cases[] = {
    {0, P2P_PROTOCOL}, {19, P2P_PROTOCOL}, {20, P2P_OK},
    {20 + P2P_MAX_CHUNK_MEDIA, P2P_OK},
    {21 + P2P_MAX_CHUNK_MEDIA, P2P_PROTOCOL}
  };
  guint i;

  for (i = 0; i < G_N_ELEMENTS (cases); i++) {
    gsize total = put_data_frame (5, cases[i].len);
    P2pReader r;

    p2p_reader_init (&r, out, MIN (total, w.len + 20));
    r.pos = 4;
    fail_unless_equals_int (p2p_wire_next (&r, total, &m), cases[i].result);
  }
}

GST_END_TEST;

GST_START_TEST (test_largest_chunk_fits_a_message)
{
  P2pSignedIntegrity si = {.chunk = {5, 5}
  };

  begin ();
  p2p_wire_put_channel (&w, 1);
  p2p_wire_put_signed_integrity (&w, &si);
  p2p_wire_put_data (&w, 5, 0);
  fail_unless (w.len + P2P_CHUNK_ENVELOPE_LEN + P2P_MAX_CHUNK_MEDIA
      <= P2P_MAX_MESSAGE);
}

GST_END_TEST;

/* ---- several messages, and what others may send one day ---- */

static P2pResult
read_all (const guint8 * frame, gsize len, guint * n)
{
  P2pResult result;
  P2pReader r;

  *n = 0;
  p2p_reader_init (&r, frame, len);
  r.pos = 4;
  while ((result = p2p_wire_next (&r, len, &m)) == P2P_OK)
    (*n)++;
  return result;
}

GST_START_TEST (test_keep_alive_has_no_message)
{
  static const guint8 frame[] = { 0, 0, 0, 9 };
  guint n;

  fail_unless_equals_int (read_all (frame, 4, &n), P2P_NOT_FOUND);
  fail_unless_equals_int (n, 0);
}

GST_END_TEST;

GST_START_TEST (test_unknown_extensions_are_skipped)
{
  static const guint8 frame[] = { 0, 0, 0, 1, 0x8c, 0, 2, 9, 9, 0xbf, 0, 0,
    0x0a, 0xa0, 0, 1, 0x0b, 0x0b
  };
  guint n;

  fail_unless_equals_int (read_all (frame, sizeof (frame), &n), P2P_NOT_FOUND);
  fail_unless_equals_int (n, 2);
  fail_unless_equals_int (m.type, P2P_MSG_UNCHOKE);
  /* ends with an unknown one */
  fail_unless_equals_int (read_all (frame, 12, &n), P2P_NOT_FOUND);
  fail_unless_equals_int (n, 0);
  /* and one that does not end */
  fail_unless_equals_int (read_all (frame, 8, &n), P2P_PROTOCOL);
}

GST_END_TEST;

GST_START_TEST (test_longer_body_of_a_known_extension_is_ignored)
{
  static const guint8 frame[] = { 0, 0, 0, 1, 0x8b, 0, 5, 0, 7, 1, 2, 3, 0x0a };
  P2pReader r;

  p2p_reader_init (&r, frame, sizeof (frame));
  r.pos = 4;
  fail_unless_equals_int (p2p_wire_next (&r, sizeof (frame), &m), P2P_OK);
  fail_unless_equals_int (m.u.generation, 7);
  fail_unless_equals_int (p2p_wire_next (&r, sizeof (frame), &m), P2P_OK);
  fail_unless_equals_int (m.type, P2P_MSG_CHOKE);
}

GST_END_TEST;

GST_START_TEST (test_codes_without_length_that_are_not_ours_are_refused)
{
  guint code, n;

  for (code = 0; code < 256; code++) {
    guint8 frame[200] = { 0, 0, 0, 1, 0 };
    gboolean ours = code <= 11 && code != 2 && code != 4 && code != 5
        && code != 6;
    P2pResult result;

    frame[4] = (guint8) code;
    if (ours || (code >= 0x80 && code <= 0xbf))
      continue;
    result = read_all (frame, sizeof (frame), &n);
    fail_unless_equals_int (result, P2P_PROTOCOL);
    fail_unless_equals_int (n, 0);
  }
}

GST_END_TEST;

GST_START_TEST (test_failure_leaves_the_message_alone)
{
  static const guint8 frame[] = { 0x03, 0, 0, 0, 2, 0, 0, 0, 1 };
  P2pMessage before;
  P2pReader r;

  begin ();
  memcpy (&before, &m, sizeof (m));
  p2p_reader_init (&r, frame, sizeof (frame));
  fail_unless_equals_int (p2p_wire_next (&r, sizeof (frame), &m), P2P_PROTOCOL);
  fail_unless (memcmp (&before, &m, sizeof (m)) == 0);
}

GST_END_TEST;

/* Sets the byte at 'at' to 'bad' in a good message and wants it refused. */
static void
expect_refusal (const gchar * hex, gsize at, guint8 bad)
{
  guint8 bytes[1024];
  P2pReader r;
  gsize n = 0;

  for (; *hex; hex += 2)
    bytes[n++] = (guint8) (g_ascii_xdigit_value (hex[0]) << 4
        | g_ascii_xdigit_value (hex[1]));
  p2p_reader_init (&r, bytes, n);
  fail_unless_equals_int (p2p_wire_next (&r, n, &m), P2P_OK);
  bytes[at] = bad;
  p2p_reader_init (&r, bytes, n);
  fail_unless_equals_int (p2p_wire_next (&r, n, &m), P2P_PROTOCOL);
}

GST_START_TEST (test_counts_past_their_caps_are_refused)
{
  g_autofree gchar *zeros = g_strnfill (2 * 900, '0');
  g_autofree gchar *subscribe = g_strdup_printf ("820300%.*s", 0x300 * 2,
      zeros);
  g_autofree gchar *sub_ok = g_strdup_printf ("830300%.*s", 0x300 * 2, zeros);
  g_autofree gchar *peers = g_strdup_printf ("8a0300%.*s", 0x300 * 2, zeros);
  g_autofree gchar *status = g_strdup_printf ("860300%.*s", 0x300 * 2, zeros);

  expect_refusal (subscribe, 3 + 13, P2P_MAX_PATH + 1);
  expect_refusal (sub_ok, 3 + 4, P2P_MAX_SUBSTREAMS + 1);
  expect_refusal (sub_ok, 3 + 5, P2P_MAX_PATH + 1);
  expect_refusal (sub_ok, 3 + 1, 0x01); /* mask of a sub-stream >= K = 0 */
  expect_refusal (sub_ok, 3 + 3, 0x01); /* the same, refused */
  expect_refusal (peers, 3 + 3, P2P_MAX_PEER_RECORDS + 1);
  expect_refusal (status, 3 + 12, P2P_MAX_SUBSTREAMS + 1);
  expect_refusal (status, 3 + 13, 17);
  expect_refusal (status, 3 + 14, P2P_MAX_PATH + 1);
}

GST_END_TEST;

GST_START_TEST (test_parts_past_their_total_are_refused)
{
  g_autofree gchar *zeros = g_strnfill (160, '0');
  /* to, from, kind, TTL, session, id: 74 bytes; offset 1, total 3, 2 bytes */
  g_autofree gchar *signal = g_strdup_printf ("890054%.*s%s", 148, zeros,
      "0000000100000003aabb");
  /* epoch, NTP, signature, generation: 82 bytes */
  g_autofree gchar *header = g_strdup_printf ("81005c%.*s%s", 160, zeros,
      "00000000000100000003aabb");

  expect_refusal (signal, 3 + 74 + 3, 2);       /* offset 2 */
  expect_refusal (signal, 3 + 74, 0xff);        /* offset that would wrap */
  expect_refusal (signal, 3 + 74 + 7, 2);       /* total 2 */
  expect_refusal (signal, 3 + 74 + 5, 1);       /* total of more than 16 KiB */
  expect_refusal (header, 3 + 82 + 3, 2);
  expect_refusal (header, 3 + 82 + 5, 5);       /* more than 256 KiB */
}

GST_END_TEST;

GST_START_TEST (test_part_has_at_least_one_and_at_most_16384_bytes)
{
  static guint8 bytes[P2P_MAX_PART + 1];
  P2pSignalPart s = {.part = {1, 0, P2P_MAX_PART, bytes, P2P_MAX_PART} };
  guint8 *frame = g_malloc0 (P2P_MAX_PART + 200);
  P2pReader r;

  begin ();
  p2p_wire_put_signal (&w, &s);
  fail_unless (p2p_writer_ok (&w));
  p2p_reader_init (&r, out, w.len);
  fail_unless_equals_int (p2p_wire_next (&r, w.len, &m), P2P_OK);
  /* one byte more: read as HEADER, whose total may be larger */
  frame[0] = P2P_MSG_HEADER;
  frame[1] = (90 + P2P_MAX_PART + 1) >> 8;
  frame[2] = (90 + P2P_MAX_PART + 1) & 0xff;
  frame[3 + 82 + 5] = 3;        /* total 3 * 65536 */
  p2p_reader_init (&r, frame, 3 + 90 + P2P_MAX_PART + 1);
  fail_unless_equals_int (p2p_wire_next (&r, r.len, &m), P2P_PROTOCOL);
  frame[2]--;
  p2p_reader_init (&r, frame, 3 + 90 + P2P_MAX_PART);
  fail_unless_equals_int (p2p_wire_next (&r, r.len, &m), P2P_OK);
  frame[1] = 0;
  frame[2] = 90;                /* no bytes at all */
  p2p_reader_init (&r, frame, 3 + 90);
  fail_unless_equals_int (p2p_wire_next (&r, r.len, &m), P2P_PROTOCOL);
  g_free (frame);
}

GST_END_TEST;

/* ---- our own caller's mistakes never reach the wire ---- */

static void
expect_refused_by_writer (void)
{
  fail_if (p2p_writer_ok (&w));
  begin ();
}

GST_START_TEST (test_writer_refuses_what_no_reader_would_take)
{
  P2pSignedIntegrity two = {.chunk = {1, 2} };
  P2pSubscribe sub = {.refuse_len = P2P_MAX_PATH + 1 };
  P2pSubOk ok = {.mask = 0x10,.k = 4 }, deep = {.path_len = P2P_MAX_PATH + 1 };
  P2pPeerList list = {.n = P2P_MAX_PEER_RECORDS + 1 }, none = { 0 };
  P2pStatus status = {.k = P2P_MAX_SUBSTREAMS + 1 };
  P2pHeaderPart wide = {.part = {65536, 0, 1, (const uint8_t *) "x", 1} };
  P2pSignalPart past = {.part = {1, 1, 1, (const uint8_t *) "x", 1} };

  begin ();
  p2p_wire_put_signed_integrity (&w, &two);
  expect_refused_by_writer ();
  p2p_wire_put_range (&w, P2P_MSG_HAVE, (P2pRange) {
      2, 1});
  expect_refused_by_writer ();
  p2p_wire_put_range (&w, P2P_MSG_CHOKE, (P2pRange) {
      1, 1});
  expect_refused_by_writer ();
  p2p_wire_put_simple (&w, P2P_MSG_HAVE);
  expect_refused_by_writer ();
  p2p_wire_put_subscribe (&w, &sub);
  expect_refused_by_writer ();
  p2p_wire_put_sub_ok (&w, &ok);
  expect_refused_by_writer ();
  p2p_wire_put_sub_ok (&w, &deep);
  expect_refused_by_writer ();
  p2p_wire_put_peer_list (&w, P2P_MSG_PEERS, &list);
  expect_refused_by_writer ();
  p2p_wire_put_peer_list (&w, P2P_MSG_STATUS, &none);
  expect_refused_by_writer ();
  p2p_wire_put_status (&w, &status);
  expect_refused_by_writer ();
  p2p_wire_put_header (&w, &wide);
  expect_refused_by_writer ();
  p2p_wire_put_signal (&w, &past);
  expect_refused_by_writer ();
}

GST_END_TEST;

GST_START_TEST (test_signature_input_is_65_bytes_in_a_fixed_order)
{
  guint8 prefix[P2P_SIGN_PREFIX_LEN];
  P2pSwarmId swarm;

  memset (swarm.b, 0x77, sizeof (swarm.b));
  p2p_sign_prefix (prefix, P2P_TAG_CHUNK, &swarm,
      G_GUINT64_CONSTANT (0x0102030405060708), (P2pRange) {
      0x11121314, 0x21222324}
      , G_GUINT64_CONSTANT (0x3132333435363738));
  fail_unless (memcmp (prefix, "P2PCHUNK", 8) == 0);
  fail_unless (memcmp (prefix + 8, swarm.b, 33) == 0);
  fail_unless (memcmp (prefix + 41, "\x01\x02\x03\x04\x05\x06\x07\x08"
          "\x11\x12\x13\x14\x21\x22\x23\x24"
          "\x31\x32\x33\x34\x35\x36\x37\x38", 24) == 0);
}

GST_END_TEST;

static void
add_messages (TCase * tc)
{
  tcase_add_test (tc, test_channel_id_opens_a_frame);
  tcase_add_test (tc, test_range_messages);
  tcase_add_test (tc, test_choke_and_unchoke_are_their_code);
  tcase_add_test (tc, test_signed_integrity);
  tcase_add_test (tc, test_subscribe);
  tcase_add_test (tc,
      test_sub_ok_has_one_next_chunk_for_each_accepted_sub_stream);
  tcase_add_test (tc, test_unsubscribe);
  tcase_add_test (tc, test_peer_lists);
  tcase_add_test (tc, test_status);
  tcase_add_test (tc, test_pong);
  tcase_add_test (tc, test_header_request);
  tcase_add_test (tc, test_header_part_points_into_the_frame);
  tcase_add_test (tc, test_signal_part);
  tcase_add_test (tc, test_signature_input_is_65_bytes_in_a_fixed_order);
}

static void
add_limits (TCase * tc)
{
  tcase_add_test (tc, test_keep_alive_has_no_message);
  tcase_add_test (tc, test_unknown_extensions_are_skipped);
  tcase_add_test (tc, test_longer_body_of_a_known_extension_is_ignored);
  tcase_add_test (tc, test_codes_without_length_that_are_not_ours_are_refused);
  tcase_add_test (tc, test_failure_leaves_the_message_alone);
  tcase_add_test (tc, test_counts_past_their_caps_are_refused);
  tcase_add_test (tc, test_parts_past_their_total_are_refused);
  tcase_add_test (tc, test_part_has_at_least_one_and_at_most_16384_bytes);
  tcase_add_test (tc, test_writer_refuses_what_no_reader_would_take);
}

static Suite *
p2pwire_suite (void)
{
  Suite *s = suite_create ("p2pwire");
  TCase *messages = tcase_create ("messages"), *data = tcase_create ("data");
  TCase *limits = tcase_create ("limits");

  suite_add_tcase (s, messages);
  suite_add_tcase (s, data);
  suite_add_tcase (s, limits);
  add_messages (messages);
  tcase_add_test (data, test_data_runs_to_the_end_of_the_frame);
  tcase_add_test (data, test_nothing_is_read_after_data);
  tcase_add_test (data, test_data_may_stand_for_more_than_is_stored);
  tcase_add_test (data, test_data_is_at_least_an_envelope_and_at_most_a_chunk);
  tcase_add_test (data, test_largest_chunk_fits_a_message);
  add_limits (limits);
  return s;
}

GST_CHECK_MAIN (p2pwire);
