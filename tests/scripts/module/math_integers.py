# Integer functions that programs write for themselves, beside math's where there is one.
import math


def comb(n, k):
    r = 1
    for i in range(k):
        r = r * (n - i) // (i + 1)
    return r


def phi(n):
    r, p = n, 2
    while p * p <= n:
        if n % p == 0:
            r -= r // p
            while n % p == 0:
                n //= p
        p += 1
    return r - r // n if n > 1 else r


def factors(n):
    p = 2
    while n > 1:
        if n % p == 0:
            n //= p
            yield p
        else:
            p += 1 if p == 2 else 2
            if p * p > n:
                p = n


print([comb(10, k) for k in range(11)], comb(60, 30), [math.factorial(n) for n in range(10)], [phi(n) for n in range(1, 20)])
print([list(factors(n)) for n in (2, 12, 97, 360, 1001, 65535, 999983, 1234567890)])
print([math.floor(math.log2(2**k)) for k in range(1, 50, 7)], [math.ceil(k / 3) for k in range(-4, 5)], [math.trunc(k / 3) for k in range(-4, 5)], [math.floor(k / 3) for k in range(-4, 5)])
perfect = [n for n in range(2, 500) if sum(d for d in range(1, n // 2 + 1) if n % d == 0) == n]
print(perfect, sum(1 for a in range(1, 40) for b in range(a, 40) for c in (math.sqrt(a * a + b * b),) if c == int(c)))
cf, xv = [], 3.245
for _ in range(4):
    k = math.floor(xv)
    cf.append(k)
    if xv - k < 1e-9:
        break
    xv = 1 / (xv - k)
print(cf, [math.isclose(math.sqrt(n) ** 2, n) for n in (2, 3, 10)], math.sqrt(16) == 4, math.pow(2, 0.5) == math.sqrt(2))


def crt(pairs):
    x, m = 0, 1
    for r, n in pairs:
        while x % n != r:
            x += m
        m *= n
    return x


print(crt([(2, 3), (3, 5), (2, 7)]), crt([(1, 2), (2, 3), (3, 5), (4, 7), (5, 11)]))
