/* gst-plugins-p2p
 *
 * This library is free software; you can redistribute it and/or
 * modify it under the terms of the GNU Lesser General Public
 * License as published by the Free Software Foundation; either
 * version 2.1 of the License, or (at your option) any later version.
 */
/* gstp2pwsclient.c: the connection to a rendezvous server, and what is said
 * over it. What is heard is in gstp2pwsinbox.c.
 *
 * Owner: a session. One thread, the one of self->context; no locks. Every
 * source that is attached holds no reference: they are destroyed in close().
 * Asynchronous calls hold one. Callbacks come from the context only.
 *
 *   closed --open()--> connecting --> connected --lost--> waiting --> connecting
 *
 * While it is not connected, messages wait in a bounded outbox for at most
 * 30 s; swarms are announced again after a reconnect, names published again.
 */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>

#include "gstp2pwsclientprivate.h"
#include "../../gst/p2p/session/gstp2perror.h"

GST_DEBUG_CATEGORY (gst_p2p_rendezvous_debug);
#define GST_CAT_DEFAULT gst_p2p_rendezvous_debug

#define DEFAULT_RETRY_MIN_MS 1000
#define DEFAULT_RETRY_MAX_MS 60000
#define DEFAULT_CONNECT_TIMEOUT_MS 8000
#define DEFAULT_REQUEST_TIMEOUT_MS 8000
#define DEFAULT_KEEPALIVE_S 20
#define DEFAULT_INTERVAL_S 60   /* before the server says one */
#define OUTBOX_AGE_US (30 * G_USEC_PER_SEC)     /* an offer is stale after that */
#define MAX_OFFERS 5            /* what every known server takes */
#define MAX_OFFER_BYTES (12 * 1024)     /* of all SDPs; a 16 KiB frame elsewhere */
#define TICK_MS 1000

enum
{
  PROP_0,
  PROP_RETRY_MIN,
  PROP_RETRY_MAX,
  PROP_CONNECT_TIMEOUT,
  PROP_REQUEST_TIMEOUT,
  PROP_KEEPALIVE,
  PROP_TLS_DATABASE
};

static void gst_p2p_ws_client_rendezvous_init (GstP2PRendezvousInterface *
    iface);
static void connect_now (GstP2PWsClient * self);
static void disconnected (GstP2PWsClient * self, const GError * error);

G_DEFINE_TYPE_WITH_CODE (GstP2PWsClient, gst_p2p_ws_client, G_TYPE_OBJECT,
    G_IMPLEMENT_INTERFACE (GST_P2P_TYPE_RENDEZVOUS,
        gst_p2p_ws_client_rendezvous_init);
    GST_DEBUG_CATEGORY_INIT (gst_p2p_rendezvous_debug, "p2prendezvous", 0,
        "P2P rendezvous client and server"));

static void
waiting_free (GstP2PWsWaiting * waiting)
{
  g_free (waiting->text);
  g_free (waiting);
}

static void
publication_free (GstP2PWsPublication * publication)
{
  gst_p2p_record_free (publication->record);
  g_free (publication);
}

static GstP2PWsWaiting *
waiting_new (const gchar * text)
{
  GstP2PWsWaiting *waiting = g_new (GstP2PWsWaiting, 1);

  waiting->text = g_strdup (text);
  waiting->since = g_get_monotonic_time ();
  return waiting;
}

static void
clear_source (GSource ** source)
{
  if (*source == NULL)
    return;
  g_source_destroy (*source);
  g_clear_pointer (source, g_source_unref);
}

static void
set_timer (GstP2PWsClient * self, GSource ** place, guint ms, GSourceFunc func)
{
  clear_source (place);
  *place = g_timeout_source_new (ms);
  g_source_set_callback (*place, func, self, NULL);
  g_source_attach (*place, self->context);
}

/* ---- saying ---- */

static gboolean
is_open (GstP2PWsClient * self)
{
  return self->ws != NULL && soup_websocket_connection_get_state (self->ws) ==
      SOUP_WEBSOCKET_STATE_OPEN;
}

static void
send_text (GstP2PWsClient * self, const gchar * text)
{
  GST_LOG_OBJECT (self, "%s < %s", self->shown_url, text);
  soup_websocket_connection_send_text (self->ws, text);
}

/* Sends the object, or keeps it until there is a connection. */
void
gst_p2p_ws_client_say (GstP2PWsClient * self, GString * json)
{
  g_string_append_c (json, '}');
  if (self->closed) {
    /* nobody listens any more */
  } else if (is_open (self)) {
    send_text (self, json->str);
  } else {
    if (self->outbox.length >= GST_P2P_WS_MAX_OUTBOX)
      waiting_free (g_queue_pop_head (&self->outbox));
    g_queue_push_tail (&self->outbox, waiting_new (json->str));
  }
  g_string_free (json, TRUE);
}

