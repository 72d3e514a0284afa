# Many short-lived objects of every kind: a collector that frees too much shows here, one that frees too little runs out.
import gc

keep = []
for round in range(60):
    junk = [{"n": i, "s": "s%d" % i, "t": (i, [i], {i: i})} for i in range(120)]
    for i in range(0, 120, 40):
        keep.append(junk[i])
    ring = []
    ring.append(ring)
    a, b = [], []
    a.append(b)
    b.append(a)
    text = "".join(chr(65 + i % 26) for i in range(300))
    big = 3 ** (round * 5)
    gen = (x for x in junk)
    next(gen)
    if round % 20 == 0:
        gc.collect()
        print(round, len(keep), keep[-1]["s"], keep[0]["t"], len(text), big % 1000007)
total = 0
for k in keep:
    assert k["t"][1][0] == k["n"] == k["t"][2][k["n"]]
    total += k["n"]
print(total, len(keep))
before = gc.mem_alloc()
blob = bytearray(20000)
print(gc.mem_alloc() - before >= 20000, len(blob))
