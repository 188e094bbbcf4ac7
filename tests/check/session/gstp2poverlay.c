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
 * links: what it says, as one of the two would carry it, is put into the other's host
 * on the session thread, and what goes to it is seen on its way.
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
static gchar text_of[KINDS][512];       /* the last one's */

static gboolean
watch (guint16 stream, GByteArray * message, gpointer user_data)
{
  guint kind;

  if (message->len <= TEXT_AT || message->data[4] != P2P_MSG_SIGNAL)
    return TRUE;
  kind = message->data[KIND_AT];
  fail_unless (kind < KINDS);
  g_snprintf (text_of[kind], sizeof (text_of[kind]), "%.*s",
      (gint) (message->len - TEXT_AT), (gchar *) message->data + TEXT_AT);
  g_atomic_int_inc (&said[kind]);
  return TRUE;
}

static void
setup_with (guint delay_us, guint places)
{
  memset (said, 0, sizeof (said));
  memset (text_of, 0, sizeof (text_of));
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
  Station **to, **carrier, **from;
  P2pLinkId other_link;         /* added to the carrier's */
  guint kind;
  guint32 session;
  const gchar *text;
} Saying;

static P2pLinkId
find_carrier (Station * at, Station * carrier)
{
  return gst_p2p_session_find_peer (at->session, &carrier->session->peer_id,
      NULL)->id;
}

static void
put_saying (gpointer data)
{
  const Saying *saying = data;
  GstP2PHost *host = g_ptr_array_index ((*saying->to)->session->hosts, 0);

  gst_p2p_host_overlay_signal (host,
      find_carrier (*saying->to, *saying->carrier) + saying->other_link,
      &(*saying->from)->session->peer_id, saying->kind, saying->session,
      saying->text);
}

/* All that comes of it at once has come when this returns. */
static void
say_as (const Saying * saying)
{
  gst_p2p_thread_call ((*saying->to)->session->thread, put_saying,
      (gpointer) saying);
}

