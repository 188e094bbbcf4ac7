/* gst-plugins-p2p
 *
 * This library is free software; you can redistribute it and/or
 * modify it under the terms of the GNU Lesser General Public
 * License as published by the Free Software Foundation; either
 * version 2.1 of the License, or (at your option) any later version.
 */
/* p2pheap.c: the wrapped allocator (see p2pheap.h). */
#include "p2pheap.h"

#include <malloc.h>
#include <stddef.h>

int64_t *p2p_heap_owner;

void *__real_malloc (size_t size);
void *__real_calloc (size_t n, size_t size);
void *__real_realloc (void *block, size_t size);
void __real_free (void *block);
void *__wrap_malloc (size_t size);
void *__wrap_calloc (size_t n, size_t size);
void *__wrap_realloc (void *block, size_t size);
void __wrap_free (void *block);

static void
count (void *block, int sign)
{
  if (p2p_heap_owner && block)
    *p2p_heap_owner += sign * (int64_t) malloc_usable_size (block);
}

void *
__wrap_malloc (size_t size)
{
  void *block = __real_malloc (size);

  count (block, 1);
  return block;
}

void *
__wrap_calloc (size_t n, size_t size)
{
  void *block = __real_calloc (n, size);

  count (block, 1);
  return block;
}

void *
__wrap_realloc (void *block, size_t size)
{
  count (block, -1);
  block = __real_realloc (block, size);
  count (block, 1);
  return block;
}

void
__wrap_free (void *block)
{
  count (block, -1);
  __real_free (block);
}
