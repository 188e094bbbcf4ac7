/* gst-plugins-p2p
 *
 * This library is free software; you can redistribute it and/or
 * modify it under the terms of the GNU Lesser General Public
 * License as published by the Free Software Foundation; either
 * version 2.1 of the License, or (at your option) any later version.
 */
/* gstp2pmedia.c: GStreamer's words for media <-> the wire's.
 *
 * The writing half trusts its caller; the reading half gets bytes that a
 * publisher signed, who may still be an enemy: lengths and nesting are checked,
 * text must be UTF-8, caps must be fixed. No state, any thread.
 */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include <string.h>

#include "gstp2pmedia.h"
#include "session/gstp2psession.h"

#define TS_PACKET 188           /* ISO/IEC 13818-1 2.4.3.2 */
#define MAX_OPENED 256          /* lists, arrays, ranges in a text */

typedef struct
{
  const gchar *name;
  GstP2PMediaFormat format;
  gboolean video;
} MediaName;

static const MediaName containers[] = {
  {"video/mpegts", GST_P2P_MEDIA_TS, FALSE},
  {"video/x-flv", GST_P2P_MEDIA_FLV, FALSE},
  {"video/webm", GST_P2P_MEDIA_MATROSKA, TRUE},
  {"audio/webm", GST_P2P_MEDIA_MATROSKA, FALSE},
  {"video/x-matroska", GST_P2P_MEDIA_MATROSKA, TRUE},
  {"video/x-matroska-3d", GST_P2P_MEDIA_MATROSKA, TRUE},
  {"audio/x-matroska", GST_P2P_MEDIA_MATROSKA, FALSE},
  {"application/ogg", GST_P2P_MEDIA_OGG, FALSE},
  {"audio/ogg", GST_P2P_MEDIA_OGG, FALSE},
  {"video/ogg", GST_P2P_MEDIA_OGG, TRUE},
  {"application/kate", GST_P2P_MEDIA_OGG, FALSE},
};

/* The ISO file format: where its fragments begin can't be told by flags. */
static const gchar *const refused[] = {
  "video/quicktime", "audio/x-m4a", "video/mj2", "application/x-3gp",
  "video/x-3gp", NULL
};

/* Flags of a GstBuffer and the wire's, side by side. TAG_MEMORY is the buffer
 * pool's business and stays out. */
static const struct
{
  GstBufferFlags gst;
  guint8 wire;
} flag_map[] = {
  {GST_BUFFER_FLAG_DISCONT, P2P_BUFFER_DISCONT},
  {GST_BUFFER_FLAG_RESYNC, P2P_BUFFER_RESYNC},
  {GST_BUFFER_FLAG_MARKER, P2P_BUFFER_MARKER},
  {GST_BUFFER_FLAG_HEADER, P2P_BUFFER_HEADER},
  {GST_BUFFER_FLAG_GAP, P2P_BUFFER_GAP},
  {GST_BUFFER_FLAG_DROPPABLE, P2P_BUFFER_DROPPABLE},
  {GST_BUFFER_FLAG_DELTA_UNIT, P2P_BUFFER_DELTA_UNIT},
  {GST_BUFFER_FLAG_CORRUPTED, P2P_BUFFER_CORRUPTED},
};

gboolean
gst_p2p_media_info_init (GstP2PMediaInfo * self, const GstCaps * caps,
    GError ** error)
{
  const GstStructure *s = gst_caps_get_structure (caps, 0);
  const gchar *name = gst_structure_get_name (s);
  gint packet = TS_PACKET;
  guint i;

  if (g_strv_contains (refused, name)) {
    g_set_error (error, GST_P2P_ERROR, GST_P2P_ERROR_MEDIA,
        "%s can't be joined in mid-stream: use flvmux, mpegtsmux or webmmux",
        name);
    return FALSE;
  }
  memset (self, 0, sizeof (*self));
  self->video = g_str_has_prefix (name, "video/")
      || g_str_has_prefix (name, "image/");
  for (i = 0; i < G_N_ELEMENTS (containers); i++) {
    if (g_str_equal (name, containers[i].name)) {
      self->format = containers[i].format;
      self->video = containers[i].video;
    }
  }
  gst_structure_get_int (s, "packetsize", &packet);
  self->packet_size = packet == TS_PACKET + 4 ? TS_PACKET + 4 : TS_PACKET;
  return TRUE;
}

guint8
gst_p2p_media_info_get_flags (const GstP2PMediaInfo * self)
{
  guint8 flags = self->video ? P2P_HEADER_VIDEO : 0;

  switch (self->format) {
    case GST_P2P_MEDIA_MATROSKA:
      flags |= P2P_HEADER_RESUME_AT_JOIN | P2P_HEADER_CONTAINER;
      break;
    case GST_P2P_MEDIA_FLV:
    case GST_P2P_MEDIA_OGG:
      flags |= P2P_HEADER_CONTAINER;
      break;
    default:
      break;
  }
  return flags;
}

