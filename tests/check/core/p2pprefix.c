/* gst-plugins-p2p
 *
 * This library is free software; you can redistribute it and/or
 * modify it under the terms of the GNU Lesser General Public
 * License as published by the Free Software Foundation; either
 * version 2.1 of the License, or (at your option) any later version.
 */
/* Networks that addresses belong to. */
#include <gst/check/gstcheck.h>
#include <gio/gio.h>

#include "../../../gst/p2p/core/base/p2pprefix.h"

static guint32
prefix (const gchar * text)
{
  g_autoptr (GInetAddress) address = g_inet_address_new_from_string (text);

  fail_unless (address != NULL, "%s", text);
  return p2p_prefix_of (g_inet_address_to_bytes (address),
      g_inet_address_get_native_size (address));
}

GST_START_TEST (test_addresses_of_one_24_or_48_have_one_prefix)
{
  fail_unless_equals_int_hex (prefix ("203.0.113.1"), prefix ("203.0.113.254"));
  fail_if (prefix ("203.0.113.1") == prefix ("203.0.112.1"));
  fail_unless_equals_int_hex (prefix ("2001:db8:1:2::3"),
      prefix ("2001:db8:1:ffff::9"));
  fail_if (prefix ("2001:db8:1::1") == prefix ("2001:db8:2::1"));
  fail_if (prefix ("8.8.8.8") == 0);
}

GST_END_TEST;

GST_START_TEST (test_addresses_of_the_own_site_have_none)
{
  static const gchar *const local[] = { "127.0.0.1", "10.77.0.9", "172.16.0.1",
    "172.31.255.1", "192.168.1.20", "169.254.3.4", "100.64.0.1",
    "100.127.9.9", "0.0.0.0", "::1", "::", "fe80::1", "febf::1", "fd12:3::1",
    "fc00::1", "::ffff:192.168.7.7", "64:ff9b::10.1.2.3"
  };
  static const gchar *const public[] = { "172.15.0.1", "172.32.0.1",
    "192.169.0.1", "100.63.0.1", "100.128.0.1", "11.0.0.1", "fec0::1",
    "2001:db8::1", "::2"
  };

  for (guint i = 0; i < G_N_ELEMENTS (local); i++)
    fail_unless (prefix (local[i]) == 0, "%s", local[i]);
  for (guint i = 0; i < G_N_ELEMENTS (public); i++)
    fail_if (prefix (public[i]) == 0, "%s", public[i]);
}

GST_END_TEST;

/* A /24 has 256 of 6to4's networks: they are no 256 networks. */
GST_START_TEST (test_ipv4_within_ipv6_is_ipv4)
{
  guint32 wanted = prefix ("203.0.113.7");

  fail_unless_equals_int_hex (prefix ("::ffff:203.0.113.8"), wanted);
  fail_unless_equals_int_hex (prefix ("64:ff9b::203.0.113.9"), wanted);
  fail_unless_equals_int_hex (prefix ("2002:cb00:7105::1"), wanted);
  fail_unless_equals_int_hex (prefix ("2002:cb00:71ff:9::1"), wanted);
}

GST_END_TEST;

GST_START_TEST (test_what_is_no_address_has_none)
{
  static const guint8 bytes[16] = { 8, 8, 8, 8, 8 };

  fail_unless (p2p_prefix_of (bytes, 0) == 0);
  fail_unless (p2p_prefix_of (bytes, 5) == 0);
}

GST_END_TEST;

static Suite *
prefix_suite (void)
{
  Suite *s = suite_create ("core-prefix");
  TCase *tc = tcase_create ("general");

  suite_add_tcase (s, tc);
  tcase_add_test (tc, test_addresses_of_one_24_or_48_have_one_prefix);
  tcase_add_test (tc, test_addresses_of_the_own_site_have_none);
  tcase_add_test (tc, test_ipv4_within_ipv6_is_ipv4);
  tcase_add_test (tc, test_what_is_no_address_has_none);
  return s;
}

GST_CHECK_MAIN (prefix);
