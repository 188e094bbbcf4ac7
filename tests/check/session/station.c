/* gst-plugins-p2p
 *
 * This library is free software; you can redistribute it and/or
 * modify it under the terms of the GNU Lesser General Public
 * License as published by the Free Software Foundation; either
 * version 2.1 of the License, or (at your option) any later version.
 */
/* station.c: one session with one member for tests (see the header). */
#include <string.h>

#include "station.h"
#include "../../../gst/p2p/core/wire/p2precord.h"

static GList *stations = NULL;  /* Station; test thread only */

/* transfer full of session */
static Station *
station_new_in (GstP2PSession * session)
{
  Station *self = g_new0 (Station, 1);

  self->session = session;
  g_mutex_init (&self->lock);
  g_cond_init (&self->cond);
  stations = g_list_prepend (stations, self);
  return self;
}

Station *
station_new (GstP2PLoopbackHub * hub)
{
  GError *error = NULL;
  GstP2PSession *session =
      gst_p2p_session_new (gst_p2p_loopback_backend (), hub, NULL, &error);

  g_assert_no_error (error);
  return station_new_in (session);
}

Station *
station_new_beside (Station * other)
{
  return station_new_in (g_object_ref (other->session));
}

static void
on_event (GstP2PMember * member, GstP2PMemberEvent event,
    const GstStructure * structure, const GError * error, gpointer user_data)
{
  Station *self = user_data;

  g_mutex_lock (&self->lock);
  self->events[event]++;
  self->told_at[event] = g_get_monotonic_time ();
  if (error && self->error == NULL)
    self->error = g_error_copy (error);
  g_cond_broadcast (&self->cond);
  g_mutex_unlock (&self->lock);
}

static void
join (Station * self, GstP2PMemberConfig * config)
{
  gchar *urls[] = { (gchar *) "ws://hub/", NULL };
  GError *error = NULL;

  config->rendezvous = urls;
  config->relay = TRUE;
  self->member = gst_p2p_session_join (self->session, config, on_event, self,
      NULL, &error);
  g_assert_no_error (error);
}

void
station_publish (Station * self, const gchar * channel, const GstP2PKey * key)
{
  GstP2PMemberConfig config = {.publish = TRUE,.channel = channel };

  self->key = key ? gst_p2p_key_ref (key) : gst_p2p_key_generate (NULL);
  config.key = self->key;
  config.max_peers = self->max_peers;
  join (self, &config);
}

void
station_listen (Station * self, const gchar * channel, guint latency_ms)
{
  GstP2PMemberConfig config = {.channel = channel,.latency_ms = latency_ms };

  config.idle_timeout_ms = 60000;
  join (self, &config);
}

void
station_leave (Station * self)
{
  if (self->member)
    gst_p2p_member_leave (self->member);
  g_clear_object (&self->member);
}

void
station_free (Station * self)
{
  stations = g_list_remove (stations, self);
  station_leave (self);
  g_clear_object (&self->session);
  g_clear_pointer (&self->key, gst_p2p_key_free);
  g_clear_error (&self->error);
  g_mutex_clear (&self->lock);
  g_cond_clear (&self->cond);
  g_free (self);
}

void
station_end_all (void)
{
  while (stations != NULL)
    station_free (stations->data);
}

gboolean
station_wait (Station * self, GstP2PMemberEvent event, guint n)
{
  gint64 end = g_get_monotonic_time () + WAIT_S * G_USEC_PER_SEC;
  gboolean told;

  g_mutex_lock (&self->lock);
  while (self->events[event] < n
      && g_cond_wait_until (&self->cond, &self->lock, end));
  told = self->events[event] >= n;
  g_mutex_unlock (&self->lock);
  return told;
}

guint
station_count (Station * self, GstP2PMemberEvent event)
{
  guint n;

  g_mutex_lock (&self->lock);
  n = self->events[event];
  g_mutex_unlock (&self->lock);
  return n;
}

