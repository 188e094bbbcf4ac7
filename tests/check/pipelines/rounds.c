/* gst-plugins-p2p
 *
 * This library is free software; you can redistribute it and/or
 * modify it under the terms of the GNU Lesser General Public
 * License as published by the Free Software Foundation; either
 * version 2.1 of the License, or (at your option) any later version.
 */
/* rounds.c: on air and off again, many times in one process, over real links. */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include <glib/gstdio.h>
#include <gst/check/gstcheck.h>

#include "../../../gst/p2p/gstp2pelements.h"

#define LISTENERS 3
#define ROUNDS 20
/* GStreamer's task pool keeps threads, libraries open files once. */
#define WARM_UP 4
#define BUFFERS 20
#define WAIT (60 * G_TIME_SPAN_SECOND)  /* there to end what hangs */
#define SPARE_THREADS 2
/* Threads of GLib's pools end half a minute after they were needed; a link's sockets
 * close behind the change of state, which waits for nobody. */
#define POOL_WAIT (90 * G_TIME_SPAN_SECOND)

static gchar *folder;
static GMutex lock;
static GCond cond;
static guint seen[LISTENERS];

static guint
count_entries (const gchar * path)
{
  GDir *dir = g_dir_open (path, 0, NULL);
  guint n = 0;

  fail_unless (dir != NULL);
  while (g_dir_read_name (dir))
    n++;
  g_dir_close (dir);
  return n;
}

static guint
wait_for_entries (const gchar * path, guint most)
{
  gint64 end = g_get_monotonic_time () + POOL_WAIT;

  while (count_entries (path) > most && g_get_monotonic_time () < end)
    g_usleep (G_USEC_PER_SEC / 10);
  return count_entries (path);
}

static GstPadProbeReturn
on_buffer (GstPad * pad, GstPadProbeInfo * info, gpointer data)
{
  g_mutex_lock (&lock);
  if (info->type & GST_PAD_PROBE_TYPE_BUFFER_LIST)
    *(guint *) data += gst_buffer_list_length (info->data);
  else
    (*(guint *) data)++;
  g_cond_signal (&cond);
  g_mutex_unlock (&lock);
  return GST_PAD_PROBE_OK;
}

static GstElement *
launch (const gchar * line)
{
  GError *error = NULL;
  GstElement *pipeline = gst_parse_launch (line, &error);

  fail_unless (error == NULL, "%s", error ? error->message : "");
  return pipeline;
}

/* A certificate of its own is a session of its own: links, not a short cut. */
static GstElement *
make_listener (guint i, const gchar * uri)
{
  g_autofree gchar *line = g_strdup_printf ("p2psrc uri=%s latency=300 "
      "certificate-location=%s/listener-%u.pem ! fakesink name=sink sync=false "
      "async=false", uri, folder, i);
  GstElement *pipeline = launch (line);
  GstElement *sink = gst_bin_get_by_name (GST_BIN (pipeline), "sink");
  GstPad *pad = gst_element_get_static_pad (sink, "sink");

  gst_pad_add_probe (pad,
      GST_PAD_PROBE_TYPE_BUFFER | GST_PAD_PROBE_TYPE_BUFFER_LIST, on_buffer,
      &seen[i], NULL);
  gst_object_unref (pad);
  gst_object_unref (sink);
  return pipeline;
}

static GstElement *
make_publisher (void)
{
  g_autofree gchar *line = g_strdup_printf ("audiotestsrc is-live=true "
      "samplesperbuffer=441 ! audio/x-raw,format=S16LE,rate=44100,channels=1 ! "
      "p2psink name=sink port=0 bind-address=127.0.0.1 "
      "certificate-location=%s/publisher.pem", folder);

  return launch (line);
}

static gboolean
all_heard (void)
{
  guint i;

  for (i = 0; i < LISTENERS; i++) {
    if (seen[i] < BUFFERS)
      return FALSE;
  }
  return TRUE;
}

static gchar *
get_trouble (GstElement * pipeline)
{
  GstBus *bus = gst_element_get_bus (pipeline);
  GstMessage *message = gst_bus_pop_filtered (bus,
      GST_MESSAGE_ERROR | GST_MESSAGE_EOS);
  gchar *text = NULL;

  if (message && GST_MESSAGE_TYPE (message) == GST_MESSAGE_ERROR) {
    g_autoptr (GError) error = NULL;
    g_autofree gchar *debug = NULL;

    gst_message_parse_error (message, &error, &debug);
    text = g_strdup_printf ("error: %s (%s)", error->message, debug);
  } else {
    text = g_strdup (message ? "end of stream" : "no trouble");
  }
  gst_clear_message (&message);
  gst_object_unref (bus);
  return text;
}

