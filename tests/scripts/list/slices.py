# Slice reading, assignment and deletion.
base = list(range(10))
class Grab:
    def __getitem__(self, key):
        return key


for s in (Grab()[:], Grab()[2:5], Grab()[-3:], Grab()[::2], Grab()[::-1], Grab()[8:2:-3], Grab()[5:5], Grab()[20:30], Grab()[-100:3]):
    print(s, base[s])
l = base[:]
l[2:5] = ["a"]
print(l)
l[1:1] = [10, 20, 30]
print(l)
l[-2:] = []
print(l)
l[:] = list(range(5))
print(l)
del l[1]
print(l)
del l[-1:]
print(l)
del l[:]
print(l)
l = list(range(10))
del l[2:8:1]
print(l)
for bad in (lambda: base[::0], lambda: base["a"], lambda: base[None]):
    try:
        print(bad())
    except (TypeError, ValueError, IndexError) as e:
        print(type(e).__name__)
