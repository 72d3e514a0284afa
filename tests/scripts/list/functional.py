# map, filter, zip, enumerate, reversed, any, all, sum over every kind of iterable.
print(list(map(lambda x: x * 2, [1, 2, 3])), list(map(lambda a, b: a + b, "ab", "xyz")), list(map(str, range(4))), list(map(int, "1 2 3".split())))
print(list(filter(None, [0, 1, "", "a", [], [0]])), list(filter(lambda x: x > 1, (0, 1, 2, 3))), list(zip("abc", range(9), [True, False])), list(zip()))
print(list(enumerate("ab")), list(enumerate("ab", 10)), list(reversed([1, 2, 3])), list(reversed("abc")), list(reversed(range(4))), list(reversed((1, 2))))
print(sum([1, 2, 3]), sum([1.5, 2]), sum([], 5), sum([[1], [2]], []), min(3, 1, 2), max([1, 5, 3]), min("hello"), max(["aa", "b"], key=len))
print(any(iter([0, 0, 1])), all(iter([1, 0])), abs(-3), divmod(7, 2), callable(len), callable(3), len({1, 2, 3}))
it = iter([1, 2, 3])
print(next(it), list(it), next(it, "done"))
squares = map(lambda x: x**2, range(5))
print(next(squares), next(squares), list(squares), list(squares))
for bad in (lambda: next(iter([])), lambda: sum("ab"), lambda: min([]), lambda: list(5), lambda: len(5), lambda: iter(5), lambda: reversed(5), lambda: sum([1, "a"])):
    try:
        print(bad())
    except (StopIteration, TypeError, ValueError) as e:
        print(type(e).__name__, e)
