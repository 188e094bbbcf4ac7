/* gst-plugins-p2p
 *
 * This library is free software; you can redistribute it and/or
 * modify it under the terms of the GNU Lesser General Public
 * License as published by the Free Software Foundation; either
 * version 2.1 of the License, or (at your option) any later version.
 */
/* gstp2psignal.c: reads and writes signalling messages; see gstp2psignal.h. */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "gstp2psignal.h"

/* ---- reading ---- */

json_t *
gst_p2p_signal_parse (const gchar * text, gsize len, gsize max_len,
    const gchar ** reason)
{
  json_error_t error;
  json_t *root;

  if (len > max_len) {
    *reason = "message is too long";
    return NULL;
  }
  /* The binary ids of other clients have \\u0000 in them. */
  root = json_loadb (text, len, JSON_ALLOW_NUL, &error);
  if (root == NULL) {
    *reason = "message is not JSON";
    return NULL;
  }
  if (!json_is_object (root)) {
    *reason = "message is not a JSON object";
    json_decref (root);
    return NULL;
  }
  return root;
}

const gchar *
gst_p2p_signal_get_string (json_t * object, const gchar * name, gsize max_len)
{
  json_t *value = json_object_get (object, name);
  gsize len = json_string_length (value);

  /* A text with a 0 in it is none. */
  if (!json_is_string (value) || len > max_len
      || memchr (json_string_value (value), '\0', len) != NULL)
    return NULL;
  return json_string_value (value);
}

gboolean
gst_p2p_signal_get_number (json_t * object, const gchar * name, gdouble * out)
{
  json_t *value = json_object_get (object, name);

  if (!json_is_number (value) || !isfinite (json_number_value (value)))
    return FALSE;
  *out = json_number_value (value);
  return TRUE;
}

json_t *
gst_p2p_signal_get_object (json_t * object, const gchar * name)
{
  json_t *value = json_object_get (object, name);

  return json_is_object (value) ? value : NULL;
}

json_t *
gst_p2p_signal_get_array (json_t * object, const gchar * name)
{
  json_t *value = json_object_get (object, name);

  return json_is_array (value) ? value : NULL;
}

gboolean
gst_p2p_signal_node_to_id (json_t * node, P2pTrackerId * out)
{
  const guint8 *at, *end;
  P2pTrackerId id;
  guint i;

  if (!json_is_string (node))
    return FALSE;
  at = (const guint8 *) json_string_value (node);
  end = at + json_string_length (node);
  for (i = 0; i < P2P_TRACKER_ID_LEN && at < end; i++) {
    /* Code points 0x80 to 0xff are the bytes C2 80 to C3 BF. */
    if (*at < 0x80) {
      id.b[i] = *at++;
    } else if (*at == 0xc2 || *at == 0xc3) {
      id.b[i] = (guint8) ((*at & 3) << 6 | (at[1] & 0x3f));
      at += 2;
    } else {
      return FALSE;
    }
  }
  if (i < P2P_TRACKER_ID_LEN || at != end)
    return FALSE;
  *out = id;
  return TRUE;
}

gboolean
gst_p2p_signal_get_id (json_t * object, const gchar * name, P2pTrackerId * out)
{
  return gst_p2p_signal_node_to_id (json_object_get (object, name), out);
}

const gchar *
gst_p2p_signal_get_sdp (json_t * object, const gchar * name, const gchar * type)
{
  json_t *description = gst_p2p_signal_get_object (object, name);

  if (description == NULL
      || g_strcmp0 (gst_p2p_signal_get_string (description, "type", 16),
          type) != 0)
    return NULL;
  return gst_p2p_signal_get_string (description, "sdp", P2P_MAX_SDP);
}

static gchar *
array_to_text (json_t * array, gsize max_len)
{
  gchar *dumped = json_dumps (array, JSON_COMPACT), *text = NULL;

  if (dumped != NULL && strlen (dumped) <= max_len)
    text = g_strdup (dumped);
  free (dumped);
  return text;
}

gchar *
gst_p2p_signal_get_array_text (json_t * object, const gchar * name,
    gsize max_len)
{
  json_t *array = gst_p2p_signal_get_array (object, name);

  return array != NULL ? array_to_text (array, max_len) : NULL;
}

gchar *
gst_p2p_signal_clean_array (const gchar * text, gsize max_len)
{
  json_auto_t *array = json_loads (text, 0, NULL);

  return json_is_array (array) ? array_to_text (array, max_len) : NULL;
}

gboolean
gst_p2p_signal_get_bytes (json_t * object, const gchar * name,
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
