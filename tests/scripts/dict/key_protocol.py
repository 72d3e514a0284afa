# __hash__ and __eq__ of user classes as keys.
class Key:
    def __init__(self, n, h):
        self.n, self.h = n, h

    def __hash__(self):
        return self.h

    def __eq__(self, other):
        return isinstance(other, Key) and self.n == other.n

    def __repr__(self):
        return "Key(%d)" % self.n


d = {Key(i, i % 3): i for i in range(12)}
print(len(d), [d[Key(i, i % 3)] for i in range(12)], Key(5, 2) in d, Key(99, 0) in d, hash(Key(1, 42)), Key(1, 0) == Key(1, 5))
s = {Key(1, 1), Key(1, 1), Key(2, 1)}
print(len(s), sorted(k.n for k in s))


class Unhashable:
    __hash__ = None

    def __eq__(self, o):
        return True


class Plain:
    pass


p = Plain()
print({p: 1}[p], Plain() in {p: 1}, p == p, p == Plain(), p != Plain())
print(hash(1) == hash(1.0), hash(True) == hash(1), hash("ab") == hash("a" + "b"), hash((1, 2)) == hash((1, 2)), hash(None) == hash(None))
for bad in ([], {}, set(), bytearray()):
    try:
        print(hash(bad))
    except TypeError as e:
        print("TypeError", e)
