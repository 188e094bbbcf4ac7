/* gst-plugins-p2p
 *
 * This library is free software; you can redistribute it and/or
 * modify it under the terms of the GNU Lesser General Public
 * License as published by the Free Software Foundation; either
 * version 2.1 of the License, or (at your option) any later version.
 */
/* p2p-sim.c: runs the swarm core in virtual time and prints what it did, one
 * JSON object a line (docs/simulator.md). */
#include "../tests/sim/p2prepairlab.h"
#include "../tests/sim/p2pstrikelab.h"
#include "../tests/sim/p2pscenario.h"

#include <errno.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define MAX_STALLS 4096

typedef struct
{
  P2pScenario scenario;
  const char *name;
  uint64_t first_seed;
  unsigned seeds;
  FILE *trace;
  bool quiet_time, repair, strikes;
} Run;

static const char HELP[] =
    "Usage: p2p-sim [OPTION...]\n"
    "Runs the swarm core on a simulated network; prints a JSON line a seed.\n\n"
    "  --name=WORD              printed with the result\n"
    "  --seed=N, --seeds=N      first seed (1), how many (1)\n"
    "  --peers=N                listeners (100)\n"
    "  --rate=BPS               media, bit/s (2000000); below 512000: audio\n"
    "  --chunk=MS               media per chunk (125 audio, 62.5)\n"
    "  --substreams=K           0: as the core chooses\n"
    "  --latency=MS             playout of the listeners (3000)\n"
    "  --warm-up=S, --seconds=S not counted, counted (15, 30)\n"
    "  --join-over=S            the first members come within (5)\n"
    " Capacity\n"
    "  --source=X               upload cap of the source x media (4; 0: none)\n"
    "  --rho=X                  sum of upload / demand, mix of 0.25 to 5 x (1.7)\n"
    "  --upload=BPS             instead: everybody the same\n"
    "  --cap=BPS                set by hand, of everybody, whatever the access\n"
    "  --source-access=BPS      uplink of the source (10 x its cap)\n"
    "  --leaves=PERCENT         members that upload nothing\n"
    "  --caps-unknown           members do not know their access rate\n"
    "  --caps-remembered        the same, but they measured it the last time\n"
    "  --max-peers=N, --source-max-peers=N\n"
    " Network\n"
    "  --map=plane|cities|fixed --delay=MIN:MAX   one way, ms (plane, 5:90)\n"
    "  --setup=MIN:MAX          of a link, ms (600:800)\n"
    "  --nat=CONE:PORT:SYMMETRIC   percent behind translators of each kind\n"
    "  --nat-fail=PERCENT       pairs that find no path\n"
    "  --cells=N                N listeners behind one line\n"
    "  --verify=MIN:MAX         answers to signature checks, us (300:500)\n"
    "  --dead-after=S           a transport gives up a silent link (10)\n"
    "  --tracker                introduces as p2p-tracker does (else: ideally)\n"
    "  --loss=PERCENT           of packets, on every path (0)\n"
    " Trouble, from the end of the warm-up\n"
    "  --churn=PERCENT          leave and join a second\n"
    "  --polite                 leavers say so\n"
    "  --kill=PERCENT           die at once, 10 s after the warm-up\n"
    "  --kill-first-hops        all that the source feeds\n"
    "  --kill-strongest=S       the strongest member every S seconds\n"
    "  --burst=N:S              N more join within S seconds\n"
    "  --liars=PERCENT --false-maps=PERCENT --stallers=PERCENT\n"
    "  --slow=PERCENT           upload a tenth of what they say\n"
    "  --source-restart=S       away for S seconds\n"
    "  --rendezvous-down        from 5 s after the warm-up\n"
    "  --stalls=FILE            nobody runs: lines of begin and length, ms\n"
    "  --partition=S            half is cut off for S seconds\n"
    " Instead of all that\n"
    "  --repair                 the repair experiment; exit status 1: a seed failed\n"
    "  --strikes                27 strikes at a mesh of 9, --source=X; likewise\n"
    " Output\n"
    "  --trace=FILE             events of note, one a line\n"
    "  --series=FILE            JSON lines for scripts/plot-sim.sh\n"
    "  --timeline=FILE          the same, every 100 ms: who hangs on what\n"
    "  --no-time                leave the machine's time out\n";

