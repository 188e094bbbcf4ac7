/* gst-plugins-p2p
 *
 * This library is free software; you can redistribute it and/or
 * modify it under the terms of the GNU Lesser General Public
 * License as published by the Free Software Foundation; either
 * version 2.1 of the License, or (at your option) any later version.
 */
/* gstp2ploopback.c: links inside one process (see the header). The rendezvous
 * half is gstp2ploopbackrendezvous.c.
 */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include <stdlib.h>
#include <string.h>

#include "gstp2ploopback-private.h"

/* What one direction holds at the most, as the real transport (FULL beyond). */
#define MAX_QUEUED (1024 * 1024)

/* ---- link ---- */

struct _GstP2PLoopbackLink
{
  GstP2PLink parent;
  GstP2PLoopbackTransport *transport;
  GstP2PLoopbackLink *other;    /* borrowed; cleared at the end of either */
  gchar *token;                 /* names this link in its description */
  GstP2PLinkStats stats;
  GQueue flying;                /* Flight, by arrival */
  GSource *timer;
  gboolean paused, full;
};

typedef struct
{
  gint64 arrival;
  guint16 stream;
  GBytes *message;
  gboolean acknowledge;         /* for us: the other side has taken len bytes */
  gsize len;
} Flight;

G_DEFINE_TYPE (GstP2PLoopbackLink, gst_p2p_loopback_link, GST_P2P_TYPE_LINK);

static void
flight_free (gpointer data)
{
  Flight *flight = data;

  g_clear_pointer (&flight->message, g_bytes_unref);
  g_free (flight);
}

static guint64
wire_size (gsize len)
{
  return len + P2P_PACKET_HEADERS * (1 + len / P2P_PACKET_PAYLOAD);
}

/* What comes before the link is up waits: an end may be up first, and the other
 * one could not answer yet. */
static gboolean
is_reading (GstP2PLoopbackLink * self)
{
  return !self->paused && self->timer
      && gst_p2p_link_get_state (GST_P2P_LINK (self)) ==
      GST_P2P_LINK_STATE_CONNECTED;
}

static void
rearm (GstP2PLoopbackLink * self)
{
  Flight *next = g_queue_peek_head (&self->flying);

  if (self->timer)
    g_source_set_ready_time (self->timer, next && is_reading (self) ?
        next->arrival : -1);
}

static void
push_flight (GstP2PLoopbackLink * to, Flight * flight)
{
  Flight *last = g_queue_peek_tail (&to->flying);

  if (last && last->arrival > flight->arrival)
    flight->arrival = last->arrival;
  g_queue_push_tail (&to->flying, flight);
  rearm (to);
}

static void
acknowledge (GstP2PLoopbackLink * self, gsize len)
{
  gboolean was_full = self->full;

  self->stats.unacked -= MIN (self->stats.unacked, len);
  self->full = self->full && self->stats.unacked > MAX_QUEUED / 2;
  if (self->stats.unacked == 0 || (was_full && !self->full))
    gst_p2p_link_emit_writable (GST_P2P_LINK (self));
}

static void
arrive (GstP2PLoopbackLink * self, Flight * flight)
{
  GstP2PLoopbackHub *hub = self->transport->hub;

  if (flight->acknowledge) {
    acknowledge (self, flight->len);
    return;
  }
  self->stats.messages_received++;
  self->stats.packets_received += 1 + flight->len / P2P_PACKET_PAYLOAD;
  self->stats.wire_received += wire_size (flight->len);
  self->stats.last_received = g_get_monotonic_time ();
  if (self->other) {
    Flight *ack = g_new0 (Flight, 1);

    ack->arrival = g_get_monotonic_time () + hub->delay_us;
    ack->acknowledge = TRUE;
    ack->len = flight->len;
    push_flight (self->other, ack);
  }
  gst_p2p_link_emit_message (GST_P2P_LINK (self), flight->stream,
      flight->message);
}

static gboolean
on_timer (gpointer data)
{
  GstP2PLoopbackLink *self = g_object_ref (data);
  gint64 now = g_get_monotonic_time ();
  Flight *flight;

  while (is_reading (self)
      && (flight = g_queue_peek_head (&self->flying))
      && flight->arrival <= now) {
    g_queue_pop_head (&self->flying);
    arrive (self, flight);
    flight_free (flight);
  }
  rearm (self);
  g_object_unref (self);
  return G_SOURCE_CONTINUE;
}

static GBytes *
filter_message (GstP2PLoopbackHub * hub, guint16 stream, GByteArray * array)
{
  if (hub->filter && !hub->filter (stream, array, hub->filter_data)) {
    g_byte_array_unref (array);
    return NULL;
  }
  return g_byte_array_free_to_bytes (array);
}

