# Calls of Python functions: recursion, default and keyword arguments, closures.
def fib(n):
    return n if n < 2 else fib(n - 1) + fib(n - 2)


def scale(value, factor=3, *, offset=1):
    return value * factor + offset


def counter():
    count = 0

    def step(by):
        nonlocal count
        count = (count + by) & 0xFFFF
        return count

    return step


def main():
    step = counter()
    total = 0
    for i in range(2000):
        total = (total + scale(i) + scale(i, offset=2) + step(i)) & 0xFFFFFF
    return fib(17), total


print(main())
