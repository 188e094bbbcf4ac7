/* gst-plugins-p2p
 *
 * This library is free software; you can redistribute it and/or
 * modify it under the terms of the GNU Lesser General Public
 * License as published by the Free Software Foundation; either
 * version 2.1 of the License, or (at your option) any later version.
 */
/* gstp2pcutter.c: cuts a stream into chunks of records.
 *
 * Owner: p2psink. Thread: whoever holds the owner's cutter lock (streaming
 * thread, or the session thread for the timer).
 *
 * A generation opens lazily, with its first media buffer: until then stream
 * headers are held back, because WebM sends them before the caps that say they
 * are some.
 */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include <string.h>

#include "gstp2pcutter.h"
#include "session/gstp2perror.h"

#define WINDOW_MS 10000         /* docs/protocol/swarm.md: window */
#define RATE_INTERVAL (500 * GST_MSECOND)       /* one measurement of the rate */
#define TAGS_REPEATED 512       /* bytes; longer ones are not sent again */
/* The newest media that was sent gets no older than a full chunk and so much:
 * 10 ms less 1 for the way; an encoder's blocks (23 ms, frames of 26) need 8.7. */
#define LATE_ROOM (9 * GST_MSECOND)

typedef struct
{
  GstBuffer *buffer;
  GstP2PTimes times;
} Held;

struct _GstP2PCutter
{
  const GstP2PCutterFuncs *funcs;
  gpointer user_data;
  GstClockTime duration;        /* 0 = by media type */
  GstP2PCutterStats stats;

  /* what the next stream header says */
  GstCaps *caps;                /* without streamheader */
  gchar *caps_text;
  GPtrArray *headers;           /* GstBuffer of caps.streamheader */
  GByteArray *header_bytes;     /* concatenated */
  GstTagList *tags;
  gchar *tags_text;
  gchar *tags_shown;            /* without what changes all the time */
  gint64 tags_at;               /* when they were sent last */
  guint bitrate;
  gboolean inband;
  gboolean generation_due;      /* media of new caps follows */
  gboolean header_due;          /* streamheader was announced late */
  gboolean published;           /* a header went out once */
  GArray *held;                 /* Held: stream headers seen in-band */
  gsize held_bytes;
  gint64 held_since;

  GstP2PJoin join;
  gboolean discont;             /* the next buffer does not follow the last */

  /* the open chunk */
  gboolean open;
  guint8 stage[P2P_CHUNK_ENVELOPE_LEN + P2P_MAX_CHUNK_MEDIA];
  P2pWriter writer;             /* of the records in stage */
  P2pRecordContext context;
  P2pChunkEnvelope envelope;
  guint media;                  /* records that are media */
  gboolean has_delta;           /* some of them are no join points */
  gint64 opened, start, end, step;      /* now; source times; last buffer's length */
  gint64 last_clock;
  gint64 newest;                /* when the last media came, now */
  gint64 sent;                  /* the same, of what is in a closed chunk */

  /* measured rate */
  gint64 rate_since;
  guint64 rate_bytes;
  guint rate;                   /* bytes/s, 0 = not known yet */
};

static void
held_clear (gpointer data)
{
  gst_buffer_unref (((Held *) data)->buffer);
}

GstP2PCutter *
gst_p2p_cutter_new (const GstP2PCutterFuncs * funcs, gpointer user_data)
{
  GstP2PCutter *self = g_new0 (GstP2PCutter, 1);

  self->funcs = funcs;
  self->user_data = user_data;
  self->headers =
      g_ptr_array_new_with_free_func ((GDestroyNotify) gst_buffer_unref);
  self->header_bytes = g_byte_array_new ();
  self->held = g_array_new (FALSE, FALSE, sizeof (Held));
  g_array_set_clear_func (self->held, held_clear);
  self->tags = gst_tag_list_new_empty ();
  self->sent = GST_CLOCK_STIME_NONE;
  return self;
}

