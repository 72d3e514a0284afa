# Number theory by hand: Euclid, modular inverse, Miller-Rabin with fixed bases.
def gcd(a, b):
    while b:
        a, b = b, a % b
    return a


def egcd(a, b):
    if not b:
        return a, 1, 0
    g, x, y = egcd(b, a % b)
    return g, y, x - a // b * y


def is_prime(n):
    if n < 2 or n % 2 == 0:
        return n == 2
    d, s = n - 1, 0
    while d % 2 == 0:
        d //= 2
        s += 1
    for a in (2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37):
        if a % n == 0:
            continue
        x = pow(a, d, n)
        if x in (1, n - 1):
            continue
        for _ in range(s - 1):
            x = x * x % n
            if x == n - 1:
                break
        else:
            return False
    return True


print(gcd(2**60 * 3**5, 2**40 * 3**9 * 7), gcd(10**30, 6**30))
g, x, y = egcd(12345678901234567891, 98765432109876543211)
print(g, x, y, 12345678901234567891 * x + 98765432109876543211 * y)
print([e for e in range(2, 130) if is_prime(2**e - 1)])
print(is_prime(10**18 + 9), is_prime(10**18 + 7), is_prime(2**89 - 1))
p = 2**61 - 1
print([pow(k, p - 2, p) for k in (2, 3, 10**9)], [pow(k, p - 2, p) * k % p for k in (2, 3, 10**9)])