static void
wait_heard (GstElement ** listener)
{
  gint64 end = g_get_monotonic_time () + WAIT;
  gboolean heard = TRUE;
  guint i;

  g_mutex_lock (&lock);
  while (!all_heard () && heard)
    heard = g_cond_wait_until (&cond, &lock, end);
  g_mutex_unlock (&lock);
  for (i = 0; i < LISTENERS && !heard; i++) {
    g_autofree gchar *trouble = get_trouble (listener[i]);

    fail_unless (seen[i] >= BUFFERS, "listener %u heard %u buffers: %s", i,
        seen[i], trouble);
  }
}

static void
run_round (void)
{
  GstElement *publisher = make_publisher (), *listener[LISTENERS], *sink;
  g_autofree gchar *uri = NULL;
  GstMessage *message;
  GstBus *bus;
  guint i;

  memset (seen, 0, sizeof (seen));
  fail_if (gst_element_set_state (publisher, GST_STATE_PLAYING)
      == GST_STATE_CHANGE_FAILURE);
  /* "On the air": its address is known */
  bus = gst_element_get_bus (publisher);
  message = gst_bus_timed_pop_filtered (bus, WAIT * GST_USECOND,
      GST_MESSAGE_INFO | GST_MESSAGE_ERROR);
  fail_unless (message && GST_MESSAGE_TYPE (message) == GST_MESSAGE_INFO);
  gst_message_unref (message);
  gst_object_unref (bus);
  sink = gst_bin_get_by_name (GST_BIN (publisher), "sink");
  g_object_get (sink, "uri", &uri, NULL);
  gst_object_unref (sink);
  for (i = 0; i < LISTENERS; i++) {
    listener[i] = make_listener (i, uri);
    gst_element_set_state (listener[i], GST_STATE_PLAYING);
  }
  wait_heard (listener);
  for (i = 0; i < LISTENERS; i++) {
    gst_element_set_state (listener[i], GST_STATE_NULL);
    gst_object_unref (listener[i]);
  }
  gst_element_set_state (publisher, GST_STATE_NULL);
  gst_object_unref (publisher);
}

GST_START_TEST (test_descriptors_and_threads_are_back_after_each_round)
{
  guint fds = G_MAXUINT, threads = 0, left, i;

  for (i = 0; i < ROUNDS; i++) {
    run_round ();
    if (i + 1 == WARM_UP)
      threads = count_entries ("/proc/self/task");
    if (i + 1 >= WARM_UP)
      fds = MIN (fds, count_entries ("/proc/self/fd"));
  }
  left = wait_for_entries ("/proc/self/fd", fds);
  fail_unless (left <= fds, "%u descriptors, were %u", left, fds);
  left = wait_for_entries ("/proc/self/task", threads + SPARE_THREADS);
  fail_unless (left <= threads + SPARE_THREADS, "%u threads, were %u", left,
      threads);
}

GST_END_TEST;

static void
setup (void)
{
  fail_unless (GST_ELEMENT_REGISTER (p2psink, NULL));
  fail_unless (GST_ELEMENT_REGISTER (p2psrc, NULL));
  folder = g_dir_make_tmp ("p2p-rounds-XXXXXX", NULL);
}

static void
teardown (void)
{
  guint i;

  for (i = 0; i <= LISTENERS; i++) {
    g_autofree gchar *path = i < LISTENERS ?
        g_strdup_printf ("%s/listener-%u.pem", folder, i) :
        g_strdup_printf ("%s/publisher.pem", folder);

    g_unlink (path);
  }
  g_rmdir (folder);
  g_clear_pointer (&folder, g_free);
}

static Suite *
rounds_suite (void)
{
  Suite *s = suite_create ("rounds");
  TCase *tc = tcase_create ("general");

  suite_add_tcase (s, tc);
  tcase_add_checked_fixture (tc, setup, teardown);
  tcase_add_test (tc, test_descriptors_and_threads_are_back_after_each_round);
  return s;
}

GST_CHECK_MAIN (rounds);
