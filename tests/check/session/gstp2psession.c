/* gst-plugins-p2p
 *
 * This library is free software; you can redistribute it and/or
 * modify it under the terms of the GNU Lesser General Public
 * License as published by the Free Software Foundation; either
 * version 2.1 of the License, or (at your option) any later version.
 */
/* gstp2psession.c: sessions over the loopback: the real swarm, real signatures,
 * no sockets.
 */
#include <string.h>

#include "station.h"

#define CAPS "audio/mpeg, mpegversion=(int)1, layer=(int)3"

static GstP2PLoopbackHub *hub;

static void
setup (void)
{
  hub = gst_p2p_loopback_hub_new (1000, 0, 1);
}

static void
teardown (void)
{
  station_end_all ();
  gst_p2p_loopback_hub_unref (hub);
}

static void
start_publisher (Station * publisher)
{
  station_publish (publisher, "live", NULL);
  fail_unless (station_wait (publisher, GST_P2P_MEMBER_PUBLISHED, 1));
  station_put_header (publisher, CAPS);
}

GST_START_TEST (test_a_listener_gets_header_and_chunks_as_published)
{
  Station *publisher = station_new (hub), *listener = station_new (hub);
  P2pStreamHeader header;
  GstP2PItem *item;
  gsize len;
  const guint8 *data;
  guint first;

  start_publisher (publisher);
  station_listen (listener, "live", 300);
  station_put_chunks (publisher, 0, 40, 20);
  fail_unless (station_wait (listener, GST_P2P_MEMBER_JOINED, 1));

  item = station_next (listener, GST_P2P_ITEM_HEADER);
  fail_unless (item != NULL);
  data = g_bytes_get_data (item->bytes, &len);
  fail_unless_equals_int (p2p_stream_header_get (data, len, &header), P2P_OK);
  fail_unless_equals_int (header.caps_len, strlen (CAPS));
  fail_unless (memcmp (header.caps, CAPS, header.caps_len) == 0);
  gst_p2p_item_free (item);

  item = station_next (listener, GST_P2P_ITEM_CHUNK);
  fail_unless (item != NULL);
  first = station_read_number (item);
  fail_unless (item->discont);
  gst_p2p_item_free (item);
  fail_unless (first < 40);
  station_expect_chunks (listener, first + 1, 40);

  station_free (listener);
  station_free (publisher);
}

GST_END_TEST;

/* A patient latency: the machine that runs this may be busy, and what is tested
 * is who relays, not how fast. */
GST_START_TEST (test_eight_listeners_relay_to_each_other)
{
  Station *publisher = station_new (hub), *listener[8];
  guint i;

  start_publisher (publisher);
  for (i = 0; i < 8; i++) {
    listener[i] = station_new (hub);
    station_listen (listener[i], "live", 6000);
  }
  station_put_chunks (publisher, 0, 100, 20);
  for (i = 0; i < 8; i++) {
    GstP2PItem *item = station_next (listener[i], GST_P2P_ITEM_CHUNK);
    guint first;

    fail_unless (item != NULL, "listener %u heard nothing", i);
    first = station_read_number (item);
    gst_p2p_item_free (item);
    station_expect_chunks (listener[i], first + 1, 100);
  }
  for (i = 0; i < 8; i++)
    station_free (listener[i]);
  station_free (publisher);
}

GST_END_TEST;

/* Offers are described when they are made, and go out when they are ready: by
 * then the stream may have come and with it room. */
