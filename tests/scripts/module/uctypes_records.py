# Records of C over a buffer: nested ones, arrays, bit fields, both byte orders. No pointers, whose size differs.
import uctypes

HEADER = {
    "magic": uctypes.UINT32 | 0,
    "version": uctypes.UINT8 | 4,
    "low": uctypes.BFUINT8 | 5 | 0 << uctypes.BF_POS | 4 << uctypes.BF_LEN,
    "high": uctypes.BFUINT8 | 5 | 4 << uctypes.BF_POS | 4 << uctypes.BF_LEN,
    "signed": uctypes.INT16 | 6,
    "points": (uctypes.ARRAY | 8, 3, {"x": uctypes.INT8 | 0, "y": uctypes.UINT8 | 1}),
    "words": (uctypes.ARRAY | 14, uctypes.UINT16 | 3),
    "inner": (20, {"a": uctypes.UINT8 | 0, "b": uctypes.UINT16 | 2}),
    "real": uctypes.FLOAT32 | 24,
}
for layout in (uctypes.LITTLE_ENDIAN, uctypes.BIG_ENDIAN, uctypes.NATIVE):
    data = bytearray(range(100, 128))
    s = uctypes.struct(uctypes.addressof(data), HEADER, layout)
    print(uctypes.sizeof(s), hex(s.magic), s.version, s.low, s.high, s.signed)
    print([(p.x, p.y) for p in (s.points[i] for i in range(3))], [s.words[i] for i in range(3)], s.inner.a, hex(s.inner.b))
    s.magic = 0xDEADBEEF
    s.low, s.high = 15, 0x35
    s.signed = -2
    s.points[1].x = -1
    s.words[2] = 0x12345
    s.inner.b = 258
    s.real = -0.5
    print(data[:28])
    print(s.signed, s.points[1].x, s.real)
for i in (3, 100):
    try:
        print(s.words[i])
    except IndexError:
        print("IndexError")
try:
    s.nothing
except (AttributeError, KeyError) as e:
    print("no such field")
print(uctypes.sizeof({"a": uctypes.UINT8 | 0, "b": uctypes.UINT32 | 4}, uctypes.LITTLE_ENDIAN))
print(uctypes.sizeof({"a": uctypes.UINT8 | 0, "b": uctypes.UINT32 | 1}, uctypes.LITTLE_ENDIAN))
data = bytearray(b"abcdefgh")
at = uctypes.addressof(data)
print(uctypes.bytes_at(at + 2, 3), uctypes.bytearray_at(at, 4))
view = uctypes.bytearray_at(at + 4, 4)
view[0] = 90
print(data)
union = {"whole": uctypes.UINT32 | 0, "bytes": (uctypes.ARRAY | 0, uctypes.UINT8 | 4)}
s = uctypes.struct(at, union, uctypes.LITTLE_ENDIAN)
s.whole = 0x01020304
print(bytes(s.bytes), s.bytes[0], memoryview(s)[:2] == b"\x04\x03")
bits = {"b%d" % i: uctypes.BFUINT16 | 0 | i << uctypes.BF_POS | 1 << uctypes.BF_LEN for i in range(16)}
s = uctypes.struct(at, bits, uctypes.LITTLE_ENDIAN)
print([getattr(s, "b%d" % i) for i in range(16)])
s.b0 = s.b15 = 1
print(data[:2])
