/* gst-plugins-p2p
 *
 * This library is free software; you can redistribute it and/or
 * modify it under the terms of the GNU Lesser General Public
 * License as published by the Free Software Foundation; either
 * version 2.1 of the License, or (at your option) any later version.
 */
/* gstp2plinkqueue.h: messages that wait above SCTP, by class of stream.
 *
 * Control passes real time, real time passes data, data passes bulk; within a
 * class first come, first served. Bodies are shared, not copied. One thread.
 */
#ifndef GST_P2P_LINK_QUEUE_H
#define GST_P2P_LINK_QUEUE_H

#include <gio/gio.h>

G_BEGIN_DECLS

#define GST_P2P_LINK_QUEUE_CLASSES 4

typedef struct _GstP2PQueued GstP2PQueued;
struct _GstP2PQueued
{
  GstP2PQueued *next;
  GBytes *body;                 /* may be NULL */
  gsize offset, len;
  gsize head_len;
  gint64 at;                    /* g_get_monotonic_time () of the push */
  guint16 stream;
  guint8 head[];
};

typedef struct
{
  GstP2PQueued *first[GST_P2P_LINK_QUEUE_CLASSES];
  GstP2PQueued *last[GST_P2P_LINK_QUEUE_CLASSES];
  gsize bytes;
  guint n;
} GstP2PLinkQueue;

void gst_p2p_link_queue_push (GstP2PLinkQueue * q, guint16 stream, const guint8 * head, gsize head_len, GBytes * body, gsize offset, gsize len);
/* The next to send, or NULL. transfer none, stays in the queue. */
GstP2PQueued *gst_p2p_link_queue_peek (GstP2PLinkQueue * q);
/* Drops what _peek() gave. */
void gst_p2p_link_queue_drop (GstP2PLinkQueue * q);
void gst_p2p_link_queue_clear (GstP2PLinkQueue * q);
/* Its bytes in one block of head_len + len. */
void gst_p2p_queued_copy (const GstP2PQueued * m, guint8 * out);

G_END_DECLS
#endif
