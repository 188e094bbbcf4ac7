/* gst-plugins-p2p
 *
 * This library is free software; you can redistribute it and/or
 * modify it under the terms of the GNU Lesser General Public
 * License as published by the Free Software Foundation; either
 * version 2.1 of the License, or (at your option) any later version.
 */
/* gstp2prendezvous.c: the rendezvous interface's functions and what every
 * implementation shares (directory entries, ids). No state here; thread as the
 * header says.
 */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include <string.h>

#include "gstp2prendezvous.h"

/* 15 bytes are 20 characters of base64url, without padding. */
#define INFO_HASH_BYTES 15

G_DEFINE_INTERFACE (GstP2PRendezvous, gst_p2p_rendezvous, G_TYPE_OBJECT);

static void
gst_p2p_rendezvous_default_init (GstP2PRendezvousInterface * iface)
{
}

void
gst_p2p_rendezvous_set_callbacks (GstP2PRendezvous * self,
    const GstP2PRendezvousCallbacks * callbacks, gpointer user_data)
{
  g_return_if_fail (GST_P2P_IS_RENDEZVOUS (self));

  GST_P2P_RENDEZVOUS_GET_IFACE (self)->set_callbacks (self, callbacks,
      user_data);
}

void
gst_p2p_rendezvous_open (GstP2PRendezvous * self)
{
  g_return_if_fail (GST_P2P_IS_RENDEZVOUS (self));

  GST_P2P_RENDEZVOUS_GET_IFACE (self)->open (self);
}

void
gst_p2p_rendezvous_announce (GstP2PRendezvous * self, const gchar * info_hash,
    const gchar * peer_id, GstP2PAnnounceEvent event, gboolean seeder,
    const GstP2POffer * offers, guint n_offers)
{
  g_return_if_fail (GST_P2P_IS_RENDEZVOUS (self));
  g_return_if_fail (info_hash != NULL && peer_id != NULL);
  g_return_if_fail (offers != NULL || n_offers == 0);

  GST_P2P_RENDEZVOUS_GET_IFACE (self)->announce (self, info_hash, peer_id,
      event, seeder, offers, n_offers);
}

void
gst_p2p_rendezvous_describe (GstP2PRendezvous * self,
    const gchar * info_hash, const gchar * peer_id, const gchar * attribute)
{
  g_return_if_fail (GST_P2P_IS_RENDEZVOUS (self));
  g_return_if_fail (info_hash != NULL && peer_id != NULL && attribute != NULL);

  GST_P2P_RENDEZVOUS_GET_IFACE (self)->describe (self, info_hash, peer_id,
      attribute);
}

void
gst_p2p_rendezvous_answer (GstP2PRendezvous * self, const gchar * info_hash,
    const gchar * peer_id, const gchar * to_peer_id, const gchar * offer_id,
    const gchar * sdp)
{
  g_return_if_fail (GST_P2P_IS_RENDEZVOUS (self));
  g_return_if_fail (info_hash != NULL && peer_id != NULL);
  g_return_if_fail (to_peer_id != NULL && offer_id != NULL && sdp != NULL);

  GST_P2P_RENDEZVOUS_GET_IFACE (self)->answer (self, info_hash, peer_id,
      to_peer_id, offer_id, sdp);
}

void
gst_p2p_rendezvous_candidate (GstP2PRendezvous * self, const gchar * info_hash,
    const gchar * peer_id, const gchar * to_peer_id, const gchar * offer_id,
    const gchar * candidate)
{
  g_return_if_fail (GST_P2P_IS_RENDEZVOUS (self));
  g_return_if_fail (info_hash != NULL && peer_id != NULL && offer_id != NULL);

  GST_P2P_RENDEZVOUS_GET_IFACE (self)->candidate (self, info_hash, peer_id,
      to_peer_id, offer_id, candidate);
}

void
gst_p2p_rendezvous_resolve (GstP2PRendezvous * self, const gchar * name)
{
  g_return_if_fail (GST_P2P_IS_RENDEZVOUS (self));

  GST_P2P_RENDEZVOUS_GET_IFACE (self)->resolve (self, name ? name : "");
}

void
gst_p2p_rendezvous_publish_channel (GstP2PRendezvous * self,
    const GstP2PChannel * channel, GstP2PSignFunc sign, gpointer user_data)
{
  g_return_if_fail (GST_P2P_IS_RENDEZVOUS (self));
  g_return_if_fail (channel != NULL && channel->name != NULL && sign != NULL);

  GST_P2P_RENDEZVOUS_GET_IFACE (self)->publish_channel (self, channel, sign,
      user_data);
}

void
gst_p2p_rendezvous_close (GstP2PRendezvous * self)
{
  g_return_if_fail (GST_P2P_IS_RENDEZVOUS (self));

  GST_P2P_RENDEZVOUS_GET_IFACE (self)->close (self);
}

gboolean
gst_p2p_rendezvous_is_connected (GstP2PRendezvous * self)
{
  g_return_val_if_fail (GST_P2P_IS_RENDEZVOUS (self), FALSE);

  return GST_P2P_RENDEZVOUS_GET_IFACE (self)->is_connected (self);
}

void
gst_p2p_channel_clear (GstP2PChannel * channel)
{
  g_clear_pointer (&channel->name, g_free);
  g_clear_pointer (&channel->title, g_free);
  g_clear_pointer (&channel->description, g_free);
  g_clear_pointer (&channel->genre, g_free);
  g_clear_pointer (&channel->homepage, g_free);
  g_clear_pointer (&channel->caps, g_free);
  g_clear_pointer (&channel->ice_servers, g_free);
  memset (&channel->swarm_id, 0, sizeof (channel->swarm_id));
  channel->listeners = 0;
}

void
gst_p2p_info_hash (const guint8 * swarm_id, gsize len,
    const gchar * group_secret, gchar out[21])
{
  g_autoptr (GChecksum) sum = g_checksum_new (G_CHECKSUM_SHA256);
  g_autofree gchar *text = NULL;
  guint8 digest[32];
  gsize digest_len = sizeof (digest);

  g_checksum_update (sum, swarm_id, len);
  if (group_secret != NULL)
    g_checksum_update (sum, (const guchar *) group_secret,
        strlen (group_secret));
  g_checksum_get_digest (sum, digest, &digest_len);
  text = g_base64_encode (digest, INFO_HASH_BYTES);
  g_strdelimit (text, "+", '-');
  g_strdelimit (text, "/", '_');
  memcpy (out, text, 20);
  out[20] = '\0';
}
