/* gst-plugins-p2p
 *
 * This library is free software; you can redistribute it and/or
 * modify it under the terms of the GNU Lesser General Public
 * License as published by the Free Software Foundation; either
 * version 2.1 of the License, or (at your option) any later version.
 */
/* p2p-link-peer: one link of the real transport, driven by JSON lines.
 *
 *   p2p-link-peer [--loopback] [--stun=URL] [--turn=URL] [--relay-only]
 *
 * stdin:  {"cmd": "offer"}  {"cmd": "accept", "sdp": s}  {"cmd": "answer", "sdp": s}
 *         (offer and accept with "wrong_role": true take the other ICE role)
 *         {"cmd": "candidate", "candidate": s or null}
 *         {"cmd": "send", "stream": n, "size": n, "seed": n}
 *         {"cmd": "echo", "on": b}  {"cmd": "pause", "on": b}
 *         {"cmd": "stats"}  {"cmd": "close"}  {"cmd": "quit"}
 * stdout: {"event": "description", "sdp": s}  {"event": "candidate", ...}
 *         {"event": "state", "state": s, "error": s}
 *         {"event": "message", "stream": n, "size": n, "seed": n or -1}
 *         {"event": "writable"}  {"event": "stats", ...}  {"event": "error", ...}
 * Byte i of a sent message is (31 i + (i >> 8) + seed) mod 256; "seed" of a
 * received one is what makes it so, -1 when nothing does.
 */
#include <gio/gunixinputstream.h>
#include <gst/gst.h>
#include <json-glib/json-glib.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "../../ext/transport/gstp2pcertificate.h"
#include "../../ext/transport/gstp2pice.h"
#include "../../ext/transport/gstp2pnicelink.h"
#include "../../ext/transport/gstp2pnicetransport.h"

typedef struct
{
  GMainLoop *loop;
  GstP2PTransport *transport;
  GstP2PLink *link;
  GstP2PIceConfig config;
  gboolean echo;
} Peer;

static void
print_event (JsonBuilder * b)
{
  JsonNode *root = json_builder_get_root (b);
  g_autofree gchar *text = json_to_string (root, FALSE);

  puts (text);
  fflush (stdout);
  json_node_unref (root);
  g_object_unref (b);
}

static JsonBuilder *
new_event (const gchar * name)
{
  JsonBuilder *b = json_builder_new ();

  json_builder_begin_object (b);
  json_builder_set_member_name (b, "event");
  json_builder_add_string_value (b, name);
  return b;
}

static void
add_text (JsonBuilder * b, const gchar * key, const gchar * value)
{
  json_builder_set_member_name (b, key);
  if (value) {
    json_builder_add_string_value (b, value);
  } else {
    json_builder_add_null_value (b);
  }
}

static void
add_number (JsonBuilder * b, const gchar * key, gint64 value)
{
  json_builder_set_member_name (b, key);
  json_builder_add_int_value (b, value);
}

static void
end_event (JsonBuilder * b)
{
  json_builder_end_object (b);
  print_event (b);
}

static void
say_error (const gchar * message)
{
  JsonBuilder *b = new_event ("error");

  add_text (b, "message", message);
  end_event (b);
}

static guint8
pattern (gsize i, guint8 seed)
{
  return (guint8) (i * 31 + (i >> 8) + seed);
}

static void
on_description (GstP2PLink * link, const gchar * sdp, gpointer user_data)
{
  JsonBuilder *b = new_event ("description");

  add_text (b, "sdp", sdp);
  end_event (b);
}

static void
on_candidate (GstP2PLink * link, const gchar * candidate, gpointer user_data)
{
  JsonBuilder *b = new_event ("candidate");

  add_text (b, "candidate", candidate);
  end_event (b);
}

static void
on_state (GstP2PLink * link, GstP2PLinkState state, const GError * error,
    gpointer user_data)
{
  JsonBuilder *b = new_event ("state");

  add_text (b, "state", gst_p2p_link_state_to_string (state));
  add_text (b, "error", error ? error->message : NULL);
  end_event (b);
}

static gint
seed_of (const guint8 * p, gsize n)
{
  gsize i;

  for (i = 0; i < n; i++) {
    if (p[i] != pattern (i, p[0])) {
      return -1;
    }
  }
  return n > 0 ? p[0] : 0;
}

