/* gst-plugins-p2p
 *
 * This library is free software; you can redistribute it and/or
 * modify it under the terms of the GNU Lesser General Public
 * License as published by the Free Software Foundation; either
 * version 2.1 of the License, or (at your option) any later version.
 */
/* badinput.c: what goes wrong ends in one message that says what to do, and
 * nothing hangs. On the real transport and rendezvous, on 127.0.0.1.
 */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include <string.h>
#include <glib/gstdio.h>
#include <gio/gio.h>

#include "air.h"
#include "../../../gst/p2p/gstp2pelements.h"

#define LOCAL "bind-address=127.0.0.1 port=0"
/* Joining and leaving are a thread switch; a busy machine makes seconds of it,
 * a time-out of the network would be 10 s. */
#define STATE_CHANGE_US (8 * G_USEC_PER_SEC)

typedef struct
{
  const gchar *launch;
  const gchar *says;            /* part of the message */
} Case;

static const Case cases[] = {
  {"p2psrc ! fakesink", "uri=p2p://"},
  {"p2psrc uri=http://host/live ! fakesink", "neither p2p nor p2ps"},
  {"p2psrc uri=p2p://host/UP ! fakesink", "is no channel"},
  {"p2psrc uri=p2p:///live ! fakesink", "rendezvous"},
  {"p2psrc uri=p2p://h/live?latency=x ! fakesink", "latency=x"},
  {"p2psrc uri=p2p://h/live rendezvous=ftp://x ! fakesink", "no rendezvous"},
  {"p2psrc uri=p2p://h/live stun-server=x ! fakesink", "stun://host:port"},
  {"p2psrc uri=p2p://h/live stun-server=stun:// ! fakesink",
      "stun://host:port"},
  {"p2psrc uri=p2p://h/live stun-server=turn://h ! fakesink",
      "stun://host:port"},
  {"p2psrc uri=p2p://h/live?stun-server=stun:h ! fakesink",
      "stun://host:port"},
  {"p2psrc uri=p2p://h/live turn-server=x ! fakesink", "turn://user"},
  {"p2psrc uri=p2p://h/live turn-server=turn://h:1 ! fakesink", "turn://user"},
  {"p2psrc uri=p2p://h/live turn-server=turn://u@h:1 ! fakesink",
      "turn://user"},
  {"p2psrc uri=p2p://h/live turn-server=turn://u:p@ ! fakesink",
      "turn://user"},
  {"p2psrc uri=p2p://h/live turn-server=turn://u:p@h:1?%zz=1 ! fakesink",
      "turn://user"},
  {"p2psrc uri=p2p://h/live turn-server=turn://u:p@h:1?transport=sctp "
        "! fakesink", "udp or tcp"},
  {"p2psrc uri=p2p://h/live turn-server=turns://u:p@h:1?transport=udp "
        "! fakesink", "turn-server=… can't be used: TURN over DTLS"},
  {"p2psrc uri=p2p://h/live max-upload-bitrate=31999 ! fakesink", "32000"},
  {"audiotestsrc ! p2psink channel=NO", "channel=NO"},
  {"audiotestsrc ! p2psink uri=p2p://h/a/b", "one channel name"},
  {"audiotestsrc ! p2psink rendezvous=x", "no rendezvous"},
  {"audiotestsrc ! p2psink rendezvous=,", "\",\" names none: use ws://"},
  {"p2psrc uri=p2p:///live?rendezvous=%20 ! fakesink", "names none: use ws://"},
  {"audiotestsrc ! p2psink public-host=http://me " LOCAL,
      "public-host=\"http://me\" can't be used: write the name"},
  {"audiotestsrc ! p2psink public-host=me:8787 " LOCAL, "without scheme"},
  {"audiotestsrc ! p2psink public-host=\" \" " LOCAL, "without scheme"},
  {"audiotestsrc ! p2psink key-location=\" \" " LOCAL, "names no file"},
  {"audiotestsrc ! p2psink certificate-location=\" \" " LOCAL,
      "write the path of a PEM file"},
  {"audiotestsrc ! p2psink key-location=/proc/no/key.pem " LOCAL,
      "/proc/no/key.pem"},
  {"audiotestsrc ! p2psink certificate-location=/proc/no/c.pem " LOCAL,
      "/proc/no/c.pem"},
  {"audiotestsrc ! p2psink port=0 bind-address=192.0.2.1",
      "192.0.2.1 port 0: "},
  {"audiotestsrc ! p2psink port=0 bind-address=192.0.2.1",
      "set bind-address= to an address of this machine, port=0"},
  {"audiotestsrc ! p2psink ice-transport-policy=relay " LOCAL,
      "set turn-server="},
  {"fakesrc num-buffers=3 format=bytes ! p2psink " LOCAL,
      "p2psink needs timestamps; put a parser in front"},
  {"audiotestsrc num-buffers=3 ! capssetter join=false replace=true "
        "caps=video/quicktime,variant=iso ! p2psink " LOCAL,
      "use flvmux, mpegtsmux or webmmux"},
  {"p2psrc uri=p2p://127.0.0.1:1/live timeout=1500 ! fakesink",
      "check host and port, and that it runs"},
};

