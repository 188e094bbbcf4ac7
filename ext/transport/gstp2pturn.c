/* gst-plugins-p2p
 *
 * This library is free software; you can redistribute it and/or
 * modify it under the terms of the GNU Lesser General Public
 * License as published by the Free Software Foundation; either
 * version 2.1 of the License, or (at your option) any later version.
 */
/* gstp2pturn.c: see gstp2pturn.h.
 *
 * A tunnel is referenced by its agent, its next accept and its connections; all of
 * it but its making happens on the thread of the tunnels, which there is while there
 * are any. What waits for a relay ends with the tunnel, and so with the agent; until
 * there is TLS also after a while, because GIO's handshakes hold threads of a pool
 * that the whole process shares.
 */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include <gst/gst.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <nice/interfaces.h>
#include <string.h>

#include "gstp2pturn.h"
#include "../../gst/p2p/session/gstp2pthread.h"
#include "../../gst/p2p/session/gstp2ptransport.h"

GST_DEBUG_CATEGORY_EXTERN (gst_p2p_ice_debug);
#define GST_CAT_DEFAULT gst_p2p_ice_debug

#define TURN_PORT 3478          /* RFC 8656 */
#define TURNS_PORT 5349
/* libnice makes one from each local address, of which there are 8 at most; a
 * stranger on this machine gets no further than to the relay's log-in. */
#define MAX_CONNECTIONS 16
/* For a look-up, three or four round trips, and a busy relay; a link has 15 s to come
 * up. libnice counts that as the relay's time to answer: by itself it asks three
 * times in 2 s (0.5, 1, 0.5), asking a fourth time makes it 4.5 (0.5, 1, 2, 1). */
#define PATIENCE_MS 4500
#define LIBNICE_TRIES 4

/* ---- the tunnel ---- */

typedef struct
{
  guint refs;
  GstP2PThread *thread;
  GSocketListener *listener;
  GSocketConnectable *relay;
  GCancellable *cancellable;    /* of the next accept */
  GQueue connections;           /* Connection */
} Tunnel;

typedef struct
{
  Tunnel *tunnel;
  GIOStream *inner;             /* to libnice */
  GCancellable *cancellable;
  GSource *limit;               /* until there is TLS */
} Connection;

static Tunnel *
tunnel_ref (Tunnel * self)
{
  self->refs++;
  return self;
}

static void
tunnel_unref (Tunnel * self)
{
  if (--self->refs > 0) {
    return;
  }
  g_object_unref (self->listener);
  g_object_unref (self->relay);
  g_object_unref (self->cancellable);
  gst_p2p_thread_release (self->thread);
  g_free (self);
}

/* What is cancelled may end at once, and is freed then. */
static void
end_here (gpointer data)
{
  Tunnel *self = data;
  Connection *c;

  g_cancellable_cancel (self->cancellable);
  while ((c = g_queue_pop_head (&self->connections)) != NULL) {
    g_cancellable_cancel (c->cancellable);
  }
  tunnel_unref (self);
}

/* Any thread. */
static void
tunnel_end (gpointer data)
{
  Tunnel *self = data;

  gst_p2p_thread_post (self->thread, end_here, self, NULL);
}

static void
connection_free (Connection * self)
{
  g_queue_remove (&self->tunnel->connections, self);
  gst_p2p_clear_source (&self->limit);
  tunnel_unref (self->tunnel);
  g_object_unref (self->inner);
  g_object_unref (self->cancellable);
  g_free (self);
}

/* Checks are small and waited for. */
static void
send_at_once (GSocketConnection * connection)
{
  g_socket_set_option (g_socket_connection_get_socket (connection),
      IPPROTO_TCP, TCP_NODELAY, 1, NULL);
}

static void
on_spliced (GObject * object, GAsyncResult * result, gpointer data)
{
  g_io_stream_splice_finish (result, NULL);
  connection_free (data);
}

static void
warn (Connection * self, const gchar * reason)
{
  g_autofree gchar *relay =
      g_socket_connectable_to_string (self->tunnel->relay);

  GST_WARNING ("no TLS to the TURN server %s: %s", relay, reason);
}

static void
fail (Connection * self, GError * error)
{
  if (!g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED)) {
    warn (self, error->message);
  }
  g_error_free (error);
  connection_free (self);
}

