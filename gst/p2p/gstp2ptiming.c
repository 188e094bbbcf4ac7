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

#define PPM 1000000

void
gst_p2p_timeline_reset (GstP2PTimeline * self)
{
  memset (self, 0, sizeof (*self));
}

static void
timeline_count (GstP2PTimeline * self, gint64 delay, gint64 now)
{
  if (now - self->bucket_start >= (gint64) GST_P2P_TIMELINE_BUCKET) {
    self->bucket = (self->bucket + 1) % GST_P2P_TIMELINE_BUCKETS;
    self->sum[self->bucket] = self->n[self->bucket] = 0;
    self->bucket_start = now;
  }
  self->sum[self->bucket] += delay - self->origin;
  self->n[self->bucket]++;
}

static void
timeline_start (GstP2PTimeline * self, gint64 rt, gint64 now)
{
  memset (self, 0, sizeof (*self));
  self->offset = self->origin = now - rt;
  self->bucket_start = self->began = now;
  self->newest = rt;
  self->valid = TRUE;
  timeline_count (self, now - rt, now);
}

/* The middle one of the pieces' means; of two in the middle the less: late is
 * what goes wrong. The piece of now counts only when there is no other. */
static gint64
timeline_middle (const GstP2PTimeline * self)
{
  gint64 mean[GST_P2P_TIMELINE_BUCKETS], value;
  guint i, j, n = 0;

  for (i = 0; i < GST_P2P_TIMELINE_BUCKETS; i++) {
    if (self->n[i] == 0 || i == self->bucket)
      continue;
    value = self->sum[i] / self->n[i];
    for (j = n++; j > 0 && mean[j - 1] > value; j--)
      mean[j] = mean[j - 1];
    mean[j] = value;
  }
  if (n == 0)
    return self->origin + self->sum[self->bucket] / self->n[self->bucket];
  return self->origin + mean[(n - 1) / 2];
}

static gint64
timeline_slew (const GstP2PTimeline * self, gint64 error, gint64 rt, gint64 now)
{
  gint64 elapsed = MAX (rt - self->newest, 0);
  gint64 ppm = GST_P2P_MAX_SLEW_PPM, most;

  /* so much a second as is missing */
  if (now - self->began < (gint64) GST_P2P_TIMELINE_BEGIN)
    ppm = CLAMP (ABS (error) / (gint64) (GST_SECOND / PPM),
        GST_P2P_MAX_SLEW_PPM, GST_P2P_TIMELINE_BEGIN_PPM);
  most = elapsed / PPM * ppm + elapsed % PPM * ppm / PPM;
  return CLAMP (error, -most, most);
}

gboolean
gst_p2p_timeline_observe (GstP2PTimeline * self, gint64 rt, gint64 now)
{
  gint64 delay = now - rt, error;

  if (!self->valid) {
    timeline_start (self, rt, now);
    return FALSE;
  }
  timeline_count (self, delay, now);
  error = timeline_middle (self) - self->offset;
  /* Nothing comes so long before its time, but much comes late. */
  if (delay - self->offset < -(gint64) GST_P2P_TIMELINE_STEP
      || ABS (error) > (gint64) GST_P2P_TIMELINE_STEP) {
    timeline_start (self, rt, now);
    return TRUE;
  }
  self->offset += timeline_slew (self, error, rt, now);
  self->newest = MAX (self->newest, rt);
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
