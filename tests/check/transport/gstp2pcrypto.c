/* gst-plugins-p2p
 *
 * This library is free software; you can redistribute it and/or
 * modify it under the terms of the GNU Lesser General Public
 * License as published by the Free Software Foundation; either
 * version 2.1 of the License, or (at your option) any later version.
 */
/* Ed25519 keys, their files, signatures and the text of swarm ids. */
#include <glib/gstdio.h>
#include <gst/check/gstcheck.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../../../gst/p2p/session/gstp2pcrypto.h"
#include "../../../gst/p2p/session/gstp2perror.h"

static gchar *dir;

static void
setup (void)
{
  dir = g_dir_make_tmp ("p2pcrypto-XXXXXX", NULL);
  fail_unless (dir != NULL);
}

static void
remove_file (const gchar * name)
{
  g_autofree gchar *path = g_build_filename (dir, name, NULL);

  g_unlink (path);
}

static void
teardown (void)
{
  remove_file ("key.pem");
  fail_unless_equals_int (g_rmdir (dir), 0);
  g_clear_pointer (&dir, g_free);
}

static void
unhex (const gchar * hex, guint8 * out)
{
  for (; *hex; hex += 2) {
    *out++ = (guint8) (g_ascii_xdigit_value (hex[0]) << 4
        | g_ascii_xdigit_value (hex[1]));
  }
}

GST_START_TEST (test_signature_is_that_of_rfc8032)
{
  /* RFC 8032 section 7.1, TEST 3: message af82. */
  P2pSwarmId id;
  guint8 sig[P2P_SIGNATURE_LEN], message[2];

  id.b[0] = P2P_SWARM_ALG_ED25519;
  unhex ("fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
      id.b + 1);
  unhex ("6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac"
      "18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a", sig);
  unhex ("af82", message);
  fail_unless (gst_p2p_verify (&id, NULL, 0, message, 2, sig));
  fail_unless (gst_p2p_verify (&id, message, 1, message + 1, 1, sig));
  sig[0] ^= 1;
  fail_if (gst_p2p_verify (&id, NULL, 0, message, 2, sig));
}

GST_END_TEST;

GST_START_TEST (test_any_changed_bit_is_noticed)
{
  g_autoptr (GstP2PKey) key = gst_p2p_key_generate (NULL);
  guint8 body[17408], sig[P2P_SIGNATURE_LEN], prefix[65];
  P2pSwarmId id;
  guint i;

  gst_p2p_random (body, sizeof (body));
  gst_p2p_random (prefix, sizeof (prefix));
  gst_p2p_key_get_swarm_id (key, &id);
  fail_unless (gst_p2p_key_sign (key, prefix, 65, body, sizeof (body), sig));
  fail_unless (gst_p2p_verify (&id, prefix, 65, body, sizeof (body), sig));
  for (i = 0; i < sizeof (body); i += 1777) {
    body[i] ^= 0x10;
    fail_if (gst_p2p_verify (&id, prefix, 65, body, sizeof (body), sig));
    body[i] ^= 0x10;
  }
  prefix[64] ^= 1;
  fail_if (gst_p2p_verify (&id, prefix, 65, body, sizeof (body), sig));
  prefix[64] ^= 1;
  id.b[0] = 8;
  fail_if (gst_p2p_verify (&id, prefix, 65, body, sizeof (body), sig));
}

GST_END_TEST;

GST_START_TEST (test_more_than_a_stack_block_is_signed)
{
  g_autoptr (GstP2PKey) key = gst_p2p_key_generate (NULL);
  gsize len = 256 * 1024;
  g_autofree guint8 *body = g_malloc0 (len);
  guint8 sig[P2P_SIGNATURE_LEN];
  P2pSwarmId id;

  gst_p2p_key_get_swarm_id (key, &id);
  fail_unless (gst_p2p_key_sign (key, NULL, 0, body, len, sig));
  fail_unless (gst_p2p_verify (&id, body, 5, body, len - 5, sig));
  fail_unless (gst_p2p_key_sign (key, NULL, 0, NULL, 0, sig));
  fail_unless (gst_p2p_verify (&id, NULL, 0, NULL, 0, sig));
}

GST_END_TEST;

