#!/usr/bin/env python3
"""Size and RAM of the emulated boards' firmwares: size_boards.py ROMFS

Sections come from the ELF files; stack, heap after boot and heap after each application of images/ from running it.
"""

import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[1]
BOARDS = {
    "qemu-cortex-m3": "thumbv7m-none-eabi",
    "qemu-microbit": "thumbv6m-none-eabi",
    "qemu-riscv32": "riscv32imac-unknown-none-elf",
}


def sections(elf):
    """Bytes of the sections of a 32-bit little-endian ELF file, by name."""
    data = elf.read_bytes()
    half = lambda at: int.from_bytes(data[at : at + 2], "little")
    word = lambda at: int.from_bytes(data[at : at + 4], "little")
    table, size, count, names = word(32), half(46), half(48), half(50)
    texts = word(table + names * size + 16)
    found = {}
    for index in range(count):
        header = table + index * size
        name = texts + word(header)
        found[data[name : data.index(b"\0", name)].decode()] = word(header + 20)
    return found


def report(romfs, board, elf, app):
    command = [romfs, "device", "run", board, "--firmware", elf, "--image", app / "src", "--report", "--timeout", "120"]
    run = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True)
    lines = re.findall(r"^#(\w+) (.*)$", run.stdout, re.MULTILINE)
    return run.returncode, {name: [int(n) for n in numbers.split()] for name, numbers in lines}


def main():
    romfs = pathlib.Path(sys.argv[1]).resolve()
    for board, target in BOARDS.items():
        places = [ROOT / "target/boards" / target, ROOT / "target/boards/debian" / target]
        elf = next(path for path in (place / "release" / board for place in places) if path.exists())
        have = sections(elf)
        print(board, *("%s %d" % (name[1:], have.get(name, 0)) for name in (".text", ".rodata", ".data", ".bss")), sep="  ")
        for app in sorted((ROOT / "images").iterdir()):
            if not (app / "src").is_dir():
                continue
            status, lines = report(romfs, board, elf, app)
            if status != 0 or "boot" not in lines:
                print("  %-18s does not run here" % app.name)
                continue
            (used, free), (end, _, peak), (stack,) = lines["boot"], lines["end"], lines["stack"]
            text = "heap after boot %d, free %d; after the program %d, at most %d; stack %d"
            print("  %-18s" % app.name, text % (used, free, end, peak, stack))


main()
