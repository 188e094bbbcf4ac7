/* gst-plugins-p2p
 *
 * This library is free software; you can redistribute it and/or
 * modify it under the terms of the GNU Lesser General Public
 * License as published by the Free Software Foundation; either
 * version 2.1 of the License, or (at your option) any later version.
 */
/* fuzz-codec.c: any bytes as a frame, a chunk or a stream header (KIND, set by
 * the build). What decodes is encoded again: that has to say the same, and be
 * the fixed point of another round.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../vectors/describe.h"

int LLVMFuzzerTestOneInput (const uint8_t * data, size_t size);

/* Writing again may spell out what a peer left to defaults. */
#define MAX_AGAIN (512 * 1024)

static char before[P2P_DESCRIBE_MAX], after[P2P_DESCRIBE_MAX];
static uint8_t again[MAX_AGAIN], twice[MAX_AGAIN];

static void
require (bool holds, const char *what)
{
  if (holds)
    return;
  fprintf (stderr, "%s\n%.2000s\n%.2000s\n", what, before, after);
  abort ();
}

/* A handshake of another addressing is read, but never written. */
static bool
may_be_unwritable (void)
{
  return KIND == P2P_VECTOR_FRAME && strstr (before, "\"addressing\":") != NULL;
}

int
LLVMFuzzerTestOneInput (const uint8_t * data, size_t size)
{
  size_t n, m;

  if (p2p_describe (KIND, data, size, before, sizeof (before)) == 0)
    return 0;
  n = p2p_reencode (KIND, data, size, again, sizeof (again));
  if (strncmp (before, "{\"error\"", 8) == 0) {
    require (n == 0, "written, though it does not decode");
    return 0;
  }
  if (n == 0) {
    require (may_be_unwritable (), "decodes, but can't be written");
    return 0;
  }
  p2p_describe (KIND, again, n, after, sizeof (after));
  require (strcmp (before, after) == 0,
      "says something else when written again");
  m = p2p_reencode (KIND, again, n, twice, sizeof (twice));
  require (m == n && memcmp (again, twice, n) == 0, "is no fixed point");
  return 0;
}
