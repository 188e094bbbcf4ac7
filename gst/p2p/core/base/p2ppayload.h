/* gst-plugins-p2p
 *
 * This library is free software; you can redistribute it and/or
 * modify it under the terms of the GNU Lesser General Public
 * License as published by the Free Software Foundation; either
 * version 2.1 of the License, or (at your option) any later version.
 */
/* p2ppayload.h: an opaque, reference-counted block of bytes and a view into it.
 *
 * The host makes payloads (around a GBytes, a malloc block, or, in the
 * simulator, one 20-byte block that stands for 15 KB); the core counts
 * references and never copies. Not thread safe: one swarm and its payloads
 * belong to one thread. A host that hands bytes to another thread takes a
 * reference of its own kind (g_bytes_ref) first.
 */
#ifndef P2P_PAYLOAD_H
#define P2P_PAYLOAD_H

#include "p2ptypes.h"

typedef struct P2pPayload P2pPayload;

struct P2pPayload
{
  uint32_t refs;                /* owner count, starts at 1 */
  uint32_t len;                 /* bytes this block stands for */
  uint32_t stored;              /* bytes really present at data, <= len; less
                                 * than len in the simulator only */
  const uint8_t *data;
  void (*destroy) (P2pPayload * self);  /* called when refs reaches 0 */
  void *host;                   /* the host's own (e.g. a GBytes) */
};

/* A view: borrowed unless the function that gives it says otherwise. */
typedef struct
{
  P2pPayload *payload;          /* NULL for the empty slice */
  uint32_t offset;
  uint32_t len;
} P2pSlice;

P2pPayload *p2p_payload_ref (P2pPayload * self);
void p2p_payload_unref (P2pPayload * self);     /* NULL is allowed */

/* A payload in one malloc block that holds a copy of the bytes.
 * NULL when memory runs out. */
P2pPayload *p2p_payload_new_copy (const uint8_t * data, uint32_t len);

/* Bytes of the slice that are present, and how many (may be fewer than
 * slice.len in the simulator). */
const uint8_t *p2p_slice_data (P2pSlice slice, uint32_t * stored);
/* A smaller view; clamped to the slice. Takes no reference. */
P2pSlice p2p_slice_sub (P2pSlice slice, uint32_t offset, uint32_t len);

#endif /* P2P_PAYLOAD_H */
