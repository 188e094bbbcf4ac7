/* gst-plugins-p2p
 *
 * This library is free software; you can redistribute it and/or
 * modify it under the terms of the GNU Lesser General Public
 * License as published by the Free Software Foundation; either
 * version 2.1 of the License, or (at your option) any later version.
 */
/* bench-link: what a link of the real transport costs.
 *
 * Two processes on loopback: this one offers, its child answers. CPU is
 * getrusage (RUSAGE_SELF), user and system, of each between a start and a stop
 * message. Prints a table, and JSON with --json FILE. Cases by name, or all:
 * bulk-1130 bulk-16384 idle setup hub signature. --links N: of idle and hub (100).
 */
#include <gio/gio.h>
#include <glib-unix.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../../ext/transport/gstp2pnicetransport.h"
#include "../../gst/p2p/session/gstp2pcrypto.h"

#define MAX_LINKS 1000
#define AT_ONCE 100             /* links being set up */
#define SETUPS 20

typedef struct _Side Side;

typedef struct
{
  Side *side;
  guint index;
  GstP2PLink *link;
  gboolean connected;
  gint64 answered_at, connected_at;
} Peer;

struct _Side
{
  GMainContext *context;
  GstP2PTransport *transport;
  GstP2PIceConfig config;
  int fd;
  Peer peers[MAX_LINKS];
  guint n_connected;
  guint64 bytes;
  guint64 messages;
  gboolean writable;
  /* answer of the child to 'Q' */
  gboolean has_report;
  double cpu_s;
  guint64 report_bytes;
  glong rss_kib;
  double cpu_start;
};

/* ---- figures ---- */

static double
cpu_seconds (void)
{
  struct rusage u;

  getrusage (RUSAGE_SELF, &u);
  return u.ru_utime.tv_sec + u.ru_stime.tv_sec
      + (u.ru_utime.tv_usec + u.ru_stime.tv_usec) / 1e6;
}

static glong
rss_kib (void)
{
  FILE *f = fopen ("/proc/self/statm", "r");
  long size = 0, resident = 0;

  if (f) {
    if (fscanf (f, "%ld %ld", &size, &resident) != 2) {
      resident = 0;
    }
    fclose (f);
  }
  return resident * (sysconf (_SC_PAGESIZE) / 1024);
}

static GString *json;
static gboolean json_first = TRUE;

static void
figure (const gchar * name, double value, const gchar * unit)
{
  printf ("%-44s %10.3f %s\n", name, value, unit);
  fflush (stdout);
  g_string_append_printf (json, "%s\n  \"%s\": {\"value\": %.4f, "
      "\"unit\": \"%s\"}", json_first ? "" : ",", name, value, unit);
  json_first = FALSE;
}

/* ---- the wire between the processes: kind 1, index 4, length 4, bytes ---- */

static void
tell (Side * side, gchar kind, guint32 index, const void *data, guint32 len)
{
  guint8 head[9];

  head[0] = (guint8) kind;
  memcpy (head + 1, &index, 4);
  memcpy (head + 5, &len, 4);
  if (write (side->fd, head, 9) != 9
      || (len > 0 && write (side->fd, data, len) != (ssize_t) len)) {
    perror ("bench-link");
    exit (1);
  }
}

static gboolean
read_all (int fd, void *data, gsize len)
{
  guint8 *p = data;

  while (len > 0) {
    ssize_t n = read (fd, p, len);

    if (n <= 0) {
      return FALSE;
    }
    p += n;
    len -= (gsize) n;
  }
  return TRUE;
}

/* ---- links ---- */

static void
on_description (GstP2PLink * link, const gchar * sdp, gpointer user_data)
{
  Peer *peer = user_data;

  tell (peer->side, gst_p2p_link_is_offerer (link) ? 'O' : 'A', peer->index,
      sdp, (guint32) strlen (sdp));
}

static void
on_candidate (GstP2PLink * link, const gchar * candidate, gpointer user_data)
{
}

