/* gst-plugins-p2p
 *
 * This library is free software; you can redistribute it and/or
 * modify it under the terms of the GNU Lesser General Public
 * License as published by the Free Software Foundation; either
 * version 2.1 of the License, or (at your option) any later version.
 */
/* station.h: one session with one member for tests, and what it was told.
 *
 * The member's callback and the test wait for each other through a lock; every
 * wait ends after WAIT_S seconds and then fails the test with the reason.
 */
#ifndef STATION_H
#define STATION_H

#include <gst/check/gstcheck.h>

#include "../../../gst/p2p/session/gstp2ploopback.h"

#define WAIT_S 60           /* there to end what hangs */

typedef struct
{
  GstP2PSession *session;
  GstP2PMember *member;
  GstP2PKey *key;               /* publishers */
  GMutex lock;
  GCond cond;
  guint events[32];             /* how often each was told */
  gint64 told_at[32];           /* the last time, monotonic, us */
  GError *error;
  guint64 next_pts_ns;
  guint max_peers;              /* of the member to come; 0 = default */
} Station;

/* A session of its own on the hub. */
Station *station_new (GstP2PLoopbackHub * hub);
/* Shares the other's session. */
Station *station_new_beside (Station * other);
void station_publish (Station * self, const gchar * channel, const GstP2PKey * key);
void station_listen (Station * self, const gchar * channel, guint latency_ms);
void station_leave (Station * self);
void station_free (Station * self);
/* For a teardown: ends what a failed test left. Where tests have no process of
 * their own (CK_FORK=no) it would go on beside the next ones. */
void station_end_all (void);
/* TRUE when the event was told at least n times within WAIT_S. */
gboolean station_wait (Station * self, GstP2PMemberEvent event, guint n);
/* How often it was told so far. */
guint station_count (Station * self, GstP2PMemberEvent event);
gboolean station_was_told (Station * self, GstP2PMemberEvent event);
/* A header with these caps, and chunks of one record each that says its number. */
void station_put_header (Station * self, const gchar * caps);
void station_put_chunk (Station * self, guint number);
/* Publishes numbers [from, to) at real pace, ms apart. */
void station_put_chunks (Station * self, guint from, guint to, guint ms);
/* The next item of this type, skipping others; NULL after WAIT_S. */
GstP2PItem *station_next (Station * self, GstP2PItemType type);
/* The number that the chunk's record says. */
guint station_read_number (const GstP2PItem * item);
/* Numbers [from, to) come next, in order, each once. */
void station_expect_chunks (Station * self, guint from, guint to);

#endif
