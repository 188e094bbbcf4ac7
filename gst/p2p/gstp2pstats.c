/* gst-plugins-p2p
 *
 * This library is free software; you can redistribute it and/or
 * modify it under the terms of the GNU Lesser General Public
 * License as published by the Free Software Foundation; either
 * version 2.1 of the License, or (at your option) any later version.
 */
/* gstp2pstats.c: counters of the core -> GstStructure.
 *
 * The first 19 fields are those of Flash's NetStreamMulticastInfo, which people
 * who ran such swarms know; the ones about servers and IP multicast are there
 * for completeness and 0 (nothing of either carries media yet).
 */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "gstp2pstats.h"

#define RATE_INTERVAL_US G_USEC_PER_SEC

static guint64
to_bps (guint64 now, guint64 before, gint64 elapsed_us)
{
  if (now < before)
    return 0;
  return gst_util_uint64_scale ((now - before) * 8, G_USEC_PER_SEC, elapsed_us);
}

static void
update_rates (GstP2PRates * r, const P2pSwarmStats * s, gint64 taken_at)
{
  guint64 sent = s->bytes_pushed_to_peers + s->bytes_requested_by_peers;
  guint64 received = s->bytes_pushed_from_peers + s->bytes_requested_from_peers;
  gint64 elapsed = taken_at - r->since;

  if (elapsed < RATE_INTERVAL_US)
    return;
  r->send_bps = to_bps (sent, r->sent, elapsed);
  r->receive_bps = to_bps (received, r->received, elapsed);
  r->send_control_bps = to_bps (s->bytes_control_sent, r->control_sent,
      elapsed);
  r->receive_control_bps = to_bps (s->bytes_control_received,
      r->control_received, elapsed);
  r->since = taken_at;
  r->sent = sent;
  r->received = received;
  r->control_sent = s->bytes_control_sent;
  r->control_received = s->bytes_control_received;
}

static GstStructure *
new_multicast_info (const P2pSwarmStats * s, const GstP2PRates * r)
{
  guint64 none = 0;

  return gst_structure_new (GST_P2P_STATS_NAME,
      "send-data-bps", G_TYPE_UINT64, r->send_bps,
      "send-control-bps", G_TYPE_UINT64, r->send_control_bps,
      "receive-data-bps", G_TYPE_UINT64, r->receive_bps,
      "receive-control-bps", G_TYPE_UINT64, r->receive_control_bps,
      "bytes-pushed-to-peers", G_TYPE_UINT64, s->bytes_pushed_to_peers,
      "fragments-pushed-to-peers", G_TYPE_UINT64, s->chunks_pushed_to_peers,
      "bytes-requested-by-peers", G_TYPE_UINT64, s->bytes_requested_by_peers,
      "fragments-requested-by-peers", G_TYPE_UINT64,
      s->chunks_requested_by_peers,
      "bytes-pushed-from-peers", G_TYPE_UINT64, s->bytes_pushed_from_peers,
      "fragments-pushed-from-peers", G_TYPE_UINT64, s->chunks_pushed_from_peers,
      "bytes-requested-from-peers", G_TYPE_UINT64,
      s->bytes_requested_from_peers,
      "fragments-requested-from-peers", G_TYPE_UINT64,
      s->chunks_requested_from_peers,
      "send-control-bps-to-server", G_TYPE_UINT64, none,
      "receive-data-bps-from-server", G_TYPE_UINT64, none,
      "bytes-from-server", G_TYPE_UINT64, none,
      "fragments-from-server", G_TYPE_UINT64, none,
      "receive-data-bps-from-ip-multicast", G_TYPE_UINT64, none,
      "bytes-from-ip-multicast", G_TYPE_UINT64, none,
      "fragments-from-ip-multicast", G_TYPE_UINT64, none, NULL);
}

static void
add_counters (GstStructure * out, const P2pSwarmStats * s)
{
  gst_structure_set (out,
      "bytes-control-sent", G_TYPE_UINT64, s->bytes_control_sent,
      "bytes-control-received", G_TYPE_UINT64, s->bytes_control_received,
      "packets-control-sent", G_TYPE_UINT64, s->packets_control_sent,
      "bytes-wire-sent", G_TYPE_UINT64, s->bytes_wire_sent,
      "bytes-wire-received", G_TYPE_UINT64, s->bytes_wire_received,
      "fragments-delivered", G_TYPE_UINT64, s->chunks_delivered,
      "fragments-lost", G_TYPE_UINT64, s->chunks_lost,
      "fragments-late", G_TYPE_UINT64, s->chunks_late,
      "fragments-duplicate", G_TYPE_UINT64, s->chunks_duplicate,
      "bytes-duplicate", G_TYPE_UINT64, s->bytes_duplicate,
      "fragments-bad-signature", G_TYPE_UINT64, s->chunks_bad_signature,
      "messages-malformed", G_TYPE_UINT64, s->frames_malformed,
      "requests-sent", G_TYPE_UINT64, s->requests_sent,
      "requests-refused", G_TYPE_UINT64, s->requests_refused,
      "fragments-overdue", G_TYPE_UINT64, s->overdue, NULL);
}

static GstClockTime
us_to_ns (guint32 us)
{
  return (GstClockTime) us *GST_USECOND;
}

static const gchar *
role_to_string (guint8 role)
{
  switch (role) {
    case P2P_ROLE_LEAF:
      return "leaf";
    case P2P_ROLE_RELAY:
      return "relay";
    case P2P_ROLE_SUPER:
      return "super";
    case P2P_ROLE_SOURCE:
      return "source";
    default:
      return "unknown";
  }
}