gboolean
gst_p2p_media_restarts_at_zero (const GstP2PMediaInfo * self)
{
  return self->format == GST_P2P_MEDIA_OGG
      || self->format == GST_P2P_MEDIA_MATROSKA;
}

static void
add_header (GPtrArray * headers, const GValue * value)
{
  if (value != NULL && GST_VALUE_HOLDS_BUFFER (value)
      && gst_value_get_buffer (value) != NULL)
    g_ptr_array_add (headers, gst_buffer_ref (gst_value_get_buffer (value)));
}

GstCaps *
gst_p2p_media_split_caps (const GstCaps * caps, GPtrArray * headers)
{
  GstCaps *out = gst_caps_copy (caps);
  GstStructure *s = gst_caps_get_structure (out, 0);
  const GValue *value = gst_structure_get_value (s, "streamheader");
  guint i;

  /* Memory features are this machine's. */
  gst_caps_set_features_simple (out, NULL);
  if (value == NULL)
    return out;
  if (GST_VALUE_HOLDS_ARRAY (value)) {
    for (i = 0; i < gst_value_array_get_size (value); i++)
      add_header (headers, gst_value_array_get_value (value, i));
  } else {
    add_header (headers, value);
  }
  gst_structure_remove_field (s, "streamheader");
  return out;
}

GPtrArray *
gst_p2p_media_buffers_from_header (const P2pStreamHeader * header)
{
  GPtrArray *out =
      g_ptr_array_new_with_free_func ((GDestroyNotify) gst_buffer_unref);
  guint i;

  for (i = 0; i < header->n_buffers; i++) {
    GstBuffer *buffer = gst_buffer_new_memdup (header->buffer[i],
        header->buffer_len[i]);

    GST_BUFFER_FLAG_SET (buffer, GST_BUFFER_FLAG_HEADER);
    g_ptr_array_add (out, buffer);
  }
  return out;
}

/* GStreamer reads lists within lists by recursion, 20,000 of which take a stack of
 * 8 MiB. A closed one counts as well: what looks closed may be in a string. */
static gboolean
is_flat (const guint8 * data, gsize len)
{
  guint opened = 0;
  gsize i;

  for (i = 0; i < len; i++)
    opened += data[i] == '{' || data[i] == '<' || data[i] == '[';
  return opened <= MAX_OPENED;
}

/* Text of a remote as a C string, NULL unless it is UTF-8 without a zero, that
 * GStreamer can be given to read. */
static gchar *
text_from_bytes (const guint8 * data, gsize len, gsize max)
{
  if (len == 0 || len > max || !is_flat (data, len)
      || !g_utf8_validate_len ((const gchar *) data, len, NULL))
    return NULL;
  return g_strndup ((const gchar *) data, len);
}

static void
set_stream_header (GstCaps * caps, GPtrArray * buffers)
{
  GValue array = G_VALUE_INIT;
  guint i;

  g_value_init (&array, GST_TYPE_ARRAY);
  for (i = 0; i < buffers->len; i++) {
    GValue value = G_VALUE_INIT;

    g_value_init (&value, GST_TYPE_BUFFER);
    gst_value_set_buffer (&value, g_ptr_array_index (buffers, i));
    gst_value_array_append_and_take_value (&array, &value);
  }
  gst_structure_take_value (gst_caps_get_structure (caps, 0), "streamheader",
      &array);
}

GstCaps *
gst_p2p_media_caps_from_header (const P2pStreamHeader * header, GError ** error)
{
  gchar *text = text_from_bytes (header->caps, header->caps_len,
      GST_P2P_MAX_CAPS);
  GstCaps *caps = text != NULL ? gst_caps_from_string (text) : NULL;

  g_free (text);
  if (caps == NULL || gst_caps_get_size (caps) != 1
      || !gst_caps_is_fixed (caps)) {
    gst_clear_caps (&caps);
    g_set_error_literal (error, GST_P2P_ERROR, GST_P2P_ERROR_MEDIA,
        "the channel does not say what kind of media it is");
    return NULL;
  }
  caps = gst_caps_make_writable (caps);
  gst_caps_set_features_simple (caps, NULL);
  if (header->n_buffers > 0) {
    GPtrArray *buffers = gst_p2p_media_buffers_from_header (header);

    set_stream_header (caps, buffers);
    g_ptr_array_unref (buffers);
  }
  return caps;
}

/* Pictures would be sent to everybody again with every change of title. */
static gboolean
drop_samples (GQuark field, GValue * value, gpointer user_data)
{
  return !GST_VALUE_HOLDS_SAMPLE (value) && !GST_VALUE_HOLDS_BUFFER (value);
}

