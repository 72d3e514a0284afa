# Descriptors and __setattr__, __delattr__ where the build supports them.
class Typed:
    def __init__(self, kind):
        self.kind = kind

    def __set_name__(self, owner, name):
        self.name = "_" + name
        print("named", name, owner.__name__)

    def __get__(self, obj, owner):
        if obj is None:
            return self
        return getattr(obj, self.name, None)

    def __set__(self, obj, v):
        if not isinstance(v, self.kind):
            raise TypeError("%s wants %s" % (self.name, self.kind.__name__))
        setattr(obj, self.name, v)


class Record:
    n = Typed(int)
    s = Typed(str)


r = Record()
r.n, r.s = 5, "five"
print(r.n, r.s)
for attr, v in (("n", "x"), ("s", 1)):
    try:
        setattr(r, attr, v)
    except TypeError as e:
        print("TypeError", e)


class Watch:
    def __setattr__(self, k, v):
        print("set", k, v)
        object.__setattr__(self, k, v)

    def __delattr__(self, k):
        print("del", k)
        object.__delattr__(self, k)


w = Watch()
w.a = 1
w.b = w.a + 1
print(w.a, w.b)
del w.a
print(hasattr(w, "a"))