static void
on_message (GstP2PLink * link, guint16 stream, GBytes * message,
    gpointer user_data)
{
  Peer *peer = user_data;
  gsize n;
  const guint8 *p = g_bytes_get_data (message, &n);
  JsonBuilder *b = new_event ("message");

  add_number (b, "stream", stream);
  add_number (b, "size", (gint64) n);
  add_number (b, "seed", seed_of (p, n));
  end_event (b);
  if (peer->echo && gst_p2p_link_send (link, stream, NULL, 0, message, 0, n)
      != GST_P2P_SEND_OK) {
    say_error ("the echo was not sent");
  }
}

static void
on_writable (GstP2PLink * link, gpointer user_data)
{
  end_event (new_event ("writable"));
}

static const GstP2PLinkCallbacks callbacks = {
  on_description, on_candidate, on_state, on_message, on_writable
};

static const gchar *
get_text (JsonObject * o, const gchar * key)
{
  JsonNode *node = json_object_get_member (o, key);

  return node && JSON_NODE_HOLDS_VALUE (node) ? json_node_get_string (node)
      : NULL;
}

static void
take_link (Peer * peer, GstP2PLink * link, GError * error)
{
  if (link == NULL) {
    say_error (error ? error->message : "no link");
    return;
  }
  g_clear_object (&peer->link);
  peer->link = link;
  gst_p2p_link_set_callbacks (link, &callbacks, peer);
}

/* As the transport does, but for the role: RFC 8445 7.3.1.1 resolves that. */
static GstP2PLink *
make_wrong (Peer * peer, const gchar * offer, GError ** error)
{
  g_autoptr (GstP2PCertificate) certificate =
      gst_p2p_certificate_new (NULL, error);
  g_autoptr (GstP2PSdp) sdp = NULL;
  GstP2PIce *ice;

  if (certificate == NULL
      || (offer && !(sdp = gst_p2p_sdp_parse (offer, FALSE, error)))) {
    return NULL;
  }
  ice = gst_p2p_ice_new (NULL, &peer->config, offer != NULL, error);
  return ice ? gst_p2p_nice_link_new (g_main_context_default (), certificate,
      ice, NULL, "interop", sdp) : NULL;
}

static GstP2PLink *
make_link (Peer * peer, JsonObject * o, const gchar * offer, GError ** error)
{
  if (json_object_get_boolean_member_with_default (o, "wrong_role", FALSE)) {
    return make_wrong (peer, offer, error);
  }
  return offer ? gst_p2p_transport_accept_offer (peer->transport,
      &peer->config, "interop", offer, error) :
      gst_p2p_transport_create_offer (peer->transport, &peer->config,
      "interop");
}

static void
send_pattern (Peer * peer, JsonObject * o)
{
  gsize n = (gsize) json_object_get_int_member (o, "size");
  guint8 seed = (guint8) json_object_get_int_member_with_default (o, "seed",
      0);
  guint8 *bytes = g_malloc (n + 1);
  GBytes *body;
  gsize i;

  for (i = 0; i < n; i++) {
    bytes[i] = pattern (i, seed);
  }
  body = g_bytes_new_take (bytes, n);
  if (gst_p2p_link_send (peer->link,
          (guint16) json_object_get_int_member_with_default (o, "stream", 0),
          NULL, 0, body, 0, n) != GST_P2P_SEND_OK) {
    say_error ("not sent");
  }
  g_bytes_unref (body);
}

static void
say_stats (Peer * peer)
{
  GstP2PLinkStats s;
  JsonBuilder *b = new_event ("stats");

  gst_p2p_link_get_stats (peer->link, &s);
  add_number (b, "wire_sent", (gint64) s.wire_sent);
  add_number (b, "wire_received", (gint64) s.wire_received);
  add_number (b, "messages_sent", (gint64) s.messages_sent);
  add_number (b, "messages_received", (gint64) s.messages_received);
  add_number (b, "unacked", s.unacked);
  add_number (b, "srtt_us", s.srtt_us);
  add_number (b, "path", s.path);
  add_text (b, "local", s.local_address);
  add_text (b, "remote", s.remote_address);
  end_event (b);
}