GST_START_TEST (test_the_rendezvous_knows_that_who_has_the_stream_has_room)
{
  Station *publisher = station_new (hub), *listener[2];
  gint64 end;
  guint i;

  gst_p2p_loopback_hub_set_gathering (hub, 200 * 1000);
  start_publisher (publisher);
  for (i = 0; i < 2; i++) {
    listener[i] = station_new (hub);
    station_listen (listener[i], "live", 2000);
  }
  station_put_chunks (publisher, 0, 100, 20);
  end = g_get_monotonic_time () + WAIT_S * G_USEC_PER_SEC;
  for (i = 100; gst_p2p_loopback_hub_count_full (hub) > 0; i++) {
    fail_unless (g_get_monotonic_time () < end, "somebody is taken for full");
    station_put_chunks (publisher, i, i + 1, 20);
  }
  for (i = 0; i < 2; i++) {
    GstP2PItem *item = station_next (listener[i], GST_P2P_ITEM_CHUNK);

    fail_unless (item != NULL, "listener %u heard nothing", i);
    gst_p2p_item_free (item);
    station_free (listener[i]);
  }
  station_free (publisher);
}

GST_END_TEST;

/* The rendezvous tells it with the answer to an announce, which is due every
 * minute or two. */
GST_START_TEST (test_a_publisher_hears_soon_how_many_listen)
{
  Station *publisher = station_new (hub), *listener = station_new (hub);

  start_publisher (publisher);
  fail_unless (station_wait (publisher, GST_P2P_MEMBER_LISTENERS, 1));
  station_put_chunks (publisher, 0, 20, 20);
  station_listen (listener, "live", 300);
  fail_unless (station_wait (publisher, GST_P2P_MEMBER_PEER_ADDED, 1));
  fail_unless (station_wait (publisher, GST_P2P_MEMBER_LISTENERS, 2));
  station_free (listener);
  fail_unless (station_wait (publisher, GST_P2P_MEMBER_LISTENERS, 3));
  station_free (publisher);
}

GST_END_TEST;

GST_START_TEST (test_members_of_one_session_hear_each_other_without_a_link)
{
  Station *publisher = station_new (hub);
  Station *early = station_new_beside (publisher);
  Station *late = station_new_beside (publisher);
  GstP2PItem *item;

  start_publisher (publisher);
  station_listen (early, "live", 300);
  fail_unless (station_wait (early, GST_P2P_MEMBER_RESOLVED, 1));
  station_put_chunks (publisher, 0, 20, 20);
  station_expect_chunks (early, 0, 20);

  /* starts at the join point at or before the edge less its latency */
  station_listen (late, "live", 100);
  item = station_next (late, GST_P2P_ITEM_CHUNK);
  fail_unless (item != NULL && item->discont);
  fail_unless (station_read_number (item) >= 10);
  station_expect_chunks (late, station_read_number (item) + 1, 20);
  gst_p2p_item_free (item);

  station_free (late);
  station_free (early);
  station_free (publisher);
}

GST_END_TEST;

/* Loses all data with a hundred of this byte in a row: the chunk of that number. */
static gboolean
lose_chunk (guint16 stream, GByteArray * message, gpointer user_data)
{
  guint i, run = 0;

  for (i = 0; stream == P2P_STREAM_DATA && i < message->len && run < 100; i++)
    run = message->data[i] == GPOINTER_TO_UINT (user_data) ? run + 1 : 0;
  return run < 100;
}

static guint
next_number (Station * listener, gboolean * discont)
{
  GstP2PItem *item = station_next (listener, GST_P2P_ITEM_CHUNK);
  guint number;

  fail_unless (item != NULL);
  number = station_read_number (item);
  if (discont)
    *discont = item->discont;
  gst_p2p_item_free (item);
  return number;
}

/* Up to the chunk 'last', each once; what is left out is told. Returns whether
 * 'missing' came. */
static gboolean
expect_up_to (Station * listener, guint from, guint last, guint missing)
{
  gboolean discont, found = FALSE;
  guint number;

  do {
    number = next_number (listener, &discont);
    fail_unless (number >= from && number <= last, "%u after %u", number, from);
    fail_unless (discont == (number > from), "%u after %u", number, from);
    found |= number == missing;
    from = number + 1;
  } while (number < last);
  return found;
}

/* Two listeners of one process, one swarm. Who waits a minute is not robbed of
 * what comes much later, and who waits 0.3 s has what follows before that
 * comes; how long it waits is judged in swarm/p2pplayout. On a busy machine
 * other chunks may be later than 0.3 s, too. */
