/* gst-plugins-p2p
 *
 * This library is free software; you can redistribute it and/or
 * modify it under the terms of the GNU Lesser General Public
 * License as published by the Free Software Foundation; either
 * version 2.1 of the License, or (at your option) any later version.
 */
/* describe.c: the wire format as JSON text (see describe.h).
 *
 * Owner: nobody, there is no state here. Thread: any.
 */
#include "describe.h"

#include <string.h>

#include "../../gst/p2p/core/wire/p2precord.h"
#include "../../gst/p2p/core/wire/p2pwire.h"

/* ---- JSON text ---- */

static void
text (P2pWriter * w, const char *s)
{
  p2p_put_bytes (w, s, strlen (s));
}

static void
separate (P2pWriter * w)
{
  if (w->len > 0 && w->data[w->len - 1] != '{' && w->data[w->len - 1] != '[')
    text (w, ",");
}

static void
key (P2pWriter * w, const char *name)
{
  separate (w);
  text (w, "\"");
  text (w, name);
  text (w, "\":");
}

static void
digits (P2pWriter * w, uint64_t v)
{
  char buf[21];
  size_t i = sizeof (buf);

  do {
    buf[--i] = (char) ('0' + v % 10);
    v /= 10;
  } while (v > 0);
  p2p_put_bytes (w, buf + i, sizeof (buf) - i);
}

static void
number (P2pWriter * w, const char *name, uint32_t v)
{
  key (w, name);
  digits (w, v);
}

static void
wide (P2pWriter * w, const char *name, uint64_t v)
{
  key (w, name);
  text (w, "\"");
  digits (w, v);
  text (w, "\"");
}

static void
wide_signed (P2pWriter * w, const char *name, int64_t v)
{
  key (w, name);
  text (w, v < 0 ? "\"-" : "\"");
  digits (w, v < 0 ? 0 - (uint64_t) v : (uint64_t) v);
  text (w, "\"");
}

static void
string (P2pWriter * w, const char *name, const char *v)
{
  key (w, name);
  text (w, "\"");
  text (w, v);
  text (w, "\"");
}

static void
hex (P2pWriter * w, const uint8_t * v, size_t n)
{
  static const char nibble[] = "0123456789abcdef";
  size_t i;

  text (w, "\"");
  for (i = 0; i < n; i++) {
    p2p_put_u8 (w, (uint8_t) nibble[v[i] >> 4]);
    p2p_put_u8 (w, (uint8_t) nibble[v[i] & 15]);
  }
  text (w, "\"");
}

static void
bytes (P2pWriter * w, const char *name, const uint8_t * v, size_t n)
{
  key (w, name);
  hex (w, v, n);
}

static void
list_u32 (P2pWriter * w, const char *name, const uint32_t * v, size_t n)
{
  size_t i;

  key (w, name);
  text (w, "[");
  for (i = 0; i < n; i++) {
    separate (w);
    digits (w, v[i]);
  }
  text (w, "]");
}

static void
list_u16 (P2pWriter * w, const char *name, const uint16_t * v, size_t n)
{
  size_t i;

  key (w, name);
  text (w, "[");
  for (i = 0; i < n; i++) {
    separate (w);
    digits (w, v[i]);
  }
  text (w, "]");
}

/* ---- messages ---- */

static void
describe_handshake (P2pWriter * w, const P2pHandshake * m)
{
  number (w, "source_channel", m->source_channel);
  if (m->source_channel == 0)
    return;
  number (w, "version", m->version);
  number (w, "min_version", m->min_version);
  if (m->has_swarm_id)
    bytes (w, "swarm_id", m->swarm_id, m->swarm_id_len);
  number (w, "integrity_method", m->integrity_method);
  number (w, "signature_algorithm", m->signature_algorithm);
  number (w, "addressing", m->addressing);
  number (w, "discard_window", m->discard_window);
  number (w, "chunk_size", m->chunk_size);
  bytes (w, "supported", m->supported, sizeof (m->supported));
}