static GString *
new_message (const gchar * action)
{
  GString *json = g_string_sized_new (256);

  g_string_append_c (json, '{');
  gst_p2p_signal_member_string (json, "action", action);
  return json;
}

GstP2PWsMembership *
gst_p2p_ws_client_find_member (GstP2PWsClient * self,
    const P2pTrackerId * info_hash, const P2pTrackerId * peer_id)
{
  guint i;

  for (i = 0; i < self->members->len; i++) {
    GstP2PWsMembership *member =
        &g_array_index (self->members, GstP2PWsMembership, i);

    if (memcmp (&member->info_hash, info_hash, sizeof (*info_hash)) == 0
        && memcmp (&member->peer_id, peer_id, sizeof (*peer_id)) == 0)
      return member;
  }
  return NULL;
}

static GString *
announce_message (const GstP2PWsMembership * member, const gchar * event)
{
  GString *json = new_message ("announce");

  gst_p2p_signal_member_id (json, "info_hash", &member->info_hash);
  gst_p2p_signal_member_id (json, "peer_id", &member->peer_id);
  gst_p2p_signal_member_number (json, "uploaded", 0);
  gst_p2p_signal_member_number (json, "downloaded", 0);
  gst_p2p_signal_member_number (json, "left", member->seeder ? 0 : 1);
  gst_p2p_signal_member_string (json, "event", event);
  gst_p2p_signal_member_number (json, "p2p", 1);
  return json;
}

static void
put_offers (GstP2PWsClient * self, GString * json, const GstP2POffer * offers,
    guint n_offers)
{
  gsize bytes = 0;
  guint i, n = 0;

  gst_p2p_signal_member_raw (json, "offers", "[");
  for (i = 0; i < n_offers && n < MAX_OFFERS; i++) {
    P2pTrackerId id;

    if (!gst_p2p_signal_id_from_text (offers[i].offer_id, &id)
        || strlen (offers[i].sdp) > P2P_MAX_SDP) {
      GST_WARNING_OBJECT (self, "an offer is malformed");
      continue;
    }
    bytes += strlen (offers[i].sdp);
    if (n > 0 && !self->ours && bytes > MAX_OFFER_BYTES)
      break;
    g_string_append (json, n > 0 ? ",{" : "{");
    gst_p2p_signal_member_sdp (json, "offer", "offer", offers[i].sdp);
    gst_p2p_signal_member_id (json, "offer_id", &id);
    g_string_append_c (json, '}');
    n++;
  }
  g_string_append_c (json, ']');
  gst_p2p_signal_member_number (json, "numwant", n);
}

static void
announce_again (GstP2PWsClient * self, GstP2PWsMembership * member,
    const gchar * event)
{
  member->announced_at = g_get_monotonic_time ();
  gst_p2p_ws_client_say (self, announce_message (member, event));
}

/* ---- publishing ---- */

static void
send_publication (GstP2PWsClient * self, GstP2PWsPublication * publication)
{
  GString *json = new_message ("publish");
  GstP2PRecord *record = publication->record;
  g_autoptr (GByteArray) bytes = NULL;

  memcpy (record->nonce, self->nonce, sizeof (self->nonce));
  bytes = gst_p2p_record_to_bytes (record);
  publication->sign (bytes->data, bytes->len, record->signature,
      publication->user_data);
  gst_p2p_record_put (json, record);
  publication->sent_at = g_get_monotonic_time ();
  publication->answered = FALSE;
  gst_p2p_ws_client_say (self, json);
}

/* All that are not published over this connection. A server gives one nonce
 * for a connection: what is signed for it is good nowhere else. */
void
gst_p2p_ws_client_send_publications (GstP2PWsClient * self)
{
  gint64 now = g_get_monotonic_time ();
  guint i;

  if (!is_open (self))
    return;
  for (i = 0; i < self->publications->len && !self->closed; i++) {
    GstP2PWsPublication *p = g_ptr_array_index (self->publications, i);

    if (p->answered)
      continue;
    if (self->has_nonce)
      send_publication (self, p);
    else if (p->sent_at == 0)
      p->sent_at = now;         /* for the time-out */
  }
  if (self->publications->len > 0 && !self->has_nonce && !self->nonce_asked) {
    self->nonce_asked = TRUE;
    gst_p2p_ws_client_say (self, new_message ("nonce"));
  }
}

