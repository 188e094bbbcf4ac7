/* gst-plugins-p2p
 *
 * This library is free software; you can redistribute it and/or
 * modify it under the terms of the GNU Lesser General Public
 * License as published by the Free Software Foundation; either
 * version 2.1 of the License, or (at your option) any later version.
 */
/* gstp2pnicelink.c: a link = ICE, DTLS and SCTP on top of each other.
 *
 * Up: datagram -> (early queue) -> DTLS -> SCTP -> message. Down: send -> queue
 * by class -> SCTP -> DTLS -> ICE -> socket, all in the caller's stack when the
 * window permits. The link is torn down from the context only, never inside a
 * callback: SCTP (ABORT), DTLS (close_notify), ICE.
 *
 * Owned by who made it; sources hold a reference while they wait. One thread.
 */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include <gst/gst.h>
#include <string.h>

#include "gstp2pnicelink-private.h"
#include "../../gst/p2p/session/gstp2perror.h"
#include "../../gst/p2p/session/gstp2pthread.h"

GST_DEBUG_CATEGORY (gst_p2p_nice_link_debug);
#define GST_CAT_DEFAULT gst_p2p_nice_link_debug

/* A browser's hello came up to 260 ms before its description. */
#define MAX_EARLY 16
#define MAX_DATAGRAM 2048
/* A tracker that can't trickle gets one description; what is known
 * 20 ms after the first server-reflexive candidate is what is worth having. */
#define AFTER_SRFLX_MS 20
#define AT_LATEST_MS 150
/* ICE gives up after 5-8 s; without an end of candidates it never does. */
#define CONNECT_TIMEOUT_MS 15000
/* close() leaves the peer this long to acknowledge the last words. */
#define LINGER_MS 100
/* ICE, DTLS and SCTP of one link; as the core reserves for it. */
#define SET_UP_BYTES 2500

static void advance (GstP2PNiceLink * self);

G_DEFINE_FINAL_TYPE_WITH_CODE (GstP2PNiceLink, gst_p2p_nice_link,
    GST_P2P_TYPE_LINK, GST_DEBUG_CATEGORY_INIT (gst_p2p_nice_link_debug,
        "p2pnice", 0, "links over ICE, DTLS and SCTP"));

/* ---- sources ---- */

/* A source that calls func (link) once after delay. It goes with the link. */
static GSource *
add_source (GstP2PNiceLink * self, guint delay_ms, GSourceFunc func)
{
  GSource *source = delay_ms ? g_timeout_source_new (delay_ms)
      : g_idle_source_new ();

  g_source_set_priority (source, G_PRIORITY_DEFAULT);
  g_source_set_callback (source, func, self, NULL);
  g_source_attach (source, self->context);
  return source;
}

/* The same, and the link stays until then whoever drops it. */
static GSource *
add_holding_source (GstP2PNiceLink * self, guint delay_ms, GSourceFunc func)
{
  GSource *source = add_source (self, delay_ms, func);

  g_source_set_callback (source, func, g_object_ref (self), g_object_unref);
  return source;
}

/* ---- the end ---- */

static void
drop_layers (GstP2PNiceLink * self)
{
  if (self->ice) {
    gst_p2p_ice_get_stats (self->ice, &self->last_stats);
  }
  p2p_scgate_remove (&self->gate_end);
  g_clear_pointer (&self->sctp, gst_p2p_sctp_free);
  g_clear_pointer (&self->dtls, gst_p2p_dtls_free);
  g_clear_pointer (&self->ice, gst_p2p_ice_free);
  gst_p2p_link_queue_clear (&self->queue);
  g_queue_clear_full (&self->early, (GDestroyNotify) g_bytes_unref);
}

static void
drop_sources (GstP2PNiceLink * self)
{
  gst_p2p_clear_source (&self->start_source);
  gst_p2p_clear_source (&self->describe_source);
  gst_p2p_clear_source (&self->connect_source);
  gst_p2p_clear_source (&self->dtls_source);
  gst_p2p_clear_source (&self->finish_source);
  gst_p2p_clear_source (&self->watch_source);
}

