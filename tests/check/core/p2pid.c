/* gst-plugins-p2p
 *
 * This library is free software; you can redistribute it and/or
 * modify it under the terms of the GNU Lesser General Public
 * License as published by the Free Software Foundation; either
 * version 2.1 of the License, or (at your option) any later version.
 */
/* Peer and swarm ids. */
#include <gst/check/gstcheck.h>
#include <string.h>

#include "../../../gst/p2p/core/base/p2pid.h"

GST_START_TEST (test_peer_ids_order_as_unsigned_bytes)
{
  P2pPeerId a = { {0x7f}
  }, b = { {0x80}
  }, c = { {0x7f}
  };

  fail_unless (p2p_peer_id_compare (&a, &b) < 0);
  fail_unless (p2p_peer_id_compare (&b, &a) > 0);
  fail_unless (p2p_peer_id_equal (&a, &c));
  fail_unless_equals_int (p2p_peer_id_hash (&a), p2p_peer_id_hash (&c));
  c.b[31] = 1;
  fail_if (p2p_peer_id_equal (&a, &c));
  fail_unless (p2p_peer_id_compare (&a, &c) < 0);
  fail_if (p2p_peer_id_hash (&a) == p2p_peer_id_hash (&c));
}

GST_END_TEST;

GST_START_TEST (test_short_id_is_the_first_four_bytes_and_never_none)
{
  P2pPeerId id = { {0xde, 0xad, 0xbe, 0xef, 0x55}
  };

  fail_unless_equals_int_hex (p2p_peer_id_short (&id), 0xdeadbeef);
  memset (id.b, 0, 4);
  fail_unless_equals_int (p2p_peer_id_short (&id), 1);
}

GST_END_TEST;

GST_START_TEST (test_hex_is_lower_case_and_terminated)
{
  P2pPeerId id = { {0x01, 0xaf}
  };
  char text[P2P_PEER_ID_HEX_LEN];

  memset (text, 'x', sizeof (text));
  p2p_peer_id_to_hex (&id, text);
  fail_unless_equals_int (strlen (text), 64);
  fail_unless (g_str_has_prefix (text, "01af00"));
  p2p_hex (id.b, 0, text);
  fail_unless_equals_string (text, "");
}

GST_END_TEST;

GST_START_TEST (test_swarm_ids_are_compared_whole)
{
  P2pSwarmId a = { {15, 1}
  }, b = { {15, 1}
  };

  fail_unless (p2p_swarm_id_equal (&a, &b));
  b.b[P2P_SWARM_ID_LEN - 1] ^= 1;
  fail_if (p2p_swarm_id_equal (&a, &b));
}

GST_END_TEST;

static Suite *
p2pid_suite (void)
{
  Suite *s = suite_create ("p2pid");
  TCase *tc = tcase_create ("general");

  suite_add_tcase (s, tc);
  tcase_add_test (tc, test_peer_ids_order_as_unsigned_bytes);
  tcase_add_test (tc, test_short_id_is_the_first_four_bytes_and_never_none);
  tcase_add_test (tc, test_hex_is_lower_case_and_terminated);
  tcase_add_test (tc, test_swarm_ids_are_compared_whole);
  return s;
}

GST_CHECK_MAIN (p2pid);
