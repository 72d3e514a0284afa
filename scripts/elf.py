"""What the scripts here read of a 32-bit little-endian ELF file."""
import struct
from collections import namedtuple

ALLOCATED, PROGBITS, SYMTAB, RELA = 2, 1, 2, 4

# `kind` and `flags` are sh_type and sh_flags; `link`, `info` and `unit` (the size of an entry) as ELF has them.
Section = namedtuple("Section", "name kind flags address offset size link info unit")
# `kind` is STT_NOTYPE 0, STT_OBJECT 1, STT_FUNC 2; `section` the index of a section.
Symbol = namedtuple("Symbol", "name address size kind section")
# `symbol` is an index in the table of symbols.
Relocation = namedtuple("Relocation", "address kind symbol addend")


def sections(data):
    """All sections, in the order of their indexes."""
    assert data[:6] == b"\x7fELF\x01\x01", "not a 32-bit little-endian ELF file"
    (at,) = struct.unpack_from("<I", data, 32)
    entry, count, names = struct.unpack_from("<HHH", data, 46)
    raw = [struct.unpack_from("<10I", data, at + i * entry) for i in range(count)]
    strings = raw[names][4]
    return [
        Section(text(data, strings + name), kind, flags, address, offset, size, link, info, unit)
        for name, kind, flags, address, offset, size, link, info, _, unit in raw
    ]


def text(data, at):
    """The string that ends in a zero byte."""
    return data[at:data.index(b"\0", at)].decode()


def symbols(data):
    """The table of symbols, in the order of their indexes."""
    table = sections(data)
    for found in table:
        if found.kind == SYMTAB:
            strings = table[found.link].offset
            for at in range(found.offset, found.offset + found.size, found.unit):
                name, address, size, info, _, section = struct.unpack_from("<IIIBBH", data, at)
                yield Symbol(text(data, strings + name), address, size, info & 15, section)


def relocations(data, section):
    """What a linker wrote down with --emit-relocs of the section of this index."""
    for found in sections(data):
        if found.kind == RELA and found.info == section:
            for at in range(found.offset, found.offset + found.size, found.unit):
                address, info, addend = struct.unpack_from("<IIi", data, at)
                yield Relocation(address, info & 255, info >> 8, addend)
