/* gst-plugins-p2p
 *
 * This library is free software; you can redistribute it and/or
 * modify it under the terms of the GNU Lesser General Public
 * License as published by the Free Software Foundation; either
 * version 2.1 of the License, or (at your option) any later version.
 */
/* gstp2pmember.c: what an element holds of a swarm.
 *
 * A member finds its swarm id (key, id or directory), joins the session's host
 * for it, and carries items, figures and events to the element. Public
 * functions run on any thread, the others on the session thread. Lock: 'lock'
 * is a leaf, nothing is called while it is held.
 */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include <string.h>

#include "gstp2psession-private.h"

GST_DEBUG_CATEGORY_EXTERN (gst_p2p_session_debug);
#define GST_CAT_DEFAULT gst_p2p_session_debug

G_DEFINE_TYPE (GstP2PMember, gst_p2p_member, G_TYPE_OBJECT);

/* A starved swarm retries its rendezvous every 1-2 s */
#define RECOVERY_MS 1200
/* A listener by name asks the directory again after 2 s */
#define RESOLVE_AGAIN_US (2 * G_USEC_PER_SEC)

/* ---- configuration ---- */

static void
copy_config (GstP2PMemberConfig * to, const GstP2PMemberConfig * from)
{
  *to = *from;
  to->key = NULL;
  to->rendezvous = g_strdupv (from->rendezvous);
  to->bind_address = g_strdup (from->bind_address);
  to->channel = g_strdup (from->channel ? from->channel : "");
  to->title = to->description = to->genre = to->homepage = NULL;
  to->ice.stun_server = g_strdup (from->ice.stun_server);
  to->ice.turn_servers = g_strdupv (from->ice.turn_servers);
}

static void
clear_config (GstP2PMemberConfig * config)
{
  g_strfreev (config->rendezvous);
  g_free ((gchar *) config->bind_address);
  g_free ((gchar *) config->channel);
  g_free (config->ice.stun_server);
  g_strfreev (config->ice.turn_servers);
}

static gboolean
check_config (const GstP2PMemberConfig * config, GError ** error)
{
  gboolean have_rendezvous = config->rendezvous && config->rendezvous[0];

  if (!config->publish && !have_rendezvous) {
    g_set_error (error, GST_P2P_ERROR, GST_P2P_ERROR_URI,
        "No rendezvous to ask: set uri=p2p://HOST[:PORT]/CHANNEL or "
        "rendezvous=ws://HOST:PORT");
    return FALSE;
  }
  if (config->publish && config->key == NULL) {
    g_set_error (error, GST_P2P_ERROR, GST_P2P_ERROR_KEY,
        "A publisher needs a key");
    return FALSE;
  }
  return TRUE;
}

/* ---- events and items ---- */

void
gst_p2p_member_emit (GstP2PMember * self, GstP2PMemberEvent event,
    const GstStructure * structure, const GError * error)
{
  if (!g_atomic_int_get (&self->left) && self->func)
    self->func (self, event, structure, error, self->user_data);
}

void
gst_p2p_member_push (GstP2PMember * self, GstP2PItem * item)
{
  gst_p2p_queue_push (self->queue, item);
}

void
gst_p2p_member_set_swarm_id (GstP2PMember * self, const P2pSwarmId * id)
{
  g_mutex_lock (&self->lock);
  self->swarm_id = *id;
  self->have_swarm_id = TRUE;
  g_mutex_unlock (&self->lock);
}

static void
fail (GstP2PMember * self, GError * error)
{
  gst_p2p_member_emit (self, GST_P2P_MEMBER_ERROR, NULL, error);
  g_error_free (error);
}

/* ---- joining a swarm ---- */

/* A publisher that comes to a swarm this process only listens to takes its
 * listeners over. */
static void
replace_host (GstP2PHost * old, GstP2PHost * host)
{
  g_autoptr (GPtrArray) members = g_ptr_array_copy (old->members, NULL, NULL);
  guint i;

  for (i = 0; i < members->len; i++) {
    GstP2PMember *member = g_ptr_array_index (members, i);

    gst_p2p_host_remove_member (old, member);
    gst_p2p_member_push (member,
        gst_p2p_item_new (GST_P2P_ITEM_EPOCH, host->epoch));
    gst_p2p_host_add_member (host, member);
  }
}

