/* gst-plugins-p2p
 *
 * This library is free software; you can redistribute it and/or
 * modify it under the terms of the GNU Lesser General Public
 * License as published by the Free Software Foundation; either
 * version 2.1 of the License, or (at your option) any later version.
 */
/* gstp2pwsclientprivate.h: the client's structures, for its own files. */
#ifndef GST_P2P_WS_CLIENT_PRIVATE_H
#define GST_P2P_WS_CLIENT_PRIVATE_H

#include <gst/gst.h>
#include <libsoup/soup.h>

#include "../../gst/p2p/session/gstp2pthread.h"
#include "gstp2psignal.h"
#include "gstp2pwsclient.h"

G_BEGIN_DECLS

GST_DEBUG_CATEGORY_EXTERN (gst_p2p_rendezvous_debug);

#define GST_P2P_WS_MAX_OUTBOX 64        /* messages that wait for the connection */
#define GST_P2P_WS_MAX_MEMBERS 64       /* swarms announced by one client */
#define GST_P2P_WS_MAX_REQUESTS 64      /* names asked for and not answered */
#define GST_P2P_WS_MAX_NONSENSE 5       /* bad messages before the server is left */

typedef struct
{
  P2pTrackerId info_hash, peer_id;
  gboolean seeder;
  gint64 announced_at;          /* monotonic */
  guint interval_s;
} GstP2PWsMembership;

typedef struct
{
  gchar *text;
  gint64 since;
} GstP2PWsWaiting;

typedef struct
{
  GstP2PRecord *record;
  GstP2PSignFunc sign;
  gpointer user_data;
  gint64 sent_at;               /* 0 = to be sent, or answered */
  gboolean answered;
} GstP2PWsPublication;

struct _GstP2PWsClient
{
  GObject parent;

  GMainContext *context;
  gchar *url, *shown_url;       /* shown: without the query, it may hold a token */
  GError *trouble;              /* why there is no connection, of the last attempt */
  guint retry_min_ms, retry_max_ms, connect_timeout_ms, request_timeout_ms;
  guint keepalive_s;
  GTlsDatabase *tls_database;

  const GstP2PRendezvousCallbacks *callbacks;
  gpointer user_data;

  SoupSession *session;
  SoupWebsocketConnection *ws;  /* NULL = not connected */
  GCancellable *cancellable;    /* of the attempt that is under way */
  GSource *retry, *connect_timer, *tick;
  gboolean opened, closed;
  gboolean ours;                /* the server said "p2p": 1 */
  gboolean replied;             /* to an announce */
  guint attempts;               /* since a server made sense */
  gint64 attempted_at;          /* monotonic us, 0 = never */
  guint nonsense;
  gint64 heard_at;
  guint tick_ms;
  gint64 ticked_at;             /* monotonic us, of the last tick */

  GQueue outbox;                /* of GstP2PWsWaiting */
  GArray *members;              /* of GstP2PWsMembership, at most MAX_MEMBERS */
  GPtrArray *resolves;          /* of GstP2PWsWaiting: names, at most MAX_REQUESTS */
  GPtrArray *publications;      /* of GstP2PWsPublication */
  guint8 nonce[GST_P2P_SIGNAL_NONCE_LEN];
  gboolean has_nonce, nonce_asked;
};

/* gstp2pwsinbox.c: takes one message. FALSE: it made no sense. The client is
 * kept alive by the caller. */
gboolean gst_p2p_ws_client_take (GstP2PWsClient * self, const gchar * text, gsize len);
/* Ends every request that waits for longer than the time-out (all = whatever
 * its age) with this error. */
void gst_p2p_ws_client_fail_requests (GstP2PWsClient * self, gboolean all, const GError * error);
/* Why a request for a name fails at a server of others. transfer full */
GError *gst_p2p_ws_client_no_names (GstP2PWsClient * self);

/* gstp2pwsclient.c */
gboolean gst_p2p_ws_client_is_open (GstP2PWsClient * self);
void gst_p2p_ws_client_send_text (GstP2PWsClient * self, const gchar * text);
GstP2PWsWaiting *gst_p2p_ws_waiting_new (const gchar * text);
void gst_p2p_ws_waiting_free (GstP2PWsWaiting * waiting);

/* gstp2pwsoutbox.c; the requests are those of the interface */
GString *gst_p2p_ws_client_new_message (const gchar * action);
void gst_p2p_ws_client_announce_again (GstP2PWsClient * self, GstP2PWsMembership * member, const gchar * event);
void gst_p2p_ws_client_announce (GstP2PRendezvous * rendezvous, const gchar * info_hash, const gchar * peer_id, GstP2PAnnounceEvent event, gboolean seeder, const GstP2POffer * offers, guint n_offers);
void gst_p2p_ws_client_describe (GstP2PRendezvous * rendezvous, const gchar * info_hash, const gchar * peer_id, const gchar * attribute);
void gst_p2p_ws_client_answer (GstP2PRendezvous * rendezvous, const gchar * info_hash, const gchar * peer_id, const gchar * to_peer_id, const gchar * offer_id, const gchar * sdp);
void gst_p2p_ws_client_candidate (GstP2PRendezvous * rendezvous, const gchar * info_hash, const gchar * peer_id, const gchar * to_peer_id, const gchar * offer_id, const gchar * candidate);
void gst_p2p_ws_client_resolve (GstP2PRendezvous * rendezvous, const gchar * name);
void gst_p2p_ws_client_publish_channel (GstP2PRendezvous * rendezvous, const GstP2PChannel * channel, GstP2PSignFunc sign, gpointer user_data);
void gst_p2p_ws_client_say (GstP2PWsClient * self, GString * json);     /* takes json */
GstP2PWsMembership *gst_p2p_ws_client_find_member (GstP2PWsClient * self, const P2pTrackerId * info_hash, const P2pTrackerId * peer_id);
void gst_p2p_ws_client_send_publications (GstP2PWsClient * self);

G_END_DECLS
#endif
