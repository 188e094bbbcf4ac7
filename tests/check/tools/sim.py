#!/usr/bin/env python3
"""What p2p-sim and its scripts say of options that mean nothing.

Usage: sim.py P2P-SIM SCRIPTS
"""
import os
import subprocess
import sys

SIM, SCRIPTS = sys.argv[1:3]


def run(*command):
    done = subprocess.run(command, text=True, capture_output=True, timeout=60,
                          env=dict(os.environ, P2P_SIM=SIM))
    return done.returncode, done.stdout, done.stderr


def check(good, what):
    if not good:
        sys.exit(f"FAILED: {what}")
    print("ok:", what)


for option in ("--peers=0", "--peers=99999999", "--burst=99999999:1", "--seeds=0",
               "--peers=many", "--churn=-5", "--peers=", "--peers= ", "--kill=nan",
               "--kill=101", "--loss=200", "--nat-fail=300", "--map=moon",
               "--substreams=99", "--max-peers=70000", "--seconds=0", "--stalls=/",
               "--stalls=/etc/passwd", "--trace=/nowhere/x", "--series=", "--rate=1",
               "--delay=9:1", "--partition=99999999"):
    code, out, error = run(SIM, "--warm-up=0", "--seconds=1", option)
    check(code == 2 and not out and error.startswith(f"p2p-sim: {option}: ")
          and error.count("\n") == 1, f"{option} is refused before anything runs")
code, out, error = run(os.path.join(SCRIPTS, "run-sim.sh"), "--quick", "n1", "n1001")
check(code == 1 and "n1001" in error and " n1000 " in error and not out,
      "a scenario that is none is told, with those there are")
check(run(os.path.join(SCRIPTS, "run-sim.sh"), "--seeds", "few", "n1")[0] == 1,
      "seeds are a number")
code, out, error = run(os.path.join(SCRIPTS, "plot-sim.sh"), "/nowhere", "out.png")
check(code == 1 and "/nowhere" in error and "Traceback" not in error,
      "what can't be drawn is named")
