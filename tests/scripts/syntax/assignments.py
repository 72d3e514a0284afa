# Every form of assignment and augmented assignment, with the order of evaluation shown.
def t(x):
    print(x, end=" ")
    return x


a = b = c = [0, 0, 0]
a[t(0)] = t(1)
print(a is b is c, a)
a[t(1)], a[t(2)] = t(5), t(6)
print(a)
x = y = 1
x, y = y + 1, x + 5
print(x, y)
d = {t("k"): t("v"), t("k2"): t("v2")}
print(sorted(d.items()))
i = 7
for op in ("+=", "-="):
    pass
i += 3
i -= 1
i *= 4
i //= 3
i **= 2
i %= 100
i <<= 3
i >>= 1
i |= 7
i &= 0xFD
i ^= 0x11
print(i)
f = 7.0
f /= 2
f //= 1
f += 0.25
print(f)
l = [1]
m = l
l += [2]
l *= 2
l[0] += 10
l[-1] **= 3
print(m, l is m)
s = "a"
u = s
s += "b"
s *= 2
print(u, s)
tu = (1,)
tu += (2, 3)
print(tu)


class A:
    n = 1


o = A()
o.n += 5
print(o.n, A.n)
A.n -= 3
print(o.n, A.n, A().n)
(p, (q, [r, *w])), v = (1, (2, [3, 4, 5])), 6
print(p, q, r, w, v)
del p, (q, r)
try:
    p
except NameError:
    print("gone")
z = [1, 2, 3, 4, 5]
z[1:3], z[0] = ["a", "b"], "first"
print(z)
del z[0], z[-1]
print(z)
n = 0
l = [n := 5, n + 1, (n := n * 2)]
print(l, n)
_ = [0]
_[0], *rest = "xyz"
print(_, rest)