static void
describe_hello (P2pWriter * w, const P2pHello * m)
{
  number (w, "version", m->version);
  number (w, "min_version", m->min_version);
  number (w, "features", m->features);
  number (w, "role", m->role);
  number (w, "capacity", m->capacity);
  wide (w, "epoch", m->epoch);
  if (m->token != NULL)
    bytes (w, "token", m->token, m->token_len);
  if (m->proof != NULL)
    bytes (w, "proof", m->proof, P2P_SIGNATURE_LEN);
}

static void
describe_part (P2pWriter * w, const P2pPart * m)
{
  number (w, "id", m->id);
  number (w, "offset", m->offset);
  number (w, "total", m->total);
  bytes (w, "data", m->data, m->len);
}

static void
describe_header (P2pWriter * w, const P2pHeaderPart * m)
{
  wide (w, "epoch", m->epoch);
  wide (w, "ntp", m->ntp);
  bytes (w, "signature", m->signature, P2P_SIGNATURE_LEN);
  describe_part (w, &m->part);
}

static void
describe_signal (P2pWriter * w, const P2pSignalPart * m)
{
  bytes (w, "to", m->to.b, P2P_PEER_ID_LEN);
  bytes (w, "from", m->from.b, P2P_PEER_ID_LEN);
  number (w, "kind", m->kind);
  number (w, "ttl", m->ttl);
  number (w, "session", m->session);
  describe_part (w, &m->part);
}

static void
describe_subscribe (P2pWriter * w, const P2pSubscribe * m)
{
  number (w, "mask", m->mask);
  number (w, "first", m->first);
  number (w, "burst_first", m->burst_first);
  number (w, "credit", m->credit);
  number (w, "capacity", m->capacity);
  list_u32 (w, "refuse", m->refuse, m->refuse_len);
}

static void
describe_sub_ok (P2pWriter * w, const P2pSubOk * m)
{
  unsigned bit, n = 0;

  for (bit = 0; bit < P2P_MAX_SUBSTREAMS; bit++)
    n += m->mask >> bit & 1;
  number (w, "mask", m->mask);
  number (w, "refused", m->refused);
  number (w, "k", m->k);
  list_u32 (w, "next", m->next, n);
  list_u32 (w, "path", m->path, m->path_len);
}

static void
describe_peer_list (P2pWriter * w, const P2pPeerList * m)
{
  unsigned i;

  number (w, "mask", m->mask);
  number (w, "reason", m->reason);
  key (w, "peers");
  text (w, "[");
  for (i = 0; i < m->n; i++) {
    const P2pPeerRecord *p = &m->peers[i];

    separate (w);
    text (w, "{");
    bytes (w, "peer", p->peer.b, P2P_PEER_ID_LEN);
    number (w, "capacity", p->capacity);
    number (w, "free_slots", p->free_slots);
    number (w, "role", p->role);
    number (w, "lag_4ms", p->lag_4ms);
    number (w, "age_s", p->age_s);
    text (w, "}");
  }
  text (w, "]");
}

static void
describe_status (P2pWriter * w, const P2pStatus * m)
{
  uint16_t head[P2P_MAX_SUBSTREAMS];
  unsigned i;

  for (i = 0; i < m->k; i++)
    head[i] = m->head[i];
  number (w, "ping_id", m->ping_id);
  number (w, "base", m->base);
  number (w, "newest", m->newest);
  number (w, "k", m->k);
  number (w, "capacity", m->capacity);
  number (w, "free_slots", m->free_slots);
  number (w, "queue_10ms", m->queue_10ms);
  number (w, "role", m->role);
  list_u16 (w, "head", head, m->k);
  list_u16 (w, "lag_4ms", m->lag_4ms, m->k);
  list_u16 (w, "holes", m->holes, m->n_holes);
  list_u32 (w, "path", m->path, m->path_len);
}

static void
describe_pong (P2pWriter * w, const P2pPong * m)
{
  number (w, "ping_id", m->ping_id);
  wide (w, "source_ntp", m->source_ntp);
  number (w, "hold_us", m->hold_us);
  number (w, "error_4ms", m->error_4ms);
}

