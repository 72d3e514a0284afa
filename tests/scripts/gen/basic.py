# Generators: laziness, state between values, exhaustion, return values.
def count(a, b):
    print("start", end=" ")
    while a < b:
        yield a
        a += 1
    print("end", end=" ")


g = count(0, 3)
print("made", next(g), next(g), next(g))
try:
    next(g)
except StopIteration as e:
    print("StopIteration", e.args)
try:
    next(g)
except StopIteration:
    print("again")
print(list(count(2, 5)), sum(count(0, 10)), next(count(5, 5), "empty"), iter(g) is g)


def fib():
    a, b = 0, 1
    while True:
        yield a
        a, b = b, a + b


def take(n, it):
    for _ in range(n):
        yield next(it)


def primes():
    found = []
    n = 2
    while True:
        if all(n % p for p in found):
            found.append(n)
            yield n
        n += 1


print(list(take(12, fib())), list(take(12, primes())), list(zip(range(3), fib())))


def early():
    yield 1
    return "result"
    yield 2


g = early()
next(g)
try:
    next(g)
except StopIteration as e:
    print("value", e.value, e.args)


def tree(d):
    if d:
        for x in tree(d - 1):
            yield x * 2
        yield d
        for x in tree(d - 1):
            yield x * 3


print(list(tree(3)), list(tree(0)), sorted(tree(2)))
gs = [count(i, i + 2) for i in range(2)]
print([next(g) for g in gs], [next(g) for g in gs])
