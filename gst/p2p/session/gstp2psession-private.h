/* gst-plugins-p2p
 *
 * This library is free software; you can redistribute it and/or
 * modify it under the terms of the GNU Lesser General Public
 * License as published by the Free Software Foundation; either
 * version 2.1 of the License, or (at your option) any later version.
 */
/* gstp2psession-private.h: what the files of the session layer share.
 *
 *   session ── peers   (gstp2ppeer.c)  one per link, pooled by peer id
 *      │          └── channels: (local channel id, host)
 *      ├── brokers     (gstp2pbroker.c) one per rendezvous URL
 *      └── hosts       (gstp2phost.c)  one per swarm id: the pure swarm, its
 *             │                        timers and actions
 *             └── members (gstp2pmember.c) what an element holds
 *
 * Everything here belongs to the session thread, except what is marked with the
 * member's lock.
 */
#ifndef GST_P2P_SESSION_PRIVATE_H
#define GST_P2P_SESSION_PRIVATE_H

#include "../core/tracker/p2pintro.h"
#include "gstp2psession.h"
#include "gstp2pqueue.h"
#include "gstp2pthread.h"

G_BEGIN_DECLS

typedef struct _GstP2PPeer GstP2PPeer;
typedef struct _GstP2PBroker GstP2PBroker;
typedef struct _GstP2PHost GstP2PHost;

#define GST_P2P_HOST_WINDOW_MS 10000     /* design: window */
#define GST_P2P_ATTRIBUTE_LEN 128
#define GST_P2P_ID_LEN 20       /* tracker ids (docs/protocol/signalling.md) */

/* Unanswered offers are given up after this; bittorrent-tracker's client takes
 * 50 s, a live listener has found others long before. */
#define GST_P2P_OFFER_TIMEOUT_US (30 * G_USEC_PER_SEC)
/* The same through the overlay, whose neighbours are a round trip away: the way may
 * have gone, and no other link to that peer is made meanwhile. */
#define GST_P2P_OVERLAY_TIMEOUT_US (5 * G_USEC_PER_SEC)
/* From the answer to CONNECTED; libnice gives up after 5 to 8 s itself. */
#define GST_P2P_CONNECT_TIMEOUT_US (12 * G_USEC_PER_SEC)
/* ICE, DTLS and SCTP of one link send so much each way, with IP and UDP headers:
 * 1.6 KB with one candidate, 2.4 KB when one flight of DTLS is repeated
 * (tests/rigs/packets.py). */
#define GST_P2P_LINK_SETUP_BYTES 2500
#define GST_P2P_BAN_US (600 * G_USEC_PER_SEC)
#define GST_P2P_MAX_BANS 1024
#define GST_P2P_MAX_PENDING 32          /* links under way at once, per session */
#define GST_P2P_MAX_CHANNELS 64         /* swarms on one link */
/* In place of a candidate, or the text of a refusal: the offer is withdrawn
 * (docs/protocol/signalling.md) */
#define GST_P2P_WITHDRAWN "withdrawn"

typedef struct _GstP2PView GstP2PView;

struct _GstP2PSession
{
  GObject parent;

  GstP2PThread *thread;
  const GstP2PBackend *backend;
  gpointer backend_data;
  gchar *certificate_path;

  GstP2PTransport *transport;
  P2pPeerId peer_id;
  gchar tracker_id[GST_P2P_ID_LEN + 1];

  GPtrArray *peers;             /* GstP2PPeer, owned */
  GPtrArray *hosts;             /* GstP2PHost, owned */
  GPtrArray *brokers;           /* GstP2PBroker, owned */
  GPtrArray *members;           /* GstP2PMember, borrowed: leaving takes them out */
  GArray *bans;                 /* struct { P2pPeerId id; gint64 until; } */
  P2pLinkId next_link;
  GSource *upkeep;              /* link statistics, time-outs */
  gint64 upkept_at;
  GstP2PView *view;             /* for p2p-top, or NULL */
  gboolean closed;
};

/* ---- gstp2pview.c: on the session thread ---- */
/* NULL unless somebody asked for it (docs/p2p-top.md). */
GstP2PView *gst_p2p_view_new (GstP2PSession * session, GMainContext * context);
void gst_p2p_view_free (GstP2PView * self);

