/* gst-plugins-p2p
 *
 * This library is free software; you can redistribute it and/or
 * modify it under the terms of the GNU Lesser General Public
 * License as published by the Free Software Foundation; either
 * version 2.1 of the License, or (at your option) any later version.
 */
/* gstp2pstation.c: what p2psink and p2psrc have in common. The element's object
 * lock is never held while something else is called.
 */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include <string.h>

#include <gst/base/gstbasesrc.h>

#include "gstp2pcontext.h"
#include "gstp2perrors.h"
#include "gstp2pstation.h"
#include "gstp2puplink.h"

static GQuark
station_quark (void)
{
  return g_quark_from_static_string ("gst-p2p-station");
}

void
gst_p2p_station_init (GstP2PStation * self, GstElement * element,
    const gchar * const *uri_properties)
{
  memset (self, 0, sizeof (*self));
  self->element = element;
  self->uri_properties = uri_properties;
  g_object_set_qdata (G_OBJECT (element), station_quark (), self);
}

void
gst_p2p_station_clear (GstP2PStation * self)
{
  gst_p2p_settings_clear (&self->settings);
  gst_p2p_location_clear (&self->location);
  g_clear_error (&self->uri_error);
  g_clear_pointer (&self->network, g_free);
}

/* ---- the URI ---- */

static void
take_location (GstP2PStation * self, GstP2PLocation * location)
{
  GObject *object = G_OBJECT (self->element);

  if (location->channel != NULL && *location->channel != '\0'
      && g_object_class_find_property (G_OBJECT_GET_CLASS (object), "channel"))
    g_object_set (object, "channel", location->channel, NULL);
  GST_OBJECT_LOCK (object);
  gst_p2p_location_clear (&self->location);
  self->location = *location;
  GST_OBJECT_UNLOCK (object);
}

static gboolean
set_location (GstP2PStation * self, const gchar * uri, GError ** error)
{
  GstP2PLocation location = { 0, };
  g_autoptr (GObject) member = (GObject *) gst_p2p_station_ref_member (self);

  if (member != NULL) {
    g_set_error (error, GST_URI_ERROR, GST_URI_ERROR_BAD_STATE,
        "the uri can't be changed while the element is running");
    return FALSE;
  }
  if (uri != NULL && *uri != '\0'
      && !gst_p2p_location_parse (uri, &location, error))
    return FALSE;
  if (location.query != NULL && !gst_p2p_location_apply (&location,
          G_OBJECT (self->element), self->uri_properties, error)) {
    gst_p2p_location_clear (&location);
    return FALSE;
  }
  take_location (self, &location);
  return TRUE;
}

static void
take_uri_error (GstP2PStation * self, GError * error)
{
  GST_OBJECT_LOCK (self->element);
  g_clear_error (&self->uri_error);
  self->uri_error = error;
  GST_OBJECT_UNLOCK (self->element);
}

void
gst_p2p_station_set_uri (GstP2PStation * self, const gchar * uri)
{
  GError *error = NULL;

  set_location (self, uri, &error);
  if (error != NULL)
    GST_WARNING_OBJECT (self->element, "%s", error->message);
  /* too late is no fault of the URI that plays */
  if (error != NULL && error->domain == GST_URI_ERROR)
    g_clear_error (&error);
  take_uri_error (self, error);
}

static GstURIType
uri_get_type (GType type)
{
  return g_type_is_a (type, GST_TYPE_BASE_SRC) ? GST_URI_SRC : GST_URI_SINK;
}

static const gchar *const *
uri_get_protocols (GType type)
{
  static const gchar *const protocols[] = { "p2p", "p2ps", NULL };

  return protocols;
}

static gchar *
uri_get_uri (GstURIHandler * handler)
{
  gchar *uri;

  g_object_get (handler, "uri", &uri, NULL);
  return uri;
}

static gboolean
uri_set_uri (GstURIHandler * handler, const gchar * uri, GError ** error)
{
  GstP2PStation *self = g_object_get_qdata (G_OBJECT (handler),
      station_quark ());
  GError *local = NULL;

  if (set_location (self, uri, &local)) {
    take_uri_error (self, NULL);
    return TRUE;
  }
  if (local->domain == GST_URI_ERROR)
    g_propagate_error (error, g_steal_pointer (&local));
  else
    g_set_error_literal (error, GST_URI_ERROR, GST_URI_ERROR_BAD_URI,
        local->message);
  g_clear_error (&local);
  return FALSE;
}

