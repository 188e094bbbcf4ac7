/* gst-plugins-p2p
 *
 * This library is free software; you can redistribute it and/or
 * modify it under the terms of the GNU Lesser General Public
 * License as published by the Free Software Foundation; either
 * version 2.1 of the License, or (at your option) any later version.
 */
/* harness.c: p2psink and p2psrc alone in a GstHarness: what their pads take and
 * give, in which order. The swarm behind them is real, in-process.
 */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include <string.h>
#include <gst/check/gstharness.h>

#include "air.h"
#include "../../../gst/p2p/gstp2pcontext.h"
#include "../../../gst/p2p/gstp2pelements.h"
#include "../../../gst/p2p/session/gstp2pthread.h"

#define MP3 "audio/mpeg,mpegversion=1,layer=3,rate=44100,channels=2," \
    "parsed=true"
#define FRAME_NS 26122449
#define WAIT_US (60 * (gint64) G_USEC_PER_SEC)
/* Less than the 125 ms after which a timer closes the open chunk. */
#define CHUNK_US (100 * 1000)
/* Longer than p2psink once waited for its session: then it dropped buffers. */
#define BUSY_US (700 * 1000)

static GstHarness *running;     /* by the test that is run; one at a time */

static void
teardown (void)
{
  if (running != NULL)          /* a test failed */
    gst_element_set_state (running->element, GST_STATE_NULL);
  running = NULL;
  air_teardown ();
}

/* ---- a bus to look at ---- */

static GstHarness *
harness_of (const gchar * launch, GstP2PSession * session, gboolean sink,
    GstBus ** bus)
{
  GstElement *element = gst_parse_launch (launch, NULL);
  GstContext *context = gst_p2p_context_new (session);
  GstHarness *h;

  fail_unless (element != NULL);
  gst_element_set_context (element, context);
  gst_context_unref (context);
  *bus = gst_bus_new ();
  gst_element_set_bus (element, *bus);
  h = gst_harness_new_with_element (element, sink ? "sink" : NULL,
      sink ? NULL : "src");
  gst_object_unref (element);
  running = h;
  return h;
}

static void
harness_end (GstHarness * h, GstBus * bus)
{
  running = NULL;
  gst_element_set_bus (h->element, NULL);
  gst_harness_teardown (h);
  gst_object_unref (bus);
}

static GstMessage *
wait_for (GstBus * bus, GstMessageType type)
{
  GstMessage *m = gst_bus_timed_pop_filtered (bus, WAIT_US * 1000, type);

  fail_unless (m != NULL, "no %s came", gst_message_type_get_name (type));
  return m;
}

static GstBuffer *
frame (guint n)
{
  GstBuffer *buffer = gst_buffer_new_allocate (NULL, 417, NULL);

  gst_buffer_memset (buffer, 0, n & 0xff, 417);
  GST_BUFFER_PTS (buffer) = n * (GstClockTime) FRAME_NS;
  GST_BUFFER_DURATION (buffer) = FRAME_NS;
  return buffer;
}

static guint64
get_stat (GstHarness * h, const gchar * name)
{
  return air_stat (h->element, name);
}

/* Chunks cut of what came since: more when a busy machine took so long over it
 * that the timer cut, too. */
static void
expect_chunks (GstHarness * h, guint64 chunks, gint64 since)
{
  guint64 cut = get_stat (h, "fragments-published");
  gboolean slow = g_get_monotonic_time () - since > CHUNK_US;

  fail_unless (cut == chunks || (slow && cut > chunks), "%" G_GUINT64_FORMAT
      " chunks, not %" G_GUINT64_FORMAT, cut, chunks);
}

/* ---- p2psink ---- */

#define SINK "p2psink port=0 sync=false"

