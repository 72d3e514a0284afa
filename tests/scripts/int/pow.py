# Powers, modular powers and their corners.
for base in (-3, -1, 0, 1, 2, 10):
    print(base, [base**e for e in range(8)])
print(2**100, (-7) ** 31, 3**0, 0**0)
print([pow(3, e, 7) for e in range(10)], pow(2, 100, 1000007), pow(-5, 3, 13), pow(123456789, 987654321, 10**9 + 7))
print(2**-1, 4**-2, (-2) ** -3, 2**0.5 > 1.41)
print(pow(2, 5), pow(2.0, 3), pow(10, -2))
total = 0
for e in range(60):
    total += 2**e
print(total, total == 2**60 - 1)
