# Five sorts written out, against each other on the same data.
def insertion(a):
    for i in range(1, len(a)):
        x, j = a[i], i
        while j and a[j - 1] > x:
            a[j] = a[j - 1]
            j -= 1
        a[j] = x
    return a


def merge(a):
    if len(a) < 2:
        return a
    l, r = merge(a[: len(a) // 2]), merge(a[len(a) // 2 :])
    out = []
    while l and r:
        out.append(l.pop(0) if l[0] <= r[0] else r.pop(0))
    return out + l + r


def quick(a):
    if len(a) < 2:
        return a
    p = a[len(a) // 2]
    return quick([x for x in a if x < p]) + [x for x in a if x == p] + quick([x for x in a if x > p])


def heap(a):
    def down(i, n):
        while 2 * i + 1 < n:
            c = 2 * i + 1
            if c + 1 < n and a[c + 1] > a[c]:
                c += 1
            if a[i] >= a[c]:
                return
            a[i], a[c] = a[c], a[i]
            i = c

    for i in range(len(a) // 2 - 1, -1, -1):
        down(i, len(a))
    for n in range(len(a) - 1, 0, -1):
        a[0], a[n] = a[n], a[0]
        down(0, n)
    return a


def shell(a):
    gap = len(a) // 2
    while gap:
        for i in range(gap, len(a)):
            x = a[i]
            while i >= gap and a[i - gap] > x:
                a[i] = a[i - gap]
                i -= gap
            a[i] = x
        gap //= 2
    return a


seed = 99
for n in (0, 1, 2, 17, 100):
    data = []
    for _ in range(n):
        seed = (seed * 1664525 + 1013904223) % 2**32
        data.append((seed >> 16) % 90 - 40)
    results = [f(data[:]) for f in (insertion, merge, quick, heap, shell, sorted)]
    print(n, results[0], all(r == results[0] for r in results))
