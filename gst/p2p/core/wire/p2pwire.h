/* gst-plugins-p2p
 *
 * This library is free software; you can redistribute it and/or
 * modify it under the terms of the GNU Lesser General Public
 * License as published by the Free Software Foundation; either
 * version 2.1 of the License, or (at your option) any later version.
 */
/* p2pwire.h: the messages of the swarm protocol, bytes <-> structs.
 *
 * A profile of RFC 7574 (PPSPP): message codes 0-11 keep the RFC's bodies with
 * 32-bit chunk ranges; our extensions use codes 0x80-0xBF and carry a 16-bit
 * length after the code, so that an unknown one is skipped. A frame (one data
 * channel message) is: the receiver's 32-bit channel id, then messages until
 * the end; DATA comes last. docs/protocol/wire.md is normative.
 *
 * Decoders survive any bytes: they never read past the end, never allocate,
 * and return pointers into the frame (valid as long as the frame is).
 * Encoders write to a P2pWriter, whose overflow is sticky and checked once.
 */
#ifndef P2P_WIRE_H
#define P2P_WIRE_H

#include "../base/p2ptypes.h"
#include "../base/p2pbytes.h"

#define P2P_WIRE_VERSION 1              /* RFC 7574 protocol version */
#define P2P_PROFILE_VERSION 1           /* ours, in HELLO */
#define P2P_PROFILE_VERSION_MIN 1

typedef enum
{
  P2P_MSG_HANDSHAKE = 0,
  P2P_MSG_DATA = 1,
  P2P_MSG_HAVE = 3,
  P2P_MSG_INTEGRITY = 4,
  P2P_MSG_SIGNED_INTEGRITY = 7,
  P2P_MSG_REQUEST = 8,
  P2P_MSG_CANCEL = 9,
  P2P_MSG_CHOKE = 10,
  P2P_MSG_UNCHOKE = 11,
  /* extensions: code 8, length 16, body */
  P2P_MSG_HELLO = 0x80,
  P2P_MSG_HEADER = 0x81,        /* a part of the signed stream header */
  P2P_MSG_SUBSCRIBE = 0x82,
  P2P_MSG_SUB_OK = 0x83,
  P2P_MSG_UNSUBSCRIBE = 0x84,
  P2P_MSG_REDIRECT = 0x85,
  P2P_MSG_STATUS = 0x86,        /* MAP + STATE + PING in one */
  P2P_MSG_PONG = 0x87,
  P2P_MSG_LEAVE = 0x88,
  P2P_MSG_SIGNAL = 0x89,        /* a part of a relayed SDP */
  P2P_MSG_PEERS = 0x8a,         /* peer exchange */
  P2P_MSG_HEADER_REQUEST = 0x8b
} P2pMsgType;

typedef struct { uint32_t first, last; } P2pRange;      /* inclusive */

typedef enum { P2P_ROLE_LEAF = 1, P2P_ROLE_RELAY = 2, P2P_ROLE_SUPER = 3,
  P2P_ROLE_SOURCE = 4 } P2pRole;

/* HANDSHAKE: RFC 7574 options only; HELLO follows in the same frame.
 * source_channel 0 = close. */
typedef struct
{
  uint32_t source_channel;
  uint8_t version, min_version;
  bool has_swarm_id;
  uint8_t swarm_id_len;         /* <= 64 */
  uint8_t swarm_id[64];
  uint8_t integrity_method;     /* 2 = Sign All */
  uint8_t signature_algorithm;  /* 15 = Ed25519 */
  uint8_t addressing;           /* 2 = 32-bit chunk ranges */
  uint32_t discard_window;      /* chunks */
  uint32_t chunk_size;          /* 0xFFFFFFFF = variable */
  uint8_t supported[32];        /* bitmap, bit 0 leftmost (RFC 7574 7.10) */
} P2pHandshake;

