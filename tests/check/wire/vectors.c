/* gst-plugins-p2p
 *
 * This library is free software; you can redistribute it and/or
 * modify it under the terms of the GNU Lesser General Public
 * License as published by the Free Software Foundation; either
 * version 2.1 of the License, or (at your option) any later version.
 */
/* The vectors of tests/vectors (JSON): fields, bytes, signatures. */
#include <gst/check/gstcheck.h>
#include <json-glib/json-glib.h>
#include <string.h>

#include "../../../gst/p2p/session/gstp2pcrypto.h"
#include "../../vectors/describe.h"

typedef void (*VectorFunc) (JsonObject * vector);

static gchar text[P2P_DESCRIBE_MAX];

static guint
for_each_vector (const gchar * file, VectorFunc func)
{
  g_autofree gchar *path = g_build_filename (g_getenv ("P2P_VECTORS"), file,
      NULL);
  g_autoptr (JsonParser) parser = json_parser_new ();
  JsonArray *vectors;
  guint i;

  fail_unless (json_parser_load_from_file (parser, path, NULL), "%s", path);
  vectors = json_object_get_array_member (json_node_get_object
      (json_parser_get_root (parser)), "vectors");
  for (i = 0; i < json_array_get_length (vectors); i++)
    func (json_array_get_object_element (vectors, i));
  return i;
}

static GByteArray *
get_bytes (JsonObject * vector, const gchar * member)
{
  const gchar *hex = json_object_get_string_member (vector, member);
  GByteArray *bytes = g_byte_array_new ();

  for (; *hex; hex += 2) {
    guint8 byte = (guint8) (g_ascii_xdigit_value (hex[0]) << 4
        | g_ascii_xdigit_value (hex[1]));

    g_byte_array_append (bytes, &byte, 1);
  }
  return bytes;
}

static gboolean
get_kind (JsonObject * vector, P2pVectorKind * kind)
{
  static const gchar *const names[] = {
    "frame", "chunk", "stream-header", "sign-prefix"
  };
  const gchar *name = json_object_get_string_member (vector, "kind");
  guint i;

  for (i = 0; i < G_N_ELEMENTS (names); i++) {
    if (g_strcmp0 (name, names[i]) == 0) {
      *kind = (P2pVectorKind) i;
      return TRUE;
    }
  }
  return FALSE;
}

static void
check_decoding (JsonObject * vector)
{
  const gchar *name = json_object_get_string_member (vector, "name");
  g_autoptr (JsonParser) parser = json_parser_new ();
  g_autoptr (GByteArray) bytes = NULL;
  P2pVectorKind kind;

  if (!get_kind (vector, &kind))
    return;
  bytes = get_bytes (vector, "hex");
  fail_unless (p2p_describe (kind, bytes->data, bytes->len, text,
          sizeof (text)) > 0);
  fail_unless (json_parser_load_from_data (parser, text, -1, NULL), "%s: %s",
      name, text);
  fail_unless (json_node_equal (json_parser_get_root (parser),
          json_object_get_member (vector, "fields")), "%s: %s", name, text);
}

static void
check_encoding (JsonObject * vector)
{
  const gchar *name = json_object_get_string_member (vector, "name");
  g_autoptr (GByteArray) bytes = NULL;
  static guint8 again[P2P_MAX_HEADER];
  P2pVectorKind kind;
  gsize len;

  if (!get_kind (vector, &kind))
    return;
  bytes = get_bytes (vector, "hex");
  len = p2p_reencode (kind, bytes->data, bytes->len, again, sizeof (again));
  fail_unless (json_object_get_boolean_member (vector, "canonical")
      == (len == bytes->len && memcmp (again, bytes->data, len) == 0), "%s",
      name);
}

static void
check_signature (JsonObject * vector)
{
  g_autoptr (GByteArray) swarm = NULL, prefix = NULL, body = NULL, sig = NULL;
  P2pSwarmId id;

  if (g_strcmp0 (json_object_get_string_member (vector, "kind"), "signature"))
    return;
  swarm = get_bytes (vector, "swarm_id");
  prefix = get_bytes (vector, "prefix");
  body = get_bytes (vector, "body");
  sig = get_bytes (vector, "signature");
  fail_unless_equals_int (swarm->len, P2P_SWARM_ID_LEN);
  fail_unless_equals_int (sig->len, P2P_SIGNATURE_LEN);
  memcpy (id.b, swarm->data, swarm->len);
  fail_unless (memcmp (prefix->data + 8, id.b, sizeof (id.b)) == 0);
  fail_unless (gst_p2p_verify (&id, prefix->data, prefix->len, body->data,
          body->len, sig->data));
  prefix->data[prefix->len - 1] ^= 1;
  fail_if (gst_p2p_verify (&id, prefix->data, prefix->len, body->data,
          body->len, sig->data));
}

static const gchar *const files[] = {
  "messages.json", "chunks.json", "objects.json", "invalid.json"
};

GST_START_TEST (test_bytes_say_the_fields)
{
  guint i, n = 0;

  for (i = 0; i < G_N_ELEMENTS (files); i++)
    n += for_each_vector (files[i], check_decoding);
  fail_unless (n >= 80);
}

GST_END_TEST;

GST_START_TEST (test_fields_give_the_bytes)
{
  guint i;

  for (i = 0; i < G_N_ELEMENTS (files); i++)
    for_each_vector (files[i], check_encoding);
}

GST_END_TEST;

GST_START_TEST (test_signatures_hold_and_break)
{
  for_each_vector ("objects.json", check_signature);
}

GST_END_TEST;

/* What is cut anywhere but after a message, a record or a TLV is refused. The
 * copy has the exact size, for the sanitizers. */
static void
check_truncations (JsonObject * vector)
{
  g_autoptr (GByteArray) bytes = NULL;
  P2pVectorKind kind;
  gsize cut, n_refused = 0;

  if (!get_kind (vector, &kind))
    return;
  bytes = get_bytes (vector, "hex");
  for (cut = 0; cut < bytes->len; cut++) {
    g_autofree guint8 *copy = g_memdup2 (bytes->data, cut);

    fail_unless (p2p_describe (kind, copy, cut, text, sizeof (text)) > 0);
    n_refused += g_str_has_prefix (text, "{\"error\"");
  }
  fail_unless (n_refused > 0);
}

GST_START_TEST (test_truncations_are_refused)
{
  guint i;

  for (i = 0; i < 3; i++)
    for_each_vector (files[i], check_truncations);
}

GST_END_TEST;

static Suite *
vectors_suite (void)
{
  Suite *s = suite_create ("vectors");
  TCase *tc = tcase_create ("general");

  suite_add_tcase (s, tc);
  tcase_add_test (tc, test_bytes_say_the_fields);
  tcase_add_test (tc, test_fields_give_the_bytes);
  tcase_add_test (tc, test_signatures_hold_and_break);
  tcase_add_test (tc, test_truncations_are_refused);
  return s;
}

GST_CHECK_MAIN (vectors);
