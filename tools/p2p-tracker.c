/* gst-plugins-p2p
 *
 * This library is free software; you can redistribute it and/or
 * modify it under the terms of the GNU Lesser General Public
 * License as published by the Free Software Foundation; either
 * version 2.1 of the License, or (at your option) any later version.
 */
/* p2p-tracker.c: a rendezvous server as a program (docs/tracker.md).
 *
 * A thin main around ext/rendezvous: options, one server, one loop, a clean
 * stop. Says on stdout where it listens, errors in one line on stderr; exit
 * status 1 for a wrong option or a port that can't be had.
 */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include <glib-unix.h>
#include <gst/gst.h>
#include <locale.h>
#include <string.h>
#include <sys/resource.h>

#include "../ext/rendezvous/gstp2ptrackerserver.h"
#include "../gst/p2p/session/gstp2pcrypto.h"
#include "../gst/p2p/session/gstp2perror.h"

#define DEFAULT_PORT 8787
#define UNSET G_MININT
#define GOODBYE_MS 200          /* for the close frames to reach the kernel */

static gchar *address;
static gint port = DEFAULT_PORT;
static gchar *certificate_path;
static gchar *key_path;
static gint max_connections = UNSET;
static gint max_members = UNSET;
static gint max_members_per_swarm = UNSET;
static gint max_channels = UNSET;
static gint max_messages = UNSET;
static gint max_bytes = UNSET;
static gint idle_timeout = UNSET;
static gint expiry = UNSET;
static gboolean closed;
static gboolean open_to_all;
static gboolean quiet;
static gboolean show_version;
static gchar **swarms;

static const GOptionEntry entries[] = {
  {"address", 'a', 0, G_OPTION_ARG_STRING, &address,
      "IP address to listen on (all interfaces)", "ADDRESS"},
  {"port", 'p', 0, G_OPTION_ARG_INT, &port,
      "Port to listen on; 0 = any that is free (8787)", "PORT"},
  {"certificate", 0, 0, G_OPTION_ARG_FILENAME, &certificate_path,
      "PEM file with the TLS certificate chain: wss:// and p2ps://", "FILE"},
  {"key", 0, 0, G_OPTION_ARG_FILENAME, &key_path,
      "PEM file with the certificate's key (in the same file)", "FILE"},
  {"open", 0, 0, G_OPTION_ARG_NONE, &open_to_all,
      "Take channels of any broadcaster (this is the default)", NULL},
  {"closed", 0, 0, G_OPTION_ARG_NONE, &closed,
      "Take only the channels of the swarms given with --swarm", NULL},
  {"swarm", 0, 0, G_OPTION_ARG_STRING_ARRAY, &swarms,
      "A swarm id to serve when closed; may be repeated", "ID"},
  {"max-connections", 0, 0, G_OPTION_ARG_INT, &max_connections,
      "Sockets at once (12000)", "N"},
  {"max-members", 0, 0, G_OPTION_ARG_INT, &max_members,
      "Memberships in all swarms (20000)", "N"},
  {"max-members-per-swarm", 0, 0, G_OPTION_ARG_INT, &max_members_per_swarm,
      "Members of one swarm (10000)", "N"},
  {"max-channels", 0, 0, G_OPTION_ARG_INT, &max_channels,
      "Channel names, leased ones included (1000)", "N"},
  {"max-messages-per-second", 0, 0, G_OPTION_ARG_INT, &max_messages,
      "Messages of one socket, mean; 4 times as many at once (50)", "N"},
  {"max-message-bytes", 0, 0, G_OPTION_ARG_INT, &max_bytes,
      "Bytes of one message (65536)", "N"},
  {"idle-timeout", 0, 0, G_OPTION_ARG_INT, &idle_timeout,
      "Close sockets that say nothing for so long (180)", "SECONDS"},
  {"expiry", 0, 0, G_OPTION_ARG_INT, &expiry,
      "Forget members that do not announce for so long (120)", "SECONDS"},
  {"quiet", 'q', 0, G_OPTION_ARG_NONE, &quiet,
      "Say nothing but errors", NULL},
  {"version", 0, 0, G_OPTION_ARG_NONE, &show_version,
      "Print the version and exit", NULL},
  G_OPTION_ENTRY_NULL
};

