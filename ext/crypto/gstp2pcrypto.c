/* gst-plugins-p2p
 *
 * This library is free software; you can redistribute it and/or
 * modify it under the terms of the GNU Lesser General Public
 * License as published by the Free Software Foundation; either
 * version 2.1 of the License, or (at your option) any later version.
 */
/* gstp2pcrypto.c: Ed25519 keys and signatures, random bytes, swarm ids, with
 * GnuTLS; signatures are checked by libsodium. No state but the key itself;
 * any thread.
 */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include <errno.h>
#include <fcntl.h>
#include <gnutls/abstract.h>
#include <gnutls/crypto.h>
#include <gnutls/gnutls.h>
#include <gnutls/x509.h>
#include <gst/gst.h>
#include <glib/gstdio.h>
#include <sodium.h>
#include <string.h>
#include <unistd.h>

#include "../../gst/p2p/session/gstp2pcrypto.h"
#include "../../gst/p2p/session/gstp2perror.h"

GST_DEBUG_CATEGORY_STATIC (gst_p2p_crypto_debug);
#define GST_CAT_DEFAULT (ensure_debug_category ())

/* A PKCS #8 file of Ed25519 is 119 bytes; anything of this size is no key. */
#define MAX_KEY_FILE (64 * 1024)
/* Sign and verify need one block: a 65-byte prefix and a chunk fit here. */
#define STACK_BLOCK (20 * 1024)
/* 33 bytes are 44 characters of base64 without padding. */
#define SWARM_ID_TEXT_LEN 44

struct _GstP2PKey
{
  gint refs;                    /* atomic, beyond the first */
  gnutls_x509_privkey_t x509;
  gnutls_privkey_t key;
  P2pSwarmId swarm_id;
};

static GstDebugCategory *
ensure_debug_category (void)
{
  static gsize once = 0;

  if (g_once_init_enter (&once)) {
    GST_DEBUG_CATEGORY_INIT (gst_p2p_crypto_debug, "p2pcrypto", 0,
        "keys and signatures");
    g_once_init_leave (&once, 1);
  }
  return gst_p2p_crypto_debug;
}

/* Fills swarm_id from the key. FALSE when it is not an Ed25519 key. */
static gboolean
read_public_key (GstP2PKey * self)
{
  gnutls_ecc_curve_t curve = GNUTLS_ECC_CURVE_INVALID;
  gnutls_datum_t x = { NULL, 0 };
  gboolean ok = FALSE;

  if (gnutls_x509_privkey_get_pk_algorithm (self->x509)
      != GNUTLS_PK_EDDSA_ED25519) {
    return FALSE;
  }
  if (gnutls_x509_privkey_export_ecc_raw (self->x509, &curve, &x, NULL,
          NULL) < 0) {
    return FALSE;
  }
  if (curve == GNUTLS_ECC_CURVE_ED25519 && x.size == P2P_PUBLIC_KEY_LEN) {
    self->swarm_id.b[0] = P2P_SWARM_ALG_ED25519;
    memcpy (self->swarm_id.b + 1, x.data, P2P_PUBLIC_KEY_LEN);
    ok = TRUE;
  }
  gnutls_free (x.data);
  return ok;
}

/* Completes a key whose x509 part is there. */
static gboolean
finish_key (GstP2PKey * self)
{
  return read_public_key (self)
      && gnutls_privkey_init (&self->key) >= 0
      && gnutls_privkey_import_x509 (self->key, self->x509, 0) >= 0;
}

GstP2PKey *
gst_p2p_key_generate (GError ** error)
{
  GstP2PKey *self = g_new0 (GstP2PKey, 1);

  if (gnutls_x509_privkey_init (&self->x509) < 0
      || gnutls_x509_privkey_generate (self->x509, GNUTLS_PK_EDDSA_ED25519,
          gnutls_sec_param_to_pk_bits (GNUTLS_PK_EDDSA_ED25519,
              GNUTLS_SEC_PARAM_HIGH), 0) < 0 || !finish_key (self)) {
    g_set_error (error, GST_P2P_ERROR, GST_P2P_ERROR_KEY,
        "could not make an Ed25519 key: GnuTLS %s is too old or lacks it",
        gnutls_check_version (NULL));
    gst_p2p_key_free (self);
    return NULL;
  }
  return self;
}

GstP2PKey *
gst_p2p_key_ref (const GstP2PKey * key)
{
  GstP2PKey *self = (GstP2PKey *) key;

  g_atomic_int_inc (&self->refs);
  return self;
}

void
gst_p2p_key_free (GstP2PKey * self)
{
  if (self == NULL || g_atomic_int_add (&self->refs, -1) > 0) {
    return;
  }
  if (self->key) {
    gnutls_privkey_deinit (self->key);
  }
  if (self->x509) {
    gnutls_x509_privkey_deinit (self->x509);
  }
  g_free (self);
}