static void
on_state (GstP2PLink * link, GstP2PLinkState state, const GError * error,
    gpointer user_data)
{
  Peer *peer = user_data;

  if (state == GST_P2P_LINK_STATE_CONNECTED) {
    peer->connected = TRUE;
    peer->connected_at = g_get_monotonic_time ();
    peer->side->n_connected++;
  } else if (state >= GST_P2P_LINK_STATE_CLOSED) {
    if (error) {
      fprintf (stderr, "link %u: %s\n", peer->index, error->message);
      exit (1);
    }
    if (peer->connected) {
      peer->side->n_connected--;
    }
    peer->connected = FALSE;
  }
}

static void
on_message (GstP2PLink * link, guint16 stream, GBytes * message,
    gpointer user_data)
{
  Peer *peer = user_data;

  peer->side->messages++;
  peer->side->bytes += g_bytes_get_size (message);
}

static void
on_writable (GstP2PLink * link, gpointer user_data)
{
  ((Peer *) user_data)->side->writable = TRUE;
}

static const GstP2PLinkCallbacks callbacks = {
  on_description, on_candidate, on_state, on_message, on_writable
};

static void
take (Side * side, guint32 index, GstP2PLink * link)
{
  Peer *peer = &side->peers[index];

  g_clear_object (&peer->link);
  peer->side = side;
  peer->index = index;
  peer->link = link;
  peer->connected = FALSE;
  gst_p2p_link_set_callbacks (link, &callbacks, peer);
}

static void
report (Side * side)
{
  struct
  {
    double cpu;
    guint64 bytes;
    glong rss;
  } r;

  r.cpu = cpu_seconds () - side->cpu_start;
  r.bytes = side->bytes;
  r.rss = rss_kib ();
  tell (side, 'R', 0, &r, sizeof (r));
}

static void
take_report (Side * side, const guint8 * data)
{
  memcpy (&side->cpu_s, data, 8);
  memcpy (&side->report_bytes, data + 8, 8);
  memcpy (&side->rss_kib, data + 16, sizeof (glong));
  side->has_report = TRUE;
}

static void
handle (Side * side, gchar kind, guint32 index, gchar * data)
{
  GError *error = NULL;

  switch (kind) {
    case 'O':
      take (side, index, gst_p2p_transport_accept_offer (side->transport,
              &side->config, NULL, data, &error));
      break;
    case 'A':
      side->peers[index].answered_at = g_get_monotonic_time ();
      gst_p2p_link_set_answer (side->peers[index].link, data, &error);
      break;
    case 'S':
      side->cpu_start = cpu_seconds ();
      side->bytes = 0;
      break;
    case 'Q':
      report (side);
      break;
    case 'R':
      take_report (side, (guint8 *) data);
      break;
    default:
      break;
  }
  if (error) {
    fprintf (stderr, "%s\n", error->message);
    exit (1);
  }
}

static gboolean
on_readable (gint fd, GIOCondition condition, gpointer user_data)
{
  Side *side = user_data;
  guint8 head[9];
  guint32 index, len;
  gchar *data;

  if (!read_all (fd, head, 9)) {
    exit (0);
  }
  memcpy (&index, head + 1, 4);
  memcpy (&len, head + 5, 4);
  data = g_malloc0 (len + 1);
  if (!read_all (fd, data, len)) {
    exit (0);
  }
  handle (side, (gchar) head[0], index, data);
  g_free (data);
  return G_SOURCE_CONTINUE;
}

static void
side_init (Side * side, int fd)
{
  GError *error = NULL;

  side->fd = fd;
  side->config.use_loopback = TRUE;
  side->transport = GST_P2P_TRANSPORT (gst_p2p_nice_transport_new (NULL, NULL,
          &error));
  if (side->transport == NULL) {
    fprintf (stderr, "%s\n", error->message);
    exit (1);
  }
  g_unix_fd_add (fd, G_IO_IN | G_IO_HUP, on_readable, side);
}

static void
run_while (gboolean * flag, gboolean value)
{
  while (*flag == value) {
    g_main_context_iteration (NULL, TRUE);
  }
}

static gboolean
on_time (gpointer data)
{
  *(gboolean *) data = TRUE;
  return G_SOURCE_REMOVE;
}

