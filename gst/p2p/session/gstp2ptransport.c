/* gst-plugins-p2p
 *
 * This library is free software; you can redistribute it and/or
 * modify it under the terms of the GNU Lesser General Public
 * License as published by the Free Software Foundation; either
 * version 2.1 of the License, or (at your option) any later version.
 */
/* gstp2ptransport.c: what every transport shares.
 *
 * The interface's entry points, the base class of links (state and its edges,
 * callbacks, what is known of the peer), and a peek into an SDP. A link belongs
 * to the thread of its transport's GMainContext; nothing here is locked.
 */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include <gst/gst.h>
#include <gst/sdp/sdp.h>
#include <string.h>

#include "gstp2ptransport.h"

GST_DEBUG_CATEGORY_STATIC (gst_p2p_link_debug);
#define GST_CAT_DEFAULT gst_p2p_link_debug

/* Text of "AB:CD:...": two digits and a colon a byte, no last colon. */
#define FINGERPRINT_TEXT_LEN (P2P_PEER_ID_LEN * 3 - 1)

/* The x-p2p value is announced to trackers with the SDP; a line of it is enough. */
#define MAX_ATTRIBUTE_LEN 1024

typedef struct
{
  GstP2PLinkState state;
  gboolean offerer;
  gboolean has_peer_id;
  P2pPeerId peer_id;
  gchar *remote_attribute;
  const GstP2PLinkCallbacks *callbacks;
  gpointer user_data;
} GstP2PLinkPrivate;

G_DEFINE_INTERFACE (GstP2PTransport, gst_p2p_transport, G_TYPE_OBJECT);
G_DEFINE_ABSTRACT_TYPE_WITH_CODE (GstP2PLink, gst_p2p_link, G_TYPE_OBJECT,
    G_ADD_PRIVATE (GstP2PLink)
    GST_DEBUG_CATEGORY_INIT (gst_p2p_link_debug, "p2plink", 0,
        "links between peers"));

#define PRIV(link) \
  ((GstP2PLinkPrivate *) gst_p2p_link_get_instance_private (link))

static const gchar *const state_names[] = {
  "new", "gathering", "connecting", "connected", "closing", "closed", "failed"
};

const gchar *
gst_p2p_link_state_to_string (GstP2PLinkState state)
{
  if ((guint) state >= G_N_ELEMENTS (state_names)) {
    return "unknown";
  }
  return state_names[state];
}

/* The picture of these edges is docs/states/link.gv. */
static gboolean
edge_is_allowed (GstP2PLinkState from, GstP2PLinkState to)
{
#define BIT(s) (1u << GST_P2P_LINK_STATE_##s)
  static const guint next[] = {
    [GST_P2P_LINK_STATE_NEW] = BIT (GATHERING) | BIT (CONNECTING)
        | BIT (CLOSING) | BIT (CLOSED) | BIT (FAILED),
    [GST_P2P_LINK_STATE_GATHERING] = BIT (CONNECTING) | BIT (CLOSING)
        | BIT (CLOSED) | BIT (FAILED),
    [GST_P2P_LINK_STATE_CONNECTING] = BIT (CONNECTED) | BIT (CLOSING)
        | BIT (CLOSED) | BIT (FAILED),
    [GST_P2P_LINK_STATE_CONNECTED] = BIT (CLOSING) | BIT (CLOSED)
        | BIT (FAILED),
    [GST_P2P_LINK_STATE_CLOSING] = BIT (CLOSED),
    [GST_P2P_LINK_STATE_CLOSED] = 0,
    [GST_P2P_LINK_STATE_FAILED] = 0,
  };
#undef BIT
  return (next[from] & (1u << to)) != 0;
}

static gboolean
state_is_final (GstP2PLinkState state)
{
  return state == GST_P2P_LINK_STATE_CLOSED
      || state == GST_P2P_LINK_STATE_FAILED;
}