void
gst_p2p_cutter_free (GstP2PCutter * self)
{
  gst_clear_caps (&self->caps);
  g_free (self->caps_text);
  g_ptr_array_unref (self->headers);
  g_byte_array_unref (self->header_bytes);
  g_array_unref (self->held);
  gst_tag_list_unref (self->tags);
  g_free (self->tags_text);
  g_free (self->tags_shown);
  g_free (self);
}

void
gst_p2p_cutter_set_duration (GstP2PCutter * self, GstClockTime duration)
{
  self->duration = duration;
}

static gint64
get_target (GstP2PCutter * self)
{
  if (self->duration != 0)
    return self->duration;
  return gst_p2p_join_has_video (&self->join) ?
      GST_P2P_CHUNK_VIDEO : GST_P2P_CHUNK_AUDIO;
}

/* ---- chunks ---- */

/* Bytes that records may take in a chunk, at the rate of now. */
static gsize
get_limit (GstP2PCutter * self)
{
  guint64 wanted = (guint64) self->rate * GST_P2P_CHUNK_RATE_MS / 1000;
  guint64 packets = (wanted + GST_P2P_CHUNK_PACKET_BYTES / 2)
      / GST_P2P_CHUNK_PACKET_BYTES;

  return CLAMP (packets, GST_P2P_CHUNK_MIN_PACKETS, GST_P2P_CHUNK_MAX_PACKETS)
      * GST_P2P_CHUNK_PACKET_BYTES - GST_P2P_CHUNK_OVERHEAD_BYTES;
}

static void
measure_rate (GstP2PCutter * self, gsize bytes, gint64 now)
{
  gint64 elapsed = now - self->rate_since;

  if (self->rate_since == 0 || elapsed < 0) {
    self->rate_since = now;
    self->rate_bytes = 0;
    elapsed = 0;
  }
  self->rate_bytes += bytes;
  if (elapsed >= (gint64) RATE_INTERVAL) {
    guint rate = gst_util_uint64_scale (self->rate_bytes, GST_SECOND, elapsed);

    self->rate = self->rate == 0 ? rate : (3 * (guint64) self->rate + rate) / 4;
    self->rate_since = now;
    self->rate_bytes = 0;
  }
}

static void
close_chunk (GstP2PCutter * self)
{
  gsize len = P2P_CHUNK_ENVELOPE_LEN + self->writer.len;
  guint8 *data;

  if (!self->open)
    return;
  self->open = FALSE;
  if (self->media > 0)
    self->sent = self->newest;
  if (self->envelope.records == 0)
    return;
  self->envelope.duration_us =
      CLAMP ((self->end - self->start) / 1000, 0, G_MAXUINT32);
  p2p_chunk_envelope_put (self->stage, &self->envelope);
  data = g_memdup2 (self->stage, len);
  if (self->funcs->chunk (data, len, self->user_data)) {
    self->stats.chunks++;
    self->stats.bytes += len;
  } else {
    self->stats.refused++;
    self->discont = TRUE;
  }
}

static void
publish_header (GstP2PCutter * self)
{
  P2pStreamHeader h = { 0, };
  guint i;

  h.flags = gst_p2p_media_info_get_flags (&self->join.info);
  if (gst_p2p_join_has_video (&self->join))
    h.flags |= P2P_HEADER_VIDEO;
  if (self->inband)
    h.flags |= P2P_HEADER_INBAND;
  h.chunk_duration_us = get_target (self) / 1000;
  h.bitrate = self->bitrate != 0 ? self->bitrate : self->rate * 8;
  h.window_ms = WINDOW_MS;
  h.k = 1;                      /* any valid one: the swarm knows its own */
  h.caps = (const guint8 *) self->caps_text;
  h.caps_len = strlen (self->caps_text);
  h.n_buffers = self->headers->len;
  for (i = 0; i < self->headers->len; i++) {
    gsize offset = i == 0 ? 0 : h.buffer[i - 1] + h.buffer_len[i - 1]
        - self->header_bytes->data;

    h.buffer[i] = self->header_bytes->data + offset;
    h.buffer_len[i] =
        gst_buffer_get_size (g_ptr_array_index (self->headers, i));
  }
  h.tags = (const guint8 *) self->tags_text;
  h.tags_len = self->tags_text != NULL ? strlen (self->tags_text) : 0;
  self->funcs->header (&h, self->user_data);
  self->published = TRUE;
  self->header_due = FALSE;
  self->stats.generations++;
}