/* ---- one link, from the first offer to the end ---- */
typedef struct
{
  guint32 id;                   /* ours; the peer writes it before its frames */
  GstP2PHost *host;
} GstP2PChannelSlot;

struct _GstP2PPeer
{
  GstP2PSession *session;
  GstP2PLink *link;
  P2pLinkId id;
  gboolean offerer;
  gboolean have_peer_id;
  P2pPeerId peer_id;
  gboolean connected;
  gboolean dead;                /* closed; freed from the context */
  gint64 since;                 /* offered, answered or connected at */
  gboolean answered;
  GArray *channels;             /* GstP2PChannelSlot */
  guint32 next_channel;
  guint32 unacked;              /* as last told to the swarms */

  /* signalling; host is NULL once the link is up */
  GstP2PHost *host;
  GstP2PHost *set_up_for;       /* its swarm counts what the set-up sends, or NULL */
  gchar *description;           /* our offer, kept until it is sent */
  gchar *offer_id;
  GstP2PBroker *broker;         /* through which it goes; NULL = overlay or spare */
  gchar *remote_tracker_id;     /* whom candidates go to, NULL = not known yet */
  GQueue candidates;            /* gchar*, waiting for remote_tracker_id */
  gboolean overlay;
  P2pLinkId overlay_via;
  guint32 overlay_session;
  gboolean overlay_offered;     /* our offer went out, and nobody refused it */
  gboolean says_room;           /* so our description of ourselves in it */
};

GstP2PPeer *gst_p2p_peer_offer (GstP2PHost * host);
GstP2PPeer *gst_p2p_peer_accept (GstP2PHost * host, const gchar * sdp, GError ** error);
void gst_p2p_peer_close (GstP2PPeer * self);
/* From here on the link sends: the swarm of its host reserves what it may take.
 * sdp: the other's description. */
void gst_p2p_peer_begin_set_up (GstP2PPeer * self, const gchar * sdp);
void gst_p2p_peer_report_set_up (GstP2PPeer * self);
/* The network (p2p_prefix_of()) of the first public address in a description, 0 =
 * it has none; and whether the swarm takes one more of it. */
guint32 gst_p2p_sdp_peek_prefix (const gchar * sdp);
gboolean gst_p2p_host_prefix_has_room (GstP2PHost * self, const gchar * sdp);
gboolean gst_p2p_peer_attach (GstP2PPeer * self, GstP2PHost * host);
void gst_p2p_peer_detach (GstP2PPeer * self, GstP2PHost * host);
gboolean gst_p2p_peer_has_host (GstP2PPeer * self, GstP2PHost * host);
/* Feeds the transport's figures to every swarm on the link. */
void gst_p2p_peer_report (GstP2PPeer * self);
/* A connected or connecting link to this peer other than 'except'. */
GstP2PPeer *gst_p2p_session_find_peer (GstP2PSession * session, const P2pPeerId * id, GstP2PPeer * except);
GstP2PPeer *gst_p2p_session_find_link (GstP2PSession * session, P2pLinkId id);
/* TRUE when of two links to one peer the one with us as offerer (or not) is to stay. */
gboolean gst_p2p_session_prefers (GstP2PSession * session, const P2pPeerId * peer, gboolean we_offer);
guint gst_p2p_session_count_pending (GstP2PSession * session);
gboolean gst_p2p_session_is_banned (GstP2PSession * session, const P2pPeerId * id);
void gst_p2p_session_ban (GstP2PSession * session, const P2pPeerId * id);
/* Data is under way on a link; it was the last, and has arrived. */
/* Some swarm's upload cap is another: the transport holds the sum of them. */
void gst_p2p_session_update_cap (GstP2PSession * session);
void gst_p2p_session_wake_upkeep (GstP2PSession * session);
void gst_p2p_session_rest_upkeep (GstP2PSession * session);

/* ---- one rendezvous, shared by the hosts that use its URL ---- */
struct _GstP2PBroker
{
  GstP2PSession *session;
  gchar *url;
  GstP2PRendezvous *rendezvous;
  guint users;
  gboolean connected;
};

