/* gst-plugins-p2p
 *
 * This library is free software; you can redistribute it and/or
 * modify it under the terms of the GNU Lesser General Public
 * License as published by the Free Software Foundation; either
 * version 2.1 of the License, or (at your option) any later version.
 */
/* p2p-recorder.c: runs a pipeline and writes down what passed when.
 *
 *   p2p-recorder PREFIX PIPELINE
 *
 * Elements are found by name: every buffer that leaves "tap" and every buffer
 * that enters "play" is a line of PREFIX.log, bytes that leave "tap" go to
 * PREFIX.bin, bus messages and, four times a second, the "stats" of "p2p" are
 * lines, too. Times are CLOCK_MONOTONIC in microseconds, so that logs of many
 * processes of one machine can be compared:
 *
 *   tap TIME RUNNING_NS BYTES HASH FLAGS
 *   play TIME RUNNING_NS BYTES HASH FLAGS
 *   uri TIME URI
 *   message TIME TEXT
 *   stats TIME STRUCTURE
 *
 * Ends at EOS or an error (status 1), on SIGTERM and SIGINT. Buffers are
 * written by streaming threads, the rest by the main loop, under one lock.
 */
#include <glib-unix.h>
#include <gst/gst.h>
#include <stdio.h>
#include <string.h>

#define STATS_MS 250

typedef struct
{
  GMainLoop *loop;
  GstElement *pipeline, *p2p;
  GMutex lock;
  FILE *log, *bin;
  gboolean failed;
  gchar *uri;
} Recorder;

/* FNV-1a of 64 bits: tells frames apart, nothing more */
static guint64
hash_bytes (const guint8 * data, gsize len)
{
  guint64 h = G_GUINT64_CONSTANT (14695981039346656037);

  for (gsize i = 0; i < len; i++)
    h = (h ^ data[i]) * G_GUINT64_CONSTANT (1099511628211);
  return h;
}

static void
write_line (Recorder * self, const gchar * kind, const gchar * text)
{
  g_mutex_lock (&self->lock);
  fprintf (self->log, "%s %" G_GINT64_FORMAT " %s\n", kind,
      g_get_monotonic_time (), text);
  g_mutex_unlock (&self->lock);
}

/* When a sink should play it: timestamps alone begin anew with each segment. */
static gint64
get_running_time (GstPad * pad, GstBuffer * buffer)
{
  GstEvent *event = gst_pad_get_sticky_event (pad, GST_EVENT_SEGMENT, 0);
  const GstSegment *segment;
  guint64 t = GST_BUFFER_PTS (buffer);
  gint sign = 0;

  if (!event)
    return -1;
  gst_event_parse_segment (event, &segment);
  if (segment->format == GST_FORMAT_TIME && GST_CLOCK_TIME_IS_VALID (t))
    sign = gst_segment_to_running_time_full (segment, GST_FORMAT_TIME, t, &t);
  gst_event_unref (event);
  return sign == 0 ? -1 : sign * (gint64) t;
}

static void
write_buffer (Recorder * self, const gchar * kind, GstPad * pad,
    GstBuffer * buffer, gboolean bytes)
{
  gint64 now = g_get_monotonic_time ();
  GstMapInfo map;

  if (!gst_buffer_map (buffer, &map, GST_MAP_READ))
    return;
  g_mutex_lock (&self->lock);
  fprintf (self->log, "%s %" G_GINT64_FORMAT " %" G_GINT64_FORMAT " %"
      G_GSIZE_FORMAT " %016" G_GINT64_MODIFIER "x %u\n", kind, now,
      get_running_time (pad, buffer), map.size, hash_bytes (map.data,
          map.size), GST_BUFFER_FLAGS (buffer));
  if (bytes)
    fwrite (map.data, 1, map.size, self->bin);
  g_mutex_unlock (&self->lock);
  gst_buffer_unmap (buffer, &map);
}

typedef struct
{
  Recorder *self;
  const gchar *kind;
  GstPad *pad;                  /* only while it is called */
} Probe;

static gboolean
write_one (GstBuffer ** buffer, guint i, gpointer user_data)
{
  Probe *probe = user_data;

  write_buffer (probe->self, probe->kind, probe->pad, *buffer,
      !strcmp (probe->kind, "tap"));
  return TRUE;
}

static GstPadProbeReturn
on_pad (GstPad * pad, GstPadProbeInfo * info, gpointer user_data)
{
  Probe *probe = user_data;

  probe->pad = pad;
  if (GST_PAD_PROBE_INFO_TYPE (info) & GST_PAD_PROBE_TYPE_BUFFER_LIST) {
    gst_buffer_list_foreach (GST_PAD_PROBE_INFO_BUFFER_LIST (info), write_one,
        user_data);
  } else {
    GstBuffer *buffer = GST_PAD_PROBE_INFO_BUFFER (info);

    write_one (&buffer, 0, user_data);
  }
  return GST_PAD_PROBE_OK;
}

static void
add_probe (Recorder * self, const gchar * name, const gchar * pad_name)
{
  GstElement *element = gst_bin_get_by_name (GST_BIN (self->pipeline), name);
  GstPad *pad;
  Probe *probe;

  if (!element)
    return;
  pad = gst_element_get_static_pad (element, pad_name);
  probe = g_new (Probe, 1);
  probe->self = self;
  probe->kind = name;
  gst_pad_add_probe (pad,
      GST_PAD_PROBE_TYPE_BUFFER | GST_PAD_PROBE_TYPE_BUFFER_LIST, on_pad, probe,
      g_free);
  gst_object_unref (pad);
  gst_object_unref (element);
}

