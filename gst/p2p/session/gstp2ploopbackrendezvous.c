/* gst-plugins-p2p
 *
 * This library is free software; you can redistribute it and/or
 * modify it under the terms of the GNU Lesser General Public
 * License as published by the Free Software Foundation; either
 * version 2.1 of the License, or (at your option) any later version.
 */
/* gstp2ploopbackrendezvous.c: rendezvous and directory inside one process.
 *
 * Forwards each offer of an announce to another member of the swarm in turn, as
 * a tracker does. Session thread only.
 */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include <string.h>

#include "../core/tracker/p2pintro.h"
#include "gstp2ploopback-private.h"

#define GST_P2P_TYPE_LOOPBACK_RENDEZVOUS (gst_p2p_loopback_rendezvous_get_type ())
G_DECLARE_FINAL_TYPE (GstP2PLoopbackRendezvous, gst_p2p_loopback_rendezvous,
    GST_P2P, LOOPBACK_RENDEZVOUS, GObject)
     struct _GstP2PLoopbackRendezvous
     {
       GObject parent;
       GstP2PLoopbackHub *hub;
       GMainContext *context;
       const GstP2PRendezvousCallbacks *callbacks;
       gpointer user_data;
       gboolean open, connected, full;
       GHashTable *swarms;      /* info hash -> own tracker peer id */
     };

/* One thing that somebody is told, from the context. */
     typedef enum
     { SAY_STATE, SAY_ANNOUNCED, SAY_OFFER, SAY_ANSWER, SAY_CANDIDATE,
       SAY_RESOLVED, SAY_PUBLISHED
     } SayType;

     typedef struct
     {
       SayType type;
       GstP2PLoopbackRendezvous *to;
       gboolean connected;
       guint members;
       gchar *info_hash, *peer_id, *offer_id, *text;
       GstP2PChannel *channel;
     } Say;

     static GstP2PChannel *channel_copy (const GstP2PChannel * c)
{
  GstP2PChannel *copy = g_new0 (GstP2PChannel, 1);

  copy->name = g_strdup (c->name);
  copy->swarm_id = c->swarm_id;
  copy->title = g_strdup (c->title);
  copy->description = g_strdup (c->description);
  copy->genre = g_strdup (c->genre);
  copy->homepage = g_strdup (c->homepage);
  copy->caps = g_strdup (c->caps);
  copy->listeners = c->listeners;
  copy->ice_servers = g_strdup (c->ice_servers);
  return copy;
}

void
gst_p2p_loopback_channel_free (gpointer channel)
{
  gst_p2p_channel_clear (channel);
  g_free (channel);
}

static void
say_free (gpointer data)
{
  Say *say = data;

  g_object_unref (say->to);
  g_free (say->info_hash);
  g_free (say->peer_id);
  g_free (say->offer_id);
  g_free (say->text);
  g_clear_pointer (&say->channel, gst_p2p_loopback_channel_free);
  g_free (say);
}

static void
deliver_resolved (Say * say)
{
  GstP2PLoopbackRendezvous *to = say->to;
  g_autoptr (GError) error = NULL;

  if (say->channel == NULL)
    error = g_error_new (GST_P2P_ERROR, GST_P2P_ERROR_CHANNEL_UNKNOWN,
        "There is no channel \"%s\" here", say->text);
  to->callbacks->resolved (GST_P2P_RENDEZVOUS (to), say->text, say->channel,
      error, to->user_data);
}

static gboolean
on_say (gpointer data)
{
  Say *say = data;
  GstP2PLoopbackRendezvous *to = say->to;
  GstP2PRendezvous *r = GST_P2P_RENDEZVOUS (to);
  GstP2PAnnounceReply reply = {.interval_s = 120,.incomplete = say->members };

  if (to->callbacks == NULL || !to->open)
    return G_SOURCE_REMOVE;
  switch (say->type) {
    case SAY_STATE:
      to->connected = say->connected;
      to->callbacks->state (r, say->connected, NULL, to->user_data);
      break;
    case SAY_ANNOUNCED:
      to->callbacks->announced (r, say->info_hash, &reply, to->user_data);
      break;
    case SAY_OFFER:
      to->callbacks->offer (r, say->info_hash, say->peer_id, say->offer_id,
          say->text, to->user_data);
      break;
    case SAY_ANSWER:
      to->callbacks->answer (r, say->info_hash, say->peer_id, say->offer_id,
          say->text, to->user_data);
      g_atomic_int_inc (&to->hub->answers);
      break;
    case SAY_CANDIDATE:
      to->callbacks->candidate (r, say->info_hash, say->peer_id,
          say->offer_id, say->text, to->user_data);
      break;
    case SAY_RESOLVED:
      deliver_resolved (say);
      break;
    case SAY_PUBLISHED:
      to->callbacks->published (r, say->text, NULL, to->user_data);
      break;
  }
  return G_SOURCE_REMOVE;
}

