/* gst-plugins-p2p
 *
 * This library is free software; you can redistribute it and/or
 * modify it under the terms of the GNU Lesser General Public
 * License as published by the Free Software Foundation; either
 * version 2.1 of the License, or (at your option) any later version.
 */
/* gstp2pstamper.h: buffers' timestamps -> source time, the publisher's clock
 * since its run began.
 *
 * Owner: p2psink, under its cut_lock. No clock of its own: the owner says what
 * time it is.
 */
#ifndef GST_P2P_STAMPER_H
#define GST_P2P_STAMPER_H

#include "gstp2pcutter.h"
#include "gstp2ptiming.h"

G_BEGIN_DECLS

typedef struct
{
  GstP2PTimeline timeline;
  gint64 last_clock, last_stamp;        /* of a buffer that had a timestamp: its
                                         * source time, and when it came */
} GstP2PStamper;

/* Nothing that follows has to fit what came. TRUE: something came. */
gboolean gst_p2p_stamper_reset (GstP2PStamper * self);
/* TRUE: the timestamps jumped. now: source time. */
gboolean gst_p2p_stamper_buffer (GstP2PStamper * self, const GstSegment * segment, GstBuffer * buffer, gint64 now, GstP2PTimes * out);
/* FALSE: nothing is known yet of where a gap lies. */
gboolean gst_p2p_stamper_gap (GstP2PStamper * self, const GstSegment * segment, GstClockTime start, GstP2PTimes * out);

G_END_DECLS
#endif
