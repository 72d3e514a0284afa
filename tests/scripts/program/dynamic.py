# Dynamic programming: edit distance, knapsack, longest common subsequence, coins, partitions.
def edit(a, b):
    row = list(range(len(b) + 1))
    for i, x in enumerate(a):
        prev, row[0] = row[0], i + 1
        for j, y in enumerate(b):
            prev, row[j + 1] = row[j + 1], min(prev + (x != y), row[j] + 1, row[j + 1] + 1)
    return row[-1]


def lcs(a, b):
    t = [[""] * (len(b) + 1) for _ in range(len(a) + 1)]
    for i in range(len(a)):
        for j in range(len(b)):
            t[i + 1][j + 1] = t[i][j] + a[i] if a[i] == b[j] else max(t[i][j + 1], t[i + 1][j], key=len)
    return t[-1][-1]


def knapsack(items, room):
    best = [(0, ())] * (room + 1)
    for name, w, v in items:
        for r in range(room, w - 1, -1):
            cand = best[r - w][0] + v, best[r - w][1] + (name,)
            if cand[0] > best[r][0]:
                best[r] = cand
    return best[room]


print([edit(a, b) for a, b in (("kitten", "sitting"), ("", "abc"), ("same", "same"), ("intention", "execution"))])
print([lcs(a, b) for a, b in (("AGGTAB", "GXTXAYB"), ("abc", "xyz"), ("ABCBDAB", "BDCABA"))])
print(knapsack((("map", 9, 150), ("water", 153, 200), ("tin", 68, 45), ("apple", 39, 40), ("tent", 200, 220)), 260))
p = [1] + [0] * 60
for k in range(1, 61):
    for n in range(k, 61):
        p[n] += p[n - k]
print(p[::6], p[60])
tri = [[1]]
for _ in range(9):
    tri.append([a + b for a, b in zip([0] + tri[-1], tri[-1] + [0])])
print(tri[-1], [sum(r) for r in tri])
best, cur, start, span = -999, 0, 0, None
data = (-2, 1, -3, 4, -1, 2, 1, -5, 4)
for i, x in enumerate(data):
    if cur <= 0:
        cur, start = 0, i
    cur += x
    if cur > best:
        best, span = cur, (start, i)
print(best, span)
