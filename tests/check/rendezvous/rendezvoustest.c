/* gst-plugins-p2p
 *
 * This library is free software; you can redistribute it and/or
 * modify it under the terms of the GNU Lesser General Public
 * License as published by the Free Software Foundation; either
 * version 2.1 of the License, or (at your option) any later version.
 */
/* rendezvoustest.c: see rendezvoustest.h. */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include <libsoup/soup.h>
#include <string.h>

#include "rendezvoustest.h"

#define PATIENCE (90 * G_USEC_PER_SEC)  /* of a test, far above what is needed */

static void
heard_free (gpointer data)
{
  Heard *heard = data;

  g_free (heard->info_hash);
  g_free (heard->peer_id);
  g_free (heard->offer_id);
  g_free (heard->text);
  g_free (heard);
}

static Heard *
add (Client * client, const gchar * kind, const gchar * info_hash,
    const gchar * peer_id, const gchar * offer_id, const gchar * text)
{
  Heard *heard = g_new0 (Heard, 1);

  g_strlcpy (heard->kind, kind, sizeof (heard->kind));
  heard->info_hash = g_strdup (info_hash);
  heard->peer_id = g_strdup (peer_id);
  heard->offer_id = g_strdup (offer_id);
  heard->text = g_strdup (text);
  heard->code = -1;
  g_ptr_array_add (client->heard, heard);
  return heard;
}

static void
set_error (Heard * heard, const GError * error)
{
  if (error == NULL)
    return;
  heard->code = error->code;
  g_free (heard->text);
  heard->text = g_strdup (error->message);
  fail_unless (error->domain == GST_P2P_ERROR);
}

static void
on_state (GstP2PRendezvous * r, gboolean connected, const GError * error,
    gpointer client)
{
  set_error (add (client, connected ? "connected" : "lost", NULL, NULL, NULL,
          NULL), error);
}

static void
on_announced (GstP2PRendezvous * r, const gchar * info_hash,
    const GstP2PAnnounceReply * reply, gpointer client)
{
  Heard *heard = add (client, "announced", info_hash, NULL, NULL,
      reply->ice_servers);

  heard->complete = reply->complete;
  heard->incomplete = reply->incomplete;
  heard->rate_kbps = reply->rate_kbps;
  heard->interval_s = reply->interval_s;
}

static void
on_offer (GstP2PRendezvous * r, const gchar * info_hash, const gchar * peer,
    const gchar * offer_id, const gchar * sdp, gpointer client)
{
  add (client, "offer", info_hash, peer, offer_id, sdp);
}

static void
on_answer (GstP2PRendezvous * r, const gchar * info_hash, const gchar * peer,
    const gchar * offer_id, const gchar * sdp, gpointer client)
{
  add (client, "answer", info_hash, peer, offer_id, sdp);
}

static void
on_candidate (GstP2PRendezvous * r, const gchar * info_hash,
    const gchar * peer, const gchar * offer_id, const gchar * candidate,
    gpointer client)
{
  add (client, "candidate", info_hash, peer, offer_id, candidate);
}

static void
on_failure (GstP2PRendezvous * r, const gchar * info_hash,
    const gchar * reason, gpointer client)
{
  add (client, "failure", info_hash, NULL, NULL, reason);
}

static void
on_resolved (GstP2PRendezvous * r, const gchar * name,
    const GstP2PChannel * channel, const GError * error, gpointer client)
{
  Heard *heard = add (client, "resolved", NULL, NULL, NULL,
      channel ? channel->title : NULL);

  fail_unless ((channel == NULL) == (error != NULL));
  heard->peer_id = g_strdup (name);
  if (channel != NULL) {
    heard->listeners = channel->listeners;
    heard->swarm_id = channel->swarm_id;
    heard->offer_id = g_strdup (channel->name);
    heard->info_hash = g_strdup (channel->ice_servers);
  }
  set_error (heard, error);
}

static void
on_published (GstP2PRendezvous * r, const gchar * name, const GError * error,
    gpointer client)
{
  Heard *heard = add (client, "published", NULL, NULL, NULL, NULL);

  heard->peer_id = g_strdup (name);
  set_error (heard, error);
}

static const GstP2PRendezvousCallbacks callbacks = {
  on_state, on_announced, on_offer, on_answer, on_candidate, on_failure,
  on_resolved, on_published
};

void
test_run (guint ms)
{
  guint turns = 2 * ms;

  /* turns, not time: what a machine that stands still takes of that is no turn */
  do {
    while (g_main_context_iteration (NULL, FALSE));
    if (ms > 0)
      g_usleep (500);
  } while (turns-- > 1);
}

GstP2PTrackerServer *
test_server_new (gboolean open)
{
  GstP2PTrackerServer *server = gst_p2p_tracker_server_new (NULL);
  GError *error = NULL;

  gst_p2p_tracker_server_set_open (server, open);
  fail_unless (gst_p2p_tracker_server_listen (server, "127.0.0.1", 0, NULL,
          &error), "%s", error ? error->message : "");
  fail_unless (gst_p2p_tracker_server_get_port (server) != 0);
  return server;
}

void
test_server_free (GstP2PTrackerServer * server)
{
  gst_p2p_tracker_server_stop (server);
  test_run (20);
  ASSERT_OBJECT_REFCOUNT (server, "server", 1);
  g_object_unref (server);
  test_run (0);
}