void
gst_p2p_link_set_state (GstP2PLink * link, GstP2PLinkState state,
    const GError * error)
{
  GstP2PLinkPrivate *priv;

  g_return_if_fail (GST_P2P_IS_LINK (link));
  g_return_if_fail (state <= GST_P2P_LINK_STATE_FAILED);

  priv = PRIV (link);
  if (state == priv->state) {
    return;
  }
  if (!edge_is_allowed (priv->state, state)) {
    g_critical ("link %p: no way from %s to %s", link,
        gst_p2p_link_state_to_string (priv->state),
        gst_p2p_link_state_to_string (state));
    return;
  }
  GST_DEBUG_OBJECT (link, "%s -> %s%s%s",
      gst_p2p_link_state_to_string (priv->state),
      gst_p2p_link_state_to_string (state), error ? ": " : "",
      error ? error->message : "");
  priv->state = state;
  g_object_ref (link);
  if (priv->callbacks && priv->callbacks->state_changed) {
    priv->callbacks->state_changed (link, state,
        state == GST_P2P_LINK_STATE_FAILED ? error : NULL, priv->user_data);
  }
  if (state_is_final (state)) {
    priv->callbacks = NULL;
  }
  g_object_unref (link);
}

void
gst_p2p_link_set_callbacks (GstP2PLink * link,
    const GstP2PLinkCallbacks * callbacks, gpointer user_data)
{
  GstP2PLinkPrivate *priv;

  g_return_if_fail (GST_P2P_IS_LINK (link));

  priv = PRIV (link);
  priv->callbacks = state_is_final (priv->state) ? NULL : callbacks;
  priv->user_data = user_data;
}

gboolean
gst_p2p_link_set_answer (GstP2PLink * link, const gchar * sdp, GError ** error)
{
  g_return_val_if_fail (GST_P2P_IS_LINK (link), FALSE);
  g_return_val_if_fail (sdp != NULL, FALSE);

  return GST_P2P_LINK_GET_CLASS (link)->set_answer (link, sdp, error);
}

gboolean
gst_p2p_link_add_candidate (GstP2PLink * link, const gchar * candidate,
    GError ** error)
{
  g_return_val_if_fail (GST_P2P_IS_LINK (link), FALSE);

  return GST_P2P_LINK_GET_CLASS (link)->add_candidate (link, candidate, error);
}

GstP2PSendResult
gst_p2p_link_send (GstP2PLink * link, guint16 stream, const guint8 * head,
    gsize head_len, GBytes * body, gsize offset, gsize len)
{
  g_return_val_if_fail (GST_P2P_IS_LINK (link), GST_P2P_SEND_CLOSED);
  g_return_val_if_fail (head_len <= P2P_MAX_MESSAGE
      && len <= P2P_MAX_MESSAGE - head_len, GST_P2P_SEND_CLOSED);
  g_return_val_if_fail (body != NULL || len == 0, GST_P2P_SEND_CLOSED);
  g_return_val_if_fail (body == NULL || (offset <= g_bytes_get_size (body)
          && len <= g_bytes_get_size (body) - offset), GST_P2P_SEND_CLOSED);

  if (PRIV (link)->state != GST_P2P_LINK_STATE_CONNECTED) {
    return GST_P2P_SEND_CLOSED;
  }
  return GST_P2P_LINK_GET_CLASS (link)->send (link, stream, head, head_len,
      body, offset, len);
}

void
gst_p2p_link_pause_reading (GstP2PLink * link, gboolean pause)
{
  g_return_if_fail (GST_P2P_IS_LINK (link));

  GST_P2P_LINK_GET_CLASS (link)->pause_reading (link, pause);
}

void
gst_p2p_link_set_thrifty (GstP2PLink * link)
{
  g_return_if_fail (GST_P2P_IS_LINK (link));

  GST_P2P_LINK_GET_CLASS (link)->set_thrifty (link);
}

void
gst_p2p_link_close (GstP2PLink * link)
{
  g_return_if_fail (GST_P2P_IS_LINK (link));

  GST_P2P_LINK_GET_CLASS (link)->close (link);
}

