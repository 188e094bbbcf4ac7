/* gst-plugins-p2p
 *
 * This library is free software; you can redistribute it and/or
 * modify it under the terms of the GNU Lesser General Public
 * License as published by the Free Software Foundation; either
 * version 2.1 of the License, or (at your option) any later version.
 */
/* p2pintake.c: what comes in frames, sorted to the files that know about it.
 * Every byte is hostile: a broken frame drops its sender. */
#include "p2pleave.h"

#include <string.h>

static bool
handshake_ok (const P2pSwarm * self, const P2pHandshake * m)
{
  if (m->version != P2P_WIRE_VERSION && m->min_version > P2P_WIRE_VERSION)
    return false;
  if (m->has_swarm_id && (m->swarm_id_len != P2P_SWARM_ID_LEN
          || memcmp (m->swarm_id, self->config.swarm_id.b,
              P2P_SWARM_ID_LEN) != 0))
    return false;
  return m->integrity_method == 2
      && m->signature_algorithm == P2P_SWARM_ALG_ED25519 && m->addressing == 2;
}

/* Returns false when the rest of the frame means nothing any more. */
static bool
on_handshake (P2pSwarm * self, P2pPeer * p, const P2pHandshake * m)
{
  if (m->source_channel == 0) { /* it closes the channel */
    p2p_peer_drop (self, p, false, 0);
    return false;
  }
  if (!handshake_ok (self, m)) {
    p2p_peer_drop (self, p, false, 1);
    return false;
  }
  p->channel = m->source_channel;
  return true;
}

static void
ask_proof (P2pSwarm * self, P2pPeer * p, const P2pHello * m)
{
  uint8_t prefix[P2P_SIGN_PREFIX_LEN];
  P2pRange none = { 0, 0 };
  P2pPayload *body;
  P2pSlice slice;

  if (m->epoch == 0 || p->proof_token || p->proven)
    return;
  body = p2p_payload_new_copy (p->info.peer_id.b, P2P_PEER_ID_LEN);
  if (!body)
    return;
  slice = (P2pSlice) {
  body, 0, P2P_PEER_ID_LEN};
  p2p_sign_prefix (prefix, P2P_TAG_PEER, &self->config.swarm_id, m->epoch,
      none, 0);
  p->proof_token = p2p_action_crypto (self, P2P_ACTION_VERIFY, p->link, prefix,
      slice, m->proof);
  p2p_payload_unref (body);
}

/* The link speaks another epoch now: nothing promised before is valid. */
static void
enter_epoch (P2pSwarm * self, P2pPeer * p, uint64_t epoch)
{
  if (p->epoch == epoch)
    return;
  p->epoch = epoch;
  p->child_mask = p->evict_mask = 0;
  self->n_proven -= p->proven;
  p->proven = false;
  p->proof_token = 0;
  p->has_map = false;
  p->refused_mask = 0;
  p->header_sent = 0;
  p2p_push_forget (p);
  p2p_parents_lose (self, p, 0xffff, true);
}

static void
on_hello (P2pSwarm * self, P2pPeer * p, const P2pHello * m)
{
  bool first = !p->up;

  if (m->min_version > P2P_PROFILE_VERSION
      || m->version < P2P_PROFILE_VERSION_MIN) {
    p2p_peer_drop (self, p, false, 2);
    return;
  }
  enter_epoch (self, p, m->epoch);
  if (m->role >= P2P_ROLE_LEAF && m->role <= P2P_ROLE_SOURCE)
    p->role = m->role;
  p->capacity = m->capacity;
  p2p_peer_described (self, p);
  if (first && p->role == P2P_ROLE_LEAF && p2p_peer_leaves_full (self)) {
    p2p_peer_drop (self, p, false, 0);
    return;
  }
  if (m->proof && m->role == P2P_ROLE_SOURCE)
    ask_proof (self, p, m);
  p->up = true;
  p2p_peer_tell_at (self, p, p->status_due);
  self->told_fed &= p->told_fed;
  if (first) {
    p2p_action_event (self, P2P_EVENT_PEER_ADDED, p->link, &p->info.peer_id, 0);
  }
  if (self->headers[0] && p->header_sent == 0 && p->epoch != self->epoch)
    p2p_header_send (self, p, self->headers[0]);
  self->parents_dirty = true;
  self->status_at = self->now;
}

static void
on_header_request (P2pSwarm * self, P2pPeer * p, uint16_t generation)
{
  P2pHeaderObject *h = p2p_header_find (self, generation);

  if (h && p2p_header_may_answer (self, p, generation))
    p2p_header_send (self, p, h);
}

