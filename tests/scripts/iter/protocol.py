# Iteration of everything that can be iterated, by for, by call and by unpacking.
class Squares:
    def __init__(self, n):
        self.n = n

    def __iter__(self):
        return (i * i for i in range(self.n))


class Old:
    def __getitem__(self, i):
        return "xyz"[i]


sources = [lambda: [1, 2, 3], lambda: (1, 2, 3), lambda: "abc", lambda: b"abc", lambda: range(3), lambda: {5: "v"}, lambda: {7}, lambda: iter([1, 2]), lambda: (x for x in "gen"), lambda: Squares(4), lambda: Old(), lambda: map(str, [1]), lambda: zip("a", "b"), lambda: enumerate("e"), lambda: filter(None, [0, 1]), lambda: reversed([1, 2]), lambda: bytearray(b"z"), lambda: {"k": 1}.items(), lambda: memoryview(b"mv")]
for n, make in enumerate(sources):
    print(n, list(make()), tuple(make()), [x for x in make()], len(list(make())), sum(1 for _ in make()), "|".join(str(x) for x in make()))
    first, *rest = make()
    print("  ", first, rest)
a = [1, 2, 3]
for x in a:
    if x < 6:
        a.append(x + 3)
print(a)
for i, (x, y) in enumerate([(1, 2), (3, 4)]):
    print(i, x, y)
for x, *y in ((1, 2, 3), "ab", [9]):
    print(x, y)
for a[0] in "pq":
    pass
print(a[0])
it = iter("abcdef")
for x in it:
    print(x, next(it))
