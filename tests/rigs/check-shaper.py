#!/usr/bin/env python3
# gst-plugins-p2p
#
# This library is free software; you can redistribute it and/or
# modify it under the terms of the GNU Lesser General Public
# License as published by the Free Software Foundation; either
# version 2.1 of the License, or (at your option) any later version.
"""The shaper does what it says: delay, loss, rate, cut, down; nothing stays.

Usage: check-shaper.py SHAPER. Exit status 77 = skipped, with a reason.
"""
import os
import signal
import socket
import statistics
import subprocess
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from p2pnetns import Net, SKIP, Unavailable

# In a process of its own because a socket belongs to the namespace it was
# made in. "echo" answers everything; "ask" sends numbered datagrams and prints
# the round trips in ms of those that came back.
HELPER = r'''
import socket, sys, time
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
if sys.argv[1] == 'echo':
    s.bind(('', 9999))
    print('ready', flush=True)
    while True:
        data, who = s.recvfrom(2048)
        s.sendto(data, who)
host, n, interval, size = sys.argv[2], int(sys.argv[3]), float(sys.argv[4]), int(sys.argv[5])
s.settimeout(0)
sent, trips = [], []
start = time.monotonic()
while time.monotonic() < start + n * interval + 1:
    if len(sent) < n and time.monotonic() >= start + len(sent) * interval:
        try:
            s.sendto(len(sent).to_bytes(4, 'big') + bytes(size - 4), (host, 9999))
        except OSError:
            pass
        sent.append(time.monotonic())
    try:
        data = s.recv(2048)
        trips.append(1000 * (time.monotonic() - sent[int.from_bytes(data[:4], 'big')]))
    except BlockingIOError:
        time.sleep(0.0001)
    except OSError:
        time.sleep(0.01)
print(' '.join(f'{t:.3f}' for t in trips))
'''
failures = 0


def check(good, text):
    global failures
    print(f'{"ok" if good else "FAILED"}: {text}')
    failures += not good


def ask(net, node, host, n, interval=0.005, size=100):
    p = net.spawn(node, [sys.executable, '-c', HELPER, 'ask', host, str(n),
                         str(interval), str(size)], stdout=subprocess.PIPE,
                  text=True)
    return [float(w) for w in p.communicate()[0].split()]


def check_paths(net):
    net.path(delay_ms=20)
    trips = ask(net, 1, net.address(2), 200)
    # the median: single ones suffer when the host takes the processor away
    check(len(trips) == 200, f'{len(trips)} of 200 came back without loss')
    middle = statistics.median(trips) if trips else 0
    check(40 <= middle < 80, f'median round trip {middle:.2f} ms for 40')
    net.path(delay_ms=1, loss=0.10)
    came = len(ask(net, 1, net.address(2), 1000, interval=0.001))
    # 810 expected, standard deviation 12.4: five of them
    check(748 <= came <= 872, f'{came} of 1000 came back at 10 % each way')
    net.path(delay_ms=1, rate=1e6)
    # 125 packets of 1028 B = 1.028 Mbit take a second at 1 Mbit/s
    start = time.monotonic()
    trips = ask(net, 1, net.address(2), 50, interval=0.0001, size=1000)
    check(len(trips) == 50 and 380 < max(trips) < 480,
          f'the last of 50 large ones waits {max(trips, default=0):.0f} ms '
          'for 411 at 1 Mbit/s')


def check_cuts(net):
    net.path(delay_ms=5)
    net.cut(2)
    check(not ask(net, 1, net.address(2), 20), 'nothing passes a cut cable')
    net.mend(2)
    check(len(ask(net, 1, net.address(2), 20)) == 20, 'mended, all passes')
    net.down(2)
    check(not ask(net, 1, net.address(2), 20), 'nothing passes an interface '
          'that is down')
    net.up(2)
    check(len(ask(net, 1, net.address(2), 20)) == 20, 'up again, all passes')
    net.reset()
    ask(net, 1, net.address(2), 100, size=972)
    counts = net.counts()
    check(counts[1]['udp_out'] == 100000 and counts[1]['peak_2s'] == 100000
          and counts[2]['udp_out'] == 100000,
          f'counters: {counts[1]["udp_out"]} B sent of 100000')


