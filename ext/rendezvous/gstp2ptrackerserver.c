/* gst-plugins-p2p
 *
 * This library is free software; you can redistribute it and/or
 * modify it under the terms of the GNU Lesser General Public
 * License as published by the Free Software Foundation; either
 * version 2.1 of the License, or (at your option) any later version.
 */
/* gstp2ptrackerserver.c: sockets, limits and life of a rendezvous server.
 *
 * Owner: a p2psink's session (embedded) or the p2p-tracker program. One thread,
 * the one of self->context; no locks. Requests of members are taken in
 * gstp2ptrackerrequests.c, HTTP in gstp2ptrackerpages.c.
 *
 * Sockets are accepted here and not by libsoup, so that they can be counted,
 * turned away, and closed when they neither upgrade nor finish in time:
 *
 *   accepted: "caller" --upgrade--> peer (a member's WebSocket)
 *                 \--10 s or HTTP done--> closed
 *
 * libsoup keeps what a socket does not take; a peer that has more than
 * MAX_UNSENT bytes in its socket therefore gets nothing more.
 */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#ifdef __linux__
#include <linux/sockios.h>
#endif

#include "gstp2ptrackerprivate.h"
#include "../../gst/p2p/session/gstp2perror.h"

GST_DEBUG_CATEGORY (gst_p2p_tracker_debug);
#define GST_CAT_DEFAULT gst_p2p_tracker_debug

#define CALLER_TIMEOUT (10 * G_USEC_PER_SEC)    /* for one HTTP request or upgrade */
#define MAX_CALLERS 256         /* at once; a flood of them turns away others of it */
#define MAX_UNSENT (64 * 1024)  /* bytes in a socket that its peer did not read */
/* The kernel doubles it for its own overhead: MAX_UNSENT is in the socket and
 * not in libsoup's queue. */
#define SEND_BUFFER (256 * 1024)
#define TICK_MS 1000
#define ACCEPT_AGAIN_MS 200     /* after an error like "too many open files" */
#define DEFAULT_KEEPALIVE_S 45  /* NATs forget a quiet TCP connection */
#define TCP_IDLE_S 30           /* then 3 probes, 10 s apart */
#define CALLER_KEY "gst-p2p-caller"

enum
{
  PROP_0,
  PROP_MAX_CONNECTIONS,
  PROP_MAX_MEMBERS,
  PROP_MAX_MEMBERS_PER_SWARM,
  PROP_MAX_CHANNELS,
  PROP_MAX_MESSAGES_PER_SECOND,
  PROP_MAX_MESSAGE_BYTES,
  PROP_MAX_PENDING_OFFERS,
  PROP_IDLE_TIMEOUT,
  PROP_EXPIRY,
  PROP_KEEPALIVE,
  PROP_LEASE
};

/* A socket that did not become a peer yet. */
typedef struct
{
  GstP2PTrackerServer *server;  /* NULL when that is gone */
  GSocketConnection *connection;        /* weak */
  gint64 since;
  guint32 prefix;
  GList *link;                  /* in server->callers */
} Caller;

G_DEFINE_TYPE_WITH_CODE (GstP2PTrackerServer, gst_p2p_tracker_server,
    G_TYPE_OBJECT, GST_DEBUG_CATEGORY_INIT (gst_p2p_tracker_debug,
        "p2ptracker", 0, "P2P rendezvous server"));

static void accept_next (GstP2PTrackerServer * self);

static void
clear_source (GSource ** source)
{
  if (*source == NULL)
    return;
  g_source_destroy (*source);
  g_clear_pointer (source, g_source_unref);
}

static GSource *
add_timer (GstP2PTrackerServer * self, guint ms, GSourceFunc func)
{
  GSource *source = g_timeout_source_new (ms);

  g_source_set_callback (source, func, self, NULL);
  g_source_attach (source, self->context);
  return source;
}

/* ---- peers ---- */

static guint
unsent_bytes (gint fd)
{
#ifdef SIOCOUTQ
  gint unsent = 0;

  if (fd >= 0 && ioctl (fd, SIOCOUTQ, &unsent) == 0 && unsent > 0)
    return (guint) unsent;
#endif
  return 0;
}

