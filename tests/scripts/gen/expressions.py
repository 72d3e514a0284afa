# Generator expressions: scope, laziness, nesting, as arguments.
def loud(x):
    print("<%d>" % x, end="")
    return x


g = (loud(x) * 2 for x in range(4) if loud(x) % 2 == 0)
print("lazy")
print(next(g), next(g), list(g))
print(sum(x * x for x in range(10)), max((x % 7, x) for x in range(20)), ",".join(str(x) for x in (3, 1, 2)), sorted((-x for x in range(4))), set(x // 3 for x in range(9)) == {0, 1, 2})
print(any(loud(x) > 1 for x in range(5)), all(loud(x) < 2 for x in range(5)))
print(list((x, y) for x in range(3) for y in range(x, 3)), list(x for x in (y * 2 for y in range(3))), dict((k, v) for k, v in zip("ab", (1, 2))) == {"a": 1, "b": 2})
n = 10
g = (n + x for x in range(2))
n = 20
print(list(g))
src = [1, 2, 3]
g = (x for x in src)
src.append(4)
print(list(g), list(g), tuple(x for x in ()), bytes(x + 65 for x in range(5)), bytearray(x for x in (1, 2)))


def f():
    return [x for x in (y for y in range(5) if y % 2)], (lambda: (i for i in "ab"))()


a, b = f()
print(a, list(b))
it = iter([1, 2, 3, 4, 5, 6])
print(list(zip(it, it)), [a + b for a, b in zip("ab", "cd")])
