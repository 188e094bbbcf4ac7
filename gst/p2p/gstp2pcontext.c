/* gst-plugins-p2p
 *
 * This library is free software; you can redistribute it and/or
 * modify it under the terms of the GNU Lesser General Public
 * License as published by the Free Software Foundation; either
 * version 2.1 of the License, or (at your option) any later version.
 */
/* gstp2pcontext.c: finds the session, and builds the process's one on the real
 * transport and rendezvous.
 *
 * The backend's functions run on the session thread, of which there is one in
 * a process; the table of servers belongs to it and needs no lock.
 */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "gstp2pcontext.h"
#include "session/gstp2perror.h"
#include "../../ext/rendezvous/gstp2picejson.h"
#include "../../ext/rendezvous/gstp2ptrackerserver.h"
#include "../../ext/transport/gstp2pnicetransport.h"

/* ---- the real backend ---- */

typedef struct
{
  gchar *address;
  guint16 port;                 /* as asked for; 0 is never shared */
  GstP2PTrackerServer *server;
  guint users;
} Server;

static GList *servers = NULL;   /* Server; session thread only */

static GstP2PTransport *
new_transport (GMainContext * context, const gchar * certificate_path,
    gpointer user_data, GError ** error)
{
  GstP2PNiceTransport *t =
      gst_p2p_nice_transport_new (context, certificate_path, error);

  return t != NULL ? GST_P2P_TRANSPORT (t) : NULL;
}

static GstP2PRendezvous *
new_rendezvous (GMainContext * context, const gchar * url, gpointer user_data)
{
  return GST_P2P_RENDEZVOUS (gst_p2p_ws_client_new (context, url));
}

static Server *
find_server (const gchar * address, guint16 port)
{
  GList *l;

  for (l = servers; l != NULL && port != 0; l = l->next) {
    Server *s = l->data;

    if (s->port == port && g_strcmp0 (s->address, address) == 0)
      return s;
  }
  return NULL;
}

static void
server_free (Server * self)
{
  gst_p2p_tracker_server_stop (self->server);
  g_object_unref (self->server);
  g_free (self->address);
  g_free (self);
}

/* Adds to what failed what the user of p2psink can change. */
static void
advise (GError * error, guint16 port)
{
  gchar *message = error->message;

  if (g_error_matches (error, GST_P2P_ERROR, GST_P2P_ERROR_PORT_IN_USE))
    error->message = g_strdup_printf ("%s: set port=0, or join that rendezvous "
        "with rendezvous=ws://127.0.0.1:%u", message, port);
  else if (g_error_matches (error, GST_P2P_ERROR, GST_P2P_ERROR_RENDEZVOUS))
    error->message = g_strdup_printf ("%s: set bind-address= to an address of "
        "this machine, port=0 for any port, or rendezvous= to one that runs",
        message);
  else
    return;
  g_free (message);
}

static Server *
open_server (GMainContext * context, const gchar * address, guint16 port,
    GError ** error)
{
  Server *s = g_new0 (Server, 1);
  GError *cause = NULL;

  s->address = g_strdup (address);
  s->port = port;
  s->server = gst_p2p_tracker_server_new (context);
  if (!gst_p2p_tracker_server_listen (s->server, address, port, NULL, &cause)) {
    advise (cause, port);
    g_propagate_error (error, cause);
    server_free (s);
    return NULL;
  }
  servers = g_list_prepend (servers, s);
  return s;
}

static gpointer
acquire_server (GMainContext * context, const gchar * address, guint16 port,
    const P2pSwarmId * swarm_id, guint16 * real_port, gpointer user_data,
    GError ** error)
{
  Server *s = find_server (address, port);

  if (s == NULL)
    s = open_server (context, address, port, error);
  if (s == NULL)
    return NULL;
  s->users++;
  gst_p2p_tracker_server_allow_swarm (s->server, swarm_id, TRUE);
  *real_port = gst_p2p_tracker_server_get_port (s->server);
  return s;
}

static void
release_server (gpointer server, const P2pSwarmId * swarm_id,
    gpointer user_data)
{
  Server *s = server;

  gst_p2p_tracker_server_allow_swarm (s->server, swarm_id, FALSE);
  if (--s->users > 0)
    return;
  servers = g_list_remove (servers, s);
  server_free (s);
}

static const GstP2PBackend backend = {
  new_transport, new_rendezvous, acquire_server, release_server,
  gst_p2p_ice_to_json, gst_p2p_ice_from_json
};

/* ---- finding it ---- */

GstContext *
gst_p2p_context_new (GstP2PSession * session)
{
  GstContext *context = gst_context_new (GST_P2P_CONTEXT, TRUE);

  gst_structure_set (gst_context_writable_structure (context), "session",
      GST_P2P_TYPE_SESSION, session, NULL);
  return context;
}

/* What an application sets is for every element it is given to. What an element
 * told its bin is for those with the same identity. */
static gboolean
is_meant (GstContext * context, const gchar * certificate_path)
{
  const GstStructure *s = gst_context_get_structure (context);

  return gst_context_is_persistent (context)
      || g_strcmp0 (gst_structure_get_string (s, "certificate-location"),
      certificate_path) == 0;
}

static GstP2PSession *
get_from_context (GstElement * element, const gchar * certificate_path)
{
  GstContext *context = gst_element_get_context (element, GST_P2P_CONTEXT);
  GstP2PSession *session = NULL;

  if (context == NULL)
    return NULL;
  if (is_meant (context, certificate_path))
    gst_structure_get (gst_context_get_structure (context), "session",
        GST_P2P_TYPE_SESSION, &session, NULL);
  gst_context_unref (context);
  return session;
}

/* Bins hand it to elements that come later, applications may, to others. It is
 * forgotten in NULL, so that the session ends with who uses it. */
static void
tell_session (GstElement * element, GstP2PSession * session,
    const gchar * certificate_path)
{
  GstContext *context = gst_context_new (GST_P2P_CONTEXT, FALSE);

  gst_structure_set (gst_context_writable_structure (context), "session",
      GST_P2P_TYPE_SESSION, session, "certificate-location", G_TYPE_STRING,
      certificate_path, NULL);
  gst_element_post_message (element,
      gst_message_new_have_context (GST_OBJECT (element), context));
}

GstP2PSession *
gst_p2p_context_get_session (GstElement * element,
    const gchar * certificate_path, GError ** error)
{
  GstP2PSession *session = get_from_context (element, certificate_path);

  if (session == NULL) {
    gst_element_post_message (element,
        gst_message_new_need_context (GST_OBJECT (element), GST_P2P_CONTEXT));
    session = get_from_context (element, certificate_path);
  }
  if (session != NULL) {
    GST_INFO_OBJECT (element, "using the session %p of its context", session);
    return session;
  }
  session = gst_p2p_session_get_shared (&backend, NULL, certificate_path,
      error);
  if (session != NULL)
    tell_session (element, session, certificate_path);
  return session;
}
