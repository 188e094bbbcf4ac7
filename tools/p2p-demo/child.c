/* gst-plugins-p2p
 *
 * This library is free software; you can redistribute it and/or
 * modify it under the terms of the GNU Lesser General Public
 * License as published by the Free Software Foundation; either
 * version 2.1 of the License, or (at your option) any later version.
 */
/* child: what broadcaster and listener have in common.
 *
 * One main loop: the pipeline's bus, the parent's words on standard input, and
 * a report of the element's statistics every 500 ms.
 */
#include "demo.h"

#include <glib-unix.h>
#include <gst/base/gstbasesink.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define REPORT_MS 500
/* From the word "stop" to a forced end; p2psink takes 2 s at most to hand over
 * its last chunk, a listener plays out its latency. */
#define STOP_LIMIT_S 20

gint64
demo_child_monotonic (void)
{
  return g_get_monotonic_time ();       /* CLOCK_MONOTONIC: one for all processes */
}

void
demo_child_report (GstStructure * structure)
{
  gchar *line = gst_structure_to_string (structure);

  fprintf (stdout, "%s\n", line);
  fflush (stdout);
  g_free (line);
  gst_structure_free (structure);
}

static void
report_error (DemoChild * self, const gchar * text, const gchar * debug)
{
  g_printerr ("%s\n%s\n", text, debug ? debug : "");
  demo_child_report (gst_structure_new ("error",
          "message", G_TYPE_STRING, text, NULL));
  self->status = 1;
  g_main_loop_quit (self->loop);
}

/* What a decoder could not open or play is one of several titles. */
static gchar *
name_title (GstMessage * message, const gchar * text)
{
  GstObject *o = gst_object_ref (GST_MESSAGE_SRC (message));
  g_autofree gchar *uri = NULL;

  while (o && !uri) {
    GstObject *parent = gst_object_get_parent (o);

    if (GST_IS_BIN (o)
        && g_object_class_find_property (G_OBJECT_GET_CLASS (o), "uri"))
      g_object_get (o, "uri", &uri, NULL);
    gst_object_unref (o);
    o = parent;
  }
  gst_clear_object (&o);
  return uri ? g_strdup_printf ("%s: %s", uri, text) : g_strdup (text);
}

static void
report_element_message (const GstStructure * structure)
{
  const gchar *name = structure ? gst_structure_get_name (structure) : NULL;

  if (name && g_str_has_prefix (name, "p2p-"))
    g_printerr ("%s\n", name);
  if (name && (strcmp (name, "p2p-starving") == 0
          || strcmp (name, "p2p-recovered") == 0))
    demo_child_report (gst_structure_new ("event",
            "what", G_TYPE_STRING, name + strlen ("p2p-"), NULL));
}

static gboolean
on_message (GstBus * bus, GstMessage * message, gpointer user_data)
{
  DemoChild *self = user_data;
  g_autoptr (GError) error = NULL;
  g_autofree gchar *debug = NULL, *text = NULL;

  switch (GST_MESSAGE_TYPE (message)) {
    case GST_MESSAGE_ERROR:
      gst_message_parse_error (message, &error, &debug);
      text = name_title (message, error->message);
      report_error (self, text, debug);
      break;
    case GST_MESSAGE_WARNING:
      gst_message_parse_warning (message, &error, &debug);
      g_printerr ("warning: %s\n%s\n", error->message, debug ? debug : "");
      break;
    case GST_MESSAGE_EOS:
      demo_child_report (gst_structure_new_empty ("eos"));
      g_main_loop_quit (self->loop);
      break;
    case GST_MESSAGE_LATENCY:
      gst_bin_recalculate_latency (GST_BIN (self->pipeline));
      break;
    case GST_MESSAGE_ELEMENT:
      report_element_message (gst_message_get_structure (message));
      break;
    default:
      break;
  }
  return G_SOURCE_CONTINUE;
}

