# Digits of pi, e and the square root of two, by integer spigots.
def pi_digits(n):
    q, r, t, k, m, x = 1, 0, 1, 1, 3, 3
    out = []
    while len(out) < n:
        if 4 * q + r - t < m * t:
            out.append(m)
            q, r, m = 10 * q, 10 * (r - m * t), (10 * (3 * q + r)) // t - 10 * m
        else:
            q, r, t, k, m, x = q * k, (2 * q + r) * x, t * x, k + 1, (q * (7 * k + 2) + r * x) // (t * x), x + 2
    return out


def isqrt(n):
    x = 1 << (len(bin(n)) - 1) // 2
    while True:
        y = (x + n // x) // 2
        if y >= x:
            return x
        x = y


def e_digits(n):
    scale = 10 ** (n + 5)
    term, total, k = scale, 0, 1
    while term:
        total += term
        term //= k
        k += 1
    return total // 10**5


print("".join(str(d) for d in pi_digits(100)))
print(isqrt(2 * 10**120), isqrt(10**40) == 10**20, [isqrt(n) for n in range(1, 30)])
print(e_digits(80))
print([10**50 // (2 * k + 1) for k in range(5)], (10**60 // 7) * 7 + 10**60 % 7 == 10**60)