/* HELLO: TLVs (type 8, length 16); unknown types are skipped. */
typedef struct
{
  uint8_t version, min_version; /* profile */
  uint32_t features;            /* bits; reserved 0 and ignored */
  uint8_t role;                 /* P2pRole */
  uint8_t capacity;             /* upload in eighths of the stream rate, 255 = more */
  uint64_t epoch;               /* NTP start time of the publisher's run, 0 = not known */
  const uint8_t *token;         /* opaque, <= 1024, may be NULL */
  uint16_t token_len;
  const uint8_t *proof;         /* publisher's signature over its DTLS fingerprint,
                                 * 64 bytes or NULL */
} P2pHello;

/* One part of an object that is larger than a message. */
typedef struct
{
  uint32_t id;                  /* HEADER: generation; SIGNAL: sender's counter */
  uint32_t offset, total;       /* total <= P2P_MAX_HEADER / P2P_MAX_SDP */
  const uint8_t *data;
  uint16_t len;                 /* <= P2P_MAX_PART, offset + len <= total */
} P2pPart;

typedef struct
{
  uint64_t epoch;
  uint64_t ntp;
  uint8_t signature[P2P_SIGNATURE_LEN];
  P2pPart part;                 /* part.id = generation (16 bits) */
} P2pHeaderPart;

typedef struct
{
  uint16_t mask;                /* sub-streams */
  uint32_t first;               /* first chunk wanted */
  uint32_t burst_first;         /* start-up burst from this chunk to the edge,
                                 * back to back; 0xFFFFFFFF = none */
  uint16_t credit;              /* chunks in flight the child accepts, 0 = no bound */
  uint8_t capacity;             /* child's, as HELLO */
  uint8_t refuse_len;           /* ids that must not be in the parent's path */
  uint32_t refuse[P2P_MAX_PATH];
} P2pSubscribe;

typedef struct
{
  uint16_t mask;                /* accepted */
  uint16_t refused;             /* refused for want of slots */
  uint8_t k;
  uint32_t next[P2P_MAX_SUBSTREAMS];    /* next chunk pushed, per bit of mask (ascending) */
  uint8_t path_len;
  uint32_t path[P2P_MAX_PATH];  /* short ids from the source down to the sender */
} P2pSubOk;

typedef struct { uint16_t mask; uint8_t reason; } P2pUnsubscribe;

typedef struct
{
  P2pPeerId peer;
  uint8_t capacity, free_slots, role;
  uint16_t lag_4ms;             /* lag behind the publisher, 4 ms units */
  uint16_t age_s;
} P2pPeerRecord;
#define P2P_MAX_PEER_RECORDS 16

typedef struct
{
  uint16_t mask;                /* REDIRECT and LEAVE: sub-streams concerned */
  uint8_t reason;
  uint8_t n;
  P2pPeerRecord peers[P2P_MAX_PEER_RECORDS];
} P2pPeerList;                  /* REDIRECT, LEAVE, PEERS */

/* STATUS: what I hold, how I am, and a ping. */
typedef struct
{
  uint32_t ping_id;             /* answered by PONG with the same id */
  uint32_t base;                /* oldest chunk kept */
  uint32_t newest;              /* newest chunk held; base > newest = empty */
  uint8_t k;
  uint8_t head[P2P_MAX_SUBSTREAMS];     /* newest - head[s]: newest chunk up to which
                                         * sub-stream s is held without holes, in
                                         * steps of K counted back from the
                                         * sub-stream's newest, 255 = nothing */
  uint8_t n_holes;
  uint16_t holes[16];           /* newest - chunk of what is missing below the heads */
  uint8_t capacity, free_slots, queue_10ms, role;
  uint16_t lag_4ms[P2P_MAX_SUBSTREAMS]; /* 0xFFFF = no parent, unknown */
  uint8_t path_len;
  uint32_t path[P2P_MAX_PATH];
} P2pStatus;

typedef struct
{
  uint32_t ping_id;
  uint64_t source_ntp;          /* publisher's clock now as the answerer knows it, 0 = unknown */
  uint32_t hold_us;             /* time between reception of the ping and this answer */
  uint16_t error_4ms;           /* bound on the error of source_ntp (half the RTTs so far) */
} P2pPong;

