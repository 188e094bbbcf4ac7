/* gst-plugins-p2p
 *
 * This library is free software; you can redistribute it and/or
 * modify it under the terms of the GNU Lesser General Public
 * License as published by the Free Software Foundation; either
 * version 2.1 of the License, or (at your option) any later version.
 */
/* gstp2pannouncement.h: the addresses that a broadcaster gives to listeners.
 * Any thread, no state.
 */
#ifndef GST_P2P_ANNOUNCEMENT_H
#define GST_P2P_ANNOUNCEMENT_H

#include <gst/gst.h>

G_BEGIN_DECLS

typedef struct
{
  const gchar *server;          /* rendezvous URL; NULL = the embedded server */
  const gchar *channel;
  const gchar *swarm_id;        /* where server keeps no names; else NULL */
  const gchar *public_host, *bind_address;      /* of the embedded one; NULL = by route */
  guint port;
} GstP2PAnnouncement;

/* What a "published" event tells, whose strings it borrows. Of several rendezvous
 * listeners are sent to the first. by_id: whether that one keeps no names, as far as is
 * known. FALSE: another one's affair, the address stays. */
gboolean gst_p2p_announcement_take (GstP2PAnnouncement * self, const GstStructure * s, gboolean * by_id);
/* What listeners play. web: the embedded server's page, else NULL. Both
 * transfer full */
gchar *gst_p2p_announcement_get_uri (const GstP2PAnnouncement * self, gchar ** web);
/* The same for people, with what they may have to do. transfer full */
gchar *gst_p2p_announcement_get_text (const GstP2PAnnouncement * self, const gchar * uri, const gchar * web);
/* Everybody is on this machine: loopback candidates are worth it. */
gboolean gst_p2p_announcement_is_local (const GstP2PAnnouncement * self, gchar ** servers);

G_END_DECLS
#endif
