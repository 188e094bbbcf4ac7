/* gst-plugins-p2p
 *
 * This library is free software; you can redistribute it and/or
 * modify it under the terms of the GNU Lesser General Public
 * License as published by the Free Software Foundation; either
 * version 2.1 of the License, or (at your option) any later version.
 */
/* HANDSHAKE with the options of RFC 7574, and HELLO. */
#include <gst/check/gstcheck.h>
#include <string.h>

#include "../../../gst/p2p/core/wire/p2pwire.h"

static guint8 out[4096];
static P2pWriter w;
static P2pMessage m;

static P2pResult
decode (const guint8 * bytes, gsize len)
{
  P2pReader r;

  p2p_reader_init (&r, bytes, len);
  return p2p_wire_next (&r, len, &m);
}

GST_START_TEST (test_live_handshake_is_these_bytes)
{
  static const guint8 head[] = {
    0, 0xca, 0xfe, 0, 1,        /* code, source channel */
    0, 1, 1, 1,                 /* version, minimum */
    2, 0, 33, 15, 0x77          /* swarm id: Ed25519 and the key */
  };
  static const guint8 tail[] = {
    3, 2, 5, 15, 6, 2,          /* Sign All, Ed25519, 32-bit chunk ranges */
    7, 0, 0, 0, 80,             /* discard window */
    8, 18, 0xd1, 0xf0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xf0,
    9, 0xff, 0xff, 0xff, 0xff,  /* chunks of any size */
    255
  };
  P2pHandshake shake;
  P2pSwarmId swarm;

  memset (swarm.b, 0x77, sizeof (swarm.b));
  swarm.b[0] = P2P_SWARM_ALG_ED25519;
  p2p_handshake_init_live (&shake, 0xcafe0001, &swarm, 80);
  p2p_writer_init (&w, out, sizeof (out));
  p2p_wire_put_handshake (&w, &shake);
  fail_unless (p2p_writer_ok (&w));
  fail_unless_equals_int (w.len, sizeof (head) + 31 + sizeof (tail));
  fail_unless (memcmp (out, head, sizeof (head)) == 0);
  fail_unless (memcmp (out + w.len - sizeof (tail), tail, sizeof (tail)) == 0);
  fail_unless_equals_int (decode (out, w.len), P2P_OK);
  fail_unless_equals_int (m.type, P2P_MSG_HANDSHAKE);
  fail_unless (memcmp (&m.u.handshake, &shake, sizeof (shake)) == 0);
}

GST_END_TEST;

GST_START_TEST (test_supported_messages_count_from_the_left)
{
  P2pHandshake shake;
  P2pSwarmId swarm = { {15}
  };
  guint i, n = 0;

  p2p_handshake_init_live (&shake, 1, &swarm, 80);
  for (i = 0; i < 256; i++)
    n += p2p_handshake_supports (&shake, (P2pMsgType) i);
  fail_unless_equals_int (n, 20);
  fail_unless (p2p_handshake_supports (&shake, P2P_MSG_HANDSHAKE));
  fail_unless (p2p_handshake_supports (&shake, P2P_MSG_HEADER_REQUEST));
  fail_if (p2p_handshake_supports (&shake, (P2pMsgType) 2));
  fail_if (p2p_handshake_supports (&shake, P2P_MSG_INTEGRITY));
  fail_if (p2p_handshake_supports (&shake, (P2pMsgType) 300));
  memset (shake.supported, 0, sizeof (shake.supported));
  shake.supported[0] = 0x40;
  fail_unless (p2p_handshake_supports (&shake, P2P_MSG_DATA));
  fail_if (p2p_handshake_supports (&shake, P2P_MSG_HANDSHAKE));
}

GST_END_TEST;