GST_START_TEST (test_key_file_is_made_once_and_private)
{
  g_autofree gchar *path = g_build_filename (dir, "key.pem", NULL);
  g_autoptr (GError) error = NULL;
  g_autofree gchar *text = NULL;
  GstP2PKey *a, *b, *c;
  P2pSwarmId id_a, id_b, id_c;
  GStatBuf st;

  a = gst_p2p_key_load_or_create (path, &error);
  fail_unless (a != NULL, "%s", error ? error->message : "");
  fail_unless_equals_int (g_stat (path, &st), 0);
  fail_unless_equals_int (st.st_mode & 0777, 0600);
  fail_unless (g_file_get_contents (path, &text, NULL, NULL));
  fail_unless (g_str_has_prefix (text, "-----BEGIN PRIVATE KEY-----"));
  b = gst_p2p_key_load_or_create (path, &error);
  fail_unless (b != NULL);
  c = gst_p2p_key_copy (b);
  gst_p2p_key_get_swarm_id (a, &id_a);
  gst_p2p_key_get_swarm_id (b, &id_b);
  gst_p2p_key_get_swarm_id (c, &id_c);
  fail_unless (memcmp (&id_a, &id_b, sizeof (id_a)) == 0);
  fail_unless (memcmp (&id_a, &id_c, sizeof (id_a)) == 0);
  gst_p2p_key_free (a);
  gst_p2p_key_free (b);
  gst_p2p_key_free (c);
}

GST_END_TEST;

static void
expect_key_error (const gchar * path)
{
  g_autoptr (GError) error = NULL;

  fail_unless (gst_p2p_key_load_or_create (path, &error) == NULL);
  fail_unless (g_error_matches (error, GST_P2P_ERROR, GST_P2P_ERROR_KEY));
  fail_unless (strstr (error->message, path) != NULL);
}

GST_START_TEST (test_useless_key_file_is_named_and_left_alone)
{
  /* A real P-256 key is a private key in PEM, but not Ed25519. */
  static const gchar *const bad[] = {
    "", "hello\n", "-----BEGIN PRIVATE KEY-----\nAAAA\n"
        "-----END PRIVATE KEY-----\n",
    "-----BEGIN PRIVATE KEY-----\n"
        "MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgevZzL1gdAFr88hb2\n"
        "OF/2NxApJCzGCEDdfSp6VQO30hyhRANCAAQRWz+jn65BtOMvdyHKcvjBeBSDZH2r\n"
        "1RTwjmYSi9R/zpBnuQ4EiMnCqfMPWiZqB4QdbAd0E7oH50VpuZ1P087G\n"
        "-----END PRIVATE KEY-----\n"
  };
  g_autofree gchar *path = g_build_filename (dir, "key.pem", NULL);
  guint i;

  for (i = 0; i < G_N_ELEMENTS (bad); i++) {
    g_autofree gchar *text = NULL;

    fail_unless (g_file_set_contents (path, bad[i], -1, NULL));
    expect_key_error (path);
    fail_unless (g_file_get_contents (path, &text, NULL, NULL));
    fail_unless_equals_string (text, bad[i]);
  }
}

GST_END_TEST;

GST_START_TEST (test_unwritable_place_says_what_to_do)
{
  g_autofree gchar *path = g_build_filename (dir, "no", "such", "k", NULL);

  expect_key_error (path);
  expect_key_error (dir);
}

GST_END_TEST;

GST_START_TEST (test_swarm_id_text_is_44_characters_both_ways)
{
  static const gchar *const bad[] = {
    "", "DwAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
    "DwAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
    "CAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
    "Dw+AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
    "DwAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="
  };
  g_autoptr (GstP2PKey) key = gst_p2p_key_generate (NULL);
  P2pSwarmId id, back;
  gchar text[45];
  guint i;

  gst_p2p_key_get_swarm_id (key, &id);
  for (i = 0; i < 64; i++) {
    gst_p2p_random (id.b + 1, P2P_PUBLIC_KEY_LEN);
    gst_p2p_swarm_id_to_string (&id, text);
    fail_unless_equals_int (strlen (text), 44);
    fail_unless (strpbrk (text, "+/=") == NULL);
    fail_unless (gst_p2p_swarm_id_from_string (text, &back));
    fail_unless (memcmp (&id, &back, sizeof (id)) == 0);
  }
  for (i = 0; i < G_N_ELEMENTS (bad); i++) {
    fail_if (gst_p2p_swarm_id_from_string (bad[i], &back), "%s", bad[i]);
  }
  fail_if (gst_p2p_swarm_id_from_string (NULL, &back));
}

GST_END_TEST;

static Suite *
gstp2pcrypto_suite (void)
{
  Suite *s = suite_create ("gstp2pcrypto");
  TCase *tc = tcase_create ("general");

  suite_add_tcase (s, tc);
  tcase_add_checked_fixture (tc, setup, teardown);
  tcase_add_test (tc, test_signature_is_that_of_rfc8032);
  tcase_add_test (tc, test_any_changed_bit_is_noticed);
  tcase_add_test (tc, test_more_than_a_stack_block_is_signed);
  tcase_add_test (tc, test_key_file_is_made_once_and_private);
  tcase_add_test (tc, test_useless_key_file_is_named_and_left_alone);
  tcase_add_test (tc, test_unwritable_place_says_what_to_do);
  tcase_add_test (tc, test_swarm_id_text_is_44_characters_both_ways);
  return s;
}

GST_CHECK_MAIN (gstp2pcrypto);
