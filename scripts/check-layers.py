#!/usr/bin/env python3
"""Checks that no layer includes a higher one (docs/architecture.md).

Usage: scripts/check-layers.py [ROOT]. Prints FILE:LINE and the reason for each
include that breaks a rule; exits with 1 if there was one.
"""
import os
import re
import sys

INCLUDE = re.compile(r'^\s*#\s*include\s+(["<])([^">]+)[">]')

# What of libc the core may use: types, memory and string functions.
CORE_LIBC = {"stdbool.h", "stddef.h", "stdint.h", "string.h", "stdlib.h",
             "limits.h", "inttypes.h", "stdalign.h", "assert.h"}

BASE = "gst/p2p/core/base"
WIRE = "gst/p2p/core/wire"
SWARM = "gst/p2p/core/swarm"
TRACKER = "gst/p2p/core/tracker"
SESSION = "gst/p2p/session"
CRYPTO = "ext/crypto"
TRANSPORT = "ext/transport"
RENDEZVOUS = "ext/rendezvous"
ELEMENTS = "gst/p2p"
CORE = {BASE, WIRE, SWARM, TRACKER}

# Folder: the folders of ours that its files may include.
LAYERS = {
    BASE: {BASE},
    WIRE: {BASE, WIRE},
    SWARM: {BASE, WIRE, SWARM},
    TRACKER: {BASE, WIRE, TRACKER},
    SESSION: CORE | {SESSION},
    CRYPTO: {BASE, WIRE, SESSION, CRYPTO},
    TRANSPORT: {BASE, WIRE, TRACKER, SESSION, CRYPTO, TRANSPORT},
    RENDEZVOUS: {BASE, WIRE, TRACKER, SESSION, CRYPTO, RENDEZVOUS},
    ELEMENTS: CORE | {SESSION, CRYPTO, TRANSPORT, RENDEZVOUS, ELEMENTS},
    "tests/sim": CORE | {"tests/sim", "tests"},  # the SCTP tables of the rigs
}

# Headers of a library belong to one layer only.
LIBRARIES = [
    (re.compile(r"^usrsctp"), {TRANSPORT, "tests"}),
    (re.compile(r"^(nice/|stun/|agent\.h)"), {TRANSPORT, "tests"}),
    (re.compile(r"^libsoup/"), {RENDEZVOUS, "tests", "tools"}),
    (re.compile(r"^json-glib/"), {"tests", "tools"}),
    (re.compile(r"^json-c/"), {RENDEZVOUS, "tests", "tools"}),
    (re.compile(r"^wslay/"), {RENDEZVOUS, "tests"}),
    (re.compile(r"^gnutls/"), {CRYPTO, TRANSPORT, "tests"}),
]


def layer_of(path):
    """The longest folder of LAYERS that path is in, or its first component."""
    folder = os.path.dirname(path)
    while folder:
        if folder in LAYERS:
            return folder
        folder = os.path.dirname(folder)
    return path.split("/")[0]


def find(root, path, name):
    """The included file of ours as a path from root, or None."""
    places = [os.path.dirname(path), "", ELEMENTS, "gst/p2p/core", BASE, WIRE,
              SWARM, TRACKER, SESSION, CRYPTO, TRANSPORT, RENDEZVOUS]
    for place in places:
        candidate = os.path.normpath(os.path.join(place, name))
        if os.path.isfile(os.path.join(root, candidate)):
            return candidate
    return None


def problem(root, path, kind, name):
    """Why path may not include name, or None."""
    layer = layer_of(path)
    target = find(root, path, name) if kind == '"' else None
    if target is not None and layer in LAYERS:
        if layer_of(target) not in LAYERS[layer]:
            return f"{layer} may not include {layer_of(target)}"
        return None
    if layer in CORE and kind == "<" and name not in CORE_LIBC:
        return "the core is plain C without this header"
    for pattern, owners in LIBRARIES:
        if pattern.match(name) and layer not in owners:
            return f"only {', '.join(sorted(owners))} may use this library"
    return None


def sources(root):
    for top in ("gst", "ext", "tools", "tests"):
        for folder, dirs, files in os.walk(os.path.join(root, top)):
            dirs[:] = [d for d in dirs if d != "node_modules"]
            for name in sorted(files):
                if name.endswith((".c", ".h")):
                    yield os.path.relpath(os.path.join(folder, name), root)


def main():
    root = sys.argv[1] if len(sys.argv) > 1 else "."
    bad = seen = 0
    for path in sources(root):
        seen += 1
        with open(os.path.join(root, path), encoding="utf-8") as source:
            for number, line in enumerate(source, 1):
                match = INCLUDE.match(line)
                why = match and problem(root, path, *match.groups())
                if why:
                    bad += 1
                    print(f"{path}:{number}: {match.group(2)}: {why}")
    print(f"{seen} files, {bad} wrong includes")
    return 1 if bad or not seen else 0


if __name__ == "__main__":
    sys.exit(main())
