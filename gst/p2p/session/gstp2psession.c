/* gst-plugins-p2p
 *
 * This library is free software; you can redistribute it and/or
 * modify it under the terms of the GNU Lesser General Public
 * License as published by the Free Software Foundation; either
 * version 2.1 of the License, or (at your option) any later version.
 */
/* gstp2psession.c: one identity and what hangs on it.
 *
 * Owner: elements hold references; the object lives on the process's session
 * thread (gstp2pthread.c), and its last reference may be dropped anywhere.
 */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include <string.h>

#include "gstp2psession-private.h"

GST_DEBUG_CATEGORY (gst_p2p_session_debug);
#define GST_CAT_DEFAULT gst_p2p_session_debug

G_DEFINE_TYPE_WITH_CODE (GstP2PSession, gst_p2p_session, G_TYPE_OBJECT,
    GST_DEBUG_CATEGORY_INIT (gst_p2p_session_debug, "p2psession", 0,
        "P2P session"));

typedef struct
{
  P2pPeerId id;
  gint64 until;
} Ban;

/* while data is in flight, and otherwise (p2pswarm.h, P2pLinkStats) */
#define UPKEEP_BUSY_MS 50
#define UPKEEP_IDLE_MS 1000

static void
fill_tracker_id (gchar out[GST_P2P_ID_LEN + 1])
{
  static const gchar alnum[] =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
  guint8 random[12];
  guint i;

  gst_p2p_random (random, sizeof (random));
  memcpy (out, "-GP0100-", 8);
  for (i = 0; i < sizeof (random); i++)
    out[8 + i] = alnum[random[i] % (sizeof (alnum) - 1)];
  out[GST_P2P_ID_LEN] = '\0';
}

GSource *
gst_p2p_session_add_timeout (GstP2PSession * session, guint ms,
    GSourceFunc func, gpointer data)
{
  GSource *source = g_timeout_source_new (ms);

  g_source_set_callback (source, func, data, NULL);
  g_source_attach (source, gst_p2p_thread_get_context (session->thread));
  return source;
}

/* ---- upkeep: figures for the swarms, time-outs of links under way ---- */

static gboolean
is_peer_overdue (GstP2PPeer * peer, gint64 now)
{
  if (peer->connected)
    return peer->channels->len == 0 && now - peer->since > G_USEC_PER_SEC * 5;
  if (peer->offerer && !peer->answered)
    return now - peer->since > (peer->overlay ?
        GST_P2P_OVERLAY_TIMEOUT_US : GST_P2P_OFFER_TIMEOUT_US);
  return now - peer->since > GST_P2P_CONNECT_TIMEOUT_US;
}

/* Until the next look when nothing is under way. A swarm with a limit of upload
 * has to hear in time of all that is sent: acknowledgements, checks, control. */
static gint64
rest_us (GstP2PSession * self)
{
  guint i, j;

  for (i = 0; i < self->hosts->len; i++) {
    GstP2PHost *host = g_ptr_array_index (self->hosts, i);

    for (j = 0; j < host->members->len; j++) {
      GstP2PMember *member = g_ptr_array_index (host->members, j);

      if (member->config.max_upload_bps > 0)
        return UPKEEP_BUSY_MS * 1000;
    }
  }
  return UPKEEP_IDLE_MS * 1000;
}

/* One without a cap may send what it likes, over links that others use, too. The
 * last words of the last swarm stay under its cap. */
void
gst_p2p_session_update_cap (GstP2PSession * session)
{
  guint64 sum = 0;
  guint i;

  if (session->hosts->len == 0 || session->transport == NULL)
    return;
  for (i = 0; i < session->hosts->len; i++) {
    GstP2PHost *host = g_ptr_array_index (session->hosts, i);

    if (host->max_upload_bps == 0) {
      sum = 0;
      break;
    }
    sum += host->max_upload_bps;
  }
  gst_p2p_transport_set_max_upload (session->transport, sum);
}

