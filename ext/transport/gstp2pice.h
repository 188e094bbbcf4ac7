/* gst-plugins-p2p
 *
 * This library is free software; you can redistribute it and/or
 * modify it under the terms of the GNU Lesser General Public
 * License as published by the Free Software Foundation; either
 * version 2.1 of the License, or (at your option) any later version.
 */
/* gstp2pice.h: one ICE agent with one component (libnice): a datagram path to a
 * peer. One thread, that of its GMainContext. Callbacks come from the context,
 * never from inside a call.
 */
#ifndef GST_P2P_ICE_H
#define GST_P2P_ICE_H

#include "../../gst/p2p/session/gstp2ptransport.h"

G_BEGIN_DECLS

typedef struct _GstP2PIce GstP2PIce;

typedef struct
{
  /* A local candidate, "candidate:..."; NULL = there are no more. */
  void (*candidate) (const gchar * candidate, gpointer user_data);
  /* Datagrams pass (again). */
  void (*connected) (gpointer user_data);
  /* Final: no pair works, or the peer's consent ran out. */
  void (*failed) (gpointer user_data);
  void (*datagram) (const guint8 * data, gsize len, gpointer user_data);
} GstP2PIceCallbacks;

/* Gathers at once. The offerer controls; libnice does not let that be changed
 * once it gathers. callbacks may be NULL until _set_callbacks (an agent kept
 * warm); candidates are kept and told then. config is copied. */
GstP2PIce *gst_p2p_ice_new (GMainContext * context, const GstP2PIceConfig * config, gboolean controlling, GError ** error);
void gst_p2p_ice_set_callbacks (GstP2PIce * self, const GstP2PIceCallbacks * callbacks, gpointer user_data);
gboolean gst_p2p_ice_matches (GstP2PIce * self, const GstP2PIceConfig * config);
/* Gathering is over. */
gboolean gst_p2p_ice_is_gathered (GstP2PIce * self);
/* A STUN or TURN server was asked, so that waiting for more candidates pays. */
gboolean gst_p2p_ice_uses_server (GstP2PIce * self);
/* transfer none */
const gchar *gst_p2p_ice_get_ufrag (GstP2PIce * self);
const gchar *gst_p2p_ice_get_pwd (GstP2PIce * self);
void gst_p2p_ice_set_remote (GstP2PIce * self, const gchar * ufrag, const gchar * pwd);
/* FALSE: it was dropped (cap, .local, fe80, TCP or not understood). */
gboolean gst_p2p_ice_add_candidate (GstP2PIce * self, const gchar * candidate);
void gst_p2p_ice_end_of_candidates (GstP2PIce * self);
gboolean gst_p2p_ice_send (GstP2PIce * self, const guint8 * data, gsize len);
/* What is sent between begin and end leaves at the end, in as few system calls
 * as may be. */
/* Bytes of IP, UDP and TURN under a datagram. */
guint gst_p2p_ice_get_overhead (GstP2PIce * self);
void gst_p2p_ice_batch (GstP2PIce * self, gboolean begin);
/* Fills wire counters, path, addresses and prefix. */
void gst_p2p_ice_get_stats (GstP2PIce * self, GstP2PLinkStats * stats);
/* The agent goes from the context; may be called inside a callback. */
void gst_p2p_ice_free (GstP2PIce * self);

G_END_DECLS
#endif