/* ---- time ---- */

static gboolean
on_tick (gpointer user_data)
{
  GstP2PWsClient *self = g_object_ref (user_data);
  gint64 now = g_get_monotonic_time ();
  guint i;

  gst_p2p_ws_client_fail_requests (self, FALSE, "does not answer");
  for (i = 0; is_open (self) && i < self->members->len; i++) {
    GstP2PWsMembership *member =
        &g_array_index (self->members, GstP2PWsMembership, i);

    if (now - member->announced_at >= member->interval_s * G_USEC_PER_SEC)
      announce_again (self, member, NULL);
  }
  /* Pings are answered: three without a word, and the server is gone. */
  if (is_open (self) && self->keepalive_s > 0
      && now - self->heard_at > 3 * self->keepalive_s * G_USEC_PER_SEC) {
    g_autoptr (GError) error = g_error_new (GST_P2P_ERROR,
        GST_P2P_ERROR_RENDEZVOUS, "rendezvous %s is silent", self->shown_url);

    disconnected (self, error);
  }
  g_object_unref (self);
  return G_SOURCE_CONTINUE;
}

static gboolean
on_retry (gpointer user_data)
{
  GstP2PWsClient *self = user_data;

  clear_source (&self->retry);
  connect_now (self);
  return G_SOURCE_REMOVE;
}

static gboolean
on_connect_timeout (gpointer user_data)
{
  GstP2PWsClient *self = user_data;

  clear_source (&self->connect_timer);
  g_cancellable_cancel (self->cancellable);
  return G_SOURCE_REMOVE;
}

/* 1 s doubling to 60 s, each +- 20 %, so that a crowd does not come back as
 * one. The count goes back when a server has made sense. */
static void
retry_later (GstP2PWsClient * self)
{
  guint64 ms = self->retry_min_ms;
  guint i;

  for (i = 0; i < self->attempts && ms < self->retry_max_ms; i++)
    ms *= 2;
  ms = MIN (ms, self->retry_max_ms);
  ms = ms * g_random_int_range (80, 121) / 100;
  self->attempts++;
  GST_INFO_OBJECT (self, "%s: next attempt in %" G_GUINT64_FORMAT " ms",
      self->shown_url, ms);
  set_timer (self, &self->retry, (guint) ms, on_retry);
}

/* ---- connection ---- */

static void
emit_state (GstP2PWsClient * self, gboolean connected, const GError * error)
{
  GST_INFO_OBJECT (self, "%s: %s%s%s", self->shown_url,
      connected ? "connected" : "not connected", error ? ": " : "",
      error ? error->message : "");
  if (!self->closed && self->callbacks != NULL
      && self->callbacks->state != NULL)
    self->callbacks->state (GST_P2P_RENDEZVOUS (self), connected, error,
        self->user_data);
}

static void
drop_socket (GstP2PWsClient * self)
{
  GIOStream *stream;

  if (self->ws == NULL)
    return;
  g_signal_handlers_disconnect_by_data (self->ws, self);
  stream = soup_websocket_connection_get_io_stream (self->ws);
  if (stream != NULL)
    g_io_stream_close (stream, NULL, NULL);
  g_clear_object (&self->ws);
}

/* Lost, or not come about. */
static void
disconnected (GstP2PWsClient * self, const GError * error)
{
  guint i;

  drop_socket (self);
  self->has_nonce = self->nonce_asked = FALSE;
  for (i = 0; i < self->publications->len; i++) {
    GstP2PWsPublication *p = g_ptr_array_index (self->publications, i);

    p->sent_at = 0;
    p->answered = FALSE;
  }
  retry_later (self);
  emit_state (self, FALSE, error);
}

static void
on_message (SoupWebsocketConnection * ws, gint type, GBytes * message,
    gpointer user_data)
{
  GstP2PWsClient *self = g_object_ref (user_data);
  gsize len;
  const gchar *text = g_bytes_get_data (message, &len);

  self->heard_at = g_get_monotonic_time ();
  GST_LOG_OBJECT (self, "%s > %.*s", self->shown_url, (gint) len, text);
  if (gst_p2p_ws_client_take (self, text, len)) {
    self->attempts = 0;
  } else if (!self->closed && ++self->nonsense >= GST_P2P_WS_MAX_NONSENSE) {
    g_autoptr (GError) error = g_error_new (GST_P2P_ERROR,
        GST_P2P_ERROR_RENDEZVOUS,
        "%s does not speak the rendezvous protocol", self->shown_url);

    disconnected (self, error);
  }
  g_object_unref (self);
}