gboolean
gst_p2p_tracker_peer_send (GstP2PTrackerPeer * peer, const gchar * text)
{
  if (peer->conn == NULL || soup_websocket_connection_get_state (peer->ws) !=
      SOUP_WEBSOCKET_STATE_OPEN)
    return FALSE;
  if (unsent_bytes (peer->fd) > MAX_UNSENT) {
    peer->server->too_slow++;
    return FALSE;
  }
  soup_websocket_connection_send_text (peer->ws, text);
  return TRUE;
}

/* What it had is gone at once; its socket when it has closed. */
static void
forget_peer (GstP2PTrackerPeer * peer)
{
  if (peer->conn == NULL)
    return;
  p2p_directory_owner_gone (peer->server->directory, peer,
      gst_p2p_tracker_server_now ());
  p2p_tracker_disconnect (peer->server->tracker, peer->conn);
  peer->conn = NULL;
}

void
gst_p2p_tracker_peer_kick (GstP2PTrackerPeer * peer, gushort code,
    const gchar * reason)
{
  GST_DEBUG_OBJECT (peer->server, "closing a peer: %s", reason);
  forget_peer (peer);
  if (soup_websocket_connection_get_state (peer->ws) ==
      SOUP_WEBSOCKET_STATE_OPEN)
    soup_websocket_connection_close (peer->ws, code, reason);
}

static void
peer_free (gpointer data)
{
  GstP2PTrackerPeer *peer = data;

  forget_peer (peer);
  g_signal_handlers_disconnect_by_data (peer->ws, peer);
  g_object_unref (peer->ws);
  g_free (peer->nonce);
  g_free (peer);
}

static void
on_message (SoupWebsocketConnection * ws, gint type, GBytes * message,
    gpointer user_data)
{
  GstP2PTrackerPeer *peer = user_data;
  GstP2PTrackerServer *self = peer->server;
  gsize len;
  const gchar *text = g_bytes_get_data (message, &len);

  if (peer->conn == NULL)
    return;                     /* closed already */
  if (p2p_tracker_count_message (self->tracker, peer->conn,
          gst_p2p_tracker_server_now ()) != P2P_OK) {
    self->too_fast++;
    gst_p2p_tracker_peer_kick (peer, SOUP_WEBSOCKET_CLOSE_POLICY_VIOLATION,
        "too many messages");
    return;
  }
  if (unsent_bytes (peer->fd) > MAX_UNSENT) {
    self->too_slow++;
    gst_p2p_tracker_peer_kick (peer, SOUP_WEBSOCKET_CLOSE_POLICY_VIOLATION,
        "answers are not read");
    return;
  }
  gst_p2p_tracker_server_take (self, peer, text, len);
}

static void
on_closed (SoupWebsocketConnection * ws, gpointer user_data)
{
  GstP2PTrackerPeer *peer = user_data;

  g_hash_table_remove (peer->server->peers, peer);
}

/* ---- callers ---- */

static void
caller_free (Caller * caller)
{
  if (caller->server != NULL) {
    g_queue_delete_link (&caller->server->callers, caller->link);
    caller->server->n_callers--;
  }
  g_free (caller);
}

static void
on_connection_gone (gpointer data, GObject * connection)
{
  caller_free (data);
}

static void
end_caller (Caller * caller)
{
  g_object_weak_unref (G_OBJECT (caller->connection), on_connection_gone,
      caller);
  caller_free (caller);
}

/* Shut down, the socket reads its end, and libsoup lets go of it. */
static void
hang_up (Caller * caller)
{
  GSocketConnection *connection = g_object_ref (caller->connection);

  end_caller (caller);
  g_socket_shutdown (g_socket_connection_get_socket (connection), TRUE, TRUE,
      NULL);
  g_object_unref (connection);
}

static void
hang_up_old_callers (GstP2PTrackerServer * self)
{
  gint64 now = g_get_monotonic_time ();

  while (self->callers.head != NULL) {
    Caller *caller = self->callers.head->data;

    if (now - caller->since < CALLER_TIMEOUT)
      return;
    hang_up (caller);
  }
}