static GstP2PSendResult
gst_p2p_loopback_link_send (GstP2PLink * link, guint16 stream,
    const guint8 * head, gsize head_len, GBytes * body, gsize offset, gsize len)
{
  GstP2PLoopbackLink *self = GST_P2P_LOOPBACK_LINK (link);
  GstP2PLoopbackHub *hub = self->transport->hub;
  GByteArray *array;
  Flight *flight;
  gboolean lost;

  if (self->other == NULL
      || gst_p2p_link_get_state (link) != GST_P2P_LINK_STATE_CONNECTED)
    return GST_P2P_SEND_CLOSED;
  if (self->stats.unacked + head_len + len > MAX_QUEUED) {
    self->full = TRUE;
    return GST_P2P_SEND_FULL;
  }
  self->stats.unacked += head_len + len;
  self->stats.messages_sent++;
  self->stats.packets_sent += 1 + (head_len + len) / P2P_PACKET_PAYLOAD;
  self->stats.wire_sent += wire_size (head_len + len);
  self->stats.srtt_us = 2 * hub->delay_us + 100;

  array = g_byte_array_sized_new (head_len + len);
  g_byte_array_append (array, head, head_len);
  if (len > 0)
    g_byte_array_append (array,
        (const guint8 *) g_bytes_get_data (body, NULL) + offset, len);
  lost = g_rand_int_range (hub->rand, 0, 1000) < (gint) hub->loss_permille;
  if (hub->cut || (lost && stream == P2P_STREAM_REALTIME)) {
    g_byte_array_unref (array);
    return GST_P2P_SEND_OK;
  }
  flight = g_new0 (Flight, 1);
  flight->arrival = g_get_monotonic_time () + hub->delay_us * (lost ? 3 : 1);
  flight->stream = stream;
  flight->message = filter_message (hub, stream, array);
  if (flight->message == NULL) {
    g_free (flight);
    return GST_P2P_SEND_OK;
  }
  flight->len = g_bytes_get_size (flight->message);
  push_flight (self->other, flight);
  return GST_P2P_SEND_OK;
}

static gchar *
make_description (GstP2PLoopbackLink * self, const gchar * attribute)
{
  GString *sdp = g_string_new ("v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\n"
      "t=0 0\r\na=fingerprint:sha-256 ");
  guint i;

  for (i = 0; i < P2P_PEER_ID_LEN; i++)
    g_string_append_printf (sdp, i ? ":%02X" : "%02X",
        self->transport->peer_id.b[i]);
  g_string_append_printf (sdp, "\r\na=x-loopback:%s\r\n", self->token);
  if (attribute)
    g_string_append_printf (sdp, "a=x-p2p:%s\r\n", attribute);
  g_string_append (sdp, "m=application 9 UDP/DTLS/SCTP webrtc-datachannel\r\n"
      "c=IN IP4 0.0.0.0\r\n");
  return g_string_free (sdp, FALSE);
}

static GstP2PLoopbackLink *
find_link (GstP2PLoopbackHub * hub, const gchar * sdp)
{
  const gchar *at = strstr (sdp, "a=x-loopback:");
  g_autofree gchar *token = NULL;

  if (at == NULL)
    return NULL;
  at += strlen ("a=x-loopback:");
  token = g_strndup (at, strcspn (at, "\r\n"));
  return g_hash_table_lookup (hub->links, token);
}

static gboolean
take_remote (GstP2PLoopbackLink * self, const gchar * sdp, GError ** error)
{
  GstP2PLoopbackLink *other = find_link (self->transport->hub, sdp);
  g_autofree gchar *attribute = NULL;
  P2pPeerId id;

  if (other == NULL || !gst_p2p_sdp_peek (sdp, &id, &attribute)) {
    g_set_error (error, GST_P2P_ERROR, GST_P2P_ERROR_FAILED,
        "not a description of this hub");
    return FALSE;
  }
  self->other = other;
  gst_p2p_link_set_peer_id (GST_P2P_LINK (self), &id);
  gst_p2p_link_set_remote_attribute (GST_P2P_LINK (self), attribute);
  return TRUE;
}

typedef struct
{
  GstP2PLoopbackLink *link;
  gchar *description;
  gboolean connect;
} Later;

static void
later_free (gpointer data)
{
  Later *later = data;

  g_object_unref (later->link);
  g_free (later->description);
  g_free (later);
}

