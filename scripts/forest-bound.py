#!/usr/bin/env python3
"""What a good push forest could give the members of p2p-sim: greedy, so not quite a lower bound for the lag.

One chunk of every sub-stream, for itself: no queue, no control message, no death. Whoever has the chunk sends
it to the strongest neighbour that lacks it, at its cap, as often as its slots allow.

    scripts/forest-bound.py --peers=1000 [--rate=128000] [--upload=384000] [--neighbours=16] [--homes=2]

--neighbours=0: everybody can send to everybody. --homes=N: who relays only N of the sub-streams has as many
slots for each as all together, and trees are wider.
"""
import argparse
import heapq
import math
import random

DECK = [0.25] * 4 + [0.75] * 6 + [2] * 7 + [5] * 3  # as p2pscenario.c draws upload
MEAN = 1.7
SLOTS = 0.92  # of a cap, as p2pbucket.c


class Members:
    def __init__(self, o):
        self.random = random.Random(o.seed)
        self.n, self.k = o.peers, 4 if o.rate < 512000 else 8
        self.place = [(self.random.random(), self.random.random()) for _ in range(o.peers + 1)]
        scale = MEAN / (sum(DECK) / len(DECK))
        up = [o.upload or DECK[i % len(DECK)] * scale * o.rate for i in range(o.peers)]
        chunk = o.rate / 8 / (8 if o.rate < 512000 else 16)
        wire = chunk + 102 + 93 * math.ceil((chunk + 102) / 1132)
        slot = o.rate / self.k * wire / chunk
        other = (0.06 + 0.06 if o.rate < 512000 else 0.07) * o.rate
        self.up = [4 * o.rate] + up
        self.send_ms = [wire * 8000 / u for u in self.up]
        self.slots = [3 * self.k - 1] + [max(0, int((SLOTS * u - other) / slot)) for u in up]
        self.links = self.draw_links(o.neighbours) if o.neighbours else None

    def delay(self, a, b):
        (ax, ay), (bx, by) = self.place[a], self.place[b]
        return 5 + 85 * math.hypot(ax - bx, ay - by) / math.sqrt(2) + 0.5

    def draw_links(self, target):
        links = [set() for _ in range(self.n + 1)]
        for i in range(1, self.n + 1):
            while len(links[i]) < min(target * 2 // 3, self.n - 1):
                j = self.random.randrange(1, self.n + 1)
                if j != i:
                    links[i].add(j)
                    links[j].add(i)
        for j in sorted(range(1, self.n + 1), key=lambda i: -self.up[i])[:48]:
            links[0].add(j)
            links[j].add(0)
        return links

    def budget(self, s, homes):
        def part(i):
            step = self.k // homes
            if (s + i) % step:
                return 0
            return self.slots[i] // homes + ((s // step + i) % homes < self.slots[i] % homes)

        return [self.slots[0] // self.k] + [part(i) for i in range(1, self.n + 1)]

    def tree(self, s, homes):
        """Yields (ms, hops) of those that are reached."""
        budget = self.budget(s, homes)
        lacks = set(range(1, self.n + 1))
        worth = [min(b, 12) / t for b, t in zip(budget, self.send_ms)]
        rank = sorted(lacks, key=lambda i: (-worth[i], self.random.random()))
        first, hop = 0, {0: 0}
        todo = [(self.send_ms[0], 0, 1)]
        while todo and lacks:
            t, i, nth = heapq.heappop(todo)
            if self.links:
                near = [j for j in self.links[i] if j in lacks]
                child = min(near, key=lambda j: (-worth[j], self.delay(i, j)), default=None)
            else:
                while rank[first] not in lacks:
                    first += 1
                some = [j for j in rank[first:first + 64] if j in lacks][:8]
                child = min(some, key=lambda j: (budget[j] == 0, self.delay(i, j)))
            if child is None:
                continue
            lacks.discard(child)
            at, hop[child] = t + self.delay(i, child), hop[i] + 1
            yield at, hop[child]
            if nth < budget[i]:
                heapq.heappush(todo, (t + self.send_ms[i], i, nth + 1))
            if budget[child]:
                heapq.heappush(todo, (at + self.send_ms[child], child, 1))


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument('--peers', type=int, default=1000)
    p.add_argument('--rate', type=float, default=2e6)
    p.add_argument('--upload', type=float, default=0, help='of each, bit/s; else the mix of p2p-sim')
    p.add_argument('--neighbours', type=int, default=16)
    p.add_argument('--homes', type=int, default=0)
    p.add_argument('--seed', type=int, default=1)
    o = p.parse_args()
    m = Members(o)
    reached = sorted(r for s in range(m.k) for r in m.tree(s, o.homes or m.k))
    lag = [r[0] for r in reached]
    print('lag p50 %.0f p99 %.0f ms, %.2f hops, %.1f %% reached, %.2f slots for each needed' % (
        lag[len(lag) // 2], lag[len(lag) * 99 // 100], sum(r[1] for r in reached) / len(reached),
        100 * len(reached) / (m.n * m.k), sum(m.slots[1:]) / (m.n * m.k)))


if __name__ == '__main__':
    main()
