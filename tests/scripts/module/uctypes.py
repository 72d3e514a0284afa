# uctypes: structures over a buffer, in both byte orders, with arrays, bit fields and nesting.
import uctypes

buf = bytearray(range(1, 33))
layout = {
    "u8": uctypes.UINT8 | 0,
    "u16": uctypes.UINT16 | 1,
    "u32": uctypes.UINT32 | 4,
    "s8": uctypes.INT8 | 3,
    "s16": uctypes.INT16 | 8,
    "low": uctypes.BFUINT8 | 10 | 0 << uctypes.BF_POS | 4 << uctypes.BF_LEN,
    "high": uctypes.BFUINT8 | 10 | 4 << uctypes.BF_POS | 4 << uctypes.BF_LEN,
    "arr": (uctypes.ARRAY | 12, uctypes.UINT8 | 4),
    "words": (uctypes.ARRAY | 16, uctypes.UINT16 | 3),
    "sub": (22, {"a": uctypes.UINT8 | 0, "b": uctypes.UINT16 | 1}),
    "subs": (uctypes.ARRAY | 25, 2, {"x": uctypes.UINT8 | 0, "y": uctypes.UINT8 | 1}),
    "u64": uctypes.UINT64 | 24,
}
for kind in (uctypes.LITTLE_ENDIAN, uctypes.BIG_ENDIAN):
    s = uctypes.struct(uctypes.addressof(buf), layout, kind)
    print(s.u8, hex(s.u16), hex(s.u32), s.s8, hex(s.s16), s.low, s.high, [s.arr[i] for i in range(4)], [hex(s.words[i]) for i in range(3)], s.sub.a, hex(s.sub.b), [(s.subs[i].x, s.subs[i].y) for i in range(2)], hex(s.u64))
    s.u16 = 0xABCD
    s.s8 = -2
    s.low = 0xF
    s.arr[2] = 0x77
    s.sub.b = 0x1122
    print(bytes(buf[:16]), bytes(buf[22:26]), uctypes.sizeof(s) >= 30)
print(uctypes.bytes_at(uctypes.addressof(buf), 4), uctypes.bytearray_at(uctypes.addressof(buf), 3)[0], uctypes.sizeof({"a": uctypes.UINT8 | 0, "b": uctypes.UINT32 | 4}), uctypes.sizeof({"f": uctypes.FLOAT32 | 0}, uctypes.LITTLE_ENDIAN))
uctypes.bytearray_at(uctypes.addressof(buf), 3)[0] = 250
print(buf[0])
try:
    s.nope
except (AttributeError, KeyError) as e:
    print(type(e).__name__)
