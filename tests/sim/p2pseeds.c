/* gst-plugins-p2p
 *
 * This library is free software; you can redistribute it and/or
 * modify it under the terms of the GNU Lesser General Public
 * License as published by the Free Software Foundation; either
 * version 2.1 of the License, or (at your option) any later version.
 */
/* p2pseeds.c: ten seeds or more, their spread, and the verdict. */
#include <gst/check/gstcheck.h>

#include "p2pseeds.h"

#define FIGURES (sizeof (P2pSeedFigures) / sizeof (uint32_t))
#define WORST_SECOND (offsetof (P2pSeedFigures, worst_second_x100) \
    / sizeof (uint32_t))

static P2pSeedFigures
take_figures (const P2pReport * r)
{
  return (P2pSeedFigures) {
  .missed_ppm = r->missed_ppm[2],.lag_p50_ms = r->lag_ms[0],.lag_p99_ms =
        r->lag_ms[3],.worst_second_x100 =
        r->worst_second_x100,.worst_member_ppm =
        r->worst_member_ppm,.orphans_x100 =
        r->forest.orphans * 100,.unbacked_x100 =
        (r->forest.paths + r->forest.orphans - r->forest.backed) *
        100,.restored_ms =
        r->restored_ms[1],.first_hop_x1000 =
        r->forest.first_hop_x1000,.join_p95_ms =
        r->join_p95_ms,.newcomer_p50_ms =
        r->newcomer_p50_ms,.newcomer_p95_ms =
        r->newcomer_p95_ms,.waiting_x100 = r->waiting * 100,.duplicates_ppm =
        r->duplicates_ppm,.cap_x1000 = r->cap_worst_x1000,.source_x1000 =
        r->source_x1000,.liar_kept_ms = r->liar_kept_ms};
}

static int
by_size (const void *a, const void *b)
{
  uint32_t x = *(const uint32_t *) a, y = *(const uint32_t *) b;

  return x < y ? -1 : x > y;
}

/* Of one figure of all seeds, best first. */
static void
spread (uint32_t * values, unsigned n, bool at_most, uint32_t out[4])
{
  uint64_t sum = 0;

  qsort (values, n, sizeof *values, by_size);
  for (unsigned i = 0; i < n; i++)
    sum += values[i];
  if (!at_most) {
    for (unsigned i = 0; i < n / 2; i++) {
      uint32_t v = values[i];

      values[i] = values[n - 1 - i];
      values[n - 1 - i] = v;
    }
  }
  out[0] = (uint32_t) (sum / n);
  out[1] = (values[(n - 1) / 2] + values[n / 2]) / 2;
  out[2] = values[n * 9 / 10 - 1];
  out[3] = values[n - 1];
}

static void
print_figures (const char *what, const char *of, const P2pSeedFigures * f)
{
  g_print ("%s, %s: missed %u ppm, lag %u and %u ms, worst second %u, worst "
      "member %u ppm, %u orphans of 100, %u without a backup, restored in %u ms, first hop %u, "
      "joined in %u ms, newcomers in %u, second copies %u ppm, cap %u, source "
      "%u, liars kept %u ms\n", what, of, f->missed_ppm, f->lag_p50_ms,
      f->lag_p99_ms, f->worst_second_x100, f->worst_member_ppm,
      f->orphans_x100, f->unbacked_x100, f->restored_ms, f->first_hop_x1000,
      f->join_p95_ms, f->newcomer_p50_ms, f->duplicates_ppm, f->cap_x1000,
      f->source_x1000, f->liar_kept_ms);
}

void
p2p_seeds_run_times (const char *what, P2pSeedsSetUp set_up, unsigned times,
    P2pSeeds * out)
{
  unsigned n = (JUDGED ? times : 1) * MEAN_SEEDS;
  P2pSeedFigures *one = g_new (P2pSeedFigures, n);
  uint32_t *values = g_new (uint32_t, n);

  memset (out, 0, sizeof *out);
  for (unsigned i = 0; i < n; i++) {
    P2pScenario s;
    P2pReport r;

    set_up (&s, i);
    p2p_scenario_run (&s, &r, NULL);
    fail_unless (r.delivered > 0);
    fail_unless_equals_int (r.forged, 0);
    fail_unless_equals_int (r.repeated + r.unordered, 0);
    one[i] = take_figures (&r);
    out->bad_drops += r.bad_drops;
  }
  for (unsigned f = 0; f < FIGURES; f++) {
    uint32_t four[4];

    for (unsigned i = 0; i < n; i++)
      values[i] = ((const uint32_t *) &one[i])[f];
    spread (values, n, f != WORST_SECOND, four);
    ((uint32_t *) & out->mean)[f] = four[0];
    ((uint32_t *) & out->median)[f] = four[1];
    ((uint32_t *) & out->p90)[f] = four[2];
    ((uint32_t *) & out->p99)[f] = four[3];
  }
  g_free (values);
  g_free (one);
  print_figures (what, "mean", &out->mean);
  print_figures (what, "median", &out->median);
  print_figures (what, "worst", &out->p99);
}

void
p2p_seeds_run (const char *what, P2pSeedsSetUp set_up, P2pSeeds * out)
{
  p2p_seeds_run_times (what, set_up, 1, out);
}

static void
judge_one (const P2pSeedFigures * f, const char *of, unsigned offset,
    bool at_most, int64_t bound, const char *figure)
{
  uint32_t value = *(const uint32_t *) ((const char *) f + offset);

  fail_unless (!JUDGED || (at_most ? value <= bound : value >= bound),
      "%s %s is %u, the bound %d; plot to look at (scripts/plot-sim.sh): %s",
      of, figure, value, (int) bound, plot_of (figure));
}

void
p2p_seeds_judge (const P2pSeeds * m, unsigned offset, bool at_most,
    uint32_t bound, uint32_t best, const char *figure)
{
  int64_t room = (int64_t) bound - best;

  judge_one (&m->mean, "mean", offset, at_most, bound, figure);
  judge_one (&m->median, "median", offset, at_most, bound, figure);
  judge_one (&m->p90, "p90", offset, at_most, best + 3 * room, figure);
  judge_one (&m->p99, "p99", offset, at_most, best + 6 * room, figure);
}
