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

/* ---- eight bytes at once ---- */

#define EACH(c) (G_GUINT64_CONSTANT (0x0101010101010101) * (guint8) (c))

static guint64
load8 (const gchar * text)
{
  guint64 w;

  memcpy (&w, text, sizeof (w));
  return w;
}

/* Not 0 if a byte of w is below n, n from 1 to 128. */
static guint64
has_below (guint64 w, guint8 n)
{
  return (w - EACH (n)) & ~w & EACH (0x80);
}

static gboolean
is_plain (guint8 c)
{
  return c >= 0x20 && c != '"' && c != '\\' && c != 0x7f;
}

/* How many bytes from the first on need no escape. */
static gsize
plain_run (const gchar * text, gsize len)
{
  gsize i = 0;

  for (; len - i >= 8; i += 8) {
    guint64 w = load8 (text + i);

    if (has_below (w, 0x20) | has_below (w ^ EACH ('"'), 1)
        | has_below (w ^ EACH ('\\'), 1) | has_below (w ^ EACH (0x7f), 1))
      break;
  }
  while (i < len && is_plain ((guint8) text[i]))
    i++;
  return i;
}

/* Most of what is sent is ASCII, which is told in a tenth of the time. */
static gboolean
is_utf8 (const gchar * text, gsize len)
{
  gsize i = 0;

  while (len - i >= 8 && ((load8 (text + i) & EACH (0x80))
          | has_below (load8 (text + i), 1)) == 0)
    i += 8;
  return len == 0 || g_utf8_validate_len (text + i, len - i, NULL);
}

/* ---- reading ---- */

/* One a thread: its memory grows with the strings of a message, at most to the
 * size of the largest. */
static struct json_tokener *
get_tokener (void)
{
  static GPrivate spare = G_PRIVATE_INIT ((GDestroyNotify) json_tokener_free);
  struct json_tokener *tokener = g_private_get (&spare);

  if (tokener != NULL)
    return tokener;
  tokener = json_tokener_new_ex (GST_P2P_SIGNAL_MAX_DEPTH);
  if (tokener != NULL)
    json_tokener_set_flags (tokener, JSON_TOKENER_STRICT);
  g_private_set (&spare, tokener);
  return tokener;
}

/* Whole, strict JSON; the binary ids of other clients have \\u0000 in them. */
static GstP2PJson *
parse (const gchar * text, gsize len)
{
  struct json_tokener *tokener = get_tokener ();
  GstP2PJson *root = NULL;

  if (tokener == NULL)
    return NULL;
  if (len <= G_MAXINT && is_utf8 (text, len))
    root = json_tokener_parse_ex (tokener, text, len);
  if (root != NULL && json_tokener_get_parse_end (tokener) != len) {
    json_object_put (root);
    root = NULL;
  }
  json_tokener_reset (tokener);
  return root;
}

GstP2PJson *
gst_p2p_signal_parse (const gchar * text, gsize len, gsize max_len,
    const gchar ** reason)
{
  GstP2PJson *root;

  if (len > max_len) {
    *reason = "message is too long";
    return NULL;
  }
  root = parse (text, len);
  if (root == NULL) {
    *reason = "message is not JSON";
    return NULL;
  }
  if (!json_object_is_type (root, json_type_object)) {
    *reason = "message is not a JSON object";
    json_object_put (root);
    return NULL;
  }
  return root;
}

gboolean
gst_p2p_signal_has (GstP2PJson * object, const gchar * name)
{
  return json_object_object_get_ex (object, name, NULL);
}

GstP2PJson *
gst_p2p_signal_get (GstP2PJson * object, const gchar * name)
{
  GstP2PJson *value = NULL;

  json_object_object_get_ex (object, name, &value);
  return value;
}

const gchar *
gst_p2p_signal_get_string (GstP2PJson * object, const gchar * name,
    gsize max_len)
{
  return gst_p2p_signal_node_to_string (gst_p2p_signal_get (object, name),
      max_len);
}

const gchar *
gst_p2p_signal_node_to_string (GstP2PJson * value, gsize max_len)
{
  const gchar *text;
  gsize len;

  if (!json_object_is_type (value, json_type_string))
    return NULL;
  text = json_object_get_string (value);
  len = json_object_get_string_len (value);
  /* A text with a 0 in it is none. */
  return len <= max_len && memchr (text, '\0', len) == NULL ? text : NULL;
}

