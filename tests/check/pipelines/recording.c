/* gst-plugins-p2p
 *
 * This library is free software; you can redistribute it and/or
 * modify it under the terms of the GNU Lesser General Public
 * License as published by the Free Software Foundation; either
 * version 2.1 of the License, or (at your option) any later version.
 */
/* recording.c: publisher and listener without a swarm between them. */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include <string.h>

#include "recording.h"

#define RUN_S 30                /* longest pipeline of these tests */

/* ---- recording ---- */

static gboolean
on_header (const P2pStreamHeader * header, gpointer user_data)
{
  Recording *self = user_data;
  P2pStreamHeader h = *header;
  gsize capacity;
  guint8 *data;
  P2pWriter w;
  GstP2PItem *item = g_new0 (GstP2PItem, 1);

  h.epoch = 1;
  h.k = 4;
  h.generation = ++self->generation;
  h.first_chunk = self->next_chunk;
  capacity = p2p_stream_header_capacity (&h);
  data = g_malloc (capacity);
  p2p_writer_init (&w, data, capacity);
  p2p_stream_header_put (&w, &h);
  fail_unless (p2p_writer_ok (&w));
  item->type = GST_P2P_ITEM_HEADER;
  item->epoch = 1;
  item->generation = self->generation;
  item->bytes = g_bytes_new_take (data, w.len);
  g_ptr_array_add (self->items, item);
  return TRUE;
}

static gboolean
on_chunk (guint8 * data, gsize len, gpointer user_data)
{
  Recording *self = user_data;
  GstP2PItem *item = g_new0 (GstP2PItem, 1);
  P2pChunkEnvelope e;

  fail_unless (len <= P2P_CHUNK_ENVELOPE_LEN + P2P_MAX_CHUNK_MEDIA);
  fail_unless_equals_int (p2p_chunk_envelope_get (data, len, &e), P2P_OK);
  e.generation = self->generation;
  p2p_chunk_envelope_put (data, &e);
  item->type = GST_P2P_ITEM_CHUNK;
  item->epoch = 1;
  item->generation = self->generation;
  item->chunk = item->last = self->next_chunk++;
  item->bytes = g_bytes_new_take (data, len);
  g_ptr_array_add (self->items, item);
  return TRUE;
}

static const GstP2PCutterFuncs funcs = { on_header, on_chunk };

static gint64
to_running_time (Recording * self, GstClockTime t)
{
  guint64 rt;
  gint sign;

  if (!GST_CLOCK_TIME_IS_VALID (t))
    return GST_CLOCK_STIME_NONE;
  sign = gst_segment_to_running_time_full (&self->segment, GST_FORMAT_TIME, t,
      &rt);
  return sign < 0 ? -(gint64) rt : (gint64) rt;
}

static void
record_buffer (Recording * self, GstBuffer * buffer, gboolean first)
{
  GstP2PTimes t;
  GstMapInfo map;

  t.pts = to_running_time (self, GST_BUFFER_PTS (buffer));
  t.dts = to_running_time (self, GST_BUFFER_DTS (buffer));
  if (t.dts != GST_CLOCK_STIME_NONE)
    self->now = t.dts;
  else if (t.pts != GST_CLOCK_STIME_NONE)
    self->now = t.pts;
  t.clock = self->now;
  gst_p2p_cutter_tick (self->cutter, self->now);
  gst_p2p_cutter_push (self->cutter, buffer, &t, first, self->now);
  gst_buffer_map (buffer, &map, GST_MAP_READ);
  g_byte_array_append (self->bytes, map.data, map.size);
  gst_buffer_unmap (buffer, &map);
  g_ptr_array_add (self->buffers, gst_buffer_ref (buffer));
}

static void
record_event (Recording * self, GstEvent * event)
{
  GstTagList *tags;
  GstCaps *caps;
  GError *error = NULL;

  switch (GST_EVENT_TYPE (event)) {
    case GST_EVENT_CAPS:
      gst_event_parse_caps (event, &caps);
      fail_unless (gst_p2p_cutter_set_caps (self->cutter, caps, &error));
      gst_caps_replace (&self->caps, caps);
      break;
    case GST_EVENT_SEGMENT:
      gst_event_copy_segment (event, &self->segment);
      break;
    case GST_EVENT_TAG:
      gst_event_parse_tag (event, &tags);
      gst_p2p_cutter_push_tags (self->cutter, tags, self->now);
      break;
    case GST_EVENT_EOS:
      gst_p2p_cutter_end (self->cutter, self->now);
      self->ended = TRUE;
      break;
    default:
      break;
  }
}

