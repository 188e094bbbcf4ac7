/* gst-plugins-p2p
 *
 * This library is free software; you can redistribute it and/or
 * modify it under the terms of the GNU Lesser General Public
 * License as published by the Free Software Foundation; either
 * version 2.1 of the License, or (at your option) any later version.
 */
/* fuzz-signalling.c: hostile bytes into what reads signalling.
 *
 * SIDE_FRAME    WebSocket frames, whole and cut into pieces
 * SIDE_UPGRADE  the first bytes of a caller
 * SIDE_SERVER   a message of a peer, into a server with two members
 * SIDE_CLIENT   a message of a server, into a client that waits for answers
 */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "../../ext/rendezvous/gstp2ptrackerprivate.h"
#include "../../ext/rendezvous/gstp2pwsclientprivate.h"
#include "../../ext/rendezvous/gstp2pwsupgrade.h"

#define HASH "abcdefghijklmnopqrst"
#define PEER_A "-GP0100-aaaaaaaaaaaa"
#define PEER_B "-GP0100-bbbbbbbbbbbb"

int LLVMFuzzerTestOneInput (const uint8_t * data, size_t size);

#define EXPECT(condition) \
  do { if (!(condition)) { g_printerr ("%s:%d: %s\n", __FILE__, __LINE__, \
      #condition); abort (); } } while (0)

#if defined (SIDE_FRAME)

#define MAX_MESSAGE 4096

/* What one way of cutting the bytes brought. */
typedef struct
{
  guint messages, counted, limit;
  guint32 hash;
  GByteArray *replies;
  GstP2PWsResult result;
} Seen;

static gboolean
on_message (gpointer owner, const gchar * data, gsize len)
{
  Seen *seen = owner;
  gsize i;

  EXPECT (len <= MAX_MESSAGE);
  seen->hash = (seen->hash ^ len) * 16777619u;
  for (i = 0; i < len; i++)
    seen->hash = (seen->hash ^ (guint8) data[i]) * 16777619u;
  return ++seen->messages + seen->counted < seen->limit;
}

static gboolean
on_counted (gpointer owner)
{
  Seen *seen = owner;

  return seen->messages + ++seen->counted < seen->limit;
}

static void
feed (GstP2PWsCodec * codec, Seen * seen, const guint8 * data, gsize size,
    gsize step)
{
  g_autoptr (GByteArray) reply = g_byte_array_new ();
  GstP2PWsDecoder *decoder = NULL;
  gsize at, n;

  seen->replies = g_byte_array_new ();
  for (at = 0; at < size && seen->result == GST_P2P_WS_GO_ON; at += n) {
    n = MIN (step, size - at);
    seen->result = gst_p2p_ws_codec_decode (codec, &decoder, seen, data + at,
        n, reply);
    if (seen->result == GST_P2P_WS_GO_ON || seen->result == GST_P2P_WS_CLOSED)
      g_byte_array_append (seen->replies, reply->data, reply->len);
    EXPECT (seen->result == GST_P2P_WS_GO_ON || decoder == NULL);
  }
  gst_p2p_ws_decoder_release (decoder);
}

/* However the bytes are cut, they say the same. */
int
LLVMFuzzerTestOneInput (const uint8_t * data, size_t size)
{
  static const GstP2PWsCodecCallbacks callbacks = { on_message, on_counted };
  static GstP2PWsCodec *codec;
  Seen whole = {.limit = 50 }, cut = {.limit = 50 };

  if (codec == NULL)
    codec = gst_p2p_ws_codec_new (&callbacks, MAX_MESSAGE);
  feed (codec, &whole, data, size, size);
  feed (codec, &cut, data, size, size > 0 ? 1 + data[size - 1] % 16 : 1);
  /* wslay looks at the text of a close frame piece by piece: a bad one is found
   * now or at its end. */
  EXPECT (whole.result == cut.result || whole.result == GST_P2P_WS_CLOSED
      || cut.result == GST_P2P_WS_CLOSED);
  EXPECT (whole.messages == cut.messages && whole.counted == cut.counted);
  EXPECT (whole.hash == cut.hash);
  /* Pongs that wait are not sent any more when it is over. */
  if (whole.result == GST_P2P_WS_GO_ON && cut.result == GST_P2P_WS_GO_ON)
    EXPECT (whole.replies->len == cut.replies->len
        && (whole.replies->len == 0 || memcmp (whole.replies->data,
                cut.replies->data, whole.replies->len) == 0));
  g_byte_array_unref (whole.replies);
  g_byte_array_unref (cut.replies);
  return 0;
}

#elif defined (SIDE_UPGRADE)

/* What is answered at once was whole, and says the same with anything behind it;
 * nothing shorter is answered. */
int
LLVMFuzzerTestOneInput (const uint8_t * data, size_t size)
{
  g_autofree gchar *request = g_memdup2 (data, size);
  gchar response[GST_P2P_WS_MAX_UPGRADE_RESPONSE] = "";
  gchar again[GST_P2P_WS_MAX_UPGRADE_RESPONSE] = "";
  gsize head = gst_p2p_ws_upgrade (request, size, response);

  if (head == 0)
    return 0;
  EXPECT (head <= size && head <= GST_P2P_WS_MAX_UPGRADE);
  EXPECT (memcmp (request + head - 4, "\r\n\r\n", 4) == 0);
  EXPECT (g_str_has_prefix (response, "HTTP/1.1 101 ")
      && g_str_has_suffix (response, "=\r\n\r\n"));
  EXPECT (gst_p2p_ws_upgrade (request, head - 1, again) == 0);
  EXPECT (gst_p2p_ws_upgrade (request, head, again) == head
      && strcmp (response, again) == 0);
  return 0;
}

#elif defined (SIDE_SERVER)

static GstP2PTrackerServer *server;
static GstP2PTrackerPeer *peers[2];
static gint ends[2] = { -1, -1 };

/* A member whose socket is one end of a pair; the test reads the other. */
static GstP2PTrackerPeer *
add_peer (gint * end)
{
  GstP2PTrackerPeer *peer = g_new0 (GstP2PTrackerPeer, 1);
  g_autoptr (GSocketConnection) stream = NULL;
  g_autoptr (GSocket) socket = NULL;
  gint pair[2];

  EXPECT (socketpair (AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, pair) == 0);
  if (*end >= 0)
    close (*end);
  *end = pair[1];
  socket = g_socket_new_from_fd (pair[0], NULL);
  stream = g_socket_connection_factory_create_connection (socket);
  peer->server = server;
  peer->conn = p2p_tracker_connect (server->tracker, peer, 0,
      gst_p2p_tracker_server_now ());
  peer->by_time.data = peer;
  peer->socket = gst_p2p_ws_socket_new (server->hub, G_IO_STREAM (stream),
      socket, NULL, 0, peer);
  g_queue_push_tail_link (&server->by_ping, &peer->by_time);
  return peer;
}

static void
take (GstP2PTrackerPeer * peer, const void *data, gsize len)
{
  g_autofree gchar *text = g_memdup2 (data, len);

  gst_p2p_tracker_server_take (server, peer, text, len);
}

static void
refresh (guint i)
{
  static const gchar announce[] = "{\"action\":\"announce\",\"info_hash\":\""
      HASH "\",\"peer_id\":\"%s\",\"p2p\":1,\"offers\":[{\"offer\":{\"type\":"
      "\"offer\",\"sdp\":\"v=0\"},\"offer_id\":\"offer-number-one-111\"}]}";
  g_autofree gchar *text = NULL;

  if (peers[i] != NULL && peers[i]->conn != NULL)
    return;
  if (peers[i] != NULL)
    gst_p2p_ws_socket_hang_up (peers[i]->socket);
  peers[i] = add_peer (&ends[i]);
  text = g_strdup_printf (announce, i ? PEER_B : PEER_A);
  take (peers[i], text, strlen (text));
}

int
LLVMFuzzerTestOneInput (const uint8_t * data, size_t size)
{
  P2pTrackerCounters counters;
  gchar sink[65536];
  guint i;

  if (server == NULL) {
    server = gst_p2p_tracker_server_new (NULL);
    g_object_set (server, "max-members", 64, NULL);
    gst_p2p_tracker_server_set_open (server, TRUE);
    EXPECT (gst_p2p_tracker_server_listen (server, "127.0.0.1", 0, NULL, NULL));
  }
  refresh (0);
  refresh (1);
  take (peers[size & 1], data, size);
  for (i = 0; i < 2; i++) {
    gssize n;

    while ((n = read (ends[i], sink, sizeof (sink))) > 0)
      EXPECT (((guint8) sink[0] & 0x80) != 0);
  }
  p2p_tracker_get_counters (server->tracker, &counters);
  EXPECT (counters.members <= 64 && counters.connections <= 2
      && counters.offers <= 100);
  g_main_context_iteration (NULL, FALSE);
  return 0;
}

#else /* SIDE_CLIENT */

static void
check (const gchar * text)
{
  EXPECT (text == NULL || g_utf8_validate (text, -1, NULL));
}

static void
on_announced (GstP2PRendezvous * r, const gchar * info_hash,
    const GstP2PAnnounceReply * reply, gpointer user_data)
{
  EXPECT (strlen (info_hash) == 20);
  EXPECT (reply->interval_s >= 10 && reply->interval_s <= 1800);
  check (reply->ice_servers);
  check (reply->warning);
}

static void
on_description (GstP2PRendezvous * r, const gchar * info_hash,
    const gchar * peer, const gchar * offer_id, const gchar * sdp,
    gpointer user_data)
{
  EXPECT (strlen (info_hash) == 20 && strlen (peer) == 20
      && strlen (offer_id) == 20);
  check (sdp);
}

static void
on_failure (GstP2PRendezvous * r, const gchar * info_hash,
    const gchar * reason, gpointer user_data)
{
  check (reason);
}

static void
on_resolved (GstP2PRendezvous * r, const gchar * name,
    const GstP2PChannel * channel, const GError * error, gpointer user_data)
{
  EXPECT ((channel == NULL) == (error != NULL));
  if (channel != NULL)
    check (channel->title);
}

static void
on_published (GstP2PRendezvous * r, const gchar * name, const GError * error,
    gpointer user_data)
{
  EXPECT (strcmp (name, "live") == 0);
}

static void
sign (const guint8 * bytes, gsize len, guint8 * signature, gpointer user_data)
{
  memset (signature, 0, P2P_SIGNATURE_LEN);
}

int
LLVMFuzzerTestOneInput (const uint8_t * data, size_t size)
{
  static const GstP2PRendezvousCallbacks callbacks = {
    NULL, on_announced, on_description, on_description, on_description,
    on_failure, on_resolved, on_published
  };
  static GstP2PWsClient *client;
  GstP2PChannel channel = {.name = (gchar *) "live" };
  g_autofree gchar *text = g_memdup2 (data, size);
  guint i;

  if (client == NULL) {
    client = gst_p2p_ws_client_new (NULL, "ws://127.0.0.1:9/");
    gst_p2p_rendezvous_set_callbacks (GST_P2P_RENDEZVOUS (client), &callbacks,
        NULL);
    gst_p2p_rendezvous_publish_channel (GST_P2P_RENDEZVOUS (client), &channel,
        sign, NULL);
    gst_p2p_rendezvous_announce (GST_P2P_RENDEZVOUS (client), HASH, PEER_A,
        GST_P2P_ANNOUNCE_STARTED, FALSE, NULL, 0);
  }
  if (client->resolves->len == 0)
    gst_p2p_rendezvous_resolve (GST_P2P_RENDEZVOUS (client), "live");
  for (i = 0; i < client->publications->len; i++)
    ((GstP2PWsPublication *) g_ptr_array_index (client->publications,
            i))->sent_at = 1;
  gst_p2p_ws_client_take (client, text, size);
  return 0;
}

#endif
