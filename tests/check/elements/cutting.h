/* gst-plugins-p2p
 *
 * This library is free software; you can redistribute it and/or
 * modify it under the terms of the GNU Lesser General Public
 * License as published by the Free Software Foundation; either
 * version 2.1 of the License, or (at your option) any later version.
 */
/* cutting.h: a cutter whose chunks and headers are kept as the items that a
 * swarm would deliver. No clock: times are arguments.
 */
#ifndef CUTTING_H
#define CUTTING_H

#include <gst/check/gstcheck.h>

#include "../../../gst/p2p/gstp2pcutter.h"
#include "../../../gst/p2p/gstp2preader.h"

#define CUT_EPOCH 7
/* 1152 samples at 44.1 kHz */
#define CUT_FRAME ((gint64) 26122449)
#define CUT_MP3 "audio/mpeg,mpegversion=1,layer=3,rate=44100,channels=2"
#define CUT_H264 "video/x-h264,stream-format=byte-stream,alignment=au"

typedef struct
{
  GstP2PCutter *cutter;
  GPtrArray *items;             /* GstP2PItem */
  GByteArray *bytes;            /* of all buffers pushed */
  guint n_headers, n_chunks;
  guint8 flags;                 /* of the last header */
  guint n_buffers;              /* stream header buffers in it */
  guint16 generation;
  gboolean refuse;              /* the session can't take more */
} Cut;

Cut *cut_new (const gchar * caps);
void cut_free (Cut * self);
void cut_caps (Cut * self, const gchar * caps);
/* A buffer of size seeded bytes at source time 'at', which is also now. */
void cut_push (Cut * self, gsize size, gint64 at, gint64 duration, guint flags);
/* now: when it comes */
void cut_push_late (Cut * self, gsize size, gint64 at, gint64 duration, gint64 now);
void cut_push_buffer (Cut * self, GstBuffer * buffer, gint64 at, gint64 duration);
/* Chunk n of all. */
const GstP2PItem *cut_chunk (Cut * self, guint n);
void cut_envelope (Cut * self, guint n, P2pChunkEnvelope * out);
/* Records of a kind in chunk n. */
guint cut_count (Cut * self, guint n, P2pRecordKind kind);

#endif
