# Ordering and equality between texts, bytes, and other types.
words = ["b", "a", "", "ab", "aa", "A", "Z", "é", "z", "1", "10", "9", " ", "aaa"]
print(sorted(words), sorted(words, reverse=True), max(words), min(words))
for a in words[:6]:
    print(repr(a), "".join("<=>"[(a > b) - (a < b) + 1] for b in words))
print("a" == b"a", b"a" == "a", "a" != b"a", b"a" < b"b", b"" < b"\x00", bytearray(b"a") == b"a", "1" == 1, None == 0, "" == None)
for f in (lambda: "a" < b"a", lambda: "a" < 1, lambda: b"a" < 1, lambda: None < None, lambda: [] < (), lambda: {} < {}, lambda: print < len, lambda: 1j < 2):
    try:
        print(f())
    except TypeError as e:
        print("TypeError", e)
a = "".join(["long", "er", " text", " made", " of", " parts"])
b = "longer text made of parts"
print(a == b, hash(a) == hash(b), {a: 1}[b], a in {b}, [a].index(b), (a,).count(b), a is not None)
print([x == y for x in (1, 1.0, True, "1", b"1", (1,), [1]) for y in (1, 1.0, True, "1", b"1", (1,), [1])].count(True))
print(1 is 1, "lit" is "lit", None is None, () is (), True is (1 == 1))
