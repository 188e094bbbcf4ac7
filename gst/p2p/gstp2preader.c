/* gst-plugins-p2p
 *
 * This library is free software; you can redistribute it and/or
 * modify it under the terms of the GNU Lesser General Public
 * License as published by the Free Software Foundation; either
 * version 2.1 of the License, or (at your option) any later version.
 */
/* gstp2preader.c: chunks back into buffers.
 *
 * Everything here was signed by the publisher, who may be an enemy all the
 * same: sizes are capped (P2P_MAX_BUFFER, one buffer at a time), and what can't
 * be read is dropped like a loss.
 */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include <string.h>

#include "gstp2preader.h"

/* A newcomer waits for a join point so much media, then takes what there is. */
#define JOIN_PATIENCE_NS (10 * GST_SECOND)

/* Less than this between two buffers is rounding, more than the window (10 s)
 * another place of the stream. */
#define MIN_GAP_NS GST_MSECOND
#define MAX_GAP_NS (10 * GST_SECOND)

/* Headers wait for their first chunk; a hostile publisher may send many. */
#define MAX_HEADERS_DUE 8

typedef struct
{
  guint64 epoch;
  guint16 generation;
  GBytes *bytes;
} HeaderDue;

struct _GstP2PReader
{
  GQueue out;                   /* GstP2POut */

  GQueue headers_due;           /* HeaderDue: verified, not in use yet */
  gboolean have_header;
  guint16 generation;
  guint8 flags;
  GstP2PMediaInfo info;
  GstCaps *caps;
  GPtrArray *headers;           /* stream header buffers of the caps */
  gchar *tags;                  /* as sent downstream last */
  gboolean inject;              /* the newcomer has not seen the headers yet */

  guint64 epoch;
  gboolean started;             /* media went out */
  gboolean wait_join;
  gint64 wait_since;
  gint64 skip_before;           /* NONE: nothing is skipped */
  GQueue skipped;               /* GstP2PItem since the last join point before it */
  gboolean discont;
  gboolean have_last;
  guint32 last_chunk;

  GstBuffer *part;              /* being put together */
  P2pRecord part_record;        /* its times */
  gsize part_filled;
  gint64 part_clock;
  gint64 end;                   /* of what went out, source time; NONE */
  guint64 dropped;
};

GstP2PReader *
gst_p2p_reader_new (void)
{
  GstP2PReader *self = g_new0 (GstP2PReader, 1);

  g_queue_init (&self->out);
  g_queue_init (&self->headers_due);
  g_queue_init (&self->skipped);
  gst_p2p_reader_reset (self);
  return self;
}

static void
header_due_free (gpointer data)
{
  HeaderDue *due = data;

  g_bytes_unref (due->bytes);
  g_free (due);
}

void
gst_p2p_out_free (GstP2POut * out)
{
  g_clear_pointer (&out->object, gst_mini_object_unref);
  g_free (out);
}

static void
drop_part (GstP2PReader * self)
{
  if (self->part == NULL)
    return;
  gst_clear_buffer (&self->part);
  self->dropped++;
  self->discont = TRUE;
}

void
gst_p2p_reader_reset (GstP2PReader * self)
{
  g_queue_clear_full (&self->out, (GDestroyNotify) gst_p2p_out_free);
  g_queue_clear_full (&self->headers_due, header_due_free);
  g_queue_clear_full (&self->skipped, (GDestroyNotify) gst_p2p_item_free);
  gst_clear_buffer (&self->part);
  gst_clear_caps (&self->caps);
  g_clear_pointer (&self->headers, g_ptr_array_unref);
  g_clear_pointer (&self->tags, g_free);
  self->have_header = self->inject = self->have_last = FALSE;
  self->started = FALSE;
  self->discont = self->wait_join = TRUE;
  self->wait_since = self->skip_before = self->end = GST_CLOCK_STIME_NONE;
}

void
gst_p2p_reader_free (GstP2PReader * self)
{
  gst_p2p_reader_reset (self);
  g_free (self);
}