enum
{
  O_NAME = 256, O_SEED, O_SEEDS, O_PEERS, O_RATE, O_CHUNK, O_SUBSTREAMS,
  O_LATENCY, O_WARM_UP, O_SECONDS, O_JOIN_OVER, O_SOURCE, O_RHO, O_UPLOAD,
  O_LEAVES, O_CAPS_UNKNOWN, O_CAPS_REMEMBERED, O_MAX_PEERS, O_SOURCE_MAX_PEERS,
  O_MAP, O_DELAY,
  O_SETUP, O_NAT_FAIL, O_CELLS, O_VERIFY, O_DEAD_AFTER, O_LOSS, O_CHURN,
  O_POLITE, O_KILL, O_KILL_FIRST_HOPS, O_KILL_STRONGEST, O_BURST, O_LIARS,
  O_FALSE_MAPS, O_STALLERS, O_SLOW, O_SOURCE_RESTART, O_RENDEZVOUS_DOWN,
  O_PARTITION, O_TRACE, O_NO_TIME, O_HELP, O_INTRODUCE, O_REPAIR, O_STRIKES,
  O_SERIES, O_TIMELINE, O_TRACKER, O_STALLS, O_CAP, O_SOURCE_ACCESS,
  O_NAT
};

static const struct option OPTIONS[] = {
  {"name", 1, NULL, O_NAME}, {"seed", 1, NULL, O_SEED},
  {"seeds", 1, NULL, O_SEEDS}, {"peers", 1, NULL, O_PEERS},
  {"rate", 1, NULL, O_RATE}, {"chunk", 1, NULL, O_CHUNK},
  {"substreams", 1, NULL, O_SUBSTREAMS}, {"latency", 1, NULL, O_LATENCY},
  {"warm-up", 1, NULL, O_WARM_UP}, {"seconds", 1, NULL, O_SECONDS},
  {"join-over", 1, NULL, O_JOIN_OVER}, {"source", 1, NULL, O_SOURCE},
  {"rho", 1, NULL, O_RHO}, {"upload", 1, NULL, O_UPLOAD},
  {"leaves", 1, NULL, O_LEAVES}, {"caps-unknown", 0, NULL, O_CAPS_UNKNOWN},
  {"caps-remembered", 0, NULL, O_CAPS_REMEMBERED},
  {"max-peers", 1, NULL, O_MAX_PEERS},
  {"source-max-peers", 1, NULL, O_SOURCE_MAX_PEERS}, {"map", 1, NULL, O_MAP},
  {"delay", 1, NULL, O_DELAY}, {"setup", 1, NULL, O_SETUP},
  {"nat", 1, NULL, O_NAT}, {"nat-fail", 1, NULL, O_NAT_FAIL},
  {"cells", 1, NULL, O_CELLS},
  {"verify", 1, NULL, O_VERIFY},
  {"dead-after", 1, NULL, O_DEAD_AFTER},
  {"loss", 1, NULL, O_LOSS}, {"churn", 1, NULL, O_CHURN},
  {"polite", 0, NULL, O_POLITE}, {"kill", 1, NULL, O_KILL},
  {"kill-first-hops", 0, NULL, O_KILL_FIRST_HOPS},
  {"kill-strongest", 1, NULL, O_KILL_STRONGEST}, {"burst", 1, NULL, O_BURST},
  {"liars", 1, NULL, O_LIARS}, {"false-maps", 1, NULL, O_FALSE_MAPS},
  {"stallers", 1, NULL, O_STALLERS}, {"slow", 1, NULL, O_SLOW},
  {"source-restart", 1, NULL, O_SOURCE_RESTART},
  {"rendezvous-down", 0, NULL, O_RENDEZVOUS_DOWN},
  {"partition", 1, NULL, O_PARTITION}, {"trace", 1, NULL, O_TRACE},
  {"no-time", 0, NULL, O_NO_TIME}, {"introduce-best", 1, NULL, O_INTRODUCE},
  {"tracker", 0, NULL, O_TRACKER},
  {"stalls", 1, NULL, O_STALLS},
  {"cap", 1, NULL, O_CAP}, {"source-access", 1, NULL, O_SOURCE_ACCESS},
  {"repair", 0, NULL, O_REPAIR}, {"strikes", 0, NULL, O_STRIKES}, {"series", 1,
      NULL, O_SERIES},
  {"timeline", 1, NULL, O_TIMELINE}, {"help", 0, NULL, O_HELP},
  {NULL, 0, NULL, 0}
};

