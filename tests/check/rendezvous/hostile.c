/* gst-plugins-p2p
 *
 * This library is free software; you can redistribute it and/or
 * modify it under the terms of the GNU Lesser General Public
 * License as published by the Free Software Foundation; either
 * version 2.1 of the License, or (at your option) any later version.
 */
/* hostile.c: the server against clients that are foreign, broken or malicious. */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include <json-glib/json-glib.h>
#include <libsoup/soup.h>
#include <string.h>
#include <sys/socket.h>

#include "rendezvoustest.h"

#define HASH "abcdefghijklmnopqrst"
#define PEER_A "-GP0100-aaaaaaaaaaaa"
#define PEER_B "-GP0100-bbbbbbbbbbbb"
#define ANNOUNCE(peer, rest) "{\"action\":\"announce\",\"info_hash\":\"" HASH \
  "\",\"peer_id\":\"" peer "\"" rest "}"

static GstP2PTrackerServer *server;
static guint16 port;

static void
setup (void)
{
  server = test_server_new (TRUE);
  port = gst_p2p_tracker_server_get_port (server);
}

static void
teardown (void)
{
  test_server_free (server);
}

/* What the server says is read with another reader than ours. */
static JsonObject *
next_object (Raw * raw)
{
  g_autofree gchar *text = test_raw_next (raw);
  g_autoptr (JsonParser) parser = json_parser_new ();
  GError *error = NULL;

  fail_unless (text != NULL, "the server has closed");
  fail_unless (json_parser_load_from_data (parser, text, -1, &error), "%s: %s",
      text, error ? error->message : "");
  return json_object_ref (json_node_get_object (json_parser_get_root (parser)));
}

static void
expect_failure (Raw * raw, const gchar * what)
{
  g_autoptr (JsonObject) object = next_object (raw);

  fail_unless (json_object_has_member (object, "failure reason"), "%s", what);
}

/* A good client still gets through. */
static void
expect_alive (void)
{
  Raw *raw = test_raw_new (port);
  g_autoptr (JsonObject) object = NULL;

  test_raw_say (raw, ANNOUNCE ("-GP0100-alivealive00",
          ",\"event\":\"stopped\""));
  object = next_object (raw);
  fail_unless (json_object_has_member (object, "interval"));
  test_raw_free (raw);
}

GST_START_TEST (test_binary_ids_with_every_byte_come_back_as_they_were)
{
  /* As clients of browsers write them: code points 0 to 255. */
  static const gchar hash[] = "\\u0000\\u0001\\t\\n\\u001f \\\"\\\\/\\u007f"
      "\\u0080\\u00ff\xc3\xbf\xc2\x80" "abcdef";
  g_autofree gchar *text =
      g_strdup_printf ("{\"action\":\"announce\",\"info_hash\":\"%s\","
      "\"peer_id\":\"%s\",\"left\":null,\"numwant\":5,\"offers\":[]}", hash,
      hash);
  Raw *raw = test_raw_new (port);
  g_autofree gchar *reply = NULL;
  GString *expected = g_string_new ("\"info_hash\":\"\\u0000\\u0001\\u0009\\n"
      "\\u001f \\\"\\\\/\\u007f");

  test_raw_say (raw, text);
  reply = test_raw_next (raw);
  g_string_append (expected, "\xc2\x80\xc3\xbf\xc3\xbf\xc2\x80" "abcdef\"");
  fail_unless (strstr (reply, expected->str) != NULL, "%s is not in %s",
      expected->str, reply);
  g_string_free (expected, TRUE);
  test_raw_free (raw);
}

GST_END_TEST;

