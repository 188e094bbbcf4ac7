#!/usr/bin/env python3
"""p2p-top against a real session and against sockets that say strange things.

Usage: top.py P2P-TOP GST-LAUNCH
"""
import fcntl
import json
import os
import pty
import re
import select
import socket
import stat
import struct
import subprocess
import sys
import tempfile
import termios
import threading
import time

TOP, LAUNCH = sys.argv[1:3]
PIPELINE = ("audiotestsrc is-live=true ! audio/x-raw,rate=8000,channels=1 ! "
            "p2psink port=0 bind-address=127.0.0.1").split()
SECONDS = 60            # ends what hangs, on a busy machine, too


def top(folder, *options):
    done = subprocess.run([TOP, "--dir", folder, *options], text=True,
                          capture_output=True, timeout=SECONDS)
    return done.returncode, done.stdout


def check(good, what):
    if not good:
        sys.exit(f"FAILED: {what}")
    print("ok:", what)


def answer(folder, name, text):
    """A socket that gives this text to whoever comes."""
    server = socket.socket(socket.AF_UNIX)
    server.bind(os.path.join(folder, name))
    server.listen(4)

    def serve():
        while True:
            try:
                visitor, _ = server.accept()
            except OSError:
                return
            with visitor:
                visitor.sendall(text.encode())
    threading.Thread(target=serve, daemon=True).start()


def real_session(folder):
    env = dict(os.environ, P2P_TOP_DIR=folder)
    process = subprocess.Popen([LAUNCH, "-q", *PIPELINE], env=env,
                               stdout=subprocess.DEVNULL)
    try:
        until = time.monotonic() + SECONDS
        while time.monotonic() < until:
            code, out = top(folder, "--json")
            swarms = json.loads(out)["swarms"] if code == 0 else []
            if swarms and swarms[0]["delivered"] > 0:
                break
            time.sleep(0.1)
        check(code == 0 and swarms, "a broadcaster is seen")
        check(swarms[0]["role"] == "source", "it is the source")
        check(json.loads(out)["pid"] == process.pid, "its process is named")
        paths = [os.path.join(folder, n) for n in os.listdir(folder)]
        check([stat.S_IMODE(os.stat(p).st_mode) for p in paths] == [0o600],
              "one socket, for nobody else")
        code, out = top(folder, "--once")
        check(code == 0 and re.search(rf"^ *{process.pid} .* source ", out,
                                      re.M), "it has a row")
    finally:
        process.terminate()
        process.wait(SECONDS)
    check(top(folder, "--once")[0] == 2, "when it is gone nobody is there")


def told(*options):
    """What is said when nobody is seen."""
    return subprocess.run([TOP, "--once", *options], text=True, timeout=SECONDS,
                          capture_output=True, env=bare).stderr


bare = {k: v for k, v in os.environ.items() if k != "P2P_TOP_DIR"}


def absent(folder, other):
    """Who runs and can't be seen is named, with what to do."""
    for env, options, says in (
            (bare, ["--dir", folder], "started without P2P_TOP_DIR"),
            (dict(bare, P2P_TOP_DIR=other), ["--dir", folder], f"--dir={other}"),
            (dict(bare, P2P_TOP_DIR=other), [], f"--dir={other}")):
        process = subprocess.Popen([LAUNCH, "-q", *PIPELINE], env=env,
                                   stdout=subprocess.DEVNULL)
        try:
            line, until = "", time.monotonic() + SECONDS
            while says not in line and time.monotonic() < until:
                lines = [text for text in told(*options).splitlines()
                         if text.startswith(f"  {process.pid} ")]
                line = lines[0] if lines else ""
                time.sleep(0.1)
            check(says in line, f"who is not seen is told: {says}")
        finally:
            process.terminate()
            process.wait(SECONDS)


def small_terminal(folder):
    """60 members on 80 x 24: what is wrong with the swarm is on the screen."""
    for i in range(60):
        row = {"swarm": "Swarmid", "role": "source" if i == 40 else "relay",
               "lag_ms": 0 if i == 40 else 100 + i * 7 % 60, "buffered_ms": 1850,
               "neighbours_n": 12, "parents": 4, "children": 10, "depth": 4,
               "wire_sent": 123456, "wire_received": 234567,
               "first_hop_share": 100, "delivered": 1000, "lost": 2, "duplicate": 15, "neighbours": []}
        answer(folder, f"{4190000 + i}-0.sock", json.dumps(
            {"pid": 4190000 + i, "peer": f"{i:08x}", "swarms": [row]}) + "\n")
    master, slave = pty.openpty()
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("4H", 24, 80, 0, 0))
    process = subprocess.Popen([TOP, "--dir", folder], stdout=slave)
    os.close(slave)
    seen, until = b"", time.monotonic() + SECONDS
    try:
        while seen.count(b"\033[2J") < 2 and time.monotonic() < until:
            if select.select([master], [], [], 0.1)[0]:
                seen += os.read(master, 65536)
    finally:
        process.terminate()
        process.wait(SECONDS)
        os.close(master)
    lines = seen.decode().split("\033[2J")[1].replace("\r", "").split("\n")
    lines = [line for line in lines if line and not line.startswith("\033")]
    check(len(lines) == 23, "60 members are drawn on 23 lines")
    check(max(map(len, lines)) <= 79, "of 79 columns")
    check(" source " in lines[1] and "4190040" in lines[1],
          "the source comes first")
    check([int(line.split()[6]) for line in lines[2:-1]]
          == sorted(set(range(100, 160)) - {140}, reverse=True)[:20], "then the latest")
    check(lines[-1] == "60 in 60 sessions, 21 shown; lag p50 129, p95 157, "
          "max 159 ms, 118 lost", "the last line tells of all")


