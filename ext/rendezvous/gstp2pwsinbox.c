/* gst-plugins-p2p
 *
 * This library is free software; you can redistribute it and/or
 * modify it under the terms of the GNU Lesser General Public
 * License as published by the Free Software Foundation; either
 * version 2.1 of the License, or (at your option) any later version.
 */
/* gstp2pwsinbox.c: what a rendezvous server says to a client.
 *
 * Everything here comes from a server that may be broken or hostile. A message
 * of the wrong form is counted by the caller, who leaves after some of them;
 * a message of a kind that is not known is fine: servers differ.
 */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include <string.h>

#include "gstp2pwsclientprivate.h"
#include "../../gst/p2p/session/gstp2perror.h"

#define GST_CAT_DEFAULT gst_p2p_rendezvous_debug

#define MIN_INTERVAL_S 10
#define MAX_INTERVAL_S 1800
#define MAX_COUNT 1e9           /* members a server may claim */

/* A callback, if the owner wants it and the client was not closed by it. */
#define EMIT(self, name, ...) G_STMT_START { \
    if (!(self)->closed && (self)->callbacks && (self)->callbacks->name) \
      (self)->callbacks->name (GST_P2P_RENDEZVOUS (self), __VA_ARGS__, \
          (self)->user_data); \
  } G_STMT_END

static GError *
server_error (GstP2PWsClient * self, GstP2PJson * message, const gchar * reason)
{
  const gchar *code = gst_p2p_signal_get_string (message, "code", 32);
  gint error = GST_P2P_ERROR_RENDEZVOUS;

  if (g_strcmp0 (code, "unknown") == 0)
    error = GST_P2P_ERROR_CHANNEL_UNKNOWN;
  else if (g_strcmp0 (code, "name-taken") == 0)
    error = GST_P2P_ERROR_NAME_TAKEN;
  else if (g_strcmp0 (code, "bad-name") == 0)
    error = GST_P2P_ERROR_URI;
  return g_error_new (GST_P2P_ERROR, error, "rendezvous %s: %s",
      self->shown_url, reason);
}

static void
emit_resolved (GstP2PWsClient * self, guint i, const GstP2PChannel * channel,
    const GError * error)
{
  GstP2PWsWaiting *waiting = g_ptr_array_steal_index (self->resolves, i);

  EMIT (self, resolved, waiting->text, channel, error);
  g_free (waiting->text);
  g_free (waiting);
}

static void
emit_published (GstP2PWsClient * self, GstP2PWsPublication * publication,
    const GError * error)
{
  g_autofree gchar *name = g_strdup (publication->record->channel.name);

  publication->sent_at = 0;
  publication->answered = TRUE;
  EMIT (self, published, name, error);
}

void
gst_p2p_ws_client_fail_requests (GstP2PWsClient * self, gboolean all,
    const GError * error)
{
  gint64 old = g_get_monotonic_time () - self->request_timeout_ms * 1000LL;
  guint i = 0, left = self->resolves->len;

  /* What a callback asks for anew is behind them. */
  for (; left > 0 && i < self->resolves->len; left--) {
    GstP2PWsWaiting *waiting = g_ptr_array_index (self->resolves, i);

    if (all || waiting->since <= old)
      emit_resolved (self, i, NULL, error);
    else
      i++;
  }
  for (i = 0; i < self->publications->len; i++) {
    GstP2PWsPublication *p = g_ptr_array_index (self->publications, i);

    if (p->sent_at != 0 && (all || p->sent_at <= old))
      emit_published (self, p, error);
  }
}

static guint
get_count (GstP2PJson * message, const gchar * name)
{
  gdouble value = 0;

  gst_p2p_signal_get_number (message, name, &value);
  return (guint) CLAMP (value, 0, MAX_COUNT);
}

