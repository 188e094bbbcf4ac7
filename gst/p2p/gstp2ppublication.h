/* gst-plugins-p2p
 *
 * This library is free software; you can redistribute it and/or
 * modify it under the terms of the GNU Lesser General Public
 * License as published by the Free Software Foundation; either
 * version 2.1 of the License, or (at your option) any later version.
 */
/* gstp2ppublication.h: where a broadcaster publishes, and what it tells of that:
 * the addresses for listeners, and that new ones do not find it.
 *
 * Owner: p2psink. Its fields are guarded by the element's object lock, which the
 * functions take themselves, but for what start and end alone set.
 */
#ifndef GST_P2P_PUBLICATION_H
#define GST_P2P_PUBLICATION_H

#include "gstp2pstation.h"

G_BEGIN_DECLS

/* Ids of the properties, behind those of gstp2pdescription.h. */
enum
{
  GST_P2P_PROP_BIND_ADDRESS = 24,
  GST_P2P_PROP_PORT,
  GST_P2P_PROP_PUBLIC_HOST,
  GST_P2P_PROP_CHANNEL,
  GST_P2P_PROP_KEY_LOCATION,
  GST_P2P_PROP_URI,
  GST_P2P_PROP_WEB_URI
};

typedef struct
{
  GstP2PStation *station;

  /* properties */
  gchar *bind_address;
  guint port;
  gchar *public_host;
  gchar *channel;
  gchar *key_location;

  /* what they show while running */
  gchar *uri, *web_uri;

  gchar *server;                /* rendezvous that listeners are sent to; NULL = embedded */
  GstP2PKey *key;
  gboolean by_id;               /* it keeps no names */
  GHashTable *lost;             /* set of rendezvous URLs told of; session thread */
} GstP2PPublication;

void gst_p2p_publication_install (GObjectClass * klass);
void gst_p2p_publication_init (GstP2PPublication * self, GstP2PStation * station);
void gst_p2p_publication_clear (GstP2PPublication * self);
/* FALSE: not one of these properties. */
gboolean gst_p2p_publication_set (GstP2PPublication * self, guint id, const GValue * value);
gboolean gst_p2p_publication_get (GstP2PPublication * self, guint id, GValue * value);

/* In start(): what gst_p2p_station_configure() does, and how to publish, which the
 * config borrows until the end, also when this or what follows fails. */
gboolean gst_p2p_publication_begin (GstP2PPublication * self, GstP2PMemberConfig * config, GError ** error);
/* When the member has left, or never joined. */
void gst_p2p_publication_end (GstP2PPublication * self);

/* Events of these names; session thread. */
void gst_p2p_publication_published (GstP2PPublication * self, const GstStructure * s);
void gst_p2p_publication_rendezvous (GstP2PPublication * self, const GstStructure * s);

G_END_DECLS
#endif