static void
run_two_latencies (gboolean patient_first)
{
  Station *publisher = station_new (hub), *patient = station_new (hub);
  Station *hasty = station_new_beside (patient);
  guint number;

  start_publisher (publisher);
  station_put_chunks (publisher, 0, 20, 20);
  station_listen (patient_first ? patient : hasty, "live",
      patient_first ? 60000 : 300);
  station_put_chunks (publisher, 20, 25, 20);
  station_listen (patient_first ? hasty : patient, "live",
      patient_first ? 300 : 60000);
  station_put_chunks (publisher, 25, 60, 20);
  fail_unless (station_wait (patient, GST_P2P_MEMBER_JOINED, 1));
  fail_unless (station_wait (hasty, GST_P2P_MEMBER_JOINED, 1));

  gst_p2p_loopback_hub_set_filter (hub, lose_chunk, GUINT_TO_POINTER (100));
  station_put_chunks (publisher, 60, 140, 20);
  number = next_number (hasty, NULL);
  fail_if (expect_up_to (hasty, number + 1, 139, 100));

  gst_p2p_loopback_hub_set_filter (hub, NULL, NULL);
  number = next_number (patient, NULL);
  station_expect_chunks (patient, number + 1, 140);
  /* together again */
  station_put_chunks (publisher, 140, 160, 20);
  fail_unless (expect_up_to (hasty, 140, 159, 159));
  station_expect_chunks (patient, 140, 160);
  station_free (hasty);
  station_free (patient);
  station_free (publisher);
}

GST_START_TEST (test_two_latencies_in_one_process_are_both_kept)
{
  run_two_latencies (TRUE);
  run_two_latencies (FALSE);
}

GST_END_TEST;

/* The publisher falls silent for a while. */
GST_START_TEST (test_each_listener_of_a_process_starves_by_its_own_latency)
{
  Station *publisher = station_new (hub), *patient = station_new (hub);
  Station *hasty = station_new_beside (patient);
  guint hasty_before, patient_before;

  start_publisher (publisher);
  station_put_chunks (publisher, 0, 20, 20);
  station_listen (patient, "live", 5000);
  station_listen (hasty, "live", 300);
  station_put_chunks (publisher, 20, 40, 20);
  fail_unless (station_wait (patient, GST_P2P_MEMBER_JOINED, 1));
  fail_unless (station_wait (hasty, GST_P2P_MEMBER_JOINED, 1));
  fail_unless (station_wait (hasty, GST_P2P_MEMBER_STARVING, 1));
  fail_unless (station_wait (patient, GST_P2P_MEMBER_STARVING, 1));
  /* 4.7 s; less where the machine stood still for some of them */
  fail_unless (hasty->told_at[GST_P2P_MEMBER_STARVING] + G_USEC_PER_SEC <
      patient->told_at[GST_P2P_MEMBER_STARVING]);
  /* A slow machine may have starved them before, while there were chunks. */
  hasty_before = station_count (hasty, GST_P2P_MEMBER_RECOVERED);
  patient_before = station_count (patient, GST_P2P_MEMBER_RECOVERED);
  fail_unless (hasty->told_at[GST_P2P_MEMBER_RECOVERED] <
      hasty->told_at[GST_P2P_MEMBER_STARVING]);
  station_put_chunks (publisher, 40, 45, 20);
  fail_unless (station_wait (hasty, GST_P2P_MEMBER_RECOVERED,
          hasty_before + 1));
  fail_unless (station_wait (patient, GST_P2P_MEMBER_RECOVERED,
          patient_before + 1));
  station_free (hasty);
  station_free (patient);
  station_free (publisher);
}

GST_END_TEST;

