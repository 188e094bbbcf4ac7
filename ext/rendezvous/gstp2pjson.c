/* gst-plugins-p2p
 *
 * This library is free software; you can redistribute it and/or
 * modify it under the terms of the GNU Lesser General Public
 * License as published by the Free Software Foundation; either
 * version 2.1 of the License, or (at your option) any later version.
 */
/* gstp2pjson.c: see gstp2pjson.h.
 *
 * An object is a value followed by names and values in turn, an array is one
 * followed by its elements; "inside" counts them and everything in them.
 */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include <string.h>

#include "gstp2pjson.h"

#define FIRST_VALUES 128

struct _GstP2PJsonParser
{
  GstP2PJson *values;
  guint n, room;
  gchar *at, *end;              /* what is left of the text */
  const gchar *reason;
};

GstP2PJsonParser *
gst_p2p_json_parser_new (void)
{
  GstP2PJsonParser *self = g_new0 (GstP2PJsonParser, 1);

  self->room = FIRST_VALUES;
  self->values = g_new (GstP2PJson, self->room);
  return self;
}

void
gst_p2p_json_parser_free (GstP2PJsonParser * self)
{
  if (self == NULL)
    return;
  g_free (self->values);
  g_free (self);
}

static gboolean
refuse (GstP2PJsonParser * self, const gchar * reason)
{
  self->reason = reason;
  return FALSE;
}

static gboolean
add (GstP2PJsonParser * self, GstP2PJsonType type, const gchar * text,
    gsize len)
{
  GstP2PJson *value;

  if (self->n == GST_P2P_JSON_MAX_VALUES)
    return refuse (self, "message has too many values");
  if (self->n == self->room) {
    self->room *= 2;
    self->values = g_renew (GstP2PJson, self->values, self->room);
  }
  value = &self->values[self->n++];
  value->text = text;
  value->len = len;
  value->inside = 0;
  value->type = type;
  return TRUE;
}

static void
skip_space (GstP2PJsonParser * self)
{
  while (self->at < self->end && (*self->at == ' ' || *self->at == '\n'
          || *self->at == '\r' || *self->at == '\t'))
    self->at++;
}

/* ---- strings ---- */

/* Four hex digits, or -1. */
static gint
read_hex (const gchar * at, const gchar * end)
{
  gint value = 0, i;

  if (end - at < 4)
    return -1;
  for (i = 0; i < 4; i++) {
    gint digit = g_ascii_xdigit_value (at[i]);

    if (digit < 0)
      return -1;
    value = value << 4 | digit;
  }
  return value;
}

/* \uXXXX, behind the u; a pair of surrogates is one character, and half a
 * pair is none. Returns what was read, 0 = wrong. */
static gsize
read_unicode (const gchar * at, const gchar * end, gunichar * out)
{
  gint high = read_hex (at, end), low;

  if (high < 0)
    return 0;
  if (high < 0xd800 || high > 0xdfff) {
    *out = high;
    return 4;
  }
  if (high > 0xdbff || end - at < 10 || at[4] != '\\' || at[5] != 'u')
    return 0;
  low = read_hex (at + 6, end);
  if (low < 0xdc00 || low > 0xdfff)
    return 0;
  *out = 0x10000 + ((high - 0xd800) << 10) + (low - 0xdc00);
  return 10;
}

/* One escape at in, behind the backslash. Writes at *out, which is never
 * beyond what was read. Returns what was read, 0 = wrong. */
static gsize
read_escape (const gchar * in, const gchar * end, gchar ** out)
{
  static const gchar names[] = "\"\\/bfnrt";
  static const gchar meanings[] = "\"\\/\b\f\n\r\t";
  const gchar *name;
  gunichar c;
  gsize n;

  if (in == end)
    return 0;
  if (*in == 'u') {
    n = read_unicode (in + 1, end, &c);
    if (n > 0)
      *out += g_unichar_to_utf8 (c, *out);
    return n > 0 ? n + 1 : 0;
  }
  name = *in != '\0' ? strchr (names, *in) : NULL;
  if (name == NULL)
    return 0;
  *(*out)++ = meanings[name - names];
  return 1;
}

