"""Reads ROMFS images as romfs-runtime/SPEC.md describes them. Standard library only.

Written from that document alone, so that it can disagree with the Rust reader and writer.

    python3 romfs_reader.py IMAGE...

prints one JSON line an image: {"files": {path: {"size", "sha256", "at"}}, "folders": [path, ...], "record": {...}}.
Everything that the document says of a default image is checked; a fault ends the program with its reason.
"""

import hashlib
import json
import struct
import sys
import zlib

PADDING, DATA, POINTER, DIRECTORY, FILE = 1, 2, 3, 4, 5
IMAGE_RECORD, CHECKSUM, INDEX = 0x2900, 0x2901, 0x2903
FREE = 0xFFFFFFFF


class Fault(Exception):
    """The image is not as the document says."""


def expect(condition, reason):
    if not condition:
        raise Fault(reason)


def varuint(data, at, end):
    """Value of the number at `at` and the offset behind it."""
    value = 0
    while True:
        expect(at < end, f"number at {at} runs out of its record")
        value = value << 7 | data[at] & 0x7F
        expect(value < 1 << 32, f"number before {at} is too large")
        at += 1
        if not data[at - 1] & 0x80:
            return value, at


def records(data, at, end):
    """Each record from `at` to `end`: kind, its offset, start and end of its payload."""
    while at < end:
        start = at
        kind, at = varuint(data, at, end)
        length, at = varuint(data, at, end)
        expect(kind != 0, f"unused kind at {start}")
        expect(at + length <= end, f"record at {start} overruns its parent")
        yield kind, start, at, at + length
        at += length


def mix(x):
    x ^= x >> 16
    x = x * 0x85EBCA6B & FREE
    x ^= x >> 13
    x = x * 0xC2B2AE35 & FREE
    return x ^ x >> 16


def name_hash(seed, number, name):
    h = seed ^ number * 0x9E3779B1 & FREE
    for byte in name:
        h = (h ^ byte) * 0x01000193 & FREE
    return mix(h)


class Reader:
    def __init__(self, data):
        expect(data[:3] == b"\xd2\xcd\x31", "no ROMFS magic")
        length, self.payload = varuint(data, 3, len(data))
        self.end = self.payload + length
        expect(self.end <= len(data), "payload is cut off")
        expect(self.end % 2 == 0, "odd size")
        self.data = data[: self.end]
        self.files = {}
        self.folders = []
        self.entries = {}  # (directory position, name) -> record position
        self.numbers = {0: 0}  # directory position -> its number
        self.record = None
        self.index = None
        self.tree(self.payload, self.end, "", 0)
        self.extensions()

    def position(self, offset):
        return offset - self.payload

    def tree(self, at, end, parent, identity):
        for kind, start, first, last in records(self.data, at, end):
            if kind not in (DIRECTORY, FILE):
                continue
            size, first = varuint(self.data, first, last)
            expect(first + size <= last, f"name at {first} overruns its record")
            name = self.data[first : first + size]
            first += size
            expect(name and b"\0" not in name and b"/" not in name, f"bad name at {start}")
            expect((identity, name) not in self.entries, f"duplicate name at {start}")
            self.entries[identity, name] = self.position(start)
            path = parent + name.decode("utf-8")
            if kind == DIRECTORY:
                self.folders.append(path)
                self.numbers[self.position(first)] = name_hash(0, self.numbers[identity], name)
                self.tree(first, last, path + "/", self.position(first))
            else:
                self.files[path] = self.content(path, first, last)

    def content(self, path, first, last):
        children = list(records(self.data, first, last))
        expect(children and children[0][0] in (DATA, POINTER), f"{path}: content is not the first child")
        kind, _, at, end = children[0]
        if kind == POINTER:
            expect(end - at >= 8, f"{path}: short pointer")
            size, at = varuint(self.data, at, end)
            position, _ = varuint(self.data, at, end)
            at, end = self.payload + position, self.payload + position + size
            expect(end <= self.end, f"{path}: pointer leaves the image")
        content = self.data[at:end]
        sums = [struct.unpack_from("<I", self.data, a)[0] for k, _, a, _ in children if k == CHECKSUM]
        expect(len(sums) <= 1, f"{path}: more than one checksum")
        if sums:
            expect(sums[0] == zlib.crc32(content), f"{path}: wrong checksum")
        return {
            "size": len(content),
            "sha256": hashlib.sha256(content).hexdigest(),
            "at": at,
            "shared": kind == POINTER,
            "checksum": bool(sums),
        }

    def extensions(self):
        top = list(records(self.data, self.payload, self.end))
        unpadded = [r for r in top if r[0] != PADDING]
        if not unpadded or unpadded[0][0] != IMAGE_RECORD:
            return
        expect(self.payload == 16, "payload of an image with extensions is not at 16")
        _, _, at, end = unpadded[0]
        version, build_id, tail, major, minor, arch, bits, flags = struct.unpack_from("<B32sIBBBBI", self.data, at)
        expect(version == 1, "unknown version of the image record")
        zeroed = self.data[: at + 1] + bytes(32) + self.data[at + 33 :]
        expect(hashlib.sha256(zeroed).digest() == build_id, "wrong build id")
        texts, at = [], at + 45
        for _ in range(2):
            size = self.data[at]
            texts.append(self.data[at + 1 : at + 1 + size].decode("utf-8"))
            at += 1 + size
        expect(at <= end, "image record is too short")
        self.record = {
            "build_id": build_id.hex(),
            "mpy": [major, minor, arch, bits, flags],
            "builder": texts[0],
            "board": texts[1],
        }
        in_tail = [r for r in top if self.position(r[1]) >= tail]
        expect(all(r[0] == PADDING or 0x2900 <= r[0] <= 0x297F for r in in_tail), "an entry lies in the tail")
        expect(len(in_tail) <= 16, "too many records in the tail")
        expect(all(r[3] - self.payload <= tail for r in top if self.position(r[1]) < tail), "tail begins inside a record")
        for kind, _, at, end in in_tail:
            if kind == INDEX:
                self.check_index(at, end)

    def check_index(self, at, end):
        seed, slots, used, bits = struct.unpack_from("<IIIB", self.data, at)
        expect(1 <= bits <= 24 and self.data[at + 13 : at + 16] == bytes(3), "malformed index header")
        expect(end - at == 16 + 2 * 2**bits + 8 * slots, "index has the wrong length")
        expect(at % 4 == 0, "index is not aligned")
        pilots = struct.unpack_from(f"<{2**bits}H", self.data, at + 16)
        table = struct.unpack_from(f"<{2 * slots}I", self.data, at + 16 + 2 * 2**bits)
        table = list(zip(table[::2], table[1::2]))
        expect(sum(slot != (FREE, FREE) for slot in table) == used == len(self.entries), "index has the wrong count")
        for (parent, name), record in self.entries.items():
            h = name_hash(seed, self.numbers[parent], name)
            g = mix(h + pilots[h >> (32 - bits)] * 0x9E3779B9 & FREE)
            expect(table[g * slots >> 32] == (parent, record), f"index does not lead to {name!r}")
        self.index = used


def main():
    for path in sys.argv[1:]:
        with open(path, "rb") as file:
            data = file.read()
        try:
            reader = Reader(data)
        except Fault as fault:
            sys.exit(f"{path}: {fault}")
        print(
            json.dumps(
                {
                    "files": reader.files,
                    "folders": reader.folders,
                    "record": reader.record,
                    "index": reader.index,
                }
            )
        )


main()
