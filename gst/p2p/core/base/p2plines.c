/* gst-plugins-p2p
 *
 * This library is free software; you can redistribute it and/or
 * modify it under the terms of the GNU Lesser General Public
 * License as published by the Free Software Foundation; either
 * version 2.1 of the License, or (at your option) any later version.
 */
/* p2plines.c: a block that is a line longer; where it begins is written before what is
 * handed out. */
#include "p2plines.h"

#include <stdint.h>
#include <stdlib.h>

void *
p2p_lines_new (size_t size)
{
  char *block = calloc (1, size + P2P_LINE);
  uintptr_t skip;
  void **p;

  if (!block)
    return NULL;
  /* malloc() aligns for a pointer, so that there is always room for one */
  skip = P2P_LINE - (uintptr_t) block % P2P_LINE;
  p = (void **) (void *) (block + skip);
  p[-1] = block;
  return p;
}

void
p2p_lines_free (void *p)
{
  if (p)
    free (((void **) p)[-1]);
}
