/* gst-plugins-p2p
 *
 * This library is free software; you can redistribute it and/or
 * modify it under the terms of the GNU Lesser General Public
 * License as published by the Free Software Foundation; either
 * version 2.1 of the License, or (at your option) any later version.
 */
/* fuzz-swarm.c: a whole member of a swarm, driven by bytes.
 *
 * The input is a list of steps, | step 8 | length 16 | bytes |: a link comes or
 * goes, a frame arrives, time passes, a signature is found good or bad, late or
 * never. A frame's channel id is put right, or no mutation would get past it.
 * The first byte chooses a listener or a source.
 *
 * Whatever comes in, what goes out has to be decodable and small enough, chunks
 * are delivered in order, and time moves on.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../gst/p2p/core/swarm/p2pswarm.h"
#include "../../gst/p2p/core/wire/p2precord.h"

int LLVMFuzzerTestOneInput (const uint8_t * data, size_t size);

#define N_LINKS 8
#define MAX_TOKENS 256
#define MAX_STEPS 400
/* One call may say this much; a swarm that has eight links and a window of ten
 * seconds needs far less. */
#define MAX_ACTIONS 20000
/* Ticks at one instant until there is nothing left to do. */
#define MAX_TICKS 50
#define CHANNEL 0x01020304      /* as in tests/vectors */

typedef enum
{
  STEP_LINK_UP = 0,
  STEP_LINK_DOWN = 1,
  STEP_FRAME = 2,               /* link 8, frame without its channel id */
  STEP_TIME = 3,                /* milliseconds 16 */
  STEP_ANSWER = 4,              /* which 8, good 8 */
  STEP_STATS = 5,               /* link 8, unacknowledged 16 */
  STEP_PUBLISH = 6,
  STEP_SIGNAL = 7,
  STEP_LEAVE = 8,
  STEP_MEMBERS = 9,
  STEP_UPLOAD = 10,
  N_STEPS = 11
} Step;

typedef struct
{
  P2pToken token;
  bool sign;
} Pending;

typedef struct
{
  P2pSwarm *swarm;
  P2pTime now;
  P2pLinkId links[N_LINKS];     /* 0 = down */
  P2pLinkId next_link;
  uint64_t sent[N_LINKS];
  Pending pending[MAX_TOKENS];
  unsigned n_pending;
  bool delivered;
  uint32_t last_chunk;
  uint64_t last_epoch;
} Host;

/* The public key of the vectors' seed 00 01 ... 1f. */
static const uint8_t swarm_id[P2P_SWARM_ID_LEN] = { 15,
  0x03, 0xa1, 0x07, 0xbf, 0xf3, 0xce, 0x10, 0xbe, 0x1d, 0x70, 0xdd, 0x18, 0xe7,
  0x4b, 0xc0, 0x99, 0x67, 0xe4, 0xd6, 0x30, 0x9b, 0xa5, 0x0d, 0x5f, 0x1d, 0xdc,
  0x86, 0x64, 0x12, 0x55, 0x31, 0xb8
};

static void
require (bool holds, const char *what)
{
  if (holds)
    return;
  fprintf (stderr, "%s\n", what);
  abort ();
}

/* ---- what the swarm says ---- */

static void
check_send (Host * host, const P2pAction * a)
{
  static uint8_t frame[P2P_MAX_MESSAGE];
  uint32_t stored;
  const uint8_t *body = p2p_slice_data (a->u.send.body, &stored);
  size_t len = a->u.send.head_len;
  P2pMessage m;
  P2pReader r;
  P2pResult result;
  unsigned i;

  require (len >= 4 && len + a->u.send.body.len <= P2P_MAX_MESSAGE,
      "a frame of a wrong size");
  require (stored == a->u.send.body.len, "a body that is not there");
  memcpy (frame, a->u.send.head, len);
  if (stored > 0)
    memcpy (frame + len, body, stored);
  len += stored;
  p2p_reader_init (&r, frame, len);
  r.pos = 4;
  while ((result = p2p_wire_next (&r, len, &m)) == P2P_OK);
  require (result == P2P_NOT_FOUND, "a frame that can't be decoded");
  require (a->u.send.stream <= P2P_STREAM_BULK, "a stream that is not ours");
  for (i = 0; i < N_LINKS; i++) {
    if (host->links[i] == a->link)
      host->sent[i] += len;
  }
}

static void
check_deliver (Host * host, const P2pAction * a)
{
  if (host->delivered && a->u.deliver.epoch == host->last_epoch)
    require (a->u.deliver.chunk > host->last_chunk, "chunks out of order");
  require (!host->delivered || a->u.deliver.epoch >= host->last_epoch,
      "an old epoch");
  host->delivered = true;
  host->last_chunk = a->u.deliver.chunk;
  host->last_epoch = a->u.deliver.epoch;
}

