/* gst-plugins-p2p
 *
 * This library is free software; you can redistribute it and/or
 * modify it under the terms of the GNU Lesser General Public
 * License as published by the Free Software Foundation; either
 * version 2.1 of the License, or (at your option) any later version.
 */
/* gstp2psettings.h: the properties that p2psrc and p2psink have in common.
 *
 * Embedded in the element; every function is called with the element's object
 * lock held (the setters only store), but for the installer and the validator,
 * which works on a copy.
 */
#ifndef GST_P2P_SETTINGS_H
#define GST_P2P_SETTINGS_H

#include <gst/gst.h>
#include "session/gstp2psession.h"

G_BEGIN_DECLS

typedef enum
{
  GST_P2P_ICE_POLICY_ALL,       /* direct paths first, servers where there is none */
  GST_P2P_ICE_POLICY_RELAY      /* only through TURN servers */
} GstP2PIcePolicy;
#define GST_TYPE_P2P_ICE_POLICY (gst_p2p_ice_policy_get_type ())
GType gst_p2p_ice_policy_get_type (void);

/* design: below this the control traffic alone does not fit */
#define GST_P2P_MIN_UPLOAD 32000
#define GST_P2P_MAX_PEERS 1000

enum
{
  GST_P2P_PROP_RENDEZVOUS = 1,
  GST_P2P_PROP_STUN_SERVER,
  GST_P2P_PROP_TURN_SERVER,
  GST_P2P_PROP_ICE_TRANSPORT_POLICY,
  GST_P2P_PROP_MAX_UPLOAD_BITRATE,
  GST_P2P_PROP_MAX_PEERS,
  GST_P2P_PROP_CERTIFICATE_LOCATION,
  GST_P2P_PROP_LAST = 32        /* elements' own ids begin here */
};

typedef struct
{
  gchar *rendezvous;
  gchar *stun_server, *turn_server;
  GstP2PIcePolicy policy;
  guint max_upload_bitrate;
  guint max_peers;
  gchar *certificate_location;
} GstP2PSettings;

void gst_p2p_settings_install (GObjectClass * klass);
void gst_p2p_settings_clear (GstP2PSettings * self);
void gst_p2p_settings_copy (const GstP2PSettings * self, GstP2PSettings * out);
/* FALSE: not one of these properties. */
gboolean gst_p2p_settings_set (GstP2PSettings * self, guint id, const GValue * value);
gboolean gst_p2p_settings_get (const GstP2PSettings * self, guint id, GValue * value);
/* Checks and fills in ice, max_upload_bps and max_peers; strings are borrowed,
 * but ice.turn_servers, which the caller frees. */
gboolean gst_p2p_settings_configure (const GstP2PSettings * self, GstP2PMemberConfig * config, GError ** error);

G_END_DECLS
#endif
