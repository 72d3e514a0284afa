# Positional, default, keyword, star and double star arguments, and every complaint about them.
def f(a, b=2, *args, c, d=4, **kw):
    return a, b, args, c, d, sorted(kw.items())


print(f(1, c=3), f(1, 5, c=3), f(1, 5, 6, 7, c=3, e=9), f(a=1, c=2), f(*(1, 2, 3), **{"c": 4, "z": 5}), f(1, *[2], c=0, **{}), f(c=1, **{"a": 0}))


def g(a, b, c):
    return (a, b, c)


print(g(1, 2, 3), g(c=3, a=1, b=2), g(*"xyz"), g(1, *(2, 3)), g(**dict(a=1, b=2, c=3)), g(*[1], *[2], **{"c": 3}))
for bad in (lambda: g(), lambda: g(1), lambda: g(1, 2, 3, 4), lambda: g(1, 2, d=3), lambda: g(1, 2, 3, a=1), lambda: f(1), lambda: f(c=1), lambda: g(*5), lambda: (lambda: 0)(1), lambda: f(1, c=2, **{3: 4}), lambda: len(), lambda: len(1, 2), lambda: print(z=1)):
    try:
        print(bad())
    except TypeError as e:
        print("TypeError", e)


def mutable(x, acc=[]):
    acc.append(x)
    return acc


print(mutable(1), mutable(2), mutable(3, []), mutable(4))


def only_kw(*, x, y=1):
    return x + y


print(only_kw(x=1), only_kw(y=5, x=2))


def many(a, b, c, d, e, f, g, h, i, j, k, l, m, n=14, o=15, p=16, q=17):
    return sum((a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q))


print(many(*range(13)), many(*range(17)), many(*range(12), m=5, q=0))