/* No change of state waits for the network, or for what went wrong. */
static void
fail_unless_quick (gint64 since, const gchar * what)
{
  gint64 took = g_get_monotonic_time () - since;

  fail_unless (took < STATE_CHANGE_US, "%s took %" G_GINT64_FORMAT " ms", what,
      took / 1000);
}

static void
stop_quickly (Air * air)
{
  gint64 since = g_get_monotonic_time ();

  air_stop (air);
  fail_unless_quick (since, "stopping");
}

static void
expect_error (const gchar * launch, const gchar * says)
{
  Air *air = air_new (launch, NULL);
  gint64 since = g_get_monotonic_time ();
  GstMessage *second;
  GError *error;
  GstBus *bus;
  gchar *debug;

  air_start (air);
  fail_unless_quick (since, "starting");
  error = air_wait_error (air, &debug);
  fail_unless (strstr (error->message, says) != NULL, "%s: \"%s\"", launch,
      error->message);
  fail_unless (strstr (debug, "GST_DEBUG=p2p") != NULL, "%s", debug);
  /* what base class and bin add to it, would hide it: from the element itself
   * nothing comes after */
  bus = gst_element_get_bus (air->pipeline);
  while ((second = gst_bus_pop_filtered (bus, GST_MESSAGE_ERROR)) != NULL) {
    fail_if (g_str_has_prefix (GST_MESSAGE_SRC_NAME (second), "p2p"),
        "%s: a second error", launch);
    gst_message_unref (second);
  }
  gst_object_unref (bus);
  g_error_free (error);
  g_free (debug);
  stop_quickly (air);
  air_free (air);
}

GST_START_TEST (test_a_mistake_is_told_with_what_to_do)
{
  expect_error (cases[__i__].launch, cases[__i__].says);
}

GST_END_TEST;

static guint
get_port (Air * air, const gchar * name)
{
  GstElement *e = gst_bin_get_by_name (GST_BIN (air->pipeline), name);
  gchar *uri;
  GstMessage *m = air_wait (air, GST_MESSAGE_INFO, NULL);
  GUri *parts;
  guint port;

  gst_message_unref (m);
  g_object_get (e, "web-uri", &uri, NULL);
  parts = g_uri_parse (uri, G_URI_FLAGS_NONE, NULL);
  port = g_uri_get_port (parts);
  g_uri_unref (parts);
  g_free (uri);
  gst_object_unref (e);
  return port;
}

GST_START_TEST (test_a_port_that_is_taken_names_the_way_out)
{
  GSocketListener *other = g_socket_listener_new ();
  guint16 port = g_socket_listener_add_any_inet_port (other, NULL, NULL);
  g_autofree gchar *launch = g_strdup_printf ("audiotestsrc is-live=true ! "
      "p2psink bind-address=127.0.0.1 port=%u", port);
  Air *air = air_new (launch, NULL);
  GError *error;
  gchar *debug;

  air_start (air);
  error = air_wait_error (air, &debug);
  fail_unless (strstr (error->message, "port=0") != NULL, "%s", error->message);
  fail_unless (strstr (error->message, "rendezvous=") != NULL);
  fail_unless (g_error_matches (error, GST_RESOURCE_ERROR,
          GST_RESOURCE_ERROR_BUSY));
  g_error_free (error);
  g_free (debug);
  air_free (air);
  g_object_unref (other);
}

GST_END_TEST;