/* Equal for addresses of one /24 (IPv4) or /48 (IPv6). */
static guint32
address_prefix (GSocketAddress * address)
{
  GInetAddress *inet;
  const guint8 *bytes;
  guint32 hash = 2166136261u;   /* FNV-1a */
  gsize i, n, skip = 0;

  if (!G_IS_INET_SOCKET_ADDRESS (address))
    return 0;
  inet = g_inet_socket_address_get_address (G_INET_SOCKET_ADDRESS (address));
  bytes = g_inet_address_to_bytes (inet);
  if (g_inet_address_get_family (inet) == G_SOCKET_FAMILY_IPV4) {
    n = 3;
  } else {
    n = 6;
    if (IN6_IS_ADDR_V4MAPPED ((const struct in6_addr *) (const void *) bytes)) {
      skip = 12;
      n = 3;
    }
  }
  for (i = 0; i < n; i++)
    hash = (hash ^ bytes[skip + i]) * 16777619u;
  return hash != 0 ? hash : 1;
}

static void
set_socket_options (GSocket * socket)
{
  g_socket_set_option (socket, IPPROTO_TCP, TCP_NODELAY, TRUE, NULL);
  g_socket_set_option (socket, SOL_SOCKET, SO_SNDBUF, SEND_BUFFER, NULL);
  g_socket_set_keepalive (socket, TRUE);
#ifdef TCP_KEEPIDLE
  g_socket_set_option (socket, IPPROTO_TCP, TCP_KEEPIDLE, TCP_IDLE_S, NULL);
  g_socket_set_option (socket, IPPROTO_TCP, TCP_KEEPINTVL, 10, NULL);
  g_socket_set_option (socket, IPPROTO_TCP, TCP_KEEPCNT, 3, NULL);
#endif
}

static void
add_caller (GstP2PTrackerServer * self, GSocketConnection * connection,
    GSocketAddress * remote)
{
  Caller *caller = g_new0 (Caller, 1);

  caller->server = self;
  caller->connection = connection;
  caller->since = g_get_monotonic_time ();
  caller->prefix = address_prefix (remote);
  g_queue_push_tail (&self->callers, caller);
  caller->link = self->callers.tail;
  self->n_callers++;
  g_object_weak_ref (G_OBJECT (connection), on_connection_gone, caller);
  /* libsoup gives this object back with the request. */
  g_object_set_data (G_OBJECT (remote), CALLER_KEY, caller);
}

static void
take_caller (GstP2PTrackerServer * self, GSocketConnection * connection)
{
  g_autoptr (GSocketAddress) local = NULL;
  g_autoptr (GSocketAddress) remote = NULL;
  g_autoptr (GIOStream) stream = NULL;
  g_autoptr (GError) error = NULL;

  local = g_socket_connection_get_local_address (connection, NULL);
  remote = g_socket_connection_get_remote_address (connection, NULL);
  if (local == NULL || remote == NULL)
    return;                     /* it hung up */
  set_socket_options (g_socket_connection_get_socket (connection));
  if (self->n_callers >= MAX_CALLERS) {
    self->turned_away++;
    hang_up (self->callers.head->data);
  }
  if (self->certificate != NULL) {
    stream = g_tls_server_connection_new (G_IO_STREAM (connection),
        self->certificate, &error);
    if (stream == NULL) {
      GST_WARNING_OBJECT (self, "no TLS: %s", error->message);
      return;
    }
  } else {
    stream = g_object_ref (G_IO_STREAM (connection));
  }
  add_caller (self, connection, remote);
  if (!soup_server_accept_iostream (self->soup, stream, local, remote, &error))
    GST_DEBUG_OBJECT (self, "not accepted: %s", error->message);
}

static gboolean
on_accept_again (gpointer user_data)
{
  GstP2PTrackerServer *self = user_data;

  clear_source (&self->accept_again);
  accept_next (self);
  return G_SOURCE_REMOVE;
}

static void
on_accepted (GObject * source, GAsyncResult * result, gpointer user_data)
{
  g_autoptr (GstP2PTrackerServer) self = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GSocketConnection) connection = NULL;

  connection = g_socket_listener_accept_finish (G_SOCKET_LISTENER (source),
      result, NULL, &error);
  if (self->stopped)
    return;
  if (connection == NULL) {
    GST_WARNING_OBJECT (self, "accept: %s", error->message);
    clear_source (&self->accept_again);
    self->accept_again = add_timer (self, ACCEPT_AGAIN_MS, on_accept_again);
    return;
  }
  take_caller (self, connection);
  accept_next (self);
}

