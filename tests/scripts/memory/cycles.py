# Cycles through every container, closures, generators, instances and classes.
import gc


class N:
    pass


def make(n):
    objs = []
    for i in range(n):
        a = N()
        a.me = a
        a.list = [a]
        a.dict = {"a": a}
        a.tuple = (a,)
        a.set = {1, a}
        a.fn = lambda: a
        a.bound = a.fn
        a.gen = (x for x in [a])
        next(a.gen)
        a.cls = type("T%d" % i, (), {"a": a})
        objs.append(a)
    return objs[-1]


gc.collect()
base = gc.mem_alloc()
for i in range(8):
    last = make(40)
    gc.collect()
print(last.fn() is last, last.bound() is last, last.dict["a"].list[0].tuple[0] is last, last in last.set, last.cls.a is last)


def deep(n):
    x = []
    for _ in range(n):
        x = [x]
    return x


d = deep(5000)
gc.collect()
n = 0
while d:
    d = d[0]
    n += 1
print(n)
e = None
for i in range(2000):
    e = (i, e)
gc.collect()
s = 0
while e:
    s += e[0]
    e = e[1]
print(s)
