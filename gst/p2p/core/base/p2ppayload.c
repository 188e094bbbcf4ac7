/* gst-plugins-p2p
 *
 * This library is free software; you can redistribute it and/or
 * modify it under the terms of the GNU Lesser General Public
 * License as published by the Free Software Foundation; either
 * version 2.1 of the License, or (at your option) any later version.
 */
/* p2ppayload.c: reference counting of payload blocks and views into them.
 *
 * Owner: whoever holds a reference. Thread: the one that owns the swarm; the
 * count is not atomic on purpose.
 */
#include "p2ppayload.h"

#include <stdlib.h>
#include <string.h>

P2pPayload *
p2p_payload_ref (P2pPayload * self)
{
  self->refs++;
  return self;
}

void
p2p_payload_unref (P2pPayload * self)
{
  if (self == NULL || --self->refs > 0)
    return;
  self->destroy (self);
}

static void
destroy_copy (P2pPayload * self)
{
  free (self);
}

P2pPayload *
p2p_payload_new_copy (const uint8_t * data, uint32_t len)
{
  P2pPayload *self;
  uint8_t *bytes;
  size_t size = sizeof (P2pPayload) + len;

  /* wraps where size_t has 32 bits */
  if (size < len)
    return NULL;
  self = malloc (size);
  if (self == NULL)
    return NULL;
  bytes = (uint8_t *) (self + 1);
  if (len > 0)
    memcpy (bytes, data, len);
  self->refs = 1;
  self->len = len;
  self->stored = len;
  self->data = bytes;
  self->destroy = destroy_copy;
  self->host = NULL;
  return self;
}

const uint8_t *
p2p_slice_data (P2pSlice slice, uint32_t * stored)
{
  uint32_t there = 0;

  if (slice.payload != NULL && slice.offset < slice.payload->stored) {
    there = slice.payload->stored - slice.offset;
    if (there > slice.len)
      there = slice.len;
  }
  if (stored != NULL)
    *stored = there;
  return there > 0 ? slice.payload->data + slice.offset : NULL;
}

P2pSlice
p2p_slice_sub (P2pSlice slice, uint32_t offset, uint32_t len)
{
  if (offset > slice.len)
    offset = slice.len;
  if (len > slice.len - offset)
    len = slice.len - offset;
  slice.offset += offset;
  slice.len = len;
  return slice;
}
