# Arithmetic of doubles, printed with the shortest text.
values = (0.0, 1.0, -1.5, 0.1, 0.2, 1e10, -2.5e-7, 3.141592653589793)
for a in values:
    print(a, -a, abs(a), a + 0.1, a - 0.3, a * 3, a * a)
    for b in values[1:]:
        print(a / b, a // b, a % b, divmod(a, b))
for bad in (lambda: 1.0 / 0, lambda: 1.0 // 0, lambda: 1.0 % 0, lambda: divmod(1.0, 0), lambda: 0.0**-1):
    try:
        print(bad())
    except ZeroDivisionError as e:
        print("ZeroDivisionError", e)
print(1 / 2, 7 / 7, -1 / 3, 10**3 / 8, 2.0 == 2, 2.0 is 2)
