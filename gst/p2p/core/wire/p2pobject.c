/* gst-plugins-p2p
 *
 * This library is free software; you can redistribute it and/or
 * modify it under the terms of the GNU Lesser General Public
 * License as published by the Free Software Foundation; either
 * version 2.1 of the License, or (at your option) any later version.
 */
/* p2pobject.c: the signed objects: chunk envelope and stream header.
 *
 *   envelope: | flags 16 | generation 16 | stream 8 | records 8 |
 *             | join distance 16 | duration us 32 | base PTS ns 64 |
 *   header:   | version 8 | flags 8 | key generation 8 | K 8 | generation 16 |
 *             | reserved 16 | epoch 64 | chunk duration us 32 | bitrate 32 |
 *             | window ms 32 | first chunk 32 | TLV | TLV | ... |
 *   TLV:      | type 8 | length 24 | value |
 *
 * Owner: nobody, there is no state here. Thread: any.
 */
#include <string.h>

#include "p2pwireprivate.h"

#define HEADER_VERSION 1
#define HEADER_FIXED_LEN 32
#define HEADER_TLV_LEN 4        /* type and length */

typedef enum
{
  TLV_CAPS = 1,
  TLV_BUFFER = 2,               /* once for each buffer of streamheader */
  TLV_TAGS = 3,
  TLV_ICE = 4
} HeaderTlv;

P2pResult
p2p_chunk_envelope_get (const uint8_t * data, size_t len,
    P2pChunkEnvelope * out)
{
  P2pReader r;
  P2pChunkEnvelope e;

  p2p_reader_init (&r, data, len);
  if (!p2p_read_u16 (&r, &e.flags) || !p2p_read_u16 (&r, &e.generation)
      || !p2p_read_u8 (&r, &e.stream) || !p2p_read_u8 (&r, &e.records)
      || !p2p_read_u16 (&r, &e.join_distance)
      || !p2p_read_u32 (&r, &e.duration_us)
      || !p2p_read_u64 (&r, &e.base_pts_ns))
    return P2P_PROTOCOL;
  *out = e;
  return P2P_OK;
}

void
p2p_chunk_envelope_put (uint8_t out[P2P_CHUNK_ENVELOPE_LEN],
    const P2pChunkEnvelope * e)
{
  P2pWriter w;

  p2p_writer_init (&w, out, P2P_CHUNK_ENVELOPE_LEN);
  p2p_put_u16 (&w, e->flags);
  p2p_put_u16 (&w, e->generation);
  p2p_put_u8 (&w, e->stream);
  p2p_put_u8 (&w, e->records);
  p2p_put_u16 (&w, e->join_distance);
  p2p_put_u32 (&w, e->duration_us);
  p2p_put_u64 (&w, e->base_pts_ns);
}

static bool
get_fixed (P2pReader * r, P2pStreamHeader * h)
{
  uint16_t reserved;
  uint8_t version;

  return p2p_read_u8 (r, &version) && version == HEADER_VERSION
      && p2p_read_u8 (r, &h->flags) && p2p_read_u8 (r, &h->key_generation)
      && p2p_read_u8 (r, &h->k) && h->k > 0 && h->k <= P2P_MAX_SUBSTREAMS
      && p2p_read_u16 (r, &h->generation) && p2p_read_u16 (r, &reserved)
      && p2p_read_u64 (r, &h->epoch)
      && p2p_read_u32 (r, &h->chunk_duration_us)
      && p2p_read_u32 (r, &h->bitrate) && p2p_read_u32 (r, &h->window_ms)
      && p2p_read_u32 (r, &h->first_chunk);
}

static bool
take_once (const uint8_t ** field, uint32_t * field_len, const uint8_t * value,
    uint32_t len)
{
  if (*field != NULL)
    return false;
  *field = value;
  *field_len = len;
  return true;
}

static bool
get_tlv (P2pReader * r, P2pStreamHeader * h)
{
  const uint8_t *value;
  uint32_t word, len;

  if (!p2p_read_u32 (r, &word))
    return false;
  len = word & 0xffffff;
  if (!p2p_read_bytes (r, len, &value))
    return false;
  switch (word >> 24) {
    case TLV_CAPS:
      return take_once (&h->caps, &h->caps_len, value, len);
    case TLV_BUFFER:
      if (h->n_buffers == P2P_MAX_HEADER_BUFFERS)
        return false;
      h->buffer[h->n_buffers] = value;
      h->buffer_len[h->n_buffers++] = len;
      return true;
    case TLV_TAGS:
      return take_once (&h->tags, &h->tags_len, value, len);
    case TLV_ICE:
      return take_once (&h->ice, &h->ice_len, value, len);
    default:
      return true;
  }
}

P2pResult
p2p_stream_header_get (const uint8_t * data, size_t len, P2pStreamHeader * out)
{
  P2pStreamHeader h;
  P2pReader r;

  if (len > P2P_MAX_HEADER)
    return P2P_PROTOCOL;
  memset (&h, 0, sizeof (h));
  p2p_reader_init (&r, data, len);
  if (!get_fixed (&r, &h))
    return P2P_PROTOCOL;
  while (p2p_reader_left (&r) > 0) {
    if (!get_tlv (&r, &h))
      return P2P_PROTOCOL;
  }
  *out = h;
  return P2P_OK;
}

static void
put_tlv (P2pWriter * w, HeaderTlv type, const uint8_t * value, uint32_t len)
{
  if (len > P2P_MAX_HEADER) {
    p2p_wire_refuse (w);
    return;
  }
  p2p_put_u32 (w, (uint32_t) type << 24 | len);
  p2p_put_bytes (w, value, len);
}

void
p2p_stream_header_put (P2pWriter * w, const P2pStreamHeader * h)
{
  size_t start = w->len;
  unsigned i;

  if (h->k == 0 || h->k > P2P_MAX_SUBSTREAMS
      || h->n_buffers > P2P_MAX_HEADER_BUFFERS) {
    p2p_wire_refuse (w);
    return;
  }
  p2p_put_u8 (w, HEADER_VERSION);
  p2p_put_u8 (w, h->flags);
  p2p_put_u8 (w, h->key_generation);
  p2p_put_u8 (w, h->k);
  p2p_put_u16 (w, h->generation);
  p2p_put_u16 (w, 0);
  p2p_put_u64 (w, h->epoch);
  p2p_put_u32 (w, h->chunk_duration_us);
  p2p_put_u32 (w, h->bitrate);
  p2p_put_u32 (w, h->window_ms);
  p2p_put_u32 (w, h->first_chunk);
  if (h->caps_len > 0)
    put_tlv (w, TLV_CAPS, h->caps, h->caps_len);
  for (i = 0; i < h->n_buffers; i++)
    put_tlv (w, TLV_BUFFER, h->buffer[i], h->buffer_len[i]);
  if (h->tags_len > 0)
    put_tlv (w, TLV_TAGS, h->tags, h->tags_len);
  if (h->ice_len > 0)
    put_tlv (w, TLV_ICE, h->ice, h->ice_len);
  if (w->len - start > P2P_MAX_HEADER)
    p2p_wire_refuse (w);
}

size_t
p2p_stream_header_capacity (const P2pStreamHeader * h)
{
  size_t sum = HEADER_FIXED_LEN + 3 * HEADER_TLV_LEN;
  unsigned i;

  for (i = 0; i < h->n_buffers && i < P2P_MAX_HEADER_BUFFERS; i++)
    sum += HEADER_TLV_LEN + (size_t) h->buffer_len[i];
  return sum + h->caps_len + h->tags_len + h->ice_len;
}