void
gst_p2p_station_uri_handler_init (gpointer iface, gpointer data)
{
  GstURIHandlerInterface *handler = iface;

  handler->get_type = uri_get_type;
  handler->get_protocols = uri_get_protocols;
  handler->get_uri = uri_get_uri;
  handler->set_uri = uri_set_uri;
}

/* ---- properties ---- */

gboolean
gst_p2p_station_set_property (GstP2PStation * self, guint id,
    const GValue * value)
{
  g_autoptr (GObject) member = (GObject *) gst_p2p_station_ref_member (self);
  gboolean known;

  GST_OBJECT_LOCK (self->element);
  known = gst_p2p_settings_set (&self->settings, id, value);
  GST_OBJECT_UNLOCK (self->element);
  if (member != NULL && id == GST_P2P_PROP_MAX_UPLOAD_BITRATE)
    gst_p2p_member_set_max_upload (GST_P2P_MEMBER (member),
        g_value_get_uint (value));
  return known;
}

gboolean
gst_p2p_station_get_property (GstP2PStation * self, guint id, GValue * value)
{
  gboolean known;

  GST_OBJECT_LOCK (self->element);
  known = gst_p2p_settings_get (&self->settings, id, value);
  GST_OBJECT_UNLOCK (self->element);
  return known;
}

GstStructure *
gst_p2p_station_get_stats (GstP2PStation * self)
{
  GstP2PMember *member = gst_p2p_station_ref_member (self);
  P2pNeighbourStats *neighbours = NULL;
  P2pSwarmStats swarm;
  GstStructure *out;
  gint64 taken_at = 0;
  guint n = 0;

  if (member != NULL) {
    taken_at = gst_p2p_member_get_stats (member, &swarm);
    neighbours = gst_p2p_member_get_neighbours (member, &n);
  }
  GST_OBJECT_LOCK (self->element);
  out = gst_p2p_stats_new (member ? &swarm : NULL, neighbours, n, &self->rates,
      taken_at);
  GST_OBJECT_UNLOCK (self->element);
  gst_p2p_stats_set_peer_id (out, member);
  g_free (neighbours);
  g_clear_object (&member);
  return out;
}

/* ---- in the swarm ---- */

void
gst_p2p_station_begin (GstP2PStation * self)
{
  g_atomic_int_set (&self->failing, FALSE);
  g_atomic_int_set (&self->failed, FALSE);
}

gboolean
gst_p2p_station_configure (GstP2PStation * self, GstP2PMemberConfig * config,
    GError ** error)
{
  g_autofree gchar *first = NULL;

  if (self->uri_error != NULL) {
    g_propagate_error (error, g_error_copy (self->uri_error));
    return FALSE;
  }
  if (self->location.channel != NULL)
    first = gst_p2p_location_get_rendezvous (&self->location);
  config->rendezvous = gst_p2p_parse_servers (first, self->settings.rendezvous,
      error);
  return config->rendezvous != NULL
      && gst_p2p_settings_configure (&self->settings, config, error);
}

void
gst_p2p_station_config_clear (GstP2PMemberConfig * config)
{
  g_clear_pointer (&config->rendezvous, g_strfreev);
  g_clear_pointer (&config->ice.turn_servers, g_strfreev);
}

/* Loopback is no line. */
static void
recall_uplink (GstP2PStation * self, GstP2PMemberConfig * config)
{
  g_autofree gchar *file = NULL;

  g_clear_pointer (&self->network, g_free);
  if (config->max_upload_bps != 0 || config->ice.use_loopback)
    return;
  self->network = gst_p2p_uplink_get_network ();
  if (self->network == NULL)
    return;
  file = gst_p2p_uplink_get_file ();
  config->upload_guess_bps = gst_p2p_uplink_recall (file, self->network,
      g_get_real_time () / G_USEC_PER_SEC);
}

static void
remember_uplink (GstP2PStation * self, GstP2PMember * member)
{
  g_autofree gchar *network = g_steal_pointer (&self->network);
  g_autofree gchar *file = NULL;
  P2pSwarmStats stats;

  if (network == NULL)
    return;
  gst_p2p_member_get_stats (member, &stats);
  if (stats.upload_measured_bps == 0)
    return;
  file = gst_p2p_uplink_get_file ();
  if (!gst_p2p_uplink_remember (file, network, stats.upload_measured_bps,
          g_get_real_time () / G_USEC_PER_SEC))
    GST_INFO_OBJECT (self->element, "%s can't be written", file);
}