typedef struct
{
  P2pPeerId to, from;
  uint8_t kind;                 /* 0 offer, 1 answer, 2 candidate, 3 refusal */
  uint8_t ttl;
  uint32_t session;             /* the offerer's number for this exchange */
  P2pPart part;
} P2pSignalPart;

typedef struct
{
  P2pRange chunk;
  uint64_t ntp;
  uint8_t signature[P2P_SIGNATURE_LEN];
} P2pSignedIntegrity;

typedef struct
{
  P2pRange chunk;
  uint64_t time_us;             /* sender's send time (RFC 7574 8.6): lag and RTT probe */
  uint32_t offset, len;         /* of the chunk's bytes in the frame (to its end) */
} P2pData;

typedef struct
{
  P2pMsgType type;              /* an unknown extension is skipped, never returned */
  union
  {
    P2pHandshake handshake;
    P2pHello hello;
    P2pData data;
    P2pRange range;             /* HAVE REQUEST CANCEL */
    P2pSignedIntegrity signed_integrity;
    P2pHeaderPart header;
    P2pSubscribe subscribe;
    P2pSubOk sub_ok;
    P2pUnsubscribe unsubscribe;
    P2pPeerList peer_list;
    P2pStatus status;
    P2pPong pong;
    P2pSignalPart signal;
    uint16_t generation;        /* HEADER_REQUEST */
    uint8_t queue_10ms;         /* CHOKE: RFC body is empty; always 0 there */
  } u;
} P2pMessage;

/* Reads the channel id of a frame. P2P_PROTOCOL when shorter than 4 bytes. */
P2pResult p2p_wire_get_channel (const uint8_t * data, size_t len,
    uint32_t * channel);
/* The next message at the reader; stored bytes may end inside the chunk of a
 * DATA (total_len = what the frame stands for).
 * P2P_OK, P2P_NOT_FOUND at the end, P2P_PROTOCOL: drop the peer. */
P2pResult p2p_wire_next (P2pReader * r, size_t total_len, P2pMessage * out);

/* Encoders: append to the writer. */
void p2p_wire_put_channel (P2pWriter * w, uint32_t channel);
void p2p_wire_put_handshake (P2pWriter * w, const P2pHandshake * m);
void p2p_wire_put_close (P2pWriter * w);
void p2p_wire_put_hello (P2pWriter * w, const P2pHello * m);
/* DATA without the chunk's bytes, which follow as the frame's payload. */
void p2p_wire_put_data (P2pWriter * w, uint32_t chunk, uint64_t time_us);
void p2p_wire_put_signed_integrity (P2pWriter * w, const P2pSignedIntegrity * m);
void p2p_wire_put_range (P2pWriter * w, P2pMsgType type, P2pRange range);
void p2p_wire_put_simple (P2pWriter * w, P2pMsgType type);      /* CHOKE UNCHOKE */
void p2p_wire_put_header (P2pWriter * w, const P2pHeaderPart * m);
void p2p_wire_put_subscribe (P2pWriter * w, const P2pSubscribe * m);
void p2p_wire_put_sub_ok (P2pWriter * w, const P2pSubOk * m);
void p2p_wire_put_unsubscribe (P2pWriter * w, const P2pUnsubscribe * m);
void p2p_wire_put_peer_list (P2pWriter * w, P2pMsgType type,
    const P2pPeerList * m);
void p2p_wire_put_status (P2pWriter * w, const P2pStatus * m);
void p2p_wire_put_pong (P2pWriter * w, const P2pPong * m);
void p2p_wire_put_signal (P2pWriter * w, const P2pSignalPart * m);
void p2p_wire_put_header_request (P2pWriter * w, uint16_t generation);

bool p2p_handshake_supports (const P2pHandshake * m, P2pMsgType type);
/* Fills in this profile's options for live (Sign All, Ed25519, variable size). */
void p2p_handshake_init_live (P2pHandshake * m, uint32_t source_channel,
    const P2pSwarmId * swarm, uint32_t discard_window);

/* What is signed: tag(8) | swarm id(33) | epoch(8) | chunk spec(8) | NTP(8) =
 * 65 bytes, then the chunk (or the header's bytes; its spec is
 * {generation, generation}). A deviation from RFC 7574 that stops replay across
 * swarms, runs and purposes. */