static gboolean
on_limit (gpointer data)
{
  Connection *self = data;

  warn (self, "it does not answer");
  gst_p2p_clear_source (&self->limit);
  g_cancellable_cancel (self->cancellable);
  return G_SOURCE_REMOVE;
}

static void
on_handshake (GObject * object, GAsyncResult * result, gpointer data)
{
  Connection *self = data;
  GError *error = NULL;

  if (!g_tls_connection_handshake_finish (G_TLS_CONNECTION (object), result,
          &error)) {
    fail (self, error);
    return;
  }
  gst_p2p_clear_source (&self->limit);
  g_io_stream_splice_async (self->inner, G_IO_STREAM (object),
      G_IO_STREAM_SPLICE_CLOSE_STREAM1 | G_IO_STREAM_SPLICE_CLOSE_STREAM2,
      G_PRIORITY_DEFAULT, self->cancellable, on_spliced, self);
}

/* GSocketClient's own TLS leaks when a certificate is refused (GLib 2.74). */
static void
on_relay_connected (GObject * object, GAsyncResult * result, gpointer data)
{
  Connection *self = data;
  GError *error = NULL;
  g_autoptr (GSocketConnection) outer =
      g_socket_client_connect_finish (G_SOCKET_CLIENT (object), result, &error);
  g_autoptr (GIOStream) tls = NULL;

  if (outer != NULL) {
    send_at_once (outer);
    tls = g_tls_client_connection_new (G_IO_STREAM (outer),
        self->tunnel->relay, &error);
  }
  if (tls == NULL) {
    fail (self, error);
    return;
  }
  g_tls_connection_handshake_async (G_TLS_CONNECTION (tls), G_PRIORITY_DEFAULT,
      self->cancellable, on_handshake, self);
}

static void
connect_relay (Tunnel * self, GSocketConnection * inner)
{
  g_autoptr (GSocketClient) client = g_socket_client_new ();
  Connection *c = g_new0 (Connection, 1);

  c->tunnel = tunnel_ref (self);
  c->inner = g_object_ref (G_IO_STREAM (inner));
  c->cancellable = g_cancellable_new ();
  c->limit = g_timeout_source_new (PATIENCE_MS);
  g_source_set_callback (c->limit, on_limit, c, NULL);
  g_source_attach (c->limit, gst_p2p_thread_get_context (self->thread));
  g_queue_push_tail (&self->connections, c);
  send_at_once (inner);
  g_socket_client_connect_async (client, self->relay, c->cancellable,
      on_relay_connected, c);
}

static void on_accepted (GObject * object, GAsyncResult * result,
    gpointer data);

static void
accept_next (Tunnel * self)
{
  g_socket_listener_accept_async (self->listener, self->cancellable,
      on_accepted, tunnel_ref (self));
}

static void
begin_here (gpointer data)
{
  accept_next (data);
}

static void
on_accepted (GObject * object, GAsyncResult * result, gpointer data)
{
  Tunnel *self = data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GSocketConnection) inner =
      g_socket_listener_accept_finish (G_SOCKET_LISTENER (object), result, NULL,
      &error);

  if (inner != NULL && self->connections.length < MAX_CONNECTIONS) {
    connect_relay (self, inner);
  }
  if (inner != NULL) {
    accept_next (self);
  } else if (!g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED)) {
    GST_WARNING ("no more TURN over TLS: %s", error->message);
  }
  tunnel_unref (self);
}

/* libnice reaches a relay from addresses of its family only. */
static const gchar *
get_loopback (void)
{
  GList *ips = nice_interfaces_get_local_ips (FALSE);
  gboolean any_ipv4 = ips == NULL;
  GList *l;

  for (l = ips; l != NULL; l = l->next) {
    any_ipv4 = any_ipv4 || strchr (l->data, ':') == NULL;
  }
  g_list_free_full (ips, g_free);
  return any_ipv4 ? "127.0.0.1" : "::1";
}