def strange_sessions(folder):
    row = {"swarm": "S", "role": "relay", "lag_ms": 7, "neighbours": [
        {"peer": "aaaaaaaa", "parent_of_us": 11},
        {"peer": "cccccccc", "parent_of_us": 0}]}
    answer(folder, "1.sock", json.dumps(
        {"pid": 1, "peer": "bbbbbbbb", "swarms": [row]}))
    answer(folder, "2.sock", json.dumps({"pid": 2, "peer": "\033[2J", "swarms": [
        {"swarm": 5, "role": '"]; evil', "neighbours": 3}]}))
    answer(folder, "3.sock", "{not json")
    answer(folder, "4.sock", '{"swarms": {"a": 1}}')
    code, out = top(folder, "--dot")
    check(code == 0 and '"aaaaaaaa" -> "bbbbbbbb" [label="3"];' in out,
          "an edge is labelled with the number of sub-streams")
    check("cccccccc" not in out, "who feeds nothing is no parent")
    code, once = top(folder, "--once")
    check(code == 0 and "\033" not in once + out and "evil" not in once + out,
          "what a socket says does not reach the terminal")


def tracker_told(where, *options):
    """Exit status and what is said of a rendezvous that can't be shown."""
    done = subprocess.run([TOP, "--tracker", where, *options], text=True,
                          capture_output=True, timeout=SECONDS)
    return done.returncode, done.stderr


def rendezvous():
    """The server inside a broadcaster is one, too."""
    process = subprocess.Popen(
        [LAUNCH, *PIPELINE, "channel=radio"], stdout=subprocess.PIPE, text=True)
    try:
        for line in process.stdout:
            found = re.search(r"p2p://127\.0\.0\.1:(\d+)/radio", line)
            if found:
                break
        check(found, "a broadcaster says where it is")
        where = "127.0.0.1:" + found[1]
        until = time.monotonic() + SECONDS
        while time.monotonic() < until:
            code, out = top("/nowhere", "--tracker", where, "--once")
            if "radio" in out:
                break
            time.sleep(0.1)
        check(code == 0 and re.search(r"^radio +\S{8} yes +\d+ +\d+$", out, re.M),
              "its channel has a row")
        check("1 member of 1 swarm, 1 connection; 0 introductions, 0 refused" in out,
              "one is not called many")
        for pasted in (f"p2p://{where}/radio", f"ws://{where}", f"http://{where}/",
                       f"P2P://{where}", f"{where}/radio", f" {where} "):
            code, out = top("/nowhere", "--tracker", pasted, "--once")
            check(code == 0 and "radio" in out, f"{pasted!r} is an address, too")
        check(tracker_told(where, "--dot")[0] == 1, "a rendezvous has no graph")
        code, out = top("/nowhere", "--tracker", where, "--json")
        check(json.loads(out)["channels"][0]["name"] == "radio",
              "the status is there as it is")
    finally:
        process.terminate()
        process.wait(SECONDS)
    code, error = tracker_told(where, "--once")
    check(code == 2 and where in error and "refused" in error,
          "when it is gone nobody answers, and why is said")
    for wrong in ("", "  ", ":8787", "p2p://", "ws:///radio", "ftp://127.0.0.1",
                  "127.0.0.1:", "127.0.0.1:0", "127.0.0.1:99999", "127.0.0.1:x",
                  "[::1", "a b"):
        code, error = tracker_told(wrong, "--once")
        check(code == 1 and error == f"p2p-top: --tracker={wrong}: write HOST or "
              "HOST:PORT of a rendezvous, as in --tracker=127.0.0.1:8787\n",
              f"--tracker='{wrong}' is told what to write, once")
    for behind in ("p2ps://127.0.0.1/radio", "WSS://127.0.0.1"):
        code, error = tracker_told(behind, "--once")
        check(code == 1 and "TLS" in error, "one behind TLS is told apart")


def strange_rendezvous():
    answers = ['HTTP/1.0 200 OK\r\n\r\n{"channels":[{"name":"\x1b[2J",'
               '"swarm_id":7},5]}', "HTTP/1.0 200 OK\r\n\r\n[1", "nothing"]
    server = socket.create_server(("127.0.0.1", 0))

    def serve():
        for text in answers:
            visitor, _ = server.accept()
            with visitor:
                visitor.recv(1000)
                visitor.sendall(text.encode())
    threading.Thread(target=serve, daemon=True).start()
    where = "127.0.0.1:%d" % server.getsockname()[1]
    seen = [top("/nowhere", "--tracker", where, "--once") for _ in answers]
    check([code for code, _ in seen] == [0, 2, 2], "only JSON is a status")
    check("\033" not in seen[0][1], "what it says does not reach the terminal")


with tempfile.TemporaryDirectory() as one:
    check(top(one, "--once")[0] == 2, "an empty directory shows nobody")
    real_session(one)
    with tempfile.TemporaryDirectory() as other:
        absent(one, other)
with tempfile.TemporaryDirectory() as two:
    strange_sessions(two)
with tempfile.TemporaryDirectory() as many:
    small_terminal(many)
rendezvous()
strange_rendezvous()
check(subprocess.run([TOP, "--dir", "/nowhere"], stderr=subprocess.DEVNULL,
                     timeout=SECONDS).returncode == 1, "a wrong directory is an error")
check("no directory: --dir=DIR" in told("--dir="), "an empty directory's name is none")
check(top(".", "--json", "--dot")[0] == 1, "two kinds of output exclude each other")
check(top(".", "one", "--once")[0] == 1, "an argument that means nothing is an error")
