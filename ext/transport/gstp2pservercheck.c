/* gst-plugins-p2p
 *
 * This library is free software; you can redistribute it and/or
 * modify it under the terms of the GNU Lesser General Public
 * License as published by the Free Software Foundation; either
 * version 2.1 of the License, or (at your option) any later version.
 */
/* gstp2pservercheck.c: see gstp2pservercheck.h.
 *
 * The same messages as libnice sends (with its STUN library), but their answers are
 * looked at. Nobody waits for a verdict, so a server has longer to answer than a link
 * gives it.
 */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include <gst/gst.h>
#include <string.h>
#include <stun/usages/bind.h>
#include <stun/usages/turn.h>

#include "gstp2pservercheck.h"
#include "gstp2pturn.h"
#include "../../gst/p2p/session/gstp2ptransport.h"

#define STUN_PORT 3478          /* RFC 8489 */
/* RFC 8489 6.2.1: 0.5, 1, 2, 4 s. */
#define FIRST_WAIT_MS 500
#define UDP_TRIES 4
#define STREAM_PATIENCE_S 10
#define MAX_ADDRESSES 4         /* of a name */
#define MAX_STRANGE 32          /* datagrams that are no answer, a try */
#define HEADER 20               /* of a STUN message */
#define MAX_ANSWER 1500
/* User and password of 509 bytes (RFC 8489 14.3), realm and nonce of 763. */
#define MAX_REQUEST 4096
/* Without credentials, with them, and again when the nonce went stale meanwhile. */
#define LOG_INS 3

#define UNAUTHORIZED 401        /* RFC 8489 14.8 */
#define STALE_NONCE 438
#define TRY_ALTERNATE 300
#define QUOTA_REACHED 486       /* RFC 8656 18.8 */
#define NO_CAPACITY 508

typedef struct
{
  GstP2PRelay relay;            /* host and port of a STUN server, too */
  gboolean is_relay;
  GCancellable *cancellable;
  StunAgent agent;
  GSocket *socket;              /* over UDP, else NULL */
  GIOStream *stream;
  gboolean answered;            /* another address would say the same */
  uint8_t request[MAX_REQUEST];
  uint8_t answer[2][MAX_ANSWER];        /* the newest, and the one before it */
  StunMessage answers[2];
  guint newest;
} Check;

static gboolean
fail (GError ** error, gint code, const gchar * text)
{
  g_set_error_literal (error, GST_RESOURCE_ERROR, code, text);
  return FALSE;
}

static const gchar *
get_advice (Check * self, const GError * cause)
{
  if (cause->domain == G_RESOLVER_ERROR) {
    return "Check its host";
  }
  if (g_error_matches (cause, G_TLS_ERROR, G_TLS_ERROR_BAD_CERTIFICATE)) {
    return "Write its host as in its certificate, which must be one that this "
        "machine trusts";
  }
  if (self->relay.tls) {
    return "Check host and port, and that it takes TLS there";
  }
  return "Check host and port, and that it runs";
}

/* cause: transfer full. What the network says, as the user is told. */
static gboolean
fail_with (Check * self, GError * cause, GError ** error)
{
  if (g_error_matches (cause, G_IO_ERROR, G_IO_ERROR_CANCELLED)) {
    g_propagate_error (error, cause);
    return FALSE;
  }
  if (g_error_matches (cause, G_IO_ERROR, G_IO_ERROR_TIMED_OUT)) {
    g_set_error (error, GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_OPEN_READ_WRITE,
        "nothing answers over %s. Check host and port, and that no firewall is "
        "in between%s", self->relay.tcp ? "TCP" : "UDP",
        self->is_relay && !self->relay.tcp ?
        " (?transport=tcp and turns:// pass most)" : "");
  } else {
    g_set_error (error, GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_OPEN_READ_WRITE,
        "%s. %s", cause->message, get_advice (self, cause));
  }
  g_error_free (cause);
  return FALSE;
}

/* ---- a message and its answer ---- */

