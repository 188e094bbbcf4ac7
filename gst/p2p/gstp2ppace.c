/* gst-plugins-p2p
 *
 * This library is free software; you can redistribute it and/or
 * modify it under the terms of the GNU Lesser General Public
 * License as published by the Free Software Foundation; either
 * version 2.1 of the License, or (at your option) any later version.
 */
/* gstp2ppace.c: see gstp2ppace.h. */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include <gst/base/gstbasesrc.h>
#include <string.h>

#include "gstp2ppace.h"
#include "gstp2ptiming.h"

GST_DEBUG_CATEGORY_EXTERN (gst_p2p_src_debug);
#define GST_CAT_DEFAULT gst_p2p_src_debug

/* A change of the latency in force that is made at once. */
#define RAISE (20 * GST_MSECOND)
/* Decoders reorder: frames before the one at which the rate changes may follow
 * it, and what is before a segment is not shown. */
#define SEGMENT_ROOM GST_SECOND
#define LATENESS_INTERVAL_US G_USEC_PER_SEC
/* A neighbour answers within a round trip; more than this is not waited for. */
#define CLOCK_WAIT_US (200 * 1000)
#define CLOCK_POLL_US 2000
#define CLOCK_GOOD_US 100000    /* half of a long round trip, 200 ms */
/* Two looks at clocks take microseconds; of what is off 40 ms is caught up. */
#define MOMENT (5 * GST_MSECOND)
#define MOMENT_TRIES 4

void
gst_p2p_pace_init (GstP2PPace * self, GstP2PStation * station,
    GstP2PReader * reader)
{
  memset (self, 0, sizeof (*self));
  self->station = station;
  self->reader = reader;
}

void
gst_p2p_pace_clear (GstP2PPace * self)
{
  gst_p2p_slave_clock_clear (&self->clock);
}

void
gst_p2p_pace_reset (GstP2PPace * self)
{
  p2p_pacer_reset (&self->pacer);
  gst_p2p_slave_clock_reset (&self->clock);
  self->epoch = 0;
  self->lateness_at = 0;
  GST_OBJECT_LOCK (self->station->element);
  self->start_latency = self->age = 0;
  self->effective_latency = 0;
  self->dropped = 0;
  GST_OBJECT_UNLOCK (self->station->element);
}

/* ---- two clocks ---- */

/* FALSE: no clock yet, or outside of PLAYING. */
static gboolean
get_running_time (GstP2PPace * self, gint64 * rt)
{
  GstClock *clock = gst_element_get_clock (self->station->element);

  if (clock == NULL)
    return FALSE;
  *rt = (gint64) gst_clock_get_time (clock)
      - (gint64) gst_element_get_base_time (self->station->element);
  gst_object_unref (clock);
  return TRUE;
}

/* The publisher's clock now, as source time of its run. error_us may be NULL. */
static gboolean
get_edge (GstP2PPace * self, gint64 * edge, guint32 * error_us)
{
  P2pNtp ntp;

  if (!gst_p2p_member_get_source_time (self->station->member, &ntp, error_us))
    return FALSE;
  *edge = gst_p2p_ntp_diff (ntp, self->epoch);
  return TRUE;
}

/* Both of one moment: a machine that stands still between two looks at clocks
 * is not a listener who is late. FALSE: not known, or no such moment came. */
static gboolean
get_now (GstP2PPace * self, gint64 * rt, gint64 * edge)
{
  gint64 after = 0;
  guint i;

  for (i = 0; i < MOMENT_TRIES; i++) {
    if (!get_running_time (self, rt) || !get_edge (self, edge, NULL)
        || !get_running_time (self, &after))
      return FALSE;
    if (after - *rt <= (gint64) MOMENT)
      return TRUE;
  }
  return FALSE;
}

/* The same for an anchor: waits for the first answer of a neighbour, because
 * what is guessed from old chunks alone is off by the length of the burst. */
static gboolean
ask_edge (GstP2PPace * self, gint64 * edge)
{
  gint64 deadline = g_get_monotonic_time () + CLOCK_WAIT_US;
  guint32 error = G_MAXUINT32;
  P2pSwarmStats stats;
  gboolean known;

  while (!(known = get_edge (self, edge, &error)) || error > CLOCK_GOOD_US) {
    if (g_get_monotonic_time () > deadline
        || gst_p2p_station_has_failed (self->station))
      break;
    gst_p2p_member_get_stats (self->station->member, &stats);
    g_usleep (CLOCK_POLL_US);
  }
  GST_DEBUG_OBJECT (self->station->element,
      "publisher's clock is %" GST_STIME_FORMAT ", known to %u us",
      GST_STIME_ARGS (known ? *edge : -1), error);
  return known;
}

/* ---- latency ---- */

static gint64
get_latency (GstP2PPace * self)
{
  gint64 latency;

  GST_OBJECT_LOCK (self->station->element);
  latency = MAX (self->effective_latency, self->latency_ms * GST_MSECOND);
  GST_OBJECT_UNLOCK (self->station->element);
  return latency;
}

/* What keeps arriving later than the latency asked for is waited for all the
 * same. TRUE: from now on, because it is late already. */
