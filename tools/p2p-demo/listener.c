/* gst-plugins-p2p
 *
 * This library is free software; you can redistribute it and/or
 * modify it under the terms of the GNU Lesser General Public
 * License as published by the Free Software Foundation; either
 * version 2.1 of the License, or (at your option) any later version.
 */
/* listener: p2psrc, a recording of its bytes, and a player.
 *
 * The recording is "tee ! filesink", the player "decodebin" and sinks that
 * synchronise to the clock as a sound device does. The player is watched, not
 * only the bytes: audio that comes too late, or that has a hole, is counted.
 * With "bare" nothing is decoded (benchmarks).
 */
#include "demo.h"

#include <gst/base/gstbasesink.h>

/* A player that is starting up is late until it was in time once behind its
 * first second of sound; that may take as long as this. */
#define SETTLE_MIN GST_SECOND
#define SETTLE_MAX (4 * GST_SECOND)
/* A step in decoded audio's timestamps beyond this is a hole. */
#define HOLE (20 * GST_MSECOND)

typedef struct
{
  DemoChild child;
  /* under lock: streaming threads write, the report reads */
  GstObject *lock;
  gint64 first_byte, first_sound;       /* monotonic us */
  guint64 bytes;
  GstClockTime newest;          /* running time up to which there is media */
  GstClockTime expected, heard;
  guint64 holes, late;
  gboolean settled;             /* started up */
} Listener;

static GstClockTime
running_time_of (GstPad * pad, GstBuffer * buffer)
{
  GstEvent *event = gst_pad_get_sticky_event (pad, GST_EVENT_SEGMENT, 0);
  const GstSegment *segment;
  GstClockTime time = GST_CLOCK_TIME_NONE;

  if (!event)
    return time;
  gst_event_parse_segment (event, &segment);
  if (segment->format == GST_FORMAT_TIME && GST_BUFFER_PTS_IS_VALID (buffer))
    time = gst_segment_to_running_time (segment, GST_FORMAT_TIME,
        GST_BUFFER_PTS (buffer));
  gst_event_unref (event);
  return time;
}

static GstBuffer *
newest_buffer (GstPadProbeInfo * info, gsize * size)
{
  GstBufferList *list;

  if (info->type & GST_PAD_PROBE_TYPE_BUFFER) {
    *size = gst_buffer_get_size (gst_pad_probe_info_get_buffer (info));
    return gst_pad_probe_info_get_buffer (info);
  }
  list = gst_pad_probe_info_get_buffer_list (info);
  *size = gst_buffer_list_calculate_size (list);
  return gst_buffer_list_get (list, gst_buffer_list_length (list) - 1);
}

static GstPadProbeReturn
on_bytes (GstPad * pad, GstPadProbeInfo * info, gpointer user_data)
{
  Listener *self = user_data;
  gsize size;
  GstClockTime newest = running_time_of (pad, newest_buffer (info, &size));

  GST_OBJECT_LOCK (self->lock);
  if (!self->first_byte)
    self->first_byte = demo_child_monotonic ();
  self->bytes += size;
  if (GST_CLOCK_TIME_IS_VALID (newest))
    self->newest = newest;
  GST_OBJECT_UNLOCK (self->lock);
  return GST_PAD_PROBE_OK;
}

static GstClockTime
running_time_now (GstElement * element)
{
  GstClock *clock = gst_element_get_clock (element);
  GstClockTime now = GST_CLOCK_TIME_NONE;

  if (clock) {
    now = gst_clock_get_time (clock) - gst_element_get_base_time (element);
    gst_object_unref (clock);
  }
  return now;
}

/* The parent knows whether the machine stood still then. */
static void
report_late (Listener * self, GstClockTime late)
{
  gint64 now = demo_child_monotonic ();

  if (self->late++ == 0)
    g_printerr ("late: %" GST_TIME_FORMAT " behind %" GST_TIME_FORMAT "\n",
        GST_TIME_ARGS (late), GST_TIME_ARGS (self->heard));
  if (self->late <= DEMO_MAX_LATE)
    demo_child_report (gst_structure_new ("late", "due", G_TYPE_INT64,
            now - (gint64) (late / GST_USECOND), "at", G_TYPE_INT64, now,
            NULL));
}