GST_START_TEST (test_messages_of_the_wrong_form_are_refused)
{
  static const gchar *const texts[] = {
    "", "x", "[]", "7", "\"announce\"", "null", "{", "{}",
    "{\"action\":null}", "{\"action\":[\"announce\"]}",
    "{\"action\":\"dance\"}",
    "{\"action\":\"announce\"}",
    "{\"action\":\"announce\",\"info_hash\":5,\"peer_id\":\"" PEER_A "\"}",
    "{\"action\":\"announce\",\"info_hash\":\"" HASH "x\",\"peer_id\":\""
        PEER_A "\"}",
    "{\"action\":\"announce\",\"info_hash\":\"abcdefghijklmnopqrs\xc4\x80\","
        "\"peer_id\":\"" PEER_A "\"}",
    ANNOUNCE (PEER_A, ",\"offers\":{}"), ANNOUNCE (PEER_A, ",\"offers\":[1]"),
    ANNOUNCE (PEER_A, ",\"offers\":[{}]"),
    ANNOUNCE (PEER_A, ",\"offers\":[{\"offer\":\"x\",\"offer_id\":\"" HASH
        "\"}]"),
    ANNOUNCE (PEER_A, ",\"offers\":[{\"offer\":{\"type\":\"answer\",\"sdp\":"
        "\"x\"},\"offer_id\":\"" HASH "\"}]"),
    ANNOUNCE (PEER_A, ",\"offers\":[{\"offer\":{\"type\":\"offer\",\"sdp\":"
        "\"x\\u0000y\"},\"offer_id\":\"" HASH "\"}]"),
    ANNOUNCE (PEER_A, ",\"answer\":{\"type\":\"answer\",\"sdp\":\"x\"}"),
    ANNOUNCE (PEER_A, ",\"answer\":1,\"to_peer_id\":\"" PEER_B
        "\",\"offer_id\":\"" HASH "\""),
    "{\"action\":\"scrape\"}", "{\"action\":\"scrape\",\"info_hash\":[1]}",
    "{\"action\":\"scrape\",\"info_hash\":\"short\"}",
    "{\"action\":\"candidate\"}", "{\"action\":\"resolve\",\"name\":[]}",
    "{\"action\":\"publish\"}", "{\"action\":\"publish\",\"channel\":{}}",
    "{\"action\":\"publish\",\"channel\":{\"swarm_id\":\"D\",\"name\":1}}",
    "{\"a\":1,}", "{\"a\":01}", "{\"a\":+1}", "{\"a\":1.}", "{\"a\":1e}",
    "{\"a\":\"\\x\"}", "{\"a\":\"\\ud800\"}", "{\"a\":\"\\udc00\\ud800\"}",
    "{\"a\":\"\n\"}", "{\"a\" 1}", "{1:1}", "{\"a\":1}{}", "{\"a\":tru}",
    "{\"a\":[1,]}", "{\"a\":[}", "{\"a\":]", "{/**/}", "{\"a\":NaN}",
    "{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":1}}}}}}}}"
  };
  guint i;

  for (i = 0; i < G_N_ELEMENTS (texts); i++) {
    Raw *raw = test_raw_new (port);

    test_raw_say (raw, texts[i]);
    expect_failure (raw, texts[i]);
    test_raw_free (raw);
  }
  expect_alive ();
}

GST_END_TEST;

GST_START_TEST (test_bytes_that_are_no_text_are_refused)
{
  Raw *raw = test_raw_new (port);

  test_raw_say_bytes (raw, "{\"a\":\"\xff\xfe\"}", 10);
  expect_failure (raw, "not UTF-8");
  test_raw_say_bytes (raw, "{\"a\":1}\0", 8);
  expect_failure (raw, "a 0 at the end");
  test_raw_free (raw);
}

GST_END_TEST;

GST_START_TEST (test_depth_and_numbers_of_values_are_limited)
{
  Raw *raw = test_raw_new (port);
  GString *deep = g_string_new ("{\"action\":");
  GString *wide = g_string_new ("{\"action\":[");
  guint i;

  for (i = 0; i < 30000; i++)
    g_string_append_c (deep, '[');
  test_raw_say (raw, deep->str);
  expect_failure (raw, "deep");
  for (i = 0; i < 30000; i++)
    g_string_append (wide, "1,");
  test_raw_say (raw, wide->str);
  expect_failure (raw, "wide");
  g_string_free (deep, TRUE);
  g_string_free (wide, TRUE);
  test_raw_free (raw);
}