static void
sleep_ms (guint ms)
{
  gboolean done = FALSE;

  g_timeout_add (ms, on_time, &done);
  run_while (&done, FALSE);
}

static void
ask_report (Side * side)
{
  side->has_report = FALSE;
  tell (side, 'Q', 0, NULL, 0);
  run_while (&side->has_report, FALSE);
}

static void
connect_links (Side * side, guint n)
{
  guint i;

  /* Not all at once: descriptions go through a blocking socket both ways. */
  for (i = 0; i < n; i++) {
    GstP2PLink *link = gst_p2p_transport_create_offer (side->transport,
        &side->config, NULL);

    if (link == NULL) {
      fprintf (stderr, "link %u of %u: no offer: is the limit of open files "
          "(ulimit -n) reached?\n", i + 1, n);
      exit (1);
    }
    take (side, i, link);
    while (i + 1 == n || i % AT_ONCE == AT_ONCE - 1) {
      if (side->n_connected > i)
        break;
      g_main_context_iteration (NULL, TRUE);
    }
  }
}

static void
close_links (Side * side, guint n)
{
  guint i;

  for (i = 0; i < n; i++) {
    gst_p2p_link_close (side->peers[i].link);
  }
  while (side->n_connected > 0) {
    g_main_context_iteration (NULL, TRUE);
  }
  for (i = 0; i < n; i++) {
    g_clear_object (&side->peers[i].link);
  }
  sleep_ms (50);
}

/* ---- cases ---- */

static void
bench_bulk (Side * side, gsize size, guint64 total)
{
  g_autofree gchar *name = NULL;
  GBytes *body = g_bytes_new_take (g_malloc0 (size), size);
  guint64 sent = 0;
  double cpu, gbit;
  gint64 start;

  connect_links (side, 1);
  tell (side, 'S', 0, NULL, 0);
  sleep_ms (100);
  cpu = cpu_seconds ();
  start = g_get_monotonic_time ();
  while (sent < total) {
    if (gst_p2p_link_send (side->peers[0].link, P2P_STREAM_DATA, NULL, 0, body,
            0, size) == GST_P2P_SEND_OK) {
      sent += size;
    } else {
      side->writable = FALSE;
      run_while (&side->writable, FALSE);
    }
  }
  for (;;) {
    GstP2PLinkStats stats;

    gst_p2p_link_get_stats (side->peers[0].link, &stats);
    if (stats.unacked == 0) {
      break;
    }
    g_main_context_iteration (NULL, TRUE);
  }
  start = g_get_monotonic_time () - start;
  cpu = cpu_seconds () - cpu;
  ask_report (side);
  gbit = sent * 8 / 1e9;
  name = g_strdup_printf ("bulk %" G_GSIZE_FORMAT " B: sender", size);
  figure (name, cpu / gbit, "CPU s/Gbit");
  g_free (name);
  name = g_strdup_printf ("bulk %" G_GSIZE_FORMAT " B: receiver", size);
  figure (name, side->cpu_s / gbit, "CPU s/Gbit");
  g_free (name);
  name = g_strdup_printf ("bulk %" G_GSIZE_FORMAT " B: throughput", size);
  figure (name, gbit * 1e9 / start, "Mbit/s");
  if (side->report_bytes != sent) {
    fprintf (stderr, "bulk: %" G_GUINT64_FORMAT " of %" G_GUINT64_FORMAT
        " bytes arrived\n", side->report_bytes, sent);
    exit (1);
  }
  g_bytes_unref (body);
  close_links (side, 1);
}

/* Entries of a folder of /proc/self: descriptors, threads. */
static guint
count_own (const gchar * what)
{
  g_autofree gchar *path = g_build_filename ("/proc/self", what, NULL);
  GDir *dir = g_dir_open (path, 0, NULL);
  guint n = 0;

  while (dir && g_dir_read_name (dir) != NULL)
    n++;
  g_clear_pointer (&dir, g_dir_close);
  return n;
}

static void
links_figure (guint n, const gchar * what, double value, const gchar * unit)
{
  g_autofree gchar *name = g_strdup_printf ("%u %s", n, what);

  figure (name, value, unit);
}