static const gchar description[] =
    "Broadcast through it:  ... ! p2psink rendezvous=ws://HOST:8787 "
    "channel=NAME\n"
    "Listen:                gst-play-1.0 p2p://HOST:8787/NAME\n"
    "Status as JSON:        http://HOST:8787/   (also /status.json, /health)\n"
    "Page of a channel:     http://HOST:8787/NAME\n\n"
    "It introduces peers to each other and keeps the names of channels; media\n"
    "never pass through it. Stop it with Ctrl-C or SIGTERM.\n"
    "Debugging: GST_DEBUG=p2ptracker:5\n";

static gboolean
fail (GError ** error, const gchar * format, const gchar * what)
{
  g_set_error (error, GST_P2P_ERROR, GST_P2P_ERROR_FAILED, format, what);
  return FALSE;
}

/* Sets one limit if its option was given. */
static gboolean
set_limit (GstP2PTrackerServer * server, const gchar * name, gint value,
    GError ** error)
{
  GParamSpecUInt *spec = G_PARAM_SPEC_UINT (g_object_class_find_property
      (G_OBJECT_GET_CLASS (server), name));

  if (value == UNSET)
    return TRUE;
  if (value < 0 || (guint) value < spec->minimum
      || (guint) value > spec->maximum) {
    g_set_error (error, GST_P2P_ERROR, GST_P2P_ERROR_FAILED,
        "--%s has to be from %u to %u", name, spec->minimum, spec->maximum);
    return FALSE;
  }
  g_object_set (server, name, (guint) value, NULL);
  return TRUE;
}

static gboolean
set_limits (GstP2PTrackerServer * server, GError ** error)
{
  return set_limit (server, "max-connections", max_connections, error)
      && set_limit (server, "max-members", max_members, error)
      && set_limit (server, "max-members-per-swarm", max_members_per_swarm,
      error) && set_limit (server, "max-channels", max_channels, error)
      && set_limit (server, "max-messages-per-second", max_messages, error)
      && set_limit (server, "max-message-bytes", max_bytes, error)
      && set_limit (server, "idle-timeout", idle_timeout, error)
      && set_limit (server, "expiry", expiry, error);
}

static gboolean
allow_swarms (GstP2PTrackerServer * server, GError ** error)
{
  gchar **swarm;

  gst_p2p_tracker_server_set_open (server, !closed);
  for (swarm = swarms; swarm != NULL && *swarm != NULL; swarm++) {
    P2pSwarmId id;

    if (!gst_p2p_swarm_id_from_string (*swarm, &id))
      return fail (error, "--swarm=%s: a swarm id has 44 characters of A-Z "
          "a-z 0-9 - _ (p2psink prints it)", *swarm);
    gst_p2p_tracker_server_allow_swarm (server, &id, TRUE);
  }
  return TRUE;
}

static gboolean
load_certificate (GTlsCertificate ** certificate, GError ** error)
{
  g_autoptr (GError) cause = NULL;

  if (certificate_path == NULL && key_path != NULL)
    return fail (error, "--key=%s needs --certificate, too", key_path);
  if (certificate_path == NULL)
    return TRUE;
  *certificate = g_tls_certificate_new_from_files (certificate_path,
      key_path ? key_path : certificate_path, &cause);
  if (*certificate == NULL) {
    g_set_error (error, GST_P2P_ERROR, GST_P2P_ERROR_KEY,
        "no TLS with --certificate=%s%s%s: %s; it takes PEM files that this "
        "user may read, the chain in the first, the key there or in --key=FILE",
        certificate_path, key_path ? " --key=" : "", key_path ? key_path : "",
        cause->message);
    return FALSE;
  }
  return TRUE;
}

static gboolean
start (GstP2PTrackerServer * server, GError ** error)
{
  g_autoptr (GTlsCertificate) certificate = NULL;
  g_autoptr (GError) cause = NULL;

  if (port < 0 || port > G_MAXUINT16)
    return fail (error, "--port has to be from 0 to 65535%s", "");
  if (closed && open_to_all)
    return fail (error, "--open and --closed exclude each other%s", "");
  if (!set_limits (server, error) || !allow_swarms (server, error)
      || !load_certificate (&certificate, error))
    return FALSE;
  if (gst_p2p_tracker_server_listen (server, address, port, certificate,
          &cause))
    return TRUE;
  if (g_error_matches (cause, GST_P2P_ERROR, GST_P2P_ERROR_PORT_IN_USE))
    g_set_error (error, GST_P2P_ERROR, GST_P2P_ERROR_PORT_IN_USE,
        "%s: choose another with --port=N (0 = any), or stop the program that "
        "has it", cause->message);
  else if (g_error_matches (cause, GST_P2P_ERROR, GST_P2P_ERROR_RENDEZVOUS))
    g_set_error (error, GST_P2P_ERROR, GST_P2P_ERROR_RENDEZVOUS,
        "%s: set --address to an address of this machine, or leave it out for "
        "all, and --port to one that this user may take (0 = any)",
        cause->message);
  else
    g_propagate_error (error, g_steal_pointer (&cause));
  return FALSE;
}

