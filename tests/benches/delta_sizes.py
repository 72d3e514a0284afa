#!/usr/bin/env python3
"""How small the delta of a small edit is: `romfs delta` beside detools and bsdiff, on the same pairs of images.

    delta_sizes.py ROMFS        # the command; detools and bsdiff4 are Python packages

The tree is tests/scripts, a module a script. One of them is edited, as a developer would; the payload (operations, without
the signed head, which the other tools have no part of) must stay within a limit for a plain image and one for a default
image, which has an index, checksums and a build id besides. Exit status 1 where it does not.
"""
import shutil
import subprocess
import sys
import tempfile
import json
from pathlib import Path

import bsdiff4
import detools

ROOT = Path(__file__).resolve().parents[2]
EDITED = "iter/itertools_like.py"
FUNCTION = """

def pairs_of(items, step):
    return [(a, items[i + step]) for i, a in enumerate(items[:-step])]
"""
# Name, text to replace (none: append), replacement, most bytes of payload in a plain and in a default image.
EDITS = [
    ("one expression, same size", "items[i + 1 :], r - 1", "items[i + 1 :], r - 2", 128, 400),
    ("one expression, longer", "yield (x,) + rest", "yield (x,) + tuple(rest[i + 300] for i in rest)", 600, 900),
    ("one function more", None, FUNCTION, 600, 900),
]
COMPRESSIONS = ("crle", "lzma", "heatshrink")


def run(*command):
    return subprocess.run([str(word) for word in command], check=True, capture_output=True, text=True).stdout


class Builder:
    """Signed images of a tree, for one way to build them."""

    def __init__(self, romfs, work, plain):
        self.romfs, self.work = romfs, work
        # Without index and checksums, but compiled: --plain alone would keep the sources.
        self.options = ["--plain", "--mpy"] if plain else []
        self.key = work / "key.pem"
        if not self.key.exists():
            run(romfs, "keygen", self.key)

    def signed(self, tree, sequence):
        image, signed = self.work / f"{sequence}.romfs", self.work / f"{sequence}.signed.romfs"
        run(self.romfs, "build", tree, "-o", image, "-q", *self.options)
        run(self.romfs, "sign", "--key", self.key, "--vendor", "vendor.example", "--class", "board",
            "--sequence", sequence, image, "-o", signed)
        return image, signed


def others(old, new, work):
    """Bytes that detools, by compression, and bsdiff take."""
    sizes = []
    for compression in COMPRESSIONS:
        patch = work / f"{compression}.patch"
        detools.create_patch_filenames(str(old), str(new), str(patch), compression=compression)
        sizes.append(patch.stat().st_size)
    return sizes, len(bsdiff4.diff(old.read_bytes(), new.read_bytes()))


def edit(tree, old, new):
    path = tree / EDITED
    text = path.read_text()
    assert old is None or old in text, f"{EDITED} has no {old!r}"
    path.write_text(text.replace(old, new, 1) if old else text + new)


def main():
    romfs, over = Path(sys.argv[1]).resolve(), False
    print(f"{'payload in bytes':<28} {'image':<8} {'romfs':>6} {'limit':>6}   detools {' / '.join(COMPRESSIONS)}   bsdiff")
    for plain in (True, False):
        with tempfile.TemporaryDirectory() as folder:
            work = Path(folder)
            builder = Builder(romfs, work, plain)
            old_image, old = builder.signed(ROOT / "tests/scripts", 1)
            for sequence, (name, before, after, *limits) in enumerate(EDITS, 2):
                tree = work / f"tree{sequence}"
                shutil.copytree(ROOT / "tests/scripts", tree)
                edit(tree, before, after)
                new_image, new = builder.signed(tree, sequence)
                payload = json.loads(run(romfs, "delta", old, new, "-o", work / "delta", "--json"))["payload_bytes"]
                limit = limits[0 if plain else 1]
                sizes, bsdiff = others(old_image, new_image, work)
                print(f"{name:<28} {'plain' if plain else 'default':<8} {payload:>6} {limit:>6}   "
                      f"{' / '.join(map(str, sizes)):<28} {bsdiff:>6}")
                over |= payload > limit
            print(f"{'':<28} {'':<8} images of {old_image.stat().st_size} bytes")
    return over


if __name__ == "__main__":
    sys.exit(main())
