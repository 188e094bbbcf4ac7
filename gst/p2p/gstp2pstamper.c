/* gst-plugins-p2p
 *
 * This library is free software; you can redistribute it and/or
 * modify it under the terms of the GNU Lesser General Public
 * License as published by the Free Software Foundation; either
 * version 2.1 of the License, or (at your option) any later version.
 */
/* gstp2pstamper.c: signed running times, slewed to the publisher's clock. */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "gstp2pstamper.h"

/* A buffer without timestamp after so long without any is stamped on arrival:
 * less is the pause between two stamped packets of a container. */
#define STAMP_AFTER (1 * GST_SECOND)

gboolean
gst_p2p_stamper_reset (GstP2PStamper * self)
{
  gboolean began = self->timeline.valid;

  gst_p2p_timeline_reset (&self->timeline);
  self->last_stamp = GST_CLOCK_STIME_NONE;
  return began;
}

/* Signed running time of a timestamp, GST_CLOCK_STIME_NONE for none. */
static gint64
to_running_time (const GstSegment * segment, GstClockTime t)
{
  guint64 rt;
  gint sign;

  if (!GST_CLOCK_TIME_IS_VALID (t))
    return GST_CLOCK_STIME_NONE;
  sign = gst_segment_to_running_time_full (segment, GST_FORMAT_TIME, t, &rt);
  if (sign == 0 || rt > G_MAXINT64 / 4)
    return GST_CLOCK_STIME_NONE;
  return sign < 0 ? -(gint64) rt : (gint64) rt;
}

/* Stream headers and the packets of a container have no timestamp and get none;
 * a stream without any is stamped on arrival. */
static void
stamp (GstP2PStamper * self, GstBuffer * buffer, gint64 now, GstP2PTimes * out)
{
  gboolean stamped = self->last_stamp != GST_CLOCK_STIME_NONE
      && now - self->last_stamp < (gint64) STAMP_AFTER;

  out->clock = stamped ? self->last_clock : now;
  if (!stamped && !GST_BUFFER_FLAG_IS_SET (buffer, GST_BUFFER_FLAG_HEADER))
    out->pts = now;
}

gboolean
gst_p2p_stamper_buffer (GstP2PStamper * self, const GstSegment * segment,
    GstBuffer * buffer, gint64 now, GstP2PTimes * out)
{
  gboolean jumped;
  gint64 clock;

  out->pts = to_running_time (segment, GST_BUFFER_PTS (buffer));
  out->dts = to_running_time (segment, GST_BUFFER_DTS (buffer));
  clock = out->dts != GST_CLOCK_STIME_NONE ? out->dts : out->pts;
  if (clock == GST_CLOCK_STIME_NONE) {
    stamp (self, buffer, now, out);
    return FALSE;
  }
  jumped = gst_p2p_timeline_observe (&self->timeline, clock, now);
  out->clock = clock + self->timeline.offset;
  if (out->pts != GST_CLOCK_STIME_NONE)
    out->pts += self->timeline.offset;
  if (out->dts != GST_CLOCK_STIME_NONE)
    out->dts += self->timeline.offset;
  self->last_clock = out->clock;
  self->last_stamp = now;
  return jumped;
}

gboolean
gst_p2p_stamper_gap (GstP2PStamper * self, const GstSegment * segment,
    GstClockTime start, GstP2PTimes * out)
{
  gint64 rt = to_running_time (segment, start);

  if (!self->timeline.valid || rt == GST_CLOCK_STIME_NONE)
    return FALSE;
  out->pts = out->clock = rt + self->timeline.offset;
  out->dts = GST_CLOCK_STIME_NONE;
  return TRUE;
}