guint
gst_p2p_media_find_bitrate (const GstTagList * tags)
{
  guint bitrate = 0;

  if (!gst_tag_list_get_uint (tags, GST_TAG_BITRATE, &bitrate)
      && !gst_tag_list_get_uint (tags, GST_TAG_NOMINAL_BITRATE, &bitrate))
    gst_tag_list_get_uint (tags, GST_TAG_MAXIMUM_BITRATE, &bitrate);
  return bitrate;
}

gchar *
gst_p2p_media_shown_tags (const GstTagList * tags)
{
  GstTagList *copy = gst_tag_list_copy (tags);
  gchar *text;

  gst_tag_list_remove_tag (copy, GST_TAG_BITRATE);
  gst_tag_list_remove_tag (copy, GST_TAG_MINIMUM_BITRATE);
  gst_tag_list_remove_tag (copy, GST_TAG_MAXIMUM_BITRATE);
  text = gst_tag_list_to_string (copy);
  gst_tag_list_unref (copy);
  return text;
}

gchar *
gst_p2p_media_tags_to_string (const GstTagList * tags)
{
  gchar *all = gst_tag_list_to_string (tags);
  GstStructure *s = NULL;
  gchar *text = NULL;

  if (all != NULL)
    s = gst_structure_from_string (all, NULL);
  g_free (all);
  if (s == NULL)
    return NULL;
  gst_structure_filter_and_map_in_place (s, drop_samples, NULL);
  if (gst_structure_n_fields (s) > 0)
    text = gst_structure_to_string (s);
  gst_structure_free (s);
  if (text != NULL && strlen (text) > GST_P2P_MAX_TAGS)
    g_clear_pointer (&text, g_free);
  return text;
}

GstTagList *
gst_p2p_media_tags_from_bytes (const guint8 * data, gsize len)
{
  gchar *text = text_from_bytes (data, len, GST_P2P_MAX_TAGS);
  GstTagList *tags = NULL;

  if (text != NULL && g_str_has_prefix (text, "taglist"))
    tags = gst_tag_list_new_from_string (text);
  g_free (text);
  return tags;
}

gchar *
gst_p2p_media_event_to_string (GstEvent * event)
{
  const GstStructure *s = gst_event_get_structure (event);
  gchar *text;

  if (GST_EVENT_TYPE (event) != GST_EVENT_CUSTOM_DOWNSTREAM || s == NULL)
    return NULL;
  text = gst_structure_to_string (s);
  if (text != NULL && strlen (text) > GST_P2P_MAX_EVENT)
    g_clear_pointer (&text, g_free);
  return text;
}

GstEvent *
gst_p2p_media_event_from_bytes (const guint8 * data, gsize len)
{
  gchar *text = text_from_bytes (data, len, GST_P2P_MAX_EVENT);
  GstStructure *s =
      text != NULL ? gst_structure_from_string (text, NULL) : NULL;

  g_free (text);
  if (s == NULL)
    return NULL;
  return gst_event_new_custom (GST_EVENT_CUSTOM_DOWNSTREAM, s);
}

void
gst_p2p_media_record_from_buffer (P2pRecord * record, GstBuffer * buffer)
{
  guint i;

  memset (record, 0, sizeof (*record));
  record->kind = P2P_RECORD_BUFFER;
  for (i = 0; i < G_N_ELEMENTS (flag_map); i++) {
    if (GST_BUFFER_FLAG_IS_SET (buffer, flag_map[i].gst))
      record->flags |= flag_map[i].wire;
  }
  record->pts_ns = record->dts_ns = P2P_RECORD_TIME_NONE;
  record->duration_ns = P2P_RECORD_TIME_NONE;
  if (GST_BUFFER_DURATION_IS_VALID (buffer)
      && GST_BUFFER_DURATION (buffer) <= G_MAXINT64)
    record->duration_ns = GST_BUFFER_DURATION (buffer);
  record->offset = GST_BUFFER_OFFSET (buffer);
  record->offset_end = GST_BUFFER_OFFSET_END (buffer);
}

GstBuffer *
gst_p2p_media_buffer_from_record (const P2pRecord * record, gsize size)
{
  GstBuffer *buffer = gst_buffer_new_allocate (NULL, size, NULL);
  guint i;

  if (buffer == NULL)
    return NULL;
  for (i = 0; i < G_N_ELEMENTS (flag_map); i++) {
    if (record->flags & flag_map[i].wire)
      GST_BUFFER_FLAG_SET (buffer, flag_map[i].gst);
  }
  if (record->duration_ns >= 0)
    GST_BUFFER_DURATION (buffer) = record->duration_ns;
  GST_BUFFER_OFFSET (buffer) = record->offset;
  GST_BUFFER_OFFSET_END (buffer) = record->offset_end;
  return buffer;
}