static GstP2POut *
emit (GstP2PReader * self, GstP2POutType type, gpointer object)
{
  GstP2POut *out = g_new0 (GstP2POut, 1);

  out->type = type;
  out->object = object;
  out->pts = out->dts = out->duration = out->clock = GST_CLOCK_STIME_NONE;
  out->epoch = self->epoch;
  g_queue_push_tail (&self->out, out);
  return out;
}

/* ---- headers ---- */

static void
take_tags (GstP2PReader * self, const guint8 * data, gsize len)
{
  GstTagList *tags;

  if (self->tags != NULL && strlen (self->tags) == len
      && memcmp (self->tags, data, len) == 0)
    return;
  tags = gst_p2p_media_tags_from_bytes (data, len);
  if (tags == NULL)
    return;
  g_free (self->tags);
  self->tags = g_strndup ((const gchar *) data, len);
  gst_tag_list_set_scope (tags, GST_TAG_SCOPE_STREAM);
  emit (self, GST_P2P_OUT_EVENT, gst_event_new_tag (tags));
}

/* The same caps but for their streamheader. */
static gboolean
is_same_media (const GstCaps * a, const GstCaps * b)
{
  GPtrArray *headers =
      g_ptr_array_new_with_free_func ((GDestroyNotify) gst_buffer_unref);
  GstCaps *x = gst_p2p_media_split_caps (a, headers);
  GstCaps *y = gst_p2p_media_split_caps (b, headers);
  gboolean same = gst_caps_is_strictly_equal (x, y);

  gst_caps_unref (x);
  gst_caps_unref (y);
  g_ptr_array_unref (headers);
  return same;
}

static gboolean
use_header (GstP2PReader * self, const HeaderDue * due, GError ** error)
{
  P2pStreamHeader header;
  GstCaps *caps;
  gsize len;
  const guint8 *data = g_bytes_get_data (due->bytes, &len);

  if (p2p_stream_header_get (data, len, &header) != P2P_OK) {
    g_set_error_literal (error, GST_P2P_ERROR, GST_P2P_ERROR_MEDIA,
        "the channel's stream header can't be read");
    return FALSE;
  }
  if (header.flags & P2P_HEADER_SEALED) {
    g_set_error_literal (error, GST_P2P_ERROR, GST_P2P_ERROR_MEDIA,
        "the channel is encrypted, which this version can't read");
    return FALSE;
  }
  caps = gst_p2p_media_caps_from_header (&header, error);
  if (caps == NULL || !gst_p2p_media_info_init (&self->info, caps, error)) {
    gst_clear_caps (&caps);
    return FALSE;
  }
  drop_part (self);
  self->have_header = TRUE;
  self->generation = due->generation;
  self->epoch = due->epoch;
  self->flags = header.flags;
  if (self->caps == NULL || !gst_caps_is_strictly_equal (caps, self->caps)) {
    /* one who listens already has seen headers that are only announced late */
    self->inject = !self->started || self->headers->len > 0
        || !is_same_media (caps, self->caps);
    gst_caps_replace (&self->caps, caps);
    g_clear_pointer (&self->headers, g_ptr_array_unref);
    self->headers = gst_p2p_media_buffers_from_header (&header);
    emit (self, GST_P2P_OUT_CAPS, gst_caps_ref (caps));
  }
  gst_caps_unref (caps);
  if (header.tags_len > 0)
    take_tags (self, header.tags, header.tags_len);
  return TRUE;
}

/* A header may arrive before the last chunks of the generation before it. */
static void
take_header (GstP2PReader * self, const GstP2PItem * item)
{
  HeaderDue *due = g_new0 (HeaderDue, 1);

  due->epoch = item->epoch;
  due->generation = item->generation;
  due->bytes = g_bytes_ref (item->bytes);
  g_queue_push_tail (&self->headers_due, due);
  if (self->headers_due.length > MAX_HEADERS_DUE)
    header_due_free (g_queue_pop_head (&self->headers_due));
}

