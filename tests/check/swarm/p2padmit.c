/* gst-plugins-p2p
 *
 * This library is free software; you can redistribute it and/or
 * modify it under the terms of the GNU Lesser General Public
 * License as published by the Free Software Foundation; either
 * version 2.1 of the License, or (at your option) any later version.
 */
/* p2padmit.c: tests of whom a source makes a root. */
#include <gst/check/gstcheck.h>

#include "swarmtest.h"
#include "../../../gst/p2p/core/swarm/p2proots.h"

#define K 4
#define SOURCE 4                /* times the stream: 3 K - 1 places */
#define WEAK 0.4                /* feeds one other */
#define STRONG 4
#define WEAK_ONES 5             /* come first, and have all places */
#define MANY_WEAK 7             /* of whom two are no third */
#define SHARE 2                 /* of six */

typedef struct
{
  P2pTime period;
  unsigned chunk;
} Rate;

static const Rate rates[] = { {P2P_MSEC (63), 7900}, {P2P_MSEC (125), 2000} };

static void
publish (Bench * b, const Rate * r, P2pTime time)
{
  bench_publish (b, time, r->period, r->chunk);
}

static unsigned
roots (Bench * b, unsigned node)
{
  unsigned n = 0;

  for (uint16_t m = bench_neighbour (b, 0, node).child_mask; m;
      m &= (uint16_t) (m - 1))
    n++;
  return n;
}

static double
bitrate (const Rate * r)
{
  return (double) r->chunk * 8 * P2P_SEC (1) / r->period;
}

static unsigned
add (Bench * b, const Rate * r, P2pRole role, unsigned node, double upload)
{
  P2pSwarmConfig c;

  bench_config (&c, role, node);
  c.max_upload_bps = (uint32_t) (upload * bitrate (r));
  c.k = K;
  return bench_add (b, &c);
}

static Bench *
source_of_weak_roots (const Rate * r, unsigned n)
{
  Bench *b = bench_new (P2P_MSEC (10));

  add (b, r, P2P_ROLE_SOURCE, 0, SOURCE);
  bench_header_of (b, 0, r->period, (uint32_t) bitrate (r));
  for (unsigned i = 1; i <= n; i++) {
    bench_link (b, add (b, r, P2P_ROLE_RELAY, i, WEAK), 0);
    publish (b, r, P2P_MSEC (500));
  }
  publish (b, r, P2P_SEC (2));
  return b;
}

/* What goes only to who keeps it, and to one that dies, is nowhere else. */
GST_START_TEST
    (test_where_roots_feed_nobody_one_that_can_gets_more_than_its_share) {
  const Rate *r = &rates[__i__];
  Bench *b = source_of_weak_roots (r, WEAK_ONES);
  unsigned strong = add (b, r, P2P_ROLE_RELAY, WEAK_ONES + 1, STRONG);

  bench_link (b, strong, 0);
  publish (b, r, P2P_SEC (5));
  fail_unless_equals_int (roots (b, strong), SHARE + 1);
  bench_free (b);
}

GST_END_TEST;

GST_START_TEST (test_where_roots_feed_nobody_another_such_gets_no_more_places)
{
  const Rate *r = &rates[__i__];
  Bench *b = source_of_weak_roots (r, WEAK_ONES);
  unsigned weak = add (b, r, P2P_ROLE_RELAY, WEAK_ONES + 1, WEAK);

  bench_link (b, weak, 0);
  publish (b, r, P2P_SEC (5));
  fail_unless (roots (b, weak) <= SHARE);
  bench_free (b);
}

GST_END_TEST;

/* A second after two weak roots said LEAVE, or died, which came so long before. */
static Bench *
source_that_lost_two_roots (const Rate * r, P2pTime age, bool leave)
{
  Bench *b = source_of_weak_roots (r, MANY_WEAK - 2);
  unsigned strong = add (b, r, P2P_ROLE_RELAY, MANY_WEAK - 1, STRONG);

  bench_link (b, strong, 0);
  for (unsigned i = MANY_WEAK; i <= MANY_WEAK + 1; i++)
    bench_link (b, add (b, r, P2P_ROLE_RELAY, i, WEAK), 0);
  publish (b, r, age);
  for (unsigned i = MANY_WEAK; i <= MANY_WEAK + 1; i++) {
    if (leave)
      p2p_swarm_leave (bench_swarm (b, i), bench_local (b, i));
    else
      bench_remove (b, i);
  }
  publish (b, r, P2P_MSEC (200));
  for (unsigned i = MANY_WEAK; leave && i <= MANY_WEAK + 1; i++)
    bench_unlink (b, i, 0);
  publish (b, r, P2P_MSEC (800));
  return b;
}

/* Whole subtrees hang on it, and would look for another way; where some leave others
 * will. */
GST_START_TEST
    (test_what_one_got_beyond_its_share_when_roots_were_lost_it_keeps) {
  const Rate *r = &rates[0];
  Bench *b = source_that_lost_two_roots (r, P2P_SEC (6), __i__);
  unsigned next = add (b, r, P2P_ROLE_RELAY, MANY_WEAK + 2, STRONG);

  bench_link (b, next, 0);
  publish (b, r, P2P_SEC (5));
  fail_unless_equals_int (roots (b, next), SHARE + 1);
  bench_free (b);
}

GST_END_TEST;

GST_START_TEST (test_that_newcomers_of_a_crowd_leave_keeps_nobody_its_places)
{
  static const struct
  {
    P2pTime age;
    bool settles;
  } cases[] = {
    {P2P_SEC (4), false}, {P2P_SEC (6), true}
  };

  for (unsigned i = 0; i < G_N_ELEMENTS (cases); i++) {
    Bench *b = source_that_lost_two_roots (&rates[0], cases[i].age, true);

    fail_unless_equals_int (p2p_roots_settle (bench_swarm (b, 0)),
        cases[i].settles);
    bench_free (b);
  }
}

GST_END_TEST;

static Suite *
admit_suite (void)
{
  Suite *s = suite_create ("swarm-admit");
  TCase *tc = tcase_create ("roots");

  suite_add_tcase (s, tc);
  tcase_add_loop_test (tc,
      test_where_roots_feed_nobody_one_that_can_gets_more_than_its_share,
      0, G_N_ELEMENTS (rates));
  tcase_add_loop_test (tc,
      test_where_roots_feed_nobody_another_such_gets_no_more_places,
      0, G_N_ELEMENTS (rates));
  tcase_add_loop_test (tc,
      test_what_one_got_beyond_its_share_when_roots_were_lost_it_keeps, 0, 2);
  tcase_add_test (tc,
      test_that_newcomers_of_a_crowd_leave_keeps_nobody_its_places);
  return s;
}

GST_CHECK_MAIN (admit);
