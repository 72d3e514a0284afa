# Tuples: literals, packing and unpacking, operators, immutability.
t = (1, "two", 3.0, None)
print(t, len(t), t[1], t[-1], t[1:3], t + (5,), t * 2, (), (1,), tuple("ab"), tuple([1, 2]), 3.0 in t, t.index("two"), t.count(1))
a, b, *rest = range(5)
print(a, b, rest)
first, *mid, last = "hello"
print(first, mid, last)
(x, y), z = (1, 2), 3
[p, q] = "pq"
x, y = y, x
print(x, y, z, p, q)
i, l = 0, [0, 0]
i, l[i] = 1, 9
print(i, l)
print((1, 2) < (1, 3), (1,) < (1, 0), () < (0,), (1, 2) == (1, 2), (1, 2) == [1, 2], hash((1, 2)) == hash((1, 2)), {(1, 2): "v"}[1, 2])
for bad in (lambda: t.__setitem__(0, 1), lambda: t[9], lambda: t + [1], lambda: (1, "a") < (1, 2)):
    try:
        print(bad())
    except (TypeError, IndexError, AttributeError) as e:
        print(type(e).__name__)
for n, seq in ((2, (1,)), (2, (1, 2, 3)), (3, "ab")):
    try:
        if n == 2:
            a, b = seq
        else:
            a, b, c = seq
    except ValueError as e:
        print("ValueError", e)
try:
    a, *b, c = (1,)
except ValueError as e:
    print("ValueError", e)