/* Commands that need a link. */
static void
do_link_command (Peer * peer, const gchar * cmd, JsonObject * o)
{
  g_autoptr (GError) error = NULL;

  if (strcmp (cmd, "answer") == 0) {
    gst_p2p_link_set_answer (peer->link, get_text (o, "sdp"), &error);
  } else if (strcmp (cmd, "candidate") == 0) {
    gst_p2p_link_add_candidate (peer->link, get_text (o, "candidate"), &error);
  } else if (strcmp (cmd, "send") == 0) {
    send_pattern (peer, o);
  } else if (strcmp (cmd, "pause") == 0) {
    gst_p2p_link_pause_reading (peer->link,
        json_object_get_boolean_member (o, "on"));
  } else if (strcmp (cmd, "stats") == 0) {
    say_stats (peer);
  } else if (strcmp (cmd, "close") == 0) {
    gst_p2p_link_close (peer->link);
  } else {
    say_error ("unknown command");
  }
  if (error) {
    say_error (error->message);
  }
}

static void
do_command (Peer * peer, JsonObject * o)
{
  const gchar *cmd = get_text (o, "cmd");
  GError *error = NULL;

  if (cmd == NULL) {
    say_error ("no cmd");
  } else if (strcmp (cmd, "quit") == 0) {
    g_main_loop_quit (peer->loop);
  } else if (strcmp (cmd, "echo") == 0) {
    peer->echo = json_object_get_boolean_member (o, "on");
  } else if (strcmp (cmd, "offer") == 0) {
    take_link (peer, make_link (peer, o, NULL, &error), error);
  } else if (strcmp (cmd, "accept") == 0) {
    const gchar *sdp = get_text (o, "sdp");

    take_link (peer, make_link (peer, o, sdp ? sdp : "", &error), error);
  } else if (peer->link == NULL) {
    say_error ("no link yet");
  } else {
    do_link_command (peer, cmd, o);
  }
  g_clear_error (&error);
}

static void
on_line (GObject * object, GAsyncResult * result, gpointer user_data)
{
  Peer *peer = user_data;
  GDataInputStream *in = G_DATA_INPUT_STREAM (object);
  g_autofree gchar *line =
      g_data_input_stream_read_line_finish (in, result, NULL, NULL);
  g_autoptr (JsonNode) node = NULL;

  if (line == NULL) {
    g_main_loop_quit (peer->loop);
    return;
  }
  node = json_from_string (line, NULL);
  if (node && JSON_NODE_HOLDS_OBJECT (node)) {
    do_command (peer, json_node_get_object (node));
  } else {
    say_error ("not a JSON object");
  }
  g_data_input_stream_read_line_async (in, G_PRIORITY_DEFAULT, NULL, on_line,
      peer);
}

static gboolean
parse_options (Peer * peer, int *argc, char ***argv, GError ** error)
{
  gchar **turn = NULL;
  GOptionEntry entries[] = {
    {"loopback", 0, 0, G_OPTION_ARG_NONE, &peer->config.use_loopback,
        "Loopback addresses, too", NULL},
    {"relay-only", 0, 0, G_OPTION_ARG_NONE, &peer->config.relay_only,
        "Only over a relay", NULL},
    {"stun", 0, 0, G_OPTION_ARG_STRING, &peer->config.stun_server,
        "STUN server", "URL"},
    {"turn", 0, 0, G_OPTION_ARG_STRING_ARRAY, &turn, "TURN server", "URL"},
    G_OPTION_ENTRY_NULL
  };
  g_autoptr (GOptionContext) context = g_option_context_new (NULL);

  g_option_context_add_main_entries (context, entries, NULL);
  if (!g_option_context_parse (context, argc, argv, error)) {
    return FALSE;
  }
  peer->config.turn_servers = turn;
  return TRUE;
}

int
main (int argc, char **argv)
{
  Peer peer = { 0 };
  g_autoptr (GError) error = NULL;
  g_autoptr (GInputStream) raw = g_unix_input_stream_new (STDIN_FILENO, FALSE);
  g_autoptr (GDataInputStream) in = g_data_input_stream_new (raw);

  gst_init (&argc, &argv);
  if (!parse_options (&peer, &argc, &argv, &error)) {
    fprintf (stderr, "%s\n", error->message);
    return 2;
  }
  peer.transport = GST_P2P_TRANSPORT (gst_p2p_nice_transport_new (NULL, NULL,
          &error));
  if (peer.transport == NULL) {
    fprintf (stderr, "%s\n", error->message);
    return 1;
  }
  peer.loop = g_main_loop_new (NULL, FALSE);
  g_data_input_stream_read_line_async (in, G_PRIORITY_DEFAULT, NULL, on_line,
      &peer);
  g_main_loop_run (peer.loop);
  g_clear_object (&peer.link);
  g_clear_object (&peer.transport);
  g_main_loop_unref (peer.loop);
  return 0;
}
