/* gst-plugins-p2p
 *
 * This library is free software; you can redistribute it and/or
 * modify it under the terms of the GNU Lesser General Public
 * License as published by the Free Software Foundation; either
 * version 2.1 of the License, or (at your option) any later version.
 */
/* gstp2pwsframe.c: see gstp2pwsframe.h. */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include <string.h>

#include "gstp2pwsframe.h"

#define FIN 0x80
#define RESERVED 0x70
#define MASKED 0x80
#define LENGTH 0x7f
#define LENGTH_16 126
#define LENGTH_64 127
#define MASK_LEN 4

static gboolean
opcode_is_known (guint opcode)
{
  return opcode <= GST_P2P_WS_BINARY || (opcode >= GST_P2P_WS_CLOSE
      && opcode <= GST_P2P_WS_PONG);
}

static guint64
read_be (const guint8 * data, guint n)
{
  guint64 value = 0;

  while (n-- > 0)
    value = value << 8 | *data++;
  return value;
}

/* Eight bytes at a time; the mask repeats every four. */
static void
unmask (guint8 * payload, gsize len, const guint8 mask[MASK_LEN])
{
  guint64 wide;
  gsize i;

  memcpy (&wide, mask, MASK_LEN);
  memcpy ((guint8 *) & wide + MASK_LEN, mask, MASK_LEN);
  for (i = 0; i + 8 <= len; i += 8) {
    guint64 block;

    memcpy (&block, payload + i, 8);
    block ^= wide;
    memcpy (payload + i, &block, 8);
  }
  for (; i < len; i++)
    payload[i] ^= mask[i % MASK_LEN];
}

GstP2PWsFrameResult
gst_p2p_ws_frame_parse (guint8 * data, gsize len, gsize max_payload,
    GstP2PWsFrame * frame, gsize * used)
{
  gsize head = 2;
  guint64 payload;

  if (len < head)
    return GST_P2P_WS_FRAME_MORE;
  frame->fin = (data[0] & FIN) != 0;
  frame->opcode = data[0] & 15;
  payload = data[1] & LENGTH;
  if ((data[0] & RESERVED) != 0 || !opcode_is_known (frame->opcode)
      || (data[1] & MASKED) == 0)
    return GST_P2P_WS_FRAME_BROKEN;
  if (frame->opcode >= GST_P2P_WS_CLOSE
      && (!frame->fin || payload > GST_P2P_WS_MAX_CONTROL))
    return GST_P2P_WS_FRAME_BROKEN;
  if (payload == LENGTH_16 || payload == LENGTH_64) {
    guint n = payload == LENGTH_16 ? 2 : 8;

    if (len < head + n)
      return GST_P2P_WS_FRAME_MORE;
    payload = read_be (data + head, n);
    head += n;
  }
  if (payload > max_payload)
    return GST_P2P_WS_FRAME_TOO_BIG;
  if (len < head + MASK_LEN + payload)
    return GST_P2P_WS_FRAME_MORE;
  frame->payload = data + head + MASK_LEN;
  frame->len = payload;
  unmask (frame->payload, frame->len, data + head);
  *used = head + MASK_LEN + payload;
  return GST_P2P_WS_FRAME_OK;
}

gsize
gst_p2p_ws_frame_head (guint8 head[GST_P2P_WS_MAX_HEAD],
    GstP2PWsOpcode opcode, gsize len)
{
  guint i;

  head[0] = FIN | opcode;
  if (len < LENGTH_16) {
    head[1] = len;
    return 2;
  }
  if (len <= G_MAXUINT16) {
    head[1] = LENGTH_16;
    head[2] = len >> 8;
    head[3] = len & 0xff;
    return 4;
  }
  head[1] = LENGTH_64;
  for (i = 0; i < 8; i++)
    head[2 + i] = (guint8) ((guint64) len >> (56 - 8 * i));
  return 10;
}
