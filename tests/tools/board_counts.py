#!/usr/bin/env python3
"""Instructions of the kernels of tests/benches/kernels on the emulated boards, by dispatch back-end.

    board_counts.py [--board NAME]... [--opt LEVEL]...

QEMU counts: with -icount each instruction takes the same virtual time, which the board's own clock shows. The firmware is built
with each back-end, runs every kernel in a VM of its own, and reports the time; what an empty program takes is taken off.
"""

import argparse
import math
import os
import pathlib
import re
import shutil
import subprocess
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
TARGETS = {"qemu-cortex-m3": "thumbv7m-none-eabi", "qemu-riscv32": "riscv32imac-unknown-none-elf"}
BACKENDS = ("loop", "tail")
# The opt-level of the board's own firmware.
OWN = "own"
# An instruction takes 2^6 ns: the boards' clocks, which tell microseconds, count to 16 instructions, and none wraps.
SHIFT = 6


def build(board, backend, opt):
    """The firmware with a back-end, and the bytes of its code and constants."""
    folder = ROOT / "target/boards" / ("dispatch-%s-%s" % (backend, opt))
    environment = dict(os.environ, CARGO_TARGET_DIR=str(folder))
    if opt != OWN:
        environment["CARGO_PROFILE_RELEASE_OPT_LEVEL"] = opt
    command = [ROOT / "scripts/cross.sh", "--small", TARGETS[board], "build", "--release", "-q", "--features", "dispatch-" + backend]
    subprocess.run(command, cwd=ROOT / "boards" / board, env=environment, check=True)
    below = pathlib.Path(TARGETS[board]) / "release" / board
    return next(path for path in (folder / below, folder / "debian" / below) if path.exists())


def count(romfs, board, firmware):
    """Instructions by kernel."""
    with tempfile.TemporaryDirectory() as folder:
        image = pathlib.Path(folder) / "kernels.romfs"
        source = pathlib.Path(folder) / "kernels"
        shutil.copytree(ROOT / "tests/benches/kernels", source)
        # The first start formats the board's flash.
        shutil.copy(source / "empty.py", source / "a_first.py")
        subprocess.run([romfs, "build", "--board", board, source, "-o", image], check=True, stdout=subprocess.DEVNULL)
        command = [romfs, "device", "run", board, "--each", "--report", "--image", image, "--firmware", firmware]
        command += ["--", "-icount", "shift=%d,align=off,sleep=off" % SHIFT]
        run = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True)
    runs = re.findall(r"^#run (\w+)\n.*?^#time (\d+)\n.*?^#ended (\d+)\n", run.stdout, re.MULTILINE | re.DOTALL)
    failed = [name for name, _, status in runs if status != "0"]
    if not runs or failed or run.returncode != 0:
        raise SystemExit("%s: %s\n%s" % (board, failed or run.returncode, run.stdout))
    counts = {name: int(us) * 1000 >> SHIFT for name, us, _ in runs}
    counts.pop("a_first")
    start = counts.pop("empty")
    return {name: instructions - start for name, instructions in counts.items()}


def show(board, opt, counts):
    loop, tail = (counts[backend] for backend in BACKENDS)
    print("%s, opt-level %s: thousands of instructions" % (board, opt))
    print("  %-12s %9s %9s %11s" % ("kernel", *BACKENDS, "tail/loop"))
    for name in loop:
        print("  %-12s %9d %9d %11.2f" % (name, loop[name] / 1000, tail[name] / 1000, tail[name] / loop[name]))
    mean = math.exp(sum(math.log(tail[name] / loop[name]) for name in loop) / len(loop))
    print("  %-12s %31.2f" % ("mean", mean), flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--board", action="append", choices=TARGETS)
    parser.add_argument("--opt", action="append", choices=(OWN, "z", "s", "2", "3"), help="opt-levels [default: the firmware's own]")
    parser.add_argument("--romfs", default=ROOT / "target/release/romfs", type=pathlib.Path)
    options = parser.parse_args()
    romfs = options.romfs.resolve()
    for board in options.board or TARGETS:
        for opt in options.opt or [OWN]:
            firmwares = {backend: build(board, backend, opt) for backend in BACKENDS}
            show(board, opt, {backend: count(romfs, board, path) for backend, path in firmwares.items()})


if __name__ == "__main__":
    main()
