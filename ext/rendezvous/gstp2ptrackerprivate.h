/* gst-plugins-p2p
 *
 * This library is free software; you can redistribute it and/or
 * modify it under the terms of the GNU Lesser General Public
 * License as published by the Free Software Foundation; either
 * version 2.1 of the License, or (at your option) any later version.
 */
/* gstp2ptrackerprivate.h: the server's structures, for its own files. */
#ifndef GST_P2P_TRACKER_PRIVATE_H
#define GST_P2P_TRACKER_PRIVATE_H

#include <gst/gst.h>
#include <libsoup/soup.h>

#include "../../gst/p2p/session/gstp2pthread.h"
#include "gstp2psignal.h"
#include "gstp2ptrackerserver.h"
#include "gstp2pwssocket.h"
#include "../../gst/p2p/core/tracker/p2pdirectory.h"
#include "../../gst/p2p/core/tracker/p2ptable.h"
#include "../../gst/p2p/core/tracker/p2ptracker.h"

G_BEGIN_DECLS

GST_DEBUG_CATEGORY_EXTERN (gst_p2p_tracker_debug);

/* One member's socket. Its own memory is part of the budget of a peer (8 KB
 * with GLib's): keep it small. */
typedef struct
{
  GstP2PTrackerServer *server;
  GstP2PWsSocket *socket;
  P2pTrackerConn *conn;         /* NULL = it closes */
  guint8 *nonce;                /* NULL until asked for */
  GList by_time;                /* in server->by_ping, or ->closing */
  gint64 at;                    /* last ping, or when closing began */
  guint8 nonsense;              /* bad messages */
  gboolean ours;                /* said "p2p": 1: understands candidates */
} GstP2PTrackerPeer;

/* A directory record as the server keeps it. */
typedef struct
{
  GstP2PRecord *record;
  gchar *ice_servers;           /* as strict JSON, or NULL */
  P2pTrackerId info_hash;
} GstP2PTrackerChannel;

struct _GstP2PTrackerServer
{
  GObject parent;

  GMainContext *context;
  SoupServer *soup;             /* parses HTTP; the sockets are accepted here */
  GPtrArray *listening;         /* of GSocket */
  GPtrArray *accepting;         /* of GSource, one for each, unless it pauses */
  GTlsCertificate *certificate;
  GSource *tick, *accept_again;
  guint16 port;
  gboolean open, stopped;
  gint64 started_at;

  P2pTracker *tracker;
  P2pDirectory *directory;
  P2pTrackerLimits limits;
  P2pDirectoryLimits directory_limits;
  guint max_message_bytes, keepalive_s;

  GstP2PWsHub *hub;
  GQueue by_ping;               /* of GstP2PTrackerPeer: open, longest without a ping first */
  GQueue closing;               /* said goodbye, oldest first */
  GQueue callers;               /* sockets that did not become a peer yet, oldest first */
  guint n_callers;
  GHashTable *allowed;          /* swarm id -> is it allowed (closed server) */
  GHashTable *allowed_hashes;   /* set of info_hash */
  GString *buffer;              /* for one outgoing message */

  guint64 http_requests, bad_messages, too_fast, too_slow, turned_away;
};

/* gstp2ptrackerrequests.c: takes one message of a peer. */
void gst_p2p_tracker_server_take (GstP2PTrackerServer * self, GstP2PTrackerPeer * peer, const gchar * text, gsize len);
/* P2pTime of now: the monotonic clock */
P2pTime gst_p2p_tracker_server_now (void);
guint gst_p2p_tracker_server_count_listeners (GstP2PTrackerServer * self, const GstP2PTrackerChannel * channel);
void gst_p2p_tracker_channel_free (gpointer channel);

/* gstp2ptrackerserver.c: FALSE if the peer is gone or does not read. */
gboolean gst_p2p_tracker_peer_send (GstP2PTrackerPeer * peer, const gchar * text, gsize len);
/* Says why, and ends it; it is not forwarded to any more. */
void gst_p2p_tracker_peer_kick (GstP2PTrackerPeer * peer, guint16 code, const gchar * reason);

GSource *gst_p2p_tracker_server_add_timer (GstP2PTrackerServer * self, guint ms, GSourceFunc func);

/* gstp2ptrackercallers.c: takes what calls at the listening sockets. */
void gst_p2p_tracker_server_accept (GstP2PTrackerServer * self);
void gst_p2p_tracker_server_stop_accepting (GstP2PTrackerServer * self);
/* Hangs up on callers that had their time, or on all. */
void gst_p2p_tracker_server_end_callers (GstP2PTrackerServer * self, gboolean all);
/* TRUE if the request wanted a WebSocket; it has been dealt with. */
gboolean gst_p2p_tracker_server_upgrade (GstP2PTrackerServer * self, SoupServerMessage * msg);

/* gstp2ptrackerpages.c: status, health and the page of a channel. */
void gst_p2p_tracker_server_on_http (SoupServer * soup, SoupServerMessage * msg, const char *path, GHashTable * query, gpointer user_data);

G_END_DECLS
#endif
