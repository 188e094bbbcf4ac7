/* gst-plugins-p2p
 *
 * This library is free software; you can redistribute it and/or
 * modify it under the terms of the GNU Lesser General Public
 * License as published by the Free Software Foundation; either
 * version 2.1 of the License, or (at your option) any later version.
 */
/* Where a peer is: as its description says, and as its link has it. */
#include <gst/check/gstcheck.h>

#include "../../../ext/transport/gstp2picepath.h"
#include "../../../gst/p2p/core/base/p2pprefix.h"
#include "../../../gst/p2p/session/gstp2psession-private.h"

#define SDP_HEAD "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\n" \
    "m=application 9 UDP/DTLS/SCTP webrtc-datachannel\r\nc=IN IP4 0.0.0.0\r\n"

static guint32
prefix4 (guint8 a, guint8 b, guint8 c)
{
  guint8 bytes[4] = { a, b, c, 1 };

  return p2p_prefix_of (bytes, 4);
}

GST_START_TEST (test_a_description_is_where_its_first_public_address_is)
{
  fail_unless_equals_int_hex (gst_p2p_sdp_peek_prefix (SDP_HEAD
          "a=candidate:1 1 UDP 2013266431 192.168.1.9 5000 typ host\r\n"
          "a=candidate:2 1 UDP 2013266430 abcd.local 5000 typ host\r\n"
          "a=candidate:3 1 UDP 1677721855 203.0.113.7 5000 typ srflx raddr 0.0.0.0 rport 0\r\n"
          "a=candidate:4 1 UDP 1000 198.51.100.7 5000 typ relay\r\n"),
      prefix4 (203, 0, 113));
  fail_unless (gst_p2p_sdp_peek_prefix (SDP_HEAD
          "a=candidate:1 1 UDP 2013266431 10.0.0.1 5000 typ host\r\n") == 0);
}

GST_END_TEST;

GST_START_TEST (test_a_description_without_addresses_is_nowhere)
{
  static const gchar *const texts[] =
      { "", "nonsense", "v=0\r\na=x-p2p:v=1\r\n",
    SDP_HEAD, SDP_HEAD "a=candidate:\r\n", SDP_HEAD "a=candidate:1 1 UDP\r\n",
    SDP_HEAD "a=candidate:1 1 UDP 7 999.1.1.1 5000 typ host\r\n"
  };

  for (guint i = 0; i < G_N_ELEMENTS (texts); i++)
    fail_unless (gst_p2p_sdp_peek_prefix (texts[i]) == 0, "%s", texts[i]);
}

GST_END_TEST;

/* 33 and more are not looked at, however many there are. */
GST_START_TEST (test_of_a_long_list_the_beginning_is_read)
{
  GString *text = g_string_new (SDP_HEAD);

  for (guint i = 0; i < 32; i++)
    g_string_append (text, "a=candidate:1 1 UDP 7 10.0.0.1 5000 typ host\r\n");
  g_string_append (text, "a=candidate:1 1 UDP 7 8.8.8.8 5000 typ host\r\n");
  fail_unless (gst_p2p_sdp_peek_prefix (text->str) == 0);
  g_string_free (text, TRUE);
}

GST_END_TEST;

static guint32
of_link (const gchar * local, gboolean relayed, const gchar * remote)
{
  NiceCandidate *own = nice_candidate_new (relayed ?
      NICE_CANDIDATE_TYPE_RELAYED : NICE_CANDIDATE_TYPE_HOST);
  NiceAddress address;
  guint32 prefix;

  nice_address_init (&address);
  fail_unless (nice_address_set_from_string (&own->addr, local));
  fail_unless (nice_address_set_from_string (&address, remote));
  prefix = gst_p2p_ice_path_prefix (own, &address);
  nice_candidate_free (own);
  return prefix;
}

GST_START_TEST (test_a_neighbour_on_our_own_link_is_not_counted)
{
  fail_unless (of_link ("2001:db8:1:2::1", FALSE, "2001:db8:1:2::9") == 0);
  fail_if (of_link ("2001:db8:1:2::1", FALSE, "2001:db8:1:3::9") == 0);
  fail_unless_equals_int_hex (of_link ("192.168.1.2", FALSE, "203.0.113.9"),
      prefix4 (203, 0, 113));
  /* a hoster's /24 may be an attacker's */
  fail_if (of_link ("203.0.113.1", FALSE, "203.0.113.9") == 0);
}

GST_END_TEST;

GST_START_TEST (test_who_is_at_the_turn_server_that_relays_us_is_not_counted)
{
  fail_unless (of_link ("203.0.113.1", TRUE, "203.0.113.1") == 0);
  fail_if (of_link ("203.0.113.1", TRUE, "198.51.100.1") == 0);
}

GST_END_TEST;

static Suite *
prefix_suite (void)
{
  Suite *s = suite_create ("transport-prefix");
  TCase *tc = tcase_create ("general");

  suite_add_tcase (s, tc);
  tcase_add_test (tc, test_a_description_is_where_its_first_public_address_is);
  tcase_add_test (tc, test_a_description_without_addresses_is_nowhere);
  tcase_add_test (tc, test_of_a_long_list_the_beginning_is_read);
  tcase_add_test (tc, test_a_neighbour_on_our_own_link_is_not_counted);
  tcase_add_test (tc,
      test_who_is_at_the_turn_server_that_relays_us_is_not_counted);
  return s;
}

GST_CHECK_MAIN (prefix);