static gboolean
is_plain (gchar c)
{
  return (guchar) c >= 0x20 && c != '"' && c != '\\';
}

/* At the opening quote. */
static gboolean
read_string (GstP2PJsonParser * self)
{
  gchar *in = self->at + 1, *end = self->end, *out, *start = in;

  while (in < end && is_plain (*in))
    in++;
  out = in;
  while (in < end && *in != '"') {
    gchar *run = in;
    gsize n;

    if ((guchar) * in < 0x20)
      return refuse (self, "message has a control character in a string");
    if (*in == '\\') {
      n = read_escape (in + 1, end, &out);
      if (n == 0)
        return refuse (self, "message has a wrong escape");
      in += n + 1;
      run = in;
    }
    while (in < end && is_plain (*in))
      in++;
    memmove (out, run, in - run);
    out += in - run;
  }
  if (in == end)
    return refuse (self, "message ends in a string");
  *out = '\0';                  /* at the closing quote, or before it */
  self->at = in + 1;
  return add (self, GST_P2P_JSON_STRING, start, out - start);
}

/* ---- numbers and words ---- */

static gsize
count_digits (const gchar * at, const gchar * end)
{
  const gchar *start = at;

  while (at < end && g_ascii_isdigit (*at))
    at++;
  return at - start;
}

static gboolean
read_number (GstP2PJsonParser * self)
{
  const gchar *at = self->at, *end = self->end;
  gsize n;

  if (*at == '-')
    at++;
  n = count_digits (at, end);
  if (n == 0 || (n > 1 && *at == '0'))
    return refuse (self, "message is not JSON");
  at += n;
  if (at < end && *at == '.') {
    n = count_digits (++at, end);
    if (n == 0)
      return refuse (self, "message is not JSON");
    at += n;
  }
  if (at < end && (*at == 'e' || *at == 'E')) {
    at++;
    if (at < end && (*at == '+' || *at == '-'))
      at++;
    n = count_digits (at, end);
    if (n == 0)
      return refuse (self, "message is not JSON");
    at += n;
  }
  n = at - self->at;
  self->at += n;
  return add (self, GST_P2P_JSON_NUMBER, at - n, n);
}

static gboolean
read_word (GstP2PJsonParser * self)
{
  static const gchar *const words[] = { "null", "false", "true" };
  gsize left = self->end - self->at;
  guint i;

  for (i = 0; i < G_N_ELEMENTS (words); i++) {
    gsize len = strlen (words[i]);

    if (left >= len && memcmp (self->at, words[i], len) == 0) {
      self->at += len;
      return add (self, GST_P2P_JSON_NULL + i, NULL, 0);
    }
  }
  return refuse (self, "message is not JSON");
}

/* ---- structure ---- */

/* What may come next. */
typedef enum
{
  VALUE,                        /* a value has to */
  VALUE_OR_END,                 /* behind [ */
  NAME,                         /* behind { and a comma */
  NAME_OR_END,
  COMMA_OR_END                  /* behind a value */
} Expected;

/* A value, or the beginning of one: then it is on the stack. */
static gboolean
read_value (GstP2PJsonParser * self, guint * stack, guint * depth,
    Expected * expected)
{
  gchar c = *self->at;

  *expected = COMMA_OR_END;
  if (c == '"')
    return read_string (self);
  if (c == '-' || g_ascii_isdigit (c))
    return read_number (self);
  if (c != '{' && c != '[')
    return read_word (self);
  if (*depth == GST_P2P_JSON_MAX_DEPTH)
    return refuse (self, "message is nested too deeply");
  stack[(*depth)++] = self->n;
  self->at++;
  *expected = c == '{' ? NAME_OR_END : VALUE_OR_END;
  return add (self, c == '{' ? GST_P2P_JSON_OBJECT : GST_P2P_JSON_ARRAY, NULL,
      0);
}

