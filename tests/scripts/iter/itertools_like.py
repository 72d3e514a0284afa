# What itertools has, written as generators.
def count(n=0, step=1):
    while True:
        yield n
        n += step


def cycle(it):
    saved = list(it)
    while saved:
        yield from saved


def islice(it, n):
    for x, _ in zip(it, range(n)):
        yield x


def accumulate(it, f=lambda a, b: a + b):
    total = None
    for x in it:
        total = x if total is None else f(total, x)
        yield total


def groupby(it, key):
    last, group = object(), []
    for x in it:
        k = key(x)
        if k != last and group:
            yield last, group
            group = []
        last = k
        group.append(x)
    if group:
        yield last, group


def product(*its):
    if not its:
        yield ()
        return
    for x in its[0]:
        for rest in product(*its[1:]):
            yield (x,) + rest


def combinations(items, r):
    if r == 0:
        yield ()
        return
    for i in range(len(items)):
        for rest in combinations(items[i + 1 :], r - 1):
            yield (items[i],) + rest


def takewhile(f, it):
    for x in it:
        if not f(x):
            return
        yield x


def tee(it):
    cache = []
    it = iter(it)

    def side():
        i = 0
        while True:
            if i == len(cache):
                try:
                    cache.append(next(it))
                except StopIteration:
                    return
            yield cache[i]
            i += 1

    return side(), side()


print(list(islice(count(5, 3), 5)), "".join(islice(cycle("abc"), 8)), list(accumulate([1, 2, 3, 4])), list(accumulate([3, 1, 4, 1, 5], max)))
print([(k, "".join(g)) for k, g in groupby("aaabbcaaa", lambda c: c)], list(product("ab", (1, 2))), ["".join(c) for c in combinations("abcd", 2)], len(list(combinations(range(8), 4))))
print(list(takewhile(lambda x: x < 20, (x * x for x in count()))), list(product()), list(product((), "a")))
a, b = tee(x * 2 for x in range(5))
print(next(a), next(a), list(b), list(a))
