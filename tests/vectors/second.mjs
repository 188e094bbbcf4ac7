/* second.mjs: a second decoder of the wire format, written from
 * docs/protocol/wire.md alone and sharing nothing with the C one. That both
 * read the vectors alike is what the document is worth.
 *
 * Usage: node second.mjs VECTORS.json ...   (section numbers are those of wire.md)
 */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const hex = (bytes) => Buffer.from(bytes).toString('hex');
const signed = (v) => BigInt.asIntN(64, v);

class Refused extends Error {}

function refuseIf(condition, why) {
  if (condition)
    throw new Refused(why);
}

/* ---- 1: numbers ---- */

class Bytes {
  constructor(bytes) {
    this.bytes = bytes;
    this.at = 0;
  }

  get left() {
    return this.bytes.length - this.at;
  }

  take(n) {
    refuseIf(n > this.left, 'cut short');
    this.at += n;
    return this.bytes.subarray(this.at - n, this.at);
  }

  number(size) {
    return this.take(size).reduce((v, byte) => v * 256 + byte, 0);
  }

  u64() {
    return this.take(8).reduce((v, byte) => v << 8n | BigInt(byte), 0n);
  }

  list(n, size) {
    return Array.from({ length: n }, () => this.number(size));
  }

  varint() {
    let v = 0n;

    for (let i = 0; i < 10; i++) {
      const byte = this.number(1);

      refuseIf(i === 9 && byte > 1, 'more than 64 bits');
      v |= BigInt(byte & 0x7f) << BigInt(7 * i);
      if (byte < 0x80) {
        refuseIf(byte === 0 && i > 0, 'not the shortest form');
        return v;
      }
    }
    throw new Refused('more than 10 bytes');
  }

  svarint() {
    const v = this.varint();

    return v & 1n ? -(v >> 1n) - 1n : v >> 1n;
  }
}

/* ---- 4: messages of RFC 7574 ---- */

function range(b) {
  const first = b.number(4);
  const last = b.number(4);

  refuseIf(first > last, 'backwards');
  return { first, last };
}

function oneChunk(b) {
  const { first, last } = range(b);

  refuseIf(first !== last, 'more than one chunk');
  return first;
}

function handshake(b) {
  const said = { source_channel: b.number(4) };
  const v = { addressing: 2, integrity_method: 0, signature_algorithm: 0,
    discard_window: 0, chunk_size: 0, supported: hex(new Uint8Array(32)) };
  let last = -1;

  for (;;) {
    const option = b.number(1);

    if (option === 255)
      break;
    refuseIf(option <= last || option > 9, 'order of options');
    refuseIf(last < 0 && option !== 0, 'no version');
    last = option;
    switch (option) {
      case 0: v.version = v.min_version = b.number(1); break;
      case 1: v.min_version = b.number(1); break;
      case 2: {
        const len = b.number(2);
        refuseIf(len > 64, 'swarm id');
        v.swarm_id = hex(b.take(len));
        break;
      }
      case 3: v.integrity_method = b.number(1); break;
      case 4: b.number(1); break;
      case 5: v.signature_algorithm = b.number(1); break;
      case 6:
        v.addressing = b.number(1);
        refuseIf(v.addressing > 4, 'addressing');
        break;
      case 7:
        if (v.addressing === 0 || v.addressing === 2) {
          v.discard_window = b.number(4);
        } else {
          const wide = b.u64();
          v.discard_window = Number(wide > 0xffffffffn ? 0xffffffffn : wide);
        }
        break;
      case 8: {
        const len = b.number(1);
        refuseIf(len > 32, 'bitmap');
        const bits = new Uint8Array(32);
        bits.set(b.take(len));
        v.supported = hex(bits);
        break;
      }
      case 9: v.chunk_size = b.number(4); break;
    }
  }
  if (said.source_channel === 0)
    return said;
  refuseIf(last < 0, 'no version');
  return { ...said, ...v };
}

function data(b) {
  const said = { chunk: oneChunk(b), time_us: String(b.u64()) };

  refuseIf(b.left < 20 || b.left > 15892, 'size of a chunk');
  return { ...said, bytes: hex(b.take(b.left)) };
}

const plain = {
  0: ['HANDSHAKE', handshake],
  1: ['DATA', data],
  3: ['HAVE', range],
  7: ['SIGNED_INTEGRITY', (b) => ({ chunk: oneChunk(b), ntp: String(b.u64()),
    signature: hex(b.take(64)) })],
  8: ['REQUEST', range],
  9: ['CANCEL', range],
  10: ['CHOKE', () => ({})],
  11: ['UNCHOKE', () => ({})],
};

/* ---- 5: extensions ---- */

