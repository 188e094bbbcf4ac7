/* gst-plugins-p2p
 *
 * This library is free software; you can redistribute it and/or
 * modify it under the terms of the GNU Lesser General Public
 * License as published by the Free Software Foundation; either
 * version 2.1 of the License, or (at your option) any later version.
 */
/* DTLS without a network: two ends, or one and a raw GnuTLS session that does
 * what ours would not.
 */
#include <gnutls/dtls.h>
#include <gnutls/x509.h>
#include <gst/check/gstcheck.h>
#include <string.h>

#include "../../../ext/transport/gstp2pdtls.h"

typedef struct
{
  GstP2PCertificate *certificate;
  GstP2PDtls *dtls;
  GQueue out;                   /* GBytes for the other */
  guint n_out;
  gboolean connected, closed;
  GError *error;
  GByteArray *data;
} End;

static End a, b;                /* a is the client */
static gboolean (*lose) (End * from, guint n, GBytes * datagram);

static void
on_send (const guint8 * datagram, gsize len, gpointer user_data)
{
  End *end = user_data;
  GBytes *bytes = g_bytes_new (datagram, len);

  fail_unless (len <= GST_P2P_DTLS_MTU);
  if (lose && lose (end, end->n_out, bytes)) {
    g_bytes_unref (bytes);
  } else {
    g_queue_push_tail (&end->out, bytes);
  }
  end->n_out++;
}

static void
on_connected (gpointer user_data)
{
  ((End *) user_data)->connected = TRUE;
}

static void
on_data (const guint8 * data, gsize len, gpointer user_data)
{
  g_byte_array_append (((End *) user_data)->data, data, len);
}

static void
on_closed (const GError * error, gpointer user_data)
{
  End *end = user_data;

  fail_if (end->closed);
  end->closed = TRUE;
  end->error = error ? g_error_copy (error) : NULL;
}

static const GstP2PDtlsCallbacks callbacks = {
  on_send, on_connected, on_data, on_closed
};

static void
end_init (End * end, GstP2PCertificate * certificate)
{
  memset (end, 0, sizeof (*end));
  end->certificate = certificate ? certificate
      : gst_p2p_certificate_new (NULL, NULL);
  fail_unless (end->certificate != NULL);
  end->data = g_byte_array_new ();
  g_queue_init (&end->out);
}

static void
end_open (End * end, gboolean is_server, const P2pPeerId * expected)
{
  end->dtls = gst_p2p_dtls_new (end->certificate, is_server, expected,
      &callbacks, end, NULL);
  fail_unless (end->dtls != NULL);
}

static void
end_clear (End * end)
{
  g_clear_pointer (&end->dtls, gst_p2p_dtls_free);
  g_queue_clear_full (&end->out, (GDestroyNotify) g_bytes_unref);
  g_clear_pointer (&end->certificate, gst_p2p_certificate_unref);
  g_clear_pointer (&end->data, g_byte_array_unref);
  g_clear_error (&end->error);
}

static void
teardown (void)
{
  lose = NULL;
  end_clear (&a);
  end_clear (&b);
}

static void
open_both (void)
{
  end_init (&a, NULL);
  end_init (&b, NULL);
  end_open (&a, FALSE, gst_p2p_certificate_get_id (b.certificate));
  end_open (&b, TRUE, gst_p2p_certificate_get_id (a.certificate));
}

static gboolean
carry_one (End * from, End * to)
{
  GBytes *bytes = g_queue_pop_head (&from->out);
  gsize len;
  gconstpointer data;

  if (bytes == NULL) {
    return FALSE;
  }
  data = g_bytes_get_data (bytes, &len);
  gst_p2p_dtls_input (to->dtls, data, len);
  g_bytes_unref (bytes);
  return TRUE;
}

static void
carry_all (void)
{
  guint n = 0;

  while (carry_one (&a, &b) || carry_one (&b, &a)) {
    fail_unless (n++ < 1000);
  }
}

/* Until both are connected or one is closed; timers run in real time, since
 * GnuTLS reads the clock itself. Returns how often a timer fired. */