static void
bench_idle (Side * side, guint n, guint seconds)
{
  glong mine, theirs;
  guint fds, threads;
  gint64 start;
  double cpu;

  connect_links (side, 1);      /* libraries and caches */
  close_links (side, 1);
  ask_report (side);
  mine = rss_kib ();
  theirs = side->rss_kib;
  fds = count_own ("fd");
  threads = count_own ("task");
  start = g_get_monotonic_time ();
  connect_links (side, n);
  links_figure (n, "idle links: all are up after",
      (g_get_monotonic_time () - start) / 1e6, "s");
  sleep_ms (1000);
  ask_report (side);
  links_figure (n, "idle links: memory, offerer", (double) (rss_kib () - mine)
      / n, "KiB a link");
  links_figure (n, "idle links: memory, answerer", (double) (side->rss_kib
          - theirs) / n, "KiB a link");
  links_figure (n, "idle links: descriptors", (double) (count_own ("fd") - fds)
      / n, "a link");
  cpu = cpu_seconds ();
  sleep_ms (seconds * 1000);
  links_figure (n, "idle links: CPU", (cpu_seconds () - cpu) * 100 / seconds,
      "% of a core");
  close_links (side, n);
  sleep_ms (1000);
  links_figure (n, "links closed: descriptors more than before",
      (double) count_own ("fd") - fds, "");
  links_figure (n, "links closed: threads more than before",
      (double) count_own ("task") - threads, "");
}

static gint
compare_doubles (gconstpointer a, gconstpointer b)
{
  double d = *(const double *) a - *(const double *) b;

  return d < 0 ? -1 : d > 0;
}

static void
bench_setup (Side * side)
{
  double ms[SETUPS], cpu;
  guint i;

  connect_links (side, 1);
  close_links (side, 1);
  tell (side, 'S', 0, NULL, 0);
  cpu = cpu_seconds ();
  for (i = 0; i < SETUPS; i++) {
    connect_links (side, 1);
    ms[i] = (side->peers[0].connected_at - side->peers[0].answered_at) / 1e3;
    close_links (side, 1);
  }
  cpu = cpu_seconds () - cpu;
  ask_report (side);
  qsort (ms, SETUPS, sizeof (double), compare_doubles);
  figure ("set-up from both descriptions known, p50", ms[SETUPS / 2], "ms");
  figure ("set-up from both descriptions known, p95", ms[SETUPS * 95 / 100],
      "ms");
  figure ("set-up and close, offerer", cpu * 1000 / SETUPS, "CPU ms");
  figure ("set-up and close, answerer", side->cpu_s * 1000 / SETUPS, "CPU ms");
}

/* 128 kbit/s to each: 8 messages a second of 2,000 bytes, all in one dispatch. */
static void
bench_hub (Side * side, guint n_links, guint seconds)
{
  GBytes *body = g_bytes_new_take (g_malloc0 (2000), 2000);
  guint n = seconds * 8, i, j;
  double cpu;

  connect_links (side, n_links);
  tell (side, 'S', 0, NULL, 0);
  sleep_ms (200);
  cpu = cpu_seconds ();
  for (i = 0; i < n; i++) {
    for (j = 0; j < n_links; j++) {
      if (gst_p2p_link_send (side->peers[j].link, P2P_STREAM_DATA, NULL, 0,
              body, 0, 2000) != GST_P2P_SEND_OK) {
        fprintf (stderr, "hub: a message was not sent\n");
        exit (1);
      }
    }
    sleep_ms (125);
  }
  cpu = cpu_seconds () - cpu;
  ask_report (side);
  links_figure (n_links, "links at 128 kbit/s: hub", cpu * 100 / seconds,
      "% of a core");
  links_figure (n_links, "links at 128 kbit/s: all listeners",
      side->cpu_s * 100 / seconds, "% of a core");
  if (side->report_bytes != (guint64) n * n_links * 2000) {
    fprintf (stderr, "hub: bytes are missing\n");
    exit (1);
  }
  g_bytes_unref (body);
  close_links (side, n_links);
}

