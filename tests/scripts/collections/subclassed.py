# list, dict, tuple, str, set and int as base classes.
class Stack(list):
    def push(self, x):
        self.append(x)
        return self

    def __len__(self):
        return 100 + sum(1 for _ in self)


s = Stack([1, 2])
s.push(3).push(4)
print(len(s), s.pop(), list(s), s[0], isinstance(s, list), s == [1, 2, 3], 2 in s)


class Default(dict):
    def __init__(self, make, *a):
        super().__init__(*a)
        self.make = make

    def __getitem__(self, k):
        if k not in self:
            self[k] = self.make()
        return super().__getitem__(k)


d = Default(list)
d["x"].append(1)
d["x"].append(2)
d["y"].append(3)
print(d["x"], d["y"], d["z"], sorted(d.keys()))


class Celsius(float):
    def fahrenheit(self):
        return self * 9 / 5 + 32


class Name(str):
    def shout(self):
        return self.upper() + "!"


class Flags(int):
    def has(self, bit):
        return bool(self & (1 << bit))


print(Celsius(100).fahrenheit(), Name("bob").shout(), Name("x") + "y", len(Name("abc")), Flags(5).has(0), Flags(5).has(1), Flags(6) + 1)


class Pair(tuple):
    @property
    def first(self):
        return self[0]


print(Pair((1, 2)).first, Pair("ab")[1], len(Pair((1, 2, 3))), list(Pair((4, 5))))
