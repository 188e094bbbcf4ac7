/* gst-plugins-p2p
 *
 * This library is free software; you can redistribute it and/or
 * modify it under the terms of the GNU Lesser General Public
 * License as published by the Free Software Foundation; either
 * version 2.1 of the License, or (at your option) any later version.
 */
/* gstp2ptrackerrequests.c: what peers ask of a rendezvous server.
 *
 * Takes one message apart, asks core/tracker, and says the result. A wrong
 * message is answered with a "failure reason" and changes nothing. Everything
 * a peer sends is checked for type and size before it is used; what is
 * forwarded is written anew from what was understood.
 */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include <string.h>

#include "gstp2ptrackerprivate.h"

#define GST_CAT_DEFAULT gst_p2p_tracker_debug

#define MAX_NONSENSE 10         /* bad messages before the socket is closed */
#define MAX_SCRAPES 64          /* info_hashes of one scrape */
#define PUBLISH_COST 10         /* messages: a signature has to be checked */
#define LISTED_CHANNELS 10      /* in the error for an unknown name */
/* Back on the air soon: a publisher that restarts keeps its listeners. */
#define OFF_AIR_GRACE P2P_SEC (60)

P2pTime
gst_p2p_tracker_server_now (void)
{
  return g_get_monotonic_time ();
}

void
gst_p2p_tracker_channel_free (gpointer data)
{
  GstP2PTrackerChannel *channel = data;

  gst_p2p_record_free (channel->record);
  g_free (channel->ice_servers);
  g_free (channel);
}

guint
gst_p2p_tracker_server_count_listeners (GstP2PTrackerServer * self,
    const GstP2PTrackerChannel * channel)
{
  guint32 complete, incomplete;
  guint64 downloaded;

  p2p_tracker_scrape (self->tracker, &channel->info_hash, &complete,
      &incomplete, &downloaded);
  return incomplete;
}

/* The message buffer, begun. One is enough: nothing is sent while another
 * message is being written. */
static GString *
begin (GstP2PTrackerServer * self, const gchar * action)
{
  GString *json = self->buffer;

  g_string_assign (json, "{");
  if (action != NULL)
    gst_p2p_signal_member_string (json, "action", action);
  return json;
}

static gboolean
finish (GstP2PTrackerPeer * peer, GString * json)
{
  g_string_append_c (json, '}');
  return gst_p2p_tracker_peer_send (peer, json->str, json->len);
}

static void
fail (GstP2PTrackerServer * self, GstP2PTrackerPeer * peer,
    const gchar * action, const P2pTrackerId * info_hash, const gchar * reason)
{
  GString *json = begin (self, action);

  gst_p2p_signal_member_string (json, "failure reason", reason);
  if (info_hash != NULL)
    gst_p2p_signal_member_id (json, "info_hash", info_hash);
  finish (peer, json);
}

/* A message that no correct client sends. */
static void
nonsense (GstP2PTrackerServer * self, GstP2PTrackerPeer * peer,
    const gchar * action, const gchar * reason)
{
  self->bad_messages++;
  GST_DEBUG_OBJECT (self, "bad message: %s", reason);
  fail (self, peer, action, NULL, reason);
  if (++peer->nonsense >= MAX_NONSENSE)
    gst_p2p_tracker_peer_kick (peer, GST_P2P_WS_CLOSE_POLICY,
        "too many bad messages");
}

static void
fail_name (GstP2PTrackerServer * self, GstP2PTrackerPeer * peer,
    const gchar * action, const gchar * name, const gchar * code,
    const gchar * reason)
{
  GString *json = begin (self, action);

  gst_p2p_signal_member_string (json, "name", name);
  gst_p2p_signal_member_string (json, "code", code);
  gst_p2p_signal_member_string (json, "failure reason", reason);
  gst_p2p_signal_member_number (json, "p2p", 1);
  finish (peer, json);
}

/* ---- announce ---- */

typedef struct
{
  P2pTrackerId ids[P2P_TRACKER_MAX_OFFERS];
  const gchar *sdps[P2P_TRACKER_MAX_OFFERS];
  guint n;
} Offers;

