/* gst-plugins-p2p
 *
 * This library is free software; you can redistribute it and/or
 * modify it under the terms of the GNU Lesser General Public
 * License as published by the Free Software Foundation; either
 * version 2.1 of the License, or (at your option) any later version.
 */
/* gstp2ptrackerpages.c: what a rendezvous server says over plain HTTP:
 *   /            the status as JSON (also /status.json)
 *   /health      "ok"
 *   /CHANNEL     a page for people: title, listeners, the line that plays it
 *
 * Pages are static HTML without scripts; everything that a publisher or a
 * request can say is escaped.
 */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include <string.h>

#include "gstp2ptrackerprivate.h"

#define GST_CAT_DEFAULT gst_p2p_tracker_debug

#define MAX_HOST 255            /* bytes of a Host header that is shown */
#define MAX_LISTED 100          /* channels on the page of an unknown one */
#define POLICY "default-src 'none'; style-src 'unsafe-inline'"

static void
put_channel (GstP2PTrackerServer * self, GString * json,
    const P2pDirectoryEntry * entry, P2pTime now)
{
  const GstP2PTrackerChannel *channel = entry->record;
  const GstP2PChannel *record = &channel->record->channel;
  gchar id[45];

  gst_p2p_swarm_id_to_string (&record->swarm_id, id);
  if (json->str[json->len - 1] == '}')
    g_string_append_c (json, ',');
  g_string_append_c (json, '{');
  gst_p2p_signal_member_string (json, "name", record->name);
  gst_p2p_signal_member_string (json, "swarm_id", id);
  gst_p2p_signal_member_string (json, "title", record->title);
  gst_p2p_signal_member_string (json, "description", record->description);
  gst_p2p_signal_member_string (json, "genre", record->genre);
  gst_p2p_signal_member_string (json, "homepage", record->homepage);
  gst_p2p_signal_member_string (json, "caps", record->caps);
  gst_p2p_signal_member_number (json, "listeners",
      gst_p2p_tracker_server_count_listeners (self, channel));
  gst_p2p_signal_member_raw (json, "live", entry->owner ? "true" : "false");
  gst_p2p_signal_member_number (json, "since_s",
      (now - entry->since) / P2P_SEC (1));
  g_string_append_c (json, '}');
}

static void
put_counters (GstP2PTrackerServer * self, GString * json)
{
  P2pTrackerCounters c;

  p2p_tracker_get_counters (self->tracker, &c);
  gst_p2p_signal_member_number (json, "connections", c.connections);
  gst_p2p_signal_member_number (json, "members", c.members);
  gst_p2p_signal_member_number (json, "swarms", c.swarms);
  gst_p2p_signal_member_number (json, "pending_offers", c.offers);
  gst_p2p_signal_member_raw (json, "total", "{");
  gst_p2p_signal_member_number (json, "announces", c.announces);
  gst_p2p_signal_member_number (json, "introductions", c.introductions);
  gst_p2p_signal_member_number (json, "answers", c.answers);
  gst_p2p_signal_member_number (json, "candidates", c.candidates);
  gst_p2p_signal_member_number (json, "http_requests", self->http_requests);
  gst_p2p_signal_member_number (json, "expired", c.expired);
  gst_p2p_signal_member_number (json, "refused", c.refused);
  gst_p2p_signal_member_number (json, "bad_messages", self->bad_messages);
  gst_p2p_signal_member_number (json, "too_fast", self->too_fast);
  gst_p2p_signal_member_number (json, "too_slow", self->too_slow);
  gst_p2p_signal_member_number (json, "turned_away", self->turned_away);
  g_string_append_c (json, '}');
}