static void
accept_next (GstP2PTrackerServer * self)
{
  g_main_context_push_thread_default (self->context);
  g_socket_listener_accept_async (self->listener, self->cancellable,
      on_accepted, g_object_ref (self));
  g_main_context_pop_thread_default (self->context);
}

static Caller *
find_caller (SoupServerMessage * msg)
{
  GSocketAddress *remote = soup_server_message_get_remote_address (msg);

  return remote != NULL ? g_object_get_data (G_OBJECT (remote), CALLER_KEY)
      : NULL;
}

static gint
fd_of (GSocketConnection * connection)
{
  return g_socket_get_fd (g_socket_connection_get_socket (connection));
}

/* A caller has upgraded. */
static void
on_websocket (SoupServer * soup, SoupServerMessage * msg, const char *path,
    SoupWebsocketConnection * ws, gpointer user_data)
{
  GstP2PTrackerServer *self = user_data;
  Caller *caller = find_caller (msg);
  GstP2PTrackerPeer *peer;
  P2pTrackerConn *conn;
  gint fd;

  if (caller == NULL)
    return;                     /* hung up meanwhile */
  fd = fd_of (caller->connection);
  g_object_set_data (G_OBJECT (soup_server_message_get_remote_address (msg)),
      CALLER_KEY, NULL);
  peer = g_new0 (GstP2PTrackerPeer, 1);
  conn = p2p_tracker_connect (self->tracker, peer, caller->prefix,
      gst_p2p_tracker_server_now ());
  end_caller (caller);
  if (conn == NULL) {
    g_free (peer);
    self->turned_away++;
    soup_websocket_connection_close (ws, SOUP_WEBSOCKET_CLOSE_GOING_AWAY,
        "this rendezvous is full");
    return;
  }
  peer->server = self;
  peer->conn = conn;
  peer->fd = fd;
  peer->ws = g_object_ref (ws);
  soup_websocket_connection_set_max_incoming_payload_size (ws,
      self->max_message_bytes);
  soup_websocket_connection_set_keepalive_interval (ws, self->keepalive_s);
  g_signal_connect (ws, "message", G_CALLBACK (on_message), peer);
  g_signal_connect (ws, "closed", G_CALLBACK (on_closed), peer);
  g_hash_table_add (self->peers, peer);
}

/* No request has a body that anybody wants. */
static void
on_request_started (SoupServer * soup, SoupServerMessage * msg,
    gpointer user_data)
{
  GstP2PTrackerServer *self = user_data;

  self->http_requests++;
  soup_message_body_set_accumulate (soup_server_message_get_request_body (msg),
      FALSE);
}

/* ---- time ---- */

static gboolean
on_tick (gpointer user_data)
{
  GstP2PTrackerServer *self = user_data;
  P2pTime now = gst_p2p_tracker_server_now ();
  P2pTrackerConn *conn;

  hang_up_old_callers (self);
  p2p_tracker_tick (self->tracker, now);
  while ((conn = p2p_tracker_idle (self->tracker, now)) != NULL)
    gst_p2p_tracker_peer_kick (p2p_tracker_conn_host (conn),
        SOUP_WEBSOCKET_CLOSE_GOING_AWAY, "idle");
  return G_SOURCE_CONTINUE;
}

/* ---- life ---- */

GstP2PTrackerServer *
gst_p2p_tracker_server_new (GMainContext * context)
{
  GstP2PTrackerServer *self = g_object_new (GST_P2P_TYPE_TRACKER_SERVER, NULL);

  self->context = g_main_context_ref (context ? context :
      g_main_context_default ());
  return self;
}

static void
make_error (GError ** error, GError * cause, const gchar * address,
    guint16 port)
{
  if (g_error_matches (cause, G_IO_ERROR, G_IO_ERROR_ADDRESS_IN_USE)) {
    g_set_error (error, GST_P2P_ERROR, GST_P2P_ERROR_PORT_IN_USE,
        "port %u is taken: set port=0, or join that rendezvous with "
        "rendezvous=ws://127.0.0.1:%u", port, port);
  } else {
    g_set_error (error, GST_P2P_ERROR, GST_P2P_ERROR_RENDEZVOUS,
        "can't listen on %s port %u: %s", address ? address : "any address",
        port, cause->message);
  }
  g_error_free (cause);
}