static gboolean
read_offers (GstP2PJson * message, Offers * offers)
{
  GstP2PJson *array = gst_p2p_signal_get (message, "offers");
  guint i, n;

  offers->n = 0;
  if (array == NULL)
    return TRUE;
  if (!json_object_is_type (array, json_type_array))
    return FALSE;
  n = MIN (json_object_array_length (array), P2P_TRACKER_MAX_OFFERS);
  for (i = 0; i < n; i++) {
    GstP2PJson *offer = json_object_array_get_idx (array, i);

    offers->sdps[i] = gst_p2p_signal_get_sdp (offer, "offer", "offer");
    if (offers->sdps[i] == NULL
        || !gst_p2p_signal_get_id (offer, "offer_id", &offers->ids[i]))
      return FALSE;
    offers->n++;
  }
  return TRUE;
}

static P2pTrackerEvent
read_event (GstP2PJson * message)
{
  const gchar *event = gst_p2p_signal_get_string (message, "event", 16);

  if (g_strcmp0 (event, "started") == 0)
    return P2P_TRACKER_STARTED;
  if (g_strcmp0 (event, "completed") == 0)
    return P2P_TRACKER_COMPLETED;
  if (g_strcmp0 (event, "stopped") == 0)
    return P2P_TRACKER_STOPPED;
  return P2P_TRACKER_UPDATE;
}

static const GstP2PTrackerChannel *
find_channel (GstP2PTrackerServer * self, const P2pTrackerId * info_hash)
{
  P2pTime now = gst_p2p_tracker_server_now ();
  const P2pDirectoryEntry *entry;
  guint i;

  for (i = 0; (entry = p2p_directory_nth (self->directory, i, now)); i++) {
    const GstP2PTrackerChannel *channel = entry->record;

    if (memcmp (&channel->info_hash, info_hash, sizeof (*info_hash)) == 0)
      return channel;
  }
  return NULL;
}

static void
reply_to_announce (GstP2PTrackerServer * self, GstP2PTrackerPeer * peer,
    const P2pTrackerAnnounce * announce, const P2pTrackerReply * reply)
{
  GString *json = begin (self, "announce");

  gst_p2p_signal_member_id (json, "info_hash", &announce->info_hash);
  /* Two announces fit into the time after which a member is dropped. */
  gst_p2p_signal_member_number (json, "interval",
      MAX (self->limits.expiry * 2 / 5 / P2P_SEC (1), 1));
  gst_p2p_signal_member_number (json, "complete", reply->complete);
  gst_p2p_signal_member_number (json, "incomplete", reply->incomplete);
  if (reply->rate_kbps > 0)
    gst_p2p_signal_member_number (json, "rate", reply->rate_kbps);
  gst_p2p_signal_member_number (json, "p2p", 1);
  if (announce->event == P2P_TRACKER_STARTED) {
    const GstP2PTrackerChannel *channel = find_channel (self,
        &announce->info_hash);

    if (channel != NULL && channel->ice_servers != NULL)
      gst_p2p_signal_member_raw (json, "ice_servers", channel->ice_servers);
  }
  finish (peer, json);
}

static void
forward_offer (GstP2PTrackerServer * self, P2pTrackerConn * to,
    const P2pTrackerAnnounce * announce, const P2pTrackerId * offer_id,
    const gchar * sdp)
{
  GString *json = begin (self, "announce");

  gst_p2p_signal_member_id (json, "info_hash", &announce->info_hash);
  gst_p2p_signal_member_id (json, "peer_id", &announce->peer_id);
  gst_p2p_signal_member_id (json, "offer_id", offer_id);
  gst_p2p_signal_member_sdp (json, "offer", "offer", sdp);
  finish (p2p_tracker_conn_host (to), json);
}

static gboolean
may_announce (GstP2PTrackerServer * self, const P2pTrackerId * info_hash)
{
  return self->open || g_hash_table_contains (self->allowed_hashes, info_hash);
}

