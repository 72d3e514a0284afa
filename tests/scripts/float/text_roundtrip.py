# Floats whose shortest text is known to be hard, through text and back.
import struct

bits = (0x3FF0000000000001, 0x3FB999999999999A, 0x4340000000000001, 0x7FEFFFFFFFFFFFFF, 0x0010000000000000, 0x000FFFFFFFFFFFFF, 0x0000000000000001, 0x433FFFFFFFFFFFFF, 0x44B52D02C7E14AF6, 0x3E7AD7F29ABCAF48, 0x4024000000000000, 0xC08F400000000000)
for b in bits:
    f = struct.unpack("<d", struct.pack("<Q", b))[0]
    t = repr(f)
    back = struct.unpack("<Q", struct.pack("<d", float(t)))[0]
    print(hex(b), t, back == b, hex(back))
x = 1
same = 0
for i in range(400):
    x = (x * 6364136223846793005 + 1442695040888963407) & (2**64 - 1)
    f = struct.unpack("<d", struct.pack("<Q", (x & 0x800FFFFFFFFFFFFF) | (900 + i % 250) << 52))[0]
    same += float(repr(f)) == f
    if i % 40 == 0:
        print(repr(f), "%.3e" % f, "%g" % f)
print(same)
for t in ("0.1", "0.2", "0.3", "1e23", "9007199254740993", "5e-324", "2.2250738585072014e-308", "1.7976931348623157e308", "123456789012345680", "0.000001", "0.00001", "1234567.891"):
    print(t, float(t), float(t) * 3, float(t) / 3)
