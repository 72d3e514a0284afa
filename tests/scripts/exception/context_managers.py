# with: enter, exit, suppression, several at once, errors inside either method.
class Cm:
    def __init__(self, name, suppress=False, fail=None):
        self.name, self.suppress, self.fail = name, suppress, fail

    def __enter__(self):
        print("enter", self.name)
        if self.fail == "enter":
            raise OSError("enter " + self.name)
        return self

    def __exit__(self, kind, value, tb):
        print("exit", self.name, kind.__name__ if kind else None, value)
        if self.fail == "exit":
            raise OSError("exit " + self.name)
        return self.suppress


with Cm("a") as a:
    print("body", a.name)
with Cm("a"), Cm("b") as b:
    print("both", b.name)
with Cm("s", suppress=True):
    raise ValueError("swallowed")
for make in (lambda: (Cm("x"), Cm("y")), lambda: (Cm("x", True), Cm("y")), lambda: (Cm("x"), Cm("y", fail="enter")), lambda: (Cm("x"), Cm("y", fail="exit")), lambda: (Cm("x", True), Cm("y", fail="exit"))):
    p, q = make()
    try:
        with p, q:
            print("inside")
            raise KeyError("k")
        print("after")
    except (KeyError, OSError) as e:
        print("outside", type(e).__name__, e)


def leave(how):
    for i in range(3):
        with Cm("loop%d" % i):
            if how == "break":
                break
            if how == "continue":
                continue
            if how == "return":
                return "returned"
            print("end of body")
    return "fell out"


print([leave(h) for h in ("none", "break", "continue", "return")])


class NoExit:
    def __enter__(self):
        pass


try:
    with NoExit():
        pass
except AttributeError as e:
    print("AttributeError", e)
try:
    with 5:
        pass
except (AttributeError, TypeError) as e:
    print("not a manager")


def generator():
    with Cm("gen"):
        yield 1
        yield 2


g = generator()
next(g)
g.close()
