# bytes: literals, constructor, indexing, slices, operators, methods.
b = b"hello\x00\xff\n'"
print(b, len(b), b[0], b[-1], b[1:4], list(b), b"" or "empty")
print(bytes(3), bytes([1, 2, 255]), bytes("añ", "utf-8"), bytes(b"copy"), bytes(range(5)), bytes(bytearray(b"x")), bytes(x for x in (65, 66)))
print(b"a" + b"b", b"ab" * 3, b"a" in b"cat", 97 in b"cat", b"at" in b"cat", b"a" < b"b", b"a" == "a", b"" == b"")
print(b"a,b,c".split(b","), b",".join([b"x", b"y"]), b"  x ".strip(), b"abc".find(b"c"), b"aXbX".replace(b"X", b"--"), b"Abc".upper(), b"ab".startswith(b"a"), b"k=v".partition(b"="))
print(b"abc".count(b"b"), b"ab c".isalpha(), b"12".isdigit(), b"A".lower(), b"abcabc".rfind(b"b"), hash(b"x") == hash(bytes([120])))
for bad in (lambda: bytes([256]), lambda: bytes([-1]), lambda: b"a" + "b", lambda: b"abc"[9], lambda: bytes("x"), lambda: bytes(-1), lambda: b"a".join(["x"]), lambda: b"a"[0:1] + 5):
    try:
        print(bad())
    except (ValueError, TypeError, IndexError) as e:
        print(type(e).__name__)
x = b"abc"
try:
    x[0] = 1
except TypeError as e:
    print("TypeError", e)
