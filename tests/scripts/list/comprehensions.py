# Comprehensions of every kind, nested, filtered, with their own scope.
print([x * x for x in range(8)], [x for x in range(20) if x % 3 == 0 if x % 2 == 0], [(x, y) for x in range(3) for y in range(x)])
print([[c * r for c in range(4)] for r in range(3)], [x for row in [[1, 2], [3], []] for x in row], ["even" if x % 2 == 0 else "odd" for x in range(3)])
x = "outer"
print([x for x in range(3)], x, sorted({c for c in "mississippi"}), sorted({k: len(k) for k in ("a", "bb", "ccc")}.items()))
fs = [lambda i=i: i * 10 for i in range(3)]
late = [lambda: i for i in range(3)]
print([f() for f in fs], [f() for f in late])
print(sum(x for x in range(10)), max(len(w) for w in ("a", "bbb", "cc")), any(x > 3 for x in (1, 5)), all(x > 3 for x in (4, 5)), any([]), all([]))
m = [[1, 2, 3], [4, 5, 6]]
print([[row[i] for row in m] for i in range(3)], [list(t) for t in zip(*m)])
n = 30
print([p for p in range(2, n) if all(p % d for d in range(2, p))])
g = (x for x in "ab")
print(next(g), next(g), next(g, "end"))
