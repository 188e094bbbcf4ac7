/* gst-plugins-p2p
 *
 * This library is free software; you can redistribute it and/or
 * modify it under the terms of the GNU Lesser General Public
 * License as published by the Free Software Foundation; either
 * version 2.1 of the License, or (at your option) any later version.
 */
/* broadcaster: music, encoder, p2psink. Records what enters p2psink by
 * "tee ! filesink", and beside it the stream header of the caps.
 */
#include "demo.h"

#include <gst/base/gstbasesink.h>
#include <string.h>

/* Every encoder takes the pad "audio." (44.1 kHz stereo) and ends in the
 * stream. bitrate: what enters p2psink, container included; it is what the
 * broadcaster's upload limit counts as one stream. */
/* The scopes make a picture of every few milliseconds of sound whatever their
 * caps say; videorate keeps 15 a second. */
#define VIDEO_SOURCE \
    "audio. ! queue ! wavescope style=lines ! " \
    "video/x-raw,width=320,height=180,framerate=15/1 ! videorate ! " \
    "video/x-raw,framerate=15/1 ! videoconvert ! "
#define H264 "x264enc tune=zerolatency speed-preset=ultrafast bitrate=400 " \
    "key-int-max=30 ! video/x-h264,profile=baseline ! queue ! mux. "
#define AAC "audio. ! queue ! audioconvert ! voaacenc bitrate=96000 ! " \
    "aacparse ! queue ! mux. "

const DemoFormatInfo demo_formats[DEMO_FORMAT_COUNT] = {
  {"mp3", 128000, "MP3, 128 kbit/s, 44.1 kHz stereo",
      "audio. ! audioconvert ! "
        "lamemp3enc target=bitrate bitrate=128 cbr=true ! tee name=stream "},
  {"flv", 520000, "FLV, H.264 and AAC",
      VIDEO_SOURCE H264 AAC "flvmux name=mux streamable=true ! "
        "tee name=stream "},
  {"ts", 570000, "MPEG-TS, H.264 and AAC",
      VIDEO_SOURCE H264 AAC "mpegtsmux name=mux alignment=7 ! "
        "tee name=stream "},
  {"ogg", 135000, "Ogg, Opus 128 kbit/s",
      "audio. ! audioconvert ! audioresample ! opusenc bitrate=128000 ! "
        "oggmux max-delay=20000000 max-page-delay=20000000 ! "
        "tee name=stream "},
  {"webm", 520000, "WebM, VP8 and Opus",
      VIDEO_SOURCE "vp8enc deadline=1 cpu-used=8 target-bitrate=400000 "
        "end-usage=cbr keyframe-max-dist=30 ! queue ! mux. "
        "audio. ! queue ! audioconvert ! audioresample ! "
        "opusenc bitrate=96000 ! queue ! mux. "
        "webmmux name=mux streamable=true ! tee name=stream "},
};

typedef struct
{
  DemoChild child;
  guint64 bytes, buffers;       /* into p2psink; atomic by the object lock */
  GstObject *lock;
} Broadcaster;

static void
count_buffer (Broadcaster * self, gsize bytes)
{
  GST_OBJECT_LOCK (self->lock);
  self->bytes += bytes;
  self->buffers++;
  GST_OBJECT_UNLOCK (self->lock);
}

static void
append_buffer (GByteArray * bytes, const GValue * value)
{
  GstBuffer *buffer = gst_value_get_buffer (value);
  GstMapInfo map;

  if (buffer && gst_buffer_map (buffer, &map, GST_MAP_READ)) {
    g_byte_array_append (bytes, map.data, map.size);
    gst_buffer_unmap (buffer, &map);
  }
}

/* Writes the caps' streamheader, one buffer or an array, to RECORD.header. */
static void
save_header (const DemoOptions * options, GstCaps * caps)
{
  const GValue *value = gst_structure_get_value (gst_caps_get_structure (caps,
          0), "streamheader");
  g_autoptr (GByteArray) bytes = g_byte_array_new ();
  g_autofree gchar *path = g_strconcat (options->record, ".header", NULL);
  g_autoptr (GError) error = NULL;
  guint i;

  if (!value)
    return;
  if (GST_VALUE_HOLDS_ARRAY (value)) {
    for (i = 0; i < gst_value_array_get_size (value); i++)
      append_buffer (bytes, gst_value_array_get_value (value, i));
  } else if (GST_VALUE_HOLDS_BUFFER (value)) {
    append_buffer (bytes, value);
  }
  if (!g_file_set_contents (path, (const gchar *) bytes->data, bytes->len,
          &error))
    g_printerr ("%s\n", error->message);
}

static GstPadProbeReturn
on_data (GstPad * pad, GstPadProbeInfo * info, gpointer user_data)
{
  Broadcaster *self = user_data;
  GstCaps *caps;

  if (info->type & GST_PAD_PROBE_TYPE_BUFFER) {
    count_buffer (self,
        gst_buffer_get_size (gst_pad_probe_info_get_buffer (info)));
  } else if (info->type & GST_PAD_PROBE_TYPE_BUFFER_LIST) {
    count_buffer (self, gst_buffer_list_calculate_size
        (gst_pad_probe_info_get_buffer_list (info)));
  } else if (GST_EVENT_TYPE (gst_pad_probe_info_get_event (info)) ==
      GST_EVENT_CAPS) {
    gst_event_parse_caps (gst_pad_probe_info_get_event (info), &caps);
    save_header (self->child.options, caps);
  }
  return GST_PAD_PROBE_OK;
}

