# Values through int, float, str, bytes, bool, chr, bin, hex and back.
for n in (0, 1, 9, 65, 127, 128, 255, 1000, 65535):
    print(n, int(str(n)), int(float(n)), int(bin(n), 2), int(oct(n), 8), int(hex(n), 16), ord(chr(n)), int.from_bytes(n.to_bytes(3, "big"), "big"), bool(n), float(n), complex(n))
digits = "0123456789abcdefghijklmnopqrstuvwxyz"


def base(n, b):
    if n < 0:
        return "-" + base(-n, b)
    return digits[n] if n < b else base(n // b, b) + digits[n % b]


for n in (0, 5, -17, 123456789, 2**70):
    print([base(n, b) for b in (2, 3, 7, 16, 36)], all(int(base(n, b), b) == n for b in range(2, 37)))
print([int(c) for c in "12345"], [ord(c) for c in "AZaz"], [chr(c) for c in (72, 105)], list(map(float, ("1", "2.5"))), [bool(x) for x in ("", "0", 0, [0])])
print(int(1e15), int(-0.9), int("0" * 30 + "7"), float("0" * 10 + ".5"), str(10**25), int("-" + "9" * 25))
bits = 0b1011001110001111
print([bits >> i & 1 for i in range(15, -1, -1)], bin(bits).count("1"), sum(1 for i in range(16) if bits >> i & 1), bits & -bits, bits.__class__)
n, rev = 0b11010011, 0
for _ in range(8):
    rev, n = rev << 1 | n & 1, n >> 1
print(bin(rev), [i ^ i >> 1 for i in range(16)], [(-i) & 0xFF for i in range(5)], [(i * 37) & 0xFFFF for i in range(0, 5000, 999)])