#define P2P_SIGN_PREFIX_LEN 65
#define P2P_TAG_CHUNK "P2PCHUNK"
#define P2P_TAG_HEADER "P2PHEADR"
#define P2P_TAG_TOKEN "P2PTOKEN"
#define P2P_TAG_DIRECTORY "P2PDIRCT"
#define P2P_TAG_PEER "P2PPEERB"
#define P2P_TAG_RECEIPT "P2PRCPT_"
void p2p_sign_prefix (uint8_t out[P2P_SIGN_PREFIX_LEN], const char *tag,
    const P2pSwarmId * swarm, uint64_t epoch, P2pRange spec, uint64_t ntp);

/* --- chunk envelope: the first 20 bytes of every chunk, signed with it --- */
enum
{
  P2P_CHUNK_JOIN = 1 << 0,      /* a newcomer can start decoding here */
  P2P_CHUNK_CONTINUES = 1 << 1, /* begins inside a buffer that began earlier */
  P2P_CHUNK_DISCONT = 1 << 2,
  P2P_CHUNK_HEADER_FOLLOWS = 1 << 3,    /* its generation is new */
  P2P_CHUNK_END = 1 << 4        /* the stream ends with this chunk */
};
typedef struct
{
  uint16_t flags;
  uint16_t generation;
  uint8_t stream;               /* media id, 0 */
  uint8_t records;              /* how many records follow, 255 = 255 or more */
  uint16_t join_distance;       /* chunks back to the newest join point, 0 = this one,
                                 * 0xFFFF = none */
  uint32_t duration_us;
  uint64_t base_pts_ns;         /* two's complement running time of the first record */
} P2pChunkEnvelope;
P2pResult p2p_chunk_envelope_get (const uint8_t * data, size_t len,
    P2pChunkEnvelope * out);
void p2p_chunk_envelope_put (uint8_t out[P2P_CHUNK_ENVELOPE_LEN],
    const P2pChunkEnvelope * e);

/* --- stream header object (the bytes carried by HEADER parts) --- */
enum
{
  P2P_HEADER_SEALED = 1 << 0,   /* payload sealed; reserved from the start */
  P2P_HEADER_CONTAINER = 1 << 1,        /* a demuxer that restarts at 0 or pads holes follows:
                                         * never skip what is still in the window */
  P2P_HEADER_RESUME_AT_JOIN = 1 << 2,   /* after a loss go on at a join point only */
  P2P_HEADER_INBAND = 1 << 3,   /* stream headers were seen as data, too */
  P2P_HEADER_VIDEO = 1 << 4
};
#define P2P_MAX_HEADER_BUFFERS 64
typedef struct
{
  uint64_t epoch;
  uint16_t generation;
  uint8_t flags;
  uint8_t key_generation;       /* reserved, 0 */
  uint8_t k;                    /* sub-streams, fixed in an epoch */
  uint32_t chunk_duration_us;   /* nominal */
  uint32_t bitrate;             /* bit/s, nominal, 0 = not known yet */
  uint32_t window_ms;
  uint32_t first_chunk;         /* of this generation */
  const uint8_t *caps;          /* UTF-8 caps string without streamheader */
  uint32_t caps_len;
  uint8_t n_buffers;            /* the streamheader list */
  const uint8_t *buffer[P2P_MAX_HEADER_BUFFERS];
  uint32_t buffer_len[P2P_MAX_HEADER_BUFFERS];
  const uint8_t *tags;          /* UTF-8 serialised tag list, may be empty */
  uint32_t tags_len;
  const uint8_t *ice;           /* UTF-8 JSON, the publisher's ICE servers, may be empty */
  uint32_t ice_len;
} P2pStreamHeader;
/* Pointers go into data. */
P2pResult p2p_stream_header_get (const uint8_t * data, size_t len,
    P2pStreamHeader * out);
void p2p_stream_header_put (P2pWriter * w, const P2pStreamHeader * h);
size_t p2p_stream_header_capacity (const P2pStreamHeader * h);

#endif /* P2P_WIRE_H */
