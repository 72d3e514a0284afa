# Several iterators in step, of unequal lengths, exhausted at different times.
a, b = iter([1, 2, 3]), iter("xy")
print(list(zip(a, b)), list(a), list(b))
print(list(zip([1, 2], "ab", (True, False), range(5))), [sum(t) for t in zip(range(4), range(4), range(4))], dict(zip("abc", range(3))) == {"a": 0, "b": 1, "c": 2})
m = [[1, 2, 3], [4, 5, 6], [7, 8, 9]]
print([list(c) for c in zip(*m)], [list(c)[::-1] for c in zip(*m)], [m[i][i] for i in range(3)], sum(m[i][2 - i] for i in range(3)))
print(list(enumerate(enumerate("ab"))), [i for i, c in enumerate("banana") if c == "a"], max(enumerate([3, 9, 2]), key=lambda p: p[1]))
pairs = sorted(zip([3, 1, 2], "cab"))
print(pairs, [list(t) for t in zip(*pairs)], list(map(max, [1, 5], [4, 2])), list(map(lambda *a: a, "ab", [1, 2], (3, 4))))
it = iter(range(10))
print([list(zip(*[it] * 3))], list(it))
try:
    zip(5)
except TypeError as e:
    print("TypeError", e)
print(list(filter(lambda p: p[0] != p[1], zip("abc", "axc"))), any(x == y for x, y in zip("ab", "bb")), all(x < y for x, y in zip([1, 2], [2, 3])))
