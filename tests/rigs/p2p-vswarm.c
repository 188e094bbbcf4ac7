/* gst-plugins-p2p
 *
 * This library is free software; you can redistribute it and/or
 * modify it under the terms of the GNU Lesser General Public
 * License as published by the Free Software Foundation; either
 * version 2.1 of the License, or (at your option) any later version.
 */
/* p2p-vswarm.c: runs cases of p2pvswarm.h, one seed after the other. usrsctp
 * is process-global: each seed runs in a child of its own.
 */
#include "p2prigoptions.h"
#include "p2pvswarm.h"

#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

typedef struct
{
  P2pVswarmConfig config;
  uint32_t seeds;
} Wish;

#define FIELD(field, type, scale) offsetof (Wish, field), type, scale

static const P2pRigOption options[] = {
  {"loss", FIELD (config.loss_ppm, P2P_RIG_U32, 10000), "percent of packets"},
  {"rtt", FIELD (config.rtt_us, P2P_RIG_U32, 1000), "round trip, ms"},
  {"media", FIELD (config.media_bps, P2P_RIG_U32, 1), "bit/s of media"},
  {"fps", FIELD (config.fps, P2P_RIG_U32, 1),
      "of video, 0 = equal chunks at equal distances"},
  {"packets", FIELD (config.packets, P2P_RIG_U32, 1), "of a chunk, 1 to 14"},
  {"listeners", FIELD (config.listeners, P2P_RIG_U32, 1), "how many"},
  {"cap", FIELD (config.cap_streams_x10, P2P_RIG_U32, 10),
      "upload of the publisher in streams, 0 = no limit"},
  {"gate", FIELD (config.gate, P2P_RIG_U8, 1),
      "1: the cap holds below SCTP, too; 0: only above"},
  {"k", FIELD (config.k, P2P_RIG_U8, 1), "sub-streams, 0 = the core's choice"},
  {"stall", FIELD (config.stall_us, P2P_RIG_U32, 1000),
      "each process stands still for up to so many ms,"},
  {"every", FIELD (config.stall_every_us, P2P_RIG_U32, 1000),
      "so often on average, ms"},
  {"seconds", FIELD (config.seconds, P2P_RIG_U32, 1), "that are judged"},
  {"settle", FIELD (config.settle_s, P2P_RIG_U32, 1), "seconds before them"},
  {"seed", FIELD (config.seed, P2P_RIG_U64, 1), "the first"},
  {"seeds", FIELD (seeds, P2P_RIG_U32, 1), "how many"},
  {"tracefrom", FIELD (config.trace_from_ms, P2P_RIG_U32, 1),
      "a line for each event from this virtual time, ms,"},
  {"traceto", FIELD (config.trace_to_ms, P2P_RIG_U32, 1), "to this"},
  {.name = NULL}
};

static bool
is_sane (const P2pVswarmConfig * c)
{
  return c->listeners >= 1 && c->listeners < P2P_VSWARM_MAX_NODES
      && c->media_bps >= 200000 && c->tuning.tick_ms > 0 && c->packets >= 1
      && c->packets <= 14;
}

static void
print_result (const P2pVswarmConfig * c, const P2pVswarmResult * r)
{
  printf ("seed %llu: %llu of %llu missing, %.1f%% overdue, %.1f%% duplicates, "
      "wire %.2f, source %.2f streams in the worst 2 s\n",
      (unsigned long long) c->seed, (unsigned long long) r->missing,
      (unsigned long long) r->expected,
      100.0 * (double) r->overdue / (double) r->received,
      100.0 * (double) r->duplicates / (double) r->received,
      (double) r->wire_bytes / (double) r->all_media_bytes,
      (double) r->peak_2s_bps / c->media_bps);
  for (unsigned h = 0; h < P2P_VSWARM_MAX_HOPS; h++) {
    const P2pVswarmHop *hop = &r->hop[h];

    if (hop->chunks)
      printf ("  hop %u %7llu chunks %5.1f%% pushed  p50 %6.1f p95 %6.1f p99 "
          "%6.1f max %7.1f ms  halves %.1f %.1f\n", h + 1,
          (unsigned long long) hop->chunks,
          100.0 * (double) hop->pushed / (double) hop->chunks,
          (double) hop->p50 / 1e3, (double) hop->p95 / 1e3,
          (double) hop->p99 / 1e3, (double) hop->max / 1e3,
          (double) hop->first_half_p50 / 1e3,
          (double) hop->second_half_p50 / 1e3);
  }
  fflush (stdout);
}

static bool
run_in_child (const P2pVswarmConfig * config)
{
  P2pVswarmResult result;
  int status;
  pid_t child = fork ();

  if (child == 0) {
    p2p_vswarm_run (config, &result);
    print_result (config, &result);
    _exit (0);
  }
  return child > 0 && waitpid (child, &status, 0) == child
      && WIFEXITED (status) && WEXITSTATUS (status) == 0;
}

int
main (int argc, char **argv)
{
  Wish wish = {.seeds = 1 };

  p2p_vswarm_config_init (&wish.config);
  if (!p2p_rig_parse (&argc, &argv,
          "Publisher and listeners of the real core over real SCTP, in "
          "virtual time.", options, &wish, &wish.config.tuning))
    return 2;
  if (!is_sane (&wish.config)) {
    fprintf (stderr, "p2p-vswarm: a value is out of range\n");
    return 2;
  }
  for (; wish.seeds > 0; wish.seeds--, wish.config.seed++)
    if (!run_in_child (&wish.config))
      return 1;
  return 0;
}