static Say *
say_new (SayType type, GstP2PLoopbackRendezvous * to)
{
  Say *say = g_new0 (Say, 1);

  say->type = type;
  say->to = g_object_ref (to);
  return say;
}

static void
say_later (Say * say)
{
  GSource *source = g_idle_source_new ();

  g_source_set_priority (source, G_PRIORITY_DEFAULT);
  g_source_set_callback (source, on_say, say, say_free);
  g_source_attach (source, say->to->context);
  g_source_unref (source);
}

static void
say_state (GstP2PLoopbackRendezvous * self, gboolean connected)
{
  Say *say = say_new (SAY_STATE, self);

  say->connected = connected;
  say_later (say);
}

static GstP2PLoopbackRendezvous *
find_member (GstP2PLoopbackHub * hub, const gchar * info_hash,
    const gchar * peer_id)
{
  guint i;

  for (i = 0; i < hub->rendezvous->len; i++) {
    GstP2PLoopbackRendezvous *r = g_ptr_array_index (hub->rendezvous, i);

    if (g_strcmp0 (g_hash_table_lookup (r->swarms, info_hash), peer_id) == 0)
      return r;
  }
  return NULL;
}

static GPtrArray *
list_members (GstP2PLoopbackHub * hub, const gchar * info_hash)
{
  GPtrArray *members = g_ptr_array_new ();
  guint i;

  for (i = 0; i < hub->rendezvous->len; i++) {
    GstP2PLoopbackRendezvous *r = g_ptr_array_index (hub->rendezvous, i);

    if (r->connected && g_hash_table_contains (r->swarms, info_hash))
      g_ptr_array_add (members, r);
  }
  return members;
}

/* As p2p-tracker reads it. */
static void
note_description (GstP2PLoopbackRendezvous * self, const gchar * sdp)
{
  P2pIntro intro;

  if (p2p_intro_from_sdp (sdp, strlen (sdp), &intro))
    self->full = intro.free_slots == 0;
}

static void
rendezvous_announce (GstP2PRendezvous * r, const gchar * info_hash,
    const gchar * peer_id, GstP2PAnnounceEvent event, gboolean seeder,
    const GstP2POffer * offers, guint n_offers)
{
  GstP2PLoopbackRendezvous *self = GST_P2P_LOOPBACK_RENDEZVOUS (r);
  g_autoptr (GPtrArray) members = NULL;
  guint i, first;
  Say *say;

  if (!self->connected)
    return;
  if (event == GST_P2P_ANNOUNCE_STOPPED) {
    g_hash_table_remove (self->swarms, info_hash);
    return;
  }
  g_hash_table_insert (self->swarms, g_strdup (info_hash), g_strdup (peer_id));
  if (n_offers > 0)
    note_description (self, offers[0].sdp);
  members = list_members (self->hub, info_hash);
  say = say_new (SAY_ANNOUNCED, self);
  say->info_hash = g_strdup (info_hash);
  say->members = members->len;
  say_later (say);

  g_ptr_array_remove (members, self);
  first = members->len ? g_rand_int_range (self->hub->rand, 0,
      members->len) : 0;
  for (i = 0; i < n_offers && i < members->len; i++) {
    say = say_new (SAY_OFFER, g_ptr_array_index (members,
            (first + i) % members->len));
    say->info_hash = g_strdup (info_hash);
    say->peer_id = g_strdup (peer_id);
    say->offer_id = g_strdup (offers[i].offer_id);
    say->text = g_strdup (offers[i].sdp);
    say_later (say);
  }
}