static gboolean
put_record (GstP2PCutter * self, const P2pRecord * record)
{
  if (p2p_record_put (&self->writer, &self->context, record) != P2P_OK)
    return FALSE;
  if (self->envelope.records < 255)
    self->envelope.records++;
  return TRUE;
}

static void
init_text (P2pRecord * record, P2pRecordKind kind, const gchar * text)
{
  memset (record, 0, sizeof (*record));
  record->kind = kind;
  record->pts_ns = record->dts_ns = P2P_RECORD_TIME_NONE;
  record->duration_ns = P2P_RECORD_TIME_NONE;
  record->offset = record->offset_end = P2P_RECORD_OFFSET_NONE;
  record->data = (const guint8 *) text;
  record->len = text != NULL ? strlen (text) : 0;
}

static void
repeat_tags (GstP2PCutter * self, gint64 now)
{
  P2pRecord record;

  if (self->tags_text == NULL || !self->published || self->generation_due
      || now - self->tags_at < (gint64) GST_P2P_TAGS_INTERVAL)
    return;
  init_text (&record, P2P_RECORD_TAGS, self->tags_text);
  self->tags_at = now;
  if (record.len <= TAGS_REPEATED)
    put_record (self, &record);
}

static void
open_chunk (GstP2PCutter * self, gint64 base, gint64 now)
{
  if (self->header_due)
    publish_header (self);
  self->open = TRUE;
  memset (&self->envelope, 0, sizeof (self->envelope));
  self->envelope.join_distance = 0xffff;        /* the core knows better */
  self->envelope.base_pts_ns = base;
  p2p_writer_init (&self->writer, self->stage + P2P_CHUNK_ENVELOPE_LEN,
      get_limit (self));
  p2p_record_context_init (&self->context, base);
  self->media = 0;
  self->has_delta = FALSE;
  self->opened = now;
  self->start = self->end = self->last_clock;
  repeat_tags (self, now);
}

static gint64
record_base (GstP2PCutter * self, const P2pRecord * record)
{
  return record->pts_ns != P2P_RECORD_TIME_NONE ? record->pts_ns
      : self->last_clock;
}

/* Into the open chunk, else into a new one. FALSE: larger than a chunk. */
static gboolean
put_whole (GstP2PCutter * self, const P2pRecord * record, gint64 now)
{
  if (self->open) {
    if (put_record (self, record))
      return TRUE;
    if (self->envelope.records == 0)
      return FALSE;             /* empty, and its flags are set */
    close_chunk (self);
  }
  open_chunk (self, record_base (self, record), now);
  return put_record (self, record);
}

/* Small records that are no media: they always fit an empty chunk's maximum. */
static void
put_small (GstP2PCutter * self, const P2pRecord * record, gint64 now)
{
  if (put_whole (self, record, now))
    return;
  self->writer.cap = P2P_MAX_CHUNK_MEDIA;
  self->writer.overflow = false;
  put_record (self, record);
}

/* What a record may still carry in the open chunk. */
static gsize
get_room (GstP2PCutter * self)
{
  gsize used = self->writer.len + P2P_RECORD_OVERHEAD;

  return used < self->writer.cap ? self->writer.cap - used : 0;
}

static gboolean
needs_parts (GstP2PCutter * self, gsize size)
{
  return size + P2P_RECORD_OVERHEAD > get_limit (self);
}

/* A buffer larger than a chunk: parts, of which the first fills the open chunk
 * and each but the last a whole one, so that packets are full. */
