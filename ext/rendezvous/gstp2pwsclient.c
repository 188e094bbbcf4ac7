/* gst-plugins-p2p
 *
 * This library is free software; you can redistribute it and/or
 * modify it under the terms of the GNU Lesser General Public
 * License as published by the Free Software Foundation; either
 * version 2.1 of the License, or (at your option) any later version.
 */
/* gstp2pwsclient.c: the connection to a rendezvous server. What is heard is in gstp2pwsinbox.c, what is said in
 * gstp2pwsoutbox.c.
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
#define OUTBOX_AGE_US (30 * G_USEC_PER_SEC)     /* an offer is stale after that */
#define TICK_MS 1000
#define GOODBYE_MS 1000         /* for the server to close its side */

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

void
gst_p2p_ws_waiting_free (GstP2PWsWaiting * waiting)
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

GstP2PWsWaiting *
gst_p2p_ws_waiting_new (const gchar * text)
{
  GstP2PWsWaiting *waiting = g_new (GstP2PWsWaiting, 1);

  waiting->text = g_strdup (text);
  waiting->since = g_get_monotonic_time ();
  return waiting;
}

static void
set_timer (GstP2PWsClient * self, GSource ** place, guint ms, GSourceFunc func)
{
  gst_p2p_clear_source (place);
  *place = g_timeout_source_new (ms);
  g_source_set_callback (*place, func, self, NULL);
  g_source_attach (*place, self->context);
}

/* ---- saying ---- */

gboolean
gst_p2p_ws_client_is_open (GstP2PWsClient * self)
{
  return self->ws != NULL && soup_websocket_connection_get_state (self->ws) ==
      SOUP_WEBSOCKET_STATE_OPEN;
}

void
gst_p2p_ws_client_send_text (GstP2PWsClient * self, const gchar * text)
{
  GST_LOG_OBJECT (self, "%s < %s", self->shown_url, text);
  soup_websocket_connection_send_text (self->ws, text);
}

/* ---- time ---- */

/* What waits for too long fails for the reason that is known. */
static void
fail_overdue (GstP2PWsClient * self)
{
  g_autoptr (GError) silence = g_error_new (GST_P2P_ERROR,
      GST_P2P_ERROR_RENDEZVOUS, "the rendezvous %s does not answer: check host "
      "and port", self->shown_url);
  g_autoptr (GError) no_names = gst_p2p_ws_client_no_names (self);
  GError *error = silence;

  if (self->trouble != NULL)
    error = self->trouble;
  else if (self->replied && !self->ours)
    error = no_names;
  gst_p2p_ws_client_fail_requests (self, FALSE, error);
}

/* Nobody answered while this machine stood still, or what did has not been read
 * yet: what waits has that time left. */
static void
forgive_stall (GstP2PWsClient * self, gint64 now)
{
  gint64 tick_us = self->tick_ms * 1000LL;
  gint64 stood = now - self->ticked_at - tick_us;
  guint i;

  self->ticked_at = now;
  if (stood < tick_us)
    return;
  self->heard_at = MIN (self->heard_at + stood, now);
  for (i = 0; i < self->resolves->len; i++) {
    GstP2PWsWaiting *waiting = g_ptr_array_index (self->resolves, i);

    waiting->since = MIN (waiting->since + stood, now);
  }
  for (i = 0; i < self->publications->len; i++) {
    GstP2PWsPublication *p = g_ptr_array_index (self->publications, i);

    if (p->sent_at != 0)
      p->sent_at = MIN (p->sent_at + stood, now);
  }
}

