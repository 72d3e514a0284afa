# find, index, count, startswith, endswith with bounds of every sign.
s = "abracadabra"
for sub in ("a", "abra", "ra", "cad", "", "z", "abracadabra!"):
    print(repr(sub), s.find(sub), s.rfind(sub), s.count(sub), sub in s)
    print([s.find(sub, i) for i in (-12, -4, 0, 1, 5, 11, 20)], [s.rfind(sub, 0, i) for i in (-3, 0, 4, 11, 99)])
    try:
        print(s.index(sub), s.rindex(sub))
    except ValueError as e:
        print("ValueError", e)
print([s.startswith(p) for p in ("abra", "bra", "", s, s + "x")], s.startswith("cad", 4), s.startswith(("x", "abr")))
print([s.endswith(p) for p in ("abra", "bra", "", s, "x" + s)], s.endswith(("x", "dabra")))
print(s.count("a", 1), s.count("a", 1, 5), s.count(""), "".find(""), "".count(""))
for bad in (lambda: s.find(1), lambda: 1 in s, lambda: s.startswith(3), lambda: s.count(None)):
    try:
        print(bad())
    except TypeError as e:
        print("TypeError", e)