/* Whether data is the answer; it is in self->answers[self->newest] then. */
static gboolean
take (Check * self, const uint8_t * data, gsize len)
{
  guint next = !self->newest;
  StunMessage *m = &self->answers[next];
  StunValidationStatus status;

  memcpy (self->answer[next], data, len);
  status = stun_agent_validate (&self->agent, m, self->answer[next], len, NULL,
      NULL);
  /* a refusal need not be signed */
  if (status != STUN_VALIDATION_SUCCESS
      && !(status == STUN_VALIDATION_UNAUTHORIZED
          && stun_message_get_class (m) == STUN_ERROR)) {
    return FALSE;
  }
  self->newest = next;
  self->answered = TRUE;
  return TRUE;
}

/* TRUE: it came. Else error is set, to G_IO_ERROR_TIMED_OUT when time is up. */
static gboolean
wait_datagram (Check * self, gint64 end, GError ** error)
{
  uint8_t data[MAX_ANSWER];
  gint64 left;
  gssize n;
  guint i;

  for (i = 0; i < MAX_STRANGE; i++) {
    left = MAX (end - g_get_monotonic_time (), 1);
    if (!g_socket_condition_timed_wait (self->socket, G_IO_IN, left,
            self->cancellable, error)) {
      return FALSE;
    }
    n = g_socket_receive (self->socket, (gchar *) data, sizeof (data),
        self->cancellable, error);
    if (n < 0) {
      return FALSE;
    }
    if (take (self, data, n)) {
      return TRUE;
    }
  }
  g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_TIMED_OUT, "no answer");
  return FALSE;
}

static gboolean
ask_over_udp (Check * self, gsize len, GError ** error)
{
  GError *cause = NULL;
  gint64 wait = FIRST_WAIT_MS * G_TIME_SPAN_MILLISECOND;
  guint i;

  for (i = 0; i < UDP_TRIES; i++, wait *= 2) {
    g_clear_error (&cause);
    if (g_socket_send (self->socket, (const gchar *) self->request, len,
            self->cancellable, &cause) < 0) {
      break;
    }
    if (wait_datagram (self, g_get_monotonic_time () + wait, &cause)) {
      return TRUE;
    }
    if (!g_error_matches (cause, G_IO_ERROR, G_IO_ERROR_TIMED_OUT)) {
      break;
    }
  }
  return fail_with (self, cause, error);
}

static gboolean
read_bytes (Check * self, uint8_t * data, gsize len, GError ** error)
{
  GInputStream *input = g_io_stream_get_input_stream (self->stream);
  GError *cause = NULL;
  gsize n = 0;

  if (!g_input_stream_read_all (input, data, len, &n, self->cancellable,
          &cause)) {
    return fail_with (self, cause, error);
  }
  return n == len || fail (error, GST_RESOURCE_ERROR_READ,
      "it hangs up without an answer. Check that a TURN server listens on that "
      "port");
}

static gboolean
ask_over_stream (Check * self, gsize len, GError ** error)
{
  GOutputStream *output = g_io_stream_get_output_stream (self->stream);
  uint8_t data[MAX_ANSWER];
  GError *cause = NULL;
  gsize rest;

  if (!g_output_stream_write_all (output, self->request, len, NULL,
          self->cancellable, &cause)) {
    return fail_with (self, cause, error);
  }
  if (!read_bytes (self, data, HEADER, error)) {
    return FALSE;
  }
  rest = (gsize) data[2] << 8 | data[3];
  if (rest <= sizeof (data) - HEADER) {
    if (!read_bytes (self, data + HEADER, rest, error)) {
      return FALSE;
    }
    if (take (self, data, HEADER + rest)) {
      return TRUE;
    }
  }
  return fail (error, GST_RESOURCE_ERROR_READ,
      "what answers is no TURN server. Check host and port");
}

static gboolean
ask (Check * self, gsize len, GError ** error)
{
  if (len == 0) {
    return fail (error, GST_RESOURCE_ERROR_SETTINGS,
        "user or password is too long");
  }
  return self->socket ? ask_over_udp (self, len, error) :
      ask_over_stream (self, len, error);
}

/* ---- what is asked ---- */

