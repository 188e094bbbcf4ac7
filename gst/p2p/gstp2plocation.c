/* gst-plugins-p2p
 *
 * This library is free software; you can redistribute it and/or
 * modify it under the terms of the GNU Lesser General Public
 * License as published by the Free Software Foundation; either
 * version 2.1 of the License, or (at your option) any later version.
 */
/* gstp2plocation.c: p2p:// URIs <-> parts <-> properties.
 *
 * A URI may come from a web page, so it sets only what its element allows, and
 * nothing of it is trusted: length, host, port and channel are checked here.
 * No state, any thread.
 */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include <string.h>
#include <gst/gst.h>

#include "gstp2plocation.h"
#include "session/gstp2psession.h"

#define LIVE_ID_LEN 44          /* 33 bytes in base64url */
#define STATIC_ID_LEN 43        /* 32 bytes: a file's hash; never like a live id */

gboolean
gst_p2p_channel_is_name (const gchar * channel)
{
  gsize n;

  if (channel == NULL)
    return FALSE;
  n = strspn (channel, "abcdefghijklmnopqrstuvwxyz0123456789._-");
  return n >= 1 && n <= GST_P2P_MAX_NAME && channel[n] == '\0';
}

gboolean
gst_p2p_channel_check (const gchar * channel, GError ** error)
{
  P2pSwarmId id;
  gsize len = strlen (channel);

  if (gst_p2p_channel_is_name (channel))
    return TRUE;
  if (len == LIVE_ID_LEN && gst_p2p_swarm_id_from_string (channel, &id))
    return TRUE;
  if (len == STATIC_ID_LEN)
    g_set_error (error, GST_P2P_ERROR, GST_P2P_ERROR_URI,
        "\"%s\" is the id of a file; only live channels can be played yet",
        channel);
  else
    g_set_error (error, GST_P2P_ERROR, GST_P2P_ERROR_URI,
        "\"%.64s\" is no channel: use 1 to %d of a-z 0-9 . _ - or a stream's "
        "id of %d characters", channel, GST_P2P_MAX_NAME, LIVE_ID_LEN);
  return FALSE;
}

void
gst_p2p_location_clear (GstP2PLocation * self)
{
  g_clear_pointer (&self->host, g_free);
  g_clear_pointer (&self->channel, g_free);
  g_clear_pointer (&self->query, g_ptr_array_unref);
}

static guint16
default_port (gboolean secure)
{
  return secure ? GST_P2P_DEFAULT_TLS_PORT : GST_P2P_DEFAULT_PORT;
}

static gboolean
bad_uri (const gchar * uri, GError ** error, const gchar * why)
{
  g_set_error (error, GST_P2P_ERROR, GST_P2P_ERROR_URI,
      "\"%.200s\" can't be used: %s. A p2p URI looks like "
      "p2p://host:%d/channel", uri, why, GST_P2P_DEFAULT_PORT);
  return FALSE;
}

static gboolean
parse_query (const gchar * query, GPtrArray * out, GError ** error)
{
  GUriParamsIter iter;
  gchar *key, *value;

  if (query == NULL || *query == '\0')
    return TRUE;
  g_uri_params_iter_init (&iter, query, -1, "&", G_URI_PARAMS_NONE);
  while (g_uri_params_iter_next (&iter, &key, &value, error)) {
    g_ptr_array_add (out, key);
    g_ptr_array_add (out, value);
  }
  return error == NULL || *error == NULL;
}

/* The path without its slash, or NULL when it has more than one segment. */
static gchar *
parse_channel (const gchar * path)
{
  if (*path == '/')
    path++;
  if (strchr (path, '/') != NULL)
    return NULL;
  return g_uri_unescape_string (path, NULL);
}

static gboolean
parse_parts (const gchar * uri, GUri * parts, GstP2PLocation * l,
    GError ** error)
{
  const gchar *scheme = g_uri_get_scheme (parts);
  const gchar *host = g_uri_get_host (parts);
  gint port = g_uri_get_port (parts);
  GError *local = NULL;

  if (g_strcmp0 (scheme, "p2p") != 0 && g_strcmp0 (scheme, "p2ps") != 0)
    return bad_uri (uri, error, "its scheme is neither p2p nor p2ps");
  l->secure = scheme[3] == 's';
  if (g_uri_get_userinfo (parts) != NULL)
    return bad_uri (uri, error, "a user name has no meaning here");
  if (port == 0)
    return bad_uri (uri, error, "port 0 can't be reached");
  l->port = port > 0 ? port : default_port (l->secure);
  if (host != NULL && *host != '\0')
    l->host = g_strdup (host);
  l->channel = parse_channel (g_uri_get_path (parts));
  if (l->channel == NULL)
    return bad_uri (uri, error, "its path is not one channel name");
  if (*l->channel != '\0' && !gst_p2p_channel_check (l->channel, error))
    return FALSE;
  if (!parse_query (g_uri_get_query (parts), l->query, &local)) {
    g_clear_error (&local);
    return bad_uri (uri, error, "its query is not key=value&key=value");
  }
  if (l->host == NULL && gst_p2p_location_get (l, "rendezvous") == NULL)
    return bad_uri (uri, error,
        "it names no host and no ?rendezvous= (discovery in the local network "
        "is not there yet)");
  return TRUE;
}

