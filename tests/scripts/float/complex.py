# Complex numbers and cmath.
import cmath

z, w = 3 + 4j, 1 - 2j
print(z + w, z - w, z * w, z / w, -z, +z, abs(z), z.real, z.imag, z == w, z != w)
print(z**2, (1j) ** 2, 2j * 3, 1 + 0j == 1, complex(2), complex(1, -1), complex("1+2j"), 0j, -0j)
print(z + 1, 2 * z, z - 0.5, 1 / (1 + 1j), bool(0j), bool(1j), repr(1.5j), str(complex(0, -1)))
r, phi = cmath.polar(1j)
print(r, round(phi, 9), cmath.rect(2, 0), round(cmath.phase(-1), 9))
for f in (cmath.sqrt, cmath.exp, cmath.cos, cmath.sin, cmath.log):
    v = f(1 + 1j)
    print(f.__name__ if hasattr(f, "__name__") else "f", round(v.real, 9), round(v.imag, 9))
for bad in (lambda: z < w, lambda: z // 2, lambda: z % 2, lambda: 1j / 0, lambda: int(z), lambda: float(z)):
    try:
        print(bad())
    except (TypeError, ZeroDivisionError) as e:
        print(type(e).__name__)
