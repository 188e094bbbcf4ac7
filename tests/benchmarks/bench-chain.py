#!/usr/bin/env python3
"""A chain of 5 listener processes at 128 kbit/s on loopback: hops, and ages.

The broadcaster takes one neighbour, each listener two, so the stream goes
through them one after the other. Every process notes when each MP3 frame was let
go by p2psink, came out of p2psrc, or was shown by a sink that waits for the
clock (one monotonic clock for all). Judged, with the stalls of the machine beside it:

hop      what a relay adds: 5 ms p50 and 10 ms p95
newest   how old the newest frame that the first listener holds has got, just
         before the next ones come: no more than its chunk's duration and 10 ms, in
         95 of 100 chunks as it is; in all of them without what the encoder was
         late with the next frame and the longest that the machine stood still
heard    how old a frame is when it is shown: the latency, +-5 ms p50 and
         +-20 ms p5 and p95, at every place; once with 2000 ms, once with 300

CPU and memory are those of whole listener processes that neither decode nor
record, one parent and one child each.
"""
import bisect
import os
import struct
import sys
import time

import benchlib

sys.path.insert(0, os.path.join(benchlib.ROOT, "tests", "rigs"))
from p2pstalls import Stalls

STAGGER_MS = 1500
SETTLE_S = 5            # behind the last one's start: sinks and clocks agree
HOP_MS = {50: 5, 95: 10}
ROOM_MS = 10            # of the newest frame, beside its chunk
HEARD_MS = {5: 20, 50: 5, 95: 20}


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


