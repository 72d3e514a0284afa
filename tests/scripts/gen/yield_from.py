# yield from: delegation of values, sends, throws and results.
def inner(n):
    got = []
    for i in range(n):
        try:
            r = yield i
            got.append(r)
        except ValueError as e:
            got.append(str(e))
    return got


def outer():
    a = yield from inner(2)
    print("inner gave", a)
    b = yield from inner(1)
    print("inner gave", b)
    yield from "xy"
    yield from range(2)
    return a + b


g = outer()
print(next(g), g.send("s1"), g.send("s2"), g.throw(ValueError("oops")), next(g), next(g), next(g))
try:
    next(g)
except StopIteration as e:
    print(e.value)


def empty():
    r = yield from ()
    return r


def chain(*its):
    for it in its:
        yield from it


def walk(t):
    if isinstance(t, tuple):
        for c in t:
            yield from walk(c)
    else:
        yield t


print(list(empty()), list(chain("ab", [1, 2], (x for x in "c"))), list(walk((1, (2, (3, 4), ()), 5))))


def closing():
    try:
        yield 1
    finally:
        print("inner closed")


def relay():
    try:
        yield from closing()
    finally:
        print("outer closed")


g = relay()
next(g)
g.close()


class It:
    def __iter__(self):
        return iter([7, 8])


def over(x):
    yield from x


print(list(over(It())))
for bad in (5, None):
    try:
        list(over(bad))
    except TypeError as e:
        print("TypeError", e)


def deep(n):
    if n == 0:
        yield "bottom"
    else:
        yield from deep(n - 1)


print(list(deep(20)))