GST_START_TEST (test_the_sink_takes_buffers_and_lists)
{
  GstBus *bus;
  GstHarness *h = harness_of (SINK, air_near, TRUE, &bus);
  GstBufferList *list = gst_buffer_list_new ();
  gint64 since = g_get_monotonic_time ();
  guint i;

  gst_harness_set_src_caps_str (h, MP3);
  for (i = 0; i < 5; i++)
    fail_unless_equals_int (gst_harness_push (h, frame (i)), GST_FLOW_OK);
  expect_chunks (h, 1, since);
  for (; i < 15; i++)
    gst_buffer_list_add (list, frame (i));
  fail_unless_equals_int (gst_pad_push_list (h->srcpad, list), GST_FLOW_OK);
  expect_chunks (h, 3, since);
  fail_unless_equals_uint64 (get_stat (h, "stream-headers"), 1);
  harness_end (h, bus);
}

GST_END_TEST;

/* The session's thread does something else for a while. */
static void
be_busy (gpointer data)
{
  g_usleep (BUSY_US);
}

/* Without the session there is no clock to stamp with: the first buffers wait
 * for it, however long, and none is missing. */
GST_START_TEST (test_the_sink_waits_for_its_clock_with_the_first_buffers)
{
  GstP2PThread *thread = gst_p2p_thread_acquire (GST_P2P_THREAD_SESSION);
  GstHarness *h;
  GstBus *bus;
  guint i;

  gst_p2p_thread_post (thread, be_busy, NULL, NULL);
  h = harness_of (SINK, air_near, TRUE, &bus);
  gst_harness_set_src_caps_str (h, MP3);
  for (i = 0; i < 5; i++)
    fail_unless_equals_int (gst_harness_push (h, frame (i)), GST_FLOW_OK);
  fail_unless (gst_harness_push_event (h, gst_event_new_eos ()));
  fail_unless (get_stat (h, "bytes-published") > 5 * 417);
  harness_end (h, bus);
  gst_p2p_thread_release (thread);
}

GST_END_TEST;

/* A pause meanwhile is none of its business. */
GST_START_TEST (test_the_sink_pauses_while_it_waits_for_its_clock)
{
  GstP2PThread *thread = gst_p2p_thread_acquire (GST_P2P_THREAD_SESSION);
  Air *out;

  gst_p2p_thread_post (thread, be_busy, NULL, NULL);
  out = air_new (AIR_TONE " ! p2psink name=watch port=0", air_near);
  air_start (out);
  air_wait_buffers (out, 1);
  fail_unless (gst_element_set_state (out->pipeline, GST_STATE_PAUSED)
      != GST_STATE_CHANGE_FAILURE);
  gst_element_set_state (out->pipeline, GST_STATE_PLAYING);
  air_wait_buffers (out, 10);
  air_free (out);
  gst_p2p_thread_release (thread);
}

GST_END_TEST;

GST_START_TEST (test_the_sink_wants_time)
{
  GstBus *bus;
  GstHarness *h = harness_of (SINK, air_near, TRUE, &bus);
  GstSegment segment;
  GstMessage *m;
  GError *error;

  gst_segment_init (&segment, GST_FORMAT_BYTES);
  gst_harness_set_src_caps_str (h, MP3);
  gst_harness_push_event (h, gst_event_new_segment (&segment));
  fail_unless_equals_int (gst_harness_push (h, frame (0)), GST_FLOW_ERROR);
  m = wait_for (bus, GST_MESSAGE_ERROR);
  gst_message_parse_error (m, &error, NULL);
  fail_unless (g_error_matches (error, GST_STREAM_ERROR,
          GST_STREAM_ERROR_FORMAT));
  fail_unless (strstr (error->message, "mpegaudioparse") != NULL);
  g_error_free (error);
  gst_message_unref (m);
  fail_unless_equals_int (gst_harness_push (h, frame (1)), GST_FLOW_ERROR);
  fail_if (gst_bus_have_pending (bus) && gst_bus_pop_filtered (bus,
          GST_MESSAGE_ERROR) != NULL);
  harness_end (h, bus);
}

GST_END_TEST;

