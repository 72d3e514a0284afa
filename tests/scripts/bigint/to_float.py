# Division of long integers and conversion between them and floats.
for n in (10**20, -(10**25), 2**53 + 1, 2**64, 3**60):
    print(n / 7 > 0, n / n, n / 1e10 == n / 10**10, int(float(2**80)), float(n) > 0)
print(10**300 / 10**298, 2**200 / 2**199, int(1e20), int(-1e22))
print(int(2.0**70), int(1.5e19), 2**0.5 < 10**30, 10**30 > 1.5, 10**30 == 1e30)
try:
    float(10**400)
    print("inf")
except OverflowError as e:
    print("OverflowError")
