/* gst-plugins-p2p
 *
 * This library is free software; you can redistribute it and/or
 * modify it under the terms of the GNU Lesser General Public
 * License as published by the Free Software Foundation; either
 * version 2.1 of the License, or (at your option) any later version.
 */
/* recording.h: what a publisher would send, kept in a list; and what a listener
 * that joins anywhere would decode from it.
 *
 * No swarm, no clock: the cutter and the reader meet through the list of items
 * that the swarm would carry. Encoding and decoding are real pipelines.
 */
#ifndef RECORDING_H
#define RECORDING_H

#include <gst/check/gstcheck.h>

#include "../../../gst/p2p/gstp2pcutter.h"
#include "../../../gst/p2p/gstp2preader.h"

typedef struct
{
  GPtrArray *items;             /* GstP2PItem, as a swarm delivers them */
  GPtrArray *buffers;           /* GstBuffer, as the publisher rendered them */
  GstCaps *caps;                /* last */
  GByteArray *bytes;            /* of all buffers */
  gboolean ended;

  GstP2PCutter *cutter;
  GstSegment segment;
  guint16 generation;
  guint32 next_chunk;
  gint64 now;
} Recording;

/* launch: a pipeline that ends in "fakesink name=out". */
Recording *recording_new (const gchar * launch);
void recording_free (Recording * self);
/* Index in items of the newest join point at or before chunk n of all. */
guint recording_find_join (Recording * self, guint n);
guint recording_count_chunks (Recording * self);
/* When the chunk that is item i begins, on the clock of 'now'. */
gint64 recording_time (Recording * self, guint i);

typedef struct
{
  GPtrArray *outs;              /* GstP2POut, in order */
  GByteArray *bytes;            /* of all buffers */
  gsize header_bytes;           /* how many of them are the streamheader's */
  GstCaps *caps;
} Reading;

/* Everything from item 'from' on, but for the chunks in [lost, lost + n). */
Reading *reading_new (Recording * recording, guint from, guint lost, guint n);
void reading_free (Reading * self);

typedef struct
{
  GArray *frames;               /* guint: hash of each video frame */
  GByteArray *samples;
} Decoded;

/* launch begins with "appsrc name=in" and has fakesinks named video, audio. */
Decoded *decode (Reading * reading, const gchar * launch);
void decoded_free (Decoded * self);

#endif