static void
put_parts (GstP2PCutter * self, P2pRecord record, gint64 now)
{
  const guint8 *data = record.data;
  gsize done;

  record.kind = P2P_RECORD_PART;
  record.total = record.len;
  if (self->open && self->envelope.records > 0
      && get_room (self) < GST_P2P_CHUNK_PACKET_BYTES)
    close_chunk (self);
  if (!self->open)
    open_chunk (self, record_base (self, &record), now);
  for (done = 0; done < record.total; done += record.len) {
    record.part_offset = done;
    record.data = data + done;
    if (done > 0) {
      self->media++;
      self->newest = now;
      close_chunk (self);
      open_chunk (self, record_base (self, &record), now);
      self->envelope.flags |= P2P_CHUNK_CONTINUES;
      self->has_delta = TRUE;
    }
    record.len = MIN (get_room (self), record.total - done);
    self->writer.overflow = false;
    put_record (self, &record);
  }
}

/* ---- generations ---- */

static gboolean
lies_in_header (GstP2PCutter * self, const guint8 * data, gsize len)
{
  return len > 0 && self->header_bytes->len > 0
      && memmem (self->header_bytes->data, self->header_bytes->len,
      data, len) != NULL;
}

/* Whether the stream header came in-band, too: what was held, then the first
 * media, begin with it. The tables of a transport stream always do, somewhere
 * among other packets, and are repeated. */
static gboolean
is_inband (GstP2PCutter * self, const guint8 * media, gsize len)
{
  GByteArray *seen;
  gboolean inband = FALSE;
  guint i;

  if (self->join.info.format == GST_P2P_MEDIA_TS)
    return self->headers->len > 0;
  seen = g_byte_array_new ();
  for (i = 0; i < self->held->len; i++) {
    GstBuffer *b = g_array_index (self->held, Held, i).buffer;
    gsize at = seen->len, size = gst_buffer_get_size (b);

    g_byte_array_set_size (seen, at + size);
    gst_buffer_extract (b, 0, seen->data + at, size);
  }
  if (media != NULL && seen->len < self->header_bytes->len)
    g_byte_array_append (seen, media,
        MIN (len, self->header_bytes->len - seen->len));
  if (self->header_bytes->len > 0 && seen->len >= self->header_bytes->len)
    inband = memcmp (seen->data, self->header_bytes->data,
        self->header_bytes->len) == 0;
  g_byte_array_unref (seen);
  return inband;
}

static void
put_buffer (GstP2PCutter * self, GstBuffer * buffer, const GstMapInfo * map,
    const GstP2PTimes * times, gint64 now)
{
  P2pRecord record;

  gst_p2p_media_record_from_buffer (&record, buffer);
  if (times->pts != GST_CLOCK_STIME_NONE)
    record.pts_ns = times->pts;
  if (times->dts != GST_CLOCK_STIME_NONE)
    record.dts_ns = times->dts;
  if (self->discont)
    record.flags |= P2P_BUFFER_DISCONT;
  self->discont = FALSE;
  record.data = map->data;
  record.len = map->size;
  if (needs_parts (self, record.len) || !put_whole (self, &record, now))
    put_parts (self, record, now);
}

static void
put_held (GstP2PCutter * self, gint64 now)
{
  guint i;

  for (i = 0; i < self->held->len; i++) {
    Held *h = &g_array_index (self->held, Held, i);
    GstMapInfo map;

    if (gst_buffer_map (h->buffer, &map, GST_MAP_READ)) {
      put_buffer (self, h->buffer, &map, &h->times, now);
      gst_buffer_unmap (h->buffer, &map);
    }
  }
  g_array_set_size (self->held, 0);
  self->held_bytes = 0;
}

/* First media of new caps (NULL: the stream ends before any). */
static void
begin_generation (GstP2PCutter * self, const GstMapInfo * media, gint64 now)
{
  GstP2PMediaInfo info = self->join.info;
  guint i;

  close_chunk (self);
  gst_p2p_join_init (&self->join, &info);
  for (i = 0; i < self->headers->len; i++)
    gst_p2p_join_see_header (&self->join, g_ptr_array_index (self->headers, i));
  self->inband = is_inband (self, media ? media->data : NULL,
      media ? media->size : 0);
  self->generation_due = FALSE;
  publish_header (self);
  open_chunk (self, self->last_clock, now);
  self->envelope.flags |= P2P_CHUNK_HEADER_FOLLOWS | P2P_CHUNK_JOIN;
  put_held (self, now);
}