static gboolean
gst_p2p_session_upkeep (gpointer data)
{
  GstP2PSession *self = data;
  gint64 now = g_get_monotonic_time ();
  gboolean busy = FALSE;
  guint i;

  for (i = self->peers->len; i > 0; i--) {
    GstP2PPeer *peer = g_ptr_array_index (self->peers, i - 1);

    if (is_peer_overdue (peer, now)) {
      gst_p2p_peer_close (peer);
      /* closing may have taken others along */
      i = MIN (i, self->peers->len + 1);
      continue;
    }
    if (peer->connected)
      gst_p2p_peer_report (peer);
    else
      gst_p2p_peer_report_set_up (peer);
    busy = busy || peer->unacked > 0;
  }
  for (i = 0; i < self->hosts->len; i++)
    gst_p2p_host_update_stats (g_ptr_array_index (self->hosts, i));

  self->upkept_at = now;
  gst_p2p_ready_source_set (self->upkeep,
      now + (busy ? UPKEEP_BUSY_MS * 1000 : rest_us (self)));
  return G_SOURCE_CONTINUE;
}

void
gst_p2p_session_wake_upkeep (GstP2PSession * session)
{
  gint64 due = g_get_monotonic_time () + UPKEEP_BUSY_MS * 1000;

  if (gst_p2p_ready_source_get (session->upkeep) > due)
    gst_p2p_ready_source_set (session->upkeep, due);
}

/* Whose data arrived has just been reported; when that was the last under way,
 * the next look has time. */
void
gst_p2p_session_rest_upkeep (GstP2PSession * session)
{
  guint i;

  for (i = 0; i < session->peers->len; i++) {
    if (((GstP2PPeer *) g_ptr_array_index (session->peers, i))->unacked > 0)
      return;
  }
  gst_p2p_ready_source_set (session->upkeep,
      session->upkept_at + rest_us (session));
}

/* ---- bans ---- */

gboolean
gst_p2p_session_is_banned (GstP2PSession * session, const P2pPeerId * id)
{
  gint64 now = g_get_monotonic_time ();
  guint i;

  for (i = 0; i < session->bans->len; i++) {
    const Ban *ban = &g_array_index (session->bans, Ban, i);

    if (ban->until > now && memcmp (&ban->id, id, sizeof (*id)) == 0)
      return TRUE;
  }
  return FALSE;
}

void
gst_p2p_session_ban (GstP2PSession * session, const P2pPeerId * id)
{
  Ban ban = { *id, g_get_monotonic_time () + GST_P2P_BAN_US };

  /* oldest first, so the head is what expires next */
  if (session->bans->len >= GST_P2P_MAX_BANS)
    g_array_remove_index (session->bans, 0);
  g_array_append_val (session->bans, ban);
}

/* ---- life ---- */

typedef struct
{
  GstP2PSession *session;
  gboolean ok;
  GError *error;
} StartCall;

static void
gst_p2p_session_start (gpointer data)
{
  StartCall *call = data;
  GstP2PSession *self = call->session;
  GMainContext *context = gst_p2p_thread_get_context (self->thread);

  self->transport = self->backend->new_transport (context,
      self->certificate_path, self->backend_data, &call->error);
  if (self->transport == NULL)
    return;
  gst_p2p_transport_get_peer_id (self->transport, &self->peer_id);
  self->upkeep = gst_p2p_ready_source_new ();
  g_source_set_callback (self->upkeep, gst_p2p_session_upkeep, self, NULL);
  self->upkept_at = g_get_monotonic_time ();
  gst_p2p_ready_source_set (self->upkeep,
      self->upkept_at + UPKEEP_IDLE_MS * 1000);
  g_source_attach (self->upkeep, context);
  self->view = gst_p2p_view_new (self, context);
  call->ok = TRUE;
}

