/* gst-plugins-p2p
 *
 * This library is free software; you can redistribute it and/or
 * modify it under the terms of the GNU Lesser General Public
 * License as published by the Free Software Foundation; either
 * version 2.1 of the License, or (at your option) any later version.
 */
/* The heap of deadlines. */
#include <gst/check/gstcheck.h>

#include "../../../gst/p2p/core/base/p2prandom.h"
#include "../../../gst/p2p/core/base/p2ptimerheap.h"

GST_START_TEST (test_timers_fire_soonest_first_and_not_before)
{
  P2pTimerHeap heap;
  P2pTimer a = { 0 }, b = { 0 }, c = { 0 };

  p2p_timer_heap_init (&heap);
  fail_unless (p2p_timer_heap_next (&heap) == P2P_TIME_NEVER);
  fail_unless (p2p_timer_heap_pop (&heap, P2P_TIME_NEVER) == NULL);
  p2p_timer_heap_set (&heap, &a, 30);
  p2p_timer_heap_set (&heap, &b, 10);
  p2p_timer_heap_set (&heap, &c, 20);
  fail_unless (p2p_timer_heap_next (&heap) == 10);
  fail_unless (p2p_timer_heap_pop (&heap, 9) == NULL);
  fail_unless (p2p_timer_heap_pop (&heap, 20) == &b);
  fail_if (p2p_timer_is_set (&b));
  fail_unless (p2p_timer_heap_pop (&heap, 20) == &c);
  fail_unless (p2p_timer_heap_pop (&heap, 20) == NULL);
  fail_unless (p2p_timer_heap_next (&heap) == 30);
  p2p_timer_heap_clear (&heap);
  fail_if (p2p_timer_is_set (&a));
}

GST_END_TEST;

GST_START_TEST (test_equal_deadlines_fire_in_the_order_of_setting)
{
  P2pTimerHeap heap;
  P2pTimer timers[50] = { {0}
  };
  guint i;

  p2p_timer_heap_init (&heap);
  for (i = 0; i < 50; i++)
    p2p_timer_heap_set (&heap, &timers[i], 5);
  /* set again: goes to the back */
  p2p_timer_heap_set (&heap, &timers[0], 5);
  for (i = 1; i < 50; i++)
    fail_unless (p2p_timer_heap_pop (&heap, 5) == &timers[i], "%u", i);
  fail_unless (p2p_timer_heap_pop (&heap, 5) == &timers[0]);
  p2p_timer_heap_clear (&heap);
}

GST_END_TEST;

GST_START_TEST (test_never_takes_a_timer_out)
{
  P2pTimerHeap heap;
  P2pTimer a = { 0 };

  p2p_timer_heap_init (&heap);
  p2p_timer_heap_set (&heap, &a, 5);
  p2p_timer_heap_set (&heap, &a, P2P_TIME_NEVER);
  fail_if (p2p_timer_is_set (&a));
  fail_unless (p2p_timer_heap_next (&heap) == P2P_TIME_NEVER);
  p2p_timer_heap_remove (&heap, &a);
  p2p_timer_heap_clear (&heap);
}

GST_END_TEST;

#define N 200

/* What pop has to give, found the slow way. */
static P2pTimer *
soonest (P2pTimer timers[N])
{
  P2pTimer *best = NULL;
  guint i;

  for (i = 0; i < N; i++) {
    P2pTimer *t = &timers[i];

    if (p2p_timer_is_set (t) && (best == NULL || t->when < best->when
            || (t->when == best->when && t->order < best->order)))
      best = t;
  }
  return best;
}

GST_START_TEST (test_any_mix_of_set_move_remove_and_pop_keeps_the_order)
{
  P2pTimerHeap heap;
  P2pTimer timers[N] = { {0}
  };
  P2pRandom random;
  guint i;

  p2p_timer_heap_init (&heap);
  p2p_random_init (&random, 11);
  for (i = 0; i < 20000; i++) {
    P2pTimer *t = &timers[p2p_random_range (&random, N)], *expected;
    guint what = p2p_random_range (&random, 4);

    if (what < 2) {
      fail_unless (p2p_timer_heap_set (&heap, t, p2p_random_range (&random,
                  100)) == P2P_OK);
    } else if (what == 2) {
      p2p_timer_heap_remove (&heap, t);
      fail_if (p2p_timer_is_set (t));
    } else {
      expected = soonest (timers);
      fail_unless (p2p_timer_heap_pop (&heap, 100) == expected);
    }
  }
  for (i = 0; i < N; i++) {
    P2pTimer *expected = soonest (timers);

    fail_unless (p2p_timer_heap_pop (&heap, 100) == expected);
  }
  fail_unless (p2p_timer_heap_next (&heap) == P2P_TIME_NEVER);
  p2p_timer_heap_clear (&heap);
}

GST_END_TEST;

static Suite *
p2ptimerheap_suite (void)
{
  Suite *s = suite_create ("p2ptimerheap");
  TCase *tc = tcase_create ("general");

  suite_add_tcase (s, tc);
  tcase_add_test (tc, test_timers_fire_soonest_first_and_not_before);
  tcase_add_test (tc, test_equal_deadlines_fire_in_the_order_of_setting);
  tcase_add_test (tc, test_never_takes_a_timer_out);
  tcase_add_test (tc, test_any_mix_of_set_move_remove_and_pop_keeps_the_order);
  return s;
}

GST_CHECK_MAIN (p2ptimerheap);
