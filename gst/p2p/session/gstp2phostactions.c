/* gst-plugins-p2p
 *
 * This library is free software; you can redistribute it and/or
 * modify it under the terms of the GNU Lesser General Public
 * License as published by the Free Software Foundation; either
 * version 2.1 of the License, or (at your option) any later version.
 */
/* gstp2phostactions.c: carries out what the pure swarm decides. Called from
 * gst_p2p_host_drain() only; an action may feed the swarm again. Session thread
 * only.
 */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include <string.h>

#include "gstp2psession-private.h"

GST_DEBUG_CATEGORY_EXTERN (gst_p2p_session_debug);
#define GST_CAT_DEFAULT gst_p2p_session_debug

/* ---- payloads around GBytes ---- */

static void
payload_destroy (P2pPayload * payload)
{
  g_bytes_unref (payload->host);
  g_free (payload);
}

P2pPayload *
gst_p2p_payload_new (GBytes * bytes)
{
  P2pPayload *payload = g_new0 (P2pPayload, 1);
  gsize len;

  payload->data = g_bytes_get_data (bytes, &len);
  payload->refs = 1;
  payload->len = payload->stored = len;
  payload->destroy = payload_destroy;
  payload->host = bytes;
  return payload;
}

/* The slice's bytes for somebody on another thread. */
GBytes *
gst_p2p_slice_to_bytes (P2pSlice slice)
{
  guint32 stored;
  const guint8 *data;

  if (slice.payload && slice.payload->destroy == payload_destroy)
    return g_bytes_new_from_bytes (slice.payload->host, slice.offset,
        slice.len);
  data = p2p_slice_data (slice, &stored);
  return g_bytes_new (data, stored);
}

static void
do_send (GstP2PHost * self, const P2pAction * action)
{
  GstP2PPeer *peer = gst_p2p_session_find_link (self->session, action->link);
  P2pSlice body = action->u.send.body;
  GstP2PSendResult result;
  GBytes *bytes = NULL;
  gsize offset = body.offset;

  if (peer == NULL || peer->dead)
    return;
  if (body.len > 0 && body.payload->destroy == payload_destroy) {
    bytes = g_bytes_ref (body.payload->host);
  } else if (body.len > 0) {
    bytes = gst_p2p_slice_to_bytes (body);
    offset = 0;
  }
  result = gst_p2p_link_send (peer->link, action->u.send.stream,
      action->u.send.head, action->u.send.head_len, bytes, offset, body.len);
  if (result != GST_P2P_SEND_OK)
    GST_DEBUG ("link %u takes no message of %u bytes: %d", peer->id,
        action->u.send.head_len + body.len, result);
  peer->unacked += action->u.send.head_len + body.len;
  gst_p2p_session_wake_upkeep (self->session);
  g_clear_pointer (&bytes, g_bytes_unref);
}

static void
do_sign (GstP2PHost * self, const P2pAction * action)
{
  guint8 signature[P2P_SIGNATURE_LEN];
  guint32 stored;
  const guint8 *data = p2p_slice_data (action->u.crypto.body, &stored);
  P2pToken token = action->token;

  if (self->key && gst_p2p_key_sign (self->key, action->u.crypto.prefix,
          P2P_SIGN_PREFIX_LEN, data, stored, signature))
    p2p_swarm_signed (self->swarm, token, signature, g_get_monotonic_time ());
}

static void
do_verify (GstP2PHost * self, const P2pAction * action)
{
  guint32 stored;
  const guint8 *data = p2p_slice_data (action->u.crypto.body, &stored);
  P2pToken token = action->token;
  gboolean good = gst_p2p_verify (&self->swarm_id, action->u.crypto.prefix,
      P2P_SIGN_PREFIX_LEN, data, stored, action->u.crypto.signature);

  GST_LOG ("signature of token %u is %s", token, good ? "good" : "bad");
  p2p_swarm_verified (self->swarm, token, good, g_get_monotonic_time ());
}

static void
do_header (GstP2PHost * self, const P2pAction * action)
{
  GstP2PItem *item;

  if (self->publish)            /* own listeners have it already */
    return;
  item = gst_p2p_item_new (GST_P2P_ITEM_HEADER, action->u.header.epoch);
  item->generation = action->u.header.generation;
  item->bytes = gst_p2p_slice_to_bytes (action->u.header.bytes);
  gst_p2p_host_push (self, item);
}

