#!/usr/bin/env python3
"""Writes each "hex" of the vector files as a seed file of libFuzzer.

Usage: seeds.py FOLDER VECTORS.json ...
"""
import hashlib
import json
import os
import sys

folder, files = sys.argv[1], sys.argv[2:]
for name in files:
    with open(name, encoding="utf-8") as file:
        vectors = json.load(file)
        for vector in vectors if isinstance(vectors, list) else vectors["vectors"]:
            data = bytes.fromhex(vector.get("hex", ""))
            path = os.path.join(folder, hashlib.sha1(data).hexdigest())
            with open(path, "wb") as seed:
                seed.write(data)