gboolean
gst_p2p_station_join (GstP2PStation * self, const GstP2PMemberConfig * config,
    GstP2PMemberFunc func, GError ** error)
{
  GstP2PMemberConfig own = *config;
  GstP2PMember *member;

  self->session = gst_p2p_context_get_session (self->element,
      self->settings.certificate_location, error);
  if (self->session == NULL)
    return FALSE;
  recall_uplink (self, &own);
  member = gst_p2p_session_join (self->session, &own, func, self->element,
      NULL, error);
  GST_OBJECT_LOCK (self->element);
  self->member = member;
  self->rates.since = g_get_monotonic_time ();  /* the first rates are since then */
  GST_OBJECT_UNLOCK (self->element);
  if (member != NULL)
    self->checkup = gst_p2p_checkup_start (self->element, &config->ice);
  return member != NULL;
}

void
gst_p2p_station_leave (GstP2PStation * self)
{
  GstP2PMember *member;

  gst_p2p_checkup_end (g_steal_pointer (&self->checkup));
  GST_OBJECT_LOCK (self->element);
  member = g_steal_pointer (&self->member);
  memset (&self->rates, 0, sizeof (self->rates));
  GST_OBJECT_UNLOCK (self->element);
  if (member != NULL) {
    remember_uplink (self, member);
    gst_p2p_member_leave (member);
  }
  g_clear_object (&member);
  g_clear_object (&self->session);
}

GstP2PMember *
gst_p2p_station_ref_member (GstP2PStation * self)
{
  GstP2PMember *member;

  GST_OBJECT_LOCK (self->element);
  member = self->member ? g_object_ref (self->member) : NULL;
  GST_OBJECT_UNLOCK (self->element);
  return member;
}

/* ---- messages ---- */

gboolean
gst_p2p_station_fail (GstP2PStation * self, const GError * error)
{
  if (!g_atomic_int_compare_and_exchange (&self->failing, FALSE, TRUE))
    return FALSE;
  gst_p2p_element_error (self->element, error);
  g_atomic_int_set (&self->failed, TRUE);
  return TRUE;
}

gboolean
gst_p2p_station_has_failed (GstP2PStation * self)
{
  return g_atomic_int_get (&self->failed);
}

gboolean
gst_p2p_station_filter_message (GstP2PStation * self,
    GstElementClass * parent_class, GstMessage * message)
{
  if (GST_MESSAGE_TYPE (message) == GST_MESSAGE_ERROR
      && gst_p2p_station_has_failed (self)) {
    gst_message_unref (message);
    return TRUE;
  }
  return parent_class->post_message (self->element, message);
}

void
gst_p2p_station_post (GstP2PStation * self, const gchar * name,
    const GstStructure * structure)
{
  GstStructure *copy = structure != NULL ? gst_structure_copy (structure)
      : gst_structure_new_empty (name);

  gst_structure_set_name (copy, name);
  gst_element_post_message (self->element,
      gst_message_new_element (GST_OBJECT (self->element), copy));
}

static const gchar *
get_message_name (GstP2PMemberEvent event)
{
  switch (event) {
    case GST_P2P_MEMBER_RESOLVED:
      return "p2p-resolved";
    case GST_P2P_MEMBER_PEER_ADDED:
      return "p2p-peer-added";
    case GST_P2P_MEMBER_PEER_REMOVED:
      return "p2p-peer-removed";
    case GST_P2P_MEMBER_PUBLISHER_LEFT:
      return "p2p-publisher-left";
    case GST_P2P_MEMBER_PUBLISHER_BACK:
      return "p2p-publisher-back";
    case GST_P2P_MEMBER_RENDEZVOUS:
      return "p2p-rendezvous";
    case GST_P2P_MEMBER_LISTENERS:
      return "p2p-listeners";
    case GST_P2P_MEMBER_CAPACITY_DEFICIT:
      return "p2p-capacity-deficit";
    default:
      return NULL;
  }
}

void
gst_p2p_station_tell (GstP2PStation * self, GstP2PMemberEvent event,
    const GstStructure * structure)
{
  const gchar *name = get_message_name (event);

  if (name != NULL)
    gst_p2p_station_post (self, name, structure);
}
