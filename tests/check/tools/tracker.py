#!/usr/bin/env python3
"""p2p-tracker where it can't listen says what to change; SIGTERM ends it cleanly.

Usage: tracker.py P2P-TRACKER
"""
import signal
import socket
import subprocess
import sys

TRACKER = sys.argv[1]
SECONDS = 60


def check(good, what):
    if not good:
        sys.exit(f"FAILED: {what}")
    print("ok:", what)


def fails(*options):
    done = subprocess.run([TRACKER, *options], text=True, capture_output=True,
                          timeout=SECONDS)
    check(done.returncode == 1, "not to listen is a failure")
    return done.stderr


with socket.create_server(("127.0.0.1", 0)) as other:
    port = other.getsockname()[1]
    said = fails("--address=127.0.0.1", f"--port={port}")
check(said.startswith(f"p2p-tracker: port {port} is taken: ") and "--port=N" in said
      and "rendezvous=" not in said, "a port that is taken names the option")
# 192.0.2.0/24 is for documentation (RFC 5737): nobody has it
said = fails("--address=192.0.2.1", "--port=0")
check("192.0.2.1 port 0: " in said and "--address" in said
      and "bind-address" not in said, "a wrong address names the option")
for option in ("--certificate=", "--certificate=/", "--certificate=/nowhere.pem"):
    said = fails("--address=127.0.0.1", "--port=0", option)
    check(option + ": " in said and "PEM files" in said and said.count("\n") == 1,
          f"{option} is told what it takes")
for option in ("--max-members=-1", "--expiry=-5", "--max-connections=0"):
    said = fails("--address=127.0.0.1", "--port=0", option)
    check(option.split("=")[0] + " has to be from" in said, f"{option} is out of range")

process = subprocess.Popen([TRACKER, "--address=127.0.0.1", "--port=0"], text=True,
                           stdout=subprocess.PIPE)
try:
    check("Rendezvous at ws://127.0.0.1:" in process.stdout.readline(),
          "it says where it is")
    process.send_signal(signal.SIGTERM)
    check(process.wait(SECONDS) == 0, "it ends cleanly")
finally:
    process.kill()