GST_START_TEST (test_the_sink_refuses_caps_that_nobody_could_join)
{
  GstBus *bus;
  GstHarness *h = harness_of (SINK, air_near, TRUE, &bus);

  /* a pad keeps the caps that were refused: the buffer tells */
  gst_harness_set_src_caps_str (h, "video/quicktime,variant=iso");
  fail_if (gst_harness_push (h, frame (0)) == GST_FLOW_OK);
  gst_message_unref (wait_for (bus, GST_MESSAGE_ERROR));
  harness_end (h, bus);
}

GST_END_TEST;

/* A flush begins a new time line: what is open goes out, the next is DISCONT. */
GST_START_TEST (test_the_sink_survives_a_flush)
{
  GstBus *bus;
  GstHarness *h = harness_of (SINK, air_near, TRUE, &bus);
  gint64 since = g_get_monotonic_time ();
  GstSegment segment;
  guint i;

  gst_harness_set_src_caps_str (h, MP3);
  fail_unless_equals_int (gst_harness_push (h, frame (0)), GST_FLOW_OK);
  expect_chunks (h, 0, since);
  gst_harness_push_event (h, gst_event_new_flush_start ());
  gst_harness_push_event (h, gst_event_new_flush_stop (TRUE));
  expect_chunks (h, 1, since);
  gst_segment_init (&segment, GST_FORMAT_TIME);
  gst_harness_push_event (h, gst_event_new_segment (&segment));
  for (i = 0; i < 5; i++)
    fail_unless_equals_int (gst_harness_push (h, frame (i)), GST_FLOW_OK);
  expect_chunks (h, 2, since);
  fail_unless_equals_uint64 (get_stat (h, "stream-headers"), 1);
  harness_end (h, bus);
}

GST_END_TEST;

GST_START_TEST (test_the_sink_ends_with_the_stream)
{
  GstBus *bus;
  GstHarness *h = harness_of (SINK, air_near, TRUE, &bus);
  gint64 since = g_get_monotonic_time ();
  guint i;

  gst_harness_set_src_caps_str (h, MP3);
  for (i = 0; i < 3; i++)
    gst_harness_push (h, frame (i));
  fail_unless (gst_harness_push_event (h, gst_event_new_eos ()));
  /* the open chunk, closed by the signed end */
  expect_chunks (h, 1, since);
  gst_message_unref (wait_for (bus, GST_MESSAGE_EOS));
  fail_unless_equals_int (gst_harness_push (h, frame (3)), GST_FLOW_EOS);
  harness_end (h, bus);
}

GST_END_TEST;

/* ---- p2psrc ---- */

#define SRC "p2psrc uri=" AIR_URI

static Air *
station (void)
{
  Air *out = air_new (AIR_TONE " ! p2psink name=watch port=0", air_near);

  air_start (out);
  air_wait_on_air (out);
  air_wait_buffers (out, 80);   /* 2 s: more than the latency of most */
  return out;
}

static void
next_event (GstHarness * h, GstEventType type)
{
  GstEvent *event = gst_harness_try_pull_event (h);

  fail_unless (event != NULL, "%s did not come",
      gst_event_type_get_name (type));
  fail_unless (GST_EVENT_TYPE (event) == type, "%s came",
      GST_EVENT_TYPE_NAME (event));
  gst_event_unref (event);
}