static gboolean
bind_listener (GSocketListener * listener, const gchar * address,
    guint16 port, guint16 * real_port, GError ** error)
{
  g_autoptr (GSocketAddress) wanted = NULL;
  g_autoptr (GSocketAddress) got = NULL;

  if (address == NULL) {
    if (port == 0) {
      *real_port = g_socket_listener_add_any_inet_port (listener, NULL, error);
      return *real_port != 0;
    }
    *real_port = port;
    return g_socket_listener_add_inet_port (listener, port, NULL, error);
  }
  wanted = g_inet_socket_address_new_from_string (address, port);
  if (wanted == NULL) {
    g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT,
        "this is no IP address");
    return FALSE;
  }
  if (!g_socket_listener_add_address (listener, wanted, G_SOCKET_TYPE_STREAM,
          G_SOCKET_PROTOCOL_TCP, NULL, &got, error))
    return FALSE;
  *real_port = g_inet_socket_address_get_port (G_INET_SOCKET_ADDRESS (got));
  return TRUE;
}

static SoupServer *
new_soup (GstP2PTrackerServer * self)
{
  SoupServer *soup = soup_server_new ("server-header", PACKAGE "/" VERSION
      " ", NULL);

  /* Compression would cost 300 KB a peer. */
  soup_server_remove_websocket_extension (soup,
      SOUP_TYPE_WEBSOCKET_EXTENSION_DEFLATE);
  soup_server_add_handler (soup, NULL, gst_p2p_tracker_server_on_http, self,
      NULL);
  soup_server_add_websocket_handler (soup, NULL, NULL, NULL, on_websocket,
      self, NULL);
  g_signal_connect (soup, "request-started", G_CALLBACK (on_request_started),
      self);
  return soup;
}

gboolean
gst_p2p_tracker_server_listen (GstP2PTrackerServer * self,
    const gchar * address, guint16 port, GTlsCertificate * certificate,
    GError ** error)
{
  g_autoptr (GSocketListener) listener = g_socket_listener_new ();
  GError *cause = NULL;
  guint64 seed;

  g_return_val_if_fail (GST_P2P_IS_TRACKER_SERVER (self), FALSE);
  g_return_val_if_fail (self->listener == NULL && !self->stopped, FALSE);

  g_socket_listener_set_backlog (listener, 512);
  if (!bind_listener (listener, address, port, &self->port, &cause)) {
    self->port = 0;
    make_error (error, cause, address, port);
    return FALSE;
  }
  gst_p2p_random ((guint8 *) & seed, sizeof (seed));
  self->tracker = p2p_tracker_new (&self->limits, seed);
  self->directory = p2p_directory_new (&self->directory_limits,
      gst_p2p_tracker_channel_free);
  if (self->tracker == NULL || self->directory == NULL)
    g_error ("out of memory");
  g_set_object (&self->certificate, certificate);
  self->listener = g_steal_pointer (&listener);
  self->cancellable = g_cancellable_new ();
  self->started_at = g_get_monotonic_time ();
  self->soup = new_soup (self);
  self->tick = add_timer (self, TICK_MS, on_tick);
  accept_next (self);
  GST_INFO_OBJECT (self, "listening on %s port %u", address ? address : "*",
      self->port);
  return TRUE;
}

guint16
gst_p2p_tracker_server_get_port (GstP2PTrackerServer * self)
{
  g_return_val_if_fail (GST_P2P_IS_TRACKER_SERVER (self), 0);

  return self->port;
}

void
gst_p2p_tracker_server_set_open (GstP2PTrackerServer * self, gboolean open)
{
  g_return_if_fail (GST_P2P_IS_TRACKER_SERVER (self));

  self->open = open;
}

void
gst_p2p_tracker_server_allow_info_hash (GstP2PTrackerServer * self,
    const gchar * info_hash)
{
  P2pTrackerId id;

  g_return_if_fail (GST_P2P_IS_TRACKER_SERVER (self));
  g_return_if_fail (gst_p2p_signal_id_from_text (info_hash, &id));

  g_hash_table_add (self->allowed_hashes, g_memdup2 (&id, sizeof (id)));
}