static void
describe_range (P2pWriter * w, P2pRange range)
{
  number (w, "first", range.first);
  number (w, "last", range.last);
}

static void
describe_data (P2pWriter * w, const P2pData * m, const uint8_t * frame)
{
  number (w, "chunk", m->chunk.first);
  wide (w, "time_us", m->time_us);
  bytes (w, "bytes", frame + m->offset, m->len);
}

static void
describe_signed_integrity (P2pWriter * w, const P2pSignedIntegrity * m)
{
  number (w, "chunk", m->chunk.first);
  wide (w, "ntp", m->ntp);
  bytes (w, "signature", m->signature, P2P_SIGNATURE_LEN);
}

static const char *
message_name (P2pMsgType type)
{
  switch (type) {
    case P2P_MSG_HANDSHAKE:
      return "HANDSHAKE";
    case P2P_MSG_DATA:
      return "DATA";
    case P2P_MSG_HAVE:
      return "HAVE";
    case P2P_MSG_SIGNED_INTEGRITY:
      return "SIGNED_INTEGRITY";
    case P2P_MSG_REQUEST:
      return "REQUEST";
    case P2P_MSG_CANCEL:
      return "CANCEL";
    case P2P_MSG_CHOKE:
      return "CHOKE";
    case P2P_MSG_UNCHOKE:
      return "UNCHOKE";
    case P2P_MSG_HELLO:
      return "HELLO";
    case P2P_MSG_HEADER:
      return "HEADER";
    case P2P_MSG_SUBSCRIBE:
      return "SUBSCRIBE";
    case P2P_MSG_SUB_OK:
      return "SUB_OK";
    case P2P_MSG_UNSUBSCRIBE:
      return "UNSUBSCRIBE";
    case P2P_MSG_REDIRECT:
      return "REDIRECT";
    case P2P_MSG_STATUS:
      return "STATUS";
    case P2P_MSG_PONG:
      return "PONG";
    case P2P_MSG_LEAVE:
      return "LEAVE";
    case P2P_MSG_SIGNAL:
      return "SIGNAL";
    case P2P_MSG_PEERS:
      return "PEERS";
    case P2P_MSG_HEADER_REQUEST:
      return "HEADER_REQUEST";
    default:
      return "?";
  }
}

static void
describe_body (P2pWriter * w, const P2pMessage * m, const uint8_t * frame)
{
  switch (m->type) {
    case P2P_MSG_HANDSHAKE:
      describe_handshake (w, &m->u.handshake);
      break;
    case P2P_MSG_DATA:
      describe_data (w, &m->u.data, frame);
      break;
    case P2P_MSG_HAVE:
    case P2P_MSG_REQUEST:
    case P2P_MSG_CANCEL:
      describe_range (w, m->u.range);
      break;
    case P2P_MSG_SIGNED_INTEGRITY:
      describe_signed_integrity (w, &m->u.signed_integrity);
      break;
    case P2P_MSG_HELLO:
      describe_hello (w, &m->u.hello);
      break;
    case P2P_MSG_HEADER:
      describe_header (w, &m->u.header);
      break;
    case P2P_MSG_SUBSCRIBE:
      describe_subscribe (w, &m->u.subscribe);
      break;
    case P2P_MSG_SUB_OK:
      describe_sub_ok (w, &m->u.sub_ok);
      break;
    case P2P_MSG_UNSUBSCRIBE:
      number (w, "mask", m->u.unsubscribe.mask);
      number (w, "reason", m->u.unsubscribe.reason);
      break;
    case P2P_MSG_REDIRECT:
    case P2P_MSG_LEAVE:
    case P2P_MSG_PEERS:
      describe_peer_list (w, &m->u.peer_list);
      break;
    case P2P_MSG_STATUS:
      describe_status (w, &m->u.status);
      break;
    case P2P_MSG_PONG:
      describe_pong (w, &m->u.pong);
      break;
    case P2P_MSG_SIGNAL:
      describe_signal (w, &m->u.signal);
      break;
    case P2P_MSG_HEADER_REQUEST:
      number (w, "generation", m->u.generation);
      break;
    default:
      break;
  }
}