GST_END_TEST;

GST_START_TEST (test_too_big_a_message_closes_the_socket)
{
  Raw *raw = test_raw_new (port);
  g_autofree gchar *big = g_strnfill (70 * 1024, ' ');

  test_raw_say (raw, big);
  fail_unless (test_raw_next (raw) == NULL);
  fail_unless_equals_int (test_raw_close_code (raw),
      SOUP_WEBSOCKET_CLOSE_TOO_BIG);
  test_raw_free (raw);
  expect_alive ();
}

GST_END_TEST;

GST_START_TEST (test_a_flood_closes_the_socket_that_floods)
{
  Raw *flooder = test_raw_new (port), *other = test_raw_new (port);
  g_autofree gchar *text = NULL;
  guint i, n = 0;

  g_object_set (server, "max-messages-per-second", 10, NULL);
  test_raw_free (flooder);
  flooder = test_raw_new (port);
  for (i = 0; i < 200; i++)
    test_raw_say (flooder, ANNOUNCE (PEER_A, ""));
  while ((text = test_raw_next (flooder)) != NULL) {
    g_clear_pointer (&text, g_free);
    n++;
  }
  fail_unless (n >= 40 && n < 60, "%u answers", n);
  fail_unless_equals_int (test_raw_close_code (flooder),
      SOUP_WEBSOCKET_CLOSE_POLICY_VIOLATION);
  test_raw_say (other, ANNOUNCE (PEER_B, ""));
  text = test_raw_next (other);
  fail_unless (strstr (text, "\"incomplete\":1") != NULL, "%s", text);
  test_raw_free (flooder);
  test_raw_free (other);
}

GST_END_TEST;

GST_START_TEST (test_ten_bad_messages_are_enough)
{
  Raw *raw = test_raw_new (port);
  guint i;

  for (i = 0; i < 20; i++)
    test_raw_say (raw, "nonsense");
  for (i = 0; i < 10; i++)
    expect_failure (raw, "nonsense");
  fail_unless (test_raw_next (raw) == NULL);
  fail_unless_equals_int (test_raw_close_code (raw),
      SOUP_WEBSOCKET_CLOSE_POLICY_VIOLATION);
  test_raw_free (raw);
}

GST_END_TEST;

GST_START_TEST (test_candidates_are_kept_from_clients_that_do_not_know_them)
{
  Raw *foreign = test_raw_new (port), *ours = test_raw_new (port);
  g_autofree gchar *text = NULL;

  test_raw_say (foreign, ANNOUNCE (PEER_A, ""));
  g_free (test_raw_next (foreign));
  test_raw_say (ours, ANNOUNCE (PEER_B, ",\"p2p\":1,\"offers\":[{\"offer\":"
          "{\"type\":\"offer\",\"sdp\":\"v=0\"},\"offer_id\":\"" HASH "\"}]"));
  g_free (test_raw_next (ours));
  text = test_raw_next (foreign);
  fail_unless (strstr (text, "\"offer\":{\"type\":\"offer\",\"sdp\":\"v=0\"}")
      != NULL, "%s", text);
  test_raw_say (ours, "{\"action\":\"candidate\",\"info_hash\":\"" HASH
      "\",\"peer_id\":\"" PEER_B "\",\"offer_id\":\"" HASH
      "\",\"candidate\":\"candidate:1\"}");
  test_raw_say (ours, "{\"action\":\"scrape\",\"info_hash\":[\"" HASH "\"]}");
  g_clear_pointer (&text, g_free);
  text = test_raw_next (ours);
  fail_unless (strstr (text, "\"action\":\"scrape\",\"files\":{\"" HASH
          "\":{\"complete\":0,\"incomplete\":2,\"downloaded\":0}}") != NULL,
      "%s", text);
  /* Now the candidate would have come. */
  test_raw_say (foreign, ANNOUNCE (PEER_A, ""));
  g_clear_pointer (&text, g_free);
  text = test_raw_next (foreign);
  fail_unless (strstr (text, "interval") != NULL, "%s", text);
  test_raw_free (foreign);
  test_raw_free (ours);
}

