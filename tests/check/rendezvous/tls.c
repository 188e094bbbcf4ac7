/* gst-plugins-p2p
 *
 * This library is free software; you can redistribute it and/or
 * modify it under the terms of the GNU Lesser General Public
 * License as published by the Free Software Foundation; either
 * version 2.1 of the License, or (at your option) any later version.
 */
/* tls.c: the rendezvous over TLS, with a certificate made here. */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include <glib/gstdio.h>
#include <gnutls/gnutls.h>
#include <gnutls/x509.h>
#include <string.h>
#include <time.h>

#include "rendezvoustest.h"

#define HASH "abcdefghijklmnopqrst"
#define PEER_A "-GP0100-aaaaaaaaaaaa"
#define PEER_B "-GP0100-bbbbbbbbbbbb"
#define OFFER_1 "offer-number-one-111"

static gchar *directory, *path;
static GTlsCertificate *certificate;
static GTlsDatabase *database;

static void
put_pem (GString * pem, const gnutls_datum_t * part)
{
  g_string_append_len (pem, (const gchar *) part->data, part->size);
  gnutls_free (part->data);
}

/* Self-signed, for 127.0.0.1, certificate and key in one text. */
static GString *
make_certificate (void)
{
  static const guint8 address[] = { 127, 0, 0, 1 };
  GString *pem = g_string_new (NULL);
  gnutls_x509_privkey_t key;
  gnutls_x509_crt_t crt;
  gnutls_datum_t part;

  gnutls_x509_privkey_init (&key);
  gnutls_x509_privkey_generate (key, GNUTLS_PK_ECDSA,
      GNUTLS_CURVE_TO_BITS (GNUTLS_ECC_CURVE_SECP256R1), 0);
  gnutls_x509_crt_init (&crt);
  gnutls_x509_crt_set_version (crt, 3);
  gnutls_x509_crt_set_key (crt, key);
  gnutls_x509_crt_set_serial (crt, "\1", 1);
  gnutls_x509_crt_set_activation_time (crt, time (NULL) - 3600);
  gnutls_x509_crt_set_expiration_time (crt, time (NULL) + 86400);
  gnutls_x509_crt_set_dn_by_oid (crt, GNUTLS_OID_X520_COMMON_NAME, 0, "test",
      4);
  gnutls_x509_crt_set_subject_alt_name (crt, GNUTLS_SAN_IPADDRESS, address,
      sizeof (address), GNUTLS_FSAN_SET);
  gnutls_x509_crt_set_basic_constraints (crt, 1, -1);
  fail_unless (gnutls_x509_crt_sign2 (crt, crt, key, GNUTLS_DIG_SHA256,
          0) == 0);
  gnutls_x509_crt_export2 (crt, GNUTLS_X509_FMT_PEM, &part);
  put_pem (pem, &part);
  gnutls_x509_privkey_export2_pkcs8 (key, GNUTLS_X509_FMT_PEM, NULL,
      GNUTLS_PKCS_PLAIN, &part);
  put_pem (pem, &part);
  gnutls_x509_crt_deinit (crt);
  gnutls_x509_privkey_deinit (key);
  return pem;
}

static void
setup (void)
{
  GString *pem = make_certificate ();
  GError *error = NULL;

  directory = g_dir_make_tmp ("rendezvous-tls-XXXXXX", NULL);
  path = g_build_filename (directory, "certificate.pem", NULL);
  fail_unless (g_file_set_contents (path, pem->str, pem->len, NULL));
  g_string_free (pem, TRUE);
  certificate = g_tls_certificate_new_from_file (path, &error);
  fail_unless (certificate != NULL, "%s", error ? error->message : "");
  database = g_tls_file_database_new (path, &error);
  fail_unless (database != NULL, "%s", error ? error->message : "");
}

static void
teardown (void)
{
  g_clear_object (&certificate);
  g_clear_object (&database);
  g_unlink (path);
  g_rmdir (directory);
  g_free (path);
  g_free (directory);
}

static GstP2PTrackerServer *
server_new (void)
{
  GstP2PTrackerServer *server = gst_p2p_tracker_server_new (NULL);
  GError *error = NULL;

  gst_p2p_tracker_server_set_open (server, TRUE);
  fail_unless (gst_p2p_tracker_server_listen (server, "127.0.0.1", 0,
          certificate, &error), "%s", error ? error->message : "");
  return server;
}