static void
on_pong (SoupWebsocketConnection * ws, GBytes * message, gpointer user_data)
{
  GstP2PWsClient *self = user_data;

  self->heard_at = g_get_monotonic_time ();
}

static void
on_closed (SoupWebsocketConnection * ws, gpointer user_data)
{
  GstP2PWsClient *self = g_object_ref (user_data);
  const gchar *reason = soup_websocket_connection_get_close_data (ws);
  g_autoptr (GError) error = g_error_new (GST_P2P_ERROR,
      GST_P2P_ERROR_RENDEZVOUS, "rendezvous %s closed the connection%s%s",
      self->shown_url, reason && *reason ? ": " : "", reason ? reason : "");

  disconnected (self, error);
  g_object_unref (self);
}

static gboolean
outbox_has_announce (GstP2PWsClient * self, const GstP2PWsMembership * member)
{
  g_autoptr (GString) part = g_string_new (NULL);
  GList *l;

  gst_p2p_signal_member_id (part, "info_hash", &member->info_hash);
  gst_p2p_signal_member_id (part, "peer_id", &member->peer_id);
  for (l = self->outbox.head; l != NULL; l = l->next) {
    const gchar *text = ((GstP2PWsWaiting *) l->data)->text;

    if (g_str_has_prefix (text, "{\"action\":\"announce\"")
        && strstr (text, part->str) != NULL)
      return TRUE;
  }
  return FALSE;
}

/* Everything the server has to know of us, and what waited. */
static void
introduce_ourselves (GstP2PWsClient * self)
{
  gint64 too_old = g_get_monotonic_time () - OUTBOX_AGE_US;
  GstP2PWsWaiting *waiting;
  guint i;

  for (i = 0; i < self->resolves->len; i++) {
    GString *json = new_message ("resolve");

    waiting = g_ptr_array_index (self->resolves, i);
    gst_p2p_signal_member_string (json, "name", waiting->text);
    gst_p2p_ws_client_say (self, json);
  }
  for (i = 0; i < self->members->len; i++) {
    GstP2PWsMembership *member =
        &g_array_index (self->members, GstP2PWsMembership, i);

    if (!outbox_has_announce (self, member))
      announce_again (self, member, "started");
  }
  while ((waiting = g_queue_pop_head (&self->outbox)) != NULL) {
    if (waiting->since > too_old && is_open (self))
      send_text (self, waiting->text);
    waiting_free (waiting);
  }
  gst_p2p_ws_client_send_publications (self);
}

static void
set_no_delay (GIOStream * stream)
{
  GIOStream *base = NULL;

  if (G_IS_TLS_CONNECTION (stream))
    g_object_get (stream, "base-io-stream", &base, NULL);
  else
    base = g_object_ref (stream);
  if (G_IS_SOCKET_CONNECTION (base))
    g_socket_set_option (g_socket_connection_get_socket
        (G_SOCKET_CONNECTION (base)), IPPROTO_TCP, TCP_NODELAY, TRUE, NULL);
  g_clear_object (&base);
}

static void
connected (GstP2PWsClient * self, SoupWebsocketConnection * ws)
{
  self->ws = ws;
  self->ours = FALSE;
  self->nonsense = 0;
  self->heard_at = g_get_monotonic_time ();
  set_no_delay (soup_websocket_connection_get_io_stream (ws));
  soup_websocket_connection_set_max_incoming_payload_size (ws,
      GST_P2P_SIGNAL_MAX_MESSAGE);
  soup_websocket_connection_set_keepalive_interval (ws, self->keepalive_s);
  g_signal_connect (ws, "message", G_CALLBACK (on_message), self);
  g_signal_connect (ws, "pong", G_CALLBACK (on_pong), self);
  g_signal_connect (ws, "closed", G_CALLBACK (on_closed), self);
  introduce_ourselves (self);
  emit_state (self, TRUE, NULL);
}

static void
on_connected (GObject * source, GAsyncResult * result, gpointer user_data)
{
  GstP2PWsClient *self = user_data;     /* our reference */
  g_autoptr (GError) error = NULL;
  SoupWebsocketConnection *ws;

  ws = soup_session_websocket_connect_finish (SOUP_SESSION (source), result,
      &error);
  clear_source (&self->connect_timer);
  g_clear_object (&self->cancellable);
  if (self->closed) {
    g_clear_object (&ws);
  } else if (ws != NULL) {
    connected (self, ws);
  } else {
    g_autoptr (GError) shown = g_error_new (GST_P2P_ERROR,
        GST_P2P_ERROR_RENDEZVOUS, "can't reach the rendezvous %s: %s",
        self->shown_url, g_error_matches (error, G_IO_ERROR,
            G_IO_ERROR_CANCELLED) ? "no answer in time" : error->message);

    disconnected (self, shown);
  }
  g_object_unref (self);
}

