/* gst-plugins-p2p
 *
 * This library is free software; you can redistribute it and/or
 * modify it under the terms of the GNU Lesser General Public
 * License as published by the Free Software Foundation; either
 * version 2.1 of the License, or (at your option) any later version.
 */
/* gstp2psession.h: joins swarm, transport and rendezvous.
 *
 * A session is one identity (DTLS certificate), one thread with its own
 * GMainContext ("p2p:session"), and any number of swarm memberships. Links are
 * pooled by peer id: one link carries every swarm that two sessions share.
 * A source and a listener of one swarm in one session deliver to each other
 * locally. This layer is the only one that reads a real clock.
 *
 * Functions may be called from any thread unless they say otherwise and never
 * block on the network. Lock order: session, member, element, GST_OBJECT_LOCK.
 */
#ifndef GST_P2P_SESSION_H
#define GST_P2P_SESSION_H

#include <gst/gst.h>
#include "../core/swarm/p2pswarm.h"
#include "gstp2pcrypto.h"
#include "gstp2perror.h"
#include "gstp2ptransport.h"
#include "gstp2prendezvous.h"

G_BEGIN_DECLS

/* What the session is built on; the elements' layer gives the real ones, tests
 * the loopback. All are called on the session thread. */
typedef struct
{
  GstP2PTransport *(*new_transport) (GMainContext * context, const gchar * certificate_path, gpointer user_data, GError ** error);
  GstP2PRendezvous *(*new_rendezvous) (GMainContext * context, const gchar * url, gpointer user_data);
  /* embedded server, shared per (address, port): returns an opaque handle, the
   * port and allows the swarm id; NULL and error when the port is taken. Closed
   * when release was called as often as acquire. */
  gpointer (*acquire_server) (GMainContext * context, const gchar * address, guint16 port, const P2pSwarmId * swarm_id, guint16 * real_port, gpointer user_data, GError ** error);
  void (*release_server) (gpointer server, const P2pSwarmId * swarm_id, gpointer user_data);
  /* ICE servers as the JSON array of RTCIceServer dictionaries that the
   * rendezvous hands to members; NULL when there is none. transfer full. Both
   * functions may be NULL: then nothing is handed on. */
  gchar *(*ice_to_json) (const GstP2PIceConfig * ice);
  /* Fills stun_server and turn_servers that are not set yet. */
  void (*ice_from_json) (const gchar * json, GstP2PIceConfig * ice);
} GstP2PBackend;

#define GST_P2P_TYPE_SESSION (gst_p2p_session_get_type ())
G_DECLARE_FINAL_TYPE (GstP2PSession, gst_p2p_session, GST_P2P, SESSION, GObject)
#define GST_P2P_TYPE_MEMBER (gst_p2p_member_get_type ())
G_DECLARE_FINAL_TYPE (GstP2PMember, gst_p2p_member, GST_P2P, MEMBER, GObject)

/* A session of its own. backend is static. certificate_path may be NULL.
 * transfer full; the last unref (from any thread but its own) stops the thread. */
GstP2PSession *gst_p2p_session_new (const GstP2PBackend * backend, gpointer user_data, const gchar * certificate_path, GError ** error);
/* The one that elements of this process share for this certificate path;
 * made on first use, kept as long as somebody holds it. transfer full */
GstP2PSession *gst_p2p_session_get_shared (const GstP2PBackend * backend, gpointer user_data, const gchar * certificate_path, GError ** error);
void gst_p2p_session_get_peer_id (GstP2PSession * self, P2pPeerId * out);

typedef struct
{
  gboolean publish;             /* source, else listener */
  const GstP2PKey *key;         /* source: borrowed for the call, copied */
  gchar **rendezvous;           /* ws:// and wss:// URLs; source: empty = embedded server */
  const gchar *bind_address;    /* embedded server; NULL = all interfaces */
  guint16 port;                 /* embedded server; 0 = any */
  const gchar *channel;         /* name, or swarm id in base64url; listener: may be empty */
  guint latency_ms;             /* listener */
  gboolean relay;               /* listener: FALSE = uploads nothing */
  guint64 max_upload_bps;       /* 0 = no cap */
  guint32 upload_guess_bps;     /* without a cap: measured the last time, 0 = not known */
  guint max_peers;              /* 0 = default */
  guint8 k;                     /* source: sub-streams, 0 = by bitrate */
  guint idle_timeout_ms;        /* listener: wait so long for a publisher that left */
  GstP2PIceConfig ice;
  /* directory record (source) */
  const gchar *title, *description, *genre, *homepage;
} GstP2PMemberConfig;

typedef enum
{
  GST_P2P_ITEM_HEADER,          /* new stream header generation */
  GST_P2P_ITEM_CHUNK,
  GST_P2P_ITEM_SKIP,            /* chunks were given up */
  GST_P2P_ITEM_EPOCH,           /* the publisher started again (or another key): new segment */
  GST_P2P_ITEM_END              /* end of stream: signed END, or publisher gone for idle-timeout */
} GstP2PItemType;

/* What a listener's streaming thread takes from the queue, in order. */
typedef struct
{
  GstP2PItemType type;
  guint64 epoch;
  guint16 generation;
  guint32 chunk, last;          /* SKIP: first and last */
  P2pNtp ntp;                   /* CHUNK: publisher's clock when it was closed */
  gboolean discont;
  GBytes *bytes;                /* HEADER: stream header object; CHUNK: envelope and records */
  gint64 arrival;               /* g_get_monotonic_time() */
} GstP2PItem;
void gst_p2p_item_free (GstP2PItem * item);

