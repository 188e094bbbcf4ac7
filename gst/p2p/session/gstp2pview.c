/* gst-plugins-p2p
 *
 * This library is free software; you can redistribute it and/or
 * modify it under the terms of the GNU Lesser General Public
 * License as published by the Free Software Foundation; either
 * version 2.1 of the License, or (at your option) any later version.
 */
/* gstp2pview.c: the window through which p2p-top looks into a session.
 *
 * Off unless P2P_TOP_DIR names a directory. Then the session has a socket
 * there, PID-N.sock, that only the same user can open: whoever connects gets one
 * line of JSON with the figures of its swarms and neighbours, and is hung up on.
 * Nothing is read. Who listens where is nobody else's business: there is no
 * network port and no address in it, peers have the short ids of paths.
 *
 * Runs on the session thread. The answer goes out with one send that never
 * blocks: what a reader's socket does not take at once is not sent.
 */
#include "gstp2psession-private.h"
#include "gstp2pcrypto.h"
#include "../core/base/p2pid.h"

#include <gio/gio.h>
#include <gio/gunixsocketaddress.h>
#include <glib/gstdio.h>
#include <unistd.h>

GST_DEBUG_CATEGORY_EXTERN (gst_p2p_session_debug);
#define GST_CAT_DEFAULT gst_p2p_session_debug

#define MAX_NEIGHBOURS 128      /* told of one swarm: 120 B each */
#define BACKLOG 4

struct _GstP2PView
{
  GstP2PSession *session;
  GSocket *socket;
  GSource *source;
  gchar *path;
};

static void
put_neighbours (GString * out, P2pSwarm * swarm)
{
  P2pNeighbourStats list[MAX_NEIGHBOURS];
  guint n = MIN (p2p_swarm_get_neighbours (swarm, list, MAX_NEIGHBOURS),
      MAX_NEIGHBOURS), i;

  g_string_append (out, "\"neighbours\":[");
  for (i = 0; i < n; i++) {
    const P2pNeighbourStats *p = &list[i];

    g_string_append_printf (out, "%s{\"peer\":\"%08x\",\"source\":%s,"
        "\"rtt_ms\":%u,\"lag_ms\":%u,\"parent_of_us\":%u,\"child_of_us\":%u,"
        "\"backup_of_us\":%u,"
        "\"sent\":%" G_GUINT64_FORMAT ",\"received\":%" G_GUINT64_FORMAT
        ",\"suspect\":%s}", i ? "," : "", p2p_peer_id_short (&p->peer_id),
        p->role == P2P_ROLE_SOURCE ? "true" : "false", p->rtt_us / 1000,
        p->lag_us / 1000, p->parent_mask, p->child_mask, p->backup_mask,
        p->bytes_sent, p->bytes_received, p->suspect ? "true" : "false");
  }
  g_string_append_c (out, ']');
}

static void
put_swarm (GString * out, const GstP2PHost * host)
{
  P2pSwarmStats s;
  gchar id[45];

  p2p_swarm_get_stats (host->swarm, g_get_monotonic_time (), &s);
  gst_p2p_swarm_id_to_string (&host->swarm_id, id);
  g_string_append_printf (out, "{\"swarm\":\"%s\",\"role\":\"%s\",", id,
      host->publish ? "source" : !host->relay ? "leaf" : s.role ==
      P2P_ROLE_SUPER ? "super" : "relay");
  g_string_append_printf (out,
      "\"lag_ms\":%u,\"lag_p50_ms\":%u,\"lag_p99_ms\":%u," "\"buffered_ms\":%u,"
      "\"neighbours_n\":%u,\"parents\":%u,\"children\":%u,\"depth\":%u,"
      "\"first_hop_share\":%u,\"upload_bps\":%u,"
      "\"sub_streams\":%u,\"fed\":%u,\"backed\":%u,\"newest\":%u,",
      s.lag_us / 1000, s.lag_p50_us / 1000, s.lag_p99_us / 1000,
      s.buffered_us / 1000, s.neighbours, s.parents, s.children, s.depth,
      s.first_hop_share, s.upload_bps, s.k, s.fed, s.backed, s.edge);
  g_string_append_printf (out,
      "\"wire_sent\":%" G_GUINT64_FORMAT ",\"wire_received\":%" G_GUINT64_FORMAT
      ",\"delivered\":%" G_GUINT64_FORMAT ",\"lost\":%" G_GUINT64_FORMAT
      ",\"duplicate\":%" G_GUINT64_FORMAT ",\"overdue\":%" G_GUINT64_FORMAT ",",
      s.bytes_wire_sent, s.bytes_wire_received, s.chunks_delivered,
      s.chunks_lost, s.chunks_duplicate, s.overdue);
  put_neighbours (out, host->swarm);
  g_string_append_c (out, '}');
}