static gboolean
on_later (gpointer data)
{
  Later *later = data;
  GstP2PLink *link = GST_P2P_LINK (later->link);

  if (later->link->timer == NULL)
    return G_SOURCE_REMOVE;
  if (later->description) {
    gst_p2p_link_set_state (link, GST_P2P_LINK_STATE_CONNECTING, NULL);
    gst_p2p_link_emit_local_description (link, later->description);
  }
  if (later->connect && later->link->other) {
    gst_p2p_link_set_state (link, GST_P2P_LINK_STATE_CONNECTED, NULL);
    rearm (later->link);
  }
  return G_SOURCE_REMOVE;
}

/* From the context, after delay_us. transfer full of description */
static void
do_later (GstP2PLoopbackLink * self, gchar * description, gboolean connect,
    guint delay_us)
{
  Later *later = g_new0 (Later, 1);
  GSource *source = gst_p2p_ready_source_new ();

  later->link = g_object_ref (self);
  later->description = description;
  later->connect = connect;
  g_source_set_callback (source, on_later, later, later_free);
  g_source_set_ready_time (source, g_get_monotonic_time () + delay_us);
  g_source_attach (source, self->transport->context);
  g_source_unref (source);
}

static gboolean
gst_p2p_loopback_link_set_answer (GstP2PLink * link, const gchar * sdp,
    GError ** error)
{
  GstP2PLoopbackLink *self = GST_P2P_LOOPBACK_LINK (link);
  guint delay = self->transport->hub->delay_us;

  if (!take_remote (self, sdp, error))
    return FALSE;
  self->other->other = self;
  /* ICE, DTLS and SCTP take about 4 RTT (docs/protocol/transport.md) */
  do_later (self, NULL, TRUE, 8 * delay);
  do_later (self->other, NULL, TRUE, 8 * delay);
  return TRUE;
}

static gboolean
gst_p2p_loopback_link_add_candidate (GstP2PLink * link,
    const gchar * candidate, GError ** error)
{
  return TRUE;
}

static void
gst_p2p_loopback_link_pause (GstP2PLink * link, gboolean pause)
{
  GstP2PLoopbackLink *self = GST_P2P_LOOPBACK_LINK (link);

  self->paused = pause;
  rearm (self);
}

static void
stop (GstP2PLoopbackLink * self)
{
  if (self->timer == NULL)
    return;
  g_source_destroy (self->timer);
  g_clear_pointer (&self->timer, g_source_unref);
  g_hash_table_remove (self->transport->hub->links, self->token);
  g_queue_clear_full (&self->flying, flight_free);
}

static gboolean
on_other_closed (gpointer data)
{
  GstP2PLoopbackLink *self = data;

  if (self->timer) {
    stop (self);
    gst_p2p_link_set_state (GST_P2P_LINK (self), GST_P2P_LINK_STATE_CLOSED,
        NULL);
  }
  return G_SOURCE_REMOVE;
}

static void
gst_p2p_loopback_link_close (GstP2PLink * link)
{
  GstP2PLoopbackLink *self = GST_P2P_LOOPBACK_LINK (link);
  GstP2PLoopbackLink *other = self->other;

  self->other = NULL;
  /* one that is not up yet has no way to say so */
  if (other && gst_p2p_link_get_state (link) < GST_P2P_LINK_STATE_CONNECTED) {
    other->other = NULL;
  } else if (other) {
    GSource *source = gst_p2p_ready_source_new ();
    Flight *last = g_queue_peek_tail (&other->flying);
    gint64 due = g_get_monotonic_time () + self->transport->hub->delay_us;

    /* after all that was sent before */
    other->other = NULL;
    g_source_set_ready_time (source, last ? MAX (due, last->arrival) + 1 : due);
    g_source_set_callback (source, on_other_closed, g_object_ref (other),
        g_object_unref);
    g_source_attach (source, self->transport->context);
    g_source_unref (source);
  }
  stop (self);
}

static void
gst_p2p_loopback_link_get_stats (GstP2PLink * link, GstP2PLinkStats * stats)
{
  *stats = GST_P2P_LOOPBACK_LINK (link)->stats;
}

static void
gst_p2p_loopback_link_finalize (GObject * object)
{
  GstP2PLoopbackLink *self = GST_P2P_LOOPBACK_LINK (object);

  if (self->other)
    self->other->other = NULL;
  stop (self);
  g_free (self->token);
  g_object_unref (self->transport);
  G_OBJECT_CLASS (gst_p2p_loopback_link_parent_class)->finalize (object);
}

