/* gst-plugins-p2p
 *
 * This library is free software; you can redistribute it and/or
 * modify it under the terms of the GNU Lesser General Public
 * License as published by the Free Software Foundation; either
 * version 2.1 of the License, or (at your option) any later version.
 */
/* p2precord.h: media records, the content of a chunk after its envelope.
 *
 * A record is a buffer, a part of one, an event or tags, a gap, or the end of
 * the stream. Unknown kinds are skipped by their length. The common case
 * "starts where the last ended, same duration, no DTS, same flags" costs 3
 * bytes; runs of such records with equal size are run-length coded.
 * docs/protocol/wire.md has the drawing.
 */
#ifndef P2P_RECORD_H
#define P2P_RECORD_H

#include "../base/p2pbytes.h"

typedef enum
{
  P2P_RECORD_BUFFER = 0,        /* a whole buffer */
  P2P_RECORD_PART = 1,          /* part of a buffer that spans chunks */
  P2P_RECORD_EVENT = 2,         /* UTF-8 structure (custom downstream event) */
  P2P_RECORD_TAGS = 3,          /* UTF-8 tag list */
  P2P_RECORD_GAP = 4,
  P2P_RECORD_EOS = 5
} P2pRecordKind;                /* 6 and 7: later, skipped by their length */

enum                            /* flags of a buffer, as GstBufferFlags means them */
{
  P2P_BUFFER_DISCONT = 1 << 0,
  P2P_BUFFER_RESYNC = 1 << 1,
  P2P_BUFFER_MARKER = 1 << 2,
  P2P_BUFFER_HEADER = 1 << 3,
  P2P_BUFFER_GAP = 1 << 4,
  P2P_BUFFER_DROPPABLE = 1 << 5,
  P2P_BUFFER_DELTA_UNIT = 1 << 6,
  P2P_BUFFER_CORRUPTED = 1 << 7
};

#define P2P_RECORD_TIME_NONE INT64_MIN
#define P2P_RECORD_OFFSET_NONE UINT64_MAX
#define P2P_MAX_BUFFER (8 * 1024 * 1024)        /* bytes of one GstBuffer */

/* Times lie within +-2^61 ns (73 years), durations are not negative: sums of
 * two never overflow. */
#define P2P_MAX_RECORD_TIME (INT64_C (1) << 61)

/* What a kind does not carry is 0 (times and offsets: NONE) after reading.
 * PART: the part at offset 0 carries times, flags and offsets of the whole
 * buffer, the others carry part_offset, total and data only. GAP: pts_ns (must
 * be valid) and duration_ns. EVENT and TAGS: data. */
typedef struct
{
  P2pRecordKind kind;
  uint8_t flags;
  int64_t pts_ns, dts_ns;       /* signed running time, P2P_RECORD_TIME_NONE = invalid */
  int64_t duration_ns;          /* P2P_RECORD_TIME_NONE = invalid */
  uint64_t offset, offset_end;  /* GST_BUFFER_OFFSET*, P2P_RECORD_OFFSET_NONE */
  uint32_t part_offset;         /* PART: where in the buffer this part goes */
  uint32_t total;               /* PART: bytes of the whole buffer, <= P2P_MAX_BUFFER */
  const uint8_t *data;
  uint32_t len;
} P2pRecord;

/* Running prediction shared by writer and reader; reset at each chunk. Private
 * to p2precord.c: what the next record looks like if nothing is said. */
typedef struct
{
  int64_t next_pts_ns;          /* end of the last record that had a PTS */
  int64_t duration_ns;          /* last, or NONE */
  int64_t dts_delta_ns;         /* DTS - PTS of the last, or NONE */
  uint64_t offset, offset_end;  /* as predicted, or NONE */
  uint32_t len;                 /* last whole buffer */
  uint8_t flags;
  bool no_pts;                  /* the last had none */
  bool offset_end_is_byte;      /* the last had offset_end = offset + len */
  bool can_repeat;              /* the last record was a whole buffer */
  uint32_t repeat;              /* reader: records left of a run */
  size_t run_at;                /* writer: place of the open run's count, or 0 */
  size_t end;                   /* writer: where the last record ended */
} P2pRecordContext;

/* base_pts_ns as in the chunk envelope; one that is out of range counts as 0. */
void p2p_record_context_init (P2pRecordContext * c, int64_t base_pts_ns);
/* Appends. P2P_LIMIT: does not fit the writer; P2P_INVALID: a value is out of
 * range; in both cases nothing is written. Equal buffers in a row grow a run
 * in place, so nothing else may be put between two records. */
P2pResult p2p_record_put (P2pWriter * w, P2pRecordContext * c,
    const P2pRecord * r);
/* Upper bound of the bytes p2p_record_put() adds beside the data itself. */
#define P2P_RECORD_OVERHEAD 64
/* P2P_OK, P2P_NOT_FOUND at the end, P2P_PROTOCOL. record->data points into the
 * reader's bytes; record is not touched unless P2P_OK. */
P2pResult p2p_record_next (P2pReader * r, P2pRecordContext * c,
    P2pRecord * record);

#endif /* P2P_RECORD_H */