static P2pResult
describe_frame (P2pWriter * w, const uint8_t * data, size_t len)
{
  P2pReader r;
  P2pMessage m;
  P2pResult result;
  uint32_t channel;

  p2p_reader_init (&r, data, len);
  if (p2p_wire_get_channel (data, len, &channel) != P2P_OK)
    return P2P_PROTOCOL;
  p2p_read_u32 (&r, &channel);
  number (w, "channel", channel);
  key (w, "messages");
  text (w, "[");
  while ((result = p2p_wire_next (&r, len, &m)) == P2P_OK) {
    separate (w);
    text (w, "{");
    string (w, "type", message_name (m.type));
    describe_body (w, &m, data);
    text (w, "}");
  }
  text (w, "]");
  return result == P2P_NOT_FOUND ? P2P_OK : result;
}

/* ---- chunks ---- */

static void
describe_time (P2pWriter * w, const char *name, int64_t t)
{
  if (t != P2P_RECORD_TIME_NONE)
    wide_signed (w, name, t);
}

static void
describe_record (P2pWriter * w, const P2pRecord * r)
{
  static const char *const names[] = {
    "BUFFER", "PART", "EVENT", "TAGS", "GAP", "EOS"
  };

  string (w, "kind", names[r->kind]);
  describe_time (w, "pts_ns", r->pts_ns);
  describe_time (w, "dts_ns", r->dts_ns);
  describe_time (w, "duration_ns", r->duration_ns);
  if (r->kind == P2P_RECORD_PART) {
    number (w, "part_offset", r->part_offset);
    number (w, "total", r->total);
  }
  if (r->kind == P2P_RECORD_BUFFER || r->kind == P2P_RECORD_PART) {
    number (w, "flags", r->flags);
    if (r->offset != P2P_RECORD_OFFSET_NONE)
      wide (w, "offset", r->offset);
    if (r->offset_end != P2P_RECORD_OFFSET_NONE)
      wide (w, "offset_end", r->offset_end);
  }
  if (r->kind != P2P_RECORD_GAP && r->kind != P2P_RECORD_EOS)
    bytes (w, "data", r->data, r->len);
}

static P2pResult
describe_chunk (P2pWriter * w, const uint8_t * data, size_t len)
{
  P2pChunkEnvelope e;
  P2pRecordContext c;
  P2pReader r;
  P2pRecord record;
  P2pResult result;

  if (p2p_chunk_envelope_get (data, len, &e) != P2P_OK)
    return P2P_PROTOCOL;
  number (w, "flags", e.flags);
  number (w, "generation", e.generation);
  number (w, "stream", e.stream);
  number (w, "record_count", e.records);
  number (w, "join_distance", e.join_distance);
  number (w, "duration_us", e.duration_us);
  wide_signed (w, "base_pts_ns", (int64_t) e.base_pts_ns);
  key (w, "records");
  text (w, "[");
  p2p_reader_init (&r, data, len);
  r.pos = P2P_CHUNK_ENVELOPE_LEN;
  p2p_record_context_init (&c, (int64_t) e.base_pts_ns);
  while ((result = p2p_record_next (&r, &c, &record)) == P2P_OK) {
    separate (w);
    text (w, "{");
    describe_record (w, &record);
    text (w, "}");
  }
  text (w, "]");
  return result == P2P_NOT_FOUND ? P2P_OK : result;
}

/* ---- stream header and signature input ---- */

