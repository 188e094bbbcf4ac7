/* gst-plugins-p2p
 *
 * This library is free software; you can redistribute it and/or
 * modify it under the terms of the GNU Lesser General Public
 * License as published by the Free Software Foundation; either
 * version 2.1 of the License, or (at your option) any later version.
 */
/* make-vectors.c: writes tests/vectors/(star).json, or checks that they are what
 * the code makes.
 *
 *   make-vectors [--check] DIRECTORY
 *
 * The fields come from describe.c. That the bytes are right is shown elsewhere:
 * tests/check/wire has literals written by hand from docs/protocol/wire.md.
 */
#include <gnutls/abstract.h>
#include <gnutls/gnutls.h>
#include <gnutls/x509.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../gst/p2p/core/base/p2pid.h"
#include "../../gst/p2p/core/wire/p2precord.h"
#include "../../gst/p2p/core/wire/p2pwire.h"
#include "describe.h"

#define MAX_FILE (4 * 1024 * 1024)
#define NONE P2P_RECORD_TIME_NONE
#define NO_OFFSET P2P_RECORD_OFFSET_NONE
/* 2026-11-21 00:00:00 UTC as NTP seconds */
#define EPOCH (UINT64_C (4004208000) << 32)

static char *file_text;
static size_t file_len;
static char description[P2P_DESCRIBE_MAX];
static uint8_t buffer[P2P_MAX_HEADER + 1024];
static P2pWriter w;
static uint8_t pattern[P2P_MAX_CHUNK_MEDIA];
static P2pSwarmId swarm;
static P2pPeerId peer_a, peer_b;
static gnutls_privkey_t private_key;