static void
take_announce (GstP2PTrackerServer * self, GstP2PTrackerPeer * peer,
    GstP2PJson * message, P2pTrackerAnnounce * announce)
{
  const gchar *attribute;
  P2pTrackerReply reply;
  Offers offers;
  gdouble left;
  guint i;

  if (!read_offers (message, &offers)) {
    nonsense (self, peer, "announce", "invalid offers");
    return;
  }
  if (!may_announce (self, &announce->info_hash)) {
    fail (self, peer, "announce", &announce->info_hash,
        "this rendezvous is closed and does not serve this channel: check the "
        "id, or use the rendezvous of its broadcaster");
    return;
  }
  announce->event = read_event (message);
  announce->complete = gst_p2p_signal_get_number (message, "left", &left)
      && left == 0;
  announce->targeted = gst_p2p_signal_get_id (message, "to_peer_id",
      &announce->to_peer_id);
  announce->n_offers = offers.n;
  announce->offer_ids = offers.ids;
  p2p_intro_init (&announce->intro);
  if (offers.n > 0)
    p2p_intro_from_sdp (offers.sdps[0], strlen (offers.sdps[0]),
        &announce->intro);
  attribute = gst_p2p_signal_get_string (message, "x-p2p", P2P_MAX_INTRO);
  if (attribute)
    p2p_intro_parse (attribute, strlen (attribute), &announce->intro);
  if (p2p_tracker_announce (self->tracker, peer->conn, announce,
          gst_p2p_tracker_server_now (), &reply) != P2P_OK) {
    fail (self, peer, "announce", &announce->info_hash,
        "this rendezvous is full");
    return;
  }
  if (gst_p2p_signal_has (message, "p2p"))
    peer->ours = TRUE;
  reply_to_announce (self, peer, announce, &reply);
  for (i = 0; i < reply.n; i++) {
    guint offer = reply.intro[i].offer;

    forward_offer (self, reply.intro[i].to, announce, &offers.ids[offer],
        offers.sdps[offer]);
  }
}

static void
take_answer (GstP2PTrackerServer * self, GstP2PTrackerPeer * peer,
    GstP2PJson * message, const P2pTrackerAnnounce * announce)
{
  const gchar *sdp = gst_p2p_signal_get_sdp (message, "answer", "answer");
  P2pTrackerId to_peer_id, offer_id;
  P2pTrackerConn *to;
  P2pIntro intro;
  GString *json;

  if (sdp == NULL || !gst_p2p_signal_get_id (message, "to_peer_id", &to_peer_id)
      || !gst_p2p_signal_get_id (message, "offer_id", &offer_id)) {
    nonsense (self, peer, "announce", "invalid answer");
    return;
  }
  p2p_intro_init (&intro);
  p2p_intro_from_sdp (sdp, strlen (sdp), &intro);
  if (p2p_tracker_answer (self->tracker, peer->conn, &announce->info_hash,
          &announce->peer_id, &to_peer_id, &offer_id, &intro,
          gst_p2p_tracker_server_now (), &to) != P2P_OK) {
    GST_DEBUG_OBJECT (self, "answer to an offer that does not wait");
    return;                     /* late: its maker left or gave up */
  }
  json = begin (self, "announce");
  gst_p2p_signal_member_id (json, "info_hash", &announce->info_hash);
  gst_p2p_signal_member_id (json, "peer_id", &announce->peer_id);
  gst_p2p_signal_member_id (json, "offer_id", &offer_id);
  gst_p2p_signal_member_sdp (json, "answer", "answer", sdp);
  finish (p2p_tracker_conn_host (to), json);
}

static void
take_announce_or_answer (GstP2PTrackerServer * self, GstP2PTrackerPeer * peer,
    GstP2PJson * message)
{
  P2pTrackerAnnounce announce = { 0, };

  if (!gst_p2p_signal_get_id (message, "info_hash", &announce.info_hash)) {
    nonsense (self, peer, "announce", "invalid info_hash");
    return;
  }
  if (!gst_p2p_signal_get_id (message, "peer_id", &announce.peer_id)) {
    nonsense (self, peer, "announce", "invalid peer_id");
    return;
  }
  if (gst_p2p_signal_has (message, "answer"))
    take_answer (self, peer, message, &announce);
  else
    take_announce (self, peer, message, &announce);
}

/* ---- candidate ---- */

