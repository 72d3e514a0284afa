# Days, weeks and months, with leap years by rule.
def leap(y):
    return y % 4 == 0 and y % 100 != 0 or y % 400 == 0


def days(y, m):
    return (31, 28 + leap(y), 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)[m - 1]


def ordinal(y, m, d):
    y1 = y - 1
    return y1 * 365 + y1 // 4 - y1 // 100 + y1 // 400 + sum(days(y, k) for k in range(1, m)) + d


def from_ordinal(n):
    y = n // 366 + 1
    while ordinal(y + 1, 1, 1) <= n:
        y += 1
    m = 1
    while n - ordinal(y, m, 1) >= days(y, m):
        m += 1
    return y, m, n - ordinal(y, m, 1) + 1


def month(y, m):
    first = (ordinal(y, m, 1) - 1) % 7
    cells = ["  "] * first + ["%2d" % d for d in range(1, days(y, m) + 1)]
    print("%04d-%02d" % (y, m))
    for i in range(0, len(cells), 7):
        print(" ".join(cells[i : i + 7]))


for y, m in ((2024, 2), (2026, 11), (1900, 2)):
    month(y, m)
for date in ((1, 1, 1), (1970, 1, 1), (2000, 2, 29), (2026, 12, 31)):
    n = ordinal(*date)
    print(date, n, "MTWTFSS"[(n - 1) % 7], from_ordinal(n))
print(ordinal(2026, 11, 23) - ordinal(2000, 1, 1), [y for y in range(1896, 1912) if leap(y)], sum(1 for y in range(1901, 2001) for m in range(1, 13) if (ordinal(y, m, 1) - 1) % 7 == 6))
a = 2026 % 19
print([(3 * ((19 * (y % 19) + y // 100 - y // 400 - (y // 100 - (y // 100 + 8) // 25 + 1) // 3 + 15) % 30)) for y in (2024, 2025, 2026)])
