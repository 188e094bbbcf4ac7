/* gst-plugins-p2p
 *
 * This library is free software; you can redistribute it and/or
 * modify it under the terms of the GNU Lesser General Public
 * License as published by the Free Software Foundation; either
 * version 2.1 of the License, or (at your option) any later version.
 */
/* gstp2pwsclient.h: a rendezvous over a WebSocket (GstP2PRendezvous): the
 * WebTorrent tracker protocol, and our additions where the server is ours.
 *
 * Belongs to the thread of the GMainContext it was made with, as do its calls
 * and callbacks. No callback comes after close().
 */
#ifndef GST_P2P_WS_CLIENT_H
#define GST_P2P_WS_CLIENT_H

#include <gio/gio.h>
#include "../../gst/p2p/session/gstp2prendezvous.h"

G_BEGIN_DECLS

#define GST_P2P_TYPE_WS_CLIENT (gst_p2p_ws_client_get_type ())
G_DECLARE_FINAL_TYPE (GstP2PWsClient, gst_p2p_ws_client, GST_P2P, WS_CLIENT, GObject)

/* url is ws:// or wss://, with any query (e.g. a token). Properties:
 * retry-min, retry-max (ms, 1000 and 60000: back-off doubles in between),
 * connect-timeout (ms, 8000), request-timeout (ms, 8000: resolve and publish),
 * keepalive (s, 20; 0 = none), tls-database (GTlsDatabase; NULL = the system's). */
GstP2PWsClient *gst_p2p_ws_client_new (GMainContext * context, const gchar * url);

G_END_DECLS
#endif
