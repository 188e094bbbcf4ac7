/* The core and the second decoder (tests/vectors/second.mjs) read seeded
 * mutations of the vectors: they have to agree on what each says, and on what
 * is refused.
 * Usage: node differ.mjs MODULE VECTORS [RUNS [SEED]]
 */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { decode } from '../vectors/second.mjs';
import { Core, hex, unhex } from './core.mjs';

const [modulePath, vectorPath, runs = '20000', seed = '1'] = process.argv.slice(2);
const core = new Core(modulePath);
let state = Number(seed);

/* Numerical Recipes' linear congruential generator: [0, n) */
function draw(n) {
  state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
  return Math.floor(state / 2 ** 32 * n);
}

const EDGES = [0, 1, 2, 7, 15, 16, 17, 63, 64, 65, 127, 128, 254, 255];

function mutate(bytes) {
  const at = draw(bytes.length);

  switch (draw(6)) {
    case 0:
      bytes[at] ^= 1 << draw(8);
      return bytes;
    case 1:
      bytes[at] = EDGES[draw(EDGES.length)];
      return bytes;
    case 2:
      return bytes.slice(0, at);
    case 3:
      return [...bytes.slice(0, at), ...bytes.slice(at + 1 + draw(4))];
    case 4:
      return [...bytes.slice(0, at), EDGES[draw(EDGES.length)], ...bytes.slice(at)];
    default:
      return [...bytes.slice(0, at), ...bytes.slice(draw(bytes.length))];
  }
}

const seeds = ['messages', 'chunks', 'objects', 'invalid']
  .flatMap((file) =>
    JSON.parse(readFileSync(join(vectorPath, `${file}.json`))).vectors)
  .filter((v) => v.hex && v.hex.length < 2000);

let read = 0;
for (let i = 0; i < Number(runs); i++) {
  const v = seeds[draw(seeds.length)];
  let bytes = [...unhex(v.hex)];

  for (let n = 1 + draw(3); n > 0; n--)
    bytes = mutate(bytes);
  bytes = Uint8Array.from(bytes);
  const said = core.describe(v.kind, bytes);
  assert.deepEqual(decode(v.kind, bytes), said, `${v.kind} ${hex(bytes)}`);
  read += said.error ? 0 : 1;
}
assert.ok(read > Number(runs) / 20, 'too little could be read');
console.log(`${runs} mutations, ${read} readable, both decoders agree`);
