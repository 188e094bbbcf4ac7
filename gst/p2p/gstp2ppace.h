/* gst-plugins-p2p
 *
 * This library is free software; you can redistribute it and/or
 * modify it under the terms of the GNU Lesser General Public
 * License as published by the Free Software Foundation; either
 * version 2.1 of the License, or (at your option) any later version.
 */
/* gstp2ppace.h: when p2psrc plays what came: "latency" behind the publisher, with
 * timestamps that are made here (gstp2ptiming.h), later, faster or slower, or from
 * somewhere else when that is off.
 *
 * Owner: p2psrc. Functions run on its streaming thread, but for init, clear and
 * reset; fields are guarded by the element's object lock where it is said.
 */
#ifndef GST_P2P_PACE_H
#define GST_P2P_PACE_H

#include "core/base/p2ppacer.h"
#include "gstp2preader.h"
#include "gstp2pslaveclock.h"
#include "gstp2pstation.h"

G_BEGIN_DECLS

typedef struct
{
  GstP2PStation *station;
  GstP2PReader *reader;

  guint latency_ms, catch_up;   /* properties, object lock */

  /* object lock */
  GstClockTime effective_latency, age, start_latency;
  guint64 dropped;
  GstP2PSlaveClock clock;

  /* streaming thread */
  P2pPacer pacer;
  gint64 behind;                /* played later than latency by so much, ns */
  guint64 epoch;                /* the publisher's run */
  gint64 lateness_at;
} GstP2PPace;

void gst_p2p_pace_init (GstP2PPace * self, GstP2PStation * station, GstP2PReader * reader);
void gst_p2p_pace_clear (GstP2PPace * self);
/* Nothing was played yet. */
void gst_p2p_pace_reset (GstP2PPace * self);

/* The next media begins a segment: 'clock' is its source time. */
void gst_p2p_pace_anchor (GstP2PPace * self, gint64 clock);
/* Media of this source time came: compares where it should be with where it is. */
void gst_p2p_pace_observe (GstP2PPace * self, gint64 clock);
/* A time of the stream as one of the segment. */
GstClockTime gst_p2p_pace_map (GstP2PPace * self, gint64 t);

G_END_DECLS
#endif
