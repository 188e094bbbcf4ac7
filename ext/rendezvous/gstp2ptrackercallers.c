/* gst-plugins-p2p
 *
 * This library is free software; you can redistribute it and/or
 * modify it under the terms of the GNU Lesser General Public
 * License as published by the Free Software Foundation; either
 * version 2.1 of the License, or (at your option) any later version.
 */
/* gstp2ptrackercallers.c: accepts the sockets of a rendezvous server, and makes
 * peers of those that upgrade to a WebSocket; see gstp2ptrackerserver.c. A
 * caller that does neither that nor finishes its request in time is hung up.
 */
#define _GNU_SOURCE             /* accept4 */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include <errno.h>
#include <glib-unix.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "gstp2ptrackerprivate.h"
#include "gstp2pwsupgrade.h"

#define GST_CAT_DEFAULT gst_p2p_tracker_debug

#define CALLER_TIMEOUT (10 * G_USEC_PER_SEC)    /* for one HTTP request or upgrade */
#define MAX_CALLERS 256         /* at once; a flood of them turns away others of it */
#define READ_AHEAD 16384        /* bytes at once of what libsoup has read */
#define ACCEPT_AGAIN_MS 200     /* after an error like "too many open files" */
#define CALLER_KEY "gst-p2p-caller"

/* A socket that did not become a peer yet. */
typedef struct
{
  GstP2PTrackerServer *server;  /* NULL when that is gone */
  GSocketConnection *connection;        /* weak */
  GIOStream *stream;            /* weak: the connection, or TLS over it */
  GSocketAddress *remote;       /* ours: libsoup gives it back with the request */
  gint64 since;
  guint32 prefix;
  GList *link;                  /* in server->callers */
} Caller;

static void
caller_free (Caller * caller)
{
  if (caller->server != NULL) {
    g_queue_delete_link (&caller->server->callers, caller->link);
    caller->server->n_callers--;
  }
  g_object_set_data (G_OBJECT (caller->remote), CALLER_KEY, NULL);
  g_object_unref (caller->remote);
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

/* Those that had their time, or all. */
void
gst_p2p_tracker_server_end_callers (GstP2PTrackerServer * self, gboolean all)
{
  gint64 now = g_get_monotonic_time ();

  while (self->callers.head != NULL) {
    Caller *caller = self->callers.head->data;

    if (!all && now - caller->since < CALLER_TIMEOUT)
      return;
    hang_up (caller);
  }
}

/* Equal for addresses of one /24 (IPv4) or /48 (IPv6). */
static guint32
address_prefix (const struct sockaddr_storage *address)
{
  const struct sockaddr_in *v4 = (const void *) address;
  const struct sockaddr_in6 *v6 = (const void *) address;
  const guint8 *bytes;
  guint32 hash = 2166136261u;   /* FNV-1a */
  gsize i, n = 3;

  if (address->ss_family == AF_INET) {
    bytes = (const guint8 *) &v4->sin_addr;
  } else if (address->ss_family == AF_INET6) {
    bytes = (const guint8 *) &v6->sin6_addr;
    if (IN6_IS_ADDR_V4MAPPED (&v6->sin6_addr))
      bytes += 12;
    else
      n = 6;
  } else {
    return 0;
  }
  for (i = 0; i < n; i++)
    hash = (hash ^ bytes[i]) * 16777619u;
  return hash != 0 ? hash : 1;
}

static void
add_caller (GstP2PTrackerServer * self, GSocketConnection * connection,
    GIOStream * stream, GSocketAddress * remote, guint32 prefix)
{
  Caller *caller = g_new0 (Caller, 1);

  caller->server = self;
  caller->connection = connection;
  caller->stream = stream;
  caller->since = g_get_monotonic_time ();
  caller->prefix = prefix;
  g_queue_push_tail (&self->callers, caller);
  caller->link = self->callers.tail;
  self->n_callers++;
  g_object_weak_ref (G_OBJECT (connection), on_connection_gone, caller);
  caller->remote = g_object_ref (remote);
  g_object_set_data (G_OBJECT (remote), CALLER_KEY, caller);
}

/* Clients show no certificate: without a database from the beginning, the
 * system's 140 certificates are not loaded. */
static GIOStream *
new_tls_stream (GstP2PTrackerServer * self, GSocketConnection * connection,
    GError ** error)
{
  GType type = g_tls_backend_get_server_connection_type
      (g_tls_backend_get_default ());

  return g_initable_new (type, NULL, error, "base-io-stream", connection,
      "certificate", self->certificate, "database", NULL, NULL);
}

static void
take_caller (GstP2PTrackerServer * self, GSocketConnection * connection,
    guint32 prefix)
{
  g_autoptr (GSocketAddress) local = NULL;
  g_autoptr (GSocketAddress) remote = NULL;
  g_autoptr (GIOStream) stream = NULL;
  g_autoptr (GError) error = NULL;

  local = g_socket_connection_get_local_address (connection, NULL);
  remote = g_socket_connection_get_remote_address (connection, NULL);
  if (local == NULL || remote == NULL)
    return;                     /* it hung up */
  if (self->n_callers >= MAX_CALLERS) {
    self->turned_away++;
    hang_up (self->callers.head->data);
  }
  if (self->certificate != NULL) {
    stream = new_tls_stream (self, connection, &error);
    if (stream == NULL) {
      GST_WARNING_OBJECT (self, "no TLS: %s", error->message);
      return;
    }
  } else {
    stream = g_object_ref (G_IO_STREAM (connection));
  }
  add_caller (self, connection, stream, remote, prefix);
  if (!soup_server_accept_iostream (self->soup, stream, local, remote, &error))
    GST_DEBUG_OBJECT (self, "not accepted: %s", error->message);
}

/* fd is the connection's. */
static void
give_to_libsoup (GstP2PTrackerServer * self, gint fd, guint32 prefix)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GSocket) socket = g_socket_new_from_fd (fd, &error);
  g_autoptr (GSocketConnection) connection = NULL;

  if (socket == NULL) {
    GST_WARNING_OBJECT (self, "no socket: %s", error->message);
    close (fd);
    return;
  }
  connection = g_socket_connection_factory_create_connection (socket);
  take_caller (self, connection, prefix);
}