static void
add_fields (DemoChild * child, GstStructure * report)
{
  Broadcaster *self = (Broadcaster *) child;

  GST_OBJECT_LOCK (self->lock);
  gst_structure_set (report, "payload-bytes", G_TYPE_UINT64, self->bytes,
      "payload-buffers", G_TYPE_UINT64, self->buffers, NULL);
  GST_OBJECT_UNLOCK (self->lock);
}

static void
on_uri (GstElement * sink, GParamSpec * pspec, gpointer user_data)
{
  g_autofree gchar *uri = NULL;

  g_object_get (sink, "uri", &uri, NULL);
  if (uri)
    demo_child_report (gst_structure_new ("ready", "uri", G_TYPE_STRING, uri,
            NULL));
}

static void
configure_sink (Broadcaster * self)
{
  const DemoOptions *options = self->child.options;
  guint limit = options->upload * demo_formats[options->format].bitrate;
  GstPad *pad = gst_element_get_static_pad (self->child.peer, "sink");

  g_object_set (self->child.peer, "bind-address", "127.0.0.1", "port", 0,
      "channel", "demo", "max-upload-bitrate", limit, NULL);
  if (options->source_peers)
    g_object_set (self->child.peer, "max-peers", options->source_peers, NULL);
  g_signal_connect (self->child.peer, "notify::uri", G_CALLBACK (on_uri), self);
  gst_pad_add_probe (pad, GST_PAD_PROBE_TYPE_BUFFER |
      GST_PAD_PROBE_TYPE_BUFFER_LIST | GST_PAD_PROBE_TYPE_EVENT_DOWNSTREAM,
      on_data, self, NULL);
  if (options->stamps) {
    g_autofree gchar *path = g_strconcat (options->record, ".stamps", NULL);

    demo_child_stamp_buffers (pad, path);
  }
  gst_object_unref (pad);
}

/* On the music's streaming thread, which stays blocked from here on: behind the
 * end of stream nothing may follow, and nothing needs to be decoded. */
static GstPadProbeReturn
on_last_music (GstPad * pad, GstPadProbeInfo * info, gpointer user_data)
{
  gst_pad_push_event (pad, gst_event_new_eos ());
  return GST_PAD_PROBE_OK;
}

/* An EOS event sent to the pipeline would go to the file sources, which hand
 * files to demuxers and push nothing. */
static void
end_music (DemoChild * child)
{
  GstElement *music = gst_bin_get_by_name (GST_BIN (child->pipeline), "music");
  GstPad *pad = gst_element_get_static_pad (music, "src");

  gst_pad_add_probe (pad,
      GST_PAD_PROBE_TYPE_BLOCK | GST_PAD_PROBE_TYPE_BUFFER, on_last_music, NULL,
      NULL);
  gst_object_unref (pad);
  gst_object_unref (music);
}

static GstElement *
make_pipeline (const DemoOptions * options, GError ** error)
{
  g_autofree gchar *line = g_strdup_printf ("tee name=audio  %s "
      "stream. ! queue ! filesink name=record async=false sync=false "
      "buffer-mode=unbuffered  stream. ! p2psink name=peer",
      demo_formats[options->format].encoder);
  GstElement *music = demo_music_new (options->inputs, error);
  GstElement *pipeline, *element;

  if (!music)
    return NULL;
  pipeline = gst_parse_launch_full (line, NULL, GST_PARSE_FLAG_FATAL_ERRORS,
      error);
  if (!pipeline) {
    gst_object_unref (gst_object_ref_sink (music));
    return NULL;
  }
  gst_bin_add (GST_BIN (pipeline), music);
  element = gst_bin_get_by_name (GST_BIN (pipeline), "audio");
  gst_element_link (music, element);
  gst_object_unref (element);
  element = gst_bin_get_by_name (GST_BIN (pipeline), "record");
  g_object_set (element, "location", options->record, NULL);
  /* An encoder's last frame of a title may lie behind its segment. p2psink
   * publishes it, as it does what lies before one. */
  gst_base_sink_set_drop_out_of_segment (GST_BASE_SINK (element), FALSE);
  gst_object_unref (element);
  return pipeline;
}

int
demo_broadcaster_main (const DemoOptions * options)
{
  Broadcaster self = {.child = {.options = options} };
  g_autoptr (GError) error = NULL;
  int status;

  self.child.pipeline = make_pipeline (options, &error);
  if (!self.child.pipeline) {
    demo_child_report (gst_structure_new ("error",
            "message", G_TYPE_STRING, error->message, NULL));
    return 1;
  }
  self.child.add_fields = add_fields;
  self.child.end = end_music;
  self.child.peer = gst_bin_get_by_name (GST_BIN (self.child.pipeline), "peer");
  self.lock = gst_object_ref (self.child.peer);
  configure_sink (&self);
  status = demo_child_run (&self.child);
  gst_object_unref (self.lock);
  gst_object_unref (self.child.peer);
  return status;
}
