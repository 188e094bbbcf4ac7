/* gst-plugins-p2p
 *
 * This library is free software; you can redistribute it and/or
 * modify it under the terms of the GNU Lesser General Public
 * License as published by the Free Software Foundation; either
 * version 2.1 of the License, or (at your option) any later version.
 */
/* gstp2plocation.h: p2p:// and p2ps:// URIs, read and written.
 *
 *   p2p://HOST[:PORT]/CHANNEL[?property=value&…]      rendezvous by WebSocket
 *   p2ps://HOST[:PORT]/CHANNEL                        the same over TLS
 *   p2p:///ID?rendezvous=wss%3A%2F%2Ftracker.example  a foreign tracker
 *
 * Query keys are names of properties of the element that is given the URI; an
 * element names the ones it takes. Everything here may be called on any thread.
 */
#ifndef GST_P2P_LOCATION_H
#define GST_P2P_LOCATION_H

#include <glib-object.h>

G_BEGIN_DECLS

#define GST_P2P_DEFAULT_PORT 8787       /* p2p: */
#define GST_P2P_DEFAULT_TLS_PORT 443    /* p2ps: */
#define GST_P2P_MAX_URI 4096            /* characters; longer ones are refused */
#define GST_P2P_MAX_NAME 40             /* characters of a channel name */
#define GST_P2P_MAX_SERVERS 8           /* rendezvous URLs of one member */

typedef struct
{
  gboolean secure;              /* p2ps: */
  gchar *host;                  /* NULL: no host, the query names a rendezvous */
  guint16 port;                 /* the default is filled in */
  gchar *channel;               /* "" = the only or default channel */
  GPtrArray *query;             /* gchar*: key, value, key, value …; unescaped */
} GstP2PLocation;

/* FALSE with GST_P2P_ERROR_URI and *out untouched when uri is not acceptable;
 * the message says what is wrong with it. */
gboolean gst_p2p_location_parse (const gchar * uri, GstP2PLocation * out, GError ** error);
void gst_p2p_location_clear (GstP2PLocation * self);
/* transfer full */
gchar *gst_p2p_location_to_string (const GstP2PLocation * self);
/* "ws://host:port/" of the URI's host, NULL when it has none. transfer full */
gchar *gst_p2p_location_get_rendezvous (const GstP2PLocation * self);
/* The reverse: a location whose host is that of a ws: or wss: URL. */
gboolean gst_p2p_location_from_rendezvous (const gchar * url, const gchar * channel, GstP2PLocation * out);
const gchar *gst_p2p_location_get (const GstP2PLocation * self, const gchar * key);
void gst_p2p_location_set (GstP2PLocation * self, const gchar * key, const gchar * value);

/* 1 to 40 of [a-z0-9._-] */
gboolean gst_p2p_channel_is_name (const gchar * channel);
/* A name, or a swarm id in base64url. */
gboolean gst_p2p_channel_check (const gchar * channel, GError ** error);

/* Sets the properties that the query names. names: NULL-terminated list of
 * what a URI may set on this object; other keys are skipped (a later version
 * may know them). FALSE when a value does not fit its property. */
gboolean gst_p2p_location_apply (const GstP2PLocation * self, GObject * object, const gchar * const *names, GError ** error);
/* Writes the properties of names that differ from their default to the query. */
void gst_p2p_location_take (GstP2PLocation * self, GObject * object, const gchar * const *names);

/* Comma separated ws:// and wss:// URLs to a NULL-terminated list without
 * repeats, first ones first. transfer full; NULL and error when one is wrong. */
gchar **gst_p2p_parse_servers (const gchar * first, const gchar * list, GError ** error);
/* TRUE when every URL's host is this machine's loopback. */
gboolean gst_p2p_servers_are_loopback (gchar ** servers);
gboolean gst_p2p_host_is_loopback (const gchar * host);

G_END_DECLS
#endif
