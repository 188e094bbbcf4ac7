#!/usr/bin/env python3
"""Runs a program on a machine that stands still now and then.

Usage: stall.py [--most MS] [--every MS] [--seed N] COMMAND [ARGUMENT ...]

Stops the program and all its children with SIGSTOP for up to --most ms (default
800), again after up to --every ms (default 1500), as a host does that gives its
processors to somebody else. Time goes on meanwhile. A test that judges a clock
fails under it, one that waits for what it is about passes. Ends with the
program's exit status. The test setup "stalls" uses it (docs/testing.md).
"""
import argparse
import os
import random
import signal
import subprocess
import sys
import time


def descendants(root):
    """root and everything below it that is not stopped already (a test does that to its
    peers), parents first."""
    children = {}
    stopped = set()
    for name in os.listdir("/proc"):
        if name.isdigit():
            try:
                with open(f"/proc/{name}/stat", encoding="utf-8", errors="replace") as stat:
                    state, parent = stat.read().rpartition(")")[2].split()[:2]
            except OSError:
                continue            # it ended meanwhile
            children.setdefault(int(parent), []).append(int(name))
            if state == "T":
                stopped.add(int(name))
    found = [root]
    for pid in found:
        found += children.get(pid, [])
    return [pid for pid in found if pid not in stopped]


def send(pids, number):
    for pid in pids:
        try:
            os.kill(pid, number)
        except ProcessLookupError:
            pass


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--most", type=int, default=800)
    parser.add_argument("--every", type=int, default=1500)
    parser.add_argument("--seed", type=int, default=None)
    parser.add_argument("command", nargs=argparse.REMAINDER)
    args = parser.parse_args()
    chance = random.Random(args.seed)
    process = subprocess.Popen(args.command)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda n, _: process.send_signal(n))
    while True:
        try:
            status = process.wait(chance.uniform(0.02, args.every / 1000))
            return status if status >= 0 else 128 - status
        except subprocess.TimeoutExpired:
            pids = descendants(process.pid)
            send(pids, signal.SIGSTOP)
            time.sleep(chance.uniform(0.01, args.most / 1000))
            # whoever was born between the look and the stop goes on by itself
            send(pids, signal.SIGCONT)


if __name__ == "__main__":
    sys.exit(main())
