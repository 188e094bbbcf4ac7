/* gst-plugins-p2p
 *
 * This library is free software; you can redistribute it and/or
 * modify it under the terms of the GNU Lesser General Public
 * License as published by the Free Software Foundation; either
 * version 2.1 of the License, or (at your option) any later version.
 */
/* p2ptypes.h: the words that every part of the core shares.
 *
 * Owner: nobody, there is no state here. Thread: any.
 * The core is plain C11 (see docs/architecture.md): no GLib, no sockets, no
 * clock, no global randomness. Time and seeds are arguments.
 */
#ifndef P2P_TYPES_H
#define P2P_TYPES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Local monotonic time in microseconds; the origin is the host's business. */
typedef int64_t P2pTime;
#define P2P_TIME_NONE INT64_MIN     /* "not known" */
#define P2P_TIME_NEVER INT64_MAX    /* "no deadline" */
#define P2P_MSEC(n) ((P2pTime) (n) * 1000)
#define P2P_SEC(n) ((P2pTime) (n) * 1000000)

/* 64-bit NTP timestamp (RFC 5905 section 6): seconds since 1900 in the upper,
 * fraction in the lower 32 bits. Used on the wire for the publisher's clock. */
typedef uint64_t P2pNtp;

typedef enum
{
  P2P_OK = 0,
  P2P_AGAIN,                    /* not now: more input or time is needed */
  P2P_INVALID,                  /* an argument of our own caller is wrong */
  P2P_LIMIT,                    /* a cap was reached, or memory ran out */
  P2P_PROTOCOL,                 /* the peer broke the protocol */
  P2P_NOT_FOUND,
  P2P_CLOSED
} P2pResult;

#define P2P_PEER_ID_LEN 32      /* SHA-256 of the DTLS certificate */
#define P2P_SIGNATURE_LEN 64    /* Ed25519, RFC 8032 */
#define P2P_PUBLIC_KEY_LEN 32   /* Ed25519, RFC 8032 */
/* RFC 7574 section 7.7 + RFC 8080: DNSSEC algorithm number 15, then the key. */
#define P2P_SWARM_ID_LEN 33
#define P2P_SWARM_ALG_ED25519 15

typedef struct { uint8_t b[P2P_PEER_ID_LEN]; } P2pPeerId;
typedef struct { uint8_t b[P2P_SWARM_ID_LEN]; } P2pSwarmId;

/* Limits of docs/protocol/wire.md. */
#define P2P_MAX_MESSAGE 17408       /* bytes of one data channel message */
#define P2P_MAX_CHUNK_MEDIA 15872   /* 15.5 KiB of records in one chunk */
#define P2P_CHUNK_ENVELOPE_LEN 20   /* before the records, under the signature */
#define P2P_MAX_HEADER (256 * 1024) /* bytes of one stream header */
/* One packet of a link on IPv4: what it holds of a message, and the headers of
 * IP, UDP, DTLS, SCTP and DATA beside it (docs/protocol/transport.md). */
#define P2P_PACKET_PAYLOAD 1132
#define P2P_PACKET_HEADERS 93
#define P2P_MAX_SDP (16 * 1024)
#define P2P_MAX_PART (16 * 1024)    /* bytes of one part of HEADER or SIGNAL */
#define P2P_MAX_SUBSTREAMS 16       /* K: 4 or 8 by default */
#define P2P_MAX_PATH 16             /* hops from the source */
#define P2P_MAX_NEIGHBOURS 1000

/* Data channels (SCTP stream ids), negotiated, RFC 8831. */
enum
{
  P2P_STREAM_CONTROL = 0,       /* ordered, reliable */
  P2P_STREAM_DATA = 1,          /* unordered, reliable */
  P2P_STREAM_REALTIME = 2,      /* unordered, partially reliable */
  P2P_STREAM_BULK = 3           /* unordered, reliable, yields to the others */
};

#endif /* P2P_TYPES_H */
