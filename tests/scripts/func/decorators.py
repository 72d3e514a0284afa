# Decorators: stacked, with arguments, on methods, as classes.
def trace(label):
    def wrap(f):
        def run(*a, **k):
            print(label, "before", len(a), a[-1], sorted(k.items()))
            r = f(*a, **k)
            print(label, "after", r)
            return r

        return run

    return wrap


@trace("outer")
@trace("inner")
def add(a, b=1):
    return a + b


print(add(1), add(2, b=3))


class Memo:
    def __init__(self, f):
        self.f = f
        self.seen = {}
        self.calls = 0

    def __call__(self, n):
        if n not in self.seen:
            self.calls += 1
            self.seen[n] = self.f(n)
        return self.seen[n]


@Memo
def fib(n):
    return n if n < 2 else fib(n - 1) + fib(n - 2)


print(fib(60), fib.calls)


class Shape:
    made = 0

    @staticmethod
    def unit():
        return "cm"

    @classmethod
    def square(cls, n):
        cls.made += 1
        return cls(n, n)

    def __init__(self, w, h):
        self.w, self.h = w, h

    @property
    def area(self):
        return self.w * self.h

    @trace("method")
    def scale(self, k):
        return self.w * k, self.h * k


class Rect(Shape):
    pass


print(Shape.unit(), Rect.square(3).area, Rect.made, Shape.made, type(Rect.square(1)).__name__, Shape(2, 3).scale(2), Shape(1, 1).unit())
registry = {}


def register(cls):
    registry[cls.__name__] = cls
    return cls


@register
class A:
    pass


print(list(registry), registry["A"] is A)