static gboolean
update_latency (GstP2PPace * self)
{
  gint64 now = g_get_monotonic_time ();
  GstClockTime latency;
  P2pSwarmStats stats;
  gboolean raised;

  if (now - self->lateness_at < LATENESS_INTERVAL_US)
    return FALSE;
  self->lateness_at = now;
  gst_p2p_member_get_stats (self->station->member, &stats);
  GST_OBJECT_LOCK (self->station->element);
  latency = MAX (self->latency_ms * GST_MSECOND, stats.target_us * GST_USECOND);
  raised = self->effective_latency > 0
      && latency > self->effective_latency + RAISE;
  self->effective_latency = latency;
  GST_OBJECT_UNLOCK (self->station->element);
  return raised;
}

/* Containers whose demuxer starts its own time at 0 need what has passed as
 * latency, or their media would be late by it. */
static void
set_start_latency (GstP2PPace * self, GstClockTime latency)
{
  gboolean changed;

  GST_OBJECT_LOCK (self->station->element);
  changed = self->start_latency != latency;
  self->start_latency = latency;
  GST_OBJECT_UNLOCK (self->station->element);
  if (changed)
    gst_element_post_message (self->station->element,
        gst_message_new_latency (GST_OBJECT (self->station->element)));
}

/* ---- the segment ---- */

/* What follows belongs to the pacer's segment. */
static void
push_segment (GstP2PPace * self, GstClockTime room)
{
  GstSegment segment;
  gint64 start, base;

  p2p_pacer_segment (&self->pacer, room, &start, &base);
  gst_segment_init (&segment, GST_FORMAT_TIME);
  segment.rate = self->pacer.permille / 1000.0;
  segment.start = segment.position = start;
  segment.time = start - GST_P2P_SEGMENT_START;
  segment.base = base;
  gst_base_src_new_segment (GST_BASE_SRC (self->station->element), &segment);
}

void
gst_p2p_pace_anchor (GstP2PPace * self, gint64 clock)
{
  gint64 rt = 0, edge, start = clock;

  get_running_time (self, &rt);
  if (ask_edge (self, &edge))
    start = edge - get_latency (self);
  /* Sinks drop what is before the segment. A frame too early is no loss, but
   * a recording of a container would be header, hole and rest. */
  self->behind = 0;
  if (gst_p2p_reader_is_container (self->reader) && clock < start) {
    self->behind = start - clock;
    start = clock;
  }
  rt = MAX (rt, 0);
  p2p_pacer_anchor (&self->pacer, start, GST_P2P_SEGMENT_START, rt);
  GST_INFO_OBJECT (self->station->element,
      "new segment: source time %" GST_STIME_FORMAT " is running time %"
      GST_TIME_FORMAT ", first media %" GST_STIME_FORMAT,
      GST_STIME_ARGS (start), GST_TIME_ARGS ((GstClockTime) rt),
      GST_STIME_ARGS (clock));
  push_segment (self, 0);
  if (gst_p2p_reader_restarts_at_zero (self->reader))
    set_start_latency (self, rt);
}

/* Behind demuxers that pad nothing changes; others keep no rate of ours. */
static gint
get_catch_up (GstP2PPace * self)
{
  gint catch_up;

  if (gst_p2p_reader_get_flags (self->reader) & P2P_HEADER_CONTAINER)
    return -1;
  if (gst_p2p_reader_is_container (self->reader))
    return 0;
  GST_OBJECT_LOCK (self->station->element);
  catch_up = self->catch_up;
  GST_OBJECT_UNLOCK (self->station->element);
  return catch_up;
}

/* Too far off to be made up: what is next is what is due now. */
static void
jump (GstP2PPace * self, gint64 from)
{
  GST_INFO_OBJECT (self->station->element, "going on at %" GST_STIME_FORMAT,
      GST_STIME_ARGS (from));
  p2p_pacer_reset (&self->pacer);
  gst_p2p_reader_skip_to (self->reader, from);
}

void
gst_p2p_pace_observe (GstP2PPace * self, gint64 clock)
{
  gint64 rt, edge, latency, late;
  gint catch_up = get_catch_up (self);
  P2pPacerAdvice advice;
  gboolean raised;

  if (!get_now (self, &rt, &edge))
    return;
  raised = update_latency (self);
  gst_p2p_slave_clock_steer (&self->clock, edge);
  latency = get_latency (self) + self->behind;
  advice = p2p_pacer_observe (&self->pacer, clock, rt + latency - edge,
      latency, catch_up);
  late = self->pacer.off;
  GST_OBJECT_LOCK (self->station->element);
  self->age = MAX (latency + late, 0);
  self->dropped = gst_p2p_reader_get_dropped (self->reader);
  GST_OBJECT_UNLOCK (self->station->element);
  if (catch_up >= 0 && (advice == P2P_PACER_JUMP || raised)) {
    GST_INFO_OBJECT (self->station->element, "off by %" GST_STIME_FORMAT,
        GST_STIME_ARGS (late));
    jump (self, edge - latency);
  } else if (advice == P2P_PACER_SEGMENT) {
    GST_INFO_OBJECT (self->station->element,
        "off by %" GST_STIME_FORMAT ", rate %d per mille",
        GST_STIME_ARGS (late), self->pacer.permille);
    push_segment (self, SEGMENT_ROOM);
  }
}

GstClockTime
gst_p2p_pace_map (GstP2PPace * self, gint64 t)
{
  gint64 pts = p2p_pacer_map (&self->pacer, t);

  return pts == P2P_PACER_NONE ? GST_CLOCK_TIME_NONE : (GstClockTime) pts;
}
