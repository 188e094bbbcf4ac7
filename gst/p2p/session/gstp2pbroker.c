/* gst-plugins-p2p
 *
 * This library is free software; you can redistribute it and/or
 * modify it under the terms of the GNU Lesser General Public
 * License as published by the Free Software Foundation; either
 * version 2.1 of the License, or (at your option) any later version.
 */
/* gstp2pbroker.c: one rendezvous connection for all who use its URL.
 *
 * Sorts what it says to the swarms (by info hash) and to the members that are
 * resolving a name. Session thread only; counted by 'users'.
 */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "gstp2psession-private.h"

GST_DEBUG_CATEGORY_EXTERN (gst_p2p_session_debug);
#define GST_CAT_DEFAULT gst_p2p_session_debug

static gboolean
host_uses (GstP2PHost * host, GstP2PBroker * broker)
{
  return g_ptr_array_find (host->brokers, broker, NULL);
}

static GstP2PHost *
find_host (GstP2PBroker * self, const gchar * info_hash)
{
  GstP2PHost *host =
      gst_p2p_session_find_host_by_hash (self->session, info_hash);

  return host && host_uses (host, self) ? host : NULL;
}

/* Members are kept in their brokers' list by the session's registry. */
static GPtrArray *
copy_members (GstP2PBroker * self)
{
  GPtrArray *members = g_ptr_array_new_with_free_func (g_object_unref);
  guint i;

  for (i = 0; i < self->session->members->len; i++) {
    GstP2PMember *member = g_ptr_array_index (self->session->members, i);

    if (g_ptr_array_find (member->brokers, self, NULL))
      g_ptr_array_add (members, g_object_ref (member));
  }
  return members;
}

static void
on_state (GstP2PRendezvous * r, gboolean connected, const GError * error,
    gpointer user_data)
{
  GstP2PBroker *self = user_data;
  GPtrArray *hosts = self->session->hosts;
  g_autoptr (GPtrArray) members = copy_members (self);
  guint i;

  self->connected = connected;
  GST_DEBUG ("%s is %s: %s", self->url, connected ? "connected" : "away",
      error ? error->message : "");
  self->users++;
  for (i = 0; i < hosts->len; i++) {
    GstP2PHost *host = g_ptr_array_index (hosts, i);

    if (host_uses (host, self))
      gst_p2p_host_on_broker_state (host, self, error);
  }
  for (i = 0; i < members->len; i++)
    gst_p2p_member_on_broker_state (g_ptr_array_index (members, i), self,
        error);
  gst_p2p_broker_release (self);
}

static void
on_announced (GstP2PRendezvous * r, const gchar * info_hash,
    const GstP2PAnnounceReply * reply, gpointer user_data)
{
  GstP2PHost *host = find_host (user_data, info_hash);

  if (reply->warning)
    GST_INFO ("rendezvous warns: %s", reply->warning);
  if (host)
    gst_p2p_host_on_announced (host, reply);
}

static void
on_offer (GstP2PRendezvous * r, const gchar * info_hash,
    const gchar * peer_id, const gchar * offer_id, const gchar * sdp,
    gpointer user_data)
{
  GstP2PHost *host = find_host (user_data, info_hash);

  if (host)
    gst_p2p_host_on_offer (host, user_data, peer_id, offer_id, sdp);
}

static void
on_answer (GstP2PRendezvous * r, const gchar * info_hash,
    const gchar * peer_id, const gchar * offer_id, const gchar * sdp,
    gpointer user_data)
{
  GstP2PHost *host = find_host (user_data, info_hash);

  if (host)
    gst_p2p_host_on_answer (host, user_data, peer_id, offer_id, sdp);
}

static void
on_candidate (GstP2PRendezvous * r, const gchar * info_hash,
    const gchar * peer_id, const gchar * offer_id, const gchar * candidate,
    gpointer user_data)
{
  GstP2PHost *host = find_host (user_data, info_hash);

  if (host)
    gst_p2p_host_on_candidate (host, peer_id, offer_id, candidate);
}

static void
on_failure (GstP2PRendezvous * r, const gchar * info_hash,
    const gchar * reason, gpointer user_data)
{
  GstP2PBroker *self = user_data;

  GstP2PHost *host = info_hash ? find_host (self, info_hash) : NULL;
  g_autoptr (GError) error = g_error_new (GST_P2P_ERROR,
      GST_P2P_ERROR_RENDEZVOUS, "%s refuses: %s", self->url, reason);

  GST_INFO ("%s", error->message);
  if (host)
    gst_p2p_host_on_refused (host, self, error);
}

static void
on_resolved (GstP2PRendezvous * r, const gchar * name,
    const GstP2PChannel * channel, const GError * error, gpointer user_data)
{
  g_autoptr (GPtrArray) members = copy_members (user_data);
  guint i;

  for (i = 0; i < members->len; i++) {
    GstP2PMember *member = g_ptr_array_index (members, i);

    if (member->resolving && g_strcmp0 (member->config.channel, name) == 0)
      gst_p2p_member_on_resolved (member, user_data, channel, error);
  }
}

static void
on_published (GstP2PRendezvous * r, const gchar * name, const GError * error,
    gpointer user_data)
{
  g_autoptr (GPtrArray) members = copy_members (user_data);
  guint i;

  for (i = 0; i < members->len; i++) {
    GstP2PMember *member = g_ptr_array_index (members, i);

    if (member->config.publish && g_strcmp0 (member->config.channel, name) == 0)
      gst_p2p_member_on_published (member, user_data, error);
  }
}

static const GstP2PRendezvousCallbacks callbacks = {
  .state = on_state,
  .announced = on_announced,
  .offer = on_offer,
  .answer = on_answer,
  .candidate = on_candidate,
  .failure = on_failure,
  .resolved = on_resolved,
  .published = on_published,
};

GstP2PBroker *
gst_p2p_broker_acquire (GstP2PSession * session, const gchar * url)
{
  GstP2PBroker *self;
  guint i;

  for (i = 0; i < session->brokers->len; i++) {
    self = g_ptr_array_index (session->brokers, i);
    if (g_strcmp0 (self->url, url) == 0) {
      self->users++;
      return self;
    }
  }
  self = g_new0 (GstP2PBroker, 1);
  self->session = session;
  self->url = g_strdup (url);
  self->users = 1;
  self->rendezvous = session->backend->new_rendezvous
      (gst_p2p_thread_get_context (session->thread), url,
      session->backend_data);
  g_ptr_array_add (session->brokers, self);
  gst_p2p_rendezvous_set_callbacks (self->rendezvous, &callbacks, self);
  gst_p2p_rendezvous_open (self->rendezvous);
  return self;
}

void
gst_p2p_broker_release (GstP2PBroker * self)
{
  if (--self->users > 0)
    return;
  g_ptr_array_remove (self->session->brokers, self);
  gst_p2p_rendezvous_set_callbacks (self->rendezvous, NULL, NULL);
  gst_p2p_rendezvous_close (self->rendezvous);
  g_object_unref (self->rendezvous);
  g_free (self->url);
  g_free (self);
}
