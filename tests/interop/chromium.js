// Chromium against p2p-link-peer: offerer and answerer, negotiated channels and
// DCEP, trickle or not, host names hidden behind mDNS or not.
// Usage: node chromium.js P2P-LINK-PEER
import {chromium} from 'playwright-core';
import {Peer, SIZES, pattern} from './lib/peer.js';
import {run, check} from './lib/report.js';

const program = process.argv[2];
const executablePath = process.env.CHROMIUM || '/usr/bin/chromium';

function launch(mdns) {
  const args = ['--no-sandbox', '--disable-dev-shm-usage', '--allow-loopback-in-peer-connection'];
  if (!mdns) args.push('--disable-features=WebRtcHideLocalIpsWithMdns');
  return chromium.launch({executablePath, args});
}

// Runs in the page: one RTCPeerConnection and its channels.
function pageSetUp() {
  window.makePeer = (negotiated) => {
    const pc = new RTCPeerConnection();
    const p = {pc, channels: {}, candidates: [], messages: [], open: 0, closed: 0, opened: 0, done: new Set()};
    const add = (dc) => {
      dc.binaryType = 'arraybuffer';
      dc.onopen = () => { p.opened++; p.channels[dc.id] = dc; };
      dc.onclose = () => p.closed++;
      dc.onmessage = (e) => {
        if (!p.done.has(`${e.data.byteLength} on ${dc.id}`)) p.messages.push([dc.id, new Uint8Array(e.data)]);
      };
    };
    if (negotiated) {
      add(pc.createDataChannel('control', {negotiated: true, id: 0}));
      add(pc.createDataChannel('data', {negotiated: true, id: 1, ordered: false}));
      add(pc.createDataChannel('realtime', {negotiated: true, id: 2, ordered: false, maxPacketLifeTime: 500}));
      add(pc.createDataChannel('bulk', {negotiated: true, id: 3, ordered: false}));
    } else {
      add(pc.createDataChannel('chat'));
      add(pc.createDataChannel('unordered', {ordered: false, maxRetransmits: 2}));
    }
    pc.onicecandidate = (e) => p.candidates.push(e.candidate ? e.candidate.candidate : null);
    window.p = p;
  };
  window.gathered = () => new Promise(resolve => {
    const pc = window.p.pc;
    if (pc.iceGatheringState === 'complete') return resolve();
    pc.addEventListener('icegatheringstatechange',
        () => pc.iceGatheringState === 'complete' && resolve());
  });
  // A text comes back as the bytes of its UTF-8.
  window.echoText = async (id, text) => {
    const p = window.p;
    const bytes = new TextEncoder().encode(text);
    p.messages.length = 0;
    p.channels[id].send(text);
    await window.until(p => p.messages.length > 0, `echo of "${text}"`);
    const got = p.messages[0][1];
    if (got.length !== bytes.length || got.some((b, i) => b !== bytes[i])) {
      throw new Error(`echo of "${text}" is ${got}`);
    }
  };
  window.pattern = (size, seed) => {
    const bytes = new Uint8Array(size);
    for (let i = 0; i < size; i++) bytes[i] = (i * 31 + (i >> 8) + seed) & 255;
    return bytes;
  };
  window.until = async (test, what, seconds = 60) => {
    const end = performance.now() + seconds * 1000;
    while (!test(window.p)) {
      if (performance.now() > end) throw new Error('timeout: ' + what);
      await new Promise(r => setTimeout(r, 5));
    }
  };
  // Sends each size on a channel and compares what comes back. Where what is late is
  // given up, by either end, it is sent again, and may come back more than once.
  window.echo = async (id, sizes) => {
    const p = window.p;
    const {maxPacketLifeTime, maxRetransmits} = p.channels[id];
    const givesUp = maxPacketLifeTime !== null || maxRetransmits !== null;
    for (const size of sizes) {
      const sent = window.pattern(size, size & 255);
      p.messages.length = 0;
      p.channels[id].send(sent);
      let again = performance.now() + 2000, times = 1;
      await window.until(p => {
        if (p.messages.length === 0 && givesUp && performance.now() > again) {
          p.channels[id].send(sent);
          times++;
          again = performance.now() + 2000;
        }
        return p.messages.length > 0;
      }, `echo of ${size} on ${id}`);
      const [from, got] = p.messages[0];
      if (from !== id || got.length !== size || got.some((b, i) => b !== sent[i])) {
        throw new Error(`echo of ${size} on ${id} is ${got.length} bytes on ${from}`);
      }
      if (times > 1) p.done.add(`${size} on ${id}`);
    }
  };
}

// Local candidates of the page, one after the other, until the end.
async function trickle(page, peer) {
  for (let n = 0; ;) {
    const list = await page.evaluate(async n => {
      await window.until(p => p.candidates.length > n, 'candidate');
      return window.p.candidates.slice(n);
    }, n);
    for (const c of list) peer.say('candidate', {candidate: c});
    n += list.length;
    if (list.includes(null)) return;
  }
}

async function connect(page, peer, {offerer, full, wrongRole = false}) {
  const addCandidate = e => page.evaluate(
      c => window.p.pc.addIceCandidate(c ? {candidate: c, sdpMid: '0'} : undefined), e.candidate);
  if (offerer === 'chromium') {
    const sdp = await page.evaluate(async full => {
      await window.p.pc.setLocalDescription();
      if (full) await window.gathered();
      return window.p.pc.localDescription.sdp;
    }, full);
    peer.say('accept', {sdp, wrong_role: wrongRole});
    const {sdp: answer} = await peer.wait('description');
    await page.evaluate(sdp => window.p.pc.setRemoteDescription({type: 'answer', sdp}), answer);
  } else {
    peer.say('offer', {wrong_role: wrongRole});
    const {sdp} = await peer.wait('description');
    const answer = await page.evaluate(async ([sdp, full]) => {
      await window.p.pc.setRemoteDescription({type: 'offer', sdp});
      await window.p.pc.setLocalDescription();
      if (full) await window.gathered();
      return window.p.pc.localDescription.sdp;
    }, [sdp, full]);
    peer.say('answer', {sdp: answer});
  }
  peer.on('candidate', addCandidate);
  if (!full) await trickle(page, peer);
  await peer.state('connected');
}

