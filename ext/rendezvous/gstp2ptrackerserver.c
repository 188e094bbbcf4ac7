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
 * An ordinary upgrade that comes in one piece is a peer at once (gstp2pwsupgrade.c);
 * libsoup does all other HTTP and handshakes. The frames of a peer are handled by
 * gstp2pwssocket.c (docs/decisions: a libsoup connection costs 12 KB and, at
 * 1,000 of them, 2 ms of CPU a join).
 */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/socket.h>

#include "gstp2ptrackerprivate.h"
#include "../../gst/p2p/session/gstp2perror.h"

GST_DEBUG_CATEGORY (gst_p2p_tracker_debug);
#define GST_CAT_DEFAULT gst_p2p_tracker_debug

/* Bytes that the kernel did not take, at which a peer that asks for more is
 * closed. Forwarding to it ends at GST_P2P_WS_MAX_UNSENT. */
#define MAX_UNREAD (64 * 1024)
#define SEND_BUFFER (64 * 1024) /* of the kernel, for one peer */
#define CLOSE_TIMEOUT (2 * G_USEC_PER_SEC)      /* for the peer's close frame */
#define TICK_MS 1000
#define DEFAULT_KEEPALIVE_S 45  /* NATs forget a quiet TCP connection */
#define BACKLOG 1024            /* callers in the kernel: 2 s of 400 a second */
#define DEFER_ACCEPT_S 1        /* who says nothing is accepted after that */
#define TCP_IDLE_S 30           /* then 3 probes, 10 s apart */

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

G_DEFINE_TYPE_WITH_CODE (GstP2PTrackerServer, gst_p2p_tracker_server,
    G_TYPE_OBJECT, GST_DEBUG_CATEGORY_INIT (gst_p2p_tracker_debug,
        "p2ptracker", 0, "P2P rendezvous server"));

GSource *
gst_p2p_tracker_server_add_timer (GstP2PTrackerServer * self, guint ms,
    GSourceFunc func)
{
  GSource *source = g_timeout_source_new (ms);

  g_source_set_callback (source, func, self, NULL);
  g_source_attach (source, self->context);
  return source;
}

/* ---- peers ---- */

gboolean
gst_p2p_tracker_peer_send (GstP2PTrackerPeer * peer, const gchar * text,
    gsize len)
{
  if (peer->conn == NULL)
    return FALSE;
  if (gst_p2p_ws_socket_send (peer->socket, text, len))
    return TRUE;
  peer->server->too_slow++;
  return FALSE;
}

/* What it had is gone at once; its socket when it has closed. */
static void
forget_peer (GstP2PTrackerPeer * peer)
{
  GstP2PTrackerServer *self = peer->server;

  if (peer->conn == NULL)
    return;
  p2p_directory_owner_gone (self->directory, peer,
      gst_p2p_tracker_server_now ());
  p2p_tracker_disconnect (self->tracker, peer->conn);
  peer->conn = NULL;
  peer->at = g_get_monotonic_time ();
  g_queue_unlink (&self->by_ping, &peer->by_time);
  g_queue_push_tail_link (&self->closing, &peer->by_time);
}

void
gst_p2p_tracker_peer_kick (GstP2PTrackerPeer * peer, guint16 code,
    const gchar * reason)
{
  GST_DEBUG_OBJECT (peer->server, "closing a peer: %s", reason);
  forget_peer (peer);
  gst_p2p_ws_socket_close (peer->socket, code, reason);
}

static void
peer_free (GstP2PTrackerPeer * peer)
{
  forget_peer (peer);
  g_queue_unlink (&peer->server->closing, &peer->by_time);
  gst_p2p_ws_socket_free (peer->socket);
  g_free (peer->nonce);
  g_free (peer);
}

/* FALSE: it said too much, or it does not read, and is being closed. */
static gboolean
count_message (GstP2PTrackerPeer * peer)
{
  GstP2PTrackerServer *self = peer->server;

  if (peer->conn == NULL)
    return FALSE;
  if (p2p_tracker_count_message (self->tracker, peer->conn,
          gst_p2p_tracker_server_now ()) != P2P_OK) {
    self->too_fast++;
    gst_p2p_tracker_peer_kick (peer, GST_P2P_WS_CLOSE_POLICY,
        "too many messages");
    return FALSE;
  }
  if (gst_p2p_ws_socket_get_unsent (peer->socket) > MAX_UNREAD) {
    self->too_slow++;
    gst_p2p_tracker_peer_kick (peer, GST_P2P_WS_CLOSE_POLICY,
        "answers are not read");
    return FALSE;
  }
  return TRUE;
}

