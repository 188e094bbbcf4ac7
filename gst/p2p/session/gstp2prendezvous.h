/* gst-plugins-p2p
 *
 * This library is free software; you can redistribute it and/or
 * modify it under the terms of the GNU Lesser General Public
 * License as published by the Free Software Foundation; either
 * version 2.1 of the License, or (at your option) any later version.
 */
/* gstp2prendezvous.h: how a session finds members of a swarm.
 *
 * Speaks the WebTorrent tracker protocol (ext/rendezvous over a WebSocket), or
 * meets in one process (gstp2ploopback). Calls and callbacks on the thread of
 * the GMainContext it was made with; callbacks never come from inside a call.
 * Reconnects by itself: 1 s doubling to 60 s with jitter.
 */
#ifndef GST_P2P_RENDEZVOUS_H
#define GST_P2P_RENDEZVOUS_H

#include <gio/gio.h>
#include "../core/base/p2ptypes.h"

G_BEGIN_DECLS

#define GST_P2P_TYPE_RENDEZVOUS (gst_p2p_rendezvous_get_type ())
G_DECLARE_INTERFACE (GstP2PRendezvous, gst_p2p_rendezvous, GST_P2P, RENDEZVOUS, GObject)

typedef struct { const gchar *offer_id; const gchar *sdp; } GstP2POffer;

typedef enum { GST_P2P_ANNOUNCE_STARTED, GST_P2P_ANNOUNCE_UPDATE,
  GST_P2P_ANNOUNCE_COMPLETED, GST_P2P_ANNOUNCE_STOPPED } GstP2PAnnounceEvent;

typedef struct
{
  guint interval_s;
  guint complete, incomplete;   /* members */
  guint rate_kbps;              /* of the stream (our server), 0: not known */
  const gchar *ice_servers;     /* JSON array (our server), or NULL */
  const gchar *warning;         /* "warning message", or NULL */
} GstP2PAnnounceReply;

/* One entry of the channel directory. */
typedef struct
{
  gchar *name;                  /* 1-40 of [a-z0-9._-] */
  P2pSwarmId swarm_id;
  gchar *title, *description, *genre, *homepage, *caps; /* may be NULL */
  guint listeners;
  gchar *ice_servers;           /* JSON array text, may be NULL */
} GstP2PChannel;
void gst_p2p_channel_clear (GstP2PChannel * channel);

typedef struct
{
  /* Connected (error NULL) or lost / could not connect (error set; it goes on
   * trying unless fatal). */
  void (*state) (GstP2PRendezvous * r, gboolean connected, const GError * error, gpointer user_data);
  void (*announced) (GstP2PRendezvous * r, const gchar * info_hash, const GstP2PAnnounceReply * reply, gpointer user_data);
  void (*offer) (GstP2PRendezvous * r, const gchar * info_hash, const gchar * peer_id, const gchar * offer_id, const gchar * sdp, gpointer user_data);
  void (*answer) (GstP2PRendezvous * r, const gchar * info_hash, const gchar * peer_id, const gchar * offer_id, const gchar * sdp, gpointer user_data);
  /* trickled, our own server only; candidate NULL = end */
  void (*candidate) (GstP2PRendezvous * r, const gchar * info_hash, const gchar * peer_id, const gchar * offer_id, const gchar * candidate, gpointer user_data);
  /* "failure reason" of the server */
  void (*failure) (GstP2PRendezvous * r, const gchar * info_hash, const gchar * reason, gpointer user_data);
  /* answer to resolve(); channel NULL and error set when unknown */
  void (*resolved) (GstP2PRendezvous * r, const gchar * name, const GstP2PChannel * channel, const GError * error, gpointer user_data);
  /* answer to publish_channel() */
  void (*published) (GstP2PRendezvous * r, const gchar * name, const GError * error, gpointer user_data);
} GstP2PRendezvousCallbacks;

