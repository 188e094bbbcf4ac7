/* gst-plugins-p2p
 *
 * This library is free software; you can redistribute it and/or
 * modify it under the terms of the GNU Lesser General Public
 * License as published by the Free Software Foundation; either
 * version 2.1 of the License, or (at your option) any later version.
 */
/* gstp2pnicetransport.c: makes links over ICE, DTLS and SCTP.
 *
 * Owns the certificate and, when asked to, one agent that has gathered already,
 * so that an answer goes out at once. One thread, that of its GMainContext.
 */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include <gst/gst.h>
#include <sys/resource.h>

#include "gstp2plibrarylogs.h"
#include "gstp2pnicelink.h"
#include "gstp2pnicetransport.h"
#include "../../gst/p2p/session/gstp2perror.h"
#include "../../gst/p2p/session/gstp2pthread.h"

GST_DEBUG_CATEGORY_STATIC (gst_p2p_nice_transport_debug);
#define GST_CAT_DEFAULT gst_p2p_nice_transport_debug

/* A NAT forgets a UDP mapping after 30 s or more (RFC 4787 REQ-5 asks for two
 * minutes, many boxes do less); a warm agent is made anew before that. */
#define WARM_S 20
/* A link has a socket for each local address; 1,000 links need a few thousand.
 * The usual soft limit is 1,024. */
#define WANTED_FILES 8192

struct _GstP2PNiceTransport
{
  GObject parent;
  GMainContext *context;
  GstP2PCertificate *certificate;
  GstP2PGate *gate;
  GstP2PIce *warm;
  GstP2PIceConfig warm_config;
  GSource *warm_source;
};

static void transport_init (GstP2PTransportInterface * iface);

G_DEFINE_FINAL_TYPE_WITH_CODE (GstP2PNiceTransport, gst_p2p_nice_transport,
    G_TYPE_OBJECT, G_IMPLEMENT_INTERFACE (GST_P2P_TYPE_TRANSPORT,
        transport_init)
    GST_DEBUG_CATEGORY_INIT (gst_p2p_nice_transport_debug, "p2ptransport", 0,
        "transport over ICE, DTLS and SCTP"));

static void
raise_file_limit (void)
{
  static gsize once = 0;
  struct rlimit limit;

  if (!g_once_init_enter (&once)) {
    return;
  }
  if (getrlimit (RLIMIT_NOFILE, &limit) == 0
      && limit.rlim_cur < WANTED_FILES && limit.rlim_cur < limit.rlim_max) {
    limit.rlim_cur = MIN (limit.rlim_max, WANTED_FILES);
    if (setrlimit (RLIMIT_NOFILE, &limit) == 0) {
      GST_INFO ("soft limit of open files is now %lu", (gulong) limit.rlim_cur);
    }
  }
  g_once_init_leave (&once, 1);
}

/* ---- warm agent ---- */

static gboolean rewarm (gpointer data);

static void
arm_warm (GstP2PNiceTransport * self, guint seconds)
{
  gst_p2p_clear_source (&self->warm_source);
  self->warm_source = seconds ? g_timeout_source_new_seconds (seconds)
      : g_idle_source_new ();
  g_source_set_callback (self->warm_source, rewarm, self, NULL);
  g_source_attach (self->warm_source, self->context);
}

static gboolean
rewarm (gpointer data)
{
  GstP2PNiceTransport *self = data;

  g_clear_pointer (&self->warm, gst_p2p_ice_free);
  self->warm = gst_p2p_ice_new (self->context, &self->warm_config, FALSE, NULL);
  arm_warm (self, WARM_S);
  return G_SOURCE_REMOVE;
}

static void
gst_p2p_nice_transport_warm_up (GstP2PTransport * transport,
    const GstP2PIceConfig * ice)
{
  GstP2PNiceTransport *self = GST_P2P_NICE_TRANSPORT (transport);

  /* Host candidates are there at once; nothing is gained. */
  if (ice->stun_server == NULL && (ice->turn_servers == NULL
          || ice->turn_servers[0] == NULL)) {
    return;
  }
  if (self->warm && gst_p2p_ice_matches (self->warm, ice)) {
    return;
  }
  gst_p2p_ice_config_clear (&self->warm_config);
  gst_p2p_ice_config_copy (&self->warm_config, ice);
  arm_warm (self, 0);
}

static GstP2PIce *
take_warm (GstP2PNiceTransport * self, const GstP2PIceConfig * ice)
{
  if (self->warm == NULL || !gst_p2p_ice_matches (self->warm, ice)) {
    return NULL;
  }
  arm_warm (self, 0);
  return g_steal_pointer (&self->warm);
}

