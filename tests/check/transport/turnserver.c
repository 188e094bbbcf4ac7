/* gst-plugins-p2p
 *
 * This library is free software; you can redistribute it and/or
 * modify it under the terms of the GNU Lesser General Public
 * License as published by the Free Software Foundation; either
 * version 2.1 of the License, or (at your option) any later version.
 */
/* turnserver.c: see turnserver.h. */
#include <gio/gio.h>
#include <glib/gstdio.h>
#include <gst/check/gstcheck.h>

#include "turnserver.h"

static GSubprocess *server;
guint16 turn_port, turn_tls_port;
static gchar *folder, *certificate, *key;

/* A port that was free a moment ago. */
guint16
turn_free_port (void)
{
  g_autoptr (GSocket) s = g_socket_new (G_SOCKET_FAMILY_IPV4,
      G_SOCKET_TYPE_STREAM, G_SOCKET_PROTOCOL_TCP, NULL);
  g_autoptr (GInetAddress) loopback =
      g_inet_address_new_loopback (G_SOCKET_FAMILY_IPV4);
  g_autoptr (GSocketAddress) any = g_inet_socket_address_new (loopback, 0);
  g_autoptr (GSocketAddress) bound = NULL;

  fail_unless (s && g_socket_bind (s, any, TRUE, NULL));
  bound = g_socket_get_local_address (s, NULL);
  return g_inet_socket_address_get_port (G_INET_SOCKET_ADDRESS (bound));
}

static gboolean
answers (void)
{
  g_autoptr (GSocketClient) client = g_socket_client_new ();
  g_autoptr (GSocketConnection) c =
      g_socket_client_connect_to_host (client, "127.0.0.1", turn_port, NULL,
      NULL);

  return c != NULL;
}

/* Self-signed, for 127.0.0.1. */
static void
make_certificate (void)
{
  g_autoptr (GSubprocess) openssl = NULL;

  folder = g_dir_make_tmp ("p2p-relay-XXXXXX", NULL);
  certificate = g_build_filename (folder, "certificate.pem", NULL);
  key = g_build_filename (folder, "key.pem", NULL);
  openssl = g_subprocess_new (G_SUBPROCESS_FLAGS_STDERR_SILENCE, NULL,
      "openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
      "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2", "-subj",
      "/CN=relay", "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", key,
      "-out", certificate, NULL);
  if (openssl != NULL) {
    g_subprocess_wait (openssl, NULL, NULL);
  }
}

void
turn_server_start (void)
{
  g_autofree gchar *program = g_find_program_in_path ("turnserver");
  g_autofree gchar *text = NULL, *tls_text = NULL;
  guint i;

  if (program == NULL) {
    return;
  }
  make_certificate ();
  turn_port = turn_free_port ();
  while ((turn_tls_port = turn_free_port ()) == turn_port);
  text = g_strdup_printf ("%u", turn_port);
  tls_text = g_strdup_printf ("%u", turn_tls_port);
  server = g_subprocess_new (G_SUBPROCESS_FLAGS_STDOUT_SILENCE
      | G_SUBPROCESS_FLAGS_STDERR_SILENCE, NULL, program, "-n",
      "--listening-ip", "127.0.0.1", "--relay-ip", "127.0.0.1",
      "--listening-port", text, "--lt-cred-mech", "--user", "me:secret",
      "--realm", "test", "--tls-listening-port", tls_text, "--cert",
      certificate, "--pkey", key, "--no-dtls", "--no-cli",
      "--allow-loopback-peers", "--log-file", "stdout", "--simple-log",
      "--pidfile", "/dev/null", "--userdb", "/dev/null", NULL);
  fail_unless (server != NULL);
  for (i = 0; i < 3000 && !answers (); i++) {
    g_usleep (20000);
  }
}

void
turn_server_stop (void)
{
  if (server) {
    g_subprocess_force_exit (server);
    g_subprocess_wait (server, NULL, NULL);
    g_clear_object (&server);
    g_unlink (certificate);
    g_unlink (key);
    g_rmdir (folder);
  }
  g_clear_pointer (&certificate, g_free);
  g_clear_pointer (&key, g_free);
  g_clear_pointer (&folder, g_free);
}

gboolean
turn_server_runs (void)
{
  return server != NULL;
}

gboolean
turn_server_trust (gboolean trust)
{
  g_autoptr (GTlsDatabase) database = NULL;

  if (server == NULL || !g_file_test (certificate, G_FILE_TEST_EXISTS)
      || !g_tls_backend_supports_tls (g_tls_backend_get_default ())) {
    GST_INFO ("turnserver, openssl or glib-networking is not installed");
    return FALSE;
  }
  if (trust) {
    database = g_tls_file_database_new (certificate, NULL);
    fail_unless (database != NULL);
  }
  g_tls_backend_set_default_database (g_tls_backend_get_default (), database);
  return TRUE;
}
