# gst-plugins-p2p
#
# This library is free software; you can redistribute it and/or
# modify it under the terms of the GNU Lesser General Public
# License as published by the Free Software Foundation; either
# version 2.1 of the License, or (at your option) any later version.
"""A publisher and listeners as real processes in namespaces, and what their
recordings (p2p-recorder) say. Every time is CLOCK_MONOTONIC in seconds."""
import os
import re
import shutil
import signal
import subprocess
import tempfile
import time

from p2pnetns import Net

MP3_BPS = 128000
FLV_BPS = 1700000
# Noise: no two frames are alike, so a hash tells which frame it is.
MP3 = ('audiotestsrc is-live=true wave=pink-noise samplesperbuffer=1152 ! '
       'audio/x-raw,rate=44100,channels=2 ! '
       'lamemp3enc target=bitrate bitrate=128 cbr=true ! mpegaudioparse')
FLV_ENCODE = ('videotestsrc num-buffers={frames} pattern=snow ! '
              'video/x-raw,width=320,height=240,framerate=30/1 ! '
              'videoscale ! video/x-raw,width=640,height=360 ! '
              'x264enc bitrate=1550 tune=zerolatency speed-preset=ultrafast '
              'key-int-max=60 vbv-buf-capacity=200 ! h264parse ! mux. '
              'audiotestsrc num-buffers={buffers} wave=pink-noise ! '
              'audio/x-raw,rate=44100,channels=2 ! voaacenc bitrate=128000 ! '
              'aacparse ! mux. '
              'flvmux name=mux streamable=true ! filesink location={path}')


class Frame:
    __slots__ = ('time', 'running', 'size', 'hash')

    def __init__(self, words):
        self.time = int(words[1]) / 1e6
        self.running = int(words[2]) / 1e9
        self.size = int(words[3])
        self.hash = words[4]


class Recording:
    """What one p2p-recorder wrote."""

    def __init__(self, prefix):
        self.taps, self.plays, self.messages = [], [], []
        self.uris, self.stats = [], []
        with open(prefix + '.log', errors='replace') as f:
            for line in f:
                self._take(line)

    def _take(self, line):
        words = line.split(' ', 5)
        # the process may have been killed in the middle of a line
        if len(words) < 3 or not line.endswith('\n'):
            return
        if words[0] in ('tap', 'play') and len(words) == 6:
            (self.taps if words[0] == 'tap' else self.plays).append(Frame(words))
            return
        kind, when, text = line.rstrip('\n').split(' ', 2)
        lists = {'message': self.messages, 'uri': self.uris,
                 'stats': self.stats}
        if kind in lists:
            lists[kind].append((int(when) / 1e6, text))

    def stat(self, name, default=0):
        """Last value of a number in the stats."""
        if not self.stats:
            return default
        found = re.search(r'(?<![-\w])' + re.escape(name) + r'=\([a-z0-9]+\)([-0-9.]+)',
                          self.stats[-1][1])
        return float(found.group(1)) if found else default