gboolean
gst_p2p_location_parse (const gchar * uri, GstP2PLocation * out,
    GError ** error)
{
  GstP2PLocation l = { 0, };
  GUri *parts;
  gboolean ok;

  if (uri == NULL || strlen (uri) > GST_P2P_MAX_URI)
    return bad_uri (uri ? uri : "", error, "it is empty or too long");
  parts = g_uri_parse (uri,
      G_URI_FLAGS_ENCODED_PATH | G_URI_FLAGS_ENCODED_QUERY, NULL);
  if (parts == NULL)
    return bad_uri (uri, error, "it is no valid URI");
  l.query = g_ptr_array_new_with_free_func (g_free);
  ok = parse_parts (uri, parts, &l, error);
  g_uri_unref (parts);
  if (ok)
    *out = l;
  else
    gst_p2p_location_clear (&l);
  return ok;
}

static void
append_host (GString * s, const gchar * host)
{
  if (host == NULL)
    return;
  if (strchr (host, ':') != NULL)
    g_string_append_printf (s, "[%s]", host);
  else
    g_string_append (s, host);
}

gchar *
gst_p2p_location_to_string (const GstP2PLocation * self)
{
  GString *s = g_string_new (self->secure ? "p2ps://" : "p2p://");
  guint i;

  append_host (s, self->host);
  if (self->host != NULL && self->port != default_port (self->secure))
    g_string_append_printf (s, ":%u", self->port);
  g_string_append_c (s, '/');
  g_string_append (s, self->channel);   /* its characters need no escape */
  for (i = 0; i + 1 < self->query->len; i += 2) {
    g_string_append_c (s, i == 0 ? '?' : '&');
    g_string_append_uri_escaped (s, g_ptr_array_index (self->query, i), NULL,
        FALSE);
    g_string_append_c (s, '=');
    g_string_append_uri_escaped (s, g_ptr_array_index (self->query, i + 1),
        NULL, FALSE);
  }
  return g_string_free (s, FALSE);
}

gchar *
gst_p2p_location_get_rendezvous (const GstP2PLocation * self)
{
  GString *s;

  if (self->host == NULL)
    return NULL;
  s = g_string_new (self->secure ? "wss://" : "ws://");
  append_host (s, self->host);
  g_string_append_printf (s, ":%u/", self->port);
  return g_string_free (s, FALSE);
}

gboolean
gst_p2p_location_from_rendezvous (const gchar * url, const gchar * channel,
    GstP2PLocation * out)
{
  GUri *parts = g_uri_parse (url, G_URI_FLAGS_NONE, NULL);
  gint port;

  if (parts == NULL)
    return FALSE;
  port = g_uri_get_port (parts);
  out->secure = g_strcmp0 (g_uri_get_scheme (parts), "wss") == 0;
  out->host = g_strdup (g_uri_get_host (parts));
  /* RFC 6455 section 3: 80 and 443 */
  out->port = port > 0 ? port : (out->secure ? 443 : 80);
  out->channel = g_strdup (channel);
  out->query = g_ptr_array_new_with_free_func (g_free);
  g_uri_unref (parts);
  return TRUE;
}

const gchar *
gst_p2p_location_get (const GstP2PLocation * self, const gchar * key)
{
  guint i;

  for (i = 0; i + 1 < self->query->len; i += 2) {
    if (strcmp (g_ptr_array_index (self->query, i), key) == 0)
      return g_ptr_array_index (self->query, i + 1);
  }
  return NULL;
}

void
gst_p2p_location_set (GstP2PLocation * self, const gchar * key,
    const gchar * value)
{
  guint i;

  for (i = 0; i + 1 < self->query->len; i += 2) {
    if (strcmp (g_ptr_array_index (self->query, i), key) == 0) {
      g_ptr_array_remove_range (self->query, i, 2);
      break;
    }
  }
  if (value == NULL)
    return;
  g_ptr_array_add (self->query, g_strdup (key));
  g_ptr_array_add (self->query, g_strdup (value));
}

static gboolean
apply_one (GObject * object, const gchar * key, const gchar * text,
    GError ** error)
{
  GParamSpec *spec =
      g_object_class_find_property (G_OBJECT_GET_CLASS (object), key);
  GValue value = G_VALUE_INIT;
  gboolean ok;

  g_return_val_if_fail (spec != NULL, FALSE);
  g_value_init (&value, G_PARAM_SPEC_VALUE_TYPE (spec));
  if (G_VALUE_HOLDS_STRING (&value)) {
    g_value_set_string (&value, text);
    ok = TRUE;
  } else {
    ok = gst_value_deserialize (&value, text) &&
        !g_param_value_validate (spec, &value);
  }
  if (ok)
    g_object_set_property (object, key, &value);
  else
    g_set_error (error, GST_P2P_ERROR, GST_P2P_ERROR_URI,
        "%s=%.64s in the URI is no value for this property", key, text);
  g_value_unset (&value);
  return ok;
}

