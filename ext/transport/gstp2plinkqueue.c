/* gst-plugins-p2p
 *
 * This library is free software; you can redistribute it and/or
 * modify it under the terms of the GNU Lesser General Public
 * License as published by the Free Software Foundation; either
 * version 2.1 of the License, or (at your option) any later version.
 */
/* gstp2plinkqueue.c: see gstp2plinkqueue.h. */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include <string.h>

#include "gstp2plinkqueue.h"
#include "../../gst/p2p/core/base/p2ptypes.h"

static guint
class_of (guint16 stream)
{
  switch (stream) {
    case P2P_STREAM_CONTROL:
      return 0;
    case P2P_STREAM_REALTIME:
      return 1;
    case P2P_STREAM_BULK:
      return 3;
    default:
      return 2;
  }
}

void
gst_p2p_link_queue_push (GstP2PLinkQueue * q, guint16 stream,
    const guint8 * head, gsize head_len, GBytes * body, gsize offset, gsize len)
{
  GstP2PQueued *m = g_malloc (sizeof (*m) + head_len);
  guint c = class_of (stream);

  m->next = NULL;
  m->body = body ? g_bytes_ref (body) : NULL;
  m->offset = offset;
  m->len = body ? len : 0;
  m->head_len = head_len;
  m->stream = stream;
  m->at = g_get_monotonic_time ();
  if (head_len > 0) {
    memcpy (m->head, head, head_len);
  }
  if (q->last[c]) {
    q->last[c]->next = m;
  } else {
    q->first[c] = m;
  }
  q->last[c] = m;
  q->bytes += m->head_len + m->len;
  q->n++;
}

static gint
first_class (GstP2PLinkQueue * q)
{
  gint c;

  for (c = 0; c < GST_P2P_LINK_QUEUE_CLASSES; c++) {
    if (q->first[c]) {
      return c;
    }
  }
  return -1;
}

GstP2PQueued *
gst_p2p_link_queue_peek (GstP2PLinkQueue * q)
{
  gint c = first_class (q);

  return c < 0 ? NULL : q->first[c];
}

void
gst_p2p_link_queue_drop (GstP2PLinkQueue * q)
{
  gint c = first_class (q);
  GstP2PQueued *m;

  if (c < 0) {
    return;
  }
  m = q->first[c];
  q->first[c] = m->next;
  if (m->next == NULL) {
    q->last[c] = NULL;
  }
  q->bytes -= m->head_len + m->len;
  q->n--;
  g_clear_pointer (&m->body, g_bytes_unref);
  g_free (m);
}

void
gst_p2p_link_queue_clear (GstP2PLinkQueue * q)
{
  while (q->n > 0) {
    gst_p2p_link_queue_drop (q);
  }
}

void
gst_p2p_queued_copy (const GstP2PQueued * m, guint8 * out)
{
  if (m->head_len > 0) {
    memcpy (out, m->head, m->head_len);
  }
  if (m->len > 0) {
    const guint8 *bytes = g_bytes_get_data (m->body, NULL);

    memcpy (out + m->head_len, bytes + m->offset, m->len);
  }
}
