# A file of records in memory: header, table, checksums, and reading it back by view.
import struct, binascii

ROWS = ((1, b"temp", 21.5, -3), (2, b"hum", 55.25, 1200), (3, b"a longer name", -0.125, -32768), (4, b"", 0.0, 32767))


def build(rows):
    body = bytearray()
    offsets = []
    for n, name, value, delta in rows:
        offsets.append(len(body))
        body += struct.pack("<BB%dsfh" % len(name), n, len(name), name, value, delta)
    head = struct.pack("<4sBH", b"RECS", 1, len(rows)) + b"".join(struct.pack("<H", o) for o in offsets)
    data = head + bytes(body)
    return data + struct.pack("<I", binascii.crc32(data))


def parse(data):
    view = memoryview(data)
    if binascii.crc32(view[:-4]) != struct.unpack("<I", view[-4:])[0]:
        raise ValueError("checksum")
    magic, version, count = struct.unpack_from("<4sBH", view, 0)
    if magic != b"RECS" or version != 1:
        raise ValueError("header")
    base = 7 + 2 * count
    for i in range(count):
        at = base + struct.unpack_from("<H", view, 7 + 2 * i)[0]
        n, size = view[at], view[at + 1]
        name = bytes(view[at + 2 : at + 2 + size])
        value, delta = struct.unpack_from("<fh", view, at + 2 + size)
        yield n, name, value, delta


data = build(ROWS)
print(len(data), binascii.hexlify(data))
for row, want in zip(parse(data), ROWS):
    print(row, row == want)
bad = 0
for i in range(len(data)):
    d = bytearray(data)
    d[i] ^= 0x20
    try:
        list(parse(d))
    except ValueError:
        bad += 1
print(bad, len(data))
ip = struct.pack(">BBHHHBBH4s4s", 0x45, 0, 84, 0x1C46, 0x4000, 64, 1, 0, bytes([192, 168, 0, 1]), bytes([10, 0, 0, 9]))
s = sum(struct.unpack(">10H", ip))
while s >> 16:
    s = (s & 0xFFFF) + (s >> 16)
print(hex(~s & 0xFFFF), ".".join(str(b) for b in ip[12:16]), [hex(w) for w in struct.unpack(">10H", ip)])
