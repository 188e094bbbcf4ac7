#!/usr/bin/env python3
"""Checks that the npm packages of the interoperability tests say that they run with
the Node.js of Debian 12. Usage: scripts/check-npm.py [ROOT]. Exits with 1 if one does not.
"""
import json
import os
import re
import sys

NODE = 18               # of bookworm


def main():
    root = sys.argv[1] if len(sys.argv) > 1 else "."
    folder = os.path.join(root, "tests/interop")
    with open(os.path.join(folder, "package.json"), encoding="utf-8") as f:
        names = json.load(f)["dependencies"]
    with open(os.path.join(folder, "package-lock.json"), encoding="utf-8") as f:
        packages = json.load(f)["packages"]
    wrong = 0
    for name in sorted(names):
        wanted = packages["node_modules/" + name].get("engines", {}).get("node", "")
        oldest = re.match(r">=\s*(\d+)", wanted)
        if oldest and int(oldest[1]) > NODE:
            print(f"tests/interop/package.json: {name} {names[name]} needs Node.js "
                  f"{wanted}, Debian 12 has {NODE}")
            wrong = 1
    return wrong


sys.exit(main())
