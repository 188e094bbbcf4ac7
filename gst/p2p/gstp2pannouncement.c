/* gst-plugins-p2p
 *
 * This library is free software; you can redistribute it and/or
 * modify it under the terms of the GNU Lesser General Public
 * License as published by the Free Software Foundation; either
 * version 2.1 of the License, or (at your option) any later version.
 */
/* gstp2pannouncement.c: addresses of an embedded or another rendezvous. */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include <string.h>

#include "gstp2paddress.h"
#include "gstp2pannouncement.h"
#include "gstp2plocation.h"

static gchar *
get_host (const GstP2PAnnouncement * self)
{
  if (self->public_host != NULL)
    return g_strdup (self->public_host);
  if (gst_p2p_address_is_any (self->bind_address))
    return gst_p2p_address_get_default ();
  return g_strdup (self->bind_address);
}

gboolean
gst_p2p_announcement_take (GstP2PAnnouncement * self, const GstStructure * s,
    gboolean * by_id)
{
  const gchar *url = gst_structure_get_string (s, "rendezvous");
  gboolean no_names = FALSE, first;

  gst_structure_get_boolean (s, "by-id", &no_names);
  first = self->server == NULL || g_strcmp0 (url, self->server) == 0;
  if (!first && (no_names || *by_id))
    return FALSE;
  if (first)
    *by_id = no_names;
  gst_structure_get_uint (s, "port", &self->port);
  self->swarm_id = *by_id ? gst_structure_get_string (s, "swarm-id") : NULL;
  return TRUE;
}

gchar *
gst_p2p_announcement_get_uri (const GstP2PAnnouncement * self, gchar ** web)
{
  GstP2PLocation l = { 0, };
  gchar *uri;

  *web = NULL;
  if (self->server != NULL && self->swarm_id != NULL) {
    l.channel = g_strdup (self->swarm_id);
    l.query = g_ptr_array_new_with_free_func (g_free);
    gst_p2p_location_set (&l, "rendezvous", self->server);
  } else if (self->server != NULL) {
    gst_p2p_location_from_rendezvous (self->server, self->channel, &l);
  } else {
    l.host = get_host (self);
    l.port = self->port;
    l.channel = g_strdup (self->channel);
    l.query = g_ptr_array_new_with_free_func (g_free);
    *web = g_strdup_printf (strchr (l.host, ':') ? "http://[%s]:%u/%s" :
        "http://%s:%u/%s", l.host, self->port, self->channel);
  }
  uri = gst_p2p_location_to_string (&l);
  gst_p2p_location_clear (&l);
  return uri;
}

gchar *
gst_p2p_announcement_get_text (const GstP2PAnnouncement * self,
    const gchar * uri, const gchar * web)
{
  GString *text = g_string_new (NULL);
  GstP2PLocation l = { 0, };

  g_string_append_printf (text, "On the air: %s\n"
      "Listen with: gst-play-1.0 %s", uri, uri);
  if (web != NULL)
    g_string_append_printf (text, "\nA page that tells of it: %s", web);
  if (self->server == NULL && gst_p2p_location_parse (uri, &l, NULL)) {
    if (gst_p2p_address_is_private (l.host)
        && !gst_p2p_host_is_loopback (l.host))
      g_string_append_printf (text,
          "\n%s is a private address: listeners outside of this network need "
          "public-host= and a forwarded port %u", l.host, l.port);
    gst_p2p_location_clear (&l);
  }
  return g_string_free (text, FALSE);
}

gboolean
gst_p2p_announcement_is_local (const GstP2PAnnouncement * self,
    gchar ** servers)
{
  g_autofree gchar *address = NULL;

  if (self->server != NULL)
    return gst_p2p_servers_are_loopback (servers);
  if (!gst_p2p_address_is_any (self->bind_address))
    return gst_p2p_host_is_loopback (self->bind_address);
  address = gst_p2p_address_get_default ();
  return gst_p2p_host_is_loopback (address);
}