static void
on_counted (GstP2PWsSocket * socket, gpointer peer)
{
  count_message (peer);
}

static void
on_message (GstP2PWsSocket * socket, const gchar * text, gsize len,
    gpointer user_data)
{
  GstP2PTrackerPeer *peer = user_data;

  if (count_message (peer))
    gst_p2p_tracker_server_take (peer->server, peer, text, len);
}

static void
on_closed (GstP2PWsSocket * socket, gpointer peer)
{
  peer_free (peer);
}

static const GstP2PWsSocketCallbacks socket_callbacks = {
  on_message, on_counted, on_closed
};

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

/* NATs forget quiet connections; who did not answer the last ping is gone. */
static void
ping_peers (GstP2PTrackerServer * self, gint64 now)
{
  while (self->keepalive_s > 0 && self->by_ping.head != NULL) {
    GstP2PTrackerPeer *peer = self->by_ping.head->data;

    if (now - peer->at < self->keepalive_s * G_USEC_PER_SEC)
      return;
    if (now - gst_p2p_ws_socket_get_heard (peer->socket) >
        2 * self->keepalive_s * G_USEC_PER_SEC) {
      gst_p2p_tracker_peer_kick (peer, GST_P2P_WS_CLOSE_GOING_AWAY,
          "no answer to pings");
      continue;
    }
    gst_p2p_ws_socket_ping (peer->socket);
    peer->at = now;
    g_queue_unlink (&self->by_ping, &peer->by_time);
    g_queue_push_tail_link (&self->by_ping, &peer->by_time);
  }
}

static void
hang_up_closing (GstP2PTrackerServer * self, gint64 now)
{
  GList *l;

  for (l = self->closing.head; l != NULL; l = l->next) {
    GstP2PTrackerPeer *peer = l->data;

    if (now - peer->at < CLOSE_TIMEOUT)
      return;
    gst_p2p_ws_socket_hang_up (peer->socket);
  }
}

