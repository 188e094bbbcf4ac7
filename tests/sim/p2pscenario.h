/* gst-plugins-p2p
 *
 * This library is free software; you can redistribute it and/or
 * modify it under the terms of the GNU Lesser General Public
 * License as published by the Free Software Foundation; either
 * version 2.1 of the License, or (at your option) any later version.
 */
/* p2pscenario.h: a swarm with a life of its own: who is in it, what happens
 * to them, and the report.
 */
#ifndef P2P_SCENARIO_H
#define P2P_SCENARIO_H

#include "p2pworld.h"

typedef struct
{
  P2pWorldConfig world;
  uint32_t peers;
  P2pTime join_over;            /* the first members come within */
  P2pTime warm_up, length;      /* nothing is counted in warm_up */
  unsigned source_x100;         /* upload cap of the source, 100 = the media's
                                 * rate; 0 = none */
  uint64_t source_up_bps;       /* access link, 0 = 10 times the cap */
  uint16_t source_max_peers, max_peers;
  unsigned rho_x100;            /* sum of upload / demand, of the mix of
                                 * swarm sizes below; 0 = up_bps for all */
  uint64_t up_bps;
  unsigned leaf_percent;        /* upload nothing */
  bool caps_told;               /* members know their access rate */
  bool caps_remembered;         /* not told: they measured it the last time */
  uint32_t cap_bps;             /* told instead: everybody was given this cap */
  /* trouble, from the end of warm_up on */
  unsigned churn_x100;          /* % of the members a second x 100 */
  bool polite;
  unsigned kill_percent;        /* at once, at kill_at after warm_up */
  P2pTime kill_at;
  bool kill_first_hops;         /* instead: everybody fed by the source */
  P2pTime kill_strongest_every;
  unsigned liar_percent, false_map_percent, staller_percent, slow_percent;
  unsigned nat_percent[P2P_NET_NATS];   /* behind each kind; OPEN: the rest */
  uint32_t burst_peers;         /* flash crowd */
  P2pTime burst_over;
  P2pTime source_down_at, source_up_at; /* after warm_up; 0: never */
  P2pTime rendezvous_down_at;
  P2pTime partition_at, partition_for;
  const P2pStall *stalls;       /* of the machine, in order */
  unsigned n_stalls;
  const char *name;
  FILE *series;                 /* JSON lines to plot, or NULL */
  FILE *timeline;               /* one every 100 ms after the warm-up, or NULL */
} P2pScenario;

/* The model of the reference figures: plane of 5-90 ms, 16 chunks/s or 8. */
void p2p_scenario_init (P2pScenario * s, uint64_t rate_bps);
/* A radio whose members have lines of 10 Mbit/s, of which nobody told them; the
 * source has no cap. */
void p2p_scenario_radio (P2pScenario * s, uint64_t seed, uint32_t peers);
/* The same for experiments with single members: 1 s of latency, every two of
 * them delay apart, signatures checked late and out of order. */
void p2p_scenario_mesh (P2pScenario * s, uint64_t seed, uint32_t peers,
    P2pTime delay, unsigned source_x100);

#define P2P_RESTORED_PARTS 3

typedef struct
{
  uint64_t seed, hash, events;
  P2pTime virtual_us;
  double processor_s;           /* taken for what came after the warm-up */
  uint32_t members, joined_in_all;
  uint32_t lag_ms[4];           /* p50 p90 p95 p99 */
  uint32_t lag_max_ms;
  uint32_t missed_ppm[P2P_MEASURE_DELAYS];
  uint32_t worst_second_x100;   /* in time at 3 s, per 10,000 */
  uint32_t worst_member_ppm;    /* missed at 3 s by the worst member */
  uint32_t duplicates_ppm, pulled_ppm, control_ppm, sack_ppm, head_ppm;
  uint32_t hops_x100;           /* of what was delivered, mean */
  uint32_t source_x1000, source_wire_x1000;
  uint32_t join_p50_ms, join_p95_ms, join_max_ms;
  uint32_t newcomers, newcomer_p50_ms, newcomer_p95_ms; /* since the warm-up */
  uint32_t waiting;             /* of those, linked for 5 s and still no second of media */
  uint32_t queue_p50_ms, queue_p95_ms, queue_p99_ms;    /* of the listeners' uplinks */
  /* members that were not told what their line carries: how many, how many of
   * them have measured it, and the median of that / the line */
  uint32_t unknown, measured, measured_x100;
  uint32_t deficits;            /* the source was told so often; the last time: */
  int64_t deficit_bps, demand_bps;
  uint32_t root_share;          /* percent of what it pushes, to one peer */
  uint32_t rootless_ms;
  /* From a death of many until 90 %, 99 % and all of the share of push paths that
   * there was before lead to the source again. */
  uint32_t restored_ms[P2P_RESTORED_PARTS];
  uint32_t liar_kept_ms;        /* the longest that one who had sent somebody an altered
                                 * chunk was a parent of it still, in steps of 100 ms */
  uint64_t lost, repeated, unordered, forged, delivered;
  P2pForest forest;
  uint32_t memory_mean, memory_max;     /* of the core, bytes a member */
  unsigned memory_neighbours;   /* of the one with the most, then */
  uint64_t bad_drops, drops, setups, setup_failures, signals;
  uint32_t cap_worst_x1000;     /* of a capped member's 2 s / cap */
} P2pReport;

/* Runs it. trace may be NULL. */
void p2p_scenario_run (const P2pScenario * s, P2pReport * out, FILE * trace);
/* The same step by step: for tests that do things of their own. */
P2pWorld *p2p_scenario_start (const P2pScenario * s);
void p2p_scenario_report (const P2pScenario * s, P2pWorld * w,
    P2pReport * out);
/* A member as the scenario draws them. */
void p2p_scenario_draw (const P2pScenario * s, P2pWorld * w,
    P2pWorldSpec * out);
/* Adds one of those, returns its index; or all of them at once. */
uint32_t p2p_scenario_add (const P2pScenario * s, P2pWorld * w);
void p2p_scenario_add_all (const P2pScenario * s, P2pWorld * w);

/* What may happen to a member, and its end; who was killed stays dead. */
typedef enum
{
  P2P_STRIKE_KILL,
  P2P_STRIKE_STOP,
  P2P_STRIKE_CUT
} P2pStrikeMode;

#define P2P_STRIKE_MODES 3

void p2p_scenario_strike (P2pWorld * w, uint32_t victim, P2pStrikeMode mode);
void p2p_scenario_relieve (P2pWorld * w, uint32_t victim, P2pStrikeMode mode);

void p2p_report_json (const P2pReport * r, const char *name, FILE * out);

#endif /* P2P_SCENARIO_H */
