/* gst-plugins-p2p
 *
 * This library is free software; you can redistribute it and/or
 * modify it under the terms of the GNU Lesser General Public
 * License as published by the Free Software Foundation; either
 * version 2.1 of the License, or (at your option) any later version.
 */
/* p2p-lossy-tables.c: writes the tables of this directory.
 *
 *   p2p-lossy-tables decision|sweep|links DIRECTORY [jobs [seconds]]
 *
 * decision: the figures the chunk size was chosen by, several seeds;
 * sweep:    chunk size x parents x round trip x loss x hops;
 * links:    one association: added delay of a message and bulk throughput,
 *           as JSON and as the C header the simulator reads.
 * usrsctp is process-global, so each case runs in a child of its own.
 */
#include "p2plossy.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define MAX_CASES 4096
#define N(a) (sizeof (a) / sizeof *(a))
#define PACKETS(n) ((n) * P2P_VNET_ONE_PACKET)

typedef struct
{
  P2pLossyConfig config;
  bool bulk;
  P2pLossyResult result;
  uint64_t bulk_bps;
} Case;

/* What a child sends back. */
typedef struct
{
  uint32_t index;
  uint64_t bulk_bps;
  P2pLossyResult result;
} Answer;

static Case *cases;
static size_t n_cases;

static Case *
add_case (const P2pLossyConfig * config)
{
  if (n_cases == MAX_CASES)
    abort ();
  cases[n_cases].config = *config;
  return &cases[n_cases++];
}

/* ---- running ---- */

static void
run_child (int fd, uint32_t index)
{
  Case *c = &cases[index];
  P2pLossyBulk bulk;
  Answer answer;

  memset (&answer, 0, sizeof answer);
  answer.index = index;
  if (c->bulk) {
    p2p_lossy_bulk (&c->config, &bulk);
    answer.bulk_bps = bulk.bps;
  } else {
    p2p_lossy_run (&c->config, &answer.result);
  }
  /* one write below PIPE_BUF (4096) is never torn */
  _exit (write (fd, &answer, sizeof answer) == sizeof answer ? 0 : 1);
}

static bool
collect_one (int fd)
{
  Answer answer;
  int status;

  if (read (fd, &answer, sizeof answer) != sizeof answer)
    return false;
  cases[answer.index].result = answer.result;
  cases[answer.index].bulk_bps = answer.bulk_bps;
  return wait (&status) > 0 && WIFEXITED (status) && WEXITSTATUS (status) == 0;
}

static bool
run_all (unsigned jobs)
{
  size_t started = 0, done = 0;
  int fd[2];

  if (pipe (fd) < 0)
    return false;
  while (done < n_cases) {
    if (started < n_cases && started - done < jobs) {
      if (fork () == 0)
        run_child (fd[1], (uint32_t) started);
      started++;
      continue;
    }
    if (!collect_one (fd[0]))
      return false;
    done++;
  }
  return true;
}

/* ---- writing ---- */

static void
print_case (FILE * f, const P2pLossyConfig * c)
{
  fprintf (f, "{\"message\": %u, \"parents\": %u, \"rtt_ms\": %g, "
      "\"loss_percent\": %g, \"media_bps\": %u, \"request\": %s, "
      "\"overdue_floor_ms\": %g, \"overdue_rtts\": %u, "
      "\"sack_delay_ms\": %u, \"parity\": %u, \"seconds\": %u, \"seed\": %llu",
      c->message, c->parents, c->rtt_us / 1e3, c->loss_ppm / 1e4, c->media_bps,
      c->request ? "true" : "false", c->overdue_floor_us / 1e3,
      c->overdue_rtts, c->tuning.sack_delay_ms, c->parity, c->seconds,
      (unsigned long long) c->seed);
}