static void
join_host (GstP2PMember * self, const P2pSwarmId * id)
{
  GstP2PHost *host = gst_p2p_session_find_host (self->session, id);
  GstP2PHost *old = NULL;

  if (host && self->config.publish) {
    if (host->publish) {
      fail (self, g_error_new (GST_P2P_ERROR, GST_P2P_ERROR_SUPERSEDED,
              "Another p2psink of this process publishes with the same key: "
              "give each its own key-location"));
      return;
    }
    old = host;
    host = NULL;
  }
  if (host == NULL)
    host = gst_p2p_host_new (self->session, id, self);
  gst_p2p_host_add_member (host, self);
  if (old)
    replace_host (old, host);
}

static void
acquire_brokers (GstP2PMember * self)
{
  gchar **url;

  for (url = self->config.rendezvous; url && *url; url++)
    g_ptr_array_add (self->brokers,
        gst_p2p_broker_acquire (self->session, *url));
}

/* ---- publisher ---- */

static gboolean
start_server (GstP2PMember * self, const P2pSwarmId * id)
{
  GError *error = NULL;
  const gchar *host = self->config.bind_address;
  gchar **urls;

  self->server = self->session->backend->acquire_server
      (gst_p2p_thread_get_context (self->session->thread), host,
      self->config.port, id, &self->port, self->session->backend_data, &error);
  if (self->server == NULL) {
    fail (self, error);
    return FALSE;
  }
  if (host == NULL || g_str_equal (host, "0.0.0.0"))
    host = "127.0.0.1";
  else if (g_str_equal (host, "::"))
    host = "::1";
  urls = g_new0 (gchar *, 2);
  urls[0] = g_strdup_printf (strchr (host, ':') ? "ws://[%s]:%u/" :
      "ws://%s:%u/", host, self->port);
  g_strfreev (self->config.rendezvous);
  self->config.rendezvous = urls;
  return TRUE;
}

static void
sign_record (const guint8 * bytes, gsize len, guint8 * signature,
    gpointer user_data)
{
  GstP2PMember *self = user_data;

  gst_p2p_key_sign (self->key, bytes, len, NULL, 0, signature);
}

static void
publish_record (GstP2PMember * self)
{
  guint i;

  for (i = 0; i < self->brokers->len; i++) {
    GstP2PBroker *broker = g_ptr_array_index (self->brokers, i);

    gst_p2p_rendezvous_publish_channel (broker->rendezvous, &self->directory,
        sign_record, self);
  }
}

void
gst_p2p_member_on_published (GstP2PMember * self, GstP2PBroker * broker,
    const GError * error)
{
  gboolean by_id = g_error_matches (error, GST_P2P_ERROR,
      GST_P2P_ERROR_NO_NAMES);
  gchar id[45];

  if (error && !by_id) {
    fail (self, g_error_copy (error));
    return;
  }
  gst_p2p_swarm_id_to_string (&self->directory.swarm_id, id);
  {
    g_autoptr (GstStructure) s = gst_structure_new ("p2p-published",
        "port", G_TYPE_UINT, (guint) self->port,
        "swarm-id", G_TYPE_STRING, id,
        "rendezvous", G_TYPE_STRING, broker->url,
        "by-id", G_TYPE_BOOLEAN, by_id, NULL);

    gst_p2p_member_emit (self, GST_P2P_MEMBER_PUBLISHED, s, NULL);
  }
}

static void
start_publisher (GstP2PMember * self)
{
  P2pSwarmId id;

  gst_p2p_key_get_swarm_id (self->key, &id);
  if (!(self->config.rendezvous && self->config.rendezvous[0])
      && !start_server (self, &id))
    return;
  acquire_brokers (self);
  self->directory.swarm_id = id;
  if (self->session->backend->ice_to_json)
    self->directory.ice_servers =
        self->session->backend->ice_to_json (&self->config.ice);
  join_host (self, &id);
  publish_record (self);
}

/* ---- listener ---- */

static void
resolve (GstP2PMember * self)
{
  guint i;

  self->resolving = TRUE;
  self->refusals = 0;
  for (i = 0; i < self->brokers->len; i++) {
    GstP2PBroker *broker = g_ptr_array_index (self->brokers, i);

    gst_p2p_rendezvous_resolve (broker->rendezvous, self->config.channel);
  }
}

static void
start_listener (GstP2PMember * self)
{
  P2pSwarmId id;

  acquire_brokers (self);
  if (gst_p2p_swarm_id_from_string (self->config.channel, &id)) {
    join_host (self, &id);
    return;
  }
  self->by_name = TRUE;
  resolve (self);
}

/* The channel lives on under another key: leave the old swarm, go on there. */
static void
change_swarm (GstP2PMember * self, const P2pSwarmId * id)
{
  if (self->host)
    gst_p2p_host_remove_member (self->host, self);
  gst_p2p_member_push (self, gst_p2p_item_new (GST_P2P_ITEM_EPOCH, 0));
  join_host (self, id);
}

