# Counting loops whose variable is changed inside, with else, break and continue.
for i in range(5):
    print(i, end=" ")
    i = 100
print(i)
for i in range(3):
    if i == 7:
        break
else:
    print("no break")
for i in range(10):
    if i % 2:
        continue
    if i > 6:
        print("break at", i)
        break
    print("even", i)
n = 27
steps = 0
while n != 1:
    n = 3 * n + 1 if n % 2 else n // 2
    steps += 1
else:
    print("collatz", steps)
found = []
for n in range(2, 60):
    for d in range(2, n):
        if d * d > n:
            found.append(n)
            break
        if n % d == 0:
            break
    else:
        found.append(n)
print(found)