GstP2PBroker *gst_p2p_broker_acquire (GstP2PSession * session, const gchar * url);
void gst_p2p_broker_release (GstP2PBroker * self);

/* ---- one swarm ---- */
struct _GstP2PHost
{
  GstP2PSession *session;
  P2pSwarmId swarm_id;
  gchar info_hash[GST_P2P_ID_LEN + 1];
  gboolean publish, relay;
  guint64 max_upload_bps;       /* 0 = no cap */
  P2pSwarm *swarm;
  GSource *timer;               /* ready time = the swarm's next deadline */
  gboolean draining;
  GstP2PSession *retired;       /* owned while it goes on without members, or NULL */
  GSource *end;                 /* and is to be freed */
  GstP2PKey *key;               /* source */
  guint64 epoch;

  GPtrArray *members;           /* GstP2PMember, borrowed: they detach themselves */
  GstP2PMember *publisher;      /* borrowed, NULL for a listener */
  guint32 next_chunk;           /* source: number of the next published chunk */
  GstP2PIceConfig ice;

  GPtrArray *brokers;           /* GstP2PBroker */
  GSource *announce_timer;
  guint members_known;          /* as the rendezvous said */
  guint announces;
  gboolean recounting;          /* the next one is to tell how many listen */
  GQueue offers;                /* of others, waiting for their turn */
  GSource *accept_timer;
  gboolean said_room;           /* what the rendezvous knows of our room */
  gint64 described_at;
  gboolean announced_once;

  /* history for listeners that join in this process later */
  GQueue history;               /* GstP2PItem: newest header, then chunks of the window */
  guint latency_ms;             /* the swarm's: of the most patient listener here */
  gint64 ahead_due;             /* when one that waits less gives something up, or
                                 * any starves; or P2P_TIME_NEVER */
  gboolean joined;
  gboolean publisher_left;
  gint64 publisher_left_at;
};

GstP2PHost *gst_p2p_host_new (GstP2PSession * session, const P2pSwarmId * id, GstP2PMember * first);
void gst_p2p_host_free (GstP2PHost * self);
GstP2PHost *gst_p2p_session_find_host (GstP2PSession * session, const P2pSwarmId * id);
GstP2PHost *gst_p2p_session_find_host_by_hash (GstP2PSession * session, const gchar * info_hash);
void gst_p2p_host_add_member (GstP2PHost * self, GstP2PMember * member);
/* The host goes with the last member: now, or when nobody hangs on it. */
void gst_p2p_host_remove_member (GstP2PHost * self, GstP2PMember * member);
/* After any input to the swarm: acts until there is nothing to do and re-arms
 * the timer. */
void gst_p2p_host_drain (GstP2PHost * self);
void gst_p2p_host_act (GstP2PHost * self, const P2pAction * action);
/* Hands an item to all listeners of this process; transfer full. */
void gst_p2p_host_push (GstP2PHost * self, GstP2PItem * item);
/* A listener that comes later starts at the join point at or before (edge -
 * latency), as one who comes over the network. */
void gst_p2p_host_replay (GstP2PHost * self, GstP2PMember * member);
/* To one of them; transfer full. */
void gst_p2p_host_give (GstP2PHost * self, GstP2PMember * member, GstP2PItem * item);
GBytes *gst_p2p_slice_to_bytes (P2pSlice slice);
/* After members came, left or changed their latency. */
void gst_p2p_host_update_latency (GstP2PHost * self);

/* gstp2pimpatient.c: listeners of one process with latencies of their own */
typedef struct
{
  gboolean begun;               /* an item was given: 'next' is valid */
  guint64 epoch;
  guint32 next;                 /* chunk of it */
  gboolean skipped;             /* the one before that was */
  gint64 began, withheld;       /* monotonic, us; 0 = not yet */
  gboolean may_begin;           /* what was withheld is up to the latency */
  gint64 late_at;               /* the last spell of late chunks */
  guint late_spells;
  gint64 target_us, target_at;  /* 0 = the latency */
  guint64 lost;                 /* chunks not waited for */
} GstP2PPatience;