gboolean
station_was_told (Station * self, GstP2PMemberEvent event)
{
  return station_count (self, event) > 0;
}

void
station_put_header (Station * self, const gchar * caps)
{
  P2pStreamHeader header = { 0, };

  header.caps = (const guint8 *) caps;
  header.caps_len = strlen (caps);
  header.chunk_duration_us = 50000;
  header.bitrate = 128000;
  header.window_ms = 10000;
  fail_unless (gst_p2p_member_publish_header (self->member, &header));
}

void
station_put_chunk (Station * self, guint number)
{
  P2pChunkEnvelope envelope = { 0, };
  P2pRecordContext context;
  P2pRecord record = { 0, };
  guint8 *data = g_malloc (512);
  guint8 payload[400];
  P2pWriter writer;

  envelope.flags = P2P_CHUNK_JOIN;
  envelope.records = 1;
  envelope.duration_us = 50000;
  envelope.base_pts_ns = self->next_pts_ns;
  self->next_pts_ns += 50 * GST_MSECOND;
  memset (payload, number, sizeof (payload));
  p2p_writer_init (&writer, payload, sizeof (payload));
  p2p_put_u32 (&writer, number);
  record.kind = P2P_RECORD_BUFFER;
  record.pts_ns = envelope.base_pts_ns;
  record.dts_ns = P2P_RECORD_TIME_NONE;
  record.duration_ns = 50 * GST_MSECOND;
  record.offset = record.offset_end = P2P_RECORD_OFFSET_NONE;
  record.data = payload;
  record.len = sizeof (payload);

  p2p_chunk_envelope_put (data, &envelope);
  p2p_writer_init (&writer, data + P2P_CHUNK_ENVELOPE_LEN,
      512 - P2P_CHUNK_ENVELOPE_LEN);
  p2p_record_context_init (&context, envelope.base_pts_ns);
  fail_unless_equals_int (p2p_record_put (&writer, &context, &record), P2P_OK);
  fail_unless (gst_p2p_member_publish_chunk (self->member, data,
          P2P_CHUNK_ENVELOPE_LEN + writer.len));
}

void
station_put_chunks (Station * self, guint from, guint to, guint ms)
{
  for (; from < to; from++) {
    station_put_chunk (self, from);
    g_usleep (ms * 1000);
  }
}

GstP2PItem *
station_next (Station * self, GstP2PItemType type)
{
  gint64 end = g_get_monotonic_time () + WAIT_S * G_USEC_PER_SEC;
  GstP2PItem *item;

  while ((item = gst_p2p_member_pop (self->member, end))) {
    if (item->type == type)
      return item;
    gst_p2p_item_free (item);
  }
  return NULL;
}

guint
station_read_number (const GstP2PItem * item)
{
  gsize len;
  const guint8 *data = g_bytes_get_data (item->bytes, &len);
  P2pChunkEnvelope envelope;
  P2pRecordContext context;
  P2pReader reader;
  P2pRecord record;
  guint32 number;

  fail_unless_equals_int (p2p_chunk_envelope_get (data, len, &envelope),
      P2P_OK);
  p2p_reader_init (&reader, data + P2P_CHUNK_ENVELOPE_LEN,
      len - P2P_CHUNK_ENVELOPE_LEN);
  p2p_record_context_init (&context, envelope.base_pts_ns);
  fail_unless_equals_int (p2p_record_next (&reader, &context, &record), P2P_OK);
  fail_unless_equals_int (record.len, 400);
  p2p_reader_init (&reader, record.data, record.len);
  fail_unless (p2p_read_u32 (&reader, &number));
  return number;
}

void
station_expect_chunks (Station * self, guint from, guint to)
{
  for (; from < to; from++) {
    GstP2PItem *item = station_next (self, GST_P2P_ITEM_CHUNK);

    fail_unless (item != NULL, "chunk %u did not come", from);
    fail_unless_equals_int (station_read_number (item), from);
    gst_p2p_item_free (item);
  }
}