gboolean
gst_p2p_signal_get_number (GstP2PJson * object, const gchar * name,
    gdouble * out)
{
  GstP2PJson *value = gst_p2p_signal_get (object, name);

  if ((!json_object_is_type (value, json_type_int)
          && !json_object_is_type (value, json_type_double))
      || !isfinite (json_object_get_double (value)))
    return FALSE;
  *out = json_object_get_double (value);
  return TRUE;
}

GstP2PJson *
gst_p2p_signal_get_object (GstP2PJson * object, const gchar * name)
{
  GstP2PJson *value = gst_p2p_signal_get (object, name);

  return json_object_is_type (value, json_type_object) ? value : NULL;
}

GstP2PJson *
gst_p2p_signal_get_array (GstP2PJson * object, const gchar * name)
{
  GstP2PJson *value = gst_p2p_signal_get (object, name);

  return json_object_is_type (value, json_type_array) ? value : NULL;
}

gboolean
gst_p2p_signal_node_to_id (GstP2PJson * node, P2pTrackerId * out)
{
  const guint8 *at, *end;
  P2pTrackerId id;
  guint i;

  if (!json_object_is_type (node, json_type_string))
    return FALSE;
  at = (const guint8 *) json_object_get_string (node);
  end = at + json_object_get_string_len (node);
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
gst_p2p_signal_get_id (GstP2PJson * object, const gchar * name,
    P2pTrackerId * out)
{
  return gst_p2p_signal_node_to_id (gst_p2p_signal_get (object, name), out);
}

const gchar *
gst_p2p_signal_get_sdp (GstP2PJson * object, const gchar * name,
    const gchar * type)
{
  GstP2PJson *description = gst_p2p_signal_get_object (object, name);

  if (description == NULL
      || g_strcmp0 (gst_p2p_signal_get_string (description, "type", 16),
          type) != 0)
    return NULL;
  return gst_p2p_signal_get_string (description, "sdp", P2P_MAX_SDP);
}

/* FALSE if it holds what JSON has no words for: NaN, infinity. */
static gboolean
can_be_written (GstP2PJson * value)
{
  gsize i, n;

  if (json_object_is_type (value, json_type_double))
    return isfinite (json_object_get_double (value));
  if (json_object_is_type (value, json_type_object)) {
    json_object_object_foreach (value, name, member) {
      (void) name;
      if (!can_be_written (member))
        return FALSE;
    }
  }
  n = json_object_is_type (value, json_type_array) ?
      json_object_array_length (value) : 0;
  for (i = 0; i < n; i++)
    if (!can_be_written (json_object_array_get_idx (value, i)))
      return FALSE;
  return TRUE;
}

static gchar *
array_to_text (GstP2PJson * array, gsize max_len)
{
  const gchar *text;
  gsize len;

  if (!can_be_written (array))
    return NULL;
  text = json_object_to_json_string_length (array,
      JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE, &len);
  return text != NULL && len <= max_len ? g_strndup (text, len) : NULL;
}

gchar *
gst_p2p_signal_get_array_text (GstP2PJson * object, const gchar * name,
    gsize max_len)
{
  GstP2PJson *array = gst_p2p_signal_get_array (object, name);

  return array != NULL ? array_to_text (array, max_len) : NULL;
}

GstP2PJson *
gst_p2p_signal_parse_array (const gchar * text, gsize max_len)
{
  gsize len = strlen (text);
  GstP2PJson *root = len <= max_len ? parse (text, len) : NULL;

  if (json_object_is_type (root, json_type_array))
    return root;
  json_object_put (root);
  return NULL;
}

gchar *
gst_p2p_signal_clean_array (const gchar * text, gsize max_len)
{
  g_autoptr (GstP2PJson) array = gst_p2p_signal_parse_array (text, max_len);

  return array != NULL ? array_to_text (array, max_len) : NULL;
}

gboolean
gst_p2p_signal_get_bytes (GstP2PJson * object, const gchar * name,
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

void
gst_p2p_signal_put_string (GString * json, const gchar * text)
{
  gsize left = strlen (text), run;

  g_string_append_c (json, '"');
  while ((run = plain_run (text, left)) < left) {
    g_string_append_len (json, text, run);
    put_escape (json, (guint8) text[run++]);
    text += run;
    left -= run;
  }
  g_string_append_len (json, text, left);
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
