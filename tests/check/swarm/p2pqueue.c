/* gst-plugins-p2p
 *
 * This library is free software; you can redistribute it and/or
 * modify it under the terms of the GNU Lesser General Public
 * License as published by the Free Software Foundation; either
 * version 2.1 of the License, or (at your option) any later version.
 */
/* p2pqueue.c: tests of the queues of chunks that wait for a neighbour. */
#include <gst/check/gstcheck.h>

#include "../../../gst/p2p/core/swarm/p2pswarmpriv.h"

static P2pSwarm *
new_swarm (void)
{
  P2pSwarmConfig c = {.role = P2P_ROLE_RELAY,.seed = 1 };

  return p2p_swarm_new (&c, P2P_SEC (1000));
}

GST_START_TEST (test_what_waits_keeps_its_order_while_it_gets_more)
{
  P2pSwarm *s = new_swarm ();
  P2pChunkQueue q = { 0 };

  /* so that it grows while its first is not at the start of its memory */
  for (uint32_t c = 0; c < 3; c++)
    p2p_queue_add (s, &q, c);
  p2p_queue_drop_first (&q);
  p2p_queue_drop_first (&q);
  for (uint32_t c = 3; c < 30; c++)
    p2p_queue_add (s, &q, c);
  p2p_queue_add (s, &q, 7);     /* waits already */
  fail_unless_equals_int (q.n, 28);
  for (unsigned i = 0; i < q.n; i++)
    fail_unless_equals_int (p2p_queue_chunk (&q, i), 2 + i);
  fail_unless (p2p_queue_remove (&q, 7));
  fail_if (p2p_queue_remove (&q, 7));
  fail_if (p2p_queue_holds (&q, 7));
  fail_unless_equals_int (p2p_queue_chunk (&q, 5), 8);
  p2p_queue_clear (&q);
  p2p_swarm_free (s);
}

GST_END_TEST;

GST_START_TEST (test_of_too_many_the_oldest_goes)
{
  P2pSwarm *s = new_swarm ();
  P2pChunkQueue q = { 0 };

  for (uint32_t c = 0; c < 3 * QUEUE_LEN; c++)
    p2p_queue_add (s, &q, c);
  fail_unless_equals_int (q.n, QUEUE_LEN);
  fail_unless_equals_int (q.cap, QUEUE_LEN);
  for (unsigned i = 0; i < q.n; i++)
    fail_unless_equals_int (p2p_queue_chunk (&q, i), 2 * QUEUE_LEN + i);
  p2p_queue_clear (&q);
  p2p_swarm_free (s);
}

GST_END_TEST;

GST_START_TEST (test_how_long_the_first_waits_is_known)
{
  P2pSwarm *s = new_swarm ();
  P2pChunkQueue q = { 0 };

  s->now = P2P_SEC (1000);
  p2p_queue_add (s, &q, 1);
  s->now += P2P_MSEC (500);
  p2p_queue_add (s, &q, 2);
  fail_if (p2p_queue_waited (&q, s->now, P2P_MSEC (600)));
  s->now += P2P_MSEC (200);
  fail_unless (p2p_queue_waited (&q, s->now, P2P_MSEC (600)));
  p2p_queue_drop_first (&q);
  fail_if (p2p_queue_waited (&q, s->now, P2P_MSEC (600)));
  p2p_queue_clear (&q);
  p2p_swarm_free (s);
}

GST_END_TEST;

GST_START_TEST (test_only_what_waits_takes_memory)
{
  P2pSwarm *s = new_swarm ();
  P2pChunkQueue q = { 0 };

  p2p_queue_rest (&q);
  p2p_queue_add (s, &q, 1);
  p2p_queue_rest (&q);
  fail_unless (q.ring != NULL && p2p_queue_holds (&q, 1));
  p2p_queue_drop_first (&q);
  p2p_queue_rest (&q);
  fail_unless (q.ring == NULL && q.cap == 0);
  fail_if (p2p_queue_remove (&q, 1));
  p2p_queue_add (s, &q, 2);
  fail_unless_equals_int (p2p_queue_chunk (&q, 0), 2);
  p2p_queue_clear (&q);
  p2p_swarm_free (s);
}

GST_END_TEST;

static Suite *
p2pqueue_suite (void)
{
  Suite *s = suite_create ("p2pqueue");
  TCase *tc = tcase_create ("general");

  suite_add_tcase (s, tc);
  tcase_add_test (tc, test_what_waits_keeps_its_order_while_it_gets_more);
  tcase_add_test (tc, test_of_too_many_the_oldest_goes);
  tcase_add_test (tc, test_how_long_the_first_waits_is_known);
  tcase_add_test (tc, test_only_what_waits_takes_memory);
  return s;
}

GST_CHECK_MAIN (p2pqueue);
