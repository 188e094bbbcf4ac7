#!/usr/bin/env python3
# gst-plugins-p2p
#
# This library is free software; you can redistribute it and/or
# modify it under the terms of the GNU Lesser General Public
# License as published by the Free Software Foundation; either
# version 2.1 of the License, or (at your option) any later version.
"""Which links come up where: hosts behind translators of every kind against each
other, with a STUN server, with a relay, with servers that are wrong or gone; and
hosts with IPv6 alone; interfaces that take less than a datagram of ours (1,228 B).
Real links (p2p-link-peer) in namespaces.

Usage: check-paths.py P2P-SHAPER P2P-LINK-PEER [nat | ipv6 | mtu ...]. Judges what comes up
and over what path, never how fast. Exit status 77 = skipped, with a reason.
"""
import itertools
import json
import os
import queue
import shutil
import subprocess
import sys
import threading
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from p2pnetns import Net, SKIP, Unavailable

SERVER, A, B = 1, 2, 3
# No path is told after 5 to 15 s; the rest is for a machine that is busy.
PATIENCE_S = 60
SETTLE_S = 5
HOST, REFLEXIVE, RELAYED, FAILED = 1, 2, 3, 0
WORDS = {HOST: 'host', REFLEXIVE: 'direct', RELAYED: 'relayed', FAILED: 'no path'}
KINDS = ('none', 'full', 'restricted', 'port-restricted', 'symmetric')
STUN = f'--stun=stun://{Net.address(SERVER)}:3478'
TURN = f'--turn=turn://me:secret@{Net.address(SERVER)}:3478'
failures = 0


def check(good, text):
    global failures
    print(f'{"ok" if good else "FAILED"}: {text}', flush=True)
    failures += not good


class End:
    """One p2p-link-peer."""

    def __init__(self, net, node, program, options):
        self.process = net.spawn(node, [program, *options],
                                 stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                 text=True)
        self.events = queue.Queue()
        self.kept = []
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self):
        for line in self.process.stdout:
            self.events.put(json.loads(line))
        self.events.put({'event': 'gone'})

    def say(self, cmd, **more):
        self.process.stdin.write(json.dumps({'cmd': cmd, **more}) + '\n')
        self.process.stdin.flush()

    def next(self, timeout):
        try:
            return self.events.get(timeout=timeout)
        except queue.Empty:
            return {'event': 'nothing'}

    def wait(self, name):
        """The next event of that name; the others are kept."""
        while True:
            event = self.next(PATIENCE_S)
            if event['event'] in (name, 'nothing', 'gone'):
                return event
            self.kept.append(event)

    def end(self):
        self.process.kill()
        self.process.wait()
        self.process.stdin.close()


class Link:
    """Carries descriptions and candidates of two ends until both know how it
    went. path: of HOST ... FAILED; error: what was said of it."""

    def __init__(self, net, program, options, nodes=(A, B)):
        self.ends = [End(net, node, program, options) for node in nodes]
        self.path, self.error = None, ''
        try:
            self._run(*self.ends)
        finally:
            for end in self.ends:
                end.end()

    def _run(self, a, b):
        a.say('offer')
        b.say('accept', sdp=a.wait('description').get('sdp', ''))
        a.say('answer', sdp=b.wait('description').get('sdp', ''))
        states = [None, None]
        for i, event in itertools.chain(
                [(i, e) for i in (0, 1) for e in self.ends[i].kept],
                self._events(states)):
            if event['event'] == 'candidate':
                self.ends[1 - i].say('candidate', candidate=event['candidate'])
            elif event['event'] == 'state':
                states[i] = event['state']
                self.error = event.get('error') or self.error
            if 'failed' in states or states == ['connected', 'connected']:
                break
        if states == ['connected', 'connected']:
            self.path = self._use(a, b)
        elif 'failed' in states:
            self.path = FAILED

    def _events(self, states):
        quiet = 0
        while quiet < PATIENCE_S * 10:
            for i, end in enumerate(self.ends):
                event = end.next(0.05)
                if event['event'] == 'nothing':
                    quiet += 1
                else:
                    quiet = 0
                    yield i, event

    @staticmethod
    def _use(a, b):
        """A message each way, and then the path: checks may go on a while."""
        for one, other in ((a, b), (b, a)):
            one.say('send', stream=1, size=9000, seed=5)
            if other.wait('message').get('seed') != 5:
                return None
        for _ in range(SETTLE_S):
            paths = []
            for end in (a, b):
                end.say('stats')
                paths.append(end.wait('stats').get('path') or 0)
            if max(paths) < RELAYED:
                break
            time.sleep(1)       # a better pair may still be found
        return max(paths) or None