void
gst_p2p_link_get_stats (GstP2PLink * link, GstP2PLinkStats * stats)
{
  g_return_if_fail (GST_P2P_IS_LINK (link));
  g_return_if_fail (stats != NULL);

  memset (stats, 0, sizeof (*stats));
  GST_P2P_LINK_GET_CLASS (link)->get_stats (link, stats);
}

GstP2PLinkState
gst_p2p_link_get_state (GstP2PLink * link)
{
  g_return_val_if_fail (GST_P2P_IS_LINK (link), GST_P2P_LINK_STATE_FAILED);

  return PRIV (link)->state;
}

gboolean
gst_p2p_link_is_offerer (GstP2PLink * link)
{
  g_return_val_if_fail (GST_P2P_IS_LINK (link), FALSE);

  return PRIV (link)->offerer;
}

gboolean
gst_p2p_link_get_peer_id (GstP2PLink * link, P2pPeerId * out)
{
  g_return_val_if_fail (GST_P2P_IS_LINK (link), FALSE);
  g_return_val_if_fail (out != NULL, FALSE);

  if (!PRIV (link)->has_peer_id) {
    return FALSE;
  }
  *out = PRIV (link)->peer_id;
  return TRUE;
}

const gchar *
gst_p2p_link_get_remote_attribute (GstP2PLink * link)
{
  g_return_val_if_fail (GST_P2P_IS_LINK (link), NULL);

  return PRIV (link)->remote_attribute;
}

void
gst_p2p_link_set_offerer (GstP2PLink * link, gboolean offerer)
{
  g_return_if_fail (GST_P2P_IS_LINK (link));

  PRIV (link)->offerer = offerer;
}

void
gst_p2p_link_set_peer_id (GstP2PLink * link, const P2pPeerId * id)
{
  g_return_if_fail (GST_P2P_IS_LINK (link));
  g_return_if_fail (id != NULL);

  PRIV (link)->peer_id = *id;
  PRIV (link)->has_peer_id = TRUE;
}

void
gst_p2p_link_set_remote_attribute (GstP2PLink * link, const gchar * value)
{
  g_return_if_fail (GST_P2P_IS_LINK (link));

  g_free (PRIV (link)->remote_attribute);
  PRIV (link)->remote_attribute = g_strdup (value);
}

/* Emitters. The reference keeps the link alive when the callback drops it. */

void
gst_p2p_link_emit_local_description (GstP2PLink * link, const gchar * sdp)
{
  GstP2PLinkPrivate *priv = PRIV (link);

  g_object_ref (link);
  if (priv->callbacks && priv->callbacks->local_description) {
    priv->callbacks->local_description (link, sdp, priv->user_data);
  }
  g_object_unref (link);
}

void
gst_p2p_link_emit_local_candidate (GstP2PLink * link, const gchar * candidate)
{
  GstP2PLinkPrivate *priv = PRIV (link);

  g_object_ref (link);
  if (priv->callbacks && priv->callbacks->local_candidate) {
    priv->callbacks->local_candidate (link, candidate, priv->user_data);
  }
  g_object_unref (link);
}

void
gst_p2p_link_emit_message (GstP2PLink * link, guint16 stream, GBytes * message)
{
  GstP2PLinkPrivate *priv = PRIV (link);

  g_object_ref (link);
  if (priv->callbacks && priv->callbacks->message) {
    priv->callbacks->message (link, stream, message, priv->user_data);
  }
  g_object_unref (link);
}

void
gst_p2p_link_emit_writable (GstP2PLink * link)
{
  GstP2PLinkPrivate *priv = PRIV (link);

  g_object_ref (link);
  if (priv->callbacks && priv->callbacks->writable) {
    priv->callbacks->writable (link, priv->user_data);
  }
  g_object_unref (link);
}

/* Defaults, so that a small implementation (and a test's) need not care. */

static gboolean
gst_p2p_link_default_add_candidate (GstP2PLink * link, const gchar * candidate,
    GError ** error)
{
  return TRUE;
}

static void
gst_p2p_link_default_get_stats (GstP2PLink * link, GstP2PLinkStats * stats)
{
}

static void
gst_p2p_link_default_pause_reading (GstP2PLink * link, gboolean pause)
{
}

