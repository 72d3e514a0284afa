# Two's complement semantics of the bit operators, over the boundary of the small int.
values = [0, 1, -1, 5, -6, 255, -256, (1 << 29) - 1, 1 << 30, -(1 << 30), (1 << 31) - 1, 1 << 33, -(1 << 62), (1 << 62) + 5]
for a in values:
    for b in values[:8]:
        print(a & b, a | b, a ^ b, end="; ")
    print()
for a in values:
    print([a << n for n in (0, 1, 7, 31, 63)], [a >> n for n in (0, 1, 7, 31, 63, 100)])
for shift in (lambda: 1 << -1, lambda: 1 >> -2):
    try:
        print(shift())
    except ValueError as e:
        print("ValueError", e)
x = 0b1011
x <<= 3
x |= 1
x ^= 0xFF
x &= ~0x10
x >>= 1
print(x, bin(x), oct(x), hex(x))
