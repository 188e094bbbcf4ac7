/* Swarms of the core in WebAssembly: a source publishes, a listener hears it
 * through a relay that joined before. Time is virtual; signatures are made and
 * checked by WebCrypto, asynchronously; its answers come 1 to 5 virtual ms
 * later, in an order drawn from the seed.
 * Usage: node swarm.mjs MODULE [SEED ...]
 */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';

import { Action, Core, Key, ROLE_RELAY, ROLE_SOURCE, Swarm, verify }
  from './core.mjs';

const MS = 1000n;
const DELAY = 10n * MS;         /* one way */
const STATS = 50n * MS;
const CHUNK = 125n * MS;
const EPOCH = 4004208000n << 32n;
const CAPS = 'audio/mpeg, mpegversion=(int)1, layer=(int)3';

const core = new Core(process.argv[2]);
const key = await Key.fromSeed(Buffer.from(Array.from({ length: 32 }, (_, i) => i)));
const peerId = (name) =>
  Uint8Array.from(createHash('sha256').update(name).digest());
const mediaOf = (i) => Uint8Array.from({ length: 2000 }, (_, j) => i * 7 + j * 3);

/* ---- a network of virtual time ---- */

class Net {
  constructor(seed) {
    this.random = seed;
    this.now = 1000000n;
    this.events = [];           /* [time, order, function] */
    this.order = 0;
    this.nodes = [];
    this.pending = [];          /* [answer of WebCrypto to come, function] */
  }

  at(time, run) {
    this.events.push([time, this.order++, run]);
  }

  takeDue() {
    let best = -1;
    this.events.forEach(([time, order], i) => {
      if (time > this.now)
        return;
      const b = this.events[best];
      if (best < 0 || time < b[0] || (time === b[0] && order < b[1]))
        best = i;
    });
    return best < 0 ? null : this.events.splice(best, 1)[0][2];
  }

  nextTime() {
    let next = null;
    const sooner = (t) => {
      if (next === null || t < next)
        next = t;
    };
    this.events.forEach(([time]) => sooner(time));
    this.nodes.forEach((node) => sooner(node.swarm.nextDeadline()));
    return next > this.now ? next : this.now + MS;
  }

  async run(until) {
    while (this.now < until) {
      for (let run; (run = this.takeDue());)
        run();
      this.nodes.forEach((node) => {
        if (node.swarm.nextDeadline() <= this.now)
          node.swarm.tick(this.now);
        node.drain();
      });
      await this.takeAnswers();
      if (this.isDue())
        continue;
      const next = this.nextTime();
      this.now = next < until ? next : until;
    }
  }

  isDue() {
    return this.events.some(([time]) => time <= this.now);
  }

  /* Crypto runs in real time: the virtual clock waits for it, so that a busy
   * machine changes nothing. */
  async takeAnswers() {
    const pending = this.pending;

    this.pending = [];
    const values = await Promise.all(pending.map(([promise]) => promise));
    values.forEach((value, i) => this.at(
      this.now + BigInt(1000 + this.draw(4000)), () => pending[i][1](value)));
  }

  /* Numerical Recipes' linear congruential generator: [0, n) */
  draw(n) {
    this.random = (Math.imul(this.random, 1664525) + 1013904223) >>> 0;
    return Math.floor(this.random / 2 ** 32 * n);
  }
}

class Node {
  constructor(net, name, options) {
    this.net = net;
    this.name = name;
    this.links = new Map();     /* id: { peer, peerLink, unacked, ... } */
    this.delivered = [];
    this.caps = null;
    this.dropped = [];
    this.nVerify = 0;
    this.nSign = 0;
    this.mangle = null;         /* changes what is sent */
    this.swarm = new Swarm(core, { key, peerId: peerId(name), now: net.now,
      seed: BigInt(name.length), ...options });
    net.nodes.push(this);
    this.tellStats();
  }

  drain() {
    for (const action of this.swarm.actions())
      this.act(action);
  }

  act(action) {
    switch (action.type) {
      case Action.SEND:
        this.send(action);
        break;
      case Action.SIGN:
        this.nSign++;
        this.answer(key.sign(action.head, action.body), (signature) =>
          this.swarm.signed(action.token, signature, this.net.now));
        break;
      case Action.VERIFY:
        this.nVerify++;
        this.answer(verify(key.public, action.signature, action.head,
          action.body), (good) =>
          this.swarm.verified(action.token, good, this.net.now));
        break;
      case Action.HEADER:
        this.caps = core.describe('stream-header', action.body).caps;
        break;
      case Action.DELIVER:
        this.delivered.push([action.chunk,
          core.describe('chunk', action.body)]);
        break;
      case Action.DROP_LINK:
        this.dropped.push(action.bad);
        break;
      default:
        break;
    }
  }

  answer(promise, use) {
    this.net.pending.push([promise, use]);
  }

  send(action) {
    const link = this.links.get(action.link);
    let bytes = Uint8Array.from([...action.head, ...action.body]);

    if (!link)
      return;
    if (this.mangle)
      bytes = this.mangle(bytes);
    link.unacked += bytes.length;
    link.sent += BigInt(bytes.length);
    this.net.at(this.net.now + DELAY, () => link.peer.receive(link, bytes));
    this.net.at(this.net.now + 2n * DELAY, () => {
      link.unacked -= bytes.length;
      this.tellLink(action.link, link);
    });
  }