static gboolean
read_name (GstP2PJsonParser * self)
{
  if (*self->at != '"' || !read_string (self))
    return self->reason ? FALSE : refuse (self, "message is not JSON");
  skip_space (self);
  if (self->at == self->end || *self->at != ':')
    return refuse (self, "message is not JSON");
  self->at++;
  return TRUE;
}

/* A comma, or the end of what is on top of the stack. */
static gboolean
read_separator (GstP2PJsonParser * self, guint * stack, guint * depth,
    Expected * expected)
{
  GstP2PJson *top = &self->values[stack[*depth - 1]];
  gboolean is_object = top->type == GST_P2P_JSON_OBJECT;
  gchar c = *self->at++;

  if (c == ',' && *expected == COMMA_OR_END) {
    *expected = is_object ? NAME : VALUE;
    return TRUE;
  }
  if (c != (is_object ? '}' : ']'))
    return refuse (self, "message is not JSON");
  top->inside = self->n - stack[*depth - 1] - 1;
  (*depth)--;
  *expected = COMMA_OR_END;
  return TRUE;
}

static gboolean
read_next (GstP2PJsonParser * self, guint * stack, guint * depth,
    Expected * expected)
{
  gchar c;

  skip_space (self);
  if (self->at == self->end)
    return refuse (self, "message ends too early");
  c = *self->at;
  if (*expected == COMMA_OR_END || (*expected == NAME_OR_END && c == '}')
      || (*expected == VALUE_OR_END && c == ']'))
    return read_separator (self, stack, depth, expected);
  if (*expected == NAME || *expected == NAME_OR_END) {
    *expected = VALUE;
    return read_name (self);
  }
  return read_value (self, stack, depth, expected);
}

const GstP2PJson *
gst_p2p_json_parse (GstP2PJsonParser * self, gchar * text, gsize len,
    const gchar ** reason)
{
  guint stack[GST_P2P_JSON_MAX_DEPTH], depth = 0;
  Expected expected = VALUE;

  self->n = 0;
  self->at = text;
  self->end = text + len;
  self->reason = NULL;
  if (len > G_MAXINT32 || !g_utf8_validate_len (text, len, NULL))
    refuse (self, "message is not UTF-8");
  else
    while (read_next (self, stack, &depth, &expected) && depth > 0);
  if (self->reason == NULL) {
    skip_space (self);
    if (self->at != self->end)
      refuse (self, "message is not JSON");
  }
  *reason = self->reason;
  return self->reason == NULL ? self->values : NULL;
}

/* ---- looking ---- */

const GstP2PJson *
gst_p2p_json_next (const GstP2PJson * element)
{
  return element + element->inside + 1;
}

const GstP2PJson *
gst_p2p_json_member (const GstP2PJson * object, const gchar * name)
{
  gsize len = strlen (name);
  const GstP2PJson *at, *end;

  if (object->type != GST_P2P_JSON_OBJECT)
    return NULL;
  end = object + object->inside + 1;
  for (at = object + 1; at < end; at = gst_p2p_json_next (at + 1))
    if (at->len == len && memcmp (at->text, name, len) == 0)
      return at + 1;
  return NULL;
}

guint
gst_p2p_json_length (const GstP2PJson * array)
{
  const GstP2PJson *at, *end;
  guint n = 0;

  if (array->type != GST_P2P_JSON_ARRAY)
    return 0;
  end = array + array->inside + 1;
  for (at = array + 1; at < end; at = gst_p2p_json_next (at))
    n++;
  return n;
}

const GstP2PJson *
gst_p2p_json_first (const GstP2PJson * array)
{
  return array + 1;
}