static void
do_deliver (GstP2PHost * self, const P2pAction * action)
{
  GstP2PItem *item;

  if (self->publish)
    return;
  item = gst_p2p_item_new (GST_P2P_ITEM_CHUNK, action->u.deliver.epoch);
  item->generation = action->u.deliver.generation;
  item->chunk = item->last = action->u.deliver.chunk;
  item->ntp = action->u.deliver.ntp;
  item->discont = action->u.deliver.discont;
  item->bytes = gst_p2p_slice_to_bytes (action->u.deliver.bytes);
  /* tests/rigs reads this line: change both */
  GST_LOG ("chunk %u of %" G_GUINT64_FORMAT " arrived %" G_GINT64_FORMAT
      " hops %u pushed %d link %u size %u", action->u.deliver.chunk,
      action->u.deliver.epoch, action->u.deliver.arrival,
      action->u.deliver.hops, action->u.deliver.pushed,
      action->u.deliver.from, action->u.deliver.bytes.len);
  gst_p2p_host_push (self, item);
}

static void
do_skip (GstP2PHost * self, const P2pAction * action)
{
  GstP2PItem *item = gst_p2p_item_new (GST_P2P_ITEM_SKIP, action->u.skip.epoch);

  item->chunk = action->u.skip.first;
  item->last = action->u.skip.last;
  gst_p2p_host_push (self, item);
}

static void
do_drop_link (GstP2PHost * self, const P2pAction * action)
{
  GstP2PPeer *peer = gst_p2p_session_find_link (self->session, action->link);

  if (peer == NULL)
    return;
  GST_DEBUG ("swarm drops link %u, reason %u%s", action->link,
      action->u.drop.reason, action->u.drop.bad ? ", banned" : "");
  gst_p2p_peer_detach (peer, self);
  p2p_swarm_link_down (self->swarm, peer->id, g_get_monotonic_time ());
  if (action->u.drop.bad) {
    if (peer->have_peer_id)
      gst_p2p_session_ban (self->session, &peer->peer_id);
    gst_p2p_peer_close (peer);
  } else if (peer->channels->len == 0) {
    gst_p2p_peer_close (peer);
  }
}

static void
do_thrift (GstP2PHost * self, const P2pAction * action)
{
  GstP2PPeer *peer = gst_p2p_session_find_link (self->session, action->link);

  if (peer && !peer->dead)
    gst_p2p_link_set_thrifty (peer->link);
}

static gchar *
peer_id_to_string (const P2pPeerId * id)
{
  GString *text = g_string_sized_new (2 * P2P_PEER_ID_LEN + 1);
  guint i;

  for (i = 0; i < P2P_PEER_ID_LEN; i++)
    g_string_append_printf (text, "%02x", id->b[i]);
  return g_string_free (text, FALSE);
}

static GstStructure *
peer_structure (GstP2PHost * self, const P2pAction * action, const gchar * name)
{
  static const gchar *paths[] = { "unknown", "host", "server-reflexive",
    "relay"
  };
  g_autofree gchar *id = peer_id_to_string (&action->u.event.peer);
  GstP2PPeer *peer = gst_p2p_session_find_link (self->session, action->link);
  GstP2PLinkStats stats = { 0, };

  if (peer)
    gst_p2p_link_get_stats (peer->link, &stats);
  return gst_structure_new (name, "peer-id", G_TYPE_STRING, id,
      "path", G_TYPE_STRING, paths[CLAMP (stats.path, 0, 3)],
      "remote-address", G_TYPE_STRING, stats.remote_address,
      "rtt", G_TYPE_UINT64, (guint64) stats.srtt_us * 1000, NULL);
}

static void
on_epoch (GstP2PHost * self, gint64 value)
{
  if (self->publish) {
    gst_p2p_host_emit (self, GST_P2P_MEMBER_SUPERSEDED, NULL, NULL);
    return;
  }
  gst_p2p_host_push (self, gst_p2p_item_new (GST_P2P_ITEM_EPOCH, self->epoch));
}

static void
set_publisher_left (GstP2PHost * self, gboolean left)
{
  guint i;

  if (self->publisher_left == left)
    return;
  self->publisher_left = left;
  self->publisher_left_at = g_get_monotonic_time ();
  for (i = 0; i < self->members->len; i++)
    gst_p2p_member_set_publisher_left (g_ptr_array_index (self->members, i),
        left);
}

