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

#ifdef __GNUC__
#define P2P_SOON(p) do { \
    __builtin_prefetch (p); \
    __asm__ volatile ("" : : "r" (p)); \
  } while (0)
#else
#define P2P_SOON(p) ((void) (p))
#endif

#endif /* P2P_SOON_H */