/* One chunk is lost, and would be waited for; those behind it are here. */
GST_START_TEST (test_who_ends_is_given_what_waits_behind_a_hole)
{
  Station *publisher = station_new (hub), *listener = station_new (hub);
  gint64 end = g_get_monotonic_time () + WAIT_S * G_USEC_PER_SEC;
  P2pSwarmStats stats;
  gboolean discont;
  guint first, n, lost;

  start_publisher (publisher);
  station_listen (listener, "live", 8000);
  /* as long as a slow machine needs to join; a byte tells their numbers */
  for (n = 0; n < 20 || (!station_was_told (listener, GST_P2P_MEMBER_JOINED)
          && n < 200); n += 10)
    station_put_chunks (publisher, n, n + 10, 20);
  fail_unless (station_wait (listener, GST_P2P_MEMBER_JOINED, 1));
  first = next_number (listener, NULL);
  lost = n + 20;
  gst_p2p_loopback_hub_set_filter (hub, lose_chunk, GUINT_TO_POINTER (lost));
  station_put_chunks (publisher, n, lost + 20, 20);
  do {
    g_usleep (10000);
    gst_p2p_member_get_stats (listener->member, &stats);
    fail_unless (g_get_monotonic_time () < end);
  } while (stats.chunks_pushed_from_peers + stats.chunks_requested_from_peers <
      lost + 19 - first);
  fail_unless_equals_int (stats.position, lost);
  gst_p2p_member_set_ending (listener->member, TRUE);
  station_expect_chunks (listener, first + 1, lost);
  fail_unless_equals_int (next_number (listener, &discont), lost + 1);
  fail_unless (discont);
  station_expect_chunks (listener, lost + 2, lost + 20);
  fail_unless (gst_p2p_member_pop (listener->member, -1) == NULL);
  fail_unless (gst_p2p_member_has_ended (listener->member));
  station_put_chunks (publisher, lost + 20, lost + 25, 20);
  fail_unless (gst_p2p_member_pop (listener->member, -1) == NULL);
  station_free (listener);
  station_free (publisher);
}

GST_END_TEST;

GST_START_TEST (test_an_unknown_channel_is_one_error)
{
  Station *listener = station_new (hub);

  station_listen (listener, "nobody", 300);
  fail_unless (station_wait (listener, GST_P2P_MEMBER_ERROR, 1));
  fail_unless (g_error_matches (listener->error, GST_P2P_ERROR,
          GST_P2P_ERROR_CHANNEL_UNKNOWN));
  station_free (listener);
}

GST_END_TEST;

GST_START_TEST (test_media_flows_on_while_the_rendezvous_is_away)
{
  Station *publisher = station_new (hub), *listener = station_new (hub);
  GstP2PItem *item;
  guint first;

  start_publisher (publisher);
  station_listen (listener, "live", 300);
  station_put_chunks (publisher, 0, 20, 20);
  item = station_next (listener, GST_P2P_ITEM_CHUNK);
  fail_unless (item != NULL);
  first = station_read_number (item);
  gst_p2p_item_free (item);
  gst_p2p_loopback_hub_set_rendezvous_up (hub, FALSE);
  station_put_chunks (publisher, 20, 40, 20);
  station_expect_chunks (listener, first + 1, 40);
  station_free (listener);
  station_free (publisher);
}

GST_END_TEST;

static gboolean
flip_last_byte (guint16 stream, GByteArray * message, gpointer user_data)
{
  if (stream == P2P_STREAM_DATA && message->len > 400)
    message->data[message->len - 1] ^= 1;
  return TRUE;
}

GST_START_TEST (test_an_altered_chunk_never_comes_out)
{
  Station *publisher = station_new (hub), *listener = station_new (hub);
  GstP2PItem *item;

  start_publisher (publisher);
  station_listen (listener, "live", 300);
  fail_unless (station_wait (listener, GST_P2P_MEMBER_PEER_ADDED, 1));
  gst_p2p_loopback_hub_set_filter (hub, flip_last_byte, NULL);
  station_put_chunks (publisher, 0, 10, 20);
  fail_unless (station_wait (listener, GST_P2P_MEMBER_PEER_REMOVED, 1));
  while ((item = gst_p2p_member_pop (listener->member,
              g_get_monotonic_time ()))) {
    fail_if (item->type == GST_P2P_ITEM_CHUNK);
    gst_p2p_item_free (item);
  }
  station_free (listener);
  station_free (publisher);
}

