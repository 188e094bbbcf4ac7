/* gst-plugins-p2p
 *
 * This library is free software; you can redistribute it and/or
 * modify it under the terms of the GNU Lesser General Public
 * License as published by the Free Software Foundation; either
 * version 2.1 of the License, or (at your option) any later version.
 */
/* gstp2psignal.c: reads and writes signalling messages; see gstp2psignal.h.
 *
 * json-glib takes hostile text apart, but it recurses for every bracket and
 * stores strings with a 0 at the end. So a first pass over the text counts the
 * depth and turns the escape \u0000, which binary ids of other clients have,
 * into U+0100: no id has that, and get_id turns it back.
 */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include <math.h>
#include <string.h>

#include "gstp2psignal.h"

#define ZERO_STAND_IN 0x100     /* code point */
#define ESCAPE_LEN 6            /* of \u0000 */

static void
refuse (GError ** error, const gchar * what)
{
  g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA, what);
}

/* ---- reading ---- */

/* TRUE if no bracket is nested too deep; found_zero tells of \u0000. */
static gboolean
scan (const gchar * text, gsize len, gboolean * found_zero)
{
  gboolean in_string = FALSE;
  guint depth = 0;
  gsize i;

  for (i = 0; i < len; i++) {
    gchar c = text[i];

    if (in_string) {
      if (c == '"') {
        in_string = FALSE;
      } else if (c == '\\') {
        if (len - i >= ESCAPE_LEN && memcmp (text + i, "\\u0000", 6) == 0)
          *found_zero = TRUE;
        i++;
      }
    } else if (c == '"') {
      in_string = TRUE;
    } else if (c == '{' || c == '[') {
      if (++depth > GST_P2P_SIGNAL_MAX_DEPTH)
        return FALSE;
    } else if ((c == '}' || c == ']') && depth > 0) {
      depth--;
    }
  }
  return TRUE;
}

/* A copy with \u0100 for each \u0000. */
static gchar *
without_zeros (const gchar * text, gsize len)
{
  gchar *copy = g_strndup (text, len);
  gsize i;

  for (i = 0; i + ESCAPE_LEN <= len; i++) {
    if (copy[i] != '\\')
      continue;
    if (memcmp (copy + i, "\\u0000", 6) == 0)
      copy[i + 3] = '1';
    i++;
  }
  return copy;
}

JsonObject *
gst_p2p_signal_parse (const gchar * text, gsize len, gsize max_len,
    GError ** error)
{
  g_autoptr (JsonParser) parser = NULL;
  g_autofree gchar *copy = NULL;
  gboolean found_zero = FALSE;
  JsonNode *root;

  if (len > max_len) {
    refuse (error, "message is too long");
    return NULL;
  }
  if (!g_utf8_validate_len (text, len, NULL)) {
    refuse (error, "message is not UTF-8");
    return NULL;
  }
  if (!scan (text, len, &found_zero)) {
    refuse (error, "message is nested too deeply");
    return NULL;
  }
  if (found_zero)
    text = copy = without_zeros (text, len);
  parser = json_parser_new ();
  if (!json_parser_load_from_data (parser, text, len, NULL)) {
    refuse (error, "message is not JSON");
    return NULL;
  }
  root = json_parser_get_root (parser);
  if (root == NULL || !JSON_NODE_HOLDS_OBJECT (root)
      || json_node_get_object (root) == NULL) {
    refuse (error, "message is not a JSON object");
    return NULL;
  }
  return json_object_ref (json_node_get_object (root));
}

static const gchar *
node_to_string (JsonNode * node, gsize max_len)
{
  const gchar *text;

  if (node == NULL || !JSON_NODE_HOLDS_VALUE (node)
      || json_node_get_value_type (node) != G_TYPE_STRING)
    return NULL;
  text = json_node_get_string (node);
  if (text == NULL || strnlen (text, max_len + 1) > max_len)
    return NULL;
  /* Escapes can make lone surrogates, which are no UTF-8. */
  return g_utf8_validate (text, -1, NULL) ? text : NULL;
}

const gchar *
gst_p2p_signal_get_string (JsonObject * object, const gchar * name,
    gsize max_len)
{
  return node_to_string (json_object_get_member (object, name), max_len);
}

