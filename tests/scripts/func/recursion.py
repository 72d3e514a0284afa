# Recursion: Ackermann, Hanoi, permutations, mutual recursion, and a depth that ends in RuntimeError.
def ack(m, n):
    if m == 0:
        return n + 1
    if n == 0:
        return ack(m - 1, 1)
    return ack(m - 1, ack(m, n - 1))


print([ack(m, n) for m in range(3) for n in range(4)])


def hanoi(n, a, b, c):
    if n:
        yield from hanoi(n - 1, a, c, b)
        yield a + c
        yield from hanoi(n - 1, b, a, c)


print(list(hanoi(3, "A", "B", "C")), sum(1 for _ in hanoi(8, "A", "B", "C")))


def permutations(items):
    if len(items) <= 1:
        yield items
        return
    for i in range(len(items)):
        for rest in permutations(items[:i] + items[i + 1 :]):
            yield items[i : i + 1] + rest


print(["".join(p) for p in permutations("abcd")])


def even(n):
    return n == 0 or odd(n - 1)


def odd(n):
    return n != 0 and even(n - 1)


print([even(n) for n in range(5)], odd(31))


def flatten(x):
    return [z for y in x for z in flatten(y)] if isinstance(x, list) else [x]


print(flatten([1, [2, [3, [4, []]], 5], [[6]]]))


def forever(n):
    return forever(n + 1) + 1


try:
    forever(0)
except RuntimeError as e:
    print(type(e).__name__, e)
def queens(n, row=0, cols=(), d1=(), d2=()):
    if row == n:
        return 1
    return sum(queens(n, row + 1, cols + (c,), d1 + (row + c,), d2 + (row - c,)) for c in range(n) if c not in cols and row + c not in d1 and row - c not in d2)


print([queens(n) for n in range(1, 7)])
