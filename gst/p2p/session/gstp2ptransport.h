/* gst-plugins-p2p
 *
 * This library is free software; you can redistribute it and/or
 * modify it under the terms of the GNU Lesser General Public
 * License as published by the Free Software Foundation; either
 * version 2.1 of the License, or (at your option) any later version.
 */
/* gstp2ptransport.h: how a session gets links to peers, whatever makes them.
 *
 * Two implementations: ext/transport (ICE + DTLS + SCTP) and gstp2ploopback (in
 * one process, with delay and loss, for tests). All calls and all callbacks
 * happen on the thread of the GMainContext the transport was made with; no
 * callback is made from inside a call (they come from the context).
 */
#ifndef GST_P2P_TRANSPORT_H
#define GST_P2P_TRANSPORT_H

#include <gio/gio.h>
#include <gst/gst.h>
#include "../core/base/p2ptypes.h"

G_BEGIN_DECLS

#define GST_P2P_TYPE_TRANSPORT (gst_p2p_transport_get_type ())
G_DECLARE_INTERFACE (GstP2PTransport, gst_p2p_transport, GST_P2P, TRANSPORT, GObject)
#define GST_P2P_TYPE_LINK (gst_p2p_link_get_type ())
G_DECLARE_DERIVABLE_TYPE (GstP2PLink, gst_p2p_link, GST_P2P, LINK, GObject)

typedef enum
{
  GST_P2P_LINK_STATE_NEW,
  GST_P2P_LINK_STATE_GATHERING, /* local description not out yet */
  GST_P2P_LINK_STATE_CONNECTING,
  GST_P2P_LINK_STATE_CONNECTED,
  GST_P2P_LINK_STATE_CLOSING,
  GST_P2P_LINK_STATE_CLOSED,    /* final */
  GST_P2P_LINK_STATE_FAILED     /* final */
} GstP2PLinkState;
const gchar *gst_p2p_link_state_to_string (GstP2PLinkState state);

typedef enum { GST_P2P_SEND_OK, GST_P2P_SEND_FULL, GST_P2P_SEND_CLOSED } GstP2PSendResult;

typedef struct
{
  guint64 wire_sent, wire_received;     /* bytes of UDP datagrams with IP and UDP headers */
  guint64 packets_sent, packets_received;
  guint64 messages_sent, messages_received;
  guint32 unacked;              /* message bytes handed to send() and not acknowledged */
  guint32 srtt_us;              /* SCTP's, 0 = not known */
  gint64 last_received;         /* g_get_monotonic_time() of the newest datagram */
  gint path;                    /* P2pPathType of core/swarm: 0 unknown 1 host 2 server-reflexive 3 relay */
  guint32 prefix;               /* hash of the remote /24 or /48 */
  gchar local_address[64], remote_address[64];  /* "ip:port", may be empty */
} GstP2PLinkStats;

typedef struct
{
  /* The offer or answer is ready to be sent; may still lack candidates. */
  void (*local_description) (GstP2PLink * link, const gchar * sdp, gpointer user_data);
  /* Trickled candidate ("candidate:..."), or NULL when gathering is done. */
  void (*local_candidate) (GstP2PLink * link, const gchar * candidate, gpointer user_data);
  /* error is set for FAILED only. After CLOSED and FAILED nothing more comes. */
  void (*state_changed) (GstP2PLink * link, GstP2PLinkState state, const GError * error, gpointer user_data);
  /* A whole message, at most P2P_MAX_MESSAGE bytes. Never before CONNECTED: the
   * answer to it can be sent at once. */
  void (*message) (GstP2PLink * link, guint16 stream, GBytes * message, gpointer user_data);
  /* unacked fell to 0, or below half of what it was when send() said FULL. */
  void (*writable) (GstP2PLink * link, gpointer user_data);
} GstP2PLinkCallbacks;

struct _GstP2PLinkClass
{
  GObjectClass parent_class;
  gboolean (*set_answer) (GstP2PLink * link, const gchar * sdp, GError ** error);
  gboolean (*add_candidate) (GstP2PLink * link, const gchar * candidate, GError ** error);
  GstP2PSendResult (*send) (GstP2PLink * link, guint16 stream, const guint8 * head, gsize head_len, GBytes * body, gsize offset, gsize len);
  void (*pause_reading) (GstP2PLink * link, gboolean pause);
  void (*close) (GstP2PLink * link);
  void (*get_stats) (GstP2PLink * link, GstP2PLinkStats * stats);
  void (*set_thrifty) (GstP2PLink * link);
  gpointer padding[7];
};

/* callbacks is static; user_data outlives the link's final state or until
 * gst_p2p_link_set_callbacks (link, NULL, NULL). */
void gst_p2p_link_set_callbacks (GstP2PLink * link, const GstP2PLinkCallbacks * callbacks, gpointer user_data);
/* Given the SDP answer of the other side. Offerer only, once. */
gboolean gst_p2p_link_set_answer (GstP2PLink * link, const gchar * sdp, GError ** error);
/* At most 32 remote candidates; more are dropped without error, as are .local and fe80. */
gboolean gst_p2p_link_add_candidate (GstP2PLink * link, const gchar * candidate, GError ** error);
/* One message = head then body[offset, offset + len) (body may be NULL). Never
 * blocks. FULL takes nothing; it comes only beyond 1 MiB queued. */