static gboolean
on_tick (gpointer user_data)
{
  GstP2PWsClient *self = g_object_ref (user_data);
  gint64 now = g_get_monotonic_time ();
  guint i;

  forgive_stall (self, now);
  fail_overdue (self);
  for (i = 0; gst_p2p_ws_client_is_open (self) && i < self->members->len; i++) {
    GstP2PWsMembership *member =
        &g_array_index (self->members, GstP2PWsMembership, i);

    if (now - member->announced_at >= member->interval_s * G_USEC_PER_SEC)
      gst_p2p_ws_client_announce_again (self, member, NULL);
  }
  /* Pings are answered: three without a word, and the server is gone. */
  if (gst_p2p_ws_client_is_open (self) && self->keepalive_s > 0
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

  gst_p2p_clear_source (&self->retry);
  connect_now (self);
  return G_SOURCE_REMOVE;
}

static gboolean
on_connect_timeout (gpointer user_data)
{
  GstP2PWsClient *self = user_data;

  gst_p2p_clear_source (&self->connect_timer);
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
  g_clear_error (&self->trouble);
  self->trouble = g_error_copy (error);
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
        "%s does not speak the rendezvous protocol: check host and port",
        self->shown_url);

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
    GString *json = gst_p2p_ws_client_new_message ("resolve");

    waiting = g_ptr_array_index (self->resolves, i);
    gst_p2p_signal_member_string (json, "name", waiting->text);
    gst_p2p_ws_client_say (self, json);
  }
  for (i = 0; i < self->members->len; i++) {
    GstP2PWsMembership *member =
        &g_array_index (self->members, GstP2PWsMembership, i);

    if (!outbox_has_announce (self, member))
      gst_p2p_ws_client_announce_again (self, member, "started");
  }
  while ((waiting = g_queue_pop_head (&self->outbox)) != NULL) {
    if (waiting->since > too_old && gst_p2p_ws_client_is_open (self))
      gst_p2p_ws_client_send_text (self, waiting->text);
    gst_p2p_ws_waiting_free (waiting);
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
  self->ours = self->replied = FALSE;
  self->nonsense = 0;
  g_clear_error (&self->trouble);
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

#define TLS_HINT "; one with TLS is wss:// (p2ps:// for listeners)"

/* What came in the place of a WebSocket, and what to do about it. A server without
 * TLS waits for the end of a line that TLS never sends; one with TLS hangs up. */
static GError *
explain (GstP2PWsClient * self, const GError * error)
{
  gboolean secure = g_str_has_prefix (self->url, "wss:");

  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return g_error_new (GST_P2P_ERROR, GST_P2P_ERROR_RENDEZVOUS,
        "can't reach the rendezvous %s: no answer in time%s", self->shown_url,
        secure ? "; one without TLS is ws:// (p2p:// for listeners)" : "");
  if (g_error_matches (error, G_TLS_ERROR, G_TLS_ERROR_BAD_CERTIFICATE))
    return g_error_new (GST_P2P_ERROR, GST_P2P_ERROR_RENDEZVOUS,
        "the certificate of the rendezvous %s is not trusted (%s): it has to name "
        "this host, be valid today, and come from an authority that this "
        "system trusts", self->shown_url, error->message);
  if (error->domain == SOUP_SESSION_ERROR
      || error->domain == SOUP_WEBSOCKET_ERROR)
    return g_error_new (GST_P2P_ERROR, GST_P2P_ERROR_RENDEZVOUS,
        "what answers at %s is no rendezvous (%s): check host and port%s",
        self->shown_url, error->message, secure ? "" : TLS_HINT);
  if (!secure && g_error_matches (error, G_IO_ERROR,
          G_IO_ERROR_CONNECTION_CLOSED))
    return g_error_new (GST_P2P_ERROR, GST_P2P_ERROR_RENDEZVOUS,
        "can't reach the rendezvous %s (%s): check host and port%s",
        self->shown_url, error->message, TLS_HINT);
  return g_error_new (GST_P2P_ERROR, GST_P2P_ERROR_RENDEZVOUS,
      "can't reach the rendezvous %s (%s): check host and port, and that it "
      "runs", self->shown_url, error->message);
}

static void
on_connected (GObject * source, GAsyncResult * result, gpointer user_data)
{
  GstP2PWsClient *self = user_data;     /* our reference */
  g_autoptr (GError) error = NULL;
  SoupWebsocketConnection *ws;

  ws = soup_session_websocket_connect_finish (SOUP_SESSION (source), result,
      &error);
  gst_p2p_clear_source (&self->connect_timer);
  g_clear_object (&self->cancellable);
  if (self->closed) {
    g_clear_object (&ws);
  } else if (ws != NULL) {
    connected (self, ws);
  } else {
    g_autoptr (GError) shown = explain (self, error);

    disconnected (self, shown);
  }
  g_object_unref (self);
}

static SoupSession *
new_session (GstP2PWsClient * self)
{
  SoupSession *session = self->tls_database != NULL ?
      soup_session_new_with_options ("tls-database", self->tls_database, NULL)
      : soup_session_new ();

  /* No compression: it costs 300 KB a connection and saves nothing here. */
  soup_session_remove_feature_by_type (session,
      SOUP_TYPE_WEBSOCKET_EXTENSION_MANAGER);
  soup_session_set_user_agent (session, PACKAGE "/" VERSION);
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

  gst_p2p_clear_source (&self->retry);
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
  gst_p2p_clear_source (&self->retry);
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
  self->ticked_at = g_get_monotonic_time ();
  self->tick_ms = MIN (TICK_MS, self->request_timeout_ms / 4 + 1);
  set_timer (self, &self->tick, self->tick_ms, on_tick);
  connect_now (self);
}

static void
unref_goodbye (gpointer goodbye, GClosure * closure)
{
  g_source_unref (goodbye);
}

static gboolean
on_goodbye_over (gpointer ws)
{
  return G_SOURCE_REMOVE;
}

static void
on_shut (SoupWebsocketConnection * ws, gpointer goodbye)
{
  g_source_destroy (goodbye);
}

/* Says goodbye. libsoup writes at once what the socket takes. The connection
 * belongs to a timer from now on: until the server has closed its side, for a
 * second, or until nobody runs the context any more. */
static void
close_socket (GstP2PWsClient * self)
{
  SoupWebsocketConnection *ws = g_steal_pointer (&self->ws);
  GSource *goodbye;

  g_signal_handlers_disconnect_by_data (ws, self);
  if (soup_websocket_connection_get_state (ws) != SOUP_WEBSOCKET_STATE_OPEN) {
    g_object_unref (ws);
    return;
  }
  goodbye = g_timeout_source_new (GOODBYE_MS);
  g_source_set_callback (goodbye, on_goodbye_over, ws, g_object_unref);
  g_signal_connect_data (ws, "closed", G_CALLBACK (on_shut), goodbye,
      unref_goodbye, 0);
  g_source_attach (goodbye, self->context);
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
  for (i = 0; gst_p2p_ws_client_is_open (self) && i < self->members->len; i++)
    gst_p2p_ws_client_announce_again (self, &g_array_index (self->members,
            GstP2PWsMembership, i), "stopped");
  self->closed = TRUE;
  self->callbacks = NULL;
  gst_p2p_clear_source (&self->retry);
  gst_p2p_clear_source (&self->tick);
  gst_p2p_clear_source (&self->connect_timer);
  if (self->cancellable != NULL)
    g_cancellable_cancel (self->cancellable);
  if (self->ws != NULL)
    close_socket (self);
}

static gboolean
gst_p2p_ws_client_is_connected (GstP2PRendezvous * rendezvous)
{
  return gst_p2p_ws_client_is_open (GST_P2P_WS_CLIENT (rendezvous));
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

  g_queue_clear_full (&self->outbox, (GDestroyNotify) gst_p2p_ws_waiting_free);
  g_array_unref (self->members);
  g_ptr_array_unref (self->resolves);
  g_ptr_array_unref (self->publications);
  g_main_context_unref (self->context);
  g_free (self->url);
  g_free (self->shown_url);
  g_clear_error (&self->trouble);
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
      g_ptr_array_new_with_free_func ((GDestroyNotify) gst_p2p_ws_waiting_free);
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
