/* gst-plugins-p2p
 *
 * This library is free software; you can redistribute it and/or
 * modify it under the terms of the GNU Lesser General Public
 * License as published by the Free Software Foundation; either
 * version 2.1 of the License, or (at your option) any later version.
 */
/* gstp2perror.h: the error domain of the session layer and of what is behind
 * its interfaces (transport, rendezvous). Elements map it to element errors.
 */
#ifndef GST_P2P_ERROR_H
#define GST_P2P_ERROR_H

#include <glib.h>

G_BEGIN_DECLS

#define GST_P2P_ERROR (gst_p2p_error_quark ())
GQuark gst_p2p_error_quark (void);
typedef enum
{
  GST_P2P_ERROR_URI,            /* wrong URI, property or channel name */
  GST_P2P_ERROR_CHANNEL_UNKNOWN,
  GST_P2P_ERROR_NAME_TAKEN,     /* channel name belongs to another key */
  GST_P2P_ERROR_PORT_IN_USE,
  GST_P2P_ERROR_RENDEZVOUS,     /* unreachable, or talks nonsense */
  GST_P2P_ERROR_KEY,            /* key file */
  GST_P2P_ERROR_NO_MEDIA,       /* timeout before the first media */
  GST_P2P_ERROR_SUPERSEDED,
  GST_P2P_ERROR_FAILED,
  GST_P2P_ERROR_MEDIA,          /* media that can't be published or read */
  GST_P2P_ERROR_NO_NAMES        /* the rendezvous knows swarms by their id only */
} GstP2PError;

G_END_DECLS
#endif
