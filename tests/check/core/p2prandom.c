/* gst-plugins-p2p
 *
 * This library is free software; you can redistribute it and/or
 * modify it under the terms of the GNU Lesser General Public
 * License as published by the Free Software Foundation; either
 * version 2.1 of the License, or (at your option) any later version.
 */
/* The seeded generator. */
#include <gst/check/gstcheck.h>
#include <string.h>

#include "../../../gst/p2p/core/base/p2prandom.h"

GST_START_TEST (test_state_1_2_3_4_gives_the_published_sequence)
{
  /* first outputs of the reference xoshiro256** from state {1, 2, 3, 4} */
  static const guint64 expected[] = {
    G_GUINT64_CONSTANT (11520), 0, G_GUINT64_CONSTANT (1509978240),
    G_GUINT64_CONSTANT (1215971899390074240)
  };
  P2pRandom random = { {1, 2, 3, 4} };
  guint i;

  for (i = 0; i < G_N_ELEMENTS (expected); i++)
    fail_unless_equals_uint64 (p2p_random_u64 (&random), expected[i]);
}

GST_END_TEST;

GST_START_TEST (test_seed_0_fills_the_state_as_splitmix64_does)
{
  P2pRandom random;

  p2p_random_init (&random, 0);
  fail_unless_equals_uint64_hex (random.s[0],
      G_GUINT64_CONSTANT (0xe220a8397b1dcdaf));
  fail_unless_equals_uint64_hex (random.s[1],
      G_GUINT64_CONSTANT (0x6e789e6aa1b965f4));
}

GST_END_TEST;

GST_START_TEST (test_equal_seeds_give_equal_runs_and_others_do_not)
{
  P2pRandom a, b, c;
  guint i, same = 0;

  p2p_random_init (&a, 7);
  p2p_random_init (&b, 7);
  p2p_random_init (&c, 8);
  for (i = 0; i < 1000; i++) {
    guint32 v = p2p_random_u32 (&a);

    fail_unless_equals_int (v, p2p_random_u32 (&b));
    same += v == p2p_random_u32 (&c);
  }
  fail_unless (same < 3);
}

GST_END_TEST;

GST_START_TEST (test_range_is_below_n_and_even)
{
  guint count[7] = { 0 }, i;
  P2pRandom random;

  p2p_random_init (&random, 1);
  for (i = 0; i < 70000; i++)
    count[p2p_random_range (&random, 7)]++;
  /* 10,000 expected, sigma 93: five sigma */
  for (i = 0; i < 7; i++)
    fail_unless (count[i] > 9535 && count[i] < 10465, "%u: %u", i, count[i]);
  fail_unless_equals_int (p2p_random_range (&random, 0), 0);
  fail_unless_equals_int (p2p_random_range (&random, 1), 0);
}

GST_END_TEST;

GST_START_TEST (test_between_holds_both_ends_and_survives_extremes)
{
  gboolean low = FALSE, high = FALSE;
  P2pRandom random;
  guint i;

  p2p_random_init (&random, 1);
  for (i = 0; i < 200; i++) {
    gint64 v = p2p_random_between (&random, -2, 2);

    fail_unless (v >= -2 && v <= 2);
    low |= v == -2;
    high |= v == 2;
    p2p_random_between (&random, G_MININT64, G_MAXINT64);
    fail_unless (p2p_random_between (&random, G_MAXINT64 - 1, G_MAXINT64) > 0);
  }
  fail_unless (low && high);
  fail_unless_equals_int64 (p2p_random_between (&random, 5, 5), 5);
  fail_unless_equals_int64 (p2p_random_between (&random, 5, -5), 5);
}

GST_END_TEST;

GST_START_TEST (test_shuffle_keeps_all_and_every_order_is_likely)
{
  guint orders[6] = { 0 }, i;
  P2pRandom random;

  p2p_random_init (&random, 3);
  for (i = 0; i < 6000; i++) {
    guint8 v[3] = { 0, 1, 2 };

    p2p_random_shuffle (&random, v, 3, 1);
    fail_unless_equals_int (1 << v[0] | 1 << v[1] | 1 << v[2], 7);
    orders[v[0] * 2 + (v[1] > v[2])]++;
  }
  /* 1,000 expected, sigma 29: five sigma */
  for (i = 0; i < 6; i++)
    fail_unless (orders[i] > 855 && orders[i] < 1145, "%u", orders[i]);
}

GST_END_TEST;

GST_START_TEST (test_shuffle_moves_whole_elements)
{
  guint64 v[20];
  guint seen = 0, i;
  P2pRandom random;

  for (i = 0; i < 20; i++)
    v[i] = i * G_GUINT64_CONSTANT (0x0101010101010101);
  p2p_random_init (&random, 3);
  p2p_random_shuffle (&random, v, 20, sizeof (v[0]));
  for (i = 0; i < 20; i++) {
    fail_unless (v[i] % G_GUINT64_CONSTANT (0x0101010101010101) == 0);
    seen |= 1u << (v[i] & 0xff);
  }
  fail_unless_equals_int_hex (seen, 0xfffff);
  p2p_random_shuffle (&random, v, 0, sizeof (v[0]));
  p2p_random_shuffle (&random, v, 1, sizeof (v[0]));
}

GST_END_TEST;

static Suite *
p2prandom_suite (void)
{
  Suite *s = suite_create ("p2prandom");
  TCase *tc = tcase_create ("general");

  suite_add_tcase (s, tc);
  tcase_add_test (tc, test_state_1_2_3_4_gives_the_published_sequence);
  tcase_add_test (tc, test_seed_0_fills_the_state_as_splitmix64_does);
  tcase_add_test (tc, test_equal_seeds_give_equal_runs_and_others_do_not);
  tcase_add_test (tc, test_range_is_below_n_and_even);
  tcase_add_test (tc, test_between_holds_both_ends_and_survives_extremes);
  tcase_add_test (tc, test_shuffle_keeps_all_and_every_order_is_likely);
  tcase_add_test (tc, test_shuffle_moves_whole_elements);
  return s;
}

GST_CHECK_MAIN (p2prandom);
