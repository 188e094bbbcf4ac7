/* gst-plugins-p2p
 *
 * This library is free software; you can redistribute it and/or
 * modify it under the terms of the GNU Lesser General Public
 * License as published by the Free Software Foundation; either
 * version 2.1 of the License, or (at your option) any later version.
 */
/* gstp2ptrackerserver.h: a rendezvous server (SoupServer around core/tracker).
 *
 * Runs on the GMainContext it was made with. The embedded server of p2psink and
 * the p2p-tracker program are both this. Limits are properties with defaults
 * (docs/protocol/signalling.md): max-members, max-members-per-swarm,
 * max-channels, max-messages-per-second, max-message-bytes, idle-timeout.
 */
#ifndef GST_P2P_TRACKER_SERVER_H
#define GST_P2P_TRACKER_SERVER_H

#include <gio/gio.h>
#include "../../gst/p2p/core/base/p2ptypes.h"

G_BEGIN_DECLS
#define GST_P2P_TYPE_TRACKER_SERVER (gst_p2p_tracker_server_get_type ())
G_DECLARE_FINAL_TYPE (GstP2PTrackerServer, gst_p2p_tracker_server, GST_P2P, TRACKER_SERVER, GObject)

GstP2PTrackerServer *gst_p2p_tracker_server_new (GMainContext * context);
/* address NULL = all interfaces, port 0 = any. certificate may be NULL (plain
 * WebSocket). On failure the error says which port is taken and what to do. */
gboolean gst_p2p_tracker_server_listen (GstP2PTrackerServer * self, const gchar * address, guint16 port, GTlsCertificate * certificate, GError ** error);
guint16 gst_p2p_tracker_server_get_port (GstP2PTrackerServer * self);
/* A closed server takes channel records of its own process only
 * (gst_p2p_tracker_server_allow_swarm); an open one takes any signed one. */
void gst_p2p_tracker_server_set_open (GstP2PTrackerServer * self, gboolean open);
void gst_p2p_tracker_server_allow_swarm (GstP2PTrackerServer * self, const P2pSwarmId * swarm_id, gboolean allow);
/* The status page's object as JSON text. transfer full */
gchar *gst_p2p_tracker_server_get_status (GstP2PTrackerServer * self);
/* Sends every member a close frame and stops listening. */
void gst_p2p_tracker_server_stop (GstP2PTrackerServer * self);

/* A client: url is ws:// or wss://, with any query (e.g. a token). */
#define GST_P2P_TYPE_WS_CLIENT (gst_p2p_ws_client_get_type ())
G_DECLARE_FINAL_TYPE (GstP2PWsClient, gst_p2p_ws_client, GST_P2P, WS_CLIENT, GObject)
GstP2PWsClient *gst_p2p_ws_client_new (GMainContext * context, const gchar * url);
G_END_DECLS
#endif