/* TRUE when the header of this chunk's generation is in use. */
static gboolean
find_header (GstP2PReader * self, const GstP2PItem * item, GError ** error)
{
  GList *l;

  for (l = self->headers_due.tail; l; l = l->prev) {
    HeaderDue *due = l->data;

    if (due->generation == item->generation && due->epoch == item->epoch) {
      gboolean ok = use_header (self, due, error);

      header_due_free (due);
      g_queue_delete_link (&self->headers_due, l);
      return ok;
    }
  }
  return self->have_header && item->generation == self->generation;
}

/* Stream headers that went by as data before this newcomer came. */
static void
inject_headers (GstP2PReader * self, gint64 clock)
{
  guint i;

  self->inject = FALSE;
  if (!(self->flags & P2P_HEADER_INBAND))
    return;
  for (i = 0; i < self->headers->len; i++) {
    GstBuffer *buffer = gst_buffer_copy (g_ptr_array_index (self->headers, i));

    if (self->discont)
      GST_BUFFER_FLAG_SET (buffer, GST_BUFFER_FLAG_DISCONT);
    self->discont = FALSE;
    emit (self, GST_P2P_OUT_BUFFER, buffer)->clock = clock;
  }
}

/* ---- records ---- */

static gint64
to_stime (gint64 t)
{
  return t == P2P_RECORD_TIME_NONE ? GST_CLOCK_STIME_NONE : t;
}

/* What is missing before this buffer, from the end of the last one on. Demuxers
 * find their holes themselves. */
static void
emit_gap (GstP2PReader * self, gint64 start)
{
  GstP2POut *out;

  if (!self->started || gst_p2p_reader_is_container (self)
      || self->end == GST_CLOCK_STIME_NONE || start == GST_CLOCK_STIME_NONE
      || start < self->end + (gint64) MIN_GAP_NS
      || start > self->end + (gint64) MAX_GAP_NS)
    return;
  out = emit (self, GST_P2P_OUT_GAP, NULL);
  out->pts = self->end;
  out->duration = start - self->end;
}

static void
note_end (GstP2PReader * self, const P2pRecord * record)
{
  gint64 pts = to_stime (record->pts_ns);
  gint64 duration = to_stime (record->duration_ns);

  /* a publisher can write any 64 bits here */
  if (pts < -G_MAXINT64 / 4 || pts > G_MAXINT64 / 4 || duration < 0
      || duration > (gint64) MAX_GAP_NS)
    self->end = GST_CLOCK_STIME_NONE;
  else if (self->end == GST_CLOCK_STIME_NONE || pts + duration > self->end
      || self->discont)
    self->end = pts + duration;
}

static void
emit_buffer (GstP2PReader * self, GstBuffer * buffer, const P2pRecord * record,
    gint64 clock, gboolean first)
{
  GstP2POut *out;

  if (self->discont)
    emit_gap (self, to_stime (record->pts_ns));
  note_end (self, record);
  out = emit (self, GST_P2P_OUT_BUFFER, buffer);
  if (self->discont)
    GST_BUFFER_FLAG_SET (buffer, GST_BUFFER_FLAG_DISCONT);
  self->discont = FALSE;
  self->started = TRUE;
  out->pts = to_stime (record->pts_ns);
  out->dts = to_stime (record->dts_ns);
  out->clock = clock;
  out->first = first;
}

static void
take_buffer (GstP2PReader * self, const P2pRecord * record, gint64 clock,
    gboolean first)
{
  GstBuffer *buffer = gst_p2p_media_buffer_from_record (record, record->len);

  drop_part (self);
  if (buffer == NULL) {
    self->discont = TRUE;
    return;
  }
  gst_buffer_fill (buffer, 0, record->data, record->len);
  emit_buffer (self, buffer, record, clock, first);
}

static void
take_part (GstP2PReader * self, const P2pRecord * record, gint64 clock)
{
  if (record->part_offset == 0) {
    drop_part (self);
    if (record->total > P2P_MAX_BUFFER)
      return;
    self->part = gst_p2p_media_buffer_from_record (record, record->total);
    self->part_record = *record;
    self->part_filled = 0;
    self->part_clock = clock;
  }
  if (self->part == NULL) {
    self->discont = TRUE;
    return;
  }
  if (record->part_offset != self->part_filled
      || record->total != gst_buffer_get_size (self->part)
      || record->len > record->total - record->part_offset) {
    drop_part (self);
    return;
  }
  gst_buffer_fill (self->part, record->part_offset, record->data, record->len);
  self->part_filled += record->len;
  if (self->part_filled == record->total)
    emit_buffer (self, g_steal_pointer (&self->part), &self->part_record,
        self->part_clock, TRUE);
}

