/* gst-plugins-p2p
 *
 * This library is free software; you can redistribute it and/or
 * modify it under the terms of the GNU Lesser General Public
 * License as published by the Free Software Foundation; either
 * version 2.1 of the License, or (at your option) any later version.
 */
/* gstp2pqueue.c: items from the session thread to a streaming thread. */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "gstp2pqueue.h"

struct _GstP2PQueue
{
  GMutex lock;
  GCond cond;
  GQueue items;                 /* GstP2PItem, oldest first */
  gsize bytes;
  gint64 window_us;
  gboolean flushing, ending, closed;
};

/* RFC 5905: the NTP era 0 starts in 1900, the UNIX epoch 2208988800 s later */
#define NTP_UNIX_OFFSET G_GUINT64_CONSTANT (2208988800)

gint64
gst_p2p_ntp_diff_us (P2pNtp a, P2pNtp b)
{
  gint64 diff = (gint64) (b - a);

  /* 32.32 fixed point; split so that nothing overflows */
  return (diff >> 32) * G_USEC_PER_SEC +
      (gint64) (((guint64) diff & 0xffffffff) * G_USEC_PER_SEC >> 32);
}

P2pNtp
gst_p2p_ntp_add_us (P2pNtp ntp, gint64 us)
{
  gint64 s = us / G_USEC_PER_SEC, rest = us % G_USEC_PER_SEC;

  if (rest < 0) {
    rest += G_USEC_PER_SEC;
    s--;
  }
  return ntp + ((guint64) s << 32) +
      (((guint64) rest << 32) + G_USEC_PER_SEC / 2) / G_USEC_PER_SEC;
}

P2pNtp
gst_p2p_ntp_now (void)
{
  return gst_p2p_ntp_add_us (NTP_UNIX_OFFSET << 32, g_get_real_time ());
}

GstP2PItem *
gst_p2p_item_new (GstP2PItemType type, guint64 epoch)
{
  GstP2PItem *item = g_new0 (GstP2PItem, 1);

  item->type = type;
  item->epoch = epoch;
  item->arrival = g_get_monotonic_time ();
  return item;
}

GstP2PItem *
gst_p2p_item_copy (const GstP2PItem * item)
{
  GstP2PItem *copy = g_memdup2 (item, sizeof (*item));

  if (copy->bytes)
    g_bytes_ref (copy->bytes);
  return copy;
}

void
gst_p2p_item_free (GstP2PItem * item)
{
  if (item == NULL)
    return;
  g_clear_pointer (&item->bytes, g_bytes_unref);
  g_free (item);
}

GstP2PQueue *
gst_p2p_queue_new (guint window_ms)
{
  GstP2PQueue *self = g_new0 (GstP2PQueue, 1);

  g_mutex_init (&self->lock);
  g_cond_init (&self->cond);
  g_queue_init (&self->items);
  self->window_us = (gint64) window_ms *1000;
  return self;
}

static gsize
item_size (const GstP2PItem * item)
{
  return item->bytes ? g_bytes_get_size (item->bytes) : 0;
}

static void
clear_locked (GstP2PQueue * self)
{
  g_queue_clear_full (&self->items, (GDestroyNotify) gst_p2p_item_free);
  self->bytes = 0;
}

void
gst_p2p_queue_free (GstP2PQueue * self)
{
  clear_locked (self);
  g_mutex_clear (&self->lock);
  g_cond_clear (&self->cond);
  g_free (self);
}

/* Drops the oldest chunk and lets a SKIP take its place; headers and the other
 * items stay, they are what the next chunk is read with. */
static gboolean
drop_oldest_locked (GstP2PQueue * self)
{
  GList *l, *prev;
  GstP2PItem *item, *skip;

  for (l = self->items.head; l; l = l->next) {
    item = l->data;
    if (item->type == GST_P2P_ITEM_CHUNK)
      break;
  }
  if (l == NULL || l == self->items.tail)
    return FALSE;

  self->bytes -= item_size (item);
  prev = l->prev;
  skip = prev ? prev->data : NULL;
  if (skip && skip->type == GST_P2P_ITEM_SKIP && skip->epoch == item->epoch) {
    skip->last = item->chunk;
    gst_p2p_item_free (item);
    g_queue_delete_link (&self->items, l);
  } else {
    item->type = GST_P2P_ITEM_SKIP;
    item->last = item->chunk;
    g_clear_pointer (&item->bytes, g_bytes_unref);
  }
  return TRUE;
}

static gboolean
is_over_locked (GstP2PQueue * self, const GstP2PItem * newest)
{
  GList *l;

  if (self->bytes > GST_P2P_QUEUE_MAX_BYTES
      || self->items.length > GST_P2P_QUEUE_MAX_ITEMS)
    return TRUE;
  if (newest->type != GST_P2P_ITEM_CHUNK)
    return FALSE;
  for (l = self->items.head; l; l = l->next) {
    const GstP2PItem *item = l->data;

    if (item->type == GST_P2P_ITEM_CHUNK)
      return item->epoch == newest->epoch
          && gst_p2p_ntp_diff_us (item->ntp, newest->ntp) > self->window_us;
  }
  return FALSE;
}

void
gst_p2p_queue_push (GstP2PQueue * self, GstP2PItem * item)
{
  g_mutex_lock (&self->lock);
  if (self->closed) {
    gst_p2p_item_free (item);
  } else {
    g_queue_push_tail (&self->items, item);
    self->bytes += item_size (item);
    while (is_over_locked (self, item) && drop_oldest_locked (self));
    g_cond_signal (&self->cond);
  }
  g_mutex_unlock (&self->lock);
}

GstP2PItem *
gst_p2p_queue_pop (GstP2PQueue * self, gint64 end_time)
{
  GstP2PItem *item = NULL;

  g_mutex_lock (&self->lock);
  while (!self->flushing && !self->closed && self->items.length == 0) {
    if (end_time < 0)
      g_cond_wait (&self->cond, &self->lock);
    else if (!g_cond_wait_until (&self->cond, &self->lock, end_time))
      break;
  }
  if (!self->flushing)
    item = g_queue_pop_head (&self->items);
  if (item)
    self->bytes -= item_size (item);
  g_mutex_unlock (&self->lock);
  return item;
}

void
gst_p2p_queue_set_flushing (GstP2PQueue * self, gboolean flushing)
{
  g_mutex_lock (&self->lock);
  self->flushing = flushing;
  g_cond_broadcast (&self->cond);
  g_mutex_unlock (&self->lock);
}

void
gst_p2p_queue_set_ending (GstP2PQueue * self, gboolean ending)
{
  g_mutex_lock (&self->lock);
  self->ending = ending;
  self->closed = self->closed && ending;
  g_mutex_unlock (&self->lock);
}

void
gst_p2p_queue_close (GstP2PQueue * self)
{
  g_mutex_lock (&self->lock);
  self->closed = self->ending;
  g_cond_broadcast (&self->cond);
  g_mutex_unlock (&self->lock);
}

gboolean
gst_p2p_queue_has_ended (GstP2PQueue * self)
{
  gboolean ended;

  g_mutex_lock (&self->lock);
  ended = self->closed && !self->flushing && self->items.length == 0;
  g_mutex_unlock (&self->lock);
  return ended;
}

void
gst_p2p_queue_clear (GstP2PQueue * self)
{
  g_mutex_lock (&self->lock);
  clear_locked (self);
  g_mutex_unlock (&self->lock);
}