GST_START_TEST (test_a_publisher_without_its_rendezvous_is_told_once)
{
  Air *air = air_new (AIR_TONE " ! p2psink rendezvous=ws://127.0.0.1:1", NULL);
  GstMessage *m;
  GError *error;
  GstBus *bus;

  air_start (air);
  m = air_wait (air, GST_MESSAGE_WARNING, NULL);
  gst_message_parse_warning (m, &error, NULL);
  fail_unless (strstr (error->message, "ws://127.0.0.1:1 ") != NULL
      && strstr (error->message, "set rendezvous= to one that runs") != NULL,
      "%s", error->message);
  g_error_free (error);
  gst_message_unref (m);
  /* It goes on, and later attempts are not told of. */
  m = air_wait (air, GST_MESSAGE_ELEMENT, "p2p-rendezvous");
  gst_message_unref (m);
  bus = gst_element_get_bus (air->pipeline);
  fail_unless (gst_bus_pop_filtered (bus,
          GST_MESSAGE_WARNING | GST_MESSAGE_ERROR) == NULL);
  gst_object_unref (bus);
  air_free (air);
}

GST_END_TEST;

GST_START_TEST (test_an_unknown_channel_is_an_error)
{
  Air *out = air_new (AIR_TONE " ! p2psink name=sink " LOCAL, NULL);
  g_autofree gchar *launch = NULL;

  air_start (out);
  launch = g_strdup_printf ("p2psrc uri=p2p://127.0.0.1:%u/other ! fakesink",
      get_port (out, "sink"));
  expect_error (launch, "other");
  air_free (out);
}

GST_END_TEST;

static gboolean
on_nonsense (GSocketService * service, GSocketConnection * connection,
    GObject * source, gpointer data)
{
  GOutputStream *out = g_io_stream_get_output_stream (G_IO_STREAM (connection));

  g_output_stream_write_all (out, "nonsense\r\n\r\n", 12, NULL, NULL, NULL);
  return TRUE;
}

static gpointer
run_loop (gpointer loop)
{
  g_main_context_push_thread_default (g_main_loop_get_context (loop));
  g_main_loop_run (loop);
  return NULL;
}

GST_START_TEST (test_a_rendezvous_that_talks_nonsense_is_an_error)
{
  GMainContext *context = g_main_context_new ();
  GMainLoop *loop = g_main_loop_new (context, FALSE);
  GSocketService *service;
  g_autofree gchar *launch = NULL;
  GThread *thread;
  guint16 port;

  g_main_context_push_thread_default (context);
  service = g_socket_service_new ();
  port = g_socket_listener_add_any_inet_port (G_SOCKET_LISTENER (service), NULL,
      NULL);
  g_signal_connect (service, "incoming", G_CALLBACK (on_nonsense), NULL);
  g_main_context_pop_thread_default (context);
  thread = g_thread_new ("nonsense", run_loop, loop);

  launch = g_strdup_printf ("p2psrc uri=p2p://127.0.0.1:%u/live timeout=1500 ! "
      "fakesink", port);
  expect_error (launch, "is no rendezvous");

  g_main_loop_quit (loop);
  g_thread_join (thread);
  /* alone with it now: what waits for a caller ends inside the context */
  g_main_context_push_thread_default (context);
  g_socket_service_stop (service);
  while (g_main_context_iteration (context, FALSE));
  g_object_unref (service);
  g_main_context_pop_thread_default (context);
  g_main_loop_unref (loop);
  g_main_context_unref (context);
}

GST_END_TEST;

/* A key of another kind, a half key, no key at all. */
static const gchar *const bad_keys[] = {
  "", "nonsense",
  "-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2Vw\n-----END PRIVATE KEY-----\n",
  /* P-256, which can't sign streams */
  "-----BEGIN PRIVATE KEY-----\n"
      "MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgevZzL1gdAFr88hb2\n"
      "OF/2NxApJCzGCEDdfSp6VQO30hyhRANCAAQRWz+jn65BtOMvdyHKcvjBeBSDZH2r\n"
      "1RTwjmYSi9R/zpBnuQ4EiMnCqfMPWiZqB4QdbAd0E7oH50VpuZ1P087G\n"
      "-----END PRIVATE KEY-----\n",
};