void
gst_p2p_member_on_resolved (GstP2PMember * self, GstP2PBroker * broker,
    const GstP2PChannel * channel, const GError * error)
{
  if (channel == NULL) {
    if (self->host == NULL && ++self->refusals >= self->brokers->len) {
      self->resolving = FALSE;
      fail (self, g_error_copy (error));
    }
    return;
  }
  self->resolving = FALSE;
  if (channel->ice_servers && self->session->backend->ice_from_json)
    self->session->backend->ice_from_json (channel->ice_servers,
        &self->config.ice);
  if (self->host == NULL) {
    gchar id[45];
    g_autoptr (GstStructure) s = NULL;

    gst_p2p_swarm_id_to_string (&channel->swarm_id, id);
    s = gst_structure_new ("p2p-resolved", "swarm-id", G_TYPE_STRING, id,
        "title", G_TYPE_STRING, channel->title,
        "caps", G_TYPE_STRING, channel->caps, NULL);
    join_host (self, &channel->swarm_id);
    gst_p2p_member_emit (self, GST_P2P_MEMBER_RESOLVED, s, NULL);
  } else if (memcmp (&channel->swarm_id, &self->host->swarm_id,
          sizeof (P2pSwarmId)) != 0) {
    change_swarm (self, &channel->swarm_id);
  }
}

void
gst_p2p_member_on_broker_state (GstP2PMember * self, GstP2PBroker * broker,
    const GError * error)
{
  if (self->host == NULL) {
    g_autoptr (GstStructure) s = gst_structure_new ("p2p-rendezvous",
        "uri", G_TYPE_STRING, broker->url,
        "connected", G_TYPE_BOOLEAN, broker->connected,
        "reason", G_TYPE_STRING, error ? error->message : NULL, NULL);

    gst_p2p_member_emit (self, GST_P2P_MEMBER_RENDEZVOUS, s, NULL);
  }
}

static gboolean
on_recovery (gpointer data)
{
  GstP2PMember *self = data;
  GstP2PHost *host = self->host;
  gint64 now = g_get_monotonic_time ();

  if (host == NULL || !(self->starving || host->publisher_left)) {
    gst_p2p_clear_source (&self->recovery);
    return G_SOURCE_REMOVE;
  }
  if (host->publisher_left && self->config.idle_timeout_ms > 0
      && now - host->publisher_left_at >
      (gint64) self->config.idle_timeout_ms * 1000) {
    gst_p2p_member_push (self,
        gst_p2p_item_new (GST_P2P_ITEM_END, host->epoch));
    gst_p2p_clear_source (&self->recovery);
    return G_SOURCE_REMOVE;
  }
  gst_p2p_host_kick_signalling (host);
  if (self->by_name && now - MAX (self->starving_since,
          host->publisher_left_at) > RESOLVE_AGAIN_US)
    resolve (self);
  return G_SOURCE_CONTINUE;
}

void
gst_p2p_member_start_recovery (GstP2PMember * self)
{
  if (self->recovery || self->config.publish || g_atomic_int_get (&self->left))
    return;
  gst_p2p_host_kick_signalling (self->host);
  self->recovery = gst_p2p_session_add_timeout (self->session, RECOVERY_MS,
      on_recovery, self);
}

void
gst_p2p_member_set_starving (GstP2PMember * self, gboolean starving)
{
  if (self->starving == starving)
    return;
  self->starving = starving;
  self->starving_since = g_get_monotonic_time ();
  if (starving)
    gst_p2p_member_start_recovery (self);
  gst_p2p_member_emit (self, starving ? GST_P2P_MEMBER_STARVING :
      GST_P2P_MEMBER_RECOVERED, NULL, NULL);
}

void
gst_p2p_member_set_publisher_left (GstP2PMember * self, gboolean left)
{
  if (self->publisher_left == left)
    return;
  self->publisher_left = left;
  if (left)
    gst_p2p_member_start_recovery (self);
  gst_p2p_member_emit (self, left ? GST_P2P_MEMBER_PUBLISHER_LEFT :
      GST_P2P_MEMBER_PUBLISHER_BACK, NULL, NULL);
}

/* ---- life ---- */

void
gst_p2p_member_start (GstP2PMember * self)
{
  if (g_atomic_int_get (&self->left))
    return;
  g_ptr_array_add (self->session->members, self);
  if (self->config.publish)
    start_publisher (self);
  else
    start_listener (self);
}

static void
start_call (gpointer data)
{
  gst_p2p_member_start (data);
}

