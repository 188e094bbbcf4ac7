/* gst-plugins-p2p
 *
 * This library is free software; you can redistribute it and/or
 * modify it under the terms of the GNU Lesser General Public
 * License as published by the Free Software Foundation; either
 * version 2.1 of the License, or (at your option) any later version.
 */
/* compare.h: does what a listener recorded stand in the broadcast?
 *
 * Plain functions over bytes, no state, any thread.
 */
#ifndef P2P_DEMO_COMPARE_H
#define P2P_DEMO_COMPARE_H

#include <glib.h>

G_BEGIN_DECLS

/* MP3: whole frames are compared. The recording is one contiguous run of the
 * broadcast exactly if lost, repeated, foreign and junk are all 0 and frames
 * is not. */
typedef struct
{
  gsize frames;                 /* whole frames in the recording */
  gsize first;                  /* broadcast frame that is the recording's first */
  gsize tail;                   /* broadcast frames behind the recording's last */
  gsize lost;                   /* frames left out inside the recording */
  gsize repeated;               /* frames that came again */
  gsize foreign;                /* frames the broadcast does not have there */
  gsize junk;                   /* bytes outside of frames, a cut last frame excepted */
} DemoMp3Result;

void demo_compare_mp3 (const guint8 * sent, gsize sent_len, const guint8 * got, gsize got_len, DemoMp3Result * result);
gboolean demo_mp3_is_contiguous (const DemoMp3Result * result);

/* Containers: the recording must be the stream header (header_len may be 0)
 * and one piece of the broadcast, or only a piece of the broadcast. */
typedef struct
{
  gboolean contiguous;
  gsize media;                  /* bytes behind the header */
  gsize first;                  /* offset of the piece in the broadcast */
  gsize matched;                /* bytes that agree before the first difference */
  gsize tail;                   /* broadcast bytes behind the piece */
} DemoBytesResult;

void demo_compare_bytes (const guint8 * sent, gsize sent_len, const guint8 * header, gsize header_len, const guint8 * got, gsize got_len, DemoBytesResult * result);

/* Length of the MPEG audio layer III frame at data, 0 = there is none. */
gsize demo_mp3_frame_length (const guint8 * data, gsize len);

G_END_DECLS
#endif