gboolean
gst_p2p_signal_get_number (JsonObject * object, const gchar * name,
    gdouble * out)
{
  JsonNode *node = json_object_get_member (object, name);
  gdouble value;

  if (node == NULL || !JSON_NODE_HOLDS_VALUE (node))
    return FALSE;
  if (json_node_get_value_type (node) == G_TYPE_INT64)
    value = (gdouble) json_node_get_int (node);
  else if (json_node_get_value_type (node) == G_TYPE_DOUBLE)
    value = json_node_get_double (node);
  else
    return FALSE;
  if (!isfinite (value))
    return FALSE;
  *out = value;
  return TRUE;
}

JsonObject *
gst_p2p_signal_get_object (JsonObject * object, const gchar * name)
{
  JsonNode *node = json_object_get_member (object, name);

  if (node == NULL || !JSON_NODE_HOLDS_OBJECT (node))
    return NULL;
  return json_node_get_object (node);
}

JsonArray *
gst_p2p_signal_get_array (JsonObject * object, const gchar * name)
{
  JsonNode *node = json_object_get_member (object, name);

  if (node == NULL || !JSON_NODE_HOLDS_ARRAY (node))
    return NULL;
  return json_node_get_array (node);
}

gboolean
gst_p2p_signal_node_to_id (JsonNode * node, P2pTrackerId * out)
{
  /* A code point up to U+0100 has at most two bytes. */
  const gchar *text = node_to_string (node, 2 * P2P_TRACKER_ID_LEN);
  P2pTrackerId id;
  guint i;

  if (text == NULL)
    return FALSE;
  for (i = 0; i < P2P_TRACKER_ID_LEN; i++) {
    gunichar c = g_utf8_get_char (text);

    if (c == 0 || c > ZERO_STAND_IN)
      return FALSE;
    id.b[i] = c == ZERO_STAND_IN ? 0 : (guint8) c;
    text = g_utf8_next_char (text);
  }
  if (*text != '\0')
    return FALSE;
  *out = id;
  return TRUE;
}

gboolean
gst_p2p_signal_get_id (JsonObject * object, const gchar * name,
    P2pTrackerId * out)
{
  return gst_p2p_signal_node_to_id (json_object_get_member (object, name), out);
}

const gchar *
gst_p2p_signal_get_sdp (JsonObject * object, const gchar * name,
    const gchar * type)
{
  JsonObject *description = gst_p2p_signal_get_object (object, name);

  if (description == NULL
      || g_strcmp0 (gst_p2p_signal_get_string (description, "type", 16),
          type) != 0)
    return NULL;
  return gst_p2p_signal_get_string (description, "sdp", P2P_MAX_SDP);
}

gchar *
gst_p2p_signal_get_array_text (JsonObject * object, const gchar * name,
    gsize max_len)
{
  JsonNode *node = json_object_get_member (object, name);
  gchar *text;

  if (node == NULL || !JSON_NODE_HOLDS_ARRAY (node))
    return NULL;
  text = json_to_string (node, FALSE);
  if (text != NULL && (strlen (text) > max_len
          || !g_utf8_validate (text, -1, NULL)))
    g_clear_pointer (&text, g_free);
  return text;
}

gboolean
gst_p2p_signal_get_bytes (JsonObject * object, const gchar * name,
    guint8 * out, gsize len)
{
  static const gchar *const padding[] = { "", "==", "=" };
  gsize text_len = (len * 4 + 2) / 3;
  const gchar *text = gst_p2p_signal_get_string (object, name, text_len);
  g_autofree guchar *bytes = NULL;
  g_autofree gchar *padded = NULL;
  gsize n, i;

  if (text == NULL || strlen (text) != text_len)
    return FALSE;
  for (i = 0; i < text_len; i++)
    if (!g_ascii_isalnum (text[i]) && text[i] != '-' && text[i] != '_')
      return FALSE;
  padded = g_strconcat (text, padding[len % 3], NULL);
  g_strdelimit (padded, "-", '+');
  g_strdelimit (padded, "_", '/');
  bytes = g_base64_decode (padded, &n);
  if (bytes == NULL || n != len)
    return FALSE;
  memcpy (out, bytes, len);
  return TRUE;
}