static void
print_hop (FILE * f, const P2pLossyHop * h)
{
  const int64_t *q = h->quantile;
  double n = (double) h->chunks;

  fprintf (f, "{\"p50\": %.1f, \"p95\": %.1f, \"p99\": %.1f, \"p999\": %.1f, "
      "\"max\": %.1f, \"asked_percent\": %.2f, \"duplicate_percent\": %.2f, "
      "\"wire_ratio\": %.3f, \"missing\": %llu, \"first_half_p50\": %.1f, "
      "\"second_half_p50\": %.1f}", q[P2P_LOSSY_Q500] / 1e3,
      q[P2P_LOSSY_Q950] / 1e3, q[P2P_LOSSY_Q990] / 1e3,
      q[P2P_LOSSY_Q999] / 1e3, q[P2P_LOSSY_MAX] / 1e3,
      100.0 * (double) h->requested / n, 100.0 * (double) h->duplicates / n,
      h->wire_ratio, (unsigned long long) h->missing, h->first_half_p50 / 1e3,
      h->second_half_p50 / 1e3);
}

static FILE *
open_table (const char *directory, const char *name)
{
  char path[4096];
  FILE *f;

  snprintf (path, sizeof path, "%s/%s", directory, name);
  f = fopen (path, "w");
  if (!f) {
    perror (path);
    exit (1);
  }
  return f;
}

static void
write_hops (const char *directory, const char *name)
{
  FILE *f = open_table (directory, name);

  fprintf (f, "[\n");
  for (size_t i = 0; i < n_cases; i++) {
    print_case (f, &cases[i].config);
    fprintf (f, ", \"added_ms_by_hop\": [");
    for (unsigned h = 0; h < cases[i].config.hops; h++) {
      fputs (h ? ", " : "", f);
      print_hop (f, &cases[i].result.hop[h]);
    }
    fprintf (f, "]}%s\n", i + 1 < n_cases ? "," : "");
  }
  fprintf (f, "]\n");
  fclose (f);
}

/* ---- decision ---- */

static void
add_decision_rules (P2pLossyConfig * c)
{
  static const struct
  {
    bool request;
    uint32_t rtts, sack;
  } rules[] = {
    {false, 2, 20}, {true, 0, 20}, {true, 2, 20}, {true, 2, 10}
  };

  for (size_t r = 0; r < N (rules); r++)
    for (c->seed = 1; c->seed <= 3; c->seed++) {
      c->request = rules[r].request;
      c->overdue_rtts = rules[r].rtts;
      c->tuning.sack_delay_ms = rules[r].sack;
      add_case (c);
    }
}

static void
add_decision (P2pLossyConfig * c)
{
  static const uint32_t messages[] = { PACKETS (1), PACKETS (2), PACKETS (3),
    PACKETS (4), 4 * PACKETS (1) + 12, PACKETS (7), 15600
  };
  static const uint32_t losses[] = { 0, 10000, 30000 };

  for (size_t m = 0; m < N (messages); m++)
    for (c->parents = 1; c->parents <= 3; c->parents++)
      for (size_t l = 0; l < N (losses); l++) {
        c->message = messages[m];
        c->loss_ppm = losses[l];
        add_decision_rules (c);
      }
}

static void
add_parity (P2pLossyConfig * c)
{
  c->request = false;
  c->message = PACKETS (4);
  for (c->parity = 4; c->parity <= 8; c->parity += 4)
    for (c->parents = 2; c->parents <= 3; c->parents++)
      for (c->loss_ppm = 10000; c->loss_ppm <= 30000; c->loss_ppm += 20000)
        for (c->seed = 1; c->seed <= 3; c->seed++)
          add_case (c);
}

/* ---- sweep ---- */

