/* gst-plugins-p2p
 *
 * This library is free software; you can redistribute it and/or
 * modify it under the terms of the GNU Lesser General Public
 * License as published by the Free Software Foundation; either
 * version 2.1 of the License, or (at your option) any later version.
 */
/* p2p-lossy.c: runs one case of p2plossy.h and prints a line per hop. */
#include "p2plossy.h"
#include "p2prigoptions.h"

#include <stdio.h>
#include <time.h>

typedef struct
{
  P2pLossyConfig config;
  bool bulk;                    /* what one association carries */
  bool stock;                   /* usrsctp left alone */
} Wish;

#define FIELD(field, type, scale) offsetof (Wish, field), type, scale

static const P2pRigOption options[] = {
  {"message", FIELD (config.message, P2P_RIG_U32, 1), "bytes of a message"},
  {"media", FIELD (config.media_bps, P2P_RIG_U32, 1), "bit/s of media"},
  {"rtt", FIELD (config.rtt_us, P2P_RIG_U32, 1000), "round trip, ms"},
  {"loss", FIELD (config.loss_ppm, P2P_RIG_U32, 10000), "percent of packets"},
  {"rate", FIELD (config.rate_bps, P2P_RIG_U64, 1),
      "bit/s of each path, 0 = no limit"},
  {"queue", FIELD (config.queue_us, P2P_RIG_U32, 1000),
      "queue before each path, ms, 0 = endless"},
  {"parents", FIELD (config.parents, P2P_RIG_U32, 1), "1 to 4"},
  {"hops", FIELD (config.hops, P2P_RIG_U32, 1), "1 to 3"},
  {"request", FIELD (config.request, P2P_RIG_BOOL, 1),
      "overdue chunks from another parent"},
  {"floor", FIELD (config.overdue_floor_us, P2P_RIG_U32, 1000),
      "overdue after this, ms,"},
  {"rtts", FIELD (config.overdue_rtts, P2P_RIG_U32, 1),
      "and so many round trips"},
  {"jitters", FIELD (config.overdue_jitters, P2P_RIG_U32, 1),
      "and so many jitters"},
  {"parity", FIELD (config.parity, P2P_RIG_U32, 1),
      "one parity chunk after so many, 0 = none"},
  {"seconds", FIELD (config.seconds, P2P_RIG_U32, 1), "length of the run"},
  {"seed", FIELD (config.seed, P2P_RIG_U64, 1), "of the losses"},
  {"bulk", FIELD (bulk, P2P_RIG_BOOL, 1), "what one association carries"},
  {"stock", FIELD (stock, P2P_RIG_BOOL, 1),
      "usrsctp left alone, whatever is said of it"},
  {.name = NULL}
};

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

static void
print_bulk (const P2pLossyConfig * config)
{
  P2pLossyBulk bulk;

  p2p_lossy_bulk (config, &bulk);
  printf ("%.2f Mbit/s, %.2f%% of the packets lost\n",
      (double) bulk.bps / 1e6, bulk.lost_ppm / 1e4);
}

static void
print_run (const P2pLossyConfig * config)
{
  P2pLossyResult result;
  struct timespec cpu;

  p2p_lossy_run (config, &result);
  print_hops (config, &result);
  clock_gettime (CLOCK_PROCESS_CPUTIME_ID, &cpu);
  fprintf (stderr, "CPU %.2f s\n", (double) cpu.tv_sec + cpu.tv_nsec / 1e9);
}

int
main (int argc, char **argv)
{
  Wish wish = { 0 };

  p2p_lossy_config_init (&wish.config);
  if (!p2p_rig_parse (&argc, &argv,
          "A live stream over hops of lossy SCTP links, in virtual time.",
          options, &wish, &wish.config.tuning))
    return 2;
  if (wish.stock)
    wish.config.tuning = p2p_vnet_stock;
  if (!is_sane (&wish.config)) {
    fprintf (stderr, "p2p-lossy: a value is out of range\n");
    return 2;
  }
  if (wish.bulk)
    print_bulk (&wish.config);
  else
    print_run (&wish.config);
  return 0;
}
