/* gst-plugins-p2p
 *
 * This library is free software; you can redistribute it and/or
 * modify it under the terms of the GNU Lesser General Public
 * License as published by the Free Software Foundation; either
 * version 2.1 of the License, or (at your option) any later version.
 */
/* p2pframes.c: the bytes of a frame on its way. */
#include "p2pworldpriv.h"
#include "p2pheap.h"

#include <stdlib.h>
#include <string.h>

#define FRAME_BLOCK 256         /* a chunk's frame: 48 + 102 + 32 B */

static void
destroy_frame (P2pPayload * payload)
{
  P2pWorld *w = payload->host;
  int64_t *owner = p2p_heap_owner;

  if (payload->stored + sizeof *payload > FRAME_BLOCK) {
    p2p_heap_owner = NULL;      /* it was never the core's */
    free (payload);
    p2p_heap_owner = owner;
    return;
  }
  *(void **) payload = w->free_frames;
  w->free_frames = payload;
}

P2pPayload *
p2p_frame_new (P2pWorld * w, const uint8_t * head, uint32_t head_len,
    P2pSlice body)
{
  uint32_t stored;
  const uint8_t *bytes = p2p_slice_data (body, &stored);
  uint32_t size = (uint32_t) sizeof (P2pPayload) + head_len + stored;
  int64_t *owner = p2p_heap_owner;
  P2pPayload *p;

  p2p_heap_owner = NULL;
  if (size <= FRAME_BLOCK && w->free_frames) {
    p = w->free_frames;
    w->free_frames = *(void **) p;
  } else {
    p = malloc (size <= FRAME_BLOCK ? FRAME_BLOCK : size);
    if (p == NULL)
      abort ();
  }
  p2p_heap_owner = owner;
  p->refs = 1;
  p->len = head_len + body.len;
  p->stored = head_len + stored;
  p->data = (uint8_t *) (p + 1);
  p->destroy = destroy_frame;
  p->host = w;
  if (head_len)
    memcpy (p + 1, head, head_len);
  if (stored)
    memcpy ((uint8_t *) (p + 1) + head_len, bytes, stored);
  return p;
}

void
p2p_frames_free (P2pWorld * w)
{
  while (w->free_frames) {
    void *next = *(void **) w->free_frames;

    free (w->free_frames);
    w->free_frames = next;
  }
}
