# repr of quotes, control characters, bytes above 127 and beyond the BMP.
for s in ("plain", "it's", 'say "hi"', "both ' and \"", "tab\tnl\ncr\rbs\\", "\x00\x01\x1f\x7f", "\x80\xa0\xff", "é€𝄞", "a\u200bb"):
    print(repr(s), len(s), [hex(ord(c)) for c in s])
print("\x41\u0042\U00000043\103\7"[:4], "a\
b", r"raw\n", """triple
"quoted" text""")
print(chr(65), chr(233), chr(0x20AC), ord("𝄞"))
for n in (-1, 0x110000):
    try:
        print(chr(n))
    except ValueError as e:
        print("ValueError", e)
for bad in (lambda: ord(""), lambda: ord("ab"), lambda: ord(5)):
    try:
        print(bad())
    except TypeError as e:
        print("TypeError", e)