static void
bench_signature (void)
{
  g_autoptr (GstP2PKey) key = gst_p2p_key_generate (NULL);
  guint8 *block = g_malloc0 (16384), prefix[65] = { 0 };
  guint8 signature[P2P_SIGNATURE_LEN];
  P2pSwarmId id;
  double cpu;
  guint i;

  gst_p2p_key_get_swarm_id (key, &id);
  cpu = cpu_seconds ();
  for (i = 0; i < 500; i++) {
    gst_p2p_key_sign (key, prefix, 65, block, 16384, signature);
  }
  figure ("Ed25519 sign 16 KiB", (cpu_seconds () - cpu) * 1e6 / 500, "CPU us");
  cpu = cpu_seconds ();
  for (i = 0; i < 500; i++) {
    if (!gst_p2p_verify (&id, prefix, 65, block, 16384, signature)) {
      exit (1);
    }
  }
  figure ("Ed25519 verify 16 KiB", (cpu_seconds () - cpu) * 1e6 / 500,
      "CPU us");
  g_free (block);
}

static gboolean
wanted (gchar ** names, const gchar * name)
{
  return names == NULL || names[0] == NULL
      || g_strv_contains ((const gchar * const *) names, name);
}

static void
run_cases (Side * side, gchar ** names, guint links, guint seconds,
    guint megabytes)
{
  guint64 total = (guint64) megabytes * 1000000;

  if (wanted (names, "signature")) {
    bench_signature ();
  }
  if (wanted (names, "setup")) {
    bench_setup (side);
  }
  if (wanted (names, "bulk-1130")) {
    bench_bulk (side, 1130, total);
  }
  if (wanted (names, "bulk-16384")) {
    bench_bulk (side, 16384, total);
  }
  if (wanted (names, "idle")) {
    bench_idle (side, links, seconds);
  }
  if (wanted (names, "hub")) {
    bench_hub (side, links, seconds);
  }
}

static void
child_main (int fd)
{
  Side side = { 0 };

  side_init (&side, fd);
  for (;;) {
    g_main_context_iteration (NULL, TRUE);
  }
}

int
main (int argc, char **argv)
{
  gint seconds = 10, megabytes = 60, links = 100;
  g_autofree gchar *json_path = NULL;
  g_auto (GStrv) names = NULL;
  GOptionEntry entries[] = {
    {"json", 0, 0, G_OPTION_ARG_FILENAME, &json_path, "Write JSON here",
        "FILE"},
    {"seconds", 0, 0, G_OPTION_ARG_INT, &seconds, "Length of idle and hub",
        "S"},
    {"links", 0, 0, G_OPTION_ARG_INT, &links, "Of idle and hub", "N"},
    {"megabytes", 0, 0, G_OPTION_ARG_INT, &megabytes, "Size of bulk", "MB"},
    {G_OPTION_REMAINING, 0, 0, G_OPTION_ARG_STRING_ARRAY, &names, NULL,
        "[CASE ...]"},
    G_OPTION_ENTRY_NULL
  };
  GOptionContext *options = g_option_context_new (NULL);
  GError *error = NULL;
  Side side = { 0 };
  int fds[2];

  g_option_context_add_main_entries (options, entries, NULL);
  if (!g_option_context_parse (options, &argc, &argv, &error)
      || seconds < 1 || megabytes < 1 || links < 1 || links > MAX_LINKS) {
    fprintf (stderr, "%s\n", error ? error->message : "wrong option");
    return 2;
  }
  g_option_context_free (options);
  if (socketpair (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds) < 0) {
    perror ("bench-link");
    return 1;
  }
  if (fork () == 0) {
    close (fds[0]);
    child_main (fds[1]);
  }
  close (fds[1]);
  json = g_string_new ("{");
  side_init (&side, fds[0]);
  run_cases (&side, names, (guint) links, (guint) seconds, (guint) megabytes);
  g_string_append (json, "\n}\n");
  if (json_path && !g_file_set_contents (json_path, json->str, -1, &error)) {
    fprintf (stderr, "%s\n", error->message);
    return 1;
  }
  close (fds[0]);
  wait (NULL);
  return 0;
}
