# f-strings: expressions, specs, nesting of quotes, conversions.
name, n, x = "world", 42, 3.14159
print(f"hello {name}", f"{n}", f"{n:5d}|{n:<5}|{n:05}|{n:x}|{n:#b}", f"{x:.2f}", f"{x:8.3f}|", f"{{}}", f"{n + 1} {n * 2}")
print(f"{name!r} {name!s:>8}|", f"{'inner'}", f"{name.upper()}", f"{[i * i for i in range(4)]}", f"{n if n > 5 else 0}")
print(f"a{n}b{n}c", f"{name}" "tail" f"{n}", f"{'a' + 'b'}", f"{dict(k=1)['k']}")
width = 9
print(f"[{name:>{width}}]", f"[{x:{width}.2f}]", f"[{name:^{width}}]")
print(f"""multi {n}
line {name}""")
