#!/usr/bin/python3
# gst-plugins-p2p
#
# This library is free software; you can redistribute it and/or
# modify it under the terms of the GNU Lesser General Public
# License as published by the Free Software Foundation; either
# version 2.1 of the License, or (at your option) any later version.
"""GStreamer's own webrtcbin against p2p-link-peer: offerer and answerer, channels
negotiated and opened (DCEP), and the ends of a connection.

Usage: webrtcbin.py P2P-LINK-PEER. Exit status 77 = skipped, with a reason.
"""
import base64
import hashlib
import json
import re
import shutil
import subprocess
import sys
import tempfile
import threading
import time

try:
    import gi
    gi.require_version('Gst', '1.0')
    gi.require_version('GstWebRTC', '1.0')
    gi.require_version('GstSdp', '1.0')
    from gi.repository import GLib, Gst, GstSdp, GstWebRTC
except (ImportError, ValueError) as reason:
    print(f'skipped: {reason}')
    sys.exit(77)

PATIENCE_S = 60                 # for a machine that is busy
SIZES = (1, 1130, 1200, 16384, 17408)


def pattern(size, seed):
    return bytes((i * 31 + (i >> 8) + seed) & 255 for i in range(size))


def make_pem():
    """A P-256 certificate and its key: webrtcbin of GStreamer 1.22 makes RSA ones,
    which a link refuses."""
    key = subprocess.run(['openssl', 'ecparam', '-name', 'prime256v1', '-genkey',
                          '-noout'], capture_output=True, check=True).stdout
    key = subprocess.run(['openssl', 'pkcs8', '-topk8', '-nocrypt'], input=key,
                         capture_output=True, check=True).stdout
    with tempfile.NamedTemporaryFile() as f:
        f.write(key)
        f.flush()
        crt = subprocess.run(
            ['openssl', 'req', '-x509', '-new', '-key', f.name, '-subj',
             '/CN=webrtcbin', '-days', '30'], capture_output=True,
            check=True).stdout
    return (crt + key).decode()


def fingerprint(pem):
    der = base64.b64decode(''.join(pem.split('-----')[2].split()))
    return ':'.join(f'{byte:02X}' for byte in hashlib.sha256(der).digest())


class Timeout(Exception):
    pass


class Peer:
    """p2p-link-peer; events come in the main context."""

    def __init__(self, program):
        self.events = []
        self.on_candidate = None
        self.process = subprocess.Popen([program, '--loopback'], text=True,
                                        stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE)
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self):
        for line in self.process.stdout:
            GLib.idle_add(self._take, json.loads(line))

    def _take(self, event):
        if event['event'] == 'candidate' and self.on_candidate:
            self.on_candidate(event['candidate'])
        else:
            self.events.append(event)
        return False

    def say(self, cmd, **more):
        self.process.stdin.write(json.dumps({'cmd': cmd, **more}) + '\n')
        self.process.stdin.flush()

    def wait(self, name, **wanted):
        def find():
            for event in self.events:
                if event['event'] == name and all(
                        event.get(k) == v for k, v in wanted.items()):
                    self.events.remove(event)
                    return event
            return None
        return until(find, f'{name} {wanted}')

    def end(self):
        self.process.kill()
        self.process.wait()


def until(test, what):
    deadline = time.monotonic() + PATIENCE_S
    while True:
        found = test()
        if found:
            return found
        if time.monotonic() > deadline:
            raise Timeout(f'no {what}')
        GLib.timeout_add(20, lambda: False)
        GLib.MainContext.default().iteration(True)


class Bin:
    """A webrtcbin that carries data channels only."""

    def __init__(self, negotiated, pem):
        self.pem = pem
        self.pipeline = Gst.Pipeline()
        self.bin = Gst.ElementFactory.make('webrtcbin')
        self.pipeline.add(self.bin)
        self.bin.connect('deep-element-added', self._show, pem)
        self.messages, self.opened = [], 0
        self.candidates = []
        self.bin.connect('on-ice-candidate', self._on_candidate)
        self.bin.connect('on-data-channel', lambda _, c: self._add(c))
        self.pipeline.set_state(Gst.State.READY)
        self.channels = []
        names = ('control', 'data') if negotiated else ('chat',)
        for i, name in enumerate(names):
            options = Gst.Structure.from_string(
                f'o, negotiated={str(negotiated).lower()}, '
                f'ordered={"false" if i else "true"}'
                + (f', id={i}' if negotiated else ''))[0]
            self._add(self.bin.emit('create-data-channel', name, options))
        self.pipeline.set_state(Gst.State.PLAYING)

    def _add(self, channel):
        self.channels.append(channel)
        channel.connect('on-open', self._on_open)
        channel.connect('on-message-data', self._on_message)

    @staticmethod
    def _show(_, __, element, pem):
        if pem and element.__gtype__.name == 'GstDtlsDec':
            element.set_property('pem', pem)

    # from threads of webrtcbin
    def _on_open(self, channel):
        self.opened += 1

    def _on_message(self, channel, data):
        self.messages.append((channel.get_property('id'),
                              data.get_data() if data else b''))

    def _on_candidate(self, _, index, candidate):
        self.candidates.append(candidate)

    def call(self, verb, *args):
        promise = Gst.Promise.new()
        self.bin.emit(verb, *args, promise)
        until(lambda: promise.wait() != Gst.PromiseResult.PENDING, verb)
        reply = promise.get_reply()
        if reply and reply.has_field('error'):
            raise RuntimeError(f'{verb}: {reply.to_string()}')
        return reply

    def describe(self, kind):
        """Makes and sets the local description; returns its text."""
        reply = self.call('create-' + kind, None)
        description = reply.get_value(kind)
        self.call('set-local-description', description)
        # webrtcbin takes the hash of all that is in the PEM, the key, too
        if self.pem is None:
            return description.sdp.as_text()
        return re.sub(r'(a=fingerprint:sha-256 )[0-9A-F:]+',
                      r'\g<1>' + fingerprint(self.pem),
                      description.sdp.as_text())

    def set_remote(self, kind, text):
        _, sdp = GstSdp.SDPMessage.new_from_text(text)
        self.call('set-remote-description',
                  GstWebRTC.WebRTCSessionDescription.new(kind, sdp))

    def add_candidate(self, candidate):
        if candidate:
            self.bin.emit('add-ice-candidate', 0, candidate)

    def end(self):
        self.pipeline.set_state(Gst.State.NULL)


