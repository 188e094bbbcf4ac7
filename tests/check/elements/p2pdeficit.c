/* gst-plugins-p2p
 *
 * This library is free software; you can redistribute it and/or
 * modify it under the terms of the GNU Lesser General Public
 * License as published by the Free Software Foundation; either
 * version 2.1 of the License, or (at your option) any later version.
 */
/* p2pdeficit.c: what a broadcaster's application hears when listeners lack
 * upload: real time, because it takes 10 s each way. */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "air.h"
#include "../../../gst/p2p/gstp2pelements.h"

#define LISTENERS 2
/* Each takes 10 to 15 s; all of it must fit into the limit of a test case. */
#define WAIT_S 35
#define TRIES 3
/* They upload nothing, and wait for as long as it takes. */
#define LEAF "p2psrc relay=false timeout=100000 uri=" AIR_URI \
    " ! fakesink sync=false name=watch"

static GstP2PLoopbackHub *hub;
static GstP2PSession *sessions[LISTENERS + 1];

static void
setup (void)
{
  hub = gst_p2p_loopback_hub_new (1000, 0, 1);
  for (guint i = 0; i <= LISTENERS; i++) {
    sessions[i] = gst_p2p_session_new (gst_p2p_loopback_backend (), hub, NULL,
        NULL);
    fail_unless (sessions[i] != NULL);
  }
}

static void
teardown (void)
{
  air_end_all ();
  for (guint i = 0; i <= LISTENERS; i++)
    g_clear_object (&sessions[i]);
  gst_p2p_loopback_hub_unref (hub);
}

static void
read_deficit (GstMessage * m, gint64 * missing, gint64 * demand,
    gint64 * supply)
{
  const GstStructure *s = gst_message_get_structure (m);

  fail_unless (gst_structure_get_int64 (s, "missing-bps", missing));
  fail_unless (gst_structure_get_int64 (s, "demand-bps", demand));
  fail_unless (gst_structure_get_int64 (s, "supply-bps", supply));
}

/* Until one is told, or (some = FALSE) its end. FALSE: not within WAIT_S. */
static gboolean
wait_deficit (Air * out, gboolean some)
{
  GstBus *bus = gst_element_get_bus (out->pipeline);
  gint64 end = g_get_monotonic_time () + WAIT_S * G_USEC_PER_SEC;
  gint64 left, missing, demand, supply;
  gboolean found = FALSE;

  while (!found && (left = end - g_get_monotonic_time ()) > 0) {
    GstMessage *m = gst_bus_timed_pop_filtered (bus, left * GST_USECOND,
        GST_MESSAGE_ELEMENT);

    if (m != NULL && gst_message_has_name (m, "p2p-capacity-deficit")) {
      read_deficit (m, &missing, &demand, &supply);
      found = (missing > 0) == some;
    }
    g_clear_pointer (&m, gst_message_unref);
  }
  gst_object_unref (bus);
  if (!found || !some)
    return found;
  fail_unless (demand > missing && supply == demand - missing, "%d of %d",
      (gint) missing, (gint) demand);
  /* 128 kbit/s each, with envelopes */
  fail_unless (demand >= LISTENERS * 100000 && demand <= LISTENERS * 180000,
      "%d bit/s", (gint) demand);
  return TRUE;
}

/* One stream of upload and two that want it; then more than enough, as a figure:
 * what a busy machine is measured to carry may be too little. */
static gboolean
run_deficit (void)
{
  Air *out = air_new (AIR_TONE " ! p2psink name=watch port=0 "
      "max-upload-bitrate=170000", sessions[0]);
  Air *in[LISTENERS];
  GstElement *sink = air_get (out, "watch");
  gboolean told, ended = FALSE;

  air_start (out);
  air_wait_on_air (out);
  for (guint i = 0; i < LISTENERS; i++) {
    in[i] = air_new (LEAF, sessions[i + 1]);
    air_start (in[i]);
  }
  told = wait_deficit (out, TRUE);
  if (told) {
    g_object_set (sink, "max-upload-bitrate", 2000000, NULL);
    ended = wait_deficit (out, FALSE);
  }
  gst_object_unref (sink);
  for (guint i = 0; i < LISTENERS; i++)
    air_free (in[i]);
  air_free (out);
  return told && ended;
}

GST_START_TEST (test_a_deficit_is_told_with_figures_and_so_is_its_end)
{
  guint tries = 0;
  gboolean good;

  do {
    air_watch_machine ();
    good = run_deficit ();
  } while (air_once_more (good, &tries, TRIES));
  fail_unless (good || !air_can_judge (tries, TRIES));
}

GST_END_TEST;

static Suite *
deficit_suite (void)
{
  Suite *s = suite_create ("p2pdeficit");
  TCase *tc = tcase_create ("general");

  GST_ELEMENT_REGISTER (p2psink, NULL);
  GST_ELEMENT_REGISTER (p2psrc, NULL);
  suite_add_tcase (s, tc);
  tcase_add_checked_fixture (tc, setup, teardown);
  tcase_add_test (tc, test_a_deficit_is_told_with_figures_and_so_is_its_end);
  return s;
}

GST_CHECK_MAIN (deficit);