gboolean
gst_p2p_signal_id_from_text (const gchar * text, P2pTrackerId * out)
{
  guint i;

  if (text == NULL || strlen (text) != P2P_TRACKER_ID_LEN)
    return FALSE;
  for (i = 0; i < P2P_TRACKER_ID_LEN; i++)
    if (!g_ascii_isprint (text[i]))
      return FALSE;
  memcpy (out->b, text, P2P_TRACKER_ID_LEN);
  return TRUE;
}

void
gst_p2p_signal_id_to_text (const P2pTrackerId * id, gchar out[21])
{
  guint i;

  for (i = 0; i < P2P_TRACKER_ID_LEN; i++)
    out[i] = g_ascii_isprint (id->b[i]) ? (gchar) id->b[i] : '?';
  out[P2P_TRACKER_ID_LEN] = '\0';
}

/* ---- writing ---- */

static void
put_escape (GString * json, guint8 c)
{
  static const gchar hex[] = "0123456789abcdef";
  gchar escape[7] = "\\u00";

  if (c == '"' || c == '\\') {
    g_string_append_c (json, '\\');
    g_string_append_c (json, c);
  } else if (c == '\n') {
    g_string_append_len (json, "\\n", 2);
  } else if (c == '\r') {
    g_string_append_len (json, "\\r", 2);
  } else {
    escape[4] = hex[c >> 4];
    escape[5] = hex[c & 15];
    g_string_append_len (json, escape, 6);
  }
}

static gboolean
is_plain (guint8 c)
{
  return c >= 0x20 && c != '"' && c != '\\' && c != 0x7f;
}

void
gst_p2p_signal_put_string (GString * json, const gchar * text)
{
  const gchar *run = text;

  g_string_append_c (json, '"');
  for (; *text != '\0'; text++) {
    if (is_plain ((guint8) * text))
      continue;
    g_string_append_len (json, run, text - run);
    put_escape (json, (guint8) * text);
    run = text + 1;
  }
  g_string_append_len (json, run, text - run);
  g_string_append_c (json, '"');
}

void
gst_p2p_signal_put_id (GString * json, const P2pTrackerId * id)
{
  guint i;

  g_string_append_c (json, '"');
  for (i = 0; i < P2P_TRACKER_ID_LEN; i++) {
    guint8 c = id->b[i];

    if (!is_plain (c))
      put_escape (json, c);
    else if (c < 0x80)
      g_string_append_c (json, c);
    else
      g_string_append_unichar (json, c);
  }
  g_string_append_c (json, '"');
}

static void
put_name (GString * json, const gchar * name)
{
  if (json->len > 0 && json->str[json->len - 1] != '{')
    g_string_append_c (json, ',');
  g_string_append_c (json, '"');
  g_string_append (json, name);
  g_string_append_len (json, "\":", 2);
}

void
gst_p2p_signal_member_string (GString * json, const gchar * name,
    const gchar * text)
{
  if (text == NULL)
    return;
  put_name (json, name);
  gst_p2p_signal_put_string (json, text);
}

void
gst_p2p_signal_member_id (GString * json, const gchar * name,
    const P2pTrackerId * id)
{
  put_name (json, name);
  gst_p2p_signal_put_id (json, id);
}

void
gst_p2p_signal_member_number (GString * json, const gchar * name, guint64 value)
{
  put_name (json, name);
  g_string_append_printf (json, "%" G_GUINT64_FORMAT, value);
}

void
gst_p2p_signal_member_raw (GString * json, const gchar * name,
    const gchar * value)
{
  put_name (json, name);
  g_string_append (json, value);
}

void
gst_p2p_signal_member_sdp (GString * json, const gchar * name,
    const gchar * type, const gchar * sdp)
{
  put_name (json, name);
  g_string_append_c (json, '{');
  gst_p2p_signal_member_string (json, "type", type);
  gst_p2p_signal_member_string (json, "sdp", sdp);
  g_string_append_c (json, '}');
}

void
gst_p2p_signal_member_bytes (GString * json, const gchar * name,
    const guint8 * bytes, gsize len)
{
  g_autofree gchar *text = g_base64_encode (bytes, len);

  g_strdelimit (text, "+", '-');
  g_strdelimit (text, "/", '_');
  g_strdelimit (text, "=", '\0');
  gst_p2p_signal_member_string (json, name, text);
}