static GString *
describe (GstP2PSession * session)
{
  GString *out = g_string_new (NULL);
  guint i, n = 0;

  g_string_append_printf (out, "{\"pid\":%d,\"peer\":\"%08x\",\"swarms\":[",
      (int) getpid (), p2p_peer_id_short (&session->peer_id));
  for (i = 0; i < session->hosts->len; i++) {
    const GstP2PHost *host = g_ptr_array_index (session->hosts, i);

    if (host->swarm == NULL)
      continue;
    g_string_append (out, n++ ? "," : "");
    put_swarm (out, host);
  }
  g_string_append (out, "]}\n");
  return out;
}

static gboolean
on_visitor (GSocket * socket, GIOCondition condition, gpointer user_data)
{
  GstP2PView *self = user_data;
  GSocket *visitor = g_socket_accept (socket, NULL, NULL);
  GString *text;

  if (visitor == NULL)
    return G_SOURCE_CONTINUE;
  text = describe (self->session);
  g_socket_set_blocking (visitor, FALSE);
  g_socket_send (visitor, text->str, text->len, NULL, NULL);
  g_socket_close (visitor, NULL);
  g_object_unref (visitor);
  g_string_free (text, TRUE);
  return G_SOURCE_CONTINUE;
}

static gboolean
listen_at (GstP2PView * self)
{
  GSocketAddress *address = g_unix_socket_address_new (self->path);
  gboolean ok = FALSE;

  self->socket = g_socket_new (G_SOCKET_FAMILY_UNIX, G_SOCKET_TYPE_STREAM,
      G_SOCKET_PROTOCOL_DEFAULT, NULL);
  if (self->socket != NULL) {
    g_socket_set_blocking (self->socket, FALSE);
    g_socket_set_listen_backlog (self->socket, BACKLOG);
    /* the mode is set before listen(): until then nobody can connect */
    ok = g_socket_bind (self->socket, address, FALSE, NULL)
        && g_chmod (self->path, 0600) == 0
        && g_socket_listen (self->socket, NULL);
  }
  g_object_unref (address);
  return ok;
}

GstP2PView *
gst_p2p_view_new (GstP2PSession * session, GMainContext * context)
{
  static gint count;
  const gchar *dir = g_getenv ("P2P_TOP_DIR");
  GstP2PView *self;

  if (dir == NULL || *dir == '\0')
    return NULL;
  self = g_new0 (GstP2PView, 1);
  self->session = session;
  self->path = g_strdup_printf ("%s/%d-%d.sock", dir, (int) getpid (),
      g_atomic_int_add (&count, 1));
  if (!listen_at (self)) {
    GST_WARNING ("no view at %s", self->path);
    gst_p2p_view_free (self);
    return NULL;
  }
  self->source = g_socket_create_source (self->socket, G_IO_IN, NULL);
  g_source_set_callback (self->source, G_SOURCE_FUNC (on_visitor), self, NULL);
  g_source_attach (self->source, context);
  return self;
}

void
gst_p2p_view_free (GstP2PView * self)
{
  if (self == NULL)
    return;
  if (self->source != NULL)     /* else it is not ours */
    g_unlink (self->path);
  gst_p2p_clear_source (&self->source);
  g_clear_object (&self->socket);
  g_free (self->path);
  g_free (self);
}