/* The third session to the broadcaster. */
static void
say (guint kind, guint32 session, const gchar * text)
{
  const Saying saying = { &publisher, &near, &far, 0, kind, session, text };

  say_as (&saying);
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

/* ---- what a session has under way ---- */

typedef struct
{
  Station *at;
  guint pending, up;            /* through neighbours; of any kind */
} Count;

static void
count_peers (gpointer data)
{
  Count *count = data;
  GPtrArray *peers = count->at->session->peers;
  guint i;

  for (i = 0; i < peers->len; i++) {
    const GstP2PPeer *peer = g_ptr_array_index (peers, i);

    count->up += peer->connected;
    count->pending += peer->overlay && !peer->connected;
  }
}

static void
expect (Station * at, guint pending, guint up)
{
  Count count = { at, 0, 0 };

  gst_p2p_thread_call (at->session->thread, count_peers, &count);
  fail_unless_equals_int (count.pending, pending);
  fail_unless_equals_int (count.up, up);
}

/* The third session offers, and the broadcaster, who has two places, answers. */
static void
setup_answered (Description * d)
{
  setup_with (1000, 2);
  describe_far (d);
  say (OFFER, 7, d->sdp);
  wait_for (ANSWER, 1);
  expect (publisher, 1, 1);
}

static void
let_go_of (Description * d)
{
  gst_p2p_thread_call (far->session->thread, end_description, d);
  let_go ();
}

/* The listener offers to the third session. */
static void
make_offer (gpointer unused)
{
  gst_p2p_host_overlay_connect (g_ptr_array_index (near->session->hosts, 0),
      find_carrier (near, publisher), &far->session->peer_id, 7);
}

static void
close_offer (gpointer unused)
{
  gst_p2p_peer_close (gst_p2p_session_find_peer (near->session,
          &far->session->peer_id, NULL));
}

static void
setup_offered (void)
{
  setup_with (1000, 1);
  gst_p2p_thread_call (near->session->thread, make_offer, NULL);
  wait_for (OFFER, 1);
  expect (near, 1, 1);
}

static void
make_and_close_offer (gpointer unused)
{
  make_offer (NULL);
  close_offer (NULL);
}

/* ---- tests ---- */

GST_START_TEST
    (test_who_has_no_place_for_who_offers_through_a_neighbour_says_so) {
  Description d;

  setup_with (1000, 1);
  describe_far (&d);
  say (OFFER, 7, d.sdp);
  wait_for (REFUSAL, 1);
  fail_unless (g_str_has_prefix (text_of[REFUSAL], "full"), "%s",
      text_of[REFUSAL]);

  gst_p2p_thread_call (far->session->thread, end_description, &d);
  let_go ();
}

GST_END_TEST;

GST_START_TEST (test_who_gives_up_an_offer_through_a_neighbour_says_so)
{
  setup_offered ();
  gst_p2p_thread_call (near->session->thread, close_offer, NULL);
  wait_for (REFUSAL, 1);
  fail_unless (g_str_has_prefix (text_of[REFUSAL], "withdrawn"), "%s",
      text_of[REFUSAL]);
  expect (near, 0, 1);
  let_go ();
}

GST_END_TEST;

GST_START_TEST (test_who_leaves_withdraws_what_it_offered_through_a_neighbour)
{
  setup_offered ();
  station_leave (near);
  wait_for (REFUSAL, 1);
  fail_unless (g_str_has_prefix (text_of[REFUSAL], "withdrawn"), "%s",
      text_of[REFUSAL]);
  let_go ();
}

GST_END_TEST;

GST_START_TEST (test_an_offer_that_never_went_out_is_not_withdrawn)
{
  setup_with (1000, 1);
  gst_p2p_thread_call (near->session->thread, make_and_close_offer, NULL);
  fail_unless_equals_int (said[REFUSAL], 0);
  fail_unless_equals_int (said[OFFER], 0);
  let_go ();
}

GST_END_TEST;

/* Neither refusal is answered by another one. */
GST_START_TEST (test_a_refused_offer_is_not_withdrawn)
{
  const Saying saying = { &near, &publisher, &far, 0, REFUSAL, 7, "full" };

  setup_offered ();
  say_as (&saying);
  expect (near, 0, 1);
  fail_unless_equals_int (said[REFUSAL], 0);
  let_go ();
}

GST_END_TEST;

GST_START_TEST (test_a_withdrawn_offer_frees_the_place_at_once)
{
  Description d;

  setup_answered (&d);
  say (REFUSAL, 7, "withdrawn");
  expect (publisher, 0, 1);
  fail_unless_equals_int (said[REFUSAL], 0);

  say (OFFER, 8, d.sdp);
  wait_for (ANSWER, 2);
  expect (publisher, 1, 1);
  fail_unless_equals_int (said[REFUSAL], 0);
  let_go_of (&d);
}

GST_END_TEST;

GST_START_TEST (test_only_who_offered_withdraws_and_the_way_it_offered)
{
  static const Saying sayings[] = {
    {&publisher, &near, &near, 0, REFUSAL, 7, "withdrawn"},
    {&publisher, &near, &publisher, 0, REFUSAL, 7, "withdrawn"},
    {&publisher, &near, &far, 0, REFUSAL, 8, "withdrawn"},
    {&publisher, &near, &far, 1, REFUSAL, 7, "withdrawn"},
  };
  Description d;
  guint i;

  setup_answered (&d);
  for (i = 0; i < G_N_ELEMENTS (sayings); i++) {
    say_as (&sayings[i]);
    expect (publisher, 1, 1);
  }
  fail_unless_equals_int (said[REFUSAL], 0);
  let_go_of (&d);
}

GST_END_TEST;

GST_START_TEST (test_who_got_an_offer_refuses_it_but_withdraws_it_not)
{
  static const Saying sayings[] = {
    {&near, &publisher, &far, 0, REFUSAL, 7, "withdrawn"},
    {&near, &publisher, &far, 1, REFUSAL, 7, "full"},
    {&near, &publisher, &publisher, 0, REFUSAL, 7, "full"},
    {&near, &publisher, &far, 0, REFUSAL, 8, "full"},
  };
  guint i;

  setup_offered ();
  for (i = 0; i < G_N_ELEMENTS (sayings); i++) {
    say_as (&sayings[i]);
    expect (near, 1, 1);
  }
  let_go ();
}

GST_END_TEST;

GST_START_TEST (test_a_refusal_with_another_text_withdraws_nothing)
{
  g_autofree gchar *long_text = g_strnfill (P2P_MAX_SDP, 'w');
  const gchar *texts[] = { "", "full", "withdraw", "Withdrawn", " withdrawn",
    "\377\376\200withdrawn", long_text
  };
  Description d;
  guint i;

  setup_answered (&d);
  for (i = 0; i < G_N_ELEMENTS (texts); i++) {
    say (REFUSAL, 7, texts[i]);
    expect (publisher, 1, 1);
  }
  say (REFUSAL, 7, "withdrawn\377, by who knows");
  expect (publisher, 0, 1);
  let_go_of (&d);
}

GST_END_TEST;

GST_START_TEST (test_a_withdrawal_before_the_offer_or_twice_is_none)
{
  Description d;

  setup_with (1000, 2);
  describe_far (&d);
  say (REFUSAL, 7, "withdrawn");
  say (OFFER, 7, d.sdp);
  wait_for (ANSWER, 1);
  expect (publisher, 1, 1);
  say (REFUSAL, 7, "withdrawn");
  say (REFUSAL, 7, "withdrawn");
  expect (publisher, 0, 1);
  fail_unless_equals_int (said[REFUSAL], 0);
  let_go_of (&d);
}

GST_END_TEST;

static void
take_answer (gpointer data)
{
  Description *d = data;

  fail_unless (gst_p2p_link_set_answer (d->link, text_of[ANSWER], NULL));
}

GST_START_TEST (test_a_link_that_is_up_is_not_withdrawn)
{
  Count count = { NULL, 0, 0 };
  Description d;
  gint64 end;

  setup_answered (&d);
  count.at = publisher;
  gst_p2p_thread_call (far->session->thread, take_answer, &d);
  end = g_get_monotonic_time () + WAIT_S * G_USEC_PER_SEC;
  do {
    fail_unless (g_get_monotonic_time () < end, "the link is not up");
    g_usleep (1000);
    count.up = count.pending = 0;
    gst_p2p_thread_call (publisher->session->thread, count_peers, &count);
  } while (count.up < 2);
  expect (publisher, 0, 2);
  say (REFUSAL, 7, "withdrawn");
  say (REFUSAL, 7, "full");
  expect (publisher, 0, 2);
  let_go_of (&d);
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
  tcase_add_test (tc, test_who_gives_up_an_offer_through_a_neighbour_says_so);
  tcase_add_test (tc,
      test_who_leaves_withdraws_what_it_offered_through_a_neighbour);
  tcase_add_test (tc, test_an_offer_that_never_went_out_is_not_withdrawn);
  tcase_add_test (tc, test_a_refused_offer_is_not_withdrawn);
  tcase_add_test (tc, test_a_withdrawn_offer_frees_the_place_at_once);
  tcase_add_test (tc, test_only_who_offered_withdraws_and_the_way_it_offered);
  tcase_add_test (tc, test_who_got_an_offer_refuses_it_but_withdraws_it_not);
  tcase_add_test (tc, test_a_refusal_with_another_text_withdraws_nothing);
  tcase_add_test (tc, test_a_withdrawal_before_the_offer_or_twice_is_none);
  tcase_add_test (tc, test_a_link_that_is_up_is_not_withdrawn);
  return suite;
}

GST_CHECK_MAIN (overlay);
