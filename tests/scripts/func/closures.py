# Closures: cells shared by several functions, nonlocal, loops, nesting.
def counter(start):
    n = start

    def up(by=1):
        nonlocal n
        n += by
        return n

    def down():
        nonlocal n
        n -= 1
        return n

    return up, down, lambda: n


up, down, now = counter(10)
up2, _, now2 = counter(0)
print(up(), up(5), down(), now(), up2(), now2(), now())


def outer(a):
    def middle(b):
        def inner(c):
            nonlocal a, b
            a += 1
            b *= 2
            return a, b, c

        return inner

    return middle


i = outer(1)(3)
print(i("x"), i("y"), outer(5)(6)(7))
adders = [(lambda k: lambda x: x + k)(k) for k in range(4)]
print([f(10) for f in adders])


def late():
    def use():
        return value

    try:
        use()
    except NameError as e:
        print("NameError", e)
    value = 5
    return use()


print(late())


def make():
    fs = []
    for i in range(3):
        def f(j=i):
            return i, j

        fs.append(f)
    return fs


print([f() for f in make()])


def compose(*fs):
    def run(x):
        for f in fs:
            x = f(x)
        return x

    return run


print(compose(str, len, lambda n: n * 2)(12345), compose()(1))
