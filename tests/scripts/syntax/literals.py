# Numbers, texts, bytes and containers in each way of writing them.
print(0, 00, 1_000_000, 0x_ff, 0b1010, 0o777, 0xDEADBEEF, 0B11, 0O17, 0XaB)
print(1.0, 1., .5, 1e3, 1E-3, 1.5e+2, 0e0, 1_0.5, 3j, 1.5J)
print("a" 'b' """c""" '''d''', "it's", 'say "x"', "\\", "\'", '\"', "a\tb", "\x41\u00e9\U0001F600", "\101\60", r"\n\t", "line1\
line2")
print(b"a" b'b', b"\x00\xff\t", rb"\n", b"""x
y""")
print([], [1], [1,], (), (1,), (1, 2,), {}, {1}, {1: 2,}, [[[]]], ((),), [(), {}, []])
print(None, True, False, ..., Ellipsis, NotImplemented is NotImplemented)
print("""first
  second
\tthird""", len("""
"""))
print(-1, +1, - -1, not True, ~0, -2**2, (-2)**2, 2**-1, 2**3**2, -7 // 2, -7 % 3, 7 // -2, 7 % -3, 1 + 2 * 3 - 4 / 2, (1 + 2) * 3, 1 << 2 + 1, 6 & 3 | 8 ^ 1, not 1 < 2 or 3)
x = 5; y = 6
print(x
      + y, (x,
            y), [x,
                 y])
print(0 if x else 1, x if y else 0, x and y, x or y, x if x > y else y if y > x else 0)
print((lambda x, *a, y=2, **k: (x, a, y, k))(1, 3, y=4, z=5))
