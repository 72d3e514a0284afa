# Every builtin function in its ordinary use, in one place.
print(abs(-5), abs(-2.5), all([1, "a"]), any([0, ""]), bin(10), bool([]), bytearray(2), bytes(2), callable(abs), chr(97), complex(1, 2), dict(a=1), divmod(-7, 2))
print(list(enumerate("ab")), list(filter(lambda x: x, [0, 1])), float("1.5"), frozenset([1]), getattr("", "upper")(), hasattr("", "nope"), hash(5), hex(255), int("7f", 16), isinstance(1, int), issubclass(bool, int), next(iter([3])))
print(len("four"), list("ab"), list(map(abs, [-1, 1])), max(1, 2), min([3, 2]), oct(8), ord("a"), pow(2, 3), pow(2, 3, 5), range(3), repr("r"), list(reversed("ab")), round(2.567, 2), set([1]), sorted("cab"))
print(str(1.0), sum([1, 2], 10), tuple("ab"), type("").__name__, list(zip("a", "b")), slice, object, property, staticmethod, classmethod, super)
x = [3]
print(id(x) == id(x), x is x, [f.__name__ for f in (lambda: 0,)], sorted(dir(type("T", (), {"attr": 1})()))[-1])
print(max("a", "b", key=lambda c: -ord(c)), min((), default=0), sorted([3, 1], reverse=True), sum((0.1, 0.2)), round(-1.5), round(0.5), int(True), str(b"x", "utf8"), bytes("é", "utf8"), list(range(10, 0, -3)), list({"k": 1}), tuple({2}))


class T:
    a = 1


t = T()
setattr(t, "b", 2)
print(getattr(t, "a"), getattr(t, "b"), getattr(t, "c", 3), hasattr(t, "b"), delattr(t, "b"), hasattr(t, "b"), isinstance(t, (str, T)), sorted(k for k in t.__dict__))