static void
forward (GstP2PLoopbackRendezvous * self, SayType type,
    const gchar * info_hash, const gchar * peer_id, const gchar * to_peer_id,
    const gchar * offer_id, const gchar * text)
{
  GstP2PLoopbackRendezvous *to = find_member (self->hub, info_hash, to_peer_id);
  Say *say;

  if (!self->connected || to == NULL)
    return;
  say = say_new (type, to);
  say->info_hash = g_strdup (info_hash);
  say->peer_id = g_strdup (peer_id);
  say->offer_id = g_strdup (offer_id);
  say->text = g_strdup (text);
  say_later (say);
}

static void
rendezvous_describe (GstP2PRendezvous * r, const gchar * info_hash,
    const gchar * peer_id, const gchar * attribute)
{
  P2pIntro intro;

  if (p2p_intro_parse (attribute, strlen (attribute), &intro))
    GST_P2P_LOOPBACK_RENDEZVOUS (r)->full = intro.free_slots == 0;
}

guint
gst_p2p_loopback_rendezvous_count_full (GstP2PLoopbackHub * hub)
{
  guint i, n = 0;

  for (i = 0; i < hub->rendezvous->len; i++) {
    GstP2PLoopbackRendezvous *r = g_ptr_array_index (hub->rendezvous, i);

    n += r->connected && r->full;
  }
  return n;
}

static void
rendezvous_answer (GstP2PRendezvous * r, const gchar * info_hash,
    const gchar * peer_id, const gchar * to_peer_id, const gchar * offer_id,
    const gchar * sdp)
{
  note_description (GST_P2P_LOOPBACK_RENDEZVOUS (r), sdp);
  forward (GST_P2P_LOOPBACK_RENDEZVOUS (r), SAY_ANSWER, info_hash, peer_id,
      to_peer_id, offer_id, sdp);
}

static void
rendezvous_candidate (GstP2PRendezvous * r, const gchar * info_hash,
    const gchar * peer_id, const gchar * to_peer_id, const gchar * offer_id,
    const gchar * candidate)
{
  forward (GST_P2P_LOOPBACK_RENDEZVOUS (r), SAY_CANDIDATE, info_hash,
      peer_id, to_peer_id, offer_id, candidate);
}

static GstP2PChannel *
find_channel (GstP2PLoopbackHub * hub, const gchar * name)
{
  guint i;

  for (i = 0; i < hub->channels->len; i++) {
    GstP2PChannel *channel = g_ptr_array_index (hub->channels, i);

    if (g_strcmp0 (channel->name, name) == 0
        || (*name == '\0' && hub->channels->len == 1))
      return channel;
  }
  return NULL;
}

static void
rendezvous_resolve (GstP2PRendezvous * r, const gchar * name)
{
  GstP2PLoopbackRendezvous *self = GST_P2P_LOOPBACK_RENDEZVOUS (r);
  GstP2PChannel *channel = find_channel (self->hub, name);
  Say *say = say_new (SAY_RESOLVED, self);

  say->text = g_strdup (name);
  say->channel = channel ? channel_copy (channel) : NULL;
  say_later (say);
}

static void
rendezvous_publish_channel (GstP2PRendezvous * r,
    const GstP2PChannel * channel, GstP2PSignFunc sign, gpointer user_data)
{
  GstP2PLoopbackRendezvous *self = GST_P2P_LOOPBACK_RENDEZVOUS (r);
  GstP2PChannel *old = find_channel (self->hub, channel->name);
  Say *say = say_new (SAY_PUBLISHED, self);

  if (old)
    g_ptr_array_remove (self->hub->channels, old);
  g_ptr_array_add (self->hub->channels, channel_copy (channel));
  say->text = g_strdup (channel->name);
  say_later (say);
}

static void
rendezvous_set_callbacks (GstP2PRendezvous * r,
    const GstP2PRendezvousCallbacks * callbacks, gpointer user_data)
{
  GstP2PLoopbackRendezvous *self = GST_P2P_LOOPBACK_RENDEZVOUS (r);

  self->callbacks = callbacks;
  self->user_data = user_data;
}

