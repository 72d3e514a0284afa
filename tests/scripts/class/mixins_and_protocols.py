# Mixins by multiple inheritance, comparison from one method, callable registries, singletons, builders.
class Comparable:
    def __lt__(self, o):
        return self.key() < o.key()

    def __le__(self, o):
        return not o < self

    def __gt__(self, o):
        return o < self

    def __ge__(self, o):
        return not self < o

    def __eq__(self, o):
        return self.key() == o.key()

    def __hash__(self):
        return hash(self.key())


class Printable:
    def __repr__(self):
        return "%s(%s)" % (type(self).__name__, ", ".join("%s=%r" % (k, getattr(self, k)) for k in self.fields))


class Card(Comparable, Printable):
    fields = ("rank", "suit")

    def __init__(self, text):
        self.rank, self.suit = "23456789TJQKA".index(text[0]), text[1]

    def key(self):
        return self.rank, self.suit


hand = [Card(t) for t in "AS KD 2C TH 2D".split()]
print(sorted(hand), max(hand), hand[0] > hand[1], hand[2] <= hand[4], Card("AS") == hand[0], len({Card("AS"), hand[0]}), Card("2C") in hand)


class Query:
    def __init__(self):
        self.parts = []

    def __getattr__(self, verb):
        def add(*a):
            self.parts.append((verb, a))
            return self

        return add

    def __str__(self):
        return " ".join("%s(%s)" % (v, ", ".join(map(str, a))) for v, a in self.parts)


print(Query().select("a", "b").where("a > 1").order("b").limit(5))


class Meta:
    made = {}

    @classmethod
    def get(cls, name):
        if name not in cls.made:
            cls.made[name] = cls()
        return cls.made[name]


print(Meta.get("x") is Meta.get("x"), Meta.get("x") is Meta.get("y"), sorted(Meta.made))


class Handler:
    def handle(self, m):
        return "handled " + m


class Logging:
    def handle(self, m):
        return "log[" + super().handle(m) + "]"


class Upper:
    def handle(self, m):
        return super().handle(m.upper())


class A(Logging, Handler):
    pass


class B(Upper, Handler):
    pass


for cls in (A, B):
    try:
        print(cls.__name__, cls().handle("msg"))
    except AttributeError as e:
        print(cls.__name__, "AttributeError", e)
