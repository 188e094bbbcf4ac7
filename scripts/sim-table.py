#!/usr/bin/env python3
"""Prints results of p2p-sim as lines of a table: mean over the seeds, and the
worst one in brackets. Usage: scripts/sim-table.py FILE ..."""
import json
import sys

COLUMNS = [
    ("lag p50", lambda r: r["lag_ms"]["p50"], max, "{:.0f}"),
    ("p99 ms", lambda r: r["lag_ms"]["p99"], max, "{:.0f}"),
    ("in time 3 s %", lambda r: r["continuity"]["3"], min, "{:.3f}"),
    ("5 s", lambda r: r["continuity"]["5"], min, "{:.3f}"),
    ("worst second", lambda r: r["worst_second"], min, "{:.1f}"),
    ("dup %", lambda r: r["duplicates"], max, "{:.1f}"),
    ("pulled", lambda r: r["pulled"], max, "{:.1f}"),
    ("control", lambda r: r["control"], max, "{:.2f}"),
    ("source x", lambda r: r["source_x"], max, "{:.2f}"),
    ("join p50 ms", lambda r: r["join_ms"]["p50"], max, "{:.0f}"),
    ("depth", lambda r: r["forest"]["depth"], max, "{:.1f}"),
    ("forged", lambda r: r["forged"], max, "{:.0f}"),
]


def main():
    for path in sys.argv[1:]:
        with open(path, encoding="utf-8") as file:
            runs = [json.loads(line) for line in file]
        if not runs:
            continue
        cells = []
        for title, get, worst, form in COLUMNS:
            values = [get(r) for r in runs]
            mean = form.format(sum(values) / len(values))
            cells.append(f"{title} {mean} [{form.format(worst(values))}]")
        print(f"{runs[0]['scenario']}: " + "; ".join(cells))


main()
