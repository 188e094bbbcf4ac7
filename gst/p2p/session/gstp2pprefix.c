/* gst-plugins-p2p
 *
 * This library is free software; you can redistribute it and/or
 * modify it under the terms of the GNU Lesser General Public
 * License as published by the Free Software Foundation; either
 * version 2.1 of the License, or (at your option) any later version.
 */
/* gstp2pprefix.c: where a description says that its peer is.
 *
 * Not what is believed: the address that a link really has is looked at when it
 * is up (p2pneighbours.c). It saves the set-up of links that will have no place.
 */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include <string.h>
#include <gst/sdp/sdp.h>

#include "../core/base/p2pprefix.h"
#include "gstp2psession-private.h"

#define MAX_CANDIDATES 32       /* looked at */
#define ADDRESS_FIELD 4         /* foundation component protocol priority address ... */

/* RFC 8839, 5.1. */
static guint32
prefix_of_candidate (const gchar * candidate)
{
  g_auto (GStrv) fields = g_strsplit (candidate, " ", ADDRESS_FIELD + 2);
  g_autoptr (GInetAddress) address = NULL;

  if (g_strv_length (fields) <= ADDRESS_FIELD)
    return 0;
  /* names of mDNS are none */
  address = g_inet_address_new_from_string (fields[ADDRESS_FIELD]);
  return address ? p2p_prefix_of (g_inet_address_to_bytes (address),
      g_inet_address_get_native_size (address)) : 0;
}

static guint32
prefix_of_media (const GstSDPMedia * media)
{
  guint i;

  for (i = 0; i < MAX_CANDIDATES; i++) {
    const gchar *value =
        gst_sdp_media_get_attribute_val_n (media, "candidate", i);
    guint32 prefix = value ? prefix_of_candidate (value) : 0;

    if (value == NULL || prefix != 0)
      return prefix;
  }
  return 0;
}

guint32
gst_p2p_sdp_peek_prefix (const gchar * sdp)
{
  GstSDPMessage *message = NULL;
  gsize len = strnlen (sdp, P2P_MAX_SDP + 1);
  guint32 prefix = 0;

  if (len == 0 || len > P2P_MAX_SDP)
    return 0;
  gst_sdp_message_new (&message);
  if (gst_sdp_message_parse_buffer ((const guint8 *) sdp, (guint) len,
          message) == GST_SDP_OK && gst_sdp_message_medias_len (message) > 0)
    prefix = prefix_of_media (gst_sdp_message_get_media (message, 0));
  gst_sdp_message_free (message);
  return prefix;
}

gboolean
gst_p2p_host_prefix_has_room (GstP2PHost * self, const gchar * sdp)
{
  return p2p_swarm_prefix_has_room (self->swarm, gst_p2p_sdp_peek_prefix (sdp));
}