function hello(b) {
  const said = { version: b.number(1), min_version: b.number(1), features: 0,
    role: 0, capacity: 0, epoch: '0' };
  const sizes = { 1: 4, 2: 1, 3: 1, 4: 8, 6: 64 };
  const seen = new Set();

  while (b.left > 0) {
    const type = b.number(1);
    const value = new Bytes(b.take(b.number(2)));

    refuseIf(type in sizes && value.left !== sizes[type], 'size of a TLV');
    if (type >= 1 && type <= 6) {
      refuseIf(seen.has(type), 'TLV twice');
      seen.add(type);
    }
    switch (type) {
      case 1: said.features = value.number(4); break;
      case 2: said.role = value.number(1); break;
      case 3: said.capacity = value.number(1); break;
      case 4: said.epoch = String(value.u64()); break;
      case 5:
        refuseIf(value.left > 1024, 'token');
        if (value.left > 0)
          said.token = hex(value.bytes);
        break;
      case 6: said.proof = hex(value.bytes); break;
    }
  }
  return said;
}

function part(b, id, max) {
  const said = { id, offset: b.number(4), total: b.number(4) };

  refuseIf(b.left < 1 || b.left > 16384, 'size of a part');
  refuseIf(said.total > max || said.offset + b.left > said.total, 'total');
  return { ...said, data: hex(b.take(b.left)) };
}

function header(b) {
  const said = { epoch: String(b.u64()), ntp: String(b.u64()),
    signature: hex(b.take(64)) };

  return { ...said, ...part(b, b.number(2), 262144) };
}

function signal(b) {
  const said = { to: hex(b.take(32)), from: hex(b.take(32)),
    kind: b.number(1), ttl: b.number(1), session: b.number(4) };

  return { ...said, ...part(b, b.number(4), 16384) };
}

function count(b, max) {
  const n = b.number(1);

  refuseIf(n > max, 'too many');
  return n;
}

function subscribe(b) {
  const said = { mask: b.number(2), first: b.number(4),
    burst_first: b.number(4), credit: b.number(2), capacity: b.number(1) };

  return { ...said, refuse: b.list(count(b, 16), 4) };
}

function subOk(b) {
  const said = { mask: b.number(2), refused: b.number(2), k: count(b, 16) };
  const p = count(b, 16);

  refuseIf((said.mask | said.refused) >= 2 ** said.k, 'sub-stream above K');
  const bits = said.mask.toString(2).replaceAll('0', '').length;
  return { ...said, next: b.list(bits, 4), path: b.list(p, 4) };
}

function peerList(b) {
  const said = { mask: b.number(2), reason: b.number(1) };
  const n = count(b, 16);

  return { ...said, peers: Array.from({ length: n }, () => ({
    peer: hex(b.take(32)), capacity: b.number(1), free_slots: b.number(1),
    role: b.number(1), lag_4ms: b.number(2), age_s: b.number(2) })) };
}

function status(b) {
  const said = { ping_id: b.number(4), base: b.number(4), newest: b.number(4),
    k: count(b, 16) };
  const h = count(b, 16);
  const p = count(b, 16);

  return { ...said, capacity: b.number(1), free_slots: b.number(1),
    queue_10ms: b.number(1), role: b.number(1), head: b.list(said.k, 1),
    lag_4ms: b.list(said.k, 2), holes: b.list(h, 2), path: b.list(p, 4) };
}

const extensions = {
  0x80: ['HELLO', hello],
  0x81: ['HEADER', header],
  0x82: ['SUBSCRIBE', subscribe],
  0x83: ['SUB_OK', subOk],
  0x84: ['UNSUBSCRIBE', (b) => ({ mask: b.number(2), reason: b.number(1) })],
  0x85: ['REDIRECT', peerList],
  0x86: ['STATUS', status],
  0x87: ['PONG', (b) => ({ ping_id: b.number(4), source_ntp: String(b.u64()),
    hold_us: b.number(4), error_4ms: b.number(2) })],
  0x88: ['LEAVE', peerList],
  0x89: ['SIGNAL', signal],
  0x8a: ['PEERS', peerList],
  0x8b: ['HEADER_REQUEST', (b) => ({ generation: b.number(2) })],
};

/* ---- 3: frames ---- */

function frame(b) {
  const channel = b.number(4);
  const messages = [];

  while (b.left > 0) {
    const code = b.number(1);
    const extension = code >= 0x80 && code <= 0xbf;
    const [type, decode] = (extension ? extensions : plain)[code] ?? [];

    refuseIf(!extension && !decode, `code ${code}`);
    const body = extension ? new Bytes(b.take(b.number(2))) : b;
    if (decode)
      messages.push({ type, ...decode(body) });
  }
  return { channel, messages };
}

/* ---- 6 and 7: chunks and records ---- */

const MAX_TIME = 1n << 61n;
const MAX_BUFFER = 8 * 1024 * 1024;