/* The server's, or closed at once if it is full. */
static void
add_peer (GstP2PTrackerServer * self, GstP2PTrackerPeer * peer, guint32 prefix)
{
  peer->server = self;
  peer->conn = p2p_tracker_connect (self->tracker, peer, prefix,
      gst_p2p_tracker_server_now ());
  peer->by_time.data = peer;
  peer->at = g_get_monotonic_time ();
  if (peer->conn != NULL) {
    g_queue_push_tail_link (&self->by_ping, &peer->by_time);
    return;
  }
  g_queue_push_tail_link (&self->closing, &peer->by_time);
  self->turned_away++;
  gst_p2p_ws_socket_close (peer->socket, GST_P2P_WS_CLOSE_GOING_AWAY,
      "this rendezvous is full");
}

/* An ordinary upgrade has come with the connection, whole: answered at once. What
 * is not read here, libsoup reads. FALSE: it is for libsoup. */
static gboolean
upgrade_at_once (GstP2PTrackerServer * self, gint fd, guint32 prefix)
{
  gchar request[GST_P2P_WS_MAX_UPGRADE];
  gchar response[GST_P2P_WS_MAX_UPGRADE_RESPONSE];
  gssize n = recv (fd, request, sizeof (request), MSG_PEEK | MSG_DONTWAIT);
  gsize head = n > 0 ? gst_p2p_ws_upgrade (request, n, response) : 0, len;
  GstP2PTrackerPeer *peer;

  if (head == 0)
    return FALSE;
  len = strlen (response);
  if (recv (fd, request, head, MSG_DONTWAIT) != (gssize) head
      || send (fd, response, len, MSG_NOSIGNAL) != (gssize) len) {
    close (fd);                 /* a new socket that takes no 130 bytes is gone */
    return TRUE;
  }
  self->http_requests++;
  peer = g_new0 (GstP2PTrackerPeer, 1);
  peer->socket = gst_p2p_ws_socket_new_plain (self->hub, fd, peer);
  add_peer (self, peer, prefix);
  return TRUE;
}

static gboolean
on_accept_again (gpointer user_data)
{
  gst_p2p_tracker_server_accept (user_data);
  return G_SOURCE_REMOVE;
}

/* Errors of the one that called (accept(2) passes them on) are not ours. */
static gboolean
is_of_caller (gint error)
{
  return error == EAGAIN || error == EWOULDBLOCK || error == EINTR
      || error == ECONNABORTED || error == EPERM || error == EPROTO;
}

/* One source for all of a socket's callers: g_socket_listener_accept_async()
 * would make and destroy two and a task for each. */