  receive(from, bytes) {
    const link = this.links.get(from.peerLink);

    link.received += BigInt(bytes.length);
    link.lastReceived = this.net.now;
    this.tellLink(from.peerLink, link);
    this.swarm.frame(from.peerLink, bytes, this.net.now);
  }

  tellLink(id, link) {
    this.swarm.linkStats(id, link.unacked, link.sent, link.received,
      link.lastReceived, this.net.now);
  }

  tellStats() {
    this.links.forEach((link, id) => this.tellLink(id, link));
    this.net.at(this.net.now + STATS, () => this.tellStats());
  }
}

function connect(net, a, b, idA, idB) {
  const link = (peer, peerLink) => ({ peer, peerLink, unacked: 0, sent: 0n,
    received: 0n, lastReceived: net.now });

  a.links.set(idA, link(b, idB));
  b.links.set(idB, link(a, idA));
  assert.equal(a.swarm.linkUp(idA, b.swarm.peerId, 1, 100 + idA, net.now), 0);
  assert.equal(b.swarm.linkUp(idB, a.swarm.peerId, 0, 200 + idB, net.now), 0);
}

async function newSource(net) {
  const id = peerId('source');
  const proof = await key.sign(
    core.signPrefix('P2PPEERB', key.swarmId, EPOCH, 0, 0n), id);
  const source = new Node(net, 'source', { role: ROLE_SOURCE, epoch: EPOCH,
    proof });

  assert.equal(source.swarm.publishHeader(CAPS, net.now), 0);
  return source;
}

function publish(net, source, count) {
  const start = net.now;

  for (let i = 0; i < count; i++) {
    net.at(start + BigInt(i + 1) * CHUNK, () => assert.equal(
      source.swarm.publishChunk(mediaOf(i), BigInt(i) * CHUNK * 1000n,
        net.now), 0));
  }
}

function checkMedia(node) {
  node.delivered.forEach(([chunk, said]) => {
    assert.equal(said.records.length, 1);
    assert.equal(said.records[0].data, Buffer.from(mediaOf(chunk)).toString('hex'));
    assert.equal(said.records[0].pts_ns, String(BigInt(chunk) * CHUNK * 1000n));
  });
  node.delivered.forEach(([chunk], i) =>
    assert.equal(chunk, node.delivered[0][0] + i, 'a chunk is missing'));
}

/* ---- what has to happen ---- */

async function sourceAndListener(seed) {
  const net = new Net(seed);
  const source = await newSource(net);
  const listener = new Node(net, 'listener', { role: ROLE_RELAY });

  publish(net, source, 60);
  net.at(net.now + 200n * MS, () => connect(net, source, listener, 1, 2));
  await net.run(net.now + 60n * CHUNK + 3000n * MS);
  assert.equal(Buffer.from(listener.caps, 'hex').toString(), CAPS);
  assert.ok(listener.delivered.length >= 58, `${listener.delivered.length} chunks`);
  assert.equal(listener.delivered.at(-1)[0], 59);
  checkMedia(listener);
  assert.equal(source.nSign, 61, 'header and chunks are signed once');
  assert.ok(listener.nVerify >= 60);
  return `${listener.delivered.length} chunks to a listener`;
}

async function relayed(seed) {
  const net = new Net(seed);
  const source = await newSource(net);
  const relay = new Node(net, 'relay', { role: ROLE_RELAY });
  const listener = new Node(net, 'far listener', { role: ROLE_RELAY });

  connect(net, source, relay, 1, 2);
  publish(net, source, 60);
  net.at(net.now + 2000n * MS, () => connect(net, relay, listener, 3, 4));
  await net.run(net.now + 60n * CHUNK + 3000n * MS);
  assert.equal(relay.delivered.length, 60);
  assert.equal(listener.delivered.at(-1)[0], 59);
  assert.ok(listener.delivered.length >= 44, `${listener.delivered.length} chunks`);
  checkMedia(relay);
  checkMedia(listener);
  return `${listener.delivered.length} over a relay`;
}

async function forged(seed) {
  const net = new Net(seed);
  const source = await newSource(net);
  const relay = new Node(net, 'relay', { role: ROLE_RELAY });
  const listener = new Node(net, 'far listener', { role: ROLE_RELAY });

  connect(net, source, relay, 1, 2);
  publish(net, source, 60);
  net.at(net.now + 1000n * MS, () => connect(net, relay, listener, 3, 4));
  /* after 5 s the relay changes the last byte of every chunk it passes on */
  net.at(net.now + 5000n * MS, () => {
    relay.mangle = (bytes) => {
      if (bytes.length > 2000)
        bytes[bytes.length - 1] ^= 1;
      return bytes;
    };
  });
  await net.run(net.now + 60n * CHUNK + 3000n * MS);
  assert.equal(relay.delivered.length, 60);
  assert.ok(listener.delivered.length >= 20, `${listener.delivered.length} chunks`);
  assert.ok(listener.delivered.at(-1)[0] <= 40, 'a forged chunk came through');
  checkMedia(listener);
  assert.deepEqual(listener.dropped, [1], 'the forger is dropped as bad');
  return `a forger dropped after ${listener.delivered.length}`;
}

const seeds = process.argv.length > 3 ? process.argv.slice(3).map(Number) : [1];
for (const seed of seeds) {
  const results = [];

  for (const scenario of [sourceAndListener, relayed, forged])
    results.push(await scenario(seed));
  console.log(`seed ${seed}: ${results.join('; ')}`);
}