static GstPadProbeReturn
on_record (GstPad * pad, GstPadProbeInfo * info, gpointer user_data)
{
  Recording *self = user_data;
  guint i;

  if (info->type & GST_PAD_PROBE_TYPE_BUFFER) {
    record_buffer (self, GST_PAD_PROBE_INFO_BUFFER (info), TRUE);
  } else if (info->type & GST_PAD_PROBE_TYPE_BUFFER_LIST) {
    GstBufferList *list = GST_PAD_PROBE_INFO_BUFFER_LIST (info);

    for (i = 0; i < gst_buffer_list_length (list); i++)
      record_buffer (self, gst_buffer_list_get (list, i), i == 0);
  } else {
    record_event (self, GST_PAD_PROBE_INFO_EVENT (info));
  }
  return GST_PAD_PROBE_OK;
}

static void
add_probe (GstElement * pipeline, const gchar * name, GstPadProbeType type,
    GstPadProbeCallback func, gpointer data)
{
  GstElement *sink = gst_bin_get_by_name (GST_BIN (pipeline), name);
  GstPad *pad;

  if (sink == NULL)
    return;
  pad = gst_element_get_static_pad (sink, "sink");
  gst_pad_add_probe (pad, type, func, data, NULL);
  gst_object_unref (pad);
  gst_object_unref (sink);
}

static void
run_to_eos (GstElement * pipeline)
{
  GstBus *bus = gst_element_get_bus (pipeline);
  GstMessage *message;

  gst_element_set_state (pipeline, GST_STATE_PLAYING);
  message = gst_bus_timed_pop_filtered (bus, RUN_S * GST_SECOND,
      GST_MESSAGE_EOS | GST_MESSAGE_ERROR);
  fail_unless (message != NULL, "the pipeline did not end");
  if (GST_MESSAGE_TYPE (message) == GST_MESSAGE_ERROR) {
    GError *error;
    gchar *debug;

    gst_message_parse_error (message, &error, &debug);
    fail ("%s (%s)", error->message, debug);
  }
  gst_message_unref (message);
  gst_object_unref (bus);
  gst_element_set_state (pipeline, GST_STATE_NULL);
}

Recording *
recording_new (const gchar * launch)
{
  Recording *self = g_new0 (Recording, 1);
  GError *error = NULL;
  GstElement *pipeline = gst_parse_launch (launch, &error);

  fail_unless (error == NULL, "%s", error ? error->message : "");
  self->items = g_ptr_array_new_with_free_func ((GDestroyNotify)
      gst_p2p_item_free);
  self->buffers = g_ptr_array_new_with_free_func ((GDestroyNotify)
      gst_buffer_unref);
  self->bytes = g_byte_array_new ();
  self->cutter = gst_p2p_cutter_new (&funcs, self);
  gst_segment_init (&self->segment, GST_FORMAT_TIME);
  add_probe (pipeline, "out", GST_PAD_PROBE_TYPE_BUFFER |
      GST_PAD_PROBE_TYPE_BUFFER_LIST | GST_PAD_PROBE_TYPE_EVENT_DOWNSTREAM,
      on_record, self);
  run_to_eos (pipeline);
  gst_object_unref (pipeline);
  fail_unless (self->ended);
  fail_unless (self->next_chunk > 10);
  return self;
}

void
recording_free (Recording * self)
{
  g_ptr_array_unref (self->items);
  g_ptr_array_unref (self->buffers);
  g_byte_array_unref (self->bytes);
  gst_clear_caps (&self->caps);
  gst_p2p_cutter_free (self->cutter);
  g_free (self);
}

guint
recording_count_chunks (Recording * self)
{
  return self->next_chunk;
}

gint64
recording_time (Recording * self, guint i)
{
  GstP2PItem *item = g_ptr_array_index (self->items, i);
  P2pChunkEnvelope e;
  gsize len;
  const guint8 *data = g_bytes_get_data (item->bytes, &len);

  fail_unless_equals_int (p2p_chunk_envelope_get (data, len, &e), P2P_OK);
  return e.base_pts_ns;
}

guint
recording_find_join (Recording * self, guint n)
{
  guint i, join = G_MAXUINT;

  for (i = 0; i < self->items->len; i++) {
    GstP2PItem *item = g_ptr_array_index (self->items, i);
    P2pChunkEnvelope e;
    gsize len;
    const guint8 *data;

    if (item->type != GST_P2P_ITEM_CHUNK)
      continue;
    if (item->chunk > n && join != G_MAXUINT)
      break;
    data = g_bytes_get_data (item->bytes, &len);
    p2p_chunk_envelope_get (data, len, &e);
    if (e.flags & P2P_CHUNK_JOIN)
      join = i;
  }
  fail_unless (join != G_MAXUINT, "no join point at all");
  return join;
}

/* ---- reading ---- */

static void
take_outs (Reading * self, GstP2PReader * reader)
{
  GstP2POut *out;

  while ((out = gst_p2p_reader_pop (reader)) != NULL) {
    g_ptr_array_add (self->outs, out);
    if (out->type == GST_P2P_OUT_CAPS)
      gst_caps_replace (&self->caps, GST_CAPS (out->object));
    if (out->type == GST_P2P_OUT_BUFFER) {
      GstMapInfo map;

      gst_buffer_map (GST_BUFFER (out->object), &map, GST_MAP_READ);
      g_byte_array_append (self->bytes, map.data, map.size);
      if (out->pts == GST_CLOCK_STIME_NONE
          && self->bytes->len == self->header_bytes + map.size
          && GST_BUFFER_FLAG_IS_SET (out->object, GST_BUFFER_FLAG_HEADER))
        self->header_bytes += map.size;
      gst_buffer_unmap (GST_BUFFER (out->object), &map);
    }
  }
}