GST_START_TEST (test_the_source_gives_caps_and_segment_before_media)
{
  Air *out = station ();
  GstBus *bus;
  GstHarness *h = harness_of (SRC " latency=300", air_far, FALSE, &bus);
  GstEvent *segment_event;
  const GstSegment *segment;
  GstClockTime last;
  GstBuffer *buffer;
  GstCaps *caps;
  guint i;

  gst_harness_play (h);
  buffer = gst_harness_pull (h);
  fail_unless (GST_BUFFER_FLAG_IS_SET (buffer, GST_BUFFER_FLAG_DISCONT));
  caps = gst_pad_get_current_caps (h->sinkpad);
  fail_unless (gst_caps_is_strictly_equal (caps, out->caps));
  gst_caps_unref (caps);
  next_event (h, GST_EVENT_STREAM_START);
  next_event (h, GST_EVENT_CAPS);
  segment_event = gst_pad_get_sticky_event (h->sinkpad, GST_EVENT_SEGMENT, 0);
  gst_event_parse_segment (segment_event, &segment);
  fail_unless_equals_int (segment->format, GST_FORMAT_TIME);
  fail_unless_equals_uint64 (segment->start, GST_SECOND * 3600);
  next_event (h, GST_EVENT_SEGMENT);
  gst_event_unref (segment_event);
  last = GST_BUFFER_PTS (buffer);
  gst_buffer_unref (buffer);
  for (i = 0; i < 20; i++) {
    buffer = gst_harness_pull (h);
    fail_if (GST_BUFFER_FLAG_IS_SET (buffer, GST_BUFFER_FLAG_DISCONT));
    fail_unless (GST_BUFFER_PTS (buffer) > last);
    last = GST_BUFFER_PTS (buffer);
    gst_buffer_unref (buffer);
  }
  harness_end (h, bus);
  air_free (out);
}

GST_END_TEST;

GST_START_TEST (test_the_source_is_live_and_does_not_seek)
{
  Air *out = station ();
  GstBus *bus;
  GstHarness *h = harness_of (SRC, air_far, FALSE, &bus);

  gst_harness_play (h);
  gst_buffer_unref (gst_harness_pull (h));
  fail_unless_equals_uint64 (gst_harness_query_latency (h), 0);
  fail_if (gst_harness_push_upstream_event (h, gst_event_new_seek (1.0,
              GST_FORMAT_TIME, GST_SEEK_FLAG_FLUSH, GST_SEEK_TYPE_SET,
              GST_SECOND, GST_SEEK_TYPE_NONE, 0)));
  /* and goes on */
  gst_buffer_unref (gst_harness_pull (h));
  harness_end (h, bus);
  air_free (out);
}

GST_END_TEST;

GST_START_TEST (test_the_source_ends_with_the_stream)
{
  Air *out = station ();
  GstBus *bus;
  GstHarness *h = harness_of (SRC " latency=300", air_far, FALSE, &bus);
  gint64 end = g_get_monotonic_time () + WAIT_US;
  GstEvent *event;
  gboolean eos = FALSE;

  gst_harness_play (h);
  gst_buffer_unref (gst_harness_pull (h));
  gst_element_send_event (out->pipeline, gst_event_new_eos ());
  while (!eos && g_get_monotonic_time () < end) {
    event = gst_harness_pull_event (h);
    eos = event != NULL && GST_EVENT_TYPE (event) == GST_EVENT_EOS;
    gst_clear_event (&event);
  }
  fail_unless (eos);
  harness_end (h, bus);
  air_free (out);
}

GST_END_TEST;

/* What a recorder is sent when it is to end: all that is here belongs in the
 * file, and nothing is waited for. */
