/* gst-plugins-p2p
 *
 * This library is free software; you can redistribute it and/or
 * modify it under the terms of the GNU Lesser General Public
 * License as published by the Free Software Foundation; either
 * version 2.1 of the License, or (at your option) any later version.
 */
/* What an agent's checks say, read by a socket in place of the peer. */
#include <gio/gio.h>
#include <gst/check/gstcheck.h>

#include "../../../ext/transport/gstp2pice.h"

/* RFC 8489, RFC 8445. */
#define BINDING_REQUEST 0x0001
#define USE_CANDIDATE 0x0025
#define ICE_CONTROLLED 0x8029
#define ICE_CONTROLLING 0x802a
#define HEADER 20

#define CHECKS 2                /* the first, and one that is sent again */
#define PATIENCE_US (60 * G_USEC_PER_SEC)

static gboolean
has_attribute (const guint8 * packet, gsize len, guint type)
{
  gsize at = HEADER;

  while (at + 4 <= len) {
    gsize n = (gsize) packet[at + 2] << 8 | packet[at + 3];

    if ((packet[at] << 8 | packet[at + 1]) == (gint) type) {
      return TRUE;
    }
    at += 4 + ((n + 3) & ~(gsize) 3);
  }
  return FALSE;
}

static GSocket *
make_peer (guint16 * port)
{
  g_autoptr (GInetAddress) loopback =
      g_inet_address_new_loopback (G_SOCKET_FAMILY_IPV4);
  g_autoptr (GSocketAddress) any = g_inet_socket_address_new (loopback, 0);
  g_autoptr (GSocketAddress) bound = NULL;
  GSocket *peer = g_socket_new (G_SOCKET_FAMILY_IPV4, G_SOCKET_TYPE_DATAGRAM,
      G_SOCKET_PROTOCOL_UDP, NULL);

  fail_unless (peer != NULL && g_socket_bind (peer, any, TRUE, NULL));
  g_socket_set_blocking (peer, FALSE);
  bound = g_socket_get_local_address (peer, NULL);
  *port = g_inet_socket_address_get_port (G_INET_SOCKET_ADDRESS (bound));
  return peer;
}

/* The checks an agent sends to a peer that does not answer. */
static void
read_checks (gboolean controlling)
{
  GstP2PIceConfig config = {.use_loopback = TRUE };
  gint64 end = g_get_monotonic_time () + PATIENCE_US;
  g_autofree gchar *candidate = NULL;
  g_autoptr (GSocket) peer = NULL;
  guint8 packet[1500];
  guint16 port;
  guint n = 0;
  GstP2PIce *ice = gst_p2p_ice_new (NULL, &config, controlling, NULL);

  fail_unless (ice != NULL);
  peer = make_peer (&port);
  candidate = g_strdup_printf ("candidate:1 1 udp 2130706431 127.0.0.1 %u "
      "typ host", port);
  gst_p2p_ice_set_remote (ice, "abcd", "abcdefghijklmnopqrstuv");
  fail_unless (gst_p2p_ice_add_candidate (ice, candidate));
  while (n < CHECKS) {
    gssize len = g_socket_receive (peer, (gchar *) packet, sizeof (packet),
        NULL, NULL);

    fail_unless (g_get_monotonic_time () < end, "no check comes");
    if (len >= HEADER && (packet[0] << 8 | packet[1]) == BINDING_REQUEST) {
      n++;
      fail_unless_equals_int (has_attribute (packet, len, ICE_CONTROLLING),
          controlling);
      fail_unless_equals_int (has_attribute (packet, len, ICE_CONTROLLED),
          !controlling);
      fail_unless_equals_int (has_attribute (packet, len, USE_CANDIDATE),
          controlling);
    } else {
      g_main_context_iteration (NULL, FALSE);
      g_usleep (1000);
    }
  }
  gst_p2p_ice_free (ice);
  while (g_main_context_iteration (NULL, FALSE)) {
  }
}

/* Regular nomination costs a round trip, and 2 s behind a NAT. */
GST_START_TEST (test_every_check_of_the_controlling_side_nominates)
{
  read_checks (TRUE);
}

GST_END_TEST;

GST_START_TEST (test_no_check_of_the_controlled_side_does)
{
  read_checks (FALSE);
}

GST_END_TEST;

static Suite *
gstp2pice_suite (void)
{
  Suite *s = suite_create ("gstp2pice");
  TCase *tc = tcase_create ("general");

  suite_add_tcase (s, tc);
  tcase_add_test (tc, test_every_check_of_the_controlling_side_nominates);
  tcase_add_test (tc, test_no_check_of_the_controlled_side_does);
  return s;
}

GST_CHECK_MAIN (gstp2pice);
