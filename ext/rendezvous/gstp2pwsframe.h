/* gst-plugins-p2p
 *
 * This library is free software; you can redistribute it and/or
 * modify it under the terms of the GNU Lesser General Public
 * License as published by the Free Software Foundation; either
 * version 2.1 of the License, or (at your option) any later version.
 */
/* gstp2pwsframe.h: WebSocket frames (RFC 6455 section 5), the server's side.
 *
 *  0               1               2               3
 *  F R R R opcode  M length        extended length (16 or 64 bits)
 *  masking key (a client's frames only), then the payload
 *
 * Pure functions over bytes, any thread.
 */
#ifndef GST_P2P_WS_FRAME_H
#define GST_P2P_WS_FRAME_H

#include <glib.h>

G_BEGIN_DECLS

#define GST_P2P_WS_MAX_HEAD 14
#define GST_P2P_WS_MAX_CONTROL 125      /* bytes of a control frame's payload */

typedef enum
{
  GST_P2P_WS_CONTINUATION = 0,
  GST_P2P_WS_TEXT = 1,
  GST_P2P_WS_BINARY = 2,
  GST_P2P_WS_CLOSE = 8,
  GST_P2P_WS_PING = 9,
  GST_P2P_WS_PONG = 10
} GstP2PWsOpcode;

typedef struct
{
  gboolean fin;
  GstP2PWsOpcode opcode;
  guint8 *payload;              /* in the caller's bytes, unmasked */
  gsize len;
} GstP2PWsFrame;

typedef enum
{
  GST_P2P_WS_FRAME_OK,
  GST_P2P_WS_FRAME_MORE,        /* not all of it is there */
  GST_P2P_WS_FRAME_BROKEN,      /* close with 1002 */
  GST_P2P_WS_FRAME_TOO_BIG      /* close with 1009, known from the head alone */
} GstP2PWsFrameResult;

/* Takes the client's frame at the front of data apart; *used = its bytes. The
 * payload is unmasked in place, once. */
GstP2PWsFrameResult gst_p2p_ws_frame_parse (guint8 * data, gsize len, gsize max_payload, GstP2PWsFrame * frame, gsize * used);
/* The head of an unmasked frame; returns its length. */
gsize gst_p2p_ws_frame_head (guint8 head[GST_P2P_WS_MAX_HEAD], GstP2PWsOpcode opcode, gsize len);

G_END_DECLS
#endif
