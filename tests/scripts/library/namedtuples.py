# Named tuples, their classes, and classes that extend those.
from collections import namedtuple, OrderedDict

Point = namedtuple("Point", "x y")
p = Point(1, y=2)
print(p, p.x, p[1], len(p), p == (1, 2), isinstance(p, tuple), isinstance(p, Point))
print(type(p).__name__, p + (3,), p[0:1], hash(p) == hash((1, 2)))
for bad in (lambda: Point(1), lambda: Point(1, 2, 3), lambda: Point(1, x=2), lambda: Point(1, z=2), lambda: p.z):
    try:
        bad()
    except (TypeError, AttributeError) as e:
        print(type(e).__name__, e)
try:
    p.x = 5
except AttributeError as e:
    print("AttributeError")


class Vector(Point):
    def plus(self, other):
        return Vector(self.x + other.x, self.y + other[1])


v = Vector(3, 4).plus(p)
print(v.x, v.y, v == (4, 6), isinstance(v, Point), [i for i in v])
x, y = v
print(x, y)
o = OrderedDict([("b", 1), ("a", 2)])
o["c"] = 3
print(o, list(o), o == OrderedDict([("a", 2), ("b", 1), ("c", 3)]), o == {"a": 2, "b": 1, "c": 3})
