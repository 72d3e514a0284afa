# sys.print_exception: file, line and function of every frame, through calls, generators, classes and lambdas.
import sys, io


def show(f, *a):
    try:
        f(*a)
    except BaseException as e:
        buf = io.StringIO()
        sys.print_exception(e, buf)
        for line in buf.getvalue().splitlines():
            print("|" + line)


def level3(x):
    return 10 // x


def level2(x):
    y = level3(
        x
    )
    return y


def level1(x):
    # a comment


    return level2(x)


class Machine:
    def __init__(self):
        self.step()

    def step(self):
        raise RuntimeError("step failed")


def gen():
    yield 1
    yield [].pop()


def spend():
    for _ in gen():
        pass


show(level1, 0)
show(Machine)
show(spend)
show(lambda: undefined_here)
show(lambda: {}["key"])
show(lambda: [x // 0 for x in range(2)])
show(lambda: sorted([3, 1], key=lambda v: v.nope))


def reraised():
    try:
        level3(0)
    except ZeroDivisionError:
        raise


def replaced():
    try:
        level3(0)
    except ZeroDivisionError:
        raise ValueError("instead")


show(reraised)
show(replaced)
e = ValueError("never raised")
buf = io.StringIO()
sys.print_exception(e, buf)
print(buf.getvalue())
def long_body(n):
    a = 1

    b = 2






















    c = 3
    if n:
        raise KeyError(n)
    return a + b + c


show(long_body, "far")
