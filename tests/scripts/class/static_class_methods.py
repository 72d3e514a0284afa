# staticmethod, classmethod, bound methods as values, methods that are added later.
class Date:
    def __init__(self, y, m, d):
        self.y, self.m, self.d = y, m, d

    @classmethod
    def parse(cls, text):
        return cls(*[int(p) for p in text.split("-")])

    @staticmethod
    def leap(y):
        return y % 4 == 0 and (y % 100 != 0 or y % 400 == 0)

    def days(self):
        return (31, 29 if self.leap(self.y) else 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)[self.m - 1]

    def next(self):
        d, m, y = self.d + 1, self.m, self.y
        if d > self.days():
            d, m = 1, m + 1
        if m > 12:
            m, y = 1, y + 1
        return self.__class__(y, m, d)

    def __str__(self):
        return "%04d-%02d-%02d" % (self.y, self.m, self.d)


class IsoDate(Date):
    def __repr__(self):
        return "<%s>" % self


print(Date.parse("2024-02-28").next(), IsoDate.parse("2023-02-28").next(), [IsoDate.parse("2026-12-31").next()], [y for y in range(1890, 1910) if Date.leap(y)])
d = Date.parse("2026-11-23")
f = d.next
for _ in range(10):
    d = f()
    f = d.next
print(d)
Date.weekday = lambda self: (self.d + (13 * ((self.m + 9) % 12 + 1) - 1) // 5 + (self.y - (self.m < 3)) % 100 + (self.y - (self.m < 3)) % 100 // 4 + (self.y - (self.m < 3)) // 400 - 2 * ((self.y - (self.m < 3)) // 100)) % 7
print([Date(2026, m, 1).weekday() for m in range(1, 13)])
ms = [Date(2024, m, 1).days for m in range(1, 13)]
print(sum(m() for m in ms), max(ms, key=lambda m: m())(), sorted({m() for m in ms}))
