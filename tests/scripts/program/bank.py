# A ledger with transactions that undo themselves on failure.
class Insufficient(Exception):
    pass


class Ledger:
    def __init__(self):
        self.accounts, self.log = {}, []

    def open(self, name, cents=0):
        self.accounts[name] = cents

    def __getitem__(self, name):
        try:
            return self.accounts[name]
        except KeyError:
            raise KeyError("no account " + name)

    def move(self, a, b, cents):
        if self[a] < cents:
            raise Insufficient("%s has %d, needs %d" % (a, self[a], cents))
        self[b]
        self.accounts[a] -= cents
        self.accounts[b] += cents
        self.log.append((a, b, cents))

    def transaction(self):
        return Transaction(self)

    def total(self):
        return sum(self.accounts.values())


class Transaction:
    def __init__(self, ledger):
        self.ledger = ledger

    def __enter__(self):
        self.saved, self.mark = dict(self.ledger.accounts), len(self.ledger.log)
        return self.ledger

    def __exit__(self, kind, value, tb):
        if kind:
            self.ledger.accounts = self.saved
            del self.ledger.log[self.mark :]
        return kind is not None and issubclass(kind, (Insufficient, KeyError))


def money(cents):
    return "%d.%02d" % divmod(cents, 100)


l = Ledger()
for name, c in (("ann", 10000), ("bob", 2550), ("cid", 1)):
    l.open(name, c)
for batch in ([("ann", "bob", 5000), ("bob", "cid", 7000)], [("ann", "bob", 100), ("cid", "ann", 999999)], [("ann", "zoe", 1)], [("cid", "bob", 7001)]):
    with l.transaction() as t:
        for step in batch:
            t.move(*step)
    print(sorted((k, money(v)) for k, v in l.accounts.items()), len(l.log), money(l.total()))
try:
    with l.transaction():
        raise ValueError("not ours")
except ValueError as e:
    print("ValueError", e)
try:
    l["nobody"]
except KeyError as e:
    print(e)
for rate, years in ((3, 10), (7, 5)):
    c = 100000
    for _ in range(years):
        c += (c * rate + 50) // 100
    print(rate, years, money(c))
