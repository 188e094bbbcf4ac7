/* The vectors of tests/vectors in WebAssembly, their signatures by WebCrypto.
 * Usage: node vectors.mjs MODULE VECTORS
 */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { Core, Key, hex, unhex, verify } from './core.mjs';

const [modulePath, vectorPath] = process.argv.slice(2);
const core = new Core(modulePath);

function checkBlock(v) {
  const bytes = unhex(v.hex);

  assert.deepEqual(core.describe(v.kind, bytes), v.fields, v.name);
  assert.equal(hex(core.reencode(v.kind, bytes)) === v.hex, v.canonical, v.name);
}

async function checkSignature(v) {
  const prefix = unhex(v.prefix);
  const body = unhex(v.body);
  const key = await Key.fromSeed(unhex(v.private_key));

  assert.equal(hex(key.swarmId), v.swarm_id, v.name);
  assert.equal(hex(await key.sign(prefix, body)), v.signature, v.name);
  assert.ok(await verify(key.public, unhex(v.signature), prefix, body), v.name);
  body[0] ^= 1;
  assert.ok(!await verify(key.public, unhex(v.signature), prefix, body), v.name);
}

assert.deepEqual(core.imports(), [], 'the core may import nothing');

let n = 0;
for (const file of ['messages', 'chunks', 'objects', 'invalid']) {
  const { vectors } = JSON.parse(readFileSync(join(vectorPath, `${file}.json`)));

  for (const v of vectors) {
    await (v.kind === 'signature' ? checkSignature : checkBlock)(v);
    n++;
  }
}
assert.ok(n >= 80, 'vectors are missing');
console.log(`no imports; ${n} vectors hold in WebAssembly`);
