# array of every typecode: items, growth, comparison, iteration.
from array import array

for code in "bBhHiIqQ":
    a = array(code, [0, 1, 2, 100])
    a.append(7)
    a.extend(array(code, [8, 9]))
    print(a, len(a), a[0], a[-1], a[1:3], sum(a), list(a))
for code in "fd":
    a = array(code, [0.5, -1.25, 3])
    a.append(2)
    print(a, [x * 2 for x in a])
a = array("i", range(10))
a[3] = -50
print(a, 5 in list(a), a == array("i", [0, 1, 2, -50, 4, 5, 6, 7, 8, 9]), bool(array("b")))
print(a + array("i", [100]), bytes(array("H", [1, 258])), array("B", b"abc"), array("b", [-1, -128]), array("I", [2**32 - 1]), array("q", [-(2**62)]))
a[2:4] = array("i", [22, 33])
print(a)
for bad in (lambda: a[99], lambda: array("z", [1]), lambda: array("i", ["x"]), lambda: a.append("s")):
    try:
        print(bad())
    except (IndexError, ValueError, TypeError) as e:
        print(type(e).__name__)
