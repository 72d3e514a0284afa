# Encoding and decoding of UTF-8, lengths, iteration, and refused bytes.
s = "naïve café — 日本語 𝄞"
b = s.encode()
print(len(s), len(b), b, b.decode() == s, str(b, "utf-8") == s, bytes(s, "utf8") == b)
print([c for c in s], [ord(c) for c in s[-4:]], s[3], s[-1], s[2:4], s.find("日"), s.find("é"), "ï" in s, s.split("é"))
for raw in (b"\xff", b"\xc3", b"\xe2\x82", b"\x80abc", b"ok\xfe"):
    try:
        print(str(raw, "utf-8"))
    except UnicodeError as e:
        print(type(e).__name__)
print(str(b"abc", "ascii"), "é".encode("utf-8"), bytearray("ü", "utf-8"))
print("%s|%5s|%-5s|" % ("é", "é", "é"), "{:>4}|{:<4}|".format("é", "ö"), "é" * 3, "é" < "z", max("aéz"))
