#!/usr/bin/env python3
"""What a listener costs that relays 128 kbit/s: one parent, one child.

Publisher, relay and leaf are gst-launch-1.0 in a row on loopback; nothing is
decoded. CPU is that of every thread of the process to the nanosecond
(schedstat); wake-ups are voluntary context switches, system calls are counted by
perf where it is permitted. CPU wavers with what else the machine does, wake-ups
and system calls hardly: a virtual machine counts time that its host gave to others
as the process's, and every chunk finds the caches full of somebody else's. So there
is the mean, the median and the tenths of windows of a second, and the mean of the
quarter of them in which least was stolen. Goal: 0.4 % of a core, at most 0.6.
"""
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time

import benchlib

PUBLISHER = ("audiotestsrc is-live=true wave=pink-noise samplesperbuffer=1152 ! "
             "audio/x-raw,rate=44100,channels=2 ! "
             "lamemp3enc target=bitrate bitrate=128 cbr=true ! mpegaudioparse ! "
             "p2psink port=0 bind-address=127.0.0.1 max-peers=1")
LISTENER = "p2psrc uri={} max-peers={} ! fakesink sync=false async=false"
# Links, parents and the statistics of a start are behind us.
SETTLE_S = 8


def launch(line, **more):
    return subprocess.Popen(["gst-launch-1.0", *line.split()], text=True, **more)


def on_air(publisher):
    """The URI that the publisher prints."""
    for line in publisher.stdout:
        match = re.search(r"p2p://[\w.:/-]+", line)
        if match:
            return match.group(0).rstrip(".")
    raise RuntimeError("the publisher ended without being on air")


def usage(pid):
    """(CPU seconds, voluntary context switches) of the threads so far."""
    cpu = switches = 0
    for task in os.listdir(f"/proc/{pid}/task"):
        base = f"/proc/{pid}/task/{task}"
        try:
            with open(base + "/schedstat", encoding="ascii") as file:
                cpu += int(file.read().split()[0]) / 1e9
            with open(base + "/status", encoding="ascii") as file:
                switches += int(re.search(r"^voluntary_ctxt_switches:\s+(\d+)",
                                          file.read(), re.M).group(1))
        except FileNotFoundError:       # it ended
            pass
    return cpu, switches


def count_calls(pid, seconds):
    """System calls a second; None where perf can't count them."""
    if not shutil.which("perf"):
        return None
    done = subprocess.run(
        ["perf", "stat", "-x,", "-e", "raw_syscalls:sys_enter", "-p", str(pid),
         "sleep", str(seconds)], capture_output=True, text=True, check=False)
    match = re.search(r"^(\d+),", done.stderr, re.M)
    return int(match.group(1)) / seconds if match else None


def stolen():
    """(time that the host gave to others, all time) so far, in ticks."""
    with open("/proc/stat", encoding="ascii") as file:
        values = [int(v) for v in file.readline().split()[1:9]]
    return values[7], sum(values)


def windows(pids, seconds):
    """[(stolen percent, [(CPU percent, wake-ups a second) of each])] by second."""
    found = []
    last, at, host = [usage(pid) for pid in pids], time.monotonic(), stolen()
    for _ in range(seconds):
        time.sleep(1)
        now, then, host_now = [usage(pid) for pid in pids], time.monotonic(), stolen()
        found.append((100 * (host_now[0] - host[0]) / max(1, host_now[1] - host[1]),
                      [(100 * (b[0] - a[0]) / (then - at),
                        (b[1] - a[1]) / (then - at)) for a, b in zip(last, now)]))
        last, at, host = now, then, host_now
    return found


def figures_of(name, pid, cpu, wakeups, calm):
    uss, threads = benchlib.status(pid)
    return {"process": name, "cpu_percent": sum(cpu) / len(cpu),
            "p10": benchlib.percentile(cpu, 10),
            "p50": benchlib.percentile(cpu, 50),
            "p90": benchlib.percentile(cpu, 90),
            "calm": sum(calm) / len(calm),
            "wakeups_per_s": sum(wakeups) / len(wakeups),
            "syscalls_per_s": count_calls(pid, 5),
            "uss_kib": uss, "threads": threads}


def measure(seconds, processes):
    processes["publisher"] = launch(PUBLISHER, stdout=subprocess.PIPE)
    uri = on_air(processes["publisher"])
    time.sleep(1)
    processes["relay"] = launch(LISTENER.format(uri, 2),
                                stdout=subprocess.DEVNULL)
    time.sleep(2)
    processes["leaf"] = launch(LISTENER.format(uri, 1),
                               stdout=subprocess.DEVNULL)
    time.sleep(SETTLE_S)
    names = ("relay", "leaf")
    seen = windows([processes[name].pid for name in names], seconds)
    calm = sorted(seen, key=lambda w: w[0])[:max(1, len(seen) // 4)]
    print(f"stolen by the host: {sum(w[0] for w in seen) / len(seen):.0f} % of the "
          f"time, in the calm quarter {calm[-1][0]:.0f} % and less")
    return [figures_of(name, processes[name].pid, [w[1][i][0] for w in seen],
                       [w[1][i][1] for w in seen], [w[1][i][0] for w in calm])
            for i, name in enumerate(names)]


def main():
    parser = benchlib.options(__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=int, default=60)
    args = parser.parse_args()
    processes = {}
    with tempfile.TemporaryDirectory() as folder:
        os.environ.setdefault("GST_REGISTRY", os.path.join(folder, "registry"))
        subprocess.run(["gst-inspect-1.0", "p2psrc"], check=True,
                       stdout=subprocess.DEVNULL)
        try:
            figures = measure(args.seconds, processes)
        finally:
            for process in processes.values():
                process.send_signal(signal.SIGINT)
            for process in processes.values():
                try:
                    process.communicate(timeout=10)
                except subprocess.TimeoutExpired:
                    process.kill()
                    process.wait()
    benchlib.table(list(figures[0]), [list(f.values()) for f in figures])
    benchlib.save(args.json, {"relay": figures})
    return 0


if __name__ == "__main__":
    sys.exit(main())
