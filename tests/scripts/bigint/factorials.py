# Sums and products that grow past any word.
f = 1
for n in range(1, 41):
    f *= n
    print(n, f, f % 1000003)
print(len(str(f)))
a, b = 0, 1
for _ in range(300):
    a, b = b, a + b
print(a)
print(sum(int(c) for c in str(2**1000)))
x = 7
for _ in range(7):
    x = x * x + 1
print(x)
while x > 10**6:
    x //= 12345
print(x)