gboolean
gst_p2p_cutter_set_caps (GstP2PCutter * self, GstCaps * caps, GError ** error)
{
  GPtrArray *headers =
      g_ptr_array_new_with_free_func ((GDestroyNotify) gst_buffer_unref);
  GByteArray *bytes = g_byte_array_new ();
  GstCaps *plain = gst_p2p_media_split_caps (caps, headers);
  gchar *text = gst_caps_to_string (plain);
  GstP2PMediaInfo info;
  gboolean ok = FALSE, same;
  guint i;

  for (i = 0; i < headers->len; i++) {
    GstBuffer *b = g_ptr_array_index (headers, i);
    gsize at = bytes->len, size = gst_buffer_get_size (b);

    if (at + size > P2P_MAX_HEADER)
      break;
    g_byte_array_set_size (bytes, at + size);
    gst_buffer_extract (b, 0, bytes->data + at, size);
  }
  if (!gst_p2p_media_info_init (&info, plain, error))
    goto done;
  /* 8 KiB for the rest of the header's fields and tags */
  if (i < headers->len || headers->len > P2P_MAX_HEADER_BUFFERS
      || strlen (text) > GST_P2P_MAX_CAPS
      || strlen (text) + bytes->len > P2P_MAX_HEADER - 2 * GST_P2P_MAX_TAGS) {
    g_set_error (error, GST_P2P_ERROR, GST_P2P_ERROR_MEDIA,
        "caps and stream header are too large (%u KiB is the limit)",
        P2P_MAX_HEADER / 1024);
    goto done;
  }
  ok = TRUE;
  same = self->caps_text != NULL && g_str_equal (text, self->caps_text)
      && bytes->len == self->header_bytes->len && (bytes->len == 0
      || memcmp (bytes->data, self->header_bytes->data, bytes->len) == 0);
  if (same)
    goto done;
  if (self->generation_due || self->headers->len > 0
      || self->caps_text == NULL || !g_str_equal (text, self->caps_text)) {
    if (self->caps_text == NULL || !g_str_equal (text, self->caps_text))
      g_array_set_size (self->held, 0);
    self->join.info = info;
    self->generation_due = TRUE;
  } else {
    /* mpegtsmux says so after its first packets: the stream goes on, but
     * newcomers want them */
    self->inband = info.format == GST_P2P_MEDIA_TS;
    self->header_due = TRUE;
  }
  gst_caps_replace (&self->caps, plain);
  g_free (self->caps_text);
  self->caps_text = g_steal_pointer (&text);
  g_ptr_array_unref (self->headers);
  self->headers = g_ptr_array_ref (headers);
  g_byte_array_unref (self->header_bytes);
  self->header_bytes = g_byte_array_ref (bytes);

done:
  g_free (text);
  gst_caps_unref (plain);
  g_ptr_array_unref (headers);
  g_byte_array_unref (bytes);
  return ok;
}

/* ---- input ---- */

/* What waits for the first media. Matroska announces its stream header in the
 * caps only after having sent it; live, mpegtsmux its tables after the first
 * packets: they would be a second generation at once. */
static gboolean
is_stream_header (GstP2PCutter * self, GstBuffer * buffer,
    const GstMapInfo * map, gint64 now)
{
  gboolean header = GST_BUFFER_FLAG_IS_SET (buffer, GST_BUFFER_FLAG_HEADER);

  if (self->generation_due && self->headers->len == 0) {
    if (self->join.info.format == GST_P2P_MEDIA_TS)
      return self->held->len == 0
          || now - self->held_since < (gint64) GST_P2P_TABLES_PATIENCE;
    return header && self->join.info.format == GST_P2P_MEDIA_MATROSKA;
  }
  return header && lies_in_header (self, map->data, map->size);
}

