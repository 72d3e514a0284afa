# to_bytes and from_bytes, both byte orders, and what does not fit.
for n, size in ((0, 1), (1, 2), (258, 2), (65535, 2), (1 << 24, 4), (2**40 + 7, 8), (2**64 - 1, 8)):
    for order in ("little", "big"):
        raw = n.to_bytes(size, order)
        print(n, size, order, raw, int.from_bytes(raw, order))
for n, size in ((256, 1), (70000, 2)):
    try:
        print(n.to_bytes(size, "big"))
    except OverflowError:
        print("OverflowError", n, size)
print(int.from_bytes(b"", "little"), int.from_bytes(bytearray(b"\x01\x02\x03"), "big"))
print(int.from_bytes(b"\xff\xff", "little"), int.from_bytes(bytes(range(12)), "big"))
print((5).__class__ is int, isinstance(True, int), issubclass(bool, int), type(True) is bool)
print(True + True, True * 10, True << 4, -True, ~True, True / 2, False**0)
