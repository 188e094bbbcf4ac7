#!/usr/bin/env python3
"""Runs the gst-launch lines of the README and of the elements' pages as real
processes.

Usage: run-lines.py SOURCE_FOLDER PLUGIN_FOLDER

Every line with p2psink goes on air (on 127.0.0.1, any port, a tone for a microphone,
files of our own), every line of p2psrc.md listens to it without a device, those of
the README to its last one; each must join, play or record, and end cleanly when
interrupted. Exits with 1 and the output of what did not.
"""
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time

# p2psrc's PROGRESS, which gst-launch-1.0 prints; the position, which gst-play-1.0 does
JOINED = r"Joined the channel|0:00:0[1-9]"
AIR_S = 60              # longest wait: ends what hangs, on a busy machine, too
PLAY_S = 2


def lines(path):
    """The lines in the page's shell blocks that start a pipeline."""
    text = open(path, encoding="utf-8").read()
    for block in re.findall(r"```sh\n(.*?)```", text, re.S):
        for line in block.replace("\\\n", " ").splitlines():
            if line.startswith(("gst-launch-1.0 ", "gst-play-1.0 ")):
                yield line


def at_home(line, folder, uri=None):
    """The line for this machine: no devices, no fixed ports, files in folder."""
    if "multifilesrc" not in line:      # a whole file is one buffer: EOS waits for its end
        line = line.replace("gst-launch-1.0", "gst-launch-1.0 -e", 1)
    line = line.replace("gst-play-1.0", "gst-play-1.0 --no-interactive "
                        "--audiosink=fakeaudiosink --videosink=fakevideosink")
    line = re.sub(r"! p2psink\b", "! p2psink bind-address=127.0.0.1 port=0", line)
    line = re.sub(r"location=(\w)", rf"location={folder}/\1", line)
    line = re.sub(r"auto(audio|video)sink", "fakesink sync=true", line)
    line = line.replace("autoaudiosrc", "audiotestsrc is-live=true")
    line = line.replace("uri=http://radio.example/stream.ogg", f"uri=file://{folder}/song.mp3")
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

    def interrupt(self):
        self.early = self.process.poll()
        if self.early is None:
            self.process.send_signal(signal.SIGINT)

    def stop(self):
        """The reason why it did not go well, or None."""
        try:
            status = self.process.wait(timeout=AIR_S)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            return "does not stop"
        if self.early is not None:
            return f"ended by itself with {self.early}"
        # gst-play-1.0 leaves the signal to the system
        if status not in (0, -signal.SIGINT if "gst-play" in self.line else 0):
            return f"ended with {status}"
        return "posted an error" if "ERROR" in self.output() else None


def listen(lines_of_listeners, uri, folder, problems):
    """All at once: they join, play for a while, and are interrupted."""
    runs = [Run(at_home(line, folder, uri)) for line in lines_of_listeners]
    joined = [run.wait_for(JOINED) for run in runs]
    time.sleep(PLAY_S)
    for run in runs:
        run.interrupt()
    for run, found in zip(runs, joined):
        reason = run.stop()
        if not found:
            reason = "did not join"
        if reason:
            problems.append(f"{reason}: {run.line}\n{run.output()}")


def try_page(publishers, listeners, folder, problems):
    for line in publishers:
        publisher = Run(at_home(line, folder))
        on_air = publisher.wait_for(r"On the air: (\S+)")
        if on_air:
            listen(listeners, on_air.group(1), folder, problems)
        publisher.interrupt()
        reason = publisher.stop()
        if reason or not on_air:
            problems.append(f"{reason or 'no address'}: {line}\n{publisher.output()}")


def check_recording(folder, problems):
    recording = folder + "/recording.mp3"
    if not os.path.exists(recording) or os.path.getsize(recording) == 0:
        problems.append("nothing was recorded")
    else:
        os.remove(recording)


def main(source, plugins):
    os.environ["GST_PLUGIN_PATH_1_0"] = plugins
    folder = tempfile.mkdtemp(prefix="run-lines-")
    os.environ["GST_REGISTRY_1_0"] = folder + "/registry"
    os.environ.pop("G_DEBUG", None)     # stock muxers raise criticals
    problems = []
    subprocess.run(f"gst-launch-1.0 -q audiotestsrc num-buffers=6000 ! audioconvert ! "
                   f"lamemp3enc ! id3v2mux ! filesink location={folder}/song.mp3",
                   shell=True, check=True)
    count = 0
    for pages in ("docs/elements/p2psink.md", "docs/elements/p2psrc.md"), ("README.md",):
        found = [line for page in pages for line in lines(f"{source}/{page}")]
        publishers = [line for line in found if "! p2psink" in line]
        listeners = [line for line in found if line not in publishers]
        if not publishers or not listeners:
            problems.append(f"{pages}: {len(publishers)} publish, {len(listeners)} listen")
        try_page(publishers, listeners, folder, problems)
        check_recording(folder, problems)
        count += len(found)
    shutil.rmtree(folder)
    print("\n\n".join(problems) or f"{count} lines do what they say")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2]))
