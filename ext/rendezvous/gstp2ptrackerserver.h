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
 * (docs/tracker.md): max-connections, max-members, max-members-per-swarm,
 * max-channels, max-messages-per-second, max-message-bytes, max-pending-offers,
 * idle-timeout, expiry, keepalive, lease. All calls on that context's thread.
 */
#ifndef GST_P2P_TRACKER_SERVER_H
#define GST_P2P_TRACKER_SERVER_H

#include <gio/gio.h>
#include "../../gst/p2p/core/base/p2ptypes.h"
#include "gstp2pwsclient.h"

G_BEGIN_DECLS
#define GST_P2P_TYPE_TRACKER_SERVER (gst_p2p_tracker_server_get_type ())
G_DECLARE_FINAL_TYPE (GstP2PTrackerServer, gst_p2p_tracker_server, GST_P2P, TRACKER_SERVER, GObject)

GstP2PTrackerServer *gst_p2p_tracker_server_new (GMainContext * context);
/* address NULL = all interfaces, port 0 = any. certificate may be NULL (plain
 * WebSocket). On failure the error says what is wrong (GST_P2P_ERROR_PORT_IN_USE, else
 * GST_P2P_ERROR_RENDEZVOUS); the caller adds which of its settings to change. */
gboolean gst_p2p_tracker_server_listen (GstP2PTrackerServer * self, const gchar * address, guint16 port, GTlsCertificate * certificate, GError ** error);
guint16 gst_p2p_tracker_server_get_port (GstP2PTrackerServer * self);
/* A closed server takes channel records of its own process only
 * (gst_p2p_tracker_server_allow_swarm); an open one takes any signed one. */
void gst_p2p_tracker_server_set_open (GstP2PTrackerServer * self, gboolean open);
void gst_p2p_tracker_server_allow_swarm (GstP2PTrackerServer * self, const P2pSwarmId * swarm_id, gboolean allow);
/* A closed server introduces members of its allowed swarms only; this is for
 * swarms whose info_hash has a group secret. */
void gst_p2p_tracker_server_allow_info_hash (GstP2PTrackerServer * self, const gchar * info_hash);
/* The status page's object as JSON text. transfer full */
gchar *gst_p2p_tracker_server_get_status (GstP2PTrackerServer * self);
/* Sends every member a close frame and stops listening. */
void gst_p2p_tracker_server_stop (GstP2PTrackerServer * self);

G_END_DECLS
#endif
