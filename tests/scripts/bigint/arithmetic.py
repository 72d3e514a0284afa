# Long integers against identities, since both sides are computed by the same machine in other ways.
a = 123456789012345678901234567890
b = -987654321098765432109876543210
c = 2**128 - 1
for x in (a, b, c, 3, -7):
    for y in (a, b, c, 97, -10**20):
        q, r = divmod(x, y)
        print(x + y, x - y, x * y, q, r, q * y + r == x, (x < y, x == y, x > y))
print((a + b) * (a - b) == a * a - b * b)
print(-a, abs(b), ~c, +a, bool(a), bool(a - a), hash(a) == hash(a + 0))
a += b
a *= 3
a -= 1
a //= 7
a %= 10**15
print(a)
