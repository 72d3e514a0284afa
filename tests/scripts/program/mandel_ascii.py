# A Mandelbrot set in characters with floats, and a sine table in fixed point.
rows = []
for y in range(-10, 11):
    row = ""
    for x in range(-28, 12):
        c = complex(x / 14, y / 9)
        z, n = 0j, 0
        while n < 40 and abs(z) < 2:
            z = z * z + c
            n += 1
        row += " .:-=+*#%@"[n // 4 - 1 if n >= 4 else 0]
    rows.append(row)
print("\n".join(rows))
print(rows == rows[::-1])
s, c, out = 0, 1 << 14, []
for _ in range(64):
    out.append(s >> 4)
    s, c = s + (c * 1608 >> 14), c - (s * 1608 >> 14)
print(out)