static SoupSession *
new_session (GstP2PWsClient * self)
{
  SoupSession *session = soup_session_new ();

  /* No compression: it costs 300 KB a connection and saves nothing here. */
  soup_session_remove_feature_by_type (session,
      SOUP_TYPE_WEBSOCKET_EXTENSION_MANAGER);
  soup_session_set_user_agent (session, PACKAGE "/" VERSION);
  if (self->tls_database != NULL)
    soup_session_set_tls_database (session, self->tls_database);
  return session;
}

static void
connect_now (GstP2PWsClient * self)
{
  SoupMessage *message = soup_message_new (SOUP_METHOD_GET, self->url);

  g_return_if_fail (message != NULL);   /* open() looked at the URL */
  g_main_context_push_thread_default (self->context);
  self->attempted_at = g_get_monotonic_time ();
  if (self->session == NULL)
    self->session = new_session (self);
  self->cancellable = g_cancellable_new ();
  set_timer (self, &self->connect_timer, self->connect_timeout_ms,
      on_connect_timeout);
  soup_session_websocket_connect_async (self->session, message, NULL, NULL,
      G_PRIORITY_DEFAULT, self->cancellable, on_connected, g_object_ref (self));
  g_main_context_pop_thread_default (self->context);
  g_object_unref (message);
}

/* ---- the interface ---- */

static void
gst_p2p_ws_client_set_callbacks (GstP2PRendezvous * rendezvous,
    const GstP2PRendezvousCallbacks * callbacks, gpointer user_data)
{
  GstP2PWsClient *self = GST_P2P_WS_CLIENT (rendezvous);

  self->callbacks = callbacks;
  self->user_data = user_data;
}

static gboolean
on_bad_url (gpointer user_data)
{
  GstP2PWsClient *self = g_object_ref (user_data);
  g_autoptr (GError) error = g_error_new (GST_P2P_ERROR, GST_P2P_ERROR_URI,
      "%s is no rendezvous: it has to be like ws://host:port or wss://host",
      self->shown_url);

  clear_source (&self->retry);
  emit_state (self, FALSE, error);
  g_object_unref (self);
  return G_SOURCE_REMOVE;
}

static gboolean
url_is_good (const gchar * url)
{
  g_autoptr (GUri) uri = g_uri_parse (url, SOUP_HTTP_URI_FLAGS, NULL);

  return uri != NULL && g_uri_get_host (uri) != NULL
      && g_uri_get_host (uri)[0] != '\0'
      && (g_str_equal (g_uri_get_scheme (uri), "ws")
      || g_str_equal (g_uri_get_scheme (uri), "wss"));
}

/* Somebody starves: the long end of the doubling is not for him. Once a second
 * is as often as the shortest wait asks. */
static void
try_now (GstP2PWsClient * self)
{
  gint64 now = g_get_monotonic_time ();

  if (self->retry == NULL || !url_is_good (self->url)
      || now - self->attempted_at < (gint64) self->retry_min_ms * 1000)
    return;
  clear_source (&self->retry);
  connect_now (self);
}

static void
gst_p2p_ws_client_open (GstP2PRendezvous * rendezvous)
{
  GstP2PWsClient *self = GST_P2P_WS_CLIENT (rendezvous);

  if (self->closed)
    return;
  if (self->opened) {
    try_now (self);
    return;
  }
  self->opened = TRUE;
  if (!url_is_good (self->url)) {
    set_timer (self, &self->retry, 0, on_bad_url);
    return;
  }
  set_timer (self, &self->tick, MIN (TICK_MS, self->request_timeout_ms / 4 + 1),
      on_tick);
  connect_now (self);
}

static void
remember_member (GstP2PWsClient * self, const GstP2PWsMembership * wanted)
{
  GstP2PWsMembership *member = gst_p2p_ws_client_find_member (self,
      &wanted->info_hash, &wanted->peer_id);

  if (member != NULL) {
    member->seeder = wanted->seeder;
    member->announced_at = wanted->announced_at;
  } else if (self->members->len < GST_P2P_WS_MAX_MEMBERS) {
    g_array_append_val (self->members, *wanted);
  }
}

