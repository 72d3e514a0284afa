# Insertion and deletion of many keys of several kinds; every lookup must hold through each resize.
d = {}
for i in range(500):
    d[i * 7 % 501] = i
    d["k%d" % i] = i
    d[(i, -i)] = i
    d[i + 0.5] = i
print(len(d), all(d[i * 7 % 501] == i and d["k%d" % i] == i and d[i, -i] == i and d[i + 0.5] == i for i in range(500)))
for i in range(0, 500, 2):
    del d["k%d" % i]
    d.pop((i, -i))
print(len(d), "k0" in d, "k1" in d, (2, -2) in d, (3, -3) in d)
for i in range(500):
    d["k%d" % i] = -i
print(len(d), sum(v for k, v in d.items() if isinstance(k, str)))
d.clear()
print(d, len(d))
big = {}
for n in range(40):
    big[10**n] = n
    big[-(10**n)] = -n
print(len(big), [big[10**n] for n in range(0, 40, 5)], 10**39 in big, 10**41 in big)
