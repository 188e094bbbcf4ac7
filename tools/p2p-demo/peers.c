/* gst-plugins-p2p
 *
 * This library is free software; you can redistribute it and/or
 * modify it under the terms of the GNU Lesser General Public
 * License as published by the Free Software Foundation; either
 * version 2.1 of the License, or (at your option) any later version.
 */
/* peers: starts child processes and takes in what they report.
 */
#include "peers.h"

#include <string.h>

guint64
demo_peer_stat (const DemoPeer * peer, const gchar * name)
{
  const GValue *value = peer->stats ?
      gst_structure_get_value (peer->stats, name) : NULL;

  if (!value)
    return 0;
  if (G_VALUE_HOLDS_UINT64 (value))
    return g_value_get_uint64 (value);
  if (G_VALUE_HOLDS_UINT (value))
    return g_value_get_uint (value);
  if (G_VALUE_HOLDS_INT64 (value))
    return MAX (0, g_value_get_int64 (value));
  if (G_VALUE_HOLDS_INT (value))
    return MAX (0, g_value_get_int (value));
  return 0;
}

DemoPeer *
demo_run_broadcaster (DemoRun * run)
{
  return g_ptr_array_index (run->peers, 0);
}

gchar *
demo_peer_name (const DemoPeer * peer)
{
  return peer->id ? g_strdup_printf ("L%u", peer->id) : g_strdup ("S");
}

gboolean
demo_peer_is_alive (const DemoPeer * peer)
{
  return peer->state == DEMO_PEER_STARTING || peer->state == DEMO_PEER_PLAYING;
}

static void
take_sample (DemoPeer * peer)
{
  DemoSample sample = {
    .time = demo_peer_stat (peer, "time"),
    .wire = demo_peer_stat (peer, STAT_WIRE_SENT),
    .sent = demo_peer_stat (peer, STAT_PUSHED_TO)
        + demo_peer_stat (peer, STAT_REQUESTED_BY),
    .payload = demo_peer_stat (peer, "payload-bytes")
  };

  g_array_append_val (peer->samples, sample);
}

static void
take_stats (DemoPeer * peer, const GstStructure * report)
{
  g_clear_pointer (&peer->stats, gst_structure_free);
  peer->stats = gst_structure_copy (report);
  if (!peer->peer_id)
    peer->peer_id = g_strdup (gst_structure_get_string (report, STAT_PEER_ID));
  if (peer->id == 0)
    take_sample (peer);
  else if (peer->state == DEMO_PEER_STARTING
      && demo_peer_stat (peer, "bytes-out") > 0)
    peer->state = DEMO_PEER_PLAYING;
}

static void
take_late (DemoPeer * peer, const GstStructure * report)
{
  DemoLate late;

  if (peer->late->len < DEMO_MAX_LATE
      && gst_structure_get_int64 (report, "due", &late.due)
      && gst_structure_get_int64 (report, "at", &late.at))
    g_array_append_val (peer->late, late);
}

static void
take_report (DemoPeer * peer, const GstStructure * report)
{
  const gchar *name = gst_structure_get_name (report);

  if (strcmp (name, "stats") == 0) {
    take_stats (peer, report);
  } else if (strcmp (name, "ready") == 0) {
    if (!peer->run->uri) {
      peer->run->uri = g_strdup (gst_structure_get_string (report, "uri"));
      peer->state = DEMO_PEER_PLAYING;
      peer->run->on_ready (peer->run);
    }
  } else if (strcmp (name, "late") == 0) {
    take_late (peer, report);
  } else if (strcmp (name, "eos") == 0) {
    peer->eos = TRUE;
  } else if (strcmp (name, "event") == 0) {
    if (g_strcmp0 (gst_structure_get_string (report, "what"), "starving") == 0)
      peer->starved++;
  } else if (strcmp (name, "error") == 0 && !peer->error) {
    peer->error = g_strdup (gst_structure_get_string (report, "message"));
  }
}

/* Standard output was closed: the child is gone, or about to be. */
static void
on_output_end (DemoPeer * peer)
{
  if (!demo_peer_is_alive (peer))
    return;
  peer->state = peer->eos && !peer->error ? DEMO_PEER_ENDED : DEMO_PEER_FAILED;
  if (peer->state == DEMO_PEER_FAILED && !peer->error)
    peer->error = g_strdup ("ended without a word");
}

static void
on_line (GObject * source, GAsyncResult * result, gpointer user_data)
{
  DemoPeer *peer = user_data;
  g_autofree gchar *line = NULL;
  GstStructure *report;

  line = g_data_input_stream_read_line_finish_utf8 (G_DATA_INPUT_STREAM
      (source), result, NULL, NULL);
  if (!line) {
    on_output_end (peer);
    return;
  }
  report = gst_structure_from_string (line, NULL);
  if (report) {
    take_report (peer, report);
    gst_structure_free (report);
  }
  g_data_input_stream_read_line_async (peer->out, G_PRIORITY_DEFAULT, NULL,
      on_line, peer);
}

