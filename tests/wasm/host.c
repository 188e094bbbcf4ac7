/* gst-plugins-p2p
 *
 * This library is free software; you can redistribute it and/or
 * modify it under the terms of the GNU Lesser General Public
 * License as published by the Free Software Foundation; either
 * version 2.1 of the License, or (at your option) any later version.
 */
/* host.c: the core's door to JavaScript, compiled into the module with it.
 *
 * JavaScript can't pass structs, so each call takes numbers and addresses in
 * the module's memory, and an action is laid out flat. 64-bit numbers are
 * BigInt on the other side. Nothing is imported: JavaScript drains actions.
 */
#include <stdlib.h>
#include <string.h>

#include "../../gst/p2p/core/swarm/p2pswarm.h"
#include "../../gst/p2p/core/wire/p2precord.h"
#include "../vectors/describe.h"

/* build.sh exports what is visible, and hides everything else. */
#pragma GCC visibility push(default)

/* What an action says; fields that its type does not have are 0. */
typedef struct
{
  uint32_t type, link, token, stream;
  uint32_t head, head_len;      /* SEND; prefix of SIGN and VERIFY */
  uint32_t body, body_len;
  uint32_t signature;           /* VERIFY */
  uint32_t chunk, discont;      /* DELIVER */
  uint32_t first, last;         /* SKIP */
  uint32_t event, bad, reason;  /* EVENT, DROP_LINK */
} FlatAction;

static FlatAction flat;

void *
host_alloc (size_t n)
{
  return malloc (n);
}

void
host_free (void *p)
{
  free (p);
}

size_t
host_describe (uint32_t kind, const uint8_t * data, size_t len,
    char *out, size_t cap)
{
  return p2p_describe ((P2pVectorKind) kind, data, len, out, cap);
}

size_t
host_reencode (uint32_t kind, const uint8_t * data, size_t len,
    uint8_t * out, size_t cap)
{
  return p2p_reencode ((P2pVectorKind) kind, data, len, out, cap);
}

void
host_sign_prefix (uint8_t * out, const char *tag,
    const P2pSwarmId * swarm, uint64_t epoch, uint32_t number, uint64_t ntp)
{
  p2p_sign_prefix (out, tag, swarm, epoch, (P2pRange) {
      number, number}, ntp);
}

/* proof is NULL for a listener. */
P2pSwarm *
host_swarm_new (uint32_t role, const P2pSwarmId * swarm,
    const P2pPeerId * peer, uint64_t seed, uint64_t epoch,
    const uint8_t * proof, int64_t now)
{
  P2pSwarmConfig config;

  memset (&config, 0, sizeof (config));
  config.role = (P2pRole) role;
  config.swarm_id = *swarm;
  config.peer_id = *peer;
  config.seed = seed;
  if (proof != NULL) {
    config.k = 4;
    config.epoch = epoch;
    config.source_clock = epoch;
    memcpy (config.proof, proof, P2P_SIGNATURE_LEN);
  }
  return p2p_swarm_new (&config, now);
}

void
host_swarm_free (P2pSwarm * swarm)
{
  p2p_swarm_free (swarm);
}

uint32_t
host_link_up (P2pSwarm * swarm, uint32_t link,
    const P2pPeerId * peer, uint32_t offerer, uint32_t channel, int64_t now)
{
  P2pLinkInfo info;

  memset (&info, 0, sizeof (info));
  info.peer_id = *peer;
  info.offerer = offerer != 0;
  info.path = P2P_PATH_HOST;
  info.rtt_us = 20000;
  info.local_channel = channel;
  return p2p_swarm_link_up (swarm, link, &info, now);
}

void
host_link_down (P2pSwarm * swarm, uint32_t link, int64_t now)
{
  p2p_swarm_link_down (swarm, link, now);
}

void
host_link_stats (P2pSwarm * swarm, uint32_t link, uint32_t unacked,
    uint64_t sent, uint64_t received, int64_t last_received, int64_t now)
{
  P2pLinkStats stats;

  memset (&stats, 0, sizeof (stats));
  stats.unacked = unacked;
  stats.srtt_us = 20000;
  stats.wire_sent = sent;
  stats.wire_received = received;
  stats.last_received = last_received;
  p2p_swarm_link_stats (swarm, link, &stats, now);
}

void
host_frame (P2pSwarm * swarm, uint32_t link, const uint8_t * data,
    uint32_t len, int64_t now)
{
  P2pPayload *payload = p2p_payload_new_copy (data, len);

  if (payload == NULL)
    return;
  p2p_swarm_frame (swarm, link, (P2pSlice) {
      payload, 0, len}
      , now);
  p2p_payload_unref (payload);
}

