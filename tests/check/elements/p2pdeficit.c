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
wait_deficit (Air * out, gint64 * missing, gint64 * demand, gint64 * supply)
{
  GstMessage *m = air_wait (out, GST_MESSAGE_ELEMENT, "p2p-capacity-deficit");
  const GstStructure *s = gst_message_get_structure (m);

  fail_unless (gst_structure_get_int64 (s, "missing-bps", missing));
  fail_unless (gst_structure_get_int64 (s, "demand-bps", demand));
  fail_unless (gst_structure_get_int64 (s, "supply-bps", supply));
  gst_message_unref (m);
}

GST_START_TEST (test_a_deficit_is_told_with_figures_and_so_is_its_end)
{
  /* one stream of upload, and two that want it */
  Air *out = air_new (AIR_TONE " ! p2psink name=watch port=0 "
      "max-upload-bitrate=170000", sessions[0]);
  Air *in[LISTENERS];
  gint64 missing, demand, supply;
  GstElement *sink;

  air_start (out);
  air_wait_on_air (out);
  for (guint i = 0; i < LISTENERS; i++) {
    in[i] = air_new (LEAF, sessions[i + 1]);
    air_start (in[i]);
  }
  wait_deficit (out, &missing, &demand, &supply);
  fail_unless (missing > 0 && demand > missing, "%d of %d", (gint) missing,
      (gint) demand);
  fail_unless (supply == demand - missing);
  /* 128 kbit/s each, with envelopes */
  fail_unless (demand >= LISTENERS * 100000 && demand <= LISTENERS * 180000,
      "%d bit/s", (gint) demand);

  sink = gst_bin_get_by_name (GST_BIN (out->pipeline), "watch");
  g_object_set (sink, "max-upload-bitrate", 0, NULL);
  gst_object_unref (sink);
  do
    wait_deficit (out, &missing, &demand, &supply);
  while (missing > 0);          /* one may be on its way */
  for (guint i = 0; i < LISTENERS; i++)
    air_free (in[i]);
  air_free (out);
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
