#!/usr/bin/env python3
# gst-plugins-p2p
#
# This library is free software; you can redistribute it and/or
# modify it under the terms of the GNU Lesser General Public
# License as published by the Free Software Foundation; either
# version 2.1 of the License, or (at your option) any later version.
"""What the set-up of links costs and who sent how much in the worst 2 s.

    packets.py FILE [NODE]      # FILE: "packets" of must-hold.py --keep DIR

Bytes with IP and UDP headers. A link's set-up is ICE (STUN until the first
record of DTLS), the DTLS handshake, and the first half second of application
data (SCTP's four messages, the opening frames) if less than that came.
"""
import collections
import os
import sys

HANDSHAKE = (20, 21, 22)
SCTP_RECORDS = 2        # each way: INIT, COOKIE ECHO; INIT ACK, COOKIE ACK


def read(path):
    with open(path) as f:
        for line in f:
            words = line.split()
            if len(words) == 6:
                yield tuple(int(w) for w in words)


def set_ups(packets):
    """{(sender, receiver): {phase: [datagrams, bytes], 'time': us}}"""
    links = {}
    for time, a, b, size, kind, _ in packets:
        new = {'ice': [0, 0], 'dtls': [0, 0], 'sctp': [0, 0], 'began': time}
        one = links.setdefault((a, b), new)
        other = links.get((b, a))
        started = one['dtls'][0] or (other and other['dtls'][0])
        if kind < 4 and not started:
            phase = 'ice'
        elif kind in HANDSHAKE:
            phase = 'dtls'
        elif kind == 23 and one['sctp'][0] < SCTP_RECORDS:
            phase = 'sctp'
            one['up'] = time
        else:
            continue
        one[phase][0] += 1
        one[phase][1] += size
    return links


def worst(packets, node, window=2000000):
    """(bytes, end in us) of the worst 2 s of a node."""
    inside, total, best = collections.deque(), 0, (0, 0)
    for time, a, _, size, _, _ in packets:
        if a != node:
            continue
        inside.append((time, size))
        total += size
        while time - inside[0][0] >= window:
            total -= inside.popleft()[1]
        best = max(best, (total, time))
    return best


def kinds(packets, node, start, end):
    """{kind: [datagrams, bytes]} that the node sent."""
    names = {20: 'dtls', 21: 'dtls', 22: 'dtls', 23: 'data'}
    found = collections.defaultdict(lambda: [0, 0])
    for time, a, _, size, kind, _ in packets:
        if a == node and start < time <= end:
            entry = found[names.get(kind, 'stun')]
            entry[0] += 1
            entry[1] += size
    return found


def main():
    if len(sys.argv) not in (2, 3) or not os.path.isfile(sys.argv[1]):
        print(__doc__, file=sys.stderr)
        return 2
    packets = list(read(sys.argv[1]))
    node = int(sys.argv[2]) if len(sys.argv) > 2 else 1
    first = packets[0][0] if packets else 0
    sums = []
    print(' from   to    at_s  ice_n  ice_B dtls_n dtls_B sctp_n sctp_B    sum')
    for (a, b), one in set_ups(packets).items():
        total = sum(one[p][1] for p in ('ice', 'dtls', 'sctp'))
        if node in (a, b):
            print(f'{a:5}{b:5}{(one["began"] - first) / 1e6:8.2f}', *(
                f'{v:6}' for p in ('ice', 'dtls', 'sctp') for v in one[p]),
                f'{total:6}')
        if 'up' in one:
            sums.append(total)
    sums.sort()
    if sums:
        print(f'{len(sums)} ends of links that came up: bytes each p50 '
              f'{sums[len(sums) // 2]} p90 {sums[len(sums) * 9 // 10]} '
              f'most {sums[-1]}')
    peak, at = worst(packets, node)
    print(f'node {node}: {peak} bytes in the 2 s to {(at - first) / 1e6:.2f}:',
          {k: tuple(v) for k, v in kinds(packets, node, at - 2000000,
                                         at).items()})


if __name__ == '__main__':
    sys.exit(main())