static guint
shake_hands (void)
{
  gint64 end = g_get_monotonic_time () + 60 * G_USEC_PER_SEC;
  guint fired = 0;

  gst_p2p_dtls_start (a.dtls);
  for (;;) {
    gint ta, tb, wait;

    carry_all ();
    if ((a.connected && b.connected) || a.closed || b.closed) {
      return fired;
    }
    fail_unless (g_get_monotonic_time () < end, "no handshake");
    ta = gst_p2p_dtls_get_timeout (a.dtls);
    tb = gst_p2p_dtls_get_timeout (b.dtls);
    fail_unless (ta >= 0 || tb >= 0);
    wait = ta < 0 ? tb : tb < 0 ? ta : MIN (ta, tb);
    fail_unless (wait >= 50);
    g_usleep (wait * 1000);
    gst_p2p_dtls_on_timeout (a.dtls);
    gst_p2p_dtls_on_timeout (b.dtls);
    fired++;
  }
}

static void
check_data_passes (void)
{
  static const guint8 text[] = "hello";

  fail_unless (gst_p2p_dtls_send (a.dtls, text, 5));
  fail_unless (gst_p2p_dtls_send (b.dtls, text, 4));
  carry_all ();
  fail_unless_equals_int (b.data->len, 5);
  fail_unless_equals_int (a.data->len, 4);
}

GST_START_TEST (test_two_ends_that_know_each_other_connect)
{
  guint8 block[1200] = { 0 };

  open_both ();
  fail_unless_equals_int (shake_hands (), 0);
  check_data_passes ();
  /* The arithmetic that SCTP's path MTU hangs on. */
  fail_unless_equals_int (gst_p2p_dtls_get_data_mtu (a.dtls), 1163);
  fail_unless (gst_p2p_dtls_send (a.dtls, block, 1163));
  fail_if (gst_p2p_dtls_send (a.dtls, block, 1164));
}

GST_END_TEST;

GST_START_TEST (test_a_wrong_fingerprint_is_refused_by_either_end)
{
  P2pPeerId wrong;
  guint i;

  for (i = 0; i < 2; i++) {
    end_init (&a, NULL);
    end_init (&b, NULL);
    wrong = *gst_p2p_certificate_get_id (i ? a.certificate : b.certificate);
    wrong.b[31] ^= 1;
    end_open (&a, FALSE, i ? gst_p2p_certificate_get_id (b.certificate) :
        &wrong);
    end_open (&b, TRUE, i ? &wrong :
        gst_p2p_certificate_get_id (a.certificate));
    shake_hands ();
    carry_all ();
    fail_unless ((i ? &b : &a)->closed && (i ? &b : &a)->error);
    fail_if ((i ? &b : &a)->connected);
    fail_unless (strstr ((i ? &b : &a)->error->message, "certificate"));
    fail_unless_equals_int (a.data->len + b.data->len, 0);
    teardown ();
  }
}

GST_END_TEST;

static void
expect_invalid_time (gint64 from, gint64 to)
{
  end_init (&a, gst_p2p_certificate_new_for_time (from, to, NULL));
  end_init (&b, NULL);
  end_open (&a, FALSE, gst_p2p_certificate_get_id (b.certificate));
  end_open (&b, TRUE, gst_p2p_certificate_get_id (a.certificate));
  shake_hands ();
  fail_unless (b.closed && b.error && !b.connected);
  fail_unless (strstr (b.error->message, "not valid now"));
  teardown ();
}

GST_START_TEST (test_an_expired_or_future_certificate_is_refused)
{
  gint64 now = g_get_real_time () / G_USEC_PER_SEC;
  gint64 day = 24 * 3600;

  expect_invalid_time (now - 30 * day, now - 2 * day);
  expect_invalid_time (now + 2 * day, now + 30 * day);
  /* A clock that is an hour wrong is no reason. */
  end_init (&a, gst_p2p_certificate_new_for_time (now - day, now - 3600, NULL));
  end_init (&b, NULL);
  end_open (&a, FALSE, gst_p2p_certificate_get_id (b.certificate));
  end_open (&b, TRUE, gst_p2p_certificate_get_id (a.certificate));
  shake_hands ();
  fail_unless (a.connected && b.connected);
}

GST_END_TEST;

static guint lost_number;
static End *lost_from;

static gboolean
lose_one (End * from, guint n, GBytes * datagram)
{
  return from == lost_from && n == lost_number;
}

