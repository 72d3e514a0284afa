# __call__, __dict__, __class__, __name__, __del__-free lifecycles, callable instances, bool and str fallbacks.
class Poly:
    def __init__(self, *c):
        self.c = c

    def __call__(self, x):
        r = 0
        for c in self.c:
            r = r * x + c
        return r


p = Poly(1, -6, 11, -6)
print([p(x) for x in range(6)], callable(p), list(map(p, (10, -1))), sorted(p.__dict__))


class OnlyRepr:
    def __repr__(self):
        return "R!"


class OnlyStr:
    def __str__(self):
        return "S!"


print(str(OnlyRepr()), repr(OnlyRepr()), "%s" % OnlyRepr(), [OnlyRepr()], {1: OnlyRepr()}, (OnlyRepr(),), "{}".format(OnlyRepr()))
print(str(OnlyStr()), "%s" % OnlyStr(), "{}".format(OnlyStr()), repr(OnlyStr()).startswith("<OnlyStr object at"))
print(type(5), type("x"), type([]), type(None), type(type), type(print).__name__, type(lambda: 0).__name__, type(Poly), int, dict)
print(type(p) is Poly, type(p) == type(Poly(1)), Poly.__name__, p.__class__.__name__, type(Poly(2))(3)(1))
fs = {"inc": lambda x: x + 1, "sq": lambda x: x * x}
print([fs[k](7) for k in sorted(fs)], (lambda: "called")(), (lambda *a, k=2: sum(a) * k)(1, 2, 3))


def named():
    "docs are dropped"


print(named.__name__, named(), Poly.__call__(p, 2))


class New:
    def __new__(cls, n):
        print("new", n)
        if n < 0:
            return None
        return super().__new__(cls)

    def __init__(self, n):
        print("init", n)
        self.n = n


print(New(3).n, New(-1))
