/* gst-plugins-p2p
 *
 * This library is free software; you can redistribute it and/or
 * modify it under the terms of the GNU Lesser General Public
 * License as published by the Free Software Foundation; either
 * version 2.1 of the License, or (at your option) any later version.
 */
/* gstp2pcertificate.c: see gstp2pcertificate.h. */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <gnutls/crypto.h>
#include <gnutls/x509.h>
#include <string.h>
#include <unistd.h>

#include "gstp2pcertificate.h"
#include "../../gst/p2p/session/gstp2perror.h"

/* Browsers make theirs for 30 days; ours in a file must last as long as the
 * station. The day before covers clocks that differ. */
#define VALID_BEFORE_S (24 * 3600)
#define VALID_AFTER_S ((gint64) 20 * 365 * 24 * 3600)
#define SERIAL_LEN 8
#define MAX_PEM (64 * 1024)

struct _GstP2PCertificate
{
  gint refs;
  P2pPeerId id;
  gnutls_certificate_credentials_t credentials;
};

static gboolean
set_error (GError ** error, const gchar * what, gint code)
{
  g_set_error (error, GST_P2P_ERROR, GST_P2P_ERROR_KEY, "%s: %s", what,
      gnutls_strerror (code));
  return FALSE;
}

static gint
fill_certificate (gnutls_x509_crt_t crt, gnutls_x509_privkey_t key,
    gint64 from, gint64 to)
{
  static const gchar name[] = "gst-plugins-p2p";
  guint8 serial[SERIAL_LEN];
  gint r;

  if ((r = gnutls_rnd (GNUTLS_RND_NONCE, serial, sizeof (serial))) < 0) {
    return r;
  }
  serial[0] = (serial[0] & 0x7f) | 1;   /* positive, not zero (RFC 5280) */
  if ((r = gnutls_x509_crt_set_version (crt, 3)) < 0
      || (r = gnutls_x509_crt_set_serial (crt, serial, SERIAL_LEN)) < 0
      || (r = gnutls_x509_crt_set_activation_time (crt, from)) < 0
      || (r = gnutls_x509_crt_set_expiration_time (crt, to)) < 0
      || (r = gnutls_x509_crt_set_dn_by_oid (crt,
              GNUTLS_OID_X520_COMMON_NAME, 0, name, sizeof (name) - 1)) < 0
      || (r = gnutls_x509_crt_set_key (crt, key)) < 0) {
    return r;
  }
  return gnutls_x509_crt_sign2 (crt, crt, key, GNUTLS_DIG_SHA256, 0);
}

static gboolean
generate (gint64 from, gint64 to, gnutls_x509_crt_t * crt,
    gnutls_x509_privkey_t * key, GError ** error)
{
  gint r;

  if ((r = gnutls_x509_privkey_init (key)) < 0
      || (r = gnutls_x509_crt_init (crt)) < 0
      || (r = gnutls_x509_privkey_generate (*key, GNUTLS_PK_ECDSA,
              GNUTLS_CURVE_TO_BITS (GNUTLS_ECC_CURVE_SECP256R1), 0)) < 0
      || (r = fill_certificate (*crt, *key, from, to)) < 0) {
    return set_error (error, "could not make a DTLS certificate", r);
  }
  return TRUE;
}

static gboolean
load (const gchar * path, gnutls_x509_crt_t * crt, gnutls_x509_privkey_t * key,
    GError ** error)
{
  g_autofree gchar *text = NULL;
  g_autoptr (GError) cause = NULL;
  gnutls_datum_t pem;
  gsize len = 0;

  if (!g_file_get_contents (path, &text, &len, &cause)) {
    g_set_error (error, GST_P2P_ERROR, GST_P2P_ERROR_KEY,
        "can't read the certificate %s: %s; make it readable for this user or "
        "name another path", path, cause->message);
    return FALSE;
  }
  pem.data = (unsigned char *) text;
  pem.size = (unsigned int) MIN (len, MAX_PEM);
  if (gnutls_x509_privkey_init (key) < 0 || gnutls_x509_crt_init (crt) < 0
      || gnutls_x509_privkey_import2 (*key, &pem, GNUTLS_X509_FMT_PEM, NULL,
          0) < 0
      || gnutls_x509_crt_import (*crt, &pem, GNUTLS_X509_FMT_PEM) < 0
      || gnutls_x509_privkey_get_pk_algorithm (*key) != GNUTLS_PK_ECDSA) {
    g_set_error (error, GST_P2P_ERROR, GST_P2P_ERROR_KEY,
        "%s does not hold a certificate and its ECDSA key in PEM; name another "
        "file, or one that does not exist yet and it will be made", path);
    return FALSE;
  }
  return TRUE;
}

