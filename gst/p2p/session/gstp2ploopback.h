/* gst-plugins-p2p
 *
 * This library is free software; you can redistribute it and/or
 * modify it under the terms of the GNU Lesser General Public
 * License as published by the Free Software Foundation; either
 * version 2.1 of the License, or (at your option) any later version.
 */
/* gstp2ploopback.h: transport, rendezvous and directory inside one process.
 *
 * For tests and examples: sessions that share a hub meet through it, without
 * sockets. Messages arrive whole, after the hub's delay; a lost message of a
 * reliable stream arrives one delay later, of the real-time stream never.
 * Everything runs on the process's session thread; a hub may be made and let go
 * of anywhere, and lives as long as a session that uses it.
 */
#ifndef GST_P2P_LOOPBACK_H
#define GST_P2P_LOOPBACK_H

#include "gstp2psession.h"

G_BEGIN_DECLS

typedef struct _GstP2PLoopbackHub GstP2PLoopbackHub;

/* delay_us one way; loss in 1/1000; seed of the loss. */
GstP2PLoopbackHub *gst_p2p_loopback_hub_new (guint delay_us, guint loss_permille, guint32 seed);
void gst_p2p_loopback_hub_unref (GstP2PLoopbackHub * hub);
/* For gst_p2p_session_new(); user_data is the hub. Any rendezvous URL leads to
 * the hub; every (address, port) of an embedded server is free. */
const GstP2PBackend *gst_p2p_loopback_backend (void);
/* While it is away, rendezvous are not connected. Any thread. */
void gst_p2p_loopback_hub_set_rendezvous_up (GstP2PLoopbackHub * hub, gboolean up);
/* Cuts or mends all links that exist (messages vanish, nobody is told). Any thread. */
void gst_p2p_loopback_hub_set_cut (GstP2PLoopbackHub * hub, gboolean cut);
/* How long a link's description takes to be ready; 0 at first. Any thread. */
void gst_p2p_loopback_hub_set_gathering (GstP2PLoopbackHub * hub, guint us);
/* Members that the rendezvous takes for full, after what they said last in an
 * announce's first offer, an answer or a description. Any thread. */
guint gst_p2p_loopback_hub_count_full (GstP2PLoopbackHub * hub);
/* Answers that have come to who offered. Any thread. */
guint gst_p2p_loopback_hub_count_answers (GstP2PLoopbackHub * hub);
/* Called for each message on its way, on the session thread; may change the
 * copy it is given (forgery) and returns FALSE to lose it. NULL = none. */
typedef gboolean (*GstP2PLoopbackFilter) (guint16 stream, GByteArray * message, gpointer user_data);
void gst_p2p_loopback_hub_set_filter (GstP2PLoopbackHub * hub, GstP2PLoopbackFilter filter, gpointer user_data);

G_END_DECLS
#endif