static void
add_sweep (P2pLossyConfig * c)
{
  static const uint32_t messages[] = { PACKETS (1), PACKETS (2), PACKETS (4),
    PACKETS (7), 15600
  };
  static const uint32_t rtts[] = { 10000, 40000, 80000, 180000 };
  static const uint32_t losses[] = { 0, 10000, 30000, 50000 };

  c->hops = 3;
  for (size_t m = 0; m < N (messages); m++)
    for (c->parents = 1; c->parents <= 4; c->parents++)
      for (size_t r = 0; r < N (rtts); r++)
        for (size_t l = 0; l < N (losses); l++) {
          c->message = messages[m];
          c->rtt_us = rtts[r];
          c->loss_ppm = losses[l];
          add_case (c);
        }
}

/* ---- links ---- */

static const uint32_t link_message[] = { PACKETS (1), PACKETS (2), PACKETS (4),
  PACKETS (7), 15600
};
static const uint32_t link_bps[] = { 32000, 128000, 425000, 850000, 1700000 };
static const uint32_t link_rtt_us[] = { 10000, 40000, 80000, 180000 };
static const uint32_t link_loss_ppm[] = { 0, 5000, 10000, 30000, 50000 };

/* A slow link sees few messages: longer runs, so that p99 means something. */
static uint32_t
link_seconds (const P2pLossyConfig * c, uint32_t seconds)
{
  uint64_t per_second = c->media_bps / 8 / (c->message - P2P_LOSSY_OVERHEAD);
  uint64_t wanted = 3000 / (per_second ? per_second : 1);

  return wanted > seconds ? (uint32_t) wanted : seconds;
}

static void
add_link_delays (P2pLossyConfig * c, uint32_t seconds)
{
  c->hops = 1;
  c->parents = 1;
  c->request = false;
  for (size_t b = 0; b < N (link_bps); b++)
    for (size_t m = 0; m < N (link_message); m++)
      for (size_t r = 0; r < N (link_rtt_us); r++)
        for (size_t l = 0; l < N (link_loss_ppm); l++) {
          c->media_bps = link_bps[b];
          c->message = link_message[m];
          c->rtt_us = link_rtt_us[r];
          c->loss_ppm = link_loss_ppm[l];
          c->seconds = link_seconds (c, seconds);
          add_case (c);
        }
}

static void
add_link_bulk (P2pLossyConfig * c, uint32_t seconds)
{
  c->message = 15600;
  c->seconds = seconds;
  for (size_t r = 0; r < N (link_rtt_us); r++)
    for (size_t l = 0; l < N (link_loss_ppm); l++) {
      c->rtt_us = link_rtt_us[r];
      c->loss_ppm = link_loss_ppm[l];
      add_case (c)->bulk = true;
    }
}

static void
print_axis (FILE * f, const char *name, const uint32_t * v, size_t n)
{
  fprintf (f, "static const uint32_t p2p_link_table_%s[%zu] = { ", name, n);
  for (size_t i = 0; i < n; i++)
    fprintf (f, "%s%u", i ? ", " : "", v[i]);
  fprintf (f, " };\n");
}

static void
print_delay_row (FILE * f, const Case * c)
{
  const P2pLossyHop *h = &c->result.hop[0];

  fprintf (f, "  {");
  for (int q = 0; q < P2P_LOSSY_QUANTILES; q++)
    fprintf (f, "%s%lld", q ? ", " : "", (long long) h->quantile[q] / 100);
  fprintf (f, "},\n");
}

static const char *const header_start[] = {
  "/* Made by p2p-lossy-tables links; do not edit.",
  " * p2plink.h reads it, docs/decisions/0002 has the story.",
  " *",
  " * What one SCTP association adds to a message over path and",
  " * serialisation, and what it carries at most, by offered rate, message",
  " * size, round trip and loss. Index of a delay row =",
  " * ((bps * N_MESSAGE + message) * N_RTT + rtt) * N_LOSS + loss, in units",
  " * of 0.1 ms at the quantiles of p2p_link_table_permille. A row whose",
  " * rate is above p2p_link_table_bulk falls behind without end.",
  " */",
  "#ifndef P2P_LINK_TABLE_H", "#define P2P_LINK_TABLE_H", "",
  "#include <stdint.h>", ""
};

