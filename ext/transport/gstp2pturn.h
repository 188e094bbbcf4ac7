/* gst-plugins-p2p
 *
 * This library is free software; you can redistribute it and/or
 * modify it under the terms of the GNU Lesser General Public
 * License as published by the Free Software Foundation; either
 * version 2.1 of the License, or (at your option) any later version.
 */
/* gstp2pturn.h: the relays of an ICE agent: turn://, and turns:// through a tunnel.
 *
 * libnice 0.1.21 has no TLS to a relay. A tunnel listens on loopback, and what
 * comes there goes on over TLS, so that libnice sees a relay over TCP. Any thread.
 */
#ifndef GST_P2P_TURN_H
#define GST_P2P_TURN_H

#include <gio/gio.h>
#include <nice/agent.h>

G_BEGIN_DECLS

typedef struct
{
  gchar *name, *password, *host;
  guint port;
  gboolean tls, tcp;
} GstP2PRelay;

/* What a turn-server says; FALSE: it can't be used. clear () frees it in any case. */
gboolean gst_p2p_relay_parse (const gchar * text, GstP2PRelay * out);
void gst_p2p_relay_clear (GstP2PRelay * relay);
/* text: turn://user:password@host:port?transport=udp|tcp or turns://… FALSE: it can't
 * be used, which is logged. tunnels: from gst_p2p_turn_tunnels_new (), takes what the
 * relay needs for as long as the agent lives. */
gboolean gst_p2p_turn_add (NiceAgent * agent, guint stream, guint component, const gchar * text, GPtrArray * tunnels);
GPtrArray *gst_p2p_turn_tunnels_new (void);

G_END_DECLS
#endif
