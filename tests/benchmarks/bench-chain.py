#!/usr/bin/env python3
"""What a relay costs: a chain of 5 listener processes at 128 kbit/s on loopback.

The broadcaster takes one neighbour, each listener two, so the stream goes
through them one after the other. Every process notes when each MP3 frame went
into p2psink or came out of p2psrc (one monotonic clock for all); the
differences between two processes are the hop. CPU and memory are those of whole
listener processes that neither decode nor record, one parent and one child
each. Goals: 5 ms p50 and 10 ms p95 a hop; first listener: chunk duration + 10 ms.
"""
import os
import struct
import sys
import time

import benchlib

STAGGER_MS = 1500


def read_stamps(path):
    """{hash of the frame: first time it was seen, in us}"""
    with open(path, "rb") as file:
        data = file.read()
    seen = {}
    for when, frame in struct.iter_unpack("=QQ", data[:len(data) // 16 * 16]):
        seen.setdefault(frame, when)
    return seen


def lags(earlier, later, since):
    """Milliseconds from one process to another, of frames sent after since."""
    return [(later[frame] - when) / 1000 for frame, when in earlier.items()
            if when >= since and frame in later]


def measure(listeners, seconds):
    with benchlib.Demo("--listeners", listeners, "--seconds", seconds,
                       "--stagger", STAGGER_MS, "--source-peers", 1,
                       "--listener-peers", 2, "--upload", 0, "--bare",
                       "--stamps") as demo:
        demo.wait_for("On air")
        time.sleep(listeners * STAGGER_MS / 1000 + 2)
        since = time.clock_gettime(time.CLOCK_MONOTONIC)
        before = {name: benchlib.cpu_seconds(pid)
                  for name, pid in demo.children().items()}
        time.sleep(seconds - 4)
        spent = time.clock_gettime(time.CLOCK_MONOTONIC) - since
        usage = {}
        for name, pid in demo.children().items():
            cpu = 100 * (benchlib.cpu_seconds(pid) - before[name]) / spent
            usage[name] = (cpu, *benchlib.status(pid))
        demo.process.communicate()
        source = read_stamps(demo.path("broadcast.mp3.stamps"))
        peers = {}
        for i in range(1, listeners + 1):
            path = demo.path(f"listener-{i}.mp3.stamps")
            if os.path.exists(path):
                peers[f"listener-{i}"] = read_stamps(path)
    return source, peers, usage, since * 1e6


def main():
    parser = benchlib.options(__doc__.splitlines()[0])
    parser.add_argument("--listeners", type=int, default=5)
    parser.add_argument("--seconds", type=int, default=20)
    args = parser.parse_args()

    source, peers, usage, since = measure(args.listeners, args.seconds)
    # Who is how far down shows in the lag, whatever order they found.
    ages = {name: lags(source, seen, since) for name, seen in peers.items()}
    order = sorted((name for name in ages if ages[name]),
                   key=lambda name: benchlib.percentile(ages[name], 50))
    rows, figures, previous = [], [], source
    for depth, name in enumerate(order, 1):
        hop = lags(previous, peers[name], since)
        cpu, uss, threads = usage.get(name, (None, None, None))
        row = {"depth": depth, "process": name, "frames": len(hop),
               "hop_ms_p50": benchlib.percentile(hop, 50),
               "hop_ms_p95": benchlib.percentile(hop, 95),
               "age_ms_p50": benchlib.percentile(ages[name], 50),
               "age_ms_p95": benchlib.percentile(ages[name], 95),
               "cpu_percent": cpu, "uss_kib": uss, "threads": threads}
        rows.append(list(row.values()))
        figures.append(row)
        previous = peers[name]
    benchlib.table(list(figures[0]) if figures else ["no figures"], rows)
    benchlib.save(args.json, {"chain": figures})
    return 0 if len(figures) == args.listeners else 1


if __name__ == "__main__":
    sys.exit(main())