static void
put_limits (GstP2PTrackerServer * self, GString * json)
{
  const P2pTrackerLimits *l = &self->limits;

  gst_p2p_signal_member_raw (json, "limits", "{");
  gst_p2p_signal_member_number (json, "connections", l->max_connections);
  gst_p2p_signal_member_number (json, "members", l->max_members);
  gst_p2p_signal_member_number (json, "members_per_swarm",
      l->max_members_per_swarm);
  gst_p2p_signal_member_number (json, "channels",
      self->directory_limits.max_channels);
  gst_p2p_signal_member_number (json, "messages_per_second",
      l->messages_per_second);
  gst_p2p_signal_member_number (json, "message_bytes", self->max_message_bytes);
  gst_p2p_signal_member_number (json, "expiry_s", l->expiry / P2P_SEC (1));
  g_string_append_c (json, '}');
}

gchar *
gst_p2p_tracker_server_get_status (GstP2PTrackerServer * self)
{
  P2pTime now = gst_p2p_tracker_server_now ();
  GString *json = g_string_new ("{");
  const P2pDirectoryEntry *entry;
  guint i;

  g_return_val_if_fail (GST_P2P_IS_TRACKER_SERVER (self), NULL);

  gst_p2p_signal_member_number (json, "p2p", 1);
  gst_p2p_signal_member_string (json, "server", PACKAGE "/" VERSION);
  gst_p2p_signal_member_raw (json, "open", self->open ? "true" : "false");
  if (self->tracker != NULL) {
    gst_p2p_signal_member_number (json, "uptime_s",
        (now - self->started_at) / P2P_SEC (1));
    put_counters (self, json);
    put_limits (self, json);
    gst_p2p_signal_member_raw (json, "channels", "[");
    for (i = 0; (entry = p2p_directory_nth (self->directory, i, now)); i++)
      put_channel (self, json, entry, now);
    g_string_append_c (json, ']');
  }
  g_string_append_c (json, '}');
  return g_string_free (json, FALSE);
}

/* ---- pages ---- */

/* Where the visitor found us, or HOST if that looks strange. */
static const gchar *
host_of (SoupServerMessage * msg)
{
  const gchar *host =
      soup_message_headers_get_one (soup_server_message_get_request_headers
      (msg), "Host");

  if (host == NULL || host[0] == '\0' || strlen (host) > MAX_HOST
      || host[strspn (host, "abcdefghijklmnopqrstuvwxyz"
              "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_:[]")] != '\0')
    return "HOST";
  return host;
}

static void
put_escaped (GString * html, const gchar * before, const gchar * text,
    const gchar * after)
{
  g_autofree gchar *escaped = NULL;

  if (text == NULL || text[0] == '\0')
    return;
  escaped = g_markup_escape_text (text, -1);
  g_string_append (html, before);
  g_string_append (html, escaped);
  g_string_append (html, after);
}

static GString *
begin_page (const gchar * title)
{
  GString *html = g_string_new ("<!DOCTYPE html>\n<html lang=\"en\"><head>"
      "<meta charset=\"utf-8\"><meta name=\"viewport\" "
      "content=\"width=device-width\">");

  put_escaped (html, "<title>", title, "</title>");
  g_string_append (html, "<style>body{font:1.1em/1.5 sans-serif;"
      "max-width:40em;margin:3em auto;padding:0 1em}"
      "code{background:#eee;padding:.2em .4em;overflow-wrap:anywhere}"
      "</style></head><body>\n");
  return html;
}

static void
respond (SoupServerMessage * msg, guint status, const gchar * type,
    GString * body)
{
  SoupMessageHeaders *headers = soup_server_message_get_response_headers (msg);
  gsize len = body->len;

  soup_message_headers_replace (headers, "Cache-Control", "no-store");
  soup_message_headers_replace (headers, "X-Content-Type-Options", "nosniff");
  soup_message_headers_replace (headers, "Content-Security-Policy", POLICY);
  soup_message_headers_replace (headers, "Access-Control-Allow-Origin", "*");
  soup_message_headers_replace (headers, "Connection", "close");
  soup_server_message_set_status (msg, status, NULL);
  soup_server_message_set_response (msg, type, SOUP_MEMORY_TAKE,
      g_string_free (body, FALSE), len);
}