static void
forget_member (GstP2PWsClient * self, const GstP2PWsMembership * wanted)
{
  GstP2PWsMembership *member = gst_p2p_ws_client_find_member (self,
      &wanted->info_hash, &wanted->peer_id);

  if (member != NULL)
    g_array_remove_index (self->members,
        member - (GstP2PWsMembership *) (void *) self->members->data);
}

static void
gst_p2p_ws_client_announce (GstP2PRendezvous * rendezvous,
    const gchar * info_hash, const gchar * peer_id, GstP2PAnnounceEvent event,
    gboolean seeder, const GstP2POffer * offers, guint n_offers)
{
  /* No word for an update: one of the known servers refuses it. */
  static const gchar *const events[] = { "started", NULL, "completed",
    "stopped"
  };
  GstP2PWsClient *self = GST_P2P_WS_CLIENT (rendezvous);
  GstP2PWsMembership member = {.seeder = seeder,
    .announced_at = g_get_monotonic_time (),.interval_s = DEFAULT_INTERVAL_S
  };
  GString *json;

  g_return_if_fail (event <= GST_P2P_ANNOUNCE_STOPPED);
  g_return_if_fail (gst_p2p_signal_id_from_text (info_hash, &member.info_hash));
  g_return_if_fail (gst_p2p_signal_id_from_text (peer_id, &member.peer_id));

  if (event == GST_P2P_ANNOUNCE_STOPPED) {
    forget_member (self, &member);
    n_offers = 0;
    if (!is_open (self))
      return;                   /* the server forgot us with the socket */
  } else {
    remember_member (self, &member);
  }
  json = announce_message (&member, events[event]);
  if (n_offers > 0)
    put_offers (self, json, offers, n_offers);
  gst_p2p_ws_client_say (self, json);
}

static void
gst_p2p_ws_client_describe (GstP2PRendezvous * rendezvous,
    const gchar * info_hash, const gchar * peer_id, const gchar * attribute)
{
  GstP2PWsClient *self = GST_P2P_WS_CLIENT (rendezvous);
  GstP2PWsMembership *member;
  P2pTrackerId hash, id;
  GString *json;

  if (!self->ours || !is_open (self)
      || !gst_p2p_signal_id_from_text (info_hash, &hash)
      || !gst_p2p_signal_id_from_text (peer_id, &id)
      || (member = gst_p2p_ws_client_find_member (self, &hash, &id)) == NULL)
    return;
  json = announce_message (member, NULL);
  gst_p2p_signal_member_string (json, "x-p2p", attribute);
  gst_p2p_ws_client_say (self, json);
}

static GString *
new_reply (const gchar * action, const gchar * info_hash,
    const gchar * peer_id, const gchar * to_peer_id, const gchar * offer_id)
{
  P2pTrackerId id;
  GString *json = new_message (action);

  if (gst_p2p_signal_id_from_text (info_hash, &id))
    gst_p2p_signal_member_id (json, "info_hash", &id);
  if (gst_p2p_signal_id_from_text (peer_id, &id))
    gst_p2p_signal_member_id (json, "peer_id", &id);
  if (to_peer_id != NULL && gst_p2p_signal_id_from_text (to_peer_id, &id))
    gst_p2p_signal_member_id (json, "to_peer_id", &id);
  if (gst_p2p_signal_id_from_text (offer_id, &id))
    gst_p2p_signal_member_id (json, "offer_id", &id);
  return json;
}

static void
gst_p2p_ws_client_answer (GstP2PRendezvous * rendezvous,
    const gchar * info_hash, const gchar * peer_id, const gchar * to_peer_id,
    const gchar * offer_id, const gchar * sdp)
{
  GstP2PWsClient *self = GST_P2P_WS_CLIENT (rendezvous);
  GString *json = new_reply ("announce", info_hash, peer_id, to_peer_id,
      offer_id);

  gst_p2p_signal_member_sdp (json, "answer", "answer", sdp);
  gst_p2p_ws_client_say (self, json);
}

static void
gst_p2p_ws_client_candidate (GstP2PRendezvous * rendezvous,
    const gchar * info_hash, const gchar * peer_id, const gchar * to_peer_id,
    const gchar * offer_id, const gchar * candidate)
{
  GstP2PWsClient *self = GST_P2P_WS_CLIENT (rendezvous);
  GString *json;

  if (!self->ours || !is_open (self))
    return;
  json = new_reply ("candidate", info_hash, peer_id, to_peer_id, offer_id);
  if (candidate != NULL)
    gst_p2p_signal_member_string (json, "candidate", candidate);
  else
    gst_p2p_signal_member_raw (json, "candidate", "null");
  gst_p2p_ws_client_say (self, json);
}