static void
gst_p2p_loopback_link_class_init (GstP2PLoopbackLinkClass * klass)
{
  GstP2PLinkClass *link = GST_P2P_LINK_CLASS (klass);

  G_OBJECT_CLASS (klass)->finalize = gst_p2p_loopback_link_finalize;
  link->set_answer = gst_p2p_loopback_link_set_answer;
  link->add_candidate = gst_p2p_loopback_link_add_candidate;
  link->send = gst_p2p_loopback_link_send;
  link->pause_reading = gst_p2p_loopback_link_pause;
  link->close = gst_p2p_loopback_link_close;
  link->get_stats = gst_p2p_loopback_link_get_stats;
}

static void
gst_p2p_loopback_link_init (GstP2PLoopbackLink * self)
{
  g_queue_init (&self->flying);
  self->stats.path = 1;
}

static GstP2PLoopbackLink *
link_new (GstP2PLoopbackTransport * transport, gboolean offerer)
{
  GstP2PLoopbackLink *self = g_object_new (GST_P2P_TYPE_LOOPBACK_LINK, NULL);

  self->transport = g_object_ref (transport);
  self->token = g_strdup_printf ("%u", ++transport->hub->last_token);
  self->timer = gst_p2p_ready_source_new ();
  g_source_set_callback (self->timer, on_timer, self, NULL);
  g_source_attach (self->timer, transport->context);
  g_hash_table_insert (transport->hub->links, self->token, self);
  gst_p2p_link_set_offerer (GST_P2P_LINK (self), offerer);
  gst_p2p_link_set_state (GST_P2P_LINK (self), GST_P2P_LINK_STATE_GATHERING,
      NULL);
  return self;
}

/* ---- transport ---- */

static GstP2PLink *
transport_create_offer (GstP2PTransport * transport,
    const GstP2PIceConfig * ice, const gchar * attribute)
{
  GstP2PLoopbackLink *link =
      link_new (GST_P2P_LOOPBACK_TRANSPORT (transport), TRUE);

  do_later (link, make_description (link, attribute), FALSE,
      link->transport->hub->gathering_us);
  return GST_P2P_LINK (link);
}

static GstP2PLink *
transport_accept_offer (GstP2PTransport * transport,
    const GstP2PIceConfig * ice, const gchar * attribute, const gchar * sdp,
    GError ** error)
{
  GstP2PLoopbackLink *link =
      link_new (GST_P2P_LOOPBACK_TRANSPORT (transport), FALSE);

  if (!take_remote (link, sdp, error)) {
    stop (link);
    g_object_unref (link);
    return NULL;
  }
  link->other = NULL;           /* until the answer is taken */
  do_later (link, make_description (link, attribute), FALSE,
      link->transport->hub->gathering_us);
  return GST_P2P_LINK (link);
}

static void
transport_get_peer_id (GstP2PTransport * transport, P2pPeerId * out)
{
  *out = GST_P2P_LOOPBACK_TRANSPORT (transport)->peer_id;
}

static void
transport_warm_up (GstP2PTransport * transport, const GstP2PIceConfig * ice)
{
}

static void
transport_interface_init (GstP2PTransportInterface * iface)
{
  iface->create_offer = transport_create_offer;
  iface->accept_offer = transport_accept_offer;
  iface->get_peer_id = transport_get_peer_id;
  iface->warm_up = transport_warm_up;
}

G_DEFINE_TYPE_WITH_CODE (GstP2PLoopbackTransport, gst_p2p_loopback_transport,
    G_TYPE_OBJECT, G_IMPLEMENT_INTERFACE (GST_P2P_TYPE_TRANSPORT,
        transport_interface_init));

static void
gst_p2p_loopback_transport_finalize (GObject * object)
{
  GstP2PLoopbackTransport *self = GST_P2P_LOOPBACK_TRANSPORT (object);

  g_main_context_unref (self->context);
  gst_p2p_loopback_hub_unref (self->hub);
  G_OBJECT_CLASS (gst_p2p_loopback_transport_parent_class)->finalize (object);
}

static void
gst_p2p_loopback_transport_class_init (GstP2PLoopbackTransportClass * klass)
{
  G_OBJECT_CLASS (klass)->finalize = gst_p2p_loopback_transport_finalize;
}

static void
gst_p2p_loopback_transport_init (GstP2PLoopbackTransport * self)
{
}

static GstP2PTransport *
new_transport (GMainContext * context, const gchar * certificate_path,
    gpointer user_data, GError ** error)
{
  GstP2PLoopbackTransport *self =
      g_object_new (GST_P2P_TYPE_LOOPBACK_TRANSPORT, NULL);
  guint i;

  self->hub = gst_p2p_loopback_hub_ref (user_data);
  self->context = g_main_context_ref (context);
  for (i = 0; i < P2P_PEER_ID_LEN; i++)
    self->peer_id.b[i] = g_rand_int (self->hub->rand);
  return GST_P2P_TRANSPORT (self);
}

