/* gst-plugins-p2p
 *
 * This library is free software; you can redistribute it and/or
 * modify it under the terms of the GNU Lesser General Public
 * License as published by the Free Software Foundation; either
 * version 2.1 of the License, or (at your option) any later version.
 */
/* describe.h: what a block of the wire format says, as JSON text, and the same
 * block written again from what was read.
 *
 * Plain C like the core, for it runs wherever the core runs: in the C tests, in
 * the fuzz targets and, as WebAssembly, under Node. 64-bit numbers are decimal
 * strings (JSON numbers are doubles), blocks of bytes are hex.
 */
#ifndef P2P_DESCRIBE_H
#define P2P_DESCRIBE_H

#include "../../gst/p2p/core/base/p2pbytes.h"

typedef enum
{
  P2P_VECTOR_FRAME = 0,         /* channel id and messages */
  P2P_VECTOR_CHUNK = 1,         /* envelope and records */
  P2P_VECTOR_STREAM_HEADER = 2,
  P2P_VECTOR_SIGN_PREFIX = 3
} P2pVectorKind;

/* The largest text: every byte of a stream header as two digits, twice over. */
#define P2P_DESCRIBE_MAX (4 * 256 * 1024)

/* Writes a terminated text and returns its length; 0 when it does not fit.
 * Bytes that break the protocol are {"error":"protocol"}. */
size_t p2p_describe (P2pVectorKind kind, const uint8_t * data, size_t len,
    char *out, size_t cap);
/* Decodes and encodes again. Returns the length, 0 when the bytes break the
 * protocol or out is too small. */
size_t p2p_reencode (P2pVectorKind kind, const uint8_t * data, size_t len,
    uint8_t * out, size_t cap);

#endif /* P2P_DESCRIBE_H */
