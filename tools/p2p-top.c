/* gst-plugins-p2p
 *
 * This library is free software; you can redistribute it and/or
 * modify it under the terms of the GNU Lesser General Public
 * License as published by the Free Software Foundation; either
 * version 2.1 of the License, or (at your option) any later version.
 */
/* p2p-top.c: shows the swarms of this machine's processes, live.
 *
 * Every session with P2P_TOP_DIR in its environment has a socket there
 * (gst/p2p/session/gstp2pview.c). p2p-top connects to each once a second, reads
 * one line of JSON and draws. It tells the sessions nothing.
 */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include <errno.h>
#include <gio/gio.h>
#include <gio/gunixsocketaddress.h>
#include <json-c/json.h>
#include <locale.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "p2ptopabsent.h"

#define MAX_ANSWER (256 * 1024) /* of one session */
#define ANSWER_S 2
#define DEFAULT_PORT 8787       /* of a rendezvous */
#define MAX_SESSIONS 1000
#define MAX_STATUS (1024 * 1024)        /* of a rendezvous with 1,000 channels */

static gchar *dir, *tracker;
static gboolean once, as_json, as_dot;
static gdouble interval = 1;

static const GOptionEntry entries[] = {
  {"dir", 'd', 0, G_OPTION_ARG_FILENAME, &dir,
      "Where the sessions are ($P2P_TOP_DIR)", "DIR"},
  {"tracker", 't', 0, G_OPTION_ARG_STRING, &tracker,
      "Show the channels of this rendezvous instead", "HOST[:PORT]"},
  {"interval", 'i', 0, G_OPTION_ARG_DOUBLE, &interval,
      "Seconds between two looks (1)", "S"},
  {"once", 0, 0, G_OPTION_ARG_NONE, &once,
      "Print one frame and exit", NULL},
  {"json", 0, 0, G_OPTION_ARG_NONE, &as_json,
      "Print what the sessions say, a line each, and exit", NULL},
  {"dot", 0, 0, G_OPTION_ARG_NONE, &as_dot,
      "Print who feeds whom for Graphviz and exit", NULL},
  {NULL, 0, 0, 0, NULL, NULL, NULL}
};

/* ---- asking ---- */

/* All that comes until the other end closes. */
static GString *
read_all (GIOStream * stream, gsize most)
{
  GInputStream *in = g_io_stream_get_input_stream (stream);
  GString *text = g_string_new (NULL);
  gchar block[8192];
  gssize n;

  while (text->len < most
      && (n = g_input_stream_read (in, block, sizeof block, NULL, NULL)) > 0)
    g_string_append_len (text, block, n);
  return text;
}

static gchar *
ask (const gchar * path)
{
  GSocketClient *client = g_socket_client_new ();
  GSocketAddress *address = g_unix_socket_address_new (path);
  GSocketConnection *connection;
  GString *text = g_string_new (NULL);

  g_socket_client_set_timeout (client, ANSWER_S);
  connection = g_socket_client_connect (client, G_SOCKET_CONNECTABLE (address),
      NULL, NULL);
  if (connection != NULL) {
    g_string_free (text, TRUE);
    text = read_all (G_IO_STREAM (connection), MAX_ANSWER);
    g_object_unref (connection);
  }
  g_object_unref (address);
  g_object_unref (client);
  return g_string_free (text, text->len == 0);
}

static const gchar *
skip_prefix (const gchar * text, const gchar * prefix)
{
  gsize n = strlen (prefix);

  return g_ascii_strncasecmp (text, prefix, n) == 0 ? text + n : NULL;
}

/* HOST, HOST:PORT or [HOST]:PORT, IPv6 also without brackets when alone. */
static gboolean
is_address (const gchar * text)
{
  GSocketConnectable *parsed;
  const gchar *host;
  gboolean ok;

  parsed = g_network_address_parse (text, DEFAULT_PORT, NULL);
  if (parsed == NULL)
    return FALSE;
  host = g_network_address_get_hostname (G_NETWORK_ADDRESS (parsed));
  ok = *host != '\0' && strpbrk (host, " \t/@") == NULL
      && g_network_address_get_port (G_NETWORK_ADDRESS (parsed)) != 0;
  g_object_unref (parsed);
  return ok;
}

/* Of an address that somebody pasted the host and port. FALSE: it was told why it
 * can't be used. */