static gboolean
finish (gpointer data)
{
  GstP2PNiceLink *self = data;
  GstP2PLink *link = data;

  g_object_ref (self);
  self->finished = TRUE;
  drop_layers (self);
  drop_sources (self);
  if (self->closing || self->error == NULL) {
    gst_p2p_link_set_state (link, GST_P2P_LINK_STATE_CLOSED, NULL);
  } else {
    gst_p2p_link_set_state (link, GST_P2P_LINK_STATE_FAILED, self->error);
  }
  g_object_unref (self);
  return G_SOURCE_REMOVE;
}

/* The link ends soon, from the context. error NULL: closed by the peer. */
void
gst_p2p_nice_link_end (GstP2PNiceLink * self, const GError * error)
{
  if (self->finished || (self->finish_source && !self->closing)) {
    return;
  }
  if (error && self->error == NULL) {
    self->error = g_error_copy (error);
  }
  gst_p2p_clear_source (&self->finish_source);
  self->finish_source = add_holding_source (self, 0, finish);
}

void
gst_p2p_nice_link_fail (GstP2PNiceLink * self, const gchar * message)
{
  g_autoptr (GError) error = g_error_new_literal (GST_P2P_ERROR,
      GST_P2P_ERROR_FAILED, message);

  gst_p2p_nice_link_end (self, error);
}

/* No callback any more but that of the final state. */
gboolean
gst_p2p_nice_link_is_over (GstP2PNiceLink * self)
{
  return self->closing || self->finished || self->finish_source != NULL;
}

/* ---- DTLS ---- */

static void
on_dtls_send (const guint8 * datagram, gsize len, gpointer user_data)
{
  GstP2PNiceLink *self = user_data;

  if (self->ice && gst_p2p_ice_send (self->ice, datagram, len)) {
    guint overhead = gst_p2p_ice_get_overhead (self->ice);

    self->gate_end.overhead = overhead + GST_P2P_DTLS_OVERHEAD;
    self->counted += len + overhead;
    p2p_scgate_count (gst_p2p_gate_get (self->gate), &self->gate_end,
        (guint32) len + overhead, g_get_monotonic_time ());
  }
}

static void
on_dtls_connected (gpointer user_data)
{
  GstP2PNiceLink *self = user_data;
  g_autoptr (GError) error = NULL;

  if (gst_p2p_nice_link_is_over (self)) {
    return;
  }
  gst_p2p_clear_source (&self->dtls_source);
  if (!gst_p2p_nice_link_start_sctp (self,
          gst_p2p_dtls_get_data_mtu (self->dtls), &error)) {
    gst_p2p_nice_link_end (self, error);
  }
}

static void
on_dtls_data (const guint8 * data, gsize len, gpointer user_data)
{
  GstP2PNiceLink *self = user_data;

  if (self->sctp) {
    gst_p2p_sctp_input (self->sctp, data, len);
  }
}

static void
on_dtls_closed (const GError * error, gpointer user_data)
{
  gst_p2p_nice_link_end (user_data, error);
}

static const GstP2PDtlsCallbacks dtls_callbacks = {
  on_dtls_send, on_dtls_connected, on_dtls_data, on_dtls_closed
};

static gboolean on_dtls_timeout (gpointer data);

static void
arm_dtls (GstP2PNiceLink * self)
{
  gint ms = self->dtls ? gst_p2p_dtls_get_timeout (self->dtls) : -1;

  gst_p2p_clear_source (&self->dtls_source);
  if (ms >= 0 && !gst_p2p_nice_link_is_over (self)) {
    self->dtls_source = add_source (self, (guint) ms, on_dtls_timeout);
  }
}

