/* gst-plugins-p2p
 *
 * This library is free software; you can redistribute it and/or
 * modify it under the terms of the GNU Lesser General Public
 * License as published by the Free Software Foundation; either
 * version 2.1 of the License, or (at your option) any later version.
 */
/* gstp2pslaveclock.c: calibrates a system clock by the publisher's. */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "gstp2pslaveclock.h"
#include "gstp2ptiming.h"

#define STEER_INTERVAL_US (500 * 1000)
#define PPM 1000000

void
gst_p2p_slave_clock_clear (GstP2PSlaveClock * self)
{
  gst_clear_object (&self->clock);
}

GstClock *
gst_p2p_slave_clock_ref (GstP2PSlaveClock * self)
{
  if (self->clock == NULL) {
    self->clock = g_object_new (GST_TYPE_SYSTEM_CLOCK, "name", "GstP2PClock",
        NULL);
    gst_object_ref_sink (self->clock);
  }
  return gst_object_ref (self->clock);
}

void
gst_p2p_slave_clock_reset (GstP2PSlaveClock * self)
{
  self->steered_at = 0;
}

void
gst_p2p_slave_clock_steer (GstP2PSlaveClock * self, gint64 edge)
{
  gint64 now = g_get_monotonic_time (), error, ppm;
  GstClockTime internal, external, i, e, num, denom;

  if (self->clock == NULL || now - self->steered_at < STEER_INTERVAL_US)
    return;
  internal = gst_clock_get_internal_time (self->clock);
  external = gst_clock_get_time (self->clock);
  if (self->steered_at == 0) {
    self->clock_origin = external;
    self->source_origin = edge;
  }
  self->steered_at = now;
  /* ahead of the publisher: run slower, so that a second makes it even */
  error = ((gint64) external - self->clock_origin)
      - (edge - self->source_origin);
  ppm = CLAMP (-error / (gint64) (GST_SECOND / PPM), -GST_P2P_MAX_SLEW_PPM,
      GST_P2P_MAX_SLEW_PPM);
  gst_clock_get_calibration (self->clock, &i, &e, &num, &denom);
  gst_clock_set_calibration (self->clock, internal, external, PPM + ppm, PPM);
}
