/* gst-plugins-p2p
 *
 * This library is free software; you can redistribute it and/or
 * modify it under the terms of the GNU Lesser General Public
 * License as published by the Free Software Foundation; either
 * version 2.1 of the License, or (at your option) any later version.
 */
/* p2psoon.h: what will be read soon is asked of the memory ahead.
 *
 * A function that does nothing else has no effect as compilers see it, and its calls
 * are left out, unless something in it is volatile.
 */
#ifndef P2P_SOON_H
#define P2P_SOON_H

#include "p2plines.h"

#include <stdint.h>

#if defined __GNUC__ && defined __x86_64__ && !defined __clang__
/* One instruction: the address is not worked out in another one. clang can't write
 * every address so, and a "m" operand would say that the pointer is never NULL. */
#define P2P_SOON(p) __asm__ volatile ("prefetcht0 %a0" : : "p" (p))
#elif defined __GNUC__
#define P2P_SOON(p) do { \
    __builtin_prefetch (p); \
    __asm__ volatile ("" : : "r" (p)); \
  } while (0)
#else
#define P2P_SOON(p) ((void) (p))
#endif

/* So many lines. Of a number that the compiler knows no loop is left. */
static inline void
p2p_soon_lines (const void *first, unsigned n)
{
  const char *p = first;

  for (unsigned i = 0; i < n; i++)
    P2P_SOON (p + i * P2P_LINE);
}

/* All lines that have some of these bytes. */
static inline void
p2p_soon_bytes (const void *first, size_t bytes)
{
  const char *p = (const char *) ((uintptr_t) first / P2P_LINE * P2P_LINE),
      *end = (const char *) first + bytes;

  for (; p < end; p += P2P_LINE)
    P2P_SOON (p);
}

#endif /* P2P_SOON_H */