static void
take_record (GstP2PReader * self, const P2pRecord * record, gint64 clock,
    gboolean first)
{
  GstEvent *event;
  GstP2POut *out;

  switch (record->kind) {
    case P2P_RECORD_BUFFER:
      take_buffer (self, record, clock, first);
      break;
    case P2P_RECORD_PART:
      take_part (self, record, clock);
      break;
    case P2P_RECORD_TAGS:
      take_tags (self, record->data, record->len);
      break;
    case P2P_RECORD_EVENT:
      event = gst_p2p_media_event_from_bytes (record->data, record->len);
      if (event != NULL)
        emit (self, GST_P2P_OUT_EVENT, event);
      break;
    case P2P_RECORD_GAP:
      out = emit (self, GST_P2P_OUT_GAP, NULL);
      out->pts = to_stime (record->pts_ns);
      out->duration = to_stime (record->duration_ns);
      break;
    case P2P_RECORD_EOS:
      break;                    /* the END item follows */
  }
}

static void
lose (GstP2PReader * self)
{
  drop_part (self);
  self->discont = TRUE;
  if (self->flags & P2P_HEADER_RESUME_AT_JOIN && self->started) {
    self->wait_join = TRUE;
    self->wait_since = GST_CLOCK_STIME_NONE;
  }
}

/* Whether reading may begin with this chunk. */
static gboolean
may_start (GstP2PReader * self, const P2pChunkEnvelope * e)
{
  gint64 clock = (gint64) e->base_pts_ns;

  if (!self->wait_join)
    return TRUE;
  if (self->wait_since == GST_CLOCK_STIME_NONE)
    self->wait_since = clock;
  if (!(e->flags & P2P_CHUNK_JOIN)
      && ((self->flags & P2P_HEADER_RESUME_AT_JOIN)
          || clock - self->wait_since < (gint64) JOIN_PATIENCE_NS))
    return FALSE;
  self->wait_join = FALSE;
  return TRUE;
}

static void
read_records (GstP2PReader * self, const guint8 * data, gsize len, gint64 base)
{
  P2pRecordContext context;
  P2pRecord record;
  P2pReader reader;
  P2pResult result;
  gboolean first = TRUE;

  p2p_reader_init (&reader, data, len);
  p2p_record_context_init (&context, base);
  while ((result = p2p_record_next (&reader, &context, &record)) == P2P_OK) {
    take_record (self, &record, base, first);
    first = FALSE;
  }
  if (result != P2P_NOT_FOUND)
    lose (self);
}

/* While skipping: keeps the item if the place to go on may be at or before it.
 * TRUE when that place is reached. */
static gboolean
skip_chunk (GstP2PReader * self, const GstP2PItem * item)
{
  P2pChunkEnvelope e;
  GstP2PItem *copy;
  gsize len;
  const guint8 *data = g_bytes_get_data (item->bytes, &len);

  if (p2p_chunk_envelope_get (data, len, &e) != P2P_OK)
    return FALSE;
  if (e.flags & P2P_CHUNK_JOIN)
    g_queue_clear_full (&self->skipped, (GDestroyNotify) gst_p2p_item_free);
  copy = g_memdup2 (item, sizeof (*item));
  g_bytes_ref (copy->bytes);
  g_queue_push_tail (&self->skipped, copy);
  return (gint64) e.base_pts_ns + (gint64) e.duration_us * 1000 >
      self->skip_before;
}

