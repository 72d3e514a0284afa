# int() of texts: bases, signs, spaces, prefixes, and what is refused.
good = [("0", 10), ("  42 ", 10), ("-7", 10), ("+9", 10), ("ff", 16), ("0xFf", 16), ("0b101", 2), ("0o17", 8), ("z", 36),
        ("0x1F", 0), ("0b11", 0), ("0o10", 0), ("12", 0), ("123456789012345678901234567890", 10), ("-deadbeefcafebabe", 16)]
for text, base in good:
    print(repr(text), base, int(text, base))
bad = [("", 10), ("-", 10), ("1 2", 10), ("2", 2), ("0x", 16), ("12a", 10), ("g", 16), ("--1", 10), ("1.5", 10), ("0b2", 0)]
for text, base in bad:
    try:
        print(int(text, base))
    except ValueError as e:
        print("ValueError", e)
print(int(3.99), int(-3.99), int(True), int(), int("1_000".replace("_", "")))
for value in (None, [], {}):
    try:
        int(value)
    except TypeError:
        print("TypeError")
print(int(b"17"), int(b"-2a", 16))
