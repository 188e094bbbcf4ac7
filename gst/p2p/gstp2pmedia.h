/* gst-plugins-p2p
 *
 * This library is free software; you can redistribute it and/or
 * modify it under the terms of the GNU Lesser General Public
 * License as published by the Free Software Foundation; either
 * version 2.1 of the License, or (at your option) any later version.
 */
/* gstp2pmedia.h: caps, stream headers, buffers and tags <-> what the wire
 * carries (P2pStreamHeader, P2pRecord).
 *
 * Times of records are the publisher's clock in ns since its run began
 * (gstp2ptiming.h); this file only moves them. Pure functions, any thread.
 */
#ifndef GST_P2P_MEDIA_H
#define GST_P2P_MEDIA_H

#include <gst/gst.h>
#include "core/wire/p2precord.h"
#include "core/wire/p2pwire.h"

G_BEGIN_DECLS

/* A caps string with hex codec data; the whole stream header may be 256 KiB. */
#define GST_P2P_MAX_CAPS (128 * 1024)
/* Titles and the like; pictures are left out. */
#define GST_P2P_MAX_TAGS 8192
#define GST_P2P_MAX_EVENT 4096

typedef enum
{
  GST_P2P_MEDIA_ELEMENTARY,     /* MP3, Opus, H.264 …: one frame a buffer */
  GST_P2P_MEDIA_TS,
  GST_P2P_MEDIA_FLV,
  GST_P2P_MEDIA_MATROSKA,       /* WebM, too */
  GST_P2P_MEDIA_OGG
} GstP2PMediaFormat;

typedef struct
{
  GstP2PMediaFormat format;
  gboolean video;               /* the caps say so; FLV and TS may carry it unsaid */
  guint packet_size;            /* TS: 188, or 192 with a time stamp in front */
} GstP2PMediaInfo;

/* What the caps tell. FALSE and error (GST_P2P_ERROR_MEDIA, with the advice
 * for the user) for what can't be cut into joinable pieces. */
gboolean gst_p2p_media_info_init (GstP2PMediaInfo * self, const GstCaps * caps, GError ** error);
/* P2P_HEADER_CONTAINER, _RESUME_AT_JOIN, _VIDEO */
guint8 gst_p2p_media_info_get_flags (const GstP2PMediaInfo * self);
/* TRUE when the demuxer behind starts its own time at 0. */
gboolean gst_p2p_media_restarts_at_zero (const GstP2PMediaInfo * self);

/* Caps without streamheader; headers gets its GstBuffers in order.
 * transfer full. */
GstCaps *gst_p2p_media_split_caps (const GstCaps * caps, GPtrArray * headers);
/* The reverse, from bytes of a remote. NULL and error when they are no fixed
 * caps. transfer full */
GstCaps *gst_p2p_media_caps_from_header (const P2pStreamHeader * header, GError ** error);
/* transfer full: GstBuffer*, each with the HEADER flag */
GPtrArray *gst_p2p_media_buffers_from_header (const P2pStreamHeader * header);

/* The text of a tag list without pictures, NULL when nothing is left or it is
 * too long. transfer full */
gchar *gst_p2p_media_tags_to_string (const GstTagList * tags);
/* What a listener sees of them: a parser measures bitrates anew all the time,
 * which is no news. transfer full, NULL = nothing */
gchar *gst_p2p_media_shown_tags (const GstTagList * tags);
/* bit/s: the bitrate, the nominal, the highest one; 0 = none is told. */
guint gst_p2p_media_find_bitrate (const GstTagList * tags);
GstTagList *gst_p2p_media_tags_from_bytes (const guint8 * data, gsize len);
/* Custom downstream events only. transfer full, NULL = can't be carried */
gchar *gst_p2p_media_event_to_string (GstEvent * event);
GstEvent *gst_p2p_media_event_from_bytes (const guint8 * data, gsize len);

/* Flags, duration and offsets of a buffer; times and data are the caller's. */
void gst_p2p_media_record_from_buffer (P2pRecord * record, GstBuffer * buffer);
/* A new buffer of size bytes with flags, duration and offsets of the record;
 * no times and no data yet. NULL when memory runs out. transfer full */
GstBuffer *gst_p2p_media_buffer_from_record (const P2pRecord * record, gsize size);

G_END_DECLS
#endif
