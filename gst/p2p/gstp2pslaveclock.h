/* gst-plugins-p2p
 *
 * This library is free software; you can redistribute it and/or
 * modify it under the terms of the GNU Lesser General Public
 * License as published by the Free Software Foundation; either
 * version 2.1 of the License, or (at your option) any later version.
 */
/* gstp2pslaveclock.h: a system clock that runs as fast as the publisher's.
 *
 * Owner: p2psrc, which offers it to its pipeline (property provide-clock). It is
 * steered on the streaming thread.
 */
#ifndef GST_P2P_SLAVE_CLOCK_H
#define GST_P2P_SLAVE_CLOCK_H

#include <gst/gst.h>

G_BEGIN_DECLS

typedef struct
{
  GstClock *clock;              /* NULL until it is asked for */
  gint64 steered_at;            /* monotonic, us; 0 = not yet */
  gint64 clock_origin, source_origin;   /* the same moment on both, ns */
} GstP2PSlaveClock;

void gst_p2p_slave_clock_clear (GstP2PSlaveClock * self);
/* Made when it is asked for first. Caller's lock. transfer full */
GstClock *gst_p2p_slave_clock_ref (GstP2PSlaveClock * self);
/* Another run of the publisher. */
void gst_p2p_slave_clock_reset (GstP2PSlaveClock * self);
/* edge: the publisher's clock now, ns. */
void gst_p2p_slave_clock_steer (GstP2PSlaveClock * self, gint64 edge);

G_END_DECLS
#endif
