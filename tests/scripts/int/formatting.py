# Conversions of integers to text, by str, repr, bin, oct, hex, % and format.
for n in (0, 1, -1, 9, 10, -10, 255, -255, 4096, 123456789, -(2**31), 2**40 + 3, -(2**70)):
    print(n, str(n) == repr(n), bin(n), oct(n), hex(n))
    print("%d|%5d|%-6d|%06d|%+d|% d|%x|%X|%o|%#x" % (n, n, n, n, n, n, n, n, n, n))
    print("{:d}|{:8d}|{:<8d}|{:^9d}|{:>+8d}|{:08d}|{:,}|{:b}|{:#o}|{:#X}".format(n, n, n, n, n, n, n, n, n, n))
for spec in ("5", "<5", ">5", "^5", "=+5", "*^7", "#x", "#b", "c", "010", "+,", "n"):
    try:
        print(spec, ("[{:" + spec + "}]").format(65))
    except ValueError:
        print(spec, "ValueError")
