#!/bin/bash
# Draws what p2p-sim --series wrote: lag, continuity by second, depth of the
# push forest. Usage: scripts/plot-sim.sh SERIES.jsonl OUT.png
# Needs gnuplot. Each scenario and seed of the file is a line of its own.

set -u
. "$(dirname "$0")/lib.sh"

[ $# -eq 2 ] || die "usage: scripts/plot-sim.sh SERIES.jsonl OUT.png"
command -v gnuplot >/dev/null || die "gnuplot is missing: apt install gnuplot-nox"

tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT

python3 - "$1" "$tmp" <<'PYTHON' || exit 1
import collections
import json
import sys

runs = collections.defaultdict(lambda: collections.defaultdict(list))
for line in open(sys.argv[1], encoding="utf-8"):
    r = json.loads(line)
    run = runs[f"{r['scenario']} {r['seed']}"]
    if "second" in r:
        run["second"].append((r["second"],
                              100 - 100 * r["missed"] / r["due"]))
    elif "quantile" in r:
        run["lag"].append((r["lag_ms"] / 1000, r["quantile"] / 10))
    elif "depth" in r:
        run["depth"].append((r["depth"], r["paths"]))
for kind in ("lag", "second", "depth"):
    parts = []
    for i, (name, run) in enumerate(sorted(runs.items())):
        path = f"{sys.argv[2]}/{kind}{i}"
        with open(path, "w", encoding="utf-8") as out:
            out.writelines(f"{a} {b}\n" for a, b in run[kind])
        style = "linespoints" if kind == "depth" else "lines"
        parts.append(f"'{path}' with {style} title '{name}'")
    with open(f"{sys.argv[2]}/{kind}.gp", "w", encoding="utf-8") as out:
        out.write("plot " + ", ".join(parts) + "\n")
PYTHON

gnuplot <<GNUPLOT
set terminal pngcairo size 900,1200
set output '$2'
set multiplot layout 3,1
set key outside right
set xlabel 'lag, s'
set ylabel '% of the chunks'
load '$tmp/lag.gp'
set xlabel 'second published'
set ylabel '% in time at 3 s'
set yrange [*:100]
load '$tmp/second.gp'
set xlabel 'hops from the source'
set ylabel 'paths'
set yrange [0:*]
load '$tmp/depth.gp'
unset multiplot
GNUPLOT