void
gst_p2p_tracker_server_allow_swarm (GstP2PTrackerServer * self,
    const P2pSwarmId * swarm_id, gboolean allow)
{
  gchar info_hash[21];

  g_return_if_fail (GST_P2P_IS_TRACKER_SERVER (self));

  g_hash_table_replace (self->allowed, g_memdup2 (swarm_id,
          sizeof (*swarm_id)), GINT_TO_POINTER (allow));
  if (allow) {
    gst_p2p_info_hash (swarm_id->b, P2P_SWARM_ID_LEN, NULL, info_hash);
    gst_p2p_tracker_server_allow_info_hash (self, info_hash);
  } else if (self->directory != NULL) {
    p2p_directory_forget (self->directory, swarm_id);
  }
}

static void
say_goodbye (GstP2PTrackerServer * self)
{
  GHashTableIter iter;
  gpointer peer;

  g_hash_table_iter_init (&iter, self->peers);
  while (g_hash_table_iter_next (&iter, &peer, NULL))
    gst_p2p_tracker_peer_kick (peer, SOUP_WEBSOCKET_CLOSE_GOING_AWAY,
        "the rendezvous stops");
}

void
gst_p2p_tracker_server_stop (GstP2PTrackerServer * self)
{
  g_return_if_fail (GST_P2P_IS_TRACKER_SERVER (self));

  if (self->stopped)
    return;
  self->stopped = TRUE;
  clear_source (&self->tick);
  clear_source (&self->accept_again);
  if (self->listener == NULL)
    return;
  g_cancellable_cancel (self->cancellable);
  g_socket_listener_close (self->listener);
  g_main_context_push_thread_default (self->context);
  say_goodbye (self);
  g_hash_table_remove_all (self->peers);
  while (self->callers.head != NULL)
    hang_up (self->callers.head->data);
  soup_server_disconnect (self->soup);
  g_main_context_pop_thread_default (self->context);
}

static void
gst_p2p_tracker_server_dispose (GObject * object)
{
  GstP2PTrackerServer *self = GST_P2P_TRACKER_SERVER (object);

  gst_p2p_tracker_server_stop (self);
  g_clear_object (&self->soup);
  g_clear_object (&self->listener);
  g_clear_object (&self->cancellable);
  g_clear_object (&self->certificate);
  G_OBJECT_CLASS (gst_p2p_tracker_server_parent_class)->dispose (object);
}

static void
gst_p2p_tracker_server_finalize (GObject * object)
{
  GstP2PTrackerServer *self = GST_P2P_TRACKER_SERVER (object);

  g_hash_table_unref (self->peers);
  g_hash_table_unref (self->allowed);
  g_hash_table_unref (self->allowed_hashes);
  p2p_directory_free (self->directory);
  p2p_tracker_free (self->tracker);
  g_string_free (self->buffer, TRUE);
  g_main_context_unref (self->context);
  G_OBJECT_CLASS (gst_p2p_tracker_server_parent_class)->finalize (object);
}

static void
gst_p2p_tracker_server_set_property (GObject * object, guint id,
    const GValue * value, GParamSpec * pspec)
{
  GstP2PTrackerServer *self = GST_P2P_TRACKER_SERVER (object);
  guint number = g_value_get_uint (value);

  switch (id) {
    case PROP_MAX_CONNECTIONS:
      self->limits.max_connections = number;
      break;
    case PROP_MAX_MEMBERS:
      self->limits.max_members = number;
      break;
    case PROP_MAX_MEMBERS_PER_SWARM:
      self->limits.max_members_per_swarm = number;
      break;
    case PROP_MAX_CHANNELS:
      self->directory_limits.max_channels = number;
      break;
    case PROP_MAX_MESSAGES_PER_SECOND:
      self->limits.messages_per_second = number;
      self->limits.message_burst = number * 4;
      break;
    case PROP_MAX_MESSAGE_BYTES:
      self->max_message_bytes = number;
      break;
    case PROP_MAX_PENDING_OFFERS:
      self->limits.max_pending_offers = number;
      break;
    case PROP_IDLE_TIMEOUT:
      self->limits.idle_timeout = P2P_SEC (number);
      break;
    case PROP_EXPIRY:
      self->limits.expiry = P2P_SEC (number);
      break;
    case PROP_KEEPALIVE:
      self->keepalive_s = number;
      break;
    case PROP_LEASE:
      self->directory_limits.lease = P2P_SEC (number);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
      return;
  }
  if (self->tracker != NULL)
    p2p_tracker_set_limits (self->tracker, &self->limits);
  if (self->directory != NULL)
    p2p_directory_set_limits (self->directory, &self->directory_limits);
}

