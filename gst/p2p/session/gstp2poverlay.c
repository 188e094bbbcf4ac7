/* gst-plugins-p2p
 *
 * This library is free software; you can redistribute it and/or
 * modify it under the terms of the GNU Lesser General Public
 * License as published by the Free Software Foundation; either
 * version 2.1 of the License, or (at your option) any later version.
 */
/* gstp2poverlay.c: offers and answers that neighbours carry (SIGNAL).
 *
 * Session thread only.
 */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include <string.h>

#include "gstp2psession-private.h"

enum
{ SIGNAL_OFFER, SIGNAL_ANSWER, SIGNAL_CANDIDATE, SIGNAL_REFUSAL };

static void
send (GstP2PHost * self, GstP2PPeer * peer, guint8 kind, const gchar * text)
{
  p2p_swarm_send_signal (self->swarm, &peer->peer_id, peer->overlay_via, kind,
      peer->overlay_session, (const guint8 *) text, strlen (text),
      g_get_monotonic_time ());
  gst_p2p_host_drain (self);
}

void
gst_p2p_host_overlay_describe (GstP2PHost * self, GstP2PPeer * peer,
    const gchar * sdp)
{
  peer->overlay_offered = peer->offerer;
  send (self, peer, peer->offerer ? SIGNAL_OFFER : SIGNAL_ANSWER, sdp);
}

void
gst_p2p_host_overlay_withdraw (GstP2PHost * self, GstP2PPeer * peer)
{
  if (!peer->overlay_offered)
    return;
  peer->overlay_offered = FALSE;
  send (self, peer, SIGNAL_REFUSAL, GST_P2P_WITHDRAWN);
}

/* NULL: there are no more, which nobody waits to hear. */
void
gst_p2p_host_overlay_candidate (GstP2PHost * self, GstP2PPeer * peer,
    const gchar * candidate)
{
  if (candidate)
    send (self, peer, SIGNAL_CANDIDATE, candidate);
}

void
gst_p2p_host_overlay_connect (GstP2PHost * self, P2pLinkId via,
    const P2pPeerId * id, guint32 session)
{
  GstP2PPeer *other =
      gst_p2p_session_find_peer (self->session, id, NULL), *peer;

  if (other) {
    if (other->connected)
      gst_p2p_peer_attach (other, self);
    return;
  }
  if (gst_p2p_session_is_banned (self->session, id)
      || gst_p2p_session_count_pending (self->session) >= GST_P2P_MAX_PENDING
      || (peer = gst_p2p_peer_offer (self)) == NULL) {
    p2p_swarm_connect_failed (self->swarm, id, g_get_monotonic_time ());
    return;
  }
  peer->overlay = TRUE;
  peer->overlay_via = via;
  peer->overlay_session = session;
  peer->peer_id = *id;
  peer->have_peer_id = TRUE;
}

/* Nobody carries what was to go through that neighbour. */
void
gst_p2p_session_lose_via (GstP2PSession * session, P2pLinkId via)
{
  guint i;

  for (i = session->peers->len; i > 0; i = MIN (i - 1, session->peers->len)) {
    GstP2PPeer *peer = g_ptr_array_index (session->peers, i - 1);

    if (peer->overlay && peer->overlay_via == via && peer->offerer
        && !peer->answered)
      gst_p2p_peer_close (peer);
  }
}

/* Each end numbers its own offers: those of both may have the same number. */
static GstP2PPeer *
find_overlay (GstP2PHost * self, const P2pPeerId * id, guint32 session,
    gboolean we_offer)
{
  GPtrArray *peers = self->session->peers;
  guint i;

  for (i = 0; i < peers->len; i++) {
    GstP2PPeer *peer = g_ptr_array_index (peers, i);

    if (peer->host == self && peer->overlay && !peer->connected
        && peer->offerer == we_offer && peer->overlay_session == session
        && memcmp (&peer->peer_id, id, sizeof (*id)) == 0)
      return peer;
  }
  return NULL;
}

static void
overlay_offer (GstP2PHost * self, P2pLinkId via, const P2pPeerId * from,
    guint32 session, const gchar * sdp)
{
  static const gchar full[] = "full";   /* a message of no bytes does not go */
  GstP2PPeer *peer;
  P2pPeerId id;

  /* whoever signs as 'from' must also be the one whose certificate is offered */
  if (!gst_p2p_sdp_peek (sdp, &id, NULL)
      || memcmp (&id, from, sizeof (id)) != 0
      || !gst_p2p_host_is_new_peer (self, sdp, FALSE))
    return;
  if (!gst_p2p_host_may_accept (self, sdp)) {
    p2p_swarm_send_signal (self->swarm, from, via, SIGNAL_REFUSAL, session,
        (const guint8 *) full, sizeof (full) - 1, g_get_monotonic_time ());
    gst_p2p_host_drain (self);
    return;
  }
  peer = gst_p2p_host_accept (self, sdp);
  if (peer == NULL)
    return;
  peer->overlay = TRUE;
  peer->overlay_via = via;
  peer->overlay_session = session;
}

static void
overlay_answer (GstP2PHost * self, const P2pPeerId * from, guint32 session,
    const gchar * sdp)
{
  GstP2PPeer *peer = find_overlay (self, from, session, TRUE);
  g_autoptr (GError) error = NULL;
  P2pPeerId id;

  if (peer == NULL || peer->answered)
    return;
  if (!gst_p2p_sdp_peek (sdp, &id, NULL)
      || memcmp (&id, from, sizeof (id)) != 0
      || !gst_p2p_host_may_accept (self, sdp)) {
    gst_p2p_peer_close (peer);
    return;
  }
  peer->answered = TRUE;
  peer->since = g_get_monotonic_time ();
  gst_p2p_peer_begin_set_up (peer, sdp);
  if (!gst_p2p_link_set_answer (peer->link, sdp, &error))
    gst_p2p_peer_close (peer);
}

static void
overlay_candidate (GstP2PHost * self, const P2pPeerId * from, guint32 session,
    const gchar * candidate)
{
  GstP2PPeer *peer = find_overlay (self, from, session, FALSE);

  if (peer == NULL)
    peer = find_overlay (self, from, session, TRUE);
  if (peer)
    gst_p2p_link_add_candidate (peer->link, candidate, NULL);
}

/* 'from' is signed by nobody: only the neighbour that carries the set-up, and could
 * as well carry nothing of it, ends it. Nothing is said to that. */
static void
overlay_refusal (GstP2PHost * self, P2pLinkId via, const P2pPeerId * from,
    guint32 session, const gchar * text)
{
  gboolean withdrawn = g_str_has_prefix (text, GST_P2P_WITHDRAWN);
  GstP2PPeer *peer = find_overlay (self, from, session, !withdrawn);

  if (peer == NULL || peer->overlay_via != via)
    return;
  if (withdrawn)
    peer->have_peer_id = FALSE; /* it says nothing about reaching that peer */
  peer->overlay_offered = FALSE;
  gst_p2p_peer_close (peer);
}

void
gst_p2p_host_overlay_signal (GstP2PHost * self, P2pLinkId via,
    const P2pPeerId * from, guint8 kind, guint32 session, const gchar * sdp)
{
  switch (kind) {
    case SIGNAL_OFFER:
      overlay_offer (self, via, from, session, sdp);
      break;
    case SIGNAL_ANSWER:
      overlay_answer (self, from, session, sdp);
      break;
    case SIGNAL_CANDIDATE:
      overlay_candidate (self, from, session, sdp);
      break;
    case SIGNAL_REFUSAL:
      overlay_refusal (self, via, from, session, sdp);
      break;
  }
}
