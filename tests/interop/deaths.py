#!/usr/bin/env python3
# gst-plugins-p2p
#
# This library is free software; you can redistribute it and/or
# modify it under the terms of the GNU Lesser General Public
# License as published by the Free Software Foundation; either
# version 2.1 of the License, or (at your option) any later version.
"""What a link makes of a peer whose process is killed or stopped, before and after
it is up. Real processes (p2p-link-peer) on loopback, all cases at once.

Usage: deaths.py P2P-LINK-PEER. Judges what is noticed and what arrives; how soon is
printed, for a busy machine takes its time.
"""
import json
import queue
import signal
import subprocess
import sys
import threading
import time

PATIENCE_S = 120                # ends what hangs
SHORT_STOP_S = 3                # much less than the silence that ends a link


class Peer:
    def __init__(self, program):
        self.process = subprocess.Popen([program, "--loopback"], text=True,
                                        stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE)
        self.events = queue.Queue()
        self.other = None
        self.messages = 0
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self):
        for line in self.process.stdout:
            event = json.loads(line)
            if event["event"] == "candidate" and self.other:
                self.other.say("candidate", candidate=event["candidate"])
            else:
                self.events.put(event)

    def say(self, cmd, **more):
        try:
            self.process.stdin.write(json.dumps({"cmd": cmd, **more}) + "\n")
            self.process.stdin.flush()
        except BrokenPipeError:
            pass                # it was killed

    def wait(self, test, what):
        """The next event that passes; those before it are dropped."""
        end = time.monotonic() + PATIENCE_S
        while True:
            try:
                event = self.events.get(timeout=max(0, end - time.monotonic()))
            except queue.Empty:
                raise AssertionError(f"no {what} in {PATIENCE_S} s") from None
            self.messages += event["event"] == "message"
            if test(event):
                return event

    def state(self, *names):
        return self.wait(lambda e: e["event"] == "state" and e["state"] in names,
                         " or ".join(names))

    def signal(self, number):
        self.process.send_signal(number)

    def end(self):
        if self.process.poll() is None:
            self.signal(signal.SIGCONT)
            self.process.stdin.close()
            try:
                self.process.wait(timeout=PATIENCE_S)
            except subprocess.TimeoutExpired:
                self.process.kill()
                raise AssertionError("a peer does not end") from None


def describe(peer):
    return peer.wait(lambda e: e["event"] == "description", "description")["sdp"]


def introduce(program):
    """Two that have each other's description. The second one answers."""
    a, b = Peer(program), Peer(program)
    a.say("offer")
    b.say("accept", sdp=describe(a))
    a.say("answer", sdp=describe(b))
    a.other, b.other = b, a
    return a, b


def connect(program):
    a, b = introduce(program)
    a.state("connected")
    b.state("connected")
    return a, b


def notices(peer, since):
    """It fails, and says why."""
    event = peer.state("failed", "closed")
    assert event["state"] == "failed" and event["error"], event
    return f"noticed after {time.monotonic() - since:.1f} s: {event['error']}"


def killed(program, a, b):
    b.signal(signal.SIGKILL)
    return notices(a, time.monotonic())


def stopped(program, a, b):
    """For as long as it takes; then it goes on, and hears that it is alone."""
    b.signal(signal.SIGSTOP)
    said = notices(a, time.monotonic())
    b.signal(signal.SIGCONT)
    b.state("failed", "closed")
    return said


def stopped_for_a_moment(program, a, b):
    """Nothing ends, nothing is lost."""
    b.signal(signal.SIGSTOP)
    for i in range(30):
        a.say("send", stream=1, size=2000, seed=i)
    time.sleep(SHORT_STOP_S)
    b.signal(signal.SIGCONT)
    end = time.monotonic() + PATIENCE_S
    while b.messages < 30:
        assert time.monotonic() < end, f"{b.messages} messages of 30"
        b.wait(lambda e: e["event"] == "message", "message")
    a.say("send", stream=0, size=10, seed=1)
    b.wait(lambda e: e["event"] == "message", "message after it")
    return "nothing lost"


def killed_before_the_link(program, a, b):
    b.signal(signal.SIGKILL)
    return notices(a, time.monotonic())


CASES = [(connect, killed), (connect, stopped), (connect, stopped_for_a_moment),
         (introduce, killed_before_the_link)]


def run(begin, case, program, results):
    a = b = None
    try:
        a, b = begin(program)
        results[case] = True, case(program, a, b)
        a.end()
        b.end()
    except AssertionError as reason:
        results[case] = False, str(reason)
    finally:
        for peer in (a, b):
            if peer and peer.process.poll() is None:
                peer.process.kill()


def main(program):
    results = {}
    threads = [threading.Thread(target=run, args=(begin, case, program, results))
               for begin, case in CASES]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for _, case in CASES:
        good, text = results.get(case, (False, "no result"))
        print(f"{'ok' if good else 'FAILED'}: {case.__name__.replace('_', ' ')}: {text}")
    return 0 if all(results.get(case, (False,))[0] for _, case in CASES) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
