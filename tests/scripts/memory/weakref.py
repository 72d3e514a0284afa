# Weak references and finalisers where collection is asked for.
import gc, weakref


class C:
    def __init__(self, n):
        self.n = n


c = C(5)
r = weakref.ref(c)
print(r() is c, r().n, r() is r())
c2 = r()
del c
gc.collect()
print(r() is not None, r().n)


def fresh(log):
    o = C(9)
    w = weakref.ref(o, lambda ref: log.append("dead"))
    return w, o.n


log = []
w, n = fresh(log)
print(n)
for _ in range(3):
    [C(i) for i in range(50)]
    gc.collect()
print(isinstance(log, list), callable(w))
for bad in (lambda: weakref.ref(5), lambda: weakref.ref(None), lambda: weakref.ref()):
    try:
        print(bad())
    except TypeError as e:
        print("TypeError")
