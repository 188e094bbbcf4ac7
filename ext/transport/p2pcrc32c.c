/* gst-plugins-p2p
 *
 * This library is free software; you can redistribute it and/or
 * modify it under the terms of the GNU Lesser General Public
 * License as published by the Free Software Foundation; either
 * version 2.1 of the License, or (at your option) any later version.
 */
/* p2pcrc32c.c: see p2pcrc32c.h. The tables are made once, on first use. */
#include "p2pcrc32c.h"

#include <glib.h>
#include <string.h>

#if defined (__x86_64__)
#include <nmmintrin.h>
#define HAVE_CRC_INSTRUCTION 1
#endif

/* Castagnoli polynomial 0x1EDC6F41, bits reflected. */
#define POLYNOMIAL 0x82f63b78u
#define CHECKSUM_OFFSET 8

static uint32_t table[8][256];

static void
make_tables (void)
{
  uint32_t i, j, c;

  for (i = 0; i < 256; i++) {
    c = i;
    for (j = 0; j < 8; j++) {
      c = (c >> 1) ^ (c & 1 ? POLYNOMIAL : 0);
    }
    table[0][i] = c;
  }
  for (i = 0; i < 256; i++) {
    for (j = 1; j < 8; j++) {
      c = table[j - 1][i];
      table[j][i] = table[0][c & 0xff] ^ (c >> 8);
    }
  }
}

static inline uint32_t
load_le32 (const uint8_t * p)
{
  return (uint32_t) p[0] | (uint32_t) p[1] << 8 | (uint32_t) p[2] << 16
      | (uint32_t) p[3] << 24;
}

uint32_t
p2p_crc32c_portable (const void *data, size_t len)
{
  static gsize once = 0;
  const uint8_t *p = data;
  uint32_t c = 0xffffffffu;

  if (g_once_init_enter (&once)) {
    make_tables ();
    g_once_init_leave (&once, 1);
  }
  for (; len >= 8; len -= 8, p += 8) {
    uint32_t a = c ^ load_le32 (p);
    uint32_t b = load_le32 (p + 4);

    c = table[7][a & 0xff] ^ table[6][a >> 8 & 0xff]
        ^ table[5][a >> 16 & 0xff] ^ table[4][a >> 24]
        ^ table[3][b & 0xff] ^ table[2][b >> 8 & 0xff]
        ^ table[1][b >> 16 & 0xff] ^ table[0][b >> 24];
  }
  for (; len > 0; len--) {
    c = table[0][(c ^ *p++) & 0xff] ^ (c >> 8);
  }
  return ~c;
}

#ifdef HAVE_CRC_INSTRUCTION
__attribute__((target ("sse4.2")))
     static uint32_t crc_by_instruction (const void *data, size_t len)
{
  const uint8_t *p = data;
  uint64_t c = 0xffffffffu;
  uint64_t word;

  for (; len >= 8; len -= 8, p += 8) {
    memcpy (&word, p, 8);
    c = _mm_crc32_u64 (c, word);
  }
  for (; len > 0; len--) {
    c = _mm_crc32_u8 ((uint32_t) c, *p++);
  }
  return ~(uint32_t) c;
}
#endif

uint32_t
p2p_crc32c (const void *data, size_t len)
{
#ifdef HAVE_CRC_INSTRUCTION
  if (__builtin_cpu_supports ("sse4.2")) {
    return crc_by_instruction (data, len);
  }
#endif
  return p2p_crc32c_portable (data, len);
}

void
p2p_crc32c_stamp (uint8_t * packet, size_t len)
{
  uint32_t c;

  memset (packet + CHECKSUM_OFFSET, 0, 4);
  c = p2p_crc32c (packet, len);
  packet[CHECKSUM_OFFSET] = (uint8_t) c;
  packet[CHECKSUM_OFFSET + 1] = (uint8_t) (c >> 8);
  packet[CHECKSUM_OFFSET + 2] = (uint8_t) (c >> 16);
  packet[CHECKSUM_OFFSET + 3] = (uint8_t) (c >> 24);
}