static gboolean
on_dtls_timeout (gpointer data)
{
  GstP2PNiceLink *self = data;

  g_object_ref (self);
  gst_p2p_clear_source (&self->dtls_source);
  if (self->dtls) {
    gst_p2p_dtls_on_timeout (self->dtls);
    arm_dtls (self);
  }
  g_object_unref (self);
  return G_SOURCE_REMOVE;
}

static void
feed_dtls (GstP2PNiceLink * self, const guint8 * data, gsize len)
{
  gboolean handshaking = self->sctp == NULL;

  gst_p2p_dtls_input (self->dtls, data, len);
  if (handshaking && self->dtls && self->sctp == NULL) {
    arm_dtls (self);
  }
}

/* ---- ICE ---- */

static void
describe (GstP2PNiceLink * self)
{
  g_autoptr (GstP2PSdp) sdp = gst_p2p_sdp_new ();
  g_autofree gchar *text = NULL;

  if (self->described || gst_p2p_nice_link_is_over (self)) {
    return;
  }
  self->described = TRUE;
  gst_p2p_clear_source (&self->describe_source);
  sdp->mid = g_strdup (self->mid);
  sdp->ufrag = g_strdup (gst_p2p_ice_get_ufrag (self->ice));
  sdp->pwd = g_strdup (gst_p2p_ice_get_pwd (self->ice));
  sdp->peer_id = *gst_p2p_certificate_get_id (self->certificate);
  sdp->setup = self->offerer ? GST_P2P_SETUP_ACTPASS :
      self->is_client ? GST_P2P_SETUP_ACTIVE : GST_P2P_SETUP_PASSIVE;
  sdp->sctp_port = GST_P2P_SCTP_PORT;
  sdp->max_message_size = P2P_MAX_MESSAGE;
  sdp->attribute = g_strdup (self->attribute);
  sdp->complete = gst_p2p_ice_is_gathered (self->ice);
  g_ptr_array_extend_and_steal (sdp->candidates,
      g_steal_pointer (&self->candidates));
  text = gst_p2p_sdp_to_string (sdp);
  gst_p2p_link_set_state (GST_P2P_LINK (self), GST_P2P_LINK_STATE_CONNECTING,
      NULL);
  if (!gst_p2p_nice_link_is_over (self)) {
    gst_p2p_link_emit_local_description (GST_P2P_LINK (self), text);
  }
}

static gboolean
on_describe_time (gpointer data)
{
  g_object_ref (data);
  describe (data);
  g_object_unref (data);
  return G_SOURCE_REMOVE;
}

static void
describe_in (GstP2PNiceLink * self, guint ms)
{
  gst_p2p_clear_source (&self->describe_source);
  self->describe_source = add_source (self, ms, on_describe_time);
}

static void
on_local_candidate (GstP2PNiceLink * self, const gchar * candidate)
{
  if (self->described) {
    gst_p2p_link_emit_local_candidate (GST_P2P_LINK (self), candidate);
  } else if (candidate == NULL) {
    describe (self);
    if (!gst_p2p_nice_link_is_over (self)) {
      gst_p2p_link_emit_local_candidate (GST_P2P_LINK (self), NULL);
    }
  } else {
    g_ptr_array_add (self->candidates, g_strdup (candidate));
    if (strstr (candidate, " typ srflx")) {
      describe_in (self, AFTER_SRFLX_MS);
    }
  }
}

static void
on_ice_candidate (const gchar * candidate, gpointer user_data)
{
  GstP2PNiceLink *self = user_data;

  if (!gst_p2p_nice_link_is_over (self)) {
    g_object_ref (self);
    on_local_candidate (self, candidate);
    g_object_unref (self);
  }
}

static void
on_ice_connected (gpointer user_data)
{
  GstP2PNiceLink *self = user_data;

  self->ice_up = TRUE;
  gst_p2p_nice_link_count_checks (self);
  advance (self);
}

