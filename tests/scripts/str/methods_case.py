# Case and character tests over ASCII and beyond.
for s in ("Hello", "HELLO", "hello", "h3llo", "123", "", " ", "a b", "ABC123", "\t\n"):
    print(repr(s), s.upper(), s.lower(), s.isalpha(), s.isdigit(), s.isspace(), s.isupper(), s.islower())
print("straße".upper(), "ÀÉ".lower(), len("ÀÉ"), "éa".upper())
print("".join(c.upper() if i % 2 else c for i, c in enumerate("alternate")))
print("the end".center(15), "|", "x".center(4), "|", "ab".center(5), "|", "abc".center(2))
