#!/usr/bin/python3
# gst-plugins-p2p
#
# This library is free software; you can redistribute it and/or
# modify it under the terms of the GNU Lesser General Public
# License as published by the Free Software Foundation; either
# version 2.1 of the License, or (at your option) any later version.
"""A broadcast that ends while others listen leaves no descriptor behind in its
process: also when those are stopped and acknowledge nothing.

Usage: left-behind.py GST-LAUNCH. Exit status 77 = skipped, with a reason.
"""
import os
import signal
import subprocess
import sys
import time

try:
    import gi
    gi.require_version('Gst', '1.0')
    from gi.repository import Gst
except (ImportError, ValueError) as reason:
    print(f'skipped: {reason}')
    sys.exit(77)

PATIENCE_S = 60                 # for a machine that is busy
LISTENERS = 2


def until(test, what):
    end = time.monotonic() + PATIENCE_S
    while not test():
        if time.monotonic() > end:
            sys.exit(f'FAILED: {what}')
        time.sleep(0.02)


def descriptors():
    return len(os.listdir('/proc/self/fd'))


def listeners_of(sink):
    return sink.get_property('stats').get_value('peers')


def broadcast(listeners, stop):
    """Returns when it has ended; nobody is left."""
    pipeline = Gst.parse_launch(
        'audiotestsrc is-live=true ! audio/x-raw,rate=44100,channels=1 ! '
        'p2psink name=sink port=0 bind-address=127.0.0.1')
    sink = pipeline.get_by_name('sink')
    pipeline.set_state(Gst.State.PLAYING)
    until(lambda: sink.get_property('uri'), 'no address')
    processes = [subprocess.Popen(
        [sys.argv[1], '-q', 'p2psrc', 'uri=' + sink.get_property('uri'), '!', 'fakesink'])
        for _ in range(listeners)]
    try:
        until(lambda: listeners_of(sink) >= listeners, 'nobody listens')
        for process in processes if stop else []:
            process.send_signal(signal.SIGSTOP)
        pipeline.set_state(Gst.State.NULL)
    finally:
        for process in processes:
            process.kill()
            process.wait()


def main():
    Gst.init(None)
    broadcast(0, False)         # libraries open files once
    before = descriptors()
    for stop in (False, True):
        broadcast(LISTENERS, stop)
        until(lambda: descriptors() <= before,
              f'{before} descriptors became more, listeners stopped: {stop}')
        print(f'ok: {descriptors()} descriptors, were {before}')


main()
