#!/usr/bin/env python3
# gst-plugins-p2p
#
# This library is free software; you can redistribute it and/or
# modify it under the terms of the GNU Lesser General Public
# License as published by the Free Software Foundation; either
# version 2.1 of the License, or (at your option) any later version.
"""A swarm of real processes and the simulator's, side by side.

Usage: tests/rigs/real-and-sim.py [--build DIR] [--peers=30] [SCENARIO ...]

Scenarios: steady, flash (all join within 2 s), churn (5 % a second are killed
and replaced), death (half are killed at once). Each listener has a namespace
of its own (from 31 on they share them), 20 ms each way, MP3 of 128 kbit/s; the
source may upload 4 and each listener 4 times that. p2p-sim runs with the same
numbers, its members introduced by the tracker's own code, and the mean of its
seeds is printed beside: once on a machine that never stands still, once with
the stalls that this machine had while the processes ran. Real figures are held
against the second; those that differ by more than a quarter, and by more than
a count or clock of this size can tell (SLACK), are marked. Exit status 77: no
namespaces here.
"""
import argparse
import glob
import json
import os
import random
import re
import signal
import subprocess
import sys
import tempfile
import time

from p2pnetns import SKIP, Unavailable
from p2pradio import (MP3_BPS, Radio, arrived_chunks, percentile,
                      published_chunks)
from p2pstalls import Stalls

SCENARIOS = ('steady', 'flash', 'churn', 'death')
CAP = 4 * MP3_BPS
ACCESS = 100000000      # bit/s; the shaper has no rate here
DELAY_MS, LATENCY_MS = 20, 2000
SETTLE = 2.1            # of a listener's first chunks, as in the simulator
SPACES = 31             # the shaper's, without the source's
DIFFERS = 0.25
SLACK = {'lag p50, ms': 15, 'lag p95, ms': 40, 'in time at 2 s, %': 1,
         'duplicates, %': 1, 'source, x': 0.2, 'hops': 0.4}
DEBUG = 'p2psession:6'
SEEDS = 10
WARM_UP, JOINED = 10, 1         # s; a simulated listener plays after the second
# what the rig's encoder and p2psink make of MP3: chunks of five frames with
# their records, 2149 bytes
RATE, CHUNK_MS = 131600, 130.6


def parse():
    p = argparse.ArgumentParser(description=__doc__.split('\n')[0])
    p.add_argument('--build', default='build')
    p.add_argument('--peers', type=int, default=30)
    p.add_argument('--seconds', type=int, default=20)
    p.add_argument('--seeds', type=int, default=SEEDS, help='simulated')
    p.add_argument('--keep', help='recordings stay here')
    p.add_argument('--json', help='rows are written there')
    p.add_argument('scenario', nargs='*')
    options = p.parse_args()
    for name in options.scenario:
        if name not in SCENARIOS:
            p.error(f'no scenario {name}')
    return options


# ---- real ----

class Swarm:
    def __init__(self, radio, options):
        self.radio, self.options = radio, options
        self.random = random.Random(1)
        self.alive, self.count = [], 0
        self.died = {}

    def join(self):
        node = 2 + self.count % min(self.options.peers, SPACES - 1)
        self.count += 1
        self.alive.append(self.radio.listen(
            node, name=f'listener{self.count}', debug=DEBUG,
            latency=LATENCY_MS, max_upload_bitrate=CAP))

    def kill(self):
        victim = self.alive.pop(self.random.randrange(len(self.alive)))
        victim.signal(signal.SIGKILL)
        self.died[victim] = time.monotonic()

    def processors(self):
        """{thread: (seconds it ran, seconds it waited for a processor, times
        that it got one)} of all that live and of their network."""
        found = {}
        for pid in [p.process.pid for p in self.alive] + [
                self.radio.publisher.process.pid, self.radio.net.shaper_pid]:
            for path in glob.glob(f'/proc/{pid}/task/*/schedstat'):
                try:
                    with open(path) as f:
                        ran, waited, times = map(int, f.read().split())
                except (OSError, ValueError):
                    continue        # it has ended
                found[path] = (ran / 1e9, waited / 1e9, times)
        return found


