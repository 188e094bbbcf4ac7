#!/usr/bin/env python3
"""Writes swarm-seeds.json: lists of steps for fuzz-swarm.c, made of the frames
in tests/vectors/messages.json.

Usage: make-swarm-seeds.py MESSAGES.json >swarm-seeds.json
"""
import json
import struct
import sys

UP, DOWN, FRAME, TIME, ANSWER, STATS, PUBLISH, SIGNAL, LEAVE, MEMBERS, UPLOAD = range(11)
EPOCH = 4004208000 << 32
LISTENER, SOURCE = b"\x00", b"\x01"


def step(what, data=b""):
    return struct.pack(">BH", what, len(data)) + data


def up(link):
    return step(UP, bytes([link]))


def frame(link, body):
    return step(FRAME, bytes([link]) + body)


def time(ms):
    return step(TIME, struct.pack(">BH", 0, ms))


GOOD = step(ANSWER, b"\x00\x01")
BAD = step(ANSWER, b"\x00\x00")


def ext(code, body):
    return struct.pack(">BH", code, len(body)) + body


def status(newest, k=4, ping=1):
    return ext(0x86, struct.pack(">IIIBBBBBBB", ping, 0, newest, k, 0, 1, 16, 4, 0, 4)
               + bytes(k) + b"\x00\x05" * k + b"\x00\x00\x00\x07")


def stream_header(k=4):
    return struct.pack(">BBBBHHQIIII", 1, 0, 0, k, 0, 0, EPOCH, 125000, 128000, 10000, 0)


def header_part():
    h = stream_header()
    return ext(0x81, struct.pack(">QQ", EPOCH, EPOCH) + bytes(64)
               + struct.pack(">HII", 0, 0, len(h)) + h)


def chunk(number, size=300):
    ntp = EPOCH + (number << 32) // 8
    envelope = struct.pack(">HHBBHIq", 1, 0, 0, 1, 0, 125000, number * 125000000)
    return (struct.pack(">BIIQ", 7, number, number, ntp) + bytes(64)
            + struct.pack(">BIIQ", 1, number, number, number * 125000)
            + envelope + b"\x00\x81\x01" + bytes(129))


def sub_ok(mask, start, k=4):
    n = bin(mask).count("1")
    return ext(0x83, struct.pack(">HHBB", mask, 0, k, 1)
               + b"".join(struct.pack(">I", start + i) for i in range(n)) + b"\x00\x00\x00\x07")


def subscribe(mask, first, burst):
    return ext(0x82, struct.pack(">HIIHBB", mask, first, burst, 0, 16, 0))


def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        frames = [bytes.fromhex(v["hex"])[4:] for v in json.load(file)["vectors"]]
    relay, source = frames[1], frames[2]
    # The vector's relay knows no epoch yet; a second HELLO tells this one's.
    relay += ext(0x80, b"\x01\x01\x02\x00\x01\x02\x03\x00\x01\x10\x04\x00\x08"
                 + struct.pack(">Q", EPOCH))
    seeds = {
        "every message to a listener": LISTENER + up(0) + frame(0, relay)
        + b"".join(frame(0, f) + time(100) for f in frames[5:]),
        "every message to a source": SOURCE + step(PUBLISH) + GOOD + up(0)
        + frame(0, relay) + b"".join(frame(0, f) + time(100) for f in frames[5:]),
        "a listener is served": LISTENER + up(0) + frame(0, source) + GOOD
        + frame(0, header_part()) + GOOD + frame(0, status(20)) + time(50)
        + frame(0, sub_ok(15, 0)) + b"".join(
            frame(0, chunk(i)) + GOOD + step(STATS, b"\x00\x00\x00") for i in range(12))
        + time(2000) + frame(0, status(22, ping=2)) + frame(0, chunk(14)) + BAD
        + time(3000) + step(DOWN, b"\x00") + time(1000),
        "a relay has a parent and a child": LISTENER + up(0) + up(1)
        + frame(0, source) + GOOD + frame(0, header_part()) + GOOD + frame(1, relay)
        + frame(0, status(4)) + frame(0, sub_ok(15, 0))
        + b"".join(frame(0, chunk(i)) + GOOD for i in range(4))
        + frame(1, subscribe(15, 0, 0)) + b"".join(
            frame(0, chunk(i)) + GOOD + step(STATS, b"\x01\x00\x00") for i in range(4, 8))
        + frame(1, struct.pack(">BII", 8, 1, 3)) + frame(1, struct.pack(">BII", 3, 5, 6))
        + time(500) + step(LEAVE),
        "a source serves": SOURCE + step(PUBLISH) + GOOD + up(0) + up(1)
        + frame(0, relay) + frame(1, relay) + frame(0, subscribe(15, 0, 0xffffffff))
        + b"".join(step(PUBLISH, b"x") + GOOD + time(125) + step(STATS, b"\x00\x00\x00")
                   for _ in range(8))
        + frame(1, subscribe(3, 0, 0)) + step(UPLOAD, b"\x00\x01\x00") + time(125)
        + step(MEMBERS, b"\x02\x00\x09") + step(SIGNAL, b"\x00v=0") + step(LEAVE),
        "epochs change": LISTENER + up(0) + frame(0, source) + GOOD
        + frame(0, header_part()) + GOOD + frame(0, sub_ok(15, 0)) + frame(0, chunk(0)) + GOOD
        + frame(0, ext(0x80, b"\x01\x01\x04\x00\x08" + struct.pack(">Q", EPOCH + (9 << 32))))
        + time(1000) + frame(0, header_part()) + GOOD + time(1000),
    }
    vectors = [{"name": name, "hex": data.hex()} for name, data in seeds.items()]
    print(json.dumps({"vectors": vectors}, indent=1))


main()
