# StopIteration as an ordinary exception: in next, in iterators, through generators.
class Once:
    def __init__(self):
        self.n = 0

    def __iter__(self):
        return self

    def __next__(self):
        self.n += 1
        if self.n > 2:
            raise StopIteration("over")
        return self.n


o = Once()
print(list(o))
try:
    next(o)
except StopIteration as e:
    print(e.args)
print(next(Once(), "d"), next(iter([]), "d"), [x for x in Once()])


def inside():
    yield next(iter([]))


try:
    print(list(inside()))
except (RuntimeError, StopIteration) as e:
    print(type(e).__name__)


class Raises:
    def __iter__(self):
        return self

    def __next__(self):
        raise ValueError("not stop")


for use in (list, sum, tuple, sorted, lambda r: [x for x in r], lambda r: next(r), lambda r: dict(r), lambda r: "".join(r), max):
    try:
        use(Raises())
    except ValueError as e:
        print("ValueError", e, end="; ")
print()
i = iter("ab")
for c in i:
    print(c, list(i))
m = map(lambda x: 10 // x, [1, 0, 2])
print(next(m))
try:
    next(m)
except ZeroDivisionError:
    print("zero")
print(next(m), next(m, "end"))