static void
gst_p2p_link_default_set_thrifty (GstP2PLink * link)
{
}

static void
gst_p2p_link_finalize (GObject * object)
{
  g_free (PRIV (GST_P2P_LINK (object))->remote_attribute);
  G_OBJECT_CLASS (gst_p2p_link_parent_class)->finalize (object);
}

static void
gst_p2p_link_class_init (GstP2PLinkClass * klass)
{
  G_OBJECT_CLASS (klass)->finalize = gst_p2p_link_finalize;
  klass->add_candidate = gst_p2p_link_default_add_candidate;
  klass->get_stats = gst_p2p_link_default_get_stats;
  klass->pause_reading = gst_p2p_link_default_pause_reading;
  klass->set_thrifty = gst_p2p_link_default_set_thrifty;
}

static void
gst_p2p_link_init (GstP2PLink * self)
{
}

/* The interface. */

static void
gst_p2p_transport_default_init (GstP2PTransportInterface * iface)
{
}

GstP2PLink *
gst_p2p_transport_create_offer (GstP2PTransport * self,
    const GstP2PIceConfig * ice, const gchar * attribute)
{
  g_return_val_if_fail (GST_P2P_IS_TRANSPORT (self), NULL);
  g_return_val_if_fail (ice != NULL, NULL);

  return GST_P2P_TRANSPORT_GET_IFACE (self)->create_offer (self, ice,
      attribute);
}

GstP2PLink *
gst_p2p_transport_accept_offer (GstP2PTransport * self,
    const GstP2PIceConfig * ice, const gchar * attribute, const gchar * sdp,
    GError ** error)
{
  g_return_val_if_fail (GST_P2P_IS_TRANSPORT (self), NULL);
  g_return_val_if_fail (ice != NULL, NULL);
  g_return_val_if_fail (sdp != NULL, NULL);

  return GST_P2P_TRANSPORT_GET_IFACE (self)->accept_offer (self, ice,
      attribute, sdp, error);
}

void
gst_p2p_transport_get_peer_id (GstP2PTransport * self, P2pPeerId * out)
{
  g_return_if_fail (GST_P2P_IS_TRANSPORT (self));
  g_return_if_fail (out != NULL);

  GST_P2P_TRANSPORT_GET_IFACE (self)->get_peer_id (self, out);
}

void
gst_p2p_transport_warm_up (GstP2PTransport * self, const GstP2PIceConfig * ice)
{
  GstP2PTransportInterface *iface;

  g_return_if_fail (GST_P2P_IS_TRANSPORT (self));
  g_return_if_fail (ice != NULL);

  iface = GST_P2P_TRANSPORT_GET_IFACE (self);
  if (iface->warm_up) {
    iface->warm_up (self, ice);
  }
}

void
gst_p2p_transport_set_max_upload (GstP2PTransport * self, guint64 bps)
{
  GstP2PTransportInterface *iface;

  g_return_if_fail (GST_P2P_IS_TRANSPORT (self));

  iface = GST_P2P_TRANSPORT_GET_IFACE (self);
  if (iface->set_max_upload) {
    iface->set_max_upload (self, bps);
  }
}

void
gst_p2p_ice_config_copy (GstP2PIceConfig * to, const GstP2PIceConfig * from)
{
  *to = *from;
  to->stun_server = g_strdup (from->stun_server);
  to->turn_servers = g_strdupv (from->turn_servers);
}

void
gst_p2p_ice_config_clear (GstP2PIceConfig * config)
{
  g_clear_pointer (&config->stun_server, g_free);
  g_clear_pointer (&config->turn_servers, g_strfreev);
}

GstUri *
gst_p2p_ice_server_parse (const gchar * text)
{
  const gchar *p;

  for (p = strchr (text, '%'); p != NULL; p = strchr (p + 1, '%')) {
    if (!g_ascii_isxdigit (p[1]) || !g_ascii_isxdigit (p[2])
        || (p[1] == '0' && p[2] == '0'))
      return NULL;
  }
  return gst_uri_from_string (text);
}

