# Values that need large blocks: long lists, texts, buffers and dicts that grow and shrink.
l = []
for i in range(20000):
    l.append(i)
print(len(l), sum(l), l[12345])
while len(l) > 10:
    l.pop()
l.extend(range(5000))
print(len(l), l[-1])
s = "x" * 50000
t = s + "y"
print(len(s), len(t), t[-1], t.count("x"), (t * 2).find("y"), hash(s) == hash("x" * 50000))
b = bytearray(100000)
b[99999] = 7
b2 = bytes(b)
print(len(b2), b2[99999], sum(b2), b2.find(b"\x07"))
d = {}
for i in range(3000):
    d["key%d" % i] = i
for i in range(0, 3000, 3):
    del d["key%d" % i]
print(len(d), d["key2999"] if "key2999" in d else None, sum(d.values()))
st = set()
for i in range(4000):
    st.add(i * i % 5003)
print(len(st), max(st))
m = [[i * j for j in range(100)] for i in range(100)]
print(sum(sum(r) for r in m), m[99][99])
words = ("lorem ipsum dolor sit amet " * 400).split()
print(len(words), len(set(words)), len(" ".join(words)))
n = 7**3000
print(len(str(n)), n % 10**9)
