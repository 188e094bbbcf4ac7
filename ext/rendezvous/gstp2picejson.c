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

#include <json-glib/json-glib.h>
#include <string.h>

#include "gstp2picejson.h"

#define MAX_JSON (16 * 1024)
#define MAX_URL 256

/* "turn://user:password@host:port?transport=udp" -> url, username, credential;
 * "stun://host:port" -> "stun:host:port" */
static void
add_server (JsonBuilder * builder, const gchar * url)
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

  json_builder_begin_object (builder);
  json_builder_set_member_name (builder, "urls");
  json_builder_add_string_value (builder, text->str);
  if (g_uri_get_user (uri)) {
    json_builder_set_member_name (builder, "username");
    json_builder_add_string_value (builder, g_uri_get_user (uri));
    json_builder_set_member_name (builder, "credential");
    json_builder_add_string_value (builder,
        g_uri_get_password (uri) ? g_uri_get_password (uri) : "");
  }
  json_builder_end_object (builder);
}

gchar *
gst_p2p_ice_to_json (const GstP2PIceConfig * ice)
{
  g_autoptr (JsonBuilder) builder = NULL;
  g_autoptr (JsonNode) root = NULL;
  gchar **turn;

  if (ice->stun_server == NULL
      && (ice->turn_servers == NULL || ice->turn_servers[0] == NULL))
    return NULL;
  builder = json_builder_new ();
  json_builder_begin_array (builder);
  if (ice->stun_server)
    add_server (builder, ice->stun_server);
  for (turn = ice->turn_servers; turn && *turn; turn++)
    add_server (builder, *turn);
  json_builder_end_array (builder);
  root = json_builder_get_root (builder);
  return json_to_string (root, FALSE);
}

static const gchar *
get_string (JsonObject * object, const gchar * name)
{
  JsonNode *node = json_object_get_member (object, name);
  const gchar *text;

  if (node == NULL || !JSON_NODE_HOLDS_VALUE (node)
      || json_node_get_value_type (node) != G_TYPE_STRING)
    return NULL;
  text = json_node_get_string (node);
  return strlen (text) <= MAX_URL ? text : NULL;
}

static gchar *
turn_to_uri (const gchar * url, JsonObject * object)
{
  const gchar *username = get_string (object, "username");
  const gchar *credential = get_string (object, "credential");
  const gchar *rest = strchr (url, ':') + 1;
  g_autofree gchar *scheme = g_strndup (url, rest - url - 1);
  g_autofree gchar *user = g_uri_escape_string (username ? username : "",
      NULL, FALSE);
  g_autofree gchar *password = g_uri_escape_string (credential ? credential :
      "", NULL, FALSE);

  return g_strdup_printf ("%s://%s:%s@%s", scheme, user, password, rest);
}

static void
take_url (const gchar * url, JsonObject * object, gchar ** stun,
    GPtrArray * turn)
{
  if (strlen (url) > MAX_URL)
    return;
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
take_server (JsonNode * node, gchar ** stun, GPtrArray * turn)
{
  JsonObject *object;
  JsonNode *urls;
  guint i;

  if (!JSON_NODE_HOLDS_OBJECT (node))
    return;
  object = json_node_get_object (node);
  urls = json_object_get_member (object, "urls");
  if (urls && JSON_NODE_HOLDS_ARRAY (urls)) {
    JsonArray *array = json_node_get_array (urls);

    for (i = 0; i < MIN (json_array_get_length (array),
            GST_P2P_MAX_ICE_SERVERS); i++) {
      JsonNode *item = json_array_get_element (array, i);

      if (JSON_NODE_HOLDS_VALUE (item)
          && json_node_get_value_type (item) == G_TYPE_STRING)
        take_url (json_node_get_string (item), object, stun, turn);
    }
  } else if (get_string (object, "urls")) {
    take_url (get_string (object, "urls"), object, stun, turn);
  }
}

void
gst_p2p_ice_from_json (const gchar * json, GstP2PIceConfig * ice)
{
  g_autoptr (JsonNode) root = NULL;
  GPtrArray *turn;
  gchar *stun = NULL;
  JsonArray *array;
  guint i;

  if (strlen (json) > MAX_JSON
      || (root = json_from_string (json, NULL)) == NULL
      || !JSON_NODE_HOLDS_ARRAY (root))
    return;
  array = json_node_get_array (root);
  turn = g_ptr_array_new_with_free_func (g_free);
  for (i = 0; i < MIN (json_array_get_length (array),
          GST_P2P_MAX_ICE_SERVERS); i++)
    take_server (json_array_get_element (array, i), &stun, turn);

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
