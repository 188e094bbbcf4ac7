/* gst-plugins-p2p
 *
 * This library is free software; you can redistribute it and/or
 * modify it under the terms of the GNU Lesser General Public
 * License as published by the Free Software Foundation; either
 * version 2.1 of the License, or (at your option) any later version.
 */
/* p2pprefix.c: the network that an address belongs to.
 *
 * Owner: nobody, there is no state here. Thread: any.
 */
#include "p2pprefix.h"

#include <string.h>

static bool
is_local4 (const uint8_t a[4])
{
  return a[0] == 0 || a[0] == 10 || a[0] == 127
      || (a[0] == 100 && (a[1] & 0xc0) == 64)
      || (a[0] == 169 && a[1] == 254)
      || (a[0] == 172 && (a[1] & 0xf0) == 16)
      || (a[0] == 192 && a[1] == 168);
}

static bool
is_local6 (const uint8_t a[16])
{
  static const uint8_t zero[15];

  return (memcmp (a, zero, 15) == 0 && a[15] <= 1)
      || (a[0] & 0xfe) == 0xfc || (a[0] == 0xfe && (a[1] & 0xc0) == 0x80);
}

/* The IPv4 address within, or NULL. */
static const uint8_t *
inner4 (const uint8_t a[16])
{
  static const uint8_t mapped[12] = {[10] = 0xff,[11] = 0xff };
  static const uint8_t nat64[12] = { 0, 0x64, 0xff, 0x9b };

  if (memcmp (a, mapped, 12) == 0 || memcmp (a, nat64, 12) == 0)
    return a + 12;
  return a[0] == 0x20 && a[1] == 0x02 ? a + 2 : NULL;
}

static uint32_t
hash (const uint8_t * bytes, size_t n)
{
  /* FNV-1a, 32 bits */
  uint32_t h = UINT32_C (2166136261);

  for (size_t i = 0; i < n; i++)
    h = (h ^ bytes[i]) * UINT32_C (16777619);
  return h ? h : 1;
}

uint32_t
p2p_prefix_of (const uint8_t * address, size_t len)
{
  const uint8_t *a4 = len == 4 ? address : len == 16 ? inner4 (address) : NULL;

  if (a4)
    return is_local4 (a4) ? 0 : hash (a4, 3);
  if (len != 16 || is_local6 (address))
    return 0;
  return hash (address, 6);
}
