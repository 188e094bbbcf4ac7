/* gst-plugins-p2p
 *
 * This library is free software; you can redistribute it and/or
 * modify it under the terms of the GNU Lesser General Public
 * License as published by the Free Software Foundation; either
 * version 2.1 of the License, or (at your option) any later version.
 */
/* gstp2psettings.c: common properties: how to reach others, how much to give. */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include <string.h>

#include "gstp2psettings.h"

#define FLAGS (G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS)
#define FLAGS_READY (FLAGS | GST_PARAM_MUTABLE_READY)
#define FLAGS_PLAYING (FLAGS | GST_PARAM_MUTABLE_PLAYING)

GType
gst_p2p_ice_policy_get_type (void)
{
  static gsize type = 0;
  static const GEnumValue values[] = {
    {GST_P2P_ICE_POLICY_ALL,
        "Direct paths first, relays where there is none", "all"},
    {GST_P2P_ICE_POLICY_RELAY, "Only paths through TURN servers", "relay"},
    {0, NULL, NULL}
  };

  if (g_once_init_enter (&type)) {
    GType t = g_enum_register_static ("GstP2PIcePolicy", values);

    g_once_init_leave (&type, t);
  }
  return type;
}

/**
 * GstP2PSink:rendezvous:
 *
 * Comma separated ws:// and wss:// URLs of rendezvous servers to publish at.
 * Unset, the element runs one itself.
 *
 * Since: 0.1
 */

/**
 * GstP2PSrc:rendezvous:
 *
 * Comma separated ws:// and wss:// URLs of rendezvous servers, beside the one
 * that #GstP2PSrc:uri names.
 *
 * Since: 0.1
 */

/**
 * GstP2PSink:stun-server:
 *
 * Server that tells the own public address, stun://host:port. Unset, nobody is
 * contacted for that; the broadcaster's servers reach listeners with the
 * stream.
 *
 * Since: 0.1
 */

/**
 * GstP2PSrc:stun-server:
 *
 * Server that tells the own public address, stun://host:port. Unset, nobody is
 * contacted for that; the broadcaster's servers reach listeners with the
 * stream.
 *
 * Since: 0.1
 */

/**
 * GstP2PSink:turn-server:
 *
 * Relays for where no direct path exists, comma separated:
 * turn://user:password@host:port?transport=udp|tcp, or turns:// over TLS.
 * Other characters than letters and digits in user and password are written as
 * %XX.
 *
 * Since: 0.1
 */

/**
 * GstP2PSrc:turn-server:
 *
 * Relays for where no direct path exists, comma separated:
 * turn://user:password@host:port?transport=udp|tcp, or turns:// over TLS.
 * Other characters than letters and digits in user and password are written as
 * %XX.
 *
 * Since: 0.1
 */

/**
 * GstP2PSink:ice-transport-policy:
 *
 * Which paths to other peers may be used; with relay alone they do not see
 * this machine's address.
 *
 * Since: 0.1
 */

/**
 * GstP2PSrc:ice-transport-policy:
 *
 * Which paths to other peers may be used; with relay alone they do not see
 * this machine's address.
 *
 * Since: 0.1
 */

/**
 * GstP2PSink:max-upload-bitrate:
 *
 * Bit/s that all datagrams to other peers may take together, headers included,
 * over any 2 s. 0 is what the line is measured to carry; less than 32000 is
 * refused. Where the line shows for seconds that it carries clearly less, that is
 * taken in its place.
 *
 * Since: 0.1
 */

/**
 * GstP2PSrc:max-upload-bitrate:
 *
 * Bit/s that all datagrams to other peers may take together, headers included,
 * over any 2 s. 0 is what the line is measured to carry; less than 32000 is
 * refused. Where the line shows for seconds that it carries clearly less, that is
 * taken in its place.
 *
 * Since: 0.1
 */

/**
 * GstP2PSink:max-peers:
 *
 * Most peers to hold links with; 0 goes by the kind of media.
 *
 * Since: 0.1
 */

/**
 * GstP2PSrc:max-peers:
 *
 * Most peers to hold links with; 0 goes by the kind of media.
 *
 * Since: 0.1
 */

/**
 * GstP2PSink:certificate-location:
 *
 * PEM file with the certificate and key that are this peer's identity, made
 * when missing. Unset, all elements of the process share one that is made for
 * it.
 *
 * Since: 0.1
 */

/**
 * GstP2PSrc:certificate-location:
 *
 * PEM file with the certificate and key that are this peer's identity, made
 * when missing. Unset, all elements of the process share one that is made for
 * it.
 *
 * Since: 0.1
 */