static gboolean
take_address (gchar * address)
{
  static const gchar *const plain[] = { "p2p://", "ws://", "http://" };
  static const gchar *const tls[] = { "p2ps://", "wss://", "https://" };
  g_autofree gchar *written = g_strdup (address);
  const gchar *rest = NULL;

  g_strstrip (address);
  for (guint i = 0; i < G_N_ELEMENTS (plain) && rest == NULL; i++) {
    if (skip_prefix (address, tls[i])) {
      fprintf (stderr, "p2p-top: %s: no TLS is spoken here; "
          "curl https://HOST/status.json tells the same\n", address);
      return FALSE;
    }
    rest = skip_prefix (address, plain[i]);
  }
  if (rest != NULL)
    memmove (address, rest, strlen (rest) + 1);
  if (strstr (address, "://") == NULL)
    address[strcspn (address, "/?#")] = '\0';
  if (is_address (address))
    return TRUE;
  fprintf (stderr, "p2p-top: --tracker=%s: write HOST or HOST:PORT of a "
      "rendezvous, as in --tracker=127.0.0.1:%d\n", written, DEFAULT_PORT);
  return FALSE;
}

/* The status page of a rendezvous; NULL with why: it does not answer as one. */
static json_object *
ask_tracker (gchar ** why)
{
  GSocketClient *client = g_socket_client_new ();
  GSocketConnection *connection;
  json_object *status = NULL;
  GError *error = NULL;

  *why = NULL;
  g_socket_client_set_timeout (client, ANSWER_S);
  connection = g_socket_client_connect_to_host (client, tracker, DEFAULT_PORT,
      NULL, &error);
  if (connection != NULL) {
    static const gchar get[] = "GET /status.json HTTP/1.0\r\n\r\n";
    GOutputStream *out =
        g_io_stream_get_output_stream (G_IO_STREAM (connection));
    GString *text;
    const gchar *body;

    g_output_stream_write_all (out, get, sizeof get - 1, NULL, NULL, NULL);
    text = read_all (G_IO_STREAM (connection), MAX_STATUS);
    body = strstr (text->str, "\r\n\r\n");
    status = body ? json_tokener_parse (body + 4) : NULL;
    if (status == NULL)
      *why = g_strdup (text->len ? "what answers is no rendezvous" :
          "it says nothing to plain HTTP");
    g_string_free (text, TRUE);
    g_object_unref (connection);
  } else {
    *why = g_strdup (error->message);
    g_error_free (error);
  }
  g_object_unref (client);
  return status;
}

static gint
by_name (gconstpointer a, gconstpointer b)
{
  return strcmp (*(gchar * const *) a, *(gchar * const *) b);
}

static void
forget (gpointer answer)
{
  json_object_put (answer);
}

/* Who died without a word leaves a socket behind: it answers nothing. */
static GPtrArray *
look (void)
{
  GPtrArray *names = g_ptr_array_new_with_free_func (g_free);
  GPtrArray *answers = g_ptr_array_new_with_free_func (forget);
  GDir *d = g_dir_open (dir, 0, NULL);
  const gchar *name;

  while (d && (name = g_dir_read_name (d)) && names->len < MAX_SESSIONS) {
    if (g_str_has_suffix (name, ".sock"))
      g_ptr_array_add (names, g_build_filename (dir, name, NULL));
  }
  if (d)
    g_dir_close (d);
  g_ptr_array_sort (names, by_name);
  for (guint i = 0; i < names->len; i++) {
    gchar *text = ask (g_ptr_array_index (names, i));
    json_object *o = text ? json_tokener_parse (text) : NULL;

    if (o)
      g_ptr_array_add (answers, o);
    g_free (text);
  }
  g_ptr_array_unref (names);
  return answers;
}

static gint64
number (json_object * o, const gchar * key)
{
  json_object *v;

  return json_object_object_get_ex (o, key, &v) ? json_object_get_int64 (v) : 0;
}

/* Printable ASCII only: what a socket says must not steer the terminal. */
static const gchar *
word (json_object * o, const gchar * key)
{
  json_object *v;
  const gchar *s;

  if (!json_object_object_get_ex (o, key, &v))
    return "";
  s = json_object_get_string (v);
  for (const gchar * c = s; c && *c; c++) {
    if (*c <= ' ' || *c > '~' || *c == '"' || *c == '\\')
      return "?";
  }
  return s ? s : "";
}

typedef void (*SwarmFunc) (json_object * session, json_object * swarm,
    gpointer data);

