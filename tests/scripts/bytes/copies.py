# Copies within a buffer and between buffers: each alignment of source and target, each length around a word's, both ways.
N = 40


def fresh():
    return bytearray(i * 7 & 255 for i in range(N))


def by_hand(a, to, start, n):
    part = [a[start + i] for i in range(n)]
    for i in range(n):
        a[to + i] = part[i]


wrong = 0
tried = 0
for n in list(range(0, 14)) + [16, 17, 23]:
    for to in range(0, 9):
        for start in range(0, 17):
            moved = fresh()
            view = memoryview(moved)
            view[to : to + n] = view[start : start + n]
            expected = fresh()
            by_hand(expected, to, start, n)
            other = bytearray(N)
            memoryview(other)[to : to + n] = memoryview(fresh())[start : start + n]
            tried += 1
            if moved != expected or other[to : to + n] != fresh()[start : start + n]:
                wrong += 1
            if sum(other) != sum(other[to : to + n]):
                wrong += 1
print(tried, wrong)

# Slots of a list move by whole words.
a = list(range(20))
a.insert(0, -1)
a.insert(7, -2)
print(a)
del a[0]
a.pop(3)
a[2:5] = []
a[4:4] = [7, 8, 9]
print(a)

# Texts at each alignment, and zeros.
text = "0123456789abcdefghijklmnopqrstuvwxyz"
print([text[i : i + 11] + text[i + 1 : i + 4] for i in range(6)])
print([bytes(n) == b"\0" * n for n in range(13)], bytes(3) + bytes(6))