GST_START_TEST (test_an_eos_sent_to_the_source_follows_what_has_arrived)
{
  Air *out = station ();
  GstBus *bus;
  GstHarness *h = harness_of (SRC " latency=300", air_far, FALSE, &bus);
  GstBuffer *buffer = NULL, *next;
  gboolean ended = FALSE;
  GstElement *sink = air_get (out, "watch");
  guint first, last;
  GstEvent *event;
  gulong block;

  gst_harness_play (h);
  gst_buffer_unref (gst_harness_pull (h));
  block = gst_pad_add_probe (h->sinkpad, GST_PAD_PROBE_TYPE_BLOCK_DOWNSTREAM,
      NULL, NULL, NULL);
  first = air_count (out);
  air_wait_buffers (out, first + 80);
  gst_element_set_state (out->pipeline, GST_STATE_PAUSED);
  gst_element_get_state (out->pipeline, NULL, NULL, GST_CLOCK_TIME_NONE);
  last = air_count (out) - 1;
  air_wait_arrived (h->element, sink);
  gst_object_unref (sink);
  fail_unless (gst_element_send_event (h->element, gst_event_new_eos ()));
  gst_pad_remove_probe (h->sinkpad, block);
  while (!ended) {
    event = gst_harness_pull_event (h);
    fail_unless (event != NULL, "no EOS came");
    ended = GST_EVENT_TYPE (event) == GST_EVENT_EOS;
    gst_event_unref (event);
  }
  while ((next = gst_harness_try_pull (h)) != NULL) {
    gst_clear_buffer (&buffer);
    buffer = next;
  }
  fail_unless (buffer != NULL);
  while (last > first && !air_same_content (buffer,
          g_array_index (out->seen, AirSeen, last).buffer))
    last--;
  fail_unless (last + 1 + AIR_OPEN >= air_count (out), "%u of %u came",
      last + 1, air_count (out));
  gst_buffer_unref (buffer);
  harness_end (h, bus);
  air_free (out);
}

GST_END_TEST;

/* Before there is any media, too. */
GST_START_TEST (test_an_eos_sent_to_a_source_that_joins_ends_it)
{
  GstBus *bus;
  GstHarness *h = harness_of (SRC " timeout=0", air_far, FALSE, &bus);
  GstEvent *event = NULL;

  gst_harness_play (h);
  fail_unless (gst_element_send_event (h->element, gst_event_new_eos ()));
  do {
    gst_clear_event (&event);
    event = gst_harness_pull_event (h);
    fail_unless (event != NULL, "no EOS came");
  } while (GST_EVENT_TYPE (event) != GST_EVENT_EOS);
  gst_event_unref (event);
  harness_end (h, bus);
}

GST_END_TEST;

/* Downstream is gone: an error once, and nothing hangs. */
GST_START_TEST (test_the_source_tells_when_nobody_takes_its_media)
{
  Air *out = station ();
  GstBus *bus;
  GstHarness *h = harness_of (SRC " latency=300", air_far, FALSE, &bus);

  gst_harness_play (h);
  gst_buffer_unref (gst_harness_pull (h));
  gst_pad_set_active (h->sinkpad, FALSE);
  gst_element_set_state (h->element, GST_STATE_NULL);
  fail_unless_equals_int (GST_STATE (h->element), GST_STATE_NULL);
  harness_end (h, bus);
  air_free (out);
}

GST_END_TEST;

static Suite *
harness_suite (void)
{
  Suite *s = suite_create ("harness");
  TCase *tc = tcase_create ("general");

  GST_ELEMENT_REGISTER (p2psink, NULL);
  GST_ELEMENT_REGISTER (p2psrc, NULL);
  suite_add_tcase (s, tc);
  tcase_add_checked_fixture (tc, air_setup, teardown);
  tcase_add_test (tc, test_the_sink_takes_buffers_and_lists);
  tcase_add_test (tc, test_the_sink_waits_for_its_clock_with_the_first_buffers);
  tcase_add_test (tc, test_the_sink_pauses_while_it_waits_for_its_clock);
  tcase_add_test (tc, test_the_sink_wants_time);
  tcase_add_test (tc, test_the_sink_refuses_caps_that_nobody_could_join);
  tcase_add_test (tc, test_the_sink_survives_a_flush);
  tcase_add_test (tc, test_the_sink_ends_with_the_stream);
  tcase_add_test (tc, test_the_source_gives_caps_and_segment_before_media);
  tcase_add_test (tc, test_the_source_is_live_and_does_not_seek);
  tcase_add_test (tc, test_the_source_ends_with_the_stream);
  tcase_add_test (tc, test_an_eos_sent_to_the_source_follows_what_has_arrived);
  tcase_add_test (tc, test_an_eos_sent_to_a_source_that_joins_ends_it);
  tcase_add_test (tc, test_the_source_tells_when_nobody_takes_its_media);
  return s;
}

GST_CHECK_MAIN (harness);