static const char *option_name; /* the one that is read, NULL = none */

static void
fail (const char *what, const char *word)
{
  if (option_name)
    fprintf (stderr, "p2p-sim: --%s=%s: %s (--help tells more)\n",
        option_name, word, what);
  else
    fprintf (stderr, "p2p-sim: %s: %s (--help tells more)\n", what, word);
  exit (2);
}

/* A number with at most three decimals, in thousandths. */
static uint64_t
thousandths (const char *word, char **end)
{
  double v = strtod (word, end);

  if (*end == word || !(v >= 0 && v <= 1e12))
    fail ("not a number", word);
  return (uint64_t) (v * 1000 + 0.5);
}

static uint64_t
number (const char *word, unsigned scale)
{
  char *end;
  uint64_t v = thousandths (word, &end);

  if (*end)
    fail ("not a number", word);
  return v * scale / 1000;
}

/* 0 to most units of the option, in units by scale. */
static uint64_t
up_to (const char *word, unsigned scale, uint64_t most)
{
  uint64_t v = number (word, 1000);
  char what[64];

  if (v > most * 1000) {
    snprintf (what, sizeof what, "more than %llu", (unsigned long long) most);
    fail (what, word);
  }
  return v * scale / 1000;
}

static P2pTime
seconds (const char *word)
{
  return (P2pTime) up_to (word, 1000000, 1000000);
}

static unsigned
percent (const char *word)
{
  return (unsigned) up_to (word, 1, 100);
}

/* More than fit into memory would end it, and what else runs, in the middle. */
#define MOST_LISTENERS 100000

static uint32_t
count (const char *word, const char *what, uint32_t most)
{
  uint64_t v = number (word, 1);

  if (v < 1 || v > most)
    fail (what, word);
  return (uint32_t) v;
}

static void
pair (const char *word, unsigned scale, uint64_t * a, uint64_t * b)
{
  char *end;

  *a = *b = thousandths (word, &end) * scale / 1000;
  if (*end == ':')
    *b = thousandths (end + 1, &end) * scale / 1000;
  if (*end || *b < *a)
    fail ("not MIN:MAX", word);
}

static void
set_nats (P2pScenario * s, const char *word)
{
  const char *at = word;
  unsigned sum = 0;
  char *end;

  for (unsigned nat = P2P_NET_CONE; nat < P2P_NET_NATS; nat++) {
    s->nat_percent[nat] = (unsigned) (thousandths (at, &end) / 1000);
    sum += s->nat_percent[nat];
    if (*end != (nat + 1 < P2P_NET_NATS ? ':' : 0) || sum > 100)
      fail ("not three shares of 100", word);
    at = end + 1;
  }
}

static void
set_rate (P2pScenario * s, const char *word)
{
  uint64_t rate = number (word, 1);
  P2pScenario fresh;

  if (rate < 8000 || rate > 1000000000)
    fail ("not 8000 to 1000000000", word);
  p2p_world_config_init (&fresh.world, rate);
  s->world.rate_bps = rate;
  s->world.chunk_us = fresh.world.chunk_us;
  s->world.gop_us = fresh.world.gop_us;
}

