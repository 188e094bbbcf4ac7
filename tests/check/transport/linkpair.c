/* gst-plugins-p2p
 *
 * This library is free software; you can redistribute it and/or
 * modify it under the terms of the GNU Lesser General Public
 * License as published by the Free Software Foundation; either
 * version 2.1 of the License, or (at your option) any later version.
 */
/* linkpair.c: see linkpair.h. */
#include "linkpair.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* A turn of the context takes 10 ms; so much more is a busy machine, us. */
#define LONG_TURN (50 * 1000)

static void
pass_candidates (LinkEnd * from)
{
  LinkEnd *to = from->other;
  P2pPeerId id;
  gchar *c;

  if (to->link == NULL || !gst_p2p_link_get_peer_id (to->link, &id)) {
    return;
  }
  while ((c = g_queue_pop_head (&from->candidates))) {
    gst_p2p_link_add_candidate (to->link, c, NULL);
    g_free (c);
  }
  if (from->end_of_candidates) {
    from->end_of_candidates = FALSE;
    gst_p2p_link_add_candidate (to->link, NULL, NULL);
  }
}

static const GstP2PLinkCallbacks callbacks;

static void
offer_to_b (LinkPair * pair)
{
  g_autofree gchar *sdp = pair->edit_offer ? pair->edit_offer (pair->a.sdp)
      : g_strdup (pair->a.sdp);

  pair->b.link = pair->b.make_link ? pair->b.make_link (&pair->b, sdp) :
      gst_p2p_transport_accept_offer (pair->b.transport,
      &pair->config, "b-attribute", sdp, &pair->b.error);
  if (pair->b.link) {
    gst_p2p_link_set_callbacks (pair->b.link, &callbacks, &pair->b);
    pass_candidates (&pair->a);
  }
}

gboolean
link_pair_pass_answer (LinkPair * pair, GError ** error)
{
  g_autofree gchar *sdp = pair->edit_answer ? pair->edit_answer (pair->b.sdp)
      : g_strdup (pair->b.sdp);
  gboolean ok = pair->a.link != NULL
      && gst_p2p_link_set_answer (pair->a.link, sdp, error);

  if (ok) {
    pass_candidates (&pair->b);
  }
  return ok;
}

static void
on_description (GstP2PLink * link, const gchar * sdp, gpointer user_data)
{
  LinkEnd *end = user_data;

  fail_unless (end->sdp == NULL);
  end->sdp = g_strdup (sdp);
  if (end->pair->manual) {
    return;
  }
  if (end == &end->pair->a) {
    offer_to_b (end->pair);
  } else if (!end->pair->hold_answer) {
    link_pair_pass_answer (end->pair, &end->other->error);
  }
}

static void
on_candidate (GstP2PLink * link, const gchar * candidate, gpointer user_data)
{
  LinkEnd *end = user_data;

  fail_unless (end->sdp != NULL);
  if (candidate) {
    g_queue_push_tail (&end->candidates, g_strdup (candidate));
  } else {
    end->end_of_candidates = TRUE;
  }
  pass_candidates (end);
}

static void
on_state (GstP2PLink * link, GstP2PLinkState state, const GError * error,
    gpointer user_data)
{
  LinkEnd *end = user_data;

  fail_if (end->finished);
  fail_unless_equals_int (gst_p2p_link_get_state (link), state);
  if (error && end->error == NULL) {
    end->error = g_error_copy (error);
  }
  end->finished = state >= GST_P2P_LINK_STATE_CLOSED;
  if (end->on_state) {
    end->on_state (end, state);
  }
}

static void
on_message (GstP2PLink * link, guint16 stream, GBytes * message,
    gpointer user_data)
{
  LinkEnd *end = user_data;

  fail_if (end->finished);
  fail_unless_equals_int (gst_p2p_link_get_state (link),
      GST_P2P_LINK_STATE_CONNECTED);
  end->n_messages++;
  end->bytes += g_bytes_get_size (message);
  if (end->keep) {
    g_ptr_array_add (end->messages, g_bytes_ref (message));
    g_array_append_val (end->streams, stream);
  }
  if (end->on_message) {
    end->on_message (end, stream, message);
  }
}

static void
on_writable (GstP2PLink * link, gpointer user_data)
{
  LinkEnd *end = user_data;

  end->n_writable++;
  if (end->on_writable) {
    end->on_writable (end);
  }
}

static const GstP2PLinkCallbacks callbacks = {
  on_description, on_candidate, on_state, on_message, on_writable
};

