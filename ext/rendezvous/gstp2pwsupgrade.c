/* gst-plugins-p2p
 *
 * This library is free software; you can redistribute it and/or
 * modify it under the terms of the GNU Lesser General Public
 * License as published by the Free Software Foundation; either
 * version 2.1 of the License, or (at your option) any later version.
 */
/* gstp2pwsupgrade.c: see gstp2pwsupgrade.h. */
#define _GNU_SOURCE             /* memmem */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include <libsoup/soup.h>
#include <string.h>

#include "gstp2pwsupgrade.h"

#define KEY_LEN 24              /* 16 bytes in base64 */
#define KEY_BYTES 16
#define SHA1_BYTES 20
/* RFC 6455, 1.3 */
#define KEY_SUFFIX "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"

static gboolean
is_key (const gchar * key)
{
  guchar bytes[KEY_LEN];
  gint state = 0;
  guint save = 0;

  return key != NULL && strlen (key) == KEY_LEN && g_str_has_suffix (key, "==")
      && g_base64_decode_step (key, KEY_LEN, bytes, &state, &save) == KEY_BYTES;
}

static gboolean
has (SoupMessageHeaders * headers, const gchar * name)
{
  return soup_message_headers_get_list (headers, name) != NULL;
}

/* Nothing in it needs more than the response of RFC 6455, 4.2.2. */
static gboolean
is_ordinary (SoupMessageHeaders * headers)
{
  return soup_message_headers_get_one (headers, "Host") != NULL
      && soup_message_headers_header_equals (headers, "Upgrade", "websocket")
      && soup_message_headers_header_contains (headers, "Connection", "Upgrade")
      && soup_message_headers_header_equals (headers, "Sec-WebSocket-Version",
      "13")
      && is_key (soup_message_headers_get_one (headers, "Sec-WebSocket-Key"))
      && !has (headers, "Content-Length") && !has (headers, "Transfer-Encoding")
      && !has (headers, "Expect");
}

static void
put_response (const gchar * key,
    gchar response[GST_P2P_WS_MAX_UPGRADE_RESPONSE])
{
  g_autoptr (GChecksum) sha1 = g_checksum_new (G_CHECKSUM_SHA1);
  g_autofree gchar *accept = NULL;
  guint8 digest[SHA1_BYTES];
  gsize len = sizeof (digest);

  g_checksum_update (sha1, (const guchar *) key, KEY_LEN);
  g_checksum_update (sha1, (const guchar *) KEY_SUFFIX, strlen (KEY_SUFFIX));
  g_checksum_get_digest (sha1, digest, &len);
  accept = g_base64_encode (digest, len);
  g_snprintf (response, GST_P2P_WS_MAX_UPGRADE_RESPONSE,
      "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n"
      "Connection: Upgrade\r\nSec-WebSocket-Accept: %s\r\n\r\n", accept);
}

/* Bytes up to and with the empty line, 0 = it is not there. */
static gsize
head_len (const gchar * data, gsize len)
{
  const gchar *end = len > 0 ? memmem (data, len, "\r\n\r\n", 4) : NULL;

  return end != NULL ? end + 4 - data : 0;
}

gsize
gst_p2p_ws_upgrade (const gchar * data, gsize len,
    gchar response[GST_P2P_WS_MAX_UPGRADE_RESPONSE])
{
  gsize head = head_len (data, len);
  SoupMessageHeaders *headers;
  SoupHTTPVersion version;
  gchar *path = NULL;
  gboolean ordinary;

  if (head < strlen ("GET /") || head > GST_P2P_WS_MAX_UPGRADE
      || memcmp (data, "GET /", 5) != 0 || memchr (data, '\0', head) != NULL)
    return 0;
  headers = soup_message_headers_new (SOUP_MESSAGE_HEADERS_REQUEST);
  ordinary = soup_headers_parse_request (data, head - 2, headers, NULL, &path,
      &version) == SOUP_STATUS_OK && version == SOUP_HTTP_1_1
      && is_ordinary (headers);
  if (ordinary)
    put_response (soup_message_headers_get_one (headers, "Sec-WebSocket-Key"),
        response);
  soup_message_headers_unref (headers);
  g_free (path);
  return ordinary ? head : 0;
}
