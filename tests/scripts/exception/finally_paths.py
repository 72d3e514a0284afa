# finally with return, break and continue through several levels, and values that survive.
log = []


def f(n):
    for i in range(5):
        try:
            try:
                if i == n:
                    return i
                if i == n - 1:
                    raise IndexError(i)
                log.append("ok%d" % i)
            finally:
                log.append("in%d" % i)
        except IndexError:
            log.append("idx%d" % i)
        finally:
            log.append("out%d" % i)
    return "end"


for n in (0, 1, 3, 9):
    log.clear()
    print(f(n), log)


def g():
    while True:
        try:
            while True:
                try:
                    break
                finally:
                    print("inner")
            return "done"
        finally:
            print("outer")


print(g())


def h():
    x = 1
    try:
        return x
    finally:
        x = 2
        print("x is", x)


print(h())


def gen():
    try:
        yield 1
        try:
            yield 2
        finally:
            yield 3
            print("inner end")
    finally:
        print("outer end")


print(list(gen()))


def deep(n):
    try:
        if n == 0:
            raise ValueError("bottom")
        deep(n - 1)
    finally:
        print(n, end=" ")


try:
    deep(6)
except ValueError as e:
    print(e)


def lost():
    try:
        raise ValueError("lost")
    finally:
        raise KeyError("kept")


try:
    lost()
except KeyError as e:
    print("KeyError", e)