static GstP2PKey *
key_from_pem (const gchar * pem, gsize len)
{
  GstP2PKey *self = g_new0 (GstP2PKey, 1);
  gnutls_datum_t datum = { (unsigned char *) pem, (unsigned int) len };

  if (gnutls_x509_privkey_init (&self->x509) >= 0
      && gnutls_x509_privkey_import2 (self->x509, &datum, GNUTLS_X509_FMT_PEM,
          NULL, 0) >= 0 && finish_key (self)) {
    return self;
  }
  gst_p2p_key_free (self);
  return NULL;
}

/* A private key that others can read is usable, but somebody should know. */
static void
warn_about_mode (const gchar * path)
{
  GStatBuf st;

  if (g_stat (path, &st) == 0 && (st.st_mode & 077) != 0) {
    GST_WARNING ("key file %s can be read by others; chmod 600 it", path);
  }
}

static GstP2PKey *
load_key (const gchar * path, GError ** error)
{
  g_autofree gchar *text = NULL;
  g_autoptr (GError) cause = NULL;
  GstP2PKey *self;
  gsize len = 0;

  if (!g_file_get_contents (path, &text, &len, &cause)) {
    g_set_error (error, GST_P2P_ERROR, GST_P2P_ERROR_KEY,
        "can't read the key file %s: %s; make it readable for this user or "
        "set key-location to another path", path, cause->message);
    return NULL;
  }
  self = len <= MAX_KEY_FILE ? key_from_pem (text, len) : NULL;
  gnutls_memset (text, 0, len);
  if (self == NULL) {
    g_set_error (error, GST_P2P_ERROR, GST_P2P_ERROR_KEY,
        "%s holds no Ed25519 private key in PEM (PKCS #8); name another "
        "file, or one that does not exist yet and it will be made", path);
    return NULL;
  }
  warn_about_mode (path);
  return self;
}

/* Writes all of it to a new file of mode 0600 beside path; returns its name. */
static gchar *
write_private_file (const gchar * path, const guint8 * data, gsize len)
{
  g_autofree gchar *name = g_strdup_printf ("%s.XXXXXX", path);
  gint fd = g_mkstemp_full (name, O_WRONLY | O_CLOEXEC, 0600);
  gint saved;

  if (fd < 0) {
    return NULL;
  }
  if (write (fd, data, len) == (gssize) len && fsync (fd) == 0) {
    close (fd);
    return g_steal_pointer (&name);
  }
  saved = errno;
  close (fd);
  g_unlink (name);
  errno = saved;
  return NULL;
}

/* Never replaces a file: of two that make the same one at once, the second
 * (*exists) takes what the first wrote. */
static gboolean
save_key (GstP2PKey * self, const gchar * path, gboolean * exists,
    GError ** error)
{
  gnutls_datum_t pem = { NULL, 0 };
  gchar *name = NULL;
  gint saved = EIO;

  *exists = FALSE;
  if (gnutls_x509_privkey_export2_pkcs8 (self->x509, GNUTLS_X509_FMT_PEM, NULL,
          GNUTLS_PKCS_PLAIN, &pem) >= 0) {
    name = write_private_file (path, pem.data, pem.size);
    saved = errno;
    gnutls_memset (pem.data, 0, pem.size);
    gnutls_free (pem.data);
  }
  if (name != NULL) {
    gint result = link (name, path);

    saved = errno;
    g_unlink (name);
    g_free (name);
    if (result == 0) {
      return TRUE;
    }
    *exists = (saved == EEXIST);
    if (*exists) {
      return FALSE;
    }
  }
  g_set_error (error, GST_P2P_ERROR, GST_P2P_ERROR_KEY,
      "can't write the key file %s: %s; make its directory, or set "
      "key-location to a path this user can write", path, g_strerror (saved));
  return FALSE;
}

GstP2PKey *
gst_p2p_key_load_or_create (const gchar * path, GError ** error)
{
  GstP2PKey *self;
  gboolean exists;

  g_return_val_if_fail (path != NULL, NULL);

  if (g_file_test (path, G_FILE_TEST_EXISTS)) {
    return load_key (path, error);
  }
  self = gst_p2p_key_generate (error);
  if (self == NULL) {
    return NULL;
  }
  if (save_key (self, path, &exists, error)) {
    GST_INFO ("made a new key in %s", path);
    return self;
  }
  gst_p2p_key_free (self);
  return exists ? load_key (path, error) : NULL;
}

GstP2PKey *
gst_p2p_key_copy (const GstP2PKey * key)
{
  GstP2PKey *self;

  g_return_val_if_fail (key != NULL, NULL);

  self = g_new0 (GstP2PKey, 1);
  if (gnutls_x509_privkey_init (&self->x509) < 0
      || gnutls_x509_privkey_cpy (self->x509, key->x509) < 0
      || !finish_key (self)) {
    gst_p2p_key_free (self);
    return NULL;
  }
  return self;
}

