# Quotients and remainders of every pair of signs, and the identity that ties them together.
values = (-17, -8, -5, -1, 0, 1, 3, 5, 8, 17)
for a in values:
    row = []
    for b in values:
        try:
            q, r = a // b, a % b
            assert q * b + r == a
            assert divmod(a, b) == (q, r)
            row.append((q, r))
        except ZeroDivisionError as e:
            row.append(str(e))
    print(a, row)
for a in values:
    print(a, -a, +a, ~a, abs(a), a * a, a**3, a - 4, 4 - a)
for op in (lambda: 1 % 0, lambda: 1 // 0, lambda: divmod(1, 0), lambda: 0**-1):
    try:
        print(op())
    except ZeroDivisionError as e:
        print("ZeroDivisionError", e)
