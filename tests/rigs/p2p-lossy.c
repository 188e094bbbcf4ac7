/* gst-plugins-p2p
 *
 * This library is free software; you can redistribute it and/or
 * modify it under the terms of the GNU Lesser General Public
 * License as published by the Free Software Foundation; either
 * version 2.1 of the License, or (at your option) any later version.
 */
/* p2p-lossy.c: runs one case of p2plossy.h and prints a line per hop.
 *
 *   p2p-lossy [name=value]...
 *
 * names: message media rtt loss rate parents hops request floor rtts jitters
 * parity seconds seed tick rtomin sackdelay sackfreq cwnd burst frburst cc
 * sacknow repair stock queue bulk
 * bulk=1: what one association carries; rtt, queue, floor, tick, rtomin, sackdelay in ms, loss in percent, media and rate in
 * bit/s.
 */
#include "p2plossy.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static bool bulk_only;

static bool
set_network (P2pLossyConfig * c, const char *name, double v)
{
  if (!strcmp (name, "message"))
    c->message = (uint32_t) v;
  else if (!strcmp (name, "media"))
    c->media_bps = (uint32_t) v;
  else if (!strcmp (name, "rtt"))
    c->rtt_us = (uint32_t) (v * 1000);
  else if (!strcmp (name, "loss"))
    c->loss_ppm = (uint32_t) (v * 10000);
  else if (!strcmp (name, "rate"))
    c->rate_bps = (uint64_t) v;
  else if (!strcmp (name, "queue"))
    c->queue_us = (uint32_t) (v * 1000);
  else if (!strcmp (name, "bulk"))
    bulk_only = v != 0;
  else if (!strcmp (name, "seconds"))
    c->seconds = (uint32_t) v;
  else if (!strcmp (name, "seed"))
    c->seed = (uint64_t) v;
  else
    return false;
  return true;
}

static bool
set_swarm (P2pLossyConfig * c, const char *name, double v)
{
  if (!strcmp (name, "parents"))
    c->parents = (unsigned) v;
  else if (!strcmp (name, "hops"))
    c->hops = (unsigned) v;
  else if (!strcmp (name, "request"))
    c->request = v != 0;
  else if (!strcmp (name, "floor"))
    c->overdue_floor_us = (uint32_t) (v * 1000);
  else if (!strcmp (name, "rtts"))
    c->overdue_rtts = (uint32_t) v;
  else if (!strcmp (name, "jitters"))
    c->overdue_jitters = (uint32_t) v;
  else if (!strcmp (name, "parity"))
    c->parity = (unsigned) v;
  else
    return false;
  return true;
}

static bool
set_tuning (P2pVnetTuning * t, const char *name, double v)
{
  uint32_t n = (uint32_t) v;

  if (!strcmp (name, "tick"))
    t->tick_ms = n;
  else if (!strcmp (name, "rtomin"))
    t->rto_min_ms = n;
  else if (!strcmp (name, "sackdelay"))
    t->sack_delay_ms = n;
  else if (!strcmp (name, "sackfreq"))
    t->sack_freq = n;
  else if (!strcmp (name, "cwnd"))
    t->initial_cwnd = n;
  else if (!strcmp (name, "burst"))
    t->max_burst = n;
  else if (!strcmp (name, "frburst"))
    t->fr_max_burst = n;
  else if (!strcmp (name, "cc"))
    t->cc_module = n;
  else if (!strcmp (name, "repair"))
    t->repair = n != 0;
  else if (!strcmp (name, "sacknow"))
    t->sack_now = n != 0;
  else if (!strcmp (name, "stock") && n)
    *t = p2p_vnet_stock;
  else
    return false;
  return true;
}

static bool
parse (P2pLossyConfig * c, const char *arg)
{
  const char *eq = strchr (arg, '=');
  char name[32];
  double v;

  if (!eq || (size_t) (eq - arg) >= sizeof name)
    return false;
  memcpy (name, arg, (size_t) (eq - arg));
  name[eq - arg] = 0;
  v = strtod (eq + 1, NULL);
  return set_network (c, name, v) || set_swarm (c, name, v)
      || set_tuning (&c->tuning, name, v);
}

static bool
is_sane (const P2pLossyConfig * c)
{
  return c->parents >= 1 && c->parents <= P2P_LOSSY_MAX_PARENTS
      && c->hops >= 1 && c->hops <= P2P_LOSSY_MAX_HOPS && c->media_bps > 0
      && c->tuning.tick_ms > 0
      && c->message > P2P_LOSSY_OVERHEAD && c->message <= 17408;
}

static double
ms (const P2pLossyHop * hop, int quantile)
{
  return (double) hop->quantile[quantile] / 1e3;
}

static void
print_hops (const P2pLossyConfig * config, const P2pLossyResult * result)
{
  printf ("hop  p50    p95    p99    p99.9  max ms  asked%%  dup%%  wire  "
      "missing  halves p50\n");
  for (unsigned h = 0; h < config->hops; h++) {
    const P2pLossyHop *r = &result->hop[h];
    double n = (double) r->chunks;

    printf ("%u  %6.1f %6.1f %6.1f %6.1f %6.1f  %5.2f  %5.2f  %.2f  %llu  "
        "%.1f %.1f\n", h + 1, ms (r, P2P_LOSSY_Q500), ms (r, P2P_LOSSY_Q950),
        ms (r, P2P_LOSSY_Q990), ms (r, P2P_LOSSY_Q999), ms (r, P2P_LOSSY_MAX),
        100.0 * (double) r->requested / n, 100.0 * (double) r->duplicates / n,
        r->wire_ratio, (unsigned long long) r->missing,
        (double) r->first_half_p50 / 1e3, (double) r->second_half_p50 / 1e3);
  }
}

int
main (int argc, char **argv)
{
  P2pLossyConfig config;
  P2pLossyResult result;
  P2pLossyBulk bulk;
  struct timespec cpu;

  p2p_lossy_config_init (&config);
  for (int i = 1; i < argc; i++)
    if (!parse (&config, argv[i])) {
      fprintf (stderr, "p2p-lossy: what is \"%s\"?\n", argv[i]);
      return 2;
    }
  if (!is_sane (&config)) {
    fprintf (stderr, "p2p-lossy: a value is out of range\n");
    return 2;
  }
  if (bulk_only) {
    p2p_lossy_bulk (&config, &bulk);
    printf ("%.2f Mbit/s, %.2f%% of the packets lost\n",
        (double) bulk.bps / 1e6, bulk.lost_ppm / 1e4);
    return 0;
  }
  p2p_lossy_run (&config, &result);
  print_hops (&config, &result);
  clock_gettime (CLOCK_PROCESS_CPUTIME_ID, &cpu);
  fprintf (stderr, "CPU %.2f s\n", (double) cpu.tv_sec + cpu.tv_nsec / 1e9);
  return 0;
}
