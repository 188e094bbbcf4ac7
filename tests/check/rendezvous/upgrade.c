/* gst-plugins-p2p
 *
 * This library is free software; you can redistribute it and/or
 * modify it under the terms of the GNU Lesser General Public
 * License as published by the Free Software Foundation; either
 * version 2.1 of the License, or (at your option) any later version.
 */
/* upgrade.c: which handshakes are answered at once, and with what. */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include <gst/check/gstcheck.h>
#include <string.h>

#include "../../../ext/rendezvous/gstp2pwsupgrade.h"

#define KEY "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
#define UPGRADE "Upgrade: websocket\r\nConnection: Upgrade\r\n"
#define VERSION_13 "Sec-WebSocket-Version: 13\r\n"
#define WHOLE "GET /x HTTP/1.1\r\nHost: h\r\n" UPGRADE KEY VERSION_13 "\r\n"
/* of RFC 6455, 1.3 */
#define ACCEPT "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n"

static gchar response[GST_P2P_WS_MAX_UPGRADE_RESPONSE];

static gsize
upgrade (const gchar * request, gsize len)
{
  /* of its own, so that a sanitizer sees every byte too far */
  g_autofree gchar *data = g_memdup2 (request, len);

  memset (response, 0, sizeof (response));
  return gst_p2p_ws_upgrade (data, len, response);
}

GST_START_TEST (test_the_example_of_the_rfc_is_answered)
{
  fail_unless_equals_int (upgrade (WHOLE, strlen (WHOLE)), strlen (WHOLE));
  fail_unless (g_str_has_prefix (response, "HTTP/1.1 101 "), "%s", response);
  fail_unless (g_str_has_suffix (response, "\r\n\r\n"), "%s", response);
  fail_unless (strstr (response, "\r\n" ACCEPT) != NULL, "%s", response);
  fail_unless (strstr (response, "\r\nUpgrade: websocket\r\n") != NULL);
  fail_unless (strstr (response, "\r\nConnection: Upgrade\r\n") != NULL);
}

GST_END_TEST;

GST_START_TEST (test_what_clients_really_send_is_answered)
{
  static const gchar *const requests[] = {
    /* Chromium */
    "GET / HTTP/1.1\r\nHost: 127.0.0.1:8787\r\nConnection: Upgrade\r\n"
        "Pragma: no-cache\r\nCache-Control: no-cache\r\nUser-Agent: Mozilla/5.0"
        "\r\nUpgrade: websocket\r\nOrigin: http://127.0.0.1\r\n" VERSION_13
        "Accept-Encoding: gzip, deflate, br, zstd\r\n"
        "Accept-Language: en-US,en;q=0.9\r\n" KEY "Sec-WebSocket-Extensions: "
        "permessage-deflate; client_max_window_bits\r\n\r\n",
    /* Firefox lists two connection options */
    "GET /announce?a=b HTTP/1.1\r\nHost: h\r\n" VERSION_13 KEY
        "Connection: keep-alive, Upgrade\r\nUpgrade: websocket\r\n\r\n",
    /* names in any case, as in HTTP/2 gateways */
    "GET / HTTP/1.1\r\nhost: h\r\nupgrade: WebSocket\r\nconnection: upgrade\r\n"
        "sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
        "sec-websocket-version: 13\r\n\r\n"
  };
  guint i;

  for (i = 0; i < G_N_ELEMENTS (requests); i++) {
    fail_unless_equals_int (upgrade (requests[i], strlen (requests[i])),
        strlen (requests[i]));
    fail_unless (strstr (response, ACCEPT) != NULL, "%s", response);
  }
}

GST_END_TEST;

GST_START_TEST (test_a_handshake_in_pieces_is_left_to_libsoup)
{
  gsize i;

  for (i = 0; i < strlen (WHOLE); i++)
    fail_unless_equals_int (upgrade (WHOLE, i), 0);
}

GST_END_TEST;