static void
on_ice_failed (gpointer user_data)
{
  GstP2PNiceLink *self = user_data;

  if (self->sctp && gst_p2p_link_get_state (GST_P2P_LINK (self))
      == GST_P2P_LINK_STATE_CONNECTED) {
    gst_p2p_nice_link_fail (self, "the peer has gone silent");
  } else {
    gst_p2p_nice_link_fail (self,
        "no path to the peer was found; a TURN server may help");
  }
}

static void
on_ice_datagram (const guint8 * data, gsize len, gpointer user_data)
{
  GstP2PNiceLink *self = user_data;

  if (self->finished || len > MAX_DATAGRAM) {
    return;
  }
  g_object_ref (self);
  if (self->dtls) {
    feed_dtls (self, data, len);
  } else if (self->early.length < MAX_EARLY) {
    g_queue_push_tail (&self->early, g_bytes_new (data, len));
  }
  g_object_unref (self);
}

static const GstP2PIceCallbacks ice_callbacks = {
  on_ice_candidate, on_ice_connected, on_ice_failed, on_ice_datagram
};

static void
feed_early (GstP2PNiceLink * self)
{
  GBytes *datagram;

  while (self->dtls && (datagram = g_queue_pop_head (&self->early)) != NULL) {
    gsize len;
    gconstpointer data = g_bytes_get_data (datagram, &len);

    gst_p2p_dtls_input (self->dtls, data, len);
    g_bytes_unref (datagram);
  }
}

/* Begins DTLS when there is a path and it is known who must be there. */
static void
advance (GstP2PNiceLink * self)
{
  g_autoptr (GError) error = NULL;

  if (gst_p2p_nice_link_is_over (self) || self->dtls || !self->ice_up
      || !self->remote_known) {
    return;
  }
  self->dtls = gst_p2p_dtls_new (self->certificate, !self->is_client,
      &self->peer_id, &dtls_callbacks, self, &error);
  if (self->dtls == NULL) {
    gst_p2p_nice_link_end (self, error);
    return;
  }
  g_object_ref (self);
  gst_p2p_dtls_start (self->dtls);
  feed_early (self);
  if (self->sctp == NULL) {
    arm_dtls (self);
  }
  g_object_unref (self);
}

/* ---- descriptions of the peer ---- */

static gboolean
on_connect_timeout (gpointer data)
{
  GstP2PNiceLink *self = data;

  gst_p2p_nice_link_fail (self,
      "the peer was not reached in time; a TURN server may help");
  return G_SOURCE_REMOVE;
}

static void
take_remote (GstP2PNiceLink * self, const GstP2PSdp * sdp)
{
  guint i;

  self->remote_known = TRUE;
  p2p_scgate_add (gst_p2p_gate_get (self->gate), &self->gate_end,
      gst_p2p_ice_get_overhead (self->ice) + GST_P2P_DTLS_OVERHEAD,
      SET_UP_BYTES);
  self->peer_id = sdp->peer_id;
  self->remote_port = sdp->sctp_port;
  gst_p2p_link_set_peer_id (GST_P2P_LINK (self), &sdp->peer_id);
  gst_p2p_link_set_remote_attribute (GST_P2P_LINK (self), sdp->attribute);
  gst_p2p_ice_set_remote (self->ice, sdp->ufrag, sdp->pwd);
  for (i = 0; i < sdp->candidates->len; i++) {
    gst_p2p_ice_add_candidate (self->ice,
        g_ptr_array_index (sdp->candidates, i));
  }
  if (sdp->complete) {
    gst_p2p_ice_end_of_candidates (self->ice);
  }
  self->connect_source = add_source (self, CONNECT_TIMEOUT_MS,
      on_connect_timeout);
}

static gboolean
refuse (GError ** error, const gchar * message)
{
  g_set_error_literal (error, GST_P2P_ERROR, GST_P2P_ERROR_FAILED, message);
  return FALSE;
}