GST_END_TEST;

/* ---- below WebSocket ---- */

/* What the server gives a caller for a request. */
#define CALLER_US (10 * G_USEC_PER_SEC)

static GSocketConnection *
tcp_connect (void)
{
  g_autoptr (GSocket) socket = g_socket_new (G_SOCKET_FAMILY_IPV4,
      G_SOCKET_TYPE_STREAM, G_SOCKET_PROTOCOL_TCP, NULL);
  g_autoptr (GSocketAddress) address =
      g_inet_socket_address_new_from_string ("127.0.0.1", port);

  fail_unless (socket != NULL && g_socket_connect (socket, address, NULL,
          NULL));
  g_socket_set_blocking (socket, FALSE);
  return g_socket_connection_factory_create_connection (socket);
}

static void
tcp_say (GSocketConnection * connection, const void *data, gsize len)
{
  g_socket_send (g_socket_connection_get_socket (connection), data, len, NULL,
      NULL);
}

/* All that comes until there was nothing for 100 ms, or the end. */
static GString *
tcp_hear (GSocketConnection * connection, gboolean * end)
{
  GString *all = g_string_new (NULL);
  gchar buffer[4096];
  guint quiet = 0;

  *end = FALSE;
  while (quiet < 50 && !*end) {
    gssize n = g_socket_receive (g_socket_connection_get_socket (connection),
        buffer, sizeof (buffer), NULL, NULL);

    if (n > 0)
      g_string_append_len (all, buffer, n);
    if (n == 0)
      *end = TRUE;
    quiet = n > 0 ? 0 : quiet + 1;
    test_run (2);
  }
  return all;
}

static const gchar upgrade[] =
    "GET /x HTTP/1.1\r\nHost: h\r\nUpgrade: websocket"
    "\r\nConnection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
    "Sec-WebSocket-Version: 13\r\n\r\n";

static GSocketConnection *
ws_connect (void)
{
  GSocketConnection *connection = tcp_connect ();
  GString *response;
  gboolean end;

  tcp_say (connection, upgrade, strlen (upgrade));
  response = tcp_hear (connection, &end);
  fail_unless (g_str_has_prefix (response->str, "HTTP/1.1 101 "));
  fail_unless (strstr (response->str, "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=") != NULL);
  g_string_free (response, TRUE);
  return connection;
}

GST_START_TEST (test_frames_that_break_rfc_6455_close_the_socket)
{
  static const struct
  {
    const gchar *bytes;
    gsize len;
    guint code;
  } frames[] = {
    {"\x81\x02hi", 4, 1002},    /* not masked */
    {"\xf1\x80" "abcd", 6, 1002},       /* reserved bits */
    {"\x83\x80" "abcd", 6, 1002},       /* unknown opcode */
    {"\x80\x80" "abcd", 6, 1002},       /* continues nothing */
    {"\x09\x80" "abcd", 6, 1002},       /* a control frame in pieces */
    {"\x89\xfe\x00\x7e" "abcd", 8, 1002},       /* a long control frame */
    {"\x81\xfe\x00\x05" "abcdefghi", 13, 1002}, /* a length longer than needed */
    {"\x81\x82" "\0\0\0\0" "\xff\xff", 8, 1007},        /* a text that is none */
    {"\x81\xff\xff\xff\xff\xff\xff\xff\xff\xff" "abcd", 14, 1002},
    {"\x81\xff\x00\x00\x00\x00\x00\x01\x00\x01" "abcde", 15, 1009},
  };
  gboolean end;
  guint i;

  for (i = 0; i < G_N_ELEMENTS (frames); i++) {
    GSocketConnection *connection = ws_connect ();
    GString *answer;

    tcp_say (connection, frames[i].bytes, frames[i].len);
    answer = tcp_hear (connection, &end);
    fail_unless (end, "frame %u", i);
    fail_unless (answer->len >= 4 && (guint8) answer->str[0] == 0x88);
    fail_unless_equals_int ((guint8) answer->str[2] << 8
        | (guint8) answer->str[3], frames[i].code);
    g_string_free (answer, TRUE);
    g_object_unref (connection);
  }
  expect_alive ();
}

