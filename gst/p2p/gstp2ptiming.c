/* gst-plugins-p2p
 *
 * This library is free software; you can redistribute it and/or
 * modify it under the terms of the GNU Lesser General Public
 * License as published by the Free Software Foundation; either
 * version 2.1 of the License, or (at your option) any later version.
 */
/* gstp2ptiming.c: offsets that follow a measured clock slowly.
 * Owner: an element or the cutter. Thread: the owner's.
 */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include <string.h>

#include "gstp2ptiming.h"

static gint64
clamp_slew (gint64 wanted, gint64 elapsed)
{
  gint64 most = MAX (elapsed, 0) / 1000000 * GST_P2P_MAX_SLEW_PPM
      + MAX (elapsed, 0) % 1000000 * GST_P2P_MAX_SLEW_PPM / 1000000;

  return CLAMP (wanted, -most, most);
}

void
gst_p2p_timeline_reset (GstP2PTimeline * self)
{
  memset (self, 0, sizeof (*self));
}

static void
timeline_start (GstP2PTimeline * self, gint64 delay, gint64 now)
{
  guint i;

  for (i = 0; i < GST_P2P_TIMELINE_BUCKETS; i++)
    self->min[i] = G_MAXINT64;
  self->bucket = 0;
  self->min[0] = self->offset = delay;
  self->bucket_start = self->last = now;
  self->valid = TRUE;
}

static gint64
timeline_minimum (GstP2PTimeline * self, gint64 delay, gint64 now)
{
  gint64 min = G_MAXINT64;
  guint i;

  if (now - self->bucket_start >= (gint64) GST_P2P_TIMELINE_BUCKET) {
    self->bucket = (self->bucket + 1) % GST_P2P_TIMELINE_BUCKETS;
    self->min[self->bucket] = delay;
    self->bucket_start = now;
  }
  self->min[self->bucket] = MIN (self->min[self->bucket], delay);
  for (i = 0; i < GST_P2P_TIMELINE_BUCKETS; i++)
    min = MIN (min, self->min[i]);
  return min;
}

gboolean
gst_p2p_timeline_observe (GstP2PTimeline * self, gint64 rt, gint64 now)
{
  gint64 delay = now - rt, error;

  if (!self->valid) {
    timeline_start (self, delay, now);
    return FALSE;
  }
  error = timeline_minimum (self, delay, now) - self->offset;
  if (ABS (error) > (gint64) GST_P2P_TIMELINE_STEP) {
    timeline_start (self, delay, now);
    return TRUE;
  }
  self->offset += clamp_slew (error, now - self->last);
  self->last = now;
  return FALSE;
}

gint64
gst_p2p_ntp_diff (guint64 later, guint64 earlier)
{
  gint64 diff = (gint64) (later - earlier);
  gboolean negative = diff < 0;
  guint64 d = negative ? -(guint64) diff : (guint64) diff;
  gint64 ns = (gint64) ((d >> 32) * GST_SECOND
      + (((d & 0xffffffff) * GST_SECOND) >> 32));

  return negative ? -ns : ns;
}