static void
install_servers (GObjectClass * klass)
{
  g_object_class_install_property (klass, GST_P2P_PROP_RENDEZVOUS,
      g_param_spec_string ("rendezvous", "Rendezvous servers",
          "Comma separated ws:// and wss:// URLs of rendezvous servers",
          NULL, FLAGS_READY));
  g_object_class_install_property (klass, GST_P2P_PROP_STUN_SERVER,
      g_param_spec_string ("stun-server", "STUN server",
          "Server that tells the own public address, stun://host:port "
          "(unset = contact nobody)", NULL, FLAGS_READY));
  g_object_class_install_property (klass, GST_P2P_PROP_TURN_SERVER,
      g_param_spec_string ("turn-server", "TURN servers",
          "Comma separated relays for where no direct path exists, "
          "turn://user:password@host:port?transport=udp|tcp or turns:// (TLS)",
          NULL, FLAGS_READY));
  g_object_class_install_property (klass, GST_P2P_PROP_ICE_TRANSPORT_POLICY,
      g_param_spec_enum ("ice-transport-policy", "ICE transport policy",
          "Which paths to other peers may be used", GST_TYPE_P2P_ICE_POLICY,
          GST_P2P_ICE_POLICY_ALL, FLAGS_READY));
  gst_type_mark_as_plugin_api (GST_TYPE_P2P_ICE_POLICY, 0);
}

void
gst_p2p_settings_install (GObjectClass * klass)
{
  install_servers (klass);
  g_object_class_install_property (klass, GST_P2P_PROP_MAX_UPLOAD_BITRATE,
      g_param_spec_uint ("max-upload-bitrate", "Maximum upload bitrate",
          "Bit/s that all datagrams to other peers may take together "
          "(0 = what the line is measured to carry, else at least 32000)", 0,
          G_MAXUINT, 0, FLAGS_PLAYING));
  g_object_class_install_property (klass, GST_P2P_PROP_MAX_PEERS,
      g_param_spec_uint ("max-peers", "Maximum peers",
          "Most peers to hold links with (0 = by kind of media)", 0,
          GST_P2P_MAX_PEERS, 0, FLAGS_READY));
  g_object_class_install_property (klass, GST_P2P_PROP_CERTIFICATE_LOCATION,
      g_param_spec_string ("certificate-location", "Certificate location",
          "PEM file with the certificate and key that identify this peer, "
          "made when missing (unset = new ones for this process)", NULL,
          FLAGS_READY));
}

void
gst_p2p_settings_clear (GstP2PSettings * self)
{
  g_free (self->rendezvous);
  g_free (self->stun_server);
  g_free (self->turn_server);
  g_free (self->certificate_location);
  memset (self, 0, sizeof (*self));
}

void
gst_p2p_settings_copy (const GstP2PSettings * self, GstP2PSettings * out)
{
  *out = *self;
  out->rendezvous = g_strdup (self->rendezvous);
  out->stun_server = g_strdup (self->stun_server);
  out->turn_server = g_strdup (self->turn_server);
  out->certificate_location = g_strdup (self->certificate_location);
}

static void
set_string (gchar ** to, const GValue * value)
{
  g_free (*to);
  *to = g_value_dup_string (value);
  if (*to != NULL && **to == '\0')
    g_clear_pointer (to, g_free);
}

gboolean
gst_p2p_settings_set (GstP2PSettings * self, guint id, const GValue * value)
{
  switch (id) {
    case GST_P2P_PROP_RENDEZVOUS:
      set_string (&self->rendezvous, value);
      break;
    case GST_P2P_PROP_STUN_SERVER:
      set_string (&self->stun_server, value);
      break;
    case GST_P2P_PROP_TURN_SERVER:
      set_string (&self->turn_server, value);
      break;
    case GST_P2P_PROP_ICE_TRANSPORT_POLICY:
      self->policy = g_value_get_enum (value);
      break;
    case GST_P2P_PROP_MAX_UPLOAD_BITRATE:
      self->max_upload_bitrate = g_value_get_uint (value);
      break;
    case GST_P2P_PROP_MAX_PEERS:
      self->max_peers = g_value_get_uint (value);
      break;
    case GST_P2P_PROP_CERTIFICATE_LOCATION:
      set_string (&self->certificate_location, value);
      break;
    default:
      return FALSE;
  }
  return TRUE;
}