static void
rendezvous_open (GstP2PRendezvous * r)
{
  GstP2PLoopbackRendezvous *self = GST_P2P_LOOPBACK_RENDEZVOUS (r);

  self->open = TRUE;
  if (!self->connected && self->hub->up)
    say_state (self, TRUE);
}

static void
rendezvous_close (GstP2PRendezvous * r)
{
  GstP2PLoopbackRendezvous *self = GST_P2P_LOOPBACK_RENDEZVOUS (r);

  self->open = self->connected = FALSE;
  g_hash_table_remove_all (self->swarms);
}

static gboolean
rendezvous_is_connected (GstP2PRendezvous * r)
{
  return GST_P2P_LOOPBACK_RENDEZVOUS (r)->connected;
}

static void
rendezvous_interface_init (GstP2PRendezvousInterface * iface)
{
  iface->set_callbacks = rendezvous_set_callbacks;
  iface->open = rendezvous_open;
  iface->announce = rendezvous_announce;
  iface->describe = rendezvous_describe;
  iface->answer = rendezvous_answer;
  iface->candidate = rendezvous_candidate;
  iface->resolve = rendezvous_resolve;
  iface->publish_channel = rendezvous_publish_channel;
  iface->close = rendezvous_close;
  iface->is_connected = rendezvous_is_connected;
}

G_DEFINE_TYPE_WITH_CODE (GstP2PLoopbackRendezvous,
    gst_p2p_loopback_rendezvous, G_TYPE_OBJECT,
    G_IMPLEMENT_INTERFACE (GST_P2P_TYPE_RENDEZVOUS, rendezvous_interface_init));

static void
gst_p2p_loopback_rendezvous_finalize (GObject * object)
{
  GstP2PLoopbackRendezvous *self = GST_P2P_LOOPBACK_RENDEZVOUS (object);

  g_ptr_array_remove (self->hub->rendezvous, self);
  g_hash_table_unref (self->swarms);
  g_main_context_unref (self->context);
  gst_p2p_loopback_hub_unref (self->hub);
  G_OBJECT_CLASS (gst_p2p_loopback_rendezvous_parent_class)->finalize (object);
}

static void
gst_p2p_loopback_rendezvous_class_init (GstP2PLoopbackRendezvousClass * klass)
{
  G_OBJECT_CLASS (klass)->finalize = gst_p2p_loopback_rendezvous_finalize;
}

static void
gst_p2p_loopback_rendezvous_init (GstP2PLoopbackRendezvous * self)
{
  self->swarms = g_hash_table_new_full (g_str_hash, g_str_equal, g_free,
      g_free);
}

GstP2PRendezvous *
gst_p2p_loopback_new_rendezvous (GMainContext * context, const gchar * url,
    gpointer user_data)
{
  GstP2PLoopbackRendezvous *self =
      g_object_new (GST_P2P_TYPE_LOOPBACK_RENDEZVOUS, NULL);

  self->hub = gst_p2p_loopback_hub_ref (user_data);
  self->context = g_main_context_ref (context);
  g_ptr_array_add (self->hub->rendezvous, self);
  return GST_P2P_RENDEZVOUS (self);
}

static void
up_call (gpointer data)
{
  GstP2PLoopbackHub *hub = data;
  guint i;

  hub->up = TRUE;
  for (i = 0; i < hub->rendezvous->len; i++) {
    GstP2PLoopbackRendezvous *r = g_ptr_array_index (hub->rendezvous, i);

    if (r->open && !r->connected)
      say_state (r, TRUE);
  }
}

static void
down_call (gpointer data)
{
  GstP2PLoopbackHub *hub = data;
  guint i;

  hub->up = FALSE;
  for (i = 0; i < hub->rendezvous->len; i++) {
    GstP2PLoopbackRendezvous *r = g_ptr_array_index (hub->rendezvous, i);

    g_hash_table_remove_all (r->swarms);
    if (r->open)
      say_state (r, FALSE);
  }
}

void
gst_p2p_loopback_hub_set_rendezvous_up (GstP2PLoopbackHub * hub, gboolean up)
{
  gst_p2p_thread_call (hub->thread, up ? up_call : down_call, hub);
}
