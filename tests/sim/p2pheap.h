/* gst-plugins-p2p
 *
 * This library is free software; you can redistribute it and/or
 * modify it under the terms of the GNU Lesser General Public
 * License as published by the Free Software Foundation; either
 * version 2.1 of the License, or (at your option) any later version.
 */
/* p2pheap.h: counts what the core allocates, node by node.
 *
 * Programs of the simulator are linked with --wrap=malloc and friends; while
 * p2p_heap_owner points to a counter every block taken or given back counts
 * there, with the size the C library really made it. Thread: the simulator's.
 */
#ifndef P2P_HEAP_H
#define P2P_HEAP_H

#include <stdint.h>

extern int64_t *p2p_heap_owner;         /* NULL: nobody's */

#endif /* P2P_HEAP_H */