class Peer:
    """A recorder in a node: the publisher or a listener."""

    def __init__(self, radio, node, name, pipeline, debug=None):
        self.radio, self.node, self.name = radio, node, name
        self.prefix = os.path.join(radio.directory, name)
        for suffix in ('.log', '.bin', '.debug'):
            if os.path.exists(self.prefix + suffix):
                os.remove(self.prefix + suffix)         # of a run before
        env = dict(os.environ, **radio.environment)
        if debug:
            env['GST_DEBUG'] = debug
            env['GST_DEBUG_NO_COLOR'] = '1'
            env['GST_DEBUG_FILE'] = self.prefix + '.debug'
        self.started = time.monotonic()
        with open(self.prefix + '.out', 'w') as out:
            self.process = radio.net.spawn(
                node, [radio.recorder, self.prefix, pipeline], env=env,
                stdin=subprocess.DEVNULL, stdout=out, stderr=out)

    def recording(self):
        return Recording(self.prefix)

    def signal(self, sig):
        self.radio.net.kill(self.process, sig)

    def end(self):
        """Politely; the recording is whole afterwards."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGCONT)
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(10)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
                return False
        return True

    def usage(self):
        """RSS in bytes, names of threads, number of descriptors."""
        base = f'/proc/{self.process.pid}'
        with open(base + '/status') as f:
            rss = int(re.search(r'VmRSS:\s+(\d+)', f.read()).group(1)) * 1024
        names = []
        for task in os.listdir(base + '/task'):
            try:
                with open(f'{base}/task/{task}/comm') as f:
                    names.append(f.read().strip())
            except OSError:
                pass
        return rss, sorted(names), len(os.listdir(base + '/fd'))


class Radio:
    """Context: namespaces, a directory for recordings, the plugin's
    environment. Node 1 is the publisher's."""

    def __init__(self, build, nodes, delay_ms=0.0, loss=0.0, seed=1,
                 keep=None):
        self.keep = keep
        self.directory = keep or tempfile.mkdtemp(prefix='p2p-rig-')
        os.makedirs(self.directory, exist_ok=True)
        self.recorder = os.path.join(build, 'tests/rigs/p2p-recorder')
        self.environment = {
            'GST_PLUGIN_PATH_1_0': os.path.join(build, 'gst/p2p'),
            'GST_REGISTRY_1_0': os.path.join(self.directory, 'registry'),
            'GST_DEBUG': '',
        }
        self.peers = []
        self.publisher = None
        self.net = None
        try:
            self.net = Net(os.path.join(build, 'tests/rigs/p2p-shaper'), nodes,
                           seed)
            self.net.path(delay_ms=delay_ms, loss=loss)
            if keep:
                self.net.log(os.path.join(self.directory, 'packets'))
            self._scan_plugins()
        except BaseException:
            self.close()
            raise

    def __enter__(self):
        return self

    def __exit__(self, *exc):
        self.close()

    def close(self):
        if self.net:
            self.net.close()
            self.net = None
        if not self.keep:
            shutil.rmtree(self.directory, ignore_errors=True)

    def _scan_plugins(self):
        """Once, so that no process of the rig pays for it."""
        found = subprocess.run(
            ['gst-inspect-1.0', 'p2psrc'], stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE, text=True,
            env=dict(os.environ, **self.environment))
        if found.returncode != 0:
            raise RuntimeError('no p2psrc in ' +
                               self.environment['GST_PLUGIN_PATH_1_0'])

    def make_flv(self, seconds, path=None):
        """1.7 Mbit/s of H.264 and AAC in a file; one that is there is taken."""
        path = path or os.path.join(self.directory, 'media.flv')
        if os.path.exists(path):
            return path
        subprocess.run(
            ['gst-launch-1.0', '-q'] + FLV_ENCODE.format(
                frames=30 * seconds, buffers=int(seconds * 44100 / 1024),
                path=path).split(), check=True, stdout=subprocess.DEVNULL)
        return path

    def publish(self, media=MP3, name='publisher', debug=None, **properties):
        properties = dict({'port': 8787, 'channel': 'live'}, **properties)
        self.publisher = Peer(
            self, 1, name, f'{media} ! identity name=tap ! p2psink name=p2p '
            + props(properties), debug)
        return self.publisher

    @property
    def uri(self):
        return f'p2p://{Net.address(1)}:8787/live'

    def listen(self, node, name=None, debug=None, play='fakesink name=play '
               'sync=true', **properties):
        properties = dict({'uri': self.uri, 'latency': 1000}, **properties)
        peer = Peer(
            self, node, name or f'listener{node}',
            f'p2psrc name=p2p {props(properties)} ! identity name=tap ! '
            'queue max-size-time=0 max-size-bytes=0 max-size-buffers=0 ! '
            + play, debug)
        self.peers.append(peer)
        return peer

    def wait_taps(self, peers, n=20, timeout=30):
        """Until each has passed n buffers on."""
        deadline = time.monotonic() + timeout
        left = list(peers)
        while left and time.monotonic() < deadline:
            time.sleep(0.2)
            left = [p for p in left if count_taps(p) < n]
            for p in left:
                if p.process.poll() is not None:
                    raise RuntimeError(f'{p.name} ended: ' + last_words(p))
        if left:
            raise RuntimeError('nothing plays at ' + ', '.join(
                f'{p.name} ({last_words(p)})' for p in left))


