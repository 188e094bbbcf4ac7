/* gst-plugins-p2p
 *
 * This library is free software; you can redistribute it and/or
 * modify it under the terms of the GNU Lesser General Public
 * License as published by the Free Software Foundation; either
 * version 2.1 of the License, or (at your option) any later version.
 */
/* p2precordprivate.h: what the writer and the reader of records share: the
 * bits, and the prediction that both keep. Nobody else includes it.
 */
#ifndef P2P_RECORD_PRIVATE_H
#define P2P_RECORD_PRIVATE_H

#include "p2precord.h"

#define KIND_MASK 0x07
#define PTS_SHIFT 3
#define PTS_MASK 0x03
#define HAS_DURATION 0x20
#define HAS_MORE 0x40
#define IS_RUN 0x80             /* alone in its byte */

enum                            /* PTS field */
{
  PTS_PREDICTED = 0,
  PTS_DELTA = 1,                /* svarint against the predicted start */
  PTS_NONE = 2
};

enum                            /* the byte after MORE, fields in this order */
{
  MORE_FLAGS = 1 << 0,          /* 8 bits */
  MORE_DTS = 1 << 1,            /* svarint against PTS (none: predicted start) */
  MORE_NO_DTS = 1 << 2,
  MORE_OFFSET = 1 << 3,         /* varint, value plus 1, 0 = none */
  MORE_OFFSET_END = 1 << 4,     /* the same */
  MORE_SKIP = 1 << 7            /* length and bytes of a later profile */
};

#define MAX_RUN 255

#define NO_TIME P2P_RECORD_TIME_NONE
#define NO_OFFSET P2P_RECORD_OFFSET_NONE

bool p2p_record_time_is_sane (int64_t t);
bool p2p_record_duration_is_sane (int64_t d);
/* Part within its buffer, buffer within its cap. */
bool p2p_record_part_is_sane (const P2pRecord * r);
bool p2p_record_times_are_sane (const P2pRecord * r);

/* Modulo 2^64: the sum of a sane time and anything a peer sends is defined,
 * and then has to be sane. */
int64_t p2p_record_add_time (int64_t a, int64_t b);

/* Where the next record starts if nothing is said. */
int64_t p2p_record_start (const P2pRecordContext * c);
/* offset_end of a buffer of this length, if nothing is said about it */
uint64_t p2p_record_predict_offset_end (const P2pRecordContext * c,
    uint64_t offset, uint32_t len);
/* A buffer of this length of which nothing is said. */
void p2p_record_predict (const P2pRecordContext * c, uint32_t len,
    P2pRecord * r);
/* What both sides know after a record. */
void p2p_record_after (P2pRecordContext * c, const P2pRecord * r);

#endif /* P2P_RECORD_PRIVATE_H */