gboolean gst_p2p_member_is_impatient (GstP2PMember * self);
/* Whether an item of the swarm is for this member now; may change it. What is
 * taken is noted; 'gave' notes what comes from the history. */
gboolean gst_p2p_member_wants (GstP2PMember * self, GstP2PItem * item);
void gst_p2p_member_gave (GstP2PMember * self, const GstP2PItem * item);
/* What has come behind a hole that somebody no longer waits for. */
void gst_p2p_host_run_ahead (GstP2PHost * self);
/* All of it that is here, to one who waits no longer. */
void gst_p2p_host_hand_over (GstP2PHost * self, GstP2PMember * member);
/* Those whose beginning was withheld until it was theirs. */
void gst_p2p_host_begin_impatient (GstP2PHost * self);
/* Puts right what is shared in the swarm's figures and the member's own. */
void gst_p2p_member_own_stats (GstP2PMember * self, P2pSwarmStats * stats, gint64 now);

/* transfer full of bytes */
P2pPayload *gst_p2p_payload_new (GBytes * bytes);
void gst_p2p_host_frame (GstP2PHost * self, GstP2PPeer * peer, GBytes * frame);
void gst_p2p_host_emit (GstP2PHost * self, GstP2PMemberEvent event, GstStructure * structure, const GError * error);
void gst_p2p_host_update_stats (GstP2PHost * self);
gboolean gst_p2p_host_publish_header (GstP2PHost * self, P2pStreamHeader * header);
/* transfer full of data */
gboolean gst_p2p_host_publish_chunk (GstP2PHost * self, guint8 * data, gsize len);

/* gstp2poverlay.c: the same through neighbours */
void gst_p2p_host_overlay_connect (GstP2PHost * self, P2pLinkId via, const P2pPeerId * peer, guint32 session);
void gst_p2p_host_overlay_describe (GstP2PHost * self, GstP2PPeer * peer, const gchar * sdp);
void gst_p2p_host_overlay_candidate (GstP2PHost * self, GstP2PPeer * peer, const gchar * candidate);
void gst_p2p_host_overlay_signal (GstP2PHost * self, P2pLinkId via, const P2pPeerId * from, guint8 kind, guint32 session, const gchar * sdp);
void gst_p2p_host_overlay_withdraw (GstP2PHost * self, GstP2PPeer * peer);
void gst_p2p_session_lose_via (GstP2PSession * session, P2pLinkId via);

/* gstp2psignalling.c: how a host meets others */
/* TRUE: go on with a new link to who described itself so. Each end has one to a peer:
 * another one under way, or an offer that came to nothing, may end here. */
gboolean gst_p2p_host_is_new_peer (GstP2PHost * self, const gchar * sdp, gboolean we_offer);
/* There is room for a link, and upload to set it up, now. */
gboolean gst_p2p_host_may_accept (GstP2PHost * self, const gchar * sdp);
GstP2PPeer *gst_p2p_host_accept (GstP2PHost * self, const gchar * sdp);
void gst_p2p_host_start_signalling (GstP2PHost * self, GstP2PMember * first);
void gst_p2p_host_stop_signalling (GstP2PHost * self);
/* As it is told to the rendezvous. */
P2pIntroRole gst_p2p_host_get_role (GstP2PHost * self);
/* value of the a=x-p2p: line (docs/protocol/signalling.md); out: 128 bytes */
/* TRUE: it says that there is room. */
gboolean gst_p2p_host_describe (GstP2PHost * self, gchar * out);
/* Tells the rendezvous when there is room again, or no more. */
void gst_p2p_host_update_description (GstP2PHost * self);
void gst_p2p_host_want_links (GstP2PHost * self, guint count);
void gst_p2p_host_description_ready (GstP2PHost * self, GstP2PPeer * peer, const gchar * sdp);
void gst_p2p_host_candidate_ready (GstP2PHost * self, GstP2PPeer * peer, const gchar * candidate);
/* Tells who answered this offer, or may, that nothing comes of it: the way it went. */
void gst_p2p_host_withdraw (GstP2PHost * self, GstP2PPeer * peer);
void gst_p2p_host_peer_failed (GstP2PHost * self, GstP2PPeer * peer);
void gst_p2p_host_kick_signalling (GstP2PHost * self);
/* Publisher: somebody came or went, the rendezvous knows how many there are. */
void gst_p2p_host_recount (GstP2PHost * self);
void gst_p2p_host_on_broker_state (GstP2PHost * self, GstP2PBroker * broker, const GError * error);
void gst_p2p_host_on_refused (GstP2PHost * self, GstP2PBroker * broker, const GError * error);
void gst_p2p_host_on_offer (GstP2PHost * self, GstP2PBroker * broker, const gchar * from, const gchar * offer_id, const gchar * sdp);
void gst_p2p_host_on_answer (GstP2PHost * self, GstP2PBroker * broker, const gchar * from, const gchar * offer_id, const gchar * sdp);
void gst_p2p_host_on_candidate (GstP2PHost * self, const gchar * from, const gchar * offer_id, const gchar * candidate);
void gst_p2p_host_on_announced (GstP2PHost * self, const GstP2PAnnounceReply * reply);

