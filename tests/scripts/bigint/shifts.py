# Shifts over many digits, left and right, of both signs.
n = 0xFEDCBA9876543210FEDCBA9876543210
for s in (0, 1, 4, 13, 15, 16, 17, 31, 32, 33, 64, 100, 127, 128, 200):
    print(s, hex(n >> s), hex(n << s), -n >> s, (-n) << s)
print([(1 << s) - 1 == int("1" * s, 2) for s in (1, 15, 16, 30, 31, 32, 60, 62, 63, 64, 65, 200)])
print((-1) >> 200, (-(2**100)) >> 100, (-(2**100) - 1) >> 100)
