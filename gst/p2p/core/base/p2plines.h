/* gst-plugins-p2p
 *
 * This library is free software; you can redistribute it and/or
 * modify it under the terms of the GNU Lesser General Public
 * License as published by the Free Software Foundation; either
 * version 2.1 of the License, or (at your option) any later version.
 */
/* p2plines.h: memory that begins with a line of the processor's cache, so that what is
 * laid out by lines is read by lines.
 */
#ifndef P2P_LINES_H
#define P2P_LINES_H

#include <stddef.h>

#define P2P_LINE 64u

/* Zeroed; NULL: there is none. */
void *p2p_lines_new (size_t size);
/* NULL: nothing. */
void p2p_lines_free (void *p);

#endif /* P2P_LINES_H */
