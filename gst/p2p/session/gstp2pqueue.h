/* gst-plugins-p2p
 *
 * This library is free software; you can redistribute it and/or
 * modify it under the terms of the GNU Lesser General Public
 * License as published by the Free Software Foundation; either
 * version 2.1 of the License, or (at your option) any later version.
 */
/* gstp2pqueue.h: bounded hand-over of items from the session thread to one
 * streaming thread.
 *
 * Bounded by the publisher's time, not by what the reader does: what is older
 * than the window behind the newest chunk is dropped from the head and replaced
 * by one SKIP item. Its lock is a leaf: nothing is called under it.
 */
#ifndef GST_P2P_QUEUE_H
#define GST_P2P_QUEUE_H

#include "gstp2psession.h"

G_BEGIN_DECLS

typedef struct _GstP2PQueue GstP2PQueue;

/* 10 s of 20 Mbit/s; protects against a publisher whose clock stands still */
#define GST_P2P_QUEUE_MAX_BYTES (32 * 1024 * 1024)
#define GST_P2P_QUEUE_MAX_ITEMS 8192

GstP2PQueue *gst_p2p_queue_new (guint window_ms);
void gst_p2p_queue_free (GstP2PQueue * self);
/* transfer full */
void gst_p2p_queue_push (GstP2PQueue * self, GstP2PItem * item);
/* NULL: flushing, ended or end_time (monotonic, -1 = none) passed. transfer
 * full */
GstP2PItem *gst_p2p_queue_pop (GstP2PQueue * self, gint64 end_time);
void gst_p2p_queue_set_flushing (GstP2PQueue * self, gboolean flushing);
/* The reader wants an end. close() makes it one, unless that was taken back:
 * what is there is still given, what comes later is dropped. */
void gst_p2p_queue_set_ending (GstP2PQueue * self, gboolean ending);
void gst_p2p_queue_close (GstP2PQueue * self);
/* Closed and empty; pop() returns NULL at once. FALSE while flushing. */
gboolean gst_p2p_queue_has_ended (GstP2PQueue * self);
void gst_p2p_queue_clear (GstP2PQueue * self);

/* seconds between two NTP timestamps in microseconds, b - a */
gint64 gst_p2p_ntp_diff_us (P2pNtp a, P2pNtp b);
P2pNtp gst_p2p_ntp_add_us (P2pNtp ntp, gint64 us);
/* wall clock */
P2pNtp gst_p2p_ntp_now (void);

GstP2PItem *gst_p2p_item_new (GstP2PItemType type, guint64 epoch);
GstP2PItem *gst_p2p_item_copy (const GstP2PItem * item);

G_END_DECLS
#endif
