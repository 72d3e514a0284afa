# Texts of long integers in several bases, there and back.
numbers = [10**k + k for k in (9, 10, 18, 19, 20, 30, 50)] + [2**k - 1 for k in (30, 31, 32, 62, 63, 64, 65, 127)]
for n in numbers:
    for s in (n, -n):
        assert int(str(s)) == s
        assert int(hex(s), 16) == s
        assert int(bin(s), 2) == s
        assert int(oct(s), 8) == s
        print(s, hex(s), oct(s), "%d %x" % (s, s), "{:,}".format(s), "{:>60}".format(s))
