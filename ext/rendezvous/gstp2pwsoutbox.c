/* gst-plugins-p2p
 *
 * This library is free software; you can redistribute it and/or
 * modify it under the terms of the GNU Lesser General Public
 * License as published by the Free Software Foundation; either
 * version 2.1 of the License, or (at your option) any later version.
 */
/* gstp2pwsoutbox.c: what a client says to its rendezvous server: the requests
 * of GstP2PRendezvous as messages. See gstp2pwsclient.c.
 */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include <string.h>

#include "gstp2pwsclientprivate.h"

#define GST_CAT_DEFAULT gst_p2p_rendezvous_debug

#define DEFAULT_INTERVAL_S 60   /* before the server says one */
#define MAX_OFFERS 5            /* what every known server takes */
#define MAX_OFFER_BYTES (12 * 1024)     /* of all SDPs; a 16 KiB frame elsewhere */

/* Sends the object, or keeps it until there is a connection. */
void
gst_p2p_ws_client_say (GstP2PWsClient * self, GString * json)
{
  g_string_append_c (json, '}');
  if (self->closed) {
    /* nobody listens any more */
  } else if (gst_p2p_ws_client_is_open (self)) {
    gst_p2p_ws_client_send_text (self, json->str);
  } else {
    if (self->outbox.length >= GST_P2P_WS_MAX_OUTBOX)
      gst_p2p_ws_waiting_free (g_queue_pop_head (&self->outbox));
    g_queue_push_tail (&self->outbox, gst_p2p_ws_waiting_new (json->str));
  }
  g_string_free (json, TRUE);
}

GString *
gst_p2p_ws_client_new_message (const gchar * action)
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
  GString *json = gst_p2p_ws_client_new_message ("announce");

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

void
gst_p2p_ws_client_announce_again (GstP2PWsClient * self,
    GstP2PWsMembership * member, const gchar * event)
{
  member->announced_at = g_get_monotonic_time ();
  gst_p2p_ws_client_say (self, announce_message (member, event));
}

/* ---- publishing ---- */

static void
send_publication (GstP2PWsClient * self, GstP2PWsPublication * publication)
{
  GString *json = gst_p2p_ws_client_new_message ("publish");
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

  if (!gst_p2p_ws_client_is_open (self))
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
    gst_p2p_ws_client_say (self, gst_p2p_ws_client_new_message ("nonce"));
  }
}

/* ---- requests ---- */

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

void
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
    if (!gst_p2p_ws_client_is_open (self))
      return;                   /* the server forgot us with the socket */
  } else {
    remember_member (self, &member);
  }
  json = announce_message (&member, events[event]);
  if (n_offers > 0)
    put_offers (self, json, offers, n_offers);
  gst_p2p_ws_client_say (self, json);
}

void
gst_p2p_ws_client_describe (GstP2PRendezvous * rendezvous,
    const gchar * info_hash, const gchar * peer_id, const gchar * attribute)
{
  GstP2PWsClient *self = GST_P2P_WS_CLIENT (rendezvous);
  GstP2PWsMembership *member;
  P2pTrackerId hash, id;
  GString *json;

  if (!self->ours || !gst_p2p_ws_client_is_open (self)
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
  GString *json = gst_p2p_ws_client_new_message (action);

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

void
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

void
gst_p2p_ws_client_candidate (GstP2PRendezvous * rendezvous,
    const gchar * info_hash, const gchar * peer_id, const gchar * to_peer_id,
    const gchar * offer_id, const gchar * candidate)
{
  GstP2PWsClient *self = GST_P2P_WS_CLIENT (rendezvous);
  GString *json;

  if (!self->ours || !gst_p2p_ws_client_is_open (self))
    return;
  json = new_reply ("candidate", info_hash, peer_id, to_peer_id, offer_id);
  if (candidate != NULL)
    gst_p2p_signal_member_string (json, "candidate", candidate);
  else
    gst_p2p_signal_member_raw (json, "candidate", "null");
  gst_p2p_ws_client_say (self, json);
}

void
gst_p2p_ws_client_resolve (GstP2PRendezvous * rendezvous, const gchar * name)
{
  GstP2PWsClient *self = GST_P2P_WS_CLIENT (rendezvous);
  GString *json;

  if (self->closed || self->resolves->len >= GST_P2P_WS_MAX_REQUESTS)
    return;
  g_ptr_array_add (self->resolves, gst_p2p_ws_waiting_new (name));
  if (!gst_p2p_ws_client_is_open (self))
    return;                     /* asked when connected */
  json = gst_p2p_ws_client_new_message ("resolve");
  gst_p2p_signal_member_string (json, "name", name);
  gst_p2p_ws_client_say (self, json);
}

void
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