def play_scenario(swarm, name, start):
    """From the end of the warm-up on."""
    end = start + swarm.options.seconds
    if name == 'death':
        time.sleep(max(0, start + 10 - time.monotonic()))
        for _ in range(len(swarm.alive) // 2):
            swarm.kill()
    period = 100 / 5 / swarm.options.peers
    while name == 'churn' and time.monotonic() < end:
        time.sleep(period)
        swarm.kill()
        swarm.join()
    time.sleep(max(0, end - time.monotonic()))
    return end


def counted(peer, name, start):
    """What a counter rose by from the start on."""
    recording = peer.recording()
    values = [(t, int(m[1])) for t, text in recording.stats
              if (m := re.search(rf'{name}=\([a-z0-9]+\)(\d+)', text))]
    before = [v for t, v in values if t < start]
    return values[-1][1] - (before[-1] if before else 0) if values else 0


def measure(swarm, publisher, start, end, egress):
    published = published_chunks(publisher)
    lags, hops, due, there, frames, twice = [], [], 0, 0, 0, 0
    for peer in swarm.radio.peers:
        gone = swarm.died.get(peer, end)
        if not os.path.exists(peer.prefix + '.debug'):
            continue            # it has hardly started
        arrived = arrived_chunks(peer)
        first = min((t for t, _, _ in arrived.values()), default=gone)
        for key, (at, _) in published.items():
            if not (max(start, first + SETTLE) <= at < end - LATENCY_MS / 1000
                    and at + LATENCY_MS / 1000 <= gone):
                continue
            due += 1
            if key in arrived:
                lag = (arrived[key][0] - at) * 1000
                there += lag <= LATENCY_MS
                lags.append(lag)
                hops.append(arrived[key][1])
    for peer in swarm.radio.peers:      # as simulated: the dead, too
        if not os.path.exists(peer.prefix + '.log'):
            continue
        frames += counted(peer, 'fragments-delivered', start)
        twice += counted(peer, 'fragments-duplicate', start)
    media = sum(size for at, size in published.values() if start <= at < end)
    return {'lag p50, ms': percentile(lags, 0.5),
            'lag p95, ms': percentile(lags, 0.95),
            'in time at 2 s, %': 100 * there / due if due else None,
            'duplicates, %': 100 * twice / frames if frames else None,
            'source, x': egress / media if media else None,
            'hops': sum(hops) / len(hops) if hops else None}


def run_real(name, options):
    over = 2 if name == 'flash' else 5
    stalls = Stalls()
    nodes = 1 + min(options.peers, SPACES - 1)
    with Radio(options.build, nodes, delay_ms=DELAY_MS,
               keep=options.keep and os.path.join(options.keep, name)) as radio:
        publisher = radio.publish(debug=DEBUG, max_upload_bitrate=CAP)
        time.sleep(1.5)
        swarm = Swarm(radio, options)
        begin = time.monotonic()
        for i in range(options.peers):
            time.sleep(max(0, begin + over * i / options.peers
                           - time.monotonic()))
            swarm.join()
        # processes begin later than simulated members; from the last one's
        # first sound on both have the same time to settle
        radio.wait_taps(swarm.alive, n=1)
        start = time.monotonic() + WARM_UP - over - JOINED
        time.sleep(max(0, start - time.monotonic()))
        before = radio.net.counts()[1]['udp_out']
        used = swarm.processors()
        end = play_scenario(swarm, name, start)
        used = [sum(x) for x in zip((0, 0, 0), *(
            [a - b for a, b in zip(v, used.get(k, (0, 0, 0)))]
            for k, v in swarm.processors().items()))]
        egress = radio.net.counts()[1]['udp_out'] - before
        stalls.stop()
        for peer in swarm.alive + [publisher]:
            peer.process.send_signal(signal.SIGTERM)
        for peer in swarm.alive + [publisher]:
            peer.end()
        machine = [((at - length - begin) * 1000, length * 1000)
                   for at, length in stalls.found if at - length > begin]
        print(f'{name:>9} the machine: {stalls.stolen_percent():.0f} % stolen, '
              f'{len(machine)} stalls, {sum(m[1] for m in machine):.0f} ms in '
              f'all, {max((m[1] for m in machine), default=0):.0f} the longest; '
              f'the processes used {used[0] / (end - start):.2f} processors '
              f'and waited {used[1] / max(1, used[2]) * 1000:.2f} ms for one')
        return measure(swarm, publisher, start, end, egress), machine


# ---- simulated ----

def run_sim(name, options, machine=None):
    command = [os.path.join(options.build, 'tools/p2p-sim'), '--no-time',
               f'--rate={RATE}', f'--chunk={CHUNK_MS}', f'--peers={options.peers}', '--map=fixed',
               f'--delay={DELAY_MS}:{DELAY_MS}', f'--upload={ACCESS}',
               f'--cap={CAP}', f'--source={CAP / RATE:.3f}', f'--source-access={ACCESS}', f'--latency={LATENCY_MS}', f'--warm-up={WARM_UP}',
               f'--seconds={options.seconds}', f'--seeds={options.seeds}',
               '--tracker',
               # ICE, DTLS and SCTP at this delay, as the rig's listeners need
               '--setup=220:240',
               '--join-over=%d' % (2 if name == 'flash' else 5)]
    command += {'churn': ['--churn=5'], 'death': ['--kill=50']}.get(name, [])
    with tempfile.NamedTemporaryFile('w') as f:
        if machine:
            f.writelines(f'{at:.3f} {length:.3f}\n' for at, length in machine)
            f.flush()
            command.append(f'--stalls={f.name}')
        out = subprocess.run(command, check=True, text=True, timeout=300,
                             stdout=subprocess.PIPE).stdout
    seeds = [json.loads(line) for line in out.splitlines()]

    def mean(get):
        return sum(get(s) for s in seeds) / len(seeds)
    return {'lag p50, ms': mean(lambda s: s['lag_ms']['p50']),
            'lag p95, ms': mean(lambda s: s['lag_ms']['p95']),
            'in time at 2 s, %': mean(lambda s: s['continuity']['2']),
            'duplicates, %': mean(lambda s: s['duplicates']),
            'source, x': mean(lambda s: s['source_wire_x']),
            'hops': mean(lambda s: s['hops'])}


def differs(what, real, sim):
    if real is None or sim is None:
        return True
    return (abs(real - sim) > DIFFERS * max(abs(sim), 1e-9)
            and abs(real - sim) > SLACK[what]) or (
        '%' in what and abs(real - sim) > SLACK[what])


def main():
    options = parse()
    rows = []
    print(f'{"scenario":>9} {"":<18} {"simulated":>10} {"stalled":>10} '
          f'{"real":>10}')
    for name in options.scenario or SCENARIOS:
        try:
            real, machine = run_real(name, options)
        except Unavailable as e:
            print(f'no namespaces here: {e}', file=sys.stderr)
            return SKIP
        calm, sim = run_sim(name, options), run_sim(name, options, machine)
        for what in sim:
            mark = 'DIFFERS' if differs(what, real[what], sim[what]) else ''
            shown = '-' if real[what] is None else f'{real[what]:.2f}'
            print(f'{name:>9} {what:<18} {calm[what]:>10.2f} '
                  f'{sim[what]:>10.2f} {shown:>10} {mark}', flush=True)
            rows.append({'scenario': name, 'what': what, 'sim': calm[what],
                         'stalled': sim[what], 'real': real[what],
                         'differs': bool(mark)})
    if options.json:
        with open(options.json, 'w') as f:
            json.dump(rows, f, indent=1)
    return 0


if __name__ == '__main__':
    sys.exit(main())
