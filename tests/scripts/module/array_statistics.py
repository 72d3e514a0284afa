# Arrays as columns of numbers: statistics, histograms, moving averages, correlation.
from array import array
import math

x, col = 2463534242, array("i")
for _ in range(200):
    x ^= x << 13 & 0xFFFFFFFF
    x ^= x >> 17
    x ^= x << 5 & 0xFFFFFFFF
    col.append(x % 1000 - 500)
n = len(col)
mean = sum(col) / n
var = sum((v - mean) ** 2 for v in col) / n
print(n, min(col), max(col), sum(col), round(mean, 9), round(var, 6), round(math.sqrt(var), 9), sorted(col)[n // 2])
hist = array("H", [0] * 10)
for v in col:
    hist[(v + 500) // 100] += 1
print(hist, sum(hist))
for i, h in enumerate(hist):
    print("%5d %s" % (i * 100 - 500, "*" * h))
win = array("f")
for i in range(5, n, 20):
    win.append(sum(col[i - 5 : i]) / 5)
print([round(v, 3) for v in win])
a, b = array("d", (i * 0.5 for i in range(20))), array("d", ((i * 7) % 20 for i in range(20)))
ma, mb = sum(a) / 20, sum(b) / 20
cov = sum((p - ma) * (q - mb) for p, q in zip(a, b))
print(round(cov / math.sqrt(sum((p - ma) ** 2 for p in a) * sum((q - mb) ** 2 for q in b)), 12))
big = array("Q", [2**63, 2**64 - 1, 5])
print(big, big[0] + big[1], sum(big), array("q", [-(2**63)])[0], array("b", [127])[0] + 1, array("B", bytes(range(5)))[::1] == array("B", [0, 1, 2, 3, 4]))
wave = array("h", (int(1000 * math.sin(i * math.pi / 8)) for i in range(16)))
print(wave, bytes(wave)[:6], len(bytes(wave)))
