/* gst-plugins-p2p
 *
 * This library is free software; you can redistribute it and/or
 * modify it under the terms of the GNU Lesser General Public
 * License as published by the Free Software Foundation; either
 * version 2.1 of the License, or (at your option) any later version.
 */
/* air.h: p2psink and p2psrc pipelines that meet over the loopback, and what
 * they were told. Real elements, real sessions, real swarm; only transport and
 * rendezvous are in-process.
 */
#ifndef AIR_H
#define AIR_H

#include <gst/check/gstcheck.h>

#include "../../../gst/p2p/session/gstp2ploopback.h"

/* Ends what hangs; a busy machine makes many seconds of one. */
#define AIR_WAIT (200 * GST_SECOND)

#define AIR_MP3 "audio/x-raw,rate=44100,channels=2 ! " \
    "lamemp3enc target=bitrate bitrate=128 cbr=true"
#define AIR_TONE "audiotestsrc is-live=true wave=white-noise ! " AIR_MP3
#define AIR_URI "p2p://hub/live"

/* One buffer as it passed a probe. */
typedef struct
{
  GstBuffer *buffer;
  GstClockTime running_time;    /* of its PTS, GST_CLOCK_TIME_NONE = none */
  gdouble rate;                 /* of its segment */
  gint64 at;                    /* monotonic, us */
} AirSeen;

typedef struct
{
  GstElement *pipeline;
  GMutex lock;
  GArray *seen;                 /* AirSeen */
  GstSegment segment;
  GstCaps *caps;
  GPtrArray *tags;              /* gchar: tag lists that passed */
  guint segments;
  gint64 started;               /* monotonic, us: set to PLAYING */
} Air;

/* A fixture: two sessions that meet over the loopback. */
extern GstP2PSession *air_near, *air_far;
void air_setup (void);
void air_teardown (void);

/* launch has an element named "watch" whose sink pad is watched (its src pad
 * when it has no sink pad). session NULL = the pipeline finds its own. */
Air *air_new (const gchar * launch, GstP2PSession * session);
void air_start (Air * self);
/* Fails the test when it is no ERROR or none comes. transfer full */
GError *air_wait_error (Air * self, gchar ** debug);
/* Waits for a message; an ERROR before it fails the test. name: of the
 * structure of an element message, else NULL. transfer full */
GstMessage *air_wait (Air * self, GstMessageType type, const gchar * name);
/* Until a p2psink says where it is heard. */
void air_wait_on_air (Air * self);
/* An element of its pipeline. transfer full */
GstElement *air_get (Air * self, const gchar * name);
/* Until n buffers were seen. */
void air_wait_buffers (Air * self, guint n);
guint air_count (Air * self);
guint air_count_segments (Air * self);
/* Tag events with this in their text. */
guint air_count_tags (Air * self, const gchar * what);
void air_wait_tag (Air * self, const gchar * what);
void air_stop (Air * self);
void air_free (Air * self);
/* A figure of the element's stats. */
guint64 air_stat (GstElement * element, const gchar * name);
/* Until a p2psrc was handed all that a p2psink has published. What that was given
 * last is not published: MP3 frames of an open chunk, and one that waits for its
 * time. */
void air_wait_arrived (GstElement * src, GstElement * sink);
#define AIR_OPEN 6
/* For a teardown: ends what a failed test left on air. Where tests have no
 * process of their own (CK_FORK=no) it would go on beside the next ones. */
void air_end_all (void);
/* From the first to the second: the longest time, ms, that a thread which wanted
 * to run every 10 ms could not. What was judged by the clock meanwhile says more
 * about the machine than about us. */
void air_watch_machine (void);
guint air_machine_stood_still (void);
/* Ends the watching. Whether a run that was not good is to be done again, because
 * the machine stood still for long: most times at the most. */
gboolean air_once_more (gboolean good, guint * tries, guint most);
/* A machine that stood still in every try says nothing about us. */
gboolean air_can_judge (guint tries, guint most);
gboolean air_same_content (GstBuffer * a, GstBuffer * b);
/* Index in whole of the first buffer of part, whose content follows without a
 * hole; -1 = it is not there. */
gint air_find (Air * whole, Air * part, guint skip);

#endif
