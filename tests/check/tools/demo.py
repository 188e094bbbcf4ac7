#!/usr/bin/env python3
"""p2p-demo names the title that it can't play, and the number that can't be meant.

Usage: demo.py P2P-DEMO
"""
import os
import subprocess
import sys
import tempfile

DEMO = sys.argv[1]
SECONDS = 60


def check(good, what):
    if not good:
        sys.exit(f"FAILED: {what}")
    print("ok:", what)


def demo(*arguments):
    return subprocess.run([DEMO, *arguments], text=True, capture_output=True,
                          timeout=SECONDS)


for number, word in (("--listeners=-3", "from 1 to"), ("--listeners=0", "from 1 to"),
                     ("--listeners=501", "from 1 to"), ("--seconds=-1", "negative"),
                     ("--upload=-1", "--upload")):
    done = demo(number)
    check(done.returncode == 2 and word in done.stderr and done.stdout == "",
          f"{number} starts nobody")

with tempfile.TemporaryDirectory() as folder:
    missing = os.path.join(folder, "no such song.mp3")
    done = demo(missing)
    check(done.returncode == 2 and f"{missing}: No such file" in done.stderr
          and done.stdout == "", "a file that is not there is named at once")
    done = demo("file://" + missing.replace(" ", "%20"))
    check(done.returncode == 2 and missing in done.stderr,
          "so is one that is given as a URI")
    words = os.path.join(folder, "words.mp3")
    with open(words, "w", encoding="utf-8") as out:
        out.write("no music at all\n" * 100)
    done = demo("--directory", folder, "--listeners", "1", words)
    check(done.returncode == 1 and "BAD  file://" + words + ": " in done.stdout,
          "and one that holds no music")