GST_END_TEST;

GST_START_TEST (test_fragments_and_pings_are_understood_in_any_packets)
{
  /* mask 0: {"action":"nonce"} in three fragments, a ping between them */
  static const gchar bytes[] = "\x01\x85\0\0\0\0" "{\"act" "\x89\x82\0\0\0\0hi"
      "\x00\x85\0\0\0\0" "ion\":" "\x80\x88\0\0\0\0" "\"nonce\"}";
  gsize len = sizeof (bytes) - 1, i;
  GSocketConnection *connection = ws_connect ();
  GString *answer;
  gboolean end;

  for (i = 0; i < len; i++) {
    tcp_say (connection, bytes + i, 1);
    test_run (0);
  }
  answer = tcp_hear (connection, &end);
  fail_if (end);
  fail_unless (g_strstr_len (answer->str, answer->len, "\x8a\x02hi") != NULL);
  fail_unless (g_strstr_len (answer->str, answer->len, "\"action\":\"nonce\"")
      != NULL);
  g_string_free (answer, TRUE);
  /* All in one packet, behind the request that is not answered yet. */
  g_object_unref (connection);
  connection = tcp_connect ();
  {
    g_autofree gchar *both = g_malloc (strlen (upgrade) + len);

    memcpy (both, upgrade, strlen (upgrade));
    memcpy (both + strlen (upgrade), bytes, len);
    tcp_say (connection, both, strlen (upgrade) + len);
  }
  answer = tcp_hear (connection, &end);
  fail_unless (g_strstr_len (answer->str, answer->len, "\"action\":\"nonce\"")
      != NULL);
  g_string_free (answer, TRUE);
  g_object_unref (connection);
}

GST_END_TEST;

GST_START_TEST (test_a_handshake_in_pieces_is_as_good_as_a_whole_one)
{
  static const gchar frame[] = "\x81\x92\0\0\0\0" "{\"action\":\"nonce\"}";
  gsize cut = strlen ("GET /x HTTP/1.1\r\nHost:");
  GSocketConnection *connection = tcp_connect ();
  GString *answer;
  gboolean end;

  tcp_say (connection, upgrade, cut);
  answer = tcp_hear (connection, &end);
  fail_unless_equals_int (answer->len, 0);
  g_string_free (answer, TRUE);
  tcp_say (connection, upgrade + cut, strlen (upgrade) - cut);
  answer = tcp_hear (connection, &end);
  fail_unless (g_str_has_prefix (answer->str, "HTTP/1.1 101 "), "%s",
      answer->str);
  fail_unless (strstr (answer->str, "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=") != NULL);
  g_string_free (answer, TRUE);
  tcp_say (connection, frame, sizeof (frame) - 1);
  answer = tcp_hear (connection, &end);
  fail_unless (g_strstr_len (answer->str, answer->len, "\"action\":\"nonce\"")
      != NULL);
  g_string_free (answer, TRUE);
  g_object_unref (connection);
}

GST_END_TEST;

