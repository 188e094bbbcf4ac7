/* gst-plugins-p2p
 *
 * This library is free software; you can redistribute it and/or
 * modify it under the terms of the GNU Lesser General Public
 * License as published by the Free Software Foundation; either
 * version 2.1 of the License, or (at your option) any later version.
 */
/* gstp2pcheckup.c: servers that the user has set and that do not work are told on the
 * bus. Real elements on the loopback, a real TURN server (coturn), and ones that are
 * none. Passed over where there is no turnserver.
 */
#include <string.h>
#include <gio/gio.h>

#include "air.h"
#include "../../../ext/transport/gstp2pservercheck.h"
#include "../../../gst/p2p/gstp2pelements.h"
#include "../transport/turnserver.h"

#define LISTEN "p2psrc name=p2p uri=" AIR_URI " "
#define SECRETS 3               /* in what this test uses */

static const gchar *const secrets[SECRETS] = { "secret", "wrong", "me:" };

/* Until the fixture's server does what it is for. */
static void
wait_useful (const gchar * server)
{
  GError *error = NULL;
  guint i;

  for (i = 0; i < 100 && !gst_p2p_server_check (server, NULL, &error); i++) {
    if (i < 99)
      g_clear_error (&error);
    g_usleep (100000);
  }
  fail_unless (error == NULL, "%s", error ? error->message : "");
}

static void
setup_relay (void)
{
  g_autofree gchar *server = NULL;

  air_setup ();
  turn_server_start ();
  server = g_strdup_printf ("turn://me:secret@127.0.0.1:%u", turn_port);
  if (turn_server_runs ())
    wait_useful (server);
}

static void
teardown_relay (void)
{
  turn_server_stop ();
  air_teardown ();
}

/* The next warning of the element. transfer full */
static gchar *
wait_warning (Air * air)
{
  GstMessage *m = air_wait (air, GST_MESSAGE_WARNING, NULL);
  g_autofree gchar *debug = NULL;
  GError *error = NULL;
  gchar *text;
  guint i;

  gst_message_parse_warning (m, &error, &debug);
  fail_unless_equals_string (GST_MESSAGE_SRC_NAME (m), "p2p");
  for (i = 0; i < SECRETS; i++) {
    fail_if (strstr (error->message, secrets[i]), "%s", error->message);
    fail_if (strstr (debug, secrets[i]), "%s", debug);
  }
  text = g_strdup (error->message);
  g_error_free (error);
  gst_message_unref (m);
  return text;
}

static void
expect_warning (Air * air, const gchar * server, const gchar * says)
{
  g_autofree gchar *text = wait_warning (air);

  fail_unless (g_str_has_prefix (text, server) && strstr (text, says),
      "\"%s\" instead of %s … %s", text, server, says);
}

/* Something to listen to. transfer full; a test ends what it began, for until then
 * GStreamer waits before the teardown. */
static Air *
open_sender (void)
{
  Air *sender = air_new (AIR_TONE " ! p2psink port=0", air_far);

  air_start (sender);
  air_wait_on_air (sender);
  return sender;
}

/* launch: the element, with its servers. */
static void
check_told (const gchar * launch, const gchar * server, const gchar * says)
{
  Air *sender = open_sender ();
  Air *air = air_new (launch, air_near);

  air_start (air);
  expect_warning (air, server, says);
  air_free (air);
  air_free (sender);
}

static gchar *
listen_with (const gchar * servers)
{
  return g_strdup_printf (LISTEN "%s ! fakesink", servers);
}

static void
check_relay (const gchar * format, guint port, const gchar * says)
{
  g_autofree gchar *at = g_strdup_printf ("127.0.0.1:%u", port);
  g_autofree gchar *server = g_strdup_printf (format, "", at);
  g_autofree gchar *used = g_strdup_printf (format, "me:wrong@", at);
  g_autofree gchar *launch = listen_with (used);

  check_told (launch, server, says);
}

GST_START_TEST (test_a_wrong_password_is_told)
{
  if (turn_server_runs ()) {
    check_relay ("turn-server=turn://%s%s", turn_port, "user or password");
    check_relay ("turn-server=turn://%s%s?transport=tcp", turn_port,
        "user or password");
  }
}

GST_END_TEST;

GST_START_TEST (test_a_broadcaster_is_told_too)
{
  g_autofree gchar *launch = NULL;
  g_autofree gchar *server = NULL;

  if (!turn_server_runs ())
    return;
  server = g_strdup_printf ("turn-server=turn://127.0.0.1:%u", turn_port);
  launch = g_strdup_printf (AIR_TONE " ! p2psink name=p2p "
      "port=0 channel=other turn-server=turn://me:wrong@127.0.0.1:%u",
      turn_port);
  check_told (launch, server, "user or password");
}

