/* gst-plugins-p2p
 *
 * This library is free software; you can redistribute it and/or
 * modify it under the terms of the GNU Lesser General Public
 * License as published by the Free Software Foundation; either
 * version 2.1 of the License, or (at your option) any later version.
 */
/* gstp2pjoin.h: where in a stream a newcomer can start decoding.
 *
 * Media without DELTA_UNIT, corrected by a look at a few fixed bits where a
 * muxer's flags do not tell (FLV tags, TS adaptation fields); no parser.
 * A plain struct of the cutter's, no lock, time is an argument.
 */
#ifndef GST_P2P_JOIN_H
#define GST_P2P_JOIN_H

#include "gstp2pmedia.h"

G_BEGIN_DECLS

/* Without a join point for so long: ask upstream for a key frame (video), take
 * any buffer (the rest). Flash's and RTMP servers' usual key interval is 2 s. */
#define GST_P2P_JOIN_PATIENCE (2 * GST_SECOND)
/* A transport stream with video that never marks one. */
#define GST_P2P_JOIN_GIVE_UP (10 * GST_SECOND)

typedef struct
{
  GstP2PMediaInfo info;
  gboolean started;
  gboolean video_seen;          /* FLV, TS: found in the data */
  gboolean marked;              /* TS: a video packet was marked once */
  gint64 start, last_join, last_request;        /* ns */
} GstP2PJoin;

void gst_p2p_join_init (GstP2PJoin * self, const GstP2PMediaInfo * info);
/* FLV: the file header tells whether video follows. */
void gst_p2p_join_see_header (GstP2PJoin * self, GstBuffer * header);
/* Whether this media buffer is a join point; first: first of a render call. */
gboolean gst_p2p_join_check (GstP2PJoin * self, GstBuffer * buffer, gboolean first, gint64 now);
gboolean gst_p2p_join_has_video (const GstP2PJoin * self);
/* TRUE when a key frame should be asked for now; at most once in 2 s. */
gboolean gst_p2p_join_wants_key_unit (GstP2PJoin * self, gint64 now);

G_END_DECLS
#endif
