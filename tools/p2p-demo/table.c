/* gst-plugins-p2p
 *
 * This library is free software; you can redistribute it and/or
 * modify it under the terms of the GNU Lesser General Public
 * License as published by the Free Software Foundation; either
 * version 2.1 of the License, or (at your option) any later version.
 */
/* table: who hears what from whom, redrawn in place on a terminal, printed
 * every few seconds elsewhere.
 */
#include "peers.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define PLAIN_INTERVAL_US (5 * G_USEC_PER_SEC)
/* A line has at most 79 columns: one that a terminal of 80 wraps would be two,
 * and the table is redrawn by counting lines. */
#define FROM_COLUMNS 23

static DemoPeer *
find_peer (DemoRun * run, const gchar * peer_id)
{
  guint i;

  for (i = 0; i < run->peers->len; i++) {
    DemoPeer *peer = g_ptr_array_index (run->peers, i);

    if (g_strcmp0 (peer->peer_id, peer_id) == 0)
      return peer;
  }
  return NULL;
}

static guint
count_bits (guint64 mask)
{
  guint n = 0;

  for (; mask; mask &= mask - 1)
    n++;
  return n;
}

/* Cut to FROM_COLUMNS and filled up to them: × and … are one column each. */
static void
fit_column (GString * text)
{
  glong n = g_utf8_strlen (text->str, -1);

  if (n > FROM_COLUMNS) {
    g_string_truncate (text,
        g_utf8_offset_to_pointer (text->str, FROM_COLUMNS - 1) - text->str);
    g_string_append (text, "\342\200\246");
  }
  for (; n < FROM_COLUMNS; n++)
    g_string_append_c (text, ' ');
}

/* "S×2 L4×1": from whom how many sub-streams come. */
static gchar *
describe_parents (const DemoPeer * peer)
{
  const gchar *links = peer->stats ?
      gst_structure_get_string (peer->stats, "links") : NULL;
  g_auto (GStrv) list = g_strsplit (links ? links : "", ",", -1);
  GString *text = g_string_new (NULL);
  guint i;

  for (i = 0; list[i]; i++) {
    g_auto (GStrv) parts = g_strsplit (list[i], ":", 3);
    guint n = parts[0] && parts[1] ?
        count_bits (g_ascii_strtoull (parts[1], NULL, 16)) : 0;
    DemoPeer *parent = n ? find_peer (peer->run, parts[0]) : NULL;
    g_autofree gchar *name = parent ? demo_peer_name (parent) : g_strdup ("?");

    if (n == 0)
      continue;
    g_string_append_printf (text, "%s%s\303\227%u", text->len ? " " : "", name,
        n);
  }
  fit_column (text);
  return g_string_free (text, FALSE);
}

static gdouble
ratio (guint64 a, guint64 b)
{
  return b ? (gdouble) a / b : 0;
}

static const gchar *
state_name (const DemoPeer * peer)
{
  static const gchar *const names[] =
      { "joining", "", "killed", "ended", "failed" };

  return names[peer->state];
}

static void
add_listener (GString * text, const DemoPeer * peer)
{
  g_autofree gchar *from = describe_parents (peer);
  g_autofree gchar *name = demo_peer_name (peer);
  guint64 received = demo_peer_stat (peer, STAT_PUSHED_FROM)
      + demo_peer_stat (peer, STAT_REQUESTED_FROM);
  guint64 relayed = demo_peer_stat (peer, STAT_PUSHED_TO)
      + demo_peer_stat (peer, STAT_REQUESTED_BY);

  g_string_append_printf (text,
      "%4s %5.0f ms %5.2f s  %s %6.2fx %6" G_GUINT64_FORMAT
      " %6.1f s  %s\n", name,
      demo_peer_stat (peer, STAT_LAG) / 1e6,
      demo_peer_stat (peer, "ahead") / 1e9, from,
      ratio (relayed, received), demo_peer_stat (peer, STAT_LOST),
      demo_peer_stat (peer, "heard") / 1e9, state_name (peer));
}

/* The broadcaster's upload in the last 2 s, in streams. */
static gdouble
recent_upload (DemoRun * run)
{
  DemoPeer *source = demo_run_broadcaster (run);
  guint n = source->samples->len;
  guint rate = demo_formats[run->options->format].bitrate;
  const DemoSample *last, *before;

  if (n < 2)
    return 0;
  last = &g_array_index (source->samples, DemoSample, n - 1);
  before = &g_array_index (source->samples, DemoSample, n > 5 ? n - 5 : 0);
  return (last->wire - before->wire) * 8e6 / rate / (last->time - before->time);
}

static GString *
render (DemoRun * run)
{
  GString *text = g_string_new (NULL);
  guint i, killed = 0;

  g_string_append_printf (text,
      "%4s %8s %7s  %-*s %7s %6s %8s\n", "", "lag", "buffer", FROM_COLUMNS,
      "received from", "relayed", "lost", "heard");
  for (i = 1; i < run->peers->len; i++) {
    const DemoPeer *peer = g_ptr_array_index (run->peers, i);

    if (peer->state == DEMO_PEER_KILLED)
      killed++;
    else
      add_listener (text, peer);
  }
  g_string_append_printf (text,
      "   S uploads %.2f streams for %u listeners", recent_upload (run),
      run->peers->len - 1 - killed);
  if (run->options->upload > 0)
    g_string_append_printf (text, " (limit %.1f)", run->options->upload);
  if (killed)
    g_string_append_printf (text, "; %u killed so far", killed);
  g_string_append_printf (text, "; %.0f s\n",
      (demo_child_monotonic () - run->started) / 1e6);
  return text;
}

static guint
count_lines (const gchar * text)
{
  guint n = 0;

  for (; *text; text++)
    n += *text == '\n';
  return n;
}

void
demo_table_print (DemoRun * run, gboolean last)
{
  gboolean terminal = isatty (STDOUT_FILENO);
  gint64 now = demo_child_monotonic ();
  GString *text;

  if (run->peers->len < 2)
    return;
  if (!terminal && !last && now - run->printed < PLAIN_INTERVAL_US)
    return;
  text = render (run);
  if (terminal && run->printed_lines)
    printf ("\033[%uA\033[J", run->printed_lines);
  fputs (text->str, stdout);
  if (!terminal)
    putchar ('\n');
  fflush (stdout);
  run->printed_lines = count_lines (text->str);
  run->printed = now;
  g_string_free (text, TRUE);
}