GST_START_TEST (test_a_wrong_key_file_is_named)
{
  g_autofree gchar *dir = g_dir_make_tmp ("p2p-XXXXXX", NULL);
  g_autofree gchar *key = g_build_filename (dir, "key.pem", NULL);
  g_autofree gchar *launch = g_strdup_printf ("audiotestsrc ! p2psink "
      "key-location=%s " LOCAL, key);
  g_autofree gchar *after = NULL;

  g_file_set_contents (key, bad_keys[__i__], -1, NULL);
  expect_error (launch, key);
  /* and left as it was: it may be somebody's only copy of something */
  g_file_get_contents (key, &after, NULL, NULL);
  fail_unless_equals_string (after, bad_keys[__i__]);
  g_remove (key);
  g_rmdir (dir);
}

GST_END_TEST;

GST_START_TEST (test_a_listener_by_another_key_hears_nothing_and_is_told)
{
  Air *out = air_new (AIR_TONE " ! p2psink name=sink " LOCAL, NULL);
  g_autofree gchar *launch = NULL;

  air_start (out);
  /* an id that nobody here has the key of: the server refuses */
  launch = g_strdup_printf ("p2psrc uri=p2p://127.0.0.1:%u/"
      "DwAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA timeout=1500 ! fakesink",
      get_port (out, "sink"));
  expect_error (launch, "is closed and does not serve this channel");
  stop_quickly (out);
  air_free (out);
}

GST_END_TEST;

/* A broadcaster waits for its rendezvous, says so, and can be stopped. */
GST_START_TEST (test_a_broadcaster_without_rendezvous_says_so_and_goes_on)
{
  Air *out = air_new (AIR_TONE " ! p2psink rendezvous=ws://127.0.0.1:1/", NULL);
  gboolean connected = TRUE;
  GstMessage *m;

  air_start (out);
  m = air_wait (out, GST_MESSAGE_ELEMENT, "p2p-rendezvous");
  fail_unless (gst_structure_get_boolean (gst_message_get_structure (m),
          "connected", &connected));
  fail_if (connected);
  fail_unless (gst_structure_get_string (gst_message_get_structure (m),
          "reason") != NULL);
  gst_message_unref (m);
  stop_quickly (out);
  air_free (out);
}

GST_END_TEST;

/* Instead of the end come caps that nobody could join. */
static GstPadProbeReturn
end_with_caps (GstPad * pad, GstPadProbeInfo * info, gpointer user_data)
{
  GstCaps *caps;

  if (GST_EVENT_TYPE (GST_PAD_PROBE_INFO_EVENT (info)) != GST_EVENT_EOS)
    return GST_PAD_PROBE_OK;
  caps = gst_caps_from_string ("video/quicktime,variant=iso");
  gst_pad_send_event (pad, gst_event_new_caps (caps));
  gst_caps_unref (caps);
  return GST_PAD_PROBE_DROP;
}

/* Four buffers are a chunk: two are left that fill none. */
#define BEFORE_ERROR 102

/* Caps that nobody could join end the broadcast with an error; those who listen
 * have heard all that came before. (Not with "concat": what waits in it when
 * the pipeline stops, it never frees.) */
GST_START_TEST (test_what_came_before_an_error_still_comes_out)
{
  Air *out = air_new ("audiotestsrc num-buffers="
      G_STRINGIFY (BEFORE_ERROR) " samplesperbuffer=441 ! "
      "audio/x-raw,rate=44100 ! p2psink name=watch " LOCAL, NULL);
  GstElement *sink = air_get (out, "watch");
  GstPad *pad = gst_element_get_static_pad (sink, "sink");
  g_autofree gchar *launch = NULL;
  GError *error;
  gchar *debug;
  Air *in;

  gst_pad_add_probe (pad, GST_PAD_PROBE_TYPE_EVENT_DOWNSTREAM, end_with_caps,
      NULL, NULL);
  gst_object_unref (pad);
  gst_object_unref (sink);
  air_start (out);
  launch = g_strdup_printf ("p2psrc uri=p2p://127.0.0.1:%u/live "
      "idle-timeout=1000 ! fakesink sync=false name=watch",
      get_port (out, "watch"));
  in = air_new (launch, NULL);
  air_start (in);
  error = air_wait_error (out, &debug);
  fail_unless (strstr (error->message, "use flvmux") != NULL, "%s",
      error->message);
  g_error_free (error);
  g_free (debug);
  stop_quickly (out);
  /* no end was signed: idle-timeout ends it */
  gst_message_unref (air_wait (in, GST_MESSAGE_EOS, NULL));
  fail_unless (air_count (in) > 0);
  fail_unless_equals_int (air_find (out, in, 0) + air_count (in), BEFORE_ERROR);
  stop_quickly (in);
  air_free (in);
  air_free (out);
}

