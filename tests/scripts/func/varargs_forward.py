# Forwarding of arguments through several layers, partial application, currying, dispatch by keyword.
def target(a, b=2, *rest, key="k", **more):
    return a, b, rest, key, sorted(more.items())


def layer1(*a, **k):
    return target(*a, **k)


def layer2(*a, **k):
    return layer1(*a, extra=1, **k)


def partial(f, *fixed, **named):
    def run(*a, **k):
        merged = dict(named)
        merged.update(k)
        return f(*(fixed + a), **merged)

    return run


def curry(f, n):
    def step(got):
        return lambda x: f(*got, x) if len(got) + 1 == n else step(got + (x,))

    return step(())


print(layer1(1), layer1(1, 2, 3, key="z"), layer2(0, key="y", q=9), layer2(*range(5)))
p = partial(target, 10, key="fixed")
print(p(), p(20, 30), p(key="over"), partial(p, 1)(2, z=3), curry(lambda a, b, c: a + b * c, 3)(1)(2)(3))


class Service:
    def __init__(self, **config):
        self.config = config

    def call(self, name, *a, **k):
        return getattr(self, "op_" + name, self.unknown)(*a, **k)

    def op_add(self, *n):
        return sum(n)

    def op_get(self, key, default=None):
        return self.config.get(key, default)

    def unknown(self, *a, **k):
        return "unknown", a, sorted(k)


s = Service(host="h", port=1)
print(s.call("add", 1, 2, 3), s.call("get", "port"), s.call("get", key="x", default=0), s.call("zap", 1, y=2))
for f in (lambda: layer1(), lambda: layer2(1, extra=2), lambda: target(1, a=2), lambda: s.call("get"), lambda: partial(len)(1, 2), lambda: target(**{"b": 1})):
    try:
        print(f())
    except TypeError as e:
        print("TypeError", e)
print((lambda *a, **k: (a, sorted(k)))(*[1], *(2,), x=1, **{"y": 2}), max(*[3, 1], 2), print(*"abc", **{"sep": "-"}))