/* ---- hub ---- */

static gpointer
acquire_server (GMainContext * context, const gchar * address, guint16 port,
    const P2pSwarmId * swarm_id, guint16 * real_port, gpointer user_data,
    GError ** error)
{
  GstP2PLoopbackHub *hub = user_data;

  *real_port = port ? port : 8787;
  return hub;
}

static void
release_server (gpointer server, const P2pSwarmId * swarm_id,
    gpointer user_data)
{
}

static const GstP2PBackend backend = {
  .new_transport = new_transport,
  .new_rendezvous = gst_p2p_loopback_new_rendezvous,
  .acquire_server = acquire_server,
  .release_server = release_server,
};

const GstP2PBackend *
gst_p2p_loopback_backend (void)
{
  return &backend;
}

GstP2PLoopbackHub *
gst_p2p_loopback_hub_new (guint delay_us, guint loss_permille, guint32 seed)
{
  GstP2PLoopbackHub *hub = g_new0 (GstP2PLoopbackHub, 1);

  hub->refs = 1;
  hub->delay_us = delay_us;
  hub->loss_permille = loss_permille;
  hub->rand = g_rand_new_with_seed (seed);
  hub->links = g_hash_table_new (g_str_hash, g_str_equal);
  hub->rendezvous = g_ptr_array_new ();
  hub->channels = g_ptr_array_new_with_free_func
      (gst_p2p_loopback_channel_free);
  hub->thread = gst_p2p_thread_acquire (GST_P2P_THREAD_SESSION);
  hub->up = TRUE;
  return hub;
}

GstP2PLoopbackHub *
gst_p2p_loopback_hub_ref (GstP2PLoopbackHub * hub)
{
  g_atomic_int_inc (&hub->refs);
  return hub;
}

/* Nobody is left who could use it: any thread. */
void
gst_p2p_loopback_hub_unref (GstP2PLoopbackHub * hub)
{
  if (!g_atomic_int_dec_and_test (&hub->refs))
    return;
  g_hash_table_unref (hub->links);
  g_ptr_array_unref (hub->rendezvous);
  g_ptr_array_unref (hub->channels);
  g_rand_free (hub->rand);
  gst_p2p_thread_release (hub->thread);
  g_free (hub);
}

static void
cut_call (gpointer data)
{
  ((GstP2PLoopbackHub *) data)->cut = TRUE;
}

static void
mend_call (gpointer data)
{
  ((GstP2PLoopbackHub *) data)->cut = FALSE;
}

void
gst_p2p_loopback_hub_set_cut (GstP2PLoopbackHub * hub, gboolean cut)
{
  gst_p2p_thread_call (hub->thread, cut ? cut_call : mend_call, hub);
}

typedef struct
{
  GstP2PLoopbackHub *hub;
  guint number;
} NumberCall;

static void
gathering_call (gpointer data)
{
  NumberCall *call = data;

  call->hub->gathering_us = call->number;
}

void
gst_p2p_loopback_hub_set_gathering (GstP2PLoopbackHub * hub, guint us)
{
  NumberCall call = { hub, us };

  gst_p2p_thread_call (hub->thread, gathering_call, &call);
}

static void
full_call (gpointer data)
{
  NumberCall *call = data;

  call->number = gst_p2p_loopback_rendezvous_count_full (call->hub);
}

guint
gst_p2p_loopback_hub_count_full (GstP2PLoopbackHub * hub)
{
  NumberCall call = { hub, 0 };

  gst_p2p_thread_call (hub->thread, full_call, &call);
  return call.number;
}

guint
gst_p2p_loopback_hub_count_answers (GstP2PLoopbackHub * hub)
{
  return g_atomic_int_get (&hub->answers);
}

typedef struct
{
  GstP2PLoopbackHub *hub;
  GstP2PLoopbackFilter filter;
  gpointer user_data;
} FilterCall;

static void
filter_call (gpointer data)
{
  FilterCall *call = data;

  call->hub->filter = call->filter;
  call->hub->filter_data = call->user_data;
}

void
gst_p2p_loopback_hub_set_filter (GstP2PLoopbackHub * hub,
    GstP2PLoopbackFilter filter, gpointer user_data)
{
  FilterCall call = { hub, filter, user_data };

  gst_p2p_thread_call (hub->thread, filter_call, &call);
}