void
gst_p2p_key_get_swarm_id (const GstP2PKey * key, P2pSwarmId * out)
{
  g_return_if_fail (key != NULL && out != NULL);

  *out = key->swarm_id;
}

/* Both parts in one block: stack when it fits, else *heap (freed by caller). */
static gnutls_datum_t
join (guint8 * stack, guint8 ** heap, const guint8 * prefix, gsize prefix_len,
    const guint8 * body, gsize body_len)
{
  gsize len = prefix_len + body_len;
  guint8 *block = stack;
  gnutls_datum_t datum;

  *heap = NULL;
  if (len > STACK_BLOCK) {
    block = *heap = g_malloc (len);
  }
  if (prefix_len > 0) {
    memcpy (block, prefix, prefix_len);
  }
  if (body_len > 0) {
    memcpy (block + prefix_len, body, body_len);
  }
  datum.data = block;
  datum.size = (unsigned int) len;
  return datum;
}

gboolean
gst_p2p_key_sign (const GstP2PKey * key, const guint8 * prefix,
    gsize prefix_len, const guint8 * body, gsize body_len,
    guint8 signature[P2P_SIGNATURE_LEN])
{
  guint8 stack[STACK_BLOCK];
  guint8 *heap;
  gnutls_datum_t data, sig = { NULL, 0 };
  gboolean ok;

  g_return_val_if_fail (key != NULL, FALSE);

  data = join (stack, &heap, prefix, prefix_len, body, body_len);
  ok = gnutls_privkey_sign_data2 (key->key, GNUTLS_SIGN_EDDSA_ED25519, 0,
      &data, &sig) >= 0 && sig.size == P2P_SIGNATURE_LEN;
  if (ok) {
    memcpy (signature, sig.data, P2P_SIGNATURE_LEN);
  }
  gnutls_free (sig.data);
  g_free (heap);
  return ok;
}

gboolean
gst_p2p_verify (const P2pSwarmId * swarm_id, const guint8 * prefix,
    gsize prefix_len, const guint8 * body, gsize body_len,
    const guint8 signature[P2P_SIGNATURE_LEN])
{
  guint8 stack[STACK_BLOCK];
  guint8 *heap;
  gnutls_datum_t data;
  gboolean ok;

  g_return_val_if_fail (swarm_id != NULL && signature != NULL, FALSE);

  /* The library's start is done once; any later call is only a lock. */
  if (swarm_id->b[0] != P2P_SWARM_ALG_ED25519 || sodium_init () < 0) {
    return FALSE;
  }
  data = join (stack, &heap, prefix, prefix_len, body, body_len);
  /* Not GnuTLS: libsodium needs less than half of its time, and this is the
   * largest single cost of a listener (docs/decisions/0003). */
  ok = crypto_sign_ed25519_verify_detached (signature, data.data, data.size,
      swarm_id->b + 1) == 0;
  g_free (heap);
  return ok;
}

void
gst_p2p_random (guint8 * out, gsize len)
{
  /* GnuTLS seeds itself from getrandom(); without it nothing here is safe. */
  if (gnutls_rnd (GNUTLS_RND_RANDOM, out, len) < 0) {
    g_error ("no random bytes from GnuTLS");
  }
}

void
gst_p2p_swarm_id_to_string (const P2pSwarmId * id, gchar out[45])
{
  g_autofree gchar *text = g_base64_encode (id->b, P2P_SWARM_ID_LEN);
  guint i;

  for (i = 0; i < SWARM_ID_TEXT_LEN; i++) {
    out[i] = text[i] == '+' ? '-' : text[i] == '/' ? '_' : text[i];
  }
  out[SWARM_ID_TEXT_LEN] = '\0';
}

gboolean
gst_p2p_swarm_id_from_string (const gchar * text, P2pSwarmId * out)
{
  gchar plain[SWARM_ID_TEXT_LEN + 1];
  guint8 bytes[SWARM_ID_TEXT_LEN];
  gint state = 0;
  guint save = 0;
  guint i;

  if (text == NULL || strnlen (text, SWARM_ID_TEXT_LEN + 1)
      != SWARM_ID_TEXT_LEN) {
    return FALSE;
  }
  for (i = 0; i < SWARM_ID_TEXT_LEN; i++) {
    if (!g_ascii_isalnum (text[i]) && text[i] != '-' && text[i] != '_') {
      return FALSE;
    }
    plain[i] = text[i] == '-' ? '+' : text[i] == '_' ? '/' : text[i];
  }
  plain[SWARM_ID_TEXT_LEN] = '\0';
  if (g_base64_decode_step (plain, SWARM_ID_TEXT_LEN, bytes, &state, &save)
      != P2P_SWARM_ID_LEN || bytes[0] != P2P_SWARM_ALG_ED25519) {
    return FALSE;
  }
  memcpy (out->b, bytes, P2P_SWARM_ID_LEN);
  return TRUE;
}