static void
each_swarm (GPtrArray * answers, SwarmFunc func, gpointer data)
{
  for (guint i = 0; i < answers->len; i++) {
    json_object *session = g_ptr_array_index (answers, i), *list;

    if (!json_object_object_get_ex (session, "swarms", &list)
        || !json_object_is_type (list, json_type_array))
      continue;
    for (gsize j = 0; j < json_object_array_length (list); j++)
      func (session, json_object_array_get_idx (list, j), data);
  }
}

/* ---- the table ---- */

typedef struct
{
  gint64 at, sent, received;
} Before;

typedef struct
{
  gchar *text;
  gboolean source;
  gint64 lag, lost;
} Row;

typedef struct
{
  GHashTable *before;           /* "pid/peer/swarm" -> Before */
  GPtrArray *rows;
  gint64 now;
} Table;

static void
row_free (gpointer data)
{
  Row *row = data;

  g_free (row->text);
  g_free (row);
}

static void
put_rate (GString * out, gint64 bytes, gint64 us)
{
  if (us <= 0)
    g_string_append_printf (out, " %5s", "-");
  else
    g_string_append_printf (out, " %5.0f",
        (gdouble) bytes * 8000 / (gdouble) us);
}

/* At most 79 columns, as long as the figures are no wider than that. */
static void
put_row (json_object * session, json_object * swarm, gpointer data)
{
  Table *t = data;
  gchar *key = g_strdup_printf ("%s/%s", word (session, "peer"),
      word (swarm, "swarm"));
  Before *b = g_hash_table_lookup (t->before, key);
  gint64 sent = number (swarm, "wire_sent");
  gint64 received = number (swarm, "wire_received");
  gint64 delivered = number (swarm, "delivered");
  GString *out = g_string_new (NULL);
  Row *row = g_new0 (Row, 1);

  g_string_append_printf (out, "%7d %-8s %-4.4s %-6s", (int) number (session,
          "pid"), word (session, "peer"), word (swarm, "swarm"), word (swarm,
          "role"));
  put_rate (out, b ? sent - b->sent : 0, b ? t->now - b->at : 0);
  put_rate (out, b ? received - b->received : 0, b ? t->now - b->at : 0);
  row->source = strcmp (word (swarm, "role"), "source") == 0;
  row->lag = number (swarm, "lag_ms");
  row->lost = number (swarm, "lost");
  g_string_append_printf (out, " %4d %4d %3d %3d %3d %2d %3d %4d %4.1f",
      (int) row->lag, (int) number (swarm, "buffered_ms"), (int) number (swarm,
          "neighbours_n"), (int) number (swarm, "parents"), (int) number (swarm,
          "children"), (int) number (swarm, "depth"), (int) number (swarm,
          "first_hop_share"), (int) row->lost,
      delivered ? 100.0 * (gdouble) number (swarm, "duplicate")
      / (gdouble) delivered : 0.0);
  row->text = g_string_free (out, FALSE);
  g_ptr_array_add (t->rows, row);
  if (b == NULL) {
    b = g_new0 (Before, 1);
    g_hash_table_insert (t->before, g_strdup (key), b);
  }
  *b = (Before) {
  t->now, sent, received};
  g_free (key);
}

/* Sources first, then who is furthest behind. */
static gint
by_need (gconstpointer a, gconstpointer b)
{
  const Row *x = *(Row * const *) a, *y = *(Row * const *) b;

  if (x->source != y->source)
    return x->source ? -1 : 1;
  return (x->lag < y->lag) - (x->lag > y->lag);
}

/* Lines of the terminal, 0 = it is none. */
static guint
lines_of_terminal (void)
{
  struct winsize size;

  if (ioctl (STDOUT_FILENO, TIOCGWINSZ, &size) != 0)
    return 0;
  return size.ws_row;
}

static const char *
plural (gint64 n)
{
  return n == 1 ? "" : "s";
}

/* Of all listeners, those that are not on the screen, too. rows are by need. */
static void
put_sum (GPtrArray * rows, guint sessions, guint shown)
{
  guint first = 0, n;
  gint64 lost = 0;

  while (first < rows->len && ((Row *) g_ptr_array_index (rows, first))->source)
    first++;
  for (guint i = first; i < rows->len; i++)
    lost += ((Row *) g_ptr_array_index (rows, i))->lost;
  n = rows->len - first;
  printf ("%u in %u session%s", rows->len, sessions, plural (sessions));
  if (shown < rows->len)
    printf (", %u shown", shown);
  if (n > 0)
    printf ("; lag p50 %d, p95 %d, max %d ms, %d lost",
        (int) ((Row *) g_ptr_array_index (rows, first + n / 2))->lag,
        (int) ((Row *) g_ptr_array_index (rows, first + n / 20))->lag,
        (int) ((Row *) g_ptr_array_index (rows, first))->lag, (int) lost);
  printf ("\n");
}

