#!/usr/bin/env python3
"""Checks lengths and licence headers (CONTRIBUTING.md, "Shape").

Usage: scripts/check-size.py [--list] [ROOT]. A function of more than 80 lines,
a file of more than 800 (an element: 1,200) or a source without the licence
notice fails; --list also prints the functions that reviews look at (over 50).
Exempt are class_init and property switches, and in tests the 80 lines.
"""
import os
import re
import subprocess
import sys

REVIEW, REFUSE = 50, 80
FILE, ELEMENT_FILE = 800, 1200
EXEMPT = re.compile(r"(_class_init|_[gs]et_property)$")
ELEMENT = re.compile(r"^gst/p2p/gstp2p(src|sink|groupbin)\.c$")
# Known debts, to be paid by a split, and never to grow: path: lines.
DEBTS = {}
LICENCE = "GNU Lesser General Public"
NAME = re.compile(r"^([A-Za-z_]\w*) \(")


def functions(lines):
    """(name, first line, length) of each function in GNU style: the name at
    the left margin, the braces alone there."""
    name = None
    start = None
    for number, line in enumerate(lines, 1):
        match = NAME.match(line)
        if start is None and match:
            name = match.group(1)
        if line.startswith("{") and start is None:
            start = number
        elif line.startswith("}") and start is not None:
            if name:
                yield name, start, number - start - 1
            name = start = None


def check(path, lines, list_long):
    limit = ELEMENT_FILE if ELEMENT.match(path) else FILE
    limit = DEBTS.get(path, limit)
    if len(lines) > limit:
        yield f"{path}: {len(lines)} lines (at most {limit})"
    if "/tables/" in path:        # generated figures
        return
    if LICENCE not in "\n".join(lines[:20]):
        yield f"{path}: no licence notice"
    if not path.endswith(".c"):
        return
    for name, start, length in functions(lines):
        if EXEMPT.search(name):
            continue
        if length > REFUSE and not path.startswith("tests/"):
            yield f"{path}:{start}: {name} has {length} lines (at most {REFUSE})"
        elif length > REVIEW and list_long:
            print(f"{path}:{start}: {name} has {length} lines")


def main():
    args = [arg for arg in sys.argv[1:] if arg != "--list"]
    root = args[0] if args else "."
    names = subprocess.run(
        ["git", "-C", root, "ls-files", "*.c", "*.h"], check=True, text=True,
        stdout=subprocess.PIPE).stdout.split()
    problems = []
    for path in names:
        full = os.path.join(root, path)
        if os.path.isfile(full):
            with open(full, encoding="utf-8") as source:
                lines = source.read().splitlines()
            problems += check(path, lines, "--list" in sys.argv)
    for line in problems:
        print(line)
    print(f"{len(names)} files, {len(problems)} problems")
    return 1 if problems or not names else 0


if __name__ == "__main__":
    sys.exit(main())
