# OrderedDict keeps the order of insertion through updates and removals.
from collections import OrderedDict

d = OrderedDict([("z", 1), ("a", 2), ("m", 3)])
d["q"] = 4
d["z"] = 10
print(d, list(d), list(d.keys()), list(d.values()), list(d.items()))
del d["a"]
d["a"] = 5
print(list(d.items()), d.popitem(), d.popitem(), list(d), len(d), d["m"])
e = OrderedDict()
for i in range(20):
    e["k%d" % (i * 7 % 20)] = i
print(list(e))
e.update({"new": 1})
print(list(e)[-1], "k3" in e, e.get("none"), e.pop("k0"), len(e), [k for k in e if k.endswith("1")])
print(OrderedDict(), OrderedDict(a=1), isinstance(e, dict), OrderedDict([(1, 2), (3, 4)]) == OrderedDict([(1, 2), (3, 4)]))