static void
gst_p2p_session_stop (gpointer data)
{
  GstP2PSession *self = data;

  self->closed = TRUE;
  while (self->peers->len > 0)
    gst_p2p_peer_close (g_ptr_array_index (self->peers, self->peers->len - 1));
  gst_p2p_clear_source (&self->upkeep);
  g_clear_pointer (&self->view, gst_p2p_view_free);
  g_clear_object (&self->transport);
}

static void
gst_p2p_session_finalize (GObject * object)
{
  GstP2PSession *self = GST_P2P_SESSION (object);

  if (self->thread) {
    gst_p2p_thread_call (self->thread, gst_p2p_session_stop, self);
    gst_p2p_thread_release (self->thread);
  }
  g_ptr_array_unref (self->peers);
  g_ptr_array_unref (self->hosts);
  g_ptr_array_unref (self->brokers);
  g_ptr_array_unref (self->members);
  g_array_unref (self->bans);
  g_free (self->certificate_path);
  G_OBJECT_CLASS (gst_p2p_session_parent_class)->finalize (object);
}

static void
gst_p2p_session_class_init (GstP2PSessionClass * klass)
{
  G_OBJECT_CLASS (klass)->finalize = gst_p2p_session_finalize;
}

static void
gst_p2p_session_init (GstP2PSession * self)
{
  self->peers = g_ptr_array_new ();
  self->hosts = g_ptr_array_new ();
  self->brokers = g_ptr_array_new ();
  self->members = g_ptr_array_new ();
  self->bans = g_array_new (FALSE, FALSE, sizeof (Ban));
  self->next_link = 1;
  fill_tracker_id (self->tracker_id);
}

GstP2PSession *
gst_p2p_session_new (const GstP2PBackend * backend, gpointer user_data,
    const gchar * certificate_path, GError ** error)
{
  GstP2PSession *self = g_object_new (GST_P2P_TYPE_SESSION, NULL);
  StartCall call = { self, FALSE, NULL };

  self->backend = backend;
  self->backend_data = user_data;
  self->certificate_path = g_strdup (certificate_path);
  self->thread = gst_p2p_thread_acquire (GST_P2P_THREAD_SESSION);
  gst_p2p_thread_call (self->thread, gst_p2p_session_start, &call);
  if (!call.ok) {
    g_propagate_error (error, call.error);
    g_object_unref (self);
    return NULL;
  }
  return self;
}

/* ---- the sessions that elements share: weak, by certificate path ---- */

G_LOCK_DEFINE_STATIC (shared);
static GPtrArray *shared_sessions = NULL;       /* GWeakRef */

static GstP2PSession *
find_shared_locked (const GstP2PBackend * backend, const gchar * path)
{
  guint i;

  for (i = 0; shared_sessions && i < shared_sessions->len; i++) {
    GWeakRef *ref = g_ptr_array_index (shared_sessions, i);
    GstP2PSession *session = g_weak_ref_get (ref);

    if (session == NULL) {
      g_weak_ref_clear (ref);
      g_free (ref);
      g_ptr_array_remove_index_fast (shared_sessions, i--);
    } else if (session->backend == backend
        && g_strcmp0 (session->certificate_path, path) == 0) {
      return session;
    } else {
      g_object_unref (session);
    }
  }
  return NULL;
}

GstP2PSession *
gst_p2p_session_get_shared (const GstP2PBackend * backend, gpointer user_data,
    const gchar * certificate_path, GError ** error)
{
  GstP2PSession *session;

  G_LOCK (shared);
  session = find_shared_locked (backend, certificate_path);
  if (session == NULL)
    session = gst_p2p_session_new (backend, user_data, certificate_path, error);
  else
    goto out;
  if (session) {
    GWeakRef *ref = g_new0 (GWeakRef, 1);

    g_weak_ref_init (ref, session);
    if (shared_sessions == NULL)
      shared_sessions = g_ptr_array_new ();
    g_ptr_array_add (shared_sessions, ref);
  }
out:
  G_UNLOCK (shared);
  return session;
}

void
gst_p2p_session_get_peer_id (GstP2PSession * self, P2pPeerId * out)
{
  *out = self->peer_id;
}
