#!/usr/bin/env python3
"""From exec to sound: cold starts of gst-launch-1.0 with p2psrc on loopback.

Measured from starting the process to the first decoded byte on its output: with
a sink that does not wait for the clock (first decoded byte) and with one that
does (what a sound device would play first), at latency 300 and 2000. Goal: p50
0.6 s over 30 runs, none above 1.0 s. How long the machine stood still, and what its
host took, is beside the figures: it explains them, it excuses nothing.
"""
import os
import subprocess
import sys
import time

import benchlib

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)),
                                "..", "rigs"))
from p2pstalls import Stalls

TIMEOUT_S = 30


def cold_start(uri, latency, sync):
    """Seconds from exec to the first decoded byte; None = none came."""
    line = (f"p2psrc uri={uri} latency={latency} ! mpegaudioparse ! "
            f"mpg123audiodec ! fdsink fd=1 sync={sync}")
    start = time.monotonic()
    with subprocess.Popen(["gst-launch-1.0", "-q", *line.split()],
                          stdout=subprocess.PIPE,
                          stderr=subprocess.DEVNULL) as process:
        os.set_blocking(process.stdout.fileno(), True)
        # gst-launch prints to the same output only with -v or on errors
        data = process.stdout.read1(1)
        took = time.monotonic() - start
        process.terminate()
        try:
            process.wait(TIMEOUT_S)
        except subprocess.TimeoutExpired:
            process.kill()
    return took if data else None


def measure(uri, latency, sync, runs):
    stalls = Stalls()
    times = [cold_start(uri, latency, sync) for _ in range(runs)]
    stalls.stop()
    good = [1000 * t for t in times if t is not None]
    return {"latency_ms": latency,
            "until": "sound" if sync == "true" else "first byte",
            "runs": runs, "failed": runs - len(good),
            "min_ms": min(good, default=None),
            "p50_ms": benchlib.percentile(good, 50),
            "p95_ms": benchlib.percentile(good, 95),
            "max_ms": max(good, default=None),
            "stolen_percent": stalls.stolen_percent(),
            "longest_stall_ms": 1000 * stalls.longest()}


def main():
    parser = benchlib.options(__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, default=30)
    args = parser.parse_args()

    figures = []
    with benchlib.Demo("--listeners", 2, "--keep") as demo:
        uri = demo.wait_for(r"On air: (\S+)").group(1)
        demo.wait_for("Everybody plays")
        for latency in (300, 2000):
            for sync in ("false", "true"):
                figures.append(measure(uri, latency, sync, args.runs))
    benchlib.table(list(figures[0]), [list(row.values()) for row in figures])
    benchlib.save(args.json, {"join": figures})
    return 1 if any(row["failed"] for row in figures) else 0


if __name__ == "__main__":
    sys.exit(main())