static void
end_init (LinkEnd * end, LinkPair * pair, LinkEnd * other)
{
  end->pair = pair;
  end->other = other;
  end->keep = TRUE;
  end->transport = GST_P2P_TRANSPORT (gst_p2p_nice_transport_new (pair->context,
          NULL, NULL));
  fail_unless (end->transport != NULL);
  end->messages = g_ptr_array_new_with_free_func ((GDestroyNotify)
      g_bytes_unref);
  end->streams = g_array_new (FALSE, FALSE, sizeof (guint16));
  g_queue_init (&end->candidates);
}

void
link_pair_init (LinkPair * pair, GMainContext * context)
{
  memset (pair, 0, sizeof (*pair));
  pair->context = context;
  pair->max_seconds = 60;
  pair->config.use_loopback = TRUE;
  end_init (&pair->a, pair, &pair->b);
  end_init (&pair->b, pair, &pair->a);
}

void
link_pair_start (LinkPair * pair)
{
  pair->a.link = pair->a.make_link ? pair->a.make_link (&pair->a, NULL) :
      gst_p2p_transport_create_offer (pair->a.transport,
      &pair->config, "a-attribute");
  fail_unless (pair->a.link != NULL);
  gst_p2p_link_set_callbacks (pair->a.link, &callbacks, &pair->a);
}

void
link_pair_connect (LinkPair * pair)
{
  link_pair_init (pair, NULL);
  link_pair_start (pair);
  link_pair_wait (pair, link_end_is (&pair->a, GST_P2P_LINK_STATE_CONNECTED)
      && link_end_is (&pair->b, GST_P2P_LINK_STATE_CONNECTED));
}

static void
end_clear (LinkEnd * end)
{
  g_clear_object (&end->link);
  g_clear_object (&end->transport);
  g_free (end->sdp);
  g_queue_clear_full (&end->candidates, g_free);
  g_ptr_array_unref (end->messages);
  g_array_unref (end->streams);
  g_clear_error (&end->error);
}

void
link_pair_clear (LinkPair * pair)
{
  end_clear (&pair->a);
  end_clear (&pair->b);
  /* Agents go from the context. */
  while (g_main_context_iteration (pair->context, FALSE)) {
  }
}

static gboolean
wake (gpointer data)
{
  return G_SOURCE_CONTINUE;
}

void
link_pair_iterate (LinkPair * pair)
{
  GSource *source = g_timeout_source_new (10);
  gint64 start = g_get_monotonic_time (), took;

  g_source_set_callback (source, wake, NULL, NULL);
  g_source_attach (source, pair->context);
  g_main_context_iteration (pair->context, TRUE);
  took = g_get_monotonic_time () - start;
  if (took > LONG_TURN)
    pair->stood_still += took;
  g_source_destroy (source);
  g_source_unref (source);
}

void
link_pair_run_ms (LinkPair * pair, guint ms)
{
  gint64 end = g_get_monotonic_time () + ms * 1000;

  while (g_get_monotonic_time () < end) {
    link_pair_iterate (pair);
  }
}

gboolean
link_end_is (LinkEnd * end, GstP2PLinkState state)
{
  return end->link && gst_p2p_link_get_state (end->link) == state;
}

static guint8
pattern (gsize i, guint8 seed)
{
  return (guint8) (i * 31 + (i >> 8) + seed);
}

GstP2PSendResult
link_end_send (LinkEnd * end, guint16 stream, gsize len, guint8 seed)
{
  gsize head_len = MIN (len, 11), i;
  guint8 *all = g_malloc (len + 1);
  GBytes *body;
  GstP2PSendResult r;

  for (i = 0; i < len; i++) {
    all[i] = pattern (i, seed);
  }
  body = g_bytes_new (all, len);
  r = gst_p2p_link_send (end->link, stream, all, head_len,
      len > head_len ? body : NULL, head_len, len - head_len);
  g_bytes_unref (body);
  g_free (all);
  return r;
}

gboolean
link_check_message (GBytes * message, gsize len, guint8 seed)
{
  gsize n, i;
  const guint8 *p = g_bytes_get_data (message, &n);

  if (n != len) {
    return FALSE;
  }
  for (i = 0; i < n; i++) {
    if (p[i] != pattern (i, seed)) {
      return FALSE;
    }
  }
  return TRUE;
}

guint
count_fds (void)
{
  GDir *dir = g_dir_open ("/proc/self/fd", 0, NULL);
  guint n = 0;

  fail_unless (dir != NULL);
  while (g_dir_read_name (dir)) {
    n++;
  }
  g_dir_close (dir);
  return n - 1;
}

guint64
resident_kib (void)
{
  g_autofree gchar *text = NULL;
  unsigned long size = 0, resident = 0;

  fail_unless (g_file_get_contents ("/proc/self/statm", &text, NULL, NULL));
  fail_unless (sscanf (text, "%lu %lu", &size, &resident) == 2);
  return (guint64) resident *(guint64) sysconf (_SC_PAGESIZE) / 1024;
}