GST_START_TEST (test_close_is_source_channel_0)
{
  static const guint8 close[] = { 0, 0, 0, 0, 0, 255 };
  static const guint8 polite[] = { 0, 0, 0, 0, 0, 0, 1, 1, 1, 255 };
  P2pHandshake shake = { 0 };

  p2p_writer_init (&w, out, sizeof (out));
  p2p_wire_put_close (&w);
  fail_unless (w.len == sizeof (close) && memcmp (out, close, 6) == 0);
  w.len = 0;
  p2p_wire_put_handshake (&w, &shake);
  fail_unless (w.len == sizeof (close) && memcmp (out, close, 6) == 0);
  fail_unless_equals_int (decode (close, sizeof (close)), P2P_OK);
  fail_unless_equals_int (m.u.handshake.source_channel, 0);
  fail_unless_equals_int (decode (polite, sizeof (polite)), P2P_OK);
  fail_unless_equals_int (m.u.handshake.source_channel, 0);
}

GST_END_TEST;

GST_START_TEST (test_what_is_left_out_has_the_default_of_the_rfc)
{
  static const guint8 bytes[] = { 0, 0, 0, 0, 9, 0, 3, 255 };
  static const guint8 more[] = { 0, 0, 0, 0, 9, 0, 3, 3, 2, 255 };

  fail_unless_equals_int (decode (more, sizeof (more)), P2P_OK);
  fail_unless_equals_int (m.u.handshake.min_version, 3);
  fail_unless_equals_int (decode (bytes, sizeof (bytes)), P2P_OK);
  fail_unless_equals_int (m.u.handshake.version, 3);
  fail_unless_equals_int (m.u.handshake.min_version, 3);
  fail_unless_equals_int (m.u.handshake.addressing, 2);
  fail_if (m.u.handshake.has_swarm_id);
  fail_unless_equals_int (m.u.handshake.discard_window, 0);
}

GST_END_TEST;

GST_START_TEST (test_discard_window_is_as_wide_as_the_addressing)
{
  static const guint8 narrow[] = { 0, 0, 0, 0, 9, 0, 1, 6, 0, 7, 0, 0, 1, 2,
    255
  };
  static const guint8 wide[] = { 0, 0, 0, 0, 9, 0, 1, 6, 4, 7, 0, 0, 0, 0, 0,
    0, 1, 2, 255
  };
  static const guint8 all[] = { 0, 0, 0, 0, 9, 0, 1, 6, 1, 7, 255, 255, 255,
    255, 255, 255, 255, 255, 255
  };

  fail_unless_equals_int (decode (narrow, sizeof (narrow)), P2P_OK);
  fail_unless_equals_int (m.u.handshake.discard_window, 0x102);
  fail_unless_equals_int (m.u.handshake.addressing, 0);
  fail_unless_equals_int (decode (wide, sizeof (wide)), P2P_OK);
  fail_unless_equals_int (m.u.handshake.discard_window, 0x102);
  fail_unless_equals_int (decode (all, sizeof (all)), P2P_OK);
  fail_unless (m.u.handshake.discard_window == UINT32_MAX);
}

GST_END_TEST;

GST_START_TEST (test_options_ascend_each_once_from_the_version_to_255)
{
  static const struct
  {
    const gchar *what;
    guint8 options[12];
    gsize len;
  } bad[] = {
    {"no option", {255}, 1},
    {"no version", {1, 1, 255}, 3},
    {"version later", {1, 1, 0, 1, 255}, 5},
    {"twice", {0, 1, 3, 2, 3, 2, 255}, 7},
    {"descending", {0, 1, 6, 2, 5, 15, 255}, 7},
    {"unknown", {0, 1, 10, 0, 255}, 5},
    {"unknown high", {0, 1, 254, 255}, 4},
    {"no end", {0, 1, 1, 1}, 4},
    {"addressing 5", {0, 1, 6, 5, 255}, 5},
    {"swarm id past the end", {0, 1, 2, 0, 5, 1, 2, 255}, 8},
    {"bitmap past the end", {0, 1, 8, 9, 1, 255}, 6},
    {"bitmap of 33 bytes", {0, 1, 8, 33}, 4},
    {"end in a value", {0}, 1}
  };
  guint i;

  for (i = 0; i < G_N_ELEMENTS (bad); i++) {
    guint8 bytes[64] = { 0, 0, 0, 0, 9 };

    memcpy (bytes + 5, bad[i].options, bad[i].len);
    fail_unless (decode (bytes, 5 + bad[i].len) == P2P_PROTOCOL, "%s",
        bad[i].what);
  }
}