static gboolean
on_start (gpointer data)
{
  GstP2PNiceLink *self = g_object_ref (data);

  gst_p2p_clear_source (&self->start_source);
  if (!gst_p2p_nice_link_is_over (self)) {
    gst_p2p_link_set_state (GST_P2P_LINK (self), GST_P2P_LINK_STATE_GATHERING,
        NULL);
  }
  if (!gst_p2p_nice_link_is_over (self)) {
    gst_p2p_ice_set_callbacks (self->ice, &ice_callbacks, self);
    describe_in (self, AT_LATEST_MS);
  }
  g_object_unref (self);
  return G_SOURCE_REMOVE;
}

static gboolean
on_advance (gpointer data)
{
  advance (data);
  return G_SOURCE_REMOVE;
}

static gboolean
gst_p2p_nice_link_set_answer (GstP2PLink * link, const gchar * text,
    GError ** error)
{
  GstP2PNiceLink *self = GST_P2P_NICE_LINK (link);
  g_autoptr (GstP2PSdp) sdp = NULL;

  if (!self->offerer || self->remote_known) {
    return refuse (error, "this link expects no answer");
  }
  if (gst_p2p_nice_link_is_over (self)) {
    return refuse (error, "this link is closed");
  }
  sdp = gst_p2p_sdp_parse (text, TRUE, error);
  if (sdp == NULL) {
    return FALSE;
  }
  self->is_client = sdp->setup == GST_P2P_SETUP_PASSIVE;
  take_remote (self, sdp);
  g_source_unref (add_holding_source (self, 0, on_advance));
  return TRUE;
}

static gboolean
gst_p2p_nice_link_add_candidate (GstP2PLink * link, const gchar * candidate,
    GError ** error)
{
  GstP2PNiceLink *self = GST_P2P_NICE_LINK (link);

  if (gst_p2p_nice_link_is_over (self) || self->ice == NULL) {
    return TRUE;
  }
  if (!self->remote_known) {
    return refuse (error, "a candidate came before the description");
  }
  if (candidate == NULL || candidate[0] == '\0') {
    gst_p2p_ice_end_of_candidates (self->ice);
  } else if (!gst_p2p_ice_add_candidate (self->ice, candidate)) {
    GST_DEBUG_OBJECT (self, "candidate dropped");
  }
  return TRUE;
}

/* ---- other verbs ---- */

static void
gst_p2p_nice_link_pause_reading (GstP2PLink * link, gboolean pause)
{
  GstP2PNiceLink *self = GST_P2P_NICE_LINK (link);

  self->paused = pause;
  if (self->sctp && !gst_p2p_nice_link_is_over (self)) {
    gst_p2p_sctp_pause (self->sctp, pause);
  }
}

static void
gst_p2p_nice_link_set_thrifty (GstP2PLink * link)
{
  GstP2PNiceLink *self = GST_P2P_NICE_LINK (link);

  if (self->sctp && !gst_p2p_nice_link_is_over (self))
    gst_p2p_sctp_set_thrifty (self->sctp);
}

static gboolean
on_closing (gpointer data)
{
  GstP2PNiceLink *self = data;

  gst_p2p_link_set_state (GST_P2P_LINK (self), GST_P2P_LINK_STATE_CLOSING,
      NULL);
  return G_SOURCE_REMOVE;
}

static void
gst_p2p_nice_link_close (GstP2PLink * link)
{
  GstP2PNiceLink *self = GST_P2P_NICE_LINK (link);

  if (gst_p2p_nice_link_is_over (self)) {
    return;
  }
  g_source_unref (add_holding_source (self, 0, on_closing));
  self->gate_end.hurried = TRUE;
  gst_p2p_nice_link_pump (self, TRUE);
  self->closing = TRUE;
  if (self->sctp) {
    gst_p2p_sctp_pause (self->sctp, FALSE);
  }
  self->finish_source = add_holding_source (self,
      self->sctp
      && gst_p2p_nice_link_get_unacked (self) > 0 ? LINGER_MS : 0, finish);
}