static gboolean
ask_address (Check * self, GError ** error)
{
  StunMessage m;
  gsize len = stun_usage_bind_create (&self->agent, &m, self->request,
      sizeof (self->request));

  if (!ask (self, len, error)) {
    return FALSE;
  }
  return stun_message_get_class (&self->answers[self->newest]) == STUN_RESPONSE
      || fail (error, GST_RESOURCE_ERROR_READ,
      "it refuses to tell an address. Use another server");
}

static gboolean
refused (gint code, GError ** error)
{
  switch (code) {
    case UNAUTHORIZED:
      return fail (error, GST_RESOURCE_ERROR_NOT_AUTHORIZED,
          "it refuses user or password. Check both (other characters than letters "
          "and digits as %XX), and that they are still valid");
    case QUOTA_REACHED:
      return fail (error, GST_RESOURCE_ERROR_BUSY,
          "it lends this user no more relays. Raise its quota for the user");
    case NO_CAPACITY:
      return fail (error, GST_RESOURCE_ERROR_BUSY,
          "it has no relay to lend. Raise its limits, or use another one");
    default:
      g_set_error (error, GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_NOT_AUTHORIZED,
          "it refuses with STUN error %d. Its log should tell why", code);
      return FALSE;
  }
}

/* previous: the answer that named realm and nonce, or NULL. */
static gsize
build_request (Check * self, StunMessage * previous, gboolean give_back)
{
  GstP2PRelay *r = &self->relay;
  uint8_t *name = (uint8_t *) r->name, *password = (uint8_t *) r->password;
  StunMessage m;

  if (give_back) {
    return stun_usage_turn_create_refresh (&self->agent, &m, self->request,
        sizeof (self->request), previous, 0, name, strlen (r->name), password,
        strlen (r->password), STUN_USAGE_TURN_COMPATIBILITY_RFC5766);
  }
  return stun_usage_turn_create (&self->agent, &m, self->request,
      sizeof (self->request), previous, STUN_USAGE_TURN_REQUEST_PORT_NORMAL,
      -1, -1, name, strlen (r->name), password, strlen (r->password),
      STUN_USAGE_TURN_COMPATIBILITY_RFC5766);
}

/* Over TCP it ends with the connection. Should this be lost, it ends by itself. */
static void
give_back_relay (Check * self, StunMessage * previous)
{
  gsize len = self->socket ? build_request (self, previous, TRUE) : 0;

  if (len > 0) {
    g_socket_send (self->socket, (const gchar *) self->request, len, NULL,
        NULL);
  }
}

static gboolean
ask_relay (Check * self, GError ** error)
{
  StunMessage *previous = NULL;
  StunMessage *answer;
  gint code = 0;
  guint i;

  for (i = 0; i < LOG_INS; i++) {
    if (!ask (self, build_request (self, previous, FALSE), error)) {
      return FALSE;
    }
    answer = &self->answers[self->newest];
    if (stun_message_get_class (answer) == STUN_RESPONSE) {
      if (previous) {
        give_back_relay (self, previous);
      }
      return TRUE;
    }
    if (stun_message_find_error (answer, &code) != STUN_MESSAGE_RETURN_SUCCESS) {
      code = 0;
    }
    if (code == TRY_ALTERNATE) {
      return TRUE;
    }
    if (!(code == UNAUTHORIZED && i == 0) && code != STALE_NONCE) {
      break;
    }
    previous = answer;
  }
  return refused (code, error);
}

/* ---- how it is reached ---- */

static gboolean
ask_over_tcp (Check * self, GError ** error)
{
  const gchar *host = self->relay.host;
  g_autoptr (GSocketConnectable) name =
      g_network_address_new (host, self->relay.port);
  g_autoptr (GSocketClient) client = g_socket_client_new ();
  g_autoptr (GSocketConnection) outer = NULL;
  g_autoptr (GIOStream) tls = NULL;
  GError *cause = NULL;

  g_socket_client_set_timeout (client, STREAM_PATIENCE_S);
  outer = g_socket_client_connect (client, name, self->cancellable, &cause);
  if (outer == NULL) {
    return fail_with (self, cause, error);
  }
  self->stream = G_IO_STREAM (outer);
  if (self->relay.tls) {
    tls = g_tls_client_connection_new (G_IO_STREAM (outer), name, &cause);
    if (tls == NULL
        || !g_tls_connection_handshake (G_TLS_CONNECTION (tls),
            self->cancellable, &cause)) {
      return fail_with (self, cause, error);
    }
    self->stream = tls;
  }
  return ask_relay (self, error);
}

