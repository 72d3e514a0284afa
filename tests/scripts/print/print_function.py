# print with sep and end, of every type, and str of nested containers.
print()
print(1, "a", 2.5, None, True, [1, "b"], (2,), {"k": "v"}, {3}, b"x", sep="|")
print("no newline", end="")
print("...", "next", sep="", end="!\n")
print("a", "b", sep="\n")
print(*[1, 2, 3], sep=", ")
print(*(), end="empty\n")
print([[], (), {}, "", b"", None, [[]]], [1.0, 1e20, -0.0, 1j], ["q'q", 'd"d', "\n"], [True, False], [range(3)], [print is print])
print((1,), (1, 2), ((1,),), [(1,), [2]], {"a": {"b": ("c",)}}, {(1, 2): [3]}, set(), frozenset(), [set()])
print(str([1, "x"]) == repr([1, "x"]), str((1,)), "%s %r" % ([1], ["a"]), "{} {!r}".format((1, 2), {"k": "v"}))
r = []
r.append(("t", r[:]))
print(r)


class Deep:
    def __repr__(self):
        return "D" + repr([1])


print([Deep(), (Deep(),)], Deep(), {1: Deep()}, str(Deep()), [[Deep()]])
for bad in (lambda: print(sep=5), lambda: print(1, end=2), lambda: print(x=1)):
    try:
        bad()
    except TypeError:
        print("TypeError")
print(type(1).__name__, [int, str, list], [type(None)], [ValueError], [ValueError("x"), KeyError("k")], [len is len])