GstP2PSendResult gst_p2p_link_send (GstP2PLink * link, guint16 stream, const guint8 * head, gsize head_len, GBytes * body, gsize offset, gsize len);
/* Stops reading for the whole association (SCTP window closes). */
void gst_p2p_link_pause_reading (GstP2PLink * link, gboolean pause);
/* Upload is scarce: from now on nothing is sent again to a peer of whom nothing
 * comes. A transport that can't do that need not. */
void gst_p2p_link_set_thrifty (GstP2PLink * link);
/* What is queued is flushed at once as far as the network takes it; then ABORT. */
void gst_p2p_link_close (GstP2PLink * link);
void gst_p2p_link_get_stats (GstP2PLink * link, GstP2PLinkStats * stats);
GstP2PLinkState gst_p2p_link_get_state (GstP2PLink * link);
gboolean gst_p2p_link_is_offerer (GstP2PLink * link);
/* SHA-256 of the remote certificate: FALSE before the remote description is
 * known; proved by DTLS once CONNECTED. */
gboolean gst_p2p_link_get_peer_id (GstP2PLink * link, P2pPeerId * out);
/* Value of the remote description's a=x-p2p: line, or NULL. transfer none. */
const gchar *gst_p2p_link_get_remote_attribute (GstP2PLink * link);

/* for implementations */
void gst_p2p_link_emit_local_description (GstP2PLink * link, const gchar * sdp);
void gst_p2p_link_emit_local_candidate (GstP2PLink * link, const gchar * candidate);
void gst_p2p_link_emit_message (GstP2PLink * link, guint16 stream, GBytes * message);
void gst_p2p_link_emit_writable (GstP2PLink * link);
/* checks the edge, logs old, new and cause, calls back */
void gst_p2p_link_set_state (GstP2PLink * link, GstP2PLinkState state, const GError * error);
void gst_p2p_link_set_offerer (GstP2PLink * link, gboolean offerer);
void gst_p2p_link_set_peer_id (GstP2PLink * link, const P2pPeerId * id);
void gst_p2p_link_set_remote_attribute (GstP2PLink * link, const gchar * value);

typedef struct
{
  gchar *stun_server;           /* "stun://host:port" or NULL */
  gchar **turn_servers;         /* "turn(s)://user:password@host:port?transport=udp|tcp", may be NULL */
  gboolean relay_only;          /* ice-transport-policy=relay */
  gboolean use_loopback;        /* add 127.0.0.1 (::1 where it is alone) beside the real addresses: the rendezvous is there */
} GstP2PIceConfig;

/* Strings are copied; clear frees them. */
void gst_p2p_ice_config_copy (GstP2PIceConfig * to, const GstP2PIceConfig * from);
void gst_p2p_ice_config_clear (GstP2PIceConfig * config);
/* The URI of a server, which a stranger may have named; NULL when it is none. A % that
 * is no escape ends the process in gst_uri_from_string() (GStreamer 1.22). transfer
 * full */
GstUri *gst_p2p_ice_server_parse (const gchar * text);

struct _GstP2PTransportInterface
{
  GTypeInterface parent_iface;
  GstP2PLink *(*create_offer) (GstP2PTransport * self, const GstP2PIceConfig * ice, const gchar * attribute);
  GstP2PLink *(*accept_offer) (GstP2PTransport * self, const GstP2PIceConfig * ice, const gchar * attribute, const gchar * sdp, GError ** error);
  void (*get_peer_id) (GstP2PTransport * self, P2pPeerId * out);
  void (*warm_up) (GstP2PTransport * self, const GstP2PIceConfig * ice);
  void (*set_max_upload) (GstP2PTransport * self, guint64 bps);
};

/* A link that makes an offer: local_description comes once, from the context.
 * attribute = value for the a=x-p2p: line (printable ASCII), or NULL. transfer full */
GstP2PLink *gst_p2p_transport_create_offer (GstP2PTransport * self, const GstP2PIceConfig * ice, const gchar * attribute);
/* A link that answers. NULL and error for an SDP that is not acceptable. transfer full */
GstP2PLink *gst_p2p_transport_accept_offer (GstP2PTransport * self, const GstP2PIceConfig * ice, const gchar * attribute, const gchar * sdp, GError ** error);
/* own identity: SHA-256 of the DTLS certificate */
void gst_p2p_transport_get_peer_id (GstP2PTransport * self, P2pPeerId * out);
/* Gathers an agent ahead of time, so that the next accept_offer is quick. */
void gst_p2p_transport_warm_up (GstP2PTransport * self, const GstP2PIceConfig * ice);
/* All links together send no more than this, every header counted, in any two
 * seconds: what would be beyond waits. bit/s, 0 = no cap. Optional: without it the
 * swarms' caps hold as far as they know what is sent. */
void gst_p2p_transport_set_max_upload (GstP2PTransport * self, guint64 bps);
/* Peer id in an SDP's a=fingerprint (sha-256) and its a=x-p2p value, without making a link.
 * attribute: transfer full, may be NULL */
gboolean gst_p2p_sdp_peek (const gchar * sdp, P2pPeerId * peer_id, gchar ** attribute);
/* "sha-256 AB:CD:..." (any case) to a peer id. */
gboolean gst_p2p_sdp_parse_fingerprint (const gchar * value, P2pPeerId * out);
/* Printable ASCII, 1 to 1,024 characters: fit for an a=x-p2p: line. */
gboolean gst_p2p_sdp_check_attribute (const gchar * value);

G_END_DECLS
#endif