static gboolean
hold (GstP2PCutter * self, GstBuffer * buffer, const GstP2PTimes * times,
    gint64 now)
{
  Held h = { gst_buffer_ref (buffer), *times };

  if (!self->generation_due
      || self->held_bytes + gst_buffer_get_size (buffer) > P2P_MAX_HEADER) {
    gst_buffer_unref (h.buffer);
    return FALSE;
  }
  if (self->held->len == 0)
    self->held_since = now;
  self->held_bytes += gst_buffer_get_size (buffer);
  g_array_append_val (self->held, h);
  return TRUE;
}

static void
put_media (GstP2PCutter * self, GstBuffer * buffer, const GstMapInfo * map,
    const GstP2PTimes * times, gboolean join, gint64 now)
{
  gint64 step = 0;
  gboolean discont = self->discont
      || GST_BUFFER_FLAG_IS_SET (buffer, GST_BUFFER_FLAG_DISCONT);

  if (self->open && self->media > 0 && (discont || (join && self->has_delta)))
    close_chunk (self);
  if (GST_BUFFER_DURATION_IS_VALID (buffer))
    step = GST_BUFFER_DURATION (buffer);
  else if (times->clock > self->last_clock)
    step = times->clock - self->last_clock;
  self->last_clock = times->clock;
  /* What does not fit begins a chunk: only then its flags are known. A large
   * one without flags fills this one first. */
  if (self->open && self->media > 0 && map->size > get_room (self)
      && (join || !needs_parts (self, map->size)
          || get_room (self) < GST_P2P_CHUNK_PACKET_BYTES))
    close_chunk (self);
  if (!self->open)
    open_chunk (self, times->pts != GST_CLOCK_STIME_NONE ? times->pts :
        times->clock, now);
  if (self->media == 0) {
    self->start = self->end = times->clock;
    if (join)
      self->envelope.flags |= P2P_CHUNK_JOIN;
    if (discont)
      self->envelope.flags |= P2P_CHUNK_DISCONT;
  }
  put_buffer (self, buffer, map, times, now);
  self->media++;
  self->newest = now;
  self->has_delta |= !join;
  self->step = step;
  if (GST_BUFFER_DURATION_IS_VALID (buffer))
    self->end = MAX (self->end, times->clock + step);
  else
    self->end = MAX (self->end, times->clock);
}

static void
close_if_full (GstP2PCutter * self, gsize last)
{
  if (!self->open || self->media == 0)
    return;
  if (self->end - self->start >= get_target (self) - self->step / 2
      || self->writer.len + last + P2P_RECORD_OVERHEAD > self->writer.cap)
    close_chunk (self);
}

void
gst_p2p_cutter_push (GstP2PCutter * self, GstBuffer * buffer,
    const GstP2PTimes * times, gboolean first, gint64 now)
{
  GstMapInfo map;
  gboolean join;

  if (self->caps == NULL || !gst_buffer_map (buffer, &map, GST_MAP_READ)) {
    self->discont = TRUE;
    return;
  }
  if (map.size > P2P_MAX_BUFFER) {
    self->stats.oversized++;
    self->discont = TRUE;
    goto done;
  }
  measure_rate (self, map.size, now);
  if (is_stream_header (self, buffer, &map, now)) {
    if (hold (self, buffer, times, now))
      goto done;
    if (!self->generation_due) {
      put_buffer (self, buffer, &map, times, now);
      goto done;
    }
  }
  if (self->generation_due) {
    self->last_clock = times->clock;
    begin_generation (self, &map, now);
  }
  join = gst_p2p_join_check (&self->join, buffer, first, now);
  put_media (self, buffer, &map, times, join, now);
  close_if_full (self, map.size);

done:
  gst_buffer_unmap (buffer, &map);
}

static void
put_text (GstP2PCutter * self, P2pRecordKind kind, const gchar * text,
    gint64 now)
{
  P2pRecord record;

  if (!self->published || self->generation_due)
    return;
  init_text (&record, kind, text);
  put_small (self, &record, now);
}