typedef enum
{
  GST_P2P_MEMBER_RESOLVED,      /* channel is known: fields swarm-id, title, caps */
  GST_P2P_MEMBER_PUBLISHED,     /* source is on air: field port, swarm-id */
  GST_P2P_MEMBER_JOINED,        /* first media */
  GST_P2P_MEMBER_PEER_ADDED,    /* peer-id, role, path */
  GST_P2P_MEMBER_PEER_REMOVED,
  GST_P2P_MEMBER_STARVING,
  GST_P2P_MEMBER_RECOVERED,
  GST_P2P_MEMBER_PUBLISHER_LEFT,
  GST_P2P_MEMBER_PUBLISHER_BACK,
  GST_P2P_MEMBER_RENDEZVOUS,    /* connected (boolean), uri, reason */
  GST_P2P_MEMBER_LISTENERS,     /* listeners (uint) */
  GST_P2P_MEMBER_CAPACITY_DEFICIT,      /* source: missing-bps (int64), 0 = no more */
  GST_P2P_MEMBER_SUPERSEDED,    /* another publisher uses this key and started later */
  GST_P2P_MEMBER_ERROR          /* fatal: error is set */
} GstP2PMemberEvent;

/* On the session thread, with no lock held. structure may be NULL. */
typedef void (*GstP2PMemberFunc) (GstP2PMember * member, GstP2PMemberEvent event, const GstStructure * structure, const GError * error, gpointer user_data);

/* Starts joining and returns at once. Errors of the configuration are returned;
 * everything later comes as GST_P2P_MEMBER_ERROR. transfer full */
GstP2PMember *gst_p2p_session_join (GstP2PSession * self, const GstP2PMemberConfig * config, GstP2PMemberFunc func, gpointer user_data, GDestroyNotify notify, GError ** error);
/* After it returns func is not called any more (it waits for one that runs;
 * calling it from inside func is allowed). LEAVE reaches the kernel within
 * 100 ms; closing goes on in the session thread. Source: also takes the channel
 * off the air. */
void gst_p2p_member_leave (GstP2PMember * self);

/* ---- listener ---- */
/* Next item. Blocks until there is one, flush() or the monotonic end_time
 * (-1 = none). NULL: flushing, or time over. The queue is bounded (window);
 * when the reader stops, the oldest are dropped and a SKIP says so. */
GstP2PItem *gst_p2p_member_pop (GstP2PMember * self, gint64 end_time);
void gst_p2p_member_set_flushing (GstP2PMember * self, gboolean flushing);
/* The element is to end: pop() gives what has arrived by now, also what waits
 * behind a hole, then NULL for good. FALSE: it goes on after all. */
void gst_p2p_member_set_ending (GstP2PMember * self, gboolean ending);
/* That was all. */
gboolean gst_p2p_member_has_ended (GstP2PMember * self);
/* The publisher's clock now (NTP), as known here; FALSE = not known yet. */
gboolean gst_p2p_member_get_source_time (GstP2PMember * self, P2pNtp * ntp, guint32 * error_us);
void gst_p2p_member_set_latency (GstP2PMember * self, guint latency_ms);

/* ---- source ---- */
/* Fields epoch, generation, k and first_chunk of header are filled in. Copied. */
gboolean gst_p2p_member_publish_header (GstP2PMember * self, const P2pStreamHeader * header);
/* Takes the bytes (envelope 20 bytes, then records); the generation and join
 * distance of the envelope are filled in by the core, so data is not shared.
 * transfer full. FALSE: the session can't keep up (64 waiting). */
gboolean gst_p2p_member_publish_chunk (GstP2PMember * self, guint8 * data, gsize len);
/* Number of the newest published chunk that a neighbour is known to hold, -1 = none;
 * for the hand-over of END. */
gint64 gst_p2p_member_get_handed_over (GstP2PMember * self, gint64 * newest);
/* What listeners may be told: the embedded server's port, or 0. */
guint16 gst_p2p_member_get_port (GstP2PMember * self);
void gst_p2p_member_set_directory (GstP2PMember * self, const gchar * title, const gchar * description, const gchar * genre, const gchar * homepage, const gchar * caps);

/* ---- both ---- */
/* Under which id its neighbours know this member: that of its session. */
void gst_p2p_member_get_peer_id (GstP2PMember * self, P2pPeerId * out);
gboolean gst_p2p_member_get_swarm_id (GstP2PMember * self, P2pSwarmId * out);
void gst_p2p_member_set_max_upload (GstP2PMember * self, guint64 bps);
/* Fresh figures from the session thread, at most 100 ms old; never waits for it. */
/* Returns when they were taken (monotonic, us; 0 = never yet: all are 0). */
gint64 gst_p2p_member_get_stats (GstP2PMember * self, P2pSwarmStats * stats);
/* transfer full; length *n */
P2pNeighbourStats *gst_p2p_member_get_neighbours (GstP2PMember * self, guint * n);
/* A function on the session thread after delay_us; returns an id for cancel,
 * which waits until a running one has ended. */
guint gst_p2p_member_add_timer (GstP2PMember * self, gint64 delay_us, void (*func) (GstP2PMember *, gpointer), gpointer user_data);
/* The same for the end of somebody's patience: while the machine, or only this
 * process, stands still nothing can come, so that time does not count. */
guint gst_p2p_member_add_limit (GstP2PMember * self, gint64 delay_us, void (*func) (GstP2PMember *, gpointer), gpointer user_data);
void gst_p2p_member_cancel_timer (GstP2PMember * self, guint id);

/* Errors: domain GST_P2P_ERROR of gstp2perror.h. */

G_END_DECLS
#endif
