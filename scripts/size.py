#!/usr/bin/env python3
"""How large a firmware with the VM is: text and rodata of an ELF file, by module.

    scripts/size.py ELF            # one line: bytes of flash
    scripts/size.py ELF --rooms    # also the rooms of the VM and its modules, by the symbols in them
"""
import collections
import re
import sys

import elf


def flash(data):
    """Bytes that lie in flash: all that is loaded, but for zeroed memory and tables for unwinding."""
    return sum(section.size for section in elf.sections(data)
               if section.flags & elf.ALLOCATED and section.kind == elf.PROGBITS
               and not section.name.startswith((".ARM.ex", ".eh_frame")))


def symbols(data):
    """Names and sizes of what lies in flash; one name for each place."""
    table = elf.sections(data)
    seen = set()
    for symbol in elf.symbols(data):
        place = symbol.address, symbol.size
        if symbol.size and symbol.kind in (1, 2) and 0 < symbol.section < len(table) and place not in seen:
            seen.add(place)
            section = table[symbol.section]
            if section.flags & elf.ALLOCATED and section.kind == elf.PROGBITS:
                yield symbol.name, symbol.size


# Both manglings put a path's names one behind another, each with its length before it.
MODULE = re.compile(r"8romfs_vm7builtin\d+([a-z_]+?)(?=\d|[A-Z]|$)")
ROOM = re.compile(r"8romfs_vm\d+([a-z_]+?)(?=\d|[A-Z]|$)")
CRATE = re.compile(r"(romfs_runtime|mpy_format|compiler_builtins|libm|core|sha2|sha1|md5|miniz_oxide)")


def room(symbol):
    if found := MODULE.search(symbol):
        return "module " + found.group(1)
    if found := ROOM.search(symbol):
        return "vm " + found.group(1)
    if found := CRATE.search(symbol):
        return "crate " + found.group(1)
    return "other symbols"


def main():
    data = open(sys.argv[1], "rb").read()
    total = flash(data)
    if "--rooms" not in sys.argv:
        print(total)
        return
    rooms = collections.Counter()
    for symbol, size in symbols(data):
        rooms[room(symbol)] += size
    rooms["no symbol (texts, literals)"] = total - sum(rooms.values())
    for name, size in sorted(rooms.items(), key=lambda item: -item[1]):
        print(f"{size:8}  {name}")
    print(f"{total:8}  total")


main()
