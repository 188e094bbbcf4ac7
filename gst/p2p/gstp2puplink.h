/* gst-plugins-p2p
 *
 * This library is free software; you can redistribute it and/or
 * modify it under the terms of the GNU Lesser General Public
 * License as published by the Free Software Foundation; either
 * version 2.1 of the License, or (at your option) any later version.
 */
/* gstp2puplink.h: what the line of this network carried the last time, in a
 * key file of the user's cache. Any thread; one process after the other wins. */
#ifndef GST_P2P_UPLINK_H
#define GST_P2P_UPLINK_H

#include <glib.h>

G_BEGIN_DECLS

#define GST_P2P_UPLINK_MAX 16           /* networks in the file */
#define GST_P2P_UPLINK_MAX_BYTES 16384  /* a longer file is not read */
#define GST_P2P_UPLINK_AGE (24 * 60 * 60)       /* s: lines change, and so do networks */

/* $XDG_CACHE_HOME/gst-plugins-p2p/uplinks.ini */
gchar *gst_p2p_uplink_get_file (void);
/* Interface and gateway of the default route in the text of /proc/net/route
 * ("eth0 192.168.1.1"); NULL: there is none. */
gchar *gst_p2p_uplink_parse_network (const gchar * routes);
/* The same of this machine. */
gchar *gst_p2p_uplink_get_network (void);
/* Bit/s, 0 = not known. now: seconds since 1970. */
guint32 gst_p2p_uplink_recall (const gchar * file, const gchar * network, gint64 now);
gboolean gst_p2p_uplink_remember (const gchar * file, const gchar * network, guint32 bps, gint64 now);

G_END_DECLS
#endif
