#!/usr/bin/env python3
# gst-plugins-p2p
#
# This library is free software; you can redistribute it and/or
# modify it under the terms of the GNU Lesser General Public
# License as published by the Free Software Foundation; either
# version 2.1 of the License, or (at your option) any later version.
"""Passes and fails of tests/rigs/tables/sweep.json as the table of a decision.

    sweep-table.py [FILE]

A cell: p95 in ms over path at hops 1, 2 and 3, and ! where a limit is not held.
Limits at 40 ms RTT are those of the contract: 60 and 110 ms at 1 % loss, 120 and
175 at 3 % (hop 1 and 2); 0 without loss. A repair takes round trips, so they grow
with the round trip above 40 ms, and do not shrink below it. 5 % has the limits of
3 %, and hop 3 as much more than hop 2 as that has over hop 1. Everywhere: nothing
missing, not falling behind."""
import json
import os
import sys

LIMITS = {0: (0, 0), 1: (60, 110), 3: (120, 175), 5: (120, 175)}


def limits(case):
    first, second = LIMITS[case['loss_percent']]
    scale = max(1, case['rtt_ms'] / 40)
    return [v * scale for v in (first, second, 2 * second - first)]


def holds(hop, limit):
    return (hop['p95'] <= limit + 0.05 and hop['missing'] == 0
            and hop['second_half_p50'] <= hop['first_half_p50'] + 20)


def cell(case):
    words = [f"{hop['p95']:.0f}" + ('' if holds(hop, limit) else '!')
             for hop, limit in zip(case['added_ms_by_hop'], limits(case))]
    return ' '.join(words)


def main():
    here = os.path.dirname(os.path.abspath(__file__))
    path = sys.argv[1] if len(sys.argv) > 1 else os.path.join(
        here, 'tables/sweep.json')
    with open(path) as f:
        cases = json.load(f)
    keys = sorted({(c['rtt_ms'], c['loss_percent']) for c in cases})
    lossy = [k for k in keys if k[1] > 0]
    bad = sum('!' in cell(c) for c in cases if c['loss_percent'] == 0)
    n = sum(c['loss_percent'] == 0 for c in cases)
    print(f'Without loss: {n - bad} of {n} cases add 0 ms.\n')
    for loss in sorted({k[1] for k in lossy}):
        rtts = [k[0] for k in lossy if k[1] == loss]
        print(f'{loss} % loss:\n')
        print('| message | parents | ' + ' | '.join(
            f'{rtt} ms' for rtt in rtts) + ' |')
        print('|' + '---|' * (len(rtts) + 2))
        rows = {}
        for c in cases:
            if c['loss_percent'] == loss:
                rows.setdefault((c['message'], c['parents']), {})[
                    c['rtt_ms']] = cell(c)
        for (message, parents), row in sorted(rows.items()):
            print(f'| {message} | {parents} | ' + ' | '.join(
                row[rtt] for rtt in rtts) + ' |')
        print()
    passed = sum('!' not in cell(c) for c in cases)
    print(f'{passed} of {len(cases)} cases hold.')


main()
