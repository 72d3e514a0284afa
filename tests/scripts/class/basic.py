# Classes and instances: attributes, methods, class data, repr, equality.
class Account:
    bank = "First"
    count = 0

    def __init__(self, owner, balance=0):
        self.owner = owner
        self.balance = balance
        Account.count += 1

    def deposit(self, amount):
        if amount <= 0:
            raise ValueError("amount must be positive")
        self.balance += amount
        return self

    def __repr__(self):
        return "Account(%r, %d)" % (self.owner, self.balance)

    def __eq__(self, o):
        return self.owner == o.owner and self.balance == o.balance


a, b = Account("ann"), Account("bob", 5)
print(a, b, a.deposit(10).deposit(5), Account.count, a.bank, a == Account("ann", 15), a == b, a != b)
a.bank = "Own"
print(a.bank, b.bank, Account.bank, hasattr(a, "owner"), hasattr(a, "nope"), getattr(a, "nope", "dflt"), getattr(a, "owner"))
del a.bank
setattr(b, "extra", 1)
print(a.bank, b.extra, sorted(k for k in b.__dict__), type(a).__name__, Account.__name__, a.__class__ is Account, isinstance(a, Account), isinstance(a, (int, Account)))
delattr(b, "extra")
m = a.deposit
print(m(1), Account.deposit(b, 2), callable(m), callable(a), callable(Account))
for bad in (lambda: a.nope, lambda: a.deposit(-1), lambda: a(), lambda: Account(), lambda: Account.nope, lambda: delattr(a, "zz"), lambda: len(a), lambda: a[0], lambda: a + 1, lambda: a < b, lambda: -a, lambda: iter(a), lambda: a.deposit()):
    try:
        print(bad())
    except (AttributeError, ValueError, TypeError) as e:
        print(type(e).__name__, e)


class Empty:
    pass


e = Empty()
e.x, Empty.y = 1, 2
print(e.x, e.y, Empty().y, issubclass(Account, object), issubclass(Empty, Account), isinstance(e, object))