gboolean
gst_p2p_settings_get (const GstP2PSettings * self, guint id, GValue * value)
{
  switch (id) {
    case GST_P2P_PROP_RENDEZVOUS:
      g_value_set_string (value, self->rendezvous);
      break;
    case GST_P2P_PROP_STUN_SERVER:
      g_value_set_string (value, self->stun_server);
      break;
    case GST_P2P_PROP_TURN_SERVER:
      g_value_set_string (value, self->turn_server);
      break;
    case GST_P2P_PROP_ICE_TRANSPORT_POLICY:
      g_value_set_enum (value, self->policy);
      break;
    case GST_P2P_PROP_MAX_UPLOAD_BITRATE:
      g_value_set_uint (value, self->max_upload_bitrate);
      break;
    case GST_P2P_PROP_MAX_PEERS:
      g_value_set_uint (value, self->max_peers);
      break;
    case GST_P2P_PROP_CERTIFICATE_LOCATION:
      g_value_set_string (value, self->certificate_location);
      break;
    default:
      return FALSE;
  }
  return TRUE;
}

static gboolean
bad (GError ** error, const gchar * property, const gchar * value,
    const gchar * wanted)
{
  g_set_error (error, GST_P2P_ERROR, GST_P2P_ERROR_URI,
      "%s=%.200s can't be used: %s", property, value, wanted);
  return FALSE;
}

static gboolean
is_blank (const gchar * text)
{
  return text != NULL && text[strspn (text, " \t\r\n")] == '\0';
}

/* With the scheme and a host; GstUri takes nearly everything. */
static GstUri *
parse_server (const gchar * text, const gchar * scheme)
{
  GstUri *uri = gst_p2p_ice_server_parse (text);
  const gchar *host = uri ? gst_uri_get_host (uri) : NULL;

  if (host != NULL && *host != '\0' && gst_uri_get_port (uri) != 0
      && g_strcmp0 (gst_uri_get_scheme (uri), scheme) == 0)
    return uri;
  if (uri != NULL)
    gst_uri_unref (uri);
  return NULL;
}

static gboolean
is_stun_server (const gchar * text)
{
  g_autoptr (GstUri) uri = parse_server (text, "stun");

  return uri != NULL;
}

/* NULL, or what is wrong. */
static const gchar *
check_turn_server (const gchar * text)
{
  gboolean tls = g_str_has_prefix (text, "turns:");
  g_autoptr (GstUri) uri = NULL;
  const gchar *user, *transport;

  uri = parse_server (text, tls ? "turns" : "turn");
  user = uri ? gst_uri_get_userinfo (uri) : NULL;
  if (user == NULL || *user == ':' || strchr (user, ':') == NULL)
    return
        "it looks like turn://user:password@host:port, with other characters "
        "than letters and digits in user and password as %XX";
  transport = gst_uri_get_query_value (uri, "transport");
  if (transport != NULL && strcmp (transport, "udp") != 0
      && strcmp (transport, "tcp") != 0)
    return "its transport is udp or tcp: "
        "turn://user:password@host:port?transport=tcp";
  if (tls && transport != NULL && strcmp (transport, "udp") == 0)
    return "TURN over DTLS is not supported: use turns:// with transport=tcp, "
        "or turn://";
  return NULL;
}

static const gchar *
check_turn_servers (gchar ** servers)
{
  const gchar *wrong = NULL;

  for (; *servers != NULL && wrong == NULL; servers++)
    wrong = check_turn_server (g_strstrip (*servers));
  return wrong;
}

gboolean
gst_p2p_settings_configure (const GstP2PSettings * self,
    GstP2PMemberConfig * config, GError ** error)
{
  const gchar *wrong;
  gchar **turn = NULL;
  gchar text[16];

  if (self->stun_server && !is_stun_server (self->stun_server))
    return bad (error, "stun-server", self->stun_server,
        "it looks like stun://host:port");
  if (is_blank (self->certificate_location))
    return bad (error, "certificate-location", self->certificate_location,
        "write the path of a PEM file, which is made when it does not exist, or "
        "leave the property out");
  if (self->max_upload_bitrate != 0
      && self->max_upload_bitrate < GST_P2P_MIN_UPLOAD) {
    g_snprintf (text, sizeof (text), "%u", self->max_upload_bitrate);
    return bad (error, "max-upload-bitrate", text,
        "at least 32000 bit/s are needed, 0 means no limit");
  }
  if (self->turn_server != NULL) {
    turn = g_strsplit (self->turn_server, ",", -1);
    wrong = check_turn_servers (turn);
    if (wrong != NULL) {
      g_strfreev (turn);
      /* without the value: it may hold a password */
      return bad (error, "turn-server", "…", wrong);
    }
  }
  config->ice.stun_server = self->stun_server;
  config->ice.turn_servers = turn;
  config->ice.relay_only = self->policy == GST_P2P_ICE_POLICY_RELAY;
  config->max_upload_bps = self->max_upload_bitrate;
  config->max_peers = self->max_peers;
  return TRUE;
}
