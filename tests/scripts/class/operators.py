# Arithmetic and comparison through special methods, reflected and in place.
class Vec:
    def __init__(self, *v):
        self.v = v

    def __repr__(self):
        return "Vec" + repr(self.v)

    def __add__(self, o):
        return Vec(*(a + b for a, b in zip(self.v, o.v)))

    def __sub__(self, o):
        return Vec(*(a - b for a, b in zip(self.v, o.v)))

    def __mul__(self, k):
        if isinstance(k, Vec):
            return sum(a * b for a, b in zip(self.v, k.v))
        return Vec(*(a * k for a in self.v))

    def __rmul__(self, k):
        return Vec(*(k * a for a in self.v))

    def __neg__(self):
        return self * -1

    def __pos__(self):
        return self

    def __invert__(self):
        return Vec(*reversed(self.v))

    def __abs__(self):
        return sum(a * a for a in self.v)

    def __truediv__(self, k):
        return Vec(*(a / k for a in self.v))

    def __floordiv__(self, k):
        return Vec(*(a // k for a in self.v))

    def __mod__(self, k):
        return Vec(*(a % k for a in self.v))

    def __pow__(self, k):
        return Vec(*(a**k for a in self.v))

    def __and__(self, o):
        return "and"

    def __or__(self, o):
        return "or"

    def __xor__(self, o):
        return "xor"

    def __lshift__(self, o):
        return "<<%d" % o

    def __rshift__(self, o):
        return ">>%d" % o

    def __matmul__(self, o):
        return "@"

    def __lt__(self, o):
        return abs(self) < abs(o)

    def __le__(self, o):
        return abs(self) <= abs(o)

    def __eq__(self, o):
        return isinstance(o, Vec) and self.v == o.v

    def __contains__(self, x):
        return x in self.v

    def __len__(self):
        return len(self.v)

    def __getitem__(self, i):
        return self.v[i]

    def __iadd__(self, o):
        self.v = tuple(a + o for a in self.v)
        return self


a, b = Vec(1, 2, 3), Vec(4, 5, 6)
print(a + b, a - b, a * 2, 3 * a, a * b, -a, +a, ~a, abs(a), a / 2, b // 2, b % 4, a**2)
print(a & b, a | b, a ^ b, a << 3, a >> 4, a @ b, a < b, a <= b, a == b, a != b, a == Vec(1, 2, 3), a == 5)
print(2 in a, 9 in a, len(a), a[0], a[1:], [x for x in a], list(a), bool(Vec()), sum(a), max(b.v))
c = a
c += 10
c -= Vec(1, 1, 1)
c *= 2
print(a, c, c is a)


class Ref:
    def __radd__(self, o):
        return "radd %r" % (o,)

    def __rsub__(self, o):
        return "rsub %r" % (o,)

    def __rtruediv__(self, o):
        return "rtruediv %r" % (o,)

    def __rpow__(self, o):
        return "rpow %r" % (o,)


r = Ref()
print(1 + r, "s" + r, 1.5 - r, 10 / r, 2**r)
for bad in (lambda: r + 1, lambda: a + 1, lambda: r < r, lambda: ~r):
    try:
        print(bad())
    except (TypeError, AttributeError) as e:
        print(type(e).__name__, e)