static void
drop (Host * host, P2pLinkId link)
{
  unsigned i;

  for (i = 0; i < N_LINKS; i++) {
    if (host->links[i] != link)
      continue;
    host->links[i] = 0;
    p2p_swarm_link_down (host->swarm, link, host->now);
  }
}

/* Links that the swarm wants dropped go after it has said everything: the
 * action is valid until the next call only. */
static void
drain (Host * host)
{
  P2pLinkId dropped[64];
  unsigned n_dropped = 0, n = 0, i;
  P2pAction a;

  while (p2p_swarm_next_action (host->swarm, &a)) {
    require (++n < MAX_ACTIONS, "actions without end");
    if (a.type == P2P_ACTION_SEND)
      check_send (host, &a);
    else if (a.type == P2P_ACTION_DELIVER)
      check_deliver (host, &a);
    else if (a.type == P2P_ACTION_DROP_LINK && n_dropped < 64)
      dropped[n_dropped++] = a.link;
    else if ((a.type == P2P_ACTION_SIGN || a.type == P2P_ACTION_VERIFY)
        && host->n_pending < MAX_TOKENS)
      host->pending[host->n_pending++] = (Pending) {
      a.token, a.type == P2P_ACTION_SIGN};
  }
  for (i = 0; i < n_dropped; i++)
    drop (host, dropped[i]);
  if (n_dropped > 0)
    drain (host);
}

static void
settle (Host * host)
{
  unsigned i;

  drain (host);
  for (i = 0; p2p_swarm_next_deadline (host->swarm) <= host->now; i++) {
    require (i < MAX_TICKS, "time stands still");
    p2p_swarm_tick (host->swarm, host->now);
    drain (host);
  }
}

/* ---- what happens to it ---- */

static P2pPeerId
peer_of (unsigned i)
{
  P2pPeerId id;

  memset (id.b, (int) (0xa0 + i), sizeof (id.b));
  return id;
}

static void
link_up (Host * host, uint8_t which)
{
  unsigned i = which % N_LINKS;
  P2pLinkInfo info;

  if (host->links[i] != 0)
    return;
  memset (&info, 0, sizeof (info));
  info.peer_id = peer_of (i);
  info.offerer = which & 0x40;
  info.path = P2P_PATH_HOST;
  info.rtt_us = which & 0x80 ? 0 : 20000;
  info.local_channel = CHANNEL;
  if (p2p_swarm_link_up (host->swarm, host->next_link, &info, host->now)
      == P2P_OK)
    host->links[i] = host->next_link;
  host->next_link++;
}

static void
frame (Host * host, const uint8_t * data, size_t len)
{
  P2pLinkId link = len > 0 ? host->links[data[0] % N_LINKS] : 0;
  P2pPayload *payload;
  uint8_t *bytes;

  if (link == 0)
    return;
  bytes = malloc (len + 3);
  if (bytes == NULL)
    return;
  memcpy (bytes, "\x01\x02\x03\x04", 4);
  memcpy (bytes + 4, data + 1, len - 1);
  payload = p2p_payload_new_copy (bytes, (uint32_t) (len + 3));
  free (bytes);
  if (payload == NULL)
    return;
  p2p_swarm_frame (host->swarm, link, (P2pSlice) {
      payload, 0, payload->len}
      , host->now);
  p2p_payload_unref (payload);
}

static void
answer (Host * host, uint8_t which, bool good)
{
  static const uint8_t signature[P2P_SIGNATURE_LEN] = { 1 };
  Pending p;
  unsigned i;

  if (host->n_pending == 0)
    return;
  i = which % host->n_pending;
  p = host->pending[i];
  host->pending[i] = host->pending[--host->n_pending];
  if (p.sign)
    p2p_swarm_signed (host->swarm, p.token, signature, host->now);
  else
    p2p_swarm_verified (host->swarm, p.token, good, host->now);
}

static void
stats (Host * host, uint8_t which, uint16_t unacked)
{
  unsigned i = which % N_LINKS;
  P2pLinkStats s;

  if (host->links[i] == 0)
    return;
  memset (&s, 0, sizeof (s));
  s.unacked = unacked;
  s.srtt_us = 20000;
  s.wire_sent = host->sent[i];
  s.last_received = host->now;
  p2p_swarm_link_stats (host->swarm, host->links[i], &s, host->now);
}

