/* gst-plugins-p2p
 *
 * This library is free software; you can redistribute it and/or
 * modify it under the terms of the GNU Lesser General Public
 * License as published by the Free Software Foundation; either
 * version 2.1 of the License, or (at your option) any later version.
 */
/* gstp2ppublication.c: see gstp2ppublication.h. */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include <string.h>

#include "gstp2paddress.h"
#include "gstp2pannouncement.h"
#include "gstp2ppublication.h"

#define DEFAULT_CHANNEL "live"

void
gst_p2p_publication_init (GstP2PPublication * self, GstP2PStation * station)
{
  memset (self, 0, sizeof (*self));
  self->station = station;
  self->port = GST_P2P_DEFAULT_PORT;
  self->channel = g_strdup (DEFAULT_CHANNEL);
  self->lost = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
}

void
gst_p2p_publication_clear (GstP2PPublication * self)
{
  g_clear_pointer (&self->bind_address, g_free);
  g_clear_pointer (&self->public_host, g_free);
  g_clear_pointer (&self->channel, g_free);
  g_clear_pointer (&self->key_location, g_free);
  g_clear_pointer (&self->lost, g_hash_table_unref);
}

/* ---- properties ---- */

/**
 * GstP2PSink:bind-address:
 *
 * IP address that the embedded rendezvous server listens at. Unset, it listens
 * on all interfaces.
 *
 * Since: 0.1
 */

/**
 * GstP2PSink:port:
 *
 * TCP port of the embedded rendezvous server; 0 takes any that is free, which
 * #GstP2PSink:uri then tells.
 *
 * Since: 0.1
 */

/**
 * GstP2PSink:public-host:
 *
 * Name or address in #GstP2PSink:uri and #GstP2PSink:web-uri, for a machine
 * behind a forwarded port. Unset, it is the address of the default route.
 *
 * Since: 0.1
 */

/**
 * GstP2PSink:channel:
 *
 * Name under which listeners find the stream: 1 to 40 of a-z 0-9 . _ -
 *
 * Since: 0.1
 */

/**
 * GstP2PSink:key-location:
 *
 * PEM file (PKCS #8) with the stream's Ed25519 key, made when missing, mode
 * 0600. Who has it owns the channel: with it listeners follow a restart by
 * themselves. Unset, a key is made for the run and forgotten.
 *
 * Since: 0.1
 */

/**
 * GstP2PSink:uri:
 *
 * While running the address to give to listeners, notified when it is known.
 * Set before, the rendezvous and channel to publish at; its query may set
 * other properties. It can't be changed while the element runs.
 *
 * Since: 0.1
 */

/**
 * GstP2PSink:web-uri:
 *
 * Address of the embedded server's page about the channel, while running;
 * %NULL with a rendezvous elsewhere.
 *
 * Since: 0.1
 */

static void
install_string (GObjectClass * klass, guint id, const gchar * name,
    const gchar * nick, const gchar * blurb, const gchar * def)
{
  g_object_class_install_property (klass, id, g_param_spec_string (name, nick,
          blurb, def, G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS |
          GST_PARAM_MUTABLE_READY));
}

void
gst_p2p_publication_install (GObjectClass * klass)
{
  install_string (klass, GST_P2P_PROP_BIND_ADDRESS, "bind-address",
      "Bind address", "Address that the embedded rendezvous server listens at "
      "(unset = all interfaces)", NULL);
  g_object_class_install_property (klass, GST_P2P_PROP_PORT,
      g_param_spec_uint ("port", "Port",
          "TCP port of the embedded rendezvous server (0 = any that is free)",
          0, 65535, GST_P2P_DEFAULT_PORT, G_PARAM_READWRITE |
          G_PARAM_STATIC_STRINGS | GST_PARAM_MUTABLE_READY));
  install_string (klass, GST_P2P_PROP_PUBLIC_HOST, "public-host",
      "Public host", "Name or address under which listeners reach this machine "
      "(unset = that of the default route)", NULL);
  install_string (klass, GST_P2P_PROP_CHANNEL, "channel", "Channel",
      "Name of the channel: 1 to 40 of a-z 0-9 . _ -", DEFAULT_CHANNEL);
  install_string (klass, GST_P2P_PROP_KEY_LOCATION, "key-location",
      "Key location", "PEM file with the stream's key, made when missing: who "
      "has it owns the channel (unset = a key for this run)", NULL);
  install_string (klass, GST_P2P_PROP_URI, "uri", "URI",
      "While running, the address for listeners; set before, the rendezvous "
      "and channel to publish at (unset = embedded server)", NULL);
  g_object_class_install_property (klass, GST_P2P_PROP_WEB_URI,
      g_param_spec_string ("web-uri", "Web URI",
          "Address of the embedded server's page for browsers, while running",
          NULL, G_PARAM_READABLE | G_PARAM_STATIC_STRINGS));
}

