# memoryview: views of views, writing through, formats of arrays.
from array import array

buf = bytearray(range(16))
m = memoryview(buf)
print(len(m), m[0], m[-1], bytes(m[4:8]), list(m[2:10:1]), m.itemsize)
m[0] = 99
m[1:4] = b"abc"
sub = m[8:][2:5]
sub[0] = 200
print(buf, list(sub), bytes(sub), sub == bytes([200, 11, 12]), m[8:12] == buf[8:12])
r = memoryview(b"constant")
print(bytes(r[3:]), r[0], len(r[2:-2]))
for bad in (lambda: r.__setitem__(0, 1), lambda: m[99], lambda: memoryview(5), lambda: m.__setitem__(slice(0, 2), b"abc")):
    try:
        print(bad())
    except (TypeError, ValueError, IndexError, AttributeError) as e:
        print(type(e).__name__)
w = array("H", [1, 2, 3, 4])
mw = memoryview(w)
print(len(mw), mw[1], mw.itemsize, list(mw[1:3]))
mw[2] = 777
print(w)
print(b"x" + bytes(m[:2]), bytearray(m[:3]), m[0:2] == m[0:2], list(memoryview(b"")))