GST_END_TEST;

GST_START_TEST (test_a_relay_over_tls_is_told_by_what_hinders_it)
{
  if (turn_server_trust (FALSE))
    check_relay ("turn-server=turns://%s%s", turn_tls_port, "certificate");
  if (turn_server_trust (TRUE)) {
    check_relay ("turn-server=turns://%s%s", turn_tls_port, "user or password");
    turn_server_trust (FALSE);
  }
}

GST_END_TEST;

/* One after the other, in the order of the property: what comes first is judged
 * when the next one's warning is there. */
static void
check_silent (const gchar * format, guint port)
{
  g_autofree gchar *good = g_strdup_printf (format, "me:secret@", port);
  g_autofree gchar *bad = g_strdup_printf (format, "me:wrong@", port);
  g_autofree gchar *name = g_strdup_printf (format, "", port);
  g_autofree gchar *named = g_strconcat ("turn-server=", name, NULL);
  g_autofree gchar *servers =
      g_strdup_printf ("stun-server=stun://127.0.0.1:%u " "turn-server=%s,%s",
      turn_port, good, bad);
  g_autofree gchar *launch = listen_with (servers);

  wait_useful (good);
  check_told (launch, named, "user or password");
}

GST_START_TEST (test_servers_that_work_are_not_told)
{
  if (!turn_server_runs ())
    return;
  check_silent ("turn://%s127.0.0.1:%u", turn_port);
  check_silent ("turn://%s127.0.0.1:%u?transport=tcp", turn_port);
  if (turn_server_trust (TRUE)) {
    check_silent ("turns://%s127.0.0.1:%u", turn_tls_port);
    turn_server_trust (FALSE);
  }
}

GST_END_TEST;

GST_START_TEST (test_a_server_is_told_once_a_start)
{
  guint16 first = turn_free_port (), second = turn_free_port ();
  g_autofree gchar *launch = NULL;
  Air *sender = open_sender ();
  gchar *names[2];
  Air *air;
  guint i;

  while (second == first)
    second = turn_free_port ();
  launch = g_strdup_printf (LISTEN "turn-server=turn://me:secret@127.0.0.1:%u?"
      "transport=tcp,turn://me:secret@127.0.0.1:%u?transport=tcp,"
      "turn://me:secret@127.0.0.1:%u?transport=tcp ! fakesink", first, first,
      second);
  names[0] = g_strdup_printf ("turn-server=turn://127.0.0.1:%u", first);
  names[1] = g_strdup_printf ("turn-server=turn://127.0.0.1:%u", second);
  air = air_new (launch, air_near);
  for (i = 0; i < 2; i++) {
    air_start (air);
    expect_warning (air, names[0], "Check host and port");
    expect_warning (air, names[1], "Check host and port");
    air_stop (air);
  }
  air_free (air);
  air_free (sender);
  g_free (names[0]);
  g_free (names[1]);
}

GST_END_TEST;

/* A socket that takes what comes and says nothing. transfer full */
static GSocket *
open_silent (gchar ** address)
{
  GSocket *s = g_socket_new (G_SOCKET_FAMILY_IPV4, G_SOCKET_TYPE_DATAGRAM,
      G_SOCKET_PROTOCOL_UDP, NULL);
  g_autoptr (GSocketAddress) any =
      g_inet_socket_address_new_from_string ("127.0.0.1", 0);
  g_autoptr (GSocketAddress) bound = NULL;

  fail_unless (g_socket_bind (s, any, TRUE, NULL));
  bound = g_socket_get_local_address (s, NULL);
  *address = g_strdup_printf ("127.0.0.1:%u",
      g_inet_socket_address_get_port (G_INET_SOCKET_ADDRESS (bound)));
  return s;
}

GST_START_TEST (test_a_server_that_is_silent_is_told)
{
  g_autofree gchar *at = NULL;
  g_autoptr (GSocket) silent = open_silent (&at);
  g_autofree gchar *stun = g_strconcat ("stun-server=stun://", at, NULL);
  g_autofree gchar *launch = listen_with (stun);

  check_told (launch, stun, "nothing answers over UDP");
  fail_unless (g_socket_condition_check (silent, G_IO_IN) & G_IO_IN);
}

GST_END_TEST;

