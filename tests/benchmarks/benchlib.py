"""What the benchmarks written in Python share."""
import argparse
import json
import os
import re
import subprocess
import sys
import tempfile

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(
    os.path.abspath(__file__))))
BUILD = os.environ.get("P2P_BUILD", os.path.join(ROOT, "build"))
DEMO = os.path.join(BUILD, "tools", "p2p-demo", "p2p-demo")


def options(description):
    """An argument parser with the options that every benchmark takes."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--json", metavar="FILE", help="write the figures there")
    return parser


def percentile(values, percent):
    """Nearest rank; None of nothing."""
    if not values:
        return None
    ordered = sorted(values)
    rank = max(0, -(-len(ordered) * percent // 100) - 1)
    return ordered[int(rank)]


def table(head, rows):
    """Prints rows (lists of str or numbers) under a head, aligned."""
    def text(cell):
        if cell is None:
            return "-"
        return f"{cell:.2f}" if isinstance(cell, float) else str(cell)
    lines = [head] + [[text(cell) for cell in row] for row in rows]
    widths = [max(len(line[i]) for line in lines) for i in range(len(head))]
    for line in lines:
        print("  ".join(cell.rjust(width) for cell, width in zip(line, widths)))
    sys.stdout.flush()


def save(path, figures):
    if path:
        with open(path, "w", encoding="utf-8") as file:
            json.dump(figures, file, indent=1)


class Demo:
    """p2p-demo as a child process; a context manager that ends it."""

    def __init__(self, *args):
        self.directory = tempfile.TemporaryDirectory(prefix="p2p-bench-")
        self.process = subprocess.Popen(
            [DEMO, "--directory", self.directory.name, *map(str, args)],
            stdout=subprocess.PIPE, text=True)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.communicate(timeout=60)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        self.process.stdout.close()
        self.directory.cleanup()

    def wait_for(self, pattern):
        """Reads its output up to a line that matches."""
        for line in self.process.stdout:
            match = re.search(pattern, line)
            if match:
                return match
        raise RuntimeError(f"p2p-demo ended without saying {pattern!r}")

    def path(self, name):
        return os.path.join(self.directory.name, name)

    def children(self):
        """{"listener-1": pid, ...} of the processes it started."""
        found = {}
        for entry in os.listdir("/proc"):
            if not entry.isdigit():
                continue
            try:
                with open(f"/proc/{entry}/stat", encoding="ascii") as file:
                    parent = int(file.read().rsplit(")", 1)[1].split()[1])
                with open(f"/proc/{entry}/cmdline", encoding="utf-8") as file:
                    match = re.search(r"--record=[^\0]*/([\w-]+)\.", file.read())
            except (OSError, UnicodeDecodeError):
                continue
            if parent == self.process.pid and match:
                found[match.group(1)] = int(entry)
        return found


def cpu_seconds(pid):
    """User and system time of a process so far."""
    with open(f"/proc/{pid}/stat", encoding="ascii") as file:
        fields = file.read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def status(pid):
    """(unshared memory in KiB, threads) of a process."""
    uss = threads = 0
    with open(f"/proc/{pid}/smaps_rollup", encoding="ascii") as file:
        for line in file:
            if line.startswith(("Private_Clean", "Private_Dirty")):
                uss += int(line.split()[1])
    with open(f"/proc/{pid}/status", encoding="ascii") as file:
        for line in file:
            if line.startswith("Threads"):
                threads = int(line.split()[1])
    return uss, threads