static gchar **
get_field (GstP2PPublication * self, guint id)
{
  switch (id) {
    case GST_P2P_PROP_BIND_ADDRESS:
      return &self->bind_address;
    case GST_P2P_PROP_PUBLIC_HOST:
      return &self->public_host;
    case GST_P2P_PROP_CHANNEL:
      return &self->channel;
    case GST_P2P_PROP_KEY_LOCATION:
      return &self->key_location;
    case GST_P2P_PROP_WEB_URI:
      return &self->web_uri;
    default:
      return NULL;
  }
}

gboolean
gst_p2p_publication_set (GstP2PPublication * self, guint id,
    const GValue * value)
{
  gchar **field = get_field (self, id);

  if (id == GST_P2P_PROP_URI) {
    gst_p2p_station_set_uri (self->station, g_value_get_string (value));
    return TRUE;
  }
  GST_OBJECT_LOCK (self->station->element);
  if (id == GST_P2P_PROP_PORT) {
    self->port = g_value_get_uint (value);
  } else if (field != NULL) {
    g_free (*field);
    *field = g_value_dup_string (value);
  }
  GST_OBJECT_UNLOCK (self->station->element);
  return id == GST_P2P_PROP_PORT || field != NULL;
}

static gchar *
get_uri_locked (GstP2PPublication * self)
{
  if (self->uri != NULL)
    return g_strdup (self->uri);
  if (self->station->location.channel != NULL)
    return gst_p2p_location_to_string (&self->station->location);
  return NULL;
}

gboolean
gst_p2p_publication_get (GstP2PPublication * self, guint id, GValue * value)
{
  gchar **field = get_field (self, id);
  gboolean known = TRUE;

  GST_OBJECT_LOCK (self->station->element);
  if (id == GST_P2P_PROP_URI)
    g_value_take_string (value, get_uri_locked (self));
  else if (id == GST_P2P_PROP_PORT)
    g_value_set_uint (value, self->port);
  else if (field != NULL)
    g_value_set_string (value, *field);
  else
    known = FALSE;
  GST_OBJECT_UNLOCK (self->station->element);
  return known;
}

/* ---- start and stop ---- */

static gboolean
check_channel (GstP2PPublication * self, GError ** error)
{
  const gchar *id = self->station->location.channel;

  if (self->station->uri_error != NULL)
    return TRUE;                /* that is told first */
  if (id != NULL && *id != '\0' && !gst_p2p_channel_is_name (id)) {
    g_set_error (error, GST_P2P_ERROR, GST_P2P_ERROR_URI,
        "\"%s\" is a stream's id; a publisher's channel has a name, its id "
        "comes from the key", id);
    return FALSE;
  }
  if (!gst_p2p_channel_is_name (self->channel)) {
    g_set_error (error, GST_P2P_ERROR, GST_P2P_ERROR_URI,
        "channel=%.64s can't be used: use 1 to %d of a-z 0-9 . _ -",
        self->channel, GST_P2P_MAX_NAME);
    return FALSE;
  }
  return TRUE;
}

/* It becomes part of addresses that listeners are given. */
static gboolean
is_host (const gchar * text)
{
  if (*text == '\0')
    return FALSE;
  if (strchr (text, ':') != NULL)
    return g_hostname_is_ip_address (text);
  for (; *text != '\0'; text++) {
    if (g_ascii_isspace (*text) || strchr ("/?#@[]%,\"<>\\", *text) != NULL)
      return FALSE;
  }
  return TRUE;
}

static gboolean
check_paths (GstP2PPublication * self, GError ** error)
{
  const gchar *path = self->key_location;

  if (self->public_host != NULL && !is_host (self->public_host)) {
    g_set_error (error, GST_P2P_ERROR, GST_P2P_ERROR_URI,
        "public-host=\"%.200s\" can't be used: write the name or address under "
        "which listeners reach this machine, without scheme and port",
        self->public_host);
    return FALSE;
  }
  if (path != NULL && path[strspn (path, " \t\r\n")] == '\0') {
    g_set_error (error, GST_P2P_ERROR, GST_P2P_ERROR_KEY,
        "key-location=\"%s\" names no file: write the path of a PEM file, "
        "which is made when it does not exist, or leave the property out",
        path);
    return FALSE;
  }
  return TRUE;
}