GST_END_TEST;

GST_START_TEST (test_swarm_id_has_at_most_64_bytes)
{
  guint8 bytes[80] = { 0, 0, 0, 0, 9, 0, 1, 2, 0, 64 };

  bytes[10 + 64] = 255;
  fail_unless_equals_int (decode (bytes, 11 + 64), P2P_OK);
  fail_unless_equals_int (m.u.handshake.swarm_id_len, 64);
  bytes[9] = 65;
  bytes[10 + 65] = 255;
  fail_unless_equals_int (decode (bytes, 11 + 65), P2P_PROTOCOL);
}

GST_END_TEST;

GST_START_TEST (test_handshake_of_64_bit_addressing_is_never_written)
{
  P2pHandshake shake;
  P2pSwarmId swarm = { {15}
  };

  p2p_handshake_init_live (&shake, 1, &swarm, 80);
  shake.addressing = 4;
  p2p_writer_init (&w, out, sizeof (out));
  p2p_wire_put_handshake (&w, &shake);
  fail_if (p2p_writer_ok (&w));
}

GST_END_TEST;

/* ---- HELLO ---- */

GST_START_TEST (test_hello_is_these_bytes)
{
  static const guint8 bytes[] = { 0x80, 0, 34, 2, 1,
    1, 0, 4, 0, 0, 0, 5, 2, 0, 1, 3, 3, 0, 1, 40,
    4, 0, 8, 1, 2, 3, 4, 5, 6, 7, 8, 5, 0, 3, 'a', 'b', 'c'
  };
  P2pHello h = {.version = 2,.min_version = 1,.features = 5,.role = 3,
    .capacity = 40,.epoch = G_GUINT64_CONSTANT (0x0102030405060708),
    .token = (const uint8_t *) "abc",.token_len = 3
  };

  p2p_writer_init (&w, out, sizeof (out));
  p2p_wire_put_hello (&w, &h);
  fail_unless_equals_int (w.len, sizeof (bytes));
  fail_unless (memcmp (out, bytes, sizeof (bytes)) == 0);
  fail_unless_equals_int (decode (out, w.len), P2P_OK);
  fail_unless_equals_int (m.u.hello.version, 2);
  fail_unless_equals_int (m.u.hello.features, 5);
  fail_unless_equals_int (m.u.hello.role, 3);
  fail_unless_equals_int (m.u.hello.capacity, 40);
  fail_unless (m.u.hello.epoch == h.epoch);
  fail_unless_equals_int (m.u.hello.token_len, 3);
  fail_unless (memcmp (m.u.hello.token, "abc", 3) == 0);
  fail_unless (m.u.hello.proof == NULL);
}

GST_END_TEST;

GST_START_TEST (test_hello_without_tlvs_is_enough)
{
  static const guint8 bytes[] = { 0x80, 0, 2, 1, 1 };
  static const guint8 too_short[] = { 0x80, 0, 1, 1, 0x0a };

  fail_unless_equals_int (decode (bytes, sizeof (bytes)), P2P_OK);
  fail_unless_equals_int (m.u.hello.version, 1);
  fail_unless_equals_int (m.u.hello.epoch, 0);
  fail_unless (m.u.hello.token == NULL && m.u.hello.proof == NULL);
  fail_unless_equals_int (decode (too_short, sizeof (too_short)), P2P_PROTOCOL);
}

GST_END_TEST;

GST_START_TEST (test_hello_skips_unknown_tlvs_even_twice)
{
  static const guint8 bytes[] = { 0x80, 0, 16, 1, 1, 200, 0, 1, 7, 200, 0, 0,
    7, 0, 0, 2, 0, 1, 2
  };

  fail_unless_equals_int (decode (bytes, sizeof (bytes)), P2P_OK);
  fail_unless_equals_int (m.u.hello.role, 2);
}

