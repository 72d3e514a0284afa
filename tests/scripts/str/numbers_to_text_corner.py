# Width, sign, zero fill and alignment combined, for ints, floats and texts.
for spec in ("d", "5d", "<5d", ">5d", "^5d", "05d", "+d", " d", "x", "#x", "#06x", "b", "o", "#o", "X", "c", ",d", "e", "f", "g", "%", ".1f", "8.2f", "<8.2f|", "+.1e"):
    row = []
    for v in (0, 7, 65, -42, 1234567):
        try:
            row.append(("{:" + spec + "}").format(v))
        except (ValueError, OverflowError) as e:
            row.append(type(e).__name__)
    print(spec, row)
for spec in ("", "f", ".0f", ".3f", "10.4f", "<10.1f", "+f", "e", ".2e", "E", "g", ".3g", "G", "%", ".2%", "010.2f", "^12.3f"):
    print(spec, [("{:" + spec + "}").format(v) for v in (0.0, 1.5, -2.25, 123456.789, 1e-7, 1e21)])
for spec in ("s", "5", "<5", ">5", "^5", ".2", "5.2", "*<5", "0>5", "-^7.3"):
    print(spec, [("[{:" + spec + "}]").format(v) for v in ("", "a", "abcdef", "é")])
print("%5d|%-5d|%05d|%+5d|% 5d|%5s|%-5s|%.1s|%5.1f|%-8.3f|%+.2e" % (42, 42, 42, 42, 42, "ab", "ab", "ab", 3.14159, 3.14159, 31415.9))
print("%x %X %#x %o %c %c %5c|" % (255, 255, 255, 8, "A", 66, "z"), "%%", "%3d%%" % 50, "%s" % "%d")