static void
gst_p2p_ws_client_resolve (GstP2PRendezvous * rendezvous, const gchar * name)
{
  GstP2PWsClient *self = GST_P2P_WS_CLIENT (rendezvous);
  GString *json;

  if (self->closed || self->resolves->len >= GST_P2P_WS_MAX_REQUESTS)
    return;
  g_ptr_array_add (self->resolves, waiting_new (name));
  if (!is_open (self))
    return;                     /* asked when connected */
  json = new_message ("resolve");
  gst_p2p_signal_member_string (json, "name", name);
  gst_p2p_ws_client_say (self, json);
}

static void
gst_p2p_ws_client_publish_channel (GstP2PRendezvous * rendezvous,
    const GstP2PChannel * channel, GstP2PSignFunc sign, gpointer user_data)
{
  GstP2PWsClient *self = GST_P2P_WS_CLIENT (rendezvous);
  GstP2PWsPublication *publication = NULL;
  guint i;

  if (self->closed)
    return;
  for (i = 0; i < self->publications->len; i++) {
    GstP2PWsPublication *p = g_ptr_array_index (self->publications, i);

    if (g_strcmp0 (p->record->channel.name, channel->name) == 0)
      publication = p;
  }
  if (publication == NULL) {
    publication = g_new0 (GstP2PWsPublication, 1);
    g_ptr_array_add (self->publications, publication);
  }
  gst_p2p_record_free (publication->record);
  publication->record = gst_p2p_record_new (channel);
  publication->sign = sign;
  publication->user_data = user_data;
  publication->sent_at = 0;
  publication->answered = FALSE;
  gst_p2p_ws_client_send_publications (self);
}

static void
on_shut (SoupWebsocketConnection * ws, gpointer user_data)
{
  g_object_unref (ws);
}

/* Says goodbye. libsoup writes at once what the socket takes; the connection
 * lives until the server has closed its side or its own time-out. */
static void
close_socket (GstP2PWsClient * self)
{
  SoupWebsocketConnection *ws = g_steal_pointer (&self->ws);

  g_signal_handlers_disconnect_by_data (ws, self);
  if (soup_websocket_connection_get_state (ws) != SOUP_WEBSOCKET_STATE_OPEN) {
    g_object_unref (ws);
    return;
  }
  g_signal_connect (ws, "closed", G_CALLBACK (on_shut), NULL);
  g_main_context_push_thread_default (self->context);
  soup_websocket_connection_close (ws, SOUP_WEBSOCKET_CLOSE_GOING_AWAY, NULL);
  g_main_context_pop_thread_default (self->context);
}

static void
gst_p2p_ws_client_close (GstP2PRendezvous * rendezvous)
{
  GstP2PWsClient *self = GST_P2P_WS_CLIENT (rendezvous);
  guint i;

  if (self->closed)
    return;
  for (i = 0; is_open (self) && i < self->members->len; i++)
    announce_again (self, &g_array_index (self->members, GstP2PWsMembership,
            i), "stopped");
  self->closed = TRUE;
  self->callbacks = NULL;
  clear_source (&self->retry);
  clear_source (&self->tick);
  clear_source (&self->connect_timer);
  if (self->cancellable != NULL)
    g_cancellable_cancel (self->cancellable);
  if (self->ws != NULL)
    close_socket (self);
}

static gboolean
gst_p2p_ws_client_is_connected (GstP2PRendezvous * rendezvous)
{
  return is_open (GST_P2P_WS_CLIENT (rendezvous));
}

static void
gst_p2p_ws_client_rendezvous_init (GstP2PRendezvousInterface * iface)
{
  iface->set_callbacks = gst_p2p_ws_client_set_callbacks;
  iface->open = gst_p2p_ws_client_open;
  iface->announce = gst_p2p_ws_client_announce;
  iface->describe = gst_p2p_ws_client_describe;
  iface->answer = gst_p2p_ws_client_answer;
  iface->candidate = gst_p2p_ws_client_candidate;
  iface->resolve = gst_p2p_ws_client_resolve;
  iface->publish_channel = gst_p2p_ws_client_publish_channel;
  iface->close = gst_p2p_ws_client_close;
  iface->is_connected = gst_p2p_ws_client_is_connected;
}

/* ---- the object ---- */

