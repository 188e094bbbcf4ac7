/* gst-plugins-p2p
 *
 * This library is free software; you can redistribute it and/or
 * modify it under the terms of the GNU Lesser General Public
 * License as published by the Free Software Foundation; either
 * version 2.1 of the License, or (at your option) any later version.
 */
/* gstp2pstation.h: an element's place in a swarm: what p2psink and p2psrc have
 * in common.
 *
 * Common properties, the URI, session and member, messages, statistics. It is
 * embedded in the element; its fields are guarded by the element's object lock,
 * which the functions take themselves unless they say otherwise. They may be
 * called on any thread.
 */
#ifndef GST_P2P_STATION_H
#define GST_P2P_STATION_H

#include "gstp2pcheckup.h"
#include "gstp2plocation.h"
#include "gstp2psettings.h"
#include "gstp2pstats.h"

G_BEGIN_DECLS

typedef struct
{
  GstElement *element;          /* whose it is; not counted */
  const gchar *const *uri_properties;   /* what a URI's query may set */

  GstP2PSettings settings;
  GstP2PLocation location;      /* of the uri that was set; channel NULL = none */
  GError *uri_error;            /* it could not be read; told when starting */
  GstP2PSession *session;
  GstP2PMember *member;         /* from join() to leave() */
  GstP2PRates rates;
  GstP2PCheckup *checkup;       /* of the servers; application's thread */
  gchar *network;               /* whose uplink is measured, NULL = none */

  gint failing, failed;         /* atomic: an error is being, was posted */
} GstP2PStation;

void gst_p2p_station_init (GstP2PStation * self, GstElement * element, const gchar * const *uri_properties);
void gst_p2p_station_clear (GstP2PStation * self);

/* ---- properties ---- */
/* The setter of "uri", which can't fail: what is wrong with the URI is told
 * when the element starts. A URI's channel becomes the property of that name
 * where the element has one. */
void gst_p2p_station_set_uri (GstP2PStation * self, const gchar * uri);
/* GstURIHandler of both elements; it reads and writes the property "uri". */
void gst_p2p_station_uri_handler_init (gpointer iface, gpointer data);
/* The common properties. FALSE: it is none of them. */
gboolean gst_p2p_station_set_property (GstP2PStation * self, guint id, const GValue * value);
gboolean gst_p2p_station_get_property (GstP2PStation * self, guint id, GValue * value);
/* "application/x-p2p-stats" with the swarm's fields; all are there without a
 * swarm, too. transfer full */
GstStructure *gst_p2p_station_get_stats (GstP2PStation * self);

/* ---- in the swarm ---- */
/* A new run, in which nothing has failed yet. */
void gst_p2p_station_begin (GstP2PStation * self);
/* Rendezvous, ICE and limits from URI and properties; application's thread, in
 * start(). What it fills in goes back with config_clear(). */
gboolean gst_p2p_station_configure (GstP2PStation * self, GstP2PMemberConfig * config, GError ** error);
void gst_p2p_station_config_clear (GstP2PMemberConfig * config);
/* Session and member; user_data of func is the element. */
gboolean gst_p2p_station_join (GstP2PStation * self, const GstP2PMemberConfig * config, GstP2PMemberFunc func, GError ** error);
/* No event comes any more when it returns. */
void gst_p2p_station_leave (GstP2PStation * self);
/* transfer full; NULL outside of join() and leave() */
GstP2PMember *gst_p2p_station_ref_member (GstP2PStation * self);

/* ---- messages; no lock held ---- */
/* Posts the first error of a run: it tells what happened, the others are its
 * echo. TRUE: this was it. */
gboolean gst_p2p_station_fail (GstP2PStation * self, const GError * error);
/* It was posted: whoever stops now is not heard before it. */
gboolean gst_p2p_station_has_failed (GstP2PStation * self);
/* An element's post_message(): an error after the first is the base class telling
 * that something failed, and goes nowhere. message: transfer full. Any thread. */
gboolean gst_p2p_station_filter_message (GstP2PStation * self, GstElementClass * parent_class, GstMessage * message);
/* An element message; structure NULL: without fields. */
void gst_p2p_station_post (GstP2PStation * self, const gchar * name, const GstStructure * structure);
/* Events that are no more than a message to the application become one. */
void gst_p2p_station_tell (GstP2PStation * self, GstP2PMemberEvent event, const GstStructure * structure);

G_END_DECLS
#endif