GST_START_TEST (test_a_peer_that_does_not_read_is_closed_and_grows_nothing)
{
  GSocketConnection *connection = ws_connect ();
  GString *scrape = g_string_new ("{\"action\":\"scrape\",\"info_hash\":[");
  GByteArray *frame = g_byte_array_new ();
  g_autofree gchar *status = NULL;
  guint8 head[8] = { 0x81, 0xfe };
  guint i;

  g_object_set (server, "max-messages-per-second", 100000, NULL);
  for (i = 0; i < 60; i++)
    g_string_append_printf (scrape, "%s\"%020u\"", i ? "," : "", i);
  g_string_append (scrape, "]}");
  head[2] = scrape->len >> 8;
  head[3] = scrape->len;
  g_byte_array_append (frame, head, sizeof (head));
  g_byte_array_append (frame, (guint8 *) scrape->str, scrape->len);
  /* 10 MB of answers that nobody reads */
  for (i = 0; i < 3000; i++) {
    tcp_say (connection, frame->data, frame->len);
    test_run (0);
  }
  status = gst_p2p_tracker_server_get_status (server);
  fail_unless (strstr (status, "\"connections\":0,") != NULL, "%s", status);
  fail_unless (strstr (status, "\"too_slow\":0,") == NULL, "%s", status);
  g_byte_array_unref (frame);
  g_string_free (scrape, TRUE);
  g_object_unref (connection);
  expect_alive ();
}

GST_END_TEST;

GST_START_TEST (test_http_is_served_and_escaped)
{
  GstP2PKey *key = gst_p2p_key_generate (NULL);
  GstP2PChannel channel = {.name = (gchar *) "live",
    .title = (gchar *) "<script>alert(1)</script>",
    .homepage = (gchar *) "javascript:alert(1)"
  };
  static const struct
  {
    const gchar *request, *first, *part;
  } cases[] = {
    {"GET /health HTTP/1.1\r\nHost: h\r\n\r\n", "HTTP/1.1 200 ", "ok"},
    {"GET / HTTP/1.1\r\nHost: h\r\n\r\n", "HTTP/1.1 200 ",
        "\"name\":\"live\""},
    {"GET /status.json HTTP/1.1\r\nHost: h\r\n\r\n", "HTTP/1.1 200 ",
        "Content-Type: application/json"},
    {"GET /live HTTP/1.1\r\nHost: radio.example:8787\r\n\r\n",
          "HTTP/1.1 200 ",
        "gst-plugins-p2p: <code>gst-play-1.0 p2p://radio.example:8787/live"},
    {"GET /live HTTP/1.1\r\nHost: <b>\r\n\r\n", "HTTP/1.1 ", NULL},
    {"GET /live HTTP/1.1\r\nHost: h\r\n\r\n", "HTTP/1.1 200 ",
        "&lt;script&gt;alert(1)"},
    {"GET /none HTTP/1.1\r\nHost: h\r\n\r\n", "HTTP/1.1 404 ",
        "<a href=\"/live\">"},
    {"GET /%3Cscript%3E HTTP/1.1\r\nHost: h\r\n\r\n", "HTTP/1.1 404 ", NULL},
    {"HEAD /live HTTP/1.1\r\nHost: h\r\n\r\n", "HTTP/1.1 200 ", NULL},
    {"DELETE / HTTP/1.1\r\nHost: h\r\n\r\n", "HTTP/1.1 405 ", "GET, HEAD"},
    {"GET / HTTP/1.1\r\nHost: h\r\nUpgrade: websocket\r\n\r\n",
        "HTTP/1.1 400 ", NULL},
    {"nonsense\r\n\r\n", "HTTP/1", NULL},
  };
  Client *source = test_client_new (port);
  gboolean end;
  guint i;

  gst_p2p_key_get_swarm_id (key, &channel.swarm_id);
  gst_p2p_rendezvous_publish_channel (source->rendezvous, &channel, test_sign,
      key);
  test_wait_for (source, "published");
  for (i = 0; i < G_N_ELEMENTS (cases); i++) {
    GSocketConnection *connection = tcp_connect ();
    GString *answer;

    tcp_say (connection, cases[i].request, strlen (cases[i].request));
    answer = tcp_hear (connection, &end);
    fail_unless (g_str_has_prefix (answer->str, cases[i].first), "%s: %s",
        cases[i].request, answer->str);
    fail_unless (cases[i].part == NULL
        || strstr (answer->str, cases[i].part) != NULL, "%s: %s",
        cases[i].request, answer->str);
    fail_unless (strstr (answer->str, "<script>") == NULL
        || strstr (answer->str, "Content-Type: application/json") != NULL);
    fail_unless (strstr (answer->str, "<b>") == NULL);
    fail_unless (strstr (answer->str, "href=\"javascript") == NULL);
    g_string_free (answer, TRUE);
    g_object_unref (connection);
  }
  test_client_free (source);
  gst_p2p_key_free (key);
}