/* Signs a directory record: fills signature (64 bytes) over bytes. */
typedef void (*GstP2PSignFunc) (const guint8 * bytes, gsize len, guint8 * signature, gpointer user_data);

struct _GstP2PRendezvousInterface
{
  GTypeInterface parent_iface;
  void (*set_callbacks) (GstP2PRendezvous * self, const GstP2PRendezvousCallbacks * callbacks, gpointer user_data);
  void (*open) (GstP2PRendezvous * self);
  void (*announce) (GstP2PRendezvous * self, const gchar * info_hash, const gchar * peer_id, GstP2PAnnounceEvent event, gboolean seeder, const GstP2POffer * offers, guint n_offers);
  void (*describe) (GstP2PRendezvous * self, const gchar * info_hash, const gchar * peer_id, const gchar * attribute);
  void (*answer) (GstP2PRendezvous * self, const gchar * info_hash, const gchar * peer_id, const gchar * to_peer_id, const gchar * offer_id, const gchar * sdp);
  void (*candidate) (GstP2PRendezvous * self, const gchar * info_hash, const gchar * peer_id, const gchar * to_peer_id, const gchar * offer_id, const gchar * candidate);
  void (*resolve) (GstP2PRendezvous * self, const gchar * name);
  void (*publish_channel) (GstP2PRendezvous * self, const GstP2PChannel * channel, GstP2PSignFunc sign, gpointer user_data);
  void (*close) (GstP2PRendezvous * self);
  gboolean (*is_connected) (GstP2PRendezvous * self);
};

void gst_p2p_rendezvous_set_callbacks (GstP2PRendezvous * self, const GstP2PRendezvousCallbacks * callbacks, gpointer user_data);
/* Starts connecting; what is said before it is connected is sent then. Called
 * again while it waits to reconnect, it tries at once, at most once a second. */
void gst_p2p_rendezvous_open (GstP2PRendezvous * self);
/* info_hash, peer_id, offer_id: 20 printable ASCII characters (docs/protocol/signalling.md).
 * At most 5 offers. */
void gst_p2p_rendezvous_announce (GstP2PRendezvous * self, const gchar * info_hash, const gchar * peer_id, GstP2PAnnounceEvent event, gboolean seeder, const GstP2POffer * offers, guint n_offers);
/* Tells how this member is now (value of the a=x-p2p line) without an offer, e.g.
 * that it has no more room; dropped silently where the server is not ours. */
void gst_p2p_rendezvous_describe (GstP2PRendezvous * self, const gchar * info_hash, const gchar * peer_id, const gchar * attribute);
void gst_p2p_rendezvous_answer (GstP2PRendezvous * self, const gchar * info_hash, const gchar * peer_id, const gchar * to_peer_id, const gchar * offer_id, const gchar * sdp);
/* Trickles a candidate to a peer whose offer or answer we have; dropped
 * silently where the server is not ours. */
void gst_p2p_rendezvous_candidate (GstP2PRendezvous * self, const gchar * info_hash, const gchar * peer_id, const gchar * to_peer_id, const gchar * offer_id, const gchar * candidate);
void gst_p2p_rendezvous_resolve (GstP2PRendezvous * self, const gchar * name);
/* Registers or updates a name; repeated by itself after a reconnect. sign is
 * called whenever the server sends a nonce, until close(). */
void gst_p2p_rendezvous_publish_channel (GstP2PRendezvous * self, const GstP2PChannel * channel, GstP2PSignFunc sign, gpointer user_data);
/* Says "stopped" for everything announced, as far as the socket takes it at once, then closes. */
void gst_p2p_rendezvous_close (GstP2PRendezvous * self);
gboolean gst_p2p_rendezvous_is_connected (GstP2PRendezvous * self);

/* ids of docs/protocol/signalling.md; out has room for 21 bytes with the 0 */
void gst_p2p_info_hash (const guint8 * swarm_id, gsize len, const gchar * group_secret, gchar out[21]);

G_END_DECLS
#endif