const inRange = (t) => t >= -MAX_TIME && t <= MAX_TIME;

function checkTimes(r) {
  for (const name of ['pts', 'dts'])
    refuseIf(r[name] !== null && !inRange(r[name]), name);
  refuseIf(r.duration !== null && (r.duration < 0n || r.duration > MAX_TIME),
    'duration');
}

class Records {
  constructor(basePts) {
    this.start = inRange(basePts) ? basePts : 0n;
    this.noPts = false;
    this.duration = this.dtsDistance = this.offset = this.endOffset = null;
    this.flags = 0;
    this.endIsByte = false;
    this.lastBuffer = null;     /* length of the last record, if a run may follow */
  }

  get from() {
    return inRange(this.start) ? this.start : 0n;
  }

  predictedEnd(offset, length) {
    return this.endIsByte && offset !== null
      ? BigInt.asUintN(64, offset + BigInt(length)) : this.endOffset;
  }

  predicted(length) {
    const pts = this.noPts ? null : this.from;

    return { pts, duration: this.duration, flags: this.flags,
      dts: this.dtsDistance === null ? null
        : signed(this.from + this.dtsDistance),
      offset: this.offset, endOffset: this.predictedEnd(this.offset, length) };
  }

  learnTime(pts, duration) {
    this.noPts = pts === null;
    if (pts !== null)
      this.start = duration === null ? pts : pts + duration;
  }

  learn(r, length) {
    this.dtsDistance = r.dts === null ? null
      : r.dts - (r.pts === null ? this.from : r.pts);
    this.duration = r.duration;
    this.flags = r.flags;
    /* "none" is all ones: a sum that gets there is none */
    const next = r.offset === null ? null
      : BigInt.asUintN(64, r.offset + BigInt(length));
    this.offset = next === 2n ** 64n - 1n ? null : next;
    this.endIsByte = r.offset !== null && r.endOffset !== null
      && BigInt.asUintN(64, r.endOffset - r.offset) === BigInt(length);
    this.endOffset = r.endOffset;
    this.learnTime(r.pts, r.duration);
  }

  /* The end offset that is not said depends on the length, which comes later:
   * undefined until then. */
  meta(b, first) {
    const r = this.predicted(0);
    const ptsBits = first >> 3 & 3;

    refuseIf(ptsBits === 3, 'PTS bits');
    if (ptsBits === 1)
      r.pts = signed(this.from + b.svarint());
    if (ptsBits === 2)
      r.pts = null;
    if (first & 0x20) {
      const delta = b.svarint();
      r.duration = delta === 0n ? null : signed((this.duration ?? -1n) + delta);
    }
    const more = first & 0x40 ? b.number(1) : 0;
    const base = r.pts ?? this.from;
    const offset = () => {
      const v = b.varint();
      return v === 0n ? null : v - 1n;
    };
    if (more & 0x01)
      r.flags = b.number(1);
    if (more & 0x02)
      r.dts = signed(base + b.svarint());
    else if (more & 0x04 || this.dtsDistance === null)
      r.dts = null;
    else
      r.dts = signed(base + this.dtsDistance);
    if (more & 0x08)
      r.offset = offset();
    r.endOffset = more & 0x10 ? offset() : undefined;
    if (more & 0x80)
      b.take(Number(b.varint()));
    return r;
  }

  length(b, max = MAX_BUFFER) {
    const n = b.varint();

    refuseIf(n > BigInt(max), 'length');
    return Number(n);
  }

  say(kind, r, bytes, extra = {}) {
    const said = { kind };

    if (r.pts !== null)
      said.pts_ns = String(r.pts);
    if (r.dts !== null)
      said.dts_ns = String(r.dts);
    if (r.duration !== null)
      said.duration_ns = String(r.duration);
    Object.assign(said, extra, { flags: r.flags });
    if (r.offset !== null)
      said.offset = String(r.offset);
    if (r.endOffset !== null)
      said.offset_end = String(r.endOffset);
    return { ...said, data: hex(bytes) };
  }

  buffer(b, first) {
    const r = this.meta(b, first);

    checkTimes(r);
    const length = this.length(b);
    const bytes = b.take(length);
    if (r.endOffset === undefined)
      r.endOffset = this.predictedEnd(r.offset, length);
    this.learn(r, length);
    this.lastBuffer = length > 0 ? length : null;
    return [this.say('BUFFER', r, bytes)];
  }