/* They are asked for 7.5 s each. */
GST_START_TEST (test_stopping_does_not_wait_for_a_server)
{
  g_autofree gchar *first = NULL;
  g_autofree gchar *second = NULL;
  g_autofree gchar *third = NULL;
  g_autoptr (GSocket) a = open_silent (&first);
  g_autoptr (GSocket) b = open_silent (&second);
  g_autoptr (GSocket) c = open_silent (&third);
  g_autofree gchar *launch = g_strdup_printf (LISTEN "turn-server=turn://me:"
      "secret@%s,turn://me:secret@%s,turn://me:secret@%s ! fakesink", first,
      second, third);
  Air *sender = open_sender ();
  Air *air = air_new (launch, air_near);
  GstMessage *m;
  GstBus *bus;

  air_start (air);
  /* it was asked */
  fail_unless (g_socket_condition_timed_wait (a, G_IO_IN, AIR_WAIT / 1000, NULL,
          NULL));
  fail_if (g_socket_condition_check (c, G_IO_IN) & G_IO_IN);
  air_stop (air);
  fail_if (g_socket_condition_check (c, G_IO_IN) & G_IO_IN);
  bus = gst_element_get_bus (air->pipeline);
  m = gst_bus_pop_filtered (bus, GST_MESSAGE_WARNING);
  fail_unless (m == NULL || g_socket_condition_check (b, G_IO_IN) & G_IO_IN);
  gst_clear_message (&m);
  gst_object_unref (bus);
  air_free (air);
  air_free (sender);
}

GST_END_TEST;

/* ---- servers that are none ---- */

typedef struct
{
  const gchar *bytes;
  gsize len;
  const gchar *says;
} Nonsense;

/* The transaction of what is asked is not repeated in any of them. */
static const Nonsense nonsense[] = {
  {"", 0, "hangs up"},
  {"\1\1", 2, "hangs up"},
  {"HTTP/1.1 400 Bad Request\r\n\r\n", 28, "no TURN server"},
  {"\1\3\377\377\041\022\244\102aaaaaaaaaaaa", 20, "no TURN server"},
  {"\1\3\0\10\041\022\244\102aaaaaaaaaaaa", 20, "hangs up"},
  {"\1\3\0\0\041\022\244\102aaaaaaaaaaaa", 20, "no TURN server"},
  {"\1\23\0\10\041\022\244\102aaaaaaaaaaaa\0\11\377\377\0\0\4\1", 28,
      "no TURN server"},
};

typedef struct
{
  GSocketListener *listener;
  const Nonsense *says;
} Stranger;

/* Reads a request, says its piece, hangs up. */
static gpointer
answer_one (gpointer data)
{
  Stranger *self = data;
  g_autoptr (GSocketConnection) c =
      g_socket_listener_accept (self->listener, NULL, NULL, NULL);
  GIOStream *stream = G_IO_STREAM (c);
  gchar block[512];

  g_input_stream_read (g_io_stream_get_input_stream (stream), block,
      sizeof (block), NULL, NULL);
  g_output_stream_write_all (g_io_stream_get_output_stream (stream),
      self->says->bytes, self->says->len, NULL, NULL, NULL);
  g_io_stream_close (stream, NULL, NULL);
  return NULL;
}

GST_START_TEST (test_what_is_no_relay_is_told)
{
  g_autoptr (GSocketListener) listener = g_socket_listener_new ();
  Stranger stranger = { listener, &nonsense[__i__] };
  guint16 port = g_socket_listener_add_any_inet_port (listener, NULL, NULL);
  GThread *thread = g_thread_new ("stranger", answer_one, &stranger);

  check_relay ("turn-server=turn://%s%s?transport=tcp", port,
      stranger.says->says);
  g_thread_join (thread);
}

GST_END_TEST;

static Suite *
gstp2pcheckup_suite (void)
{
  Suite *s = suite_create ("gstp2pcheckup");
  TCase *tc = tcase_create ("relay");

  suite_add_tcase (s, tc);
  tcase_add_checked_fixture (tc, setup_relay, teardown_relay);
  tcase_add_test (tc, test_a_wrong_password_is_told);
  tcase_add_test (tc, test_a_broadcaster_is_told_too);
  tcase_add_test (tc, test_a_relay_over_tls_is_told_by_what_hinders_it);
  tcase_add_test (tc, test_servers_that_work_are_not_told);
  tc = tcase_create ("no server");
  suite_add_tcase (s, tc);
  tcase_add_checked_fixture (tc, air_setup, air_teardown);
  tcase_add_test (tc, test_a_server_is_told_once_a_start);
  tcase_add_test (tc, test_a_server_that_is_silent_is_told);
  tcase_add_test (tc, test_stopping_does_not_wait_for_a_server);
  tcase_add_loop_test (tc, test_what_is_no_relay_is_told, 0,
      G_N_ELEMENTS (nonsense));
  return s;
}

int
main (int argc, char **argv)
{
  Suite *s;

  gst_check_init (&argc, &argv);
  GST_ELEMENT_REGISTER (p2psink, NULL);
  GST_ELEMENT_REGISTER (p2psrc, NULL);
  s = gstp2pcheckup_suite ();
  return gst_check_run_suite (s, "gstp2pcheckup", __FILE__);
}