static gboolean
on_tick (gpointer user_data)
{
  GstP2PTrackerServer *self = user_data;
  P2pTime now = gst_p2p_tracker_server_now ();
  P2pTrackerConn *conn;

  gst_p2p_tracker_server_end_callers (self, FALSE);
  p2p_tracker_tick (self->tracker, now);
  while ((conn = p2p_tracker_idle (self->tracker, now)) != NULL)
    gst_p2p_tracker_peer_kick (p2p_tracker_conn_host (conn),
        GST_P2P_WS_CLOSE_GOING_AWAY, "idle");
  ping_peers (self, now);
  hang_up_closing (self, now);
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

/* What to do about it depends on whose server it is: the caller adds that. */
static void
make_error (GError ** error, GError * cause, const gchar * address,
    guint16 port)
{
  if (g_error_matches (cause, G_IO_ERROR, G_IO_ERROR_ADDRESS_IN_USE)) {
    g_set_error (error, GST_P2P_ERROR, GST_P2P_ERROR_PORT_IN_USE,
        "port %u is taken", port);
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

/* Accepted sockets inherit what the listening one has (tcp(7), socket(7)). */
static void
on_listener_event (GSocketListener * listener, GSocketListenerEvent event,
    GSocket * socket, gpointer listening)
{
  if (event == G_SOCKET_LISTENER_LISTENED) {
    g_socket_set_blocking (socket, FALSE);
    g_ptr_array_add (listening, g_object_ref (socket));
  }
  if (event != G_SOCKET_LISTENER_BOUND)
    return;
  g_socket_set_option (socket, IPPROTO_TCP, TCP_NODELAY, TRUE, NULL);
  g_socket_set_option (socket, SOL_SOCKET, SO_SNDBUF, SEND_BUFFER, NULL);
  g_socket_set_keepalive (socket, TRUE);
#ifdef TCP_DEFER_ACCEPT
  /* Callers are accepted with their request, in one turn of the loop. */
  g_socket_set_option (socket, IPPROTO_TCP, TCP_DEFER_ACCEPT, DEFER_ACCEPT_S,
      NULL);
#endif
#ifdef TCP_KEEPIDLE
  g_socket_set_option (socket, IPPROTO_TCP, TCP_KEEPIDLE, TCP_IDLE_S, NULL);
  g_socket_set_option (socket, IPPROTO_TCP, TCP_KEEPINTVL, 10, NULL);
  g_socket_set_option (socket, IPPROTO_TCP, TCP_KEEPCNT, 3, NULL);
#endif
}

static SoupServer *
new_soup (GstP2PTrackerServer * self)
{
  SoupServer *soup = soup_server_new ("server-header", PACKAGE "/" VERSION
      " ", NULL);

  soup_server_add_handler (soup, NULL, gst_p2p_tracker_server_on_http, self,
      NULL);
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
  g_return_val_if_fail (self->tracker == NULL && !self->stopped, FALSE);

  g_socket_listener_set_backlog (listener, BACKLOG);
  g_signal_connect (listener, "event", G_CALLBACK (on_listener_event),
      self->listening);
  if (!bind_listener (listener, address, port, &self->port, &cause)) {
    self->port = 0;
    g_ptr_array_set_size (self->listening, 0);
    make_error (error, cause, address, port);
    return FALSE;
  }
  self->hub = gst_p2p_ws_hub_new (self->context, &socket_callbacks, error);
  if (self->hub == NULL)
    return FALSE;
  gst_p2p_ws_hub_set_max_message (self->hub, self->max_message_bytes);
  gst_p2p_random ((guint8 *) & seed, sizeof (seed));
  self->tracker = p2p_tracker_new (&self->limits, seed);
  self->directory = p2p_directory_new (&self->directory_limits,
      gst_p2p_tracker_channel_free);
  if (self->tracker == NULL || self->directory == NULL)
    g_error ("out of memory");
  g_set_object (&self->certificate, certificate);
  self->started_at = g_get_monotonic_time ();
  self->soup = new_soup (self);
  self->tick = gst_p2p_tracker_server_add_timer (self, TICK_MS, on_tick);
  gst_p2p_tracker_server_accept (self);
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

/* The close frames are in the kernel when this returns, unless a peer did not
 * read before. */
static void
end_peers (GstP2PTrackerServer * self)
{
  while (self->by_ping.head != NULL)
    gst_p2p_tracker_peer_kick (self->by_ping.head->data,
        GST_P2P_WS_CLOSE_GOING_AWAY, "the rendezvous stops");
  while (self->closing.head != NULL)
    peer_free (self->closing.head->data);
}

void
gst_p2p_tracker_server_stop (GstP2PTrackerServer * self)
{
  guint i;

  g_return_if_fail (GST_P2P_IS_TRACKER_SERVER (self));

  if (self->stopped)
    return;
  self->stopped = TRUE;
  gst_p2p_clear_source (&self->tick);
  gst_p2p_tracker_server_stop_accepting (self);
  if (self->listening->len == 0)
    return;
  for (i = 0; i < self->listening->len; i++)
    g_socket_close (g_ptr_array_index (self->listening, i), NULL);
  g_ptr_array_set_size (self->listening, 0);
  g_main_context_push_thread_default (self->context);
  end_peers (self);
  gst_p2p_tracker_server_end_callers (self, TRUE);
  soup_server_disconnect (self->soup);
  g_main_context_pop_thread_default (self->context);
}

static void
gst_p2p_tracker_server_dispose (GObject * object)
{
  GstP2PTrackerServer *self = GST_P2P_TRACKER_SERVER (object);

  gst_p2p_tracker_server_stop (self);
  g_clear_object (&self->soup);
  g_clear_object (&self->certificate);
  G_OBJECT_CLASS (gst_p2p_tracker_server_parent_class)->dispose (object);
}

static void
gst_p2p_tracker_server_finalize (GObject * object)
{
  GstP2PTrackerServer *self = GST_P2P_TRACKER_SERVER (object);

  gst_p2p_ws_hub_free (self->hub);
  g_ptr_array_unref (self->listening);
  g_ptr_array_unref (self->accepting);
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
  if (self->hub != NULL)
    gst_p2p_ws_hub_set_max_message (self->hub, self->max_message_bytes);
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
destroy_source (gpointer source)
{
  g_source_destroy (source);
  g_source_unref (source);
}

static void
gst_p2p_tracker_server_init (GstP2PTrackerServer * self)
{
  p2p_tracker_limits_init (&self->limits);
  p2p_directory_limits_init (&self->directory_limits);
  self->listening = g_ptr_array_new_with_free_func (g_object_unref);
  self->accepting = g_ptr_array_new_with_free_func (destroy_source);
  self->allowed = g_hash_table_new_full (swarm_id_hash, swarm_id_equal,
      g_free, NULL);
  self->allowed_hashes = g_hash_table_new_full (id_hash, id_equal, g_free,
      NULL);
  self->buffer = g_string_sized_new (4096);
  g_queue_init (&self->callers);
  g_queue_init (&self->by_ping);
  g_queue_init (&self->closing);
}