static bool
set_network (P2pScenario * s, int option, const char *word)
{
  uint64_t a, b;

  switch (option) {
    case O_MAP:
      if (strcmp (word, "fixed") == 0)
        s->world.geometry.map = P2P_NET_FIXED;
      else if (strcmp (word, "cities") == 0)
        s->world.geometry.map = P2P_NET_CITIES;
      else if (strcmp (word, "plane") == 0)
        s->world.geometry.map = P2P_NET_PLANE;
      else
        fail ("not plane, cities or fixed", word);
      break;
    case O_DELAY:
      pair (word, 1000, &a, &b);
      s->world.geometry.min = (P2pTime) a;
      s->world.geometry.max = (P2pTime) b;
      break;
    case O_SETUP:
      pair (word, 1000, &a, &b);
      s->world.setup_min = (P2pTime) a;
      s->world.setup_max = (P2pTime) b;
      break;
    case O_VERIFY:
      pair (word, 1, &a, &b);
      s->world.verify_min = (P2pTime) a;
      s->world.verify_max = (P2pTime) b;
      break;
    case O_CELLS:
      s->world.cell_size = (unsigned) up_to (word, 1, MOST_LISTENERS);
      break;
    case O_NAT:
      set_nats (s, word);
      break;
    case O_NAT_FAIL:
      s->world.nat_fail_percent = percent (word);
      break;
    case O_DEAD_AFTER:
      s->world.dead_after = seconds (word);
      break;
    case O_LOSS:
      s->world.loss_ppm = (uint32_t) up_to (word, 10000, 100);
      break;
    case O_TRACKER:
      s->world.real_tracker = true;
      break;
    case O_INTRODUCE:
      s->world.introduce_best = (unsigned) up_to (word, 1, MOST_LISTENERS);
      break;
    default:
      return false;
  }
  return true;
}

/* As a rig saw them, so that a swarm of processes can be compared with this. */
static void
read_stalls (P2pScenario * s, const char *path)
{
  static P2pStall stalls[MAX_STALLS];
  FILE *f = fopen (path, "r");
  double at, length, last = 0;
  int got = 0;

  if (!f)
    fail (strerror (errno), path);
  while (s->n_stalls < MAX_STALLS
      && (got = fscanf (f, "%lf %lf", &at, &length)) == 2) {
    if (!(at >= last && at < 1e9 && length >= 0 && length < 1e6))
      fail ("not in order, or no time", path);
    stalls[s->n_stalls].at = (P2pTime) (at * 1000);
    stalls[s->n_stalls++].until = (P2pTime) ((at + length) * 1000);
    last = at + length;
  }
  if (ferror (f))
    fail (strerror (errno), path);
  if (got != EOF && s->n_stalls < MAX_STALLS)
    fail ("not lines of begin and length", path);
  fclose (f);
  s->stalls = stalls;
}

static bool
set_trouble (P2pScenario * s, int option, const char *word)
{
  uint64_t a, b;
  char *end;

  switch (option) {
    case O_CHURN:
      s->churn_x100 = (unsigned) up_to (word, 100, 100);
      break;
    case O_POLITE:
      s->polite = true;
      break;
    case O_KILL:
      s->kill_percent = percent (word);
      s->kill_at = P2P_SEC (10);
      break;
    case O_KILL_FIRST_HOPS:
      s->kill_first_hops = true;
      s->kill_at = P2P_SEC (10);
      break;
    case O_KILL_STRONGEST:
      s->kill_strongest_every = seconds (word);
      break;
    case O_BURST:
      a = thousandths (word, &end) / 1000;
      b = *end == ':' ? thousandths (end + 1, &end) : 10000;
      if (a > MOST_LISTENERS)
        fail ("not as many listeners", word);
      s->burst_peers = (uint32_t) a;
      s->burst_over = (P2pTime) b *1000;
      break;
    case O_LIARS:
      s->liar_percent = percent (word);
      break;
    case O_FALSE_MAPS:
      s->false_map_percent = percent (word);
      break;
    case O_STALLERS:
      s->staller_percent = percent (word);
      break;
    case O_SLOW:
      s->slow_percent = percent (word);
      break;
    case O_SOURCE_RESTART:
      s->source_down_at = P2P_SEC (5);
      s->source_up_at = P2P_SEC (5) + seconds (word);
      break;
    case O_RENDEZVOUS_DOWN:
      s->rendezvous_down_at = P2P_SEC (5);
      break;
    case O_STALLS:
      read_stalls (s, word);
      break;
    case O_PARTITION:
      s->partition_at = P2P_SEC (5);
      s->partition_for = seconds (word);
      break;
    default:
      return false;
  }
  return true;
}

