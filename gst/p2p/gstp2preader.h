/* gst-plugins-p2p
 *
 * This library is free software; you can redistribute it and/or
 * modify it under the terms of the GNU Lesser General Public
 * License as published by the Free Software Foundation; either
 * version 2.1 of the License, or (at your option) any later version.
 */
/* gstp2preader.h: items of a swarm in, caps, events and buffers out.
 *
 * Puts buffers together again, adds stream headers for a newcomer, and decides
 * what is left out after a loss: never a part of a buffer, and for Matroska
 * nothing before the next join point. Times stay source time. No lock and no
 * clock; owner: p2psrc, thread: its streaming thread.
 */
#ifndef GST_P2P_READER_H
#define GST_P2P_READER_H

#include "gstp2pmedia.h"
#include "session/gstp2psession.h"

G_BEGIN_DECLS

typedef struct _GstP2PReader GstP2PReader;

typedef enum
{
  GST_P2P_OUT_RESTART,          /* another run of the publisher: new segment */
  GST_P2P_OUT_CAPS,             /* caps */
  GST_P2P_OUT_EVENT,            /* event: tags or custom */
  GST_P2P_OUT_BUFFER,           /* buffer, pts, dts */
  GST_P2P_OUT_GAP,              /* pts, duration */
  GST_P2P_OUT_END
} GstP2POutType;

typedef struct
{
  GstP2POutType type;
  GstMiniObject *object;        /* GstCaps, GstEvent, GstBuffer; owned */
  gint64 pts, dts, duration;    /* source time, GST_CLOCK_STIME_NONE */
  gint64 clock;                 /* start of the chunk it came in */
  guint64 epoch;
  gboolean first;               /* BUFFER: first of its chunk */
} GstP2POut;

GstP2PReader *gst_p2p_reader_new (void);
void gst_p2p_reader_free (GstP2PReader * self);
/* Forgets everything: nothing that follows has to fit what came. */
void gst_p2p_reader_reset (GstP2PReader * self);
/* Borrows the item. FALSE and error: the stream can't be read at all. */
gboolean gst_p2p_reader_push (GstP2PReader * self, const GstP2PItem * item, GError ** error);
/* The next thing, NULL = push more. transfer full */
GstP2POut *gst_p2p_reader_pop (GstP2PReader * self);
/* transfer none */
const GstP2POut *gst_p2p_reader_peek (GstP2PReader * self);
void gst_p2p_out_free (GstP2POut * out);

/* What the current header says; flags are P2P_HEADER_*. */
guint8 gst_p2p_reader_get_flags (GstP2PReader * self);
gboolean gst_p2p_reader_restarts_at_zero (GstP2PReader * self);
/* The stream is for a demuxer, which needs it whole from the first byte on. */
gboolean gst_p2p_reader_is_container (GstP2PReader * self);
/* Goes on at the next join point at or after 'from': what is read before it is
 * dropped. Already popped things are the caller's. */
void gst_p2p_reader_skip_to (GstP2PReader * self, gint64 from);
/* Buffers left out because a piece of them was missing. */
guint64 gst_p2p_reader_get_dropped (GstP2PReader * self);

G_END_DECLS
#endif
