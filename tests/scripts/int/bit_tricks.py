# Populations, parities, reversals, Gray codes, Hamming, packing of fields.
def pop(n):
    c = 0
    while n:
        n &= n - 1
        c += 1
    return c


def pack(*fields):
    n = 0
    for v, w in fields:
        assert 0 <= v < 1 << w
        n = n << w | v
    return n


def unpack(n, *widths):
    out = []
    for w in reversed(widths):
        out.append(n & (1 << w) - 1)
        n >>= w
    return out[::-1]


print([pop(n) for n in (0, 1, 255, 2**40 - 1, 0xA5A5A5A5A5A5A5A5A5)], [n & -n for n in (12, 40, 2**70, 7)], [n & (n - 1) == 0 for n in (1, 2, 3, 64, 65)])
n = pack((2026 - 1980, 7), (11, 4), (23, 5), (13, 5), (45, 6), (30, 5))
print(hex(n), unpack(n, 7, 4, 5, 5, 6, 5))
gray = [i ^ i >> 1 for i in range(32)]
print(gray, all(pop(a ^ b) == 1 for a, b in zip(gray, gray[1:])))
for d in range(16):
    b = [d >> i & 1 for i in range(4)]
    code = [b[0] ^ b[1] ^ b[3], b[0] ^ b[2] ^ b[3], b[0], b[1] ^ b[2] ^ b[3], b[1], b[2], b[3]]
    print(d, "".join(map(str, code)), end="; ")
print()
x = 0x12345678
print(hex((x & 0xFF) << 24 | (x & 0xFF00) << 8 | x >> 8 & 0xFF00 | x >> 24), hex((x << 13 | x >> 19) & 0xFFFFFFFF), [hex(x >> s & 0xF) for s in range(28, -4, -4)])
sets = [m for m in range(32) if pop(m) == 3]
print(len(sets), [[i for i in range(5) if m >> i & 1] for m in sets][:4], -1 & 0xFF, ~5 & 0xF, (-8 >> 1) & 0xFF)
