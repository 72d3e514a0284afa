# Every dict method; order is MicroPython's own, so texts are of sorted items.
d = {"a": 1, "b": 2}
print(d["a"], d.get("b"), d.get("z"), d.get("z", 0), "a" in d, "z" in d, len(d), sorted(d), sorted(d.keys()), sorted(d.values()), sorted(d.items()))
print(d.setdefault("c", 3), d.setdefault("a", 9), d.pop("c"), d.pop("c", "gone"), d.update({"d": 4}), d.update([("e", 5)]), d.update(f=6), sorted(d.items()))
c = d.copy()
c["a"] = 100
print(d["a"], c["a"], c == d, d == dict(d), {1: 2} == {1.0: 2}, {} == {}, bool({}), bool(c), c.clear(), c)
print(dict(x=1, y=2) == {"y": 2, "x": 1}, sorted(dict([(1, "a"), (2, "b")]).items()), dict.fromkeys("ab") == {"a": None, "b": None}, dict.fromkeys([1, 2], 0) == {1: 0, 2: 0})
del d["a"]
print("a" in d, len(d))
k, v = {"only": 1}.popitem()
print(k, v)
for bad in (lambda: d["a"], lambda: d.pop("a"), lambda: {}.popitem(), lambda: {[]: 1}, lambda: {}[{}], lambda: dict(5), lambda: d.update(5), lambda: dict([(1, 2, 3)]), lambda: {1: 1} < {2: 2}):
    try:
        print(bad())
    except (KeyError, TypeError, ValueError) as e:
        print(type(e).__name__, e)
print({1: "int", 1.0: "float", True: "bool"}, {(1, 2): [3]}, {None: None}, {"k": {"n": {}}})
