# namedtuple: fields, conversion, equality with tuples, and its errors.
from collections import namedtuple

P = namedtuple("P", ("x", "y"))
p = P(1, 2)
q = P(x=3, y=4)
print(p, q, p.x, p[1], len(p), p == (1, 2), list(p), p + (3,), isinstance(p, tuple), P(*q), tuple(q), {p: "v"}[1, 2])
x, y = q
print(x, y, sorted([q, p]), p < q, hash(p) == hash((1, 2)), repr(namedtuple("R", "a b c")(1, "s", None)))


class V(namedtuple("V", "dx dy")):
    def length2(self):
        return self.dx**2 + self.dy**2

    def __add__(self, o):
        return V(self.dx + o.dx, self.dy + o.dy)


v = V(3, 4)
print(v.length2(), v + V(1, 1), v.dx, isinstance(v, tuple))
for bad in (lambda: P(1), lambda: P(1, 2, 3), lambda: P(1, z=2), lambda: P(1, x=1), lambda: p.z, lambda: setattr(p, "x", 5)):
    try:
        print(bad())
    except (TypeError, AttributeError) as e:
        print(type(e).__name__, e)
