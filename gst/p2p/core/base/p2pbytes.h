/* gst-plugins-p2p
 *
 * This library is free software; you can redistribute it and/or
 * modify it under the terms of the GNU Lesser General Public
 * License as published by the Free Software Foundation; either
 * version 2.1 of the License, or (at your option) any later version.
 */
/* p2pbytes.h: bounded reader and writer of big-endian numbers and blocks. */
#ifndef P2P_BYTES_H
#define P2P_BYTES_H

#include "p2ptypes.h"

typedef struct
{
  const uint8_t *data;
  size_t len, pos;
} P2pReader;

/* overflow is sticky: after the first put that does not fit nothing is
 * written any more and p2p_writer_ok() is false. */
typedef struct
{
  uint8_t *data;
  size_t cap, len;
  bool overflow;
} P2pWriter;

void p2p_reader_init (P2pReader * r, const uint8_t * data, size_t len);
size_t p2p_reader_left (const P2pReader * r);
/* Each returns false and moves nothing when too little is left. */
bool p2p_read_u8 (P2pReader * r, uint8_t * v);
bool p2p_read_u16 (P2pReader * r, uint16_t * v);
bool p2p_read_u32 (P2pReader * r, uint32_t * v);
bool p2p_read_u64 (P2pReader * r, uint64_t * v);
bool p2p_read_bytes (P2pReader * r, size_t n, const uint8_t ** v);
/* LEB128, at most 10 bytes, no overlong encodings */
bool p2p_read_varint (P2pReader * r, uint64_t * v);
bool p2p_read_svarint (P2pReader * r, int64_t * v);     /* zigzag */

void p2p_writer_init (P2pWriter * w, uint8_t * data, size_t cap);
bool p2p_writer_ok (const P2pWriter * w);
void p2p_put_u8 (P2pWriter * w, uint8_t v);
void p2p_put_u16 (P2pWriter * w, uint16_t v);
void p2p_put_u32 (P2pWriter * w, uint32_t v);
void p2p_put_u64 (P2pWriter * w, uint64_t v);
void p2p_put_bytes (P2pWriter * w, const void *v, size_t n);
void p2p_put_varint (P2pWriter * w, uint64_t v);
void p2p_put_svarint (P2pWriter * w, int64_t v);

#endif /* P2P_BYTES_H */
