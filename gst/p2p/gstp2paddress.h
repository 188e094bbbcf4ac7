/* gst-plugins-p2p
 *
 * This library is free software; you can redistribute it and/or
 * modify it under the terms of the GNU Lesser General Public
 * License as published by the Free Software Foundation; either
 * version 2.1 of the License, or (at your option) any later version.
 */
/* gstp2paddress.h: the address of this machine that others can reach. */
#ifndef GST_P2P_ADDRESS_H
#define GST_P2P_ADDRESS_H

#include <gio/gio.h>

G_BEGIN_DECLS

/* The address of the default route, else of the first interface that is up,
 * else 127.0.0.1. Sends nothing. transfer full */
gchar *gst_p2p_address_get_default (void);
/* Not reachable from the internet (RFC 1918, RFC 4193, link local, loopback). */
gboolean gst_p2p_address_is_private (const gchar * address);
/* NULL, "", 0.0.0.0 and :: */
gboolean gst_p2p_address_is_any (const gchar * address);

G_END_DECLS
#endif
