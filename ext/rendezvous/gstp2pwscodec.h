/* gst-plugins-p2p
 *
 * This library is free software; you can redistribute it and/or
 * modify it under the terms of the GNU Lesser General Public
 * License as published by the Free Software Foundation; either
 * version 2.1 of the License, or (at your option) any later version.
 */
/* gstp2pwscodec.h: WebSocket frames of the server's side, by wslay.
 *
 * wslay knows frames, fragments, masks, pings, limits and the closing
 * handshake. Its context holds two buffers of 4 KiB; one for every peer would
 * break the budget of a peer's memory. So a codec lends its contexts: who sends
 * whole messages uses the common one, and only who stopped in mid-message keeps
 * a context (a decoder) of its own until the message is whole.
 *
 * Thread: one.
 */
#ifndef GST_P2P_WS_CODEC_H
#define GST_P2P_WS_CODEC_H

#include <glib.h>

G_BEGIN_DECLS

#define GST_P2P_WS_CLOSE_NORMAL 1000
#define GST_P2P_WS_CLOSE_GOING_AWAY 1001
#define GST_P2P_WS_CLOSE_PROTOCOL 1002
#define GST_P2P_WS_CLOSE_POLICY 1008
#define GST_P2P_WS_CLOSE_TOO_BIG 1009

typedef struct _GstP2PWsCodec GstP2PWsCodec;
typedef struct _GstP2PWsDecoder GstP2PWsDecoder;

/* What the bytes of an owner say. FALSE: enough of it, it may even be gone
 * (decoder_release() was called then). */
typedef struct
{
  /* A whole text or binary message; text is valid UTF-8. */
  gboolean (*message) (gpointer owner, const gchar * data, gsize len);
  /* A ping or a fragment: costs the same as a message. */
  gboolean (*counted) (gpointer owner);
} GstP2PWsCodecCallbacks;

typedef enum
{
  GST_P2P_WS_GO_ON,
  GST_P2P_WS_STOPPED,           /* by a callback */
  GST_P2P_WS_CLOSED,            /* the reply ends with a close frame */
  GST_P2P_WS_BROKEN             /* not WebSocket: close with 1002 */
} GstP2PWsResult;

GstP2PWsCodec *gst_p2p_ws_codec_new (const GstP2PWsCodecCallbacks * callbacks, gsize max_message);
void gst_p2p_ws_codec_free (GstP2PWsCodec * codec);
/* For messages from now on; longer ones are answered with a close, 1009. */
void gst_p2p_ws_codec_set_max_message (GstP2PWsCodec * codec, gsize bytes);

/* Takes bytes of owner apart. *decoder is what it kept from the last time, NULL
 * = nothing, and is set anew; reply is set to the frames to be sent back (pongs,
 * close) and may be emptied and used by the callbacks. After STOPPED neither
 * owner nor *decoder have been touched: they may be gone. */
GstP2PWsResult gst_p2p_ws_codec_decode (GstP2PWsCodec * codec, GstP2PWsDecoder ** decoder, gpointer owner, const guint8 * data, gsize len, GByteArray * reply);
/* Its owner goes, maybe inside a callback. NULL is taken. */
void gst_p2p_ws_decoder_release (GstP2PWsDecoder * decoder);

/* Appends one frame to out. */
void gst_p2p_ws_codec_put_text (GstP2PWsCodec * codec, GByteArray * out, const gchar * text, gsize len);
void gst_p2p_ws_codec_put_ping (GstP2PWsCodec * codec, GByteArray * out);
void gst_p2p_ws_codec_put_close (GByteArray * out, guint16 code, const gchar * reason);

G_END_DECLS
#endif