GST_END_TEST;

GST_START_TEST (test_hello_tlvs_have_their_length_and_come_once)
{
  static const struct
  {
    guint8 tlv[12];
    gsize len;
  } bad[] = {
    {{1, 0, 3, 0, 0, 0}, 6}, {{1, 0, 5, 0, 0, 0, 0, 0}, 8},
    {{2, 0, 0}, 3}, {{2, 0, 2, 1, 1}, 5}, {{3, 0, 2, 1, 1}, 5},
    {{4, 0, 7, 0, 0, 0, 0, 0, 0, 0}, 10}, {{6, 0, 1, 0}, 4},
    {{2, 0, 1, 1, 2, 0, 1, 1}, 8}, {{5, 0, 0, 5, 0, 0}, 6},
    {{5, 0, 9, 1}, 4}, {{5, 0}, 2}, {{5}, 1}
  };
  guint i;

  for (i = 0; i < G_N_ELEMENTS (bad); i++) {
    guint8 bytes[32] = { 0x80, 0, 0, 1, 1 };

    bytes[2] = (guint8) (2 + bad[i].len);
    memcpy (bytes + 5, bad[i].tlv, bad[i].len);
    fail_unless (decode (bytes, 5 + bad[i].len) == P2P_PROTOCOL, "TLV %u", i);
  }
}

GST_END_TEST;

GST_START_TEST (test_token_has_at_most_1024_bytes)
{
  static guint8 token[1025], proof[64];
  P2pHello h = {.version = 1,.min_version = 1,.token = token,
    .token_len = 1024,.proof = proof
  };
  guint8 bytes[5 + 3 + 1025] = { 0x80, 4, 6, 1, 1, 5, 4, 1 };

  memset (proof, 9, sizeof (proof));
  p2p_writer_init (&w, out, sizeof (out));
  p2p_wire_put_hello (&w, &h);
  fail_unless_equals_int (decode (out, w.len), P2P_OK);
  fail_unless_equals_int (m.u.hello.token_len, 1024);
  fail_unless (memcmp (m.u.hello.proof, proof, 64) == 0);
  h.token_len = 1025;
  p2p_writer_init (&w, out, sizeof (out));
  p2p_wire_put_hello (&w, &h);
  fail_if (p2p_writer_ok (&w));
  fail_unless_equals_int (decode (bytes, sizeof (bytes)), P2P_PROTOCOL);
}

GST_END_TEST;

static Suite *
p2phandshake_suite (void)
{
  Suite *s = suite_create ("p2phandshake");
  TCase *tc = tcase_create ("handshake"), *hello = tcase_create ("hello");

  suite_add_tcase (s, tc);
  suite_add_tcase (s, hello);
  tcase_add_test (tc, test_live_handshake_is_these_bytes);
  tcase_add_test (tc, test_supported_messages_count_from_the_left);
  tcase_add_test (tc, test_close_is_source_channel_0);
  tcase_add_test (tc, test_what_is_left_out_has_the_default_of_the_rfc);
  tcase_add_test (tc, test_discard_window_is_as_wide_as_the_addressing);
  tcase_add_test (tc, test_options_ascend_each_once_from_the_version_to_255);
  tcase_add_test (tc, test_swarm_id_has_at_most_64_bytes);
  tcase_add_test (tc, test_handshake_of_64_bit_addressing_is_never_written);
  tcase_add_test (hello, test_hello_is_these_bytes);
  tcase_add_test (hello, test_hello_without_tlvs_is_enough);
  tcase_add_test (hello, test_hello_skips_unknown_tlvs_even_twice);
  tcase_add_test (hello, test_hello_tlvs_have_their_length_and_come_once);
  tcase_add_test (hello, test_token_has_at_most_1024_bytes);
  return s;
}

GST_CHECK_MAIN (p2phandshake);
