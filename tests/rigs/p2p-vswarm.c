/* gst-plugins-p2p
 *
 * This library is free software; you can redistribute it and/or
 * modify it under the terms of the GNU Lesser General Public
 * License as published by the Free Software Foundation; either
 * version 2.1 of the License, or (at your option) any later version.
 */
/* p2p-vswarm.c: runs cases of p2pvswarm.h, one seed after the other.
 *
 *   p2p-vswarm [name=value]...
 *
 * names: loss rtt media fps packets listeners cap k seconds settle seed seeds
 * stall every tracefrom traceto rtomin sackdelay sackfreq cwnd burst frburst cc tick
 * loss in percent; rtt, stall (a busy machine), every, trace* in ms; cap in streams (0 = none), fps=0: equal
 * chunks. usrsctp is process-global: each seed runs in a child of its own.
 */
#include "p2pvswarm.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static unsigned seeds = 1;

static bool
set_network (P2pVswarmConfig * c, const char *name, double v)
{
  if (!strcmp (name, "loss"))
    c->loss_ppm = (uint32_t) (v * 10000);
  else if (!strcmp (name, "rtt"))
    c->rtt_us = (uint32_t) (v * 1000);
  else if (!strcmp (name, "media"))
    c->media_bps = (uint32_t) v;
  else if (!strcmp (name, "fps"))
    c->fps = (uint32_t) v;
  else if (!strcmp (name, "packets"))
    c->packets = (uint32_t) v;
  else if (!strcmp (name, "listeners"))
    c->listeners = (unsigned) v;
  else if (!strcmp (name, "cap"))
    c->cap_streams_x10 = (uint32_t) (v * 10);
  else if (!strcmp (name, "stall"))
    c->stall_us = (uint32_t) (v * 1000);
  else if (!strcmp (name, "every"))
    c->stall_every_us = (uint32_t) (v * 1000);
  else if (!strcmp (name, "k"))
    c->k = (uint8_t) v;
  else
    return false;
  return true;
}

static bool
set_run (P2pVswarmConfig * c, const char *name, double v)
{
  if (!strcmp (name, "seconds"))
    c->seconds = (uint32_t) v;
  else if (!strcmp (name, "settle"))
    c->settle_s = (uint32_t) v;
  else if (!strcmp (name, "seed"))
    c->seed = (uint64_t) v;
  else if (!strcmp (name, "seeds"))
    seeds = (unsigned) v;
  else if (!strcmp (name, "tracefrom"))
    c->trace_from_ms = (uint32_t) v;
  else if (!strcmp (name, "traceto"))
    c->trace_to_ms = (uint32_t) v;
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
  else
    return false;
  return true;
}

static bool
parse (P2pVswarmConfig * c, const char *arg)
{
  const char *eq = strchr (arg, '=');
  char name[32];
  double v;

  if (!eq || (size_t) (eq - arg) >= sizeof name)
    return false;
  memcpy (name, arg, (size_t) (eq - arg));
  name[eq - arg] = 0;
  v = strtod (eq + 1, NULL);
  return set_network (c, name, v) || set_run (c, name, v)
      || set_tuning (&c->tuning, name, v);
}

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

int
main (int argc, char **argv)
{
  P2pVswarmConfig config;
  P2pVswarmResult result;
  int status;

  p2p_vswarm_config_init (&config);
  for (int i = 1; i < argc; i++)
    if (!parse (&config, argv[i])) {
      fprintf (stderr, "p2p-vswarm: what is \"%s\"?\n", argv[i]);
      return 2;
    }
  if (!is_sane (&config)) {
    fprintf (stderr, "p2p-vswarm: a value is out of range\n");
    return 2;
  }
  for (unsigned i = 0; i < seeds; i++, config.seed++) {
    if (fork () == 0) {
      p2p_vswarm_run (&config, &result);
      print_result (&config, &result);
      return 0;
    }
    if (wait (&status) < 0 || !WIFEXITED (status) || WEXITSTATUS (status))
      return 1;
  }
  return 0;
}
