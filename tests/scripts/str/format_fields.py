# str.format: positions, names, attributes, items, nesting and its errors.
class Point:
    def __init__(self, x, y):
        self.x, self.y = x, y

    def __str__(self):
        return "(%d, %d)" % (self.x, self.y)


p = Point(3, -4)
print("{} {} {}".format(1, "two", [3]), "{2}{0}{1}".format("a", "b", "c"), "{x}/{y}".format(x=1, y=2), "{0}{k}{0}".format("z", k=9))
print("{{}} {{{}}}".format(7))
print("[{:>8}][{:<8}][{:^8}][{:*^8}][{:.2}][{:>6.3}]".format("abc", "abc", "abc", "abc", "abc", "abcdef"))
print("{!r} {!s} {!r:>6}|".format("q", "q", "q"), "{:{}}|{:{}{}}|{:.{}f}".format("a", 5, "b", ">", 4, 3.14159, 2))
print("{}".format(p), "{!s:>10}".format(p), "{:5}|{:5}|".format(1, "a"))
for f, a in (("{", ()), ("}", ()), ("{}", ()), ("{1}", (0,)), ("{x}", ()), ("{0}{}", (1, 2)), ("{}{0}", (1, 2)), ("{:d}", ("s",)), ("{!z}", (1,)), ("{:zz}", (1,))):
    try:
        print(f.format(*a))
    except (ValueError, IndexError, KeyError, TypeError) as e:
        print(type(e).__name__, f)
