#!/bin/bash
# Draws what p2p-sim --series wrote: lag, what was in time second by second, the
# push forest, and the overhead if the results lie beside it (X.jsonl for
# X.series.jsonl, as scripts/run-sim.sh writes them).
# Usage: scripts/plot-sim.sh SERIES.jsonl OUT.png
# Needs gnuplot. Each scenario and seed of the file is a line of its own.

set -u
. "$(dirname "$0")/lib.sh"

[ $# -eq 2 ] || die "usage: scripts/plot-sim.sh SERIES.jsonl OUT.png"
[ -r "$1" ] || die "can't read $1"
command -v gnuplot >/dev/null || die "gnuplot is missing: apt install gnuplot-nox"

tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT

python3 - "$1" "$tmp" <<'PYTHON' || exit 1
import collections
import json
import os
import sys

OVERHEAD = ("duplicates", "control", "sack", "data_overhead")

runs = collections.defaultdict(lambda: collections.defaultdict(list))
for line in open(sys.argv[1], encoding="utf-8"):
    r = json.loads(line)
    run = runs[r["scenario"], r["seed"]]
    if "second" in r:
        run["second"].append((r["second"],
                              100 - 100 * r["missed"] / r["due"]))
    elif "quantile" in r:
        run["lag"].append((r["lag_ms"] / 1000, r["quantile"] / 10))
    elif "depth" in r:
        run["depth"].append((r["depth"], r["paths"]))
results = sys.argv[1].replace(".series.jsonl", ".jsonl")
if results != sys.argv[1] and os.path.exists(results):
    for line in open(results, encoding="utf-8"):
        r = json.loads(line)
        runs[r["scenario"], r["seed"]]["overhead"] = [
            (i, r[what]) for i, what in enumerate(OVERHEAD)]

several = len({name for name, seed in runs}) > 1
for kind, style in (("lag", "lines lw 2"), ("second", "linespoints pt 7 ps 0.4"),
                    ("depth", "linespoints pt 7"), ("overhead", "histograms")):
    parts = []
    for i, (key, run) in enumerate(sorted(runs.items())):
        if not run[kind]:
            continue
        path = f"{sys.argv[2]}/{kind}{i}"
        with open(path, "w", encoding="utf-8") as out:
            out.writelines(f"{a} {b}\n" for a, b in run[kind])
        title = f"{key[0]} seed {key[1]}" if several else f"seed {key[1]}"
        columns = "using 2" if kind == "overhead" else "using 1:2"
        parts.append(f"'{path}' {columns} with {style} title '{title}'")
    with open(f"{sys.argv[2]}/{kind}.gp", "w", encoding="utf-8") as out:
        out.write("plot " + ", ".join(parts) + "\n" if parts else
                  "set multiplot next\n")
title = ", ".join(sorted({name for name, seed in runs}))
with open(f"{sys.argv[2]}/title", "w", encoding="utf-8") as out:
    out.write(title)
PYTHON

gnuplot <<GNUPLOT
set terminal pngcairo size 1400,1000 font 'sans,11'
set output '$2'
set multiplot layout 2,2 title '$(cat "$tmp/title")' noenhanced
set grid
set key bottom right noenhanced
set title 'Lag: how much was verified so soon after it was published'
set xlabel 'lag (s)'
set ylabel 'of all chunks (%)'
set xrange [0:*]
set yrange [0:100]
load '$tmp/lag.gp'
set title 'Continuity: in time at 3 s'
set xlabel 'second of publication (s of virtual time)'
set ylabel 'in time of what was due (%)'
set xrange [*:*]
set yrange [*<99:100.05]
load '$tmp/second.gp'
set title 'Push forest at the end'
set key top right
set xlabel 'hops from the source (16: or more)'
set ylabel 'paths (members x sub-streams)'
set xrange [0:17]
set yrange [0:*]
load '$tmp/depth.gp'
set title 'Overhead'
set key top left
set xlabel ''
set ylabel 'of the chunk bytes, duplicates of the chunks (%)'
set style fill solid 0.7
set style data histograms
set xrange [-0.6:3.6]
set xtics ('duplicates' 0, 'control' 1, 'SACK' 2, 'heads of DATA' 3)
load '$tmp/overhead.gp'
unset multiplot
GNUPLOT