GST_END_TEST;

GST_START_TEST (test_a_publisher_that_restarts_with_its_key_is_followed)
{
  Station *first = station_new (hub), *listener = station_new (hub);
  Station *second;
  GstP2PItem *item;

  start_publisher (first);
  station_listen (listener, "live", 300);
  station_put_chunks (first, 0, 20, 20);
  fail_unless (station_wait (listener, GST_P2P_MEMBER_JOINED, 1));
  station_leave (first);

  second = station_new (hub);
  station_publish (second, "live", first->key);
  fail_unless (station_wait (second, GST_P2P_MEMBER_PUBLISHED, 1));
  station_put_header (second, CAPS);
  station_put_chunks (second, 1000, 1150, 20);
  item = station_next (listener, GST_P2P_ITEM_EPOCH);
  fail_unless (item != NULL);
  gst_p2p_item_free (item);
  item = station_next (listener, GST_P2P_ITEM_CHUNK);
  fail_unless (item != NULL);
  fail_unless (station_read_number (item) >= 1000);
  gst_p2p_item_free (item);

  station_free (listener);
  station_free (first);
  station_free (second);
}

GST_END_TEST;

GST_START_TEST (test_who_came_by_name_follows_a_publisher_with_a_new_key)
{
  Station *first = station_new (hub), *listener = station_new (hub);
  Station *second;
  GstP2PItem *item;

  start_publisher (first);
  station_listen (listener, "live", 300);
  station_put_chunks (first, 0, 20, 20);
  fail_unless (station_wait (listener, GST_P2P_MEMBER_JOINED, 1));
  station_free (first);
  fail_unless (station_wait (listener, GST_P2P_MEMBER_PUBLISHER_LEFT, 1));

  second = station_new (hub);
  start_publisher (second);
  station_put_chunks (second, 1000, 1300, 20);
  item = station_next (listener, GST_P2P_ITEM_EPOCH);
  fail_unless (item != NULL);
  gst_p2p_item_free (item);
  item = station_next (listener, GST_P2P_ITEM_CHUNK);
  fail_unless (item != NULL);
  fail_unless (station_read_number (item) >= 1000);
  gst_p2p_item_free (item);
  fail_unless (station_wait (listener, GST_P2P_MEMBER_PUBLISHER_BACK, 1));

  station_free (listener);
  station_free (second);
}

GST_END_TEST;

#define LIMIT_US (200 * 1000)

static void
stand_still (GstP2PMember * member, gpointer user_data)
{
  g_usleep (2 * LIMIT_US);
  g_async_queue_push (user_data, GINT_TO_POINTER (1));
}

static void
give_up (GstP2PMember * member, gpointer user_data)
{
  g_async_queue_push (user_data, GINT_TO_POINTER (2));
}

static void
go_on (GstP2PMember * member, gpointer user_data)
{
  g_async_queue_push (user_data, GINT_TO_POINTER (3));
}

GST_START_TEST (test_a_time_limit_leaves_time_after_a_standstill)
{
  Station *station = station_new (hub);
  GAsyncQueue *order = g_async_queue_new ();

  station_listen (station, "live", 300);
  gst_p2p_member_add_limit (station->member, LIMIT_US, give_up, order);
  gst_p2p_member_add_timer (station->member, LIMIT_US / 16, stand_still, order);
  fail_unless_equals_int (GPOINTER_TO_INT (g_async_queue_pop (order)), 1);
  /* What was due meanwhile comes first, the limit only later. */
  gst_p2p_member_add_timer (station->member, 0, go_on, order);
  fail_unless_equals_int (GPOINTER_TO_INT (g_async_queue_pop (order)), 3);
  fail_unless_equals_int (GPOINTER_TO_INT (g_async_queue_pop (order)), 2);
  station_free (station);
  g_async_queue_unref (order);
}