GST_END_TEST;

GST_START_TEST (test_callers_that_never_finish_are_turned_away_for_others)
{
  GSocketConnection *callers[300];
  g_autofree gchar *status = NULL;
  gint64 start = g_get_monotonic_time ();
  guint i;

  for (i = 0; i < G_N_ELEMENTS (callers); i++) {
    callers[i] = tcp_connect ();
    tcp_say (callers[i], "GET / HT", 8);
    test_run (0);
  }
  expect_alive ();
  status = gst_p2p_tracker_server_get_status (server);
  /* or all this took so long that the first of them had their time */
  fail_unless (strstr (status, "\"turned_away\":0") == NULL
      || g_get_monotonic_time () - start > CALLER_US, "%s", status);
  for (i = 0; i < G_N_ELEMENTS (callers); i++)
    g_object_unref (callers[i]);
}

GST_END_TEST;

GST_START_TEST (test_a_full_server_says_so)
{
  Raw *first, *second;

  g_object_set (server, "max-connections", 1, NULL);
  first = test_raw_new (port);
  second = test_raw_new (port);
  fail_unless (test_raw_next (second) == NULL);
  fail_unless_equals_int (test_raw_close_code (second),
      SOUP_WEBSOCKET_CLOSE_GOING_AWAY);
  test_raw_say (first, ANNOUNCE (PEER_A, ""));
  g_free (test_raw_next (first));
  test_raw_free (first);
  test_raw_free (second);
}

GST_END_TEST;

static Suite *
hostile_suite (void)
{
  Suite *s = suite_create ("rendezvous-hostile");
  TCase *tc = tcase_create ("general");

  suite_add_tcase (s, tc);
  tcase_add_checked_fixture (tc, setup, teardown);
  tcase_add_test (tc, test_binary_ids_with_every_byte_come_back_as_they_were);
  tcase_add_test (tc, test_messages_of_the_wrong_form_are_refused);
  tcase_add_test (tc, test_bytes_that_are_no_text_are_refused);
  tcase_add_test (tc, test_depth_and_numbers_of_values_are_limited);
  tcase_add_test (tc, test_too_big_a_message_closes_the_socket);
  tcase_add_test (tc, test_a_flood_closes_the_socket_that_floods);
  tcase_add_test (tc, test_ten_bad_messages_are_enough);
  tcase_add_test (tc,
      test_candidates_are_kept_from_clients_that_do_not_know_them);
  tcase_add_test (tc, test_frames_that_break_rfc_6455_close_the_socket);
  tcase_add_test (tc, test_fragments_and_pings_are_understood_in_any_packets);
  tcase_add_test (tc, test_a_handshake_in_pieces_is_as_good_as_a_whole_one);
  tcase_add_test (tc,
      test_a_peer_that_does_not_read_is_closed_and_grows_nothing);
  tcase_add_test (tc, test_http_is_served_and_escaped);
  tcase_add_test (tc,
      test_callers_that_never_finish_are_turned_away_for_others);
  tcase_add_test (tc, test_a_full_server_says_so);
  return s;
}

GST_CHECK_MAIN (hostile);
