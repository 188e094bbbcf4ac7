#!/usr/bin/env python3
"""Runs the gst-launch lines of the elements' pages as real processes.

Usage: run-lines.py PAGES_FOLDER PLUGIN_FOLDER

Every line of p2psink.md goes on air (on 127.0.0.1, any port, sinks without a
device), every line of p2psrc.md listens to it; each must join, play or record,
and end cleanly when interrupted. Exits with 1 and the output of what did not.
"""
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time

JOINED = "Joined the channel"
AIR_S = 15              # longest wait for an address or for media
PLAY_S = 2


def lines(path):
    """The gst-launch lines in the page's shell blocks."""
    text = open(path, encoding="utf-8").read()
    for block in re.findall(r"```sh\n(.*?)```", text, re.S):
        for line in block.replace("\\\n", " ").splitlines():
            if line.startswith("gst-launch-1.0 "):
                yield line


def at_home(line, folder, uri=None):
    """The line for this machine: no devices, no fixed ports, files in folder."""
    line = line.replace("gst-launch-1.0", "gst-launch-1.0 -e", 1)
    line = re.sub(r"! p2psink\b", "! p2psink bind-address=127.0.0.1 port=0", line)
    line = re.sub(r"location=(\w)", rf"location={folder}/\1", line)
    line = re.sub(r"auto(audio|video)sink", "fakesink sync=true", line)
    line = line.replace("playbin ", "playbin audio-sink=fakesink video-sink=fakesink ")
    if uri:
        line = line.replace("p2p://127.0.0.1/live", uri)
    return line


class Run:
    def __init__(self, line):
        self.line = line
        self.log = tempfile.TemporaryFile("w+")
        self.process = subprocess.Popen(["/bin/sh", "-c", "exec " + line],
                                        stdout=self.log, stderr=subprocess.STDOUT)

    def output(self):
        # the child writes at the file's offset: read without moving it
        return os.pread(self.log.fileno(), 1 << 20, 0).decode(errors="replace")

    def wait_for(self, pattern):
        end = time.monotonic() + AIR_S
        while time.monotonic() < end and self.process.poll() is None:
            found = re.search(pattern, self.output())
            if found:
                return found
            time.sleep(0.05)
        return re.search(pattern, self.output())

    def stop(self):
        """The reason why it did not go well, or None."""
        early = self.process.poll()
        if early is None:
            self.process.send_signal(signal.SIGINT)
        try:
            status = self.process.wait(timeout=AIR_S)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            return "does not stop"
        if early is not None:
            return f"ended by itself with {early}"
        if status != 0:
            return f"ended with {status}"
        return "posted an error" if "ERROR:" in self.output() else None


def listen(line, uri, folder, problems):
    run = Run(at_home(line, folder, uri))
    return run, lambda: finish(run, run.wait_for(JOINED), problems)


def finish(run, joined, problems):
    time.sleep(PLAY_S)
    reason = run.stop()
    if not joined:
        reason = "did not join"
    if reason:
        problems.append(f"{reason}: {run.line}\n{run.output()}")


def main(pages, plugins):
    os.environ["GST_PLUGIN_PATH_1_0"] = plugins
    folder = tempfile.mkdtemp(prefix="run-lines-")
    os.environ["GST_REGISTRY_1_0"] = folder + "/registry"
    os.environ.pop("G_DEBUG", None)     # stock muxers raise criticals
    problems = []
    subprocess.run(f"gst-launch-1.0 -q audiotestsrc num-buffers=1500 ! audioconvert ! "
                   f"lamemp3enc ! id3v2mux ! filesink location={folder}/song.mp3",
                   shell=True, check=True)
    listeners = list(lines(pages + "/p2psrc.md"))
    for line in lines(pages + "/p2psink.md"):
        publisher = Run(at_home(line, folder))
        on_air = publisher.wait_for(r"On the air: (\S+)")
        if on_air:
            started = [listen(l, on_air.group(1), folder, problems) for l in listeners]
            for _, end in started:
                end()
        reason = publisher.stop()
        if reason or not on_air:
            problems.append(f"{reason or 'no address'}: {line}\n{publisher.output()}")
    if os.path.getsize(folder + "/recording.mp3") == 0:
        problems.append("nothing was recorded")
    shutil.rmtree(folder)
    print("\n\n".join(problems) or f"{len(listeners)} ways of listening work")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2]))