GST_START_TEST (test_each_lost_datagram_of_the_handshake_is_sent_again)
{
  for (lost_number = 0; lost_number < 3; lost_number++) {
    for (lost_from = &a; lost_from; lost_from = lost_from == &a ? &b : NULL) {
      open_both ();
      lose = lose_one;
      fail_unless (shake_hands () < 40);
      fail_unless (a.connected && b.connected);
      check_data_passes ();
      teardown ();
    }
  }
}

GST_END_TEST;

GST_START_TEST (test_duplicates_and_disorder_do_no_harm)
{
  guint n = 0;

  open_both ();
  gst_p2p_dtls_start (a.dtls);
  while (!(a.connected && b.connected)) {
    End *from = g_queue_is_empty (&a.out) ? &b : &a;
    End *to = from == &a ? &b : &a;
    GBytes *bytes = g_queue_pop_tail (&from->out);      /* last first */
    gsize len;
    gconstpointer data;

    if (bytes == NULL) {
      g_usleep (50000);
      gst_p2p_dtls_on_timeout (a.dtls);
      gst_p2p_dtls_on_timeout (b.dtls);
      fail_unless (n++ < 200);
      continue;
    }
    data = g_bytes_get_data (bytes, &len);
    gst_p2p_dtls_input (to->dtls, data, len);
    gst_p2p_dtls_input (to->dtls, data, len);
    g_bytes_unref (bytes);
    fail_if (a.closed || b.closed);
  }
  check_data_passes ();
}

GST_END_TEST;

GST_START_TEST (test_nothing_is_armed_before_the_first_hello_nor_after)
{
  open_both ();
  fail_unless_equals_int (gst_p2p_dtls_get_timeout (b.dtls), -1);
  fail_unless_equals_int (gst_p2p_dtls_get_timeout (a.dtls), -1);
  gst_p2p_dtls_on_timeout (b.dtls);
  fail_unless_equals_int (b.n_out, 0);
  shake_hands ();
  fail_unless_equals_int (gst_p2p_dtls_get_timeout (a.dtls), -1);
  fail_unless_equals_int (gst_p2p_dtls_get_timeout (b.dtls), -1);
}

GST_END_TEST;

GST_START_TEST (test_a_silent_peer_costs_few_wake_ups)
{
  gint64 end = g_get_monotonic_time () + G_USEC_PER_SEC;
  guint n = 0;

  open_both ();
  gst_p2p_dtls_start (a.dtls);
  while (g_get_monotonic_time () < end) {
    gint ms = gst_p2p_dtls_get_timeout (a.dtls);

    fail_unless (ms >= 50);
    g_usleep (ms * 1000);
    gst_p2p_dtls_on_timeout (a.dtls);
    n++;
  }
  fail_unless (n <= 20, "%u wake-ups in a second", n);
  fail_unless (a.n_out <= 5);
}

GST_END_TEST;

GST_START_TEST (test_garbage_and_forged_records_after_the_handshake_are_nothing)
{
  guint8 block[1500];
  guint32 seed = 1;
  guint i, j;

  open_both ();
  shake_hands ();
  for (i = 0; i < 500; i++) {
    gsize len = 1 + i * 3;

    for (j = 0; j < len; j++) {
      seed = seed * 1664525 + 1013904223;
      block[j] = (guint8) (seed >> 24);
    }
    if (i % 2) {
      /* A record header that fits: application data, alert or handshake, in
       * the right epoch or in clear. */
      static const guint8 head[] = { 23, 0xfe, 0xfd, 0, 1, 0, 0, 0, 0, 1, 0 };
      gsize rest = len > 13 ? len - 13 : 0;

      memcpy (block, head, MIN (sizeof (head), len));
      block[0] = 21 + i % 3;
      block[4] = i % 4 == 1;
      block[11] = (guint8) (rest >> 8);
      block[12] = (guint8) rest;
    }
    gst_p2p_dtls_input (b.dtls, block, len);
  }
  fail_if (b.closed);
  fail_unless_equals_int (b.data->len, 0);
  check_data_passes ();
}

GST_END_TEST;

GST_START_TEST (test_close_is_told_to_the_other_end)
{
  open_both ();
  shake_hands ();
  g_clear_pointer (&a.dtls, gst_p2p_dtls_free);
  while (carry_one (&a, &b)) {
  }
  fail_unless (b.closed);
  fail_unless (b.error == NULL);
}

GST_END_TEST;

/* ---- a raw client ---- */

