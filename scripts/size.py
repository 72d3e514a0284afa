#!/usr/bin/env python3
"""How large a firmware with the VM is: text and rodata of an ELF file, by module.

    scripts/size.py ELF            # one line: bytes of flash
    scripts/size.py ELF --rooms    # also the rooms of the VM and its modules, by the symbols in them
"""
import collections
import re
import struct
import sys


def sections(data):
    """Name, type, flags, offset, size, link, entry size of each section of a 32-bit little-endian ELF file."""
    assert data[:6] == b"\x7fELF\x01\x01", "not a 32-bit little-endian ELF file"
    (at,) = struct.unpack_from("<I", data, 32)
    entry, count, names = struct.unpack_from("<HHH", data, 46)
    raw = [struct.unpack_from("<10I", data, at + i * entry) for i in range(count)]
    strings = raw[names][4]
    for name, kind, flags, _, offset, size, link, _, _, unit in raw:
        yield text(data, strings + name), kind, flags, offset, size, link, unit


def text(data, at):
    return data[at:data.index(b"\0", at)].decode()


def flash(data):
    """Bytes that lie in flash: all that is loaded, but for zeroed memory and tables for unwinding."""
    return sum(size for name, kind, flags, _, size, _, _ in sections(data)
               if flags & 2 and kind == 1 and not name.startswith((".ARM.ex", ".eh_frame")))


def symbols(data):
    table = list(sections(data))
    for _, kind, _, offset, size, link, unit in table:
        if kind != 2:
            continue
        strings = table[link][3]
        seen = set()
        for at in range(offset, offset + size, unit):
            name, value, length, info, _, section = struct.unpack_from("<IIIBBH", data, at)
            if length and info & 15 in (1, 2) and 0 < section < len(table) and (value, length) not in seen:
                seen.add((value, length))
                if table[section][2] & 2 and table[section][1] == 1:
                    yield text(data, strings + name), length


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