static void
add_state (GstStructure * out, const P2pSwarmStats * s)
{
  gst_structure_set (out,
      "epoch", G_TYPE_UINT64, s->epoch,
      "sub-streams", G_TYPE_UINT, (guint) s->k,
      "sub-streams-fed", G_TYPE_UINT, (guint) s->fed,
      "sub-streams-backed", G_TYPE_UINT, (guint) s->backed,
      "newest-fragment", G_TYPE_UINT, (guint) s->edge,
      "next-fragment", G_TYPE_UINT, (guint) s->position,
      "members", G_TYPE_UINT, (guint) s->members,
      "peers", G_TYPE_UINT, (guint) s->neighbours,
      "parents", G_TYPE_UINT, (guint) s->parents,
      "children", G_TYPE_UINT, (guint) s->children,
      "depth", G_TYPE_UINT, (guint) s->depth,
      "first-hop-share", G_TYPE_UINT, (guint) s->first_hop_share,
      "prefix-share", G_TYPE_UINT, (guint) s->prefix_share,
      "links-refused-prefix", G_TYPE_UINT64, s->links_refused_prefix,
      "neighbours-swapped", G_TYPE_UINT64, s->neighbours_swapped,
      "role", G_TYPE_STRING, role_to_string (s->role),
      "upload-capacity-bps", G_TYPE_UINT64, (guint64) s->upload_bps,
      "upload-missing-bps", G_TYPE_INT64, s->missing_bps,
      "upload-demand-bps", G_TYPE_INT64, s->demand_bps,
      "lag", G_TYPE_UINT64, us_to_ns (s->lag_us),
      "lag-p50", G_TYPE_UINT64, us_to_ns (s->lag_p50_us),
      "lag-p99", G_TYPE_UINT64, us_to_ns (s->lag_p99_us),
      "lateness-p995", G_TYPE_UINT64, us_to_ns (s->lateness_p995_us),
      "buffered", G_TYPE_UINT64, us_to_ns (s->buffered_us),
      "join-time", G_TYPE_UINT64, us_to_ns (s->join_us), NULL);
}

static gchar *
peer_to_string (const P2pPeerId * id)
{
  GString *s = g_string_sized_new (2 * P2P_PEER_ID_LEN + 1);
  guint i;

  for (i = 0; i < P2P_PEER_ID_LEN; i++)
    g_string_append_printf (s, "%02x", id->b[i]);
  return g_string_free (s, FALSE);
}

static const gchar *
path_to_string (P2pPathType path)
{
  switch (path) {
    case P2P_PATH_HOST:
      return "host";
    case P2P_PATH_SRFLX:
      return "server-reflexive";
    case P2P_PATH_RELAY:
      return "relay";
    default:
      return "unknown";
  }
}

static GstStructure *
new_neighbour (const P2pNeighbourStats * n)
{
  gchar *id = peer_to_string (&n->peer_id);
  GstStructure *out = gst_structure_new ("neighbour",
      "peer-id", G_TYPE_STRING, id,
      "role", G_TYPE_STRING, role_to_string (n->role),
      "path", G_TYPE_STRING, path_to_string (n->path),
      "rtt", G_TYPE_UINT64, us_to_ns (n->rtt_us),
      "queue", G_TYPE_UINT64, us_to_ns (n->queue_us),
      "lag", G_TYPE_UINT64, us_to_ns (n->lag_us),
      "parent-mask", G_TYPE_UINT, (guint) n->parent_mask,
      "child-mask", G_TYPE_UINT, (guint) n->child_mask,
      "backup-mask", G_TYPE_UINT, (guint) n->backup_mask,
      "capacity", G_TYPE_UINT, (guint) n->capacity,
      "bytes-sent", G_TYPE_UINT64, n->bytes_sent,
      "bytes-received", G_TYPE_UINT64, n->bytes_received,
      "suspect", G_TYPE_BOOLEAN, (gboolean) n->suspect, NULL);

  g_free (id);
  return out;
}

static void
add_neighbours (GstStructure * out, const P2pNeighbourStats * n, guint count)
{
  GValue list = G_VALUE_INIT;
  guint i;

  g_value_init (&list, GST_TYPE_LIST);
  for (i = 0; i < count; i++) {
    GValue v = G_VALUE_INIT;

    g_value_init (&v, GST_TYPE_STRUCTURE);
    g_value_take_boxed (&v, new_neighbour (&n[i]));
    gst_value_list_append_and_take_value (&list, &v);
  }
  gst_structure_take_value (out, "neighbours", &list);
}

GstStructure *
gst_p2p_stats_new (const P2pSwarmStats * stats,
    const P2pNeighbourStats * neighbours, guint n_neighbours,
    GstP2PRates * rates, gint64 taken_at)
{
  static const P2pSwarmStats none = { 0, };
  GstStructure *out;

  if (stats != NULL)
    update_rates (rates, stats, taken_at);
  else
    stats = &none;
  out = new_multicast_info (stats, rates);
  add_counters (out, stats);
  add_state (out, stats);
  add_neighbours (out, neighbours, n_neighbours);
  return out;
}

void
gst_p2p_stats_set_peer_id (GstStructure * stats, GstP2PMember * member)
{
  gchar *text = NULL;
  P2pPeerId id;

  if (member != NULL) {
    gst_p2p_member_get_peer_id (member, &id);
    text = peer_to_string (&id);
  }
  gst_structure_set (stats, "peer-id", G_TYPE_STRING, text ? text : "", NULL);
  g_free (text);
}
