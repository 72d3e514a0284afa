# struct: every code, both orders, padding, offsets and errors.
import struct

for fmt, vals in (("<b", (-5,)), (">B", (200,)), ("<hH", (-2, 65535)), (">iI", (-3, 2**32 - 1)), ("<qQ", (-(2**63), 2**64 - 1)), ("<3s4s", (b"ab", b"wxyz123")), (">f", (1.5,)), ("<d", (-0.1,)), ("<B", (1,)), ("!HBH", (1, 2, 3)), ("<2H3B", (1, 2, 3, 4, 5)), ("<0s", (b"",)), ("<1s", (b"z",))):
    raw = struct.pack(fmt, *vals)
    print(fmt, struct.calcsize(fmt), raw, struct.unpack(fmt, raw))
print(struct.calcsize("<bhiq"), struct.calcsize(">3s"), struct.calcsize("<"))
buf = bytearray(12)
struct.pack_into("<HI", buf, 3, 0x1234, 0xDEADBEEF)
struct.pack_into(">h", buf, -2, -2)
print(buf, struct.unpack_from("<HI", buf, 3), struct.unpack_from(">h", buf, -2), struct.unpack_from("B", b"\x07\x08", 1))
for bad in (lambda: struct.unpack("<I", b"abc"), lambda: struct.pack("<I"), lambda: struct.unpack_from("<I", buf, 10), lambda: struct.pack_into("<I", buf, 10, 1), lambda: struct.calcsize("<z"), lambda: struct.pack("<H", "x")):
    try:
        print(bad())
    except (ValueError, TypeError) as e:
        print(type(e).__name__)
header = struct.pack("<4sHHI", b"HEAD", 1, 2, 12) + b"payload bytes"
magic, major, minor, size = struct.unpack("<4sHHI", header[:12])
print(magic, major, minor, size, header[size:], struct.unpack_from("<%ds" % (len(header) - size), header, size))
print([struct.unpack("<f", struct.pack("<f", x))[0] for x in (0.5, -2.25, 1e10, 100.0)], struct.unpack(">d", struct.pack(">d", 3.14159))[0])