static bool
set_capacity (P2pScenario * s, int option, const char *word)
{
  switch (option) {
    case O_SOURCE:
      s->source_x100 = (unsigned) up_to (word, 100, 1000);
      break;
    case O_RHO:
      s->rho_x100 = (unsigned) up_to (word, 100, 1000);
      break;
    case O_UPLOAD:
      s->rho_x100 = 0;
      s->up_bps = number (word, 1);
      break;
    case O_LEAVES:
      s->leaf_percent = percent (word);
      if (s->leaf_percent > 95)
        fail ("too many leaves", word);
      break;
    case O_CAPS_REMEMBERED:
      s->caps_remembered = true;
      s->caps_told = false;
      break;
    case O_CAP:
      s->cap_bps = (uint32_t) up_to (word, 1, UINT32_MAX);
      break;
    case O_SOURCE_ACCESS:
      s->source_up_bps = number (word, 1);
      break;
    case O_CAPS_UNKNOWN:
      s->caps_told = false;
      break;
    case O_MAX_PEERS:
      s->max_peers = (uint16_t) up_to (word, 1, UINT16_MAX);
      break;
    case O_SOURCE_MAX_PEERS:
      s->source_max_peers = (uint16_t) up_to (word, 1, UINT16_MAX);
      break;
    default:
      return false;
  }
  return true;
}

static void
set_general (Run * run, int option, const char *word)
{
  P2pScenario *s = &run->scenario;

  switch (option) {
    case O_NAME:
      run->name = word;
      break;
    case O_SEED:
      run->first_seed = number (word, 1);
      break;
    case O_SEEDS:
      run->seeds = count (word, "not 1 to 1000000 seeds", 1000000);
      break;
    case O_PEERS:
      s->peers = count (word, "not 1 to 100000 listeners", MOST_LISTENERS);
      break;
    case O_RATE:
      set_rate (s, word);
      break;
    case O_CHUNK:
      s->world.chunk_us = (P2pTime) up_to (word, 1000, 60000);
      if (s->world.chunk_us < 1000)
        fail ("too short", word);
      break;
    case O_SUBSTREAMS:
      s->world.k = (uint8_t) up_to (word, 1, P2P_MAX_SUBSTREAMS);
      break;
    case O_LATENCY:
      s->world.latency = (P2pTime) up_to (word, 1000, 60000);
      break;
    case O_WARM_UP:
      s->warm_up = seconds (word);
      break;
    case O_SECONDS:
      s->length = seconds (word);
      if (s->length == 0)
        fail ("nothing would be counted", word);
      break;
    case O_JOIN_OVER:
      s->join_over = seconds (word);
      break;
    case O_TRACE:
      run->trace = strcmp (word, "-") == 0 ? stderr : fopen (word, "w");
      if (!run->trace)
        fail (strerror (errno), word);
      break;
    case O_NO_TIME:
      run->quiet_time = true;
      break;
    case O_SERIES:
      s->series = fopen (word, "w");
      if (!s->series)
        fail (strerror (errno), word);
      break;
    case O_TIMELINE:
      s->timeline = fopen (word, "w");
      if (!s->timeline)
        fail (strerror (errno), word);
      break;
    case O_REPAIR:
      run->repair = true;
      break;
    case O_STRIKES:
      run->strikes = true;
      break;
    case O_HELP:
      fputs (HELP, stdout);
      exit (0);
    default:
      exit (2);                 /* getopt has said why */
  }
}

static int
repair (const Run * run)
{
  unsigned failed = 0, age = 0, rootless = 0, control = 0, lost = 0;

  for (unsigned i = 0; i < run->seeds; i++) {
    P2pRepairResult r;

    p2p_repair_lab (run->first_seed + i, &r, run->trace);
    failed += !r.pass;
    age = r.age_ms > age ? r.age_ms : age;
    rootless = r.report.rootless_ms > rootless ?
        r.report.rootless_ms : rootless;
    control = r.report.control_ppm > control ? r.report.control_ppm : control;
    lost += r.lost > 0 || r.never > 0;
    printf ("{\"seed\":%llu,\"victim\":%u,\"mode\":\"%s\",\"source_x\":%.1f,"
        "\"age_ms\":%u,\"rootless_ms\":%u,\"control\":%.2f,\"lost\":%llu,"
        "\"repeated\":%llu,\"never\":%u,\"back\":%s,\"duplicates\":%.2f,"
        "\"cap_worst\":%.3f,"
        "\"hash\":\"%016llx\",\"pass\":%s}\n",
        (unsigned long long) (run->first_seed + i), r.victim,
        p2p_repair_modes[r.mode], r.source_x100 / 100.0, r.age_ms,
        r.report.rootless_ms, r.report.control_ppm / 1e4,
        (unsigned long long) r.lost, (unsigned long long) r.repeated, r.never,
        r.back ? "true" : "false", r.report.duplicates_ppm / 1e4,
        r.report.cap_worst_x1000 / 1e3, (unsigned long long) r.report.hash,
        r.pass ? "true" : "false");
  }
  fprintf (stderr, "%u of %u seeds failed; worst: age %u ms, rootless %u ms, "
      "control %.2f %%; seeds with losses: %u\n", failed, run->seeds, age,
      rootless, control / 1e4, lost);
  return failed ? 1 : 0;
}