static gboolean
write_file (const gchar * path, const gchar * text)
{
  gsize len = strlen (text);
  gint fd = g_open (path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  gboolean ok;

  if (fd < 0) {
    return FALSE;
  }
  ok = write (fd, text, len) == (gssize) len && fsync (fd) == 0;
  close (fd);
  if (!ok) {
    g_unlink (path);
  }
  return ok;
}

static gboolean
save (const gchar * path, gnutls_x509_crt_t crt, gnutls_x509_privkey_t key,
    GError ** error)
{
  gnutls_datum_t a = { NULL, 0 }, b = { NULL, 0 };
  g_autofree gchar *text = NULL;
  gint r;

  if ((r = gnutls_x509_crt_export2 (crt, GNUTLS_X509_FMT_PEM, &a)) < 0
      || (r = gnutls_x509_privkey_export2_pkcs8 (key, GNUTLS_X509_FMT_PEM,
              NULL, GNUTLS_PKCS_PLAIN, &b)) < 0) {
    gnutls_free (a.data);
    return set_error (error, "could not export the DTLS certificate", r);
  }
  text = g_strdup_printf ("%.*s%.*s", (gint) a.size, a.data, (gint) b.size,
      b.data);
  gnutls_free (a.data);
  gnutls_free (b.data);
  if (!write_file (path, text)) {
    g_set_error (error, GST_P2P_ERROR, GST_P2P_ERROR_KEY,
        "can't write the certificate %s: %s; make its directory, or name a "
        "path this user can write", path, g_strerror (errno));
    return FALSE;
  }
  return TRUE;
}

/* Takes neither crt nor key. */
static GstP2PCertificate *
wrap (gnutls_x509_crt_t crt, gnutls_x509_privkey_t key, GError ** error)
{
  GstP2PCertificate *self = g_new0 (GstP2PCertificate, 1);
  gsize size = sizeof (self->id.b);
  gint r;

  self->refs = 1;
  if ((r = gnutls_certificate_allocate_credentials (&self->credentials)) < 0
      || (r = gnutls_certificate_set_x509_key (self->credentials, &crt, 1,
              key)) < 0
      || (r = gnutls_x509_crt_get_fingerprint (crt, GNUTLS_DIG_SHA256,
              self->id.b, &size)) < 0) {
    set_error (error, "GnuTLS does not take the certificate", r);
    gst_p2p_certificate_unref (self);
    return NULL;
  }
  return self;
}

static GstP2PCertificate *
make (const gchar * path, gint64 from, gint64 to, GError ** error)
{
  GstP2PCertificate *self = NULL;
  gnutls_x509_crt_t crt = NULL;
  gnutls_x509_privkey_t key = NULL;
  gboolean ok;

  if (path && g_file_test (path, G_FILE_TEST_EXISTS)) {
    ok = load (path, &crt, &key, error);
  } else {
    ok = generate (from, to, &crt, &key, error)
        && (path == NULL || save (path, crt, key, error));
  }
  if (ok) {
    self = wrap (crt, key, error);
  }
  if (crt) {
    gnutls_x509_crt_deinit (crt);
  }
  if (key) {
    gnutls_x509_privkey_deinit (key);
  }
  return self;
}

GstP2PCertificate *
gst_p2p_certificate_new (const gchar * path, GError ** error)
{
  gint64 now = g_get_real_time () / G_USEC_PER_SEC;

  return make (path, now - VALID_BEFORE_S, now + VALID_AFTER_S, error);
}

GstP2PCertificate *
gst_p2p_certificate_new_for_time (gint64 from, gint64 to, GError ** error)
{
  return make (NULL, from, to, error);
}

GstP2PCertificate *
gst_p2p_certificate_ref (GstP2PCertificate * self)
{
  g_atomic_int_inc (&self->refs);
  return self;
}

void
gst_p2p_certificate_unref (GstP2PCertificate * self)
{
  if (!g_atomic_int_dec_and_test (&self->refs)) {
    return;
  }
  if (self->credentials) {
    gnutls_certificate_free_credentials (self->credentials);
  }
  g_free (self);
}

const P2pPeerId *
gst_p2p_certificate_get_id (GstP2PCertificate * self)
{
  return &self->id;
}

gnutls_certificate_credentials_t
gst_p2p_certificate_get_credentials (GstP2PCertificate * self)
{
  return self->credentials;
}

gchar *
gst_p2p_peer_id_to_fingerprint (const P2pPeerId * id)
{
  GString *text = g_string_sized_new (P2P_PEER_ID_LEN * 3);
  guint i;

  for (i = 0; i < P2P_PEER_ID_LEN; i++) {
    g_string_append_printf (text, "%s%02X", i > 0 ? ":" : "", id->b[i]);
  }
  return g_string_free (text, FALSE);
}
