# round, int, floor and ceil of halves and of negatives.
import math

for v in (0.5, 1.5, 2.5, -0.5, -1.5, 0.49999, 2.675, 1234.5678, -1234.5678, 1e10 + 0.5):
    print(v, round(v), round(v, 1), round(v, 2), round(v, -2), int(v), math.floor(v), math.ceil(v), math.trunc(v))
print(round(17), round(17, 1), round(1234, -2), round(-7.0), type(round(1.2)).__name__, type(round(1.2, 1)).__name__)
for v in (float("inf"), float("nan")):
    for f in (int, round, math.floor):
        try:
            print(f(v))
        except (OverflowError, ValueError) as e:
            print(type(e).__name__, e)