def check_pair_alone(net):
    net.path(delay_ms=1)
    net.path(1, 2, delay_ms=30)
    trips = ask(net, 1, net.address(2), 50)
    check(trips and 31 <= statistics.median(trips) < 70,
          'one way of one pair alone is 30 ms')


def hears(receiver, sender, to, patience=5):
    """Whether a datagram from one socket to an address reaches the other. What
    does not is waited for as long as a later one takes that does."""
    sender.sendto(b'x', to)
    receiver.settimeout(patience)
    try:
        return receiver.recvfrom(100)[1]
    except socket.timeout:
        return None


# (sees one port for all, lets another port in, lets another address in)
KINDS = {'full': (True, True, True), 'restricted': (True, True, False),
         'port-restricted': (True, False, False),
         'symmetric': (False, False, False)}


def check_translators(net):
    net.path(delay_ms=1)
    first, second = net.socket(1, port=9001), net.socket(1, port=9002)
    other = net.socket(3, port=9001)
    for kind, expected in KINDS.items():
        net.nat(2, kind)
        inside = net.socket(2)
        outer = hears(first, inside, (net.address(1), 9001))
        back = outer and hears(inside, first, outer)
        port = outer and hears(inside, second, outer, 0.5) is not None
        stranger = outer and hears(inside, other, outer, 0.5) is not None
        again = hears(other, inside, (net.address(3), 9001))
        seen = (again == outer, port, stranger)
        check(back and outer[0] == '10.78.0.2' and seen == expected,
              f'{kind}: one mapping, another port, another address: {seen}')
        check(hears(inside, first, (net.address(2), inside.getsockname()[1]),
                    0.2) is None, f'{kind}: the inner address is not reached')
        inside.close()
    net.nat(2, 'none')
    inside = net.socket(2)
    check(hears(first, inside, (net.address(1), 9001)) is not None, 'no '
          'translator any more')


def check_ipv6(net):
    net.ipv6(1)
    net.ipv6(3)
    a = net.socket(1, socket.AF_INET6, 9001)
    b = net.socket(3, socket.AF_INET6, 9001)
    check(hears(b, a, (net.ipv6_address(3), 9001)) is not None
          and hears(a, b, (net.ipv6_address(1), 9001)) is not None,
          'IPv6 alone passes')
    try:
        net.socket(1).sendto(b'x', (net.address(2), 9001))
        check(False, 'IPv4 is gone')
    except OSError:
        check(True, 'IPv4 is gone')


def check_nothing_stays(shaper):
    owner = subprocess.Popen(
        [sys.executable, '-c', 'import sys, time; sys.path.insert(0, '
         f'{os.path.dirname(os.path.abspath(__file__))!r}); import p2pnetns; '
         f'n = p2pnetns.Net({shaper!r}, 2); '
         'p = n.spawn(1, ["sleep", "1000"]); '
         'print(n._shaper.pid, p.pid, flush=True); time.sleep(1000)'],
        stdout=subprocess.PIPE, text=True)
    pids = [int(w) for w in owner.stdout.readline().split()]
    owner.send_signal(signal.SIGKILL)
    owner.wait()
    deadline = time.monotonic() + 10
    left = pids
    while left and time.monotonic() < deadline:
        time.sleep(0.05)
        left = [p for p in left if alive(p)]
    check(pids and not left, 'nothing stays when the owner is killed')


def alive(pid):
    try:
        with open(f'/proc/{pid}/stat') as f:
            return f.read().rsplit(')', 1)[1].split()[0] != 'Z'
    except OSError:
        return False


def main():
    if len(sys.argv) != 2 or not os.path.isfile(sys.argv[1]):
        print(__doc__, file=sys.stderr)
        return 2
    try:
        with Net(sys.argv[1], 3) as net:
            echo = net.spawn(2, [sys.executable, '-c', HELPER, 'echo'],
                             stdout=subprocess.PIPE, text=True)
            echo.stdout.readline()
            check_paths(net)
            check_cuts(net)
            check_pair_alone(net)
            check_translators(net)
            check_ipv6(net)
    except Unavailable as reason:
        print(f'skipped: {reason}')
        return SKIP
    check_nothing_stays(sys.argv[1])
    return 1 if failures else 0


sys.exit(main())