static void
gst_p2p_nice_link_get_stats (GstP2PLink * link, GstP2PLinkStats * stats)
{
  GstP2PNiceLink *self = GST_P2P_NICE_LINK (link);

  *stats = self->last_stats;
  if (self->ice) {
    gst_p2p_ice_get_stats (self->ice, stats);
  }
  stats->messages_sent = self->messages_sent;
  stats->messages_received = self->messages_received;
  stats->unacked = gst_p2p_nice_link_get_unacked (self);
  if (self->sctp) {
    GstP2PSctpStatus status;

    gst_p2p_sctp_get_status (self->sctp, &status);
    stats->srtt_us = status.srtt_us;
  }
}

/* ---- object ---- */

GstP2PLink *
gst_p2p_nice_link_new (GMainContext * context, GstP2PCertificate * certificate,
    GstP2PIce * ice, GstP2PGate * gate, const gchar * attribute,
    const GstP2PSdp * offer)
{
  GstP2PNiceLink *self = g_object_new (GST_P2P_TYPE_NICE_LINK, NULL);

  self->context = g_main_context_ref (context);
  self->certificate = gst_p2p_certificate_ref (certificate);
  self->ice = ice;
  self->gate = gate ? gst_p2p_gate_ref (gate) : gst_p2p_gate_new (context);
  self->attribute = g_strdup (attribute);
  self->offerer = offer == NULL;
  self->mid = g_strdup (offer ? offer->mid : "0");
  gst_p2p_link_set_offerer (GST_P2P_LINK (self), self->offerer);
  if (offer) {
    self->is_client = offer->setup != GST_P2P_SETUP_ACTIVE;
    take_remote (self, offer);
  }
  self->start_source = add_source (self, 0, on_start);
  return GST_P2P_LINK (self);
}

static void
gst_p2p_nice_link_dispose (GObject * object)
{
  GstP2PNiceLink *self = GST_P2P_NICE_LINK (object);

  self->finished = TRUE;
  drop_layers (self);
  drop_sources (self);
  G_OBJECT_CLASS (gst_p2p_nice_link_parent_class)->dispose (object);
}

static void
gst_p2p_nice_link_finalize (GObject * object)
{
  GstP2PNiceLink *self = GST_P2P_NICE_LINK (object);

  g_clear_pointer (&self->candidates, g_ptr_array_unref);
  g_clear_pointer (&self->certificate, gst_p2p_certificate_unref);
  g_clear_pointer (&self->gate, gst_p2p_gate_unref);
  g_clear_pointer (&self->context, g_main_context_unref);
  g_clear_error (&self->error);
  g_free (self->attribute);
  g_free (self->mid);
  G_OBJECT_CLASS (gst_p2p_nice_link_parent_class)->finalize (object);
}

static void
gst_p2p_nice_link_class_init (GstP2PNiceLinkClass * klass)
{
  GstP2PLinkClass *link_class = GST_P2P_LINK_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = gst_p2p_nice_link_dispose;
  G_OBJECT_CLASS (klass)->finalize = gst_p2p_nice_link_finalize;
  link_class->set_answer = gst_p2p_nice_link_set_answer;
  link_class->add_candidate = gst_p2p_nice_link_add_candidate;
  link_class->send = gst_p2p_nice_link_send;
  link_class->pause_reading = gst_p2p_nice_link_pause_reading;
  link_class->set_thrifty = gst_p2p_nice_link_set_thrifty;
  link_class->close = gst_p2p_nice_link_close;
  link_class->get_stats = gst_p2p_nice_link_get_stats;
}

static void
gst_p2p_nice_link_init (GstP2PNiceLink * self)
{
  self->candidates = g_ptr_array_new_with_free_func (g_free);
  g_queue_init (&self->early);
}
