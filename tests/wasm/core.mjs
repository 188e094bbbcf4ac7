/* core.mjs: the core as a WebAssembly module, with calls that take and give
 * byte arrays. Instantiated without imports: that it can be is part of the
 * contract (docs/architecture.md).
 */
import { readFileSync } from 'node:fs';
import { webcrypto } from 'node:crypto';

const { subtle } = webcrypto;

export const ROLE_RELAY = 2;
export const ROLE_SOURCE = 4;

/* P2pActionType */
export const Action = {
  SEND: 0, SIGN: 1, VERIFY: 2, HEADER: 3, DELIVER: 4, SKIP: 5, WANT_LINKS: 6,
  CONNECT: 7, SIGNAL: 8, DROP_LINK: 9, EVENT: 10,
};

/* FlatAction of host.c */
const FIELDS = ['type', 'link', 'token', 'stream', 'head', 'headLen', 'body',
  'bodyLen', 'signature', 'chunk', 'discont', 'first', 'last', 'event', 'bad',
  'reason'];

const KINDS = ['frame', 'chunk', 'stream-header', 'sign-prefix'];
const TEXT_SIZE = 4 * 256 * 1024;
const BYTES_SIZE = 512 * 1024;

export const unhex = (text) => Uint8Array.from(Buffer.from(text, 'hex'));
export const hex = (bytes) => Buffer.from(bytes).toString('hex');

export class Core {
  constructor(path) {
    this.module = new WebAssembly.Module(readFileSync(path));
    const { exports } = new WebAssembly.Instance(this.module, {});
    this.exports = Object.fromEntries(Object.entries(exports)
      .map(([name, value]) => [name.replace(/^host_/, ''), value]));
    this.text = this.exports.alloc(TEXT_SIZE);
    this.out = this.exports.alloc(BYTES_SIZE);
  }

  imports() {
    return WebAssembly.Module.imports(this.module);
  }

  /* The module's memory moves when it grows: never kept over a call. */
  bytes(address, len) {
    return new Uint8Array(this.exports.memory.buffer, address, len).slice();
  }

  /* Calls with the address of a copy of each block, freed afterwards. */
  with(blocks, call) {
    const places = blocks.map((block) => {
      const place = this.exports.alloc(Math.max(block.length, 1));
      if (place === 0)
        throw new Error('the module has no memory left');
      new Uint8Array(this.exports.memory.buffer).set(block, place);
      return place;
    });
    try {
      return call(...places);
    } finally {
      places.forEach((place) => this.exports.free(place));
    }
  }

  describe(kind, bytes) {
    return this.with([bytes], (data) => {
      const len = this.exports.describe(KINDS.indexOf(kind), data,
        bytes.length, this.text, TEXT_SIZE);
      return JSON.parse(Buffer.from(this.bytes(this.text, len)).toString());
    });
  }

  reencode(kind, bytes) {
    return this.with([bytes], (data) => {
      const len = this.exports.reencode(KINDS.indexOf(kind), data,
        bytes.length, this.out, BYTES_SIZE);
      return this.bytes(this.out, len);
    });
  }

  signPrefix(tag, swarmId, epoch, number, ntp) {
    return this.with([new Uint8Array(65), Buffer.from(tag), swarmId],
      (out, text, swarm) => {
        this.exports.sign_prefix(out, text, swarm, epoch, number, ntp);
        return this.bytes(out, 65);
      });
  }
}

/* An Ed25519 key pair of WebCrypto, and the swarm id that goes with it. */
export class Key {
  static async fromSeed(seed) {
    /* PKCS #8 (RFC 8410 section 7) */
    const der = Buffer.concat([
      Buffer.from('302e020100300506032b657004220420', 'hex'), seed]);
    const key = new Key();
    key.private = await subtle.importKey('pkcs8', der, 'Ed25519', true,
      ['sign']);
    const { x } = await subtle.exportKey('jwk', key.private);
    key.public = Uint8Array.from(Buffer.from(x, 'base64url'));
    key.swarmId = Uint8Array.from([15, ...key.public]);
    return key;
  }

  async sign(prefix, body) {
    return new Uint8Array(await subtle.sign('Ed25519', this.private,
      Buffer.concat([prefix, body])));
  }
}

export async function verify(publicKey, signature, prefix, body) {
  const key = await subtle.importKey('raw', publicKey, 'Ed25519', false,
    ['verify']);
  return subtle.verify('Ed25519', key, signature,
    Buffer.concat([prefix, body]));
}

/* One swarm of the core. Actions are drained into 'onAction', which gets plain
 * values: blocks are copied out of the module. */
export class Swarm {
  constructor(core, { role, key, swarmId, peerId, seed, epoch = 0n, proof, now }) {
    this.core = core;
    this.peerId = peerId;
    const blocks = [swarmId ?? key.swarmId, peerId];
    if (proof)
      blocks.push(proof);
    this.address = core.with(blocks, (swarm, peer, place = 0) =>
      core.exports.swarm_new(role, swarm, peer, seed, epoch, place, now));
    if (this.address === 0)
      throw new Error('no swarm');
  }

  free() {
    this.core.exports.swarm_free(this.address);
    this.address = 0;
  }

  linkUp(link, peerId, offerer, channel, now) {
    return this.core.with([peerId], (peer) =>
      this.core.exports.link_up(this.address, link, peer, offerer, channel, now));
  }

  linkStats(link, unacked, sent, received, lastReceived, now) {
    this.core.exports.link_stats(this.address, link, unacked, sent, received,
      lastReceived, now);
  }

  frame(link, bytes, now) {
    this.core.with([bytes], (data) =>
      this.core.exports.frame(this.address, link, data, bytes.length, now));
  }

  publishHeader(caps, now) {
    const text = Buffer.from(caps);
    return this.core.with([text], (data) =>
      this.core.exports.publish_header(this.address, data, text.length, now));
  }

  publishChunk(bytes, ptsNs, now) {
    return this.core.with([bytes], (data) => this.core.exports.publish_chunk(
      this.address, data, bytes.length, ptsNs, now));
  }

  verified(token, good, now) {
    this.core.exports.verified(this.address, token, good, now);
  }

  signed(token, signature, now) {
    this.core.with([signature], (data) =>
      this.core.exports.signed(this.address, token, data, now));
  }

  tick(now) {
    this.core.exports.tick(this.address, now);
  }

  nextDeadline() {
    return this.core.exports.next_deadline(this.address);
  }

  * actions() {
    for (;;) {
      const place = this.core.exports.next_action(this.address);
      if (place === 0)
        return;
      const words = new Uint32Array(this.core.exports.memory.buffer, place,
        FIELDS.length);
      const action = Object.fromEntries(FIELDS.map((f, i) => [f, words[i]]));
      action.head = this.core.bytes(action.head, action.headLen);
      action.body = this.core.bytes(action.body, action.bodyLen);
      action.signature = action.signature
        ? this.core.bytes(action.signature, 64) : null;
      yield action;
    }
  }
}
