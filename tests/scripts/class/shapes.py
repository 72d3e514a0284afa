# A small hierarchy at work: an expression tree that evaluates, prints and derives itself.
class Expr:
    def __add__(self, o):
        return Add(self, lift(o))

    def __radd__(self, o):
        return Add(lift(o), self)

    def __mul__(self, o):
        return Mul(self, lift(o))

    def __rmul__(self, o):
        return Mul(lift(o), self)

    def __pow__(self, n):
        e = self
        for _ in range(n - 1):
            e = e * self
        return e


def lift(x):
    return x if isinstance(x, Expr) else Const(x)


class Const(Expr):
    def __init__(self, v):
        self.v = v

    def at(self, **env):
        return self.v

    def d(self, name):
        return Const(0)

    def __str__(self):
        return str(self.v)

    def simplify(self):
        return self


class Var(Expr):
    def __init__(self, name):
        self.name = name

    def at(self, **env):
        return env[self.name]

    def d(self, name):
        return Const(int(name == self.name))

    def __str__(self):
        return self.name

    def simplify(self):
        return self


class Pair(Expr):
    def __init__(self, a, b):
        self.a, self.b = a, b

    def __str__(self):
        return "(%s %s %s)" % (self.a, self.sign, self.b)

    def simplify(self):
        a, b = self.a.simplify(), self.b.simplify()
        if isinstance(a, Const) and isinstance(b, Const):
            return Const(type(self)(a, b).at())
        return self.rules(a, b)


class Add(Pair):
    sign = "+"

    def at(self, **env):
        return self.a.at(**env) + self.b.at(**env)

    def d(self, name):
        return Add(self.a.d(name), self.b.d(name))

    def rules(self, a, b):
        if str(a) == "0":
            return b
        return a if str(b) == "0" else Add(a, b)


class Mul(Pair):
    sign = "*"

    def at(self, **env):
        return self.a.at(**env) * self.b.at(**env)

    def d(self, name):
        return Add(Mul(self.a.d(name), self.b), Mul(self.a, self.b.d(name)))

    def rules(self, a, b):
        if "0" in (str(a), str(b)):
            return Const(0)
        if str(a) == "1":
            return b
        return a if str(b) == "1" else Mul(a, b)


x, y = Var("x"), Var("y")
for e in (x + 1, 2 * x * x + 3 * x + 4, (x + y) ** 3, x * y + y * x, Const(2) * 3 + 4):
    print(e, "|", e.simplify(), "|", e.d("x").simplify(), "|", [e.at(x=v, y=2) for v in range(-2, 3)], [e.d("x").at(x=v, y=2) for v in range(-2, 3)])