gboolean
gst_p2p_location_apply (const GstP2PLocation * self, GObject * object,
    const gchar * const *names, GError ** error)
{
  guint i;

  for (i = 0; i + 1 < self->query->len; i += 2) {
    const gchar *key = g_ptr_array_index (self->query, i);

    if (!g_strv_contains (names, key))
      GST_INFO_OBJECT (object, "the URI's %s is not known, skipped", key);
    else if (!apply_one (object, key, g_ptr_array_index (self->query, i + 1),
            error))
      return FALSE;
  }
  return TRUE;
}

void
gst_p2p_location_take (GstP2PLocation * self, GObject * object,
    const gchar * const *names)
{
  for (; *names != NULL; names++) {
    GParamSpec *spec =
        g_object_class_find_property (G_OBJECT_GET_CLASS (object), *names);
    GValue value = G_VALUE_INIT;
    gchar *text = NULL;

    g_value_init (&value, G_PARAM_SPEC_VALUE_TYPE (spec));
    g_object_get_property (object, *names, &value);
    if (!g_param_value_defaults (spec, &value)) {
      if (G_VALUE_HOLDS_STRING (&value))
        text = g_value_dup_string (&value);
      else
        text = gst_value_serialize (&value);
    }
    gst_p2p_location_set (self, *names, text);
    g_free (text);
    g_value_unset (&value);
  }
}

static gboolean
check_server (const gchar * url, GError ** error)
{
  GUri *parts = g_uri_parse (url, G_URI_FLAGS_NONE, NULL);
  gboolean ok = FALSE;

  if (parts != NULL) {
    const gchar *scheme = g_uri_get_scheme (parts);
    const gchar *host = g_uri_get_host (parts);

    ok = (g_str_equal (scheme, "ws") || g_str_equal (scheme, "wss"))
        && host != NULL && *host != '\0' && g_uri_get_port (parts) != 0;
    g_uri_unref (parts);
  }
  if (!ok)
    g_set_error (error, GST_P2P_ERROR, GST_P2P_ERROR_URI,
        "\"%.200s\" is no rendezvous: use ws://host:port or wss://host:port",
        url);
  return ok;
}

gchar **
gst_p2p_parse_servers (const gchar * first, const gchar * list, GError ** error)
{
  GPtrArray *out = g_ptr_array_new_with_free_func (g_free);
  gchar **parts = g_strsplit (list != NULL ? list : "", ",", -1);
  guint i;

  if (first != NULL)
    g_ptr_array_add (out, g_strdup (first));
  for (i = 0; parts[i] != NULL; i++) {
    const gchar *url = g_strstrip (parts[i]);

    if (*url == '\0' || g_ptr_array_find_with_equal_func (out, url,
            g_str_equal, NULL))
      continue;
    if (!check_server (url, error))
      goto fail;
    if (out->len == GST_P2P_MAX_SERVERS) {
      g_set_error (error, GST_P2P_ERROR, GST_P2P_ERROR_URI,
          "more than %d rendezvous servers", GST_P2P_MAX_SERVERS);
      goto fail;
    }
    g_ptr_array_add (out, g_strdup (url));
  }
  /* a list of variables that were not set, most likely */
  if (list != NULL && *list != '\0' && out->len == 0) {
    g_set_error (error, GST_P2P_ERROR, GST_P2P_ERROR_URI,
        "rendezvous=\"%.200s\" names none: use ws://host:port or "
        "wss://host:port, or leave it empty", list);
    goto fail;
  }
  g_strfreev (parts);
  g_ptr_array_add (out, NULL);
  return (gchar **) g_ptr_array_free (out, FALSE);

fail:
  g_strfreev (parts);
  g_ptr_array_unref (out);
  return NULL;
}

gboolean
gst_p2p_host_is_loopback (const gchar * host)
{
  GInetAddress *address;
  gboolean loopback;

  if (host == NULL)
    return FALSE;
  if (g_ascii_strcasecmp (host, "localhost") == 0)
    return TRUE;
  address = g_inet_address_new_from_string (host);
  if (address == NULL)
    return FALSE;
  loopback = g_inet_address_get_is_loopback (address);
  g_object_unref (address);
  return loopback;
}

gboolean
gst_p2p_servers_are_loopback (gchar ** servers)
{
  gboolean all = *servers != NULL;

  for (; all && *servers != NULL; servers++) {
    GUri *parts = g_uri_parse (*servers, G_URI_FLAGS_NONE, NULL);

    all = parts != NULL && gst_p2p_host_is_loopback (g_uri_get_host (parts));
    g_clear_pointer (&parts, g_uri_unref);
  }
  return all;
}