GST_START_TEST (test_what_comes_behind_the_request_is_not_counted)
{
  static const gchar both[] = WHOLE "\x81\x80\0\0\0\0GET / HTTP/1.1\r\n\r\n";

  fail_unless_equals_int (upgrade (both, sizeof (both) - 1), strlen (WHOLE));
}

GST_END_TEST;

GST_START_TEST (test_everything_unusual_is_left_to_libsoup)
{
  static const gchar *const requests[] = {
    "GET / HTTP/1.1\r\nHost: h\r\n\r\n",
    "GET / HTTP/1.0\r\nHost: h\r\n" UPGRADE KEY VERSION_13 "\r\n",
    "POST / HTTP/1.1\r\nHost: h\r\n" UPGRADE KEY VERSION_13 "\r\n",
    "GET http://h/ HTTP/1.1\r\nHost: h\r\n" UPGRADE KEY VERSION_13 "\r\n",
    "GET / HTTP/1.1\r\n" UPGRADE KEY VERSION_13 "\r\n",
    "GET / HTTP/1.1\r\nHost: h\r\n" UPGRADE VERSION_13 "\r\n",
    "GET / HTTP/1.1\r\nHost: h\r\n" UPGRADE KEY "\r\n",
    "GET / HTTP/1.1\r\nHost: h\r\n" UPGRADE KEY
        "Sec-WebSocket-Version: 8\r\n\r\n",
    "GET / HTTP/1.1\r\nHost: h\r\nUpgrade: h2c\r\nConnection: Upgrade\r\n" KEY
        VERSION_13 "\r\n",
    "GET / HTTP/1.1\r\nHost: h\r\nUpgrade: websocket\r\nConnection: close\r\n"
        KEY VERSION_13 "\r\n",
    "GET / HTTP/1.1\r\nHost: h\r\n" UPGRADE VERSION_13
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ\r\n\r\n",
    "GET / HTTP/1.1\r\nHost: h\r\n" UPGRADE VERSION_13
        "Sec-WebSocket-Key: ********************g==\r\n\r\n",
    "GET / HTTP/1.1\r\nHost: h\r\n" UPGRADE KEY VERSION_13
        "Content-Length: 4\r\n\r\n",
    "GET / HTTP/1.1\r\nHost: h\r\n" UPGRADE KEY VERSION_13
        "Transfer-Encoding: chunked\r\n\r\n",
    "GET / HTTP/1.1\r\nHost: h\r\n" UPGRADE KEY VERSION_13
        "Expect: 100-continue\r\n\r\n",
    "GET /\r\n\r\n", "\r\n\r\n", "GET / HTTP/1.1\r\n\r\n"
  };
  static const gchar zero[] = "GET /\0 HTTP/1.1\r\nHost: h\r\n" UPGRADE KEY
      VERSION_13 "\r\n";
  g_autoptr (GString) big = g_string_new ("GET /");
  guint i;

  for (i = 0; i < G_N_ELEMENTS (requests); i++)
    fail_unless (upgrade (requests[i], strlen (requests[i])) == 0, "%s",
        requests[i]);
  fail_unless_equals_int (upgrade (zero, sizeof (zero) - 1), 0);
  while (big->len <= GST_P2P_WS_MAX_UPGRADE)
    g_string_append_c (big, 'a');
  g_string_append (big, &WHOLE[strlen ("GET /x")]);
  fail_unless_equals_int (upgrade (big->str, big->len), 0);
}

GST_END_TEST;

static Suite *
upgrade_suite (void)
{
  Suite *s = suite_create ("rendezvous-upgrade");
  TCase *tc = tcase_create ("general");

  suite_add_tcase (s, tc);
  tcase_add_test (tc, test_the_example_of_the_rfc_is_answered);
  tcase_add_test (tc, test_what_clients_really_send_is_answered);
  tcase_add_test (tc, test_a_handshake_in_pieces_is_left_to_libsoup);
  tcase_add_test (tc, test_what_comes_behind_the_request_is_not_counted);
  tcase_add_test (tc, test_everything_unusual_is_left_to_libsoup);
  return s;
}

GST_CHECK_MAIN (upgrade);