static void
take_reply (GstP2PWsClient * self, GstP2PJson * message,
    const gchar * info_hash, const P2pTrackerId * id)
{
  g_autofree gchar *ice_servers = gst_p2p_signal_get_array_text (message,
      "ice_servers", GST_P2P_SIGNAL_MAX_ICE_SERVERS);
  GstP2PAnnounceReply reply = { 0, };
  guint i;

  self->replied = TRUE;
  reply.interval_s = CLAMP (get_count (message, "interval"), MIN_INTERVAL_S,
      MAX_INTERVAL_S);
  reply.complete = get_count (message, "complete");
  reply.incomplete = get_count (message, "incomplete");
  reply.rate_kbps = get_count (message, "rate");
  reply.ice_servers = ice_servers;
  reply.warning = gst_p2p_signal_get_string (message, "warning message",
      GST_P2P_SIGNAL_MAX_REASON);
  for (i = 0; i < self->members->len; i++) {
    GstP2PWsMembership *member =
        &g_array_index (self->members, GstP2PWsMembership, i);

    if (memcmp (&member->info_hash, id, sizeof (*id)) == 0)
      member->interval_s = reply.interval_s;
  }
  EMIT (self, announced, info_hash, &reply);
}

/* Offer, answer or the reply to an announce: they share the action. */
static gboolean
take_announce (GstP2PWsClient * self, GstP2PJson * message)
{
  gboolean is_offer = gst_p2p_signal_has (message, "offer");
  gchar info_hash[21], peer[21], offer_id[21];
  P2pTrackerId hash_id, peer_id, offer;
  const gchar *sdp;

  if (!gst_p2p_signal_get_id (message, "info_hash", &hash_id))
    return FALSE;
  gst_p2p_signal_id_to_text (&hash_id, info_hash);
  if (!is_offer && !gst_p2p_signal_has (message, "answer")) {
    take_reply (self, message, info_hash, &hash_id);
    return TRUE;
  }
  if (!gst_p2p_signal_get_id (message, "peer_id", &peer_id)
      || !gst_p2p_signal_get_id (message, "offer_id", &offer))
    return FALSE;
  if (gst_p2p_ws_client_find_member (self, &hash_id, &peer_id) != NULL)
    return TRUE;                /* our own, sent back */
  sdp = gst_p2p_signal_get_sdp (message, is_offer ? "offer" : "answer",
      is_offer ? "offer" : "answer");
  if (sdp == NULL)
    return FALSE;
  gst_p2p_signal_id_to_text (&peer_id, peer);
  gst_p2p_signal_id_to_text (&offer, offer_id);
  if (is_offer)
    EMIT (self, offer, info_hash, peer, offer_id, sdp);
  else
    EMIT (self, answer, info_hash, peer, offer_id, sdp);
  return TRUE;
}

static gboolean
take_candidate (GstP2PWsClient * self, GstP2PJson * message)
{
  gchar info_hash[21], peer[21], offer_id[21];
  P2pTrackerId hash_id, peer_id, offer;
  const gchar *candidate = NULL;

  if (!gst_p2p_signal_has (message, "candidate")
      || !gst_p2p_signal_get_id (message, "info_hash", &hash_id)
      || !gst_p2p_signal_get_id (message, "peer_id", &peer_id)
      || !gst_p2p_signal_get_id (message, "offer_id", &offer))
    return FALSE;
  if (gst_p2p_signal_get (message, "candidate") != NULL) {
    candidate = gst_p2p_signal_get_string (message, "candidate",
        GST_P2P_SIGNAL_MAX_CANDIDATE);
    if (candidate == NULL)
      return FALSE;
  }
  gst_p2p_signal_id_to_text (&hash_id, info_hash);
  gst_p2p_signal_id_to_text (&peer_id, peer);
  gst_p2p_signal_id_to_text (&offer, offer_id);
  EMIT (self, candidate, info_hash, peer, offer_id, candidate);
  return TRUE;
}

