/* gst-plugins-p2p
 *
 * This library is free software; you can redistribute it and/or
 * modify it under the terms of the GNU Lesser General Public
 * License as published by the Free Software Foundation; either
 * version 2.1 of the License, or (at your option) any later version.
 */
/* Bytes of the last two seconds. */
#include <gst/check/gstcheck.h>

#include "../../../gst/p2p/core/base/p2pledger.h"
#include "../../../gst/p2p/core/base/p2prandom.h"

#define N 4000
#define TWO_SECONDS P2P_SEC (2)
#define SLOT ((P2pTime) 1 << P2P_LEDGER_SHIFT)

static P2pTime at[N];
static guint32 bytes[N];

/* What went in (from, to]. */
static guint64
between (guint n, P2pTime from, P2pTime to)
{
  guint64 sum = 0;

  for (guint i = 0; i < n; i++) {
    if (at[i] > from && at[i] <= to)
      sum += bytes[i];
  }
  return sum;
}

GST_START_TEST (test_the_sum_is_that_of_two_seconds_and_two_slots_at_most)
{
  P2pLedger ledger = { {0}, 0, 0 };
  P2pRandom random;
  P2pTime now = P2P_SEC (1000);
  guint64 sum;

  p2p_random_init (&random, __i__ + 1);
  for (guint i = 0; i < N; i++) {
    now += p2p_random_range (&random, p2p_random_range (&random, 100) == 0 ?
        3000000 : 10000);
    at[i] = now;
    bytes[i] = p2p_random_range (&random, 1500);
    p2p_ledger_note (&ledger, bytes[i], now);
    sum = p2p_ledger_sum (&ledger, now);
    fail_unless (sum >= between (i + 1, now - TWO_SECONDS, now));
    fail_unless (sum <= between (i + 1, now - TWO_SECONDS - 2 * SLOT, now));
  }
  fail_unless_equals_int (p2p_ledger_sum (&ledger, now + P2P_SEC (3)), 0);
}

GST_END_TEST;

GST_START_TEST (test_it_knows_when_what_went_is_forgotten)
{
  P2pLedger ledger = { {0}, 0, 0 };
  P2pRandom random;
  P2pTime now = P2P_SEC (1), when;

  p2p_random_init (&random, 7);
  for (guint i = 0; i < N; i++) {
    guint32 before, some;

    now += p2p_random_range (&random, 20000);
    p2p_ledger_note (&ledger, 1 + p2p_random_range (&random, 1500), now);
    before = p2p_ledger_sum (&ledger, now);
    some = 1 + p2p_random_range (&random, before);
    when = p2p_ledger_when (&ledger, some);
    fail_unless (when > now && when <= now + TWO_SECONDS + 2 * SLOT);
    {
      P2pLedger later = ledger;

      fail_unless (p2p_ledger_sum (&later, when - 1) > before - some);
      fail_unless (p2p_ledger_sum (&later, when) <= before - some);
    }
  }
}

GST_END_TEST;

GST_START_TEST (test_time_that_goes_back_loses_nothing)
{
  P2pLedger ledger = { {0}, 0, 0 };

  p2p_ledger_note (&ledger, 100, P2P_SEC (5));
  p2p_ledger_note (&ledger, 10, P2P_SEC (4));
  fail_unless_equals_int (p2p_ledger_sum (&ledger, P2P_SEC (1)), 110);
  fail_unless_equals_int (p2p_ledger_sum (&ledger, P2P_SEC (5)), 110);
}

GST_END_TEST;

static Suite *
ledger_suite (void)
{
  Suite *s = suite_create ("ledger");
  TCase *tc = tcase_create ("ledger");

  suite_add_tcase (s, tc);
  tcase_add_loop_test (tc,
      test_the_sum_is_that_of_two_seconds_and_two_slots_at_most, 0, 4);
  tcase_add_test (tc, test_it_knows_when_what_went_is_forgotten);
  tcase_add_test (tc, test_time_that_goes_back_loses_nothing);
  return s;
}

GST_CHECK_MAIN (ledger);