static void
gst_p2p_ws_client_set_property (GObject * object, guint id,
    const GValue * value, GParamSpec * pspec)
{
  GstP2PWsClient *self = GST_P2P_WS_CLIENT (object);

  switch (id) {
    case PROP_RETRY_MIN:
      self->retry_min_ms = g_value_get_uint (value);
      break;
    case PROP_RETRY_MAX:
      self->retry_max_ms = g_value_get_uint (value);
      break;
    case PROP_CONNECT_TIMEOUT:
      self->connect_timeout_ms = g_value_get_uint (value);
      break;
    case PROP_REQUEST_TIMEOUT:
      self->request_timeout_ms = g_value_get_uint (value);
      break;
    case PROP_KEEPALIVE:
      self->keepalive_s = g_value_get_uint (value);
      break;
    case PROP_TLS_DATABASE:
      g_set_object (&self->tls_database, g_value_get_object (value));
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
  }
}

static void
gst_p2p_ws_client_dispose (GObject * object)
{
  GstP2PWsClient *self = GST_P2P_WS_CLIENT (object);

  gst_p2p_ws_client_close (GST_P2P_RENDEZVOUS (self));
  g_clear_object (&self->session);
  g_clear_object (&self->cancellable);
  g_clear_object (&self->tls_database);
  G_OBJECT_CLASS (gst_p2p_ws_client_parent_class)->dispose (object);
}

static void
gst_p2p_ws_client_finalize (GObject * object)
{
  GstP2PWsClient *self = GST_P2P_WS_CLIENT (object);

  g_queue_clear_full (&self->outbox, (GDestroyNotify) waiting_free);
  g_array_unref (self->members);
  g_ptr_array_unref (self->resolves);
  g_ptr_array_unref (self->publications);
  g_main_context_unref (self->context);
  g_free (self->url);
  g_free (self->shown_url);
  G_OBJECT_CLASS (gst_p2p_ws_client_parent_class)->finalize (object);
}

static void
install_uint (GObjectClass * klass, guint id, const gchar * name,
    const gchar * blurb, guint min, guint max, guint value)
{
  g_object_class_install_property (klass, id, g_param_spec_uint (name, name,
          blurb, min, max, value,
          G_PARAM_WRITABLE | G_PARAM_CONSTRUCT | G_PARAM_STATIC_STRINGS));
}

static void
gst_p2p_ws_client_class_init (GstP2PWsClientClass * klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->set_property = gst_p2p_ws_client_set_property;
  object_class->dispose = gst_p2p_ws_client_dispose;
  object_class->finalize = gst_p2p_ws_client_finalize;
  install_uint (object_class, PROP_RETRY_MIN, "retry-min",
      "Pause before the second attempt, in ms", 1, G_MAXINT,
      DEFAULT_RETRY_MIN_MS);
  install_uint (object_class, PROP_RETRY_MAX, "retry-max",
      "Longest pause between attempts, in ms", 1, G_MAXINT,
      DEFAULT_RETRY_MAX_MS);
  install_uint (object_class, PROP_CONNECT_TIMEOUT, "connect-timeout",
      "How long one attempt may take, in ms", 1, G_MAXINT,
      DEFAULT_CONNECT_TIMEOUT_MS);
  install_uint (object_class, PROP_REQUEST_TIMEOUT, "request-timeout",
      "How long resolve and publish may take, in ms", 1, G_MAXINT,
      DEFAULT_REQUEST_TIMEOUT_MS);
  install_uint (object_class, PROP_KEEPALIVE, "keepalive",
      "Time between pings, in s; 0 = none", 0, 3600, DEFAULT_KEEPALIVE_S);
  g_object_class_install_property (object_class, PROP_TLS_DATABASE,
      g_param_spec_object ("tls-database", "TLS database",
          "Certificates to trust; NULL = the system's", G_TYPE_TLS_DATABASE,
          G_PARAM_WRITABLE | G_PARAM_STATIC_STRINGS));
}

static void
gst_p2p_ws_client_init (GstP2PWsClient * self)
{
  g_queue_init (&self->outbox);
  self->members = g_array_new (FALSE, FALSE, sizeof (GstP2PWsMembership));
  self->resolves =
      g_ptr_array_new_with_free_func ((GDestroyNotify) waiting_free);
  self->publications =
      g_ptr_array_new_with_free_func ((GDestroyNotify) publication_free);
}

GstP2PWsClient *
gst_p2p_ws_client_new (GMainContext * context, const gchar * url)
{
  GstP2PWsClient *self;

  g_return_val_if_fail (url != NULL, NULL);

  self = g_object_new (GST_P2P_TYPE_WS_CLIENT, NULL);
  self->context = context != NULL ? g_main_context_ref (context)
      : g_main_context_ref (g_main_context_default ());
  self->url = g_strdup (url);
  self->shown_url = g_strndup (url, strcspn (url, "?#"));
  return self;
}
