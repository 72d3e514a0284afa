# Finalisers: alive, peek, detach, calls by hand, and order among several.
import gc, weakref


class Thing:
    def __init__(self, name):
        self.name = name


def show(*args, **kw):
    print("called", args, sorted(kw.items()))
    return len(args)


t = Thing("one")
f = weakref.finalize(t, show, 1, 2, key="v")
print(f.alive, f.peek()[0] is t, f.peek()[1:] == (show, (1, 2), {"key": "v"}))
print(f(), f.alive, f(), f.peek(), f.detach())
f = weakref.finalize(t, show)
print(f.detach()[0] is t, f.alive, f())

r1, r2 = weakref.ref(t), weakref.ref(t, show)
print(r1() is t, r2() is t, r1 is r2, type(r1))
r1.__del__()
print(r1(), r2() is t)
for bad in (lambda: weakref.finalize(5, show), lambda: weakref.finalize(t), lambda: weakref.ref(t, show, 1), lambda: weakref.ref()):
    try:
        bad()
    except TypeError:
        print("TypeError")


def make(kind):
    t = Thing(kind)
    weakref.finalize(t, show, kind)
    return [weakref.ref(t) for _ in range(3)]


def deep(n):
    return [deep(n - 1) for _ in range(3)] if n else []


def scrub():
    deep(5)
    gc.collect()


try:
    f.alive = 1
except AttributeError:
    print("AttributeError")


class Raises(Exception):
    pass


def fail():
    raise Raises


f = weakref.finalize(t, fail)
try:
    f()
except Raises:
    print("Raises", f.alive)
# A finaliser that keeps its object alive is never called.
other = Thing("other")
weakref.finalize(other, show, other)
del other
scrub()
print("done")