GST_END_TEST;

GST_START_TEST (test_eos_is_heard_to_the_last_buffer)
{
  Air *out = air_new ("audiotestsrc is-live=true samplesperbuffer=441 ! "
      "audio/x-raw,rate=44100 ! p2psink name=watch " LOCAL, NULL);
  g_autofree gchar *launch = NULL;
  Air *in;

  air_start (out);
  launch = g_strdup_printf ("p2psrc uri=p2p://127.0.0.1:%u/live ! "
      "fakesink sync=false name=watch", get_port (out, "watch"));
  in = air_new (launch, NULL);
  air_start (in);
  air_wait_buffers (in, 20);
  gst_element_send_event (out->pipeline, gst_event_new_eos ());
  gst_message_unref (air_wait (out, GST_MESSAGE_EOS, NULL));
  /* whatever the broadcaster does now */
  stop_quickly (out);
  gst_message_unref (air_wait (in, GST_MESSAGE_EOS, NULL));
  fail_unless_equals_int (air_find (out, in, 0) + air_count (in),
      air_count (out));
  air_free (in);
  air_free (out);
}

GST_END_TEST;

static GstPadProbeReturn
on_block (GstPad * pad, GstPadProbeInfo * info, gpointer blocked)
{
  g_atomic_int_set ((gint *) blocked, TRUE);
  return GST_PAD_PROBE_OK;      /* blocks until the pad is flushed */
}

/* What is downstream takes nothing. */
typedef struct
{
  Air *out, *in;
  GstElement *src;
  GstPad *pad;
  gulong probe;
  gint blocked;                 /* atomic: the streaming thread stands there */
} Blocked;

static void
block (Blocked * self)
{
  g_autofree gchar *launch = NULL;

  self->blocked = FALSE;
  self->out = air_new (AIR_TONE " ! p2psink name=sink " LOCAL, NULL);
  air_start (self->out);
  launch = g_strdup_printf ("p2psrc name=src uri=p2p://127.0.0.1:%u/live ! "
      "fakesink sync=false", get_port (self->out, "sink"));
  self->in = air_new (launch, NULL);
  self->src = gst_bin_get_by_name (GST_BIN (self->in->pipeline), "src");
  self->pad = gst_element_get_static_pad (self->src, "src");
  self->probe = gst_pad_add_probe (self->pad, GST_PAD_PROBE_TYPE_BLOCK |
      GST_PAD_PROBE_TYPE_BUFFER | GST_PAD_PROBE_TYPE_BUFFER_LIST, on_block,
      &self->blocked, NULL);
  air_start (self->in);
}

static void
unblock (Blocked * self)
{
  stop_quickly (self->in);
  stop_quickly (self->out);
  gst_object_unref (self->pad);
  gst_object_unref (self->src);
  air_free (self->in);
  air_free (self->out);
}

GST_START_TEST (test_a_blocked_pad_blocks_no_state_change)
{
  Blocked listener;
  gint64 since;

  block (&listener);
  gst_message_unref (air_wait (listener.in, GST_MESSAGE_PROGRESS, NULL));
  /* joined */
  gst_message_unref (air_wait (listener.in, GST_MESSAGE_PROGRESS, NULL));
  since = g_get_monotonic_time ();
  gst_element_set_state (listener.in->pipeline, GST_STATE_PAUSED);
  gst_element_set_state (listener.in->pipeline, GST_STATE_PLAYING);
  fail_unless_quick (since, "pausing and playing on");
  unblock (&listener);
}

GST_END_TEST;

GST_START_TEST (test_an_eos_does_not_wait_for_a_blocked_pad)
{
  Blocked listener;

  block (&listener);
  while (!g_atomic_int_get (&listener.blocked))
    g_usleep (1000);
  /* hangs here if it waits for the streaming thread */
  fail_unless (gst_element_send_event (listener.src, gst_event_new_eos ()));
  gst_pad_remove_probe (listener.pad, listener.probe);
  gst_message_unref (air_wait (listener.in, GST_MESSAGE_EOS, NULL));
  unblock (&listener);
}

GST_END_TEST;