Reading *
reading_new (Recording * recording, guint from, guint lost, guint n)
{
  Reading *self = g_new0 (Reading, 1);
  GstP2PReader *reader = gst_p2p_reader_new ();
  GError *error = NULL;
  guint i;

  self->outs = g_ptr_array_new_with_free_func ((GDestroyNotify)
      gst_p2p_out_free);
  self->bytes = g_byte_array_new ();
  for (i = 0; i < recording->items->len; i++) {
    GstP2PItem *item = g_ptr_array_index (recording->items, i);

    if (item->type == GST_P2P_ITEM_CHUNK && (i < from
            || (item->chunk >= lost && item->chunk < lost + n)))
      continue;
    fail_unless (gst_p2p_reader_push (reader, item, &error));
    take_outs (self, reader);
  }
  gst_p2p_reader_free (reader);
  return self;
}

void
reading_free (Reading * self)
{
  g_ptr_array_unref (self->outs);
  g_byte_array_unref (self->bytes);
  gst_clear_caps (&self->caps);
  g_free (self);
}

/* ---- decoding ---- */

static GstPadProbeReturn
on_frame (GstPad * pad, GstPadProbeInfo * info, gpointer user_data)
{
  Decoded *self = user_data;
  GstMapInfo map;
  guint hash = 5381;
  gsize i;

  gst_buffer_map (GST_PAD_PROBE_INFO_BUFFER (info), &map, GST_MAP_READ);
  for (i = 0; i < map.size; i++)
    hash = hash * 33 + map.data[i];
  gst_buffer_unmap (GST_PAD_PROBE_INFO_BUFFER (info), &map);
  g_array_append_val (self->frames, hash);
  return GST_PAD_PROBE_OK;
}

static GstPadProbeReturn
on_samples (GstPad * pad, GstPadProbeInfo * info, gpointer user_data)
{
  Decoded *self = user_data;
  GstMapInfo map;

  gst_buffer_map (GST_PAD_PROBE_INFO_BUFFER (info), &map, GST_MAP_READ);
  g_byte_array_append (self->samples, map.data, map.size);
  gst_buffer_unmap (GST_PAD_PROBE_INFO_BUFFER (info), &map);
  return GST_PAD_PROBE_OK;
}

static GstClockTime
to_pts (gint64 t)
{
  return t == GST_CLOCK_STIME_NONE ? GST_CLOCK_TIME_NONE :
      (GstClockTime) MAX (t + (gint64) GST_P2P_JOIN_GIVE_UP, 0);
}

static void
feed (Reading * reading, GstElement * src)
{
  GstFlowReturn flow;
  guint i;

  for (i = 0; i < reading->outs->len; i++) {
    GstP2POut *out = g_ptr_array_index (reading->outs, i);
    GstBuffer *buffer;

    if (out->type == GST_P2P_OUT_CAPS)
      g_object_set (src, "caps", out->object, NULL);
    if (out->type != GST_P2P_OUT_BUFFER)
      continue;
    buffer = gst_buffer_copy (GST_BUFFER (out->object));
    GST_BUFFER_PTS (buffer) = to_pts (out->pts);
    GST_BUFFER_DTS (buffer) = to_pts (out->dts);
    g_signal_emit_by_name (src, "push-buffer", buffer, &flow);
    gst_buffer_unref (buffer);
  }
  g_signal_emit_by_name (src, "end-of-stream", &flow);
}

Decoded *
decode (Reading * reading, const gchar * launch)
{
  Decoded *self = g_new0 (Decoded, 1);
  GError *error = NULL;
  GstElement *pipeline = gst_parse_launch (launch, &error), *src;

  fail_unless (error == NULL, "%s", error ? error->message : "");
  self->frames = g_array_new (FALSE, FALSE, sizeof (guint));
  self->samples = g_byte_array_new ();
  add_probe (pipeline, "video", GST_PAD_PROBE_TYPE_BUFFER, on_frame, self);
  add_probe (pipeline, "audio", GST_PAD_PROBE_TYPE_BUFFER, on_samples, self);
  src = gst_bin_get_by_name (GST_BIN (pipeline), "in");
  g_object_set (src, "format", GST_FORMAT_TIME, "max-bytes",
      (guint64) 64 * 1024 * 1024, NULL);
  feed (reading, src);
  run_to_eos (pipeline);
  gst_object_unref (src);
  gst_object_unref (pipeline);
  return self;
}

void
decoded_free (Decoded * self)
{
  g_array_unref (self->frames);
  g_byte_array_unref (self->samples);
  g_free (self);
}