GST_END_TEST;

static void
leave_inside (GstP2PMember * member, GstP2PMemberEvent event,
    const GstStructure * structure, const GError * error, gpointer user_data)
{
  GAsyncQueue *told = user_data;

  gst_p2p_member_leave (member);
  g_async_queue_push (told, GINT_TO_POINTER (event + 1));
}

GST_START_TEST (test_a_member_may_leave_from_inside_its_callback)
{
  Station *station = station_new (hub);
  GAsyncQueue *told = g_async_queue_new ();
  gchar *urls[] = { (gchar *) "ws://hub/", NULL };
  GstP2PMemberConfig config = {.channel = "nobody",.rendezvous = urls };
  GstP2PMember *member = gst_p2p_session_join (station->session, &config,
      leave_inside, told, NULL, NULL);

  fail_unless (g_async_queue_timeout_pop (told,
          WAIT_S * G_USEC_PER_SEC) != NULL);
  gst_p2p_member_leave (member);
  g_object_unref (member);
  station_free (station);
  fail_unless (g_async_queue_try_pop (told) == NULL);
  g_async_queue_unref (told);
}

GST_END_TEST;

GST_START_TEST (test_a_listener_without_rendezvous_is_told_what_to_set)
{
  Station *station = station_new (hub);
  GstP2PMemberConfig config = {.channel = "live" };
  GError *error = NULL;

  fail_unless (gst_p2p_session_join (station->session, &config, NULL, NULL,
          NULL, &error) == NULL);
  fail_unless (g_error_matches (error, GST_P2P_ERROR, GST_P2P_ERROR_URI));
  fail_unless (strstr (error->message, "rendezvous=") != NULL);
  g_error_free (error);
  station_free (station);
}

GST_END_TEST;

/* They go on without a member for a moment, and one of them is back within it. */
GST_START_TEST (test_who_leaves_is_missed_by_nobody_and_may_come_back_at_once)
{
  Station *publisher = station_new (hub), *listener[6];
  guint i, first[6];

  start_publisher (publisher);
  for (i = 0; i < 6; i++) {
    listener[i] = station_new (hub);
    station_listen (listener[i], "live", 6000);
  }
  station_put_chunks (publisher, 0, 60, 20);
  for (i = 0; i < 6; i++) {
    GstP2PItem *item = station_next (listener[i], GST_P2P_ITEM_CHUNK);

    fail_unless (item != NULL, "listener %u heard nothing", i);
    first[i] = station_read_number (item);
    gst_p2p_item_free (item);
  }
  for (i = 0; i < 3; i++)
    station_leave (listener[i]);
  station_listen (listener[0], "live", 300);
  station_free (listener[1]);
  station_put_chunks (publisher, 60, 160, 20);
  for (i = 3; i < 6; i++)
    station_expect_chunks (listener[i], first[i] + 1, 160);
  fail_unless (station_wait (listener[0], GST_P2P_MEMBER_JOINED, 2));
  for (i = 0; i < 6; i++) {
    if (i != 1)
      station_free (listener[i]);
  }
  station_free (publisher);
}

GST_END_TEST;

/* A frame of an offer, an answer or a candidate begins with it, after the channel. */
static gboolean
lose_signals (guint16 stream, GByteArray * message, gpointer user_data)
{
  return message->len <= 4 || message->data[4] != P2P_MSG_SIGNAL;
}

/* The broadcaster has one place. Its listener feeds another one and says goodbye:
 * what that other one offers through it arrives nowhere, for it is gone. */