static P2pResult
describe_stream_header (P2pWriter * w, const uint8_t * data, size_t len)
{
  P2pStreamHeader h;
  unsigned i;

  if (p2p_stream_header_get (data, len, &h) != P2P_OK)
    return P2P_PROTOCOL;
  number (w, "flags", h.flags);
  number (w, "key_generation", h.key_generation);
  number (w, "k", h.k);
  number (w, "generation", h.generation);
  wide (w, "epoch", h.epoch);
  number (w, "chunk_duration_us", h.chunk_duration_us);
  number (w, "bitrate", h.bitrate);
  number (w, "window_ms", h.window_ms);
  number (w, "first_chunk", h.first_chunk);
  bytes (w, "caps", h.caps, h.caps_len);
  key (w, "buffers");
  text (w, "[");
  for (i = 0; i < h.n_buffers; i++) {
    separate (w);
    hex (w, h.buffer[i], h.buffer_len[i]);
  }
  text (w, "]");
  bytes (w, "tags", h.tags, h.tags_len);
  bytes (w, "ice", h.ice, h.ice_len);
  return P2P_OK;
}

typedef struct
{
  char tag[9];
  P2pSwarmId swarm;
  uint64_t epoch, ntp;
  P2pRange spec;
} Prefix;

static bool
get_prefix (const uint8_t * data, size_t len, Prefix * p)
{
  P2pReader r;
  const uint8_t *v;

  p2p_reader_init (&r, data, len);
  if (len != P2P_SIGN_PREFIX_LEN || !p2p_read_bytes (&r, 8, &v))
    return false;
  memcpy (p->tag, v, 8);
  p->tag[8] = '\0';
  if (!p2p_read_bytes (&r, P2P_SWARM_ID_LEN, &v))
    return false;
  memcpy (p->swarm.b, v, P2P_SWARM_ID_LEN);
  return p2p_read_u64 (&r, &p->epoch) && p2p_read_u32 (&r, &p->spec.first)
      && p2p_read_u32 (&r, &p->spec.last) && p2p_read_u64 (&r, &p->ntp);
}

static P2pResult
describe_prefix (P2pWriter * w, const uint8_t * data, size_t len)
{
  Prefix p;

  if (!get_prefix (data, len, &p))
    return P2P_PROTOCOL;
  bytes (w, "tag", (const uint8_t *) p.tag, 8);
  bytes (w, "swarm_id", p.swarm.b, P2P_SWARM_ID_LEN);
  wide (w, "epoch", p.epoch);
  number (w, "first", p.spec.first);
  number (w, "last", p.spec.last);
  wide (w, "ntp", p.ntp);
  return P2P_OK;
}

size_t
p2p_describe (P2pVectorKind kind, const uint8_t * data, size_t len, char *out,
    size_t cap)
{
  static P2pResult (*const describe[]) (P2pWriter *, const uint8_t *, size_t) = {
    describe_frame, describe_chunk, describe_stream_header, describe_prefix
  };
  P2pWriter w;

  p2p_writer_init (&w, (uint8_t *) out, cap);
  text (&w, "{");
  if (describe[kind] (&w, data, len) != P2P_OK) {
    w.len = 0;
    w.overflow = false;
    text (&w, "{\"error\":\"protocol\"");
  }
  text (&w, "}");
  p2p_put_u8 (&w, 0);
  return p2p_writer_ok (&w) ? w.len - 1 : 0;
}

/* ---- writing again ---- */

static void
put_data (P2pWriter * w, const P2pData * m, const uint8_t * frame)
{
  p2p_wire_put_data (w, m->chunk.first, m->time_us);
  p2p_put_bytes (w, frame + m->offset, m->len);
}

