/* gst-plugins-p2p
 *
 * This library is free software; you can redistribute it and/or
 * modify it under the terms of the GNU Lesser General Public
 * License as published by the Free Software Foundation; either
 * version 2.1 of the License, or (at your option) any later version.
 */
/* gstp2ptiming.h: the publisher's time scale, as arithmetic.
 *
 *   running time of the           source time: the publisher's      PTS in p2psrc's
 *   publisher's pipeline   ──►    monotonic clock, ns since its ──► segment, which
 *              GstP2PTimeline     run began; on the wire            starts at 1 h
 *                                                core/base/p2ppacer.h
 *
 * Both are "input + offset"; the offset follows what is measured by at most
 * 500 ppm of the media that passed, so that intervals between timestamps
 * survive, also where a machine stood still between them. Plain struct, no
 * clock is read, no lock; times in ns.
 */
#ifndef GST_P2P_TIMING_H
#define GST_P2P_TIMING_H

#include <gst/gst.h>

G_BEGIN_DECLS

/* Pitch changes below 1 ‰ are not heard; crystals are within 100 ppm. */
#define GST_P2P_MAX_SLEW_PPM 500
/* Farther away than this is a jump of the input, not drift. */
#define GST_P2P_TIMELINE_STEP (1 * GST_SECOND)
/* Where p2psrc's segment begins: room for media before it (decoded, not
 * shown), whose timestamps must not become negative. */
#define GST_P2P_SEGMENT_START (3600 * GST_SECOND)

#define GST_P2P_TIMELINE_BUCKETS 8
#define GST_P2P_TIMELINE_BUCKET (1250 * GST_MSECOND)
/* The first buffer comes when its encoder and its pipeline have just begun, up
 * to 50 ms later than those that follow: so long the line comes to them sooner,
 * by a share of what is missing, at most 5 %. Audio sinks put up with 40 ms. */
#define GST_P2P_TIMELINE_BEGIN (3 * GST_SECOND)
#define GST_P2P_TIMELINE_BEGIN_PPM 50000

/* Publisher: media of running time r belongs to source time r + offset, where
 * offset is a middle delay between timestamp and arrival: what an encoder needs
 * is not taken from the listeners' latency, and what they hear is as old as
 * that in the mean, whatever pattern the encoder's blocks make. The mean of each
 * of the last 10 s in pieces, of these the middle one: a machine that stood
 * still delays one piece, and the line does not notice. */
typedef struct
{
  gboolean valid;
  gint64 offset;
  gint64 origin;                /* sums are of delays from here */
  gint64 sum[GST_P2P_TIMELINE_BUCKETS];
  gint64 n[GST_P2P_TIMELINE_BUCKETS];
  guint bucket;                 /* the one that is being filled */
  gint64 bucket_start, began;
  gint64 newest;                /* running time */
} GstP2PTimeline;

void gst_p2p_timeline_reset (GstP2PTimeline * self);
/* A buffer of running time rt has arrived. TRUE when the scale jumped. */
gboolean gst_p2p_timeline_observe (GstP2PTimeline * self, gint64 rt, gint64 now);

/* 32.32 fixed point seconds (P2pNtp) to ns; differences of NTP times. */
gint64 gst_p2p_ntp_diff (guint64 later, guint64 earlier);

G_END_DECLS
#endif
