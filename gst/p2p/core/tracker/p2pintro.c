/* gst-plugins-p2p
 *
 * This library is free software; you can redistribute it and/or
 * modify it under the terms of the GNU Lesser General Public
 * License as published by the Free Software Foundation; either
 * version 2.1 of the License, or (at your option) any later version.
 */
/* p2pintro.c: reads and writes the a=x-p2p: line. No state, any thread.
 * The line comes from a peer: nothing in it is trusted but for choosing whom
 * to introduce, so a wrong value costs a wrong introduction at most.
 */
#include <string.h>

#include "p2pintro.h"

static const char sdp_prefix[] = "a=x-p2p:";
#define SDP_PREFIX_LEN (sizeof (sdp_prefix) - 1)

void
p2p_intro_init (P2pIntro * intro)
{
  intro->version = 0;
  intro->role = P2P_INTRO_ROLE_UNKNOWN;
  intro->capacity = P2P_INTRO_UNKNOWN;
  intro->free_slots = P2P_INTRO_UNKNOWN;
  intro->lag_ms = P2P_INTRO_UNKNOWN;
  intro->rate_kbps = P2P_INTRO_UNKNOWN;
}

/* Decimal, clamped to 65534; not a number = unknown. */
static uint16_t
parse_number (const char *text, size_t len)
{
  uint32_t value = 0;

  if (len == 0)
    return P2P_INTRO_UNKNOWN;
  for (size_t i = 0; i < len; i++) {
    if (text[i] < '0' || text[i] > '9')
      return P2P_INTRO_UNKNOWN;
    if (value < P2P_INTRO_UNKNOWN)
      value = value * 10 + (uint32_t) (text[i] - '0');
  }
  return value < P2P_INTRO_UNKNOWN ? (uint16_t) value : P2P_INTRO_UNKNOWN - 1;
}

static uint8_t
parse_role (const char *text, size_t len)
{
  if (len != 1)
    return P2P_INTRO_ROLE_UNKNOWN;
  switch (text[0]) {
    case 'l':
      return P2P_INTRO_ROLE_LEAF;
    case 'r':
      return P2P_INTRO_ROLE_RELAY;
    case 'u':
      return P2P_INTRO_ROLE_SUPER;
    case 's':
      return P2P_INTRO_ROLE_SOURCE;
    default:
      return P2P_INTRO_ROLE_UNKNOWN;
  }
}

static void
parse_field (const char *text, size_t len, P2pIntro * intro)
{
  const char *equals = memchr (text, '=', len);
  size_t key_len, value_len;
  const char *value;

  if (equals == NULL)
    return;
  key_len = (size_t) (equals - text);
  value = equals + 1;
  value_len = len - key_len - 1;
#define KEY_IS(name) (key_len == sizeof (name) - 1 && \
    memcmp (text, name, sizeof (name) - 1) == 0)
  if (KEY_IS ("v")) {
    uint16_t version = parse_number (value, value_len);
    intro->version = version > 255 ? 255 : (uint8_t) version;
  } else if (KEY_IS ("role")) {
    intro->role = parse_role (value, value_len);
  } else if (KEY_IS ("cap")) {
    intro->capacity = parse_number (value, value_len);
  } else if (KEY_IS ("free")) {
    intro->free_slots = parse_number (value, value_len);
  } else if (KEY_IS ("lat")) {
    intro->lag_ms = parse_number (value, value_len);
  } else if (KEY_IS ("rate")) {
    intro->rate_kbps = parse_number (value, value_len);
  }
#undef KEY_IS
}

bool
p2p_intro_parse (const char *value, size_t len, P2pIntro * intro)
{
  P2pIntro parsed;
  size_t pos = 0;

  if (len > P2P_MAX_INTRO)
    return false;
  p2p_intro_init (&parsed);
  while (pos < len) {
    const char *end = memchr (value + pos, ';', len - pos);
    size_t field = end != NULL ? (size_t) (end - value) - pos : len - pos;

    parse_field (value + pos, field, &parsed);
    pos += field + 1;
  }
  if (parsed.version == 0)
    return false;
  *intro = parsed;
  return true;
}

bool
p2p_intro_from_sdp (const char *sdp, size_t len, P2pIntro * intro)
{
  size_t pos = 0;

  while (pos < len) {
    const char *line = sdp + pos;
    const char *end = memchr (line, '\n', len - pos);
    size_t line_len = end != NULL ? (size_t) (end - line) : len - pos;

    pos += line_len + 1;
    if (line_len > 0 && line[line_len - 1] == '\r')
      line_len--;
    if (line_len >= 2 && line[0] == 'm' && line[1] == '=')
      return false;
    if (line_len > SDP_PREFIX_LEN
        && memcmp (line, sdp_prefix, SDP_PREFIX_LEN) == 0)
      return p2p_intro_parse (line + SDP_PREFIX_LEN,
          line_len - SDP_PREFIX_LEN, intro);
  }
  return false;
}

typedef struct
{
  char *data;
  size_t cap, len;
  bool overflow;
} Text;

static void
put_text (Text * t, const char *text)
{
  size_t len = strlen (text);

  if (t->overflow || len >= t->cap - t->len) {
    t->overflow = true;
    return;
  }
  memcpy (t->data + t->len, text, len + 1);
  t->len += len;
}

static void
put_number (Text * t, const char *key, uint16_t value)
{
  char digits[6];
  size_t n = sizeof (digits) - 1;

  if (value == P2P_INTRO_UNKNOWN)
    return;
  digits[n] = '\0';
  do {
    digits[--n] = (char) ('0' + value % 10);
    value /= 10;
  } while (value > 0);
  put_text (t, key);
  put_text (t, digits + n);
}

size_t
p2p_intro_format (const P2pIntro * intro, const char *key, char *out,
    size_t cap)
{
  static const char *const roles[] = { NULL, "l", "r", "u", "s" };
  Text t = { out, cap, 0, cap == 0 };

  put_number (&t, "v=", intro->version);
  if (intro->role > P2P_INTRO_ROLE_UNKNOWN
      && intro->role <= P2P_INTRO_ROLE_SOURCE) {
    put_text (&t, ";role=");
    put_text (&t, roles[intro->role]);
  }
  put_number (&t, ";cap=", intro->capacity);
  put_number (&t, ";free=", intro->free_slots);
  put_number (&t, ";lat=", intro->lag_ms);
  put_number (&t, ";rate=", intro->rate_kbps);
  if (key != NULL) {
    put_text (&t, ";k=");
    put_text (&t, key);
  }
  return t.overflow ? 0 : t.len;
}
