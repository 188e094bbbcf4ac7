/* gst-plugins-p2p
 *
 * This library is free software; you can redistribute it and/or
 * modify it under the terms of the GNU Lesser General Public
 * License as published by the Free Software Foundation; either
 * version 2.1 of the License, or (at your option) any later version.
 */
/* gstp2pcutter.h: buffers in, stream headers and chunks out.
 *
 * A chunk closes when it holds about chunk-duration of media, when its timer
 * ends, or when it is large; a key frame, a new stream header or a discontinuity
 * opens one. The cutter never waits for the next buffer to close what is full.
 * No lock and no clock: the owner serialises and says what time it is. All
 * times are source time in ns (gstp2ptiming.h).
 */
#ifndef GST_P2P_CUTTER_H
#define GST_P2P_CUTTER_H

#include "gstp2pjoin.h"

G_BEGIN_DECLS

/* Nominal media per chunk: short for video, whose bytes are many anyway. */
#define GST_P2P_CHUNK_AUDIO (125 * GST_MSECOND)
#define GST_P2P_CHUNK_VIDEO (62 * GST_MSECOND)
/* Encoded size of a chunk: 20 ms of the stream in whole packets, of which
 * small chunks keep several in flight on each association; that is what
 * recovers losses quickly. A packet carries 1132 B of a message, and a message
 * has 122 B beside its records: channel 4, signature 81, DATA 17, envelope 20
 * (docs/decisions/0002). 14 packets of records are below P2P_MAX_CHUNK_MEDIA. */
#define GST_P2P_CHUNK_RATE_MS 20
/* Newcomers find the tags of now in the burst they start with: they are sent
 * again after so long, 50 B/s for a title. A header of its own for every title
 * would cost newcomers the chunks before it, whose header nobody has any more. */
#define GST_P2P_TAGS_INTERVAL (2 * GST_SECOND)
/* mpegtsmux knows its tables some ms after its first packet. */
#define GST_P2P_TABLES_PATIENCE (300 * GST_MSECOND)
#define GST_P2P_CHUNK_PACKET_BYTES P2P_PACKET_PAYLOAD
#define GST_P2P_CHUNK_OVERHEAD_BYTES 122
#define GST_P2P_CHUNK_MIN_PACKETS 4
#define GST_P2P_CHUNK_MAX_PACKETS 14

typedef struct _GstP2PCutter GstP2PCutter;

typedef struct
{
  /* epoch, generation, k and first_chunk are not filled in; pointers are valid
   * during the call. */
  gboolean (*header) (const P2pStreamHeader * header, gpointer user_data);
  /* transfer full of data (g_malloc). FALSE: it was dropped. */
  gboolean (*chunk) (guint8 * data, gsize len, gpointer user_data);
} GstP2PCutterFuncs;

/* One buffer's times; GST_CLOCK_STIME_NONE = the buffer has none. */
typedef struct
{
  gint64 pts, dts;
  gint64 clock;                 /* always valid: DTS, PTS or the last one's */
} GstP2PTimes;

typedef struct
{
  guint64 chunks, bytes;        /* sent, with envelopes */
  guint64 refused;              /* chunks that the session could not take */
  guint64 oversized;            /* buffers above P2P_MAX_BUFFER, left out */
  guint64 generations;
} GstP2PCutterStats;

GstP2PCutter *gst_p2p_cutter_new (const GstP2PCutterFuncs * funcs, gpointer user_data);
void gst_p2p_cutter_free (GstP2PCutter * self);
/* 0 = by media type */
void gst_p2p_cutter_set_duration (GstP2PCutter * self, GstClockTime duration);

/* A new stream header generation opens with the next media, unless the caps
 * are the same. FALSE and error when such media can't be published. */
gboolean gst_p2p_cutter_set_caps (GstP2PCutter * self, GstCaps * caps, GError ** error);
/* first: first buffer of a render call. */
void gst_p2p_cutter_push (GstP2PCutter * self, GstBuffer * buffer, const GstP2PTimes * times, gboolean first, gint64 now);
void gst_p2p_cutter_push_tags (GstP2PCutter * self, GstTagList * tags, gint64 now);
void gst_p2p_cutter_push_event (GstP2PCutter * self, GstEvent * event, gint64 now);
void gst_p2p_cutter_push_gap (GstP2PCutter * self, const GstP2PTimes * times, gint64 duration, gint64 now);
/* The next buffer does not follow the last (flush, lost data). */
void gst_p2p_cutter_discont (GstP2PCutter * self);
/* Closes the open chunk. */
void gst_p2p_cutter_flush (GstP2PCutter * self);
/* Closes the stream with a signed END. FALSE: nothing was ever published. */
gboolean gst_p2p_cutter_end (GstP2PCutter * self, gint64 now);

/* When the open chunk has to be closed, GST_CLOCK_STIME_NONE = none is open. */
gint64 gst_p2p_cutter_get_deadline (GstP2PCutter * self);
/* Closes it if that time has come. */
void gst_p2p_cutter_tick (GstP2PCutter * self, gint64 now);
/* TRUE once when a key frame should be asked for upstream. */
gboolean gst_p2p_cutter_wants_key_unit (GstP2PCutter * self, gint64 now);

void gst_p2p_cutter_get_stats (GstP2PCutter * self, GstP2PCutterStats * stats);
/* Caps that listeners get, for the directory. transfer none, may be NULL */
const gchar *gst_p2p_cutter_get_caps_string (GstP2PCutter * self);

G_END_DECLS
#endif