static int
strikes (const Run * run)
{
  unsigned failed = 0, lossy = 0;

  for (unsigned i = 0; i < run->seeds; i++) {
    P2pStrikeResult r;

    p2p_strike_lab (run->first_seed + i, run->scenario.source_x100, &r,
        run->trace);
    for (unsigned j = 0; j < P2P_STRIKES; j++) {
      const P2pStrike *s = &r.strike[j];

      lossy += s->lost > 0;
      printf ("{\"seed\":%llu,\"at_ms\":%lld,\"victim\":%u,\"mode\":\"%s\","
          "\"roots\":%u,\"fresh_ms\":%u,\"age_ms\":%u,\"lost\":%llu,"
          "\"repeated\":%llu,\"pass\":%s}\n",
          (unsigned long long) (run->first_seed + i),
          (long long) s->at / 1000, s->victim, p2p_repair_modes[s->mode],
          s->roots, s->fresh_ms, s->age_ms, (unsigned long long) s->lost,
          (unsigned long long) s->repeated, s->pass ? "true" : "false");
    }
    failed += r.failed;
    printf ("{\"seed\":%llu,\"source_x\":%.1f,\"failed\":%u,\"control\":%.2f,"
        "\"duplicates\":%.2f,\"lost\":%llu,\"cap_worst\":%.3f}\n",
        (unsigned long long) (run->first_seed + i),
        run->scenario.source_x100 / 100.0, r.failed,
        r.report.control_ppm / 1e4, r.report.duplicates_ppm / 1e4,
        (unsigned long long) r.report.lost, r.report.cap_worst_x1000 / 1e3);
  }
  fprintf (stderr, "%u of %u strikes failed, %u with losses\n", failed,
      run->seeds * P2P_STRIKES, lossy);
  return failed ? 1 : 0;
}

int
main (int argc, char **argv)
{
  Run run = {.name = "run",.first_seed = 1,.seeds = 1 };
  int option, at = 0;

  p2p_scenario_init (&run.scenario, 2000000);
  while ((option = getopt_long (argc, argv, "h", OPTIONS, &at)) != -1) {
    if (option == 'h')
      option = O_HELP;
    option_name = OPTIONS[at].name;
    if (!set_network (&run.scenario, option, optarg)
        && !set_trouble (&run.scenario, option, optarg)
        && !set_capacity (&run.scenario, option, optarg))
      set_general (&run, option, optarg);
  }
  option_name = NULL;
  if (optind < argc)
    fail ("no such thing", argv[optind]);
  if (run.repair)
    return repair (&run);
  if (run.strikes)
    return strikes (&run);
  for (unsigned i = 0; i < run.seeds; i++) {
    P2pReport report;
    clock_t start = clock ();

    run.scenario.world.seed = run.first_seed + i;
    run.scenario.name = run.name;
    p2p_scenario_run (&run.scenario, &report, run.trace);
    p2p_report_json (&report, run.name, stdout);
    if (!run.quiet_time)
      fprintf (stderr, "seed %llu: %.1f s of the processor for %.0f s, "
          "%.3f for each after the warm-up\n",
          (unsigned long long) run.scenario.world.seed,
          (double) (clock () - start) / CLOCKS_PER_SEC,
          (double) report.virtual_us / 1e6,
          report.processor_s * 1e6 / (double) run.scenario.length);
  }
  return 0;
}
