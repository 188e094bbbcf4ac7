// npm bittorrent-tracker against our rendezvous, both ways:
// its WebSocket client with p2p-tracker, our client and our elements through its server.
// Usage: node tracker.js P2P-TRACKER INTEROP-TRACKER
import {spawn} from 'node:child_process';
import {EventEmitter} from 'node:events';
import {randomBytes} from 'node:crypto';
import {mkdtempSync, rmSync, statSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {register} from 'node:module';
import Server from 'bittorrent-tracker/server';
import {run, check} from './lib/report.js';

// The client imports a WebRTC module with a native part that is not installed
// (--ignore-scripts) and not used here.
register('data:text/javascript,' + encodeURIComponent(`
  const names = ['RTCPeerConnection', 'RTCSessionDescription', 'RTCIceCandidate'];
  const url = 'data:text/javascript,' + names.map(n => 'export class ' + n + ' {}').join(';');
  export const resolve = (specifier, context, next) =>
    specifier === 'webrtc-polyfill' ? {url, shortCircuit: true} : next(specifier, context);`));
const {default: WebSocketTracker} = await import('bittorrent-tracker/websocket-tracker');

const [trackerPath, clientPath] = process.argv.slice(2);
const SDP = role => 'v=0\r\no=- 1 1 IN IP4 0.0.0.0\r\ns=-\r\nt=0 0\r\n' +
  `a=x-p2p:v=1;role=${role};cap=16;free=4;lat=100\r\n` +
  'm=application 9 UDP/DTLS/SCTP webrtc-datachannel\r\n';

async function until(test, what, seconds = 60) {
  const end = performance.now() + seconds * 1000;
  while (!test()) {
    if (performance.now() > end) throw new Error('timeout: ' + what);
    await new Promise(r => setTimeout(r, 5));
  }
}

// Stands for the WebRTC connection: all that the tracker's client code does
// with it is to ask for descriptions and hand some over.
class FakePeer extends EventEmitter {
  constructor(initiator, name) {
    super();
    this.initiator = initiator;
    this.name = name;
    this.got = null;
    if (initiator) setTimeout(() => this.emit('signal', {type: 'offer', sdp: SDP(name)}), 0);
  }
  signal(description) {
    this.got = description;
    if (!this.initiator) setTimeout(() => this.emit('signal', {type: 'answer', sdp: SDP(this.name)}), 0);
  }
  destroy() { }
}
WebSocketTracker.prototype._createPeer = function (opts = {}) {
  return new FakePeer(opts.initiator, this.client.p2pName);
};

function startTracker() {
  return new Promise((resolve, reject) => {
    const child = spawn(trackerPath, ['--address=127.0.0.1', '--port=0'], {stdio: ['ignore', 'pipe', 'inherit']});
    child.once('error', reject);
    child.stdout.once('data', data => {
      const port = Number(/127\.0\.0\.1:(\d+)/.exec(String(data))[1]);
      resolve({child, url: `ws://127.0.0.1:${port}`, http: `http://127.0.0.1:${port}`});
    });
  });
}

async function stopTracker({child}) {
  const done = new Promise(r => child.once('exit', (code, signal) => r([code, signal])));
  child.kill('SIGTERM');
  const [code, signal] = await done;
  check(code === 0 && signal === null, `p2p-tracker ended with ${code} ${signal}`);
}

// What the tracker's client code wants from the torrent client around it
// (bittorrent-tracker/client itself needs a native WebRTC module).
// Sockets are pooled by URL: a query of its own gives each client its own.
let clients = 0;
function makeClient(url, infoHash, name) {
  const around = new EventEmitter();
  const peerId = randomBytes(20);
  Object.assign(around, {
    p2pName: name, infoHash: infoHash.toString('hex'), _infoHashBinary: infoHash.toString('latin1'),
    _peerIdBinary: peerId.toString('latin1'), _defaultAnnounceOpts: () => ({numwant: 5})
  });
  const heard = {updates: [], peers: [], warnings: [], scrapes: []};
  around.on('update', d => heard.updates.push(d));
  around.on('peer', p => heard.peers.push(p));
  around.on('warning', e => heard.warnings.push(e.message));
  around.on('scrape', d => heard.scrapes.push(d));
  const tracker = new WebSocketTracker(around, `${url}/?n=${clients++}`);
  const say = (event, rest) => tracker.announce({event, numwant: 5, uploaded: 0, downloaded: 0, left: 100, ...rest});
  return {tracker, heard, say};
}

const destroy = c => new Promise(r => c.tracker.destroy(r));

async function foreignClients(tracker) {
  const infoHash = randomBytes(20);      // every byte, also 0 and above 127
  const seed = makeClient(tracker.url, infoHash, 's');
  seed.say('started', {left: 0});
  await until(() => seed.heard.updates.length, 'reply to the first');
  const leech = makeClient(tracker.url, infoHash, 'r');
  leech.say('started');
  await until(() => leech.heard.updates.length, 'reply to the second');
  check(leech.heard.updates[0].complete === 1 && leech.heard.updates[0].incomplete === 1, 'counts');
  check(leech.heard.updates[0].interval === 48, 'interval');
  await until(() => seed.heard.peers.length && leech.heard.peers.length, 'introduction');
  check(seed.heard.peers[0].got.sdp === SDP('r') && seed.heard.peers[0].got.type === 'offer', 'offer as it was');
  check(leech.heard.peers[0].got.sdp === SDP('s') && leech.heard.peers[0].got.type === 'answer', 'answer as it was');
  leech.tracker.scrape({});
  await until(() => leech.heard.scrapes.length, 'scrape');
  check(leech.heard.scrapes[0].complete === 1 && leech.heard.scrapes[0].incomplete === 1, 'scraped counts');
  check(leech.heard.scrapes[0].infoHash === infoHash.toString('hex'), 'scraped hash');
  leech.say('completed', {left: 0});
  await until(() => leech.heard.updates.length > 1, 'reply to completed');
  leech.say('stopped');
  await until(() => leech.heard.updates.length > 2, 'reply to stopped');
  check(leech.heard.warnings.length === 0 && seed.heard.warnings.length === 0,
    [...leech.heard.warnings, ...seed.heard.warnings].join());
  await destroy(seed);
  await destroy(leech);
}

async function startForeignServer() {
  const server = new Server({udp: false, http: false, ws: true, stats: false});
  server.on('warning', () => { });       // our questions for names are none it knows
  await new Promise(r => server.listen(0, '127.0.0.1', r));
  return {server, url: `ws://127.0.0.1:${server.ws.address().port}`};
}

function launch(line) {
  const child = spawn('gst-launch-1.0', ['-e', ...line.split(' ')], {stdio: ['ignore', 'pipe', 'pipe']});
  const run = {child, output: ''};
  child.stdout.on('data', data => { run.output += data; });
  child.stderr.on('data', data => { run.output += data; });
  run.exited = new Promise(r => child.once('exit', (code, signal) => r(signal || code)));
  return run;
}

async function interrupt(run, what) {
  run.child.kill('SIGINT');
  const status = await run.exited;
  check(status === 0, `${what} ended with ${status}: ${run.output}`);
}

const size = file => { try { return statSync(file).size; } catch { return 0; } };

// A tracker of others keeps no names: the address has the stream's id.
async function ourElements() {
  const {server, url} = await startForeignServer();
  const folder = mkdtempSync(join(tmpdir(), 'p2p-tracker-'));
  const file = join(folder, 'recording.mp3');
  const publisher = launch('audiotestsrc is-live=true ! audioconvert ! ' +
    `lamemp3enc target=bitrate bitrate=128 cbr=true ! p2psink rendezvous=${url} channel=radio`);
  let listener = null;
  try {
    await until(() => /On the air: \S+/.test(publisher.output) || publisher.child.exitCode !== null, 'address');
    const [, uri, seen] = /On the air: (p2p:\/\/\/[\w-]{44}\?rendezvous=(\S+))/.exec(publisher.output) || [];
    check(seen === encodeURIComponent(url), `no address by id: ${publisher.output}`);
    listener = launch(`p2psrc uri=${uri} ! filesink location=${file}`);
    await until(() => size(file) > 20000 || listener.child.exitCode !== null, 'media');
    check(size(file) > 20000, `nothing was heard: ${listener.output}`);
    await interrupt(listener, 'the listener');
    await interrupt(publisher, 'the publisher');
  } finally {
    publisher.child.kill('SIGKILL');
    if (listener) listener.child.kill('SIGKILL');
    rmSync(folder, {recursive: true});
    await new Promise(r => server.close(r));
  }
}

async function ourClient() {
  const {server, url} = await startForeignServer();
  const announced = [];
  for (const event of ['start', 'update', 'stop']) server.on(event, id => announced.push([event, id]));
  const child = spawn(clientPath, [], {
    stdio: ['ignore', 'inherit', 'inherit'],
    env: {...process.env, TRACKER_URL: `${url}/`, CK_FORK: 'no'}
  });
  const code = await new Promise(r => child.once('exit', r));
  check(code === 0, `our client failed through bittorrent-tracker: ${code}`);
  check(announced.some(a => a[0] === 'start') && announced.some(a => a[0] === 'stop'), 'started and stopped were understood');
  await new Promise(r => server.close(r));
}

process.exit(await run([
  ['its WebSocket client with our server, 20 swarms of random binary ids', async () => {
    const tracker = await startTracker();
    await Promise.all(Array.from({length: 20}, () => foreignClients(tracker)));
    const status = await (await fetch(tracker.http + '/status.json')).json();
    check(status.total.bad_messages === 0, `${status.total.bad_messages} messages were refused`);
    check(status.total.answers === 20, `${status.total.answers} answers`);
    await stopTracker(tracker);
  }],
  ['our client through its server', ourClient],
  ['our elements through its server', ourElements]
]));