static Tunnel *
tunnel_new (const gchar * host, guint16 port, const gchar * loopback,
    guint * local_port)
{
  Tunnel *self = g_new0 (Tunnel, 1);
  g_autoptr (GSocketAddress) any =
      g_inet_socket_address_new_from_string (loopback, 0);
  g_autoptr (GSocketAddress) bound = NULL;
  g_autoptr (GError) error = NULL;

  self->refs = 1;
  self->thread = gst_p2p_thread_acquire (GST_P2P_THREAD_TURNS);
  self->listener = g_socket_listener_new ();
  self->relay = g_network_address_new (host, port);
  self->cancellable = g_cancellable_new ();
  g_queue_init (&self->connections);
  if (!g_socket_listener_add_address (self->listener, any,
          G_SOCKET_TYPE_STREAM, G_SOCKET_PROTOCOL_TCP, NULL, &bound, &error)) {
    GST_WARNING ("no socket for TURN over TLS: %s", error->message);
    tunnel_unref (self);
    return NULL;
  }
  *local_port = g_inet_socket_address_get_port (G_INET_SOCKET_ADDRESS (bound));
  /* its agent's reference lasts until that has run: end_here() comes after it */
  gst_p2p_thread_post (self->thread, begin_here, self, NULL);
  return self;
}

GPtrArray *
gst_p2p_turn_tunnels_new (void)
{
  return g_ptr_array_new_with_free_func (tunnel_end);
}

/* ---- relays ---- */

static gboolean
parse_relay (GstUri * uri, GstP2PRelay * out)
{
  const gchar *userinfo = uri ? gst_uri_get_userinfo (uri) : NULL;
  const gchar *scheme = uri ? gst_uri_get_scheme (uri) : NULL;
  g_auto (GStrv) user = userinfo ? g_strsplit (userinfo, ":", 2) : NULL;
  const gchar *transport;

  if (user == NULL || user[0] == NULL || user[1] == NULL
      || gst_uri_get_host (uri) == NULL) {
    return FALSE;
  }
  out->tls = g_strcmp0 (scheme, "turns") == 0;
  transport = gst_uri_get_query_value (uri, "transport");
  out->tcp = out->tls || g_strcmp0 (transport, "tcp") == 0;
  /* turns over UDP would be DTLS to the relay */
  if ((!out->tls && g_strcmp0 (scheme, "turn") != 0)
      || (out->tls && g_strcmp0 (transport, "udp") == 0)) {
    return FALSE;
  }
  out->host = g_strdup (gst_uri_get_host (uri));
  out->port = gst_uri_get_port (uri);
  if (out->port == GST_URI_NO_PORT) {
    out->port = out->tls ? TURNS_PORT : TURN_PORT;
  }
  out->name = g_uri_unescape_string (user[0], NULL);
  out->password = g_uri_unescape_string (user[1], NULL);
  return out->port <= G_MAXUINT16 && out->name && out->password;
}

gboolean
gst_p2p_relay_parse (const gchar * text, GstP2PRelay * out)
{
  g_autoptr (GstUri) uri = gst_p2p_ice_server_parse (text);

  memset (out, 0, sizeof (*out));
  return parse_relay (uri, out);
}

void
gst_p2p_relay_clear (GstP2PRelay * relay)
{
  g_free (relay->name);
  g_free (relay->password);
  g_free (relay->host);
}

static gboolean
add_relay (NiceAgent * agent, guint stream, guint component,
    const GstP2PRelay * relay, GPtrArray * tunnels)
{
  const gchar *host = relay->host;
  guint port = relay->port;

  if (relay->tls) {
    const gchar *loopback = get_loopback ();
    Tunnel *tunnel = tunnel_new (host, port, loopback, &port);

    if (tunnel == NULL) {
      return FALSE;
    }
    g_ptr_array_add (tunnels, tunnel);
    /* which of them depends on its version */
    g_object_set (agent, "stun-max-retransmissions", LIBNICE_TRIES,
        "stun-reliable-timeout", PATIENCE_MS, NULL);
    host = loopback;
  }
  return nice_agent_set_relay_info (agent, stream, component, host, port,
      relay->name, relay->password,
      relay->tcp ? NICE_RELAY_TYPE_TURN_TCP : NICE_RELAY_TYPE_TURN_UDP);
}

gboolean
gst_p2p_turn_add (NiceAgent * agent, guint stream, guint component,
    const gchar * text, GPtrArray * tunnels)
{
  GstP2PRelay relay;
  gboolean added = FALSE;

  if (gst_p2p_relay_parse (text, &relay)) {
    added = add_relay (agent, stream, component, &relay, tunnels);
  } else {
    /* Without its password in the log. */
    GST_WARNING ("a turn-server is neither turn://user:password@host:port with "
        "transport=udp or tcp, nor turns:// with tcp; it is not used");
  }
  gst_p2p_relay_clear (&relay);
  return added;
}