static void
stop (gpointer data)
{
  GstP2PMember *self = data;
  P2pSwarmId id;
  guint i;

  g_ptr_array_remove (self->session->members, self);
  gst_p2p_clear_source (&self->recovery);
  if (self->host)
    gst_p2p_host_remove_member (self->host, self);
  for (i = 0; i < self->brokers->len; i++)
    gst_p2p_broker_release (g_ptr_array_index (self->brokers, i));
  g_ptr_array_set_size (self->brokers, 0);
  if (self->server) {
    gst_p2p_key_get_swarm_id (self->key, &id);
    self->session->backend->release_server (self->server, &id,
        self->session->backend_data);
    self->server = NULL;
  }
}

/* fields: title, description, genre, homepage, caps */
static void
set_directory (GstP2PMember * self, const gchar * const *fields)
{
  GstP2PChannel *d = &self->directory;
  P2pSwarmId id = d->swarm_id;
  gchar *ice_servers = g_steal_pointer (&d->ice_servers);

  gst_p2p_channel_clear (d);
  d->swarm_id = id;
  d->ice_servers = ice_servers;
  d->name = g_strdup (self->config.channel);
  d->title = g_strdup (fields[0]);
  d->description = g_strdup (fields[1]);
  d->genre = g_strdup (fields[2]);
  d->homepage = g_strdup (fields[3]);
  d->caps = g_strdup (fields[4]);
}

void
gst_p2p_member_update_directory (GstP2PMember * self,
    const gchar * const *fields)
{
  set_directory (self, fields);
  if (self->host)
    publish_record (self);
}

GstP2PMember *
gst_p2p_session_join (GstP2PSession * session,
    const GstP2PMemberConfig * config, GstP2PMemberFunc func,
    gpointer user_data, GDestroyNotify notify, GError ** error)
{
  const gchar *fields[] = { config->title, config->description,
    config->genre, config->homepage, NULL
  };
  GstP2PMember *self;

  if (!check_config (config, error))
    return NULL;
  self = g_object_new (GST_P2P_TYPE_MEMBER, NULL);
  self->session = g_object_ref (session);
  copy_config (&self->config, config);
  self->key = config->key ? gst_p2p_key_ref (config->key) : NULL;
  set_directory (self, fields);
  self->func = func;
  self->user_data = user_data;
  self->notify = notify;
  if (!config->publish)
    self->queue = gst_p2p_queue_new (GST_P2P_HOST_WINDOW_MS);
  gst_p2p_thread_post (session->thread, start_call, g_object_ref (self),
      g_object_unref);
  return self;
}

void
gst_p2p_member_leave (GstP2PMember * self)
{
  GstP2PThread *thread = self->session->thread;
  GHashTableIter iter;
  gpointer source;

  g_mutex_lock (&self->lock);
  if (self->left) {
    g_mutex_unlock (&self->lock);
    return;
  }
  g_atomic_int_set (&self->left, TRUE);
  g_hash_table_iter_init (&iter, self->timers);
  while (g_hash_table_iter_next (&iter, NULL, &source))
    g_source_destroy (source);
  g_hash_table_remove_all (self->timers);
  g_mutex_unlock (&self->lock);

  if (gst_p2p_thread_is_current (thread))
    gst_p2p_thread_post (thread, stop, g_object_ref (self), g_object_unref);
  else
    gst_p2p_thread_call (thread, stop, self);
}

static void
gst_p2p_member_finalize (GObject * object)
{
  GstP2PMember *self = GST_P2P_MEMBER (object);

  if (self->notify)
    self->notify (self->user_data);
  g_clear_pointer (&self->queue, gst_p2p_queue_free);
  g_clear_pointer (&self->key, gst_p2p_key_free);
  g_hash_table_unref (self->timers);
  g_array_unref (self->neighbours);
  g_ptr_array_unref (self->brokers);
  gst_p2p_channel_clear (&self->directory);
  clear_config (&self->config);
  g_mutex_clear (&self->lock);
  g_object_unref (self->session);
  G_OBJECT_CLASS (gst_p2p_member_parent_class)->finalize (object);
}

static void
gst_p2p_member_class_init (GstP2PMemberClass * klass)
{
  G_OBJECT_CLASS (klass)->finalize = gst_p2p_member_finalize;
}

static void
gst_p2p_member_init (GstP2PMember * self)
{
  g_mutex_init (&self->lock);
  self->brokers = g_ptr_array_new ();
  self->neighbours = g_array_new (FALSE, TRUE, sizeof (P2pNeighbourStats));
  self->timers = g_hash_table_new_full (NULL, NULL, NULL,
      (GDestroyNotify) g_source_unref);
  self->newest = self->handed_over = -1;
}
