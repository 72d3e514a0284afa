# sort and sorted: stability, keys, reverse, custom order.
words = "The quick brown Fox jumps over the lazy Dog again".split()
print(sorted(words), sorted(words, key=len), sorted(words, key=lambda w: w.lower()), sorted(words, reverse=True))
people = [("ann", 31), ("bob", 25), ("cid", 31), ("dee", 25), ("eve", 40)]
print(sorted(people, key=lambda p: (p[1], p[0])), sorted(people, key=lambda p: (-p[1], p[0])))
people.sort(key=lambda p: p[0], reverse=True)
print(people, sorted((3, 1, 2)), sorted({"b": 1, "a": 2}), sorted("hello"), sorted([True, 0, 2, -1.5]))


class Version:
    def __init__(self, text):
        self.parts = [int(p) for p in text.split(".")]

    def __lt__(self, other):
        return self.parts < other.parts

    def __repr__(self):
        return ".".join(str(p) for p in self.parts)


print(sorted(Version(t) for t in ("1.10", "1.9", "2.0.1", "2.0", "0.99.5")))
x = 12345
data = []
for _ in range(200):
    x = (x * 1103515245 + 12345) & 0x7FFFFFFF
    data.append(x >> 16 & 0xFF)
s = sorted(data)
print(s, all(a <= b for a, b in zip(s, s[1:])), sorted(s, reverse=True) == s[::-1])
try:
    sorted([1, "a", None])
except TypeError as e:
    print("TypeError", e)