/* Called by the audio sink when a buffer's time has come. */
static void
on_sound (GstElement * sink, GstBuffer * buffer, GstPad * pad,
    gpointer user_data)
{
  Listener *self = user_data;
  const GstSegment *segment = &GST_BASE_SINK (sink)->segment;
  GstClockTime due = gst_segment_to_running_time (segment, GST_FORMAT_TIME,
      GST_BUFFER_PTS (buffer));
  GstClockTime now = running_time_now (sink);
  GstClockTime latency = gst_base_sink_get_latency (GST_BASE_SINK (sink));
  gboolean late;

  if (!GST_CLOCK_TIME_IS_VALID (due) || !GST_CLOCK_TIME_IS_VALID (now))
    return;
  GST_OBJECT_LOCK (self->lock);
  if (!self->first_sound)
    self->first_sound = demo_child_monotonic ();
  if (self->expected && due > self->expected + HOLE) {
    g_printerr ("hole: %" GST_TIME_FORMAT " behind %" GST_TIME_FORMAT "\n",
        GST_TIME_ARGS (due - self->expected), GST_TIME_ARGS (self->heard));
    self->holes++;
  }
  late = now > due + latency + DEMO_LATE;
  if ((!late && self->heard > SETTLE_MIN) || self->heard > SETTLE_MAX)
    self->settled = TRUE;
  if (late && self->settled)
    report_late (self, now - due - latency);
  self->expected = due + GST_BUFFER_DURATION (buffer);
  self->heard += GST_BUFFER_DURATION (buffer);
  GST_OBJECT_UNLOCK (self->lock);
}

static void
add_fields (DemoChild * child, GstStructure * report)
{
  Listener *self = (Listener *) child;
  GstClockTime now = running_time_now (child->peer), ahead = 0;

  GST_OBJECT_LOCK (self->lock);
  if (GST_CLOCK_TIME_IS_VALID (now) && self->newest > now)
    ahead = self->newest - now;
  gst_structure_set (report, "ahead", G_TYPE_UINT64, ahead, "bytes-out",
      G_TYPE_UINT64, self->bytes, "first-byte", G_TYPE_INT64, self->first_byte,
      "first-sound", G_TYPE_INT64, self->first_sound, "heard", G_TYPE_UINT64,
      self->heard, "holes", G_TYPE_UINT64, self->holes, "late-buffers",
      G_TYPE_UINT64, self->late, NULL);
  GST_OBJECT_UNLOCK (self->lock);
}

static GstElement *
make_sound_sink (Listener * self)
{
  GstElement *sink;

  if (self->child.options->listen)
    return gst_parse_bin_from_description ("queue ! audioconvert ! "
        "audioresample ! tee name=t  t. ! queue ! autoaudiosink", TRUE, NULL);
  sink = gst_element_factory_make ("fakesink", NULL);
  g_object_set (sink, "sync", TRUE, "signal-handoffs", TRUE, NULL);
  g_signal_connect (sink, "handoff", G_CALLBACK (on_sound), self);
  return sink;
}

/* A decoded stream: sound is watched, a picture only shown to the clock. */
static void
on_decoded (GstElement * decoder, GstPad * pad, gpointer user_data)
{
  Listener *self = user_data;
  GstCaps *caps = gst_pad_query_caps (pad, NULL);
  const gchar *type = gst_caps_is_any (caps) || gst_caps_is_empty (caps) ? ""
      : gst_structure_get_name (gst_caps_get_structure (caps, 0));
  GstElement *queue = gst_element_factory_make ("queue", NULL), *sink;
  GstPad *sinkpad = gst_element_get_static_pad (queue, "sink");

  if (g_str_has_prefix (type, "audio/")) {
    sink = make_sound_sink (self);
  } else {
    sink = gst_element_factory_make ("fakesink", NULL);
    g_object_set (sink, "sync", TRUE, NULL);
  }
  gst_bin_add_many (GST_BIN (self->child.pipeline), queue, sink, NULL);
  gst_element_link (queue, sink);
  gst_element_sync_state_with_parent (sink);
  gst_element_sync_state_with_parent (queue);
  gst_pad_link (pad, sinkpad);
  gst_object_unref (sinkpad);
  gst_caps_unref (caps);
}