/* Listeners may be told of relays by the rendezvous; it has them from us. */
static gboolean
check_relays (const GstP2PMemberConfig * config, GError ** error)
{
  if (!config->ice.relay_only || (config->ice.turn_servers != NULL
          && config->ice.turn_servers[0] != NULL))
    return TRUE;
  g_set_error (error, GST_P2P_ERROR, GST_P2P_ERROR_URI,
      "ice-transport-policy=relay leaves no path to any listener: set "
      "turn-server=turn://user:password@host:port, too");
  return FALSE;
}

static GstP2PKey *
get_key (GstP2PPublication * self, GError ** error)
{
  if (self->key_location != NULL)
    return gst_p2p_key_load_or_create (self->key_location, error);
  return gst_p2p_key_generate (error);
}

static void
fill_announcement (GstP2PPublication * self, GstP2PAnnouncement * out)
{
  out->server = self->server;
  out->channel = self->channel;
  out->swarm_id = NULL;
  out->public_host = self->public_host;
  out->bind_address = self->bind_address;
  out->port = 0;
}

gboolean
gst_p2p_publication_begin (GstP2PPublication * self,
    GstP2PMemberConfig * config, GError ** error)
{
  GstP2PAnnouncement announcement;

  self->by_id = FALSE;
  g_hash_table_remove_all (self->lost);
  if (!check_channel (self, error) || !check_paths (self, error)
      || !gst_p2p_station_configure (self->station, config, error)
      || !check_relays (config, error)
      || (self->key = get_key (self, error)) == NULL)
    return FALSE;
  self->server = g_strdup (config->rendezvous[0]);
  fill_announcement (self, &announcement);
  config->publish = TRUE;
  config->key = self->key;
  config->bind_address = gst_p2p_address_is_any (self->bind_address) ? NULL :
      self->bind_address;
  config->port = self->port;
  config->channel = self->channel;
  config->ice.use_loopback = gst_p2p_announcement_is_local (&announcement,
      config->rendezvous);
  return TRUE;
}

/* Of uri and web-uri. */
static void
notify (GstP2PPublication * self)
{
  g_object_notify (G_OBJECT (self->station->element), "uri");
  g_object_notify (G_OBJECT (self->station->element), "web-uri");
}

void
gst_p2p_publication_end (GstP2PPublication * self)
{
  g_autofree gchar *uri = NULL, *web = NULL;

  GST_OBJECT_LOCK (self->station->element);
  uri = g_steal_pointer (&self->uri);
  web = g_steal_pointer (&self->web_uri);
  GST_OBJECT_UNLOCK (self->station->element);
  g_clear_pointer (&self->server, g_free);
  g_clear_pointer (&self->key, gst_p2p_key_free);
  if (uri != NULL)
    notify (self);
}

/* ---- events of the session; session thread, no lock ---- */

void
gst_p2p_publication_published (GstP2PPublication * self, const GstStructure * s)
{
  g_autofree gchar *uri = NULL, *web = NULL, *text = NULL;
  GstP2PAnnouncement announcement;
  gboolean changed;

  fill_announcement (self, &announcement);
  if (!gst_p2p_announcement_take (&announcement, s, &self->by_id))
    return;
  uri = gst_p2p_announcement_get_uri (&announcement, &web);
  GST_OBJECT_LOCK (self->station->element);
  changed = g_strcmp0 (uri, self->uri) != 0;
  if (changed) {
    g_free (self->uri);
    g_free (self->web_uri);
    self->uri = g_strdup (uri);
    self->web_uri = g_strdup (web);
  }
  GST_OBJECT_UNLOCK (self->station->element);
  if (!changed)
    return;
  notify (self);
  text = gst_p2p_announcement_get_text (&announcement, uri, web);
  /* gst-launch-1.0 prints the debug string of an info message */
  GST_ELEMENT_INFO (self->station->element, RESOURCE, OPEN_WRITE, ("%s", text),
      ("%s", text));
}

/* A rendezvous that is away or refuses is tried for ever: said once each time it
 * goes. */
void
gst_p2p_publication_rendezvous (GstP2PPublication * self,
    const GstStructure * s)
{
  const gchar *reason = gst_structure_get_string (s, "reason");
  const gchar *uri = gst_structure_get_string (s, "uri");
  gboolean connected = FALSE;

  gst_structure_get_boolean (s, "connected", &connected);
  if (connected && reason == NULL)
    g_hash_table_remove (self->lost, uri);
  else if (g_hash_table_add (self->lost, g_strdup (uri)))
    GST_ELEMENT_WARNING (self->station->element, RESOURCE, OPEN_READ_WRITE,
        ("New listeners don't find this stream: %s. It is tried again and again;"
            " set rendezvous= to one that runs, or leave it empty for one in "
            "this process", reason ? reason : uri), (NULL));
}