static void
put_message (P2pWriter * w, const P2pMessage * m, const uint8_t * frame)
{
  switch (m->type) {
    case P2P_MSG_HANDSHAKE:
      p2p_wire_put_handshake (w, &m->u.handshake);
      break;
    case P2P_MSG_DATA:
      put_data (w, &m->u.data, frame);
      break;
    case P2P_MSG_HAVE:
    case P2P_MSG_REQUEST:
    case P2P_MSG_CANCEL:
      p2p_wire_put_range (w, m->type, m->u.range);
      break;
    case P2P_MSG_SIGNED_INTEGRITY:
      p2p_wire_put_signed_integrity (w, &m->u.signed_integrity);
      break;
    case P2P_MSG_HELLO:
      p2p_wire_put_hello (w, &m->u.hello);
      break;
    case P2P_MSG_HEADER:
      p2p_wire_put_header (w, &m->u.header);
      break;
    case P2P_MSG_SUBSCRIBE:
      p2p_wire_put_subscribe (w, &m->u.subscribe);
      break;
    case P2P_MSG_SUB_OK:
      p2p_wire_put_sub_ok (w, &m->u.sub_ok);
      break;
    case P2P_MSG_UNSUBSCRIBE:
      p2p_wire_put_unsubscribe (w, &m->u.unsubscribe);
      break;
    case P2P_MSG_REDIRECT:
    case P2P_MSG_LEAVE:
    case P2P_MSG_PEERS:
      p2p_wire_put_peer_list (w, m->type, &m->u.peer_list);
      break;
    case P2P_MSG_STATUS:
      p2p_wire_put_status (w, &m->u.status);
      break;
    case P2P_MSG_PONG:
      p2p_wire_put_pong (w, &m->u.pong);
      break;
    case P2P_MSG_SIGNAL:
      p2p_wire_put_signal (w, &m->u.signal);
      break;
    case P2P_MSG_HEADER_REQUEST:
      p2p_wire_put_header_request (w, m->u.generation);
      break;
    default:
      p2p_wire_put_simple (w, m->type);
      break;
  }
}

static bool
reencode_frame (P2pWriter * w, const uint8_t * data, size_t len)
{
  P2pReader r;
  P2pMessage m;
  P2pResult result;
  uint32_t channel;

  p2p_reader_init (&r, data, len);
  if (!p2p_read_u32 (&r, &channel))
    return false;
  p2p_wire_put_channel (w, channel);
  while ((result = p2p_wire_next (&r, len, &m)) == P2P_OK)
    put_message (w, &m, data);
  return result == P2P_NOT_FOUND;
}

static bool
reencode_chunk (P2pWriter * w, const uint8_t * data, size_t len)
{
  uint8_t envelope[P2P_CHUNK_ENVELOPE_LEN];
  P2pRecordContext in, out;
  P2pChunkEnvelope e;
  P2pReader r;
  P2pRecord record;
  P2pResult result;

  if (p2p_chunk_envelope_get (data, len, &e) != P2P_OK)
    return false;
  p2p_chunk_envelope_put (envelope, &e);
  p2p_put_bytes (w, envelope, sizeof (envelope));
  p2p_reader_init (&r, data, len);
  r.pos = P2P_CHUNK_ENVELOPE_LEN;
  p2p_record_context_init (&in, (int64_t) e.base_pts_ns);
  p2p_record_context_init (&out, (int64_t) e.base_pts_ns);
  while ((result = p2p_record_next (&r, &in, &record)) == P2P_OK) {
    if (p2p_record_put (w, &out, &record) != P2P_OK)
      return false;
  }
  return result == P2P_NOT_FOUND;
}

static bool
reencode_stream_header (P2pWriter * w, const uint8_t * data, size_t len)
{
  P2pStreamHeader h;

  if (p2p_stream_header_get (data, len, &h) != P2P_OK)
    return false;
  p2p_stream_header_put (w, &h);
  return true;
}

static bool
reencode_prefix (P2pWriter * w, const uint8_t * data, size_t len)
{
  uint8_t again[P2P_SIGN_PREFIX_LEN];
  Prefix p;

  if (!get_prefix (data, len, &p))
    return false;
  p2p_sign_prefix (again, p.tag, &p.swarm, p.epoch, p.spec, p.ntp);
  p2p_put_bytes (w, again, sizeof (again));
  return true;
}

size_t
p2p_reencode (P2pVectorKind kind, const uint8_t * data, size_t len,
    uint8_t * out, size_t cap)
{
  static bool (*const reencode[]) (P2pWriter *, const uint8_t *, size_t) = {
    reencode_frame, reencode_chunk, reencode_stream_header, reencode_prefix
  };
  P2pWriter w;

  p2p_writer_init (&w, out, cap);
  if (!reencode[kind] (&w, data, len) || !p2p_writer_ok (&w))
    return 0;
  return w.len;
}