static void
take_candidate (GstP2PTrackerServer * self, GstP2PTrackerPeer * peer,
    GstP2PJson * message)
{
  P2pTrackerId info_hash, peer_id, to_peer_id, offer_id;
  gboolean directed = gst_p2p_signal_get_id (message, "to_peer_id",
      &to_peer_id);
  const gchar *candidate = gst_p2p_signal_get_string (message, "candidate",
      GST_P2P_SIGNAL_MAX_CANDIDATE);
  GstP2PTrackerPeer *receiver;
  P2pTrackerConn *to;
  GString *json;

  if (!gst_p2p_signal_has (message, "candidate") || (candidate == NULL
          && gst_p2p_signal_get (message, "candidate") != NULL)
      || !gst_p2p_signal_get_id (message, "info_hash", &info_hash)
      || !gst_p2p_signal_get_id (message, "peer_id", &peer_id)
      || !gst_p2p_signal_get_id (message, "offer_id", &offer_id)) {
    nonsense (self, peer, "candidate", "invalid candidate");
    return;
  }
  if (p2p_tracker_candidate (self->tracker, peer->conn, &info_hash, &peer_id,
          directed ? &to_peer_id : NULL, &offer_id,
          gst_p2p_tracker_server_now (), &to) != P2P_OK)
    return;
  receiver = p2p_tracker_conn_host (to);
  if (!receiver->ours)
    return;                     /* other clients take it for an error */
  json = begin (self, "candidate");
  gst_p2p_signal_member_id (json, "info_hash", &info_hash);
  gst_p2p_signal_member_id (json, "peer_id", &peer_id);
  gst_p2p_signal_member_id (json, "offer_id", &offer_id);
  if (candidate != NULL)
    gst_p2p_signal_member_string (json, "candidate", candidate);
  else
    gst_p2p_signal_member_raw (json, "candidate", "null");
  finish (receiver, json);
}

/* ---- scrape ---- */

static void
put_scrape (GstP2PTrackerServer * self, GString * json,
    const P2pTrackerId * info_hash)
{
  guint32 complete, incomplete;
  guint64 downloaded;

  p2p_tracker_scrape (self->tracker, info_hash, &complete, &incomplete,
      &downloaded);
  if (json->str[json->len - 1] != '{')
    g_string_append_c (json, ',');
  gst_p2p_signal_put_id (json, info_hash);
  g_string_append (json, ":{");
  gst_p2p_signal_member_number (json, "complete", complete);
  gst_p2p_signal_member_number (json, "incomplete", incomplete);
  gst_p2p_signal_member_number (json, "downloaded", downloaded);
  g_string_append_c (json, '}');
}

static void
take_scrape (GstP2PTrackerServer * self, GstP2PTrackerPeer * peer,
    GstP2PJson * message)
{
  GstP2PJson *array = gst_p2p_signal_get_array (message, "info_hash");
  GString *json = begin (self, "scrape");
  guint i, n = array != NULL ? json_object_array_length (array) : 0;
  P2pTrackerId id;

  gst_p2p_signal_member_raw (json, "files", "{");
  if (array == NULL && gst_p2p_signal_get_id (message, "info_hash", &id)) {
    put_scrape (self, json, &id);
  } else if (array == NULL || n > MAX_SCRAPES) {
    nonsense (self, peer, "scrape", "invalid info_hash");
    return;
  }
  for (i = 0; i < n; i++) {
    if (!gst_p2p_signal_node_to_id (json_object_array_get_idx (array, i), &id)) {
      nonsense (self, peer, "scrape", "invalid info_hash");
      return;
    }
    put_scrape (self, json, &id);
  }
  g_string_append_c (json, '}');
  finish (peer, json);
}

/* ---- directory ---- */