/* ---- interface ---- */

static GstP2PLink *
make_link (GstP2PNiceTransport * self, GstP2PIce * ice,
    const gchar * attribute, const GstP2PSdp * offer)
{
  if (attribute && !gst_p2p_sdp_check_attribute (attribute)) {
    g_warning ("x-p2p attribute is not printable ASCII, or too long");
    attribute = NULL;
  }
  return gst_p2p_nice_link_new (self->context, self->certificate, ice,
      self->gate, attribute, offer);
}

static GstP2PLink *
gst_p2p_nice_transport_create_offer (GstP2PTransport * transport,
    const GstP2PIceConfig * config, const gchar * attribute)
{
  GstP2PNiceTransport *self = GST_P2P_NICE_TRANSPORT (transport);
  g_autoptr (GError) error = NULL;
  GstP2PIce *ice = gst_p2p_ice_new (self->context, config, TRUE, &error);

  if (ice == NULL) {
    GST_WARNING_OBJECT (self, "no offer: %s", error->message);
    return NULL;
  }
  return make_link (self, ice, attribute, NULL);
}

static GstP2PLink *
gst_p2p_nice_transport_accept_offer (GstP2PTransport * transport,
    const GstP2PIceConfig * config, const gchar * attribute, const gchar * sdp,
    GError ** error)
{
  GstP2PNiceTransport *self = GST_P2P_NICE_TRANSPORT (transport);
  g_autoptr (GstP2PSdp) offer = gst_p2p_sdp_parse (sdp, FALSE, error);
  GstP2PIce *ice;

  if (offer == NULL) {
    return NULL;
  }
  ice = take_warm (self, config);
  if (ice == NULL) {
    ice = gst_p2p_ice_new (self->context, config, FALSE, error);
  }
  return ice ? make_link (self, ice, attribute, offer) : NULL;
}

static void
gst_p2p_nice_transport_get_peer_id (GstP2PTransport * transport,
    P2pPeerId * out)
{
  GstP2PNiceTransport *self = GST_P2P_NICE_TRANSPORT (transport);

  *out = *gst_p2p_certificate_get_id (self->certificate);
}

static void
gst_p2p_nice_transport_set_max_upload (GstP2PTransport * transport, guint64 bps)
{
  gst_p2p_gate_set_cap (GST_P2P_NICE_TRANSPORT (transport)->gate, bps);
}

static void
transport_init (GstP2PTransportInterface * iface)
{
  iface->create_offer = gst_p2p_nice_transport_create_offer;
  iface->accept_offer = gst_p2p_nice_transport_accept_offer;
  iface->get_peer_id = gst_p2p_nice_transport_get_peer_id;
  iface->warm_up = gst_p2p_nice_transport_warm_up;
  iface->set_max_upload = gst_p2p_nice_transport_set_max_upload;
}

/* ---- object ---- */

GstP2PNiceTransport *
gst_p2p_nice_transport_new (GMainContext * context,
    const gchar * certificate_path, GError ** error)
{
  GstP2PCertificate *certificate =
      gst_p2p_certificate_new (certificate_path, error);
  GstP2PNiceTransport *self;

  if (certificate == NULL) {
    return NULL;
  }
  self = g_object_new (GST_P2P_TYPE_NICE_TRANSPORT, NULL);
  self->context =
      g_main_context_ref (context ? context : g_main_context_default ());
  self->gate = gst_p2p_gate_new (self->context);
  self->certificate = certificate;
  raise_file_limit ();
  gst_p2p_library_logs_init ();
  return self;
}

static void
gst_p2p_nice_transport_finalize (GObject * object)
{
  GstP2PNiceTransport *self = GST_P2P_NICE_TRANSPORT (object);

  gst_p2p_clear_source (&self->warm_source);
  g_clear_pointer (&self->warm, gst_p2p_ice_free);
  gst_p2p_ice_config_clear (&self->warm_config);
  g_clear_pointer (&self->certificate, gst_p2p_certificate_unref);
  g_clear_pointer (&self->gate, gst_p2p_gate_unref);
  g_clear_pointer (&self->context, g_main_context_unref);
  G_OBJECT_CLASS (gst_p2p_nice_transport_parent_class)->finalize (object);
}

static void
gst_p2p_nice_transport_class_init (GstP2PNiceTransportClass * klass)
{
  G_OBJECT_CLASS (klass)->finalize = gst_p2p_nice_transport_finalize;
}

static void
gst_p2p_nice_transport_init (GstP2PNiceTransport * self)
{
}