static void
stamp_shown (Listener * self)
{
  GstElement *sink = gst_bin_get_by_name (GST_BIN (self->child.pipeline),
      "show");
  g_autofree gchar *path = g_strconcat (self->child.options->record, ".shown",
      NULL);

  if (sink)
    demo_child_stamp_handoffs (sink, path);
  g_clear_object (&sink);
}

static void
configure_source (Listener * self)
{
  const DemoOptions *options = self->child.options;
  GstPad *pad = gst_element_get_static_pad (self->child.peer, "src");

  g_object_set (self->child.peer, "uri", options->uri,
      "latency", options->latency, NULL);
  if (options->listener_peers)
    g_object_set (self->child.peer, "max-peers", options->listener_peers, NULL);
  gst_pad_add_probe (pad,
      GST_PAD_PROBE_TYPE_BUFFER | GST_PAD_PROBE_TYPE_BUFFER_LIST, on_bytes,
      self, NULL);
  if (options->stamps) {
    g_autofree gchar *path = g_strconcat (options->record, ".stamps", NULL);

    demo_child_stamp_buffers (pad, path);
    stamp_shown (self);
  }
  gst_object_unref (pad);
}

static GstElement *
make_pipeline (const DemoOptions * options, GError ** error)
{
  GstElement *pipeline, *record;
  /* stamps: how long a sink waits is not to hold back what arrives, and its own
   * 20 ms are none of ours */
  const gchar *line = options->bare && options->stamps ?
      "p2psrc name=peer ! queue max-size-time=0 max-size-buffers=0 "
      "max-size-bytes=8388608 ! fakesink name=show sync=true "
      "processing-deadline=0 signal-handoffs=true" : options->bare ?
      "p2psrc name=peer ! fakesink async=false sync=false"
      :
      "p2psrc name=peer ! tee name=t  t. ! queue ! filesink name=record async=false "
      "sync=false buffer-mode=unbuffered  t. ! queue max-size-time=0 "
      "max-size-buffers=0 max-size-bytes=8388608 ! decodebin name=decoder";

  pipeline = gst_parse_launch_full (line, NULL, GST_PARSE_FLAG_FATAL_ERRORS,
      error);
  if (!pipeline)
    return NULL;
  record = gst_bin_get_by_name (GST_BIN (pipeline), "record");
  if (record) {
    g_object_set (record, "location", options->record, NULL);
    gst_object_unref (record);
  }
  return pipeline;
}

int
demo_listener_main (const DemoOptions * options)
{
  Listener self = {.child = {.options = options} };
  g_autoptr (GError) error = NULL;
  GstElement *decoder;
  int status;

  self.child.pipeline = make_pipeline (options, &error);
  if (!self.child.pipeline) {
    demo_child_report (gst_structure_new ("error",
            "message", G_TYPE_STRING, error->message, NULL));
    return 1;
  }
  self.child.add_fields = add_fields;
  self.child.peer = gst_bin_get_by_name (GST_BIN (self.child.pipeline), "peer");
  self.lock = gst_object_ref (self.child.peer);
  decoder = gst_bin_get_by_name (GST_BIN (self.child.pipeline), "decoder");
  if (decoder) {
    g_signal_connect (decoder, "pad-added", G_CALLBACK (on_decoded), &self);
    gst_object_unref (decoder);
  }
  configure_source (&self);
  status = demo_child_run (&self.child);
  gst_object_unref (self.lock);
  gst_object_unref (self.child.peer);
  return status;
}
