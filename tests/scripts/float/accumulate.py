# Longer computations whose last digits show a wrong rounding at once.
total = 0.0
for i in range(1, 200):
    total += 1 / i
print(total)
x = 0.5
for _ in range(50):
    x = 3.7 * x * (1 - x)
print(x)
a, b = 1.0, 1.0
for _ in range(70):
    a, b = b, a + b
print(b / a, a)
pi = 0.0
sign = 1
for k in range(500):
    pi += sign * 4 / (2 * k + 1)
    sign = -sign
print(pi)
y = 2.0
for _ in range(8):
    y = (y + 2 / y) / 2
print(y, y * y)
print(sum([0.1] * 10), 0.1 * 3, 1.1 + 2.2, 1e16 + 1, 1e-17 + 1)