static void
show_channel (GstP2PTrackerServer * self, SoupServerMessage * msg,
    const P2pDirectoryEntry * entry)
{
  const GstP2PTrackerChannel *channel = entry->record;
  const GstP2PChannel *record = &channel->record->channel;
  const gchar *title = record->title && *record->title ? record->title
      : record->name;
  GString *html = begin_page (title);

  put_escaped (html, "<h1>", title, "</h1>\n");
  put_escaped (html, "<p>", record->description, "</p>\n");
  put_escaped (html, "<p>Genre: ", record->genre, "</p>\n");
  if (record->homepage != NULL && (g_str_has_prefix (record->homepage,
              "https://") || g_str_has_prefix (record->homepage, "http://"))) {
    put_escaped (html, "<p><a rel=\"noreferrer\" href=\"", record->homepage,
        "\">");
    put_escaped (html, "", record->homepage, "</a></p>\n");
  }
  g_string_append_printf (html, "<p>%s · %u listening</p>\n",
      entry->owner ? "On the air" : "Off the air",
      gst_p2p_tracker_server_count_listeners (self, channel));
  g_string_append_printf (html,
      "<p>Listen with a player of GStreamer that has gst-plugins-p2p: "
      "<code>gst-play-1.0 %s://%s/%s</code></p>\n",
      self->certificate ? "p2ps" : "p2p", host_of (msg), record->name);
  g_string_append (html, "</body></html>\n");
  respond (msg, SOUP_STATUS_OK, "text/html; charset=utf-8", html);
}

static void
show_unknown (GstP2PTrackerServer * self, SoupServerMessage * msg)
{
  P2pTime now = gst_p2p_tracker_server_now ();
  GString *html = begin_page ("No such channel");
  const P2pDirectoryEntry *entry;
  guint i, n = 0;

  g_string_append (html, "<h1>No such channel</h1>\n");
  for (i = 0; (entry = p2p_directory_nth (self->directory, i, now)); i++) {
    if (entry->owner == NULL || n >= MAX_LISTED)
      continue;
    g_string_append (html, n == 0 ? "<p>On the air:</p><ul>\n" : "");
    g_string_append_printf (html, "<li><a href=\"/%s\">%s</a></li>\n",
        entry->name, entry->name);
    n++;
  }
  g_string_append (html, n > 0 ? "</ul>\n" : "<p>Nothing is on the air.</p>\n");
  g_string_append (html, "</body></html>\n");
  respond (msg, SOUP_STATUS_NOT_FOUND, "text/html; charset=utf-8", html);
}

static void
show_status (GstP2PTrackerServer * self, SoupServerMessage * msg)
{
  g_autofree gchar *text = gst_p2p_tracker_server_get_status (self);
  GString *body = g_string_new (text);

  g_string_append_c (body, '\n');
  respond (msg, SOUP_STATUS_OK, "application/json", body);
}

void
gst_p2p_tracker_server_on_http (SoupServer * soup, SoupServerMessage * msg,
    const char *path, GHashTable * query, gpointer user_data)
{
  GstP2PTrackerServer *self = user_data;
  const gchar *method = soup_server_message_get_method (msg);
  const P2pDirectoryEntry *entry = NULL;

  if (gst_p2p_tracker_server_upgrade (self, msg))
    return;
  if (method != SOUP_METHOD_GET && method != SOUP_METHOD_HEAD) {
    soup_message_headers_replace (soup_server_message_get_response_headers
        (msg), "Allow", "GET, HEAD");
    respond (msg, SOUP_STATUS_METHOD_NOT_ALLOWED, "text/plain",
        g_string_new ("only GET and HEAD\n"));
    return;
  }
  if (strcmp (path, "/") == 0 || strcmp (path, "/status.json") == 0) {
    show_status (self, msg);
    return;
  }
  if (strcmp (path, "/health") == 0) {
    respond (msg, SOUP_STATUS_OK, "text/plain", g_string_new ("ok\n"));
    return;
  }
  if (path[0] == '/' && path[1] != '\0')
    entry = p2p_directory_resolve (self->directory, path + 1,
        strlen (path + 1), gst_p2p_tracker_server_now ());
  if (entry != NULL)
    show_channel (self, msg, entry);
  else
    show_unknown (self, msg);
}