static gnutls_session_t raw;
static GBytes *raw_in;

static ssize_t
raw_push (gnutls_transport_ptr_t p, const void *data, size_t len)
{
  g_queue_push_tail (&a.out, g_bytes_new (data, len));
  a.n_out++;
  return (ssize_t) len;
}

static ssize_t
raw_pull (gnutls_transport_ptr_t p, void *data, size_t len)
{
  gsize n;
  gconstpointer bytes;

  if (raw_in == NULL) {
    gnutls_transport_set_errno (raw, EAGAIN);
    return -1;
  }
  bytes = g_bytes_get_data (raw_in, &n);
  n = MIN (n, len);
  memcpy (data, bytes, n);
  g_clear_pointer (&raw_in, g_bytes_unref);
  return (ssize_t) n;
}

static int
raw_pull_timeout (gnutls_transport_ptr_t p, unsigned int ms)
{
  return raw_in != NULL;
}

/* Connects a GnuTLS client with these credentials to b, who expects 'id'. */
static gint
raw_connect (const gchar * priority, guint mtu,
    gnutls_certificate_credentials_t credentials, const P2pPeerId * id)
{
  gint r = GNUTLS_E_AGAIN;
  guint i;

  end_open (&b, TRUE, id);
  gnutls_init (&raw, GNUTLS_CLIENT | GNUTLS_DATAGRAM | GNUTLS_NONBLOCK);
  fail_unless (gnutls_priority_set_direct (raw, priority, NULL) >= 0);
  gnutls_credentials_set (raw, GNUTLS_CRD_CERTIFICATE, credentials);
  gnutls_dtls_set_mtu (raw, mtu);
  gnutls_transport_set_push_function (raw, raw_push);
  gnutls_transport_set_pull_function (raw, raw_pull);
  gnutls_transport_set_pull_timeout_function (raw, raw_pull_timeout);
  for (i = 0; i < 200 && r != 0 && !gnutls_error_is_fatal (r); i++) {
    r = gnutls_handshake (raw);
    while (carry_one (&a, &b)) {
    }
    raw_in = raw_in ? raw_in : g_queue_pop_head (&b.out);
  }
  gnutls_deinit (raw);
  g_clear_pointer (&raw_in, g_bytes_unref);
  return r;
}

/* The same with a certificate of ours, or none. */
static gint
raw_handshake (const gchar * priority, guint mtu, gboolean show_certificate)
{
  gnutls_certificate_credentials_t none = NULL;
  gint r;

  end_init (&a, NULL);
  end_init (&b, NULL);
  gnutls_certificate_allocate_credentials (&none);
  r = raw_connect (priority, mtu, show_certificate ?
      gst_p2p_certificate_get_credentials (a.certificate) : none,
      gst_p2p_certificate_get_id (a.certificate));
  gnutls_certificate_free_credentials (none);
  return r;
}

/* Self-signed, valid now, with any kind of key. */
static gnutls_certificate_credentials_t
foreign_credentials (gnutls_pk_algorithm_t type, guint bits, P2pPeerId * id)
{
  gnutls_certificate_credentials_t credentials;
  gnutls_x509_privkey_t key;
  gnutls_x509_crt_t crt;
  gsize size = sizeof (id->b);
  guint8 serial = 1;

  gnutls_x509_privkey_init (&key);
  fail_unless (gnutls_x509_privkey_generate (key, type, bits, 0) >= 0);
  gnutls_x509_crt_init (&crt);
  gnutls_x509_crt_set_version (crt, 3);
  gnutls_x509_crt_set_serial (crt, &serial, 1);
  gnutls_x509_crt_set_dn (crt, "CN=foreign", NULL);
  gnutls_x509_crt_set_activation_time (crt, time (NULL) - 1000);
  gnutls_x509_crt_set_expiration_time (crt, time (NULL) + 100000);
  gnutls_x509_crt_set_key (crt, key);
  fail_unless (gnutls_x509_crt_sign2 (crt, crt, key,
          type == GNUTLS_PK_EDDSA_ED25519 ? GNUTLS_DIG_SHA512 :
          GNUTLS_DIG_SHA256, 0) >= 0);
  gnutls_x509_crt_get_fingerprint (crt, GNUTLS_DIG_SHA256, id->b, &size);
  gnutls_certificate_allocate_credentials (&credentials);
  gnutls_certificate_set_x509_key (credentials, &crt, 1, key);
  gnutls_x509_crt_deinit (crt);
  gnutls_x509_privkey_deinit (key);
  return credentials;
}