static gboolean
take_resolve (GstP2PWsClient * self, GstP2PJson * message, const gchar * reason)
{
  const gchar *name = gst_p2p_signal_get_string (message, "name", 64);
  g_autoptr (GstP2PRecord) record = NULL;
  g_autoptr (GError) error = NULL;
  guint i;

  if (name == NULL)
    return FALSE;
  for (i = 0; i < self->resolves->len; i++) {
    GstP2PWsWaiting *waiting = g_ptr_array_index (self->resolves, i);

    if (strcmp (waiting->text, name) == 0)
      break;
  }
  if (i == self->resolves->len)
    return TRUE;                /* nobody asked, or no more */
  if (reason != NULL) {
    error = server_error (self, message, reason);
  } else {
    record = gst_p2p_record_get (message, &error);
    if (record != NULL && !gst_p2p_record_verify (record))
      g_set_error (&error, GST_P2P_ERROR, GST_P2P_ERROR_RENDEZVOUS,
          "rendezvous %s: the record of channel %s has a wrong signature",
          self->shown_url, name);
  }
  emit_resolved (self, i, error == NULL ? &record->channel : NULL, error);
  return TRUE;
}

static gboolean
take_publish (GstP2PWsClient * self, GstP2PJson * message, const gchar * reason)
{
  const gchar *name = gst_p2p_signal_get_string (message, "name", 64);
  g_autoptr (GError) error = NULL;
  guint i;

  if (reason != NULL)
    error = server_error (self, message, reason);
  for (i = 0; i < self->publications->len; i++) {
    GstP2PWsPublication *p = g_ptr_array_index (self->publications, i);

    if (p->sent_at != 0 && g_strcmp0 (p->record->channel.name, name) == 0) {
      emit_published (self, p, error);
      return TRUE;
    }
  }
  return name != NULL;
}

static gboolean
take_nonce (GstP2PWsClient * self, GstP2PJson * message)
{
  if (!gst_p2p_signal_get_bytes (message, "nonce", self->nonce,
          sizeof (self->nonce)))
    return FALSE;
  self->has_nonce = TRUE;
  gst_p2p_ws_client_send_publications (self);
  return TRUE;
}

GError *
gst_p2p_ws_client_no_names (GstP2PWsClient * self)
{
  return g_error_new (GST_P2P_ERROR, GST_P2P_ERROR_NO_NAMES,
      "rendezvous %s keeps no channel names: use the swarm id as channel",
      self->shown_url);
}

/* A server of others refuses our own actions without naming them. */
static void
take_failure (GstP2PWsClient * self, GstP2PJson * message, const gchar * reason)
{
  gchar info_hash[21] = "";
  P2pTrackerId id;

  if (gst_p2p_signal_get_id (message, "info_hash", &id)) {
    gst_p2p_signal_id_to_text (&id, info_hash);
  } else if (!self->ours && (self->resolves->len > 0 || self->nonce_asked)) {
    g_autoptr (GError) error = gst_p2p_ws_client_no_names (self);

    gst_p2p_ws_client_fail_requests (self, TRUE, error);
    return;
  }
  EMIT (self, failure, info_hash[0] != '\0' ? info_hash : NULL, reason);
}

gboolean
gst_p2p_ws_client_take (GstP2PWsClient * self, const gchar * text, gsize len)
{
  const gchar *action, *reason;
  g_autoptr (GstP2PJson) message = gst_p2p_signal_parse (text, len,
      GST_P2P_SIGNAL_MAX_MESSAGE, &reason);

  if (message == NULL) {
    GST_DEBUG_OBJECT (self, "%s: %s", self->shown_url, reason);
    return FALSE;
  }
  if (gst_p2p_signal_has (message, "p2p"))
    self->ours = TRUE;
  action = gst_p2p_signal_get_string (message, "action", 16);
  reason = gst_p2p_signal_get_string (message, "failure reason",
      GST_P2P_SIGNAL_MAX_REASON);
  if (g_strcmp0 (action, "resolve") == 0)
    return take_resolve (self, message, reason);
  if (g_strcmp0 (action, "publish") == 0)
    return take_publish (self, message, reason);
  if (reason != NULL) {
    take_failure (self, message, reason);
    return TRUE;
  }
  if (g_strcmp0 (action, "announce") == 0)
    return take_announce (self, message);
  if (g_strcmp0 (action, "candidate") == 0)
    return take_candidate (self, message);
  if (g_strcmp0 (action, "nonce") == 0)
    return take_nonce (self, message);
  return action != NULL;
}
