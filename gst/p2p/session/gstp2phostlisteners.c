/* gst-plugins-p2p
 *
 * This library is free software; you can redistribute it and/or
 * modify it under the terms of the GNU Lesser General Public
 * License as published by the Free Software Foundation; either
 * version 2.1 of the License, or (at your option) any later version.
 */
/* gstp2phostlisteners.c: what a swarm of this process gives to its members:
 * items in order, a history for those who come later, events and figures.
 * Session thread only.
 */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include <string.h>

#include "gstp2psession-private.h"

GST_DEBUG_CATEGORY_EXTERN (gst_p2p_session_debug);
#define GST_CAT_DEFAULT gst_p2p_session_debug

#define HOST_WINDOW_US ((gint64) GST_P2P_HOST_WINDOW_MS * 1000)

void
gst_p2p_host_emit (GstP2PHost * self, GstP2PMemberEvent event,
    GstStructure * structure, const GError * error)
{
  g_autoptr (GPtrArray) members =
      g_ptr_array_new_with_free_func (g_object_unref);
  guint i;

  for (i = 0; i < self->members->len; i++)
    g_ptr_array_add (members,
        g_object_ref (g_ptr_array_index (self->members, i)));
  for (i = 0; i < members->len; i++)
    gst_p2p_member_emit (g_ptr_array_index (members, i), event, structure,
        error);
  if (structure)
    gst_structure_free (structure);
}

static void
trim_history (GstP2PHost * self)
{
  GstP2PItem *newest = g_queue_peek_tail (&self->history);
  GList *l = self->history.head, *next;

  if (newest == NULL || newest->type != GST_P2P_ITEM_CHUNK)
    return;
  for (; l && l != self->history.tail; l = next) {
    GstP2PItem *item = l->data;

    next = l->next;
    if (item->type != GST_P2P_ITEM_CHUNK)
      continue;
    if (gst_p2p_ntp_diff_us (item->ntp, newest->ntp) <= HOST_WINDOW_US)
      break;
    gst_p2p_item_free (item);
    g_queue_delete_link (&self->history, l);
  }
}

static void
forget_headers (GstP2PHost * self)
{
  GList *l, *next;

  for (l = self->history.head; l; l = next) {
    GstP2PItem *item = l->data;

    next = l->next;
    if (item->type == GST_P2P_ITEM_HEADER
        && (l->next == NULL
            || ((GstP2PItem *) l->next->data)->type == GST_P2P_ITEM_HEADER)) {
      gst_p2p_item_free (item);
      g_queue_delete_link (&self->history, l);
    }
  }
}

static void
copy_clock (GstP2PHost * self, GstP2PMember * member, gint64 now)
{
  P2pNtp ntp;
  guint32 error;

  if (!p2p_swarm_get_source_time (self->swarm, now, &ntp, &error))
    return;
  member->clock_local = now;
  member->clock_ntp = ntp;
  member->clock_error_us = error;
}

/* What the streaming thread maps timestamps with is as fresh as the chunk. */
static void
update_clock (GstP2PHost * self, GstP2PMember * member)
{
  g_mutex_lock (&member->lock);
  copy_clock (self, member, g_get_monotonic_time ());
  g_mutex_unlock (&member->lock);
}

void
gst_p2p_host_give (GstP2PHost * self, GstP2PMember * member, GstP2PItem * item)
{
  update_clock (self, member);
  if (!gst_p2p_member_wants (member, item)) {
    gst_p2p_item_free (item);
    return;
  }
  gst_p2p_member_push (member, item);
}

void
gst_p2p_host_push (GstP2PHost * self, GstP2PItem * item)
{
  guint i;

  for (i = 0; i < self->members->len; i++) {
    GstP2PMember *member = g_ptr_array_index (self->members, i);

    if (member != self->publisher)
      gst_p2p_host_give (self, member, gst_p2p_item_copy (item));
  }
  if (item->type == GST_P2P_ITEM_HEADER)
    forget_headers (self);
  if (item->type == GST_P2P_ITEM_EPOCH)
    g_queue_clear_full (&self->history, (GDestroyNotify) gst_p2p_item_free);
  if (item->type == GST_P2P_ITEM_HEADER || item->type == GST_P2P_ITEM_CHUNK) {
    g_queue_push_tail (&self->history, item);
    trim_history (self);
    gst_p2p_host_begin_impatient (self);
  } else {
    gst_p2p_item_free (item);
  }
}

static gboolean
is_join_point (const GstP2PItem * item)
{
  P2pChunkEnvelope envelope;
  gsize len;
  const guint8 *data = g_bytes_get_data (item->bytes, &len);

  return p2p_chunk_envelope_get (data, len, &envelope) == P2P_OK
      && (envelope.flags & P2P_CHUNK_JOIN);
}

/* A listener that comes to a swarm this process has already: it starts at the
 * join point at or before (edge - latency), as one who comes over the network. */
void
gst_p2p_host_replay (GstP2PHost * self, GstP2PMember * member)
{
  GList *l, *start = NULL;
  P2pNtp edge;
  gboolean first = TRUE;

  if (self->history.tail == NULL)
    return;
  edge = ((GstP2PItem *) self->history.tail->data)->ntp;
  for (l = self->history.head; l; l = l->next) {
    GstP2PItem *item = l->data;

    if (item->type != GST_P2P_ITEM_CHUNK || !is_join_point (item))
      continue;
    if (start && gst_p2p_ntp_diff_us (item->ntp, edge) <
        (gint64) member->config.latency_ms * 1000)
      break;
    start = l;
  }
  for (l = self->history.head; l && l != start; l = l->next) {
    GstP2PItem *item = l->data;

    if (item->type == GST_P2P_ITEM_HEADER)
      gst_p2p_member_push (member, gst_p2p_item_copy (item));
  }
  for (l = start; l; l = l->next) {
    GstP2PItem *copy = gst_p2p_item_copy (l->data);

    copy->discont = copy->discont || first;
    first = FALSE;
    gst_p2p_member_gave (member, copy);
    gst_p2p_member_push (member, copy);
  }
  if (start)
    gst_p2p_member_emit (member, GST_P2P_MEMBER_JOINED, NULL, NULL);
}

/* ---- figures for other threads ---- */

static void
copy_neighbours (GstP2PHost * self, GstP2PMember * member)
{
  guint n = p2p_swarm_get_neighbours (self->swarm, NULL, 0);

  g_array_set_size (member->neighbours, n);
  n = MIN (n, p2p_swarm_get_neighbours (self->swarm,
          (P2pNeighbourStats *) member->neighbours->data, n));
  g_array_set_size (member->neighbours, n);
}

static void
update_member (GstP2PHost * self, GstP2PMember * member, gint64 now)
{
  P2pSwarmStats stats;

  p2p_swarm_get_stats (self->swarm, now, &stats);
  self->epoch = stats.epoch;
  gst_p2p_member_own_stats (member, &stats, now);
  g_mutex_lock (&member->lock);
  member->stats = stats;
  member->stats_at = now;
  copy_clock (self, member, now);
  copy_neighbours (self, member);
  if (self->publish && member->newest >= 0
      && (stats.neighbours == 0
          || p2p_swarm_count_holders (self->swarm, member->newest) > 0))
    member->handed_over = member->newest;
  g_mutex_unlock (&member->lock);
}

void
gst_p2p_host_update_stats (GstP2PHost * self)
{
  gint64 now = g_get_monotonic_time ();
  guint i;

  for (i = 0; i < self->members->len; i++)
    update_member (self, g_ptr_array_index (self->members, i), now);
}