Client *
test_client_new_for_url (const gchar * url)
{
  Client *client = g_new0 (Client, 1);

  client->client = gst_p2p_ws_client_new (NULL, url);
  client->rendezvous = GST_P2P_RENDEZVOUS (client->client);
  client->heard = g_ptr_array_new_with_free_func (heard_free);
  g_object_set (client->client, "retry-min", 5, "retry-max", 20,
      "connect-timeout", 20000, "request-timeout", 20000, NULL);
  gst_p2p_rendezvous_set_callbacks (client->rendezvous, &callbacks, client);
  return client;
}

Client *
test_client_new (guint16 port)
{
  g_autofree gchar *url = g_strdup_printf ("ws://127.0.0.1:%u/", port);
  Client *client = test_client_new_for_url (url);

  gst_p2p_rendezvous_open (client->rendezvous);
  return client;
}

void
test_client_free (Client * client)
{
  gst_p2p_rendezvous_close (client->rendezvous);
  g_object_unref (client->client);
  g_ptr_array_unref (client->heard);
  g_free (client);
}

void
test_client_clear (Client * client)
{
  g_ptr_array_set_size (client->heard, 0);
}

static Heard *
find (Client * client, const gchar * kind)
{
  guint i;

  for (i = 0; i < client->heard->len; i++) {
    Heard *heard = g_ptr_array_index (client->heard, i);

    if (strcmp (heard->kind, kind) == 0)
      return heard;
  }
  return NULL;
}

static gboolean
on_patience (gpointer over)
{
  *(gboolean *) over = TRUE;
  return G_SOURCE_REMOVE;
}

Heard *
test_wait_for (Client * client, const gchar * kind)
{
  gboolean over = FALSE;
  guint timer = g_timeout_add (PATIENCE / 1000, on_patience, &over);
  Heard *heard;

  while ((heard = find (client, kind)) == NULL && !over)
    g_main_context_iteration (NULL, TRUE);
  if (!over)
    g_source_remove (timer);
  fail_unless (heard != NULL, "waited for \"%s\" in vain", kind);
  return heard;
}

void
test_announce (Client * client, const gchar * info_hash,
    const gchar * peer_id, gboolean seeder, const gchar * offer_id,
    const gchar * sdp)
{
  GstP2POffer offer = { offer_id, sdp };

  gst_p2p_rendezvous_announce (client->rendezvous, info_hash, peer_id,
      GST_P2P_ANNOUNCE_STARTED, seeder, &offer, offer_id != NULL ? 1 : 0);
}

void
test_sign (const guint8 * bytes, gsize len, guint8 * signature, gpointer key)
{
  fail_unless (gst_p2p_key_sign (key, bytes, len, NULL, 0, signature));
}

/* ---- raw ---- */

struct _Raw
{
  SoupSession *session;
  SoupWebsocketConnection *ws;
  GQueue texts;
  gboolean closed;
};

static void
on_raw_message (SoupWebsocketConnection * ws, gint type, GBytes * message,
    gpointer user_data)
{
  Raw *raw = user_data;
  gsize len;
  const gchar *text = g_bytes_get_data (message, &len);

  g_queue_push_tail (&raw->texts, g_strndup (text, len));
}

static void
on_raw_closed (SoupWebsocketConnection * ws, gpointer user_data)
{
  ((Raw *) user_data)->closed = TRUE;
}

static void
on_raw_connected (GObject * source, GAsyncResult * result, gpointer user_data)
{
  Raw *raw = user_data;
  GError *error = NULL;

  raw->ws = soup_session_websocket_connect_finish (SOUP_SESSION (source),
      result, &error);
  fail_unless (raw->ws != NULL, "%s", error ? error->message : "");
  g_signal_connect (raw->ws, "message", G_CALLBACK (on_raw_message), raw);
  g_signal_connect (raw->ws, "closed", G_CALLBACK (on_raw_closed), raw);
}

Raw *
test_raw_new (guint16 port)
{
  g_autofree gchar *url = g_strdup_printf ("ws://127.0.0.1:%u/", port);
  SoupMessage *message = soup_message_new ("GET", url);
  Raw *raw = g_new0 (Raw, 1);

  raw->session = soup_session_new ();
  g_queue_init (&raw->texts);
  soup_session_websocket_connect_async (raw->session, message, NULL, NULL,
      G_PRIORITY_DEFAULT, NULL, on_raw_connected, raw);
  while (raw->ws == NULL)
    g_main_context_iteration (NULL, TRUE);
  g_object_unref (message);
  return raw;
}

void
test_raw_say (Raw * raw, const gchar * text)
{
  test_raw_say_bytes (raw, text, strlen (text));
}

/* Binary frames carry what is no UTF-8, too. */
void
test_raw_say_bytes (Raw * raw, const gchar * text, gsize len)
{
  if (soup_websocket_connection_get_state (raw->ws) ==
      SOUP_WEBSOCKET_STATE_OPEN)
    soup_websocket_connection_send_binary (raw->ws, text, len);
}

gchar *
test_raw_next (Raw * raw)
{
  gboolean over = FALSE;
  guint timer = g_timeout_add (PATIENCE / 1000, on_patience, &over);

  while (raw->texts.length == 0 && !raw->closed && !over)
    g_main_context_iteration (NULL, TRUE);
  fail_unless (!over, "the server said nothing");
  g_source_remove (timer);
  return g_queue_pop_head (&raw->texts);
}

guint
test_raw_close_code (Raw * raw)
{
  return soup_websocket_connection_get_close_code (raw->ws);
}

void
test_raw_free (Raw * raw)
{
  g_signal_handlers_disconnect_by_data (raw->ws, raw);
  g_object_unref (raw->ws);
  g_object_unref (raw->session);
  g_queue_clear_full (&raw->texts, g_free);
  g_free (raw);
}