static gboolean
take_chunk (GstP2PReader * self, const GstP2PItem * item, GError ** error)
{
  P2pChunkEnvelope e;
  gsize len;
  const guint8 *data = g_bytes_get_data (item->bytes, &len);
  GError *local = NULL;

  if (item->discont || (self->have_last && item->chunk != self->last_chunk + 1))
    lose (self);
  self->have_last = TRUE;
  self->last_chunk = item->chunk;
  self->epoch = item->epoch;
  if (!find_header (self, item, &local)
      || p2p_chunk_envelope_get (data, len, &e) != P2P_OK
      || !may_start (self, &e)) {
    lose (self);
    if (local == NULL)
      return TRUE;
    g_propagate_error (error, local);
    return FALSE;
  }
  if (e.flags & P2P_CHUNK_HEADER_FOLLOWS)
    self->inject = FALSE;       /* they are in this chunk */
  else if (self->inject)
    inject_headers (self, (gint64) e.base_pts_ns);
  read_records (self, data + P2P_CHUNK_ENVELOPE_LEN,
      len - P2P_CHUNK_ENVELOPE_LEN, (gint64) e.base_pts_ns);
  return TRUE;
}

/* The place where to go on: what was kept since its join point comes first. */
static gboolean
take_skipped (GstP2PReader * self, GError ** error)
{
  gboolean ok = TRUE;
  GstP2PItem *item;

  self->skip_before = GST_CLOCK_STIME_NONE;
  self->have_last = FALSE;
  while ((item = g_queue_pop_head (&self->skipped)) != NULL) {
    ok = ok && take_chunk (self, item, error);
    gst_p2p_item_free (item);
  }
  return ok;
}

static void
take_restart (GstP2PReader * self)
{
  g_autofree gchar *tags = g_steal_pointer (&self->tags);
  GQueue kept = self->out;

  /* what came before the restart was received, and still goes out */
  g_queue_init (&self->out);
  gst_p2p_reader_reset (self);
  self->out = kept;
  self->tags = g_steal_pointer (&tags);
  emit (self, GST_P2P_OUT_RESTART, NULL);
}

gboolean
gst_p2p_reader_push (GstP2PReader * self, const GstP2PItem * item,
    GError ** error)
{
  switch (item->type) {
    case GST_P2P_ITEM_HEADER:
      take_header (self, item);
      break;
    case GST_P2P_ITEM_CHUNK:
      if (self->skip_before != GST_CLOCK_STIME_NONE)
        return !skip_chunk (self, item) || take_skipped (self, error);
      return take_chunk (self, item, error);
    case GST_P2P_ITEM_SKIP:
      lose (self);
      self->have_last = FALSE;
      break;
    case GST_P2P_ITEM_EPOCH:
      take_restart (self);
      break;
    case GST_P2P_ITEM_END:
      drop_part (self);
      emit (self, GST_P2P_OUT_END, NULL);
      break;
  }
  return TRUE;
}

GstP2POut *
gst_p2p_reader_pop (GstP2PReader * self)
{
  return g_queue_pop_head (&self->out);
}

const GstP2POut *
gst_p2p_reader_peek (GstP2PReader * self)
{
  return g_queue_peek_head (&self->out);
}

guint8
gst_p2p_reader_get_flags (GstP2PReader * self)
{
  return self->flags;
}

gboolean
gst_p2p_reader_restarts_at_zero (GstP2PReader * self)
{
  return self->have_header && gst_p2p_media_restarts_at_zero (&self->info);
}

gboolean
gst_p2p_reader_is_container (GstP2PReader * self)
{
  return self->have_header && self->info.format != GST_P2P_MEDIA_ELEMENTARY;
}

void
gst_p2p_reader_skip_to (GstP2PReader * self, gint64 from)
{
  GList *l, *next;

  for (l = self->out.head; l; l = next) {
    GstP2POut *out = l->data;

    next = l->next;
    if (out->type != GST_P2P_OUT_BUFFER && out->type != GST_P2P_OUT_GAP)
      continue;
    gst_p2p_out_free (out);
    g_queue_delete_link (&self->out, l);
  }
  drop_part (self);
  self->discont = TRUE;
  self->wait_join = TRUE;
  self->wait_since = GST_CLOCK_STIME_NONE;
  self->skip_before = from;
  g_queue_clear_full (&self->skipped, (GDestroyNotify) gst_p2p_item_free);
}

guint64
gst_p2p_reader_get_dropped (GstP2PReader * self)
{
  return self->dropped;
}