static void
say_where (GstP2PTrackerServer * server)
{
  const gchar *host = address != NULL ? address : "HOST";
  const gchar *left = strchr (host, ':') ? "[" : "";
  const gchar *right = strchr (host, ':') ? "]" : "";
  const gchar *secure = certificate_path != NULL ? "s" : "";
  guint16 real = gst_p2p_tracker_server_get_port (server);

  if (quiet)
    return;
  g_print ("Rendezvous at ws%s://%s%s%s:%u, %s\n", secure, left, host, right,
      real, closed ? "closed" : "open to every broadcaster");
  g_print ("Status (JSON) at http%s://%s%s%s:%u/\n", secure, left, host, right,
      real);
}

/* Every peer is a file descriptor; the usual soft limit is 1024. */
static void
raise_descriptor_limit (void)
{
  struct rlimit limit;

  if (getrlimit (RLIMIT_NOFILE, &limit) != 0)
    return;
  limit.rlim_cur = limit.rlim_max;
  setrlimit (RLIMIT_NOFILE, &limit);
}

static gboolean
on_signal (gpointer loop)
{
  g_main_loop_quit (loop);
  return G_SOURCE_CONTINUE;
}

static gboolean
on_goodbye_over (gpointer loop)
{
  g_main_loop_quit (loop);
  return G_SOURCE_REMOVE;
}

static void
add_source (GMainContext * context, GSource * source, GSourceFunc func,
    GMainLoop * loop)
{
  g_source_set_callback (source, func, loop, NULL);
  g_source_attach (source, context);
  g_source_unref (source);
}

static void
run (GstP2PTrackerServer * server, GMainContext * context)
{
  g_autoptr (GMainLoop) loop = g_main_loop_new (context, FALSE);

  add_source (context, g_unix_signal_source_new (SIGTERM), on_signal, loop);
  add_source (context, g_unix_signal_source_new (SIGINT), on_signal, loop);
  say_where (server);           /* who waits for that may stop it from now on */
  g_main_loop_run (loop);
  gst_p2p_tracker_server_stop (server);
  add_source (context, g_timeout_source_new (GOODBYE_MS), on_goodbye_over,
      loop);
  g_main_loop_run (loop);
}

int
main (int argc, char **argv)
{
  g_autoptr (GOptionContext) options = g_option_context_new (NULL);
  g_autoptr (GMainContext) context = NULL;
  g_autoptr (GstP2PTrackerServer) server = NULL;
  g_autoptr (GError) error = NULL;
  gboolean ok;

  setlocale (LC_ALL, "");
  g_option_context_set_summary (options,
      "A rendezvous for live P2P broadcasts: listeners find each other here.");
  g_option_context_set_description (options, description);
  g_option_context_add_main_entries (options, entries, NULL);
  if (!g_option_context_parse (options, &argc, &argv, &error)
      || (argc > 1 && !fail (&error, "unexpected argument %s", argv[1]))) {
    g_printerr ("p2p-tracker: %s (--help shows the options)\n", error->message);
    return 1;
  }
  if (show_version) {
    g_print ("p2p-tracker %s\n", VERSION);
    return 0;
  }
  /* GStreamer is here for its logging only. */
  g_setenv ("GST_REGISTRY_DISABLE", "yes", FALSE);
  gst_init (NULL, NULL);
  raise_descriptor_limit ();
  /* A context of its own: GLib wakes the default one by a pipe for each source
   * that comes or goes, 6 times a join, as others might poll for it. */
  context = g_main_context_new ();
  g_main_context_push_thread_default (context);
  server = gst_p2p_tracker_server_new (context);
  ok = start (server, &error);
  if (ok)
    run (server, context);
  else
    g_printerr ("p2p-tracker: %s\n", error->message);
  g_main_context_pop_thread_default (context);
  return ok ? 0 : 1;
}
