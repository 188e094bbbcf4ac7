/* gst-plugins-p2p
 *
 * This library is free software; you can redistribute it and/or
 * modify it under the terms of the GNU Lesser General Public
 * License as published by the Free Software Foundation; either
 * version 2.1 of the License, or (at your option) any later version.
 */
/* p2pbytes.c: bounded reader and writer of big-endian numbers and blocks.
 *
 * Owner: the caller, both objects live on the stack. Thread: any.
 * Every decoder of remote bytes goes through the reader, so this is the one
 * place where a bound could be missed: each function compares what it needs
 * with what is left before it touches a byte.
 */
#include "p2pbytes.h"

#include <string.h>

/* 64 bits in groups of 7: nine full groups and one bit. */
#define VARINT_MAX_BYTES 10

void
p2p_reader_init (P2pReader * r, const uint8_t * data, size_t len)
{
  r->data = data;
  r->len = len;
  r->pos = 0;
}

size_t
p2p_reader_left (const P2pReader * r)
{
  return r->len - r->pos;
}

static bool
read_be (P2pReader * r, unsigned n, uint64_t * v)
{
  uint64_t sum = 0;
  unsigned i;

  if (p2p_reader_left (r) < n)
    return false;
  for (i = 0; i < n; i++)
    sum = sum << 8 | r->data[r->pos + i];
  r->pos += n;
  *v = sum;
  return true;
}

bool
p2p_read_u8 (P2pReader * r, uint8_t * v)
{
  if (p2p_reader_left (r) < 1)
    return false;
  *v = r->data[r->pos++];
  return true;
}

bool
p2p_read_u16 (P2pReader * r, uint16_t * v)
{
  uint64_t n;

  if (!read_be (r, 2, &n))
    return false;
  *v = (uint16_t) n;
  return true;
}

bool
p2p_read_u32 (P2pReader * r, uint32_t * v)
{
  uint64_t n;

  if (!read_be (r, 4, &n))
    return false;
  *v = (uint32_t) n;
  return true;
}

bool
p2p_read_u64 (P2pReader * r, uint64_t * v)
{
  return read_be (r, 8, v);
}

bool
p2p_read_bytes (P2pReader * r, size_t n, const uint8_t ** v)
{
  if (p2p_reader_left (r) < n)
    return false;
  *v = r->data + r->pos;
  r->pos += n;
  return true;
}

bool
p2p_read_varint (P2pReader * r, uint64_t * v)
{
  uint64_t sum = 0;
  size_t pos = r->pos;
  unsigned i;

  for (i = 0; i < VARINT_MAX_BYTES && pos < r->len; i++) {
    uint8_t byte = r->data[pos++];

    /* The tenth byte has room for the 64th bit only; a last byte of zero
     * after others would be a second spelling of the same number. */
    if (i == VARINT_MAX_BYTES - 1 && byte > 1)
      return false;
    sum |= (uint64_t) (byte & 0x7f) << (7 * i);
    if (byte & 0x80)
      continue;
    if (byte == 0 && i > 0)
      return false;
    r->pos = pos;
    *v = sum;
    return true;
  }
  return false;
}

bool
p2p_read_svarint (P2pReader * r, int64_t * v)
{
  uint64_t n, magnitude;

  if (!p2p_read_varint (r, &n))
    return false;
  /* Zigzag: 0 -1 1 -2 2 ...; -(magnitude) - 1 never overflows because
   * magnitude < 2^63. */
  magnitude = n >> 1;
  *v = n & 1 ? -(int64_t) magnitude - 1 : (int64_t) magnitude;
  return true;
}

void
p2p_writer_init (P2pWriter * w, uint8_t * data, size_t cap)
{
  w->data = data;
  w->cap = cap;
  w->len = 0;
  w->overflow = false;
}

bool
p2p_writer_ok (const P2pWriter * w)
{
  return !w->overflow;
}

static bool
reserve (P2pWriter * w, size_t n)
{
  if (w->overflow || w->cap - w->len < n)
    w->overflow = true;
  return !w->overflow;
}

static void
put_be (P2pWriter * w, unsigned n, uint64_t v)
{
  unsigned i;

  if (!reserve (w, n))
    return;
  for (i = 0; i < n; i++)
    w->data[w->len + i] = (uint8_t) (v >> (8 * (n - 1 - i)));
  w->len += n;
}

void
p2p_put_u8 (P2pWriter * w, uint8_t v)
{
  put_be (w, 1, v);
}

void
p2p_put_u16 (P2pWriter * w, uint16_t v)
{
  put_be (w, 2, v);
}

void
p2p_put_u32 (P2pWriter * w, uint32_t v)
{
  put_be (w, 4, v);
}

void
p2p_put_u64 (P2pWriter * w, uint64_t v)
{
  put_be (w, 8, v);
}

void
p2p_put_bytes (P2pWriter * w, const void *v, size_t n)
{
  if (n == 0 || !reserve (w, n))
    return;
  memcpy (w->data + w->len, v, n);
  w->len += n;
}

void
p2p_put_varint (P2pWriter * w, uint64_t v)
{
  uint8_t bytes[VARINT_MAX_BYTES];
  size_t n = 0;

  while (v > 0x7f) {
    bytes[n++] = (uint8_t) (v & 0x7f) | 0x80;
    v >>= 7;
  }
  bytes[n++] = (uint8_t) v;
  p2p_put_bytes (w, bytes, n);
}

void
p2p_put_svarint (P2pWriter * w, int64_t v)
{
  uint64_t twice = (uint64_t) v << 1;

  p2p_put_varint (w, v < 0 ? ~twice : twice);
}