static void
install_uint (GObjectClass * klass, guint id, const gchar * name,
    const gchar * blurb, guint min, guint max, guint value)
{
  g_object_class_install_property (klass, id, g_param_spec_uint (name, name,
          blurb, min, max, value,
          G_PARAM_WRITABLE | G_PARAM_CONSTRUCT | G_PARAM_STATIC_STRINGS));
}

static void
gst_p2p_tracker_server_class_init (GstP2PTrackerServerClass * klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  P2pTrackerLimits limits;
  P2pDirectoryLimits names;

  p2p_tracker_limits_init (&limits);
  p2p_directory_limits_init (&names);
  object_class->set_property = gst_p2p_tracker_server_set_property;
  object_class->dispose = gst_p2p_tracker_server_dispose;
  object_class->finalize = gst_p2p_tracker_server_finalize;
  install_uint (object_class, PROP_MAX_CONNECTIONS, "max-connections",
      "WebSockets at once", 1, 1000000, limits.max_connections);
  install_uint (object_class, PROP_MAX_MEMBERS, "max-members",
      "Memberships in all swarms", 1, 1000000, limits.max_members);
  install_uint (object_class, PROP_MAX_MEMBERS_PER_SWARM,
      "max-members-per-swarm", "Members of one swarm", 1, 1000000,
      limits.max_members_per_swarm);
  install_uint (object_class, PROP_MAX_CHANNELS, "max-channels",
      "Names in the directory, leased ones included", 0, 100000,
      names.max_channels);
  install_uint (object_class, PROP_MAX_MESSAGES_PER_SECOND,
      "max-messages-per-second",
      "Messages of one socket, long-time mean; four times as many at once", 1,
      100000, limits.messages_per_second);
  install_uint (object_class, PROP_MAX_MESSAGE_BYTES, "max-message-bytes",
      "Bytes of one message", 1024, GST_P2P_SIGNAL_MAX_MESSAGE,
      GST_P2P_SIGNAL_MAX_MESSAGE);
  install_uint (object_class, PROP_MAX_PENDING_OFFERS, "max-pending-offers",
      "Unanswered offers to and from one member", 1, 200,
      limits.max_pending_offers);
  install_uint (object_class, PROP_IDLE_TIMEOUT, "idle-timeout",
      "Seconds after which a socket that says nothing is closed", 1, 86400,
      limits.idle_timeout / P2P_SEC (1));
  install_uint (object_class, PROP_EXPIRY, "expiry",
      "Seconds after which a member that does not announce is forgotten", 1,
      86400, limits.expiry / P2P_SEC (1));
  install_uint (object_class, PROP_KEEPALIVE, "keepalive",
      "Seconds between pings to each peer; 0 = none", 0, 3600,
      DEFAULT_KEEPALIVE_S);
  install_uint (object_class, PROP_LEASE, "lease",
      "Seconds a name stays with its key off the air", 0,
      GST_P2P_SIGNAL_LEASE, GST_P2P_SIGNAL_LEASE);
}

static guint
id_hash (gconstpointer key)
{
  return p2p_table_hash (0, key, P2P_TRACKER_ID_LEN);
}

static gboolean
id_equal (gconstpointer a, gconstpointer b)
{
  return memcmp (a, b, P2P_TRACKER_ID_LEN) == 0;
}

static guint
swarm_id_hash (gconstpointer key)
{
  return p2p_table_hash (0, key, P2P_SWARM_ID_LEN);
}

static gboolean
swarm_id_equal (gconstpointer a, gconstpointer b)
{
  return memcmp (a, b, P2P_SWARM_ID_LEN) == 0;
}

static void
gst_p2p_tracker_server_init (GstP2PTrackerServer * self)
{
  p2p_tracker_limits_init (&self->limits);
  p2p_directory_limits_init (&self->directory_limits);
  self->peers = g_hash_table_new_full (NULL, NULL, peer_free, NULL);
  self->allowed = g_hash_table_new_full (swarm_id_hash, swarm_id_equal,
      g_free, NULL);
  self->allowed_hashes = g_hash_table_new_full (id_hash, id_equal, g_free,
      NULL);
  self->buffer = g_string_sized_new (4096);
  g_queue_init (&self->callers);
}