def expected_path(a, b, with_relay):
    if a == b == 'none':
        return HOST
    # a symmetric one shows each remote another port, which only those take who
    # do not look at ports
    if 'symmetric' in (a, b) and {a, b} & {'port-restricted'} or a == b == 'symmetric':
        return RELAYED if with_relay else FAILED
    return REFLEXIVE


def start_server(net):
    program = shutil.which('turnserver')
    if program is None:
        return None
    address = Net.address(SERVER)
    server = net.spawn(SERVER, [
        program, '-n', '--listening-ip', address, '--relay-ip', address,
        '--listening-port', '3478', '--lt-cred-mech', '--user', 'me:secret',
        '--realm', 'test', '--no-tls', '--no-dtls', '--no-cli', '--log-file',
        'stdout', '--simple-log', '--pidfile', '/dev/null', '--userdb',
        '/dev/null'], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    asking = net.socket(A)
    asking.settimeout(0.2)
    for _ in range(PATIENCE_S * 5):
        # a binding request of RFC 8489
        asking.sendto(bytes.fromhex('000100002112a442') + bytes(12),
                      (address, 3478))
        try:
            asking.recv(1000)
            return server
        except OSError:
            continue
    raise RuntimeError('the STUN server does not answer')


def judge(net, program, name, options, expected, words=''):
    link = Link(net, program, options)
    told = WORDS.get(link.path, 'neither way')
    if link.path == FAILED:
        told += f' ("{link.error}")'
    good = link.path == expected and (link.path != FAILED
                                      or words in link.error)
    check(good, f'{name}: {told}' + ('' if good else
                                     f', expected {WORDS[expected]}'))


def check_kinds(net, program):
    for a, b in itertools.combinations_with_replacement(KINDS, 2):
        net.nat(A, a)
        net.nat(B, b)
        for with_relay in (False, True):
            judge(net, program, f'{a} / {b}, STUN' + ' and relay' * with_relay,
                  [STUN, TURN] if with_relay else [STUN],
                  expected_path(a, b, with_relay), 'TURN')


def check_servers(net, program):
    net.nat(A, 'full')
    net.nat(B, 'full')
    judge(net, program, 'full / full, no server', [], FAILED, 'TURN')
    judge(net, program, 'full / full, STUN server is dead',
          [f'--stun=stun://{Net.address(SERVER)}:9'], FAILED, 'TURN')
    judge(net, program, 'full / full, only relayed', [TURN, '--relay-only'],
          RELAYED)
    net.nat(A, 'symmetric')
    net.nat(B, 'symmetric')
    judge(net, program, 'symmetric / symmetric, relay over TCP',
          [STUN, TURN + '?transport=tcp'], RELAYED)
    judge(net, program, 'symmetric / symmetric, wrong password',
          [STUN, TURN.replace('secret', 'wrong')], FAILED, 'TURN')
    judge(net, program, 'symmetric / symmetric, relay is dead',
          [STUN, TURN.replace(':3478', ':9')], FAILED, 'TURN')


def check_nat(shaper, program):
    with Net(shaper, 3) as net:
        net.path(delay_ms=5)
        if start_server(net) is None:
            print('skipped: turnserver (coturn) is not installed')
            return False
        check_kinds(net, program)
        check_servers(net, program)
    return True


def check_ipv6(shaper, program):
    with Net(shaper, 3) as net:
        net.path(delay_ms=5)
        net.ipv6(A)
        net.ipv6(B)
        judge(net, program, 'IPv6 alone', [], HOST)
        link = Link(net, program, ['--loopback'], nodes=(A, A))
        check(link.path == HOST, 'IPv6 alone, on one machine: '
              + WORDS.get(link.path, 'neither way'))
    return True


def check_mtu(shaper, program):
    with Net(shaper, 3) as net:
        net.path(delay_ms=5)
        net.mtu(A, 1280)
        judge(net, program, 'one side takes 1280 B (tunnel, the least of IPv6)', [], HOST)
        net.mtu(A, 900)
        judge(net, program, 'one side takes 900 B', [], HOST)
        net.mtu(B, 576)
        judge(net, program, 'the sides take 900 and 576 B', [], HOST)
    return True


def main():
    if len(sys.argv) < 3 or set(sys.argv[3:]) - {'nat', 'ipv6', 'mtu'}:
        print(__doc__, file=sys.stderr)
        return 2
    shaper, program = (os.path.abspath(path) for path in sys.argv[1:3])
    ran = False
    try:
        for what in sys.argv[3:] or ['ipv6', 'mtu', 'nat']:
            ran |= {'nat': check_nat, 'ipv6': check_ipv6,
                    'mtu': check_mtu}[what](shaper, program)
    except Unavailable as reason:
        print(f'skipped: {reason}')
        return SKIP
    return 1 if failures else 0 if ran else SKIP


sys.exit(main())