GST_START_TEST (test_an_empty_stream_ends_with_a_warning)
{
  Air *out = air_new ("audiotestsrc num-buffers=0 ! " AIR_MP3 " ! p2psink "
      LOCAL, NULL);

  air_start (out);
  gst_message_unref (air_wait (out, GST_MESSAGE_WARNING, NULL));
  gst_message_unref (air_wait (out, GST_MESSAGE_EOS, NULL));
  air_free (out);
}

GST_END_TEST;

static const struct
{
  const gchar *launch, *encoder;
} raw[] = {
  {"audiotestsrc num-buffers=9 ! p2psink " LOCAL, "lamemp3enc ! p2psink"},
  {"videotestsrc num-buffers=9 ! video/x-raw,width=64,height=48 ! p2psink "
        LOCAL, "h264parse ! p2psink"},
};

GST_START_TEST (test_who_forgets_the_encoder_is_told_which_one_to_take)
{
  Air *out = air_new (raw[__i__].launch, NULL);
  GstMessage *m;
  GError *error;

  air_start (out);
  m = air_wait (out, GST_MESSAGE_WARNING, NULL);
  gst_message_parse_warning (m, &error, NULL);
  fail_unless (strstr (error->message, raw[__i__].encoder) != NULL, "%s",
      error->message);
  g_error_free (error);
  gst_message_unref (m);
  /* it goes on */
  gst_message_unref (air_wait (out, GST_MESSAGE_EOS, NULL));
  air_free (out);
}

GST_END_TEST;

GST_START_TEST (test_the_same_key_twice_is_an_error)
{
  g_autofree gchar *dir = g_dir_make_tmp ("p2p-XXXXXX", NULL);
  g_autofree gchar *key = g_build_filename (dir, "key.pem", NULL);
  g_autofree gchar *launch = g_strdup_printf (AIR_TONE
      " ! p2psink name=sink key-location=%s " LOCAL, key);
  Air *first = air_new (launch, NULL);

  air_start (first);
  air_wait_on_air (first);
  expect_error (launch, "key");
  air_free (first);
  g_remove (key);
  g_rmdir (dir);
}

GST_END_TEST;

GST_START_TEST (test_stopping_while_joining_is_quick)
{
  Air *in = air_new ("p2psrc uri=p2p://127.0.0.1:1/live ! fakesink", NULL);

  air_start (in);
  gst_message_unref (air_wait (in, GST_MESSAGE_PROGRESS, NULL));
  stop_quickly (in);
  air_free (in);
}

GST_END_TEST;

static Suite *
badinput_suite (void)
{
  Suite *s = suite_create ("badinput");
  TCase *tc = tcase_create ("general");

  GST_ELEMENT_REGISTER (p2psink, NULL);
  GST_ELEMENT_REGISTER (p2psrc, NULL);
  suite_add_tcase (s, tc);
  tcase_add_checked_fixture (tc, NULL, air_end_all);
  tcase_add_loop_test (tc, test_a_mistake_is_told_with_what_to_do, 0,
      G_N_ELEMENTS (cases));
  tcase_add_test (tc, test_a_port_that_is_taken_names_the_way_out);
  tcase_add_test (tc, test_a_publisher_without_its_rendezvous_is_told_once);
  tcase_add_test (tc, test_an_unknown_channel_is_an_error);
  tcase_add_test (tc, test_a_rendezvous_that_talks_nonsense_is_an_error);
  tcase_add_loop_test (tc, test_a_wrong_key_file_is_named, 0,
      G_N_ELEMENTS (bad_keys));
  tcase_add_test (tc, test_a_listener_by_another_key_hears_nothing_and_is_told);
  tcase_add_test (tc,
      test_a_broadcaster_without_rendezvous_says_so_and_goes_on);
  tcase_add_test (tc, test_what_came_before_an_error_still_comes_out);
  tcase_add_test (tc, test_eos_is_heard_to_the_last_buffer);
  tcase_add_test (tc, test_a_blocked_pad_blocks_no_state_change);
  tcase_add_test (tc, test_an_eos_does_not_wait_for_a_blocked_pad);
  tcase_add_test (tc, test_an_empty_stream_ends_with_a_warning);
  tcase_add_loop_test (tc,
      test_who_forgets_the_encoder_is_told_which_one_to_take, 0,
      G_N_ELEMENTS (raw));
  tcase_add_test (tc, test_the_same_key_twice_is_an_error);
  tcase_add_test (tc, test_stopping_while_joining_is_quick);
  return s;
}

GST_CHECK_MAIN (badinput);
