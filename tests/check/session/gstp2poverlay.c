/* gst-plugins-p2p
 *
 * This library is free software; you can redistribute it and/or
 * modify it under the terms of the GNU Lesser General Public
 * License as published by the Free Software Foundation; either
 * version 2.1 of the License, or (at your option) any later version.
 */
/* gstp2poverlay.c: what is said of an offer that a neighbour carries.
 *
 * A broadcaster and a listener are linked over the loopback. A third session has no
 * links: what it says, as that listener would carry it, is put into the broadcaster's
 * host on the session thread, and what goes to it is seen on its way.
 */
#include <string.h>

#include "station.h"
#include "../../../gst/p2p/session/gstp2psession-private.h"

#define KIND_AT (4 + 3 + 64)    /* channel; type and length; to and from */
#define TEXT_AT (KIND_AT + 2 + 4 + 4 + 4 + 4)

enum
{ OFFER, ANSWER, CANDIDATE, REFUSAL, KINDS };

static GstP2PLoopbackHub *hub;
static Station *publisher, *near, *far;
static guint said[KINDS];       /* messages on their way */
static gchar refusal[32];       /* the last one */

static gboolean
watch (guint16 stream, GByteArray * message, gpointer user_data)
{
  guint kind;

  if (message->len <= TEXT_AT || message->data[4] != P2P_MSG_SIGNAL)
    return TRUE;
  kind = message->data[KIND_AT];
  fail_unless (kind < KINDS);
  if (kind == REFUSAL)
    g_snprintf (refusal, sizeof (refusal), "%.*s",
        (gint) (message->len - TEXT_AT), (gchar *) message->data + TEXT_AT);
  g_atomic_int_inc (&said[kind]);
  return TRUE;
}

static void
setup_with (guint delay_us, guint places)
{
  memset (said, 0, sizeof (said));
  *refusal = '\0';
  hub = gst_p2p_loopback_hub_new (delay_us, 0, 1);
  publisher = station_new (hub);
  near = station_new (hub);
  far = station_new (hub);
  publisher->max_peers = places;
  station_publish (publisher, "live", NULL);
  fail_unless (station_wait (publisher, GST_P2P_MEMBER_PUBLISHED, 1));
  station_put_header (publisher, "audio/mpeg");
  station_listen (near, "live", 1000);
  station_put_chunks (publisher, 0, 20, 20);
  fail_unless (station_wait (near, GST_P2P_MEMBER_JOINED, 1));
  gst_p2p_loopback_hub_set_filter (hub, watch, NULL);
}

static void
teardown (void)
{
  station_end_all ();
  gst_p2p_loopback_hub_unref (hub);
}

static void
let_go (void)
{
  gst_p2p_loopback_hub_set_filter (hub, NULL, NULL);
  station_free (far);
  station_free (near);
  station_free (publisher);
}

/* ---- what the third session would say ---- */

typedef struct
{
  GstP2PLink *link;
  gchar *sdp;
} Description;

static void
on_description (GstP2PLink * link, const gchar * sdp, gpointer user_data)
{
  g_atomic_pointer_set ((gchar **) user_data, g_strdup (sdp));
}

static void
describe (gpointer data)
{
  static const GstP2PLinkCallbacks callbacks = {
    .local_description = on_description,
  };
  static const GstP2PIceConfig ice = { 0, };
  Description *d = data;

  d->link = gst_p2p_transport_create_offer (far->session->transport, &ice, "");
  gst_p2p_link_set_callbacks (d->link, &callbacks, &d->sdp);
}

static void
end_description (gpointer data)
{
  Description *d = data;

  gst_p2p_link_set_callbacks (d->link, NULL, NULL);
  gst_p2p_link_close (d->link);
  g_object_unref (d->link);
  g_free (d->sdp);
}

typedef struct
{
  guint kind;
  guint32 session;
  const gchar *text;
} Saying;

static void
put_saying (gpointer data)
{
  const Saying *saying = data;
  GstP2PSession *session = publisher->session;
  GstP2PHost *host = g_ptr_array_index (session->hosts, 0);
  GstP2PPeer *via =
      gst_p2p_session_find_peer (session, &near->session->peer_id, NULL);

  gst_p2p_host_overlay_signal (host, via->id, &far->session->peer_id,
      saying->kind, saying->session, saying->text);
}

static void
say (guint kind, guint32 session, const gchar * text)
{
  Saying saying = { kind, session, text };

  gst_p2p_thread_call (publisher->session->thread, put_saying, &saying);
}

static void
wait_for (guint kind, guint n)
{
  gint64 end = g_get_monotonic_time () + WAIT_S * G_USEC_PER_SEC;

  while ((guint) g_atomic_int_get (&said[kind]) < n) {
    fail_unless (g_get_monotonic_time () < end, "no message of kind %u", kind);
    g_usleep (1000);
  }
}

static void
describe_far (Description * d)
{
  d->sdp = NULL;
  gst_p2p_thread_call (far->session->thread, describe, d);
  while (g_atomic_pointer_get (&d->sdp) == NULL)
    g_usleep (1000);
}

/* ---- tests ---- */

GST_START_TEST
    (test_who_has_no_place_for_who_offers_through_a_neighbour_says_so) {
  Description d;

  setup_with (1000, 1);
  describe_far (&d);
  say (OFFER, 7, d.sdp);
  wait_for (REFUSAL, 1);
  fail_unless (g_str_has_prefix (refusal, "full"), "%s", refusal);

  gst_p2p_thread_call (far->session->thread, end_description, &d);
  let_go ();
}

GST_END_TEST;

static Suite *
overlay_suite (void)
{
  Suite *suite = suite_create ("gstp2poverlay");
  TCase *tc = tcase_create ("overlay");

  suite_add_tcase (suite, tc);
  tcase_set_timeout (tc, 2 * WAIT_S);
  tcase_add_checked_fixture (tc, NULL, teardown);
  tcase_add_test (tc,
      test_who_has_no_place_for_who_offers_through_a_neighbour_says_so);
  return suite;
}

GST_CHECK_MAIN (overlay);