/* "STRUCTURE:ROLE..." is too much for a table: "PEERID:PARENT_MASK:CHILD_MASK"
 * of every neighbour, comma separated. */
static gchar *
describe_neighbours (const GstStructure * stats)
{
  const GValue *list = gst_structure_get_value (stats, "neighbours");
  GString *text = g_string_new (NULL);
  guint i, n = list ? gst_value_list_get_size (list) : 0;

  for (i = 0; i < n; i++) {
    const GstStructure *one =
        gst_value_get_structure (gst_value_list_get_value (list, i));
    guint parent = 0, child = 0;

    gst_structure_get_uint (one, "parent-mask", &parent);
    gst_structure_get_uint (one, "child-mask", &child);
    g_string_append_printf (text, "%s%s:%x:%x", text->len ? "," : "",
        gst_structure_get_string (one, "peer-id"), parent, child);
  }
  return g_string_free (text, FALSE);
}

/* Copies the element's statistics, flattened. */
static GstStructure *
make_report (DemoChild * self)
{
  GstStructure *stats = NULL, *report;
  g_autofree gchar *neighbours = NULL;

  g_object_get (self->peer, "stats", &stats, NULL);
  if (!stats)
    return gst_structure_new_empty ("stats");
  neighbours = describe_neighbours (stats);
  report = gst_structure_copy (stats);
  gst_structure_free (stats);
  gst_structure_set_name (report, "stats");
  gst_structure_remove_field (report, "neighbours");
  gst_structure_set (report, "links", G_TYPE_STRING, neighbours,
      "time", G_TYPE_INT64, demo_child_monotonic (), NULL);
  if (self->add_fields)
    self->add_fields (self, report);
  return report;
}

static gboolean
on_report_due (gpointer user_data)
{
  demo_child_report (make_report (user_data));
  return G_SOURCE_CONTINUE;
}

static gboolean
on_stop_limit (gpointer user_data)
{
  report_error (user_data, "did not come to its end in time", NULL);
  return G_SOURCE_REMOVE;
}

/* "stop": a broadcaster ends its stream, a listener leaves. */
static void
obey (DemoChild * self, const gchar * word)
{
  if (strcmp (word, "eos") == 0) {
    g_timeout_add_seconds (STOP_LIMIT_S, on_stop_limit, self);
    if (self->end)
      self->end (self);
  } else if (strcmp (word, "stop") == 0) {
    g_main_loop_quit (self->loop);
  }
}

static gboolean
on_input (gint fd, GIOCondition condition, gpointer user_data)
{
  DemoChild *self = user_data;
  gchar words[256];
  g_auto (GStrv) lines = NULL;
  gssize n = read (fd, words, sizeof (words) - 1);
  guint i;

  if (n <= 0) {                 /* the parent is gone, or closed it */
    g_main_loop_quit (self->loop);
    self->input = 0;
    return G_SOURCE_REMOVE;
  }
  words[n] = '\0';
  lines = g_strsplit (words, "\n", -1);
  for (i = 0; lines[i]; i++)
    obey (self, lines[i]);
  return G_SOURCE_CONTINUE;
}

typedef struct
{
  FILE *file;
  GstElement *waits;            /* a sink that holds buffers until their time */
} Stamps;

/* Microseconds until the sink lets the buffer go; 0 = at once. */
static gint64
wait_of (GstElement * sink, GstBuffer * buffer)
{
  GstClock *clock = gst_element_get_clock (sink);
  GstClockTime due = gst_segment_to_running_time
      (&GST_BASE_SINK (sink)->segment, GST_FORMAT_TIME,
      GST_BUFFER_PTS (buffer));
  GstClockTimeDiff wait = 0;

  if (clock && GST_CLOCK_TIME_IS_VALID (due))
    wait = GST_CLOCK_DIFF (gst_clock_get_time (clock),
        gst_element_get_base_time (sink) + due);
  gst_clear_object (&clock);
  return MAX (wait, 0) / 1000;
}