async function oneCase(browser, options) {
  const peer = new Peer(program);
  const page = await browser.newPage();
  try {
    await page.goto('about:blank');
    await page.evaluate(pageSetUp);
    await page.evaluate(n => window.makePeer(n), options.negotiated);
    peer.say('echo', {on: true});
    await connect(page, peer, options);
    const n = options.negotiated ? 4 : 2;
    await page.evaluate(n => window.until(p => p.opened === n, 'channels open'), n);
    const ids = await page.evaluate(() => Object.keys(window.p.channels).map(Number));
    for (const id of ids) {
      await page.evaluate(([id, sizes]) => window.echo(id, sizes), [id, [0, ...SIZES]]);
    }
    for (const text of ['a', '', 'Grüße, \u4e16\u754c \u{1f3b5}', '\u20ac'.repeat(5000)]) {
      await page.evaluate(([id, text]) => window.echoText(id, text), [ids[0], text]);
    }
    await exchangeFromPeer(page, peer, ids);
    if (options.finish) await options.finish(page, peer);
  } finally {
    await page.close();
    await peer.quit();
  }
}

// The C side speaks first.
async function exchangeFromPeer(page, peer, ids) {
  peer.say('echo', {on: false});
  await page.evaluate(() => { window.p.messages.length = 0; });
  for (const size of SIZES) peer.say('send', {stream: ids[0], size, seed: 7});
  const ok = await page.evaluate(async sizes => {
    await window.until(p => p.messages.length === sizes.length, 'messages of the peer');
    return window.p.messages.every(([, got], i) => got.length === sizes[i]
        && window.pattern(sizes[i], 7).every((b, j) => b === got[j]));
  }, SIZES);
  check(ok, 'messages of the peer came changed');
}

async function closeFromPage(page, peer) {
  await page.evaluate(() => window.p.pc.close());
  await peer.state('closed');
}

async function closeFromPeer(page, peer) {
  peer.say('close');
  await peer.state('closed');
  await page.evaluate(() => window.until(p => p.closed > 0, 'channels closed'));
}

// A channel closed by the page leaves the link and its other channels alone.
async function closeChannel(page, peer) {
  peer.say('echo', {on: true});
  await page.evaluate(async () => {
    window.p.channels[3].close();
    await window.until(p => p.closed === 1, 'channel closed');
    await window.echo(0, [100]);
  });
}

// A message beyond a=max-message-size can't even be sent.
async function oversize(page) {
  const error = await page.evaluate(() => {
    try {
      window.p.channels[0].send(new Uint8Array(17409));
      return null;
    } catch (e) {
      return e.name;
    }
  });
  check(error === 'TypeError', `17409 bytes were accepted (${error})`);
}

async function wrongFingerprint(browser) {
  const peer = new Peer(program);
  const page = await browser.newPage();
  try {
    await page.goto('about:blank');
    await page.evaluate(pageSetUp);
    await page.evaluate(() => window.makePeer(true));
    const sdp = await page.evaluate(async () => {
      await window.p.pc.setLocalDescription();
      await window.gathered();
      return window.p.pc.localDescription.sdp;
    });
    const flip = c => c === 'A' ? 'B' : 'A';
    peer.say('accept', {sdp: sdp.replace(/(a=fingerprint:sha-256 )(.)/, (_, a, c) => a + flip(c))});
    const {sdp: answer} = await peer.wait('description');
    await page.evaluate(sdp => window.p.pc.setRemoteDescription({type: 'answer', sdp}), answer);
    const {error} = await peer.state('failed');
    check(/certificate/.test(error), `error is: ${error}`);
  } finally {
    await page.close();
    await peer.quit();
  }
}

const cases = [];
const browsers = {};
for (const mdns of [false, true]) {
  for (const offerer of ['chromium', 'peer']) {
    for (const negotiated of [true, false]) {
      for (const full of [false, true]) {
        const name = `offer by ${offerer}, ${negotiated ? 'negotiated' : 'DCEP'}, `
            + `${full ? 'whole description' : 'trickle'}, mDNS ${mdns ? 'on' : 'off'}`;
        cases.push([name, () => oneCase(browsers[mdns], {offerer, negotiated, full})]);
      }
    }
  }
}
const plain = {offerer: 'chromium', negotiated: true, full: false};
// RFC 8445 7.3.1.1: both control, or none does, until one gives way.
for (const offerer of ['chromium', 'peer']) {
  cases.push([`conflict of ICE roles, offer by ${offerer}`,
      () => oneCase(browsers[false], {...plain, offerer, wrongRole: true})]);
}
cases.push(['page closes the connection', () => oneCase(browsers[false], {...plain, finish: closeFromPage})]);
cases.push(['peer closes the link', () => oneCase(browsers[false], {...plain, finish: closeFromPeer})]);
cases.push(['page closes one channel', () => oneCase(browsers[false], {...plain, finish: closeChannel})]);
cases.push(['message beyond the agreed size', () => oneCase(browsers[false], {...plain, finish: oversize})]);
cases.push(['wrong fingerprint is refused', () => wrongFingerprint(browsers[false])]);

browsers[false] = await launch(false);
browsers[true] = await launch(true);
const status = await run(cases);
await Promise.all(Object.values(browsers).map(b => b.close()));
process.exit(status);