static void
do_event (GstP2PHost * self, const P2pAction * action)
{
  switch (action->u.event.event) {
    case P2P_EVENT_PEER_ADDED:
      gst_p2p_host_emit (self, GST_P2P_MEMBER_PEER_ADDED,
          peer_structure (self, action, "p2p-peer-added"), NULL);
      gst_p2p_host_recount (self);
      break;
    case P2P_EVENT_PEER_REMOVED:
      gst_p2p_host_emit (self, GST_P2P_MEMBER_PEER_REMOVED,
          peer_structure (self, action, "p2p-peer-removed"), NULL);
      gst_p2p_host_recount (self);
      break;
    case P2P_EVENT_JOINED:
      self->joined = TRUE;
      gst_p2p_host_emit (self, GST_P2P_MEMBER_JOINED, NULL, NULL);
      break;
    case P2P_EVENT_STARVING:
      break;                    /* each listener has a latency of its own */
    case P2P_EVENT_RECOVERED:
      set_publisher_left (self, FALSE);
      break;
    case P2P_EVENT_EPOCH:
      on_epoch (self, action->u.event.value);
      break;
    case P2P_EVENT_PUBLISHER_LEFT:
      set_publisher_left (self, TRUE);
      break;
    case P2P_EVENT_PUBLISHER_BACK:
      set_publisher_left (self, FALSE);
      break;
    case P2P_EVENT_END:
      gst_p2p_host_push (self, gst_p2p_item_new (GST_P2P_ITEM_END,
              self->epoch));
      break;
    case P2P_EVENT_CAPACITY_DEFICIT:
      gst_p2p_host_emit (self, GST_P2P_MEMBER_CAPACITY_DEFICIT,
          gst_structure_new ("p2p-capacity-deficit", "missing-bps",
              G_TYPE_INT64, action->u.event.value, "demand-bps", G_TYPE_INT64,
              action->u.event.demand, "supply-bps", G_TYPE_INT64,
              MAX (action->u.event.demand - action->u.event.value, 0), NULL),
          NULL);
      break;
  }
}

static void
do_signal (GstP2PHost * self, const P2pAction * action)
{
  g_autofree gchar *sdp = g_strndup ((const gchar *) action->u.signal.sdp,
      action->u.signal.len);
  P2pPeerId from = action->u.signal.from;

  gst_p2p_host_overlay_signal (self, action->link, &from,
      action->u.signal.kind, action->u.signal.session, sdp);
}

static const gchar *
action_to_string (P2pActionType type)
{
  static const gchar *names[] = { "send", "sign", "verify", "header",
    "deliver", "skip", "want-links", "connect", "signal", "drop-link", "event",
    "thrift"
  };

  return (guint) type < G_N_ELEMENTS (names) ? names[type] : "?";
}

void
gst_p2p_host_act (GstP2PHost * self, const P2pAction * action)
{
  GST_LOG ("%s %s link %u token %u", self->info_hash,
      action_to_string (action->type), action->link, action->token);
  switch (action->type) {
    case P2P_ACTION_SEND:
      do_send (self, action);
      break;
    case P2P_ACTION_SIGN:
      do_sign (self, action);
      break;
    case P2P_ACTION_VERIFY:
      do_verify (self, action);
      break;
    case P2P_ACTION_HEADER:
      do_header (self, action);
      break;
    case P2P_ACTION_DELIVER:
      do_deliver (self, action);
      break;
    case P2P_ACTION_SKIP:
      do_skip (self, action);
      break;
    case P2P_ACTION_WANT_LINKS:
      gst_p2p_host_want_links (self, action->u.want.count);
      break;
    case P2P_ACTION_CONNECT:{
      P2pPeerId peer = action->u.connect.peer;

      gst_p2p_host_overlay_connect (self, action->link, &peer,
          action->u.connect.session);
      break;
    }
    case P2P_ACTION_SIGNAL:
      do_signal (self, action);
      break;
    case P2P_ACTION_DROP_LINK:
      do_drop_link (self, action);
      break;
    case P2P_ACTION_EVENT:
      do_event (self, action);
      break;
    case P2P_ACTION_THRIFT:
      do_thrift (self, action);
      break;
  }
}