#define CHECK(what) \
  do { \
    if (!(what)) { \
      fprintf (stderr, "%s:%d: %s\n", __FILE__, __LINE__, #what); \
      exit (1); \
    } \
  } while (0)

/* ---- the file ---- */

static void
emit (const char *s)
{
  size_t n = strlen (s);

  CHECK (file_len + n < MAX_FILE);
  memcpy (file_text + file_len, s, n + 1);
  file_len += n;
}

static void
emit_hex (const uint8_t * data, size_t len)
{
  char digits[3];
  size_t i;

  for (i = 0; i < len; i++) {
    p2p_hex (data + i, 1, digits);
    emit (digits);
  }
}

static void
begin_file (const char *about)
{
  file_len = 0;
  emit ("{\"about\": \"");
  emit (about);
  emit ("\",\n \"vectors\": [");
}

static void
begin_vector (const char *name, const char *kind)
{
  emit (file_text[file_len - 1] == '[' ? "\n" : ",\n");
  emit ("  {\"name\": \"");
  emit (name);
  emit ("\", \"kind\": \"");
  emit (kind);
  emit ("\",");
}

static const char *const kinds[] = {
  "frame", "chunk", "stream-header", "sign-prefix"
};

/* canonical: writing the fields gives these bytes */
static void
emit_vector (const char *name, P2pVectorKind kind, const uint8_t * data,
    size_t len)
{
  static uint8_t again[sizeof (buffer)];
  size_t n = p2p_reencode (kind, data, len, again, sizeof (again));

  CHECK (p2p_describe (kind, data, len, description, sizeof (description)));
  begin_vector (name, kinds[kind]);
  emit ("\n   \"canonical\": ");
  emit (n == len && memcmp (again, data, len) == 0 ? "true" : "false");
  emit (",\n   \"hex\": \"");
  emit_hex (data, len);
  emit ("\",\n   \"fields\": ");
  emit (description);
  emit ("}");
}

static void
end_file (const char *directory, const char *name, int check)
{
  static char there[MAX_FILE];
  char path[1024];
  size_t n;
  FILE *f;

  emit ("\n]}\n");
  snprintf (path, sizeof (path), "%s/%s", directory, name);
  f = fopen (path, check ? "r" : "w");
  CHECK (f != NULL);
  if (!check) {
    CHECK (fwrite (file_text, 1, file_len, f) == file_len);
    CHECK (fclose (f) == 0);
    return;
  }
  n = fread (there, 1, sizeof (there), f);
  fclose (f);
  if (n == file_len && memcmp (there, file_text, n) == 0)
    return;
  fprintf (stderr, "%s is not what the code makes: the wire format is frozen "
      "(docs/protocol/wire.md).\nIf the change is meant, run make-vectors "
      "without --check and review the difference.\n", path);
  exit (1);
}

/* ---- frames ---- */

static void
begin_frame (void)
{
  p2p_writer_init (&w, buffer, sizeof (buffer));
  p2p_wire_put_channel (&w, 0x01020304);
}

static void
end_frame (const char *name)
{
  CHECK (p2p_writer_ok (&w));
  emit_vector (name, P2P_VECTOR_FRAME, w.data, w.len);
}

static void
sign (const uint8_t prefix[P2P_SIGN_PREFIX_LEN], const uint8_t * body,
    size_t len, uint8_t signature[P2P_SIGNATURE_LEN])
{
  static uint8_t message[P2P_SIGN_PREFIX_LEN + P2P_MAX_HEADER];
  gnutls_datum_t in = { message, (unsigned) (P2P_SIGN_PREFIX_LEN + len) };
  gnutls_datum_t out;

  memcpy (message, prefix, P2P_SIGN_PREFIX_LEN);
  memcpy (message + P2P_SIGN_PREFIX_LEN, body, len);
  CHECK (gnutls_privkey_sign_data2 (private_key, GNUTLS_SIGN_EDDSA_ED25519, 0,
          &in, &out) == 0);
  CHECK (out.size == P2P_SIGNATURE_LEN);
  memcpy (signature, out.data, P2P_SIGNATURE_LEN);
  gnutls_free (out.data);
}

static void
frames_of_the_handshake (void)
{
  /* options of another implementation: Merkle hash named, no window */
  static const uint8_t foreign[] = {
    0, 0, 0, 0, 0, 0, 0, 0, 9, 0, 1, 3, 2, 4, 2, 5, 15, 6, 2, 255
  };
  P2pHandshake shake;
  P2pHello hello = {.version = 1,.min_version = 1,.features = 0,
    .role = P2P_ROLE_RELAY,.capacity = 12
  };
  uint8_t proof[P2P_SIGNATURE_LEN], prefix[P2P_SIGN_PREFIX_LEN];

  begin_frame ();
  end_frame ("keep-alive: a channel id alone");
  p2p_handshake_init_live (&shake, 0xcafe0001, &swarm, 80);
  begin_frame ();
  p2p_wire_put_handshake (&w, &shake);
  p2p_wire_put_hello (&w, &hello);
  end_frame ("HANDSHAKE and HELLO of a relay");
  p2p_sign_prefix (prefix, P2P_TAG_PEER, &swarm, EPOCH, (P2pRange) {
      0, 0}, 0);
  sign (prefix, peer_a.b, P2P_PEER_ID_LEN, proof);
  hello.role = P2P_ROLE_SOURCE;
  hello.capacity = 255;
  hello.epoch = EPOCH;
  hello.proof = proof;
  hello.token = (const uint8_t *) "ticket-17";
  hello.token_len = 9;
  begin_frame ();
  p2p_wire_put_handshake (&w, &shake);
  p2p_wire_put_hello (&w, &hello);
  end_frame ("HANDSHAKE and HELLO of the source, token and proof");
  emit_vector ("HANDSHAKE with few options, one of them ignored",
      P2P_VECTOR_FRAME, foreign, sizeof (foreign));
  begin_frame ();
  p2p_wire_put_close (&w);
  end_frame ("close");
}

static void
frames_of_chunks (void)
{
  P2pSignedIntegrity si = {.chunk = {77, 77},.ntp = EPOCH + 0x80000000u };
  uint8_t prefix[P2P_SIGN_PREFIX_LEN];

  begin_frame ();
  p2p_wire_put_range (&w, P2P_MSG_HAVE, (P2pRange) {
      70, 77});
  p2p_wire_put_range (&w, P2P_MSG_REQUEST, (P2pRange) {
      78, 78});
  p2p_wire_put_range (&w, P2P_MSG_CANCEL, (P2pRange) {
      0, 4294967294u});
  p2p_wire_put_simple (&w, P2P_MSG_CHOKE);
  p2p_wire_put_simple (&w, P2P_MSG_UNCHOKE);
  end_frame ("HAVE, REQUEST, CANCEL, CHOKE, UNCHOKE");
  p2p_sign_prefix (prefix, P2P_TAG_CHUNK, &swarm, EPOCH, si.chunk, si.ntp);
  sign (prefix, pattern, 40, si.signature);
  begin_frame ();
  p2p_wire_put_signed_integrity (&w, &si);
  p2p_wire_put_data (&w, 77, UINT64_C (1234567890123));
  p2p_put_bytes (&w, pattern, 40);
  end_frame ("SIGNED_INTEGRITY and DATA");
}

static void
frames_of_the_header (void)
{
  P2pHeaderPart m = {.epoch = EPOCH,.ntp = EPOCH + 5 };

  memset (m.signature, 0x5a, sizeof (m.signature));
  m.part = (P2pPart) {
  3, 16384, 20000, pattern, 3616};
  begin_frame ();
  p2p_wire_put_header (&w, &m);
  end_frame ("HEADER, the second part of two");
  begin_frame ();
  p2p_wire_put_header_request (&w, 0xffff);
  end_frame ("HEADER_REQUEST");
}

static void
frames_of_subscriptions (void)
{
  P2pSubscribe sub = {.mask = 0x0005,.first = 1000,.burst_first = UINT32_MAX,
    .credit = 0,.capacity = 12
  };
  P2pSubOk ok = {.mask = 0x0005,.refused = 0x0008,.k = 4,.next = {1000, 1002},
  .path_len = 2,.path = {0x11111111, 0x22222222}
  };
  P2pUnsubscribe un = { 0x0004, 2 };

  begin_frame ();
  p2p_wire_put_subscribe (&w, &sub);
  end_frame ("SUBSCRIBE without burst");
  sub.burst_first = 984;
  sub.credit = 64;
  sub.refuse_len = 2;
  sub.refuse[0] = 0x33333333;
  sub.refuse[1] = 0x44444444;
  begin_frame ();
  p2p_wire_put_subscribe (&w, &sub);
  end_frame ("SUBSCRIBE with burst, credit and refusals");
  begin_frame ();
  p2p_wire_put_sub_ok (&w, &ok);
  end_frame ("SUB_OK, two accepted and one refused");
  begin_frame ();
  p2p_wire_put_unsubscribe (&w, &un);
  end_frame ("UNSUBSCRIBE");
}

static void
frames_of_neighbours (void)
{
  P2pPeerList list = {.mask = 0x000c,.reason = 1,.n = 2 };
  P2pStatus status = {.ping_id = 9,.base = 900,.newest = 1003,.k = 4,
    .head = {0, 1, 6, 255},.n_holes = 2,.holes = {5, 300},.capacity = 12,
    .free_slots = 3,.queue_10ms = 2,.role = P2P_ROLE_RELAY,
    .lag_4ms = {10, 12, 40, 65535},.path_len = 3,.path = {1, 2, 3}
  };
  P2pStatus empty = {.ping_id = 1,.base = 1,.newest = 0 };
  P2pPong pong = { 9, EPOCH + 77, 1500, 3 };
  P2pSignalPart signal = {.to = peer_a,.from = peer_b,.kind = 0,.ttl = 4,
    .session = 42
  };
  static const char sdp[] = "v=0\r\no=- 1 1 IN IP4 0.0.0.0\r\n";

  list.peers[0] = (P2pPeerRecord) {
  peer_a, 12, 3, P2P_ROLE_RELAY, 25, 600};
  list.peers[1] = (P2pPeerRecord) {
  peer_b, 255, 0, P2P_ROLE_SOURCE, 0, 65535};
  begin_frame ();
  p2p_wire_put_peer_list (&w, P2P_MSG_REDIRECT, &list);
  end_frame ("REDIRECT to two peers");
  list.n = 0;
  begin_frame ();
  p2p_wire_put_peer_list (&w, P2P_MSG_LEAVE, &list);
  end_frame ("LEAVE without a hint");
  list.n = 1;
  list.mask = 0;
  list.reason = 0;
  begin_frame ();
  p2p_wire_put_peer_list (&w, P2P_MSG_PEERS, &list);
  end_frame ("PEERS, one record");
  begin_frame ();
  p2p_wire_put_status (&w, &status);
  end_frame ("STATUS with holes and path");
  begin_frame ();
  p2p_wire_put_status (&w, &empty);
  end_frame ("STATUS of one who has nothing");
  begin_frame ();
  p2p_wire_put_pong (&w, &pong);
  end_frame ("PONG");
  signal.part = (P2pPart) {
  7, 0, sizeof (sdp) - 1, (const uint8_t *) sdp, sizeof (sdp) - 1};
  begin_frame ();
  p2p_wire_put_signal (&w, &signal);
  end_frame ("SIGNAL, an offer in one part");
}

static void
frames_of_the_future (void)
{
  static const uint8_t unknown[] = {
    0, 0, 0, 1, 3, 0, 0, 0, 1, 0, 0, 0, 2, 0xbf, 0, 3, 9, 9, 9, 0x90, 0, 0,
    3, 0, 0, 0, 3, 0, 0, 0, 3
  };
  static const uint8_t longer[] = {
    0, 0, 0, 1, 0x84, 0, 5, 0, 3, 1, 0xaa, 0xbb
  };
  static const uint8_t tlv[] = {
    0, 0, 0, 1, 0x80, 0, 10, 2, 1, 0x77, 0, 1, 0xff, 2, 0, 1, 1
  };

  emit_vector ("two unknown extensions between HAVEs are skipped",
      P2P_VECTOR_FRAME, unknown, sizeof (unknown));
  emit_vector ("a longer UNSUBSCRIBE: what follows is ignored",
      P2P_VECTOR_FRAME, longer, sizeof (longer));
  emit_vector ("HELLO with an unknown TLV", P2P_VECTOR_FRAME, tlv,
      sizeof (tlv));
}

/* ---- chunks ---- */

static P2pRecordContext context;

static void
begin_chunk (uint16_t flags, uint8_t records, int64_t base_pts)
{
  P2pChunkEnvelope e = {.flags = flags,.generation = 3,.records = records,
    .join_distance = flags & P2P_CHUNK_JOIN ? 0 : 9,.duration_us = 125000,
    .base_pts_ns = (uint64_t) base_pts
  };

  p2p_writer_init (&w, buffer, P2P_CHUNK_ENVELOPE_LEN + P2P_MAX_CHUNK_MEDIA);
  p2p_chunk_envelope_put (buffer, &e);
  w.len = P2P_CHUNK_ENVELOPE_LEN;
  p2p_record_context_init (&context, base_pts);
}

static void
put (P2pRecord r)
{
  CHECK (p2p_record_put (&w, &context, &r) == P2P_OK);
}

static void
end_chunk (const char *name)
{
  emit_vector (name, P2P_VECTOR_CHUNK, w.data, w.len);
}

static P2pRecord
buffer_of (uint32_t len, int64_t pts, int64_t duration)
{
  return (P2pRecord) {
  P2P_RECORD_BUFFER, 0, pts, NONE, duration, NO_OFFSET, NO_OFFSET, 0, 0,
        pattern, len};
}

static void
chunks_of_buffers (void)
{
  P2pRecord r;
  int i;

  begin_chunk (P2P_CHUNK_JOIN, 5, 3600000000000);
  for (i = 0; i < 5; i++)
    put (buffer_of (i & 1 ? 135 : 134, 3600000000000 + i * INT64_C (26122449),
            26122449));
  end_chunk ("audio frames: three bytes each after the first");
  begin_chunk (0, 8, 1000);
  put (buffer_of (188, 1000, NONE));
  for (i = 0; i < 7; i++)
    put (buffer_of (188, NONE, NONE));
  end_chunk ("188-byte packets without PTS: a run");
  begin_chunk (P2P_CHUNK_JOIN, 3, -500);
  for (i = 0; i < 3; i++) {
    r = buffer_of (20 + (uint32_t) i, i * INT64_C (33333333) - 500, 33333333);
    r.dts_ns = r.pts_ns - 66666666 + (i == 2 ? 10 : 0);
    r.flags = i == 0 ? P2P_BUFFER_DISCONT | P2P_BUFFER_HEADER
        : P2P_BUFFER_DELTA_UNIT;
    put (r);
  }
  end_chunk ("video: DTS before PTS, negative running time, flags");
  begin_chunk (P2P_CHUNK_JOIN, 3, 0);
  for (i = 0; i < 3; i++) {
    r = buffer_of (50, i * INT64_C (20000000), 20000000);
    r.offset = 5000 + (uint64_t) i *50;
    r.offset_end = i == 1 ? NO_OFFSET : 48000 + (uint64_t) i *960;
    put (r);
  }
  end_chunk ("Ogg pages: byte offsets and granule positions");
  begin_chunk (P2P_CHUNK_JOIN | P2P_CHUNK_DISCONT, 3, 0);
  put (buffer_of (0, 0, 0));
  r = buffer_of (3, P2P_MAX_RECORD_TIME, P2P_MAX_RECORD_TIME);
  r.dts_ns = -P2P_MAX_RECORD_TIME;
  r.offset = UINT64_MAX - 1;
  r.offset_end = 0;
  r.flags = 0xff;
  put (r);
  put (buffer_of (1, NONE, NONE));
  end_chunk ("extreme values");
}

static void
chunks_of_others (void)
{
  static const uint8_t future[] = {
    0, 0, 0, 3, 0, 2, 0, 9, 0, 1, 0xe8, 0x48, 0, 0, 0, 0, 0, 0, 0, 100,
    0x06, 3, 1, 2, 3,           /* kind 6: skipped */
    0x40, 0x80, 2, 9, 9, 1, 0xaa,       /* MORE with a block to skip */
    0x17 & 0x07, 0              /* kind 7, empty */
  };
  P2pRecord r = buffer_of (12, 100, 50);

  r.kind = P2P_RECORD_PART;
  r.total = 40000;
  begin_chunk (P2P_CHUNK_JOIN, 1, 100);
  put (r);
  end_chunk ("the first part of a buffer");
  begin_chunk (P2P_CHUNK_CONTINUES, 2, 100);
  r.part_offset = 12;
  put (r);
  r.part_offset = 39990;
  r.len = 10;
  put (r);
  end_chunk ("later parts");
  begin_chunk (P2P_CHUNK_END, 5, 100);
  put (buffer_of (4, 100, 50));
  r = (P2pRecord) {
    .kind = P2P_RECORD_TAGS,.data = (const uint8_t *)
  "taglist, title=(string)tone;",.len = 28};
  put (r);
  r = (P2pRecord) {
  .kind = P2P_RECORD_EVENT,.data = (const uint8_t *) "cue, id=(int)7;",.len =
        15};
  put (r);
  r = (P2pRecord) {
  .kind = P2P_RECORD_GAP,.pts_ns = 150,.duration_ns = 1000};
  put (r);
  put (buffer_of (4, 1150, 50));
  r = (P2pRecord) {
  .kind = P2P_RECORD_EOS};
  put (r);
  end_chunk ("tags, event, gap and end of stream");
  emit_vector ("kinds and fields of a later profile are skipped",
      P2P_VECTOR_CHUNK, future, sizeof (future));
}

/* ---- objects ---- */

static void
stream_headers (void)
{
  static const uint8_t future[] = {
    1, 0xe0, 0, 4, 0, 1, 0xff, 0xff, 0, 0, 0, 0, 0, 0, 0, 1, 0, 1, 0xe8, 0x48,
    0, 0, 0, 0, 0, 0, 0x27, 0x10, 0, 0, 0, 0, 0x63, 0, 0, 2, 1, 2
  };
  static const char caps[] = "audio/mpeg, mpegversion=(int)1, layer=(int)3, "
      "rate=(int)44100, channels=(int)2, parsed=(boolean)true";
  static const char tags[] = "taglist, title=(string)tone;";
  static const char ice[] = "[{\"urls\":\"stun:stun.example\"}]";
  P2pStreamHeader h = {.epoch = EPOCH,.generation = 1,.k = 4,
    .chunk_duration_us = 125000,.bitrate = 128000,.window_ms = 10000,
    .caps = (const uint8_t *) caps,.caps_len = sizeof (caps) - 1
  };

  p2p_writer_init (&w, buffer, P2P_MAX_HEADER);
  p2p_stream_header_put (&w, &h);
  CHECK (p2p_writer_ok (&w) && w.len <= p2p_stream_header_capacity (&h));
  emit_vector ("stream header of MP3", P2P_VECTOR_STREAM_HEADER, w.data, w.len);
  h.generation = 65535;
  h.flags = P2P_HEADER_CONTAINER | P2P_HEADER_RESUME_AT_JOIN
      | P2P_HEADER_INBAND | P2P_HEADER_VIDEO;
  h.k = 8;
  h.first_chunk = 4242;
  h.caps = (const uint8_t *) "video/webm";
  h.caps_len = 10;
  h.n_buffers = 3;
  h.buffer[0] = pattern;
  h.buffer_len[0] = 40;
  h.buffer[1] = pattern + 40;
  h.buffer_len[1] = 7;
  h.buffer[2] = pattern + 47;
  h.buffer_len[2] = 0;
  h.tags = (const uint8_t *) tags;
  h.tags_len = sizeof (tags) - 1;
  h.ice = (const uint8_t *) ice;
  h.ice_len = sizeof (ice) - 1;
  p2p_writer_init (&w, buffer, P2P_MAX_HEADER);
  p2p_stream_header_put (&w, &h);
  CHECK (p2p_writer_ok (&w) && w.len <= p2p_stream_header_capacity (&h));
  emit_vector ("stream header with buffers, tags and ICE servers",
      P2P_VECTOR_STREAM_HEADER, w.data, w.len);
  emit_vector ("stream header with an unknown TLV and reserved bits",
      P2P_VECTOR_STREAM_HEADER, future, sizeof (future));
}

static void
sign_prefixes (void)
{
  static const char *const tags[] = { P2P_TAG_CHUNK, P2P_TAG_HEADER,
    P2P_TAG_TOKEN, P2P_TAG_DIRECTORY, P2P_TAG_PEER, P2P_TAG_RECEIPT
  };
  uint8_t prefix[P2P_SIGN_PREFIX_LEN];
  char name[64];
  unsigned i;

  for (i = 0; i < sizeof (tags) / sizeof (tags[0]); i++) {
    p2p_sign_prefix (prefix, tags[i], &swarm, EPOCH, (P2pRange) {
        i, i}
        , EPOCH + i);
    snprintf (name, sizeof (name), "what is signed before the bytes, %s",
        tags[i]);
    emit_vector (name, P2P_VECTOR_SIGN_PREFIX, prefix, sizeof (prefix));
  }
}

static void
emit_bytes (const char *name, const uint8_t * data, size_t len)
{
  emit ("\n   \"");
  emit (name);
  emit ("\": \"");
  emit_hex (data, len);
  emit ("\",");
}

/* Ed25519 is deterministic: whoever signs gets these bytes. */
static void
signatures (const uint8_t seed[32])
{
  static const struct
  {
    const char *name, *tag;
    uint32_t number;
    size_t len;
  } samples[] = {
    {"signature of a chunk", P2P_TAG_CHUNK, 77, 40},
    {"signature of a stream header", P2P_TAG_HEADER, 1, 100},
    {"signature over a peer id", P2P_TAG_PEER, 0, 32}
  };
  uint8_t prefix[P2P_SIGN_PREFIX_LEN], signature[P2P_SIGNATURE_LEN];
  unsigned i;

  for (i = 0; i < sizeof (samples) / sizeof (samples[0]); i++) {
    P2pRange spec = { samples[i].number, samples[i].number };

    p2p_sign_prefix (prefix, samples[i].tag, &swarm, EPOCH, spec, EPOCH + 5);
    sign (prefix, pattern, samples[i].len, signature);
    begin_vector (samples[i].name, "signature");
    emit_bytes ("private_key", seed, 32);
    emit_bytes ("swarm_id", swarm.b, P2P_SWARM_ID_LEN);
    emit_bytes ("prefix", prefix, sizeof (prefix));
    emit_bytes ("body", pattern, samples[i].len);
    emit_bytes ("signature", signature, sizeof (signature));
    file_text[--file_len] = '\0';       /* the last comma */
    emit ("}");
  }
}

/* ---- what has to be refused ---- */

static const struct
{
  const char *name;
  P2pVectorKind kind;
  const char *hex;
} invalid[] = {
  {"frame shorter than a channel id", P2P_VECTOR_FRAME, "000000"},
  {"unknown code without length", P2P_VECTOR_FRAME, "0000000102"},
  {"INTEGRITY is not in this profile", P2P_VECTOR_FRAME, "0000000104"},
  {"code reserved for experiments", P2P_VECTOR_FRAME, "00000001c00000"},
  {"HAVE cut short", P2P_VECTOR_FRAME, "00000001030000000100"},
  {"HAVE backwards", P2P_VECTOR_FRAME, "00000001030000000200000001"},
  {"extension longer than the frame", P2P_VECTOR_FRAME, "00000001bf0004010203"},
  {"HANDSHAKE without version", P2P_VECTOR_FRAME, "000000000000000009ff"},
  {"HANDSHAKE options not ascending", P2P_VECTOR_FRAME,
      "0000000000000000090001060203" "02ff"},
  {"HANDSHAKE option twice", P2P_VECTOR_FRAME, "00000000000000000900010001ff"},
  {"HANDSHAKE option unknown", P2P_VECTOR_FRAME,
      "0000000000000000090001" "0a00ff"},
  {"HANDSHAKE without end", P2P_VECTOR_FRAME, "0000000000000000090001"},
  {"HANDSHAKE with a swarm id of 65 bytes", P2P_VECTOR_FRAME,
      "0000000000000000090001020041"
        "00000000000000000000000000000000000000000000000000000000000000000000"
        "00000000000000000000000000000000000000000000000000000000000000ff"},
  {"HANDSHAKE with addressing 5", P2P_VECTOR_FRAME,
      "00000000000000000900010605ff"},
  {"HELLO with a role of two bytes", P2P_VECTOR_FRAME,
      "0000000180000701010200020102"},
  {"HELLO with a TLV twice", P2P_VECTOR_FRAME,
      "0000000180000a0101020001010200" "0101"},
  {"HELLO TLV past the body", P2P_VECTOR_FRAME,
      "0000000180000601010500" "0401"},
  {"DATA of two chunks", P2P_VECTOR_FRAME,
      "0000000101000000010000000200000000000000000102030405060708090a0b0c0d0e0f1011121314"},
  {"DATA shorter than an envelope", P2P_VECTOR_FRAME,
      "000000010100000001000000010000000000000000"
        "0102030405060708090a0b0c0d0e0f10111213"},
  {"SUBSCRIBE with 17 refusals", P2P_VECTOR_FRAME,
      "0000000182000e" "000100000000ffffffff" "00000011"},
  {"SUB_OK of a sub-stream above K", P2P_VECTOR_FRAME,
      "0000000183000a" "001000000400" "00000001"},
  {"STATUS with K 17", P2P_VECTOR_FRAME,
      "00000001860013" "000000010000000000000000" "11000000000000"},
  {"REDIRECT with 17 peers", P2P_VECTOR_FRAME, "00000001850004" "00010011"},
  {"SIGNAL part past its total", P2P_VECTOR_FRAME,
      "00000001890053"
        "0000000000000000000000000000000000000000000000000000000000000000"
        "0000000000000000000000000000000000000000000000000000000000000000"
        "0004" "00000001" "00000001" "00000001" "00000001" "ff"},
  {"chunk shorter than its envelope", P2P_VECTOR_CHUNK,
      "00000000000000000000000000000000000000"},
  {"run without a buffer before", P2P_VECTOR_CHUNK,
      "0000000000000000000000000000000000000000" "8001"},
  {"run of none", P2P_VECTOR_CHUNK,
      "0000000000000000000000000000000000000000" "0001aa8000"},
  {"run cut short", P2P_VECTOR_CHUNK,
      "0000000000000000000000000000000000000000" "0001aa8002bb"},
  {"run bit with other bits", P2P_VECTOR_CHUNK,
      "0000000000000000000000000000000000000000" "0001aa8101bb"},
  {"PTS field 3", P2P_VECTOR_CHUNK,
      "0000000000000000000000000000000000000000" "1801aa"},
  {"PTS out of range", P2P_VECTOR_CHUNK,
      "0000000000000000000000000000000000000000" "0882808080808080804001aa"},
  {"negative duration", P2P_VECTOR_CHUNK,
      "0000000000000000000000000000000000000000" "200101aa"},
  {"overlong number", P2P_VECTOR_CHUNK,
      "0000000000000000000000000000000000000000" "008100aa"},
  {"data cut short", P2P_VECTOR_CHUNK,
      "0000000000000000000000000000000000000000" "0002aa"},
  {"part past its total", P2P_VECTOR_CHUNK,
      "0000000000000000000000000000000000000000" "01000102aabb"},
  {"part of more than 8 MiB", P2P_VECTOR_CHUNK,
      "0000000000000000000000000000000000000000" "010081" "80800401aa"},
  {"later part with times", P2P_VECTOR_CHUNK,
      "0000000000000000000000000000000000000000" "0902010501aa"},
  {"stream header of another version", P2P_VECTOR_STREAM_HEADER,
      "0200000400010000" "0000000000000001" "00000000000000000000000000000000"},
  {"stream header without sub-streams", P2P_VECTOR_STREAM_HEADER,
      "0100000000010000" "0000000000000001" "00000000000000000000000000000000"},
  {"stream header with 17 sub-streams", P2P_VECTOR_STREAM_HEADER,
      "0100001100010000" "0000000000000001" "00000000000000000000000000000000"},
  {"stream header cut in a TLV", P2P_VECTOR_STREAM_HEADER,
      "0100000400010000" "0000000000000001" "00000000000000000000000000000000"
        "0100000561"},
  {"stream header with caps twice", P2P_VECTOR_STREAM_HEADER,
      "0100000400010000" "0000000000000001" "00000000000000000000000000000000"
        "01000001610100000161"},
  {"signature input of another length", P2P_VECTOR_SIGN_PREFIX, "00"}
};

static size_t
unhex (const char *text, uint8_t * out)
{
  size_t n = 0;
  unsigned byte;

  for (; sscanf (text, "%2x", &byte) == 1; text += 2)
    out[n++] = (uint8_t) byte;
  return n;
}

static void
invalid_vectors (void)
{
  unsigned i;

  for (i = 0; i < sizeof (invalid) / sizeof (invalid[0]); i++) {
    size_t n = unhex (invalid[i].hex, buffer);

    CHECK (p2p_describe (invalid[i].kind, buffer, n, description,
            sizeof (description)));
    if (strcmp (description, "{\"error\":\"protocol\"}") != 0) {
      fprintf (stderr, "%s is not refused: %s\n", invalid[i].name, description);
      exit (1);
    }
    emit_vector (invalid[i].name, invalid[i].kind, buffer, n);
  }
}

static void
make_key (const uint8_t seed[32])
{
  /* PKCS #8 of an Ed25519 key (RFC 8410 section 7): a prefix and the seed */
  uint8_t der[48] = { 0x30, 0x2e, 2, 1, 0, 0x30, 5, 6, 3, 0x2b, 0x65, 0x70,
    4, 0x22, 4, 0x20
  };
  gnutls_datum_t in = { der, sizeof (der) }, x;
  gnutls_x509_privkey_t key;
  gnutls_ecc_curve_t curve;

  memcpy (der + 16, seed, 32);
  CHECK (gnutls_x509_privkey_init (&key) == 0);
  CHECK (gnutls_x509_privkey_import2 (key, &in, GNUTLS_X509_FMT_DER, NULL,
          0) == 0);
  CHECK (gnutls_x509_privkey_export_ecc_raw (key, &curve, &x, NULL, NULL) == 0);
  CHECK (x.size == P2P_PUBLIC_KEY_LEN);
  swarm.b[0] = P2P_SWARM_ALG_ED25519;
  memcpy (swarm.b + 1, x.data, x.size);
  gnutls_free (x.data);
  CHECK (gnutls_privkey_init (&private_key) == 0);
  CHECK (gnutls_privkey_import_x509 (private_key, key,
          GNUTLS_PRIVKEY_IMPORT_AUTO_RELEASE) == 0);
}

int
main (int argc, char **argv)
{
  int check = argc == 3 && strcmp (argv[1], "--check") == 0;
  const char *directory = argv[argc - 1];
  uint8_t seed[32];
  unsigned i;

  CHECK (argc == 2 + check);
  file_text = malloc (MAX_FILE);
  CHECK (file_text != NULL);
  for (i = 0; i < sizeof (seed); i++)
    seed[i] = (uint8_t) i;
  for (i = 0; i < sizeof (pattern); i++)
    pattern[i] = (uint8_t) (i * 7 + (i >> 8));
  memset (peer_a.b, 0xaa, sizeof (peer_a.b));
  memset (peer_b.b, 0xbb, sizeof (peer_b.b));
  make_key (seed);

  begin_file ("frames: a channel id and messages; docs/protocol/wire.md");
  frames_of_the_handshake ();
  frames_of_chunks ();
  frames_of_the_header ();
  frames_of_subscriptions ();
  frames_of_neighbours ();
  frames_of_the_future ();
  end_file (directory, "messages.json", check);
  begin_file ("chunks: an envelope and records; docs/protocol/wire.md");
  chunks_of_buffers ();
  chunks_of_others ();
  end_file (directory, "chunks.json", check);
  begin_file ("stream headers, signature inputs and signatures");
  stream_headers ();
  sign_prefixes ();
  signatures (seed);
  end_file (directory, "objects.json", check);
  begin_file ("blocks that have to be refused");
  invalid_vectors ();
  end_file (directory, "invalid.json", check);

  gnutls_privkey_deinit (private_key);
  free (file_text);
  return 0;
}
