#!/usr/bin/env python3
"""Counts the instructions of a lookup under callgrind, and fails if a big directory costs over 1.5 times a small one.

Needs valgrind. Counts are exact and the same on every run; they are those of the host's instruction set.
"""
import json
import pathlib
import re
import subprocess
import sys
import tempfile

LIMIT = 1.5
SMALL, BIG = 10, 10_000


def bench_binary():
    here = pathlib.Path(__file__).resolve().parent.parent
    build = ["cargo", "bench", "--no-run", "--bench", "lookup", "--message-format=json"]
    lines = subprocess.run(build, cwd=here, check=True, capture_output=True, text=True).stdout
    artifacts = [json.loads(line) for line in lines.splitlines() if line.startswith("{")]
    return [a["executable"] for a in artifacts if a.get("executable")][-1]


def instructions(binary, size, path, *mode):
    with tempfile.TemporaryDirectory() as folder:
        command = [
            "valgrind",
            "--tool=callgrind",
            "--collect-atstart=no",
            "--toggle-collect=lookup::measured*",
            f"--callgrind-out-file={folder}/out",
            binary,
            str(size),
            path,
            *mode,
        ]
        result = subprocess.run(command, check=True, capture_output=True, text=True)
    count = int(re.search(r"Collected : (\d+)", result.stderr).group(1))
    return count, result.stdout.strip()


def main():
    binary = bench_binary()
    names = {
        "first": lambda size: "d/f00000.mpy",
        "middle": lambda size: f"d/f{size // 2:05}.mpy",
        "last": lambda size: f"d/f{size - 1:05}.mpy",
        "absent": lambda size: "d/absent.mpy",
    }
    worst = 0
    for mode in [], ["scan"]:
        print("by scanning" if mode else "by index")
        counts = {}
        for size in SMALL, BIG:
            for which, path in names.items():
                count, said = instructions(binary, size, path(size), *mode)
                if not count or said.startswith("found true") == (which == "absent"):
                    sys.exit(f"no such measurement: {size} {which}: {said}")
                counts[size, which] = count
                print(f"  {size:6} names, {which:6}: {count:8} instructions  ({said})")
        if not mode:
            worst = max(counts[BIG, which] for which in names) / min(counts.values())
    print(f"by index, the dearest of the big directory / the cheapest of all: {worst:.2f}")
    if worst > LIMIT:
        sys.exit(f"over {LIMIT}")


if __name__ == "__main__":
    main()