def newest_ages(source, seen, since):
    """[(ms, ms, ms)]: how old the newest frame was before others came, how much
    media came with it, and how late a frame meanwhile came into p2psink."""
    arrivals = {}
    for frame, when in seen.items():
        if frame in source:
            arrivals.setdefault(when // 2000, []).append(frame)
    sent = sorted(source.values())
    gaps = [b - a for a, b in zip(sent, sent[1:])]
    usual = benchlib.percentile(gaps, 50)
    ages, newest, before = [], None, None
    for at in sorted(arrivals):
        when = min(seen[frame] for frame in arrivals[at])
        if before is not None and when >= since:
            first = bisect.bisect_left(sent, newest)
            late = max(gaps[first:bisect.bisect_right(sent, when)],
                       default=usual) - usual
            ages.append(tuple(us / 1000 for us in
                              (when - newest, newest - before, late)))
        before = newest
        newest = max(source[frame] for frame in arrivals[at])
    return ages


def measure(listeners, seconds, latency):
    stamps = {}
    with benchlib.Demo("--listeners", listeners, "--seconds", seconds,
                       "--stagger", STAGGER_MS, "--source-peers", 1,
                       "--listener-peers", 2, "--upload", 0, "--bare",
                       "--latency", latency, "--stamps") as demo:
        demo.wait_for("On air")
        time.sleep(listeners * STAGGER_MS / 1000 + SETTLE_S)
        stalls = Stalls()
        since = time.clock_gettime(time.CLOCK_MONOTONIC)
        before = {name: benchlib.cpu_seconds(pid)
                  for name, pid in demo.children().items()}
        time.sleep(seconds - SETTLE_S - 2)
        spent = time.clock_gettime(time.CLOCK_MONOTONIC) - since
        stalls.stop()
        usage = {}
        for name, pid in demo.children().items():
            cpu = 100 * (benchlib.cpu_seconds(pid) - before[name]) / spent
            usage[name] = (cpu, *benchlib.status(pid))
        demo.process.communicate()
        for name in ["broadcast"] + [f"listener-{i + 1}"
                                     for i in range(listeners)]:
            for kind in ("stamps", "shown"):
                path = demo.path(f"{name}.mp3.{kind}")
                if os.path.exists(path):
                    stamps[name, kind] = read_stamps(path)
    return stamps, usage, since * 1e6, stalls


class Verdict:
    def __init__(self):
        self.failures = []

    def expect(self, good, text):
        if not good:
            self.failures.append(text)


def judge_hops(verdict, stamps, order, usage, since):
    source = previous = stamps["broadcast", "stamps"]
    figures = []
    for depth, name in enumerate(order, 1):
        seen = stamps[name, "stamps"]
        hop = lags(previous, seen, since)
        age = lags(source, seen, since)
        cpu, uss, threads = usage.get(name, (None, None, None))
        figures.append({
            "depth": depth, "process": name, "frames": len(hop),
            "hop_ms_p50": benchlib.percentile(hop, 50),
            "hop_ms_p95": benchlib.percentile(hop, 95),
            "age_ms_p50": benchlib.percentile(age, 50),
            "age_ms_p95": benchlib.percentile(age, 95),
            "cpu_percent": cpu, "uss_kib": uss, "threads": threads})
        for percent, limit in HOP_MS.items():
            value = benchlib.percentile(hop, percent)
            verdict.expect(depth == 1 or value <= limit,
                           f"hop to place {depth}: {value} ms p{percent}")
        previous = seen
    return figures


def judge_newest(verdict, stamps, first, since, stall_ms):
    chunks = newest_ages(stamps["broadcast", "stamps"],
                         stamps[first, "stamps"], since)
    ages = [age for age, _, _ in chunks]
    chunk = benchlib.percentile([lasted for _, lasted, _ in chunks], 50)
    limit = (chunk or 0) + ROOM_MS
    p95 = benchlib.percentile(ages, 95)
    ours = max((age - late for age, _, late in chunks), default=None)
    verdict.expect(bool(chunks) and p95 <= limit,
                   f"newest frame of the first listener: {p95} ms p95")
    verdict.expect(bool(chunks) and ours <= limit + stall_ms,
                   f"newest frame of the first listener: {ours} ms once")
    return {"chunks": len(ages), "chunk_ms": chunk, "limit_ms": limit,
            "newest_ms_p50": benchlib.percentile(ages, 50),
            "newest_ms_p95": p95, "over": sum(age > limit for age in ages),
            "newest_ms_max": max(ages, default=None),
            "max_without_encoder": ours}


def judge_heard(verdict, stamps, order, since, latency):
    figures = []
    for depth, name in enumerate(order, 1):
        heard = lags(stamps["broadcast", "stamps"], stamps[name, "shown"],
                     since)
        row = {"latency_ms": latency, "depth": depth, "frames": len(heard)}
        for percent, limit in HEARD_MS.items():
            value = benchlib.percentile(heard, percent)
            row[f"off_ms_p{percent}"] = value and value - latency
            verdict.expect(value and abs(value - latency) <= limit,
                           f"heard at place {depth}, latency {latency}: "
                           f"{value} ms p{percent}")
        figures.append(row)
    return figures


def show(figures):
    if figures:
        benchlib.table(list(figures[0]), [list(f.values()) for f in figures])
        print()


def run(verdict, listeners, seconds, latency):
    stamps, usage, since, stalls = measure(listeners, seconds, latency)
    # Who is how far down shows in the lag, whatever order they found.
    names = [name for name, kind in stamps if kind == "shown"]
    middle = {name: benchlib.percentile(
        lags(stamps["broadcast", "stamps"], stamps[name, "stamps"], since), 50)
        for name in names}
    order = sorted((n for n in names if middle[n] is not None), key=middle.get)
    verdict.expect(len(order) == listeners, f"{len(order)} listeners played")
    figures = {"latency_ms": latency,
               "machine_stolen_percent": stalls.stolen_percent(),
               "machine_longest_stall_ms": 1000 * stalls.longest()}
    if order:
        figures["hops"] = judge_hops(verdict, stamps, order, usage, since)
        figures["newest"] = judge_newest(verdict, stamps, order[0], since,
                                         1000 * stalls.longest())
        figures["heard"] = judge_heard(verdict, stamps, order, since, latency)
        show(figures["hops"])
        show([figures["newest"]])
        show(figures["heard"])
    print(f"the machine: {stalls.stolen_percent():.1f} % stolen, stood still "
          f"for {1000 * stalls.longest():.0f} ms at most\n")
    return figures


def main():
    parser = benchlib.options(__doc__.splitlines()[0])
    parser.add_argument("--listeners", type=int, default=5)
    parser.add_argument("--seconds", type=int, default=30)
    parser.add_argument("--latency", type=int, action="append",
                        help="ms, again for more (default 2000 and 300)")
    args = parser.parse_args()

    verdict = Verdict()
    runs = [run(verdict, args.listeners, args.seconds, latency)
            for latency in args.latency or [2000, 300]]
    for failure in verdict.failures:
        print(f"DOES NOT HOLD: {failure}")
    print("chain: " + ("does not hold" if verdict.failures else "holds"))
    benchlib.save(args.json, {"chain": runs, "failures": verdict.failures})
    return 1 if verdict.failures else 0


if __name__ == "__main__":
    sys.exit(main())