static gboolean
ask_socket (Check * self, GSocketAddress * address, GError ** error)
{
  GError *cause = NULL;
  gboolean ok;

  self->socket = g_socket_new (g_socket_address_get_family (address),
      G_SOCKET_TYPE_DATAGRAM, G_SOCKET_PROTOCOL_UDP, &cause);
  if (self->socket == NULL
      || !g_socket_connect (self->socket, address, self->cancellable, &cause)) {
    ok = fail_with (self, cause, error);
  } else {
    ok = self->is_relay ? ask_relay (self, error) : ask_address (self, error);
  }
  g_clear_object (&self->socket);
  return ok;
}

/* Its addresses one after the other, until one answers. */
static gboolean
ask_addresses (Check * self, GError ** error)
{
  g_autoptr (GSocketConnectable) name =
      g_network_address_new (self->relay.host, self->relay.port);
  g_autoptr (GSocketAddressEnumerator) addresses =
      g_socket_connectable_enumerate (name);
  GSocketAddress *address;
  GError *cause = NULL, *last = NULL;
  gboolean ok = FALSE;
  guint i;

  for (i = 0; i < MAX_ADDRESSES && !ok && !self->answered; i++) {
    address = g_socket_address_enumerator_next (addresses, self->cancellable,
        &cause);
    if (address == NULL) {
      break;
    }
    g_clear_error (&last);
    ok = ask_socket (self, address, &last);
    g_object_unref (address);
  }
  if (cause != NULL) {
    g_clear_error (&last);
    fail_with (self, cause, &last);
  }
  if (last != NULL) {
    g_propagate_error (error, last);
  }
  return ok;
}

static gboolean
parse (Check * self, const gchar * text, GError ** error)
{
  g_autoptr (GstUri) uri = gst_p2p_ice_server_parse (text);
  const gchar *host = uri ? gst_uri_get_host (uri) : NULL;
  guint port = uri ? gst_uri_get_port (uri) : 0;

  self->is_relay = !g_str_has_prefix (text, "stun:");
  if (self->is_relay && gst_p2p_relay_parse (text, &self->relay)) {
    return TRUE;
  }
  if (self->is_relay || host == NULL) {
    return fail (error, GST_RESOURCE_ERROR_SETTINGS, "it can't be understood");
  }
  self->relay.host = g_strdup (host);
  self->relay.port = port == GST_URI_NO_PORT ? STUN_PORT : port;
  return TRUE;
}

gboolean
gst_p2p_server_check (const gchar * text, GCancellable * cancellable,
    GError ** error)
{
  Check *self = g_new0 (Check, 1);
  gboolean ok = parse (self, text, error);

  if (ok) {
    self->cancellable = cancellable;
    stun_agent_init (&self->agent, STUN_ALL_KNOWN_ATTRIBUTES,
        STUN_COMPATIBILITY_RFC5389, self->is_relay ?
        STUN_AGENT_USAGE_LONG_TERM_CREDENTIALS : 0);
    ok = self->relay.tcp ? ask_over_tcp (self, error) :
        ask_addresses (self, error);
  }
  gst_p2p_relay_clear (&self->relay);
  g_free (self);
  return ok;
}

gchar *
gst_p2p_server_describe (const gchar * text)
{
  const gchar *colon = strstr (text, "://");
  const gchar *at = strrchr (text, '@');

  if (colon == NULL || at == NULL || at < colon) {
    return g_strdup (text);
  }
  return g_strdup_printf ("%.*s%s", (int) (colon + 3 - text), text, at + 1);
}