static void
add_option (GPtrArray * args, const gchar * name, const gchar * value)
{
  g_ptr_array_add (args, g_strdup_printf ("--%s=%s", name, value));
}

static void
add_number (GPtrArray * args, const gchar * name, gdouble value)
{
  gchar text[G_ASCII_DTOSTR_BUF_SIZE];

  add_option (args, name, g_ascii_dtostr (text, sizeof (text), value));
}

static GPtrArray *
make_arguments (DemoPeer * peer)
{
  const DemoOptions *options = peer->run->options;
  GPtrArray *args = g_ptr_array_new_with_free_func (g_free);

  g_ptr_array_add (args, g_file_read_link ("/proc/self/exe", NULL));
  add_option (args, "child", peer->id ? "listener" : "broadcaster");
  add_option (args, "format", demo_formats[options->format].name);
  add_option (args, "record", peer->record);
  add_number (args, "latency", options->latency);
  add_number (args, "upload", options->upload);
  add_number (args, "source-peers", options->source_peers);
  add_number (args, "listener-peers", options->listener_peers);
  if (options->bare)
    g_ptr_array_add (args, g_strdup ("--bare"));
  if (options->stamps)
    g_ptr_array_add (args, g_strdup ("--stamps"));
  if (options->listen && peer->id == 1)
    g_ptr_array_add (args, g_strdup ("--listen"));
  if (peer->id)
    add_option (args, "uri", peer->run->uri);
  else if (options->inputs)
    for (guint i = 0; options->inputs[i]; i++)
      g_ptr_array_add (args, g_strdup (options->inputs[i]));
  g_ptr_array_add (args, NULL);
  return args;
}

static gboolean
spawn (DemoPeer * peer, GError ** error)
{
  g_autoptr (GSubprocessLauncher) launcher =
      g_subprocess_launcher_new (G_SUBPROCESS_FLAGS_STDIN_PIPE |
      G_SUBPROCESS_FLAGS_STDOUT_PIPE);
  g_autoptr (GPtrArray) args = make_arguments (peer);

  g_subprocess_launcher_set_stderr_file_path (launcher, peer->log);
  peer->process = g_subprocess_launcher_spawnv (launcher,
      (const gchar * const *) args->pdata, error);
  if (!peer->process)
    return FALSE;
  peer->out =
      g_data_input_stream_new (g_subprocess_get_stdout_pipe (peer->process));
  g_data_input_stream_read_line_async (peer->out, G_PRIORITY_DEFAULT, NULL,
      on_line, peer);
  return TRUE;
}

DemoPeer *
demo_peer_start (DemoRun * run, gboolean listener)
{
  DemoPeer *peer = g_new0 (DemoPeer, 1);
  const gchar *suffix = demo_formats[run->options->format].name;
  g_autofree gchar *name = NULL;
  GError *error = NULL;

  peer->run = run;
  peer->id = listener ? run->peers->len : 0;
  peer->started = demo_child_monotonic ();
  peer->samples = g_array_new (FALSE, FALSE, sizeof (DemoSample));
  peer->late = g_array_new (FALSE, FALSE, sizeof (DemoLate));
  name = listener ? g_strdup_printf ("listener-%u", peer->id)
      : g_strdup ("broadcast");
  peer->record = g_strdup_printf ("%s/%s.%s", run->options->directory, name,
      suffix);
  peer->log = g_strdup_printf ("%s/%s.log", run->options->directory, name);
  g_ptr_array_add (run->peers, peer);
  if (!spawn (peer, &error)) {
    peer->state = DEMO_PEER_FAILED;
    peer->error = g_strdup (error->message);
    g_clear_error (&error);
  }
  return peer;
}

void
demo_peer_tell (DemoPeer * peer, const gchar * word)
{
  g_autofree gchar *line = g_strconcat (word, "\n", NULL);

  if (peer->process && demo_peer_is_alive (peer))
    g_output_stream_write (g_subprocess_get_stdin_pipe (peer->process), line,
        strlen (line), NULL, NULL);
}

void
demo_peer_kill (DemoPeer * peer)
{
  peer->state = DEMO_PEER_KILLED;
  peer->killed = demo_child_monotonic ();
  g_subprocess_force_exit (peer->process);
}

void
demo_peer_free (gpointer data)
{
  DemoPeer *peer = data;

  if (peer->process) {
    g_subprocess_force_exit (peer->process);
    g_subprocess_wait (peer->process, NULL, NULL);
  }
  g_clear_object (&peer->out);
  g_clear_object (&peer->process);
  g_clear_pointer (&peer->stats, gst_structure_free);
  g_array_unref (peer->samples);
  g_array_unref (peer->late);
  g_free (peer->peer_id);
  g_free (peer->record);
  g_free (peer->log);
  g_free (peer->error);
  g_free (peer);
}
