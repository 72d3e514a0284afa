# bytearray: growing, item and slice assignment, methods.
a = bytearray(b"hello")
a[0] = 72
a.append(33)
a.extend(b" you")
a += b"!"
print(a, len(a), a[0], a[-1], a[1:3], a == b"Hello! you!", bytes(a))
a[1:5] = b"i"
print(a)
a[2:2] = b"INSERT"
print(a)
a[-3:] = b""
print(a, bytearray(4), bytearray([1, 2, 3]), bytearray("é", "utf-8"), bytearray(b"a") + b"b")
b = a
b += b"?"
print(a is b, a, list(a[:3]), bool(bytearray()), bytearray(b"ab") < bytearray(b"b"))
for bad in (lambda: a.append(256) or a[-1], lambda: bytearray([300])[0], lambda: a.append("x"), lambda: a[99], lambda: hash(a)):
    try:
        print(bad())
    except (TypeError, ValueError, IndexError, OverflowError) as e:
        print(type(e).__name__)
buf = bytearray()
for i in range(300):
    buf.append(i & 0xFF)
print(len(buf), sum(buf), buf[255], buf[256], buf[299])