def props(properties):
    return ' '.join(f'{k.replace("_", "-")}={v}' for k, v in properties.items())


def count_taps(peer):
    try:
        with open(peer.prefix + '.log', errors='replace') as f:
            return sum(1 for line in f if line.startswith('tap '))
    except OSError:
        return 0


def last_words(peer):
    try:
        messages = Recording(peer.prefix).messages
        with open(peer.prefix + '.out') as f:
            said = f.read().strip()[-200:]
    except OSError:
        return 'no recording'
    return said + (messages[-1][1][:300] if messages else 'no message')


class Broadcast:
    """The publisher's frames, to hold recordings against."""

    def __init__(self, recording):
        self.frames = recording.taps
        self.position = {}
        for i, frame in enumerate(self.frames):
            self.position.setdefault(frame.hash, i)

    def compare(self, recording, since=0.0, until=float('inf'), warm_up=4):
        """(lost, repeated, foreign) of one listener between these times. Up to
        warm_up frames at its start may stand apart (MP3's bit reservoir)."""
        lost = repeated = foreign = 0
        previous = None
        for i, frame in enumerate(recording.taps):
            place = self.position.get(frame.hash)
            counts = since <= frame.time <= until
            if place is None:
                foreign += counts
                continue
            if previous is not None and counts:
                repeated += place <= previous
                if i > warm_up:
                    lost += max(0, place - previous - 1)
            previous = place
        return lost, repeated, foreign


def longest_gap(frames, start, end):
    """Longest time without a new frame that touches [start, end]."""
    times = [f.time for f in frames]
    longest = 0.0
    last = None
    for t in times:
        if last is not None and t >= start and last <= end:
            longest = max(longest, t - last)
        last = t
    if last is not None and last < end:
        longest = max(longest, end - max(last, start))
    return longest


def output_gap(recording, start, end, before=3.0):
    """How long after its time to be heard anything came in [start, end]; what
    the sink's own thread waits for a processor is not counted. The time to be
    heard is that of the seconds before. None: it did not play there."""
    usual = percentile([f.time - f.running for f in recording.plays
                        if start - before <= f.time < start], 0.1)
    late = [f.time - f.running - usual for f in recording.taps
            if start <= f.time <= end] if usual is not None else []
    return max(0.0, max(late)) if late else None


def percentile(values, q):
    values = sorted(values)
    return values[min(len(values) - 1, int(q * len(values)))] if values else None


_PUBLISHED = re.compile(r'chunk (\d+) of (\d+) published (\d+) lasts (\d+) '
                        r'size (\d+)')
_ARRIVED = re.compile(r'chunk (\d+) of (\d+) arrived (\d+) hops (\d+) '
                      r'pushed (\d) link (\d+) size (\d+)')


def published_chunks(peer):
    """{(epoch, chunk): (time in s, size)} of a publisher's debug log."""
    result = {}
    with open(peer.prefix + '.debug', errors='replace') as f:
        for line in f:
            m = _PUBLISHED.search(line)
            if m:
                result[m[2], int(m[1])] = (int(m[3]) / 1e6, int(m[5]))
    return result


def arrived_chunks(peer):
    """{(epoch, chunk): (time in s, hops, pushed)} of a listener's."""
    result = {}
    with open(peer.prefix + '.debug', errors='replace') as f:
        for line in f:
            m = _ARRIVED.search(line)
            if m:
                result[m[2], int(m[1])] = (int(m[3]) / 1e6, int(m[4]),
                                           m[5] == '1')
    return result