uint32_t
host_publish_header (P2pSwarm * swarm, const uint8_t * caps,
    uint32_t len, int64_t now)
{
  P2pStreamHeader h;

  memset (&h, 0, sizeof (h));
  h.chunk_duration_us = 125000;
  h.bitrate = 128000;
  h.caps = caps;
  h.caps_len = len;
  return p2p_swarm_publish_header (swarm, &h, now);
}

/* One chunk that can be joined at, with one buffer in it. */
uint32_t
host_publish_chunk (P2pSwarm * swarm, const uint8_t * data,
    uint32_t len, int64_t pts_ns, int64_t now)
{
  static uint8_t bytes[P2P_CHUNK_ENVELOPE_LEN + P2P_MAX_CHUNK_MEDIA];
  P2pChunkEnvelope e;
  P2pRecordContext context;
  P2pRecord record;
  P2pPayload *payload;
  P2pResult result;
  P2pWriter w;

  memset (&e, 0, sizeof (e));
  e.flags = P2P_CHUNK_JOIN;
  e.records = 1;
  e.duration_us = 125000;
  e.base_pts_ns = (uint64_t) pts_ns;
  p2p_chunk_envelope_put (bytes, &e);
  memset (&record, 0, sizeof (record));
  record.pts_ns = pts_ns;
  record.dts_ns = P2P_RECORD_TIME_NONE;
  record.duration_ns = 125000000;
  record.offset = record.offset_end = P2P_RECORD_OFFSET_NONE;
  record.data = data;
  record.len = len;
  p2p_writer_init (&w, bytes, sizeof (bytes));
  w.len = P2P_CHUNK_ENVELOPE_LEN;
  p2p_record_context_init (&context, pts_ns);
  result = p2p_record_put (&w, &context, &record);
  if (result != P2P_OK)
    return result;
  payload = p2p_payload_new_copy (bytes, (uint32_t) w.len);
  if (payload == NULL)
    return P2P_LIMIT;
  /* the copy lies in one block with its payload and is ours to write */
  result = p2p_swarm_publish_chunk (swarm, payload, (uint8_t *) payload->data,
      now);
  p2p_payload_unref (payload);
  return result;
}

void
host_verified (P2pSwarm * swarm, uint32_t token, uint32_t good, int64_t now)
{
  p2p_swarm_verified (swarm, token, good != 0, now);
}

void
host_signed (P2pSwarm * swarm, uint32_t token,
    const uint8_t * signature, int64_t now)
{
  p2p_swarm_signed (swarm, token, signature, now);
}

void
host_tick (P2pSwarm * swarm, int64_t now)
{
  p2p_swarm_tick (swarm, now);
}

int64_t
host_next_deadline (const P2pSwarm * swarm)
{
  return p2p_swarm_next_deadline (swarm);
}

static uint32_t
address (const void *p)
{
  return (uint32_t) (uintptr_t) p;
}

static void
flatten_body (P2pSlice body)
{
  flat.body = address (p2p_slice_data (body, &flat.body_len));
}

static void
flatten (const P2pAction * a)
{
  switch (a->type) {
    case P2P_ACTION_SEND:
      flat.stream = a->u.send.stream;
      flat.head = address (a->u.send.head);
      flat.head_len = a->u.send.head_len;
      flatten_body (a->u.send.body);
      break;
    case P2P_ACTION_SIGN:
    case P2P_ACTION_VERIFY:
      flat.head = address (a->u.crypto.prefix);
      flat.head_len = P2P_SIGN_PREFIX_LEN;
      flat.signature = address (a->u.crypto.signature);
      flatten_body (a->u.crypto.body);
      break;
    case P2P_ACTION_HEADER:
      flatten_body (a->u.header.bytes);
      break;
    case P2P_ACTION_DELIVER:
      flat.chunk = a->u.deliver.chunk;
      flat.discont = a->u.deliver.discont;
      flatten_body (a->u.deliver.bytes);
      break;
    case P2P_ACTION_SKIP:
      flat.first = a->u.skip.first;
      flat.last = a->u.skip.last;
      break;
    case P2P_ACTION_DROP_LINK:
      flat.bad = a->u.drop.bad;
      flat.reason = a->u.drop.reason;
      break;
    case P2P_ACTION_EVENT:
      flat.event = a->u.event.event;
      break;
    default:
      break;
  }
}

/* The address of the next action (16 numbers of 32 bits), 0 = none. Valid until
 * the next call into this swarm. */
const FlatAction *
host_next_action (P2pSwarm * swarm)
{
  P2pAction action;

  if (!p2p_swarm_next_action (swarm, &action))
    return NULL;
  memset (&flat, 0, sizeof (flat));
  flat.type = action.type;
  flat.link = action.link;
  flat.token = action.token;
  flatten (&action);
  return &flat;
}
