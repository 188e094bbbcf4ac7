# gst-plugins-p2p
#
# This library is free software; you can redistribute it and/or
# modify it under the terms of the GNU Lesser General Public
# License as published by the Free Software Foundation; either
# version 2.1 of the License, or (at your option) any later version.
"""What the machine itself did to a measurement: how long it stood still, and
the share of processor time that its host gave to others.

A swarm judged against the clock stands still with its machine. So a rig tells
both beside its figures; they change no verdict.
"""
import threading
import time

TICK_S = 0.005
STOLEN = 8              # column of "cpu" in /proc/stat, see proc(5)
KEEP = 100000           # stalls remembered: hours of the worst machine
NOTABLE_S = 0.02


def processor_times():
    with open('/proc/stat') as f:
        return [int(w) for w in f.readline().split()[1:STOLEN + 1]]


class Stalls(threading.Thread):
    """Sleeps 5 ms again and again and notes when that took much longer."""

    def __init__(self):
        super().__init__(daemon=True)
        self.found = []             # (monotonic time of waking, seconds over)
        self.before = processor_times()
        self.ending = threading.Event()
        self.start()

    def run(self):
        last = time.monotonic()
        while not self.ending.wait(TICK_S):
            now = time.monotonic()
            if now - last > TICK_S + NOTABLE_S and len(self.found) < KEEP:
                self.found.append((now, now - last - TICK_S))
            last = now

    def stop(self):
        self.ending.set()
        self.join()

    def longest(self, begin=float('-inf'), end=float('inf')):
        """Seconds, of the stalls that ended in [begin, end]; 0 = none."""
        return max((length for at, length in self.found
                    if begin <= at <= end), default=0.0)

    def stolen_percent(self):
        """Of all processor time since the start, idle time included."""
        spent = [b - a for a, b in zip(self.before, processor_times())]
        return 100 * spent[STOLEN - 1] / max(1, sum(spent))