static void
on_message (P2pSwarm * self, P2pPeer * p, const P2pMessage * m)
{
  switch (m->type) {
    case P2P_MSG_HAVE:
      p2p_repair_have (self, p, m->u.range);
      break;
    case P2P_MSG_REQUEST:
      p2p_repair_request (self, p, m->u.range);
      break;
    case P2P_MSG_CANCEL:
      p2p_repair_cancel (self, p, m->u.range);
      break;
    case P2P_MSG_CHOKE:
      p->choked = true;
      break;
    case P2P_MSG_UNCHOKE:
      p->choked = false;
      break;
    case P2P_MSG_SUBSCRIBE:
      p2p_admit_subscribe (self, p, &m->u.subscribe);
      break;
    case P2P_MSG_SUB_OK:
      p2p_parents_ok (self, p, &m->u.sub_ok);
      break;
    case P2P_MSG_UNSUBSCRIBE:
      p2p_admit_unsubscribe (self, p, m->u.unsubscribe.mask);
      break;
    case P2P_MSG_REDIRECT:
      p2p_parents_redirect (self, p, &m->u.peer_list);
      break;
    case P2P_MSG_LEAVE:
      p2p_leave_receive (self, p, &m->u.peer_list);
      break;
    case P2P_MSG_PEERS:
      p2p_members_receive (self, p, &m->u.peer_list);
      break;
    case P2P_MSG_SIGNAL:
      p2p_members_signal (self, p, &m->u.signal);
      break;
    case P2P_MSG_HEADER_REQUEST:
      on_header_request (self, p, m->u.generation);
      break;
    case P2P_MSG_PONG:
      p2p_pong_receive (self, p, &m->u.pong);
      break;
    default:
      break;
  }
}

/* Messages that may come before HELLO in the opening flight, or that carry
 * more than the common case. False: stop reading this frame. */
static bool
on_any (P2pSwarm * self, P2pPeer * p, P2pSlice frame, const P2pMessage * m,
    P2pSignedIntegrity * sig, uint32_t at, uint32_t * sig_at)
{
  switch (m->type) {
    case P2P_MSG_HANDSHAKE:
      return on_handshake (self, p, &m->u.handshake);
    case P2P_MSG_HELLO:
      if (p->channel != 0)
        on_hello (self, p, &m->u.hello);
      return !p->dropped;
    case P2P_MSG_STATUS:
      if (p->up)
        p2p_status_receive (self, p, &m->u.status);
      return true;
    case P2P_MSG_HEADER:
      if (p->up)
        p2p_header_part (self, p, &m->u.header);
      return !p->dropped;
    case P2P_MSG_SIGNED_INTEGRITY:
      *sig = m->u.signed_integrity;
      *sig_at = at - P2P_SIGNATURE_LEN;
      return true;
    case P2P_MSG_DATA:
      p2p_delay_stamped (self, p, m->u.data.time_us);
      if (p->up && *sig_at)
        p2p_chunk_receive (self, p, frame, &m->u.data, sig, *sig_at);
      return false;             /* DATA is last */
    default:
      if (p->up)
        on_message (self, p, m);
      return !p->dropped;
  }
}

void
p2p_intake_frame (P2pSwarm * self, P2pPeer * p, P2pSlice frame)
{
  P2pSignedIntegrity sig;
  bool data = false;
  uint32_t stored, channel, sig_at = 0;
  const uint8_t *bytes = p2p_slice_data (frame, &stored);
  P2pReader r;
  P2pMessage m;
  P2pResult result;

  p->last_heard = self->now;
  p->suspect = false;
  p2p_bucket_received (self, p, frame.len);
  p2p_reader_init (&r, bytes, stored);
  if (!bytes || !p2p_read_u32 (&r, &channel)) {
    result = P2P_PROTOCOL;
  } else {
    while ((result = p2p_wire_next (&r, frame.len, &m)) == P2P_OK) {
      data = m.type == P2P_MSG_DATA;
      if (!on_any (self, p, frame, &m, &sig, (uint32_t) r.pos, &sig_at))
        break;
    }
  }
  if (p->left_mask && !p->dropped)
    p2p_parents_heard (self, p);
  if (!data)
    self->stats.bytes_control_received += frame.len;
  if (result == P2P_PROTOCOL) {
    self->stats.frames_malformed++;
    p2p_peer_drop (self, p, true, 3);
  }
}