static gchar *
unknown_channel (GstP2PTrackerServer * self, const gchar * name)
{
  P2pTime now = gst_p2p_tracker_server_now ();
  g_autoptr (GString) list = g_string_new (NULL);
  const P2pDirectoryEntry *entry;
  guint i, n = 0;

  for (i = 0; (entry = p2p_directory_nth (self->directory, i, now)); i++) {
    if (entry->owner == NULL)
      continue;
    if (n < LISTED_CHANNELS)
      g_string_append_printf (list, "%s%s", n > 0 ? ", " : "", entry->name);
    n++;
  }
  if (n > LISTED_CHANNELS)
    g_string_append_printf (list, " and %u more", n - LISTED_CHANNELS);
  if (n == 0)
    return g_strdup_printf ("channel \"%s\" is unknown: nothing is on the air "
        "here", name);
  if (name[0] == '\0')
    return g_strdup_printf ("name a channel; on the air: %s", list->str);
  return g_strdup_printf ("channel \"%s\" is unknown; on the air: %s", name,
      list->str);
}

static const P2pDirectoryEntry *
look_up (GstP2PTrackerServer * self, const gchar * name)
{
  P2pTime now = gst_p2p_tracker_server_now ();
  P2pSwarmId id;

  if (gst_p2p_swarm_id_from_string (name, &id))
    return p2p_directory_find_swarm (self->directory, &id, now);
  return p2p_directory_resolve (self->directory, name, strlen (name), now);
}

static void
take_resolve (GstP2PTrackerServer * self, GstP2PTrackerPeer * peer,
    GstP2PJson * message)
{
  const gchar *name = gst_p2p_signal_get_string (message, "name", 64);
  const P2pDirectoryEntry *entry;
  GString *json;

  if (name == NULL) {
    nonsense (self, peer, "resolve", "invalid name");
    return;
  }
  entry = look_up (self, name);
  if (entry == NULL || (entry->owner == NULL
          && gst_p2p_tracker_server_now () - entry->since > OFF_AIR_GRACE)) {
    g_autofree gchar *reason = entry == NULL ? unknown_channel (self, name)
        : g_strdup_printf ("channel \"%s\" is off the air", entry->name);

    fail_name (self, peer, "resolve", name, "unknown", reason);
    return;
  }
  json = begin (self, "resolve");
  gst_p2p_signal_member_string (json, "name", name);
  gst_p2p_record_put_counted (json,
      ((GstP2PTrackerChannel *) entry->record)->record,
      gst_p2p_tracker_server_count_listeners (self, entry->record),
      entry->owner != NULL);
  gst_p2p_signal_member_number (json, "p2p", 1);
  finish (peer, json);
}

static void
take_nonce (GstP2PTrackerServer * self, GstP2PTrackerPeer * peer)
{
  GString *json = begin (self, "nonce");

  if (peer->nonce == NULL) {
    peer->nonce = g_malloc (GST_P2P_SIGNAL_NONCE_LEN);
    gst_p2p_random (peer->nonce, GST_P2P_SIGNAL_NONCE_LEN);
  }
  gst_p2p_signal_member_bytes (json, "nonce", peer->nonce,
      GST_P2P_SIGNAL_NONCE_LEN);
  gst_p2p_signal_member_number (json, "p2p", 1);
  finish (peer, json);
}

static gboolean
may_publish (GstP2PTrackerServer * self, const P2pSwarmId * swarm_id)
{
  return self->open
      || GPOINTER_TO_INT (g_hash_table_lookup (self->allowed, swarm_id));
}

/* NULL, or the code and the reason for which it is refused. */
static const gchar *
refuse_publish (GstP2PTrackerServer * self, GstP2PTrackerPeer * peer,
    const GstP2PRecord * record, const gchar ** reason)
{
  guint i;

  if (!may_publish (self, &record->channel.swarm_id)) {
    *reason = "this rendezvous is closed to channels of others: use one that "
        "is open, or a p2psink without rendezvous=";
    return "closed";
  }
  if (peer->nonce == NULL || memcmp (peer->nonce, record->nonce,
          GST_P2P_SIGNAL_NONCE_LEN) != 0) {
    *reason = "the record is not signed for this connection's nonce";
    return "bad-nonce";
  }
  for (i = 1; i < PUBLISH_COST; i++)
    if (p2p_tracker_count_message (self->tracker, peer->conn,
            gst_p2p_tracker_server_now ()) != P2P_OK) {
      *reason = "too many records";
      return "too-fast";
    }
  if (!gst_p2p_record_verify (record)) {
    *reason = "the record's signature is wrong";
    return "bad-signature";
  }
  return NULL;
}

