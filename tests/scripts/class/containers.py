# Container protocols: getitem, setitem, delitem, iter, len, contains, slices.
class Grid:
    def __init__(self, w, h):
        self.w, self.h = w, h
        self.cells = [0] * (w * h)

    def at(self, key):
        x, y = key
        if not (0 <= x < self.w and 0 <= y < self.h):
            raise IndexError("cell (%d, %d) is outside" % (x, y))
        return y * self.w + x

    def __getitem__(self, key):
        return self.cells[self.at(key)]

    def __setitem__(self, key, v):
        self.cells[self.at(key)] = v

    def __delitem__(self, key):
        self.cells[self.at(key)] = None

    def __iter__(self):
        for y in range(self.h):
            yield self.cells[y * self.w : (y + 1) * self.w]

    def __len__(self):
        return self.w * self.h

    def __contains__(self, v):
        return v in self.cells


g = Grid(4, 3)
g[1, 2] = 5
g[0, 0] += 7
g[3, 1] = g[1, 2] * 2
del g[2, 2]
print(list(g), len(g), 7 in g, 99 in g, g[3, 1], bool(g))
for row in g:
    print(" ".join("%4s" % v for v in row))
try:
    g[9, 9]
except IndexError as e:
    print("IndexError", e)


class Old:
    def __getitem__(self, i):
        if i >= 4:
            raise IndexError
        return i * 11


print(list(Old()), [x for x in Old()], 22 in Old(), tuple(Old()), sum(Old()))


class Echo:
    def __getitem__(self, k):
        return k

    def __call__(self, *a, **k):
        return a, sorted(k.items())


e = Echo()
print(e[1], e["k"], e[1, 2], e[1:2], e[::3], e[:, 1], e(), e(1, x=2), e[None], e[...])


class Countdown:
    def __init__(self, n):
        self.n = n

    def __iter__(self):
        return self

    def __next__(self):
        if self.n <= 0:
            raise StopIteration
        self.n -= 1
        return self.n


c = Countdown(5)
print(next(c), [x for x in c], list(c), list(Countdown(3)), max(Countdown(9)), sorted(Countdown(4)), dict(zip("ab", Countdown(2))) == {"a": 1, "b": 0})
a, b, *r = Countdown(5)
print(a, b, r)