/* lines: of the screen, 0 = no end. All rows in the order of PIDs where they
 * fit, else those that need a look most. */
static void
draw (GPtrArray * answers, Table * t, guint lines)
{
  GPtrArray *by_pid = g_ptr_array_new ();
  GPtrArray *chosen = by_pid;
  guint shown;

  t->now = g_get_monotonic_time ();
  t->rows = g_ptr_array_new_with_free_func (row_free);
  each_swarm (answers, put_row, t);
  for (guint i = 0; i < t->rows->len; i++)
    g_ptr_array_add (by_pid, g_ptr_array_index (t->rows, i));
  g_ptr_array_sort (t->rows, by_need);
  shown = t->rows->len;
  /* heading, sum, and the line that the cursor is in */
  if (lines > 3 && shown > lines - 3) {
    shown = lines - 3;
    chosen = t->rows;
  }
  printf ("%7s %-8s %-4s %-6s %5s %5s %4s %4s %3s %3s %3s %2s %3s %4s %4s\n",
      "PID", "PEER", "SWRM", "ROLE", "UP", "DOWN", "LAG", "BUF", "NBR", "PAR",
      "CHL", "DP", "FH%", "LOST", "DUP%");
  for (guint i = 0; i < shown; i++)
    printf ("%s\n", ((Row *) g_ptr_array_index (chosen, i))->text);
  put_sum (t->rows, answers->len, shown);
  g_ptr_array_unref (by_pid);
  g_ptr_array_unref (t->rows);
}

/* ---- a rendezvous ---- */

static void
put_channel (json_object * c)
{
  printf ("%-24.24s %-8.8s %-4s %9d %8d\n", word (c, "name"),
      word (c, "swarm_id"), number (c, "live") ? "yes" : "away",
      (int) number (c, "listeners"), (int) number (c, "since_s"));
}

/* field: without the "s" that the status has at its end. */
static void
put_count (const char *before, json_object * status, const char *field)
{
  char name[32];
  gint64 n;

  g_snprintf (name, sizeof (name), "%ss", field);
  n = number (status, name);
  printf ("%s%d %s%s", before, (int) n, field, plural (n));
}

/* It knows who is where, not what they send each other: no media passes it. */
static void
draw_tracker (json_object * status)
{
  json_object *list, *total;

  printf ("%-24s %-8s %-4s %9s %8s\n", "CHANNEL", "SWARM", "LIVE", "LISTENERS",
      "SINCE s");
  if (json_object_object_get_ex (status, "channels", &list)
      && json_object_is_type (list, json_type_array)) {
    for (gsize i = 0; i < json_object_array_length (list); i++)
      put_channel (json_object_array_get_idx (list, i));
  }
  put_count ("", status, "member");
  put_count (" of ", status, "swarm");
  put_count (", ", status, "connection");
  if (json_object_object_get_ex (status, "total", &total)) {
    put_count ("; ", total, "introduction");
    printf (", %d refused", (int) number (total, "refused"));
  }
  printf ("\n");
}

static int
show_tracker (void)
{
  for (;;) {
    gchar *why;
    json_object *status = ask_tracker (&why);

    if (!once && !as_json)
      printf ("\033[H\033[2J"); /* home, erase the display */
    if (status == NULL)
      fprintf (once || as_json ? stderr : stdout,
          "p2p-top: no rendezvous answers at %s: %s\n", tracker, why);
    else if (as_json)
      printf ("%s\n", json_object_to_json_string_ext (status,
              JSON_C_TO_STRING_PLAIN));
    else
      draw_tracker (status);
    fflush (stdout);
    json_object_put (status);
    g_free (why);
    if (once || as_json)
      return status ? 0 : 2;
    g_usleep ((gulong) (interval * G_USEC_PER_SEC));
  }
}

static int
start_tracker (void)
{
  if (as_dot) {
    fprintf (stderr, "p2p-top: a rendezvous does not know who feeds whom: "
        "--dot is of the sessions of this machine\n");
    return 1;
  }
  return take_address (tracker) ? show_tracker () : 1;
}