static GstP2PTrackerChannel *
channel_new (GstP2PRecord * record)
{
  GstP2PTrackerChannel *channel = g_new0 (GstP2PTrackerChannel, 1);
  const gchar *ice_servers = record->channel.ice_servers;
  gchar info_hash[21];

  channel->record = record;
  gst_p2p_info_hash (record->channel.swarm_id.b, P2P_SWARM_ID_LEN, NULL,
      info_hash);
  gst_p2p_signal_id_from_text (info_hash, &channel->info_hash);
  if (ice_servers != NULL)
    channel->ice_servers = gst_p2p_signal_clean_array (ice_servers,
        GST_P2P_SIGNAL_MAX_ICE_SERVERS);
  return channel;
}

static const gchar *
publish (GstP2PTrackerServer * self, GstP2PTrackerPeer * peer,
    GstP2PTrackerChannel * channel, const gchar ** reason)
{
  const GstP2PChannel *record = &channel->record->channel;

  switch (p2p_directory_publish (self->directory, record->name,
          strlen (record->name), &record->swarm_id,
          P2P_SEC (channel->record->expires), peer, channel,
          gst_p2p_tracker_server_now ())) {
    case P2P_DIRECTORY_OK:
      return NULL;
    case P2P_DIRECTORY_TAKEN:
      *reason = "the name belongs to another key for up to 24 hours after it "
          "was last on the air: take another channel name, or use the same "
          "key-location as then";
      return "name-taken";
    case P2P_DIRECTORY_FULL:
      *reason = "this rendezvous keeps no more names";
      return "full";
    default:
      *reason = "a channel name is 1 to 40 of the characters a-z 0-9 . _ -";
      return "bad-name";
  }
}

static void
take_publish (GstP2PTrackerServer * self, GstP2PTrackerPeer * peer,
    GstP2PJson * message)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GstP2PRecord) record = gst_p2p_record_get (message, &error);
  GstP2PTrackerChannel *channel;
  const gchar *code, *reason = NULL;
  g_autofree gchar *name = NULL;
  GString *json;

  if (record == NULL) {
    nonsense (self, peer, "publish", error->message);
    return;
  }
  name = g_strdup (record->channel.name);
  code = refuse_publish (self, peer, record, &reason);
  if (code == NULL) {
    channel = channel_new (g_steal_pointer (&record));
    code = publish (self, peer, channel, &reason);
    if (code != NULL)
      gst_p2p_tracker_channel_free (channel);
  }
  if (code != NULL) {
    fail_name (self, peer, "publish", name, code, reason);
    return;
  }
  GST_INFO_OBJECT (self, "channel %s is on the air", name);
  json = begin (self, "publish");
  gst_p2p_signal_member_string (json, "name", name);
  gst_p2p_signal_member_number (json, "p2p", 1);
  finish (peer, json);
}

void
gst_p2p_tracker_server_take (GstP2PTrackerServer * self,
    GstP2PTrackerPeer * peer, const gchar * text, gsize len)
{
  const gchar *action, *reason;
  g_autoptr (GstP2PJson) message = gst_p2p_signal_parse (text, len,
      self->max_message_bytes, &reason);

  if (message == NULL) {
    nonsense (self, peer, NULL, reason);
    return;
  }
  action = gst_p2p_signal_get_string (message, "action", 16);
  if (g_strcmp0 (action, "announce") == 0)
    take_announce_or_answer (self, peer, message);
  else if (g_strcmp0 (action, "candidate") == 0)
    take_candidate (self, peer, message);
  else if (g_strcmp0 (action, "scrape") == 0)
    take_scrape (self, peer, message);
  else if (g_strcmp0 (action, "resolve") == 0)
    take_resolve (self, peer, message);
  else if (g_strcmp0 (action, "nonce") == 0)
    take_nonce (self, peer);
  else if (g_strcmp0 (action, "publish") == 0)
    take_publish (self, peer, message);
  else
    nonsense (self, peer, NULL, "invalid action");
}