#define RAW "NORMAL:-VERS-ALL:+VERS-DTLS1.2"

GST_START_TEST (test_a_hello_in_pieces_is_understood)
{
  fail_unless_equals_int (raw_handshake (RAW, 160, TRUE), 0);
  fail_unless (a.n_out > 4);
  fail_unless (b.connected);
}

GST_END_TEST;

GST_START_TEST (test_no_extended_master_secret_no_link)
{
  raw_handshake (RAW ":%NO_SESSION_HASH", 1200, TRUE);
  fail_unless (b.closed && b.error && !b.connected);
  fail_unless (strstr (b.error->message, "extended master secret"));
}

GST_END_TEST;

GST_START_TEST (test_a_client_without_a_certificate_is_refused)
{
  raw_handshake (RAW, 1200, FALSE);
  fail_unless (b.closed && b.error && !b.connected);
}

GST_END_TEST;

GST_START_TEST (test_other_versions_and_ciphers_are_refused)
{
  raw_handshake ("NORMAL:-VERS-ALL:+VERS-DTLS1.0:%COMPAT", 1200, TRUE);
  fail_if (b.connected);
  teardown ();
  raw_handshake (RAW ":-CIPHER-ALL:+AES-256-CBC", 1200, TRUE);
  fail_if (b.connected);
}

GST_END_TEST;

static gboolean
joins_with_key (gnutls_pk_algorithm_t type, guint bits)
{
  gnutls_certificate_credentials_t credentials;
  gboolean joined;
  P2pPeerId id;

  end_init (&a, NULL);
  end_init (&b, NULL);
  credentials = foreign_credentials (type, bits, &id);
  raw_connect (RAW, 1200, credentials, &id);
  gnutls_certificate_free_credentials (credentials);
  joined = b.connected;
  teardown ();
  return joined;
}

GST_START_TEST (test_certificates_of_other_keys_are_refused)
{
  fail_unless (joins_with_key (GNUTLS_PK_ECDSA,
          GNUTLS_CURVE_TO_BITS (GNUTLS_ECC_CURVE_SECP256R1)));
  fail_if (joins_with_key (GNUTLS_PK_RSA, 2048));
  fail_if (joins_with_key (GNUTLS_PK_ECDSA,
          GNUTLS_CURVE_TO_BITS (GNUTLS_ECC_CURVE_SECP384R1)));
  fail_if (joins_with_key (GNUTLS_PK_EDDSA_ED25519,
          GNUTLS_CURVE_TO_BITS (GNUTLS_ECC_CURVE_ED25519)));
}

GST_END_TEST;

static Suite *
gstp2pdtls_suite (void)
{
  Suite *s = suite_create ("gstp2pdtls");
  TCase *tc = tcase_create ("general");

  suite_add_tcase (s, tc);
  tcase_add_checked_fixture (tc, NULL, teardown);
  tcase_add_test (tc, test_two_ends_that_know_each_other_connect);
  tcase_add_test (tc, test_a_wrong_fingerprint_is_refused_by_either_end);
  tcase_add_test (tc, test_an_expired_or_future_certificate_is_refused);
  tcase_add_test (tc, test_each_lost_datagram_of_the_handshake_is_sent_again);
  tcase_add_test (tc, test_duplicates_and_disorder_do_no_harm);
  tcase_add_test (tc, test_nothing_is_armed_before_the_first_hello_nor_after);
  tcase_add_test (tc, test_a_silent_peer_costs_few_wake_ups);
  tcase_add_test (tc,
      test_garbage_and_forged_records_after_the_handshake_are_nothing);
  tcase_add_test (tc, test_close_is_told_to_the_other_end);
  tcase_add_test (tc, test_a_hello_in_pieces_is_understood);
  tcase_add_test (tc, test_no_extended_master_secret_no_link);
  tcase_add_test (tc, test_a_client_without_a_certificate_is_refused);
  tcase_add_test (tc, test_other_versions_and_ciphers_are_refused);
  tcase_add_test (tc, test_certificates_of_other_keys_are_refused);
  return s;
}

GST_CHECK_MAIN (gstp2pdtls);