static Client *
client_new (GstP2PTrackerServer * server, GTlsDatabase * trusted)
{
  g_autofree gchar *url = g_strdup_printf ("wss://127.0.0.1:%u/",
      gst_p2p_tracker_server_get_port (server));
  Client *client = test_client_new_for_url (url);

  g_object_set (client->client, "tls-database", trusted, NULL);
  gst_p2p_rendezvous_open (client->rendezvous);
  return client;
}

GST_START_TEST (test_an_offer_and_an_answer_pass_over_tls)
{
  GstP2PTrackerServer *server = server_new ();
  Client *a = client_new (server, database), *b = client_new (server, database);
  GString *big = g_string_new (SDP_OF ("r"));

  while (big->len < 15000)
    g_string_append (big, "a=candidate:1 1 UDP 1 192.0.2.1 9 typ host\r\n");
  test_announce (a, HASH, PEER_A, TRUE, NULL, NULL);
  test_wait_for (a, "announced");
  test_announce (b, HASH, PEER_B, FALSE, OFFER_1, big->str);
  fail_unless_equals_string (test_wait_for (a, "offer")->text, big->str);
  gst_p2p_rendezvous_answer (a->rendezvous, HASH, PEER_A, PEER_B, OFFER_1,
      SDP_OF ("s"));
  fail_unless_equals_string (test_wait_for (b, "answer")->text, SDP_OF ("s"));
  g_string_free (big, TRUE);
  test_client_free (a);
  test_client_free (b);
  test_server_free (server);
}

GST_END_TEST;

GST_START_TEST (test_a_certificate_that_is_not_trusted_is_an_error)
{
  GstP2PTrackerServer *server = server_new ();
  GTlsDatabase *others;
  GString *pem = make_certificate ();
  Client *client;
  Heard *heard;

  /* Somebody else is trusted. (The system's database has 140 certificates;
   * loading them takes half a minute under a sanitizer.) */
  fail_unless (g_file_set_contents (path, pem->str, pem->len, NULL));
  g_string_free (pem, TRUE);
  others = g_tls_file_database_new (path, NULL);
  client = client_new (server, others);
  heard = test_wait_for (client, "lost");

  fail_unless_equals_int (heard->code, GST_P2P_ERROR_RENDEZVOUS);
  fail_unless (strstr (heard->text, "certificate") != NULL, "%s", heard->text);
  fail_if (gst_p2p_rendezvous_is_connected (client->rendezvous));
  g_object_unref (others);
  test_client_free (client);
  test_server_free (server);
}

GST_END_TEST;

GST_START_TEST (test_plain_words_to_a_tls_server_do_no_harm)
{
  GstP2PTrackerServer *server = server_new ();
  Client *plain = test_client_new (gst_p2p_tracker_server_get_port (server));
  Client *good;
  Heard *heard = test_wait_for (plain, "lost");

  fail_unless (strstr (heard->text, "p2ps://") != NULL, "%s", heard->text);
  good = client_new (server, database);
  test_wait_for (good, "connected");
  test_client_free (plain);
  test_client_free (good);
  test_server_free (server);
}

GST_END_TEST;

GST_START_TEST (test_tls_to_a_plain_server_is_told_what_to_change)
{
  GstP2PTrackerServer *server = test_server_new (TRUE);
  g_autofree gchar *url = g_strdup_printf ("wss://127.0.0.1:%u/",
      gst_p2p_tracker_server_get_port (server));
  Client *client = test_client_new_for_url (url);
  Heard *heard;

  g_object_set (client->client, "tls-database", database, "connect-timeout",
      200, NULL);
  gst_p2p_rendezvous_open (client->rendezvous);
  heard = test_wait_for (client, "lost");
  fail_unless (strstr (heard->text, "p2p://") != NULL, "%s", heard->text);
  test_client_free (client);
  test_server_free (server);
}

GST_END_TEST;

static Suite *
tls_suite (void)
{
  Suite *s = suite_create ("rendezvous-tls");
  TCase *tc = tcase_create ("general");

  suite_add_tcase (s, tc);
  tcase_add_checked_fixture (tc, setup, teardown);
  tcase_add_test (tc, test_an_offer_and_an_answer_pass_over_tls);
  tcase_add_test (tc, test_a_certificate_that_is_not_trusted_is_an_error);
  tcase_add_test (tc, test_plain_words_to_a_tls_server_do_no_harm);
  tcase_add_test (tc, test_tls_to_a_plain_server_is_told_what_to_change);
  return s;
}

GST_CHECK_MAIN (tls);
