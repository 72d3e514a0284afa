#!/usr/bin/env python3
"""The linker of small firmware for RISC-V: lld, twice, so that calls and addresses are short (scripts/cross.sh --small).

A call whose function lies within 2 KB takes two bytes, not four; an address within 2 KB of `gp` one instruction, not two.
lld shortens both (relaxation) but leaves everything in the order in which it comes. So this links once to see what calls and
names what, and again with functions near those they call, and with the constants that are named most, for their size, where
.rodata starts. A firmware whose start-up code loads `gp` has to define __global_pointer$ there, 2 KB behind that start:

    PROVIDE(__global_pointer$ = ADDR(.rodata) + 0x800);

It takes a linker's arguments, as rustc gives them.
"""
import bisect
import os
import shutil
import struct
import subprocess
import sys
import tempfile
from collections import Counter

import elf
import layout

# Relocations of the psABI: an address's upper 20 bits; a jump, a call, and either as lld shortens it.
HI20 = 26
CALLS = {17, 18, 19, 45}
AUIPC = 0x17
NOTYPE = 0
GP_WINDOW = 4096


class Places:
    """What lies in one section, piece by piece."""

    def __init__(self, table, index, symbols):
        section = table[index]
        self.names, self.addresses, sizes = [], [], []
        last = None
        for symbol in sorted(symbols, key=lambda symbol: (symbol.address, -symbol.size)):
            if symbol.section != index or symbol.address in self.addresses[-1:]:
                continue
            # Labels are of assembly, which stays together; the compiler's own name no piece.
            if symbol.kind == NOTYPE and (last == NOTYPE or symbol.name.startswith(("$", ".L"))):
                continue
            self.names.append(symbol.name)
            self.addresses.append(symbol.address)
            sizes.append(symbol.size)
            last = symbol.kind
        ends = self.addresses[1:] + [section.address + section.size]
        self.sizes = [size or end - start for size, start, end in zip(sizes, self.addresses, ends)]

    def find(self, address):
        """The number of the piece at an address; -1 before the first."""
        return bisect.bisect_right(self.addresses, address) - 1


def may_be_short(data, at):
    """Whether a short instruction can take the place of this call or jump: it leaves its way back in `ra` or nowhere."""
    (low,) = struct.unpack_from("<H", data, at)
    if low & 3 != 3:
        return True
    (word,) = struct.unpack_from("<I", data, at)
    if word & 0x7F == AUIPC:
        (word,) = struct.unpack_from("<I", data, at + 4)
    return word >> 7 & 31 in (0, 1)


def order(data):
    """Names of functions and constants in the order in which they should lie."""
    table, symbols = elf.sections(data), list(elf.symbols(data))
    names, named = [], Counter()
    for index, section in enumerate(table):
        if not section.flags & elf.ALLOCATED or not section.name.startswith(".text"):
            continue
        places = Places(table, index, symbols)
        calls = []
        for relocation in elf.relocations(data, index):
            symbol = symbols[relocation.symbol]
            target = symbol.address + relocation.addend
            if relocation.kind == HI20:
                named[target] += 1
            elif relocation.kind in CALLS and symbol.section == index:
                if may_be_short(data, section.offset + relocation.address - section.address):
                    caller = places.find(relocation.address)
                    calls.append((caller, relocation.address - places.addresses[caller], places.find(target)))
        names += [places.names[number] for number in layout.order(places.sizes, calls)]
    for index, section in enumerate(table):
        if section.name == ".rodata":
            names += constants(Places(table, index, symbols), named)
    return names


def constants(places, named):
    """The constants that are named most often for their size, as many as one register reaches."""
    counts = [0] * len(places.names)
    for address, count in named.items():
        number = places.find(address)
        if number >= 0 and address < places.addresses[number] + places.sizes[number]:
            counts[number] += count
    chosen, held = [], 0
    for number in sorted(range(len(counts)), key=lambda number: -counts[number] / max(places.sizes[number], 1)):
        held += places.sizes[number]
        if not counts[number] or held > GP_WINDOW:
            break
        chosen.append(places.names[number])
    return chosen


def knows(lld, option):
    """Whether a linker has an option: older ones shorten calls only."""
    told = subprocess.run([lld, "-flavor", "gnu", "--help"], capture_output=True, text=True, check=False)
    return option in told.stdout


def main():
    # rustc puts the folder of its own lld in the path. Rust promises no function an address of its own, so that equal ones
    # may be one.
    link = ["rust-lld" if shutil.which("rust-lld") else "ld.lld", *sys.argv[1:], "--icf=all"]
    with tempfile.TemporaryDirectory() as folder:
        first, names = os.path.join(folder, "first"), os.path.join(folder, "order")
        subprocess.run([*link, "--discard-none", "--emit-relocs", "-o", first], check=True)
        with open(first, "rb") as file:
            data = file.read()
        with open(names, "w", encoding="utf-8") as file:
            file.writelines(name + "\n" for name in order(data))
        link += ["--symbol-ordering-file", names, "--no-warn-symbol-ordering"]
        has_gp = any(symbol.name == "__global_pointer$" for symbol in elf.symbols(data))
        if has_gp and knows(link[0], "--relax-gp"):
            link.append("--relax-gp")
        subprocess.run(link, check=True)


try:
    main()
except subprocess.CalledProcessError as error:
    sys.exit(error.returncode)