def connect(peer, webrtc, offerer):
    if offerer == 'webrtcbin':
        peer.say('accept', sdp=webrtc.describe('offer'))
        webrtc.set_remote(GstWebRTC.WebRTCSDPType.ANSWER,
                          peer.wait('description')['sdp'])
    else:
        peer.say('offer')
        webrtc.set_remote(GstWebRTC.WebRTCSDPType.OFFER,
                          peer.wait('description')['sdp'])
        peer.say('answer', sdp=webrtc.describe('answer'))
    peer.on_candidate = webrtc.add_candidate

    def trickle():
        while webrtc.candidates:
            peer.say('candidate', candidate=webrtc.candidates.pop(0))
        return any(e.get('state') == 'connected' for e in peer.events)
    until(trickle, 'connection')
    peer.wait('state', state='connected')
    until(lambda: webrtc.opened == len(webrtc.channels), 'open channels')


def exchange(peer, webrtc):
    for channel in webrtc.channels:
        stream = channel.get_property('id')
        for size in SIZES:
            channel.emit('send-data', GLib.Bytes.new(pattern(size, 3)))
            event = peer.wait('message', stream=stream, size=size)
            # one byte is of no pattern but its own
            assert event['seed'] == 3, event
            peer.say('send', stream=stream, size=size, seed=4)
            got = until(lambda: webrtc.messages and webrtc.messages.pop(0),
                        f'message of {size}')
            assert got == (stream, pattern(size, 4)), \
                f'{len(got[1])} bytes on {got[0]} for {size} on {stream}'


def peer_closes(peer, webrtc):
    # webrtcbin of 1.22 tells nobody of the ABORT
    peer.say('close')
    peer.wait('state', state='closed')


def webrtcbin_goes(peer, webrtc):
    webrtc.end()
    until(lambda: any(e.get('state') in ('closed', 'failed')
                      for e in peer.events), 'end at the peer')


def run_rsa(program):
    """What it shows by itself is refused, in words, by either end."""
    peer, webrtc = Peer(program), Bin(True, None)
    try:
        peer.say('accept', sdp=webrtc.describe('offer'))
        webrtc.set_remote(GstWebRTC.WebRTCSDPType.ANSWER,
                          peer.wait('description')['sdp'])
        error = peer.wait('state', state='failed')['error']
        assert 'refused' in error, error
    finally:
        webrtc.end()
        peer.end()


def run_case(program, pem, offerer, negotiated, finish=None):
    peer = Peer(program)
    webrtc = Bin(negotiated, pem)
    try:
        connect(peer, webrtc, offerer)
        exchange(peer, webrtc)
        if finish:
            finish(peer, webrtc)
    finally:
        webrtc.end()
        peer.end()


def main():
    Gst.init(None)
    for name in ('webrtcbin', 'nicesrc', 'dtlsenc', 'sctpenc'):
        if not Gst.ElementFactory.find(name):
            print(f'skipped: no {name}')
            return 77
    if not shutil.which('openssl'):
        print('skipped: no openssl')
        return 77
    cases = [(f'offer by {offerer}, {"negotiated" if negotiated else "DCEP"}',
              (offerer, negotiated)) for offerer in ('webrtcbin', 'peer')
             for negotiated in (True, False)]
    cases.append(('peer closes the link', ('webrtcbin', True, peer_closes)))
    cases.append(('webrtcbin goes away', ('peer', True, webrtcbin_goes)))
    pem = make_pem()
    failed = 0
    cases.append(('an RSA certificate is refused', None))
    for name, case in cases:
        try:
            if case:
                run_case(sys.argv[1], pem, *case)
            else:
                run_rsa(sys.argv[1])
            print(f'ok: {name}', flush=True)
        except Exception as error:
            failed += 1
            print(f'FAILED: {name}: {error!r}', flush=True)
    return 1 if failed else 0


sys.exit(main())
