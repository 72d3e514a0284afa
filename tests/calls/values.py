# What every function, method and operator is tried with, and how the outcome is shown. The programs beside this file begin with it.


class Counted:
    def __int__(self):
        return 2

    def __repr__(self):
        return "Counted"


def generator():
    yield 1
    yield 2


def values():
    return [
        None,
        True,
        -3,
        2**70,
        1.5,
        "ab é",
        b"ab",
        bytearray(b"abc"),
        [3, 1, "a"],
        ("a", 1),
        {"a": 1, 2: "b"},
        {1, "a"},
        range(3),
        Counted(),
        generator(),
        str,
        memoryview(b"ab"),
    ]


KINDS = [type(v).__name__ for v in values()]


def show(v, depth=3):
    kind = type(v).__name__
    if depth == 0:
        return "..."
    if isinstance(v, dict):
        return kind + str([(show(k, depth - 1), show(v[k], depth - 1)) for k in v])
    if kind in ("list", "tuple", "set", "frozenset", "map", "filter", "zip", "enumerate", "reversed", "range", "iterator", "generator"):
        shown = []
        try:
            for x in v:
                shown.append(show(x, depth - 1))
                if len(shown) > 6:
                    break
        except Exception as e:
            shown.append(repr(e))
        return kind + str(shown)
    if v is None or isinstance(v, (bool, int, float, complex, str, bytes, bytearray)):
        return kind + repr(v)
    return kind


def attempt(f, name, *kinds):
    try:
        outcome = show(f())
    except Exception as e:
        outcome = type(e).__name__ + " " + str(e)
    print(name, kinds, outcome)


def unary(name, f):
    for i, kind in enumerate(KINDS):
        attempt(lambda: f(values()[i]), name, kind)


def binary(name, f, second=KINDS):
    for i, kind in enumerate(KINDS):
        for j, other in enumerate(KINDS):
            if other in second:
                attempt(lambda: f(values()[i], values()[j]), name, kind, other)