static void
publish (Host * host, size_t len)
{
  static uint8_t bytes[P2P_CHUNK_ENVELOPE_LEN + 2000];
  P2pChunkEnvelope e = {.flags = P2P_CHUNK_JOIN,.records = 1,
    .duration_us = 125000
  };
  P2pPayload *payload;

  if (len == 0) {
    P2pStreamHeader h = {.bitrate = 128000,.chunk_duration_us = 125000 };

    p2p_swarm_publish_header (host->swarm, &h, host->now);
    return;
  }
  p2p_chunk_envelope_put (bytes, &e);
  payload = p2p_payload_new_copy (bytes, sizeof (bytes));
  if (payload == NULL)
    return;
  p2p_swarm_publish_chunk (host->swarm, payload, (uint8_t *) payload->data,
      host->now);
  p2p_payload_unref (payload);
}

static void
step (Host * host, Step what, const uint8_t * data, size_t len)
{
  uint8_t first = len > 0 ? data[0] : 0;
  uint16_t number = len > 2 ? (uint16_t) (data[1] << 8 | data[2]) : first;
  P2pPeerId peer = peer_of (first % N_LINKS);

  switch (what) {
    case STEP_LINK_UP:
      link_up (host, first);
      break;
    case STEP_LINK_DOWN:
      drop (host, host->links[first % N_LINKS]);
      break;
    case STEP_FRAME:
      frame (host, data, len);
      break;
    case STEP_TIME:
      host->now += P2P_MSEC (number);
      break;
    case STEP_ANSWER:
      answer (host, first, len < 2 || data[1] != 0);
      break;
    case STEP_STATS:
      stats (host, first, number);
      break;
    case STEP_PUBLISH:
      publish (host, len);
      break;
    case STEP_SIGNAL:
      p2p_swarm_send_signal (host->swarm, &peer, 0, 0, number, data,
          (uint32_t) len, host->now);
      break;
    case STEP_LEAVE:
      p2p_swarm_leave (host->swarm, host->now);
      break;
    case STEP_MEMBERS:
      p2p_swarm_set_member_count (host->swarm, number);
      p2p_swarm_connect_failed (host->swarm, &peer, host->now);
      break;
    default:
      p2p_swarm_set_max_upload (host->swarm, number * 1000u, host->now);
      p2p_swarm_set_latency (host->swarm, number * 1000u, host->now);
      break;
  }
}

static P2pSwarm *
make_swarm (bool source, P2pTime now)
{
  P2pSwarmConfig config;

  memset (&config, 0, sizeof (config));
  config.role = source ? P2P_ROLE_SOURCE : P2P_ROLE_RELAY;
  memcpy (config.swarm_id.b, swarm_id, sizeof (swarm_id));
  memset (config.peer_id.b, 0x55, sizeof (config.peer_id.b));
  config.seed = 1;
  if (source) {
    config.k = 4;
    config.epoch = UINT64_C (4004208000) << 32;
    config.source_clock = config.epoch;
  }
  return p2p_swarm_new (&config, now);
}

static void
look_at_it (Host * host)
{
  P2pNeighbourStats neighbours[N_LINKS];
  P2pSwarmStats s;
  P2pNtp ntp;
  uint32_t error;

  p2p_swarm_get_stats (host->swarm, host->now, &s);
  require (s.neighbours <= N_LINKS, "more neighbours than links");
  p2p_swarm_get_neighbours (host->swarm, neighbours, N_LINKS);
  p2p_swarm_get_source_time (host->swarm, host->now, &ntp, &error);
  p2p_swarm_count_holders (host->swarm, host->last_chunk);
}

int
LLVMFuzzerTestOneInput (const uint8_t * data, size_t size)
{
  Host host;
  P2pReader r;
  uint8_t what;
  uint16_t len;
  const uint8_t *bytes;
  unsigned n = 0;

  p2p_reader_init (&r, data, size);
  if (!p2p_read_u8 (&r, &what))
    return 0;
  memset (&host, 0, sizeof (host));
  host.now = P2P_SEC (1);
  host.next_link = 1;
  host.swarm = make_swarm (what & 1, host.now);
  require (host.swarm != NULL, "no swarm");
  while (n++ < MAX_STEPS && p2p_read_u8 (&r, &what) && p2p_read_u16 (&r, &len)) {
    if (len > p2p_reader_left (&r))
      len = (uint16_t) p2p_reader_left (&r);
    p2p_read_bytes (&r, len, &bytes);
    step (&host, (Step) (what % N_STEPS), bytes, len);
    settle (&host);
  }
  look_at_it (&host);
  p2p_swarm_free (host.swarm);
  return 0;
}
