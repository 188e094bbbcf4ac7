/* gst-plugins-p2p
 *
 * This library is free software; you can redistribute it and/or
 * modify it under the terms of the GNU Lesser General Public
 * License as published by the Free Software Foundation; either
 * version 2.1 of the License, or (at your option) any later version.
 */
/* gstp2picejson.c: GstP2PIceConfig <-> JSON. Any thread. The text may come from
 * a stranger: types are checked by hand, numbers of servers are capped.
 */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include <string.h>

#include "gstp2picejson.h"
#include "gstp2psignal.h"

#define MAX_URL 256

/* "turn://user:password@host:port?transport=udp" -> url, username, credential;
 * "stun://host:port" -> "stun:host:port" */
static void
add_server (GString * json, const gchar * url)
{
  g_autoptr (GUri) uri = g_uri_parse (url,
      G_URI_FLAGS_HAS_PASSWORD | G_URI_FLAGS_NON_DNS, NULL);
  g_autoptr (GString) text = NULL;

  if (uri == NULL || g_uri_get_host (uri) == NULL)
    return;
  text = g_string_new (g_uri_get_scheme (uri));
  g_string_append_printf (text, strchr (g_uri_get_host (uri), ':') ?
      ":[%s]" : ":%s", g_uri_get_host (uri));
  if (g_uri_get_port (uri) > 0)
    g_string_append_printf (text, ":%d", g_uri_get_port (uri));
  if (g_uri_get_query (uri))
    g_string_append_printf (text, "?%s", g_uri_get_query (uri));

  g_string_append (json, json->len > 1 ? ",{" : "{");
  gst_p2p_signal_member_string (json, "urls", text->str);
  if (g_uri_get_user (uri)) {
    gst_p2p_signal_member_string (json, "username", g_uri_get_user (uri));
    gst_p2p_signal_member_string (json, "credential",
        g_uri_get_password (uri) ? g_uri_get_password (uri) : "");
  }
  g_string_append_c (json, '}');
}

gchar *
gst_p2p_ice_to_json (const GstP2PIceConfig * ice)
{
  GString *json;
  gchar **turn;

  if (ice->stun_server == NULL
      && (ice->turn_servers == NULL || ice->turn_servers[0] == NULL))
    return NULL;
  json = g_string_new ("[");
  if (ice->stun_server)
    add_server (json, ice->stun_server);
  for (turn = ice->turn_servers; turn && *turn; turn++)
    add_server (json, *turn);
  g_string_append_c (json, ']');
  return g_string_free (json, FALSE);
}

static gchar *
turn_to_uri (const gchar * url, GstP2PJson * object)
{
  const gchar *username = gst_p2p_signal_get_string (object, "username",
      MAX_URL);
  const gchar *credential = gst_p2p_signal_get_string (object, "credential",
      MAX_URL);
  const gchar *rest = strchr (url, ':') + 1;
  g_autofree gchar *scheme = g_strndup (url, rest - url - 1);
  g_autofree gchar *user = g_uri_escape_string (username ? username : "",
      NULL, FALSE);
  g_autofree gchar *password = g_uri_escape_string (credential ? credential :
      "", NULL, FALSE);

  return g_strdup_printf ("%s://%s:%s@%s", scheme, user, password, rest);
}

static void
take_url (const gchar * url, GstP2PJson * object, gchar ** stun,
    GPtrArray * turn)
{
  if (g_str_has_prefix (url, "stun:")) {
    if (*stun == NULL)
      *stun = g_strdup_printf ("stun://%s", url + strlen ("stun:"));
  } else if ((g_str_has_prefix (url, "turn:")
          || g_str_has_prefix (url, "turns:"))
      && turn->len < GST_P2P_MAX_ICE_SERVERS) {
    g_ptr_array_add (turn, turn_to_uri (url, object));
  }
}

static void
take_server (GstP2PJson * object, gchar ** stun, GPtrArray * turn)
{
  const gchar *url;
  GstP2PJson *urls;
  gsize i;

  if (!json_object_is_type (object, json_type_object))
    return;
  url = gst_p2p_signal_get_string (object, "urls", MAX_URL);
  urls = gst_p2p_signal_get_array (object, "urls");
  if (url != NULL)
    take_url (url, object, stun, turn);
  if (urls == NULL)
    return;
  for (i = 0; i < MIN (json_object_array_length (urls),
          GST_P2P_MAX_ICE_SERVERS); i++) {
    url = gst_p2p_signal_node_to_string (json_object_array_get_idx (urls, i),
        MAX_URL);
    if (url != NULL)
      take_url (url, object, stun, turn);
  }
}

void
gst_p2p_ice_from_json (const gchar * json, GstP2PIceConfig * ice)
{
  g_autoptr (GstP2PJson) array = gst_p2p_signal_parse_array (json,
      GST_P2P_SIGNAL_MAX_ICE_SERVERS);
  GPtrArray *turn;
  gchar *stun = NULL;
  gsize i;

  if (array == NULL)
    return;
  turn = g_ptr_array_new_with_free_func (g_free);
  for (i = 0; i < MIN (json_object_array_length (array),
          GST_P2P_MAX_ICE_SERVERS); i++)
    take_server (json_object_array_get_idx (array, i), &stun, turn);

  if (ice->stun_server == NULL)
    ice->stun_server = g_steal_pointer (&stun);
  if (ice->turn_servers == NULL && turn->len > 0) {
    g_ptr_array_add (turn, NULL);
    ice->turn_servers = (gchar **) g_ptr_array_free (turn, FALSE);
  } else {
    g_ptr_array_unref (turn);
  }
  g_free (stun);
}