static void
write_link_header (const char *directory)
{
  FILE *f = open_table (directory, "p2plinktable.h");
  size_t i;

  for (i = 0; i < N (header_start); i++)
    fprintf (f, "%s\n", header_start[i]);
  print_axis (f, "bps", link_bps, N (link_bps));
  print_axis (f, "message", link_message, N (link_message));
  print_axis (f, "rtt_us", link_rtt_us, N (link_rtt_us));
  print_axis (f, "loss_ppm", link_loss_ppm, N (link_loss_ppm));
  fprintf (f, "static const uint16_t p2p_link_table_permille[%d] = { ",
      P2P_LOSSY_QUANTILES);
  for (int q = 0; q < P2P_LOSSY_QUANTILES; q++)
    fprintf (f, "%s%u", q ? ", " : "", p2p_lossy_permille[q]);
  fprintf (f,
      " };\n\n"
      "/* bit/s, index = rtt * N_LOSS + loss */\n"
      "static const uint32_t p2p_link_table_bulk[%zu] = {\n",
      N (link_rtt_us) * N (link_loss_ppm));
  for (i = 0; i < n_cases; i++)
    if (cases[i].bulk)
      fprintf (f, "  %llu,\n", (unsigned long long) cases[i].bulk_bps);
  fprintf (f, "};\n\nstatic const int32_t p2p_link_table_delay[%zu][%d] = {\n",
      N (link_bps) * N (link_message) * N (link_rtt_us) * N (link_loss_ppm),
      P2P_LOSSY_QUANTILES);
  for (i = 0; i < n_cases; i++)
    if (!cases[i].bulk)
      print_delay_row (f, &cases[i]);
  fprintf (f, "};\n\n#endif\n");
  fclose (f);
}

static void
write_link_json (const char *directory)
{
  FILE *f = open_table (directory, "links.json");

  fprintf (f, "[\n");
  for (size_t i = 0; i < n_cases; i++) {
    print_case (f, &cases[i].config);
    if (cases[i].bulk) {
      fprintf (f, ", \"bulk_bps\": %llu",
          (unsigned long long) cases[i].bulk_bps);
    } else {
      fprintf (f, ", \"added_ms\": ");
      print_hop (f, &cases[i].result.hop[0]);
    }
    fprintf (f, "}%s\n", i + 1 < n_cases ? "," : "");
  }
  fprintf (f, "]\n");
  fclose (f);
}

int
main (int argc, char **argv)
{
  const char *what = argc > 1 ? argv[1] : "", *directory;
  unsigned jobs = argc > 3 ? (unsigned) atoi (argv[3]) : 2;
  P2pLossyConfig config;

  p2p_lossy_config_init (&config);
  cases = calloc (MAX_CASES, sizeof *cases);
  if (argc > 4)
    config.seconds = (uint32_t) atoi (argv[4]);
  if (!strcmp (what, "decision")) {
    add_decision (&config);
    add_parity (&config);
  } else if (!strcmp (what, "sweep")) {
    add_sweep (&config);
  } else if (!strcmp (what, "links")) {
    uint32_t seconds = config.seconds;

    add_link_delays (&config, seconds);
    add_link_bulk (&config, seconds);
  }
  if (argc < 3 || jobs == 0 || n_cases == 0) {
    fprintf (stderr, "usage: p2p-lossy-tables decision|sweep|links DIRECTORY "
        "[jobs [seconds]]\n");
    return 2;
  }
  directory = argv[2];
  if (!run_all (jobs)) {
    fprintf (stderr, "p2p-lossy-tables: a run failed\n");
    return 1;
  }
  if (!strcmp (what, "links")) {
    write_link_json (directory);
    write_link_header (directory);
  } else {
    write_hops (directory, !strcmp (what, "sweep") ? "sweep.json"
        : "decision.json");
  }
  free (cases);
  return 0;
}
