# How many arguments a type takes when it is called, and what it says otherwise.
def attempt(name, f):
    try:
        print(name, repr(f()))
    except TypeError as e:
        print(name, "TypeError", e)


for name, type_ in (
    ("bool", bool),
    ("float", float),
    ("int", int),
    ("list", list),
    ("tuple", tuple),
    ("set", set),
    ("frozenset", frozenset),
    ("memoryview", memoryview),
    ("range", range),
    ("filter", filter),
    ("reversed", reversed),
    ("staticmethod", staticmethod),
    ("classmethod", classmethod),
    ("super", super),
):
    attempt(name, lambda: type_(1, 2, 3, 4))

for name, type_ in (
    ("range", range),
    ("memoryview", memoryview),
    ("reversed", reversed),
    ("filter", filter),
    ("NoneType", type(None)),
):
    attempt(name, lambda: type_())

for type_ in (bool, float, int, list, tuple, set):
    attempt(type_.__name__, lambda: type_())
    attempt(type_.__name__, lambda: type_(x=1))


class Labelled(float):
    def __init__(self, value, label):
        super().__init__(value)
        self.label = label


print(Labelled(1.5, "volts").label, Labelled(1.5, "volts") + 1)