/* SDP, as far as every layer needs it. */

gboolean
gst_p2p_sdp_parse_fingerprint (const gchar * value, P2pPeerId * out)
{
  P2pPeerId id;
  const gchar *p;
  guint i;

  if (value == NULL || g_ascii_strncasecmp (value, "sha-256 ", 8) != 0) {
    return FALSE;
  }
  p = value + 8;
  if (strnlen (p, FINGERPRINT_TEXT_LEN + 1) != FINGERPRINT_TEXT_LEN) {
    return FALSE;
  }
  for (i = 0; i < P2P_PEER_ID_LEN; i++, p += 3) {
    gint high = g_ascii_xdigit_value (p[0]);
    gint low = g_ascii_xdigit_value (p[1]);

    if (high < 0 || low < 0 || (i < P2P_PEER_ID_LEN - 1 && p[2] != ':')) {
      return FALSE;
    }
    id.b[i] = (guint8) (high << 4 | low);
  }
  *out = id;
  return TRUE;
}

/* One SHA-256 fingerprint may stand at either level; two different ones leave
 * open who the peer is, and that is refused. Other hashes are passed over. */
static gboolean
take_fingerprint (const gchar * value, P2pPeerId * id, gboolean * found)
{
  P2pPeerId other;

  if (!gst_p2p_sdp_parse_fingerprint (value, &other)) {
    return TRUE;
  }
  if (*found && memcmp (id, &other, sizeof (other)) != 0) {
    return FALSE;
  }
  *id = other;
  *found = TRUE;
  return TRUE;
}

static gboolean
find_fingerprint (const GstSDPMessage * message, P2pPeerId * id)
{
  gboolean found = FALSE;
  guint i, j;

  for (i = 0; i < gst_sdp_message_attributes_len (message); i++) {
    const GstSDPAttribute *a = gst_sdp_message_get_attribute (message, i);

    if (g_strcmp0 (a->key, "fingerprint") == 0
        && !take_fingerprint (a->value, id, &found)) {
      return FALSE;
    }
  }
  for (i = 0; i < gst_sdp_message_medias_len (message); i++) {
    const GstSDPMedia *media = gst_sdp_message_get_media (message, i);

    for (j = 0; j < gst_sdp_media_attributes_len (media); j++) {
      const GstSDPAttribute *a = gst_sdp_media_get_attribute (media, j);

      if (g_strcmp0 (a->key, "fingerprint") == 0
          && !take_fingerprint (a->value, id, &found)) {
        return FALSE;
      }
    }
  }
  return found;
}

gboolean
gst_p2p_sdp_check_attribute (const gchar * value)
{
  gsize i;

  if (value == NULL || value[0] == '\0') {
    return FALSE;
  }
  for (i = 0; value[i] != '\0'; i++) {
    if (i >= MAX_ATTRIBUTE_LEN || value[i] < 0x20 || value[i] > 0x7e) {
      return FALSE;
    }
  }
  return TRUE;
}

gboolean
gst_p2p_sdp_peek (const gchar * sdp, P2pPeerId * peer_id, gchar ** attribute)
{
  GstSDPMessage *message = NULL;
  gboolean ok = FALSE;
  P2pPeerId id;
  gsize len;

  if (attribute) {
    *attribute = NULL;
  }
  if (sdp == NULL) {
    return FALSE;
  }
  len = strnlen (sdp, P2P_MAX_SDP + 1);
  if (len == 0 || len > P2P_MAX_SDP) {
    return FALSE;
  }
  gst_sdp_message_new (&message);
  if (gst_sdp_message_parse_buffer ((const guint8 *) sdp, (guint) len,
          message) == GST_SDP_OK && find_fingerprint (message, &id)) {
    const gchar *value = gst_sdp_message_get_attribute_val (message, "x-p2p");

    if (peer_id) {
      *peer_id = id;
    }
    if (attribute && gst_p2p_sdp_check_attribute (value)) {
      *attribute = g_strdup (value);
    }
    ok = TRUE;
  }
  gst_sdp_message_free (message);
  return ok;
}