void
gst_p2p_cutter_push_tags (GstP2PCutter * self, GstTagList * tags, gint64 now)
{
  gchar *text, *shown;

  gst_tag_list_insert (self->tags, tags, GST_TAG_MERGE_REPLACE);
  shown = gst_p2p_media_shown_tags (self->tags);
  text = gst_p2p_media_tags_to_string (self->tags);
  if (text == NULL || g_strcmp0 (shown, self->tags_shown) == 0) {
    g_free (text);
    g_free (shown);
    return;
  }
  g_free (self->tags_text);
  g_free (self->tags_shown);
  self->tags_text = text;
  self->tags_shown = shown;
  self->bitrate = gst_p2p_media_find_bitrate (self->tags);
  self->tags_at = now;
  put_text (self, P2P_RECORD_TAGS, text, now);
}

void
gst_p2p_cutter_push_event (GstP2PCutter * self, GstEvent * event, gint64 now)
{
  gchar *text = gst_p2p_media_event_to_string (event);

  if (text != NULL)
    put_text (self, P2P_RECORD_EVENT, text, now);
  g_free (text);
}

void
gst_p2p_cutter_push_gap (GstP2PCutter * self, const GstP2PTimes * times,
    gint64 duration, gint64 now)
{
  P2pRecord record = { 0, };

  if (!self->published || self->generation_due)
    return;
  record.kind = P2P_RECORD_GAP;
  record.pts_ns = times->pts;
  record.dts_ns = P2P_RECORD_TIME_NONE;
  record.duration_ns = duration >= 0 ? duration : P2P_RECORD_TIME_NONE;
  record.offset = record.offset_end = P2P_RECORD_OFFSET_NONE;
  self->last_clock = times->clock;
  put_small (self, &record, now);
}

void
gst_p2p_cutter_discont (GstP2PCutter * self)
{
  self->discont = TRUE;
}

void
gst_p2p_cutter_flush (GstP2PCutter * self)
{
  close_chunk (self);
}

gboolean
gst_p2p_cutter_end (GstP2PCutter * self, gint64 now)
{
  P2pRecord record;

  if (self->generation_due && (self->held->len > 0 || self->published))
    begin_generation (self, NULL, now);
  if (!self->published)
    return FALSE;
  init_text (&record, P2P_RECORD_EOS, NULL);
  put_small (self, &record, now);
  self->envelope.flags |= P2P_CHUNK_END;
  close_chunk (self);
  return TRUE;
}

/* ---- time ---- */

/* What a chunk lasts that closes because it is full: whole buffers. */
static gint64
get_full (GstP2PCutter * self)
{
  gint64 target = get_target (self), n;

  if (self->step <= 0 || self->step > target)
    return target;
  n = (target - self->step / 2 + self->step - 1) / self->step;
  return MAX (n * self->step, target);
}

gint64
gst_p2p_cutter_get_deadline (GstP2PCutter * self)
{
  gint64 deadline = self->opened + get_target (self);

  if (!self->open || self->envelope.records == 0)
    return GST_CLOCK_STIME_NONE;
  if (self->media == 0 || self->sent == GST_CLOCK_STIME_NONE)
    return deadline;
  /* behind a pause much comes at once: that is a chunk, too */
  return MIN (deadline, MAX (self->sent + get_full (self),
          self->opened) + (gint64) LATE_ROOM);
}

void
gst_p2p_cutter_tick (GstP2PCutter * self, gint64 now)
{
  gint64 deadline = gst_p2p_cutter_get_deadline (self);

  if (deadline != GST_CLOCK_STIME_NONE && now >= deadline)
    close_chunk (self);
}

gboolean
gst_p2p_cutter_wants_key_unit (GstP2PCutter * self, gint64 now)
{
  return gst_p2p_join_wants_key_unit (&self->join, now);
}

void
gst_p2p_cutter_get_stats (GstP2PCutter * self, GstP2PCutterStats * stats)
{
  *stats = self->stats;
}

const gchar *
gst_p2p_cutter_get_caps_string (GstP2PCutter * self)
{
  return self->caps_text;
}
