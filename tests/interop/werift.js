// werift (WebRTC in TypeScript) against p2p-link-peer: offerer and answerer,
// negotiated channels and DCEP, trickle or not, and the ends of a connection.
// Usage: node werift.js P2P-LINK-PEER
import {RTCPeerConnection, RTCIceCandidate} from 'werift';
import {Peer, SIZES, pattern} from './lib/peer.js';
import {run, check} from './lib/report.js';

const program = process.argv[2];

async function until(test, what, seconds = 60) {
  const end = performance.now() + seconds * 1000;
  while (!test()) {
    if (performance.now() > end) throw new Error('timeout: ' + what);
    await new Promise(r => setTimeout(r, 5));
  }
}

// One connection and what happened to it.
function makePeer(negotiated) {
  const pc = new RTCPeerConnection({iceServers: []});
  const p = {pc, channels: [], messages: [], candidates: [], closed: 0, complete: false};
  const add = dc => {
    dc.onMessage.subscribe(data => p.messages.push([dc.id, Buffer.from(data)]));
    dc.stateChanged.subscribe(s => { if (s === 'closed') p.closed++; });
    p.channels.push(dc);
  };
  if (negotiated) {
    add(pc.createDataChannel('control', {negotiated: true, id: 0}));
    add(pc.createDataChannel('data', {negotiated: true, id: 1, ordered: false}));
  } else {
    add(pc.createDataChannel('chat'));
  }
  pc.onIceCandidate.subscribe(c => {
    if (c) p.candidates.push(c.candidate);
    else p.complete = true;
  });
  pc.iceGatheringStateChange.subscribe(s => { if (s === 'complete') p.complete = true; });
  return p;
}

const parse = c => new RTCIceCandidate({candidate: c, sdpMid: '0', sdpMLineIndex: 0});

async function connect(p, peer, {offerer, full}) {
  const whole = async () => { if (full) await until(() => p.complete, 'gathering'); };
  if (offerer === 'werift') {
    await p.pc.setLocalDescription(await p.pc.createOffer());
    await whole();
    peer.say('accept', {sdp: p.pc.localDescription.sdp});
    const {sdp} = await peer.wait('description');
    await p.pc.setRemoteDescription({type: 'answer', sdp});
  } else {
    peer.say('offer');
    const {sdp} = await peer.wait('description');
    await p.pc.setRemoteDescription({type: 'offer', sdp});
    await p.pc.setLocalDescription(await p.pc.createAnswer());
    await whole();
    peer.say('answer', {sdp: p.pc.localDescription.sdp});
  }
  peer.on('candidate', e => { if (e.candidate) p.pc.addIceCandidate(parse(e.candidate)); });
  if (!full) {
    p.candidates.forEach(candidate => peer.say('candidate', {candidate}));
    p.pc.onIceCandidate.subscribe(c => { if (c) peer.say('candidate', {candidate: c.candidate}); });
  }
  await peer.state('connected');
  await until(() => p.channels.every(c => c.readyState === 'open'), 'channels open');
}

async function echo(p, dc, size) {
  const sent = Buffer.from(pattern(size, size & 255));
  p.messages.length = 0;
  dc.send(sent);
  await until(() => p.messages.length > 0, `echo of ${size} on ${dc.id}`);
  const [from, got] = p.messages[0];
  check(from === dc.id && got.equals(sent), `echo of ${size} is ${got.length} bytes on ${from}`);
}

async function oneCase(options) {
  const peer = new Peer(program);
  const p = makePeer(options.negotiated);
  try {
    peer.say('echo', {on: true});
    await connect(p, peer, options);
    for (const dc of p.channels) {
      for (const size of SIZES) await echo(p, dc, size);
    }
    peer.say('echo', {on: false});
    p.messages.length = 0;
    for (const size of SIZES) peer.say('send', {stream: p.channels[0].id, size, seed: 3});
    await until(() => p.messages.length === SIZES.length, 'messages of the peer');
    p.messages.forEach(([, got], i) =>
      check(got.equals(Buffer.from(pattern(SIZES[i], 3))), `message ${i} came changed`));
    if (options.finish) await options.finish(p, peer);
  } finally {
    await p.pc.close();
    await peer.quit();
  }
}

const cases = [];
for (const offerer of ['werift', 'peer']) {
  for (const negotiated of [true, false]) {
    for (const full of [false, true]) {
      cases.push([`offer by ${offerer}, ${negotiated ? 'negotiated' : 'DCEP'}, `
          + (full ? 'whole description' : 'trickle'), () => oneCase({offerer, negotiated, full})]);
    }
  }
}
const plain = {offerer: 'werift', negotiated: true, full: true};
// werift says nothing when it closes; the path's consent runs out within 10 s.
cases.push(['werift falls silent', () => oneCase({...plain, finish: async (p, peer) => {
  await p.pc.close();
  await peer.wait('state', e => e.state === 'closed' || e.state === 'failed');
}})]);
cases.push(['peer closes the link', () => oneCase({...plain, finish: async (p, peer) => {
  peer.say('close');
  await peer.state('closed');
  await until(() => p.closed > 0, 'channel closed');
}})]);

process.exit(await run(cases));