/* ---- the graph ---- */

static void
put_edges (json_object * session, json_object * swarm, gpointer data)
{
  json_object *list;

  printf ("  \"%s\" [label=\"%s\\n%d ms\"%s];\n", word (session, "peer"),
      word (session, "peer"), (int) number (swarm, "lag_ms"),
      strcmp (word (swarm, "role"), "source") == 0 ? ", shape=box" : "");
  if (!json_object_object_get_ex (swarm, "neighbours", &list)
      || !json_object_is_type (list, json_type_array))
    return;
  for (gsize i = 0; i < json_object_array_length (list); i++) {
    json_object *n = json_object_array_get_idx (list, i);
    guint mask = (guint) number (n, "parent_of_us"), count = 0;

    for (; mask; mask &= mask - 1)
      count++;
    if (count > 0)
      printf ("  \"%s\" -> \"%s\" [label=\"%u\"];\n", word (n, "peer"),
          word (session, "peer"), count);
  }
}

static void
put_dot (GPtrArray * answers)
{
  printf ("digraph swarm {\n  rankdir=LR;\n");
  each_swarm (answers, put_edges, NULL);
  printf ("}\n");
}

static void
put_json (GPtrArray * answers)
{
  for (guint i = 0; i < answers->len; i++)
    printf ("%s\n", json_object_to_json_string_ext (g_ptr_array_index (answers,
                i), JSON_C_TO_STRING_PLAIN));
}

static int
show (void)
{
  Table table = { 0 };
  GPtrArray *answers = look ();
  gboolean live = !once && !as_json && !as_dot;

  table.before = g_hash_table_new_full (g_str_hash, g_str_equal, g_free,
      g_free);
  if (as_json)
    put_json (answers);
  else if (as_dot)
    put_dot (answers);
  else if (once)
    draw (answers, &table, 0);
  for (;;) {
    guint found = answers->len;

    if (live) {
      printf ("\033[H\033[2J"); /* home, erase the display */
      draw (answers, &table, lines_of_terminal ());
      if (found == 0)
        p2p_top_tell_absent (stdout, dir);
      fflush (stdout);
    }
    g_ptr_array_unref (answers);
    if (!live) {
      g_hash_table_unref (table.before);
      if (found == 0)
        p2p_top_tell_absent (stderr, dir);
      return found > 0 ? 0 : 2;
    }
    g_usleep ((gulong) (interval * G_USEC_PER_SEC));
    answers = look ();
  }
}

int
main (int argc, char **argv)
{
  GOptionContext *options;
  GError *error = NULL;

  setlocale (LC_ALL, "");
  setlocale (LC_NUMERIC, "C");
  options = g_option_context_new (NULL);
  g_option_context_add_main_entries (options, entries, NULL);
  g_option_context_set_summary (options,
      "Shows the swarms of processes that run with P2P_TOP_DIR=DIR.\n"
      "UP and DOWN are all datagrams, kbit/s. With --tracker: the channels of a\n"
      "rendezvous, here or elsewhere. Exit status 2: nobody is there.");
  if (!g_option_context_parse (options, &argc, &argv, &error)) {
    fprintf (stderr, "p2p-top: %s (--help shows the options)\n",
        error->message);
    return 1;
  }
  if (argc > 1) {
    fprintf (stderr, "p2p-top: unexpected argument %s (--help shows the "
        "options)\n", argv[1]);
    return 1;
  }
  g_option_context_free (options);
  if (!(interval >= 0.1 && interval <= 3600)) {
    fprintf (stderr, "p2p-top: --interval is 0.1 to 3600 s\n");
    return 1;
  }
  if (as_json && as_dot) {
    fprintf (stderr, "p2p-top: --json and --dot exclude each other\n");
    return 1;
  }
  if (tracker != NULL)
    return start_tracker ();
  if (dir == NULL)
    dir = g_strdup (g_getenv ("P2P_TOP_DIR"));
  if (dir == NULL || !g_file_test (dir, G_FILE_TEST_IS_DIR)) {
    fprintf (stderr, "p2p-top: %s: --dir=DIR or P2P_TOP_DIR has to be what "
        "the processes were started with\n", dir
        && *dir ? dir : "no directory");
    p2p_top_tell_absent (stderr, NULL);
    return 1;
  }
  return show ();
}
