# if, while, for, pass, nested functions in every place, long chains of conditions.
def classify(n):
    if n < 0:
        if n < -100:
            return "very negative"
        return "negative"
    elif n == 0:
        return "zero"
    elif n < 10:
        return "digit"
    elif n < 100:
        return "two digits"
    else:
        return "large"


print([classify(n) for n in (-500, -5, 0, 7, 42, 1000)])


def fizz(n):
    return "FizzBuzz" if n % 15 == 0 else "Fizz" if n % 3 == 0 else "Buzz" if n % 5 == 0 else str(n)


print(" ".join(fizz(n) for n in range(1, 31)))


def nothing():
    pass


def only_return():
    return


print(nothing(), only_return())
count = 0
for i in range(10):
    for j in range(10):
        if j == i:
            break
        if (i + j) % 2:
            continue
        count += 1
    else:
        print("never")
    if i == 8:
        break
print(count, i, j)
k = 10
while k:
    k -= 1
    if k == 5:
        continue
    if k == 2:
        break
else:
    print("not here")
print(k)
while True:
    k += 1
    if k > 6:
        break
print(k)


def search(m, x):
    for r, row in enumerate(m):
        for c, v in enumerate(row):
            if v == x:
                return r, c
    return None


print(search([[1, 2], [3, 4]], 3), search([[1]], 9))
if 0:
    print("dead")
if 1:
    print("alive")
if not None and (1 or 1 // 0) and not (0 and 1 // 0):
    print("short")
x = 5
print(1 < x < 10, 1 < x > 3, x == 5 != 6, not 1 == 2, x in (1, 5) and x not in (2,))
for x in ():
    pass
else:
    print("else of nothing", x)
print([i for i in range(3) for _ in range(i)], type((lambda: (yield))()).__name__)
if x == 5: print("one line"); x = 6
print(x); print("two on a line")
