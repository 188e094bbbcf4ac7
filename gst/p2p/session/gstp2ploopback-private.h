/* gst-plugins-p2p
 *
 * This library is free software; you can redistribute it and/or
 * modify it under the terms of the GNU Lesser General Public
 * License as published by the Free Software Foundation; either
 * version 2.1 of the License, or (at your option) any later version.
 */
/* gstp2ploopback-private.h: what the two halves of the loopback share. */
#ifndef GST_P2P_LOOPBACK_PRIVATE_H
#define GST_P2P_LOOPBACK_PRIVATE_H

#include "gstp2ploopback.h"
#include "gstp2pthread.h"

G_BEGIN_DECLS

struct _GstP2PLoopbackHub
{
  gint refs;                    /* atomic */
  GstP2PThread *thread;
  guint delay_us, gathering_us, loss_permille;
  GRand *rand;
  GHashTable *links;            /* token -> link, borrowed */
  guint last_token;
  gint answers;                 /* atomic */
  GPtrArray *rendezvous;        /* borrowed */
  GPtrArray *channels;          /* GstP2PChannel, owned */
  gboolean up, cut;
  GstP2PLoopbackFilter filter;
  gpointer filter_data;
};

#define GST_P2P_TYPE_LOOPBACK_TRANSPORT (gst_p2p_loopback_transport_get_type ())
G_DECLARE_FINAL_TYPE (GstP2PLoopbackTransport, gst_p2p_loopback_transport, GST_P2P, LOOPBACK_TRANSPORT, GObject)
#define GST_P2P_TYPE_LOOPBACK_LINK (gst_p2p_loopback_link_get_type ())
G_DECLARE_FINAL_TYPE (GstP2PLoopbackLink, gst_p2p_loopback_link, GST_P2P, LOOPBACK_LINK, GstP2PLink)

struct _GstP2PLoopbackTransport
{
  GObject parent;
  GstP2PLoopbackHub *hub;       /* owned */
  GMainContext *context;
  P2pPeerId peer_id;
};

GstP2PRendezvous *gst_p2p_loopback_new_rendezvous (GMainContext * context, const gchar * url, gpointer user_data);
guint gst_p2p_loopback_rendezvous_count_full (GstP2PLoopbackHub * hub);
void gst_p2p_loopback_channel_free (gpointer channel);
GstP2PLoopbackHub *gst_p2p_loopback_hub_ref (GstP2PLoopbackHub * hub);

G_END_DECLS
#endif