GST_START_TEST (test_who_is_gone_with_a_word_stands_in_nobodys_way)
{
  Station *publisher = station_new (hub), *near = station_new (hub);
  Station *far = station_new (hub);

  publisher->max_peers = 1;
  start_publisher (publisher);
  station_listen (near, "live", 1000);
  station_put_chunks (publisher, 0, 20, 20);
  fail_unless (station_wait (near, GST_P2P_MEMBER_JOINED, 1));
  station_listen (far, "live", 1000);
  station_put_chunks (publisher, 20, 360, 20);
  fail_unless (station_wait (far, GST_P2P_MEMBER_JOINED, 1));

  gst_p2p_loopback_hub_set_filter (hub, lose_signals, NULL);
  station_leave (near);
  station_put_chunks (publisher, 360, 560, 20);
  fail_if (station_was_told (far, GST_P2P_MEMBER_STARVING));
  station_free (far);
  station_free (near);
  station_free (publisher);
}

GST_END_TEST;

/* The broadcaster has one place, and has answered who goes before the link is up. */
GST_START_TEST (test_who_goes_during_the_set_up_frees_the_place)
{
  Station *publisher, *near, *far;
  gint64 since;

  gst_p2p_loopback_hub_unref (hub);
  hub = gst_p2p_loopback_hub_new (100000, 0, 1);        /* a set-up takes 0.8 s */
  publisher = station_new (hub);
  near = station_new (hub);
  far = station_new (hub);
  publisher->max_peers = 1;
  start_publisher (publisher);
  station_put_chunk (publisher, 0);
  station_listen (near, "live", 1000);
  while (gst_p2p_loopback_hub_count_answers (hub) == 0)
    g_usleep (1000);
  station_leave (near);
  fail_unless_equals_int (station_count (near, GST_P2P_MEMBER_JOINED), 0);
  since = g_get_monotonic_time ();
  station_listen (far, "live", 1000);
  station_put_chunks (publisher, 1, 150, 20);
  fail_unless (station_wait (far, GST_P2P_MEMBER_JOINED, 1));
  fail_unless (g_get_monotonic_time () - since < 10 * G_USEC_PER_SEC,
      "the place was held until the set-up timed out");
  station_free (far);
  station_free (near);
  station_free (publisher);
}

GST_END_TEST;

static Suite *
session_suite (void)
{
  Suite *suite = suite_create ("gstp2psession");
  TCase *tc = tcase_create ("loopback");

  suite_add_tcase (suite, tc);
  tcase_add_checked_fixture (tc, setup, teardown);
  tcase_add_test (tc, test_a_listener_gets_header_and_chunks_as_published);
  tcase_add_test (tc, test_eight_listeners_relay_to_each_other);
  tcase_add_test (tc,
      test_the_rendezvous_knows_that_who_has_the_stream_has_room);
  tcase_add_test (tc, test_a_publisher_hears_soon_how_many_listen);
  tcase_add_test (tc,
      test_members_of_one_session_hear_each_other_without_a_link);
  tcase_add_test (tc, test_two_latencies_in_one_process_are_both_kept);
  tcase_add_test (tc,
      test_each_listener_of_a_process_starves_by_its_own_latency);
  tcase_add_test (tc, test_who_ends_is_given_what_waits_behind_a_hole);
  tcase_add_test (tc, test_an_unknown_channel_is_one_error);
  tcase_add_test (tc, test_media_flows_on_while_the_rendezvous_is_away);
  tcase_add_test (tc, test_an_altered_chunk_never_comes_out);
  tcase_add_test (tc, test_a_publisher_that_restarts_with_its_key_is_followed);
  tcase_add_test (tc, test_who_came_by_name_follows_a_publisher_with_a_new_key);
  tcase_add_test (tc, test_a_time_limit_leaves_time_after_a_standstill);
  tcase_add_test (tc, test_a_member_may_leave_from_inside_its_callback);
  tcase_add_test (tc, test_a_listener_without_rendezvous_is_told_what_to_set);
  tcase_add_test (tc,
      test_who_leaves_is_missed_by_nobody_and_may_come_back_at_once);
  tcase_add_test (tc, test_who_is_gone_with_a_word_stands_in_nobodys_way);
  tcase_add_test (tc, test_who_goes_during_the_set_up_frees_the_place);
  return suite;
}

GST_CHECK_MAIN (session);