  part(b, first) {
    let r = this.meta(b, first);
    const partOffset = this.length(b, 0xffffffff);
    const total = this.length(b);
    const bytes = b.take(this.length(b));

    refuseIf(bytes.length === 0 || partOffset + bytes.length > total, 'part');
    if (partOffset === 0) {
      checkTimes(r);
      if (r.endOffset === undefined)
        r.endOffset = this.predictedEnd(r.offset, total);
      this.learn(r, total);
    } else {
      refuseIf(first !== 1, 'later part with meta');
      r = { pts: null, dts: null, duration: null, flags: 0, offset: null,
        endOffset: null };
    }
    return [this.say('PART', r, bytes, { part_offset: partOffset, total })];
  }

  gap(b) {
    const body = new Bytes(b.take(this.length(b)));
    const pts = signed(this.from + body.svarint());
    const plusOne = body.varint();
    const duration = plusOne === 0n ? null : plusOne - 1n;

    checkTimes({ pts, dts: null, duration });
    this.learnTime(pts, duration);
    const said = { kind: 'GAP', pts_ns: String(pts) };
    return [duration === null ? said
      : { ...said, duration_ns: String(duration) }];
  }

  run(b, first) {
    const n = b.number(1);
    const length = this.lastBuffer;

    refuseIf(first !== 0x80 || n === 0 || length === null, 'run');
    return Array.from({ length: n }, () => {
      const r = this.predicted(length);
      const bytes = b.take(length);

      checkTimes(r);
      this.learn(r, length);
      return this.say('BUFFER', r, bytes);
    });
  }

  next(b) {
    const first = b.number(1);

    if (first & 0x80)
      return this.run(b, first);
    this.lastBuffer = null;
    switch (first & 7) {
      case 0: return this.buffer(b, first);
      case 1: return this.part(b, first);
      case 2: return [{ kind: 'EVENT', data: hex(b.take(this.length(b))) }];
      case 3: return [{ kind: 'TAGS', data: hex(b.take(this.length(b))) }];
      case 4: return this.gap(b);
      case 5: b.take(this.length(b)); return [{ kind: 'EOS' }];
      default: b.take(this.length(b)); return [];
    }
  }
}

function chunk(b) {
  const said = { flags: b.number(2), generation: b.number(2),
    stream: b.number(1), record_count: b.number(1),
    join_distance: b.number(2), duration_us: b.number(4) };
  const basePts = signed(b.u64());
  const reader = new Records(basePts);
  const records = [];

  while (b.left > 0)
    records.push(...reader.next(b));
  return { ...said, base_pts_ns: String(basePts), records };
}

/* ---- 8 and 9: stream header, signature input ---- */

function streamHeader(b) {
  refuseIf(b.left > 262144, 'too long');
  refuseIf(b.number(1) !== 1, 'version');
  const said = { flags: b.number(1), key_generation: b.number(1),
    k: b.number(1), generation: b.number(2) };

  refuseIf(said.k < 1 || said.k > 16, 'K');
  b.number(2);
  Object.assign(said, { epoch: String(b.u64()), chunk_duration_us: b.number(4),
    bitrate: b.number(4), window_ms: b.number(4), first_chunk: b.number(4),
    caps: '', buffers: [], tags: '', ice: '' });
  const seen = new Set();
  while (b.left > 0) {
    const type = b.number(1);
    const value = hex(b.take(b.number(3)));
    const name = { 1: 'caps', 3: 'tags', 4: 'ice' }[type];

    if (type === 2) {
      said.buffers.push(value);
      refuseIf(said.buffers.length > 64, 'buffers');
    } else if (name) {
      refuseIf(seen.has(name), `${name} twice`);
      seen.add(name);
      said[name] = value;
    }
  }
  return said;
}

function signPrefix(b) {
  refuseIf(b.left !== 65, 'length');
  return { tag: hex(b.take(8)), swarm_id: hex(b.take(33)),
    epoch: String(b.u64()), first: b.number(4), last: b.number(4),
    ntp: String(b.u64()) };
}

const decoders = { frame, chunk, 'stream-header': streamHeader,
  'sign-prefix': signPrefix };

/* As the fields of a vector: { error: 'protocol' } is what is refused. Null for
 * a kind that is not a block of bytes. */
export function decode(kind, bytes) {
  if (!(kind in decoders))
    return null;
  try {
    return decoders[kind](new Bytes(bytes));
  } catch (e) {
    if (!(e instanceof Refused))
      throw e;
    return { error: 'protocol' };
  }
}

/* ---- the vectors ---- */

function main(files) {
  let n = 0;

  for (const file of files) {
    for (const v of JSON.parse(readFileSync(file)).vectors) {
      const said = decode(v.kind, Buffer.from(v.hex ?? '', 'hex'));

      if (said === null)
        continue;
      assert.deepEqual(said, v.fields, v.name);
      n++;
    }
  }
  assert.ok(n > 0, 'no vectors');
  console.log(`${n} vectors read alike`);
}

if (process.argv[1] === fileURLToPath(import.meta.url))
  main(process.argv.slice(2));