/* ---- member ---- */
struct _GstP2PMember
{
  GObject parent;

  GstP2PSession *session;
  GstP2PMemberConfig config;    /* own copies */
  GstP2PKey *key;
  GstP2PMemberFunc func;
  gpointer user_data;
  GDestroyNotify notify;

  /* session thread */
  GstP2PHost *host;
  gint left;                    /* atomic; set under the lock */
  GPtrArray *brokers;           /* GstP2PBroker */
  gpointer server;              /* embedded server, NULL = none */
  GSource *recovery;            /* runs while media is missing */
  gboolean by_name;
  gboolean resolving;
  guint refusals;               /* servers that do not know the name */
  GstP2PChannel directory;      /* source: what it publishes */

  GstP2PQueue *queue;           /* listener */
  GstP2PPatience patience;
  gint64 given_at;              /* the newest chunk; 0 = none, or no more come */
  gboolean starving;
  gint64 starving_since;
  gboolean publisher_left;      /* and it was told so */

  GMutex lock;                  /* leaf */
  gboolean have_swarm_id;
  P2pSwarmId swarm_id;
  P2pSwarmStats stats;
  GArray *neighbours;           /* P2pNeighbourStats */
  gint64 stats_wanted;          /* when somebody last asked */
  gint64 stats_at;
  gint64 clock_local;           /* g_get_monotonic_time() of clock_ntp, 0 = unknown */
  P2pNtp clock_ntp;
  guint32 clock_error_us;
  guint16 port;
  gint64 newest, handed_over;
  guint waiting;                /* published chunks the session has not taken yet */
  guint next_timer;
  GHashTable *timers;           /* id -> GSource */
};

void gst_p2p_member_emit (GstP2PMember * self, GstP2PMemberEvent event, const GstStructure * structure, const GError * error);
void gst_p2p_member_push (GstP2PMember * self, GstP2PItem * item);
void gst_p2p_member_start (GstP2PMember * self);
/* title, description, genre, homepage, caps */
void gst_p2p_member_update_directory (GstP2PMember * self, const gchar * const *fields);
void gst_p2p_member_set_swarm_id (GstP2PMember * self, const P2pSwarmId * id);
/* Media is missing: asks the rendezvous again and again; one who came by name
 * also asks the directory, which may know the publisher's new swarm. */
void gst_p2p_member_start_recovery (GstP2PMember * self);
/* Tells it, when that is new to it. */
void gst_p2p_member_set_starving (GstP2PMember * self, gboolean starving);
void gst_p2p_member_set_publisher_left (GstP2PMember * self, gboolean left);
void gst_p2p_member_on_published (GstP2PMember * self, GstP2PBroker * broker, const GError * error);
void gst_p2p_member_on_resolved (GstP2PMember * self, GstP2PBroker * broker, const GstP2PChannel * channel, const GError * error);
void gst_p2p_member_on_broker_state (GstP2PMember * self, GstP2PBroker * broker, const GError * error);

/* one-shot or repeating source on the session's context; unref'd by the caller
 * after g_source_destroy() */
GSource *gst_p2p_session_add_timeout (GstP2PSession * session, guint ms, GSourceFunc func, gpointer data);

G_END_DECLS
#endif
