/* gst-plugins-p2p
 *
 * This library is free software; you can redistribute it and/or
 * modify it under the terms of the GNU Lesser General Public
 * License as published by the Free Software Foundation; either
 * version 2.1 of the License, or (at your option) any later version.
 */
/* cutting.c: keeps what a cutter cuts. */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include <string.h>

#include "cutting.h"

static gboolean
on_header (const P2pStreamHeader * header, gpointer user_data)
{
  Cut *self = user_data;
  GstP2PItem *item = g_new0 (GstP2PItem, 1);
  P2pStreamHeader h = *header;
  gsize capacity;
  guint8 *data;
  P2pWriter w;

  h.epoch = CUT_EPOCH;
  h.generation = ++self->generation;
  h.first_chunk = self->n_chunks;
  capacity = p2p_stream_header_capacity (&h);
  data = g_malloc (capacity);
  p2p_writer_init (&w, data, capacity);
  p2p_stream_header_put (&w, &h);
  fail_unless (p2p_writer_ok (&w));
  item->type = GST_P2P_ITEM_HEADER;
  item->epoch = CUT_EPOCH;
  item->generation = self->generation;
  item->bytes = g_bytes_new_take (data, w.len);
  g_ptr_array_add (self->items, item);
  self->n_headers++;
  self->flags = h.flags;
  self->n_buffers = h.n_buffers;
  return TRUE;
}

static gboolean
on_chunk (guint8 * data, gsize len, gpointer user_data)
{
  Cut *self = user_data;
  GstP2PItem *item;
  P2pChunkEnvelope e;

  fail_unless (len <= P2P_CHUNK_ENVELOPE_LEN + P2P_MAX_CHUNK_MEDIA);
  fail_unless_equals_int (p2p_chunk_envelope_get (data, len, &e), P2P_OK);
  if (self->refuse) {
    g_free (data);
    return FALSE;
  }
  e.generation = self->generation;
  p2p_chunk_envelope_put (data, &e);
  item = g_new0 (GstP2PItem, 1);
  item->type = GST_P2P_ITEM_CHUNK;
  item->epoch = CUT_EPOCH;
  item->generation = self->generation;
  item->chunk = item->last = self->n_chunks++;
  item->bytes = g_bytes_new_take (data, len);
  g_ptr_array_add (self->items, item);
  return TRUE;
}

static const GstP2PCutterFuncs funcs = { on_header, on_chunk };

Cut *
cut_new (const gchar * caps)
{
  Cut *self = g_new0 (Cut, 1);

  self->items = g_ptr_array_new_with_free_func ((GDestroyNotify)
      gst_p2p_item_free);
  self->bytes = g_byte_array_new ();
  self->cutter = gst_p2p_cutter_new (&funcs, self);
  cut_caps (self, caps);
  return self;
}

void
cut_free (Cut * self)
{
  gst_p2p_cutter_free (self->cutter);
  g_ptr_array_unref (self->items);
  g_byte_array_unref (self->bytes);
  g_free (self);
}

void
cut_caps (Cut * self, const gchar * text)
{
  GstCaps *caps = gst_caps_from_string (text);
  GError *error = NULL;

  fail_unless (gst_p2p_cutter_set_caps (self->cutter, caps, &error), "%s",
      error ? error->message : "");
  gst_caps_unref (caps);
}

static void
put (Cut * self, GstBuffer * buffer, gint64 at, gint64 duration, gint64 now)
{
  GstP2PTimes times = { at, GST_CLOCK_STIME_NONE, at };
  GstMapInfo map;

  if (duration >= 0)
    GST_BUFFER_DURATION (buffer) = duration;
  gst_buffer_map (buffer, &map, GST_MAP_READ);
  g_byte_array_append (self->bytes, map.data, map.size);
  gst_buffer_unmap (buffer, &map);
  gst_p2p_cutter_push (self->cutter, buffer, &times, TRUE, now);
  gst_buffer_unref (buffer);
}

void
cut_push_buffer (Cut * self, GstBuffer * buffer, gint64 at, gint64 duration)
{
  put (self, buffer, at, duration, at);
}

static GstBuffer *
noise (gsize size, gint64 at)
{
  GstBuffer *buffer = gst_buffer_new_allocate (NULL, size, NULL);
  GRand *rand = g_rand_new_with_seed (size + at / 1000);
  GstMapInfo map;
  gsize i;

  gst_buffer_map (buffer, &map, GST_MAP_WRITE);
  for (i = 0; i < size; i++)
    map.data[i] = g_rand_int_range (rand, 0, 256);
  gst_buffer_unmap (buffer, &map);
  g_rand_free (rand);
  return buffer;
}

void
cut_push (Cut * self, gsize size, gint64 at, gint64 duration, guint flags)
{
  GstBuffer *buffer = noise (size, at);

  GST_BUFFER_FLAG_SET (buffer, flags);
  put (self, buffer, at, duration, at);
}

void
cut_push_late (Cut * self, gsize size, gint64 at, gint64 duration, gint64 now)
{
  put (self, noise (size, at), at, duration, now);
}

const GstP2PItem *
cut_chunk (Cut * self, guint n)
{
  guint i;

  for (i = 0; i < self->items->len; i++) {
    const GstP2PItem *item = g_ptr_array_index (self->items, i);

    if (item->type == GST_P2P_ITEM_CHUNK && item->chunk == n)
      return item;
  }
  fail ("there is no chunk %u", n);
  return NULL;
}

void
cut_envelope (Cut * self, guint n, P2pChunkEnvelope * out)
{
  gsize len;
  const guint8 *data = g_bytes_get_data (cut_chunk (self, n)->bytes, &len);

  fail_unless_equals_int (p2p_chunk_envelope_get (data, len, out), P2P_OK);
}

guint
cut_count (Cut * self, guint n, P2pRecordKind kind)
{
  gsize len;
  const guint8 *data = g_bytes_get_data (cut_chunk (self, n)->bytes, &len);
  P2pRecordContext context;
  P2pReader reader;
  P2pRecord record;
  P2pChunkEnvelope e;
  guint count = 0;

  cut_envelope (self, n, &e);
  p2p_reader_init (&reader, data + P2P_CHUNK_ENVELOPE_LEN,
      len - P2P_CHUNK_ENVELOPE_LEN);
  p2p_record_context_init (&context, e.base_pts_ns);
  while (p2p_record_next (&reader, &context, &record) == P2P_OK)
    count += record.kind == kind;
  return count;
}