/* A sink renders when its clock says so: that is what a listener hears. */
static void
on_handoff (GstElement * sink, GstBuffer * buffer, GstPad * pad,
    gpointer user_data)
{
  write_buffer (user_data, "play", pad, buffer, FALSE);
}

static void
watch_play (Recorder * self)
{
  GstElement *sink = gst_bin_get_by_name (GST_BIN (self->pipeline), "play");

  if (!sink)
    return;
  if (g_object_class_find_property (G_OBJECT_GET_CLASS (sink),
          "signal-handoffs")) {
    g_object_set (sink, "signal-handoffs", TRUE, NULL);
    g_signal_connect (sink, "handoff", G_CALLBACK (on_handoff), self);
  } else {
    add_probe (self, "play", "sink");
  }
  gst_object_unref (sink);
}

static void
write_message (Recorder * self, GstMessage * message)
{
  const GstStructure *s = gst_message_get_structure (message);
  gchar *text = s ? gst_structure_to_string (s) : g_strdup ("-");
  gchar *line = g_strdup_printf ("%s %s %s", GST_MESSAGE_TYPE_NAME (message),
      GST_MESSAGE_SRC_NAME (message), text);

  write_line (self, "message", line);
  g_free (line);
  g_free (text);
}

static gboolean
on_message (GstBus * bus, GstMessage * message, gpointer user_data)
{
  Recorder *self = user_data;

  switch (GST_MESSAGE_TYPE (message)) {
    case GST_MESSAGE_ERROR:
      self->failed = TRUE;
      /* fall through */
    case GST_MESSAGE_EOS:
      write_message (self, message);
      g_main_loop_quit (self->loop);
      break;
    case GST_MESSAGE_LATENCY:
      gst_bin_recalculate_latency (GST_BIN (self->pipeline));
      break;
    case GST_MESSAGE_ELEMENT:
    case GST_MESSAGE_WARNING:
    case GST_MESSAGE_INFO:
    case GST_MESSAGE_PROGRESS:
      write_message (self, message);
      break;
    default:
      break;
  }
  return G_SOURCE_CONTINUE;
}

static void
write_uri (Recorder * self)
{
  gchar *uri = NULL;

  if (!g_object_class_find_property (G_OBJECT_GET_CLASS (self->p2p), "uri"))
    return;
  g_object_get (self->p2p, "uri", &uri, NULL);
  if (uri && g_strcmp0 (uri, self->uri)) {
    write_line (self, "uri", uri);
    g_free (self->uri);
    self->uri = g_strdup (uri);
  }
  g_free (uri);
}

static gboolean
on_stats (gpointer user_data)
{
  Recorder *self = user_data;
  GstStructure *stats = NULL;
  gchar *text;

  if (self->p2p) {
    write_uri (self);
    g_object_get (self->p2p, "stats", &stats, NULL);
  }
  if (stats) {
    text = gst_structure_to_string (stats);
    write_line (self, "stats", text);
    g_free (text);
    gst_structure_free (stats);
  }
  g_mutex_lock (&self->lock);
  fflush (self->log);
  fflush (self->bin);
  g_mutex_unlock (&self->lock);
  return G_SOURCE_CONTINUE;
}

static gboolean
on_signal (gpointer user_data)
{
  g_main_loop_quit (((Recorder *) user_data)->loop);
  return G_SOURCE_CONTINUE;
}

static FILE *
open_output (const gchar * prefix, const gchar * suffix)
{
  gchar *path = g_strconcat (prefix, suffix, NULL);
  FILE *f = fopen (path, "w");

  if (!f)
    perror (path);
  g_free (path);
  return f;
}

static gboolean
prepare (Recorder * self, const gchar * prefix, const gchar * description)
{
  GError *error = NULL;
  GstBus *bus;

  self->log = open_output (prefix, ".log");
  self->bin = open_output (prefix, ".bin");
  self->pipeline = gst_parse_launch (description, &error);
  if (!self->log || !self->bin || !self->pipeline || error) {
    fprintf (stderr, "p2p-recorder: %s\n", error ? error->message : "?");
    return FALSE;
  }
  g_mutex_init (&self->lock);
  self->loop = g_main_loop_new (NULL, FALSE);
  self->p2p = gst_bin_get_by_name (GST_BIN (self->pipeline), "p2p");
  bus = gst_element_get_bus (self->pipeline);
  gst_bus_add_watch (bus, on_message, self);
  gst_object_unref (bus);
  add_probe (self, "tap", "src");
  watch_play (self);
  g_timeout_add (STATS_MS, on_stats, self);
  g_unix_signal_add (SIGTERM, on_signal, self);
  g_unix_signal_add (SIGINT, on_signal, self);
  return TRUE;
}

int
main (int argc, char **argv)
{
  Recorder self = { 0 };

  gst_init (&argc, &argv);
  if (argc != 3) {
    fprintf (stderr, "usage: p2p-recorder PREFIX PIPELINE\n");
    return 2;
  }
  if (!prepare (&self, argv[1], argv[2]))
    return 2;
  gst_element_set_state (self.pipeline, GST_STATE_PLAYING);
  g_main_loop_run (self.loop);
  on_stats (&self);             /* stopped, they are all 0 */
  gst_element_set_state (self.pipeline, GST_STATE_NULL);
  fclose (self.log);
  fclose (self.bin);
  return self.failed ? 1 : 0;
}