static gboolean
on_caller (gint listening, GIOCondition condition, gpointer user_data)
{
  GstP2PTrackerServer *self = user_data;
  struct sockaddr_storage from = { 0, };
  socklen_t len = sizeof (from);
  gint fd = accept4 (listening, (struct sockaddr *) &from, &len,
      SOCK_NONBLOCK | SOCK_CLOEXEC);

  if (fd >= 0) {
    guint32 prefix = address_prefix (&from);

    if (self->certificate != NULL || !upgrade_at_once (self, fd, prefix))
      give_to_libsoup (self, fd, prefix);
  } else if (!is_of_caller (errno)) {
    GST_WARNING_OBJECT (self, "accept: %s", g_strerror (errno));
    gst_p2p_tracker_server_stop_accepting (self);
    self->accept_again =
        gst_p2p_tracker_server_add_timer (self, ACCEPT_AGAIN_MS,
        on_accept_again);
  }
  return G_SOURCE_CONTINUE;
}

void
gst_p2p_tracker_server_accept (GstP2PTrackerServer * self)
{
  guint i;

  gst_p2p_tracker_server_stop_accepting (self);
  for (i = 0; i < self->listening->len; i++) {
    GSource *source = g_unix_fd_source_new (g_socket_get_fd (g_ptr_array_index
            (self->listening, i)), G_IO_IN);

    g_source_set_callback (source, G_SOURCE_FUNC (on_caller), self, NULL);
    /* it does not, see gst_p2p_ws_hub_new() */
    g_source_set_can_recurse (source, TRUE);
    g_source_attach (source, self->context);
    g_ptr_array_add (self->accepting, source);
  }
}

void
gst_p2p_tracker_server_stop_accepting (GstP2PTrackerServer * self)
{
  gst_p2p_clear_source (&self->accept_again);
  g_ptr_array_set_size (self->accepting, 0);
}

static Caller *
find_caller (SoupServerMessage * msg)
{
  GSocketAddress *remote = soup_server_message_get_remote_address (msg);

  return remote != NULL ? g_object_get_data (G_OBJECT (remote), CALLER_KEY)
      : NULL;
}

/* What libsoup has read behind the request; a client waits for the response,
 * so normally nothing. Until it would block: libsoup's buffer has to be empty
 * when we go on without it. */
static GByteArray *
read_ahead (GIOStream * stream)
{
  GInputStream *in = g_io_stream_get_input_stream (stream);
  GByteArray *bytes = g_byte_array_new ();
  guint8 buffer[READ_AHEAD];
  gssize n = 1;

  while (G_IS_POLLABLE_INPUT_STREAM (in) && n > 0
      && bytes->len < GST_P2P_SIGNAL_MAX_MESSAGE) {
    n = g_pollable_input_stream_read_nonblocking (G_POLLABLE_INPUT_STREAM
        (in), buffer, sizeof (buffer), NULL, NULL);
    if (n > 0)
      g_byte_array_append (bytes, buffer, n);
  }
  return bytes;
}

/* The response to the upgrade is out: the caller becomes a peer. */
static void
on_upgraded (SoupServerMessage * msg, gpointer user_data)
{
  GstP2PTrackerServer *self = user_data;
  Caller *caller = find_caller (msg);
  g_autoptr (GIOStream) wrapper = NULL;
  g_autoptr (GByteArray) first = NULL;
  GstP2PTrackerPeer *peer;

  if (caller == NULL || self->stopped)
    return;                     /* hung up meanwhile */
  wrapper = soup_server_message_steal_connection (msg);
  first = read_ahead (wrapper);
  peer = g_new0 (GstP2PTrackerPeer, 1);
  peer->socket = gst_p2p_ws_socket_new (self->hub, caller->stream,
      g_socket_connection_get_socket (caller->connection), first->data,
      first->len, peer);
  add_peer (self, peer, caller->prefix);
  end_caller (caller);
}

gboolean
gst_p2p_tracker_server_upgrade (GstP2PTrackerServer * self,
    SoupServerMessage * msg)
{
  if (!soup_message_headers_header_contains
      (soup_server_message_get_request_headers (msg), "Upgrade", "websocket"))
    return FALSE;
  if (soup_websocket_server_process_handshake (msg, NULL, NULL, NULL, NULL))
    g_signal_connect_object (msg, "wrote-informational",
        G_CALLBACK (on_upgraded), self, 0);
  return TRUE;
}