static gboolean
stamp_buffer (GstBuffer ** buffer, guint index, gpointer user_data)
{
  Stamps *stamps = user_data;
  guint64 entry[2] = { demo_child_monotonic (), 14695981039346656037u };
  GstMapInfo map;
  gsize i;

  if (stamps->waits)
    entry[0] += wait_of (stamps->waits, *buffer);
  if (gst_buffer_map (*buffer, &map, GST_MAP_READ)) {
    for (i = 0; i < map.size; i++)      /* FNV-1a, 64 bits */
      entry[1] = (entry[1] ^ map.data[i]) * 1099511628211u;
    gst_buffer_unmap (*buffer, &map);
    fwrite (entry, sizeof (entry), 1, stamps->file);
  }
  return TRUE;
}

static GstPadProbeReturn
on_stamp (GstPad * pad, GstPadProbeInfo * info, gpointer user_data)
{
  if (info->type & GST_PAD_PROBE_TYPE_BUFFER_LIST) {
    gst_buffer_list_foreach (gst_pad_probe_info_get_buffer_list (info),
        stamp_buffer, user_data);
  } else {
    GstBuffer *buffer = gst_pad_probe_info_get_buffer (info);

    stamp_buffer (&buffer, 0, user_data);
  }
  return GST_PAD_PROBE_OK;
}

static void
free_stamps (gpointer data)
{
  Stamps *stamps = data;

  fclose (stamps->file);
  g_free (stamps);
}

static Stamps *
open_stamps (const gchar * path)
{
  Stamps *stamps = g_new0 (Stamps, 1);

  stamps->file = fopen (path, "w");
  if (!stamps->file) {
    g_printerr ("%s: %s\n", path, g_strerror (errno));
    g_clear_pointer (&stamps, g_free);
  }
  return stamps;
}

void
demo_child_stamp_buffers (GstPad * pad, const gchar * path)
{
  Stamps *stamps = open_stamps (path);

  if (!stamps)
    return;
  if (GST_PAD_IS_SINK (pad))
    stamps->waits = GST_PAD_PARENT (pad);
  gst_pad_add_probe (pad,
      GST_PAD_PROBE_TYPE_BUFFER | GST_PAD_PROBE_TYPE_BUFFER_LIST, on_stamp,
      stamps, free_stamps);
}

static void
on_handoff (GstElement * sink, GstBuffer * buffer, GstPad * pad,
    gpointer user_data)
{
  stamp_buffer (&buffer, 0, user_data);
}

static void
free_handoff_stamps (gpointer data, GClosure * closure)
{
  free_stamps (data);
}

void
demo_child_stamp_handoffs (GstElement * sink, const gchar * path)
{
  Stamps *stamps = open_stamps (path);

  if (stamps)
    g_signal_connect_data (sink, "handoff", G_CALLBACK (on_handoff), stamps,
        free_handoff_stamps, 0);
}

gint
demo_child_run (DemoChild * self)
{
  GstBus *bus = gst_pipeline_get_bus (GST_PIPELINE (self->pipeline));
  guint watch = gst_bus_add_watch (bus, on_message, self);
  guint reports = g_timeout_add (REPORT_MS, on_report_due, self);

  self->input =
      g_unix_fd_add (STDIN_FILENO, G_IO_IN | G_IO_HUP, on_input, self);
  self->loop = g_main_loop_new (NULL, FALSE);
  if (gst_element_set_state (self->pipeline,
          GST_STATE_PLAYING) == GST_STATE_CHANGE_FAILURE)
    self->status = 1;           /* the error is on the bus */
  g_main_loop_run (self->loop);

  g_source_remove (reports);
  if (self->status == 0)
    on_report_due (self);
  gst_element_set_state (self->pipeline, GST_STATE_NULL);
  g_source_remove (watch);
  if (self->input)
    g_source_remove (self->input);
  gst_object_unref (bus);
  gst_object_unref (self->pipeline);
  g_main_loop_unref (self->loop);
  return self->status;
}
